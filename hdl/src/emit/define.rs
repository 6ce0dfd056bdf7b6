//! From the probe's tree to definitions: one for each distinct structure.

use super::collect::{RawAtom, Scope};
use super::error::{EmitError, Problem, Result};
use super::ir::*;
use super::lower::{Kernel, Resolved};
use super::names::shown;
use num_bigint::BigUint;
use num_traits::Num;
use rust_hdl::core::atom::AtomKind;
use rust_hdl::prelude::Verilog;
use std::collections::{BTreeMap, HashMap};

/// Lowers the whole design; the top is the last definition.
pub(crate) fn define_all(top: &Scope) -> Result<Vec<Definition>> {
    let mut builder = Builder::default();
    builder.define(top, &top.name)?;
    Ok(builder.definitions)
}

#[derive(Default)]
struct Builder {
    definitions: Vec<Definition>,
    known: HashMap<String, DefinitionId>,
}

/// What a definition's names and signals are while it is put together.
#[derive(Default)]
struct Interior {
    signals: Vec<Signal>,
    names: HashMap<String, Resolved>,
    registers: Vec<Register>,
    memories: Vec<Memory>,
    children: Vec<Child>,
}

impl Builder {
    fn define(&mut self, scope: &Scope, path: &str) -> Result<DefinitionId> {
        let key = format!("{:?}{:?}{:?}", scope.atoms, scope.children, scope.code);
        if let Some(&id) = self.known.get(&key) {
            return Ok(id);
        }
        let error = |signal: &str, problem| EmitError {
            block: shown(path),
            signal: shown(signal),
            problem,
        };
        let Verilog::Combinatorial(code) = &scope.code else {
            return Err(error("", Problem::NoKernel));
        };
        let mut interior = Interior::default();
        let mut variants = BTreeMap::new();
        for atom in &scope.atoms {
            let role = match atom.kind {
                AtomKind::InputParameter => Role::Input,
                AtomKind::OutputParameter => Role::Output,
                AtomKind::LocalSignal => Role::Local,
                AtomKind::Constant => {
                    interior.constant(atom);
                    collect_variants(atom, &mut variants);
                    continue;
                }
                _ => return Err(error(&atom.name, Problem::Bidirectional)),
            };
            interior.declare(&atom.name, atom, role);
            collect_variants(atom, &mut variants);
        }
        for child in &scope.children {
            for atom in &child.atoms {
                collect_variants(atom, &mut variants);
            }
            let child_path = format!("{path}${}", child.name);
            match &child.code {
                Verilog::Custom(text) if text.starts_with("leaf: ") => {
                    interior.leaf(child, text).map_err(|problem| EmitError {
                        block: shown(&child_path),
                        signal: String::new(),
                        problem,
                    })?;
                }
                _ => {
                    let definition = self.define(child, &child_path)?;
                    interior.child(&child.name, definition, &self.definitions[definition]);
                }
            }
        }
        let mut kernel = Kernel::new(&interior.signals, &interior.names, &variants, path);
        let body = kernel.lower(code)?;
        let (module, contract) = kernel.heading();
        let module = module.ok_or_else(|| error("", Problem::NoModuleName))?;
        self.definitions.push(Definition {
            module,
            contract,
            path: shown(path),
            signals: interior.signals,
            registers: interior.registers,
            memories: interior.memories,
            children: interior.children,
            body,
        });
        let id = self.definitions.len() - 1;
        self.known.insert(key, id);
        Ok(id)
    }
}

type Variants = BTreeMap<String, Vec<(usize, usize)>>;

fn collect_variants(atom: &RawAtom, variants: &mut Variants) {
    for (label, code, width) in &atom.variants {
        let codes = variants.entry(label.clone()).or_default();
        if !codes.contains(&(*code, *width)) {
            codes.push((*code, *width));
        }
    }
}

impl Interior {
    fn constant(&mut self, atom: &RawAtom) {
        let resolved = if atom.absent {
            Resolved::Absent
        } else {
            Resolved::Constant(atom.value.clone(), atom.width)
        };
        self.names.insert(atom.name.clone(), resolved);
    }

    fn push(&mut self, name: String, width: usize, role: Role, is_enum: bool) -> SignalId {
        self.signals.push(Signal {
            name,
            width,
            role,
            is_enum,
        });
        self.signals.len() - 1
    }

    fn declare(&mut self, name: &str, atom: &RawAtom, role: Role) {
        let resolved = if atom.clock {
            let clk = self.push(format!("{name}$clk"), 1, role, false);
            let rst = self.push(format!("{name}$rst"), 1, role, false);
            Resolved::Clock(clk, rst)
        } else if atom.signed {
            Resolved::Signed
        } else {
            Resolved::Signal(self.push(name.to_string(), atom.width, role, atom.is_enum))
        };
        self.names.insert(name.to_string(), resolved);
    }

    fn child(&mut self, name: &str, definition: DefinitionId, child: &Definition) {
        let number = self.children.len();
        let mut ports = Vec::new();
        for (port, signal) in child.signals.iter().enumerate() {
            let role = match signal.role {
                Role::Input => Role::ChildInput(number, port),
                Role::Output => Role::ChildOutput(number, port),
                _ => continue,
            };
            let path = format!("{name}${}", signal.name);
            let here = self.push(path.clone(), signal.width, role, signal.is_enum);
            ports.push((port, here));
            let next = child.signals.get(port + 1).map(|s| s.name.as_str());
            if let Some(clock) = path
                .strip_suffix("$clk")
                .filter(|_| next.is_some_and(|n| n.ends_with("$rst")))
            {
                // A clock's two halves were declared one after the other.
                let pair = Resolved::Clock(here, here + 1);
                self.names.insert(clock.to_string(), pair);
            }
            self.names.insert(path, Resolved::Signal(here));
        }
        self.names.insert(name.to_string(), Resolved::Block);
        self.children.push(Child {
            name: name.to_string(),
            definition,
            ports,
        });
    }

    fn leaf(&mut self, scope: &Scope, text: &str) -> std::result::Result<(), Problem> {
        let fields: HashMap<&str, &str> = text.lines().filter_map(|l| l.split_once(": ")).collect();
        let number = |key: &str| -> std::result::Result<usize, Problem> {
            fields
                .get(key)
                .and_then(|v| v.parse().ok())
                .ok_or_else(|| Problem::Unsupported(format!("a leaf without `{key}`")))
        };
        let is_register = fields.get("leaf") == Some(&"register");
        for atom in &scope.atoms {
            let role = match (is_register, atom.name.as_str()) {
                (_, "clock") => Role::LeafClock,
                (true, "d") => Role::Next(self.registers.len()),
                (true, _) => Role::State(self.registers.len()),
                (false, "read_data") => Role::MemoryOutput(self.memories.len()),
                (false, _) => Role::MemoryInput(self.memories.len()),
            };
            self.declare(&format!("{}${}", scope.name, atom.name), atom, role);
        }
        self.names.insert(scope.name.clone(), Resolved::Block);
        let clock = self.names.get(&format!("{}$clock", scope.name));
        let Some(&Resolved::Clock(clk, rst)) = clock else {
            return Err(Problem::Clock);
        };
        let pin = |name: &str| match self.names.get(&format!("{}${name}", scope.name)) {
            Some(&Resolved::Signal(id)) => Ok(id),
            Some(Resolved::Signed) => Err(Problem::Signed),
            _ => Err(Problem::Unsupported(format!("a leaf without `{name}`"))),
        };
        let width = number("width")?;
        if is_register {
            self.registers.push(Register {
                name: scope.name.clone(),
                clk,
                rst,
                d: pin("d")?,
                q: pin("q")?,
                width,
                reset: fields.get("reset").map(|v| hex(v)),
            });
            return Ok(());
        }
        let lanes = if fields.contains_key("lanes") {
            Some((number("lanes")?, number("lane_width")?))
        } else {
            None
        };
        let write = if lanes.is_some() {
            "write_lanes"
        } else {
            "write_enable"
        };
        let stages = if fields.contains_key("stages") {
            number("stages")?
        } else {
            0
        };
        self.memories.push(Memory {
            name: scope.name.clone(),
            clk,
            write_enable: pin(write)?,
            write_address: pin("write_address")?,
            write_data: pin("write_data")?,
            read_enable: if stages > 0 {
                Some(pin("read_enable")?)
            } else {
                None
            },
            read_address: pin("read_address")?,
            read_data: pin("read_data")?,
            width,
            depth: number("depth")?,
            stages,
            lanes,
            contents: fields
                .get("contents")
                .map(|v| v.split(' ').map(hex).collect())
                .unwrap_or_default(),
        });
        Ok(())
    }
}

fn hex(text: &str) -> BigUint {
    let digits = text.rsplit("'h").next().unwrap_or(text);
    BigUint::from_str_radix(digits, 16).unwrap_or_default()
}
