//! Strategy S1: entries of what was written, the ring as a circle, and its two walks.

use crate::copy::Direction;
use crate::golden::Golden;
use mch_spec::registers::ErrorCode;
use mch_spec::Strategy;
use std::ops::Range;

/// What a walk of the ring copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// The committed entries, oldest first, to the shadow.
    Drain,
    /// S2: the committed entries that have arrived at a standby, to memory.
    Apply,
    /// What the others wrote, from the shadow back to memory.
    Rewind,
}

/// The part of a block that an entry's header names, in bytes: first unit [32:26], last unit [35:33] and [47:44].
pub(crate) fn part_of(header: u64, unit: u64) -> Range<u64> {
    let first = header >> 26 & 0x7f;
    let last = header >> 33 & 7 | (header >> 44 & 0xf) << 3;
    first * unit..(last + 1) * unit
}

impl Golden {
    fn unit(&self) -> u64 {
        1 << self.config.range_shift()
    }

    /// Enters what a piece wrote, its first and last byte in the block, in the guest's ring.
    pub(crate) fn capture(&mut self, guest: usize, block: u32, first: u64, last: u64) {
        let capacity = self.ring_capacity(guest) as u32;
        let state = &mut self.guests[guest];
        let slot = state.ring_tail;
        state.ring_tail = (slot + 1) % capacity;
        state.ring_used += 1;
        let unit = self.unit();
        let (first, last) = (first / unit, last / unit);
        let (data, header) = self.slot_addresses(guest, slot);
        let part = first * unit..(last + 1) * unit;
        let mut copied = self.move_part(self.block_address(block), data, part);
        let value = self.header(guest, block, copied.read_error)
            | first << 26
            | (last & 7) << 33
            | (last >> 3) << 44;
        if self.errs(Direction::Write, header..header + 8) {
            copied.write_error = true;
        } else {
            self.memory.write(header, &value.to_le_bytes());
        }
        self.count_copy(guest, block, copied);
        if copied.failed() {
            self.lose(guest);
        } else {
            if self.guests[guest].strategy == Strategy::S2 {
                self.send_entry(guest, slot);
            }
            self.guests[guest].entries = self.guests[guest].entries.wrapping_add(1);
        }
    }

    /// RING DRAIN and RING REWIND. An entry whose header is foreign or cannot be read is left out.
    pub(crate) fn walk(&mut self, guest: usize, walk: Walk) {
        let state = &mut self.guests[guest];
        state.job_error = 0;
        let entries = match walk {
            Walk::Drain | Walk::Apply => 0..state.ring_committed,
            Walk::Rewind => state.ring_committed..state.ring_used,
        };
        // What is committed was written in the interval before.
        let interval = match walk {
            Walk::Drain => state.epochs.interval().wrapping_sub(1),
            Walk::Rewind | Walk::Apply => state.epochs.interval(),
        };
        for entry in entries {
            let (data, header) = self.slot_addresses(guest, self.entry_slot(guest, entry));
            if self.errs(Direction::Read, header..header + 8) {
                self.guests[guest].job_error = ErrorCode::Copy.code();
                continue;
            }
            let value = self.header_value(header);
            let block = (value & 0x3ff_ffff) as u32;
            let is_own = value >> 40 & 0xf == guest as u64
                && (walk == Walk::Apply || value >> 48 == u64::from(interval));
            if !is_own || block >= self.config.blocks() {
                self.guests[guest].job_error = ErrorCode::LogCorrupt.code();
                continue;
            }
            if value >> 36 & 1 == 1 {
                continue;
            }
            let shadow = self.shadow_address(block);
            let (source, destination) = match walk {
                Walk::Drain => (data, shadow),
                Walk::Apply => (data, self.block_address(block)),
                Walk::Rewind => (shadow, self.block_address(block)),
            };
            let part = part_of(value, self.unit());
            let copied = self.move_part(source, destination, part);
            self.note_job_copy(guest, block, copied);
        }
    }

    /// What of an S1 guest's checkpoint is not in the shadow yet: address in system memory and bytes, oldest first.
    pub fn committed_parts(&self, guest: u32) -> Vec<(u64, Vec<u8>)> {
        let committed = self.guests[guest as usize].ring_committed as usize;
        let slots = self.ring(guest).into_iter().take(committed);
        let parts = slots.map(|slot| {
            let part = part_of(slot.header, self.unit());
            let address = self.block_address((slot.header & 0x3ff_ffff) as u32) + part.start;
            let bytes = &slot.data[part.start as usize..part.end as usize];
            (address, bytes.to_vec())
        });
        parts.collect()
    }

    /// The slot of an entry, counted from the oldest.
    pub(crate) fn entry_slot(&self, guest: usize, entry: u32) -> u32 {
        let capacity = (self.ring_capacity(guest) as u32).max(1);
        (self.guests[guest].ring_head + entry) % capacity
    }

    /// RING DRAINED: the committed entries are in the shadow.
    pub(crate) fn drained(&mut self, guest: usize) {
        let head = self.entry_slot(guest, self.guests[guest].ring_committed);
        let state = &mut self.guests[guest];
        state.ring_head = head;
        state.ring_used -= state.ring_committed;
        state.ring_committed = 0;
        state.ring_held = false;
    }
}
