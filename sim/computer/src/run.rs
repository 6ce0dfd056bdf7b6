//! A run from start to end: the hypervisor's work, and the faults that make it work.

use crate::config::RunConfig;
use crate::fault::{Fault, FaultPlan, Moment};
use crate::machine::{Machine, Map, Unit};
use crate::program::{Compiler, Image};
use crate::registers::Registers;
use crate::report::{ComputerReport, Ending, Extent, RunReport};
use crate::waveform::{Recording, Window};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::memory::Memory;
use mch_spec::Config;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Cycles between two calls of a run's watcher.
const WATCH_CYCLES: u64 = 4_096;

/// A fault that has struck and has not been dealt with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Down {
    pub fault: Fault,
    pub since: u64,
}

/// What the run knows of one guest.
pub(crate) struct Guest {
    pub image: Image,
    /// To come, last first.
    pub faults: Vec<Fault>,
    /// A fault not dealt with yet.
    pub down: Option<Down>,
    /// Whether its processor is in reset.
    pub stopped: bool,
    /// When its processor last started, and what the watch had counted then.
    pub started: u64,
    pub requests: u64,
    pub releases: u64,
    /// When the event that the next fault waits for came.
    pub event: Option<u64>,
    /// Requests for a checkpoint that have been looked at.
    pub pleas: u32,
    /// What memory held at the last release, and at the last one whose checkpoint was committed; none
    /// where the processor was lost before and something else may have written since the commit point.
    pub released: Option<Memory>,
    pub checkpoint: Option<Memory>,
    /// Characters of the console that no rollback takes back.
    pub console: usize,
    pub report: ComputerReport,
}

/// Computers on a unit, ready to be run.
#[derive(Clone, Debug)]
pub struct ComputerRun {
    config: RunConfig,
    unit: Unit,
    cache: verilated::Cache,
    compiler: Compiler,
}

impl ComputerRun {
    /// Computers around a unit generated for them.
    pub fn new(config: RunConfig) -> Result<Self> {
        let unit = Unit::generate(&config.unit())?;
        Ok(Self::with_unit(config, unit, verilated::Cache::default()))
    }

    /// Computers around this unit. Models and programs are kept where `cache` keeps its models.
    pub fn with_unit(config: RunConfig, unit: Unit, cache: verilated::Cache) -> Self {
        let compiler = Compiler::new(cache.folder().join("programs"));
        Self {
            config,
            unit,
            cache,
            compiler,
        }
    }

    /// The configuration.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Runs without the faults.
    pub fn undisturbed(&self) -> Result<RunReport> {
        let config = RunConfig {
            faults: Vec::new(),
            waveform: None,
            ..self.config.clone()
        };
        Self {
            config,
            ..self.clone()
        }
        .run()
    }

    /// Runs until every computer has given its answer.
    pub fn run(&self) -> Result<RunReport> {
        self.run_watched(&mut |_| true)
    }

    /// The same; `watch` is called now and then with the cycle, and the run is given up when it returns false.
    pub fn run_watched(&self, watch: &mut dyn FnMut(u64) -> bool) -> Result<RunReport> {
        let config = &self.config;
        let unit = &self.unit.config;
        ensure!(!config.jobs.is_empty(), "jobs: there must be one at least");
        ensure!(
            config.faults.len() <= config.jobs.len(),
            "faults: {} entries for {} jobs",
            config.faults.len(),
            config.jobs.len()
        );
        let map = Map::new(
            unit,
            config.guest_bytes,
            config.ring_shift,
            config.jobs.len(),
        )?;
        let places: Vec<_> = (0..config.jobs.len()).map(|n| map.place(n)).collect();
        let mut random = ChaCha8Rng::seed_from_u64(config.seed);
        let guests = config.jobs.iter().enumerate().map(|(n, job)| {
            let plan = config.faults.get(n).unwrap_or(&FaultPlan::None);
            ensure!(
                *plan == FaultPlan::None || config.strategy.is_some(),
                "faults: computer {n} has some, but there is no strategy to survive them"
            );
            Ok(Guest {
                image: self.compiler.image(job, &places[n])?,
                faults: plan.draw(&mut random, config.period.into()),
                down: None,
                stopped: true,
                started: 0,
                requests: 0,
                releases: 0,
                event: None,
                pleas: 0,
                released: None,
                checkpoint: None,
                console: 0,
                report: ComputerReport::new(*job),
            })
        });
        let guests = guests.collect::<Result<Vec<_>>>()?;
        let machine = Machine::new(
            &self.unit,
            &places,
            config.memory_latency,
            config.seed,
            config
                .waveform
                .as_deref()
                .map(|path| match config.waveform_cycles {
                    None => Recording::All(path),
                    Some(_) => Recording::Later,
                }),
            None,
            &self.cache,
        )?;
        Run {
            waveform: Window::of(config),
            watch,
            machine,
            guests,
            map,
            config,
            unit,
            random,
        }
        .run()
        .with_context(|| format!("the run that failed: {config:?}"))
    }
}

/// A run under way.
pub(crate) struct Run<'a> {
    pub machine: Machine,
    waveform: Window,
    watch: &'a mut dyn FnMut(u64) -> bool,
    pub guests: Vec<Guest>,
    pub map: Map,
    pub config: &'a RunConfig,
    pub unit: &'a Config,
    pub random: ChaCha8Rng,
}

impl Run<'_> {
    fn run(mut self) -> Result<RunReport> {
        for n in 0..self.guests.len() {
            self.machine.load(n, &self.guests[n].image);
        }
        if let Some(strategy) = self.config.strategy {
            self.configure(strategy)?;
        }
        let begin = self.machine.cycle();
        for n in 0..self.guests.len() {
            self.start(n);
        }
        while !(0..self.guests.len()).all(|n| self.is_finished(n)) {
            self.tick()?;
            self.serve()?;
            for n in 0..self.guests.len() {
                if let Some(down) = self.guests[n].down.take() {
                    self.recover(n, down)?;
                }
            }
        }
        for n in 0..self.guests.len() {
            self.conclude(n, begin)?;
        }
        self.report()
    }

    /// The cycle in which the fault strikes, once it is known.
    fn strikes(&mut self, number: usize, moment: Moment, cycle: u64) -> Option<u64> {
        let seen = self.machine.simulation[self.machine.watch].computer(number);
        // The program is over: its answer has left the machine.
        if seen.answer.is_some() {
            return None;
        }
        let guest = &mut self.guests[number];
        let (event, delay) = match moment {
            Moment::Cycle(delay) => (true, delay),
            Moment::Rendezvous(delay) => (seen.requests > guest.requests, delay),
            Moment::Release(delay) => (seen.releases > guest.releases, delay),
        };
        let from = match moment {
            Moment::Cycle(_) => guest.started,
            _ if !event => return None,
            _ => *guest.event.get_or_insert(cycle),
        };
        Some(from + delay)
    }

    /// Lets a processor run, from its checkpoint or from the beginning: its start-up code finds out.
    pub fn start(&mut self, number: usize) {
        self.machine.set_running(number, true);
        let cycle = self.machine.cycle();
        let seen = self.machine.simulation[self.machine.watch].computer_mut(number);
        let guest = &mut self.guests[number];
        seen.console.truncate(guest.console);
        seen.answer = None;
        seen.trapped = false;
        guest.started = cycle;
        guest.requests = seen.requests;
        guest.releases = seen.releases;
        guest.event = None;
        guest.stopped = false;
    }

    fn is_finished(&self, number: usize) -> bool {
        let seen = self.machine.simulation[self.machine.watch].computer(number);
        seen.answer.is_some() && !self.guests[number].stopped
    }

    fn conclude(&mut self, number: usize, begin: u64) -> Result<()> {
        if self.config.strategy.is_some() {
            self.detach(number)?;
        }
        let seen = self.machine.simulation[self.machine.watch].computer(number);
        let (answer, at) = seen.answer.context("a finished computer has an answer")?;
        let report = &mut self.guests[number].report;
        report.answer = answer;
        report.cycles = at - begin;
        report.console = String::from_utf8_lossy(&seen.console).into_owned();
        Ok(())
    }

    fn report(self) -> Result<RunReport> {
        let extents = (self.guests.iter().enumerate())
            .map(|(n, guest)| Extent::new(&self.map.place(n), &guest.image));
        Ok(RunReport {
            strategy: self.config.strategy,
            seed: self.config.seed,
            cycles: self.machine.cycle(),
            ending: Ending {
                memory: self.machine.contents().clone(),
                extents: extents.collect(),
            },
            computers: self.guests.into_iter().map(|guest| guest.report).collect(),
            losses: Vec::new(),
        })
    }
}

impl Registers for Run<'_> {
    /// One cycle, and the faults that strike in it.
    fn tick(&mut self) -> Result<()> {
        self.machine.step()?;
        let cycle = self.machine.cycle();
        self.waveform.end(&mut self.machine, cycle)?;
        for n in 0..self.guests.len() {
            let seen = self.machine.simulation[self.machine.watch].computer(n);
            if seen.released_now {
                let contents = (!self.guests[n].stopped).then(|| self.machine.contents().clone());
                self.guests[n].released = contents;
            }
            let guest = &self.guests[n];
            let Some(fault) = guest.faults.last().copied() else {
                continue;
            };
            if guest.stopped {
                continue;
            }
            let Some(strikes) = self.strikes(n, fault.moment, cycle) else {
                continue;
            };
            self.waveform.follow(&mut self.machine, cycle, strikes)?;
            if cycle >= strikes {
                self.machine.set_running(n, false);
                let guest = &mut self.guests[n];
                guest.faults.pop();
                guest.report.faults += 1;
                guest.stopped = true;
                guest.down = Some(Down {
                    fault,
                    since: cycle,
                });
            }
        }
        if cycle.is_multiple_of(WATCH_CYCLES) && !(self.watch)(cycle) {
            bail!("interrupted after {cycle} cycles");
        }
        if cycle > self.config.limit {
            bail!("not over after {cycle} cycles:\n{}", self.situation());
        }
        Ok(())
    }

    fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    fn situation(&self) -> String {
        let watch = &self.machine.simulation[self.machine.watch];
        let lines = self.guests.iter().enumerate().map(|(n, guest)| {
            let seen = watch.computer(n);
            format!(
                "computer {n} ({}): {}, answer {:x?}, {} checkpoints, {} faults, {} rollbacks, {} rendezvous \
                 requested, {} released, console {:?}",
                guest.report.job.program.name(),
                if guest.stopped { "down" } else { "running" },
                seen.answer,
                guest.report.checkpoints,
                guest.report.faults,
                guest.report.rollbacks,
                seen.requests,
                seen.releases,
                String::from_utf8_lossy(&seen.console),
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
