//! Mutants for the fault campaign: one line of the emitted Verilog changed by hand, and the fault point that notices.
//!
//! `cargo run -p mch-verification --example mutate_faults` builds each mutant and runs a coarse fault campaign on it until a point fails; it prints a
//! table. `--write-docs` writes the table into docs/faults.md, too; other arguments are names of mutants to run.

mod mutants;

use anyhow::Result;
use mch_spec::Strategy;
use mch_verification::faults::{self, machine, FaultOptions, Kind, Progress, Scenario};
use mch_verification::system::BuildOptions;
use mutants::{Hunt, Mutant, Noticed};
use std::sync::atomic::{AtomicBool, Ordering};

/// Mistakes that only a fault at the right moment shows, each in one line.
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a write that a rollback does not refuse",
        machine: "faults",
        module: "admission",
        search: "assign reject_0 = rejects_0_merged;",
        replace: "assign reject_0 = 1'b0;",
    },
    Mutant {
        name: "a commit and a rollback that wait for no write",
        machine: "faults",
        module: "guest",
        search: "assign quiet = !(|accepted);",
        replace: "assign quiet = 1'b1;",
    },
    Mutant {
        name: "a flush that ends too early",
        machine: "faults",
        module: "write_port",
        search: "end else if (quiet & intake_empty) begin",
        replace: "end else if (quiet) begin",
    },
    Mutant {
        name: "a write that overtakes its pre-image",
        machine: "faults",
        module: "verdict_queue",
        search: "waits_0 <= verdict_wait;",
        replace: "waits_0 <= 1'b0;",
    },
    Mutant {
        name: "a mark still in the pipeline forgotten",
        machine: "faults",
        module: "block_store",
        search: "if (first_behind_4) begin",
        replace: "if (1'b0) begin",
    },
    Mutant {
        name: "a copy marked as made though it could not be written",
        machine: "faults",
        module: "mch_checkpoint",
        search: ".done_failed(copy_engine_done_read_error | copy_engine_done_write_error),",
        replace: ".done_failed(copy_engine_done_read_error),",
    },
    Mutant {
        name: "a void entry put back",
        machine: "faults",
        module: "ring_reader",
        search: "assign good = !raw_failed & !foreign & !raw[36];",
        replace: "assign good = !raw_failed & !foreign;",
    },
    Mutant {
        name: "a group that does not break",
        machine: "faults",
        module: "guest_command",
        search: "if (|(group[1:0] & broken_guests)) begin",
        replace: "if (1'b0) begin",
    },
    Mutant {
        name: "a mark taken before the last entries are written",
        machine: machine::PAIR,
        module: "link_applier",
        search: "end else if (!under_way) begin",
        replace: "end else begin",
    },
    Mutant {
        name: "a takeover that goes beyond the mark",
        machine: machine::PAIR,
        module: "guest_ring",
        search: "draining <= committed;",
        replace: "draining <= used_now;",
    },
    Mutant {
        name: "a frame with a wrong check taken",
        machine: machine::PAIR,
        module: "link_frame_receiver",
        search: "good = matches_value;",
        replace: "good = 1'b1;",
    },
    Mutant {
        name: "a commit that does not wait for the backup",
        machine: machine::PAIR,
        module: "guest_link",
        search: "assign marked = report[28] | !in_session;",
        replace: "assign marked = 1'b1;",
    },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let hunt = Hunt {
        mutants: MUTANTS,
        options: BuildOptions {
            savable: true,
            ..BuildOptions::default()
        },
        notice,
        place: "noticed at",
        document: "docs/faults.md",
    };
    hunt.run(&arguments)
}

/// Runs fault points until one fails; its name, and what it saw.
fn notice(mutant: &Mutant) -> Result<Option<Noticed>> {
    let stop = AtomicBool::new(false);
    let options = FaultOptions {
        strategies: match mutant.machine {
            machine::PAIR => vec![Strategy::S2],
            _ => machine::single_strategies(),
        },
        scenarios: Scenario::ALL.to_vec(),
        kinds: Kind::ALL.to_vec(),
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
                first.get_or_insert((format!("`{name}`"), failure.message.clone()));
                stop.store(true, Ordering::Relaxed);
            }
        }
    })?;
    Ok(first)
}
