//! Two units joined by their links: a primary and its backup, each in a simulated computer of its own.

mod socket;

pub use socket::SocketLink;

use crate::system::System;
use anyhow::{ensure, Result};
use mch_sim::bench::{Agent, Drive, Pin, Sample};
use mch_sim::stream::ChannelFaults;
use mch_spec::registers::{field, offset, Operation};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A beat of the link: data, and whether it is its frame's last.
pub type LinkBeat = (u64, bool);

/// One way of a link: what has been sent and not received.
#[derive(Debug, Default)]
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

impl Wire {
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
        }
    }

    /// Joins it again.
    pub fn join(&self) {
        for end in 0..2 {
            self.way(end).cut = false;
        }
    }

    /// Frames that an end has sent.
    pub fn frames(&self, end: usize) -> u64 {
        self.way(end).sent
    }
}

/// The pins of a unit's link.
#[derive(Clone)]
struct EndPins {
    tx: [Pin; 4],
    rx: [Pin; 4],
}

impl EndPins {
    fn new(system: &System) -> Result<EndPins> {
        let pins = |prefix: &str| -> Result<[Pin; 4]> {
            let pin = |name: &str| system.simulation.pin(&format!("{prefix}_t{name}"));
            Ok([pin("valid")?, pin("ready")?, pin("data")?, pin("last")?])
        };
        Ok(EndPins {
            tx: pins("link_tx")?,
            rx: pins("link_rx")?,
        })
    }

    /// The beat that the unit sends in this cycle.
    fn sent(&self, sample: &Sample) -> Option<LinkBeat> {
        let high = |pin: Pin| pin.get(sample.model) != 0;
        let sends = high(self.tx[0]) && high(self.tx[1]);
        sends.then(|| (self.tx[2].get(sample.model), high(self.tx[3])))
    }

    /// Whether it takes the beat that is offered.
    fn takes(&self, sample: &Sample) -> bool {
        self.rx[0].get(sample.model) != 0 && self.rx[1].get(sample.model) != 0
    }

    /// Offers a beat, and takes what comes.
    fn drive(&self, drive: &mut Drive, head: Option<LinkBeat>) {
        let head = head.filter(|_| !drive.reset);
        self.tx[1].set(drive.model, u64::from(!drive.reset));
        self.rx[0].set(drive.model, u64::from(head.is_some()));
        let (data, last) = head.unwrap_or_default();
        self.rx[2].set(drive.model, data);
        self.rx[3].set(drive.model, u64::from(last));
    }
}

/// A unit's end of a [`Wire`].
#[derive(Clone)]
struct WireEnd {
    wire: Wire,
    end: usize,
    pins: EndPins,
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

/// Two units and the link between them. What is asked of one alone runs that one alone: the other's clock stands still meanwhile.
pub struct Pair {
    /// The units: the first end of the link, and the second.
    pub units: [System; 2],
    /// The link.
    pub wire: Wire,
}

impl Pair {
    /// Joins two units.
    pub fn new(mut units: [System; 2]) -> Result<Pair> {
        let wire = Wire::default();
        for (end, unit) in units.iter_mut().enumerate() {
            let agent = WireEnd {
                wire: wire.clone(),
                end,
                pins: EndPins::new(unit)?,
                taken: false,
            };
            unit.simulation.add(agent);
        }
        Ok(Pair { units, wire })
    }

    /// Runs both for a number of cycles.
    pub fn run(&mut self, cycles: u64) -> Result<()> {
        for _ in 0..cycles {
            for unit in &mut self.units {
                unit.simulation.step()?;
            }
        }
        Ok(())
    }

    /// Runs both until no routine runs for a guest of one of them; returns G_COMPLETION.
    pub fn wait(&mut self, end: usize, guest: u32, limit: u64) -> Result<u32> {
        let start = self.units[end].simulation.cycle();
        loop {
            let status = self.units[end].guest(guest, offset::G_STATUS)?;
            if field::G_STATUS::RUNNING.get(status) == 0 {
                return self.units[end].guest(guest, offset::G_COMPLETION);
            }
            let cycles = self.units[end].simulation.cycle() - start;
            ensure!(
                cycles < limit,
                "unit {end}: G_STATUS is {status:#x} after {cycles} cycles"
            );
            self.run(50)?;
        }
    }

    /// Commands a guest of one of them and waits; status and error code.
    pub fn command(
        &mut self,
        end: usize,
        guest: u32,
        operation: Operation,
        limit: u64,
    ) -> Result<(u32, u32)> {
        self.units[end].set_guest(guest, offset::G_COMMAND, operation.code())?;
        let completion = self.wait(end, guest, limit)?;
        Ok((
            field::G_COMPLETION::STATUS.get(completion),
            field::G_COMPLETION::ERROR.get(completion),
        ))
    }
}
