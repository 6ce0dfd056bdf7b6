//! Random traffic from the manager, through wire and slice to the subordinate and into a RAM in
//! Verilog, compared with an array of bytes; monitors watch every port.

use crate::common;

use common::traffic;
use mch_sim::axi::{Event, Ticket};
use mch_sim::axi::{ManagerOptions, MonitorOptions, Recording, Response, SubordinateOptions};
use mch_sim::bench::derive_seed;
use mch_sim::{Handle, Simulation};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

const PAGES: u64 = 8;

type Manager = Handle<mch_sim::axi::AxiManager>;

/// Phases of traffic. Even identifiers and pages are written while odd ones are read, then the other
/// way round: so every result is determined, whatever order the answers come in.
fn traffic(
    simulation: &mut Simulation,
    manager: Manager,
    memory: &mut [u8],
    phases: u32,
    count: u32,
) {
    let mut random = ChaCha8Rng::seed_from_u64(derive_seed(simulation.seed(), "traffic"));
    let bus_bytes = simulation[manager].bus_bytes();
    for phase in 0..phases {
        let mut reads: HashMap<Ticket, Vec<u8>> = HashMap::new();
        let mut writes = 0;
        for _ in 0..count {
            let id = random.random_range(0..PAGES as u32);
            let page = u64::from(id) * 4096;
            if id % 2 == phase % 2 {
                let request = traffic::write(&mut random, page, bus_bytes, id);
                traffic::apply(memory, &request, bus_bytes);
                simulation[manager].write(request).unwrap();
                writes += 1;
            } else {
                let burst = traffic::burst(&mut random, page, bus_bytes, id);
                let bytes = traffic::expected(memory, &burst, bus_bytes);
                reads.insert(simulation[manager].read(burst).unwrap(), bytes);
            }
        }
        simulation.run_until_idle(manager, 2_000_000).unwrap();
        for completed in simulation[manager].take_completed() {
            assert_eq!(completed.response(), Response::Okay);
            match reads.remove(&completed.ticket) {
                Some(bytes) => assert_eq!(completed.payload, bytes, "{:?}", completed.burst),
                None => writes -= 1,
            }
        }
        assert_eq!(
            (reads.len(), writes),
            (0, 0),
            "every transaction completed once"
        );
    }
}

fn through(mut simulation: Simulation) {
    let seed = simulation.seed();
    let manager = simulation
        .add_manager("s_axi", ManagerOptions::stress(seed))
        .unwrap();
    let subordinate = simulation
        .add_subordinate("m_axi", SubordinateOptions::stress(seed))
        .unwrap();
    let recording = MonitorOptions::recording(Recording::All);
    let near = simulation.add_monitor("s_axi", recording).unwrap();
    let far = simulation.add_monitor("m_axi", recording).unwrap();
    simulation.reset(3).unwrap();
    let mut memory = simulation[subordinate]
        .memory()
        .read_vec(0, PAGES as usize * 4096);
    traffic(&mut simulation, manager, &mut memory, 4, 150);
    assert_eq!(
        simulation[subordinate].memory().read_vec(0, memory.len()),
        memory
    );
    assert!(simulation[subordinate].is_idle());
    assert_eq!(simulation[near].outstanding(), (0, 0));
    assert_eq!(simulation[far].outstanding(), (0, 0));

    // Both ports saw the same transactions, each accepted once and completed once.
    let counts = |events: &[Event]| {
        let accepted = events
            .iter()
            .filter(|event| matches!(event, Event::Accepted(_)))
            .count();
        (accepted, events.len() - accepted)
    };
    let near = simulation[near].log_mut().take_all();
    let far = simulation[far].log_mut().take_all();
    assert_eq!(counts(&near), (600, 600));
    assert_eq!(counts(&far), (600, 600));
    let completed = |events: Vec<Event>| {
        let mut all: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event {
                Event::Completed(one) => Some((
                    one.direction,
                    one.order,
                    one.burst,
                    one.payload,
                    one.strobes,
                )),
                Event::Accepted(_) => None,
            })
            .collect();
        all.sort_by_key(|(direction, order, ..)| (*direction, *order));
        all
    };
    assert_eq!(completed(near), completed(far));
}

#[test]
fn a_wire_carries_random_traffic_at_every_width() {
    for width in [32, 64, 128, 256, 512] {
        for seed in 0..4 {
            through(common::wire(width, seed * 7919 + u64::from(width)));
        }
    }
}

#[test]
fn a_register_slice_carries_random_traffic() {
    for width in [32, 128, 512] {
        for seed in 0..6 {
            through(common::slice(width, seed * 104_729 + u64::from(width)));
        }
    }
}

#[test]
fn a_memory_in_verilog_agrees_with_the_reference() {
    for width in [32, 64, 256] {
        for seed in 1..4 {
            let design = common::design("axi_ram").parameter("DATA_WIDTH", width);
            let mut simulation = common::simulate(design, seed);
            let manager = simulation
                .add_manager("s_axi", ManagerOptions::stress(seed))
                .unwrap();
            let monitor = simulation
                .add_monitor("s_axi", MonitorOptions::default())
                .unwrap();
            simulation.reset(2).unwrap();
            let mut memory = vec![0; PAGES as usize * 4096];
            simulation
                .write_bytes(manager, 0, &memory, 1_000_000)
                .unwrap();
            traffic(&mut simulation, manager, &mut memory, 4, 100);
            let (bytes, response) = simulation
                .read_bytes(manager, 0, memory.len(), 1_000_000)
                .unwrap();
            assert_eq!(response, Response::Okay);
            assert!(bytes == memory, "width {width}, seed {seed}");
            assert_eq!(simulation[monitor].outstanding(), (0, 0));
        }
    }
}
