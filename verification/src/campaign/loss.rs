//! The loss of a computer at some cycle while its guest writes and commits: the backup must stand where some number of the messages that
//! were on their way leaves it, whole, and go on from the last checkpoint that arrived.

use super::joined::Joined;
use super::script::{Command, Loss, Op};
use super::traffic::{golden_burst, Fitted};
use super::twin::{Twin, PATIENCE};
use anyhow::{ensure, Context, Result};
use mch_golden::{Golden, WriteOutcome};
use mch_sim::stream::Wire;
use mch_spec::registers::{guest_address, offset, Flag, Operation};
use mch_spec::strategy::CAPTURE;

/// What the primary does, one after the other.
enum Act {
    Write(Fitted),
    Register(u32, u32),
}

/// Where a standby stands: session, entries arrived, last mark, and whether it has a checkpoint.
fn stands(golden: &mut Golden, guest: u32) -> [u32; 4] {
    [offset::G_SESSION, offset::G_TRANSFERRED, offset::G_MARK]
        .map(|register| {
            let value = golden.register_read(guest_address(guest, register));
            value.unwrap_or(0)
                & if register == offset::G_MARK {
                    0xffff
                } else {
                    u32::MAX
                }
        })
        .into_iter()
        .chain([u32::from(golden.guest(guest).is(Flag::Valid))])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_default()
}

impl Joined {
    /// Performs a loss. Skipped where no guest has a backup, or somebody is busy or held.
    pub(super) fn lose(&mut self, loss: &Loss) -> Result<()> {
        let chosen = (0..3).map(|index| (u32::from(loss.guest) + index) % 3);
        let mut able = chosen.filter_map(|guest| Some((guest, self.sender(guest)?)));
        let Some((guest, end)) = able.next() else {
            return Ok(());
        };
        let busy = self.ends.iter().flatten().any(|twin| {
            let held = twin.held_writes.iter().chain(&twin.held_reads);
            let mut guests = 0..twin.machine.config.guests;
            twin.faults
                || held.flatten().next().is_some()
                || guests.any(|guest| twin.golden.guest(guest).context.is_some())
        });
        if busy {
            return Ok(());
        }
        let acts = self.act(end, |twin| Ok(twin.plan_of(loss, guest)))?;
        let image = self.act(end, |twin| twin.die_acting(&acts, guest, loss.cycles))?;
        // It is gone; what it sent still arrives.
        let dead = self.ends[end].take();
        let mut dead = dead.context("the unit that is lost")?;
        self.wire.lose(end);
        let wire = self.wire.clone();
        let before = self.act(1 - end, |twin| {
            let marks = twin.golden.guest(guest).backup.mark;
            twin.come_to_rest(&wire, guest)?;
            twin.catch_up(&mut dead.golden, guest)?;
            if twin.golden.guest(guest).backup.mark != marks {
                twin.images[guest as usize] = Some(image);
            }
            Ok(marks)
        });
        before.context("after the loss")?;
        let seed = self.seeds[1 - end];
        self.act(1 - end, |twin| {
            twin.check(seed).context("the backup alone")?;
            let takeover = Command {
                guests: 1 << guest,
                operation: Operation::Takeover.code() as u8,
                together: false,
            };
            twin.operation(&Op::Command(takeover))?;
            twin.check(seed).context("after the takeover")?;
            twin.operation(&Op::Traffic {
                bursts: loss.bursts.clone(),
                during: None,
            })?;
            twin.offer_held()?;
            twin.check(seed).context("in its place")
        })
    }
}

impl Twin {
    /// What the guest does until its computer stops, as far as the model can tell it beforehand. The model does it, and hears nothing from its peer.
    fn plan_of(&mut self, loss: &Loss, guest: u32) -> Vec<Act> {
        let config = self.machine.config.clone();
        let mut acts = Vec::new();
        let mut fitted = Vec::new();
        for plan in &loss.bursts {
            let one = self.fit(plan);
            let mine = self.owner(one.burst.address) == Some(guest);
            if mine && !self.is_unclear(guest, &one.burst) {
                fitted.push(one);
            }
        }
        let commits = self.golden.guest(guest).processors == 0;
        let captures = self.golden.guest(guest).row() & CAPTURE != 0;
        let command = (
            guest_address(guest, offset::G_COMMAND),
            Operation::Checkpoint.code(),
        );
        for (index, one) in fitted.into_iter().enumerate() {
            if commits && index == usize::from(loss.before) {
                break;
            }
            let burst = golden_burst(&one.burst);
            let state = self.golden.guest(guest);
            let needed = burst.pieces(&config).len() as u64;
            let room = config.ring_slots(state.ring_size);
            // A ring that fills, or a mark that is reached, is no matter of this.
            let full = u64::from(state.ring_used) + needed >= room;
            let high = state.ring_high != 0
                && u64::from(state.backup.interval_entries) + needed >= u64::from(state.ring_high);
            if !captures || full || high {
                break;
            }
            if self.golden.write(&burst, &one.beats) == WriteOutcome::Held {
                break;
            }
            acts.push(Act::Write(one));
        }
        if commits && self.golden.register_write(command.0, command.1).is_ok() {
            acts.push(Act::Register(command.0, command.1));
        }
        acts
    }

    /// Does it, one act after the other, and stops after so many cycles. Returns the guest's memory as the model has it at the commit.
    fn die_acting(&mut self, acts: &[Act], guest: u32, cycles: u16) -> Result<Vec<Vec<u8>>> {
        let end = self.system.simulation.cycle() + u64::from(cycles);
        let bytes = self.machine.config.data_bytes() as usize;
        'acts: for act in acts {
            match act {
                Act::Write(one) => {
                    let port = self.system.ports[guest as usize % self.system.ports.len()];
                    let ticket = self.system.simulation[port].write(one.request(bytes))?;
                    while self.system.simulation[port].take(ticket).is_none() {
                        if self.system.simulation.cycle() >= end {
                            break 'acts;
                        }
                        self.system.simulation.step()?;
                    }
                }
                Act::Register(address, value) => {
                    let registers = self.system.registers;
                    self.system.simulation[registers].write((*address).into(), (*value).into());
                }
            }
        }
        while self.system.simulation.cycle() < end {
            self.system.simulation.step()?;
        }
        let ranges = self.golden_ranges(guest);
        let read = |range: &std::ops::Range<u64>| {
            let length = (range.end - range.start) as usize;
            self.golden.memory().read(range.start, length)
        };
        Ok(ranges.iter().map(read).collect())
    }

    /// Until nothing more comes over the link and nothing runs.
    fn come_to_rest(&mut self, wire: &Wire, guest: u32) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        let mut last = None;
        loop {
            self.system.simulation.run(500)?;
            let now = (
                self.system.guest(guest, offset::G_TRANSFERRED)?,
                self.system.guest(guest, offset::G_RING_USED)?,
                self.system.guest(guest, offset::G_STATUS)?,
                self.system.guest(guest, offset::G_MARK)?,
            );
            let running = self.system.read(offset::STATUS)? >> 16 != 0;
            if wire.is_idle() && !running && last == Some(now) {
                return Ok(());
            }
            last = Some(now);
            ensure!(
                self.system.simulation.cycle() < end,
                "the backup does not come to rest: {now:x?}"
            );
        }
    }

    /// The model takes what the dead one sent, message by message, until it stands where the unit does.
    fn catch_up(&mut self, dead: &mut Golden, guest: u32) -> Result<()> {
        let status = self.system.guest(guest, offset::G_STATUS)?;
        let found = [
            self.system.guest(guest, offset::G_SESSION)?,
            self.system.guest(guest, offset::G_TRANSFERRED)?,
            self.system.guest(guest, offset::G_MARK)? & 0xffff,
            status >> 1 & 1,
        ];
        let mut last = stands(&mut self.golden, guest);
        while last != found {
            let more = dead.exchange_one(&mut self.golden);
            last = stands(&mut self.golden, guest);
            ensure!(
                more || last == found,
                "session, entries, mark and VALID are {found:x?}: no number of the messages sent leads there, all of them to {last:x?}"
            );
        }
        self.follow();
        Ok(())
    }
}
