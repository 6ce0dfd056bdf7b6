//! Strategy S2: checkpoints in a backup computer, two whole units joined by their links.

use crate::unit;

use mch_sim::axi::{Burst, Response, Ticket, WriteRequest};
use mch_sim::stream::ChannelFaults;
use mch_spec::registers::{field, offset, ErrorCode, Operation, Status};
use mch_spec::{Config, Strategy};
use mch_verification::pair::Pair;
use mch_verification::system::System;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::{bytes, home, setup, GUEST_BYTES, LIMIT};

/// Bytes of a guest's region, as a length.
const LENGTH: usize = GUEST_BYTES as usize;
/// Blocks of a guest's region.
const BLOCKS: u32 = (GUEST_BYTES / unit::BLOCK) as u32;
const OK: (u32, u32) = (Status::Ok as u32, 0);

fn build() -> Config {
    Config {
        strategies: vec![Strategy::S2],
        settable: false,
        link: true,
        ..unit::machine().config
    }
}

fn enabled(latency: u32, seed: u64) -> System {
    let mut system = System::fast(&build(), latency, seed).unwrap();
    system.enable().unwrap();
    // Frames are repeated only where a test cuts the link.
    system.write(offset::LINK_RETRY, 1 << 20).unwrap();
    system
}

/// Guest 0 attached in the first unit, standing by in the second; no checkpoint yet.
fn joined(latency: u32, seed: u64) -> Pair {
    let mut units = [enabled(latency, seed), enabled(latency + 3, seed + 1)];
    units[0].attach(0, setup(0, Strategy::S2, 0)).unwrap();
    stand_by(&mut units[1]);
    Pair::new(units).unwrap()
}

fn stand_by(system: &mut System) {
    system.configure(0, setup(0, Strategy::S2, 0)).unwrap();
    system.command(0, Operation::Standby, LIMIT).unwrap();
}

fn image(system: &System) -> Vec<u8> {
    bytes(system, home(0), LENGTH)
}

fn checkpoint(pair: &mut Pair, end: usize) -> (u32, u32) {
    pair.command(end, 0, Operation::Checkpoint, LIMIT).unwrap()
}

/// Until what has arrived at a standby is in its memory.
fn applied(pair: &mut Pair, end: usize) {
    for _ in 0..400 {
        pair.run(50).unwrap();
        let running = |system: &mut System| system.guest(0, offset::G_STATUS).unwrap() >> 4 & 1;
        let used = pair.units[end].guest(0, offset::G_RING_USED).unwrap();
        if used == 0 && running(&mut pair.units[end]) == 0 {
            return;
        }
    }
    panic!("what has arrived is not applied");
}

fn write(pair: &mut Pair, end: usize, address: u64, bytes: Vec<u8>) -> Ticket {
    let unit = &mut pair.units[end];
    let burst = Burst::incr(address, (bytes.len() / 8) as u16, 3);
    let request = WriteRequest::new(burst, bytes);
    unit.simulation[unit.ports[0]].write(request).unwrap()
}

fn written(pair: &mut Pair, end: usize, ticket: Ticket) -> Response {
    for _ in 0..2_000 {
        if unit::answered(&pair.units[end], 0, ticket) {
            let unit = &mut pair.units[end];
            let port = unit.ports[0];
            return unit
                .simulation
                .complete(port, ticket, 1)
                .unwrap()
                .response();
        }
        pair.run(10).unwrap();
    }
    panic!("a write is not answered");
}

#[test]
fn the_first_checkpoint_brings_every_block_and_the_next_only_what_was_written() {
    let mut pair = joined(9, 1);
    let frames = |pair: &mut Pair, end: usize| {
        (
            pair.units[end].read(offset::LINK_FRAMES).unwrap(),
            pair.units[end].read(offset::LINK_REPEATS).unwrap(),
            pair.units[end].read(offset::LINK_DROPPED).unwrap(),
        )
    };
    assert_eq!(checkpoint(&mut pair, 0), OK);
    // A session, an entry for each block, a mark.
    assert_eq!(frames(&mut pair, 0), (1 + BLOCKS + 1, 0, 0));
    assert_eq!(
        pair.units[0].guest(0, offset::G_TRANSFERRED).unwrap(),
        BLOCKS
    );
    assert_eq!(
        pair.units[1].guest(0, offset::G_TRANSFERRED).unwrap(),
        BLOCKS
    );
    applied(&mut pair, 1);
    assert_eq!(image(&pair.units[1]), image(&pair.units[0]));
    let ticket = write(&mut pair, 0, home(0) + 24, vec![0x5a; 24]);
    assert_eq!(written(&mut pair, 0, ticket), Response::Okay);
    pair.run(2_000).unwrap();
    assert_eq!(
        pair.units[0].guest(0, offset::G_TRANSFERRED).unwrap(),
        BLOCKS + 1
    );
    assert_ne!(
        image(&pair.units[1]),
        image(&pair.units[0]),
        "applied before its mark"
    );
    assert_eq!(checkpoint(&mut pair, 0), OK);
    assert_eq!(frames(&mut pair, 0), (1 + BLOCKS + 1 + 1 + 1, 0, 0));
    assert_eq!(frames(&mut pair, 1).2, 0);
    applied(&mut pair, 1);
    assert_eq!(image(&pair.units[1]), image(&pair.units[0]));
    assert_eq!(pair.units[0].guest(0, offset::G_MARK).unwrap(), 0x3_0002);
    assert_eq!(pair.units[1].guest(0, offset::G_MARK).unwrap() & 0xffff, 2);
}

#[test]
fn a_standby_is_read_not_written_and_refuses_what_it_cannot_do() {
    let mut pair = joined(5, 2);
    let ticket = write(&mut pair, 1, home(0), vec![1; 8]);
    assert_eq!(written(&mut pair, 1, ticket), Response::SlvErr);
    let system = &mut pair.units[1];
    assert_eq!(
        system.load(0, home(0), 8).unwrap(),
        bytes(system, home(0), 8)
    );
    for (operation, error) in [
        (Operation::Checkpoint, ErrorCode::Standby),
        (Operation::Rollback, ErrorCode::Standby),
        (Operation::Attach, ErrorCode::Attached),
        (Operation::Standby, ErrorCode::Attached),
        (Operation::Takeover, ErrorCode::NoCheckpoint),
    ] {
        let refused = system.set_guest(0, offset::G_COMMAND, operation.code());
        assert!(refused.is_err(), "{operation}");
        assert_eq!(
            field::ERROR::CODE.get(system.read(offset::ERROR).unwrap()),
            error.code()
        );
    }
    assert_eq!(checkpoint(&mut pair, 0), OK);
    // The checkpoint is not here.
    let ended = pair.command(0, 0, Operation::Rollback, LIMIT).unwrap();
    assert_eq!(ended, (Status::Refused.code(), ErrorCode::Remote.code()));
    let refused = pair.units[0].set_guest(0, offset::G_COMMAND, Operation::Takeover.code());
    assert!(refused.is_err());
}

/// Whatever the primary was doing when it stopped, the backup has its last checkpoint: the last one acknowledged, or one whose
/// acknowledgement was on its way.
#[test]
fn a_backup_takes_over_the_last_checkpoint_at_any_moment() {
    let (mut in_doubt, mut committed) = (0, 0);
    for seed in 0..12 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut pair = joined(random.random_range(1..30), seed);
        assert_eq!(checkpoint(&mut pair, 0), OK);
        let mut images = vec![image(&pair.units[0])];
        // Traffic and checkpoints until the primary stops.
        let mut left = random.random_range(1..9_000u64);
        let mut open: Vec<Ticket> = Vec::new();
        let mut committing = None;
        while left > 0 {
            if open.len() < 6 {
                let beats = [1, 2, 8, 16][random.random_range(0..4)];
                let at = home(0) + 8 * random.random_range(0..GUEST_BYTES / 8 - 16);
                let at = at.min((at / 4096 + 1) * 4096 - 8 * beats);
                let data = (0..8 * beats).map(|_| random.random()).collect();
                open.push(write(&mut pair, 0, at, data));
            }
            // While it commits in small steps: without the backup's clock no commit ends.
            let most = if committing.is_some() { 4 } else { 200 };
            let cycles = random.random_range(1..=most).min(left);
            pair.run(cycles).unwrap();
            left -= cycles;
            open.retain(|ticket| !unit::answered(&pair.units[0], 0, *ticket));
            match committing {
                None if random.random_range(0..8) == 0 => {
                    let count = pair.units[0].guest(0, offset::G_CHECKPOINTS).unwrap();
                    unit::begin(&mut pair.units[0], 0, Operation::Checkpoint);
                    committing = Some(count);
                    images.push(Vec::new());
                }
                Some(count) => {
                    let status = pair.units[0].guest(0, offset::G_STATUS).unwrap();
                    if field::G_STATUS::HOLD_WRITES.get(status) == 1 {
                        images[count as usize] = image(&pair.units[0]);
                    }
                    if pair.units[0].guest(0, offset::G_CHECKPOINTS).unwrap() != count {
                        committing = None;
                    }
                }
                None => {}
            }
        }
        let commits = pair.units[0].guest(0, offset::G_CHECKPOINTS).unwrap();
        // The primary is gone. What it sent may still arrive.
        for _ in 0..2_000 {
            pair.units[1].simulation.step().unwrap();
        }
        let marks = pair.units[1].guest(0, offset::G_MARK).unwrap() & 0xffff;
        assert!(
            marks == commits || marks == commits + 1,
            "{marks} marks, {commits} commits"
        );
        in_doubt += u32::from(marks != commits);
        committed += commits - 1;
        let completion = take_over(&mut pair, 1);
        let backup = &mut pair.units[1];
        assert_eq!(
            field::G_COMPLETION::STATUS.get(completion),
            Status::Ok.code(),
            "seed {seed}"
        );
        let taken = image(backup);
        assert!(
            images[marks as usize - 1] == taken,
            "seed {seed}: not the image of mark {marks}"
        );
        let status = backup.guest(0, offset::G_STATUS).unwrap();
        assert_eq!(field::G_STATUS::TAKEN_OVER.get(status), 1);
        assert_eq!(field::G_STATUS::STANDBY.get(status), 0);
        assert_eq!(backup.guest(0, offset::G_SESSION).unwrap() >> 16, 1);
        backup.store(0, home(0), &[7; 64]).unwrap();
    }
    println!("{committed} commits, {in_doubt} takeovers of a checkpoint that the primary had not seen acknowledged");
    assert!(
        committed > 12,
        "too few commits to say anything: {committed}"
    );
}

/// TAKEOVER, as soon as no APPLY runs; G_COMPLETION. The other unit's clock stands still.
fn take_over(pair: &mut Pair, end: usize) -> u32 {
    let command = mch_spec::registers::guest_address(0, offset::G_COMMAND);
    let unit = &mut pair.units[end];
    while unit.try_write(command, Operation::Takeover.code()).unwrap() != Response::Okay {}
    unit.wait_completion(0, LIMIT).unwrap()
}

#[test]
fn an_old_primary_is_refused_and_becomes_the_backup() {
    let mut pair = joined(7, 3);
    assert_eq!(checkpoint(&mut pair, 0), OK);
    let kept = image(&pair.units[0]);
    // Its backup takes over while it only hangs.
    pair.units[0].store(0, home(0), &[0x11; 128]).unwrap();
    let completion = take_over(&mut pair, 1);
    assert_eq!(
        field::G_COMPLETION::STATUS.get(completion),
        Status::Ok.code()
    );
    assert_eq!(
        image(&pair.units[1]),
        kept,
        "a part of an interval was taken over"
    );
    let refused = (Status::Failed.code(), ErrorCode::LinkRefused.code());
    let ended = checkpoint(&mut pair, 0);
    assert_eq!(ended.0, Status::Failed.code());
    assert_eq!(checkpoint(&mut pair, 0), refused);
    let status = pair.units[0].guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 1);
    // It becomes the backup of its successor.
    assert_eq!(pair.command(0, 0, Operation::Detach, LIMIT).unwrap(), OK);
    pair.units[0].command(0, Operation::Standby, LIMIT).unwrap();
    pair.units[1].store(0, home(0) + 256, &[0x22; 128]).unwrap();
    assert_eq!(checkpoint(&mut pair, 1), OK);
    applied(&mut pair, 0);
    assert_eq!(image(&pair.units[0]), image(&pair.units[1]));
    assert_eq!(pair.units[0].guest(0, offset::G_SESSION).unwrap() >> 16, 1);
    // And takes over in its turn.
    let kept = image(&pair.units[1]);
    pair.units[1].store(0, home(0) + 512, &[0x33; 64]).unwrap();
    pair.run(1_000).unwrap();
    let completion = take_over(&mut pair, 0);
    assert_eq!(
        field::G_COMPLETION::STATUS.get(completion),
        Status::Ok.code()
    );
    assert_eq!(image(&pair.units[0]), kept);
    assert_eq!(pair.units[0].guest(0, offset::G_SESSION).unwrap() >> 16, 2);
}

#[test]
fn a_commit_times_out_while_the_link_is_cut_and_works_again() {
    let mut pair = joined(6, 4);
    for unit in &mut pair.units {
        unit.write(offset::LINK_RETRY, 600).unwrap();
    }
    pair.units[0]
        .set_guest(0, offset::G_TIMEOUT, 6_000)
        .unwrap();
    assert_eq!(checkpoint(&mut pair, 0), OK);
    let kept = image(&pair.units[0]);
    pair.wire.cut();
    let ticket = write(&mut pair, 0, home(0), vec![0x44; 64]);
    assert_eq!(written(&mut pair, 0, ticket), Response::Okay);
    let late = (Status::Aborted.code(), ErrorCode::TimedOut.code());
    assert_eq!(checkpoint(&mut pair, 0), late);
    assert_eq!(pair.units[0].guest(0, offset::G_CHECKPOINTS).unwrap(), 1);
    let status = pair.units[0].guest(0, offset::G_STATUS).unwrap();
    assert_eq!(
        field::G_STATUS::VALID.get(status),
        1,
        "the one before stands"
    );
    assert_eq!(image(&pair.units[1]), kept);
    // The guest runs on.
    let ticket = write(&mut pair, 0, home(0) + 64, vec![0x55; 64]);
    assert_eq!(written(&mut pair, 0, ticket), Response::Okay);
    pair.wire.join();
    assert_eq!(checkpoint(&mut pair, 0), OK);
    applied(&mut pair, 1);
    assert_eq!(image(&pair.units[1]), image(&pair.units[0]));
    assert!(pair.units[0].read(offset::LINK_REPEATS).unwrap() > 0);
}

#[test]
fn a_synchronisation_is_given_up_without_a_backup_and_succeeds_with_one() {
    let mut pair = joined(6, 5);
    pair.units[0].write(offset::LINK_RETRY, 500).unwrap();
    pair.units[0]
        .set_guest(0, offset::G_TIMEOUT, 5_000)
        .unwrap();
    pair.wire.cut();
    let late = (Status::Aborted.code(), ErrorCode::TimedOut.code());
    assert_eq!(checkpoint(&mut pair, 0), late);
    // No session: nothing is captured, and the guest never waits for room.
    for _ in 0..3 {
        pair.units[0].store(0, home(0), &[0x66; LENGTH]).unwrap();
    }
    assert_eq!(pair.units[0].guest(0, offset::G_ENTRIES).unwrap(), 0);
    pair.wire.join();
    assert_eq!(checkpoint(&mut pair, 0), OK);
    applied(&mut pair, 1);
    assert_eq!(image(&pair.units[1]), image(&pair.units[0]));
    // Cut in the middle of the next one.
    assert_eq!(pair.command(0, 0, Operation::Detach, LIMIT).unwrap(), OK);
    pair.units[0].attach(0, setup(0, Strategy::S2, 0)).unwrap();
    unit::begin(&mut pair.units[0], 0, Operation::Checkpoint);
    pair.run(700).unwrap();
    pair.wire.cut();
    let completion = pair.wait(0, 0, LIMIT).unwrap();
    assert_eq!(
        field::G_COMPLETION::STATUS.get(completion),
        Status::Aborted.code()
    );
    pair.wire.join();
    assert_eq!(checkpoint(&mut pair, 0), OK);
    applied(&mut pair, 1);
    assert_eq!(image(&pair.units[1]), image(&pair.units[0]));
}

/// Frames lost, damaged, cut short, repeated and exchanged, both ways: every commit is whole all the same.
#[test]
fn a_bad_link_changes_no_checkpoint() {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut pair = joined(random.random_range(1..20), seed);
        let faults = ChannelFaults {
            lose: 0.05,
            repeat: 0.05,
            delay: 0.05,
            most_delay: 1,
            truncate: 0.03,
            corrupt: 0.05,
        };
        pair.wire.set_faults(&faults, seed);
        for unit in &mut pair.units {
            unit.write(offset::LINK_RETRY, 400).unwrap();
        }
        let commit = |pair: &mut Pair| {
            let ended = pair
                .command(0, 0, Operation::Checkpoint, 40 * LIMIT)
                .unwrap();
            assert_eq!(ended, OK, "seed {seed}");
        };
        commit(&mut pair);
        for _ in 0..4 {
            for _ in 0..random.random_range(0..10) {
                let beats = random.random_range(1..16);
                let at = home(0) + 8 * random.random_range(0..GUEST_BYTES / 8 - 16);
                let at = at.min((at / 4096 + 1) * 4096 - 8 * beats);
                let data = (0..8 * beats).map(|_| random.random()).collect();
                let ticket = write(&mut pair, 0, at, data);
                assert_eq!(written(&mut pair, 0, ticket), Response::Okay);
            }
            commit(&mut pair);
            applied(&mut pair, 1);
            assert!(
                image(&pair.units[1]) == image(&pair.units[0]),
                "seed {seed}"
            );
        }
        let kept = image(&pair.units[0]);
        let ticket = write(&mut pair, 0, home(0), vec![seed as u8; 128]);
        assert_eq!(written(&mut pair, 0, ticket), Response::Okay);
        pair.run(random.random_range(0..3_000)).unwrap();
        let completion = take_over(&mut pair, 1);
        assert_eq!(
            field::G_COMPLETION::STATUS.get(completion),
            Status::Ok.code()
        );
        assert!(image(&pair.units[1]) == kept, "seed {seed}");
        assert!(pair.units[0].read(offset::LINK_REPEATS).unwrap() > 0);
        assert!(pair.units[1].read(offset::LINK_DROPPED).unwrap() > 0);
    }
}
