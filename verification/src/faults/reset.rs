//! The unit is reset: what must be left of memory, and how everything starts anew.

use super::rig::{Rig, PATIENCE};
use super::scenario::Scenario;
use anyhow::{ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset};
use mch_spec::Strategy;

impl Rig {
    /// The unit is reset: no checkpoint is claimed, memory is what the contract says.
    pub(super) fn reset_unit(&mut self) -> Result<()> {
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
    pub(super) fn check_survivors(&self, guest: u32) -> Result<()> {
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
}
