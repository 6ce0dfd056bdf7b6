//! One AXI4 read port.
//!
//! **Does**: classifies a read as it comes, forwards it whole when its guest's reads are not held and the buffer has room for all its beats, and returns
//! the beats in the order of the ARs with the master's ID. **Latency**: two cycles added, both on AR, none on R while the buffer is empty; a beat per cycle, single beats included;
//! without `read_register` one cycle less, of a memory that takes two cycles or more: a read passes by the empty `out` while the arbiter takes it at once. S5's then go as early, unless words of places have to be put right first.
//! `compact`: two cycles more, for every beat goes through block memory, and a read every other cycle.
//! **Order**: that of the ARs. **Errors**: FIXED or illegal (see `burst_check`) SLVERR, else that of the address class: answered here with `len + 1` beats of zeros, in
//! order; none while not enabled. **Flush**: takes no AR, throws beats and held reads away, busy until nothing is outstanding.
//! **S5**: a read of an S5 guest goes where its blocks lie ([`ReadRedirect`]), three cycles added, in pieces if they lie in different places; room for all its beats is
//! reserved with the first piece, and once that is raised the read goes on, whatever its guest does.
//! **Reset**: empty. A read that has been sent on to the arbiter (two at most wait there) goes, whatever its guest does.

use super::address_class::AddressClass;
use super::beat_buffer::BeatBuffer;
use super::burst_check::BurstCheck;
use super::constants::{copies, flag, identities};
use super::or_tree::OrTree;
use super::read_redirect::ReadRedirect;
use super::read_types::{MemoryRead, OpenRead, ReadRequest};
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// A read port of `D` data bits.
#[derive(Clone, Debug, LogicBlock)]
pub struct ReadPort<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// ARVALID.
    pub arvalid: Signal<In, Bit>,
    /// ARREADY.
    pub arready: Signal<Out, Bit>,
    /// ARID.
    pub arid: Signal<In, Bits<16>>,
    /// ARADDR.
    pub araddr: Signal<In, Bits<40>>,
    /// ARLEN.
    pub arlen: Signal<In, Bits<8>>,
    /// ARSIZE.
    pub arsize: Signal<In, Bits<3>>,
    /// ARBURST.
    pub arburst: Signal<In, Bits<2>>,
    /// ARLOCK: exclusive accesses are performed as normal ones.
    pub arlock: Signal<In, Bit>,
    /// ARCACHE.
    pub arcache: Signal<In, Bits<4>>,
    /// ARPROT.
    pub arprot: Signal<In, Bits<3>>,
    /// ARQOS.
    pub arqos: Signal<In, Bits<4>>,
    /// ARUSER.
    pub aruser: Signal<In, Bits<16>>,
    /// RVALID.
    pub rvalid: Signal<Out, Bit>,
    /// RREADY.
    pub rready: Signal<In, Bit>,
    /// RID.
    pub rid: Signal<Out, Bits<16>>,
    /// RDATA.
    pub rdata: Signal<Out, Bits<D>>,
    /// RRESP.
    pub rresp: Signal<Out, Bits<2>>,
    /// RLAST.
    pub rlast: Signal<Out, Bit>,
    /// The unit is enabled.
    pub enable: Signal<In, Bit>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// The region is in use and its guest attached.
    pub region_active: Vec<Signal<In, Bit>>,
    /// First granule of the region.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Last granule of the region.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Guest of the region.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// The guest has a ring.
    pub ring_active: Vec<Signal<In, Bit>>,
    /// First page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Pages of its ring, less one.
    pub ring_mask: Vec<Signal<In, Bits<28>>>,
    /// Per guest: its reads wait.
    pub hold_reads: Vec<Signal<In, Bit>>,
    /// Per guest: its strategy is S5.
    pub redirect_guest: Vec<Signal<In, Bit>>,
    /// The places of blocks are asked for.
    pub place_request: Signal<Out, Bit>,
    /// The word.
    pub place_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub place_guest: Signal<Out, Bits<4>>,
    /// The first block of interest.
    pub place_first: Signal<Out, Bits<5>>,
    /// The last one.
    pub place_last: Signal<Out, Bits<5>>,
    /// The read goes on in the next word.
    pub place_beyond: Signal<Out, Bit>,
    /// The question is taken; the answer stands two cycles later.
    pub place_grant: Signal<In, Bit>,
    /// A bit per block of the word: in the shadow.
    pub places: Signal<In, Bits<32>>,
    /// All of interest are in one place.
    pub place_whole: Signal<In, Bit>,
    /// With `place_whole`: in the shadow.
    pub place_in_shadow: Signal<In, Bit>,
    /// Its word cannot be put right. With error correction.
    pub place_failed: Signal<In, Bit>,
    /// ARVALID to the read arbiter.
    pub out_arvalid: Signal<Out, Bit>,
    /// ARREADY from it.
    pub out_arready: Signal<In, Bit>,
    /// ARADDR.
    pub out_araddr: Signal<Out, Bits<40>>,
    /// ARLEN.
    pub out_arlen: Signal<Out, Bits<8>>,
    /// ARSIZE.
    pub out_arsize: Signal<Out, Bits<3>>,
    /// ARBURST.
    pub out_arburst: Signal<Out, Bits<2>>,
    /// ARCACHE.
    pub out_arcache: Signal<Out, Bits<4>>,
    /// ARPROT.
    pub out_arprot: Signal<Out, Bits<3>>,
    /// ARQOS.
    pub out_arqos: Signal<Out, Bits<4>>,
    /// ARUSER.
    pub out_aruser: Signal<Out, Bits<16>>,
    /// A beat of memory for this port; always taken.
    pub in_rvalid: Signal<In, Bit>,
    /// Its data.
    pub in_rdata: Signal<In, Bits<D>>,
    /// Its response.
    pub in_rresp: Signal<In, Bits<2>>,
    /// Starts a flush.
    pub flush: Signal<In, Bit>,
    /// A flush goes on.
    pub flush_busy: Signal<Out, Bit>,
    /// Nothing is held or outstanding.
    pub idle: Signal<Out, Bit>,
    classifier: AddressClass,
    check: BurstCheck,
    slice: Maybe<SkidBuffer<ReadRequest>>,
    redirect: Maybe<ReadRedirect>,
    order: Fifo<OpenRead>,
    buffer: BeatBuffer<D, 2>,
    free: Register<Bits<16>>,
    out: SkidBuffer<MemoryRead>,
    sent: Signal<Local, MemoryRead>,
    beats_left: Register<Bits<8>>,
    at_last: Register<Bit>,
    flushing: Register<Bit>,
    stop: Signal<Local, Bit>,
    incoming: Signal<Local, ReadRequest>,
    request: Signal<Local, ReadRequest>,
    held_valid: Signal<Local, Bit>,
    offered: Signal<Local, Bit>,
    first: Signal<Local, Bit>,
    total: Signal<Local, Bits<8>>,
    reserves: Signal<Local, Bit>,
    redirects: Maybe<OrTree<1>>,
    unsettled: Signal<Local, Bit>,
    holds: OrTree<1>,
    held: Signal<Local, Bit>,
    error: Signal<Local, Bits<2>>,
    may_issue: Signal<Local, Bit>,
    may_answer: Signal<Local, Bit>,
    issues: Signal<Local, Bit>,
    answers: Signal<Local, Bit>,
    beats: Signal<Local, Bits<16>>,
    oldest_valid: Register<Bit>,
    oldest_fails: Register<Bit>,
    oldest: Register<OpenRead>,
    advances: Signal<Local, Bit>,
    nothing_left: Signal<Local, Bit>,
    open: Signal<Local, OpenRead>,
    open_error: Signal<Local, Bits<2>>,
    next_oldest: Signal<Local, OpenRead>,
    shown: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    memory_shows: Signal<Local, Bit>,
    buffer_taken: Signal<Local, Bit>,
    no_request: Constant<ReadRequest>,
    has_s5: Constant<Bit>,
    has_register: Constant<Bit>,
    has_bypass: Constant<Bit>,
    no_read: Constant<OpenRead>,
    nothing_sent: Constant<MemoryRead>,
    guest_ids: Vec<Constant<Bits<4>>>,
    _regions: usize,
    _guests: usize,
}

impl<const D: usize> ReadPort<D> {
    /// A read port for a configuration whose data width is `D`.
    pub fn new(config: &Config) -> Self {
        assert!(
            config.data_width as usize == D,
            "a port of {D} data bits does not fit data_width = {}",
            config.data_width
        );
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        let has_s5 = config.has(Strategy::S5);
        let beats = config.r_buffer_beats() as usize;
        Self {
            clock: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            arid: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            arsize: Signal::default(),
            arburst: Signal::default(),
            arlock: Signal::default(),
            arcache: Signal::default(),
            arprot: Signal::default(),
            arqos: Signal::default(),
            aruser: Signal::default(),
            rvalid: Signal::default(),
            rready: Signal::default(),
            rid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            enable: Signal::default(),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            region_active: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            ring_active: copies(guests),
            ring_base: copies(guests),
            ring_mask: copies(guests),
            hold_reads: copies(guests),
            redirect_guest: copies(guests),
            place_request: Signal::default(),
            place_word: Signal::default(),
            place_guest: Signal::default(),
            place_first: Signal::default(),
            place_last: Signal::default(),
            place_beyond: Signal::default(),
            place_grant: Signal::default(),
            places: Signal::default(),
            place_whole: Signal::default(),
            place_in_shadow: Signal::default(),
            place_failed: Signal::default(),
            out_arvalid: Signal::default(),
            out_arready: Signal::default(),
            out_araddr: Signal::default(),
            out_arlen: Signal::default(),
            out_arsize: Signal::default(),
            out_arburst: Signal::default(),
            out_arcache: Signal::default(),
            out_arprot: Signal::default(),
            out_arqos: Signal::default(),
            out_aruser: Signal::default(),
            in_rvalid: Signal::default(),
            in_rdata: Signal::default(),
            in_rresp: Signal::default(),
            flush: Signal::default(),
            flush_busy: Signal::default(),
            idle: Signal::default(),
            classifier: AddressClass::new(config),
            check: BurstCheck::new(config),
            slice: Maybe::new(SkidBuffer::sized(config.compact), !has_s5),
            redirect: Maybe::new(ReadRedirect::new(config), has_s5),
            order: Fifo::new(config.outstanding as usize),
            buffer: BeatBuffer::new(beats, config.compact),
            free: Register::narrow((beats as u64).to_bits(), clog2(beats + 1)),
            out: SkidBuffer::sized(config.compact),
            sent: Signal::default(),
            beats_left: Register::default(),
            at_last: Register::default(),
            flushing: Register::default(),
            stop: Signal::default(),
            incoming: Signal::default(),
            request: Signal::default(),
            held_valid: Signal::default(),
            offered: Signal::default(),
            first: Signal::default(),
            total: Signal::default(),
            reserves: Signal::default(),
            redirects: Maybe::new(OrTree::new(guests), has_s5),
            unsettled: Signal::default(),
            holds: OrTree::new(guests),
            held: Signal::default(),
            error: Signal::default(),
            may_issue: Signal::default(),
            may_answer: Signal::default(),
            issues: Signal::default(),
            answers: Signal::default(),
            beats: Signal::default(),
            oldest_valid: Register::default(),
            oldest_fails: Register::default(),
            oldest: Register::without_reset(),
            advances: Signal::default(),
            nothing_left: Signal::default(),
            open: Signal::default(),
            open_error: Signal::default(),
            next_oldest: Signal::default(),
            shown: Signal::default(),
            taken: Signal::default(),
            memory_shows: Signal::default(),
            buffer_taken: Signal::default(),
            no_request: Constant::new(ReadRequest::default()),
            has_s5: flag(has_s5),
            has_register: flag(config.read_register),
            has_bypass: flag(!config.compact),
            no_read: Constant::new(OpenRead::default()),
            nothing_sent: Constant::new(MemoryRead::default()),
            guest_ids: identities(guests),
            _regions: regions,
            _guests: guests,
        }
    }
}

impl<const D: usize> Logic for ReadPort<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: read_port");
        comment!("One AXI4 read port: two cycles of added latency, four if compact, a beat per cycle, in order. A read goes out when its guest's");
        comment!("reads are not held and the buffer has room for all its beats; errors are answered here with zeros. See docs/architecture.md 4.");
        dff_setup!(
            self,
            clock,
            free,
            beats_left,
            at_last,
            flushing,
            oldest_valid,
            oldest_fails,
            oldest
        );
        clock!(self, clock, order, out, buffer);

        comment!("AR: class and shape");
        self.stop.next = self.flush.val() | self.flushing.q.val();
        self.classifier.address.next = self.araddr.val();
        self.classifier.enable.next = self.enable.val();
        self.classifier.mem_base.next = self.mem_base.val();
        self.classifier.shadow_base.next = self.shadow_base.val();
        for k in 0..self._regions {
            self.classifier.region_active[k].next = self.region_active[k].val();
            self.classifier.region_first[k].next = self.region_first[k].val();
            self.classifier.region_last[k].next = self.region_last[k].val();
            self.classifier.region_guest[k].next = self.region_guest[k].val();
        }
        for g in 0..self._guests {
            self.classifier.ring_active[g].next = self.ring_active[g].val();
            self.classifier.ring_base[g].next = self.ring_base[g].val();
            self.classifier.ring_mask[g].next = self.ring_mask[g].val();
        }
        self.check.offset.next = self.araddr.val().get_bits::<12>(0);
        self.check.len.next = self.arlen.val();
        self.check.size.next = self.arsize.val();
        self.check.burst.next = self.arburst.val();
        self.incoming.next = self.no_request.val();
        self.incoming.next.id = self.arid.val();
        self.incoming.next.address = self.araddr.val();
        self.incoming.next.len = self.arlen.val();
        self.incoming.next.size = self.arsize.val();
        self.incoming.next.burst = self.arburst.val();
        self.incoming.next.cache = self.arcache.val();
        self.incoming.next.prot = self.arprot.val();
        self.incoming.next.qos = self.arqos.val();
        self.incoming.next.user = self.aruser.val();
        self.incoming.next.tracked = self.classifier.class_tracked.val();
        self.incoming.next.guest = self.classifier.class_guest.val();
        self.incoming.next.error = self.classifier.class_error.val();
        if self.enable.val() & (self.check.illegal.val() | !self.arburst.val().any()) {
            self.incoming.next.error = 2.into();
        }
        self.place_request.next = false;
        self.place_word.next = 0.into();
        self.place_guest.next = 0.into();
        self.place_first.next = 0.into();
        self.place_last.next = 0.into();
        self.place_beyond.next = false;
        if self.has_s5.val() {
            clock!(self, clock, redirect);
            self.redirect.in_valid.next = self.arvalid.val() & !self.stop.val();
            self.redirect.in_data.next = self.incoming.val();
            for g in 0..self._guests {
                self.redirects.inputs[g].next = 0.into();
                if self.redirect_guest[g].val()
                    & (self.classifier.class_guest.val() == self.guest_ids[g].val())
                {
                    self.redirects.inputs[g].next = 1.into();
                }
            }
            self.redirect.in_redirect.next = self.classifier.class_tracked.val()
                & self.redirects.merged.val().any()
                & !self.check.illegal.val()
                & self.arburst.val().any();
            self.arready.next = self.redirect.in_ready.val() & !self.stop.val();
            self.redirect.shadow_base.next = self.shadow_base.val();
            self.redirect.place_grant.next = self.place_grant.val();
            self.redirect.places.next = self.places.val();
            self.redirect.place_whole.next = self.place_whole.val();
            self.redirect.place_in_shadow.next = self.place_in_shadow.val();
            self.redirect.place_failed.next = self.place_failed.val();
            self.held_valid.next = self.redirect.held_valid.val();
            self.offered.next = self.redirect.out_valid.val();
            self.request.next = self.redirect.out_data.val();
            self.first.next = self.redirect.out_first.val();
            self.total.next = self.redirect.out_total.val();
        } else {
            clock!(self, clock, slice);
            self.slice.in_valid.next = self.arvalid.val() & !self.stop.val();
            self.slice.in_data.next = self.incoming.val();
            self.arready.next = self.slice.in_ready.val() & !self.stop.val();
            self.held_valid.next = self.slice.out_valid.val();
            self.offered.next = self.slice.out_valid.val();
            self.request.next = self.slice.out_data.val();
            self.first.next = true;
            self.total.next = self.request.val().len;
        }

        comment!("To memory, with room for all beats reserved");
        self.error.next = self.request.val().error;
        for g in 0..self._guests {
            self.holds.inputs[g].next = 0.into();
            if self.hold_reads[g].val() & (self.request.val().guest == self.guest_ids[g].val()) {
                self.holds.inputs[g].next = 1.into();
            }
        }
        self.held.next = self.request.val().tracked & self.holds.merged.val().any();
        self.beats.next = bit_cast::<16, 8>(self.total.val());
        // Whether a read of S5 is offered is known late.
        self.may_issue.next = self.out.in_ready.val()
            & !self.error.val().any()
            & !self.order.full.val()
            & (self.free.q.val() > self.beats.val())
            & !self.held.val();
        if !self.first.val() {
            self.may_issue.next = self.out.in_ready.val();
        }
        self.issues.next = self.offered.val() & self.may_issue.val();
        self.out.in_valid.next = self.issues.val();
        self.out.in_data.next = self.nothing_sent.val();
        self.out.in_data.next.address = self.request.val().address;
        self.out.in_data.next.len = self.request.val().len;
        self.out.in_data.next.size = self.request.val().size;
        self.out.in_data.next.burst = self.request.val().burst;
        self.out.in_data.next.cache = self.request.val().cache;
        self.out.in_data.next.prot = self.request.val().prot;
        self.out.in_data.next.qos = self.request.val().qos;
        self.out.in_data.next.user = self.request.val().user;
        self.out.out_ready.next = self.out_arready.val();
        self.sent.next = self.out.out_data.val();
        self.out_arvalid.next = self.out.out_valid.val();
        if !self.has_register.val() {
            // What the arbiter does not take at once waits in the buffer, so that a raised AR stays.
            if !self.out.out_valid.val() {
                self.sent.next = self.out.in_data.val();
                self.out_arvalid.next = self.issues.val();
                self.out.in_valid.next = self.issues.val() & !self.out_arready.val();
            }
        }
        self.out_araddr.next = self.sent.val().address;
        self.out_arlen.next = self.sent.val().len;
        self.out_arsize.next = self.sent.val().size;
        self.out_arburst.next = self.sent.val().burst;
        self.out_arcache.next = self.sent.val().cache;
        self.out_arprot.next = self.sent.val().prot;
        self.out_arqos.next = self.sent.val().qos;
        self.out_aruser.next = self.sent.val().user;
        self.may_answer.next = self.error.val().any() & !self.order.full.val();
        self.answers.next = self.offered.val() & self.may_answer.val();
        if self.has_s5.val() {
            self.unsettled.next = false;
            for g in 0..self._guests {
                if self.hold_reads[g].val() & self.redirect_guest[g].val() {
                    self.unsettled.next = true;
                }
            }
            self.redirect.out_ready.next = self.may_issue.val() | self.may_answer.val();
            self.redirect.restart.next = self.held.val() & self.first.val();
            self.redirect.unsettled.next = self.unsettled.val();
            self.redirect.drop.next = self.flushing.q.val() & self.held.val() & self.first.val();
            self.place_request.next = self.redirect.place_request.val();
            self.place_word.next = self.redirect.place_word.val();
            self.place_guest.next = self.redirect.place_guest.val();
            self.place_first.next = self.redirect.place_first.val();
            self.place_last.next = self.redirect.place_last.val();
            self.place_beyond.next = self.redirect.place_beyond.val();
        } else {
            self.unsettled.next = false;
            self.slice.out_ready.next =
                self.issues.val() | self.answers.val() | (self.flushing.q.val() & self.held.val());
        }
        self.reserves.next = self.issues.val() & self.first.val();
        self.order.push.next = self.reserves.val() | self.answers.val();
        self.order.data_in.next = self.no_read.val();
        self.order.data_in.next.id = self.request.val().id;
        self.order.data_in.next.len = self.total.val();
        self.order.data_in.next.error = self.error.val();

        comment!("R: beats of memory, and zeros for errors, in order");
        // A beat that goes through block memory is not there in the cycle after it came: it must not have been offered before.
        if self.has_bypass.val() {
            self.memory_shows.next = self.buffer.empty.val();
        } else {
            self.memory_shows.next = false;
        }
        self.buffer.in_data.next = self.in_rdata.val();
        self.buffer.in_side.next = self.in_rresp.val();
        // The oldest read stands in a register; it is there no later than its first beat.
        self.open.next = self.oldest.q.val();
        self.open_error.next = self.open.val().error;
        self.rid.next = self.open.val().id;
        self.rdata.next = self.buffer.out_data.val();
        self.rresp.next = self.buffer.out_side.val();
        self.shown.next = self.oldest_valid.q.val() & self.buffer.out_valid.val();
        if self.memory_shows.val() {
            self.rdata.next = self.in_rdata.val();
            self.rresp.next = self.in_rresp.val();
            self.shown.next = self.oldest_valid.q.val() & self.in_rvalid.val();
        }
        if self.oldest_fails.q.val() {
            self.shown.next = self.oldest_valid.q.val();
            self.rdata.next = 0.into();
            self.rresp.next = self.open_error.val();
        }
        // A count tells the last beat: of what memory sent, of zeros, and of a read that went out in pieces.
        self.rlast.next = self.at_last.q.val();
        self.rvalid.next = self.shown.val() & !self.stop.val();
        self.taken.next = self.shown.val() & (self.rready.val() | self.stop.val());
        self.buffer_taken.next = self.taken.val() & !self.oldest_fails.q.val();
        self.buffer.take.next = self.buffer_taken.val();
        // A beat that is taken in the cycle in which it comes passes by the buffer.
        self.buffer.in_valid.next =
            self.in_rvalid.val() & (!self.memory_shows.val() | !self.buffer_taken.val());
        self.advances.next = !self.oldest_valid.q.val() | (self.taken.val() & self.at_last.q.val());
        self.order.pop.next = self.advances.val();
        self.next_oldest.next = self.order.data_out.val();
        if self.advances.val() {
            self.oldest_valid.d.next = self.order.valid.val();
            self.oldest.d.next = self.next_oldest.val();
            self.oldest_fails.d.next = self.next_oldest.val().error.any();
            self.beats_left.d.next = self.next_oldest.val().len;
            self.at_last.d.next = !self.next_oldest.val().len.any();
        } else if self.taken.val() {
            self.beats_left.d.next = self.beats_left.q.val() - 1;
            self.at_last.d.next = self.beats_left.q.val() == 1;
        }

        if self.reserves.val() & self.buffer_taken.val() {
            self.free.d.next = self.free.q.val() - self.beats.val();
        } else if self.reserves.val() {
            self.free.d.next = self.free.q.val() - self.beats.val() - 1;
        } else if self.buffer_taken.val() {
            self.free.d.next = self.free.q.val() + 1;
        }

        comment!("Flush");
        self.nothing_left.next =
            !self.held_valid.val() & !self.order.valid.val() & !self.oldest_valid.q.val();
        self.idle.next = self.nothing_left.val();
        if self.flush.val() {
            self.flushing.d.next = true;
        } else if self.nothing_left.val() {
            self.flushing.d.next = false;
        }
        self.flush_busy.next = self.flushing.q.val();
    }
}
