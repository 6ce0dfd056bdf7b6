//! `mch board`: the self test of a board, down to its bitstream.

mod boards;
mod flow;

use crate::folder::{self, Files, Owner};
use crate::{output, progress};
use anyhow::{ensure, Result};
use boards::Board;
use mch_hdl::board;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Bits per second of the serial line.
const BAUD: u32 = 115_200;
/// The file that marks a folder as written by this command.
const OWNER: Owner = Owner {
    command: "mch board",
    marker: "mch.toml",
    marker_line: "# Written by mch board, which replaces this folder; edit a copy elsewhere.",
    list: "board.f",
    optional: &[
        "synthesis.ys",
        "yosys.log",
        "cells.json",
        "netlist.json",
        "nextpnr.json",
        "nextpnr.log",
        "placed.config",
        "placed.json",
        "pack.log",
        "ulx3s.bit",
        "orangecrab.bit",
        "tang_nano_20k.fs",
    ],
};

/// Make the bitstream of a board's self test: the unit with block RAM and a traffic generator, which says PASS or FAIL
///
/// The design attaches a guest, writes, takes a checkpoint, writes on, loses a master within a burst, rolls back, and compares all of memory
/// but the log, over and over. LEDs and the serial line (115200 baud, 8N1) tell what came of it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Board
    #[arg(value_enum)]
    board: Board,
    /// Folder to write, relative; default: build/ and the board's name
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Seed of placement
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Write the sources only
    #[arg(long)]
    sources: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    board: Board,
    folder: PathBuf,
    /// The clock that the design runs with, in MHz.
    clock: f64,
    cells: BTreeMap<String, u64>,
    /// The fastest clock, in MHz.
    fmax: Option<f64>,
    /// Hold times that nextpnr's model finds violated; no slower clock mends them.
    hold_violations: u64,
    /// None: it was not made.
    bitstream: Option<PathBuf>,
    /// Why not.
    problem: Option<String>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let board = arguments.board.description();
    let default = || PathBuf::from("build").join(board.name);
    let folder = arguments.output.unwrap_or_else(default);
    ensure!(
        folder.is_relative(),
        "output = {}: must be relative",
        folder.display()
    );
    folder::write(&folder, &sources(&board)?, &OWNER)?;
    let mut report = Report {
        board: arguments.board,
        folder: folder.clone(),
        clock: f64::from(board.kilohertz) / 1000.0,
        cells: BTreeMap::new(),
        fmax: None,
        hold_violations: 0,
        bitstream: None,
        problem: None,
    };
    if !arguments.sources {
        let job = flow::Job {
            board: &board,
            folder: &folder,
            seed: arguments.seed,
        };
        let bar = progress::spinner("yosys");
        let built = build(&job, &mut report, &bar);
        bar.finish_and_clear();
        if let Err(error) = built {
            crate::interrupt::check()?;
            report.problem = Some(format!("{error:#}"));
        }
    }
    if arguments.json {
        output::json(&report)?;
    } else {
        output::line(report.text(arguments.sources))?;
    }
    Ok(match &report.problem {
        None => ExitCode::SUCCESS,
        Some(problem) => {
            eprintln!("mch: {}: no bitstream: {problem}", board.name);
            ExitCode::FAILURE
        }
    })
}

/// All files that the tools need.
fn sources(board: &boards::Description) -> Result<Files> {
    let config = board::smallest();
    let mut files = Files::new();
    let mut list = String::new();
    for file in board::generate(&config, board.kilohertz * 1000 / BAUD)? {
        list += &format!("rtl/{}\n", file.name);
        files.insert(format!("rtl/{}", file.name), file.text);
    }
    let top = format!("{}.v", board.top);
    list += &format!("board_reset.v\n{top}\n");
    files.insert("board_reset.v".to_owned(), boards::RESET.to_owned());
    files.insert(top, board.verilog.to_owned());
    files.insert(board.pins_name.to_owned(), board.pins.to_owned());
    files.insert(OWNER.list.to_owned(), list);
    let text = format!("{}\n{}", OWNER.marker_line, toml::to_string(&config)?);
    files.insert(OWNER.marker.to_owned(), text);
    Ok(files)
}

/// Runs the tools, and notes what they find.
fn build(job: &flow::Job, report: &mut Report, bar: &progress::Meter) -> Result<()> {
    report.cells = job.synthesize()?;
    bar.set_message("nextpnr");
    let placed = job.place()?;
    report.fmax = Some(placed.fmax);
    report.hold_violations = job.hold_violations()?;
    ensure!(
        placed.fmax >= report.clock,
        "misses its clock: {:.1} MHz of {:.1}; another --seed may do",
        placed.fmax,
        report.clock
    );
    bar.set_message("packing");
    report.bitstream = Some(job.pack()?);
    Ok(())
}

impl Report {
    fn text(&self, sources: bool) -> String {
        let folder = self.folder.display();
        if sources {
            return format!("{folder}: sources written");
        }
        let mut text = format!("{folder}:");
        for (cell, count) in &self.cells {
            text += &format!(" {count} {cell},");
        }
        if let Some(fmax) = self.fmax {
            text += &format!(" {fmax:.1} MHz of {:.1}", self.clock);
        }
        if self.hold_violations > 0 {
            text += &format!(
                "\n{folder}/nextpnr.log: {} hold-time violations, which no slower clock mends: read there what they are before you trust the bitstream",
                self.hold_violations
            );
        }
        if let Some(bitstream) = &self.bitstream {
            text += &format!("\n{}: written", bitstream.display());
        }
        text
    }
}
