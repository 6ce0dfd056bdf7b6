//! The pre-image log: order, high-water mark, what a full or a broken log does.

use crate::unit;

use mch_sim::axi::Response;
use mch_sim::memory::Fault;
use mch_spec::registers::{field, offset, ErrorCode, Operation, Status};
use mch_spec::Strategy::S6;

use unit::{
    begin, bytes, completion, done, home, with_checkpoints, with_small_ring, write_beat, BLOCK,
};

#[test]
fn the_log_is_written_before_the_data_and_once_per_block() {
    let mut system = with_checkpoints(9, &[S6]);
    let old = bytes(&system, home(0), 0x100);
    for _ in 0..3 {
        system.store(0, home(0) + 0x10, &[1; 0x60]).unwrap();
    }
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 2);
    assert_eq!(system.guest(0, offset::G_ENTRIES).unwrap(), 2);
    let ring = unit::machine().ring_base(0);
    assert_eq!(bytes(&system, ring, 128), old[..128]);
    let interval = system.guest(0, offset::G_EPOCH).unwrap() >> 16;
    let header = |slot: u64| {
        let bytes = bytes(&system, ring + 0x7000 + 8 * slot, 8);
        u64::from_le_bytes(bytes.try_into().unwrap())
    };
    for slot in 0..2u64 {
        assert_eq!(header(slot), slot | u64::from(interval) << 48);
    }
}

#[test]
fn a_full_log_holds_the_guest_and_a_rollback_frees_it() {
    let (mut system, base, _) = with_small_ring(S6);
    let image = bytes(&system, base, 0x8000);
    for block in 0..28 {
        system.store(0, base + 1024 * block, &[1; 8]).unwrap();
    }
    let held = write_beat(&mut system, 0, base + 1024 * 28, 2);
    system.simulation.run(600).unwrap();
    assert!(!unit::answered(&system, 0, held));
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::RING_HELD.get(status), 1);
    assert_eq!(
        field::IRQ_STATUS::RING_FULL.get(system.read(offset::IRQ_STATUS).unwrap()),
        1
    );
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(done(&mut system, 0, held).response(), Response::SlvErr);
    assert_eq!(bytes(&system, base, 0x8000), image);
}

#[test]
fn a_checkpoint_frees_a_guest_that_a_full_log_holds() {
    let (mut system, base, _) = with_small_ring(S6);
    for block in 0..28 {
        system.store(0, base + 1024 * block, &[1; 8]).unwrap();
    }
    let held = write_beat(&mut system, 0, base + 1024 * 28, 2);
    system.simulation.run(300).unwrap();
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    assert_eq!(done(&mut system, 0, held).response(), Response::Okay);
    assert_eq!(
        system.guest(0, offset::G_RING_USED).unwrap(),
        1,
        "it came after the commit"
    );
}

#[test]
fn a_full_log_may_give_the_checkpoint_up_instead_and_says_so() {
    let (mut system, base, _) = with_small_ring(S6);
    system.set_guest(0, offset::G_ON_FULL, 1).unwrap();
    for block in 0..32 {
        system.store(0, base + 1024 * block, &[1; 8]).unwrap();
    }
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 1);
    assert_eq!(
        field::IRQ_STATUS::LOST.get(system.read(offset::IRQ_STATUS).unwrap()),
        1
    );
    let address = mch_spec::registers::guest_address(0, offset::G_COMMAND);
    assert_eq!(
        system
            .try_write(address, Operation::Rollback.code())
            .unwrap(),
        Response::SlvErr
    );
    assert_eq!(
        field::ERROR::CODE.get(system.read(offset::ERROR).unwrap()),
        ErrorCode::Lost.code()
    );
    // The next checkpoint makes it whole.
    system
        .command(0, Operation::Checkpoint, unit::LIMIT)
        .unwrap();
    let image = bytes(&system, base, 0x8000);
    system.store(0, base, &[9; 5000]).unwrap();
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, base, 0x8000), image);
}

#[test]
fn the_high_water_mark_starts_a_checkpoint() {
    let mut system = with_checkpoints(5, &[S6]);
    system.set_guest(0, offset::G_RING_HIGH, 10).unwrap();
    system.store(0, home(0), &[1; 9 * BLOCK as usize]).unwrap();
    assert_eq!(system.guest(0, offset::G_CHECKPOINTS).unwrap(), 1);
    system.store(0, home(0) + 9 * BLOCK, &[1; 8]).unwrap();
    assert_eq!(completion(&mut system, 0), (Status::Ok.code(), 0));
    assert_eq!(system.guest(0, offset::G_CHECKPOINTS).unwrap(), 2);
    assert_eq!(system.guest(0, offset::G_RING_USED).unwrap(), 0);
    assert_eq!(
        field::IRQ_STATUS::HIGH_WATER.get(system.read(offset::IRQ_STATUS).unwrap()),
        1
    );
}

#[test]
fn a_block_that_cannot_be_read_is_not_written() {
    let mut system = with_checkpoints(5, &[S6]);
    let image = bytes(&system, home(0), 0x200);
    let memory = system.memory;
    let bad = home(0) + 2 * BLOCK..home(0) + 3 * BLOCK;
    system.simulation[memory]
        .faults()
        .add(Fault::on(bad).reads());
    let refused = write_beat(&mut system, 0, home(0) + 2 * BLOCK, 1);
    assert_eq!(done(&mut system, 0, refused).response(), Response::SlvErr);
    system.simulation[memory].faults().clear();
    assert_eq!(bytes(&system, home(0), 0x200), image);
    // Its slot is void: the guest still has its way back.
    system.store(0, home(0), &[3; 0x200]).unwrap();
    system.command(0, Operation::Rollback, unit::LIMIT).unwrap();
    assert_eq!(bytes(&system, home(0), 0x200), image);
}

#[test]
fn a_log_that_cannot_be_written_loses_the_checkpoint_not_the_memory() {
    let mut system = with_checkpoints(5, &[S6]);
    let image = bytes(&system, home(0), 0x200);
    let memory = system.memory;
    let ring = unit::machine().ring_base(0);
    system.simulation[memory]
        .faults()
        .add(Fault::on(ring..ring + BLOCK).writes());
    let refused = write_beat(&mut system, 0, home(0), 1);
    assert_eq!(done(&mut system, 0, refused).response(), Response::SlvErr);
    assert_eq!(bytes(&system, home(0), 0x200), image);
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 1);
    system.store(0, home(0), &[3; 0x200]).unwrap();
}

#[test]
fn a_foreign_header_is_found_and_nothing_is_restored_from_it() {
    let mut system = with_checkpoints(5, &[S6]);
    system.store(0, home(0), &[3; 2 * BLOCK as usize]).unwrap();
    let ring = unit::machine().ring_base(0);
    let memory = system.memory;
    // The guest's number of the second header.
    system.simulation[memory]
        .memory_mut()
        .write(ring + 0x7000 + 8 + 5, &[0x0f]);
    begin(&mut system, 0, Operation::Rollback);
    assert_eq!(
        completion(&mut system, 0),
        (Status::Failed.code(), ErrorCode::LogCorrupt.code())
    );
    assert_eq!(
        bytes(&system, home(0) + BLOCK, BLOCK as usize),
        [3; BLOCK as usize]
    );
    begin(&mut system, 0, Operation::Drop);
    assert_eq!(completion(&mut system, 0).0, Status::Dropped.code());
}
