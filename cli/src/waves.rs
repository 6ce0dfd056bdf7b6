//! `mch waves`: the timeline of checkpoints, pauses, copies and rollbacks that a waveform shows.

use crate::{output, progress};
use anyhow::{Context, Result};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_verification::waves::{self, Kind, Outcome, Span, Timeline};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Show the timeline of checkpoints, pauses, copies and rollbacks in a waveform (VCD)
///
/// The unit is found by its signals, so the waveform may be of a whole system. Cycles are counted from the waveform's first.
#[derive(clap::Args)]
pub struct Arguments {
    /// The waveform
    waveform: PathBuf,
    /// Width of the picture in the terminal, in letters
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    width: u16,
    /// Leave the list of spans out
    #[arg(long)]
    brief: bool,
    /// Draw the timeline (SVG)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write a save file that opens the unit's signals in GTKWave
    #[arg(long, value_name = "FILE")]
    gtkw: Option<PathBuf>,
    /// Write a command file that opens the unit's signals in Surfer
    #[arg(long, value_name = "FILE")]
    surfer: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let path = &arguments.waveform;
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let length = file.metadata().map_or(0, |data| data.len());
    let bar = progress::count("bytes read", length);
    let read = waves::read(BufReader::new(bar.wrap_read(file)));
    bar.finish_and_clear();
    let (unit, timeline) = read.with_context(|| path.display().to_string())?;
    let absolute = std::path::absolute(path)?;
    if let Some(to) = &arguments.svg {
        let title = path.file_name().unwrap_or_default().to_string_lossy();
        save(to, &waves::svg(&timeline, &title)?)?;
    }
    if let Some(to) = &arguments.gtkw {
        save(to, &waves::gtkwave(&absolute, &unit))?;
    }
    if let Some(to) = &arguments.surfer {
        save(to, &waves::surfer(&absolute, &unit))?;
    }
    if arguments.json {
        output::json(&timeline)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!(
        "{} cycles, {} guests, unit {}",
        timeline.cycles,
        timeline.guests.len(),
        unit.scope.join(".")
    ))?;
    for (guest, lane) in waves::lanes(&timeline, arguments.width.into())
        .iter()
        .enumerate()
    {
        output::line(format!("guest {guest:2} {lane}"))?;
    }
    output::line("R rollback, P pause for a commit, r rendezvous, c copies while running")?;
    if !arguments.brief {
        output::line(spans(&timeline).to_string())?;
    }
    output::line(totals(&timeline).to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn save(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rendezvous => "rendezvous",
        Kind::Pause => "pause",
        Kind::Rollback => "rollback",
    }
}

fn end(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Committed => "committed",
        Outcome::RolledBack => "rolled back",
        Outcome::Aborted => "aborted",
        Outcome::Detached => "detached",
        Outcome::Unfinished => "unfinished",
    }
}

/// All spans of all guests, in the order of their starts.
fn spans(timeline: &Timeline) -> Table {
    let mut table = table([
        "guest", "span", "from", "to", "cycles", "end", "saves", "scans", "restores", "pushes",
        "errors",
    ]);
    let mut all: Vec<(usize, &Span)> = timeline
        .guests
        .iter()
        .enumerate()
        .flat_map(|(g, guest)| guest.spans.iter().map(move |span| (g, span)))
        .collect();
    all.sort_by_key(|(guest, span)| (span.start, *guest, span.end));
    for (guest, span) in all {
        let copies = &span.copies;
        table.add_row([
            guest.to_string(),
            name(span.kind).to_owned(),
            span.start.to_string(),
            span.end.to_string(),
            span.cycles().to_string(),
            end(span.outcome).to_owned(),
            copies.saves.to_string(),
            copies.scans.to_string(),
            copies.restores.to_string(),
            copies.pushes.to_string(),
            copies.errors.to_string(),
        ]);
    }
    table
}

fn totals(timeline: &Timeline) -> Table {
    let mut table = table([
        "guest",
        "commits",
        "aborted",
        "rollbacks",
        "longest pause",
        "longest rollback",
        "copies",
        "failed",
    ]);
    for (g, guest) in timeline.guests.iter().enumerate() {
        let longest = |kind: Kind| {
            let spans = guest.spans.iter().filter(|span| span.kind == kind);
            spans.map(Span::cycles).max().unwrap_or(0).to_string()
        };
        table.add_row([
            g.to_string(),
            guest.count(Kind::Pause, Outcome::Committed).to_string(),
            guest.count(Kind::Rendezvous, Outcome::Aborted).to_string(),
            guest.count(Kind::Rollback, Outcome::RolledBack).to_string(),
            longest(Kind::Pause),
            longest(Kind::Rollback),
            guest.copies.total().to_string(),
            guest.copies.errors.to_string(),
        ]);
    }
    table
}
