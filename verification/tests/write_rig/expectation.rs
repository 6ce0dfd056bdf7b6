//! What a burst must become, and what the write port's outputs show, held against it.

use super::{Bench, Burst, Class, Piece, Verdict, BLOCK, BYTES, MEM_BASE};
use rand::Rng;
use std::collections::BTreeSet;

impl Bench {
    pub(super) fn error_of(&self, burst: &Burst) -> (u64, Option<u64>) {
        if self.map.enable && (burst.burst == 0 || burst.illegal(BYTES)) {
            return (2, None);
        }
        match self.map.class(burst.address) {
            Class::Pass => (0, None),
            Class::Guest(g) => (0, Some(g)),
            Class::Error(e) => (e, None),
        }
    }

    /// The pieces of a burst, beat by beat from the definition.
    pub(super) fn cut(
        captures: bool,
        burst: &Burst,
        beats: &[(u64, u64)],
        error: u64,
        guest: Option<u64>,
        reserved: bool,
    ) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut blocks = BTreeSet::new();
        let mut previous: Option<u64> = None;
        for (address, beat) in burst.addresses().into_iter().zip(beats) {
            let follows = previous.is_some_and(|p| {
                (p >> burst.size) + 1 == address >> burst.size && p / BLOCK == address / BLOCK
            });
            if previous.is_some() && (error != 0 || follows) {
                let piece = pieces.last_mut().expect("not the first beat");
                piece.len += 1;
                piece.beats.push(*beat);
            } else {
                let block = address.wrapping_sub(MEM_BASE) / BLOCK;
                pieces.push(Piece {
                    address,
                    len: 0,
                    block,
                    guest,
                    reserved: reserved && (blocks.insert(block) || captures),
                    last: false,
                    error,
                    burst: *burst,
                    beats: vec![*beat],
                });
            }
            previous = Some(address);
        }
        pieces.last_mut().expect("a beat").last = true;
        pieces
    }

    pub(super) fn pass(
        &mut self,
        burst: &Burst,
        beats: &[(u64, u64)],
        error: u64,
        guest: Option<u64>,
        reserved: bool,
    ) {
        let pieces = Self::cut(self.captures, burst, beats, error, guest, reserved);
        self.to_split.extend(pieces);
        self.open.push_back((burst.id, guest));
        self.passed += 1;
    }

    /// Untracked bursts and errors pass the gate without asking.
    pub(super) fn pass_untracked(&mut self) {
        while let Some((burst, beats)) = self.bursts.front().cloned() {
            let (error, guest) = self.error_of(&burst);
            if guest.is_some() {
                break;
            }
            self.saw(if error == 0 { "passed" } else { "error" });
            self.bursts.pop_front();
            self.pass(&burst, &beats, error, None, false);
        }
    }

    pub(super) fn look_up(&mut self) {
        if !self.dut.is("lookup_valid") {
            return;
        }
        if self.to_split.is_empty() {
            self.pass_untracked();
        }
        let piece = self.to_split.front().expect("a look-up without a piece");
        assert_eq!(
            self.dut.is("lookup_tracked"),
            piece.guest.is_some(),
            "{piece:?}"
        );
        if let Some(guest) = piece.guest {
            let got = (self.dut.get("lookup_block"), self.dut.get("lookup_guest"));
            assert_eq!(got, (piece.block, guest), "{piece:?}");
        }
        if self.ready[2] {
            let piece = self.to_split.pop_front().expect("a piece");
            let returns = piece.guest.filter(|_| piece.reserved);
            self.in_lookup.push_back((self.dut.now + 4, returns));
            self.pieces.push_back((piece, Verdict::Unknown));
        }
    }

    /// Pieces that go nowhere are answered by themselves.
    pub(super) fn drop_errors(&mut self) {
        while let Some((piece, verdict)) = self.pieces.front() {
            let error = match (piece.error, verdict) {
                (_, Verdict::Unknown | Verdict::Wait(_)) => break,
                (0, Verdict::Go) => break,
                (0, Verdict::Failed) => 2,
                (error, _) => error,
            };
            self.answers.push_back((Some(error), piece.last));
            if piece.error == 0 {
                self.saw("ticket failed");
            }
            self.pieces.pop_front();
        }
    }

    /// Bursts all of whose pieces are answered.
    pub(super) fn close(&mut self) {
        while let Some(last) = self.answers.iter().position(|a| a.1) {
            if self.answers.iter().take(last + 1).any(|a| a.0.is_none()) {
                break;
            }
            let worst = self
                .answers
                .drain(..=last)
                .filter_map(|a| a.0)
                .max()
                .expect("a piece");
            let (id, guest) = self.open.pop_front().expect("an open burst");
            self.b_due.push_back((id, worst));
            if let Some(guest) = guest {
                self.finished_due[guest as usize] += 1;
            }
        }
    }

    pub(super) fn check_aw(&mut self) {
        if !self.dut.is("out_awvalid") {
            assert_eq!(self.raised, None, "AW was withdrawn");
            return;
        }
        let (piece, verdict) = self.pieces.front().cloned().expect("an AW without a piece");
        assert_eq!(verdict, Verdict::Go, "{piece:?}");
        let got = (self.dut.get("out_awaddr"), self.dut.get("out_awlen"));
        assert!(self.raised.is_none_or(|raised| raised == got), "AW changed");
        assert_eq!(got, (piece.address, piece.len), "{piece:?}");
        assert_eq!(self.dut.get("out_awsize"), piece.burst.size);
        let attributes =
            ["out_awcache", "out_awprot", "out_awqos", "out_awuser"].map(|n| self.dut.get(n));
        assert_eq!(attributes, piece.burst.attributes);
        self.raised = Some(got);
        if self.ready[1] {
            self.raised = None;
            let last = piece.beats.len() - 1;
            for (k, &(data, strobe)) in piece.beats.iter().enumerate() {
                self.w_due.push_back((data, strobe, k == last));
            }
            self.answers.push_back((None, piece.last));
            self.pieces.pop_front();
            self.drop_errors();
        }
    }

    pub(super) fn check_w(&mut self) {
        // Beats may be offered before their AW is granted; the arbiter takes them when it has been.
        if !self.dut.is("out_wvalid") || self.w_due.is_empty() {
            return;
        }
        let got = (
            self.dut.get("out_wdata"),
            self.dut.get("out_wstrb"),
            self.dut.is("out_wlast"),
        );
        assert_eq!(self.w_due.front(), Some(&got), "W, cycle {}", self.dut.now);
        if self.ready[3] {
            self.w_due.pop_front();
            if got.2 {
                let errors = self.pace.memory_errors;
                let response = if errors && self.chance(2) {
                    self.random.rng.random_range(1..4)
                } else {
                    0
                };
                let extra = if self.pace.latency > 50 {
                    self.random.rng.random_range(0..20)
                } else {
                    0
                };
                let at = (self.dut.now + self.pace.latency + extra)
                    .max(self.memory.back().map_or(0, |m| m.0 + 1));
                self.memory.push_back((at, response));
            }
        }
    }

    pub(super) fn check_b(&mut self) {
        if !self.dut.is("bvalid") {
            return;
        }
        let got = (self.dut.get("bid"), self.dut.get("bresp"));
        assert_eq!(self.b_due.front(), Some(&got), "B, cycle {}", self.dut.now);
        assert!(self.responses < self.w_sent, "B before the last W");
        if self.ready[0] {
            self.b_due.pop_front();
            self.responses += 1;
            self.finished_at = self.dut.now + 1;
        }
    }
}
