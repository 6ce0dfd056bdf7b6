//! Statements as a person writes them: `else if` chains, `case`, single-bit assignments.

use super::ir::*;
use super::printer::Printer;
use super::verilog::{select, Verilog};
use num_traits::ToPrimitive;
use rust_hdl::prelude::clog2;

/// How the statements of a process assign.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    Blocking,
    Clocked,
}

impl Printer<'_> {
    pub(super) fn comment(&mut self, text: &str, depth: usize) -> String {
        if self.comments.insert(text.to_string()) {
            format!("{}// {text}\n", "    ".repeat(depth))
        } else {
            String::new()
        }
    }

    pub(super) fn block(&mut self, body: &[Statement], depth: usize, style: Style) -> String {
        let mut text = String::new();
        for statement in body {
            let line = self.statement(statement, depth, style);
            let indent = "    ".repeat(depth);
            for pending in std::mem::take(&mut self.pending) {
                text += &format!("{indent}{pending}\n");
            }
            text += &line;
        }
        text
    }

    fn statement(&mut self, statement: &Statement, depth: usize, style: Style) -> String {
        let indent = "    ".repeat(depth);
        match statement {
            Statement::Comment(text) => self.comment(text, depth),
            Statement::Assign(assign) => match self.assignment(assign, style) {
                Some(text) => format!("{indent}{text}\n"),
                None => String::new(),
            },
            Statement::If {
                condition,
                then,
                otherwise,
                ..
            } => self.conditional(condition, then, otherwise, depth, style),
            Statement::Case {
                at,
                subject,
                arms,
                otherwise,
            } => self.case(*at, subject, arms, otherwise, depth, style),
        }
    }

    fn conditional(
        &mut self,
        condition: &Expression,
        then: &[Statement],
        otherwise: &[Statement],
        depth: usize,
        style: Style,
    ) -> String {
        let indent = "    ".repeat(depth);
        self.base_name = self.first_target(then, otherwise);
        let test = self.condition(condition);
        let pending = std::mem::take(&mut self.pending);
        let then_text = self.block(then, depth + 1, style);
        let known = self.variables.len();
        let chain = matches!(otherwise, [Statement::If { .. }]);
        let otherwise_text = self.block(otherwise, depth + usize::from(!chain), style);
        let text = match (then_text.is_empty(), otherwise_text.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("{indent}if ({test}) begin\n{then_text}{indent}end\n"),
            (true, false) => {
                let test = Verilog::unary("!", test);
                let otherwise_text = indented(&otherwise_text, chain);
                format!("{indent}if ({test}) begin\n{otherwise_text}{indent}end\n")
            }
            (false, false) => {
                // A value in progress must be computed before the next test: then it stays nested.
                let chain_stands = chain && self.variables.len() == known;
                if chain_stands && otherwise_text.trim_start().starts_with("if") {
                    let otherwise_text = otherwise_text.trim_start();
                    format!(
                        "{indent}if ({test}) begin\n{then_text}{indent}end else {otherwise_text}"
                    )
                } else {
                    let otherwise_text = indented(&otherwise_text, chain);
                    format!(
                        "{indent}if ({test}) begin\n{then_text}{indent}end else begin\n{otherwise_text}{indent}end\n"
                    )
                }
            }
        };
        self.pending = pending;
        text
    }

    fn first_target(&self, then: &[Statement], otherwise: &[Statement]) -> String {
        let mut first = None;
        for body in [then, otherwise] {
            for_each_assign(body, &mut Vec::new(), &mut |assign, _| {
                first = first.or(Some(assign.target));
            });
        }
        first.map_or_else(|| "value".to_string(), |id| self.names[id].clone())
    }

    fn case(
        &mut self,
        at: usize,
        subject: &Expression,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: &[Statement],
        depth: usize,
        style: Style,
    ) -> String {
        let kept_arms: Vec<&(Expression, Vec<Statement>)> = arms
            .iter()
            .filter(|(_, arm)| !otherwise.is_empty() || !arm.is_empty())
            .collect();
        if let [(label, arm)] = kept_arms.as_slice() {
            let condition = Expression::Binary(
                Operator::Equal,
                Box::new(subject.clone()),
                Box::new(label.clone()),
            );
            let statement = Statement::If {
                at,
                condition,
                then: arm.clone(),
                otherwise: otherwise.to_vec(),
            };
            return self.statement(&statement, depth, style);
        }
        let indent = "    ".repeat(depth);
        self.base_name = self.first_target(otherwise, &kept_arms[0].1);
        let width = self.fact(subject).significant();
        let test = self.fit(subject, width);
        let pending = std::mem::take(&mut self.pending);
        let mut text = format!("{indent}case ({test})\n");
        for (label, arm) in kept_arms {
            let label = self.fit(label, width);
            let body = self.block(arm, depth + 2, style);
            text += &self.arm(&label.to_string(), &body, depth + 1);
        }
        let body = self.block(otherwise, depth + 2, style);
        text += &self.arm("default", &body, depth + 1);
        text += &format!("{indent}endcase\n");
        self.pending = pending;
        text
    }

    fn arm(&self, label: &str, body: &str, depth: usize) -> String {
        let indent = "    ".repeat(depth);
        if body.is_empty() {
            format!("{indent}{label}: ;\n")
        } else {
            format!("{indent}{label}: begin\n{body}{indent}end\n")
        }
    }

    fn assignment(&mut self, assign: &Assign, style: Style) -> Option<String> {
        let role = self.definition.signals[assign.target].role;
        let (target, arrow) = match (style, role) {
            (Style::Clocked, Role::Next(register)) => (self.definition.registers[register].q, "<="),
            _ => (assign.target, "="),
        };
        let name = self.names[target].clone();
        self.base_name.clone_from(&name);
        let declared = self.printed_width(target);
        let (offset, width) = assign.part.unwrap_or((0, declared));
        if offset >= declared {
            return None;
        }
        let width = width.min(declared - offset);
        if let Some(text) = self.bit_assignment(assign, target, &name, arrow) {
            return Some(text);
        }
        let place = select(&name, offset, width, declared);
        let value = self.fit(&assign.value, width);
        Some(format!("{place} {arrow} {value};"))
    }

    /// `q[index] <= bit` for a value that is the signal itself with one bit replaced.
    fn bit_assignment(
        &mut self,
        assign: &Assign,
        target: SignalId,
        name: &str,
        arrow: &str,
    ) -> Option<String> {
        let Expression::ReplaceBit(base, index, bit) = &assign.value else {
            return None;
        };
        let declared = self.printed_width(target);
        let same = **base == Expression::Signal(target);
        // In a clocked process the base is the old value: right only for the first assignment.
        let first = arrow == "=" || self.is_first_write(assign);
        if !same || !first || assign.part.is_some() || declared == 1 {
            return None;
        }
        let fact = self.fact(index);
        let place = match fact.constant().map(|v| v.to_usize()) {
            Some(Some(index)) if index < declared => index.to_string(),
            Some(_) => return None,
            None if fact.significant() <= clog2(declared)
                && (declared.is_power_of_two()
                    || declared == self.definition.signals[target].width) =>
            {
                self.fit(index, clog2(declared)).to_string()
            }
            None => return None,
        };
        let bit = self.fit(bit, 1);
        Some(format!("{name}[{place}] {arrow} {bit};"))
    }

    /// Whether nothing assigned the same signal earlier in the kernel, its hold value apart.
    fn is_first_write(&self, assign: &Assign) -> bool {
        let writes = self.plan.writes.get(&assign.target);
        let mut earlier = writes.into_iter().flatten().filter(|at| **at < assign.at);
        match (earlier.next(), earlier.next()) {
            (None, _) => true,
            (Some(first), None) => self.plan.holds.contains(&(assign.target, *first)),
            _ => false,
        }
    }

    /// Whether the assignment keeps a register's value and nothing was assigned before it.
    pub(super) fn is_hold(&self, assign: &Assign) -> bool {
        self.plan.holds.contains(&(assign.target, assign.at))
    }
}

/// The text one level deeper, if `deeper`.
fn indented(text: &str, deeper: bool) -> String {
    if !deeper {
        return text.to_string();
    }
    text.lines().map(|line| format!("    {line}\n")).collect()
}
