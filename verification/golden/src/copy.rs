//! Copies: saves to the ring, scan jobs, fills and restores, with the errors that memory may answer.

use crate::golden::Golden;
use crate::guest::Guest;
use mch_spec::registers::{ErrorCode, Flag};
use std::ops::Range;

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// AR and R.
    Read,
    /// AW, W and B.
    Write,
}

/// Addresses that memory answers with an error; an erring write stores nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte addresses: an access that touches any of them errs.
    pub range: Range<u64>,
    /// Which accesses.
    pub direction: Direction,
    /// Accesses that still err; none for ever.
    pub count: Option<u32>,
}

/// How a copy of a block ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub read_error: bool,
    pub write_error: bool,
}

impl Copied {
    pub(crate) fn failed(self) -> bool {
        self.read_error || self.write_error
    }
}

impl Golden {
    /// Whether an access errs; counts it.
    pub(crate) fn errs(&mut self, direction: Direction, range: Range<u64>) -> bool {
        for fault in &mut self.faults {
            let touches = range.start < fault.range.end && fault.range.start < range.end;
            if fault.direction != direction || !touches || fault.count == Some(0) {
                continue;
            }
            if let Some(count) = &mut fault.count {
                *count -= 1;
            }
            return true;
        }
        false
    }

    /// Moves a block in chunks, as the engine does. After a chunk that could not be read nothing more is written.
    fn move_block(&mut self, source: u64, destination: u64) -> Copied {
        let whole = 0..u64::from(self.config.block_bytes());
        self.move_part(source, destination, whole)
    }

    /// Moves a part of a block, in bytes.
    pub(crate) fn move_part(&mut self, source: u64, destination: u64, part: Range<u64>) -> Copied {
        let chunk = u64::from(self.config.chunk_beats() * self.config.data_bytes());
        let mut copied = Copied::default();
        for start in (0..u64::from(self.config.block_bytes())).step_by(chunk as usize) {
            let (first, end) = (start.max(part.start), (start + chunk).min(part.end));
            if first >= end {
                continue;
            }
            let (from, to, length) = (source + first, destination + first, end - first);
            copied.read_error |= self.errs(Direction::Read, from..from + length);
            if copied.read_error {
                continue;
            }
            if self.errs(Direction::Write, to..to + length) {
                copied.write_error = true;
            } else {
                let bytes = self.memory.read(from, length as usize);
                self.memory.write(to, &bytes);
            }
        }
        copied
    }

    pub(crate) fn count_copy(&mut self, guest: usize, block: u32, copied: Copied) {
        if copied.failed() {
            self.copy_errors = self.copy_errors.wrapping_add(1);
            self.guests[guest].error_block = block;
        } else {
            self.copies = self.copies.wrapping_add(1);
        }
    }

    /// Saves a block's old contents in the guest's next slot; true if the write may go on.
    pub(crate) fn save(&mut self, guest: usize, block: u32) -> bool {
        let slot = self.guests[guest].ring_used;
        self.guests[guest].ring_used += 1;
        let (data, header) = self.slot_addresses(guest, slot);
        let mut copied = self.move_block(self.block_address(block), data);
        let value = self.header(guest, block, copied.read_error);
        if self.errs(Direction::Write, header..header + 8) {
            copied.write_error = true;
        } else {
            self.memory.write(header, &value.to_le_bytes());
        }
        self.count_copy(guest, block, copied);
        if copied.write_error {
            self.lose(guest);
        }
        if !copied.failed() {
            self.guests[guest].entries = self.guests[guest].entries.wrapping_add(1);
        }
        !copied.failed()
    }

    /// Copies a pending block to the shadow before it is written; true if the write may go on.
    pub(crate) fn push(&mut self, guest: usize, block: u32) -> bool {
        let (memory, shadow) = (self.block_address(block), self.shadow_address(block));
        if !self.job_copy(guest, block, memory, shadow) {
            return false;
        }
        let pending = self.store.block(self.guests[guest].owner(), block).1;
        self.guests[guest].pending -= u32::from(pending);
        let bit = 1 << (block % 32);
        self.store
            .update(self.guests[guest].owner(), block / 32, |_, y| *y &= !bit);
        true
    }

    /// The header of a slot: block [25:0], void [36], guest [43:40], interval [63:48].
    pub(crate) fn header(&self, guest: usize, block: u32, void: bool) -> u64 {
        let interval = u64::from(self.guests[guest].epochs.interval());
        u64::from(block) | u64::from(void) << 36 | (guest as u64) << 40 | interval << 48
    }

    /// The guest's log is incomplete: there is no way back until the next checkpoint.
    pub(crate) fn lose(&mut self, guest: usize) {
        self.guests[guest].set(Flag::Lost, true);
        self.guests[guest].settle_backup();
    }

    fn job_copy(&mut self, guest: usize, block: u32, source: u64, destination: u64) -> bool {
        let copied = self.move_block(source, destination);
        self.note_job_copy(guest, block, copied)
    }

    /// Counts a copy of a job; false if it failed.
    pub(crate) fn note_job_copy(&mut self, guest: usize, block: u32, copied: Copied) -> bool {
        self.count_copy(guest, block, copied);
        if copied.failed() {
            self.guests[guest].job_error = ErrorCode::Copy.code();
        } else {
            self.guests[guest].copies = self.guests[guest].copies.wrapping_add(1);
        }
        !copied.failed()
    }

    /// Copies a block of an S5 guest from one of its places to the other, for a write of a part of it; true if the write may go on.
    pub(crate) fn merge(
        &mut self,
        guest: usize,
        block: u32,
        source: u64,
        destination: u64,
    ) -> bool {
        let copied = self.move_block(source, destination);
        self.count_copy(guest, block, copied);
        if !copied.failed() {
            self.guests[guest].copies = self.guests[guest].copies.wrapping_add(1);
        }
        !copied.failed()
    }

    /// SCAN: copies every block whose bit is set, from the highest region down. An error does not stop the others.
    pub(crate) fn scan(&mut self, guest: usize, plane_y: bool, to_memory: bool, clear: bool) {
        self.guests[guest].job_error = 0;
        for range in self.ranges(guest).into_iter().rev() {
            for block in self.store.scan(self.guests[guest].owner(), range, plane_y) {
                let (memory, shadow) = (self.block_address(block), self.shadow_address(block));
                let (source, destination) = if to_memory {
                    (shadow, memory)
                } else {
                    (memory, shadow)
                };
                let copied = self.job_copy(guest, block, source, destination);
                if copied && clear {
                    let bit = 1 << (block % 32);
                    self.store
                        .update(self.guests[guest].owner(), block / 32, |x, y| {
                            *(if plane_y { y } else { x }) &= !bit;
                        });
                    self.guests[guest].pending -= u32::from(plane_y);
                }
            }
        }
    }

    /// SCAN to the ring: an entry for every block whose bit is set.
    pub(crate) fn scan_to_ring(&mut self, guest: usize) {
        self.guests[guest].job_error = 0;
        let last = u64::from(self.config.block_bytes()) - 1;
        for range in self.ranges(guest).into_iter().rev() {
            for block in self.store.scan(self.guests[guest].owner(), range, false) {
                if Guest::needs_ring(self.guests[guest].row()) {
                    self.capture(guest, block, 0, last);
                }
            }
        }
    }

    /// FILL: writes every word of the guest's regions.
    pub(crate) fn fill(&mut self, guest: usize, x_ones: bool, y_ones: bool) {
        self.guests[guest].job_error = 0;
        self.guests[guest].dirty = 0;
        self.guests[guest].pending = 0;
        let pattern = |ones: bool| if ones { u32::MAX } else { 0 };
        for range in self.ranges(guest) {
            for word in range.start / 32..range.end / 32 {
                self.store.update(self.guests[guest].owner(), word, |x, y| {
                    (*x, *y) = (pattern(x_ones), pattern(y_ones));
                });
            }
            if x_ones {
                self.guests[guest].dirty += range.end - range.start;
            }
        }
    }

    /// RING RESTORE: copies the slots back, newest first. A slot whose header is foreign or cannot be read is left out.
    pub(crate) fn restore(&mut self, guest: usize) {
        self.guests[guest].job_error = 0;
        for slot in (0..self.guests[guest].ring_used).rev() {
            let (data, header) = self.slot_addresses(guest, slot);
            if self.errs(Direction::Read, header..header + 8) {
                self.guests[guest].job_error = ErrorCode::Copy.code();
                continue;
            }
            let value = self.header_value(header);
            let block = (value & 0x3ff_ffff) as u32;
            let interval = u64::from(self.guests[guest].epochs.interval());
            let is_own = value >> 40 & 0xf == guest as u64 && value >> 48 == interval;
            if !is_own || block >= self.config.blocks() {
                self.guests[guest].job_error = ErrorCode::LogCorrupt.code();
            } else if value >> 36 & 1 == 0 {
                self.job_copy(guest, block, data, self.block_address(block));
            }
        }
    }

    pub(crate) fn header_value(&self, address: u64) -> u64 {
        let bytes = self.memory.read(address, 8);
        bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}
