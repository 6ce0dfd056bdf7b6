//! `beat_buffer` against a queue: every beat, in order, one cycle after it came when nothing is before it, three at
//! most when it is the oldest; through memory always two.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::BeatBuffer;
use rand::Rng;
use std::collections::VecDeque;

#[test]
fn order_bypass_and_latency() {
    for (depth, through_memory) in [2, 4, 16]
        .into_iter()
        .flat_map(|depth| [(depth, false), (depth, true)])
    {
        let library = build(&BeatBuffer::<64, 8>::new(depth, through_memory));
        let (mut was_full, mut was_empty) = (false, false);
        for seed in seeds(20) {
            let mut random = Seeded::new(seed);
            let rng = &mut random.rng;
            let mut dut = Dut::new(&library, seed);
            // The model: beats with the cycle in which each must be seen at the latest, if it is the oldest.
            let mut model: VecDeque<((u64, u64), u64)> = VecDeque::new();
            let (mut fill, mut drain) = (8, 8);
            for cycle in 0..3_000u64 {
                if cycle.is_multiple_of(100) {
                    (fill, drain) = (rng.random_range(0..=16), rng.random_range(0..=16));
                }
                let (push, take) = (rng.random_ratio(fill, 16), rng.random_ratio(drain, 16));
                let beat = (rng.random(), rng.random_range(0..256));
                dut.set("in_valid", u64::from(push));
                dut.set("in_data", beat.0);
                dut.set("in_side", beat.1);
                dut.set("take", u64::from(take));
                dut.settle();
                let full = model.len() == depth;
                assert_eq!(dut.is("full"), full, "full, cycle {cycle}");
                assert_eq!(dut.get("count"), model.len() as u64, "count, cycle {cycle}");
                assert_eq!(dut.is("empty"), model.is_empty(), "empty, cycle {cycle}");
                let oldest = model.front().copied();
                if oldest.is_none_or(|(_, seen_by)| seen_by <= cycle) {
                    assert_eq!(dut.is("out_valid"), oldest.is_some(), "cycle {cycle}");
                }
                was_full |= full;
                was_empty |= model.is_empty();
                if let Some((front, _)) = oldest.filter(|_| dut.is("out_valid")) {
                    assert_eq!(
                        (dut.get("out_data"), dut.get("out_side")),
                        front,
                        "cycle {cycle}"
                    );
                    if take {
                        model.pop_front();
                    }
                }
                if push && !full {
                    let wait = match (through_memory, model.is_empty()) {
                        (true, _) => 2,
                        (false, true) => 1,
                        (false, false) => 3,
                    };
                    model.push_back((beat, cycle + wait));
                }
                dut.tick();
            }
        }
        assert!(was_full && was_empty, "both ends were reached");
    }
}
