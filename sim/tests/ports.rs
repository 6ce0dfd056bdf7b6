//! Binding to designs with several ports, and with signals that are absent.

use crate::common;

use mch_sim::axi::{
    Attributes, Burst, Event, LiteOptions, ManagerOptions, MonitorOptions, Recording, Response,
    SubordinateOptions, WriteRequest,
};
use mch_sim::bench::derive_seed;
use mch_sim::Pacing;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn ports_without_identifiers_size_or_kind_carry_full_width_bursts() {
    let mut simulation = common::simulate(common::design("axi_minimal"), 3);
    let mut ports = Vec::new();
    for index in 0..2 {
        let options = ManagerOptions::stress(index);
        let manager = simulation
            .add_manager(&format!("s{index}_axi"), options)
            .unwrap();
        let options = SubordinateOptions::stress(index);
        let memory = simulation
            .add_subordinate(&format!("m{index}_axi"), options)
            .unwrap();
        let recording = MonitorOptions::recording(Recording::Completed);
        let monitor = simulation
            .add_monitor(&format!("m{index}_axi"), recording)
            .unwrap();
        ports.push((manager, memory, monitor));
    }
    // There is no reset: the agents start at once.
    let bytes: Vec<u8> = (0..3000_u32).map(|index| index as u8).collect();
    for (manager, memory, _) in &ports {
        simulation
            .write_bytes(*manager, 0x123, &bytes, 20_000)
            .unwrap();
        let (read, response) = simulation
            .read_bytes(*manager, 0x123, 3000, 20_000)
            .unwrap();
        assert_eq!((read, response), (bytes.clone(), Response::Okay));
        assert_eq!(simulation[*memory].memory().read_vec(0x123, 3000), bytes);
    }
    let (manager, _, monitor) = ports[1];
    simulation[monitor].log_mut().take_all();
    let attributes = Attributes {
        user: 0x55,
        ..Attributes::default()
    };
    let burst = Burst::incr(0x40, 2, 2).with_attributes(attributes);
    simulation[manager]
        .write(WriteRequest::new(burst, [1; 8]))
        .unwrap();
    simulation.run_until_idle(manager, 1000).unwrap();
    let Some(Event::Completed(seen)) = simulation[monitor].log_mut().take() else {
        panic!("the write is logged");
    };
    assert_eq!(
        seen.burst, burst,
        "the user signal and the defaults for absent ones"
    );
    let message = simulation[manager]
        .read(burst.with_id(1))
        .unwrap_err()
        .to_string();
    assert!(message.contains("id 1 in 0 bits"), "{message}");
}

#[test]
fn every_port_gets_the_monitor_it_needs() {
    let mut simulation = common::wire(64, 1);
    let monitors = simulation.add_monitors(MonitorOptions::default()).unwrap();
    assert_eq!(monitors.axi.keys().collect::<Vec<_>>(), ["m_axi", "s_axi"]);
    assert!(monitors.lite.is_empty());
    let mut simulation = common::simulate(common::design("axil_registers"), 1);
    let monitors = simulation.add_monitors(MonitorOptions::default()).unwrap();
    assert_eq!(monitors.lite.keys().collect::<Vec<_>>(), ["s_axil"]);
    assert!(monitors.axi.is_empty());
}

#[test]
fn registers_survive_every_pacing() {
    for seed in 0..40 {
        let pacing = |channel| Pacing::any(derive_seed(seed, channel));
        let options = LiteOptions {
            aw: pacing("aw"),
            w: pacing("w"),
            b: pacing("b"),
            ar: pacing("ar"),
            r: pacing("r"),
            prot: 0,
        };
        let mut simulation = common::simulate(common::design("axil_registers"), seed);
        let firmware = simulation.add_lite_manager("s_axil", options).unwrap();
        let strict = MonitorOptions {
            answer_limit: Some(500),
            ..Default::default()
        };
        let monitor = simulation.add_lite_monitor("s_axil", strict).unwrap();
        simulation.reset(2).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut registers = [0_u64; 14];
        for (index, register) in registers.iter_mut().enumerate() {
            *register = random.random::<u32>().into();
            simulation[firmware].write(index as u64 * 4, *register);
        }
        let mut expected = Vec::new();
        for _ in 0..60 {
            let index = random.random_range(0..14);
            if random.random() {
                let (value, strobes) = (random.random::<u32>(), random.random_range(0..16));
                simulation[firmware].write_strobed(index as u64 * 4, value.into(), strobes);
                for lane in (0..4).filter(|lane| strobes >> lane & 1 == 1) {
                    let mask = 0xff << (8 * lane);
                    registers[index] = registers[index] & !mask | u64::from(value) & mask;
                }
            } else {
                simulation[firmware].read(index as u64 * 4);
                expected.push(registers[index]);
            }
        }
        simulation
            .run_until("all is done", 50_000, |s| s[firmware].is_idle())
            .unwrap();
        let completed = simulation[firmware].take_completed();
        let reads = completed
            .iter()
            .filter(|one| one.direction == mch_sim::memory::Direction::Read);
        let values: Vec<u64> = reads.map(|one| one.value).collect();
        assert_eq!(values, expected, "seed {seed}");
        assert_eq!(simulation[monitor].outstanding(), (0, 0));
    }
}
