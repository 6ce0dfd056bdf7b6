//! Events of all ports that concern one guest.
//!
//! **Does**: bit p of `events` is set when port p's event was for this guest. **Latency**: one cycle. **Reset**: none.

use super::constants::{constant, copies};
use super::or_tree::OrTree;
use crate::prelude::*;

/// Picks one guest's events.
#[derive(Clone, Debug, LogicBlock)]
pub struct PortEvents {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per port: an event.
    pub valid: Vec<Signal<In, Bit>>,
    /// Its guest.
    pub guest: Vec<Signal<In, Bits<4>>>,
    /// A bit per port: an event of this guest.
    pub events: Signal<Out, Bits<8>>,
    merge: OrTree<8>,
    state: Register<Bits<8>>,
    own_guest: Constant<Bits<4>>,
    port_bits: Vec<Constant<Bits<8>>>,
    _ports: usize,
}

impl PortEvents {
    /// The events of `ports` ports for guest `guest`.
    pub fn new(ports: usize, guest: u64) -> Self {
        Self {
            clock: Signal::default(),
            valid: copies(ports),
            guest: copies(ports),
            events: Signal::default(),
            merge: OrTree::new(ports),
            state: Register::narrow(0.into(), ports),
            own_guest: constant(guest),
            port_bits: (0..ports).map(|p| constant(1 << p)).collect(),
            _ports: ports,
        }
    }
}

impl Logic for PortEvents {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: port_events");
        comment!(
            "Bit p of events: in the last cycle port p had an event of this guest. Reset: none."
        );
        dff_setup!(self, clock, state);
        for p in 0..self._ports {
            self.merge.inputs[p].next = 0.into();
            if self.valid[p].val() & (self.guest[p].val() == self.own_guest.val()) {
                self.merge.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.state.d.next = self.merge.merged.val();
        self.events.next = self.state.q.val();
    }
}
