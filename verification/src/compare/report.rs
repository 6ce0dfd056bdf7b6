//! What a comparison has found.

use super::cache::LINE;
use mch_spec::config::Config;
use mch_spec::Strategy;
use serde::Serialize;

/// How times are spread, in cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Half of them are no longer.
    pub median: u32,
    /// 95 of 100 are no longer.
    pub most_of_95: u32,
    /// 99 of 100 are no longer.
    pub most_of_99: u32,
    /// The longest.
    pub max: u32,
}

/// The time that so many of a thousand do not exceed.
fn quantile(sorted: &[u32], thousandths: usize) -> u32 {
    let at = (sorted.len() * thousandths).div_ceil(1000).max(1) - 1;
    sorted.get(at).copied().unwrap_or_default()
}

impl Spread {
    /// Of these times.
    pub fn of(times: &[u32]) -> Spread {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let total: u64 = sorted.iter().copied().map(u64::from).sum();
        Spread {
            count: sorted.len() as u64,
            mean: total as f64 / sorted.len().max(1) as f64,
            median: quantile(&sorted, 500),
            most_of_95: quantile(&sorted, 950),
            most_of_99: quantile(&sorted, 990),
            max: sorted.last().copied().unwrap_or_default(),
        }
    }

    /// What these times are longer than others.
    pub fn over(&self, other: &Spread) -> Added {
        let over = |mine: u32, other: u32| i64::from(mine) - i64::from(other);
        Added {
            mean: self.mean - other.mean,
            median: over(self.median, other.median),
            most_of_95: over(self.most_of_95, other.most_of_95),
            most_of_99: over(self.most_of_99, other.most_of_99),
        }
    }
}

/// Points of the curve that says which part of the times is how long at most: length in cycles, part of all.
pub fn curve(times: &[u32]) -> Vec<(u32, f64)> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut points: Vec<(u32, f64)> = Vec::new();
    if sorted.is_empty() {
        return points;
    }
    for thousandths in (1..1000).step_by(4).chain([1000]) {
        let (length, part) = (quantile(&sorted, thousandths), thousandths as f64 / 1000.0);
        match points.last_mut() {
            Some(last) if last.0 == length => last.1 = part,
            _ => points.push((length, part)),
        }
    }
    points
}

/// How much longer times are than without the unit, in cycles: the mean, and the same percentiles of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Added {
    /// Of the mean.
    pub mean: f64,
    /// Of the median.
    pub median: i64,
    /// Of what 95 of 100 do not exceed.
    pub most_of_95: i64,
    /// Of what 99 of 100 do not exceed.
    pub most_of_99: i64,
}

/// Memory inside a unit that has this strategy alone, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OnChip {
    /// Bit planes.
    pub planes: u64,
    /// Tags of their words.
    pub tags: u64,
    /// Summaries.
    pub summaries: u64,
    /// The read ports' copy of planes and tags (S5).
    pub places: u64,
}

impl OnChip {
    /// For all of system memory.
    pub fn of(config: &Config, strategy: Strategy) -> OnChip {
        let planes = u64::from(config.blocks()) * if strategy.uses_plane_y() { 2 } else { 1 };
        let tags = u64::from(config.words()) * u64::from(config.epoch_bits);
        let summaries = 32 * u64::from(config.summary_words() + config.top_words());
        OnChip {
            planes,
            tags,
            summaries,
            places: match strategy {
                Strategy::S5 => planes + tags,
                _ => 0,
            },
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.planes + self.tags + self.summaries + self.places
    }
}

/// Bytes that a run moved, reads and writes together, in whole beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// By the processor.
    pub own: u64,
    /// By the unit on `m_axi` beyond that.
    pub extra: u64,
}

/// What S2 has beside the unit of the workload: a link and a second computer. Bytes are those of the whole run, as in [`Traffic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Remote {
    /// Bytes on the link to the backup: whole frames of entries and marks.
    pub sent: u64,
    /// Frames among them that had been sent before.
    pub repeats: u64,
    /// Bytes on the link back: acknowledgements.
    pub answered: u64,
    /// Bytes on the backup's memory, reads and writes together.
    pub memory: u64,
    /// Bytes of the guest's memory at the backup.
    pub image_bytes: u64,
    /// A takeover in the moment of a release, with all that a period has written still to be applied, in cycles.
    pub takeover_at_release: u64,
    /// Blocks that the period has changed.
    pub takeover_blocks: u64,
}

/// What one strategy costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The strategy.
    pub strategy: Strategy,
    /// Run time, in cycles.
    pub cycles: u64,
    /// What the run takes longer than with a wire and without checkpoints, as a part of that.
    pub overhead: f64,
    /// The same without what the flushes alone cost.
    pub overhead_of_unit: f64,
    /// What `overhead_of_unit` is at least in a unit with these registers: see [`least_overhead`].
    pub least_overhead: f64,
    /// Added to reads.
    pub added_read: Added,
    /// Added to writes.
    pub added_write: Added,
    /// Reads, from the address offered to the last beat.
    pub reads: Spread,
    /// Writes, from the address offered to the response.
    pub writes: Spread,
    /// How reads are spread: cycles, and the part of all that takes no more.
    pub read_curve: Vec<(u32, f64)>,
    /// How writes are spread.
    pub write_curve: Vec<(u32, f64)>,
    /// Checkpoints.
    pub checkpoints: u64,
    /// From the stop for a checkpoint to its release, in cycles.
    pub pauses: Spread,
    /// The part of it until all writes are answered, the flush of the cache among them.
    pub flushes: Spread,
    /// Lines that the flushes wrote.
    pub flushed_lines: u64,
    /// A rollback after a whole period, under S2 a takeover by the backup, in cycles.
    pub rollback: u64,
    /// Blocks that were dirty then.
    pub rolled_back_blocks: u64,
    /// Bytes of the shadow.
    pub shadow_bytes: u64,
    /// Bytes of the entries of an interval in the ring, a mean.
    pub ring_bytes: u64,
    /// Memory inside the unit.
    pub on_chip: OnChip,
    /// Traffic of the whole run and of the copies it has left behind.
    pub traffic: Traffic,
    /// The link and the backup (S2).
    pub remote: Option<Remote>,
}

/// A workload under all strategies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The workload's name.
    pub workload: String,
    /// What it does.
    pub description: String,
    /// Whether a cache is flushed before each checkpoint.
    pub has_cache: bool,
    /// Cycles between checkpoints.
    pub period: u32,
    /// The memory, after the word memory.
    pub memory: String,
    /// Bits of the data bus.
    pub data_width: u32,
    /// Bytes of a block.
    pub block_size: u64,
    /// Cycles of the run with a wire in the place of the unit, without checkpoints.
    pub wire_cycles: u64,
    /// What the flushes alone cost with a wire, as a part of that.
    pub flush_overhead: f64,
    /// Reads with a wire, flushes included.
    pub wire_reads: Spread,
    /// Writes with a wire, flushes included.
    pub wire_writes: Spread,
    /// How they are spread.
    pub wire_read_curve: Vec<(u32, f64)>,
    /// How they are spread.
    pub wire_write_curve: Vec<(u32, f64)>,
    /// The strategies.
    pub rows: Vec<Row>,
}

/// Cycles that the unit adds to a read at least: a register on the way, a second one unless the build leaves it out, and with S5 what the look-up of the place
/// takes beyond the first.
pub fn added_read_cycles(config: &Config, strategy: Strategy) -> u64 {
    let look_up = strategy == Strategy::S5 && !config.early_places();
    1 + u64::from(config.read_register) + u64::from(look_up)
}

/// The cycles that a strategy must add to a run whose processor waits for each of its reads. `lines` and `first_touches` are those that the flushes of its cache
/// wrote, and `flushed` the cycles that the flushes take on a wire. A first touch under S6 writes, before its own beats, the block that it overwrites and a header: the
/// write data of a flush take that many cycles at least. What the processor writes between flushes goes on behind its back.
pub fn least_overhead(
    config: &Config,
    strategy: Strategy,
    reads: u64,
    (lines, first_touches): (u64, u64),
    flushed: u64,
) -> u64 {
    let beats = u64::from(LINE.div_ceil(config.data_bytes()));
    let header = 64_u64.div_ceil(config.data_width.into());
    let saved = match strategy {
        Strategy::S6 => first_touches * (u64::from(config.beats_per_block()) + header),
        _ => 0,
    };
    let flushes = match saved {
        0 => 0,
        saved => (lines * beats + saved).saturating_sub(flushed),
    };
    reads * added_read_cycles(config, strategy) + flushes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times: Vec<u32> = (1..=200).rev().collect();
        let spread = Spread::of(&times);
        assert_eq!((spread.count, spread.mean), (200, 100.5));
        assert_eq!((spread.median, spread.most_of_95), (100, 190));
        assert_eq!((spread.most_of_99, spread.max), (198, 200));
        assert_eq!(Spread::of(&[7]).most_of_99, 7);
        assert_eq!(Spread::of(&[]).max, 0);
        let later: Vec<u32> = times.iter().map(|time| time + 3).collect();
        let added = Spread::of(&later).over(&spread);
        assert_eq!((added.mean, added.median, added.most_of_99), (3.0, 3, 3));
    }

    #[test]
    fn a_strategy_costs_its_registers_and_the_beats_of_what_it_saves() {
        let config = Config::default();
        let least = |strategy, first| least_overhead(&config, strategy, 100, (20, first), 180);
        assert_eq!(least(Strategy::S4, 20), 200);
        assert_eq!(least(Strategy::S5, 20), 300);
        let early = Config {
            read_register: false,
            ..Config::default()
        };
        let corrected = Config {
            error_correction: true,
            ..early.clone()
        };
        assert_eq!(added_read_cycles(&early, Strategy::S5), 1);
        assert_eq!(added_read_cycles(&corrected, Strategy::S5), 2);
        assert_eq!(added_read_cycles(&corrected, Strategy::S4), 1);
        assert_eq!(least(Strategy::S6, 0), 200);
        assert_eq!(least(Strategy::S6, 2), 200, "178 beats in 180 cycles");
        assert_eq!(least(Strategy::S6, 20), 200 + 20 * 17 - 180);
    }

    #[test]
    fn a_curve_ends_with_the_longest() {
        assert_eq!(curve(&[5, 5, 9]), [(5, 0.665), (9, 1.0)]);
        assert!(curve(&[]).is_empty());
    }

    #[test]
    fn planes_of_the_default_unit() {
        let config = Config::default();
        let s3 = OnChip::of(&config, Strategy::S3);
        assert_eq!((s3.planes, s3.tags), (262_144, 4 * 8192));
        assert_eq!(s3.summaries, 8192 + 256);
        let s5 = OnChip::of(&config, Strategy::S5);
        assert_eq!(s5.total(), 2 * (2 * 262_144 + 4 * 8192) + 8192 + 256);
    }
}
