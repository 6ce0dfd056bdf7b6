//! The copy engine alone: scattered blocks at real memory latencies.

use super::figure::{efficiency, Figure, Table, Target, Unit};
use super::stand::bench_config;
use super::{setting, BenchOptions, Progress};
use crate::copy::{CopyRig, Descriptor, Header};
use anyhow::{ensure, Result};
use mch_sim::axi::SubordinateOptions;
use mch_sim::memory::Fill;
use mch_spec::config::Config;
use std::sync::Arc;
use verilated::Library;

/// A block address of the copies' destinations, above all sources.
const DESTINATION: u64 = 1 << 19;

/// Copies `blocks` scattered blocks and checks the copies; returns the cycles from the first descriptor taken to the last report.
pub fn copy_scattered(
    library: &Arc<Library>,
    config: &Config,
    latency: u32,
    blocks: u64,
    saves: bool,
) -> Result<u64> {
    let memory = SubordinateOptions {
        outstanding_reads: 512,
        outstanding_writes: 512,
        fill: Fill::Random(1),
        ..SubordinateOptions::with_latency(latency)
    };
    let mut rig = CopyRig::new(library, memory, 1)?;
    let headers = (DESTINATION + blocks) * u64::from(config.block_bytes());
    for index in 0..blocks {
        let source = index * 1_367 % blocks;
        let destination = DESTINATION + index;
        if saves {
            let header = Header {
                address: headers + 8 * index,
                value: source,
            };
            let ticket = index % u64::from(config.saves);
            rig.push_urgent(Descriptor::save(
                source,
                destination,
                source,
                ticket,
                header,
            ));
        } else {
            rig.push_bulk(Descriptor::scan(source, destination, source));
        }
    }
    let cycles = rig.finish(blocks as usize, 10_000_000)?;
    let memory = rig.simulation[rig.memory].memory();
    let bytes = u64::from(config.block_bytes());
    for index in 0..blocks {
        let source = index * 1_367 % blocks * bytes;
        let copied = memory.read_vec((DESTINATION + index) * bytes, bytes as usize);
        let original = memory.read_vec(source, bytes as usize);
        ensure!(copied == original, "the copy of {source:#x} is wrong");
    }
    Ok(cycles)
}

/// The table of the copy engine.
pub fn table() -> Table {
    Table::new(
        "copy-engine",
        "The copy engine alone",
        "4,096 scattered copies of 64 B, or 64 and 1,024 of 4 KiB, from the first descriptor taken to the last report: the limit is a block's \
         beats each, read and written side by side. In brackets the best possible: a latency before the first beat and one after the last, and \
         for log entries a beat of header each.",
    )
}

/// Streams of blocks of this size.
fn streams(block: u64) -> Vec<(u64, String)> {
    let usual = super::stream_blocks(block);
    let mut streams = vec![(usual, "copies".to_owned())];
    if block > 64 {
        let longer = 16 * usual;
        streams.push((longer, format!("copies, stream of {longer} blocks")));
    }
    streams
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for &width in &options.data_widths {
        for &block in &options.block_sizes {
            let config = bench_config(width, block);
            let here = setting(width, block);
            progress(&format!("copy engine: {here}"))?;
            let library = CopyRig::build(&config)?;
            let beats = u64::from(config.beats_per_block());
            for &latency in &options.latencies {
                let least = match (block, latency) {
                    (64, 100..) => 0.97,
                    (64, _) => 0.98,
                    _ => 0.99,
                };
                let mut take = |blocks: u64, what: &str, saves: bool, target| -> Result<()> {
                    progress(&format!("copy engine: {here}, latency {latency}, {what}"))?;
                    let cycles = copy_scattered(&library, &config, latency, blocks, saves)?;
                    let found = efficiency(blocks * beats, blocks * beats, cycles);
                    let needed = blocks * (beats + u64::from(saves)) + 2 * u64::from(latency);
                    let bound = (blocks * beats) as f64 / needed as f64;
                    let figure = Figure::new(&here, what, found, Unit::Ratio, target);
                    table
                        .figures
                        .push(figure.bounded(bound).at_latency(latency));
                    Ok(())
                };
                for (blocks, what) in streams(block) {
                    take(blocks, &what, false, Target::AtLeast(least))?;
                }
                let blocks = super::stream_blocks(block);
                take(blocks, "log entries", true, Target::None)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filling_and_draining_is_lost() {
        let mut table = table();
        measure(&BenchOptions::default(), &mut table, &mut |_| Ok(())).unwrap();
        assert_eq!(table.figures.len(), 40);
        assert_eq!(table.missed().count(), 0);
        // Two latencies are 1.2 % of the 16,384 beats of this stream.
        let beyond = table.figures.iter().filter(|one| one.is_out_of_reach());
        let beyond: Vec<_> = beyond
            .map(|one| (one.setting.as_str(), one.latency, one.quantity.as_str()))
            .collect();
        assert_eq!(beyond, [("128 bit, 4 KiB", Some(100), "copies")]);
        let config = bench_config(64, 64);
        let library = CopyRig::build(&config).unwrap();
        for latency in [1, 40] {
            let cycles = copy_scattered(&library, &config, latency, 4096, false).unwrap();
            assert_eq!(cycles, 4096 * 8 + 8 + 6 + 2 * u64::from(latency));
        }
    }
}
