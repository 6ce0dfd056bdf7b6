//! One fault point: break the machine here, bring the guest back as software would, look at every byte.

use super::actor::{Step, Stream};
use super::kind::Kind;
use super::machine;
use super::rig::{Rig, PATIENCE};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::axi::{Death, Response};
use mch_sim::memory::Fault;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};

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

/// Why a guest cannot be rolled back: there is nothing to go back to, or it is elsewhere.
const NO_WAY: [ErrorCode; 3] = [ErrorCode::NoCheckpoint, ErrorCode::Lost, ErrorCode::Remote];

impl Rig {
    /// Breaks the machine in the present cycle and judges what comes of it.
    pub fn strike(&mut self, kind: Kind) -> Result<Outcome> {
        if self.backup.is_some() {
            return self.strike_pair(kind);
        }
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
            Kind::BitFlip => drop(self.flip_bits(1)?),
            _ => bail!("fault kind {} needs a second computer", kind.name()),
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
    pub(super) fn lose_processor(&mut self, death: Death, dma: bool) -> Result<()> {
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
    pub(super) fn fail_copies(&mut self, kind: Kind) {
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
    pub(super) fn command(&mut self, operation: Operation) -> Result<bool> {
        self.log(operation, 1, None);
        let index = self.happenings.len() - 1;
        let address = guest_address(0, offset::G_COMMAND);
        let taken = self.try_write(address, operation.code())? == Response::Okay;
        self.happenings[index].taken = Some(taken);
        Ok(taken)
    }

    /// Rolls guest 0 back, waiting until it can; false if there is no checkpoint.
    pub(super) fn roll_back(&mut self) -> Result<bool> {
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
                if NO_WAY.iter().any(|one| one.code() == error) {
                    return Ok(false);
                }
                self.retry_if_stuck()?;
            } else {
                let error = self.read(offset::ERROR)? & 0xff;
                if NO_WAY.iter().any(|one| one.code() == error) {
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
    pub(super) fn finish(&mut self) -> Result<()> {
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
