//! Decides how a module is laid out: what is written in place, which signals share a process, which
//! registers take their next value straight in the clocked process.

use super::error::{EmitError, Problem, Result};
use super::fact::Fact;
use super::groups::{Groups, Sources};
use super::ir::*;
use super::names::shown;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Larger expressions get a wire of their own instead of standing in a port connection.
const INLINE_SIZE: usize = 6;

/// The layout of a module.
pub(crate) struct Plan {
    /// Signals replaced by the expression that drives them.
    pub(crate) inline: HashMap<SignalId, Expression>,
    /// Child outputs that are the module's own output.
    pub(crate) alias: HashMap<SignalId, SignalId>,
    /// Combinational signals that share a process, in kernel order.
    pub(crate) groups: Vec<Vec<SignalId>>,
    /// Combinational signals assigned once, whole and under no condition, in a process of their own.
    pub(crate) plain: HashSet<SignalId>,
    /// Positions of the assignments to each signal, in order.
    pub(crate) writes: HashMap<SignalId, Vec<usize>>,
    /// Signal and position of the assignments that only keep a register's value.
    pub(crate) holds: HashSet<(SignalId, usize)>,
    /// For each register, whether its next value is a signal of its own.
    pub(crate) separate_next: Vec<bool>,
    /// For each own output, the own inputs it depends on within the cycle.
    pub(crate) paths: HashMap<SignalId, BTreeSet<SignalId>>,
}

/// What one signal is driven by.
#[derive(Default)]
struct Driver<'a> {
    writes: Vec<&'a Assign>,
    /// Position and signal of every read, conditions included.
    reads: Vec<(usize, SignalId)>,
    /// Whether the only write is of the whole signal and under no condition.
    is_plain: bool,
}

/// Lays out one module. `paths` are those of the children's definitions.
pub(crate) fn plan(
    definition: &Definition,
    facts: &[Fact],
    live: &[bool],
    paths: &[HashMap<SignalId, BTreeSet<SignalId>>],
    printed_width: &dyn Fn(SignalId) -> usize,
) -> Result<Plan> {
    let mut planner = Planner::new(definition, facts, live);
    planner.find_inline();
    planner.find_separate_next();
    planner.find_alias(printed_width);
    let sources = planner.combinational_sources(paths);
    let groups = planner.group(&sources)?;
    let own_paths = planner.own_paths(&sources);
    let drivers = planner.drivers.iter();
    let alone = groups.iter().filter(|g| g.len() == 1).flatten();
    let plain = alone.filter(|id| planner.drivers[*id].is_plain).copied();
    let writes = drivers
        .clone()
        .map(|(id, d)| (*id, d.writes.iter().map(|w| w.at).collect()));
    let holds = drivers.filter_map(|(id, driver)| planner.hold(*id, driver));
    Ok(Plan {
        plain: plain.collect(),
        writes: writes.collect(),
        holds: holds.collect(),
        inline: planner.inline,
        alias: planner.alias,
        groups,
        separate_next: planner.separate_next,
        paths: own_paths,
    })
}

struct Planner<'a> {
    definition: &'a Definition,
    facts: &'a [Fact],
    live: &'a [bool],
    drivers: HashMap<SignalId, Driver<'a>>,
    last_write: HashMap<SignalId, usize>,
    read_anywhere: BTreeSet<SignalId>,
    inline: HashMap<SignalId, Expression>,
    alias: HashMap<SignalId, SignalId>,
    separate_next: Vec<bool>,
}

impl<'a> Planner<'a> {
    fn new(definition: &'a Definition, facts: &'a [Fact], live: &'a [bool]) -> Self {
        let mut drivers: HashMap<SignalId, Driver<'a>> = HashMap::new();
        let mut last_write = HashMap::new();
        let mut read_anywhere = BTreeSet::new();
        for_each_assign(
            &definition.body,
            &mut Vec::new(),
            &mut |assign, conditions| {
                let driver = drivers.entry(assign.target).or_default();
                driver.is_plain =
                    driver.writes.is_empty() && conditions.is_empty() && assign.part.is_none();
                driver.writes.push(assign);
                assign
                    .value
                    .for_each_read(&mut |id| driver.reads.push((assign.at, id)));
                for (at, condition) in conditions {
                    condition.for_each_read(&mut |id| driver.reads.push((*at, id)));
                }
                for (_, id) in &driver.reads {
                    read_anywhere.insert(*id);
                }
                last_write.insert(assign.target, assign.at);
            },
        );
        for driver in drivers.values_mut() {
            driver.reads.sort_unstable();
            driver.reads.dedup();
        }
        Self {
            definition,
            facts,
            live,
            drivers,
            last_write,
            read_anywhere,
            inline: HashMap::new(),
            alias: HashMap::new(),
            separate_next: vec![false; definition.registers.len()],
        }
    }

    /// The first assignment to a register, if it only keeps the value.
    fn hold(&self, target: SignalId, driver: &Driver) -> Option<(SignalId, usize)> {
        let Role::Next(register) = self.definition.signals[target].role else {
            return None;
        };
        let q = self.definition.registers[register].q;
        let first = driver.writes.first()?;
        let keeps = first.part.is_none() && first.value == Expression::Signal(q);
        keeps.then_some((target, first.at))
    }

    fn is_known(&self, signal: SignalId) -> bool {
        self.facts[signal].constant().is_some()
    }

    /// Whether a read at this place of the kernel may see a value that is assigned over later.
    fn is_in_progress(&self, at: usize, signal: SignalId) -> bool {
        self.last_write.get(&signal).is_some_and(|last| *last >= at)
    }

    fn find_inline(&mut self) {
        for (&target, driver) in &self.drivers {
            let role = self.definition.signals[target].role;
            let place = matches!(
                role,
                Role::ChildInput(..) | Role::MemoryInput(_) | Role::LeafClock
            );
            if !place || !driver.is_plain || self.read_anywhere.contains(&target) {
                continue;
            }
            let [write] = driver.writes.as_slice() else {
                continue;
            };
            let settled = driver
                .reads
                .iter()
                .all(|(at, id)| !self.is_in_progress(*at, *id));
            if settled && (role == Role::LeafClock || write.value.size() <= INLINE_SIZE) {
                self.inline.insert(target, write.value.clone());
            }
        }
    }

    fn find_separate_next(&mut self) {
        for (number, register) in self.definition.registers.iter().enumerate() {
            let Some(driver) = self.drivers.get(&register.d) else {
                continue;
            };
            self.separate_next[number] = self.read_anywhere.contains(&register.d)
                || driver
                    .reads
                    .iter()
                    .any(|(at, id)| self.is_in_progress(*at, *id));
        }
    }

    fn find_alias(&mut self, printed_width: &dyn Fn(SignalId) -> usize) {
        let mut targets: Vec<SignalId> = self.drivers.keys().copied().collect();
        targets.sort_unstable();
        for target in targets {
            let driver = &self.drivers[&target];
            if self.definition.signals[target].role != Role::Output || !driver.is_plain {
                continue;
            }
            if let [Assign {
                value: Expression::Signal(source),
                ..
            }] = driver.writes.as_slice()
            {
                let role = self.definition.signals[*source].role;
                if matches!(role, Role::ChildOutput(..))
                    && !self.is_known(*source)
                    && printed_width(*source) == printed_width(target)
                    && !self.alias.contains_key(source)
                {
                    self.alias.insert(*source, target);
                }
            }
        }
    }

    /// Whether the signal is a wire or variable of combinational logic.
    fn is_combinational(&self, signal: SignalId) -> bool {
        let role = self.definition.signals[signal].role;
        self.live[signal]
            && self.drivers.contains_key(&signal)
            && !self.inline.contains_key(&signal)
            && match role {
                Role::Next(register) => self.separate_next[register],
                _ => !self.is_known(signal),
            }
            && role.is_driven_here()
    }

    /// For each combinational signal, those it depends on within the cycle.
    fn combinational_sources(&self, paths: &[HashMap<SignalId, BTreeSet<SignalId>>]) -> Sources {
        let mut sources = Sources::default();
        for &target in self.drivers.keys() {
            if self.is_combinational(target) {
                let mut direct = BTreeSet::new();
                let mut through = BTreeSet::new();
                for &(_, read) in &self.drivers[&target].reads {
                    if self.is_combinational(read) {
                        direct.insert(read);
                    } else {
                        self.add_source(read, paths, &mut through, &mut BTreeSet::new());
                    }
                }
                sources.direct.insert(target, direct);
                sources.through.insert(target, through);
            }
        }
        sources
    }

    fn add_source(
        &self,
        read: SignalId,
        paths: &[HashMap<SignalId, BTreeSet<SignalId>>],
        set: &mut BTreeSet<SignalId>,
        visited: &mut BTreeSet<SignalId>,
    ) {
        if !visited.insert(read) || self.is_known(read) {
            return;
        }
        let through = |pins: Vec<SignalId>,
                       set: &mut BTreeSet<SignalId>,
                       visited: &mut BTreeSet<SignalId>| {
            for pin in pins {
                match self.inline.get(&pin) {
                    Some(inline) => {
                        inline.for_each_read(&mut |id| self.add_source(id, paths, set, visited))
                    }
                    None => self.add_source(pin, paths, set, visited),
                }
            }
        };
        match self.definition.signals[read].role {
            Role::Input => {
                set.insert(read);
            }
            Role::ChildOutput(child, port) => {
                let child = &self.definition.children[child];
                let empty = BTreeSet::new();
                let inputs = paths[child.definition].get(&port).unwrap_or(&empty);
                let pins = child
                    .ports
                    .iter()
                    .filter(|(p, _)| inputs.contains(p))
                    .map(|(_, here)| *here)
                    .collect();
                through(pins, set, visited);
            }
            Role::MemoryOutput(memory) => {
                let memory = &self.definition.memories[memory];
                if memory.stages == 0 {
                    through(vec![memory.read_address], set, visited);
                }
            }
            Role::State(_) => {}
            _ => {
                if self.is_combinational(read) {
                    set.insert(read);
                }
            }
        }
    }

    /// Refuses a path that leaves a process and comes back to it within the cycle.
    fn refuse_loops(&self, groups: &Groups) -> Result<()> {
        let Some(members) = groups.cycle(true) else {
            return Ok(());
        };
        let name = |id: &SignalId| shown(&self.definition.signals[*id].name);
        let mut names: Vec<String> = members.iter().map(name).collect();
        names.push(names[0].clone());
        Err(EmitError {
            block: self.definition.path.clone(),
            signal: names[0].clone(),
            problem: Problem::CombinationalLoop(names.join(" <- ")),
        })
    }

    /// Signals share a process when one reads another's value in progress, or when they are chosen by
    /// the same statement and sharing makes no loop between processes.
    fn group(&self, sources: &Sources) -> Result<Vec<Vec<SignalId>>> {
        let mut groups = Groups::new(sources);
        for (&target, driver) in &self.drivers {
            if !sources.direct.contains_key(&target) {
                continue;
            }
            for (at, read) in &driver.reads {
                if *read != target
                    && sources.direct.contains_key(read)
                    && self.is_in_progress(*at, *read)
                {
                    groups.union(target, *read);
                }
            }
        }
        // Processes that would read each other's results in turn are one: the kernel's order decides.
        while let Some(members) = groups.cycle(false) {
            for pair in members.windows(2) {
                groups.union(pair[0], pair[1]);
            }
        }
        self.refuse_loops(&groups)?;
        for statement in &self.definition.body {
            if matches!(statement, Statement::If { .. } | Statement::Case { .. }) {
                let mut targets = Vec::new();
                for_each_assign(
                    std::slice::from_ref(statement),
                    &mut Vec::new(),
                    &mut |assign, _| {
                        if sources.direct.contains_key(&assign.target) {
                            targets.push(assign.target);
                        }
                    },
                );
                targets.dedup();
                for pair in targets.windows(2) {
                    groups.try_union(pair[0], pair[1]);
                }
            }
        }
        let first = |id: &SignalId| self.drivers[id].writes.first().map_or(0, |w| w.at);
        let mut result: Vec<Vec<SignalId>> = groups.members();
        for group in &mut result {
            group.sort_by_key(|id| (first(id), *id));
        }
        result.sort_by_key(|group| group.first().map(|id| (first(id), *id)));
        Ok(result)
    }

    fn own_paths(&self, sources: &Sources) -> HashMap<SignalId, BTreeSet<SignalId>> {
        let mut paths = HashMap::new();
        for (id, signal) in self.definition.signals.iter().enumerate() {
            if signal.role != Role::Output || !self.live[id] {
                continue;
            }
            let mut inputs = BTreeSet::new();
            let mut seen = BTreeSet::new();
            let mut work = vec![id];
            while let Some(next) = work.pop() {
                if !seen.insert(next) {
                    continue;
                }
                if self.definition.signals[next].role == Role::Input {
                    inputs.insert(next);
                }
                work.extend(sources.direct.get(&next).into_iter().flatten());
                work.extend(sources.through.get(&next).into_iter().flatten());
            }
            paths.insert(id, inputs);
        }
        paths
    }
}
