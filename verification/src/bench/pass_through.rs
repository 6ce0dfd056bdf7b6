//! Traffic that needs nothing of the unit: how fast it goes through, and how much later it arrives.

use super::figure::{efficiency, Figure, Table, Target, Unit};
use super::stand::{bench_config, span, Stand};
use super::{setting, BenchOptions, Progress};
use anyhow::{ensure, Result};
use mch_sim::axi::Completed;
use mch_sim::memory::Direction;
use mch_spec::Strategy;

/// Beats of each direction in a stream.
const STREAM_BYTES: u64 = 4096 * 64;

/// Reads and writes of `beats` beats at once; the efficiency of the port.
pub fn stream(stand: &mut Stand, beats: u16) -> Result<f64> {
    let bytes = u64::from(beats) * u64::from(stand.system.config.data_bytes());
    let base = stand.system.layout.memory;
    let count = STREAM_BYTES / bytes;
    for index in 0..count {
        stand.write(base + index * bytes, beats)?;
        stand.read(base + STREAM_BYTES + index * bytes, beats)?;
    }
    let completed = stand.finish()?;
    let total = count * u64::from(beats);
    Ok(efficiency(total, total, span(&completed)))
}

fn latencies(completed: &[Completed], direction: Direction) -> Result<u64> {
    let mut found = completed
        .iter()
        .filter(|one| one.direction == direction)
        .map(Completed::latency);
    let first = found.next().unwrap_or_default();
    let other = found.find(|one| *one != first);
    ensure!(
        other.is_none(),
        "accesses alone took {first} and {other:?} cycles"
    );
    Ok(first)
}

/// Reads of `beats` beats, one at a time; the cycles that the unit adds to each.
pub fn added_read_latency(stand: &mut Stand, beats: u16, latency: u32) -> Result<u64> {
    let base = stand.system.layout.memory;
    for index in 0..8 {
        stand.read(base + index * 4096, beats)?;
        let completed = stand.finish()?;
        let took = latencies(&completed, Direction::Read)?;
        if index == 7 {
            return Ok(took - u64::from(latency));
        }
    }
    Ok(0)
}

/// Writes of `beats` beats inside one block, one at a time; the cycles that the unit adds to each, from its last
/// beat to its response.
pub fn added_write_latency(stand: &mut Stand, beats: u16, latency: u32) -> Result<u64> {
    let base = stand.system.layout.memory;
    let mut all = Vec::new();
    for index in 0..8 {
        stand.write(base + index * 4096, beats)?;
        all.extend(stand.finish()?);
    }
    Ok(latencies(&all, Direction::Write)? - u64::from(latency))
}

/// The table of pass-through traffic.
pub fn table() -> Table {
    Table::new(
        "pass-through",
        "Traffic that needs no extra traffic",
        "A stream of 256 KiB of reads and one of 256 KiB of writes at once, through the whole unit: the limit is one beat \
         per cycle on both channels together. Untracked: in no guest's region. Tracked: the guest's strategy is S3, which marks. \
         Single beats at latency 100 have no target: the 64 bursts in flight that the unit was built for do not cover it. \
         Added latency: of single accesses, against a wire between manager and memory, in cycles; writes from the last beat to the response.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let config = bench_config(width, block);
        let here = setting(width, block);
        progress(&format!("pass-through: {here}"))?;
        let mut stand = Stand::new(&config, 1)?;
        for class in ["untracked", "tracked"] {
            if class == "tracked" {
                stand.attach(Strategy::S3, 1 << 19 >> block.ilog2())?;
            }
            for &latency in &options.latencies {
                stand.set_latency(latency);
                let mut push = |what: String, found: f64, unit, target| {
                    let what = format!("{class}, {what}");
                    let figure = Figure::new(&here, what, found, unit, target);
                    table.figures.push(figure.at_latency(latency));
                };
                for beats in [16, 8, 1] {
                    progress(&format!("pass-through: {here}, latency {latency}, {class}"))?;
                    // As many bursts in flight as the unit was built for cover this latency, or do not.
                    let in_flight = u64::from(config.outstanding) * u64::from(beats);
                    let target = match in_flight < u64::from(latency) + 8 {
                        true => Target::None,
                        false => Target::AtLeast(0.98),
                    };
                    let what = match beats {
                        1 => "single beats".to_string(),
                        beats => format!("bursts of {beats}"),
                    };
                    let found = stream(&mut stand, beats)?;
                    push(what, found, Unit::Ratio, target);
                }
                let found = added_read_latency(&mut stand, 1, latency)? as f64;
                let what = "added read latency".to_string();
                push(what, found, Unit::Cycles, Target::AtMost(2.0));
                for (beats, what) in [(1, "single beat"), (4, "4 beats")] {
                    let found = added_write_latency(&mut stand, beats, latency)? as f64;
                    let what = format!("added write latency, {what}");
                    push(what, found, Unit::Cycles, Target::None);
                }
            }
        }
    }
    Ok(())
}
