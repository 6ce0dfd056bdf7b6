//! Counts of the traffic that reached a subordinate.

use super::faults::Direction;
use crate::axi::Burst;
use std::collections::BTreeMap;
use std::ops::Range;

/// Accepted bursts and their beats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Read bursts.
    pub reads: u64,
    /// Beats of read bursts.
    pub read_beats: u64,
    /// Write bursts.
    pub writes: u64,
    /// Beats of write bursts.
    pub write_beats: u64,
}

impl Counts {
    fn add(&mut self, direction: Direction, beats: u64) {
        match direction {
            Direction::Read => {
                self.reads += 1;
                self.read_beats += beats;
            }
            Direction::Write => {
                self.writes += 1;
                self.write_beats += beats;
            }
        }
    }
}

/// Counts in all, per identifier, and per watched address range.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    total: Counts,
    per_id: BTreeMap<u32, Counts>,
    watched: Vec<(Range<u64>, Counts)>,
}

impl Statistics {
    /// All accesses.
    pub fn total(&self) -> Counts {
        self.total
    }

    /// Accesses with identifier `id`.
    pub fn id(&self, id: u32) -> Counts {
        self.per_id.get(&id).copied().unwrap_or_default()
    }

    /// Starts to count the bursts whose first address lies in `range`; returns the index of the count.
    pub fn watch(&mut self, range: Range<u64>) -> usize {
        self.watched.push((range, Counts::default()));
        self.watched.len() - 1
    }

    /// The count that [`Statistics::watch`] returned as `index`.
    pub fn watched(&self, index: usize) -> Counts {
        self.watched[index].1
    }

    /// Sets every count to zero, keeping the watched ranges.
    pub fn clear(&mut self) {
        self.total = Counts::default();
        self.per_id.clear();
        self.watched
            .iter_mut()
            .for_each(|(_, counts)| *counts = Counts::default());
    }

    pub(crate) fn count(&mut self, direction: Direction, burst: &Burst) {
        let beats = u64::from(burst.beats);
        self.total.add(direction, beats);
        self.per_id
            .entry(burst.id)
            .or_default()
            .add(direction, beats);
        for (range, counts) in &mut self.watched {
            if range.contains(&burst.address) {
                counts.add(direction, beats);
            }
        }
    }
}
