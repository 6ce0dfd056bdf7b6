//! S2 from end to end: what a guest writes is captured, sent over the link, acknowledged by the backup and, once committed, applied there.

use super::figure::{Figure, Table, Target, Unit};
use super::stand::{bench_config, Commit, Probe, Stand};
use super::{setting, BenchOptions, Progress};
use crate::pair::Companion;
use anyhow::{ensure, Context, Result};
use mch_sim::memory::Latency;
use mch_sim::stream::{StreamMonitor, Wire};
use mch_sim::Handle;
use mch_spec::config::Config;
use mch_spec::registers::{offset, Operation};
use mch_spec::Strategy;

/// Bursts of a stream: long enough that start-up hardly counts, few enough for the rings.
const BURSTS: u64 = 4096;
/// Blocks in a stream: until the tickets are taken writes run ahead of their captures, 45,000 cycles with blocks of 4 KiB, and the link has less to do.
fn stream_blocks(block_size: u64) -> u64 {
    match block_size {
        64 => 4096,
        _ => 1024,
    }
}

/// Cycles that what is on its way may take.
const LIMIT: u64 = 20_000_000;

/// The unit of the other figures, with S2.
pub fn config(width: u32, block: u64) -> Config {
    Config {
        strategies: vec![Strategy::S2],
        link: true,
        ..bench_config(width, block)
    }
}

/// Two units joined by a link; whatever is asked of the primary, the backup goes on, too.
pub struct Joined {
    /// The primary.
    pub stand: Stand,
    backup: Companion,
    probe: Handle<Probe>,
    /// The cycle of the backup in the primary's cycle 0.
    ahead: i64,
    sent: Handle<StreamMonitor>,
    answers: Handle<StreamMonitor>,
}

/// What a stream of captured writes showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transferred {
    /// Beats of the link over the cycles from the first write's address to the last acknowledgement on the link.
    pub link: f64,
    /// The best possible, where memory has more to do than the link.
    pub bound: f64,
    /// Frames sent again.
    pub repeats: u32,
}

impl Joined {
    /// Guest 0 with the first `blocks` blocks of memory is attached here and synchronised there.
    pub fn new(config: &Config, blocks: u64) -> Result<Joined> {
        let (mut stand, mut other) = (Stand::new(config, 1)?, Stand::new(config, 1)?);
        let wire = Wire::default();
        wire.attach(0, &mut stand.system.simulation)?;
        wire.attach(1, &mut other.system.simulation)?;
        let mut watch = |port| -> Result<Handle<StreamMonitor>> {
            let monitor = StreamMonitor::bind(&stand.system.simulation, port, None)?;
            Ok(stand.system.simulation.add(monitor))
        };
        let (sent, answers) = (watch("link_tx")?, watch("link_rx")?);
        let setup = stand.setup(Strategy::S2, blocks, BURSTS + 1);
        stand.system.attach(0, setup)?;
        other.system.configure(0, setup)?;
        (other.system).command(0, Operation::Standby, 20_000 + blocks * 4)?;
        let probe = other.probe;
        let backup = Companion::new(other.system);
        let cycle = |unit: &crate::system::System| unit.simulation.cycle() as i64;
        let ahead = cycle(&backup.alone()) - cycle(&stand.system);
        stand.system.simulation.add(backup.clone());
        let mut joined = Joined {
            stand,
            backup,
            probe,
            ahead,
            sent,
            answers,
        };
        joined.stand.commit(0)?;
        joined.rest()?;
        Ok(joined)
    }

    /// Changes the latency of both memories.
    pub fn set_latency(&mut self, latency: u32) {
        self.stand.set_latency(latency);
        let latency = Latency::Fixed(latency);
        let backup = &mut *self.backup.alone();
        backup.simulation[backup.memory].set_latency(latency.clone(), latency);
    }

    /// Runs until the backup has acknowledged every entry and applies nothing.
    fn rest(&mut self) -> Result<()> {
        let end = self.stand.system.simulation.cycle() + LIMIT;
        while self.stand.system.guest(0, offset::G_RING_USED)? > 0 {
            ensure!(
                self.stand.system.simulation.cycle() < end,
                "the backup does not acknowledge"
            );
        }
        // Its memory at rest for longer than a copy waits for anything.
        let mut last = 0;
        loop {
            self.stand.system.simulation.run(1_000)?;
            let backup = self.backup.alone();
            let now = backup.simulation[self.probe].last_memory_response;
            if now == last && backup.simulation[backup.memory].is_idle() {
                return Ok(());
            }
            last = now;
        }
    }

    /// Writes bursts of `beats` beats to the first `blocks` blocks, in scattered order, and waits for the backup's last acknowledgement.
    pub fn transfer(&mut self, blocks: u64, beats: u16) -> Result<Transferred> {
        for monitor in [self.sent, self.answers] {
            self.stand.system.simulation[monitor].restart();
        }
        let repeats = self.stand.system.read(offset::LINK_REPEATS)?;
        let (bursts, first) = self.write(blocks, beats)?;
        self.rest()?;
        let simulation = &self.stand.system.simulation;
        let (_, last) = (simulation[self.answers].span).context("no acknowledgement")?;
        let carried = simulation[self.sent].beats;
        let repeats = self.stand.system.read(offset::LINK_REPEATS)? - repeats;
        let Frame {
            words,
            reads,
            writes,
        } = Frame::of(&self.stand.system.config, beats);
        ensure!(
            repeats > 0 || carried == bursts * words,
            "{carried} beats were sent for {bursts} entries of {words}"
        );
        let link = bursts * words;
        Ok(Transferred {
            link: link as f64 / (last - first + 1) as f64,
            bound: link as f64 / (bursts * words.max(reads).max(writes)) as f64,
            repeats,
        })
    }

    /// The bursts of a stream, answered; how many, and the cycle of the first address.
    fn write(&mut self, blocks: u64, beats: u16) -> Result<(u64, u64)> {
        let stand = &mut self.stand;
        let base = stand.system.layout.memory;
        let length = u64::from(beats) * u64::from(stand.system.config.data_bytes());
        let bursts = (blocks * (stand.block_bytes() / length)).min(BURSTS);
        for index in 0..bursts {
            // An odd factor and a power of two of blocks: scattered, none twice before all others.
            let block = index * 1_367 % blocks;
            stand.write(
                base + block * stand.block_bytes() + index / blocks * length,
                beats,
            )?;
        }
        let completed = stand.finish()?;
        let first = completed.iter().map(|one| one.timing.address).min();
        Ok((bursts, first.context("nothing was written")?))
    }

    /// Commits with a write under way and nothing else, and waits until the backup has applied it.
    pub fn commit(&mut self) -> Result<Commit> {
        let commit = self.stand.commit(1)?;
        self.rest()?;
        Ok(commit)
    }

    /// Commits right behind a stream, and the cycles from the mark's last beat on the link until the backup's memory has answered the last block, for each entry.
    pub fn apply(&mut self, blocks: u64, beats: u16) -> Result<(u64, f64)> {
        let (bursts, _) = self.write(blocks, beats)?;
        let commit = self.stand.commit(0)?;
        let simulation = &self.stand.system.simulation;
        let (_, mark) = (simulation[self.sent].span).context("no mark was sent")?;
        self.rest()?;
        let backup = self.backup.alone();
        let ahead = backup.simulation.cycle() as i64 - self.stand.system.simulation.cycle() as i64;
        ensure!(ahead == self.ahead, "the clocks have come apart");
        let last = backup.simulation[self.probe].last_memory_response as i64 - ahead;
        Ok((
            commit.after_arrival,
            (last - mark as i64) as f64 / bursts as f64,
        ))
    }

    /// Whether the backup's memory is the primary's, in the guest's region.
    pub fn is_same(&mut self, blocks: u64) -> Result<bool> {
        let backup = self.backup.alone();
        let bytes = (blocks * self.stand.block_bytes()) as usize;
        let base = backup.layout.memory;
        let here = self.stand.system.contents().read_vec(base, bytes);
        Ok(here == backup.contents().read_vec(base, bytes))
    }
}

/// Beats that an entry of a burst takes: on the link, and on the primary's memory from the burst to the frame.
struct Frame {
    words: u64,
    reads: u64,
    writes: u64,
}

impl Frame {
    fn of(config: &Config, beats: u16) -> Frame {
        let bytes = u64::from(beats) * u64::from(config.data_bytes());
        // An entry has whole units of its block.
        let entered = bytes.next_multiple_of(1 << config.range_shift());
        let (own, copied) = [bytes, entered]
            .map(|bytes| bytes / u64::from(config.data_bytes()))
            .into();
        // A header is 64 bits: two beats of a bus of 32.
        let header = 64_u64.div_ceil(config.data_width.into());
        Frame {
            words: entered.div_ceil(8) + 3,
            reads: copied + header + copied,
            writes: own + copied + header,
        }
    }
}

/// The table of S2 from end to end.
pub fn table() -> Table {
    Table::new(
        "backup",
        "S2 from end to end",
        "Two units joined by a link that loses nothing and takes no time of its own, a memory of the stated latency at each. Every write is captured at the primary, sent, written to the \
         backup's ring and acknowledged: beats of the link over the cycles from the first write's address to the last acknowledgement; the limit is a beat in every cycle. In brackets the \
         best possible where the primary's memory has more to do: an entry is written by the processor, read and written by the capture, and read by the link. 4,096 bursts, in scattered order, \
         or as many as fill 1,024 blocks of 4 KiB. Commits: from the last acknowledged write before RELEASE to RELEASE, with all others acknowledged by the backup; right behind a stream: from the \
         acknowledgement of ARRIVE, with what the link has left to send. Applied: cycles for each entry from the mark on the link to the last answer of the backup's memory.",
    )
}

/// Takes the figures.
pub fn measure(options: &BenchOptions, table: &mut Table, progress: Progress) -> Result<()> {
    for (width, block) in super::shapes(options) {
        let here = setting(width, block);
        progress(&format!("backup: {here}"))?;
        let blocks = stream_blocks(block);
        let mut joined = Joined::new(&config(width, block), blocks)?;
        for &latency in &options.latencies {
            joined.set_latency(latency);
            let most = (block / u64::from(width / 8)).min(256) as u16;
            let lengths = [16, 8, 4, 1].into_iter().filter(|beats| *beats < most);
            for beats in std::iter::once(most).chain(lengths) {
                progress(&format!("backup: {here}, latency {latency}, {beats} beats"))?;
                let found = joined.transfer(blocks, beats)?;
                let target = match (beats, latency) {
                    (8.., 0..=40) => Target::AtLeast(0.90),
                    _ => Target::None,
                };
                let what = match beats {
                    1 => "single beats".to_string(),
                    beats => format!("bursts of {beats}"),
                };
                let mut push = |figure: Figure| table.figures.push(figure.at_latency(latency));
                let figure = Figure::new(&here, &what, found.link, Unit::Ratio, target);
                push(figure.bounded(found.bound));
                let commit = joined.commit()?;
                if beats != most {
                    continue;
                }
                let figure =
                    |what: &str, value, unit| Figure::new(&here, what, value, unit, Target::None);
                let none_left = commit.after_acknowledgement as f64;
                push(figure("commit", none_left, Unit::Cycles));
                let (behind, each) = joined.apply(blocks, beats)?;
                let what = format!("commit, right behind {what}");
                push(figure(&what, behind as f64, Unit::Cycles));
                push(figure("applied, per entry", each, Unit::MeanCycles));
                let repeats = f64::from(found.repeats);
                let target = Target::AtMost(0.0);
                push(Figure::new(&here, "repeats", repeats, Unit::Count, target));
            }
        }
        ensure!(
            joined.is_same(blocks)?,
            "{here}: the backup's memory is not the primary's"
        );
    }
    Ok(())
}
