//! Access to the unit's registers from outside, while everything else goes on.

use crate::machine::Machine;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, ErrorCode};

/// Cycles between two looks at a register that is waited for.
pub const POLL: u64 = 24;
/// Cycles after which a wait has gone wrong.
pub const PATIENCE: u64 = 5_000_000;

/// A run whose software reads and writes the registers of a unit.
pub(crate) trait Registers: Sized {
    /// One cycle of everything.
    fn tick(&mut self) -> Result<()>;

    /// The machine whose registers are meant.
    fn machine(&mut self) -> &mut Machine;

    /// What everybody is doing, for messages.
    fn situation(&self) -> String;

    /// Waits for a condition.
    fn poll(
        &mut self,
        what: &str,
        mut condition: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let start = self.machine().cycle();
        while !condition(self)? {
            if self.machine().cycle() > start + PATIENCE {
                bail!("not within {PATIENCE} cycles: {what}\n{}", self.situation());
            }
            self.pass(POLL)?;
        }
        Ok(())
    }

    /// Lets cycles pass.
    fn pass(&mut self, cycles: u64) -> Result<()> {
        (0..cycles).try_for_each(|_| self.tick())
    }

    fn read_guest(&mut self, number: usize, register: u32) -> Result<u32> {
        self.read(guest_address(number as u32, register))
    }

    fn write_guest(&mut self, number: usize, register: u32, value: u32) -> Result<()> {
        self.write(guest_address(number as u32, register), value)
    }

    fn read(&mut self, address: u32) -> Result<u32> {
        let (value, response) = self.access(address, None)?;
        ensure!(
            response == Response::Okay,
            "register {address:#x} cannot be read: {response:?}"
        );
        Ok(value)
    }

    fn write(&mut self, address: u32, value: u32) -> Result<()> {
        let (_, response) = self.access(address, Some(value))?;
        if response != Response::Okay {
            let (error, _) = self.access(offset::ERROR, None)?;
            let code = ErrorCode::from_code(field::ERROR::CODE.get(error));
            bail!("register {address:#x} := {value:#x} is refused: {response:?}, {code:?}");
        }
        Ok(())
    }

    fn access(&mut self, address: u32, value: Option<u32>) -> Result<(u32, Response)> {
        let ticket = self.machine().begin(address, value);
        let start = self.machine().cycle();
        loop {
            self.tick()?;
            if let Some(result) = self.machine().finished(ticket) {
                return Ok(result);
            }
            ensure!(
                self.machine().cycle() < start + PATIENCE,
                "register {address:#x} does not answer"
            );
        }
    }
}
