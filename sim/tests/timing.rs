//! Latency and throughput of the manager and the subordinate, to the cycle.

use crate::common;

use mch_sim::axi::{
    AxiManager, Burst, Channel, Completed, ManagerOptions, SubordinateOptions, Summary, WriteOrder,
    WriteRequest,
};
use mch_sim::memory::{Direction, DramTiming, Latency};
use mch_sim::{Handle, Pacing, Simulation};

fn bench(
    manager: ManagerOptions,
    subordinate: SubordinateOptions,
) -> (Simulation, Handle<AxiManager>) {
    let mut simulation = common::wire(64, 1);
    let handle = simulation.add_manager("s_axi", manager).unwrap();
    simulation.add_subordinate("m_axi", subordinate).unwrap();
    simulation.reset(2).unwrap();
    (simulation, handle)
}

/// Runs bursts of `beats` full-width beats, `reads` and `writes` of them, and returns their results.
fn run(
    simulation: &mut Simulation,
    manager: Handle<AxiManager>,
    (reads, writes): (u64, u64),
    beats: u16,
) -> Vec<Completed> {
    let bytes = u64::from(beats) * 8;
    for index in 0..reads.max(writes) {
        let burst = Burst::incr(index * bytes, beats, 3);
        if index < reads {
            simulation[manager].read(burst).unwrap();
        }
        if index < writes {
            let request = WriteRequest::new(burst, vec![index as u8; bytes as usize]);
            simulation[manager].write(request).unwrap();
        }
    }
    simulation.run_until_idle(manager, 100_000).unwrap();
    simulation[manager].take_completed()
}

/// Cycles from the first to the last data handshake, both included.
fn data_cycles(completed: &[Completed], direction: Direction) -> u64 {
    Summary::of(completed, direction).unwrap().data_cycles
}

#[test]
fn latency_is_exact() {
    for latency in [1, 2, 16, 40, 100] {
        let one = ManagerOptions {
            outstanding_reads: 1,
            outstanding_writes: 1,
            ..Default::default()
        };
        let (mut simulation, manager) = bench(one, SubordinateOptions::with_latency(latency));
        for completed in run(&mut simulation, manager, (5, 5), 4) {
            assert_eq!(completed.latency(), u64::from(latency), "{completed:?}");
        }
    }
}

#[test]
fn both_channels_carry_a_beat_every_cycle_at_any_latency() {
    for latency in [1, 16, 40, 100] {
        for (beats, count, outstanding) in [(1, 2048, 128), (8, 256, 32), (16, 128, 32)] {
            let options = ManagerOptions {
                outstanding_reads: outstanding,
                outstanding_writes: outstanding,
                ..Default::default()
            };
            let memory = SubordinateOptions {
                outstanding_reads: outstanding,
                outstanding_writes: outstanding,
                ..SubordinateOptions::with_latency(latency)
            };
            let (mut simulation, manager) = bench(options, memory);
            let completed = run(&mut simulation, manager, (count, count), beats);
            let total = count * u64::from(beats);
            assert_eq!(
                data_cycles(&completed, Direction::Read),
                total,
                "{latency} {beats}"
            );
            assert_eq!(
                data_cycles(&completed, Direction::Write),
                total,
                "{latency} {beats}"
            );
        }
    }
}

#[test]
fn too_few_outstanding_cost_exactly_the_latency() {
    // One read at a time: address handshake, 10 cycles later data, next address the cycle after.
    let one = ManagerOptions {
        outstanding_reads: 1,
        ..Default::default()
    };
    let (mut simulation, manager) = bench(one, SubordinateOptions::with_latency(10));
    let completed = run(&mut simulation, manager, (20, 0), 1);
    assert_eq!(data_cycles(&completed, Direction::Read), 19 * 11 + 1);
    // The same limit in the subordinate: ARREADY rises the cycle after the last beat.
    let memory = SubordinateOptions {
        outstanding_reads: 1,
        ..SubordinateOptions::with_latency(10)
    };
    let (mut simulation, manager) = bench(ManagerOptions::default(), memory);
    let completed = run(&mut simulation, manager, (20, 0), 1);
    assert_eq!(data_cycles(&completed, Direction::Read), 19 * 11 + 1);
}

#[test]
fn pacing_shapes_each_channel() {
    let every_third = || Pacing::Pattern {
        bits: 0b001,
        length: 3,
    };
    for (channel, reads, writes, beats, expected) in [
        // Data channels: one beat in three cycles.
        (Channel::W, 0, 4, 8, 31 * 3 + 1),
        (Channel::R, 4, 0, 8, 31 * 3 + 1),
        // Address channels: one burst of one beat in three cycles.
        (Channel::Aw, 0, 32, 1, 31 * 3 + 1),
        (Channel::Ar, 32, 0, 1, 31 * 3 + 1),
    ] {
        let options = ManagerOptions {
            aw: if channel == Channel::Aw {
                every_third()
            } else {
                Pacing::Always
            },
            w: if channel == Channel::W {
                every_third()
            } else {
                Pacing::Always
            },
            ar: if channel == Channel::Ar {
                every_third()
            } else {
                Pacing::Always
            },
            r: if channel == Channel::R {
                every_third()
            } else {
                Pacing::Always
            },
            write_order: WriteOrder::AddressLeads(0),
            ..Default::default()
        };
        let (mut simulation, manager) = bench(options, SubordinateOptions::default());
        let completed = run(&mut simulation, manager, (reads, writes), beats);
        let direction = if reads > 0 {
            Direction::Read
        } else {
            Direction::Write
        };
        assert_eq!(data_cycles(&completed, direction), expected, "{channel:?}");
    }
}

#[test]
fn address_and_data_lead_as_asked() {
    let presented = |order| {
        let options = ManagerOptions {
            write_order: order,
            ..Default::default()
        };
        let (mut simulation, manager) = bench(options, SubordinateOptions::default());
        run(&mut simulation, manager, (0, 1), 4)[0].timing
    };
    let timing = presented(WriteOrder::Independent);
    assert_eq!(timing.address, timing.first_data);
    let timing = presented(WriteOrder::AddressLeads(7));
    assert_eq!(timing.first_data - timing.address, 7);
    let timing = presented(WriteOrder::DataLeads(9));
    assert_eq!(
        timing.address - timing.first_data,
        9,
        "all data goes before the address"
    );
    assert!(timing.last_data < timing.address);
    assert_eq!(timing.response - timing.address, 1);
}

#[test]
fn data_is_taken_ahead_of_its_address_only_as_far_as_allowed() {
    // Four bursts of data come 20 cycles before their addresses.
    let taken = |data_ahead| {
        let options = ManagerOptions {
            write_order: WriteOrder::DataLeads(20),
            ..Default::default()
        };
        let memory = SubordinateOptions {
            data_ahead,
            ..Default::default()
        };
        let (mut simulation, manager) = bench(options, memory);
        let completed = run(&mut simulation, manager, (0, 4), 2);
        let address = completed[0].timing.address;
        completed
            .iter()
            .filter(|one| one.timing.last_data < address)
            .count()
    };
    assert_eq!([0, 1, 2, 3].map(taken), [0, 1, 2, 3]);
}

#[test]
fn a_summary_adds_up() {
    let (mut simulation, manager) = bench(
        ManagerOptions::default(),
        SubordinateOptions::with_latency(6),
    );
    let completed = run(&mut simulation, manager, (10, 4), 4);
    let reads = Summary::of(&completed, Direction::Read).unwrap();
    assert_eq!(
        (
            reads.count,
            reads.beats,
            reads.data_cycles,
            reads.throughput()
        ),
        (10, 40, 40, 1.0)
    );
    // The first read waits for nothing; each later one comes 3 cycles later against its data.
    assert_eq!(
        (reads.least_latency, reads.mean_latency, reads.most_latency),
        (6, 19.5, 33)
    );
    let text = Summary::of(&completed, Direction::Write)
        .unwrap()
        .to_string();
    assert_eq!(
        text,
        "4 bursts, 16 beats in 16 cycles (1.000 a cycle), latency 6 / 6.0 / 6"
    );
    assert_eq!(Summary::of(&[], Direction::Read), None);
}

#[test]
fn random_latency_spans_its_range() {
    let memory = SubordinateOptions {
        read_latency: Latency::Random { min: 3, max: 9 },
        ..Default::default()
    };
    let one = ManagerOptions {
        outstanding_reads: 1,
        ..Default::default()
    };
    let (mut simulation, manager) = bench(one, memory);
    let completed = run(&mut simulation, manager, (300, 0), 1);
    let mut seen: Vec<u64> = completed.iter().map(Completed::latency).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn dram_rewards_locality() {
    let cycles = |stride: u64| {
        let memory = SubordinateOptions {
            read_latency: Latency::Dram(DramTiming::default()),
            ..Default::default()
        };
        let (mut simulation, manager) = bench(ManagerOptions::default(), memory);
        for index in 0..500 {
            simulation[manager]
                .read(Burst::incr(index * stride, 8, 3))
                .unwrap();
        }
        simulation.run_until_idle(manager, 100_000).unwrap()
    };
    let banks_are_shared = {
        let memory = SubordinateOptions {
            read_latency: Latency::Dram(DramTiming::default()),
            write_latency: Latency::Dram(DramTiming::default()),
            ..Default::default()
        };
        let mut simulation = common::wire(64, 1);
        let manager = simulation
            .add_manager("s_axi", ManagerOptions::default())
            .unwrap();
        let memory = simulation.add_subordinate("m_axi", memory).unwrap();
        simulation.reset(2).unwrap();
        simulation.write_bytes(manager, 0, &[1; 8], 100).unwrap();
        simulation.read_bytes(manager, 0, 8, 100).unwrap();
        let dram = simulation[memory].dram();
        (dram.hits, dram.misses, dram.conflicts)
    };
    assert_eq!(
        banks_are_shared,
        (1, 1, 0),
        "a write opens the row that the read hits"
    );
    let (sequential, one_bank) = (cycles(64), cycles(8 * 2048));
    assert!(
        (4000..4400).contains(&sequential),
        "{sequential}: nearly a beat a cycle"
    );
    assert!(
        one_bank > sequential * 14 / 10,
        "{one_bank}: every access opens a row"
    );
}
