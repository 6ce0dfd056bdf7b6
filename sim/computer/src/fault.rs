//! Faults: when a processor is lost, and what it does to its memory on the way down.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// When a fault strikes, counted from the moment in which its processor last started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After so many cycles.
    Cycle(u64),
    /// So many cycles after the next rendezvous is requested: while registers are saved, on arrival, in
    /// the middle of the commit, or later.
    Rendezvous(u64),
    /// So many cycles after the next release.
    Release(u64),
}

/// A fault of one computer. Its processor is reset and forgets everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When.
    pub moment: Moment,
    /// Bursts of random data written over the guest's memory before the failure is noticed.
    pub wild_bursts: u32,
    /// Whether the wild writes go on while the rollback is under way.
    pub through_rollback: bool,
}

/// Which faults a computer is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultPlan {
    /// None.
    None,
    /// So many, drawn with the run's seed: any moment, with wild writes or without.
    Random(u32),
    /// These, one after the other.
    These(Vec<Fault>),
}

impl FaultPlan {
    /// The faults, last first. `period` is the time between checkpoints in cycles.
    pub(crate) fn draw(&self, random: &mut ChaCha8Rng, period: u64) -> Vec<Fault> {
        let mut faults = match self {
            FaultPlan::None => Vec::new(),
            FaultPlan::These(faults) => faults.clone(),
            FaultPlan::Random(count) => {
                (0..*count).map(|_| Fault::random(random, period)).collect()
            }
        };
        faults.reverse();
        faults
    }
}

impl Fault {
    /// Half of the moments lie around a rendezvous, where there is most to go wrong.
    fn random(random: &mut ChaCha8Rng, period: u64) -> Self {
        let period = period.max(1_000);
        let moment = match random.random_range(0..6) {
            0..=2 => Moment::Cycle(random.random_range(0..2 * period)),
            3 | 4 => Moment::Rendezvous(random.random_range(0..period.min(4_000))),
            _ => Moment::Release(random.random_range(0..1_500)),
        };
        let wild = random.random_bool(0.7);
        Self {
            moment,
            wild_bursts: if wild { random.random_range(1..40) } else { 0 },
            through_rollback: wild && random.random_bool(0.3),
        }
    }
}
