//! From a design to a loaded library: hash, look up, verilate, compile, publish.

use crate::compile::Compiler;
use crate::design::Design;
use crate::header;
use crate::runtime::{runtime_names, Runtime, PRELUDE};
use crate::sources::{short, Hash, Key, Sources};
use crate::tools::run;
use crate::{Cache, Error, Library, Result, Trace};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const LIBRARY_FILE: &str = "model.so";
const SHIM: &str = include_str!("shim/shim.cpp");

/// A design with its sources read: everything that decides the result.
struct Plan<'a> {
    design: &'a Design,
    sources: Sources,
    arguments: Vec<String>,
    key: Key,
    /// The name of the cache entry.
    entry: String,
}

pub(crate) fn build(design: &Design, cache: &Cache) -> Result<Arc<Library>> {
    let plan = Plan::new(design, cache)?;
    let models = cache.sub_folder("models")?;
    let folder = models.join(&plan.entry);
    let library = folder.join(LIBRARY_FILE);
    if library.is_file() {
        match Library::load(&folder, &design.top, plan.key) {
            // A crash of the machine can leave a file without its contents: build again.
            Err(Error::Load { .. }) => {}
            other => return other,
        }
    }
    let _lock = Cache::lock(&models, &plan.entry)?;
    if library.is_file() {
        // Another process built it meanwhile, unless it is that damaged one.
        match Library::load(&folder, &design.top, plan.key) {
            Err(Error::Load { .. }) => {
                std::fs::remove_dir_all(&folder).map_err(Error::file("remove", &folder))?;
            }
            other => return other,
        }
    }
    plan.make(cache, &models, &folder)?;
    Library::load(&folder, &design.top, plan.key)
}

pub(crate) fn lint(design: &Design, cache: &Cache) -> Result<String> {
    let sources = Sources::read(design)?;
    let staged = tempfile::tempdir().map_err(Error::file("create", std::env::temp_dir()))?;
    sources.stage(staged.path())?;
    let mut command = cache.used_tools().verilator_command();
    command.current_dir(staged.path()).args([
        "--lint-only",
        "-Wall",
        "--no-timing",
        "--top-module",
        &design.top,
    ]);
    command
        .args(common_arguments(design))
        .args(sources.arguments());
    let printed = run(
        command,
        &format!("linting {}", design.top),
        &cache.used_tools().verilator_version()?,
    )?;
    // Newer Verilators add a report of what they did.
    let complaints = printed.lines().filter(|line| !line.starts_with("- V"));
    Ok(complaints.map(|line| format!("{line}\n")).collect())
}

fn common_arguments(design: &Design) -> Vec<String> {
    let mut arguments = Vec::new();
    for (name, value) in &design.parameters {
        arguments.push(format!("-G{name}={value}"));
    }
    for (name, value) in &design.defines {
        arguments.push(match value {
            Some(value) => format!("-D{name}={value}"),
            None => format!("-D{name}"),
        });
    }
    arguments
}

impl<'a> Plan<'a> {
    fn new(design: &'a Design, cache: &Cache) -> Result<Self> {
        if design.savable && design.coverage {
            return Err(
                design.refuse("Verilator cannot save a model that counts coverage: choose one")
            );
        }
        let sources = Sources::read(design)?;
        let mut arguments: Vec<String> = [
            "--cc",
            "--prefix",
            "Vmodel",
            "--Mdir",
            "obj",
            "--no-timing",
            "-O3",
        ]
        .map(str::to_string)
        .to_vec();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| word.to_string()));
        add(&["--top-module", &design.top]);
        // Very long functions and files would compile slowly, and not in parallel; functions cut
        // much shorter than this run slower by a third.
        add(&["--output-split", "5000", "--output-split-cfuncs", "4000"]);
        let unknown = if design.random_init { "unique" } else { "fast" };
        add(&["--x-assign", unknown, "--x-initial", unknown]);
        add(&[if design.assertions {
            "--assert"
        } else {
            "--no-assert"
        }]);
        match design.trace {
            Trace::None => {}
            Trace::Vcd => add(&["--trace", "--trace-structs"]),
            Trace::Fst => add(&["--trace-fst", "--trace-structs"]),
        }
        for (on, option) in [
            (design.coverage, "--coverage"),
            (design.savable, "--savable"),
            (design.public, "--public-flat-rw"),
        ] {
            if on {
                add(&[option]);
            }
        }
        for warning in &design.waived {
            add(&[&format!("-Wno-{warning}")]);
        }
        arguments.extend(common_arguments(design));
        arguments.extend(design.arguments.iter().cloned());

        let tools = cache.used_tools();
        let compiler = tools.compiler_version()?;
        let mut hash = Hash::new("model");
        hash.field("verilator", tools.verilator_version()?);
        hash.field("compiler", &compiler);
        for flag in Compiler::flags(&compiler) {
            hash.field("flag", flag);
        }
        for argument in &arguments {
            hash.field("argument", argument);
        }
        hash.field("optimization", format!("{:?}", design.optimization));
        hash.field("shim", SHIM);
        hash.field("prelude", PRELUDE);
        sources.hash(&mut hash);
        let key = hash.finish();
        let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let top: String = design.top.chars().take(40).map(safe).collect();
        let entry = format!("{top}-{}", short(&key));
        Ok(Plan {
            design,
            sources,
            arguments,
            key,
            entry,
        })
    }

    /// Builds in a folder of its own and renames it into place when all is done. The lock is held.
    fn make(&self, cache: &Cache, models: &Path, folder: &Path) -> Result<()> {
        let prefix = format!(".building-{}-", self.entry);
        remove_abandoned(models, &prefix);
        let making = tempfile::Builder::new().prefix(&prefix).tempdir_in(models);
        let making = making.map_err(Error::file("create a folder in", models))?;
        if let Err(error) = self.make_in(cache, making.path()) {
            return Err(self.keep_failed(cache, making, error));
        }
        let obj = making.path().join("obj");
        std::fs::remove_dir_all(&obj).map_err(Error::file("remove", &obj))?;
        std::fs::rename(making.path(), folder).map_err(Error::file("create", folder))?;
        // Renamed away: there is nothing left to remove.
        let _ = making.keep();
        Ok(())
    }

    fn make_in(&self, cache: &Cache, folder: &Path) -> Result<()> {
        self.sources.stage(folder)?;
        let tools = cache.used_tools();
        let mut command = tools.verilator_command();
        command
            .current_dir(folder)
            .args(&self.arguments)
            .args(self.sources.arguments());
        run(
            command,
            &format!("verilating {}", self.design.top),
            &tools.verilator_version()?,
        )?;

        let obj = folder.join("obj");
        let read = |name: &str| {
            let path = obj.join(name);
            std::fs::read_to_string(&path).map_err(Error::file("read", &path))
        };
        let ports = header::ports(&read("Vmodel.h")?);
        let short = header::short_eval(&read("Vmodel.cpp")?).filter(|_| !makes_objects(&obj));
        let switches = [
            ("VCD", self.design.trace == Trace::Vcd),
            ("FST", self.design.trace == Trace::Fst),
            ("SAVABLE", self.design.savable),
            ("COVERAGE", self.design.coverage),
            ("RANDOM", self.design.random_init),
            ("SHORT_EVAL", short.is_some()),
            ("ACTIVITY", short.is_some_and(|short| short.activity)),
        ];
        for (name, text) in [
            ("interface.h", header::interface(&ports, &switches).as_str()),
            ("shim.cpp", SHIM),
        ] {
            let path = obj.join(name);
            std::fs::write(&path, text).map_err(Error::file("write", &path))?;
        }
        let compiler = Compiler::new(cache)?;
        let names = runtime_names(&read("Vmodel_classes.mk")?);
        let runtime = Runtime::ready(&compiler, &names, self.design.optimization)?;
        let library = folder.join(LIBRARY_FILE);
        compiler.model(
            &self.design.top,
            folder,
            self.design.optimization,
            &runtime,
            &library,
        )
    }

    /// Keeps what a tool refused, apart from finished models, so that its command can be repeated.
    fn keep_failed(&self, cache: &Cache, making: tempfile::TempDir, error: Error) -> Error {
        let Error::Tool {
            action,
            version,
            command,
            status,
            output,
        } = error
        else {
            return error;
        };
        let kept = || -> Option<PathBuf> {
            let kept = cache.lasting_folder("failed").ok()?.join(&self.entry);
            let _ = std::fs::remove_dir_all(&kept);
            std::fs::rename(making.path(), &kept).ok()?;
            Some(kept)
        };
        let from = making.path().to_string_lossy().into_owned();
        let command = kept().map_or(command.clone(), |kept| {
            command.replace(&from, &kept.to_string_lossy())
        });
        Error::Tool {
            action,
            version,
            command,
            status,
            output,
        }
    }
}

/// Removes what builds of this entry left behind when their processes were killed.
pub(crate) fn remove_abandoned(models: &Path, prefix: &str) {
    for entry in std::fs::read_dir(models).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether the generated code creates SystemVerilog class objects.
fn makes_objects(obj: &Path) -> bool {
    let files = std::fs::read_dir(obj)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut sources =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "cpp"));
    sources.any(|path| {
        // What cannot be read counts as if it did.
        std::fs::read(path).map_or(true, |text| text.windows(7).any(|word| word == b"VL_NEW("))
    })
}
