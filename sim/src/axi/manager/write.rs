//! The manager's AW, W and B channels.

use super::options::WriteOrder;
use super::transaction::{Completed, Ticket, Timing, WriteRequest};
use crate::axi::pins::{AxiPins, WriteBeat};
use crate::bench::{Drive, Pacer, Sample, MAX_BUS_BYTES};
use crate::memory::Direction;
use std::collections::VecDeque;

/// Which of AW and W waits for the other, and for how many cycles.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lead {
    None,
    Address(u64),
    Data(u64),
}

impl Lead {
    /// `draw` is a random number, used by a random order only.
    pub(super) fn choose(order: WriteOrder, draw: u32) -> Self {
        match order {
            WriteOrder::Independent => Self::None,
            WriteOrder::AddressLeads(cycles) => Self::Address(u64::from(cycles)),
            WriteOrder::DataLeads(cycles) => Self::Data(u64::from(cycles)),
            WriteOrder::Random(most) => {
                let cycles = u64::from((draw >> 1) % most.saturating_add(1));
                if draw & 1 == 0 {
                    Self::Address(cycles)
                } else {
                    Self::Data(cycles)
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Job {
    ticket: Ticket,
    request: WriteRequest,
    lead: Lead,
    address_presented: Option<u64>,
    data_presented: Option<u64>,
    timing: Timing,
}

/// The write and the number of a beat just handshaken.
pub(super) type AcceptedBeat = (Ticket, u16);

/// Writes in order of submission: those before `next_address` have had their AW handshake, those before
/// `next_data` all their W handshakes; a write leaves the queue with its response.
#[derive(Clone, Debug)]
pub(super) struct WriteSide {
    jobs: VecDeque<Job>,
    next_address: usize,
    next_data: usize,
    beat: u16,
    offset: usize,
    address_valid: bool,
    data_valid: bool,
    ready: bool,
    saw_valid: bool,
    address_done: bool,
    data_done: bool,
    pub(super) limit: usize,
    pub(super) aw: Pacer,
    pub(super) w: Pacer,
    pub(super) b: Pacer,
    /// Beats handshaken in all.
    pub(super) beats: u64,
}

impl WriteSide {
    pub(super) fn new(limit: usize, aw: Pacer, w: Pacer, b: Pacer) -> Self {
        Self {
            jobs: VecDeque::new(),
            next_address: 0,
            next_data: 0,
            beat: 0,
            offset: 0,
            address_valid: false,
            data_valid: false,
            ready: false,
            saw_valid: false,
            address_done: false,
            data_done: false,
            limit,
            aw,
            w,
            b,
            beats: 0,
        }
    }

    pub(super) fn submit(&mut self, ticket: Ticket, request: WriteRequest, lead: Lead, cycle: u64) {
        let timing = Timing {
            submitted: cycle,
            ..Timing::default()
        };
        self.jobs.push_back(Job {
            ticket,
            request,
            lead,
            address_presented: None,
            data_presented: None,
            timing,
        });
    }

    pub(super) fn pending(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn is_addressed(&self, ticket: Ticket) -> bool {
        let place = self.jobs.iter().position(|job| job.ticket == ticket);
        place.is_none_or(|place| place < self.next_address)
    }

    pub(super) fn offers_address(&self) -> bool {
        self.address_valid && !self.address_done
    }

    /// Writes of which AW or a W beat has been accepted and that are not answered.
    pub(super) fn in_flight(&self) -> usize {
        let begun = self.next_data + usize::from(self.beat > 0);
        self.next_address.max(begun)
    }

    /// Forgets every write; returns their tickets.
    pub(super) fn clear(&mut self) -> Vec<Ticket> {
        let lost = self.jobs.drain(..).map(|job| job.ticket).collect();
        (self.next_address, self.next_data, self.beat, self.offset) = (0, 0, 0, 0);
        (self.address_valid, self.data_valid, self.ready) = (false, false, false);
        (self.address_done, self.data_done) = (false, false);
        lost
    }

    /// Takes the handshakes of the cycle. Returns the write and the number of the beat just accepted, and
    /// the write just completed; `Err` holds the identifier of a response to nothing.
    pub(super) fn observe(
        &mut self,
        sample: &Sample,
        pins: &AxiPins,
    ) -> (Option<AcceptedBeat>, Result<Option<Completed>, u32>) {
        let model = sample.model;
        self.address_done = self.address_valid && pins.aw.handshake.ready.is_high(model);
        if self.address_done {
            self.jobs[self.next_address].timing.address = sample.cycle;
            self.next_address += 1;
        }
        self.data_done = self.data_valid && pins.w.handshake.ready.is_high(model);
        let mut beat = None;
        if self.data_done {
            beat = Some(self.take_beat(sample.cycle, pins.bus_bytes));
        }
        self.saw_valid = pins.b.handshake.valid.is_high(model);
        if !(self.ready && self.saw_valid) {
            return (beat, Ok(None));
        }
        let (id, response) = pins.b.get(model);
        let complete = self.next_address.min(self.next_data);
        let found = self
            .jobs
            .iter()
            .take(complete)
            .position(|job| job.request.burst.id == id);
        let Some(job) = found.and_then(|index| self.jobs.remove(index)) else {
            return (beat, Err(id));
        };
        self.next_address -= 1;
        self.next_data -= 1;
        let completed = Completed {
            ticket: job.ticket,
            direction: Direction::Write,
            burst: job.request.burst,
            payload: Vec::new(),
            responses: vec![response],
            timing: Timing {
                response: sample.cycle,
                ..job.timing
            },
        };
        (beat, Ok(Some(completed)))
    }

    fn take_beat(&mut self, cycle: u64, bus_bytes: usize) -> AcceptedBeat {
        let job = &mut self.jobs[self.next_data];
        let accepted = (job.ticket, self.beat);
        if self.beat == 0 {
            job.timing.first_data = cycle;
        }
        self.beats += 1;
        self.offset += job.request.burst.lanes(self.beat, bus_bytes).len();
        self.beat += 1;
        if self.beat == job.request.burst.beats {
            job.timing.last_data = cycle;
            self.next_data += 1;
            self.beat = 0;
            self.offset = 0;
        }
        accepted
    }

    /// Drives the channels for the coming cycle; `alive` is false when nothing new may begin.
    pub(super) fn drive(&mut self, drive: &mut Drive, pins: &AxiPins, alive: bool) {
        self.drive_address(drive, pins, alive);
        self.drive_data(drive, pins, alive);
        let ready = alive && self.b.accept(self.saw_valid, self.ready);
        self.set_ready(drive, pins, ready);
    }

    pub(super) fn set_ready(&mut self, drive: &mut Drive, pins: &AxiPins, ready: bool) {
        if ready != self.ready {
            self.ready = ready;
            pins.b.handshake.ready.set(drive.model, u64::from(ready));
        }
    }

    /// Lets VALID fall whether or not there was a handshake.
    pub(super) fn drop_valid(&mut self, drive: &mut Drive, pins: &AxiPins) {
        self.address_valid = false;
        self.data_valid = false;
        pins.aw.handshake.valid.set(drive.model, 0);
        pins.w.handshake.valid.set(drive.model, 0);
    }

    fn drive_address(&mut self, drive: &mut Drive, pins: &AxiPins, alive: bool) {
        let was_valid = self.address_valid;
        if std::mem::take(&mut self.address_done) {
            self.address_valid = false;
        }
        if !self.address_valid && alive && self.next_address < self.limit.min(self.jobs.len()) {
            let job = &mut self.jobs[self.next_address];
            let may = match (job.lead, job.data_presented) {
                (Lead::Data(cycles), Some(at)) => drive.cycle >= at + cycles,
                (Lead::Data(_), None) => false,
                _ => true,
            };
            if may && self.aw.offer() {
                self.address_valid = true;
                job.address_presented = Some(drive.cycle);
                job.timing.presented = drive.cycle;
                pins.aw.set(drive.model, &job.request.burst);
            }
        }
        if was_valid != self.address_valid {
            pins.aw
                .handshake
                .valid
                .set(drive.model, u64::from(self.address_valid));
        }
    }

    fn drive_data(&mut self, drive: &mut Drive, pins: &AxiPins, alive: bool) {
        let was_valid = self.data_valid;
        if self.data_done {
            self.data_valid = false;
        }
        if !self.data_valid && alive && self.next_data < self.limit.min(self.jobs.len()) {
            let job = &mut self.jobs[self.next_data];
            let may = match (job.lead, job.address_presented) {
                (Lead::Address(cycles), Some(at)) => drive.cycle >= at + cycles,
                (Lead::Address(_), None) => false,
                _ => true,
            };
            if may && self.w.offer() {
                self.data_valid = true;
                job.data_presented.get_or_insert(drive.cycle);
                let beat = make_beat(&job.request, self.beat, self.offset, pins.bus_bytes);
                pins.w.set(drive.model, &beat);
            }
        }
        if was_valid != self.data_valid {
            pins.w
                .handshake
                .valid
                .set(drive.model, u64::from(self.data_valid));
        }
    }
}

fn make_beat(request: &WriteRequest, beat: u16, offset: usize, bus_bytes: usize) -> WriteBeat {
    let burst = &request.burst;
    let lanes = burst.lanes(beat, bus_bytes);
    let mut data = [0; MAX_BUS_BYTES];
    let length = lanes.len();
    data[lanes].copy_from_slice(&request.payload[offset..offset + length]);
    let strobes = match &request.strobes {
        Some(strobes) => strobes[usize::from(beat)],
        None => burst.lane_mask(beat, bus_bytes),
    };
    WriteBeat {
        data,
        strobes,
        last: beat + 1 == burst.beats,
    }
}
