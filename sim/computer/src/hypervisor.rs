//! What a hypervisor does with the unit's registers: configures it, keeps count, brings guests back.

use crate::registers::{Registers, POLL};
use crate::run::{Down, Run};
use crate::setup;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, Operation};
use mch_spec::Strategy;
use std::ops::Range;

/// Cycles that a flush is waited for: a burst that the unit holds keeps the port busy until the rollback.
const FLUSH_PATIENCE: u64 = 3_000;
/// Cycles from a release until the unit's counters tell of it.
pub(crate) const SETTLING: u64 = 200;

impl Run<'_> {
    /// Sets the unit up for all guests and attaches them.
    pub fn configure(&mut self, strategy: Strategy) -> Result<()> {
        let (map, unit) = (self.map, self.unit);
        setup::enable(self, unit, &map)?;
        for n in 0..self.guests.len() {
            setup::configure(self, unit, &map, n, strategy)?;
            setup::command(self, n, Operation::Attach)?;
            self.write_guest(n, offset::G_PERIOD, self.config.period)?;
        }
        Ok(())
    }

    /// Stops the guest's checkpoints, reads its counters and brings its memory home.
    pub fn detach(&mut self, number: usize) -> Result<()> {
        self.write_guest(number, offset::G_PERIOD, 0)?;
        self.poll("no command runs", |run| {
            Ok(field::G_STATUS::RUNNING.get(run.read_guest(number, offset::G_STATUS)?) == 0)
        })?;
        self.pass(SETTLING)?;
        self.collect(number)?;
        let copies = self.read_guest(number, offset::G_COPIES)?;
        let entries = match self.unit.uses_ring() {
            true => self.read_guest(number, offset::G_ENTRIES)?,
            false => 0,
        };
        let report = &mut self.guests[number].report;
        report.blocks_copied = copies.into();
        report.log_entries = entries.into();
        setup::command(self, number, Operation::Detach)
    }

    /// Looks after what the guests have done since the last time.
    pub fn serve(&mut self) -> Result<()> {
        for n in 0..self.guests.len() {
            let cycle = self.machine.cycle();
            let seen = self.machine.simulation[self.machine.watch].computer(n);
            if seen.trapped && !self.guests[n].stopped {
                bail!(
                    "computer {n} met an instruction that it does not know:\n{}",
                    self.situation()
                );
            }
            if seen
                .over
                .front()
                .is_some_and(|over| over.at + SETTLING <= cycle)
            {
                self.collect(n)?;
            }
            self.grant_plea(n)?;
        }
        Ok(())
    }

    /// Commands the checkpoint that a program has asked for, if the guest is free.
    fn grant_plea(&mut self, number: usize) -> Result<()> {
        let pleas = self.machine.simulation[self.machine.watch]
            .computer(number)
            .pleas;
        let guest = &mut self.guests[number];
        let new = pleas != std::mem::replace(&mut guest.pleas, pleas);
        if !new || !self.config.on_request || self.config.strategy.is_none() {
            return Ok(());
        }
        let address = guest_address(number as u32, offset::G_COMMAND);
        let (_, response) = self.access(address, Some(Operation::Checkpoint.code()))?;
        if response != Response::Okay {
            // Most likely the period timer was first; the program does not depend on it.
            self.write(offset::ERROR, 0)?;
        }
        Ok(())
    }

    /// Takes note of the rendezvous that are over, and of what they committed.
    fn collect(&mut self, number: usize) -> Result<()> {
        loop {
            let seen = self.machine.simulation[self.machine.watch].computer_mut(number);
            let Some(over) = seen.over.pop_front() else {
                return Ok(());
            };
            let checkpoints = self.read_guest(number, offset::G_CHECKPOINTS)?.into();
            if checkpoints == self.guests[number].report.checkpoints {
                continue;
            }
            let pause = self.read_guest(number, offset::G_PAUSE)?;
            let guest = &mut self.guests[number];
            guest.report.checkpoints = checkpoints;
            guest.report.commits.add(pause.into());
            guest.report.rendezvous.add(over.cycles);
            guest.console = over.console;
            guest.checkpoint = guest.released.take();
        }
    }

    /// Brings a guest back whose processor is lost.
    pub fn recover(&mut self, number: usize, down: Down) -> Result<()> {
        if down.fault.wild_bursts > 0 {
            self.flush(number)?;
            self.await_commit_point(number)?;
            self.go_wild(number, down.fault.wild_bursts)?;
        }
        let mut through = down.fault.through_rollback;
        let rolled_back = loop {
            // Bursts still in the port when the rollback begins may be performed when it is over: then
            // it is only the first of two. They cannot always be waited for: the unit may hold them.
            let mut clean = self.flush(number)?;
            let before = self.read_guest(number, offset::G_COMPLETION)?;
            if !self.order(number, Operation::Rollback)? {
                break false;
            }
            if std::mem::take(&mut through) {
                self.go_wild(number, down.fault.wild_bursts)?;
                clean = false;
            }
            let rolled_back = self.await_end(number, Operation::Rollback, before)?;
            if clean || !rolled_back {
                break rolled_back;
            }
        };
        ensure!(
            self.flush(number)?,
            "port {number} stays busy:\n{}",
            self.situation()
        );
        self.pass(SETTLING)?;
        self.collect(number)?;
        if rolled_back {
            self.check_rollback(number)?;
            self.guests[number].report.rollbacks += 1;
        } else {
            let image = self.guests[number].image.clone();
            setup::reload(self, number, &image)?;
            self.guests[number].report.restarts += 1;
        }
        let outage = self.machine.cycle() - down.since;
        self.guests[number].report.outages.add(outage);
        self.start(number);
        Ok(())
    }

    /// The guest's memory must be what it was when the checkpoint's rendezvous was released.
    fn check_rollback(&mut self, number: usize) -> Result<()> {
        if self.guests[number].checkpoint.is_none() {
            return Ok(());
        }
        let places = self.places(number)?;
        let Some(checkpoint) = &self.guests[number].checkpoint else {
            return Ok(());
        };
        let block_bytes = self.unit.block_bytes() as usize;
        for range in places {
            let contents = self.machine.contents();
            let differences = contents.differences(checkpoint, range, block_bytes);
            ensure!(
                differences.is_empty(),
                "after its rollback the memory of guest {number} is not that of its checkpoint:\n{differences}\n{}",
                self.situation()
            );
        }
        Ok(())
    }

    /// Where the guest's memory lies, just after a rollback or a commit. With S5 some of its blocks are in the shadow; a rollback
    /// takes them back to the places that they had at the checkpoint.
    fn places(&mut self, number: usize) -> Result<Vec<Range<u64>>> {
        let place = self.map.place(number);
        let home = u64::from(place.base)..u64::from(place.base + place.size);
        if self.config.strategy != Some(Strategy::S5) {
            return Ok(vec![home]);
        }
        let shift = self.unit.block_shift();
        let away = u64::from(self.map.shadow) - u64::from(self.map.memory);
        let first = (u64::from(place.base - self.map.memory) >> shift) as u32;
        let mut ranges = Vec::new();
        for word in first / 32..(first + (place.size >> shift)) / 32 {
            self.write(offset::DIRTY_SELECT, word)?;
            let places = self.read(offset::DIRTY_BITS)?;
            for bit in 0..32 {
                let block = u64::from(word * 32 + bit) << shift;
                let start =
                    u64::from(self.map.memory) + block + u64::from(places >> bit & 1) * away;
                ranges.push(start..start + (1 << shift));
            }
        }
        Ok(ranges)
    }

    /// Clears the port of what the dead processor, or the wild manager, has left there. False if that
    /// does not end in a reasonable time.
    fn flush(&mut self, number: usize) -> Result<bool> {
        let bit = 1 << number;
        self.write(offset::PORT_FLUSH, bit)?;
        let start = self.machine.cycle();
        while self.machine.cycle() < start + FLUSH_PATIENCE {
            if self.read(offset::PORT_FLUSH)? & bit == 0 {
                return Ok(true);
            }
            self.pass(POLL)?;
        }
        Ok(false)
    }

    /// Waits while the guest has arrived at a rendezvous and its commit point has not come. A processor
    /// that has arrived vouches for its memory: what it breaks from then to the commit point is part of
    /// the checkpoint, and no rollback can mend it.
    fn await_commit_point(&mut self, number: usize) -> Result<()> {
        self.poll("an arrived guest is committed", |run| {
            let status = run.read_guest(number, offset::G_STATUS)?;
            let arrived = run.read_guest(number, offset::G_ARRIVE)? != 0;
            Ok(
                field::G_STATUS::OPERATION.get(status) != Operation::Checkpoint.code()
                    || field::G_STATUS::HOLD_WRITES.get(status) == 1
                    || !arrived,
            )
        })
    }
}
