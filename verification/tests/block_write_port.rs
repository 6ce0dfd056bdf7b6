//! `write_port` between a master, an admission, a tracker and a memory that are modelled here.
//!
//! **Strategy**: random bursts (every type, size, legal and illegal, all classes), AW and W at independent paces, admission that holds and rejects,
//! a tracker that makes pieces wait for tickets that fail and are used again, a memory that stalls and errs. **Invariants**: the pieces issued are exactly
//! those the definition of the burst gives, less the failed ones; every beat arrives with its piece; responses in order, each the worst of its pieces, never before the
//! last beat was sent; one `finished` per accepted burst and one `resolved` per reserved block, in the cycle after its verdict; a raised AW stays.

use crate::front;

use front::{build, seeds, Burst, Class, Dut, Map, Region, Ring, Seeded, MEM_BASE, SHADOW_BASE};
use mch_hdl::blocks::WritePort;
use mch_spec::Config;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};
use verilated::Library;

const BYTES: u64 = 8;
const BLOCK: u64 = 64;

fn config() -> Config {
    Config {
        address_width: 40,
        id_width: 16,
        user_width: 16,
        ..Config::default()
    }
}

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| build(&WritePort::<64, 8>::new(&config())))
        .clone()
}

fn map() -> Map {
    Map {
        enable: true,
        regions: vec![
            Region {
                active: true,
                first: 0,
                last: 15,
                guest: 1,
            },
            Region {
                active: true,
                first: 16,
                last: 31,
                guest: 2,
            },
        ],
        rings: vec![Ring {
            active: true,
            base: (MEM_BASE >> 12) + 64,
            mask: 7,
        }],
        memory_size: config().memory_size.0,
        granule: 4096,
    }
}

/// One piece that must reach memory, unless its ticket fails.
#[derive(Clone, Debug)]
struct Piece {
    address: u64,
    len: u64,
    block: u64,
    guest: Option<u64>,
    reserved: bool,
    last: bool,
    error: u64,
    burst: Burst,
    beats: Vec<(u64, u64)>,
}

/// How a piece stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Unknown,
    Go,
    Wait(usize),
    Failed,
}

/// The rates of a run, in sixteenths, and the memory's latency.
#[derive(Clone, Copy)]
struct Pace {
    aw: u32,
    w: u32,
    b: u32,
    out_aw: u32,
    out_w: u32,
    lookup: u32,
    admit: u32,
    wait: u32,
    reject: u32,
    latency: u64,
    memory_errors: bool,
}

const FAST: Pace = Pace {
    aw: 16,
    w: 16,
    b: 16,
    out_aw: 16,
    out_w: 16,
    lookup: 16,
    admit: 16,
    wait: 0,
    reject: 0,
    latency: 4,
    memory_errors: false,
};

struct Bench {
    dut: Dut,
    random: Seeded,
    pace: Pace,
    map: Map,
    /// What the master has still to send.
    aw: VecDeque<Burst>,
    w: VecDeque<(u64, u64, bool)>,
    aw_raised: bool,
    w_raised: bool,
    aw_sent: u64,
    w_sent: u64,
    /// Bursts before the gate, with their beats; how many passed it.
    bursts: VecDeque<(Burst, Vec<(u64, u64)>)>,
    passed: u64,
    to_split: VecDeque<Piece>,
    /// Cycle of the verdict, and its guest if a reservation is returned.
    in_lookup: VecDeque<(u64, Option<u64>)>,
    deliver: Option<Option<usize>>,
    pieces: VecDeque<(Piece, Verdict)>,
    busy: [bool; 16],
    failed: [bool; 16],
    shown_at: [u64; 16],
    free_at: [u64; 16],
    busy_shown: [bool; 16],
    failed_shown: [bool; 16],
    w_due: VecDeque<(u64, u64, bool)>,
    memory: VecDeque<(u64, u64)>,
    answers: VecDeque<(Option<u64>, bool)>,
    open: VecDeque<(u64, Option<u64>)>,
    b_due: VecDeque<(u64, u64)>,
    raised: Option<(u64, u64)>,
    finished_due: [u64; 16],
    finished: [u64; 16],
    resolved_next: Option<u64>,
    ready: [bool; 4],
    responses: u64,
    finished_at: u64,
    seen: BTreeMap<&'static str, u64>,
}

impl Bench {
    fn new(seed: u64, pace: Pace) -> Self {
        Self::of(&library(), seed, pace)
    }

    fn of(library: &Arc<Library>, seed: u64, pace: Pace) -> Self {
        let mut dut = Dut::new(library, seed);
        let map = map();
        map.drive(&mut dut);
        Bench {
            dut,
            random: Seeded::new(seed),
            pace,
            map,
            aw: VecDeque::new(),
            w: VecDeque::new(),
            aw_raised: false,
            w_raised: false,
            aw_sent: 0,
            w_sent: 0,
            bursts: VecDeque::new(),
            passed: 0,
            to_split: VecDeque::new(),
            in_lookup: VecDeque::new(),
            deliver: None,
            pieces: VecDeque::new(),
            busy: [false; 16],
            failed: [false; 16],
            shown_at: [0; 16],
            free_at: [0; 16],
            busy_shown: [false; 16],
            failed_shown: [false; 16],
            w_due: VecDeque::new(),
            memory: VecDeque::new(),
            answers: VecDeque::new(),
            open: VecDeque::new(),
            b_due: VecDeque::new(),
            raised: None,
            finished_due: [0; 16],
            finished: [0; 16],
            resolved_next: None,
            ready: [false; 4],
            responses: 0,
            finished_at: 0,
            seen: BTreeMap::new(),
        }
    }

    fn chance(&mut self, sixteenths: u32) -> bool {
        self.random.rng.random_ratio(sixteenths, 16)
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Queues a burst with random data.
    fn send(&mut self, burst: Burst, strobes: Option<u64>) {
        let rng = &mut self.random.rng;
        let beats: Vec<(u64, u64)> = (0..=burst.len)
            .map(|_| {
                (
                    rng.random(),
                    strobes.unwrap_or_else(|| rng.random_range(0..256)),
                )
            })
            .collect();
        for (k, &(data, strobe)) in beats.iter().enumerate() {
            self.w.push_back((data, strobe, k as u64 == burst.len));
        }
        self.aw.push_back(burst);
        self.bursts.push_back((burst, beats));
    }

    fn error_of(&self, burst: &Burst) -> (u64, Option<u64>) {
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
    fn cut(
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
                    reserved: reserved && blocks.insert(block),
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

    /// Drives every input that does not depend on this cycle's outputs.
    fn drive(&mut self) {
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
    fn drive_tickets(&mut self) {
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

    /// One cycle.
    fn step(&mut self) {
        let expected = self.resolved_next.take();
        self.drive();
        self.dut.settle();
        let got = self
            .dut
            .is("resolved_valid")
            .then(|| self.dut.get("resolved_guest"));
        assert_eq!(got, expected, "resolved, cycle {}", self.dut.now);
        self.drop_errors();
        self.close();
        if self.dut.is("finished_valid") {
            let g = self.dut.get("finished_guest") as usize;
            self.finished[g] += 1;
            assert!(
                self.finished[g] <= self.finished_due[g],
                "finished too early or too often"
            );
        }
        self.check_b();
        self.check_w();
        self.check_aw();
        self.look_up();
        self.admit();
        self.dut.settle();
        if self.aw_raised && self.dut.is("awready") {
            self.aw.pop_front();
            self.aw_raised = false;
            self.aw_sent += 1;
        }
        if self.w_raised && self.dut.is("wready") {
            self.w_sent += u64::from(self.w.pop_front().expect("a beat").2);
            self.w_raised = false;
        }
        self.dut.tick();
    }

    fn admit(&mut self) {
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
        let blocks: BTreeSet<u64> = burst.addresses().iter().map(|a| a / BLOCK).collect();
        assert_eq!(
            self.dut.get("request_blocks"),
            blocks.len() as u64,
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

    fn pass(
        &mut self,
        burst: &Burst,
        beats: &[(u64, u64)],
        error: u64,
        guest: Option<u64>,
        reserved: bool,
    ) {
        self.to_split
            .extend(Self::cut(burst, beats, error, guest, reserved));
        self.open.push_back((burst.id, guest));
        self.passed += 1;
    }

    /// Untracked bursts and errors pass the gate without asking.
    fn pass_untracked(&mut self) {
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

    fn look_up(&mut self) {
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
    fn drop_errors(&mut self) {
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
    fn close(&mut self) {
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

    fn check_aw(&mut self) {
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

    fn check_w(&mut self) {
        if !self.dut.is("out_wvalid") {
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

    fn check_b(&mut self) {
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

    /// Where everything is, for a run that does not end.
    fn state(&self) -> String {
        format!(
            "AW {} sent, W {} sent, {} passed, {} to split, {} in look-up, first piece {:?}, {} W due, {} in memory, answers {:?}, tickets {:?}",
            self.aw_sent, self.w_sent, self.passed, self.to_split.len(), self.in_lookup.len(), self.pieces.front(), self.w_due.len(),
            self.memory.len(), self.answers.front(), self.busy
        )
    }

    /// Runs until every burst is answered.
    fn finish(&mut self, cycles: u64) {
        let total =
            self.responses + (self.bursts.len() + self.open.len() + self.b_due.len()) as u64;
        let end = self.dut.now + cycles;
        while self.responses < total {
            assert!(
                self.dut.now < end,
                "{} of {total} answered after {cycles} cycles: {}",
                self.responses,
                self.state()
            );
            self.step();
        }
        for _ in 0..4 {
            self.step();
        }
        // The beats of an error burst are thrown away after its response.
        for _ in 0..256 {
            self.dut.settle();
            if self.dut.is("idle") {
                break;
            }
            self.step();
        }
        assert_eq!(self.finished, self.finished_due);
        self.dut.settle();
        assert!(self.dut.is("idle"), "idle at the end");
    }
}

fn incr(address: u64, len: u64) -> Burst {
    Burst {
        id: 7,
        address,
        len,
        size: 3,
        burst: 1,
        attributes: [3, 2, 1, 9],
    }
}

/// A burst of any kind, mostly legal.
fn random_burst(rng: &mut impl Rng) -> Burst {
    let size = if rng.random_ratio(1, 2) {
        3
    } else {
        rng.random_range(0..4)
    };
    let base = match rng.random_range(0..16) {
        0 => SHADOW_BASE,
        1 => 0x1000,
        2 => MEM_BASE + (64 << 12),
        3..6 => MEM_BASE + (40 << 12),
        k => MEM_BASE + ((k as u64 % 4) << 15),
    };
    let mut burst = Burst {
        id: rng.random_range(0..65536),
        address: base + rng.random_range(0..8192),
        len: *[
            0,
            0,
            1,
            3,
            7,
            15,
            rng.random_range(0..24),
            rng.random_range(0..256),
        ]
        .choose(rng)
        .expect("some"),
        size,
        burst: *[0, 1, 1, 1, 1, 1, 2, 2, 2].choose(rng).expect("some"),
        attributes: [
            rng.random_range(0..16),
            rng.random_range(0..8),
            rng.random_range(0..16),
            rng.random_range(0..65536),
        ],
    };
    match burst.burst {
        2 => {
            burst.len = *[1, 3, 7, 15].choose(rng).expect("some");
            burst.address &= !((1 << size) - 1);
        }
        1 if rng.random_ratio(1, 4) => {
            // Ends exactly on a block or page boundary.
            let end = (burst.address | 0xfff) + 1 - BLOCK * rng.random_range(0..3);
            burst.address = (end - ((burst.len + 1) << size)).max(end & !0xfff);
        }
        1 if rng.random_ratio(7, 8) && burst.illegal(BYTES) => burst.len = 0,
        _ => {}
    }
    burst
}

#[test]
fn random_traffic() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for seed in seeds(30) {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed ^ 0xabcd);
        let mut rate = || *[2, 8, 14, 16].choose(&mut rng).expect("some");
        let pace = Pace {
            aw: rate(),
            w: rate(),
            b: rate(),
            out_aw: rate(),
            out_w: rate(),
            lookup: rate(),
            admit: rate(),
            wait: rate() - 2,
            reject: 2,
            latency: rate() as u64 * 4,
            memory_errors: true,
        };
        let mut bench = Bench::new(seed, pace);
        for _ in 0..150 {
            let burst = random_burst(&mut bench.random.rng);
            bench.send(burst, None);
        }
        bench.finish(200_000);
        seen.extend(bench.seen.keys().copied());
    }
    let all = [
        "error",
        "freed under way",
        "passed",
        "rejected",
        "ticket failed",
    ];
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        all,
        "the corners reached"
    );
}

/// Cycles from the first AW to the last B.
fn duration(library: &Arc<Library>, bursts: &[Burst]) -> u64 {
    let mut bench = Bench::of(library, 1, FAST);
    for burst in bursts {
        bench.send(*burst, Some(0xff));
    }
    bench.finish(100_000);
    bench.finished_at
}

#[test]
fn a_beat_per_cycle() {
    // Enough bursts in flight to cover the 21 cycles of one single beat.
    let config = Config {
        outstanding: 32,
        ..config()
    };
    let library = build(&WritePort::<64, 8>::new(&config));
    for base in [MEM_BASE, MEM_BASE + (16 << 12), MEM_BASE + (40 << 12)] {
        for (len, offset) in [(0, 0), (1, 56), (3, 0), (7, 32), (15, 0)] {
            let count = 256;
            let address = |k: u64| base + (offset + k * 8 * (len + 1)) % 2048;
            let bursts: Vec<Burst> = (0..count).map(|k| incr(address(k), len)).collect();
            // The last burst is whole after all beats; then its AW, its own beats and its response follow.
            assert_eq!(
                duration(&library, &bursts),
                (count + 1) * (len + 1) + 19,
                "bursts of {len} + 1 beats at {base:#x}"
            );
        }
    }
}

#[test]
fn added_latency_of_a_single_beat() {
    // AW and W in cycle 0, out in cycles 13 and 14, the response in cycle 18, B in cycle 20.
    assert_eq!(duration(&library(), &[incr(MEM_BASE, 0)]), 21);
}

#[test]
fn a_4_kib_boundary_is_reached_but_not_crossed() {
    let mut bench = Bench::new(1, FAST);
    bench.send(incr(MEM_BASE + 4096 - 64, 7), None); // ends exactly on it
    bench.send(incr(MEM_BASE + 4096 - 64, 8), None); // crosses: refused
    bench.send(incr(MEM_BASE + 4096, 0), None);
    bench.send(incr(MEM_BASE, 255), None);
    bench.finish(2_000);
    assert_eq!(bench.seen.get("error"), Some(&1));
}

#[test]
fn data_before_address_and_address_without_data() {
    let mut bench = Bench::new(1, Pace { aw: 0, ..FAST });
    for k in 0..8 {
        bench.send(incr(MEM_BASE + k * 64, 7), None);
    }
    for _ in 0..200 {
        bench.step();
    }
    assert_eq!(
        (bench.w_sent, bench.passed),
        (8, 0),
        "data is taken, nothing goes"
    );
    bench.pace = FAST;
    bench.finish(500);

    let mut bench = Bench::new(1, Pace { w: 0, ..FAST });
    for k in 0..8 {
        bench.send(incr(MEM_BASE + k * 64, 7), None);
    }
    for _ in 0..200 {
        bench.step();
    }
    assert_eq!(
        (bench.aw_sent, bench.passed),
        (8, 0),
        "addresses are taken, nothing goes"
    );
    bench.pace = FAST;
    bench.finish(500);
}

#[test]
fn every_legal_wrap() {
    let mut bench = Bench::new(1, Pace { out_aw: 8, ..FAST });
    for size in 0..4u64 {
        for len in [1, 3, 7, 15] {
            for start in 0..=len {
                let address =
                    MEM_BASE + (17 << 12) + 0x480 / (len + 1) * (len + 1) + (start << size);
                bench.send(
                    Burst {
                        size,
                        burst: 2,
                        ..incr(address & !((1 << size) - 1), len)
                    },
                    None,
                );
            }
        }
    }
    bench.finish(20_000);
}

#[test]
fn zero_strobes_and_errors_between_good_bursts_keep_order() {
    let mut bench = Bench::new(1, FAST);
    for k in 0..40 {
        bench.send(
            Burst {
                id: k,
                ..incr(MEM_BASE + k * 64, 7)
            },
            Some(0),
        );
        bench.send(
            Burst {
                id: 100 + k,
                burst: 0,
                ..incr(MEM_BASE, 3)
            },
            None,
        );
        bench.send(
            Burst {
                id: 200 + k,
                ..incr(0x2000, k)
            },
            None,
        );
    }
    bench.finish(5_000);
    assert_eq!(bench.seen.get("error"), Some(&80));
}

#[test]
fn not_enabled_it_is_a_wire() {
    let mut bench = Bench::new(1, FAST);
    bench.map.enable = false;
    bench.map.drive(&mut bench.dut);
    bench.send(incr(0x10, 3), None);
    bench.send(incr(SHADOW_BASE, 3), None);
    bench.send(
        Burst {
            burst: 0,
            ..incr(MEM_BASE + 8, 3)
        },
        None,
    );
    bench.finish(500);
    assert_eq!(bench.seen.get("passed"), Some(&3));
}

#[test]
fn a_held_burst_waits_and_blocks_only_what_is_behind() {
    let mut bench = Bench::new(1, Pace { admit: 0, ..FAST });
    bench.send(incr(MEM_BASE + (40 << 12), 3), None);
    bench.send(incr(MEM_BASE, 3), None);
    bench.send(incr(MEM_BASE + (41 << 12), 3), None);
    for _ in 0..100 {
        bench.step();
    }
    assert_eq!(
        bench.responses, 1,
        "the burst before the held one is answered"
    );
    bench.pace = FAST;
    bench.finish(300);
}

#[test]
fn a_master_that_dies_leaves_no_trace_after_a_flush() {
    for beats in 0..8 {
        let mut bench = Bench::new(
            beats,
            Pace {
                latency: 30,
                ..FAST
            },
        );
        bench.send(incr(MEM_BASE, 7), None);
        bench.send(incr(MEM_BASE + 64, 7), None);
        bench.send(incr(MEM_BASE + 128, 7), None);
        for _ in 0..16 + beats {
            bench.step();
        }
        // Dead: two bursts are whole, the third is not.
        assert_eq!(bench.w_sent, 2, "{beats}");
        bench.aw.clear();
        bench.w.clear();
        (bench.aw_raised, bench.w_raised) = (false, false);
        bench.dut.set("flush", 1);
        bench.step();
        bench.dut.set("flush", 0);
        let mut cycles = 0;
        loop {
            bench.step();
            bench.dut.settle();
            assert!(
                !bench.dut.is("bvalid") && !bench.dut.is("awready") && !bench.dut.is("wready")
                    || !bench.dut.is("flush_busy"),
                "shut during the flush"
            );
            if !bench.dut.is("flush_busy") {
                break;
            }
            cycles += 1;
            assert!(cycles < 200, "the flush never ends");
        }
        assert!(cycles > 30, "the flush waits for memory");
        assert_eq!(
            bench.passed, 2,
            "complete bursts are finished, nothing more"
        );
        assert_eq!(bench.finished[1], 2);
        assert!(bench.dut.is("idle"));
        // A new master starts clean.
        bench.bursts.clear();
        bench.b_due.clear();
        (bench.passed, bench.aw_sent, bench.w_sent, bench.responses) = (0, 0, 0, 0);
        bench.send(incr(MEM_BASE + 256, 3), None);
        bench.finish(300);
    }
}
