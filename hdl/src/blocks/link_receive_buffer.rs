//! The data of entries that came over the link on their way to memory: words of 64 bits in, beats out.
//!
//! **Does**: the words of a frame are held behind those of good frames, and are kept (`keep`) or forgotten (`forget`) when the frame has ended. A frame kept
//! is whole lines: a line is a beat of memory, on a bus of 32 bits two of them. The reader takes lines in order, or skips them.
//! **Latency**: a line is at `data` in the cycle after `read`, until the next one. **Errors**: a word while not `room` is lost. **Reset**: empty.

use super::constants::{constant, flag};
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkReceiveBuffer<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A word comes.
    pub push: Signal<In, Bit>,
    /// The word.
    pub word: Signal<In, Bits<64>>,
    /// There is room for a word.
    pub room: Signal<Out, Bit>,
    /// The words since the last frame are kept.
    pub keep: Signal<In, Bit>,
    /// They are forgotten.
    pub forget: Signal<In, Bit>,
    /// Reads the oldest line kept.
    pub read: Signal<In, Bit>,
    /// Of 32 bits: the upper half of the line read.
    pub half: Signal<In, Bit>,
    /// Removes the oldest `skip_lines` lines.
    pub skip: Signal<In, Bit>,
    /// Number of lines to remove.
    pub skip_lines: Signal<In, Bits<10>>,
    /// The line read.
    pub data: Signal<Out, Bits<D>>,
    wide: Maybe<LaneRam<D, 16, 8>>,
    narrow: Maybe<BlockRam<Bits<64>, 16>>,
    kept: Register<Bits<16>>,
    filled: Register<Bits<16>>,
    oldest: Register<Bits<16>>,
    turn: Register<Bits<3>>,
    enables: Signal<Local, Bits<8>>,
    lanes_2: Signal<Local, Bits<D>>,
    lanes_4: Signal<Local, Bits<D>>,
    lanes_8: Signal<Local, Bits<D>>,
    line_mask: Constant<Bits<16>>,
    lane_last: Constant<Bits<3>>,
    bus_is_32: Constant<Bit>,
    bus_has_2_lanes: Constant<Bit>,
    bus_has_4_lanes: Constant<Bit>,
    bus_has_8_lanes: Constant<Bit>,
}

impl<const D: usize> LinkReceiveBuffer<D> {
    /// A buffer of `lines` lines, a power of two.
    pub fn new(lines: usize) -> Self {
        assert!(lines.is_power_of_two(), "{lines} lines are no power of two");
        let lanes = D / 64;
        let pointer = || Register::narrow(0.into(), clog2(lines));
        Self {
            clock: Signal::default(),
            push: Signal::default(),
            word: Signal::default(),
            room: Signal::default(),
            keep: Signal::default(),
            forget: Signal::default(),
            read: Signal::default(),
            half: Signal::default(),
            skip: Signal::default(),
            skip_lines: Signal::default(),
            data: Signal::default(),
            wide: Maybe::new(LaneRam::new(lines, lanes.max(1), D.min(64)), D >= 64),
            narrow: Maybe::new(BlockRam::new(lines), D < 64),
            kept: pointer(),
            filled: pointer(),
            oldest: pointer(),
            turn: Register::narrow(0.into(), clog2(lanes.max(2))),
            enables: Signal::default(),
            lanes_2: Signal::default(),
            lanes_4: Signal::default(),
            lanes_8: Signal::default(),
            line_mask: constant(lines as u64 - 1),
            lane_last: constant(lanes.max(1) as u64 - 1),
            bus_is_32: flag(D == 32),
            bus_has_2_lanes: flag(lanes >= 2),
            bus_has_4_lanes: flag(lanes >= 4),
            bus_has_8_lanes: flag(lanes >= 8),
        }
    }
}

impl<const D: usize> Logic for LinkReceiveBuffer<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_receive_buffer");
        comment!("The data of entries on their way to memory: words of 64 bits in, lines of the bus's width out.");
        comment!("The words of a frame are kept or forgotten when it has ended. Reset: empty.");
        dff_setup!(self, clock, kept, filled, oldest, turn);
        // A line stays empty, so that full and empty differ.
        self.room.next = ((self.filled.q.val() + 1) & self.line_mask.val()) != self.oldest.q.val();
        self.enables.next = 0.into();
        if self.push.val() {
            self.enables.next = bits::<8>(1) << self.turn.q.val();
        }
        self.lanes_2.next = bit_cast::<D, 64>(self.word.val());
        self.lanes_4.next = self.lanes_2.val();
        self.lanes_8.next = self.lanes_2.val();
        if self.bus_has_2_lanes.val() {
            self.lanes_4.next = self.lanes_2.val() | (self.lanes_2.val() << 64);
            self.lanes_8.next = self.lanes_4.val();
        }
        if self.bus_has_4_lanes.val() {
            self.lanes_8.next = self.lanes_4.val() | (self.lanes_4.val() << 128);
        }
        self.data.next = 0.into();
        if self.bus_is_32.val() {
            clock!(self, clock, narrow);
            self.narrow.write_enable.next = self.push.val();
            self.narrow.write_address.next = self.filled.q.val();
            self.narrow.write_data.next = self.word.val();
            self.narrow.read_enable.next = self.read.val();
            self.narrow.read_address.next = self.oldest.q.val();
            self.data.next = bit_cast::<D, 64>(self.narrow.read_data.val());
            if self.half.val() {
                self.data.next = bit_cast::<D, 32>(self.narrow.read_data.val().get_bits::<32>(32));
            }
        } else {
            clock!(self, clock, wide);
            self.wide.write_lanes.next = self.enables.val();
            self.wide.write_address.next = self.filled.q.val();
            self.wide.write_data.next = self.lanes_8.val();
            if self.bus_has_8_lanes.val() {
                self.wide.write_data.next = self.lanes_8.val() | (self.lanes_8.val() << 256);
            }
            self.wide.read_enable.next = self.read.val();
            self.wide.read_address.next = self.oldest.q.val();
            self.data.next = self.wide.read_data.val();
        }
        if self.push.val() {
            if self.turn.q.val() == self.lane_last.val() {
                self.turn.d.next = 0.into();
                self.filled.d.next = self.filled.q.val() + 1;
            } else {
                self.turn.d.next = self.turn.q.val() + 1;
            }
        }
        if self.keep.val() {
            self.kept.d.next = self.filled.q.val();
        }
        if self.forget.val() {
            self.filled.d.next = self.kept.q.val();
            self.turn.d.next = 0.into();
        }
        if self.read.val() {
            self.oldest.d.next = self.oldest.q.val() + 1;
        } else if self.skip.val() {
            self.oldest.d.next = self.oldest.q.val() + bit_cast::<16, 10>(self.skip_lines.val());
        }
    }
}
