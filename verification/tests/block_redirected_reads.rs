//! `read_port` of a unit with S5, between a master, a memory and a place store that are modelled here.
//!
//! **Invariants**: a read of an S5 guest goes where its blocks lie: whole when all lie in one place, else in the fewest ascending pieces, in order; the master
//! sees its beats in order with its ID, RLAST only at the end; three cycles of added latency for a whole read of an S5 guest, two for others; a beat per cycle; a read that
//! was held looks its places up again.

use crate::front;

use front::{build, seeds, Burst, Dut, Map, Region, Seeded, MEM_BASE, SHADOW_BASE};
use mch_hdl::blocks::ReadPort;
use mch_spec::{Config, Strategy};
use rand::seq::IndexedRandom;
use rand::Rng;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use verilated::Library;

const PAGE: u64 = 4096;

/// The block of the build without a register before the arbiter, in bytes; the others have it.
const WITHOUT_REGISTER: u64 = 128;

fn config(block: u64) -> Config {
    Config {
        read_register: block != WITHOUT_REGISTER,
        address_width: 40,
        outstanding: 64,
        block_size: format!("{block}").parse().expect("a size"),
        strategies: vec![Strategy::S3, Strategy::S5],
        ..Config::default()
    }
}

fn library(block: u64) -> Arc<Library> {
    static SMALL: OnceLock<Arc<Library>> = OnceLock::new();
    static WITHOUT: OnceLock<Arc<Library>> = OnceLock::new();
    static LARGE: OnceLock<Arc<Library>> = OnceLock::new();
    let cell = match block {
        64 => &SMALL,
        WITHOUT_REGISTER => &WITHOUT,
        _ => &LARGE,
    };
    cell.get_or_init(|| build(&ReadPort::<64>::new(&config(block))))
        .clone()
}

fn contents(address: u64) -> u64 {
    (address & !7)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
}

/// The response that memory gives for a beat: rare errors.
fn response(address: u64) -> u64 {
    let draw = contents(address) % 61;
    if draw < 2 {
        draw + 2
    } else {
        0
    }
}

#[derive(Clone, Copy)]
struct Pace {
    ar: u32,
    out_ar: u32,
    memory: u32,
    r: u32,
    grant: u32,
    latency: u64,
}

const FAST: Pace = Pace {
    ar: 16,
    out_ar: 16,
    memory: 16,
    r: 16,
    grant: 16,
    latency: 1,
};

/// An AR as memory sees it: address, len, burst.
type Piece = (u64, u64, u64);

struct Bench {
    dut: Dut,
    random: Seeded,
    pace: Pace,
    block: u64,
    /// Per block of the first 32 words: in the shadow.
    places: Vec<bool>,
    ar: VecDeque<Burst>,
    raised: bool,
    /// Reads taken whose first AR has not gone out: id, burst, its guest.
    inside: VecDeque<Burst>,
    pieces: VecDeque<Piece>,
    went: u64,
    whole: u64,
    split: u64,
    memory: VecDeque<(u64, u64)>,
    owed: VecDeque<(u64, u64, u64, bool)>,
    held: [bool; 4],
    /// Look-ups granted: the word, first, last, beyond, of the last two cycles.
    looked: [Option<(u64, u64, u64, bool)>; 2],
    finished_at: u64,
}

impl Bench {
    fn new(seed: u64, block: u64, pace: Pace) -> Self {
        let mut dut = Dut::new(&library(block), seed);
        let granules = |first: u64, last: u64| {
            (
                first * PAGE / (32 * block).max(PAGE),
                last * PAGE / (32 * block).max(PAGE),
            )
        };
        let region = |pages: (u64, u64), guest| {
            let (first, last) = granules(pages.0, pages.1);
            Region {
                active: true,
                first,
                last,
                guest,
            }
        };
        // Guest 1: S5, 32 pages; guest 2: S3, the next 32.
        let map = Map {
            enable: true,
            regions: vec![region((0, 31), 1), region((32, 63), 2)],
            rings: vec![],
            memory_size: config(block).memory_size.0,
            granule: (32 * block).max(PAGE),
        };
        map.drive(&mut dut);
        dut.set("redirect_guest_1", 1);
        let mut random = Seeded::new(seed);
        let alike = *[1, 2, 7, 64].choose(&mut random.rng).expect("some");
        let mut place = false;
        let places = (0..64 * PAGE / block)
            .map(|_| {
                if random.rng.random_ratio(1, alike) {
                    place = random.rng.random();
                }
                place
            })
            .collect();
        Bench {
            dut,
            random,
            pace,
            block,
            places,
            ar: VecDeque::new(),
            raised: false,
            inside: VecDeque::new(),
            pieces: VecDeque::new(),
            went: 0,
            whole: 0,
            split: 0,
            memory: VecDeque::new(),
            owed: VecDeque::new(),
            held: [false; 4],
            looked: [None; 2],
            finished_at: 0,
        }
    }

    fn guest(address: u64) -> usize {
        match address.checked_sub(MEM_BASE).map(|a| a / PAGE) {
            Some(0..32) => 1,
            Some(32..64) => 2,
            _ => 0,
        }
    }

    fn place(&self, address: u64) -> u64 {
        let block = (address - MEM_BASE) / self.block;
        if Self::guest(address) == 1 && self.places[block as usize] {
            address - MEM_BASE + SHADOW_BASE
        } else {
            address
        }
    }

    /// The ARs that a read must become, by definition.
    fn cut(&self, burst: &Burst) -> Vec<Piece> {
        let beats = burst.addresses();
        let away = |a: &u64| self.place(*a) != *a;
        let word = |a: &u64| (a - MEM_BASE) / (32 * self.block);
        let mut sorted = beats.clone();
        sorted.sort_unstable();
        let alike = sorted
            .iter()
            .all(|a| away(a) == away(&sorted[0]) && word(a) == word(&sorted[0]));
        if alike || Self::guest(burst.address) != 1 {
            return vec![(self.place(burst.address), burst.len, burst.burst)];
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for (k, address) in beats.iter().enumerate() {
            let joins = k > 0
                && *address > beats[k - 1]
                && away(address) == away(&beats[k - 1])
                && word(address) == word(&beats[k - 1]);
            match pieces.last_mut().filter(|_| joins) {
                Some(last) => last.1 += 1,
                None => pieces.push((self.place(*address), 0, 1)),
            }
        }
        pieces
    }

    fn step(&mut self) {
        let pace = self.pace;
        let now = self.dut.now;
        let mut chance = |rate| self.random.rng.random_ratio(rate, 16);
        self.raised |= !self.ar.is_empty() && chance(pace.ar);
        let (out_ready, r_ready, granted) =
            (chance(pace.out_ar), chance(pace.r), chance(pace.grant));
        let comes = self.memory.front().is_some_and(|m| m.0 <= now) && chance(pace.memory);
        self.dut.set("arvalid", u64::from(self.raised));
        if let Some(b) = self.ar.front() {
            for (name, value) in [
                ("arid", b.id),
                ("araddr", b.address),
                ("arlen", b.len),
                ("arsize", b.size),
                ("arburst", b.burst),
            ] {
                self.dut.set(name, value);
            }
        }
        for g in 0..4 {
            self.dut
                .set(&format!("hold_reads_{g}"), u64::from(self.held[g]));
        }
        self.dut.set("out_arready", u64::from(out_ready));
        self.dut.set("rready", u64::from(r_ready));
        self.dut.set("in_rvalid", u64::from(comes));
        if comes {
            let (_, address) = self.memory.pop_front().expect("a beat");
            self.dut.set("in_rdata", contents(address));
            self.dut.set("in_rresp", response(address));
        }
        let (mut places, mut whole, mut in_shadow) = (self.random.rng.random(), false, false);
        // Without the register before the arbiter the places come a cycle earlier, too.
        let answer = usize::from(self.block != WITHOUT_REGISTER);
        if let Some((word, first, last, beyond)) = self.looked[answer] {
            let away = |k: u64| {
                self.places
                    .get((word * 32 + k) as usize)
                    .copied()
                    .unwrap_or(false)
            };
            places = (0..32).fold(0, |bits, k| bits | u64::from(away(k)) << k);
            whole = !beyond && (first..=last).all(|k| away(k) == away(first));
            in_shadow = (first..=last).all(away);
        }
        self.dut.set("places", places & 0xffff_ffff);
        self.dut.set("place_whole", u64::from(whole));
        self.dut.set("place_in_shadow", u64::from(in_shadow));
        self.dut.settle();
        let asks = self.dut.is("place_request") && granted;
        self.dut.set("place_grant", u64::from(asks));
        self.dut.settle();
        self.looked[1] = self.looked[0];
        self.looked[0] = asks.then(|| {
            (
                self.dut.get("place_word"),
                self.dut.get("place_first"),
                self.dut.get("place_last"),
                self.dut.is("place_beyond"),
            )
        });
        if self.dut.is("out_arvalid") && out_ready {
            self.goes();
        }
        if self.dut.is("rvalid") {
            let due = *self.owed.front().expect("a beat that nobody asked for");
            let got = (
                self.dut.get("rid"),
                self.dut.get("rdata"),
                self.dut.get("rresp"),
                self.dut.is("rlast"),
            );
            assert_eq!(got, due, "cycle {now}");
            if r_ready {
                self.owed.pop_front();
                self.finished_at = now + 1;
            }
        }
        if self.raised && self.dut.is("arready") {
            self.inside.push_back(self.ar.pop_front().expect("an AR"));
            self.raised = false;
        }
        self.dut.tick();
    }

    /// An AR goes out.
    fn goes(&mut self) {
        if self.pieces.is_empty() {
            let burst = self.inside.pop_front().expect("an AR without a read");
            self.pieces = self.cut(&burst).into();
            if self.pieces.len() == 1 {
                self.whole += 1;
            } else {
                self.split += 1;
            }
            let beats = burst.addresses();
            for (k, address) in beats.iter().enumerate() {
                let at = self.place(*address);
                self.owed
                    .push_back((burst.id, contents(at), response(at), k as u64 == burst.len));
            }
        }
        let due = self.pieces.pop_front().expect("a piece");
        let got = (
            self.dut.get("out_araddr"),
            self.dut.get("out_arlen"),
            self.dut.get("out_arburst"),
        );
        assert_eq!(got, due, "cycle {}", self.dut.now);
        self.went += 1;
        let (address, len, burst) = due;
        let piece = Burst {
            id: 0,
            address,
            len,
            size: self.dut.get("out_arsize"),
            burst,
            attributes: [0; 4],
        };
        for beat in piece.addresses() {
            self.memory
                .push_back((self.dut.now + self.pace.latency, beat));
        }
    }

    fn finish(&mut self, cycles: u64) {
        let end = self.dut.now + cycles;
        while !(self.ar.is_empty()
            && self.inside.is_empty()
            && self.pieces.is_empty()
            && self.owed.is_empty())
        {
            assert!(
                self.dut.now < end,
                "{} + {} reads, {} pieces and {} beats left",
                self.ar.len(),
                self.inside.len(),
                self.pieces.len(),
                self.owed.len()
            );
            self.step();
        }
        self.dut.settle();
        assert!(self.dut.is("idle"));
    }

    fn random_read(&mut self) -> Burst {
        let bytes = 8;
        let rng = &mut self.random.rng;
        loop {
            let size = *[3, 3, 3, 3, 0, 1, 2].choose(rng).expect("some");
            let mut burst = Burst {
                id: rng.random_range(0..65536),
                address: MEM_BASE + rng.random_range(0..48) * PAGE + rng.random_range(0..PAGE),
                len: *[0, 1, 7, 15, 31, 255, rng.random_range(0..256)]
                    .choose(rng)
                    .expect("some"),
                size,
                burst: *[1, 1, 1, 2].choose(rng).expect("some"),
                attributes: [0; 4],
            };
            if burst.burst == 2 {
                burst.len = *[1, 3, 7, 15].choose(rng).expect("some");
                burst.address &= !((1 << size) - 1);
            }
            if !burst.illegal(bytes) {
                return burst;
            }
        }
    }
}

#[test]
fn random_reads_over_blocks_of_mixed_places() {
    for block in [64, WITHOUT_REGISTER, 1024] {
        let (mut whole, mut split) = (0, 0);
        for seed in seeds(24) {
            let mut random = Seeded::new(seed ^ 0x77);
            let rng = &mut random.rng;
            let mut rate = || *[2, 8, 14, 16].choose(rng).expect("some");
            let pace = Pace {
                ar: rate(),
                out_ar: rate(),
                memory: rate(),
                r: rate(),
                grant: rate(),
                latency: u64::from(rate()) * 5,
            };
            let mut bench = Bench::new(seed, block, pace);
            for _ in 0..150 {
                let read = bench.random_read();
                bench.ar.push_back(read);
            }
            bench.finish(400_000);
            whole += bench.whole;
            split += bench.split;
        }
        assert!(
            whole > 500 && split > 20_000 / block,
            "{whole} whole, {split} split"
        );
    }
}

#[test]
fn three_cycles_of_added_latency_for_s5_and_two_for_others() {
    // At a memory of two cycles; without the register one for both.
    let with = [(0, 6), (40, 5), (100, 5)].map(|(page, cycles)| (64, page, cycles));
    let without =
        [(0, 4), (32, 4), (100, 4)].map(|(page, cycles)| (WITHOUT_REGISTER, page, cycles));
    for (block, page, cycles) in with.into_iter().chain(without) {
        let pace = Pace { latency: 2, ..FAST };
        let mut bench = Bench::new(1, block, pace);
        bench.places.fill(false);
        bench.places[3] = true;
        bench
            .ar
            .push_back(Burst::incr(MEM_BASE + page * PAGE + 3 * block, 0));
        bench.finish(50);
        assert_eq!(bench.finished_at, cycles, "page {page}");
        assert_eq!(bench.went, 1);
    }
}

#[test]
fn a_beat_per_cycle_over_whole_reads() {
    for (len, latency) in [(0, 1), (0, 9), (1, 60), (7, 100), (15, 100), (255, 100)] {
        let mut bench = Bench::new(1, 64, Pace { latency, ..FAST });
        bench.places.fill(true);
        let count = 1024 / (len + 1) + 8;
        for k in 0..count {
            let words = if len == 255 { 2048 } else { 4096 };
            bench
                .ar
                .push_back(Burst::incr(MEM_BASE + k * 8 * (len + 1) % words, len));
        }
        bench.finish(6_000);
        assert_eq!(
            bench.finished_at,
            count * (len + 1) + latency + 3,
            "bursts of {len} + 1 at latency {latency}"
        );
    }
}

#[test]
fn a_beat_per_cycle_over_split_reads_of_long_runs() {
    // Every second block of eight beats elsewhere: the pieces overlap the beats.
    let mut bench = Bench::new(
        1,
        64,
        Pace {
            latency: 20,
            ..FAST
        },
    );
    for (k, place) in bench.places.iter_mut().enumerate() {
        *place = k % 2 == 1;
    }
    for k in 0..16 {
        bench
            .ar
            .push_back(Burst::incr(MEM_BASE + k % 2 * 2048, 255));
    }
    bench.finish(6_000);
    assert!(
        bench.finished_at < 16 * 256 + 20 + 40,
        "{}",
        bench.finished_at
    );
}

#[test]
fn a_held_read_looks_its_places_up_again() {
    for before in 0..8 {
        for held in [1, 2, 3, 5, 9] {
            for behind in [false, true] {
                let mut bench = Bench::new(before, 64, FAST);
                bench.places.fill(false);
                // Two reads of another guest, stuck at the arbiter, stand before the reads to be held.
                if behind {
                    bench.ar.push_back(Burst::incr(MEM_BASE + 40 * PAGE, 3));
                    bench.ar.push_back(Burst::incr(MEM_BASE + 41 * PAGE, 3));
                    bench.pace.out_ar = 0;
                }
                bench.ar.push_back(Burst::incr(MEM_BASE, 15));
                bench.ar.push_back(Burst::incr(MEM_BASE + 128, 7));
                for _ in 0..before {
                    bench.step();
                }
                let went = bench.went;
                bench.held[1] = true;
                for _ in 0..held {
                    bench.step();
                }
                // The rollback changes the places while the reads are held; those that have gone are gone.
                let gone = bench.went - went;
                assert!(gone == 0 || !behind);
                if held >= 3 {
                    for place in &mut bench.places[..3] {
                        *place = true;
                    }
                    for _ in 0..3 {
                        bench.step();
                    }
                    bench.held[1] = false;
                    bench.pace.out_ar = 16;
                    bench.finish(200);
                    assert!(bench.split + bench.whole >= 2);
                }
            }
        }
    }
}

#[test]
fn a_flush_ends_held_and_split_reads() {
    for after in 0..30 {
        let mut bench = Bench::new(after, 64, Pace { latency: 7, ..FAST });
        for k in 0..3 {
            bench.ar.push_back(Burst::incr(MEM_BASE + k * 512, 63));
        }
        for cycle in 0..after {
            bench.held[1] = cycle > after / 2 && after % 2 == 0;
            bench.step();
        }
        bench.ar.clear();
        bench.raised = false;
        bench.dut.set("flush", 1);
        bench.step();
        bench.dut.set("flush", 0);
        bench.pace.r = 0;
        let mut cycles = 0;
        loop {
            bench.step();
            bench.dut.settle();
            if !bench.dut.is("flush_busy") {
                break;
            }
            assert!(!bench.dut.is("rvalid") && !bench.dut.is("arready"));
            cycles += 1;
            assert!(cycles < 400, "the flush never ends");
        }
        assert!(bench.dut.is("idle") && bench.memory.is_empty());
        bench.owed.clear();
        bench.inside.clear();
        bench.pieces.clear();
        bench.held[1] = false;
        bench.pace.r = 16;
        bench.ar.push_back(Burst::incr(MEM_BASE, 255));
        bench.ar.push_back(Burst::incr(MEM_BASE + 2048, 255));
        bench.finish(900); // needs all of the room again
    }
}
