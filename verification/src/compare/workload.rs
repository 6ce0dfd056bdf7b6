//! What a processor asks of memory: built-in patterns, real programs behind a cache, and traces of others.

use super::cache::{Cache, CacheShape, Outcome, LINE};
use crate::trace::{Event, Kind};
use anyhow::{ensure, Result};
use mch_computer::{AccessKind, Job, Program, Recording};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Bytes that the built-in patterns go over at most.
const BYTES: u64 = 1 << 20;
/// Bytes that the stream goes over again and again.
const STREAM_BYTES: u64 = 256 << 10;
/// Bytes that a program has, and its scale; see [`Program`].
const PROGRAM_BYTES: u32 = 128 << 10;
const PROGRAM_SCALE: u32 = 4;
/// Cycles after which a recording has gone wrong.
const RECORDING_LIMIT: u64 = 1_000_000_000;
/// The most memory that a trace may need, in bytes.
const TRACE_BYTES: u64 = 256 << 20;

/// One access to memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A read, for which the processor waits.
    Read {
        /// Byte offset in system memory.
        address: u64,
        /// Bytes.
        length: usize,
    },
    /// A write, which goes on behind the processor's back.
    Write {
        /// Byte offset in system memory.
        address: u64,
        /// The bytes.
        data: Vec<u8>,
    },
    /// None: the processor's own work to the end.
    Rest,
}

/// An access and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Cycles of the processor's own from the end of the step before.
    pub after: u64,
    /// What it does.
    pub access: Access,
}

/// What a workload is of.
#[derive(Clone, Debug)]
enum Traffic {
    Steps(Arc<[Step]>),
    Program {
        recording: Arc<Recording>,
        cache: CacheShape,
    },
}

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name, fit for a file.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Bytes of system memory that it needs, from offset 0 on.
    pub bytes: u64,
    traffic: Traffic,
}

/// The workloads that need no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Whole lines in ascending order.
    Stream,
    /// Small writes and line reads anywhere.
    Scattered,
    /// A real program behind a cache.
    Program(Program),
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [BuiltIn; 5] = [
        BuiltIn::Stream,
        BuiltIn::Scattered,
        BuiltIn::Program(Program::Sort),
        BuiltIn::Program(Program::Hash),
        BuiltIn::Program(Program::Compress),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::Stream => "stream",
            BuiltIn::Scattered => "scattered",
            BuiltIn::Program(program) => program.name(),
        }
    }

    /// The workload of so many cycles of the processor's own time, or the program's end if it comes first. `watch` is asked now and
    /// then while a program is recorded; false gives up.
    pub fn workload(
        self,
        cycles: u64,
        cache: CacheShape,
        watch: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Workload> {
        let (description, traffic) = match self {
            BuiltIn::Stream => (
                "Writes of whole 64-byte lines in ascending order over 256 KiB, again and again, a line every 32 cycles: a quarter of \
                 what a port of 64 bits can do."
                    .to_owned(),
                Traffic::Steps(stream(cycles)),
            ),
            BuiltIn::Scattered => (
                "Writes of 8 bytes anywhere in 1 MiB, one every 100 cycles, and after every fourth a read of a 64-byte line anywhere."
                    .to_owned(),
                Traffic::Steps(scattered(cycles)),
            ),
            BuiltIn::Program(program) => {
                let job = Job {
                    program,
                    scale: PROGRAM_SCALE,
                    seed: 1,
                };
                let mut recording =
                    mch_computer::record(&job, PROGRAM_BYTES, RECORDING_LIMIT, watch)?;
                let whole = recording.cycles;
                cut(&mut recording, cycles);
                let part = match recording.cycles < whole {
                    true => format!("the first {} of its {whole} cycles", recording.cycles),
                    false => format!("{whole} cycles"),
                };
                (
                    format!(
                        "The program `{}`, compiled C on a PicoRV32, {part} with an ideal memory, behind a write-back cache for instructions and \
                         data of {cache}: fills and write-backs of lines.",
                        program.name()
                    ),
                    Traffic::Program {
                        recording: Arc::new(recording),
                        cache,
                    },
                )
            }
        };
        Ok(Workload {
            name: self.name().to_owned(),
            description,
            bytes: match self {
                BuiltIn::Stream => STREAM_BYTES,
                BuiltIn::Scattered => BYTES,
                BuiltIn::Program(_) => PROGRAM_BYTES.into(),
            },
            traffic,
        })
    }
}

fn stream(cycles: u64) -> Arc<[Step]> {
    const PERIOD: u64 = 32;
    let line = |number: u64| Step {
        after: PERIOD,
        access: Access::Write {
            address: number * u64::from(LINE) % STREAM_BYTES,
            data: vec![number as u8 ^ (number >> 8) as u8; LINE as usize],
        },
    };
    (0..cycles.div_ceil(PERIOD)).map(line).collect()
}

fn scattered(cycles: u64) -> Arc<[Step]> {
    const PERIOD: u64 = 100;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut steps = Vec::new();
    for number in 0..cycles.div_ceil(PERIOD) {
        let data = random.random::<u64>().to_le_bytes().to_vec();
        let address = random.random_range(0..BYTES / 8) * 8;
        steps.push(Step {
            after: PERIOD,
            access: Access::Write { address, data },
        });
        if number % 4 == 3 {
            let line = u64::from(LINE);
            steps.push(Step {
                after: 0,
                access: Access::Read {
                    address: random.random_range(0..BYTES / line) * line,
                    length: LINE as usize,
                },
            });
        }
    }
    steps.into()
}

/// Leaves what happens in the first `cycles` cycles.
fn cut(recording: &mut Recording, cycles: u64) {
    let mut now = 0;
    let within = recording.accesses.iter().take_while(|access| {
        now += u64::from(access.after);
        now <= cycles
    });
    let kept = within.count();
    if kept < recording.accesses.len() {
        recording.accesses.truncate(kept);
        recording.cycles = cycles;
    }
}

impl Workload {
    /// The traffic of a trace file as that of one processor: the time between two events is its own, and passes once the first is over.
    /// Checkpoints and faults of the trace are left out. Events after `cycles` cycles are left out, too.
    pub fn of_trace(name: &str, events: &[Event], cycles: u64) -> Result<Workload> {
        let mut steps = Vec::new();
        let (mut last, mut past) = (0, 1);
        for event in events.iter().take_while(|event| event.time <= cycles) {
            let access = match &event.kind {
                Kind::Write { address, data } => Access::Write {
                    address: *address,
                    data: data.clone(),
                },
                Kind::Read { address, length } => Access::Read {
                    address: *address,
                    length: *length,
                },
                Kind::Checkpoint | Kind::Rollback => continue,
            };
            let (address, length) = match &event.kind {
                Kind::Write { address, data } => (*address, data.len()),
                Kind::Read { address, length } => (*address, *length),
                Kind::Checkpoint | Kind::Rollback => continue,
            };
            let end = address.checked_add(length as u64);
            let Some(end) = end.filter(|end| *end <= TRACE_BYTES) else {
                anyhow::bail!(
                    "trace line {}: {length} bytes at {address:#x} are not all below {TRACE_BYTES:#x}",
                    event.line
                );
            };
            past = past.max(end);
            steps.push(Step {
                after: event.time - last,
                access,
            });
            last = event.time;
        }
        ensure!(
            !steps.is_empty(),
            "there is neither a write nor a read in its first {cycles} cycles"
        );
        let writes = |step: &&Step| matches!(step.access, Access::Write { .. });
        let count = steps.iter().filter(writes).count();
        Ok(Workload {
            name: name.to_owned(),
            description: format!(
                "A trace of {} accesses, {count} of them writes, in {last} cycles.",
                steps.len()
            ),
            bytes: past,
            traffic: Traffic::Steps(steps.into()),
        })
    }

    /// What memory holds at the start, from offset 0 on; anything in the rest.
    pub fn memory(&self) -> &[u8] {
        match &self.traffic {
            Traffic::Steps(_) => &[],
            Traffic::Program { recording, .. } => &recording.memory,
        }
    }

    /// Whether it has a cache that must be flushed before a checkpoint.
    pub fn has_cache(&self) -> bool {
        matches!(self.traffic, Traffic::Program { .. })
    }

    /// Its steps, from the first.
    pub fn source(&self) -> Source<'_> {
        match &self.traffic {
            Traffic::Steps(steps) => Source::Steps(steps.iter()),
            Traffic::Program { recording, cache } => Source::Program(Box::new(Processor {
                recording,
                at: 0,
                cache: Cache::new(*cache),
                memory: recording.memory.clone(),
                fill: None,
            })),
        }
    }
}

/// The steps of a workload, one after the other.
pub enum Source<'a> {
    /// As they stand.
    Steps(std::slice::Iter<'a, Step>),
    /// Of a program behind its cache.
    Program(Box<Processor<'a>>),
}

/// A recorded processor behind a cache.
pub struct Processor<'a> {
    recording: &'a Recording,
    at: usize,
    cache: Cache,
    /// Memory as the processor sees it.
    memory: Vec<u8>,
    /// The line to be filled after a write-back.
    fill: Option<u32>,
}

impl Source<'_> {
    /// The next step.
    pub fn step(&mut self) -> Option<Step> {
        match self {
            Source::Steps(steps) => steps.next().cloned(),
            Source::Program(processor) => processor.step(),
        }
    }

    /// Writes everything back that only the cache holds: addresses and bytes.
    pub fn flush(&mut self) -> Vec<(u64, Vec<u8>)> {
        match self {
            Source::Steps(_) => Vec::new(),
            Source::Program(processor) => {
                let lines = processor.cache.clean();
                let whole = |line: u32| (u64::from(line), processor.line(line));
                lines.into_iter().map(whole).collect()
            }
        }
    }
}

fn fill(after: u64, line: u32) -> Step {
    let access = Access::Read {
        address: u64::from(line),
        length: LINE as usize,
    };
    Step { after, access }
}

impl Processor<'_> {
    fn line(&self, line: u32) -> Vec<u8> {
        self.memory[line as usize..][..LINE as usize].to_vec()
    }

    fn step(&mut self) -> Option<Step> {
        if let Some(line) = self.fill.take() {
            return Some(fill(0, line));
        }
        let mut after = 0;
        while let Some(access) = self.recording.accesses.get(self.at) {
            self.at += 1;
            after += u64::from(access.after);
            let is_write = matches!(access.kind, AccessKind::Write { .. });
            let outcome = self.cache.access(access.offset, is_write);
            // The victim has left the cache before this write.
            let step = match outcome {
                Outcome::Hit => None,
                Outcome::Miss { victim } => {
                    let line = access.offset / LINE * LINE;
                    Some(match victim {
                        None => fill(after, line),
                        Some(victim) => {
                            self.fill = Some(line);
                            Step {
                                after,
                                access: Access::Write {
                                    address: u64::from(victim),
                                    data: self.line(victim),
                                },
                            }
                        }
                    })
                }
            };
            if let AccessKind::Write { data, strobes } = access.kind {
                let bytes = &mut self.memory[access.offset as usize..][..4];
                for (lane, byte) in data.to_le_bytes().into_iter().enumerate() {
                    if strobes >> lane & 1 == 1 {
                        bytes[lane] = byte;
                    }
                }
            }
            if step.is_some() {
                return step;
            }
        }
        (after > 0).then_some(Step {
            after,
            access: Access::Rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace;
    use mch_computer::Access as Recorded;

    #[test]
    fn a_trace_becomes_steps_of_one_processor() {
        let events =
            trace::parse("5 0 W 40 0102\n9 1 C\n20 1 R 80 16\n30 0 B\n90 0 R 0 1\n").unwrap();
        let workload = Workload::of_trace("mine", &events, 50).unwrap();
        assert_eq!(workload.bytes, 0x90);
        let mut source = workload.source();
        assert_eq!(source.step().map(|step| step.after), Some(5));
        let read = source.step().unwrap();
        assert_eq!(read.after, 15);
        let (address, length) = (0x80, 16);
        assert_eq!(read.access, Access::Read { address, length });
        assert_eq!(source.step(), None);
    }

    #[test]
    fn a_trace_with_nothing_in_it_or_beyond_memory_is_refused() {
        let refuse = |text: &str| {
            let events = trace::parse(text).unwrap();
            Workload::of_trace("mine", &events, 50)
                .unwrap_err()
                .to_string()
        };
        assert!(refuse("0 0 C\n").contains("neither a write nor a read"));
        assert!(refuse("60 0 W 0 00\n").contains("in its first 50 cycles"));
        assert!(refuse("0 0 W 0 00\n1 0 R 0fffffff 2\n").starts_with("trace line 2: 2 bytes"));
        assert!(refuse("0 0 R ffffffffffffffff 2\n").starts_with("trace line 1"));
    }

    #[test]
    fn a_program_fills_and_writes_back_lines() {
        let write = |after, offset, data| Recorded {
            after,
            offset,
            kind: AccessKind::Write {
                data,
                strobes: 0b0011,
            },
        };
        let fetch = |after, offset| Recorded {
            after,
            offset,
            kind: AccessKind::Fetch,
        };
        let recording = Recording {
            memory: vec![0xff; 4096],
            accesses: vec![
                fetch(2, 0),
                write(3, 4, 0x11223344),
                fetch(1, 0x400),
                write(5, 0x404, 1),
            ],
            cycles: 20,
        };
        // One line only.
        let workload = Workload {
            name: String::new(),
            description: String::new(),
            bytes: 4096,
            traffic: Traffic::Program {
                recording: Arc::new(recording),
                cache: CacheShape { bytes: 64, ways: 1 },
            },
        };
        let mut source = workload.source();
        assert_eq!(source.step(), Some(fill(2, 0)));
        let mut line = vec![0xff; 64];
        line[4..6].copy_from_slice(&[0x44, 0x33]);
        let (address, data) = (0, line);
        let written = Step {
            after: 4,
            access: Access::Write { address, data },
        };
        assert_eq!(source.step(), Some(written));
        assert_eq!(source.step(), Some(fill(0, 0x400)));
        let (after, access) = (5, Access::Rest);
        assert_eq!(source.step(), Some(Step { after, access }));
        assert_eq!(source.step(), None);
        let flushed = source.flush();
        assert_eq!((flushed.len(), flushed[0].0), (1, 0x400));
        assert_eq!(flushed[0].1[4..8], [1, 0, 0xff, 0xff]);
        assert!(source.flush().is_empty());
    }
}
