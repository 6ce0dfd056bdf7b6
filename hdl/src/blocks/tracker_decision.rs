//! The tracker's decision: what the policy row makes of a look-up, and what a completion changes.
//!
//! **Does**: a look-up's action is that of its guest's row at (pending, touched). MARK sets the block's X bit at once. SAVE or PUSH makes the write
//! wait for the ticket of the block's copy, which is allocated unless one is in flight. A background push allocates if the block is pending and
//! not in flight; else it is `dropped`. A completion without error sets X after a save; a push clears Y, and sets X if a write waits for it.
//! **Latency**: the row comes at stage 1, the block's state at stage 4, and the decision in that cycle, from a flat choice among registers.
//! **Errors**: a failed completion changes nothing. **Reset**: no decision.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::{constant, copies, flag};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::{Strategy, PUSH, SAVE};

/// Decides at stage 4.
#[derive(Clone, Debug, LogicBlock)]
pub struct TrackerDecision {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 1: the row of the look-up's guest; 0 for anything but a tracked look-up.
    pub policy: Signal<In, Bits<20>>,
    /// Stage 2: the operation holds a credit.
    pub credited_2: Signal<In, Bit>,
    /// Stage 3: it is a look-up.
    pub lookup_3: Signal<In, Bit>,
    /// Stage 3: it is a completion.
    pub done_3: Signal<In, Bit>,
    /// Stage 3: not of a save.
    pub done_push_3: Signal<In, Bit>,
    /// Stage 3: the copy failed.
    pub failed_3: Signal<In, Bit>,
    /// Stage 3: it asks for a background push.
    pub push_3: Signal<In, Bit>,
    /// Stage 4: the block's bit in plane Y.
    pub pending: Signal<In, Bit>,
    /// Stage 4: the block's bit in plane X.
    pub touched: Signal<In, Bit>,
    /// Stage 4: the block is in flight.
    pub hit: Signal<In, Bit>,
    /// Stage 4: a write waits for the ticket that is completed.
    pub done_wanted: Signal<In, Bit>,
    /// Stage 4: set the block's X bit.
    pub set_x: Signal<Out, Bit>,
    /// Stage 4: clear its Y bit.
    pub clear_y: Signal<Out, Bit>,
    /// Stage 4: the write waits for a ticket.
    pub waits: Signal<Out, Bit>,
    /// Stage 4: the block goes in flight.
    pub allocates: Signal<Out, Bit>,
    /// Stage 4: what goes in flight is saved; else pushed.
    pub saves: Signal<Out, Bit>,
    /// Stage 4: a background push that is not to be done.
    pub dropped: Signal<Out, Bit>,
    policy_2: Register<Bits<20>>,
    policy_3: Register<Bits<20>>,
    actions_3: Vec<Signal<Local, Bits<3>>>,
    marks_4: Vec<Register<Bit>>,
    waits_4: Vec<Register<Bit>>,
    saves_4: Vec<Register<Bit>>,
    pushed_4: Register<Bit>,
    push_4: Register<Bit>,
    needs_credit_2: Signal<Local, Bit>,
    mark_4: Signal<Local, Bit>,
    wait_4: Signal<Local, Bit>,
    starts_4: Signal<Local, Bit>,
    wait_bits: Constant<Bits<20>>,
    wait_action: Constant<Bits<3>>,
    has_tickets: Constant<Bit>,
    has_save: Constant<Bit>,
    has_push: Constant<Bit>,
}

impl TrackerDecision {
    /// The decision for a configuration's strategies.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            policy: Signal::default(),
            credited_2: Signal::default(),
            lookup_3: Signal::default(),
            done_3: Signal::default(),
            done_push_3: Signal::default(),
            failed_3: Signal::default(),
            push_3: Signal::default(),
            pending: Signal::default(),
            touched: Signal::default(),
            hit: Signal::default(),
            done_wanted: Signal::default(),
            set_x: Signal::default(),
            clear_y: Signal::default(),
            waits: Signal::default(),
            allocates: Signal::default(),
            saves: Signal::default(),
            dropped: Signal::default(),
            policy_2: Register::without_reset(),
            policy_3: Register::without_reset(),
            actions_3: copies(4),
            marks_4: copies(4),
            waits_4: copies(4),
            saves_4: copies(4),
            pushed_4: Register::default(),
            push_4: Register::default(),
            needs_credit_2: Signal::default(),
            mark_4: Signal::default(),
            wait_4: Signal::default(),
            starts_4: Signal::default(),
            wait_bits: constant(wait_bits(config)),
            wait_action: constant(wait_bits(config) & 0x1f),
            has_tickets: flag(config.has_tickets()),
            has_save: flag(config.has(Strategy::S6)),
            has_push: flag(config.has(Strategy::S4)),
        }
    }
}

/// The bits of a policy row by which a write may wait for a ticket.
pub(super) fn wait_bits(config: &Config) -> u64 {
    let mut action = 0;
    if config.has(Strategy::S6) {
        action |= SAVE;
    }
    if config.has(Strategy::S4) {
        action |= PUSH;
    }
    (action | action << 5 | action << 10 | action << 15).into()
}

impl Logic for TrackerDecision {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: tracker_decision");
        comment!("What a policy row makes of a look-up at (pending, touched), and what a completion changes. The row comes at");
        comment!("stage 1, the block's state at stage 4, the decision in that cycle. MARK sets X at once; SAVE and PUSH wait");
        comment!("for the ticket of the block's copy. A good save sets X; a good push clears Y, and sets X if it is wanted.");
        comment!("A number that ends a name is the stage of the pipeline it belongs to. Reset: no decision.");
        dff_setup!(self, clock, policy_2, policy_3, pushed_4, push_4);

        // Stage 2: a row that came into force after the look-up entered without a credit does not apply to it.
        self.policy_2.d.next = self.policy.val();
        self.needs_credit_2.next = false;
        if self.has_tickets.val() {
            self.needs_credit_2.next = (self.policy_2.q.val() & self.wait_bits.val()).any();
        }
        self.policy_3.d.next = self.policy_2.q.val();
        if self.needs_credit_2.val() & !self.credited_2.val() {
            self.policy_3.d.next = 0.into();
        }

        // Stage 3: what would be done in each of the four states.
        for i in 0..4 {
            self.actions_3[i].next = self.policy_3.q.val().get_bits::<3>(i * 5);
            self.marks_4[i].clock.next = self.clock.val();
            self.waits_4[i].clock.next = self.clock.val();
            self.saves_4[i].clock.next = self.clock.val();
            self.saves_4[i].d.next = false;
            self.waits_4[i].d.next = false;
            if self.has_save.val() {
                self.saves_4[i].d.next = self.actions_3[i].val().get_bit(1);
                self.waits_4[i].d.next = self.lookup_3.val() & self.actions_3[i].val().get_bit(1);
                if self.has_push.val() {
                    self.waits_4[i].d.next = self.lookup_3.val()
                        & (self.actions_3[i].val().get_bit(1) | self.actions_3[i].val().get_bit(2));
                }
            } else if self.has_push.val() {
                self.waits_4[i].d.next = self.lookup_3.val() & self.actions_3[i].val().get_bit(2);
            }
            self.marks_4[i].d.next = self.lookup_3.val() & self.actions_3[i].val().get_bit(0);
            if self.has_tickets.val() {
                self.marks_4[i].d.next =
                    (self.done_3.val() & !self.failed_3.val() & !self.done_push_3.val())
                        | (self.lookup_3.val()
                            & self.actions_3[i].val().get_bit(0)
                            & !(self.actions_3[i].val() & self.wait_action.val()).any());
            }
        }
        self.pushed_4.d.next = self.done_3.val() & !self.failed_3.val() & self.done_push_3.val();
        self.push_4.d.next = self.push_3.val();

        // Stage 4: the action at (pending, touched).
        self.mark_4.next = self.marks_4[0].q.val();
        self.wait_4.next = self.waits_4[0].q.val();
        self.saves.next = self.saves_4[0].q.val();
        if self.pending.val() & self.touched.val() {
            self.mark_4.next = self.marks_4[3].q.val();
            self.wait_4.next = self.waits_4[3].q.val();
            self.saves.next = self.saves_4[3].q.val();
        } else if self.pending.val() {
            self.mark_4.next = self.marks_4[2].q.val();
            self.wait_4.next = self.waits_4[2].q.val();
            self.saves.next = self.saves_4[2].q.val();
        } else if self.touched.val() {
            self.mark_4.next = self.marks_4[1].q.val();
            self.wait_4.next = self.waits_4[1].q.val();
            self.saves.next = self.saves_4[1].q.val();
        }
        self.set_x.next = self.mark_4.val();
        self.clear_y.next = false;
        self.starts_4.next = self.wait_4.val();
        self.dropped.next = false;
        if self.has_push.val() {
            self.set_x.next = self.mark_4.val() | (self.pushed_4.q.val() & self.done_wanted.val());
            self.clear_y.next = self.pushed_4.q.val();
            self.starts_4.next = self.wait_4.val() | (self.push_4.q.val() & self.pending.val());
            self.dropped.next = self.push_4.q.val() & (!self.pending.val() | self.hit.val());
        }
        self.waits.next = self.wait_4.val();
        self.allocates.next = self.starts_4.val() & !self.hit.val();
    }
}
