//! Computers on the generated unit: right with checkpoints, right when they are broken, and no guest
//! notices what happens to another.

mod common;

use anyhow::Result;
use common::{job, LIMIT};
use mch_computer::{
    Comparison, ComputerRun, Fault, FaultPlan, Moment, Program, RunConfig, RunReport,
};
use mch_spec::Strategy;

/// Two computers with enough to do for some tens of checkpoints.
fn config(strategy: Strategy) -> RunConfig {
    RunConfig {
        jobs: vec![job(Program::Sort, 1), job(Program::Hash, 1)],
        strategy: Some(strategy),
        period: 20_000,
        memory_latency: 2,
        ..RunConfig::default()
    }
}

fn run(config: RunConfig) -> Result<ComputerRun> {
    ComputerRun::new(RunConfig {
        limit: LIMIT,
        ..config
    })
}

fn expect_right(report: &RunReport) {
    for computer in &report.computers {
        assert!(computer.is_right(), "{report:#?}");
    }
}

/// Runs with the faults and without; everything but the time that it took must be equal.
fn expect_undisturbed(run: &ComputerRun) -> Result<(RunReport, Vec<Comparison>)> {
    let (broken, undisturbed) = (run.run()?, run.undisturbed()?);
    expect_right(&broken);
    let comparisons = broken.against(&undisturbed);
    for (number, comparison) in comparisons.iter().enumerate() {
        assert_eq!(
            comparison.differing_bytes, 0,
            "computer {number}: {comparison:x?}, {broken:#?}"
        );
    }
    for (here, there) in broken.computers.iter().zip(&undisturbed.computers) {
        assert_eq!(here.console, there.console);
    }
    Ok((broken, comparisons))
}

#[test]
fn every_program_is_right_on_a_unit_that_is_a_wire() -> Result<()> {
    for pair in [
        [Program::Sort, Program::Compress],
        [Program::Hash, Program::Hash],
    ] {
        let jobs = pair.map(|program| job(program, 1)).to_vec();
        expect_right(
            &run(RunConfig {
                jobs,
                strategy: None,
                ..config(Strategy::S3)
            })?
            .run()?,
        );
    }
    Ok(())
}

fn checkpoints(strategy: Strategy) -> Result<()> {
    let report = run(config(strategy))?.run()?;
    expect_right(&report);
    for computer in &report.computers {
        assert!(computer.checkpoints >= 10, "{report:#?}");
        assert_eq!(computer.commits.count, computer.checkpoints);
        // The save area is written in every interval; S3 and S4 copy it, S1 and S6 enter it in the ring.
        let blocks = computer.blocks_copied + computer.log_entries;
        assert!(blocks >= 2 * computer.checkpoints, "{report:#?}");
    }
    Ok(())
}

#[test]
fn checkpoints_are_transparent_s1() -> Result<()> {
    checkpoints(Strategy::S1)
}

#[test]
fn checkpoints_are_transparent_s3() -> Result<()> {
    checkpoints(Strategy::S3)
}

#[test]
fn checkpoints_are_transparent_s4() -> Result<()> {
    checkpoints(Strategy::S4)
}

#[test]
fn checkpoints_are_transparent_s6() -> Result<()> {
    checkpoints(Strategy::S6)
}

fn random_faults(strategy: Strategy, seed: u64) -> Result<()> {
    let faults = vec![FaultPlan::Random(8), FaultPlan::Random(5)];
    let (report, _) = expect_undisturbed(&run(RunConfig {
        faults,
        seed,
        ..config(strategy)
    })?)?;
    for computer in &report.computers {
        assert!(computer.faults > 0, "{report:#?}");
        assert_eq!(
            computer.rollbacks + computer.restarts,
            computer.faults,
            "{report:#?}"
        );
    }
    Ok(())
}

#[test]
fn broken_at_random_moments_s1_seed_1() -> Result<()> {
    random_faults(Strategy::S1, 1)
}

#[test]
fn broken_at_random_moments_s1_seed_2() -> Result<()> {
    random_faults(Strategy::S1, 2)
}

#[test]
fn broken_at_random_moments_s1_seed_3() -> Result<()> {
    random_faults(Strategy::S1, 3)
}

#[test]
fn broken_at_random_moments_s3_seed_1() -> Result<()> {
    random_faults(Strategy::S3, 1)
}

#[test]
fn broken_at_random_moments_s3_seed_2() -> Result<()> {
    random_faults(Strategy::S3, 2)
}

#[test]
fn broken_at_random_moments_s3_seed_3() -> Result<()> {
    random_faults(Strategy::S3, 3)
}

#[test]
fn broken_at_random_moments_s4_seed_1() -> Result<()> {
    random_faults(Strategy::S4, 1)
}

#[test]
fn broken_at_random_moments_s4_seed_2() -> Result<()> {
    random_faults(Strategy::S4, 2)
}

#[test]
fn broken_at_random_moments_s6_seed_1() -> Result<()> {
    random_faults(Strategy::S6, 1)
}

#[test]
fn broken_at_random_moments_s6_seed_2() -> Result<()> {
    random_faults(Strategy::S6, 2)
}

#[test]
fn broken_at_random_moments_s6_seed_3() -> Result<()> {
    random_faults(Strategy::S6, 3)
}

/// Every stage of a rendezvous: the interrupt, the saving of registers, the arrival, the commit, the
/// release, the way back into the program; and the way back from a rollback.
fn broken_through_the_rendezvous(strategy: Strategy) -> Result<()> {
    let fault = |moment| Fault {
        moment,
        wild_bursts: 10,
        through_rollback: false,
    };
    let rendezvous = (0..12).map(|step| fault(Moment::Rendezvous(step * 120)));
    let release = (0..4).map(|step| fault(Moment::Release(step * 60)));
    let restart = (0..4).map(|step| fault(Moment::Cycle(step * 150)));
    let faults = vec![FaultPlan::These(
        rendezvous.chain(release).chain(restart).collect(),
    )];
    let (report, _) = expect_undisturbed(&run(RunConfig {
        faults,
        ..config(strategy)
    })?)?;
    assert_eq!(report.computers[0].faults, 20, "{report:#?}");
    Ok(())
}

#[test]
fn broken_through_the_rendezvous_s1() -> Result<()> {
    broken_through_the_rendezvous(Strategy::S1)
}

#[test]
fn broken_through_the_rendezvous_s3() -> Result<()> {
    broken_through_the_rendezvous(Strategy::S3)
}

#[test]
fn broken_through_the_rendezvous_s4() -> Result<()> {
    broken_through_the_rendezvous(Strategy::S4)
}

#[test]
fn broken_through_the_rendezvous_s6() -> Result<()> {
    broken_through_the_rendezvous(Strategy::S6)
}

fn the_other_guest_runs_on(strategy: Strategy) -> Result<()> {
    let faults = vec![FaultPlan::Random(10)];
    let run = run(RunConfig {
        faults,
        seed: 4,
        ..config(strategy)
    })?;
    let (report, comparison) = expect_undisturbed(&run)?;
    let (broken, other) = (&comparison[0], &comparison[1]);
    assert!(report.computers[0].rollbacks > 0 && report.computers[1].rollbacks == 0);
    // Copies and wild writes share the memory port with it; nothing else costs it time.
    let allowed = report.computers[1].cycles as i64 / 20;
    assert!(
        other.delay.abs() < allowed,
        "{allowed}: {comparison:?}, {report:#?}"
    );
    assert!(broken.delay > 0, "{comparison:?}");
    Ok(())
}

#[test]
fn the_other_guest_runs_on_s1() -> Result<()> {
    the_other_guest_runs_on(Strategy::S1)
}

#[test]
fn the_other_guest_runs_on_s3() -> Result<()> {
    the_other_guest_runs_on(Strategy::S3)
}

#[test]
fn the_other_guest_runs_on_s4() -> Result<()> {
    the_other_guest_runs_on(Strategy::S4)
}

#[test]
fn the_other_guest_runs_on_s6() -> Result<()> {
    the_other_guest_runs_on(Strategy::S6)
}

#[test]
fn runs_repeat_exactly() -> Result<()> {
    let faults = vec![FaultPlan::Random(3)];
    let run = run(RunConfig {
        faults,
        seed: 9,
        ..config(Strategy::S3)
    })?;
    let [first, second] = [run.run()?, run.run()?];
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    Ok(())
}
