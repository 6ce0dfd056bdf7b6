//! The tracker's verdicts on pieces, kept until each may go.
//!
//! **Does**: holds verdicts in the order of the pieces. A verdict that waits for a ticket is checked against `ticket_busy` in every cycle from the one
//! after its arrival, wherever it stands in the queue. It resolves to go, or to failed when the ticket's block could not be saved. A ticket shows
//! as busy from the cycle after the verdict that allocates it; a freed one shows as not busy for two cycles at least, then may serve another block.
//! **Latency**: a verdict that goes is at the head two cycles after it came; one per cycle. **Errors**: none; the user keeps at most
//! `Config::pieces` pieces between lookup and issue. **Reset**: empty. Without a strategy that makes a write wait, only a count remains.
//! With S5 each verdict carries the place its piece goes to and whether the piece completes a ticket itself.

use super::constants::{copies, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// Queue of verdicts.
#[derive(Clone, Debug, LogicBlock)]
pub struct VerdictQueue {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A verdict comes.
    pub verdict_valid: Signal<In, Bit>,
    /// It waits for a ticket.
    pub verdict_wait: Signal<In, Bit>,
    /// The ticket.
    pub verdict_ticket: Signal<In, Bits<5>>,
    /// The piece goes to the block's place in the shadow. With S5.
    pub verdict_in_shadow: Signal<In, Bit>,
    /// The piece's own response completes `verdict_ticket`; it does not wait. With S5.
    pub verdict_own: Signal<In, Bit>,
    /// A bit per ticket: in use.
    pub ticket_busy: Signal<In, Bits<32>>,
    /// A bit per ticket: its save failed.
    pub ticket_failed: Signal<In, Bits<32>>,
    /// The oldest verdict is known.
    pub head_ready: Signal<Out, Bit>,
    /// Its piece must not be written.
    pub head_failed: Signal<Out, Bit>,
    /// Its piece goes to the shadow.
    pub head_in_shadow: Signal<Out, Bit>,
    /// Its piece completes `head_ticket`.
    pub head_own: Signal<Out, Bit>,
    /// Its ticket.
    pub head_ticket: Signal<Out, Bits<5>>,
    /// Removes it, if `head_ready`.
    pub pop: Signal<In, Bit>,
    count: Register<Bits<6>>,
    write_pointer: Register<Bits<5>>,
    read_pointer: Register<Bits<5>>,
    waits: Vec<Register<Bit>>,
    failed: Vec<Register<Bit>>,
    ticket: Vec<Register<Bits<5>>>,
    waiting: OrTree<32>,
    failures: OrTree<32>,
    waiting_bits: Signal<Local, Bits<32>>,
    failed_bits: Signal<Local, Bits<32>>,
    head_valid: Register<Bit>,
    head_fails: Register<Bit>,
    notes: Maybe<Fifo<Bits<7>>>,
    head_note: Register<Bits<7>>,
    ready: Signal<Local, Bit>,
    fails: Signal<Local, Bit>,
    do_pop: Signal<Local, Bit>,
    ids: Vec<Constant<Bits<5>>>,
    bits32: Vec<Constant<Bits<32>>>,
    can_wait: Constant<Bit>,
    has_s5: Constant<Bit>,
    _entries: usize,
    _pieces: usize,
}

impl VerdictQueue {
    /// The queue for a configuration's strategies.
    pub fn new(config: &Config) -> Self {
        let can_wait = [Strategy::S4, Strategy::S5, Strategy::S6]
            .iter()
            .any(|s| config.has(*s));
        let pieces = config.pieces() as usize;
        let entries = if can_wait { pieces } else { 0 };
        let pointer = || Register::narrow(0.into(), clog2(pieces));
        let ticket_bits = clog2(config.saves as usize);
        Self {
            clock: Signal::default(),
            verdict_valid: Signal::default(),
            verdict_wait: Signal::default(),
            verdict_ticket: Signal::default(),
            verdict_in_shadow: Signal::default(),
            verdict_own: Signal::default(),
            ticket_busy: Signal::default(),
            ticket_failed: Signal::default(),
            head_ready: Signal::default(),
            head_failed: Signal::default(),
            head_in_shadow: Signal::default(),
            head_own: Signal::default(),
            head_ticket: Signal::default(),
            pop: Signal::default(),
            count: Register::narrow(0.into(), clog2(pieces + 1)),
            write_pointer: pointer(),
            read_pointer: pointer(),
            waits: copies(entries),
            failed: copies(entries),
            ticket: (0..entries)
                .map(|_| Register::narrow_without_reset(ticket_bits))
                .collect(),
            waiting: OrTree::new(pieces),
            failures: OrTree::new(pieces),
            waiting_bits: Signal::default(),
            failed_bits: Signal::default(),
            head_valid: Register::default(),
            head_fails: Register::default(),
            notes: Maybe::new(Fifo::new(pieces), config.has(Strategy::S5)),
            head_note: Register::without_reset(),
            ready: Signal::default(),
            fails: Signal::default(),
            do_pop: Signal::default(),
            ids: identities(entries),
            bits32: (0..entries)
                .map(|k| Constant::new((1_u64 << k).to_bits()))
                .collect(),
            can_wait: flag(can_wait),
            has_s5: flag(config.has(Strategy::S5)),
            _entries: entries,
            _pieces: pieces,
        }
    }
}

impl Logic for VerdictQueue {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: verdict_queue");
        comment!("Verdicts in the order of their pieces. Each that waits for a ticket watches it in every cycle; it resolves");
        comment!("to go, or to failed with its ticket. Never more than it holds (the user sees to that). Reset: empty.");
        dff_setup!(
            self,
            clock,
            count,
            write_pointer,
            read_pointer,
            head_valid,
            head_fails,
            head_note
        );
        for k in 0..self._pieces {
            self.waiting.inputs[k].next = 0.into();
            self.failures.inputs[k].next = 0.into();
        }
        for k in 0..self._entries {
            self.waits[k].clock.next = self.clock.val();
            self.failed[k].clock.next = self.clock.val();
            self.ticket[k].clock.next = self.clock.val();
            self.waits[k].d.next = self.waits[k].q.val();
            self.failed[k].d.next = self.failed[k].q.val();
            self.ticket[k].d.next = self.ticket[k].q.val();
            if self.waits[k].q.val() {
                self.waiting.inputs[k].next = self.bits32[k].val();
            }
            if self.failed[k].q.val() {
                self.failures.inputs[k].next = self.bits32[k].val();
            }
        }
        self.waiting_bits.next = self.waiting.merged.val();
        self.failed_bits.next = self.failures.merged.val();

        self.ready.next = self.count.q.val().any();
        self.fails.next = false;
        if self.can_wait.val() {
            self.ready.next = self.count.q.val().any()
                & !self
                    .waiting_bits
                    .val()
                    .get_bit(self.read_pointer.q.val().index());
            self.fails.next = self
                .failed_bits
                .val()
                .get_bit(self.read_pointer.q.val().index());
        }
        // A register after the wide choice: taking a verdict reaches far into the port.
        self.head_ready.next = self.head_valid.q.val();
        self.head_failed.next = self.head_fails.q.val();
        self.do_pop.next = self.ready.val() & (!self.head_valid.q.val() | self.pop.val());
        if !self.head_valid.q.val() | self.pop.val() {
            self.head_valid.d.next = self.ready.val();
            self.head_fails.d.next = self.fails.val();
        }
        self.head_in_shadow.next = false;
        self.head_own.next = false;
        self.head_ticket.next = 0.into();
        if self.has_s5.val() {
            clock!(self, clock, notes);
            self.notes.push.next = self.verdict_valid.val();
            self.notes.data_in.next = bit_cast::<7, 5>(self.verdict_ticket.val())
                .replace_bit(5, self.verdict_own.val())
                .replace_bit(6, self.verdict_in_shadow.val());
            self.notes.pop.next = self.do_pop.val();
            if self.do_pop.val() {
                self.head_note.d.next = self.notes.data_out.val();
            }
            self.head_ticket.next = self.head_note.q.val().get_bits::<5>(0);
            self.head_own.next = self.head_note.q.val().get_bit(5);
            self.head_in_shadow.next = self.head_note.q.val().get_bit(6);
        }
        if self.can_wait.val() {
            if self.verdict_valid.val() {
                self.write_pointer.d.next = self.write_pointer.q.val() + 1;
            }
            if self.do_pop.val() {
                self.read_pointer.d.next = self.read_pointer.q.val() + 1;
            }
        }
        if self.verdict_valid.val() & !self.do_pop.val() {
            self.count.d.next = self.count.q.val() + 1;
        } else if self.do_pop.val() & !self.verdict_valid.val() {
            self.count.d.next = self.count.q.val() - 1;
        }

        for k in 0..self._entries {
            if self.waits[k].q.val()
                & !self
                    .ticket_busy
                    .val()
                    .get_bit(self.ticket[k].q.val().index())
            {
                self.waits[k].d.next = false;
                self.failed[k].d.next = self
                    .ticket_failed
                    .val()
                    .get_bit(self.ticket[k].q.val().index());
            }
            if self.verdict_valid.val() & (self.write_pointer.q.val() == self.ids[k].val()) {
                self.ticket[k].d.next = self.verdict_ticket.val();
                // Not looked up now: a ticket that this very verdict allocates shows as busy one cycle later, and
                // one that is being freed stays not busy for two.
                self.waits[k].d.next = self.verdict_wait.val();
                self.failed[k].d.next = false;
            }
        }
    }
}
