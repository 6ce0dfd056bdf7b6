//! `mch simulate`: a memory trace through the unit's Verilog.

use crate::configuration::{strategy, ConfigArguments};
use crate::{interrupt, output, progress};
use anyhow::{ensure, Context, Result};
use clap::ArgGroup;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::simulate::{
    replay, Cycles, Fault, GuestReport, MemoryTiming, Options, Report, Waveform,
};
use mch_verification::trace::{self, Event, Kind};
use std::path::PathBuf;
use std::process::ExitCode;
use verilated::Trace;

/// Replay a memory trace through the Verilog, checking every read and all of memory
///
/// A trace has an event a line: `time guest kind [address [data]]`; kinds are W (write), R (read, a length instead of data), C (checkpoint)
/// and B (break the guest and roll it back). Guest g uses port g modulo the ports; its region is an equal share of system
/// memory. A broken guest goes on from its last checkpoint, so that memory ends as the trace alone makes it.
/// Under S2 a second unit with a memory of its own stands by at the other end of a link; no guest is broken, but in the end the first computer is lost
/// and every guest's memory in the second compared with its last checkpoint.
#[derive(clap::Args)]
#[command(group = ArgGroup::new("waveform").args(["vcd", "fst"]))]
pub struct Arguments {
    /// The trace
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// Strategy of the guests [default: the first one built]
    #[arg(long, value_name = "NAME", value_parser = strategy)]
    strategy: Option<Strategy>,
    /// Cycles that the memory takes to answer
    #[arg(
        long,
        value_name = "CYCLES",
        default_value_t = 20,
        conflicts_with = "dram"
    )]
    latency: u32,
    /// A memory with banks, rows and refresh
    #[arg(long)]
    dram: bool,
    /// Checkpoint every guest so often, by the unit's timer
    #[arg(long, value_name = "CYCLES", default_value_t = 0)]
    checkpoint_every: u32,
    /// Bytes of each guest's log; a checkpoint starts when it is half full [default: never full]
    #[arg(long, value_name = "SIZE")]
    log_size: Option<Size>,
    /// Break a guest at this cycle (guest 0 if none is named); may be repeated
    #[arg(long, value_name = "[GUEST:]CYCLE", value_parser = fault)]
    fault_at: Vec<Fault>,
    /// Break so many guests, at random moments
    #[arg(long, value_name = "COUNT", conflicts_with = "fault_at")]
    faults: Option<u32>,
    /// Decides random faults and what memory holds at first
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write a waveform (VCD)
    #[arg(long, value_name = "FILE")]
    vcd: Option<PathBuf>,
    /// Write a waveform (FST)
    #[arg(long, value_name = "FILE")]
    fst: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

fn fault(text: &str) -> Result<Fault, String> {
    let (guest, cycle) = text.split_once(':').unwrap_or(("0", text));
    match (guest.parse(), cycle.parse()) {
        (Ok(guest), Ok(cycle)) => Ok(Fault { guest, cycle }),
        _ => Err("must be a cycle, or a guest, a colon and a cycle".to_owned()),
    }
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let events = trace::read(&arguments.trace)?;
    let options =
        options(&arguments, &events).with_context(|| arguments.trace.display().to_string())?;
    let bar = progress::count("building the model", events.len() as u64);
    let report = replay(&options, &events, |now| {
        bar.set_message(format!("cycle {}", now.cycle));
        bar.set_position(now.events as u64);
        !interrupt::is_asked()
    });
    bar.finish_and_clear();
    let report = report?;
    if arguments.json {
        output::json(&report)?;
    } else {
        output::line(table(&report))?;
        output::line(format!(
            "{} cycles; right: {} bytes read, {} images of memory",
            report.cycles, report.bytes_checked, report.images_checked
        ))?;
        if let Some(waveform) = &options.waveform {
            output::line(format!("waveform: gtkwave {}", waveform.path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The unit that a trace gets when nobody says which: its guests, with a port each as far as there are ports, and 1 MiB.
fn fitting(events: &[Event]) -> Config {
    let guests = events
        .iter()
        .map(|event| event.guest + 1)
        .max()
        .unwrap_or(1)
        .max(2);
    Config {
        ports: guests.min(8),
        guests,
        regions: guests,
        memory_size: Size(1 << 20),
        ..Config::default()
    }
}

fn options(arguments: &Arguments, events: &[Event]) -> Result<Options> {
    let mut defaults = fitting(events);
    if let Some(guests) = arguments.config.guests {
        // Regions follow the guests unless told otherwise.
        defaults.regions = guests.clamp(1, 32);
    }
    // Nobody has to name the link of S2, nor S2 twice.
    match &arguments.config.strategies {
        Some(strategies) => defaults.link = strategies.contains(&Strategy::S2),
        None if arguments.strategy == Some(Strategy::S2) => {
            (defaults.strategies, defaults.link) = (vec![Strategy::S2], true);
        }
        None => {}
    }
    let config = arguments.config.resolve_with_counters(defaults)?;
    let strategy = (arguments.strategy.or(config.first_strategy()))
        .context("strategies: there must be one at least")?;
    let end = events.last().map_or(0, |event| event.time);
    let faults = match arguments.faults {
        Some(count) => Fault::random(count, arguments.seed, config.guests, end),
        None => arguments.fault_at.clone(),
    };
    ensure!(
        faults.is_empty() || events.iter().any(|event| event.kind != Kind::Rollback),
        "there is nothing in it to break"
    );
    let waveform =
        |path: &Option<PathBuf>, format| path.clone().map(|path| Waveform { format, path });
    Ok(Options {
        strategy,
        timing: match arguments.dram {
            true => MemoryTiming::Dram,
            false => MemoryTiming::Fixed(arguments.latency),
        },
        period: arguments.checkpoint_every,
        log_size: arguments.log_size,
        faults,
        seed: arguments.seed,
        waveform: waveform(&arguments.vcd, Trace::Vcd).or(waveform(&arguments.fst, Trace::Fst)),
        config,
    })
}

fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let guests = (0..report.guests.len()).map(|guest| format!("guest {guest}"));
    table.set_header(std::iter::once(report.strategy.to_string()).chain(guests));
    let mut row = |name: &str, value: fn(&GuestReport) -> String| {
        let values = report.guests.iter().map(value);
        table.add_row(std::iter::once(name.to_owned()).chain(values));
    };
    row("write bursts", |g| g.writes.count.to_string());
    row("read bursts", |g| g.reads.count.to_string());
    row("checkpoints", |g| g.checkpoints.to_string());
    row("faults", |g| g.faults.to_string());
    row("rollbacks", |g| g.rollbacks.to_string());
    row("blocks copied", |g| g.blocks_copied.to_string());
    row("log entries", |g| g.log_entries.to_string());
    row("pause of a commit, mean (max) cycles", |g| {
        cycles(&g.pauses)
    });
    row("rendezvous, mean (max) cycles", |g| cycles(&g.rendezvous));
    row("outage, mean (max) cycles", |g| cycles(&g.outages));
    if report.strategy == Strategy::S2 {
        row("takeover at the end, cycles", |g| {
            g.takeover
                .map_or("-".to_owned(), |cycles| cycles.to_string())
        });
    }
    row("write latency, mean (max) cycles", |g| cycles(&g.writes));
    row("read latency, mean (max) cycles", |g| cycles(&g.reads));
    table.to_string()
}

fn cycles(cycles: &Cycles) -> String {
    match cycles.count {
        0 => "-".to_owned(),
        _ => format!("{:.1} ({})", cycles.mean(), cycles.max),
    }
}
