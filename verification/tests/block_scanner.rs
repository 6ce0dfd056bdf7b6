//! The scanner in Verilator: exactly the set bits, exact cycles, turns; with a model of the tracker and with the tracker.

use crate::tracking;

use mch_hdl::blocks::{Scanner, Tracker};
use mch_spec::{Config, Strategy};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::Block;
use std::sync::Arc;
use tracking::pins::build;
use tracking::scanner_rig::{Job, ModelStore, ScannerRig, CLEAR, PLANE_Y, TO_MEMORY};
use tracking::tracker_store::TrackerStore;
use tracking::{config, Region};
use verilated::Library;

use Strategy::{S3, S4, S6};

fn library(config: &Config) -> Arc<Library> {
    let mut scanner = Scanner::new(config);
    scanner.connect_all();
    build(&scanner)
}

fn region(first: u64, last: u64, guest: usize) -> Region {
    Region { first, last, guest }
}

fn scan(flags: u64) -> Job {
    Job { fill: false, flags }
}

/// Regions of random guests at random places, some adjacent, some apart.
fn random_regions(config: &Config, random: &mut ChaCha8Rng) -> Vec<Region> {
    let granules = u64::from(config.blocks() / config.granule_blocks());
    let count = random.random_range(1..=config.regions as u64);
    let mut cuts: Vec<u64> = (0..2 * count)
        .map(|_| random.random_range(0..granules))
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut regions: Vec<Region> = cuts
        .windows(2)
        .filter_map(|cut| {
            let guest = random.random_range(0..config.guests as usize);
            random
                .random_bool(0.7)
                .then(|| region(cut[0], cut[1] - 1, guest))
        })
        .take(config.regions as usize)
        .collect();
    regions.shuffle(random);
    regions
}

fn random_jobs(config: &Config, seeds: std::ops::Range<u64>) {
    let library = library(config);
    for seed in seeds {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let regions = random_regions(config, &mut random);
        let words = config.words() as usize;
        let mut store = ModelStore::new(words, [1.0, 0.7, 0.2][seed as usize % 3], seed);
        let share = [0.0, 0.02, 0.3, 1.0][seed as usize / 3 % 4];
        for word in 0..words {
            store.stale[word] = random.random_bool(0.05);
            if random.random_bool(share) {
                let one = 1 << random.random_range(0..32);
                store.planes.x[word] = [one, random.random(), u32::MAX][random.random_range(0..3)];
                store.planes.y[word] = if config.plane_y() { random.random() } else { 0 };
            }
        }
        let planes = store.planes.clone();
        let mut rig = ScannerRig::new(&library, config, &regions, store, seed);
        rig.out_ready = [1.0, 0.5, 0.1][seed as usize / 5 % 3];
        let mut expected = Vec::new();
        for guest in 0..config.guests as usize {
            let y = if config.plane_y() { PLANE_Y } else { 0 };
            let flags = random.random_range(0..8) & (y | TO_MEMORY | CLEAR);
            rig.step(Some((guest, scan(flags))));
            expected.extend(rig.expected(&planes, guest, flags));
            for _ in 0..random.random_range(0..60) {
                rig.step(None);
            }
        }
        rig.finish();
        let mut sent: Vec<u64> = rig.sent.iter().map(|(_, block)| *block).collect();
        sent.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sent, expected, "seed {seed}, {regions:?}");
    }
}

#[test]
fn sends_every_set_bit_once() {
    random_jobs(&config(64, 128, 3, &[S3, S6]), 0..60);
}

#[test]
fn scans_both_planes_over_several_l2_words() {
    let config = Config {
        regions: 12,
        ..config(4096, 64, 4, &[S3, S4])
    };
    random_jobs(&config, 0..24);
}

#[test]
fn fills_every_word_once() {
    fill_jobs(&config(256, 64, 3, &[S3, S4]));
}

/// S6 hardwired has no scans: one that firmware starts all the same ends at once and sends nothing.
#[test]
fn fills_every_word_once_without_scans() {
    let config = Config {
        settable: false,
        ..config(256, 64, 3, &[S6])
    };
    assert!(!config.scans());
    fill_jobs(&config);
}

fn fill_jobs(config: &Config) {
    let library = library(config);
    for seed in 0..20 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let regions = random_regions(config, &mut random);
        let store = ModelStore::new(256, [1.0, 0.5][seed as usize % 2], seed);
        let mut rig = ScannerRig::new(&library, config, &regions, store, seed);
        // A scan job of one guest runs beside the fills of the others.
        rig.step(Some((0, scan(0))));
        let mut expected = Vec::new();
        for guest in 1..3 {
            let job = Job {
                fill: true,
                flags: random.random_range(0..4),
            };
            rig.step(Some((guest, job)));
            expected.extend(rig.words(guest).into_iter().map(|word| word as u64));
        }
        rig.finish();
        let mut filled: Vec<u64> = rig.filled.iter().map(|(_, word)| *word).collect();
        filled.sort_unstable();
        expected.sort_unstable();
        assert_eq!(filled, expected, "seed {seed}, {regions:?}");
        assert!(rig.sent.is_empty());
        let took = rig.took[&0];
        assert!(config.scans() || took <= 1, "the scan job took {took}");
    }
}

/// A guest that has all of 8,192 words, in which these are dirty.
fn whole(dirty: impl IntoIterator<Item = (usize, u32)>) -> ScannerRig<ModelStore> {
    let config = Config {
        ports: 1,
        ..config(8192, 64, 2, &[S3])
    };
    let mut store = ModelStore::new(8192, 1.0, 1);
    for (word, bits) in dirty {
        store.planes.x[word] = bits;
    }
    ScannerRig::new(&library(&config), &config, &[region(0, 4095, 1)], store, 1)
}

#[test]
fn clean_memory_costs_little() {
    let clean = whole([]).job(1, scan(0));
    let scattered = whole((0..10).map(|k| (k * 811 + 5, 1 << k))).job(1, scan(0));
    let mut fill = whole([]);
    let fill = fill.job(
        1,
        Job {
            fill: true,
            flags: 1,
        },
    );
    eprintln!("8,192 words: clean {clean} cycles, ten dirty words {scattered}, fill {fill}");
    assert!(clean <= 60, "8,192 clean words took {clean} cycles");
    assert!(
        scattered <= 110,
        "ten scattered words took {scattered} cycles"
    );
    assert!(fill <= 8192 + 256 * 4 + 10, "a fill took {fill} cycles");
}

#[test]
fn dense_memory_is_sent_at_a_descriptor_per_cycle() {
    let gaps = |rig: &ScannerRig<ModelStore>| {
        let cycles: Vec<u64> = rig.sent.iter().map(|(cycle, _)| *cycle).collect();
        cycles
            .windows(2)
            .map(|pair| pair[1] - pair[0] - 1)
            .sum::<u64>()
    };
    let mut full = whole((0..8192).map(|word| (word, u32::MAX)));
    let cycles = full.job(1, scan(0));
    assert_eq!(full.sent.len(), 262_144);
    eprintln!("262,144 blocks in {cycles} cycles, {} idle", gaps(&full));
    assert_eq!(
        gaps(&full),
        0,
        "idle cycles between descriptors of full words"
    );
    let mut single = whole((0..8192).map(|word| (word, 1 << (word % 32))));
    let cycles = single.job(1, scan(0));
    assert_eq!(single.sent.len(), 8192);
    eprintln!("one block in each of 8,192 words in {cycles} cycles");
    assert!(cycles <= 2 * 8192, "one bit per word: {cycles} cycles");
}

#[test]
fn guests_take_turns() {
    let config = config(4096, 64, 2, &[S3]);
    let mut store = ModelStore::new(4096, 1.0, 1);
    store.planes.x[..3072].fill(u32::MAX);
    store.planes.x[4000] = 1;
    let regions = [region(0, 1535, 0), region(1536, 2047, 1)];
    let mut rig = ScannerRig::new(&library(&config), &config, &regions, store, 1);
    rig.step(Some((0, scan(0))));
    for _ in 0..5000 {
        rig.step(None);
    }
    rig.step(Some((1, scan(0))));
    while rig.is_busy(1) {
        rig.step(None);
    }
    let waited = rig.took[&1];
    eprintln!("one block beside 98,304 took {waited} cycles");
    assert!(rig.is_busy(0));
    // The L1 words (1,024 blocks each) that were on their way, and a turn of each L2 word of the other guest.
    assert!(waited <= 9 * 1024, "{waited} cycles");
    rig.finish();
    assert_eq!(rig.sent.len(), 3072 * 32 + 1);
}

#[test]
fn scans_the_tracker_while_guests_write() {
    let config = Config {
        ports: 1,
        ..config(2048, 64, 3, &[S3])
    };
    let mut tracker = Tracker::new(&config);
    tracker.connect_all();
    let (tracker, scanner) = (build(&tracker), library(&config));
    for seed in 0..12 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let regions = random_regions(&config, &mut random);
        let store = TrackerStore::new(&tracker, &config, &regions, seed);
        let mut rig = ScannerRig::new(&scanner, &config, &regions, store, seed);
        rig.out_ready = [1.0, 0.3][seed as usize % 2];
        for guest in 0..3 {
            rig.job(
                guest,
                Job {
                    fill: true,
                    flags: 1,
                },
            );
        }
        for round in 0..4 {
            // Round 0 finds what the fills set, round 1 a new and clean epoch, the others what is written meanwhile.
            if round == 1 {
                rig.store.step();
            }
            rig.store.writes = [0.0, 0.0, 0.3, 0.9][round];
            for _ in 0..[0, 10, 300, 1000][round] {
                rig.step(None);
            }
            let before = rig.store.planes.clone();
            rig.sent.clear();
            for guest in 0..3 {
                rig.step(Some((guest, scan(0))));
            }
            rig.finish();
            let mut sent: Vec<u64> = rig.sent.iter().map(|(_, block)| *block).collect();
            let count = sent.len();
            sent.sort_unstable();
            sent.dedup();
            assert_eq!(
                sent.len(),
                count,
                "seed {seed}, round {round}: a block twice"
            );
            for guest in 0..3 {
                for block in rig.expected(&before, guest, 0) {
                    assert!(
                        sent.binary_search(&block).is_ok(),
                        "seed {seed}, round {round}: block {block} missed"
                    );
                }
            }
            for block in sent {
                assert!(
                    rig.store.planes.touched(block),
                    "seed {seed}, round {round}: block {block} is not set"
                );
            }
        }
    }
}
