//! S5 on the whole unit: two places per block, whole memory images and exact counts.

use mch_sim::axi::{Burst, Response};
use mch_spec::config::{Config, Size};
use mch_spec::registers::{offset, Operation};
use mch_spec::Strategy;
use mch_verification::system::{GuestSetup, System};

const LIMIT: u64 = 60_000;
const BYTES: u64 = 0x8000;

fn config(strategies: &[Strategy]) -> Config {
    Config {
        memory_size: Size(1 << 18),
        address_width: 24,
        guests: 2,
        regions: 4,
        ports: 2,
        strategies: strategies.to_vec(),
        settable: strategies.len() > 1,
        ..Config::default()
    }
}

fn setup(system: &System, guest: u32, strategy: Strategy) -> GuestSetup {
    GuestSetup {
        strategy,
        offset: u64::from(guest) * BYTES,
        bytes: BYTES,
        ring_size: if strategy.uses_ring() { 15 } else { 0 },
        ring_base: system.layout.rings + (u64::from(guest) << 16),
        processors: 0,
    }
}

/// Every byte of system memory and shadow known before anything is attached.
fn system(config: &Config, latency: u32) -> System {
    let mut system = System::fast(config, latency, 1).unwrap();
    let (memory, shadow) = (system.layout.memory, system.layout.shadow);
    let handle = system.memory;
    for page in 0..config.memory_size.0 / 4096 {
        let fill: Vec<u8> = (0..4096).map(|k| (k * 7 + page * 13) as u8).collect();
        system.simulation[handle]
            .memory_mut()
            .write(memory + page * 4096, &fill);
        let other: Vec<u8> = fill.iter().map(|byte| !byte).collect();
        system.simulation[handle]
            .memory_mut()
            .write(shadow + page * 4096, &other);
    }
    system.enable().unwrap();
    system
}

#[test]
fn commits_and_rolls_back() {
    for strategies in [
        &[Strategy::S5][..],
        &[Strategy::S3, Strategy::S5, Strategy::S6],
    ] {
        let config = config(strategies);
        let mut system = system(&config, 10);
        system.attach(0, setup(&system, 0, Strategy::S5)).unwrap();
        let base = system.layout.memory;
        let original = system.contents().read_vec(base, BYTES as usize);
        system.store(0, base + 0x1000, &[0x22; 500]).unwrap();
        system.command(0, Operation::Checkpoint, LIMIT).unwrap();
        let image = system.load(0, base, BYTES as usize).unwrap();
        assert_eq!(image[..0x1000], original[..0x1000]);
        assert_eq!(image[0x1000..0x1000 + 500], [0x22; 500]);
        system.store(0, base + 0x10, &[0x33; 1000]).unwrap();
        system.store(0, base + 0x1010, &[0x44; 64]).unwrap();
        assert_eq!(system.load(1, base + 0x1010, 64).unwrap(), [0x44; 64]);
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 18);
        system.command(0, Operation::Rollback, LIMIT).unwrap();
        assert_eq!(system.load(1, base, BYTES as usize).unwrap(), image);
        assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 0);
        let _ = (Burst::incr(base, 1, 3), Response::Okay);
    }
}
