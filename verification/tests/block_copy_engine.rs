//! The copy engine in Verilator: whole memory images, errors in every place, order, and exact cycles.

use mch_sim::axi::SubordinateOptions;
use mch_sim::bench::Pacing;
use mch_sim::memory::{Fill, Latency, Memory};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::copy::{copy, BadMemory, Completion, CopyRig, Descriptor, Header};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Where the tests read from, write to and put headers, in bytes.
const FROM: u64 = 0x0040_0000;
const TO: u64 = 0x0080_0000;
const HEADERS: u64 = 0x00c0_0000;
const END: u64 = 0x0100_0000;

fn config(data_width: u32, block_size: u64) -> Config {
    Config {
        data_width,
        block_size: Size(block_size),
        ..Config::default()
    }
}

fn scan(config: &Config, from: u64, to: u64) -> Descriptor {
    let block_bytes = u64::from(config.block_bytes());
    let last = u64::from(config.blocks()) - 1;
    Descriptor::scan(
        FROM / block_bytes + from,
        TO / block_bytes + to,
        !from & last,
    )
}

fn save(config: &Config, from: u64, to: u64) -> Descriptor {
    let plain = scan(config, from, to);
    let header = Header {
        address: HEADERS + 8 * to,
        value: 0x1234_0500_0000_0000 | plain.block,
    };
    let ticket = to % u64::from(config.saves);
    Descriptor {
        guest: to % u64::from(config.guests),
        ..Descriptor::save(plain.source, plain.destination, plain.block, ticket, header)
    }
}

/// Checks the reports and the whole memory against the reference, which performs what was taken, in order.
fn check(rig: &CopyRig, config: &Config, bad: &BadMemory, fill: Fill) {
    let seed = rig.simulation.seed();
    let driver = &rig.simulation[rig.driver];
    let mut expected = Memory::new(fill);
    let reports: Vec<Completion> = driver
        .taken
        .iter()
        .map(|(_, descriptor)| copy(&mut expected, config, bad, descriptor))
        .collect();
    let seen: Vec<Completion> = driver.reports.iter().map(|(_, report)| *report).collect();
    assert_eq!(seen, reports, "reports, seed {seed}");
    let memory = rig.simulation[rig.memory].memory();
    let differences = memory.differences(&expected, 0..END, 64);
    assert!(differences.is_empty(), "memory, seed {seed}: {differences}");
}

/// Gives two rigs of three some places that fail, and every second one a driver that stalls. Returns those places and all blocks, in any order.
fn hinder(
    rig: &mut CopyRig,
    blocks: u64,
    block_size: u64,
    random: &mut ChaCha8Rng,
) -> (BadMemory, Vec<u64>) {
    let seed = rig.simulation.seed();
    let mut bad = BadMemory::default();
    for _ in 0..if seed.is_multiple_of(3) { 0 } else { 6 } {
        let mut place = |unit: u64| random.random_range(0..blocks * unit) & !7;
        let (read, written, header) = (place(block_size), place(block_size), place(8));
        bad.reads.push(FROM + read..FROM + read + 8);
        bad.writes.push(TO + written..TO + written + 8);
        bad.writes.push(HEADERS + header..HEADERS + header + 8);
    }
    rig.set_bad(&bad);
    if seed % 2 == 1 {
        rig.simulation[rig.driver].set_pacing(Pacing::any(seed), Pacing::any(seed + 100));
    }
    let mut places: Vec<u64> = (0..blocks).collect();
    places.shuffle(random);
    (bad, places)
}

#[test]
fn copies_exactly_under_any_back_pressure() {
    let shapes = [
        (32, 64),
        (64, 64),
        (64, 256),
        (64, 4096),
        (128, 64),
        (256, 64),
        (512, 64),
        (512, 4096),
    ];
    for (data_width, block_size) in shapes {
        let config = config(data_width, block_size);
        let library = CopyRig::build(&config).unwrap();
        let blocks = (0x40000 / block_size).min(400);
        for seed in 0..12 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let options = SubordinateOptions::stress(seed);
            let mut rig = CopyRig::new(&library, options.clone(), seed).unwrap();
            let (bad, places) = hinder(&mut rig, blocks, block_size, &mut random);
            for to in places {
                let from = random.random_range(0..blocks);
                match random.random_range(0..3) {
                    0 => rig.push_urgent(save(&config, from, to)),
                    1 => rig.push_urgent(Descriptor {
                        header: None,
                        kind: 3,
                        ..save(&config, from, to)
                    }),
                    _ => rig.push_bulk(Descriptor {
                        kind: random.random_range(1..3),
                        clear: random.random(),
                        guest: to % 4,
                        ..scan(&config, from, to)
                    }),
                }
            }
            let cycles = rig.finish(blocks as usize, 4_000_000);
            assert!(cycles.is_ok(), "{data_width}/{block_size}: {cycles:?}");
            check(&rig, &config, &bad, options.fill);
        }
    }
}

#[test]
fn an_error_in_every_place_stops_just_what_it_must() {
    for (data_width, block_size) in [(64, 4096), (32, 256), (512, 64), (128, 1024)] {
        let config = config(data_width, block_size);
        let library = CopyRig::build(&config).unwrap();
        let beat = u64::from(config.data_bytes());
        let chunk = beat * u64::from(config.chunk_beats());
        // Of three blocks the middle one is hit: reads in each beat, writes in each chunk and the header.
        let reads = (0..block_size).step_by(beat as usize).map(|at| (at, true));
        let writes = (0..=block_size)
            .step_by(chunk as usize)
            .map(|at| (at, false));
        for (at, is_read) in reads.chain(writes) {
            let place = |base: u64| base + 8 * block_size + at..base + 8 * block_size + at + 1;
            let in_header = at == block_size;
            let mut bad = BadMemory::default();
            match (is_read, in_header) {
                (true, _) => bad.reads.push(place(FROM)),
                (false, true) => bad.writes.push(HEADERS + 64..HEADERS + 72),
                (false, false) => bad.writes.push(place(TO)),
            }
            for with_header in [true, false] {
                let fill = Fill::Random(7);
                let options = SubordinateOptions {
                    fill,
                    ..SubordinateOptions::with_latency(5)
                };
                let mut rig = CopyRig::new(&library, options, at).unwrap();
                rig.set_bad(&bad);
                // Eight blocks apart, so that no two headers share a beat.
                for block in [0, 8, 16] {
                    if with_header {
                        rig.push_urgent(save(&config, block, block));
                    } else {
                        rig.push_bulk(scan(&config, block, block));
                    }
                }
                rig.finish(3, 20_000).unwrap();
                check(&rig, &config, &bad, fill);
                let driver = &rig.simulation[rig.driver];
                let flags =
                    |(_, report): &(u64, Completion)| (report.read_error, report.write_error);
                let flags: Vec<(bool, bool)> = driver.reports.iter().map(flags).collect();
                let middle = (is_read, !is_read && (with_header || !in_header));
                assert_eq!(flags, [(false, false), middle, (false, false)], "at {at}");
            }
        }
    }
}

#[test]
fn urgent_blocks_overtake_at_block_boundaries() {
    let config = config(64, 4096);
    let library = CopyRig::build(&config).unwrap();
    for delay in 0..600 {
        let fill = Fill::Byte(0x5a);
        let options = SubordinateOptions {
            fill,
            ..SubordinateOptions::with_latency(20)
        };
        let mut rig = CopyRig::new(&library, options, delay).unwrap();
        for block in 0..6 {
            rig.push_bulk(scan(&config, block, block));
        }
        rig.simulation.run(100 + delay).unwrap();
        let before = rig.simulation[rig.driver].taken.len();
        rig.push_urgent(save(&config, 9, 9));
        rig.finish(7, 20_000).unwrap();
        let driver = &rig.simulation[rig.driver];
        let place = driver.taken.iter().position(|(_, d)| d.kind == 0).unwrap();
        // The agent offers it a cycle later, and in that cycle one more bulk block may be taken.
        assert!(place <= before + 1, "delay {delay}: {place} after {before}");
        let took = driver.reports[place].0 - driver.taken[place].0;
        // Ahead of it: the rest of the current block and, at most, one that waited behind that.
        assert!(took <= 3 * 512 + 100, "delay {delay}: {took} cycles");
        check(&rig, &config, &BadMemory::default(), fill);
    }
}

#[test]
fn a_build_without_saves_has_no_urgent_side() {
    let config = Config {
        strategies: vec![Strategy::S3],
        ..config(64, 64)
    };
    let library = CopyRig::build(&config).unwrap();
    let options = SubordinateOptions::stress(3);
    let mut rig = CopyRig::new(&library, options.clone(), 3).unwrap();
    for block in 0..200 {
        rig.push_bulk(scan(&config, block, 199 - block));
    }
    rig.finish(200, 100_000).unwrap();
    check(&rig, &config, &BadMemory::default(), options.fill);
}

/// With the strategy that copies parts of blocks.
fn with_parts(data_width: u32, block_size: u64) -> Config {
    Config {
        strategies: vec![Strategy::S1, Strategy::S3],
        ..config(data_width, block_size)
    }
}

#[test]
fn parts_of_blocks_are_copied_exactly() {
    let shapes = [
        (32, 64),
        (32, 4096),
        (64, 64),
        (64, 1024),
        (64, 4096),
        (256, 64),
        (512, 64),
        (512, 4096),
    ];
    for (data_width, block_size) in shapes {
        let config = with_parts(data_width, block_size);
        let library = CopyRig::build(&config).unwrap();
        let units = u64::from(config.last_range_unit()) + 1;
        let blocks = (0x40000 / block_size).min(400);
        for seed in 0..8 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let options = SubordinateOptions::stress(seed);
            let mut rig = CopyRig::new(&library, options.clone(), seed).unwrap();
            let (bad, places) = hinder(&mut rig, blocks, block_size, &mut random);
            for to in places {
                let from = random.random_range(0..blocks);
                let (first, last) = if random.random_range(0..4) == 0 {
                    (0, 127)
                } else {
                    let first = random.random_range(0..units);
                    (first, random.random_range(first..units))
                };
                if random.random() {
                    rig.push_urgent(Descriptor {
                        first,
                        last,
                        ..save(&config, from, to)
                    });
                } else {
                    rig.push_bulk(Descriptor {
                        first,
                        last,
                        ..scan(&config, from, to)
                    });
                }
            }
            let cycles = rig.finish(blocks as usize, 4_000_000);
            assert!(cycles.is_ok(), "{data_width}/{block_size}: {cycles:?}");
            check(&rig, &config, &bad, options.fill);
        }
    }
}

#[test]
fn parts_take_exactly_their_beats() {
    for (data_width, block_size) in [(32, 4096), (64, 64), (64, 1024), (128, 4096)] {
        let config = with_parts(data_width, block_size);
        let library = CopyRig::build(&config).unwrap();
        let units = u64::from(config.last_range_unit()) + 1;
        let unit_beats = u64::from(config.beats_per_block()) / units;
        // Eight beats that lie in one chunk, in the middle of the block, and no header.
        let count = (8 / unit_beats).max(1);
        let first = (units / 2).min(units - count);
        let blocks = 512;
        for latency in [1, 40, 100] {
            let mut rig = CopyRig::new(&library, ideal(latency), 1).unwrap();
            for block in 0..blocks {
                let place = block % (0x40_0000 / block_size);
                rig.push_bulk(Descriptor {
                    first,
                    last: first + count - 1,
                    ..scan(&config, place, place)
                });
            }
            let took = rig.finish(blocks as usize, 1_000_000).unwrap();
            let beats = count * unit_beats;
            // As long as 32 chunks of 8 beats cover the memory's latency.
            let turn = 2 * u64::from(latency) + beats + 10;
            let least = blocks * beats;
            assert!(
                took <= least.max(blocks * turn / 32) + turn,
                "{data_width} bits, {block_size} bytes, latency {latency}: {took} cycles for {least} beats"
            );
            check(&rig, &config, &BadMemory::default(), ideal(latency).fill);
        }
    }
}

/// A memory that keeps up at any latency.
fn ideal(latency: u32) -> SubordinateOptions {
    SubordinateOptions {
        read_latency: Latency::Fixed(latency),
        write_latency: Latency::Fixed(latency),
        outstanding_reads: 512,
        outstanding_writes: 512,
        fill: Fill::Random(1),
        ..SubordinateOptions::default()
    }
}

#[test]
fn copies_take_exactly_their_beats() {
    for data_width in [32, 64, 128, 256, 512] {
        for block_size in [64, 256, 4096] {
            let config = config(data_width, block_size);
            exact_cycles(&config);
            exact_cycles(&with_parts(data_width, block_size));
        }
    }
}

/// Whole blocks, scattered, at every latency.
fn exact_cycles(config: &Config) {
    let library = CopyRig::build(config).unwrap();
    let beats = u64::from(config.beats_per_block());
    let blocks = if config.block_bytes() == 64 { 4096 } else { 64 };
    for latency in [1, 16, 40, 100] {
        for saves in [false, true] {
            let mut rig = CopyRig::new(&library, ideal(latency), 1).unwrap();
            for block in 0..blocks {
                // An odd factor and a power of two of places: scattered, no place twice.
                let from = block * 1_367 % blocks;
                if saves {
                    rig.push_urgent(save(config, from, block));
                } else {
                    rig.push_bulk(scan(config, from, block));
                }
            }
            let took = rig.finish(blocks as usize, 10_000_000).unwrap();
            let headers = match (saves, config.data_width) {
                (false, _) => 0,
                (true, 32) => 2,
                (true, _) => 1,
            };
            let least = blocks * (beats + headers);
            // Only filling and draining the pipe comes on top.
            let chunk = u64::from(config.chunk_beats());
            assert_eq!(
                took,
                least + chunk + 6 + 2 * u64::from(latency),
                "{} bits, {} bytes, latency {latency}, saves {saves}",
                config.data_width,
                config.block_bytes()
            );
            check(&rig, config, &BadMemory::default(), ideal(latency).fill);
        }
    }
}
