//! The gate every emitted design passes: Verilator's lint and Yosys's check, with no waiver.

use super::VerilogFile;
use anyhow::{bail, Context, Result};
use std::path::Path;
use std::process::Command;

/// Writes the files into a folder, which must exist.
pub fn write_files(files: &[VerilogFile], folder: &Path) -> Result<()> {
    for file in files {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Runs `verilator --lint-only -Wall` and Yosys `proc; check -assert` on files written with
/// [`write_files`]; the first is the top. Refuses any warning, and any latch.
pub fn gate(files: &[VerilogFile], folder: &Path) -> Result<()> {
    write_files(files, folder)?;
    let Some(top) = files.first().map(|f| f.name.trim_end_matches(".v")) else {
        bail!("there is nothing to check");
    };
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
