//! How fast the harness simulates, against a bare C++ loop over the same model under the same stimulus.

use super::figure::{Figure, Table, Target, Unit};
use super::processor_time::{median, processor_time};
use super::stand::bench_config;
use super::{bare_loop, twin, Progress};
use crate::system::{GuestSetup, Layout, System};
use anyhow::{ensure, Result};
use mch_sim::axi::{
    Burst, LiteOptions, ManagerOptions, MonitorOptions, SubordinateOptions, WriteRequest,
};
use mch_sim::bench::{Recorder, Replay};
use mch_sim::Simulation;
use mch_spec::config::Config;
use mch_spec::registers::{field, offset, Operation};
use mch_spec::Strategy;
use std::sync::Arc;
use verilated::{Cache, Design, Library, Optimization};

/// Cycles of a run, about.
const CYCLES: u64 = 150_000;

/// The unit with its agents, with or without protocol monitors.
fn assemble(library: &Arc<Library>, config: &Config, monitored: bool) -> Result<System> {
    let mut simulation = Simulation::new(library, 1)?;
    let port = simulation.add_manager("s_axi", ManagerOptions::default())?;
    let memory = simulation.add_subordinate("m_axi", SubordinateOptions::with_latency(40))?;
    let registers = simulation.add_lite_manager("s_axil", LiteOptions::default())?;
    let mut monitors = Vec::new();
    if monitored {
        for prefix in ["s_axi", "m_axi"] {
            monitors.push(simulation.add_monitor(prefix, MonitorOptions::default())?);
        }
        simulation.add_lite_monitor("s_axil", MonitorOptions::default())?;
    }
    Ok(System {
        config: config.clone(),
        layout: Layout::of(config),
        simulation,
        ports: vec![port],
        memory,
        registers,
        monitors,
    })
}

/// Reads and writes of a guest under S6 with commits between, the same in every run.
fn work(system: &mut System) -> Result<()> {
    system.simulation.reset(4)?;
    while field::STATUS::READY.get(system.read(offset::STATUS)?) == 0 {}
    system.enable()?;
    let setup = GuestSetup {
        strategy: Strategy::S6,
        offset: 0,
        bytes: 1 << 17,
        ring_size: 18,
        ring_base: system.layout.rings,
        processors: 0,
    };
    system.attach(0, setup)?;
    let base = system.layout.memory;
    let port = system.ports[0];
    let mut turn = 0;
    while system.simulation.cycle() < CYCLES {
        for index in 0..64 {
            let at = base + (turn * 64 + index) * 1_367 % 2_048 * 64;
            let burst = Burst::incr(at, 8, 3);
            system.simulation[port].write(WriteRequest::new(burst, vec![index as u8; 64]))?;
            let burst = Burst::incr(at ^ (1 << 18), 8, 3);
            system.simulation[port].read(burst)?;
        }
        system.simulation.run_until_idle(port, 100_000)?;
        system.simulation[port].take_completed();
        turn += 1;
        if turn % 16 == 0 {
            system.command(0, Operation::Checkpoint, 100_000)?;
        }
    }
    Ok(())
}

/// A run of the harness; the cycles and the seconds of processor time.
fn run(library: &Arc<Library>, config: &Config, monitored: bool) -> Result<(u64, f64)> {
    let mut system = assemble(library, config, monitored)?;
    let start = processor_time()?;
    work(&mut system)?;
    Ok((system.simulation.cycle(), processor_time()? - start))
}

/// The table of simulation speeds.
pub fn table() -> Table {
    Table::new(
        "harness",
        "Simulation speed",
        "The whole unit (64 bit, 64 B) under 150,000 cycles of a guest's reads and writes with commits, recorded once. Each way of simulating \
         them is timed in processor time, in turns, and the medians divided by that of a C++ program that does nothing but set the model's \
         inputs, evaluate it and read its VALIDs and READYs, compiled at -O3; all must see the same outputs. The last lines hold the emitted \
         Verilog of a block against one written by hand that equals it in every cycle, timed in turns: it should be as fast but for the noise, the median distance \
         of the turns' ratios from theirs. Ratios count; speeds are of the machine that measured.",
    )
}

/// Takes the figures.
pub fn measure(turns: u32, table: &mut Table, progress: Progress) -> Result<()> {
    let config = bench_config(64, 64);
    let files = mch_hdl::generate::generate(&config)?;
    let top = mch_hdl::generate::TOP;
    let mut design = Design::new(top).optimization(Optimization::Most);
    for file in &files {
        design = design.text(file.name.clone(), file.text.clone());
    }
    progress("harness: building the model")?;
    let library = design.build(&Cache::default())?;
    progress("harness: building the bare C++ loop")?;
    let folder = tempfile::tempdir()?;
    let program = bare_loop::build(folder.path(), top, &files, &library)?;

    progress("harness: recording")?;
    let mut system = assemble(&library, &config, true)?;
    let recorder = system.simulation.add(Recorder::new(&library)?);
    work(&mut system)?;
    let recorder = &system.simulation[recorder];
    let cycles = recorder.cycles;
    let path = folder.path().join("recording");
    recorder.save(&path)?;

    progress("harness: running")?;
    let mut seconds = [const { Vec::new() }; 4];
    for turn in 0..turns {
        progress(&format!("harness: turn {} of {turns}", turn + 1))?;
        let (sum, took) = bare_loop::run(&program, &path, cycles)?;
        ensure!(sum == recorder.sum, "the C++ loop simulated something else");
        seconds[0].push(took);
        let replay = Replay::new(&library)?;
        let start = processor_time()?;
        let sum = replay.run(&recorder.values, cycles)?;
        seconds[1].push(processor_time()? - start);
        ensure!(sum == recorder.sum, "the replay simulated something else");
        for (at, monitored) in [(2, false), (3, true)] {
            let (ran, took) = run(&library, &config, monitored)?;
            ensure!(ran == cycles, "a run took {ran} cycles, not {cycles}");
            seconds[at].push(took);
        }
    }
    let took = seconds.map(median);
    let here = format!("{cycles} cycles, median of {turns}");
    let speed = Unit::CyclesPerSecond;
    let mut push = |what: &str, value: f64, unit, target| {
        table
            .figures
            .push(Figure::new(&here, what, value, unit, target));
    };
    push(
        "bare C++ loop",
        cycles as f64 / took[0],
        speed,
        Target::None,
    );
    for (what, took_here, target) in [
        ("Rust loop over the model", took[1], Target::AtLeast(0.8)),
        ("manager, memory and registers", took[2], Target::None),
        ("the same with protocol monitors", took[3], Target::None),
    ] {
        push(what, cycles as f64 / took_here, speed, Target::None);
        let what = format!("{what}, over the bare C++ loop");
        push(&what, took[0] / took_here, Unit::Ratio, target);
    }
    twin::figures(table, turns, progress)
}
