//! Ctrl-C: asks long work to end tidily; the second one ends the process.

use anyhow::{bail, Context, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// What a shell reports for a process that Ctrl-C ended.
pub const EXIT_CODE: u8 = 130;

/// Installs the handler.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
        eprintln!("\nmch: ending (Ctrl-C again: at once)");
    })
    .context("cannot catch Ctrl-C")
}

/// What Ctrl-C sets, for code that polls it itself.
pub fn flag() -> &'static AtomicBool {
    &ASKED
}

/// Whether Ctrl-C was pressed; long loops poll this.
pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// An error once Ctrl-C was pressed.
pub fn check() -> Result<()> {
    if is_asked() {
        bail!("interrupted");
    }
    Ok(())
}
