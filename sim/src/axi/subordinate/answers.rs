//! The choice of the next transaction to answer.

use super::options::Reorder;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// A transaction waiting for its answer.
pub(super) trait Waiting {
    /// Its identifier.
    fn id(&self) -> u32;
    /// The first cycle in which it may be answered; `u64::MAX` if that is not known yet.
    fn ready_at(&self) -> u64;
}

/// The index in `jobs` of the transaction to answer in `cycle`, if one may be.
pub(super) fn choose<T: Waiting>(
    jobs: &VecDeque<T>,
    cycle: u64,
    reorder: Reorder,
    random: &mut ChaCha8Rng,
) -> Option<usize> {
    if reorder == Reorder::InOrder {
        return jobs
            .front()
            .filter(|job| job.ready_at() <= cycle)
            .map(|_| 0);
    }
    // Reservoir sampling over the transactions that are the oldest of their identifier.
    let mut chosen = None;
    let mut candidates = 0;
    for (index, job) in jobs.iter().enumerate() {
        if job.ready_at() > cycle || jobs.iter().take(index).any(|older| older.id() == job.id()) {
            continue;
        }
        candidates += 1;
        if random.random_range(0..candidates) == 0 {
            chosen = Some(index);
        }
    }
    chosen
}
