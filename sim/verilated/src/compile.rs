//! Compiling and linking: Verilator's runtime once, the model in parallel pieces.

use crate::sources::{short, Hash};
use crate::tools::checked;
use crate::{Cache, Error, Optimization, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

pub(crate) const PRINT_HEADER: &str = include_str!("shim/print.h");

/// Common to the runtime and to models: names stay inside the library (two models in one process must
/// not share symbols), and none is unique to the process (a library with such a symbol never unloads).
const FLAGS: [&str; 10] = [
    "-std=gnu++17",
    "-fPIC",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-fcf-protection=none",
    "-w",
    "-DVL_TIME_CONTEXT",
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-DVL_USER_FATAL",
];
const GCC_FLAGS: [&str; 2] = ["-fno-gnu-unique", "-fno-semantic-interposition"];
const RUNTIME_OPTIMIZATION: &str = "-O3";

/// Text per translation unit: enough to share the cost of Verilator's headers, little enough that
/// pieces compile in parallel and within little memory.
const UNIT_BYTES: u64 = 400_000;

/// All that is the same for every compilation of one build.
pub(crate) struct Compiler<'a> {
    cache: &'a Cache,
    version: String,
    verilator_version: String,
    include: PathBuf,
}

struct Job {
    command: Command,
    action: String,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(cache: &'a Cache) -> Result<Self> {
        let tools = cache.used_tools();
        Ok(Compiler {
            cache,
            version: tools.compiler_version()?,
            verilator_version: tools.verilator_version()?,
            include: tools.include_folder()?,
        })
    }

    /// The flags, for the hash that names a build.
    pub(crate) fn flags(version: &str) -> Vec<&'static str> {
        let mut flags = FLAGS.to_vec();
        if !version.contains("clang") {
            flags.extend(GCC_FLAGS);
        }
        flags
    }

    fn command(&self, folder: &Path, print_header: &Path) -> Command {
        let mut command = self.cache.used_tools().compiler_command();
        command.current_dir(folder).args(Self::flags(&self.version));
        command.arg("-include").arg(print_header);
        command
            .arg("-I")
            .arg(&self.include)
            .arg("-I")
            .arg(self.include.join("vltstd"));
        command
    }

    /// The object files of Verilator's runtime, compiled unless the cache has them.
    pub(crate) fn runtime(&self, names: &[String]) -> Result<Vec<PathBuf>> {
        let mut hash = Hash::new("runtime objects");
        hash.field("verilator", &self.verilator_version);
        hash.field("include", self.include.to_string_lossy().as_bytes());
        hash.field("compiler", &self.version);
        hash.field(
            "flags",
            Self::flags(&self.version).join(" ") + RUNTIME_OPTIMIZATION,
        );
        hash.field("print", PRINT_HEADER);
        let entry = short(&hash.finish());
        let folder = self.cache.sub_folder("runtime")?.join(&entry);
        let objects: Vec<PathBuf> = names
            .iter()
            .map(|name| folder.join(format!("{name}.o")))
            .collect();
        if objects.iter().all(|object| object.is_file()) {
            return Ok(objects);
        }
        let _lock = self.cache.lock(&format!("runtime-{entry}"))?;
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        let making = tempfile::tempdir_in(&folder).map_err(Error::file("create", &folder))?;
        let print_header = making.path().join("print.h");
        std::fs::write(&print_header, PRINT_HEADER).map_err(Error::file("write", &print_header))?;
        let missing: Vec<_> = names
            .iter()
            .zip(&objects)
            .filter(|(_, object)| !object.is_file())
            .collect();
        let made = |name: &str| making.path().join(format!("{name}.o"));
        let jobs = missing.iter().map(|(name, _)| {
            let mut command = self.command(making.path(), &print_header);
            command
                .arg(RUNTIME_OPTIMIZATION)
                .arg("-c")
                .arg(self.include.join(format!("{name}.cpp")));
            command.arg("-o").arg(made(name));
            Job {
                command,
                action: format!("compiling Verilator's {name}.cpp"),
            }
        });
        self.run(jobs.collect())?;
        for (name, object) in missing {
            std::fs::rename(made(name), object).map_err(Error::file("create", object))?;
        }
        Ok(objects)
    }

    /// Compiles the model in `folder`/obj and the shim, and links them with the runtime to `library`.
    pub(crate) fn model(
        &self,
        top: &str,
        folder: &Path,
        optimization: Optimization,
        runtime: &[PathBuf],
        library: &Path,
    ) -> Result<()> {
        let obj = folder.join("obj");
        let units = units(&obj)?;
        let jobs = units.iter().map(|unit| {
            let mut command = self.command(&obj, Path::new("print.h"));
            command.arg(match (optimization, unit.hot) {
                (Optimization::None, _) => "-O0",
                (_, false) => "-O1",
                (Optimization::Usual, true) => "-O2",
                (Optimization::Most, true) => "-O3",
            });
            command.args([
                "-I.",
                "-c",
                &format!("{}.cpp", unit.name),
                "-o",
                &format!("{}.o", unit.name),
            ]);
            Job {
                command,
                action: format!("compiling the model of {top}"),
            }
        });
        self.run(jobs.collect())?;
        let mut command = self.cache.used_tools().compiler_command();
        command
            .current_dir(&obj)
            .args(["-shared", "-Wl,-Bsymbolic", "-Wl,-z,defs", "-o"])
            .arg(library);
        command
            .args(units.iter().map(|unit| format!("{}.o", unit.name)))
            .args(runtime);
        command.arg("-pthread");
        if runtime
            .iter()
            .any(|object| object.ends_with("verilated_fst_c.o"))
        {
            command.arg("-lz");
            // Newer Verilators use the system's LZ4.
            let makefile =
                std::fs::read_to_string(self.include.join("verilated.mk")).unwrap_or_default();
            if makefile.contains("-llz4") {
                command.arg("-llz4");
            }
        }
        self.run(vec![Job {
            command,
            action: format!("linking the model of {top}"),
        }])
    }

    /// Runs all jobs, several at a time, until the first failure.
    fn run(&self, jobs: Vec<Job>) -> Result<()> {
        let workers = self.cache.used_jobs().min(jobs.len());
        let queue = Mutex::new(jobs.into_iter());
        let failed = Mutex::new(None);
        let failures = AtomicUsize::new(0);
        let work = || {
            while failures.load(Ordering::Relaxed) == 0 {
                let Some(job) = queue
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .next()
                else {
                    return;
                };
                if let Err(error) = self.run_one(job) {
                    failures.fetch_add(1, Ordering::Relaxed);
                    let mut failed = failed
                        .lock()
                        .unwrap_or_else(|poisoned| poisoned.into_inner());
                    failed.get_or_insert(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        let failed = failed
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        failed.map_or(Ok(()), Err)
    }

    fn run_one(&self, mut job: Job) -> Result<()> {
        job.command.stdin(Stdio::null());
        let output = job
            .command
            .output()
            .map_err(|source| self.cache.used_tools().missing_compiler(source))?;
        checked(&job.command, &output, &job.action, &self.version).map(drop)
    }
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

struct Unit {
    name: String,
    /// Evaluated every cycle, as opposed to once.
    hot: bool,
}

/// Joins the generated files to translation units: one for a small model, several for a large one with
/// the code that runs once apart, so that it need not be optimised.
fn units(obj: &Path) -> Result<Vec<Unit>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(obj).map_err(Error::file("list", obj))? {
        let entry = entry.map_err(Error::file("list", obj))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") {
            let bytes = entry
                .metadata()
                .map_err(Error::file("inspect", entry.path()))?
                .len();
            files.push((name, bytes));
        }
    }
    files.sort();
    let total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    let is_slow =
        |name: &str| total > UNIT_BYTES / 2 && (name.contains("__Slow") || name.contains("__Syms"));
    let mut units = Vec::new();
    for hot in [true, false] {
        let mut text = String::new();
        let mut size = 0;
        let chosen: Vec<_> = files
            .iter()
            .filter(|(name, _)| is_slow(name) != hot)
            .collect();
        for (at, (name, bytes)) in chosen.iter().enumerate() {
            text.push_str(&format!("#include \"{name}\"\n"));
            size += bytes;
            if size >= UNIT_BYTES || at + 1 == chosen.len() {
                let unit = Unit {
                    name: format!("unit_{}", units.len()),
                    hot,
                };
                let path = obj.join(format!("{}.cpp", unit.name));
                std::fs::write(&path, std::mem::take(&mut text))
                    .map_err(Error::file("write", &path))?;
                units.push(unit);
                size = 0;
            }
        }
    }
    Ok(units)
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
