//! Two units of a machine of the pool, joined by their links, ready for whole-unit tests of S2.

use crate::unit;

use mch_sim::axi::{Burst, Response, Ticket, WriteRequest};
use mch_spec::registers::{field, offset, Operation, Status};
use mch_spec::Strategy;
use mch_verification::campaign::Machine;
use mch_verification::pair::Pair;
use mch_verification::system::{GuestSetup, System};
use unit::LIMIT;

/// How a command ends well.
pub const OK: (u32, u32) = (Status::Ok as u32, 0);

/// Two units, joined.
pub struct Rig {
    /// The units and their link.
    pub pair: Pair,
    /// What they are.
    pub machine: Machine,
}

impl Rig {
    /// Both enabled, no guest attached; a frame is sent again after `retry` cycles.
    pub fn new(machine: &str, latency: u32, retry: u32) -> Rig {
        let machine = Machine::named(machine).expect("it is in the pool");
        let units = [0, 1].map(|end| {
            let latency = latency + 3 * end;
            let mut unit = System::fast(&machine.config, latency, 7 + u64::from(end)).unwrap();
            unit.enable().unwrap();
            unit.write(offset::LINK_RETRY, retry).unwrap();
            unit
        });
        Rig {
            pair: Pair::new(units).unwrap(),
            machine,
        }
    }

    /// As [`Rig::new`], with guest 0 attached at end 0 and standing by at end 1.
    pub fn joined(machine: &str, latency: u32, retry: u32) -> Rig {
        let mut rig = Rig::new(machine, latency, retry);
        rig.join(0, 0);
        rig
    }

    /// First address of a guest's region.
    pub fn home(&self, guest: u32) -> u64 {
        self.pair.units[0].layout.memory + self.machine.regions(guest)[0].0
    }

    /// Bytes of a guest's region.
    pub fn length(&self, guest: u32) -> usize {
        self.machine.regions(guest)[0].1 as usize
    }

    /// A guest's setting.
    pub fn setup(&self, guest: u32, strategy: Strategy) -> GuestSetup {
        let (offset, bytes) = self.machine.regions(guest)[0];
        GuestSetup {
            strategy,
            offset,
            bytes,
            ring_size: self.machine.ring_size(),
            ring_base: self.machine.ring_base(guest),
            processors: 0,
        }
    }

    /// A guest of S2 is attached at one end and stands by at the other.
    pub fn join(&mut self, end: usize, guest: u32) {
        let setup = self.setup(guest, Strategy::S2);
        self.pair.units[end].attach(guest, setup).unwrap();
        let other = &mut self.pair.units[1 - end];
        other.configure(guest, setup).unwrap();
        other.command(guest, Operation::Standby, LIMIT).unwrap();
    }

    /// A guest's memory.
    pub fn image(&self, end: usize, guest: u32) -> Vec<u8> {
        unit::bytes(&self.pair.units[end], self.home(guest), self.length(guest))
    }

    /// Queues a write of whole beats.
    pub fn send(&mut self, end: usize, address: u64, bytes: Vec<u8>) -> Ticket {
        let config = self.machine.config.clone();
        let beats = bytes.len() / config.data_bytes() as usize;
        let burst = Burst::incr(address, beats as u16, config.full_size() as u8);
        let unit = &mut self.pair.units[end];
        let port = unit.ports[0];
        unit.simulation[port]
            .write(WriteRequest::new(burst, bytes))
            .unwrap()
    }

    /// Whether a write has been answered within so many cycles.
    pub fn is_answered(&mut self, end: usize, ticket: Ticket, cycles: u64) -> bool {
        for _ in 0..cycles / 10 {
            if unit::answered(&self.pair.units[end], 0, ticket) {
                return true;
            }
            self.pair.run(10).unwrap();
        }
        false
    }

    /// Writes and waits for the answer.
    pub fn write(&mut self, end: usize, address: u64, bytes: Vec<u8>) -> Response {
        let ticket = self.send(end, address, bytes);
        assert!(
            self.is_answered(end, ticket, 20_000),
            "a write is not answered"
        );
        unit::done(&mut self.pair.units[end], 0, ticket).response()
    }

    /// A command and its end.
    pub fn command(&mut self, end: usize, guest: u32, operation: Operation) -> (u32, u32) {
        self.pair.command(end, guest, operation, 4 * LIMIT).unwrap()
    }

    /// CHECKPOINT and its end.
    pub fn checkpoint(&mut self, end: usize, guest: u32) -> (u32, u32) {
        self.command(end, guest, Operation::Checkpoint)
    }

    /// Until nothing runs for a standby and its ring is empty.
    pub fn apply(&mut self, end: usize, guest: u32) {
        for _ in 0..600 {
            self.pair.run(50).unwrap();
            let status = self.status(end, guest);
            let used = self.pair.units[end]
                .guest(guest, offset::G_RING_USED)
                .unwrap();
            if used == 0 && field::G_STATUS::RUNNING.get(status) == 0 {
                return;
            }
        }
        panic!("what has arrived is not applied");
    }

    /// G_STATUS.
    pub fn status(&mut self, end: usize, guest: u32) -> u32 {
        self.pair.units[end].guest(guest, offset::G_STATUS).unwrap()
    }

    /// A guest's register.
    pub fn guest(&mut self, end: usize, guest: u32, register: u32) -> u32 {
        self.pair.units[end].guest(guest, register).unwrap()
    }

    /// Sessions, entries and marks sent, those sent again, and frames dropped.
    pub fn frames(&mut self, end: usize) -> [u32; 3] {
        [
            offset::LINK_FRAMES,
            offset::LINK_REPEATS,
            offset::LINK_DROPPED,
        ]
        .map(|register| self.pair.units[end].read(register).unwrap())
    }

    /// Memory of an end errs as this says, or no more.
    pub fn fault(&mut self, end: usize, fault: Option<mch_sim::memory::Fault>) {
        let unit = &mut self.pair.units[end];
        let faults = unit.simulation[unit.memory].faults();
        match fault {
            Some(fault) => faults.add(fault),
            None => faults.clear(),
        }
    }

    /// The primary has its checkpoint, and memory at both ends is the same.
    pub fn assert_checkpoint(&mut self, end: usize, guest: u32) {
        assert_eq!(self.checkpoint(end, guest), OK);
        self.apply(1 - end, guest);
        assert!(
            self.image(end, guest) == self.image(1 - end, guest),
            "the standby has another memory"
        );
    }
}
