//! A register slice for a valid/ready channel.

use super::{ClkRst, Register};
use crate::prelude::*;

/// Cuts every combinational path of a valid/ready channel and still moves one item per cycle.
///
/// Both `in_ready` and `out_valid` come from registers. One cycle of latency, two items of storage.
#[derive(Clone, Debug, LogicBlock)]
pub struct SkidBuffer<D: Synth> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The upstream side offers `in_data`.
    pub in_valid: Signal<In, Bit>,
    /// The item offered.
    pub in_data: Signal<In, D>,
    /// The buffer takes the item offered.
    pub in_ready: Signal<Out, Bit>,
    /// The buffer offers `out_data`.
    pub out_valid: Signal<Out, Bit>,
    /// The item offered downstream, steady until taken.
    pub out_data: Signal<Out, D>,
    /// The downstream side takes the item.
    pub out_ready: Signal<In, Bit>,
    front_valid: Register<Bit>,
    front: Register<D>,
    spare_valid: Register<Bit>,
    spare: Register<D>,
}

impl<D: Synth> Default for SkidBuffer<D> {
    fn default() -> Self {
        Self::build(Register::without_reset(), Register::without_reset())
    }
}

impl<const N: usize> SkidBuffer<Bits<N>> {
    /// A buffer of items of `width` bits.
    pub fn narrow(width: usize) -> Self {
        Self::build(
            Register::narrow_without_reset(width),
            Register::narrow_without_reset(width),
        )
    }
}

impl<D: Synth> SkidBuffer<D> {
    fn build(front: Register<D>, spare: Register<D>) -> Self {
        Self {
            clock: Signal::default(),
            in_valid: Signal::default(),
            in_data: Signal::default(),
            in_ready: Signal::default(),
            out_valid: Signal::default(),
            out_data: Signal::default(),
            out_ready: Signal::default(),
            front_valid: Register::default(),
            front,
            spare_valid: Register::default(),
            spare,
        }
    }
}

impl<D: Synth> Logic for SkidBuffer<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: skid_buffer");
        comment!(
            "Register slice of a valid/ready channel: one item per cycle, one cycle of latency,"
        );
        comment!("and no combinational path between the two sides.");
        dff_setup!(self, clock, front_valid, front, spare_valid, spare);
        self.in_ready.next = !self.spare_valid.q.val();
        self.out_valid.next = self.front_valid.q.val();
        self.out_data.next = self.front.q.val();
        if !self.front_valid.q.val() | self.out_ready.val() {
            if self.spare_valid.q.val() {
                self.front_valid.d.next = true;
                self.front.d.next = self.spare.q.val();
                self.spare_valid.d.next = false;
            } else {
                self.front_valid.d.next = self.in_valid.val();
                self.front.d.next = self.in_data.val();
            }
        } else if self.in_valid.val() & !self.spare_valid.q.val() {
            self.spare_valid.d.next = true;
        }
        // Whatever is offered: that it is meant may be known late in the cycle.
        if !self.spare_valid.q.val() {
            self.spare.d.next = self.in_data.val();
        }
    }
}
