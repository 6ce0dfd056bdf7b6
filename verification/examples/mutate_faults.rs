//! Mutants for the fault campaign: one line of the emitted Verilog changed by hand, and the fault point that notices.
//!
//! `cargo run -p mch-verification --example mutate_faults` builds each mutant and runs a coarse fault campaign on it until a point fails; it prints a
//! table. `--write-docs` writes the table into docs/faults.md, too; other arguments are names of mutants to run.

use anyhow::{bail, ensure, Context, Result};
use mch_verification::faults::{self, machine, FaultOptions, Kind, Progress, Scenario};
use mch_verification::system::{self, BuildOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use verilated::{Cache, Design, Library};

/// A change to one module.
struct Mutant {
    name: &'static str,
    /// The file.
    module: &'static str,
    /// A text that occurs once in it.
    search: &'static str,
    /// What stands there instead.
    replace: &'static str,
}

/// Mistakes that only a fault at the right moment shows, each in one line.
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a write that a rollback does not refuse",
        module: "admission",
        search: "assign reject_0 = rejects_0_merged;",
        replace: "assign reject_0 = 1'b0;",
    },
    Mutant {
        name: "a commit and a rollback that wait for no write",
        module: "guest",
        search: "assign quiet = !(|accepted);",
        replace: "assign quiet = 1'b1;",
    },
    Mutant {
        name: "a flush that ends too early",
        module: "write_port",
        search: "end else if (quiet & intake_empty) begin",
        replace: "end else if (quiet) begin",
    },
    Mutant {
        name: "a write that overtakes its pre-image",
        module: "verdict_queue",
        search: "waits_0 <= verdict_wait;",
        replace: "waits_0 <= 1'b0;",
    },
    Mutant {
        name: "a mark still in the pipeline forgotten",
        module: "block_store",
        search: "if (first_behind_4) begin",
        replace: "if (1'b0) begin",
    },
    Mutant {
        name: "a copy marked as made though it could not be written",
        module: "mch_checkpoint",
        search: ".done_failed(copy_engine_done_read_error | copy_engine_done_write_error),",
        replace: ".done_failed(copy_engine_done_read_error),",
    },
    Mutant {
        name: "a void entry put back",
        module: "ring_reader",
        search: "assign good = !raw_failed & !foreign & !raw[36];",
        replace: "assign good = !raw_failed & !foreign;",
    },
    Mutant {
        name: "a group that does not break",
        module: "guest_command",
        search: "if (|(group[1:0] & broken_guests)) begin",
        replace: "if (1'b0) begin",
    },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
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
    // A line that the emitter prints otherwise now is told before the others are built.
    for mutant in &chosen {
        let _ = mutated(mutant).with_context(|| format!("mutant `{}`", mutant.name))?;
    }
    let mut table = String::new();
    let mut print = |line: String| {
        println!("{line}");
        table += &line;
        table.push('\n');
    };
    print("| mutant | module | the line becomes | noticed at | what it saw |".into());
    print("|---|---|---|---|---|".into());
    let mut survivors = Vec::new();
    for mutant in chosen {
        let library = mutated(mutant)?.build(&Cache::default().temporary()?)?;
        let found = hunt(library).with_context(|| format!("mutant `{}`", mutant.name))?;
        let (point, message) = found.unwrap_or_else(|| {
            survivors.push(mutant.name);
            ("nowhere".to_owned(), "-".to_owned())
        });
        // A bar would end the cell, even in code.
        let cell = |text: &str| text.lines().next().unwrap_or_default().replace('|', "\\|");
        print(format!(
            "| {} | `{}` | `{}` instead of `{}` | `{point}` | {} |",
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
    ensure!(
        survivors.is_empty(),
        "not noticed: {}",
        survivors.join(", ")
    );
    Ok(())
}

fn options() -> BuildOptions {
    BuildOptions {
        savable: true,
        ..BuildOptions::default()
    }
}

/// The unit's Verilog with the mutant's line in it.
fn mutated(mutant: &Mutant) -> Result<Design> {
    let mut design = Design::new(mch_hdl::generate::TOP)
        .random_init(true)
        .savable(true);
    let mut found = false;
    for file in mch_hdl::generate::generate(&machine::config())? {
        let mut text = file.text;
        if file.name == format!("{}.v", mutant.module) {
            let count = text.matches(mutant.search).count();
            if count != 1 {
                bail!("`{}` occurs {count} times in {}", mutant.search, file.name);
            }
            text = text.replace(mutant.search, mutant.replace);
            found = true;
        }
        let text = system::open_memories(&file.name, text);
        design = design.text(file.name, text);
    }
    ensure!(found, "no file {}.v", mutant.module);
    Ok(design)
}

/// Runs fault points until one fails; returns its name and what it saw.
fn hunt(library: Arc<Library>) -> Result<Option<(String, String)>> {
    system::use_model(&machine::config(), options(), library);
    let stop = AtomicBool::new(false);
    let options = FaultOptions {
        strategies: machine::strategies(),
        scenarios: Scenario::ALL.to_vec(),
        kinds: Kind::available(),
        depth: 0,
        seed: 1,
        stride: 7,
        budget: None,
        folder: None,
        threads: 2,
        stop: &stop,
    };
    let mut first = None;
    faults::run(&options, &mut |progress| {
        if let Progress::Done(result) = progress {
            if let Some(failure) = result.failures.first() {
                let name = failure.replay.split_whitespace().nth(3).unwrap_or_default();
                first.get_or_insert((name.to_owned(), failure.message.clone()));
                stop.store(true, Ordering::Relaxed);
            }
        }
    })?;
    Ok(first)
}

fn write_table(table: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
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
