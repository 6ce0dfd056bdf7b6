//! The epoch rule for all strategies that keep bits (S3, S4, S5, S6), and every guard it needs.
//!
//! **Strategy**: random writes, commits, rollbacks, background copies, interrupted scans and changes of owner against an oracle that keeps unbounded
//! bits. After every operation each word, read by the rule, must equal the oracle; each block must read as last written; and the image that each
//! strategy could go back to must be the last checkpoint. **Guards**: each is taken away in turn, and then some run must fail.

use crate::epoch_rule_model;

use epoch_rule_model::{Guards, Model};

const OPERATIONS: usize = 250;

/// How many of the seeds fail.
fn failures(guards: &Guards, seeds: u64) -> usize {
    (0..seeds)
        .filter(|seed| Model::new(guards.clone(), *seed).run(OPERATIONS).is_err())
        .count()
}

fn holds(guards: Guards) {
    for seed in 0..150 {
        if let Err(fault) = Model::new(guards.clone(), seed).run(OPERATIONS) {
            panic!("seed {seed}: {fault}");
        }
    }
}

fn is_needed(guards: Guards) {
    assert!(failures(&guards, 150) > 0, "no run fails without it");
}

#[test]
fn the_rule_holds() {
    holds(Guards::default());
    holds(Guards {
        bits: 2,
        ..Guards::default()
    });
    holds(Guards {
        bits: 2,
        scrubs_per_operation: 0.1,
        ..Guards::default()
    });
    holds(Guards {
        bits: 4,
        words: 16,
        guests: 4,
        scrubs_per_operation: 0.3,
        ..Guards::default()
    });
}

#[test]
fn the_outcome_is_that_of_the_words_own_tag() {
    is_needed(Guards {
        outcome_of_own_tag: false,
        ..Guards::default()
    });
}

#[test]
fn old_words_of_s4_are_not_simply_clear() {
    is_needed(Guards {
        s4_keeps_pending: false,
        ..Guards::default()
    });
}

#[test]
fn a_step_waits_for_the_scrubber() {
    is_needed(Guards {
        step_waits: false,
        scrubs_per_operation: 0.1,
        ..Guards::default()
    });
}

#[test]
fn without_a_scrubber_tags_come_round() {
    is_needed(Guards {
        step_waits: false,
        scrubs_per_operation: 0.0,
        ..Guards::default()
    });
}

#[test]
fn the_floor_is_that_of_the_sweeps_start() {
    is_needed(Guards {
        floor_at_start: false,
        scrubs_per_operation: 0.1,
        ..Guards::default()
    });
}

#[test]
fn regions_are_whole_words() {
    is_needed(Guards {
        aligned: false,
        ..Guards::default()
    });
}

#[test]
fn a_change_of_owner_rewrites_the_words() {
    is_needed(Guards {
        reassign_rewrites: false,
        ..Guards::default()
    });
}

#[test]
fn a_prefetched_copy_is_checked_again() {
    is_needed(Guards {
        descriptors_checked: false,
        ..Guards::default()
    });
}

#[test]
fn summaries_are_cleared_with_the_word() {
    is_needed(Guards {
        summary_atomic: false,
        ..Guards::default()
    });
}

#[test]
fn s3_holds_its_guest_after_an_error() {
    is_needed(Guards {
        hold_after_error: false,
        ..Guards::default()
    });
}

#[test]
fn the_first_commit_of_s3_and_s4_copies_all() {
    is_needed(Guards {
        starts_touched: false,
        ..Guards::default()
    });
}
