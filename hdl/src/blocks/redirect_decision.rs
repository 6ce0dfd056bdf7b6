//! The tracker's decision for guests of S5: which place a write goes to, and what has to come before it.
//!
//! **Does**: X says which place holds a block's checkpoint (1: the shadow), Y that its current image lies in the other. Where the row says REDIRECT, a
//! write goes to the other place: at once if Y is set; if the block is in flight it waits for that ticket; if it writes the whole block it takes
//! a ticket that its own response completes; else a ticket is taken for a copy of the block from place to place (`merges`), and the write waits for it. Where the row does
//! not say so it goes to the current place. A completion without error sets Y. **Latency**: as `tracker_decision`. **Errors**: a failed completion changes nothing.
//! **Reset**: no decision.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::copies;
use crate::prelude::*;
use mch_spec::config::Config;

/// Decides at stage 4 for S5.
#[derive(Clone, Debug, LogicBlock)]
pub struct RedirectDecision {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 1: a look-up or completion for a guest of S5.
    pub concerns: Signal<In, Bit>,
    /// Stage 1: the row of the look-up's guest.
    pub policy: Signal<In, Bits<20>>,
    /// Stage 1: the write covers the whole block.
    pub whole: Signal<In, Bit>,
    /// Stage 2: the operation holds a credit.
    pub credited_2: Signal<In, Bit>,
    /// Stage 3: it is a look-up.
    pub lookup_3: Signal<In, Bit>,
    /// Stage 3: it is a completion.
    pub done_3: Signal<In, Bit>,
    /// Stage 3: the copy or write failed.
    pub failed_3: Signal<In, Bit>,
    /// Stage 3: the operation concerns a guest of S5.
    pub concerns_3: Signal<Out, Bit>,
    /// Stage 4: the block's bit in plane Y.
    pub pending: Signal<In, Bit>,
    /// Stage 4: the block's bit in plane X.
    pub touched: Signal<In, Bit>,
    /// Stage 4: the block is in flight.
    pub hit: Signal<In, Bit>,
    /// Stage 4: the write goes to the shadow.
    pub in_shadow: Signal<Out, Bit>,
    /// Stage 4: it waits for a ticket.
    pub waits: Signal<Out, Bit>,
    /// Stage 4: it takes a ticket that its response completes.
    pub owns: Signal<Out, Bit>,
    /// Stage 4: the block is to be copied from place to place.
    pub merges: Signal<Out, Bit>,
    /// Stage 4: from the shadow to system memory.
    pub from_shadow: Signal<Out, Bit>,
    /// Stage 4: set the block's Y bit.
    pub set_y: Signal<Out, Bit>,
    /// Stage 4: the operation concerns a guest of S5.
    pub concerns_4: Signal<Out, Bit>,
    concerns_at_2: Register<Bit>,
    concerns_at_3: Register<Bit>,
    concerns_at_4: Register<Bit>,
    policy_2: Register<Bits<20>>,
    policy_3: Register<Bits<20>>,
    whole_2: Register<Bit>,
    whole_3: Register<Bit>,
    whole_4: Register<Bit>,
    lookup_4: Register<Bit>,
    good_4: Register<Bit>,
    actions_3: Vec<Signal<Local, Bits<5>>>,
    redirects_4: Vec<Register<Bit>>,
    redirects: Signal<Local, Bit>,
    prepares: Signal<Local, Bit>,
}

impl RedirectDecision {
    /// The decision for a configuration.
    pub fn new(_config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            concerns: Signal::default(),
            policy: Signal::default(),
            whole: Signal::default(),
            credited_2: Signal::default(),
            lookup_3: Signal::default(),
            done_3: Signal::default(),
            failed_3: Signal::default(),
            concerns_3: Signal::default(),
            pending: Signal::default(),
            touched: Signal::default(),
            hit: Signal::default(),
            in_shadow: Signal::default(),
            waits: Signal::default(),
            owns: Signal::default(),
            merges: Signal::default(),
            from_shadow: Signal::default(),
            set_y: Signal::default(),
            concerns_4: Signal::default(),
            concerns_at_2: Register::default(),
            concerns_at_3: Register::default(),
            concerns_at_4: Register::default(),
            policy_2: Register::without_reset(),
            policy_3: Register::without_reset(),
            whole_2: Register::without_reset(),
            whole_3: Register::without_reset(),
            whole_4: Register::without_reset(),
            lookup_4: Register::default(),
            good_4: Register::default(),
            actions_3: copies(4),
            redirects_4: copies(4),
            redirects: Signal::default(),
            prepares: Signal::default(),
        }
    }
}

impl Logic for RedirectDecision {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: redirect_decision");
        comment!("Decides for guests of S5: the place a write goes to (not the checkpoint's), whether it waits for a copy of the");
        comment!("block from place to place, or covers the block and completes a ticket by its own response. A good completion");
        comment!("sets Y. A number that ends a name is the stage of the tracker's pipeline it belongs to. Reset: no decision.");
        dff_setup!(
            self,
            clock,
            concerns_at_2,
            concerns_at_3,
            concerns_at_4,
            policy_2,
            policy_3,
            whole_2,
            whole_3,
            whole_4,
            lookup_4,
            good_4
        );
        self.concerns_at_2.d.next = self.concerns.val();
        self.policy_2.d.next = self.policy.val();
        self.whole_2.d.next = self.whole.val();

        // Stage 2: a row that came into force after the look-up entered without a credit does not apply to it.
        self.concerns_at_3.d.next = self.concerns_at_2.q.val();
        self.policy_3.d.next = self.policy_2.q.val();
        if !self.credited_2.val() {
            self.policy_3.d.next = 0.into();
        }
        self.whole_3.d.next = self.whole_2.q.val();

        // Stage 3: in which of the four states the write is redirected.
        self.concerns_3.next = self.concerns_at_3.q.val();
        for i in 0..4 {
            self.actions_3[i].next = self.policy_3.q.val().get_bits::<5>(i * 5);
            self.redirects_4[i].clock.next = self.clock.val();
            self.redirects_4[i].d.next = self.concerns_at_3.q.val()
                & self.lookup_3.val()
                & self.actions_3[i].val().get_bit(4);
        }
        self.concerns_at_4.d.next = self.concerns_at_3.q.val();
        self.whole_4.d.next = self.whole_3.q.val();
        self.lookup_4.d.next = self.concerns_at_3.q.val() & self.lookup_3.val();
        self.good_4.d.next = self.concerns_at_3.q.val() & self.done_3.val() & !self.failed_3.val();

        // Stage 4: the decision at (pending, touched).
        self.concerns_4.next = self.concerns_at_4.q.val();
        self.redirects.next = self.redirects_4[0].q.val();
        if self.pending.val() & self.touched.val() {
            self.redirects.next = self.redirects_4[3].q.val();
        } else if self.pending.val() {
            self.redirects.next = self.redirects_4[2].q.val();
        } else if self.touched.val() {
            self.redirects.next = self.redirects_4[1].q.val();
        }
        self.prepares.next = self.redirects.val() & !self.pending.val();
        self.in_shadow.next = self.lookup_4.q.val()
            & (self.touched.val() != (self.pending.val() | self.redirects.val()));
        self.waits.next = self.prepares.val() & (self.hit.val() | !self.whole_4.q.val());
        self.owns.next = self.prepares.val() & !self.hit.val() & self.whole_4.q.val();
        self.merges.next = self.prepares.val() & !self.hit.val() & !self.whole_4.q.val();
        self.from_shadow.next = self.touched.val();
        self.set_y.next = self.good_4.q.val();
    }
}
