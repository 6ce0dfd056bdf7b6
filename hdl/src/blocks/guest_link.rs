//! What a guest of S2 keeps for its peer in the other computer: session, generation, marks, and which end it is.
//!
//! **Does**: executes LINK; tells the link whether the guest sends or stands by, and what begins; turns what the link reports into
//! events for the guest's ring and flags; asks for an APPLY when something has arrived that may be applied; bounds a synchronisation in time.
//! It answers the reads of its own registers. **Latency**: what the link is told follows the instruction by a cycle; the rest is
//! shallow logic on registers. **Order**: none. **Errors**: a refusal makes the guest LOST. **Reset**: no session, generation 0.

use super::constants::constant;
use super::guest_link_types::{LinkOrder, LinkReport};
use crate::prelude::*;
use mch_spec::firmware::{
    LINK_CLOSE, LINK_MARK, LINK_OPEN, LINK_STAND_BY, LINK_TAKE_OVER, LINK_UNMARK,
};
use mch_spec::registers::{offset, ErrorCode};
use mch_spec::Strategy;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestLink {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// LINK is executed.
    pub execute: Signal<In, Bit>,
    /// Its operand.
    pub operand: Signal<In, Bits<8>>,
    /// A routine runs.
    pub running: Signal<In, Bit>,
    /// Flag ATTACHED.
    pub attached: Signal<In, Bit>,
    /// Flag LOST.
    pub lost: Signal<In, Bit>,
    /// Flag STANDBY.
    pub flagged: Signal<In, Bit>,
    /// Flag VALID.
    pub valid: Signal<In, Bit>,
    /// The strategy, 1..6.
    pub strategy: Signal<In, Bits<3>>,
    /// A checkpoint is committed.
    pub commits: Signal<In, Bit>,
    /// A rendezvous begins.
    pub begins: Signal<In, Bit>,
    /// SCAN is executed.
    pub scan_start: Signal<In, Bit>,
    /// It makes entries.
    pub scan_operand: Signal<In, Bit>,
    /// An entry takes a slot.
    pub captured: Signal<In, Bit>,
    /// Entries of the ring that are committed.
    pub ring_settled: Signal<In, Bit>,
    /// Entries of the ring.
    pub ring_used: Signal<In, Bits<26>>,
    /// An APPLY has failed.
    pub apply_failed: Signal<In, Bit>,
    /// G_TIMEOUT.
    pub timeout: Signal<In, Bits<32>>,
    /// The link's report.
    pub report: Signal<In, LinkReport>,
    /// Offset in the guest's page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The offset is that of a register of this block.
    pub bus_here: Signal<Out, Bit>,
    /// Why the access is refused.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns.
    pub bus_read: Signal<Out, Bits<32>>,
    /// What the link is told.
    pub order: Signal<Out, LinkOrder>,
    /// The guest's strategy is S2.
    pub is_s2: Signal<Out, Bit>,
    /// Nothing that the guest writes is captured: S2 without a session, or standing by.
    pub silent: Signal<Out, Bit>,
    /// The guest stands by and takes what arrives.
    pub standby: Signal<Out, Bit>,
    /// LINK OPEN: empty the ring.
    pub empties: Signal<Out, Bit>,
    /// LINK OPEN.
    pub opens: Signal<Out, Bit>,
    /// The session is acknowledged, or over.
    pub synced: Signal<Out, Bit>,
    /// The mark is acknowledged, or the session over.
    pub marked: Signal<Out, Bit>,
    /// No acknowledgement for G_TIMEOUT cycles of a synchronisation.
    pub timed_out: Signal<Out, Bit>,
    /// The guest is refused.
    pub refused: Signal<Out, Bit>,
    /// An APPLY should start.
    pub apply_due: Signal<Out, Bit>,
    /// An entry has arrived.
    pub arrived: Signal<Out, Bit>,
    /// A mark has arrived.
    pub arrived_mark: Signal<Out, Bit>,
    /// The peer begins a session.
    pub opened: Signal<Out, Bit>,
    /// The backup has acknowledged entries.
    pub acknowledged: Signal<Out, Bit>,
    /// How many.
    pub acknowledged_slots: Signal<Out, Bits<26>>,
    /// The scan makes entries.
    pub scan_to_ring: Signal<Out, Bit>,
    /// Entries of the interval.
    pub interval_entries: Signal<Out, Bits<26>>,
    /// The link still uses the ring that it is to leave.
    pub leaving: Signal<Out, Bit>,
    /// Memory began as the checkpoint of a TAKEOVER.
    pub taken_over: Signal<Out, Bit>,
    session: Register<Bits<16>>,
    generation: Register<Bits<8>>,
    mark: Register<Bits<16>>,
    transferred: Register<Bits<32>>,
    interval: Register<Bits<26>>,
    elapsed: Register<Bits<32>>,
    late: Register<Bit>,
    in_session: Register<Bit>,
    syncing: Register<Bit>,
    frozen: Register<Bit>,
    flagged_before: Register<Bit>,
    inherited: Register<Bit>,
    to_ring: Register<Bit>,
    blocked: Register<Bit>,
    open_now: Register<Bit>,
    mark_now: Register<Bit>,
    unmark_now: Register<Bit>,
    operand_is: Vec<Signal<Local, Bit>>,
    no_order: Constant<LinkOrder>,
    operands: Vec<Constant<Bits<8>>>,
    s2: Constant<Bits<3>>,
    at_session: Constant<Bits<12>>,
    at_mark: Constant<Bits<12>>,
    at_transferred: Constant<Bits<12>>,
    error_read_only: Constant<Bits<8>>,
    _operands: usize,
}

impl Default for GuestLink {
    fn default() -> Self {
        let operands = [
            LINK_OPEN,
            LINK_MARK,
            LINK_UNMARK,
            LINK_TAKE_OVER,
            LINK_STAND_BY,
            LINK_CLOSE,
        ];
        Self {
            operand_is: vec![Signal::default(); operands.len()],
            no_order: Constant::new(LinkOrder::default()),
            operands: operands.iter().map(|a| constant(u64::from(*a))).collect(),
            _operands: operands.len(),
            s2: constant(Strategy::S2.number().into()),
            at_session: constant(offset::G_SESSION.into()),
            at_mark: constant(offset::G_MARK.into()),
            at_transferred: constant(offset::G_TRANSFERRED.into()),
            error_read_only: constant(ErrorCode::ReadOnly as u64),
            clock: Default::default(),
            execute: Default::default(),
            operand: Default::default(),
            running: Default::default(),
            attached: Default::default(),
            lost: Default::default(),
            flagged: Default::default(),
            valid: Default::default(),
            strategy: Default::default(),
            commits: Default::default(),
            begins: Default::default(),
            scan_start: Default::default(),
            scan_operand: Default::default(),
            captured: Default::default(),
            ring_settled: Default::default(),
            ring_used: Default::default(),
            apply_failed: Default::default(),
            timeout: Default::default(),
            report: Default::default(),
            bus_offset: Default::default(),
            bus_write: Default::default(),
            bus_here: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            order: Default::default(),
            is_s2: Default::default(),
            silent: Default::default(),
            standby: Default::default(),
            empties: Default::default(),
            opens: Default::default(),
            synced: Default::default(),
            marked: Default::default(),
            timed_out: Default::default(),
            refused: Default::default(),
            apply_due: Default::default(),
            arrived: Default::default(),
            arrived_mark: Default::default(),
            opened: Default::default(),
            acknowledged: Default::default(),
            acknowledged_slots: Default::default(),
            scan_to_ring: Default::default(),
            interval_entries: Default::default(),
            leaving: Default::default(),
            taken_over: Default::default(),
            session: Default::default(),
            generation: Default::default(),
            mark: Default::default(),
            transferred: Default::default(),
            interval: Default::default(),
            elapsed: Default::default(),
            late: Default::default(),
            in_session: Default::default(),
            syncing: Default::default(),
            frozen: Default::default(),
            flagged_before: Default::default(),
            inherited: Default::default(),
            to_ring: Default::default(),
            blocked: Default::default(),
            open_now: Default::default(),
            mark_now: Default::default(),
            unmark_now: Default::default(),
        }
    }
}

impl Logic for GuestLink {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_link");
        comment!("What a guest of S2 keeps for its peer in the other computer: session, generation, marks, which end it is.");
        comment!("Executes LINK, tells the link what begins, turns its reports into events of ring and flags.");
        comment!("Reset: no session, generation 0.");
        dff_setup!(
            self,
            clock,
            session,
            generation,
            mark,
            transferred,
            interval,
            elapsed,
            late,
            in_session,
            syncing,
            frozen,
            flagged_before,
            inherited,
            to_ring,
            blocked,
            open_now,
            mark_now,
            unmark_now
        );
        // Which LINK: open, mark, unmark, take over, stand by, close.
        for k in 0..self._operands {
            self.operand_is[k].next =
                self.execute.val() & (self.operand.val() == self.operands[k].val());
        }
        self.is_s2.next = self.strategy.val() == self.s2.val();
        self.standby.next = self.attached.val() & self.flagged.val() & !self.frozen.q.val();
        self.opens.next = self.operand_is[0].val();
        self.empties.next = self.operand_is[0].val() | self.report.val().opened;
        self.silent.next = self.is_s2.val() & (!self.in_session.q.val() | self.flagged.val());

        comment!("This end's session");
        self.open_now.d.next = self.operand_is[0].val();
        self.mark_now.d.next = self.operand_is[1].val();
        self.unmark_now.d.next = self.operand_is[2].val();
        if self.operand_is[0].val() {
            self.session.d.next = self.session.q.val() + 1;
            self.mark.d.next = 0.into();
            self.in_session.d.next = true;
            self.syncing.d.next = true;
        }
        if self.operand_is[1].val() {
            self.mark.d.next = self.mark.q.val() + 1;
        }
        if self.operand_is[5].val() | self.lost.val() | self.flagged.val() | !self.attached.val() {
            self.in_session.d.next = false;
        }
        self.synced.next = self.report.val().synced | !self.in_session.q.val();
        self.marked.next = self.report.val().marked | !self.in_session.q.val();
        self.refused.next = self.report.val().refused;
        if self.captured.val() {
            self.interval.d.next = self.interval.q.val() + 1;
        }
        if self.operand_is[0].val() | self.commits.val() {
            self.interval.d.next = 0.into();
        }
        self.interval_entries.next = self.interval.q.val();

        comment!("How long the backup has not answered while it is synchronised");
        self.elapsed.d.next = self.elapsed.q.val() + 1;
        if self.report.val().acknowledged | !self.syncing.q.val() {
            self.elapsed.d.next = 0.into();
        }
        self.late.d.next = self.syncing.q.val()
            & self.timeout.val().any()
            & (self.elapsed.q.val() >= self.timeout.val());
        self.timed_out.next = self.late.q.val();
        if self.begins.val() | !self.running.val() {
            self.syncing.d.next = false;
            self.late.d.next = false;
        }
        if self.scan_start.val() {
            self.to_ring.d.next = self.scan_operand.val();
        }
        self.scan_to_ring.next = self.to_ring.q.val();

        comment!("The other's");
        self.arrived.next = self.report.val().arrived;
        self.arrived_mark.next = self.report.val().arrived_mark;
        self.opened.next = self.report.val().opened;
        self.acknowledged.next = self.report.val().acknowledged;
        self.acknowledged_slots.next = self.report.val().acknowledged_slots;
        if self.report.val().opened {
            self.session.d.next = self.report.val().session;
            self.generation.d.next = self.report.val().generation;
            self.mark.d.next = 0.into();
        }
        if self.report.val().arrived_mark {
            self.mark.d.next = self.report.val().mark_number;
        }
        if self.report.val().acknowledged {
            self.transferred.d.next =
                self.transferred.q.val() + bit_cast::<32, 26>(self.report.val().acknowledged_slots);
        } else if self.report.val().arrived {
            self.transferred.d.next = self.transferred.q.val() + 1;
        }
        if self.apply_failed.val() {
            self.blocked.d.next = true;
        } else if self.report.val().arrived | self.report.val().arrived_mark {
            self.blocked.d.next = false;
        }
        // Before the first mark of a session there is no checkpoint to keep: all may go.
        self.apply_due.next = self.standby.val()
            & !self.blocked.q.val()
            & (!self.ring_settled.val() | (!self.valid.val() & self.ring_used.val().any()));
        if self.operand_is[3].val() {
            self.frozen.d.next = true;
        } else if self.operand_is[4].val() | !self.flagged.val() {
            self.frozen.d.next = false;
        }
        self.leaving.next = self.frozen.q.val() & self.report.val().busy;
        self.flagged_before.d.next = self.flagged.val();
        if self.frozen.q.val() & self.flagged_before.q.val() & !self.flagged.val() {
            self.generation.d.next = self.generation.q.val() + 1;
            self.inherited.d.next = true;
        }
        if self.commits.val() | !self.attached.val() {
            self.inherited.d.next = false;
        }
        self.taken_over.next = self.inherited.q.val();

        self.order.next = self.no_order.val();
        self.order.next.sending = self.is_s2.val() & self.attached.val() & !self.flagged.val();
        self.order.next.standby = self.standby.val();
        self.order.next.generation = self.generation.q.val();
        self.order.next.session = self.session.q.val();
        self.order.next.open = self.open_now.q.val();
        self.order.next.mark = self.mark_now.q.val();
        self.order.next.mark_number = self.mark.q.val();
        self.order.next.unmark = self.unmark_now.q.val();

        comment!("Registers");
        self.bus_here.next = false;
        self.bus_error.next = 0.into();
        self.bus_read.next = 0.into();
        if self.bus_offset.val() == self.at_session.val() {
            self.bus_here.next = true;
            self.bus_read.next = (bit_cast::<32, 8>(self.generation.q.val()) << bits::<5>(16))
                | bit_cast::<32, 16>(self.session.q.val());
        } else if self.bus_offset.val() == self.at_mark.val() {
            self.bus_here.next = true;
            self.bus_read.next = bit_cast::<32, 16>(self.mark.q.val())
                .replace_bit(16, self.report.val().synced)
                .replace_bit(17, self.report.val().marked);
        } else if self.bus_offset.val() == self.at_transferred.val() {
            self.bus_here.next = true;
            self.bus_read.next = self.transferred.q.val();
        }
        if self.bus_here.val() & self.bus_write.val() {
            self.bus_error.next = self.error_read_only.val();
        }
    }
}
