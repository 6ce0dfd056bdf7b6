//! The sequencer: executes the firmware's own words, a context per guest, in turn.

use crate::capture::Walk;
use crate::golden::{Golden, Group};
use crate::guest::Context;
use mch_spec::firmware::{
    Instruction, Opcode, FILL_X_ONES, FILL_Y_ONES, RING_DRAIN, RING_DRAINED, RING_MARK,
    RING_REWIND, SCAN_CLEAR, SCAN_PLANE_Y, SCAN_TO_MEMORY, SCAN_TO_RING, WATCHDOG_INSTRUCTIONS,
};
use mch_spec::registers::{Condition, ErrorCode, Flag, Interrupt, Operation, Status};
use mch_spec::Strategy;

/// What an instruction does to the program counter.
enum Next {
    Stay,
    Following,
    Jump(u32),
    End(u32),
}

impl Golden {
    /// Starts an operation for the guests of a group; they must be idle.
    pub(crate) fn start(&mut self, guests: u32, operation: u32) {
        self.groups.push(Group {
            members: guests,
            reached: 0,
            broken: false,
        });
        let group = self.groups.len() - 1;
        for guest in (0..self.guests.len()).filter(|guest| guests >> guest & 1 == 1) {
            if self.guests[guest].context.is_some() {
                // Only a rollback comes here while a checkpoint runs; it waits behind it.
                self.guests[guest].rollback_waits = Some(group);
            } else {
                self.begin(guest, operation, group);
            }
        }
    }

    fn begin(&mut self, guest: usize, operation: u32, group: usize) {
        let context = Context {
            operation,
            program_counter: operation,
            error: 0,
            executed: 0,
            group,
        };
        self.guests[guest].context = Some(context);
        if operation == Operation::Checkpoint.code() {
            self.guests[guest].period_over = false;
        }
    }

    /// Starts what is due, and executes until every routine waits for something from outside.
    pub(crate) fn run(&mut self) {
        loop {
            let mut progress = false;
            for guest in 0..self.guests.len() {
                progress |= self.start_due(guest);
                if self.guests[guest].context.is_some() {
                    progress |= self.turn(guest);
                }
            }
            if !progress {
                return;
            }
        }
    }

    fn start_due(&mut self, guest: usize) -> bool {
        let state = &mut self.guests[guest];
        if state.context.is_some() {
            return false;
        }
        if let Some(group) = state.rollback_waits.take() {
            self.begin(guest, Operation::Rollback.code(), group);
            return true;
        }
        if state.apply_due() && self.firmware_good {
            self.start(1 << guest, Operation::Apply.code());
            return true;
        }
        let state = &mut self.guests[guest];
        let due = (state.high_water() || state.period_over) && !state.is(Flag::Standby);
        if due && state.is(Flag::Attached) && !state.is(Flag::Stuck) && self.firmware_good {
            self.start(1 << guest, Operation::Checkpoint.code());
            return true;
        }
        false
    }

    /// One instruction of a guest; false if it stays where it is.
    fn turn(&mut self, guest: usize) -> bool {
        let Some(mut context) = self.guests[guest].context.clone() else {
            return false;
        };
        let word = self.firmware[context.program_counter as usize];
        let next = match Instruction::decode(word) {
            Some(instruction) => self.execute(guest, &mut context, instruction),
            None => {
                context.error = ErrorCode::Firmware.code();
                Next::End(Status::Watchdog.code())
            }
        };
        match next {
            Next::Stay => return false,
            Next::Following => context.program_counter = (context.program_counter + 1) & 0x1ff,
            Next::Jump(address) => context.program_counter = address & 0x1ff,
            Next::End(status) => {
                self.end(guest, &context, status);
                return true;
            }
        }
        context.executed += 1;
        if context.executed == WATCHDOG_INSTRUCTIONS {
            self.end(guest, &context, Status::Watchdog.code());
        } else {
            self.guests[guest].context = Some(context);
        }
        true
    }

    fn end(&mut self, guest: usize, context: &Context, status: u32) {
        let group = &mut self.groups[context.group];
        // One that ends before the barrier breaks the group for the others.
        group.broken |= group.reached != group.members && status != Status::Ok.code();
        let state = &mut self.guests[guest];
        if state.backup.syncing {
            (state.backup.syncing, state.timed_out) = (false, false);
        }
        state.backup.blocked |=
            context.operation == Operation::Apply.code() && status != Status::Ok.code();
        if Self::ends_silently(context.operation, status) {
            state.context = None;
            return;
        }
        let count = (state.completion >> 24).wrapping_add(1) & 0xff;
        state.completion = count << 24 | context.error << 16 | status << 8 | context.operation;
        state.context = None;
        if status == Status::Watchdog.code() {
            state.flags &= 1 << Flag::Attached.code() | 1 << Flag::Standby.code();
        }
        self.completions |= 1 << guest;
        self.irq_status |= 1 << Interrupt::Completion.code();
    }

    fn condition(&self, guest: usize, context: &Context, code: u32) -> bool {
        let state = &self.guests[guest];
        match Condition::from_code(code) {
            Some(Condition::Always) => true,
            Some(Condition::Arrived) => state.arrived(),
            // Writes and jobs take no time in this model.
            Some(Condition::Quiet | Condition::JobDone) => true,
            Some(Condition::PendingEmpty) => state.pending == 0 && state.ring_committed == 0,
            Some(Condition::Barrier) => {
                let group = &self.groups[context.group];
                !group.broken && group.reached == group.members
            }
            Some(Condition::JobError) => state.job_error != 0,
            Some(Condition::Valid) => state.is(Flag::Valid),
            Some(Condition::Lost) => state.is(Flag::Lost),
            Some(Condition::Attached) => state.is(Flag::Attached),
            Some(Condition::Stuck) => state.is(Flag::Stuck),
            Some(Condition::Cancelled) => state.rollback_waits.is_some(),
            Some(Condition::TimedOut) => state.timed_out,
            Some(Condition::LinkSynced) => state.backup.synced || !state.backup.in_session,
            Some(Condition::LinkMarked) => state.backup.marked || !state.backup.in_session,
            Some(Condition::Standby) => state.is(Flag::Standby),
            Some(Condition::CannotRollBack) => !state.is(Flag::Valid) || state.is(Flag::Lost),
            Some(_) => code == 16 + state.strategy.number(),
            None => false,
        }
    }

    fn execute(&mut self, guest: usize, context: &mut Context, instruction: Instruction) -> Next {
        let Instruction { opcode, a, b } = instruction;
        let (code, address) = (u32::from(a), u32::from(b));
        let flag = Flag::from_code(code & 15);
        match opcode {
            Opcode::End => return Next::End(code),
            Opcode::Jump => return Next::Jump(address),
            Opcode::Branch if self.condition(guest, context, code) => return Next::Jump(address),
            Opcode::Branch => {}
            Opcode::Wait => {
                if code == Condition::Barrier.code() {
                    self.groups[context.group].reached |= 1 << guest;
                }
                if !self.condition(guest, context, code) {
                    let state = &self.guests[guest];
                    let escape = state.rollback_waits.is_some()
                        || state.timed_out
                        || self.groups[context.group].broken;
                    return if escape && address != 0 {
                        Next::Jump(address)
                    } else {
                        Next::Stay
                    };
                }
            }
            Opcode::Set | Opcode::Clear => {
                let Some(flag) = flag else {
                    return Next::Following;
                };
                let state = &mut self.guests[guest];
                state.set(flag, opcode == Opcode::Set);
                if (opcode, flag) == (Opcode::Clear, Flag::Standby) && state.backup.frozen {
                    state.backup.generation = state.backup.generation.wrapping_add(1);
                    state.backup.taken_over = true;
                }
                if (opcode, flag) == (Opcode::Set, Flag::Valid) {
                    state.backup.taken_over = false;
                    state.backup.interval_entries = 0;
                }
                state.settle_backup();
                if (opcode, flag) == (Opcode::Set, Flag::RejectWrites) {
                    // What waited for room is refused, and waits no more.
                    self.guests[guest].ring_held = false;
                }
                if (opcode, flag) == (Opcode::Set, Flag::Valid) {
                    self.guests[guest].checkpoints = self.guests[guest].checkpoints.wrapping_add(1);
                }
            }
            Opcode::Step => self.step(guest, code & 1 == 1),
            Opcode::Scan if a & SCAN_TO_RING != 0 => self.scan_to_ring(guest),
            Opcode::Scan => self.scan(
                guest,
                a & SCAN_PLANE_Y != 0,
                a & SCAN_TO_MEMORY != 0,
                a & SCAN_CLEAR != 0,
            ),
            Opcode::Fill => self.fill(guest, a & FILL_X_ONES != 0, a & FILL_Y_ONES != 0),
            Opcode::Ring if code == 0 => {
                self.guests[guest].empty_ring();
            }
            Opcode::Ring => match a {
                RING_DRAIN if self.guests[guest].is(Flag::Standby) => {
                    self.walk(guest, Walk::Apply);
                }
                RING_DRAIN => self.walk(guest, Walk::Drain),
                RING_REWIND => self.walk(guest, Walk::Rewind),
                RING_MARK => {
                    self.guests[guest].ring_committed = self.guests[guest].ring_used;
                }
                RING_DRAINED => self.drained(guest),
                _ => self.restore(guest),
            },
            Opcode::Link => self.link(guest, a),
            Opcode::Rendezvous => {
                let state = &mut self.guests[guest];
                state.rendezvous = (state.rendezvous + 1) & 0xff_ffff;
                state.requested = true;
                state.arrivals = 0;
                state.timed_out = false;
                state.backup.syncing = false;
                state.period_over = false;
            }
            Opcode::Release => {
                let state = &mut self.guests[guest];
                state.release = code << 24 | state.rendezvous;
                state.requested = false;
                state.timed_out = false;
            }
            Opcode::Check => {
                if let Err(error) = self.check(guest) {
                    context.error = error.code();
                    return Next::Jump(address);
                }
            }
            Opcode::Fail if code == 0 => context.error = self.guests[guest].job_error,
            Opcode::Fail => context.error = code,
        }
        Next::Following
    }

    fn step(&mut self, guest: usize, committed: bool) {
        while !self.guests[guest].epochs.can_step() {
            self.epoch_waits = self.epoch_waits.wrapping_add(1);
            self.sweep();
        }
        let state = &mut self.guests[guest];
        state.epochs.step(committed);
        if committed && state.strategy == Strategy::S4 {
            state.pending = state.dirty;
        }
        state.dirty = 0;
        if !committed {
            state.rollbacks = state.rollbacks.wrapping_add(1);
        }
    }

    /// A sweep of the scrubber: every word of a region is rewritten with its guest's epoch.
    pub fn sweep(&mut self) {
        for guest in 0..self.guests.len() {
            // Only attached guests own words: the regions of others are not checked yet.
            if !self.guests[guest].is(Flag::Attached) {
                continue;
            }
            for range in self.ranges(guest) {
                for word in range.start / 32..range.end / 32 {
                    self.store
                        .update(self.guests[guest].owner(), word, |_, _| {});
                }
            }
        }
        for guest in &mut self.guests {
            guest.epochs.sweep_done();
        }
    }
}
