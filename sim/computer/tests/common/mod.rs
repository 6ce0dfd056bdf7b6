//! What the tests share.

use mch_computer::{Job, Program};

/// Cycles after which a run has gone wrong.
pub const LIMIT: u64 = 20_000_000;

/// A job with a seed of its own.
pub fn job(program: Program, scale: u32) -> Job {
    Job {
        program,
        scale,
        seed: 0x2545_f491 ^ scale,
    }
}
