//! One run of SymbiYosys, in a folder of its own with the properties and the Verilog under proof.

use super::report::{Outcome, Row};
use super::tasks::Method;
use super::tools::Tools;
use crate::interrupt;
use anyhow::{bail, ensure, Context, Result};
use mch_hdl::generate::{generate, TOP};
use mch_spec::Config;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A changed line of Verilog.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The file of a module.
    pub file: String,
    /// What stands there, once.
    pub from: String,
    /// What is put there.
    pub to: String,
    /// Cycles from reset in which to look for the counterexample, without an induction; none for what the sby file says.
    pub depth: Option<u32>,
}

/// A task, or a mutant that a task must notice.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// The blocks under proof.
    pub block: String,
    /// What is proved.
    pub property: String,
    /// How.
    pub method: Method,
    /// Cycles: of the induction, or from reset.
    pub depth: u32,
    /// The properties.
    pub folder: PathBuf,
    /// The sby file.
    pub file: String,
    /// The task in it.
    pub task: Option<String>,
    /// The configuration.
    pub config: String,
    /// What is broken.
    pub mutation: Option<Mutation>,
}

/// How a run of SymbiYosys ended.
enum End {
    Exited(ExitStatus),
    TimedOut,
    Interrupted,
}

impl Job {
    /// The row of a job that has not been run.
    pub fn row(&self) -> Row {
        Row {
            name: self.name.clone(),
            block: self.block.clone(),
            property: self.property.clone(),
            method: self.method,
            depth: self.depth,
            is_mutant: self.mutation.is_some(),
            outcome: Outcome::NotRun,
            seconds: 0.0,
            message: None,
            waveform: None,
            replay: None,
        }
    }

    /// Runs it.
    pub fn run(&self, tools: &Tools, output: &Path, limit: Duration) -> Result<Row> {
        let folder = output.join(&self.name);
        self.prepare(&folder)
            .with_context(|| format!("preparing {}", folder.display()))?;
        let mut command = tools.sby();
        command.current_dir(&folder);
        command
            .args(["-f", "-d", "run", &self.file])
            .args(&self.task);
        let start = Instant::now();
        let end = supervise(&mut command, &folder.join("log"), limit)?;
        let mut row = self.row();
        row.seconds = start.elapsed().as_secs_f64();
        row.outcome = match end {
            End::TimedOut => Outcome::TimeLimit,
            End::Interrupted => Outcome::Interrupted,
            End::Exited(status) => self.outcome(&folder, status)?,
        };
        if row.outcome != Outcome::Found && !row.outcome.is_good() {
            row.message = said(&folder.join("log"));
            row.replay = Some(format!("mch prove {}", self.name));
        }
        if matches!(row.outcome, Outcome::Failed | Outcome::NotInductive) {
            row.waveform = waveform(&folder.join("run"));
        }
        Ok(row)
    }

    /// Properties, Verilog: nothing in the folder is left from before.
    fn prepare(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let verilog = folder.join("rtl");
        fs::create_dir_all(&verilog)?;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, folder.join(name))?;
            }
        }
        let config = Config::from_file(self.folder.join(&self.config))?;
        let mut files = generate(&config)?;
        if let Some(mutation) = &self.mutation {
            let file = files.iter_mut().find(|file| file.name == mutation.file);
            let file = file.with_context(|| format!("there is no {}", mutation.file))?;
            let count = file.text.matches(&mutation.from).count();
            ensure!(
                count == 1,
                "{}: `{}` stands there {count} times; once is needed",
                mutation.file,
                mutation.from
            );
            file.text = file.text.replace(&mutation.from, &mutation.to);
            if let Some(depth) = mutation.depth {
                let path = folder.join(&self.file);
                let text = bounded(&fs::read_to_string(&path)?, depth);
                fs::write(path, text)?;
            }
        }
        let top = format!("{TOP}.v");
        // The top is read only by those who ask for it: it takes Yosys long.
        for file in files {
            let place = match file.name == top {
                true => folder.join(&top),
                false => verilog.join(&file.name),
            };
            fs::write(place, file.text)?;
        }
        Ok(())
    }

    fn outcome(&self, folder: &Path, status: ExitStatus) -> Result<Outcome> {
        let path = folder.join("run/status");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let word = text.split_whitespace().next().unwrap_or_default();
        Ok(match (word, &self.mutation) {
            ("PASS", None) if status.success() => match self.method {
                Method::Cover => Outcome::Reached,
                _ => Outcome::Proved,
            },
            ("PASS", Some(_)) => Outcome::Missed,
            ("FAIL", Some(_)) => Outcome::Found,
            ("FAIL", None) => Outcome::Failed,
            // The base case holds to the depth, the step does not.
            ("UNKNOWN", None) => Outcome::NotInductive,
            ("UNKNOWN", Some(_)) => Outcome::Missed,
            ("", _) => bail!("SymbiYosys ended ({status}) without a result; see its log"),
            _ => Outcome::Error,
        })
    }
}

/// Runs a program with all it starts, for so long at most; what it says goes to the log.
fn supervise(command: &mut Command, log: &Path, limit: Duration) -> Result<End> {
    let program = command.get_program().to_string_lossy().into_owned();
    let file = fs::File::create(log).with_context(|| log.display().to_string())?;
    command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file);
    // A group of its own: solvers must not outlive it.
    let mut child = command
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run {program}: run scripts/setup"))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Exited(status));
        }
        let end = match (interrupt::is_asked(), start.elapsed() > limit) {
            (true, _) => End::Interrupted,
            (_, true) => End::TimedOut,
            _ => {
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        stop(&mut child)?;
        return Ok(end);
    }
}

/// Ends a process group: politely, then at once.
fn stop(child: &mut Child) -> Result<()> {
    let group = child.id();
    for signal in ["TERM", "KILL"] {
        let kill = format!("kill -{signal} -{group} 2>/dev/null");
        Command::new("sh").args(["-c", &kill]).status()?;
        for _ in 0..40 {
            if child.try_wait()?.is_some() && signal == "KILL" {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }
    child.wait()?;
    Ok(())
}

/// An sby file whose tasks look from reset on, for so many cycles, and no further.
fn bounded(text: &str, depth: u32) -> String {
    let lines = text.lines().map(|line| match line.split_once("depth ") {
        Some((task, _)) => format!("{task}depth {depth}\n"),
        None => line.replace("mode prove", "mode bmc") + "\n",
    });
    lines.collect()
}

/// The lines of the log that say what went wrong.
fn said(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let telling = [
        "ERROR",
        "Assert failed",
        "Unreached cover",
        "unreached cover",
        "Traceback",
    ];
    let lines = text.lines();
    let lines: Vec<&str> = lines
        .filter(|line| telling.iter().any(|word| line.contains(word)))
        .collect();
    let from = lines.len().saturating_sub(6);
    (!lines.is_empty()).then(|| lines[from..].join("\n"))
}

fn waveform(run: &Path) -> Option<PathBuf> {
    let engine = run.join("engine_0");
    ["trace.vcd", "trace_induct.vcd"]
        .iter()
        .map(|name| engine.join(name))
        .find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn a_mutant_may_be_looked_at_for_longer() {
        let text = "[options]\nmode prove\nrules: depth 7\n[engines]\n";
        let wanted = "[options]\nmode bmc\nrules: depth 20\n[engines]\n";
        assert_eq!(bounded(text, 20), wanted);
    }
}
