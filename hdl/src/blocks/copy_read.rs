//! Copy engine, read side: takes descriptors and requests their data.
//!
//! An urgent descriptor goes before a bulk one; a bulk one is taken only when the current block is at its
//! last chunk, so that urgent ones wait for the current block alone. One AR per chunk, with a slot of the data
//! buffer reserved for all of its beats; a slot is given back by `slot_freed`. `ar_urgent` is set while an
//! urgent block is current or waits: what stands in its way inherits its priority. `ar_lazy` is set while neither the current block nor the next is waited for. One AR per cycle; an AR is
//! raised two cycles after its descriptor is taken.

use super::chunk_range::ChunkRange;
use super::copy_shape::CopyShape;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyRead {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// An urgent descriptor is offered.
    pub urgent_valid: Signal<In, Bit>,
    /// It is taken.
    pub urgent_ready: Signal<Out, Bit>,
    /// Its source, a block address.
    pub urgent_source: Signal<In, Bits<34>>,
    /// First unit of its range.
    pub urgent_first: Signal<In, Bits<7>>,
    /// Last unit of its range.
    pub urgent_last: Signal<In, Bits<7>>,
    /// A bulk descriptor is offered.
    pub bulk_valid: Signal<In, Bit>,
    /// It is taken.
    pub bulk_ready: Signal<Out, Bit>,
    /// Its source, a block address.
    pub bulk_source: Signal<In, Bits<34>>,
    /// First unit of its range.
    pub bulk_first: Signal<In, Bits<7>>,
    /// Last unit of its range.
    pub bulk_last: Signal<In, Bits<7>>,
    /// Nobody waits for it.
    pub bulk_lazy: Signal<In, Bit>,
    /// A descriptor is being taken.
    pub taken: Signal<Out, Bit>,
    /// The one taken is the urgent one.
    pub taken_urgent: Signal<Out, Bit>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub arready: Signal<In, Bit>,
    /// Byte address of a chunk.
    pub araddr: Signal<Out, Bits<40>>,
    /// Beats of a chunk - 1.
    pub arlen: Signal<Out, Bits<8>>,
    /// The request goes before background requests.
    pub ar_urgent: Signal<Out, Bit>,
    /// Nobody waits for the block, nor for the next.
    pub ar_lazy: Signal<Out, Bit>,
    /// A chunk has left the data buffer.
    pub slot_freed: Signal<In, Bit>,
    current_valid: Register<Bit>,
    current: Register<Bits<34>>,
    current_urgent: Register<Bit>,
    next_valid: Register<Bit>,
    next_source: Register<Bits<34>>,
    next_urgent: Register<Bit>,
    current_lazy: Register<Bit>,
    next_lazy: Register<Bit>,
    range: Maybe<ChunkRange>,
    next_range: Maybe<ChunkRange>,
    current_first: Register<Bits<7>>,
    current_last: Register<Bits<7>>,
    next_first: Register<Bits<7>>,
    next_last: Register<Bits<7>>,
    begins: Register<Bit>,
    chunk: Register<Bits<6>>,
    slots_used: Register<Bits<8>>,
    last_chunk: Signal<Local, Bit>,
    request: Signal<Local, Bit>,
    sent: Signal<Local, Bit>,
    current_free: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    at_boundary: Signal<Local, Bit>,
    take_urgent: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    has_urgent: Constant<Bit>,
    has_ranges: Constant<Bit>,
    has_lazy: Constant<Bit>,
    several_chunks: Constant<Bit>,
    single_beat: Constant<Bit>,
    chunk_last: Constant<Bits<6>>,
    slots: Constant<Bits<8>>,
    length: Constant<Bits<8>>,
    beat_shift: Constant<Bits<4>>,
    block_shift: Constant<Bits<4>>,
    chunk_shift: Constant<Bits<4>>,
}

impl CopyRead {
    pub(crate) fn new(shape: &CopyShape) -> Self {
        let address = shape.block_address_bits();
        Self {
            clock: Signal::default(),
            urgent_valid: Signal::default(),
            urgent_ready: Signal::default(),
            urgent_source: Signal::default(),
            urgent_first: Signal::default(),
            urgent_last: Signal::default(),
            bulk_valid: Signal::default(),
            bulk_ready: Signal::default(),
            bulk_source: Signal::default(),
            bulk_first: Signal::default(),
            bulk_last: Signal::default(),
            bulk_lazy: Signal::default(),
            taken: Signal::default(),
            taken_urgent: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            ar_urgent: Signal::default(),
            ar_lazy: Signal::default(),
            slot_freed: Signal::default(),
            current_valid: Register::default(),
            current: Register::narrow_without_reset(address),
            current_urgent: Register::default(),
            next_valid: Register::default(),
            next_source: Register::narrow_without_reset(address),
            next_urgent: Register::default(),
            current_lazy: Register::without_reset(),
            next_lazy: Register::without_reset(),
            range: Maybe::new(ChunkRange::new(shape), shape.ranges),
            next_range: Maybe::new(ChunkRange::new(shape), shape.ranges),
            current_first: Register::narrow_without_reset(shape.unit_bits().max(1)),
            current_last: Register::narrow_without_reset(shape.unit_bits().max(1)),
            next_first: Register::narrow_without_reset(shape.unit_bits().max(1)),
            next_last: Register::narrow_without_reset(shape.unit_bits().max(1)),
            begins: Register::without_reset(),
            chunk: Register::narrow(0.into(), clog2(shape.chunks as usize).max(1)),
            slots_used: Register::narrow(0.into(), clog2(shape.slots + 1)),
            last_chunk: Signal::default(),
            request: Signal::default(),
            sent: Signal::default(),
            current_free: Signal::default(),
            room: Signal::default(),
            at_boundary: Signal::default(),
            take_urgent: Signal::default(),
            take: Signal::default(),
            has_urgent: Constant::new(shape.urgent),
            has_ranges: Constant::new(shape.ranges),
            has_lazy: Constant::new(shape.lazy),
            several_chunks: Constant::new(shape.chunks > 1),
            single_beat: Constant::new(shape.chunk_beats == 1),
            chunk_last: Constant::new((shape.chunks as usize - 1).to_bits()),
            slots: Constant::new(shape.slots.to_bits()),
            length: Constant::new((shape.chunk_beats as usize - 1).to_bits()),
            beat_shift: Constant::new((shape.beat_shift as usize).to_bits()),
            block_shift: Constant::new((shape.block_shift as usize).to_bits()),
            chunk_shift: Constant::new((shape.chunk_shift as usize).to_bits()),
        }
    }
}

impl Logic for CopyRead {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_read");
        comment!(
            "Copy engine, read side: takes descriptors, urgent ones first at block boundaries, and"
        );
        comment!(
            "requests their data, a chunk at a time, each with a slot of the data buffer reserved."
        );
        comment!("One AR per cycle, two cycles after its descriptor. ar_urgent is set while an urgent block");
        comment!("is current or waits. slot_freed gives a slot back. Reset: empty.");
        dff_setup!(
            self,
            clock,
            current_valid,
            current,
            current_urgent,
            next_valid,
            next_source,
            next_urgent,
            current_lazy,
            next_lazy,
            current_first,
            current_last,
            next_first,
            next_last,
            begins,
            chunk,
            slots_used
        );
        if self.several_chunks.val() {
            self.last_chunk.next = self.chunk.q.val() == self.chunk_last.val();
        } else {
            self.last_chunk.next = true;
        }
        self.arlen.next = self.length.val();
        if self.has_ranges.val() {
            self.range.first.next = self.current_first.q.val();
            self.range.last.next = self.current_last.q.val();
            self.range.begins.next = self.begins.q.val();
            self.next_range.first.next = self.next_first.q.val();
            self.next_range.last.next = self.next_last.q.val();
            self.next_range.begins.next = true;
            self.next_range.ends.next = true;
            if self.several_chunks.val() {
                self.last_chunk.next = self.chunk.q.val() == self.range.last_chunk.val();
            }
            self.range.ends.next = self.last_chunk.val();
            self.arlen.next = bit_cast::<8, 4>(self.range.length.val());
        }
        self.request.next =
            self.current_valid.q.val() & (self.slots_used.q.val() != self.slots.val());
        self.sent.next = self.request.val() & self.arready.val();
        self.current_free.next =
            !self.current_valid.q.val() | (self.sent.val() & self.last_chunk.val());

        comment!(
            "The intake holds one block behind the current one. Only blocks of a single beat need"
        );
        comment!("it filled in the cycle in which it empties.");
        if self.single_beat.val() {
            self.room.next = !self.next_valid.q.val() | self.current_free.val();
        } else {
            self.room.next = !self.next_valid.q.val();
        }
        self.at_boundary.next = !self.current_valid.q.val() | self.last_chunk.val();
        if self.has_urgent.val() {
            self.take_urgent.next = self.room.val() & self.urgent_valid.val();
            self.bulk_ready.next =
                self.room.val() & self.at_boundary.val() & !self.urgent_valid.val();
            self.urgent_ready.next = self.room.val();
            self.ar_urgent.next = self.urgent_valid.val()
                | self.current_urgent.q.val()
                | (self.next_valid.q.val() & self.next_urgent.q.val());
        } else {
            self.take_urgent.next = false;
            self.bulk_ready.next = self.room.val() & self.at_boundary.val();
            self.urgent_ready.next = false;
            self.ar_urgent.next = false;
        }
        self.ar_lazy.next = false;
        if self.has_lazy.val() {
            self.ar_lazy.next =
                self.current_lazy.q.val() & (!self.next_valid.q.val() | self.next_lazy.q.val());
        }
        self.take.next = self.take_urgent.val() | (self.bulk_ready.val() & self.bulk_valid.val());
        self.taken.next = self.take.val();
        self.taken_urgent.next = self.take_urgent.val();

        self.arvalid.next = self.request.val();
        self.araddr.next = bit_cast::<40, 34>(self.current.q.val()) << self.block_shift.val();
        if self.several_chunks.val() {
            self.araddr.next = (bit_cast::<40, 34>(self.current.q.val()) << self.block_shift.val())
                | (bit_cast::<40, 6>(self.chunk.q.val()) << self.chunk_shift.val());
        }
        if self.has_ranges.val() {
            self.araddr.next = (bit_cast::<40, 34>(self.current.q.val()) << self.block_shift.val())
                | (bit_cast::<40, 6>(self.chunk.q.val()) << self.chunk_shift.val())
                | (bit_cast::<40, 4>(self.range.start.val()) << self.beat_shift.val());
        }

        if self.sent.val() {
            if self.last_chunk.val() {
                self.chunk.d.next = 0.into();
            } else {
                self.chunk.d.next = self.chunk.q.val() + 1;
            }
        }
        if self.current_free.val() {
            self.current_valid.d.next = self.next_valid.q.val();
            self.current.d.next = self.next_source.q.val();
            self.current_urgent.d.next = self.next_valid.q.val() & self.next_urgent.q.val();
            self.current_lazy.d.next = self.next_lazy.q.val();
            self.next_valid.d.next = false;
            if self.has_ranges.val() {
                self.current_first.d.next = self.next_first.q.val();
                self.current_last.d.next = self.next_last.q.val();
                if self.several_chunks.val() {
                    self.chunk.d.next = self.next_range.first_chunk.val();
                }
            }
        }
        if self.has_ranges.val() {
            self.begins.d.next = (self.begins.q.val() & !self.sent.val()) | self.current_free.val();
        }
        if self.take.val() {
            self.next_valid.d.next = true;
            self.next_urgent.d.next = self.take_urgent.val();
            self.next_lazy.d.next = self.bulk_lazy.val() & !self.take_urgent.val();
            if self.take_urgent.val() {
                self.next_source.d.next = self.urgent_source.val();
                self.next_first.d.next = self.urgent_first.val();
                self.next_last.d.next = self.urgent_last.val();
            } else {
                self.next_source.d.next = self.bulk_source.val();
                self.next_first.d.next = self.bulk_first.val();
                self.next_last.d.next = self.bulk_last.val();
            }
        }
        if self.sent.val() & !self.slot_freed.val() {
            self.slots_used.d.next = self.slots_used.q.val() + 1;
        } else if self.slot_freed.val() & !self.sent.val() {
            self.slots_used.d.next = self.slots_used.q.val() - 1;
        }
    }
}
