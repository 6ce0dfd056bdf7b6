//! Running the command.

use std::path::Path;
use std::process::{Command, Output};

/// The command, ready for arguments.
pub fn mch() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mch"))
}

/// Runs it.
pub fn run(arguments: &[&str]) -> Output {
    mch().args(arguments).output().expect("mch runs")
}

/// Runs it; it must succeed. Returns what it printed.
pub fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs it; it must fail with this exit code. Returns what it said.
pub fn fail(code: i32, arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {}",
        said(&output)
    );
    said(&output)
}

/// Standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
