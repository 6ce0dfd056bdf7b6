//! `mch bench`: cycle figures of the unit beside what they should be.

use crate::{interrupt, output, progress};
use anyhow::{Context, Result};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_verification::bench::{self, BenchOptions, BenchReport, Group};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure bandwidth, latency, commits, rollbacks and the copy engine in exact cycles
#[derive(clap::Args)]
pub struct Arguments {
    /// A selection that takes seconds: 64 bits, blocks of 64 bytes, latency 40
    #[arg(long)]
    quick: bool,
    /// Measure these groups only
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = group)]
    groups: Option<Vec<Group>>,
    /// Write the tables into the document
    #[arg(long)]
    write_docs: bool,
    /// The document, with a marked place for each table
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    document: PathBuf,
    /// Fail if a target is missed
    #[arg(long)]
    check: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

fn group(text: &str) -> Result<Group, String> {
    let found = Group::ALL.into_iter().find(|group| group.name() == text);
    found.ok_or_else(|| format!("must be one of {}", Group::ALL.map(Group::name).join(", ")))
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut options = match arguments.quick {
        true => BenchOptions::quick(),
        false => BenchOptions::default(),
    };
    if let Some(groups) = arguments.groups {
        options.groups = groups;
    }
    // Read first: measurements must not be lost to a wrong path.
    let document = match arguments.write_docs {
        true => Some(
            std::fs::read_to_string(&arguments.document)
                .with_context(|| format!("cannot read {}", arguments.document.display()))?,
        ),
        false => None,
    };
    let bar = progress::spinner("");
    let mut report = BenchReport::default();
    let result = bench::run(&options, &mut report, &mut |what| {
        interrupt::check()?;
        bar.set_message(what.to_owned());
        Ok(())
    });
    bar.finish_and_clear();
    // What was measured before an interrupt or an error is kept.
    if let Some(document) = document {
        let path = &arguments.document;
        let text =
            bench::write_tables(&document, &report).with_context(|| path.display().to_string())?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        output::json(&report)?;
    } else {
        for table in &report.tables {
            print(table)?;
        }
    }
    result?;
    let missed = report.missed().count();
    if missed > 0 {
        eprintln!("mch: {missed} figures miss their targets");
    }
    Ok(match arguments.check && missed > 0 {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Prints a table; `!` marks a figure that misses its target.
fn print(table: &bench::Table) -> Result<()> {
    let left = if table.complete { "" } else { " (incomplete)" };
    output::line(format!("{}{left}", table.title))?;
    for grid in bench::grids(table) {
        let mut shown = Table::new();
        shown.load_preset(UTF8_FULL_CONDENSED);
        shown.set_header(&grid.header);
        for row in grid.rows {
            shown.add_row(row.into_iter().map(|cell| match cell.missed {
                true => format!("{} !", cell.text),
                false => cell.text,
            }));
        }
        output::line(shown.to_string())?;
    }
    output::line(String::new())
}
