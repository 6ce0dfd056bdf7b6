//! Whose turn it is on a channel to memory.
//!
//! **Does**: chooses among foreground requests round robin, and gives the copy engine's background bursts what is left, but at least a sixteenth: while a
//! background burst waits the foreground beats granted are counted, and at 14 times its own beats it goes next, or after one more grant. A *paced* one gets that share alone. After a
//! background burst a waiting foreground request goes first. A choice once shown stays until taken. **Latency**: combinational grant. **Reset**: source 0 is first.

use super::constants::constant;
use super::round_robin::RoundRobin;
use crate::prelude::*;

/// Arbitration between foreground sources and the background.
#[derive(Clone, Debug, LogicBlock)]
pub struct MemoryTurn {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A bit per source: a foreground request. Stays until granted and taken.
    pub foreground: Signal<In, Bits<16>>,
    /// The engine has a background request. May become a foreground one while it waits.
    pub background: Signal<In, Bit>,
    /// It takes only its share.
    pub background_paced: Signal<In, Bit>,
    /// Beats - 1 of the background request.
    pub background_len: Signal<In, Bits<8>>,
    /// The source chosen, one-hot; zero without a request.
    pub grant: Signal<Out, Bits<16>>,
    /// Beats - 1 of the request chosen.
    pub granted_len: Signal<In, Bits<8>>,
    /// The request chosen is taken.
    pub taken: Signal<In, Bit>,
    arbiter: RoundRobin,
    locked: Register<Bit>,
    locked_grant: Register<Bits<16>>,
    locked_background: Register<Bit>,
    after_background: Register<Bit>,
    share: Register<Bits<13>>,
    threshold: Register<Bits<13>>,
    due: Register<Bit>,
    background_next: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<16>>,
    chosen_background: Signal<Local, Bit>,
    counted: Signal<Local, Bits<13>>,
    background_beats: Signal<Local, Bits<13>>,
    engine: Constant<Bits<16>>,
}

impl MemoryTurn {
    /// Turns among sources of which number `engine` is the copy engine.
    pub fn new(engine: usize) -> Self {
        Self {
            clock: Signal::default(),
            foreground: Signal::default(),
            background: Signal::default(),
            background_paced: Signal::default(),
            background_len: Signal::default(),
            grant: Signal::default(),
            granted_len: Signal::default(),
            taken: Signal::default(),
            arbiter: RoundRobin::default(),
            locked: Register::default(),
            locked_grant: Register::default(),
            locked_background: Register::default(),
            after_background: Register::default(),
            share: Register::default(),
            threshold: Register::without_reset(),
            due: Register::default(),
            background_next: Signal::default(),
            chosen: Signal::default(),
            chosen_background: Signal::default(),
            counted: Signal::default(),
            background_beats: Signal::default(),
            engine: constant(1 << engine),
        }
    }
}

impl Logic for MemoryTurn {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: memory_turn");
        comment!("Round robin among foreground requests; the background gets the rest and at least 1 beat in 16, and never two");
        comment!("bursts running before a waiting foreground request; a paced one only that share. A choice stays until taken. Combinational grant.");
        dff_setup!(
            self,
            clock,
            locked,
            locked_grant,
            locked_background,
            after_background,
            share,
            threshold,
            due
        );
        clock!(self, clock, arbiter);
        self.arbiter.requests.next = self.foreground.val();
        // The threshold is that of the request waiting: share is 0 in a request's first cycle.
        self.background_beats.next = bit_cast::<13, 8>(self.background_len.val()) + 1;
        self.threshold.d.next = (self.background_beats.val() << bits::<13>(4))
            - (self.background_beats.val() << bits::<13>(1));
        // Known a cycle late: one more foreground burst may go before.
        self.due.d.next = self.background.val()
            & self.share.q.val().any()
            & (self.share.q.val() >= self.threshold.q.val());
        self.background_next.next = self.background.val()
            & ((!self.foreground.val().any() & !self.background_paced.val())
                | (!self.after_background.q.val() & self.due.q.val()));
        if self.locked.q.val() {
            self.chosen.next = self.locked_grant.q.val();
            self.chosen_background.next = self.locked_background.q.val();
        } else if self.background_next.val() {
            self.chosen.next = self.engine.val();
            self.chosen_background.next = true;
        } else {
            self.chosen.next = self.arbiter.grant.val();
            self.chosen_background.next = false;
        }
        self.arbiter.advance.next = !self.locked.q.val() & !self.background_next.val();
        self.grant.next = self.chosen.val();
        self.locked.d.next = self.chosen.val().any() & !self.taken.val();
        self.locked_grant.d.next = self.chosen.val();
        self.locked_background.d.next = self.chosen_background.val();

        self.counted.next = self.share.q.val() + bit_cast::<13, 8>(self.granted_len.val()) + 1;
        if !self.background.val() {
            self.share.d.next = 0.into();
        }
        if self.taken.val() {
            self.after_background.d.next = self.chosen_background.val();
            if self.chosen_background.val() {
                self.share.d.next = 0.into();
                self.due.d.next = false;
            } else if self.background.val() & !self.share.q.val().get_bit(12) {
                self.share.d.next = self.counted.val();
            }
        }
    }
}
