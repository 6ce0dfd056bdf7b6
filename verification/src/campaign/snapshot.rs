//! Saving unit and model together, to go on from there more than once.

use super::twin::{Followed, Held, Twin};
use anyhow::Result;
use mch_golden::{Golden, Reference};
use mch_sim::Snapshot;

/// The state of a twin.
pub struct TwinSnapshot {
    simulation: Snapshot,
    golden: Golden,
    reference: Reference,
    held_writes: Vec<Option<Held>>,
    held_reads: Vec<Option<Held>>,
    followed: Vec<Followed>,
    faults: bool,
    next_value: u8,
}

impl Twin {
    /// Saves everything; the twin must have been made savable.
    pub fn save(&mut self) -> Result<TwinSnapshot> {
        Ok(TwinSnapshot {
            simulation: self.system.simulation.save()?,
            golden: self.golden.clone(),
            reference: self.reference.clone(),
            held_writes: self.held_writes.clone(),
            held_reads: self.held_reads.clone(),
            followed: self.followed.clone(),
            faults: self.faults,
            next_value: self.next_value,
        })
    }

    /// Goes back.
    pub fn restore(&mut self, snapshot: &TwinSnapshot) -> Result<()> {
        self.system.simulation.restore(&snapshot.simulation)?;
        self.golden.clone_from(&snapshot.golden);
        self.reference.clone_from(&snapshot.reference);
        self.held_writes.clone_from(&snapshot.held_writes);
        self.held_reads.clone_from(&snapshot.held_reads);
        self.followed.clone_from(&snapshot.followed);
        self.faults = snapshot.faults;
        self.next_value = snapshot.next_value;
        Ok(())
    }
}
