//! Two computers joined by their links, S2: the primary is lost with all that it holds, its backup goes on and ends right.

mod common;

use anyhow::Result;
use common::{job, LIMIT};
use mch_computer::{Inheritance, LossMoment, LossPlan, Moment, PairRun, Program, RunConfig};
use mch_computer::{Loss, RunReport};
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
fn expect_undisturbed(run: &PairRun) -> Result<RunReport> {
    let (broken, undisturbed) = (run.run()?, run.undisturbed()?);
    for (number, comparison) in broken.against(&undisturbed).iter().enumerate() {
        let (here, there) = (&broken.computers[number], &undisturbed.computers[number]);
        assert!(here.is_right() && there.is_right(), "{broken:#?}");
        assert_eq!(here.console, there.console);
        assert_eq!(comparison.differing_bytes, 0, "{comparison:x?} {broken:#?}");
    }
    assert!(undisturbed.losses.is_empty());
    Ok(broken)
}

#[test]
fn a_backup_goes_on_from_the_last_checkpoint() -> Result<()> {
    let losses = LossPlan::These(vec![loss(3, Moment::Cycle(7_000))]);
    let report = expect_undisturbed(&pair(losses, 1)?)?;
    assert_eq!(report.losses.len(), 1);
    let (marks, _, none) = found(&report.losses[0]);
    assert!(
        none == 0 && marks.iter().all(|mark| *mark >= 3),
        "{report:#?}"
    );
    assert!(
        report.losses[0].noticed_after > u64::from(PERIOD),
        "{report:#?}"
    );
    for computer in &report.computers {
        assert_eq!((computer.takeovers, computer.restarts), (1, 0));
        assert!(
            computer.checkpoints > marks[0],
            "none in the third computer: {report:#?}"
        );
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
    let report = expect_undisturbed(&pair(LossPlan::These(losses), 2)?)?;
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

/// Every stage of a rendezvous: the interrupt, the saving of registers, the arrival, the mark on its way, the release.
#[test]
fn lost_through_the_rendezvous() -> Result<()> {
    let mut in_doubt = 0;
    for step in 0..2 {
        let moments = (0..3).map(|part| Moment::Rendezvous(150 + 500 * part + 250 * step));
        let losses = moments.map(|moment| loss(1, moment)).collect();
        let report = pair(LossPlan::These(losses), 3 + step)?.run()?;
        assert_eq!(report.losses.len(), 3, "{report:#?}");
        for computer in &report.computers {
            assert!(computer.is_right(), "{report:#?}");
            assert_eq!((computer.takeovers, computer.restarts), (3, 0));
            in_doubt += computer.in_doubt;
        }
    }
    println!("{in_doubt} takeovers of a checkpoint that was not seen acknowledged");
    Ok(())
}

#[test]
fn without_a_checkpoint_there_is_nothing_to_take_over() -> Result<()> {
    // Entries are on their way, but no mark has come.
    let losses = LossPlan::These(vec![loss(0, Moment::Cycle(9_000))]);
    let report = expect_undisturbed(&pair(losses, 7)?)?;
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
    let report = expect_undisturbed(&run)?;
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
