//! The subordinate's AW, W and B channels.

use super::answers::{choose, Waiting};
use super::options::{Reorder, WriteApply};
use super::Shared;
use crate::axi::pins::{AxiPins, WriteBeat};
use crate::axi::{Burst, Response};
use crate::bench::{Drive, Pacer, Sample};
use crate::memory::{Direction, DramState, LatencyModel, Memory, Verdict};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// A write of which the address, some of the data, or both have come.
#[derive(Clone, Debug, Default)]
struct Job {
    burst: Option<Burst>,
    beats: Vec<WriteBeat>,
    data_complete: bool,
    ready_at: Option<u64>,
    verdict: Option<Verdict>,
}

impl Waiting for Job {
    fn id(&self) -> u32 {
        self.burst.map_or(0, |burst| burst.id)
    }

    fn ready_at(&self) -> u64 {
        self.ready_at.unwrap_or(u64::MAX)
    }
}

impl Job {
    fn response(&self) -> Response {
        self.verdict
            .as_ref()
            .map_or(Response::Okay, |verdict| verdict.response)
    }

    fn apply(&self, memory: &mut Memory, bus_bytes: usize) {
        let Some(burst) = self.burst else {
            return;
        };
        if self
            .verdict
            .as_ref()
            .is_some_and(|verdict| !verdict.apply_write)
        {
            return;
        }
        for (number, beat) in (0..burst.beats).zip(&self.beats) {
            let base = burst.beat_address(number) & !(bus_bytes as u64 - 1);
            let strobes = beat.strobes & burst.lane_mask(number, bus_bytes);
            memory.write_strobed(base, &beat.data[..bus_bytes], strobes);
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct WriteSide {
    /// In order of address, and of data: both orders are one in AXI4.
    jobs: VecDeque<Job>,
    /// Buffers of finished jobs, kept so that a running simulation allocates nothing.
    spare: Vec<Vec<WriteBeat>>,
    addresses: usize,
    complete: usize,
    address_ready: bool,
    address_valid: bool,
    data_ready: bool,
    data_valid: bool,
    /// The write whose BVALID is high.
    current: Option<usize>,
    accepted: bool,
    pub(super) limit: usize,
    pub(super) data_ahead: usize,
    pub(super) reorder: Reorder,
    pub(super) apply: WriteApply,
    pub(super) latency: LatencyModel,
    pub(super) aw: Pacer,
    pub(super) w: Pacer,
    pub(super) b: Pacer,
}

/// The parts of [`super::SubordinateOptions`] that concern writes.
pub(super) struct WriteOptions {
    pub limit: usize,
    pub data_ahead: usize,
    pub reorder: Reorder,
    pub apply: WriteApply,
    pub latency: LatencyModel,
}

impl WriteSide {
    pub(super) fn new(options: WriteOptions, aw: Pacer, w: Pacer, b: Pacer) -> Self {
        Self {
            jobs: VecDeque::with_capacity(options.limit + options.data_ahead),
            spare: Vec::new(),
            addresses: 0,
            complete: 0,
            address_ready: false,
            address_valid: false,
            data_ready: false,
            data_valid: false,
            current: None,
            accepted: false,
            limit: options.limit,
            data_ahead: options.data_ahead,
            reorder: options.reorder,
            apply: options.apply,
            latency: options.latency,
            aw,
            w,
            b,
        }
    }

    pub(super) fn pending(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn reset(&mut self) {
        self.jobs.clear();
        (self.addresses, self.complete) = (0, 0);
        (self.address_ready, self.data_ready) = (false, false);
        (self.current, self.accepted) = (None, false);
    }

    pub(super) fn observe(
        &mut self,
        sample: &Sample,
        pins: &AxiPins,
        memory: &mut Memory,
        shared: &mut Shared,
    ) {
        let model = sample.model;
        self.accepted = self.current.is_some() && pins.b.handshake.ready.is_high(model);
        if self.accepted && self.apply == WriteApply::Response {
            if let Some(index) = self.current {
                self.jobs[index].apply(memory, pins.bus_bytes);
            }
        }
        self.address_valid = pins.aw.handshake.valid.is_high(model);
        self.data_valid = pins.w.handshake.valid.is_high(model);
        let address = self.address_ready && self.address_valid;
        let data = self.data_ready && self.data_valid;
        if address {
            let burst = pins.aw.get(model);
            shared.statistics.count(Direction::Write, &burst);
            let verdict = shared.faults.judge(Direction::Write, &burst.span());
            let job = self.job(self.addresses);
            job.burst = Some(burst);
            job.verdict = verdict;
            self.addresses += 1;
        }
        if data {
            let beat = pins.w.get(model);
            let complete = self.complete;
            let job = self.job(complete);
            job.beats.push(beat);
            if beat.last {
                job.data_complete = true;
                self.complete += 1;
            }
        }
        if address || data {
            self.settle(sample.cycle, pins.bus_bytes, memory, &mut shared.dram);
        }
    }

    /// Starts the latency of writes that have just become whole. At most one address and one last beat come
    /// in a cycle, so only two writes can have.
    fn settle(&mut self, cycle: u64, bus_bytes: usize, memory: &mut Memory, dram: &mut DramState) {
        let whole = self.addresses.min(self.complete);
        for index in whole.saturating_sub(2)..whole {
            let job = &mut self.jobs[index];
            let (Some(burst), None) = (job.burst, job.ready_at) else {
                continue;
            };
            let latency = self.latency.cycles(cycle, &burst, Direction::Write, dram);
            job.ready_at = Some(cycle + latency);
            if self.apply == WriteApply::LastBeat {
                job.apply(memory, bus_bytes);
            }
        }
    }

    pub(super) fn drive(&mut self, drive: &mut Drive, pins: &AxiPins, random: &mut ChaCha8Rng) {
        let was_valid = self.current.is_some();
        if self.accepted {
            self.finish();
        }
        if self.current.is_none() {
            self.current =
                choose(&self.jobs, drive.cycle, self.reorder, random).filter(|_| self.b.offer());
            if let Some(index) = self.current {
                let job = &self.jobs[index];
                pins.b.set(drive.model, job.id(), job.response());
            }
        }
        if was_valid != self.current.is_some() {
            pins.b
                .handshake
                .valid
                .set(drive.model, u64::from(!was_valid));
        }
        let room = self.addresses < self.limit;
        let ready = self.aw.accept(self.address_valid, self.address_ready) && room;
        if ready != self.address_ready {
            self.address_ready = ready;
            pins.aw.handshake.ready.set(drive.model, u64::from(ready));
        }
        // At most one address can be missing for the beat now offered, plus those taken ahead.
        let room = self.complete < self.addresses + self.data_ahead;
        let ready = self.w.accept(self.data_valid, self.data_ready) && room;
        if ready != self.data_ready {
            self.data_ready = ready;
            pins.w.handshake.ready.set(drive.model, u64::from(ready));
        }
    }

    fn finish(&mut self) {
        let Some(mut job) = self
            .current
            .take()
            .and_then(|index| self.jobs.remove(index))
        else {
            return;
        };
        self.addresses -= 1;
        self.complete -= 1;
        job.beats.clear();
        self.spare.push(job.beats);
    }

    fn job(&mut self, index: usize) -> &mut Job {
        if index == self.jobs.len() {
            let beats = self.spare.pop().unwrap_or_default();
            self.jobs.push_back(Job {
                beats,
                ..Job::default()
            });
        }
        &mut self.jobs[index]
    }
}
