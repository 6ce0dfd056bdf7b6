//! The fault campaign: every short sequence of operations, and every cycle of some scenarios as a moment at which something breaks.
//!
//! *Strategy*: work comes in units, a subtree of sequences ([`tree`]) or a scenario under a kind of fault. A scenario runs once, cycle by cycle; in each
//! cycle the machine is saved, broken, brought back as software would, judged byte by byte ([`cuts`]), and restored.
//! *Invariants*: seed and name of a unit decide everything in it; a finished unit is a line of results, so a campaign can be
//! interrupted and resumed; every failure has a line that replays it.

pub mod actor;
mod afterwards;
pub mod backup;
pub mod cuts;
pub mod document;
mod failover;
mod ground;
mod judge;
pub mod kind;
pub mod machine;
pub mod point;
mod reset;
pub mod results;
pub mod rig;
pub mod scenario;
pub mod tree;
mod unit;

pub use kind::Kind;
pub use point::Outcome;
pub use results::{Failure, Report, UnitResult};
pub use scenario::Scenario;
pub use unit::{kind_named, replay, scenario_named, strategy_named, Unit};

use anyhow::{Context, Result};
use mch_spec::Strategy;
use results::Folder;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What to run.
#[derive(Clone, Debug)]
pub struct FaultOptions<'a> {
    /// Strategies.
    pub strategies: Vec<Strategy>,
    /// Scenarios, of those that a strategy knows.
    pub scenarios: Vec<Scenario>,
    /// Kinds of fault.
    pub kinds: Vec<Kind>,
    /// Operations in the longest sequences; 0 for none.
    pub depth: usize,
    /// Of everything. Even seeds shake all ports and the memory; odd ones run at full speed.
    pub seed: u64,
    /// Cycles from one fault point to the next: 1 for every cycle.
    pub stride: u64,
    /// Seconds after which no further unit starts; none for no limit.
    pub budget: Option<u64>,
    /// Where results and waveforms go, and are found again; none keeps nothing.
    pub folder: Option<PathBuf>,
    /// Units at a time.
    pub threads: usize,
    /// Ends the campaign; what the units under way have found is kept.
    pub stop: &'a AtomicBool,
}

impl FaultOptions<'_> {
    /// All units, fault points first.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for strategy in self.strategies.iter().copied() {
            for scenario in self
                .scenarios
                .iter()
                .copied()
                .filter(|one| one.is_for(strategy))
            {
                let kinds = self.kinds.iter().filter(|kind| kind.is_for(strategy));
                units.extend(kinds.map(|kind| Unit::Points {
                    strategy,
                    scenario,
                    kind: *kind,
                }));
            }
        }
        if self.depth > 0 {
            for strategy in self.strategies.iter().copied() {
                let paths = tree::subtrees(self.depth).into_iter();
                units.extend(paths.map(|path| Unit::Tree {
                    strategy,
                    path: tree::path_name(&path),
                }));
            }
        }
        units
    }
}

/// What a campaign tells as it goes.
#[derive(Clone, Debug)]
pub enum Progress {
    /// So many of so many units are done, these many of them before this run.
    Resumed(usize, usize),
    /// A unit is done, or was interrupted.
    Done(Box<UnitResult>),
}

/// Failures after which a campaign ends.
const ENOUGH: usize = 10;

/// Runs a campaign.
pub fn run(options: &FaultOptions, tell: &mut dyn FnMut(Progress)) -> Result<Report> {
    let begin = Instant::now();
    let folder = match &options.folder {
        Some(path) => Some(
            Folder::open(path, options)
                .with_context(|| format!("results in {}", path.display()))?,
        ),
        None => None,
    };
    let mut report = Report::new(options, folder.as_ref());
    let all = options.units();
    let mut waiting = VecDeque::new();
    for unit in &all {
        match report.next_point(&unit.name()) {
            Some(point) => waiting.push_back((unit.clone(), point)),
            None => continue,
        }
    }
    tell(Progress::Resumed(all.len() - waiting.len(), all.len()));
    if !waiting.is_empty() {
        // Before the workers start: they would wait for each other's compilers.
        unit::build(&options.strategies)?;
    }
    let (waiting, found) = (
        Mutex::new(waiting),
        AtomicUsize::new(report.failures().count()),
    );
    let over = || {
        let late = options
            .budget
            .is_some_and(|budget| begin.elapsed() >= Duration::from_secs(budget));
        late || options.stop.load(Ordering::Relaxed) || found.load(Ordering::Relaxed) >= ENOUGH
    };
    let (sender, receiver) = channel();
    let outcome = std::thread::scope(|scope| -> Result<()> {
        for _ in 0..options.threads.max(1) {
            let (sender, waiting, over, found) = (sender.clone(), &waiting, &over, &found);
            scope.spawn(move || {
                let mut worker = unit::Worker::new(options, over);
                while !over() {
                    let next = waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front();
                    let Some((unit, point)) = next else {
                        break;
                    };
                    let result = worker.run(&unit, point);
                    if let Ok(result) = &result {
                        found.fetch_add(result.failures.len(), Ordering::Relaxed);
                    }
                    if sender.send(result).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for result in receiver {
            let result = result?;
            if let Some(folder) = &folder {
                folder.append(&result)?;
            }
            tell(Progress::Done(Box::new(result.clone())));
            report.add(result);
        }
        Ok(())
    });
    outcome?;
    report.seconds += begin.elapsed().as_secs_f64();
    report.units = all.len();
    report.finished = all
        .iter()
        .filter(|unit| report.next_point(&unit.name()).is_none())
        .count();
    if let Some(folder) = &folder {
        folder.finish(&report)?;
    }
    Ok(report)
}
