//! A master that dies in the middle of a burst leaves no trace, and nobody else notices.

use crate::unit;

use mch_sim::axi::{Burst, Channel, Death, Response};
use mch_sim::bench::Pacing;
use mch_spec::registers::{offset, Operation};
use mch_spec::Strategy::{self, S3, S6};
use mch_verification::system::System;
use unit::{answered, bytes, done, home, with_checkpoints, write};

/// The master of port 0 writes two bursts, then dies at this beat of a third.
fn die(system: &mut System, beat: u16) {
    let handle = system.ports[0];
    for index in 0..2 {
        write(system, 0, Burst::incr(home(0) + 0x200 * index, 16, 3), 0x40);
    }
    let last = write(system, 0, Burst::incr(home(0) + 0x800, 32, 3), 0x80);
    system.simulation[handle].die_at_beat(last, beat, Death::Frozen);
    system
        .simulation
        .run_until("the master dies", unit::LIMIT, |simulation| {
            simulation[handle].is_dead()
        })
        .unwrap();
}

fn flush(system: &mut System) {
    system.write(offset::PORT_FLUSH, 1).unwrap();
    while system.read(offset::PORT_FLUSH).unwrap() != 0 {}
}

/// Its port is flushed, the master reset alone, its port flushed again of what it had on its wires.
fn revive(system: &mut System) {
    let (handle, monitor) = (system.ports[0], system.monitors[0]);
    system.simulation[monitor].look_away(true);
    flush(system);
    system.simulation[handle].revive();
    flush(system);
    system.simulation[monitor].look_away(false);
    system.simulation[handle].take_completed();
}

fn leaves_no_trace(strategy: Strategy, beat: u16) {
    let mut system = with_checkpoints(20, &[strategy, S3]);
    let checkpoint = bytes(&system, home(0), 0x2000);
    die(&mut system, beat);
    // The other port does not notice.
    system.store(1, home(1), &[9; 500]).unwrap();
    system.simulation.run(500).unwrap();
    assert_eq!(
        bytes(&system, home(0) + 0x800, 256),
        checkpoint[0x800..0x900],
        "a trace in memory"
    );
    revive(&mut system);
    assert_eq!(
        system.guest(0, offset::G_DIRTY).unwrap(),
        4,
        "a trace in the bits"
    );
    assert_eq!(
        bytes(&system, home(0) + 0x800, 256),
        checkpoint[0x800..0x900],
        "a trace in memory"
    );
    // What it had written before counts.
    assert_eq!(bytes(&system, home(0), 2), [0x40, 0x41]);
    // Its guest goes back, and the master writes again.
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, home(0), 0x2000), checkpoint);
    system.store(0, home(0) + 0x100, &[3; 300]).unwrap();
    assert_eq!(system.load(0, home(0) + 0x100, 300).unwrap(), [3; 300]);
    assert_eq!(bytes(&system, home(1), 500), [9; 500]);
}

#[test]
fn a_master_that_dies_at_its_first_beat_leaves_no_trace() {
    leaves_no_trace(S6, 0);
}

#[test]
fn a_master_that_dies_just_before_its_last_beat_leaves_no_trace() {
    leaves_no_trace(S6, 30);
    leaves_no_trace(S3, 30);
}

#[test]
fn data_whose_address_never_came_leaves_no_trace() {
    let mut system = with_checkpoints(20, &[S6]);
    let before = bytes(&system, home(0), 0x1000);
    let handle = system.ports[0];
    system.simulation[handle].set_pacing(Channel::Aw, Pacing::Never);
    let whole = write(&mut system, 0, Burst::incr(home(0), 8, 3), 0x40);
    let broken = write(&mut system, 0, Burst::incr(home(0) + 0x800, 8, 3), 0x80);
    system.simulation[handle].die_at_beat(broken, 2, Death::Frozen);
    system
        .simulation
        .run_until("the master dies", unit::LIMIT, |simulation| {
            simulation[handle].is_dead()
        })
        .unwrap();
    assert!(!system.simulation[handle].is_addressed(whole));
    revive(&mut system);
    assert_eq!(system.guest(0, offset::G_WRITES).unwrap(), 0);
    assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 0);
    assert_eq!(bytes(&system, home(0), 0x1000), before);
    // The next address gets its own data.
    system.simulation[handle].set_pacing(Channel::Aw, Pacing::Always);
    system.store(0, home(0) + 0x400, &[3; 64]).unwrap();
    assert_eq!(system.load(0, home(0) + 0x400, 64).unwrap(), [3; 64]);
    assert_eq!(bytes(&system, home(0), 0x400), before[..0x400]);
    assert_eq!(system.guest(0, offset::G_WRITES).unwrap(), 1);
}

#[test]
fn a_dead_master_stops_no_checkpoint_of_its_guest() {
    let mut system = with_checkpoints(20, &[S6]);
    die(&mut system, 7);
    // Nothing of the broken burst was accepted, so nothing of it is waited for.
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    revive(&mut system);
    assert_eq!(system.guest(0, offset::G_CHECKPOINTS).unwrap(), 2);
}

#[test]
fn a_flush_of_one_port_leaves_the_other_alone() {
    let mut system = with_checkpoints(20, &[S3, S6]);
    let tickets: Vec<_> = (0..10)
        .map(|index| {
            write(
                &mut system,
                1,
                Burst::incr(home(1) + 0x100 * index, 32, 3),
                index as u8,
            )
        })
        .collect();
    system.simulation.run(30).unwrap();
    flush(&mut system);
    for ticket in &tickets {
        assert_eq!(done(&mut system, 1, *ticket).response(), Response::Okay);
        assert!(!answered(&system, 1, *ticket));
    }
}
