//! Access to the unit's registers from outside, while everything else goes on.

use crate::run::Run;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, ErrorCode};

/// Cycles between two looks at a register that is waited for.
pub const POLL: u64 = 24;
/// Cycles after which a wait has gone wrong.
pub const PATIENCE: u64 = 5_000_000;

impl Run<'_> {
    /// Waits for a condition.
    pub fn poll(
        &mut self,
        what: &str,
        mut condition: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<()> {
        let start = self.machine.cycle();
        while !condition(self)? {
            if self.machine.cycle() > start + PATIENCE {
                bail!("not within {PATIENCE} cycles: {what}\n{}", self.situation());
            }
            self.pass(POLL)?;
        }
        Ok(())
    }

    /// Lets cycles pass.
    pub fn pass(&mut self, cycles: u64) -> Result<()> {
        (0..cycles).try_for_each(|_| self.tick())
    }

    pub fn read_guest(&mut self, number: usize, register: u32) -> Result<u32> {
        self.read(guest_address(number as u32, register))
    }

    pub fn write_guest(&mut self, number: usize, register: u32, value: u32) -> Result<()> {
        self.write(guest_address(number as u32, register), value)
    }

    pub fn read(&mut self, address: u32) -> Result<u32> {
        let (value, response) = self.access(address, None)?;
        ensure!(
            response == Response::Okay,
            "register {address:#x} cannot be read: {response:?}"
        );
        Ok(value)
    }

    pub fn write(&mut self, address: u32, value: u32) -> Result<()> {
        let (_, response) = self.access(address, Some(value))?;
        if response != Response::Okay {
            let (error, _) = self.access(offset::ERROR, None)?;
            let code = ErrorCode::from_code(field::ERROR::CODE.get(error));
            bail!("register {address:#x} := {value:#x} is refused: {response:?}, {code:?}");
        }
        Ok(())
    }

    pub fn access(&mut self, address: u32, value: Option<u32>) -> Result<(u32, Response)> {
        let ticket = self.machine.begin(address, value);
        let start = self.machine.cycle();
        loop {
            self.tick()?;
            if let Some(result) = self.machine.finished(ticket) {
                return Ok(result);
            }
            ensure!(
                self.machine.cycle() < start + PATIENCE,
                "register {address:#x} does not answer"
            );
        }
    }
}
