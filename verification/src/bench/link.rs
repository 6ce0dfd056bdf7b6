//! S2: what the link to the backup carries.

use super::figure::{Figure, Table, Target, Unit};
use super::stand::bench_config;
use super::{setting, BenchOptions, Progress};
use crate::link::{Entry, LinkRig, RigOptions};
use anyhow::{ensure, Context, Result};
use mch_sim::axi::SubordinateOptions;
use mch_spec::config::Config;
use mch_spec::Strategy;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use verilated::Library;

/// The table of the link.
pub fn table() -> Table {
    Table::new(
        "link",
        "S2, the link alone",
        "Two links joined without loss, always ready, 20 cycles apart, a memory of the stated latency at each end; one guest's ring full of entries of whole \
         blocks, 3,584 of 64 B or 224 of 4 KiB, from the first beat to the last. Link: cycles that carried a beat; the limit is one in every cycle. \
         Payload: bytes of entries, of 8 in every cycle; in brackets the best that the frames leave (three beats beside the data of each). \
         Repeats: frames sent again.",
    )
}

/// What one ring full of entries took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Beats over cycles.
    pub beats: f64,
    /// Bytes of entries over 8 in every cycle.
    pub payload: f64,
    /// The best possible payload.
    pub bound: f64,
    /// Frames sent again.
    pub repeats: u64,
}

fn config(width: u32, block: u64) -> Config {
    Config {
        strategies: vec![Strategy::S1],
        ..bench_config(width, block)
    }
}

/// Sends a ring full of entries, each of a block's first `units` units.
pub fn carry(library: &Arc<Library>, config: &Config, latency: u32, units: u64) -> Result<Carried> {
    let block = u64::from(config.block_bytes());
    let options = RigOptions {
        memory: SubordinateOptions {
            outstanding_reads: 512,
            outstanding_writes: 512,
            ..SubordinateOptions::with_latency(latency)
        },
        latency: 20,
        ring_size: if block == 64 { 18 } else { 20 },
        ..RigOptions::default()
    };
    let mut rig = LinkRig::new(library, config, &options, 1)?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    rig.assign(0, 0);
    rig.open(0, 0);
    rig.run(1_000)?;
    ensure!(rig.guests(0).guests[0].synced, "no session");
    let transmit = rig.ends[0].transmit;
    rig.simulation[transmit].restart();
    let entries = rig.capacity();
    let (mut bytes, mut words) = (0, 0);
    for _ in 0..entries {
        let entry = Entry::new(config, 0, (0, units - 1), false, &mut random);
        bytes += entry.data.len();
        words += entry.words();
        rig.push(0, 0, entry)?;
    }
    let cycles = 2_000_000;
    rig.run_until("all entries", cycles, |rig| {
        rig.progress(0, 0).2 == entries as usize
    })?;
    let sent = &rig.simulation[transmit];
    let (first, last) = sent.span.context("nothing was sent")?;
    let cycles = (last - first + 1) as f64;
    let frames = entries as usize * 3;
    ensure!(
        rig.counts.repeated > 0 || sent.beats == (words + frames) as u64,
        "{} beats were sent",
        sent.beats
    );
    Ok(Carried {
        beats: sent.beats as f64 / cycles,
        payload: bytes as f64 / 8.0 / cycles,
        bound: bytes as f64 / 8.0 / (words + frames) as f64,
        repeats: rig.counts.repeated,
    })
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let config = config(width, block);
        let here = setting(width, block);
        progress(&format!("link: {here}"))?;
        let library = LinkRig::build(&config)?;
        for &latency in &options.latencies {
            progress(&format!("link: {here}, latency {latency}"))?;
            let units = u64::from(config.last_range_unit()) + 1;
            let found = carry(&library, &config, latency, units)?;
            let target = match latency {
                0..=40 => Target::AtLeast(0.90),
                _ => Target::None,
            };
            let payload = Figure::new(&here, "payload", found.payload, Unit::Ratio, Target::None);
            for figure in [
                Figure::new(&here, "link", found.beats, Unit::Ratio, target),
                payload.bounded(found.bound),
                Figure::new(
                    &here,
                    "repeats",
                    found.repeats as f64,
                    Unit::Count,
                    Target::AtMost(0.0),
                ),
            ] {
                table.figures.push(figure.at_latency(latency));
            }
        }
    }
    Ok(())
}
