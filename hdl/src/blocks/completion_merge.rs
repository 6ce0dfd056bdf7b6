//! Completions of tickets, of the copy engine and of the write ports that complete their own, on their way into the tracker.
//!
//! **Does**: passes one completion per cycle on, the copy engine's first, then the lowest port's; and tells a port when its completion
//! has been carried out. **Latency**: none; `complete` four cycles after the completion was taken, when the block store is being written: an
//! answer that waits for it comes after every reader can see the change. **Order**: in order per source. **Errors**: none. **Reset**: empty.

use super::constants::{copies, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;

/// Merges completions.
#[derive(Clone, Debug, LogicBlock)]
pub struct CompletionMerge {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The copy engine completes a ticket; taken at once.
    pub engine_valid: Signal<In, Bit>,
    /// The ticket.
    pub engine_ticket: Signal<In, Bits<5>>,
    /// Its guest.
    pub engine_guest: Signal<In, Bits<4>>,
    /// Its block.
    pub engine_block: Signal<In, Bits<26>>,
    /// The copy failed.
    pub engine_failed: Signal<In, Bit>,
    /// Per port: it completes a ticket.
    pub own_valid: Vec<Signal<In, Bit>>,
    /// The completion is taken.
    pub own_ready: Vec<Signal<Out, Bit>>,
    /// The ticket.
    pub own_ticket: Vec<Signal<In, Bits<5>>>,
    /// Its guest.
    pub own_guest: Vec<Signal<In, Bits<4>>>,
    /// Its block.
    pub own_block: Vec<Signal<In, Bits<26>>>,
    /// The write failed.
    pub own_failed: Vec<Signal<In, Bit>>,
    /// Per port: a completion has been carried out. A register.
    pub own_complete: Vec<Signal<Out, Bit>>,
    /// A completion; taken at once.
    pub done_valid: Signal<Out, Bit>,
    /// Its ticket.
    pub done_ticket: Signal<Out, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<Out, Bits<4>>,
    /// Its block.
    pub done_block: Signal<Out, Bits<26>>,
    /// It failed.
    pub done_failed: Signal<Out, Bit>,
    tickets: OrTree<5>,
    guests: OrTree<4>,
    blocks: OrTree<26>,
    failures: OrTree<1>,
    taken: Vec<Signal<Local, Bit>>,
    any: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<3>>,
    taken_1: Vec<Register<Bit>>,
    taken_2: Vec<Register<Bit>>,
    taken_3: Vec<Register<Bit>>,
    taken_4: Vec<Register<Bit>>,
    identity: Vec<Constant<Bits<3>>>,
    _ports: usize,
}

impl CompletionMerge {
    /// The merger of a configuration's ports.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        Self {
            clock: Signal::default(),
            engine_valid: Signal::default(),
            engine_ticket: Signal::default(),
            engine_guest: Signal::default(),
            engine_block: Signal::default(),
            engine_failed: Signal::default(),
            own_valid: copies(ports),
            own_ready: copies(ports),
            own_ticket: copies(ports),
            own_guest: copies(ports),
            own_block: copies(ports),
            own_failed: copies(ports),
            own_complete: copies(ports),
            done_valid: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_failed: Signal::default(),
            tickets: OrTree::new(ports),
            guests: OrTree::new(ports),
            blocks: OrTree::new(ports),
            failures: OrTree::new(ports),
            taken: copies(ports),
            any: Signal::default(),
            chosen: Signal::default(),
            taken_1: copies(ports),
            taken_2: copies(ports),
            taken_3: copies(ports),
            taken_4: copies(ports),
            identity: identities(ports),
            _ports: ports,
        }
    }
}

impl Logic for CompletionMerge {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: completion_merge");
        comment!("Completions of tickets for the tracker, one per cycle: the copy engine's first, then the ports' own. A port is");
        comment!("told four cycles later that its completion has been carried out. A number that ends a name counts those cycles.");
        self.any.next = false;
        self.chosen.next = 0.into();
        for p in 0..self._ports {
            if self.own_valid[p].val() & !self.any.val() {
                self.any.next = true;
                self.chosen.next = self.identity[p].val();
            }
        }
        for p in 0..self._ports {
            self.taken_1[p].clock.next = self.clock.val();
            self.taken_2[p].clock.next = self.clock.val();
            self.taken_3[p].clock.next = self.clock.val();
            self.taken_4[p].clock.next = self.clock.val();
            self.tickets.inputs[p].next = 0.into();
            self.guests.inputs[p].next = 0.into();
            self.blocks.inputs[p].next = 0.into();
            self.failures.inputs[p].next = 0.into();
            self.taken[p].next = false;
            if self.chosen.val() == self.identity[p].val() {
                self.tickets.inputs[p].next = self.own_ticket[p].val();
                self.guests.inputs[p].next = self.own_guest[p].val();
                self.blocks.inputs[p].next = self.own_block[p].val();
                if self.own_failed[p].val() {
                    self.failures.inputs[p].next = 1.into();
                }
                self.taken[p].next = self.any.val() & !self.engine_valid.val();
            }
            self.own_ready[p].next = self.taken[p].val();
            self.taken_1[p].d.next = self.taken[p].val();
            self.taken_2[p].d.next = self.taken_1[p].q.val();
            self.taken_3[p].d.next = self.taken_2[p].q.val();
            self.taken_4[p].d.next = self.taken_3[p].q.val();
            self.own_complete[p].next = self.taken_4[p].q.val();
        }
        self.done_valid.next = self.engine_valid.val() | self.any.val();
        self.done_ticket.next = self.tickets.merged.val();
        self.done_guest.next = self.guests.merged.val();
        self.done_block.next = self.blocks.merged.val();
        self.done_failed.next = self.failures.merged.val().any();
        if self.engine_valid.val() {
            self.done_ticket.next = self.engine_ticket.val();
            self.done_guest.next = self.engine_guest.val();
            self.done_block.next = self.engine_block.val();
            self.done_failed.next = self.engine_failed.val();
        }
    }
}
