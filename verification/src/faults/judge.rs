//! Every byte after a fault: the broken guest's, the other's, everybody else's.

use super::actor::Stream;
use super::cuts::{explains, Done, Event, Image, Write};
use super::kind::Kind;
use super::machine::{self, BLOCK};
use super::rig::Rig;
use super::scenario::Scenario;
use anyhow::{bail, ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{guest_address, offset, Operation};
use mch_spec::Strategy;

impl Rig {
    /// No write of the other guest may fail, and none of this one without a reason.
    pub(super) fn check_answers(&self, kind: Kind) -> Result<()> {
        // Only what is rolled back refuses writes, and a failed entry's.
        let may_refuse = match self.strategy {
            Strategy::S2 => kind.is_error(),
            _ => kind != Kind::CommandCheckpoint || self.scenario == Scenario::Rollback,
        };
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
    pub(super) fn events(&self) -> Vec<Event> {
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

    /// The writes of one of guest 0's masters, as far as is known how they ended; `never` is when those that have no answer are answered.
    pub(super) fn writes_of(&self, stream: Stream, kind: Kind, never: u64) -> Vec<Write<'_>> {
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
            answered: shot.answer.map_or(never, |(cycle, _)| cycle),
        })
        .collect()
    }

    /// The memory of guest 0 must be what some cut through its masters' writes makes of it; seen by the back door, and through the ports.
    pub(super) fn judge(&mut self, kind: Kind) -> Result<()> {
        let found = self.view(0)?;
        let (commits, rollbacks) = self.counts()?;
        let commits = commits.wrapping_sub(self.start.counts.0) as usize;
        let rollbacks = rollbacks.wrapping_sub(self.start.counts.1) as usize;
        let events = self.events();
        ensure!(events.len() < 16, "{} commands", events.len());
        let area = |stream: Stream| stream.area(found.len());
        let writes = |stream: Stream| self.writes_of(stream, kind, u64::MAX);
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
    pub(super) fn check_clean(&mut self) -> Result<()> {
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

    /// Nothing changed where nobody writes.
    pub(super) fn check_elsewhere(&mut self) -> Result<()> {
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
        let mut memories = vec![(self.system.contents(), &self.start.contents)];
        if let Some(backup) = &self.backup {
            memories.push((backup.system.contents(), &backup.contents));
        }
        let all = 1u64 << self.system.config.address_width;
        for (end, (found, started)) in memories.into_iter().enumerate() {
            let mut free = 0;
            for range in used.iter().cloned().chain(std::iter::once(all..all)) {
                let differences = found.differences(started, free..range.start, BLOCK as usize);
                ensure!(
                    differences.is_empty(),
                    "memory of nobody behind unit {end} was changed: {differences}"
                );
                free = range.end;
            }
        }
        Ok(())
    }
}
