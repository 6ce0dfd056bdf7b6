//! How fast copies that nobody waits for may go while the ports read.
//!
//! Memory answers reads in the order in which it took them, or nearly so: a processor's read waits behind all copies whose reads memory
//! has taken already. So while a port has read within the last 1,023 cycles, no further *lazy* read begins as long as one of the engine's of eight or sixteen
//! beats is in flight, or as many shorter ones as have eight beats. The same holds for the first 1,023 cycles of such copies: they begin at a guest's release,
//! and its processors are about to read. After that the copies go as fast as memory takes them.
//!
//! **Latency**: `full` follows a read taken in the next cycle. **Reset**: nothing in flight.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::Config;

/// Beats that lazy reads may have in flight, if a single chunk has not more.
const BEATS: u32 = 8;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct BackgroundPace {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Memory takes a read of a port.
    pub port_taken: Signal<In, Bit>,
    /// A lazy read of the copy engine waits.
    pub lazy_waits: Signal<In, Bit>,
    /// Memory takes a read of the copy engine.
    pub engine_taken: Signal<In, Bit>,
    /// The last beat of one of its reads comes.
    pub engine_ended: Signal<In, Bit>,
    /// No lazy read may begin.
    pub full: Signal<Out, Bit>,
    recent: Register<Bits<10>>,
    in_flight: Register<Bits<8>>,
    limit: Constant<Bits<8>>,
}

impl BackgroundPace {
    /// The pace for a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            port_taken: Signal::default(),
            lazy_waits: Signal::default(),
            engine_taken: Signal::default(),
            engine_ended: Signal::default(),
            full: Signal::default(),
            recent: Register::default(),
            in_flight: Register::default(),
            limit: constant(Self::limit(config).into()),
        }
    }

    /// Reads of the engine in flight with which no further lazy one begins.
    pub fn limit(config: &Config) -> u32 {
        (BEATS / config.chunk_beats()).max(1)
    }
}

impl Logic for BackgroundPace {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: background_pace");
        comment!("While a port has read within the last 1,023 cycles, and for the first 1,023 of copies that nobody waits for, full is 1");
        comment!("as long as the engine has a block's reads in flight: no further such copy begins. Reset: none in flight.");
        dff_setup!(self, clock, recent, in_flight);
        if self.port_taken.val() | (!self.lazy_waits.val() & !self.in_flight.q.val().any()) {
            self.recent.d.next = 1023.into();
        } else if self.recent.q.val().any() {
            self.recent.d.next = self.recent.q.val() - 1;
        }
        if self.engine_taken.val() & !self.engine_ended.val() {
            self.in_flight.d.next = self.in_flight.q.val() + 1;
        } else if self.engine_ended.val() & !self.engine_taken.val() {
            self.in_flight.d.next = self.in_flight.q.val() - 1;
        }
        self.full.next = self.recent.q.val().any() & (self.in_flight.q.val() >= self.limit.val());
    }
}
