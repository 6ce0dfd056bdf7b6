//! A queue whose oldest item stands in a register.

use super::{ClkRst, Fifo, Register};
use crate::prelude::*;

/// A first-word-fall-through queue like [`Fifo`], with `data_out` from a register.
///
/// For items on which much hangs: reading distributed memory first costs time. An item pushed into an empty queue is at the
/// output in the next cycle, as with [`Fifo`].
#[derive(Clone, Debug, LogicBlock)]
pub struct FrontFifo<D: Synth> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Appends `data_in`, unless `full`.
    pub push: Signal<In, Bit>,
    /// The item to append.
    pub data_in: Signal<In, D>,
    /// No room for another item.
    pub full: Signal<Out, Bit>,
    /// Removes the oldest item, if `valid`.
    pub pop: Signal<In, Bit>,
    /// The oldest item.
    pub data_out: Signal<Out, D>,
    /// There is an oldest item.
    pub valid: Signal<Out, Bit>,
    /// Items stored.
    pub count: Signal<Out, Bits<16>>,
    behind: Fifo<D>,
    front_valid: Register<Bit>,
    front: Register<D>,
    moves: Signal<Local, Bit>,
    do_push: Signal<Local, Bit>,
}

impl<D: Synth> FrontFifo<D> {
    /// A queue of `depth` items, 2 at least.
    pub fn new(depth: usize) -> Self {
        Self::build(Fifo::new(depth - 1), Register::without_reset())
    }

    fn build(behind: Fifo<D>, front: Register<D>) -> Self {
        Self {
            clock: Signal::default(),
            push: Signal::default(),
            data_in: Signal::default(),
            full: Signal::default(),
            pop: Signal::default(),
            data_out: Signal::default(),
            valid: Signal::default(),
            count: Signal::default(),
            behind: behind.writing_ahead(),
            front_valid: Register::default(),
            front,
            moves: Signal::default(),
            do_push: Signal::default(),
        }
    }
}

impl<const N: usize> FrontFifo<Bits<N>> {
    /// A queue of `depth` items, 2 at least, of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self::build(
            Fifo::narrow(depth - 1, width),
            Register::narrow_without_reset(width),
        )
    }
}

impl<D: Synth> Logic for FrontFifo<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: front_fifo");
        comment!("First-word-fall-through queue whose oldest item stands in a register. A push while full and a pop while");
        comment!("not valid do nothing.");
        dff_setup!(self, clock, front_valid, front);
        clock!(self, clock, behind);
        self.full.next = self.behind.full.val();
        self.valid.next = self.front_valid.q.val();
        self.data_out.next = self.front.q.val();
        self.count.next = self.behind.count.val();
        if self.front_valid.q.val() {
            self.count.next = self.behind.count.val() + 1;
        }
        self.do_push.next = self.push.val() & !self.behind.full.val();
        self.moves.next = !self.front_valid.q.val() | self.pop.val();
        self.behind.pop.next = self.moves.val();
        self.behind.push.next = self.do_push.val() & (self.behind.valid.val() | !self.moves.val());
        self.behind.data_in.next = self.data_in.val();
        if self.moves.val() {
            self.front_valid.d.next = self.behind.valid.val() | self.do_push.val();
            self.front.d.next = self.data_in.val();
            if self.behind.valid.val() {
                self.front.d.next = self.behind.data_out.val();
            }
        }
    }
}
