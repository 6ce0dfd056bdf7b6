//! The unit at gate level: netlists of ECP5 and iCE40 pass the property campaign.

use mch_verification::campaign::{self, Facts, Script};
use mch_verification::gate::Family;

/// Cases of a run. `mch verify --gate` runs more, on more machines.
const CASES: u64 = 5;

/// A case on the netlist of the smallest unit with a log.
fn script(case: u64, family: Family) -> Script {
    let machines = ["small-s6".to_owned()];
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
        facts.entries += done.entries;
    }
    println!("{facts:?}");
    assert!(facts.checkpoints > 0 && facts.rollbacks > 0 && facts.entries > 0);
}

#[test]
fn a_netlist_of_ecp5_and_the_model_agree_on_random_scripts() {
    netlist_and_model_agree(Family::Ecp5);
}

#[test]
fn a_netlist_of_ice40_and_the_model_agree_on_random_scripts() {
    netlist_and_model_agree(Family::Ice40);
}
