//! `mch faults`: every short sequence of operations, and every cycle of some scenarios as a moment at which something breaks.

use crate::{interrupt, output, progress};
use anyhow::{ensure, Context, Result};
use mch_spec::Strategy;
use mch_verification::faults::{
    self, document, kind_named, machine, scenario_named, strategy_named, FaultOptions, Kind,
    Progress, Report, Scenario,
};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Break the machine in every cycle of some scenarios, and try every short sequence of operations
///
/// Ctrl-C ends the campaign at the next fault point; given the same folder it goes on there. A failure is printed with the command
/// that replays it, and its waveform is in the folder.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this strategy; may be given again [default: all that are built]
    #[arg(long, value_name = "NAME")]
    strategy: Vec<String>,
    /// Only this scenario; may be given again [default: all]
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Only this kind of fault; may be given again [default: all that can be done]
    #[arg(long, value_name = "NAME")]
    kind: Vec<String>,
    /// Operations in the longest sequences, 0 for no sequences, at most 8
    #[arg(long, default_value_t = 6)]
    depth: usize,
    /// Decides all that is random; even seeds shake ports and memory, odd ones run at full speed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cycles from one fault point to the next
    #[arg(long, value_name = "CYCLES", default_value_t = 1)]
    stride: u64,
    /// Begin nothing after so many seconds
    #[arg(long, value_name = "SECONDS")]
    budget: Option<u64>,
    /// Folder for results and waveforms; one that has results of the same campaign is gone on with
    #[arg(long, value_name = "DIR", default_value = "build/faults")]
    resume: PathBuf,
    /// Forget the results in the folder
    #[arg(long)]
    restart: bool,
    /// Units of work at a time [default: one per processor]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
    /// Replay one fault point or sequence, as a failure names it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["strategy", "scenario", "kind", "depth", "stride", "budget", "write_docs"])]
    replay: Option<String>,
    /// Write a waveform of the replay (VCD)
    #[arg(long, value_name = "FILE", requires = "replay")]
    vcd: Option<PathBuf>,
    /// Write the figures into the document
    #[arg(long)]
    write_docs: bool,
    /// The document, from the current folder
    #[arg(long, value_name = "FILE", default_value = document::DOCUMENT)]
    document: PathBuf,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    if let Some(name) = &arguments.replay {
        return replay(
            name,
            arguments.seed,
            arguments.vcd.as_deref(),
            arguments.json,
        );
    }
    ensure!(
        arguments.depth <= 8,
        "depth = {}; allowed: 0 to 8",
        arguments.depth
    );
    ensure!(arguments.stride > 0, "stride = 0; allowed: 1 and more");
    let folder = &arguments.resume;
    if arguments.restart {
        forget(folder)?;
    }
    let document = match arguments.write_docs {
        true => Some(document::read(&arguments.document)?),
        false => None,
    };
    let options = FaultOptions {
        strategies: chosen(&arguments.strategy, strategy_named, machine::strategies())?,
        scenarios: chosen(&arguments.scenario, scenario_named, Scenario::ALL.to_vec())?,
        kinds: chosen(&arguments.kind, kind_named, Kind::ALL.to_vec())?,
        depth: arguments.depth,
        seed: arguments.seed,
        stride: arguments.stride,
        budget: arguments.budget,
        folder: Some(folder.clone()),
        threads: arguments.threads.unwrap_or_else(processors),
        stop: interrupt::flag(),
    };
    for kind in options.kinds.iter().filter(|_| !arguments.kind.is_empty()) {
        let suits = |strategy: &Strategy| kind.is_for(*strategy);
        ensure!(
            options.strategies.iter().any(suits),
            "kind = `{}`; allowed with {}: {}",
            kind.name(),
            labels(&options.strategies),
            Kind::ALL
                .iter()
                .filter(|kind| options.strategies.iter().any(|one| kind.is_for(*one)))
                .map(|kind| kind.name())
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    let bar = progress::count("building the machine", options.units().len() as u64);
    let mut points = 0;
    let report = faults::run(&options, &mut |progress| match progress {
        Progress::Resumed(done, _) => bar.set_position(done as u64),
        Progress::Done(result) => {
            points += result.points;
            if result.next.is_none() {
                bar.inc();
            }
            bar.set_message(format!("{points} points, {}", result.unit));
            for failure in &result.failures {
                bar.println(format!("{}\n  {}", failure.replay, failure.message));
            }
        }
    });
    bar.finish_and_clear();
    let report = report?;
    if let Some(text) = document {
        let path = &arguments.document;
        std::fs::write(path, document::with_tables(&text, &report)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    match arguments.json {
        true => output::json(&report)?,
        false => summarise(&report, folder)?,
    }
    Ok(if report.failures().next().is_some() {
        ExitCode::FAILURE
    } else if interrupt::is_asked() {
        ExitCode::from(interrupt::EXIT_CODE)
    } else {
        ExitCode::SUCCESS
    })
}

fn labels(strategies: &[Strategy]) -> String {
    let labels = strategies.iter().map(|strategy| strategy.to_string());
    labels.collect::<Vec<_>>().join(", ")
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, |count| count.get())
}

fn chosen<T>(names: &[String], named: fn(&str) -> Result<T>, all: Vec<T>) -> Result<Vec<T>> {
    match names {
        [] => Ok(all),
        names => names.iter().map(|name| named(name)).collect(),
    }
}

/// Removes what a campaign keeps, and nothing else that is in the folder.
fn forget(folder: &Path) -> Result<()> {
    for name in ["campaign.json", "results.jsonl", "seconds"] {
        let path = folder.join(name);
        if path.exists() {
            std::fs::remove_file(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn summarise(report: &Report, folder: &Path) -> Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "what",
        "points",
        "rolled back",
        "no checkpoint yet",
        "lost, allowed",
        "cycles",
        "found",
    ]);
    for (name, sum) in document::rows(report) {
        table.add_row([
            name,
            sum.points.to_string(),
            sum.rolled_back.to_string(),
            sum.no_checkpoint.to_string(),
            sum.lost.to_string(),
            sum.cycles.to_string(),
            sum.failures.len().to_string(),
        ]);
    }
    output::line(table.to_string())?;
    for failure in report.failures() {
        output::line(format!("{}\nreplay: {}", failure.message, failure.replay))?;
        if let Some(waveform) = &failure.waveform {
            output::line(format!("waveform: gtkwave {}", waveform.display()))?;
        }
    }
    let sum = report.sum(|_| true);
    output::line(format!(
        "{} of {} units of seed {} in {:.0} s: {} points, {} cycles, {} found",
        report.finished,
        report.units,
        report.seed,
        report.seconds,
        sum.points,
        sum.cycles,
        sum.failures.len()
    ))?;
    if report.finished < report.units {
        output::line(format!(
            "the rest: the same command again, it goes on from {}",
            folder.display()
        ))?;
    }
    Ok(())
}

fn replay(name: &str, seed: u64, waveform: Option<&Path>, json: bool) -> Result<ExitCode> {
    if let Some(folder) = waveform.and_then(Path::parent) {
        let exists = folder.as_os_str().is_empty() || folder.is_dir();
        ensure!(exists, "vcd: no folder {}", folder.display());
    }
    let bar = progress::spinner("replaying");
    let outcome = faults::replay(name, seed, waveform);
    bar.finish_and_clear();
    outcome.with_context(|| format!("replay of `{name}`"))?;
    match json {
        true => output::json(&serde_json::json!({ "replay": name, "seed": seed, "passed": true }))?,
        false => output::line("passed")?,
    }
    Ok(ExitCode::SUCCESS)
}
