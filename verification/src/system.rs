//! The unit in a simulated computer: a manager on every port, a memory behind it, a manager on its registers,
//! a protocol monitor on each of them.

use crate::gate::{Family, Netlist};
use anyhow::{ensure, Context, Result};
use mch_sim::axi::{
    AxiLiteManager, AxiManager, AxiMonitor, AxiSubordinate, LiteOptions, ManagerOptions,
    MonitorOptions, Response, SubordinateOptions,
};
use mch_sim::memory::Memory;
use mch_sim::{Handle, Simulation};
use mch_spec::config::Config;
use mch_spec::firmware::checksum;
use mch_spec::registers::{field, guest_address, offset, region_address, Operation, Status};
use std::sync::{Arc, Mutex, PoisonError};
use verilated::{Cache, Design, Library, Trace};

/// How a model of the unit is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Waveforms that it can write.
    pub trace: Trace,
    /// Whether it can be saved and restored.
    pub savable: bool,
    /// The family whose netlist takes the place of the unit's Verilog; none for the Verilog itself.
    pub gate: Option<Family>,
}

/// Models of this process: generating the Verilog anew for every case of a campaign would cost more than the case.
static LOADED: Mutex<Vec<(Config, BuildOptions, Arc<Library>)>> = Mutex::new(Vec::new());

/// Generates the unit of a configuration and builds its model, or takes it from the cache.
pub fn build(config: &Config, options: BuildOptions) -> Result<Arc<Library>> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = loaded
        .iter()
        .find(|(other, under, _)| other == config && *under == options);
    if let Some((_, _, library)) = known {
        return Ok(library.clone());
    }
    let library = build_model(config, options)?;
    loaded.push((config.clone(), options, library.clone()));
    Ok(library)
}

/// Uses this model for a configuration from now on in this process: for mutants, whose Verilog is not what the generator prints.
pub fn use_model(config: &Config, options: BuildOptions, library: Arc<Library>) {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.retain(|(other, under, _)| other != config || *under != options);
    loaded.push((config.clone(), options, library));
}

fn build_model(config: &Config, options: BuildOptions) -> Result<Arc<Library>> {
    let design = match options.gate {
        Some(family) => Netlist::of_unit(config, family)?.design(),
        None => emitted(config)?,
    };
    let design = design.trace(options.trace).savable(options.savable);
    Ok(design.build(&Cache::default())?)
}

/// The unit's Verilog.
fn emitted(config: &Config) -> Result<Design> {
    let mut design = Design::new(mch_hdl::generate::TOP).random_init(true);
    for file in mch_hdl::generate::generate(config)? {
        let text = open_memories(&file.name, file.text);
        design = design.text(file.name, text);
    }
    Ok(design)
}

/// A file of the unit with the memories that have error correction reachable from outside: tests flip their bits.
pub fn open_memories(name: &str, text: String) -> String {
    match name.starts_with("protected_ram") {
        true => ["words", "checks"]
            .into_iter()
            .fold(text, |text, memory| open_memory(&text, memory)),
        false => text,
    }
}

/// Makes a memory, a register if it has one word only, reachable from outside.
fn open_memory(text: &str, name: &str) -> String {
    let (array, single) = (format!(" {name} ["), format!(" {name};"));
    let opened = text.lines().map(|line| {
        let declares = line.contains(" reg ") && (line.contains(&array) || line.contains(&single));
        match line.strip_suffix(';') {
            Some(start) if declares => format!("{start} /* verilator public_flat_rw */;\n"),
            _ => format!("{line}\n"),
        }
    });
    opened.collect()
}

/// The prefix of a port's signals.
pub fn port_prefix(config: &Config, port: u32) -> String {
    match config.ports {
        1 => "s_axi".to_string(),
        _ => format!("s{port}_axi"),
    }
}

/// Where things are in a test's address space: system memory, its shadow, and rings above both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// MEM_BASE, in bytes.
    pub memory: u64,
    /// SHADOW_BASE, in bytes.
    pub shadow: u64,
    /// The first byte above both, where rings may stand.
    pub rings: u64,
}

impl Layout {
    /// Memory at its own size, the shadow after it, the rings after that.
    pub fn of(config: &Config) -> Layout {
        let size = config.memory_size.0;
        Layout {
            memory: size,
            shadow: 2 * size,
            rings: 3 * size,
        }
    }
}

/// One guest's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestSetup {
    /// G_STRATEGY.
    pub strategy: mch_spec::Strategy,
    /// First byte of its region, an offset into system memory.
    pub offset: u64,
    /// Bytes of its region.
    pub bytes: u64,
    /// log2 of the bytes of its ring; 0 for none.
    pub ring_size: u32,
    /// First byte of its ring, an address.
    pub ring_base: u64,
    /// Processors that must arrive.
    pub processors: u32,
}

/// The unit with everything around it.
pub struct System {
    /// What was built.
    pub config: Config,
    /// Where things are.
    pub layout: Layout,
    /// The simulation.
    pub simulation: Simulation,
    /// A manager per port.
    pub ports: Vec<Handle<AxiManager>>,
    /// The memory.
    pub memory: Handle<AxiSubordinate>,
    /// The registers.
    pub registers: Handle<AxiLiteManager>,
    /// Protocol monitors: the ports, then `m_axi`.
    pub monitors: Vec<Handle<AxiMonitor>>,
}

/// Cycles that a register access may take.
pub const ACCESS_LIMIT: u64 = 2_000;

impl System {
    /// The unit, built and out of reset, its block store swept, disabled.
    pub fn new(
        config: &Config,
        build_options: BuildOptions,
        seed: u64,
        manager: impl Fn(u32) -> ManagerOptions,
        subordinate: SubordinateOptions,
    ) -> Result<System> {
        System::traced(config, build_options, seed, manager, subordinate, None)
    }

    /// As [`System::new`], with a waveform of everything from reset on, if there is a path for it.
    pub fn traced(
        config: &Config,
        build_options: BuildOptions,
        seed: u64,
        manager: impl Fn(u32) -> ManagerOptions,
        subordinate: SubordinateOptions,
        waveform: Option<&std::path::Path>,
    ) -> Result<System> {
        let library = build(config, build_options)?;
        let mut simulation = Simulation::new(&library, seed)?;
        if let Some(path) = waveform {
            simulation.trace(path, 0)?;
        }
        let mut ports = Vec::new();
        let mut monitors = Vec::new();
        for port in 0..config.ports {
            let prefix = port_prefix(config, port);
            ports.push(simulation.add_manager(&prefix, manager(port))?);
            monitors.push(simulation.add_monitor(&prefix, MonitorOptions::default())?);
        }
        let memory = simulation.add_subordinate("m_axi", subordinate)?;
        monitors.push(simulation.add_monitor("m_axi", MonitorOptions::default())?);
        let registers = simulation.add_lite_manager("s_axil", LiteOptions::default())?;
        simulation.add_lite_monitor("s_axil", MonitorOptions::default())?;
        simulation.reset(4)?;
        let mut system = System {
            layout: Layout::of(config),
            config: config.clone(),
            simulation,
            ports,
            memory,
            registers,
            monitors,
        };
        system.wait_ready()?;
        Ok(system)
    }

    /// The unit with full-speed managers and a memory of this latency, in cycles.
    pub fn fast(config: &Config, latency: u32, seed: u64) -> Result<System> {
        System::new(
            config,
            BuildOptions::default(),
            seed,
            |_| ManagerOptions::default(),
            SubordinateOptions::with_latency(latency),
        )
    }

    /// The memory behind the unit.
    pub fn contents(&self) -> &Memory {
        self.simulation[self.memory].memory()
    }

    /// Reads a register by byte address.
    pub fn read(&mut self, address: u32) -> Result<u32> {
        let value = self
            .simulation
            .read_register(self.registers, address.into(), ACCESS_LIMIT)?;
        Ok(value as u32)
    }

    /// Writes a register; a refusal is an error that names its code.
    pub fn write(&mut self, address: u32, value: u32) -> Result<()> {
        let response = self.try_write(address, value)?;
        if response != Response::Okay {
            let error = self.read(offset::ERROR)?;
            anyhow::bail!("write of {value:#x} to register {address:#x}: error {error:#x}");
        }
        Ok(())
    }

    /// Writes a register and returns the response.
    pub fn try_write(&mut self, address: u32, value: u32) -> Result<Response> {
        let ticket = self.simulation[self.registers].write(address.into(), value.into());
        let done = self
            .simulation
            .complete_access(self.registers, ticket, ACCESS_LIMIT)?;
        Ok(done.response)
    }

    /// A register of a guest.
    pub fn guest(&mut self, guest: u32, register: u32) -> Result<u32> {
        self.read(guest_address(guest, register))
    }

    /// Writes a register of a guest.
    pub fn set_guest(&mut self, guest: u32, register: u32, value: u32) -> Result<()> {
        self.write(guest_address(guest, register), value)
    }

    /// Planes X and Y of a word of the block store, by the epoch rule.
    pub fn planes(&mut self, word: u32) -> Result<[u32; 2]> {
        let has_y = self.config.plane_y();
        let mut plane = |select: u32| -> Result<u32> {
            self.write(offset::DIRTY_SELECT, select)?;
            self.read(offset::DIRTY_BITS)
        };
        let x = plane(word)?;
        let y = if has_y { plane(1 << 31 | word)? } else { 0 };
        Ok([x, y])
    }

    fn wait_ready(&mut self) -> Result<()> {
        let sweeps = 20 + u64::from(self.config.words()) / 10;
        for _ in 0..sweeps {
            if field::STATUS::READY.get(self.read(offset::STATUS)?) == 1 {
                return Ok(());
            }
            self.simulation.run(20)?;
        }
        anyhow::bail!("STATUS.READY did not come")
    }

    /// Sets the bases and enables the unit.
    pub fn enable(&mut self) -> Result<()> {
        self.write(offset::MEM_BASE, (self.layout.memory >> 12) as u32)?;
        if self.config.uses_shadow() {
            self.write(offset::SHADOW_BASE, (self.layout.shadow >> 12) as u32)?;
        }
        self.write(offset::CTRL, 1)
    }

    /// Loads firmware (512 words at most) through the registers; no routine may run.
    pub fn load_firmware(&mut self, words: &[u32]) -> Result<()> {
        self.write(offset::FIRMWARE_ADDRESS, 0)?;
        for word in words {
            self.write(offset::FIRMWARE_DATA, *word)?;
        }
        self.write(offset::FIRMWARE_CHECK, checksum(words))
    }

    /// Configures a guest, its region in the region table's entry `guest`, and attaches it.
    pub fn attach(&mut self, guest: u32, setup: GuestSetup) -> Result<()> {
        self.configure(guest, setup)?;
        let blocks = setup.bytes >> self.config.block_shift();
        self.command(guest, Operation::Attach, 20_000 + blocks * 4)
    }

    /// Configures a guest that is not attached, its region in the region table's entry `guest`.
    pub fn configure(&mut self, guest: u32, setup: GuestSetup) -> Result<()> {
        let page = (self.layout.memory + setup.offset) >> 12;
        let blocks = setup.bytes >> self.config.block_shift();
        self.write(region_address(guest, offset::R_GUEST), guest)?;
        self.write(region_address(guest, offset::R_BASE), page as u32)?;
        self.write(region_address(guest, offset::R_BLOCKS), blocks as u32)?;
        self.set_guest(guest, offset::G_STRATEGY, setup.strategy.number())?;
        self.set_guest(guest, offset::G_CPUS, setup.processors)?;
        if self.config.uses_ring() {
            self.set_guest(guest, offset::G_RING_BASE, (setup.ring_base >> 12) as u32)?;
            self.set_guest(guest, offset::G_RING_SIZE, setup.ring_size)?;
        }
        Ok(())
    }

    /// Commands a guest and waits for the completion, which must be OK.
    pub fn command(&mut self, guest: u32, operation: Operation, limit: u64) -> Result<()> {
        self.set_guest(guest, offset::G_COMMAND, operation.code())?;
        let completion = self.wait_completion(guest, limit)?;
        let status = field::G_COMPLETION::STATUS.get(completion);
        ensure!(
            status == Status::Ok.code(),
            "{operation} of guest {guest} ended with status {status}, error {}",
            field::G_COMPLETION::ERROR.get(completion)
        );
        Ok(())
    }

    /// Waits until no routine runs for a guest; returns G_COMPLETION.
    pub fn wait_completion(&mut self, guest: u32, limit: u64) -> Result<u32> {
        let end = self.simulation.cycle() + limit;
        while field::G_STATUS::RUNNING.get(self.guest(guest, offset::G_STATUS)?) == 1 {
            if self.simulation.cycle() > end {
                let status = self.guest(guest, offset::G_STATUS)?;
                anyhow::bail!(
                    "guest {guest} still runs after {limit} cycles, G_STATUS {status:#x}"
                );
            }
        }
        self.guest(guest, offset::G_COMPLETION)
    }

    /// Writes bytes through a port and waits; the response must be OKAY.
    pub fn store(&mut self, port: usize, address: u64, bytes: &[u8]) -> Result<()> {
        let limit = 20_000 + bytes.len() as u64 * 40;
        let response = self
            .simulation
            .write_bytes(self.ports[port], address, bytes, limit)?;
        ensure!(
            response == Response::Okay,
            "write at {address:#x}: {response:?}"
        );
        Ok(())
    }

    /// Reads bytes through a port and waits; the response must be OKAY.
    pub fn load(&mut self, port: usize, address: u64, length: usize) -> Result<Vec<u8>> {
        let limit = 20_000 + length as u64 * 40;
        let (bytes, response) = self
            .simulation
            .read_bytes(self.ports[port], address, length, limit)
            .context("read")?;
        ensure!(
            response == Response::Okay,
            "read at {address:#x}: {response:?}"
        );
        Ok(bytes)
    }
}
