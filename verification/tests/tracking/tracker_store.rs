//! The tracker itself behind the scanner's ports, with writes of the guests beside.

use super::pins::{Pin, Pins};
use super::planes::Planes;
use super::scanner_rig::Store;
use super::{region_of, Region};
use mch_spec::{Config, Strategy};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::sync::Arc;
use verilated::Library;

/// The tracker, all guests with strategy S3.
pub struct TrackerStore {
    config: Config,
    regions: Vec<Region>,
    pins: Pins,
    single: HashMap<&'static str, Pin>,
    epochs: Vec<Pin>,
    epoch: u64,
    /// The marks of this epoch.
    pub planes: Planes,
    /// Chance that a block is written in a cycle.
    pub writes: f64,
    written: Option<u64>,
    random: ChaCha8Rng,
}

impl TrackerStore {
    pub fn new(
        library: &Arc<Library>,
        config: &Config,
        regions: &[Region],
        seed: u64,
    ) -> TrackerStore {
        let mut pins = Pins::new(library, seed);
        let names = [
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
            "peek_valid",
            "lookup_valid_0",
            "lookup_ready_0",
            "lookup_block_0",
            "lookup_guest_0",
            "lookup_tracked_0",
            "ready",
        ];
        let single: HashMap<_, _> = names.iter().map(|name| (*name, pins.pin(name))).collect();
        for name in ["scan_valid", "fill_valid", "peek_valid", "lookup_valid_0"] {
            pins.set(single[name], 0);
        }
        let guests = config.guests as usize;
        for (name, value) in [
            ("policy", Strategy::S3.policy_row()),
            ("strategy", 3),
            ("epoch", 0),
            ("outcomes", 0),
        ] {
            for pin in pins.each(name, guests) {
                pins.set(pin, value.into());
            }
        }
        for r in 0..config.regions as usize {
            let region = regions.get(r).copied();
            let values = region.map_or([0; 4], |r| [1, r.first, r.last, r.guest as u64]);
            for (name, value) in ["used", "first", "last", "guest"].into_iter().zip(values) {
                let pin = pins.pin(&format!("region_{name}_{r}"));
                pins.set(pin, value);
            }
        }
        pins.reset();
        pins.eval();
        for _ in 0..2 * config.words() + 10 {
            pins.clock();
        }
        pins.eval();
        assert!(pins.is(single["ready"]));
        TrackerStore {
            config: config.clone(),
            regions: regions.to_vec(),
            epochs: pins.each("epoch", guests),
            pins,
            single,
            epoch: 0,
            planes: Planes::new(config.words() as usize),
            writes: 0.0,
            written: None,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        self.pins.set(self.single[name], value);
    }

    fn is(&self, name: &str) -> bool {
        self.pins.is(self.single[name])
    }

    /// All guests begin a new epoch.
    pub fn step(&mut self) {
        self.epoch = (self.epoch + 1) % (1 << self.config.epoch_bits);
        for pin in self.epochs.clone() {
            self.pins.set(pin, self.epoch);
        }
        self.planes = Planes::new(self.config.words() as usize);
    }
}

impl Store for TrackerStore {
    fn request(
        &mut self,
        scan: Option<(u64, u64)>,
        fill: Option<(u64, u64, bool, bool)>,
    ) -> (bool, bool) {
        if self.written.is_none() && self.random.random_bool(self.writes) {
            let block = self.random.random_range(0..u64::from(self.config.blocks()));
            let region = region_of(&self.config, &self.regions, block as usize / 32);
            if let Some(region) = region {
                self.written = Some(block);
                self.set("lookup_block_0", block);
                self.set("lookup_guest_0", self.regions[region].guest as u64);
                self.set("lookup_tracked_0", 1);
            }
        }
        self.set("lookup_valid_0", self.written.is_some().into());
        self.set("scan_valid", scan.is_some().into());
        if let Some((word, guest)) = scan {
            self.set("scan_word", word);
            self.set("scan_guest", guest);
        }
        self.set("fill_valid", fill.is_some().into());
        if let Some((word, guest, x, y)) = fill {
            self.set("fill_word", word);
            self.set("fill_guest", guest);
            self.set("fill_x", x.into());
            self.set("fill_y", y.into());
        }
        self.pins.eval();
        if self.is("lookup_ready_0") {
            if let Some(block) = self.written.take() {
                self.planes.x[block as usize / 32] |= 1 << (block % 32);
            }
        }
        let ready = (self.is("scan_ready"), self.is("fill_ready"));
        if let Some((word, _, x, _)) = fill.filter(|_| ready.1) {
            self.planes.x[word as usize] = if x { u32::MAX } else { 0 };
        }
        ready
    }

    fn response(&mut self) -> Option<[u64; 4]> {
        self.pins.eval();
        let values =
            ["scan_x", "scan_y", "scan_l1", "scan_l2"].map(|name| self.pins.get(self.single[name]));
        self.is("scan_response_valid").then_some(values)
    }

    fn clock(&mut self) {
        self.pins.clock();
    }
}
