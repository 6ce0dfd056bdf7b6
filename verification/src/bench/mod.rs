//! Benchmarks: what the unit and its harness achieve, beside what they should.
//!
//! Cycle counts are exact and equal everywhere; speeds are ratios of processor time within one run.

pub mod background;
pub mod backup;
mod bare_loop;
pub mod captures;
pub mod checkpoint;
pub mod copy_engine;
mod document;
mod figure;
pub mod first_touch;
mod grid;
pub mod harness;
pub mod link;
pub mod overhead;
pub mod pass_through;
pub mod places;
mod processor_time;
pub mod stand;
pub mod twin;

pub use document::{to_markdown, write_tables};
pub use figure::{efficiency, port_limit, BenchReport, Figure, Table, Target, Unit};
pub use grid::{grids, Cell, Grid};

use anyhow::{ensure, Result};
use stand::bench_config;

/// What is told of the progress: a line for each measurement that begins. An error ends the measurements.
pub type Progress<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

/// One group of measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Traffic that needs no extra traffic.
    PassThrough,
    /// S6 with every write a first touch.
    FirstTouch,
    /// S5 with every write a whole block.
    Places,
    /// S1 with every write captured.
    Captures,
    /// Commits and rollbacks.
    Checkpoint,
    /// S4's copies behind the guest's back.
    Background,
    /// The copy engine alone.
    CopyEngine,
    /// The link to the backup alone.
    Link,
    /// S2 on two units.
    Backup,
    /// Real programs against a wire.
    Overhead,
    /// Simulation speed.
    Harness,
}

impl Group {
    /// All groups, in the order in which they are measured.
    pub const ALL: [Group; 11] = [
        Group::CopyEngine,
        Group::PassThrough,
        Group::FirstTouch,
        Group::Places,
        Group::Captures,
        Group::Checkpoint,
        Group::Background,
        Group::Link,
        Group::Backup,
        Group::Overhead,
        Group::Harness,
    ];

    /// The name of its table.
    pub fn name(self) -> &'static str {
        match self {
            Group::PassThrough => "pass-through",
            Group::FirstTouch => "first-touch",
            Group::Places => "places",
            Group::Captures => "captures",
            Group::Checkpoint => "checkpoint",
            Group::Background => "background",
            Group::CopyEngine => "copy-engine",
            Group::Link => "link",
            Group::Backup => "backup",
            Group::Overhead => "overhead",
            Group::Harness => "harness",
        }
    }

    /// Its table, without figures.
    fn table(self) -> Table {
        match self {
            Group::PassThrough => pass_through::table(),
            Group::FirstTouch => first_touch::table(),
            Group::Places => places::table(),
            Group::Captures => captures::table(),
            Group::Checkpoint => checkpoint::table(),
            Group::Background => background::table(),
            Group::CopyEngine => copy_engine::table(),
            Group::Link => link::table(),
            Group::Backup => backup::table(),
            Group::Overhead => overhead::table(),
            Group::Harness => harness::table(),
        }
    }

    /// Takes its figures.
    fn measure(self, options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
        match self {
            Group::PassThrough => pass_through::measure(options, table, progress),
            Group::FirstTouch => first_touch::measure(options, table, progress),
            Group::Places => places::measure(options, table, progress),
            Group::Captures => captures::measure(options, table, progress),
            Group::Checkpoint => checkpoint::measure(options, table, progress),
            Group::Background => background::measure(options, table, progress),
            Group::CopyEngine => copy_engine::measure(options, table, progress),
            Group::Link => link::measure(options, table, progress),
            Group::Backup => backup::measure(options, table, progress),
            Group::Overhead => overhead::measure(table, progress),
            Group::Harness => harness::measure(options.turns, table, progress),
        }
    }
}

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchOptions {
    /// Which groups.
    pub groups: Vec<Group>,
    /// Widths of the data bus, in bits.
    pub data_widths: Vec<u32>,
    /// Blocks, in bytes.
    pub block_sizes: Vec<u64>,
    /// Memory latencies, in cycles.
    pub latencies: Vec<u32>,
    /// Also guests of 262,144 blocks, which take the longest.
    pub whole_memory: bool,
    /// Turns of each timed run, of which the median counts.
    pub turns: u32,
}

impl Default for BenchOptions {
    /// Everything.
    fn default() -> BenchOptions {
        BenchOptions {
            groups: Group::ALL.to_vec(),
            data_widths: vec![64, 128],
            block_sizes: vec![64, 4096],
            latencies: vec![1, 16, 40, 100],
            whole_memory: true,
            turns: 5,
        }
    }
}

impl BenchOptions {
    /// A selection that takes seconds once its models are built: 64 bits, 64 B, latency 40, cycles only.
    pub fn quick() -> BenchOptions {
        BenchOptions {
            groups: Group::ALL[..9].to_vec(),
            data_widths: vec![64],
            block_sizes: vec![64],
            latencies: vec![40],
            whole_memory: false,
            ..BenchOptions::default()
        }
    }

    /// The latency at which what is measured once is measured: 40, or the last of those chosen.
    fn typical_latency(&self) -> u32 {
        let chosen = self.latencies.iter().find(|latency| **latency == 40);
        *chosen.or(self.latencies.last()).unwrap_or(&40)
    }
}

/// Measures; the report holds what was measured until an error, too.
pub fn run(options: &BenchOptions, report: &mut BenchReport, progress: Progress) -> Result<()> {
    for &block in &options.block_sizes {
        ensure!(
            block == 64 || block == 4096,
            "block_sizes = {block}: must be 64 or 4096"
        );
    }
    for group in &options.groups {
        let mut table = group.table();
        let result = group.measure(options, &mut table, progress);
        table.complete = result.is_ok();
        report.tables.push(table);
        result?;
    }
    Ok(())
}

/// Blocks in a stream: long enough that start-up hardly counts.
fn stream_blocks(block_size: u64) -> u64 {
    match block_size {
        64 => 4096,
        _ => 64,
    }
}

/// The data widths and block sizes chosen that make a unit: a block has 256 beats at most.
fn shapes(options: &BenchOptions) -> Vec<(u32, u64)> {
    let pairs = |width: &u32| {
        let width = *width;
        options.block_sizes.iter().map(move |block| (width, *block))
    };
    let all = options.data_widths.iter().flat_map(pairs);
    all.filter(|(width, block)| bench_config(*width, *block).validate().is_ok())
        .collect()
}

fn setting(width: u32, block: u64) -> String {
    let block = match block {
        4096 => "4 KiB".to_string(),
        bytes => format!("{bytes} B"),
    };
    format!("{width} bit, {block}")
}
