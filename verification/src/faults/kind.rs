//! The kinds of fault, and what the contract says each strategy keeps under them.

use super::machine;
use mch_spec::config::Config;
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
    /// The link to the backup computer is cut.
    LinkCut,
    /// The primary computer is lost.
    PrimaryLost,
}

impl Kind {
    /// All.
    pub const ALL: [Kind; 11] = [
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
        Kind::PrimaryLost,
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
            Kind::PrimaryLost => "primary-lost",
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
            Kind::LinkCut => "the link is cut",
            Kind::PrimaryLost => "the primary computer is lost",
        }
    }

    /// Why it cannot be done on a machine; none if it can.
    pub fn missing(self, config: &Config) -> Option<&'static str> {
        match self {
            Kind::BitFlip if !config.error_correction => Some("needs error_correction"),
            Kind::LinkCut | Kind::PrimaryLost => Some("needs S2 and the link"),
            _ => None,
        }
    }

    /// Those that this version can do.
    pub fn available() -> Vec<Kind> {
        let config = machine::config();
        let kinds = Kind::ALL.into_iter();
        kinds
            .filter(|kind| kind.missing(&config).is_none())
            .collect()
    }

    /// Whether memory fails somewhere: writes may then be half done.
    pub fn is_error(self) -> bool {
        matches!(self, Kind::CopyWrite | Kind::CopyRead)
    }

    /// Whether the processor is lost.
    pub fn kills(self) -> bool {
        matches!(self, Kind::Processor | Kind::Frozen | Kind::Dma)
    }

    /// Whether the checkpoint may be gone afterwards (G_STATUS.LOST), and the unit says so.
    pub fn may_lose(self, strategy: Strategy) -> bool {
        self.is_error() && strategy.uses_ring()
    }

    /// What may be lost, and what may not.
    pub fn contract(self, strategy: Strategy) -> [&'static str; 2] {
        let whole = "the last complete checkpoint, whole; the other guest, untouched";
        match (self, strategy) {
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
            (Kind::LinkCut, _) => ["the checkpoint under way", "the checkpoint at the backup computer"],
            (Kind::PrimaryLost, _) => ["what was written since the last mark", "the checkpoint at the backup computer"],
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
