//! Prints an expression at an exact width.
//!
//! Every expression is asked for at the width its place needs. Wider than what it can hold, it is padded
//! with zeros; narrower, the cut is pushed inwards, where `+`, `-` and bitwise operators allow it, or a
//! wire is introduced to cut from. So no Verilog operator ever sees operands of two widths.

use super::fact::{evaluate, Fact};
use super::ir::*;
use super::names::upper_snake;
use super::printer::Printer;
use super::verilog::Verilog;
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use rust_hdl::prelude::clog2;

impl Printer<'_> {
    pub(super) fn fact(&self, expression: &Expression) -> Fact {
        evaluate(expression, &self.definition.signals, self.facts)
    }

    /// The expression at exactly `width` bits: padded with zeros or cut.
    pub(super) fn fit(&mut self, expression: &Expression, width: usize) -> Verilog {
        let fact = self.fact(expression);
        if let Some(value) = fact.constant() {
            if let Expression::Literal {
                label: Some(label),
                width: own,
                value,
            } = expression
            {
                if *own == width {
                    self.labels
                        .insert(upper_snake(label), (value.clone(), width));
                    return Verilog::Name(upper_snake(label));
                }
            }
            return Verilog::Literal(value & super::fact::mask(width), width);
        }
        let significant = fact.significant();
        if width > significant {
            let padding = Verilog::zero(width - significant);
            let core = self.core(expression, significant);
            return Verilog::concat(vec![padding, core]);
        }
        self.core(expression, width)
    }

    /// A condition: one bit.
    pub(super) fn condition(&mut self, expression: &Expression) -> Verilog {
        self.fit(expression, 1)
    }

    /// The low `width` bits, none of which lies above the expression's significant ones.
    fn core(&mut self, expression: &Expression, width: usize) -> Verilog {
        match expression {
            Expression::Literal { value, .. } => {
                Verilog::Literal(value & super::fact::mask(width), width)
            }
            Expression::Signal(_) => self.slice(expression, 0, width),
            Expression::Resize(base, _) => self.fit(base, width),
            Expression::Slice { base, offset, .. } => self.slice(base, *offset, width),
            Expression::Not(base) => {
                let operator = if width == 1 { "!" } else { "~" };
                Verilog::unary(operator, self.fit(base, width))
            }
            Expression::Reduce(kind, base) => self.reduction(*kind, base),
            Expression::Index(base, index) => self.index(base, index),
            Expression::ReplaceBit(base, index, bit) => self.replace_bit(base, index, bit, width),
            Expression::Binary(operator, left, right) => {
                self.binary(expression, *operator, left, right, width)
            }
            Expression::Invalid(..) => Verilog::zero(width),
        }
    }

    fn binary(
        &mut self,
        whole: &Expression,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        width: usize,
    ) -> Verilog {
        use Operator::*;
        if let Some(same) = self.simpler(operator, left, right, width) {
            return same;
        }
        match operator {
            Add | Sub | Mul | And | Or | Xor => {
                let symbol = match operator {
                    Add => "+",
                    Sub => "-",
                    Mul => "*",
                    And => "&",
                    Or => "|",
                    _ => "^",
                };
                Verilog::binary(symbol, self.fit(left, width), self.fit(right, width))
            }
            LogicalAnd => Verilog::binary("&&", self.fit(left, 1), self.fit(right, 1)),
            LogicalOr => Verilog::binary("||", self.fit(left, 1), self.fit(right, 1)),
            ShiftLeft => match self.amount(right) {
                Some(amount) if amount >= width => Verilog::zero(width),
                Some(amount) => {
                    let kept = self.fit(left, width - amount);
                    Verilog::concat(match amount {
                        0 => vec![kept],
                        _ => vec![kept, Verilog::zero(amount)],
                    })
                }
                None => {
                    let left = self.fit(left, width);
                    let amount = self.whole(right);
                    Verilog::binary("<<", left, amount)
                }
            },
            ShiftRight => match self.amount(right) {
                Some(amount) => self.slice(left, amount, width),
                None => {
                    let full = self.fact(left).significant();
                    if full > width {
                        return self.cut(whole, 0, width);
                    }
                    let left = self.fit(left, width);
                    let amount = self.whole(right);
                    Verilog::binary(">>", left, amount)
                }
            },
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual => {
                let symbol = match operator {
                    Equal => "==",
                    NotEqual => "!=",
                    Less => "<",
                    LessEqual => "<=",
                    Greater => ">",
                    _ => ">=",
                };
                let common = self
                    .fact(left)
                    .significant()
                    .max(self.fact(right).significant());
                Verilog::binary(symbol, self.fit(left, common), self.fit(right, common))
            }
        }
    }

    /// Value of a shift amount that is known.
    pub(super) fn amount(&self, amount: &Expression) -> Option<usize> {
        let fact = self.fact(amount);
        let value = fact.constant()?;
        Some(value.to_usize().unwrap_or(usize::MAX >> 2))
    }

    /// The expression at the width it needs.
    pub(super) fn whole(&mut self, expression: &Expression) -> Verilog {
        let width = self.fact(expression).significant();
        self.fit(expression, width)
    }

    /// The forms a person would write shorter.
    fn simpler(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        width: usize,
    ) -> Option<Verilog> {
        use Operator::*;
        for (one, other) in [(left, right), (right, left)] {
            let fact = self.fact(one);
            let known = fact.constant().cloned();
            match operator {
                And | LogicalAnd => {
                    let needed = self.fact(other).resize(width).one;
                    if known.is_some_and(|v| &v & &needed == needed) {
                        return Some(self.fit(other, width));
                    }
                }
                Or | Xor | Add | LogicalOr => {
                    if known.is_some_and(|v| v.is_zero()) {
                        return Some(self.fit(other, width));
                    }
                    if operator == LogicalOr {
                        continue;
                    }
                    // Parts that do not overlap are a concatenation.
                    if let Some((high, offset)) = self.shifted(one) {
                        let low = self.fact(other);
                        if low.one.bits() as usize <= offset {
                            if offset >= width {
                                return Some(self.fit(other, width));
                            }
                            let high = self.fit(&high, width - offset);
                            let low = self.fit(other, offset);
                            return Some(Verilog::concat(vec![high, low]));
                        }
                    }
                }
                Equal | NotEqual => {
                    let narrow = self.fact(other).significant() == 1;
                    if let Some(value) = known.filter(|_| narrow) {
                        let straight = value.is_zero() == (operator == NotEqual);
                        let bit = self.fit(other, 1);
                        return Some(if straight {
                            bit
                        } else {
                            Verilog::unary("!", bit)
                        });
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The operand and amount of a left shift by a known amount, looking through widenings.
    fn shifted(&self, expression: &Expression) -> Option<(Expression, usize)> {
        match expression {
            Expression::Binary(Operator::ShiftLeft, left, right) => {
                let amount = self.amount(right).filter(|a| *a > 0)?;
                let width = expression.width(&self.definition.signals);
                let kept = width.checked_sub(amount).filter(|w| *w > 0)?;
                // What the shift pushed out of its width is gone.
                Some((Expression::Resize(left.clone(), kept), amount))
            }
            Expression::Binary(Operator::Or | Operator::Xor | Operator::Add, left, right) => {
                // A concatenation whose low part still has room below it.
                let (a, m) = self.shifted(left)?;
                let (b, n) = self.shifted(right)?;
                let low = m.min(n);
                let width = expression.width(&self.definition.signals) - low;
                let lift = |e: Expression, by: usize| {
                    let e = Expression::Resize(Box::new(e), width);
                    match by {
                        0 => e,
                        _ => Expression::Binary(
                            Operator::ShiftLeft,
                            Box::new(e),
                            Box::new(Expression::literal(BigUint::from(by), 32)),
                        ),
                    }
                };
                let joined = Expression::Binary(
                    Operator::Or,
                    Box::new(lift(a, m - low)),
                    Box::new(lift(b, n - low)),
                );
                let Expression::Binary(operator, ..) = expression else {
                    return None;
                };
                let overlap = self.fact(left).one & self.fact(right).one;
                (*operator == Operator::Or || overlap.is_zero()).then_some((joined, low))
            }
            Expression::Resize(base, width) => {
                let (inner, amount) = self.shifted(base)?;
                let kept = width.checked_sub(amount).filter(|w| *w > 0)?;
                Some((Expression::Resize(Box::new(inner), kept), amount))
            }
            _ => None,
        }
    }

    fn reduction(&mut self, kind: Reduction, base: &Expression) -> Verilog {
        let width = self.fact(base).significant();
        let operand = self.fit(base, width);
        if width == 1 {
            return operand;
        }
        Verilog::unary(
            match kind {
                Reduction::All => "&",
                Reduction::Any => "|",
                Reduction::Parity => "^",
            },
            operand,
        )
    }

    fn index(&mut self, base: &Expression, index: &Expression) -> Verilog {
        let width = self.fact(base).significant();
        let index_width = self.fact(index).significant();
        let rust_width = base.width(&self.definition.signals);
        // Inside Rust's width an index is legal whatever is printed; bits that are not printed are zero.
        let inside = (1usize << index_width.min(32)) <= width || width == rust_width;
        if width > 1 && inside && index_width <= clog2(width) {
            if let Some(signal) = self.named(base) {
                // A port of the top may be declared wider than what is known of it.
                let index = self.fit(index, clog2(self.printed_width(signal)));
                self.mark_used(base, 0, width);
                return Verilog::Name(format!("{}[{index}]", self.names[signal]));
            }
        }
        let shifted = Expression::Binary(
            Operator::ShiftRight,
            Box::new(base.clone()),
            Box::new(index.clone()),
        );
        self.slice(&shifted, 0, 1)
    }

    fn replace_bit(
        &mut self,
        base: &Expression,
        index: &Expression,
        bit: &Expression,
        width: usize,
    ) -> Verilog {
        if let Some(index) = self.fact(index).constant().and_then(ToPrimitive::to_usize) {
            if index >= width {
                return self.fit(base, width);
            }
            let mut parts = Vec::new();
            if index + 1 < width {
                parts.push(self.fit_slice(base, index + 1, width - index - 1));
            }
            parts.push(self.fit(bit, 1));
            if index > 0 {
                parts.push(self.fit_slice(base, 0, index));
            }
            return Verilog::concat(parts);
        }
        let amount = self.whole(index);
        let one = Verilog::Literal(BigUint::from(1u32), width);
        let mask = Verilog::binary("<<", one, amount.clone());
        let known = self.fact(bit).constant().map(|v| !v.is_zero());
        let cleared = match known {
            Some(true) => self.fit(base, width),
            _ => Verilog::binary(
                "&",
                self.fit(base, width),
                Verilog::unary("~", mask.clone()),
            ),
        };
        match known {
            Some(false) => cleared,
            Some(true) => Verilog::binary("|", cleared, mask),
            None => {
                let bit = self.fit(bit, width);
                Verilog::binary("|", cleared, Verilog::binary("<<", bit, amount))
            }
        }
    }
}
