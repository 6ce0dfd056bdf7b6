//! Strategy S2: what a guest and its peer in another computer tell each other, without the frames' ways and delays.

use crate::exchange::{words_of, Message};
use crate::golden::Golden;
use crate::guest::Guest;
use mch_spec::firmware::{
    LINK_CLOSE, LINK_MARK, LINK_OPEN, LINK_STAND_BY, LINK_TAKE_OVER, LINK_UNMARK,
};
use mch_spec::registers::{ErrorCode, Flag, Operation, Status};
use mch_spec::Strategy;
use std::collections::VecDeque;

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
    /// An APPLY has failed, and nothing has come since.
    pub blocked: bool,
    /// The backup is being synchronised: its silence for G_TIMEOUT cycles ends that.
    pub syncing: bool,
    /// Of a standby: its peer has begun a session since it stands by.
    pub joined: bool,
    /// What the peer has not acknowledged yet.
    pub(crate) outbox: VecDeque<Message>,
    /// How much of it has been sent.
    pub(crate) sent: usize,
    /// Free slots that the peer told last.
    pub(crate) credits: u32,
}

impl Backup {
    /// Whether something is sent, or to be sent, that the peer has not acknowledged.
    pub fn waits(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// The session is over: nothing of it is sent any more.
    pub(crate) fn end_session(&mut self) {
        self.synced = false;
        self.outbox.clear();
        self.sent = 0;
    }
}

impl Guest {
    /// Whether its entries go over the link.
    pub fn sends(&self) -> bool {
        self.strategy == Strategy::S2 && self.is(Flag::Attached) && !self.is(Flag::Standby)
    }

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
        }
        if !standby {
            self.backup.frozen = false;
        }
        if !self.sends() {
            self.backup.end_session();
        }
        if !self.stands_by() {
            self.backup.joined = false;
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
                state.backup.marked = false;
                state.backup.syncing = true;
                state.backup.end_session();
                state.backup.credits = 0;
                state.backup.outbox = VecDeque::from([Message::Open]);
                state.job_error = ErrorCode::Lost.code();
                state.empty_ring();
            }
            LINK_MARK => {
                state.backup.mark = state.backup.mark.wrapping_add(1);
                state.backup.marked = false;
                state.backup.outbox.push_back(Message::Mark);
            }
            LINK_UNMARK => {
                state.backup.marked = false;
                let mark = (state.backup.outbox.iter()).position(|one| *one == Message::Mark);
                if let Some(index) = mark {
                    state.backup.outbox.remove(index);
                    state.backup.sent -= usize::from(index < state.backup.sent);
                }
            }
            LINK_TAKE_OVER => {
                state.backup.frozen = true;
                state.backup.joined = false;
            }
            LINK_STAND_BY => state.backup.frozen = false,
            LINK_CLOSE => state.backup.in_session = false,
            _ => {}
        }
    }

    /// An entry has been made in this slot: it is sent.
    pub(crate) fn send_entry(&mut self, guest: usize, slot: u32) {
        let (data, address) = self.slot_addresses(guest, slot);
        let header = self.header_value(address);
        let part = words_of(header, 1 << self.config.range_shift());
        let place = data + part.start..data + part.end;
        let length = (place.end - place.start) as usize;
        let bytes = self.memory.read(place.start, length);
        let backup = &mut self.guests[guest].backup;
        backup.interval_entries += 1;
        backup.outbox.push_back(Message::Entry {
            header,
            bytes,
            slot: [address..address + 8, place],
        });
    }

    /// Whether the end of a routine is no completion: what a standby does of its own accord.
    pub(crate) fn ends_silently(operation: u32, status: u32) -> bool {
        operation == Operation::Apply.code() && status == Status::Ok.code()
    }
}
