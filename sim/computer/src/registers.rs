//! Access to the unit's registers from outside, while everything else goes on.

use crate::machine::Machine;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};

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

    /// Commands a guest, again while it is busy; false if there is no checkpoint.
    fn order(&mut self, number: usize, operation: Operation) -> Result<bool> {
        let address = guest_address(number as u32, offset::G_COMMAND);
        let start = self.machine().cycle();
        loop {
            let (_, response) = self.access(address, Some(operation.code()))?;
            if response == Response::Okay {
                return Ok(true);
            }
            let error = field::ERROR::CODE.get(self.read(offset::ERROR)?);
            self.write(offset::ERROR, 0)?;
            match ErrorCode::from_code(error) {
                Some(ErrorCode::NoCheckpoint) => return Ok(false),
                Some(ErrorCode::Busy) if self.machine().cycle() < start + PATIENCE => {
                    self.pass(POLL)?
                }
                other => bail!("{operation} of guest {number} is refused: {other:?}"),
            }
        }
    }

    /// Waits for the end of a command; `before` is what G_COMPLETION read before it was given. False if there is no checkpoint.
    fn await_end(&mut self, number: usize, operation: Operation, before: u32) -> Result<bool> {
        let mut found = true;
        self.poll(&format!("{operation} completes"), |run| {
            let completion = run.read_guest(number, offset::G_COMPLETION)?;
            let count = field::G_COMPLETION::COUNT;
            // What ran before it completes first.
            if count.get(completion) == count.get(before)
                || field::G_COMPLETION::OPERATION.get(completion) != operation.code()
            {
                return Ok(false);
            }
            let status = Status::from_code(field::G_COMPLETION::STATUS.get(completion));
            let error = ErrorCode::from_code(field::G_COMPLETION::ERROR.get(completion));
            match (status, error) {
                (Some(Status::Ok), _) => {}
                (Some(Status::Refused), Some(ErrorCode::NoCheckpoint)) => found = false,
                _ => bail!("{operation} of guest {number} ended with {status:?}, {error:?}"),
            }
            Ok(true)
        })?;
        Ok(found)
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
