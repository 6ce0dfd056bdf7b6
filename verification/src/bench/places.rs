//! S5: whole-block writes need no copy, and reads find their places.

use super::figure::{efficiency, Figure, Table, Target, Unit};
use super::pass_through::added_read_latency;
use super::stand::{bench_config, span, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::Result;
use mch_spec::config::Config;
use mch_spec::registers::offset;
use mch_spec::Strategy;

/// The table of S5.
pub fn table() -> Table {
    Table::new(
        "places",
        "S5, writes of whole blocks",
        "Every write covers clean blocks whole, a burst each, and goes to their other places: the limit is one beat per cycle of \
         write data. 4,096 blocks of 64 B or 64 of 4 KiB; a unit of 16 tickets, which at long latencies are the limit. Copies: made by these writes. Added read latency: of single accesses, in cycles.",
    )
}

/// The unit with S5 beside the two of the other figures.
pub(super) fn config(width: u32, block: u64) -> Config {
    Config {
        strategies: vec![Strategy::S3, Strategy::S5, Strategy::S6],
        ..bench_config(width, block)
    }
}

/// Writes this many clean blocks whole; port efficiency and copies made.
fn whole_blocks(stand: &mut Stand, blocks: u64) -> Result<(f64, u32)> {
    let base = stand.system.layout.memory;
    let beats = stand.system.config.beats_per_block();
    let burst = beats.min(256) as u16;
    let before = stand.system.guest(0, offset::G_COPIES)?;
    for block in 0..blocks {
        stand.write(base + block * stand.block_bytes(), burst)?;
    }
    let cycles = span(&stand.finish()?);
    let copies = stand.system.guest(0, offset::G_COPIES)? - before;
    let found = efficiency(0, blocks * u64::from(beats), cycles);
    Ok((found, copies))
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let here = setting(width, block);
        progress(&format!("places: {here}"))?;
        let mut stand = Stand::new(&config(width, block), 1)?;
        let blocks = super::stream_blocks(block);
        stand.attach(Strategy::S5, blocks)?;
        stand.commit(0)?;
        for &latency in &options.latencies {
            progress(&format!("places: {here}, latency {latency}"))?;
            stand.set_latency(latency);
            let (found, copies) = whole_blocks(&mut stand, blocks)?;
            let target = match (width, block, latency) {
                (64, 64, 40) => Target::AtLeast(0.95),
                _ => Target::None,
            };
            let added = added_read_latency(&mut stand, 1, latency)? as f64;
            for (what, found, unit, target) in [
                ("port efficiency", found, Unit::Ratio, target),
                (
                    "copies",
                    f64::from(copies),
                    Unit::Count,
                    Target::AtMost(0.0),
                ),
                (
                    "added read latency",
                    added,
                    Unit::Cycles,
                    Target::AtMost(3.0),
                ),
            ] {
                let figure = Figure::new(&here, what, found, unit, target);
                table.figures.push(figure.at_latency(latency));
            }
            stand.commit(0)?;
        }
    }
    Ok(())
}
