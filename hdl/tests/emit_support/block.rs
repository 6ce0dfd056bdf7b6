//! A program as a rust-hdl block, so that the emitter meets it as it meets any other.

use super::program::{tree, Program};
use num_bigint::BigUint;
use rust_hdl::core::ast::*;
use rust_hdl::core::atom::{Atom, AtomKind};
use rust_hdl::core::constraint::PinConstraint;
use rust_hdl::prelude::*;

pub struct ProgramBlock<'a>(pub &'a Program);

struct Port {
    width: usize,
    kind: AtomKind,
    clock: bool,
}

impl Atom for Port {
    fn bits(&self) -> usize {
        self.width
    }
    fn connected(&self) -> bool {
        true
    }
    fn changed(&self) -> bool {
        false
    }
    fn kind(&self) -> AtomKind {
        self.kind
    }
    fn descriptor(&self) -> TypeDescriptor {
        if self.clock {
            return mch_hdl::prelude::ClkRst::descriptor();
        }
        TypeDescriptor {
            name: format!("Bits::<{}>", self.width),
            kind: TypeKind::Bits(self.width),
        }
    }
    fn vcd(&self) -> VCDValue {
        VCDValue::from(false)
    }
    fn id(&self) -> usize {
        0
    }
    fn verilog(&self) -> VerilogLiteral {
        false.into()
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}

fn visit(probe: &mut dyn Probe, name: &str, width: usize, kind: AtomKind) {
    let clock = name == "clock";
    probe.visit_atom(name, &Port { width, kind, clock });
}

impl Logic for ProgramBlock<'_> {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        let comment = VerilogStatement::Comment(format!("module: {}", self.0.name));
        let wire = |target: String| {
            VerilogStatement::Assignment(
                VerilogExpression::Signal(format!("{target}$clock$next")),
                VerilogExpression::Signal("clock".to_string()),
            )
        };
        let mut code = vec![comment];
        for number in 0..self.0.registers.len() {
            code.push(wire(format!("r{number}")));
        }
        for instance in 0..self.0.instances {
            code.push(wire(format!("c{instance}")));
        }
        code.extend(tree(&self.0.feed));
        code.extend(tree(&self.0.body));
        Verilog::Combinatorial(code)
    }
}

impl Block for ProgramBlock<'_> {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_start_scope(name, self);
        visit(probe, "clock", 2, AtomKind::InputParameter);
        let groups = [
            ("i", &self.0.inputs, AtomKind::InputParameter),
            ("o", &self.0.outputs, AtomKind::OutputParameter),
            ("l", &self.0.locals, AtomKind::LocalSignal),
        ];
        for (letter, widths, kind) in groups {
            for (number, width) in widths.iter().enumerate() {
                visit(probe, &format!("{letter}{number}"), *width, kind);
            }
        }
        for (number, register) in self.0.registers.iter().enumerate() {
            let leaf = RegisterLeaf {
                width: register.width,
                narrow: register.narrow,
                reset: register.reset.clone(),
            };
            leaf.accept(&format!("r{number}"), probe);
        }
        if let Some(child) = &self.0.child {
            for instance in 0..self.0.instances {
                ProgramBlock(child).accept(&format!("c{instance}"), probe);
            }
        }
        probe.visit_end_scope(name, self);
    }
}

/// What [`mch_hdl::leaf::Register`] shows to a probe, at a width chosen at run time.
struct RegisterLeaf {
    width: usize,
    narrow: usize,
    reset: Option<BigUint>,
}

impl Logic for RegisterLeaf {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        let mut text = format!("leaf: register\nwidth: {}\n", self.narrow);
        if let Some(reset) = &self.reset {
            text += &format!("reset: {}'h{reset:x}\n", self.width);
        }
        Verilog::Custom(text)
    }
}

impl Block for RegisterLeaf {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_start_scope(name, self);
        visit(probe, "d", self.width, AtomKind::InputParameter);
        visit(probe, "q", self.width, AtomKind::OutputParameter);
        visit(probe, "clock", 2, AtomKind::InputParameter);
        probe.visit_end_scope(name, self);
    }
}
