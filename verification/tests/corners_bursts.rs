//! The corners of AXI that reached users of other designs, each against the whole unit.

use crate::unit;

use mch_sim::axi::{
    Burst, Channel, ManagerOptions, Response, SubordinateOptions, WriteOrder, WriteRequest,
};
use mch_sim::Pacing;
use mch_spec::registers::{offset, Operation};
use mch_spec::Strategy::{S3, S6};
use mch_verification::system::{BuildOptions, System};
use unit::{
    answered, bytes, done, home, read, with_checkpoints, write, write_beat, BLOCK, GUEST_BYTES,
};

fn writes_to_memory(system: &System) -> u64 {
    system.simulation[system.memory].statistics().total().writes
}

#[test]
fn a_burst_may_end_at_4_kib_and_the_next_begin_there() {
    let mut system = with_checkpoints(5, &[S3]);
    let edge = home(0) + 0x1000;
    let before = writes_to_memory(&system);
    let first = write(&mut system, 0, Burst::incr(edge - 256, 32, 3), 1);
    let second = write(&mut system, 0, Burst::incr(edge, 32, 3), 2);
    for ticket in [first, second] {
        assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    }
    let expected = |value: u8| (0..=255u8).map(|index| value ^ index).collect::<Vec<u8>>();
    assert_eq!(bytes(&system, edge - 256, 256), expected(1));
    assert_eq!(bytes(&system, edge, 256), expected(2));
    // Four blocks each, one piece a block, and nothing else.
    assert_eq!(writes_to_memory(&system) - before, 8);
    assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 8);
    assert_eq!(
        unit::dirty_words(&mut system, 0)[..4],
        [0, 0xf000_0000, 0xf, 0]
    );
}

#[test]
fn a_buffer_that_ends_on_a_boundary_makes_no_stray_burst() {
    for strategy in [S3, S6] {
        let mut system = with_checkpoints(5, &[strategy, strategy]);
        let end = home(1);
        let memory = system.memory;
        let mut watch = |range| system.simulation[memory].statistics_mut().watch(range);
        let inside = watch(end - 0x1000..end);
        let beyond = watch(end..end + 0x1000);
        // The last page of a guest's region, to its last byte, in bursts that end on block, 4 KiB and region at once.
        system.store(0, end - 0x1000, &[0xa5; 0x1000]).unwrap();
        let loaded = system.load(0, end - 0x1000, 0x1000).unwrap();
        assert_eq!(loaded, [0xa5; 0x1000]);
        let statistics = system.simulation[memory].statistics();
        assert_eq!(statistics.watched(inside).writes, 0x1000 / BLOCK);
        let stray = statistics.watched(beyond);
        assert_eq!((stray.reads, stray.writes), (0, 0));
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 64);
        assert_eq!(system.guest(1, offset::G_DIRTY).unwrap(), 0);
    }
}

#[test]
fn no_response_comes_before_the_last_beat() {
    let mut system = with_checkpoints(1, &[S6]);
    let port = system.ports[0];
    let before = writes_to_memory(&system);
    system.simulation[port].set_pacing(Channel::W, Pacing::Never);
    let ticket = write(&mut system, 0, Burst::incr(home(0), 16, 3), 3);
    system.simulation.run(300).unwrap();
    assert!(!answered(&system, 0, ticket), "answered before any data");
    // A beat now and then: in between there is time enough to answer too early.
    system.simulation[port].set_pacing(
        Channel::W,
        Pacing::Pattern {
            bits: 1,
            length: 50,
        },
    );
    system.simulation.run(500).unwrap();
    assert!(!answered(&system, 0, ticket), "answered before WLAST");
    assert_eq!(
        writes_to_memory(&system),
        before,
        "part of an incomplete burst reached memory"
    );
    let done = done(&mut system, 0, ticket);
    assert_eq!(done.response(), Response::Okay);
    assert!(done.timing.response > done.timing.last_data);
}

#[test]
fn an_address_without_data_holds_no_other_port() {
    let mut system = with_checkpoints(5, &[S3, S6]);
    let port = system.ports[0];
    system.simulation[port].set_pacing(Channel::W, Pacing::Never);
    let waiting = write(&mut system, 0, Burst::incr(home(0), 8, 3), 4);
    for index in 0..20 {
        system
            .store(1, home(1) + 0x80 * index, &[index as u8; 100])
            .unwrap();
    }
    assert!(!answered(&system, 0, waiting));
    system.simulation[port].set_pacing(Channel::W, Pacing::Always);
    assert_eq!(done(&mut system, 0, waiting).response(), Response::Okay);
}

/// While a guest is held its port's address queue fills up and AW closes, but W stays open: data must still find its address.
#[test]
fn data_that_runs_ahead_of_a_closed_address_channel_finds_its_burst() {
    let mut system = with_checkpoints(5, &[S6, S6]);
    // A common checkpoint of two guests holds guest 0 until guest 1's processor has come.
    system.command(1, Operation::Detach, unit::LIMIT).unwrap();
    system.attach(1, unit::setup(1, S6, 1)).unwrap();
    system
        .write(offset::COMMAND, 0b11 << 16 | Operation::Checkpoint.code())
        .unwrap();
    let number = system.guest(0, offset::G_CHECKPOINTS).unwrap();
    system.simulation.run(200).unwrap();
    let tickets: Vec<_> = (0..40)
        .map(|index| write_beat(&mut system, 0, home(0) + 0x40 * index, index as u8 + 1))
        .collect();
    system.simulation.run(1000).unwrap();
    assert!(
        tickets.iter().all(|ticket| !answered(&system, 0, *ticket)),
        "held"
    );
    unit::arrive(&mut system, 1, 1);
    for ticket in tickets {
        assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    }
    assert_eq!(system.guest(0, offset::G_CHECKPOINTS).unwrap(), number + 1);
    for index in 0..40u64 {
        assert_eq!(
            bytes(&system, home(0) + 0x40 * index, 8),
            [index as u8 + 1; 8]
        );
    }
    assert_eq!(
        system.guest(0, offset::G_DIRTY).unwrap(),
        40,
        "all came after the commit"
    );
}

#[test]
fn data_may_come_long_before_its_address() {
    let manager = |_| ManagerOptions {
        write_order: WriteOrder::DataLeads(40),
        ..ManagerOptions::default()
    };
    let config = unit::machine().config;
    let memory = SubordinateOptions::with_latency(5);
    let mut system = System::new(&config, BuildOptions::default(), 1, manager, memory).unwrap();
    system.enable().unwrap();
    system.attach(0, unit::setup(0, S6, 0)).unwrap();
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    for index in 0..8 {
        system
            .store(0, home(0) + 0x100 * index, &[index as u8; 150])
            .unwrap();
    }
    for index in 0..8u64 {
        assert_eq!(
            bytes(&system, home(0) + 0x100 * index, 150),
            [index as u8; 150]
        );
    }
}

#[test]
fn a_write_without_strobes_changes_nothing() {
    for strategy in [S3, S6] {
        let mut system = with_checkpoints(5, &[strategy]);
        system.store(0, home(0), &[7; 256]).unwrap();
        let handle = system.ports[0];
        let request =
            WriteRequest::new(Burst::incr(home(0), 16, 3), vec![9; 128]).with_strobes(vec![0; 16]);
        let ticket = system.simulation[handle].write(request).unwrap();
        assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
        assert_eq!(bytes(&system, home(0), 256), [7; 256]);
    }
}

#[test]
fn wrapping_bursts_wrap() {
    let mut system = with_checkpoints(5, &[S3]);
    let pattern: Vec<u8> = (0..=255).collect();
    system.store(0, home(0), &pattern).unwrap();
    // 16 beats of 8 bytes around 128, from 40 on: across a block boundary, and back to the front.
    let ticket = read(&mut system, 0, Burst::wrap(home(0) + 40, 16, 3));
    let wrapped: Vec<u8> = (40..128).chain(0..40).collect();
    assert_eq!(done(&mut system, 0, ticket).payload, wrapped);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let ticket = write(&mut system, 0, Burst::wrap(home(0) + 64 + 32, 8, 3), 0);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
    let expected: Vec<u8> = (32..64).chain(0..32).collect();
    assert_eq!(bytes(&system, home(0) + 64, 64), expected);
    assert_eq!(bytes(&system, home(0), 64), pattern[..64]);
    assert_eq!(
        system.guest(0, offset::G_DIRTY).unwrap(),
        1,
        "it stays within one block"
    );
}

#[test]
fn fixed_bursts_are_refused_without_effect() {
    let mut system = with_checkpoints(5, &[S6]);
    system.store(0, home(0), &[1; 64]).unwrap();
    let (writes, dirty) = (
        writes_to_memory(&system),
        system.guest(0, offset::G_DIRTY).unwrap(),
    );
    let ticket = write(&mut system, 0, Burst::fixed(home(0), 4, 3), 5);
    assert_eq!(done(&mut system, 0, ticket).response(), Response::SlvErr);
    let ticket = read(&mut system, 0, Burst::fixed(home(0), 4, 3));
    let answer = done(&mut system, 0, ticket);
    assert_eq!(answer.responses, [Response::SlvErr; 4]);
    assert_eq!(bytes(&system, home(0), 64), [1; 64]);
    assert_eq!(
        (
            writes_to_memory(&system),
            system.guest(0, offset::G_DIRTY).unwrap()
        ),
        (writes, dirty)
    );
}

#[test]
fn narrow_and_unaligned_bursts_write_their_bytes_and_no_other() {
    let mut system = with_checkpoints(5, &[S6]);
    system.store(0, home(0), &[0; 512]).unwrap();
    let mut expected = vec![0u8; 512];
    for (index, (at, beats, size)) in [(3, 5, 0), (61, 4, 1), (126, 9, 2), (203, 7, 3), (255, 1, 3)]
        .into_iter()
        .enumerate()
    {
        let burst = Burst::incr(home(0) + at, beats, size);
        let length = burst.transfer_bytes(8);
        let value = 0x10 * (index as u8 + 1);
        let ticket = write(&mut system, 0, burst, value);
        assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
        for byte in 0..length {
            expected[at as usize + byte] = value ^ byte as u8;
        }
        let ticket = read(&mut system, 0, burst);
        assert_eq!(
            done(&mut system, 0, ticket).payload,
            expected[at as usize..at as usize + length]
        );
    }
    assert_eq!(bytes(&system, home(0), 512), expected);
    const { assert!(GUEST_BYTES > 512) };
}
