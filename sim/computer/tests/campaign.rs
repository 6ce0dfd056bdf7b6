//! A long campaign: hundreds of faults on units of every shape. Minutes, so it runs only when asked for:
//! `cargo nextest run -p mch-computer --run-ignored all campaign`.

mod common;

use anyhow::{ensure, Context, Result};
use common::{job, LIMIT};
use mch_computer::{ComputerRun, FaultPlan, Program, RunConfig, Unit};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use verilated::Cache;

/// Runs on the unit that `shape` makes of the usual one, and compares with an undisturbed run.
fn campaign(
    programs: &[Program],
    seeds: std::ops::Range<u64>,
    shape: fn(Config) -> Config,
) -> Result<()> {
    for strategy in [Strategy::S1, Strategy::S3, Strategy::S4, Strategy::S6] {
        for seed in seeds.clone() {
            let config = RunConfig {
                jobs: programs.iter().map(|program| job(*program, 1)).collect(),
                strategy: Some(strategy),
                period: 8_000 + 1_000 * (seed as u32 % 20),
                memory_latency: 1 + seed as u32 % 12,
                faults: vec![FaultPlan::Random(25); programs.len()],
                seed,
                limit: LIMIT,
                ..RunConfig::default()
            };
            let unit = Unit::generate(&shape(config.unit()))?;
            let run = ComputerRun::with_unit(config, unit, Cache::default());
            survives(&run).with_context(|| format!("{strategy}, seed {seed}"))?;
        }
    }
    Ok(())
}

fn survives(run: &ComputerRun) -> Result<()> {
    let (broken, undisturbed) = (run.run()?, run.undisturbed()?);
    let comparisons = broken.against(&undisturbed);
    for (number, computer) in broken.computers.iter().enumerate() {
        let equal = comparisons[number].differing_bytes == 0
            && computer.console == undisturbed.computers[number].console;
        ensure!(
            computer.is_right() && equal,
            "computer {number}: {comparisons:x?} {broken:#?}"
        );
        ensure!(
            computer.faults > 5,
            "computer {number} was hardly broken: {broken:#?}"
        );
    }
    Ok(())
}

#[test]
#[ignore = "minutes"]
fn campaign_on_the_usual_unit() -> Result<()> {
    campaign(&[Program::Sort, Program::Compress], 100..115, |unit| unit)
}

#[test]
#[ignore = "minutes"]
fn campaign_on_a_narrow_bus() -> Result<()> {
    let shape = |unit| Config {
        data_width: 32,
        ..unit
    };
    campaign(&[Program::Sort, Program::Compress], 200..204, shape)
}

#[test]
#[ignore = "minutes"]
fn campaign_on_the_widest_bus_and_the_largest_blocks() -> Result<()> {
    let shape = |unit| Config {
        data_width: 512,
        block_size: Size(4 << 10),
        memory_size: Size(4 << 20),
        ..unit
    };
    campaign(&[Program::Sort, Program::Compress], 300..304, shape)
}

#[test]
#[ignore = "minutes"]
fn campaign_on_the_smallest_unit() -> Result<()> {
    let shape = |unit| Config {
        saves: 4,
        outstanding: 4,
        epoch_bits: 2,
        processors: 1,
        ..unit
    };
    campaign(&[Program::Compress, Program::Hash], 400..404, shape)
}

#[test]
#[ignore = "minutes"]
fn campaign_with_four_computers() -> Result<()> {
    let programs = [
        Program::Sort,
        Program::Compress,
        Program::Hash,
        Program::Sort,
    ];
    campaign(&programs, 500..503, |unit| Config {
        data_width: 128,
        ..unit
    })
}
