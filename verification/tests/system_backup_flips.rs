//! S2 with error correction: flipped bits of a primary and of a standby.

use crate::unit;

use mch_spec::registers::{field, offset, Operation, Status};
use mch_spec::{Config, Strategy};
use mch_verification::flips::StoreMemory;
use mch_verification::pair::Pair;
use mch_verification::system::System;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use unit::{bytes, home, setup, GUEST_BYTES, LIMIT};

/// Bytes of a guest's region.
const LENGTH: usize = GUEST_BYTES as usize;
/// Words of the block store that are the guest's.
const WORDS: u64 = GUEST_BYTES / unit::BLOCK / 32;
/// Cycles in which the scrubber comes by everywhere.
const SWEEP: u64 = 4_000;
const OK: (u32, u32) = (Status::Ok as u32, 0);

/// Guest 0 attached in the first unit, standing by in the second, with a checkpoint there.
fn joined() -> Pair {
    let config = Config {
        strategies: vec![Strategy::S2],
        settable: false,
        link: true,
        error_correction: true,
        ..unit::machine().config
    };
    let mut units = [0, 1].map(|end| System::fast(&config, 5 + 4 * end, end.into()).unwrap());
    for unit in &mut units {
        unit.enable().unwrap();
        unit.configure(0, setup(0, Strategy::S2, 0)).unwrap();
    }
    units[0].command(0, Operation::Attach, LIMIT).unwrap();
    units[1].command(0, Operation::Standby, LIMIT).unwrap();
    let mut pair = Pair::new(units).unwrap();
    assert_eq!(checkpoint(&mut pair), OK);
    pair
}

fn checkpoint(pair: &mut Pair) -> (u32, u32) {
    pair.command(0, 0, Operation::Checkpoint, 4 * LIMIT)
        .unwrap()
}

fn image(pair: &Pair, end: usize) -> Vec<u8> {
    bytes(&pair.units[end], home(0), LENGTH)
}

fn is_lost(pair: &mut Pair, end: usize) -> bool {
    let status = pair.units[end].guest(0, offset::G_STATUS).unwrap();
    field::G_STATUS::LOST.get(status) == 1
}

fn scribble(pair: &mut Pair, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..12) {
        let length = 8 * random.random_range(1..24);
        let at = random.random_range(0..GUEST_BYTES - 256) & !7;
        let data: Vec<u8> = (0..length).map(|_| random.random()).collect();
        pair.units[0].store(0, home(0) + at, &data).unwrap();
        pair.run(50).unwrap();
    }
}

/// Bits of a word that flip; the scrubber then meets them.
fn flip(pair: &mut Pair, end: usize, memory: StoreMemory, word: u64, bits: &[u32]) {
    let width = pair.units[end].store_bits(memory).unwrap();
    for bit in bits {
        pair.units[end].flip(memory, word, bit % width).unwrap();
    }
}

#[test]
fn flipped_bits_change_nothing_on_either_side() {
    let mut pair = joined();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..8 {
        scribble(&mut pair, &mut random);
        for end in 0..2 {
            for memory in [StoreMemory::Summary, StoreMemory::Top] {
                flip(&mut pair, end, memory, 0, &[random.random_range(0..999)]);
            }
            for word in 0..WORDS {
                let bit = random.random_range(0..999);
                flip(&mut pair, end, StoreMemory::Words, word, &[bit]);
            }
        }
        if random.random() {
            pair.run(SWEEP).unwrap();
        }
        assert_eq!(checkpoint(&mut pair), OK);
        pair.run(SWEEP).unwrap();
        assert!(image(&pair, 0) == image(&pair, 1));
    }
    for end in 0..2 {
        let corrected = pair.units[end].read(offset::ECC_CORRECTED).unwrap();
        assert!(corrected >= 8 * WORDS as u32, "{corrected} put right");
        assert_eq!(pair.units[end].read(offset::ECC_FAILED).unwrap(), 0);
        assert!(!is_lost(&mut pair, end));
    }
}

#[test]
fn two_flips_end_the_session_and_the_next_checkpoint_begins_one() {
    let mut pair = joined();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let kept = image(&pair, 0);
    scribble(&mut pair, &mut random);
    let session = |pair: &mut Pair| pair.units[0].guest(0, offset::G_SESSION).unwrap();
    let before = session(&mut pair);
    // A write of the word that is under way may cover the flips.
    for turn in 0..8 {
        flip(&mut pair, 0, StoreMemory::Words, turn % WORDS, &[3, 11]);
        pair.run(SWEEP).unwrap();
        if is_lost(&mut pair, 0) {
            break;
        }
    }
    assert!(is_lost(&mut pair, 0) && !is_lost(&mut pair, 1));
    // The checkpoint is elsewhere, and as it was; the guest runs on, and nothing of it is captured.
    let entries = pair.units[0].guest(0, offset::G_ENTRIES).unwrap();
    scribble(&mut pair, &mut random);
    assert_eq!(pair.units[0].guest(0, offset::G_ENTRIES).unwrap(), entries);
    assert!(image(&pair, 1) == kept);
    assert_eq!(checkpoint(&mut pair), OK);
    assert_eq!(session(&mut pair), before + 1);
    assert!(!is_lost(&mut pair, 0));
    pair.run(SWEEP).unwrap();
    assert!(image(&pair, 0) == image(&pair, 1));
}

/// A standby's bits mean nothing: its checkpoint lies in memory and ring.
#[test]
fn two_flips_of_a_standby_lose_nothing() {
    let mut pair = joined();
    let kept = image(&pair, 0);
    for turn in 0..8 {
        flip(&mut pair, 1, StoreMemory::Words, turn % WORDS, &[5, 20]);
        pair.run(SWEEP).unwrap();
    }
    assert!(pair.units[1].read(offset::ECC_FAILED).unwrap() > 0);
    assert!(!is_lost(&mut pair, 1));
    pair.units[1]
        .command(0, Operation::Takeover, LIMIT)
        .unwrap();
    assert!(image(&pair, 1) == kept);
    // What it sends when it is the primary is whole.
    let ended = pair.command(0, 0, Operation::Detach, LIMIT).unwrap();
    assert_eq!(ended, OK);
    pair.units[0].command(0, Operation::Standby, LIMIT).unwrap();
    pair.units[1].store(0, home(0) + 128, &[0x77; 192]).unwrap();
    let ended = pair
        .command(1, 0, Operation::Checkpoint, 4 * LIMIT)
        .unwrap();
    assert_eq!(ended, OK);
    pair.run(SWEEP).unwrap();
    assert!(image(&pair, 0) == image(&pair, 1));
}
