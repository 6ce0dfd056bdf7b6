//! The waveform of a run: all of it, or what lies around its first fault.

use crate::config::RunConfig;
use crate::machine::Machine;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Cycles shown before the fault.
const LEAD: u64 = 2_000;

/// When a machine's waveform begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recording<'a> {
    /// At once, in this file.
    All(&'a Path),
    /// When it is asked to.
    Later,
}

/// Waits for the first fault.
#[derive(Debug)]
pub(crate) enum Window {
    /// There is nothing to wait for, or no more.
    Closed,
    /// The first fault is still to come.
    Waiting { path: PathBuf, cycles: u64 },
    /// Open until this cycle.
    Open(u64),
}

impl Window {
    pub fn of(config: &RunConfig) -> Self {
        match (&config.waveform, config.waveform_cycles) {
            (Some(path), Some(cycles @ 1..)) => Self::Waiting {
                path: path.clone(),
                cycles,
            },
            _ => Self::Closed,
        }
    }

    /// A fault strikes in cycle `strikes`.
    pub fn follow(&mut self, machine: &mut Machine, cycle: u64, strikes: u64) -> Result<()> {
        if let Self::Waiting { path, cycles } = self {
            if cycle + LEAD >= strikes {
                machine.simulation.trace(&path, cycle)?;
                *self = Self::Open(cycle + *cycles);
            }
        }
        Ok(())
    }

    /// Closes what has been open long enough.
    pub fn end(&mut self, machine: &mut Machine, cycle: u64) -> Result<()> {
        if matches!(self, Self::Open(end) if cycle >= *end) {
            machine.simulation.end_trace()?;
            *self = Self::Closed;
        }
        Ok(())
    }
}
