//! The subordinate's AR and R channels.

use super::answers::{choose, Waiting};
use super::options::{ReadSample, Reorder};
use super::Shared;
use crate::axi::pins::{AxiPins, ReadBeat};
use crate::axi::{Burst, Response};
use crate::bench::{Drive, Pacer, Sample, MAX_BUS_BYTES};
use crate::memory::{Direction, LatencyModel, Memory, Verdict};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Job {
    burst: Burst,
    ready_at: u64,
    beat: u16,
    verdict: Option<Verdict>,
    /// The beats' lanes, if they were read at the address handshake.
    sampled: Vec<u8>,
}

impl Waiting for Job {
    fn id(&self) -> u32 {
        self.burst.id
    }

    fn ready_at(&self) -> u64 {
        self.ready_at
    }
}

#[derive(Clone, Debug)]
pub(super) struct ReadSide {
    jobs: VecDeque<Job>,
    /// The read whose burst is under way and may not be interrupted.
    current: Option<usize>,
    address_ready: bool,
    address_valid: bool,
    valid: bool,
    accepted: bool,
    pub(super) limit: usize,
    pub(super) reorder: Reorder,
    pub(super) sample: ReadSample,
    pub(super) latency: LatencyModel,
    pub(super) ar: Pacer,
    pub(super) r: Pacer,
}

impl ReadSide {
    pub(super) fn new(
        limit: usize,
        reorder: Reorder,
        sample: ReadSample,
        latency: LatencyModel,
        ar: Pacer,
        r: Pacer,
    ) -> Self {
        Self {
            jobs: VecDeque::with_capacity(limit),
            current: None,
            address_ready: false,
            address_valid: false,
            valid: false,
            accepted: false,
            limit,
            reorder,
            sample,
            latency,
            ar,
            r,
        }
    }

    pub(super) fn pending(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn reset(&mut self) {
        self.jobs.clear();
        self.current = None;
        (self.address_ready, self.valid, self.accepted) = (false, false, false);
    }

    pub(super) fn observe(
        &mut self,
        sample: &Sample,
        pins: &AxiPins,
        memory: &Memory,
        shared: &mut Shared,
    ) {
        let model = sample.model;
        self.accepted = self.valid && pins.r.handshake.ready.is_high(model);
        self.address_valid = pins.ar.handshake.valid.is_high(model);
        if !(self.address_ready && self.address_valid) {
            return;
        }
        let burst = pins.ar.get(model);
        shared.statistics.count(Direction::Read, &burst);
        let mut sampled = Vec::new();
        if self.sample == ReadSample::Address {
            sampled.resize(burst.transfer_bytes(pins.bus_bytes), 0);
            let mut offset = 0;
            for beat in 0..burst.beats {
                let length = burst.lanes(beat, pins.bus_bytes).len();
                memory.read(
                    burst.beat_address(beat),
                    &mut sampled[offset..offset + length],
                );
                offset += length;
            }
        }
        let latency = self
            .latency
            .cycles(sample.cycle, &burst, Direction::Read, &mut shared.dram);
        self.jobs.push_back(Job {
            burst,
            ready_at: sample.cycle + latency,
            beat: 0,
            verdict: shared.faults.judge(Direction::Read, &burst.span()),
            sampled,
        });
    }

    pub(super) fn drive(
        &mut self,
        drive: &mut Drive,
        pins: &AxiPins,
        memory: &Memory,
        random: &mut ChaCha8Rng,
    ) {
        let was_valid = self.valid;
        if self.accepted {
            self.valid = false;
            self.finish_beat();
        }
        if !self.valid {
            if self.current.is_none() {
                self.current = choose(&self.jobs, drive.cycle, self.reorder, random);
            }
            if let Some(index) = self.current.filter(|_| self.r.offer()) {
                self.valid = true;
                let beat = self.jobs[index].beat(pins.bus_bytes, memory);
                pins.r.set(drive.model, &beat);
            } else if self.reorder == Reorder::Interleaved {
                self.current = None;
            }
        }
        if was_valid != self.valid {
            pins.r
                .handshake
                .valid
                .set(drive.model, u64::from(self.valid));
        }
        let room = self.jobs.len() < self.limit;
        let ready = self.ar.accept(self.address_valid, self.address_ready) && room;
        if ready != self.address_ready {
            self.address_ready = ready;
            pins.ar.handshake.ready.set(drive.model, u64::from(ready));
        }
    }

    fn finish_beat(&mut self) {
        let Some(index) = self.current else {
            return;
        };
        let job = &mut self.jobs[index];
        job.beat += 1;
        let complete = job.beat == job.burst.beats;
        if complete {
            self.jobs.remove(index);
        }
        if complete || self.reorder == Reorder::Interleaved {
            self.current = None;
        }
    }
}

impl Job {
    fn beat(&self, bus_bytes: usize, memory: &Memory) -> ReadBeat {
        let burst = &self.burst;
        let lanes = burst.lanes(self.beat, bus_bytes);
        let address = burst.beat_address(self.beat);
        let end = address + lanes.len() as u64;
        let response = match &self.verdict {
            Some(verdict) if address < verdict.range.end && end > verdict.range.start => {
                verdict.response
            }
            _ => Response::Okay,
        };
        let mut data = [0; MAX_BUS_BYTES];
        if !response.is_error() {
            let first = burst.lanes(0, bus_bytes).len();
            match self.sample_offset(first) {
                Some(offset) => {
                    let length = lanes.len();
                    data[lanes].copy_from_slice(&self.sampled[offset..offset + length]);
                }
                None => memory.read(address, &mut data[lanes]),
            }
        }
        ReadBeat {
            id: burst.id,
            data,
            response,
            last: self.beat + 1 == burst.beats,
        }
    }

    /// Where the beat starts in `sampled`, whose first beat has `first` bytes.
    fn sample_offset(&self, first: usize) -> Option<usize> {
        if self.sampled.is_empty() {
            return None;
        }
        let per_beat = match self.burst.kind {
            crate::axi::BurstKind::Fixed => first,
            _ => self.burst.beat_bytes() as usize,
        };
        Some(match self.beat {
            0 => 0,
            beat => first + per_beat * (usize::from(beat) - 1),
        })
    }
}
