//! Running the simulation until a manager's transactions complete.

use super::{AxiManager, Completed, ManagerOptions, Ticket};
use crate::axi::Response;
use crate::bench::{Failure, Handle, Simulation};
use anyhow::{bail, Result};

impl Simulation {
    /// Adds a manager on the port whose signals start with `prefix`.
    pub fn add_manager(
        &mut self,
        prefix: &str,
        options: ManagerOptions,
    ) -> Result<Handle<AxiManager>> {
        let manager = AxiManager::bind(self, prefix, options)?;
        Ok(self.add(manager))
    }

    /// Runs until the manager has nothing pending; returns the cycles it took.
    pub fn run_until_idle(
        &mut self,
        manager: Handle<AxiManager>,
        limit: u64,
    ) -> std::result::Result<u64, Failure> {
        self.run_until("the manager is idle", limit, |simulation| {
            simulation[manager].is_idle()
        })
    }

    /// Runs until `ticket` completes, and returns its result.
    pub fn complete(
        &mut self,
        manager: Handle<AxiManager>,
        ticket: Ticket,
        limit: u64,
    ) -> Result<Completed> {
        let done = |manager: &AxiManager| manager.completed.iter().any(|one| one.ticket == ticket);
        self.run_until("a transaction completes", limit, |simulation| {
            done(&simulation[manager])
        })?;
        match self[manager].take(ticket) {
            Some(completed) => Ok(completed),
            None => bail!("the transaction completed and was taken"),
        }
    }

    /// Writes `bytes` at `address` and waits; returns the worst response.
    pub fn write_bytes(
        &mut self,
        manager: Handle<AxiManager>,
        address: u64,
        bytes: &[u8],
        limit: u64,
    ) -> Result<Response> {
        let mut worst = Response::Okay;
        for ticket in self[manager].write_bytes(address, bytes)? {
            worst = worst.max(self.complete(manager, ticket, limit)?.response());
        }
        Ok(worst)
    }

    /// Reads `length` bytes at `address` and waits; returns them and the worst response.
    pub fn read_bytes(
        &mut self,
        manager: Handle<AxiManager>,
        address: u64,
        length: usize,
        limit: u64,
    ) -> Result<(Vec<u8>, Response)> {
        let mut bytes = Vec::with_capacity(length);
        let mut worst = Response::Okay;
        for ticket in self[manager].read_bytes(address, length)? {
            let completed = self.complete(manager, ticket, limit)?;
            worst = worst.max(completed.response());
            // Every piece but the last ends on a beat, so only the last has bytes to spare.
            bytes.extend_from_slice(&completed.payload);
        }
        bytes.truncate(length);
        Ok((bytes, worst))
    }
}
