//! Which beats of a chunk a range of a block covers. Combinational.
//!
//! A range is two numbers of units, first and last, in the block. Its first chunk begins where the range does, its last ends there; those between are whole.

use super::copy_shape::CopyShape;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ChunkRange {
    /// First unit of the range.
    pub first: Signal<In, Bits<7>>,
    /// Last unit of the range.
    pub last: Signal<In, Bits<7>>,
    /// The chunk at hand is the range's first.
    pub begins: Signal<In, Bit>,
    /// The chunk at hand is the range's last.
    pub ends: Signal<In, Bit>,
    /// The range's first chunk.
    pub first_chunk: Signal<Out, Bits<6>>,
    /// The range's last chunk.
    pub last_chunk: Signal<Out, Bits<6>>,
    /// Beat of the chunk at which its part of the range starts.
    pub start: Signal<Out, Bits<4>>,
    /// Beats of that part, less one.
    pub length: Signal<Out, Bits<4>>,
    stop: Signal<Local, Bits<4>>,
    unit_mask: Constant<Bits<4>>,
    unit_shift: Constant<Bits<4>>,
    unit_beats: Constant<Bits<4>>,
    chunk_last_beat: Constant<Bits<4>>,
    chunk_unit_shift: Constant<Bits<4>>,
    chunk_mask: Constant<Bits<6>>,
}

impl ChunkRange {
    pub(crate) fn new(shape: &CopyShape) -> Self {
        let chunk_units = shape.chunk_unit_shift();
        Self {
            first: Signal::default(),
            last: Signal::default(),
            begins: Signal::default(),
            ends: Signal::default(),
            first_chunk: Signal::default(),
            last_chunk: Signal::default(),
            start: Signal::default(),
            length: Signal::default(),
            stop: Signal::default(),
            unit_mask: Constant::new(((1_usize << chunk_units) - 1).to_bits()),
            unit_shift: Constant::new((shape.unit_shift as usize).to_bits()),
            unit_beats: Constant::new(((1_usize << shape.unit_shift) - 1).to_bits()),
            chunk_last_beat: Constant::new((shape.chunk_beats as usize - 1).to_bits()),
            chunk_unit_shift: Constant::new((chunk_units as usize).to_bits()),
            chunk_mask: Constant::new((shape.chunks as usize - 1).to_bits()),
        }
    }
}

impl Logic for ChunkRange {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: chunk_range");
        comment!("The beats of a chunk that a range of its block covers, the range in units. Combinational.");
        self.first_chunk.next = bit_cast::<6, 7>(self.first.val() >> self.chunk_unit_shift.val())
            & self.chunk_mask.val();
        self.last_chunk.next = bit_cast::<6, 7>(self.last.val() >> self.chunk_unit_shift.val())
            & self.chunk_mask.val();
        self.start.next = 0.into();
        if self.begins.val() {
            self.start.next = (bit_cast::<4, 7>(self.first.val()) & self.unit_mask.val())
                << self.unit_shift.val();
        }
        self.stop.next = self.chunk_last_beat.val();
        if self.ends.val() {
            self.stop.next = ((bit_cast::<4, 7>(self.last.val()) & self.unit_mask.val())
                << self.unit_shift.val())
                | self.unit_beats.val();
        }
        self.length.next = self.stop.val() - self.start.val();
    }
}
