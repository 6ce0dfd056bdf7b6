//! Mutants: one line of the emitted Verilog changed by hand, and the case of the campaign that notices.
//!
//! `cargo run -p mch-verification --example mutate` builds each mutant and runs the campaign on it until a case fails; it prints a table.
//! `--write-docs` writes the table into docs/verification.md, too; `--emit <folder>` writes the unchanged Verilog; other arguments are
//! names of mutants to run.

mod mutants;

use anyhow::{Context, Result};
use mch_verification::campaign::{self, CampaignOptions, Machine, Progress};
use mch_verification::system::BuildOptions;
use mutants::{Hunt, Mutant, Noticed};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

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
    let hunt = Hunt {
        mutants: MUTANTS,
        options: BuildOptions::default(),
        notice,
        place: "caught by",
        document: "docs/verification.md",
    };
    hunt.run(&arguments)
}

fn emit(folder: &PathBuf) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let machine = Machine::named("both-64").context("it is in the pool")?;
    for file in mch_hdl::generate::generate(&machine.config)? {
        std::fs::write(folder.join(file.name), file.text)?;
    }
    Ok(())
}

/// Runs cases until one fails; the case, and the first line of what it saw.
fn notice(mutant: &Mutant) -> Result<Option<Noticed>> {
    let stop = AtomicBool::new(false);
    let options = CampaignOptions {
        cases: CASES,
        seed: 1,
        seconds: None,
        custom: None,
        gate: None,
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
    Ok(first.map(|(case, cause)| (format!("`{}` case {case}", mutant.machine), cause)))
}
