//! What a campaign found, in memory and in a folder from which it can be resumed.

use super::FaultOptions;
use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A fault point or a sequence after which the machine was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was found.
    pub message: String,
    /// The command that replays it.
    pub replay: String,
    /// Its waveform, where one was written.
    pub waveform: Option<PathBuf>,
}

/// What a unit came to, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitResult {
    /// The unit's name.
    pub unit: String,
    /// Fault points judged, or sequences compared.
    pub points: u64,
    /// Of those, after which the guest was rolled back and its memory was the checkpoint.
    pub rolled_back: u64,
    /// There was no checkpoint yet.
    pub no_checkpoint: u64,
    /// The checkpoint was lost, as the contract allows.
    pub lost: u64,
    /// Simulated cycles, faults and recoveries included.
    pub cycles: u64,
    /// Wall-clock time of one thread, in seconds.
    pub seconds: f64,
    /// The fault point to go on with; none when the unit is finished.
    pub next: Option<u64>,
    /// Failures.
    pub failures: Vec<Failure>,
}

/// What decides a campaign's results: two runs must agree on it to be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Settings {
    seed: u64,
    depth: usize,
    stride: u64,
}

impl Settings {
    fn of(options: &FaultOptions) -> Settings {
        Settings {
            seed: options.seed,
            depth: options.depth,
            stride: options.stride,
        }
    }
}

/// What a campaign came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Operations in the longest sequences.
    pub depth: usize,
    /// Cycles from one fault point to the next.
    pub stride: u64,
    /// Units in all.
    pub units: usize,
    /// Units finished.
    pub finished: usize,
    /// Wall-clock time, in seconds, of all runs.
    pub seconds: f64,
    /// Of all units, in the order in which they ended.
    pub results: Vec<UnitResult>,
}

impl Report {
    pub(super) fn new(options: &FaultOptions, folder: Option<&Folder>) -> Report {
        Report {
            seed: options.seed,
            depth: options.depth,
            stride: options.stride,
            seconds: folder.map_or(0.0, |folder| folder.seconds),
            results: folder.map_or(Vec::new(), |folder| folder.results.clone()),
            ..Report::default()
        }
    }

    pub(super) fn add(&mut self, result: UnitResult) {
        self.results.push(result);
    }

    /// The fault point with which a unit goes on; none if it is finished.
    pub(super) fn next_point(&self, unit: &str) -> Option<u64> {
        let mut mine = self
            .results
            .iter()
            .rev()
            .filter(|result| result.unit == unit);
        mine.next().map_or(Some(0), |last| last.next)
    }

    /// All failures.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.results.iter().flat_map(|result| &result.failures)
    }

    /// The sum over the units whose names satisfy a condition.
    pub fn sum(&self, of: impl Fn(&str) -> bool) -> UnitResult {
        let mut sum = UnitResult::default();
        for result in self.results.iter().filter(|result| of(&result.unit)) {
            sum.points += result.points;
            sum.rolled_back += result.rolled_back;
            sum.no_checkpoint += result.no_checkpoint;
            sum.lost += result.lost;
            sum.cycles += result.cycles;
            sum.seconds += result.seconds;
            sum.failures.extend(result.failures.iter().cloned());
        }
        sum
    }
}

/// A folder of results: `campaign.json` says what was asked, `results.jsonl` has a line for each unit that ended.
pub(super) struct Folder {
    path: PathBuf,
    results: Vec<UnitResult>,
    seconds: f64,
}

impl Folder {
    /// Opens a folder, or makes it. One of another campaign is refused.
    pub fn open(path: &Path, options: &FaultOptions) -> Result<Folder> {
        fs::create_dir_all(path)?;
        let settings = Settings::of(options);
        let about = path.join("campaign.json");
        if about.exists() {
            let text = fs::read_to_string(&about)?;
            let found: Settings =
                serde_json::from_str(&text).with_context(|| format!("in {}", about.display()))?;
            ensure!(
                found == settings,
                "they are of another campaign: {found:?}, not {settings:?}; give the same seed, depth and stride, or another folder"
            );
        } else {
            fs::write(&about, serde_json::to_string(&settings)?)?;
        }
        let mut results = Vec::new();
        let lines = path.join("results.jsonl");
        if lines.exists() {
            let text = fs::read_to_string(&lines)?;
            // A line that a crash cut off is no result.
            let complete = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            results = complete.collect();
            let kept: String = results
                .iter()
                .map(|result| Ok(serde_json::to_string(result)? + "\n"))
                .collect::<Result<String>>()?;
            if kept.len() != text.len() {
                fs::write(&lines, kept)?;
            }
        }
        let seconds = fs::read_to_string(path.join("seconds"));
        let seconds = seconds
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0.0);
        Ok(Folder {
            path: path.to_owned(),
            results,
            seconds,
        })
    }

    /// Keeps a result.
    pub fn append(&self, result: &UnitResult) -> Result<()> {
        let path = self.path.join("results.jsonl");
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)?;
        let line = serde_json::to_string(result)? + "\n";
        file.write_all(line.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Keeps the time that the campaign has taken so far.
    pub fn finish(&self, report: &Report) -> Result<()> {
        fs::write(self.path.join("seconds"), report.seconds.to_string())?;
        Ok(())
    }
}
