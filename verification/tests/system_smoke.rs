//! The whole unit: attach, write, checkpoint, write on, roll back; whole memory images compared.

use mch_spec::config::{Config, Size};
use mch_spec::registers::{offset, Operation, IDENTIFICATION};
use mch_spec::Strategy;
use mch_verification::system::{GuestSetup, Layout, System};

fn config(strategies: &[Strategy]) -> Config {
    Config {
        memory_size: Size(1 << 20),
        guests: 2,
        regions: 4,
        strategies: strategies.to_vec(),
        settable: strategies.len() > 1,
        ..Config::default()
    }
}

fn guest(config: &Config, strategy: Strategy, number: u64) -> GuestSetup {
    GuestSetup {
        strategy,
        offset: number * 0x20000,
        bytes: 0x20000,
        ring_size: if strategy.uses_ring() { 16 } else { 0 },
        ring_base: Layout::of(config).rings + (number << 16),
        processors: 0,
    }
}

fn commit_and_roll_back(strategies: &[Strategy], strategy: Strategy) {
    let config = config(strategies);
    let mut system = System::fast(&config, 10, 1).unwrap();
    assert_eq!(system.read(offset::ID).unwrap(), IDENTIFICATION);
    system.enable().unwrap();
    let base = system.layout.memory;
    system.store(0, base, &[0x11; 300]).unwrap();
    system.attach(0, guest(&config, strategy, 0)).unwrap();
    system.attach(1, guest(&config, strategy, 1)).unwrap();
    system.store(0, base + 0x1000, &[0x22; 500]).unwrap();
    system.command(0, Operation::Checkpoint, 400_000).unwrap();
    let image = system.contents().clone();
    system.store(0, base + 0x10, &[0x33; 1000]).unwrap();
    system.store(0, base + 0x1f000, &[0x44; 64]).unwrap();
    system.store(0, base + 0x20000, &[0x55; 64]).unwrap();
    assert_eq!(system.load(0, base + 0x1f000, 64).unwrap(), [0x44; 64]);
    assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 17);
    system.command(0, Operation::Rollback, 400_000).unwrap();
    let range = base..base + 0x20000;
    let differences = system.contents().differences(&image, range, 64);
    assert!(differences.is_empty(), "{differences}");
    // The other guest keeps what it wrote.
    assert_eq!(system.load(0, base + 0x20000, 64).unwrap(), [0x55; 64]);
    assert_eq!(system.guest(0, offset::G_DIRTY).unwrap(), 0);
}

#[test]
fn s3_of_both_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S3, Strategy::S6], Strategy::S3);
}

#[test]
fn s6_of_both_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S3, Strategy::S6], Strategy::S6);
}

#[test]
fn s4_of_three_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S3, Strategy::S4, Strategy::S6], Strategy::S4);
}

#[test]
fn hardwired_s4_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S4], Strategy::S4);
}

#[test]
fn hardwired_s3_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S3], Strategy::S3);
}

#[test]
fn hardwired_s6_commits_and_rolls_back() {
    commit_and_roll_back(&[Strategy::S6], Strategy::S6);
}
