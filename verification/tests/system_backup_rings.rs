//! Strategy S2 and rings that fill: 28 slots of 1 KiB, a bus of 128 bits.

use crate::pair_rig::{Rig, OK};
use crate::unit;

use mch_sim::axi::Response;
use mch_spec::registers::{field, offset, ErrorCode, Interrupt, Operation, Status};
use mch_spec::Strategy;

/// Slots of a ring.
const SLOTS: u32 = 28;
/// Bytes of a block.
const BLOCK: u64 = 1024;

/// A retry that is short beside the time-outs of the tests.
fn rig() -> Rig {
    Rig::joined("pair-large", 4, 900)
}

/// Writes a beat to this many blocks, round the region.
fn fill(rig: &mut Rig, entries: u32) {
    for entry in 0..entries {
        let at = rig.home(0) + u64::from(entry) * BLOCK % 0x8000 + 16;
        let data = vec![entry as u8 ^ 0x5a; 16];
        assert_eq!(rig.write(0, at, data), Response::Okay, "entry {entry}");
    }
}

fn interrupt(rig: &mut Rig, interrupt: Interrupt) -> bool {
    let status = rig.pair.units[0].read(offset::IRQ_STATUS).unwrap();
    status >> interrupt.code() & 1 == 1
}

#[test]
fn a_full_ring_holds_the_guest_until_the_backup_has_taken_entries() {
    let mut rig = Rig::new("pair-large", 4, 900);
    let setup = rig.setup(0, Strategy::S2);
    rig.pair.units[0].attach(0, setup).unwrap();
    // The backup's ring is twice as large: an interval fits that does not fit here.
    let mut large = setup;
    large.ring_size += 1;
    large.ring_base = setup.ring_base.next_multiple_of(1 << large.ring_size);
    rig.pair.units[1].configure(0, large).unwrap();
    rig.pair.units[1]
        .command(0, Operation::Standby, unit::LIMIT)
        .unwrap();
    rig.assert_checkpoint(0, 0);
    rig.pair.wire.cut();
    fill(&mut rig, SLOTS);
    assert_eq!(rig.guest(0, 0, offset::G_RING_USED), SLOTS);
    let at = rig.home(0);
    let waits = rig.send(0, at, vec![0x77; 16]);
    assert!(!rig.is_answered(0, waits, 3_000));
    assert_eq!(field::G_STATUS::RING_HELD.get(rig.status(0, 0)), 1);
    assert!(interrupt(&mut rig, Interrupt::RingFull));
    rig.pair.wire.join();
    assert!(rig.is_answered(0, waits, 20_000));
    rig.assert_checkpoint(0, 0);
    assert_eq!(rig.guest(1, 0, offset::G_TRANSFERRED), 32 + SLOTS + 1);
}

#[test]
fn a_full_ring_gives_the_checkpoint_up_where_that_is_wanted() {
    let mut rig = rig();
    rig.pair.units[0]
        .set_guest(0, offset::G_ON_FULL, 1)
        .unwrap();
    rig.assert_checkpoint(0, 0);
    let kept = rig.image(1, 0);
    rig.pair.wire.cut();
    fill(&mut rig, SLOTS);
    assert_eq!(field::G_STATUS::LOST.get(rig.status(0, 0)), 0);
    fill(&mut rig, 3);
    assert_eq!(field::G_STATUS::LOST.get(rig.status(0, 0)), 1);
    assert!(interrupt(&mut rig, Interrupt::Lost));
    rig.pair.wire.join();
    rig.pair.run(4_000).unwrap();
    assert!(rig.image(1, 0) == kept, "part of an interval was applied");
    rig.assert_checkpoint(0, 0);
    assert_eq!(field::G_STATUS::LOST.get(rig.status(0, 0)), 0);
}

/// An interval of more entries than the backup has slots cannot be committed. A new session is the way out.
#[test]
fn an_interval_that_the_backup_has_no_room_for_times_out() {
    let mut rig = rig();
    rig.assert_checkpoint(0, 0);
    let kept = rig.image(1, 0);
    fill(&mut rig, SLOTS + 3);
    rig.pair.run(3_000).unwrap();
    assert_eq!(rig.guest(1, 0, offset::G_RING_USED), SLOTS);
    assert_eq!(rig.guest(0, 0, offset::G_RING_USED), 3);
    rig.pair.units[0]
        .set_guest(0, offset::G_TIMEOUT, 6_000)
        .unwrap();
    let late = (Status::Aborted.code(), ErrorCode::TimedOut.code());
    assert_eq!(rig.checkpoint(0, 0), late);
    assert!(rig.image(1, 0) == kept);
    assert_eq!(rig.command(0, 0, Operation::Detach), OK);
    let setup = rig.setup(0, Strategy::S2);
    rig.pair.units[0].attach(0, setup).unwrap();
    rig.assert_checkpoint(0, 0);
}

#[test]
fn the_high_water_mark_commits_before_the_backup_is_full() {
    let mut rig = rig();
    rig.assert_checkpoint(0, 0);
    rig.pair.units[0]
        .set_guest(0, offset::G_RING_HIGH, 10)
        .unwrap();
    fill(&mut rig, 9);
    rig.pair.run(2_000).unwrap();
    assert_eq!(rig.guest(0, 0, offset::G_CHECKPOINTS), 1);
    for _ in 0..4 {
        fill(&mut rig, 32);
    }
    rig.pair.run(6_000).unwrap();
    assert!(interrupt(&mut rig, Interrupt::HighWater));
    assert!(!interrupt(&mut rig, Interrupt::RingFull));
    let commits = rig.guest(0, 0, offset::G_CHECKPOINTS);
    assert!((8..=14).contains(&commits), "{commits} commits");
    assert_eq!(rig.guest(1, 0, offset::G_MARK) & 0xffff, commits);
    rig.assert_checkpoint(0, 0);
    let entries = 32 + 9 + 4 * 32;
    assert_eq!(rig.guest(0, 0, offset::G_ENTRIES), entries);
    assert_eq!(rig.guest(1, 0, offset::G_TRANSFERRED), entries);
    // A session, the entries, the marks; none twice.
    assert_eq!(rig.frames(0), [1 + entries + commits + 1, 0, 0]);
}
