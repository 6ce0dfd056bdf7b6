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
    candidates: Signal<Local, Bits<16>>,
    above_2: Signal<Local, Bits<16>>,
    above_4: Signal<Local, Bits<16>>,
    above_8: Signal<Local, Bits<16>>,
    above_any: Signal<Local, Bits<16>>,
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
        self.candidates.next = self.requests.val();
        if self.upper.val().any() {
            self.candidates.next = self.upper.val();
        }
        // The bits above any candidate: all but the lowest candidate lie there. No carry, for few requesters need none.
        self.above_2.next = (self.candidates.val() << 1) | (self.candidates.val() << 2);
        self.above_4.next = self.above_2.val() | (self.above_2.val() << 2);
        self.above_8.next = self.above_4.val() | (self.above_4.val() << 4);
        self.above_any.next = self.above_8.val() | (self.above_8.val() << 8);
        self.chosen.next = self.candidates.val() & !self.above_any.val();
        self.grant.next = self.chosen.val();
        if self.advance.val() & self.requests.val().any() {
            self.above.d.next = self.above_any.val();
        }
    }
}
