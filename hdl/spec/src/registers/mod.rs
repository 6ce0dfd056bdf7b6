//! The registers: one table, from which decode, headers, drivers and pages all come.

pub mod codes;
mod table;

pub use codes::*;
pub use table::{field, offset, TABLE};

use crate::{Config, Strategy};

/// What `ID` reads: "MCH1".
pub const IDENTIFICATION: u32 = 0x4D43_4831;
/// Bytes of a page of registers.
pub const PAGE_BYTES: u32 = 0x1000;
/// Bytes from one region's registers to the next.
pub const REGION_STRIDE: u32 = 16;
/// Width of a byte address of the register space, in bits.
pub const ADDRESS_WIDTH: u32 = 17;
/// Width of the link's beats, in bits.
pub const LINK_WIDTH: u32 = 64;
/// The smallest ring: log2 of its bytes.
pub const RING_SIZE_MIN: u32 = 15;
/// The largest ring: log2 of its bytes.
pub const RING_SIZE_MAX: u32 = 36;
/// Operations up to this number may be commanded; those after the named ones are free for software's routines.
pub const OPERATION_MAX: u32 = 15;

/// Where a register stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Once, in page 0.
    Global,
    /// Once per region, in page 0, every 16 bytes from its offset.
    Region,
    /// Once per guest, in page guest + 1.
    Guest,
}

/// How software may use a register or a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Ro,
    /// Read and write.
    Rw,
    /// Write only; reads 0.
    Wo,
    /// Read; writing 1 to a bit clears it.
    W1c,
    /// Read; any write clears it.
    Wclear,
}

impl Access {
    /// Its usual short name.
    pub const fn label(self) -> &'static str {
        match self {
            Access::Ro => "ro",
            Access::Rw => "rw",
            Access::Wo => "wo",
            Access::W1c => "w1c",
            Access::Wclear => "wclr",
        }
    }
}

/// In which builds a register or a field is there; elsewhere its address is unknown and its bits are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Every build.
    Always,
    /// Builds with a strategy that keeps a ring.
    Ring,
    /// Builds with a strategy that keeps a shadow.
    Shadow,
    /// Builds whose strategy is settable.
    Settable,
    /// Builds with the second bit plane.
    PlaneY,
    /// Builds with a strategy that copies behind the guest's back.
    Pushes,
    /// Builds with the link to a backup computer.
    Link,
    /// Builds whose block store corrects errors.
    Correction,
    /// Builds in which a checkpoint can be lost: with a ring or with error correction.
    Loses,
    /// Builds with counters.
    Counters,
    /// Builds with counters and a strategy that keeps a ring.
    RingCounters,
}

impl Presence {
    /// The builds that have it, for a reader; empty for every build.
    pub const fn condition(self) -> &'static str {
        match self {
            Presence::Always => "",
            Presence::Ring => "builds with a ring (S1, S2, S6)",
            Presence::Shadow => "builds with a shadow (S1, S3, S4, S5)",
            Presence::Settable => "builds with a settable strategy",
            Presence::PlaneY => "builds with plane Y (S4, S5)",
            Presence::Pushes => "builds with S4",
            Presence::Link => "builds with the link (S2)",
            Presence::Correction => "builds with error correction",
            Presence::Loses => "builds with a ring (S1, S2, S6) or error correction",
            Presence::Counters => "builds with counters",
            Presence::RingCounters => "builds with counters and a ring (S1, S2, S6)",
        }
    }

    /// Whether a build of this configuration has it.
    pub fn holds(self, config: &Config) -> bool {
        match self {
            Presence::Always => true,
            Presence::Ring => config.uses_ring(),
            Presence::Shadow => config.uses_shadow(),
            Presence::Settable => config.settable,
            Presence::PlaneY => config.plane_y(),
            Presence::Pushes => config.has(Strategy::S4),
            Presence::Link => config.link,
            Presence::Correction => config.error_correction,
            Presence::Loses => config.uses_ring() || config.error_correction,
            Presence::Counters => config.counters,
            Presence::RingCounters => config.counters && config.uses_ring(),
        }
    }
}

/// A field's value after reset.
#[derive(Clone, Copy, Debug)]
pub enum Reset {
    /// The same in every build.
    Value(u32),
    /// It follows from the configuration.
    Derived(fn(&Config) -> u32),
}

/// The place of a field in its register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitRange {
    /// The lowest bit.
    pub low: u32,
    /// Bits.
    pub width: u32,
}

impl BitRange {
    /// The field's bits, all ones, in place.
    pub const fn mask(self) -> u32 {
        (((1u64 << self.width) - 1) << self.low) as u32
    }

    /// The field's largest value.
    pub const fn max(self) -> u32 {
        ((1u64 << self.width) - 1) as u32
    }

    /// The field's value in a register's value.
    pub const fn get(self, value: u32) -> u32 {
        (value & self.mask()) >> self.low
    }

    /// The field's value in place, other bits 0.
    pub const fn put(self, value: u32) -> u32 {
        (value << self.low) & self.mask()
    }
}

/// A field of a register.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, in capitals.
    pub name: &'static str,
    /// Its place.
    pub bits: BitRange,
    /// How software may use it.
    pub access: Access,
    /// Its value after reset.
    pub reset: Reset,
    /// The builds that have it.
    pub presence: Presence,
    /// What it holds.
    pub description: &'static str,
}

impl Field {
    /// Its value after reset in words: a number, or what decides it.
    pub fn reset_text(&self) -> String {
        match self.reset {
            Reset::Value(value) if value > 9 => format!("0x{value:x}"),
            Reset::Value(value) => value.to_string(),
            Reset::Derived(_) => "as built".into(),
        }
    }

    /// Its value after reset in this build, not shifted; 0 when the build lacks it.
    pub fn reset_value(&self, config: &Config) -> u32 {
        if !self.presence.holds(config) {
            return 0;
        }
        match self.reset {
            Reset::Value(value) => value,
            Reset::Derived(function) => function(config),
        }
    }
}

/// A register.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// Its name, in capitals.
    pub name: &'static str,
    /// Where it stands.
    pub page: Page,
    /// Byte offset in its page.
    pub offset: u32,
    /// How software may use it.
    pub access: Access,
    /// The builds that have it.
    pub presence: Presence,
    /// What it is.
    pub description: &'static str,
    /// Its fields, from bit 0 up.
    pub fields: &'static [Field],
}

impl Register {
    /// Its value after reset in this build.
    pub fn reset_value(&self, config: &Config) -> u32 {
        self.fields.iter().fold(0, |value, field| {
            value | field.bits.put(field.reset_value(config))
        })
    }

    /// The bits that this build has.
    pub fn mask(&self, config: &Config) -> u32 {
        let present = self
            .fields
            .iter()
            .filter(|field| field.presence.holds(config));
        present.fold(0, |mask, field| mask | field.bits.mask())
    }

    /// How many of it this build has.
    pub fn copies(&self, config: &Config) -> u32 {
        match (self.presence.holds(config), self.page) {
            (false, _) => 0,
            (true, Page::Global) => 1,
            (true, Page::Region) => config.regions,
            (true, Page::Guest) => config.guests,
        }
    }

    /// Byte address of its copy for this region or guest.
    pub const fn address(&self, index: u32) -> u32 {
        match self.page {
            Page::Global => self.offset,
            Page::Region => region_address(index, self.offset),
            Page::Guest => guest_address(index, self.offset),
        }
    }
}

/// Byte address of a guest's register, from its offset in the guest page.
pub const fn guest_address(guest: u32, offset: u32) -> u32 {
    (guest + 1) * PAGE_BYTES + offset
}

/// Byte address of a region's register, from the offset of region 0's.
pub const fn region_address(region: u32, offset: u32) -> u32 {
    offset + region * REGION_STRIDE
}

/// The register of this name.
pub fn find(name: &str) -> Option<&'static Register> {
    TABLE.iter().find(|register| register.name == name)
}

/// The register at a byte address of this build, with its region or guest number.
pub fn decode(config: &Config, address: u32) -> Option<(&'static Register, u32)> {
    let (page, within) = (address / PAGE_BYTES, address % PAGE_BYTES);
    TABLE.iter().find_map(|register| {
        let index = match register.page {
            Page::Global => (page == 0 && within == register.offset).then_some(0),
            Page::Guest => (page != 0 && within == register.offset).then(|| page - 1),
            Page::Region => {
                let distance = within.checked_sub(register.offset)?;
                (page == 0 && distance % REGION_STRIDE == 0).then_some(distance / REGION_STRIDE)
            }
        }?;
        (index < register.copies(config)).then_some((register, index))
    })
}

/// The checksum of a firmware load after one more word; it starts at 0.
pub const fn checksum_step(checksum: u32, word: u32) -> u32 {
    checksum.rotate_left(5) ^ word
}
