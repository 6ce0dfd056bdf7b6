//! Performs a script's operations on both.

use super::joined;
use super::pool::Machine;
use super::script::{Area, BurstPlan, Command, Op, Script};
use super::traffic::{golden_burst, Fitted};
use super::twin::{Twin, PATIENCE};
use anyhow::{ensure, Context, Result};
use mch_golden::{Beat, Direction, Fault, WriteOutcome};
use mch_sim::axi::{Burst, Death};
use mch_spec::firmware::CustomStrategy;
use mch_spec::registers::{guest_address, offset, region_address, Flag, Operation, Page, TABLE};
use mch_spec::strategy::{CAPTURE, PUSH, SAVE};
use mch_spec::Strategy;
use std::path::Path;

/// Whether the model can still tell what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It can.
    Go,
    /// The rest of the script depends on who comes first.
    Stop,
}

/// What a case did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Simulated cycles.
    pub cycles: u64,
    /// Operations performed.
    pub operations: u64,
    /// Checkpoints completed.
    pub checkpoints: u64,
    /// Rollbacks completed.
    pub rollbacks: u64,
    /// Blocks copied.
    pub copies: u64,
    /// Ring entries written.
    pub entries: u64,
    /// Frames sent over the link for the first time: sessions, entries and marks.
    pub frames: u64,
    /// Frames sent again.
    pub repeats: u64,
}

/// Runs a script from reset to its end; an error says where unit and model part.
pub fn perform(
    script: &Script,
    custom: Option<&CustomStrategy>,
    waveform: Option<&Path>,
) -> Result<Facts> {
    if Machine::named(&script.machine).is_some_and(|machine| machine.is_pair()) {
        return joined::perform(script, waveform);
    }
    let mut twin = Twin::new(script, custom, waveform)?;
    twin.check(script.seed)
        .context("after the guests were attached")?;
    let mut facts = Facts::default();
    let mut flow = Flow::Go;
    for (index, operation) in script.operations.iter().enumerate() {
        let place = || format!("operation {index}, {operation:?}");
        flow = twin.operation(operation).with_context(place)?;
        if flow == Flow::Stop {
            break;
        }
        twin.offer_held().with_context(place)?;
        twin.check(script.seed).with_context(place)?;
        facts.operations += 1;
    }
    if let (Flow::Go, Some(storm)) = (flow, &script.storm) {
        twin.storm(storm)
            .with_context(|| format!("the storm, {storm:?}"))?;
    }
    twin.count(&mut facts)?;
    twin.system.simulation.end_trace()?;
    Ok(facts)
}

impl Twin {
    /// Adds what the unit has done.
    pub(super) fn count(&mut self, facts: &mut Facts) -> Result<()> {
        facts.cycles += self.system.simulation.cycle();
        facts.copies += u64::from(self.system.read(offset::COPIES)?);
        if self.machine.is_pair() {
            let repeats = self.system.read(offset::LINK_REPEATS)?;
            facts.frames += u64::from(self.system.read(offset::LINK_FRAMES)? - repeats);
            facts.repeats += u64::from(repeats);
        }
        for guest in 0..self.machine.config.guests {
            facts.checkpoints += u64::from(self.system.guest(guest, offset::G_CHECKPOINTS)?);
            facts.rollbacks += u64::from(self.system.guest(guest, offset::G_ROLLBACKS)?);
            // Builds without counters tell no entries.
            if self.machine.config.counters && self.machine.config.uses_ring() {
                facts.entries += u64::from(self.system.guest(guest, offset::G_ENTRIES)?);
            }
        }
        Ok(())
    }

    pub(super) fn guest_number(&self, guest: u8) -> u32 {
        u32::from(guest) % self.machine.config.guests
    }

    pub(super) fn operation(&mut self, operation: &Op) -> Result<Flow> {
        match operation {
            Op::Traffic { bursts, during } => {
                let mut avoid = 0;
                if let Some(command) = during {
                    avoid = self.members(command);
                    if self.command(command)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                    self.offer_held()?;
                    if self.faults {
                        // A write may come before or after a push that fails: let the pushes end.
                        self.drain()?;
                    }
                }
                self.traffic(bursts, avoid)?;
            }
            Op::Flood { guest, blocks } => self.flood(self.guest_number(*guest), *blocks)?,
            Op::Command(command) => return self.command(command),
            // What a high-water mark then starts depends on what fails first.
            Op::Limits { .. } | Op::Register { .. } if self.machine.is_pair() && self.faults => {}
            Op::Register {
                page,
                register,
                value,
            } => self.register(*page, *register, *value)?,
            Op::Arrive {
                guest,
                processor,
                stale,
            } => {
                let guest = self.guest_number(*guest);
                let number = self.golden.guest(guest).rendezvous;
                let number = number.wrapping_sub(u32::from(*stale)) & 0xff_ffff;
                self.write_register(
                    guest_address(guest, offset::G_ARRIVE),
                    u32::from(*processor) << 24 | number,
                )?;
            }
            Op::ArriveAll { guest } => self.arrive_all(self.guest_number(*guest))?,
            Op::TimeOut { guest } => self.time_out(self.guest_number(*guest))?,
            Op::Period { guest } => self.period(self.guest_number(*guest))?,
            Op::Fault {
                guest,
                area,
                block,
                write,
            } => {
                let guest = self.guest_number(*guest);
                let state = self.golden.guest(guest);
                let unclear = state.strategy == Strategy::S2
                    && (state.is(Flag::Standby) || state.ring_high != 0);
                if !unclear {
                    self.fault(guest, *area, *block, *write);
                }
            }
            Op::Repair => {
                self.golden.clear_faults();
                let memory = self.system.memory;
                self.system.simulation[memory].faults().clear();
                self.faults = false;
                // An entry that could not be read is sent now.
                self.follow();
            }
            Op::Limits { guest, high, lose } => {
                let guest = self.guest_number(*guest);
                self.write_register(guest_address(guest, offset::G_ON_FULL), u32::from(*lose))?;
                self.write_register(guest_address(guest, offset::G_RING_HIGH), u32::from(*high))?;
            }
            Op::Die { bursts, beat } => self.die(bursts, *beat)?,
            Op::There(_) | Op::Link(_) => {} // where there is no other
        }
        Ok(Flow::Go)
    }

    /// The guests that a command is for.
    pub(super) fn members(&self, command: &Command) -> u32 {
        let all = (1 << self.machine.config.guests) - 1;
        let mask = match u32::from(command.guests) & all {
            0 => 1,
            mask => mask,
        };
        match command.together {
            true => mask,
            false => mask & mask.wrapping_neg(),
        }
    }

    /// The register write of a command.
    pub(super) fn command_write(&self, command: &Command) -> (u32, u32) {
        let mask = self.members(command);
        let operation = u32::from(command.operation);
        match command.together {
            true => (offset::COMMAND, mask << 16 | operation),
            false => (
                guest_address(mask.trailing_zeros(), offset::G_COMMAND),
                operation,
            ),
        }
    }

    pub(super) fn command(&mut self, command: &Command) -> Result<Flow> {
        let mask = self.members(command);
        if (0..32).any(|guest| mask >> guest & 1 == 1 && self.errs_over_link(guest)) {
            return Ok(Flow::Go);
        }
        let operation = Operation::from_code(command.operation.into());
        let waiting: Vec<usize> = (0..self.held_writes.len())
            .filter(|port| {
                let held = self.held_writes[*port].as_ref();
                held.is_some_and(|held| mask >> held.guest & 1 == 1)
            })
            .collect();
        let running = (0..self.machine.config.guests)
            .any(|guest| mask >> guest & 1 == 1 && self.golden.guest(guest).context.is_some());
        // What was held goes on before or after the command takes hold: nobody can tell.
        let unclear = match operation {
            Some(Operation::Rollback) => running,
            Some(Operation::Detach) => true,
            _ => false,
        };
        // A guest released above its mark starts the next checkpoint at once, before or after what it held.
        let mut held = self.held_writes.iter().flatten();
        let above_mark = held.any(|held| self.golden.guest(held.guest).high_water());
        if above_mark || (unclear && !waiting.is_empty()) {
            return Ok(Flow::Stop);
        }
        let (address, value) = self.command_write(command);
        let taken = self.write_register(address, value)?;
        if taken && operation == Some(Operation::Rollback) {
            for port in waiting {
                // A guest of S2 has its checkpoint elsewhere: it refuses, and goes on waiting.
                let held = self.held_writes[port].as_ref();
                if held.is_some_and(|held| self.golden.guest(held.guest).strategy != Strategy::S2) {
                    self.finish_write(port, WriteOutcome::SlvErr)?;
                }
            }
        }
        Ok(Flow::Go)
    }

    fn flood(&mut self, guest: u32, blocks: u16) -> Result<()> {
        let config = self.machine.config.clone();
        let (start, bytes) = self.machine.regions(guest)[0];
        let base = self.layout().memory + start;
        let width = u64::from(config.data_bytes());
        let blocks = u64::from(blocks).min(bytes >> config.block_shift());
        let mut fitted = Vec::new();
        for block in 0..blocks {
            let address = base + (block << config.block_shift()) + block % width;
            let beat = Beat {
                data: vec![block as u8 ^ 0x5a; width as usize],
                strobes: 1 << (address % width),
            };
            fitted.push(Fitted {
                write: true,
                burst: Burst::incr(address, 1, config.full_size() as u8),
                beats: vec![beat],
                guest: self.owner(address),
            });
        }
        self.deliver(fitted, 0)
    }

    fn register(&mut self, page: u8, register: u8, value: u32) -> Result<()> {
        let own = [
            guest_address(0, offset::G_COMMAND),
            guest_address(0, offset::G_POLICY),
            guest_address(0, offset::G_PERIOD),
            guest_address(0, offset::G_TIMEOUT),
            offset::COMMAND,
            offset::PORT_FLUSH,
            offset::FIRMWARE_ADDRESS,
            offset::LINK_RETRY,
        ];
        let global = page == 0;
        let candidates: Vec<_> = TABLE
            .iter()
            .filter(|register| (register.page == Page::Guest) != global)
            .filter(|register| !own.contains(&register.address(0)))
            // Both units of a pair have the same regions.
            .filter(|register| !(self.machine.is_pair() && register.page == Page::Region))
            .collect();
        let chosen = candidates.get(usize::from(register) % (candidates.len() + 1));
        let address = match chosen {
            // Behind the last register of the page.
            None if global => 0x3f0,
            None => guest_address(u32::from(page - 1) % self.machine.config.guests, 0xff0),
            Some(chosen) if chosen.page == Page::Region => {
                region_address(value % self.machine.config.regions, chosen.offset)
            }
            Some(chosen) if global => chosen.address(0),
            Some(chosen) => guest_address(
                u32::from(page - 1) % self.machine.config.guests,
                chosen.offset,
            ),
        };
        self.write_register(address, value)?;
        Ok(())
    }

    fn time_out(&mut self, guest: u32) -> Result<()> {
        let state = self.golden.guest(guest);
        let waits = state.requested || state.backup.syncing;
        if !waits || !state.runs_checkpoint() || state.high_water() {
            return Ok(());
        }
        let address = guest_address(guest, offset::G_TIMEOUT);
        self.write_register(address, 1)?;
        self.golden.time_out(guest);
        self.follow();
        // A guest that had arrived and waited for its group is released, and with it the write that it held.
        self.offer_held()?;
        self.settle()?;
        self.write_register(address, 0)?;
        Ok(())
    }

    fn period(&mut self, guest: u32) -> Result<()> {
        let state = self.golden.guest(guest);
        if !state.is(Flag::Attached) || state.is(Flag::Stuck) || state.context.is_some() {
            return Ok(());
        }
        // A synchronisation comes to its rendezvous late, if at all; one that a backup refuses does not.
        let comes =
            state.sends() && state.is(Flag::Valid) && self.is_of_the_peers_generation(guest);
        if state.strategy == Strategy::S2 && !comes {
            return Ok(());
        }
        let address = guest_address(guest, offset::G_PERIOD);
        self.write_register(address, 2000)?;
        self.golden.end_period(guest);
        self.follow();
        let number = self.golden.guest(guest).rendezvous;
        self.await_rendezvous(guest, number)?;
        self.write_register(address, 0)?;
        Ok(())
    }

    fn fault(&mut self, guest: u32, area: Area, block: u8, write: bool) {
        let config = &self.machine.config;
        let (layout, block) = (self.system.layout, u64::from(block));
        let (start, _) = self.machine.regions(guest)[0];
        let bytes = u64::from(config.block_bytes());
        let ring = self.machine.ring_base(guest);
        let headers = ring + (7u64 << self.machine.ring_size() >> 3);
        let base = match area {
            Area::Memory => layout.memory + start + block * bytes,
            Area::Shadow => layout.shadow + start + block * bytes,
            Area::Slots => ring + block * bytes,
            Area::Headers => headers + block / 4 * 64,
        };
        let length = if area == Area::Headers { 64 } else { bytes };
        let range = base..base + length;
        let fault = mch_sim::memory::Fault::on(range.clone());
        let memory = self.system.memory;
        let (direction, fault) = match write {
            true => (Direction::Write, fault.writes()),
            false => (Direction::Read, fault.reads()),
        };
        self.system.simulation[memory].faults().add(fault);
        self.golden.inject(Fault {
            range,
            direction,
            count: None,
        });
        self.faults = true;
    }

    /// The master of a port dies in its last burst; what it wrote before is done, of the last nothing is.
    fn die(&mut self, plans: &[BurstPlan], beat: u8) -> Result<()> {
        let mut fitted: Vec<Fitted> = plans.iter().map(|plan| self.fit(plan)).collect();
        fitted.retain(|one| one.write);
        let guests = 0..self.machine.config.guests;
        let unclear = guests.clone().any(|guest| {
            let state = self.golden.guest(guest);
            let saves = (0..4).any(|k| state.row() >> (5 * k) & (SAVE | PUSH | CAPTURE) != 0);
            let held = state.is(Flag::HoldWrites) || state.is(Flag::RejectWrites);
            held || (saves && (self.faults || self.fragile(guest, 1024)))
        });
        let port = usize::from(beat) % self.held_writes.len();
        let busy = self.held_writes[port].is_some() || self.held_reads[port].is_some();
        let Some(last) = fitted
            .pop()
            .filter(|last| last.burst.beats > 1 && !unclear && !busy)
        else {
            return Ok(());
        };
        let bytes = self.machine.config.data_bytes() as usize;
        let handle = self.system.ports[port];
        let manager = &mut self.system.simulation[handle];
        let mut sent = Vec::new();
        for one in fitted {
            sent.push((manager.write(one.request(bytes))?, one));
        }
        let ticket = manager.write(last.request(bytes))?;
        let fatal = u16::from(beat) % (last.burst.beats - 1);
        manager.die_at_beat(ticket, fatal, Death::Frozen);
        self.system
            .simulation
            .run_until("the master dies", PATIENCE, |simulation| {
                simulation[handle].is_dead()
            })?;
        self.system.simulation.run(u64::from(beat) * 16)?;
        // Data may be ahead of addresses: a burst whose address had not come is no burst. The one on the wires may still be taken.
        self.system
            .simulation
            .run_until("the last address is taken", PATIENCE, |simulation| {
                !simulation[handle].offers_address()
            })?;
        for (ticket, one) in sent {
            if !self.system.simulation[handle].is_addressed(ticket) {
                break;
            }
            let burst = golden_burst(&one.burst);
            let outcome = self.golden.write(&burst, &one.beats);
            ensure!(
                outcome != WriteOutcome::Held,
                "a burst of the dying master is held"
            );
            self.mirror(&burst);
            self.follow();
        }
        // The master is reset alone. Its port is flushed while it is dead, and again of what it had on its wires when the port opened.
        let monitor = self.system.monitors[port];
        self.system.simulation[monitor].look_away(true);
        self.flush(port)?;
        self.system.simulation[handle].revive();
        self.flush(port)?;
        self.system.simulation[monitor].look_away(false);
        self.system.simulation[handle].take_completed();
        Ok(())
    }

    fn flush(&mut self, port: usize) -> Result<()> {
        self.write_register(offset::PORT_FLUSH, 1 << port)?;
        let end = self.system.simulation.cycle() + PATIENCE;
        while self.system.read(offset::PORT_FLUSH)? != 0 {
            ensure!(
                self.system.simulation.cycle() < end,
                "PORT_FLUSH does not end"
            );
        }
        Ok(())
    }
}
