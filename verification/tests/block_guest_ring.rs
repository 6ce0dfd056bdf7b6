//! `guest_ring`: slots are never given twice, though an allocation is counted before its reservation returns.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::GuestRing;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use rand::Rng;
use std::collections::VecDeque;

#[test]
fn free_slots_are_never_promised_twice() {
    let config = Config::default();
    let library = build(&GuestRing::new(&config));
    let (mut negative, mut filled) = (0, 0);
    for seed in seeds(20) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut capacity = 0i64;
        let (mut used, mut reserved) = (0i64, 0i64);
        // Reservations on their way back, and those whose slot is already allocated.
        let mut returning: VecDeque<u64> = VecDeque::new();
        let mut doubled = 0i64;
        for cycle in 0..3_000u64 {
            let empty = cycle % 1500 < 4;
            if cycle == 0 {
                dut.set("ring_size", 15);
                capacity = config.ring_slots(15) as i64;
            }
            dut.set("empty", u64::from(empty));
            dut.settle();
            if cycle % 1500 > 4 {
                let free = capacity - used - reserved - doubled;
                assert_eq!(
                    dut.get("free") as i64,
                    free.max(0),
                    "cycle {cycle}, seed {seed}"
                );
                assert_eq!(dut.get("used") as i64, used);
                negative += u64::from(free < 0);
                filled += u64::from(free == 0);
            }
            let room = dut.get("free");
            let slots = rng.random_range(1..=64u64).min(room);
            let accept = !empty && slots > 0 && rng.random_ratio(1, 8);
            let allocate = !empty && reserved > 0 && rng.random_ratio(7, 16);
            let back = returning.front().is_some_and(|at| *at <= cycle);
            dut.set("accept", u64::from(accept));
            dut.set("accept_slots", slots);
            dut.set("allocate", u64::from(allocate));
            dut.set("resolved", u64::from(back) << (cycle % 8));
            dut.tick();
            if accept {
                reserved += slots as i64;
            }
            if allocate {
                // One reservation becomes a slot; it returns a few cycles later and counts twice until then.
                (used, reserved, doubled) = (used + 1, reserved - 1, doubled + 1);
                returning.push_back(cycle + rng.random_range(1..3));
            }
            if back {
                returning.pop_front();
                doubled -= 1;
            }
            if empty {
                (used, reserved, doubled) = (0, 0, 0);
                returning.clear();
            }
        }
    }
    assert!(
        negative > 10 && filled > 10,
        "{negative} cycles below zero, {filled} full"
    );
}

#[test]
fn the_ring_of_s1_is_a_circle_of_committed_and_later_entries() {
    let config = Config {
        strategies: vec![Strategy::S1],
        settable: false,
        block_size: Size(1024),
        memory_size: Size(1 << 20),
        ..Config::default()
    };
    let library = build(&GuestRing::new(&config));
    let capacity = config.ring_slots(15);
    assert_eq!(capacity, 28);
    let (mut turns, mut filled) = (0, 0);
    for seed in seeds(20) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        dut.set("ring_size", 15);
        dut.set("empty", 1);
        for _ in 0..3 {
            dut.tick();
        }
        let (mut head, mut mark, mut tail) = (0u64, 0u64, 0u64); // counted without end
        let mut base = 0u64; // where slot 0 was at the last empty
        let mut reserved = 0u64;
        for cycle in 0..4_000u64 {
            let used = tail - head;
            let empty = rng.random_ratio(1, 700) && reserved == 0;
            let captured = !empty && reserved > 0 && rng.random_ratio(1, 2);
            let free = capacity - used - reserved;
            let slots = rng.random_range(1..=4u64);
            let accept = !empty && slots <= free && rng.random_ratio(1, 2);
            // A commit finds the guest quiet and the ring drained.
            let marks = !empty && !captured && mark == head && rng.random_ratio(1, 30);
            let drained = !empty && !marks && mark > head && rng.random_ratio(1, 30);
            let way = rng.random_range(1..=2u64);
            dut.set("empty", empty.into());
            dut.set("captured", captured.into());
            dut.set("mark", marks.into());
            dut.set("drained", drained.into());
            dut.set("accept", accept.into());
            dut.set("accept_slots", slots);
            dut.set("way", way);
            dut.settle();
            let place = format!("cycle {cycle}, seed {seed}");
            assert_eq!(dut.get("free"), free, "{place}");
            assert_eq!(dut.get("used"), used, "{place}");
            assert_eq!(dut.get("tail"), (tail - base) % capacity, "{place}");
            assert_eq!(dut.get("settled") == 1, mark == head, "{place}");
            let (first, count) = match way {
                1 => (head, mark - head),
                _ => (mark, tail - mark),
            };
            assert_eq!(dut.get("walk_count"), count, "{place}");
            if count > 0 {
                assert_eq!(dut.get("walk_first"), (first - base) % capacity, "{place}");
            }
            filled += u64::from(free == 0);
            dut.tick();
            if accept {
                reserved += slots;
            }
            if drained {
                head = mark;
            }
            if marks {
                mark = tail;
            }
            if captured {
                (tail, reserved) = (tail + 1, reserved - 1);
            }
            if mark < head {
                mark = head;
            }
            if empty {
                turns += (tail - base) / capacity;
                (head, mark, base) = (tail, tail, tail);
            }
        }
        turns += (tail - base) / capacity;
    }
    assert!(turns > 100 && filled > 10, "{turns} turns, {filled} full");
}
