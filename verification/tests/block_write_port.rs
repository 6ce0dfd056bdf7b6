//! `write_port` between a master, an admission, a tracker and a memory that are modelled here.
//!
//! **Strategy**: random bursts (every type, size, legal and illegal, all classes), AW and W at independent paces, admission that holds and rejects,
//! a tracker that makes pieces wait for tickets that fail and are used again, a memory that stalls and errs. **Invariants**: the pieces issued are exactly
//! those the definition of the burst gives, less the failed ones; every beat arrives with its piece; responses in order, each the worst of its pieces, never before the
//! last beat was sent; one `finished` per accepted burst and one `resolved` per reserved block, in the cycle after its verdict; a raised AW stays.

use crate::front::{build, seeds, Burst, MEM_BASE, SHADOW_BASE};
use crate::write_rig::{compact_library, config, library, random_burst, Bench, Pace, FAST};
use mch_hdl::blocks::WritePort;
use mch_spec::Config;
use rand::seq::IndexedRandom;
use rand::SeedableRng;
use std::collections::BTreeSet;
use std::sync::Arc;
use verilated::Library;

#[test]
fn random_traffic() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for seed in seeds(45) {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed ^ 0xabcd);
        let mut rate = || *[2, 8, 14, 16].choose(&mut rng).expect("some");
        let pace = Pace {
            aw: rate(),
            w: rate(),
            b: rate(),
            out_aw: rate(),
            out_w: rate(),
            lookup: rate(),
            admit: rate(),
            wait: rate() - 2,
            reject: 2,
            latency: rate() as u64 * 4,
            memory_errors: true,
        };
        let mut bench = match seed % 3 {
            0 => Bench::new(seed, pace),
            1 => Bench::of(&compact_library(), seed, pace),
            _ => Bench::capturing(seed, pace),
        };
        for _ in 0..150 {
            let burst = random_burst(&mut bench.random.rng);
            bench.send(burst, None);
        }
        bench.finish(200_000);
        seen.extend(bench.seen.keys().copied());
    }
    let all = [
        "error",
        "freed under way",
        "passed",
        "rejected",
        "ticket failed",
    ];
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        all,
        "the corners reached"
    );
}

/// Cycles from the first AW to the last B.
fn duration(library: &Arc<Library>, bursts: &[Burst]) -> u64 {
    let mut bench = Bench::of(library, 1, FAST);
    for burst in bursts {
        bench.send(*burst, Some(0xff));
    }
    bench.finish(100_000);
    bench.finished_at
}

#[test]
fn a_beat_per_cycle() {
    // Enough bursts in flight to cover the 22 cycles of one single beat.
    let config = Config {
        outstanding: 32,
        ..config()
    };
    let library = build(&WritePort::<64, 8>::new(&config));
    for base in [MEM_BASE, MEM_BASE + (16 << 12), MEM_BASE + (40 << 12)] {
        for (len, offset) in [(0, 0), (1, 56), (3, 0), (7, 32), (15, 0)] {
            let count = 256;
            let address = |k: u64| base + (offset + k * 8 * (len + 1)) % 2048;
            let bursts: Vec<Burst> = (0..count).map(|k| Burst::incr(address(k), len)).collect();
            // The last burst is whole after all beats; then its AW, its own beats and its response follow.
            assert_eq!(
                duration(&library, &bursts),
                (count + 1) * (len + 1) + 20,
                "bursts of {len} + 1 beats at {base:#x}"
            );
        }
    }
}

#[test]
fn a_compact_port_takes_a_burst_every_other_cycle() {
    for len in [0, 1, 3, 7, 15] {
        let count = 128;
        let address = |k: u64| MEM_BASE + k * 8 * (len + 1) % 2048;
        let bursts: Vec<Burst> = (0..count).map(|k| Burst::incr(address(k), len)).collect();
        // All but single beats as of the default build: a beat per cycle.
        let cycles = match len {
            0 => 2 * count + 20,
            _ => (count + 1) * (len + 1) + 20,
        };
        assert_eq!(
            duration(&compact_library(), &bursts),
            cycles,
            "bursts of {len} + 1 beats"
        );
    }
}

#[test]
fn added_latency_of_a_single_beat() {
    // AW and W in cycle 0, out in cycles 14 and 15, the response in cycle 19, B in cycle 21.
    assert_eq!(duration(&library(), &[Burst::incr(MEM_BASE, 0)]), 22);
}

#[test]
fn a_4_kib_boundary_is_reached_but_not_crossed() {
    let mut bench = Bench::new(1, FAST);
    bench.send(Burst::incr(MEM_BASE + 4096 - 64, 7), None); // ends exactly on it
    bench.send(Burst::incr(MEM_BASE + 4096 - 64, 8), None); // crosses: refused
    bench.send(Burst::incr(MEM_BASE + 4096, 0), None);
    bench.send(Burst::incr(MEM_BASE, 255), None);
    bench.finish(2_000);
    assert_eq!(bench.seen.get("error"), Some(&1));
}

#[test]
fn data_before_address_and_address_without_data() {
    let mut bench = Bench::new(1, Pace { aw: 0, ..FAST });
    for k in 0..8 {
        bench.send(Burst::incr(MEM_BASE + k * 64, 7), None);
    }
    for _ in 0..200 {
        bench.step();
    }
    assert_eq!(
        (bench.w_sent, bench.passed),
        (8, 0),
        "data is taken, nothing goes"
    );
    bench.pace = FAST;
    bench.finish(500);

    let mut bench = Bench::new(1, Pace { w: 0, ..FAST });
    for k in 0..8 {
        bench.send(Burst::incr(MEM_BASE + k * 64, 7), None);
    }
    for _ in 0..200 {
        bench.step();
    }
    assert_eq!(
        (bench.aw_sent, bench.passed),
        (8, 0),
        "addresses are taken, nothing goes"
    );
    bench.pace = FAST;
    bench.finish(500);
}

#[test]
fn every_legal_wrap() {
    let pace = Pace { out_aw: 8, ..FAST };
    for bench in [Bench::new(1, pace), Bench::capturing(1, pace)] {
        wraps(bench);
    }
}

fn wraps(mut bench: Bench) {
    for size in 0..4u64 {
        for len in [1, 3, 7, 15] {
            for start in 0..=len {
                let address =
                    MEM_BASE + (17 << 12) + 0x480 / (len + 1) * (len + 1) + (start << size);
                bench.send(
                    Burst {
                        size,
                        burst: 2,
                        ..Burst::incr(address & !((1 << size) - 1), len)
                    },
                    None,
                );
            }
        }
    }
    bench.finish(20_000);
}

#[test]
fn zero_strobes_and_errors_between_good_bursts_keep_order() {
    let mut bench = Bench::new(1, FAST);
    for k in 0..40 {
        bench.send(
            Burst {
                id: k,
                ..Burst::incr(MEM_BASE + k * 64, 7)
            },
            Some(0),
        );
        bench.send(
            Burst {
                id: 100 + k,
                burst: 0,
                ..Burst::incr(MEM_BASE, 3)
            },
            None,
        );
        bench.send(
            Burst {
                id: 200 + k,
                ..Burst::incr(0x2000, k)
            },
            None,
        );
    }
    bench.finish(5_000);
    assert_eq!(bench.seen.get("error"), Some(&80));
}

#[test]
fn not_enabled_it_is_a_wire() {
    let mut bench = Bench::new(1, FAST);
    bench.map.enable = false;
    bench.map.drive(&mut bench.dut);
    bench.send(Burst::incr(0x10, 3), None);
    bench.send(Burst::incr(SHADOW_BASE, 3), None);
    bench.send(
        Burst {
            burst: 0,
            ..Burst::incr(MEM_BASE + 8, 3)
        },
        None,
    );
    bench.finish(500);
    assert_eq!(bench.seen.get("passed"), Some(&3));
}

#[test]
fn a_held_burst_waits_and_blocks_only_what_is_behind() {
    let mut bench = Bench::new(1, Pace { admit: 0, ..FAST });
    bench.send(Burst::incr(MEM_BASE + (40 << 12), 3), None);
    bench.send(Burst::incr(MEM_BASE, 3), None);
    bench.send(Burst::incr(MEM_BASE + (41 << 12), 3), None);
    for _ in 0..100 {
        bench.step();
    }
    assert_eq!(
        bench.responses, 1,
        "the burst before the held one is answered"
    );
    bench.pace = FAST;
    bench.finish(300);
}

#[test]
fn a_master_that_dies_leaves_no_trace_after_a_flush() {
    for beats in 0..8 {
        let mut bench = Bench::new(
            beats,
            Pace {
                latency: 30,
                ..FAST
            },
        );
        bench.send(Burst::incr(MEM_BASE, 7), None);
        bench.send(Burst::incr(MEM_BASE + 64, 7), None);
        bench.send(Burst::incr(MEM_BASE + 128, 7), None);
        for _ in 0..16 + beats {
            bench.step();
        }
        // Dead: two bursts are whole, the third is not.
        assert_eq!(bench.w_sent, 2, "{beats}");
        bench.aw.clear();
        bench.w.clear();
        (bench.aw_raised, bench.w_raised) = (false, false);
        bench.dut.set("flush", 1);
        bench.step();
        bench.dut.set("flush", 0);
        let mut cycles = 0;
        loop {
            bench.step();
            bench.dut.settle();
            assert!(
                !bench.dut.is("bvalid") && !bench.dut.is("awready") && !bench.dut.is("wready")
                    || !bench.dut.is("flush_busy"),
                "shut during the flush"
            );
            if !bench.dut.is("flush_busy") {
                break;
            }
            cycles += 1;
            assert!(cycles < 200, "the flush never ends");
        }
        assert!(cycles > 30, "the flush waits for memory");
        assert_eq!(
            bench.passed, 2,
            "complete bursts are finished, nothing more"
        );
        assert_eq!(bench.finished[1], 2);
        assert!(bench.dut.is("idle"));
        // A new master starts clean.
        bench.bursts.clear();
        bench.b_due.clear();
        (bench.passed, bench.aw_sent, bench.w_sent, bench.responses) = (0, 0, 0, 0);
        bench.send(Burst::incr(MEM_BASE + 256, 3), None);
        bench.finish(300);
    }
}
