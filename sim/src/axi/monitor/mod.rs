//! Protocol monitors: they watch a port, report broken rules and log transactions.

mod channel;
mod every;
mod log;
mod reads;
mod rule;
mod writes;

pub use every::Monitors;
pub use log::{Event, Recording, Transaction, TransactionLog};
pub use rule::Rule;

use super::pins::{AxiPins, ReadBeat, WriteBeat};
use super::{Burst, Response};
use crate::bench::{Agent, Handle, Sample, Simulation};
use anyhow::Result;
use channel::ChannelWatch;
use reads::Reads;
use rule::Reporter;
use writes::Writes;

/// Options of a monitor.
#[derive(Clone, Copy, Debug, Default)]
pub struct MonitorOptions {
    /// Check [`Rule::InOrder`].
    pub in_order: bool,
    /// Check [`Rule::Stalled`], with this many cycles of waiting allowed.
    pub stall_limit: Option<u64>,
    /// Check [`Rule::Unanswered`], with this many cycles from the address handshake allowed.
    pub answer_limit: Option<u64>,
    /// Which events the log keeps.
    pub recording: Recording,
}

impl MonitorOptions {
    /// The default with this recording.
    pub fn recording(recording: Recording) -> Self {
        Self {
            recording,
            ..Self::default()
        }
    }
}

/// Watches an AXI4 port, on whichever side of the design. It drives nothing.
#[derive(Clone)]
pub struct AxiMonitor {
    prefix: String,
    pins: AxiPins,
    options: MonitorOptions,
    aw: ChannelWatch<Burst>,
    w: ChannelWatch<WriteBeat>,
    b: ChannelWatch<(u32, Response)>,
    ar: ChannelWatch<Burst>,
    r: ChannelWatch<ReadBeat>,
    writes: Writes,
    reads: Reads,
    log: TransactionLog,
    blind: bool,
}

impl AxiMonitor {
    /// Binds a monitor to the port whose signals start with `prefix`.
    pub fn bind(simulation: &Simulation, prefix: &str, options: MonitorOptions) -> Result<Self> {
        let pins = AxiPins::bind(simulation.model(), prefix)?;
        Ok(Self {
            prefix: prefix.to_owned(),
            pins,
            options,
            aw: ChannelWatch::new("AW"),
            w: ChannelWatch::new("W"),
            b: ChannelWatch::new("B"),
            ar: ChannelWatch::new("AR"),
            r: ChannelWatch::new("R"),
            writes: Writes::new(pins.bus_bytes),
            reads: Reads::new(pins.bus_bytes),
            log: TransactionLog::new(options.recording),
            blind: false,
        })
    }

    /// The log.
    pub fn log(&self) -> &TransactionLog {
        &self.log
    }

    /// The log, to take events from.
    pub fn log_mut(&mut self) -> &mut TransactionLog {
        &mut self.log
    }

    /// Reads and writes begun and not completed.
    pub fn outstanding(&self) -> (usize, usize) {
        (self.reads.len(), self.writes.len())
    }

    /// Forgets what is under way, as when the other side of the port is reset alone.
    pub fn restart(&mut self) {
        self.aw.restart();
        self.w.restart();
        self.b.restart();
        self.ar.restart();
        self.r.restart();
        self.writes.restart();
        self.reads.restart();
    }

    /// Looks away while the other side of the port is in a reset of its own; forgets what was under way.
    pub fn look_away(&mut self, away: bool) {
        self.blind = away;
        self.restart();
    }

    fn observe_reset(&mut self, sample: &mut Sample) {
        let (pins, model) = (&self.pins, sample.model);
        let violations = &mut *sample.violations;
        let mut reporter = Reporter {
            port: &self.prefix,
            cycle: sample.cycle,
            violations,
        };
        self.aw
            .reset(pins.aw.handshake.valid.is_high(model), &mut reporter);
        self.w
            .reset(pins.w.handshake.valid.is_high(model), &mut reporter);
        self.b
            .reset(pins.b.handshake.valid.is_high(model), &mut reporter);
        self.ar
            .reset(pins.ar.handshake.valid.is_high(model), &mut reporter);
        self.r
            .reset(pins.r.handshake.valid.is_high(model), &mut reporter);
        self.restart();
    }
}

impl Agent for AxiMonitor {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return self.observe_reset(sample);
        }
        if self.blind {
            return;
        }
        let Self {
            pins,
            options,
            log,
            writes,
            reads,
            ..
        } = self;
        let (model, cycle) = (sample.model, sample.cycle);
        let violations = &mut *sample.violations;
        let mut reporter = Reporter {
            port: &self.prefix,
            cycle,
            violations,
        };
        let reporter = &mut reporter;
        let stall = options.stall_limit;
        // Answers are judged by what was accepted in earlier cycles, so they come first.
        let b = self
            .b
            .watch(pins.b.handshake.get(model), stall, reporter, || {
                pins.b.get(model)
            });
        if let Some(response) = b.fresh {
            writes.check_response(response, options, reporter);
        }
        if let Some(response) = b.taken {
            writes.take_response(response, cycle, log);
        }
        let r = self
            .r
            .watch(pins.r.handshake.get(model), stall, reporter, || {
                pins.r.get(model)
            });
        if let Some(beat) = r.fresh {
            reads.check_beat(&beat, options, reporter);
        }
        if let Some(beat) = r.taken {
            reads.take_beat(&beat, cycle, log);
        }
        let aw = self
            .aw
            .watch(pins.aw.handshake.get(model), stall, reporter, || {
                pins.aw.get(model)
            });
        check_burst("AW", aw.fresh, pins.bus_bytes, reporter);
        if let Some(burst) = aw.taken {
            writes.take_address(burst, reporter, log);
        }
        let w = self
            .w
            .watch(pins.w.handshake.get(model), stall, reporter, || {
                pins.w.get(model)
            });
        if let Some(beat) = w.taken {
            writes.take_beat(beat, reporter, log);
        }
        let ar = self
            .ar
            .watch(pins.ar.handshake.get(model), stall, reporter, || {
                pins.ar.get(model)
            });
        check_burst("AR", ar.fresh, pins.bus_bytes, reporter);
        if let Some(burst) = ar.taken {
            reads.take_address(burst, cycle, log);
        }
        if let Some(limit) = options.answer_limit {
            writes.check_age(limit, reporter);
            reads.check_age(limit, reporter);
        }
    }

    fn status(&self) -> Option<String> {
        let (reads, writes) = self.outstanding();
        (reads + writes > 0).then(|| {
            format!(
                "port {}: {reads} reads and {writes} writes outstanding",
                self.prefix
            )
        })
    }
}

fn check_burst(channel: &str, burst: Option<Burst>, bus_bytes: usize, reporter: &mut Reporter) {
    let Some(burst) = burst else {
        return;
    };
    if let Err(illegality) = burst.check(bus_bytes) {
        let rule = Rule::from(illegality);
        reporter.report(
            rule,
            format_args!("{channel} with {burst:?} on {bus_bytes} bytes"),
        );
    }
}

impl Simulation {
    /// Adds a monitor to the port whose signals start with `prefix`.
    pub fn add_monitor(
        &mut self,
        prefix: &str,
        options: MonitorOptions,
    ) -> Result<Handle<AxiMonitor>> {
        let monitor = AxiMonitor::bind(self, prefix, options)?;
        Ok(self.add(monitor))
    }
}
