//! A kernel's statements: loops unrolled, links spelt out, names resolved.

use super::error::{EmitError, Problem, Result};
use super::ir::*;
use super::names::{canonical, shown, Loops};
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use rust_hdl::core::ast::*;
use std::collections::{BTreeMap, HashMap};

/// What a name of the kernel stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Resolved {
    Signal(SignalId),
    /// A clock with its reset.
    Clock(SignalId, SignalId),
    Constant(BigUint, usize),
    /// A signal of a signed type.
    Signed,
    /// Part of something the configuration leaves out.
    Absent,
    /// A child block as a whole.
    Block,
}

/// Turns one kernel's syntax tree into statements.
pub(crate) struct Kernel<'a> {
    pub(super) signals: &'a [Signal],
    pub(super) names: &'a HashMap<String, Resolved>,
    pub(super) variants: &'a BTreeMap<String, Vec<(usize, usize)>>,
    pub(super) loops: Loops,
    path: &'a str,
    at: usize,
    module: Option<String>,
    contract: Vec<String>,
    in_heading: bool,
}

impl<'a> Kernel<'a> {
    pub(crate) fn new(
        signals: &'a [Signal],
        names: &'a HashMap<String, Resolved>,
        variants: &'a BTreeMap<String, Vec<(usize, usize)>>,
        path: &'a str,
    ) -> Self {
        Self {
            signals,
            names,
            variants,
            loops: Vec::new(),
            path,
            at: 0,
            module: None,
            contract: Vec::new(),
            in_heading: true,
        }
    }

    /// Module name and contract, after [`Kernel::lower`].
    pub(crate) fn heading(self) -> (Option<String>, Vec<String>) {
        (self.module, self.contract)
    }

    pub(super) fn error<T>(&self, signal: &str, problem: Problem) -> Result<T> {
        Err(EmitError {
            block: shown(self.path),
            signal: shown(signal.strip_suffix("$next").unwrap_or(signal)),
            problem,
        })
    }

    pub(crate) fn lower(&mut self, code: &[VerilogStatement]) -> Result<Vec<Statement>> {
        let mut body = Vec::new();
        for statement in code {
            self.statement(statement, &mut body)?;
        }
        Ok(body)
    }

    pub(super) fn next_position(&mut self) -> usize {
        self.at += 1;
        self.at
    }

    fn statement(&mut self, code: &VerilogStatement, body: &mut Vec<Statement>) -> Result<()> {
        if let VerilogStatement::Comment(text) = code {
            self.comment(text, body);
            return Ok(());
        }
        self.in_heading = false;
        match code {
            VerilogStatement::Comment(_) => {}
            VerilogStatement::Macro(block) => {
                for inner in block {
                    self.statement(inner, body)?;
                }
            }
            VerilogStatement::Assignment(target, value) => {
                let VerilogExpression::Signal(name) = target else {
                    let text = format!("assignment to {target:?}");
                    return self.error("", Problem::Unsupported(text));
                };
                self.assign(name, value, body)?;
            }
            VerilogStatement::SliceAssignment {
                base,
                width,
                offset,
                replacement,
            } => self.assign_part(base, *width, offset, replacement, body)?,
            VerilogStatement::Link(links) => {
                for link in links {
                    self.link(link, body)?;
                }
            }
            VerilogStatement::Loop(code) => self.unroll(code, body)?,
            VerilogStatement::If(code) => {
                let statement = self.conditional(code)?;
                body.push(statement);
            }
            VerilogStatement::Match(code) => {
                let statement = self.case(code)?;
                body.push(statement);
            }
        }
        Ok(())
    }

    fn comment(&mut self, text: &str, body: &mut Vec<Statement>) {
        let text = comment_text(text);
        if !self.in_heading {
            body.push(Statement::Comment(text));
        } else if let Some(name) = text.strip_prefix("module: ") {
            self.module = Some(name.trim().to_string());
        } else {
            self.contract.push(text);
        }
    }

    fn conditional(&mut self, code: &VerilogConditional) -> Result<Statement> {
        let at = self.next_position();
        let condition = self.expression(&code.test, Some(1))?;
        let then = self.lower(&code.then)?;
        let otherwise = match &code.otherwise {
            VerilogBlockOrConditional::Block(block) => self.lower(block)?,
            VerilogBlockOrConditional::Conditional(inner) => {
                let mut block = Vec::new();
                self.statement(inner, &mut block)?;
                block
            }
            VerilogBlockOrConditional::None => Vec::new(),
        };
        Ok(Statement::If {
            at,
            condition,
            then,
            otherwise,
        })
    }

    fn unroll(&mut self, code: &VerilogLoop, body: &mut Vec<Statement>) -> Result<()> {
        let bound = |literal: &VerilogLiteral| {
            super::collect::literal_value(literal)
                .to_usize()
                .filter(|n| *n <= 1 << 20)
        };
        let (Some(from), Some(to)) = (bound(&code.from), bound(&code.to)) else {
            return self.error(&code.index, Problem::LoopBound);
        };
        for value in from..to {
            self.loops.push((code.index.clone(), BigUint::from(value)));
            for inner in &code.block {
                self.statement(inner, body)?;
            }
            self.loops.pop();
        }
        Ok(())
    }

    fn link(&mut self, link: &VerilogLink, body: &mut Vec<Statement>) -> Result<()> {
        let (details, forward) = match link {
            VerilogLink::Forward(details) => (details, true),
            VerilogLink::Backward(details) => (details, false),
            VerilogLink::Bidirectional(details) => {
                return self.error(&details.owner_name, Problem::Bidirectional)
            }
        };
        let owner = format!("{}{}", details.owner_name, details.my_name);
        let other = format!("{}{}", details.other_name, details.my_name);
        let (target, source) = if forward {
            (other, owner)
        } else {
            (owner, other)
        };
        self.assign(&target, &VerilogExpression::Signal(source), body)
    }

    fn assign(
        &mut self,
        name: &str,
        value: &VerilogExpression,
        body: &mut Vec<Statement>,
    ) -> Result<()> {
        let at = self.next_position();
        match self.resolve(name)? {
            Resolved::Absent => {}
            Resolved::Signal(target) => {
                self.check_target(target)?;
                let width = self.signals[target].width;
                let value = self.expression(value, Some(width))?;
                let found = value.width(self.signals);
                if found != width && !value.is_invalid() {
                    return self.error(name, Problem::WidthMismatch(width, found));
                }
                body.push(Statement::Assign(Assign {
                    at,
                    target,
                    part: None,
                    value,
                }));
            }
            Resolved::Clock(clk, rst) => {
                self.check_target(clk)?;
                let source = match value {
                    VerilogExpression::Signal(source) => self.resolve(source)?,
                    _ => Resolved::Block,
                };
                let Resolved::Clock(from_clk, from_rst) = source else {
                    return self.error(name, Problem::Clock);
                };
                for (target, source) in [(clk, from_clk), (rst, from_rst)] {
                    body.push(Statement::Assign(Assign {
                        at,
                        target,
                        part: None,
                        value: Expression::Signal(source),
                    }));
                }
            }
            Resolved::Signed => return self.error(name, Problem::Signed),
            Resolved::Constant(..) | Resolved::Block => {
                return self.error(name, Problem::SecondDriver)
            }
        }
        Ok(())
    }

    fn assign_part(
        &mut self,
        base: &VerilogExpression,
        width: usize,
        offset: &VerilogExpression,
        value: &VerilogExpression,
        body: &mut Vec<Statement>,
    ) -> Result<()> {
        let at = self.next_position();
        let VerilogExpression::Signal(name) = base else {
            let text = format!("assignment to a part of {base:?}");
            return self.error("", Problem::Unsupported(text));
        };
        let target = match self.resolve(name)? {
            Resolved::Signal(target) => target,
            Resolved::Absent => return Ok(()),
            Resolved::Signed => return self.error(name, Problem::Signed),
            _ => return self.error(name, Problem::SecondDriver),
        };
        self.check_target(target)?;
        let Some(offset) = self.integer(offset).and_then(|v| v.to_usize()) else {
            return self.error(name, Problem::IndexArithmetic);
        };
        if offset + width > self.signals[target].width {
            let index = (offset + width - 1).to_string();
            let width = self.signals[target].width;
            return self.error(name, Problem::IndexOutOfRange { index, width });
        }
        let value = self.expression(value, Some(width))?;
        body.push(Statement::Assign(Assign {
            at,
            target,
            part: Some((offset, width)),
            value,
        }));
        Ok(())
    }

    fn check_target(&self, target: SignalId) -> Result<()> {
        let signal = &self.signals[target];
        if signal.role.is_driven_here() {
            Ok(())
        } else {
            self.error(&signal.name, Problem::SecondDriver)
        }
    }

    /// What a name stands for; an error when it stands for nothing.
    fn resolve(&self, name: &str) -> Result<Resolved> {
        let path = match canonical(name, &self.loops) {
            Ok(path) => path,
            Err(problem) => return self.error(name, problem),
        };
        match self.lookup(&path) {
            Ok(resolved) => Ok(resolved),
            Err(problem) => self.error(&path, problem),
        }
    }

    pub(super) fn lookup(&self, path: &str) -> std::result::Result<Resolved, Problem> {
        if let Some(resolved) = self.names.get(path) {
            return Ok(resolved.clone());
        }
        for (place, _) in path.match_indices('$') {
            match self.names.get(&path[..place]) {
                Some(Resolved::Absent) => return Ok(Resolved::Absent),
                Some(Resolved::Block) => return Err(Problem::InsideAnotherBlock),
                _ => {}
            }
        }
        Err(Problem::Undeclared)
    }
}

/// The text of a comment. Whether rust-hdl strips the macro around it depends on how the compiler spaces
/// its tokens.
fn comment_text(text: &str) -> String {
    let inner = match text.find('"') {
        Some(open) if text.starts_with("comment") && text[..open].contains('!') => {
            text[open + 1..].trim_end_matches("\")")
        }
        _ => text,
    };
    inner.replace("\\\"", "\"")
}
