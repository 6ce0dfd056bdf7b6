//! Keeps what an output of the top depends on; the rest leaves no trace.

use super::fold::Facts;
use super::ir::*;
use std::collections::HashMap;

/// Which signals of which definitions reach an output of the top.
pub(crate) type Live = Vec<Vec<bool>>;

/// Marks backwards from the outputs of the top.
pub(crate) fn find_live(definitions: &[Definition], facts: &Facts) -> Live {
    let mut marker = Marker {
        definitions,
        facts,
        reads: definitions.iter().map(reads_by_target).collect(),
        parents: parents(definitions),
        needed: definitions
            .iter()
            .map(|d| vec![false; d.children.len()])
            .collect(),
        live: definitions
            .iter()
            .map(|d| vec![false; d.signals.len()])
            .collect(),
        work: Vec::new(),
    };
    if let Some(top) = definitions.len().checked_sub(1) {
        for (id, signal) in definitions[top].signals.iter().enumerate() {
            if signal.role == Role::Output {
                marker.mark(top, id);
            }
        }
    }
    while let Some((definition, signal)) = marker.work.pop() {
        marker.follow(definition, signal);
    }
    marker.live
}

/// Removes the assignments to dead signals, and those to signals whose value is known anyway.
pub(crate) fn remove_dead(definitions: &mut [Definition], live: &Live, facts: &Facts) {
    for (id, definition) in definitions.iter_mut().enumerate() {
        let signals = &definition.signals;
        let keep = |target: SignalId| {
            let known = facts[id][target].constant().is_some();
            live[id][target] && (!known || matches!(signals[target].role, Role::Next(_)))
        };
        definition.body = kept(&definition.body, &keep);
    }
}

/// The statements that assign a signal for which `keep` holds, with the choices around them.
pub(crate) fn kept(body: &[Statement], keep: &dyn Fn(SignalId) -> bool) -> Vec<Statement> {
    let mut result: Vec<Statement> = Vec::new();
    let mut comments: Vec<Statement> = Vec::new();
    for statement in body {
        let statement = match statement {
            Statement::Comment(_) => {
                comments.push(statement.clone());
                continue;
            }
            Statement::Assign(assign) => {
                if !keep(assign.target) {
                    comments.clear();
                    continue;
                }
                statement.clone()
            }
            Statement::If {
                at,
                condition,
                then,
                otherwise,
            } => {
                let (then, otherwise) = (kept(then, keep), kept(otherwise, keep));
                if then.is_empty() && otherwise.is_empty() {
                    comments.clear();
                    continue;
                }
                Statement::If {
                    at: *at,
                    condition: condition.clone(),
                    then,
                    otherwise,
                }
            }
            Statement::Case {
                at,
                subject,
                arms,
                otherwise,
            } => {
                let arms: Vec<_> = arms
                    .iter()
                    .map(|(label, arm)| (label.clone(), kept(arm, keep)))
                    .collect();
                let otherwise = kept(otherwise, keep);
                if otherwise.is_empty() && arms.iter().all(|(_, arm)| arm.is_empty()) {
                    comments.clear();
                    continue;
                }
                Statement::Case {
                    at: *at,
                    subject: subject.clone(),
                    arms,
                    otherwise,
                }
            }
        };
        result.append(&mut comments);
        result.push(statement);
    }
    result
}

type Reads = HashMap<SignalId, Vec<SignalId>>;

fn reads_by_target(definition: &Definition) -> Reads {
    let mut reads: Reads = HashMap::new();
    for_each_assign(
        &definition.body,
        &mut Vec::new(),
        &mut |assign, conditions| {
            let list = reads.entry(assign.target).or_default();
            assign.value.for_each_read(&mut |id| list.push(id));
            for (_, condition) in conditions {
                condition.for_each_read(&mut |id| list.push(id));
            }
        },
    );
    for list in reads.values_mut() {
        list.sort_unstable();
        list.dedup();
    }
    reads
}

/// For each definition, its parents and the number of the child in them.
fn parents(definitions: &[Definition]) -> Vec<Vec<(DefinitionId, usize)>> {
    let mut parents = vec![Vec::new(); definitions.len()];
    for (id, definition) in definitions.iter().enumerate() {
        for (number, child) in definition.children.iter().enumerate() {
            parents[child.definition].push((id, number));
        }
    }
    parents
}

struct Marker<'a> {
    definitions: &'a [Definition],
    facts: &'a Facts,
    reads: Vec<Reads>,
    parents: Vec<Vec<(DefinitionId, usize)>>,
    /// For each child of each definition, whether any of its outputs is needed.
    needed: Vec<Vec<bool>>,
    live: Live,
    work: Vec<(DefinitionId, SignalId)>,
}

impl Marker<'_> {
    fn mark(&mut self, definition: DefinitionId, signal: SignalId) {
        if !self.live[definition][signal] {
            self.live[definition][signal] = true;
            self.work.push((definition, signal));
        }
    }

    fn follow(&mut self, id: DefinitionId, signal: SignalId) {
        let definition = &self.definitions[id];
        let role = definition.signals[signal].role;
        // A known value needs no source, except a register's next value while the register stays.
        let known = self.facts[id][signal].constant().is_some();
        if known && !matches!(role, Role::Next(_)) {
            return;
        }
        if let Some(reads) = self.reads[id].get(&signal) {
            for read in reads.clone() {
                self.mark(id, read);
            }
        }
        match role {
            Role::State(number) => {
                let register = &definition.registers[number];
                self.mark(id, register.d);
                self.mark(id, register.clk);
                if register.reset.is_some() {
                    self.mark(id, register.rst);
                }
            }
            Role::MemoryOutput(number) => {
                let memory = &definition.memories[number];
                self.mark(id, memory.clk);
                for pin in memory.inputs() {
                    self.mark(id, pin);
                }
            }
            Role::ChildOutput(number, port) => {
                let child = &definition.children[number];
                self.mark(child.definition, port);
                if !self.needed[id][number] {
                    self.needed[id][number] = true;
                    for &(port, here) in &child.ports {
                        if self.live[child.definition][port] {
                            self.mark_input(id, here, child.definition, port);
                        }
                    }
                }
            }
            Role::Input => {
                for (parent, number) in self.parents[id].clone() {
                    let ports = &self.definitions[parent].children[number].ports;
                    let here = ports.iter().find(|(port, _)| *port == signal);
                    if let Some(&(_, here)) = here.filter(|_| self.needed[parent][number]) {
                        self.mark_input(parent, here, id, signal);
                    }
                }
            }
            _ => {}
        }
    }

    /// Marks what drives a child's live input, unless its value is known.
    fn mark_input(
        &mut self,
        parent: DefinitionId,
        here: SignalId,
        child: DefinitionId,
        port: SignalId,
    ) {
        let driven = self.definitions[parent].signals[here].role.is_driven_here();
        if driven && self.facts[child][port].constant().is_none() {
            self.mark(parent, here);
        }
    }
}
