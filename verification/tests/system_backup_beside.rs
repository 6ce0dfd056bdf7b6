//! Strategy S2 beside itself and beside other strategies in the same two units.

use crate::pair_rig::{Rig, OK};
use crate::unit;

use mch_sim::axi::Response;
use mch_spec::registers::{field, offset, Operation, Status};
use mch_spec::Strategy::{S1, S3, S4, S5, S6};
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::LIMIT;

/// Commands of both ends under way; until nothing runs at either.
fn settle(rig: &mut Rig) {
    for end in [0, 1] {
        for guest in 0..rig.machine.config.guests {
            rig.pair.wait(end, guest, 4 * LIMIT).unwrap();
        }
    }
}

fn statuses(rig: &mut Rig, end: usize) -> Vec<u32> {
    (0..rig.machine.config.guests)
        .map(|guest| field::G_COMPLETION::STATUS.get(rig.guest(end, guest, offset::G_COMPLETION)))
        .collect()
}

/// Writes this many blocks' worth of random beats to a guest; how many entries that is.
fn scribble(rig: &mut Rig, end: usize, guest: u32, random: &mut ChaCha8Rng) -> u32 {
    let count = random.random_range(1..8);
    for _ in 0..count {
        // Within a block: one entry.
        let block = random.random_range(0..rig.length(guest) as u64 / 64);
        let beats = random.random_range(1..=8u64);
        let at = rig.home(guest) + 64 * block + 8 * random.random_range(0..=8 - beats);
        let data = (0..8 * beats).map(|_| random.random()).collect();
        assert_eq!(rig.write(end, at, data), Response::Okay);
    }
    count
}

/// Two guests by one command, and then a guest each way, at the same moments.
#[test]
fn two_guests_go_over_one_link_each_way() {
    for opposite in [false, true] {
        let ends = [0, usize::from(opposite)];
        let mut random = ChaCha8Rng::seed_from_u64(u64::from(opposite));
        let mut rig = Rig::new("pair-64", 6, 1 << 20);
        let mut sent = [0; 2];
        for guest in [0, 1] {
            rig.join(ends[guest as usize], guest);
            sent[ends[guest as usize]] += 1 + rig.length(guest) as u32 / 64;
        }
        for round in 0..5 {
            for guest in [0, 1] {
                let end = ends[guest as usize];
                let entries = scribble(&mut rig, end, guest, &mut random);
                // Before the first checkpoint nothing is captured.
                sent[end] += if round == 0 { 1 } else { entries + 1 };
            }
            let checkpoint = Operation::Checkpoint.code();
            match opposite {
                false => rig.pair.units[0]
                    .write(offset::COMMAND, 3 << 16 | checkpoint)
                    .unwrap(),
                true => {
                    for guest in [0, 1] {
                        let unit = &mut rig.pair.units[ends[guest as usize]];
                        unit.set_guest(guest, offset::G_COMMAND, checkpoint)
                            .unwrap();
                    }
                }
            }
            settle(&mut rig);
            for guest in [0, 1] {
                let end = ends[guest as usize];
                assert_eq!(statuses(&mut rig, end)[guest as usize], Status::Ok.code());
                rig.apply(1 - end, guest);
                assert!(rig.image(0, guest) == rig.image(1, guest), "guest {guest}");
            }
        }
        for end in [0, 1] {
            assert_eq!(rig.frames(end), [sent[end], 0, 0], "end {end}");
        }
        // One is taken over; the other goes on as if nothing had been.
        let kept = rig.image(1 - ends[0], 0);
        scribble(&mut rig, ends[0], 0, &mut random);
        assert_eq!(rig.command(1 - ends[0], 0, Operation::Takeover), OK);
        assert!(rig.image(1 - ends[0], 0) == kept);
        scribble(&mut rig, ends[1], 1, &mut random);
        rig.assert_checkpoint(ends[1], 1);
    }
}

/// Guest 0 goes over the link while its neighbours in both units take checkpoints and go back, each by another strategy.
#[test]
fn a_guest_of_s2_and_neighbours_of_other_strategies_leave_each_other_alone() {
    for neighbours in [[[S6, S5], [S4, S3]], [[S1, S4], [S5, S6]]] {
        let mut random = ChaCha8Rng::seed_from_u64(neighbours[0][0].number().into());
        let mut rig = Rig::new("pair-all", 6, 1 << 20);
        rig.join(0, 0);
        for end in [0, 1] {
            for (guest, strategy) in (1..).zip(neighbours[end]) {
                let setup = rig.setup(guest, strategy);
                rig.pair.units[end].attach(guest, setup).unwrap();
                assert_eq!(rig.checkpoint(end, guest), OK);
            }
        }
        rig.assert_checkpoint(0, 0);
        for round in 0..4 {
            let load = |rig: &mut Rig, end: usize, guest: u32| {
                let (home, length) = (rig.home(guest), rig.length(guest));
                rig.pair.units[end].load(0, home, length).unwrap()
            };
            let mut kept = Vec::new();
            for end in [0, 1] {
                for guest in [1, 2] {
                    kept.push(load(&mut rig, end, guest));
                }
            }
            for end in [0, 1] {
                for guest in [1, 2] {
                    scribble(&mut rig, end, guest, &mut random);
                }
            }
            let entries = scribble(&mut rig, 0, 0, &mut random);
            let before = rig.frames(0)[0];
            // All go back while guest 0 commits.
            rig.pair.units[0]
                .set_guest(0, offset::G_COMMAND, Operation::Checkpoint.code())
                .unwrap();
            for end in [0, 1] {
                let command = 6 << 16 | Operation::Rollback.code();
                rig.pair.units[end].write(offset::COMMAND, command).unwrap();
            }
            settle(&mut rig);
            assert_eq!(
                statuses(&mut rig, 0),
                [Status::Ok.code(); 3],
                "round {round}"
            );
            rig.apply(1, 0);
            let mut index = 0;
            for end in [0, 1] {
                for guest in [1, 2] {
                    let found = load(&mut rig, end, guest);
                    assert!(
                        found == kept[index],
                        "end {end}, guest {guest}, round {round}"
                    );
                    index += 1;
                }
            }
            assert!(rig.image(0, 0) == rig.image(1, 0), "round {round}");
            // Entries and the mark; those of acknowledged captures may have gone before the command.
            let after = rig.frames(0);
            assert!((1..=entries + 1).contains(&(after[0] - before)));
            assert_eq!(after[1..], [0, 0]);
            // A common cut of all three.
            for end in [0, 1] {
                let guests = if end == 0 { 7 } else { 6 };
                for guest in [1, 2] {
                    scribble(&mut rig, end, guest, &mut random);
                }
                let command = guests << 16 | Operation::Checkpoint.code();
                rig.pair.units[end].write(offset::COMMAND, command).unwrap();
            }
            settle(&mut rig);
            assert_eq!(
                statuses(&mut rig, 0),
                [Status::Ok.code(); 3],
                "round {round}"
            );
        }
        let mut entries = 0;
        for guest in 0..3 {
            entries += u32::from(guest == 0) * rig.guest(0, guest, offset::G_ENTRIES);
        }
        let marks = rig.guest(0, 0, offset::G_MARK) & 0xffff;
        assert_eq!(rig.frames(0), [1 + entries + marks, 0, 0]);
        assert_eq!(rig.guest(1, 0, offset::G_TRANSFERRED), entries);
        rig.apply(1, 0);
        let kept = rig.image(1, 0);
        assert_eq!(rig.command(1, 0, Operation::Takeover), OK);
        assert!(rig.image(1, 0) == kept);
    }
}
