//! S4, copies behind the guest's back: pushes before overwrites, failures, rollbacks and detaching while blocks are pending.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_sim::memory::{Fault, Memory};
use mch_spec::registers::{field, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy::{S3, S4, S6};
use mch_verification::campaign::Machine;
use mch_verification::system::System;
use unit::{
    begin, bytes, completion, done, home, read, setup, shadow, write_beat, BLOCK, GUEST_BYTES,
    LIMIT,
};

const BLOCKS: u32 = (GUEST_BYTES / BLOCK) as u32;

/// The unit with S3, S4 and S6 built; guest 0 attached under S4, its blocks all different.
fn attached(latency: u32) -> System {
    let config = Machine::named("three-64").unwrap().config;
    let mut system = System::fast(&config, latency, 1).unwrap();
    system.enable().unwrap();
    let image: Vec<u8> = (0..GUEST_BYTES)
        .map(|at| (at ^ (at >> 6).wrapping_mul(7)) as u8)
        .collect();
    system.store(0, home(0), &image).unwrap();
    system.attach(0, setup(0, S4, 0)).unwrap();
    system
}

fn pending(system: &mut System) -> u32 {
    system.guest(0, offset::G_PENDING).unwrap()
}

/// Waits until no copy is outstanding.
fn drained(system: &mut System) {
    for _ in 0..LIMIT {
        if pending(system) == 0 {
            return;
        }
    }
    panic!("the pending copies do not end");
}

/// The shadow of guest 0 is what its memory was.
fn shadow_is(system: &System, image: &Memory) {
    let found = bytes(system, shadow(home(0)), GUEST_BYTES as usize);
    let wanted = image.read_vec(home(0), GUEST_BYTES as usize);
    let first = found.iter().zip(&wanted).position(|(a, b)| a != b);
    assert_eq!(first, None, "first byte of the shadow that differs");
}

fn memory_is(system: &System, image: &Memory) {
    let range = home(0)..home(0) + GUEST_BYTES;
    let differences = system.contents().differences(image, range, 64);
    assert!(differences.is_empty(), "{differences}");
}

/// Plane Y of the first 32 blocks of guest 0.
fn pending_bits(system: &mut System, word: u32) -> u32 {
    system.write(offset::DIRTY_SELECT, 1 << 31 | word).unwrap();
    system.read(offset::DIRTY_BITS).unwrap()
}

#[test]
fn a_pending_block_is_pushed_before_it_is_overwritten() {
    let mut system = attached(100);
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let image = system.contents().clone();
    // The block whose turn is last.
    let word = if pending_bits(&mut system, 3) >> 31 == 1 {
        3
    } else {
        0
    };
    let block = if word == 3 { 127 } else { 0 };
    assert_eq!(pending_bits(&mut system, word) >> (block % 32) & 1, 1);
    let before = pending(&mut system);
    let at = home(0) + block * BLOCK;
    let ticket = write_beat(&mut system, 0, at, 0xee);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    assert!(before > 32, "{before} were pending");
    assert!(pending(&mut system) > 0, "the background was not over yet");
    assert_eq!(
        bytes(&system, shadow(at), BLOCK as usize),
        image.read_vec(at, BLOCK as usize)
    );
    assert_eq!(bytes(&system, at, 8), [0xee; 8]);
    drained(&mut system);
    shadow_is(&system, &image);
    // Each block was copied exactly once, whichever push it was.
    assert_eq!(system.guest(0, offset::G_COPIES).unwrap(), BLOCKS);
    assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 1);
}

#[test]
fn writes_to_every_pending_block_find_its_ticket_or_push_it() {
    for latency in [2, 20, 100] {
        let mut system = attached(latency);
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        let image = system.contents().clone();
        let tickets: Vec<_> = (0..u64::from(BLOCKS))
            .flat_map(|block| [(0, block), (1, u64::from(BLOCKS) - 1 - block)])
            .map(|(port, block)| {
                let at = home(0) + block * BLOCK + 8 * port as u64;
                (port, write_beat(&mut system, port, at, block as u8))
            })
            .collect();
        for (port, ticket) in tickets {
            assert_eq!(done(&mut system, port, ticket).response(), Response::Okay);
        }
        drained(&mut system);
        shadow_is(&system, &image);
        assert_eq!(system.guest(0, offset::G_COPIES).unwrap(), BLOCKS);
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), BLOCKS);
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        memory_is(&system, &image);
        assert_eq!(system.guest(0, offset::G_COPIES).unwrap(), 2 * BLOCKS);
    }
}

#[test]
fn a_push_that_fails_refuses_the_write_and_loses_nothing() {
    let mut system = attached(8);
    let memory = system.memory;
    let at = home(0) + 5 * BLOCK;
    let bad = shadow(at);
    system.simulation[memory]
        .faults()
        .add(Fault::on(bad..bad + BLOCK).writes());
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let image = system.contents().clone();
    // All but the bad one are copied.
    for _ in 0..LIMIT {
        if pending(&mut system) == 1 {
            break;
        }
    }
    let ticket = write_beat(&mut system, 0, at, 0xee);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::SlvErr);
    assert_eq!(pending(&mut system), 1);
    assert_eq!(pending_bits(&mut system, 0), 1 << 5);
    assert_eq!(system.guest(0, offset::G_ERROR_BLOCK).unwrap(), 5);
    memory_is(&system, &image);
    // Others go on.
    system.store(0, home(0) + 6 * BLOCK, &[0xdd; 64]).unwrap();
    // The next checkpoint tries again, fails, and lets the guest run on with the one it has.
    begin(&mut system, 0, Operation::Checkpoint);
    let failed = (Status::Failed.code(), ErrorCode::Copy.code());
    assert_eq!(completion(&mut system, 0), failed);
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::VALID.get(status), 1);
    assert_eq!(field::G_STATUS::STUCK.get(status), 0);
    assert_eq!(field::G_STATUS::HOLD_WRITES.get(status), 0);
    system.store(0, home(0) + 7 * BLOCK, &[0xcc; 64]).unwrap();
    system.command(0, Operation::Rollback, LIMIT).unwrap();
    memory_is(&system, &image);
    // Repaired, the next checkpoint first makes the last one whole.
    system.simulation[memory].faults().clear();
    system.store(0, home(0) + 7 * BLOCK, &[0xcc; 64]).unwrap();
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let image = system.contents().clone();
    drained(&mut system);
    shadow_is(&system, &image);
}

#[test]
fn a_commit_takes_the_same_few_cycles_whatever_is_dirty() {
    let mut system = attached(20);
    let mut pauses = Vec::new();
    for dirty in [BLOCKS, 0, 1, 10, BLOCKS, 100] {
        if system.guest(0, offset::G_CHECKPOINTS).unwrap() != 0 {
            for block in 0..u64::from(dirty) {
                let ticket = write_beat(&mut system, 0, home(0) + block * BLOCK, dirty as u8);
                done(&mut system, 0, ticket);
            }
        }
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), dirty);
        drained(&mut system);
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        pauses.push(system.guest(0, offset::G_PAUSE).unwrap());
        drained(&mut system);
    }
    assert!(pauses.iter().all(|pause| *pause == pauses[0]), "{pauses:?}");
    assert!(pauses[0] <= 64, "{pauses:?}");
}

#[test]
fn a_rollback_while_blocks_are_pending_restores_and_copies_on() {
    for written in [0u64, 1, 40, 128] {
        let mut system = attached(60);
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        let image = system.contents().clone();
        for block in (0..written).rev() {
            write_beat(&mut system, 0, home(0) + block * BLOCK, 0xee);
        }
        assert!(pending(&mut system) > 0);
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        memory_is(&system, &image);
        drained(&mut system);
        shadow_is(&system, &image);
        system.store(0, home(0) + 64, &[0xdd; 640]).unwrap();
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        memory_is(&system, &image);
    }
}

#[test]
fn detaching_while_blocks_are_pending_waits_for_their_copies() {
    let mut system = attached(60);
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let image = system.contents().clone();
    assert!(pending(&mut system) > 0);
    system.command(0, Operation::Detach, LIMIT).unwrap();
    assert_eq!(pending(&mut system), 0);
    shadow_is(&system, &image);
    memory_is(&system, &image);
    assert_eq!(system.guest(0, offset::G_COPIES).unwrap(), BLOCKS);
    for strategy in [S3, S6, S4] {
        system.attach(0, setup(0, strategy, 0)).unwrap();
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        system.store(0, home(0), &[0xaa; 200]).unwrap();
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        memory_is(&system, &image);
        system.command(0, Operation::Detach, LIMIT).unwrap();
    }
}

/// Reads of 16 beats begun every 32 cycles, half of what the port can do: the cycles until all are answered.
fn stream(system: &mut System, reads: u64) -> u64 {
    let start = system.simulation.cycle();
    let mut tickets = Vec::new();
    for index in 0..reads {
        let at = home(2) + index % 32 * 128;
        tickets.push(read(system, 0, Burst::incr(at, 16, 3)));
        system.simulation.run(32).unwrap();
    }
    for ticket in tickets {
        done(system, 0, ticket);
    }
    system.simulation.cycle() - start
}

#[test]
fn copies_in_the_background_yield_to_reads() {
    let mut system = attached(10);
    let alone = stream(&mut system, 90);
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    let before = pending(&mut system);
    assert!(before > BLOCKS / 2);
    let beside = stream(&mut system, 90);
    // Only the last read may be answered later, by the one copy that was on its way before it.
    assert!(
        beside <= alone + 10,
        "{beside} cycles, alone {alone}: a read waited for more than a copy"
    );
    let copied = before - pending(&mut system);
    assert!(copied >= 45, "{copied} copies in {beside} cycles");
    drained(&mut system);
}
