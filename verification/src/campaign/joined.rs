//! A case of two units joined by the link (S2), beside two models: what one does the other does, frames first sent are counted exactly, and
//! without trouble on the link none is sent again or dropped.

use super::peer::{look, Companion, Peer};
use super::perform::{Facts, Flow};
use super::pool::Machine;
use super::script::{Command, Op, Script, Trouble};
use super::twin::{Chosen, Twin, PATIENCE};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::stream::{ChannelFaults, Wire};
use mch_spec::registers::{offset, Flag, Operation};
use mch_spec::Strategy;
use std::path::Path;
use std::sync::atomic::Ordering;

/// LINK_RETRY where nothing is sent again.
const CALM: u32 = 1 << 20;
/// LINK_RETRY where frames may be lost.
const HURRY: u32 = 3000;

/// Runs a script on two units from reset to its end.
pub(super) fn perform(script: &Script, waveform: Option<&Path>) -> Result<Facts> {
    let machine = Machine::named(&script.machine)
        .with_context(|| format!("no machine is called `{}`", script.machine))?;
    let mut joined = Joined::on(machine, script, waveform, false)?;
    let mut facts = Facts::default();
    let mut flow = Flow::Go;
    for (index, operation) in script.operations.iter().enumerate() {
        let place = || format!("operation {index}, {operation:?}");
        flow = joined.operation(operation).with_context(place)?;
        if flow == Flow::Stop {
            break;
        }
        joined.check().with_context(place)?;
        facts.operations += 1;
    }
    if let (Flow::Go, Some(loss)) = (flow, &script.loss) {
        joined
            .lose(loss)
            .with_context(|| format!("the loss, {loss:?}"))?;
    }
    for twin in joined.ends.iter_mut().flatten() {
        twin.count(&mut facts)?;
        twin.system.simulation.end_trace()?;
    }
    Ok(facts)
}

/// Two units, and what joins them.
pub struct Joined {
    /// The units with their models.
    pub(super) ends: [Option<Box<Twin>>; 2],
    /// What each knows of the other.
    pub(super) peers: [Peer; 2],
    /// The link.
    pub(super) wire: Wire,
    /// Of the agents and the first contents of each unit's memory.
    pub(super) seeds: [u64; 2],
    /// The link loses or damages frames.
    pub(super) trouble: bool,
    /// Memory is so slow that frames find no room at the backup now and then.
    slow: bool,
    pub(super) calm: bool,
    /// LINK_REPEATS and LINK_DROPPED when they were looked at last.
    pub(super) sent_again: [[u32; 2]; 2],
}

impl Joined {
    /// Two units of a machine, joined, perhaps savable, the guests as the script wants them.
    pub fn on(
        machine: Machine,
        script: &Script,
        waveform: Option<&Path>,
        savable: bool,
    ) -> Result<Joined> {
        let seeds = [script.seed, script.seed ^ 0x5eed_0fb1];
        let cut = Peer::default().cut;
        let failure = Peer::default().failure;
        let peers = [(); 2].map(|()| Peer {
            cut: cut.clone(),
            failure: failure.clone(),
            ..Peer::default()
        });
        let wire = Wire::default();
        let mut ends = [None, None];
        for (end, twin) in ends.iter_mut().enumerate() {
            let script = Script {
                seed: seeds[end],
                ..script.clone()
            };
            let path = waveform.map(|path| match end {
                0 => path.to_owned(),
                _ => path.with_extension("other.vcd"),
            });
            let chosen = Chosen::default();
            let path = path.as_deref();
            let mut one = Twin::detached(machine.clone(), chosen, &script, path, savable)?;
            wire.attach(end, &mut one.system.simulation)?;
            one.system.simulation.add(Companion(peers[end].clone()));
            one.peer = Some(peers[end].clone());
            *twin = Some(Box::new(one));
        }
        let mut joined = Joined {
            ends,
            peers,
            wire,
            seeds,
            trouble: false,
            slow: script.stress,
            calm: false,
            sent_again: [[0; 2]; 2],
        };
        joined
            .begin(script)
            .context("while the guests were attached")?;
        Ok(joined)
    }

    /// Acts on one of them while the other runs along.
    pub fn act<T>(&mut self, end: usize, act: impl FnOnce(&mut Twin) -> Result<T>) -> Result<T> {
        let mut twin = self.ends[end].take().context("a unit that is gone")?;
        let place = self.peers[end].place.clone();
        *look(&place) = self.ends[1 - end].take();
        let result = act(&mut twin);
        self.ends[1 - end] = look(&place).take();
        self.ends[end] = Some(twin);
        if let Some(failure) = look(&self.peers[end].failure).take() {
            bail!(failure);
        }
        result
    }

    /// The guests are attached, those of S2 in one unit alone: in the other they stand by.
    fn begin(&mut self, script: &Script) -> Result<()> {
        self.calm = !self.slow;
        let retry = if self.calm { CALM } else { HURRY };
        for end in [0, 1] {
            self.act(end, |twin| twin.must(offset::LINK_RETRY, retry))?;
        }
        for (guest, plan) in (0u8..).zip(&script.guests) {
            for end in [1, 0] {
                let to = |operation: Operation| {
                    Op::Command(Command {
                        guests: 1 << guest,
                        operation: operation.code() as u8,
                        together: false,
                    })
                };
                let done = self.act(end, |twin| {
                    if u32::from(guest) >= twin.machine.config.guests || !plan.attached {
                        return Ok(false);
                    }
                    let strategy = twin.golden.guest(guest.into()).strategy;
                    let standby = end == 1 && strategy == Strategy::S2;
                    let operation = match standby {
                        true => Operation::Standby,
                        false => Operation::Attach,
                    };
                    twin.operation(&to(operation))?;
                    Ok(plan.committed && !standby)
                })?;
                if done {
                    self.check()?;
                    self.act(end, |twin| {
                        twin.operation(&to(Operation::Checkpoint))?;
                        twin.arrive_all(guest.into())
                    })?;
                }
                self.check()?;
            }
        }
        Ok(())
    }

    fn operation(&mut self, operation: &Op) -> Result<Flow> {
        let (mut end, mut operation) = (0, operation);
        while let Op::There(inner) = operation {
            (end, operation) = (1 - end, inner);
        }
        if let Op::Link(trouble) = operation {
            self.set_link(*trouble);
            // What waited for it goes on.
            return self.act(0, |twin| {
                twin.follow();
                Ok(Flow::Go)
            });
        }
        self.act(end, |twin| twin.operation(operation))
    }

    fn set_link(&mut self, trouble: Option<Trouble>) {
        self.peers[0]
            .cut
            .store(trouble.is_none(), Ordering::Relaxed);
        let Some(trouble) = trouble else {
            self.wire.cut();
            return;
        };
        self.trouble = trouble != Trouble::default();
        let often = |percent: u8| f64::from(percent.min(50)) / 100.0;
        let faults = ChannelFaults {
            lose: often(trouble.lose),
            repeat: often(trouble.repeat),
            delay: often(trouble.delay),
            most_delay: 1,
            truncate: often(trouble.truncate),
            corrupt: often(trouble.corrupt),
        };
        self.wire.set_faults(&faults, self.seeds[0] >> 1);
        self.wire.join();
    }

    /// What is held goes on where it may; then everything is compared at both ends, and LINK_RETRY is set for what comes next.
    pub fn check(&mut self) -> Result<()> {
        self.check_by(Twin::check)
    }

    /// As [`Joined::check`], each end by what is given.
    pub fn check_by(&mut self, check: fn(&mut Twin, u64) -> Result<()>) -> Result<()> {
        for end in [0, 1] {
            let seed = self.seeds[end];
            let name = ["the first unit", "the other unit"][end];
            self.act(end, |twin| {
                twin.offer_held()?;
                check(twin, seed)
            })
            .context(name)?;
        }
        self.clear_link()?;
        let calm = self.is_calm();
        for end in [0, 1] {
            let was_calm = self.calm && calm;
            let before = self.sent_again[end];
            self.sent_again[end] = self.act(end, |twin| {
                let now = [
                    twin.system.read(offset::LINK_REPEATS)?,
                    twin.system.read(offset::LINK_DROPPED)?,
                ];
                ensure!(
                    !was_calm || now == before,
                    "LINK_REPEATS and LINK_DROPPED of end {end} are {now:?}, were {before:?}: without trouble nothing is sent again or dropped"
                );
                Ok(now)
            })?;
        }
        if calm != self.calm {
            let retry = if calm { CALM } else { HURRY };
            for end in [0, 1] {
                self.act(end, |twin| twin.must(offset::LINK_RETRY, retry))?;
            }
            self.calm = calm;
        }
        Ok(())
    }

    /// What an operation at one of them began at the other has ended, too: a routine that runs there refuses commands.
    pub fn settle(&mut self) -> Result<()> {
        for end in [0, 1] {
            self.act(end, Twin::settle)?;
        }
        self.clear_link()
    }

    /// No frame is left on the link when the next operation begins.
    fn clear_link(&mut self) -> Result<()> {
        self.wire.lose_late();
        let wire = self.wire.clone();
        self.act(0, |twin| {
            let end = twin.system.simulation.cycle() + PATIENCE;
            while !wire.is_idle() {
                ensure!(
                    twin.system.simulation.cycle() < end,
                    "the link does not come to rest"
                );
                twin.system.simulation.run(20)?;
            }
            Ok(())
        })?;
        self.wire.lose_late();
        Ok(())
    }

    /// Whether nothing has to be sent again: a sound link and memory, and a standby for everyone who sends.
    fn is_calm(&self) -> bool {
        let [Some(first), Some(second)] = &self.ends else {
            return false;
        };
        let sound = !self.slow && !self.trouble && !self.peers[0].cut.load(Ordering::Relaxed);
        let serves = |from: &Twin, to: &Twin| {
            (0..from.machine.config.guests).all(|guest| {
                let (here, there) = (from.golden.guest(guest), to.golden.guest(guest));
                let joined = !here.backup.in_session || there.backup.joined;
                !here.backup.waits() && (!here.sends() || (there.stands_by() && joined))
            })
        };
        sound && !(first.faults || second.faults) && serves(first, second) && serves(second, first)
    }

    /// The end at which a guest's entries are sent, or may be, to a standby, if there is one.
    pub fn sender(&self, guest: u32) -> Option<usize> {
        let [Some(first), Some(second)] = &self.ends else {
            return None;
        };
        let pairs = [(first, second), (second, first)];
        pairs.iter().position(|(from, to)| {
            guest < from.machine.config.guests
                && from.golden.guest(guest).sends()
                && match from.golden.guest(guest).is(Flag::Valid) {
                    true => to.golden.guest(guest).backup.joined,
                    false => to.golden.guest(guest).stands_by(),
                }
        })
    }
}
