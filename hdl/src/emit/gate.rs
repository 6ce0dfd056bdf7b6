//! The gate every emitted design passes: Verilator's lint and Yosys's check, with no waiver.

use super::VerilogFile;
use anyhow::{bail, Context, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Writes the files into a folder, which must exist.
pub fn write_files(files: &[VerilogFile], folder: &Path) -> Result<()> {
    for file in files {
        let path = folder.join(&file.name);
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Runs `verilator --lint-only -Wall` and Yosys `proc; check -assert` on the files; the first is the top. Refuses any warning,
/// and any latch.
///
/// What has passed is remembered in the folder `memory`, by a hash of all text and of the tools' versions, and not looked at
/// again.
pub fn gate(files: &[VerilogFile], memory: &Path) -> Result<()> {
    let Some(top) = files.first().map(|f| f.name.trim_end_matches(".v")) else {
        bail!("there is nothing to check");
    };
    let mut hash = Sha256::new();
    for tool in [&["verilator", "--version"], &["yosys", "-V"]] {
        hash.update(version(tool)?);
    }
    for file in files {
        for part in [&file.name, &file.text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    let passed = memory.join("gate").join(format!("{:x}", hash.finalize()));
    if passed.is_file() {
        return Ok(());
    }
    // Two processes may be at the same design: each in a folder of its own.
    let folder = passed.with_extension(std::process::id().to_string());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let checked = check(files, top, &folder);
    let _ = fs::remove_dir_all(&folder);
    checked?;
    fs::write(&passed, "").with_context(|| format!("cannot write {}", passed.display()))
}

/// What a tool says of its version, asked for once.
fn version(tool: &[&'static str; 2]) -> Result<Vec<u8>> {
    static KNOWN: Mutex<BTreeMap<&str, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(version) = known.get(tool[0]) {
        return Ok(version.clone());
    }
    let output = Command::new(tool[0]).arg(tool[1]).output();
    let output = output.with_context(|| format!("cannot run {}: is it installed?", tool[0]))?;
    known.insert(tool[0], output.stdout.clone());
    Ok(output.stdout)
}

fn check(files: &[VerilogFile], top: &str, folder: &Path) -> Result<()> {
    write_files(files, folder)?;
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    let mut verilator = Command::new("verilator");
    verilator
        .args(["--lint-only", "-Wall", "--top-module", top])
        .args(&names);
    run(verilator.current_dir(folder))?;
    let script = format!(
        "read_verilog {}; hierarchy -check -top {top}; proc; opt_clean; check -assert; \
         select -assert-none t:$dlatch t:$_DLATCH_*",
        names.join(" ")
    );
    let mut yosys = Command::new("yosys");
    run(yosys.args(["-q", "-p", &script]).current_dir(folder))
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {name}: is it installed?"))?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if !output.status.success() || said.contains("%Warning") || said.contains("Warning:") {
        bail!("{name} refuses the design:\n{said}");
    }
    Ok(())
}
