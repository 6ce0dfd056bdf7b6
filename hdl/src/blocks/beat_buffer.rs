//! A deep queue of data beats whose empty path costs one cycle.
//!
//! **Does**: holds beats of `D` data bits and `S` side bits (strobes, or response and last) in block memory, with two registers in
//! front of it that a beat may enter directly. **Latency**: a beat is at the output in the cycle after it came, when nothing is
//! before it; else as soon as it is the oldest, but three cycles after it came if it went through memory. One in and one out per cycle. A buffer
//! `through_memory` lacks the two registers: a beat is there two cycles after it came, in the memory's own output register.
//! **Order**: first in, first out. **Errors**: a beat that comes while `full` is lost; who reserves room never sees `full`.
//! **Reset**: empty.

use super::constants::{constant, flag};
use crate::prelude::*;

/// Bits of the widest beat, of 512 data bits and 64 strobes.
const WORD: usize = 576;

/// Queue of beats in block memory with a bypass. A beat's side bits stand above its data in one word: two block memories of 36 bits have them
/// to spare, 8 in 72.
#[derive(Clone, Debug, LogicBlock)]
pub struct BeatBuffer<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A beat comes.
    pub in_valid: Signal<In, Bit>,
    /// Its data.
    pub in_data: Signal<In, Bits<D>>,
    /// Its side bits.
    pub in_side: Signal<In, Bits<S>>,
    /// No room; from a register.
    pub full: Signal<Out, Bit>,
    /// The oldest beat is at the output.
    pub out_valid: Signal<Out, Bit>,
    /// Its data, from a register.
    pub out_data: Signal<Out, Bits<D>>,
    /// Its side bits, from a register.
    pub out_side: Signal<Out, Bits<S>>,
    /// Removes the oldest beat, if `out_valid`.
    pub take: Signal<In, Bit>,
    /// Beats held.
    pub count: Signal<Out, Bits<16>>,
    /// None is held; from a register.
    pub empty: Signal<Out, Bit>,
    memory: BlockRam<Bits<WORD>, 16>,
    write_pointer: Register<Bits<16>>,
    read_pointer: Register<Bits<16>>,
    held: Register<Bits<16>>,
    occupied: Register<Bit>,
    in_memory: Register<Bits<16>>,
    fetched: Register<Bit>,
    spare_valid: Register<Bit>,
    spare_data: Register<Bits<D>>,
    spare_side: Register<Bits<S>>,
    front_valid: Register<Bit>,
    front_data: Register<Bits<D>>,
    front_side: Register<Bits<S>>,
    push: Signal<Local, Bit>,
    front_moves: Signal<Local, Bit>,
    memory_holds: Signal<Local, Bit>,
    to_front: Signal<Local, Bit>,
    to_spare: Signal<Local, Bit>,
    to_memory: Signal<Local, Bit>,
    fetch: Signal<Local, Bit>,
    removed: Signal<Local, Bit>,
    held_data: Signal<Local, Bits<D>>,
    held_side: Signal<Local, Bits<S>>,
    depth: Constant<Bits<16>>,
    data_bits: Constant<Bits<10>>,
    has_bypass: Constant<Bit>,
}

impl<const D: usize, const S: usize> BeatBuffer<D, S> {
    /// A buffer of `depth` beats, a power of two; if `through_memory`, without registers in front of the memory.
    pub fn new(depth: usize, through_memory: bool) -> Self {
        assert!(
            depth.is_power_of_two() && (2..=0x8000).contains(&depth),
            "a beat buffer holds a power of two of beats, 2 to 32768, not {depth}"
        );
        let pointer = || Register::narrow(0.into(), clog2(depth));
        let counter = || Register::narrow(0.into(), clog2(depth + 1));
        Self {
            clock: Signal::default(),
            in_valid: Signal::default(),
            in_data: Signal::default(),
            in_side: Signal::default(),
            full: Signal::default(),
            out_valid: Signal::default(),
            out_data: Signal::default(),
            out_side: Signal::default(),
            take: Signal::default(),
            count: Signal::default(),
            empty: Signal::default(),
            memory: BlockRam::narrow(depth, D + S),
            write_pointer: pointer(),
            read_pointer: pointer(),
            held: counter(),
            occupied: Register::default(),
            in_memory: counter(),
            fetched: Register::default(),
            spare_valid: Register::default(),
            spare_data: Register::without_reset(),
            spare_side: Register::without_reset(),
            front_valid: Register::default(),
            front_data: Register::without_reset(),
            front_side: Register::without_reset(),
            push: Signal::default(),
            front_moves: Signal::default(),
            memory_holds: Signal::default(),
            to_front: Signal::default(),
            to_spare: Signal::default(),
            to_memory: Signal::default(),
            fetch: Signal::default(),
            removed: Signal::default(),
            held_data: Signal::default(),
            held_side: Signal::default(),
            depth: constant(depth as u64),
            data_bits: constant(D as u64),
            has_bypass: flag(!through_memory),
        }
    }
}

impl<const D: usize, const S: usize> Logic for BeatBuffer<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: beat_buffer");
        comment!("Queue of beats in block memory. With two registers in front a beat that finds it empty is at the output in the");
        comment!("next cycle, else two later; one in and one out per cycle. A beat that comes while full is lost.");
        dff_setup!(
            self,
            clock,
            write_pointer,
            read_pointer,
            held,
            occupied,
            in_memory,
            fetched,
            spare_valid,
            spare_data,
            spare_side,
            front_valid,
            front_data,
            front_side
        );
        clock!(self, clock, memory);
        self.held_data.next = bit_cast::<D, WORD>(self.memory.read_data.val());
        self.held_side.next =
            bit_cast::<S, WORD>(self.memory.read_data.val() >> self.data_bits.val());
        self.full.next = self.held.q.val() == self.depth.val();
        self.count.next = self.held.q.val();
        self.empty.next = !self.occupied.q.val();
        if self.has_bypass.val() {
            self.out_valid.next = self.front_valid.q.val();
            self.out_data.next = self.front_data.q.val();
            self.out_side.next = self.front_side.q.val();
        } else {
            self.out_valid.next = self.fetched.q.val();
            self.out_data.next = self.held_data.val();
            self.out_side.next = self.held_side.val();
        }

        // Age order: front, spare, the word fetched, the memory. A beat enters the youngest empty place
        // that has nothing younger behind it.
        self.push.next = self.in_valid.val() & (self.held.q.val() != self.depth.val());
        if self.has_bypass.val() {
            self.removed.next = self.take.val() & self.front_valid.q.val();
            self.front_moves.next = !self.front_valid.q.val() | self.take.val();
        } else {
            self.removed.next = self.take.val() & self.fetched.q.val();
            self.front_moves.next = self.take.val();
        }
        self.memory_holds.next = self.in_memory.q.val().any() | self.fetched.q.val();
        self.to_front.next = self.has_bypass.val()
            & self.push.val()
            & self.front_moves.val()
            & !self.spare_valid.q.val()
            & !self.memory_holds.val();
        self.to_spare.next = self.has_bypass.val()
            & self.push.val()
            & !self.to_front.val()
            & !self.memory_holds.val()
            & (!self.spare_valid.q.val() | self.front_moves.val());
        self.to_memory.next = self.push.val() & !self.to_front.val() & !self.to_spare.val();
        self.fetch.next = self.in_memory.q.val().any()
            & (!self.fetched.q.val() | (self.front_moves.val() & !self.spare_valid.q.val()));

        self.memory.write_enable.next = self.to_memory.val();
        self.memory.write_address.next = self.write_pointer.q.val();
        self.memory.write_data.next = bit_cast::<WORD, D>(self.in_data.val())
            | (bit_cast::<WORD, S>(self.in_side.val()) << self.data_bits.val());
        self.memory.read_enable.next = self.fetch.val();
        self.memory.read_address.next = self.read_pointer.q.val();

        if !self.has_bypass.val() {
            if self.take.val() {
                self.fetched.d.next = false;
            }
        } else if self.front_moves.val() {
            if self.spare_valid.q.val() {
                self.front_valid.d.next = true;
                self.front_data.d.next = self.spare_data.q.val();
                self.front_side.d.next = self.spare_side.q.val();
                self.spare_valid.d.next = false;
            } else if self.fetched.q.val() {
                self.front_valid.d.next = true;
                self.front_data.d.next = self.held_data.val();
                self.front_side.d.next = self.held_side.val();
                self.fetched.d.next = false;
            } else {
                self.front_valid.d.next = self.to_front.val();
                self.front_data.d.next = self.in_data.val();
                self.front_side.d.next = self.in_side.val();
            }
        }
        if self.to_spare.val() {
            self.spare_valid.d.next = true;
            self.spare_data.d.next = self.in_data.val();
            self.spare_side.d.next = self.in_side.val();
        }
        if self.fetch.val() {
            self.fetched.d.next = true;
            self.read_pointer.d.next = self.read_pointer.q.val() + 1;
        }
        if self.to_memory.val() {
            self.write_pointer.d.next = self.write_pointer.q.val() + 1;
        }
        if self.to_memory.val() & !self.fetch.val() {
            self.in_memory.d.next = self.in_memory.q.val() + 1;
        } else if self.fetch.val() & !self.to_memory.val() {
            self.in_memory.d.next = self.in_memory.q.val() - 1;
        }
        if self.push.val() & !self.removed.val() {
            self.held.d.next = self.held.q.val() + 1;
            self.occupied.d.next = true;
        } else if self.removed.val() & !self.push.val() {
            self.held.d.next = self.held.q.val() - 1;
            self.occupied.d.next = self.held.q.val() != 1;
        }
    }
}
