//! Verilator and the C++ compiler: where they are, their versions, and how their failures read.

use crate::{Error, Result};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

/// The programs that build models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    verilator: OsString,
    compiler: OsString,
}

impl Default for Tools {
    fn default() -> Self {
        let from =
            |variable: &str, name: &str| std::env::var_os(variable).unwrap_or_else(|| name.into());
        Tools {
            verilator: from("VERILATOR", "verilator"),
            compiler: from("CXX", "g++"),
        }
    }
}

impl Tools {
    /// The same tools with another Verilator.
    pub fn verilator(mut self, program: impl Into<OsString>) -> Self {
        self.verilator = program.into();
        self
    }

    /// The same tools with another C++ compiler (g++ or clang++).
    pub fn compiler(mut self, program: impl Into<OsString>) -> Self {
        self.compiler = program.into();
        self
    }

    /// Verilator's version line.
    pub fn verilator_version(&self) -> Result<String> {
        version(&self.verilator, "verilator", "VERILATOR")
    }

    /// The compiler's version line.
    pub fn compiler_version(&self) -> Result<String> {
        version(&self.compiler, "g++", "CXX")
    }

    pub(crate) fn verilator_command(&self) -> Command {
        Command::new(&self.verilator)
    }

    pub(crate) fn compiler_command(&self) -> Command {
        Command::new(&self.compiler)
    }

    /// The folder of Verilator's runtime sources.
    pub(crate) fn include_folder(&self) -> Result<PathBuf> {
        let mut command = self.verilator_command();
        command.args(["--getenv", "VERILATOR_ROOT"]);
        let output = run(
            command,
            "asking Verilator for its folder",
            &self.verilator_version()?,
        )?;
        Ok(PathBuf::from(output.lines().next().unwrap_or_default().trim()).join("include"))
    }

    pub(crate) fn missing_compiler(&self, source: std::io::Error) -> Error {
        missing(&self.compiler, "g++", "CXX", source)
    }
}

fn missing(
    program: &OsStr,
    package: &'static str,
    variable: &'static str,
    source: std::io::Error,
) -> Error {
    Error::MissingTool {
        tool: program.to_string_lossy().into_owned(),
        package,
        variable,
        source,
    }
}

/// Asked once per program and process: Verilator's answer costs tens of milliseconds.
fn version(program: &OsStr, package: &'static str, variable: &'static str) -> Result<String> {
    static KNOWN: Mutex<Option<HashMap<OsString, String>>> = Mutex::new(None);
    let mut known = KNOWN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let known = known.get_or_insert_with(HashMap::new);
    if let Some(version) = known.get(program) {
        return Ok(version.clone());
    }
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|source| missing(program, package, variable, source))?;
    let text = checked(
        &command,
        &output,
        "asking for the version",
        "version unknown",
    )?;
    let version = text.lines().next().unwrap_or_default().trim().to_string();
    known.insert(program.to_owned(), version.clone());
    Ok(version)
}

/// Runs a command to its end and returns all it printed, or an error that holds it.
pub(crate) fn run(mut command: Command, action: &str, version: &str) -> Result<String> {
    command.stdin(Stdio::null());
    let output = command.output().map_err(|source| {
        missing(
            command.get_program(),
            "verilator g++",
            "VERILATOR or CXX",
            source,
        )
    })?;
    checked(&command, &output, action, version)
}

pub(crate) fn checked(
    command: &Command,
    output: &Output,
    action: &str,
    version: &str,
) -> Result<String> {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(text);
    }
    Err(Error::Tool {
        action: action.to_string(),
        version: version.to_string(),
        command: shown(command),
        status: output.status,
        output: text,
    })
}

/// The command as one could type it.
pub(crate) fn shown(command: &Command) -> String {
    let quote = |word: &OsStr| {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=,:@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.into_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    let mut line = String::new();
    if let Some(folder) = command.get_current_dir() {
        line = format!("cd {} && ", quote(folder.as_os_str()));
    }
    line.push_str(&quote(command.get_program()));
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&quote(argument));
    }
    line
}
