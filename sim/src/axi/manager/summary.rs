//! Latency and throughput of a set of transactions.

use super::transaction::Completed;
use crate::memory::Direction;
use std::fmt;

/// Figures over the completed transactions of one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Transactions.
    pub count: u64,
    /// Data beats.
    pub beats: u64,
    /// Cycles from the first to the last data handshake, both included.
    pub data_cycles: u64,
    /// Least latency in cycles, as [`Completed::latency`] counts it.
    pub least_latency: u64,
    /// Mean latency in cycles.
    pub mean_latency: f64,
    /// Most latency in cycles.
    pub most_latency: u64,
}

impl Summary {
    /// Sums up those of `completed` that go in `direction`; `None` if none does.
    pub fn of<'a>(
        completed: impl IntoIterator<Item = &'a Completed>,
        direction: Direction,
    ) -> Option<Self> {
        let of_direction: Vec<&Completed> = completed
            .into_iter()
            .filter(|one| one.direction == direction)
            .collect();
        let latencies = || of_direction.iter().map(|one| one.latency());
        let first = of_direction.iter().map(|one| one.timing.first_data).min()?;
        let last = of_direction.iter().map(|one| one.timing.last_data).max()?;
        let count = of_direction.len() as u64;
        Some(Self {
            count,
            beats: of_direction
                .iter()
                .map(|one| u64::from(one.burst.beats))
                .sum(),
            data_cycles: last - first + 1,
            least_latency: latencies().min()?,
            mean_latency: latencies().sum::<u64>() as f64 / count as f64,
            most_latency: latencies().max()?,
        })
    }

    /// Beats a cycle over the time in which data moved: 1.0 is the most a channel can do.
    pub fn throughput(&self) -> f64 {
        self.beats as f64 / self.data_cycles as f64
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} bursts, {} beats in {} cycles ({:.3} a cycle), latency {} / {:.1} / {}",
            self.count,
            self.beats,
            self.data_cycles,
            self.throughput(),
            self.least_latency,
            self.mean_latency,
            self.most_latency
        )
    }
}
