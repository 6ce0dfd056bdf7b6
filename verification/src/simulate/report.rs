//! What a replay has shown.

use mch_spec::Strategy;
use serde::Serialize;

/// Lengths of time, in cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cycles {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub total: u64,
    /// The longest.
    pub max: u64,
}

impl Cycles {
    /// Adds one.
    pub fn add(&mut self, cycles: u64) {
        self.count += 1;
        self.total += cycles;
        self.max = self.max.max(cycles);
    }

    /// Their mean; 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.total as f64 / self.count.max(1) as f64
    }
}

/// One guest's part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GuestReport {
    /// Write bursts, from the address offered to the response. Bursts done again after a rollback count again.
    pub writes: Cycles,
    /// Read bursts, from the address offered to the last beat.
    pub reads: Cycles,
    /// Checkpoints committed.
    pub checkpoints: u64,
    /// Faults.
    pub faults: u64,
    /// Rollbacks completed. A fault takes two if writes were under way when it struck.
    pub rollbacks: u64,
    /// Blocks that the unit copied for the guest.
    pub blocks_copied: u64,
    /// Entries written to the guest's log.
    pub log_entries: u64,
    /// The unit's part of each commit, from the quiet point to the release.
    pub pauses: Cycles,
    /// From each request for a rendezvous to its release.
    pub rendezvous: Cycles,
    /// From each fault to the moment the guest goes on.
    pub outages: Cycles,
    /// Under S2: the takeover in the second computer after the replay, in cycles.
    pub takeover: Option<u64>,
}

/// A replay. That there is one means that all it checked was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The strategy.
    pub strategy: Strategy,
    /// The seed of the memory's first contents.
    pub seed: u64,
    /// Cycles from the start of the replay to its end, without those in which the unit was only asked where blocks lie (S5).
    pub cycles: u64,
    /// Bytes read and compared.
    pub bytes_checked: u64,
    /// Images of a guest's memory compared: all guests' after each rollback and at the end.
    pub images_checked: u64,
    /// The guests.
    pub guests: Vec<GuestReport>,
}
