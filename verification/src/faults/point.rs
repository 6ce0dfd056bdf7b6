//! One fault point: break the machine here, bring the guest back as software would, look at every byte.

use super::actor::{Step, Stream};
use super::cuts::{explains, Done, Event, Image, Write};
use super::kind::Kind;
use super::machine::{self, BLOCK};
use super::rig::{Rig, PATIENCE};
use super::scenario::Scenario;
use anyhow::{bail, ensure, Context, Result};
use mch_sim::axi::{Death, Response};
use mch_sim::memory::Fault;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy;

/// How a guest came out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Rolled back, and its memory is the checkpoint.
    RolledBack,
    /// There was no checkpoint to go back to yet, and the unit said so.
    NoCheckpoint,
    /// The checkpoint was lost, as the contract allows, and the unit said so.
    Lost,
}

impl Rig {
    /// Breaks the machine in the present cycle and judges what comes of it.
    pub fn strike(&mut self, kind: Kind) -> Result<Outcome> {
        if kind == Kind::Reset {
            self.reset_unit().context("reset")?;
            self.live_on().context("after the reset")?;
            return Ok(Outcome::NoCheckpoint);
        }
        let death = if kind == Kind::Frozen {
            Death::Frozen
        } else {
            Death::Silent
        };
        match kind {
            Kind::Processor | Kind::Frozen => self.lose_processor(death, false)?,
            Kind::Dma => self.lose_processor(death, true)?,
            Kind::CommandRollback => drop(self.command(Operation::Rollback)?),
            Kind::CommandCheckpoint => drop(self.command(Operation::Checkpoint)?),
            Kind::CopyWrite | Kind::CopyRead => self.fail_copies(kind),
            Kind::BitFlip => self.flip_bit(),
            Kind::Reset | Kind::LinkCut | Kind::PrimaryLost => {
                bail!("fault kind {} cannot be done on this machine", kind.name())
            }
        }
        self.finish().context("until all is at rest")?;
        self.check_answers(kind)?;
        let status = self.read(guest_address(0, offset::G_STATUS))?;
        let lost = field::G_STATUS::LOST.get(status) == 1;
        let valid = field::G_STATUS::VALID.get(status) == 1;
        ensure!(
            !lost || kind.may_lose(self.strategy),
            "the guest is LOST: G_STATUS {status:#x}"
        );
        let could = self.scenario.has_checkpoint() || self.counts()?.0 != self.start.counts.0;
        ensure!(
            valid || !could,
            "the checkpoint is gone: G_STATUS {status:#x}"
        );
        let outcome = match (valid, lost) {
            (_, true) => Outcome::Lost,
            (false, _) => Outcome::NoCheckpoint,
            (true, false) => Outcome::RolledBack,
        };
        if kind.kills() && outcome == Outcome::RolledBack {
            self.judge(kind).context("after the first rollback")?;
        }
        let back = self.roll_back()?;
        ensure!(
            back == (outcome == Outcome::RolledBack),
            "ROLLBACK {}, but G_STATUS was {status:#x}",
            if back { "was done" } else { "was refused" }
        );
        self.settle_copies()?;
        let memory = self.system.memory;
        self.system.simulation[memory].faults().clear();
        if outcome == Outcome::RolledBack {
            self.judge(kind).context("after the rollback")?;
            self.check_clean()?;
        }
        self.check_others()?;
        self.live_on().context("the guest's life afterwards")?;
        Ok(outcome)
    }

    /// The processor of guest 0 is lost, its port flushed, the guest rolled back, as docs/guests.md says.
    fn lose_processor(&mut self, death: Death, dma: bool) -> Result<()> {
        let (port, monitor) = (self.system.ports[0], self.system.monitors[0]);
        self.system.simulation[port].die(death);
        self.system.simulation[monitor].look_away(true);
        for actor in &mut self.actors {
            if matches!(actor.stream, None | Some(Stream::Processor)) {
                actor.alive = false;
            }
            if dma && actor.stream == Some(Stream::Dma) {
                let writes = [(1024, 8), (1160, 4), (1090, 1), (1408, 16), (1024, 2)];
                actor.repeat(writes.map(|(at, beats)| Step::Write(at, beats)).to_vec());
            }
        }
        let flushed = self.flush(600)?;
        self.roll_back()?;
        if !flushed {
            ensure!(self.flush(PATIENCE)?, "PORT_FLUSH does not end");
            self.roll_back()?;
        }
        self.system.simulation[port].revive();
        ensure!(self.flush(PATIENCE)?, "the last PORT_FLUSH does not end");
        self.system.simulation[monitor].look_away(false);
        self.system.simulation[port].take_completed();
        if dma {
            for _ in 0..80 {
                self.tick()?;
            }
        }
        for actor in &mut self.actors {
            actor.alive &= !(dma && actor.stream == Some(Stream::Dma));
        }
        Ok(())
    }

    /// Flushes port 0; whether it ended in time.
    fn flush(&mut self, limit: u64) -> Result<bool> {
        let response = self.try_write(offset::PORT_FLUSH, 1)?;
        ensure!(response == Response::Okay, "PORT_FLUSH: {response:?}");
        let end = self.system.simulation.cycle() + limit;
        while self.read(offset::PORT_FLUSH)? != 0 {
            if self.system.simulation.cycle() > end {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Memory fails the next access of the engine's kind to what is the guest's.
    fn fail_copies(&mut self, kind: Kind) {
        let layout = self.system.layout;
        let bytes = self.scenario.region();
        let home = self.region_base(0);
        let shadow = home - layout.memory + layout.shadow;
        let setup = machine::setup(self.strategy, 0, bytes, 1);
        let ring = setup.ring_base..setup.ring_base + (1 << machine::RING_SIZE);
        let decode = self.system.simulation.cycle() % 2 == 1;
        let places = [
            (true, shadow..shadow + bytes),
            (self.strategy.uses_ring(), ring),
            (kind == Kind::CopyRead, home..home + bytes),
        ];
        let memory = self.system.memory;
        for (_, range) in places.into_iter().filter(|(used, _)| *used) {
            let fault = match kind {
                Kind::CopyRead => Fault::on(range).reads(),
                _ => Fault::on(range).writes(),
            };
            let fault = if decode { fault.decode_error() } else { fault };
            self.system.simulation[memory].faults().add(fault.once(1));
        }
    }

    /// Gives a command to guest 0; whether the unit took it.
    fn command(&mut self, operation: Operation) -> Result<bool> {
        self.log(operation, 1, None);
        let index = self.happenings.len() - 1;
        let address = guest_address(0, offset::G_COMMAND);
        let taken = self.try_write(address, operation.code())? == Response::Okay;
        self.happenings[index].taken = Some(taken);
        Ok(taken)
    }

    /// Rolls guest 0 back, waiting until it can; false if there is no checkpoint.
    fn roll_back(&mut self) -> Result<bool> {
        let end = self.system.simulation.cycle() + PATIENCE;
        let before = self.counts()?.1;
        loop {
            if self.command(Operation::Rollback)? {
                self.wait_idle()?;
                let completion = self.read(guest_address(0, offset::G_COMPLETION))?;
                let error = field::G_COMPLETION::ERROR.get(completion);
                if self.counts()?.1 != before {
                    let cycle = self.system.simulation.cycle();
                    if let Some(mine) = self.happenings.last_mut() {
                        mine.released = Some(cycle);
                    }
                    return Ok(true);
                }
                if [ErrorCode::NoCheckpoint, ErrorCode::Lost]
                    .iter()
                    .any(|one| one.code() == error)
                {
                    return Ok(false);
                }
                self.retry_if_stuck()?;
            } else {
                let error = self.read(offset::ERROR)? & 0xff;
                if [ErrorCode::NoCheckpoint, ErrorCode::Lost]
                    .iter()
                    .any(|one| one.code() == error)
                {
                    return Ok(false);
                }
                self.retry_if_stuck()?;
            }
            ensure!(
                self.system.simulation.cycle() < end,
                "the guest cannot be rolled back: G_COMPLETION {:#x}, ERROR {:#x}",
                self.read(guest_address(0, offset::G_COMPLETION))?,
                self.read(offset::ERROR)?
            );
        }
    }

    fn wait_idle(&mut self) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        let address = guest_address(0, offset::G_STATUS);
        while field::G_STATUS::RUNNING.get(self.read(address)?) == 1 {
            ensure!(
                self.system.simulation.cycle() < end,
                "a routine of guest 0 does not end"
            );
        }
        Ok(())
    }

    fn retry_if_stuck(&mut self) -> Result<()> {
        let status = self.read(guest_address(0, offset::G_STATUS))?;
        if field::G_STATUS::STUCK.get(status) == 1 {
            // It is stuck some cycles before its routine ends.
            self.wait_idle()?;
            ensure!(
                self.command(Operation::Retry)?,
                "RETRY of a stuck guest is refused"
            );
            self.wait_idle()?;
        }
        Ok(())
    }

    /// A CHECKPOINT that failed without the guest being stuck has left copies to be made: the next one makes them.
    fn repeat_if_failed(&mut self) -> Result<()> {
        let completion = self.read(guest_address(0, offset::G_COMPLETION))?;
        let status = self.read(guest_address(0, offset::G_STATUS))?;
        let has_failed = field::G_COMPLETION::OPERATION.get(completion)
            == Operation::Checkpoint.code()
            && field::G_COMPLETION::STATUS.get(completion) == Status::Failed.code()
            && field::G_COMPLETION::ERROR.get(completion) == ErrorCode::Copy.code();
        let is_free =
            field::G_STATUS::STUCK.get(status) == 0 && field::G_STATUS::RUNNING.get(status) == 0;
        if has_failed && is_free {
            self.command(Operation::Checkpoint)?;
        }
        Ok(())
    }

    /// Everybody does what is left to do; who waits for a rendezvous that does not come is told so.
    fn finish(&mut self) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        loop {
            for _ in 0..40 {
                self.tick()?;
            }
            self.retry_if_stuck()?;
            self.repeat_if_failed()?;
            if self.is_done() {
                return self.settle_copies();
            }
            let waits = self
                .actors
                .iter()
                .any(|actor| actor.alive && actor.waits_for_rendezvous());
            let busy = self
                .actors
                .iter()
                .any(|actor| actor.stream.is_none() && !actor.is_done());
            if waits
                && !busy
                && self.read(offset::STATUS)? >> 16 == 0
                && !self.is_wanted(0)
                && !self.is_wanted(1)
            {
                self.dismissed = true;
            }
            ensure!(
                self.system.simulation.cycle() < end,
                "the masters do not come to an end: {:?}",
                self.actors
                    .iter()
                    .filter(|actor| !actor.is_done())
                    .collect::<Vec<_>>()
            );
        }
    }

    /// No write of the other guest may fail, and none of this one without a reason.
    fn check_answers(&self, kind: Kind) -> Result<()> {
        let may_refuse = kind != Kind::CommandCheckpoint || self.scenario == Scenario::Rollback;
        for shot in &self.shots {
            let Some((cycle, response)) = shot.answer else {
                ensure!(
                    shot.stream == Stream::Processor && kind.kills(),
                    "a write of {:?} at {:#x} is not answered",
                    shot.stream,
                    shot.at
                );
                continue;
            };
            let fine = response == Response::Okay || (shot.stream != Stream::Other && may_refuse);
            ensure!(
                fine,
                "a write of {:?} at {:#x} is answered {response:?} in cycle {cycle}",
                shot.stream,
                shot.at
            );
        }
        Ok(())
    }

    /// The commits and rollbacks of guest 0 that were commanded, and when they can have been.
    fn events(&self) -> Vec<Event> {
        let mine = self
            .happenings
            .iter()
            .filter(|one| one.guests & 1 == 1 && one.taken != Some(false));
        mine.filter_map(|one| match one.operation {
            Operation::Checkpoint => Some(Event {
                rollback: false,
                after: one.arrived.unwrap_or(one.given),
                before: one.released.unwrap_or(u64::MAX),
            }),
            Operation::Rollback => Some(Event {
                rollback: true,
                after: one.given,
                before: one.released.unwrap_or(u64::MAX),
            }),
            _ => None,
        })
        .collect()
    }

    /// The memory of guest 0 must be what some cut through its masters' writes makes of it; seen by the back door, and through the ports.
    fn judge(&mut self, kind: Kind) -> Result<()> {
        let found = self.view(0)?;
        let (commits, rollbacks) = self.counts()?;
        let commits = commits.wrapping_sub(self.start.counts.0) as usize;
        let rollbacks = rollbacks.wrapping_sub(self.start.counts.1) as usize;
        let events = self.events();
        ensure!(events.len() < 16, "{} commands", events.len());
        let area = |stream: Stream| stream.area(found.len());
        let writes = |stream: Stream| -> Vec<Write> {
            let mine = self.shots.iter().filter(|shot| shot.stream == stream);
            mine.map(|shot| Write {
                at: shot.at,
                bytes: &shot.bytes,
                done: match shot.answer {
                    Some((_, Response::Okay)) => Done::Yes,
                    Some(_) if !kind.is_error() => Done::No,
                    _ => Done::Perhaps,
                },
                submitted: shot.submitted,
                answered: shot.answer.map_or(u64::MAX, |(cycle, _)| cycle),
            })
            .collect()
        };
        let streams = [Stream::Processor, Stream::Dma].map(|stream| (area(stream), writes(stream)));
        let holds = |chosen: &[Event], (area, writes): &(std::ops::Range<usize>, Vec<Write>)| {
            let memory = Image::known(&self.start.memory[0][area.clone()]);
            let image = self
                .start
                .image
                .as_ref()
                .map(|image| Image::known(&image[area.clone()]));
            explains(
                (&memory, image.as_ref()),
                &found[area.clone()],
                area,
                chosen,
                writes,
            )
        };
        // Which of the commands came to their end is open, too: an aborted checkpoint, a refused rollback.
        let explained = (0u32..1 << events.len()).any(|subset| {
            let chosen: Vec<Event> = (0..events.len())
                .filter(|index| subset >> index & 1 == 1)
                .map(|index| events[index])
                .collect();
            let back = chosen.iter().filter(|event| event.rollback).count();
            (chosen.len() - back, back) == (commits, rollbacks)
                && streams.iter().all(|stream| holds(&chosen, stream))
        });
        ensure!(
            explained,
            "memory of guest 0 is no checkpoint of it: {commits} commits, {rollbacks} rollbacks, events {events:?}, first other byte than at the \
             start at {:?}",
            found.iter().zip(&self.start.memory[0]).position(|(now, then)| now != then)
        );
        let length = if self.scenario == Scenario::Full {
            128
        } else {
            640
        };
        for (port, at) in [(0, 0), (1, 1024)] {
            let read = self
                .system
                .load(port, self.region_base(0) + at as u64, length)?;
            let first = read
                .iter()
                .zip(&found[at..])
                .position(|(read, found)| read != found);
            ensure!(
                first.is_none(),
                "port {port} reads other bytes than memory holds, first at {:#x}",
                at + first.unwrap_or(0)
            );
        }
        Ok(())
    }

    /// After a rollback with nothing under way the guest has changed nothing, and is held by nothing.
    fn check_clean(&mut self) -> Result<()> {
        let status = self.read(guest_address(0, offset::G_STATUS))? & 0xfff;
        ensure!(status == 0b11, "after the rollback G_STATUS is {status:#x}");
        for (name, register) in [
            ("G_DIRTY", offset::G_DIRTY),
            ("G_RING_USED", offset::G_RING_USED),
        ] {
            let value = self.read(guest_address(0, register))?;
            ensure!(value == 0, "after the rollback {name} is {value}");
        }
        Ok(())
    }

    /// The other guest's memory is what it wrote, and nothing changed where nobody writes.
    pub(super) fn check_others(&mut self) -> Result<()> {
        let mut wanted = self.start.memory[1].clone();
        for shot in self
            .shots
            .iter()
            .filter(|shot| shot.stream == Stream::Other)
        {
            wanted[shot.at..shot.at + shot.bytes.len()].copy_from_slice(&shot.bytes);
        }
        let found = self.view(1)?;
        let first = found
            .iter()
            .zip(&wanted)
            .position(|(found, wanted)| found != wanted);
        if let Some(at) = first {
            bail!(
                "memory of guest 1 was changed, first at {at:#x}: {:#x}, should be {:#x}",
                found[at],
                wanted[at]
            );
        }
        self.check_elsewhere()
    }

    fn check_elsewhere(&mut self) -> Result<()> {
        let layout = self.system.layout;
        let mut used: Vec<std::ops::Range<u64>> = Vec::new();
        for guest in [0, 1] {
            let (home, bytes) = (self.region_base(guest), self.region(guest).len() as u64);
            let shadow = home - layout.memory + layout.shadow;
            used.push(home..home + bytes);
            if self.strategy.uses_shadow() {
                used.push(shadow..shadow + bytes);
            }
            if self.strategy.uses_ring() {
                let ring = machine::setup(self.strategy, guest, bytes, 1).ring_base;
                used.push(ring..ring + (1 << machine::RING_SIZE));
            }
        }
        used.sort_by_key(|range| range.start);
        let mut free = 0;
        let end = 1u64 << self.system.config.address_width;
        for range in used.iter().cloned().chain(std::iter::once(end..end)) {
            let found = self.system.contents();
            let differences =
                found.differences(&self.start.contents, free..range.start, BLOCK as usize);
            ensure!(
                differences.is_empty(),
                "memory of nobody was changed: {differences}"
            );
            free = range.end;
        }
        Ok(())
    }

    /// The unit is reset: no checkpoint is claimed, memory is what the contract says.
    fn reset_unit(&mut self) -> Result<()> {
        self.system.simulation.reset(4)?;
        self.actors.clear();
        let end = self.system.simulation.cycle() + PATIENCE;
        while field::STATUS::READY.get(self.read(offset::STATUS)?) == 0 {
            ensure!(
                self.system.simulation.cycle() < end,
                "STATUS.READY does not come"
            );
        }
        for guest in [0, 1] {
            let status = self.read(guest_address(guest, offset::G_STATUS))?;
            ensure!(
                status == 0,
                "after the reset G_STATUS of guest {guest} is {status:#x}"
            );
            self.check_survivors(guest)?;
        }
        self.check_elsewhere()?;
        self.system.enable()?;
        self.attach()?;
        ensure!(
            !self.roll_back()?,
            "a rollback without a checkpoint was done"
        );
        let now = [self.view(0)?, self.view(1)?];
        self.shots.clear();
        self.happenings.clear();
        self.start.memory = now;
        Ok(())
    }

    /// Every byte is one that it has been since before the last checkpoint; what was answered is there, unless a rollback took it back or
    /// the places of blocks are forgotten.
    fn check_survivors(&self, guest: u32) -> Result<()> {
        let base = self.region_base(guest);
        let found = self
            .system
            .contents()
            .read_vec(base, self.region(guest).len());
        let started = &self.start.contents;
        let shadow = base - self.system.layout.memory + self.system.layout.shadow;
        let exact =
            self.strategy != Strategy::S5 && (guest == 1 || self.scenario != Scenario::Rollback);
        for (at, byte) in found.iter().enumerate() {
            let covers = |shot: &&super::actor::Shot| {
                shot.stream.guest() == guest && (shot.at..shot.at + shot.bytes.len()).contains(&at)
            };
            let shots: Vec<_> = self.shots.iter().filter(covers).collect();
            let last = shots
                .iter()
                .rposition(|shot| matches!(shot.answer, Some((_, Response::Okay))));
            let recent = if exact { last.unwrap_or(0) } else { 0 };
            let mut values: Vec<u8> = shots[recent..]
                .iter()
                .map(|shot| shot.bytes[at - shot.at])
                .collect();
            if !exact || last.is_none() {
                values.push(self.start.memory[guest as usize][at]);
            }
            if !exact {
                values.push(started.byte(base + at as u64));
                values.push(started.byte(shadow + at as u64));
                if let (0, Some(image)) = (guest, &self.start.image) {
                    values.push(image[at]);
                }
            }
            ensure!(
                values.contains(byte),
                "after the reset byte {at:#x} of guest {guest} is {byte:#x}, should be one of {values:x?}"
            );
        }
        Ok(())
    }

    /// The guest writes, takes a checkpoint, writes, goes back: nothing of the fault has stayed behind in the unit.
    fn live_on(&mut self) -> Result<()> {
        self.actors.clear();
        let mut wanted = self.view(0)?;
        let other = self.view(1)?;
        self.store(
            &mut wanted,
            &[(64, 64, 0x11), (200, 40, 0x12), (1088, 24, 0x13)],
        )?;
        self.checkpoint(0)?;
        ensure!(
            self.view(0)? == wanted,
            "memory is not what was written before the checkpoint"
        );
        let image = wanted.clone();
        self.store(
            &mut wanted,
            &[
                (0, 128, 0x21),
                (70, 9, 0x22),
                (1024, 100, 0x23),
                (3072, 64, 0x24),
            ],
        )?;
        ensure!(self.view(0)? == wanted, "memory is not what was written");
        self.system.command(0, Operation::Rollback, PATIENCE)?;
        self.settle_copies()?;
        let found = self.view(0)?;
        let first = found
            .iter()
            .zip(&image)
            .position(|(found, wanted)| found != wanted);
        ensure!(
            first.is_none(),
            "the next rollback does not bring the next checkpoint back, first at {:#x}",
            first.unwrap_or(0)
        );
        ensure!(self.view(1)? == other, "memory of guest 1 was changed");
        self.check_elsewhere()
    }

    fn store(&mut self, wanted: &mut [u8], writes: &[(usize, usize, u8)]) -> Result<()> {
        for (at, length, value) in writes {
            let bytes: Vec<u8> = (0..*length)
                .map(|index| value ^ (index as u8).wrapping_mul(5))
                .collect();
            let port = usize::from(*at >= 1024);
            self.system
                .store(port, self.region_base(0) + *at as u64, &bytes)?;
            wanted[*at..at + length].copy_from_slice(&bytes);
        }
        Ok(())
    }
}
