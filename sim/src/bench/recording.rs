//! What a simulation did to a model's inputs, cycle by cycle, to be done again by a bare loop.

use super::agent::{Agent, Drive, Sample};
use anyhow::Result;
use std::path::Path;
use std::sync::Arc;
use verilated::{Direction, Input, Instance, Library, Output, WideInput};

/// The clock, which the loop drives itself.
const CLOCK: &str = "clk";

/// An input and how many bytes its value takes in a recording: as many as in the model.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Narrow(Input, usize),
    Wide(WideInput, usize),
}

/// The ports of a model that a recording holds and those that its check sum covers.
#[derive(Clone)]
struct Ports {
    slots: Vec<Slot>,
    watched: Vec<Output>,
    clock: Input,
}

/// The inputs of a model but its clock, in order, with their bytes in a recording.
pub fn recorded_inputs(library: &Library) -> Vec<(String, usize)> {
    let inputs = library
        .ports()
        .iter()
        .filter(|port| port.direction == Direction::Input && port.name != CLOCK);
    inputs
        .map(|port| {
            let bytes = match port.width {
                0..=8 => 1,
                9..=16 => 2,
                17..=32 => 4,
                33..=64 => 8,
                width => 4 * width.div_ceil(32) as usize,
            };
            (port.name.clone(), bytes)
        })
        .collect()
}

/// The outputs of one bit, which the check sum covers: every VALID and READY is among them.
pub fn watched_outputs(library: &Library) -> Vec<String> {
    let outputs = library
        .ports()
        .iter()
        .filter(|port| port.direction == Direction::Output && port.width == 1);
    outputs.map(|port| port.name.clone()).collect()
}

impl Ports {
    fn of(library: &Library) -> Result<Ports> {
        let mut slots = Vec::new();
        for (name, bytes) in recorded_inputs(library) {
            slots.push(match bytes {
                0..=8 => Slot::Narrow(library.input(&name)?, bytes),
                _ => Slot::Wide(library.wide_input(&name)?, bytes),
            });
        }
        let outputs = watched_outputs(library);
        let watched = outputs.iter().map(|name| library.output(name));
        Ok(Ports {
            slots,
            watched: watched.collect::<Result<_, _>>()?,
            clock: library.input(CLOCK)?,
        })
    }
}

/// Takes a bit into a check sum.
fn mix(sum: u64, bit: u64) -> u64 {
    sum.rotate_left(1) ^ bit
}

/// Records the inputs of every cycle and sums up the outputs.
#[derive(Clone)]
pub struct Recorder {
    ports: Ports,
    /// The values of every cycle, one after the other.
    pub values: Vec<u8>,
    /// Cycles recorded.
    pub cycles: u64,
    /// The check sum of the outputs.
    pub sum: u64,
}

impl Recorder {
    /// A recorder of a model's inputs.
    pub fn new(library: &Library) -> Result<Recorder> {
        Ok(Recorder {
            ports: Ports::of(library)?,
            values: Vec::new(),
            cycles: 0,
            sum: 0,
        })
    }

    /// Writes the values to a file.
    pub fn save(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, &self.values)?)
    }
}

impl Agent for Recorder {
    fn observe(&mut self, sample: &mut Sample) {
        for slot in &self.ports.slots {
            match *slot {
                Slot::Narrow(input, bytes) => {
                    let value = sample.model.get(input).to_le_bytes();
                    self.values.extend_from_slice(&value[..bytes]);
                }
                Slot::Wide(input, bytes) => {
                    let from = self.values.len();
                    self.values.resize(from + bytes, 0);
                    sample.model.get_bytes(input, &mut self.values[from..]);
                }
            }
        }
        self.cycles += 1;
        for output in &self.ports.watched {
            self.sum = mix(self.sum, sample.model.get(*output));
        }
    }

    fn drive(&mut self, _drive: &mut Drive) {}
}

/// A fresh instance with nothing around it, ready to be given what was recorded.
pub struct Replay {
    ports: Ports,
    model: Instance,
}

impl Replay {
    /// An instance of a library, evaluated once.
    pub fn new(library: &Arc<Library>) -> Result<Replay> {
        let ports = Ports::of(library)?;
        let mut model = library.instance(1)?;
        model.eval()?;
        Ok(Replay { ports, model })
    }

    /// Does what was recorded, from its first cycle on; returns the check sum.
    pub fn run(mut self, values: &[u8], cycles: u64) -> Result<u64> {
        let Replay { ports, model } = &mut self;
        let mut sum = 0;
        let mut rest = values;
        for _ in 0..cycles {
            for slot in &ports.slots {
                match *slot {
                    Slot::Narrow(input, bytes) => {
                        let (now, later) = rest.split_at(bytes);
                        model.set(input, little_endian(now));
                        rest = later;
                    }
                    Slot::Wide(input, bytes) => {
                        let (now, later) = rest.split_at(bytes);
                        model.set_bytes(input, now);
                        rest = later;
                    }
                }
            }
            model.set(ports.clock, 0);
            model.eval()?;
            for output in &ports.watched {
                sum = mix(sum, model.get(*output));
            }
            model.set(ports.clock, 1);
            model.eval()?;
        }
        Ok(sum)
    }
}

/// A number of 1, 2, 4 or 8 bytes: as many as the model stores.
#[inline]
fn little_endian(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => a.into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => unreachable!("a recording holds values as the model stores them"),
    }
}
