//! Sends frames into a design.

use super::{pins::StreamPins, Frame};
use crate::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Sample, Simulation};
use anyhow::Result;
use std::collections::VecDeque;

/// A source: offers the beats of queued frames.
#[derive(Clone, Debug)]
pub struct StreamSource {
    pins: StreamPins,
    pacer: Pacer,
    frames: VecDeque<Frame>,
    beat: usize,
    offered: bool,
    /// Frames that the design has taken whole.
    pub sent: u64,
}

impl StreamSource {
    /// A source at the port whose signals start with `prefix`.
    pub fn bind(simulation: &Simulation, prefix: &str, pacing: Pacing) -> Result<Self> {
        let pins = StreamPins::bind(simulation.model(), prefix)?;
        pins.expect_input(prefix)?;
        Ok(Self {
            pins,
            pacer: Pacer::new(pacing, derive_seed(simulation.seed(), prefix)),
            frames: VecDeque::new(),
            beat: 0,
            offered: false,
            sent: 0,
        })
    }

    /// Queues a frame. TLAST comes with its last beat; an empty frame is nothing.
    pub fn push(&mut self, frame: Frame) {
        if !frame.is_empty() {
            self.frames.push_back(frame);
        }
    }

    /// Frames not taken whole.
    pub fn pending(&self) -> usize {
        self.frames.len()
    }
}

impl Agent for StreamSource {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            self.offered = false;
            self.beat = 0;
            return;
        }
        if self.offered && self.pins.taken(sample.model).is_some() {
            self.offered = false;
            self.beat += 1;
            if self.frames.front().is_some_and(|f| f.len() == self.beat) {
                self.frames.pop_front();
                self.beat = 0;
                self.sent += 1;
            }
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        if drive.reset {
            self.pins.valid.set(drive.model, 0);
            return;
        }
        if !self.offered && self.pacer.offer() {
            self.offered = !self.frames.is_empty();
        }
        self.pins.valid.set(drive.model, u64::from(self.offered));
        if let (true, Some(frame)) = (self.offered, self.frames.front()) {
            self.pins.data.set(drive.model, frame[self.beat]);
            let last = self.beat + 1 == frame.len();
            self.pins.last.set(drive.model, u64::from(last));
        }
    }

    fn status(&self) -> Option<String> {
        (!self.frames.is_empty()).then(|| format!("a stream source has {} frames", self.pending()))
    }
}
