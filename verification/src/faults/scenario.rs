//! The scenarios: what goes on when the guest is broken.

use super::actor::{Actor, Step, Stream};
use super::machine::{LARGE_REGION, REGION};
use mch_spec::registers::Operation::{Checkpoint, Rollback};
use mch_spec::Strategy;
use serde::{Deserialize, Serialize};
use Step::{Command, Pause, Served, Settle, Write};

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// The guest's first checkpoint: there is none to go back to before its commit.
    First,
    /// A checkpoint while another master's writes are queued.
    Queued,
    /// A rollback, commanded while both masters write.
    Rollback,
    /// A checkpoint, then writes while its copies may still be under way, then the next.
    Background,
    /// The ring fills up and a checkpoint empties it.
    Full,
    /// One command for both guests.
    Both,
}

impl Scenario {
    /// All.
    pub const ALL: [Scenario; 6] = [
        Scenario::First,
        Scenario::Queued,
        Scenario::Rollback,
        Scenario::Background,
        Scenario::Full,
        Scenario::Both,
    ];

    /// Its name in commands and results.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::First => "first",
            Scenario::Queued => "queued",
            Scenario::Rollback => "rollback",
            Scenario::Background => "background",
            Scenario::Full => "full",
            Scenario::Both => "both",
        }
    }

    /// What goes on, for the documentation.
    pub fn description(self) -> &'static str {
        match self {
            Scenario::First => "the guest's first checkpoint",
            Scenario::Queued => "a checkpoint while the other master has a queue of writes",
            Scenario::Rollback => "a rollback while both masters write",
            Scenario::Background => {
                "a checkpoint, writes to the same blocks at once after the release, the next checkpoint"
            }
            Scenario::Full => "the ring fills up, and a checkpoint empties it",
            Scenario::Both => "one checkpoint of both guests",
        }
    }

    /// Whether a strategy knows it: only a ring can be full, and that of S2 is where the backup's is.
    pub fn is_for(self, strategy: Strategy) -> bool {
        self != Scenario::Full || (strategy.uses_ring() && strategy != Strategy::S2)
    }

    /// Bytes of the broken guest's region.
    pub fn region(self) -> u64 {
        match self {
            Scenario::Full => LARGE_REGION,
            _ => REGION,
        }
    }

    /// Whether the broken guest has a checkpoint when it begins.
    pub fn has_checkpoint(self) -> bool {
        self != Scenario::First
    }

    /// Blocks of the broken guest that are changed before it begins, from block 64 on: all but four of the ring's slots.
    pub fn filled(self, slots: u64) -> u64 {
        match self {
            Scenario::Full => slots - 4 - DIRTY.len() as u64,
            _ => 0,
        }
    }

    /// What the actors do.
    pub fn actors(self) -> Vec<Actor> {
        let (processor, dma, other, hypervisor) = match self {
            Scenario::First => (
                vec![
                    Write(0, 8),
                    Write(200, 4),
                    Served,
                    Write(64, 8),
                    Write(8, 1),
                ],
                vec![
                    Write(1024, 8),
                    Pause(40),
                    Write(1100, 10),
                    Pause(60),
                    Write(1024, 3),
                ],
                vec![Pause(30), Write(64, 8), Pause(90), Write(160, 2)],
                vec![Pause(6), Command(Checkpoint, 1)],
            ),
            Scenario::Queued => (
                vec![
                    Write(128, 4),
                    Write(320, 16),
                    Served,
                    Write(320, 8),
                    Write(130, 1),
                ],
                vec![
                    Write(1024, 16),
                    Write(1160, 16),
                    Write(1300, 1),
                    Write(1344, 8),
                    Write(1408, 16),
                    Write(1540, 9),
                    Write(1024, 8),
                    Write(1700, 2),
                    Pause(20),
                    Write(1088, 8),
                    Write(1344, 4),
                    Write(1472, 8),
                ],
                vec![Write(64, 8), Pause(60), Write(192, 4)],
                vec![Command(Checkpoint, 1)],
            ),
            Scenario::Rollback => (
                vec![
                    Write(0, 8),
                    Write(192, 3),
                    Settle,
                    Pause(4),
                    Write(64, 16),
                    Write(448, 2),
                ],
                vec![
                    Write(1024, 8),
                    Write(1152, 2),
                    Pause(30),
                    Write(1024, 4),
                    Write(1280, 8),
                ],
                vec![
                    Write(0, 8),
                    Pause(50),
                    Write(128, 8),
                    Pause(50),
                    Write(4, 1),
                ],
                vec![Pause(24), Command(Rollback, 1)],
            ),
            Scenario::Background => (
                vec![
                    Write(0, 8),
                    Write(64, 8),
                    Write(128, 2),
                    Served,
                    Write(0, 8),
                    Write(72, 2),
                    Write(256, 16),
                    Settle,
                    Write(512, 1),
                    Served,
                    Write(0, 1),
                    Write(576, 8),
                ],
                vec![
                    Write(1088, 8),
                    Pause(110),
                    Write(1088, 1),
                    Write(1152, 8),
                    Pause(40),
                    Write(1216, 4),
                ],
                vec![Write(128, 8), Pause(120), Write(128, 1)],
                vec![Command(Checkpoint, 1), Pause(180), Command(Checkpoint, 1)],
            ),
            Scenario::Full => (
                vec![Write(640, 1), Settle, Served, Write(704, 8), Write(640, 2)],
                vec![
                    Write(1280, 1),
                    Write(1344, 8),
                    Write(1408, 1),
                    Write(1472, 8),
                    Write(1536, 3),
                ],
                vec![Write(64, 8), Pause(60), Write(192, 4)],
                vec![Pause(70), Command(Checkpoint, 1)],
            ),
            Scenario::Both => (
                vec![Write(0, 8), Write(100, 6), Served, Write(64, 8)],
                vec![Write(1024, 8), Pause(50), Write(1100, 10)],
                vec![
                    Write(0, 8),
                    Write(320, 16),
                    Served,
                    Write(64, 8),
                    Write(328, 1),
                ],
                vec![Pause(4), Command(Checkpoint, 3)],
            ),
        };
        vec![
            Actor::new(Some(Stream::Processor), processor),
            Actor::new(Some(Stream::Dma), dma),
            Actor::new(Some(Stream::Other), other),
            Actor::new(None, hypervisor),
        ]
    }
}

/// Offsets in the broken guest's region that are changed before a scenario begins: whole blocks and parts of some, of both masters.
pub const DIRTY: [(usize, usize); 6] = [
    (0, 64),
    (128, 24),
    (330, 5),
    (448, 64),
    (1024, 64),
    (1160, 8),
];
