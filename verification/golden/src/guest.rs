//! All that the unit holds for one guest.

use crate::backup::Backup;
use crate::epoch::Epochs;
use crate::store::Owner;
use mch_spec::registers::{Flag, Operation, Status};
use mch_spec::strategy::{CAPTURE, SAVE};
use mch_spec::{Config, Strategy};

/// A routine that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The operation, 1..15.
    pub operation: u32,
    /// Where it is.
    pub program_counter: u32,
    /// Error code kept for the completion.
    pub error: u32,
    /// Instructions executed.
    pub executed: u32,
    /// The group that the command was for.
    pub group: usize,
}

/// A guest.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its strategy.
    pub strategy: Strategy,
    /// Its policy row, 20 bits.
    pub policy: u32,
    /// Its flags, by [`Flag`].
    pub flags: u16,
    /// Epoch, outcomes, interval.
    pub epochs: Epochs,
    /// Blocks marked in this interval.
    pub dirty: u32,
    /// Blocks of the last checkpoint that are not in the shadow yet.
    pub pending: u32,
    /// The routine that runs.
    pub context: Option<Context>,
    /// A rollback that waits behind it, with its group.
    pub rollback_waits: Option<usize>,
    /// Processors that must arrive.
    pub processors: u32,
    /// Number of the last rendezvous, 24 bits.
    pub rendezvous: u32,
    /// A rendezvous is going on.
    pub requested: bool,
    /// A bit per processor arrived.
    pub arrivals: u32,
    /// The rendezvous has lasted too long.
    pub timed_out: bool,
    /// The period is over.
    pub period_over: bool,
    /// G_RELEASE.
    pub release: u32,
    /// First page of the ring.
    pub ring_page: u32,
    /// log2 of the ring's bytes, 0 for none.
    pub ring_size: u32,
    /// Slots used.
    pub ring_used: u32,
    /// S1: slot of the oldest entry.
    pub ring_head: u32,
    /// S1: slot of the next entry.
    pub ring_tail: u32,
    /// S1: entries that are committed and not in the shadow yet, the oldest of those used.
    pub ring_committed: u32,
    /// S2: what it keeps for its peer.
    pub backup: Backup,
    /// High-water mark, 0 for none.
    pub ring_high: u32,
    /// A full ring gives the checkpoint up.
    pub lose: bool,
    /// A write waits for room in the ring.
    pub ring_held: bool,
    /// G_PERIOD.
    pub period: u32,
    /// G_TIMEOUT.
    pub timeout: u32,
    /// G_COMPLETION.
    pub completion: u32,
    /// Block of the last copy that failed.
    pub error_block: u32,
    /// Error code of the last job, 0 for none.
    pub job_error: u32,
    /// Blocks copied by jobs.
    pub copies: u32,
    /// Entries written to the ring.
    pub entries: u32,
    /// Bursts accepted.
    pub writes: u32,
    /// Checkpoints completed.
    pub checkpoints: u32,
    /// Rollbacks completed.
    pub rollbacks: u32,
}

impl Guest {
    /// A detached guest.
    pub fn new(config: &Config) -> Guest {
        let strategy = config.first_strategy().unwrap_or(Strategy::S3);
        Guest {
            strategy,
            policy: strategy.policy_row(),
            flags: 0,
            epochs: Epochs::new(config.epoch_bits),
            dirty: 0,
            pending: 0,
            context: None,
            rollback_waits: None,
            processors: 0,
            rendezvous: 0,
            requested: false,
            arrivals: 0,
            timed_out: false,
            period_over: false,
            release: 0,
            ring_page: 0,
            ring_size: 0,
            ring_used: 0,
            ring_head: 0,
            ring_tail: 0,
            ring_committed: 0,
            backup: Backup::default(),
            ring_high: 0,
            lose: false,
            ring_held: false,
            period: 0,
            timeout: 0,
            completion: 0,
            error_block: 0,
            job_error: 0,
            copies: 0,
            entries: 0,
            writes: 0,
            checkpoints: 0,
            rollbacks: 0,
        }
    }

    /// Whether a flag is set.
    pub fn is(&self, flag: Flag) -> bool {
        self.flags >> flag.code() & 1 == 1
    }

    /// Sets or clears a flag.
    pub fn set(&mut self, flag: Flag, value: bool) {
        self.flags = self.flags & !(1 << flag.code()) | u16::from(value) << flag.code();
    }

    /// Its key to the block store.
    pub fn owner(&self) -> Owner<'_> {
        Owner {
            epochs: &self.epochs,
            strategy: self.strategy,
        }
    }

    /// The policy row in force: no action while lost or not attached, and with S1 none before there is a checkpoint to go back to.
    pub fn row(&self) -> u32 {
        let unguarded =
            self.is_silent() || (self.strategy == Strategy::S1 && !self.is(Flag::Valid));
        if self.is(Flag::Attached) && !self.is(Flag::Lost) && !unguarded {
            self.policy
        } else {
            0
        }
    }

    /// Whether a policy row puts entries in the ring.
    pub fn needs_ring(row: u32) -> bool {
        (0..4).any(|index| row >> (5 * index) & (SAVE | CAPTURE) != 0)
    }

    /// No slot is used.
    pub fn empty_ring(&mut self) {
        self.ring_used = 0;
        self.ring_head = 0;
        self.ring_tail = 0;
        self.ring_committed = 0;
        self.ring_held = false;
    }

    /// Whether every processor has arrived.
    pub fn arrived(&self) -> bool {
        (0..self.processors).all(|processor| self.arrivals >> processor & 1 == 1)
    }

    /// Whether the ring has reached its mark. Committed entries that could not be drained wait for another reason to try again.
    pub fn high_water(&self) -> bool {
        let fill = match self.strategy {
            Strategy::S2 => self.backup.interval_entries,
            _ => self.ring_used,
        };
        self.ring_high != 0 && fill >= self.ring_high && self.ring_committed == 0
    }

    /// Operation, status and error code of the last command; none before the first.
    pub fn last_completion(&self) -> Option<(u32, Status, u32)> {
        let status = Status::from_code(self.completion >> 8 & 0xff)?;
        Some((self.completion & 0xf, status, self.completion >> 16 & 0xff))
    }

    /// Whether a checkpoint is running that a rollback may still wait behind.
    pub fn runs_checkpoint(&self) -> bool {
        self.context
            .as_ref()
            .is_some_and(|context| context.operation == Operation::Checkpoint.code())
    }
}
