//! An AXI4 subordinate with a memory: plays the DRAM controller.

mod answers;
mod options;
mod read;
mod write;

pub use options::{ReadSample, Reorder, SubordinateOptions, WriteApply};

use super::pins::AxiPins;
use crate::bench::{derive_seed, Agent, Drive, Handle, Pacer, Pacing, Sample, Simulation};
use crate::memory::{DramState, Faults, Latency, LatencyModel, Memory, Statistics};
use anyhow::{ensure, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use read::ReadSide;
use write::{WriteOptions, WriteSide};

/// What reads and writes have in common besides the memory.
#[derive(Clone, Debug, Default)]
struct Shared {
    faults: Faults,
    statistics: Statistics,
    dram: DramState,
}

/// An AXI4 subordinate on one port, with its memory behind it.
///
/// It accepts an address a cycle and moves a beat a cycle in each direction at once, whatever the
/// latency, as long as its outstanding limits allow. FIXED bursts access one place again and again.
/// Exclusive accesses are performed and answered OKAY. A reset of the design drops the transactions
/// under way and keeps the memory.
#[derive(Clone)]
pub struct AxiSubordinate {
    prefix: String,
    pins: AxiPins,
    memory: Memory,
    shared: Shared,
    write: WriteSide,
    read: ReadSide,
    random: ChaCha8Rng,
    in_reset: bool,
}

impl AxiSubordinate {
    /// Binds a subordinate to the port whose signals start with `prefix`, as `m_axi`.
    pub fn bind(
        simulation: &Simulation,
        prefix: &str,
        options: SubordinateOptions,
    ) -> Result<Self> {
        let pins = AxiPins::bind(simulation.model(), prefix)?;
        pins.expect_subordinate(prefix)?;
        ensure!(
            options.outstanding_reads > 0 && options.outstanding_writes > 0,
            "{prefix}: outstanding limits of a subordinate must be 1 or more"
        );
        let seed = |what: &str| derive_seed(simulation.seed(), &format!("{prefix} {what}"));
        let pacer = |pacing: &Pacing, channel: &str| Pacer::new(pacing.clone(), seed(channel));
        Ok(Self {
            prefix: prefix.to_owned(),
            pins,
            memory: Memory::new(options.fill),
            shared: Shared::default(),
            write: WriteSide::new(
                WriteOptions {
                    limit: options.outstanding_writes,
                    data_ahead: options.data_ahead,
                    reorder: options.reorder,
                    apply: options.write_apply,
                    latency: LatencyModel::new(options.write_latency, seed("write latency")),
                },
                pacer(&options.aw, "aw"),
                pacer(&options.w, "w"),
                pacer(&options.b, "b"),
            ),
            read: ReadSide::new(
                options.outstanding_reads,
                options.reorder,
                options.read_sample,
                LatencyModel::new(options.read_latency, seed("read latency")),
                pacer(&options.ar, "ar"),
                pacer(&options.r, "r"),
            ),
            random: ChaCha8Rng::seed_from_u64(seed("order")),
            in_reset: false,
        })
    }

    /// The memory.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The memory, to be written behind the design's back.
    pub fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// The injected errors.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.shared.faults
    }

    /// Counts of what was accepted.
    pub fn statistics(&self) -> &Statistics {
        &self.shared.statistics
    }

    /// The counts, to be cleared or given ranges to watch.
    pub fn statistics_mut(&mut self) -> &mut Statistics {
        &mut self.shared.statistics
    }

    /// The banks, where a latency is [`Latency::Dram`]: counts of row hits, misses and conflicts.
    pub fn dram(&self) -> &DramState {
        &self.shared.dram
    }

    /// Changes the latencies of accesses accepted from now on.
    pub fn set_latency(&mut self, read: Latency, write: Latency) {
        self.read.latency.set(read);
        self.write.latency.set(write);
    }

    /// Changes the pacing of a channel.
    pub fn set_pacing(&mut self, channel: super::Channel, pacing: Pacing) {
        use super::Channel;
        match channel {
            Channel::Aw => self.write.aw.set(pacing),
            Channel::W => self.write.w.set(pacing),
            Channel::B => self.write.b.set(pacing),
            Channel::Ar => self.read.ar.set(pacing),
            Channel::R => self.read.r.set(pacing),
        }
    }

    /// Reads and writes accepted, in whole or in part, and not answered.
    pub fn pending(&self) -> (usize, usize) {
        (self.read.pending(), self.write.pending())
    }

    /// True if nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.pending() == (0, 0)
    }
}

impl Agent for AxiSubordinate {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            self.write.reset();
            self.read.reset();
            self.in_reset = true;
            return;
        }
        // Reads first: one accepted in the cycle of a write's last beat still sees the old data.
        let Self {
            pins,
            memory,
            shared,
            ..
        } = self;
        self.read.observe(sample, pins, memory, shared);
        self.write.observe(sample, pins, memory, shared);
    }

    fn drive(&mut self, drive: &mut Drive) {
        if drive.reset || self.in_reset {
            let pins = &self.pins;
            for pin in [
                pins.aw.handshake.ready,
                pins.w.handshake.ready,
                pins.ar.handshake.ready,
                pins.b.handshake.valid,
                pins.r.handshake.valid,
            ] {
                pin.set(drive.model, 0);
            }
            self.in_reset = false;
            return;
        }
        self.write.drive(drive, &self.pins, &mut self.random);
        self.read
            .drive(drive, &self.pins, &self.memory, &mut self.random);
    }

    fn status(&self) -> Option<String> {
        let (reads, writes) = self.pending();
        (reads + writes > 0).then(|| {
            format!(
                "subordinate {}: {reads} reads and {writes} writes pending",
                self.prefix
            )
        })
    }
}

impl Simulation {
    /// Adds a subordinate with a memory on the port whose signals start with `prefix`.
    pub fn add_subordinate(
        &mut self,
        prefix: &str,
        options: SubordinateOptions,
    ) -> Result<Handle<AxiSubordinate>> {
        let subordinate = AxiSubordinate::bind(self, prefix, options)?;
        Ok(self.add(subordinate))
    }
}
