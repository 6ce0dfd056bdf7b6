//! A deep first-word-fall-through queue in block memory.

use super::{address_width, BlockRam, ClkRst, Register};
use crate::prelude::*;

/// A queue of any run-time depth from 1 to 65,535 in block memory: for deep queues.
///
/// `data_out` comes from a register and shows the oldest item while `valid`; one item goes in and one
/// comes out in every cycle. An item is seen three cycles after its push into an empty queue. A push while
/// `full` and a pop while not `valid` do nothing. The memory's collision case cannot arise: a word is read
/// at the earliest in the cycle after its write.
#[derive(Clone, Debug, LogicBlock)]
pub struct BlockFifo<D: Synth> {
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
    /// The oldest item is at the output.
    pub valid: Signal<Out, Bit>,
    /// Items stored, those on their way to the output included.
    pub count: Signal<Out, Bits<16>>,
    memory: BlockRam<D, 16>,
    write_pointer: Register<Bits<16>>,
    read_pointer: Register<Bits<16>>,
    stored: Register<Bits<16>>,
    in_memory: Register<Bits<16>>,
    filled: Register<Bit>,
    waiting: Register<Bit>,
    fetched: Register<Bit>,
    front_valid: Register<Bit>,
    front: Register<D>,
    do_push: Signal<Local, Bit>,
    do_pop: Signal<Local, Bit>,
    front_moves: Signal<Local, Bit>,
    fetch: Signal<Local, Bit>,
    last: Constant<Bits<16>>,
    wraps: Constant<Bit>,
}

impl<D: Synth> BlockFifo<D> {
    /// A queue of `depth` items.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, BlockRam::new(depth), Register::without_reset())
    }

    fn build(depth: usize, memory: BlockRam<D, 16>, front: Register<D>) -> Self {
        assert!(
            (1..=0xffff).contains(&depth),
            "a queue holds 1 to 65535 items, not {depth}"
        );
        let pointer = || Register::narrow(0.into(), address_width(depth));
        let counter = || Register::narrow(0.into(), clog2(depth + 1));
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
            stored: counter(),
            in_memory: counter(),
            filled: Register::default(),
            waiting: Register::default(),
            fetched: Register::default(),
            front_valid: Register::default(),
            front,
            do_push: Signal::default(),
            do_pop: Signal::default(),
            front_moves: Signal::default(),
            fetch: Signal::default(),
            last: Constant::new((depth - 1).to_bits()),
            wraps: Constant::new(depth != 1 << address_width(depth)),
        }
    }
}

impl<const N: usize> BlockFifo<Bits<N>> {
    /// A queue of `depth` items of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self::build(
            depth,
            BlockRam::narrow(depth, width),
            Register::narrow_without_reset(width),
        )
    }
}

impl<D: Synth> Logic for BlockFifo<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: block_fifo");
        comment!("First-word-fall-through queue in block memory with a registered output: one item in and");
        comment!("one out per cycle. A push while full and a pop while not valid do nothing.");
        dff_setup!(
            self,
            clock,
            write_pointer,
            read_pointer,
            stored,
            in_memory,
            filled,
            waiting,
            fetched,
            front_valid,
            front
        );
        clock!(self, clock, memory);
        // Registers of their own: much hangs on both.
        self.full.next = self.filled.q.val();
        self.valid.next = self.front_valid.q.val();
        self.data_out.next = self.front.q.val();
        self.count.next = self.stored.q.val();
        self.do_push.next = self.push.val() & !self.filled.q.val();
        self.do_pop.next = self.pop.val() & self.front_valid.q.val();
        self.front_moves.next = !self.front_valid.q.val() | self.pop.val();
        self.fetch.next = self.waiting.q.val() & (!self.fetched.q.val() | self.front_moves.val());

        self.memory.write_enable.next = self.do_push.val();
        self.memory.write_address.next = self.write_pointer.q.val();
        self.memory.write_data.next = self.data_in.val();
        self.memory.read_enable.next = self.fetch.val();
        self.memory.read_address.next = self.read_pointer.q.val();

        if self.front_moves.val() {
            self.front_valid.d.next = self.fetched.q.val();
            self.front.d.next = self.memory.read_data.val();
            self.fetched.d.next = false;
        }
        if self.fetch.val() {
            self.fetched.d.next = true;
            if self.wraps.val() & (self.read_pointer.q.val() == self.last.val()) {
                self.read_pointer.d.next = 0.into();
            } else {
                self.read_pointer.d.next = self.read_pointer.q.val() + 1;
            }
        }
        if self.do_push.val() {
            if self.wraps.val() & (self.write_pointer.q.val() == self.last.val()) {
                self.write_pointer.d.next = 0.into();
            } else {
                self.write_pointer.d.next = self.write_pointer.q.val() + 1;
            }
        }
        if self.do_push.val() & !self.do_pop.val() {
            self.stored.d.next = self.stored.q.val() + 1;
            self.filled.d.next = self.stored.q.val() == self.last.val();
        } else if self.do_pop.val() & !self.do_push.val() {
            self.stored.d.next = self.stored.q.val() - 1;
            self.filled.d.next = false;
        }
        if self.do_push.val() & !self.fetch.val() {
            self.in_memory.d.next = self.in_memory.q.val() + 1;
            self.waiting.d.next = true;
        } else if self.fetch.val() & !self.do_push.val() {
            self.in_memory.d.next = self.in_memory.q.val() - 1;
            self.waiting.d.next = self.in_memory.q.val() != bits::<16>(1);
        }
    }
}
