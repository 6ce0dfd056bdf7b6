//! An entry of a ring: the header, and the part of a block that belongs to it.

use mch_spec::Config;
use rand::Rng;
use std::ops::Range;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its header word.
    pub header: u64,
    /// The bytes of its slot that belong to it.
    pub bytes: Range<usize>,
    /// What they are.
    pub data: Vec<u8>,
}

/// The bit of a header that says that the entry has no data.
const VOID: u64 = 1 << 36;

impl Entry {
    /// An entry of units `first..=last` of a block; `void` without data.
    pub fn new(
        config: &Config,
        guest: usize,
        (first, last): (u64, u64),
        void: bool,
        random: &mut impl Rng,
    ) -> Entry {
        let unit = 1_usize << config.range_shift();
        let bytes = if void {
            0..0
        } else {
            first as usize * unit..(last as usize + 1) * unit
        };
        let header = random.random_range(0..u64::from(config.blocks()))
            | first << 26
            | (last & 7) << 33
            | (last >> 3) << 44
            | (guest as u64) << 40
            | random.random_range(0..0x1_0000) << 48
            | if void { VOID } else { 0 };
        let data = bytes.clone().map(|_| random.random()).collect();
        Entry {
            header,
            bytes,
            data,
        }
    }

    /// A whole block.
    pub fn whole(config: &Config, guest: usize, random: &mut impl Rng) -> Entry {
        let last = u64::from(config.last_range_unit());
        Entry::new(config, guest, (0, last), false, random)
    }

    /// Any part of a block, now and then none.
    pub fn any(config: &Config, guest: usize, random: &mut impl Rng) -> Entry {
        let units = u64::from(config.last_range_unit()) + 1;
        let first = random.random_range(0..units);
        // Short ones are what the unit writes most.
        let longest = if random.random_bool(0.5) { 4 } else { units };
        let last = (first + random.random_range(0..longest)).min(units - 1);
        Entry::new(
            config,
            guest,
            (first, last),
            random.random_bool(0.05),
            random,
        )
    }

    /// Words of 64 bits that the link carries for it.
    pub fn words(&self) -> usize {
        if self.bytes.is_empty() {
            0
        } else {
            self.bytes.end.div_ceil(8) - self.bytes.start / 8
        }
    }
}
