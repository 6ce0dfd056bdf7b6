//! S5 on the whole unit: two places per block, whole memory images and exact counts.

use mch_sim::axi::{Burst, ManagerOptions, Response, SubordinateOptions};
use mch_sim::memory::Fault;
use mch_spec::config::{Config, Size};
use mch_spec::registers::{guest_address, offset, Operation};
use mch_spec::Strategy;
use mch_verification::system::{BuildOptions, GuestSetup, System};

const LIMIT: u64 = 60_000;
const BYTES: u64 = 0x8000;

fn config(strategies: &[Strategy]) -> Config {
    Config {
        memory_size: Size(1 << 18),
        address_width: 24,
        guests: 2,
        regions: 4,
        ports: 2,
        strategies: strategies.to_vec(),
        settable: strategies.len() > 1,
        ..Config::default()
    }
}

fn setup(system: &System, guest: u32, strategy: Strategy) -> GuestSetup {
    GuestSetup {
        strategy,
        offset: u64::from(guest) * BYTES,
        bytes: BYTES,
        ring_size: if strategy.uses_ring() { 15 } else { 0 },
        ring_base: system.layout.rings + (u64::from(guest) << 16),
        processors: 0,
    }
}

/// Every byte of system memory and shadow known before anything is attached.
fn system(config: &Config, latency: u32) -> System {
    let mut system = System::fast(config, latency, 1).unwrap();
    let (memory, shadow) = (system.layout.memory, system.layout.shadow);
    let handle = system.memory;
    for page in 0..config.memory_size.0 / 4096 {
        let fill: Vec<u8> = (0..4096).map(|k| (k * 7 + page * 13) as u8).collect();
        system.simulation[handle]
            .memory_mut()
            .write(memory + page * 4096, &fill);
        let other: Vec<u8> = fill.iter().map(|byte| !byte).collect();
        system.simulation[handle]
            .memory_mut()
            .write(shadow + page * 4096, &other);
    }
    system.enable().unwrap();
    system
}

#[test]
fn commits_and_rolls_back() {
    for strategies in [
        &[Strategy::S5][..],
        &[Strategy::S3, Strategy::S5, Strategy::S6],
    ] {
        let config = config(strategies);
        let mut system = system(&config, 10);
        system.attach(0, setup(&system, 0, Strategy::S5)).unwrap();
        let base = system.layout.memory;
        let original = system.contents().read_vec(base, BYTES as usize);
        system.store(0, base + 0x1000, &[0x22; 500]).unwrap();
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        let image = system.load(0, base, BYTES as usize).unwrap();
        assert_eq!(image[..0x1000], original[..0x1000]);
        assert_eq!(image[0x1000..0x1000 + 500], [0x22; 500]);
        system.store(0, base + 0x10, &[0x33; 1000]).unwrap();
        system.store(0, base + 0x1010, &[0x44; 64]).unwrap();
        assert_eq!(system.load(1, base + 0x1010, 64).unwrap(), [0x44; 64]);
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 18);
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        assert_eq!(system.load(1, base, BYTES as usize).unwrap(), image);
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 0);
    }
}

/// A unit with guest 0 of S5 attached.
fn attached(latency: u32) -> System {
    let mut system = system(&config(&[Strategy::S5]), latency);
    system.attach(0, setup(&system, 0, Strategy::S5)).unwrap();
    system
}

/// A byte's place in the shadow.
fn away(system: &System, address: u64) -> u64 {
    address - system.layout.memory + system.layout.shadow
}

fn bytes(system: &System, address: u64, length: usize) -> Vec<u8> {
    system.contents().read_vec(address, length)
}

fn copies(system: &mut System) -> (u32, u32, u32) {
    let read = |system: &mut System, register| system.guest(0, register).unwrap();
    (
        system.read(offset::COPIES).unwrap(),
        read(system, offset::G_COPIES),
        read(system, offset::G_DIRTY),
    )
}

fn respond(system: &mut System, port: usize, address: u64, data: &[u8]) -> Response {
    let handle = system.ports[port];
    let (simulation, limit) = (&mut system.simulation, LIMIT);
    simulation
        .write_bytes(handle, address, data, limit)
        .unwrap()
}

#[test]
fn a_whole_block_goes_to_its_other_place_without_a_copy() {
    let mut system = attached(9);
    let base = system.layout.memory;
    let home = bytes(&system, base, BYTES as usize);
    let shadow = bytes(&system, away(&system, base), BYTES as usize);
    system.store(0, base + 0x400, &[0xa1; 512]).unwrap();
    assert_eq!(copies(&mut system), (0, 0, 8));
    // Every byte of both halves: the new ones in the shadow, all others as they were.
    let mut wanted = shadow.clone();
    wanted[0x400..0x600].fill(0xa1);
    assert!(bytes(&system, base, BYTES as usize) == home);
    assert!(bytes(&system, away(&system, base), BYTES as usize) == wanted);
    assert_eq!(system.load(1, base + 0x400, 512).unwrap(), [0xa1; 512]);
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    assert_eq!(copies(&mut system), (0, 0, 0));
    // The checkpoint is in the shadow now, so the next write goes to memory.
    system.store(0, base + 0x400, &[0xb2; 64]).unwrap();
    assert_eq!(copies(&mut system), (0, 0, 1));
    assert_eq!(bytes(&system, base + 0x400, 64), [0xb2; 64]);
    assert!(bytes(&system, away(&system, base), BYTES as usize) == wanted);
    system.command(0, Operation::Rollback, LIMIT).unwrap();
    assert_eq!(system.load(0, base + 0x400, 64).unwrap(), [0xa1; 64]);
    assert_eq!(copies(&mut system), (0, 0, 0));
}

#[test]
fn a_part_of_a_block_is_merged_once() {
    let mut system = attached(9);
    let base = system.layout.memory + 0x800;
    let home = bytes(&system, base, 64);
    let mut wanted = home.clone();
    for (count, at) in [3, 17, 40, 63].into_iter().enumerate() {
        system
            .store(0, base + at as u64, &[0xc0 + count as u8])
            .unwrap();
        wanted[at] = 0xc0 + count as u8;
        assert_eq!(copies(&mut system), (1, 1, 1));
    }
    let shadow = away(&system, base);
    assert_eq!(bytes(&system, base, 64), home);
    assert_eq!(bytes(&system, shadow, 64), wanted);
    assert_eq!(system.load(1, base, 64).unwrap(), wanted);
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    // Back again: from the shadow, where the checkpoint stays, to memory.
    system.store(1, base + 8, &[0xee; 8]).unwrap();
    assert_eq!(copies(&mut system), (2, 2, 1));
    assert_eq!(bytes(&system, shadow, 64), wanted);
    wanted[8..16].fill(0xee);
    assert_eq!(bytes(&system, base, 64), wanted);
}

#[test]
fn a_read_after_the_response_sees_the_new_data_on_every_port() {
    for seed in 0..4 {
        let config = config(&[Strategy::S5]);
        let mut system = System::new(
            &config,
            BuildOptions::default(),
            seed,
            |_| ManagerOptions::default(),
            SubordinateOptions::stress(seed),
        )
        .unwrap();
        system.enable().unwrap();
        system.attach(0, setup(&system, 0, Strategy::S5)).unwrap();
        let base = system.layout.memory;
        system.store(0, base, &[0; 0x1000]).unwrap();
        let mut model = vec![0u8; 0x1000];
        let mut draw = seed.wrapping_mul(77) + 5;
        let mut next = |below: u64| {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (draw >> 33) % below
        };
        for turn in 0..150u64 {
            let block = next(24) * 64;
            let (at, length) = match next(3) {
                0 => (block, 64 * (1 + next(3))),
                1 => (block + next(60), 1 + next(4)),
                _ => (block + 8 * next(8), 8 * (1 + next(12))),
            };
            let data = vec![turn as u8 ^ 0x5a; length as usize];
            let port = next(2) as usize;
            assert_eq!(respond(&mut system, port, base + at, &data), Response::Okay);
            let range = at as usize..(at + length) as usize;
            model[range.clone()].copy_from_slice(&data);
            let around = (range.start / 64 * 64).saturating_sub(64);
            let length = (range.end - around).div_ceil(64) * 64 + 64;
            let found = system.load(1 - port, base + around as u64, length).unwrap();
            assert!(
                found == model[around..around + length],
                "seed {seed}, turn {turn}"
            );
            if next(12) == 0 {
                system.command(0, Operation::Checkpoint, LIMIT).unwrap();
            }
        }
    }
}

#[test]
fn a_merge_that_fails_and_a_whole_block_that_fails_change_nothing() {
    let mut system = attached(5);
    let base = system.layout.memory;
    let memory = system.memory;
    let home = bytes(&system, base, 0x200);
    let shadow = away(&system, base);
    for (fault, at, data) in [
        (Fault::on(base..base + 64).reads(), 8, vec![1; 8]),
        (Fault::on(shadow..shadow + 64).writes(), 8, vec![2; 8]),
        (
            Fault::on(shadow + 64..shadow + 128).writes(),
            64,
            vec![3; 64],
        ),
    ] {
        let errors = system.read(offset::COPY_ERRORS).unwrap();
        system.simulation[memory].faults().add(fault);
        assert_eq!(respond(&mut system, 0, base + at, &data), Response::SlvErr);
        system.simulation[memory].faults().clear();
        assert_eq!(copies(&mut system), (0, 0, 0));
        assert_eq!(system.load(1, base, 0x200).unwrap(), home);
        let failed = system.read(offset::COPY_ERRORS).unwrap() - errors;
        assert_eq!(failed, u32::from(data.len() < 64));
        assert_eq!(system.guest(0, offset::G_ERROR_BLOCK).unwrap(), 0);
    }
    // They can be written when memory is well again.
    system.store(0, base + 8, &[4; 120]).unwrap();
    assert_eq!(copies(&mut system), (1, 1, 2));
    assert_eq!(system.load(1, base + 8, 120).unwrap(), [4; 120]);
}

#[test]
fn commits_and_rollbacks_take_the_same_few_cycles_whatever_is_dirty() {
    let mut system = attached(20);
    let base = system.layout.memory;
    for blocks in [0, 1, 100, 512] {
        if blocks > 0 {
            system
                .store(0, base, &vec![blocks as u8; blocks * 64])
                .unwrap();
        }
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), blocks as u32);
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        let pause = system.guest(0, offset::G_PAUSE).unwrap();
        assert!(pause <= 64, "{blocks} blocks: a commit of {pause} cycles");
        if blocks > 0 {
            system
                .store(1, base, &vec![!blocks as u8; blocks * 64])
                .unwrap();
        }
        // All acknowledged: the irq-less guest is released as soon as the command is through.
        let begin = system.simulation.cycle();
        system
            .set_guest(0, offset::G_COMMAND, Operation::Rollback.code())
            .unwrap();
        let ended = loop {
            let over = system.simulation.cycle();
            if system.guest(0, offset::G_COMPLETION).unwrap() & 0xf == Operation::Rollback.code() {
                break over;
            }
        };
        let cycles = ended - begin;
        assert!(
            cycles <= 64 + 12,
            "{blocks} blocks: a rollback of {cycles} cycles"
        );
        let wanted = vec![blocks as u8; blocks * 64];
        assert!(blocks == 0 || system.load(0, base, blocks * 64).unwrap() == wanted);
        assert_eq!(system.read(offset::COPIES).unwrap(), 0);
    }
}

#[test]
fn every_kind_of_read_crosses_places() {
    let mut system = attached(7);
    let base = system.layout.memory;
    for block in (0..64u64).filter(|block| block % 3 == 1 || block / 7 % 2 == 1) {
        system
            .store(0, base + block * 64, &[block as u8 | 0x80; 64])
            .unwrap();
    }
    let mut image = bytes(&system, base, 0x1000);
    for block in (0..64usize).filter(|block| block % 3 == 1 || block / 7 % 2 == 1) {
        image[block * 64..block * 64 + 64].fill(block as u8 | 0x80);
    }
    let mut bursts = vec![Burst::incr(base, 256, 3), Burst::incr(base + 0x800, 256, 3)];
    for at in 0..48u64 {
        bursts.push(Burst::incr(base + at * 43, 64, (at % 4) as u8));
        let size = (at % 4) as u8;
        bursts.push(Burst::wrap(base + (((at * 72) >> size) << size), 16, size));
    }
    for (port, burst) in bursts.into_iter().enumerate() {
        let handle = system.ports[port % 2];
        let ticket = system.simulation[handle].read(burst).unwrap();
        let done = system.simulation.complete(handle, ticket, LIMIT).unwrap();
        assert_eq!(done.response(), Response::Okay);
        let wanted: Vec<u8> = (0..burst.beats)
            .flat_map(|beat| {
                let lanes = burst.lanes(beat, 8);
                let word = (burst.beat_address(beat) - base) as usize / 8 * 8;
                image[word + lanes.start..word + lanes.end].to_vec()
            })
            .collect();
        assert_eq!(done.payload, wanted, "{burst:?}");
    }
}

#[test]
fn a_detach_brings_the_blocks_home_or_leaves_the_guest_attached() {
    let mut system = attached(6);
    let (base, memory) = (system.layout.memory, system.memory);
    system.store(0, base + 0x100, &[0x71; 300]).unwrap();
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    system.store(0, base + 0x180, &[0x72; 900]).unwrap();
    let image = system.load(1, base, BYTES as usize).unwrap();
    let fault = Fault::on(base + 0x100..base + 0x140).writes().once(1);
    system.simulation[memory].faults().add(fault);
    assert!(system.command(0, Operation::Detach, LIMIT).is_err());
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(
        status & 0x43,
        1,
        "attached, without a checkpoint, writes go on"
    );
    assert!(system.load(0, base, BYTES as usize).unwrap() == image);
    system.command(0, Operation::Detach, LIMIT).unwrap();
    assert!(bytes(&system, base, BYTES as usize) == image);
    assert!(system.load(0, base, BYTES as usize).unwrap() == image);
}

#[test]
fn reads_in_flight_and_held_reads_meet_a_rollback() {
    for delay in [0, 3, 9, 20, 33, 47] {
        let mut system = attached(30);
        let base = system.layout.memory;
        system.store(0, base, &[0x0c; 256]).unwrap();
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        system.store(0, base, &[0xdd; 256]).unwrap();
        let address = guest_address(0, offset::G_COMMAND);
        system.simulation[system.registers]
            .write(address.into(), Operation::Rollback.code().into());
        system.simulation.run(delay).unwrap();
        let handle = system.ports[1];
        let tickets: Vec<_> = (0..40u64)
            .map(|k| {
                system.simulation[handle]
                    .read(Burst::incr(base + k % 4 * 64, 8, 3))
                    .unwrap()
            })
            .collect();
        let mut back = false;
        for ticket in tickets {
            let done = system.simulation.complete(handle, ticket, LIMIT).unwrap();
            assert_eq!(done.response(), Response::Okay);
            // One that is held comes from the checkpoint, and so do all behind it.
            back |= done.payload == [0x0c; 64];
            assert_eq!(done.payload, if back { [0x0c; 64] } else { [0xdd; 64] });
        }
        assert_eq!(system.load(0, base, 256).unwrap(), [0x0c; 256]);
    }
}

#[test]
fn guests_of_different_strategies_keep_apart() {
    for other in [Strategy::S3, Strategy::S6] {
        let mut system = system(&config(&[Strategy::S3, Strategy::S5, Strategy::S6]), 8);
        system.attach(0, setup(&system, 0, Strategy::S5)).unwrap();
        system.attach(1, setup(&system, 1, other)).unwrap();
        let (mine, theirs) = (system.layout.memory, system.layout.memory + BYTES);
        for address in [mine, theirs] {
            system.store(0, address, &[0x10; 1000]).unwrap();
        }
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        system.command(1, Operation::Checkpoint, LIMIT).unwrap();
        system.store(0, mine + 100, &[0x20; 500]).unwrap();
        system.store(1, theirs + 100, &[0x30; 500]).unwrap();
        let (image, kept) = (
            system.load(0, theirs, 1000).unwrap(),
            system.load(0, mine, 1000).unwrap(),
        );
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        assert_eq!(system.load(1, mine, 1000).unwrap(), [0x10; 1000]);
        assert_eq!(system.load(1, theirs, 1000).unwrap(), image);
        system.store(0, mine + 100, &kept[100..600]).unwrap();
        system.command(1, Operation::Rollback, LIMIT).unwrap();
        assert_eq!(system.load(1, theirs, 1000).unwrap(), [0x10; 1000]);
        assert_eq!(system.load(1, mine, 1000).unwrap(), kept);
    }
}
