//! How long commits and rollbacks take.

use super::figure::{Figure, Table, Target, Unit};
use super::first_touch::clean_guest;
use super::stand::{bench_config, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::{ensure, Result};
use mch_spec::registers::offset;
use mch_spec::Strategy;

/// Commits of S6: the cycles from the last acknowledged write to RELEASE, over commits at several phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitRange {
    /// Fewest cycles.
    pub least: u64,
    /// Most cycles.
    pub most: u64,
}

/// Commits guest 0 several times, each with `dirty` dirty blocks and writes under way at the last processor's arrival.
pub fn constant_commit(stand: &mut Stand, dirty: u64, times: u64) -> Result<CommitRange> {
    let mut range = CommitRange {
        least: u64::MAX,
        most: 0,
    };
    for turn in 0..times {
        stand.touch(0..dirty)?;
        ensure!(
            u64::from(stand.system.guest(0, offset::G_DIRTY)?) == dirty,
            "the guest should have {dirty} dirty blocks"
        );
        // The turns differ in phase against the sequencer's instructions.
        stand.system.simulation.run(turn)?;
        let commit = stand.commit(400 + turn)?;
        range.least = range.least.min(commit.after_acknowledgement);
        range.most = range.most.max(commit.after_acknowledgement);
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
pub fn table(options: &BenchOptions, progress: Progress) -> Result<Table> {
    let mut table = Table::new(
        "checkpoint",
        "Commits and rollbacks",
        "S6 commits: from the last acknowledged write before RELEASE to RELEASE (the fall of the guest's irq), with writes under way \
         when the last processor arrives; least and most of commits at several phases of the sequencer. S3 commits: from the \
         acknowledgement of the last ARRIVE to RELEASE; the limit is a block's beats for each dirty block, read and written side by \
         side; the copy engine's own time for n blocks is their beats, a burst, 6 cycles and two latencies. Rollbacks: from the command's acknowledgement to the completion's interrupt, divided by the dirty blocks.",
    );
    if options.whole_memory {
        whole_memory(&mut table, options, progress)?;
    }
    for (width, block) in super::shapes(options) {
        dense(&mut table, options, progress, (width, block))?;
    }
    Ok(table)
}

/// Guests of 262,144 blocks.
fn whole_memory(table: &mut Table, options: &BenchOptions, progress: Progress) -> Result<()> {
    let config = bench_config(64, 64);
    let blocks = u64::from(config.blocks());
    let latency = options.typical_latency();
    let here = format!("{}, guest of {blocks} blocks", setting(64, 64, latency));
    let mut stand = Stand::new(&config, 1)?;
    clean_guest(&mut stand, blocks)?;
    for (dirty, times) in [(1, 8), (100_000, 2)] {
        progress(&format!("S6 commit: {here}, {dirty} dirty"));
        // What the guest does before it commits need not be slow.
        stand.set_latency(latency);
        let range = constant_commit(&mut stand, dirty, times)?;
        for (what, value) in [("least", range.least), ("most", range.most)] {
            table.figures.push(Figure::new(
                &here,
                format!("S6 commit, {dirty} dirty, {what}"),
                value as f64,
                Unit::Cycles,
                Target::AtMost(64.0),
            ));
        }
    }
    progress(&format!("S3 commit: {here}"));
    let mut stand = Stand::new(&config, 1)?;
    stand.attach(Strategy::S3, blocks)?;
    let all = stand.commit(0)?;
    table.figures.push(Figure::new(
        here.replace(&format!("latency {latency}"), "latency 1"),
        "S3 commit, all dirty",
        (blocks * u64::from(config.beats_per_block())) as f64 / all.after_arrival as f64,
        Unit::Ratio,
        Target::AtLeast(0.95),
    ));
    stand.set_latency(latency);
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

/// Guests of as many blocks as a stream, all of them dirty.
fn dense(
    table: &mut Table,
    options: &BenchOptions,
    progress: Progress,
    (width, block): (u32, u64),
) -> Result<()> {
    let config = bench_config(width, block);
    let blocks = super::stream_blocks(block);
    let beats = u64::from(config.beats_per_block());
    let mut push = |here: &str, what: &str, value: f64, unit, target| {
        table
            .figures
            .push(Figure::new(here, what, value, unit, target));
    };
    for strategy in [Strategy::S3, Strategy::S6] {
        let mut stand = Stand::new(&config, 1)?;
        stand.attach(strategy, blocks)?;
        stand.commit(0)?;
        for &latency in &options.latencies {
            let here = setting(width, block, latency);
            progress(&format!("{strategy} dense: {here}"));
            stand.set_latency(latency);
            stand.touch(0..blocks)?;
            if strategy == Strategy::S3 {
                let commit = stand.commit(0)?;
                let found = (blocks * beats) as f64 / commit.after_arrival as f64;
                let target = Target::AtLeast(0.95);
                push(&here, "S3 commit, all dirty", found, Unit::Ratio, target);
                stand.touch(0..blocks)?;
            }
            let cycles = stand.roll_back()?;
            let what = format!("{strategy} rollback, per dirty block");
            let each = cycles as f64 / blocks as f64;
            push(&here, &what, each, Unit::MeanCycles, Target::None);
            let what = format!("{strategy} rollback, of the port's limit");
            let found = (blocks * beats) as f64 / cycles as f64;
            push(&here, &what, found, Unit::Ratio, Target::None);
        }
    }
    Ok(())
}
