//! The processes of a module: combinational logic, registers, memories.

use super::error::{EmitError, Problem, Result};
use super::ir::*;
use super::liveness::kept;
use super::names::{flat, shown};
use super::printer::Printer;
use super::verilog::{range, select, Verilog};
use num_traits::ToPrimitive;
use rust_hdl::prelude::clog2;
use std::collections::{BTreeMap, BTreeSet};

/// How the statements of a process assign.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Blocking,
    Clocked,
}

impl Printer<'_> {
    /// Whether a group is one signal assigned once, whole and unconditionally.
    pub(super) fn is_plain(&self, group: &[SignalId]) -> bool {
        let [signal] = group else {
            return false;
        };
        let body = kept(&self.definition.body, &|t| t == *signal);
        let mut assigns = body.iter().filter(|s| !matches!(s, Statement::Comment(_)));
        matches!(
            (assigns.next(), assigns.next()),
            (Some(Statement::Assign(assign)), None) if assign.part.is_none()
        )
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

    fn comment(&mut self, text: &str, depth: usize) -> String {
        if self.comments.insert(text.to_string()) {
            format!("{}// {text}\n", "    ".repeat(depth))
        } else {
            String::new()
        }
    }

    fn block(&mut self, body: &[Statement], depth: usize, style: Style) -> String {
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
        let mut first = true;
        for_each_assign(&self.definition.body, &mut Vec::new(), &mut |other, _| {
            first &= other.target != assign.target || other.at >= assign.at || self.is_hold(other);
        });
        first
    }

    /// Whether the assignment keeps a register's value and nothing was assigned before it.
    fn is_hold(&self, assign: &Assign) -> bool {
        let Role::Next(register) = self.definition.signals[assign.target].role else {
            return false;
        };
        let register = &self.definition.registers[register];
        let mut earlier = false;
        for_each_assign(&self.definition.body, &mut Vec::new(), &mut |other, _| {
            earlier |= other.target == assign.target && other.at < assign.at;
        });
        assign.part.is_none() && assign.value == Expression::Signal(register.q) && !earlier
    }

    /// The own clock input that a leaf's clock pin is wired to.
    fn clock(&mut self, pin: SignalId, leaf: &str) -> Result<String> {
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
        let mut domains: BTreeMap<(String, Option<String>), Vec<usize>> = BTreeMap::new();
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
            domains.entry((clk, None)).or_default().push(number);
        }
        let mut text = String::new();
        for ((clk, _), registers) in &domains {
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
        let body = self.without_holds(&body);
        let mut resets = String::new();
        let mut all_reset = true;
        for &number in numbers {
            let register = &definition.registers[number];
            let width = self.printed_width(register.q);
            match &register.reset {
                Some(value) => {
                    let label = self.reset_label(number, value, width);
                    resets += &format!("            {} <= {label};\n", self.names[register.q]);
                }
                None => all_reset = false,
            }
        }
        let branch = all_reset && rst.is_some();
        let depth = if branch { 3 } else { 2 };
        let indent = "    ".repeat(depth);
        let mut next = String::new();
        for &number in numbers {
            if self.plan.separate_next[number] {
                let register = &definition.registers[number];
                let width = self.printed_width(register.q);
                self.base_name = self.names[register.q].clone();
                let value = self.fit(&Expression::Signal(register.d), width);
                next += &format!("{indent}{} <= {value};\n", self.names[register.q]);
            }
        }
        let next_is_body = next.is_empty();
        next += &self.block(&body, depth, Style::Clocked);
        match rst {
            None => next,
            Some(rst) if branch => {
                if let ([Statement::If { .. }], true) = (body.as_slice(), next_is_body) {
                    let chained = self.block(&body, 2, Style::Clocked);
                    let chained = chained.trim_start();
                    format!("        if ({rst}) begin\n{resets}        end else {chained}")
                } else {
                    format!("        if ({rst}) begin\n{resets}        end else begin\n{next}        end\n")
                }
            }
            Some(rst) => format!("{next}        if ({rst}) begin\n{resets}        end\n"),
        }
    }

    /// The reset value; an enum's variant by its name where the kernel uses it anyway.
    fn reset_label(
        &mut self,
        _register: usize,
        value: &num_bigint::BigUint,
        width: usize,
    ) -> Verilog {
        let masked = value & super::fact::mask(width);
        Verilog::Literal(masked, width)
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

    pub(super) fn memories(&mut self) -> Result<String> {
        let mut text = String::new();
        let definition = self.definition;
        for memory in &definition.memories {
            if self.live[memory.read_data] && !self.is_known(memory.read_data) {
                text += &self.memory(memory)?;
                text.push('\n');
            }
        }
        Ok(text)
    }

    fn memory(&mut self, memory: &Memory) -> Result<String> {
        let width = self.printed_width(memory.read_data);
        let name = self.unique(&flat(&memory.name));
        let data = self.names[memory.read_data].clone();
        let clk = self.clock(memory.clk, &memory.name)?;
        let address_width = clog2(memory.depth).max(1);
        let word = |address: Verilog| match memory.depth {
            1 => name.clone(),
            _ => format!("{name}[{address}]"),
        };
        let pin = Expression::Signal;
        self.base_name = name.clone();
        let read_address = self.fit(&pin(memory.read_address), address_width);
        let write_address = self.fit(&pin(memory.write_address), address_width);
        let range = range(width);
        let mut text = String::new();
        let declared = &mut self.memory_declarations;
        if memory.stages > 0 && memory.depth > 1 {
            *declared += "    // Reading the word that is being written gives undefined data.\n";
            *declared += "    (* no_rw_check *)\n";
        }
        *declared += &match memory.depth {
            // One word is a register, and tools say so when it is written as a memory.
            1 => format!("    reg  {range}{name};\n"),
            depth => format!("    reg  {range}{name} [0:{}];\n", depth - 1),
        };
        let kind = if memory.stages == 0 { "wire" } else { "reg " };
        *declared += &format!("    {kind} {range}{data};\n");
        let stage = match memory.stages {
            0 => {
                text += &format!("    assign {data} = {};\n\n", word(read_address.clone()));
                None
            }
            1 => Some(data.clone()),
            _ => {
                let stage = self.unique(&format!("{name}_read_stage"));
                self.memory_declarations += &format!("    reg  {range}{stage};\n");
                Some(stage)
            }
        };
        if !memory.contents.is_empty() {
            text += "    initial begin\n";
            for (address, value) in memory.contents.iter().enumerate() {
                let value = Verilog::Literal(value.clone(), width);
                let address = Verilog::Literal(address.into(), address_width);
                text += &format!("        {} = {value};\n", word(address));
            }
            text += "    end\n\n";
        }
        text += &format!("    always @(posedge {clk}) begin\n");
        text += &self.memory_write(memory, &word(write_address), width);
        if let (Some(stage), Some(enable)) = (&stage, memory.read_enable) {
            text += &self.guarded(&pin(enable), &format!("{stage} <= {};", word(read_address)));
            if memory.stages > 1 {
                text += &format!("        {data} <= {stage};\n");
            }
        }
        text += "    end\n";
        Ok(text)
    }

    fn memory_write(&mut self, memory: &Memory, place: &str, width: usize) -> String {
        let data = Expression::Signal(memory.write_data);
        let enable = Expression::Signal(memory.write_enable);
        let Some((lanes, lane_width)) = memory.lanes else {
            let value = self.fit(&data, width);
            return self.guarded(&enable, &format!("{place} <= {value};"));
        };
        let mut text = String::new();
        for lane in 0..lanes {
            let low = lane * lane_width;
            if low >= width {
                break;
            }
            let lane_bits = lane_width.min(width - low);
            let part = Expression::Slice {
                base: Box::new(data.clone()),
                offset: low,
                width: lane_bits,
            };
            let value = self.fit(&part, lane_bits);
            let place = select(place, low, lane_bits, width);
            let bit = Expression::Slice {
                base: Box::new(enable.clone()),
                offset: lane,
                width: 1,
            };
            text += &self.guarded(&bit, &format!("{place} <= {value};"));
        }
        text
    }

    /// A statement under a condition, which may be known.
    fn guarded(&mut self, condition: &Expression, statement: &str) -> String {
        match self.fact(condition).constant().map(|v| v.bit(0)) {
            Some(true) => format!("        {statement}\n"),
            Some(false) => String::new(),
            None => {
                let test = self.condition(condition);
                format!("        if ({test}) begin\n            {statement}\n        end\n")
            }
        }
    }
}

/// The text one level deeper, if `deeper`.
fn indented(text: &str, deeper: bool) -> String {
    if !deeper {
        return text.to_string();
    }
    text.lines().map(|line| format!("    {line}\n")).collect()
}
