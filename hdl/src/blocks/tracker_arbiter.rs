//! The entrance of the tracker's pipeline: picks the operation of each cycle.
//!
//! **Does**: one operation per cycle, by priority: completion of a copy; the scrubber's offer when it is urgent; port look-up (round
//! robin); software's read; background push; scanner's read; fill; scrubber. In every 16th cycle look-ups let all but the scrubber go first, so that nobody starves.
//! A tracked look-up of a guest by whose policy a write may wait enters only with a credit, others pass it; a background push enters only
//! while half of the tickets are free, and takes a credit, too.
//! **Latency**: the operation is at stage 1 (registers) a cycle after it was taken. `ready` outputs are combinational.
//! **Reset**: no operation.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::{copies, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Picks the operation of each cycle.
#[derive(Clone, Debug, LogicBlock)]
pub struct TrackerArbiter {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Port p has a look-up.
    pub lookup_valid: Vec<Signal<In, Bit>>,
    /// It is taken.
    pub lookup_ready: Vec<Signal<Out, Bit>>,
    /// Its block.
    pub lookup_block: Vec<Signal<In, Bits<26>>>,
    /// Its guest.
    pub lookup_guest: Vec<Signal<In, Bits<4>>>,
    /// It concerns a tracked write.
    pub lookup_tracked: Vec<Signal<In, Bit>>,
    /// It covers the whole block. With S5.
    pub lookup_whole: Vec<Signal<In, Bit>>,
    /// By the policy of guest g a write may wait for a ticket.
    pub can_wait: Vec<Signal<In, Bit>>,
    /// Another look-up that may wait may enter.
    pub credit: Signal<In, Bit>,
    /// A background push may enter, too.
    pub half_free: Signal<In, Bit>,
    /// An operation takes a credit.
    pub enter: Signal<Out, Bit>,
    /// A copy has ended; taken in every cycle.
    pub done_valid: Signal<In, Bit>,
    /// Its ticket.
    pub done_ticket: Signal<In, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<In, Bits<4>>,
    /// Its block.
    pub done_block: Signal<In, Bits<26>>,
    /// It failed.
    pub done_failed: Signal<In, Bit>,
    /// It was not a save.
    pub done_push: Signal<In, Bit>,
    /// A block is to be pushed in the background.
    pub push_valid: Signal<In, Bit>,
    /// Taken.
    pub push_ready: Signal<Out, Bit>,
    /// The block.
    pub push_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub push_guest: Signal<In, Bits<4>>,
    /// The scanner reads.
    pub scan_valid: Signal<In, Bit>,
    /// Taken.
    pub scan_ready: Signal<Out, Bit>,
    /// The word it reads.
    pub scan_word: Signal<In, Bits<21>>,
    /// The word's guest.
    pub scan_guest: Signal<In, Bits<4>>,
    /// A word is to be filled.
    pub fill_valid: Signal<In, Bit>,
    /// Taken.
    pub fill_ready: Signal<Out, Bit>,
    /// The word to fill.
    pub fill_word: Signal<In, Bits<21>>,
    /// The word's guest.
    pub fill_guest: Signal<In, Bits<4>>,
    /// Value of plane X.
    pub fill_x: Signal<In, Bit>,
    /// Value of plane Y.
    pub fill_y: Signal<In, Bit>,
    /// The scrubber offers a step of its sweep.
    pub offer_scrub: Signal<In, Bit>,
    /// The scrubber offers a read by software.
    pub offer_peek: Signal<In, Bit>,
    /// The offer goes first.
    pub offer_urgent: Signal<In, Bit>,
    /// The word offered.
    pub offer_word: Signal<In, Bits<21>>,
    /// Its guest.
    pub offer_guest: Signal<In, Bits<4>>,
    /// It lies in a region.
    pub offer_known: Signal<In, Bit>,
    /// The sweep clears.
    pub offer_wipe: Signal<In, Bit>,
    /// The offer is taken.
    pub offer_taken: Signal<Out, Bit>,
    /// The operation accesses the store.
    pub access: Signal<Out, Bit>,
    /// Its block; for a whole word the first one.
    pub block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub guest: Signal<Out, Bits<4>>,
    /// It is a look-up.
    pub lookup: Signal<Out, Bit>,
    /// The look-up's write covers the whole block. With S5.
    pub whole: Signal<Out, Bit>,
    /// The look-up's port.
    pub port: Signal<Out, Bits<3>>,
    /// It holds a credit.
    pub credited: Signal<Out, Bit>,
    /// It is the completion of a copy.
    pub done: Signal<Out, Bit>,
    /// The completion's ticket.
    pub ticket: Signal<Out, Bits<5>>,
    /// The copy failed.
    pub failed: Signal<Out, Bit>,
    /// It was not a save.
    pub pushed: Signal<Out, Bit>,
    /// It asks for a background push.
    pub push: Signal<Out, Bit>,
    /// It is a scanner read.
    pub scan: Signal<Out, Bit>,
    /// It is a read by software.
    pub peek: Signal<Out, Bit>,
    /// It is a fill.
    pub fill: Signal<Out, Bit>,
    /// The fill's value for plane X.
    pub ones_x: Signal<Out, Bit>,
    /// The fill's value for plane Y.
    pub ones_y: Signal<Out, Bit>,
    /// The fill clears the summary, too.
    pub wipe: Signal<Out, Bit>,
    access_1: Register<Bit>,
    block_1: Register<Bits<26>>,
    guest_1: Register<Bits<4>>,
    lookup_1: Register<Bit>,
    port_1: Register<Bits<3>>,
    whole_1: Register<Bit>,
    has_s5: Constant<Bit>,
    credited_1: Register<Bit>,
    done_1: Register<Bit>,
    ticket_1: Register<Bits<5>>,
    failed_1: Register<Bit>,
    done_push_1: Register<Bit>,
    push_1: Register<Bit>,
    scan_1: Register<Bit>,
    peek_1: Register<Bit>,
    fill_1: Register<Bit>,
    ones_x_1: Register<Bit>,
    ones_y_1: Register<Bit>,
    wipe_1: Register<Bit>,
    turn: Register<Bits<4>>,
    last_port: Register<Bits<3>>,
    may_wait: Vec<Signal<Local, Bit>>,
    requests: Vec<Signal<Local, Bit>>,
    requested: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<3>>,
    blocks: OrTree<26>,
    guests: OrTree<4>,
    chosen_tracked: Signal<Local, Bit>,
    chosen_waits: Signal<Local, Bit>,
    grant_done: Signal<Local, Bit>,
    grant_urgent: Signal<Local, Bit>,
    grant_push: Signal<Local, Bit>,
    push_asks: Signal<Local, Bit>,
    grant_lookup: Signal<Local, Bit>,
    grant_peek: Signal<Local, Bit>,
    grant_scan: Signal<Local, Bit>,
    grant_fill: Signal<Local, Bit>,
    grant_scrub: Signal<Local, Bit>,
    open: Signal<Local, Bit>,
    open_low: Signal<Local, Bit>,
    identity: Vec<Constant<Bits<4>>>,
    port_identity: Vec<Constant<Bits<3>>>,
    has_tickets: Constant<Bit>,
    has_push: Constant<Bit>,
    _ports: usize,
    _guests: usize,
}

impl TrackerArbiter {
    /// The entrance of a configuration's tracker.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            lookup_valid: copies(ports),
            lookup_ready: copies(ports),
            lookup_block: copies(ports),
            lookup_guest: copies(ports),
            lookup_tracked: copies(ports),
            lookup_whole: copies(ports),
            can_wait: copies(guests),
            credit: Signal::default(),
            half_free: Signal::default(),
            enter: Signal::default(),
            done_valid: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_failed: Signal::default(),
            done_push: Signal::default(),
            push_valid: Signal::default(),
            push_ready: Signal::default(),
            push_block: Signal::default(),
            push_guest: Signal::default(),
            scan_valid: Signal::default(),
            scan_ready: Signal::default(),
            scan_word: Signal::default(),
            scan_guest: Signal::default(),
            fill_valid: Signal::default(),
            fill_ready: Signal::default(),
            fill_word: Signal::default(),
            fill_guest: Signal::default(),
            fill_x: Signal::default(),
            fill_y: Signal::default(),
            offer_scrub: Signal::default(),
            offer_peek: Signal::default(),
            offer_urgent: Signal::default(),
            offer_word: Signal::default(),
            offer_guest: Signal::default(),
            offer_known: Signal::default(),
            offer_wipe: Signal::default(),
            offer_taken: Signal::default(),
            access: Signal::default(),
            block: Signal::default(),
            guest: Signal::default(),
            lookup: Signal::default(),
            whole: Signal::default(),
            port: Signal::default(),
            credited: Signal::default(),
            done: Signal::default(),
            ticket: Signal::default(),
            failed: Signal::default(),
            pushed: Signal::default(),
            push: Signal::default(),
            scan: Signal::default(),
            peek: Signal::default(),
            fill: Signal::default(),
            ones_x: Signal::default(),
            ones_y: Signal::default(),
            wipe: Signal::default(),
            access_1: Register::default(),
            block_1: Register::narrow_without_reset(config.block_bits() as usize),
            guest_1: Register::narrow_without_reset(clog2(guests).max(1)),
            lookup_1: Register::default(),
            whole_1: Register::without_reset(),
            has_s5: flag(config.has(Strategy::S5)),
            port_1: Register::narrow_without_reset(clog2(ports).max(1)),
            credited_1: Register::default(),
            done_1: Register::default(),
            ticket_1: Register::narrow_without_reset(clog2(config.saves as usize)),
            failed_1: Register::without_reset(),
            done_push_1: Register::without_reset(),
            push_1: Register::default(),
            scan_1: Register::default(),
            peek_1: Register::default(),
            fill_1: Register::default(),
            ones_x_1: Register::without_reset(),
            ones_y_1: Register::without_reset(),
            wipe_1: Register::without_reset(),
            turn: Register::default(),
            last_port: Register::narrow(0.into(), clog2(ports).max(1)),
            may_wait: copies(ports),
            requests: copies(ports),
            requested: Signal::default(),
            chosen: Signal::default(),
            blocks: OrTree::new(ports),
            guests: OrTree::new(ports),
            chosen_tracked: Signal::default(),
            chosen_waits: Signal::default(),
            grant_done: Signal::default(),
            grant_urgent: Signal::default(),
            grant_push: Signal::default(),
            push_asks: Signal::default(),
            grant_lookup: Signal::default(),
            grant_peek: Signal::default(),
            grant_scan: Signal::default(),
            grant_fill: Signal::default(),
            grant_scrub: Signal::default(),
            open: Signal::default(),
            open_low: Signal::default(),
            identity: identities(guests),
            port_identity: identities(ports),
            has_tickets: flag(config.has_tickets()),
            has_push: flag(config.has(Strategy::S4)),
            _ports: ports,
            _guests: guests,
        }
    }
}

impl Logic for TrackerArbiter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: tracker_arbiter");
        comment!("Entrance of the tracker's pipeline, one operation per cycle. Priority: completion, urgent scrubber offer,");
        comment!("look-up (round robin), software's read, background push, scanner's read, fill, scrubber; in every 16th");
        comment!("cycle all but the scrubber go before look-ups. A look-up that may wait needs a credit, others pass it; a push needs half of");
        comment!("the tickets free. The operation taken is at stage 1 in the next cycle. Reset: no operation.");
        dff_setup!(
            self,
            clock,
            access_1,
            block_1,
            guest_1,
            lookup_1,
            port_1,
            whole_1,
            credited_1,
            done_1,
            ticket_1,
            failed_1,
            done_push_1,
            push_1,
            scan_1,
            peek_1,
            fill_1,
            ones_x_1,
            ones_y_1,
            wipe_1,
            turn,
            last_port
        );
        // The look-up whose turn it is: the port below the last one served, from the top again.
        self.requested.next = false;
        self.chosen.next = 0.into();
        for p in 0..self._ports {
            self.may_wait[p].next = false;
            for g in 0..self._guests {
                if (self.lookup_guest[p].val() == self.identity[g].val())
                    & self.can_wait[g].val()
                    & self.lookup_tracked[p].val()
                {
                    self.may_wait[p].next = true;
                }
            }
            self.requests[p].next =
                self.lookup_valid[p].val() & (!self.may_wait[p].val() | self.credit.val());
            if self.requests[p].val() {
                self.requested.next = true;
                self.chosen.next = self.port_identity[p].val();
            }
        }
        for p in 0..self._ports {
            if self.requests[p].val() & (self.port_identity[p].val() < self.last_port.q.val()) {
                self.chosen.next = self.port_identity[p].val();
            }
        }
        self.chosen_tracked.next = false;
        self.chosen_waits.next = false;
        for p in 0..self._ports {
            self.blocks.inputs[p].next = 0.into();
            self.guests.inputs[p].next = 0.into();
            if self.chosen.val() == self.port_identity[p].val() {
                self.blocks.inputs[p].next = self.lookup_block[p].val();
                self.guests.inputs[p].next = self.lookup_guest[p].val();
                if self.lookup_tracked[p].val() {
                    self.chosen_tracked.next = true;
                }
                if self.may_wait[p].val() {
                    self.chosen_waits.next = true;
                }
            }
        }

        // One grant.
        self.turn.d.next = self.turn.q.val() + 1;
        self.grant_done.next = self.has_tickets.val() & self.done_valid.val();
        self.grant_urgent.next = !self.grant_done.val() & self.offer_urgent.val();
        self.open.next = !self.grant_done.val() & !self.offer_urgent.val();
        self.push_asks.next = false;
        if self.has_push.val() {
            self.push_asks.next = self.push_valid.val() & self.half_free.val();
        }
        self.open_low.next = self.open.val() & (!self.requested.val() | self.turn.q.val().all());
        self.grant_peek.next = self.open_low.val() & self.offer_peek.val();
        self.grant_push.next = self.open_low.val() & !self.offer_peek.val() & self.push_asks.val();
        self.grant_scan.next = self.open_low.val()
            & !self.offer_peek.val()
            & !self.push_asks.val()
            & self.scan_valid.val();
        self.grant_fill.next = self.open_low.val()
            & !self.offer_peek.val()
            & !self.push_asks.val()
            & !self.scan_valid.val()
            & self.fill_valid.val();
        self.grant_scrub.next = self.open_low.val()
            & !self.push_asks.val()
            & !self.scan_valid.val()
            & !self.fill_valid.val()
            & !self.requested.val()
            & self.offer_scrub.val();
        self.grant_lookup.next = self.open.val()
            & self.requested.val()
            & (!self.turn.q.val().all()
                | !(self.offer_peek.val()
                    | self.push_asks.val()
                    | self.scan_valid.val()
                    | self.fill_valid.val()));
        for p in 0..self._ports {
            self.lookup_ready[p].next =
                self.grant_lookup.val() & (self.chosen.val() == self.port_identity[p].val());
        }
        if self.grant_lookup.val() {
            self.last_port.d.next = self.chosen.val();
        }
        self.enter.next =
            (self.grant_lookup.val() & self.chosen_waits.val()) | self.grant_push.val();
        self.push_ready.next = self.grant_push.val();
        self.scan_ready.next = self.grant_scan.val();
        self.fill_ready.next = self.grant_fill.val();
        self.offer_taken.next =
            self.grant_urgent.val() | self.grant_peek.val() | self.grant_scrub.val();

        // The operation: its kind, then its operands.
        self.whole.next = false;
        if self.has_s5.val() {
            self.whole_1.d.next = false;
            for p in 0..self._ports {
                if self.lookup_whole[p].val() & (self.chosen.val() == self.port_identity[p].val()) {
                    self.whole_1.d.next = true;
                }
            }
            self.whole.next = self.whole_1.q.val();
        }
        self.lookup_1.d.next = self.grant_lookup.val();
        self.done_1.d.next = self.grant_done.val();
        self.push_1.d.next = self.grant_push.val();
        self.scan_1.d.next = self.grant_scan.val();
        self.peek_1.d.next = self.offer_taken.val() & self.offer_peek.val();
        self.wipe_1.d.next = self.offer_taken.val() & self.offer_wipe.val();
        self.fill_1.d.next =
            self.grant_fill.val() | (self.offer_taken.val() & self.offer_wipe.val());
        self.ones_x_1.d.next = self.grant_fill.val() & self.fill_x.val();
        self.ones_y_1.d.next = self.grant_fill.val() & self.fill_y.val();
        self.port_1.d.next = self.chosen.val();
        self.credited_1.d.next = self.enter.val();
        self.ticket_1.d.next = self.done_ticket.val();
        self.failed_1.d.next = self.done_failed.val();
        self.done_push_1.d.next = self.done_push.val();
        self.access_1.d.next = self.grant_done.val()
            | self.grant_push.val()
            | self.grant_scan.val()
            | self.grant_fill.val()
            | (self.offer_taken.val() & (self.offer_known.val() | self.offer_wipe.val()))
            | (self.grant_lookup.val() & self.chosen_tracked.val());
        self.block_1.d.next = bit_cast::<26, 21>(self.offer_word.val()) << 5;
        self.guest_1.d.next = self.offer_guest.val();
        if self.grant_fill.val() {
            self.block_1.d.next = bit_cast::<26, 21>(self.fill_word.val()) << 5;
            self.guest_1.d.next = self.fill_guest.val();
        }
        if self.grant_scan.val() {
            self.block_1.d.next = bit_cast::<26, 21>(self.scan_word.val()) << 5;
            self.guest_1.d.next = self.scan_guest.val();
        }
        if self.grant_lookup.val() {
            self.block_1.d.next = self.blocks.merged.val();
            self.guest_1.d.next = self.guests.merged.val();
        }
        if self.has_push.val() & self.grant_push.val() {
            self.block_1.d.next = self.push_block.val();
            self.guest_1.d.next = self.push_guest.val();
        }
        if self.has_tickets.val() & self.grant_done.val() {
            self.block_1.d.next = self.done_block.val();
            self.guest_1.d.next = self.done_guest.val();
        }
        self.access.next = self.access_1.q.val();
        self.block.next = self.block_1.q.val();
        self.guest.next = self.guest_1.q.val();
        self.lookup.next = self.lookup_1.q.val();
        self.port.next = self.port_1.q.val();
        self.credited.next = self.credited_1.q.val();
        self.done.next = self.done_1.q.val();
        self.ticket.next = self.ticket_1.q.val();
        self.failed.next = self.failed_1.q.val();
        self.pushed.next = self.done_push_1.q.val();
        self.push.next = self.push_1.q.val();
        self.scan.next = self.scan_1.q.val();
        self.peek.next = self.peek_1.q.val();
        self.fill.next = self.fill_1.q.val();
        self.ones_x.next = self.ones_x_1.q.val();
        self.ones_y.next = self.ones_y_1.q.val();
        self.wipe.next = self.wipe_1.q.val();
    }
}
