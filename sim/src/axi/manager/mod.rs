//! An AXI4 manager: plays a processor or a DMA engine.

mod options;
mod read;
mod run;
mod summary;
mod transaction;
mod write;

pub use options::{Death, ManagerOptions, WriteOrder};
pub use summary::Summary;
pub use transaction::{Completed, Ticket, Timing, WriteRequest};

use super::pins::AxiPins;
use super::{split, Burst, Channel};
use crate::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Sample, Simulation, Violation};
use anyhow::{bail, ensure, Result};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use read::{Misfit, ReadSide};
use std::collections::VecDeque;
use write::{Lead, WriteSide};

/// An AXI4 manager on one port: queues of reads and writes, performed with the pacing it was given.
///
/// Writes are issued in order of submission, and so are reads; the two queues are independent. A reset of
/// the design clears both.
#[derive(Clone)]
pub struct AxiManager {
    prefix: String,
    pins: AxiPins,
    options: ManagerOptions,
    write: WriteSide,
    read: ReadSide,
    random: ChaCha8Rng,
    completed: VecDeque<Completed>,
    next_ticket: u64,
    cycle: u64,
    death: Option<Death>,
    death_at: Option<(Ticket, u16, Death)>,
    ignores_strays: bool,
    strays: u64,
    in_reset: bool,
}

impl AxiManager {
    /// Binds a manager to the port whose signals start with `prefix`, as `s_axi`.
    pub fn bind(simulation: &Simulation, prefix: &str, options: ManagerOptions) -> Result<Self> {
        let pins = AxiPins::bind(simulation.model(), prefix)?;
        pins.expect_manager(prefix)?;
        let pacer = |pacing: &Pacing, channel: &str| {
            let name = format!("{prefix} manager {channel}");
            Pacer::new(pacing.clone(), derive_seed(simulation.seed(), &name))
        };
        Ok(Self {
            prefix: prefix.to_owned(),
            pins,
            write: WriteSide::new(
                options.outstanding_writes,
                pacer(&options.aw, "aw"),
                pacer(&options.w, "w"),
                pacer(&options.b, "b"),
            ),
            read: ReadSide::new(
                options.outstanding_reads,
                pacer(&options.ar, "ar"),
                pacer(&options.r, "r"),
            ),
            options,
            random: ChaCha8Rng::seed_from_u64(derive_seed(simulation.seed(), prefix)),
            completed: VecDeque::new(),
            next_ticket: 0,
            cycle: simulation.cycle(),
            death: None,
            death_at: None,
            ignores_strays: false,
            strays: 0,
            in_reset: false,
        })
    }

    /// Bytes of the data bus.
    pub fn bus_bytes(&self) -> usize {
        self.pins.bus_bytes
    }

    /// Queues a write.
    pub fn write(&mut self, request: WriteRequest) -> Result<Ticket> {
        let burst = &request.burst;
        self.check(burst, self.pins.aw.id_width(), self.pins.aw.address_width())?;
        let bytes = burst.transfer_bytes(self.pins.bus_bytes);
        ensure!(
            request.payload.len() == bytes,
            "{}: a payload of {} bytes for a burst of {bytes}: {burst:?}",
            self.prefix,
            request.payload.len()
        );
        if let Some(strobes) = &request.strobes {
            ensure!(
                strobes.len() == usize::from(burst.beats),
                "{}: strobes for {} beats on a burst of {}",
                self.prefix,
                strobes.len(),
                burst.beats
            );
            for (beat, strobe) in (0..).zip(strobes) {
                let legal = burst.lane_mask(beat, self.pins.bus_bytes);
                ensure!(
                    strobe & !legal == 0 || !self.options.only_legal,
                    "{}: strobes {strobe:#x} in beat {beat}; the burst's lanes are {legal:#x}",
                    self.prefix
                );
            }
        }
        let ticket = self.ticket();
        let lead = Lead::choose(self.options.write_order, self.random.next_u32());
        self.write.submit(ticket, request, lead, self.cycle);
        Ok(ticket)
    }

    /// Queues a read.
    pub fn read(&mut self, burst: Burst) -> Result<Ticket> {
        self.check(
            &burst,
            self.pins.ar.id_width(),
            self.pins.ar.address_width(),
        )?;
        let ticket = self.ticket();
        self.read
            .submit(ticket, burst, self.pins.bus_bytes, self.cycle);
        Ok(ticket)
    }

    /// Queues `bytes` at `address` as full-width INCR bursts that cross no 4 KiB boundary.
    pub fn write_bytes(&mut self, address: u64, bytes: &[u8]) -> Result<Vec<Ticket>> {
        let bus_bytes = self.pins.bus_bytes;
        let mut tickets = Vec::new();
        for (burst, range) in split(address, bytes.len(), bus_bytes) {
            let mut payload = bytes[range].to_vec();
            let covered = payload.len();
            payload.resize(burst.transfer_bytes(bus_bytes), 0);
            let mut request = WriteRequest::new(burst, payload);
            if covered < request.payload.len() {
                // The last beat goes past the end: its strobes must not.
                let beats = 0..burst.beats;
                let mut strobes: Vec<u64> =
                    beats.map(|beat| burst.lane_mask(beat, bus_bytes)).collect();
                if let Some(last) = strobes.last_mut() {
                    let excess = request.payload.len() - covered;
                    *last &= super::ones(bus_bytes - excess);
                }
                request = request.with_strobes(strobes);
            }
            tickets.push(self.write(request)?);
        }
        Ok(tickets)
    }

    /// Queues reads of `length` bytes at `address`, as [`AxiManager::write_bytes`] queues writes. The
    /// payload of the last may run past the end by part of a beat.
    pub fn read_bytes(&mut self, address: u64, length: usize) -> Result<Vec<Ticket>> {
        split(address, length, self.pins.bus_bytes)
            .into_iter()
            .map(|(burst, _)| self.read(burst))
            .collect()
    }

    /// Transactions submitted and not completed.
    pub fn pending(&self) -> usize {
        self.write.pending() + self.read.pending()
    }

    /// True if AW of this write has been handshaken; of a write that a reset or a revival forgot, too.
    pub fn is_addressed(&self, ticket: Ticket) -> bool {
        self.write.is_addressed(ticket)
    }

    /// True while AWVALID waits for its handshake.
    pub fn offers_address(&self) -> bool {
        self.write.offers_address()
    }

    /// True if nothing is pending.
    pub fn is_idle(&self) -> bool {
        self.pending() == 0
    }

    /// Removes and returns the result of `ticket`, if it has completed.
    pub fn take(&mut self, ticket: Ticket) -> Option<Completed> {
        let index = self
            .completed
            .iter()
            .position(|completed| completed.ticket == ticket)?;
        self.completed.remove(index)
    }

    /// Results not yet taken, in order of completion.
    pub fn completed(&self) -> &VecDeque<Completed> {
        &self.completed
    }

    /// Removes and returns all results, in order of completion.
    pub fn take_completed(&mut self) -> Vec<Completed> {
        self.completed.drain(..).collect()
    }

    /// Write beats and read beats handshaken since the manager was made.
    pub fn beats(&self) -> (u64, u64) {
        (self.write.beats, self.read.beats)
    }

    /// Changes the pacing of a channel, named `aw`, `w`, `b`, `ar` or `r`.
    pub fn set_pacing(&mut self, channel: Channel, pacing: Pacing) {
        match channel {
            Channel::Aw => self.write.aw.set(pacing),
            Channel::W => self.write.w.set(pacing),
            Channel::B => self.write.b.set(pacing),
            Channel::Ar => self.read.ar.set(pacing),
            Channel::R => self.read.r.set(pacing),
        }
    }

    /// Changes how many writes and reads may be outstanding.
    pub fn set_outstanding(&mut self, writes: usize, reads: usize) {
        self.write.limit = writes;
        self.read.limit = reads;
    }

    /// Dies from the next cycle on.
    pub fn die(&mut self, death: Death) {
        self.death = Some(death);
    }

    /// Dies when beat `beat` (from 0) of a queued write has been accepted: in the middle of its burst.
    pub fn die_at_beat(&mut self, ticket: Ticket, beat: u16, death: Death) {
        self.death_at = Some((ticket, beat, death));
    }

    /// True once the manager has died and until it is revived.
    pub fn is_dead(&self) -> bool {
        self.death.is_some()
    }

    /// Starts anew, as after a reset of the manager alone; returns the transactions that were lost.
    /// Responses to them may still come: see [`AxiManager::ignore_strays`].
    pub fn revive(&mut self) -> Vec<Ticket> {
        self.death = None;
        self.death_at = None;
        // Clearing forgets that VALID may be up; one cycle as in reset lowers it.
        self.in_reset = true;
        let mut lost = self.write.clear();
        lost.extend(self.read.clear());
        lost
    }

    /// Takes responses that answer nothing without complaint, counting them, instead of failing the run.
    pub fn ignore_strays(&mut self, ignore: bool) {
        self.ignores_strays = ignore;
    }

    /// Responses that answered nothing, while they were ignored.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket - 1)
    }

    fn check(&self, burst: &Burst, id_width: u32, address_width: u32) -> Result<()> {
        let prefix = &self.prefix;
        let fits = |value: u64, width: u32| value & !super::ones(width as usize) == 0;
        ensure!(
            (1..=256).contains(&burst.beats),
            "{prefix}: {} beats; 1 to 256",
            burst.beats
        );
        ensure!(
            fits(u64::from(burst.id), id_width),
            "{prefix}: id {} in {id_width} bits",
            burst.id
        );
        ensure!(
            fits(burst.address, address_width),
            "{prefix}: address {:#x} in {address_width} bits",
            burst.address
        );
        if let (true, Err(why)) = (self.options.only_legal, burst.check(self.pins.bus_bytes)) {
            bail!("{prefix}: not a legal burst: {why:?}: {burst:?}");
        }
        Ok(())
    }

    fn stray(&mut self, sample: &mut Sample, detail: impl FnOnce() -> String) {
        if self.ignores_strays {
            self.strays += 1;
        } else {
            sample.violations.push(Violation {
                rule: "manager: unexpected response",
                cycle: sample.cycle,
                port: self.prefix.clone(),
                detail: detail(),
            });
        }
    }
}

impl Agent for AxiManager {
    fn observe(&mut self, sample: &mut Sample) {
        self.cycle = sample.cycle + 1;
        if sample.reset {
            self.write.clear();
            self.read.clear();
            self.in_reset = true;
            return;
        }
        let (beat, response) = self.write.observe(sample, &self.pins);
        if let Some((ticket, number, death)) = self.death_at {
            if beat == Some((ticket, number)) {
                self.death = Some(death);
                self.death_at = None;
            }
        }
        match response {
            Ok(Some(completed)) => self.completed.push_back(completed),
            Ok(None) => {}
            Err(id) => self.stray(sample, || {
                format!("B with id {id} answers no complete write")
            }),
        }
        match self.read.observe(sample, &self.pins) {
            Ok(Some(completed)) => self.completed.push_back(completed),
            Ok(None) => {}
            Err(Misfit::UnknownId(id)) => {
                self.stray(sample, || format!("R with id {id} answers no read"));
            }
            Err(Misfit::Last {
                id,
                beat,
                beats,
                last,
            }) => self.stray(sample, || {
                format!("RLAST is {last} in beat {beat} of {beats}, id {id}")
            }),
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        let pins = &self.pins;
        let drop = matches!(self.death, Some(Death::Silent | Death::Draining));
        if drive.reset || self.in_reset || drop {
            self.write.drop_valid(drive, pins);
            self.read.drop_valid(drive, pins);
        }
        if drive.reset || self.in_reset {
            pins.b.handshake.ready.set(drive.model, 0);
            pins.r.handshake.ready.set(drive.model, 0);
            self.in_reset = false;
            return;
        }
        let alive = self.death.is_none();
        self.write.drive(drive, pins, alive);
        self.read.drive(drive, pins, alive);
        if self.death == Some(Death::Draining) {
            self.write.set_ready(drive, pins, true);
            self.read.set_ready(drive, pins, true);
        }
    }

    fn status(&self) -> Option<String> {
        if self.is_idle() {
            return None;
        }
        Some(format!(
            "manager {}: {} writes pending ({} in flight), {} reads pending ({} in flight){}",
            self.prefix,
            self.write.pending(),
            self.write.in_flight(),
            self.read.pending(),
            self.read.in_flight(),
            if self.is_dead() { ", dead" } else { "" },
        ))
    }
}
