//! Walks a design with rust-hdl's probe and keeps what the emitter needs of it.

use crate::leaf::{ABSENT, CLK_RST};
use num_bigint::BigUint;
use num_traits::Num;
use rust_hdl::core::atom::{Atom, AtomKind};
use rust_hdl::prelude::*;

/// A block as the probe saw it.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) name: String,
    pub(crate) atoms: Vec<RawAtom>,
    pub(crate) children: Vec<Scope>,
    pub(crate) code: Verilog,
}

/// A signal or constant of a block. Its name is its path inside the block, joined by `$`.
#[derive(Debug)]
pub(crate) struct RawAtom {
    pub(crate) name: String,
    pub(crate) kind: AtomKind,
    pub(crate) width: usize,
    pub(crate) value: BigUint,
    pub(crate) signed: bool,
    pub(crate) clock: bool,
    pub(crate) absent: bool,
    pub(crate) is_enum: bool,
    /// Variants of the enums in its type: label, code, width.
    pub(crate) variants: Vec<(String, usize, usize)>,
}

/// Walks the design. The result is the top block.
pub(crate) fn collect(top: &dyn Block) -> Option<Scope> {
    let mut collector = Collector::default();
    top.accept("top", &mut collector);
    collector.done
}

#[derive(Default)]
struct Collector {
    open: Vec<Scope>,
    namespaces: Vec<Vec<String>>,
    done: Option<Scope>,
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        self.open.push(Scope {
            name: name.to_string(),
            atoms: Vec::new(),
            children: Vec::new(),
            code: node.hdl(),
        });
        self.namespaces.push(Vec::new());
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        if let Some(namespace) = self.namespaces.last_mut() {
            namespace.push(name.to_string());
        }
    }

    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let (Some(scope), Some(namespace)) = (self.open.last_mut(), self.namespaces.last()) else {
            return;
        };
        let mut path = namespace.clone();
        path.push(name.to_string());
        let descriptor = atom.descriptor();
        let mut variants = Vec::new();
        enum_variants(&descriptor, &mut variants);
        let absent = descriptor.name == ABSENT;
        let constant = atom.kind() == AtomKind::Constant;
        scope.atoms.push(RawAtom {
            name: path.join("$"),
            kind: atom.kind(),
            width: atom.bits(),
            value: if constant && !absent {
                literal_value(&atom.verilog())
            } else {
                BigUint::default()
            },
            signed: matches!(descriptor.kind, TypeKind::Signed(_)),
            clock: descriptor.name == CLK_RST,
            absent,
            is_enum: matches!(descriptor.kind, TypeKind::Enum(_)),
            variants,
        });
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        if let Some(namespace) = self.namespaces.last_mut() {
            namespace.pop();
        }
    }

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.namespaces.pop();
        if let Some(scope) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(scope),
                None => self.done = Some(scope),
            }
        }
    }
}

fn enum_variants(descriptor: &TypeDescriptor, variants: &mut Vec<(String, usize, usize)>) {
    match &descriptor.kind {
        TypeKind::Enum(labels) => {
            let width = clog2(labels.len());
            for (code, label) in labels.iter().enumerate() {
                variants.push((label.replace("::", "$"), code, width));
            }
        }
        TypeKind::Composite(fields) => {
            for field in fields {
                enum_variants(&field.kind, variants);
            }
        }
        TypeKind::Bits(_) | TypeKind::Signed(_) => {}
    }
}

/// A literal's value, which rust-hdl shows only as text such as `8'h2a`.
pub(crate) fn literal_value(literal: &VerilogLiteral) -> BigUint {
    let text = format!("{literal:x}");
    let digits = text.rsplit("'h").next().unwrap_or_default();
    BigUint::from_str_radix(digits, 16).unwrap_or_default()
}
