//! A register slice for a valid/ready channel.

use super::{ClkRst, Register};
use crate::prelude::*;

/// Cuts every combinational path of a valid/ready channel and still moves one item per cycle.
///
/// Both `in_ready` and `out_valid` come from registers. One cycle of latency, two items of storage; or one, for an item every other cycle.
/// `out_data` comes from a register, whose enable hangs on `out_ready`; or, [`SkidBuffer::in_turn`], from behind a choice.
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
    oldest_in_spare: Register<Bit>,
    has_spare: Constant<Bit>,
    in_turn: Constant<Bit>,
}

impl<D: Synth> Default for SkidBuffer<D> {
    fn default() -> Self {
        Self::build(Register::without_reset(), Register::without_reset(), true)
    }
}

impl<const N: usize> SkidBuffer<Bits<N>> {
    /// A buffer of items of `width` bits.
    pub fn narrow(width: usize) -> Self {
        Self::build(
            Register::narrow_without_reset(width),
            Register::narrow_without_reset(width),
            true,
        )
    }
}

impl<D: Synth> SkidBuffer<D> {
    /// A buffer of one item, if `single`: half the registers and no choice among them, for an item every other cycle.
    pub fn sized(single: bool) -> Self {
        Self::build(
            Register::without_reset(),
            Register::without_reset(),
            !single,
        )
    }

    /// A buffer whose two registers take items in turn, [`SkidBuffer::sized`] otherwise: a late `out_ready` moves a few bits and no
    /// item.
    pub fn in_turn(single: bool) -> Self {
        Self {
            in_turn: Constant::new(!single),
            ..Self::sized(single)
        }
    }

    fn build(front: Register<D>, spare: Register<D>, has_spare: bool) -> Self {
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
            oldest_in_spare: Register::default(),
            has_spare: Constant::new(has_spare),
            in_turn: Constant::new(false),
        }
    }
}

impl<D: Synth> Logic for SkidBuffer<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: skid_buffer");
        comment!(
            "Register slice of a valid/ready channel: one cycle of latency, no combinational path between the"
        );
        comment!("two sides; one item per cycle, or with room for one only every other cycle.");
        dff_setup!(
            self,
            clock,
            front_valid,
            front,
            spare_valid,
            spare,
            oldest_in_spare
        );
        if self.has_spare.val() {
            self.in_ready.next = !self.spare_valid.q.val();
        } else {
            self.in_ready.next = !self.front_valid.q.val();
        }
        self.out_valid.next = self.front_valid.q.val();
        self.out_data.next = self.front.q.val();
        if !self.has_spare.val() {
            if self.out_ready.val() {
                self.front_valid.d.next = false;
            }
            if !self.front_valid.q.val() {
                self.front_valid.d.next = self.in_valid.val();
                self.front.d.next = self.in_data.val();
            }
        } else if !self.front_valid.q.val() | self.out_ready.val() {
            if self.spare_valid.q.val() {
                self.front_valid.d.next = true;
                self.spare_valid.d.next = false;
                if !self.in_turn.val() {
                    self.front.d.next = self.spare.q.val();
                }
            } else {
                self.front_valid.d.next = self.in_valid.val();
                if !self.in_turn.val() {
                    self.front.d.next = self.in_data.val();
                }
            }
        } else if self.in_valid.val() & !self.spare_valid.q.val() {
            self.spare_valid.d.next = true;
        }
        // Whatever is offered: that it is meant may be known late in the cycle.
        if self.has_spare.val() & !self.spare_valid.q.val() {
            if !self.in_turn.val() {
                self.spare.d.next = self.in_data.val();
            } else if self.oldest_in_spare.q.val() == self.front_valid.q.val() {
                self.front.d.next = self.in_data.val();
            } else {
                self.spare.d.next = self.in_data.val();
            }
        }
        if self.in_turn.val() {
            if self.oldest_in_spare.q.val() {
                self.out_data.next = self.spare.q.val();
            }
            if self.front_valid.q.val() & self.out_ready.val() {
                self.oldest_in_spare.d.next = !self.oldest_in_spare.q.val();
            }
        }
    }
}
