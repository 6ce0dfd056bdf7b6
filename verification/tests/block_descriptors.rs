//! The save builder and the bulk arbiter in Verilator, against models of a few lines, cycle by cycle.

use mch_hdl::blocks::{BulkArbiter, SaveBuilder};
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::Block;
use mch_sim::bench::Pin;
use mch_sim::Simulation;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use verilated::{Cache, Design};

fn simulate(block: &mut dyn Block, seed: u64) -> Simulation {
    block.connect_all();
    let files = emit(block, &EmitOptions::default()).unwrap();
    let top = files[0].name.trim_end_matches(".v");
    let design = files.iter().fold(Design::new(top), |design, file| {
        design.text(file.name.clone(), file.text.clone())
    });
    design.lint(&Cache::default()).unwrap();
    let library = design.random_init(true).build(&Cache::default()).unwrap();
    let mut simulation = Simulation::new(&library, seed).unwrap();
    simulation.reset(2).unwrap();
    simulation
}

fn pins<const N: usize>(simulation: &Simulation, names: [&str; N]) -> [Pin; N] {
    names.map(|name| simulation.pin(name).unwrap())
}

fn set(simulation: &mut Simulation, name: &str, value: u64) {
    let pin = simulation.pin(name).unwrap();
    simulation.set(pin, value);
}

#[test]
fn saves_become_descriptors_in_two_cycles() {
    for block_size in [64, 512, 4096] {
        let config = Config {
            block_size: Size(block_size),
            ..Config::default()
        };
        for seed in 0..6 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut simulation = simulate(&mut SaveBuilder::new(&config), seed);
            let mem_base: u64 = 0x4000_0000;
            set(&mut simulation, "mem_base", mem_base >> 12);
            let mut rings = Vec::new();
            for guest in 0..4 {
                let size: u64 = random.random_range(15..=24);
                let base = 0x8000_0000_u64 | random.random_range(0..64_u64) << 24;
                let interval: u64 = random.random_range(0..0x1_0000);
                set(&mut simulation, &format!("ring_base_{guest}"), base >> 12);
                set(&mut simulation, &format!("ring_size_{guest}"), size);
                set(&mut simulation, &format!("interval_{guest}"), interval);
                rings.push((base, size, interval));
            }
            let inputs = pins(
                &simulation,
                ["save_block", "save_guest", "save_slot", "save_ticket"],
            );
            let outputs = pins(
                &simulation,
                [
                    "urgent_source",
                    "urgent_destination",
                    "urgent_has_header",
                    "urgent_header_address",
                    "urgent_header",
                    "urgent_ticket",
                    "urgent_guest",
                    "urgent_block",
                    "urgent_kind",
                ],
            );
            let [valid, ready, out_valid, out_ready] = pins(
                &simulation,
                ["save_valid", "save_ready", "urgent_valid", "urgent_ready"],
            );
            let full_speed = seed == 0;
            let mut waiting: VecDeque<(u64, [u64; 9])> = VecDeque::new();
            let mut offered: Option<[u64; 4]> = None;
            let (mut taken, mut made) = (0, 0);
            for cycle in 0..3000_u64 {
                if offered.is_none() && (full_speed || random.random_bool(0.6)) {
                    let guest = random.random_range(0..4);
                    offered = Some([
                        random.random_range(0..u64::from(config.blocks())),
                        guest,
                        random.random_range(0..config.ring_slots(rings[guest as usize].1 as u32)),
                        random.random_range(0..16),
                    ]);
                }
                simulation.set(valid, u64::from(offered.is_some()));
                for (pin, value) in inputs.iter().zip(offered.unwrap_or_default()) {
                    simulation.set(*pin, value);
                }
                let accepts = full_speed || random.random_bool(0.5);
                simulation.set(out_ready, u64::from(accepts));
                if simulation.get(out_valid) == 1 {
                    let seen = outputs.map(|pin| simulation.get(pin));
                    let (since, expected) = waiting.front().copied().expect("a save behind it");
                    assert_eq!(seen, expected, "seed {seed}");
                    assert!(cycle >= since + 2);
                    assert!(!full_speed || cycle == since + 2);
                    if accepts {
                        waiting.pop_front();
                        made += 1;
                    }
                }
                assert!(!full_speed || simulation.get(ready) == 1);
                if simulation.get(ready) == 1 {
                    if let Some([block, guest, slot, ticket]) = offered.take() {
                        let (base, size, interval) = rings[guest as usize];
                        let expected = [
                            mem_base / block_size + block,
                            base / block_size + slot,
                            1,
                            base + (7 << (size - 3)) + 8 * slot,
                            block | guest << 40 | interval << 48,
                            ticket,
                            guest,
                            block,
                            0,
                        ];
                        waiting.push_back((cycle, expected));
                        taken += 1;
                    }
                }
                simulation.step().unwrap();
            }
            assert!(taken - made <= 2 && made > 1000, "{made} of {taken}");
        }
    }
}

/// Offers of one source: source, destination, block, guest and clear of each.
#[derive(Default)]
struct Source {
    offered: Option<[u64; 5]>,
    sent: VecDeque<[u64; 5]>,
}

#[test]
fn bulk_descriptors_are_joined_fairly_and_counted_at_once() {
    let both = Strategy::BUILT.to_vec();
    for (strategies, scans, restores) in [
        (both.clone(), true, true),
        (vec![Strategy::S3], true, false),
        (vec![Strategy::S6], false, true),
    ] {
        for seed in 0..6 {
            let config = Config {
                strategies: strategies.clone(),
                ..Config::default()
            };
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut simulation = simulate(&mut BulkArbiter::new(&config), seed);
            let pin = |name: String| Pin::optional(simulation.model(), &name).unwrap();
            let prefixed = |prefix: &str| {
                let fields = ["source", "destination", "block", "guest", "clear"];
                (
                    pin(format!("{prefix}_valid")),
                    pin(format!("{prefix}_ready")),
                    fields.map(|field| pin(format!("{prefix}_{field}"))),
                )
            };
            let ports = [prefixed("scan"), prefixed("restore")];
            let (out_valid, out_ready, out) = prefixed("bulk");
            let kind = pin("bulk_kind".into());
            let [sent_valid, sent_guest] = pins(&simulation, ["sent_valid", "sent_guest"]);
            let built = [scans, restores];
            let mut sources = [Source::default(), Source::default()];
            let mut held: Option<(usize, [u64; 5])> = None;
            let mut last = None;
            let mut counts = [0, 0];
            for _ in 0..3000 {
                for (index, source) in sources.iter_mut().enumerate() {
                    let wants = seed == 0 || random.random_bool(0.5);
                    if built[index] && source.offered.is_none() && wants {
                        source.offered = Some([
                            random.random_range(0..1 << 26),
                            random.random_range(0..1 << 26),
                            random.random_range(0..u64::from(config.blocks())),
                            random.random_range(0..4),
                            if index == 0 {
                                random.random_range(0..2)
                            } else {
                                0
                            },
                        ]);
                    }
                    let (valid, _, fields) = &ports[index];
                    simulation.set(*valid, u64::from(source.offered.is_some()));
                    for (pin, value) in fields.iter().zip(source.offered.unwrap_or_default()) {
                        simulation.set(*pin, value);
                    }
                }
                let accepts = seed == 0 || random.random_bool(0.6);
                simulation.set(out_ready, u64::from(accepts));
                // What the register holds is what was taken last.
                assert_eq!(simulation.get(out_valid) == 1, held.is_some());
                if let Some((index, expected)) = held {
                    assert_eq!(out.map(|pin| simulation.get(pin)), expected);
                    assert_eq!(simulation.get(kind), index as u64 + 1);
                    if accepts {
                        held = None;
                    }
                }
                let takes = [0, 1].map(|index: usize| {
                    let (valid, ready, _) = &ports[index];
                    simulation.get(*valid) == 1 && simulation.get(*ready) == 1
                });
                let offers = [0, 1].map(|index: usize| sources[index].offered.is_some());
                // One is taken whenever there is room and an offer; of two, the one that was not last.
                let room = held.is_none();
                assert_eq!(takes[0] ^ takes[1], room && (offers[0] || offers[1]));
                assert!(!(takes[0] && takes[1]));
                assert_eq!(simulation.get(sent_valid) == 1, takes[0] || takes[1]);
                for index in [0, 1] {
                    if takes[index] {
                        if offers[1 - index] {
                            assert_ne!(last, Some(index), "out of turn, seed {seed}");
                        }
                        let descriptor = sources[index].offered.take().expect("an offer");
                        assert_eq!(simulation.get(sent_guest), descriptor[3]);
                        sources[index].sent.push_back(descriptor);
                        held = Some((index, descriptor));
                        last = Some(index);
                        counts[index] += 1;
                    }
                }
                simulation.step().unwrap();
            }
            assert!(counts[0] + counts[1] > 1000, "{counts:?}");
            assert_eq!(counts.map(|count| count > 0), built);
        }
    }
}
