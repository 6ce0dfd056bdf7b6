//! What a checkpoint holds, what a rollback takes back, and whom it leaves alone.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_spec::registers::{field, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy::{self, S3, S6};
use unit::{begin, bytes, completion, done, home, read, with_checkpoints, write_beat, GUEST_BYTES};

fn a_checkpoint_is_a_prefix(strategy: Strategy) {
    let mut system = with_checkpoints(12, &[strategy]);
    system.store(0, home(0), &[0; 0x800]).unwrap();
    for round in 0..8u64 {
        system
            .command(0, Operation::Checkpoint, unit::LIMIT)
            .unwrap();
        let address = |number: u8| home(0) + 24 * u64::from(number);
        let tickets: Vec<_> = (1..=60u8)
            .map(|number| write_beat(&mut system, 0, address(number), number))
            .collect();
        system.simulation.run(10 + round * 19).unwrap();
        let before = tickets
            .iter()
            .filter(|ticket| unit::answered(&system, 0, **ticket))
            .count();
        begin(&mut system, 0, Operation::Checkpoint);
        assert_eq!(completion(&mut system, 0), (Status::Ok.code(), 0));
        for ticket in tickets {
            assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
        }
        system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
        let written: Vec<bool> = (1..=60u8)
            .map(|number| bytes(&system, address(number), 8) == [number; 8])
            .collect();
        let cut = written.iter().position(|written| !written).unwrap_or(60);
        assert!(
            !written[cut..].contains(&true),
            "round {round}: no cut: {written:?}"
        );
        assert!(
            cut >= before,
            "round {round}: {before} writes were acknowledged, the checkpoint holds {cut}"
        );
        system.store(0, home(0), &[0; 0x800]).unwrap();
    }
}

#[test]
fn a_checkpoint_of_s3_holds_what_was_acknowledged_and_a_prefix_of_the_rest() {
    a_checkpoint_is_a_prefix(S3);
}

#[test]
fn a_checkpoint_of_s6_holds_what_was_acknowledged_and_a_prefix_of_the_rest() {
    a_checkpoint_is_a_prefix(S6);
}

#[test]
fn during_a_rollback_writes_are_refused_and_reads_wait() {
    for strategy in [S3, S6] {
        let mut system = with_checkpoints(30, &[strategy, S3]);
        let image = bytes(&system, home(0), GUEST_BYTES as usize);
        system.store(0, home(0), &[9; 0x1000]).unwrap();
        begin(&mut system, 0, Operation::Rollback);
        // By now it holds; the copies of 64 blocks take longer.
        system.simulation.run(60).unwrap();
        let status = system.guest(0, offset::G_STATUS).unwrap();
        assert_eq!(field::G_STATUS::REJECT_WRITES.get(status), 1, "{status:#x}");
        let refused = write_beat(&mut system, 0, home(0), 0xee);
        let waits = read(&mut system, 0, Burst::incr(home(0), 8, 3));
        assert_eq!(done(&mut system, 0, refused).response(), Response::SlvErr);
        assert!(
            !unit::answered(&system, 0, waits),
            "a read went on during the rollback"
        );
        // The other guest's port goes on.
        system.store(1, home(1), &[2; 100]).unwrap();
        assert_eq!(system.load(1, home(1), 100).unwrap(), [2; 100]);
        assert_eq!(completion(&mut system, 0), (Status::Ok.code(), 0));
        assert_eq!(done(&mut system, 0, waits).payload, image[..64]);
        assert_eq!(bytes(&system, home(0), GUEST_BYTES as usize), image);
    }
}

#[test]
fn a_rollback_changes_no_byte_and_no_bit_of_another_guest() {
    for strategy in [S3, S6] {
        let mut system = with_checkpoints(10, &[strategy, S3, S6]);
        for guest in 0..3 {
            system
                .store(0, home(guest) + 0x100, &[guest as u8 + 1; 700])
                .unwrap();
        }
        let others = |system: &mut mch_verification::system::System| {
            (1..3)
                .map(|guest| {
                    let words = unit::dirty_words(system, guest);
                    let counters = [
                        offset::G_DIRTY,
                        offset::G_RING_USED,
                        offset::G_EPOCH,
                        offset::G_COPIES,
                    ];
                    let counters = counters.map(|register| system.guest(guest, register).unwrap());
                    (
                        bytes(system, home(guest), GUEST_BYTES as usize),
                        words,
                        counters,
                    )
                })
                .collect::<Vec<_>>()
        };
        let before = others(&mut system);
        system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
        assert_eq!(others(&mut system), before);
    }
}

#[test]
fn without_a_checkpoint_there_is_no_way_back() {
    let mut system = unit::enabled(5);
    system.attach(0, unit::setup(0, S6, 0)).unwrap();
    let address = mch_spec::registers::guest_address(0, offset::G_COMMAND);
    let response = system
        .try_write(address, Operation::Rollback.code())
        .unwrap();
    assert_eq!(response, Response::SlvErr);
    let error = system.read(offset::ERROR).unwrap();
    assert_eq!(
        field::ERROR::CODE.get(error),
        ErrorCode::NoCheckpoint.code()
    );
}

#[test]
fn many_steps_of_a_small_epoch_lose_no_bit() {
    // Two epoch bits: every fourth step meets tags of its own number unless the scrubber has been there.
    let mut system = with_checkpoints(3, &[S3, S6]);
    for round in 0..30u32 {
        let guest = round % 2;
        let at = home(guest) + u64::from(round % 7) * 0x100;
        system.store(0, at, &[round as u8; 80]).unwrap();
        assert_eq!(
            system.guest(guest, offset::G_DIRTY).unwrap(),
            2,
            "round {round}"
        );
        let marked: u32 = unit::dirty_words(&mut system, guest)
            .iter()
            .map(|word| word.count_ones())
            .sum();
        assert_eq!(marked, 2, "round {round}");
        let operation = if round % 3 == 0 {
            Operation::Rollback
        } else {
            Operation::Checkpoint
        };
        system.command(guest, operation, unit::LIMIT).unwrap();
        assert_eq!(
            unit::dirty_words(&mut system, guest),
            [0; 4],
            "round {round}"
        );
    }
}
