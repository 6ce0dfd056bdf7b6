//! The data of entries on their way from memory to the link: beats in, words of 64 bits out.
//!
//! **Does**: a beat of memory is a *line* of 1 to 8 words; on a bus of 32 bits two beats are one. Each word keeps whether its beat came with an error.
//! **Latency**: three cycles; a beat in and a word out per cycle. **Order**: first in, first out, the lowest word of a beat first.
//! **Errors**: the one who reads memory reserves the lines. **Reset**: empty.

use super::constants::{constant, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkSendBuffer<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A beat comes.
    pub in_valid: Signal<In, Bit>,
    /// The beat.
    pub in_data: Signal<In, Bits<D>>,
    /// It came with an error.
    pub in_error: Signal<In, Bit>,
    /// The oldest word is at the output.
    pub out_valid: Signal<Out, Bit>,
    /// The word.
    pub out_word: Signal<Out, Bits<64>>,
    /// Its beat came with an error.
    pub out_error: Signal<Out, Bit>,
    /// Removes it, if `out_valid`.
    pub take: Signal<In, Bit>,
    /// The last word of a line is removed.
    pub line_freed: Signal<Out, Bit>,
    lane: Vec<BlockFifo<Bits<64>>>,
    turn: Register<Bits<3>>,
    half: Register<Bit>,
    low: Register<Bits<32>>,
    low_error: Register<Bit>,
    chosen: OrTree<64>,
    valids: OrTree<1>,
    errors: BlockFifo<Bits<1>>,
    removed: Signal<Local, Bit>,
    lane_ids: Vec<Constant<Bits<3>>>,
    lane_last: Constant<Bits<3>>,
    bus_is_32: Constant<Bit>,
    _lanes: usize,
    _wide_lanes: usize,
}

impl<const D: usize> LinkSendBuffer<D> {
    /// A buffer of `lines` lines.
    pub fn new(lines: usize) -> Self {
        let lanes = D / 64;
        Self {
            clock: Signal::default(),
            in_valid: Signal::default(),
            in_data: Signal::default(),
            in_error: Signal::default(),
            out_valid: Signal::default(),
            out_word: Signal::default(),
            out_error: Signal::default(),
            take: Signal::default(),
            line_freed: Signal::default(),
            lane: (0..lanes.max(1)).map(|_| BlockFifo::new(lines)).collect(),
            turn: Register::narrow(0.into(), clog2(lanes.max(2))),
            half: Register::default(),
            low: Register::without_reset(),
            low_error: Register::without_reset(),
            chosen: OrTree::new(lanes.max(1)),
            valids: OrTree::new(lanes.max(1)),
            errors: BlockFifo::new(lines),
            removed: Signal::default(),
            lane_ids: identities(lanes.max(1)),
            lane_last: constant(lanes.max(1) as u64 - 1),
            bus_is_32: flag(D == 32),
            _lanes: lanes.max(1),
            _wide_lanes: lanes,
        }
    }
}

impl<const D: usize> Logic for LinkSendBuffer<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_send_buffer");
        comment!("The data of entries on their way to the link: beats of memory in, words of 64 bits out, the");
        comment!("lowest first. The one who reads memory reserves the room. Reset: empty.");
        dff_setup!(self, clock, turn, half, low, low_error);
        clock!(self, clock, errors);
        self.errors.push.next = self.in_valid.val();
        self.errors.data_in.next = self.in_error.val().into();
        for k in 0..self._lanes {
            self.lane[k].clock.next = self.clock.val();
            self.lane[k].push.next = self.in_valid.val();
            self.lane[k].data_in.next = 0.into();
        }
        for k in 0..self._wide_lanes {
            self.lane[k].data_in.next = self.in_data.val().get_bits::<64>(k * 64);
        }
        if self.bus_is_32.val() {
            self.errors.push.next = self.in_valid.val() & self.half.q.val();
            self.errors.data_in.next = (self.in_error.val() | self.low_error.q.val()).into();
            self.lane[0].push.next = self.in_valid.val() & self.half.q.val();
            self.lane[0].data_in.next = bit_cast::<64, 32>(self.low.q.val())
                | (bit_cast::<64, D>(self.in_data.val()) << 32);
            if self.in_valid.val() {
                self.half.d.next = !self.half.q.val();
                self.low.d.next = bit_cast::<32, D>(self.in_data.val());
                self.low_error.d.next = self.in_error.val();
            }
        }

        comment!("The lanes in turn.");
        for k in 0..self._lanes {
            self.chosen.inputs[k].next = 0.into();
            self.valids.inputs[k].next = 0.into();
            self.lane[k].pop.next = false;
            if self.turn.q.val() == self.lane_ids[k].val() {
                self.chosen.inputs[k].next = self.lane[k].data_out.val();
                if self.lane[k].valid.val() {
                    self.valids.inputs[k].next = 1.into();
                }
                self.lane[k].pop.next = self.take.val();
            }
        }
        self.out_valid.next = self.valids.merged.val().any();
        self.out_word.next = self.chosen.merged.val();
        self.out_error.next = self.errors.data_out.val().any();
        self.removed.next = self.take.val() & self.out_valid.val();
        self.line_freed.next = self.removed.val() & (self.turn.q.val() == self.lane_last.val());
        self.errors.pop.next = self.line_freed.val();
        if self.removed.val() {
            if self.turn.q.val() == self.lane_last.val() {
                self.turn.d.next = 0.into();
            } else {
                self.turn.d.next = self.turn.q.val() + 1;
            }
        }
    }
}
