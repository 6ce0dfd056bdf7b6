//! The second computer of a machine with S2: its unit, the link to it, and what each guest's memory was when a mark was sent.
//!
//! *Strategy*: a mark is sent while the guest's writes are held and all of them are answered, so the memory behind the primary is then, byte for byte, what
//! the mark stands for; [`Rig`] notes it as the mark's frame goes out for the first time. The frame of one that is cancelled may go out after the guest
//! runs on: what it stands for must then be found among the guest's writes alone.
//! *Invariants*: both units, the link and what was noted are saved and restored together.

use super::machine;
use super::rig::{Rig, PATIENCE};
use crate::system::{System, ACCESS_LIMIT};
use anyhow::{ensure, Result};
use mch_sim::axi::{LiteCompleted, Response, Ticket};
use mch_sim::bench::{Agent, Handle, Pin, Sample};
use mch_sim::memory::Memory;
use mch_sim::stream::{Wire, WireState};
use mch_sim::Snapshot;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy;

/// LINK_RETRY of both units, in cycles.
const RETRY: u32 = 300;
/// G_TIMEOUT of both guests, in cycles.
const TIMEOUT: u32 = 5_000;
/// Checkpoints of a whole region before a scenario begins, so that its entries go round the end of the ring.
const ROUNDS: u8 = 5;
/// Kinds of frame.
const MARK: u64 = 2;
const ACK: u64 = 4;

/// A mark of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkName {
    /// The guest.
    pub guest: u32,
    /// Its session.
    pub session: u32,
    /// The mark's number in it.
    pub number: u32,
}

/// A mark that was sent, and what it stands for.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Which.
    pub name: MarkName,
    /// The guest's memory; none if the checkpoint was cancelled before the mark went out.
    pub image: Option<Vec<u8>>,
}

/// The second computer.
pub struct Backup {
    /// Its unit.
    pub system: System,
    /// The link; the primary is end 0.
    pub wire: Wire,
    /// The primary's clock stands still.
    pub alone: bool,
    /// Marks, in the order in which they were sent.
    pub marks: Vec<Mark>,
    /// Marks of which the primary has been told that they were taken.
    pub taken: Vec<MarkName>,
    /// Everything behind the unit when the scenario began.
    pub contents: Memory,
    watch: Handle<FrameWatch>,
}

/// The state of a second computer.
pub struct BackupSnapshot {
    simulation: Snapshot,
    wire: WireState,
    alone: bool,
    marks: Vec<Mark>,
    taken: Vec<MarkName>,
}

/// Sees marks leave the primary, and acknowledgements of marks come.
#[derive(Clone)]
struct FrameWatch {
    /// Valid, ready, data, last: what is sent, and what is received.
    pins: [[Pin; 4]; 2],
    /// Beats of the present frame that have passed, and its first.
    frame: [(u64, u64); 2],
    marks: Vec<MarkName>,
    taken: Vec<MarkName>,
}

impl Agent for FrameWatch {
    fn observe(&mut self, sample: &mut Sample) {
        for (way, [valid, ready, data, last]) in self.pins.iter().enumerate() {
            if !valid.is_high(sample.model) || !ready.is_high(sample.model) || sample.reset {
                continue;
            }
            let beat = data.get(sample.model);
            let (passed, first) = &mut self.frame[way];
            if *passed == 0 {
                *first = beat;
            }
            let name = |number: u64| MarkName {
                guest: (*first >> 4 & 0xf) as u32,
                session: (*first >> 16 & 0xffff) as u32,
                number: (number & 0xffff) as u32,
            };
            match (way, *passed, *first & 0xf) {
                (0, 1, MARK) => self.marks.push(name(beat)),
                (1, 1, ACK) if beat >> 48 & 1 == 1 => self.taken.push(name(beat >> 32)),
                _ => {}
            }
            *passed = if last.is_high(sample.model) {
                0
            } else {
                *passed + 1
            };
        }
    }
}

impl Backup {
    /// Joins a second unit to a primary.
    pub fn new(primary: &mut System, mut system: System) -> Result<Backup> {
        let pins = |prefix: &str| -> Result<[Pin; 4]> {
            let pin = |name: &str| primary.simulation.pin(&format!("{prefix}_t{name}"));
            Ok([pin("valid")?, pin("ready")?, pin("data")?, pin("last")?])
        };
        let watch = FrameWatch {
            pins: [pins("link_tx")?, pins("link_rx")?],
            frame: [(0, 0); 2],
            marks: Vec::new(),
            taken: Vec::new(),
        };
        let watch = primary.simulation.add(watch);
        let wire = Wire::default();
        wire.attach(0, &mut primary.simulation)?;
        wire.attach(1, &mut system.simulation)?;
        Ok(Backup {
            system,
            wire,
            alone: false,
            marks: Vec::new(),
            taken: Vec::new(),
            contents: Memory::default(),
            watch,
        })
    }

    /// Saves it.
    pub fn save(&mut self) -> Result<BackupSnapshot> {
        Ok(BackupSnapshot {
            simulation: self.system.simulation.save()?,
            wire: self.wire.save(),
            alone: self.alone,
            marks: self.marks.clone(),
            taken: self.taken.clone(),
        })
    }

    /// Goes back.
    pub fn restore(&mut self, snapshot: &BackupSnapshot) -> Result<()> {
        self.system.simulation.restore(&snapshot.simulation)?;
        self.wire.restore(&snapshot.wire);
        self.alone = snapshot.alone;
        self.marks.clone_from(&snapshot.marks);
        self.taken.clone_from(&snapshot.taken);
        Ok(())
    }
}

impl Rig {
    /// The second computer, which a rig of S2 has.
    pub(super) fn backup(&mut self) -> Result<&mut Backup> {
        let backup = self.backup.as_mut();
        backup.ok_or_else(|| anyhow::anyhow!("only S2 has a second computer"))
    }

    /// The unit of an end of the link: 0 is the primary's, 1 the backup's.
    pub(super) fn unit(&mut self, end: usize) -> Result<&mut System> {
        match end {
            0 => Ok(&mut self.system),
            _ => Ok(&mut self.backup()?.system),
        }
    }

    /// A cycle of the units, without what the actors do.
    pub(super) fn step_units(&mut self) -> Result<()> {
        let Some(backup) = &mut self.backup else {
            return Ok(self.system.simulation.step()?);
        };
        if !backup.alone {
            self.system.simulation.step()?;
        }
        backup.system.simulation.step()?;
        let watch = &mut self.system.simulation[backup.watch];
        let marks = std::mem::take(&mut watch.marks);
        for name in std::mem::take(&mut watch.taken) {
            if !backup.taken.contains(&name) {
                backup.taken.push(name);
            }
        }
        for name in marks {
            self.note(name);
        }
        Ok(())
    }

    /// What a mark stands for, the first time that it is seen.
    fn note(&mut self, name: MarkName) {
        let (base, length) = (self.region_base(name.guest), self.region(name.guest).len());
        let last = self.happenings.iter().rev();
        let mut last = last.filter(|one| one.guests >> name.guest & 1 == 1);
        let is_cancelled = last
            .next()
            .is_some_and(|last| last.operation == Operation::Rollback && last.taken != Some(false));
        let is_held = self.is_wanted(name.guest) && !is_cancelled;
        let image = is_held.then(|| self.system.contents().read_vec(base, length));
        if let Some(backup) = &mut self.backup {
            if backup.marks.iter().all(|mark| mark.name != name) {
                backup.marks.push(Mark { name, image });
            }
        }
    }

    /// Both guests stand by at the backup.
    pub(super) fn stand_by(&mut self, end: usize) -> Result<()> {
        for guest in [0, 1] {
            self.set_up(end, guest)?;
            self.command_at(end, guest, Operation::Standby)?;
        }
        Ok(())
    }

    /// A guest's registers, while it is not attached, and the link's.
    pub(super) fn set_up(&mut self, end: usize, guest: u32) -> Result<()> {
        let bytes = self.region(guest).len() as u64;
        let setup = machine::setup(Strategy::S2, guest, bytes, 1);
        let unit = self.unit(end)?;
        unit.write(offset::LINK_RETRY, RETRY)?;
        unit.configure(guest, setup)?;
        unit.set_guest(guest, offset::G_TIMEOUT, TIMEOUT)
    }

    /// Guests attached here, standing by there, and the ring about to go round its end.
    pub(super) fn join(&mut self) -> Result<()> {
        for guest in [0, 1] {
            self.set_up(0, guest)?;
        }
        self.stand_by(1)
    }

    /// Checkpoints of all of guest 0's region.
    pub(super) fn go_round(&mut self) -> Result<()> {
        for round in 0..ROUNDS {
            let bytes: Vec<u8> = (0..machine::REGION)
                .map(|at| (at / 3) as u8 ^ round.wrapping_mul(0x35))
                .collect();
            self.system.store(1, self.region_base(0), &bytes)?;
            self.checkpoint(0)?;
        }
        Ok(())
    }

    /// Reads a register of an end while everybody goes on.
    pub(super) fn read_at(&mut self, end: usize, address: u32) -> Result<u32> {
        let unit = self.unit(end)?;
        let ticket = unit.simulation[unit.registers].read(address.into());
        Ok(self.complete_at(end, ticket)?.value as u32)
    }

    /// Writes a register of an end while everybody goes on.
    pub(super) fn write_at(&mut self, end: usize, address: u32, value: u32) -> Result<Response> {
        let unit = self.unit(end)?;
        let ticket = unit.simulation[unit.registers].write(address.into(), value.into());
        Ok(self.complete_at(end, ticket)?.response)
    }

    fn complete_at(&mut self, end: usize, ticket: Ticket) -> Result<LiteCompleted> {
        for _ in 0..ACCESS_LIMIT {
            let unit = self.unit(end)?;
            let registers = unit.registers;
            if let Some(done) = unit.simulation[registers].take(ticket) {
                return Ok(done);
            }
            self.tick()?;
        }
        anyhow::bail!("a register access of unit {end} is not answered")
    }

    /// Waits until no routine runs for a guest of an end; G_COMPLETION's status and error.
    pub(super) fn idle_at(&mut self, end: usize, guest: u32) -> Result<(u32, u32)> {
        let mut status = 0;
        for _ in 0..PATIENCE / 8 {
            status = self.read_at(end, guest_address(guest, offset::G_STATUS))?;
            if field::G_STATUS::RUNNING.get(status) == 0 {
                let done = self.read_at(end, guest_address(guest, offset::G_COMPLETION))?;
                return Ok((
                    field::G_COMPLETION::STATUS.get(done),
                    field::G_COMPLETION::ERROR.get(done),
                ));
            }
        }
        anyhow::bail!("a routine of guest {guest} of unit {end} does not end: G_STATUS {status:#x}")
    }

    /// A command that must end OK; again while the guest is busy, as a standby is with an APPLY.
    pub(super) fn command_at(
        &mut self,
        end: usize,
        guest: u32,
        operation: Operation,
    ) -> Result<()> {
        let address = guest_address(guest, offset::G_COMMAND);
        for attempt in 0.. {
            if self.write_at(end, address, operation.code())? == Response::Okay {
                break;
            }
            let error = self.read_at(end, offset::ERROR)? & 0xff;
            ensure!(
                error == ErrorCode::Busy.code() && attempt < PATIENCE / 8,
                "{operation} of guest {guest} of unit {end} is refused, error {error}"
            );
        }
        let ended = self.idle_at(end, guest)?;
        ensure!(
            ended == (Status::Ok.code(), 0),
            "{operation} of guest {guest} of unit {end} ended with status {}, error {}",
            ended.0,
            ended.1
        );
        Ok(())
    }

    /// A checkpoint of a guest of an end that has nothing under way; it must end OK.
    pub(super) fn checkpoint_at(&mut self, end: usize, guest: u32) -> Result<()> {
        let address = guest_address(guest, offset::G_COMMAND);
        let answer = self.write_at(end, address, Operation::Checkpoint.code())?;
        ensure!(
            answer == Response::Okay,
            "CHECKPOINT of guest {guest} of unit {end} is refused, error {:#x}",
            self.read_at(end, offset::ERROR)?
        );
        for _ in 0..PATIENCE / 8 {
            let wanted = self.read_at(end, guest_address(guest, offset::G_RENDEZVOUS))?;
            if field::G_RENDEZVOUS::REQUESTED.get(wanted) == 1 {
                let number = wanted & 0xff_ffff;
                self.write_at(end, guest_address(guest, offset::G_ARRIVE), number)?;
                break;
            }
            let status = self.read_at(end, guest_address(guest, offset::G_STATUS))?;
            if field::G_STATUS::RUNNING.get(status) == 0 {
                break;
            }
        }
        let (status, error) = self.idle_at(end, guest)?;
        ensure!(
            status == Status::Ok.code(),
            "CHECKPOINT of guest {guest} of unit {end} ended with status {status}, error {error}"
        );
        Ok(())
    }

    /// Whether the second computer and the link are at rest; some cycles pass.
    pub(super) fn is_backup_quiet(&mut self) -> Result<bool> {
        if self.backup.is_none() {
            return Ok(true);
        }
        let status = self.read_at(1, offset::STATUS)?;
        let unit = self.unit(1)?;
        let (memory, scanning) = (unit.memory, field::STATUS::SCANNING.get(status) == 1);
        Ok(status >> 16 == 0 && !scanning && unit.simulation[memory].is_idle())
    }
}
