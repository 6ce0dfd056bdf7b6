//! The slot after a slot of a ring: the one below, or with S1 the one above, in a circle. Combinational.

use super::constants::flag;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct RingStep {
    /// A slot.
    pub slot: Signal<In, Bits<26>>,
    /// Upwards, from `last` to 0. With S1.
    pub forward: Signal<In, Bit>,
    /// The ring's last slot.
    pub last: Signal<In, Bits<26>>,
    /// The slot after it.
    pub after: Signal<Out, Bits<26>>,
    has_forward: Constant<Bit>,
}

impl RingStep {
    /// For the strategies of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            slot: Signal::default(),
            forward: Signal::default(),
            last: Signal::default(),
            after: Signal::default(),
            has_forward: flag(config.captures()),
        }
    }
}

impl Logic for RingStep {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: ring_step");
        comment!(
            "The slot of a ring below a slot, or the one above it, in a circle. Combinational."
        );
        self.after.next = self.slot.val() - 1;
        if self.has_forward.val() & self.forward.val() {
            self.after.next = self.slot.val() + 1;
            if self.slot.val() == self.last.val() {
                self.after.next = 0.into();
            }
        }
    }
}
