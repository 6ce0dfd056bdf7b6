//! What the surroundings put on the write port's inputs.

use super::{Bench, Verdict};
use rand::Rng;

impl Bench {
    /// Drives every input that does not depend on this cycle's outputs.
    pub(super) fn drive(&mut self) {
        let pace = self.pace;
        self.aw_raised |= !self.aw.is_empty() && self.chance(pace.aw);
        self.w_raised |= !self.w.is_empty() && self.chance(pace.w);
        self.dut.set("awvalid", u64::from(self.aw_raised));
        if let Some(b) = self.aw.front() {
            let fields = [
                ("awid", b.id),
                ("awaddr", b.address),
                ("awlen", b.len),
                ("awsize", b.size),
                ("awburst", b.burst),
            ];
            let attributes = ["awcache", "awprot", "awqos", "awuser"]
                .into_iter()
                .zip(b.attributes);
            for (name, value) in fields.into_iter().chain(attributes) {
                self.dut.set(name, value);
            }
        }
        self.dut.set("wvalid", u64::from(self.w_raised));
        if let Some(&(data, strobe, last)) = self.w.front() {
            self.dut.set("wdata", data);
            self.dut.set("wstrb", strobe);
            self.dut.set("wlast", u64::from(last));
        }
        self.ready = [pace.b, pace.out_aw, pace.lookup, pace.out_w]
            .map(|rate| self.random.rng.random_ratio(rate, 16));
        self.ready[3] &= !self.w_due.is_empty();
        for (name, value) in ["bready", "out_awready", "lookup_ready", "out_wready"]
            .iter()
            .zip(self.ready)
        {
            self.dut.set(name, u64::from(value));
        }
        self.drive_tickets();
        let answer = self
            .memory
            .front()
            .filter(|m| m.0 <= self.dut.now)
            .map(|m| m.1);
        self.dut.set("response_valid", u64::from(answer.is_some()));
        self.dut.set("response", answer.unwrap_or(3));
        if let Some(answer) = answer {
            self.memory.pop_front();
            let due = self
                .answers
                .iter_mut()
                .find(|a| a.0.is_none())
                .expect("an unanswered piece");
            due.0 = Some(if answer == 1 { 0 } else { answer });
        }
        self.dut.set("request_grant", 0);
    }

    /// The tracker's side: frees tickets, shows them, delivers a verdict, decides the next one. A ticket shows as busy in
    /// the cycle after the verdict that allocates it, and a freed one as not busy for two cycles at least.
    pub(super) fn drive_tickets(&mut self) {
        let now = self.dut.now;
        for t in 0..16 {
            if self.busy[t] && self.shown_at[t] == now {
                (self.busy_shown[t], self.failed_shown[t]) = (true, false);
            }
            if self.busy[t] && self.free_at[t] == now {
                self.busy[t] = false;
                (self.busy_shown[t], self.failed_shown[t]) = (false, self.failed[t]);
                for (_, verdict) in &mut self.pieces {
                    if *verdict == Verdict::Wait(t) {
                        *verdict = if self.failed[t] {
                            Verdict::Failed
                        } else {
                            Verdict::Go
                        };
                    }
                }
            }
        }
        let mask = |bits: [bool; 16]| {
            bits.iter()
                .enumerate()
                .fold(0, |m, (t, b)| m | u64::from(*b) << t)
        };
        self.dut.set("ticket_busy", mask(self.busy_shown));
        self.dut.set("ticket_failed", mask(self.failed_shown));
        let deliver = self.deliver.take();
        self.dut.set("verdict_valid", u64::from(deliver.is_some()));
        self.dut.set(
            "verdict_wait",
            u64::from(deliver.is_none_or(|wait| wait.is_some())),
        );
        let junk = self.random.rng.random_range(0..16);
        self.dut.set(
            "verdict_ticket",
            deliver.flatten().map_or(junk, |t| t as u64),
        );
        if deliver.is_some() {
            self.resolved_next = self.in_lookup.pop_front().expect("a look-up").1;
            if deliver.flatten().is_some_and(|t| !self.busy[t]) {
                self.saw("freed under way");
            }
        }
        // Decided one cycle before it is delivered; a ticket allocated now shows one cycle after that.
        if self.in_lookup.front().is_some_and(|l| l.0 == now + 1) {
            let t = self.random.rng.random_range(0..16);
            let waits = self.chance(self.pace.wait);
            let latency = self.random.rng.random_range(1..60);
            let fails = self.chance(4);
            let (piece, verdict) = self
                .pieces
                .iter_mut()
                .find(|p| p.1 == Verdict::Unknown)
                .expect("undecided");
            *verdict = Verdict::Go;
            if piece.guest.is_some() && waits {
                if !self.busy[t] {
                    (self.busy[t], self.failed[t]) = (true, fails);
                    (self.shown_at[t], self.free_at[t]) = (now + 2, now + 2 + latency);
                }
                *verdict = Verdict::Wait(t);
                self.deliver = Some(Some(t));
            } else {
                self.deliver = Some(None);
            }
        }
    }

    pub(super) fn admit(&mut self) {
        if !self.dut.is("request_valid") {
            return;
        }
        self.pass_untracked();
        let (burst, beats) = self
            .bursts
            .front()
            .cloned()
            .expect("a request without a burst");
        assert_eq!(
            self.error_of(&burst),
            (0, Some(self.dut.get("request_guest"))),
            "request for {burst:?}"
        );
        assert!(
            self.passed < self.w_sent && self.passed < self.aw_sent,
            "a request before the burst is whole"
        );
        let pieces = Self::cut(self.captures, &burst, &beats, 0, None, true);
        assert_eq!(
            self.dut.get("request_blocks"),
            pieces.iter().filter(|piece| piece.reserved).count() as u64,
            "blocks of {burst:?}"
        );
        if !self.chance(self.pace.admit) {
            return;
        }
        let reject = self.chance(self.pace.reject);
        let guest = self.dut.get("request_guest");
        self.dut.set("request_grant", 1);
        self.dut.set("request_reject", u64::from(reject));
        self.dut.set("request_reserved", u64::from(guest == 2));
        self.bursts.pop_front();
        if reject {
            self.saw("rejected");
            self.pass(&burst, &beats, 2, None, false);
        } else {
            self.pass(&burst, &beats, 0, Some(guest), guest == 2);
        }
    }
}
