//! The machines that the fault campaign breaks: one small build with every strategy that needs no second computer, and two units of another
//! for S2; both with error correction, two guests, two ports.

use crate::campaign::Machine;
use crate::system::{GuestSetup, Layout};
use mch_spec::config::{Config, Size};
use mch_spec::Strategy;

/// The name of the machine of S2.
pub const PAIR: &str = "faults-pair";
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

/// The strategies that can be broken: all that are built.
pub fn strategies() -> Vec<Strategy> {
    Strategy::BUILT.to_vec()
}

/// Those that need no second computer.
pub fn single_strategies() -> Vec<Strategy> {
    let all = strategies().into_iter();
    all.filter(|one| *one != Strategy::S2).collect()
}

/// What is built for a strategy.
pub fn config_of(strategy: Strategy) -> Config {
    match strategy {
        Strategy::S2 => pair_config(),
        _ => config(),
    }
}

/// What is built, twice, for S2.
pub fn pair_config() -> Config {
    Config {
        strategies: vec![Strategy::S2],
        settable: false,
        link: true,
        ..config()
    }
}

/// What is built for all other strategies.
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
        strategies: single_strategies(),
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

/// That of S2, of which there are two.
pub fn pair_machine() -> Machine {
    Machine {
        name: PAIR,
        config: pair_config(),
        ..machine()
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
