//! A shallow first-word-fall-through queue.

use super::{address_width, ClkRst, DistributedRam, Register};
use crate::prelude::*;

/// A queue of any run-time depth from 1 to 65,535, in distributed memory: for shallow queues.
///
/// `data_out` shows the oldest item while `valid`; `pop` removes it. An item is seen one cycle after its
/// push. A push while `full` and a pop while not `valid` do nothing.
#[derive(Clone, Debug, LogicBlock)]
pub struct Fifo<D: Synth> {
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
    memory: DistributedRam<D, 16>,
    write_pointer: Register<Bits<16>>,
    read_pointer: Register<Bits<16>>,
    stored: Register<Bits<16>>,
    occupied: Register<Bit>,
    filled: Register<Bit>,
    do_push: Signal<Local, Bit>,
    do_pop: Signal<Local, Bit>,
    last: Constant<Bits<16>>,
    wraps: Constant<Bit>,
    takes_all: Constant<Bit>,
}

impl<D: Synth> Fifo<D> {
    /// A queue of `depth` items.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, DistributedRam::new(depth))
    }

    /// The same; what is offered is written into a free place in every cycle: that it is pushed may be known late.
    pub(super) fn writing_ahead(mut self) -> Self {
        self.takes_all = Constant::new(true);
        self
    }

    fn build(depth: usize, memory: DistributedRam<D, 16>) -> Self {
        assert!(
            (1..=0xffff).contains(&depth),
            "a queue holds 1 to 65535 items, not {depth}"
        );
        let pointer = || Register::narrow(0.into(), address_width(depth));
        Self {
            clock: Signal::default(),
            push: Signal::default(),
            data_in: Signal::default(),
            full: Signal::default(),
            pop: Signal::default(),
            data_out: Signal::default(),
            valid: Signal::default(),
            count: Signal::default(),
            memory,
            write_pointer: pointer(),
            read_pointer: pointer(),
            stored: Register::narrow(0.into(), clog2(depth + 1)),
            occupied: Register::default(),
            filled: Register::default(),
            do_push: Signal::default(),
            do_pop: Signal::default(),
            last: Constant::new((depth - 1).to_bits()),
            wraps: Constant::new(depth != 1 << address_width(depth)),
            takes_all: Constant::new(false),
        }
    }
}

impl<const N: usize> Fifo<Bits<N>> {
    /// A queue of `depth` items of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self::build(depth, DistributedRam::narrow(depth, width))
    }
}

impl<D: Synth> Logic for Fifo<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: fifo");
        comment!("First-word-fall-through queue in distributed memory: data_out is the oldest item while");
        comment!("valid. A push while full and a pop while not valid do nothing.");
        dff_setup!(
            self,
            clock,
            write_pointer,
            read_pointer,
            stored,
            occupied,
            filled
        );
        clock!(self, clock, memory);
        // Registers of their own: much hangs on both.
        self.full.next = self.filled.q.val();
        self.valid.next = self.occupied.q.val();
        self.count.next = self.stored.q.val();
        self.do_push.next = self.push.val() & !self.filled.q.val();
        self.do_pop.next = self.pop.val() & self.occupied.q.val();

        if self.takes_all.val() {
            self.memory.write_enable.next = !self.filled.q.val();
        } else {
            self.memory.write_enable.next = self.do_push.val();
        }
        self.memory.write_address.next = self.write_pointer.q.val();
        self.memory.write_data.next = self.data_in.val();
        self.memory.read_address.next = self.read_pointer.q.val();
        self.data_out.next = self.memory.read_data.val();

        if self.do_push.val() {
            if self.wraps.val() & (self.write_pointer.q.val() == self.last.val()) {
                self.write_pointer.d.next = 0.into();
            } else {
                self.write_pointer.d.next = self.write_pointer.q.val() + 1;
            }
        }
        if self.do_pop.val() {
            if self.wraps.val() & (self.read_pointer.q.val() == self.last.val()) {
                self.read_pointer.d.next = 0.into();
            } else {
                self.read_pointer.d.next = self.read_pointer.q.val() + 1;
            }
        }
        if self.do_push.val() & !self.do_pop.val() {
            self.stored.d.next = self.stored.q.val() + 1;
            self.occupied.d.next = true;
            self.filled.d.next = self.stored.q.val() == self.last.val();
        } else if self.do_pop.val() & !self.do_push.val() {
            self.stored.d.next = self.stored.q.val() - 1;
            self.occupied.d.next = self.stored.q.val() != bits::<16>(1);
            self.filled.d.next = false;
        }
    }
}
