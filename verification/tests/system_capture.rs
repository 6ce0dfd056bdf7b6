//! Strategy S1: entries of what was written, drained to the shadow behind the guest's back.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_sim::memory::Fault;
use mch_spec::registers::{field, offset, Operation, Status};
use mch_spec::Config;
use mch_spec::Strategy::{self, S1, S3, S6};
use mch_verification::system::System;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::{
    begin, bytes, completion, done, home, setup, shadow, with_small_ring, write, write_beat,
    GUEST_BYTES,
};

/// Bytes of a guest's region, as a length.
const LENGTH: usize = GUEST_BYTES as usize;

fn build(strategies: &[Strategy]) -> Config {
    Config {
        strategies: strategies.to_vec(),
        settable: strategies.len() > 1,
        ..unit::machine().config
    }
}

/// A guest of S1 with its first checkpoint, beside others.
fn with_checkpoint(strategies: &[Strategy], latency: u32) -> System {
    let mut system = System::fast(&build(strategies), latency, 1).unwrap();
    system.enable().unwrap();
    system.attach(0, setup(0, S1, 0)).unwrap();
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    system
}

fn header(system: &System, slot: u64) -> u64 {
    let ring = unit::machine().ring_base(0);
    let size = unit::machine().ring_size();
    let headers = ring + (7 << size >> 3);
    u64::from_le_bytes(bytes(system, headers + 8 * slot, 8).try_into().unwrap())
}

#[test]
fn an_entry_holds_the_beats_that_were_written() {
    let mut system = with_checkpoint(&[S1], 9);
    let before = bytes(&system, home(0), LENGTH);
    // Beats 2..=5 of block 1, and one byte in beat 7 of block 3.
    let four = write(&mut system, 0, Burst::incr(home(0) + 64 + 16, 4, 3), 0x55);
    assert_eq!(done(&mut system, 0, four).response(), Response::Okay);
    let narrow = write(&mut system, 0, Burst::incr(home(0) + 192 + 61, 1, 0), 0x77);
    assert_eq!(done(&mut system, 0, narrow).response(), Response::Okay);
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 2);
    assert_eq!(system.guest(0, offset::G_ENTRIES).unwrap(), 2);
    let interval = u64::from(system.guest(0, offset::G_EPOCH).unwrap() >> 16);
    let header_of = |block: u64, first: u64, last: u64| {
        block | first << 26 | (last & 7) << 33 | (last >> 3) << 44 | interval << 48
    };
    assert_eq!(header(&system, 0), header_of(1, 2, 5));
    assert_eq!(header(&system, 1), header_of(3, 7, 7));
    let ring = unit::machine().ring_base(0);
    for (slot, block, range) in [(0, 1, 16..48), (1, 3, 56..64u64)] {
        let length = (range.end - range.start) as usize;
        let entry = bytes(&system, ring + slot * 64 + range.start, length);
        let written = bytes(&system, home(0) + block * 64 + range.start, length);
        assert_eq!(entry, written);
    }
    // Nothing has reached the shadow.
    assert_eq!(bytes(&system, shadow(home(0)), LENGTH), before);
}

#[test]
fn nothing_is_captured_before_there_is_a_checkpoint() {
    let (mut system, base, _) = with_small_ring(S1);
    system.command(0, Operation::Detach, unit::LIMIT).unwrap();
    system.command(0, Operation::Attach, unit::LIMIT).unwrap();
    // More than the ring holds: whoever loads the guest's image is not held.
    for block in 0..64 {
        system.store(0, base + 512 * block, &[3; 512]).unwrap();
    }
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 0);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let size = system.config.memory_size.0;
    assert_eq!(bytes(&system, base + size, 0x8000), vec![3; 0x8000]);
    system.store(0, base, &[4; 8]).unwrap();
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 1);
}

#[test]
fn a_drain_overlaps_the_guests_writes_and_the_next_checkpoint_waits_for_it() {
    let mut system = with_checkpoint(&[S1], 20);
    for value in 1..3 {
        system.store(0, home(0), &[value; LENGTH]).unwrap();
    }
    let committed = bytes(&system, home(0), LENGTH);
    begin(&mut system, 0, Operation::Checkpoint);
    let released = |system: &mut System| {
        system.guest(0, offset::G_CHECKPOINTS).unwrap() == 2
            && field::G_STATUS::HOLD_WRITES.get(system.guest(0, offset::G_STATUS).unwrap()) == 0
    };
    while !released(&mut system) {}
    // 256 entries take longer than a few writes.
    for beat in 0..4 {
        let ticket = write_beat(&mut system, 0, home(0) + 8 * beat, 2);
        assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    }
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::RUNNING.get(status), 1, "still draining");
    assert!(system.guest(0, offset::G_PAUSE).unwrap() <= 64);
    assert_eq!(completion(&mut system, 0), (Status::Ok.code(), 0));
    assert_eq!(bytes(&system, shadow(home(0)), LENGTH), committed);
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 4);
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, home(0), LENGTH), committed);
    assert_eq!(bytes(&system, shadow(home(0)), LENGTH), committed);
}

#[test]
fn memory_and_shadow_stay_consistent_under_two_ports_and_a_ring_that_wraps() {
    for (strategies, latency) in [(vec![S1], 4), (vec![S1, S3, S6], 30)] {
        let mut system = with_checkpoint(&strategies, latency);
        let mut random = ChaCha8Rng::seed_from_u64(u64::from(latency));
        let mut entries = 0;
        for round in 0..24 {
            let checkpoint = bytes(&system, home(0), LENGTH);
            assert_eq!(
                bytes(&system, shadow(home(0)), LENGTH),
                checkpoint,
                "round {round}"
            );
            let mut tickets = Vec::new();
            for _ in 0..random.random_range(1..60) {
                // Few blocks, so that the ports meet in them.
                let size = random.random_range(0..4);
                let beats = [1, 2, 4, 8, 16][random.random_range(0..5)];
                let at = home(0) + random.random_range(0..0x200);
                let burst = if random.random() && beats > 1 {
                    Burst::wrap(at >> size << size, beats, size as u8)
                } else {
                    Burst::incr(at, beats, size as u8)
                };
                let port = random.random_range(0..2);
                let value = random.random();
                tickets.push((port, write(&mut system, port, burst, value)));
                if random.random_range(0..8) == 0 {
                    system.simulation.run(random.random_range(1..200)).unwrap();
                }
            }
            for (port, ticket) in tickets {
                assert_eq!(done(&mut system, port, ticket).response(), Response::Okay);
            }
            entries += system.guest(0, offset::G_RING_USED).unwrap();
            let now = bytes(&system, home(0), LENGTH);
            let (operation, expected) = if round % 3 == 2 {
                (Operation::Rollback, checkpoint)
            } else {
                (Operation::Checkpoint, now)
            };
            system.command(0, operation, unit::LIMIT).unwrap();
            assert_eq!(bytes(&system, home(0), LENGTH), expected, "round {round}");
            assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 0);
        }
        let slots = build(&strategies).ring_slots(unit::machine().ring_size());
        assert!(
            u64::from(entries) > slots,
            "the ring never wrapped: {entries} entries, {slots} slots"
        );
    }
}

#[test]
fn a_full_ring_holds_the_guest_until_a_drain_has_freed_it() {
    let (mut system, base, _) = with_small_ring(S1);
    for block in 0..28 {
        system.store(0, base + 1024 * block, &[1; 8]).unwrap();
    }
    let held = write_beat(&mut system, 0, base + 1024 * 28, 2);
    system.simulation.run(600).unwrap();
    assert!(!unit::answered(&system, 0, held));
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::RING_HELD.get(status), 1);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    assert_eq!(done(&mut system, 0, held).response(), Response::Okay);
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 1);
}

#[test]
fn a_full_ring_may_give_the_checkpoint_up_and_the_next_is_whole() {
    let (mut system, base, _) = with_small_ring(S1);
    system.set_guest(0, offset::G_ON_FULL, 1).unwrap();
    for block in 0..32 {
        system.store(0, base + 1024 * block, &[1; 8]).unwrap();
    }
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 1);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let memory = bytes(&system, base, 0x8000);
    let size = system.config.memory_size.0;
    assert_eq!(bytes(&system, base + size, 0x8000), memory);
    system.store(0, base, &[9; 0x800]).unwrap();
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, base, 0x8000), memory);
}

#[test]
fn the_high_water_mark_starts_a_checkpoint() {
    let (mut system, base, _) = with_small_ring(S1);
    system.set_guest(0, offset::G_RING_HIGH, 10).unwrap();
    for block in 0..64 {
        system.store(0, base + 512 * block, &[3; 8]).unwrap();
    }
    assert!(system.guest(0, offset::G_CHECKPOINTS).unwrap() >= 4);
}

#[test]
fn an_entry_that_cannot_be_written_loses_the_checkpoint_loudly() {
    let (mut system, base, ring) = with_small_ring(S1);
    let handle = system.memory;
    system.simulation[handle]
        .faults()
        .add(Fault::on(ring..ring + 8).writes());
    system.store(0, base, &[1; 8]).unwrap();
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 1);
    assert_eq!(system.read(offset::COPY_ERRORS).unwrap(), 1);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let size = system.config.memory_size.0;
    assert_eq!(bytes(&system, base + size, 8), [1; 8]);
}

/// A guest of S1 whose checkpoint has failed, its drain, with memory that still errs; its first address, and its memory before.
fn with_a_failed_drain() -> (System, u64, Vec<u8>) {
    let (mut system, base, _) = with_small_ring(S1);
    let place = base + system.config.memory_size.0 + 1024 * 3;
    system.store(0, base, &[1; 0x2000]).unwrap();
    let image = bytes(&system, base, 0x8000);
    let handle = system.memory;
    system.simulation[handle]
        .faults()
        .add(Fault::on(place..place + 8).writes());
    begin(&mut system, 0, Operation::Checkpoint);
    assert_eq!(completion(&mut system, 0).0, Status::Failed.code());
    (system, base, image)
}

#[test]
fn a_drain_that_fails_is_done_again_by_the_next_checkpoint_or_rollback() {
    for rollback in [false, true] {
        let (mut system, base, image) = with_a_failed_drain();
        let size = system.config.memory_size.0;
        assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 8);
        // The guest runs on.
        system.store(0, base, &[2; 0x800]).unwrap();
        let handle = system.memory;
        system.simulation[handle].faults().clear();
        if rollback {
            system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
            assert_eq!(bytes(&system, base, 0x8000), image);
            assert_eq!(bytes(&system, base + size, 0x8000), image);
        } else {
            let image = bytes(&system, base, 0x8000);
            system
                .command(0, Operation::Checkpoint, unit::LIMIT)
                .unwrap();
            assert_eq!(bytes(&system, base + size, 0x8000), image);
        }
        assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 0);
    }
}

#[test]
fn a_periodic_checkpoint_that_fails_is_tried_again_a_period_later() {
    // Every later checkpoint drains first, and fails before its rendezvous.
    let (mut system, ..) = with_a_failed_drain();
    let rendezvous = system.guest(0, offset::G_RENDEZVOUS).unwrap();
    let count = |system: &mut System| system.guest(0, offset::G_COMPLETION).unwrap() >> 24;
    let before = count(&mut system);
    system.set_guest(0, offset::G_PERIOD, 2000).unwrap();
    system.simulation.run(20_000).unwrap();
    let tried = count(&mut system).wrapping_sub(before) & 0xff;
    assert!((8..=10).contains(&tried), "{tried} times in ten periods");
    assert_eq!(system.guest(0, offset::G_RENDEZVOUS).unwrap(), rendezvous);
}

#[test]
fn an_error_of_memory_reaches_the_master_and_leaves_both_images_alike() {
    let (mut system, base, _) = with_small_ring(S1);
    let handle = system.memory;
    system.simulation[handle]
        .faults()
        .add(Fault::on(base + 8..base + 16).writes());
    let failed = write_beat(&mut system, 0, base + 8, 7);
    assert_eq!(done(&mut system, 0, failed).response(), Response::SlvErr);
    system.store(0, base + 64, &[5; 64]).unwrap();
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let size = system.config.memory_size.0;
    assert_eq!(
        bytes(&system, base + size, 0x8000),
        bytes(&system, base, 0x8000)
    );
}

#[test]
fn captured_bursts_keep_the_memory_port_busy() {
    let mut system = with_checkpoint(&[S1], 20);
    let start = system.simulation.cycle();
    let bursts = 400;
    let tickets: Vec<_> = (0..bursts)
        .map(|number| {
            let port = number % 2;
            let at = home(0) + 64 * (number as u64 % 128);
            (
                port,
                write(&mut system, port, Burst::incr(at, 8, 3), number as u8),
            )
        })
        .collect();
    for (port, ticket) in tickets {
        assert_eq!(done(&mut system, port, ticket).response(), Response::Okay);
    }
    let cycles = system.simulation.cycle() - start;
    // 8 beats of the burst, 8 of its entry, 1 of the entry's header.
    let beats = bursts as u64 * (8 + 8 + 1);
    assert!(
        beats * 10 >= cycles * 9,
        "{beats} beats of write data in {cycles} cycles"
    );
}
