//! One AXI4 write port: from the master's AW and W to pieces for memory, and back to B.
//!
//! **Does**: stores a burst whole ([`WriteIntake`]), classifies it and has it admitted ([`WriteAccept`]), cuts it at blocks ([`WriteSplitter`]), has
//! the tracker look each piece up, keeps the verdicts ([`VerdictQueue`]), issues pieces ([`WriteIssue`]) and merges the responses ([`WriteCollect`]).
//! **Ports**: `aw*`, `w*`, `b*` to the master; `out_*`, `response*` to the write arbiter; `request_*`, `finished_*`, `resolved_*` to admission;
//! `lookup_*`, `verdict_*`, `ticket_*` to the tracker; the address classes' configuration.
//! **Latency**: a piece per cycle and a beat per cycle, single beats included; `compact`: a burst and a piece every other cycle. **Order**: responses in the order of the AWs; B only after the last W.
//! **Errors**: see `write_accept`; a piece whose ticket failed is not written and makes the burst SLVERR. The worst response of the pieces is returned.
//! **Flush**: takes nothing more from the master, finishes complete bursts without showing their responses, throws away the rest; busy until nothing is left.
//! **Reset**: empty.

use super::constants::{copies, flag};
use super::own_tickets::OwnTickets;
use super::verdict_queue::VerdictQueue;
use super::write_accept::WriteAccept;
use super::write_collect::WriteCollect;
use super::write_intake::WriteIntake;
use super::write_issue::WriteIssue;
use super::write_splitter::WriteSplitter;
use super::write_types::{LookUp, Piece, WriteAddress, WriteResponse};
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// A write port of `D` data bits and `S` strobes.
#[derive(Clone, Debug, LogicBlock)]
pub struct WritePort<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// AWVALID.
    pub awvalid: Signal<In, Bit>,
    /// AWREADY.
    pub awready: Signal<Out, Bit>,
    /// AWID.
    pub awid: Signal<In, Bits<16>>,
    /// AWADDR.
    pub awaddr: Signal<In, Bits<40>>,
    /// AWLEN.
    pub awlen: Signal<In, Bits<8>>,
    /// AWSIZE.
    pub awsize: Signal<In, Bits<3>>,
    /// AWBURST.
    pub awburst: Signal<In, Bits<2>>,
    /// AWLOCK: exclusive accesses are performed as normal ones.
    pub awlock: Signal<In, Bit>,
    /// AWCACHE.
    pub awcache: Signal<In, Bits<4>>,
    /// AWPROT.
    pub awprot: Signal<In, Bits<3>>,
    /// AWQOS.
    pub awqos: Signal<In, Bits<4>>,
    /// AWUSER.
    pub awuser: Signal<In, Bits<16>>,
    /// WVALID.
    pub wvalid: Signal<In, Bit>,
    /// WREADY.
    pub wready: Signal<Out, Bit>,
    /// WDATA.
    pub wdata: Signal<In, Bits<D>>,
    /// WSTRB.
    pub wstrb: Signal<In, Bits<S>>,
    /// WLAST.
    pub wlast: Signal<In, Bit>,
    /// BVALID.
    pub bvalid: Signal<Out, Bit>,
    /// BREADY.
    pub bready: Signal<In, Bit>,
    /// BID.
    pub bid: Signal<Out, Bits<16>>,
    /// BRESP.
    pub bresp: Signal<Out, Bits<2>>,
    /// A piece's AWVALID.
    pub out_awvalid: Signal<Out, Bit>,
    /// Its AWREADY.
    pub out_awready: Signal<In, Bit>,
    /// Its AWADDR.
    pub out_awaddr: Signal<Out, Bits<40>>,
    /// Its AWLEN.
    pub out_awlen: Signal<Out, Bits<8>>,
    /// Its AWSIZE.
    pub out_awsize: Signal<Out, Bits<3>>,
    /// Its AWCACHE.
    pub out_awcache: Signal<Out, Bits<4>>,
    /// Its AWPROT.
    pub out_awprot: Signal<Out, Bits<3>>,
    /// Its AWQOS.
    pub out_awqos: Signal<Out, Bits<4>>,
    /// Its AWUSER.
    pub out_awuser: Signal<Out, Bits<16>>,
    /// WVALID of a piece.
    pub out_wvalid: Signal<Out, Bit>,
    /// Its WREADY.
    pub out_wready: Signal<In, Bit>,
    /// Its WDATA.
    pub out_wdata: Signal<Out, Bits<D>>,
    /// Its WSTRB.
    pub out_wstrb: Signal<Out, Bits<S>>,
    /// Its WLAST.
    pub out_wlast: Signal<Out, Bit>,
    /// Memory answers the oldest unanswered piece; always taken.
    pub response_valid: Signal<In, Bit>,
    /// The response.
    pub response: Signal<In, Bits<2>>,
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
    /// A burst asks to be accepted.
    pub request_valid: Signal<Out, Bit>,
    /// For this guest.
    pub request_guest: Signal<Out, Bits<4>>,
    /// Different blocks it touches.
    pub request_blocks: Signal<Out, Bits<8>>,
    /// It goes on.
    pub request_grant: Signal<In, Bit>,
    /// With the grant: as SLVERR.
    pub request_reject: Signal<In, Bit>,
    /// With the grant: a ring slot is reserved for each block.
    pub request_reserved: Signal<In, Bit>,
    /// An accepted burst has its last response.
    pub finished_valid: Signal<Out, Bit>,
    /// Its guest.
    pub finished_guest: Signal<Out, Bits<4>>,
    /// A block with a reserved slot has its verdict.
    pub resolved_valid: Signal<Out, Bit>,
    /// Its guest.
    pub resolved_guest: Signal<Out, Bits<4>>,
    /// A piece asks for its verdict.
    pub lookup_valid: Signal<Out, Bit>,
    /// The tracker takes the question.
    pub lookup_ready: Signal<In, Bit>,
    /// The piece's block, from MEM_BASE.
    pub lookup_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub lookup_guest: Signal<Out, Bits<4>>,
    /// 0: no operation, the verdict is go.
    pub lookup_tracked: Signal<Out, Bit>,
    /// The piece writes every byte of its block. With S5.
    pub lookup_whole: Signal<Out, Bit>,
    /// The next verdict, in the order of the lookups.
    pub verdict_valid: Signal<In, Bit>,
    /// It waits for a ticket.
    pub verdict_wait: Signal<In, Bit>,
    /// The ticket.
    pub verdict_ticket: Signal<In, Bits<5>>,
    /// The piece goes to the shadow. With S5.
    pub verdict_in_shadow: Signal<In, Bit>,
    /// The piece's response completes the ticket. With S5.
    pub verdict_own: Signal<In, Bit>,
    /// A ticket that the port completes. With S5.
    pub own_valid: Signal<Out, Bit>,
    /// The tracker takes it.
    pub own_ready: Signal<In, Bit>,
    /// The ticket.
    pub own_ticket: Signal<Out, Bits<5>>,
    /// Its guest.
    pub own_guest: Signal<Out, Bits<4>>,
    /// Its block.
    pub own_block: Signal<Out, Bits<26>>,
    /// The write failed.
    pub own_failed: Signal<Out, Bit>,
    /// The tracker has completed the oldest.
    pub own_complete: Signal<In, Bit>,
    /// A bit per guest: its writes are captured. With S1.
    pub captures: Signal<In, Bits<16>>,
    /// A piece is to be captured. With S1.
    pub capture_valid: Signal<Out, Bit>,
    /// The request is taken.
    pub capture_ready: Signal<In, Bit>,
    /// First unit of the block that it wrote.
    pub capture_first: Signal<Out, Bits<7>>,
    /// Last unit.
    pub capture_last: Signal<Out, Bits<7>>,
    /// The oldest capture is complete. With S1.
    pub capture_complete: Signal<In, Bit>,
    /// A bit per ticket: in use.
    pub ticket_busy: Signal<In, Bits<32>>,
    /// A bit per ticket: its save failed.
    pub ticket_failed: Signal<In, Bits<32>>,
    /// Starts a flush.
    pub flush: Signal<In, Bit>,
    /// A flush goes on.
    pub flush_busy: Signal<Out, Bit>,
    /// Nothing is held or outstanding.
    pub idle: Signal<Out, Bit>,
    intake: WriteIntake<D, S>,
    accept: WriteAccept,
    splitter: WriteSplitter,
    pieces: Fifo<Piece>,
    verdicts: VerdictQueue,
    reservations: Maybe<Fifo<Bits<5>>>,
    fulls: Maybe<Fifo<Bit>>,
    own_tickets: Maybe<OwnTickets>,
    issue: WriteIssue<D, S>,
    collect: WriteCollect,
    flushing: Register<Bit>,
    resolved: Register<Bit>,
    resolved_for: Register<Bits<4>>,
    look_ups: SkidBuffer<LookUp>,
    look_up: Signal<Local, LookUp>,
    asked: Signal<Local, LookUp>,
    no_look_up: Constant<LookUp>,
    looks_up: Signal<Local, Bit>,
    look_captured: Signal<Local, Bit>,
    aw: Signal<Local, WriteAddress>,
    out_piece: Signal<Local, Piece>,
    going: Signal<Local, Piece>,
    b: Signal<Local, WriteResponse>,
    quiet: Signal<Local, Bit>,
    stop: Signal<Local, Bit>,
    no_address: Constant<WriteAddress>,
    has_ring: Constant<Bit>,
    has_s1: Constant<Bit>,
    has_own: Constant<Bit>,
    has_s5: Constant<Bit>,
    _regions: usize,
    _guests: usize,
}

impl<const D: usize, const S: usize> WritePort<D, S> {
    /// A write port for a configuration whose data width is `D`.
    pub fn new(config: &Config) -> Self {
        assert!(
            config.data_width as usize == D && S * 8 == D,
            "a port of {D} data bits and {S} strobes does not fit data_width = {}",
            config.data_width
        );
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        let has_s5 = config.has(Strategy::S5);
        let has_s1 = config.captures();
        let has_own = has_s1 || has_s5;
        Self {
            clock: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            awid: Signal::default(),
            awaddr: Signal::default(),
            awlen: Signal::default(),
            awsize: Signal::default(),
            awburst: Signal::default(),
            awlock: Signal::default(),
            awcache: Signal::default(),
            awprot: Signal::default(),
            awqos: Signal::default(),
            awuser: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            bvalid: Signal::default(),
            bready: Signal::default(),
            bid: Signal::default(),
            bresp: Signal::default(),
            out_awvalid: Signal::default(),
            out_awready: Signal::default(),
            out_awaddr: Signal::default(),
            out_awlen: Signal::default(),
            out_awsize: Signal::default(),
            out_awcache: Signal::default(),
            out_awprot: Signal::default(),
            out_awqos: Signal::default(),
            out_awuser: Signal::default(),
            out_wvalid: Signal::default(),
            out_wready: Signal::default(),
            out_wdata: Signal::default(),
            out_wstrb: Signal::default(),
            out_wlast: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
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
            request_valid: Signal::default(),
            request_guest: Signal::default(),
            request_blocks: Signal::default(),
            request_grant: Signal::default(),
            request_reject: Signal::default(),
            request_reserved: Signal::default(),
            finished_valid: Signal::default(),
            finished_guest: Signal::default(),
            resolved_valid: Signal::default(),
            resolved_guest: Signal::default(),
            lookup_valid: Signal::default(),
            lookup_ready: Signal::default(),
            lookup_block: Signal::default(),
            lookup_guest: Signal::default(),
            lookup_tracked: Signal::default(),
            lookup_whole: Signal::default(),
            verdict_valid: Signal::default(),
            verdict_wait: Signal::default(),
            verdict_ticket: Signal::default(),
            verdict_in_shadow: Signal::default(),
            verdict_own: Signal::default(),
            own_valid: Signal::default(),
            own_ready: Signal::default(),
            own_ticket: Signal::default(),
            own_guest: Signal::default(),
            own_block: Signal::default(),
            own_failed: Signal::default(),
            own_complete: Signal::default(),
            captures: Signal::default(),
            capture_valid: Signal::default(),
            capture_ready: Signal::default(),
            capture_first: Signal::default(),
            capture_last: Signal::default(),
            capture_complete: Signal::default(),
            look_captured: Signal::default(),
            ticket_busy: Signal::default(),
            ticket_failed: Signal::default(),
            flush: Signal::default(),
            flush_busy: Signal::default(),
            idle: Signal::default(),
            intake: WriteIntake::new(config),
            accept: WriteAccept::new(config),
            splitter: WriteSplitter::new(config),
            pieces: Fifo::new(config.pieces() as usize),
            verdicts: VerdictQueue::new(config),
            reservations: Maybe::new(Fifo::new(8), config.uses_ring()),
            fulls: Maybe::new(Fifo::new(8), has_s5),
            own_tickets: Maybe::new(OwnTickets::new(config, config.pieces() as usize), has_own),
            issue: WriteIssue::new(config),
            collect: WriteCollect::new(config),
            flushing: Register::default(),
            resolved: Register::default(),
            resolved_for: Register::default(),
            look_ups: SkidBuffer::sized(config.compact),
            look_up: Signal::default(),
            asked: Signal::default(),
            no_look_up: Constant::new(LookUp::default()),
            looks_up: Signal::default(),
            aw: Signal::default(),
            out_piece: Signal::default(),
            going: Signal::default(),
            b: Signal::default(),
            quiet: Signal::default(),
            stop: Signal::default(),
            no_address: Constant::new(WriteAddress::default()),
            has_ring: flag(config.uses_ring()),
            has_s1: flag(has_s1),
            has_own: flag(has_own),
            has_s5: flag(has_s5),
            _regions: regions,
            _guests: guests,
        }
    }
}

impl<const D: usize, const S: usize> Logic for WritePort<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_port");
        comment!("One AXI4 write port: stores bursts whole, has them admitted, cuts them at blocks, asks the tracker about each");
        comment!("piece, issues the pieces and merges their responses. A beat and a piece per cycle; in order; see docs/architecture.md 3.");
        dff_setup!(self, clock, flushing, resolved, resolved_for);
        clock!(self, clock, intake, accept, splitter, look_ups, pieces, verdicts, issue, collect);

        comment!("Intake");
        self.stop.next = self.flush.val() | self.flushing.q.val();
        self.aw.next = self.no_address.val();
        self.aw.next.id = self.awid.val();
        self.aw.next.address = self.awaddr.val();
        self.aw.next.len = self.awlen.val();
        self.aw.next.size = self.awsize.val();
        self.aw.next.burst = self.awburst.val();
        self.aw.next.cache = self.awcache.val();
        self.aw.next.prot = self.awprot.val();
        self.aw.next.qos = self.awqos.val();
        self.aw.next.user = self.awuser.val();
        self.intake.aw.next = self.aw.val();
        self.intake.awvalid.next = self.awvalid.val();
        self.awready.next = self.intake.awready.val();
        self.intake.wvalid.next = self.wvalid.val();
        self.intake.wdata.next = self.wdata.val();
        self.intake.wstrb.next = self.wstrb.val();
        self.intake.wlast.next = self.wlast.val();
        self.wready.next = self.intake.wready.val();
        self.intake.refuse.next = self.stop.val();

        comment!("Admission");
        self.accept.burst_valid.next = self.intake.burst_valid.val();
        self.accept.burst.next = self.intake.burst.val();
        self.intake.burst_take.next = self.accept.burst_take.val();
        self.accept.enable.next = self.enable.val();
        self.accept.mem_base.next = self.mem_base.val();
        self.accept.shadow_base.next = self.shadow_base.val();
        for k in 0..self._regions {
            self.accept.region_active[k].next = self.region_active[k].val();
            self.accept.region_first[k].next = self.region_first[k].val();
            self.accept.region_last[k].next = self.region_last[k].val();
            self.accept.region_guest[k].next = self.region_guest[k].val();
        }
        for g in 0..self._guests {
            self.accept.ring_active[g].next = self.ring_active[g].val();
            self.accept.ring_base[g].next = self.ring_base[g].val();
            self.accept.ring_mask[g].next = self.ring_mask[g].val();
        }
        self.accept.room.next = self.collect.room.val();
        self.request_valid.next = self.accept.request_valid.val();
        self.request_guest.next = self.accept.request_guest.val();
        self.request_blocks.next = self.accept.request_blocks.val();
        self.accept.request_grant.next = self.request_grant.val();
        self.accept.request_reject.next = self.request_reject.val();
        self.accept.request_reserved.next = self.request_reserved.val();

        comment!("Split and look up");
        self.splitter.burst_valid.next = self.accept.accepted_valid.val();
        self.splitter.burst.next = self.accept.accepted.val();
        self.accept.accepted_ready.next = self.splitter.burst_ready.val();
        self.splitter.burst_full.next = false;
        if self.has_s5.val() {
            clock!(self, clock, fulls);
            self.fulls.push.next = self.intake.burst_valid.val() & self.accept.burst_take.val();
            self.fulls.data_in.next = self.intake.burst_full.val();
            self.fulls.pop.next =
                self.accept.accepted_valid.val() & self.splitter.burst_ready.val();
            self.splitter.burst_full.next = self.fulls.data_out.val();
        }
        // The tracker's choice of an operation does not reach back into the splitter.
        self.look_up.next = self.no_look_up.val();
        self.look_up.next.block = self.splitter.piece_block.val();
        self.look_up.next.guest = self.splitter.piece_guest.val();
        self.look_up.next.tracked = self.splitter.piece_tracked.val();
        self.look_up.next.whole = self.splitter.piece_whole.val();
        self.asked.next = self.look_ups.out_data.val();
        self.lookup_valid.next = self.look_ups.out_valid.val();
        self.lookup_block.next = self.asked.val().block;
        self.lookup_guest.next = self.asked.val().guest;
        self.lookup_tracked.next = self.asked.val().tracked;
        self.lookup_whole.next = self.asked.val().whole;
        self.look_ups.out_ready.next = self.lookup_ready.val();
        self.splitter.piece_ready.next = self.look_ups.in_ready.val() & !self.pieces.full.val();
        self.looks_up.next = self.splitter.piece_valid.val()
            & self.look_ups.in_ready.val()
            & !self.pieces.full.val();
        self.look_ups.in_valid.next = self.looks_up.val();
        self.look_ups.in_data.next = self.look_up.val();
        self.pieces.push.next = self.looks_up.val();
        self.pieces.data_in.next = self.splitter.piece.val();
        self.verdicts.verdict_valid.next = self.verdict_valid.val();
        self.verdicts.verdict_wait.next = self.verdict_wait.val();
        self.verdicts.verdict_ticket.next = self.verdict_ticket.val();
        self.verdicts.verdict_in_shadow.next = self.verdict_in_shadow.val();
        self.verdicts.verdict_own.next = self.verdict_own.val();
        self.verdicts.ticket_busy.next = self.ticket_busy.val();
        self.verdicts.ticket_failed.next = self.ticket_failed.val();
        // A captured piece's reservation becomes its entry, when it is captured.
        self.look_captured.next = false;
        if self.has_s1.val() {
            self.look_captured.next = self.splitter.piece_reserved.val()
                & self
                    .captures
                    .val()
                    .get_bit(self.splitter.piece_guest.val().index());
        }
        self.resolved_valid.next = false;
        self.resolved_guest.next = 0.into();
        if self.has_ring.val() {
            clock!(self, clock, reservations);
            self.reservations.push.next = self.looks_up.val();
            self.reservations.data_in.next = bit_cast::<5, 4>(self.splitter.piece_guest.val());
            if self.splitter.piece_reserved.val() & !self.look_captured.val() {
                self.reservations.data_in.next =
                    bit_cast::<5, 4>(self.splitter.piece_guest.val()) | bits::<5>(16);
            }
            self.reservations.pop.next = self.verdict_valid.val();
            self.resolved.d.next =
                self.verdict_valid.val() & self.reservations.data_out.val().get_bit(4);
            self.resolved_for.d.next = self.reservations.data_out.val().get_bits::<4>(0);
            self.resolved_valid.next = self.resolved.q.val();
            self.resolved_guest.next = self.resolved_for.q.val();
        }

        comment!("Issue");
        self.issue.piece_valid.next = self.pieces.valid.val();
        self.issue.piece.next = self.pieces.data_out.val();
        self.issue.verdict_ready.next = self.verdicts.head_ready.val();
        self.issue.verdict_failed.next = self.verdicts.head_failed.val();
        self.issue.verdict_in_shadow.next = self.verdicts.head_in_shadow.val();
        self.issue.shadow_base.next = self.shadow_base.val();
        self.issue.answer_room.next = self.collect.answer_room.val();
        self.issue.beat_valid.next = self.intake.beat_valid.val();
        self.issue.beat_data.next = self.intake.beat_data.val();
        self.issue.beat_strobes.next = self.intake.beat_strobes.val();
        self.issue.out_awready.next = self.out_awready.val();
        self.issue.out_wready.next = self.out_wready.val();
        self.pieces.pop.next = self.issue.take.val();
        self.verdicts.pop.next = self.issue.take.val();
        self.intake.beat_take.next = self.issue.beat_take.val();
        self.out_awvalid.next = self.issue.out_awvalid.val();
        self.out_piece.next = self.issue.out_aw.val();
        self.out_awaddr.next = self.out_piece.val().address;
        self.out_awlen.next = self.out_piece.val().len;
        self.out_awsize.next = self.out_piece.val().size;
        self.out_awcache.next = self.out_piece.val().cache;
        self.out_awprot.next = self.out_piece.val().prot;
        self.out_awqos.next = self.out_piece.val().qos;
        self.out_awuser.next = self.out_piece.val().user;
        self.out_wvalid.next = self.issue.out_wvalid.val();
        self.out_wdata.next = self.issue.out_wdata.val();
        self.out_wstrb.next = self.issue.out_wstrb.val();
        self.out_wlast.next = self.issue.out_wlast.val();

        comment!("Answer");
        self.collect.opened.next = self.accept.opened.val();
        self.collect.open_burst.next = self.accept.open_burst.val();
        self.collect.answer_due.next = self.issue.take.val();
        self.collect.answer.next = self.issue.answer.val();
        self.collect.answer_own.next = self.verdicts.head_own.val();
        self.collect.settled.next = false;
        self.own_valid.next = false;
        self.own_ticket.next = 0.into();
        self.own_guest.next = 0.into();
        self.own_block.next = 0.into();
        self.own_failed.next = false;
        self.capture_valid.next = false;
        self.capture_first.next = 0.into();
        self.capture_last.next = 0.into();
        if self.has_own.val() {
            clock!(self, clock, own_tickets);
            self.own_tickets.look_captured.next = self.look_captured.val();
            self.going.next = self.issue.going.val();
            self.own_tickets.len.next = self.going.val().len;
            self.own_tickets.size.next = self.going.val().size;
            self.own_tickets.capture_ready.next = self.capture_ready.val();
            self.own_tickets.capture_complete.next = self.capture_complete.val();
            self.capture_valid.next = self.own_tickets.capture_valid.val();
            self.capture_first.next = self.own_tickets.capture_first.val();
            self.capture_last.next = self.own_tickets.capture_last.val();
            self.collect.answer_own.next =
                self.verdicts.head_own.val() | self.own_tickets.taken_captured.val();
            self.own_tickets.looks_up.next = self.looks_up.val();
            self.own_tickets.look_guest.next = self.splitter.piece_guest.val();
            self.own_tickets.take.next = self.issue.take.val();
            self.own_tickets.goes.next = self.issue.goes.val();
            self.own_tickets.own.next = self.verdicts.head_own.val();
            self.own_tickets.ticket.next = self.verdicts.head_ticket.val();
            self.own_tickets.address.next = self.going.val().address;
            self.own_tickets.response_valid.next = self.response_valid.val();
            self.own_tickets.response.next = self.response.val();
            self.own_tickets.done_ready.next = self.own_ready.val();
            self.own_tickets.complete.next = self.own_complete.val();
            self.own_valid.next = self.own_tickets.done_valid.val();
            self.own_ticket.next = self.own_tickets.done_ticket.val();
            self.own_guest.next = self.own_tickets.done_guest.val();
            self.own_block.next = self.own_tickets.done_block.val();
            self.own_failed.next = self.own_tickets.done_failed.val();
            self.collect.settled.next = self.own_tickets.settled.val();
            self.own_tickets.settled_take.next = self.collect.settled_take.val();
        }
        self.collect.response_valid.next = self.response_valid.val();
        self.collect.response.next = self.response.val();
        self.collect.bready.next = self.bready.val();
        self.collect.discard.next = self.stop.val();
        self.finished_valid.next = self.collect.finished_valid.val();
        self.finished_guest.next = self.collect.finished_guest.val();
        self.bvalid.next = self.collect.bvalid.val();
        self.b.next = self.collect.b.val();
        self.bid.next = self.b.val().id;
        self.bresp.next = self.b.val().response;

        comment!("Flush: when all that can finish has finished, throw the rest away");
        self.quiet.next = !self.intake.burst_valid.val()
            & self.accept.empty.val()
            & self.collect.empty.val()
            & self.issue.empty.val();
        self.intake.purge.next = self.flushing.q.val() & self.quiet.val();
        if self.flush.val() {
            self.flushing.d.next = true;
        } else if self.quiet.val() & self.intake.empty.val() {
            self.flushing.d.next = false;
        }
        self.flush_busy.next = self.flushing.q.val();
        self.idle.next = self.quiet.val() & self.intake.empty.val();
    }
}
