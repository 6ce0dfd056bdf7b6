//! Running the simulation until register accesses complete.

use super::manager::{AxiLiteManager, LiteCompleted, LiteOptions};
use crate::axi::{Response, Ticket};
use crate::bench::{Handle, Simulation};
use anyhow::{ensure, Context, Result};

impl Simulation {
    /// Adds an AXI4-Lite manager on the port whose signals start with `prefix`.
    pub fn add_lite_manager(
        &mut self,
        prefix: &str,
        options: LiteOptions,
    ) -> Result<Handle<AxiLiteManager>> {
        let manager = AxiLiteManager::bind(self, prefix, options)?;
        Ok(self.add(manager))
    }

    /// Runs until `ticket` completes, and returns its result, whatever the response.
    pub fn complete_access(
        &mut self,
        manager: Handle<AxiLiteManager>,
        ticket: Ticket,
        limit: u64,
    ) -> Result<LiteCompleted> {
        let done = |one: &LiteCompleted| one.ticket == ticket;
        self.run_until("a register access completes", limit, |simulation| {
            simulation[manager].completed().iter().any(done)
        })?;
        self[manager]
            .take(ticket)
            .context("the access completed and was taken")
    }

    /// Writes a register and waits; any response but OKAY is an error.
    pub fn write_register(
        &mut self,
        manager: Handle<AxiLiteManager>,
        address: u64,
        value: u64,
        limit: u64,
    ) -> Result<()> {
        let ticket = self[manager].write(address, value);
        let done = self.complete_access(manager, ticket, limit)?;
        ensure!(
            done.response == Response::Okay,
            "write of {value:#x} to register {address:#x}: {:?}",
            done.response
        );
        Ok(())
    }

    /// Reads a register and waits; any response but OKAY is an error.
    pub fn read_register(
        &mut self,
        manager: Handle<AxiLiteManager>,
        address: u64,
        limit: u64,
    ) -> Result<u64> {
        let ticket = self[manager].read(address);
        let done = self.complete_access(manager, ticket, limit)?;
        ensure!(
            done.response == Response::Okay,
            "read of register {address:#x}: {:?}",
            done.response
        );
        Ok(done.value)
    }
}
