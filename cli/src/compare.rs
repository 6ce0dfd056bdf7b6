//! `mch compare`: a workload under all strategies, and what each costs.

use crate::configuration::ConfigArguments;
use crate::folder::{self, Files, Owner};
use crate::{interrupt, output, progress};
use anyhow::{bail, ensure, Context, Result};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_spec::config::Size;
use mch_spec::Strategy;
use mch_verification::compare::{self, BuiltIn, CacheShape, Comparison, Options, Workload};
use mch_verification::simulate::MemoryTiming;
use mch_verification::trace;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compare the strategies: overhead, added latency, pauses, rollbacks, memory and traffic of a workload under each
///
/// A workload is `stream`, `scattered`, a program (`sort`, `hash`, `compress`: compiled C, recorded on a PicoRV32, behind a model of a cache)
/// or a trace as `mch simulate` takes it, whose checkpoints and faults are left out. A processor performs it on the unit's Verilog under
/// each strategy, and once on a wire in the unit's place without checkpoints; it waits for what it reads and goes on behind what it writes.
/// Under S2 a second unit with a memory of its own stands by at the other end of a link.
#[derive(clap::Args)]
pub struct Arguments {
    /// The workloads [default: stream scattered sort]
    #[arg(value_name = "WORKLOAD")]
    workloads: Vec<String>,
    /// Folder for the tables, the figures and the pictures; one that an earlier run wrote is replaced
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Cycles between checkpoints: 1000 to 1000000000
    #[arg(long, value_name = "CYCLES", default_value_t = 100_000)]
    period: u32,
    /// Cycles of a workload's own time, after which it is cut: 1 to 1000000000
    #[arg(long, value_name = "CYCLES", default_value_t = 1_000_000)]
    cycles: u64,
    /// A memory that answers after so many cycles [default: one with banks, rows and refresh]
    #[arg(long, value_name = "CYCLES")]
    latency: Option<u32>,
    /// The cache of the programs: a power of two bytes
    #[arg(long, value_name = "SIZE", default_value = "8KiB")]
    cache_size: Size,
    /// Ways of the cache: a power of two
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    cache_ways: u32,
    /// Decides what memory holds at first
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the tables into the document
    #[arg(long)]
    write_docs: bool,
    /// The document, with a marked place for each workload
    #[arg(long, value_name = "FILE", default_value = "docs/comparison.md")]
    document: PathBuf,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// How folders of this command are known.
const OWNER: Owner = Owner {
    command: "mch compare",
    marker: "comparison.md",
    marker_line: "<!-- Written by mch compare, which replaces this folder. -->",
    list: "files.txt",
    optional: &[],
};
const FIGURES: &str = "comparison.json";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    // All that can be wrong is found before the measurements, which take a while.
    let document = match arguments.write_docs {
        true => Some(
            std::fs::read_to_string(&arguments.document)
                .with_context(|| format!("cannot read {}", arguments.document.display()))?,
        ),
        false => None,
    };
    let bar = progress::spinner("recording");
    let workloads = workloads(&arguments)?;
    if let Some(output) = &arguments.output {
        let files = workloads
            .iter()
            .flat_map(|workload| pictures(&workload.name));
        let files: BTreeSet<String> = files.chain(fixed().map(str::to_owned)).collect();
        folder::examine(output, &files, &OWNER)?;
    }
    for workload in &workloads {
        let Some(document) = &document else { break };
        compare::place(document, &workload.name)
            .with_context(|| arguments.document.display().to_string())?;
    }
    let mut compared = Vec::new();
    for workload in &workloads {
        let options = options(&arguments, workload)?;
        let mut tell = |run: &str, cycle: u64| {
            bar.set_message(format!("{}, {run}: cycle {cycle}", workload.name));
            !interrupt::is_asked()
        };
        compared.push(compare::compare(&options, workload, &mut tell)?);
    }
    bar.finish_and_clear();
    if let Some(output) = &arguments.output {
        folder::write(output, &files(&compared)?, &OWNER)?;
    }
    if let Some(document) = document {
        let path = &arguments.document;
        let text = compare::write_document(&document, &compared)
            .with_context(|| path.display().to_string())?;
        replace(path, &text)?;
    }
    if arguments.json {
        output::json(&compared)?;
    } else {
        for comparison in &compared {
            print(comparison)?;
        }
        if let Some(output) = &arguments.output {
            output::line(format!("pictures and figures: {}", output.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn workloads(arguments: &Arguments) -> Result<Vec<Workload>> {
    ensure!(
        (1..=1_000_000_000).contains(&arguments.cycles),
        "cycles = {}: must be 1 to 1000000000",
        arguments.cycles
    );
    let cache = CacheShape {
        bytes: u32::try_from(arguments.cache_size.0).unwrap_or(u32::MAX),
        ways: arguments.cache_ways,
    };
    cache.validate()?;
    let names: Vec<&str> = match arguments.workloads.is_empty() {
        true => vec!["stream", "scattered", "sort"],
        false => arguments.workloads.iter().map(String::as_str).collect(),
    };
    let mut found: Vec<Workload> = Vec::new();
    for name in names {
        let workload = workload(name, arguments.cycles, cache)?;
        if let Some(other) = found.iter().find(|other| other.name == workload.name) {
            bail!("workload {name}: there is one named {} already", other.name);
        }
        found.push(workload);
    }
    // The options of each, too, before the first is run.
    for workload in &found {
        options(arguments, workload)?.validate(workload)?;
    }
    Ok(found)
}

fn workload(name: &str, cycles: u64, cache: CacheShape) -> Result<Workload> {
    let built_in = BuiltIn::ALL.into_iter().find(|one| one.name() == name);
    if let Some(built_in) = built_in {
        return built_in.workload(cycles, cache, &mut |_| !interrupt::is_asked());
    }
    let path = Path::new(name);
    if !path.exists() {
        let names = BuiltIn::ALL.map(BuiltIn::name).join(", ");
        bail!("workload {name}: is neither one of {names} nor a file");
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let stem = stem.replace(|letter| !plain(letter), "_");
    let events = trace::read(path)?;
    Workload::of_trace(&stem, &events, cycles).with_context(|| name.to_owned())
}

fn options(arguments: &Arguments, workload: &Workload) -> Result<Options> {
    let mut defaults = Options::config_for(workload.bytes);
    if let Some(strategies) = &arguments.config.strategies {
        // The link follows the strategies.
        defaults.link = strategies.contains(&Strategy::S2);
    }
    let config = arguments.config.resolve_with_counters(defaults)?;
    Ok(Options {
        config,
        period: arguments.period,
        timing: arguments
            .latency
            .map_or(MemoryTiming::Dram, MemoryTiming::Fixed),
        seed: arguments.seed,
    })
}

fn pictures(workload: &str) -> [String; 2] {
    [
        format!("{workload}.svg"),
        format!("{workload}-responses.svg"),
    ]
}

fn fixed() -> impl Iterator<Item = &'static str> {
    [OWNER.marker, OWNER.list, FIGURES].into_iter()
}

/// Everything that is written into the folder.
fn files(compared: &[Comparison]) -> Result<Files> {
    let mut files = Files::new();
    let mut text = format!("{}\n", OWNER.marker_line);
    for comparison in compared {
        let [overview, responses] = pictures(&comparison.workload);
        text += &format!(
            "\n# {}\n\n{}\n![{}]({overview})\n![responses]({responses})\n",
            comparison.workload,
            compare::to_markdown(comparison),
            comparison.workload,
        );
        files.insert(overview, compare::overview_svg(comparison)?);
        files.insert(responses, compare::latencies_svg(comparison)?);
    }
    files.insert(OWNER.marker.to_owned(), text);
    let figures = serde_json::to_string_pretty(compared)?;
    files.insert(FIGURES.to_owned(), figures + "\n");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let list = names.join("\n") + "\n";
    files.insert(OWNER.list.to_owned(), list);
    Ok(files)
}

/// Writes a file beside this one, then puts it in its place.
fn replace(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().filter(|parent| *parent != Path::new(""));
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.as_file()
            .set_permissions(std::fs::metadata(path)?.permissions())?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

fn print(comparison: &Comparison) -> Result<()> {
    output::line(format!(
        "{}: {}",
        comparison.workload,
        comparison.preamble()
    ))?;
    let (header, rows) = comparison.table();
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    output::line(table.to_string())?;
    output::line(String::new())
}
