//! Rendezvous, time-out, and the cut that several guests have in common.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy::{S3, S6};
use mch_verification::system::System;
use unit::{begin, bytes, completion, done, home, setup, with_checkpoints, write_beat};

fn irq(system: &mut System) -> u64 {
    let pin = system.simulation.pin("irq").unwrap();
    system.simulation.get(pin)
}

/// Guests 0 and 1 with a checkpoint; guest 1 then waits for two processors.
fn with_processors() -> System {
    let mut system = with_checkpoints(5, &[S6, S3]);
    system.command(1, Operation::Detach, unit::LIMIT).unwrap();
    system.attach(1, setup(1, S3, 2)).unwrap();
    begin(&mut system, 1, Operation::Checkpoint);
    unit::arrive(&mut system, 1, 2);
    assert_eq!(completion(&mut system, 1), (Status::Ok.code(), 0));
    system
}

#[test]
fn a_checkpoint_waits_for_every_processor_and_no_stale_number_counts() {
    let mut system = with_processors();
    assert_eq!(irq(&mut system), 0);
    begin(&mut system, 1, Operation::Checkpoint);
    system.simulation.run(100).unwrap();
    assert_eq!(
        irq(&mut system) & 0b1111,
        0b10,
        "the guest is asked, no other"
    );
    let number = system.guest(1, offset::G_RENDEZVOUS).unwrap() & 0xff_ffff;
    let arrive = guest_address(1, offset::G_ARRIVE);
    for stale in [number - 1, 0, number + 1] {
        system.write(arrive, stale).unwrap();
        system.write(arrive, 1 << 24 | stale).unwrap();
    }
    assert_eq!(system.guest(1, offset::G_ARRIVE).unwrap(), 0);
    system.write(arrive, 1 << 24 | number).unwrap();
    system.simulation.run(500).unwrap();
    assert_eq!(system.guest(1, offset::G_ARRIVE).unwrap(), 0b10);
    assert_eq!(system.guest(1, offset::G_CHECKPOINTS).unwrap(), 2);
    // Until all are there the guest writes on.
    system.store(0, home(1), &[5; 64]).unwrap();
    system.write(arrive, number).unwrap();
    assert_eq!(completion(&mut system, 1), (Status::Ok.code(), 0));
    assert_eq!(
        system.guest(1, offset::G_RELEASE).unwrap(),
        Status::Ok.code() << 24 | number
    );
    assert_eq!(irq(&mut system) & 0b10, 0);
    assert_eq!(system.guest(1, offset::G_CHECKPOINTS).unwrap(), 3);
}

#[test]
fn a_processor_that_never_comes_costs_the_checkpoint_and_not_the_one_before() {
    let mut system = with_processors();
    let image = bytes(&system, home(1), 0x2000);
    system.store(0, home(1) + 0x40, &[7; 200]).unwrap();
    system.set_guest(1, offset::G_TIMEOUT, 400).unwrap();
    begin(&mut system, 1, Operation::Checkpoint);
    let start = system.simulation.cycle();
    assert_eq!(
        completion(&mut system, 1),
        (Status::Aborted.code(), ErrorCode::TimedOut.code())
    );
    let cycles = system.simulation.cycle() - start;
    assert!(
        (400..520).contains(&cycles),
        "timed out after {cycles} cycles"
    );
    assert_eq!(
        system.guest(1, offset::G_RELEASE).unwrap() >> 24,
        Status::Aborted.code()
    );
    assert_eq!(irq(&mut system) & 0b10, 0);
    system.command(1, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, home(1), 0x2000), image);
}

#[test]
fn a_rollback_cancels_a_checkpoint_that_still_waits() {
    let mut system = with_processors();
    let image = bytes(&system, home(1), 0x2000);
    system.store(0, home(1) + 0x40, &[7; 200]).unwrap();
    begin(&mut system, 1, Operation::Checkpoint);
    system.simulation.run(100).unwrap();
    begin(&mut system, 1, Operation::Rollback);
    assert_eq!(completion(&mut system, 1), (Status::Ok.code(), 0));
    let completed = system.guest(1, offset::G_COMPLETION).unwrap();
    assert_eq!(
        field::G_COMPLETION::OPERATION.get(completed),
        Operation::Rollback.code()
    );
    assert_eq!(bytes(&system, home(1), 0x2000), image);
    assert_eq!(system.guest(1, offset::G_CHECKPOINTS).unwrap(), 2);
}

/// One master writes a growing number to guest 0 and guest 1 in turn. A common checkpoint of both must hold the first so many of them.
#[test]
fn a_group_has_one_cut() {
    let mut system = with_checkpoints(12, &[S6, S3]);
    for round in 0..8u64 {
        let tickets: Vec<_> = (1..=60u8)
            .map(|number| {
                write_beat(
                    &mut system,
                    0,
                    home(u32::from(number) % 2) + 8 * u64::from(number),
                    number,
                )
            })
            .collect();
        system.simulation.run(20 + round * 23).unwrap();
        let command = 0b11 << 16 | Operation::Checkpoint.code();
        system.write(offset::COMMAND, command).unwrap();
        for guest in 0..2 {
            assert_eq!(completion(&mut system, guest), (Status::Ok.code(), 0));
        }
        for ticket in tickets {
            assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
        }
        let back = 0b11 << 16 | Operation::Rollback.code();
        system.write(offset::COMMAND, back).unwrap();
        for guest in 0..2 {
            assert_eq!(completion(&mut system, guest), (Status::Ok.code(), 0));
        }
        let written: Vec<bool> = (1..=60u8)
            .map(|number| {
                let address = home(u32::from(number) % 2) + 8 * u64::from(number);
                bytes(&system, address, 8) == [number; 8]
            })
            .collect();
        let cut = written.iter().position(|written| !written).unwrap_or(60);
        assert!(
            !written[cut..].contains(&true),
            "round {round}: no cut: {written:?}"
        );
        // The next round starts from zeros again.
        for guest in 0..2 {
            system.store(0, home(guest), &[0; 512]).unwrap();
            system
                .command(guest, Operation::Checkpoint, unit::LIMIT)
                .unwrap();
        }
    }
}

#[test]
fn a_group_of_which_one_times_out_commits_nobody() {
    let mut system = with_processors();
    let before = system.guest(0, offset::G_CHECKPOINTS).unwrap();
    system.set_guest(1, offset::G_TIMEOUT, 300).unwrap();
    system
        .write(offset::COMMAND, 0b11 << 16 | Operation::Checkpoint.code())
        .unwrap();
    assert_eq!(
        completion(&mut system, 1),
        (Status::Aborted.code(), ErrorCode::TimedOut.code())
    );
    assert_eq!(
        completion(&mut system, 0),
        (Status::Aborted.code(), ErrorCode::Cancelled.code())
    );
    assert_eq!(system.guest(0, offset::G_CHECKPOINTS).unwrap(), before);
    // Nobody stays held.
    system.store(0, home(0), &[1; 64]).unwrap();
    system.store(1, home(1), &[1; 64]).unwrap();
}

#[test]
fn a_command_for_a_group_is_refused_as_a_whole() {
    let mut system = with_checkpoints(5, &[S6, S3]);
    let all = 0b111 << 16 | Operation::Checkpoint.code();
    assert_eq!(
        system.try_write(offset::COMMAND, all).unwrap(),
        Response::SlvErr
    );
    assert_eq!(
        field::ERROR::CODE.get(system.read(offset::ERROR).unwrap()),
        ErrorCode::NotAttached.code()
    );
    system.simulation.run(300).unwrap();
    for guest in 0..2 {
        assert_eq!(system.guest(guest, offset::G_CHECKPOINTS).unwrap(), 1);
    }
}

#[test]
fn a_timer_makes_checkpoints_by_itself() {
    let mut system = with_checkpoints(5, &[S6]);
    system.set_guest(0, offset::G_PERIOD, 1000).unwrap();
    let start = system.guest(0, offset::G_CHECKPOINTS).unwrap();
    system.simulation.run(5_500).unwrap();
    let made = system.guest(0, offset::G_CHECKPOINTS).unwrap() - start;
    assert!(
        (5..=6).contains(&made),
        "{made} checkpoints in 5,500 cycles at a period of 1,000"
    );
    system.set_guest(0, offset::G_PERIOD, 0).unwrap();
}

#[test]
fn a_waiting_guest_delays_no_other() {
    let mut system = with_processors();
    begin(&mut system, 1, Operation::Checkpoint);
    system.store(0, home(0), &[3; 100]).unwrap();
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    system.store(0, home(0), &[4; 100]).unwrap();
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, home(0), 100), [3; 100]);
    let ticket = unit::read(&mut system, 1, Burst::incr(home(1), 8, 3));
    assert_eq!(done(&mut system, 1, ticket).response(), Response::Okay);
    unit::arrive(&mut system, 1, 2);
    assert_eq!(completion(&mut system, 1), (Status::Ok.code(), 0));
}
