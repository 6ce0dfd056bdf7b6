//! One guest: all of its state, and the part of the unit that acts for it alone.
//!
//! **Does**: joins the guest's registers, command context, epoch, ring bounds, rendezvous and counters; counts accepted writes and outstanding
//! copies; starts checkpoints that the timer or the high-water mark calls for.
//! **Ports**: the register bus, the sequencer's broadcast, and a bit or number for everything that the rest of the unit tells or asks of one guest.
//! **Latency**: all outputs are registers or shallow logic on registers, but for the effect pulses, which come with `execute`.
//! **Reset**: detached, nothing runs.

use super::constants::{constant, flag};
use super::guest_link_types::{LinkOrder, LinkReport};
use super::{
    GuestCommand, GuestCounters, GuestEpoch, GuestLink, GuestRegisters, GuestRing, Rendezvous,
};
use crate::prelude::*;
use mch_spec::registers::ErrorCode;
use mch_spec::{Config, Strategy};

/// All that the unit holds for one guest.
#[derive(Clone, Debug, LogicBlock)]
pub struct Guest {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The bus addresses this guest's page.
    pub bus_selected: Signal<In, Bit>,
    /// Offset in the page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// What is written.
    pub bus_data: Signal<In, Bits<32>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The access takes effect.
    pub bus_commit: Signal<In, Bit>,
    /// COMMAND is written, for this guest among others.
    pub global_command: Signal<In, Bit>,
    /// COMMAND is on the bus for this guest, not yet decided.
    pub global_pending: Signal<In, Bit>,
    /// Nothing may start by itself: a command or firmware access is on the bus.
    pub bus_excludes: Signal<In, Bit>,
    /// The guests that COMMAND is for.
    pub global_group: Signal<In, Bits<16>>,
    /// The firmware memory holds a checked image.
    pub firmware_ok: Signal<In, Bit>,
    /// The block store has been cleared.
    pub unit_ready: Signal<In, Bit>,
    /// CTRL.ENABLE.
    pub enabled: Signal<In, Bit>,
    /// The sequencer executes an instruction of this guest.
    pub execute: Signal<In, Bit>,
    /// The instruction: a bit per opcode; bit 15: no such instruction.
    pub opcode: Signal<In, Bits<16>>,
    /// Its operand a.
    pub operand_a: Signal<In, Bits<8>>,
    /// Its operand b.
    pub operand_b: Signal<In, Bits<16>>,
    /// Guests at their barrier.
    pub barriers: Signal<In, Bits<16>>,
    /// Guests whose command ended without success.
    pub broken_guests: Signal<In, Bits<16>>,
    /// The checker has finished with this guest.
    pub check_done: Signal<In, Bit>,
    /// The checker's verdict; 0: good.
    pub check_error: Signal<In, Bits<8>>,
    /// A burst of the guest is accepted.
    pub accept: Signal<In, Bit>,
    /// Slots that it reserves.
    pub accept_slots: Signal<In, Bits<8>>,
    /// A bit per port: an accepted burst is acknowledged.
    pub finished: Signal<In, Bits<8>>,
    /// A bit per port: a reservation is resolved.
    pub resolved: Signal<In, Bits<8>>,
    /// A burst waits for room in the ring.
    pub ring_held: Signal<In, Bit>,
    /// The ring is full and the checkpoint is given up.
    pub lose: Signal<In, Bit>,
    /// A word of its bits is lost. With error correction.
    pub word_lost: Signal<In, Bit>,
    /// A burst waits to be accepted.
    pub stalled: Signal<In, Bit>,
    /// The tracker takes a ring slot.
    pub allocate: Signal<In, Bit>,
    /// A captured write takes slot `ring_tail`. With S1.
    pub captured: Signal<In, Bit>,
    /// A block was marked.
    pub marked: Signal<In, Bit>,
    /// A word was filled with ones.
    pub filled: Signal<In, Bit>,
    /// The scrubber has completed a sweep.
    pub sweep_done: Signal<In, Bit>,
    /// A descriptor of the guest's job was sent.
    pub copy_sent: Signal<In, Bit>,
    /// A copy for the guest that is not a save is complete.
    pub copy_done: Signal<In, Bit>,
    /// One without a ticket has left the count of outstanding copies.
    pub copy_left: Signal<In, Bit>,
    /// A push that a write waits for has begun.
    pub push_started: Signal<In, Bit>,
    /// A push has ended, or a request for one was dropped.
    pub push_ended: Signal<In, Bit>,
    /// A block is pending no more.
    pub cleared: Signal<In, Bit>,
    /// A copy from place to place for a write is complete. With S5.
    pub merge_done: Signal<In, Bit>,
    /// Its strategy is S5.
    pub redirects: Signal<Out, Bit>,
    /// Its writes are captured: its strategy is S1 or S2.
    pub captures: Signal<Out, Bit>,
    /// It failed.
    pub copy_failed: Signal<In, Bit>,
    /// Its block.
    pub copy_block: Signal<In, Bits<26>>,
    /// A ring entry of the guest is complete.
    pub save_done: Signal<In, Bit>,
    /// It failed.
    pub save_failed: Signal<In, Bit>,
    /// It could not be written.
    pub save_lost: Signal<In, Bit>,
    /// The scanner works for the guest.
    pub job_busy: Signal<In, Bit>,
    /// The ring reader works for the guest.
    pub restore_busy: Signal<In, Bit>,
    /// The ring reader met a foreign header.
    pub restore_corrupt: Signal<In, Bit>,
    /// The ring reader could not read a header.
    pub restore_error: Signal<In, Bit>,
    /// Why the access is refused; 0: it is not.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns.
    pub bus_read: Signal<Out, Bits<32>>,
    /// Why the operation on the bus would be refused.
    pub command_error: Signal<Out, Bits<8>>,
    /// A routine runs.
    pub running: Signal<Out, Bit>,
    /// A routine runs, or a rollback waits behind it: software sees no gap between the two.
    pub busy: Signal<Out, Bit>,
    /// Its next instruction.
    pub program_counter: Signal<Out, Bits<9>>,
    /// This guest is at its barrier.
    pub at_barrier: Signal<Out, Bit>,
    /// Its last command ended without success.
    pub broken: Signal<Out, Bit>,
    /// The checker is asked.
    pub check_request: Signal<Out, Bit>,
    /// Start the scan job.
    pub scan_start: Signal<Out, Bit>,
    /// Start the fill job.
    pub fill_start: Signal<Out, Bit>,
    /// Start the restore job.
    pub restore_start: Signal<Out, Bit>,
    /// A step waits for the scrubber.
    pub step_waits: Signal<Out, Bit>,
    /// New writes wait.
    pub hold_writes: Signal<Out, Bit>,
    /// New writes are refused.
    pub reject_writes: Signal<Out, Bit>,
    /// New reads wait.
    pub hold_reads: Signal<Out, Bit>,
    /// Bursts reserve ring slots.
    pub needs_ring: Signal<Out, Bit>,
    /// The policy row as set calls for a ring, attached or not.
    pub ring_needed: Signal<Out, Bit>,
    /// A full ring gives the checkpoint up.
    pub on_full_lose: Signal<Out, Bit>,
    /// Slots free.
    pub ring_free: Signal<Out, Bits<26>>,
    /// The policy row in force; 0 while lost or not attached, and of S1 without a checkpoint.
    pub policy: Signal<Out, Bits<20>>,
    /// The strategy, 1..6.
    pub strategy: Signal<Out, Bits<3>>,
    /// The epoch.
    pub epoch: Signal<Out, Bits<6>>,
    /// Outcomes of past epochs.
    pub outcomes: Signal<Out, Bits<64>>,
    /// Slots used.
    pub ring_used: Signal<Out, Bits<26>>,
    /// The ring slot of its next captured write. With S1.
    pub ring_tail: Signal<Out, Bits<26>>,
    /// The way of its walk through the ring. With S1.
    pub walk_way: Signal<Out, Bits<2>>,
    /// First slot of that walk. With S1.
    pub walk_first: Signal<Out, Bits<26>>,
    /// Slots of that walk.
    pub walk_count: Signal<Out, Bits<26>>,
    /// First page of the ring.
    pub ring_base: Signal<Out, Bits<28>>,
    /// log2 of the ring's bytes; 0: none.
    pub ring_size: Signal<Out, Bits<6>>,
    /// Pages of the ring, less one.
    pub ring_mask: Signal<Out, Bits<28>>,
    /// The ring is guarded.
    pub ring_active: Signal<Out, Bit>,
    /// Epochs ended, modulo 2^16.
    pub interval: Signal<Out, Bits<16>>,
    /// What the link reports. With the link.
    pub link_report: Signal<In, LinkReport>,
    /// The scanner reserves a slot of the ring. With the link.
    pub scan_taken: Signal<In, Bit>,
    /// What the link is told. With the link.
    pub link_order: Signal<Out, LinkOrder>,
    /// The guest's scan makes entries of the ring. With the link.
    pub scan_to_ring: Signal<Out, Bit>,
    /// It may reserve a slot. With the link.
    pub scan_room: Signal<Out, Bit>,
    /// Slots of the ring. With the link.
    pub ring_slots: Signal<Out, Bits<26>>,
    /// The guest is attached.
    pub attached: Signal<Out, Bit>,
    /// Interrupt to the guest's processors.
    pub irq: Signal<Out, Bit>,
    /// A command has completed (pulse).
    pub completed: Signal<Out, Bit>,
    /// The ring is at or above its mark.
    pub high_water: Signal<Out, Bit>,
    /// The checkpoint is given up.
    pub lost: Signal<Out, Bit>,
    guest_link: Maybe<GuestLink>,
    has_link: Constant<Bit>,
    no_order: Constant<LinkOrder>,
    error_lost: Constant<Bits<8>>,
    error_refused: Constant<Bits<8>>,
    fill: Signal<Local, Bits<26>>,
    registers: GuestRegisters,
    command: GuestCommand,
    epochs: GuestEpoch,
    ring: GuestRing,
    way: Register<Bits<2>>,
    empties: Register<Bit>,
    marks: Register<Bit>,
    drained: Register<Bit>,
    fills: Register<Bit>,
    sends: Register<Bit>,
    ring_walk: Signal<Local, Bit>,
    ring_operand: Signal<Local, Bits<3>>,
    has_s1: Constant<Bit>,
    rendezvous: Rendezvous,
    counters: GuestCounters,
    accepted: Register<Bits<12>>,
    outstanding: Register<Bits<10>>,
    job_failed: Register<Bit>,
    job_code: Register<Bits<8>>,
    error_block: Register<Bits<26>>,
    period_elapsed: Register<Bits<32>>,
    above_mark: Register<Bit>,
    finished_count: Signal<Local, Bits<12>>,
    begun: Signal<Local, Bits<10>>,
    ended: Signal<Local, Bits<10>>,
    period_due: Register<Bit>,
    quiet: Signal<Local, Bit>,
    job_done: Register<Bit>,
    guarded: Signal<Local, Bit>,
    unguarded: Register<Bit>,
    pending_empty: Register<Bit>,
    needs_slots: Register<Bit>,
    has_slots: Register<Bit>,
    is_s5: Register<Bit>,
    is_captured: Register<Bit>,
    row: Signal<Local, Bits<20>>,
    status: Signal<Local, Bits<32>>,
    operation: Signal<Local, Bits<32>>,
    ring_actions: Constant<Bits<20>>,
    has_ring: Constant<Bit>,
    has_correction: Constant<Bit>,
    has_push: Constant<Bit>,
    s4: Constant<Bits<3>>,
    s1: Constant<Bits<3>>,
    s2: Constant<Bits<3>>,
    s5: Constant<Bits<3>>,
    error_copy: Constant<Bits<8>>,
    error_corrupt: Constant<Bits<8>>,
}

impl Guest {
    /// A guest of this configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            guest_link: Maybe::new(GuestLink::default(), config.link),
            has_link: flag(config.link),
            no_order: Constant::new(LinkOrder::default()),
            error_lost: constant(ErrorCode::Lost as u64),
            error_refused: constant(ErrorCode::LinkRefused as u64),
            fill: Default::default(),
            link_report: Default::default(),
            scan_taken: Default::default(),
            link_order: Signal::default(),
            scan_to_ring: Default::default(),
            scan_room: Default::default(),
            ring_slots: Default::default(),
            registers: GuestRegisters::new(config),
            command: GuestCommand::new(config),
            epochs: GuestEpoch::new(config),
            ring: GuestRing::new(config),
            way: Default::default(),
            empties: Default::default(),
            marks: Default::default(),
            drained: Default::default(),
            fills: Default::default(),
            sends: Default::default(),
            ring_walk: Default::default(),
            ring_operand: Default::default(),
            has_s1: flag(config.captures()),
            captured: Default::default(),
            walk_way: Default::default(),
            walk_first: Default::default(),
            walk_count: Default::default(),
            ring_tail: Default::default(),
            rendezvous: Rendezvous::new(config),
            error_block: Register::narrow(0.into(), config.block_bits() as usize),
            // SAVE and CAPTURE, in each of the four places of a row.
            ring_actions: constant(0b01010 * 0x0000_8421),
            has_ring: super::constants::flag(config.uses_ring()),
            has_push: super::constants::flag(config.has(Strategy::S4)),
            s4: constant(Strategy::S4.number().into()),
            s1: constant(Strategy::S1.number().into()),
            s2: constant(Strategy::S2.number().into()),
            s5: constant(Strategy::S5.number().into()),
            error_copy: constant(ErrorCode::Copy as u64),
            error_corrupt: constant(ErrorCode::LogCorrupt as u64),
            clock: Default::default(),
            bus_selected: Default::default(),
            bus_offset: Default::default(),
            bus_data: Default::default(),
            bus_write: Default::default(),
            bus_commit: Default::default(),
            global_command: Default::default(),
            global_pending: Default::default(),
            bus_excludes: Default::default(),
            global_group: Default::default(),
            firmware_ok: Default::default(),
            unit_ready: Default::default(),
            enabled: Default::default(),
            execute: Default::default(),
            opcode: Default::default(),
            operand_a: Default::default(),
            operand_b: Default::default(),
            barriers: Default::default(),
            broken_guests: Default::default(),
            check_done: Default::default(),
            check_error: Default::default(),
            accept: Default::default(),
            accept_slots: Default::default(),
            finished: Default::default(),
            resolved: Default::default(),
            ring_held: Default::default(),
            lose: Default::default(),
            word_lost: Default::default(),
            has_correction: super::constants::flag(config.error_correction),
            stalled: Default::default(),
            allocate: Default::default(),
            marked: Default::default(),
            filled: Default::default(),
            sweep_done: Default::default(),
            copy_sent: Default::default(),
            copy_done: Default::default(),
            copy_left: Default::default(),
            push_started: Default::default(),
            push_ended: Default::default(),
            cleared: Default::default(),
            merge_done: Default::default(),
            redirects: Default::default(),
            captures: Default::default(),
            copy_failed: Default::default(),
            copy_block: Default::default(),
            save_done: Default::default(),
            save_failed: Default::default(),
            save_lost: Default::default(),
            job_busy: Default::default(),
            restore_busy: Default::default(),
            restore_corrupt: Default::default(),
            restore_error: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            command_error: Default::default(),
            running: Default::default(),
            busy: Default::default(),
            program_counter: Default::default(),
            at_barrier: Default::default(),
            broken: Default::default(),
            check_request: Default::default(),
            scan_start: Default::default(),
            fill_start: Default::default(),
            restore_start: Default::default(),
            step_waits: Default::default(),
            hold_writes: Default::default(),
            reject_writes: Default::default(),
            hold_reads: Default::default(),
            needs_ring: Default::default(),
            ring_needed: Default::default(),
            on_full_lose: Default::default(),
            ring_free: Default::default(),
            policy: Default::default(),
            strategy: Default::default(),
            epoch: Default::default(),
            outcomes: Default::default(),
            ring_used: Default::default(),
            ring_base: Default::default(),
            ring_size: Default::default(),
            ring_mask: Default::default(),
            ring_active: Default::default(),
            interval: Default::default(),
            attached: Default::default(),
            irq: Default::default(),
            completed: Default::default(),
            high_water: Default::default(),
            lost: Default::default(),
            counters: Default::default(),
            accepted: Default::default(),
            outstanding: Default::default(),
            job_failed: Default::default(),
            job_code: Default::default(),
            period_elapsed: Default::default(),
            above_mark: Default::default(),
            finished_count: Default::default(),
            begun: Default::default(),
            ended: Default::default(),
            period_due: Default::default(),
            quiet: Default::default(),
            job_done: Default::default(),
            guarded: Default::default(),
            unguarded: Default::default(),
            pending_empty: Default::default(),
            needs_slots: Default::default(),
            has_slots: Default::default(),
            is_s5: Default::default(),
            is_captured: Default::default(),
            row: Default::default(),
            status: Default::default(),
            operation: Default::default(),
        }
    }
}

impl Logic for Guest {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest");
        comment!(
            "One guest: registers, command context, epoch, ring bounds, rendezvous, counters."
        );
        comment!("Outputs are registers or shallow logic, but for the effect pulses, which come with execute.");
        comment!("Reset: detached, nothing runs.");
        dff_setup!(
            self,
            clock,
            accepted,
            outstanding,
            job_failed,
            job_code,
            error_block,
            period_elapsed,
            above_mark,
            period_due,
            job_done,
            unguarded,
            pending_empty,
            needs_slots,
            has_slots,
            is_s5,
            is_captured,
            way,
            empties,
            marks,
            drained,
            fills,
            sends
        );
        clock!(self, clock, registers, command, epochs, ring, rendezvous, counters);

        // Accepted writes that are not acknowledged, and copies that are not complete.
        self.finished_count.next = bit_cast::<12, 1>(self.finished.val().get_bits::<1>(0))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(1))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(2))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(3))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(4))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(5))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(6))
            + bit_cast::<12, 1>(self.finished.val().get_bits::<1>(7));
        self.accepted.d.next = self.accepted.q.val() - self.finished_count.val();
        if self.accept.val() {
            self.accepted.d.next = self.accepted.q.val() - self.finished_count.val() + 1;
        }
        self.quiet.next = !self.accepted.q.val().any();
        // A cycle late: what is taken from the scanner or the ring reader is known late in its cycle.
        self.sends.d.next = self.copy_sent.val();
        self.begun.next = bit_cast::<10, 1>(self.sends.q.val().into());
        self.ended.next = bit_cast::<10, 1>(self.copy_left.val().into());
        if self.has_push.val() {
            self.begun.next = bit_cast::<10, 1>(self.sends.q.val().into())
                + bit_cast::<10, 1>(self.push_started.val().into());
            self.ended.next = bit_cast::<10, 1>(self.copy_left.val().into())
                + bit_cast::<10, 1>(self.push_ended.val().into());
        }
        self.outstanding.d.next = self.outstanding.q.val() + self.begun.val() - self.ended.val();
        self.job_done.d.next = !self.job_busy.val()
            & !self.restore_busy.val()
            & !self.sends.q.val()
            & !self.outstanding.q.val().any();
        if self.has_link.val() {
            clock!(self, clock, guest_link);
            if self.guest_link.leaving.val() {
                self.job_done.d.next = false;
            }
        }

        // The command context.
        self.command.command_write.next =
            self.global_command.val() | self.registers.command_write.val();
        self.command.command_pending.next =
            self.bus_excludes.val() | self.registers.command_pending.val();
        self.command.command_operation.next = bit_cast::<4, 32>(self.bus_data.val());
        self.command.command_group.next = 0.into();
        if self.global_pending.val() {
            self.command.command_group.next = self.global_group.val();
        }
        self.command.firmware_ok.next = self.firmware_ok.val();
        self.command.unit_ready.next = self.unit_ready.val();
        self.command.enabled.next = self.enabled.val();
        self.command.execute.next = self.execute.val();
        self.command.opcode.next = self.opcode.val();
        self.command.operand_a.next = self.operand_a.val();
        self.command.operand_b.next = self.operand_b.val();
        self.command.quiet.next = self.quiet.val();
        self.command.job_done.next = self.job_done.q.val();
        // As old as `job_done`: whoever sees that sees what its copies have left.
        self.pending_empty.d.next = !self.epochs.pending.val().any() & self.ring.settled.val();
        self.command.pending_empty.next = self.pending_empty.q.val();
        self.command.job_error.next = self.job_failed.q.val();
        self.command.job_error_code.next = self.job_code.q.val();
        self.command.barriers.next = self.barriers.val();
        self.command.broken_guests.next = self.broken_guests.val();
        self.command.check_done.next = self.check_done.val();
        self.command.check_error.next = self.check_error.val();
        self.command.lose.next = self.lose.val() | self.save_lost.val();
        self.command.link_synced.next = false;
        self.command.link_marked.next = false;
        self.command.apply_due.next = false;
        self.command.arrived_mark.next = false;
        self.command.opened.next = false;
        self.command.strategy.next = self.registers.strategy.val();
        self.command.step_ready.next = self.epochs.step_ready.val();
        self.command.arrived.next = self.rendezvous.arrived.val();
        self.command.timed_out.next = self.rendezvous.timed_out.val();

        // Checkpoints that start by themselves.
        self.period_due.d.next = self.registers.period.val().any()
            & (self.period_elapsed.q.val() >= self.registers.period.val());
        if !self.period_due.q.val() {
            self.period_elapsed.d.next = self.period_elapsed.q.val() + 1;
        }
        // From the start, too: one that fails before its rendezvous is tried again a period later, not at once.
        if self.command.begins.val()
            | self.command.checkpoint_starts.val()
            | !self.command.attached.val()
        {
            self.period_elapsed.d.next = 0.into();
        }
        // What fills the backup's ring is the interval's entries, not those that wait to be sent.
        self.fill.next = self.ring.used.val();
        if self.has_link.val() & self.guest_link.is_s2.val() {
            self.fill.next = self.guest_link.interval_entries.val();
        }
        self.above_mark.d.next = self.has_ring.val()
            & self.registers.ring_high.val().any()
            & self.ring.settled.val()
            & (self.fill.val() >= self.registers.ring_high.val());
        self.command.checkpoint_due.next = self.period_due.q.val() | self.above_mark.q.val();
        if self.has_link.val() & self.command.standby.val() {
            self.command.checkpoint_due.next = false;
        }

        // Firmware's moves of the ring's pointers come a cycle late: its next instruction comes four cycles later at the earliest.
        // RING's operands 1, 2, 3 are walks of way 0, 1, 2; those with bit 2 move the ring's pointers.
        self.ring_operand.next = self.operand_a.val().get_bits::<3>(0);
        self.ring_walk.next = self.command.ring_restore.val();
        if self.has_s1.val() {
            self.ring_walk.next =
                self.command.ring_restore.val() & !self.ring_operand.val().get_bit(2);
            if self.ring_walk.val() {
                self.way.d.next = self.ring_operand.val().get_bits::<2>(0) - 1;
                if self.has_link.val() & self.command.standby.val() {
                    self.way.d.next = 3.into();
                }
            }
        }

        // Errors of jobs.
        if self.command.scan_start.val() | self.command.fill_start.val() | self.ring_walk.val() {
            self.job_failed.d.next = false;
        } else if (self.copy_done.val() & self.copy_failed.val()) | self.restore_error.val() {
            self.job_failed.d.next = true;
            self.job_code.d.next = self.error_copy.val();
        } else if self.restore_corrupt.val() {
            self.job_failed.d.next = true;
            self.job_code.d.next = self.error_corrupt.val();
        }
        if self.has_link.val() {
            // What ends a session without a failed job.
            if self.guest_link.opens.val() {
                self.job_code.d.next = self.error_lost.val();
            } else if self.guest_link.refused.val() {
                self.job_code.d.next = self.error_refused.val();
            }
        }
        if ((self.copy_done.val() | self.merge_done.val()) & self.copy_failed.val())
            | (self.save_done.val() & self.save_failed.val())
        {
            self.error_block.d.next = self.copy_block.val();
        }

        self.epochs.step.next = self.command.step.val();
        self.epochs.step_commit.next = self.operand_a.val().get_bit(0);
        self.epochs.sweep_done.next = self.sweep_done.val();
        self.epochs.marked.next = self.marked.val();
        // A cycle late: the tracker's choice of an operation comes late in its own. A job is over some cycles after its last word.
        self.fills.d.next = self.filled.val();
        self.epochs.filled.next = self.fills.q.val();
        self.epochs.pushes.next = false;
        self.epochs.cleared.next = false;
        if self.has_push.val() {
            self.epochs.pushes.next = self.registers.strategy.val() == self.s4.val();
            self.epochs.cleared.next = self.cleared.val();
        }
        self.epochs.fill_started.next = self.command.fill_start.val();

        self.ring.ring_size.next = self.registers.ring_size.val();
        self.empties.d.next = self.command.ring_empty.val();
        self.ring.empty.next = self.empties.q.val();
        self.ring.accept.next = self.accept.val();
        self.ring.accept_slots.next = self.accept_slots.val();
        self.ring.resolved.next = self.resolved.val();
        self.ring.allocate.next = self.allocate.val();
        self.ring.captured.next = self.captured.val();
        self.ring.mark.next = false;
        self.ring.drained.next = false;
        if self.has_s1.val() {
            self.marks.d.next =
                self.command.ring_restore.val() & (self.ring_operand.val() == bits::<3>(4));
            self.ring.mark.next = self.marks.q.val();
            self.drained.d.next =
                self.command.ring_restore.val() & (self.ring_operand.val() == bits::<3>(5));
            self.ring.drained.next = self.drained.q.val();
        }
        self.ring.way.next = self.way.q.val();
        self.ring.drain.next = false;
        self.ring.scan_taken.next = false;
        self.ring.acknowledged.next = false;
        self.ring.acknowledged_slots.next = 0.into();
        self.ring.arrived.next = false;
        self.link_order.next = self.no_order.val();
        self.scan_to_ring.next = false;
        if self.has_link.val() {
            self.guest_link.execute.next = self.command.link.val();
            self.guest_link.operand.next = self.operand_a.val();
            self.guest_link.running.next = self.command.running.val();
            self.guest_link.attached.next = self.command.attached.val();
            self.guest_link.lost.next = self.command.lost.val();
            self.guest_link.flagged.next = self.command.standby.val();
            self.guest_link.valid.next = self.command.valid.val();
            self.guest_link.strategy.next = self.registers.strategy.val();
            self.guest_link.commits.next = self.command.commits.val();
            self.guest_link.begins.next = self.command.begins.val();
            self.guest_link.scan_start.next = self.command.scan_start.val();
            self.guest_link.scan_operand.next = self.operand_a.val().get_bit(3);
            self.guest_link.captured.next = self.captured.val();
            self.guest_link.ring_settled.next = self.ring.settled.val();
            self.guest_link.ring_used.next = self.ring.used.val();
            self.guest_link.apply_failed.next = self.command.apply_failed.val();
            self.guest_link.timeout.next = self.registers.timeout.val();
            self.guest_link.report.next = self.link_report.val();
            self.guest_link.bus_offset.next = self.bus_offset.val();
            self.guest_link.bus_write.next = self.bus_write.val();
            self.link_order.next = self.guest_link.order.val();
            self.scan_to_ring.next = self.guest_link.scan_to_ring.val();
            self.command.link_synced.next = self.guest_link.synced.val();
            self.command.link_marked.next = self.guest_link.marked.val();
            self.command.timed_out.next =
                self.rendezvous.timed_out.val() | self.guest_link.timed_out.val();
            self.command.apply_due.next = self.guest_link.apply_due.val();
            self.command.arrived_mark.next = self.guest_link.arrived_mark.val();
            self.command.opened.next = self.guest_link.opened.val();
            self.command.lose.next =
                self.lose.val() | self.save_lost.val() | self.guest_link.refused.val();
            self.ring.empty.next = self.empties.q.val() | self.guest_link.empties.val();
            self.ring.mark.next = self.marks.q.val() | self.guest_link.arrived_mark.val();
            self.ring.drain.next = self.ring_walk.val() & (self.ring_operand.val() == bits::<3>(2));
            self.ring.scan_taken.next = self.scan_taken.val();
            self.ring.acknowledged.next = self.guest_link.acknowledged.val();
            self.ring.acknowledged_slots.next = self.guest_link.acknowledged_slots.val();
            self.ring.arrived.next = self.guest_link.arrived.val();
        }
        // What a standby keeps lies in its memory and its ring: its bits say nothing.
        if self.has_correction.val()
            & self.word_lost.val()
            & self.command.attached.val()
            & !(self.has_link.val() & self.command.standby.val())
        {
            self.command.lose.next = true;
        }
        self.scan_room.next = self.ring.scan_room.val();
        self.ring_slots.next = self.ring.slots.val();

        self.rendezvous.begins.next = self.command.begins.val();
        self.rendezvous.releases.next = self.command.releases.val();
        self.rendezvous.release_status.next = self.operand_a.val();
        self.rendezvous.arrive.next = self.registers.arrive.val();
        self.rendezvous.arrive_data.next = self.bus_data.val();
        self.rendezvous.processors.next = self.registers.processors.val();
        self.rendezvous.timeout.next = self.registers.timeout.val();

        self.counters.stalled.next = self.stalled.val();
        self.counters.copied.next =
            (self.copy_done.val() | self.merge_done.val()) & !self.copy_failed.val();
        self.counters.entry.next = self.save_done.val() & !self.save_failed.val();
        self.counters.accept.next = self.accept.val();
        self.counters.checkpoint.next = self.command.commits.val();
        self.counters.rollback.next = self.command.step.val() & !self.operand_a.val().get_bit(0);
        self.counters.held_quiet.next =
            self.command.hold_writes.val() & self.quiet.val() & self.rendezvous.requested.val();
        self.counters.releases.next = self.command.releases.val();

        // The registers.
        self.registers.bus_selected.next = self.bus_selected.val();
        self.registers.bus_offset.next = self.bus_offset.val();
        self.registers.bus_data.next = self.bus_data.val();
        self.registers.bus_write.next = self.bus_write.val();
        self.registers.bus_commit.next = self.bus_commit.val();
        self.registers.command_error.next = self.command.command_error.val();
        self.registers.attached.next = self.command.attached.val();
        self.registers.running.next = self.command.busy.val();
        self.operation.next = 0.into();
        if self.command.running.val() {
            self.operation.next = bit_cast::<32, 4>(self.command.operation.val()) << bits::<5>(12);
        }
        self.status.next = self
            .operation
            .val()
            .replace_bit(0, self.command.attached.val())
            .replace_bit(1, self.command.valid.val())
            .replace_bit(2, self.command.lost.val())
            .replace_bit(3, self.command.stuck.val())
            .replace_bit(4, self.command.busy.val())
            .replace_bit(5, self.rendezvous.requested.val())
            .replace_bit(6, self.command.hold_writes.val())
            .replace_bit(7, self.command.reject_writes.val())
            .replace_bit(8, self.command.hold_reads.val())
            .replace_bit(9, self.ring_held.val());
        self.registers.read_status.next = self.status.val();
        if self.has_link.val() {
            self.registers.read_status.next = self
                .status
                .val()
                .replace_bit(10, self.command.standby.val())
                .replace_bit(11, self.guest_link.taken_over.val());
        }
        self.registers.read_epoch.next = (bit_cast::<32, 16>(self.epochs.interval.val())
            << bits::<5>(16))
            | bit_cast::<32, 6>(self.epochs.epoch.val());
        self.registers.read_arrivals.next = self.rendezvous.arrivals.val();
        self.registers.read_released.next = self.rendezvous.released.val();
        self.registers.read_rendezvous.next = bit_cast::<32, 24>(self.rendezvous.number.val())
            .replace_bit(31, self.rendezvous.requested.val());
        self.registers.read_dirty.next = bit_cast::<32, 27>(self.epochs.dirty.val());
        self.registers.read_pending.next = bit_cast::<32, 27>(self.epochs.pending.val());
        self.registers.read_ring_used.next = bit_cast::<32, 26>(self.ring.used.val());
        self.registers.read_completion.next = self.command.completion.val();
        self.registers.read_error_block.next = bit_cast::<32, 26>(self.error_block.q.val());
        self.registers.read_stalls.next = self.counters.stalls.val();
        self.registers.read_copies.next = self.counters.copies.val();
        self.registers.read_entries.next = self.counters.entries.val();
        self.registers.read_writes.next = self.counters.writes.val();
        self.registers.read_pause.next = self.counters.pause.val();
        self.registers.read_checkpoints.next = self.counters.checkpoints.val();
        self.registers.read_rollbacks.next = self.counters.rollbacks.val();

        // What the rest of the unit sees.
        self.guarded.next = self.command.attached.val() & !self.command.lost.val();
        // VALID changes only while no write is under way: a cycle later will do.
        if self.has_s1.val() {
            self.unguarded.d.next =
                (self.registers.strategy.val() == self.s1.val()) & !self.command.valid.val();
            if self.unguarded.q.val() {
                self.guarded.next = false;
            }
        }
        self.row.next = 0.into();
        if self.guarded.val() {
            self.row.next = self.registers.policy.val();
        }
        if self.has_link.val() & self.guest_link.silent.val() {
            self.row.next = 0.into();
        }
        self.policy.next = self.row.val();
        // A cycle late, as are the regions by which a write is the guest's.
        self.needs_slots.d.next = (self.row.val() & self.ring_actions.val()).any();
        self.needs_ring.next = self.needs_slots.q.val();
        self.ring_needed.next = (self.registers.policy.val() & self.ring_actions.val()).any();
        self.bus_error.next = self.registers.bus_error.val();
        self.bus_read.next = self.registers.bus_read.val();
        if self.has_link.val() & self.bus_selected.val() & self.guest_link.bus_here.val() {
            self.bus_error.next = self.guest_link.bus_error.val();
            self.bus_read.next = self.guest_link.bus_read.val();
        }
        self.command_error.next = self.command.command_error.val();
        self.restore_start.next = self.ring_walk.val();
        self.walk_way.next = self.way.q.val();
        self.walk_first.next = self.ring.walk_first.val();
        self.walk_count.next = self.ring.walk_count.val();
        self.ring_tail.next = self.ring.tail.val();
        self.on_full_lose.next = self.registers.on_full.val();
        self.ring_free.next = self.ring.free.val();
        self.ring_used.next = self.ring.used.val();
        self.ring_mask.next = self.ring.mask.val();
        self.has_slots.d.next = self.command.attached.val() & self.registers.ring_size.val().any();
        self.ring_active.next = self.has_slots.q.val();
        self.irq.next = self.rendezvous.requested.val();
        self.high_water.next = self.above_mark.q.val();
        self.running.next = self.command.running.val();
        self.busy.next = self.command.busy.val();
        self.program_counter.next = self.command.program_counter.val();
        self.at_barrier.next = self.command.at_barrier.val();
        self.broken.next = self.command.broken.val();
        self.check_request.next = self.command.check_request.val();
        self.scan_start.next = self.command.scan_start.val();
        self.fill_start.next = self.command.fill_start.val();
        self.step_waits.next = self.command.step_waits.val();
        self.hold_writes.next = self.command.hold_writes.val();
        self.reject_writes.next = self.command.reject_writes.val();
        self.hold_reads.next = self.command.hold_reads.val();
        self.attached.next = self.command.attached.val();
        self.completed.next = self.command.completed.val();
        self.lost.next = self.command.lost.val();
        self.strategy.next = self.registers.strategy.val();
        // The strategy changes only while the guest is detached.
        self.is_s5.d.next = self.registers.strategy.val() == self.s5.val();
        self.redirects.next = self.is_s5.q.val();
        self.captures.next = false;
        if self.has_s1.val() {
            self.is_captured.d.next = (self.registers.strategy.val() == self.s1.val())
                | (self.registers.strategy.val() == self.s2.val());
            self.captures.next = self.is_captured.q.val();
        }
        self.ring_base.next = self.registers.ring_base.val();
        self.ring_size.next = self.registers.ring_size.val();
        self.epoch.next = self.epochs.epoch.val();
        self.outcomes.next = self.epochs.outcomes.val();
        self.interval.next = self.epochs.interval.val();
    }
}
