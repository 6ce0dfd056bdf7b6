//! What may happen to the model: writes, commits, rollbacks, copies, changes of owner.

use super::{Data, Model, USED};
use mch_golden::epoch::Word;
use mch_spec::Strategy::{S3, S4, S5, S6};
use rand::Rng;

impl Model {
    fn write(&mut self, block: usize) {
        let guest = self.owner[block];
        if self.guests[guest].held {
            return;
        }
        self.version += 1;
        let (version, partial) = (self.version, self.random.random::<bool>());
        let merge = |old: Data| {
            if partial {
                (version, old.1)
            } else {
                (version, version)
            }
        };
        let (x, y) = self.get(block, guest);
        match self.guests[guest].strategy {
            S5 => {
                let old = if x != y {
                    self.shadow[block]
                } else {
                    self.memory[block]
                };
                *(if x {
                    &mut self.memory[block]
                } else {
                    &mut self.shadow[block]
                }) = merge(old);
                self.put(block, guest, None, Some(true));
            }
            strategy => {
                if strategy == S4 && y {
                    self.shadow[block] = self.memory[block];
                    self.put(block, guest, None, Some(false));
                }
                if strategy == S6 && !x {
                    let old = self.memory[block];
                    self.guests[guest].log.push((block, old));
                }
                self.memory[block] = merge(self.memory[block]);
                self.put(block, guest, Some(true), None);
            }
        }
        self.current[block] = merge(self.current[block]);
    }

    /// One copy of S4 behind the guest's back.
    fn background(&mut self, guest: usize) {
        if self.guests[guest].strategy != S4 {
            return;
        }
        if let Some((_, block)) = self.descriptor.filter(|(owner, _)| *owner == guest) {
            self.descriptor = None;
            self.shadow[block] = self.memory[block];
            if self.get(block, guest).1 {
                self.put(block, guest, None, Some(false));
            }
            return;
        }
        let Some(block) = self.scan(guest, true).first().copied() else {
            return;
        };
        if !self.guards.descriptors_checked && self.random.random() {
            self.descriptor = Some((guest, block));
            return;
        }
        self.shadow[block] = self.memory[block];
        self.put(block, guest, None, Some(false));
    }

    fn drain(&mut self, guest: usize) {
        while self.guests[guest].strategy == S4
            && (self.descriptor.is_some_and(|(owner, _)| owner == guest)
                || !self.scan(guest, true).is_empty())
        {
            self.background(guest);
        }
    }

    /// False when the copying met an error after `fault` blocks.
    fn commit(&mut self, guest: usize, fault: Option<usize>) -> Result<bool, String> {
        match self.guests[guest].strategy {
            S3 => {
                for (index, block) in self.scan(guest, false).into_iter().enumerate() {
                    if fault == Some(index) {
                        self.guests[guest].held = self.guards.hold_after_error;
                        return Ok(false);
                    }
                    self.shadow[block] = self.memory[block];
                    self.put(block, guest, Some(false), None);
                }
                self.guests[guest].held = false;
            }
            S4 => {
                self.drain(guest);
                if self.blocks(guest).iter().any(|block| self.bits[*block].1) {
                    return Err("S4 commits with copies pending: the scan missed a bit".into());
                }
            }
            S6 => self.guests[guest].log.clear(),
            _ => {}
        }
        self.step(guest, true);
        Ok(true)
    }

    fn rollback(&mut self, guest: usize, fault: Option<usize>) -> Result<(), String> {
        if !self.guests[guest].valid && !self.guests[guest].held {
            return Ok(());
        }
        if self.guests[guest].held {
            // Past the commit point: forward first.
            self.commit(guest, None)?;
        }
        if matches!(self.guests[guest].strategy, S3 | S4) {
            for (index, block) in self.scan(guest, false).into_iter().enumerate() {
                if fault == Some(index) {
                    return self.rollback(guest, None);
                }
                self.memory[block] = self.shadow[block];
                if self.random.random() {
                    self.put(block, guest, Some(false), None);
                }
            }
        }
        if self.guests[guest].strategy == S6 {
            for (index, (block, old)) in
                self.guests[guest].log.clone().into_iter().rev().enumerate()
            {
                if fault == Some(index) {
                    return self.rollback(guest, None);
                }
                self.memory[block] = old;
            }
            self.guests[guest].log.clear();
        }
        self.step(guest, false);
        Ok(())
    }

    /// A word goes to another guest, both idle after a commit.
    fn reassign(&mut self) -> Result<(), String> {
        let word = self.random.random_range(0..self.guards.words);
        let (from, to) = (
            self.owner[word * USED],
            self.random.random_range(0..self.guards.guests),
        );
        if from == to || !self.guards.aligned || self.guests[from].held || self.guests[to].held {
            return Ok(());
        }
        for guest in [from, to] {
            self.commit(guest, None)?;
            self.drain(guest);
        }
        self.descriptor = None;
        for block in word * USED..(word + 1) * USED {
            self.memory[block] = self.current[block];
            self.shadow[block] = self.current[block];
            self.owner[block] = to;
            self.bits[block] = (false, false);
        }
        if self.guards.reassign_rewrites {
            self.words[word] = Word {
                x: 0,
                y: 0,
                tag: self.guests[to].epochs.epoch(),
            };
            self.summary[word] = false;
        }
        Ok(())
    }

    pub fn run(&mut self, operations: usize) -> Result<(), String> {
        for number in 0..operations {
            self.scrub_debt += self.guards.scrubs_per_operation;
            while self.scrub_debt >= 1.0 {
                self.scrub_debt -= 1.0;
                self.scrub();
            }
            let guest = self.random.random_range(0..self.guards.guests);
            let fault = self
                .random
                .random_bool(0.3)
                .then(|| self.random.random_range(0..4));
            let choice = self.random.random_range(0..100);
            let at = |fault: String| format!("operation {number} ({choice}): {fault}");
            match choice {
                0..55 => {
                    let block = self.random.random_range(0..self.owner.len());
                    self.write(block);
                }
                55..68 => self.background(guest),
                68..82 => drop(self.commit(guest, fault).map_err(at)?),
                82..97 => self.rollback(guest, fault).map_err(at)?,
                _ => self.reassign().map_err(at)?,
            }
            if !self.guards.summary_atomic {
                // The scanner reads a word, and clears its summary an operation later.
                if let Some(word) = self.clear_later.take() {
                    self.summary[word] = false;
                }
                let word = self.random.random_range(0..self.guards.words);
                self.clear_later =
                    (self.view(word, self.owner[word * USED]) == (0, 0)).then_some(word);
            }
            self.check()
                .map_err(|fault| format!("operation {number} ({choice}): {fault}"))?;
        }
        Ok(())
    }
}
