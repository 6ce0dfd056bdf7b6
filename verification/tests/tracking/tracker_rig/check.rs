//! What the tracker's outputs show, held against the expectation.

use super::{Operation, Outcome, Save, TrackerRig};
use crate::tracking::planes::Planes;

impl TrackerRig {
    /// Every output of this cycle.
    pub(super) fn check(&mut self) -> Outcome {
        let verdict = self.verdicts.pop_front_if(|v| v.0 == self.cycle);
        for p in 0..self.lookups.len() {
            let expected = verdict.is_some_and(|v| v.1 == p);
            expect!(
                self,
                self.is_of("verdict_valid", p),
                expected,
                "verdict_valid of port {p}"
            );
        }
        if let Some((_, port, expected)) = verdict {
            let wait = self.is("verdict_wait").then(|| self.get("verdict_ticket"));
            let verdict = (wait, self.is("verdict_in_shadow"));
            expect!(self, verdict, expected, "verdict of port {port}");
        }
        let mark = self.marks.pop_front_if(|m| m.0 == self.cycle).map(|m| m.1);
        let marked = self.is("marked_valid").then(|| self.get("marked_guest"));
        expect!(self, marked, mark, "marked");
        while let Some((_, busy, failed)) = self.busy.pop_front_if(|b| b.0 <= self.cycle) {
            self.busy_now = (busy, failed);
        }
        expect!(
            self,
            self.get("ticket_busy"),
            self.busy_now.0,
            "ticket_busy"
        );
        expect!(
            self,
            self.get("ticket_failed"),
            self.busy_now.1,
            "ticket_failed"
        );
        while let Some((_, hurry)) = self.hurries.pop_front_if(|h| h.0 <= self.cycle) {
            self.hurry_now = hurry;
        }
        expect!(self, self.is("hurry"), self.hurry_now, "hurry");
        let event = self.events.pop_front_if(|e| e.0 == self.cycle);
        let pulses = ["cleared_valid", "push_started", "push_ended"].map(|name| self.is(name));
        let expected = event.map_or([false; 3], |e| e.1);
        expect!(self, pulses, expected, "cleared, started, ended");
        if let Some((_, _, guest)) = event {
            expect!(
                self,
                self.get("push_event_guest"),
                guest,
                "push_event_guest"
            );
        }
        let scan = self.scans.pop_front_if(|s| s.0 == self.cycle);
        expect!(
            self,
            self.is("scan_response_valid"),
            scan.is_some(),
            "scan_response_valid"
        );
        if let Some((_, word, planes)) = scan {
            self.seen.scans += 1;
            expect!(
                self,
                self.get("scan_x"),
                u64::from(planes.x[word]),
                "X of word {word}"
            );
            expect!(
                self,
                self.get("scan_y"),
                u64::from(planes.y[word]),
                "Y of word {word}"
            );
            self.check_summary(word, &planes)?;
        }
        if self.is("peek_response_valid") {
            self.seen.peeks += 1;
            let word = self.peeks.pop_front().ok_or("an answer to no read")?;
            let planes = &self.history[&(self.cycle - 5)];
            let known = self.guest_of(word).is_some();
            let expected = |plane: &[u32]| u64::from(if known { plane[word] } else { 0 });
            expect!(
                self,
                self.get("scan_x"),
                expected(&planes.x),
                "peeked X of word {word}"
            );
            expect!(
                self,
                self.get("scan_y"),
                expected(&planes.y),
                "peeked Y of word {word}"
            );
            let entry = self.cycle - 6;
            expect!(
                self,
                self.entries.contains(&entry),
                false,
                "two operations entered at {entry}"
            );
        }
        Ok(())
    }

    /// A summary bit is set while anything below it is; that of the word just accessed is exact.
    fn check_summary(&self, word: usize, planes: &Planes) -> Outcome {
        let words = planes.x.len();
        let (l1, l2) = (self.get("scan_l1"), self.get("scan_l2"));
        let group = word / 32 * 32;
        for other in group..(group + 32).min(words) {
            if planes.is_dirty(other) {
                expect!(
                    self,
                    l1 >> (other - group) & 1,
                    1,
                    "L1 bit of dirty word {other}"
                );
            }
        }
        let own = l1 >> (word - group) & 1;
        expect!(
            self,
            own,
            u64::from(planes.is_dirty(word)),
            "L1 bit of word {word} itself"
        );
        let top = word / 1024 * 1024;
        for other in top..(top + 1024).min(words) {
            if planes.is_dirty(other) {
                expect!(
                    self,
                    l2 >> ((other - top) / 32) & 1,
                    1,
                    "L2 bit of dirty word {other}"
                );
            }
        }
        let own = l2 >> ((word - top) / 32) & 1;
        expect!(
            self,
            own,
            u64::from(l1 != 0),
            "L2 bit of word {word} itself"
        );
        Ok(())
    }

    /// Handshakes of this cycle: the one operation that enters, and what else is taken.
    pub(super) fn observe(&mut self, done: Option<(Save, bool)>) -> Outcome {
        let mut entered = Vec::new();
        if let Some((save, failed)) = done {
            entered.push(Operation::Done {
                ticket: save.ticket as usize,
                block: save.block,
                guest: save.guest as usize,
                failed,
                push: save.way != 0,
            });
        }
        for p in 0..self.lookups.len() {
            if let Some(request) = self.lookups[p].filter(|_| self.is_of("lookup_ready", p)) {
                self.lookups[p] = None;
                let guest = &self.guests[request.guest];
                entered.push(Operation::Lookup {
                    port: p,
                    block: request.block,
                    tracked: request.tracked,
                    guest: request.guest,
                    credited: request.tracked && guest.takes_credits,
                });
            }
        }
        if let Some(word) = self
            .scan
            .take_if(|_| self.pins.is(self.handles.by_name["scan_ready"]))
        {
            entered.push(Operation::Scan(word));
        }
        if let Some((word, x, y)) = self
            .fill
            .take_if(|_| self.pins.is(self.handles.by_name["fill_ready"]))
        {
            entered.push(Operation::Fill(word, x, y));
        }
        if let Some(block) = self
            .push
            .take_if(|_| self.pins.is(self.handles.by_name["push_ready"]))
        {
            let held = self.tickets.iter().flatten().count();
            let half = self.tickets.len() / 2;
            expect!(
                self,
                held <= half,
                true,
                "{held} tickets held as a push enters"
            );
            entered.push(Operation::Push(block));
        }
        expect!(
            self,
            entered.len() <= 1,
            true,
            "one operation per cycle, not {entered:?}"
        );
        self.entered = entered.pop();
        if self.entered.is_some() {
            self.entries.push_back(self.cycle);
            if self.entries.len() > 16 {
                self.entries.pop_front();
            }
        }
        if let Some(word) = self
            .peek
            .take_if(|_| self.pins.is(self.handles.by_name["peek_ready"]))
        {
            self.peeks.push_back(word);
        }
        if self.is("save_valid") {
            let save = Save {
                block: self.get("save_block"),
                guest: self.get("save_guest"),
                slot: self.get("save_slot"),
                ticket: self.get("save_ticket"),
                way: self.get("save_way"),
            };
            expect!(self, Some(&save), self.saves.front(), "save");
            if self.save_ready {
                self.saves.pop_front();
                self.in_flight.push(save);
            }
        }
        if self.is("background_valid") {
            let save = Save {
                block: self.get("background_block"),
                guest: self.get("background_guest"),
                slot: 0,
                ticket: self.get("background_ticket"),
                way: 1,
            };
            expect!(self, Some(&save), self.background.front(), "background");
            if self.background_ready {
                self.background.pop_front();
                self.in_flight.push(save);
            }
        }
        Ok(())
    }
}
