//! The copy engine: moves blocks from one place in memory to another.
//!
//! **Descriptors.** Two inputs. *Urgent* (kind SAVE or PUSH, with a ticket, perhaps with a header) goes before
//! *bulk* (kind SCAN or RESTORE; a SCAN perhaps with clear and a ticket) at block boundaries. Source and destination are block
//! addresses. Blocks are read, written and reported in the order in which they were taken.
//!
//! **Memory.** A block moves as chunks of 16 beats, or whole if it is smaller. An AR reserves the place of all
//! its beats, so R and B are always taken; an AW is raised when all its data are held; W beats follow the order
//! of the AWs and never come before them. Up to 32 chunk reads are in flight (64 with chunks of 2 beats, 128
//! with 1). `ar_urgent` and `aw_urgent` mark requests that an urgent block needs or waits for; they may rise
//! while the request waits.
//!
//! **Speed.** A beat is read and a beat written in every cycle, at memory latencies to 100; a block with a header
//! costs one W beat more (two at 32 bits). A lone block of n beats on a memory of latency m takes 2m + 2n + 9
//! cycles from acceptance to report.
//!
//! **Parts.** With S1 a descriptor may name a part of its block, from unit to unit: only its beats are read and written, at the same
//! places of the destination; chunks stay aligned to 16 beats.
//!
//! **Headers.** Written after the last chunk: 8 strobes on a bus of 64 bits or more, two beats on one of 32.
//!
//! **Errors.** A chunk with a read error is not written, nor any later chunk of its block; the block's header is
//! then written with bit 36 (void) set. Write errors are reported and change nothing else.
//!
//! **Completion.** `done_valid` for one cycle per block, in order. `idle`: no block is between its acceptance
//! and its report. Reset: empty and idle.

use super::copy_address::CopyAddress;
use super::copy_completion::CopyCompletion;
use super::copy_data::CopyData;
use super::copy_read::CopyRead;
use super::copy_shape::CopyShape;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CopyEngine<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// An urgent descriptor is offered.
    pub urgent_valid: Signal<In, Bit>,
    /// It is taken.
    pub urgent_ready: Signal<Out, Bit>,
    /// Block address to read.
    pub urgent_source: Signal<In, Bits<34>>,
    /// Block address to write.
    pub urgent_destination: Signal<In, Bits<34>>,
    /// First unit of the part of the block to copy (see `Config::range_shift`); 0 for all of it. With S1.
    pub urgent_first: Signal<In, Bits<7>>,
    /// Last unit of that part; all ones for all of it.
    pub urgent_last: Signal<In, Bits<7>>,
    /// A header follows the block.
    pub urgent_has_header: Signal<In, Bit>,
    /// Byte address of the header, a multiple of 8.
    pub urgent_header_address: Signal<In, Bits<40>>,
    /// The header.
    pub urgent_header: Signal<In, Bits<64>>,
    /// Ticket of the block, reported.
    pub urgent_ticket: Signal<In, Bits<5>>,
    /// Guest, reported.
    pub urgent_guest: Signal<In, Bits<4>>,
    /// Block of system memory, reported.
    pub urgent_block: Signal<In, Bits<26>>,
    /// 0 SAVE or 3 PUSH, reported.
    pub urgent_kind: Signal<In, Bits<2>>,
    /// Comes back as `done_clear`: with kind SAVE, the copy is the capture of a write.
    pub urgent_clear: Signal<In, Bit>,
    /// A bulk descriptor is offered.
    pub bulk_valid: Signal<In, Bit>,
    /// It is taken.
    pub bulk_ready: Signal<Out, Bit>,
    /// Block address to read.
    pub bulk_source: Signal<In, Bits<34>>,
    /// Block address to write.
    pub bulk_destination: Signal<In, Bits<34>>,
    /// First unit of the part of the block to copy. With S1.
    pub bulk_first: Signal<In, Bits<7>>,
    /// Last unit of that part.
    pub bulk_last: Signal<In, Bits<7>>,
    /// Guest, reported.
    pub bulk_guest: Signal<In, Bits<4>>,
    /// Block of system memory, reported.
    pub bulk_block: Signal<In, Bits<26>>,
    /// Ticket of the block, reported.
    pub bulk_ticket: Signal<In, Bits<5>>,
    /// 1 SCAN or 2 RESTORE, reported.
    pub bulk_kind: Signal<In, Bits<2>>,
    /// The block has a ticket: a background push, reported.
    pub bulk_clear: Signal<In, Bit>,
    /// Nobody waits for it.
    pub bulk_lazy: Signal<In, Bit>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub arready: Signal<In, Bit>,
    /// Byte address.
    pub araddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub arlen: Signal<Out, Bits<8>>,
    /// Goes before background requests.
    pub ar_urgent: Signal<Out, Bit>,
    /// Nobody waits for its block, nor for one behind it. May fall while the request waits. With S1, S2 or S4.
    pub ar_lazy: Signal<Out, Bit>,
    /// A beat of read data; always taken.
    pub rvalid: Signal<In, Bit>,
    /// The beat.
    pub rdata: Signal<In, Bits<D>>,
    /// Its response; bit 1 is an error.
    pub rresp: Signal<In, Bits<2>>,
    /// Last beat of the burst.
    pub rlast: Signal<In, Bit>,
    /// Write address channel.
    pub awvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub awready: Signal<In, Bit>,
    /// Byte address.
    pub awaddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub awlen: Signal<Out, Bits<8>>,
    /// Goes before background requests.
    pub aw_urgent: Signal<Out, Bit>,
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
    /// A write response; always taken, in order.
    pub response_valid: Signal<In, Bit>,
    /// The response; bit 1 is an error.
    pub response: Signal<In, Bits<2>>,
    /// A block is complete; one cycle.
    pub done_valid: Signal<Out, Bit>,
    /// Its kind.
    pub done_kind: Signal<Out, Bits<2>>,
    /// Its ticket; 0 without one.
    pub done_ticket: Signal<Out, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<Out, Bits<4>>,
    /// Its block.
    pub done_block: Signal<Out, Bits<26>>,
    /// It has a ticket, though it was a bulk one.
    pub done_clear: Signal<Out, Bit>,
    /// A read failed.
    pub done_read_error: Signal<Out, Bit>,
    /// A write failed.
    pub done_write_error: Signal<Out, Bit>,
    /// A block will be complete in the next cycle.
    pub soon_valid: Signal<Out, Bit>,
    /// Its kind.
    pub soon_kind: Signal<Out, Bits<2>>,
    /// Its bit is to be cleared.
    pub soon_clear: Signal<Out, Bit>,
    /// No block is in the engine.
    pub idle: Signal<Out, Bit>,
    read: CopyRead,
    address: CopyAddress,
    data: CopyData<D, S>,
    completion: CopyCompletion,
    has_urgent: Constant<Bit>,
    has_headers: Constant<Bit>,
}

impl<const D: usize, const S: usize> CopyEngine<D, S> {
    /// The engine for a configuration.
    ///
    /// # Panics
    /// When D is not the configuration's data width or S not D / 8: a mistake in the generator.
    pub fn new(config: &Config) -> Self {
        assert!(
            D == config.data_width as usize && S == D / 8,
            "a copy engine of {D} bits and {S} strobes for a bus of {} bits",
            config.data_width
        );
        let shape = CopyShape::new(config);
        Self {
            clock: Signal::default(),
            urgent_valid: Signal::default(),
            urgent_ready: Signal::default(),
            urgent_source: Signal::default(),
            urgent_destination: Signal::default(),
            urgent_first: Signal::default(),
            urgent_last: Signal::default(),
            urgent_has_header: Signal::default(),
            urgent_header_address: Signal::default(),
            urgent_header: Signal::default(),
            urgent_ticket: Signal::default(),
            urgent_guest: Signal::default(),
            urgent_block: Signal::default(),
            urgent_kind: Signal::default(),
            urgent_clear: Signal::default(),
            bulk_valid: Signal::default(),
            bulk_ready: Signal::default(),
            bulk_source: Signal::default(),
            bulk_destination: Signal::default(),
            bulk_first: Signal::default(),
            bulk_last: Signal::default(),
            bulk_guest: Signal::default(),
            bulk_block: Signal::default(),
            bulk_ticket: Signal::default(),
            bulk_kind: Signal::default(),
            bulk_clear: Signal::default(),
            bulk_lazy: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            ar_urgent: Signal::default(),
            ar_lazy: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            awaddr: Signal::default(),
            awlen: Signal::default(),
            aw_urgent: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            done_valid: Signal::default(),
            done_kind: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_clear: Signal::default(),
            done_read_error: Signal::default(),
            done_write_error: Signal::default(),
            soon_valid: Signal::default(),
            soon_kind: Signal::default(),
            soon_clear: Signal::default(),
            idle: Signal::default(),
            read: CopyRead::new(&shape),
            address: CopyAddress::new(&shape),
            data: CopyData::new(&shape),
            completion: CopyCompletion::new(&shape),
            has_urgent: Constant::new(shape.urgent),
            has_headers: Constant::new(shape.headers),
        }
    }
}

impl<const D: usize, const S: usize> Logic for CopyEngine<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: copy_engine");
        comment!("Moves blocks, urgent descriptors before bulk ones at block boundaries; read, written and");
        comment!("reported in order. Chunks of 16 beats at most; space is reserved before AR, so R and B are");
        comment!("always taken; AW is raised when its data are held; W follows the order of AW. A beat read");
        comment!("and a beat written in every cycle at latencies to 100. A header of 64 bits may follow a");
        comment!("block. A chunk with a read error is not written, nor any later one of its block, and the");
        comment!("header is void (bit 36); write errors are reported. ar_urgent and aw_urgent may rise while");
        comment!("a request waits. Reset: empty and idle.");
        clock!(self, clock, read, address, data, completion);

        comment!("Intake.");
        self.read.urgent_valid.next = self.urgent_valid.val();
        self.read.urgent_source.next = self.urgent_source.val();
        self.read.bulk_valid.next = self.bulk_valid.val();
        self.read.bulk_source.next = self.bulk_source.val();
        self.read.bulk_lazy.next = self.bulk_lazy.val();
        self.read.urgent_first.next = self.urgent_first.val();
        self.read.urgent_last.next = self.urgent_last.val();
        self.read.bulk_first.next = self.bulk_first.val();
        self.read.bulk_last.next = self.bulk_last.val();
        self.address.job_range.next = bit_cast::<14, 7>(self.bulk_first.val())
            | (bit_cast::<14, 7>(self.bulk_last.val()) << 7);
        self.urgent_ready.next = self.read.urgent_ready.val();
        self.bulk_ready.next = self.read.bulk_ready.val();
        self.address.job_push.next = self.read.taken.val();
        self.address.job.next = bit_cast::<76, 34>(self.bulk_destination.val());
        self.completion.tag_push.next = self.read.taken.val();
        self.completion.tag.next = bit_cast::<38, 5>(self.bulk_ticket.val())
            | (bit_cast::<38, 4>(self.bulk_guest.val()) << 5)
            | (bit_cast::<38, 2>(self.bulk_kind.val()) << 9)
            | (bit_cast::<38, 1>(self.bulk_clear.val().into()) << 11)
            | (bit_cast::<38, 26>(self.bulk_block.val()) << 12);
        if self.has_urgent.val() & self.read.taken_urgent.val() {
            self.address.job_range.next = bit_cast::<14, 7>(self.urgent_first.val())
                | (bit_cast::<14, 7>(self.urgent_last.val()) << 7);
            self.address.job.next = bit_cast::<76, 34>(self.urgent_destination.val())
                | (bit_cast::<76, 1>(self.read.taken_urgent.val().into()) << 35);
            if self.has_headers.val() {
                self.address.job.next = bit_cast::<76, 34>(self.urgent_destination.val())
                    | (bit_cast::<76, 1>(self.urgent_has_header.val().into()) << 34)
                    | (bit_cast::<76, 1>(self.read.taken_urgent.val().into()) << 35)
                    | (bit_cast::<76, 40>(self.urgent_header_address.val()) << 36);
            }
            self.completion.tag.next = bit_cast::<38, 5>(self.urgent_ticket.val())
                | (bit_cast::<38, 4>(self.urgent_guest.val()) << 5)
                | (bit_cast::<38, 2>(self.urgent_kind.val()) << 9)
                | (bit_cast::<38, 1>(self.urgent_clear.val().into()) << 11)
                | (bit_cast::<38, 26>(self.urgent_block.val()) << 12);
        }
        self.data.header.next = self.urgent_header.val();
        if self.has_headers.val() {
            self.data.header_push.next =
                self.read.taken_urgent.val() & self.urgent_has_header.val();
        } else {
            self.data.header_push.next = false;
        }

        comment!("Between the parts.");
        self.address.arrival.next = self.data.arrival.val();
        self.address.arrival_error.next = self.data.arrival_error.val();
        self.address.work_full.next = self.data.work_full.val();
        self.address.item_full.next = self.completion.item_full.val();
        self.data.work_push.next = self.address.work_push.val();
        self.data.work.next = self.address.work.val();
        self.completion.item_push.next = self.address.item_push.val();
        self.completion.item_response.next = self.address.item_response.val();
        self.completion.item_last.next = self.address.item_last.val();
        self.completion.item_error.next = self.address.item_error.val();
        self.read.slot_freed.next = self.data.slot_freed.val();

        comment!("Memory.");
        self.arvalid.next = self.read.arvalid.val();
        self.araddr.next = self.read.araddr.val();
        self.arlen.next = self.read.arlen.val();
        self.ar_urgent.next = self.read.ar_urgent.val();
        self.ar_lazy.next = self.read.ar_lazy.val();
        self.read.arready.next = self.arready.val();
        self.data.rvalid.next = self.rvalid.val();
        self.data.rdata.next = self.rdata.val();
        self.data.rresp.next = self.rresp.val();
        self.data.rlast.next = self.rlast.val();
        self.awvalid.next = self.address.awvalid.val();
        self.awaddr.next = self.address.awaddr.val();
        self.awlen.next = self.address.awlen.val();
        self.aw_urgent.next = self.address.aw_urgent.val();
        self.address.awready.next = self.awready.val();
        self.wvalid.next = self.data.wvalid.val();
        self.wdata.next = self.data.wdata.val();
        self.wstrb.next = self.data.wstrb.val();
        self.wlast.next = self.data.wlast.val();
        self.data.wready.next = self.wready.val();
        self.completion.response_valid.next = self.response_valid.val();
        self.completion.response.next = self.response.val();

        comment!("Completion.");
        self.done_valid.next = self.completion.done_valid.val();
        self.done_kind.next = self.completion.done_kind.val();
        self.done_ticket.next = self.completion.done_ticket.val();
        self.done_guest.next = self.completion.done_guest.val();
        self.done_block.next = self.completion.done_block.val();
        self.done_clear.next = self.completion.done_clear.val();
        self.done_read_error.next = self.completion.done_read_error.val();
        self.done_write_error.next = self.completion.done_write_error.val();
        self.soon_valid.next = self.completion.soon_valid.val();
        self.soon_kind.next = self.completion.soon_kind.val();
        self.soon_clear.next = self.completion.soon_clear.val();
        self.idle.next = self.completion.idle.val();
    }
}
