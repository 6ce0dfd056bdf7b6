//! A design with its clock, its reset and its agents.

use super::agent::{Agent, Drive, Handle, Sample};
use super::failure::{Failure, FailureKind};
use super::pins::Pin;
use super::violation::Violation;
use anyhow::Result;
use std::any::Any;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};
use std::path::Path;
use std::sync::Arc;
use verilated::{Direction, Instance, Library, Stopped};

/// Violations kept: a design that breaks a rule in every cycle must not fill the memory.
const KEPT: usize = 1000;

/// A running design: owns the model and everything that talks to it.
///
/// The clock is the input `clk`; the reset is the input `rst`, synchronous and active high, if there is
/// one. A cycle runs from falling edge to falling edge, with the rising edge inside; inputs change at
/// its beginning.
pub struct Simulation {
    model: Instance,
    clock: Pin,
    reset: Pin,
    seed: u64,
    cycle: u64,
    agents: Vec<Box<dyn Agent>>,
    violations: Vec<Violation>,
    broken: u64,
    tolerant: bool,
    unsettled: bool,
    trace_from: Option<u64>,
}

/// The state of a simulation and of all its agents, at a cycle boundary.
#[derive(Clone)]
pub struct Snapshot {
    model: Vec<u8>,
    cycle: u64,
    agents: Vec<Box<dyn Agent>>,
    violations: Vec<Violation>,
    broken: u64,
}

impl Simulation {
    /// An instance of `library`, all inputs 0. The seed decides everything random: the model's initial
    /// state, if it was built for that, and every agent's choices.
    pub fn new(library: &Arc<Library>, seed: u64) -> Result<Self> {
        let mut model = library.instance(seed)?;
        for port in library
            .ports()
            .iter()
            .filter(|port| port.direction == Direction::Input)
        {
            let input = library.wide_input(&port.name)?;
            model.set_wide(input, &vec![0; input.words()]);
        }
        model.eval()?;
        Ok(Self {
            clock: Pin::required(&model, "clk")?,
            reset: Pin::optional(&model, "rst")?,
            model,
            seed,
            cycle: 0,
            agents: Vec::new(),
            violations: Vec::new(),
            broken: 0,
            tolerant: false,
            unsettled: false,
            trace_from: None,
        })
    }

    /// Adds an agent; it takes part from the next cycle on.
    pub fn add<T: Agent>(&mut self, agent: T) -> Handle<T> {
        self.agents.push(Box::new(agent));
        Handle {
            index: self.agents.len() - 1,
            agent: PhantomData,
        }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of the current cycle, whose rising edge has not come yet.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// The model.
    pub fn model(&self) -> &Instance {
        &self.model
    }

    /// The model, for its internal signals; inputs set here count from the current cycle on.
    pub fn model_mut(&mut self) -> &mut Instance {
        self.unsettled = true;
        &mut self.model
    }

    /// A port of up to 64 bits, to be used with [`Simulation::get`] and [`Simulation::set`].
    pub fn pin(&self, name: &str) -> Result<Pin> {
        Pin::required(&self.model, name)
    }

    /// The value of a port, settled.
    pub fn get(&mut self, pin: Pin) -> u64 {
        // A stopped model is reported by the next step.
        let _ = self.settle();
        pin.get(&self.model)
    }

    /// Sets an input from the current cycle on.
    pub fn set(&mut self, pin: Pin, value: u64) {
        pin.set(&mut self.model, value);
        self.unsettled = true;
    }

    /// Rules broken so far (the first thousand).
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Lets the simulation go on after a violation; they are still recorded.
    pub fn tolerate_violations(&mut self, tolerant: bool) {
        self.tolerant = tolerant;
    }

    /// Runs one cycle.
    pub fn step(&mut self) -> Result<(), Failure> {
        self.step_inner().map_err(|stopped| self.stopped(stopped))?;
        if self.broken > 0 && !self.tolerant {
            return Err(self.failure(FailureKind::Violations(self.violations.clone())));
        }
        Ok(())
    }

    /// Runs a number of cycles.
    pub fn run(&mut self, cycles: u64) -> Result<(), Failure> {
        (0..cycles).try_for_each(|_| self.step())
    }

    /// Runs until `condition` holds, tested before each cycle; returns the cycles run. After `limit`
    /// cycles it fails with `what` in the message.
    pub fn run_until(
        &mut self,
        what: &str,
        limit: u64,
        mut condition: impl FnMut(&Simulation) -> bool,
    ) -> Result<u64, Failure> {
        let start = self.cycle;
        loop {
            self.settle().map_err(|stopped| self.stopped(stopped))?;
            if condition(self) {
                return Ok(self.cycle - start);
            }
            if self.cycle - start >= limit {
                let status = self
                    .agents
                    .iter()
                    .filter_map(|agent| agent.status())
                    .collect();
                let what = what.to_owned();
                return Err(self.failure(FailureKind::TimeOut {
                    what,
                    limit,
                    status,
                }));
            }
            self.step()?;
        }
    }

    /// Holds `rst` high for a number of cycles; agents drop what they had under way.
    pub fn reset(&mut self, cycles: u64) -> Result<(), Failure> {
        self.set(self.reset, 1);
        let result = self.run(cycles);
        self.set(self.reset, 0);
        result
    }

    /// Writes a waveform from cycle `from` on, two steps of time a cycle. The model must have been built for
    /// it.
    pub fn trace(&mut self, path: impl AsRef<Path>, from: u64) -> Result<()> {
        self.model.open_trace(path)?;
        self.trace_from = Some(from);
        Ok(())
    }

    /// Ends the waveform. An error: not all of it could be written.
    pub fn end_trace(&mut self) -> Result<()> {
        self.trace_from = None;
        Ok(self.model.close_trace()?)
    }

    /// Saves everything. The model must have been built savable.
    pub fn save(&mut self) -> Result<Snapshot> {
        self.settle()?;
        Ok(Snapshot {
            model: self.model.save()?,
            cycle: self.cycle,
            agents: self.agents.clone(),
            violations: self.violations.clone(),
            broken: self.broken,
        })
    }

    /// Goes back to a snapshot of this simulation, or of another of the same build. Agents added since
    /// are removed; handles of the snapshot's simulation fit.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.model.restore(&snapshot.model)?;
        self.cycle = snapshot.cycle;
        self.agents.clone_from(&snapshot.agents);
        self.violations.clone_from(&snapshot.violations);
        self.broken = snapshot.broken;
        self.unsettled = true;
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Box<Stopped>> {
        if self.unsettled {
            self.unsettled = false;
            self.model.eval()?;
        }
        Ok(())
    }

    fn step_inner(&mut self) -> Result<(), Box<Stopped>> {
        self.settle()?;
        self.dump(0);
        let reset = self.reset.is_high(&self.model);
        let before = self.violations.len();
        let mut sample = Sample {
            cycle: self.cycle,
            reset,
            model: &self.model,
            violations: &mut self.violations,
        };
        for agent in &mut self.agents {
            agent.observe(&mut sample);
        }
        if self.violations.len() > before {
            self.broken += (self.violations.len() - before) as u64;
            self.violations.truncate(KEPT);
        }
        self.clock.set(&mut self.model, 1);
        self.model.eval()?;
        self.dump(1);
        self.cycle += 1;
        let mut drive = Drive {
            cycle: self.cycle,
            reset,
            model: &mut self.model,
        };
        for agent in &mut self.agents {
            agent.drive(&mut drive);
        }
        self.clock.set(&mut self.model, 0);
        self.model.eval()
    }

    #[inline]
    fn dump(&mut self, half: u64) {
        if self.trace_from.is_some_and(|from| self.cycle >= from) {
            self.model.set_time(self.cycle * 2 + half);
            self.model.dump();
        }
    }

    fn stopped(&self, stopped: Box<Stopped>) -> Failure {
        self.failure(FailureKind::Stopped(stopped))
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        Failure {
            seed: self.seed,
            cycle: self.cycle,
            kind,
        }
    }

    #[track_caller]
    fn foreign<T>() -> ! {
        panic!(
            "a handle of another simulation was used: no {} there",
            std::any::type_name::<T>()
        )
    }
}

impl<T: Agent> Index<Handle<T>> for Simulation {
    type Output = T;

    fn index(&self, handle: Handle<T>) -> &T {
        let agent = self
            .agents
            .get(handle.index)
            .map(|agent| &**agent as &dyn Any);
        match agent.and_then(|agent| agent.downcast_ref()) {
            Some(agent) => agent,
            None => Self::foreign::<T>(),
        }
    }
}

impl<T: Agent> IndexMut<Handle<T>> for Simulation {
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        let agent = self
            .agents
            .get_mut(handle.index)
            .map(|agent| &mut **agent as &mut dyn Any);
        match agent.and_then(|agent| agent.downcast_mut()) {
            Some(agent) => agent,
            None => Self::foreign::<T>(),
        }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // A failing test's assertion knows nothing of the seed, and the seed is what replays it.
        if std::thread::panicking() {
            eprintln!("simulation: seed {:#x}, at cycle {}", self.seed, self.cycle);
        }
    }
}
