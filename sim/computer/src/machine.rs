//! The simulated machine: computers, unit, memory, and the outside that can reach all of them.

use crate::program::{Image, Place};
use crate::watch::Watch;
use crate::waveform::Recording;
use crate::{processor_verilog, rtl};
use anyhow::{bail, ensure, Result};
use mch_sim::axi::{AxiLiteManager, AxiManager, AxiSubordinate, LiteOptions, ManagerOptions};
use mch_sim::axi::{MonitorOptions, Response, SubordinateOptions};
use mch_sim::bench::Pin;
use mch_sim::memory::{Fill, Memory};
use mch_sim::stream::Wire;
use mch_sim::{Handle, Simulation};
use mch_spec::Config;
use verilated::{Cache, Design, Optimization, Trace};

/// The unit's Verilog: module `mch_checkpoint` and all it needs.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it was generated from.
    pub config: Config,
    /// File names and texts.
    pub files: Vec<(String, String)>,
}

impl Unit {
    /// The unit as generated from a configuration.
    pub fn generate(config: &Config) -> Result<Self> {
        let files = mch_hdl::generate::generate(config)?;
        Ok(Self {
            config: config.clone(),
            files: files
                .into_iter()
                .map(|file| (file.name, file.text))
                .collect(),
        })
    }
}

/// What one computer has of the machine.
pub(crate) struct Computer {
    pub place: Place,
    pub manager: Handle<AxiManager>,
    run: Pin,
    select: Pin,
}

/// The machine.
pub(crate) struct Machine {
    pub simulation: Simulation,
    pub memory: Handle<AxiSubordinate>,
    pub watch: Handle<Watch>,
    pub computers: Vec<Computer>,
    registers: Handle<AxiLiteManager>,
}

impl Machine {
    /// Builds the model, or finds it built, and starts it: all processors in reset, memory random. `link` is the end of a link
    /// that the unit is joined to.
    pub fn new(
        unit: &Unit,
        places: &[Place],
        latency: u32,
        seed: u64,
        waveform: Option<Recording>,
        link: Option<(&Wire, usize)>,
        cache: &Cache,
    ) -> Result<Self> {
        let bases: Vec<u32> = places.iter().map(|place| place.base).collect();
        let mut design = Design::new(rtl::TOP).file(processor_verilog()?);
        for (name, text) in unit
            .files
            .iter()
            .cloned()
            .chain(rtl::wrapper(&unit.config, &bases)?)
        {
            design = design.text(name, text);
        }
        let library = design
            // Of the processor's Verilog; the unit's own is linted where it is generated.
            .argument("-Wno-lint")
            .argument("-Wno-style")
            .optimization(Optimization::Most)
            .assertions(false)
            .trace(if waveform.is_some() {
                Trace::Vcd
            } else {
                Trace::None
            })
            .build(cache)?;

        let mut simulation = Simulation::new(&library, seed)?;
        let options = SubordinateOptions {
            fill: Fill::Random(seed),
            ..SubordinateOptions::with_latency(latency)
        };
        let memory = simulation.add_subordinate("m_axi", options)?;
        let registers = simulation.add_lite_manager("s_axil", LiteOptions::default())?;
        let computers = (0..places.len())
            .map(|n| {
                Ok(Computer {
                    place: places[n],
                    manager: simulation
                        .add_manager(&format!("manager{n}_axi"), ManagerOptions::default())?,
                    run: simulation.pin(&format!("core{n}_run"))?,
                    select: simulation.pin(&format!("manager{n}_select"))?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        simulation.add_monitor("m_axi", MonitorOptions::default())?;
        if let Some((wire, end)) = link {
            wire.attach(end, &mut simulation)?;
        }
        let watch = Watch::bind(&simulation, places.len())?;
        let watch = simulation.add(watch);
        if let Some(Recording::All(path)) = waveform {
            simulation.trace(path, 0)?;
        }
        simulation.reset(8)?;
        Ok(Self {
            simulation,
            memory,
            watch,
            computers,
            registers,
        })
    }

    /// One cycle.
    pub fn step(&mut self) -> Result<()> {
        Ok(self.simulation.step()?)
    }

    /// The number of the cycle.
    pub fn cycle(&self) -> u64 {
        self.simulation.cycle()
    }

    /// Puts an image, and zeros behind it, into the memory of its computer by the back door.
    pub fn load(&mut self, number: usize, image: &Image) {
        let place = self.computers[number].place;
        let memory = self.simulation[self.memory].memory_mut();
        memory.write(u64::from(place.base), &whole(image, &place));
    }

    /// The contents of memory.
    pub fn contents(&self) -> &Memory {
        self.simulation[self.memory].memory()
    }

    /// Lets a processor run or holds it in reset.
    pub fn set_running(&mut self, number: usize, run: bool) {
        let pin = self.computers[number].run;
        self.simulation.set(pin, u64::from(run));
    }

    /// Gives a computer's port to its outside manager, or back to the processor.
    pub fn set_selected(&mut self, number: usize, select: bool) {
        let pin = self.computers[number].select;
        self.simulation.set(pin, u64::from(select));
    }

    /// Begins a register access; `Machine::finished` has its result.
    pub fn begin(&mut self, address: u32, value: Option<u32>) -> mch_sim::axi::Ticket {
        let manager = &mut self.simulation[self.registers];
        match value {
            Some(value) => manager.write(u64::from(address), u64::from(value)),
            None => manager.read(u64::from(address)),
        }
    }

    /// The value read, if the access is over; an error if it was answered with one.
    pub fn finished(&mut self, ticket: mch_sim::axi::Ticket) -> Option<(u32, Response)> {
        let done = self.simulation[self.registers].take(ticket)?;
        Some((done.value as u32, done.response))
    }
}

/// An image with zeros up to the size of its guest's memory, as a loader leaves it.
pub(crate) fn whole(image: &Image, place: &Place) -> Vec<u8> {
    let mut bytes = image.bytes.clone();
    bytes.resize(place.size as usize, 0);
    bytes
}

/// Where the guests, their rings, the shadow and the registers are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map {
    pub memory: u32,
    pub shadow: u32,
    pub rings: u32,
    pub ring_shift: u32,
    pub guest_bytes: u32,
}

/// The processors' decoder sends this window to the register port.
const REGISTERS: u32 = 0x8000_0000;

impl Map {
    pub fn new(unit: &Config, guest_bytes: u32, ring_shift: u32, computers: usize) -> Result<Self> {
        let granule = unit.granule_bytes();
        ensure!(
            guest_bytes > 0 && guest_bytes.is_multiple_of(granule),
            "guest_bytes = {guest_bytes}: must be a multiple of {granule}"
        );
        let needed = u64::from(guest_bytes) * computers as u64;
        if needed > unit.memory_size.0 || unit.memory_size.0 > 1 << 28 {
            bail!(
                "memory_size = {}: must be {needed} to {} bytes for {computers} guests of {guest_bytes}",
                unit.memory_size.0,
                1u64 << 28
            );
        }
        // Not at 0, so that a forgotten base shows.
        let map = Self {
            memory: 0x1000_0000,
            shadow: 0x2000_0000,
            rings: 0x3000_0000,
            ring_shift,
            guest_bytes,
        };
        let rings = (computers as u64) << ring_shift;
        ensure!(
            rings <= 1 << 28,
            "ring_shift = {ring_shift}: {computers} rings must fit in {} bytes",
            1 << 28
        );
        Ok(map)
    }

    pub fn place(&self, number: usize) -> Place {
        Place {
            base: self.memory + number as u32 * self.guest_bytes,
            size: self.guest_bytes,
            registers: REGISTERS + mch_spec::registers::guest_address(number as u32, 0),
        }
    }

    pub fn ring(&self, number: usize) -> u32 {
        self.rings + ((number as u32) << self.ring_shift)
    }
}
