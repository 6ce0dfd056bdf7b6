//! Optional blocks and bundles of ports.

use super::ABSENT;
use rust_hdl::core::atom::{Atom, AtomKind};
use rust_hdl::core::constraint::PinConstraint;
use rust_hdl::prelude::*;
use std::ops::{Deref, DerefMut};

/// A block or an interface that a configuration may leave out. Absent, it appears nowhere in the Verilog.
///
/// A kernel names it as if it were there. What it assigns to an absent part is dropped; what it reads
/// from one must stand under an `if` on a [`Constant`] that is false when the part is absent.
#[derive(Clone, Debug)]
pub struct Maybe<B> {
    part: B,
    present: bool,
}

impl<B> Maybe<B> {
    /// The part, present.
    pub fn present(part: B) -> Self {
        Self {
            part,
            present: true,
        }
    }

    /// The part, left out. Rust still needs a value to typecheck the kernel against.
    pub fn absent(part: B) -> Self {
        Self {
            part,
            present: false,
        }
    }

    /// The part, present when `present`.
    pub fn new(part: B, present: bool) -> Self {
        Self { part, present }
    }

    /// Whether the part is there.
    pub fn is_present(&self) -> bool {
        self.present
    }
}

impl<B> Deref for Maybe<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.part
    }
}

impl<B> DerefMut for Maybe<B> {
    fn deref_mut(&mut self) -> &mut B {
        &mut self.part
    }
}

impl<B: Logic> Logic for Maybe<B> {
    fn update(&mut self) {}
}

impl<B: Block> Block for Maybe<B> {
    fn connect_all(&mut self) {
        self.part.connect_all();
    }

    fn update_all(&mut self) {
        if self.present {
            self.part.update_all();
        }
    }

    fn has_changed(&self) -> bool {
        self.present && self.part.has_changed()
    }

    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        if self.present {
            self.part.accept(name, probe);
        } else {
            probe.visit_atom(name, &AbsentPart);
        }
    }
}

impl<B: LogicLink> LogicLink for Maybe<B> {
    fn link(&mut self, other: &mut Self) {
        self.part.link(&mut other.part);
    }

    fn link_hdl(my_name: &str, this: &str, that: &str) -> Vec<ast::VerilogLink> {
        B::link_hdl(my_name, this, that)
    }

    fn link_connect_source(&mut self) {
        self.part.link_connect_source();
    }

    fn link_connect_dest(&mut self) {
        self.part.link_connect_dest();
    }
}

impl<B: LogicJoin> LogicJoin for Maybe<B> {
    fn join_connect(&mut self) {
        self.part.join_connect();
    }

    fn join_hdl(my_name: &str, this: &str, that: &str) -> Vec<ast::VerilogLink> {
        B::join_hdl(my_name, this, that)
    }
}

/// Stands in a probe's walk where an absent part would have been.
struct AbsentPart;

impl Atom for AbsentPart {
    fn bits(&self) -> usize {
        1
    }

    fn connected(&self) -> bool {
        true
    }

    fn changed(&self) -> bool {
        false
    }

    fn kind(&self) -> AtomKind {
        AtomKind::Constant
    }

    fn descriptor(&self) -> TypeDescriptor {
        TypeDescriptor {
            name: ABSENT.to_string(),
            kind: TypeKind::Bits(1),
        }
    }

    fn vcd(&self) -> VCDValue {
        false.vcd()
    }

    fn id(&self) -> usize {
        0
    }

    fn verilog(&self) -> VerilogLiteral {
        false.verilog()
    }

    fn constraints(&self) -> Vec<PinConstraint> {
        Vec::new()
    }
}
