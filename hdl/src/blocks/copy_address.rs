//! Copy engine, write address side: turns chunks whose data are held into write requests.
//!
//! One step per cycle: a chunk raises its AW when all its data have arrived; a chunk with a read error, and
//! every later one of its block, is dropped; a block with a header ends with the header's AW, and the header is
//! void after a read error. Each step goes to the data side as a *work* item and, when it raised an AW or ended
//! its block, to the completion side. AW leaves from registers.

use super::chunk_range::ChunkRange;
use super::copy_shape::CopyShape;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyAddress {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A block enters the engine.
    pub job_push: Signal<In, Bit>,
    /// Its destination [33:0], has_header [34], urgent [35], header address [75:36].
    pub job: Signal<In, Bits<76>>,
    /// Its range: first unit [6:0], last unit [13:7].
    pub job_range: Signal<In, Bits<14>>,
    /// All data of a chunk have arrived.
    pub arrival: Signal<In, Bit>,
    /// Some of them with an error.
    pub arrival_error: Signal<In, Bit>,
    /// Write address channel.
    pub awvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub awready: Signal<In, Bit>,
    /// Byte address of a chunk or a header.
    pub awaddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub awlen: Signal<Out, Bits<8>>,
    /// The request, or one behind it, goes before background requests.
    pub aw_urgent: Signal<Out, Bit>,
    /// A step.
    pub work_push: Signal<Out, Bit>,
    /// Drop the chunk [0], a header [1], void [2], lane of the header [5:3], beats of the chunk - 1 [9:6].
    pub work: Signal<Out, Bits<10>>,
    /// No room for another step.
    pub work_full: Signal<In, Bit>,
    /// A step that raised an AW or ended a block.
    pub item_push: Signal<Out, Bit>,
    /// It raised an AW.
    pub item_response: Signal<Out, Bit>,
    /// It was the last of its block.
    pub item_last: Signal<Out, Bit>,
    /// The block had a read error.
    pub item_error: Signal<Out, Bit>,
    /// No room for another item.
    pub item_full: Signal<In, Bit>,
    jobs: BlockFifo<Bits<76>>,
    ranges: Maybe<BlockFifo<Bits<14>>>,
    range: Maybe<ChunkRange>,
    goes_on: Register<Bit>,
    chunk_now: Signal<Local, Bits<6>>,
    chunk_beats: Signal<Local, Bits<4>>,
    arrivals: Fifo<Bit>,
    chunk: Register<Bits<6>>,
    in_header: Register<Bit>,
    block_error: Register<Bit>,
    urgent_blocks: Register<Bits<8>>,
    urgent_behind: Register<Bit>,
    aw_valid: Register<Bit>,
    aw_address: Register<Bits<40>>,
    aw_length: Register<Bits<8>>,
    aw_own_urgent: Register<Bit>,
    header_next: Signal<Local, Bit>,
    has_header: Signal<Local, Bit>,
    bad: Signal<Local, Bit>,
    last_chunk: Signal<Local, Bit>,
    block_ends: Signal<Local, Bit>,
    step: Signal<Local, Bit>,
    raises: Signal<Local, Bit>,
    urgent_enters: Signal<Local, Bit>,
    urgent_leaves: Signal<Local, Bit>,
    has_urgent: Constant<Bit>,
    has_headers: Constant<Bit>,
    has_ranges: Constant<Bit>,
    several_chunks: Constant<Bit>,
    beat_shift: Constant<Bits<4>>,
    chunk_last: Constant<Bits<6>>,
    length: Constant<Bits<8>>,
    header_length: Constant<Bits<8>>,
    lane_mask: Constant<Bits<3>>,
    block_shift: Constant<Bits<4>>,
    chunk_shift: Constant<Bits<4>>,
}

impl CopyAddress {
    pub(crate) fn new(shape: &CopyShape) -> Self {
        let job_width = if shape.headers {
            36 + shape.address_width
        } else if shape.urgent {
            36
        } else {
            shape.block_address_bits()
        };
        let beats = shape.chunk_beats as usize;
        Self {
            clock: Signal::default(),
            job_push: Signal::default(),
            job: Signal::default(),
            job_range: Signal::default(),
            arrival: Signal::default(),
            arrival_error: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            awaddr: Signal::default(),
            awlen: Signal::default(),
            aw_urgent: Signal::default(),
            work_push: Signal::default(),
            work: Signal::default(),
            work_full: Signal::default(),
            item_push: Signal::default(),
            item_response: Signal::default(),
            item_last: Signal::default(),
            item_error: Signal::default(),
            item_full: Signal::default(),
            jobs: BlockFifo::narrow(shape.read_queue(), job_width),
            ranges: Maybe::new(BlockFifo::new(shape.read_queue()), shape.ranges),
            range: Maybe::new(ChunkRange::new(shape), shape.ranges),
            goes_on: Register::default(),
            chunk_now: Signal::default(),
            chunk_beats: Signal::default(),
            arrivals: Fifo::new(shape.slots),
            chunk: Register::narrow(0.into(), clog2(shape.chunks as usize).max(1)),
            in_header: Register::default(),
            block_error: Register::default(),
            urgent_blocks: Register::narrow(0.into(), clog2(shape.read_queue())),
            urgent_behind: Default::default(),
            aw_valid: Register::default(),
            aw_address: Register::narrow_without_reset(shape.address_width),
            aw_length: Register::narrow_without_reset(clog2(beats.max(shape.header_beats)).max(1)),
            aw_own_urgent: Register::default(),
            header_next: Signal::default(),
            has_header: Signal::default(),
            bad: Signal::default(),
            last_chunk: Signal::default(),
            block_ends: Signal::default(),
            step: Signal::default(),
            raises: Signal::default(),
            urgent_enters: Signal::default(),
            urgent_leaves: Signal::default(),
            has_urgent: Constant::new(shape.urgent),
            has_headers: Constant::new(shape.headers),
            has_ranges: Constant::new(shape.ranges),
            several_chunks: Constant::new(shape.chunks > 1),
            beat_shift: Constant::new((shape.beat_shift as usize).to_bits()),
            chunk_last: Constant::new((shape.chunks as usize - 1).to_bits()),
            length: Constant::new((beats - 1).to_bits()),
            header_length: Constant::new((shape.header_beats - 1).to_bits()),
            lane_mask: Constant::new((shape.lanes - 1).to_bits()),
            block_shift: Constant::new((shape.block_shift as usize).to_bits()),
            chunk_shift: Constant::new((shape.chunk_shift as usize).to_bits()),
        }
    }
}

impl Logic for CopyAddress {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_address");
        comment!("Copy engine, write address side: one step per cycle. A chunk raises its AW when all its");
        comment!("data have arrived; after a read error the rest of the block is dropped and its header is");
        comment!(
            "void. A step goes to the data side and, if it raised an AW or ended its block, to the"
        );
        comment!("completion side. AW leaves from registers. Reset: empty.");
        dff_setup!(
            self,
            clock,
            chunk,
            goes_on,
            in_header,
            block_error,
            urgent_blocks,
            urgent_behind,
            aw_valid,
            aw_address,
            aw_length,
            aw_own_urgent
        );
        clock!(self, clock, jobs, arrivals);
        self.jobs.push.next = self.job_push.val();
        self.jobs.data_in.next = self.job.val();
        self.arrivals.push.next = self.arrival.val();
        self.arrivals.data_in.next = self.arrival_error.val();

        comment!("The step at hand: a chunk or a header.");
        if self.has_headers.val() {
            self.header_next.next = self.in_header.q.val();
            self.has_header.next = self.jobs.data_out.val().get_bit(34);
        } else {
            self.header_next.next = false;
            self.has_header.next = false;
        }
        self.chunk_now.next = self.chunk.q.val();
        self.chunk_beats.next = 0.into();
        if self.several_chunks.val() {
            self.last_chunk.next = self.chunk.q.val() == self.chunk_last.val();
        } else {
            self.last_chunk.next = true;
        }
        if self.has_ranges.val() {
            clock!(self, clock, ranges);
            self.ranges.push.next = self.job_push.val();
            self.ranges.data_in.next = self.job_range.val();
            self.range.first.next = self.ranges.data_out.val().get_bits::<7>(0);
            self.range.last.next = self.ranges.data_out.val().get_bits::<7>(7);
            self.range.begins.next = !self.goes_on.q.val();
            if self.several_chunks.val() {
                if !self.goes_on.q.val() {
                    self.chunk_now.next = self.range.first_chunk.val();
                }
                self.last_chunk.next = self.chunk_now.val() == self.range.last_chunk.val();
            }
            self.range.ends.next = self.last_chunk.val();
            self.chunk_beats.next = self.range.length.val();
        }
        self.bad.next =
            self.block_error.q.val() | (self.arrivals.data_out.val() & !self.header_next.val());
        self.block_ends.next =
            self.header_next.val() | (self.last_chunk.val() & !self.has_header.val());
        self.raises.next = self.header_next.val() | !self.bad.val();
        self.step.next = self.jobs.valid.val()
            & (self.arrivals.valid.val() | self.header_next.val())
            & (!self.aw_valid.q.val() | self.awready.val())
            & !self.work_full.val()
            & !self.item_full.val();
        self.jobs.pop.next = self.step.val() & self.block_ends.val();
        if self.has_ranges.val() {
            self.ranges.pop.next = self.step.val() & self.block_ends.val();
        }
        self.arrivals.pop.next = self.step.val() & !self.header_next.val();

        self.work_push.next = self.step.val();
        self.work.next = bit_cast::<10, 1>(self.bad.val().into());
        if self.has_headers.val() {
            self.work.next = bit_cast::<10, 1>((self.bad.val() & !self.header_next.val()).into())
                | (bit_cast::<10, 1>(self.header_next.val().into()) << 1)
                | (bit_cast::<10, 1>(self.bad.val().into()) << 2)
                | (bit_cast::<10, 3>(
                    self.jobs.data_out.val().get_bits::<3>(39) & self.lane_mask.val(),
                ) << 3)
                | (bit_cast::<10, 4>(self.chunk_beats.val()) << 6);
        }
        self.item_push.next = self.step.val() & (self.raises.val() | self.block_ends.val());
        self.item_response.next = self.raises.val();
        self.item_last.next = self.block_ends.val();
        self.item_error.next = self.bad.val();

        if self.step.val() {
            self.aw_valid.d.next = self.raises.val();
            self.aw_length.d.next = self.length.val();
            self.aw_address.d.next = bit_cast::<40, 34>(self.jobs.data_out.val().get_bits::<34>(0))
                << self.block_shift.val();
            self.block_error.d.next = self.bad.val() & !self.block_ends.val();
            if self.several_chunks.val() {
                self.aw_address.d.next =
                    (bit_cast::<40, 34>(self.jobs.data_out.val().get_bits::<34>(0))
                        << self.block_shift.val())
                        | (bit_cast::<40, 6>(self.chunk_now.val()) << self.chunk_shift.val());
                if self.last_chunk.val() {
                    self.chunk.d.next = 0.into();
                } else if !self.header_next.val() {
                    self.chunk.d.next = self.chunk_now.val() + 1;
                }
            }
            if self.has_ranges.val() {
                self.goes_on.d.next = !self.block_ends.val();
                self.aw_length.d.next = bit_cast::<8, 4>(self.range.length.val());
                self.aw_address.d.next =
                    (bit_cast::<40, 34>(self.jobs.data_out.val().get_bits::<34>(0))
                        << self.block_shift.val())
                        | (bit_cast::<40, 6>(self.chunk_now.val()) << self.chunk_shift.val())
                        | (bit_cast::<40, 4>(self.range.start.val()) << self.beat_shift.val());
            }
            if self.has_headers.val() {
                self.in_header.d.next =
                    self.last_chunk.val() & self.has_header.val() & !self.in_header.q.val();
                if self.in_header.q.val() {
                    self.aw_length.d.next = self.header_length.val();
                    self.aw_address.d.next = self.jobs.data_out.val().get_bits::<40>(36);
                }
            }
        } else if self.awready.val() {
            self.aw_valid.d.next = false;
        }
        self.awvalid.next = self.aw_valid.q.val();
        self.awaddr.next = self.aw_address.q.val();
        self.awlen.next = self.aw_length.q.val();

        comment!("An AW is urgent when its block is, or one behind it.");
        if self.has_urgent.val() {
            self.urgent_enters.next = self.job_push.val() & self.job.val().get_bit(35);
            self.urgent_leaves.next = self.jobs.pop.val() & self.jobs.data_out.val().get_bit(35);
            // Whether any is left stands in a register: memory's turn hangs on it.
            if self.urgent_enters.val() & !self.urgent_leaves.val() {
                self.urgent_blocks.d.next = self.urgent_blocks.q.val() + 1;
                self.urgent_behind.d.next = true;
            } else if self.urgent_leaves.val() & !self.urgent_enters.val() {
                self.urgent_blocks.d.next = self.urgent_blocks.q.val() - 1;
                self.urgent_behind.d.next = self.urgent_blocks.q.val() != 1;
            }
            if self.step.val() {
                self.aw_own_urgent.d.next = self.jobs.data_out.val().get_bit(35);
            }
            self.aw_urgent.next = self.aw_own_urgent.q.val() | self.urgent_behind.q.val();
        } else {
            self.urgent_enters.next = false;
            self.urgent_leaves.next = false;
            self.aw_urgent.next = false;
        }
    }
}
