//! `mch prove`: the properties of `formal/`, each a task of SymbiYosys on the Verilog as it is emitted.

mod document;
mod job;
mod report;
mod tasks;
mod tools;

use crate::{interrupt, output, progress};
use anyhow::{ensure, Context, Result};
use job::Job;
use report::{Outcome, Report, Row};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::sync::Mutex;
use std::time::Duration;
use tasks::Tasks;
use tools::Tools;

/// Prove properties of the Verilog with SymbiYosys
///
/// A task that fails leaves its waveform and the line that replays it. Ctrl-C and the time limit keep what is known so far, marked as incomplete.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the tasks whose name contains one of these [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only the tasks that take seconds
    #[arg(long)]
    quick: bool,
    /// List the tasks, and prove nothing
    #[arg(long)]
    list: bool,
    /// Break the Verilog instead, a line at a time: the tasks must notice
    #[arg(long, conflicts_with_all = ["quick", "write_docs"])]
    mutants: bool,
    /// Give a task up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    time_limit: u64,
    /// Tasks at a time [default: one per processor]
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
    /// Folder of the tasks and their properties [default: formal, here or above]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Folder for logs, waveforms and results.json
    #[arg(long, value_name = "DIR", default_value = "build/prove")]
    output: PathBuf,
    /// Write the rows of these tasks into the table of docs/formal.md
    #[arg(long)]
    write_docs: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let threads = arguments.threads.unwrap_or_else(processors);
    ensure!(threads > 0, "threads = 0; allowed: 1 and more");
    ensure!(
        arguments.time_limit > 0,
        "time-limit = 0; allowed: 1 and more"
    );
    let folder = match arguments.folder {
        Some(folder) => folder,
        None => tools::find_above("formal", "the folder of the properties")?,
    };
    let tasks = Tasks::read(&folder)?;
    let jobs = match arguments.mutants {
        true => tasks.mutants(&arguments.names)?,
        false => tasks.select(&arguments.names, arguments.quick)?,
    };
    if arguments.list {
        return list(&jobs, arguments.json);
    }
    // Both before any work: nothing must be lost to a missing tool or a wrong folder.
    let tools = Tools::find()?;
    let document = match arguments.write_docs {
        true => Some(document::Document::read()?),
        false => None,
    };
    std::fs::create_dir_all(&arguments.output)
        .with_context(|| format!("cannot create {}", arguments.output.display()))?;
    let output = arguments.output.canonicalize()?;
    let limit = Duration::from_secs(arguments.time_limit);
    let report = prove(&jobs, &tools, &output, limit, threads)?;
    if let Some(document) = document {
        document.write(&report, &tasks.names())?;
    }
    match arguments.json {
        true => output::json(&report)?,
        false => output::line(report.text())?,
    }
    Ok(if interrupt::is_asked() {
        ExitCode::from(interrupt::EXIT_CODE)
    } else if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

fn list(jobs: &[Job], json: bool) -> Result<ExitCode> {
    if json {
        output::json(&jobs.iter().map(|job| &job.name).collect::<Vec<_>>())?;
    } else {
        for job in jobs {
            output::line(format!("{:28} {}", job.name, job.property))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the jobs, so many at a time; what is known is in `results.json` after each.
fn prove(
    jobs: &[Job],
    tools: &Tools,
    output: &Path,
    limit: Duration,
    threads: usize,
) -> Result<Report> {
    let bar = progress::count("", jobs.len() as u64);
    let waiting = Mutex::new((0..jobs.len()).collect::<VecDeque<_>>());
    let mut report = Report::new(jobs);
    report.save(output)?;
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            let sender = sender.clone();
            let (waiting, bar) = (&waiting, &bar);
            scope.spawn(move || loop {
                let next = waiting.lock().map(|mut queue| queue.pop_front());
                let Ok(Some(index)) = next else { return };
                if interrupt::is_asked() {
                    return;
                }
                bar.set_message(jobs[index].name.clone());
                let row = jobs[index].run(tools, output, limit);
                if sender.send((index, row)).is_err() {
                    return;
                }
            });
        }
        drop(sender);
        for (index, row) in receiver {
            let row: Row = row.unwrap_or_else(|error| Row {
                outcome: Outcome::Error,
                message: Some(format!("{error:#}")),
                ..jobs[index].row()
            });
            bar.inc();
            if !row.outcome.is_good() {
                bar.println(format!("{}: {}", row.name, row.outcome.text()));
            }
            report.rows[index] = row;
            report.save(output)?;
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    Ok(report)
}
