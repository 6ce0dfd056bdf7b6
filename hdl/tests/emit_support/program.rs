//! Programs: expressions and statements that are both a rust-hdl syntax tree and something to evaluate.

use super::arithmetic::{self, Fold, Op};
use num_bigint::BigUint;
use num_traits::Zero;
use rust_hdl::core::ast::*;
use rust_hdl::prelude::Bits;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub enum Ex {
    Literal(usize, BigUint),
    /// A signal by its name in the kernel, with its width.
    Signal(String, usize),
    /// The reset, read by the kernel.
    Reset,
    Cast(Box<Ex>, usize),
    Not(Box<Ex>),
    Binary(Op, Box<Ex>, Box<Ex>),
    Multiply(Box<Ex>, Box<Ex>),
    Shift(bool, Box<Ex>, Box<Ex>),
    Reduce(Fold, Box<Ex>),
    Slice(Box<Ex>, usize, usize),
    Bit(Box<Ex>, Box<Ex>),
    Replace(Box<Ex>, Box<Ex>, Box<Ex>),
}

pub type Values = BTreeMap<String, BigUint>;

impl Ex {
    pub fn width(&self) -> usize {
        match self {
            Ex::Literal(width, _) | Ex::Signal(_, width) | Ex::Cast(_, width) => *width,
            Ex::Slice(_, width, _) => *width,
            Ex::Not(a) | Ex::Shift(_, a, _) | Ex::Replace(a, _, _) => a.width(),
            Ex::Binary(op, _, _) if op.is_comparison() => 1,
            Ex::Binary(_, a, _) => a.width(),
            Ex::Multiply(..) => 32,
            Ex::Reduce(..) | Ex::Bit(..) | Ex::Reset => 1,
        }
    }

    pub fn evaluate(&self, values: &Values) -> BigUint {
        match self {
            Ex::Literal(_, value) => value.clone(),
            Ex::Signal(name, _) => values[name].clone(),
            Ex::Reset => values["rst"].clone(),
            Ex::Cast(a, width) => arithmetic::cast(a.width(), *width, &a.evaluate(values)),
            Ex::Not(a) => arithmetic::not(a.width(), &a.evaluate(values)),
            Ex::Binary(op, a, b) => {
                arithmetic::binary(*op, a.width(), &a.evaluate(values), &b.evaluate(values))
            }
            Ex::Multiply(a, b) => arithmetic::multiply(&a.evaluate(values), &b.evaluate(values)),
            Ex::Shift(left, a, b) => {
                arithmetic::shift(*left, a.width(), &a.evaluate(values), &b.evaluate(values))
            }
            Ex::Reduce(fold, a) => arithmetic::reduce(*fold, a.width(), &a.evaluate(values)),
            Ex::Slice(a, width, offset) => {
                let offset = BigUint::from(*offset);
                let shifted = arithmetic::shift(false, a.width(), &a.evaluate(values), &offset);
                arithmetic::cast(a.width(), *width, &shifted)
            }
            Ex::Bit(a, index) => {
                arithmetic::get_bit(a.width(), &a.evaluate(values), &index.evaluate(values))
            }
            Ex::Replace(a, index, bit) => arithmetic::replace_bit(
                a.width(),
                &a.evaluate(values),
                &index.evaluate(values),
                &bit.evaluate(values),
            ),
        }
    }

    /// The tree that rust-hdl's macro would have built.
    pub fn tree(&self) -> VerilogExpression {
        use VerilogExpression as V;
        let boxed = |e: &Ex| Box::new(e.tree());
        match self {
            Ex::Literal(_, value) => V::Literal(literal(value)),
            Ex::Signal(name, _) => V::Signal(name.clone()),
            Ex::Reset => V::Slice(
                Box::new(V::Signal("clock".to_string())),
                1,
                Box::new(V::Literal(1_u64.into())),
            ),
            // A cast of a literal alone would have no width in Rust either.
            Ex::Cast(a, width) => V::Cast(boxed(a), *width),
            Ex::Not(a) => V::Unary(VerilogOpUnary::Not, boxed(a)),
            Ex::Binary(op, a, b) => {
                let op = match op {
                    Op::Add => VerilogOp::Add,
                    Op::Sub => VerilogOp::Sub,
                    Op::And => VerilogOp::BitAnd,
                    Op::Or => VerilogOp::BitOr,
                    Op::Xor => VerilogOp::BitXor,
                    Op::Eq => VerilogOp::Eq,
                    Op::Ne => VerilogOp::Ne,
                    Op::Lt => VerilogOp::Lt,
                    Op::Le => VerilogOp::Le,
                    Op::Gt => VerilogOp::Gt,
                    Op::Ge => VerilogOp::Ge,
                };
                V::Paren(Box::new(V::Binary(boxed(a), op, boxed(b))))
            }
            Ex::Multiply(a, b) => V::Binary(boxed(a), VerilogOp::Mul, boxed(b)),
            Ex::Shift(left, a, b) => {
                let op = if *left {
                    VerilogOp::Shl
                } else {
                    VerilogOp::Shr
                };
                V::Binary(boxed(a), op, boxed(b))
            }
            Ex::Reduce(fold, a) => V::Unary(
                match fold {
                    Fold::Any => VerilogOpUnary::Any,
                    Fold::All => VerilogOpUnary::All,
                    Fold::Xor => VerilogOpUnary::Xor,
                },
                boxed(a),
            ),
            Ex::Slice(a, width, offset) => V::Slice(
                boxed(a),
                *width,
                Box::new(V::Literal((*offset as u64).into())),
            ),
            Ex::Bit(a, index) => V::Index(boxed(a), boxed(index)),
            Ex::Replace(a, index, bit) => V::IndexReplace(boxed(a), boxed(index), boxed(bit)),
        }
    }
}

fn literal(value: &BigUint) -> VerilogLiteral {
    Bits::<130>::from(value.clone()).into()
}

#[derive(Clone, Debug)]
pub enum St {
    Assign(String, Ex),
    /// Target, offset, value.
    Part(String, usize, Ex),
    If(Ex, Vec<St>, Vec<St>),
    Match(Ex, Vec<(u64, Vec<St>)>, Vec<St>),
}

impl St {
    pub fn run(&self, values: &mut Values) {
        match self {
            St::Assign(target, value) => {
                let value = value.evaluate(values);
                values.insert(target.clone(), value);
            }
            St::Part(target, offset, value) => {
                let mask = ((BigUint::from(1u32) << value.width()) - 1u32) << *offset;
                let new = value.evaluate(values) << *offset;
                let old = values[target].clone();
                let cleared = (&old | &mask) ^ &mask;
                values.insert(target.clone(), cleared | new);
            }
            St::If(test, then, otherwise) => {
                let taken = if test.evaluate(values).is_zero() {
                    otherwise
                } else {
                    then
                };
                run(taken, values);
            }
            St::Match(subject, arms, otherwise) => {
                let value = subject.evaluate(values);
                let arm = arms
                    .iter()
                    .find(|(label, _)| BigUint::from(*label) == value);
                run(arm.map_or(otherwise, |(_, body)| body), values);
            }
        }
    }

    pub fn tree(&self) -> VerilogStatement {
        match self {
            St::Assign(target, value) => VerilogStatement::Assignment(
                VerilogExpression::Signal(format!("{target}$next")),
                value.tree(),
            ),
            St::Part(target, offset, value) => VerilogStatement::SliceAssignment {
                base: VerilogExpression::Signal(target.clone()),
                width: value.width(),
                offset: VerilogExpression::Literal((*offset as u64).into()),
                replacement: value.tree(),
            },
            St::If(test, then, otherwise) => VerilogStatement::If(VerilogConditional {
                test: test.tree(),
                then: tree(then),
                otherwise: match otherwise.as_slice() {
                    [] => VerilogBlockOrConditional::None,
                    [only @ St::If(..)] => {
                        VerilogBlockOrConditional::Conditional(Box::new(only.tree()))
                    }
                    several => VerilogBlockOrConditional::Block(tree(several)),
                },
            }),
            St::Match(subject, arms, otherwise) => {
                let mut cases: Vec<VerilogCase> = arms
                    .iter()
                    .map(|(label, body)| VerilogCase {
                        condition: label.to_string(),
                        block: tree(body),
                    })
                    .collect();
                cases.push(VerilogCase {
                    condition: "default".to_string(),
                    block: tree(otherwise),
                });
                VerilogStatement::Match(VerilogMatch {
                    test: subject.tree(),
                    cases,
                })
            }
        }
    }
}

pub fn run(body: &[St], values: &mut Values) {
    for statement in body {
        statement.run(values);
    }
}

pub fn tree(body: &[St]) -> VerilogBlock {
    body.iter().map(St::tree).collect()
}

/// A register: type width, printed width, reset value if it has one.
#[derive(Clone, Debug)]
pub struct Reg {
    pub width: usize,
    pub narrow: usize,
    pub reset: Option<BigUint>,
}

/// A module: its ports, locals and registers with their widths, its body and its children.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub name: String,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    pub locals: Vec<usize>,
    pub registers: Vec<Reg>,
    /// Drives the children's inputs from inputs and registers alone.
    pub feed: Vec<St>,
    pub body: Vec<St>,
    /// Instances of one program.
    pub instances: usize,
    pub child: Option<Box<Program>>,
}

/// The registers of a program and of its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub own: Vec<BigUint>,
    pub children: Vec<State>,
}

impl Program {
    pub fn initial(&self) -> State {
        let child = self.child.as_ref().map(|c| c.initial());
        State {
            own: vec![BigUint::zero(); self.registers.len()],
            children: vec![child.unwrap_or_default(); self.instances],
        }
    }

    /// Outputs, and the state after a clock edge, for these inputs.
    pub fn step(&self, inputs: &[BigUint], state: &State, reset: bool) -> (Vec<BigUint>, State) {
        let mut values = Values::new();
        values.insert("rst".to_string(), BigUint::from(u32::from(reset)));
        for (number, value) in inputs.iter().enumerate() {
            values.insert(format!("i{number}"), value.clone());
        }
        for (number, value) in state.own.iter().enumerate() {
            values.insert(format!("r{number}$q"), value.clone());
            values.insert(format!("r{number}$d"), value.clone());
        }
        run(&self.feed, &mut values);
        let mut next = State::default();
        if let Some(child) = &self.child {
            for instance in 0..self.instances {
                let inputs: Vec<BigUint> = (0..child.inputs.len())
                    .map(|k| values[&format!("c{instance}$i{k}")].clone())
                    .collect();
                let (outputs, after) = child.step(&inputs, &state.children[instance], reset);
                for (k, value) in outputs.into_iter().enumerate() {
                    values.insert(format!("c{instance}$o{k}"), value);
                }
                next.children.push(after);
            }
        }
        run(&self.body, &mut values);
        for (number, register) in self.registers.iter().enumerate() {
            let mask = (BigUint::from(1u32) << register.narrow) - 1u32;
            next.own.push(match &register.reset {
                Some(value) if reset => value & mask,
                _ => &values[&format!("r{number}$d")] & mask,
            });
        }
        let outputs = (0..self.outputs.len())
            .map(|k| values[&format!("o{k}")].clone())
            .collect();
        (outputs, next)
    }
}
