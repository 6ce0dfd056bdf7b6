//! The ring reader in Verilator: every kind of header, several guests, errors, back-pressure, exact cycles.

use anyhow::Result;
use mch_hdl::blocks::RingReader;
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::Block;
use mch_sim::axi::{AxiSubordinate, MonitorOptions, SubordinateOptions};
use mch_sim::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Pin, Sample};
use mch_sim::memory::{Fault, Latency};
use mch_sim::{Handle, Simulation};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::block_bench::with_axi_port;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use verilated::{Cache, Library};

const GUESTS: usize = 4;
const MEMORY: u64 = 0x0200_0000;
/// log2 of the bytes of every ring.
const RING: u32 = 18;
const VOID: u64 = 1 << 36;
/// What a build without parts shows: no such port.
const WHOLE: u64 = 127;
const SHADOW: u64 = 0x0300_0000;

fn ring_base(guest: usize) -> u64 {
    0x0100_0000 + ((guest as u64) << RING)
}

fn header_address(guest: usize, slot: u64) -> u64 {
    ring_base(guest) + (7 << (RING - 3)) + 8 * slot
}

fn interval(guest: usize) -> u64 {
    0xbe00 + guest as u64
}

fn config(data_width: u32, block_size: u64) -> Config {
    Config {
        data_width,
        block_size: Size(block_size),
        guests: GUESTS as u32,
        ..Config::default()
    }
}

fn library<const D: usize>(config: &Config) -> Arc<Library> {
    let mut reader = RingReader::<D>::new(config);
    reader.connect_all();
    let files = emit(&reader, &EmitOptions::default()).unwrap();
    let design = with_axi_port(&files, "m_axi").unwrap();
    design.random_init(true).build(&Cache::default()).unwrap()
}

fn build(config: &Config) -> Arc<Library> {
    match config.data_width {
        32 => library::<32>(config),
        64 => library::<64>(config),
        128 => library::<128>(config),
        _ => library::<512>(config),
    }
}

/// A descriptor as it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Restore {
    guest: u64,
    source: u64,
    destination: u64,
    block: u64,
    first: u64,
    last: u64,
}

/// Starts jobs and takes descriptors.
#[derive(Clone)]
struct Driver {
    start: Vec<Pin>,
    busy: Vec<Pin>,
    corrupt: Vec<Pin>,
    error: Vec<Pin>,
    valid: Pin,
    ready: Pin,
    fields: [Pin; 4],
    part: [Pin; 2],
    pacer: Pacer,
    was: (bool, bool),
    /// Guests to start, by cycle.
    starts: Vec<(u64, usize)>,
    restores: Vec<(u64, Restore)>,
    corrupts: Vec<u64>,
    errors: Vec<u64>,
    /// Last cycle in which each guest was busy.
    busy_until: Vec<u64>,
    is_busy: bool,
}

impl Driver {
    fn bind(simulation: &Simulation, pacing: Pacing) -> Result<Self> {
        let pin = |name: &str| simulation.pin(name);
        let pins = |name: &str| -> Result<Vec<Pin>> {
            (0..GUESTS).map(|g| pin(&format!("{name}_{g}"))).collect()
        };
        Ok(Self {
            start: pins("start")?,
            busy: pins("busy")?,
            corrupt: pins("corrupt")?,
            error: pins("error")?,
            valid: pin("out_valid")?,
            ready: pin("out_ready")?,
            fields: [
                pin("out_guest")?,
                pin("out_source")?,
                pin("out_destination")?,
                pin("out_block")?,
            ],
            part: [
                Pin::optional(simulation.model(), "out_first")?,
                Pin::optional(simulation.model(), "out_last")?,
            ],
            pacer: Pacer::new(pacing, derive_seed(simulation.seed(), "out")),
            was: (false, false),
            starts: Vec::new(),
            restores: Vec::new(),
            corrupts: vec![0; GUESTS],
            errors: vec![0; GUESTS],
            busy_until: vec![0; GUESTS],
            is_busy: false,
        })
    }
}

impl Agent for Driver {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return;
        }
        let model = sample.model;
        self.is_busy = false;
        for guest in 0..GUESTS {
            self.corrupts[guest] += self.corrupt[guest].get(model);
            self.errors[guest] += self.error[guest].get(model);
            if self.busy[guest].is_high(model) {
                self.busy_until[guest] = sample.cycle;
                self.is_busy = true;
            }
        }
        self.was = (self.valid.is_high(model), self.ready.is_high(model));
        if self.was == (true, true) {
            let [guest, source, destination, block] = self.fields.map(|pin| pin.get(model));
            let [first, last] = self.part.map(|pin| pin.get(model));
            let restore = Restore {
                first,
                last,
                guest,
                source,
                destination,
                block,
            };
            self.restores.push((sample.cycle, restore));
            assert!(self.busy[guest as usize].is_high(model));
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        let ready = self.pacer.accept(self.was.0, self.was.1);
        self.ready.set(drive.model, u64::from(ready));
        for guest in 0..GUESTS {
            let now = self.starts.contains(&(drive.cycle, guest));
            self.start[guest].set(drive.model, u64::from(now));
        }
    }
}

struct Rig {
    simulation: Simulation,
    driver: Handle<Driver>,
    memory: Handle<AxiSubordinate>,
}

fn rig(library: &Arc<Library>, options: SubordinateOptions, pacing: Pacing, seed: u64) -> Rig {
    let mut simulation = Simulation::new(library, seed).unwrap();
    let driver = Driver::bind(&simulation, pacing).unwrap();
    let driver = simulation.add(driver);
    let memory = simulation.add_subordinate("m_axi", options).unwrap();
    simulation
        .add_monitor("m_axi", MonitorOptions::default())
        .unwrap();
    let mut set = |name: String, value: u64| {
        let pin = simulation.pin(&name).unwrap();
        simulation.set(pin, value);
    };
    set("mem_base".into(), MEMORY >> 12);
    if let Ok(pin) = simulation.pin("shadow_base") {
        simulation.set(pin, SHADOW >> 12);
    }
    let mut set = |name: String, value: u64| {
        let pin = simulation.pin(&name).unwrap();
        simulation.set(pin, value);
    };
    for guest in 0..GUESTS {
        set(format!("ring_base_{guest}"), ring_base(guest) >> 12);
        set(format!("ring_size_{guest}"), u64::from(RING));
        set(format!("interval_{guest}"), interval(guest));
    }
    simulation.reset(3).unwrap();
    Rig {
        simulation,
        driver,
        memory,
    }
}

impl Rig {
    fn set(&mut self, name: &str, value: u64) {
        // A build without RESTORE, or with nothing else, has no choice of way.
        let pin = Pin::optional(self.simulation.model(), name).unwrap();
        self.simulation.set(pin, value);
    }

    fn set_used(&mut self, guest: usize, used: u64) {
        let pin = self.simulation.pin(&format!("ring_used_{guest}")).unwrap();
        self.simulation.set(pin, used);
    }

    fn put_header(&mut self, guest: usize, slot: u64, value: u64) {
        let memory = self.simulation[self.memory].memory_mut();
        memory.write(header_address(guest, slot), &value.to_le_bytes());
    }

    fn finish(&mut self) {
        let driver = self.driver;
        let last = self.simulation[driver]
            .starts
            .iter()
            .map(|(at, _)| *at)
            .max();
        let last = last.unwrap_or(0);
        self.simulation
            .run_until("the walks to end", 200_000, |simulation| {
                simulation.cycle() > last + 2 && !simulation[driver].is_busy
            })
            .unwrap();
        let taken = self.simulation[driver].restores.len();
        self.simulation.run(60).unwrap();
        assert_eq!(self.simulation[driver].restores.len(), taken);
    }
}

#[test]
fn walks_newest_first_and_skips_what_is_not_there() {
    for (data_width, block_size) in [(32, 64), (64, 64), (64, 4096), (128, 64), (512, 256)] {
        let config = config(data_width, block_size);
        let library = build(&config);
        let slots = config.ring_slots(RING).min(90);
        for seed in 0..10 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let options = SubordinateOptions::stress(seed);
            let mut rig = rig(&library, options, Pacing::any(seed), seed);
            let mut expected = vec![Vec::new(); GUESTS];
            let mut corrupts = vec![0; GUESTS];
            let mut errors = vec![0; GUESTS];
            for guest in 0..GUESTS {
                let used = [0, 1, random.random_range(0..=slots), slots][guest];
                rig.set_used(guest, used);
                for slot in (0..used).rev() {
                    let block = random.random_range(0..u64::from(config.blocks()));
                    let good = block | (guest as u64) << 40 | interval(guest) << 48;
                    let kind = random.random_range(0..12);
                    let value = match kind {
                        0 => good | VOID,
                        1 => good ^ 1 << random.random_range(40..44),
                        2 => good ^ 1 << random.random_range(48..64),
                        3 => good | 1 << random.random_range(config.block_bits()..26),
                        4 => (good | VOID) ^ 1 << 50,
                        _ => good,
                    };
                    rig.put_header(guest, slot, value);
                    match kind {
                        0 => {}
                        1..=4 => corrupts[guest] += 1,
                        5 => {
                            errors[guest] += 1;
                            let at = header_address(guest, slot) + random.random_range(0..8);
                            let fault = Fault::on(at..at + 1).reads();
                            rig.simulation[rig.memory].faults().add(fault);
                        }
                        _ => expected[guest].push(Restore {
                            guest: guest as u64,
                            source: ring_base(guest) / block_size + slot,
                            destination: MEMORY / block_size + block,
                            block,
                            first: 0,
                            last: WHOLE,
                        }),
                    }
                }
            }
            // All at once, or one after another, in any order; one of them twice.
            let now = rig.simulation.cycle() + 1;
            let spread = [1, 40, 4000][seed as usize % 3];
            for guest in 0..GUESTS {
                let at = now + random.random_range(0..spread);
                rig.simulation[rig.driver].starts.push((at, guest));
            }
            rig.finish();
            let again = random.random_range(0..GUESTS);
            let now = rig.simulation.cycle() + 1;
            rig.simulation[rig.driver].starts.push((now, again));
            rig.finish();
            let repeated = expected[again].clone();
            expected[again].extend(repeated);
            corrupts[again] *= 2;
            errors[again] *= 2;

            let driver = &rig.simulation[rig.driver];
            let mut jobs = 0;
            let mut current = None;
            for (_, restore) in &driver.restores {
                if current != Some(restore.guest) {
                    jobs += 1;
                    current = Some(restore.guest);
                }
            }
            assert!(jobs <= GUESTS + 1, "{jobs} changes of guest, seed {seed}");
            for (guest, expected) in expected.iter().enumerate() {
                let taken = driver.restores.iter().map(|(_, restore)| *restore);
                let taken: Vec<Restore> = taken
                    .filter(|restore| restore.guest == guest as u64)
                    .collect();
                assert_eq!(&taken, expected, "guest {guest}, seed {seed}");
            }
            assert_eq!(driver.corrupts, corrupts, "{data_width}, seed {seed}");
            assert_eq!(driver.errors, errors, "{data_width}, seed {seed}");
        }
    }
}

#[test]
fn drains_and_rewinds_walk_upwards_in_a_circle() {
    let builds = [
        (vec![Strategy::S1], 64, 64),
        (vec![Strategy::S1], 32, 4096),
        (vec![Strategy::S1, Strategy::S3, Strategy::S6], 128, 1024),
        (vec![Strategy::S1, Strategy::S6], 512, 4096),
    ];
    for (strategies, data_width, block_size) in builds {
        let has_restore = strategies.contains(&Strategy::S6);
        let config = Config {
            strategies,
            ..config(data_width, block_size)
        };
        let library = build(&config);
        let slots = config.ring_slots(RING);
        for seed in 0..8 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let options = SubordinateOptions::stress(seed);
            let mut rig = rig(&library, options, Pacing::any(seed), seed);
            let mut expected = vec![Vec::new(); GUESTS];
            let mut corrupts = vec![0; GUESTS];
            for guest in 0..GUESTS {
                // 0 RESTORE, 1 DRAIN, 2 REWIND.
                let least = u64::from(!has_restore);
                let way = random.random_range(least..3);
                let used = [0, 1, 40, slots.min(200)][guest].min(slots);
                let first = slots - 1 - random.random_range(0..slots.min(20));
                rig.set_used(guest, used);
                rig.set(&format!("way_{guest}"), way);
                rig.set(&format!("ring_first_{guest}"), first);
                let walk: Vec<u64> = match way {
                    0 => (0..used).rev().collect(),
                    _ => (first..first + used).map(|slot| slot % slots).collect(),
                };
                // What is drained was written in the interval before.
                let written = interval(guest) - u64::from(way == 1);
                for slot in walk {
                    let block = random.random_range(0..u64::from(config.blocks()));
                    let (first, last) = (random.random_range(0..128), random.random_range(0..128));
                    let header = block
                        | first << 26
                        | (last & 7) << 33
                        | (last >> 3) << 44
                        | (guest as u64) << 40
                        | written << 48;
                    let in_memory = MEMORY / block_size + block;
                    let in_shadow = SHADOW / block_size + block;
                    let in_ring = ring_base(guest) / block_size + slot;
                    let (source, destination) = [
                        (in_ring, in_memory),
                        (in_ring, in_shadow),
                        (in_shadow, in_memory),
                    ][way as usize];
                    let (first, last) = if way == 0 { (0, WHOLE) } else { (first, last) };
                    match random.random_range(0..10) {
                        0 => rig.put_header(guest, slot, header | VOID),
                        1 => {
                            rig.put_header(guest, slot, header ^ 1 << 48);
                            corrupts[guest] += 1;
                        }
                        _ => {
                            rig.put_header(guest, slot, header);
                            expected[guest].push(Restore {
                                guest: guest as u64,
                                source,
                                destination,
                                block,
                                first,
                                last,
                            });
                        }
                    }
                }
            }
            let now = rig.simulation.cycle() + 1;
            for guest in 0..GUESTS {
                let at = now + random.random_range(0..40);
                rig.simulation[rig.driver].starts.push((at, guest));
            }
            rig.finish();
            let driver = &rig.simulation[rig.driver];
            for (guest, expected) in expected.iter().enumerate() {
                let taken = driver.restores.iter().map(|(_, restore)| *restore);
                let taken: Vec<Restore> = taken
                    .filter(|restore| restore.guest == guest as u64)
                    .collect();
                assert_eq!(&taken, expected, "guest {guest}, {data_width}, seed {seed}");
            }
            assert_eq!(driver.corrupts, corrupts, "{data_width}, seed {seed}");
        }
    }
}

#[test]
fn a_start_while_its_guest_is_busy_is_one_more_job() {
    let config = config(64, 64);
    let library = build(&config);
    for delay in 1..60 {
        let mut rig = rig(
            &library,
            SubordinateOptions::with_latency(3),
            Pacing::Always,
            delay,
        );
        rig.set_used(2, 10);
        for slot in 0..10 {
            rig.put_header(2, slot, slot | 2 << 40 | interval(2) << 48);
        }
        let now = rig.simulation.cycle() + 1;
        rig.simulation[rig.driver].starts = vec![(now, 2), (now + delay, 2)];
        rig.finish();
        let driver = &rig.simulation[rig.driver];
        // Before the job begins a second start asks for the same job.
        let jobs = driver.restores.len() / 10;
        assert_eq!(driver.restores.len() % 10, 0);
        assert!(
            jobs == 2 || (jobs == 1 && delay <= 4),
            "delay {delay}: {jobs}"
        );
    }
}

#[test]
fn headers_come_in_time_for_the_copies() {
    let config = config(64, 64);
    let library = build(&config);
    let used = 2000;
    // (latency, cycles the engine takes per block, cycles between the first and the last descriptor)
    let slots = |in_flight_cycles: u64| (used - 1) / 32 * in_flight_cycles;
    for (latency, pace, expected) in [
        (1, 1, used - 1),
        (29, 1, used - 1),
        (40, 8, 8 * (used - 1)),
        (100, 8, 8 * (used - 1)),
        (100, 1, slots(103) + (used - 1) % 32),
    ] {
        let options = SubordinateOptions {
            read_latency: Latency::Fixed(latency),
            ..SubordinateOptions::default()
        };
        let pacing = Pacing::Pattern {
            bits: 1,
            length: pace,
        };
        let mut rig = rig(&library, options, pacing, 1);
        rig.set_used(1, used);
        for slot in 0..used {
            rig.put_header(1, slot, slot | 1 << 40 | interval(1) << 48);
        }
        let now = rig.simulation.cycle() + 1;
        rig.simulation[rig.driver].starts = vec![(now, 1)];
        rig.finish();
        let driver = &rig.simulation[rig.driver];
        assert_eq!(driver.restores.len() as u64, used);
        let (first, last) = (driver.restores[0].0, driver.restores[used as usize - 1].0);
        assert_eq!(last - first, expected, "latency {latency}, pace {pace}");
        // Busy falls two cycles after the last descriptor was taken.
        assert_eq!(driver.busy_until[1], last + 1);
    }
}
