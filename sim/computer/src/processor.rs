//! The processor's Verilog, which is not ours: found where the setup script installs it.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Names the processor's Verilog file instead of the search.
const VARIABLE: &str = "MCH_PICORV32";
const INSIDE_PYTHON: &str = "site-packages/pythondata_cpu_picorv32/verilog/picorv32.v";

/// The path of `picorv32.v`: that in the variable `MCH_PICORV32`, or the one that scripts/setup installs
/// in `.tools` of the working directory, one above it, or the source tree.
pub fn processor_verilog() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(VARIABLE) {
        return Ok(path.into());
    }
    let here = std::env::current_dir()?;
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .chain(source_tree.ancestors())
        .find_map(in_tools)
        .with_context(|| {
            format!(
                "no PicoRV32 in .tools/python: run scripts/setup, or set {VARIABLE} to picorv32.v"
            )
        })
}

fn in_tools(folder: &Path) -> Option<PathBuf> {
    // lib/python3.11, whatever the version.
    let versions = std::fs::read_dir(folder.join(".tools/python/lib")).ok()?;
    versions
        .flatten()
        .map(|version| version.path().join(INSIDE_PYTHON))
        .find(|path| path.exists())
}
