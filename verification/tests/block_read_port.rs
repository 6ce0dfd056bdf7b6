//! `read_port` between a master and a memory that are modelled here.
//!
//! **Invariants**: every legal read of a class that may reach memory goes out once, unchanged, in order; beats come back in order with the master's ID; errors are answered in
//! their place with zeros; never more beats asked for than there is room; a raised AR and a raised R stay; two cycles of added latency, one without `read_register`, four
//! if compact; a beat per cycle.

use crate::front;

use front::{build, seeds, Burst, Class, Dut, Map, Region, Ring, Seeded, MEM_BASE, SHADOW_BASE};
use mch_hdl::blocks::ReadPort;
use mch_spec::Config;
use rand::seq::IndexedRandom;
use rand::Rng;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use verilated::Library;

/// The builds of the port.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// As is the default.
    Registered,
    /// Without `read_register`.
    Early,
    /// `compact`.
    Compact,
}
use Kind::{Compact, Early, Registered};

const KINDS: [Kind; 3] = [Registered, Early, Compact];

fn config(kind: Kind) -> Config {
    Config {
        address_width: 40,
        outstanding: 64,
        read_register: kind != Early,
        compact: kind == Compact,
        ..Config::default()
    }
}

fn library(kind: Kind) -> Arc<Library> {
    static LIBRARIES: [OnceLock<Arc<Library>>; 3] = [const { OnceLock::new() }; 3];
    LIBRARIES[kind as usize]
        .get_or_init(|| build(&ReadPort::<64>::new(&config(kind))))
        .clone()
}

/// Data and response of a beat.
type Beat = (u64, u64);

/// The rates of a run, in sixteenths, and the memory's latency.
#[derive(Clone, Copy)]
struct Pace {
    ar: u32,
    out_ar: u32,
    memory: u32,
    r: u32,
    hold: u32,
    latency: u64,
}

const FAST: Pace = Pace {
    ar: 16,
    out_ar: 16,
    memory: 16,
    r: 16,
    hold: 0,
    latency: 1,
};

struct Bench {
    dut: Dut,
    kind: Kind,
    random: Seeded,
    pace: Pace,
    map: Map,
    ar: VecDeque<Burst>,
    raised: bool,
    /// Reads accepted from the master: not yet out, with their class, and whether they may go.
    inside: VecDeque<(Burst, u64, Option<u64>, bool)>,
    out: Option<(u64, u64)>,
    held: [bool; 4],
    /// Beats memory owes: cycle, data, response.
    memory: VecDeque<(u64, u64, u64)>,
    /// Beats the master is owed, in order; those of memory are filled in when they come.
    owed: VecDeque<(u64, Option<Beat>, bool)>,
    sent_at: VecDeque<u64>,
    in_flight: u64,
    most_in_flight: u64,
    beats: u64,
    errors: u64,
    finished_at: u64,
    ready: [bool; 2],
    /// RVALID was high without RREADY in the last cycle.
    r_waits: bool,
}

impl Bench {
    fn new(kind: Kind, seed: u64, pace: Pace) -> Self {
        let mut dut = Dut::new(&library(kind), seed);
        let map = Map {
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
            memory_size: config(kind).memory_size.0,
            granule: 4096,
        };
        map.drive(&mut dut);
        Bench {
            dut,
            kind,
            random: Seeded::new(seed),
            pace,
            map,
            ar: VecDeque::new(),
            raised: false,
            inside: VecDeque::new(),
            out: None,
            held: [false; 4],
            memory: VecDeque::new(),
            owed: VecDeque::new(),
            sent_at: VecDeque::new(),
            in_flight: 0,
            most_in_flight: 0,
            beats: 0,
            errors: 0,
            finished_at: 0,
            ready: [false; 2],
            r_waits: false,
        }
    }

    fn chance(&mut self, sixteenths: u32) -> bool {
        self.random.rng.random_ratio(sixteenths, 16)
    }

    fn step(&mut self) {
        let pace = self.pace;
        let now = self.dut.now;
        self.raised |= !self.ar.is_empty() && self.chance(pace.ar);
        self.dut.set("arvalid", u64::from(self.raised));
        if let Some(b) = self.ar.front() {
            let fields = [
                ("arid", b.id),
                ("araddr", b.address),
                ("arlen", b.len),
                ("arsize", b.size),
                ("arburst", b.burst),
            ];
            let attributes = ["arcache", "arprot", "arqos", "aruser"]
                .into_iter()
                .zip(b.attributes);
            for (name, value) in fields.into_iter().chain(attributes) {
                self.dut.set(name, value);
            }
        }
        self.ready = [pace.out_ar, pace.r].map(|rate| self.random.rng.random_ratio(rate, 16));
        self.dut.set("out_arready", u64::from(self.ready[0]));
        self.dut.set("rready", u64::from(self.ready[1]));
        for g in 0..4 {
            if self.random.rng.random_ratio(1, 32) {
                self.held[g] = self.chance(pace.hold);
            }
            self.dut
                .set(&format!("hold_reads_{g}"), u64::from(self.held[g]));
        }
        let comes = self.memory.front().is_some_and(|m| m.0 <= now) && self.chance(pace.memory);
        self.dut.set("in_rvalid", u64::from(comes));
        let mut came = None;
        if comes {
            let (_, data, response) = self.memory.pop_front().expect("a beat");
            self.dut.set("in_rdata", data);
            self.dut.set("in_rresp", response);
            came = Some((data, response));
        }
        self.dut.settle();
        if let Some(beat) = came {
            let place = self
                .owed
                .iter_mut()
                .find(|o| o.1.is_none())
                .expect("an owed beat");
            place.1 = Some(beat);
        }
        self.check_r();
        // Without the register the arbiter sees a read in the cycle in which it may go.
        if self.kind == Early {
            self.let_go();
        }
        self.check_ar();
        self.let_go();
        if self.raised && self.dut.is("arready") {
            let burst = self.ar.pop_front().expect("an AR");
            let (error, guest) = if self.map.enable && (burst.burst == 0 || burst.illegal(8)) {
                (2, None)
            } else {
                match self.map.class(burst.address) {
                    Class::Pass => (0, None),
                    Class::Guest(g) => (0, Some(g)),
                    Class::Error(e) => (e, None),
                }
            };
            self.inside.push_back((burst, error, guest, false));
            self.sent_at.push_back(now);
            self.raised = false;
        }
        self.dut.tick();
    }

    /// The oldest reads may go once their guest is not held: three, for two wait in the slice before the arbiter.
    fn let_go(&mut self) {
        for read in self.inside.iter_mut().filter(|read| read.1 == 0).take(3) {
            read.3 |= !read.2.is_some_and(|g| self.held[g as usize]);
            if !read.3 {
                break;
            }
        }
    }

    fn check_ar(&mut self) {
        // Errors go to the order of answers by themselves, at the latest when a later read goes out.
        if !self.dut.is("out_arvalid") {
            assert_eq!(self.out, None, "AR was withdrawn");
            return;
        }
        self.answer_errors();
        let (burst, error, _, may_go) = *self.inside.front().expect("an AR without a read");
        assert_eq!(error, 0, "{burst:?} must not go out");
        assert!(may_go, "{burst:?} is held");
        let names = [
            "out_araddr",
            "out_arlen",
            "out_arsize",
            "out_arburst",
            "out_arcache",
            "out_arprot",
            "out_arqos",
            "out_aruser",
        ];
        let [c, p, q, u] = burst.attributes;
        assert_eq!(
            names.map(|n| self.dut.get(n)),
            [
                burst.address,
                burst.len,
                burst.size,
                burst.burst,
                c,
                p,
                q,
                u
            ]
        );
        self.out = Some((burst.address, burst.len));
        if self.ready[0] {
            self.out = None;
            self.inside.pop_front();
            self.in_flight += burst.len + 1;
            self.most_in_flight = self.most_in_flight.max(self.in_flight);
            let room = u64::from(config(self.kind).r_buffer_beats());
            assert!(self.in_flight <= room, "more asked for than there is room");
            for beat in 0..=burst.len {
                let rng = &mut self.random.rng;
                let response = if rng.random_ratio(1, 16) {
                    rng.random_range(2..4)
                } else {
                    0
                };
                let at = self.dut.now + self.pace.latency;
                self.memory.push_back((at, rng.random(), response));
                self.owed.push_back((burst.id, None, beat == burst.len));
            }
        }
    }

    fn answer_errors(&mut self) {
        while let Some(&(burst, error, ..)) = self.inside.front().filter(|i| i.1 != 0) {
            for beat in 0..=burst.len {
                self.owed
                    .push_back((burst.id, Some((0, error)), beat == burst.len));
            }
            self.errors += 1;
            self.inside.pop_front();
        }
    }

    fn check_r(&mut self) {
        let waited = std::mem::replace(&mut self.r_waits, false);
        if !self.dut.is("rvalid") {
            assert!(!waited, "RVALID fell before RREADY, cycle {}", self.dut.now);
            return;
        }
        self.r_waits = !self.ready[1];
        if self.owed.is_empty() {
            self.answer_errors();
        }
        let (id, beat, last) = *self.owed.front().expect("a beat that nobody asked for");
        let (data, response) = beat.expect("a beat before memory gave it");
        let got = (
            self.dut.get("rid"),
            self.dut.get("rdata"),
            self.dut.get("rresp"),
            self.dut.is("rlast"),
        );
        assert_eq!(got, (id, data, response, last), "cycle {}", self.dut.now);
        if self.ready[1] {
            self.owed.pop_front();
            self.beats += 1;
            self.finished_at = self.dut.now + 1;
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    fn finish(&mut self, cycles: u64) {
        let end = self.dut.now + cycles;
        while !self.ar.is_empty() || !self.inside.is_empty() || !self.owed.is_empty() {
            assert!(
                self.dut.now < end,
                "{} + {} reads and {} beats left",
                self.ar.len(),
                self.inside.len(),
                self.owed.len()
            );
            self.step();
            if self.inside.iter().all(|i| i.1 != 0) {
                self.answer_errors();
            }
        }
        self.dut.settle();
        assert!(self.dut.is("idle"));
    }
}

#[test]
fn random_traffic() {
    for kind in KINDS {
        random_traffic_of(kind);
    }
}

fn random_traffic_of(kind: Kind) {
    let mut most = 0;
    for seed in seeds(30) {
        let mut random = Seeded::new(seed ^ 0x55);
        let rng = &mut random.rng;
        let mut rate = || *[2, 8, 14, 16].choose(rng).expect("some");
        let pace = Pace {
            ar: rate(),
            out_ar: rate(),
            memory: rate(),
            r: rate(),
            hold: rate() - 2,
            latency: rate() as u64 * 5,
        };
        let mut bench = Bench::new(kind, seed, pace);
        for _ in 0..200 {
            let size = rng.random_range(0..4);
            let base = *[
                MEM_BASE,
                MEM_BASE,
                MEM_BASE + (16 << 12),
                MEM_BASE + (40 << 12),
                MEM_BASE + (64 << 12),
                SHADOW_BASE,
                0,
            ]
            .choose(rng)
            .expect("some");
            let mut burst = Burst {
                id: rng.random_range(0..65536),
                address: base + rng.random_range(0..4096),
                len: *[0, 0, 1, 7, 15, 255, rng.random_range(0..256)]
                    .choose(rng)
                    .expect("some"),
                size,
                burst: *[0, 1, 1, 1, 1, 2].choose(rng).expect("some"),
                attributes: [
                    rng.random_range(0..16),
                    rng.random_range(0..8),
                    rng.random_range(0..16),
                    rng.random_range(0..65536),
                ],
            };
            if burst.burst == 2 {
                burst.len = *[1, 3, 7, 15].choose(rng).expect("some");
                burst.address &= !((1 << size) - 1);
            } else if rng.random_ratio(7, 8) && burst.illegal(8) {
                burst.address &= !0xfff;
                burst.size = 3;
            }
            bench.ar.push_back(burst);
        }
        bench.finish(400_000);
        assert!(bench.errors > 10, "errors were reached");
        most = most.max(bench.most_in_flight);
    }
    let room = u64::from(config(kind).r_buffer_beats());
    assert!(most > room - 64, "the buffer came near its limit: {most}");
}

#[test]
fn two_cycles_of_added_latency_one_without_the_register_four_if_compact() {
    // AR in cycle 0, out in 2, the beat from memory and RVALID in 3 or 4; without the register AR out in 1, and what the port remembers of a read
    // is there for a beat two cycles later.
    for (kind, latency, end) in [
        (Registered, 1, 4),
        (Registered, 2, 5),
        (Early, 2, 4),
        (Early, 9, 11),
        (Compact, 1, 6),
        (Compact, 2, 7),
    ] {
        let pace = Pace { latency, ..FAST };
        let mut bench = Bench::new(kind, 1, pace);
        bench.ar.push_back(Burst::incr(MEM_BASE, 0));
        bench.finish(50);
        assert_eq!(bench.finished_at, end);
    }
}

#[test]
fn a_beat_per_cycle_at_any_latency() {
    for (kind, len, latency) in [
        (Registered, 0, 1),
        (Registered, 0, 58),
        (Registered, 1, 100),
        (Registered, 3, 100),
        (Registered, 15, 100),
        (Registered, 255, 100),
        (Early, 0, 2),
        (Early, 0, 58),
        (Early, 255, 100),
        (Compact, 0, 58),
        (Compact, 1, 100),
        (Compact, 15, 58),
    ] {
        let mut bench = Bench::new(kind, 1, Pace { latency, ..FAST });
        let count = 1024 / (len + 1) + 8;
        for k in 0..count {
            bench
                .ar
                .push_back(Burst::incr(MEM_BASE + k * 8 * (len + 1) % 4096, len));
        }
        bench.finish(4_000);
        let added = match kind {
            Registered => 1,
            Early => 0,
            Compact => 3,
        };
        // A read every other cycle, if the port is compact.
        let beats = count * (len + 1).max(if kind == Compact { 2 } else { 1 })
            - u64::from(kind == Compact && len == 0);
        assert_eq!(
            bench.finished_at,
            beats + latency + 1 + added,
            "bursts of {len} + 1 at latency {latency}"
        );
    }
}

#[test]
fn a_held_guest_waits_and_an_error_keeps_its_place() {
    for kind in KINDS {
        a_held_guest_waits(kind);
    }
}

fn a_held_guest_waits(kind: Kind) {
    let mut bench = Bench::new(kind, 1, FAST);
    bench.ar.push_back(Burst::incr(MEM_BASE + (40 << 12), 3));
    bench.ar.push_back(Burst::incr(SHADOW_BASE, 1));
    bench.ar.push_back(Burst::incr(MEM_BASE + (16 << 12), 3));
    bench.pace.hold = 16;
    bench.held = [false, false, true, false];
    for _ in 0..20 {
        bench.held[2] = true;
        bench.step();
    }
    assert_eq!((bench.beats, bench.errors), (6, 1));
    bench.pace.hold = 0;
    bench.finish(400);
    assert_eq!(bench.beats, 10);
}

#[test]
fn not_enabled_it_is_a_wire() {
    let mut bench = Bench::new(Registered, 1, FAST);
    bench.map.enable = false;
    bench.map.drive(&mut bench.dut);
    bench.ar.push_back(Burst::incr(SHADOW_BASE + 8, 3));
    bench.ar.push_back(Burst {
        burst: 0,
        ..Burst::incr(0, 3)
    });
    bench.finish(100);
    assert_eq!(bench.errors, 0);
}

#[test]
fn a_flush_throws_away_what_a_dead_master_asked_for() {
    for (kind, after) in KINDS
        .into_iter()
        .flat_map(|kind| (0..20).map(move |k| (kind, k)))
    {
        let mut bench = Bench::new(
            kind,
            after,
            Pace {
                latency: 10,
                ..FAST
            },
        );
        for k in 0..4 {
            bench.ar.push_back(Burst::incr(MEM_BASE + k * 64, 7));
        }
        for _ in 0..after {
            bench.step();
        }
        bench.ar.clear();
        bench.raised = false;
        bench.dut.set("flush", 1);
        bench.step();
        bench.dut.set("flush", 0);
        let mut cycles = 0;
        loop {
            bench.pace.r = 0; // a dead master takes nothing
            bench.step();
            bench.dut.settle();
            if !bench.dut.is("flush_busy") {
                break;
            }
            assert!(
                !bench.dut.is("rvalid") && !bench.dut.is("arready"),
                "shut during the flush"
            );
            cycles += 1;
            assert!(cycles < 200, "the flush never ends");
        }
        assert!(bench.dut.is("idle") && bench.memory.is_empty());
        bench.owed.clear();
        bench.in_flight = 0;
        bench.pace.r = 16;
        bench.ar.push_back(Burst::incr(MEM_BASE, 255));
        bench.ar.push_back(Burst::incr(MEM_BASE + 2048, 255));
        bench.finish(600); // needs all of the room again
    }
}
