//! Where a workload runs: a processor's port, and behind it the unit, or a wire in its place, and memory.

use super::backup::Backup;
use crate::simulate::MemoryTiming;
use crate::system::{BuildOptions, GuestSetup, Layout, System};
use anyhow::{ensure, Context, Result};
use mch_sim::axi::{
    AxiLiteManager, AxiManager, AxiSubordinate, ManagerOptions, MonitorOptions, SubordinateOptions,
};
use mch_sim::bench::Pin;
use mch_sim::memory::{DramTiming, Fill, Latency};
use mch_sim::{Handle, Simulation};
use mch_spec::config::Config;
use mch_spec::generate::{ports, Direction};
use mch_spec::registers::RING_SIZE_MAX;
use mch_spec::Strategy;
use std::fmt::Write;
use verilated::{Cache, Design};

/// The least ring, in log2 of its bytes: so large that no workload of some hundred thousand cycles between checkpoints fills it.
const RING_SHIFT: u32 = 23;

/// LINK_RETRY at least, in cycles, and how often it is what a slow memory takes: on a link that loses nothing, only frames without room are sent again.
const RETRY: (u32, u32) = (4_096, 64);

/// The registers of a unit and its interrupts.
#[derive(Clone, Copy)]
pub struct Unit {
    /// The manager on the registers.
    pub registers: Handle<AxiLiteManager>,
    /// `irq`.
    pub irq: Pin,
    /// Bit of `irq` that all guests share.
    pub common: u32,
    /// Whether it can copy behind the guest's back, and counts what is left to copy.
    pub has_pushes: bool,
}

/// Everything around a workload.
pub struct Stage {
    /// The simulation.
    pub simulation: Simulation,
    /// The processor's port.
    pub port: Handle<AxiManager>,
    /// The memory.
    pub memory: Handle<AxiSubordinate>,
    /// The unit; none where a wire stands in its place.
    pub unit: Option<Unit>,
    /// The address of offset 0.
    pub base: u64,
    /// The second computer, with S2.
    pub backup: Option<Backup>,
}

fn manager() -> ManagerOptions {
    ManagerOptions {
        outstanding_reads: 64,
        outstanding_writes: 64,
        ..ManagerOptions::default()
    }
}

fn subordinate(timing: MemoryTiming, seed: u64) -> SubordinateOptions {
    let latency = match timing {
        MemoryTiming::Fixed(cycles) => Latency::Fixed(cycles),
        MemoryTiming::Dram => Latency::Dram(DramTiming::default()),
    };
    SubordinateOptions {
        read_latency: latency.clone(),
        write_latency: latency,
        outstanding_reads: 256,
        outstanding_writes: 256,
        fill: Fill::Random(seed),
        ..SubordinateOptions::default()
    }
}

/// Bytes of the region that a workload of so many bytes is given: whole granules.
pub fn region_bytes(config: &Config, bytes: u64) -> u64 {
    bytes.next_multiple_of(config.granule_bytes().into())
}

impl Stage {
    /// The unit with guest 0, attached, with the first `bytes` bytes of memory, which hold `initial` first.
    pub fn unit(
        config: &Config,
        strategy: Strategy,
        timing: MemoryTiming,
        (bytes, initial): (u64, &[u8]),
        seed: u64,
    ) -> Result<Stage> {
        ensure!(
            config.ports == 1,
            "ports = {}: must be 1; a comparison has one processor",
            config.ports
        );
        let computer = |seed| -> Result<System> {
            let options = BuildOptions::default();
            let memory = subordinate(timing, seed);
            let mut system = System::new(config, options, seed, |_| manager(), memory)?;
            system.enable()?;
            Ok(system)
        };
        let mut system = computer(seed)?;
        let memory = system.memory;
        let contents = system.simulation[memory].memory_mut();
        contents.write(system.layout.memory, initial);
        let bytes = region_bytes(config, bytes);
        let blocks = bytes >> config.block_shift();
        let enough = |shift: &u32| config.ring_slots(*shift) >= 2 * blocks;
        let shift = (RING_SHIFT..RING_SIZE_MAX).find(enough);
        let shift = shift.unwrap_or(RING_SIZE_MAX);
        let ring_base = system.layout.rings.next_multiple_of(1 << shift);
        ensure!(
            (ring_base + (1 << shift)) >> config.address_width == 0,
            "address_width = {}: too small for memory_size = {}, its shadow and a log",
            config.address_width,
            config.memory_size
        );
        let setup = GuestSetup {
            strategy,
            offset: 0,
            bytes,
            ring_size: if strategy.uses_ring() { shift } else { 0 },
            ring_base,
            processors: 1,
        };
        system.attach(0, setup)?;
        let backup = match strategy {
            Strategy::S2 => {
                let (least, times) = RETRY;
                let retry = match timing {
                    MemoryTiming::Fixed(cycles) => least.max(times * cycles),
                    MemoryTiming::Dram => least,
                };
                // Its memory holds something else at first.
                let other = computer(!seed)?;
                Some(Backup::join(&mut system, other, setup, retry)?)
            }
            _ => None,
        };
        Ok(Stage {
            unit: Some(Unit {
                registers: system.registers,
                irq: system.simulation.pin("irq")?,
                common: config.guests,
                has_pushes: config.has(Strategy::S4),
            }),
            port: system.ports[0],
            memory: system.memory,
            base: system.layout.memory,
            simulation: system.simulation,
            backup,
        })
    }

    /// A cycle of all there is.
    pub fn step(&mut self) -> Result<()> {
        self.simulation.step()?;
        if let Some(backup) = &mut self.backup {
            backup.system.simulation.step()?;
        }
        Ok(())
    }

    /// Counts traffic from now on.
    pub fn restart(&mut self) {
        self.simulation[self.memory].statistics_mut().clear();
        if let Some(backup) = &mut self.backup {
            backup.restart(&mut self.simulation);
        }
    }

    /// A wire in the place of the unit.
    pub fn wire(config: &Config, timing: MemoryTiming, initial: &[u8], seed: u64) -> Result<Stage> {
        let library = Design::new(WIRE)
            .text("wire.v", wire(config)?)
            .build(&Cache::default())?;
        let mut simulation = Simulation::new(&library, seed)?;
        let port = simulation.add_manager("s_axi", manager())?;
        let memory = simulation.add_subordinate("m_axi", subordinate(timing, seed))?;
        simulation.add_monitor("s_axi", MonitorOptions::default())?;
        simulation.reset(4)?;
        let base = Layout::of(config).memory;
        simulation[memory].memory_mut().write(base, initial);
        Ok(Stage {
            simulation,
            port,
            memory,
            unit: None,
            base,
            backup: None,
        })
    }
}

const WIRE: &str = "unit_as_wire";

/// The unit's ports, joined without logic; registers that never answer.
fn wire(config: &Config) -> Result<String> {
    let ports = ports(config);
    let width = |name: &str| {
        let found = ports.iter().find(|port| port.name == name);
        found
            .map(|port| port.width)
            .with_context(|| format!("the unit has no port {name}"))
    };
    let mut declared = Vec::new();
    let mut body = String::new();
    for port in &ports {
        let (name, bits) = (&port.name, port.width - 1);
        let direction = match port.direction {
            Direction::Input => "input wire",
            Direction::Output => "output wire",
        };
        declared.push(format!("{direction} [{bits}:0] {name}"));
        if port.direction == Direction::Input {
            continue;
        }
        let other = match name.split_once("_axi_") {
            Some(("s", signal)) => Some(format!("m_axi_{signal}")),
            Some(("m", signal)) => Some(format!("s_axi_{signal}")),
            _ => None,
        };
        let value = match other {
            None => "0".to_owned(),
            // The workload uses identifier 0 only, so that one may be cut.
            Some(other) => match width(&other)? {
                less if less < port.width => {
                    format!("{{{}'d0, {other}}}", port.width - less)
                }
                _ => format!("{other}[{bits}:0]"),
            },
        };
        writeln!(body, "    assign {name} = {value};")?;
    }
    Ok(format!(
        "// What stands in the place of the unit: nothing.\n/* verilator lint_off UNUSED */\nmodule {WIRE} (\n    {}\n);\n{body}endmodule\n",
        declared.join(",\n    ")
    ))
}
