//! A piece of a campaign, run by one thread.

use super::kind::Kind;
use super::point::Outcome;
use super::results::{Failure, UnitResult};
use super::rig::{Rig, PATIENCE};
use super::scenario::Scenario;
use super::tree::{self, Parted, Tree};
use super::{machine, FaultOptions};
use crate::system::{self, BuildOptions};
use anyhow::{bail, ensure, Context, Result};
use mch_spec::Strategy;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::time::Instant;

/// A piece of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// All sequences that begin with a path.
    Tree {
        /// The strategy.
        strategy: Strategy,
        /// As `Wa.Pb`.
        path: String,
    },
    /// Every cycle of a scenario.
    Points {
        /// The strategy.
        strategy: Strategy,
        /// The scenario.
        scenario: Scenario,
        /// What breaks.
        kind: Kind,
    },
}

impl Unit {
    /// Its name: `S3:tree:Wa.Pb` or `S3:queued:frozen`.
    pub fn name(&self) -> String {
        match self {
            Unit::Tree { strategy, path } => format!("{strategy}:tree:{path}"),
            Unit::Points {
                strategy,
                scenario,
                kind,
            } => format!("{strategy}:{}:{}", scenario.name(), kind.name()),
        }
    }
}

/// Builds the models that the units of these strategies share.
pub(super) fn build(strategies: &[Strategy]) -> Result<()> {
    let options = BuildOptions {
        savable: true,
        ..BuildOptions::default()
    };
    for strategy in strategies {
        system::build(&machine::config_of(*strategy), options)?;
    }
    Ok(())
}

/// Failures after which a unit ends.
const ENOUGH: usize = 3;

/// A thread's machines.
pub(super) struct Worker<'a> {
    options: &'a FaultOptions<'a>,
    over: &'a (dyn Fn() -> bool + Sync),
    tree: Option<(Strategy, Tree)>,
}

impl<'a> Worker<'a> {
    pub fn new(options: &'a FaultOptions<'a>, over: &'a (dyn Fn() -> bool + Sync)) -> Worker<'a> {
        Worker {
            options,
            over,
            tree: None,
        }
    }

    /// Runs a unit from a fault point on; what it found so far if it must end early.
    pub fn run(&mut self, unit: &Unit, from: u64) -> Result<UnitResult> {
        let begin = Instant::now();
        let mut result = UnitResult {
            unit: unit.name(),
            ..UnitResult::default()
        };
        let outcome = match unit {
            Unit::Tree { strategy, path } => self.walk(*strategy, path, &mut result),
            Unit::Points {
                strategy,
                scenario,
                kind,
            } => self.points(*strategy, *scenario, *kind, from, &mut result),
        };
        outcome.with_context(|| unit.name())?;
        result.seconds = begin.elapsed().as_secs_f64();
        Ok(result)
    }

    fn walk(&mut self, strategy: Strategy, path: &str, result: &mut UnitResult) -> Result<()> {
        let mut parted: Vec<Parted> = Vec::new();
        let path = tree::path_named(path)?;
        if self.tree.as_ref().is_none_or(|(of, _)| *of != strategy) {
            match guarded(|| Tree::new(strategy, self.options.seed, None)) {
                Ok(tree) => self.tree = Some((strategy, tree)),
                Err(message) => {
                    let name = format!("{strategy}:tree:{}", tree::path_name(&path));
                    result.failures.push(self.investigate(name, message));
                    return Ok(());
                }
            }
        }
        let Some((_, tree)) = &mut self.tree else {
            bail!("there is no tree");
        };
        let walked = guarded(|| tree.walk(&path, self.options.depth, &mut parted));
        match walked {
            Ok((nodes, cycles)) => (result.points, result.cycles) = (nodes, cycles),
            Err(message) => parted.push(Parted { path, message }),
        }
        for one in parted.into_iter().take(ENOUGH) {
            let name = format!("{strategy}:tree:{}", tree::path_name(&one.path));
            result.failures.push(self.investigate(name, one.message));
        }
        if !result.failures.is_empty() {
            self.tree = None;
        }
        Ok(())
    }

    fn points(
        &self,
        strategy: Strategy,
        scenario: Scenario,
        kind: Kind,
        from: u64,
        result: &mut UnitResult,
    ) -> Result<()> {
        let seed = self.options.seed;
        let ready = guarded(|| {
            let mut rig = Rig::new(strategy, scenario, seed, false)?;
            let length = length_of(&mut rig)?;
            Ok((rig, length))
        });
        let (mut rig, length) = match ready {
            Ok(ready) => ready,
            Err(message) => {
                let name = format!("{strategy}:{}:{}:0", scenario.name(), kind.name());
                result.failures.push(self.investigate(name, message));
                return Ok(());
            }
        };
        let mut point = 0;
        while point < length {
            if point >= from && point % self.options.stride == 0 {
                if (self.over)() || result.failures.len() >= ENOUGH {
                    // The rest of a unit that fails and fails is of no use.
                    result.next = (result.failures.len() < ENOUGH).then_some(point);
                    return Ok(());
                }
                let here = rig.save()?;
                let before = rig.system.simulation.cycle();
                let outcome = guarded(|| rig.strike(kind));
                result.points += 1;
                result.cycles += rig.system.simulation.cycle() - before;
                match outcome {
                    Ok(Outcome::RolledBack) => result.rolled_back += 1,
                    Ok(Outcome::NoCheckpoint) => result.no_checkpoint += 1,
                    Ok(Outcome::Lost) => result.lost += 1,
                    Err(message) => {
                        let name =
                            format!("{strategy}:{}:{}:{point}", scenario.name(), kind.name());
                        result.failures.push(self.investigate(name, message));
                    }
                }
                rig.restore(&here)?;
            }
            rig.tick()?;
            point += 1;
        }
        Ok(())
    }

    /// A failure with the line that replays it and a waveform.
    fn investigate(&self, name: String, mut message: String) -> Failure {
        let seed = self.options.seed;
        let waveform = self.options.folder.as_ref().and_then(|folder| {
            let path = folder.join(format!("{}.vcd", name.replace(':', "-")));
            if let Err(said) = guarded(|| replay(&name, seed, Some(&path))) {
                message += if said == message {
                    ""
                } else {
                    "; in the replay it says otherwise"
                };
            } else {
                message += "; the replay passed";
            }
            path.exists().then_some(path)
        });
        Failure {
            message,
            replay: format!("mch faults --replay {name} --seed {seed}"),
            waveform,
        }
    }
}

/// Runs something of which a panic is a failure, too.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => Err(match panic.downcast_ref::<String>() {
            Some(text) => format!("panic: {text}"),
            None => format!("panic: {}", panic.downcast_ref::<&str>().unwrap_or(&"")),
        }),
    }
}

/// The cycles of a scenario in which nothing breaks; the rig is as before.
fn length_of(rig: &mut Rig) -> Result<u64> {
    let start = rig.save()?;
    let begin = rig.system.simulation.cycle();
    loop {
        let cycle = rig.system.simulation.cycle();
        if rig.is_done() && rig.is_quiet()? {
            rig.restore(&start)?;
            return Ok(cycle - begin);
        }
        ensure!(
            cycle < begin + PATIENCE,
            "the scenario does not end by itself: {:?}",
            rig.actors
                .iter()
                .filter(|actor| !actor.is_done())
                .collect::<Vec<_>>()
        );
        rig.tick()?;
    }
}

/// Replays `STRATEGY:SCENARIO:KIND:CYCLE` or `STRATEGY:tree:PATH`, with a waveform if there is a path for it.
pub fn replay(name: &str, seed: u64, waveform: Option<&Path>) -> Result<()> {
    let parts: Vec<&str> = name.split(':').collect();
    let usage = "neither STRATEGY:SCENARIO:KIND:CYCLE nor STRATEGY:tree:PATH";
    let strategy = match parts.first() {
        Some(text) => strategy_named(text)?,
        None => bail!(usage),
    };
    match parts[1..] {
        ["tree", path] => tree::replay(strategy, path, seed, waveform),
        [scenario, kind, cycle] => {
            let scenario = scenario_named(scenario)?;
            let kind = kind_named(kind)?;
            ensure!(
                kind.is_for(strategy),
                "kind = `{}`: it needs the second computer of S2",
                kind.name()
            );
            let point: u64 = cycle
                .parse()
                .with_context(|| format!("the cycle `{cycle}` is not a number"))?;
            let mut rig = Rig::new(strategy, scenario, seed, waveform.is_some())?;
            if let Some(path) = waveform {
                let begin = rig.system.simulation.cycle();
                rig.system.simulation.trace(path, begin)?;
            }
            for _ in 0..point {
                rig.tick()?;
            }
            let outcome = rig.strike(kind).map(drop);
            rig.system.simulation.end_trace()?;
            outcome
        }
        _ => bail!(usage),
    }
}

/// The strategy of this name, one that can be broken.
pub fn strategy_named(text: &str) -> Result<Strategy> {
    let mut all = machine::strategies().into_iter();
    let found = all.find(|one| one.to_string().eq_ignore_ascii_case(text));
    found.with_context(|| {
        let names: Vec<String> = machine::strategies()
            .iter()
            .map(Strategy::to_string)
            .collect();
        format!("strategy = `{text}`; allowed: {}", names.join(", "))
    })
}

/// The scenario of this name.
pub fn scenario_named(text: &str) -> Result<Scenario> {
    let found = Scenario::ALL.into_iter().find(|one| one.name() == text);
    found.with_context(|| {
        let names = Scenario::ALL.map(Scenario::name);
        format!("scenario = `{text}`; allowed: {}", names.join(", "))
    })
}

/// The kind of fault of this name.
pub fn kind_named(text: &str) -> Result<Kind> {
    let found = Kind::ALL.into_iter().find(|one| one.name() == text);
    found.with_context(|| {
        let names = Kind::ALL.map(Kind::name);
        format!("kind = `{text}`; allowed: {}", names.join(", "))
    })
}
