//! The unit at gate level: netlists of ECP5 and iCE40 pass the property campaign; one with a broken register does not.

use mch_verification::campaign::{self, Facts, Machine, Script};
use mch_verification::gate::{Family, Netlist};
use mch_verification::system::{self, BuildOptions};
use verilated::{Cache, Optimization};

/// Cases of a run. `mch verify --gate` runs more, on more machines.
const CASES: u64 = 5;

const MACHINE: &str = "small-s6";
/// A register of the tracker: a block has been marked. Stuck at 0, G_DIRTY does not count it; all else is as it should be.
const BROKEN: &str = "tracker.marked_5";

/// A case on the netlist of the smallest unit with a log.
fn script(case: u64, family: Family) -> Script {
    let machines = [MACHINE.to_owned()];
    Script {
        gate: Some(family),
        ..campaign::script_of(1, case, &machines, None).unwrap()
    }
}

fn netlist_and_model_agree(family: Family) {
    let mut facts = Facts::default();
    for case in 0..CASES {
        let done = campaign::perform(&script(case, family), None, None);
        let done = done.unwrap_or_else(|error| panic!("case {case}: {error:#}"));
        facts.cycles += done.cycles;
        facts.checkpoints += done.checkpoints;
        facts.rollbacks += done.rollbacks;
        facts.copies += done.copies;
    }
    println!("{facts:?}");
    assert!(facts.checkpoints > 0 && facts.rollbacks > 0 && facts.copies > 0);
}

#[test]
fn a_netlist_of_ecp5_and_the_model_agree_on_random_scripts() {
    netlist_and_model_agree(Family::Ecp5);
}

#[test]
fn a_netlist_of_ice40_and_the_model_agree_on_random_scripts() {
    netlist_and_model_agree(Family::Ice40);
}

/// The cases of [`netlist_and_model_agree`], until one differs.
fn a_broken_register_is_noticed(family: Family) {
    let config = Machine::named(MACHINE).unwrap().config;
    let whole = Netlist::of_unit(&config, family).unwrap();
    let broken = whole.stuck(BROKEN, false).unwrap();
    // It runs for a moment only, so that the compiler need not take long.
    let design = broken.design().optimization(Optimization::None);
    let options = BuildOptions {
        gate: Some(family),
        ..BuildOptions::default()
    };
    let library = design.build(&Cache::default()).unwrap();
    system::use_model(&config, options, library);
    let performed = |case| campaign::perform(&script(case, family), None, None);
    let error = (0..CASES).find_map(|case| performed(case).err());
    let message = format!("{:#}", error.expect("the broken netlist passes"));
    println!("{message}");
    assert!(message.contains("should be"), "{message}");
}

#[test]
fn a_broken_netlist_of_ecp5_is_noticed() {
    a_broken_register_is_noticed(Family::Ecp5);
}

#[test]
fn a_broken_netlist_of_ice40_is_noticed() {
    a_broken_register_is_noticed(Family::Ice40);
}
