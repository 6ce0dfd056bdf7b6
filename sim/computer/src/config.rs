//! What a run is given.

use crate::fault::FaultPlan;
use crate::program::Job;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is to be run, and what is to happen to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// A job for each computer; there are as many computers as jobs.
    pub jobs: Vec<Job>,
    /// The strategy of all guests; none leaves the unit a wire.
    pub strategy: Option<Strategy>,
    /// Cycles between checkpoints.
    pub period: u32,
    /// Whether a program that says that a checkpoint would be cheap now is given one.
    pub on_request: bool,
    /// Faults of each computer; those without an entry have none.
    pub faults: Vec<FaultPlan>,
    /// Bytes of a guest's memory.
    pub guest_bytes: u32,
    /// log2 of the bytes of a guest's log.
    pub ring_shift: u32,
    /// Cycles that the memory takes to answer.
    pub memory_latency: u32,
    /// Decides everything random.
    pub seed: u64,
    /// Cycles after which the run is given up.
    pub limit: u64,
    /// Where to write a waveform (VCD).
    pub waveform: Option<PathBuf>,
    /// Cycles of it, from shortly before the first fault on; 0: none, in a model that could. None: all of the run.
    pub waveform_cycles: Option<u64>,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            jobs: Vec::new(),
            strategy: Some(Strategy::S3),
            period: 50_000,
            on_request: true,
            faults: Vec::new(),
            guest_bytes: 128 << 10,
            ring_shift: 17,
            memory_latency: 4,
            seed: 1,
            limit: 100_000_000,
            waveform: None,
            waveform_cycles: None,
        }
    }
}

impl RunConfig {
    /// A unit for this run: a port, a guest and a region for each job, the strategies that are built.
    pub fn unit(&self) -> Config {
        let count = self.jobs.len() as u32;
        let defaults = Config::default();
        let needed = u64::from(count) * u64::from(self.guest_bytes);
        // 1024 blocks are the least that can be built.
        let least = 1024 * defaults.block_size.0;
        Config {
            ports: count,
            guests: count,
            regions: count,
            memory_size: Size(needed.next_power_of_two().max(least)),
            ..defaults
        }
    }
}
