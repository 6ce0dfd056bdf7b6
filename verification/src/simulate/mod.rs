//! Replays a memory trace through the unit's Verilog and checks all that guests can see of memory.
//!
//! Every guest is a small computer of its own: it performs its events in order, takes part in checkpoints as
//! its software would (finishes its writes, arrives, waits for the release), and on a fault forgets what it was doing, is rolled back
//! and does again what came after its checkpoint. So the memory at the end is what the trace alone gives, whatever
//! was broken on the way. Guest g uses port g modulo the number of ports; its region is an equal share of
//! system memory. Before the trace starts, every guest is given a first checkpoint, which no figure counts.
//!
//! Under S2 the checkpoints lie in a second computer, which a link joins to the first. No guest is broken there by itself: when the replay is
//! over the first computer is lost, every guest takes over in the second, and its memory must be that of its last checkpoint.

mod backup;
mod coroutine;
mod guest;
mod image;
mod options;
mod report;
mod traffic;
mod world;

pub use options::{Fault, MemoryTiming, Options, Waveform};
pub use report::{Cycles, GuestReport, Report};

use crate::trace::Event;
use anyhow::{bail, Result};
use coroutine::Software;
use world::World;

/// How far a replay has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Cycles since the start of the replay.
    pub cycle: u64,
    /// Events performed, by all guests; less again after a rollback.
    pub events: usize,
}

/// Cycles between two calls of the progress function.
const PROGRESS_CYCLES: u64 = 2_048;

/// Replays events. `progress` is called now and then; the replay is given up when it returns false. An error is
/// something impossible in the options or the trace, or something wrong in what the unit did.
pub fn replay(
    options: &Options,
    events: &[Event],
    mut progress: impl FnMut(Progress) -> bool,
) -> Result<Report> {
    options.validate(events)?;
    let world = World::new(options, events)?;
    let guests = options.config.guests;
    run(&world, &mut progress, |guest| {
        Box::pin(guest::first_checkpoint(&world, guest))
    })?;
    world.start()?;
    for guest in 0..guests {
        world.set_period(guest, options.period)?;
    }
    run(&world, &mut progress, |guest| {
        Box::pin(guest::run(&world, guest))
    })?;
    world.report(options)
}

/// Runs a piece of software for every guest until all have ended.
fn run<'a>(
    world: &'a World,
    progress: &mut impl FnMut(Progress) -> bool,
    software: impl Fn(usize) -> Software<'a, Result<()>>,
) -> Result<()> {
    let mut running: Vec<_> = (0..world.guests()).map(software).collect();
    while !running.is_empty() {
        let mut still = Vec::with_capacity(running.len());
        for mut software in running {
            match coroutine::poll(&mut software) {
                None => still.push(software),
                Some(result) => result?,
            }
        }
        running = still;
        world.step()?;
        if world.cycle().is_multiple_of(PROGRESS_CYCLES) && !progress(world.progress()) {
            bail!("interrupted after {} cycles", world.progress().cycle);
        }
    }
    Ok(())
}
