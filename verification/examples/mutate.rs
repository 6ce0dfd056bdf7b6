//! Mutants: one line of the emitted Verilog changed by hand, and the case of the campaign that notices.
//!
//! `cargo run -p mch-verification --example mutate` builds each mutant and runs the campaign on it until a case fails; it prints a table.
//! `--write-docs` writes the table into docs/verification.md, too; `--emit <folder>` writes the unchanged Verilog; other arguments are
//! names of mutants to run.

use anyhow::{bail, ensure, Context, Result};
use mch_verification::campaign::{self, CampaignOptions, Machine, Progress};
use mch_verification::system::{self, BuildOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use verilated::{Cache, Design};

/// A change to one module.
struct Mutant {
    name: &'static str,
    /// The machine it is built for.
    machine: &'static str,
    /// The file.
    module: &'static str,
    /// A text that occurs once in it.
    search: &'static str,
    /// What stands there instead.
    replace: &'static str,
}

include!("mutants/table.rs");

/// Cases after which a mutant counts as not caught.
const CASES: u64 = 1000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [option, folder] = arguments.as_slice() {
        if option == "--emit" {
            return emit(&PathBuf::from(folder));
        }
    }
    let write_docs = arguments == ["--write-docs"];
    let named = if write_docs { &[] } else { &arguments[..] };
    for name in named {
        ensure!(
            MUTANTS.iter().any(|mutant| mutant.name == name),
            "no mutant is called `{name}`"
        );
    }
    let chosen: Vec<&Mutant> = MUTANTS
        .iter()
        .filter(|mutant| named.is_empty() || named.iter().any(|name| name == mutant.name))
        .collect();
    // A line that the emitter prints otherwise now is told before an hour is spent on the others.
    for mutant in &chosen {
        let _ = mutated(mutant).with_context(|| format!("mutant `{}`", mutant.name))?;
    }
    let mut table = String::new();
    let mut print = |line: String| {
        println!("{line}");
        table += &line;
        table.push('\n');
    };
    print("| mutant | module | the line becomes | caught by | what it saw |".into());
    print("|---|---|---|---|---|".into());
    let mut survivors = Vec::new();
    for mutant in chosen {
        let (case, message) = hunt(mutant).with_context(|| format!("mutant `{}`", mutant.name))?;
        if case.is_none() {
            survivors.push(mutant.name);
        }
        let case = case.map_or("nobody".to_owned(), |case| {
            format!("`{}` case {case}", mutant.machine)
        });
        // A bar would end the cell, even in code.
        let cell = |text: &str| text.replace('|', "\\|");
        print(format!(
            "| {} | `{}` | `{}` instead of `{}` | {case} | {} |",
            mutant.name,
            mutant.module,
            cell(mutant.replace),
            cell(mutant.search),
            cell(&message)
        ));
    }
    if write_docs {
        write_table(&table)?;
    }
    ensure!(survivors.is_empty(), "not caught: {}", survivors.join(", "));
    Ok(())
}

fn write_table(table: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verification.md");
    let mut text = std::fs::read_to_string(&path)?;
    let markers = ["<!-- begin mutants -->", "<!-- end mutants -->"];
    let [Some(begin), Some(end)] = markers.map(|marker| text.find(marker)) else {
        bail!("{} lacks a marker of {markers:?}", path.display());
    };
    ensure!(begin < end, "{} stands before {}", markers[1], markers[0]);
    text.replace_range(begin + markers[0].len()..end, &format!("\n{table}"));
    std::fs::write(&path, text)?;
    Ok(())
}

fn emit(folder: &PathBuf) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let machine = Machine::named("both-64").context("it is in the pool")?;
    for file in mch_hdl::generate::generate(&machine.config)? {
        std::fs::write(folder.join(file.name), file.text)?;
    }
    Ok(())
}

/// The unit's Verilog with the mutant's line in it.
fn mutated(mutant: &Mutant) -> Result<Design> {
    let machine = Machine::named(mutant.machine).context("it is in the pool")?;
    let mut design = Design::new(mch_hdl::generate::TOP).random_init(true);
    let mut found = false;
    for file in mch_hdl::generate::generate(&machine.config)? {
        let mut text = file.text;
        if file.name == format!("{}.v", mutant.module) {
            let count = text.matches(mutant.search).count();
            if count != 1 {
                bail!("`{}` occurs {count} times in {}", mutant.search, file.name);
            }
            text = text.replace(mutant.search, mutant.replace);
            found = true;
        }
        design = design.text(file.name, text);
    }
    ensure!(found, "no file {}.v", mutant.module);
    Ok(design)
}

/// Builds a mutant and runs cases until one fails; returns it with the first line of what it saw.
fn hunt(mutant: &Mutant) -> Result<(Option<u64>, String)> {
    let machine = Machine::named(mutant.machine).context("it is in the pool")?;
    let design = mutated(mutant)?;
    let library = design.build(&Cache::default().temporary()?)?;
    system::use_model(&machine.config, BuildOptions::default(), library);
    let stop = AtomicBool::new(false);
    let options = CampaignOptions {
        cases: CASES,
        seed: 1,
        seconds: None,
        custom: None,
        machines: vec![mutant.machine.to_owned()],
        failures: None,
        stop: &stop,
    };
    let mut first = None;
    campaign::run(&options, &mut |progress| {
        if let Progress::Failed(case, message) = progress {
            // The rest of the message is its context; the cause comes last.
            let cause = message.lines().next().unwrap_or_default();
            let cause = cause.rsplit("): ").next().unwrap_or(cause);
            let cause = cause.rsplit(" }: ").next().unwrap_or(cause);
            first.get_or_insert((case, cause.to_owned()));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    })?;
    Ok(match first {
        Some((case, cause)) => (Some(case), cause),
        None => (None, "-".to_owned()),
    })
}
