//! The example of a user's strategy, `examples/deferred-copying`: loaded through the registers, against its golden model and step by step.

use crate::unit;

use mch_spec::registers::{guest_address, offset, Operation};
use mch_spec::Strategy::{S3, S4};
use mch_verification::campaign::{self, CampaignOptions, Custom, Machine};
use mch_verification::system::System;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use unit::{begin, bytes, completion, home, setup, shadow, BLOCK, GUEST_BYTES, LIMIT};

const BLOCKS: u32 = (GUEST_BYTES / BLOCK) as u32;
/// The operation that the example adds.
const COPY: u32 = 12;

fn example() -> Custom {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Custom::from_file(&root.join("examples/deferred-copying/strategy.toml")).unwrap()
}

/// Guest 0 under the example, guest 1 under S3, each with a checkpoint.
fn with_example() -> System {
    let custom = example().strategy;
    let config = Machine::named("three-64").unwrap().config;
    let mut system = System::fast(&config, 5, 1).unwrap();
    system.enable().unwrap();
    system
        .load_firmware(&custom.assemble(&config).unwrap().words)
        .unwrap();
    system
        .set_guest(0, offset::G_STRATEGY, custom.on.number())
        .unwrap();
    system
        .set_guest(0, offset::G_POLICY, custom.policy_row)
        .unwrap();
    for (guest, strategy) in [(0, S4), (1, S3)] {
        let image: Vec<u8> = (0..GUEST_BYTES).map(|at| (at ^ (at >> 6)) as u8).collect();
        system.store(0, home(guest), &image).unwrap();
        system.attach(guest, setup(guest, strategy, 0)).unwrap();
        system.command(guest, Operation::Checkpoint, LIMIT).unwrap();
    }
    system
}

fn image(system: &System, address: u64) -> Vec<u8> {
    bytes(system, address, GUEST_BYTES as usize)
}

fn copies(system: &mut System) -> u32 {
    system.guest(0, offset::G_COPIES).unwrap()
}

fn pending(system: &mut System) -> u32 {
    system.guest(0, offset::G_PENDING).unwrap()
}

#[test]
fn nothing_is_copied_until_a_block_is_written_again_or_software_asks() {
    let mut system = with_example();
    let checkpoint = image(&system, home(0));
    system.simulation.run(20_000).unwrap();
    assert_eq!((copies(&mut system), pending(&mut system)), (0, BLOCKS));
    for block in [5, 9, 5] {
        system
            .store(0, home(0) + block * BLOCK, &[0xa5; 8])
            .unwrap();
    }
    assert_eq!((copies(&mut system), pending(&mut system)), (2, BLOCKS - 2));
    system
        .write(guest_address(0, offset::G_COMMAND), COPY)
        .unwrap();
    let end = system.simulation.cycle() + LIMIT;
    while pending(&mut system) != 0 {
        assert!(system.simulation.cycle() < end, "the copies do not end");
    }
    assert_eq!(copies(&mut system), BLOCKS, "each block once");
    assert_eq!(image(&system, shadow(home(0))), checkpoint);
    system.command(0, Operation::Rollback, LIMIT).unwrap();
    assert_eq!(image(&system, home(0)), checkpoint);
    assert_eq!(
        copies(&mut system),
        BLOCKS + 2,
        "and the two that were written"
    );
}

#[test]
fn a_commit_takes_few_cycles_and_the_next_one_copies_what_is_left() {
    let mut system = with_example();
    let first = image(&system, home(0));
    let pause = system.guest(0, offset::G_PAUSE).unwrap();
    assert!(pause <= 64, "{pause} cycles for {BLOCKS} blocks");
    system.store(0, home(0), &[1; 3 * BLOCK as usize]).unwrap();
    let second = image(&system, home(0));
    system.command(0, Operation::Checkpoint, LIMIT).unwrap();
    assert_eq!((copies(&mut system), pending(&mut system)), (BLOCKS, 3));
    assert_eq!(
        image(&system, shadow(home(0))),
        first,
        "the checkpoint before, whole"
    );
    system.store(0, home(0), &[2; 2 * BLOCK as usize]).unwrap();
    system.command(0, Operation::Rollback, LIMIT).unwrap();
    assert_eq!(image(&system, home(0)), second);
}

#[test]
fn guests_of_other_strategies_go_on_as_ever() {
    let mut system = with_example();
    assert_eq!(system.guest(1, offset::G_COPIES).unwrap(), BLOCKS);
    let checkpoint = image(&system, home(1));
    assert_eq!(image(&system, shadow(home(1))), checkpoint);
    system.store(1, home(1), &[7; 100]).unwrap();
    system.command(1, Operation::Rollback, LIMIT).unwrap();
    assert_eq!(image(&system, home(1)), checkpoint);
    // The added operation is for guests of the example alone.
    system
        .write(guest_address(1, offset::G_COMMAND), COPY)
        .unwrap();
    let refused = (
        mch_spec::registers::Status::Refused.code(),
        mch_spec::registers::ErrorCode::Strategy.code(),
    );
    assert_eq!(completion(&mut system, 1), refused);
    begin(&mut system, 0, Operation::Detach);
    assert_eq!(
        completion(&mut system, 0).0,
        mch_spec::registers::Status::Ok.code()
    );
}

#[test]
fn unit_and_model_agree_on_random_scripts_of_the_example() {
    let stop = AtomicBool::new(false);
    let options = CampaignOptions {
        cases: 40,
        seed: 12,
        seconds: Some(240),
        machines: Vec::new(),
        custom: Some(example()),
        gate: None,
        failures: None,
        stop: &stop,
    };
    let report = campaign::run(&options, &mut |_| {}).unwrap();
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert!(report.facts.checkpoints > 0 && report.facts.rollbacks > 0);
}
