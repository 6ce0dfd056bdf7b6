//! The backup link in Verilator: two of it, joined by a channel that goes wrong.

use mch_sim::axi::SubordinateOptions;
use mch_sim::bench::Pacing;
use mch_sim::memory::Fault;
use mch_sim::stream::ChannelFaults;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use mch_verification::link::{Entry, LinkRig, RigOptions, Role};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use verilated::Library;

/// Guests 0 and 1 send from a to b, guest 2 from b to a.
const PAIRS: [(usize, usize); 3] = [(0, 0), (0, 1), (1, 2)];

pub fn config(data_width: u32, block_size: u64) -> Config {
    Config {
        data_width,
        block_size: Size(block_size),
        guests: PAIRS.len() as u32,
        strategies: vec![Strategy::S1],
        ..Config::default()
    }
}

fn rig(library: &Arc<Library>, config: &Config, options: &RigOptions, seed: u64) -> LinkRig {
    let mut rig = LinkRig::new(library, config, options, seed).unwrap();
    for (end, guest) in PAIRS {
        rig.assign(end, guest);
        rig.open(end, guest);
    }
    rig
}

fn all_marked(rig: &LinkRig) -> bool {
    PAIRS
        .iter()
        .all(|&(end, guest)| rig.simulation[rig.ends[end].guests].guests[guest].marked)
}

#[test]
fn a_lossless_link_sends_nothing_twice() {
    for (data_width, block_size) in [(32, 64), (64, 64), (64, 2048), (128, 512), (512, 4096)] {
        let config = config(data_width, block_size);
        let library = LinkRig::build(&config).unwrap();
        for (seed, latency) in [1, 40, 900].into_iter().enumerate() {
            let options = RigOptions {
                memory: SubordinateOptions::with_latency(20),
                latency,
                ..RigOptions::default()
            };
            let mut random = ChaCha8Rng::seed_from_u64(seed as u64);
            let mut rig = rig(&library, &config, &options, seed as u64);
            let mut marks = 0;
            for turn in 2..5 {
                for (end, guest) in PAIRS {
                    for _ in 0..rig.room(end, guest) * turn / 4 {
                        let entry = Entry::any(&config, guest, &mut random);
                        rig.push(end, guest, entry).unwrap();
                    }
                    rig.mark(end, guest).unwrap();
                    marks += 1;
                }
                rig.run_until("the marks", 200_000, all_marked).unwrap();
                for (end, guest) in PAIRS {
                    let (pushed, arrived, released) = rig.progress(end, guest);
                    assert_eq!((pushed, pushed), (arrived, released));
                    rig.apply(1 - end, guest, u64::MAX);
                }
            }
            rig.run(6000).unwrap();
            rig.check_rings().unwrap();
            let counts = rig.counts;
            assert_eq!(counts.sessions, 3);
            assert_eq!(counts.marks, marks);
            assert_eq!(counts.sent, counts.arrived + counts.marks + counts.sessions);
            assert_eq!((counts.repeated, counts.dropped), (0, 0), "{counts:?}");
            for end in 0..2 {
                let guests = &rig.simulation[rig.ends[end].guests].guests;
                assert!(guests.iter().all(|guest| !guest.busy));
            }
        }
    }
}

/// Something that may happen at any time.
fn disturb(rig: &mut LinkRig, config: &Config, random: &mut ChaCha8Rng) {
    let (end, guest) = PAIRS[random.random_range(0..PAIRS.len())];
    match random.random_range(0..24) {
        0..10 => {
            let most = random.random_range(1..40);
            for _ in 0..rig.room(end, guest).min(most) {
                if rig.guests(end).is_marking(guest) {
                    break;
                }
                let entry = Entry::any(config, guest, random);
                rig.push(end, guest, entry).unwrap();
            }
        }
        10..15 => {
            let most = random.random_range(1..100);
            rig.apply(1 - end, guest, most);
        }
        15..18 => rig.mark(end, guest).unwrap(),
        18 => rig.unmark(end, guest),
        19 => rig.open(end, guest),
        20 => {
            let channel = rig.ends[random.random_range(0..2)].channel;
            let cut = random.random();
            rig.simulation[channel].set_cut(cut);
        }
        21 => {
            let channel = rig.ends[random.random_range(0..2)].channel;
            let faults = ChannelFaults::any(random.random());
            rig.simulation[channel].set_faults(faults);
        }
        _ => {
            // A burst to or from a ring gets an error.
            let at = random.random_range(0..2);
            let base = rig.guests(at).ring_base(guest);
            let fault = Fault::on(base..base + (1 << 15)).once(random.random_range(1..20));
            rig.simulation[rig.ends[at].memory].faults().add(fault);
        }
    }
}

/// The channel is whole again, and everything gets through.
fn heal(rig: &mut LinkRig, what: &str) {
    for end in rig.ends {
        rig.simulation[end.channel].set_faults(ChannelFaults::default());
        rig.simulation[end.channel].set_cut(false);
        rig.simulation[end.memory].faults().clear();
    }
    for (end, guest) in PAIRS {
        rig.mark(end, guest).unwrap();
    }
    for turn in 0.. {
        if all_marked(rig) {
            break;
        }
        assert!(turn < 800, "{what}: {:?}", rig.counts);
        for (end, guest) in PAIRS {
            rig.apply(1 - end, guest, u64::MAX);
        }
        rig.run(500).unwrap_or_else(|e| panic!("{what}: {e:#}"));
    }
    for (end, guest) in PAIRS {
        let (pushed, arrived, released) = rig.progress(end, guest);
        assert_eq!((pushed, pushed), (arrived, released), "{what}");
        let number = rig.guests(end).guests[guest].mark_number;
        assert_eq!(rig.marks(end, guest).last(), Some(&number), "{what}");
    }
    rig.check_rings()
        .unwrap_or_else(|e| panic!("{what}: {e:#}"));
}

/// What the channels and memories did to the frames, summed over the cases: without it the test proves nothing.
#[derive(Default)]
struct Misfortunes {
    lost: u64,
    repeated: u64,
    delayed: u64,
    truncated: u64,
    corrupted: u64,
    write_failures: u64,
    sent_again: u64,
}

fn storm(data_width: u32, block_size: u64, seeds: std::ops::Range<u64>) {
    let config = config(data_width, block_size);
    let library = LinkRig::build(&config).unwrap();
    let mut sum = Misfortunes::default();
    for seed in seeds {
        let what = format!("{data_width} bits, blocks of {block_size}, seed {seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let options = RigOptions {
            memory: SubordinateOptions::stress(seed),
            latency: random.random_range(1..200),
            ready: Pacing::any(seed),
            ..RigOptions::default()
        };
        let mut rig = rig(&library, &config, &options, seed);
        for end in 0..2 {
            rig.guests(end).ring_delay = random.random_range(1..=3);
            rig.guests(end).retry = random.random_range(1_500..4_000);
            let channel = rig.ends[end].channel;
            rig.simulation[channel].log = Some(Vec::new());
            let faults = ChannelFaults::any(random.random());
            rig.simulation[channel].set_faults(faults);
        }
        for _ in 0..2 {
            for _ in 0..70 {
                disturb(&mut rig, &config, &mut random);
                let cycles = random.random_range(1..600);
                rig.run(cycles).unwrap_or_else(|e| panic!("{what}: {e:#}"));
            }
            heal(&mut rig, &what);
        }
        for end in rig.ends {
            let counts = rig.simulation[end.channel].counts;
            sum.lost += counts.lost;
            sum.repeated += counts.repeated;
            sum.delayed += counts.delayed;
            sum.truncated += counts.truncated;
            sum.corrupted += counts.corrupted;
        }
        sum.write_failures += rig.counts.write_failures;
        sum.sent_again += rig.counts.repeated;
    }
    assert!(sum.lost > 50 && sum.repeated > 20 && sum.delayed > 20);
    assert!(sum.truncated > 10 && sum.corrupted > 10);
    assert!(sum.write_failures > 0 && sum.sent_again > 50);
}

#[test]
fn all_arrives_once_and_in_order_whatever_the_channel_does() {
    storm(64, 64, 0..12);
}

#[test]
fn all_arrives_at_32_bits() {
    storm(32, 64, 100..105);
    storm(32, 1024, 105..109);
}

#[test]
fn all_arrives_at_128_bits() {
    storm(128, 4096, 200..205);
    storm(128, 64, 205..209);
}

#[test]
fn all_arrives_at_512_bits() {
    storm(512, 512, 300..305);
    storm(512, 4096, 305..309);
}

#[test]
fn an_older_generation_is_refused_and_stops() {
    let config = config(64, 64);
    let library = LinkRig::build(&config).unwrap();
    // The backup has taken over and sends itself, or stands by in a newer generation.
    for role in [Role::Sending, Role::Standby] {
        let mut rig = rig(&library, &config, &RigOptions::default(), 7);
        let mut random = ChaCha8Rng::seed_from_u64(7);
        rig.mark(0, 0).unwrap();
        rig.run_until("the first mark", 20_000, |rig| {
            rig.simulation[rig.ends[0].guests].guests[0].marked
        })
        .unwrap();
        rig.run(100).unwrap();
        let before = rig.counts;
        rig.guests(1).guests[0].role = role;
        rig.guests(1).guests[0].generation = 1;
        for _ in 0..5 {
            rig.push(0, 0, Entry::whole(&config, 0, &mut random))
                .unwrap();
        }
        rig.run_until("a refusal", 20_000, |rig| rig.counts.refusals > 0)
            .unwrap();
        let sent = rig.counts.sent;
        assert!(sent <= before.sent + 5);
        rig.push(0, 0, Entry::whole(&config, 0, &mut random))
            .unwrap();
        rig.run(20_000).unwrap();
        assert_eq!(rig.counts.refusals, 1);
        assert_eq!(rig.counts.arrived, before.arrived);
        assert!(rig.counts.sent <= before.sent + 6, "it goes on sending");
        assert!(!rig.guests(0).guests[0].synced);
        if role == Role::Sending {
            continue;
        }
        // A session of a newer generation is taken.
        rig.guests(0).guests[0].generation = 2;
        rig.open(0, 0);
        let entry = Entry::whole(&config, 0, &mut random);
        rig.push(0, 0, entry).unwrap();
        rig.run_until("the new session", 20_000, |rig| rig.progress(0, 0).2 == 1)
            .unwrap();
        assert_eq!(rig.guests(1).guests[0].generation, 2);
    }
}

#[test]
fn a_full_backup_gets_no_more_than_it_has_slots_for() {
    let config = config(64, 4096);
    let library = LinkRig::build(&config).unwrap();
    let mut rig = rig(&library, &config, &RigOptions::default(), 3);
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let capacity = rig.capacity();
    assert_eq!(capacity, 7);
    for end in rig.ends {
        rig.simulation[end.channel].log = Some(Vec::new());
    }
    for _ in 0..capacity {
        let entry = Entry::any(&config, 0, &mut random);
        rig.push(0, 0, entry).unwrap();
    }
    rig.run_until("a full ring", 50_000, |rig| rig.progress(0, 0).2 == 7)
        .unwrap();
    // The sender's ring has room again, the backup's has not; an acknowledgement that tells of room may be lost.
    for _ in 0..3 {
        let entry = Entry::any(&config, 0, &mut random);
        rig.push(0, 0, entry).unwrap();
    }
    rig.run(20_000).unwrap();
    assert_eq!(rig.progress(0, 0), (10, 7, 7));
    let back = rig.ends[1].channel;
    rig.simulation[back].set_cut(true);
    rig.apply(1, 0, 2);
    rig.run(2_000).unwrap();
    rig.simulation[back].set_cut(false);
    rig.run_until("two entries more", 20_000, |rig| rig.progress(0, 0).2 == 9)
        .unwrap();
    rig.run(10_000).unwrap();
    assert_eq!(rig.progress(0, 0), (10, 9, 9));
    rig.apply(1, 0, 1);
    rig.run_until("the last", 20_000, |rig| rig.progress(0, 0).2 == 10)
        .unwrap();
}
