//! A link between two simulations: each has a unit with the ports `link_tx` and `link_rx`, and they need not share a clock.

use super::{ChannelFaults, StreamPins};
use crate::bench::{Agent, Drive, Sample, Simulation};
use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A beat of the link: data, and whether it is its frame's last.
pub type LinkBeat = (u64, bool);

/// One way of a link: what has been sent and not received.
#[derive(Clone, Debug, Default)]
struct Way {
    beats: VecDeque<LinkBeat>,
    cut: bool,
    sent: u64,
    /// The frame that is being sent.
    frame: Vec<LinkBeat>,
    /// One that comes behind the next.
    late: Vec<LinkBeat>,
    faults: Option<(ChannelFaults, ChaCha8Rng)>,
}

impl Way {
    fn send(&mut self, beat: LinkBeat) {
        self.frame.push(beat);
        if !beat.1 {
            return;
        }
        self.sent += 1;
        let mut frame = std::mem::take(&mut self.frame);
        if self.cut {
            return;
        }
        let Some((faults, random)) = &mut self.faults else {
            self.beats.extend(frame);
            return;
        };
        if random.random_bool(faults.lose) {
            return;
        }
        if random.random_bool(faults.corrupt) {
            let beat = random.random_range(0..frame.len());
            frame[beat].0 ^= 1 << random.random_range(0..64);
        }
        if random.random_bool(faults.truncate) {
            frame.truncate(random.random_range(1..=frame.len()));
            if let Some(last) = frame.last_mut() {
                last.1 = true;
            }
        }
        if random.random_bool(faults.repeat) {
            self.beats.extend(frame.iter().copied());
        }
        if self.late.is_empty() && random.random_bool(faults.delay) {
            self.late = frame;
            return;
        }
        self.beats.extend(frame);
        self.beats.extend(self.late.drain(..));
    }
}

/// A link between two units, whose clocks need not run alike. It loses nothing unless it is told to; it can be cut and joined again.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    ways: [Arc<Mutex<Way>>; 2],
}

/// What is on a [`Wire`], and what it does to it.
#[derive(Clone, Debug)]
pub struct WireState([Way; 2]);

impl Wire {
    /// What is on it. The units' own ends are part of their simulations.
    pub fn save(&self) -> WireState {
        WireState([0, 1].map(|end| self.way(end).clone()))
    }

    /// Goes back.
    pub fn restore(&self, state: &WireState) {
        for (end, way) in state.0.iter().enumerate() {
            self.way(end).clone_from(way);
        }
    }

    fn way(&self, end: usize) -> MutexGuard<'_, Way> {
        self.ways[end]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Loses, damages, repeats and exchanges frames from now on.
    pub fn set_faults(&self, faults: &ChannelFaults, seed: u64) {
        for end in 0..2 {
            let random = ChaCha8Rng::seed_from_u64(seed << 1 | end as u64);
            self.way(end).faults = Some((faults.clone(), random));
        }
    }

    /// Cuts the link, both ways: what is on it and frames that end from now on are lost. A frame that is cut in two arrives damaged.
    pub fn cut(&self) {
        for end in 0..2 {
            let mut way = self.way(end);
            way.cut = true;
            way.beats.clear();
            way.late.clear();
        }
    }

    /// Joins it again.
    pub fn join(&self) {
        for end in 0..2 {
            self.way(end).cut = false;
        }
    }

    /// Loses what waits for the next frame to come late.
    pub fn lose_late(&self) {
        for end in 0..2 {
            self.way(end).late.clear();
        }
    }

    /// Whether no frame is on it, either way.
    pub fn is_idle(&self) -> bool {
        let idle = |way: &Way| way.beats.is_empty() && way.frame.is_empty();
        idle(&self.way(0)) && idle(&self.way(1))
    }

    /// Joins an end of it, 0 or 1, to the unit of a simulation.
    pub fn attach(&self, end: usize, simulation: &mut Simulation) -> Result<()> {
        let agent = WireEnd {
            wire: self.clone(),
            end,
            pins: LinkPins::bind(simulation)?,
            taken: false,
        };
        simulation.add(agent);
        Ok(())
    }

    /// The computer at this end is lost, in the middle of a frame perhaps: what it has sent arrives, as far as it came; what is
    /// sent to it is lost until the link is joined again.
    pub fn lose(&self, end: usize) {
        let mut from = self.way(end);
        let begun = std::mem::take(&mut from.frame);
        if !from.cut {
            from.beats.extend(begun);
        }
        let mut to = self.way(1 - end);
        to.cut = true;
        to.beats.clear();
    }

    /// Frames that an end has sent.
    pub fn frames(&self, end: usize) -> u64 {
        self.way(end).sent
    }
}

/// The pins of a unit's link.
#[derive(Clone)]
pub struct LinkPins {
    tx: StreamPins,
    rx: StreamPins,
}

impl LinkPins {
    /// The ports `link_tx` and `link_rx`.
    pub fn bind(simulation: &Simulation) -> Result<LinkPins> {
        let (tx, rx) = ("link_tx", "link_rx");
        let pins = LinkPins {
            tx: StreamPins::bind(simulation.model(), tx)?,
            rx: StreamPins::bind(simulation.model(), rx)?,
        };
        pins.tx.expect_output(tx)?;
        pins.rx.expect_input(rx)?;
        Ok(pins)
    }

    /// The beat that the unit sends in this cycle.
    pub fn sent(&self, sample: &Sample) -> Option<LinkBeat> {
        self.tx.taken(sample.model)
    }

    /// Whether it takes the beat that is offered.
    pub fn takes(&self, sample: &Sample) -> bool {
        self.rx.taken(sample.model).is_some()
    }

    /// Offers a beat, and takes what comes.
    pub fn drive(&self, drive: &mut Drive, head: Option<LinkBeat>) {
        let head = head.filter(|_| !drive.reset);
        self.tx.ready.set(drive.model, u64::from(!drive.reset));
        self.rx.valid.set(drive.model, u64::from(head.is_some()));
        let (data, last) = head.unwrap_or_default();
        self.rx.data.set(drive.model, data);
        self.rx.last.set(drive.model, u64::from(last));
    }
}

/// A unit's end of a [`Wire`].
#[derive(Clone)]
struct WireEnd {
    wire: Wire,
    end: usize,
    pins: LinkPins,
    taken: bool,
}

impl Agent for WireEnd {
    fn observe(&mut self, sample: &mut Sample) {
        if let Some(beat) = self.pins.sent(sample) {
            self.wire.way(self.end).send(beat);
        }
        self.taken = self.pins.takes(sample);
    }

    fn drive(&mut self, drive: &mut Drive) {
        let mut way = self.wire.way(1 - self.end);
        if std::mem::take(&mut self.taken) {
            way.beats.pop_front();
        }
        self.pins.drive(drive, way.beats.front().copied());
    }
}
