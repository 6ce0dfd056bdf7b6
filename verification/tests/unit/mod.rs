//! A small unit with two ports, three guests and both strategies, ready for whole-unit tests.

use mch_sim::axi::{Burst, Completed, Ticket, WriteRequest};
use mch_spec::registers::{field, guest_address, offset, Operation};
use mch_spec::Strategy;
use mch_verification::campaign::Machine;
use mch_verification::system::{GuestSetup, System};

/// Cycles that anything may take.
pub const LIMIT: u64 = 60_000;
/// Bytes of a guest's region.
pub const GUEST_BYTES: u64 = 0x2000;
/// Bytes of a block.
pub const BLOCK: u64 = 64;

/// The machine: 64-bit data, blocks of 64 bytes, 64 KiB.
pub fn machine() -> Machine {
    Machine::named("both-64").expect("it is in the pool")
}

/// The unit, enabled, no guest attached, memory with this latency.
pub fn enabled(latency: u32) -> System {
    let mut system = System::fast(&machine().config, latency, 1).unwrap();
    system.enable().unwrap();
    system
}

/// First address of a guest's region.
pub fn home(guest: u32) -> u64 {
    machine().config.memory_size.0 + u64::from(guest) * GUEST_BYTES
}

/// A guest's setting.
pub fn setup(guest: u32, strategy: Strategy, processors: u32) -> GuestSetup {
    GuestSetup {
        strategy,
        offset: u64::from(guest) * GUEST_BYTES,
        bytes: GUEST_BYTES,
        ring_size: machine().ring_size(),
        ring_base: machine().ring_base(guest),
        processors,
    }
}

/// The unit with guests of these strategies attached, each with its first checkpoint.
pub fn with_checkpoints(latency: u32, strategies: &[Strategy]) -> System {
    let mut system = enabled(latency);
    for (guest, strategy) in (0..).zip(strategies) {
        system.attach(guest, setup(guest, *strategy, 0)).unwrap();
        system.command(guest, Operation::Checkpoint, LIMIT).unwrap();
    }
    system
}

/// One guest with a checkpoint, of a machine with 32 blocks of 1 KiB for a ring of 28 slots; and the first addresses of its memory and its ring.
pub fn with_small_ring(strategy: Strategy) -> (System, u64, u64) {
    let machine = Machine::named("large-blocks").expect("it is in the pool");
    let mut config = machine.config.clone();
    if !config.has(strategy) {
        config.strategies = vec![strategy];
        config.settable = false;
    }
    let mut system = System::fast(&config, 5, 1).unwrap();
    system.enable().unwrap();
    let setup = GuestSetup {
        strategy,
        offset: 0,
        bytes: 0x8000,
        ring_size: 15,
        ring_base: machine.ring_base(0),
        processors: 0,
    };
    system.attach(0, setup).unwrap();
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let base = system.layout.memory;
    (system, base, machine.ring_base(0))
}

/// Queues a write on a port.
pub fn write(system: &mut System, port: usize, burst: Burst, value: u8) -> Ticket {
    let handle = system.ports[port];
    let length = burst.transfer_bytes(8);
    let payload: Vec<u8> = (0..length).map(|index| value ^ index as u8).collect();
    system.simulation[handle]
        .write(WriteRequest::new(burst, payload))
        .unwrap()
}

/// Queues a write of one aligned beat of this byte.
pub fn write_beat(system: &mut System, port: usize, address: u64, value: u8) -> Ticket {
    let handle = system.ports[port];
    let request = WriteRequest::new(Burst::incr(address, 1, 3), vec![value; 8]);
    system.simulation[handle].write(request).unwrap()
}

/// Queues a read on a port.
pub fn read(system: &mut System, port: usize, burst: Burst) -> Ticket {
    let handle = system.ports[port];
    system.simulation[handle].read(burst).unwrap()
}

/// Waits for a transaction.
pub fn done(system: &mut System, port: usize, ticket: Ticket) -> Completed {
    let handle = system.ports[port];
    system.simulation.complete(handle, ticket, LIMIT).unwrap()
}

/// Whether a transaction has been answered.
pub fn answered(system: &System, port: usize, ticket: Ticket) -> bool {
    let completed = system.simulation[system.ports[port]].completed();
    completed.iter().any(|one| one.ticket == ticket)
}

/// Bytes of memory by the back door.
pub fn bytes(system: &System, address: u64, length: usize) -> Vec<u8> {
    system.contents().read_vec(address, length)
}

/// Gives a command and does not wait.
pub fn begin(system: &mut System, guest: u32, operation: Operation) {
    system
        .set_guest(guest, offset::G_COMMAND, operation.code())
        .unwrap();
}

/// Status and error code of a guest's last command, when it is over.
pub fn completion(system: &mut System, guest: u32) -> (u32, u32) {
    let completion = system.wait_completion(guest, LIMIT).unwrap();
    (
        field::G_COMPLETION::STATUS.get(completion),
        field::G_COMPLETION::ERROR.get(completion),
    )
}

/// Every processor arrives at the rendezvous that is going on.
pub fn arrive(system: &mut System, guest: u32, processors: u32) {
    let mut number = 0;
    while number >> 31 == 0 {
        number = system.guest(guest, offset::G_RENDEZVOUS).unwrap();
    }
    for processor in 0..processors {
        let value = processor << 24 | (number & 0xff_ffff);
        system
            .write(guest_address(guest, offset::G_ARRIVE), value)
            .unwrap();
    }
}

/// The bits of plane X over a guest's region, a word of 32 blocks each.
pub fn dirty_words(system: &mut System, guest: u32) -> Vec<u32> {
    let words = (GUEST_BYTES / BLOCK / 32) as u32;
    (guest * words..(guest + 1) * words)
        .map(|word| {
            system.write(offset::DIRTY_SELECT, word).unwrap();
            system.read(offset::DIRTY_BITS).unwrap()
        })
        .collect()
}

/// The address of a byte's copy in the shadow.
pub fn shadow(address: u64) -> u64 {
    address + machine().config.memory_size.0
}
