//! `match`: arms, patterns and the codes of enum variants.

use super::error::{Problem, Result};
use super::ir::*;
use super::lower::Kernel;
use num_bigint::BigUint;
use rust_hdl::core::ast::VerilogMatch;
use std::rc::Rc;

impl Kernel<'_> {
    pub(super) fn case(&mut self, code: &VerilogMatch) -> Result<Statement> {
        let at = self.next_position();
        let subject = self.expression(&code.test, None)?;
        let width = subject.width(self.signals);
        let mut arms = Vec::new();
        let mut otherwise = None;
        for case in &code.cases {
            let label = self.pattern(&case.condition, width)?;
            let block = self.lower(&case.block)?;
            match label {
                Some(label) => arms.push((label, block)),
                None => {
                    otherwise = Some(block);
                    break;
                }
            }
        }
        // Rust has checked that the arms cover everything, so the last one may take what is left.
        let otherwise = match otherwise {
            Some(block) => block,
            None => arms.pop().map(|(_, block)| block).unwrap_or_default(),
        };
        Ok(Statement::Case {
            at,
            subject,
            arms,
            otherwise,
        })
    }

    /// The literal an arm stands for; `None` for the arm that takes everything.
    fn pattern(&self, text: &str, width: usize) -> Result<Option<Expression>> {
        let digits: String = text.replace('_', "");
        match text {
            "default" => return Ok(None),
            "true" => return Ok(Some(Expression::literal(1u32, 1))),
            "false" => return Ok(Some(Expression::literal(0u32, 1))),
            _ => {}
        }
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            let (radix, body) = match digits.get(..2) {
                Some("0x") => (16, &digits[2..]),
                Some("0b") => (2, &digits[2..]),
                Some("0o") => (8, &digits[2..]),
                _ => (10, digits.as_str()),
            };
            let body = body.trim_end_matches("u64").trim_end_matches("usize");
            return match BigUint::parse_bytes(body.as_bytes(), radix) {
                Some(value) => self.fitting_literal(value, width).map(Some),
                None => self.error(text, Problem::Pattern),
            };
        }
        match self.variant(text)? {
            Some(label) => Ok(Some(label)),
            None if self.is_bare_variant(text) => self.error(text, Problem::EnumGlob),
            None => self.error(text, Problem::Pattern),
        }
    }

    pub(super) fn is_bare_variant(&self, name: &str) -> bool {
        self.variants
            .keys()
            .any(|label| label.rsplit('$').next() == Some(name))
    }

    /// The enum variant a path names, by its last two segments.
    pub(super) fn variant(&self, path: &str) -> Result<Option<Expression>> {
        let segments: Vec<&str> = path.split('$').collect();
        let [.., kind, name] = segments.as_slice() else {
            return Ok(None);
        };
        let label = format!("{kind}${name}");
        match self.variants.get(&label).map(Vec::as_slice) {
            None => Ok(None),
            Some([(code, width)]) => Ok(Some(Expression::Literal {
                value: BigUint::from(*code),
                width: *width,
                label: Some(Rc::from(label)),
            })),
            Some(_) => self.error(&label.replace('$', "::"), Problem::AmbiguousVariant),
        }
    }
}
