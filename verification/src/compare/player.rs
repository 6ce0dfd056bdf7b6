//! A processor that performs a workload, takes part in checkpoints, and counts the cycles that each of its accesses takes.
//!
//! It waits for what it reads and goes on behind what it writes, as long as its write buffer has room. Asked for a rendezvous, it
//! stops between two accesses, writes back what only its cache holds, waits for all its writes, arrives, and goes on when it has read the
//! release. Every byte it reads is compared with what it must read.

use super::stage::{Stage, Unit};
use super::workload::{Access, Source};
use anyhow::{bail, ensure, Result};
use mch_sim::axi::{LiteCompleted, Response, Ticket};
use mch_sim::memory::{Direction, Memory};
use mch_spec::registers::{field, guest_address, offset, Operation, Status};
use std::collections::HashSet;

/// Cycles without an answer after which something is wrong.
const PATIENCE: u64 = 5_000_000;
/// Cycles between two calls of the watcher.
const WATCH_CYCLES: u64 = 4_096;
/// Writes under way at most.
const WRITE_BUFFER: usize = 16;

/// A stop for a checkpoint, in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From the stop until all writes are answered, those of the flush among them.
    pub flush: u64,
    /// From the stop to the release.
    pub pause: u64,
    /// Lines that the flush wrote.
    pub lines: u64,
    /// Those of them that nobody had written since the stop before.
    pub first_touches: u64,
    /// From the stop until the processor goes on.
    pub whole: u64,
}

/// When the processor stops for a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpoints {
    /// Never.
    None,
    /// Every so many cycles it flushes its cache, as for a checkpoint, and goes on.
    FlushOnly(u64),
    /// When the unit asks for it.
    Asked,
}

/// A write under way.
struct Written {
    ticket: Ticket,
    address: u64,
    end: u64,
}

/// The processor.
pub struct Player<'a> {
    /// Where it is.
    pub stage: Stage,
    watch: &'a mut dyn FnMut(u64) -> bool,
    /// What memory must hold once all writes are over.
    model: Memory,
    writes: Vec<Written>,
    /// The read under way: its bursts, its address, and what it must bring.
    reads: Vec<Ticket>,
    expected: (u64, Vec<u8>),
    /// Cycles from each write's address to its response.
    pub write_cycles: Vec<u32>,
    /// Cycles from each read's address to its last beat.
    pub read_cycles: Vec<u32>,
    /// Its stops.
    pub stops: Vec<Stop>,
    /// What is XORed to every byte it writes.
    twist: u8,
    /// Addresses written since the last stop.
    touched: HashSet<u64>,
}

impl<'a> Player<'a> {
    /// A processor at rest. `watch` is called now and then with the cycle; what runs is given up when it returns false.
    pub fn new(stage: Stage, watch: &'a mut dyn FnMut(u64) -> bool) -> Player<'a> {
        Player {
            model: stage.simulation[stage.memory].memory().clone(),
            stage,
            watch,
            writes: Vec::new(),
            reads: Vec::new(),
            expected: (0, Vec::new()),
            write_cycles: Vec::new(),
            read_cycles: Vec::new(),
            stops: Vec::new(),
            twist: 0,
            touched: HashSet::new(),
        }
    }

    /// Writes other bytes than the workload says, from now on.
    pub fn twist(&mut self) {
        self.twist = 0xa5;
    }

    /// What memory must hold, as addresses of the bus.
    pub fn model(&self) -> &Memory {
        &self.model
    }

    /// Forgets what was counted.
    pub fn restart(&mut self) {
        self.write_cycles.clear();
        self.read_cycles.clear();
        self.stops.clear();
        self.stage.restart();
    }

    /// The number of the cycle.
    pub fn cycle(&self) -> u64 {
        self.stage.simulation.cycle()
    }

    /// Lets the hardware run a cycle and takes what it brings.
    pub fn step(&mut self) -> Result<()> {
        let (port, cycle) = (self.stage.port, self.cycle());
        self.stage.step()?;
        if cycle.is_multiple_of(WATCH_CYCLES) && !(self.watch)(cycle) {
            bail!("interrupted after {cycle} cycles");
        }
        if self.stage.simulation[port].completed().is_empty() {
            return Ok(());
        }
        for done in self.stage.simulation[port].take_completed() {
            let address = done.burst.address;
            ensure!(
                done.response() == Response::Okay,
                "{:?} at {address:#x}: {:?}",
                done.direction,
                done.response()
            );
            let took = (done.timing.response - done.timing.presented) as u32;
            match done.direction {
                Direction::Write => {
                    self.write_cycles.push(took);
                    self.writes.retain(|one| one.ticket != done.ticket);
                }
                Direction::Read => {
                    self.read_cycles.push(took);
                    self.reads.retain(|ticket| *ticket != done.ticket);
                    let (first, expected) = &self.expected;
                    let from = (address - first) as usize;
                    let length = done.payload.len().min(expected.len() - from);
                    let differs = (done.payload[..length].iter())
                        .zip(&expected[from..])
                        .position(|(found, expected)| found != expected);
                    if let Some(at) = differs {
                        bail!(
                            "read at {:#x}: {:#04x} instead of {:#04x}",
                            address + at as u64,
                            done.payload[at],
                            expected[from + at]
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs until the condition holds.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) -> Result<()> {
        let start = self.cycle();
        while !holds(self) {
            self.step()?;
            ensure!(
                self.cycle() - start < PATIENCE,
                "{what}: not within {PATIENCE} cycles"
            );
        }
        Ok(())
    }

    /// Waits until all writes are answered.
    pub fn settle(&mut self) -> Result<()> {
        self.until("all writes are answered", |player| player.writes.is_empty())
    }

    fn write(&mut self, address: u64, data: &[u8]) -> Result<()> {
        self.until("a write finds room", |player| {
            player.writes.len() < WRITE_BUFFER
        })?;
        let address = self.stage.base + address;
        let data: Vec<u8> = data.iter().map(|byte| byte ^ self.twist).collect();
        let end = address + data.len() as u64;
        let tickets = self.stage.simulation[self.stage.port].write_bytes(address, &data)?;
        self.model.write(address, &data);
        self.touched.insert(address);
        let of = |ticket| Written {
            ticket,
            address,
            end,
        };
        self.writes.extend(tickets.into_iter().map(of));
        Ok(())
    }

    /// Reads and waits; what is read must be right.
    pub fn read(&mut self, address: u64, length: usize) -> Result<()> {
        let address = self.stage.base + address;
        let end = address + length as u64;
        // Reads and writes are not ordered against each other on the bus.
        self.until("earlier writes are answered", |player| {
            let mut writes = player.writes.iter();
            !writes.any(|one| one.address < end && address < one.end)
        })?;
        self.expected = (address, self.model.read_vec(address, length));
        let port = self.stage.port;
        self.reads = self.stage.simulation[port].read_bytes(address, length)?;
        self.until("a read is answered", |player| player.reads.is_empty())
    }

    /// Performs a workload, or as much of it as begins within `limit` cycles; returns the cycles from the first step to the last answer.
    pub fn play(
        &mut self,
        source: &mut Source,
        checkpoints: Checkpoints,
        limit: Option<u64>,
    ) -> Result<u64> {
        let start = self.cycle();
        let mut due = start;
        let mut flushed = start;
        'steps: while let Some(step) = source.step() {
            due += step.after;
            loop {
                let now = self.cycle();
                let stopped = match checkpoints {
                    Checkpoints::FlushOnly(period) if now - flushed >= period => {
                        let stop = self.flush(source)?;
                        self.stops.push(stop);
                        flushed = self.cycle();
                        true
                    }
                    Checkpoints::Asked if self.is_asked() => {
                        self.rendezvous(source)?;
                        true
                    }
                    _ => false,
                };
                if stopped {
                    // What it was at goes on where it was.
                    due += self.cycle() - now;
                } else if limit.is_some_and(|limit| now - start >= limit) {
                    break 'steps;
                } else if now >= due {
                    break;
                } else {
                    self.step()?;
                }
            }
            match &step.access {
                Access::Write { address, data } => self.write(*address, data)?,
                Access::Read { address, length } => self.read(*address, *length)?,
                Access::Rest => {}
            }
            due = self.cycle();
        }
        self.settle()?;
        Ok(self.cycle() - start)
    }

    fn unit_side(&self) -> Result<Unit> {
        self.stage
            .unit
            .ok_or_else(|| anyhow::anyhow!("a wire has no registers"))
    }

    /// Whether the unit asks for a rendezvous.
    pub fn is_asked(&mut self) -> bool {
        match self.stage.unit {
            Some(unit) => self.stage.simulation.get(unit.irq) & 1 == 1,
            None => false,
        }
    }

    fn flush(&mut self, source: &mut Source) -> Result<Stop> {
        let start = self.cycle();
        let lines = source.flush();
        let is_first = |line: &&(u64, _)| !self.touched.contains(&(self.stage.base + line.0));
        let first_touches = lines.iter().filter(is_first).count() as u64;
        for (address, data) in &lines {
            self.write(*address, data)?;
        }
        self.settle()?;
        self.touched.clear();
        let took = self.cycle() - start;
        Ok(Stop {
            flush: took,
            pause: took,
            lines: lines.len() as u64,
            first_touches,
            whole: took,
        })
    }

    /// Takes part in a rendezvous, which must end with a commit.
    pub fn rendezvous(&mut self, source: &mut Source) -> Result<()> {
        let unit = self.unit_side()?;
        let start = self.cycle();
        let address = guest_address(0, offset::G_RENDEZVOUS).into();
        let request = self.stage.simulation[unit.registers].read(address);
        let mut stop = self.flush(source)?;
        let request = self.access(request)?.value as u32;
        let number = field::G_RENDEZVOUS::NUMBER.get(request);
        self.set_guest(offset::G_ARRIVE, field::G_ARRIVE::NUMBER.put(number))?;
        self.until("the release", |player| !player.is_asked())?;
        stop.pause = self.cycle() - start;
        let release = self.guest(offset::G_RELEASE)?;
        let status = field::G_RELEASE::STATUS.get(release);
        ensure!(
            status == Status::Ok.code() && field::G_RELEASE::NUMBER.get(release) == number,
            "rendezvous {number} ended with G_RELEASE {release:#x}"
        );
        stop.whole = self.cycle() - start;
        self.stops.push(stop);
        Ok(())
    }

    /// Commands a checkpoint of an idle processor and takes part in it.
    pub fn checkpoint(&mut self, source: &mut Source) -> Result<()> {
        self.set_guest(offset::G_COMMAND, Operation::Checkpoint.code())?;
        self.until("a rendezvous is asked for", Self::is_asked)?;
        self.rendezvous(source)
    }

    /// Waits until the unit does nothing more for the guest; takes part in what it still asks for.
    pub fn rest(&mut self, source: &mut Source) -> Result<()> {
        let has_pushes = self.unit_side()?.has_pushes;
        let end = self.cycle() + PATIENCE;
        loop {
            if self.is_asked() {
                self.rendezvous(source)?;
            }
            let is_running = field::G_STATUS::RUNNING.get(self.guest(offset::G_STATUS)?) == 1;
            let is_pending = has_pushes && self.guest(offset::G_PENDING)? != 0;
            if !is_running && !is_pending && !self.is_backup_busy()? {
                return Ok(());
            }
            ensure!(self.cycle() < end, "the unit does not come to rest");
        }
    }

    /// Rolls the guest back; the cycles from the command's acknowledgement to the interrupt of its end.
    pub fn roll_back(&mut self) -> Result<u64> {
        let unit = self.unit_side()?;
        for register in [offset::COMPLETION, offset::IRQ_STATUS] {
            let waiting = self.register(register)?;
            self.set_register(register, waiting)?;
        }
        self.set_register(offset::IRQ_ENABLE, 1)?;
        let command = guest_address(0, offset::G_COMMAND);
        let began = self.set_register(command, Operation::Rollback.code())?;
        self.until("the rollback", |player| {
            player.stage.simulation.get(unit.irq) >> unit.common & 1 == 1
        })?;
        let ended = self.cycle();
        self.set_register(offset::IRQ_ENABLE, 0)?;
        let completion = self.guest(offset::G_COMPLETION)?;
        let status = field::G_COMPLETION::STATUS.get(completion);
        ensure!(
            status == Status::Ok.code(),
            "the rollback ended with status {status}, error {}",
            field::G_COMPLETION::ERROR.get(completion)
        );
        Ok(ended - began)
    }

    /// Memory is what it was when the model was this; the processor reads these ranges of offsets to see.
    pub fn verify(&mut self, image: &Memory, ranges: &[(u64, usize)]) -> Result<()> {
        self.model = image.clone();
        for (address, length) in ranges {
            self.read(*address, *length)?;
        }
        Ok(())
    }

    fn access(&mut self, ticket: Ticket) -> Result<LiteCompleted> {
        let registers = self.unit_side()?.registers;
        let mut found = None;
        self.until("a register access", |player| {
            found = player.stage.simulation[registers].take(ticket);
            found.is_some()
        })?;
        match found {
            Some(done) if done.response == Response::Okay => Ok(done),
            other => bail!("a register access was refused: {other:?}"),
        }
    }

    /// Reads a register.
    pub fn register(&mut self, address: u32) -> Result<u32> {
        let registers = self.unit_side()?.registers;
        let ticket = self.stage.simulation[registers].read(address.into());
        Ok(self.access(ticket)?.value as u32)
    }

    /// Writes a register; returns the cycle of the response.
    pub fn set_register(&mut self, address: u32, value: u32) -> Result<u64> {
        let registers = self.unit_side()?.registers;
        let ticket = self.stage.simulation[registers].write(address.into(), value.into());
        Ok(self.access(ticket)?.response_cycle)
    }

    /// Reads a register of the guest.
    pub fn guest(&mut self, register: u32) -> Result<u32> {
        self.register(guest_address(0, register))
    }

    /// Writes a register of the guest.
    pub fn set_guest(&mut self, register: u32, value: u32) -> Result<()> {
        self.set_register(guest_address(0, register), value)?;
        Ok(())
    }
}
