//! Verilator's runtime, compiled once for all models: its objects, and its headers precompiled.

use crate::compile::{Compiler, Job};
use crate::sources::{short, Hash};
use crate::{Cache, Error, Optimization, Result};
use std::path::{Path, PathBuf};

pub(crate) const PRELUDE: &str =
    concat!(include_str!("shim/print.h"), include_str!("shim/prelude.h"));
const PRINT: &str = include_str!("shim/print.h");
const OPTIMIZATION: &str = "-O3";

/// What every model is compiled and linked with.
pub(crate) struct Runtime {
    /// The header to include first; its precompiled forms lie beside it. Verilator's headers are half
    /// the cost of compiling a small model.
    pub(crate) prelude: PathBuf,
    pub(crate) objects: Vec<PathBuf>,
}

impl Runtime {
    /// Finds the runtime in the cache, compiling what is missing of it.
    pub(crate) fn ready(
        compiler: &Compiler,
        names: &[String],
        optimization: Optimization,
    ) -> Result<Runtime> {
        let flags = Compiler::flags(&compiler.version);
        let mut hash = Hash::new("runtime");
        hash.field("verilator", &compiler.verilator_version);
        hash.field("include", compiler.include.to_string_lossy().as_bytes());
        hash.field("compiler", &compiler.version);
        hash.field("flags", flags.join(" ") + OPTIMIZATION);
        hash.field("prelude", PRELUDE);
        let entry = short(&hash.finish());
        let all = compiler.cache.lasting_folder("runtime")?;
        let folder = all.join(&entry);

        let object = |name: &String| (folder.join(format!("{name}.o")), format!("{name}.cpp"));
        let objects: Vec<_> = names.iter().map(object).collect();
        let runtime = Runtime {
            prelude: folder.join("prelude.h"),
            objects: objects.iter().map(|(object, _)| object.clone()).collect(),
        };
        // gcc takes the first file of this folder that was made with the flags in use.
        let precompiled = folder
            .join("prelude.h.gch")
            .join(format!("{}.gch", optimization.flag()));
        let wants_precompiled = !compiler.version.contains("clang");
        let complete = || {
            runtime.objects.iter().all(|object| object.is_file())
                && runtime.prelude.is_file()
                && (!wants_precompiled || precompiled.is_file())
        };
        if complete() {
            return Ok(runtime);
        }
        let _lock = Cache::lock(&all, &entry)?;
        std::fs::create_dir_all(folder.join("prelude.h.gch"))
            .map_err(Error::file("create", &folder))?;
        let making = tempfile::tempdir_in(&folder).map_err(Error::file("create", &folder))?;
        let making = making.path();
        if !runtime.prelude.is_file() {
            publish(making, &runtime.prelude, |path| {
                std::fs::write(path, PRELUDE)
            })?;
        }
        let print = making.join("print.h");
        std::fs::write(&print, PRINT).map_err(Error::file("write", &print))?;

        let mut targets = Vec::new();
        let mut jobs = Vec::new();
        for (object, source) in objects.into_iter().filter(|(object, _)| !object.is_file()) {
            let mut command = compiler.command(making);
            command.arg("-include").arg(&print).arg(OPTIMIZATION);
            command
                .arg("-c")
                .arg(compiler.include.join(&source))
                .arg("-o")
                .arg(made(making, &object));
            jobs.push(Job {
                command,
                action: format!("compiling Verilator's {source}"),
            });
            targets.push(object);
        }
        if wants_precompiled && !precompiled.is_file() {
            let mut command = compiler.command(making);
            command
                .args([optimization.flag(), "-x", "c++-header"])
                .arg(&runtime.prelude);
            command.arg("-o").arg(made(making, &precompiled));
            jobs.push(Job {
                command,
                action: "precompiling Verilator's headers".to_string(),
            });
            targets.push(precompiled);
        }
        compiler.run(jobs)?;
        for target in targets {
            publish(making, &target, |_| Ok(()))?;
        }
        Ok(runtime)
    }
}

/// Where a file is made before it gets its name.
fn made(making: &Path, target: &Path) -> PathBuf {
    making.join(target.file_name().unwrap_or_default())
}

fn publish(
    making: &Path,
    target: &Path,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<()> {
    let made = made(making, target);
    write(&made)
        .and_then(|()| std::fs::rename(&made, target))
        .map_err(Error::file("create", target))
}

/// The names of the runtime files a model needs, from the list Verilator wrote.
pub(crate) fn runtime_names(classes: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut listing = false;
    for line in classes.lines() {
        let line = line.trim();
        let mut words = line;
        if let Some((variable, rest)) = line.split_once('=') {
            let variable = variable.trim_end_matches([' ', '+', ':']);
            listing = matches!(variable, "VM_GLOBAL_FAST" | "VM_GLOBAL_SLOW");
            words = rest;
        }
        if listing {
            names.extend(
                words
                    .split_whitespace()
                    .filter(|word| *word != "\\")
                    .map(str::to_string),
            );
        }
        if !line.ends_with('\\') {
            listing = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::runtime_names;

    #[test]
    fn reads_both_forms_of_the_list() {
        let by_line = "VM_CLASSES_FAST += \\\n\tVmodel \\\n\nVM_GLOBAL_FAST += \\\n\tverilated \\\n\tverilated_vcd_c \\\n\nX = 1\n";
        assert_eq!(runtime_names(by_line), ["verilated", "verilated_vcd_c"]);
        let by_space = "VM_GLOBAL_FAST = verilated verilated_threads\nVM_GLOBAL_SLOW =\n";
        assert_eq!(runtime_names(by_space), ["verilated", "verilated_threads"]);
    }
}
