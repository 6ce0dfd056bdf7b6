//! The processes of a module: combinational logic and registers.

use super::error::{EmitError, Problem, Result};
use super::ir::*;
use super::liveness::kept;
use super::names::shown;
use super::printer::Printer;
use super::share::share_conditions;
use super::statement::Style;
use super::verilog::Verilog;
use std::collections::{BTreeMap, BTreeSet};

impl Printer<'_> {
    /// Whether a group is one signal assigned once, whole and unconditionally.
    pub(super) fn is_plain(&self, group: &[SignalId]) -> bool {
        matches!(group, [signal] if self.plan.plain.contains(signal))
    }

    /// The combinational logic, and the outputs of the top that never change.
    pub(super) fn combinational(&mut self) -> Result<String> {
        let mut text = String::new();
        if self.context.is_top {
            for (id, signal) in self.definition.signals.iter().enumerate() {
                if let (Role::Output, Some(value)) = (signal.role, self.facts[id].constant()) {
                    let literal = Verilog::Literal(value.clone(), self.printed_width(id));
                    text += &format!("    assign {} = {literal};\n", self.names[id]);
                }
            }
        }
        let plan = self.plan;
        let aliased: BTreeSet<SignalId> = plan.alias.values().copied().collect();
        let mut after_process = false;
        for group in &plan.groups {
            if group.iter().all(|id| aliased.contains(id)) {
                continue;
            }
            let body = kept(&self.definition.body, &|t| group.contains(&t));
            if self.is_plain(group) {
                if after_process {
                    text.push('\n');
                }
                after_process = false;
                for statement in &body {
                    match statement {
                        Statement::Comment(comment) => {
                            text += &self.comment(comment, 1);
                        }
                        Statement::Assign(assign) => {
                            self.base_name = self.names[assign.target].clone();
                            let width = self.printed_width(assign.target);
                            let value = self.fit(&assign.value, width);
                            text +=
                                &format!("    assign {} = {value};\n", self.names[assign.target]);
                        }
                        _ => {}
                    }
                }
            } else {
                text += "\n    always @* begin\n";
                self.in_process = group.iter().copied().collect();
                let known = self.variables.len();
                let inner = self.block(&body, 2, Style::Blocking);
                for (name, width) in &self.variables[known..] {
                    text += &format!("        {name} = {};\n", Verilog::zero(*width));
                }
                self.in_process.clear();
                text += &inner;
                text += "    end\n";
                after_process = true;
            }
        }
        Ok(text.trim_start_matches('\n').to_string())
    }

    /// The own clock input that a leaf's clock pin is wired to.
    pub(super) fn clock(&mut self, pin: SignalId, leaf: &str) -> Result<String> {
        match self.inline.get(&pin) {
            Some(Expression::Signal(source))
                if self.definition.signals[*source].role == Role::Input =>
            {
                let source = *source;
                self.used[source] |= super::fact::mask(1);
                Ok(self.names[source].clone())
            }
            _ => Err(EmitError {
                block: self.definition.path.clone(),
                signal: shown(leaf),
                problem: Problem::Clock,
            }),
        }
    }

    /// The clocked processes: one for each clock.
    pub(super) fn clocked(&mut self) -> Result<String> {
        let definition = self.definition;
        let mut domains: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut clocks: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (number, register) in definition.registers.iter().enumerate() {
            if !self.is_register_kept(number) {
                continue;
            }
            let clk = self.clock(register.clk, &register.name)?;
            if register.reset.is_some() {
                let rst = self.clock(register.rst, &register.name)?;
                clocks.insert(clk.clone(), Some(rst));
            } else {
                clocks.entry(clk.clone()).or_default();
            }
            domains.entry(clk).or_default().push(number);
        }
        let mut text = String::new();
        for (clk, registers) in &domains {
            let rst = clocks.get(clk).cloned().flatten();
            text += &format!("    always @(posedge {clk}) begin\n");
            text += &self.registers(registers, rst.as_deref());
            text += "    end\n\n";
        }
        Ok(text)
    }

    fn registers(&mut self, numbers: &[usize], rst: Option<&str>) -> String {
        let definition = self.definition;
        let direct: BTreeSet<SignalId> = numbers
            .iter()
            .filter(|n| !self.plan.separate_next[**n])
            .map(|n| definition.registers[*n].d)
            .collect();
        let body = kept(&definition.body, &|t| direct.contains(&t));
        let body = share_conditions(self.without_holds(&body));
        let mut resets = String::new();
        let mut all_reset = true;
        for &number in numbers {
            let register = &definition.registers[number];
            let width = self.printed_width(register.q);
            match &register.reset {
                Some(value) => {
                    let label = Verilog::Literal(value & super::fact::mask(width), width);
                    resets += &format!("            {} <= {label};\n", self.names[register.q]);
                }
                None => all_reset = false,
            }
        }
        let mut next = String::new();
        let branch = all_reset && rst.is_some();
        let separate = numbers.iter().any(|n| self.plan.separate_next[*n]);
        // A lone choice goes on as `else if`.
        let chain = branch && !separate && matches!(body.as_slice(), [Statement::If { .. }]);
        let depth = if branch && !chain { 3 } else { 2 };
        let indent = "    ".repeat(depth);
        for &number in numbers {
            if self.plan.separate_next[number] {
                let register = &definition.registers[number];
                let width = self.printed_width(register.q);
                self.base_name = self.names[register.q].clone();
                let value = self.fit(&Expression::Signal(register.d), width);
                next += &format!("{indent}{} <= {value};\n", self.names[register.q]);
            }
        }
        next += &self.block(&body, depth, Style::Clocked);
        match rst {
            None => next,
            Some(rst) if chain => {
                let next = next.trim_start();
                format!("        if ({rst}) begin\n{resets}        end else {next}")
            }
            Some(rst) if branch => {
                format!(
                    "        if ({rst}) begin\n{resets}        end else begin\n{next}        end\n"
                )
            }
            Some(rst) => format!("{next}        if ({rst}) begin\n{resets}        end\n"),
        }
    }

    fn without_holds(&self, body: &[Statement]) -> Vec<Statement> {
        let mut result = Vec::new();
        for statement in body {
            match statement {
                Statement::Assign(assign) if self.is_hold(assign) => {}
                Statement::If {
                    at,
                    condition,
                    then,
                    otherwise,
                } => result.push(Statement::If {
                    at: *at,
                    condition: condition.clone(),
                    then: self.without_holds(then),
                    otherwise: self.without_holds(otherwise),
                }),
                Statement::Case {
                    at,
                    subject,
                    arms,
                    otherwise,
                } => result.push(Statement::Case {
                    at: *at,
                    subject: subject.clone(),
                    arms: arms
                        .iter()
                        .map(|(label, arm)| (label.clone(), self.without_holds(arm)))
                        .collect(),
                    otherwise: self.without_holds(otherwise),
                }),
                other => result.push(other.clone()),
            }
        }
        kept(&result, &|_| true)
    }
}
