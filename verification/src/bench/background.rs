//! S4: commits that copy nothing, and what the copies behind the guest's back leave to others.

use super::figure::{Figure, Table, Target, Unit};
use super::stand::{bench_config, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::{ensure, Result};
use mch_spec::registers::offset;
use mch_spec::{Config, Strategy};

/// Cycles from the beginning of one read to that of the next; each has 16 beats: half of what the port can do.
const READ_PERIOD: u64 = 32;
/// Cycles that copies may take.
const LIMIT: u64 = 20_000_000;

/// What copies in the background showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Background {
    /// The rate of the reads beside the copies, over their rate alone.
    pub rate: f64,
    /// Blocks still pending when the last read was answered.
    pub left: u32,
}

/// The unit of the other figures, with S4.
pub fn config(data_width: u32, block_size: u64) -> Config {
    Config {
        strategies: vec![Strategy::S3, Strategy::S4, Strategy::S6],
        ..bench_config(data_width, block_size)
    }
}

/// Waits until no block of guest 0 is pending.
pub fn drain(stand: &mut Stand) -> Result<()> {
    let end = stand.system.simulation.cycle() + LIMIT;
    while stand.system.guest(0, offset::G_PENDING)? != 0 {
        ensure!(
            stand.system.simulation.cycle() < end,
            "the pending copies do not end"
        );
        stand.system.simulation.run(100)?;
    }
    Ok(())
}

/// Reads of untracked memory at half the port's rate: the cycles until all are answered.
fn reads(stand: &mut Stand, number: u64, from: u64) -> Result<u64> {
    let start = stand.system.simulation.cycle();
    let bytes = 16 * u64::from(stand.system.config.data_bytes());
    for index in 0..number {
        stand.read(from + index % 64 * bytes, 16)?;
        stand.system.simulation.run(READ_PERIOD)?;
    }
    stand.finish()?;
    Ok(stand.system.simulation.cycle() - start)
}

/// Guest 0 of `blocks` blocks commits with a tenth of them dirty, while reads go on at half the port's rate.
pub fn beside(stand: &mut Stand, blocks: u64) -> Result<Background> {
    let pending = blocks / 10;
    drain(stand)?;
    let from = stand.system.layout.memory + blocks * stand.block_bytes();
    // The copies need the other half for twice as long.
    let number = pending * u64::from(stand.system.config.beats_per_block()) / 16 / 2;
    let alone = reads(stand, number, from)?;
    stand.touch((0..pending).map(|index| index * 10))?;
    stand.commit(0)?;
    let found = reads(stand, number, from)?;
    let left = stand.system.guest(0, offset::G_PENDING)?;
    Ok(Background {
        rate: alone as f64 / found as f64,
        left,
    })
}

/// The table of S4.
pub fn table() -> Table {
    Table::new(
        "background",
        "S4, copies behind the guest's back",
        "Commits: cycles from the last acknowledged write before RELEASE to RELEASE, with a write under way when the last processor arrives. \
         Beside: a guest of 8,192 blocks of 64 B or 2,048 of 4 KiB commits with a tenth of them dirty; reads of 16 beats of memory that is in no guest's region begin every \
         32 cycles, half of what the port can do. Their rate while blocks are pending, over their rate alone; all pending copies end.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    let latency = options.typical_latency();
    for (width, block) in super::shapes(options) {
        let here = setting(width, block);
        progress(&format!("S4: {here}"))?;
        let mut stand = Stand::new(&config(width, block), latency)?;
        let blocks = 8192.min(u64::from(stand.system.config.blocks()) / 2);
        stand.attach(Strategy::S4, blocks)?;
        stand.commit(0)?;
        for dirty in [1, blocks / 10] {
            drain(&mut stand)?;
            stand.touch(0..dirty)?;
            let commit = stand.commit(1)?;
            table.figures.push(Figure::new(
                format!("{here}, latency {latency}"),
                format!("S4 commit, {dirty} dirty"),
                commit.after_acknowledgement as f64,
                Unit::Cycles,
                Target::AtMost(64.0),
            ));
        }
        progress(&format!("S4: {here}, reads beside the copies"))?;
        let found = beside(&mut stand, blocks)?;
        drain(&mut stand)?;
        table.figures.push(Figure::new(
            format!("{here}, latency {latency}"),
            "reads beside a tenth pending, of their rate alone",
            found.rate,
            Unit::Ratio,
            Target::AtLeast(0.95),
        ));
    }
    Ok(())
}
