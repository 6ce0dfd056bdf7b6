//! What an operation that entered must do, and when its effects are seen.

use super::guests::waits;
use super::{Operation, Save, Ticket, TrackerRig};
use mch_spec::strategy::{action, MARK, PUSH, REDIRECT, SAVE};

impl TrackerRig {
    /// Performs the operation that entered in the cycle before, with the guests' state of this one.
    pub(super) fn apply_entered(&mut self) {
        let Some(operation) = self.entered.take() else {
            return;
        };
        let word = match operation {
            Operation::Lookup {
                port,
                block,
                tracked,
                guest,
                credited,
            } => {
                self.apply_lookup(port, block, tracked, guest, credited);
                tracked.then_some(block as usize / 32)
            }
            Operation::Done {
                ticket,
                block,
                guest,
                failed,
                push,
            } => {
                let wanted = self.tickets[ticket].take().is_some_and(|t| t.wanted);
                self.failed[ticket] = failed;
                let mut cleared = false;
                let redirected = self.guests[guest].strategy == 5;
                let mut cleared_or_ended = push;
                if redirected {
                    cleared_or_ended = false;
                }
                if failed {
                    self.seen.failures += 1;
                } else if redirected {
                    if !self.planes.pending(block) {
                        self.planes.y[block as usize / 32] |= 1 << (block % 32);
                        self.marks.push_back((self.cycle + 4, guest as u64));
                    }
                } else if push {
                    cleared = self.planes.pending(block);
                    self.planes.y[block as usize / 32] &= !(1 << (block % 32));
                    if wanted {
                        self.mark(block, guest);
                    }
                } else {
                    self.mark(block, guest);
                }
                self.seen.cleared += u64::from(cleared);
                if cleared_or_ended {
                    self.note_event([cleared, false, true], guest);
                }
                self.note_busy();
                Some(block as usize / 32)
            }
            Operation::Scan(word) => {
                self.scans
                    .push_back((self.cycle + 5, word, self.planes.clone()));
                Some(word)
            }
            Operation::Fill(word, x, y) => {
                self.planes.x[word] = if x { u32::MAX } else { 0 };
                self.planes.y[word] = if y { u32::MAX } else { 0 };
                Some(word)
            }
            Operation::Push(block) => {
                let guest = self.guest_of(block as usize / 32).unwrap();
                if self.planes.pending(block) && self.held(block).is_none() {
                    let ticket = self.allocate(block, false);
                    self.background.push_back(Save {
                        block,
                        guest: guest as u64,
                        slot: 0,
                        ticket: ticket as u64,
                        way: 1,
                    });
                    self.seen.background += 1;
                } else {
                    self.note_event([false, false, true], guest);
                    self.seen.dropped += 1;
                }
                Some(block as usize / 32)
            }
        };
        if let (Some(word), Some((cycle, last))) = (word, self.last_word) {
            self.seen.same_word_back_to_back += u64::from(cycle + 1 == self.cycle && last == word);
        }
        self.last_word = word.map(|word| (self.cycle, word));
    }

    fn apply_lookup(
        &mut self,
        port: usize,
        block: u64,
        tracked: bool,
        guest: usize,
        credited: bool,
    ) {
        let state = &self.guests[guest];
        let mut row = if tracked && state.attached {
            state.row
        } else {
            0
        };
        if !credited && waits(row) {
            row = 0;
        }
        let (pending, touched) = if tracked {
            (self.planes.pending(block), self.planes.touched(block))
        } else {
            (false, false)
        };
        let action = action(row as u32, pending, touched);
        let mut verdict = None;
        let redirects = state.strategy == 5 && action & REDIRECT != 0;
        let in_shadow = tracked && state.strategy == 5 && touched != (pending || redirects);
        let waits = match state.strategy {
            5 => redirects && !pending,
            _ => action & (SAVE | PUSH) != 0,
        };
        if waits {
            let held = self.held(block);
            let ticket = held.unwrap_or_else(|| {
                let ticket = self.allocate(block, true);
                let saves = action & SAVE != 0;
                let mut slot = 0;
                if redirects {
                    self.seen.merges += 1;
                } else if saves {
                    slot = self.slots[guest];
                    self.slots[guest] += 1;
                } else {
                    self.note_event([false, true, false], guest);
                    self.seen.pushes += 1;
                }
                self.saves.push_back(Save {
                    block,
                    guest: guest as u64,
                    slot,
                    ticket: ticket as u64,
                    way: match redirects {
                        true => 1 + u64::from(touched),
                        false => u64::from(!saves),
                    },
                });
                self.seen.allocations += 1;
                ticket
            });
            let entry = self.tickets[ticket].as_mut().expect("in flight");
            self.seen.hurries += u64::from(entry.background && !entry.wanted);
            entry.wanted = true;
            self.seen.hits += u64::from(held.is_some());
            self.note_busy();
            verdict = Some(ticket as u64);
        } else {
            self.seen.go += 1;
            if action & MARK != 0 && !redirects {
                self.mark(block, guest);
            }
        }
        self.verdicts
            .push_back((self.cycle + 3, port, (verdict, in_shadow)));
    }

    pub(super) fn held(&self, block: u64) -> Option<usize> {
        self.tickets
            .iter()
            .position(|t| t.is_some_and(|t| t.block == block))
    }

    fn allocate(&mut self, block: u64, wanted: bool) -> usize {
        let ticket = self.next_ticket;
        self.next_ticket = (ticket + 1) % self.tickets.len();
        assert!(self.tickets[ticket].is_none(), "the rig's ticket is free");
        self.tickets[ticket] = Some(Ticket {
            block,
            wanted,
            background: !wanted,
        });
        self.failed[ticket] = false;
        self.note_busy();
        ticket
    }

    /// Pulses at stage 5: Y cleared, a push started, one ended.
    fn note_event(&mut self, event: [bool; 3], guest: usize) {
        self.events.push_back((self.cycle + 4, event, guest as u64));
    }

    fn mark(&mut self, block: u64, guest: usize) {
        if !self.planes.touched(block) {
            self.planes.x[block as usize / 32] |= 1 << (block % 32);
            self.marks.push_back((self.cycle + 4, guest as u64));
        }
    }

    fn note_busy(&mut self) {
        let bits = |flags: &mut dyn Iterator<Item = bool>| {
            flags
                .enumerate()
                .fold(0, |bits, (k, flag)| bits | u64::from(flag) << k)
        };
        let busy = bits(&mut self.tickets.iter().map(|t| t.is_some()));
        let failed = bits(&mut self.failed.iter().copied());
        self.busy.push_back((self.cycle + 4, busy, failed));
        let hurry = self
            .tickets
            .iter()
            .flatten()
            .any(|t| t.background && t.wanted);
        self.hurries.push_back((self.cycle + 5, hurry));
    }
}
