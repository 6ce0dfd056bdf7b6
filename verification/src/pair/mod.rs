//! Two units joined by their links: a primary and its backup, each in a simulated computer of its own.

mod companion;
mod socket;
mod takeover;

pub use companion::Companion;
pub use socket::SocketLink;
pub use takeover::{listen, take_over};

use crate::system::System;
use anyhow::{ensure, Result};
use mch_sim::stream::Wire;
use mch_spec::registers::{field, offset, Operation};

/// Two units and the link between them. What is asked of one alone runs that one alone: the other's clock stands still meanwhile.
pub struct Pair {
    /// The units: the first end of the link, and the second.
    pub units: [System; 2],
    /// The link.
    pub wire: Wire,
}

impl Pair {
    /// Joins two units.
    pub fn new(mut units: [System; 2]) -> Result<Pair> {
        let wire = Wire::default();
        for (end, unit) in units.iter_mut().enumerate() {
            wire.attach(end, &mut unit.simulation)?;
        }
        Ok(Pair { units, wire })
    }

    /// Runs both for a number of cycles.
    pub fn run(&mut self, cycles: u64) -> Result<()> {
        for _ in 0..cycles {
            for unit in &mut self.units {
                unit.simulation.step()?;
            }
        }
        Ok(())
    }

    /// Runs both until no routine runs for a guest of one of them; returns G_COMPLETION.
    pub fn wait(&mut self, end: usize, guest: u32, limit: u64) -> Result<u32> {
        let start = self.units[end].simulation.cycle();
        loop {
            let status = self.units[end].guest(guest, offset::G_STATUS)?;
            if field::G_STATUS::RUNNING.get(status) == 0 {
                return self.units[end].guest(guest, offset::G_COMPLETION);
            }
            let cycles = self.units[end].simulation.cycle() - start;
            ensure!(
                cycles < limit,
                "unit {end}: G_STATUS is {status:#x} after {cycles} cycles"
            );
            self.run(50)?;
        }
    }

    /// Commands a guest of one of them and waits; status and error code.
    pub fn command(
        &mut self,
        end: usize,
        guest: u32,
        operation: Operation,
        limit: u64,
    ) -> Result<(u32, u32)> {
        self.units[end].set_guest(guest, offset::G_COMMAND, operation.code())?;
        let completion = self.wait(end, guest, limit)?;
        Ok((
            field::G_COMPLETION::STATUS.get(completion),
            field::G_COMPLETION::ERROR.get(completion),
        ))
    }
}
