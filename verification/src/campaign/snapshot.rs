//! Saving unit and model together, to go on from there more than once.

use super::joined::Joined;
use super::twin::{Followed, Held, Twin};
use anyhow::{bail, Context, Result};
use mch_golden::{Golden, Reference};
use mch_sim::stream::WireState;
use mch_sim::Snapshot;
use std::sync::atomic::Ordering;

/// The state of a twin.
pub struct TwinSnapshot {
    simulation: Snapshot,
    golden: Golden,
    reference: Reference,
    held_writes: Vec<Option<Held>>,
    held_reads: Vec<Option<Held>>,
    followed: Vec<Followed>,
    faults: bool,
    images: Vec<Option<Vec<Vec<u8>>>>,
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
            images: self.images.clone(),
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
        self.images.clone_from(&snapshot.images);
        self.next_value = snapshot.next_value;
        Ok(())
    }
}

/// The state of two joined twins.
pub struct JoinedSnapshot {
    ends: [TwinSnapshot; 2],
    wire: WireState,
    cut: bool,
    trouble: bool,
    calm: bool,
    sent_again: [[u32; 2]; 2],
}

impl Joined {
    /// Saves both ends and the link; they must have been made savable.
    pub fn save(&mut self) -> Result<JoinedSnapshot> {
        let [Some(first), Some(second)] = &mut self.ends else {
            bail!("a unit is gone");
        };
        Ok(JoinedSnapshot {
            ends: [first.save()?, second.save()?],
            wire: self.wire.save(),
            cut: self.peers[0].cut.load(Ordering::Relaxed),
            trouble: self.trouble,
            calm: self.calm,
            sent_again: self.sent_again,
        })
    }

    /// Goes back.
    pub fn restore(&mut self, snapshot: &JoinedSnapshot) -> Result<()> {
        for (end, snapshot) in self.ends.iter_mut().zip(&snapshot.ends) {
            let end = end.as_mut().context("a unit is gone")?;
            end.restore(snapshot)?;
        }
        self.wire.restore(&snapshot.wire);
        self.peers[0].cut.store(snapshot.cut, Ordering::Relaxed);
        self.trouble = snapshot.trouble;
        self.calm = snapshot.calm;
        self.sent_again = snapshot.sent_again;
        Ok(())
    }
}
