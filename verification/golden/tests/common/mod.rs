//! A small machine that drives the model by its registers, as software does.

use mch_golden::{Beat, Burst, Golden, Memory, WriteOutcome};
use mch_spec::config::Size;
use mch_spec::registers::{guest_address, offset, region_address, ErrorCode, Operation};
use mch_spec::{Config, Strategy};

/// System memory: 64 KiB, 1024 blocks of 64 bytes.
pub const BASE: u64 = 0x1_0000;
/// The shadow.
pub const SHADOW: u64 = 0x2_0000;
/// The first ring; each guest's is 32 KiB.
pub const RINGS: u64 = 0x8_0000;
/// Bytes of each guest's memory.
pub const GUEST_BYTES: u64 = 0x4000;

/// Both strategies, three guests.
pub fn config() -> Config {
    let config = Config {
        memory_size: Size(64 << 10),
        guests: 3,
        regions: 4,
        processors: 2,
        epoch_bits: 2,
        strategies: vec![Strategy::S3, Strategy::S6],
        ..Config::default()
    };
    config.validate().unwrap();
    config
}

/// Memory whose bytes all differ from their neighbours.
pub fn memory() -> Memory {
    Memory::with_background(|page, bytes| {
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte =
                (page as u8).wrapping_mul(37) ^ (index as u8).wrapping_mul(11) ^ (index >> 8) as u8;
        }
    })
}

/// First address of a guest's memory.
pub fn home(guest: u32) -> u64 {
    BASE + u64::from(guest) * GUEST_BYTES
}

/// The model with guests configured by these strategies, and attached.
pub struct Machine(pub Golden);

impl Machine {
    /// Enabled, every guest attached.
    pub fn new(strategies: &[Strategy]) -> Machine {
        let mut machine = Machine::detached(strategies);
        for guest in 0..strategies.len() as u32 {
            machine.command(guest, Operation::Attach).unwrap();
            machine.expect(guest, Operation::Attach, 1, 0);
        }
        machine
    }

    /// Enabled and configured, no guest attached.
    pub fn detached(strategies: &[Strategy]) -> Machine {
        let mut machine = Machine(Golden::new(&config(), memory()));
        machine.global(offset::MEM_BASE, (BASE >> 12) as u32);
        machine.global(offset::SHADOW_BASE, (SHADOW >> 12) as u32);
        machine.global(offset::CTRL, 1);
        for (guest, strategy) in (0u32..).zip(strategies) {
            machine.set(guest, offset::G_STRATEGY, strategy.number());
            machine.set(
                guest,
                offset::G_RING_BASE,
                ((RINGS + u64::from(guest) * 0x8000) >> 12) as u32,
            );
            machine.set(guest, offset::G_RING_SIZE, 15);
            machine.global(region_address(guest, offset::R_GUEST), guest);
            machine.global(
                region_address(guest, offset::R_BASE),
                (home(guest) >> 12) as u32,
            );
            machine.global(
                region_address(guest, offset::R_BLOCKS),
                (GUEST_BYTES / 64) as u32,
            );
        }
        machine
    }

    pub fn global(&mut self, address: u32, value: u32) {
        self.0
            .register_write(address, value)
            .unwrap_or_else(|error| panic!("{address:#x} = {value:#x}: {error}"));
    }

    pub fn set(&mut self, guest: u32, offset: u32, value: u32) {
        self.global(guest_address(guest, offset), value);
    }

    pub fn get(&mut self, guest: u32, offset: u32) -> u32 {
        self.0.register_read(guest_address(guest, offset)).unwrap()
    }

    pub fn command(&mut self, guest: u32, operation: Operation) -> Result<(), ErrorCode> {
        self.0
            .register_write(guest_address(guest, offset::G_COMMAND), operation.code())
    }

    /// A command that must be taken and end with this status and error code.
    pub fn run(&mut self, guest: u32, operation: Operation, status: u32, error: u32) {
        self.command(guest, operation)
            .unwrap_or_else(|error| panic!("{operation}: {error}"));
        self.expect(guest, operation, status, error);
    }

    pub fn expect(&mut self, guest: u32, operation: Operation, status: u32, error: u32) {
        let completion = self.get(guest, offset::G_COMPLETION) & 0xff_ffff;
        assert_eq!(
            completion,
            error << 16 | status << 8 | operation.code(),
            "{operation}: {completion:#x}"
        );
    }

    /// Everyone arrives at the rendezvous that is going on.
    pub fn arrive(&mut self, guest: u32) {
        let number = self.get(guest, offset::G_RENDEZVOUS) & 0xff_ffff;
        for processor in 0..self.get(guest, offset::G_CPUS) {
            self.set(guest, offset::G_ARRIVE, processor << 24 | number);
        }
    }

    /// Writes bytes with one full-width INCR burst.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> WriteOutcome {
        let burst = Burst::incr(self.0.config(), address, bytes.len() as u64);
        let beats = beats(self.0.config(), address, bytes);
        self.0.write(&burst, &beats)
    }

    pub fn bytes(&self, address: u64, length: usize) -> Vec<u8> {
        self.0.memory().read(address, length)
    }
}

/// The beats of an INCR burst that writes these bytes.
pub fn beats(config: &Config, address: u64, bytes: &[u8]) -> Vec<Beat> {
    let width = u64::from(config.data_bytes());
    let first = address / width * width;
    let end = address + bytes.len() as u64;
    let beat = |lane0: u64| {
        let mut beat = Beat {
            data: vec![0xa5; width as usize],
            strobes: 0,
        };
        for at in (lane0..lane0 + width).filter(|at| (address..end).contains(at)) {
            beat.data[(at - lane0) as usize] = bytes[(at - address) as usize];
            beat.strobes |= 1 << (at - lane0);
        }
        beat
    };
    (first..end).step_by(width as usize).map(beat).collect()
}
