//! The fault campaign, short: every strategy, scenario and kind of fault at some cycles, every sequence of three operations.

use mch_spec::Strategy;
use mch_verification::faults::rig::Rig;
use mch_verification::faults::tree::{self, Tree};
use mch_verification::faults::{
    self, document, machine, FaultOptions, Kind, Progress, Report, Scenario,
};
use mch_verification::flips::StoreMemory;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn options(stop: &AtomicBool) -> FaultOptions<'_> {
    FaultOptions {
        strategies: machine::strategies(),
        scenarios: Scenario::ALL.to_vec(),
        kinds: Kind::ALL.to_vec(),
        depth: 0,
        seed: 1,
        stride: 61,
        budget: None,
        folder: None,
        threads: 2,
        stop,
    }
}

fn run(options: &FaultOptions) -> Report {
    let report = faults::run(options, &mut |progress| {
        if let Progress::Done(result) = progress {
            for failure in &result.failures {
                println!("{}\n  {}", failure.replay, failure.message);
            }
        }
    });
    let report = report.unwrap();
    println!(
        "{} points, {:.1} s",
        report.sum(|_| true).points,
        report.seconds
    );
    report
}

#[test]
fn every_strategy_keeps_its_contract_at_some_cycles_of_every_scenario() {
    let stop = AtomicBool::new(false);
    for (seed, stride, depth) in [(1, 83, 3), (2, 173, 0)] {
        let options = FaultOptions {
            seed,
            stride,
            depth,
            ..options(&stop)
        };
        let report = run(&options);
        assert_eq!(report.failures().count(), 0);
        assert_eq!(report.finished, report.units);
        for (name, sum) in document::rows(&report) {
            assert!(sum.points >= 5, "{name}: {} points", sum.points);
        }
        let back = |strategy: Strategy| {
            report
                .sum(|unit| unit.starts_with(&strategy.to_string()))
                .rolled_back
        };
        assert!(machine::strategies()
            .into_iter()
            .all(|strategy| back(strategy) > 20));
    }
}

/// That the campaign can fail: two bits of a word are more than can be put right, the checkpoint is lost, and the contract does not allow that.
#[test]
fn two_flipped_bits_are_noticed() {
    let mut noticed = 0;
    for cycle in 0..24 {
        let mut rig = Rig::new(Strategy::S3, Scenario::Rollback, 1, false).unwrap();
        for _ in 0..cycle {
            rig.tick().unwrap();
        }
        let (memory, _) = rig.flip_bits(2).unwrap();
        let outcome = rig.strike(Kind::Processor);
        match (memory, outcome) {
            // A summary that cannot be trusted only makes the scanner look at more words.
            (StoreMemory::Summary | StoreMemory::Top, outcome) => drop(outcome.unwrap()),
            // A write or a rollback that was under way has replaced the word.
            (_, Ok(_)) => {}
            (_, Err(error)) => {
                let error = format!("{error:#}");
                assert!(error.contains("LOST"), "cycle {cycle}: {error}");
                noticed += 1;
            }
        }
    }
    assert!(noticed > 1, "{noticed}");
}

/// On two units: what an operation at one of them begins at the other has ended when the next one comes.
#[test]
fn a_subtree_is_walked_as_its_operations_are_played() {
    let mut tree = Tree::new(Strategy::S2, 1, None).unwrap();
    let mut failures = Vec::new();
    for path in ["Ra.Ca.Ra", "Pa.Ca.Ra"] {
        let path = tree::path_named(path).unwrap();
        tree.walk(&path, 3, &mut failures).unwrap();
    }
    assert!(failures.is_empty(), "{failures:?}");
}

fn interrupted(folder: &Path, after: usize) -> Report {
    let stop = AtomicBool::new(false);
    let options = FaultOptions {
        strategies: vec![Strategy::S6],
        scenarios: vec![Scenario::Rollback, Scenario::Both],
        kinds: vec![Kind::Frozen, Kind::Reset],
        depth: 1,
        stride: 50,
        threads: 1,
        folder: Some(folder.to_owned()),
        ..options(&stop)
    };
    let mut done = 0;
    let report = faults::run(&options, &mut |progress| {
        if let Progress::Done(_) = progress {
            done += 1;
            stop.store(done >= after, Ordering::Relaxed);
        }
    });
    report.unwrap()
}

#[test]
fn an_interrupted_campaign_goes_on_and_loses_nothing() {
    let [whole, parts] = [0, 1].map(|_| tempfile::tempdir().unwrap());
    let wanted = interrupted(whole.path(), usize::MAX);
    assert_eq!(wanted.finished, wanted.units);
    let mut runs = 0;
    let found = loop {
        let report = interrupted(parts.path(), 2);
        runs += 1;
        if report.finished == report.units {
            break report;
        }
        assert!(runs < 20);
    };
    assert!(runs > 1);
    for (one, other) in [(&wanted, &found)] {
        for unit in one.results.iter().map(|result| result.unit.clone()) {
            let sum = |report: &Report| {
                let sum = report.sum(|name| name == unit);
                (sum.points, sum.rolled_back, sum.no_checkpoint, sum.cycles)
            };
            assert_eq!(sum(one), sum(other), "{unit}");
        }
    }
    // Another campaign's results are not mixed with these.
    let stop = AtomicBool::new(false);
    let options = FaultOptions {
        seed: 3,
        depth: 1,
        stride: 50,
        folder: Some(parts.path().to_owned()),
        ..options(&stop)
    };
    let error = faults::run(&options, &mut |_| ()).unwrap_err();
    assert!(
        format!("{error:#}").contains("another campaign"),
        "{error:#}"
    );
}

#[test]
fn the_contract_stands_in_the_documentation() {
    assert!(
        document::is_current().unwrap(),
        "mch faults --write-docs renews docs/faults.md"
    );
}
