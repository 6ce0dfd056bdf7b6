//! Random scripts on random small machines: the unit does what the golden model says.

use mch_verification::campaign::{self, CampaignOptions, Facts, Progress};
use std::sync::atomic::AtomicBool;

/// A number from the environment, or the default.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Runs cases on machines (all, if none is named); none may fail. What they did.
fn agree(cases: u64, machines: Vec<String>) -> Facts {
    let stop = AtomicBool::new(false);
    let options = CampaignOptions {
        cases,
        seed: number("MCH_SEED", 1),
        seconds: Some(number("MCH_SECONDS", 240)),
        custom: None,
        gate: None,
        machines,
        failures: None,
        stop: &stop,
    };
    let report = campaign::run(&options, &mut |progress| match progress {
        Progress::Passed(case, facts) => println!("case {case}: {facts:?}"),
        Progress::Failed(case, message) => println!("case {case} failed: {message}"),
        Progress::Reported(failure) => println!(
            "{}\n{}\n{}",
            failure.replay, failure.message, failure.script
        ),
    });
    let report = report.unwrap();
    println!(
        "{} cases, {:?}, {:.1} s",
        report.cases, report.facts, report.seconds
    );
    assert!(
        report.failures.is_empty(),
        "{} cases failed",
        report.failures.len()
    );
    report.facts
}

#[test]
fn unit_and_model_agree_on_random_scripts() {
    let machines = std::env::var("MCH_MACHINES").unwrap_or_default();
    let machines = machines.split_whitespace().map(str::to_owned).collect();
    let facts = agree(number("MCH_CASES", 50), machines);
    assert!(facts.checkpoints > 0 && facts.rollbacks > 0);
}

/// Two units joined by the link, beside two models: exact numbers of copies, entries and frames at both ends.
#[test]
fn two_units_and_their_models_agree_on_random_scripts() {
    let machines = ["pair-64", "pair-32", "pair-large", "pair-all"];
    let facts = agree(
        number("MCH_PAIR_CASES", 12),
        machines.map(str::to_owned).to_vec(),
    );
    assert!(facts.checkpoints > 0 && facts.entries > 0 && facts.frames > 0 && facts.repeats > 0);
}

#[test]
fn a_replay_is_the_same_case() {
    let machines = ["both-64".to_owned()];
    let first = campaign::script_of(3, 5, &machines, None).unwrap();
    assert_eq!(campaign::script_of(3, 5, &machines, None).unwrap(), first);
    assert_ne!(campaign::script_of(3, 6, &machines, None).unwrap(), first);
    // Its line says the machine: a campaign over others would draw another.
    assert_eq!(
        campaign::perform(&first, None, None).unwrap(),
        campaign::replay("3:5:both-64", None, None, None).unwrap()
    );
    let facts = campaign::perform(&first, None, None);
    assert_eq!(
        facts.unwrap(),
        campaign::replay(&first.to_text(), None, None, None).unwrap()
    );
}

/// Scripts that once told unit and model apart, shortened.
#[test]
fn what_once_failed_passes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(error) = campaign::replay(&text, None, None, None) {
            panic!("{}: {error:#}", path.display());
        }
        count += 1;
    }
    assert!(count >= 3);
}
