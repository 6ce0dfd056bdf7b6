//! One end of the link: the guests whose rings it sends or fills.

use anyhow::Result;
use mch_sim::bench::{Agent, Drive, Pin, Sample};
use mch_sim::Simulation;
use std::collections::VecDeque;

/// What a guest does at this end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Neither.
    #[default]
    None,
    /// Its entries are sent.
    Sending,
    /// It takes entries.
    Standby,
}

/// What the link said in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Entries of the guest were acknowledged.
    Released(usize, u64),
    /// An entry of the guest stands in the slot.
    Arrived(usize, u64),
    /// A mark of the guest, with its number.
    Marked(usize, u16),
    /// A session of the guest, with its number and generation.
    Opened(usize, u16, u8),
    /// The guest's peer is of a newer generation.
    Refused(usize),
    /// An entry could not be written.
    WriteFailed(usize),
    /// The link has sent a frame, for the first time or again.
    Sent(bool),
    /// It dropped a frame.
    Dropped,
    /// It sent an acknowledgement or a refusal.
    Answered,
}

/// A guest's ring and session at this end. `tail` and `head` count all entries since the ring was emptied.
#[derive(Clone, Debug, Default)]
pub struct LinkGuest {
    /// What it does.
    pub role: Role,
    /// Its generation.
    pub generation: u8,
    /// Its session.
    pub session: u16,
    /// Entries that stand in the ring, or did.
    pub tail: u64,
    /// Those that were released or applied.
    pub head: u64,
    /// The number of its mark.
    pub mark_number: u16,
    /// The session is acknowledged.
    pub synced: bool,
    /// The mark is acknowledged.
    pub marked: bool,
    /// Frames wait or writes are under way.
    pub busy: bool,
    complete: u64,
    opens: bool,
    marks: bool,
    unmarks: bool,
    mark_cycle: u64,
    mark_shown: u16,
    shown: (u64, u64),
    later: VecDeque<(u64, u64, u64)>,
}

#[derive(Clone)]
struct GuestPins {
    inputs: [Pin; 13],
    synced: Pin,
    marked: Pin,
    refused: Pin,
    busy: Pin,
    arrived: Pin,
    arrived_mark: Pin,
    opened: Pin,
    write_failed: Pin,
}

const INPUTS: [&str; 13] = [
    "sending",
    "standby",
    "ring_base",
    "ring_size",
    "ring_capacity",
    "generation",
    "session",
    "open",
    "captured_done",
    "mark",
    "mark_number",
    "unmark",
    "ring_tail",
];

/// The agent that plays the guests of one end.
#[derive(Clone)]
pub struct LinkEnd {
    /// The guests.
    pub guests: Vec<LinkGuest>,
    /// What the link said, with the cycle, since it was last cleared.
    pub happenings: Vec<(u64, Happening)>,
    /// Cycles after which the ring shows what has happened: 1 to 3.
    pub ring_delay: u64,
    /// Cycles without progress after which entries are sent again.
    pub retry: u64,
    pins: Vec<GuestPins>,
    ring_free: Vec<Pin>,
    common: Vec<Pin>,
    retry_pin: Pin,
    base: u64,
    ring_size: u32,
    capacity: u64,
}

impl LinkEnd {
    /// The guests of the link whose ports start with `prefix`, with rings of `2^ring_size` bytes and `capacity` slots from byte `base` on.
    pub fn bind(
        simulation: &Simulation,
        prefix: &str,
        guests: usize,
        (base, ring_size, capacity): (u64, u32, u64),
    ) -> Result<LinkEnd> {
        let model = simulation.model();
        let pin = |name: &str| Pin::optional(model, &format!("{prefix}_{name}"));
        let pins = |g: usize| -> Result<GuestPins> {
            let of = |name: &str| pin(&format!("{name}_{g}"));
            let mut inputs = [of("sending")?; 13];
            for (input, name) in inputs.iter_mut().zip(INPUTS) {
                *input = of(name)?;
            }
            Ok(GuestPins {
                inputs,
                synced: of("synced")?,
                marked: of("marked")?,
                refused: of("refused")?,
                busy: of("busy")?,
                arrived: of("arrived")?,
                arrived_mark: of("arrived_mark")?,
                opened: of("opened")?,
                write_failed: of("write_failed")?,
            })
        };
        let common = [
            "release_valid",
            "release_guest",
            "release_slots",
            "arrived_mark_number",
            "opened_session",
            "opened_generation",
            "frame_sent",
            "frame_repeated",
            "frame_dropped",
            "acknowledgement_sent",
        ];
        Ok(LinkEnd {
            guests: vec![LinkGuest::default(); guests],
            happenings: Vec::new(),
            ring_delay: 1,
            retry: 4096,
            pins: (0..guests).map(pins).collect::<Result<_>>()?,
            ring_free: (0..guests)
                .map(|g| pin(&format!("ring_free_{g}")))
                .collect::<Result<_>>()?,
            common: common.into_iter().map(pin).collect::<Result<_>>()?,
            retry_pin: pin("retry")?,
            base,
            ring_size,
            capacity,
        })
    }

    /// Begins a session of a sending guest: the ring is emptied.
    pub fn open(&mut self, guest: usize) {
        let guest = &mut self.guests[guest];
        guest.opens = true;
        guest.session = guest.session.wrapping_add(1);
        guest.tail = 0;
        guest.head = 0;
        guest.complete = 0;
        guest.marks = false;
    }

    /// The next entry of a sending guest stands in memory.
    pub fn complete(&mut self, guest: usize) {
        let guest = &mut self.guests[guest];
        guest.tail += 1;
        guest.complete += 1;
    }

    /// A mark behind a sending guest's entries, with the next number. It is asked for when all entries have been reported.
    pub fn mark(&mut self, guest: usize) {
        let guest = &mut self.guests[guest];
        guest.marks = true;
        guest.mark_number = guest.mark_number.wrapping_add(1);
        guest.marked = false;
    }

    /// Forgets the mark.
    pub fn unmark(&mut self, guest: usize) {
        self.guests[guest].marks = false;
        self.guests[guest].unmarks = true;
    }

    /// A mark was asked for and is not acknowledged.
    pub fn is_marking(&self, guest: usize) -> bool {
        self.guests[guest].marks
    }

    /// First byte of a slot.
    pub fn slot_address(&self, guest: usize, slot: u64, block_bytes: u64) -> u64 {
        self.ring_base(guest) + slot * block_bytes
    }

    /// First byte of a slot's header.
    pub fn header_address(&self, guest: usize, slot: u64) -> u64 {
        self.ring_base(guest) + (7 << (self.ring_size - 3)) + 8 * slot
    }

    /// First byte of a ring.
    pub fn ring_base(&self, guest: usize) -> u64 {
        self.base + ((guest as u64) << self.ring_size)
    }
}

impl Agent for LinkEnd {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return;
        }
        let model = sample.model;
        let cycle = sample.cycle;
        let [release_valid, release_guest, release_slots, mark_number, session, generation, sent, repeated, dropped, answered] =
            self.common[..]
        else {
            return;
        };
        let mut seen = Vec::new();
        if release_valid.is_high(model) {
            let guest = release_guest.get(model) as usize;
            let slots = release_slots.get(model);
            self.guests[guest].head += slots;
            seen.push(Happening::Released(guest, slots));
        }
        for (g, (guest, pins)) in self.guests.iter_mut().zip(&self.pins).enumerate() {
            guest.synced = pins.synced.is_high(model);
            guest.marked = pins.marked.is_high(model) && !guest.marks && cycle > guest.mark_cycle;
            guest.busy = pins.busy.is_high(model);
            if pins.refused.is_high(model) {
                seen.push(Happening::Refused(g));
            }
            if pins.opened.is_high(model) {
                guest.session = session.get(model) as u16;
                guest.generation = generation.get(model) as u8;
                guest.tail = 0;
                guest.head = 0;
                seen.push(Happening::Opened(g, guest.session, guest.generation));
            }
            if pins.arrived.is_high(model) {
                seen.push(Happening::Arrived(g, guest.tail % self.capacity));
                guest.tail += 1;
            }
            if pins.arrived_mark.is_high(model) {
                seen.push(Happening::Marked(g, mark_number.get(model) as u16));
            }
            if pins.write_failed.is_high(model) {
                seen.push(Happening::WriteFailed(g));
            }
            let now = (guest.tail, guest.head);
            if guest.later.back().map_or(guest.shown, |one| (one.1, one.2)) != now {
                guest
                    .later
                    .push_back((cycle + self.ring_delay, now.0, now.1));
            }
        }
        if sent.is_high(model) {
            seen.push(Happening::Sent(repeated.is_high(model)));
        }
        if dropped.is_high(model) {
            seen.push(Happening::Dropped);
        }
        if answered.is_high(model) {
            seen.push(Happening::Answered);
        }
        self.happenings
            .extend(seen.into_iter().map(|one| (cycle, one)));
    }

    fn drive(&mut self, drive: &mut Drive) {
        let cycle = drive.cycle;
        self.retry_pin.set(drive.model, self.retry);
        for g in 0..self.guests.len() {
            let base = self.ring_base(g) >> 12;
            let guest = &mut self.guests[g];
            while guest.later.front().is_some_and(|one| one.0 <= cycle) {
                if let Some((_, tail, head)) = guest.later.pop_front() {
                    guest.shown = (tail, head);
                }
            }
            let quiet = drive.reset;
            let open = std::mem::take(&mut guest.opens) && !quiet;
            let unmark = std::mem::take(&mut guest.unmarks) && !quiet;
            let done = guest.complete > 0 && !quiet && !open;
            let mark = guest.marks && guest.complete == 0 && !quiet && !open;
            guest.complete -= u64::from(done);
            guest.marks &= !mark;
            if mark {
                guest.mark_shown = guest.mark_number;
                guest.mark_cycle = cycle;
            }
            let values = [
                u64::from(guest.role == Role::Sending),
                u64::from(guest.role == Role::Standby),
                base,
                u64::from(self.ring_size),
                self.capacity,
                u64::from(guest.generation),
                u64::from(guest.session),
                u64::from(open),
                u64::from(done),
                u64::from(mark),
                u64::from(guest.mark_shown),
                u64::from(unmark),
                guest.shown.0 % self.capacity,
            ];
            for (pin, value) in self.pins[g].inputs.iter().zip(values) {
                pin.set(drive.model, value);
            }
            let free = self.capacity - (guest.shown.0 - guest.shown.1);
            self.ring_free[g].set(drive.model, free);
        }
    }
}
