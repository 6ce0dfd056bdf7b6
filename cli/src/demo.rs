//! `mch demo`: real computers are broken at random, rolled back or taken over by their backup, and still end with the right answers.

use crate::configuration::strategy;
use crate::{interrupt, output, progress};
use anyhow::{ensure, Context, Result};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_computer::{
    ComputerReport, ComputerRun, FaultPlan, Job, LossPlan, PairRun, Program, RunConfig, RunReport,
};
use mch_spec::Strategy;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Cycles of waveform around the first fault.
const WAVEFORM_CYCLES: u64 = 10_000;

/// Run compiled programs on RISC-V computers behind the unit, break them, roll them back
///
/// Each computer is a guest; its processor is reset at random moments, often after writing garbage over its memory, and
/// goes on from its last checkpoint. Under S2 there are two machines: the whole primary, memory and all, is lost at random moments,
/// its backup takes over, and a new machine becomes the backup's backup. The answers are compared with a native computation.
#[derive(clap::Args)]
pub struct Arguments {
    /// Decides when and how the computers are broken
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A computer for each, up to 8: hash, sort, compress
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "sort,hash", value_parser = program)]
    programs: Vec<Program>,
    /// How much work each has
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    scale: u32,
    /// Faults of each computer
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    faults: u32,
    /// Whole machines lost under S2
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    losses: u32,
    /// Strategies to show
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "S1,S2,S3,S4,S5,S6", value_parser = strategy)]
    strategy: Vec<Strategy>,
    /// Cycles between checkpoints
    #[arg(long, value_name = "CYCLES", default_value_t = 50_000)]
    period: u32,
    /// Waveform (VCD) around the first fault; under S2 that of the first backup, from its takeover on, in a file of its own beside it
    #[arg(long, value_name = "FILE", default_value = "build/demo.vcd")]
    vcd: PathBuf,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

fn program(text: &str) -> Result<Program, String> {
    let found = Program::ALL
        .into_iter()
        .find(|program| program.name() == text);
    found.ok_or_else(|| {
        let names = Program::ALL.map(Program::name);
        format!("must be one of {}", names.join(", "))
    })
}

#[derive(Serialize)]
struct Report<'a> {
    runs: &'a [RunReport],
    right: bool,
    waveform: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    takeover_waveform: Option<PathBuf>,
}

/// The file of the backup's waveform, beside that of the first fault.
fn takeover_vcd(vcd: &Path) -> PathBuf {
    let mut name = vcd.file_stem().unwrap_or_default().to_owned();
    name.push("-takeover.vcd");
    vcd.with_file_name(name)
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    ensure!(
        (1..=8).contains(&arguments.programs.len()),
        "programs: {} of them; 1 to 8",
        arguments.programs.len()
    );
    if let Some(folder) = arguments.vcd.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut reports = Vec::new();
    let first_local = arguments.strategy.iter().position(|one| one.is_local());
    for (index, strategy) in arguments.strategy.iter().enumerate() {
        let config = config(&arguments, *strategy, Some(index) == first_local);
        reports.push(match strategy.is_local() {
            true => {
                let run = ComputerRun::new(config)?;
                watched(*strategy, |watch| run.run_watched(watch))?
            }
            false => {
                let run = PairRun::new(config, LossPlan::Random(arguments.losses))?;
                watched(*strategy, |watch| run.run_watched(watch))?
            }
        });
    }
    let computers = || reports.iter().flat_map(|report| &report.computers);
    let right = computers().all(|computer| computer.is_right());
    if arguments.json {
        output::json(&Report {
            runs: &reports,
            right,
            waveform: &arguments.vcd,
            takeover_waveform: reports
                .iter()
                .any(|report| !report.losses.is_empty())
                .then(|| takeover_vcd(&arguments.vcd)),
        })?;
    } else {
        output::line(table(&reports))?;
        if arguments.faults > 0 && first_local.is_some() {
            output::line(format!(
                "The first fault and what followed, cycle by cycle: gtkwave {}",
                arguments.vcd.display()
            ))?;
        }
        if reports.iter().any(|report| !report.losses.is_empty()) {
            output::line(format!(
                "A backup that takes over: gtkwave {}",
                takeover_vcd(&arguments.vcd).display()
            ))?;
        }
    }
    if !right {
        eprintln!("mch: a computer gave a wrong answer");
    }
    Ok(match right {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn config(arguments: &Arguments, strategy: Strategy, first: bool) -> RunConfig {
    let jobs = arguments
        .programs
        .iter()
        .zip(1..)
        .map(|(program, seed)| Job {
            program: *program,
            scale: arguments.scale,
            seed,
        });
    let (faults, waveform, recorded) = match strategy.is_local() {
        true => (
            FaultPlan::Random(arguments.faults),
            arguments.vcd.clone(),
            first,
        ),
        false => (FaultPlan::None, takeover_vcd(&arguments.vcd), true),
    };
    RunConfig {
        faults: vec![faults; arguments.programs.len()],
        jobs: jobs.collect(),
        strategy: Some(strategy),
        period: arguments.period,
        seed: arguments.seed,
        // All runs of one machine are of one model, which can record; only the first does.
        waveform: Some(waveform),
        waveform_cycles: Some(if recorded { WAVEFORM_CYCLES } else { 0 }),
        ..RunConfig::default()
    }
}

fn watched(
    strategy: Strategy,
    run: impl FnOnce(&mut dyn FnMut(u64) -> bool) -> Result<RunReport>,
) -> Result<RunReport> {
    let bar = progress::spinner(format!("{strategy}: building the computers"));
    let report = run(&mut |cycle| {
        bar.set_message(format!("{strategy}: cycle {cycle}"));
        !interrupt::is_asked()
    });
    bar.finish_and_clear();
    report.with_context(|| format!("{strategy}"))
}

/// How a guest came back, and how often; what it had to begin again is told apart.
fn returns(strategy: Option<Strategy>, computer: &ComputerReport) -> String {
    let mut text = match strategy {
        Some(Strategy::S2) => format!("{} takeovers", computer.takeovers),
        _ => computer.rollbacks.to_string(),
    };
    if computer.restarts > 0 {
        text += &format!(", {} without a checkpoint", computer.restarts);
    }
    text
}

fn table(reports: &[RunReport]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header([
        "strategy",
        "guest",
        "program",
        "checkpoints",
        "faults",
        "wild writes",
        "came back",
        "blocks copied",
        "log entries",
        "pause, mean (max) cycles",
        "cycles",
        "answer",
    ]);
    for report in reports {
        let strategy = report.strategy.map_or("-".to_owned(), |s| s.to_string());
        for (number, computer) in report.computers.iter().enumerate() {
            let verdict = if computer.is_right() {
                "right"
            } else {
                "WRONG"
            };
            table.add_row([
                strategy.clone(),
                number.to_string(),
                computer.job.program.name().to_owned(),
                computer.checkpoints.to_string(),
                computer.faults.to_string(),
                computer.wild_writes.to_string(),
                returns(report.strategy, computer),
                computer.blocks_copied.to_string(),
                computer.log_entries.to_string(),
                format!("{:.0} ({})", computer.commits.mean(), computer.commits.max),
                computer.cycles.to_string(),
                format!("{:08x} {verdict}", computer.answer),
            ]);
        }
    }
    table.to_string()
}
