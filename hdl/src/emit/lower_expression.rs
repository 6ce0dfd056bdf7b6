//! A kernel's expressions: every width inferred, literals given the width of their surroundings.

use super::collect::literal_value;
use super::error::{Problem, Result};
use super::ir::*;
use super::lower::{Kernel, Resolved};
use super::names::{canonical, loop_value};
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use rust_hdl::core::ast::*;

/// Width of a literal that stands left of a shift, where Rust takes it for a `u64`.
const BARE_LITERAL: usize = 64;

impl Kernel<'_> {
    /// Lowers an expression. `hint` is the width its place demands, for expressions of literals alone.
    pub(super) fn expression(
        &self,
        code: &VerilogExpression,
        hint: Option<usize>,
    ) -> Result<Expression> {
        if let Some(value) = self.integer(code) {
            return match hint {
                Some(width) => self.fitting_literal(value, width),
                None => self.error(&value.to_string(), Problem::NoWidth),
            };
        }
        match code {
            VerilogExpression::Signal(name) => self.signal(name),
            VerilogExpression::Literal(_) => self.error("", Problem::NoWidth),
            VerilogExpression::Paren(inner) => self.expression(inner, hint),
            VerilogExpression::Cast(inner, width) => {
                let inner = self.expression(inner, Some(*width))?;
                Ok(Expression::Resize(Box::new(inner), *width))
            }
            VerilogExpression::Signed(_) | VerilogExpression::Unsigned(_) => {
                self.error("", Problem::Signed)
            }
            VerilogExpression::Unary(operator, inner) => self.unary(operator, inner, hint),
            VerilogExpression::Binary(left, operator, right) => {
                self.binary(left, operator, right, hint)
            }
            VerilogExpression::Index(base, index) => self.index(base, index),
            VerilogExpression::Slice(base, width, offset) => self.slice(base, *width, offset),
            VerilogExpression::IndexReplace(base, index, bit) => {
                let base = self.expression(base, hint)?;
                let index = self.bit_index(index, &base)?;
                let bit = self.expression(bit, Some(1))?;
                Ok(Expression::ReplaceBit(
                    Box::new(base),
                    Box::new(index),
                    Box::new(bit),
                ))
            }
        }
    }

    pub(super) fn fitting_literal(&self, value: BigUint, width: usize) -> Result<Expression> {
        if value.bits() > width as u64 {
            let value = format!("{value:#x}");
            return self.error("", Problem::LiteralTooWide { value, width });
        }
        Ok(Expression::literal(value, width))
    }

    /// Value of an expression made of literals and loop variables, which Rust computes as integers.
    pub(super) fn integer(&self, code: &VerilogExpression) -> Option<BigUint> {
        match code {
            VerilogExpression::Literal(literal) => Some(literal_value(literal)),
            VerilogExpression::Signal(name) => loop_value(&self.loops, name).cloned(),
            VerilogExpression::Paren(inner) => self.integer(inner),
            VerilogExpression::Binary(left, operator, right) => {
                let (left, right) = (self.integer(left)?, self.integer(right)?);
                match operator {
                    VerilogOp::Add => Some(left + right),
                    VerilogOp::Sub if left >= right => Some(left - right),
                    VerilogOp::Mul => Some(left * right),
                    VerilogOp::Shl => Some(left << right.to_u16()?),
                    VerilogOp::Shr => Some(left >> right.to_u16()?),
                    VerilogOp::Eq => Some(BigUint::from(u32::from(left == right))),
                    VerilogOp::Ne => Some(BigUint::from(u32::from(left != right))),
                    VerilogOp::Lt => Some(BigUint::from(u32::from(left < right))),
                    VerilogOp::Le => Some(BigUint::from(u32::from(left <= right))),
                    VerilogOp::Gt => Some(BigUint::from(u32::from(left > right))),
                    VerilogOp::Ge => Some(BigUint::from(u32::from(left >= right))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Width of an expression, if it does not consist of literals alone.
    fn inferred_width(&self, code: &VerilogExpression) -> Option<usize> {
        if self.integer(code).is_some() {
            return None;
        }
        match code {
            VerilogExpression::Literal(_) => None,
            VerilogExpression::Signal(name) => {
                let path = canonical(name, &self.loops).ok()?;
                match self.lookup(&path) {
                    Ok(Resolved::Signal(id)) => Some(self.signals[id].width),
                    Ok(Resolved::Constant(_, width)) => Some(width),
                    _ => match self.variant(&path) {
                        Ok(Some(Expression::Literal { width, .. })) => Some(width),
                        _ => None,
                    },
                }
            }
            VerilogExpression::Paren(inner) => self.inferred_width(inner),
            VerilogExpression::Cast(_, width) | VerilogExpression::Slice(_, width, _) => {
                Some(*width)
            }
            VerilogExpression::Signed(_) | VerilogExpression::Unsigned(_) => None,
            VerilogExpression::Unary(operator, inner) => match operator {
                VerilogOpUnary::Not | VerilogOpUnary::Neg => self.inferred_width(inner),
                VerilogOpUnary::All | VerilogOpUnary::Any | VerilogOpUnary::Xor => Some(1),
            },
            VerilogExpression::Index(..) => Some(1),
            VerilogExpression::IndexReplace(base, _, _) => self.inferred_width(base),
            VerilogExpression::Binary(left, operator, right) => match operator {
                VerilogOp::Eq
                | VerilogOp::Ne
                | VerilogOp::Lt
                | VerilogOp::Le
                | VerilogOp::Gt
                | VerilogOp::Ge
                | VerilogOp::LogicalAnd
                | VerilogOp::LogicalOr => Some(1),
                VerilogOp::Shl | VerilogOp::Shr => {
                    Some(self.inferred_width(left).unwrap_or(BARE_LITERAL))
                }
                VerilogOp::Mul => Some(self.inferred_width(left)? + self.inferred_width(right)?),
                _ => self
                    .inferred_width(left)
                    .or_else(|| self.inferred_width(right)),
            },
        }
    }

    fn signal(&self, name: &str) -> Result<Expression> {
        let path = match canonical(name, &self.loops) {
            Ok(path) => path,
            Err(problem) => return self.error(name, problem),
        };
        let invalid = |problem| Ok(Expression::Invalid(path.clone(), problem));
        match self.lookup(&path) {
            Ok(Resolved::Signal(id)) => Ok(Expression::Signal(id)),
            Ok(Resolved::Constant(value, width)) => Ok(Expression::literal(value, width)),
            Ok(Resolved::Absent) => invalid(Problem::Absent),
            Ok(Resolved::Signed) => self.error(&path, Problem::Signed),
            Ok(Resolved::Clock(..)) => self.error(&path, Problem::Clock),
            Ok(Resolved::Block) => self.error(&path, Problem::Undeclared),
            Err(problem) => match self.variant(&path)? {
                Some(label) => Ok(label),
                None if self.is_bare_variant(&path) => self.error(&path, Problem::EnumGlob),
                None => invalid(problem),
            },
        }
    }

    fn unary(
        &self,
        operator: &VerilogOpUnary,
        inner: &VerilogExpression,
        hint: Option<usize>,
    ) -> Result<Expression> {
        let reduce = |kind| -> Result<Expression> {
            let inner = self.expression(inner, None)?;
            Ok(Expression::Reduce(kind, Box::new(inner)))
        };
        match operator {
            VerilogOpUnary::Not => {
                let inner = self.expression(inner, hint)?;
                Ok(Expression::Not(Box::new(inner)))
            }
            VerilogOpUnary::Neg => self.error("", Problem::Signed),
            VerilogOpUnary::All => reduce(Reduction::All),
            VerilogOpUnary::Any => reduce(Reduction::Any),
            VerilogOpUnary::Xor => reduce(Reduction::Parity),
        }
    }

    fn binary(
        &self,
        left: &VerilogExpression,
        operator: &VerilogOp,
        right: &VerilogExpression,
        hint: Option<usize>,
    ) -> Result<Expression> {
        let kind = match operator {
            VerilogOp::Add => Operator::Add,
            VerilogOp::Sub => Operator::Sub,
            VerilogOp::Mul => Operator::Mul,
            VerilogOp::LogicalAnd => Operator::LogicalAnd,
            VerilogOp::LogicalOr => Operator::LogicalOr,
            VerilogOp::BitXor => Operator::Xor,
            VerilogOp::BitAnd => Operator::And,
            VerilogOp::BitOr => Operator::Or,
            VerilogOp::Shl => Operator::ShiftLeft,
            VerilogOp::Shr => Operator::ShiftRight,
            VerilogOp::Eq => Operator::Equal,
            VerilogOp::Lt => Operator::Less,
            VerilogOp::Le => Operator::LessEqual,
            VerilogOp::Ne => Operator::NotEqual,
            VerilogOp::Ge => Operator::GreaterEqual,
            VerilogOp::Gt => Operator::Greater,
        };
        let widths = (self.inferred_width(left), self.inferred_width(right));
        let (left, right) = match kind {
            Operator::ShiftLeft | Operator::ShiftRight => {
                let left = self.expression(left, Some(BARE_LITERAL))?;
                let right = match self.integer(right) {
                    Some(value) => {
                        let width = value.bits().max(1) as usize;
                        Expression::literal(value, width)
                    }
                    None => self.expression(right, None)?,
                };
                (left, right)
            }
            Operator::Mul => (self.expression(left, None)?, self.expression(right, None)?),
            _ => {
                let width = match kind {
                    Operator::LogicalAnd | Operator::LogicalOr => Some(1),
                    // Only an absent part leaves both unknown; then the width does not matter.
                    _ if kind.is_comparison() => widths.0.or(widths.1).or(Some(BARE_LITERAL)),
                    _ => widths.0.or(widths.1).or(hint),
                };
                (
                    self.expression(left, width)?,
                    self.expression(right, width)?,
                )
            }
        };
        self.matched(kind, left, right)
    }

    fn matched(&self, kind: Operator, left: Expression, right: Expression) -> Result<Expression> {
        let (l, r) = (left.width(self.signals), right.width(self.signals));
        let free = matches!(
            kind,
            Operator::ShiftLeft | Operator::ShiftRight | Operator::Mul
        );
        let right = if l == r || free || left.is_invalid() || right.is_invalid() {
            right
        } else if kind == Operator::Add && r == 1 {
            // rust-hdl adds a bool to a wider value.
            Expression::Resize(Box::new(right), l)
        } else {
            return self.error("", Problem::WidthMismatch(l, r));
        };
        Ok(Expression::Binary(kind, Box::new(left), Box::new(right)))
    }

    fn index(&self, base: &VerilogExpression, index: &VerilogExpression) -> Result<Expression> {
        let base = self.expression(base, None)?;
        let index = self.bit_index(index, &base)?;
        if let Expression::Literal { value, .. } = &index {
            let offset = value.to_usize().unwrap_or_default();
            return Ok(Expression::Slice {
                base: Box::new(base),
                offset,
                width: 1,
            });
        }
        Ok(Expression::Index(Box::new(base), Box::new(index)))
    }

    /// The index of a bit of `base`: a literal inside its width, or an expression without arithmetic.
    fn bit_index(&self, index: &VerilogExpression, base: &Expression) -> Result<Expression> {
        let width = base.width(self.signals);
        if let Some(value) = self.integer(index) {
            if value >= BigUint::from(width) && !base.is_invalid() {
                let index = value.to_string();
                return self.error("", Problem::IndexOutOfRange { index, width });
            }
            let bits = value.bits().max(1) as usize;
            return Ok(Expression::literal(value, bits));
        }
        let mut inner = index;
        while let VerilogExpression::Paren(next) = inner {
            inner = next;
        }
        if matches!(
            inner,
            VerilogExpression::Binary(..) | VerilogExpression::Unary(..)
        ) {
            return self.error("", Problem::IndexArithmetic);
        }
        let index = self.expression(inner, None)?;
        Ok(index)
    }

    fn slice(
        &self,
        base: &VerilogExpression,
        width: usize,
        offset: &VerilogExpression,
    ) -> Result<Expression> {
        if let (VerilogExpression::Signal(name), Some(offset)) = (base, self.integer(offset)) {
            // The fields of a clock.
            let path = canonical(name, &self.loops).unwrap_or_default();
            if let Ok(Resolved::Clock(clk, rst)) = self.lookup(&path) {
                let field = if offset == BigUint::default() {
                    clk
                } else {
                    rst
                };
                return Ok(Expression::Signal(field));
            }
        }
        let base = self.expression(base, None)?;
        if let Some(offset) = self.integer(offset) {
            let base_width = base.width(self.signals);
            let Some(offset) = offset
                .to_usize()
                .filter(|o| *o <= base_width || base.is_invalid())
            else {
                let (index, width) = (offset.to_string(), base_width);
                return self.error("", Problem::IndexOutOfRange { index, width });
            };
            return Ok(Expression::Slice {
                base: Box::new(base),
                offset,
                width,
            });
        }
        // A slice at a dynamic offset is a shift and a cut.
        let offset = self.bit_index(offset, &base)?;
        let shifted = Expression::Binary(Operator::ShiftRight, Box::new(base), Box::new(offset));
        Ok(Expression::Resize(Box::new(shifted), width))
    }
}
