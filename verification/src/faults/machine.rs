//! The machine that the fault campaign breaks: one small build with every strategy and error correction, two guests, two ports.

use crate::campaign::Machine;
use crate::system::{GuestSetup, Layout};
use mch_spec::config::{Config, Size};
use mch_spec::Strategy;

/// Bytes of a block: 8 beats.
pub const BLOCK: u64 = 64;
/// Bytes of a guest's region: one granule, the least that the unit allows.
pub const REGION: u64 = 64 * BLOCK;
/// Bytes of the region of a guest whose ring is to be filled: more blocks than the ring has slots.
pub const LARGE_REGION: u64 = 512 * BLOCK;
/// log2 of the bytes of a ring, the least that the unit allows.
pub const RING_SIZE: u32 = 15;
/// Where the second guest's region begins, an offset in system memory.
const SECOND: u64 = 1 << 16;

/// The strategies that can be broken: those that are built and need no second computer.
pub fn strategies() -> Vec<Strategy> {
    let built = Strategy::BUILT.iter().copied();
    built.filter(|one| *one != Strategy::S2).collect()
}

/// What is built.
pub fn config() -> Config {
    Config {
        data_width: 64,
        ports: 2,
        guests: 2,
        regions: 4,
        processors: 1,
        block_size: Size(BLOCK),
        memory_size: Size(2048 * BLOCK),
        epoch_bits: 2,
        saves: 8,
        outstanding: 8,
        strategies: strategies(),
        error_correction: true,
        settable: true,
        ..Config::default()
    }
}

/// The same as a machine of the random campaign: a granule for each guest.
pub fn machine() -> Machine {
    Machine {
        name: "faults",
        config: config(),
        granules: 1,
        second: false,
    }
}

/// How a guest is attached.
pub fn setup(strategy: Strategy, guest: u32, bytes: u64, processors: u32) -> GuestSetup {
    let rings = Layout::of(&config()).rings;
    let has_ring = strategy.uses_ring();
    GuestSetup {
        strategy,
        offset: u64::from(guest) * SECOND,
        bytes,
        ring_size: if has_ring { RING_SIZE } else { 0 },
        ring_base: rings.next_multiple_of(1 << RING_SIZE) + (u64::from(guest) << RING_SIZE),
        processors,
    }
}
