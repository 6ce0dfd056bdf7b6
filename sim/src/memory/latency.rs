//! How long a memory takes to answer.
//!
//! *Read latency* counts cycles from the AR handshake to the first RVALID, *write latency* from the
//! last W handshake (or the AW handshake, if later) to BVALID; 1 is the least that AXI allows.

use super::dram::{DramState, DramTiming};
use super::faults::Direction;
use crate::axi::Burst;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The choice of a latency model.
#[derive(Clone, Debug, PartialEq)]
pub enum Latency {
    /// Always the same number of cycles, 1 or more.
    Fixed(u32),
    /// Evenly distributed, both ends included.
    Random {
        /// Least cycles, 1 or more.
        min: u32,
        /// Most cycles.
        max: u32,
    },
    /// Banks, rows and refresh.
    Dram(DramTiming),
}

/// A latency model at work.
#[derive(Clone, Debug)]
pub struct LatencyModel {
    latency: Latency,
    random: ChaCha8Rng,
}

impl LatencyModel {
    /// Starts the model; equal seeds give equal latencies.
    pub fn new(latency: Latency, seed: u64) -> Self {
        Self {
            latency,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Changes the model for accesses from now on.
    pub fn set(&mut self, latency: Latency) {
        self.latency = latency;
    }

    /// Latency in cycles of an access whose latency starts to count at `cycle`. `dram` is the state of
    /// the banks, which reads and writes share.
    pub fn cycles(
        &mut self,
        cycle: u64,
        burst: &Burst,
        direction: Direction,
        dram: &mut DramState,
    ) -> u64 {
        match &self.latency {
            Latency::Fixed(cycles) => u64::from(*cycles).max(1),
            Latency::Random { min, max } => {
                let least = *min.max(&1);
                u64::from(self.random.random_range(least..=least.max(*max)))
            }
            Latency::Dram(timing) => dram.access(timing, cycle, burst, direction),
        }
    }
}
