//! What the tests share.

use anyhow::Result;
use mch_computer::{ComputerRun, Job, Program, RunConfig};

/// A job with a seed of its own.
pub fn job(program: Program, scale: u32) -> Job {
    Job {
        program,
        scale,
        seed: 0x2545_f491 ^ scale,
    }
}

/// Computers on the unit generated for them; a run that hangs is given up early.
pub fn run(config: RunConfig) -> Result<ComputerRun> {
    ComputerRun::new(RunConfig {
        limit: 20_000_000,
        ..config
    })
}
