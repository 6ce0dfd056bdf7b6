//! A link from one port to another that loses, repeats, reorders, delays, truncates and damages whole frames, and that can be cut.

use super::{pins::StreamPins, Frame};
use crate::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Sample, Simulation};
use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// How often a frame meets each misfortune: probabilities, 0.0 to 1.0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelFaults {
    /// It is lost.
    pub lose: f64,
    /// It comes twice; the second time up to `most_delay` cycles later.
    pub repeat: f64,
    /// It comes up to `most_delay` cycles late, behind frames sent after it.
    pub delay: f64,
    /// The longest of these delays, in cycles.
    pub most_delay: u64,
    /// Some of its last beats are missing; TLAST comes all the same, or not.
    pub truncate: f64,
    /// One to eight of its bits are flipped.
    pub corrupt: f64,
}

impl ChannelFaults {
    /// A mixture for stress tests, chosen by `seed`.
    pub fn any(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut often = |most: f64| match random.random_range(0..3) {
            0 => 0.0,
            _ => random.random_range(0.0..most),
        };
        Self {
            lose: often(0.2),
            repeat: often(0.2),
            delay: often(0.2),
            most_delay: 3_000,
            truncate: often(0.1),
            corrupt: often(0.1),
        }
    }
}

/// What happened to the frames so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelCounts {
    /// Frames that came from the design.
    pub taken: u64,
    /// Lost, or sent while the link was cut.
    pub lost: u64,
    /// That came twice.
    pub repeated: u64,
    /// That came late.
    pub delayed: u64,
    /// Cut short.
    pub truncated: u64,
    /// Damaged.
    pub corrupted: u64,
    /// Given to the other side, in whatever state.
    pub delivered: u64,
}

/// A frame on its way: when it may be delivered, and whether its last beat is marked.
#[derive(Clone, Debug)]
struct Travelling {
    at: u64,
    order: u64,
    beats: Frame,
    ends: bool,
}

/// A one-way link between two ports of a design.
///
/// Without faults it moves a beat a cycle, `latency` cycles after it was taken, with no frame held back. A frame that meets
/// a fault is delivered when it has been taken whole.
#[derive(Clone, Debug)]
pub struct FrameChannel {
    from: StreamPins,
    to: StreamPins,
    pacer: Pacer,
    random: ChaCha8Rng,
    latency: u64,
    faults: ChannelFaults,
    cut: bool,
    was: (bool, bool),
    current: Frame,
    /// Beats of frames without a fault, each with the cycle from which it may be offered.
    stream: VecDeque<(u64, u64, bool)>,
    /// Frames on side ways.
    travelling: Vec<Travelling>,
    inserted: VecDeque<(u64, bool)>,
    in_frame: bool,
    offered: Option<(u64, bool)>,
    fate: Option<Fate>,
    frames: u64,
    cycle: u64,
    /// What happened to the frames so far.
    pub counts: ChannelCounts,
    /// The frames taken whole from the design, if they are kept.
    pub log: Option<Vec<Frame>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Straight,
    Aside,
}

impl FrameChannel {
    /// A link from the port `from` to the port `to` without faults. `pacing` is that of TREADY.
    pub fn bind(
        simulation: &Simulation,
        from: &str,
        to: &str,
        latency: u64,
        pacing: Pacing,
    ) -> Result<Self> {
        let source = StreamPins::bind(simulation.model(), from)?;
        source.expect_output(from)?;
        let target = StreamPins::bind(simulation.model(), to)?;
        target.expect_input(to)?;
        let seed = |what: &str| derive_seed(simulation.seed(), &format!("{from} {what}"));
        Ok(Self {
            from: source,
            to: target,
            pacer: Pacer::new(pacing, seed("ready")),
            random: ChaCha8Rng::seed_from_u64(seed("faults")),
            latency,
            faults: ChannelFaults::default(),
            cut: false,
            was: (false, false),
            current: Frame::new(),
            stream: VecDeque::new(),
            travelling: Vec::new(),
            inserted: VecDeque::new(),
            in_frame: false,
            offered: None,
            fate: None,
            frames: 0,
            cycle: 0,
            counts: ChannelCounts::default(),
            log: None,
        })
    }

    /// Changes the misfortunes of frames that begin from now on.
    pub fn set_faults(&mut self, faults: ChannelFaults) {
        self.faults = faults;
    }

    /// Cuts the link, or restores it: frames that end while it is cut are lost; those on their way arrive.
    pub fn set_cut(&mut self, cut: bool) {
        self.cut = cut;
    }

    /// Nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.stream.is_empty()
            && self.travelling.is_empty()
            && self.inserted.is_empty()
            && self.offered.is_none()
            && self.current.is_empty()
    }

    fn take(&mut self, data: u64, last: bool) {
        if self.fate.is_none() {
            let faults = &self.faults;
            let straight = !self.cut
                && [
                    faults.lose,
                    faults.repeat,
                    faults.delay,
                    faults.truncate,
                    faults.corrupt,
                ]
                .iter()
                .all(|chance| *chance == 0.0);
            self.fate = Some(if straight {
                Fate::Straight
            } else {
                Fate::Aside
            });
        }
        self.current.push(data);
        if self.fate == Some(Fate::Straight) {
            self.stream
                .push_back((self.cycle + self.latency, data, last));
        }
        if last {
            let frame = std::mem::take(&mut self.current);
            self.counts.taken += 1;
            if let Some(log) = &mut self.log {
                log.push(frame.clone());
            }
            if self.fate.take() == Some(Fate::Aside) {
                self.send_aside(frame);
            } else {
                self.counts.delivered += 1;
            }
        }
    }

    fn send_aside(&mut self, frame: Frame) {
        let faults = self.faults.clone();
        let mut happens = |chance: f64| self.random.random_bool(chance.clamp(0.0, 1.0));
        let (lose, repeat, delay) = (
            happens(faults.lose),
            happens(faults.repeat),
            happens(faults.delay),
        );
        let (truncate, corrupt) = (happens(faults.truncate), happens(faults.corrupt));
        if lose || self.cut {
            self.counts.lost += 1;
            return;
        }
        let mut beats = frame;
        let mut ends = true;
        if truncate && beats.len() > 1 {
            self.counts.truncated += 1;
            beats.truncate(self.random.random_range(1..beats.len()));
            ends = self.random.random_bool(0.7);
        }
        if corrupt {
            self.counts.corrupted += 1;
            for _ in 0..self.random.random_range(1..=8) {
                let beat = self.random.random_range(0..beats.len());
                beats[beat] ^= 1 << self.random.random_range(0..64);
            }
        }
        let mut add = |late: u64| {
            self.counts.delivered += 1;
            self.frames += 1;
            self.travelling.push(Travelling {
                at: self.cycle + self.latency + late,
                order: self.frames,
                beats: beats.clone(),
                ends,
            });
        };
        if repeat {
            self.counts.repeated += 1;
            add(self.random.random_range(0..=faults.most_delay));
        }
        if delay {
            self.counts.delayed += 1;
            add(self.random.random_range(0..=faults.most_delay));
        } else {
            add(0);
        }
    }

    /// The next beat for the other side, and its TLAST.
    fn next(&mut self) -> Option<(u64, bool)> {
        if !self.in_frame && self.inserted.is_empty() {
            let due = (self.travelling.iter().enumerate())
                .filter(|(_, one)| one.at <= self.cycle)
                .min_by_key(|(_, one)| (one.at, one.order))
                .map(|(index, _)| index);
            if let Some(index) = due {
                let one = self.travelling.swap_remove(index);
                let count = one.beats.len();
                self.inserted = (one.beats.into_iter().enumerate())
                    .map(|(k, beat)| (beat, one.ends && k + 1 == count))
                    .collect();
            }
        }
        if let Some((beat, last)) = self.inserted.pop_front() {
            return Some((beat, last));
        }
        match self.stream.front() {
            Some((at, _, _)) if *at <= self.cycle => {
                let (_, beat, last) = self.stream.pop_front()?;
                self.in_frame = !last;
                Some((beat, last))
            }
            _ => None,
        }
    }
}

impl Agent for FrameChannel {
    fn observe(&mut self, sample: &mut Sample) {
        self.cycle = sample.cycle;
        if sample.reset {
            return;
        }
        let model = sample.model;
        self.was = (
            self.from.valid.is_high(model),
            self.from.ready.is_high(model),
        );
        if let Some((data, last)) = self.from.taken(model) {
            self.take(data, last);
        }
        if self.offered.is_some() && self.to.taken(model).is_some() {
            self.offered = None;
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        if self.offered.is_none() {
            self.offered = self.next();
        }
        self.to
            .valid
            .set(drive.model, u64::from(self.offered.is_some()));
        if let Some((beat, last)) = self.offered {
            self.to.data.set(drive.model, beat);
            self.to.last.set(drive.model, u64::from(last));
        }
        // A link has no room without end.
        let room = self.stream.len() < 4096 && self.travelling.len() < 256;
        let ready = self.pacer.accept(self.was.0, self.was.1) && room;
        self.from.ready.set(drive.model, u64::from(ready));
    }

    fn status(&self) -> Option<String> {
        (!self.is_idle()).then(|| {
            format!(
                "a link carries {} beats and {} frames aside",
                self.stream.len(),
                self.travelling.len()
            )
        })
    }
}
