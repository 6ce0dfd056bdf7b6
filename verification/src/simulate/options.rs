//! What a replay is told, and where it puts its guests.

use crate::system::{GuestSetup, Layout};
use crate::trace::{Event, Kind};
use anyhow::{bail, ensure, Result};
use mch_sim::axi::SubordinateOptions;
use mch_sim::memory::{DramTiming, Fill, Latency};
use mch_spec::config::{Config, Size};
use mch_spec::registers::{RING_SIZE_MAX, RING_SIZE_MIN};
use mch_spec::Strategy;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

/// How the memory behind the unit answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryTiming {
    /// After this many cycles, 1 or more.
    Fixed(u32),
    /// Like a DRAM: banks, rows, refresh.
    Dram,
}

/// A fault that is not in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The guest that is broken.
    pub guest: u32,
    /// The cycle, from the start of the replay.
    pub cycle: u64,
}

impl Fault {
    /// So many faults at random moments of a trace that ends at cycle `end`, of guests chosen at random.
    pub fn random(count: u32, seed: u64, guests: u32, end: u64) -> Vec<Fault> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let fault = |_| Fault {
            guest: random.random_range(0..guests.max(1)),
            cycle: random.random_range(0..=end),
        };
        (0..count).map(fault).collect()
    }
}

/// A waveform to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waveform {
    /// VCD or FST.
    pub format: verilated::Trace,
    /// The file.
    pub path: PathBuf,
}

/// What to replay on.
#[derive(Clone, Debug)]
pub struct Options {
    /// The unit; all its guests are attached.
    pub config: Config,
    /// The strategy of all guests; one that is built.
    pub strategy: Strategy,
    /// The memory.
    pub timing: MemoryTiming,
    /// Cycles between checkpoints; 0: only those of the trace.
    pub period: u32,
    /// Bytes of a guest's log, a power of two, 32 KiB or more; a checkpoint starts when it is half full. None: so much
    /// that it cannot be filled, under S2 that half of it has an entry for each block.
    pub log_size: Option<Size>,
    /// Faults besides those of the trace, in any order.
    pub faults: Vec<Fault>,
    /// Decides the contents of memory at the start.
    pub seed: u64,
    /// Where to write a waveform, if anywhere.
    pub waveform: Option<Waveform>,
}

impl Options {
    /// Bytes of a guest's region: an equal share of system memory, in whole granules.
    pub fn region_bytes(config: &Config) -> u64 {
        let granule = u64::from(config.granule_bytes());
        config.memory_size.0 / u64::from(config.guests) / granule * granule
    }

    /// The first byte of a guest's region, an offset into system memory.
    pub fn region_offset(config: &Config, guest: u32) -> u64 {
        u64::from(guest) * Self::region_bytes(config)
    }

    /// log2 of the bytes of a guest's log; 0 for none.
    pub(super) fn ring_shift(&self) -> Result<u32> {
        if !self.strategy.uses_ring() {
            return Ok(0);
        }
        if let Some(Size(bytes)) = self.log_size {
            let shift = bytes.checked_ilog2().unwrap_or(0);
            ensure!(
                bytes.is_power_of_two() && (RING_SIZE_MIN..=RING_SIZE_MAX).contains(&shift),
                "log_size = {}: must be a power of two, {} to {}",
                Size(bytes),
                Size(1 << RING_SIZE_MIN),
                Size(1 << RING_SIZE_MAX)
            );
            return Ok(shift);
        }
        let blocks = Self::region_bytes(&self.config) >> self.config.block_shift();
        // Under S2 a checkpoint starts when the ring is half full: more than that the backup's could not hold.
        let slots = match self.strategy {
            Strategy::S2 => 2 * blocks,
            _ => blocks,
        };
        let enough = |shift: &u32| self.config.ring_slots(*shift) >= slots;
        Ok((RING_SIZE_MIN..RING_SIZE_MAX)
            .find(enough)
            .unwrap_or(RING_SIZE_MAX))
    }

    /// A guest's setting.
    pub(super) fn setup(&self, guest: u32) -> Result<GuestSetup> {
        let shift = self.ring_shift()?;
        let ring_base = match shift {
            0 => 0,
            _ => {
                let first = Layout::of(&self.config).rings.next_multiple_of(1 << shift);
                first + (u64::from(guest) << shift)
            }
        };
        ensure!(
            shift == 0 || (ring_base + (1 << shift)) >> self.config.address_width == 0,
            "address_width = {}: too small for memory_size = {}, its shadow and {} logs of {}",
            self.config.address_width,
            self.config.memory_size,
            self.config.guests,
            Size(1 << shift)
        );
        Ok(GuestSetup {
            strategy: self.strategy,
            offset: Self::region_offset(&self.config, guest),
            bytes: Self::region_bytes(&self.config),
            ring_size: shift,
            ring_base,
            processors: 1,
        })
    }

    pub(super) fn subordinate(&self) -> SubordinateOptions {
        let latency = match self.timing {
            MemoryTiming::Fixed(cycles) => Latency::Fixed(cycles),
            MemoryTiming::Dram => Latency::Dram(DramTiming::default()),
        };
        SubordinateOptions {
            read_latency: latency.clone(),
            write_latency: latency,
            fill: Fill::Random(self.seed),
            ..SubordinateOptions::default()
        }
    }

    /// Refuses what cannot be replayed, naming the trace's line where there is one.
    pub(super) fn validate(&self, events: &[Event]) -> Result<()> {
        let config = &self.config;
        config.validate()?;
        let built: Vec<String> = config.strategies.iter().map(|s| s.to_string()).collect();
        ensure!(
            config.has(self.strategy),
            "strategy = {}: must be one that is built: {}",
            self.strategy,
            built.join(", ")
        );
        let breaks = events.iter().find(|event| event.kind == Kind::Rollback);
        if let (Strategy::S2, Some(event)) = (self.strategy, breaks) {
            bail!(
                "trace line {}: under S2 no guest is broken by itself, its checkpoint lies in a second computer; take another strategy, or lose whole \
                 computers with `mch demo`",
                event.line
            );
        }
        ensure!(
            self.strategy != Strategy::S2 || self.faults.is_empty(),
            "faults: under S2 no guest is broken by itself, its checkpoint lies in a second computer; take another strategy, or lose whole computers with `mch demo`"
        );
        ensure!(
            config.regions >= config.guests,
            "regions = {}: must be {} or more, one for each guest",
            config.regions,
            config.guests
        );
        if let MemoryTiming::Fixed(cycles) = self.timing {
            ensure!(
                (1..=100_000).contains(&cycles),
                "latency = {cycles}: must be 1 to 100000"
            );
        }
        for event in events {
            self.validate_event(event)?;
        }
        let end = events.last().map_or(0, |event| event.time);
        for fault in &self.faults {
            ensure!(
                fault.guest < config.guests,
                "fault of guest {}: the guests are 0 to {}",
                fault.guest,
                config.guests - 1
            );
            ensure!(
                fault.cycle <= end,
                "fault at cycle {}: must lie in the trace, 0 to {end}",
                fault.cycle
            );
        }
        Ok(())
    }

    fn validate_event(&self, event: &Event) -> Result<()> {
        let (line, guest) = (event.line, event.guest);
        ensure!(
            guest < self.config.guests,
            "trace line {line}: guest {guest} does not exist; guests = {}",
            self.config.guests
        );
        let (address, length) = match &event.kind {
            Kind::Write { address, data } => (*address, data.len()),
            Kind::Read { address, length } => (*address, *length),
            Kind::Checkpoint | Kind::Rollback => return Ok(()),
        };
        let first = Self::region_offset(&self.config, guest);
        let end = first + Self::region_bytes(&self.config);
        let inside = address >= first
            && address
                .checked_add(length as u64)
                .is_some_and(|past| past <= end);
        ensure!(
            inside,
            "trace line {line}: {length} bytes at {address:#x} are not all in the region of guest {guest}, \
             {first:#x} to {:#x}",
            end - 1
        );
        Ok(())
    }
}
