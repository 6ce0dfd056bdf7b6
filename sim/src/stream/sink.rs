//! Takes frames from a design.

use super::{pins::StreamPins, Frame};
use crate::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Sample, Simulation};
use anyhow::Result;
use std::collections::VecDeque;

/// A sink: takes beats and collects them to frames.
#[derive(Clone, Debug)]
pub struct StreamSink {
    pins: StreamPins,
    pacer: Pacer,
    was: (bool, bool),
    current: Frame,
    /// The frames that have ended, oldest first, each with the cycle of its last beat.
    pub frames: VecDeque<(u64, Frame)>,
}

impl StreamSink {
    /// A sink at the port whose signals start with `prefix`.
    pub fn bind(simulation: &Simulation, prefix: &str, pacing: Pacing) -> Result<Self> {
        let pins = StreamPins::bind(simulation.model(), prefix)?;
        pins.expect_output(prefix)?;
        Ok(Self {
            pins,
            pacer: Pacer::new(pacing, derive_seed(simulation.seed(), prefix)),
            was: (false, false),
            current: Frame::new(),
            frames: VecDeque::new(),
        })
    }

    /// Changes when it is ready.
    pub fn set_pacing(&mut self, pacing: Pacing) {
        self.pacer.set(pacing);
    }
}

impl Agent for StreamSink {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            self.current.clear();
            return;
        }
        let model = sample.model;
        self.was = (
            self.pins.valid.is_high(model),
            self.pins.ready.is_high(model),
        );
        if let Some((data, last)) = self.pins.taken(model) {
            self.current.push(data);
            if last {
                let frame = std::mem::take(&mut self.current);
                self.frames.push_back((sample.cycle, frame));
            }
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        let ready = self.pacer.accept(self.was.0, self.was.1);
        self.pins.ready.set(drive.model, u64::from(ready));
    }
}
