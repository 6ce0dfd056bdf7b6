//! The hazard table: the blocks in flight, each under a ticket, and the credits that guarantee one to every look-up that may need it.
//!
//! **Does**: tickets are handed out in a circle. A ticket is busy from its allocation until it is freed, as done or as failed. `hit` tells
//! whether a look-up's block is in flight. A look-up that may allocate `enter`s only with `credit` and, four cycles later,
//! either allocates or `leave`s; so an allocation always finds a free ticket.
//! A ticket is *wanted* once a write waits for it; one that was allocated unwanted is a background copy, and `hurry` tells that a write
//! has come to wait for such a one. `half_free` admits background copies: at least half of the tickets are free.
//! **Latency**: a look-up shows its block at stage 3 and sees `hit` at stage 4. One look-up, one allocation and one freeing per cycle.
//! **Ordering**: a look-up sees allocations of the stages ahead of it, and no ticket freed before its stage 4.
//! A freed ticket stays not busy for at least two full cycles. `ticket_failed` holds until the ticket is allocated again.
//! **Reset**: all tickets free, none failed.

use super::constants::{constant, copies, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Blocks in flight by ticket.
#[derive(Clone, Debug, LogicBlock)]
pub struct HazardTable {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A look-up that may allocate enters the pipeline; only with `credit`.
    pub enter: Signal<In, Bit>,
    /// Another such look-up may enter. Shallow, from registers.
    pub credit: Signal<Out, Bit>,
    /// Stage 3: the block looked up.
    pub block: Signal<In, Bits<26>>,
    /// Stage 4: that block is in flight.
    pub hit: Signal<Out, Bit>,
    /// Stage 4: its ticket.
    pub hit_ticket: Signal<Out, Bits<5>>,
    /// Stage 4: the look-up's block goes in flight under `next_ticket`.
    pub allocate: Signal<In, Bit>,
    /// Stage 4: a look-up that entered with a credit does not allocate.
    pub leave: Signal<In, Bit>,
    /// Stage 4: a write waits for the ticket hit or allocated.
    pub wanted: Signal<In, Bit>,
    /// The ticket of the next allocation.
    pub next_ticket: Signal<Out, Bits<5>>,
    /// Stage 4: the block of `free_ticket` is no longer in flight.
    pub free: Signal<In, Bit>,
    /// The ticket to free.
    pub free_ticket: Signal<In, Bits<5>>,
    /// It failed.
    pub free_failed: Signal<In, Bit>,
    /// Stage 4: a write waits for `free_ticket`.
    pub free_wanted: Signal<Out, Bit>,
    /// At least half of the tickets are neither held nor promised. Shallow, from registers.
    pub half_free: Signal<Out, Bit>,
    /// A write waits for a ticket that was allocated for none. A register.
    pub hurry: Signal<Out, Bit>,
    /// A bit per ticket: its block is in flight. A register.
    pub ticket_busy: Signal<Out, Bits<32>>,
    /// A bit per ticket: it failed; for a ticket that is not busy. A register.
    pub ticket_failed: Signal<Out, Bits<32>>,
    busy: Register<Bits<32>>,
    failed: Register<Bits<32>>,
    wanted_by: Register<Bits<32>>,
    background: Register<Bits<32>>,
    hurries: Register<Bit>,
    blocks: Vec<Register<Bits<26>>>,
    matches_4: Vec<Register<Bit>>,
    block_4: Register<Bits<26>>,
    just_allocated_4: Register<Bit>,
    just_ticket_4: Register<Bits<5>>,
    newest: Register<Bits<5>>,
    oldest: Register<Bits<5>>,
    held: Register<Bits<6>>,
    promised: Register<Bits<6>>,
    reclaim: Signal<Local, Bit>,
    left: Register<Bit>,
    came: Register<Bit>,
    entered: Signal<Local, Bits<6>>,
    newest_bit: Register<Bits<32>>,
    freed: Signal<Local, Bits<32>>,
    kept: Signal<Local, Bits<32>>,
    added: Signal<Local, Bits<32>>,
    hit_tickets: OrTree<5>,
    hit_bits: OrTree<32>,
    just_bit: Signal<Local, Bits<32>>,
    identity: Vec<Constant<Bits<5>>>,
    bits32: Vec<Constant<Bits<32>>>,
    last: Constant<Bits<5>>,
    tickets: Constant<Bits<6>>,
    half: Constant<Bits<6>>,
    has_push: Constant<Bit>,
    _tickets: usize,
}

impl HazardTable {
    /// The table with the configuration's number of tickets.
    pub fn new(config: &Config) -> Self {
        let tickets = config.saves as usize;
        let block = || Register::narrow_without_reset(config.block_bits() as usize);
        let ticket = || Register::narrow(0.into(), clog2(tickets));
        let counter = || Register::narrow(0.into(), clog2(tickets + 1));
        Self {
            clock: Signal::default(),
            enter: Signal::default(),
            credit: Signal::default(),
            block: Signal::default(),
            hit: Signal::default(),
            hit_ticket: Signal::default(),
            allocate: Signal::default(),
            leave: Signal::default(),
            wanted: Signal::default(),
            next_ticket: Signal::default(),
            free: Signal::default(),
            free_ticket: Signal::default(),
            free_failed: Signal::default(),
            free_wanted: Signal::default(),
            half_free: Signal::default(),
            hurry: Signal::default(),
            ticket_busy: Signal::default(),
            ticket_failed: Signal::default(),
            busy: Register::narrow(0.into(), tickets),
            failed: Register::narrow(0.into(), tickets),
            wanted_by: Register::narrow(0.into(), tickets),
            background: Register::narrow(0.into(), tickets),
            hurries: Register::default(),
            blocks: (0..tickets).map(|_| block()).collect(),
            matches_4: copies(tickets),
            block_4: block(),
            just_allocated_4: Register::default(),
            just_ticket_4: ticket(),
            newest: ticket(),
            oldest: ticket(),
            held: counter(),
            promised: counter(),
            reclaim: Signal::default(),
            left: Register::default(),
            came: Register::default(),
            entered: Signal::default(),
            newest_bit: Register::narrow(1.into(), tickets),
            freed: Signal::default(),
            kept: Signal::default(),
            added: Signal::default(),
            hit_tickets: OrTree::new(tickets),
            hit_bits: OrTree::new(tickets),
            just_bit: Signal::default(),
            identity: identities(tickets),
            bits32: (0..tickets).map(|k| constant(1 << k)).collect(),
            last: constant(tickets as u64 - 1),
            tickets: constant(tickets as u64),
            half: constant(tickets as u64 / 2),
            has_push: flag(config.has(Strategy::S4)),
            _tickets: tickets,
        }
    }
}

impl Logic for HazardTable {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: hazard_table");
        comment!("Blocks in flight, each under a ticket, handed out in a circle. A look-up shows its block at stage 3 and");
        comment!("sees at stage 4 whether it is in flight; it may then allocate next_ticket. Look-ups that may allocate");
        comment!("enter only with a credit and allocate or leave at stage 4, so a ticket is always free for them.");
        comment!("A freed ticket stays not busy for at least two full cycles; ticket_failed holds until it is allocated");
        comment!("again. hurry: a write waits for a ticket that was allocated for none. half_free: half of the tickets are");
        comment!("free. Reset: all free.");
        dff_setup!(
            self,
            clock,
            busy,
            failed,
            block_4,
            just_allocated_4,
            just_ticket_4,
            newest,
            newest_bit,
            oldest,
            held,
            promised,
            left,
            came,
            wanted_by,
            background,
            hurries
        );
        self.next_ticket.next = self.newest.q.val();
        self.ticket_busy.next = self.busy.q.val();
        self.ticket_failed.next = self.failed.q.val();

        // The comparison is registered: it misses the allocation of its own cycle and may show a ticket freed in it.
        self.block_4.d.next = self.block.val();
        self.just_allocated_4.d.next =
            self.allocate.val() & (self.block.val() == self.block_4.q.val());
        self.just_ticket_4.d.next = self.newest.q.val();
        // A block is in flight under one ticket at most, so what matches is merged, not chosen.
        for k in 0..self._tickets {
            self.blocks[k].clock.next = self.clock.val();
            self.blocks[k].d.next = self.blocks[k].q.val();
            // In the ticket that is next to be handed out whatever stands at stage 4: that it is allocated comes late.
            if self.newest_bit.q.val().get_bit(k) & !self.busy.q.val().get_bit(k) {
                self.blocks[k].d.next = self.block_4.q.val();
            }
            self.matches_4[k].clock.next = self.clock.val();
            self.matches_4[k].d.next =
                self.busy.q.val().get_bit(k) & (self.blocks[k].q.val() == self.block.val());
            self.hit_tickets.inputs[k].next = 0.into();
            self.hit_bits.inputs[k].next = 0.into();
            if self.matches_4[k].q.val() & self.busy.q.val().get_bit(k) {
                self.hit_tickets.inputs[k].next = self.identity[k].val();
                self.hit_bits.inputs[k].next = self.bits32[k].val();
            }
        }
        self.hit.next = self.just_allocated_4.q.val() | self.hit_bits.merged.val().any();
        self.hit_ticket.next = self.hit_tickets.merged.val();
        if !self.hit_bits.merged.val().any() {
            self.hit_ticket.next = self.just_ticket_4.q.val();
        }

        // Only masks: the allocation comes late in its cycle.
        self.freed.next = 0.into();
        self.kept.next = 0.into();
        if self.free.val() {
            self.freed.next = bits::<32>(1) << self.free_ticket.val();
            if self.free_failed.val() {
                self.kept.next = bits::<32>(1) << self.free_ticket.val();
            }
        }
        self.added.next = 0.into();
        if self.allocate.val() {
            self.added.next = self.newest_bit.q.val();
            self.newest.d.next = self.newest.q.val() + 1;
            self.newest_bit.d.next = self.newest_bit.q.val() << bits::<5>(1);
            if self.newest.q.val() == self.last.val() {
                self.newest.d.next = 0.into();
                self.newest_bit.d.next = 1.into();
            }
        }
        self.busy.d.next = (self.busy.q.val() & !self.freed.val()) | self.added.val();
        self.failed.d.next =
            ((self.failed.q.val() & !self.freed.val()) | self.kept.val()) & !self.added.val();

        self.free_wanted.next = false;
        self.hurry.next = false;
        self.half_free.next = false;
        self.just_bit.next = 0.into();
        if self.has_push.val() {
            self.free_wanted.next = (self.wanted_by.q.val() & self.freed.val()).any();
            if self.just_allocated_4.q.val() {
                self.just_bit.next = bits::<32>(1) << self.just_ticket_4.q.val();
            }
            if self.wanted.val() {
                self.wanted_by.d.next = self.wanted_by.q.val() | self.added.val();
                self.background.d.next = self.background.q.val() & !self.added.val();
                if !self.allocate.val() {
                    self.wanted_by.d.next =
                        self.wanted_by.q.val() | self.hit_bits.merged.val() | self.just_bit.val();
                }
            } else {
                self.wanted_by.d.next = self.wanted_by.q.val() & !self.added.val();
                self.background.d.next = self.background.q.val() | self.added.val();
            }
            self.hurries.d.next =
                (self.busy.q.val() & self.background.q.val() & self.wanted_by.q.val()).any();
            self.hurry.next = self.hurries.q.val();
            self.half_free.next = self.promised.q.val() < self.half.val();
        }

        // A freed ticket is reclaimed when it is the oldest: copies end in the order of their allocation.
        self.reclaim.next =
            self.held.q.val().any() & !self.busy.q.val().get_bit(self.oldest.q.val().index());
        if self.reclaim.val() {
            self.oldest.d.next = self.oldest.q.val() + 1;
            if self.oldest.q.val() == self.last.val() {
                self.oldest.d.next = 0.into();
            }
        }
        if self.allocate.val() & !self.reclaim.val() {
            self.held.d.next = self.held.q.val() + 1;
        } else if self.reclaim.val() & !self.allocate.val() {
            self.held.d.next = self.held.q.val() - 1;
        }
        // Both are counted a cycle late, since they come late in their cycle; an entry is counted at once in `credit`.
        self.left.d.next = self.leave.val();
        self.came.d.next = self.enter.val();
        self.entered.next = self.promised.q.val();
        if self.came.q.val() & !self.left.q.val() {
            self.entered.next = self.promised.q.val() + 1;
        } else if self.left.q.val() & !self.came.q.val() {
            self.entered.next = self.promised.q.val() - 1;
        }
        self.promised.d.next = self.entered.val();
        if self.reclaim.val() {
            self.promised.d.next = self.entered.val() - 1;
        }
        self.credit.next = (self.promised.q.val() != self.tickets.val())
            & !(self.came.q.val() & (self.promised.q.val() == self.tickets.val() - 1));
    }
}
