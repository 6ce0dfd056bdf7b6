//! S1: every write is entered in the ring before it is answered, in whatever the port has left.

use super::figure::{efficiency, Figure, Table, Target, Unit};
use super::stand::{bench_config, span, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::{ensure, Result};
use mch_spec::config::Config;
use mch_spec::registers::offset;
use mch_spec::Strategy;

/// The unit of the other figures, with S1.
pub fn config(width: u32, block: u64) -> Config {
    Config {
        strategies: vec![Strategy::S1, Strategy::S3, Strategy::S6],
        ..bench_config(width, block)
    }
}

/// What a stream of captured writes showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Captures {
    /// The port's limit over the cycles it took, payload only.
    pub efficiency: f64,
    /// The best possible with the headers' beats counted in.
    pub bound: f64,
}

/// Bursts of a stream: long enough that start-up hardly counts, few enough for the ring.
const BURSTS: u64 = 4096;

/// Writes bursts of `beats` beats to the first `blocks` blocks, in scattered order; all are captured.
pub fn captures(stand: &mut Stand, blocks: u64, beats: u16) -> Result<Captures> {
    let base = stand.system.layout.memory;
    let data_bytes = u64::from(stand.system.config.data_bytes());
    let places = stand.block_bytes() / (u64::from(beats) * data_bytes);
    let bursts = (blocks * places).min(BURSTS);
    let before = stand.system.guest(0, offset::G_ENTRIES)?;
    for index in 0..bursts {
        // An odd factor and a power of two of blocks: scattered, none twice before all others.
        let block = index * 1_367 % blocks;
        let place = index / blocks * u64::from(beats) * data_bytes;
        stand.write(base + block * stand.block_bytes() + place, beats)?;
    }
    let cycles = span(&stand.finish()?);
    let entries = stand.system.guest(0, offset::G_ENTRIES)? - before;
    ensure!(
        u64::from(entries) == bursts,
        "{entries} entries of {bursts} writes"
    );
    // A header is 64 bits: two beats of a bus of 32.
    let header = 64_u64.div_ceil(u64::from(stand.system.config.data_width));
    let (read, write) = (u64::from(beats), 2 * u64::from(beats));
    Ok(Captures {
        efficiency: efficiency(bursts * read, bursts * write, cycles),
        bound: write as f64 / (write + header) as f64,
    })
}

/// The table of S1.
pub fn table() -> Table {
    Table::new(
        "captures",
        "S1, every write captured",
        "Every write is copied to the ring once memory has answered it: its beats written, read and written again. \
         The limit is max(r, w) of this payload; each entry's header takes one beat more, so that the best possible is the bound in brackets. \
         4,096 bursts, in scattered order, or as many as fill 64 blocks of 4 KiB. Commits: from the last acknowledged write before RELEASE to \
         RELEASE, with all of these entries to be drained behind the guest's back.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let here = setting(width, block);
        progress(&format!("captures: {here}"))?;
        let mut stand = Stand::new(&config(width, block), 1)?;
        let blocks = super::stream_blocks(block);
        stand.attach_with_ring(Strategy::S1, blocks, BURSTS + 1)?;
        stand.commit(0)?;
        for &latency in &options.latencies {
            stand.set_latency(latency);
            let most = (block / u64::from(width / 8)).min(256) as u16;
            let lengths = [16, 8, 4, 1].into_iter().filter(|beats| *beats < most);
            for beats in std::iter::once(most).chain(lengths) {
                progress(&format!(
                    "captures: {here}, latency {latency}, {beats} beats"
                ))?;
                let found = captures(&mut stand, blocks, beats)?;
                let target = match beats {
                    8.. => Target::AtLeast(0.90),
                    _ => Target::None,
                };
                let what = match beats {
                    1 => "single beats".to_string(),
                    beats => format!("bursts of {beats}"),
                };
                let figure = Figure::new(&here, &what, found.efficiency, Unit::Ratio, target);
                table
                    .figures
                    .push(figure.bounded(found.bound).at_latency(latency));
                let commit = stand.commit(1)?;
                let figure = Figure::new(
                    &here,
                    "commit",
                    commit.after_acknowledgement as f64,
                    Unit::Cycles,
                    Target::AtMost(64.0),
                );
                if beats == most {
                    table.figures.push(figure.at_latency(latency));
                }
            }
        }
    }
    Ok(())
}
