//! A write port between a master, an admission, a tracker and a memory that are modelled here.

mod drive;
mod expectation;

use crate::front::{build, Burst, Class, Dut, Map, Region, Ring, Seeded, MEM_BASE, SHADOW_BASE};
use mch_hdl::blocks::WritePort;
use mch_spec::{Config, Strategy};
use rand::seq::IndexedRandom;
use rand::Rng;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use verilated::Library;

pub const BYTES: u64 = 8;
pub const BLOCK: u64 = 64;

/// A build whose rings, if it has any, take an entry for a block.
pub fn config() -> Config {
    Config {
        strategies: vec![Strategy::S3, Strategy::S4, Strategy::S5, Strategy::S6],
        address_width: 40,
        id_width: 16,
        user_width: 16,
        ..Config::default()
    }
}

/// A build whose rings take an entry for a piece, too.
pub fn capturing_config() -> Config {
    Config {
        strategies: Strategy::LOCAL.to_vec(),
        ..config()
    }
}

pub fn capturing_library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| build(&WritePort::<64, 8>::new(&capturing_config())))
        .clone()
}

pub fn compact_library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| {
            build(&WritePort::<64, 8>::new(&Config {
                compact: true,
                ..config()
            }))
        })
        .clone()
}

pub fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| build(&WritePort::<64, 8>::new(&config())))
        .clone()
}

pub fn map() -> Map {
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
pub struct Piece {
    pub address: u64,
    pub len: u64,
    pub block: u64,
    pub guest: Option<u64>,
    pub reserved: bool,
    pub last: bool,
    pub error: u64,
    pub burst: Burst,
    pub beats: Vec<(u64, u64)>,
}

/// How a piece stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Unknown,
    Go,
    Wait(usize),
    Failed,
}

/// The rates of a run, in sixteenths, and the memory's latency.
#[derive(Clone, Copy)]
pub struct Pace {
    pub aw: u32,
    pub w: u32,
    pub b: u32,
    pub out_aw: u32,
    pub out_w: u32,
    pub lookup: u32,
    pub admit: u32,
    pub wait: u32,
    pub reject: u32,
    pub latency: u64,
    pub memory_errors: bool,
}

pub const FAST: Pace = Pace {
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

pub struct Bench {
    pub dut: Dut,
    pub random: Seeded,
    /// Every piece has a reservation of its own, also the second in a block.
    pub captures: bool,
    pub pace: Pace,
    pub map: Map,
    /// What the master has still to send.
    pub aw: VecDeque<Burst>,
    pub w: VecDeque<(u64, u64, bool)>,
    pub aw_raised: bool,
    pub w_raised: bool,
    pub aw_sent: u64,
    pub w_sent: u64,
    /// Bursts before the gate, with their beats; how many passed it.
    pub bursts: VecDeque<(Burst, Vec<(u64, u64)>)>,
    pub passed: u64,
    pub to_split: VecDeque<Piece>,
    /// Cycle of the verdict, and its guest if a reservation is returned.
    pub in_lookup: VecDeque<(u64, Option<u64>)>,
    pub deliver: Option<Option<usize>>,
    pub pieces: VecDeque<(Piece, Verdict)>,
    pub busy: [bool; 16],
    pub failed: [bool; 16],
    pub shown_at: [u64; 16],
    pub free_at: [u64; 16],
    pub busy_shown: [bool; 16],
    pub failed_shown: [bool; 16],
    pub w_due: VecDeque<(u64, u64, bool)>,
    pub memory: VecDeque<(u64, u64)>,
    pub answers: VecDeque<(Option<u64>, bool)>,
    pub open: VecDeque<(u64, Option<u64>)>,
    pub b_due: VecDeque<(u64, u64)>,
    pub raised: Option<(u64, u64)>,
    pub finished_due: [u64; 16],
    pub finished: [u64; 16],
    pub resolved_next: Option<u64>,
    pub ready: [bool; 4],
    pub responses: u64,
    pub finished_at: u64,
    pub seen: BTreeMap<&'static str, u64>,
}

impl Bench {
    pub fn new(seed: u64, pace: Pace) -> Self {
        Self::of(&library(), seed, pace)
    }

    /// The build that captures.
    pub fn capturing(seed: u64, pace: Pace) -> Self {
        Bench {
            captures: true,
            ..Self::of(&capturing_library(), seed, pace)
        }
    }

    pub fn of(library: &Arc<Library>, seed: u64, pace: Pace) -> Self {
        let mut dut = Dut::new(library, seed);
        let map = map();
        map.drive(&mut dut);
        Bench {
            dut,
            random: Seeded::new(seed),
            captures: false,
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

    pub fn chance(&mut self, sixteenths: u32) -> bool {
        self.random.rng.random_ratio(sixteenths, 16)
    }

    pub fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Queues a burst with random data.
    pub fn send(&mut self, burst: Burst, strobes: Option<u64>) {
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

    /// One cycle.
    pub fn step(&mut self) {
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

    /// Where everything is, for a run that does not end.
    pub fn state(&self) -> String {
        format!(
            "AW {} sent, W {} sent, {} passed, {} to split, {} in look-up, first piece {:?}, {} W due, {} in memory, answers {:?}, tickets {:?}",
            self.aw_sent, self.w_sent, self.passed, self.to_split.len(), self.in_lookup.len(), self.pieces.front(), self.w_due.len(),
            self.memory.len(), self.answers.front(), self.busy
        )
    }

    /// Runs until every burst is answered.
    pub fn finish(&mut self, cycles: u64) {
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

/// A burst of any kind, mostly legal.
pub fn random_burst(rng: &mut impl Rng) -> Burst {
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
