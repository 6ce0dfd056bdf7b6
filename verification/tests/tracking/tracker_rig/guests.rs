//! The guests: their strategies, policy rows, epochs and steps.

use super::{TrackerRig, Traffic};
use crate::tracking::words_of;
use mch_spec::strategy::{MARK, PUSH, REDIRECT, SAVE};
use mch_spec::Strategy;
use rand::Rng;

#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) epoch: u64,
    pub(super) floor: u64,
    pub(super) mark: u64,
    pub(super) outcomes: u64,
    pub(super) strategy: u64,
    pub(super) row: u64,
    pub(super) attached: bool,
    /// By the row of the cycle before a write may wait: its look-ups take credits.
    pub(super) takes_credits: bool,
    pub(super) used: u64,
}

impl TrackerRig {
    pub(super) fn drive_guests(&mut self) {
        for g in 0..self.guests.len() {
            let guest = self.guests[g].clone();
            self.set_of("policy", g, if guest.attached { guest.row } else { 0 });
            self.set_of("strategy", g, guest.strategy);
            self.set_of("epoch", g, guest.epoch);
            self.set_of("outcomes", g, guest.outcomes);
            self.set_of("ring_used", g, guest.used);
        }
    }

    /// Registers of the guests: slots, sweeps, steps, changes of policy.
    pub(super) fn advance_guests(&mut self, traffic: &Traffic) {
        if self.is("allocate_valid") {
            let guest = self.get("allocate_guest") as usize;
            self.guests[guest].used += 1;
        }
        let mask = (1 << self.config.epoch_bits) - 1;
        let sweep = self.is("sweep_done");
        if sweep {
            self.seen.sweeps += 1;
            if let Some(last) = self.last_sweep.replace(self.cycle) {
                self.seen.longest_sweep = self.seen.longest_sweep.max(self.cycle - last);
            }
        }
        for g in 0..self.guests.len() {
            let wants = self.chance(traffic.step);
            let committed = self.random.random();
            let other_policy = self.chance(traffic.policy_change);
            let guest = &mut self.guests[g];
            guest.takes_credits = guest.attached && waits(guest.row);
            let (epoch, floor) = (guest.epoch, guest.floor);
            if sweep {
                guest.floor = guest.mark;
                guest.mark = epoch;
            }
            if other_policy {
                guest.attached = !guest.attached;
            }
            let words: Vec<usize> = self
                .regions
                .iter()
                .filter(|region| region.guest == g)
                .flat_map(|region| words_of(&self.config, region))
                .collect();
            let s4 = guest.strategy == u64::from(Strategy::S4.number());
            let drained = words.iter().all(|w| self.planes.y[*w] == 0);
            if !wants || (s4 && committed && !drained) {
                continue;
            }
            if traffic.guarded && (epoch + 1).wrapping_sub(floor) & mask == 0 {
                self.seen.held_steps += 1;
                continue;
            }
            self.seen.steps += 1;
            guest.outcomes = guest.outcomes & !(1 << epoch) | u64::from(committed) << epoch;
            guest.epoch = (epoch + 1) & mask;
            let strategy = guest.strategy;
            self.planes.step(words.into_iter(), strategy, committed);
        }
    }
}

/// The rows under test: those of the strategies, without what the tracker does not do.
pub(super) fn row(strategy: Strategy) -> u64 {
    match strategy {
        Strategy::S3 | Strategy::S4 | Strategy::S5 | Strategy::S6 => strategy.policy_row().into(),
        _ => (0..4).fold(0, |row, k| row | u64::from(MARK) << (5 * k)),
    }
}

pub(super) fn waits(row: u64) -> bool {
    (0..4).any(|k| row >> (5 * k) & u64::from(SAVE | PUSH | REDIRECT) != 0)
}
