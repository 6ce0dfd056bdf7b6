//! Reading a VCD: finding the unit in it, and sampling its signals once per clock cycle.

use super::timeline::{Builder, Cycle, Timeline};
use anyhow::{bail, Context, Result};
use std::collections::HashMap;
use std::io::BufRead;
use vcd::{Command, IdCode, ScopeItem, Value};

/// What stands in the unit's scope for each guest, before the guest's number.
const HOLD_WRITES: &str = "control_unit_hold_writes";
const REJECT_WRITES: &str = "control_unit_reject_writes";
const INTERVAL: &str = "control_unit_interval";

/// The unit's place in a waveform, and its signals there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSignals {
    /// Scopes from the outermost to the unit's.
    pub scope: Vec<String>,
    /// Guests of the unit.
    pub guests: usize,
    /// The names of its signals that tell the timeline, with their widths in bits.
    pub signals: Vec<(String, u32)>,
}

impl UnitSignals {
    /// The full name of a signal of the unit, its scopes joined by dots.
    pub fn path(&self, signal: &str) -> String {
        format!("{}.{signal}", self.scope.join("."))
    }
}

/// Places of the sampled values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Clock,
    Irq,
    Hold(usize),
    Reject(usize),
    Interval(usize),
    CopyDone,
    CopyKind,
    CopyGuest,
    CopyReadError,
    CopyWriteError,
}

struct Sampler {
    signals: UnitSignals,
    slots: Vec<Slot>,
    values: Vec<u64>,
    by_code: HashMap<IdCode, Vec<usize>>,
}

/// Reads a waveform to its end. The unit must be in it; cycles are counted by the rising edges of its `clk`.
///
/// # Errors
/// What is not a VCD, with its line; a waveform without the unit; one that ends in the middle of a line.
pub fn read(input: impl BufRead) -> Result<(UnitSignals, Timeline)> {
    let mut parser = vcd::Parser::new(input);
    let header = parser
        .parse_header()
        .with_context(|| format!("line {}: this is not a VCD", parser.line()))?;
    let mut sampler = Sampler::find(&header)?;
    let mut builder = Builder::new(sampler.signals.guests);
    let mut time = 0;
    // The values of a cycle are those before the edge that ends it: what changes with the edge belongs to the next.
    let mut changes: Vec<(usize, u64)> = Vec::new();
    while let Some(command) = parser.next() {
        let command = command.with_context(|| format!("line {}", parser.line()))?;
        match command {
            Command::Timestamp(now) => {
                sampler.apply(&mut changes, &mut builder, time);
                time = now;
            }
            Command::ChangeScalar(code, value) => {
                sampler.change(&mut changes, code, bit(value));
            }
            Command::ChangeVector(code, vector) => {
                let value = vector.iter().fold(0, |sum, value| sum << 1 | bit(value));
                sampler.change(&mut changes, code, value);
            }
            _ => {}
        }
    }
    sampler.apply(&mut changes, &mut builder, time);
    Ok((sampler.signals, builder.end()))
}

/// Unknown counts as 0.
fn bit(value: Value) -> u64 {
    u64::from(value == Value::V1)
}

impl Sampler {
    fn find(header: &vcd::Header) -> Result<Sampler> {
        let mut scope = Vec::new();
        let mut scopes = 0;
        if let Some(sampler) = Sampler::search(&header.items, &mut scope, &mut scopes) {
            return Ok(sampler);
        }
        bail!("no unit: none of the {scopes} scopes has the signals clk, irq and {HOLD_WRITES}_0");
    }

    fn search(items: &[ScopeItem], scope: &mut Vec<String>, scopes: &mut usize) -> Option<Sampler> {
        let here: HashMap<&str, (IdCode, u32)> = items
            .iter()
            .filter_map(|item| match item {
                ScopeItem::Var(var) => Some((var.reference.as_str(), (var.code, var.size))),
                _ => None,
            })
            .collect();
        if let Some(sampler) = Sampler::in_scope(&here, scope) {
            return Some(sampler);
        }
        for item in items {
            if let ScopeItem::Scope(inner) = item {
                *scopes += 1;
                scope.push(inner.identifier.clone());
                if let Some(sampler) = Sampler::search(&inner.items, scope, scopes) {
                    return Some(sampler);
                }
                scope.pop();
            }
        }
        None
    }

    fn in_scope(here: &HashMap<&str, (IdCode, u32)>, scope: &[String]) -> Option<Sampler> {
        let has = |name: &str| here.contains_key(name);
        if !(has("clk") && has("irq") && has(&format!("{HOLD_WRITES}_0"))) {
            return None;
        }
        let guests = (0..)
            .take_while(|g| has(&format!("{HOLD_WRITES}_{g}")))
            .count();
        let mut wanted = vec![
            ("clk".to_owned(), Slot::Clock),
            ("irq".to_owned(), Slot::Irq),
        ];
        for g in 0..guests {
            wanted.push((format!("{HOLD_WRITES}_{g}"), Slot::Hold(g)));
            wanted.push((format!("{REJECT_WRITES}_{g}"), Slot::Reject(g)));
            wanted.push((format!("{INTERVAL}_{g}"), Slot::Interval(g)));
        }
        let engine = [
            ("copy_engine_done_valid", Slot::CopyDone),
            ("copy_engine_done_kind", Slot::CopyKind),
            ("copy_engine_done_guest", Slot::CopyGuest),
            ("copy_engine_done_read_error", Slot::CopyReadError),
            ("copy_engine_done_write_error", Slot::CopyWriteError),
        ];
        wanted.extend(engine.map(|(name, slot)| (name.to_owned(), slot)));
        let mut sampler = Sampler {
            signals: UnitSignals {
                scope: scope.to_vec(),
                guests,
                signals: Vec::new(),
            },
            slots: Vec::new(),
            values: Vec::new(),
            by_code: HashMap::new(),
        };
        // A build may lack some: a unit of one guest has no number of a guest.
        for (name, slot) in wanted {
            if let Some((code, size)) = here.get(name.as_str()) {
                let place = sampler.slots.len();
                sampler.by_code.entry(*code).or_default().push(place);
                sampler.slots.push(slot);
                sampler.values.push(0);
                sampler.signals.signals.push((name, *size));
            }
        }
        Some(sampler)
    }

    fn change(&self, changes: &mut Vec<(usize, u64)>, code: IdCode, value: u64) {
        for place in self.by_code.get(&code).into_iter().flatten() {
            changes.push((*place, value));
        }
    }

    /// The changes of one point in time; a rising clock among them ends a cycle.
    fn apply(&mut self, changes: &mut Vec<(usize, u64)>, builder: &mut Builder, time: u64) {
        let rises = changes.iter().any(|(place, value)| {
            self.slots[*place] == Slot::Clock && *value == 1 && self.values[*place] == 0
        });
        if rises {
            builder.cycle(time, &self.cycle());
        }
        for (place, value) in changes.drain(..) {
            self.values[place] = value;
        }
    }

    fn cycle(&self) -> Cycle {
        let mut cycle = Cycle::new(self.signals.guests);
        for (slot, value) in self.slots.iter().zip(&self.values) {
            match *slot {
                Slot::Clock => {}
                Slot::Irq => cycle.irq = *value,
                Slot::Hold(g) => cycle.guests[g].hold = *value != 0,
                Slot::Reject(g) => cycle.guests[g].reject = *value != 0,
                Slot::Interval(g) => cycle.guests[g].interval = *value,
                Slot::CopyDone => cycle.copy_done = *value != 0,
                Slot::CopyKind => cycle.copy_kind = *value,
                Slot::CopyGuest => cycle.copy_guest = *value as usize,
                Slot::CopyReadError | Slot::CopyWriteError => cycle.copy_error |= *value != 0,
            }
        }
        cycle
    }
}
