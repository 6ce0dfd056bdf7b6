//! The scanner on a bench: jobs, regions, and the tracker's ports, answered by a model or by the tracker itself.

use super::pins::{Pin, Pins};
use super::planes::Planes;
use super::{region_of, words_of, Region};
use mch_spec::Config;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use verilated::Library;

/// First pages of system memory and shadow.
const MEM_BASE: u64 = 0x010_0000;
const SHADOW_BASE: u64 = 0x020_0000;

/// Plane Y, not X, is scanned.
pub const PLANE_Y: u64 = 1;
/// Copies go from the shadow to memory.
pub const TO_MEMORY: u64 = 2;
/// Bits are cleared after their copies.
pub const CLEAR: u64 = 4;

/// A job of a guest.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub fill: bool,
    pub flags: u64,
}

/// What answers the scanner's reads and fills.
pub trait Store {
    /// Sees the requests of a cycle (a word and its guest) and says which are taken.
    fn request(
        &mut self,
        scan: Option<(u64, u64)>,
        fill: Option<(u64, u64, bool, bool)>,
    ) -> (bool, bool);
    /// The answer of this cycle: X, Y, L1, L2.
    fn response(&mut self) -> Option<[u64; 4]>;
    /// The end of the cycle.
    fn clock(&mut self);
}

/// The tracker as the scanner knows it: an answer six cycles after a read.
pub struct ModelStore {
    pub planes: Planes,
    /// Words whose summary bit is set though they are clean, until they are read.
    pub stale: Vec<bool>,
    pub ready: f64,
    cycle: u64,
    answers: VecDeque<(u64, [u64; 4])>,
    random: ChaCha8Rng,
}

impl ModelStore {
    pub fn new(words: usize, ready: f64, seed: u64) -> ModelStore {
        ModelStore {
            planes: Planes::new(words),
            stale: vec![false; words],
            ready,
            cycle: 0,
            answers: VecDeque::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn summary(&self, first: usize, step: usize) -> u64 {
        (0..32).fold(0, |bits, k| {
            let from = (first + k * step).min(self.stale.len());
            let to = (from + step).min(self.stale.len());
            let dirty = (from..to).any(|word| self.stale[word] || self.planes.is_dirty(word));
            bits | u64::from(dirty) << k
        })
    }
}

impl Store for ModelStore {
    fn request(
        &mut self,
        scan: Option<(u64, u64)>,
        fill: Option<(u64, u64, bool, bool)>,
    ) -> (bool, bool) {
        let takes = [
            self.random.random_bool(self.ready),
            self.random.random_bool(self.ready),
        ];
        if let Some((word, _)) = scan.filter(|_| takes[0]) {
            let word = word as usize;
            self.stale[word] = false;
            let (x, y) = (self.planes.x[word].into(), self.planes.y[word].into());
            let answer = [
                x,
                y,
                self.summary(word / 32 * 32, 1),
                self.summary(word / 1024 * 1024, 32),
            ];
            self.answers.push_back((self.cycle + 6, answer));
        }
        if let Some((word, _, x, y)) = fill.filter(|_| !takes[0] && takes[1]) {
            self.planes.x[word as usize] = if x { u32::MAX } else { 0 };
            self.planes.y[word as usize] = if y { u32::MAX } else { 0 };
        }
        (takes[0], !(takes[0] && scan.is_some()) && takes[1])
    }

    fn response(&mut self) -> Option<[u64; 4]> {
        self.answers
            .pop_front_if(|answer| answer.0 == self.cycle)
            .map(|answer| answer.1)
    }

    fn clock(&mut self) {
        self.cycle += 1;
    }
}

/// The scanner and what it did.
pub struct ScannerRig<S> {
    config: Config,
    regions: Vec<Region>,
    pins: Pins,
    single: HashMap<&'static str, Pin>,
    starts: Vec<Pin>,
    busy: Vec<Pin>,
    pub store: S,
    pub cycle: u64,
    pub out_ready: f64,
    random: ChaCha8Rng,
    jobs: BTreeMap<usize, (u64, Job)>,
    /// Blocks sent, with the cycle in which they were taken.
    pub sent: Vec<(u64, u64)>,
    /// Words filled.
    pub filled: Vec<(u64, u64)>,
    /// Cycles that the jobs of each guest have taken.
    pub took: BTreeMap<usize, u64>,
}

impl<S: Store> ScannerRig<S> {
    pub fn new(
        library: &Arc<Library>,
        config: &Config,
        regions: &[Region],
        store: S,
        seed: u64,
    ) -> Self {
        let mut pins = Pins::new(library, seed);
        let names = [
            "job_fill",
            "job_flags",
            "mem_base",
            "shadow_base",
            "scan_valid",
            "scan_ready",
            "scan_word",
            "scan_guest",
            "scan_response_valid",
            "scan_x",
            "scan_y",
            "scan_l1",
            "scan_l2",
            "fill_valid",
            "fill_ready",
            "fill_word",
            "fill_guest",
            "fill_x",
            "fill_y",
            "out_valid",
            "out_ready",
            "out_source",
            "out_destination",
            "out_block",
            "out_guest",
            "out_clear",
        ];
        let single: HashMap<_, _> = names.iter().map(|name| (*name, pins.pin(name))).collect();
        let starts = pins.each("job_start", config.guests as usize);
        let busy = pins.each("job_busy", config.guests as usize);
        for r in 0..config.regions as usize {
            let region = regions.get(r).copied();
            let mut set = |name: &str, value: u64| {
                let pin = pins.pin(&format!("region_{name}_{r}"));
                pins.set(pin, value);
            };
            set("used", region.is_some().into());
            if let Some(region) = region {
                set("first", region.first);
                set("last", region.last);
                set("guest", region.guest as u64);
            }
        }
        for start in &starts {
            pins.set(*start, 0);
        }
        for name in [
            "scan_response_valid",
            "scan_ready",
            "fill_ready",
            "out_ready",
        ] {
            pins.set(single[name], 0);
        }
        pins.set(single["mem_base"], MEM_BASE);
        pins.set(single["shadow_base"], SHADOW_BASE);
        pins.reset();
        ScannerRig {
            config: config.clone(),
            regions: regions.to_vec(),
            pins,
            single,
            starts,
            busy,
            store,
            cycle: 0,
            out_ready: 1.0,
            random: ChaCha8Rng::seed_from_u64(seed),
            jobs: BTreeMap::new(),
            sent: Vec::new(),
            filled: Vec::new(),
            took: BTreeMap::new(),
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        self.pins.set(self.single[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.pins.get(self.single[name])
    }

    fn guest_of(&self, word: u64) -> Option<usize> {
        region_of(&self.config, &self.regions, word as usize).map(|r| self.regions[r].guest)
    }

    /// A cycle, in which at most one job starts.
    pub fn step(&mut self, start: Option<(usize, Job)>) {
        for g in 0..self.starts.len() {
            let starts = start.is_some_and(|(guest, _)| guest == g);
            self.pins.set(self.starts[g], starts.into());
        }
        let job = start.map_or(
            Job {
                fill: self.random.random(),
                flags: self.random.random(),
            },
            |s| s.1,
        );
        self.set("job_fill", job.fill.into());
        self.set("job_flags", job.flags);
        let response = self.store.response();
        self.set("scan_response_valid", response.is_some().into());
        let values = response.unwrap_or_else(|| self.random.random());
        for (name, value) in ["scan_x", "scan_y", "scan_l1", "scan_l2"]
            .into_iter()
            .zip(values)
        {
            self.set(name, value);
        }
        let out_ready = self.random.random_bool(self.out_ready);
        self.set("out_ready", out_ready.into());
        self.pins.eval();
        self.follow_jobs(start);
        self.serve();
        self.pins.eval();
        if self.get("out_valid") != 0 && out_ready {
            self.take_descriptor();
        }
        self.pins.clock();
        self.store.clock();
        self.cycle += 1;
    }

    fn follow_jobs(&mut self, start: Option<(usize, Job)>) {
        for g in 0..self.busy.len() {
            let busy = self.pins.is(self.busy[g]);
            match self.jobs.get(&g) {
                Some((begun, _)) if !busy => {
                    self.took.insert(g, self.cycle - begun);
                    self.jobs.remove(&g);
                }
                known => assert_eq!(
                    busy,
                    known.is_some(),
                    "cycle {}: job_busy of {g}",
                    self.cycle
                ),
            }
        }
        if let Some((guest, job)) = start {
            self.jobs.insert(guest, (self.cycle, job));
        }
    }

    fn serve(&mut self) {
        let scan =
            (self.get("scan_valid") != 0).then(|| (self.get("scan_word"), self.get("scan_guest")));
        let fill = (self.get("fill_valid") != 0).then(|| {
            let values = (self.get("fill_x") != 0, self.get("fill_y") != 0);
            (
                self.get("fill_word"),
                self.get("fill_guest"),
                values.0,
                values.1,
            )
        });
        if let Some((word, guest)) = scan {
            let owner = self.guest_of(word);
            assert_eq!(
                owner,
                Some(guest as usize),
                "cycle {}: guest of word {word}",
                self.cycle
            );
        }
        let (scan_ready, fill_ready) = self.store.request(scan, fill);
        self.set("scan_ready", scan_ready.into());
        self.set("fill_ready", fill_ready.into());
        if let Some((word, guest, x, y)) = fill.filter(|_| fill_ready) {
            let (_, job) = self.jobs[&(guest as usize)];
            assert!(job.fill, "guest {guest} has no fill job");
            assert_eq!(
                self.guest_of(word),
                Some(guest as usize),
                "guest of word {word}"
            );
            let has_y = self.config.plane_y();
            assert_eq!(
                (x, y),
                (job.flags & 1 != 0, has_y && job.flags & 2 != 0),
                "value of a fill"
            );
            self.filled.push((self.cycle, word));
        }
    }

    fn take_descriptor(&mut self) {
        let (block, guest) = (self.get("out_block"), self.get("out_guest"));
        let (_, job) = self
            .jobs
            .get(&(guest as usize))
            .expect("a descriptor of a guest without a job");
        assert!(!job.fill, "a descriptor of a fill job");
        assert_eq!(
            self.guest_of(block / 32),
            Some(guest as usize),
            "guest of block {block}"
        );
        let shift = 12 - self.config.block_shift();
        let (memory, shadow) = ((MEM_BASE << shift) + block, (SHADOW_BASE << shift) + block);
        let to_memory = job.flags & TO_MEMORY != 0;
        let expected = if to_memory {
            (shadow, memory)
        } else {
            (memory, shadow)
        };
        assert_eq!(
            (self.get("out_source"), self.get("out_destination")),
            expected,
            "block {block}"
        );
        assert_eq!(
            self.get("out_clear") != 0,
            job.flags & CLEAR != 0,
            "clear of block {block}"
        );
        self.sent.push((self.cycle, block));
    }

    pub fn is_busy(&self, guest: usize) -> bool {
        self.jobs.contains_key(&guest)
    }

    /// Steps until no job is left.
    pub fn finish(&mut self) {
        let mut left =
            4_000_000 / self.config.words() as u64 + 40 * u64::from(self.config.blocks());
        while !self.jobs.is_empty() {
            self.step(None);
            left -= 1;
            assert!(left > 0, "the jobs do not end: {:?}", self.jobs);
        }
    }

    /// One job alone; the cycles from its start to the fall of job_busy.
    pub fn job(&mut self, guest: usize, job: Job) -> u64 {
        self.step(Some((guest, job)));
        self.finish();
        self.took[&guest]
    }

    /// The set bits of a guest's regions in one plane, in order.
    pub fn expected(&self, planes: &Planes, guest: usize, flags: u64) -> Vec<u64> {
        let plane = if flags & PLANE_Y != 0 {
            &planes.y
        } else {
            &planes.x
        };
        let mut blocks: Vec<u64> = self
            .words(guest)
            .into_iter()
            .flat_map(|word| (0..32).map(move |bit| (word, bit)))
            .filter(|(word, bit)| plane[*word] >> bit & 1 != 0)
            .map(|(word, bit)| word as u64 * 32 + bit)
            .collect();
        blocks.sort_unstable();
        blocks
    }

    /// The words of a guest.
    pub fn words(&self, guest: usize) -> Vec<usize> {
        let mine = self.regions.iter().filter(|region| region.guest == guest);
        mine.flat_map(|region| words_of(&self.config, region))
            .collect()
    }
}
