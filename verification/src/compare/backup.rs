//! S2's second computer: a unit like the first, with a memory of its own, at the other end of a link that loses nothing.

use super::player::Player;
use crate::pair;
use crate::system::{GuestSetup, System};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::memory::Memory;
use mch_sim::stream::{StreamMonitor, Wire};
use mch_sim::{Handle, Simulation};
use mch_spec::registers::{field, guest_address, offset, Operation};

/// Bytes of a beat of the link.
const BEAT: u64 = 8;

/// The backup computer and the link to it.
pub struct Backup {
    /// The computer.
    pub system: System,
    wire: Wire,
    /// What the primary sends.
    sent: Handle<StreamMonitor>,
    /// What the backup sends.
    answered: Handle<StreamMonitor>,
}

/// What the link has carried, and what the backup's memory has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Bytes from the primary: whole frames.
    pub sent: u64,
    /// Frames from the primary.
    pub frames: u64,
    /// Bytes from the backup.
    pub answered: u64,
    /// Bytes on the backup's memory, reads and writes together.
    pub memory: u64,
}

impl Backup {
    /// Joins a computer to the primary, whose guest 0 is attached with this setting: its guest 0 stands by. `retry` is LINK_RETRY.
    pub fn join(
        primary: &mut System,
        mut system: System,
        setup: GuestSetup,
        retry: u32,
    ) -> Result<Backup> {
        let wire = Wire::default();
        let watch = |end: usize, simulation: &mut Simulation| -> Result<Handle<StreamMonitor>> {
            wire.attach(end, simulation)?;
            let monitor = StreamMonitor::bind(simulation, "link_tx", None)?;
            Ok(simulation.add(monitor))
        };
        let sent = watch(0, &mut primary.simulation)?;
        let answered = watch(1, &mut system.simulation)?;
        for unit in [primary, &mut system] {
            unit.write(offset::LINK_RETRY, retry)?;
        }
        system.configure(0, setup)?;
        let blocks = setup.bytes >> system.config.block_shift();
        system.command(0, Operation::Standby, 20_000 + blocks * 4)?;
        pair::listen(&mut system)?;
        Ok(Backup {
            system,
            wire,
            sent,
            answered,
        })
    }

    /// Counts from now on.
    pub fn restart(&mut self, primary: &mut Simulation) {
        primary[self.sent].restart();
        let simulation = &mut self.system.simulation;
        simulation[self.answered].restart();
        simulation[self.system.memory].statistics_mut().clear();
    }

    /// What has been counted.
    pub fn carried(&self, primary: &Simulation) -> Carried {
        let simulation = &self.system.simulation;
        let moved = simulation[self.system.memory].statistics().total();
        let data_bytes = u64::from(self.system.config.data_bytes());
        Carried {
            sent: primary[self.sent].beats * BEAT,
            frames: primary[self.sent].frames,
            answered: simulation[self.answered].beats * BEAT,
            memory: (moved.read_beats + moved.write_beats) * data_bytes,
        }
    }

    /// The primary is lost, and the backup told to take over: the cycles of it, as [`pair::take_over`] counts them.
    pub fn take_over(&mut self) -> Result<u64> {
        self.wire.lose(0);
        pair::take_over(&mut self.system, 0)
    }

    /// After TAKEOVER the backup's memory is this from its base on, `bytes` bytes; a processor there reads these ranges of offsets to see.
    pub fn verify(&mut self, image: &Memory, bytes: u64, ranges: &[(u64, usize)]) -> Result<()> {
        let base = self.system.layout.memory;
        let found = self.system.contents().read_vec(base, bytes as usize);
        let expected = image.read_vec(base, bytes as usize);
        let differs = found.iter().zip(&expected).position(|(a, b)| a != b);
        if let Some(at) = differs {
            bail!(
                "the backup's memory at {:#x}: {:#04x} instead of {:#04x}",
                base + at as u64,
                found[at],
                expected[at]
            );
        }
        for (offset, length) in ranges {
            let read = self.system.load(0, base + offset, *length)?;
            ensure!(
                read == image.read_vec(base + offset, *length),
                "the backup reads {length} bytes at {:#x} that are not the checkpoint's",
                base + offset
            );
        }
        Ok(())
    }
}

impl Player<'_> {
    /// Whether entries are on their way, or the backup does something for the guest; both go on meanwhile.
    pub fn is_backup_busy(&mut self) -> Result<bool> {
        if self.stage.backup.is_none() {
            return Ok(false);
        }
        // In this order: what the backup acknowledges makes it apply at once.
        if self.guest(offset::G_RING_USED)? != 0 {
            return Ok(true);
        }
        let mut answer = None;
        let address = guest_address(0, offset::G_STATUS);
        let ticket = self.stage.backup.as_mut().map(|backup| {
            let registers = backup.system.registers;
            backup.system.simulation[registers].read(address.into())
        });
        self.until("a register of the backup", |player| {
            let backup = player.stage.backup.as_mut();
            answer = backup.zip(ticket).and_then(|(backup, ticket)| {
                let registers = backup.system.registers;
                backup.system.simulation[registers].take(ticket)
            });
            answer.is_some()
        })?;
        let status = answer.context("no backup")?.value as u32;
        Ok(field::G_STATUS::RUNNING.get(status) == 1)
    }

    /// LINK_FRAMES and LINK_REPEATS, 0 without a backup.
    pub fn link_frames(&mut self) -> Result<[u32; 2]> {
        match self.stage.backup {
            None => Ok([0; 2]),
            Some(_) => Ok([
                self.register(offset::LINK_FRAMES)?,
                self.register(offset::LINK_REPEATS)?,
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::player::Checkpoints;
    use super::super::{Options, Workload};
    use super::*;
    use crate::compare::stage::Stage;
    use crate::simulate::MemoryTiming;
    use crate::trace;
    use mch_spec::config::Size;
    use mch_spec::{Config, Strategy};

    #[test]
    fn a_wrong_byte_at_the_backup_is_found() {
        let events = trace::parse("0 0 W 40 0102030405060708\n9 0 R 1000 1\n").unwrap();
        let workload = Workload::of_trace("two", &events, 100).unwrap();
        let config = Config {
            memory_size: Size(128 << 10),
            ..Options::config_for(1)
        };
        let (timing, bytes) = (MemoryTiming::Fixed(20), 8192);
        let stage = Stage::unit(&config, Strategy::S2, timing, (bytes, &[]), 3).unwrap();
        let mut watch = |_| true;
        let mut player = Player::new(stage, &mut watch);
        let mut source = workload.source();
        player.play(&mut source, Checkpoints::None, None).unwrap();
        player.checkpoint(&mut source).unwrap();
        let image = player.model().clone();
        let backup = player.stage.backup.as_mut().unwrap();
        backup.take_over().unwrap();
        backup.verify(&image, bytes, &[(0x40, 64)]).unwrap();
        let (base, memory) = (backup.system.layout.memory, backup.system.memory);
        let byte = image.read_vec(base + 0x44, 1)[0];
        let contents = backup.system.simulation[memory].memory_mut();
        contents.write(base + 0x44, &[byte ^ 0x10]);
        let whole = backup.verify(&image, bytes, &[]).unwrap_err().to_string();
        assert!(
            whole.contains(&format!("at {:#x}: 0x15 instead of 0x05", base + 0x44)),
            "{whole}"
        );
        let part = backup.verify(&image, 0, &[(0x40, 64)]).unwrap_err();
        assert!(part.to_string().contains("not the checkpoint's"));
    }
}
