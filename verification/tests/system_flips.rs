//! A block store with error correction whose bits flip.

use crate::unit;

use mch_sim::axi::{Burst, Response};
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Interrupt, Operation, Status};
use mch_spec::Config;
use mch_spec::Strategy::{self, S1, S3, S4, S5, S6};
use mch_verification::flips::StoreMemory;
use mch_verification::system::System;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::{begin, completion, done, home, setup, write, GUEST_BYTES, LIMIT};

/// Bytes of a guest's region.
const LENGTH: usize = GUEST_BYTES as usize;
/// Words of the block store that are a guest's.
const WORDS: u64 = GUEST_BYTES / 64 / 32;
/// Cycles in which the scrubber comes by everywhere.
const SWEEP: u64 = 4_000;

/// Two guests of this strategy with their first checkpoints, on a unit with error correction.
fn guests_of(strategy: Strategy) -> System {
    let config = Config {
        strategies: vec![S1, S3, S4, S5, S6],
        error_correction: true,
        ..unit::machine().config
    };
    let mut system = System::fast(&config, 8, 1).unwrap();
    system.enable().unwrap();
    for guest in 0..2 {
        system.attach(guest, setup(guest, strategy, 0)).unwrap();
        checkpoint(&mut system, guest);
    }
    system
}

fn checkpoint(system: &mut System, guest: u32) {
    system.command(guest, Operation::Checkpoint, LIMIT).unwrap();
}

/// What guest 0 reads in its memory.
fn image(system: &mut System) -> Vec<u8> {
    system.load(0, home(0), LENGTH).unwrap()
}

fn scribble(system: &mut System, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..30) {
        let beats = [1, 2, 8, 16][random.random_range(0..4)];
        let at = home(0) + random.random_range(0..GUEST_BYTES / 8 - 16) * 8;
        let at = at.min((at | 0xfff) + 1 - 8 * u64::from(beats));
        let ticket = write(system, 0, Burst::incr(at, beats, 3), random.random());
        let answer = done(system, 0, ticket).response();
        assert!(!answer.is_error(), "{answer:?}");
    }
}

/// Flips a bit in each memory, never two in a word between two sweeps.
fn flip_some(system: &mut System, random: &mut ChaCha8Rng, strategy: Strategy) {
    let mut memories = vec![StoreMemory::Summary, StoreMemory::Top];
    if strategy == S5 {
        memories.push(StoreMemory::Places);
    }
    for memory in memories {
        let bits = system.store_bits(memory).unwrap();
        let words = if memory == StoreMemory::Places {
            WORDS
        } else {
            1
        };
        let (word, bit) = (random.random_range(0..words), random.random_range(0..bits));
        system.flip(memory, word, bit).unwrap();
    }
    let bits = system.store_bits(StoreMemory::Words).unwrap();
    for word in 0..WORDS {
        let bit = random.random_range(0..bits);
        system.flip(StoreMemory::Words, word, bit).unwrap();
    }
}

fn survives_single_flips(strategy: Strategy) {
    let mut system = guests_of(strategy);
    let mut random = ChaCha8Rng::seed_from_u64(strategy.number().into());
    let mut wanted = image(&mut system);
    for round in 0..16 {
        scribble(&mut system, &mut random);
        flip_some(&mut system, &mut random, strategy);
        if random.random() {
            // Else the next access meets the flipped bits before the scrubber does.
            system.simulation.run(SWEEP).unwrap();
            scribble(&mut system, &mut random);
            flip_some(&mut system, &mut random, strategy);
        }
        if round % 2 == 0 {
            let now = image(&mut system);
            checkpoint(&mut system, 0);
            assert_eq!(image(&mut system), now, "{strategy}, round {round}");
            wanted = now;
        } else {
            system.command(0, Operation::Rollback, LIMIT).unwrap();
            assert_eq!(image(&mut system), wanted, "{strategy}, round {round}");
        }
        system.simulation.run(SWEEP).unwrap();
    }
    let corrected = system.read(offset::ECC_CORRECTED).unwrap();
    assert!(corrected >= 16 * WORDS as u32, "{corrected} put right");
    assert_eq!(system.read(offset::ECC_FAILED).unwrap(), 0);
    let status = system.guest(0, offset::G_STATUS).unwrap();
    assert_eq!(field::G_STATUS::LOST.get(status), 0);
}

#[test]
fn flipped_bits_change_nothing_under_s1() {
    survives_single_flips(S1);
}

#[test]
fn flipped_bits_change_nothing_under_s3() {
    survives_single_flips(S3);
}

#[test]
fn flipped_bits_change_nothing_under_s4() {
    survives_single_flips(S4);
}

#[test]
fn flipped_bits_change_nothing_under_s5() {
    survives_single_flips(S5);
}

#[test]
fn flipped_bits_change_nothing_under_s6() {
    survives_single_flips(S6);
}

fn is_lost(system: &mut System, guest: u32) -> bool {
    let status = system.guest(guest, offset::G_STATUS).unwrap();
    field::G_STATUS::LOST.get(status) == 1
}

fn two_flips_are_loud(strategy: Strategy, memory: StoreMemory) {
    let mut system = guests_of(strategy);
    let mut random = ChaCha8Rng::seed_from_u64(99);
    for turn in 0..3 {
        system.write(offset::IRQ_STATUS, 0x1f).unwrap();
        scribble(&mut system, &mut random);
        let bits = system.store_bits(memory).unwrap();
        let first = random.random_range(0..bits);
        let second = (first + random.random_range(1..bits)) % bits;
        let failed = system.read(offset::ECC_FAILED).unwrap();
        // A write of the word that is under way, such as the scrubber's, may cover the flips.
        for _ in 0..8 {
            for bit in [first, second] {
                system.flip(memory, turn % WORDS, bit).unwrap();
            }
            if memory == StoreMemory::Places {
                // The scrubber does not read it, only writes it.
                drop(read(&mut system, home(0) + turn % WORDS * 32 * 64, 8));
            }
            system.simulation.run(SWEEP).unwrap();
            if system.read(offset::ECC_FAILED).unwrap() > failed {
                break;
            }
        }
        assert!(system.read(offset::ECC_FAILED).unwrap() > failed);
        assert!(is_lost(&mut system, 0) && !is_lost(&mut system, 1));
        let interrupts = system.read(offset::IRQ_STATUS).unwrap();
        assert_eq!(interrupts >> Interrupt::Lost.code() & 1, 1);
        let command = guest_address(0, offset::G_COMMAND);
        let answer = system.try_write(command, Operation::Rollback.code());
        assert_eq!(answer.unwrap(), Response::SlvErr);
        let error = system.read(offset::ERROR).unwrap();
        assert_eq!(field::ERROR::CODE.get(error), ErrorCode::Lost.code());
        if strategy == S5 {
            begin(&mut system, 0, Operation::Checkpoint);
            let failed = (Status::Failed.code(), ErrorCode::Lost.code());
            assert_eq!(completion(&mut system, 0), failed);
            system.command(0, Operation::Detach, LIMIT).unwrap();
            system.command(0, Operation::Attach, LIMIT).unwrap();
        }
        // The guest has run on all the while.
        scribble(&mut system, &mut random);
        checkpoint(&mut system, 0);
        assert!(!is_lost(&mut system, 0));
        let wanted = image(&mut system);
        scribble(&mut system, &mut random);
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        assert_eq!(image(&mut system), wanted, "{strategy}, turn {turn}");
        assert!(!is_lost(&mut system, 0));
    }
}

#[test]
fn two_flips_in_a_word_lose_the_checkpoint_loudly() {
    for strategy in [S1, S3, S4, S5, S6] {
        two_flips_are_loud(strategy, StoreMemory::Words);
    }
}

#[test]
fn two_flips_in_a_word_of_the_second_copy_are_loud() {
    two_flips_are_loud(S5, StoreMemory::Places);
}

/// A read whose place nobody knows says so; none is answered with what the other place holds.
#[test]
fn a_read_that_meets_two_flips_is_answered_with_an_error() {
    let mut system = guests_of(S5);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    scribble(&mut system, &mut random);
    system.simulation.run(SWEEP).unwrap();
    let wanted = image(&mut system);
    let bits = system.store_bits(StoreMemory::Places).unwrap();
    let (mut errors, mut right) = (0, 0);
    for round in 0..24 {
        let first = random.random_range(0..bits);
        let second = (first + random.random_range(1..bits)) % bits;
        let word = round % WORDS;
        for bit in [first, second] {
            system.flip(StoreMemory::Places, word, bit).unwrap();
        }
        // At once: within a word of 32 blocks, whole blocks and parts, in one place or several.
        let beats = [1, 8, 32, 64][random.random_range(0..4)];
        let at = word * 32 * 64 + 8 * random.random_range(0..32 * 8 - beats);
        let failed = system.read(offset::ECC_FAILED).unwrap();
        let (bytes, response) = read(&mut system, home(0) + at, 8 * beats as usize);
        let met = system.read(offset::ECC_FAILED).unwrap() > failed;
        let end = at as usize + 8 * beats as usize;
        match response {
            // The scrubber has come by in between.
            Response::Okay => {
                assert!(
                    !met,
                    "round {round}: answered though nobody knows the place"
                );
                assert_eq!(bytes, wanted[at as usize..end], "round {round}");
                right += 1;
            }
            response => {
                assert_eq!(response, Response::SlvErr);
                assert!(met, "round {round}: an error for nothing");
                errors += 1;
            }
        }
        // The scrubber puts the word right.
        system.simulation.run(SWEEP).unwrap();
        assert_eq!(image(&mut system), wanted, "round {round}");
    }
    assert!(errors > 12, "{errors} errors, {right} right");
    assert!(is_lost(&mut system, 0) && !is_lost(&mut system, 1));
}

/// Bytes and the response of one read.
fn read(system: &mut System, address: u64, length: usize) -> (Vec<u8>, Response) {
    let port = system.ports[0];
    system
        .simulation
        .read_bytes(port, address, length, LIMIT)
        .unwrap()
}

#[test]
fn two_flips_met_by_a_rollback_or_a_commit_are_not_passed_over() {
    for operation in [Operation::Rollback, Operation::Checkpoint] {
        let mut system = guests_of(S3);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        scribble(&mut system, &mut random);
        let before = image(&mut system);
        begin(&mut system, 0, operation);
        // At once: the scan meets them, if the scrubber does not.
        for bit in [3, 9] {
            for word in 0..WORDS {
                system.flip(StoreMemory::Words, word, bit).unwrap();
            }
        }
        let (status, code) = completion(&mut system, 0);
        if operation == Operation::Rollback {
            assert_eq!(
                (status, code),
                (Status::Failed.code(), ErrorCode::Lost.code())
            );
            assert!(is_lost(&mut system, 0));
        } else {
            assert_eq!(status, Status::Ok.code());
            assert!(!is_lost(&mut system, 0));
            scribble(&mut system, &mut random);
            system.command(0, Operation::Rollback, LIMIT).unwrap();
            assert_eq!(image(&mut system), before);
        }
    }
}

#[test]
fn two_flips_in_the_summary_hide_nothing() {
    for memory in [StoreMemory::Summary, StoreMemory::Top] {
        let mut system = guests_of(S3);
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let wanted = image(&mut system);
        for _ in 0..8 {
            scribble(&mut system, &mut random);
            let bits = system.store_bits(memory).unwrap();
            let bit = random.random_range(1..bits);
            for bit in [0, bit] {
                system.flip(memory, 0, bit).unwrap();
            }
            system.command(0, Operation::Rollback, LIMIT).unwrap();
            assert_eq!(image(&mut system), wanted);
            system.simulation.run(SWEEP).unwrap();
        }
        // The scrubber writes a summary of one word so often that most flips are gone before they are read.
        assert!(system.read(offset::ECC_FAILED).unwrap() > 0);
        assert!(!is_lost(&mut system, 0));
    }
}
