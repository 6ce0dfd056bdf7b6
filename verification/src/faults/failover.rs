//! A fault of a machine with a second computer: break it here, let the backup take over, look at every byte of both.
//!
//! *Invariants*: what the backup takes over is the image of the last mark that it took, and that one is no older than the last of which the primary was
//! told; the guest of a primary that lives has lost nothing it wrote; and the image is a cut through its masters' writes.

use super::actor::Stream;
use super::backup::MarkName;
use super::cuts::{explains, Event, Image};
use super::kind::Kind;
use super::machine;
use super::point::Outcome;
use super::rig::{Rig, PATIENCE};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::axi::{Death, Response};
use mch_sim::memory::Fault;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};

/// G_ON_FULL: the guest is LOST rather than held.
const LOSE: u32 = 1;

impl Rig {
    /// Breaks the machine in the present cycle, has the backup take over, and judges what comes of it.
    pub(super) fn strike_pair(&mut self, kind: Kind) -> Result<Outcome> {
        let drawn = self.system.simulation.cycle().wrapping_mul(0x9e37_79b9) >> 7;
        let early = drawn & 1 == 1;
        match kind {
            Kind::Processor | Kind::Frozen | Kind::Dma => {
                let death = match kind {
                    Kind::Frozen => Death::Frozen,
                    _ => Death::Silent,
                };
                self.lose_processor(death, kind == Kind::Dma)?;
            }
            Kind::CommandRollback => drop(self.command(Operation::Rollback)?),
            Kind::CommandCheckpoint => drop(self.command(Operation::Checkpoint)?),
            Kind::CopyWrite | Kind::CopyRead => self.fail_copies(kind),
            Kind::BitFlip if early => self.flip_backup(drawn)?,
            Kind::BitFlip => drop(self.flip_bits(1)?),
            Kind::Reset => return self.lose_primary(true, early).context("reset"),
            Kind::PrimaryLost => return self.lose_primary(false, early),
            Kind::LinkCut => {
                self.backup()?.wire.cut();
                self.let_go()?;
            }
            Kind::LinkBreak => {
                self.backup()?.wire.cut();
                for _ in 0..200 + drawn % 3_000 {
                    self.tick()?;
                }
                self.backup()?.wire.join();
            }
            Kind::BackupWrite | Kind::BackupRead => self.fail_backup(kind, early)?,
            Kind::BackupReset => {
                self.unit(1)?.simulation.reset(4)?;
                self.let_go()?;
            }
        }
        self.finish().context("until all is at rest")?;
        self.check_answers(kind)?;
        let status = self.read(guest_address(0, offset::G_STATUS))?;
        ensure!(
            field::G_STATUS::LOST.get(status) == 0 || kind.may_lose(self.strategy),
            "the guest is LOST: G_STATUS {status:#x}"
        );
        self.check_nothing_lost(kind)
            .context("the primary's memory")?;
        self.clear_faults()?;
        match kind {
            Kind::BackupReset => return self.replace_backup(),
            Kind::LinkBreak | Kind::BackupWrite | Kind::BackupRead => self
                .converge(0)
                .context("the next checkpoint, with the link as it was")?,
            _ => {}
        }
        let outcome = self.take_over_and_judge(kind)?;
        if kind == Kind::LinkCut {
            self.take_over_other()?;
            self.backup()?.wire.join();
        } else {
            self.converge(1).context("the other guest")?;
        }
        self.check_others()?;
        let front = usize::from(outcome == Outcome::RolledBack);
        self.live_on_pair(front, false)
            .context("the guest's life afterwards")?;
        Ok(outcome)
    }

    /// The primary stops or is reset. What it has sent last still arrives, or does not.
    fn lose_primary(&mut self, is_reset: bool, early: bool) -> Result<Outcome> {
        if is_reset {
            self.system.simulation.reset(4)?;
            self.actors.clear();
        }
        let backup = self.backup()?;
        backup.alone = true;
        match early {
            true => backup.wire.cut(),
            false => backup.wire.lose(0),
        }
        let kind = if is_reset {
            Kind::Reset
        } else {
            Kind::PrimaryLost
        };
        let outcome = self.take_over_and_judge(kind)?;
        self.take_over_other()?;
        // It comes back: from a standstill, or from a reset.
        let backup = self.backup()?;
        backup.wire.cut();
        backup.alone = false;
        self.actors.clear();
        if is_reset {
            self.await_ready()?;
            for guest in [0, 1] {
                self.check_survivors(guest)?;
            }
            self.system.enable()?;
        } else {
            self.settle_primary()?;
            let (commits, _) = self.counts()?;
            self.check_commits(commits)?;
        }
        self.backup()?.wire.join();
        let front = usize::from(outcome == Outcome::RolledBack);
        self.live_on_pair(front, is_reset)
            .context("the guest's life afterwards")?;
        Ok(outcome)
    }

    /// Until what the unit had under way when it stopped is done, as far as it can be.
    fn settle_primary(&mut self) -> Result<()> {
        for guest in [0, 1] {
            self.cancel(0, guest)?;
        }
        let ports = self.system.ports.clone();
        for _ in 0..PATIENCE {
            let simulation = &self.system.simulation;
            if ports.iter().all(|port| simulation[*port].is_idle()) {
                return Ok(());
            }
            self.tick()?;
        }
        bail!("the writes of a primary that stood still are not answered")
    }

    /// Until the unit is out of reset.
    fn await_ready(&mut self) -> Result<()> {
        for _ in 0..PATIENCE / 8 {
            if field::STATUS::READY.get(self.read(offset::STATUS)?) == 1 {
                return Ok(());
            }
        }
        bail!("STATUS.READY does not come")
    }

    /// Without a backup the guests shall rather be LOST than wait for room in the ring.
    fn let_go(&mut self) -> Result<()> {
        for guest in [0, 1] {
            self.write_at(0, guest_address(guest, offset::G_ON_FULL), LOSE)?;
        }
        Ok(())
    }

    /// A bit flips in the backup's unit.
    fn flip_backup(&mut self, drawn: u64) -> Result<()> {
        let memory = crate::flips::StoreMemory::ALL[drawn as usize / 2 % 3];
        let unit = self.unit(1)?;
        let bits = u64::from(unit.store_bits(memory)?);
        unit.flip(memory, 0, (drawn / 8 % bits) as u32)
    }

    /// The backup's memory fails the next access to what is the guest's.
    fn fail_backup(&mut self, kind: Kind, decode: bool) -> Result<()> {
        let bytes = self.region(0).len() as u64;
        let home = self.region_base(0);
        let ring = machine::setup(self.strategy, 0, bytes, 1).ring_base;
        let ring = ring..ring + (1 << machine::RING_SIZE);
        let faults = match kind {
            Kind::BackupRead => vec![Fault::on(ring).reads()],
            _ => vec![
                Fault::on(ring).writes(),
                Fault::on(home..home + bytes).writes(),
            ],
        };
        let unit = self.unit(1)?;
        let memory = unit.memory;
        for fault in faults {
            let fault = if decode { fault.decode_error() } else { fault };
            unit.simulation[memory].faults().add(fault.once(1));
        }
        Ok(())
    }

    fn clear_faults(&mut self) -> Result<()> {
        for end in [0, 1] {
            let unit = self.unit(end)?;
            let memory = unit.memory;
            unit.simulation[memory].faults().clear();
        }
        Ok(())
    }

    /// The backup has forgotten all: software begins anew with it.
    fn replace_backup(&mut self) -> Result<Outcome> {
        while field::STATUS::READY.get(self.read_at(1, offset::STATUS)?) == 0 {}
        self.unit(1)?.enable()?;
        self.actors.clear();
        self.stand_by(1)?;
        for guest in [0, 1] {
            self.cancel(0, guest)?;
            self.command_at(0, guest, Operation::Detach)?;
            self.command_at(0, guest, Operation::Attach)?;
            self.converge(guest)
                .context("the first checkpoint with the new backup")?;
        }
        self.check_others()?;
        self.live_on_pair(0, false)
            .context("the guest's life afterwards")?;
        Ok(Outcome::Lost)
    }

    /// A routine that waits for somebody is cancelled.
    pub(super) fn cancel(&mut self, end: usize, guest: u32) -> Result<()> {
        let status = self.read_at(end, guest_address(guest, offset::G_STATUS))?;
        if field::G_STATUS::RUNNING.get(status) == 1 {
            let address = guest_address(guest, offset::G_COMMAND);
            self.write_at(end, address, Operation::Rollback.code())?;
            self.idle_at(end, guest)?;
        }
        Ok(())
    }

    /// A checkpoint of a guest, after which both memories are the same.
    fn converge(&mut self, guest: u32) -> Result<()> {
        self.log(Operation::Checkpoint, 1 << guest, Some(true));
        self.checkpoint_at(0, guest)?;
        self.settle_copies()?;
        self.check_same(guest)
    }

    /// Both computers hold the same for a guest.
    pub(super) fn check_same(&mut self, guest: u32) -> Result<()> {
        let [here, there] = [self.memory_of(0, guest)?, self.memory_of(1, guest)?];
        let first = here.iter().zip(&there).position(|(one, two)| one != two);
        ensure!(
            first.is_none(),
            "the memories of guest {guest} differ, first at {:#x}",
            first.unwrap_or(0)
        );
        Ok(())
    }

    /// A guest's memory in a computer.
    pub(super) fn memory_of(&mut self, end: usize, guest: u32) -> Result<Vec<u8>> {
        let (base, length) = (self.region_base(guest), self.region(guest).len());
        Ok(self.unit(end)?.contents().read_vec(base, length))
    }

    /// TAKEOVER at an end, again while it is busy and after a copy that failed; false if there is no checkpoint.
    pub(super) fn take_over(&mut self, end: usize, guest: u32) -> Result<bool> {
        let address = guest_address(guest, offset::G_COMMAND);
        for _ in 0..PATIENCE / 8 {
            if self.write_at(end, address, Operation::Takeover.code())? != Response::Okay {
                let error = self.read_at(end, offset::ERROR)? & 0xff;
                match ErrorCode::ALL.iter().find(|one| one.code() == error) {
                    Some(ErrorCode::NoCheckpoint) => return Ok(false),
                    Some(ErrorCode::Busy) => continue,
                    _ => bail!("TAKEOVER is refused, error {error}"),
                }
            }
            let (status, error) = self.idle_at(end, guest)?;
            if status == Status::Ok.code() {
                return Ok(true);
            }
            // A session may have begun between the command and its routine.
            if error == ErrorCode::NoCheckpoint.code() {
                return Ok(false);
            }
            ensure!(
                status == Status::Failed.code() && error == ErrorCode::Copy.code(),
                "TAKEOVER ended with status {status}, error {error}"
            );
        }
        bail!("TAKEOVER comes to no end")
    }

    /// The mark that an end took last.
    fn mark_of(&mut self, end: usize, guest: u32) -> Result<MarkName> {
        let session = self.read_at(end, guest_address(guest, offset::G_SESSION))? & 0xffff;
        let number = self.read_at(end, guest_address(guest, offset::G_MARK))? & 0xffff;
        Ok(MarkName {
            guest,
            session,
            number,
        })
    }

    /// What the backup holds after its TAKEOVER of a guest must be the image of the mark that it took last.
    fn take_over_whole(&mut self, guest: u32) -> Result<Option<MarkName>> {
        let taken = self.take_over(1, guest)?;
        let mark = self.mark_of(1, guest)?;
        let backup = self.backup()?;
        let told = backup.taken.iter().rev();
        let told = told.copied().find(|name| name.guest == guest);
        if !taken {
            ensure!(
                told.is_none_or(|told| told.session != mark.session),
                "TAKEOVER of guest {guest} finds no checkpoint, but {told:?} was acknowledged, and no session began after it"
            );
            return Ok(None);
        }
        let marks = backup.marks.iter();
        let wanted = marks.rev().find(|one| one.name == mark);
        let wanted = wanted
            .with_context(|| format!("the backup has taken {mark:?}, which was never sent"))?
            .image
            .clone();
        if let Some(told) = told {
            let is_later = mark.session != told.session || mark.number >= told.number;
            ensure!(
                is_later,
                "the backup has {mark:?}, but {told:?} was acknowledged"
            );
        }
        let found = self.memory_of(1, guest)?;
        let wanted = wanted.unwrap_or_else(|| found.clone());
        let first = found.iter().zip(&wanted).position(|(one, two)| one != two);
        if let Some(at) = first {
            bail!(
                "after TAKEOVER memory of guest {guest} is not the image of {mark:?}, first at {at:#x}: {:#x}, should be {:#x}",
                found[at],
                wanted[at]
            );
        }
        Ok(Some(mark))
    }

    fn take_over_and_judge(&mut self, kind: Kind) -> Result<Outcome> {
        let Some(mark) = self.take_over_whole(0)? else {
            return Ok(Outcome::NoCheckpoint);
        };
        let found = self.memory_of(1, 0)?;
        if self.start_marks.contains(&mark) {
            ensure!(
                self.start.image.as_ref() == Some(&found),
                "after TAKEOVER memory of guest 0 is not the checkpoint from before"
            );
        } else {
            let back = Event {
                rollback: true,
                after: u64::MAX,
                before: u64::MAX,
            };
            let commits = self.events().into_iter();
            let mut commits = commits.filter(|event| !event.rollback);
            ensure!(
                commits.any(|commit| self.is_explained(&found, &[commit, back], kind)),
                "after TAKEOVER memory of guest 0 is no cut through what its masters wrote: {mark:?}"
            );
        }
        let port = self.system.ports.len() - 1;
        let (base, length) = (self.region_base(0), 640);
        let read = self.unit(1)?.load(port, base, length)?;
        ensure!(
            read == found[..length],
            "after TAKEOVER port {port} reads other bytes than memory holds"
        );
        let status = self.read_at(1, guest_address(0, offset::G_STATUS))?;
        let wanted = field::G_STATUS::ATTACHED.put(1) | field::G_STATUS::TAKEN_OVER.put(1);
        ensure!(
            status == wanted,
            "after TAKEOVER G_STATUS is {status:#x}, should be {wanted:#x}"
        );
        Ok(Outcome::RolledBack)
    }

    /// The other guest always had a checkpoint.
    fn take_over_other(&mut self) -> Result<()> {
        let mark = self.take_over_whole(1)?;
        ensure!(mark.is_some(), "TAKEOVER of guest 1 finds no checkpoint");
        Ok(())
    }

    /// The primary has committed nothing that was not acknowledged.
    fn check_commits(&mut self, commits: u32) -> Result<()> {
        let commits = commits.wrapping_sub(self.start.counts.0) as usize;
        let start = self.start_marks.clone();
        let taken = self.backup()?.taken.iter();
        let acknowledged = taken
            .filter(|name| name.guest == 0 && !start.contains(name))
            .count();
        ensure!(
            commits <= acknowledged,
            "{commits} commits, but {acknowledged} acknowledged marks"
        );
        Ok(())
    }

    /// The guest of a primary that lives keeps what it wrote: nothing takes anything back.
    fn check_nothing_lost(&mut self, kind: Kind) -> Result<()> {
        let (commits, rollbacks) = self.counts()?;
        ensure!(
            rollbacks == self.start.counts.1,
            "{rollbacks} rollbacks of a guest of S2"
        );
        self.check_commits(commits)?;
        let found = self.memory_of(0, 0)?;
        ensure!(
            self.is_explained(&found, &[], kind),
            "memory of guest 0 is not what its masters wrote"
        );
        Ok(())
    }

    /// Whether these events between the writes of guest 0 lead to this memory.
    fn is_explained(&self, found: &[u8], events: &[Event], kind: Kind) -> bool {
        [Stream::Processor, Stream::Dma].into_iter().all(|stream| {
            let area = stream.area(found.len());
            let writes = self.writes_of(stream, kind, u64::MAX - 1);
            let memory = Image::known(&self.start.memory[0][area.clone()]);
            let image = self.start.image.as_ref();
            let image = image.map(|image| Image::known(&image[area.clone()]));
            explains(
                (&memory, image.as_ref()),
                &found[area.clone()],
                &area,
                events,
                &writes,
            )
        })
    }
}
