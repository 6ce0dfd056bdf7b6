//! Strategy S2: what a guest and its peer in another computer tell each other, without the frames' ways and delays.

use crate::capture::part_of;
use crate::golden::Golden;
use crate::guest::Guest;
use mch_spec::firmware::{
    LINK_CLOSE, LINK_MARK, LINK_OPEN, LINK_STAND_BY, LINK_TAKE_OVER, LINK_UNMARK,
};
use mch_spec::registers::{ErrorCode, Flag, Operation, Status};
use mch_spec::Strategy;

/// What is sent to the backup, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A session begins.
    Open,
    /// An entry: its header and the bytes of its part.
    Entry(u64, Vec<u8>),
    /// A mark behind all entries before it.
    Mark,
}

/// What a guest keeps for its peer.
#[derive(Clone, Debug, Default)]
pub struct Backup {
    /// Number of the session.
    pub session: u16,
    /// Takeovers so far.
    pub generation: u8,
    /// Number of the last mark.
    pub mark: u16,
    /// Entries acknowledged, or arrived.
    pub transferred: u32,
    /// Entries of the interval.
    pub interval_entries: u32,
    /// What is written is captured and sent.
    pub in_session: bool,
    /// The session is acknowledged.
    pub synced: bool,
    /// The mark is.
    pub marked: bool,
    /// Nothing is taken any more: a takeover is under way.
    pub frozen: bool,
    /// Memory began as the checkpoint of a takeover.
    pub taken_over: bool,
    /// The scan makes entries.
    pub blocked: bool,
    /// What the peer has not taken yet.
    pub(crate) outbox: Vec<Message>,
}

impl Guest {
    /// Whether the guest takes what arrives.
    pub fn stands_by(&self) -> bool {
        self.is(Flag::Attached) && self.is(Flag::Standby) && !self.backup.frozen
    }

    /// Whether its writes are not captured: S2 without a session, or a standby.
    pub(crate) fn is_silent(&self) -> bool {
        self.strategy == Strategy::S2 && (!self.backup.in_session || self.is(Flag::Standby))
    }

    /// Whether something has arrived that may be applied.
    pub(crate) fn apply_due(&self) -> bool {
        let waits = self.ring_committed != 0 || (!self.is(Flag::Valid) && self.ring_used != 0);
        self.stands_by() && !self.backup.blocked && waits
    }

    /// What follows from flags that have changed.
    pub(crate) fn settle_backup(&mut self) {
        let (attached, standby) = (self.is(Flag::Attached), self.is(Flag::Standby));
        if !attached || standby || self.is(Flag::Lost) {
            self.backup.in_session = false;
        }
        if !attached {
            self.backup.taken_over = false;
            self.backup.outbox.clear();
        }
        if !standby {
            self.backup.frozen = false;
        }
    }
}

impl Golden {
    /// LINK.
    pub(crate) fn link(&mut self, guest: usize, operand: u8) {
        let state = &mut self.guests[guest];
        match operand {
            LINK_OPEN => {
                state.backup.session = state.backup.session.wrapping_add(1);
                state.backup.mark = 0;
                state.backup.interval_entries = 0;
                state.backup.in_session = true;
                (state.backup.synced, state.backup.marked) = (false, false);
                state.backup.outbox = vec![Message::Open];
                state.job_error = ErrorCode::Lost.code();
                state.empty_ring();
            }
            LINK_MARK => {
                state.backup.mark = state.backup.mark.wrapping_add(1);
                state.backup.marked = false;
                state.backup.outbox.push(Message::Mark);
            }
            LINK_UNMARK => {
                state.backup.marked = false;
                state
                    .backup
                    .outbox
                    .retain(|message| *message != Message::Mark);
            }
            LINK_TAKE_OVER => state.backup.frozen = true,
            LINK_STAND_BY => state.backup.frozen = false,
            LINK_CLOSE => state.backup.in_session = false,
            _ => {}
        }
    }

    /// An entry has been made in this slot: it is sent.
    pub(crate) fn send_entry(&mut self, guest: usize, slot: u32) {
        let (data, header) = self.slot_addresses(guest, slot);
        let header = self.header_value(header);
        let part = part_of(header, 1 << self.config.range_shift());
        let bytes = self
            .memory
            .read(data + part.start, (part.end - part.start) as usize);
        let backup = &mut self.guests[guest].backup;
        backup.interval_entries += 1;
        backup.outbox.push(Message::Entry(header, bytes));
    }

    /// Both computers tell each other what they have to, until neither has more. Returns the frames with sessions, entries
    /// and marks that each has sent and the other acknowledged.
    pub fn exchange(&mut self, peer: &mut Golden) -> (u32, u32) {
        let mut frames = (0, 0);
        loop {
            let (there, back) = (self.deliver(peer), peer.deliver(self));
            frames = (frames.0 + there, frames.1 + back);
            if there + back == 0 {
                return frames;
            }
        }
    }

    fn deliver(&mut self, peer: &mut Golden) -> u32 {
        let mut frames = 0;
        for guest in 0..self.guests.len().min(peer.guests.len()) {
            let sends =
                self.guests[guest].is(Flag::Attached) && !self.guests[guest].is(Flag::Standby);
            let messages = std::mem::take(&mut self.guests[guest].backup.outbox);
            for message in messages.into_iter().filter(|_| sends) {
                if peer.guests[guest].backup.generation > self.guests[guest].backup.generation {
                    self.guests[guest].job_error = ErrorCode::LinkRefused.code();
                    self.lose(guest);
                    break;
                }
                if !peer.guests[guest].stands_by() {
                    self.guests[guest].backup.outbox.push(message);
                    continue;
                }
                frames += 1;
                peer.take(guest, &message, &self.guests[guest].backup);
                self.acknowledged(guest, &message);
            }
        }
        peer.settle();
        self.settle();
        frames
    }

    fn take(&mut self, guest: usize, message: &Message, sender: &Backup) {
        let capacity = (self.ring_capacity(guest) as u32).max(1);
        let (data, header) = self.slot_addresses(guest, self.guests[guest].ring_tail);
        let state = &mut self.guests[guest];
        match message {
            Message::Open => {
                state.backup.session = sender.session;
                state.backup.generation = sender.generation;
                state.backup.mark = 0;
                state.set(Flag::Valid, false);
                state.empty_ring();
            }
            Message::Entry(value, bytes) => {
                state.backup.blocked = false;
                state.backup.transferred = state.backup.transferred.wrapping_add(1);
                state.ring_tail = (state.ring_tail + 1) % capacity;
                state.ring_used += 1;
                let part = part_of(*value, 1 << self.config.range_shift());
                self.memory.write(data + part.start, bytes);
                self.memory.write(header, &value.to_le_bytes());
                // What may be applied is, before the ring is full.
                if self.guests[guest].ring_used == capacity {
                    self.settle();
                }
            }
            Message::Mark => {
                state.backup.blocked = false;
                state.backup.mark = sender.mark;
                state.ring_committed = state.ring_used;
                state.set(Flag::Valid, true);
            }
        }
    }

    fn acknowledged(&mut self, guest: usize, message: &Message) {
        let head = self.entry_slot(guest, 1);
        let state = &mut self.guests[guest];
        match message {
            Message::Open => state.backup.synced = true,
            Message::Entry(..) => {
                state.backup.transferred = state.backup.transferred.wrapping_add(1);
                state.ring_head = head;
                state.ring_used -= 1;
                state.ring_held = false;
            }
            Message::Mark => state.backup.marked = true,
        }
    }

    /// Whether the end of a routine is no completion: what a standby does of its own accord.
    pub(crate) fn ends_silently(operation: u32, status: u32) -> bool {
        operation == Operation::Apply.code() && status == Status::Ok.code()
    }
}
