//! Records what a program's processor asks of memory, every access with its time, on a computer of its own without a unit.
//!
//! Memory takes no time here: an access ends in the cycle in which it begins, so what is recorded is the processor's own pace, and
//! whoever replays it adds the time of caches and memories.

use crate::machine::whole;
use crate::program::{Compiler, Job, Place};
use crate::{processor_verilog, rtl};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::bench::{Agent, Drive, Pin, Sample};
use mch_sim::Simulation;
use verilated::{Cache, Design, Optimization};

const CORE_ALONE: &str = include_str!("../rtl/core_alone.v");
/// Where the guest's memory is; core_alone.v says the same.
const BASE: u32 = 0x1000_0000;
/// The mailbox word that ends the program.
const ANSWER: u64 = 4;
/// Cycles between two calls of the watcher.
const WATCH_CYCLES: u64 = 65_536;

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// Fetches an instruction.
    Fetch,
    /// Reads a word.
    Read,
    /// Writes a word.
    Write {
        /// The word, each byte at its place.
        data: u32,
        /// The bytes that are written, bit 0 for the lowest; 4 bits.
        strobes: u8,
    },
}

/// One access of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Cycles since the access before, or since the start.
    pub after: u32,
    /// Byte offset of the word in the guest's memory.
    pub offset: u32,
    /// What it does.
    pub kind: AccessKind,
}

/// A program's run as memory saw it.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The guest's memory at the start.
    pub memory: Vec<u8>,
    /// All accesses, in order.
    pub accesses: Vec<Access>,
    /// Cycles from the start to the answer.
    pub cycles: u64,
}

/// The agent that answers the processor, and takes down what it asks.
#[derive(Clone)]
struct Scribe {
    pins: Pins,
    memory: Vec<u8>,
    accesses: Vec<Access>,
    /// Cycles of the processor's own time, and that of the last access.
    now: u64,
    last: u64,
    /// What is answered in the next cycle.
    write_done: bool,
    read_done: Option<u32>,
    register_done: bool,
    answer: Option<(u32, u64)>,
    wrong: Option<String>,
}

#[derive(Clone, Copy)]
struct Pins {
    trap: Pin,
    write_valid: Pin,
    write_address: Pin,
    write_data: Pin,
    write_strobes: Pin,
    write_done: Pin,
    read_valid: Pin,
    read_address: Pin,
    read_is_fetch: Pin,
    read_done: Pin,
    read_data: Pin,
    register_valid: Pin,
    register_ready: Pin,
    mail_valid: Pin,
    mail_address: Pin,
    mail_data: Pin,
}

impl Pins {
    fn bind(simulation: &Simulation) -> Result<Pins> {
        let pin = |name| simulation.pin(name);
        Ok(Pins {
            trap: pin("trap")?,
            write_valid: pin("write_valid")?,
            write_address: pin("write_address")?,
            write_data: pin("write_data")?,
            write_strobes: pin("write_strobes")?,
            write_done: pin("write_done")?,
            read_valid: pin("read_valid")?,
            read_address: pin("read_address")?,
            read_is_fetch: pin("read_is_fetch")?,
            read_done: pin("read_done")?,
            read_data: pin("read_data")?,
            register_valid: pin("register_valid")?,
            register_ready: pin("register_ready")?,
            mail_valid: pin("mail_valid")?,
            mail_address: pin("mail_address")?,
            mail_data: pin("mail_data")?,
        })
    }
}

impl Scribe {
    fn word(&self, address: u64) -> Option<usize> {
        let offset = (address as usize & !3).checked_sub(BASE as usize)?;
        (offset + 4 <= self.memory.len()).then_some(offset)
    }

    fn take(&mut self, address: u64, kind: AccessKind) {
        let Some(offset) = self.word(address) else {
            self.wrong = Some(format!("{kind:?} at {address:#x} is outside its memory"));
            return;
        };
        let bytes = &mut self.memory[offset..offset + 4];
        match kind {
            AccessKind::Write { data, strobes } => {
                for (lane, byte) in data.to_le_bytes().into_iter().enumerate() {
                    if strobes >> lane & 1 == 1 {
                        bytes[lane] = byte;
                    }
                }
                self.write_done = true;
            }
            AccessKind::Fetch | AccessKind::Read => {
                let word = [bytes[0], bytes[1], bytes[2], bytes[3]];
                self.read_done = Some(u32::from_le_bytes(word));
            }
        }
        self.accesses.push(Access {
            after: (self.now - self.last) as u32,
            offset: offset as u32,
            kind,
        });
        self.last = self.now;
    }
}

impl Agent for Scribe {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return;
        }
        let (pins, model) = (self.pins, sample.model);
        // The cycle in which an access waits for its answer is none of the processor's.
        let waits = std::mem::take(&mut self.write_done)
            || self.read_done.take().is_some()
            || std::mem::take(&mut self.register_done);
        self.now += u64::from(!waits);
        if pins.write_valid.is_high(model) {
            let kind = AccessKind::Write {
                data: pins.write_data.get(model) as u32,
                strobes: pins.write_strobes.get(model) as u8,
            };
            self.take(pins.write_address.get(model), kind);
        } else if pins.read_valid.is_high(model) {
            let kind = match pins.read_is_fetch.is_high(model) {
                true => AccessKind::Fetch,
                false => AccessKind::Read,
            };
            self.take(pins.read_address.get(model), kind);
        } else if pins.register_valid.is_high(model) && !waits {
            self.register_done = true;
        }
        if pins.mail_valid.is_high(model) && pins.mail_address.get(model) == ANSWER {
            self.answer = Some((pins.mail_data.get(model) as u32, self.now));
        }
        if pins.trap.is_high(model) {
            self.wrong = Some("the processor has stopped".to_owned());
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        let pins = self.pins;
        pins.write_done.set(drive.model, u64::from(self.write_done));
        pins.read_done
            .set(drive.model, u64::from(self.read_done.is_some()));
        pins.read_data
            .set(drive.model, u64::from(self.read_done.unwrap_or_default()));
        pins.register_ready
            .set(drive.model, u64::from(self.register_done));
    }
}

/// Runs a job alone in `guest_bytes` of memory and records its accesses; `watch` is called now and then with the cycle, and the
/// recording is given up when it returns false. An answer that is wrong, or none within `limit` cycles, is an error.
pub fn record(
    job: &Job,
    guest_bytes: u32,
    limit: u64,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Recording> {
    let name = job.program.name();
    let cache = Cache::default();
    let place = Place {
        base: BASE,
        size: guest_bytes,
        registers: 0x8000_1000,
    };
    let image = Compiler::new(cache.folder().join("programs")).image(job, &place)?;
    let memory = whole(&image, &place);
    let library = Design::new("core_alone")
        .file(processor_verilog()?)
        .text("core_alone.v", CORE_ALONE)
        .text("computer_core.v", rtl::CORE)
        .argument("-Wno-lint")
        .argument("-Wno-style")
        .optimization(Optimization::Most)
        .assertions(false)
        .build(&cache)?;
    let mut simulation = Simulation::new(&library, 1)?;
    let scribe = simulation.add(Scribe {
        pins: Pins::bind(&simulation)?,
        memory: memory.clone(),
        accesses: Vec::new(),
        now: 0,
        last: 0,
        write_done: false,
        read_done: None,
        register_done: false,
        answer: None,
        wrong: None,
    });
    simulation.reset(8)?;
    while simulation[scribe].answer.is_none() {
        simulation.step()?;
        if let Some(wrong) = &simulation[scribe].wrong {
            bail!("{name}: {wrong}");
        }
        let cycle = simulation.cycle();
        ensure!(cycle < limit, "{name}: not over after {cycle} cycles");
        if cycle.is_multiple_of(WATCH_CYCLES) && !watch(cycle) {
            bail!("interrupted after {cycle} cycles");
        }
    }
    let scribe = &mut simulation[scribe];
    let (answer, cycles) = scribe.answer.context("there is an answer")?;
    let expected = job.expected_answer();
    ensure!(
        answer == expected,
        "{name}: the answer is {answer:08x}, not {expected:08x}"
    );
    Ok(Recording {
        memory,
        accesses: std::mem::take(&mut scribe.accesses),
        cycles,
    })
}
