//! One workload under every strategy, and without checkpoints: what each costs.
//!
//! A processor performs the workload on the unit's Verilog, once per strategy, and on a wire in the unit's place. The differences are what the
//! strategy costs it. Under S2 a second computer stands by.

mod backup;
mod cache;
mod document;
mod draw;
mod player;
mod recovery;
mod report;
mod stage;
mod workload;

pub use cache::CacheShape;
pub use document::{place, to_markdown, write_document};
pub use draw::{latencies_svg, overview_svg};
pub use report::{
    added_read_cycles, least_overhead, Added, Comparison, OnChip, Remote, Row, Spread, Traffic,
};
pub use workload::{BuiltIn, Workload};

use crate::simulate::MemoryTiming;
use anyhow::{ensure, Context, Result};
use mch_sim::memory::Counts;
use mch_spec::config::{Config, Size};
use mch_spec::registers::offset;
use mch_spec::Strategy;
use player::{Checkpoints, Player};
use recovery::Recovery;
use stage::Stage;

/// The shortest and the longest time between two checkpoints, in cycles.
const PERIODS: std::ops::RangeInclusive<u32> = 1_000..=1_000_000_000;

/// What a comparison is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The unit; its strategies are compared. One port.
    pub config: Config,
    /// Cycles between checkpoints.
    pub period: u32,
    /// The memory.
    pub timing: MemoryTiming,
    /// Decides what memory holds at the start.
    pub seed: u64,
}

impl Options {
    /// A unit with all strategies for a workload that needs so many bytes of memory.
    pub fn config_for(bytes: u64) -> Config {
        Config {
            ports: 1,
            guests: 1,
            regions: 1,
            memory_size: Size(bytes.next_power_of_two().max(1 << 20)),
            strategies: Options::strategies(),
            link: true,
            ..Config::default()
        }
    }

    /// The strategies that can be compared: those that are built.
    pub fn strategies() -> Vec<Strategy> {
        Strategy::BUILT.to_vec()
    }

    /// Refuses what cannot be compared.
    pub fn validate(&self, workload: &Workload) -> Result<()> {
        let config = &self.config;
        config.validate()?;
        ensure!(
            config.ports == 1,
            "ports = {}: must be 1; a comparison has one processor",
            config.ports
        );
        ensure!(
            PERIODS.contains(&self.period),
            "period = {}: must be {} to {} cycles",
            self.period,
            PERIODS.start(),
            PERIODS.end()
        );
        if let MemoryTiming::Fixed(cycles) = self.timing {
            ensure!(
                (1..=100_000).contains(&cycles),
                "latency = {cycles}: must be 1 to 100000"
            );
        }
        let region = stage::region_bytes(config, workload.bytes);
        ensure!(
            region <= config.memory_size.0,
            "memory_size = {}: {} needs {}",
            config.memory_size,
            workload.name,
            Size(region)
        );
        Ok(())
    }
}

/// What a comparison tells of its progress: the run, such as `S3`, and its cycle. False gives the comparison up.
pub type Progress<'a> = &'a mut dyn FnMut(&str, u64) -> bool;

/// What a run on its own has shown.
struct Run {
    cycles: u64,
    reads: Vec<u32>,
    writes: Vec<u32>,
    stops: Vec<player::Stop>,
    /// Bytes that the processor wrote and read, and those that reached memory.
    own: u64,
    moved: u64,
    ring_bytes: u64,
    recovery: Recovery,
    remote: Option<Remote>,
}

/// Compares the strategies of the unit under a workload.
pub fn compare(options: &Options, workload: &Workload, progress: Progress) -> Result<Comparison> {
    options.validate(workload)?;
    let mut run = |name: &str, checkpoints, strategy| {
        let result = run(options, workload, checkpoints, strategy, &mut |cycle| {
            progress(name, cycle)
        });
        result.with_context(|| format!("{} under {name}", workload.name))
    };
    let wire = run("a wire", Checkpoints::None, None)?;
    let flushed = match workload.has_cache() {
        true => {
            let period = options.period.into();
            run("a wire with flushes", Checkpoints::FlushOnly(period), None)?
        }
        false => Run {
            reads: wire.reads.clone(),
            writes: wire.writes.clone(),
            stops: Vec::new(),
            ..wire
        },
    };
    let reads = Spread::of(&flushed.reads);
    let writes = Spread::of(&flushed.writes);
    let mut rows = Vec::new();
    for &strategy in &options.config.strategies {
        let found = run(&strategy.to_string(), Checkpoints::Asked, Some(strategy))?;
        let over = |cycles: u64, from: u64| (cycles as f64 - from as f64) / wire.cycles as f64;
        let total = |take: fn(&player::Stop) -> u64| found.stops.iter().map(take).sum::<u64>();
        let least = report::least_overhead(
            &options.config,
            strategy,
            found.reads.len() as u64,
            (total(|stop| stop.lines), total(|stop| stop.first_touches)),
            flushed.stops.iter().map(|stop| stop.flush).sum(),
        );
        let times = |take: fn(&player::Stop) -> u64| {
            let times: Vec<u32> = found.stops.iter().map(|stop| take(stop) as u32).collect();
            Spread::of(&times)
        };
        rows.push(Row {
            strategy,
            cycles: found.cycles,
            overhead: over(found.cycles, wire.cycles),
            overhead_of_unit: over(found.cycles, flushed.cycles),
            least_overhead: least as f64 / wire.cycles as f64,
            added_read: Spread::of(&found.reads).over(&reads),
            added_write: Spread::of(&found.writes).over(&writes),
            reads: Spread::of(&found.reads),
            writes: Spread::of(&found.writes),
            read_curve: report::curve(&found.reads),
            write_curve: report::curve(&found.writes),
            checkpoints: found.stops.len() as u64,
            pauses: times(|stop| stop.pause),
            flushes: times(|stop| stop.flush),
            flushed_lines: found.stops.iter().map(|stop| stop.lines).sum(),
            rollback: found.recovery.cycles,
            rolled_back_blocks: found.recovery.blocks,
            shadow_bytes: match strategy.uses_shadow() {
                true => stage::region_bytes(&options.config, workload.bytes),
                false => 0,
            },
            ring_bytes: found.ring_bytes,
            on_chip: OnChip::of(&options.config, strategy),
            traffic: Traffic {
                own: found.own,
                extra: found.moved - found.own.min(found.moved),
            },
            remote: found.remote,
        });
    }
    Ok(Comparison {
        workload: workload.name.clone(),
        description: workload.description.clone(),
        has_cache: workload.has_cache(),
        period: options.period,
        memory: match options.timing {
            MemoryTiming::Dram => "with banks, rows and refresh".to_owned(),
            MemoryTiming::Fixed(cycles) => format!("that answers after {cycles} cycles"),
        },
        data_width: options.config.data_width,
        block_size: options.config.block_size.0,
        wire_cycles: wire.cycles,
        flush_overhead: (flushed.cycles as f64 - wire.cycles as f64) / wire.cycles as f64,
        wire_reads: reads,
        wire_writes: writes,
        wire_read_curve: report::curve(&flushed.reads),
        wire_write_curve: report::curve(&flushed.writes),
        rows,
    })
}

fn bytes(counts: Counts, data_bytes: u64) -> u64 {
    (counts.read_beats + counts.write_beats) * data_bytes
}

fn run(
    options: &Options,
    workload: &Workload,
    checkpoints: Checkpoints,
    strategy: Option<Strategy>,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Run> {
    let (config, timing, seed) = (&options.config, options.timing, options.seed);
    ensure!(watch(0), "interrupted before the first cycle");
    let stage = match strategy {
        Some(strategy) => {
            let memory = (workload.bytes, workload.memory());
            Stage::unit(config, strategy, timing, memory, seed)?
        }
        None => Stage::wire(config, timing, workload.memory(), seed)?,
    };
    let mut player = Player::new(stage, watch);
    let mut source = workload.source();
    if strategy.is_some() {
        // The first copies all of memory under some strategies; the second begins every run at the same time after a checkpoint.
        for _ in 0..2 {
            player.checkpoint(&mut source)?;
            player.rest(&mut source)?;
        }
    }
    player.restart();
    let beats = |player: &Player| {
        let (writes, reads) = player.stage.simulation[player.stage.port].beats();
        writes + reads
    };
    let (before, mut entries) = (beats(&player), 0);
    let frames_before = player.link_frames()?;
    if strategy.is_some() {
        player.set_guest(offset::G_PERIOD, options.period)?;
        entries = entries_of(&mut player, config)?;
    }
    let cycles = player.play(&mut source, checkpoints, None)?;
    if strategy.is_some() {
        player.set_guest(offset::G_PERIOD, 0)?;
        player.rest(&mut source)?;
        entries = entries_of(&mut player, config)?.wrapping_sub(entries);
    }
    let data_bytes = u64::from(config.data_bytes());
    let total = player.stage.simulation[player.stage.memory]
        .statistics()
        .total();
    let mut found = Run {
        cycles,
        own: (beats(&player) - before) * data_bytes,
        moved: bytes(total, data_bytes),
        reads: std::mem::take(&mut player.read_cycles),
        writes: std::mem::take(&mut player.write_cycles),
        stops: std::mem::take(&mut player.stops),
        ring_bytes: 0,
        recovery: Recovery::default(),
        remote: None,
    };
    if let Some(strategy) = strategy {
        // Entries of blocks with their headers, in one interval of those that the run had begun.
        let intervals = found.stops.len() as u64 + 1;
        if strategy.uses_ring() {
            let each = u64::from(config.block_bytes()) + 8;
            found.ring_bytes = u64::from(entries).div_ceil(intervals) * each;
        }
        found.remote = remote(options, workload, &mut player, frames_before)?;
        found.recovery = recovery::go_back(options, workload, &mut player)?;
    }
    drop(player);
    if let Some(remote) = &mut found.remote {
        let at_once = recovery::take_over_at_once(options, workload, watch)?;
        (remote.takeover_at_release, remote.takeover_blocks) = (at_once.cycles, at_once.blocks);
    }
    Ok(found)
}

/// What the run since `restart` has carried to a backup, if there is one.
fn remote(
    options: &Options,
    workload: &Workload,
    player: &mut Player,
    before: [u32; 2],
) -> Result<Option<Remote>> {
    let [frames, repeats] = player.link_frames()?;
    let Some(backup) = &player.stage.backup else {
        return Ok(None);
    };
    let carried = backup.carried(&player.stage.simulation);
    let counted = u64::from(frames.wrapping_sub(before[0]));
    ensure!(
        carried.frames == counted,
        "the link has carried {} frames, LINK_FRAMES counts {counted}",
        carried.frames
    );
    Ok(Some(Remote {
        sent: carried.sent,
        repeats: repeats.wrapping_sub(before[1]).into(),
        answered: carried.answered,
        memory: carried.memory,
        image_bytes: stage::region_bytes(&options.config, workload.bytes),
        takeover_at_release: 0,
        takeover_blocks: 0,
    }))
}

fn entries_of(player: &mut Player, config: &Config) -> Result<u32> {
    match config.uses_ring() {
        true => player.guest(offset::G_ENTRIES),
        false => Ok(0),
    }
}
