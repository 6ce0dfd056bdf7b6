//! Strategy S2 over memory that errs: at the primary while it captures and sends, at the backup while entries arrive, are applied, and are
//! taken over.

use crate::pair_rig::{Rig, OK};

use mch_sim::axi::Response;
use mch_sim::memory::Fault;
use mch_spec::registers::{field, offset, ErrorCode, Interrupt, Operation, Status};

const COPY_FAILED: (u32, u32) = (Status::Failed as u32, ErrorCode::Copy as u32);

/// Bytes of a block.
const BLOCK: u64 = 64;

fn rig(retry: u32) -> Rig {
    Rig::joined("pair-64", 5, retry)
}

/// All slots of guest 0's ring.
fn slots(rig: &Rig) -> std::ops::Range<u64> {
    let base = rig.machine.ring_base(0);
    base..base + (7 << rig.machine.ring_size() >> 3)
}

fn headers(rig: &Rig) -> std::ops::Range<u64> {
    let base = rig.machine.ring_base(0);
    slots(rig).end..base + (1 << rig.machine.ring_size())
}

fn flag(status: u32, name: fn(u32) -> u32) -> bool {
    name(status) == 1
}

fn is_lost(status: u32) -> bool {
    flag(status, |status| field::G_STATUS::LOST.get(status))
}

/// The status of the last completion, and its error code.
fn ended(rig: &mut Rig, end: usize) -> (u32, u32, u32) {
    let completion = rig.guest(end, 0, offset::G_COMPLETION);
    (
        field::G_COMPLETION::OPERATION.get(completion),
        field::G_COMPLETION::STATUS.get(completion),
        field::G_COMPLETION::ERROR.get(completion),
    )
}

#[test]
fn a_capture_that_fails_loses_the_guest_and_not_the_checkpoint() {
    for at_ring in [false, true] {
        let mut rig = rig(1 << 20);
        rig.assert_checkpoint(0, 0);
        let kept = rig.image(1, 0);
        let home = rig.home(0);
        let fault = match at_ring {
            true => Fault::on(slots(&rig)).writes(),
            false => Fault::on(home..home + BLOCK).reads(),
        };
        rig.fault(0, Some(fault));
        let before = rig.guest(0, 0, offset::G_ENTRIES);
        assert_eq!(rig.write(0, home, vec![1; 64]), Response::Okay);
        assert!(is_lost(rig.status(0, 0)));
        let irq = rig.pair.units[0].read(offset::IRQ_STATUS).unwrap();
        assert_eq!(irq >> Interrupt::Lost.code() & 1, 1);
        assert_eq!(rig.guest(0, 0, offset::G_ENTRIES), before);
        // What follows is not captured, and the backup keeps what it has.
        assert_eq!(rig.write(0, home + 128, vec![2; 64]), Response::Okay);
        rig.pair.run(2_000).unwrap();
        assert!(rig.image(1, 0) == kept);
        rig.fault(0, None);
        rig.assert_checkpoint(0, 0);
        assert!(!is_lost(rig.status(0, 0)));
        assert_eq!(rig.guest(0, 0, offset::G_SESSION), 2);
        assert_eq!(rig.frames(0)[1..], [0, 0]);
    }
}

#[test]
fn a_block_that_cannot_be_read_fails_the_synchronisation() {
    let mut rig = rig(1 << 20);
    let home = rig.home(0);
    rig.fault(0, Some(Fault::on(home + 320..home + 384).reads()));
    let (status, error) = rig.checkpoint(0, 0);
    assert_eq!(status, Status::Failed.code());
    assert_ne!(error, 0, "it is not told why");
    assert_eq!(rig.guest(0, 0, offset::G_ERROR_BLOCK), 5);
    assert_eq!(field::G_STATUS::VALID.get(rig.status(1, 0)), 0);
    // The guest runs on, and nothing of it is captured.
    let entries = rig.guest(0, 0, offset::G_ENTRIES);
    assert_eq!(rig.write(0, home, vec![1; 64]), Response::Okay);
    assert_eq!(rig.guest(0, 0, offset::G_ENTRIES), entries);
    rig.fault(0, None);
    rig.assert_checkpoint(0, 0);
}

#[test]
fn an_apply_that_fails_is_told_and_made_up_for() {
    for at_ring in [false, true] {
        let mut rig = rig(1 << 20);
        rig.assert_checkpoint(0, 0);
        let kept = rig.image(1, 0);
        let home = rig.home(0);
        let fault = match at_ring {
            true => Fault::on(headers(&rig)).reads(),
            false => Fault::on(home + BLOCK..home + 2 * BLOCK).writes(),
        };
        rig.fault(1, Some(fault));
        assert_eq!(rig.write(0, home + 64, vec![3; 64]), Response::Okay);
        // The commit is one all the same: the backup has the entries.
        assert_eq!(rig.checkpoint(0, 0), OK);
        rig.pair.run(3_000).unwrap();
        let (status, error) = COPY_FAILED;
        let apply = Operation::Apply.code();
        assert_eq!(ended(&mut rig, 1), (apply, status, error));
        assert_eq!(rig.guest(1, 0, offset::G_RING_USED), 1);
        assert!(rig.image(1, 0) == kept);
        // It is tried again with the next entry, not before.
        let completions = |rig: &mut Rig| rig.guest(1, 0, offset::G_COMPLETION) >> 24;
        let count = completions(&mut rig);
        rig.pair.run(3_000).unwrap();
        assert_eq!(completions(&mut rig), count);
        assert_eq!(rig.write(0, home + 256, vec![4; 64]), Response::Okay);
        rig.pair.run(3_000).unwrap();
        assert_eq!(completions(&mut rig), count + 1);
        rig.fault(1, None);
        assert_eq!(rig.write(0, home + 512, vec![5; 64]), Response::Okay);
        rig.assert_checkpoint(0, 0);
        assert_eq!(rig.frames(0)[1], 0);
    }
}

#[test]
fn a_takeover_that_fails_is_tried_again() {
    let mut rig = rig(1 << 20);
    rig.assert_checkpoint(0, 0);
    let home = rig.home(0);
    rig.fault(1, Some(Fault::on(home + BLOCK..home + 2 * BLOCK).writes()));
    assert_eq!(rig.write(0, home, vec![6; 128]), Response::Okay);
    assert_eq!(rig.checkpoint(0, 0), OK);
    let kept = rig.image(0, 0);
    // Part of an interval, to be dropped.
    assert_eq!(rig.write(0, home + 256, vec![7; 64]), Response::Okay);
    rig.pair.run(3_000).unwrap();
    assert_eq!(rig.command(1, 0, Operation::Takeover), COPY_FAILED);
    let status = rig.status(1, 0);
    assert_eq!(field::G_STATUS::STANDBY.get(status), 1);
    assert_eq!(field::G_STATUS::VALID.get(status), 1);
    assert_eq!(rig.guest(1, 0, offset::G_ERROR_BLOCK), 1);
    rig.fault(1, None);
    assert_eq!(rig.command(1, 0, Operation::Takeover), OK);
    assert!(rig.image(1, 0) == kept);
    let status = rig.status(1, 0);
    assert_eq!(field::G_STATUS::STANDBY.get(status), 0);
    assert_eq!(field::G_STATUS::TAKEN_OVER.get(status), 1);
    assert_eq!(rig.write(1, home, vec![8; 64]), Response::Okay);
}

/// Neither a ring that cannot be read at the primary nor one that cannot be written at the backup lets a checkpoint be acknowledged.
#[test]
fn entries_that_do_not_get_through_are_sent_until_they_do() {
    for end in [0, 1] {
        let mut rig = rig(600);
        rig.assert_checkpoint(0, 0);
        let kept = rig.image(1, 0);
        let home = rig.home(0);
        let fault = match end {
            0 => Fault::on(slots(&rig)).reads(),
            _ => Fault::on(slots(&rig)).writes(),
        };
        rig.fault(end, Some(fault));
        rig.pair.units[0]
            .set_guest(0, offset::G_TIMEOUT, 6_000)
            .unwrap();
        let before = rig.frames(0);
        assert_eq!(rig.write(0, home, vec![9; 128]), Response::Okay);
        let late = (Status::Aborted.code(), ErrorCode::TimedOut.code());
        assert_eq!(rig.checkpoint(0, 0), late);
        assert!(rig.image(1, 0) == kept);
        rig.fault(end, None);
        rig.assert_checkpoint(0, 0);
        let after = rig.frames(0);
        // Two entries, the mark that was given up, the one that got through: what else was sent had been sent before.
        let first = |frames: [u32; 3]| frames[0] - frames[1];
        assert_eq!(first(after) - first(before), 4);
        assert!(after[1] > before[1]);
        assert_eq!(
            rig.frames(1)[2] > 0,
            end == 0,
            "what cannot be read has a wrong check"
        );
    }
}
