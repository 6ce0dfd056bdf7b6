//! What checkpoints cost real programs behind a cache, against a wire in the unit's place.

use super::figure::{Figure, Table, Target, Unit};
use super::{setting, Progress};
use crate::compare::{self, BuiltIn, CacheShape, Comparison, Options, Workload};
use crate::simulate::MemoryTiming;
use anyhow::Result;
use mch_computer::Program;
use mch_spec::{Config, Strategy};

/// 1 ms at 100 MHz.
const PERIOD: u32 = 100_000;
const CACHE: CacheShape = CacheShape {
    bytes: 8 << 10,
    ways: 4,
};
/// More than the longest program takes.
const CYCLES: u64 = 100_000_000;

/// What a strategy may cost, as a part of the run time, the flushes of the cache apart.
fn target(strategy: Strategy) -> Target {
    match strategy {
        Strategy::S5 => Target::AtMost(0.01),
        Strategy::S4 | Strategy::S6 => Target::AtMost(0.02),
        _ => Target::None,
    }
}

/// The table of overheads.
pub fn table() -> Table {
    Table::new(
        "overhead",
        "Overhead of real programs",
        "Run time beyond that with a wire in the place of the unit, as a part of it: programs recorded on a PicoRV32, behind a write-back cache of \
         8 KiB, with a checkpoint every 100,000 cycles (1 ms at 100 MHz); the memory has banks, rows and refresh. The processor waits for each line it fills. \
         Flushes: what writing the dirty lines back before each checkpoint costs on the wire; both runs have them. Read response: from the address to \
         the last beat, beyond the wire's, a mean over all reads. In brackets what a unit with its registers must add: two cycles for each line fill, three with S5, one without `read_register`, and with S6 \
         the beats of the log that the flushes' first touches write. `mch compare` tells more.",
    )
}

/// Takes the figures: of a build as it is by default, and, where there are targets, of one without a register between read port and arbiter.
pub fn measure(table: &mut Table, progress: Progress) -> Result<()> {
    for program in [Program::Hash, Program::Compress, Program::Sort] {
        let name = program.name();
        progress(&format!("overhead: recording {name}"))?;
        let workload = BuiltIn::Program(program).workload(CYCLES, CACHE, &mut |_| true)?;
        let config = Options::config_for(workload.bytes);
        let without_register = Config {
            read_register: false,
            strategies: vec![Strategy::S4, Strategy::S5, Strategy::S6],
            link: false,
            ..config.clone()
        };
        let here = format!(
            "{name}, {}",
            setting(config.data_width, config.block_size.0)
        );
        let found = compared(&config, &workload, name, progress)?;
        let each = found.wire_reads.count as f64 / found.wire_cycles as f64 * 1000.0;
        for (what, value, unit) in [
            ("line fills in 1,000 cycles", each, Unit::MeanCycles),
            ("flushes of the cache", found.flush_overhead, Unit::Percent),
        ] {
            let figure = Figure::new(&here, what.to_owned(), value, unit, Target::None);
            table.figures.push(figure);
        }
        rows(table, &here, &found);
        let found = compared(&without_register, &workload, name, progress)?;
        rows(table, &format!("{here}, `read_register = false`"), &found);
    }
    Ok(())
}

/// A program under the strategies of a build.
fn compared(
    config: &Config,
    workload: &Workload,
    name: &str,
    progress: Progress,
) -> Result<Comparison> {
    let options = Options {
        config: config.clone(),
        period: PERIOD,
        timing: MemoryTiming::Dram,
        seed: 1,
    };
    // What the progress function says is handed on: the comparison knows only that it is to end.
    let mut said = Ok(());
    let found = compare::compare(&options, workload, &mut |run, cycle| {
        said = progress(&format!("overhead: {name}, {run}: cycle {cycle}"));
        said.is_ok()
    });
    said?;
    found
}

/// Two figures of each strategy.
fn rows(table: &mut Table, here: &str, found: &Comparison) {
    for row in &found.rows {
        let strategy = row.strategy;
        let flushes_apart = Figure::new(
            here,
            format!("{strategy}, the flushes apart"),
            row.overhead_of_unit,
            Unit::Percent,
            target(strategy),
        );
        let response = Figure::new(
            here,
            format!("{strategy}, read response"),
            row.added_read.mean,
            Unit::MeanCycles,
            Target::None,
        );
        table
            .figures
            .extend([flushes_apart.bounded(row.least_overhead), response]);
    }
}
