//! Dirty bits: cleared only after the copy is acknowledged, never lost to a write that races the scan.

use crate::unit;

use mch_sim::axi::Response;
use mch_sim::memory::Fault;
use mch_spec::registers::{offset, ErrorCode, Operation, Status};
use mch_spec::Strategy::S3;
use mch_verification::system::System;
use unit::{
    bytes, completion, dirty_words, done, home, shadow, with_checkpoints, write_beat, BLOCK,
    GUEST_BYTES,
};

/// Every block of guest 0 that differs from its copy must be marked.
fn differing_blocks_are_marked(system: &mut System) {
    let words = dirty_words(system, 0);
    for block in 0..GUEST_BYTES / BLOCK {
        let at = home(0) + block * BLOCK;
        let differs =
            bytes(system, at, BLOCK as usize) != bytes(system, shadow(at), BLOCK as usize);
        let marked = words[block as usize / 32] >> (block % 32) & 1 == 1;
        assert!(
            marked || !differs,
            "block {block} differs from its copy and is not marked"
        );
    }
}

#[test]
fn a_write_that_races_the_scan_survives() {
    let mut system = with_checkpoints(8, &[S3, S3]);
    for round in 0..12u8 {
        for block in 0..24 {
            write_beat(&mut system, 0, home(0) + block * BLOCK, round ^ block as u8);
        }
        // The checkpoint begins at another moment of the stream each time; what comes after its cut must be marked.
        system.simulation.run(u64::from(round) * 17).unwrap();
        unit::begin(&mut system, 0, Operation::Checkpoint);
        let late: Vec<_> = (0..24)
            .map(|block| write_beat(&mut system, 0, home(0) + block * 2 * BLOCK, 0x80 | round))
            .collect();
        assert_eq!(completion(&mut system, 0), (Status::Ok.code(), 0));
        for ticket in late {
            assert_eq!(done(&mut system, 0, ticket).response(), Response::Okay);
        }
        differing_blocks_are_marked(&mut system);
    }
}

#[test]
fn bits_stay_set_until_the_copy_is_acknowledged() {
    let mut system = with_checkpoints(8, &[S3]);
    system.store(0, home(0), &[1; 640]).unwrap();
    let memory = system.memory;
    let bad = shadow(home(0)) + 3 * BLOCK;
    system.simulation[memory]
        .faults()
        .add(Fault::on(bad..bad + BLOCK).writes());
    unit::begin(&mut system, 0, Operation::Checkpoint);
    assert_eq!(
        completion(&mut system, 0),
        (Status::Failed.code(), ErrorCode::Copy.code())
    );
    assert_eq!(system.guest(0, offset::G_ERROR_BLOCK).unwrap(), 3);
    assert_eq!(
        dirty_words(&mut system, 0)[0] & 8,
        8,
        "the block that was not copied lost its bit"
    );
    system.simulation[memory].faults().clear();
    system.command(0, Operation::Retry, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, shadow(home(0)), 640), [1; 640]);
    assert_eq!(dirty_words(&mut system, 0), [0; 4]);
}

#[test]
fn a_checkpoint_that_is_given_up_loses_no_bit() {
    let mut system = with_checkpoints(8, &[S3]);
    system.store(0, home(0), &[1; 640]).unwrap();
    let memory = system.memory;
    let bad = home(0) + 9 * BLOCK;
    system.simulation[memory]
        .faults()
        .add(Fault::on(bad..bad + BLOCK).reads());
    unit::begin(&mut system, 0, Operation::Checkpoint);
    assert_eq!(
        completion(&mut system, 0),
        (Status::Failed.code(), ErrorCode::Copy.code())
    );
    unit::begin(&mut system, 0, Operation::Drop);
    assert_eq!(completion(&mut system, 0).0, Status::Dropped.code());
    system.simulation[memory].faults().clear();
    differing_blocks_are_marked(&mut system);
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let length = GUEST_BYTES as usize;
    assert_eq!(
        bytes(&system, shadow(home(0)), length),
        bytes(&system, home(0), length)
    );
}
