//! What is known of each task.

use super::job::Job;
use super::tasks::Method;
use anyhow::{Context, Result};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds, within what the method says.
    Proved,
    /// All that is to be reached was reached.
    Reached,
    /// There is a counterexample, or something was not reached.
    Failed,
    /// It holds to the depth; that it always holds was not shown.
    NotInductive,
    /// The mutant was found.
    Found,
    /// The mutant was not found.
    Missed,
    /// It was given up.
    TimeLimit,
    /// Ctrl-C.
    Interrupted,
    /// A tool failed.
    Error,
    /// Its turn did not come.
    NotRun,
}

impl Outcome {
    /// Whether this is what is wanted.
    pub fn is_good(self) -> bool {
        matches!(self, Outcome::Proved | Outcome::Reached | Outcome::Found)
    }

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Outcome::Proved => "proved",
            Outcome::Reached => "reached",
            Outcome::Failed => "FAILED",
            Outcome::NotInductive => "NOT INDUCTIVE, holds to the depth",
            Outcome::Found => "found",
            Outcome::Missed => "MISSED",
            Outcome::TimeLimit => "TIME LIMIT",
            Outcome::Interrupted => "INTERRUPTED",
            Outcome::Error => "TOOL FAILED",
            Outcome::NotRun => "NOT RUN",
        }
    }
}

/// A task and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The blocks under proof.
    pub block: String,
    /// What is proved.
    pub property: String,
    /// How.
    pub method: Method,
    /// Cycles.
    pub depth: u32,
    /// Whether the Verilog was broken.
    pub is_mutant: bool,
    /// The end.
    pub outcome: Outcome,
    /// Wall-clock time.
    pub seconds: f64,
    /// What the tools said, if it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The counterexample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waveform: Option<PathBuf>,
    /// The command that does it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
}

impl Row {
    /// The method with its depth.
    pub fn method(&self) -> String {
        match self.method {
            Method::Induction => format!("induction, {} cycles: unbounded", self.depth),
            Method::Combinational => "combinational: unbounded".to_owned(),
            Method::Bounded => format!("bounded, {} cycles from reset", self.depth),
            Method::Cover => format!("cover, within {} cycles", self.depth),
        }
    }
}

/// All tasks of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether every task came to an end.
    pub complete: bool,
    /// The tasks.
    pub rows: Vec<Row>,
}

impl Report {
    /// Nothing has been run yet.
    pub fn new(jobs: &[Job]) -> Report {
        let rows = jobs.iter().map(Job::row).collect();
        Report {
            complete: false,
            rows,
        }
    }

    /// Writes what is known to `results.json`.
    pub fn save(&mut self, folder: &Path) -> Result<()> {
        let open = [Outcome::NotRun, Outcome::Interrupted, Outcome::TimeLimit];
        self.complete = !self.rows.iter().any(|row| open.contains(&row.outcome));
        let path = folder.join("results.json");
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether all ended well.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_good())
    }

    /// The table, and what there is to say of those that did not end well.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_header(["task", "block", "property", "method", "result", "seconds"]);
        for row in &self.rows {
            table.add_row([
                row.name.clone(),
                row.block.clone(),
                row.property.clone(),
                row.method(),
                row.outcome.text().to_owned(),
                format!("{:.0}", row.seconds),
            ]);
        }
        let mut text = table.to_string();
        for row in self.rows.iter().filter(|row| !row.outcome.is_good()) {
            text += &format!("\n{}: {}", row.name, row.outcome.text());
            if let Some(message) = &row.message {
                text += &format!("\n{message}");
            }
            if let Some(waveform) = &row.waveform {
                text += &format!("\nwaveform: gtkwave {}", waveform.display());
            }
            if let Some(replay) = &row.replay {
                text += &format!("\nreplay: {replay}");
            }
        }
        let good = self.rows.iter().filter(|row| row.outcome.is_good());
        let mark = if self.complete { "" } else { " (incomplete)" };
        text + &format!(
            "\n{} of {} as they should be{mark}",
            good.count(),
            self.rows.len()
        )
    }

    /// The table's rows for the document, by task.
    pub fn markdown(&self) -> BTreeMap<&str, String> {
        let row = |row: &Row| {
            format!(
                "| `{}` | {} | {} | {} | {} | {:.0} |\n",
                row.name,
                row.block,
                row.property,
                row.method(),
                row.outcome.text(),
                row.seconds
            )
        };
        let rows = self.rows.iter();
        rows.map(|one| (one.name.as_str(), row(one))).collect()
    }
}
