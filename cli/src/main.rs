//! The `mch` command: generates the checkpointing memory controller hub, simulates it, measures it.

mod bench;
mod board;
mod compare;
mod configuration;
mod demo;
mod faults;
mod folder;
mod generate;
mod interrupt;
mod output;
mod progress;
mod prove;
mod simulate;
mod synth;
mod verify;
mod waves;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Generates, simulates and measures the checkpointing memory controller hub.
#[derive(Parser)]
#[command(name = "mch", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(generate::Arguments),
    Simulate(simulate::Arguments),
    Demo(demo::Arguments),
    Synth(synth::Arguments),
    Board(board::Arguments),
    Verify(verify::Arguments),
    Faults(faults::Arguments),
    Prove(prove::Arguments),
    Bench(bench::Arguments),
    Compare(compare::Arguments),
    Waves(waves::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = interrupt::install().and_then(|()| match arguments.command {
        Command::Generate(arguments) => generate::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Synth(arguments) => synth::run(arguments),
        Command::Board(arguments) => board::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Faults(arguments) => faults::run(arguments),
        Command::Prove(arguments) => prove::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Waves(arguments) => waves::run(arguments),
    });
    match result {
        Ok(code) => code,
        Err(error) if interrupt::is_asked() => {
            // What Ctrl-C makes a tool say is of no interest.
            let said = format!("{error:#}");
            let is_ours = said.contains("interrupted");
            eprintln!("mch: {}", if is_ours { &said } else { "interrupted" });
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(error) => {
            eprintln!("mch: {error:#}");
            ExitCode::FAILURE
        }
    }
}
