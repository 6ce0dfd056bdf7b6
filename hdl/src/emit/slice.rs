//! Parts of expressions: pushed inwards to the signals, which Verilog can slice.

use super::ir::*;
use super::printer::Printer;
use super::verilog::{select, Verilog};

impl Printer<'_> {
    pub(super) fn fit_slice(&mut self, base: &Expression, offset: usize, width: usize) -> Verilog {
        let slice = Expression::Slice {
            base: Box::new(base.clone()),
            offset,
            width,
        };
        self.fit(&slice, width)
    }

    /// Bits `offset..offset + width` of an expression; the highest of them is one it can have.
    pub(super) fn slice(&mut self, base: &Expression, offset: usize, width: usize) -> Verilog {
        match base {
            Expression::Signal(id) => {
                if let Some(inline) = self.inline.get(id).cloned() {
                    return self.fit_slice(&inline, offset, width);
                }
                let declared = self.printed_width(*id);
                self.mark_used(base, offset, width);
                Verilog::Name(select(&self.names[*id], offset, width, declared))
            }
            Expression::Literal { value, .. } => {
                Verilog::Literal((value >> offset) & super::fact::mask(width), width)
            }
            Expression::Resize(inner, _) => self.fit_slice(inner, offset, width),
            Expression::Slice {
                base: inner,
                offset: more,
                ..
            } => self.fit_slice(inner, offset + more, width),
            Expression::Not(inner) => {
                let operator = if width == 1 { "!" } else { "~" };
                Verilog::unary(operator, self.fit_slice(inner, offset, width))
            }
            Expression::Binary(operator, left, right) => match operator {
                Operator::And | Operator::Or | Operator::Xor => {
                    let part = |e: &Expression| {
                        Box::new(Expression::Slice {
                            base: Box::new(e.clone()),
                            offset,
                            width,
                        })
                    };
                    let joined = Expression::Binary(*operator, part(left), part(right));
                    self.fit(&joined, width)
                }
                Operator::ShiftLeft if self.amount(right).is_some() => {
                    let amount = self.amount(right).unwrap_or_default();
                    if offset >= amount {
                        return self.fit_slice(left, offset - amount, width);
                    }
                    if offset + width <= amount {
                        return Verilog::zero(width);
                    }
                    let low = amount - offset;
                    let high = self.fit_slice(left, 0, width - low);
                    Verilog::concat(vec![high, Verilog::zero(low)])
                }
                Operator::ShiftRight if self.amount(right).is_some() => {
                    let amount = self.amount(right).unwrap_or_default();
                    self.fit_slice(left, offset + amount, width)
                }
                Operator::ShiftRight => {
                    let full = self.fact(left).significant();
                    if offset == 0 && full == width {
                        self.fit(base, width)
                    } else {
                        self.cut(base, offset, width)
                    }
                }
                _ if offset == 0 => self.fit(base, width),
                _ => self.cut(base, offset, width),
            },
            _ if offset == 0 => self.fit(base, width),
            _ => self.cut(base, offset, width),
        }
    }

    /// Bits of an expression that Verilog cannot slice: through a wire that holds the whole.
    pub(super) fn cut(&mut self, base: &Expression, offset: usize, width: usize) -> Verilog {
        let full = match base {
            Expression::Binary(Operator::ShiftRight, left, _) => self.fact(left).significant(),
            _ => offset + width,
        };
        let value = match base {
            Expression::Binary(Operator::ShiftRight, left, amount) => {
                let left = self.fit(left, full);
                let amount = self.whole(amount);
                Verilog::binary(">>", left, amount)
            }
            _ => self.fit(base, full),
        };
        let name = self.introduce(value, full, base, offset, width);
        Verilog::Name(select(&name, offset, width, full))
    }

    /// The signal whose name stands for an expression.
    pub(super) fn named(&self, expression: &Expression) -> Option<SignalId> {
        match expression {
            Expression::Signal(id) => match self.inline.get(id) {
                Some(inline) => self.named(inline),
                None => Some(*id),
            },
            _ => None,
        }
    }

    pub(super) fn mark_used(&mut self, expression: &Expression, offset: usize, width: usize) {
        if let Expression::Signal(id) = expression {
            match self.inline.get(id).cloned() {
                Some(inline) => self.mark_used(&inline, offset, width),
                None => self.used[*id] |= super::fact::mask(width) << offset,
            }
        }
    }
}
