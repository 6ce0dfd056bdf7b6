//! One module's text.

use super::error::{EmitError, Problem, Result};
use super::fact::{mask, Fact};
use super::fold::Facts;
use super::ir::*;
use super::keywords::is_keyword;
use super::liveness::Live;
use super::names::{flat, shown};
use super::plan::Plan;
use super::verilog::{range, Verilog};
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What printing a module needs to know of the rest of the design.
pub(crate) struct Context<'a> {
    pub(crate) definitions: &'a [Definition],
    pub(crate) facts: &'a Facts,
    pub(crate) live: &'a Live,
    /// Names of the modules printed so far.
    pub(crate) modules: &'a [Option<String>],
    /// Declared widths of the top's ports.
    pub(crate) port_width: &'a dyn Fn(&Signal) -> usize,
    pub(crate) is_top: bool,
}

/// Writes one module.
pub(crate) struct Printer<'a> {
    pub(super) definition: &'a Definition,
    pub(super) facts: &'a [Fact],
    pub(super) context: &'a Context<'a>,
    pub(super) live: &'a [bool],
    pub(super) plan: &'a Plan,
    pub(super) inline: HashMap<SignalId, Expression>,
    pub(super) names: Vec<String>,
    pub(super) instance_names: Vec<String>,
    /// Bits of each signal that the text reads.
    pub(super) used: Vec<BigUint>,
    /// Named enum codes the text uses: value and width.
    pub(super) labels: BTreeMap<String, (BigUint, usize)>,
    pub(super) taken: HashSet<String>,
    /// Signals of the process being written.
    pub(super) in_process: BTreeSet<SignalId>,
    /// Wires introduced to cut expressions: name, width, value.
    wires: Vec<(String, usize, Verilog)>,
    /// Variables introduced inside processes: name, width.
    pub(super) variables: Vec<(String, usize)>,
    /// Assignments to write before the next statement.
    pub(super) pending: Vec<String>,
    pub(super) introduced: HashMap<String, (String, usize, BigUint)>,
    pub(super) comments: HashSet<String>,
    pub(super) base_name: String,
    pub(super) memory_declarations: String,
}

/// Width with which a signal is declared.
pub(crate) fn printed_width(context: &Context, id: DefinitionId, signal: SignalId) -> usize {
    let info = &context.definitions[id].signals[signal];
    if context.is_top && matches!(info.role, Role::Input | Role::Output) {
        (context.port_width)(info)
    } else {
        context.facts[id][signal].significant()
    }
}

impl<'a> Printer<'a> {
    pub(crate) fn new(context: &'a Context<'a>, id: DefinitionId, plan: &'a Plan) -> Result<Self> {
        let definition = &context.definitions[id];
        let mut printer = Self {
            definition,
            facts: &context.facts[id],
            context,
            live: &context.live[id],
            plan,
            inline: plan.inline.clone(),
            names: Vec::new(),
            instance_names: Vec::new(),
            used: vec![BigUint::default(); definition.signals.len()],
            labels: BTreeMap::new(),
            taken: HashSet::new(),
            in_process: BTreeSet::new(),
            wires: Vec::new(),
            variables: Vec::new(),
            pending: Vec::new(),
            introduced: HashMap::new(),
            comments: HashSet::new(),
            base_name: String::new(),
            memory_declarations: String::new(),
        };
        printer.name_everything()?;
        Ok(printer)
    }

    pub(super) fn refuse<T>(&self, signal: &str, problem: Problem) -> Result<T> {
        Err(EmitError {
            block: self.definition.path.clone(),
            signal: shown(signal),
            problem,
        })
    }

    pub(super) fn is_known(&self, signal: SignalId) -> bool {
        self.facts[signal].constant().is_some()
    }

    /// Width with which the signal is declared.
    pub(super) fn printed_width(&self, signal: SignalId) -> usize {
        let info = &self.definition.signals[signal];
        if self.context.is_top && matches!(info.role, Role::Input | Role::Output) {
            (self.context.port_width)(info)
        } else {
            self.facts[signal].significant()
        }
    }

    /// A wire (or, for a value in progress, a variable) that holds an expression to cut from.
    pub(super) fn introduce(
        &mut self,
        value: Verilog,
        width: usize,
        source: &Expression,
        offset: usize,
        cut: usize,
    ) -> String {
        let text = value.to_string();
        let mut in_progress = false;
        source.for_each_read(&mut |id| in_progress |= self.in_process.contains(&id));
        let key = format!("{in_progress} {width} {text}");
        let bits = mask(cut) << offset;
        if !in_progress {
            if let Some((name, _, used)) = self.introduced.get_mut(&key) {
                *used |= bits;
                return name.clone();
            }
        }
        let wish = format!("{}_whole", self.base_name);
        let name = self.unique(&wish);
        if in_progress {
            self.variables.push((name.clone(), width));
            self.pending.push(format!("{name} = {text};"));
            let key = format!("{key} {name}");
            self.introduced.insert(key, (name.clone(), width, bits));
        } else {
            self.wires.push((name.clone(), width, value));
            self.introduced.insert(key, (name.clone(), width, bits));
        }
        name
    }

    /// The module's text, without the opening comment.
    pub(crate) fn print(mut self, module: &str) -> Result<String> {
        if is_keyword(&self.definition.module) {
            return self.refuse(&self.definition.module, Problem::Keyword);
        }
        let instances = self.instances();
        let combinational = self.combinational()?;
        let clocked = self.clocked()?;
        let memories = self.memories()?;
        let unused = self.unused();
        let declarations = self.declarations();
        let ports = self.ports();
        let wires: String = self
            .wires
            .iter()
            .map(|(name, width, value)| format!("    wire {}{name} = {value};\n", range(*width)))
            .collect();
        let mut text = format!("module {module} (\n{ports}\n);\n");
        for part in [
            self.localparams(),
            declarations,
            self.memory_declarations.clone(),
            wires,
            instances,
            combinational,
            clocked,
            memories,
            unused,
        ] {
            if !part.is_empty() {
                text.push('\n');
                text += part.trim_end_matches('\n');
                text.push('\n');
            }
        }
        text += "\nendmodule\n";
        Ok(text)
    }

    fn localparams(&self) -> String {
        self.labels
            .iter()
            .map(|(name, (value, width))| {
                let literal = Verilog::Literal(value.clone(), *width);
                format!("    localparam {}{name} = {literal};\n", range(*width))
            })
            .collect()
    }

    /// Whether a port of a definition is printed.
    pub(super) fn has_port(&self, definition: DefinitionId, port: SignalId) -> bool {
        let top = self.context.definitions.len() - 1;
        if definition == top {
            return true;
        }
        self.context.live[definition][port]
            && self.context.facts[definition][port].constant().is_none()
    }

    fn ports(&self) -> String {
        let own = self
            .context
            .definitions
            .iter()
            .position(|d| std::ptr::eq(d, self.definition))
            .unwrap_or_default();
        let mut lines = Vec::new();
        for (id, signal) in self.definition.signals.iter().enumerate() {
            let kind = match signal.role {
                Role::Input => "input  wire",
                Role::Output if self.is_variable(id) => "output reg ",
                Role::Output => "output wire",
                _ => continue,
            };
            if self.has_port(own, id) {
                let range = range(self.printed_width(id));
                lines.push(format!("    {kind} {range}{}", self.names[id]));
            }
        }
        lines.join(",\n")
    }

    /// Whether the signal is assigned in a process rather than by an `assign`.
    pub(super) fn is_variable(&self, signal: SignalId) -> bool {
        self.plan.writes.contains_key(&signal) && !self.plan.plain.contains(&signal)
    }

    fn declarations(&mut self) -> String {
        let mut registers = String::new();
        let mut wires = String::new();
        for (id, signal) in self.definition.signals.iter().enumerate() {
            if !self.live[id] && !matches!(signal.role, Role::ChildOutput(..))
                || self.plan.inline.contains_key(&id)
                || self.plan.alias.contains_key(&id)
            {
                continue;
            }
            let range = range(self.printed_width(id));
            let name = &self.names[id];
            match signal.role {
                Role::Input | Role::Output | Role::LeafClock => {}
                Role::ChildOutput(child, port) => {
                    let definition = self.definition.children[child].definition;
                    if self.is_instantiated(child) && self.has_port(definition, port) {
                        wires += &format!("    wire {range}{name};\n");
                    }
                }
                Role::Next(register) => {
                    if self.plan.separate_next[register] && self.is_register_kept(register) {
                        let kind = if self.is_variable(id) { "reg " } else { "wire" };
                        wires += &format!("    {kind} {range}{name};\n");
                    }
                }
                Role::State(register) => {
                    if self.is_register_kept(register) {
                        registers += &format!("    reg  {range}{name};\n");
                    }
                }
                Role::MemoryOutput(_) => {} // declared with its memory
                Role::Local | Role::ChildInput(..) | Role::MemoryInput(_) => {
                    if !self.is_known(id) {
                        let kind = if self.is_variable(id) { "reg " } else { "wire" };
                        wires += &format!("    {kind} {range}{name};\n");
                    }
                }
            }
        }
        for (name, width) in &self.variables {
            wires += &format!("    reg  {}{name};\n", range(*width));
        }
        match (registers.is_empty(), wires.is_empty()) {
            (false, false) => format!("{registers}\n{wires}"),
            _ => registers + &wires,
        }
    }

    pub(super) fn is_register_kept(&self, register: usize) -> bool {
        let q = self.definition.registers[register].q;
        self.live[q] && !self.is_known(q)
    }

    pub(super) fn is_instantiated(&self, child: usize) -> bool {
        self.definition.children[child]
            .ports
            .iter()
            .any(|&(_, here)| {
                matches!(self.definition.signals[here].role, Role::ChildOutput(..))
                    && self.live[here]
                    && !self.is_known(here)
            })
    }

    fn instances(&mut self) -> String {
        let mut text = String::new();
        let definition = self.definition;
        for (number, child) in definition.children.iter().enumerate() {
            if !self.is_instantiated(number) {
                continue;
            }
            let mut lines = Vec::new();
            for &(port, here) in &child.ports {
                if !self.has_port(child.definition, port) {
                    continue;
                }
                let port_name =
                    flat(&self.context.definitions[child.definition].signals[port].name);
                let width = self.context.facts[child.definition][port].significant();
                let value = if definition.signals[here].role.is_driven_here() {
                    self.base_name = self.names[here].clone();
                    self.fit(&Expression::Signal(here), width).to_string()
                } else {
                    self.names[here].clone()
                };
                lines.push(format!("        .{port_name}({value})"));
            }
            let module = self.context.modules[child.definition]
                .clone()
                .unwrap_or_default();
            let instance = &self.instance_names[number];
            text += &format!(
                "    {module} {instance} (\n{}\n    );\n\n",
                lines.join(",\n")
            );
        }
        text
    }
}
