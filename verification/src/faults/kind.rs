//! The kinds of fault, and what the contract says each strategy keeps under them.

use mch_spec::Strategy;
use serde::{Deserialize, Serialize};

/// A way to break the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The processor's port falls silent, as in a reset: VALID and READY are low from one cycle to the next.
    Processor,
    /// The processor's port freezes: a VALID that is high stays high, nothing follows.
    Frozen,
    /// The processor falls silent, and the guest's other master writes on without end.
    Dma,
    /// A ROLLBACK is commanded while everybody lives.
    CommandRollback,
    /// A CHECKPOINT is commanded.
    CommandCheckpoint,
    /// Memory fails the next write into the guest's shadow or ring.
    CopyWrite,
    /// Memory fails the next read of the guest's memory, shadow or ring.
    CopyRead,
    /// A bit of the block store flips.
    BitFlip,
    /// The unit is reset.
    Reset,
    /// The link to the backup computer is cut for ever.
    LinkCut,
    /// The link is cut, and joined again after some time.
    LinkBreak,
    /// The primary computer stops from one cycle to the next.
    PrimaryLost,
    /// The backup's memory fails the next write into the guest's memory or ring.
    BackupWrite,
    /// The backup's memory fails the next read of the guest's ring.
    BackupRead,
    /// The backup's unit is reset.
    BackupReset,
}

impl Kind {
    /// All.
    pub const ALL: [Kind; 15] = [
        Kind::Processor,
        Kind::Frozen,
        Kind::Dma,
        Kind::CommandRollback,
        Kind::CommandCheckpoint,
        Kind::CopyWrite,
        Kind::CopyRead,
        Kind::BitFlip,
        Kind::Reset,
        Kind::LinkCut,
        Kind::LinkBreak,
        Kind::PrimaryLost,
        Kind::BackupWrite,
        Kind::BackupRead,
        Kind::BackupReset,
    ];

    /// Its name in commands and results.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Processor => "processor",
            Kind::Frozen => "frozen",
            Kind::Dma => "dma",
            Kind::CommandRollback => "command-rollback",
            Kind::CommandCheckpoint => "command-checkpoint",
            Kind::CopyWrite => "copy-write",
            Kind::CopyRead => "copy-read",
            Kind::BitFlip => "bit-flip",
            Kind::Reset => "reset",
            Kind::LinkCut => "link-cut",
            Kind::LinkBreak => "link-break",
            Kind::PrimaryLost => "primary-lost",
            Kind::BackupWrite => "backup-write",
            Kind::BackupRead => "backup-read",
            Kind::BackupReset => "backup-reset",
        }
    }

    /// What breaks, for the documentation.
    pub fn description(self) -> &'static str {
        match self {
            Kind::Processor => "the processor's port falls silent, in the middle of a burst, too",
            Kind::Frozen => "the processor's port freezes with what it has on its wires",
            Kind::Dma => "the processor falls silent, another master of the guest writes on",
            Kind::CommandRollback => "ROLLBACK is commanded while everybody lives",
            Kind::CommandCheckpoint => "CHECKPOINT is commanded at the wrong moment",
            Kind::CopyWrite => "memory fails the next write to shadow or ring",
            Kind::CopyRead => "memory fails the next read of memory, shadow or ring",
            Kind::BitFlip => "a bit of the block store, its summaries or the place store flips",
            Kind::Reset => "the unit is reset",
            Kind::LinkCut => "the link is cut for ever",
            Kind::LinkBreak => "the link is cut, and joined again after 200 to 3,200 cycles",
            Kind::PrimaryLost => {
                "the primary computer stops, in every second case with what it has sent last"
            }
            Kind::BackupWrite => "the backup's memory fails the next write to memory or ring",
            Kind::BackupRead => "the backup's memory fails the next read of the ring",
            Kind::BackupReset => "the backup's unit is reset",
        }
    }

    /// Whether it can befall a strategy: some need a second computer.
    pub fn is_for(self, strategy: Strategy) -> bool {
        let of_two = matches!(
            self,
            Kind::LinkCut
                | Kind::LinkBreak
                | Kind::PrimaryLost
                | Kind::BackupWrite
                | Kind::BackupRead
                | Kind::BackupReset
        );
        !of_two || strategy == Strategy::S2
    }

    /// Whether memory fails somewhere: writes may then be half done.
    pub fn is_error(self) -> bool {
        matches!(self, Kind::CopyWrite | Kind::CopyRead)
    }

    /// Whether the processor is lost.
    pub fn kills(self) -> bool {
        matches!(self, Kind::Processor | Kind::Frozen | Kind::Dma)
    }

    /// Whether the guest may be LOST afterwards (G_STATUS), and so its checkpoint, but for S2, whose checkpoint lies elsewhere.
    pub fn may_lose(self, strategy: Strategy) -> bool {
        let is_alone = matches!(self, Kind::LinkCut | Kind::BackupReset);
        (self.is_error() && strategy.uses_ring()) || is_alone
    }

    /// What may be lost, and what may not.
    pub fn contract(self, strategy: Strategy) -> [&'static str; 2] {
        let whole = "the last complete checkpoint, whole; the other guest, untouched";
        let remote = "the checkpoint at the backup: TAKEOVER brings the last mark it took, whole; the other guest, untouched";
        match (self, strategy) {
            (Kind::Processor | Kind::Frozen | Kind::Dma | Kind::PrimaryLost, Strategy::S2) => [
                "what the guest wrote since the last mark that the backup took: a commit whose acknowledgement was under way may count or not",
                remote,
            ],
            (Kind::CommandRollback, Strategy::S2) => [
                "a checkpoint before its commit point; the rollback is refused (REMOTE)",
                "what the guest wrote; the checkpoint at the backup; the other guest, untouched",
            ],
            (Kind::CommandCheckpoint, Strategy::S2) => ["nothing: it is refused, or one more checkpoint", remote],
            (Kind::CopyWrite | Kind::CopyRead, Strategy::S2) => [
                "the session, if an entry cannot be made (LOST, interrupt): the next CHECKPOINT sends every block, and until it is complete there is none at the backup",
                remote,
            ],
            (Kind::Reset, Strategy::S2) => [
                "what the guest wrote since the last mark; writes not yet answered",
                remote,
            ],
            (Kind::LinkCut, _) => [
                "the checkpoint under way (ABORTED after G_TIMEOUT); with the ring full the guest waits, or is LOST with G_ON_FULL = LOSE",
                "what the guest wrote; the checkpoint at the backup, unless a synchronisation had begun; the other guest, untouched",
            ],
            (Kind::LinkBreak, _) => [
                "the checkpoint under way, if the link is away for longer than G_TIMEOUT",
                "what the guest wrote; the checkpoint at the backup; the next CHECKPOINT, without a new synchronisation",
            ],
            (Kind::PrimaryLost, _) => ["what was written since the last mark", remote],
            (Kind::BackupWrite | Kind::BackupRead, _) => [
                "nothing: an entry that cannot be written is sent again, one that cannot be applied stays in the ring",
                remote,
            ],
            (Kind::BackupReset, _) => [
                "the checkpoint, and the one under way; software makes the guest a standby again, and on the primary DETACH and ATTACH before the next CHECKPOINT",
                "what the guest wrote; the next CHECKPOINT; the other guest's memory",
            ],
            (Kind::Processor | Kind::Frozen, _) => ["what the guest wrote since the last commit", whole],
            (Kind::Dma, _) => [
                "what the guest wrote since the last commit; writes of the other master during the rollback, each answered SLVERR",
                whole,
            ],
            (Kind::CommandRollback, _) => [
                "what the guest wrote since the last commit; a checkpoint before its commit point",
                whole,
            ],
            (Kind::CommandCheckpoint, _) => ["nothing: it is refused, or one more checkpoint", whole],
            (Kind::CopyWrite | Kind::CopyRead, Strategy::S3) => [
                "nothing with RETRY; with DROP both checkpoints",
                whole,
            ],
            (Kind::CopyWrite | Kind::CopyRead, Strategy::S4) => [
                "a write to a block whose copy fails (SLVERR); the copy is tried again",
                whole,
            ],
            (Kind::CopyWrite | Kind::CopyRead, Strategy::S5) => [
                "a write whose merge, or whose own place, fails (SLVERR)",
                whole,
            ],
            (Kind::CopyWrite | Kind::CopyRead, Strategy::S6) => [
                "a write whose save fails (SLVERR); with a slot that cannot be written the checkpoint (LOST, interrupt)",
                "the checkpoint, unless LOST says so; the other guest, untouched",
            ],
            (Kind::CopyWrite | Kind::CopyRead, _) => [
                "the checkpoint, if an entry cannot be made (LOST, interrupt); room in the ring, until the next CHECKPOINT drains what this one could not",
                "the checkpoint, unless LOST says so; the other guest, untouched",
            ],
            (Kind::BitFlip, _) => [
                "nothing with error_correction; without, the blocks of the word: a changed block may stay, an unchanged one go back",
                whole,
            ],
            (Kind::Reset, Strategy::S5) => [
                "the checkpoint; which of its two places is a block's: memory is undefined without DETACH",
                "each block is what one of its places held; the unit claims no checkpoint, and works",
            ],
            (Kind::Reset, _) => [
                "the checkpoint; writes not yet answered",
                "writes that were answered, unless a rollback was going on; the unit claims no checkpoint, and works",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_says() {
        for kind in Kind::ALL {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{}\"", kind.name()));
        }
    }
}
