//! The tracker in Verilator: every output of every cycle against planes without tags and a table of tickets.

use crate::tracking;

use mch_hdl::blocks::Tracker;
use mch_spec::{Config, Strategy};
use rust_hdl::prelude::Block;
use std::sync::Arc;
use tracking::pins::build;
use tracking::tracker_rig::{Seen, TrackerRig, Traffic};
use tracking::{config, Region};
use verilated::Library;

use Strategy::{S3, S4, S5, S6};

fn library(config: &Config) -> Arc<Library> {
    let mut tracker = Tracker::new(config);
    tracker.connect_all();
    build(&tracker)
}

fn region(first: u64, last: u64, guest: usize) -> Region {
    Region { first, last, guest }
}

/// Runs seeds; returns what they saw together.
fn run(config: &Config, regions: &[Region], seeds: u64, traffic: impl Fn(u64) -> Traffic) -> Seen {
    let library = library(config);
    let mut sum = Seen::default();
    for seed in 0..seeds {
        let mut rig = TrackerRig::new(&library, config, regions, seed);
        rig.start()
            .and_then(|()| rig.run(&traffic(seed)))
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let seen = rig.seen;
        sum.go += seen.go;
        sum.allocations += seen.allocations;
        sum.hits += seen.hits;
        sum.failures += seen.failures;
        sum.pushes += seen.pushes;
        sum.merges += seen.merges;
        sum.background += seen.background;
        sum.dropped += seen.dropped;
        sum.hurries += seen.hurries;
        sum.cleared += seen.cleared;
        sum.steps += seen.steps;
        sum.held_steps += seen.held_steps;
        sum.sweeps += seen.sweeps;
        sum.scans += seen.scans;
        sum.peeks += seen.peeks;
        sum.same_word_back_to_back += seen.same_word_back_to_back;
        sum.longest_sweep = sum.longest_sweep.max(seen.longest_sweep);
    }
    eprintln!("{sum:?}");
    sum
}

/// Traffic whose density changes with the seed: a fast scrubber between rare operations, a slow one under many.
fn any_density(words: std::ops::Range<usize>) -> impl Fn(u64) -> Traffic {
    move |seed| Traffic {
        lookup: [5, 40, 80, 100][seed as usize % 4],
        scan: [2, 30, 80][seed as usize % 3],
        step: [1, 5, 30][seed as usize / 2 % 3],
        done: [5, 60, 100][seed as usize / 3 % 3],
        ..Traffic::mixed(words.clone())
    }
}

fn assert_tested(seen: &Seen) {
    assert!(
        seen.go > 1000 && seen.scans > 1000 && seen.peeks > 100,
        "{seen:?}"
    );
    assert!(seen.steps > 500 && seen.held_steps > 100, "{seen:?}");
    assert!(seen.same_word_back_to_back > 1000, "{seen:?}");
}

#[test]
fn marks_and_saves_in_a_tiny_store() {
    let config = config(8, 128, 2, &[S3, S6]);
    let regions = [region(0, 2, 0), region(3, 3, 1), region(5, 6, 1)];
    let seen = run(&config, &regions, 60, any_density(0..8));
    assert_tested(&seen);
    assert!(
        seen.allocations > 1000 && seen.hits > 500 && seen.failures > 100,
        "{seen:?}"
    );
}

#[test]
fn both_planes_follow_the_epoch_rule() {
    let config = Config {
        epoch_bits: 3,
        ports: 1,
        saves: 8,
        ..config(16, 256, 3, &[S3, S4, S5, S6])
    };
    let regions = [
        region(0, 0, 0),
        region(1, 3, 1),
        region(4, 4, 2),
        region(8, 9, 0),
    ];
    let seen = run(&config, &regions, 60, |seed| Traffic {
        fill: 10,
        ..any_density(0..10)(seed)
    });
    assert_tested(&seen);
    assert!(seen.merges > 100, "{seen:?}");
}

#[test]
fn merges_alone_in_a_tiny_store() {
    let config = config(8, 128, 2, &[S5]);
    let regions = [region(0, 2, 0), region(3, 3, 1), region(5, 6, 1)];
    let seen = run(&config, &regions, 60, |seed| Traffic {
        step: [1, 3, 10][seed as usize / 2 % 3],
        ..any_density(0..8)(seed)
    });
    assert_tested(&seen);
    assert!(seen.merges > 1000 && seen.failures > 100, "{seen:?}");
}

fn assert_pushed(seen: &Seen) {
    assert!(seen.pushes > 300 && seen.background > 300, "{seen:?}");
    assert!(seen.dropped > 100 && seen.hurries > 10, "{seen:?}");
    assert!(seen.cleared > 300 && seen.failures > 100, "{seen:?}");
}

#[test]
fn pushes_alone_in_a_tiny_store() {
    let config = config(8, 128, 2, &[S4]);
    let regions = [region(0, 2, 0), region(3, 3, 1), region(5, 6, 1)];
    let seen = run(&config, &regions, 60, |seed| Traffic {
        push: [2, 20, 80][seed as usize / 5 % 3],
        step: [1, 3, 10][seed as usize / 2 % 3],
        ..any_density(0..8)(seed)
    });
    assert_tested(&seen);
    assert_pushed(&seen);
}

#[test]
fn pushes_and_saves_share_the_tickets() {
    let config = Config {
        ports: 3,
        saves: 8,
        epoch_bits: 3,
        ..config(8, 256, 3, &[S3, S4, S6])
    };
    let regions = [region(0, 2, 0), region(3, 5, 1), region(6, 7, 2)];
    let seen = run(&config, &regions, 60, any_density(0..8));
    assert_tested(&seen);
    assert_pushed(&seen);
    assert!(seen.allocations > seen.pushes + 500, "{seen:?}");
}

#[test]
fn one_bit_map_alone() {
    let config = Config {
        ports: 1,
        ..config(4, 128, 1, &[S3])
    };
    let seen = run(&config, &[region(0, 3, 0)], 30, any_density(0..4));
    assert_tested(&seen);
}

#[test]
fn summary_words_are_shared() {
    let config = Config {
        ports: 3,
        saves: 16,
        ..config(2048, 64, 2, &[S3, S6])
    };
    let regions = [
        region(0, 15, 0),
        region(16, 17, 1),
        region(511, 513, 1),
        region(600, 600, 0),
    ];
    let words = [0, 1, 30, 31, 32, 33, 34, 1023, 1024, 1025, 1200, 1201];
    let seen = run(&config, &regions, 24, |seed| Traffic {
        words: words.to_vec(),
        ..any_density(0..1)(seed)
    });
    assert!(seen.go > 1000 && seen.scans > 1000, "{seen:?}");
}

#[test]
fn steps_that_ignore_the_floor_are_found_out() {
    let config = config(8, 128, 2, &[S4]);
    let regions = [region(0, 3, 0), region(4, 7, 1)];
    let library = library(&config);
    let traffic = Traffic {
        lookup: 100,
        step: 30,
        guarded: false,
        ..Traffic::mixed(0..8)
    };
    let caught = (0..20).any(|seed| {
        let mut rig = TrackerRig::new(&library, &config, &regions, seed);
        rig.start().unwrap();
        rig.run(&traffic).is_err()
    });
    assert!(
        caught,
        "a word read by an outcome that was overwritten must show"
    );
}

#[test]
fn takes_a_look_up_per_cycle_and_sweeps_under_load() {
    let config = config(8, 128, 2, &[S3]);
    let library = library(&config);
    let load = Traffic {
        cycles: 1600,
        lookup: 100,
        scan: 0,
        fill: 0,
        push: 0,
        peek: 0,
        step: 0,
        policy_change: 0,
        ..Traffic::mixed(0..8)
    };
    let mut rig = TrackerRig::new(&library, &config, &[], 1);
    rig.start().unwrap();
    assert_eq!(
        rig.saturate(&load),
        Ok(1599),
        "the last is still on its way"
    );
    let mut rig = TrackerRig::new(&library, &config, &[region(0, 7, 0)], 1);
    rig.start().unwrap();
    let taken = rig.saturate(&load).unwrap();
    assert!(taken >= 1600 * 62 / 64, "{taken} of 1600");
    let longest = rig.seen.longest_sweep;
    assert!(
        longest <= 8 * 64,
        "a sweep of 8 words took {longest} cycles"
    );
}
