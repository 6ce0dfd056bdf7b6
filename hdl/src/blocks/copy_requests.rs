//! The tracker's requests for copies: from the decision to put a block in flight to a descriptor's contents.
//!
//! **Does**: an allocation of stage 4 becomes, a cycle later, a request in one of two queues as deep as there are tickets, so both always have
//! room: *urgent* for a write that waits, *background* for a push that none waits for. A save takes the next slot of its guest's ring.
//! **Latency**: at the queue's head two cycles after the allocation. **Ordering**: by allocation in each queue.
//! `ring_used` must show an allocation in the cycle after its pulse. **Errors**: none. **Reset**: empty.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::{copies, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// A block to be copied for a write that waits.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct UrgentCopy {
    /// Block to copy.
    pub block: Bits<26>,
    /// Its guest.
    pub guest: Bits<4>,
    /// Slot of the guest's ring, for a save.
    pub slot: Bits<26>,
    /// Ticket under which the block is in flight.
    pub ticket: Bits<5>,
    /// 0: to the ring; 1: to the shadow; 2: from the shadow.
    pub way: Bits<2>,
}

/// A pending block to be copied to the shadow.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct BackgroundCopy {
    /// Block to copy.
    pub block: Bits<26>,
    /// Its guest.
    pub guest: Bits<4>,
    /// Ticket under which the block is in flight.
    pub ticket: Bits<5>,
}

/// Queues of copies to be made.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyRequests {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 4: a block goes in flight.
    pub allocates: Signal<In, Bit>,
    /// Stage 4: its ticket.
    pub ticket: Signal<In, Bits<5>>,
    /// Stage 4: a write waits for it.
    pub wanted: Signal<In, Bit>,
    /// Stage 4: it is saved; else pushed.
    pub saves: Signal<In, Bit>,
    /// Stage 4: a block goes in flight to be copied from place to place. With S5.
    pub merges: Signal<In, Bit>,
    /// Stage 4: from the shadow to system memory; else the other way.
    pub from_shadow: Signal<In, Bit>,
    /// Stage 5: its guest.
    pub guest: Signal<In, Bits<4>>,
    /// Stage 5: the block.
    pub block: Signal<In, Bits<26>>,
    /// Per guest: slots used of its ring.
    pub ring_used: Vec<Signal<In, Bits<26>>>,
    /// A slot of the ring of `guest` is taken. A pulse, from a register.
    pub slot_taken: Signal<Out, Bit>,
    /// A copy without a slot that a write waits for has begun. A pulse, from a register.
    pub push_started: Signal<Out, Bit>,
    /// An urgent copy.
    pub urgent_valid: Signal<Out, Bit>,
    /// It is taken.
    pub urgent_ready: Signal<In, Bit>,
    /// The block.
    pub urgent_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub urgent_guest: Signal<Out, Bits<4>>,
    /// Slot of the guest's ring.
    pub urgent_slot: Signal<Out, Bits<26>>,
    /// Its ticket.
    pub urgent_ticket: Signal<Out, Bits<5>>,
    /// 0: to the ring; 1: to the shadow; 2: from the shadow.
    pub urgent_way: Signal<Out, Bits<2>>,
    /// A background push.
    pub background_valid: Signal<Out, Bit>,
    /// It is taken.
    pub background_ready: Signal<In, Bit>,
    /// The block.
    pub background_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub background_guest: Signal<Out, Bits<4>>,
    /// Its ticket.
    pub background_ticket: Signal<Out, Bits<5>>,
    urgent: Fifo<UrgentCopy>,
    background: Maybe<Fifo<BackgroundCopy>>,
    slots: Maybe<OrTree<26>>,
    allocates_5: Register<Bit>,
    ticket_5: Register<Bits<5>>,
    wanted_5: Register<Bit>,
    saves_5: Register<Bit>,
    merges_5: Register<Bit>,
    from_shadow_5: Register<Bit>,
    has_merge: Constant<Bit>,
    identity: Vec<Constant<Bits<4>>>,
    no_urgent: Constant<UrgentCopy>,
    no_background: Constant<BackgroundCopy>,
    has_save: Constant<Bit>,
    has_push: Constant<Bit>,
    _guests: usize,
}

impl CopyRequests {
    /// The queues for a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let tickets = config.saves as usize;
        let has_save = config.has(Strategy::S6);
        let has_push = config.has(Strategy::S4);
        Self {
            clock: Signal::default(),
            allocates: Signal::default(),
            ticket: Signal::default(),
            wanted: Signal::default(),
            saves: Signal::default(),
            merges: Signal::default(),
            from_shadow: Signal::default(),
            guest: Signal::default(),
            block: Signal::default(),
            ring_used: copies(guests),
            slot_taken: Signal::default(),
            push_started: Signal::default(),
            urgent_valid: Signal::default(),
            urgent_ready: Signal::default(),
            urgent_block: Signal::default(),
            urgent_guest: Signal::default(),
            urgent_slot: Signal::default(),
            urgent_ticket: Signal::default(),
            urgent_way: Signal::default(),
            background_valid: Signal::default(),
            background_ready: Signal::default(),
            background_block: Signal::default(),
            background_guest: Signal::default(),
            background_ticket: Signal::default(),
            urgent: Fifo::new(tickets),
            background: Maybe::new(Fifo::new(tickets), has_push),
            slots: Maybe::new(OrTree::new(guests), has_save),
            allocates_5: Register::default(),
            ticket_5: Register::narrow_without_reset(clog2(tickets)),
            wanted_5: Register::without_reset(),
            saves_5: Register::without_reset(),
            merges_5: Register::default(),
            from_shadow_5: Register::without_reset(),
            has_merge: flag(config.has(Strategy::S5)),
            identity: identities(guests),
            no_urgent: Constant::new(UrgentCopy::default()),
            no_background: Constant::new(BackgroundCopy::default()),
            has_save: flag(has_save),
            has_push: flag(has_push),
            _guests: guests,
        }
    }
}

impl Logic for CopyRequests {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_requests");
        comment!("The tracker's requests for copies: an allocation of stage 4 becomes a request in a queue, urgent if a");
        comment!("write waits for it, else background. A save takes the next slot of its guest's ring; ring_used must show");
        comment!("it in the cycle after the pulse slot_taken. Both queues hold all tickets. Reset: empty.");
        dff_setup!(
            self,
            clock,
            allocates_5,
            ticket_5,
            wanted_5,
            saves_5,
            merges_5,
            from_shadow_5
        );
        clock!(self, clock, urgent);
        self.allocates_5.d.next = self.allocates.val();
        self.ticket_5.d.next = self.ticket.val();
        self.wanted_5.d.next = self.wanted.val();
        self.saves_5.d.next = self.saves.val();

        self.urgent.push.next = self.allocates_5.q.val();
        self.urgent.data_in.next = self.no_urgent.val();
        self.urgent.data_in.next.block = self.block.val();
        self.urgent.data_in.next.guest = self.guest.val();
        self.urgent.data_in.next.ticket = self.ticket_5.q.val();
        self.slot_taken.next = false;
        self.push_started.next = false;
        self.background_valid.next = false;
        self.background_block.next = 0.into();
        self.background_guest.next = 0.into();
        self.background_ticket.next = 0.into();
        if self.has_save.val() {
            // The guest's count includes all earlier allocations.
            for g in 0..self._guests {
                self.slots.inputs[g].next = 0.into();
                if self.guest.val() == self.identity[g].val() {
                    self.slots.inputs[g].next = self.ring_used[g].val();
                }
            }
            self.urgent.data_in.next.slot = self.slots.merged.val();
            self.slot_taken.next = self.allocates_5.q.val();
        }
        if self.has_push.val() {
            clock!(self, clock, background);
            self.urgent.data_in.next.way = 1.into();
            self.urgent.push.next = self.allocates_5.q.val() & self.wanted_5.q.val();
            self.push_started.next = self.allocates_5.q.val() & self.wanted_5.q.val();
            if self.has_save.val() {
                if self.saves_5.q.val() {
                    self.urgent.data_in.next.way = 0.into();
                }
                self.slot_taken.next = self.allocates_5.q.val() & self.saves_5.q.val();
                self.push_started.next =
                    self.allocates_5.q.val() & self.wanted_5.q.val() & !self.saves_5.q.val();
            }
            self.background.push.next = self.allocates_5.q.val() & !self.wanted_5.q.val();
            self.background.data_in.next = self.no_background.val();
            self.background.data_in.next.block = self.block.val();
            self.background.data_in.next.guest = self.guest.val();
            self.background.data_in.next.ticket = self.ticket_5.q.val();
            self.background.pop.next = self.background_ready.val();
            self.background_valid.next = self.background.valid.val();
            self.background_block.next = self.background.data_out.val().block;
            self.background_guest.next = self.background.data_out.val().guest;
            self.background_ticket.next = self.background.data_out.val().ticket;
        }
        if self.has_merge.val() {
            self.merges_5.d.next = self.merges.val();
            self.from_shadow_5.d.next = self.from_shadow.val();
            if self.merges_5.q.val() {
                self.urgent.push.next = true;
                self.urgent.data_in.next.way = 1.into();
                if self.from_shadow_5.q.val() {
                    self.urgent.data_in.next.way = 2.into();
                }
            }
        }
        self.urgent.pop.next = self.urgent_ready.val();
        self.urgent_valid.next = self.urgent.valid.val();
        self.urgent_block.next = self.urgent.data_out.val().block;
        self.urgent_guest.next = self.urgent.data_out.val().guest;
        self.urgent_slot.next = self.urgent.data_out.val().slot;
        self.urgent_ticket.next = self.urgent.data_out.val().ticket;
        self.urgent_way.next = self.urgent.data_out.val().way;
    }
}
