//! `mch verify`: the random campaign of the unit against its golden model.

use crate::{interrupt, output, progress};
use anyhow::{bail, ensure, Context, Result};
use mch_verification::campaign::{self, CampaignOptions, Custom, FailureReport, Progress, Report};
use mch_verification::gate::Family;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Cases when neither cases nor seconds are given.
const CASES: u64 = 200;

/// Run random scripts on the Verilog and on the golden model, comparing all that both know
///
/// Ctrl-C ends the campaign after the case that runs and prints what was done. A failure is shortened, replayed with a
/// waveform, and printed with the command that replays it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Cases, at most [default: 200, or no limit with --seconds]
    #[arg(long, value_name = "COUNT")]
    cases: Option<u64>,
    /// Decides every case
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Start no case after so many seconds
    #[arg(long, value_name = "COUNT")]
    seconds: Option<u64>,
    /// Draw cases of this machine only; may be repeated. `pair-*` are two units joined by the link (S2)
    #[arg(long = "machine", value_name = "NAME")]
    machines: Vec<String>,
    /// Run the netlist that Yosys makes for a family, ecp5 or ice40, in the place of the Verilog; machines `small-*` if none is named
    #[arg(long, value_name = "FAMILY")]
    gate: Option<Family>,
    /// Folder for the scripts and waveforms of failures
    #[arg(long, value_name = "DIR", default_value = "build/failures")]
    failures: PathBuf,
    /// A strategy of your own, by its description (TOML); `examples/` has one
    #[arg(long, value_name = "FILE")]
    strategy: Option<PathBuf>,
    /// Replay one case, as SEED:CASE or SEED:CASE:MACHINE, or a script, by its file
    #[arg(long, value_name = "LINE", conflicts_with_all = ["cases", "seed", "seconds", "machines"])]
    replay: Option<String>,
    /// Write a waveform of the replay (VCD)
    #[arg(long, value_name = "FILE", requires = "replay")]
    vcd: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let custom = arguments.strategy.as_deref().map(Custom::from_file);
    let custom = custom.transpose()?;
    if let Some(line) = &arguments.replay {
        return replay(
            line,
            custom.as_ref(),
            arguments.gate,
            arguments.vcd.as_deref(),
            arguments.json,
        );
    }
    campaign::check_names(&arguments.machines)?;
    let unlimited = arguments.seconds.map(|_| u64::MAX);
    let cases = arguments.cases.or(unlimited).unwrap_or(CASES);
    let options = CampaignOptions {
        cases,
        seed: arguments.seed,
        seconds: arguments.seconds,
        machines: arguments.machines,
        custom,
        gate: arguments.gate,
        failures: Some(arguments.failures),
        stop: interrupt::flag(),
    };
    let bar = match cases {
        u64::MAX => progress::spinner("building the first machine"),
        cases => progress::count("building the first machine", cases),
    };
    let report = campaign::run(&options, &mut |progress| match progress {
        Progress::Passed(case, _) => {
            bar.inc();
            bar.set_message(format!("case {case} passed"));
        }
        Progress::Failed(case, message) => {
            bar.inc();
            bar.println(format!(
                "case {case} failed, and is being shortened: {message}"
            ));
        }
        // It is told with all others at the end.
        Progress::Reported(failure) => bar.println(format!("replay: {}", failure.replay)),
    });
    bar.finish_and_clear();
    let report = report?;
    if arguments.json {
        output::json(&report)?;
    } else {
        summarise(&report)?;
    }
    Ok(if !report.failures.is_empty() {
        ExitCode::FAILURE
    } else if interrupt::is_asked() {
        ExitCode::from(interrupt::EXIT_CODE)
    } else {
        ExitCode::SUCCESS
    })
}

fn describe(failure: &FailureReport) -> String {
    let mut text = format!(
        "case {} on machine {}: {}\n{}\nreplay: {}",
        failure.case,
        failure.machine,
        failure.message,
        failure.script.trim_end(),
        failure.replay
    );
    if let Some(waveform) = &failure.waveform {
        text += &format!("\nwaveform: gtkwave {}", waveform.display());
    }
    text
}

fn summarise(report: &Report) -> Result<()> {
    for failure in &report.failures {
        output::line(describe(failure))?;
    }
    let facts = &report.facts;
    let ended = if interrupt::is_asked() {
        ", interrupted"
    } else {
        ""
    };
    output::line(format!(
        "{} cases of seed {} in {:.0} s{ended}: {} failed; {} operations, {} checkpoints, {} rollbacks, {} blocks copied, \
         {} ring entries, {} link frames, {} cycles",
        report.cases,
        report.seed,
        report.seconds,
        report.failures.len(),
        facts.operations,
        facts.checkpoints,
        facts.rollbacks,
        facts.copies,
        facts.entries,
        facts.frames,
        facts.cycles
    ))
}

fn replay(
    line: &str,
    custom: Option<&Custom>,
    gate: Option<Family>,
    waveform: Option<&Path>,
    json: bool,
) -> Result<ExitCode> {
    let script = match Path::new(line).is_file() {
        true => std::fs::read_to_string(line).with_context(|| format!("cannot read {line}"))?,
        // Else it would be taken for a script.
        false if !line.contains(':') => bail!(
            "replay = `{line}`: no such file; a file, SEED:CASE or SEED:CASE:MACHINE is wanted"
        ),
        false => line.to_owned(),
    };
    if let Some(folder) = waveform.and_then(Path::parent) {
        let exists = folder.as_os_str().is_empty() || folder.is_dir();
        ensure!(exists, "vcd: no folder {}", folder.display());
    }
    let bar = progress::spinner("replaying");
    let facts = campaign::replay(&script, custom, gate, waveform);
    bar.finish_and_clear();
    let facts = facts.with_context(|| format!("replay of `{line}`"))?;
    if json {
        output::json(&facts)?;
    } else {
        output::line(format!(
            "passed: {} operations, {} checkpoints, {} rollbacks, {} blocks copied, {} cycles",
            facts.operations, facts.checkpoints, facts.rollbacks, facts.copies, facts.cycles
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
