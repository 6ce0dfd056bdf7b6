//! `error_encoder` and `error_decoder`: one flip is put right, two are told, wherever they are.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::{ErrorDecoder, ErrorEncoder};
use rand::Rng;

/// What comes out of the decoder.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    data: u128,
    was_wrong: bool,
    failed: bool,
}

fn set(dut: &mut Dut, data: u128) {
    let words = [data as u32, (data >> 32) as u32, (data >> 64) as u32];
    dut.set_wide("data", &words[..dut.words_of("data")]);
}

fn decode(dut: &mut Dut, data: u128, check: u64) -> Decoded {
    set(dut, data);
    dut.set("check", check);
    dut.settle();
    Decoded {
        data: dut.get_wide("corrected"),
        was_wrong: dut.is("was_wrong"),
        failed: dut.is("failed"),
    }
}

/// Every flip and every pair of flips of some words of so many bits.
fn every_flip<const N: usize>(width: u32) {
    let encoder = build(&ErrorEncoder::<N>::new(width as usize));
    let decoder = build(&ErrorDecoder::<N>::new(width as usize));
    for seed in seeds(3) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut encode = Dut::new(&encoder, seed);
        let mut dut = Dut::new(&decoder, seed);
        let word: u128 = rng.random::<u128>() & ((1 << width) - 1);
        set(&mut encode, word);
        encode.settle();
        let check = encode.get("check");
        let checks = if width > 57 { 8 } else { 7 };
        assert_eq!(check >> checks, 0);
        let right = Decoded {
            data: word,
            was_wrong: false,
            failed: false,
        };
        assert_eq!(decode(&mut dut, word, check), right);
        let flipped = |bits: &[u32]| {
            bits.iter()
                .fold((word, check), |(word, check), bit| match bit {
                    bit if *bit < width => (word ^ 1 << bit, check),
                    bit => (word, check ^ 1 << (bit - width)),
                })
        };
        for first in 0..width + checks {
            let (data, bits) = flipped(&[first]);
            let mended = Decoded {
                was_wrong: true,
                ..right
            };
            assert_eq!(
                decode(&mut dut, data, bits),
                mended,
                "bit {first} of {width}"
            );
            for second in 0..first {
                let (data, bits) = flipped(&[first, second]);
                let told = Decoded {
                    data,
                    was_wrong: false,
                    failed: true,
                };
                assert_eq!(
                    decode(&mut dut, data, bits),
                    told,
                    "bits {first}, {second} of {width}"
                );
            }
        }
    }
}

#[test]
fn every_flip_of_a_summary_word() {
    every_flip::<32>(32);
}

#[test]
fn every_flip_of_a_word_of_one_plane() {
    for width in [34, 36, 38] {
        every_flip::<70>(width);
    }
}

#[test]
fn every_flip_of_a_word_of_two_planes() {
    for width in [66, 68, 70] {
        every_flip::<70>(width);
    }
}
