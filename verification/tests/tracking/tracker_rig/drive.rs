//! What the rig puts on the tracker's inputs.

use super::{Outcome, Request, Save, TrackerRig, Traffic};
use crate::tracking::region_of;
use mch_spec::Strategy;
use rand::seq::IndexedRandom;
use rand::Rng;

impl TrackerRig {
    /// Resets and waits for the clearing sweep, which takes a cycle per word.
    pub fn start(&mut self) -> Outcome {
        for r in 0..self.config.regions as usize {
            self.set_of("region_used", r, 0);
        }
        for (r, region) in self.regions.clone().iter().enumerate() {
            self.set_of("region_used", r, 1);
            self.set_of("region_first", r, region.first);
            self.set_of("region_last", r, region.last);
            self.set_of("region_guest", r, region.guest as u64);
        }
        self.drive_guests();
        for p in 0..self.lookups.len() {
            self.set_of("lookup_valid", p, 0);
        }
        for name in [
            "done_valid",
            "push_valid",
            "scan_valid",
            "fill_valid",
            "peek_valid",
        ] {
            self.set(name, 0);
        }
        for p in 0..self.lookups.len() {
            self.set_of("lookup_whole", p, 0);
            self.set_of("own_valid", p, 0);
        }
        self.pins.reset();
        self.pins.eval();
        let mut cycles = 0;
        while !self.is("ready") {
            self.pins.clock();
            self.pins.eval();
            cycles += 1;
            if cycles > 2 * u64::from(self.config.words()) + 20 {
                return Err("not ready after reset".into());
            }
        }
        Ok(())
    }

    pub(super) fn guest_of(&self, word: usize) -> Option<usize> {
        region_of(&self.config, &self.regions, word).map(|r| self.regions[r].guest)
    }

    fn random_word(&mut self, traffic: &Traffic) -> usize {
        *traffic.words.choose(&mut self.random).unwrap()
    }

    fn random_block(&mut self, traffic: &Traffic) -> u64 {
        let word = self.random_word(traffic) as u64;
        let bit = if self.chance(70) {
            self.random.random_range(0..2)
        } else {
            self.random.random_range(0..32)
        };
        word * 32 + bit
    }

    /// Chooses and drives the inputs of this cycle. Returns the completion driven, if any.
    pub(super) fn drive(&mut self, traffic: &Traffic) -> Option<(Save, bool)> {
        self.drive_guests();
        for p in 0..self.lookups.len() {
            if self.lookups[p].is_none() && self.chance(traffic.lookup) {
                let block = self.random_block(traffic);
                let guest = self.guest_of(block as usize / 32);
                let tracked = guest.is_some() && self.chance(90);
                self.lookups[p] = Some(Request {
                    block,
                    guest: guest.unwrap_or(0),
                    tracked,
                });
            }
            // Writes of whole blocks belong to the tests of the whole unit.
            self.set_of("lookup_whole", p, 0);
            self.set_of("own_valid", p, 0);
            let request = self.lookups[p];
            self.set_of("lookup_valid", p, request.is_some().into());
            if let Some(request) = request {
                self.set_of("lookup_block", p, request.block);
                self.set_of("lookup_guest", p, request.guest as u64);
                self.set_of("lookup_tracked", p, request.tracked.into());
            }
        }
        if self.scan.is_none() && self.chance(traffic.scan) {
            let word = self.random_word(traffic);
            self.scan = self.guest_of(word).map(|_| word);
        }
        self.set("scan_valid", self.scan.is_some().into());
        if let Some(word) = self.scan {
            self.set("scan_word", word as u64);
            self.set("scan_guest", self.guest_of(word).unwrap() as u64);
        }
        if self.fill.is_none() && self.chance(traffic.fill) {
            let word = self.random_word(traffic);
            let has_y = self.config.plane_y();
            let ones = (
                self.random.random(),
                has_y && self.random.random_ratio(1, 10),
            );
            self.fill = self.guest_of(word).map(|_| (word, ones.0, ones.1));
        }
        self.set("fill_valid", self.fill.is_some().into());
        if let Some((word, x, y)) = self.fill {
            self.set("fill_word", word as u64);
            self.set("fill_guest", self.guest_of(word).unwrap() as u64);
            self.set("fill_x", x.into());
            self.set("fill_y", y.into());
        }
        if self.config.has(Strategy::S4) && self.push.is_none() && self.chance(traffic.push) {
            let mut block = self.random_block(traffic);
            if self.chance(50) {
                let word = block as usize / 32;
                let bit = self.planes.y[word].trailing_zeros();
                block = if bit < 32 {
                    word as u64 * 32 + u64::from(bit)
                } else {
                    block
                };
            }
            self.push = self.guest_of(block as usize / 32).map(|_| block);
        }
        self.set("push_valid", self.push.is_some().into());
        if let Some(block) = self.push {
            self.set("push_block", block);
            let guest = self.guest_of(block as usize / 32).unwrap();
            self.set("push_guest", guest as u64);
        }
        if self.peek.is_none() && self.chance(traffic.peek) {
            self.peek = Some(self.random_word(traffic));
        }
        self.set("peek_valid", self.peek.is_some().into());
        self.set("peek_word", self.peek.unwrap_or(0) as u64);

        self.save_ready = self.chance(60);
        self.set("save_ready", self.save_ready.into());
        self.background_ready = self.chance(40);
        self.set("background_ready", self.background_ready.into());
        let mut done = None;
        if !self.in_flight.is_empty() && self.chance(traffic.done) {
            let k = self.random.random_range(0..self.in_flight.len());
            let save = self.in_flight.swap_remove(k);
            done = Some((save, self.chance(15)));
        }
        self.set("done_valid", done.is_some().into());
        if let Some((save, failed)) = done {
            self.set("done_ticket", save.ticket);
            self.set("done_guest", save.guest);
            self.set("done_block", save.block);
            self.set("done_failed", failed.into());
            self.set("done_push", (save.way != 0).into());
        }
        self.pins.eval();
        done
    }
}
