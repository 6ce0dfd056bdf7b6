//! A guest's bursts under way, and what their results must be.

use super::report::GuestReport;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::{Completed, Response, Ticket};
use mch_sim::memory::Direction;

/// A read or a write of the trace, not yet answered in full.
struct Access {
    direction: Direction,
    /// Byte address on the bus.
    address: u64,
    /// Bytes.
    length: usize,
    /// What a read must bring.
    expected: Vec<u8>,
    /// What else it may bring, if the guest was broken meanwhile.
    restored: Option<Vec<u8>>,
    /// The bursts not yet answered.
    tickets: Vec<Ticket>,
    /// Begun by a guest that has been broken since: nobody waits for the result.
    lost: bool,
}

/// The accesses of one guest that are under way.
#[derive(Default)]
pub struct Traffic {
    accesses: Vec<Access>,
}

fn overlap(a: (u64, usize), b: (u64, usize)) -> bool {
    a.0 < b.0 + b.1 as u64 && b.0 < a.0 + a.1 as u64
}

impl Traffic {
    /// Bursts under way.
    pub fn bursts(&self) -> usize {
        self.accesses.iter().map(|one| one.tickets.len()).sum()
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.accesses.is_empty()
    }

    /// Whether a write is under way.
    pub fn is_writing(&self) -> bool {
        let mut accesses = self.accesses.iter();
        accesses.any(|one| one.direction == Direction::Write)
    }

    /// Whether an access must wait: reads and writes are not ordered against each other on the bus.
    pub fn must_wait(&self, direction: Direction, address: u64, length: usize) -> bool {
        self.accesses.iter().any(|one| {
            one.direction != direction && overlap((one.address, one.length), (address, length))
        })
    }

    /// Whether a byte may be about to change.
    pub fn may_write(&self, address: u64) -> bool {
        self.accesses.iter().any(|one| {
            one.direction == Direction::Write && overlap((one.address, one.length), (address, 1))
        })
    }

    /// A write has begun.
    pub fn begin_write(&mut self, address: u64, length: usize, tickets: Vec<Ticket>) {
        self.begin(Direction::Write, address, length, Vec::new(), tickets);
    }

    /// A read has begun, that must bring these bytes.
    pub fn begin_read(&mut self, address: u64, expected: Vec<u8>, tickets: Vec<Ticket>) {
        self.begin(Direction::Read, address, expected.len(), expected, tickets);
    }

    fn begin(
        &mut self,
        direction: Direction,
        address: u64,
        length: usize,
        expected: Vec<u8>,
        tickets: Vec<Ticket>,
    ) {
        self.accesses.push(Access {
            direction,
            address,
            length,
            expected,
            restored: None,
            tickets,
            lost: false,
        });
    }

    /// The guest is broken. Its writes may be dropped; its reads may bring what `image` gives, or parts of it.
    pub fn lose(&mut self, image: impl Fn(u64, usize) -> Vec<u8>) {
        for access in &mut self.accesses {
            access.lost = true;
            access.restored = Some(image(access.address, access.length));
        }
    }

    /// Takes a result, if it is of this guest, and checks it. Returns the bytes compared.
    pub fn complete(
        &mut self,
        done: &Completed,
        report: &mut GuestReport,
    ) -> Result<Option<usize>> {
        let mut accesses = self.accesses.iter();
        let Some(index) = accesses.position(|one| one.tickets.contains(&done.ticket)) else {
            return Ok(None);
        };
        let access = &mut self.accesses[index];
        access.tickets.retain(|ticket| *ticket != done.ticket);
        let cycles = done.timing.response - done.timing.presented;
        let compared = match done.direction {
            Direction::Read => {
                report.reads.add(cycles);
                access.check(done)?
            }
            Direction::Write => {
                ensure!(
                    access.lost || done.response() == Response::Okay,
                    "write at {:#x}: {:?}",
                    done.burst.address,
                    done.response()
                );
                report.writes.add(cycles);
                0
            }
        };
        if access.tickets.is_empty() {
            self.accesses.swap_remove(index);
        }
        Ok(Some(compared))
    }
}

impl Access {
    /// Checks a read burst; returns the bytes compared.
    fn check(&self, done: &Completed) -> Result<usize> {
        let address = done.burst.address;
        ensure!(
            done.response() == Response::Okay,
            "read at {address:#x}: {:?}",
            done.response()
        );
        let offset = (address - self.address) as usize;
        // The last beat may run past the end.
        let length = done.payload.len().min(self.length - offset);
        for (index, byte) in done.payload[..length].iter().enumerate() {
            let at = offset + index;
            let restored = self.restored.as_ref().map(|bytes| bytes[at]);
            if *byte != self.expected[at] && Some(*byte) != restored {
                bail!(
                    "read at {:#x}: {byte:#04x} instead of {:#04x}",
                    address + index as u64,
                    self.expected[at]
                );
            }
        }
        Ok(length)
    }
}
