//! Verilog expressions and how they are written.

use num_bigint::BigUint;
use num_traits::Zero;
use std::fmt::{self, Display, Formatter};

/// An expression whose self-determined width in Verilog is its width in Rust.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verilog {
    Literal(BigUint, usize),
    /// A signal, a named constant, or a part of a signal.
    Name(String),
    Concat(Vec<Verilog>),
    Unary(&'static str, Box<Verilog>),
    Binary(&'static str, Box<Verilog>, Box<Verilog>),
}

impl Verilog {
    pub(crate) fn zero(width: usize) -> Self {
        Verilog::Literal(BigUint::zero(), width)
    }

    pub(crate) fn unary(operator: &'static str, operand: Verilog) -> Self {
        Verilog::Unary(operator, Box::new(operand))
    }

    pub(crate) fn binary(operator: &'static str, left: Verilog, right: Verilog) -> Self {
        Verilog::Binary(operator, Box::new(left), Box::new(right))
    }

    /// Parts from the most significant down, with nested concatenations and adjoining zeros merged.
    pub(crate) fn concat(parts: Vec<Verilog>) -> Self {
        let mut flat: Vec<Verilog> = Vec::new();
        for part in parts {
            let inner = match part {
                Verilog::Concat(inner) => inner,
                other => vec![other],
            };
            for part in inner {
                match (flat.last_mut(), &part) {
                    (Some(Verilog::Literal(a, n)), Verilog::Literal(b, m))
                        if a.is_zero() && b.is_zero() =>
                    {
                        *n += m;
                    }
                    _ => flat.push(part),
                }
            }
        }
        if flat.len() == 1 {
            flat.remove(0)
        } else {
            Verilog::Concat(flat)
        }
    }

    fn operand(&self, f: &mut Formatter<'_>, parent: &str) -> fmt::Result {
        match self {
            // A chain of one associative operator needs no parentheses, nor does a comparison in a
            // logical operator.
            Verilog::Binary(operator, _, _)
                if (*operator == parent
                    && matches!(parent, "&" | "|" | "^" | "&&" | "||" | "+"))
                    || (matches!(parent, "&&" | "||")
                        && matches!(*operator, "==" | "!=" | "<" | "<=" | ">" | ">=")) =>
            {
                write!(f, "{self}")
            }
            Verilog::Binary(..) => write!(f, "({self})"),
            Verilog::Unary(..) if matches!(parent, "~" | "!" | "&1" | "|1" | "^1") => {
                write!(f, "({self})")
            }
            // `a & &b` and the like are legal but unreadable.
            Verilog::Unary("&" | "|" | "^", _) => write!(f, "({self})"),
            _ => write!(f, "{self}"),
        }
    }
}

impl Display for Verilog {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Verilog::Literal(value, 1) => write!(f, "1'b{value}"),
            Verilog::Literal(value, width) if *value < BigUint::from(10u32) => {
                write!(f, "{width}'d{value}")
            }
            Verilog::Literal(value, width) => write!(f, "{width}'h{value:x}"),
            Verilog::Name(name) => write!(f, "{name}"),
            Verilog::Concat(parts) => {
                write!(f, "{{")?;
                for (number, part) in parts.iter().enumerate() {
                    let separator = if number > 0 { ", " } else { "" };
                    write!(f, "{separator}{part}")?;
                }
                write!(f, "}}")
            }
            Verilog::Unary(operator, operand) => {
                write!(f, "{operator}")?;
                let parent = match *operator {
                    "&" => "&1",
                    "|" => "|1",
                    "^" => "^1",
                    other => other,
                };
                operand.operand(f, parent)
            }
            Verilog::Binary(operator, left, right) => {
                left.operand(f, operator)?;
                write!(f, " {operator} ")?;
                // Only the left operand of a chain goes without parentheses, except where grouping
                // cannot matter.
                match right.as_ref() {
                    Verilog::Binary(inner, _, _) if inner == operator && *operator == "-" => {
                        write!(f, "({right})")
                    }
                    other => other.operand(f, operator),
                }
            }
        }
    }
}

/// `[high:low]`, `[bit]`, or nothing for the whole of a signal.
pub(crate) fn select(name: &str, offset: usize, width: usize, declared: usize) -> String {
    if offset == 0 && width == declared {
        name.to_string()
    } else if width == 1 {
        format!("{name}[{offset}]")
    } else {
        format!("{name}[{}:{offset}]", offset + width - 1)
    }
}

/// The range of a declaration, with a trailing space: `[7:0] `, or nothing for one bit.
pub(crate) fn range(width: usize) -> String {
    if width == 1 {
        String::new()
    } else {
        format!("[{}:0] ", width - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Verilog {
        Verilog::Name(text.to_string())
    }

    #[test]
    fn parentheses_are_few_and_right() {
        let sum = Verilog::binary("+", name("a"), name("b"));
        let text = Verilog::binary("==", sum.clone(), name("c")).to_string();
        assert_eq!(text, "(a + b) == c");
        let chain = Verilog::binary("-", name("x"), Verilog::binary("-", name("y"), name("z")));
        assert_eq!(chain.to_string(), "x - (y - z)");
        let not = Verilog::unary("~", Verilog::binary("&", name("a"), name("b")));
        assert_eq!(not.to_string(), "~(a & b)");
        let any = Verilog::binary("&", name("a"), Verilog::unary("|", name("b")));
        assert_eq!(any.to_string(), "a & (|b)");
    }

    #[test]
    fn concatenations_merge() {
        let parts = vec![
            Verilog::zero(3),
            Verilog::concat(vec![Verilog::zero(5), name("a")]),
        ];
        assert_eq!(Verilog::concat(parts).to_string(), "{8'd0, a}");
    }
}
