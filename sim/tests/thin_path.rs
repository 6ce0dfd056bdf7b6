//! The shortest way through every agent.

use crate::common;

use mch_sim::axi::{LiteOptions, ManagerOptions, Response, SubordinateOptions};

#[test]
fn bytes_written_through_a_slice_reach_the_memory_and_come_back() {
    let mut simulation = common::slice(64, 1);
    let manager = simulation
        .add_manager("s_axi", ManagerOptions::default())
        .unwrap();
    let memory = simulation
        .add_subordinate("m_axi", SubordinateOptions::with_latency(5))
        .unwrap();
    simulation.reset(3).unwrap();
    let bytes: Vec<u8> = (0..10_000_u32)
        .map(|index| ((index * 7) >> 3) as u8)
        .collect();
    let response = simulation
        .write_bytes(manager, 0xffd, &bytes, 10_000)
        .unwrap();
    assert_eq!(response, Response::Okay);
    assert_eq!(
        simulation[memory].memory().read_vec(0xffd, bytes.len()),
        bytes
    );
    assert_eq!(simulation[memory].memory().read_vec(0xff0, 13), [0; 13]);
    assert_eq!(simulation[memory].memory().byte(0xffd + 10_000), 0);
    let (read, response) = simulation
        .read_bytes(manager, 0xffd, bytes.len(), 10_000)
        .unwrap();
    assert_eq!(response, Response::Okay);
    assert_eq!(read, bytes);
}

#[test]
fn registers_are_written_and_read() {
    let mut simulation = common::simulate(common::design("axil_registers"), 1);
    let firmware = simulation
        .add_lite_manager("s_axil", LiteOptions::default())
        .unwrap();
    simulation.reset(2).unwrap();
    for index in 0..15 {
        simulation
            .write_register(firmware, index * 4, 0x1234_5678 * (index + 1), 50)
            .unwrap();
    }
    let strobed = simulation[firmware].write_strobed(8, 0xaabb_ccdd, 0b0101);
    simulation.complete_access(firmware, strobed, 50).unwrap();
    let value = simulation.read_register(firmware, 8, 50).unwrap();
    assert_eq!(value, ((0x1234_5678 * 3) & 0xff00_ff00) | 0x00bb_00dd);
    simulation
        .write_register(firmware, 14 * 4, 0b10110, 50)
        .unwrap();
    let irq = simulation.pin("irq").unwrap();
    assert_eq!(simulation.get(irq), 0b10110);
    let refused = simulation
        .write_register(firmware, 15 * 4, 1, 50)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("register 0x3c: SlvErr"), "{refused}");
    for index in 0..4 {
        simulation[firmware].read(index * 4);
    }
    simulation
        .run_until("the queue is empty", 100, |s| s[firmware].is_idle())
        .unwrap();
    let values: Vec<u64> = simulation[firmware]
        .take_completed()
        .iter()
        .map(|one| one.value)
        .collect();
    assert_eq!(values, [0x1234_5678, 0x2468_acf0, value, 0x48d1_59e0]);
}
