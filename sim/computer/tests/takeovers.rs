//! Two computers joined by their links, S2: the primary is lost with all that it holds, its backup goes on and ends right.

mod common;

use anyhow::Result;
use common::{job, LIMIT};
use mch_computer::{Comparison, Loss, RunReport};
use mch_computer::{Inheritance, LossMoment, LossPlan, Moment, PairRun, Program, RunConfig};
use mch_sim::stream::ChannelFaults;

const PERIOD: u32 = 20_000;

/// Two guests, with enough to do for some tens of checkpoints.
fn pair(losses: LossPlan, seed: u64) -> Result<PairRun> {
    let config = RunConfig {
        jobs: vec![job(Program::Sort, 1), job(Program::Hash, 1)],
        period: PERIOD,
        memory_latency: 2,
        seed,
        limit: LIMIT,
        ..RunConfig::default()
    };
    PairRun::new(config, losses)
}

fn loss(checkpoints: u64, moment: Moment) -> LossMoment {
    LossMoment {
        checkpoints,
        guest: 0,
        moment,
    }
}

/// The marks that the backup had of each guest, those in doubt, and the guests of which it had none.
fn found(loss: &Loss) -> (Vec<u64>, usize, usize) {
    let mut found = (Vec::new(), 0, 0);
    for guest in &loss.guests {
        match guest {
            Inheritance::Checkpoint { mark, in_doubt } => {
                found.0.push(*mark);
                found.1 += usize::from(*in_doubt);
            }
            Inheritance::NoCheckpoint => found.2 += 1,
        }
    }
    found
}

/// Runs with the losses and without; everything but the time that it took must be equal.
fn expect_undisturbed(run: &PairRun) -> Result<(RunReport, Vec<Comparison>)> {
    let (broken, undisturbed) = (run.run()?, run.undisturbed()?);
    let comparisons = broken.against(&undisturbed);
    for (number, comparison) in comparisons.iter().enumerate() {
        let (here, there) = (&broken.computers[number], &undisturbed.computers[number]);
        assert!(here.is_right() && there.is_right(), "{broken:#?}");
        assert_eq!(here.console, there.console);
        assert_eq!(comparison.differing_bytes, 0, "{comparison:x?} {broken:#?}");
    }
    assert!(undisturbed.losses.is_empty());
    Ok((broken, comparisons))
}

#[test]
fn a_backup_goes_on_from_the_last_checkpoint() -> Result<()> {
    let losses = LossPlan::These(vec![loss(15, Moment::Cycle(7_000))]);
    let (report, comparisons) = expect_undisturbed(&pair(losses, 1)?)?;
    assert_eq!(report.losses.len(), 1);
    let (marks, _, none) = found(&report.losses[0]);
    let enough = marks.iter().all(|mark| *mark >= 15);
    assert!(none == 0 && enough, "{report:#?}");
    let lost = &report.losses[0];
    assert!(lost.noticed_after > u64::from(PERIOD), "{report:#?}");
    let period = i64::from(PERIOD);
    assert!(lost.cycle as i64 > 12 * period, "{report:#?}");
    for (computer, comparison) in report.computers.iter().zip(comparisons) {
        assert_eq!((computer.takeovers, computer.restarts), (1, 0));
        assert!(
            computer.checkpoints > marks[0],
            "none in the third computer: {report:#?}"
        );
        // It has lost the outage and a part of an interval: a program that had begun anew would have lost twelve periods more.
        let after = comparison.delay - computer.outages.total as i64;
        assert!(after < 5 * period, "{after} {report:#?}");
    }
    Ok(())
}

/// The third computer was made after the first was lost: all that it has came over the link from the second.
#[test]
fn a_third_computer_finishes_when_the_first_two_are_lost() -> Result<()> {
    let losses = vec![
        loss(2, Moment::Cycle(3_000)),
        loss(2, Moment::Cycle(11_000)),
    ];
    let (report, _) = expect_undisturbed(&pair(LossPlan::These(losses), 2)?)?;
    assert_eq!(report.losses.len(), 2);
    for computer in &report.computers {
        assert_eq!(
            (computer.takeovers, computer.restarts),
            (2, 0),
            "{report:#?}"
        );
    }
    Ok(())
}

/// From the interrupt to behind the release: registers are saved, the processor arrives, entries and the mark are on their way.
#[test]
fn lost_through_the_rendezvous() -> Result<()> {
    let moments = [150, 800, 2_000, 3_000, 4_500].map(Moment::Rendezvous);
    let losses = moments.map(|moment| loss(1, moment)).to_vec();
    let report = pair(LossPlan::These(losses), 3)?.run()?;
    assert_eq!(report.losses.len(), 5, "{report:#?}");
    for computer in &report.computers {
        assert!(computer.is_right(), "{report:#?}");
        assert_eq!((computer.takeovers, computer.restarts), (5, 0));
    }
    Ok(())
}

/// The backup has taken the mark, and the primary dies before it releases its guest: the guest goes on from that mark.
#[test]
fn a_mark_whose_acknowledgement_was_on_its_way_counts() -> Result<()> {
    let lost_at = |moment| -> Result<Loss> {
        let report = pair(LossPlan::These(vec![loss(1, moment)]), 4)?.run()?;
        assert!(report.computers.iter().all(|computer| computer.is_right()));
        Ok(report.losses[0].clone())
    };
    let from = lost_at(Moment::Cycle(0))?;
    let release = lost_at(Moment::Release(0))?;
    let before = lost_at(Moment::Cycle(release.cycle - from.cycle - 12))?;
    let Inheritance::Checkpoint { mark, .. } = release.guests[0] else {
        panic!("{release:?}");
    };
    let in_doubt = true;
    let expected = Inheritance::Checkpoint { mark, in_doubt };
    assert_eq!(before.guests[0], expected, "{before:?}, {release:?}");
    Ok(())
}

#[test]
fn without_a_checkpoint_there_is_nothing_to_take_over() -> Result<()> {
    // Entries are on their way, but no mark has come.
    let losses = LossPlan::These(vec![loss(0, Moment::Cycle(9_000))]);
    let (report, _) = expect_undisturbed(&pair(losses, 7)?)?;
    assert_eq!(found(&report.losses[0]), (vec![], 0, 2), "{report:#?}");
    for computer in &report.computers {
        assert_eq!(
            (computer.takeovers, computer.restarts),
            (0, 1),
            "{report:#?}"
        );
    }
    Ok(())
}

#[test]
fn lost_at_random_moments_on_a_bad_link() -> Result<()> {
    let channel = ChannelFaults {
        lose: 0.001,
        repeat: 0.002,
        delay: 0.001,
        truncate: 0.001,
        corrupt: 0.001,
        ..ChannelFaults::default()
    };
    let run = pair(LossPlan::Random(2), 11)?.with_channel(channel);
    let (report, _) = expect_undisturbed(&run)?;
    assert!(!report.losses.is_empty(), "{report:#?}");
    for computer in &report.computers {
        assert_eq!(computer.takeovers, report.losses.len() as u64);
    }
    Ok(())
}

#[test]
fn takeovers_repeat_exactly() -> Result<()> {
    let run = pair(LossPlan::Random(1), 5)?;
    let [first, second] = [run.run()?, run.run()?];
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    Ok(())
}
