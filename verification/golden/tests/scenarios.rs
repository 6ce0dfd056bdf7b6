//! What the unit does, one situation at a time.

use crate::common;

use common::{beats, config, home, memory, Machine, BASE, GUEST_BYTES, RINGS, SHADOW};
use mch_golden::{Burst, BurstKind, Direction, Fault, Golden, ReadOutcome, WriteOutcome};
use mch_spec::firmware;
use mch_spec::registers::{guest_address, offset, region_address, ErrorCode, Interrupt, Operation};
use mch_spec::Strategy::{S3, S6};

const OK: u32 = 1;
const ABORTED: u32 = 2;
const ROLLED_BACK: u32 = 3;
const FAILED: u32 = 4;
const DROPPED: u32 = 7;
const COPY: u32 = 17;

#[test]
fn the_first_checkpoint_of_s3_copies_all_and_the_next_what_was_written() {
    let mut m = Machine::new(&[S3]);
    assert_eq!(m.get(0, offset::G_DIRTY), 256);
    m.run(0, Operation::Checkpoint, OK, 0);
    assert_eq!(
        (m.get(0, offset::G_COPIES), m.get(0, offset::G_DIRTY)),
        (256, 0)
    );
    assert_eq!(
        m.bytes(SHADOW, GUEST_BYTES as usize),
        m.bytes(BASE, GUEST_BYTES as usize)
    );
    m.write(home(0) + 60, &[1; 8]);
    assert_eq!((m.get(0, offset::G_DIRTY), m.0.plane_x(0)), (2, 0b11));
    assert_ne!(m.bytes(SHADOW, 128), m.bytes(BASE, 128));
    m.run(0, Operation::Checkpoint, OK, 0);
    assert_eq!(
        (m.get(0, offset::G_COPIES), m.get(0, offset::G_CHECKPOINTS)),
        (258, 2)
    );
    assert_eq!(m.bytes(SHADOW, 128), m.bytes(BASE, 128));
}

#[test]
fn a_rollback_brings_back_the_checkpoint_of_one_guest_alone() {
    for strategy in [S3, S6] {
        let mut m = Machine::new(&[strategy, S6, S3]);
        for guest in 0..3 {
            m.run(guest, Operation::Checkpoint, OK, 0);
        }
        let before = m.bytes(home(0), GUEST_BYTES as usize);
        m.write(home(0) + 100, &[7; 200]);
        m.write(home(1) + 100, &[8; 200]);
        let other = m.bytes(home(1), GUEST_BYTES as usize);
        m.run(0, Operation::Rollback, OK, 0);
        assert_eq!(m.bytes(home(0), GUEST_BYTES as usize), before);
        assert_eq!(m.bytes(home(1), GUEST_BYTES as usize), other);
        assert_eq!(
            (
                m.get(0, offset::G_RELEASE) >> 24,
                m.get(0, offset::G_ROLLBACKS)
            ),
            (ROLLED_BACK, 1)
        );
        assert_eq!(
            (m.get(0, offset::G_DIRTY), m.get(1, offset::G_DIRTY)),
            (0, 4)
        );
        m.run(0, Operation::Rollback, OK, 0);
    }
}

#[test]
fn s6_logs_the_old_contents_of_each_block_once_in_order() {
    let mut m = Machine::new(&[S3, S6]);
    m.write(home(1), &[9; 64]);
    assert_eq!(
        m.get(1, offset::G_RING_USED),
        0,
        "nothing is logged before there is a checkpoint"
    );
    m.run(1, Operation::Checkpoint, OK, 0);
    let old = m.bytes(home(1), 192);
    m.write(home(1) + 128, &[1; 64]);
    m.write(home(1) + 8, &[2; 70]);
    m.write(home(1), &[3; 64]);
    let interval = u64::from(m.get(1, offset::G_EPOCH) >> 16);
    let ring = m.0.ring(1);
    let block = (home(1) - BASE) / 64;
    for (slot, block_in_guest) in [2, 0, 1].into_iter().enumerate() {
        assert_eq!(
            ring[slot].header,
            (block + block_in_guest) | 1 << 40 | interval << 48
        );
        assert_eq!(ring[slot].data, old[64 * block_in_guest as usize..][..64]);
    }
    assert_eq!(
        (
            ring.len(),
            m.get(1, offset::G_ENTRIES),
            m.get(1, offset::G_WRITES)
        ),
        (3, 3, 4)
    );
    assert_eq!(m.bytes(RINGS + 0x8000, 64), old[128..]);
    m.run(1, Operation::Checkpoint, OK, 0);
    assert_eq!(
        (m.get(1, offset::G_RING_USED), m.get(1, offset::G_COPIES)),
        (0, 0)
    );
}

#[test]
fn a_checkpoint_waits_for_every_processor_and_ignores_stale_arrivals() {
    let mut m = Machine::detached(&[S6]);
    m.set(0, offset::G_CPUS, 2);
    m.command(0, Operation::Attach).unwrap();
    m.command(0, Operation::Checkpoint).unwrap();
    assert_eq!(
        (m.0.irq(), m.get(0, offset::G_RENDEZVOUS)),
        (1, 1 << 31 | 1)
    );
    m.set(0, offset::G_ARRIVE, 0);
    m.set(0, offset::G_ARRIVE, 1 << 24 | 1);
    m.set(0, offset::G_ARRIVE, 7 << 24 | 1);
    assert_eq!(
        (m.get(0, offset::G_ARRIVE), m.get(0, offset::G_CHECKPOINTS)),
        (0b10, 0)
    );
    m.set(0, offset::G_ARRIVE, 1);
    assert_eq!(
        (
            m.get(0, offset::G_CHECKPOINTS),
            m.get(0, offset::G_RELEASE),
            m.0.irq()
        ),
        (1, OK << 24 | 1, 0)
    );
}

#[test]
fn a_processor_that_never_comes_costs_the_checkpoint_not_the_one_before() {
    let mut m = Machine::detached(&[S3]);
    m.set(0, offset::G_CPUS, 1);
    m.set(0, offset::G_TIMEOUT, 1000);
    m.command(0, Operation::Attach).unwrap();
    m.command(0, Operation::Checkpoint).unwrap();
    m.arrive(0);
    let image = m.0.checkpoint_image(0);
    m.write(home(0), &[1; 64]);
    m.command(0, Operation::Checkpoint).unwrap();
    m.0.time_out(0);
    m.expect(
        0,
        Operation::Checkpoint,
        ABORTED,
        ErrorCode::TimedOut.code(),
    );
    assert_eq!(m.get(0, offset::G_RELEASE), ABORTED << 24 | 2);
    assert_eq!(m.0.checkpoint_image(0), image);
    assert_eq!(m.get(0, offset::G_STATUS), 0b11);
}

#[test]
fn a_rollback_cancels_a_checkpoint_that_waits() {
    let mut m = Machine::detached(&[S6]);
    m.set(0, offset::G_CPUS, 1);
    m.command(0, Operation::Attach).unwrap();
    m.command(0, Operation::Checkpoint).unwrap();
    m.arrive(0);
    let before = m.bytes(home(0), 64);
    m.write(home(0), &[1; 64]);
    m.command(0, Operation::Checkpoint).unwrap();
    assert_eq!(m.command(0, Operation::Checkpoint), Err(ErrorCode::Busy));
    m.command(0, Operation::Rollback).unwrap();
    m.expect(0, Operation::Rollback, OK, 0);
    assert_eq!(m.bytes(home(0), 64), before);
    // ATTACH, two checkpoints, one rollback.
    assert_eq!(
        (
            m.get(0, offset::G_COMPLETION) >> 24,
            m.get(0, offset::G_CHECKPOINTS)
        ),
        (4, 1)
    );
}

#[test]
fn a_group_commits_together_or_not_at_all() {
    let mut m = Machine::detached(&[S6, S3]);
    m.set(0, offset::G_CPUS, 1);
    m.set(1, offset::G_CPUS, 1);
    m.set(1, offset::G_TIMEOUT, 100);
    m.global(offset::COMMAND, 3 << 16 | Operation::Attach.code());
    m.global(offset::COMMAND, 3 << 16 | Operation::Checkpoint.code());
    m.arrive(0);
    // Guest 0 is held at the barrier.
    assert_eq!(m.write(home(0), &[1]), WriteOutcome::Held);
    assert_eq!(m.write(home(1), &[1]), WriteOutcome::Okay);
    m.arrive(1);
    assert_eq!(
        (
            m.get(0, offset::G_CHECKPOINTS),
            m.get(1, offset::G_CHECKPOINTS)
        ),
        (1, 1)
    );
    m.global(offset::COMMAND, 3 << 16 | Operation::Checkpoint.code());
    m.arrive(0);
    m.0.time_out(1);
    m.expect(
        0,
        Operation::Checkpoint,
        ABORTED,
        ErrorCode::Cancelled.code(),
    );
    m.expect(
        1,
        Operation::Checkpoint,
        ABORTED,
        ErrorCode::TimedOut.code(),
    );
    assert_eq!(m.write(home(0), &[1]), WriteOutcome::Okay);
    // A rollback of one breaks the group for the other, too.
    m.global(offset::COMMAND, 3 << 16 | Operation::Checkpoint.code());
    m.arrive(0);
    m.command(1, Operation::Rollback).unwrap();
    m.expect(
        0,
        Operation::Checkpoint,
        ABORTED,
        ErrorCode::Cancelled.code(),
    );
    m.expect(1, Operation::Rollback, OK, 0);
}

fn fault(range: std::ops::Range<u64>, direction: Direction) -> Fault {
    Fault {
        range,
        direction,
        count: None,
    }
}

#[test]
fn an_error_in_a_commit_of_s3_holds_the_guest_until_retry_or_drop() {
    for retry in [true, false] {
        let mut m = Machine::new(&[S3]);
        m.run(0, Operation::Checkpoint, OK, 0);
        m.write(home(0) + 0x40, &[1; 128]);
        m.0.inject(fault(SHADOW + 0x80..SHADOW + 0x81, Direction::Write));
        m.run(0, Operation::Checkpoint, FAILED, COPY);
        assert_eq!(
            (m.get(0, offset::G_ERROR_BLOCK), m.get(0, offset::G_STATUS)),
            (2, 1 | 1 << 3 | 1 << 5 | 1 << 6)
        );
        assert_eq!(
            (m.0.plane_x(0), m.0.register_read(offset::COPY_ERRORS)),
            (0b110, Ok(1))
        );
        assert_eq!(m.write(home(0), &[1]), WriteOutcome::Held);
        assert_eq!(m.command(0, Operation::Rollback), Err(ErrorCode::Stuck));
        m.run(0, Operation::Retry, FAILED, COPY);
        m.0.clear_faults();
        if retry {
            m.run(0, Operation::Retry, OK, 0);
            assert_eq!(
                (m.get(0, offset::G_STATUS), m.get(0, offset::G_RELEASE)),
                (0b11, OK << 24 | 2)
            );
        } else {
            m.run(0, Operation::Drop, DROPPED, 0);
            assert_eq!(
                (m.get(0, offset::G_STATUS), m.get(0, offset::G_RELEASE)),
                (0b01, ABORTED << 24 | 2)
            );
            assert_eq!(
                m.command(0, Operation::Rollback),
                Err(ErrorCode::NoCheckpoint)
            );
            m.run(0, Operation::Checkpoint, OK, 0);
        }
        assert_eq!(
            m.bytes(SHADOW, GUEST_BYTES as usize),
            m.bytes(BASE, GUEST_BYTES as usize)
        );
    }
}

#[test]
fn an_error_in_a_rollback_holds_the_guest_until_retry_or_drop() {
    for (strategy, retry) in [(S3, true), (S3, false), (S6, true), (S6, false)] {
        let mut m = Machine::new(&[strategy]);
        m.run(0, Operation::Checkpoint, OK, 0);
        let before = m.bytes(home(0), GUEST_BYTES as usize);
        m.write(home(0) + 0x40, &[1; 128]);
        m.0.inject(fault(home(0) + 0x80..home(0) + 0x81, Direction::Write));
        m.run(0, Operation::Rollback, FAILED, COPY);
        assert_eq!(m.get(0, offset::G_STATUS), 0b1011 | 1 << 7 | 1 << 8);
        assert_eq!(m.write(home(0), &[1]), WriteOutcome::SlvErr);
        assert_eq!(
            m.0.read(&Burst::incr(&config(), home(0), 8)),
            ReadOutcome::Held
        );
        m.0.clear_faults();
        if retry {
            m.run(0, Operation::Retry, OK, 0);
            assert_eq!(m.bytes(home(0), GUEST_BYTES as usize), before);
            assert_eq!(
                (m.get(0, offset::G_STATUS), m.get(0, offset::G_RING_USED)),
                (0b11, 0)
            );
        } else {
            m.run(0, Operation::Drop, DROPPED, 0);
            assert_eq!(
                (
                    m.get(0, offset::G_STATUS),
                    m.get(0, offset::G_RELEASE) >> 24
                ),
                (0b01, FAILED)
            );
            m.run(0, Operation::Checkpoint, OK, 0);
            let now = m.bytes(home(0), GUEST_BYTES as usize);
            m.write(home(0), &[5; 300]);
            m.run(0, Operation::Rollback, OK, 0);
            assert_eq!(m.bytes(home(0), GUEST_BYTES as usize), now);
        }
    }
}

#[test]
fn a_save_that_cannot_be_read_leaves_a_void_slot() {
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    let before = m.bytes(home(0), 192);
    m.0.inject(Fault {
        range: home(0) + 64..home(0) + 65,
        direction: Direction::Read,
        count: Some(1),
    });
    assert_eq!(m.write(home(0), &[1; 192]), WriteOutcome::SlvErr);
    let mut mixed = vec![1; 192];
    mixed[64..128].copy_from_slice(&before[64..128]);
    assert_eq!(
        m.bytes(home(0), 192),
        mixed,
        "the pieces before and after it were written"
    );
    assert_eq!(
        (
            m.0.ring(0)[1].header >> 36 & 1,
            m.get(0, offset::G_RING_USED),
            m.0.plane_x(0)
        ),
        (1, 3, 0b101)
    );
    assert_eq!(
        (m.get(0, offset::G_ENTRIES), m.get(0, offset::G_ERROR_BLOCK)),
        (2, 1)
    );
    m.write(home(0) + 64, &[4; 64]);
    m.run(0, Operation::Rollback, OK, 0);
    assert_eq!(m.bytes(home(0), 192), before);
}

#[test]
fn a_save_that_cannot_be_written_loses_the_way_back() {
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    m.0.inject(fault(RINGS..RINGS + 1, Direction::Write));
    assert_eq!(m.write(home(0), &[1; 64]), WriteOutcome::SlvErr);
    assert_eq!(m.get(0, offset::G_STATUS), 0b111);
    assert_eq!(
        m.0.register_read(offset::IRQ_STATUS).unwrap() >> Interrupt::Lost.code() & 1,
        1
    );
    assert_eq!(m.command(0, Operation::Rollback), Err(ErrorCode::Lost));
    assert_eq!(
        m.write(home(0), &[1; 64]),
        WriteOutcome::Okay,
        "writes go on, untracked"
    );
    m.0.clear_faults();
    m.run(0, Operation::Checkpoint, OK, 0);
    m.run(0, Operation::Rollback, OK, 0);
    assert_eq!(m.bytes(home(0), 64), [1; 64]);
}

#[test]
fn a_foreign_header_is_found() {
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    m.write(home(0), &[1; 128]);
    let header = RINGS + 0x7000;
    let good = m.bytes(header, 8);
    m.0.memory_mut().write(header + 5, &[good[5] ^ 1]);
    m.run(0, Operation::Rollback, FAILED, ErrorCode::LogCorrupt.code());
    m.0.memory_mut().write(header, &good);
    m.run(0, Operation::Retry, OK, 0);
    assert_eq!(m.0.ring(0).len(), 0);
}

#[test]
fn a_full_ring_holds_or_loses_as_software_chose() {
    let fill = |m: &mut Machine| {
        // 448 slots, of which a guest of 256 blocks cannot use more than 256: void slots fill the rest.
        m.0.inject(fault(home(0)..home(0) + 64, Direction::Read));
        let mut refused = 0;
        while m.get(0, offset::G_RING_USED) < 447 {
            assert_eq!(m.write(home(0), &[1]), WriteOutcome::SlvErr);
            refused += 1;
        }
        m.0.clear_faults();
        assert_eq!(refused, 447);
    };
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    fill(&mut m);
    assert_eq!(
        m.write(home(0) + 60, &[1; 8]),
        WriteOutcome::Held,
        "two blocks, one slot"
    );
    assert_eq!(m.get(0, offset::G_STATUS) >> 9, 1);
    assert_eq!(m.write(home(0) + 64, &[1; 8]), WriteOutcome::Okay);
    m.set(0, offset::G_ON_FULL, 1);
    assert_eq!(m.write(home(0), &[1; 8]), WriteOutcome::Okay);
    assert_eq!(m.get(0, offset::G_STATUS), 0b111);
    m.run(0, Operation::Checkpoint, OK, 0);
    assert_eq!(m.get(0, offset::G_STATUS), 0b011);
    let irq = m.0.register_read(offset::IRQ_STATUS).unwrap();
    assert_eq!(irq & 0b11001, 0b11001);
}

#[test]
fn the_high_water_mark_starts_a_checkpoint() {
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    m.set(0, offset::G_RING_HIGH, 3);
    m.write(home(0), &[1; 128]);
    assert_eq!(
        (
            m.get(0, offset::G_CHECKPOINTS),
            m.get(0, offset::G_RING_USED)
        ),
        (1, 2)
    );
    m.write(home(0) + 128, &[1; 1]);
    assert_eq!(
        (
            m.get(0, offset::G_CHECKPOINTS),
            m.get(0, offset::G_RING_USED)
        ),
        (2, 0)
    );
    m.set(0, offset::G_PERIOD, 50);
    m.0.end_period(0);
    assert_eq!(m.get(0, offset::G_CHECKPOINTS), 3);
}

#[test]
fn no_software_reaches_shadow_or_ring() {
    let mut m = Machine::new(&[S3, S6]);
    for address in [SHADOW, SHADOW + 0xffc0, RINGS, RINGS + 0xff00] {
        let before = m.bytes(address, 64);
        assert_eq!(
            m.write(address, &[1; 64]),
            WriteOutcome::SlvErr,
            "{address:#x}"
        );
        assert_eq!(
            m.0.read(&Burst::incr(&config(), address, 64)),
            ReadOutcome::SlvErr
        );
        assert_eq!(m.bytes(address, 64), before);
    }
    assert_eq!(m.write(0x5_0000, &[1; 64]), WriteOutcome::DecErr);
    // The ring of a guest that is not attached, and memory of no region.
    assert_eq!(m.write(RINGS + 0x1_0000, &[1; 64]), WriteOutcome::DecErr);
    assert_eq!(m.write(home(3), &[1; 64]), WriteOutcome::Okay);
    m.run(1, Operation::Detach, OK, 0);
    assert_eq!(m.write(RINGS + 0x8000, &[1; 64]), WriteOutcome::DecErr);
    assert_eq!(m.write(home(1), &[1; 64]), WriteOutcome::Okay);
    assert_eq!(m.get(1, offset::G_WRITES), 0);
}

#[test]
fn bursts_fall_into_pieces_at_blocks() {
    let mut m = Machine::new(&[S6]);
    m.run(0, Operation::Checkpoint, OK, 0);
    let burst = |address, beats, size, kind| Burst {
        address,
        beats,
        size,
        kind,
    };
    let pieces = |b: Burst| b.pieces(&config());
    assert_eq!(
        pieces(burst(0x38, 10, 3, BurstKind::Incr)),
        [0..1, 1..9, 9..10]
    );
    assert_eq!(
        pieces(burst(0x30, 16, 3, BurstKind::Wrap)),
        [0..2, 2..10, 10..16]
    );
    assert_eq!(pieces(burst(0x3f, 2, 0, BurstKind::Incr)), [0..1, 1..2]);
    assert_eq!(
        burst(0x30, 16, 3, BurstKind::Wrap).blocks_touched(&config()),
        2
    );
    assert_eq!(
        burst(0x33, 3, 2, BurstKind::Incr).beat_addresses(),
        [0x33, 0x34, 0x38]
    );
    let wrap = burst(home(0) + 0x30, 16, 3, BurstKind::Wrap);
    let data: Vec<u8> = (0..128).collect();
    assert_eq!(
        m.0.write(&wrap, &beats(&config(), 0, &data)),
        WriteOutcome::Okay
    );
    assert_eq!(m.bytes(home(0) + 0x30, 80), data[..80]);
    assert_eq!(m.bytes(home(0), 0x30), data[80..]);
    let blocks: Vec<u64> =
        m.0.ring(0)
            .iter()
            .map(|slot| slot.header & 0x3ff_ffff)
            .collect();
    assert_eq!(blocks, [0, 1]);
    for illegal in [
        burst(home(0), 2, 3, BurstKind::Fixed),
        burst(home(0), 2, 3, BurstKind::Reserved),
        burst(home(0), 2, 4, BurstKind::Incr),
        burst(home(0), 3, 3, BurstKind::Wrap),
        burst(home(0) + 0xff8, 2, 3, BurstKind::Incr),
    ] {
        let data = vec![0; 8 * illegal.beats as usize];
        assert_eq!(
            m.0.write(&illegal, &beats(&config(), 0, &data)),
            WriteOutcome::SlvErr,
            "{illegal:?}"
        );
    }
}

#[test]
fn bad_configurations_are_refused_by_code() {
    let mut m = Machine::detached(&[S6, S3]);
    let attach =
        |m: &mut Machine, guest, error: ErrorCode| m.run(guest, Operation::Attach, 5, error.code());
    attach(&mut m, 2, ErrorCode::NoRegion);
    m.set(0, offset::G_RING_SIZE, 0);
    attach(&mut m, 0, ErrorCode::NoRing);
    m.set(0, offset::G_RING_SIZE, 16);
    m.set(0, offset::G_RING_BASE, 0x88);
    attach(&mut m, 0, ErrorCode::Alignment);
    m.set(0, offset::G_RING_BASE, (SHADOW >> 12) as u32);
    attach(&mut m, 0, ErrorCode::Outside);
    m.set(0, offset::G_RING_BASE, (BASE >> 12) as u32);
    attach(&mut m, 0, ErrorCode::Overlap);
    m.set(0, offset::G_RING_BASE, 0x90);
    m.global(region_address(0, offset::R_BLOCKS), 65);
    attach(&mut m, 0, ErrorCode::Alignment);
    m.global(region_address(0, offset::R_BLOCKS), 1024);
    m.run(1, Operation::Attach, OK, 0);
    attach(&mut m, 0, ErrorCode::Overlap);
    m.global(region_address(0, offset::R_BASE), 0x1f);
    attach(&mut m, 0, ErrorCode::Outside);
    assert_eq!(
        m.0.register_write(region_address(1, offset::R_BASE), 0x18),
        Err(ErrorCode::Attached)
    );
    assert_eq!(m.get(0, offset::G_STATUS), 0);
}

#[test]
fn refused_accesses_change_nothing_but_error() {
    let mut m = Machine::new(&[S6]);
    let cases = [
        (0x05c, 0, ErrorCode::Address),
        (offset::ID, 0, ErrorCode::ReadOnly),
        (offset::CTRL, 0, ErrorCode::Attached),
        (offset::CTRL, 2, ErrorCode::Value),
        (offset::MEM_BASE, 0, ErrorCode::Busy),
        (offset::COMMAND, 0x8_0003, ErrorCode::Value),
        (offset::COMMAND, 0x3_0003, ErrorCode::NotAttached),
        (offset::COMMAND, 0x1_0004, ErrorCode::NoCheckpoint),
        (offset::COMMAND, 0x1_0005, ErrorCode::NotStuck),
        (offset::DIRTY_SELECT, 32, ErrorCode::Value),
        (offset::DIRTY_SELECT, 1 << 30, ErrorCode::Value),
        (offset::FIRMWARE_DATA, 0, ErrorCode::Busy),
        (offset::IRQ_ENABLE, 32, ErrorCode::Value),
        (guest_address(0, offset::G_STRATEGY), 3, ErrorCode::Attached),
        (guest_address(1, offset::G_STRATEGY), 1, ErrorCode::Strategy),
        (guest_address(1, offset::G_CPUS), 3, ErrorCode::Value),
        (guest_address(1, offset::G_RING_SIZE), 14, ErrorCode::Value),
        (guest_address(1, offset::G_POLICY), 1 << 3, ErrorCode::Value),
        (guest_address(1, offset::G_COMMAND), 16, ErrorCode::Value),
        (guest_address(0, offset::G_COMMAND), 1, ErrorCode::Attached),
        (guest_address(3, offset::G_COMMAND), 1, ErrorCode::Address),
    ];
    for (address, value, error) in cases {
        let before = format!("{:?}", m.0.guest(0));
        assert_eq!(
            m.0.register_write(address, value),
            Err(error),
            "{address:#x} = {value:#x}"
        );
        assert_eq!(
            m.0.register_read(offset::ERROR).unwrap() & 0xff,
            error.code()
        );
        assert_eq!(format!("{:?}", m.0.guest(0)), before);
    }
    assert_eq!(
        m.0.register_write_partial(offset::CTRL),
        Err(ErrorCode::Value)
    );
    m.global(offset::ERROR, 1);
    assert_eq!(m.0.register_read(offset::ERROR), Ok(0));
    assert_eq!(m.0.register_read(offset::IRQ_STATUS).unwrap() >> 1 & 1, 1);
    let mut off = Golden::new(&config(), memory());
    assert_eq!(
        off.register_write(guest_address(0, offset::G_COMMAND), 1),
        Err(ErrorCode::NotEnabled)
    );
    assert_eq!(off.register_write(offset::CTRL, 1), Err(ErrorCode::Overlap));
}

#[test]
fn software_may_load_its_own_routine() {
    let mut m = Machine::new(&[S6]);
    let mut words = firmware::image(&config());
    words[9] = 0x0003_0000; // END ROLLED_BACK
    words[10] = 0x0100_000a; // JUMP to itself
    words[11] = 0xff00_0000; // not an instruction
    m.global(offset::FIRMWARE_ADDRESS, 0);
    for word in &words {
        m.global(offset::FIRMWARE_DATA, *word);
    }
    assert_eq!(
        m.command(0, Operation::Checkpoint),
        Err(ErrorCode::Firmware)
    );
    assert_eq!(
        m.0.register_write(offset::FIRMWARE_CHECK, 0),
        Err(ErrorCode::Firmware)
    );
    m.global(offset::FIRMWARE_CHECK, firmware::checksum(&words));
    for (operation, status, error) in [
        (9, ROLLED_BACK, 0),
        (10, 6, 0),
        (11, 6, ErrorCode::Firmware.code()),
    ] {
        m.set(0, offset::G_COMMAND, operation);
        assert_eq!(
            m.get(0, offset::G_COMPLETION) & 0xff_ffff,
            error << 16 | status << 8 | operation
        );
    }
    assert_eq!(m.get(0, offset::G_STATUS), 1);
    m.run(0, Operation::Checkpoint, OK, 0);
}

#[test]
fn a_disabled_unit_is_a_wire() {
    let mut golden = Golden::new(&config(), memory());
    let fixed = Burst {
        address: 0x100,
        beats: 2,
        size: 3,
        kind: BurstKind::Fixed,
    };
    assert_eq!(
        golden.write(&fixed, &beats(&config(), 0x100, &[3; 16])),
        WriteOutcome::Okay
    );
    assert_eq!(golden.memory().read(0x100, 8), [3; 8]);
    assert!(matches!(golden.read(&fixed), ReadOutcome::Data(_)));
}

#[test]
fn memory_errors_are_passed_on() {
    let mut m = Machine::new(&[S3]);
    m.0.inject(fault(home(0) + 64..home(0) + 128, Direction::Write));
    m.0.inject(fault(home(0) + 8..home(0) + 16, Direction::Read));
    assert_eq!(m.write(home(0), &[6; 192]), WriteOutcome::SlvErr);
    assert_eq!(
        (m.bytes(home(0), 1), m.bytes(home(0) + 128, 1)),
        (vec![6], vec![6])
    );
    assert_ne!(m.bytes(home(0) + 64, 64), [6; 64]);
    let ReadOutcome::Data(data) = m.0.read(&Burst::incr(&config(), home(0), 24)) else {
        panic!()
    };
    assert_eq!(
        data.iter().map(|(_, erred)| *erred).collect::<Vec<_>>(),
        [false, true, false]
    );
}
