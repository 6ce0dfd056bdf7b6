//! Scripts: what a case does, as values that can be printed, read back, shortened, and drawn at random.
//!
//! Every operation makes sense after any other, so any part of a script is a script.

use crate::gate::Family;
use mch_spec::registers::Operation;
use proptest::prelude::{any, prop, prop_oneof, Just, Strategy};
use serde::{Deserialize, Serialize};

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// The machine, by its name in the pool.
    pub machine: String,
    /// Of all that the agents choose, and of memory's first contents.
    pub seed: u64,
    /// Random pacing, latency and order on every port; otherwise full speed.
    pub stress: bool,
    /// How each guest starts.
    pub guests: Vec<GuestPlan>,
    /// What happens, one after the other; everything is compared after each.
    pub operations: Vec<Op>,
    /// What happens last, all at once.
    pub storm: Option<Storm>,
    /// Of two units: how one is lost for good, last of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// The family whose netlist is run; none for the unit's Verilog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Family>,
}

/// How a guest starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestPlan {
    /// S6 rather than S3 or S4, where both are built.
    pub log: bool,
    /// Processors that must arrive.
    pub processors: u8,
    /// Whether it is attached.
    pub attached: bool,
    /// Whether it then gets a checkpoint.
    pub committed: bool,
}

/// Where a burst goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A region of this guest (modulo their number).
    Guest(u8),
    /// System memory in no region.
    Untracked,
    /// The shadow.
    Shadow,
    /// This guest's ring.
    Ring(u8),
    /// Nowhere.
    Outside,
}

/// The shape of a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Ascending.
    Incr,
    /// Wrapping.
    Wrap,
    /// FIXED: to be refused.
    Fixed,
}

/// Which bytes of a write are strobed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strobes {
    /// All.
    All,
    /// By the bits of this pattern, turned on from beat to beat.
    Some(u64),
    /// None.
    None,
}

/// A burst, to be made legal for the machine it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurstPlan {
    /// Write or read.
    pub write: bool,
    /// Where.
    pub place: Place,
    /// Which page there.
    pub page: u8,
    /// Byte of the page.
    pub offset: u16,
    /// Kind of burst.
    pub shape: Shape,
    /// Steps below the full width.
    pub narrow: u8,
    /// Beats, 1..256.
    pub beats: u16,
    /// AxID, modulo what there is.
    pub id: u8,
    /// WSTRB.
    pub strobes: Strobes,
    /// Of the data.
    pub value: u8,
}

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// A bit per guest.
    pub guests: u8,
    /// Operation number, 0..15.
    pub operation: u8,
    /// By COMMAND; otherwise by the G_COMMAND of the lowest guest.
    pub together: bool,
}

/// Memory that errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Area {
    /// The guest's memory.
    Memory,
    /// Its shadow.
    Shadow,
    /// Slots of its ring.
    Slots,
    /// Headers of its ring.
    Headers,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// Bursts on all ports at once, perhaps during a command to other guests.
    Traffic {
        /// The bursts, in order of each port.
        bursts: Vec<BurstPlan>,
        /// What runs meanwhile.
        during: Option<Command>,
    },
    /// One byte written to each of so many blocks of a guest.
    Flood {
        /// The guest.
        guest: u8,
        /// How many blocks, from its first.
        blocks: u16,
    },
    /// A command.
    Command(Command),
    /// A register write.
    Register {
        /// 0: the global page, else a guest's.
        page: u8,
        /// Which register of the page, by its place in the table; past the end for unknown addresses.
        register: u8,
        /// The value.
        value: u32,
    },
    /// A processor arrives, with a number that is too low by this much.
    Arrive {
        /// The guest.
        guest: u8,
        /// The processor.
        processor: u8,
        /// 0: with the right number.
        stale: u8,
    },
    /// Every processor of a guest arrives.
    ArriveAll {
        /// The guest.
        guest: u8,
    },
    /// The rendezvous that is going on lasts too long.
    TimeOut {
        /// The guest.
        guest: u8,
    },
    /// The guest's period is over.
    Period {
        /// The guest.
        guest: u8,
    },
    /// From now on a block errs.
    Fault {
        /// Whose.
        guest: u8,
        /// Of what.
        area: Area,
        /// Which block of it.
        block: u8,
        /// Writes err; otherwise reads.
        write: bool,
    },
    /// Nothing errs any more.
    Repair,
    /// G_RING_HIGH and G_ON_FULL.
    Limits {
        /// The guest.
        guest: u8,
        /// High-water mark in slots.
        high: u8,
        /// LOSE rather than HOLD.
        lose: bool,
    },
    /// A master dies in the middle of its last burst; its port is flushed.
    Die {
        /// What it wrote.
        bursts: Vec<BurstPlan>,
        /// The beat of the last after which it dies.
        beat: u8,
    },
    /// Of two units: the operation is the other's.
    There(Box<Op>),
    /// The link between them from now on; none: it is cut.
    Link(Option<Trouble>),
}

impl Op {
    /// The bursts that may be left out.
    pub fn bursts_mut(&mut self) -> Option<&mut Vec<BurstPlan>> {
        match self {
            Op::Traffic { bursts, .. } | Op::Die { bursts, .. } => Some(bursts),
            Op::There(operation) => operation.bursts_mut(),
            _ => None,
        }
    }
}

/// What a link does to frames: how often, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Lost.
    pub lose: u8,
    /// Twice.
    pub repeat: u8,
    /// Behind the next.
    pub delay: u8,
    /// Cut short.
    pub truncate: u8,
    /// A bit flipped.
    pub corrupt: u8,
}

/// A computer stops for good while its guest writes and commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The guest.
    pub guest: u8,
    /// What it writes, one after the other.
    pub bursts: Vec<BurstPlan>,
    /// How many of them come before a checkpoint is commanded.
    pub before: u8,
    /// Cycles until the computer stops.
    pub cycles: u16,
}

/// Writes on every port with commands in between; what the commits hold is judged afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Writes to guests, in order of each port.
    pub bursts: Vec<BurstPlan>,
    /// Cycles to wait, then a command.
    pub commands: Vec<(u16, Command)>,
}

impl Script {
    /// A line for the header, then a line for each operation.
    pub fn to_text(&self) -> String {
        let header = Script {
            operations: Vec::new(),
            storm: None,
            ..self.clone()
        };
        let mut lines = vec![line(&header)];
        lines.extend(self.operations.iter().map(line));
        lines.extend(self.storm.iter().map(line));
        lines.join("\n")
    }

    /// Reads back what [`Script::to_text`] wrote; empty lines and lines that start with `#` do not count.
    pub fn from_text(text: &str) -> anyhow::Result<Script> {
        use anyhow::Context;
        let mut lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let first = lines.next().context("an empty script")?;
        let mut script: Script = serde_json::from_str(first).context("the script's first line")?;
        for line in lines {
            match serde_json::from_str::<Storm>(line) {
                Ok(storm) => script.storm = Some(storm),
                Err(_) => script
                    .operations
                    .push(serde_json::from_str(line).with_context(|| format!("line `{line}`"))?),
            }
        }
        Ok(script)
    }
}

fn line(value: &impl Serialize) -> String {
    // Plain values of our own: nothing in them can fail to be written.
    serde_json::to_string(value).unwrap_or_default()
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        20 => (0u8..3).prop_map(Place::Guest),
        2 => Just(Place::Untracked),
        1 => Just(Place::Shadow),
        1 => (0u8..3).prop_map(Place::Ring),
        1 => Just(Place::Outside),
    ]
}

pub(super) fn burst_in(
    place: impl Strategy<Value = Place>,
    write: impl Strategy<Value = bool>,
) -> impl Strategy<Value = BurstPlan> {
    let beats = prop_oneof![6 => 1u16..9, 3 => 1u16..40, 1 => 1u16..257];
    let shape =
        prop_oneof![8 => Just(Shape::Incr), 3 => Just(Shape::Wrap), 1 => Just(Shape::Fixed)];
    let strobes = prop_oneof![6 => Just(Strobes::All), 3 => any::<u64>().prop_map(Strobes::Some), 1 => Just(Strobes::None)];
    let offset = prop_oneof![2 => 0u16..512, 1 => 0u16..4096, 1 => 3840u16..4096];
    let narrow = prop_oneof![5 => Just(0u8), 1 => 0u8..5];
    (
        write,
        place,
        0u8..3,
        offset,
        shape,
        narrow,
        beats,
        0u8..16,
        strobes,
        any::<u8>(),
    )
        .prop_map(
            |(write, place, page, offset, shape, narrow, beats, id, strobes, value)| BurstPlan {
                write,
                place,
                page,
                offset,
                shape,
                narrow,
                beats,
                id,
                strobes,
                value,
            },
        )
}

/// `added`: operations beside those of every unit.
fn command(added: &[u8]) -> impl Strategy<Value = Command> {
    let weights = [
        (9, Operation::Checkpoint),
        (6, Operation::Rollback),
        (2, Operation::Attach),
        (1, Operation::Detach),
        (2, Operation::Retry),
        (2, Operation::Drop),
    ];
    let operation = prop::sample::select(
        weights
            .iter()
            .map(|(weight, operation)| vec![operation.code() as u8; *weight])
            .chain(added.iter().map(|operation| vec![*operation; 4]))
            .flatten()
            .collect::<Vec<_>>(),
    );
    let operation = prop_oneof![30 => operation, 1 => 0u8..16];
    (1u8..8, operation, prop::bool::weighted(0.3)).prop_map(|(guests, operation, together)| {
        Command {
            guests,
            operation,
            together,
        }
    })
}

pub(super) fn operation(added: &[u8]) -> impl Strategy<Value = Op> {
    let guest = 0u8..3;
    let bursts =
        |most| prop::collection::vec(burst_in(place(), prop::bool::weighted(0.65)), 1..most);
    let value =
        prop_oneof![2 => 0u32..20, 1 => any::<u32>(), 1 => (0u32..64).prop_map(|page| page * 16)];
    let area = prop::sample::select(vec![Area::Memory, Area::Shadow, Area::Slots, Area::Headers]);
    prop_oneof![
        12 => (bursts(14), prop::option::weighted(0.35, command(added)))
            .prop_map(|(bursts, during)| Op::Traffic { bursts, during }),
        11 => command(added).prop_map(Op::Command),
        5 => guest.clone().prop_map(|guest| Op::ArriveAll { guest }),
        3 => (0u8..4, 0u8..32, value).prop_map(|(page, register, value)| Op::Register { page, register, value }),
        2 => (guest.clone(), 0u8..3, 0u8..3).prop_map(|(guest, processor, stale)| Op::Arrive { guest, processor, stale }),
        1 => guest.clone().prop_map(|guest| Op::TimeOut { guest }),
        1 => guest.clone().prop_map(|guest| Op::Period { guest }),
        2 => (guest.clone(), area, 0u8..8, any::<bool>())
            .prop_map(|(guest, area, block, write)| Op::Fault { guest, area, block, write }),
        2 => Just(Op::Repair),
        1 => (guest.clone(), 0u8..20, any::<bool>()).prop_map(|(guest, high, lose)| Op::Limits { guest, high, lose }),
        1 => (bursts(4), 0u8..8).prop_map(|(bursts, beat)| Op::Die { bursts, beat }),
        1 => (guest, 1u16..40).prop_map(|(guest, blocks)| Op::Flood { guest, blocks }),
    ]
}

/// What seldom happens by itself: a block errs while a guest writes and goes back, traffic meets what that left, and it is repaired.
pub(super) fn accident() -> impl Strategy<Value = Vec<Op>> {
    let area = prop::sample::select(vec![Area::Memory, Area::Shadow, Area::Slots, Area::Headers]);
    let bursts = || prop::collection::vec(burst_in(place(), prop::bool::weighted(0.5)), 1..8);
    let way_out =
        prop::sample::select(vec![Operation::Retry, Operation::Drop, Operation::Rollback]);
    let step = prop::sample::select(vec![
        Operation::Rollback,
        Operation::Rollback,
        Operation::Checkpoint,
    ]);
    (
        0u8..3,
        area,
        0u8..8,
        any::<bool>(),
        1u16..40,
        step,
        bursts(),
        way_out,
    )
        .prop_map(
            |(guest, area, block, write, blocks, step, bursts, way_out)| {
                let command = |operation: Operation| {
                    Op::Command(Command {
                        guests: 1 << guest,
                        operation: operation.code() as u8,
                        together: false,
                    })
                };
                // Over the block that errs and beyond: the burst's pieces end differently.
                let over = BurstPlan {
                    write: true,
                    place: Place::Guest(guest),
                    page: 0,
                    offset: (u16::from(block) * 64).saturating_sub(32),
                    shape: Shape::Incr,
                    narrow: 0,
                    beats: 4 + blocks,
                    id: 1,
                    strobes: Strobes::All,
                    value: block,
                };
                vec![
                    Op::Fault {
                        guest,
                        area,
                        block,
                        write,
                    },
                    Op::Traffic {
                        bursts: vec![over],
                        during: None,
                    },
                    Op::Flood { guest, blocks },
                    command(step),
                    Op::Traffic {
                        bursts,
                        during: None,
                    },
                    Op::Repair,
                    command(way_out),
                ]
            },
        )
}

fn storm() -> impl Strategy<Value = Storm> {
    let burst = burst_in((0u8..3).prop_map(Place::Guest), Just(true));
    let delay = prop_oneof![0u16..100, 0u16..1000];
    let wanted = prop::sample::select(vec![
        Operation::Checkpoint.code() as u8,
        Operation::Checkpoint.code() as u8,
        Operation::Rollback.code() as u8,
    ]);
    let command =
        (1u8..8, wanted, any::<bool>()).prop_map(|(guests, operation, together)| Command {
            guests,
            operation,
            together,
        });
    (
        prop::collection::vec(burst, 1..16),
        prop::collection::vec((delay, command), 1..5),
    )
        .prop_map(|(bursts, commands)| Storm { bursts, commands })
}

/// What is drawn of a script: guests, operations, and perhaps a storm.
pub type Drawn = (Vec<GuestPlan>, Vec<Op>, Option<Storm>);

pub(super) fn plan() -> impl Strategy<Value = GuestPlan> {
    let processors = prop_oneof![3 => Just(0u8), 1 => 1u8..3];
    let weighted = prop::bool::weighted;
    (any::<bool>(), processors, weighted(0.9), weighted(0.75)).prop_map(
        |(log, processors, attached, committed)| GuestPlan {
            log,
            processors,
            attached,
            committed,
        },
    )
}

/// Draws scripts' contents; `added` are operations that a user's strategy adds.
pub fn drawn(added: &[u8]) -> impl Strategy<Value = Drawn> {
    let step = prop_oneof![
        24 => operation(added).prop_map(|operation| vec![operation]),
        1 => accident(),
    ];
    (
        prop::collection::vec(plan(), 3),
        prop::collection::vec(step, 1..22).prop_map(|steps| steps.concat()),
        prop::option::weighted(0.4, storm()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::strategy::ValueTree;

    #[test]
    fn a_script_is_read_back_as_it_was_written() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..20 {
            let (guests, operations, storm) = drawn(&[]).new_tree(&mut runner).unwrap().current();
            let script = Script {
                machine: "both-64".into(),
                seed: 7,
                stress: true,
                guests,
                operations,
                storm,
                loss: None,
                gate: Some(Family::Ice40),
            };
            assert_eq!(Script::from_text(&script.to_text()).unwrap(), script);
            let drawn = super::super::pair_script::drawn_pair();
            let (guests, operations, loss) = drawn.new_tree(&mut runner).unwrap().current();
            let script = Script {
                guests,
                operations,
                loss,
                storm: None,
                ..script
            };
            assert_eq!(Script::from_text(&script.to_text()).unwrap(), script);
        }
        assert!(Script::from_text("nonsense").is_err());
    }
}
