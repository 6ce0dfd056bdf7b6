//! Why a simulation ended before its test was satisfied.

use super::violation::Violation;
use std::fmt;
use verilated::Stopped;

/// A failed run; displays with the seed and the cycle that replay it.
#[derive(Debug)]
pub struct Failure {
    /// The seed of the simulation.
    pub seed: u64,
    /// The cycle in which it failed.
    pub cycle: u64,
    /// What happened.
    pub kind: FailureKind,
}

/// The kinds of failure.
#[derive(Debug)]
pub enum FailureKind {
    /// A condition was not met in time.
    TimeOut {
        /// What was waited for.
        what: String,
        /// The cycles allowed.
        limit: u64,
        /// What each agent still had to do.
        status: Vec<String>,
    },
    /// The design broke rules; the first of them come first.
    Violations(Vec<Violation>),
    /// The Verilog ended the simulation, by `$finish`, `$stop` or a failed assertion.
    Stopped(Box<Stopped>),
}

/// How many violations a message shows: the first ones are the cause, the rest mostly follow.
const SHOWN: usize = 5;

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FailureKind::TimeOut {
                what,
                limit,
                status,
            } => {
                write!(out, "not within {limit} cycles: {what}")?;
                status
                    .iter()
                    .try_for_each(|line| write!(out, "\n  {line}"))?;
            }
            FailureKind::Violations(violations) => {
                write!(out, "{} rules broken", violations.len())?;
                for violation in violations.iter().take(SHOWN) {
                    write!(out, "\n  {violation}")?;
                }
            }
            FailureKind::Stopped(stopped) => write!(out, "{stopped}")?,
        }
        write!(out, "\n  (seed {:#x}, cycle {})", self.seed, self.cycle)
    }
}

impl std::error::Error for Failure {}
