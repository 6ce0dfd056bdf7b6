//! A guest's command slot and its context in the sequencer: what it executes, its flags, its completion.
//!
//! **Does**: takes one command (and one rollback behind a running checkpoint), holds the program counter, evaluates conditions, and executes
//! the instruction that the sequencer presents with `execute`: it turns it into a pulse (`step`, `scan_start`, ...) or a flag.
//! **Ordering**: the effect pulses are combinational in the cycle of `execute`; everything else is a register.
//! **Errors**: `command_error` tells, before anything is written, why the operation on the bus would be refused (0: it would not).
//! **Reset**: nothing runs, all flags clear.

use super::constants::{constant, flag};
use super::sequencer::UNKNOWN;
use super::{CommandRefusal, GuestCondition};
use crate::prelude::*;
use mch_spec::firmware::Opcode;
use mch_spec::registers::{Condition, ErrorCode, Flag, Operation, Status};
use mch_spec::Config;

/// Command slot, program counter and flags of a guest.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestCommand {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The operation on the bus is for this guest and is accepted.
    pub command_write: Signal<In, Bit>,
    /// The operation on the bus.
    pub command_operation: Signal<In, Bits<4>>,
    /// The guests that the command is for; 0: this one alone.
    pub command_group: Signal<In, Bits<16>>,
    /// Why the operation would be refused; 0: accepted.
    pub command_error: Signal<Out, Bits<8>>,
    /// A command is on the bus, not yet decided: nothing else may start.
    pub command_pending: Signal<In, Bit>,
    /// The firmware memory holds a checked image.
    pub firmware_ok: Signal<In, Bit>,
    /// The block store has been cleared.
    pub unit_ready: Signal<In, Bit>,
    /// CTRL.ENABLE.
    pub enabled: Signal<In, Bit>,
    /// The timer or the high-water mark asks for a checkpoint.
    pub checkpoint_due: Signal<In, Bit>,
    /// The sequencer executes an instruction of this guest.
    pub execute: Signal<In, Bit>,
    /// The instruction: a bit per opcode; bit 15: no such instruction.
    pub opcode: Signal<In, Bits<16>>,
    /// Its operand a.
    pub operand_a: Signal<In, Bits<8>>,
    /// Its operand b.
    pub operand_b: Signal<In, Bits<16>>,
    /// Condition: all processors have arrived.
    pub arrived: Signal<In, Bit>,
    /// Condition: no accepted write is unacknowledged.
    pub quiet: Signal<In, Bit>,
    /// Condition: no job runs and no copy is outstanding.
    pub job_done: Signal<In, Bit>,
    /// No copy of a block of the last checkpoint is wanting.
    pub pending_empty: Signal<In, Bit>,
    /// Condition: a copy or header of the last job failed.
    pub job_error: Signal<In, Bit>,
    /// Error code of the failed job.
    pub job_error_code: Signal<In, Bits<8>>,
    /// Condition: the rendezvous has lasted too long.
    pub timed_out: Signal<In, Bit>,
    /// A step may happen.
    pub step_ready: Signal<In, Bit>,
    /// The guest's strategy, 1..6.
    pub strategy: Signal<In, Bits<3>>,
    /// Guests that have reached their barrier.
    pub barriers: Signal<In, Bits<16>>,
    /// Guests whose command ended without success.
    pub broken_guests: Signal<In, Bits<16>>,
    /// The checker has finished with this guest.
    pub check_done: Signal<In, Bit>,
    /// Its verdict, an error code; 0: good.
    pub check_error: Signal<In, Bits<8>>,
    /// The backup has acknowledged the session. With the link.
    pub link_synced: Signal<In, Bit>,
    /// It has acknowledged the mark. With the link.
    pub link_marked: Signal<In, Bit>,
    /// What has arrived is to be applied. With the link.
    pub apply_due: Signal<In, Bit>,
    /// A checkpoint has arrived whole. With the link.
    pub arrived_mark: Signal<In, Bit>,
    /// The checkpoint that had arrived is void: another session begins. With the link.
    pub opened: Signal<In, Bit>,
    /// Flag STANDBY.
    pub standby: Signal<Out, Bit>,
    /// An APPLY that started by itself has failed: it does not start again before something arrives. With the link.
    pub apply_failed: Signal<Out, Bit>,
    /// The checkpoint is given up: the log is full or broken.
    pub lose: Signal<In, Bit>,
    /// A routine runs.
    pub running: Signal<Out, Bit>,
    /// A routine runs, or a rollback waits for its turn.
    pub busy: Signal<Out, Bit>,
    /// Its next instruction.
    pub program_counter: Signal<Out, Bits<9>>,
    /// The operation that runs.
    pub operation: Signal<Out, Bits<4>>,
    /// This guest has reached its barrier.
    pub at_barrier: Signal<Out, Bit>,
    /// This guest's last command ended without success.
    pub broken: Signal<Out, Bit>,
    /// The checker is asked to check this guest.
    pub check_request: Signal<Out, Bit>,
    /// Effect: STEP.
    pub step: Signal<Out, Bit>,
    /// A STEP waits for the scrubber.
    pub step_waits: Signal<Out, Bit>,
    /// Effect: SCAN.
    pub scan_start: Signal<Out, Bit>,
    /// Effect: FILL.
    pub fill_start: Signal<Out, Bit>,
    /// Effect: RING empty.
    pub ring_empty: Signal<Out, Bit>,
    /// Effect: RING restore.
    pub ring_restore: Signal<Out, Bit>,
    /// Effect: LINK. With the link.
    pub link: Signal<Out, Bit>,
    /// Effect: RENDEZVOUS.
    pub begins: Signal<Out, Bit>,
    /// A CHECKPOINT starts, commanded or by itself.
    pub checkpoint_starts: Signal<Out, Bit>,
    /// Effect: RELEASE.
    pub releases: Signal<Out, Bit>,
    /// Effect: SET VALID, a commit.
    pub commits: Signal<Out, Bit>,
    /// A command has completed.
    pub completed: Signal<Out, Bit>,
    /// G_COMPLETION.
    pub completion: Signal<Out, Bits<32>>,
    /// Flag HOLD_WRITES.
    pub hold_writes: Signal<Out, Bit>,
    /// Flag REJECT_WRITES.
    pub reject_writes: Signal<Out, Bit>,
    /// Flag HOLD_READS.
    pub hold_reads: Signal<Out, Bit>,
    /// Flag VALID.
    pub valid: Signal<Out, Bit>,
    /// Flag LOST.
    pub lost: Signal<Out, Bit>,
    /// Flag ATTACHED.
    pub attached: Signal<Out, Bit>,
    /// Flag STUCK.
    pub stuck: Signal<Out, Bit>,
    flags: Register<Bits<9>>,
    running_now: Register<Bit>,
    counter: Register<Bits<9>>,
    operation_now: Register<Bits<4>>,
    group: Register<Bits<16>>,
    rollback_waits: Register<Bit>,
    rollback_group: Register<Bits<16>>,
    barrier_now: Register<Bit>,
    broken_now: Register<Bit>,
    group_broken: Register<Bit>,
    check_pending: Register<Bit>,
    check_known: Register<Bit>,
    check_result: Register<Bits<8>>,
    error_code: Register<Bits<8>>,
    completion_now: Register<Bits<24>>,
    completions: Register<Bits<8>>,
    completed_now: Register<Bit>,
    executed: Register<Bits<16>>,
    condition: Register<Bit>,
    escape: Signal<Local, Bit>,
    stay: Signal<Local, Bit>,
    jump: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    end_status: Signal<Local, Bits<8>>,
    end_error: Signal<Local, Bits<8>>,
    does: Signal<Local, Bits<16>>,
    flag_bit: Signal<Local, Bits<9>>,
    flag_value: Signal<Local, Bits<9>>,
    is_attached: Signal<Local, Bit>,
    is_stuck: Signal<Local, Bit>,
    is_valid: Signal<Local, Bit>,
    is_lost: Signal<Local, Bit>,
    refusal: CommandRefusal,
    evaluation: GuestCondition,
    start: Signal<Local, Bit>,
    start_operation: Signal<Local, Bits<4>>,
    start_group: Signal<Local, Bits<16>>,
    queue_rollback: Signal<Local, Bit>,
    has_link: Constant<Bit>,
    is_standby: Signal<Local, Bit>,
    silent: Signal<Local, Bit>,
    opcode_link: Constant<Bits<16>>,
    operation_apply: Constant<Bits<4>>,
    flag_standby: Constant<Bits<9>>,
    no_opcode: Constant<Bits<16>>,
    opcode_end: Constant<Bits<16>>,
    opcode_jump: Constant<Bits<16>>,
    opcode_branch: Constant<Bits<16>>,
    opcode_wait: Constant<Bits<16>>,
    opcode_set: Constant<Bits<16>>,
    opcode_clear: Constant<Bits<16>>,
    opcode_step: Constant<Bits<16>>,
    opcode_scan: Constant<Bits<16>>,
    opcode_fill: Constant<Bits<16>>,
    opcode_ring: Constant<Bits<16>>,
    opcode_rendezvous: Constant<Bits<16>>,
    opcode_release: Constant<Bits<16>>,
    opcode_check: Constant<Bits<16>>,
    opcode_fail: Constant<Bits<16>>,
    operation_checkpoint: Constant<Bits<4>>,
    operation_rollback: Constant<Bits<4>>,
    condition_barrier: Constant<Bits<8>>,
    flag_hold_writes: Constant<Bits<9>>,
    flag_reject_writes: Constant<Bits<9>>,
    flag_hold_reads: Constant<Bits<9>>,
    flag_valid: Constant<Bits<9>>,
    flag_lost: Constant<Bits<9>>,
    flag_attached: Constant<Bits<9>>,
    flag_stuck: Constant<Bits<9>>,
    error_firmware: Constant<Bits<8>>,
    status_ok: Constant<Bits<8>>,
    status_watchdog: Constant<Bits<8>>,
}

impl GuestCommand {
    /// The command context of a guest of this configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            refusal: CommandRefusal::new(config),
            evaluation: GuestCondition::new(config),
            // STANDBY, the last flag, is there with the link.
            flags: Register::narrow(0.into(), 8 + usize::from(config.link)),
            has_link: flag(config.link),
            is_standby: Default::default(),
            silent: Default::default(),
            opcode_link: constant(1 << Opcode::Link.code()),
            operation_apply: constant(Operation::Apply as u64),
            flag_standby: constant(1 << Flag::Standby as u64),
            link: Default::default(),
            link_synced: Default::default(),
            link_marked: Default::default(),
            apply_due: Default::default(),
            arrived_mark: Default::default(),
            opened: Default::default(),
            standby: Default::default(),
            apply_failed: Default::default(),
            no_opcode: constant(1 << UNKNOWN),
            opcode_end: constant(1 << Opcode::End.code()),
            opcode_jump: constant(1 << Opcode::Jump.code()),
            opcode_branch: constant(1 << Opcode::Branch.code()),
            opcode_wait: constant(1 << Opcode::Wait.code()),
            opcode_set: constant(1 << Opcode::Set.code()),
            opcode_clear: constant(1 << Opcode::Clear.code()),
            opcode_step: constant(1 << Opcode::Step.code()),
            opcode_scan: constant(1 << Opcode::Scan.code()),
            opcode_fill: constant(1 << Opcode::Fill.code()),
            opcode_ring: constant(1 << Opcode::Ring.code()),
            opcode_rendezvous: constant(1 << Opcode::Rendezvous.code()),
            opcode_release: constant(1 << Opcode::Release.code()),
            opcode_check: constant(1 << Opcode::Check.code()),
            opcode_fail: constant(1 << Opcode::Fail.code()),
            operation_checkpoint: constant(Operation::Checkpoint as u64),
            operation_rollback: constant(Operation::Rollback as u64),
            condition_barrier: constant(Condition::Barrier as u64),
            flag_hold_writes: constant(1 << Flag::HoldWrites as u64),
            flag_reject_writes: constant(1 << Flag::RejectWrites as u64),
            flag_hold_reads: constant(1 << Flag::HoldReads as u64),
            flag_valid: constant(1 << Flag::Valid as u64),
            flag_lost: constant(1 << Flag::Lost as u64),
            flag_attached: constant(1 << Flag::Attached as u64),
            flag_stuck: constant(1 << Flag::Stuck as u64),
            error_firmware: constant(ErrorCode::Firmware as u64),
            status_ok: constant(Status::Ok as u64),
            status_watchdog: constant(Status::Watchdog as u64),
            clock: Default::default(),
            command_write: Default::default(),
            command_operation: Default::default(),
            command_group: Default::default(),
            command_error: Default::default(),
            command_pending: Default::default(),
            firmware_ok: Default::default(),
            unit_ready: Default::default(),
            enabled: Default::default(),
            checkpoint_due: Default::default(),
            execute: Default::default(),
            opcode: Default::default(),
            operand_a: Default::default(),
            operand_b: Default::default(),
            arrived: Default::default(),
            quiet: Default::default(),
            job_done: Default::default(),
            pending_empty: Default::default(),
            job_error: Default::default(),
            job_error_code: Default::default(),
            timed_out: Default::default(),
            step_ready: Default::default(),
            strategy: Default::default(),
            barriers: Default::default(),
            broken_guests: Default::default(),
            check_done: Default::default(),
            check_error: Default::default(),
            lose: Default::default(),
            running: Default::default(),
            busy: Default::default(),
            program_counter: Default::default(),
            operation: Default::default(),
            at_barrier: Default::default(),
            broken: Default::default(),
            check_request: Default::default(),
            step: Default::default(),
            step_waits: Default::default(),
            scan_start: Default::default(),
            fill_start: Default::default(),
            ring_empty: Default::default(),
            ring_restore: Default::default(),
            begins: Default::default(),
            checkpoint_starts: Default::default(),
            releases: Default::default(),
            commits: Default::default(),
            completed: Default::default(),
            completion: Default::default(),
            hold_writes: Default::default(),
            reject_writes: Default::default(),
            hold_reads: Default::default(),
            valid: Default::default(),
            lost: Default::default(),
            attached: Default::default(),
            stuck: Default::default(),
            running_now: Default::default(),
            counter: Default::default(),
            operation_now: Default::default(),
            group: Default::default(),
            rollback_waits: Default::default(),
            rollback_group: Default::default(),
            barrier_now: Default::default(),
            broken_now: Default::default(),
            group_broken: Default::default(),
            check_pending: Default::default(),
            check_known: Default::default(),
            check_result: Default::default(),
            error_code: Default::default(),
            completion_now: Default::default(),
            completions: Default::default(),
            completed_now: Default::default(),
            executed: Default::default(),
            condition: Default::default(),
            escape: Default::default(),
            stay: Default::default(),
            jump: Default::default(),
            ends: Default::default(),
            end_status: Default::default(),
            end_error: Default::default(),
            does: Default::default(),
            flag_bit: Default::default(),
            flag_value: Default::default(),
            is_attached: Default::default(),
            is_stuck: Default::default(),
            is_valid: Default::default(),
            is_lost: Default::default(),
            start: Default::default(),
            start_operation: Default::default(),
            start_group: Default::default(),
            queue_rollback: Default::default(),
        }
    }
}

impl Logic for GuestCommand {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_command");
        comment!("A guest's command slot and sequencer context: program counter, conditions, flags, completion.");
        comment!(
            "Effects of an instruction are pulses in the cycle of execute; all else is registers."
        );
        comment!("command_error tells beforehand why an operation would be refused. Reset: nothing runs, no flag set.");
        dff_setup!(
            self,
            clock,
            flags,
            running_now,
            counter,
            operation_now,
            group,
            rollback_waits,
            rollback_group,
            barrier_now,
            broken_now,
            group_broken,
            check_pending,
            check_known,
            check_result,
            error_code,
            completion_now,
            completions,
            completed_now,
            executed,
            condition
        );
        self.is_attached.next = (self.flags.q.val() & self.flag_attached.val()).any();
        self.is_stuck.next = (self.flags.q.val() & self.flag_stuck.val()).any();
        self.is_valid.next = (self.flags.q.val() & self.flag_valid.val()).any();
        self.is_lost.next = (self.flags.q.val() & self.flag_lost.val()).any();

        self.is_standby.next = false;
        if self.has_link.val() {
            self.is_standby.next = (self.flags.q.val() & self.flag_standby.val()).any();
        }

        // Would the operation on the bus be refused?
        self.refusal.operation.next = self.command_operation.val();
        self.refusal.enabled.next = self.enabled.val();
        self.refusal.unit_ready.next = self.unit_ready.val();
        self.refusal.firmware_ok.next = self.firmware_ok.val();
        self.refusal.busy.next = self.running_now.q.val() | self.rollback_waits.q.val();
        self.refusal.rollback_waits.next = self.rollback_waits.q.val();
        self.refusal.current.next = self.operation_now.q.val();
        self.refusal.attached.next = self.is_attached.val();
        self.refusal.stuck.next = self.is_stuck.val();
        self.refusal.valid.next = self.is_valid.val();
        self.refusal.lost.next = self.is_lost.val();
        self.refusal.standby.next = self.is_standby.val();
        self.refusal.strategy.next = self.strategy.val();
        self.command_error.next = self.refusal.error.val();

        // The condition that a BRANCH or WAIT names.
        self.evaluation.selector.next = self.operand_a.val();
        self.evaluation.arrived.next = self.arrived.val();
        self.evaluation.quiet.next = self.quiet.val();
        self.evaluation.job_done.next = self.job_done.val();
        self.evaluation.pending_empty.next = self.pending_empty.val();
        self.evaluation.at_barrier.next = self.barrier_now.q.val();
        self.evaluation.group_waits.next =
            self.group_broken.q.val() | (self.group.q.val() & !self.barriers.val()).any();
        self.evaluation.job_error.next = self.job_error.val();
        self.evaluation.valid.next = self.is_valid.val();
        self.evaluation.lost.next = self.is_lost.val();
        self.evaluation.attached.next = self.is_attached.val();
        self.evaluation.stuck.next = self.is_stuck.val();
        self.evaluation.rollback_waits.next = self.rollback_waits.q.val();
        self.evaluation.timed_out.next = self.timed_out.val();
        self.evaluation.strategy.next = self.strategy.val();
        self.evaluation.link_synced.next = self.link_synced.val() | self.is_lost.val();
        self.evaluation.link_marked.next = self.link_marked.val() | self.is_lost.val();
        self.evaluation.standby.next = self.is_standby.val();
        // Made up in the cycle before `execute`.
        self.condition.d.next = self.evaluation.holds.val();
        // Kept: the guest that broke the group may run its next command by the time this one has its turn.
        if (self.group.q.val() & self.broken_guests.val()).any() {
            self.group_broken.d.next = true;
        }
        self.escape.next = self.operand_b.val().any()
            & (self.rollback_waits.q.val() | self.timed_out.val() | self.group_broken.q.val());

        // Execute.
        self.end_status.next = self.operand_a.val();
        self.end_error.next = self.error_code.q.val();
        self.flag_bit.next = bits::<9>(1) << bit_cast::<4, 8>(self.operand_a.val());
        self.flag_value.next = self.flags.q.val();
        comment!("One bit of the instruction is set: no order among them.");
        self.does.next = 0.into();
        if self.execute.val() {
            self.does.next = self.opcode.val();
        }
        self.ends.next = (self.does.val() & (self.opcode_end.val() | self.no_opcode.val())).any();
        self.jump.next = (self.does.val() & self.opcode_jump.val()).any();
        self.step.next = (self.does.val() & self.opcode_step.val()).any() & self.step_ready.val();
        self.step_waits.next =
            (self.does.val() & self.opcode_step.val()).any() & !self.step_ready.val();
        self.stay.next = self.step_waits.val();
        self.scan_start.next = (self.does.val() & self.opcode_scan.val()).any();
        self.fill_start.next = (self.does.val() & self.opcode_fill.val()).any();
        self.ring_empty.next =
            (self.does.val() & self.opcode_ring.val()).any() & !self.operand_a.val().any();
        self.ring_restore.next =
            (self.does.val() & self.opcode_ring.val()).any() & self.operand_a.val().any();
        self.link.next = self.has_link.val() & (self.does.val() & self.opcode_link.val()).any();
        self.begins.next = (self.does.val() & self.opcode_rendezvous.val()).any();
        self.releases.next = (self.does.val() & self.opcode_release.val()).any();
        self.commits.next = (self.does.val() & self.opcode_set.val()).any()
            & (self.flag_bit.val() & self.flag_valid.val()).any();
        if (self.does.val() & self.opcode_branch.val()).any() & self.condition.q.val() {
            self.jump.next = true;
        }
        if (self.does.val() & self.opcode_wait.val()).any() {
            if self.operand_a.val() == self.condition_barrier.val() {
                self.barrier_now.d.next = true;
            }
            if !self.condition.q.val() {
                self.jump.next = self.escape.val();
                self.stay.next = !self.escape.val();
            }
        }
        if (self.does.val() & self.opcode_set.val()).any() {
            self.flag_value.next = self.flags.q.val() | self.flag_bit.val();
        }
        if (self.does.val() & self.opcode_clear.val()).any() {
            self.flag_value.next = self.flags.q.val() & !self.flag_bit.val();
        }
        if (self.does.val() & self.opcode_check.val()).any() {
            if self.check_known.q.val() {
                self.check_known.d.next = false;
                self.jump.next = self.check_result.q.val().any();
                if self.check_result.q.val().any() {
                    self.error_code.d.next = self.check_result.q.val();
                }
            } else {
                self.check_pending.d.next = true;
                self.stay.next = true;
            }
        }
        if (self.does.val() & self.opcode_fail.val()).any() {
            self.error_code.d.next = self.operand_a.val();
            if !self.operand_a.val().any() {
                self.error_code.d.next = self.job_error_code.val();
            }
        }
        if (self.does.val() & self.no_opcode.val()).any() {
            // The routine ends as if the watchdog had bitten.
            self.end_status.next = self.status_watchdog.val();
            self.end_error.next = self.error_firmware.val();
        }
        if self.execute.val() & !self.stay.val() {
            self.executed.d.next = self.executed.q.val() + 1;
            self.counter.d.next = self.counter.q.val() + 1;
            if self.executed.q.val().all() {
                self.ends.next = true;
                self.end_status.next = self.status_watchdog.val();
            }
        }
        if self.jump.val() {
            self.counter.d.next = bit_cast::<9, 16>(self.operand_b.val());
        }
        if self.check_done.val() {
            self.check_pending.d.next = false;
            self.check_known.d.next = true;
            self.check_result.d.next = self.check_error.val();
        }
        self.flags.d.next = self.flag_value.val();
        // A standby's checkpoint comes and goes with what arrives; no instruction of its routines then sets or clears a flag that stays.
        if self.has_link.val() & self.arrived_mark.val() {
            self.flags.d.next = self.flag_value.val() | self.flag_valid.val();
        } else if self.has_link.val() & self.opened.val() {
            self.flags.d.next = self.flag_value.val() & !self.flag_valid.val();
        } else if self.lose.val() {
            // Beside what an instruction sets or clears in the same cycle.
            self.flags.d.next = self.flag_value.val() | self.flag_lost.val();
        }

        // End, and start the next.
        self.start.next = false;
        self.start_operation.next = self.command_operation.val();
        self.start_group.next = self.command_group.val();
        self.queue_rollback.next = self.command_write.val() & self.running_now.q.val();
        // What a standby does of its own accord is reported only when it fails.
        self.silent.next = false;
        self.apply_failed.next = false;
        if self.has_link.val() & (self.operation_now.q.val() == self.operation_apply.val()) {
            self.silent.next = self.end_status.val() == self.status_ok.val();
            self.apply_failed.next = self.ends.val() & !self.silent.val();
        }
        self.completed_now.d.next = self.ends.val() & !self.silent.val();
        if self.queue_rollback.val() {
            self.rollback_waits.d.next = true;
            self.rollback_group.d.next = self.command_group.val();
        }
        if self.ends.val() {
            self.running_now.d.next = false;
            self.broken_now.d.next = self.end_status.val() != self.status_ok.val();
            if !self.silent.val() {
                self.completion_now.d.next = (bit_cast::<24, 8>(self.end_error.val())
                    << bits::<5>(16))
                    | (bit_cast::<24, 8>(self.end_status.val()) << bits::<5>(8))
                    | bit_cast::<24, 4>(self.operation_now.q.val());
                self.completions.d.next = self.completions.q.val() + 1;
            }
            if self.end_status.val() == self.status_watchdog.val() {
                // Nothing is known of the checkpoint any more; the guest goes on without one.
                self.flags.d.next =
                    self.flags.q.val() & (self.flag_attached.val() | self.flag_standby.val());
            }
        }
        // Not under `ends`, which comes late and only while a routine runs.
        if !self.running_now.q.val() {
            if self.rollback_waits.q.val() {
                self.start.next = true;
                self.start_operation.next = self.operation_rollback.val();
                self.start_group.next = self.rollback_group.q.val();
                self.rollback_waits.d.next = false;
            } else if self.command_write.val() {
                self.start.next = true;
            } else if (self.checkpoint_due.val() | self.apply_due.val())
                & !self.command_pending.val()
                & self.is_attached.val()
                & !self.is_stuck.val()
                & self.firmware_ok.val()
            {
                self.start.next = true;
                self.start_operation.next = self.operation_checkpoint.val();
                if self.has_link.val() & self.apply_due.val() {
                    self.start_operation.next = self.operation_apply.val();
                }
                self.start_group.next = 0.into();
            }
        }
        self.checkpoint_starts.next =
            self.start.val() & (self.start_operation.val() == self.operation_checkpoint.val());
        if self.start.val() {
            self.running_now.d.next = true;
            self.operation_now.d.next = self.start_operation.val();
            self.counter.d.next = bit_cast::<9, 4>(self.start_operation.val());
            self.group.d.next = self.start_group.val();
            self.barrier_now.d.next = false;
            self.broken_now.d.next = false;
            self.group_broken.d.next = false;
            self.error_code.d.next = 0.into();
            self.executed.d.next = 0.into();
        }

        self.running.next = self.running_now.q.val();
        self.busy.next = self.running_now.q.val() | self.rollback_waits.q.val();
        self.program_counter.next = self.counter.q.val();
        self.operation.next = self.operation_now.q.val();
        self.at_barrier.next = self.barrier_now.q.val();
        self.broken.next = self.broken_now.q.val();
        self.check_request.next = self.check_pending.q.val();
        self.completed.next = self.completed_now.q.val();
        self.completion.next = (bit_cast::<32, 8>(self.completions.q.val()) << bits::<6>(24))
            | bit_cast::<32, 24>(self.completion_now.q.val());
        self.hold_writes.next = (self.flags.q.val() & self.flag_hold_writes.val()).any();
        self.reject_writes.next = (self.flags.q.val() & self.flag_reject_writes.val()).any();
        self.hold_reads.next = (self.flags.q.val() & self.flag_hold_reads.val()).any();
        self.valid.next = self.is_valid.val();
        self.lost.next = self.is_lost.val();
        self.attached.next = self.is_attached.val();
        self.stuck.next = self.is_stuck.val();
        self.standby.next = self.is_standby.val();
    }
}
