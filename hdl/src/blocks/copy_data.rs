//! Copy engine, data side: holds the data read and sends them, and the headers, as write data.
//!
//! Read data are always taken: their places were reserved before they were asked for. Work items come in the
//! order of the AWs, so W beats do, too, one per cycle; up to 16 items may wait. A dropped chunk's beats are
//! thrown away, one per cycle. W leaves from registers, two cycles after its AW at the earliest.

use super::copy_shape::CopyShape;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyData<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A block with a header enters the engine.
    pub header_push: Signal<In, Bit>,
    /// The header.
    pub header: Signal<In, Bits<64>>,
    /// A beat of read data; always taken.
    pub rvalid: Signal<In, Bit>,
    /// The beat.
    pub rdata: Signal<In, Bits<D>>,
    /// Its response; bit 1 is an error.
    pub rresp: Signal<In, Bits<2>>,
    /// Last beat of the chunk.
    pub rlast: Signal<In, Bit>,
    /// All data of a chunk have arrived.
    pub arrival: Signal<Out, Bit>,
    /// Some of them with an error.
    pub arrival_error: Signal<Out, Bit>,
    /// An item of work.
    pub work_push: Signal<In, Bit>,
    /// Drop the chunk [0], a header [1], void [2], lane of the header [5:3], beats of the chunk - 1 [9:6].
    pub work: Signal<In, Bits<10>>,
    /// No room for another item.
    pub work_full: Signal<Out, Bit>,
    /// Write data channel.
    pub wvalid: Signal<Out, Bit>,
    /// The beat is taken.
    pub wready: Signal<In, Bit>,
    /// The beat.
    pub wdata: Signal<Out, Bits<D>>,
    /// Its bytes.
    pub wstrb: Signal<Out, Bits<S>>,
    /// Last beat of the burst.
    pub wlast: Signal<Out, Bit>,
    /// A chunk has left the data buffer.
    pub slot_freed: Signal<Out, Bit>,
    headers: Maybe<BlockFifo<Bits<64>>>,
    buffer: BlockFifo<Bits<D>>,
    queue: Fifo<Bits<10>>,
    item_valid: Register<Bit>,
    item: Register<Bits<10>>,
    read_error: Register<Bit>,
    beat: Register<Bits<4>>,
    w_valid: Register<Bit>,
    w_data: Register<Bits<D>>,
    w_strobes: Register<Bits<S>>,
    w_last: Register<Bit>,
    failed: Signal<Local, Bit>,
    is_header: Signal<Local, Bit>,
    last_beat: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    header_value: Signal<Local, Bits<64>>,
    lanes_1: Signal<Local, Bits<D>>,
    lanes_2: Signal<Local, Bits<D>>,
    lanes_4: Signal<Local, Bits<D>>,
    lanes_8: Signal<Local, Bits<D>>,
    has_headers: Constant<Bit>,
    has_ranges: Constant<Bit>,
    several_beats: Constant<Bit>,
    bus_is_32: Constant<Bit>,
    bus_has_2_lanes: Constant<Bit>,
    bus_has_4_lanes: Constant<Bit>,
    bus_has_8_lanes: Constant<Bit>,
    beat_last: Constant<Bits<4>>,
    header_beat_last: Constant<Bits<4>>,
    all_strobes: Constant<Bits<S>>,
    header_strobes: Constant<Bits<S>>,
}

impl<const D: usize, const S: usize> CopyData<D, S> {
    pub(crate) fn new(shape: &CopyShape) -> Self {
        let beats = shape.chunk_beats as usize;
        let work_width = if shape.ranges {
            6 + clog2(beats)
        } else if shape.headers {
            3 + clog2(shape.lanes)
        } else {
            1
        };
        Self {
            clock: Signal::default(),
            header_push: Signal::default(),
            header: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            arrival: Signal::default(),
            arrival_error: Signal::default(),
            work_push: Signal::default(),
            work: Signal::default(),
            work_full: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            slot_freed: Signal::default(),
            headers: Maybe::new(BlockFifo::new(shape.read_queue()), shape.headers),
            buffer: BlockFifo::new(shape.slots * beats),
            queue: Fifo::narrow(16, work_width),
            item_valid: Register::default(),
            item: Register::narrow_without_reset(work_width),
            read_error: Register::default(),
            beat: Register::narrow(0.into(), clog2(beats).max(1)),
            w_valid: Register::default(),
            w_data: Register::without_reset(),
            w_strobes: Register::without_reset(),
            w_last: Register::without_reset(),
            failed: Signal::default(),
            is_header: Signal::default(),
            last_beat: Signal::default(),
            ready: Signal::default(),
            take: Signal::default(),
            ends: Signal::default(),
            header_value: Signal::default(),
            lanes_1: Signal::default(),
            lanes_2: Signal::default(),
            lanes_4: Signal::default(),
            lanes_8: Signal::default(),
            has_headers: Constant::new(shape.headers),
            has_ranges: Constant::new(shape.ranges),
            several_beats: Constant::new(beats > 1),
            bus_is_32: Constant::new(D == 32),
            bus_has_2_lanes: Constant::new(shape.lanes >= 2),
            bus_has_4_lanes: Constant::new(shape.lanes >= 4),
            bus_has_8_lanes: Constant::new(shape.lanes >= 8),
            beat_last: Constant::new((beats - 1).to_bits()),
            header_beat_last: Constant::new((shape.header_beats - 1).to_bits()),
            all_strobes: Constant::new(Bits::mask()),
            header_strobes: Constant::new(Bits::<S>::mask() >> (S - S.min(8)) as u64),
        }
    }
}

impl<const D: usize, const S: usize> Logic for CopyData<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_data");
        comment!(
            "Copy engine, data side: holds the data read and sends them, and the headers, as write"
        );
        comment!(
            "data in the order of the work items, one beat per cycle. Read data are always taken."
        );
        comment!("W leaves from registers, two cycles after its AW at the earliest. Reset: empty.");
        dff_setup!(
            self, clock, read_error, item_valid, item, beat, w_valid, w_data, w_strobes, w_last
        );
        clock!(self, clock, headers, buffer, queue);

        self.buffer.push.next = self.rvalid.val();
        self.buffer.data_in.next = self.rdata.val();
        self.failed.next = self.read_error.q.val() | self.rresp.val().get_bit(1);
        self.arrival.next = self.rvalid.val() & self.rlast.val();
        self.arrival_error.next = self.failed.val();
        if self.rvalid.val() {
            self.read_error.d.next = self.failed.val() & !self.rlast.val();
        }
        self.queue.push.next = self.work_push.val();
        self.queue.data_in.next = self.work.val();
        self.work_full.next = self.queue.full.val();

        comment!("The beat at hand, of a chunk or a header.");
        self.ready.next = self.buffer.valid.val();
        if self.several_beats.val() {
            self.last_beat.next = self.beat.q.val() == self.beat_last.val();
        } else {
            self.last_beat.next = true;
        }
        if self.has_ranges.val() {
            self.last_beat.next = self.beat.q.val() == self.item.q.val().get_bits::<4>(6);
        }
        if self.has_headers.val() {
            self.is_header.next = self.item.q.val().get_bit(1);
            if self.is_header.val() {
                self.ready.next = self.headers.valid.val();
                self.last_beat.next = self.beat.q.val() == self.header_beat_last.val();
            }
        } else {
            self.is_header.next = false;
        }
        self.take.next = self.item_valid.q.val()
            & self.ready.val()
            & (!self.w_valid.q.val() | self.wready.val());
        self.ends.next = self.take.val() & self.last_beat.val();
        self.queue.pop.next = self.ends.val() | !self.item_valid.q.val();
        if self.queue.pop.val() {
            self.item_valid.d.next = self.queue.valid.val();
            self.item.d.next = self.queue.data_out.val();
        }
        self.buffer.pop.next = self.take.val() & !self.is_header.val();
        self.slot_freed.next = self.take.val() & !self.is_header.val() & self.last_beat.val();

        if self.take.val() {
            if self.several_beats.val() {
                if self.last_beat.val() {
                    self.beat.d.next = 0.into();
                } else {
                    self.beat.d.next = self.beat.q.val() + 1;
                }
            }
            self.w_valid.d.next = !self.item.q.val().get_bit(0);
            self.w_last.d.next = self.last_beat.val();
            self.w_data.d.next = self.buffer.data_out.val();
            self.w_strobes.d.next = self.all_strobes.val();
        } else if self.wready.val() {
            self.w_valid.d.next = false;
        }

        if self.has_headers.val() {
            self.headers.push.next = self.header_push.val();
            self.headers.data_in.next = self.header.val();
            self.headers.pop.next = self.ends.val() & self.is_header.val();
            self.header_value.next = self.headers.data_out.val().replace_bit(
                36,
                self.headers.data_out.val().get_bit(36) | self.item.q.val().get_bit(2),
            );
            comment!(
                "A header goes on every lane of 64 bits; a 32-bit bus takes its halves in turn."
            );
            self.lanes_1.next = bit_cast::<D, 64>(self.header_value.val());
            if self.bus_is_32.val() & self.last_beat.val() {
                self.lanes_1.next = bit_cast::<D, 32>(self.header_value.val().get_bits::<32>(32));
            }
            self.lanes_2.next = self.lanes_1.val();
            if self.bus_has_2_lanes.val() {
                self.lanes_2.next = self.lanes_1.val() | (self.lanes_1.val() << 64);
            }
            self.lanes_4.next = self.lanes_2.val();
            if self.bus_has_4_lanes.val() {
                self.lanes_4.next = self.lanes_2.val() | (self.lanes_2.val() << 128);
            }
            self.lanes_8.next = self.lanes_4.val();
            if self.bus_has_8_lanes.val() {
                self.lanes_8.next = self.lanes_4.val() | (self.lanes_4.val() << 256);
            }
            if self.take.val() & self.is_header.val() {
                self.w_data.d.next = self.lanes_8.val();
                if self.bus_has_2_lanes.val() {
                    self.w_strobes.d.next = self.header_strobes.val()
                        << (bit_cast::<6, 3>(self.item.q.val().get_bits::<3>(3)) << 3);
                }
            }
        } else {
            self.header_value.next = 0.into();
            self.lanes_1.next = 0.into();
            self.lanes_2.next = 0.into();
            self.lanes_4.next = 0.into();
            self.lanes_8.next = 0.into();
        }
        self.wvalid.next = self.w_valid.q.val();
        self.wdata.next = self.w_data.q.val();
        self.wstrb.next = self.w_strobes.q.val();
        self.wlast.next = self.w_last.q.val();
    }
}
