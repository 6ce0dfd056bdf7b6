//! What commands print: one line to a value, or JSON.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;

/// Prints a line. A closed pipe (`mch ... | head`) is an error, not a panic.
pub fn line(text: impl AsRef<str>) -> Result<()> {
    writeln!(std::io::stdout(), "{}", text.as_ref()).context("cannot write to standard output")
}

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    line(serde_json::to_string_pretty(value)?)
}
