//! How long commits and rollbacks take.

use super::figure::{Figure, Table, Target, Unit};
use super::stand::{bench_config, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::{ensure, Result};
use mch_spec::registers::offset;
use mch_spec::{Config, Strategy};

/// Commits of S6: the cycles from the last acknowledged write to RELEASE, over commits at several phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitRange {
    /// Fewest cycles.
    pub least: u64,
    /// Most cycles.
    pub most: u64,
}

impl CommitRange {
    fn none() -> CommitRange {
        CommitRange {
            least: u64::MAX,
            most: 0,
        }
    }

    fn take(&mut self, cycles: u64) {
        self.least = self.least.min(cycles);
        self.most = self.most.max(cycles);
    }
}

/// Commits guest 0 several times, each with `dirty` dirty blocks and writes under way at the last processor's arrival; turns differ in phase
/// against the sequencer's instructions.
pub fn constant_commit(stand: &mut Stand, dirty: u64, times: u64) -> Result<CommitRange> {
    let mut range = CommitRange::none();
    for turn in 0..times {
        stand.touch(0..dirty)?;
        ensure!(
            u64::from(stand.system.guest(0, offset::G_DIRTY)?) == dirty,
            "the guest should have {dirty} dirty blocks"
        );
        stand.system.simulation.run(turn)?;
        range.take(stand.commit(400 + turn)?.after_acknowledgement);
    }
    Ok(range)
}

/// Cycles that the copy engine alone takes for a number of blocks, its pipe filled and drained.
pub fn engine_cycles(stand: &Stand, blocks: u64, latency: u32) -> u64 {
    let config = &stand.system.config;
    let beats = blocks * u64::from(config.beats_per_block());
    beats + u64::from(config.chunk_beats()) + 6 + 2 * u64::from(latency)
}

/// The table of commits and rollbacks.
pub fn table() -> Table {
    Table::new(
        "checkpoint",
        "Commits and rollbacks",
        "S5 and S6 commits: from the last acknowledged write before RELEASE to RELEASE (the fall of the guest's irq), with writes under way \
         when the last processor arrives; least and most of commits at several phases of the sequencer. S3 commits: from the \
         acknowledgement of the last ARRIVE to RELEASE; the limit is a block's beats for each dirty block, read and written side by \
         side; the copy engine's own time for n blocks is their beats, a burst, 6 cycles and two latencies. Rollbacks: from the command's \
         acknowledgement to the completion's interrupt, divided by the dirty blocks, in cycles; in brackets the port's limit.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    if options.whole_memory {
        whole_memory(table, options, progress)?;
    }
    for (width, block) in super::shapes(options) {
        dense(table, options, progress, (width, block))?;
    }
    Ok(())
}

/// Guests of 262,144 blocks.
fn whole_memory(table: &mut Table, options: &BenchOptions, progress: Progress) -> Result<()> {
    let config = bench_config(64, 64);
    let blocks = u64::from(config.blocks());
    let latency = options.typical_latency();
    let at = |latency| {
        format!(
            "{}, latency {latency}, guest of {blocks} blocks",
            setting(64, 64)
        )
    };
    let here = at(latency);
    let places = super::places::config(64, 64);
    for (strategy, config) in [(Strategy::S5, &places), (Strategy::S6, &config)] {
        constant_commits(table, progress, (strategy, config), &here, latency)?;
    }
    progress(&format!("S3 commit: {here}"))?;
    let mut stand = Stand::new(&config, 1)?;
    stand.attach(Strategy::S3, blocks)?;
    let all = stand.commit(0)?;
    table.figures.push(Figure::new(
        at(1),
        "S3 commit, all dirty",
        (blocks * u64::from(config.beats_per_block())) as f64 / all.after_arrival as f64,
        Unit::Ratio,
        Target::AtLeast(0.95),
    ));
    stand.set_latency(latency);
    progress(&format!("S3 commit: {here}, 10 dirty"))?;
    let ten = || (0..10).map(|index| index * 26_215 + 7);
    // Words that the commit before left stale are looked at once more, by the scrubber or by the next scan.
    stand.touch(ten())?;
    let stale = stand.commit(0)?;
    stand.system.simulation.run(3 * u64::from(config.words()))?;
    stand.touch(ten())?;
    let few = stand.commit(0)?;
    let beyond = few.after_arrival - engine_cycles(&stand, 10, latency).min(few.after_arrival);
    let at_once = "S3 commit, 10 dirty, right after one with all dirty";
    for (what, value, target) in [
        (at_once, stale.after_arrival, Target::None),
        ("S3 commit, 10 dirty", few.after_arrival, Target::None),
        (
            "S3 commit, 10 dirty, beyond the copy engine's own time",
            beyond,
            Target::AtMost(150.0),
        ),
    ] {
        let figure = Figure::new(&here, what, value as f64, Unit::Cycles, target);
        table.figures.push(figure);
    }
    Ok(())
}

/// Commits, and with S5 rollbacks, that take the same few cycles whatever is dirty.
fn constant_commits(
    table: &mut Table,
    progress: Progress,
    (strategy, config): (Strategy, &Config),
    here: &str,
    latency: u32,
) -> Result<()> {
    let blocks = u64::from(config.blocks());
    let mut stand = Stand::new(config, 1)?;
    stand.attach(strategy, blocks)?;
    stand.commit(0)?;
    stand.set_latency(latency);
    for (dirty, times) in [(1, 8), (100_000, 2), (blocks, 1)] {
        progress(&format!("{strategy} commit: {here}, {dirty} dirty"))?;
        let range = constant_commit(&mut stand, dirty, times)?;
        let mut figures = vec![
            ("commit", ", least", range.least, Target::AtMost(64.0)),
            ("commit", ", most", range.most, Target::AtMost(64.0)),
        ];
        if strategy == Strategy::S5 {
            stand.touch(0..dirty)?;
            figures.push(("rollback", "", stand.roll_back()?, Target::None));
        }
        for (what, which, cycles, target) in figures {
            let what = format!("{strategy} {what}, {dirty} dirty{which}");
            let figure = Figure::new(here, what, cycles as f64, Unit::Cycles, target);
            table.figures.push(figure);
        }
    }
    Ok(())
}

/// Guests of as many blocks as a stream, all of them dirty.
fn dense(
    table: &mut Table,
    options: &BenchOptions,
    progress: Progress,
    (width, block): (u32, u64),
) -> Result<()> {
    let config = bench_config(width, block);
    let here = setting(width, block);
    let blocks = super::stream_blocks(block);
    let beats = u64::from(config.beats_per_block());
    for strategy in [Strategy::S3, Strategy::S6] {
        progress(&format!("{strategy} dense: {here}"))?;
        let mut stand = Stand::new(&config, 1)?;
        stand.attach(strategy, blocks)?;
        stand.commit(0)?;
        for &latency in &options.latencies {
            let mut push = |figure: Figure| table.figures.push(figure.at_latency(latency));
            progress(&format!("{strategy} dense: {here}, latency {latency}"))?;
            stand.set_latency(latency);
            stand.touch(0..blocks)?;
            if strategy == Strategy::S3 {
                let commit = stand.commit(0)?;
                let found = (blocks * beats) as f64 / commit.after_arrival as f64;
                let target = Target::AtLeast(0.95);
                let what = "S3 commit, all dirty";
                push(Figure::new(&here, what, found, Unit::Ratio, target));
                stand.touch(0..blocks)?;
            }
            let cycles = stand.roll_back()?;
            let what = format!("{strategy} rollback, per dirty block");
            let each = cycles as f64 / blocks as f64;
            let figure = Figure::new(&here, what, each, Unit::MeanCycles, Target::None);
            push(figure.bounded(beats as f64));
        }
    }
    Ok(())
}
