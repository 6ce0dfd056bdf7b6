//! Prints a trace for `mch simulate`: `cargo run -p mch-verification --example trace -- [SEED [EVENTS [GUESTS]]]`.
//!
//! Every guest works on a few structures in its share of 1 MiB: a hot counter block, a buffer written in bursts, and scattered
//! records that it reads back. Each takes a checkpoint now and then.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| {
        text.parse::<u64>().unwrap_or_else(|_| {
            eprintln!("usage: trace [SEED [EVENTS [GUESTS]]], numbers all; not {text:?}");
            std::process::exit(2)
        })
    });
    let seed = numbers.next().unwrap_or(1);
    let count = numbers.next().unwrap_or(400);
    let guests = numbers.next().unwrap_or(2).clamp(1, 16);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let share = (1 << 20) / guests / 4096 * 4096;
    println!("# time guest kind [address [data | length]]; seed {seed}, {guests} guests in 1 MiB");
    let mut time = 0;
    for number in 0..count {
        time += random.random_range(0..40);
        let guest = random.random_range(0..guests);
        let base = guest * share;
        if number % 100 == 99 {
            println!("{time} {guest} C");
            continue;
        }
        let record = base + 0x4000 + random.random_range(0..64) * 0x90;
        match random.random_range(0..10) {
            0..2 => write(time, guest, base, 8, &mut random),
            2..4 => {
                let place = random.random_range(0..32u64);
                write(time, guest, base + 0x1000 + place * 0x100, 256, &mut random);
            }
            4..7 => {
                let length = random.random_range(1..0x90);
                write(time, guest, record, length, &mut random);
            }
            _ => println!(
                "{time} {guest} R {record:x} {}",
                random.random_range(1..0x90)
            ),
        }
    }
}

fn write(time: u64, guest: u64, address: u64, length: usize, random: &mut ChaCha8Rng) {
    let data: String = (0..length)
        .map(|_| format!("{:02x}", random.random::<u8>()))
        .collect();
    println!("{time} {guest} W {address:x} {data}");
}
