//! The mechanism layer: the unit as software and memory see it.

use crate::access::{Beat, Burst, BurstKind, ReadOutcome, WriteOutcome};
use crate::capture::part_of;
use crate::copy::{Direction, Fault};
use crate::guest::Guest;
use crate::memory::Memory;
use crate::store::BlockStore;
use mch_spec::registers::{Flag, Interrupt};
use mch_spec::strategy::{action, MARK, PUSH, SAVE};
use mch_spec::{firmware, Config, Strategy};
use std::ops::Range;

/// LINK_RETRY after reset.
const LINK_RETRY_RESET: u32 = 4096;

/// A region as the registers hold it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region {
    pub page: u32,
    pub blocks: u32,
    pub guest: u32,
}

/// The guests of a command, for their common barrier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub members: u32,
    pub reached: u32,
    pub broken: bool,
}

/// A slot of a ring as it lies in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingSlot {
    /// The header word.
    pub header: u64,
    /// The block's old contents; with S1 what was written, in its place.
    pub data: Vec<u8>,
}

impl RingSlot {
    /// The block that the header names.
    pub fn block(&self) -> u32 {
        (self.header & 0x3ff_ffff) as u32
    }

    /// The part of its block that the header of an S1 entry names, in bytes, with units of so many bytes: first unit [32:26], last
    /// unit [35:33] and [47:44].
    pub fn part(&self, unit: u64) -> Range<u64> {
        part_of(self.header, unit)
    }
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Pass,
    Guest(usize),
    Refuse,
    Outside,
}

/// The golden model of the unit and of the memory behind it.
#[derive(Clone, Debug)]
pub struct Golden {
    pub(crate) config: Config,
    pub(crate) memory: Memory,
    pub(crate) store: BlockStore,
    pub(crate) guests: Vec<Guest>,
    pub(crate) regions: Vec<Region>,
    pub(crate) groups: Vec<Group>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) firmware: Vec<u32>,
    pub(crate) firmware_good: bool,
    pub(crate) firmware_address: u32,
    pub(crate) checksum: u32,
    pub(crate) enabled: bool,
    pub(crate) mem_page: u32,
    pub(crate) shadow_page: u32,
    pub(crate) error: u32,
    pub(crate) irq_status: u32,
    pub(crate) irq_enable: u32,
    pub(crate) completions: u32,
    pub(crate) dirty_select: u32,
    pub(crate) copies: u32,
    pub(crate) copy_errors: u32,
    pub(crate) epoch_waits: u32,
    pub(crate) link_retry: u32,
    pub(crate) link_frames: u32,
    levels: u32,
}

impl Golden {
    /// The unit after reset, ready, over this memory. The configuration must be valid.
    pub fn new(config: &Config, memory: Memory) -> Golden {
        let mut image = firmware::image(config);
        image.resize(firmware::MEMORY_WORDS, 0);
        Golden {
            memory,
            store: BlockStore::new(config),
            guests: (0..config.guests).map(|_| Guest::new(config)).collect(),
            regions: vec![Region::default(); config.regions as usize],
            groups: Vec::new(),
            faults: Vec::new(),
            firmware: image,
            firmware_good: true,
            firmware_address: 0,
            checksum: 0,
            enabled: false,
            mem_page: 0,
            shadow_page: 0,
            error: 0,
            irq_status: 0,
            irq_enable: 0,
            completions: 0,
            dirty_select: 0,
            copies: 0,
            copy_errors: 0,
            epoch_waits: 0,
            link_retry: LINK_RETRY_RESET,
            link_frames: 0,
            levels: 0,
            config: config.clone(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// All of memory: system memory, shadow, rings.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Memory by the back door.
    pub fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Bytes of memory as software reads them: those of S5 guests come from the places where their blocks lie.
    pub fn software_bytes(&self, address: u64, length: usize) -> Vec<u8> {
        let block = u64::from(self.config.block_bytes());
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let at = address + bytes.len() as u64;
            let part = (block - at % block).min((length - bytes.len()) as u64);
            let place = match self.classify(at) {
                Class::Guest(guest) => self.place_of(guest, at),
                _ => at,
            };
            bytes.extend(self.memory.read(place, part as usize));
        }
        bytes
    }

    /// A guest's state.
    pub fn guest(&self, guest: u32) -> &Guest {
        &self.guests[guest as usize]
    }

    /// From now on these addresses err.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// No address errs any more.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The `irq` port: a bit per guest, and the common bit above them.
    pub fn irq(&self) -> u32 {
        let guests = self.guests.iter().enumerate();
        let requests = guests.fold(0, |bits, (g, guest)| bits | u32::from(guest.requested) << g);
        requests | u32::from(self.irq_status & self.irq_enable != 0) << self.config.guests
    }

    /// Plane X of a word as its guest's epoch reads it; 0 where no region is.
    pub fn plane_x(&self, word: u32) -> u32 {
        self.word_owner(word).map_or(0, |guest| {
            self.store.view(self.guests[guest].owner(), word).0
        })
    }

    /// Plane Y of a word; 0 where no region is.
    pub fn plane_y(&self, word: u32) -> u32 {
        self.word_owner(word).map_or(0, |guest| {
            self.store.view(self.guests[guest].owner(), word).1
        })
    }

    /// Whether the summaries hide no set bit.
    pub fn summaries_are_conservative(&self) -> bool {
        (0..self.store.len()).all(|word| {
            let view = (self.plane_x(word), self.plane_y(word));
            self.store.summaries_are_conservative(word, view)
        })
    }

    /// The slots of a guest's ring that are in use, oldest first.
    pub fn ring(&self, guest: u32) -> Vec<RingSlot> {
        let entries = 0..self.guests[guest as usize].ring_used;
        let slots = entries.map(|entry| self.entry_slot(guest as usize, entry));
        slots.map(|slot| self.slot(guest, slot).1).collect()
    }

    /// A slot of a guest's ring, used or not, and the address of its data.
    pub fn slot(&self, guest: u32, slot: u32) -> (u64, RingSlot) {
        let (data, header) = self.slot_addresses(guest as usize, slot);
        let slot = RingSlot {
            header: self.header_value(header),
            data: self.memory.read(data, self.config.block_bytes() as usize),
        };
        (data, slot)
    }

    /// The guest's image at its last checkpoint, found by its strategy's own means: the blocks of each region in order. None without one.
    pub fn checkpoint_image(&self, guest: u32) -> Option<Vec<Vec<u8>>> {
        let state = &self.guests[guest as usize];
        if !state.is(Flag::Valid) || state.is(Flag::Lost) {
            return None;
        }
        let bytes = self.config.block_bytes() as usize;
        let mut memory = self.memory.clone();
        if state.strategy.uses_shadow() {
            for range in self.ranges(guest as usize) {
                for block in range {
                    let is_pending = self.store.block(state.owner(), block).1;
                    let kept = match state.strategy {
                        Strategy::S5 => self.checkpoint_place(guest as usize, block),
                        // The shadow is older, memory has the checkpoint.
                        Strategy::S4 if is_pending => continue,
                        _ => self.shadow_address(block),
                    };
                    let old = self.memory.read(kept, bytes);
                    memory.write(self.block_address(block), &old);
                }
            }
        }
        if state.strategy == Strategy::S1 {
            for (address, bytes) in self.committed_parts(guest) {
                memory.write(address, &bytes);
            }
        }
        for slot in self
            .ring(guest)
            .iter()
            .rev()
            .filter(|_| state.strategy != Strategy::S1)
            .filter(|slot| slot.header >> 36 & 1 == 0)
        {
            memory.write(
                self.block_address((slot.header & 0x3ff_ffff) as u32),
                &slot.data,
            );
        }
        let image = |range: Range<u32>| {
            memory.read(
                self.block_address(range.start),
                (range.end - range.start) as usize * bytes,
            )
        };
        Some(self.ranges(guest as usize).into_iter().map(image).collect())
    }

    /// The rendezvous of this guest, or the silence of its backup, has lasted as long as G_TIMEOUT allows.
    pub fn time_out(&mut self, guest: u32) {
        let guest = &mut self.guests[guest as usize];
        guest.timed_out = (guest.requested || guest.backup.syncing) && guest.timeout != 0;
        self.settle();
    }

    /// The guest's G_PERIOD is over.
    pub fn end_period(&mut self, guest: u32) {
        let guest = &mut self.guests[guest as usize];
        guest.period_over = guest.period != 0 && guest.is(Flag::Attached);
        self.settle();
    }

    /// A write burst on a port, once it is complete.
    pub fn write(&mut self, burst: &Burst, beats: &[Beat]) -> WriteOutcome {
        assert_eq!(
            beats.len(),
            burst.beats as usize,
            "one beat of data for each beat of the burst"
        );
        let class = self.class_of(burst);
        let outcome = match class {
            Class::Refuse => WriteOutcome::SlvErr,
            Class::Outside => WriteOutcome::DecErr,
            Class::Guest(guest) => match self.admit(guest, burst) {
                Some(outcome) => outcome,
                None => self.write_pieces(Some(guest), burst, beats),
            },
            Class::Pass => self.write_pieces(None, burst, beats),
        };
        self.settle();
        outcome
    }

    /// A read burst on a port.
    pub fn read(&mut self, burst: &Burst) -> ReadOutcome {
        match self.class_of(burst) {
            Class::Refuse => return ReadOutcome::SlvErr,
            Class::Outside => return ReadOutcome::DecErr,
            Class::Guest(guest) if self.guests[guest].is(Flag::HoldReads) => {
                return ReadOutcome::Held
            }
            _ => {}
        }
        let width = u64::from(self.config.data_bytes());
        let class = self.class_of(burst);
        let beats = burst.beat_addresses().into_iter().map(|address| {
            let place = match class {
                Class::Guest(guest) => self.place_of(guest, address),
                _ => address,
            };
            let lane0 = place & !(width - 1);
            let erred = self.errs(Direction::Read, place..place + 1);
            (self.memory.read(lane0, width as usize), erred)
        });
        ReadOutcome::Data(beats.collect())
    }

    fn class_of(&self, burst: &Burst) -> Class {
        if self.enabled && (burst.kind == BurstKind::Fixed || burst.is_illegal(&self.config)) {
            return Class::Refuse;
        }
        self.classify(burst.address)
    }

    /// What keeps a guest's burst from going on, if anything does.
    fn admit(&mut self, guest: usize, burst: &Burst) -> Option<WriteOutcome> {
        // S1 makes an entry for each piece, and a WRAP may have two in one block.
        let needed = if self.config.captures() {
            burst.pieces(&self.config).len() as u64
        } else {
            u64::from(burst.blocks_touched(&self.config))
        };
        let capacity = self.ring_capacity(guest);
        let state = &mut self.guests[guest];
        state.ring_held = false; // unless room in the ring is what it waits for
        if state.is(Flag::RejectWrites) {
            return Some(WriteOutcome::SlvErr);
        }
        if state.is(Flag::HoldWrites) {
            return Some(WriteOutcome::Held);
        }
        if Guest::needs_ring(state.row()) && u64::from(state.ring_used) + needed > capacity {
            if !state.lose {
                state.ring_held = true;
                return Some(WriteOutcome::Held);
            }
            self.lose(guest);
        }
        self.guests[guest].writes = self.guests[guest].writes.wrapping_add(1);
        None
    }

    fn write_pieces(
        &mut self,
        guest: Option<usize>,
        burst: &Burst,
        beats: &[Beat],
    ) -> WriteOutcome {
        let addresses = burst.beat_addresses();
        let pieces: Vec<Range<usize>> = match burst.kind {
            // Only before the unit is enabled.
            BurstKind::Fixed => std::iter::once(0..beats.len()).collect(),
            _ => burst.pieces(&self.config),
        };
        let mut worst = WriteOutcome::Okay;
        let captures = guest.filter(|guest| {
            let state = &self.guests[*guest];
            matches!(state.strategy, Strategy::S1 | Strategy::S2) && Guest::needs_ring(state.row())
        });
        let redirected = guest.filter(|g| self.guests[*g].strategy == Strategy::S5);
        let full = self.is_full(burst, beats);
        for piece in pieces.clone() {
            if let Some(guest) = redirected {
                let (addresses, beats) = (&addresses[piece.clone()], &beats[piece]);
                let outcome = self.write_redirected(guest, addresses, beats, 1 << burst.size, full);
                worst = worst.max(outcome);
                continue;
            }
            let block = self.block_of(addresses[piece.start]);
            let saved = guest.is_none_or(|guest| self.look_up(guest, block));
            let outcome = match saved {
                true => self.store_beats(&addresses[piece.clone()], &beats[piece], 1 << burst.size),
                false => WriteOutcome::SlvErr,
            };
            worst = worst.max(outcome);
        }
        // Whatever memory answered: a write that failed may have changed something.
        if let Some(guest) = captures {
            let bytes = 1 << burst.size;
            for piece in pieces {
                let first = addresses[piece.start];
                let last = (addresses[piece.end - 1] & !(bytes - 1)) + bytes - 1;
                let offset = |address| address % u64::from(self.config.block_bytes());
                let (first_byte, last_byte) = (offset(first), offset(last));
                self.capture(guest, self.block_of(first), first_byte, last_byte);
            }
        }
        worst
    }

    /// Does what the policy row says of a block; false if its old contents could not be saved or pushed.
    fn look_up(&mut self, guest: usize, block: u32) -> bool {
        let (touched, pending) = self.store.block(self.guests[guest].owner(), block);
        let action = action(self.guests[guest].row(), pending, touched);
        if action & SAVE != 0 && !self.save(guest, block) {
            return false;
        }
        if action & PUSH != 0 && !self.push(guest, block) {
            return false;
        }
        if action & MARK != 0 && self.store.mark(self.guests[guest].owner(), block) {
            self.guests[guest].dirty += 1;
        }
        true
    }

    pub(crate) fn store_beats(
        &mut self,
        addresses: &[u64],
        beats: &[Beat],
        size: u64,
    ) -> WriteOutcome {
        let (first, last) = (addresses[0], addresses[addresses.len() - 1]);
        if self.errs(Direction::Write, first..(last & !(size - 1)) + size) {
            return WriteOutcome::SlvErr;
        }
        let width = u64::from(self.config.data_bytes());
        for (address, beat) in addresses.iter().zip(beats) {
            let lane0 = address & !(width - 1);
            for (lane, byte) in beat
                .data
                .iter()
                .enumerate()
                .filter(|(lane, _)| beat.strobes >> lane & 1 == 1)
            {
                self.memory.write(lane0 + lane as u64, &[*byte]);
            }
        }
        WriteOutcome::Okay
    }

    /// Runs all routines until they wait for something from outside, and notes what interrupts.
    pub(crate) fn settle(&mut self) {
        // What a routine takes away at once, as a checkpoint does the entries that started it, has been there all the same.
        self.note_levels();
        self.run();
        self.note_levels();
    }

    fn note_levels(&mut self) {
        let any = |holds: fn(&Guest) -> bool| u32::from(self.guests.iter().any(holds));
        let levels = any(Guest::high_water) << Interrupt::HighWater.code()
            | any(|guest| guest.ring_held) << Interrupt::RingFull.code()
            | any(|guest| guest.is(Flag::Lost)) << Interrupt::Lost.code();
        self.irq_status |= levels & !self.levels;
        self.levels = levels;
    }
}
