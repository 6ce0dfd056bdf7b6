//! Watches an AXI-Stream port for broken rules.

use super::pins::StreamPins;
use crate::bench::{Agent, Sample, Simulation, Violation};
use anyhow::Result;

/// A rule of AXI-Stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRule {
    /// TVALID stays until TREADY.
    ValidHeld,
    /// TDATA and TLAST stay until TREADY.
    PayloadStable,
    /// TVALID is low in reset.
    ValidInReset,
    /// TREADY comes within the limit of cycles.
    Stalled,
}

impl StreamRule {
    /// Its name in a violation.
    pub fn name(self) -> &'static str {
        match self {
            StreamRule::ValidHeld => "stream-valid-held",
            StreamRule::PayloadStable => "stream-payload-stable",
            StreamRule::ValidInReset => "stream-valid-in-reset",
            StreamRule::Stalled => "stream-stalled",
        }
    }
}

/// A monitor on one port, of either direction.
#[derive(Clone, Debug)]
pub struct StreamMonitor {
    prefix: String,
    pins: StreamPins,
    waiting: Option<(u64, bool, u64)>,
    reset_cycles: u64,
    stall_limit: Option<u64>,
    /// Cycles in which a beat moved.
    pub beats: u64,
    /// Frames that ended.
    pub frames: u64,
    /// Cycles of the first and the last of these beats.
    pub span: Option<(u64, u64)>,
}

impl StreamMonitor {
    /// A monitor on the port whose signals start with `prefix`; `stall_limit` is how many cycles TREADY may be late.
    pub fn bind(simulation: &Simulation, prefix: &str, stall_limit: Option<u64>) -> Result<Self> {
        Ok(Self {
            prefix: prefix.to_owned(),
            pins: StreamPins::bind(simulation.model(), prefix)?,
            waiting: None,
            reset_cycles: 0,
            stall_limit,
            beats: 0,
            frames: 0,
            span: None,
        })
    }

    /// Counts from now on.
    pub fn restart(&mut self) {
        (self.beats, self.frames, self.span) = (0, 0, None);
    }
}

impl Agent for StreamMonitor {
    fn observe(&mut self, sample: &mut Sample) {
        let valid = self.pins.valid.is_high(sample.model);
        let mut report = |rule: StreamRule, detail: String| {
            sample.violations.push(Violation {
                rule: rule.name(),
                cycle: sample.cycle,
                port: self.prefix.clone(),
                detail,
            });
        };
        if sample.reset {
            self.waiting = None;
            // The first cycle shows what the registers held before the reset reached them.
            if valid && self.reset_cycles > 0 {
                report(StreamRule::ValidInReset, "TVALID is high in reset".into());
            }
            self.reset_cycles += 1;
            return;
        }
        self.reset_cycles = 0;
        let now = (
            self.pins.data.get(sample.model),
            self.pins.last.is_high(sample.model),
        );
        let mut since = sample.cycle;
        if let Some((data, last, cycle)) = self.waiting.take() {
            since = cycle;
            if !valid {
                report(
                    StreamRule::ValidHeld,
                    format!("TVALID fell before TREADY, with {data:#x}"),
                );
            } else if now != (data, last) {
                report(
                    StreamRule::PayloadStable,
                    format!("{data:#x}, last {last} became {:#x}, last {}", now.0, now.1),
                );
            }
        }
        if !valid {
            return;
        }
        if self.pins.ready.is_high(sample.model) {
            self.beats += 1;
            self.frames += u64::from(now.1);
            let first = self.span.map_or(sample.cycle, |span| span.0);
            self.span = Some((first, sample.cycle));
        } else {
            if self.stall_limit == Some(sample.cycle - since) {
                report(
                    StreamRule::Stalled,
                    format!("TVALID has waited since cycle {since}"),
                );
            }
            self.waiting = Some((now.0, now.1, since));
        }
    }
}
