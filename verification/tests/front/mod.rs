//! A block under test: emitted, linted, built and driven by the names of its ports.

use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::Block;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use verilated::{Cache, Design, Direction, Input, Instance, Library};

/// The address of system memory in these tests.
pub const MEM_BASE: u64 = 0x4000_0000;
/// The address of the shadow in these tests.
pub const SHADOW_BASE: u64 = 0x8000_0000;

/// Emits a block and builds its model; a warning of Verilator fails. Equal Verilog is built once.
pub fn build(block: &dyn Block) -> Arc<Library> {
    let files = emit(block, &EmitOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let top = files[0].name.trim_end_matches(".v").to_string();
    let design = files
        .iter()
        .fold(Design::new(top), |d, f| d.text(&f.name, &f.text))
        .random_init(true);
    design
        .build(&Cache::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A model with its ports by name.
pub struct Dut {
    library: Arc<Library>,
    instance: Instance,
    clk: Option<Input>,
    /// Cycles since reset.
    pub now: u64,
}

impl Dut {
    /// An instance with all inputs zero, reset if it has a clock.
    pub fn new(library: &Arc<Library>, seed: u64) -> Self {
        let instance = library.instance(seed).expect("an instance");
        let clk = library
            .has_port("clk")
            .then(|| library.input("clk").expect("clk"));
        let mut dut = Dut {
            library: library.clone(),
            instance,
            clk,
            now: 0,
        };
        for port in library.ports() {
            if port.direction == Direction::Input {
                let input = library.wide_input(&port.name).expect("an input");
                dut.instance.set_wide(input, &vec![0; input.words()]);
            }
        }
        if dut.clk.is_some() {
            dut.set("rst", 1);
            for _ in 0..3 {
                dut.tick();
            }
            dut.set("rst", 0);
        }
        dut.now = 0;
        dut
    }

    /// Sets an input; one that the configuration folded away is left out.
    pub fn set(&mut self, name: &str, value: u64) {
        if self.library.has_port(name) {
            let port = self.library.input(name).expect("an input");
            self.instance.set(port, value);
        }
    }

    /// Sets an input wider than 64 bits, from its low word up.
    pub fn set_wide(&mut self, name: &str, words: &[u32]) {
        let port = self.library.wide_input(name).expect("an input");
        self.instance.set_wide(port, words);
    }

    /// Reads an output as it was last settled.
    pub fn get(&self, name: &str) -> u64 {
        let port = self.library.output(name).unwrap_or_else(|e| panic!("{e}"));
        self.instance.get(port)
    }

    /// 32-bit words of an input.
    pub fn words_of(&self, name: &str) -> usize {
        self.library.wide_input(name).expect("an input").words()
    }

    /// Reads an output of up to 128 bits.
    pub fn get_wide(&self, name: &str) -> u128 {
        let port = self.library.wide_output(name).expect("an output");
        let mut words = vec![0; port.words()];
        self.instance.get_wide(port, &mut words);
        (words.iter().rev()).fold(0, |value, word| value << 32 | u128::from(*word))
    }

    /// Reads a one-bit output.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) != 0
    }

    /// Lets the outputs follow the inputs, before the clock edge.
    pub fn settle(&mut self) {
        if let Some(clk) = self.clk {
            self.instance.set(clk, 0);
        }
        self.instance.eval().expect("evaluates");
    }

    /// The clock edge.
    pub fn tick(&mut self) {
        self.instance
            .cycle(self.clk.expect("clk"))
            .expect("evaluates");
        self.now += 1;
    }
}

/// A generator of the seed, with the seed told when a test fails.
pub struct Seeded {
    /// The generator.
    pub rng: ChaCha8Rng,
    seed: u64,
}

impl Seeded {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Seeded {
            rng: ChaCha8Rng::seed_from_u64(seed),
            seed,
        }
    }
}

impl Drop for Seeded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed with seed {}", self.seed);
        }
    }
}

/// Runs a test for seeds 0..`default`, or for those of `FRONT_SEEDS` (a number of seeds, or `=seed`).
pub fn seeds(default: u64) -> Vec<u64> {
    match std::env::var("FRONT_SEEDS") {
        Ok(text) => match text.strip_prefix('=') {
            Some(one) => vec![one.parse().expect("FRONT_SEEDS = a number or =seed")],
            None => (0..text.parse().expect("FRONT_SEEDS = a number or =seed")).collect(),
        },
        Err(_) => (0..default).collect(),
    }
}

/// A region in granules of 4 KiB from MEM_BASE.
#[derive(Clone, Copy, Debug, Default)]
pub struct Region {
    /// In use, its guest attached.
    pub active: bool,
    /// First granule.
    pub first: u64,
    /// Last granule, inclusive.
    pub last: u64,
    /// Its guest.
    pub guest: u64,
}

/// A ring.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring {
    /// In use.
    pub active: bool,
    /// First page.
    pub base: u64,
    /// Pages less one.
    pub mask: u64,
}

/// The inputs of an address class.
#[derive(Clone, Debug)]
pub struct Map {
    /// The unit is enabled.
    pub enable: bool,
    /// Regions.
    pub regions: Vec<Region>,
    /// Rings, by guest.
    pub rings: Vec<Ring>,
    /// Bytes of memory.
    pub memory_size: u64,
    /// Bytes of a granule.
    pub granule: u64,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Untracked.
    Pass,
    /// Tracked for a guest.
    Guest(u64),
    /// Answered with this.
    Error(u64),
}

impl Map {
    /// Drives the inputs.
    pub fn drive(&self, dut: &mut Dut) {
        dut.set("enable", u64::from(self.enable));
        dut.set("mem_base", MEM_BASE >> 12);
        dut.set("shadow_base", SHADOW_BASE >> 12);
        for (k, region) in self.regions.iter().enumerate() {
            dut.set(&format!("region_active_{k}"), u64::from(region.active));
            dut.set(&format!("region_first_{k}"), region.first);
            dut.set(&format!("region_last_{k}"), region.last);
            dut.set(&format!("region_guest_{k}"), region.guest);
        }
        for (g, ring) in self.rings.iter().enumerate() {
            dut.set(&format!("ring_active_{g}"), u64::from(ring.active));
            dut.set(&format!("ring_base_{g}"), ring.base);
            dut.set(&format!("ring_mask_{g}"), ring.mask);
        }
    }

    /// The class of an address, by definition.
    pub fn class(&self, address: u64) -> Class {
        if !self.enable {
            return Class::Pass;
        }
        let page = address >> 12;
        let in_ring = |r: &Ring| r.active && (r.base..=r.base + r.mask).contains(&page);
        if (SHADOW_BASE..SHADOW_BASE + self.memory_size).contains(&address)
            || self.rings.iter().any(in_ring)
        {
            return Class::Error(2);
        }
        if !(MEM_BASE..MEM_BASE + self.memory_size).contains(&address) {
            return Class::Error(3);
        }
        let granule = (address - MEM_BASE) / self.granule;
        self.regions
            .iter()
            .find(|r| r.active && (r.first..=r.last).contains(&granule))
            .map_or(Class::Pass, |r| Class::Guest(r.guest))
    }
}

/// A burst of a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// AxID.
    pub id: u64,
    /// AxADDR.
    pub address: u64,
    /// AxLEN.
    pub len: u64,
    /// AxSIZE.
    pub size: u64,
    /// AxBURST.
    pub burst: u64,
    /// AxCACHE, AxPROT, AxQOS, AxUSER.
    pub attributes: [u64; 4],
}

impl Burst {
    /// An INCR burst of 8-byte beats.
    pub fn incr(address: u64, len: u64) -> Burst {
        Burst {
            id: 7,
            address,
            len,
            size: 3,
            burst: 1,
            attributes: [3, 2, 1, 0],
        }
    }

    /// The address of each beat, as AXI4 defines it.
    pub fn addresses(&self) -> Vec<u64> {
        let bytes = 1 << self.size;
        let aligned = self.address & !(bytes - 1);
        let container = bytes * (self.len + 1);
        let base = self.address & !(container - 1);
        (0..=self.len)
            .map(|beat| match self.burst {
                0 => self.address,
                2 => base + (aligned - base + beat * bytes) % container,
                _ if beat == 0 => self.address,
                _ => aligned + beat * bytes,
            })
            .collect()
    }

    /// Whether AXI4 forbids it on a bus of `bytes` bytes.
    pub fn illegal(&self, bytes: u64) -> bool {
        let size = 1 << self.size;
        let last = (self.address & !(size - 1)) + self.len * size;
        size > bytes
            || self.burst == 3
            || (self.burst == 1 && last >> 12 != self.address >> 12)
            || (self.burst == 2
                && (![1, 3, 7, 15].contains(&self.len) || !self.address.is_multiple_of(size)))
    }
}
