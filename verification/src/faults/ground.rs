//! What the sequences of operations are played on: a unit and its model, or with S2 two of each, joined.

use super::machine;
use super::tree::{Action, Move};
use crate::campaign::{
    Chosen, Fitted, GuestPlan, Joined, JoinedSnapshot, Script, Twin, TwinSnapshot,
};
use anyhow::{bail, ensure, Result};
use mch_golden::Beat;
use mch_sim::axi::Burst;
use mch_spec::registers::{guest_address, offset, Flag, Operation};
use mch_spec::Strategy;
use std::path::Path;

/// A machine with its model.
pub enum Ground {
    /// All strategies but S2.
    One(Box<Twin>),
    /// S2, and at which end of the link each guest runs.
    Two(Box<Joined>, [usize; 2]),
}

/// Its state.
pub enum GroundSnapshot {
    /// Of one unit.
    One(Box<TwinSnapshot>),
    /// Of two.
    Two(Box<JoinedSnapshot>, [usize; 2]),
}

impl Ground {
    /// Both guests attached, with a checkpoint. One with a waveform cannot be saved.
    pub fn new(strategy: Strategy, seed: u64, waveform: Option<&Path>) -> Result<Ground> {
        let plan = GuestPlan {
            log: false,
            processors: 0,
            attached: true,
            committed: true,
        };
        let is_pair = strategy == Strategy::S2;
        let machine = if is_pair {
            machine::pair_machine()
        } else {
            machine::machine()
        };
        let script = Script {
            machine: machine.name.to_owned(),
            seed,
            stress: false,
            guests: vec![plan; 2],
            operations: Vec::new(),
            storm: None,
            loss: None,
            gate: None,
        };
        let savable = waveform.is_none();
        if is_pair {
            let joined = Joined::on(machine, &script, waveform, savable)?;
            return Ok(Ground::Two(Box::new(joined), [0; 2]));
        }
        let chosen = Chosen {
            strategy: Some(strategy),
            ..Chosen::default()
        };
        let twin = Twin::on(machine, chosen, &script, waveform, savable)?;
        Ok(Ground::One(Box::new(twin)))
    }

    /// Saves it.
    pub fn save(&mut self) -> Result<GroundSnapshot> {
        Ok(match self {
            Ground::One(twin) => GroundSnapshot::One(Box::new(twin.save()?)),
            Ground::Two(joined, front) => GroundSnapshot::Two(Box::new(joined.save()?), *front),
        })
    }

    /// Goes back to a state of its own.
    pub fn restore(&mut self, snapshot: &GroundSnapshot) -> Result<()> {
        match (self, snapshot) {
            (Ground::One(twin), GroundSnapshot::One(snapshot)) => twin.restore(snapshot),
            (Ground::Two(joined, front), GroundSnapshot::Two(snapshot, then)) => {
                *front = *then;
                joined.restore(snapshot)
            }
            _ => bail!("a state of another strategy's machine"),
        }
    }

    /// Cycles of the (first) unit so far.
    pub fn cycle(&mut self) -> Result<u64> {
        self.on(None, |twin| Ok(twin.system.simulation.cycle()))
    }

    /// Ends the waveforms.
    pub fn end_trace(&mut self) -> Result<()> {
        match self {
            Ground::One(twin) => twin.system.simulation.end_trace(),
            Ground::Two(joined, _) => {
                for end in [0, 1] {
                    joined.act(end, |twin| twin.system.simulation.end_trace())?;
                }
                Ok(())
            }
        }
    }

    /// Compares everything, or of the registers only those that say what was marked, copied and completed.
    pub fn check(&mut self, seed: u64, all: bool) -> Result<()> {
        let check = if all {
            Twin::check
        } else {
            Twin::check_briefly
        };
        match self {
            Ground::One(twin) => check(twin, seed),
            Ground::Two(joined, _) => joined.check_by(check),
        }
    }

    /// Does something where a guest runs, or at the first unit.
    fn on<T>(&mut self, guest: Option<u32>, act: impl FnOnce(&mut Twin) -> Result<T>) -> Result<T> {
        match self {
            Ground::One(twin) => act(twin),
            Ground::Two(joined, front) => {
                joined.act(guest.map_or(0, |guest| front[guest as usize]), act)
            }
        }
    }

    /// Performs an operation, to its end at both units.
    pub fn act(&mut self, one: Move) -> Result<()> {
        self.begin(one)?;
        match self {
            Ground::One(_) => Ok(()),
            Ground::Two(joined, _) => joined.settle(),
        }
    }

    fn begin(&mut self, one: Move) -> Result<()> {
        let guest = one.guest;
        match one.action {
            Action::Whole => self.on(Some(guest), |twin| write(twin, guest, 0)),
            Action::Across => self.on(Some(guest), |twin| write(twin, guest, machine::BLOCK / 2)),
            Action::Checkpoint => self.on(Some(guest), |twin| {
                let taken = command(twin, guest, Operation::Checkpoint)?;
                ensure!(taken, "{} is refused", one.name());
                Ok(())
            }),
            Action::Rollback => match self {
                Ground::One(twin) => {
                    let taken = command(twin, guest, Operation::Rollback)?;
                    ensure!(taken, "{} is refused", one.name());
                    Ok(())
                }
                Ground::Two(joined, front) => take_over(joined, &mut front[guest as usize], guest),
            },
        }
    }
}

/// Going back with S2: the guest runs on at the backup, and where it ran stands by. Without a checkpoint there nothing happens, and both models must say so.
fn take_over(joined: &mut Joined, front: &mut usize, guest: u32) -> Result<()> {
    let (old, new) = (*front, 1 - *front);
    let runs = joined.act(new, |twin| {
        let taken = command(twin, guest, Operation::Takeover)?;
        Ok(taken && twin.golden.guest(guest).is(Flag::Attached))
    })?;
    if !runs {
        return Ok(());
    }
    joined.check()?;
    *front = new;
    joined.act(old, |twin| {
        for operation in [Operation::Detach, Operation::Standby] {
            let taken = command(twin, guest, operation)?;
            ensure!(taken, "{operation:?} is refused where the guest ran before");
        }
        Ok(())
    })
}

fn command(twin: &mut Twin, guest: u32, operation: Operation) -> Result<bool> {
    let address = guest_address(guest, offset::G_COMMAND);
    let taken = twin.write_register(address, operation.code())?;
    twin.settle()?;
    Ok(taken)
}

fn write(twin: &mut Twin, guest: u32, at: u64) -> Result<()> {
    let (offset, _) = twin.machine.regions(guest)[0];
    let address = twin.layout().memory + offset + at;
    // Bytes that no operation before has written: the model counts its interval, dirty blocks and copies.
    let state = twin.golden.guest(guest);
    let value = state.writes.wrapping_mul(37).wrapping_add(guest * 91 + 5) as u8;
    let beats = (machine::BLOCK / 8) as u16;
    let beat = |index: u16| Beat {
        data: (0..8)
            .map(|lane| value ^ (index as u8 * 8 + lane).wrapping_mul(3))
            .collect(),
        strobes: 0xff,
    };
    let fitted = Fitted {
        write: true,
        burst: Burst::incr(address, beats, 3),
        beats: (0..beats).map(beat).collect(),
        guest: Some(guest),
    };
    twin.deliver(vec![fitted], 0)
}
