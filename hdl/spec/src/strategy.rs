//! The six strategies and the policy rows that make them.

use serde::{Deserialize, Serialize};

/// A checkpointing strategy; its discriminant is the value of `G_STRATEGY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strategy {
    /// Post-image buffer, local shadow.
    S1 = 1,
    /// Post-image queue, shadow in a backup computer.
    S2 = 2,
    /// One bit map: copies while the guest is held.
    S3 = 3,
    /// Two bit maps: copies behind the guest's back.
    S4 = 4,
    /// Block-state memory: two places per block, no copies.
    S5 = 5,
    /// Pre-image log.
    S6 = 6,
}

/// MARK: a write sets its block's touched bit (bit 0 of an action).
pub const MARK: u32 = 1 << 0;
/// SAVE: the block's old contents go to the log first.
pub const SAVE: u32 = 1 << 1;
/// PUSH: the block is copied to the shadow first.
pub const PUSH: u32 = 1 << 2;
/// CAPTURE: the write is also entered in the ring.
pub const CAPTURE: u32 = 1 << 3;
/// REDIRECT: the write goes to the block's other place.
pub const REDIRECT: u32 = 1 << 4;

/// Width of one action of a policy row, in bits.
pub const ACTION_WIDTH: u32 = 5;
/// Width of a policy row, in bits: four actions.
pub const POLICY_WIDTH: u32 = 20;

/// The action of a policy row for a block in this state.
pub const fn action(policy_row: u32, pending: bool, touched: bool) -> u32 {
    let index = (pending as u32) << 1 | touched as u32;
    (policy_row >> (ACTION_WIDTH * index)) & 0x1f
}

impl Strategy {
    /// All six, in order.
    pub const ALL: [Strategy; 6] = [
        Strategy::S1,
        Strategy::S2,
        Strategy::S3,
        Strategy::S4,
        Strategy::S5,
        Strategy::S6,
    ];

    /// The strategies this version of the generator can build. The only place that says so.
    pub const BUILT: &'static [Strategy] = &Strategy::ALL;

    /// Those that need no second computer.
    pub const LOCAL: [Strategy; 5] = [
        Strategy::S1,
        Strategy::S3,
        Strategy::S4,
        Strategy::S5,
        Strategy::S6,
    ];

    /// The strategy whose `G_STRATEGY` value this is.
    pub fn from_number(number: u32) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|s| s.number() == number)
    }

    /// The value of `G_STRATEGY`, 1..6.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Whether this version of the generator can build it.
    pub fn is_built(self) -> bool {
        Strategy::BUILT.contains(&self)
    }

    /// Whether it needs no second computer.
    pub fn is_local(self) -> bool {
        Strategy::LOCAL.contains(&self)
    }

    /// Whether it keeps a shadow in local memory.
    pub const fn uses_shadow(self) -> bool {
        matches!(
            self,
            Strategy::S1 | Strategy::S3 | Strategy::S4 | Strategy::S5
        )
    }

    /// Whether it keeps a ring of entries in memory.
    pub const fn uses_ring(self) -> bool {
        matches!(self, Strategy::S1 | Strategy::S2 | Strategy::S6)
    }

    /// Whether it needs the second bit plane.
    pub const fn uses_plane_y(self) -> bool {
        matches!(self, Strategy::S4 | Strategy::S5)
    }

    /// The policy row (20 bits) that selecting the strategy loads: four actions of 5 bits, by
    /// (pending, touched) = (0,0), (0,1), (1,0), (1,1) from bit 0 up.
    pub const fn policy_row(self) -> u32 {
        const fn row(actions: [u32; 4]) -> u32 {
            actions[0] | actions[1] << 5 | actions[2] << 10 | actions[3] << 15
        }
        match self {
            Strategy::S1 | Strategy::S2 => row([MARK | CAPTURE; 4]),
            Strategy::S3 => row([MARK, 0, 0, 0]),
            Strategy::S4 => row([MARK, 0, PUSH | MARK, PUSH | MARK]),
            Strategy::S5 => row([REDIRECT | MARK; 4]),
            Strategy::S6 => row([SAVE | MARK, 0, 0, 0]),
        }
    }
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "S{}", self.number())
    }
}
