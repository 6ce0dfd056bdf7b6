//! Scripts for two units joined by the link, drawn at random.

use super::script::{
    accident, burst_in, operation, plan, Command, GuestPlan, Loss, Op, Place, Trouble,
};
use mch_spec::registers::Operation;
use proptest::prelude::{any, prop, prop_oneof, Just, Strategy};

fn to_one(guest: u8, operation: Operation) -> Op {
    Op::Command(Command {
        guests: 1 << guest,
        operation: operation.code() as u8,
        together: false,
    })
}

fn there(operation: Op) -> Op {
    Op::There(Box::new(operation))
}

/// A guest is attached in one unit and stands by in the other, which then has its checkpoint; perhaps the other way round.
fn joining() -> impl Strategy<Value = Vec<Op>> {
    (0u8..3, any::<bool>()).prop_map(|(guest, other_way)| {
        let first = [
            there(to_one(guest, Operation::Standby)),
            to_one(guest, Operation::Attach),
            to_one(guest, Operation::Checkpoint),
            Op::ArriveAll { guest },
        ];
        let turned = |operation: Op| match operation {
            Op::There(operation) => *operation,
            operation => there(operation),
        };
        let turn = |operation| match other_way {
            true => turned(operation),
            false => operation,
        };
        first.into_iter().map(turn).collect()
    })
}

/// The backup takes over, and the old primary becomes the backup.
fn taking_over() -> impl Strategy<Value = Vec<Op>> {
    (0u8..3, prop::bool::weighted(0.7)).prop_map(|(guest, detached)| {
        let mut steps = vec![there(to_one(guest, Operation::Takeover))];
        if detached {
            steps.push(to_one(guest, Operation::Detach));
            steps.push(to_one(guest, Operation::Standby));
        }
        steps.push(there(to_one(guest, Operation::Checkpoint)));
        steps.push(there(Op::ArriveAll { guest }));
        steps
    })
}

fn link() -> impl Strategy<Value = Op> {
    let often = || prop_oneof![1 => Just(0u8), 1 => 1u8..12];
    let trouble = (often(), often(), often(), often(), often()).prop_map(
        |(lose, repeat, delay, truncate, corrupt)| Trouble {
            lose,
            repeat,
            delay,
            truncate,
            corrupt,
        },
    );
    prop_oneof![
        2 => Just(Op::Link(Some(Trouble::default()))),
        2 => trouble.prop_map(|trouble| Op::Link(Some(trouble))),
        1 => Just(Op::Link(None)),
    ]
}

fn loss() -> impl Strategy<Value = Loss> {
    let burst = burst_in((0u8..3).prop_map(Place::Guest), Just(true));
    let cycles = prop_oneof![0u16..400, 0u16..6000];
    (0u8..3, prop::collection::vec(burst, 1..12), 0u8..12, cycles).prop_map(
        |(guest, bursts, before, cycles)| Loss {
            guest,
            bursts,
            before,
            cycles,
        },
    )
}

/// What is drawn of a script for two units: guests, operations, and perhaps a loss.
pub type DrawnPair = (Vec<GuestPlan>, Vec<Op>, Option<Loss>);

/// Draws scripts' contents for two units joined by the link.
pub fn drawn_pair() -> impl Strategy<Value = DrawnPair> {
    let added = [Operation::Standby, Operation::Takeover].map(|operation| operation.code() as u8);
    let step = prop_oneof![
        16 => operation(&added).prop_map(|operation| vec![operation]),
        7 => operation(&added).prop_map(|operation| vec![there(operation)]),
        3 => link().prop_map(|operation| vec![operation]),
        3 => joining(),
        3 => taking_over(),
        1 => accident(),
    ];
    (
        prop::collection::vec(plan(), 3),
        prop::collection::vec(step, 1..16).prop_map(|steps| steps.concat()),
        prop::option::weighted(0.6, loss()),
    )
}
