//! S6 when every write is the first to its block: each waits until the block's old contents are in the log.

use super::figure::{efficiency, Figure, Table, Target, Unit};
use super::stand::{bench_config, span, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::Result;
use mch_spec::Strategy;

/// What a stream of first touches showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstTouch {
    /// The port's limit over the cycles it took, payload only.
    pub efficiency: f64,
    /// The best possible with the header's beat counted in.
    pub bound: f64,
    /// Most saves in flight at once.
    pub most_saving: i64,
    /// Most writes held at once.
    pub most_held: i64,
}

/// Writes `beats` beats once into each of `blocks` blocks of guest 0, whose blocks are all clean, in scattered order.
pub fn first_touch(stand: &mut Stand, blocks: u64, beats: u16) -> Result<FirstTouch> {
    let probe = stand.probe;
    stand.system.simulation[probe].restart();
    let base = stand.system.layout.memory;
    for index in 0..blocks {
        // An odd factor and a power of two of blocks: scattered, none twice.
        let block = index * 1_367 % blocks;
        stand.write(base + block * stand.block_bytes(), beats)?;
    }
    let cycles = span(&stand.finish()?);
    let block_beats = u64::from(stand.system.config.beats_per_block());
    let (read, write) = (block_beats, block_beats + u64::from(beats));
    let probe = &stand.system.simulation[probe];
    Ok(FirstTouch {
        efficiency: efficiency(blocks * read, blocks * write, cycles),
        bound: write as f64 / (write + 1) as f64,
        most_saving: probe.most_saving,
        most_held: probe.most_held,
    })
}

/// A guest 0 under S6 of `blocks` blocks with a first checkpoint, so that all are clean.
pub fn clean_guest(stand: &mut Stand, blocks: u64) -> Result<()> {
    stand.attach(Strategy::S6, blocks)?;
    stand.commit(0)?;
    Ok(())
}

/// The table of first touches.
pub fn table() -> Table {
    Table::new(
        "first-touch",
        "S6, every write a first touch",
        "Every write waits until its block has been copied to the log: a block read, a block and the write's own beats written. \
         The limit is max(r, w) of this payload; each log entry's header takes one beat more, so that the best possible is the bound in brackets. \
         4,096 blocks of 64 B or 64 of 4 KiB, in scattered order; a unit of 16 tickets, which at long latencies are the limit.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let here = setting(width, block);
        progress(&format!("first touch: {here}"))?;
        let mut stand = Stand::new(&bench_config(width, block), 1)?;
        let blocks = super::stream_blocks(block);
        clean_guest(&mut stand, blocks)?;
        for &latency in &options.latencies {
            stand.set_latency(latency);
            let whole = (64 / (width / 8)) as u16;
            for (beats, what, least) in [(whole, "64 B bursts", 0.90), (1, "single beats", 0.85)] {
                progress(&format!("first touch: {here}, latency {latency}, {what}"))?;
                let found = first_touch(&mut stand, blocks, beats)?;
                let judged = (width, block, latency) == (64, 64, 40);
                let target = |least| match judged {
                    true => Target::AtLeast(least),
                    false => Target::None,
                };
                let figure = Figure::new(&here, what, found.efficiency, Unit::Ratio, target(least));
                let figure = figure.bounded(found.bound).at_latency(latency);
                table.figures.push(figure);
                if block == 64 {
                    let saving = found.most_saving as f64;
                    let what = format!("{what}: writes held by saves in flight, at most");
                    let figure = Figure::new(&here, what, saving, Unit::Count, target(12.0));
                    table.figures.push(figure.at_latency(latency));
                }
                stand.commit(0)?;
            }
        }
    }
    Ok(())
}
