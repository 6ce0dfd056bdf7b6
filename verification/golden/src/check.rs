//! Addresses: classes, regions, rings, and the check that comes before a guest is attached.

use crate::golden::{Class, Golden, Region};
use crate::guest::Guest;
use mch_spec::registers::{ErrorCode, Flag};
use std::ops::Range;

const PAGE_SHIFT: u32 = 12;

fn overlap(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start < b.end && b.start < a.end
}

impl Golden {
    pub(crate) fn mem_base(&self) -> u64 {
        u64::from(self.mem_page) << PAGE_SHIFT
    }

    fn shadow_base(&self) -> u64 {
        u64::from(self.shadow_page) << PAGE_SHIFT
    }

    fn window(&self, base: u64) -> Range<u64> {
        base..base + self.config.memory_size.0
    }

    /// Byte address of a block of system memory.
    pub(crate) fn block_address(&self, block: u32) -> u64 {
        self.mem_base() | u64::from(block) << self.config.block_shift()
    }

    /// Byte address of its copy.
    pub(crate) fn shadow_address(&self, block: u32) -> u64 {
        self.shadow_base() | u64::from(block) << self.config.block_shift()
    }

    /// The block that an address of system memory lies in.
    pub(crate) fn block_of(&self, address: u64) -> u32 {
        ((address & (self.config.memory_size.0 - 1)) >> self.config.block_shift()) as u32
    }

    fn region_range(&self, region: &Region) -> Range<u64> {
        let base = u64::from(region.page) << PAGE_SHIFT;
        base..base + (u64::from(region.blocks) << self.config.block_shift())
    }

    /// Blocks of each region of a guest, in order of region.
    pub(crate) fn ranges(&self, guest: usize) -> Vec<Range<u32>> {
        let mine = self
            .regions
            .iter()
            .filter(|region| region.blocks != 0 && region.guest as usize == guest);
        mine.map(|region| {
            let first = self.block_of(u64::from(region.page) << PAGE_SHIFT);
            first..first + region.blocks
        })
        .collect()
    }

    fn ring_range(&self, guest: &Guest) -> Option<Range<u64>> {
        let base = u64::from(guest.ring_page) << PAGE_SHIFT;
        (guest.ring_size != 0).then(|| base..base + (1 << guest.ring_size))
    }

    /// Slots of a guest's ring.
    pub(crate) fn ring_capacity(&self, guest: usize) -> u64 {
        match self.guests[guest].ring_size {
            0 => 0,
            size => self.config.ring_slots(size),
        }
    }

    /// Byte addresses of a slot's data and header.
    pub(crate) fn slot_addresses(&self, guest: usize, slot: u32) -> (u64, u64) {
        let guest = &self.guests[guest];
        let base = u64::from(guest.ring_page) << PAGE_SHIFT;
        let headers = base + (7 << guest.ring_size >> 3);
        (
            base + (u64::from(slot) << self.config.block_shift()),
            headers + 8 * u64::from(slot),
        )
    }

    /// The guest whose region a word of the block store lies in.
    pub(crate) fn word_owner(&self, word: u32) -> Option<usize> {
        (0..self.guests.len()).find(|guest| {
            self.guests[*guest].is(Flag::Attached)
                && self
                    .ranges(*guest)
                    .iter()
                    .any(|range| range.contains(&(word * 32)))
        })
    }

    /// What an address is.
    pub(crate) fn classify(&self, address: u64) -> Class {
        if !self.enabled {
            return Class::Pass;
        }
        let attached = |guest: &&Guest| guest.is(Flag::Attached);
        let mut rings = self
            .guests
            .iter()
            .filter(attached)
            .filter_map(|guest| self.ring_range(guest));
        let in_shadow =
            self.config.uses_shadow() && self.window(self.shadow_base()).contains(&address);
        if in_shadow || rings.any(|ring| ring.contains(&address)) {
            return Class::Refuse;
        }
        if !self.window(self.mem_base()).contains(&address) {
            return Class::Outside;
        }
        let owner = self.regions.iter().find(|region| {
            region.blocks != 0
                && self.guests[region.guest as usize].is(Flag::Attached)
                && self.region_range(region).contains(&address)
        });
        owner.map_or(Class::Pass, |region| Class::Guest(region.guest as usize))
    }

    /// CHECK: what is wrong with a guest's regions and ring, if anything is. Regions first, then rings, in order; each by itself, then beside all
    /// others of this guest and of attached ones.
    pub(crate) fn check(&self, guest: usize) -> Result<(), ErrorCode> {
        let regions = self.regions.iter().map(|region| {
            (
                region.guest as usize,
                (region.blocks != 0).then(|| self.region_range(region)),
                false,
            )
        });
        let rings = self
            .guests
            .iter()
            .enumerate()
            .map(|(owner, state)| (owner, self.ring_range(state), true));
        let objects: Vec<(usize, Option<Range<u64>>, bool)> = regions.chain(rings).collect();
        for (index, (owner, range, is_ring)) in objects.iter().enumerate() {
            let Some(range) = range.as_ref().filter(|_| *owner == guest) else {
                continue;
            };
            if *is_ring {
                self.check_ring(range)?;
            } else {
                self.check_region(range)?;
            }
            for (other, (owner, other_range, _)) in objects.iter().enumerate() {
                let counts = *owner == guest || self.guests[*owner].is(Flag::Attached);
                let collides = other_range
                    .as_ref()
                    .is_some_and(|other_range| overlap(range, other_range));
                if other != index && counts && collides {
                    return Err(ErrorCode::Overlap);
                }
            }
        }
        if self.ranges(guest).is_empty() {
            return Err(ErrorCode::NoRegion);
        }
        if Guest::needs_ring(self.guests[guest].policy) && self.guests[guest].ring_size == 0 {
            return Err(ErrorCode::NoRing);
        }
        Ok(())
    }

    fn check_region(&self, range: &Range<u64>) -> Result<(), ErrorCode> {
        let granule = u64::from(self.config.granule_bytes());
        if !range.start.is_multiple_of(granule) || !range.end.is_multiple_of(granule) {
            return Err(ErrorCode::Alignment);
        }
        let memory = self.window(self.mem_base());
        if range.start < memory.start || range.end > memory.end {
            return Err(ErrorCode::Outside);
        }
        Ok(())
    }

    fn check_ring(&self, range: &Range<u64>) -> Result<(), ErrorCode> {
        if !range.start.is_multiple_of(range.end - range.start) {
            return Err(ErrorCode::Alignment);
        }
        let shadowed =
            self.config.uses_shadow() && overlap(range, &self.window(self.shadow_base()));
        if range.end > 1 << self.config.address_width || shadowed {
            return Err(ErrorCode::Outside);
        }
        Ok(())
    }
}
