//! Strategy S2: what goes over the link, without the frames' ways and delays: what is sent first and when, and what the peer takes.

use crate::capture::part_of;
use crate::copy::Direction;
use crate::golden::Golden;
use crate::guest::Guest;
use mch_spec::registers::{ErrorCode, Flag};
use std::ops::Range;

/// What is sent to the backup, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A session begins.
    Open,
    /// An entry.
    Entry {
        /// Its header word.
        header: u64,
        /// The bytes of its part.
        bytes: Vec<u8>,
        /// Where header and bytes stand in the sender's ring.
        slot: [Range<u64>; 2],
    },
    /// A mark behind all entries before it.
    Mark,
}

/// What the link moves of an entry: whole words of 64 bits. Of a bus of 32 bits the other half of one goes along.
pub(crate) fn words_of(header: u64, unit: u64) -> Range<u64> {
    let part = part_of(header, unit);
    part.start & !7..part.end.next_multiple_of(8)
}

/// What becomes of the message that a guest sent first of those unacknowledged.
enum Fate {
    Taken,
    Refused,
    /// It is dropped, or cannot be read: it is sent again, in vain as long as nothing else changes.
    Dropped,
}

impl Guest {
    /// Sends what may be sent: a session at once; what follows when it is acknowledged, entries while the peer has told of free slots,
    /// and none behind a mark that is not acknowledged. How many frames.
    fn transmit(&mut self) -> u32 {
        let mut frames = 0;
        while self.sends() {
            let backup = &mut self.backup;
            let on_the_way = backup.outbox.iter().take(backup.sent);
            let is_entry = |message: &&Message| matches!(message, Message::Entry { .. });
            let entries = on_the_way.clone().filter(is_entry).count();
            let may = match backup.outbox.get(backup.sent) {
                None => false,
                Some(Message::Open) => true,
                Some(Message::Mark) => backup.synced,
                Some(Message::Entry { .. }) => {
                    let marked = on_the_way.clone().any(|one| *one == Message::Mark);
                    backup.synced && !marked && (entries as u32) < backup.credits
                }
            };
            if !may {
                break;
            }
            backup.sent += 1;
            frames += 1;
        }
        frames
    }
}

impl Golden {
    /// Both computers tell each other what they have to, until neither has more.
    pub fn exchange(&mut self, peer: &mut Golden) {
        loop {
            let mut progress = false;
            while self.exchange_one(peer) || peer.exchange_one(self) {
                progress = true;
            }
            if !progress {
                return;
            }
        }
    }

    /// Sends what may be sent, whether or not anything arrives.
    pub fn transmit(&mut self) {
        for guest in &mut self.guests {
            self.link_frames = self.link_frames.wrapping_add(guest.transmit());
        }
    }

    /// The peer takes, or refuses, one message, if there is any that it may. Whether there was.
    pub fn exchange_one(&mut self, peer: &mut Golden) -> bool {
        for guest in 0..self.guests.len().min(peer.guests.len()) {
            self.transmit();
            if self.guests[guest].backup.sent == 0 {
                continue;
            }
            match self.fate(peer, guest) {
                Fate::Dropped => continue,
                Fate::Refused => {
                    self.guests[guest].job_error = ErrorCode::LinkRefused.code();
                    self.lose(guest);
                    self.guests[guest].backup.end_session();
                }
                Fate::Taken => {
                    let backup = &mut self.guests[guest].backup;
                    backup.sent -= 1;
                    if let Some(message) = backup.outbox.pop_front() {
                        peer.take(guest, &message, self);
                        self.acknowledged(guest, &message);
                    }
                }
            }
            peer.settle();
            self.settle();
            self.learn_credits(peer);
            self.transmit();
            return true;
        }
        // Slots that have become free at the peer are told, too.
        self.learn_credits(peer);
        let before = self.link_frames;
        self.transmit();
        self.link_frames != before
    }

    fn fate(&mut self, peer: &Golden, guest: usize) -> Fate {
        let (here, there) = (&self.guests[guest].backup, &peer.guests[guest]);
        // The nearer way round counts.
        let generation = here.generation.wrapping_sub(there.backup.generation) as i8;
        let session = here.session.wrapping_sub(there.backup.session) as i16;
        if (there.sends() || there.stands_by()) && generation < 0 {
            return Fate::Refused;
        }
        if !there.stands_by() {
            return Fate::Dropped;
        }
        let follows = there.backup.joined && generation == 0 && session == 0;
        let taken = match here.outbox.front().cloned() {
            None => false,
            Some(Message::Open) => !there.backup.joined || generation > 0 || session >= 0,
            Some(Message::Mark) => follows,
            Some(Message::Entry { slot, .. }) => {
                follows
                    && u64::from(there.ring_used) < peer.ring_capacity(guest)
                    && !slot
                        .into_iter()
                        .any(|part| self.errs(Direction::Read, part))
            }
        };
        if taken {
            Fate::Taken
        } else {
            Fate::Dropped
        }
    }

    /// What the last acknowledgement tells: free slots behind all that has arrived.
    fn learn_credits(&mut self, peer: &Golden) {
        for (guest, state) in self.guests.iter_mut().enumerate() {
            let there = &peer.guests[guest];
            let same = (there.backup.session, there.backup.generation)
                == (state.backup.session, state.backup.generation);
            if state.sends() && state.backup.synced && there.backup.joined && same {
                state.backup.credits = peer.ring_capacity(guest) as u32 - there.ring_used;
            }
        }
    }

    fn take(&mut self, guest: usize, message: &Message, sender: &Golden) {
        let capacity = (self.ring_capacity(guest) as u32).max(1);
        let (data, header) = self.slot_addresses(guest, self.guests[guest].ring_tail);
        let sender = &sender.guests[guest].backup;
        let state = &mut self.guests[guest];
        match message {
            Message::Open => {
                state.backup.session = sender.session;
                state.backup.generation = sender.generation;
                state.backup.mark = 0;
                state.backup.joined = true;
                state.set(Flag::Valid, false);
                state.empty_ring();
            }
            Message::Entry {
                header: value,
                bytes,
                ..
            } => {
                state.backup.blocked = false;
                state.backup.transferred = state.backup.transferred.wrapping_add(1);
                state.ring_tail = (state.ring_tail + 1) % capacity;
                state.ring_used += 1;
                let part = words_of(*value, 1 << self.config.range_shift());
                self.memory.write(data + part.start, bytes);
                self.memory.write(header, &value.to_le_bytes());
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
            Message::Entry { .. } => {
                state.backup.transferred = state.backup.transferred.wrapping_add(1);
                state.ring_head = head;
                state.ring_used -= 1;
                state.ring_held = false;
            }
            Message::Mark => state.backup.marked = true,
        }
    }
}
