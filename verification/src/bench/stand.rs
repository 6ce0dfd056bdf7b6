//! The unit as the benchmarks run it: managers that never wait, a memory that keeps up, and a probe that counts.

use crate::system::{BuildOptions, GuestSetup, System};
use anyhow::{ensure, Result};
use mch_sim::axi::{
    AxiManager, Burst, Completed, ManagerOptions, SubordinateOptions, WriteRequest,
};
use mch_sim::bench::{Agent, Pin, Sample};
use mch_sim::memory::Latency;
use mch_sim::{Handle, Simulation};
use mch_spec::config::{Config, Size};
use mch_spec::registers::{field, guest_address, offset, Operation};
use mch_spec::Strategy;

/// The unit that the figures are of: one port, both strategies, 16 MiB of memory.
pub fn bench_config(data_width: u32, block_size: u64) -> Config {
    Config {
        data_width,
        block_size: Size(block_size),
        memory_size: Size(16 << 20),
        outstanding: 64,
        saves: 16,
        guests: 2,
        regions: 4,
        strategies: vec![Strategy::S3, Strategy::S6],
        settable: true,
        ..Config::default()
    }
}

/// A handshake that is counted.
#[derive(Clone, Copy, Debug)]
struct Watch {
    valid: Pin,
    ready: Pin,
}

impl Watch {
    fn bind(simulation: &Simulation, channel: &str) -> Result<Watch> {
        Ok(Watch {
            valid: simulation.pin(&format!("{channel}valid"))?,
            ready: simulation.pin(&format!("{channel}ready"))?,
        })
    }

    fn done(&self, sample: &Sample) -> bool {
        self.valid.is_high(sample.model) && self.ready.is_high(sample.model)
    }
}

/// Counts what passes the unit's ports and notes when its interrupts change. For a unit with one port.
#[derive(Clone)]
pub struct Probe {
    port_w: Watch,
    port_w_last: Pin,
    port_b: Watch,
    memory_aw: Watch,
    memory_aw_id: Pin,
    memory_ar: Watch,
    memory_ar_id: Pin,
    memory_b: Watch,
    memory_b_id: Pin,
    irq: Pin,
    irq_was: u64,
    held: i64,
    saving: i64,
    /// Most writes at once that had been taken whole and not yet sent on; for writes inside one block each.
    pub most_held: i64,
    /// Most saves at once whose read had been sent and whose header had not been acknowledged.
    pub most_saving: i64,
    /// The cycle of the last B on the port.
    pub last_acknowledgement: u64,
    /// The cycle of the last B of memory.
    pub last_memory_response: u64,
    /// Changes of `irq`: the cycle in which the new value was first seen, the bits that rose, those that fell.
    pub interrupts: Vec<(u64, u64, u64)>,
}

impl Probe {
    fn bind(simulation: &Simulation) -> Result<Probe> {
        let watch = |channel| Watch::bind(simulation, channel);
        let pin = |name| simulation.pin(name);
        Ok(Probe {
            port_w: watch("s_axi_w")?,
            port_w_last: pin("s_axi_wlast")?,
            port_b: watch("s_axi_b")?,
            memory_aw: watch("m_axi_aw")?,
            memory_aw_id: pin("m_axi_awid")?,
            memory_ar: watch("m_axi_ar")?,
            memory_ar_id: pin("m_axi_arid")?,
            memory_b: watch("m_axi_b")?,
            memory_b_id: pin("m_axi_bid")?,
            irq: pin("irq")?,
            irq_was: 0,
            held: 0,
            saving: 0,
            most_held: 0,
            most_saving: 0,
            last_acknowledgement: 0,
            last_memory_response: 0,
            interrupts: Vec::new(),
        })
    }

    /// Forgets the greatest counts.
    pub fn restart(&mut self) {
        (self.most_held, self.most_saving) = (0, 0);
        (self.held, self.saving) = (0, 0);
        self.interrupts.clear();
    }
}

/// The identifier of the copy engine on `m_axi` of a unit with one port.
const ENGINE: u64 = 1;

impl Agent for Probe {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return;
        }
        let model = sample.model;
        let of_engine = |watch: &Watch, id: &Pin| watch.done(sample) && id.get(model) == ENGINE;
        if self.port_w.done(sample) && self.port_w_last.is_high(model) {
            self.held += 1;
        }
        if self.memory_aw.done(sample) && self.memory_aw_id.get(model) == 0 {
            self.held -= 1;
        }
        // A save of one chunk is one read and two writes: the block and its header. Counted in halves.
        if of_engine(&self.memory_ar, &self.memory_ar_id) {
            self.saving += 2;
        }
        if of_engine(&self.memory_b, &self.memory_b_id) {
            self.saving -= 1;
        }
        self.most_held = self.most_held.max(self.held);
        self.most_saving = self.most_saving.max((self.saving + 1) / 2);
        if self.port_b.done(sample) {
            self.last_acknowledgement = sample.cycle;
        }
        if self.memory_b.done(sample) {
            self.last_memory_response = sample.cycle;
        }
        let irq = self.irq.get(model);
        if irq != self.irq_was {
            let (rose, fell) = (irq & !self.irq_was, self.irq_was & !irq);
            self.interrupts.push((sample.cycle, rose, fell));
            self.irq_was = irq;
        }
    }
}

/// The cycles from the first address handshake to the last response, both included.
pub fn span(completed: &[Completed]) -> u64 {
    let first = completed.iter().map(|one| one.timing.address).min();
    let last = completed.iter().map(|one| one.timing.response).max();
    match (first, last) {
        (Some(first), Some(last)) => last - first + 1,
        _ => 0,
    }
}

/// The unit, enabled, with its probe.
pub struct Stand {
    /// The unit and everything around it.
    pub system: System,
    /// The probe.
    pub probe: Handle<Probe>,
}

/// Cycles that a stream or a job may take.
const LIMIT: u64 = 20_000_000;

impl Stand {
    /// The unit of a configuration with one port, enabled, before a memory of this latency.
    pub fn new(config: &Config, latency: u32) -> Result<Stand> {
        ensure!(config.ports == 1, "ports = {}: must be 1", config.ports);
        let manager = ManagerOptions {
            outstanding_reads: 256,
            outstanding_writes: 256,
            ..ManagerOptions::default()
        };
        let memory = SubordinateOptions {
            outstanding_reads: 512,
            outstanding_writes: 512,
            ..SubordinateOptions::with_latency(latency)
        };
        let build = BuildOptions::default();
        let mut system = System::new(config, build, 1, |_| manager.clone(), memory)?;
        let probe = Probe::bind(&system.simulation)?;
        let probe = system.simulation.add(probe);
        system.enable()?;
        Ok(Stand { system, probe })
    }

    /// The port's manager.
    pub fn port(&self) -> Handle<AxiManager> {
        self.system.ports[0]
    }

    /// Changes the latency of the memory.
    pub fn set_latency(&mut self, latency: u32) {
        let latency = Latency::Fixed(latency);
        let memory = self.system.memory;
        self.system.simulation[memory].set_latency(latency.clone(), latency);
    }

    /// The size code of a full-width beat.
    pub fn size(&self) -> u8 {
        self.system.config.full_size() as u8
    }

    /// Queues a write of a number of full-width beats.
    pub fn write(&mut self, address: u64, beats: u16) -> Result<()> {
        let burst = Burst::incr(address, beats, self.size());
        let bytes = usize::from(beats) * self.system.config.data_bytes() as usize;
        let port = self.port();
        let payload = vec![(address >> 6) as u8 ^ 0x5a; bytes];
        self.system.simulation[port].write(WriteRequest::new(burst, payload))?;
        Ok(())
    }

    /// Queues a read of a number of full-width beats.
    pub fn read(&mut self, address: u64, beats: u16) -> Result<()> {
        let burst = Burst::incr(address, beats, self.size());
        let port = self.port();
        self.system.simulation[port].read(burst)?;
        Ok(())
    }

    /// Runs until the port is idle; returns what completed, all of it OKAY.
    pub fn finish(&mut self) -> Result<Vec<Completed>> {
        let port = self.port();
        self.system.simulation.run_until_idle(port, LIMIT)?;
        let completed = self.system.simulation[port].take_completed();
        let bad = completed.iter().find(|one| one.response().is_error());
        ensure!(bad.is_none(), "a benchmark's access failed: {bad:?}");
        Ok(completed)
    }

    /// Writes one beat into each of these blocks, counted from the base of memory; returns the cycles it took.
    pub fn touch(&mut self, blocks: impl Iterator<Item = u64>) -> Result<u64> {
        let (base, block) = (self.system.layout.memory, self.block_bytes());
        for number in blocks {
            self.write(base + number * block, 1)?;
        }
        Ok(span(&self.finish()?))
    }

    /// Bytes of a block.
    pub fn block_bytes(&self) -> u64 {
        u64::from(self.system.config.block_bytes())
    }

    /// Attaches guest 0 with the first `blocks` blocks of memory, one processor, and a ring that holds them all.
    pub fn attach(&mut self, strategy: Strategy, blocks: u64) -> Result<()> {
        self.attach_with_ring(strategy, blocks, blocks)
    }

    /// The same, with a ring of at least so many slots.
    pub fn attach_with_ring(&mut self, strategy: Strategy, blocks: u64, slots: u64) -> Result<()> {
        let setup = self.setup(strategy, blocks, slots);
        self.system.attach(0, setup)
    }

    /// A guest's setting, with a ring of at least so many slots.
    pub fn setup(&self, strategy: Strategy, blocks: u64, slots: u64) -> GuestSetup {
        let needed = slots * self.block_bytes() * 8 / 7 + 1;
        let ring_size = needed.next_power_of_two().ilog2().max(15);
        let ring_base = self.system.layout.rings.next_multiple_of(1 << ring_size);
        GuestSetup {
            strategy,
            offset: 0,
            bytes: blocks * self.block_bytes(),
            ring_size: if strategy.uses_ring() { ring_size } else { 0 },
            ring_base,
            processors: 1,
        }
    }

    /// Commits guest 0 while `writes` single-beat writes to block 0 are under way.
    pub fn commit(&mut self, writes: u64) -> Result<Commit> {
        let probe = self.probe;
        self.system.simulation[probe].restart();
        self.command(Operation::Checkpoint)?;
        let rose = self.wait_interrupt(|rose, _| rose & 1 != 0)?;
        let rendezvous = self.system.guest(0, offset::G_RENDEZVOUS)?;
        let number = field::G_RENDEZVOUS::NUMBER.get(rendezvous);
        for _ in 0..writes {
            self.write(self.system.layout.memory, 1)?;
        }
        let lite = self.system.registers;
        let address = guest_address(0, offset::G_ARRIVE).into();
        let ticket = self.system.simulation[lite].write(address, number.into());
        let arrived = self
            .system
            .simulation
            .complete_access(lite, ticket, 2_000)?
            .response_cycle;
        ensure!(arrived > rose, "the processor arrived before it was asked");
        let mut last_acknowledgement = self.system.simulation[probe].last_acknowledgement;
        // The acknowledgements after the release are of writes that were held.
        let fell =
            self.wait_interrupt_noting(|_, fell| fell & 1 != 0, &mut last_acknowledgement)?;
        self.finish()?;
        self.system.wait_completion(0, LIMIT)?;
        let pause = self.system.guest(0, offset::G_PAUSE)?;
        Ok(Commit {
            after_arrival: fell - arrived,
            after_acknowledgement: fell - last_acknowledgement,
            pause: pause.into(),
        })
    }

    /// Rolls guest 0 back; returns the cycles from the command's acknowledgement to the completion's interrupt.
    pub fn roll_back(&mut self) -> Result<u64> {
        let common = 1 << self.system.config.guests;
        self.system.write(offset::IRQ_ENABLE, 0)?;
        let waiting = self.system.read(offset::COMPLETION)?;
        self.system.write(offset::COMPLETION, waiting)?;
        let waiting = self.system.read(offset::IRQ_STATUS)?;
        self.system.write(offset::IRQ_STATUS, waiting)?;
        self.system.write(offset::IRQ_ENABLE, 1)?;
        let probe = self.probe;
        self.system.simulation[probe].restart();
        let began = self.command(Operation::Rollback)?;
        let ended = self.wait_interrupt(|rose, _| rose & common != 0)?;
        self.system.write(offset::IRQ_ENABLE, 0)?;
        let completion = self.system.wait_completion(0, LIMIT)?;
        let status = field::G_COMPLETION::STATUS.get(completion);
        ensure!(status == 1, "the rollback ended with status {status}");
        Ok(ended - began)
    }

    /// Writes G_COMMAND of guest 0; returns the cycle of its acknowledgement.
    fn command(&mut self, operation: Operation) -> Result<u64> {
        let lite = self.system.registers;
        let address = guest_address(0, offset::G_COMMAND).into();
        let ticket = self.system.simulation[lite].write(address, operation.code().into());
        let done = self
            .system
            .simulation
            .complete_access(lite, ticket, 2_000)?;
        ensure!(!done.response.is_error(), "{operation} was refused");
        Ok(done.response_cycle)
    }

    fn wait_interrupt(&mut self, wanted: impl Fn(u64, u64) -> bool) -> Result<u64> {
        self.wait_interrupt_noting(wanted, &mut 0)
    }

    /// Runs until an interrupt changes as wanted; returns the cycle, and in `acknowledged` that of the last B before.
    fn wait_interrupt_noting(
        &mut self,
        wanted: impl Fn(u64, u64) -> bool,
        acknowledged: &mut u64,
    ) -> Result<u64> {
        let probe = self.probe;
        let find = |simulation: &Simulation| {
            let mut changes = simulation[probe].interrupts.iter();
            changes
                .find(|(_, rose, fell)| wanted(*rose, *fell))
                .map(|(cycle, _, _)| *cycle)
        };
        self.system
            .simulation
            .run_until("an interrupt changes", LIMIT, |simulation| {
                let last = simulation[probe].last_acknowledgement;
                let found = find(simulation);
                if found.is_none_or(|cycle| last < cycle) {
                    *acknowledged = last;
                }
                found.is_some()
            })?;
        Ok(find(&self.system.simulation).unwrap_or_default())
    }
}

/// The cycles of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// From the acknowledgement of ARRIVE to RELEASE.
    pub after_arrival: u64,
    /// From the guest's last acknowledged write before it to RELEASE.
    pub after_acknowledgement: u64,
    /// G_PAUSE.
    pub pause: u64,
}
