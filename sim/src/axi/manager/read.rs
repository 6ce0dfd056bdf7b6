//! The manager's AR and R channels.

use super::transaction::{Completed, Ticket, Timing};
use crate::axi::pins::AxiPins;
use crate::axi::{Burst, Response};
use crate::bench::{Drive, Pacer, Sample};
use crate::memory::Direction;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Job {
    ticket: Ticket,
    burst: Burst,
    /// Space is set aside when the read is submitted, so that taking a beat allocates nothing.
    payload: Vec<u8>,
    responses: Vec<Response>,
    timing: Timing,
}

/// Reads in order of submission: those before `next_address` have had their AR handshake; a read leaves
/// the queue with its last beat.
#[derive(Clone, Debug)]
pub(super) struct ReadSide {
    jobs: VecDeque<Job>,
    next_address: usize,
    address_valid: bool,
    address_done: bool,
    ready: bool,
    saw_valid: bool,
    pub(super) limit: usize,
    pub(super) ar: Pacer,
    pub(super) r: Pacer,
    /// Beats handshaken in all.
    pub(super) beats: u64,
}

/// What an R beat can be wrong about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Misfit {
    UnknownId(u32),
    Last {
        id: u32,
        beat: usize,
        beats: u16,
        last: bool,
    },
}

impl ReadSide {
    pub(super) fn new(limit: usize, ar: Pacer, r: Pacer) -> Self {
        Self {
            jobs: VecDeque::new(),
            next_address: 0,
            address_valid: false,
            address_done: false,
            ready: false,
            saw_valid: false,
            limit,
            ar,
            r,
            beats: 0,
        }
    }

    pub(super) fn submit(&mut self, ticket: Ticket, burst: Burst, bus_bytes: usize, cycle: u64) {
        self.jobs.push_back(Job {
            ticket,
            burst,
            payload: Vec::with_capacity(burst.transfer_bytes(bus_bytes)),
            responses: Vec::with_capacity(usize::from(burst.beats)),
            timing: Timing {
                submitted: cycle,
                ..Timing::default()
            },
        });
    }

    pub(super) fn pending(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.next_address
    }

    /// Forgets every read; returns their tickets.
    pub(super) fn clear(&mut self) -> Vec<Ticket> {
        let lost = self.jobs.drain(..).map(|job| job.ticket).collect();
        self.next_address = 0;
        (self.address_valid, self.address_done, self.ready) = (false, false, false);
        lost
    }

    pub(super) fn observe(
        &mut self,
        sample: &Sample,
        pins: &AxiPins,
    ) -> Result<Option<Completed>, Misfit> {
        let model = sample.model;
        self.address_done = self.address_valid && pins.ar.handshake.ready.is_high(model);
        if self.address_done {
            self.jobs[self.next_address].timing.address = sample.cycle;
            self.next_address += 1;
        }
        self.saw_valid = pins.r.handshake.valid.is_high(model);
        if !(self.ready && self.saw_valid) {
            return Ok(None);
        }
        let beat = pins.r.get(model);
        let found = self
            .jobs
            .iter()
            .take(self.next_address)
            .position(|job| job.burst.id == beat.id);
        let Some(index) = found else {
            return Err(Misfit::UnknownId(beat.id));
        };
        self.beats += 1;
        let job = &mut self.jobs[index];
        let number = job.responses.len();
        if number == 0 {
            job.timing.first_data = sample.cycle;
        }
        let lanes = job.burst.lanes(number as u16, pins.bus_bytes);
        job.payload.extend_from_slice(&beat.data[lanes]);
        job.responses.push(beat.response);
        let complete = number + 1 == usize::from(job.burst.beats);
        if beat.last != complete {
            let beats = job.burst.beats;
            return Err(Misfit::Last {
                id: beat.id,
                beat: number,
                beats,
                last: beat.last,
            });
        }
        if !complete {
            return Ok(None);
        }
        self.next_address -= 1;
        Ok(self.jobs.remove(index).map(|job| Completed {
            ticket: job.ticket,
            direction: Direction::Read,
            burst: job.burst,
            payload: job.payload,
            responses: job.responses,
            timing: Timing {
                last_data: sample.cycle,
                response: sample.cycle,
                ..job.timing
            },
        }))
    }

    pub(super) fn drive(&mut self, drive: &mut Drive, pins: &AxiPins, alive: bool) {
        let was_valid = self.address_valid;
        if self.address_done {
            self.address_valid = false;
        }
        let waiting = self.next_address < self.limit.min(self.jobs.len());
        if !self.address_valid && alive && waiting && self.ar.offer() {
            let job = &mut self.jobs[self.next_address];
            self.address_valid = true;
            job.timing.presented = drive.cycle;
            pins.ar.set(drive.model, &job.burst);
        }
        if was_valid != self.address_valid {
            pins.ar
                .handshake
                .valid
                .set(drive.model, u64::from(self.address_valid));
        }
        let ready = alive && self.r.accept(self.saw_valid, self.ready);
        self.set_ready(drive, pins, ready);
    }

    pub(super) fn set_ready(&mut self, drive: &mut Drive, pins: &AxiPins, ready: bool) {
        if ready != self.ready {
            self.ready = ready;
            pins.r.handshake.ready.set(drive.model, u64::from(ready));
        }
    }

    pub(super) fn drop_valid(&mut self, drive: &mut Drive, pins: &AxiPins) {
        self.address_valid = false;
        pins.ar.handshake.valid.set(drive.model, 0);
    }
}
