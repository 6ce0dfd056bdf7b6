//! Compiling and linking: Verilator's runtime once, the model in parallel pieces.

use crate::runtime::Runtime;
use crate::tools::checked;
use crate::{Cache, Error, Optimization, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

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

/// Text per translation unit: enough to share the cost of Verilator's headers, little enough that
/// pieces compile in parallel and within little memory.
const UNIT_BYTES: u64 = 200_000;

/// All that is the same for every compilation of one build.
pub(crate) struct Compiler<'a> {
    pub(crate) cache: &'a Cache,
    pub(crate) version: String,
    pub(crate) verilator_version: String,
    pub(crate) include: PathBuf,
}

pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) action: String,
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

    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = self.cache.used_tools().compiler_command();
        command.current_dir(folder).args(Self::flags(&self.version));
        command
            .arg("-I")
            .arg(&self.include)
            .arg("-I")
            .arg(self.include.join("vltstd"));
        command
    }

    /// Compiles the model in `folder`/obj and the shim, and links them with the runtime to `library`.
    pub(crate) fn model(
        &self,
        top: &str,
        folder: &Path,
        optimization: Optimization,
        runtime: &Runtime,
        library: &Path,
    ) -> Result<()> {
        let obj = folder.join("obj");
        let units = units(&obj)?;
        let jobs = units.iter().map(|unit| {
            let mut command = self.command(&obj);
            command.arg("-include").arg(&runtime.prelude);
            command.arg(match optimization {
                Optimization::Usual | Optimization::Most if !unit.hot => "-O1",
                _ => optimization.flag(),
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
            .args(&runtime.objects);
        command.arg("-pthread");
        if runtime
            .objects
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
    pub(crate) fn run(&self, jobs: Vec<Job>) -> Result<()> {
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
        |name: &str| total > UNIT_BYTES && (name.contains("__Slow") || name.contains("__Syms"));
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
