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

#[test]
fn saves_become_descriptors_in_two_cycles() {
    let pushes = [Strategy::S3, Strategy::S4, Strategy::S6];
    for (block_size, strategies, ways) in [
        (64, &pushes[..], 0..2),
        (512, &pushes[2..], 0..1),
        (1024, &pushes[1..2], 1..2),
        (4096, &pushes[..], 0..2),
    ] {
        let config = Config {
            block_size: Size(block_size),
            strategies: strategies.to_vec(),
            ..Config::default()
        };
        for seed in 0..6 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut simulation = simulate(&mut SaveBuilder::new(&config), seed);
            let mem_base: u64 = 0x4000_0000;
            let shadow_base: u64 = 0x6000_0000;
            // What a configuration does not need has no pin.
            let pin = |simulation: &Simulation, name: &str| {
                Pin::optional(simulation.model(), name).unwrap()
            };
            let bases = ["mem_base", "shadow_base"].map(|name| pin(&simulation, name));
            simulation.set(bases[0], mem_base >> 12);
            simulation.set(bases[1], shadow_base >> 12);
            let mut rings = Vec::new();
            for guest in 0..4 {
                let size: u64 = random.random_range(15..=24);
                let base = 0x8000_0000_u64 | random.random_range(0..64_u64) << 24;
                let interval: u64 = random.random_range(0..0x1_0000);
                for (name, value) in [
                    ("ring_base", base >> 12),
                    ("ring_size", size),
                    ("interval", interval),
                ] {
                    let pin = pin(&simulation, &format!("{name}_{guest}"));
                    simulation.set(pin, value);
                }
                rings.push((base, size, interval));
            }
            let inputs = [
                "save_block",
                "save_guest",
                "save_slot",
                "save_ticket",
                "save_way",
            ]
            .map(|name| pin(&simulation, name));
            let outputs = [
                "urgent_source",
                "urgent_destination",
                "urgent_has_header",
                "urgent_header_address",
                "urgent_header",
                "urgent_ticket",
                "urgent_guest",
                "urgent_block",
                "urgent_kind",
            ]
            .map(|name| pin(&simulation, name));
            let [valid, ready, out_valid, out_ready] = pins(
                &simulation,
                ["save_valid", "save_ready", "urgent_valid", "urgent_ready"],
            );
            let full_speed = seed == 0;
            let mut waiting: VecDeque<(u64, [u64; 9])> = VecDeque::new();
            let mut offered: Option<[u64; 5]> = None;
            let (mut taken, mut made) = (0, 0);
            for cycle in 0..3000_u64 {
                if offered.is_none() && (full_speed || random.random_bool(0.6)) {
                    let guest = random.random_range(0..4);
                    offered = Some([
                        random.random_range(0..u64::from(config.blocks())),
                        guest,
                        random.random_range(0..config.ring_slots(rings[guest as usize].1 as u32)),
                        random.random_range(0..16),
                        random.random_range(ways.clone()),
                    ]);
                }
                simulation.set(valid, u64::from(offered.is_some()));
                for (pin, value) in inputs.iter().zip(offered.unwrap_or_default()) {
                    simulation.set(*pin, value);
                }
                let accepts = full_speed || random.random_bool(0.5);
                simulation.set(out_ready, u64::from(accepts));
                if simulation.get(out_valid) == 1 {
                    let mut seen = outputs.map(|pin| simulation.get(pin));
                    let (since, expected) = waiting.front().copied().expect("a save behind it");
                    if expected[2] == 0 {
                        // Without a header its fields do not count.
                        assert_eq!(seen[2], 0);
                        (seen[3], seen[4]) = (expected[3], expected[4]);
                    }
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
                    if let Some([block, guest, slot, ticket, way]) = offered.take() {
                        let (base, size, interval) = rings[guest as usize];
                        let mut expected = [
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
                        if way == 1 {
                            expected[1] = shadow_base / block_size + block;
                            expected[2] = 0;
                            expected[8] = 3;
                        }
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

/// Offers of one source: source, destination, block, guest and ticket of each.
#[derive(Default)]
struct Source {
    offered: Option<[u64; 5]>,
}

const MEM: u64 = 0x4000_0000;
const SHADOW: u64 = 0x6000_0000;

#[test]
fn bulk_descriptors_are_joined_fairly_and_counted_at_once() {
    use Strategy::{S1, S3, S4, S6};
    for (strategies, built) in [
        (vec![S3, S4, S6], [true, true, true]),
        (vec![S3, S6], [true, true, false]),
        (vec![S1, S4], [true, true, true]),
        (vec![S3], [true, false, false]),
        (vec![S6], [false, true, false]),
        (vec![S4], [true, false, true]),
    ] {
        for seed in 0..6 {
            let config = Config {
                strategies: strategies.clone(),
                ..Config::default()
            };
            let block_bytes = u64::from(config.block_bytes());
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut simulation = simulate(&mut BulkArbiter::new(&config), seed);
            let pin = |name: String| Pin::optional(simulation.model(), &name).unwrap();
            let prefixed = |prefix: &str| {
                let fields = ["source", "destination", "block", "guest", "ticket"];
                (
                    pin(format!("{prefix}_valid")),
                    pin(format!("{prefix}_ready")),
                    fields.map(|field| pin(format!("{prefix}_{field}"))),
                )
            };
            let ports = [prefixed("scan"), prefixed("restore"), prefixed("push")];
            let (out_valid, out_ready, out) = prefixed("bulk");
            let [kind, clear, lazy] =
                ["kind", "clear", "lazy"].map(|field| pin(format!("bulk_{field}")));
            let restore_lazy = pin("restore_lazy".into());
            let bases = ["mem_base", "shadow_base"].map(|name| pin(name.into()));
            let [sent_valid, sent_guest] = pins(&simulation, ["sent_valid", "sent_guest"]);
            simulation.set(bases[0], MEM >> 12);
            simulation.set(bases[1], SHADOW >> 12);
            let captures = config.captures();
            let drains = seed % 2 == 0;
            simulation.set(restore_lazy, u64::from(drains));
            let mut sources: [Source; 3] = Default::default();
            let mut held: Option<(usize, [u64; 5])> = None;
            let (mut last, mut last_other) = (None, None);
            let mut counts = [0, 0, 0];
            for _ in 0..3000 {
                for (index, source) in sources.iter_mut().enumerate() {
                    let wants = seed == 0 || random.random_bool(0.5);
                    if built[index] && source.offered.is_none() && wants {
                        let block = random.random_range(0..u64::from(config.blocks()));
                        let guest = random.random_range(0..4);
                        let mut places = [(); 2].map(|()| random.random_range(0..1 << 26));
                        let mut ticket = 0;
                        if index == 2 {
                            places = [MEM, SHADOW].map(|base| base / block_bytes + block);
                            ticket = random.random_range(0..u64::from(config.saves));
                        }
                        source.offered = Some([places[0], places[1], block, guest, ticket]);
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
                    assert_eq!(simulation.get(kind), [1, 2, 1][index]);
                    assert_eq!(simulation.get(clear) == 1, index == 2);
                    let drained = index == 1 && drains && captures;
                    assert_eq!(simulation.get(lazy) == 1, index == 2 || drained);
                    if accepts {
                        held = None;
                    }
                }
                let offers = [0, 1, 2].map(|index: usize| sources[index].offered.is_some());
                let takes = [0, 1, 2].map(|index: usize| {
                    let ready = simulation.get(ports[index].1) == 1;
                    offers[index] && ready
                });
                // One is taken whenever there is room and an offer; a push every second time, the others in turn.
                let room = held.is_none();
                let number = takes.iter().filter(|take| **take).count();
                assert_eq!(number, usize::from(room && offers.contains(&true)));
                assert_eq!(simulation.get(sent_valid) == 1, takes[0] || takes[1]);
                for index in 0..3 {
                    if !takes[index] {
                        continue;
                    }
                    if index == 2 && (offers[0] || offers[1]) || index != 2 && offers[2] {
                        assert_ne!(last == Some(2), index == 2, "out of turn, seed {seed}");
                    }
                    if index != 2 && offers[1 - index] {
                        assert_ne!(last_other, Some(index), "out of turn, seed {seed}");
                    }
                    let descriptor = sources[index].offered.take().expect("an offer");
                    if index != 2 {
                        assert_eq!(simulation.get(sent_guest), descriptor[3]);
                        last_other = Some(index);
                    }
                    held = Some((index, descriptor));
                    last = Some(index);
                    counts[index] += 1;
                }
                simulation.step().unwrap();
            }
            assert!(counts.iter().sum::<u32>() > 1000, "{counts:?}");
            assert_eq!(counts.map(|count| count > 0), built);
        }
    }
}
