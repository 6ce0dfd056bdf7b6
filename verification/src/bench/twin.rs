//! The emitted Verilog of a block against a twin written by hand: equal in every cycle, and as fast to simulate?

use super::figure::{Figure, Table, Target, Unit};
use super::processor_time::{median, processor_time};
use super::stand::bench_config;
use super::Progress;
use anyhow::{ensure, Result};
use mch_hdl::blocks::HazardTable;
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::Block;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::Arc;
use verilated::{Cache, Design, Input, Library, Optimization, Output, WideOutput};

const TWIN: &str = include_str!("twin/hazard_table_twin.v");
const MANY: &str = include_str!("twin/many.v");
/// Copies timed side by side.
const COPIES: usize = 16;
/// Cycles of lockstep and of a timed run.
const CYCLES: usize = 200_000;

/// The inputs of one cycle.
#[derive(Clone, Copy, Debug, Default)]
struct Cycle {
    enter: bool,
    block: u32,
    allocate: bool,
    leave: bool,
    free: Option<(u8, bool)>,
}

/// Traffic as the tracker makes it: look-ups that enter with a credit, show their block three cycles later, and in the
/// cycle after that allocate unless their block is in flight; tickets freed in any order. The table's own outputs decide, so it runs one.
fn traffic(library: &Arc<Library>) -> Result<Vec<Cycle>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut model = library.instance(1)?;
    let pins = Pins::of(library)?;
    let one = |name: &str| library.output(name);
    let (credit, hit, next) = (one("credit")?, one("hit")?, one("next_ticket")?);
    let clock = library.input("clk")?;
    pins.reset(&mut model)?;
    let mut cycles = Vec::with_capacity(CYCLES);
    // Blocks of the look-ups at stages 0..=3, and whether one is at stage 4.
    let mut stages: VecDeque<Option<u32>> = VecDeque::from([None; 4]);
    let mut deciding = false;
    let mut busy: Vec<u8> = Vec::new();
    for _ in 0..CYCLES {
        let mut now = Cycle {
            enter: model.get(credit) == 1 && random.random_ratio(2, 3),
            block: stages[3].unwrap_or_else(|| random.random_range(0..64)),
            ..Cycle::default()
        };
        if deciding {
            now.allocate = model.get(hit) == 0;
            now.leave = !now.allocate;
        }
        if !busy.is_empty() && random.random_ratio(1, 4) {
            let at = random.random_range(0..busy.len().min(3));
            now.free = Some((busy.remove(at), random.random_ratio(1, 8)));
        }
        if now.allocate {
            busy.push(model.get(next) as u8);
        }
        deciding = stages.pop_back().flatten().is_some();
        let entering = now.enter.then(|| random.random_range(0..64));
        stages.push_front(entering);
        pins.drive(&mut model, &now);
        model.cycle(clock)?;
        cycles.push(now);
    }
    Ok(cycles)
}

struct Pins {
    clock: Input,
    reset: Input,
    enter: Input,
    block: Input,
    allocate: Input,
    leave: Input,
    free: Input,
    free_ticket: Input,
    free_failed: Input,
}

impl Pins {
    fn of(library: &Library) -> Result<Pins> {
        let pin = |name: &str| library.input(name);
        Ok(Pins {
            clock: pin("clk")?,
            reset: pin("rst")?,
            enter: pin("enter")?,
            block: pin("block")?,
            allocate: pin("allocate")?,
            leave: pin("leave")?,
            free: pin("free")?,
            free_ticket: pin("free_ticket")?,
            free_failed: pin("free_failed")?,
        })
    }

    fn reset(&self, model: &mut verilated::Instance) -> Result<()> {
        self.drive(model, &Cycle::default());
        model.set(self.reset, 1);
        model.cycle(self.clock)?;
        model.set(self.reset, 0);
        Ok(())
    }

    fn drive(&self, model: &mut verilated::Instance, cycle: &Cycle) {
        let (ticket, failed) = cycle.free.unwrap_or_default();
        model.set(self.enter, cycle.enter.into());
        model.set(self.block, cycle.block.into());
        model.set(self.allocate, cycle.allocate.into());
        model.set(self.leave, cycle.leave.into());
        model.set(self.free, cycle.free.is_some().into());
        model.set(self.free_ticket, ticket.into());
        model.set(self.free_failed, failed.into());
    }
}

/// Runs both tables under the same traffic and compares every output in every cycle; returns how many look-ups hit.
fn lockstep(emitted: &Arc<Library>, twin: &Arc<Library>, traffic: &[Cycle]) -> Result<u64> {
    let names = [
        "credit",
        "hit",
        "hit_ticket",
        "next_ticket",
        "ticket_busy",
        "ticket_failed",
    ];
    let outputs = |library: &Library| -> Result<Vec<Output>> {
        let outputs = names.iter().map(|name| library.output(name));
        Ok(outputs.collect::<Result<_, _>>()?)
    };
    let (ours, theirs) = (outputs(emitted)?, outputs(twin)?);
    let (mut one, mut other) = (emitted.instance(2)?, twin.instance(3)?);
    let (pins, twin_pins) = (Pins::of(emitted)?, Pins::of(twin)?);
    pins.reset(&mut one)?;
    twin_pins.reset(&mut other)?;
    let mut hits = 0;
    for (number, cycle) in traffic.iter().enumerate() {
        pins.drive(&mut one, cycle);
        twin_pins.drive(&mut other, cycle);
        one.cycle(pins.clock)?;
        other.cycle(twin_pins.clock)?;
        for ((name, ours), theirs) in names.iter().zip(&ours).zip(&theirs) {
            let (ours, theirs) = (one.get(*ours), other.get(*theirs));
            ensure!(
                ours == theirs,
                "in cycle {number} {name} is {ours:#x}, the twin's {theirs:#x}"
            );
        }
        hits += one.get(ours[1]);
    }
    Ok(hits)
}

/// The seconds of processor time that a table's copies take, and a check sum of their outputs.
fn time(library: &Arc<Library>, traffic: &[Cycle]) -> Result<(f64, u64)> {
    let pins = Pins::of(library)?;
    let busy: WideOutput = library.wide_output("ticket_busy")?;
    let hit = library.output("hit")?;
    let mut model = library.instance(1)?;
    pins.reset(&mut model)?;
    let mut words = vec![0; COPIES];
    let mut sum = 0u64;
    let start = processor_time()?;
    for cycle in traffic {
        pins.drive(&mut model, cycle);
        model.cycle(pins.clock)?;
        sum = sum.rotate_left(1) ^ model.get(hit);
    }
    let took = processor_time()? - start;
    model.get_wide(busy, &mut words);
    let sum = words
        .iter()
        .fold(sum, |sum, word| sum.rotate_left(3) ^ u64::from(*word));
    Ok((took, sum))
}

/// Both tables alone, or in copies.
fn build(top: &str, text: &[(String, String)], table: Option<&str>) -> Result<Arc<Library>> {
    let mut design = Design::new(top).optimization(Optimization::Most);
    for (name, text) in text {
        design = design.text(name.clone(), text.clone());
    }
    if let Some(table) = table {
        design = design.text("many.v", MANY.replace("TABLE", table));
    } else {
        design = design.random_init(true);
    }
    Ok(design.build(&Cache::default())?)
}

fn sources() -> Result<[Vec<(String, String)>; 2]> {
    let mut block = HazardTable::new(&bench_config(64, 64));
    block.connect_all();
    let files = emit(&block, &EmitOptions::default())?;
    let emitted = files.into_iter().map(|file| (file.name, file.text));
    let twin = ("hazard_table_twin.v".to_string(), TWIN.to_string());
    Ok([emitted.collect(), vec![twin]])
}

/// Checks that emitted block and twin are equal in every cycle; returns the look-ups that hit.
pub fn compare() -> Result<u64> {
    let [ours, theirs] = sources()?;
    let emitted = build("hazard_table", &ours, None)?;
    let twin = build("hazard_table_twin", &theirs, None)?;
    lockstep(&emitted, &twin, &traffic(&emitted)?)
}

/// Adds the figures of the twin.
pub fn figures(table: &mut Table, turns: u32, progress: Progress) -> Result<()> {
    progress("harness: comparing the hazard table with its twin")?;
    let [ours, theirs] = sources()?;
    let emitted = build("hazard_table", &ours, None)?;
    let twin = build("hazard_table_twin", &theirs, None)?;
    let traffic = traffic(&emitted)?;
    lockstep(&emitted, &twin, &traffic)?;
    let emitted = build("many", &ours, Some("hazard_table"))?;
    let twin = build("many", &theirs, Some("hazard_table_twin"))?;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // Short, so there can be many.
    let turns = 3 * turns;
    for _ in 0..turns {
        let (took, sum) = time(&emitted, &traffic)?;
        let (twin_took, twin_sum) = time(&twin, &traffic)?;
        ensure!(sum == twin_sum, "the copies differ from the twin's");
        ours.push(took);
        theirs.push(twin_took);
        ratios.push(twin_took / took);
    }
    let ratio = median(ratios.clone());
    let noise = median(ratios.iter().map(|one| (one - ratio).abs()).collect());
    let here = format!("hazard table, {COPIES} copies, {CYCLES} cycles, median of {turns}");
    let speed = Unit::CyclesPerSecond;
    for (what, seconds) in [("emitted", ours), ("written by hand", theirs)] {
        let value = CYCLES as f64 / median(seconds);
        let figure = Figure::new(&here, what, value, speed, Target::None);
        table.figures.push(figure);
    }
    table.figures.push(Figure::new(
        format!("{here}, half of the turns within {noise:.3} of it"),
        "emitted over written by hand",
        ratio,
        Unit::Ratio,
        Target::AtLeast(1.0 - noise),
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_twin_equals_the_emitted_table() {
        let hits = super::compare().unwrap();
        assert!(hits > 10_000, "{hits} look-ups hit");
    }

    #[test]
    fn many_tables_can_be_built_of_either() {
        let [ours, theirs] = super::sources().unwrap();
        super::build("many", &ours, Some("hazard_table")).unwrap();
        super::build("many", &theirs, Some("hazard_table_twin")).unwrap();
    }
}
