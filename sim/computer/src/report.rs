//! What a run has shown.

use crate::program::{Image, Job, Place};
use mch_sim::memory::Memory;
use mch_spec::Strategy;
use serde::Serialize;

/// Lengths, in cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Durations {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub total: u64,
    /// The longest.
    pub max: u64,
}

impl Durations {
    /// Adds one.
    pub fn add(&mut self, cycles: u64) {
        self.count += 1;
        self.total += cycles;
        self.max = self.max.max(cycles);
    }

    /// Their mean, 0 if there are none.
    pub fn mean(&self) -> f64 {
        match self.count {
            0 => 0.0,
            count => self.total as f64 / count as f64,
        }
    }
}

/// One computer's run.
#[derive(Clone, Debug, Serialize)]
pub struct ComputerReport {
    /// What it ran.
    pub job: Job,
    /// The answer it gave.
    pub answer: u32,
    /// The answer of the native computation.
    pub expected: u32,
    /// Cycles from its start to the answer.
    pub cycles: u64,
    /// What it printed, each part once, whatever was rolled back.
    pub console: String,
    /// Checkpoints committed.
    pub checkpoints: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Wild writes performed or refused.
    pub wild_writes: u64,
    /// Wild writes that the unit refused because a rollback was under way.
    pub wild_writes_refused: u64,
    /// Rollbacks completed.
    pub rollbacks: u64,
    /// Starts from the image, because there was no checkpoint yet.
    pub restarts: u64,
    /// Times that it went on in the backup computer, from its last checkpoint there.
    pub takeovers: u64,
    /// Those of them whose checkpoint the lost computer had not seen acknowledged.
    pub in_doubt: u64,
    /// Blocks that the unit copied for it.
    pub blocks_copied: u64,
    /// Entries written to its log.
    pub log_entries: u64,
    /// The unit's own part of each checkpoint: from the quiet point to the release.
    pub commits: Durations,
    /// The guest's part as well: from the request to the release.
    pub rendezvous: Durations,
    /// From a fault to the start of its processor.
    pub outages: Durations,
}

impl ComputerReport {
    pub(crate) fn new(job: Job) -> Self {
        Self {
            job,
            answer: 0,
            expected: job.expected_answer(),
            cycles: 0,
            console: String::new(),
            checkpoints: 0,
            faults: 0,
            wild_writes: 0,
            wild_writes_refused: 0,
            rollbacks: 0,
            restarts: 0,
            takeovers: 0,
            in_doubt: 0,
            blocks_copied: 0,
            log_entries: 0,
            commits: Durations::default(),
            rendezvous: Durations::default(),
            outages: Durations::default(),
        }
    }

    /// Did it end with the right answer?
    pub fn is_right(&self) -> bool {
        self.answer == self.expected
    }
}

/// What a backup had of a guest whose computer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inheritance {
    /// A checkpoint, from which the guest goes on.
    Checkpoint {
        /// Its number, counted from the first of the two computers' time together.
        mark: u64,
        /// The lost computer had not seen it acknowledged.
        in_doubt: bool,
    },
    /// None: TAKEOVER was refused, and the guest began anew.
    NoCheckpoint,
}

/// A whole machine that was lost.
#[derive(Clone, Debug, Serialize)]
pub struct Loss {
    /// The cycle of the run.
    pub cycle: u64,
    /// Cycles until the backup's software took the link's silence for a loss.
    pub noticed_after: u64,
    /// Cycles from then until all guests ran again.
    pub takeover_cycles: u64,
    /// What the backup had, by guest.
    pub guests: Vec<Inheritance>,
}

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The strategy, none if the unit was left a wire.
    pub strategy: Option<Strategy>,
    /// The seed of everything random.
    pub seed: u64,
    /// Cycles simulated.
    pub cycles: u64,
    /// The computers.
    pub computers: Vec<ComputerReport>,
    /// Under S2: the whole machines that were lost, unit and memory too, and what their backups found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    #[serde(skip)]
    pub(crate) ending: Ending,
}

/// What memory held at the end, and where.
#[derive(Clone)]
pub(crate) struct Ending {
    pub memory: Memory,
    pub extents: Vec<Extent>,
}

impl std::fmt::Debug for Ending {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Megabytes of contents help no one.
        out.debug_struct("Ending")
            .field("extents", &self.extents)
            .finish_non_exhaustive()
    }
}

/// Of a computer: its memory, and the part of it that tells when it was last interrupted. Byte addresses.
#[derive(Clone, Debug)]
pub(crate) struct Extent {
    pub memory: std::ops::Range<u64>,
    pub save_area: std::ops::Range<u64>,
}

impl Extent {
    pub fn new(place: &Place, image: &Image) -> Self {
        let range =
            |start: u32, length: u32| u64::from(start)..u64::from(start) + u64::from(length);
        Self {
            memory: range(place.base, place.size),
            save_area: range(image.save_area, image.save_area_bytes),
        }
    }
}

/// A computer in one run against the same computer in another.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Bytes of its memory that differ at the end; the save area, which tells where the program was
    /// interrupted last, does not count.
    pub differing_bytes: u64,
    /// Byte address of the first.
    pub first_difference: Option<u64>,
    /// Cycles by which it came later.
    pub delay: i64,
}

impl RunReport {
    /// Compares every computer with itself in an undisturbed run of the same jobs.
    pub fn against(&self, undisturbed: &RunReport) -> Vec<Comparison> {
        let pairs = self
            .computers
            .iter()
            .zip(&undisturbed.computers)
            .zip(&self.ending.extents);
        pairs
            .map(|((here, there), extent)| {
                let length = (extent.memory.end - extent.memory.start) as usize;
                let contents = |memory: &Memory| memory.read_vec(extent.memory.start, length);
                let (here_bytes, there_bytes) = (
                    contents(&self.ending.memory),
                    contents(&undisturbed.ending.memory),
                );
                let mut differences = (extent.memory.clone())
                    .zip(here_bytes.iter().zip(&there_bytes))
                    .filter(|(address, (a, b))| a != b && !extent.save_area.contains(address))
                    .map(|(address, _)| address);
                let first_difference = differences.next();
                Comparison {
                    differing_bytes: differences.count() as u64
                        + u64::from(first_difference.is_some()),
                    first_difference,
                    delay: here.cycles as i64 - there.cycles as i64,
                }
            })
            .collect()
    }
}
