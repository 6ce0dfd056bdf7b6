//! `place_store` against a model: the places of a word by the epoch rule, whatever is written while it is read.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::PlaceStore;
use mch_spec::{Config, Strategy};
use rand::Rng;
use std::sync::{Arc, OnceLock};
use verilated::Library;

const PORTS: usize = 3;
const GUESTS: usize = 4;
const WORDS: u64 = 128;

/// The answer stands two cycles after the grant, or, `early`, one.
fn library(early: bool) -> Arc<Library> {
    static LATE: OnceLock<Arc<Library>> = OnceLock::new();
    static EARLY: OnceLock<Arc<Library>> = OnceLock::new();
    let cell = if early { &EARLY } else { &LATE };
    cell.get_or_init(|| {
        build(&PlaceStore::new(&Config {
            read_register: !early,
            ports: PORTS as u32,
            guests: GUESTS as u32,
            memory_size: mch_spec::config::Size(WORDS * 32 * 64),
            strategies: vec![Strategy::S5],
            ..Config::default()
        }))
    })
    .clone()
}

#[derive(Clone, Copy, Default)]
struct Word {
    x: u64,
    y: u64,
    tag: u64,
}

/// A look-up on its way: the stored word and what was asked.
#[derive(Clone, Copy)]
struct Asked {
    word: Word,
    guest: usize,
    first: u64,
    last: u64,
    beyond: bool,
    epoch: u64,
    outcomes: u64,
}

#[test]
fn places_follow_the_epoch_rule_and_every_write() {
    for early in [false, true] {
        places_follow_every_write(early);
    }
}

fn places_follow_every_write(early: bool) {
    let (mut collisions, mut wholes, mut waits) = (0, 0, 0);
    for seed in seeds(12) {
        let mut dut = Dut::new(&library(early), seed);
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut words = [Word::default(); WORDS as usize];
        let mut epochs = [0_u64; GUESTS];
        let mut outcomes = [0_u64; GUESTS];
        // The clearing sweep.
        for word in 0..WORDS {
            dut.set("write_enable", 1);
            dut.set("write_word", word);
            write(&mut dut, Word::default());
            dut.tick();
        }
        let mut asking = [None::<(u64, usize, u64, u64, bool)>; PORTS];
        let mut waited = [0; PORTS];
        let mut pipeline: [Option<Asked>; 2] = [None; 2];
        for _ in 0..4000 {
            for (g, epoch) in epochs.iter_mut().enumerate() {
                if rng.random_ratio(1, 40) {
                    outcomes[g] &= !(1 << *epoch);
                    outcomes[g] |= u64::from(rng.random::<bool>()) << *epoch;
                    *epoch = (*epoch + 1) % 16;
                }
                dut.set(&format!("epoch_{g}"), *epoch);
                dut.set(&format!("outcomes_{g}"), outcomes[g]);
            }
            for (p, ask) in asking.iter_mut().enumerate() {
                if ask.is_none() && rng.random_ratio(1, 2) {
                    let first = rng.random_range(0..32);
                    *ask = Some((
                        rng.random_range(0..8),
                        rng.random_range(0..GUESTS),
                        first,
                        rng.random_range(first..32),
                        rng.random_ratio(1, 8),
                    ));
                }
                dut.set(&format!("request_{p}"), u64::from(ask.is_some()));
                if let Some((word, guest, first, last, beyond)) = *ask {
                    dut.set(&format!("word_{p}"), word);
                    dut.set(&format!("guest_{p}"), guest as u64);
                    dut.set(&format!("first_{p}"), first);
                    dut.set(&format!("last_{p}"), last);
                    dut.set(&format!("beyond_{p}"), u64::from(beyond));
                }
            }
            let written = rng.random_ratio(1, 2).then(|| {
                let alike = rng.random_range(0..3);
                let plane = |r: u64| [0, 0xffff_ffff, r & 0xffff_ffff][alike];
                let word = Word {
                    x: plane(rng.random()),
                    y: plane(rng.random()),
                    tag: epochs[rng.random_range(0..GUESTS)],
                };
                (rng.random_range(0..8), word)
            });
            dut.set("write_enable", u64::from(written.is_some()));
            if let Some((at, word)) = written {
                dut.set("write_word", at);
                write(&mut dut, word);
            }
            dut.settle();
            let answered = pipeline[1];
            pipeline[1] = pipeline[0].take().map(|asked: Asked| Asked {
                epoch: epochs[asked.guest],
                outcomes: outcomes[asked.guest],
                ..asked
            });
            if let Some(asked) = if early { pipeline[1] } else { answered } {
                let counts =
                    asked.word.tag == asked.epoch || asked.outcomes >> asked.word.tag & 1 == 1;
                let places = asked.word.x ^ if counts { asked.word.y } else { 0 };
                assert_eq!(dut.get("places"), places);
                let mut bits = (asked.first..=asked.last).map(|k| places >> k & 1);
                let side = bits.next().expect("a block");
                let whole = !asked.beyond && bits.all(|bit| bit == side);
                assert_eq!(dut.is("whole"), whole);
                if whole {
                    assert_eq!(dut.get("in_shadow"), side);
                    wholes += 1;
                }
            }
            for p in 0..PORTS {
                let Some((word, guest, first, last, beyond)) = asking[p] else {
                    assert!(!dut.is(&format!("grant_{p}")));
                    continue;
                };
                if !dut.is(&format!("grant_{p}")) {
                    waited[p] += 1;
                    waits += 1;
                    assert!(waited[p] < PORTS, "round robin");
                    continue;
                }
                assert!(pipeline[0].is_none(), "one grant per cycle");
                let mut stored = words[word as usize];
                if let Some((_, new)) = written.filter(|w| w.0 == word) {
                    stored = new;
                    collisions += 1;
                }
                pipeline[0] = Some(Asked {
                    word: stored,
                    guest,
                    first,
                    last,
                    beyond,
                    epoch: 0,
                    outcomes: 0,
                });
                asking[p] = None;
                waited[p] = 0;
            }
            if let Some((at, word)) = written {
                words[at as usize] = word;
            }
            dut.tick();
        }
    }
    assert!(collisions > 500 && wholes > 2000 && waits > 500);
}

fn write(dut: &mut Dut, word: Word) {
    dut.set_wide(
        "write_data",
        &[
            (word.x | word.y << 32) as u32,
            ((word.x | word.y << 32) >> 32) as u32,
            word.tag as u32,
        ],
    );
}
