//! The copy engine's efficiency on an ideal memory: beats over cycles, for scattered and for large blocks.
//!
//! Reads and writes travel side by side, so a copy of n beats takes n cycles at best. The memory answers after a
//! fixed latency, accepts an address and moves a beat in each direction in every cycle. Cycles count from the
//! first descriptor's acceptance to the last report, so filling and draining the pipe is included; every run's data
//! are checked.

use crate::copy::{CopyRig, Descriptor};
use anyhow::{ensure, Result};
use mch_sim::axi::SubordinateOptions;
use mch_sim::memory::{Fill, Latency};
use mch_spec::config::Size;
use mch_spec::Config;
use serde::Serialize;

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Efficiency {
    /// Data width in bits.
    pub data_width: u32,
    /// Bytes of a block.
    pub block_bytes: u32,
    /// Latency of the memory's reads and writes, in cycles.
    pub latency: u32,
    /// Blocks copied.
    pub blocks: u32,
    /// Beats read, and beats written: the fewest cycles possible.
    pub beats: u64,
    /// Cycles taken.
    pub cycles: u64,
    /// `beats / cycles`.
    pub efficiency: f64,
}

/// Data widths measured, in bits.
pub const WIDTHS: [u32; 2] = [64, 128];
/// Blocks measured: bytes of a block, and how many are copied.
pub const BLOCKS: [(u32, u32); 2] = [(64, 4096), (4096, 64)];
/// Memory latencies measured, in cycles.
pub const LATENCIES: [u32; 4] = [1, 16, 40, 100];

/// Where blocks are read and written, in bytes.
const FROM: u64 = 0x0040_0000;
const TO: u64 = 0x0080_0000;

/// Measures every width, block and latency.
pub fn measure() -> Result<Vec<Efficiency>> {
    let mut table = Vec::new();
    for data_width in WIDTHS {
        for (block_bytes, blocks) in BLOCKS {
            let config = Config {
                data_width,
                block_size: Size(u64::from(block_bytes)),
                ..Config::default()
            };
            let library = CopyRig::build(&config)?;
            for latency in LATENCIES {
                let mut rig = CopyRig::new(&library, ideal_memory(latency), 1)?;
                let cycles = copy_scattered(&mut rig, block_bytes, blocks)?;
                let beats = u64::from(blocks) * u64::from(config.beats_per_block());
                table.push(Efficiency {
                    data_width,
                    block_bytes,
                    latency,
                    blocks,
                    beats,
                    cycles,
                    efficiency: beats as f64 / cycles as f64,
                });
            }
        }
    }
    Ok(table)
}

/// A memory that keeps up at any latency.
fn ideal_memory(latency: u32) -> SubordinateOptions {
    SubordinateOptions {
        read_latency: Latency::Fixed(latency),
        write_latency: Latency::Fixed(latency),
        outstanding_reads: 512,
        outstanding_writes: 512,
        fill: Fill::Random(1),
        ..SubordinateOptions::default()
    }
}

/// Copies blocks in a scattered order, checks them, and returns the cycles.
fn copy_scattered(rig: &mut CopyRig, block_bytes: u32, blocks: u32) -> Result<u64> {
    let block_bytes = u64::from(block_bytes);
    let blocks = u64::from(blocks);
    // Times an odd factor, modulo a power of two: every block once, no two neighbours in a row.
    let order = (0..blocks).map(|k| k * 1_367 % blocks);
    for block in order {
        let (from, to) = (FROM / block_bytes + block, TO / block_bytes + block);
        rig.push_bulk(Descriptor::scan(from, to, block));
    }
    let cycles = rig.finish(blocks as usize, 10_000_000)?;
    let memory = rig.simulation[rig.memory].memory();
    for at in (0..blocks * block_bytes).step_by(4096) {
        let copied = memory.read_vec(TO + at, 4096);
        let original = memory.read_vec(FROM + at, 4096);
        ensure!(copied == original, "the copy at {:#x} is wrong", TO + at);
    }
    Ok(cycles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reaches_the_goals() {
        let table = measure().unwrap();
        assert_eq!(table.len(), WIDTHS.len() * BLOCKS.len() * LATENCIES.len());
        for line in table {
            // All that is lost is filling and draining: two latencies, a chunk and six cycles.
            let chunk = u64::from(line.block_bytes * 8 / line.data_width).min(16);
            let lost = 2 * u64::from(line.latency) + chunk + 6;
            assert_eq!(line.cycles - line.beats, lost, "{line:?}");
            let goal = match line.latency {
                1..=40 => 0.98,
                _ => 0.97,
            };
            assert!(line.efficiency >= goal, "{line:?}");
        }
    }
}
