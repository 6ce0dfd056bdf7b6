//! Everything at once: writes on every port while commands come and go. Who comes first is open, so the model says nothing; but what is
//! found afterwards must be one of the outcomes that the contract allows: each commit holds the first so many writes of every port, each
//! rollback takes back those that came after, refused writes leave no trace.

use super::script::{Command, Storm};
use super::traffic::{golden_burst, Fitted};
use super::twin::{Twin, PATIENCE};
use anyhow::{ensure, Context, Result};
use mch_sim::axi::{BurstKind, Response, Ticket};
use mch_sim::memory::Memory;
use mch_spec::registers::{field, guest_address, offset, Operation};
use mch_spec::Strategy;
use std::collections::BTreeMap;

/// A write of a storm.
struct Shot {
    guest: u32,
    port: usize,
    ticket: Ticket,
    /// Address and value of every strobed byte, in order.
    bytes: Vec<(u64, u8)>,
    response: Response,
    answered: u64,
}

/// A commit or a rollback that may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Happening {
    rollback: bool,
    /// The cycle before which its command was not given.
    given: u64,
}

/// Bytes by address.
type Bytes = BTreeMap<u64, u8>;

/// What is known of a guest.
struct View {
    memory: Bytes,
    image: Option<Bytes>,
    checkpoints: u32,
    rollbacks: u32,
}

impl Twin {
    /// Performs a storm and judges it. Skipped where a guest is stuck, waits or is held: the storm wants a calm start.
    pub(super) fn storm(&mut self, storm: &Storm) -> Result<()> {
        let memory = self.system.memory;
        self.system.simulation[memory].faults().clear();
        self.golden.clear_faults();
        let guests = 0..self.machine.config.guests;
        let held = self
            .held_writes
            .iter()
            .chain(&self.held_reads)
            .any(Option::is_some);
        let busy = guests.clone().any(|guest| {
            let state = self.golden.guest(guest);
            state.context.is_some() || state.is(mch_spec::registers::Flag::Stuck)
        });
        if held || busy {
            return Ok(());
        }
        let ringed = if self.machine.config.uses_ring() {
            guests.clone()
        } else {
            0..0
        };
        for guest in ringed {
            self.write_register(guest_address(guest, offset::G_RING_HIGH), 0)?;
        }
        self.settle()?;
        let before: Vec<View> = self.views()?;
        let mut shots = self.shoot(storm)?;
        let given = self.give(storm)?;
        self.calm_down()?;
        for shot in &mut shots {
            let handle = self.system.ports[shot.port];
            let done = self.system.simulation[handle].take(shot.ticket);
            let done = done.context("a write of the storm was never answered")?;
            (shot.response, shot.answered) = (done.response(), done.timing.response);
            ensure!(
                matches!(shot.response, Response::Okay | Response::SlvErr),
                "a write to guest {} was answered {:?}",
                shot.guest,
                shot.response
            );
        }
        let after = self.views()?;
        for guest in guests.clone() {
            self.judge(guest, &before, &after, &shots, &given)?;
        }
        self.take_all_back(&after)
    }

    fn shoot(&mut self, storm: &Storm) -> Result<Vec<Shot>> {
        let config = self.machine.config.clone();
        let bus_bytes = config.data_bytes() as usize;
        let mut room: Vec<u64> = (0..config.guests)
            .map(|guest| {
                let state = self.golden.guest(guest);
                let slots = match state.ring_size {
                    0 => 0,
                    size => config.ring_slots(size),
                };
                slots.saturating_sub(state.ring_used.into())
            })
            .collect();
        let mut shots = Vec::new();
        for plan in &storm.bursts {
            let one: Fitted = self.fit(plan);
            let Some(guest) = self.owner(one.burst.address) else {
                continue;
            };
            let attached = self
                .golden
                .guest(guest)
                .is(mch_spec::registers::Flag::Attached);
            let burst = golden_burst(&one.burst);
            // With S1 built a slot is reserved for every piece.
            let slots = match config.has(Strategy::S1) {
                true => burst.pieces(&config).len() as u64,
                false => u64::from(burst.blocks_touched(&config)),
            };
            let strategy = self.golden.guest(guest).strategy;
            let fits = !strategy.uses_ring() || slots <= room[guest as usize];
            if !attached || !fits || one.burst.kind == BurstKind::Fixed {
                continue;
            }
            room[guest as usize] = room[guest as usize].saturating_sub(slots);
            let port = (one.burst.address >> 12) as usize % config.ports as usize;
            let mut bytes = Vec::new();
            for (index, beat) in (0..).zip(&one.beats) {
                let lane0 = one.burst.beat_address(index) / bus_bytes as u64 * bus_bytes as u64;
                let lanes = (0..bus_bytes).filter(|lane| beat.strobes >> lane & 1 == 1);
                bytes.extend(lanes.map(|lane| (lane0 + lane as u64, beat.data[lane])));
            }
            let handle = self.system.ports[port];
            let ticket = self.system.simulation[handle].write(one.request(bus_bytes))?;
            shots.push(Shot {
                guest,
                port,
                ticket,
                bytes,
                response: Response::Okay,
                answered: u64::MAX,
            });
        }
        Ok(shots)
    }

    /// Gives the commands; returns those that were taken, with the cycle before which they had not been given.
    fn give(&mut self, storm: &Storm) -> Result<Vec<(Command, u64)>> {
        let mut given = Vec::new();
        for (delay, command) in &storm.commands {
            self.system.simulation.run(u64::from(*delay))?;
            let (address, value) = self.command_write(command);
            let now = self.system.simulation.cycle();
            if self.system.try_write(address, value)? == Response::Okay {
                given.push((*command, now));
            }
        }
        Ok(given)
    }

    /// Processors arrive wherever they are wanted, until nothing runs and every port is idle.
    fn calm_down(&mut self) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        loop {
            for guest in 0..self.machine.config.guests {
                let wanted = self.system.guest(guest, offset::G_RENDEZVOUS)?;
                if wanted >> 31 == 0 {
                    continue;
                }
                for processor in 0..self.golden.guest(guest).processors {
                    let value = processor << 24 | (wanted & 0xff_ffff);
                    self.system.set_guest(guest, offset::G_ARRIVE, value)?;
                }
            }
            let status = self.system.read(offset::STATUS)?;
            if status >> 16 == 0 {
                break;
            }
            ensure!(
                self.system.simulation.cycle() < end,
                "after the storm guests still run: STATUS {status:#x}"
            );
        }
        // Copies behind the guests' backs end, too; memory rests between two of them now and then.
        while self.system.read(offset::STATUS)? & 4 != 0 {
            ensure!(
                self.system.simulation.cycle() < end,
                "after the storm a job still runs"
            );
        }
        self.rest()?;
        self.system.simulation.run(400)?;
        self.rest()
    }

    /// What memory holds and what each guest's checkpoint is, found by its strategy's own means from memory and registers alone.
    fn views(&mut self) -> Result<Vec<View>> {
        let mut views = Vec::new();
        for guest in 0..self.machine.config.guests {
            let ranges = self.golden_ranges(guest);
            let pending = self.pending_blocks(guest, &ranges)?;
            let contents = self.system.contents().clone();
            let mut memory = Bytes::new();
            for range in &ranges {
                let length = (range.end - range.start) as usize;
                memory.extend(range.clone().zip(contents.read_vec(range.start, length)));
            }
            let mut kept = memory.clone();
            let status = self.system.guest(guest, offset::G_STATUS)?;
            let valid =
                field::G_STATUS::VALID.get(status) == 1 && field::G_STATUS::LOST.get(status) == 0;
            let attached = field::G_STATUS::ATTACHED.get(status) == 1;
            if attached && self.golden.guest(guest).strategy == Strategy::S5 {
                let (now, then) = self.placed(&ranges, &contents)?;
                (memory, kept) = (now, then);
            }
            let mut image = kept;
            let block_shift = self.machine.config.block_shift();
            // A detached guest's regions may lie anywhere.
            let has_image = valid && attached;
            let strategy = self.golden.guest(guest).strategy;
            if has_image && strategy.uses_shadow() && strategy != Strategy::S5 {
                let layout = self.layout();
                for (address, byte) in &mut image {
                    // A block that is pending has its checkpoint in memory.
                    if !pending.contains(&((address - layout.memory) >> block_shift)) {
                        *byte = contents.byte(address - layout.memory + layout.shadow);
                    }
                }
                self.add_committed(guest, &mut image)?;
            } else if has_image && strategy != Strategy::S5 {
                let used = self.system.guest(guest, offset::G_RING_USED)?;
                let base = u64::from(self.golden.guest(guest).ring_page) << 12;
                let headers = base + (7u64 << self.golden.guest(guest).ring_size >> 3);
                let block_bytes = u64::from(self.machine.config.block_bytes());
                for slot in (0..u64::from(used)).rev() {
                    let header = contents.read_vec(headers + 8 * slot, 8);
                    let header = header
                        .iter()
                        .rev()
                        .fold(0u64, |value, byte| value << 8 | u64::from(*byte));
                    if header >> 36 & 1 == 1 {
                        continue; // void: the block could not be read, and was not written
                    }
                    let block = header & 0x3ff_ffff;
                    let start = self.layout().memory + block * block_bytes;
                    let old = contents.read_vec(base + slot * block_bytes, block_bytes as usize);
                    for (at, byte) in (start..).zip(old) {
                        ensure!(
                            image.insert(at, byte).is_some(),
                            "slot {slot} of guest {guest} holds block {block} of another"
                        );
                    }
                }
            }
            views.push(View {
                memory,
                image: has_image.then_some(image),
                checkpoints: self.system.guest(guest, offset::G_CHECKPOINTS)?,
                rollbacks: self.system.guest(guest, offset::G_ROLLBACKS)?,
            });
        }
        Ok(views)
    }

    /// Completes a checkpoint of S1 by what was committed before the storm and not drained then. Entries that were drained meanwhile do no
    /// harm: in their order they lead to the same bytes again, unless another checkpoint or a rollback has followed.
    fn add_committed(&mut self, guest: u32, image: &mut Bytes) -> Result<()> {
        let parts = self.golden.committed_parts(guest);
        let before = self
            .golden
            .register_read(guest_address(guest, offset::G_EPOCH));
        if parts.is_empty() || self.system.guest(guest, offset::G_EPOCH)? != before.unwrap_or(0) {
            return Ok(());
        }
        for (address, bytes) in parts {
            image.extend((address..).zip(bytes));
        }
        Ok(())
    }

    /// The blocks of a guest under S4 whose copy is outstanding, counted from the start of memory.
    fn pending_blocks(
        &mut self,
        guest: u32,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<std::collections::BTreeSet<u64>> {
        let mut found = std::collections::BTreeSet::new();
        if self.golden.guest(guest).strategy != Strategy::S4 {
            return Ok(found);
        }
        if self.system.guest(guest, offset::G_PENDING)? == 0 {
            return Ok(found);
        }
        let (memory, shift) = (self.layout().memory, self.machine.config.block_shift());
        for range in ranges {
            let blocks = (range.start - memory) >> shift..(range.end - memory) >> shift;
            for word in blocks.start / 32..blocks.end / 32 {
                self.system
                    .write(offset::DIRTY_SELECT, 1 << 31 | word as u32)?;
                let bits = self.system.read(offset::DIRTY_BITS)?;
                found.extend(
                    (0..32)
                        .filter(|bit| bits >> bit & 1 == 1)
                        .map(|bit| word * 32 + bit),
                );
            }
        }
        Ok(found)
    }

    /// What an attached guest of S5 has in its blocks' current places, and in those of its checkpoint.
    fn placed(
        &mut self,
        ranges: &[std::ops::Range<u64>],
        contents: &Memory,
    ) -> Result<(Bytes, Bytes)> {
        let layout = self.layout();
        let shift = self.machine.config.block_shift();
        let bytes = 1u64 << shift;
        let (mut now, mut then) = (Bytes::new(), Bytes::new());
        for word in ranges.iter().flat_map(|range| {
            (range.start - layout.memory) >> (shift + 5)..(range.end - layout.memory) >> (shift + 5)
        }) {
            let [x, y] = self.system.planes(word as u32)?;
            for bit in 0..32 {
                let home = layout.memory + ((word * 32 + bit) << shift);
                let read = |place: u32| {
                    let away = u64::from(place >> bit & 1) * (layout.shadow - layout.memory);
                    contents.read_vec(home + away, bytes as usize)
                };
                now.extend((home..).zip(read(x ^ y)));
                then.extend((home..).zip(read(x)));
            }
        }
        Ok((now, then))
    }

    fn judge(
        &self,
        guest: u32,
        before: &[View],
        after: &[View],
        shots: &[Shot],
        given: &[(Command, u64)],
    ) -> Result<()> {
        let (old, new) = (&before[guest as usize], &after[guest as usize]);
        let mine: Vec<(Happening, Operation)> = given
            .iter()
            .filter(|(command, _)| self.members(command) >> guest & 1 == 1)
            .filter_map(|(command, given)| {
                let operation = Operation::from_code(command.operation.into())?;
                let rollback = operation == Operation::Rollback;
                Some((
                    Happening {
                        rollback,
                        given: *given,
                    },
                    operation,
                ))
            })
            .collect();
        let commits = new.checkpoints.wrapping_sub(old.checkpoints) as usize;
        let rollbacks = new.rollbacks.wrapping_sub(old.rollbacks) as usize;
        let refused = shots
            .iter()
            .any(|shot| shot.guest == guest && shot.response == Response::SlvErr);
        ensure!(
            !refused || mine.iter().any(|(happening, _)| happening.rollback),
            "a write to guest {guest} was refused without a rollback"
        );
        // Which of the commands came to their end is open, too: an aborted checkpoint, a refused rollback.
        let explained = (0u32..1 << mine.len()).any(|subset| {
            let chosen: Vec<Happening> = mine
                .iter()
                .enumerate()
                .filter(|(index, _)| subset >> index & 1 == 1)
                .map(|(_, (happening, _))| *happening)
                .collect();
            let back = chosen.iter().filter(|happening| happening.rollback).count();
            let counts = (chosen.len() - back, back) == (commits, rollbacks);
            counts
                && (0..self.held_writes.len()).all(|port| {
                    let shots: Vec<&Shot> = shots
                        .iter()
                        .filter(|shot| shot.guest == guest && shot.port == port)
                        .collect();
                    let ports = self.held_writes.len() as u64;
                    let part = |bytes: &Bytes| -> Bytes {
                        let own = bytes
                            .iter()
                            .filter(|(address, _)| (*address >> 12) % ports == port as u64);
                        own.map(|(address, byte)| (*address, *byte)).collect()
                    };
                    let goal = (part(&new.memory), new.image.as_ref().map(part));
                    let start = (part(&old.memory), old.image.as_ref().map(part));
                    explains(start, &goal, &chosen, &shots)
                })
        });
        ensure!(
            explained,
            "guest {guest}: no cut through the writes explains its memory and its checkpoint after {commits} commits and {rollbacks} rollbacks; \
             answers {:?}, commands {mine:?}",
            shots.iter().filter(|shot| shot.guest == guest).map(|shot| shot.response).collect::<Vec<_>>()
        );
        Ok(())
    }

    /// Last, every guest that can goes back: its memory must be its checkpoint, and no other guest's may change.
    fn take_all_back(&mut self, after: &[View]) -> Result<()> {
        let mut expected: Vec<Bytes> = after.iter().map(|view| view.memory.clone()).collect();
        for guest in 0..self.machine.config.guests {
            let Some(image) = &after[guest as usize].image else {
                continue;
            };
            self.system.command(guest, Operation::Rollback, PATIENCE)?;
            expected[guest as usize].clone_from(image);
            for (other, view) in self.views()?.into_iter().enumerate() {
                let wanted = &expected[other];
                let first = view
                    .memory
                    .iter()
                    .find(|(address, byte)| wanted.get(address) != Some(byte));
                ensure!(
                    first.is_none(),
                    "after the rollback of guest {guest} memory of guest {other} is wrong at {:#x}",
                    first.map_or(0, |(address, _)| *address)
                );
            }
        }
        Ok(())
    }
}

/// Whether the happenings, put somewhere between the writes of one port, lead from one state to the other.
fn explains(
    start: (Bytes, Option<Bytes>),
    goal: &(Bytes, Option<Bytes>),
    happenings: &[Happening],
    shots: &[&Shot],
) -> bool {
    // (writes done, memory, image) after each happening; few differ, as few writes lie between two.
    let mut states = vec![(0, start.0, start.1)];
    for happening in happenings {
        let mut next: Vec<(usize, Bytes, Option<Bytes>)> = Vec::new();
        let least = shots
            .iter()
            .take_while(|shot| shot.answered < happening.given)
            .count();
        for (done, memory, image) in states {
            let mut memory = memory;
            for cut in done..=shots.len() {
                if cut > done {
                    apply(&mut memory, shots[cut - 1]);
                }
                if cut < least {
                    continue;
                }
                let state = match (happening.rollback, &image) {
                    (false, _) => (cut, memory.clone(), Some(memory.clone())),
                    (true, Some(image)) => (cut, image.clone(), Some(image.clone())),
                    (true, None) => continue,
                };
                if !next.contains(&state) {
                    next.push(state);
                }
            }
        }
        states = next;
    }
    states.into_iter().any(|(done, mut memory, image)| {
        for shot in &shots[done..] {
            apply(&mut memory, shot);
        }
        memory == goal.0 && (goal.1.is_none() || image == goal.1)
    })
}

fn apply(memory: &mut Bytes, shot: &Shot) {
    if shot.response != Response::Okay {
        return;
    }
    for (address, byte) in &shot.bytes {
        memory.insert(*address, *byte);
    }
}
