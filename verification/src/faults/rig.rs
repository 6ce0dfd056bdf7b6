//! The machine with everything that works on it, saved and restored as one.

use super::actor::{Actor, Happening, Shot, Stream};
use super::backup::{Backup, BackupSnapshot, MarkName};
use super::machine::{self, BLOCK};
use super::scenario::{Scenario, DIRTY};
use crate::flips::StoreMemory;
use crate::system::{BuildOptions, System};
use anyhow::{ensure, Context, Result};
use mch_sim::axi::{ManagerOptions, Response, SubordinateOptions};
use mch_sim::bench::Pin;
use mch_sim::memory::{Fill, Memory};
use mch_sim::Snapshot;
use mch_spec::registers::{field, guest_address, offset, Operation, Status};
use mch_spec::Strategy;
use std::ops::Range;

/// Cycles that anything may take.
pub const PATIENCE: u64 = 60_000;

/// The machine, its masters and its software.
pub struct Rig {
    /// The unit and its surroundings.
    pub system: System,
    /// The second computer, with S2.
    pub backup: Option<Backup>,
    /// Marks that were sent before the scenario began.
    pub(super) start_marks: Vec<MarkName>,
    /// Of both guests.
    pub strategy: Strategy,
    /// What goes on.
    pub scenario: Scenario,
    /// Masters and hypervisor.
    pub actors: Vec<Actor>,
    /// All writes since the scenario began.
    pub shots: Vec<Shot>,
    /// All commands since the scenario began.
    pub happenings: Vec<Happening>,
    /// Nobody waits for a rendezvous any more.
    pub dismissed: bool,
    /// What the memory of both guests, as software saw it, and everything else was when the scenario began.
    pub start: Start,
    pub(super) value: u8,
    irq: Pin,
}

/// The state in which a scenario begins.
#[derive(Clone, Default)]
pub struct Start {
    /// The guests' memory.
    pub memory: [Vec<u8>; 2],
    /// What the last checkpoint of guest 0 holds; none without one.
    pub image: Option<Vec<u8>>,
    /// Everything behind the unit.
    pub contents: Memory,
    /// G_CHECKPOINTS and G_ROLLBACKS of guest 0.
    pub counts: (u32, u32),
}

/// The state of a rig.
pub struct RigSnapshot {
    simulation: Snapshot,
    backup: Option<BackupSnapshot>,
    actors: Vec<Actor>,
    shots: Vec<Shot>,
    happenings: Vec<Happening>,
    dismissed: bool,
    value: u8,
}

impl Rig {
    /// The guests attached, and all as it is when the scenario begins. A rig for a waveform cannot be saved.
    pub fn new(strategy: Strategy, scenario: Scenario, seed: u64, waveform: bool) -> Result<Rig> {
        // Even seeds shake everything that may take its time; odd ones go at full speed.
        let stress = seed.is_multiple_of(2);
        let manager = |port: u32| match stress {
            true => ManagerOptions::stress(seed ^ u64::from(port + 1) << 32),
            false => ManagerOptions::default(),
        };
        let memory = match stress {
            true => SubordinateOptions::stress(seed),
            false => SubordinateOptions {
                fill: Fill::Random(seed),
                ..SubordinateOptions::with_latency(6)
            },
        };
        let options = BuildOptions {
            savable: !waveform,
            trace: match waveform {
                true => verilated::Trace::Vcd,
                false => verilated::Trace::default(),
            },
            ..BuildOptions::default()
        };
        let config = machine::config_of(strategy);
        let mut system = System::new(&config, options, seed, manager, memory.clone())?;
        let irq = system.simulation.pin("irq")?;
        let backup = match strategy {
            Strategy::S2 => {
                let other = System::new(&config, options, seed + 1, manager, memory)?;
                Some(Backup::new(&mut system, other)?)
            }
            _ => None,
        };
        let mut rig = Rig {
            system,
            backup,
            start_marks: Vec::new(),
            strategy,
            scenario,
            actors: Vec::new(),
            shots: Vec::new(),
            happenings: Vec::new(),
            dismissed: false,
            start: Start::default(),
            value: seed as u8,
            irq,
        };
        rig.system.enable()?;
        if let Some(backup) = &mut rig.backup {
            backup.system.enable()?;
        }
        rig.prepare().context("before the scenario")?;
        rig.actors = scenario.actors();
        Ok(rig)
    }

    fn prepare(&mut self) -> Result<()> {
        if self.backup.is_some() {
            self.join()?;
        }
        self.attach()?;
        for guest in [0, 1] {
            let base = self.region_base(guest);
            let bytes: Vec<u8> = (0..2048u32).map(|at| (at * 7 + at / 64) as u8).collect();
            self.system.store(guest as usize, base, &bytes)?;
            if guest == 1 || self.scenario.has_checkpoint() {
                self.checkpoint(guest)?;
            }
        }
        if self.backup.is_some() && self.scenario.has_checkpoint() {
            self.go_round()?;
        }
        self.settle_copies()?;
        let image = self.view(0)?;
        self.start.image = self.scenario.has_checkpoint().then_some(image);
        for (number, (at, length)) in DIRTY.into_iter().enumerate() {
            let bytes: Vec<u8> = (0..length)
                .map(|index| (index * 3 + number) as u8 ^ 0x96)
                .collect();
            let port = usize::from(at >= 1024);
            self.system
                .store(port, self.region_base(0) + at as u64, &bytes)?;
        }
        let slots = self.system.config.ring_slots(machine::RING_SIZE);
        for block in 64..64 + self.scenario.filled(slots) {
            let address = self.region_base(0) + block * BLOCK;
            self.system.store(1, address, &[block as u8; 8])?;
        }
        self.system
            .store(1, self.region_base(1) + 70, &[0x3c; 40])?;
        self.settle_copies()?;
        self.start.memory = [self.view(0)?, self.view(1)?];
        self.start.contents = self.system.contents().clone();
        if let Some(backup) = &mut self.backup {
            backup.contents = backup.system.contents().clone();
            self.start_marks = backup.marks.iter().map(|mark| mark.name).collect();
        }
        self.start.counts = self.counts()?;
        Ok(())
    }

    /// Attaches both guests.
    pub fn attach(&mut self) -> Result<()> {
        for guest in [0, 1] {
            let bytes = self.region(guest).len() as u64;
            let setup = machine::setup(self.strategy, guest, bytes, 1);
            self.system.attach(guest, setup)?;
        }
        Ok(())
    }

    /// A checkpoint of a guest that has nothing under way.
    pub fn checkpoint(&mut self, guest: u32) -> Result<()> {
        let code = Operation::Checkpoint.code();
        self.system.set_guest(guest, offset::G_COMMAND, code)?;
        let end = self.system.simulation.cycle() + PATIENCE;
        while !self.is_wanted(guest) {
            ensure!(
                self.system.simulation.cycle() < end,
                "guest {guest} is not asked to a rendezvous"
            );
            self.step_units()?;
        }
        let number = self.system.guest(guest, offset::G_RENDEZVOUS)? & 0xff_ffff;
        self.system.set_guest(guest, offset::G_ARRIVE, number)?;
        self.idle_at(0, guest)?;
        let completion = self.system.guest(guest, offset::G_COMPLETION)?;
        let status = field::G_COMPLETION::STATUS.get(completion);
        ensure!(
            status == Status::Ok.code(),
            "CHECKPOINT of guest {guest} ended with status {status}, error {}",
            field::G_COMPLETION::ERROR.get(completion)
        );
        Ok(())
    }

    /// The bytes of a guest's region, counted from its start.
    pub fn region(&self, guest: u32) -> Range<usize> {
        let bytes = match guest {
            0 => self.scenario.region(),
            _ => machine::REGION,
        };
        0..bytes as usize
    }

    /// Address of the first byte of a guest's region.
    pub fn region_base(&self, guest: u32) -> u64 {
        self.system.layout.memory + machine::setup(self.strategy, guest, 0, 0).offset
    }

    /// Whether a rendezvous of the guest is going on.
    pub fn is_wanted(&mut self, guest: u32) -> bool {
        self.system.simulation.get(self.irq) >> guest & 1 == 1
    }

    /// Checkpoints and rollbacks of guest 0.
    pub fn counts(&mut self) -> Result<(u32, u32)> {
        Ok((
            self.read(guest_address(0, offset::G_CHECKPOINTS))?,
            self.read(guest_address(0, offset::G_ROLLBACKS))?,
        ))
    }

    /// One cycle, in which everybody acts.
    pub fn tick(&mut self) -> Result<()> {
        if !self.backup.as_ref().is_some_and(|backup| backup.alone) {
            for index in 0..self.actors.len() {
                self.advance(index)?;
            }
        }
        self.step_units()?;
        for port in 0..self.system.ports.len() {
            let handle = self.system.ports[port];
            if self.system.simulation[handle].completed().is_empty() {
                continue;
            }
            for done in self.system.simulation[handle].take_completed() {
                let mine = self
                    .shots
                    .iter_mut()
                    .find(|shot| shot.stream.port() == port && shot.ticket == done.ticket);
                if let Some(shot) = mine {
                    shot.answer = Some((done.timing.response, done.response()));
                }
            }
        }
        Ok(())
    }

    /// Reads a register while everybody goes on.
    pub fn read(&mut self, address: u32) -> Result<u32> {
        self.read_at(0, address)
    }

    /// Writes a register while everybody goes on.
    pub fn try_write(&mut self, address: u32, value: u32) -> Result<Response> {
        self.write_at(0, address, value)
    }

    /// A guest's memory as software sees it.
    pub fn view(&mut self, guest: u32) -> Result<Vec<u8>> {
        let (base, length) = (self.region_base(guest), self.region(guest).len());
        let mut bytes = self.system.contents().read_vec(base, length);
        if self.strategy != Strategy::S5 {
            return Ok(bytes);
        }
        let (layout, block) = (self.system.layout, BLOCK as usize);
        let word_bytes = 32 * block;
        for (index, part) in bytes.chunks_mut(word_bytes).enumerate() {
            let at = base - layout.memory + (index * word_bytes) as u64;
            let word = (at / BLOCK / 32) as u32;
            self.try_write(offset::DIRTY_SELECT, word)?;
            let x = self.read(offset::DIRTY_BITS)?;
            self.try_write(offset::DIRTY_SELECT, 1 << 31 | word)?;
            let away = x ^ self.read(offset::DIRTY_BITS)?;
            for (bit, part) in part.chunks_mut(block).enumerate() {
                if away >> bit & 1 == 1 {
                    let address = layout.shadow + at + (bit * block) as u64;
                    self.system.contents().read(address, part);
                }
            }
        }
        Ok(bytes)
    }

    /// Bits of a word of the block store flip, in one that is about guest 0: every cycle another word. Returns the memory and the word.
    pub fn flip_bits(&mut self, count: u32) -> Result<(StoreMemory, u64)> {
        let drawn = self.system.simulation.cycle().wrapping_mul(0x9e37_79b9) >> 7;
        let memories = match self.strategy {
            Strategy::S5 => &StoreMemory::ALL[..],
            _ => &[StoreMemory::Words, StoreMemory::Summary, StoreMemory::Top],
        };
        let memory = memories[drawn as usize % memories.len()];
        let words = match memory {
            StoreMemory::Words | StoreMemory::Places => {
                (self.region(0).len() as u64 / BLOCK / 32).max(1)
            }
            StoreMemory::Summary | StoreMemory::Top => 1,
        };
        let width = u64::from(self.system.store_bits(memory)?);
        let word = drawn / 64 / width % words;
        for flipped in 0..u64::from(count) {
            let bit = (drawn / 64 + flipped) % width;
            self.system.flip(memory, word, bit as u32)?;
        }
        Ok((memory, word))
    }

    /// Whether routines, copies and ports are at rest; some cycles pass.
    pub fn is_quiet(&mut self) -> Result<bool> {
        let status = self.read(offset::STATUS)?;
        if status >> 16 != 0 || field::STATUS::SCANNING.get(status) == 1 {
            return Ok(false);
        }
        let ports = self.system.ports.clone();
        let memory = self.system.memory;
        let simulation = &self.system.simulation;
        let is_idle =
            simulation[memory].is_idle() && ports.iter().all(|port| simulation[*port].is_idle());
        Ok(is_idle && self.is_backup_quiet()?)
    }

    /// Waits for the copies behind the guests' backs.
    pub fn settle_copies(&mut self) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        // Memory rests between two of them now and then.
        let mut quiet = 0;
        while quiet < 3 {
            quiet = if self.is_quiet()? { quiet + 1 } else { 0 };
            ensure!(
                self.system.simulation.cycle() < end,
                "the machine does not come to rest"
            );
        }
        Ok(())
    }

    /// Whether every actor has done what it has to do, and every write is answered.
    pub fn is_done(&self) -> bool {
        self.actors.iter().all(Actor::is_done)
            && Stream::ALL.into_iter().all(|stream| {
                let alive = self
                    .actors
                    .iter()
                    .any(|one| one.stream == Some(stream) && one.alive);
                !alive || self.unanswered(stream) == 0
            })
    }

    /// Saves everything but what never changes.
    pub fn save(&mut self) -> Result<RigSnapshot> {
        Ok(RigSnapshot {
            simulation: self.system.simulation.save()?,
            backup: match &mut self.backup {
                Some(backup) => Some(backup.save()?),
                None => None,
            },
            actors: self.actors.clone(),
            shots: self.shots.clone(),
            happenings: self.happenings.clone(),
            dismissed: self.dismissed,
            value: self.value,
        })
    }

    /// Goes back.
    pub fn restore(&mut self, snapshot: &RigSnapshot) -> Result<()> {
        self.system.simulation.restore(&snapshot.simulation)?;
        if let (Some(backup), Some(saved)) = (&mut self.backup, &snapshot.backup) {
            backup.restore(saved)?;
        }
        self.actors.clone_from(&snapshot.actors);
        self.shots.clone_from(&snapshot.shots);
        self.happenings.clone_from(&snapshot.happenings);
        self.dismissed = snapshot.dismissed;
        self.value = snapshot.value;
        Ok(())
    }
}
