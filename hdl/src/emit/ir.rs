//! The emitter's own form of a design: every name resolved, every loop unrolled, every width known.

use num_bigint::BigUint;
use std::rc::Rc;

pub(crate) type SignalId = usize;
pub(crate) type DefinitionId = usize;

/// A module. Blocks of equal structure share one.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Name the kernel gives the module.
    pub(crate) module: String,
    /// The kernel's opening comments.
    pub(crate) contract: Vec<String>,
    /// Path of the first block of this structure, for messages.
    pub(crate) path: String,
    pub(crate) signals: Vec<Signal>,
    pub(crate) registers: Vec<Register>,
    pub(crate) memories: Vec<Memory>,
    pub(crate) children: Vec<Child>,
    pub(crate) body: Vec<Statement>,
}

impl Definition {
    /// The paths of everything inside.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let signals = self.signals.iter().map(|s| s.name.as_str());
        let registers = self.registers.iter().map(|r| r.name.as_str());
        let memories = self.memories.iter().map(|m| m.name.as_str());
        let children = self.children.iter().map(|c| c.name.as_str());
        signals.chain(registers).chain(memories).chain(children)
    }
}

#[derive(Debug)]
pub(crate) struct Signal {
    /// Path inside the block, joined by `$`.
    pub(crate) name: String,
    pub(crate) width: usize,
    pub(crate) role: Role,
    pub(crate) is_enum: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Input,
    Output,
    Local,
    /// Input port of a child; the signal of the child's definition.
    ChildInput(usize, SignalId),
    /// Output port of a child; the signal of the child's definition.
    ChildOutput(usize, SignalId),
    /// `d` of a register.
    Next(usize),
    /// `q` of a register.
    State(usize),
    /// Clock or reset of a register or memory.
    LeafClock,
    /// Input of a memory.
    MemoryInput(usize),
    /// `read_data` of a memory.
    MemoryOutput(usize),
}

impl Role {
    /// Whether this module's logic drives the signal.
    pub(crate) fn is_driven_here(self) -> bool {
        !matches!(
            self,
            Role::Input | Role::ChildOutput(..) | Role::State(_) | Role::MemoryOutput(_)
        )
    }
}

#[derive(Debug)]
pub(crate) struct Register {
    pub(crate) name: String,
    pub(crate) clk: SignalId,
    pub(crate) rst: SignalId,
    pub(crate) d: SignalId,
    pub(crate) q: SignalId,
    pub(crate) width: usize,
    pub(crate) reset: Option<BigUint>,
}

#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) name: String,
    pub(crate) clk: SignalId,
    pub(crate) write_enable: SignalId,
    pub(crate) write_address: SignalId,
    pub(crate) write_data: SignalId,
    pub(crate) read_enable: Option<SignalId>,
    pub(crate) read_address: SignalId,
    pub(crate) read_data: SignalId,
    pub(crate) width: usize,
    pub(crate) depth: usize,
    /// Cycles from address to data: 0 for a combinational read.
    pub(crate) stages: usize,
    /// Number and width of separately written lanes.
    pub(crate) lanes: Option<(usize, usize)>,
    pub(crate) contents: Vec<BigUint>,
}

impl Memory {
    /// The signals the memory reads, its clock left out.
    pub(crate) fn inputs(&self) -> Vec<SignalId> {
        let mut pins = vec![self.write_enable, self.write_address, self.write_data];
        pins.extend(self.read_enable);
        pins.push(self.read_address);
        pins
    }
}

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) definition: DefinitionId,
    /// The child's port and the signal here that stands for it.
    pub(crate) ports: Vec<(SignalId, SignalId)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Statement {
    Assign(Assign),
    If {
        /// Position in the kernel, counted in program order.
        at: usize,
        condition: Expression,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    Case {
        at: usize,
        subject: Expression,
        arms: Vec<(Expression, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    Comment(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Assign {
    pub(crate) at: usize,
    pub(crate) target: SignalId,
    /// Offset and width, when only a part is assigned.
    pub(crate) part: Option<(usize, usize)>,
    pub(crate) value: Expression,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Literal {
        value: BigUint,
        width: usize,
        /// Name of the enum variant, as `Type$Variant`.
        label: Option<Rc<str>>,
    },
    Signal(SignalId),
    /// Bits from `offset` up; those beyond the base are zero.
    Slice {
        base: Box<Expression>,
        offset: usize,
        width: usize,
    },
    /// One bit, at a place known only in hardware.
    Index(Box<Expression>, Box<Expression>),
    /// The base with one bit replaced: base, index, bit.
    ReplaceBit(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Widened with zeros or cut.
    Resize(Box<Expression>, usize),
    Not(Box<Expression>),
    Reduce(Reduction, Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// Something that is an error if it is ever reached.
    Invalid(String, super::error::Problem),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduction {
    All,
    Any,
    Parity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    LogicalAnd,
    LogicalOr,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Operator {
    /// Whether the result is one bit whatever the operands' width.
    pub(crate) fn is_comparison(self) -> bool {
        use Operator::*;
        matches!(
            self,
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
        )
    }
}

impl Expression {
    pub(crate) fn literal(value: impl Into<BigUint>, width: usize) -> Self {
        Expression::Literal {
            value: value.into(),
            width,
            label: None,
        }
    }

    /// Width in Rust, in bits.
    pub(crate) fn width(&self, signals: &[Signal]) -> usize {
        match self {
            Expression::Literal { width, .. }
            | Expression::Slice { width, .. }
            | Expression::Resize(_, width) => *width,
            Expression::Signal(id) => signals[*id].width,
            Expression::Index(..) | Expression::Reduce(..) | Expression::Invalid(..) => 1,
            Expression::ReplaceBit(base, _, _) | Expression::Not(base) => base.width(signals),
            Expression::Binary(operator, left, right) => {
                if operator.is_comparison() {
                    1
                } else if *operator == Operator::Mul {
                    left.width(signals) + right.width(signals)
                } else {
                    left.width(signals)
                }
            }
        }
    }

    /// The sub-expressions.
    pub(crate) fn operands(&self) -> Vec<&Expression> {
        match self {
            Expression::Literal { .. } | Expression::Signal(_) | Expression::Invalid(..) => vec![],
            Expression::Slice { base, .. }
            | Expression::Resize(base, _)
            | Expression::Not(base)
            | Expression::Reduce(_, base) => vec![base],
            Expression::Index(a, b) | Expression::Binary(_, a, b) => vec![a, b],
            Expression::ReplaceBit(a, b, c) => vec![a, b, c],
        }
    }

    /// Calls `visit` for every signal read.
    pub(crate) fn for_each_read(&self, visit: &mut dyn FnMut(SignalId)) {
        if let Expression::Signal(id) = self {
            visit(*id);
        }
        for operand in self.operands() {
            operand.for_each_read(visit);
        }
    }

    /// Whether it holds something that must not be reached; its width then means nothing.
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self, Expression::Invalid(..)) || self.operands().iter().any(|e| e.is_invalid())
    }

    /// Number of nodes: a measure of how much a reader has to take in.
    pub(crate) fn size(&self) -> usize {
        1 + self.operands().iter().map(|e| e.size()).sum::<usize>()
    }
}

/// What [`for_each_assign`] calls: the assignment, and its conditions with their positions.
pub(crate) type AssignVisitor<'a, 'v> = dyn FnMut(&'a Assign, &[(usize, &'a Expression)]) + 'v;

/// Calls `visit` for every assignment with the conditions it stands under, outermost first.
pub(crate) fn for_each_assign<'a>(
    body: &'a [Statement],
    conditions: &mut Vec<(usize, &'a Expression)>,
    visit: &mut AssignVisitor<'a, '_>,
) {
    for statement in body {
        match statement {
            Statement::Assign(assign) => visit(assign, conditions),
            Statement::Comment(_) => {}
            Statement::If {
                at,
                condition,
                then,
                otherwise,
            } => {
                conditions.push((*at, condition));
                for_each_assign(then, conditions, visit);
                for_each_assign(otherwise, conditions, visit);
                conditions.pop();
            }
            Statement::Case {
                at,
                subject,
                arms,
                otherwise,
            } => {
                conditions.push((*at, subject));
                for (_, arm) in arms {
                    for_each_assign(arm, conditions, visit);
                }
                for_each_assign(otherwise, conditions, visit);
                conditions.pop();
            }
        }
    }
}
