//! Fair choice among up to 16 requesters.
//!
//! **Does**: `grant` is one-hot: the lowest requester above the one chosen last, else the lowest; zero without a request.
//! `advance` makes this cycle's grant the one chosen last. **Latency**: combinational; `advance` acts in the next cycle.
//! **Errors**: none. **Reset**: requester 0 is first.

use crate::prelude::*;

/// Round-robin arbiter of up to 16 requesters.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct RoundRobin {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A bit per requester.
    pub requests: Signal<In, Bits<16>>,
    /// This cycle's grant is taken.
    pub advance: Signal<In, Bit>,
    /// One bit at most: the requester chosen.
    pub grant: Signal<Out, Bits<16>>,
    above: Register<Bits<16>>,
    upper: Signal<Local, Bits<16>>,
    chosen: Signal<Local, Bits<16>>,
}

impl Logic for RoundRobin {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: round_robin");
        comment!(
            "One-hot grant to the lowest requester above the last one taken, else to the lowest."
        );
        comment!("Combinational; advance takes the grant. Reset: requester 0 is first.");
        dff_setup!(self, clock, above);
        self.upper.next = self.requests.val() & self.above.q.val();
        // x & -x keeps the lowest bit of x.
        if self.upper.val().any() {
            self.chosen.next = self.upper.val() & (!self.upper.val() + 1);
        } else {
            self.chosen.next = self.requests.val() & (!self.requests.val() + 1);
        }
        self.grant.next = self.chosen.val();
        if self.advance.val() & self.chosen.val().any() {
            self.above.d.next = !(self.chosen.val() | (self.chosen.val() - 1));
        }
    }
}
