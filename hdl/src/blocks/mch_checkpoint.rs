//! The top: a block between an interconnect and a DRAM controller that checkpoints and rolls back.
//!
//! **Does**: passes AXI4 traffic from its `s_axi` ports to `m_axi`; tracks the writes of attached guests by their strategy; copies blocks and
//! keeps logs so that each guest can be committed or taken back alone. `docs/architecture.md` describes each part.
//! **Ports**: `s_axi` (one or several), `m_axi`, `s_axil` (registers), `irq` (a bit per guest, and above them the common one); with the link
//! to a backup computer `link_tx` and `link_rx`.
//! **Latency**: reads two cycles more than without it. **Ordering**: responses in order per port.
//! **Errors**: outside system memory DECERR; shadow and logs SLVERR; downstream errors are passed on.
//! **Reset**: `rst`, synchronous, clears the unit; STATUS.READY follows when the block store has been swept.

use super::axi_ports::{
    AxiLite, AxiManager, AxiSubordinate, AxiUserIn, AxiUserOut, StreamIn, StreamOut,
};
use super::constants::{constant, copies, flag, identities};
use super::guest_link_types::LinkReport;
use super::link_pins::{LinkOrderPins, LinkReportPins};
use super::scan_types::PushRequest;
use super::{
    Admission, BulkArbiter, CaptureIntake, ControlUnit, CopyEngine, Link, PlaceStore, ReadArbiter,
    ReadPort, RingReader, SaveBuilder, Scanner, Tracker, WriteArbiter, WritePort,
};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// The checkpointing unit. `D` is the data width, `S` = `D` / 8.
#[derive(Clone, Debug, LogicBlock)]
pub struct MchCheckpoint<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Towards processors and devices, a port each.
    pub s_axi: Vec<AxiSubordinate<D, S>>,
    /// AxUSER of those ports.
    pub s_user: Vec<Maybe<AxiUserIn>>,
    /// Towards the DRAM controller.
    pub m_axi: AxiManager<D, S>,
    /// AxUSER of that port.
    pub m_user: Maybe<AxiUserOut>,
    /// The registers.
    pub s_axil: AxiLite,
    /// To the computer at the other end of the link.
    pub link_tx: Maybe<StreamOut>,
    /// From it.
    pub link_rx: Maybe<StreamIn>,
    /// Interrupts: a bit per guest, and above them the common one.
    pub irq: Signal<Out, Bits<17>>,
    write_port: Vec<WritePort<D, S>>,
    read_port: Vec<ReadPort<D>>,
    admission: Admission,
    read_arbiter: ReadArbiter<D>,
    write_arbiter: WriteArbiter<D, S>,
    tracker: Tracker,
    scanner: Scanner,
    copy_engine: CopyEngine<D, S>,
    bulk_arbiter: BulkArbiter,
    place_store: Maybe<PlaceStore>,
    save_builder: Maybe<SaveBuilder>,
    ring_reader: Maybe<RingReader<D>>,
    control_unit: ControlUnit,
    backup_link: Maybe<Link<D, S>>,
    has_link: Constant<Bit>,
    done_scanned: Signal<Local, Bit>,
    scan_ringed: Signal<Local, Bit>,
    scan_dropped: Signal<Local, Bit>,
    scan_reserves: Signal<Local, Bit>,
    scan_goes: Signal<Local, Bit>,
    order_pins: Vec<Maybe<LinkOrderPins>>,
    report_pins: Vec<Maybe<LinkReportPins>>,
    no_report: Constant<LinkReport>,
    scan_number: Constant<Bits<5>>,
    last_unit: Constant<Bits<7>>,
    _requesters: usize,
    done_save: Signal<Local, Bit>,
    done_ticketed: Signal<Local, Bit>,
    ticket_done: Register<Bit>,
    push_asked: Signal<Local, Bit>,
    uses_ring: Constant<Bit>,
    capture_intake: Maybe<CaptureIntake>,
    done_captured: Signal<Local, Bit>,
    capturing: Vec<Signal<Local, Bit>>,
    pushes: Maybe<SkidBuffer<PushRequest>>,
    push: Signal<Local, PushRequest>,
    push_shown: Signal<Local, PushRequest>,
    no_push: Constant<PushRequest>,
    captures: Signal<Local, Bits<16>>,
    has_capture: Constant<Bit>,
    has_saves: Constant<Bit>,
    guest_ids: Vec<Constant<Bits<4>>>,
    guest_bits: Vec<Constant<Bits<16>>>,
    has_s5: Constant<Bit>,
    has_correction: Constant<Bit>,
    place_failed: Signal<Local, Bit>,
    place_guest: Signal<Local, Bits<4>>,
    has_tickets: Constant<Bit>,
    has_push: Constant<Bit>,
    has_user: Constant<Bit>,
    _ports: usize,
    _guests: usize,
    _regions: usize,
}

impl<const D: usize, const S: usize> MchCheckpoint<D, S> {
    /// The unit of a valid configuration whose data width is `D`.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let has_user = config.user_width != 0;
        Self {
            clock: Signal::default(),
            s_axi: copies(ports),
            s_user: (0..ports)
                .map(|_| Maybe::new(AxiUserIn::default(), has_user))
                .collect(),
            m_axi: AxiManager::default(),
            m_user: Maybe::new(AxiUserOut::default(), has_user),
            s_axil: AxiLite::default(),
            link_tx: Maybe::new(StreamOut::default(), config.link),
            link_rx: Maybe::new(StreamIn::default(), config.link),
            backup_link: Maybe::new(Link::new(config), config.link),
            has_link: flag(config.link),
            done_scanned: Signal::default(),
            scan_ringed: Signal::default(),
            scan_dropped: Signal::default(),
            scan_reserves: Signal::default(),
            scan_goes: Signal::default(),
            order_pins: vec![
                Maybe::new(LinkOrderPins::default(), config.link);
                config.guests as usize
            ],
            report_pins: vec![
                Maybe::new(LinkReportPins::default(), config.link);
                config.guests as usize
            ],
            no_report: Constant::new(LinkReport::default()),
            scan_number: constant(ports as u64),
            last_unit: constant(config.last_range_unit().into()),
            _requesters: ports + usize::from(config.link),
            irq: Signal::default(),
            write_port: (0..ports).map(|_| WritePort::new(config)).collect(),
            read_port: (0..ports).map(|_| ReadPort::new(config)).collect(),
            admission: Admission::new(config),
            read_arbiter: ReadArbiter::new(config),
            write_arbiter: WriteArbiter::new(config),
            tracker: Tracker::new(config),
            scanner: Scanner::new(config),
            copy_engine: CopyEngine::new(config),
            bulk_arbiter: BulkArbiter::new(config),
            place_store: Maybe::new(PlaceStore::new(config), config.has(Strategy::S5)),
            save_builder: Maybe::new(
                SaveBuilder::new(config),
                config.has_tickets() || config.captures(),
            ),
            ring_reader: Maybe::new(RingReader::new(config), config.uses_ring()),
            control_unit: ControlUnit::new(config),
            done_save: Signal::default(),
            done_ticketed: Signal::default(),
            ticket_done: Register::default(),
            push_asked: Signal::default(),
            uses_ring: flag(config.uses_ring()),
            capture_intake: Maybe::new(CaptureIntake::new(config), config.captures()),
            done_captured: Signal::default(),
            pushes: Maybe::new(SkidBuffer::default(), config.has(Strategy::S4)),
            push: Signal::default(),
            push_shown: Signal::default(),
            no_push: Constant::new(PushRequest::default()),
            capturing: vec![Signal::default(); config.guests as usize],
            captures: Signal::default(),
            has_capture: flag(config.captures()),
            has_saves: flag(config.has_tickets() || config.captures()),
            guest_ids: identities(config.guests as usize),
            guest_bits: (0..config.guests).map(|g| constant(1 << g)).collect(),
            has_s5: flag(config.has(Strategy::S5)),
            has_correction: flag(config.error_correction),
            place_failed: Signal::default(),
            place_guest: Signal::default(),
            has_tickets: flag(config.has_tickets()),
            has_push: flag(config.has(Strategy::S4)),
            has_user: flag(has_user),
            _ports: ports,
            _guests: config.guests as usize,
            _regions: config.regions as usize,
        }
    }
}

impl<const D: usize, const S: usize> Logic for MchCheckpoint<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: mch_checkpoint");
        comment!("A memory controller hub's checkpointing unit, between an interconnect and a DRAM controller.");
        comment!("Passes AXI4 traffic from s_axi to m_axi, tracks the writes of attached guests, copies blocks and keeps");
        comment!(
            "logs so that each guest can be committed or taken back alone. Registers on s_axil."
        );
        comment!("Reads take two cycles more than without it; responses are in order per port.");
        comment!("rst is synchronous and active high; STATUS.READY follows when the block store has been swept.");
        clock!(
            self,
            clock,
            admission,
            read_arbiter,
            write_arbiter,
            tracker,
            scanner,
            copy_engine,
            bulk_arbiter,
            control_unit
        );

        // Registers.
        self.control_unit.awvalid.next = self.s_axil.awvalid.val();
        self.control_unit.awaddr.next = self.s_axil.awaddr.val();
        self.control_unit.wvalid.next = self.s_axil.wvalid.val();
        self.control_unit.wdata.next = self.s_axil.wdata.val();
        self.control_unit.wstrb.next = self.s_axil.wstrb.val();
        self.control_unit.bready.next = self.s_axil.bready.val();
        self.control_unit.arvalid.next = self.s_axil.arvalid.val();
        self.control_unit.araddr.next = self.s_axil.araddr.val();
        self.control_unit.rready.next = self.s_axil.rready.val();
        self.s_axil.awready.next = self.control_unit.awready.val();
        self.s_axil.wready.next = self.control_unit.wready.val();
        self.s_axil.bvalid.next = self.control_unit.bvalid.val();
        self.s_axil.bresp.next = self.control_unit.bresp.val();
        self.s_axil.arready.next = self.control_unit.arready.val();
        self.s_axil.rvalid.next = self.control_unit.rvalid.val();
        self.s_axil.rdata.next = self.control_unit.rdata.val();
        self.s_axil.rresp.next = self.control_unit.rresp.val();
        self.irq.next = self.control_unit.irq.val();

        // Places.
        for p in 0..self._ports {
            self.write_port[p].verdict_in_shadow.next = self.tracker.verdict_in_shadow.val();
            self.write_port[p].verdict_own.next = self.tracker.verdict_own.val();
            self.write_port[p].own_ready.next = self.tracker.own_ready[p].val();
            self.write_port[p].own_complete.next = self.tracker.own_complete[p].val();
            self.tracker.lookup_whole[p].next = self.write_port[p].lookup_whole.val();
            self.tracker.own_valid[p].next = self.write_port[p].own_valid.val();
            self.tracker.own_ticket[p].next = self.write_port[p].own_ticket.val();
            self.tracker.own_guest[p].next = self.write_port[p].own_guest.val();
            self.tracker.own_block[p].next = self.write_port[p].own_block.val();
            self.tracker.own_failed[p].next = self.write_port[p].own_failed.val();
            self.read_port[p].place_grant.next = false;
            self.read_port[p].places.next = 0.into();
            self.read_port[p].place_whole.next = false;
            self.read_port[p].place_failed.next = false;
            self.read_port[p].place_in_shadow.next = false;
            for g in 0..self._guests {
                self.read_port[p].redirect_guest[g].next = self.control_unit.redirects[g].val();
            }
        }
        self.place_failed.next = false;
        self.place_guest.next = 0.into();
        if self.has_s5.val() {
            clock!(self, clock, place_store);
            self.place_failed.next = self.place_store.failed.val();
            self.place_guest.next = self.place_store.failed_guest.val();
            self.place_store.write_enable.next = self.tracker.mirror_enable.val();
            self.place_store.write_word.next = self.tracker.mirror_word.val();
            self.place_store.write_data.next = self.tracker.mirror_data.val();
            for g in 0..self._guests {
                self.place_store.epoch[g].next = self.control_unit.epoch[g].val();
                self.place_store.outcomes[g].next = self.control_unit.outcomes[g].val();
            }
            for p in 0..self._ports {
                self.place_store.request[p].next = self.read_port[p].place_request.val();
                self.place_store.word[p].next = self.read_port[p].place_word.val();
                self.place_store.guest[p].next = self.read_port[p].place_guest.val();
                self.place_store.first[p].next = self.read_port[p].place_first.val();
                self.place_store.last[p].next = self.read_port[p].place_last.val();
                self.place_store.beyond[p].next = self.read_port[p].place_beyond.val();
                self.read_port[p].place_grant.next = self.place_store.grant[p].val();
                self.read_port[p].places.next = self.place_store.places.val();
                self.read_port[p].place_whole.next = self.place_store.whole.val();
                self.read_port[p].place_in_shadow.next = self.place_store.in_shadow.val();
                self.read_port[p].place_failed.next = self.place_store.failed.val();
            }
        }

        // Ports.
        for p in 0..self._ports {
            self.write_port[p].clock.next = self.clock.val();
            self.read_port[p].clock.next = self.clock.val();
            self.write_port[p].awvalid.next = self.s_axi[p].awvalid.val();
            self.write_port[p].awid.next = self.s_axi[p].awid.val();
            self.write_port[p].awaddr.next = self.s_axi[p].awaddr.val();
            self.write_port[p].awlen.next = self.s_axi[p].awlen.val();
            self.write_port[p].awsize.next = self.s_axi[p].awsize.val();
            self.write_port[p].awburst.next = self.s_axi[p].awburst.val();
            self.write_port[p].awlock.next = self.s_axi[p].awlock.val();
            self.write_port[p].awcache.next = self.s_axi[p].awcache.val();
            self.write_port[p].awprot.next = self.s_axi[p].awprot.val();
            self.write_port[p].awqos.next = self.s_axi[p].awqos.val();
            self.s_axi[p].awready.next = self.write_port[p].awready.val();
            self.write_port[p].awuser.next = 0.into();
            self.read_port[p].arvalid.next = self.s_axi[p].arvalid.val();
            self.read_port[p].arid.next = self.s_axi[p].arid.val();
            self.read_port[p].araddr.next = self.s_axi[p].araddr.val();
            self.read_port[p].arlen.next = self.s_axi[p].arlen.val();
            self.read_port[p].arsize.next = self.s_axi[p].arsize.val();
            self.read_port[p].arburst.next = self.s_axi[p].arburst.val();
            self.read_port[p].arlock.next = self.s_axi[p].arlock.val();
            self.read_port[p].arcache.next = self.s_axi[p].arcache.val();
            self.read_port[p].arprot.next = self.s_axi[p].arprot.val();
            self.read_port[p].arqos.next = self.s_axi[p].arqos.val();
            self.s_axi[p].arready.next = self.read_port[p].arready.val();
            self.read_port[p].aruser.next = 0.into();
            if self.has_user.val() {
                self.write_port[p].awuser.next = self.s_user[p].awuser.val();
                self.read_port[p].aruser.next = self.s_user[p].aruser.val();
            }
            self.write_port[p].wvalid.next = self.s_axi[p].wvalid.val();
            self.write_port[p].wdata.next = self.s_axi[p].wdata.val();
            self.write_port[p].wstrb.next = self.s_axi[p].wstrb.val();
            self.write_port[p].wlast.next = self.s_axi[p].wlast.val();
            self.s_axi[p].wready.next = self.write_port[p].wready.val();
            self.s_axi[p].bvalid.next = self.write_port[p].bvalid.val();
            self.s_axi[p].bid.next = self.write_port[p].bid.val();
            self.s_axi[p].bresp.next = self.write_port[p].bresp.val();
            self.write_port[p].bready.next = self.s_axi[p].bready.val();
            self.s_axi[p].rvalid.next = self.read_port[p].rvalid.val();
            self.s_axi[p].rid.next = self.read_port[p].rid.val();
            self.s_axi[p].rdata.next = self.read_port[p].rdata.val();
            self.s_axi[p].rresp.next = self.read_port[p].rresp.val();
            self.s_axi[p].rlast.next = self.read_port[p].rlast.val();
            self.read_port[p].rready.next = self.s_axi[p].rready.val();
            self.write_port[p].enable.next = self.control_unit.enable.val();
            self.write_port[p].mem_base.next = self.control_unit.mem_base.val();
            self.write_port[p].shadow_base.next = self.control_unit.shadow_base.val();
            self.write_port[p].flush.next = self.control_unit.flush[p].val();
            self.read_port[p].enable.next = self.control_unit.enable.val();
            self.read_port[p].mem_base.next = self.control_unit.mem_base.val();
            self.read_port[p].shadow_base.next = self.control_unit.shadow_base.val();
            self.read_port[p].flush.next = self.control_unit.flush[p].val();
            self.control_unit.flush_busy[p].next =
                self.write_port[p].flush_busy.val() | self.read_port[p].flush_busy.val();
            for r in 0..self._regions {
                self.write_port[p].region_active[r].next = self.control_unit.region_active[r].val();
                self.write_port[p].region_first[r].next = self.control_unit.region_first[r].val();
                self.write_port[p].region_last[r].next = self.control_unit.region_last[r].val();
                self.write_port[p].region_guest[r].next = self.control_unit.region_guest[r].val();
                self.read_port[p].region_active[r].next = self.control_unit.region_active[r].val();
                self.read_port[p].region_first[r].next = self.control_unit.region_first[r].val();
                self.read_port[p].region_last[r].next = self.control_unit.region_last[r].val();
                self.read_port[p].region_guest[r].next = self.control_unit.region_guest[r].val();
            }
            for k in 0..self._guests {
                self.write_port[p].ring_active[k].next = self.control_unit.ring_active[k].val();
                self.write_port[p].ring_base[k].next = self.control_unit.ring_base[k].val();
                self.write_port[p].ring_mask[k].next = self.control_unit.ring_mask[k].val();
                self.read_port[p].ring_active[k].next = self.control_unit.ring_active[k].val();
                self.read_port[p].ring_base[k].next = self.control_unit.ring_base[k].val();
                self.read_port[p].ring_mask[k].next = self.control_unit.ring_mask[k].val();
                self.read_port[p].hold_reads[k].next = self.control_unit.hold_reads[k].val();
            }
            self.admission.request_valid[p].next = self.write_port[p].request_valid.val();
            self.admission.request_guest[p].next = self.write_port[p].request_guest.val();
            self.admission.request_blocks[p].next = self.write_port[p].request_blocks.val();
            self.admission.finished_valid[p].next = self.write_port[p].finished_valid.val();
            self.admission.finished_guest[p].next = self.write_port[p].finished_guest.val();
            self.admission.resolved_valid[p].next = self.write_port[p].resolved_valid.val();
            self.admission.resolved_guest[p].next = self.write_port[p].resolved_guest.val();
            self.write_port[p].request_grant.next = self.admission.request_grant[p].val();
            self.write_port[p].request_reject.next = self.admission.request_reject[p].val();
            self.write_port[p].request_reserved.next = self.admission.request_reserved[p].val();
            self.tracker.lookup_valid[p].next = self.write_port[p].lookup_valid.val();
            self.tracker.lookup_block[p].next = self.write_port[p].lookup_block.val();
            self.tracker.lookup_guest[p].next = self.write_port[p].lookup_guest.val();
            self.tracker.lookup_tracked[p].next = self.write_port[p].lookup_tracked.val();
            self.write_port[p].lookup_ready.next = self.tracker.lookup_ready[p].val();
            self.write_port[p].verdict_valid.next = self.tracker.verdict_valid[p].val();
            self.write_port[p].verdict_wait.next = self.tracker.verdict_wait.val();
            self.write_port[p].verdict_ticket.next = self.tracker.verdict_ticket.val();
            self.write_port[p].ticket_busy.next = self.tracker.ticket_busy.val();
            self.write_port[p].ticket_failed.next = self.tracker.ticket_failed.val();
            self.read_arbiter.in_araddr[p].next = self.read_port[p].out_araddr.val();
            self.write_arbiter.in_awaddr[p].next = self.write_port[p].out_awaddr.val();
            self.read_arbiter.in_arlen[p].next = self.read_port[p].out_arlen.val();
            self.write_arbiter.in_awlen[p].next = self.write_port[p].out_awlen.val();
            self.read_arbiter.in_arsize[p].next = self.read_port[p].out_arsize.val();
            self.write_arbiter.in_awsize[p].next = self.write_port[p].out_awsize.val();
            self.read_arbiter.in_arburst[p].next = self.read_port[p].out_arburst.val();
            self.read_arbiter.in_arcache[p].next = self.read_port[p].out_arcache.val();
            self.write_arbiter.in_awcache[p].next = self.write_port[p].out_awcache.val();
            self.read_arbiter.in_arprot[p].next = self.read_port[p].out_arprot.val();
            self.write_arbiter.in_awprot[p].next = self.write_port[p].out_awprot.val();
            self.read_arbiter.in_arqos[p].next = self.read_port[p].out_arqos.val();
            self.write_arbiter.in_awqos[p].next = self.write_port[p].out_awqos.val();
            self.read_arbiter.in_aruser[p].next = self.read_port[p].out_aruser.val();
            self.write_arbiter.in_awuser[p].next = self.write_port[p].out_awuser.val();
            self.read_arbiter.in_arvalid[p].next = self.read_port[p].out_arvalid.val();
            self.read_port[p].out_arready.next = self.read_arbiter.in_arready[p].val();
            self.read_port[p].in_rvalid.next = self.read_arbiter.in_rvalid[p].val();
            self.read_port[p].in_rdata.next = self.read_arbiter.rdata.val();
            self.read_port[p].in_rresp.next = self.read_arbiter.rresp.val();
            self.write_arbiter.in_awvalid[p].next = self.write_port[p].out_awvalid.val();
            self.write_port[p].out_awready.next = self.write_arbiter.in_awready[p].val();
            self.write_arbiter.in_wvalid[p].next = self.write_port[p].out_wvalid.val();
            self.write_arbiter.in_wdata[p].next = self.write_port[p].out_wdata.val();
            self.write_arbiter.in_wstrb[p].next = self.write_port[p].out_wstrb.val();
            self.write_arbiter.in_wlast[p].next = self.write_port[p].out_wlast.val();
            self.write_port[p].out_wready.next = self.write_arbiter.in_wready[p].val();
            self.write_port[p].response_valid.next = self.write_arbiter.in_response_valid[p].val();
            self.write_port[p].response.next = self.write_arbiter.response.val();
        }

        // Guests.
        for k in 0..self._guests {
            self.admission.hold_writes[k].next = self.control_unit.hold_writes[k].val();
            self.admission.reject_writes[k].next = self.control_unit.reject_writes[k].val();
            self.admission.needs_ring[k].next = self.control_unit.needs_ring[k].val();
            self.admission.on_full_lose[k].next = self.control_unit.on_full_lose[k].val();
            self.admission.ring_free[k].next = self.control_unit.ring_free[k].val();
            self.control_unit.accept[k].next = self.admission.accept[k].val();
            self.control_unit.finished[k].next = self.admission.finished[k].val();
            self.control_unit.resolved[k].next = self.admission.resolved[k].val();
            self.control_unit.ring_held[k].next = self.admission.ring_held[k].val();
            self.control_unit.lose[k].next = self.admission.lose[k].val();
            self.control_unit.word_lost[k].next = false;
            if self.has_correction.val() {
                if self.tracker.failed.val().get_bit(0)
                    & (self.tracker.failed_guest.val() == self.guest_ids[k].val())
                {
                    self.control_unit.word_lost[k].next = true;
                }
                if self.place_failed.val() & (self.place_guest.val() == self.guest_ids[k].val()) {
                    self.control_unit.word_lost[k].next = true;
                }
            }
            self.control_unit.stalled[k].next = self.admission.stalled[k].val();
            self.tracker.policy[k].next = self.control_unit.policy[k].val();
            self.tracker.strategy[k].next = self.control_unit.strategy[k].val();
            self.tracker.epoch[k].next = self.control_unit.epoch[k].val();
            self.tracker.outcomes[k].next = self.control_unit.outcomes[k].val();
            self.tracker.ring_used[k].next = self.control_unit.ring_used[k].val();
            self.scanner.job_start[k].next = self.control_unit.job_start[k].val();
            self.control_unit.job_busy[k].next = self.scanner.job_busy[k].val();
            self.control_unit.restore_busy[k].next = false;
            self.control_unit.restore_corrupt[k].next = false;
            self.control_unit.restore_error[k].next = false;
        }
        self.control_unit.accept_slots.next = self.admission.accept_slots.val();
        for r in 0..self._regions {
            // Regions of detached guests may overlap others until ATTACH has checked them: they own no word yet.
            self.tracker.region_used[r].next = self.control_unit.region_active[r].val();
            self.tracker.region_first[r].next = self.control_unit.region_first[r].val();
            self.tracker.region_last[r].next = self.control_unit.region_last[r].val();
            self.tracker.region_guest[r].next = self.control_unit.region_guest[r].val();
            self.scanner.region_used[r].next = self.control_unit.region_used[r].val();
            self.scanner.region_first[r].next = self.control_unit.region_first[r].val();
            self.scanner.region_last[r].next = self.control_unit.region_last[r].val();
            self.scanner.region_guest[r].next = self.control_unit.region_guest[r].val();
        }

        // The tracker and its users.
        self.scanner.job_fill.next = self.control_unit.job_fill.val();
        self.scanner.job_flags.next = self.control_unit.job_flags.val();
        self.scanner.mem_base.next = self.control_unit.mem_base.val();
        self.scanner.shadow_base.next = self.control_unit.shadow_base.val();
        self.tracker.scan_valid.next = self.scanner.scan_valid.val();
        self.tracker.scan_word.next = self.scanner.scan_word.val();
        self.tracker.scan_guest.next = self.scanner.scan_guest.val();
        self.tracker.fill_valid.next = self.scanner.fill_valid.val();
        self.tracker.fill_word.next = self.scanner.fill_word.val();
        self.tracker.fill_guest.next = self.scanner.fill_guest.val();
        self.tracker.fill_x.next = self.scanner.fill_x.val();
        self.tracker.fill_y.next = self.scanner.fill_y.val();
        self.scanner.scan_ready.next = self.tracker.scan_ready.val();
        self.scanner.scan_response_valid.next = self.tracker.scan_response_valid.val();
        self.scanner.scan_x.next = self.tracker.scan_x.val();
        self.scanner.scan_y.next = self.tracker.scan_y.val();
        self.scanner.scan_l1.next = self.tracker.scan_l1.val();
        self.scanner.scan_l2.next = self.tracker.scan_l2.val();
        self.scanner.fill_ready.next = self.tracker.fill_ready.val();
        self.tracker.peek_valid.next = self.control_unit.peek_valid.val();
        self.tracker.peek_word.next = self.control_unit.peek_word.val();
        self.control_unit.peek_ready.next = self.tracker.peek_ready.val();
        self.control_unit.peek_response_valid.next = self.tracker.peek_response_valid.val();
        self.control_unit.peek_x.next = self.tracker.scan_x.val();
        self.control_unit.peek_y.next = self.tracker.scan_y.val();
        self.control_unit.allocate_valid.next = self.tracker.allocate_valid.val();
        self.control_unit.allocate_guest.next = self.tracker.allocate_guest.val();
        self.control_unit.marked_valid.next = self.tracker.marked_valid.val();
        self.control_unit.marked_guest.next = self.tracker.marked_guest.val();
        self.control_unit.filled_valid.next = self.scanner.fill_valid.val()
            & self.tracker.fill_ready.val()
            & self.scanner.fill_x.val();
        self.control_unit.filled_guest.next = self.scanner.fill_guest.val();
        self.control_unit.sweep_done.next = self.tracker.sweep_done.val();
        self.control_unit.was_wrong.next = bit_cast::<4, 3>(self.tracker.was_wrong.val());
        self.control_unit.word_failed.next = bit_cast::<4, 3>(self.tracker.failed.val());
        if self.has_s5.val() & self.has_correction.val() {
            self.control_unit.was_wrong.next = bit_cast::<4, 3>(self.tracker.was_wrong.val())
                | (bit_cast::<4, 1>(self.place_store.was_wrong.val().into()) << 3);
            self.control_unit.word_failed.next = bit_cast::<4, 3>(self.tracker.failed.val())
                | (bit_cast::<4, 1>(self.place_store.failed.val().into()) << 3);
        }
        self.control_unit.store_ready.next = self.tracker.ready.val();

        // Descriptors.
        self.bulk_arbiter.scan_valid.next = self.scanner.out_valid.val();
        self.scanner.out_ready.next = self.bulk_arbiter.scan_ready.val();
        self.tracker.push_valid.next = false;
        self.tracker.push_block.next = 0.into();
        self.tracker.push_guest.next = 0.into();
        self.bulk_arbiter.push_valid.next = false;
        self.bulk_arbiter.push_block.next = 0.into();
        self.bulk_arbiter.push_guest.next = 0.into();
        self.bulk_arbiter.push_ticket.next = 0.into();
        self.bulk_arbiter.mem_base.next = 0.into();
        self.bulk_arbiter.shadow_base.next = 0.into();
        self.tracker.background_ready.next = false;
        self.push_asked.next = false;
        if self.has_push.val() {
            // A block whose bit is to be cleared is copied under a ticket: a write may come to wait for it.
            self.push_asked.next = self.scanner.out_clear.val();
            // The tracker's choice of an operation does not reach back into the scanner.
            clock!(self, clock, pushes);
            self.push.next = self.no_push.val();
            self.push.next.block = self.scanner.out_block.val();
            self.push.next.guest = self.scanner.out_guest.val();
            self.pushes.in_valid.next = self.scanner.out_valid.val() & self.push_asked.val();
            self.pushes.in_data.next = self.push.val();
            self.push_shown.next = self.pushes.out_data.val();
            self.tracker.push_valid.next = self.pushes.out_valid.val();
            self.tracker.push_block.next = self.push_shown.val().block;
            self.tracker.push_guest.next = self.push_shown.val().guest;
            self.pushes.out_ready.next = self.tracker.push_ready.val();
            self.bulk_arbiter.scan_valid.next =
                self.scanner.out_valid.val() & !self.push_asked.val();
            self.scanner.out_ready.next = (self.push_asked.val() & self.pushes.in_ready.val())
                | (!self.push_asked.val() & self.bulk_arbiter.scan_ready.val());
            self.bulk_arbiter.push_valid.next = self.tracker.background_valid.val();
            self.bulk_arbiter.push_block.next = self.tracker.background_block.val();
            self.bulk_arbiter.push_guest.next = self.tracker.background_guest.val();
            self.bulk_arbiter.push_ticket.next = self.tracker.background_ticket.val();
            self.bulk_arbiter.mem_base.next = self.control_unit.mem_base.val();
            self.bulk_arbiter.shadow_base.next = self.control_unit.shadow_base.val();
            self.tracker.background_ready.next = self.bulk_arbiter.push_ready.val();
        }
        self.bulk_arbiter.scan_source.next = self.scanner.out_source.val();
        self.bulk_arbiter.scan_destination.next = self.scanner.out_destination.val();
        self.bulk_arbiter.scan_block.next = self.scanner.out_block.val();
        self.bulk_arbiter.scan_guest.next = self.scanner.out_guest.val();
        self.control_unit.scan_sent_valid.next =
            self.scanner.out_valid.val() & self.scanner.out_ready.val();
        self.scan_ringed.next = false;
        self.scan_dropped.next = false;
        self.scan_reserves.next = false;
        self.scan_goes.next = false;
        for k in 0..self._guests {
            self.control_unit.scan_taken[k].next = false;
        }
        if self.has_link.val() {
            // A scan for the backup: an entry of the ring for each block, in turn with those of the ports' writes. What is left of one
            // whose session is over is dropped.
            for k in 0..self._guests {
                if self.scanner.out_guest.val() == self.guest_ids[k].val() {
                    self.scan_ringed.next = self.control_unit.scan_to_ring[k].val();
                    self.scan_dropped.next = !self.control_unit.needs_ring[k].val();
                    self.scan_reserves.next = self.control_unit.scan_room[k].val();
                }
            }
            for last in self._ports..self._requesters {
                self.capture_intake.capture_valid[last].next = self.scanner.out_valid.val()
                    & self.scan_ringed.val()
                    & !self.scan_dropped.val()
                    & self.scan_reserves.val();
                self.capture_intake.capture_guest[last].next = self.scanner.out_guest.val();
                self.capture_intake.capture_block[last].next = self.scanner.out_block.val();
                self.capture_intake.capture_first[last].next = 0.into();
                self.capture_intake.capture_last[last].next = self.last_unit.val();
                self.scan_goes.next = self.scanner.out_valid.val()
                    & self.scan_ringed.val()
                    & !self.scan_dropped.val()
                    & self.scan_reserves.val()
                    & self.capture_intake.capture_ready[last].val();
            }
            if self.scan_ringed.val() {
                self.bulk_arbiter.scan_valid.next = false;
                self.scanner.out_ready.next = self.scan_dropped.val() | self.scan_goes.val();
                self.control_unit.scan_sent_valid.next = self.scan_goes.val();
            }
            for k in 0..self._guests {
                self.control_unit.scan_taken[k].next = self.scan_goes.val()
                    & (self.scanner.out_guest.val() == self.guest_ids[k].val());
            }
        }
        self.control_unit.scan_sent_guest.next = self.scanner.out_guest.val();
        self.control_unit.restore_sent_valid.next = false;
        self.control_unit.restore_sent_guest.next = 0.into();
        self.bulk_arbiter.restore_valid.next = false;
        self.bulk_arbiter.restore_first.next = 0.into();
        self.bulk_arbiter.restore_last.next = 127.into();
        self.bulk_arbiter.restore_lazy.next = false;
        self.bulk_arbiter.restore_source.next = 0.into();
        self.bulk_arbiter.restore_destination.next = 0.into();
        self.bulk_arbiter.restore_block.next = 0.into();
        self.bulk_arbiter.restore_guest.next = 0.into();
        self.copy_engine.urgent_valid.next = false;
        self.copy_engine.urgent_source.next = 0.into();
        self.copy_engine.urgent_destination.next = 0.into();
        self.copy_engine.urgent_first.next = 0.into();
        self.copy_engine.urgent_last.next = 127.into();
        self.copy_engine.urgent_has_header.next = false;
        self.copy_engine.urgent_header_address.next = 0.into();
        self.copy_engine.urgent_header.next = 0.into();
        self.copy_engine.urgent_ticket.next = 0.into();
        self.copy_engine.urgent_guest.next = 0.into();
        self.copy_engine.urgent_block.next = 0.into();
        self.copy_engine.urgent_kind.next = 0.into();
        self.copy_engine.urgent_clear.next = false;
        self.tracker.save_ready.next = false;
        // A save of a guest of S1 is the capture of a write; it has no ticket.
        self.done_captured.next = self.has_capture.val()
            & self.copy_engine.done_clear.val()
            & !self.copy_engine.done_kind.val().any();
        for k in 0..self._guests {
            self.control_unit.captured[k].next = false;
            self.capturing[k].next = false;
            if self.has_capture.val() {
                self.capturing[k].next = self.control_unit.captures[k].val();
            }
        }
        self.read_arbiter.ring_arvalid.next = false;
        self.read_arbiter.ring_araddr.next = 0.into();
        self.read_arbiter.ring_arlen.next = 0.into();
        self.read_arbiter.ring_arsize.next = 0.into();
        if self.has_saves.val() {
            clock!(self, clock, save_builder);
            for k in 0..self._guests {
                self.save_builder.ring_base[k].next = self.control_unit.ring_base[k].val();
                self.save_builder.ring_size[k].next = self.control_unit.ring_size[k].val();
                self.save_builder.interval[k].next = self.control_unit.interval[k].val();
            }
            self.save_builder.mem_base.next = self.control_unit.mem_base.val();
            self.save_builder.save_valid.next = self.tracker.save_valid.val();
            self.save_builder.save_block.next = self.tracker.save_block.val();
            self.save_builder.save_guest.next = self.tracker.save_guest.val();
            self.save_builder.save_slot.next = self.tracker.save_slot.val();
            self.save_builder.save_ticket.next = self.tracker.save_ticket.val();
            self.save_builder.urgent_ready.next = self.copy_engine.urgent_ready.val();
            self.copy_engine.urgent_valid.next = self.save_builder.urgent_valid.val();
            self.copy_engine.urgent_source.next = self.save_builder.urgent_source.val();
            self.copy_engine.urgent_destination.next = self.save_builder.urgent_destination.val();
            self.copy_engine.urgent_has_header.next = self.save_builder.urgent_has_header.val();
            self.copy_engine.urgent_header_address.next =
                self.save_builder.urgent_header_address.val();
            self.copy_engine.urgent_header.next = self.save_builder.urgent_header.val();
            self.copy_engine.urgent_ticket.next = self.save_builder.urgent_ticket.val();
            self.copy_engine.urgent_guest.next = self.save_builder.urgent_guest.val();
            self.copy_engine.urgent_block.next = self.save_builder.urgent_block.val();
            self.copy_engine.urgent_kind.next = self.save_builder.urgent_kind.val();
            self.copy_engine.urgent_clear.next = self.save_builder.urgent_captures.val();
            self.tracker.save_ready.next = self.save_builder.save_ready.val();
            self.save_builder.save_way.next = self.tracker.save_way.val();
            self.save_builder.shadow_base.next = self.control_unit.shadow_base.val();
            self.save_builder.save_captures.next = false;
            self.save_builder.save_first.next = 0.into();
            self.save_builder.save_last.next = 127.into();
            self.copy_engine.urgent_first.next = self.save_builder.urgent_first.val();
            self.copy_engine.urgent_last.next = self.save_builder.urgent_last.val();
        }
        self.captures.next = 0.into();
        if self.has_capture.val() {
            clock!(self, clock, capture_intake);
            for k in 0..self._guests {
                if self.capturing[k].val() {
                    self.captures.next = self.captures.val() | self.guest_bits[k].val();
                }
                self.capture_intake.ring_tail[k].next = self.control_unit.ring_tail[k].val();
            }
            for p in 0..self._ports {
                self.capture_intake.capture_valid[p].next = self.write_port[p].capture_valid.val();
                self.capture_intake.capture_guest[p].next = self.write_port[p].own_guest.val();
                self.capture_intake.capture_block[p].next = self.write_port[p].own_block.val();
                self.capture_intake.capture_first[p].next = self.write_port[p].capture_first.val();
                self.capture_intake.capture_last[p].next = self.write_port[p].capture_last.val();
            }
            if self.has_tickets.val() {
                self.capture_intake.save_valid.next = self.tracker.save_valid.val();
                self.capture_intake.save_block.next = self.tracker.save_block.val();
                self.capture_intake.save_guest.next = self.tracker.save_guest.val();
                self.capture_intake.save_slot.next = self.tracker.save_slot.val();
                self.capture_intake.save_ticket.next = self.tracker.save_ticket.val();
                self.capture_intake.save_way.next = self.tracker.save_way.val();
            } else {
                self.capture_intake.save_valid.next = false;
                self.capture_intake.save_block.next = 0.into();
                self.capture_intake.save_guest.next = 0.into();
                self.capture_intake.save_slot.next = 0.into();
                self.capture_intake.save_ticket.next = 0.into();
                self.capture_intake.save_way.next = 0.into();
            }
            self.capture_intake.out_ready.next = self.save_builder.save_ready.val();
            self.capture_intake.done_valid.next =
                self.copy_engine.done_valid.val() & self.done_captured.val();
            self.capture_intake.done_port.next = self.copy_engine.done_ticket.val();
            self.tracker.save_ready.next = self.capture_intake.save_ready.val();
            self.save_builder.save_valid.next = self.capture_intake.out_valid.val();
            self.save_builder.save_block.next = self.capture_intake.out_block.val();
            self.save_builder.save_guest.next = self.capture_intake.out_guest.val();
            self.save_builder.save_slot.next = self.capture_intake.out_slot.val();
            self.save_builder.save_ticket.next = self.capture_intake.out_ticket.val();
            self.save_builder.save_way.next = self.capture_intake.out_way.val();
            self.save_builder.save_captures.next = self.capture_intake.out_captures.val();
            self.save_builder.save_first.next = self.capture_intake.out_first.val();
            self.save_builder.save_last.next = self.capture_intake.out_last.val();
            for k in 0..self._guests {
                self.control_unit.captured[k].next = self.capture_intake.captured[k].val();
            }
        }
        for p in 0..self._ports {
            self.write_port[p].captures.next = self.captures.val();
            self.write_port[p].capture_ready.next = false;
            self.write_port[p].capture_complete.next = false;
            if self.has_capture.val() {
                self.write_port[p].capture_ready.next = self.capture_intake.capture_ready[p].val();
                self.write_port[p].capture_complete.next = self.capture_intake.complete[p].val();
            }
        }
        if self.uses_ring.val() {
            clock!(self, clock, ring_reader);
            for k in 0..self._guests {
                self.ring_reader.ring_base[k].next = self.control_unit.ring_base[k].val();
                self.ring_reader.ring_size[k].next = self.control_unit.ring_size[k].val();
                self.ring_reader.interval[k].next = self.control_unit.interval[k].val();
                self.ring_reader.ring_used[k].next = self.control_unit.walk_count[k].val();
                self.ring_reader.ring_first[k].next = self.control_unit.walk_first[k].val();
                self.ring_reader.way[k].next = self.control_unit.walk_way[k].val();
                self.ring_reader.start[k].next = self.control_unit.restore_start[k].val();
                self.control_unit.restore_busy[k].next = self.ring_reader.busy[k].val();
                self.control_unit.restore_corrupt[k].next = self.ring_reader.corrupt[k].val();
                self.control_unit.restore_error[k].next = self.ring_reader.error[k].val();
            }
            self.ring_reader.mem_base.next = self.control_unit.mem_base.val();
            self.ring_reader.shadow_base.next = self.control_unit.shadow_base.val();
            self.bulk_arbiter.restore_first.next = self.ring_reader.out_first.val();
            self.bulk_arbiter.restore_last.next = self.ring_reader.out_last.val();
            self.bulk_arbiter.restore_lazy.next = self.ring_reader.out_lazy.val();
            self.bulk_arbiter.restore_source.next = self.ring_reader.out_source.val();
            self.bulk_arbiter.restore_destination.next = self.ring_reader.out_destination.val();
            self.bulk_arbiter.restore_block.next = self.ring_reader.out_block.val();
            self.bulk_arbiter.restore_guest.next = self.ring_reader.out_guest.val();
            self.bulk_arbiter.restore_valid.next = self.ring_reader.out_valid.val();
            self.ring_reader.out_ready.next = self.bulk_arbiter.restore_ready.val();
            self.control_unit.restore_sent_valid.next =
                self.ring_reader.out_valid.val() & self.bulk_arbiter.restore_ready.val();
            self.control_unit.restore_sent_guest.next = self.ring_reader.out_guest.val();
            self.read_arbiter.ring_arvalid.next = self.ring_reader.arvalid.val();
            self.read_arbiter.ring_araddr.next = self.ring_reader.araddr.val();
            self.read_arbiter.ring_arlen.next = self.ring_reader.arlen.val();
            self.read_arbiter.ring_arsize.next = self.ring_reader.arsize.val();
            self.ring_reader.arready.next = self.read_arbiter.ring_arready.val();
            self.ring_reader.rvalid.next = self.read_arbiter.ring_rvalid.val();
            self.ring_reader.rdata.next = self.read_arbiter.rdata.val();
            self.ring_reader.rresp.next = self.read_arbiter.rresp.val();
            self.ring_reader.rlast.next = self.read_arbiter.rlast.val();
        }
        self.copy_engine.bulk_first.next = self.bulk_arbiter.bulk_first.val();
        self.copy_engine.bulk_last.next = self.bulk_arbiter.bulk_last.val();
        self.copy_engine.bulk_valid.next = self.bulk_arbiter.bulk_valid.val();
        self.copy_engine.bulk_source.next = self.bulk_arbiter.bulk_source.val();
        self.copy_engine.bulk_destination.next = self.bulk_arbiter.bulk_destination.val();
        self.copy_engine.bulk_guest.next = self.bulk_arbiter.bulk_guest.val();
        self.copy_engine.bulk_block.next = self.bulk_arbiter.bulk_block.val();
        self.copy_engine.bulk_ticket.next = self.bulk_arbiter.bulk_ticket.val();
        self.copy_engine.bulk_kind.next = self.bulk_arbiter.bulk_kind.val();
        self.copy_engine.bulk_lazy.next = self.bulk_arbiter.bulk_lazy.val();
        self.copy_engine.bulk_clear.next = self.bulk_arbiter.bulk_clear.val();
        self.bulk_arbiter.bulk_ready.next = self.copy_engine.bulk_ready.val();

        // The copy engine's completions: kind 0 is a save, 3 a push; these and background pushes have tickets.
        self.done_save.next = !self.copy_engine.done_kind.val().any();
        self.done_ticketed.next = self.done_save.val()
            | self.copy_engine.done_kind.val().all()
            | self.copy_engine.done_clear.val();
        dff_setup!(self, clock, ticket_done);
        // Decided a cycle ahead: the tracker's arbiter hangs on it.
        self.ticket_done.d.next = self.copy_engine.soon_valid.val()
            & (self.copy_engine.soon_kind.val().all()
                | (self.copy_engine.soon_kind.val().any() & self.copy_engine.soon_clear.val())
                | (!self.copy_engine.soon_kind.val().any()
                    & !(self.has_capture.val() & self.copy_engine.soon_clear.val())));
        self.tracker.done_valid.next = self.ticket_done.q.val();
        self.tracker.done_push.next = !self.done_save.val();
        self.tracker.done_ticket.next = self.copy_engine.done_ticket.val();
        self.tracker.done_guest.next = self.copy_engine.done_guest.val();
        self.tracker.done_block.next = self.copy_engine.done_block.val();
        self.tracker.done_failed.next =
            self.copy_engine.done_read_error.val() | self.copy_engine.done_write_error.val();
        self.control_unit.done_save.next = self.done_save.val();
        // A scan counts the entries that it asked for, as it does copies.
        self.done_scanned.next = false;
        if self.has_link.val() {
            self.done_scanned.next = self.done_captured.val()
                & (self.copy_engine.done_ticket.val() == self.scan_number.val());
        }
        self.control_unit.done_ticketed.next = self.done_ticketed.val() & !self.done_scanned.val();
        self.control_unit.cleared_valid.next = self.tracker.cleared_valid.val();
        self.control_unit.push_started.next = self.tracker.push_started.val();
        self.control_unit.push_ended.next = self.tracker.push_ended.val();
        self.control_unit.push_event_guest.next = self.tracker.push_event_guest.val();
        self.control_unit.done_push.next = self.copy_engine.done_kind.val().all();
        self.control_unit.done_captured.next = self.done_captured.val();
        self.control_unit.done_valid.next = self.copy_engine.done_valid.val();
        self.control_unit.done_guest.next = self.copy_engine.done_guest.val();
        self.control_unit.done_block.next = self.copy_engine.done_block.val();
        self.control_unit.done_read_error.next = self.copy_engine.done_read_error.val();
        self.control_unit.done_write_error.next = self.copy_engine.done_write_error.val();

        // The link.
        self.control_unit.frame_sent.next = false;
        self.control_unit.frame_repeated.next = false;
        self.control_unit.frame_dropped.next = false;
        for k in 0..self._guests {
            self.control_unit.link_report[k].next = self.no_report.val();
        }
        self.read_arbiter.link_arvalid.next = false;
        self.read_arbiter.link_araddr.next = 0.into();
        self.read_arbiter.link_arlen.next = 0.into();
        self.read_arbiter.link_arsize.next = 0.into();
        self.write_arbiter.link_awvalid.next = false;
        self.write_arbiter.link_awaddr.next = 0.into();
        self.write_arbiter.link_awlen.next = 0.into();
        self.write_arbiter.link_wvalid.next = false;
        self.write_arbiter.link_wdata.next = 0.into();
        self.write_arbiter.link_wstrb.next = 0.into();
        self.write_arbiter.link_wlast.next = false;
        if self.has_link.val() {
            clock!(self, clock, backup_link);
            for k in 0..self._guests {
                self.order_pins[k].order.next = self.control_unit.link_order[k].val();
                self.backup_link.sending[k].next = self.order_pins[k].sending.val();
                self.backup_link.standby[k].next = self.order_pins[k].standby.val();
                self.backup_link.generation[k].next = self.order_pins[k].generation.val();
                self.backup_link.session[k].next = self.order_pins[k].session.val();
                self.backup_link.open[k].next = self.order_pins[k].open.val();
                self.backup_link.mark[k].next = self.order_pins[k].mark.val();
                self.backup_link.mark_number[k].next = self.order_pins[k].mark_number.val();
                self.backup_link.unmark[k].next = self.order_pins[k].unmark.val();
                self.backup_link.ring_base[k].next = self.control_unit.ring_base[k].val();
                self.backup_link.ring_size[k].next = self.control_unit.ring_size[k].val();
                self.backup_link.ring_capacity[k].next = self.control_unit.ring_slots[k].val();
                self.backup_link.ring_tail[k].next = self.control_unit.ring_tail[k].val();
                self.backup_link.ring_free[k].next = self.control_unit.ring_free[k].val();
                self.backup_link.captured_done[k].next = self.copy_engine.done_valid.val()
                    & self.done_captured.val()
                    & !self.copy_engine.done_read_error.val()
                    & !self.copy_engine.done_write_error.val()
                    & (self.copy_engine.done_guest.val() == self.guest_ids[k].val());
                self.report_pins[k].acknowledged.next = self.backup_link.release_valid.val()
                    & (self.backup_link.release_guest.val() == self.guest_ids[k].val());
                self.report_pins[k].acknowledged_slots.next = self.backup_link.release_slots.val();
                self.report_pins[k].synced.next = self.backup_link.synced[k].val();
                self.report_pins[k].marked.next = self.backup_link.marked[k].val();
                self.report_pins[k].refused.next = self.backup_link.refused[k].val();
                self.report_pins[k].busy.next = self.backup_link.busy[k].val();
                self.report_pins[k].arrived.next = self.backup_link.arrived[k].val();
                self.report_pins[k].arrived_mark.next = self.backup_link.arrived_mark[k].val();
                self.report_pins[k].mark_number.next = self.backup_link.arrived_mark_number.val();
                self.report_pins[k].opened.next = self.backup_link.opened[k].val();
                self.report_pins[k].session.next = self.backup_link.opened_session.val();
                self.report_pins[k].generation.next = self.backup_link.opened_generation.val();
                self.control_unit.link_report[k].next = self.report_pins[k].report.val();
            }
            self.backup_link.retry.next = self.control_unit.link_retry.val();
            self.control_unit.frame_sent.next = self.backup_link.frame_sent.val();
            self.control_unit.frame_repeated.next = self.backup_link.frame_repeated.val();
            self.control_unit.frame_dropped.next = self.backup_link.frame_dropped.val();
            self.link_tx.tvalid.next = self.backup_link.link_tx_tvalid.val();
            self.link_tx.tdata.next = self.backup_link.link_tx_tdata.val();
            self.link_tx.tlast.next = self.backup_link.link_tx_tlast.val();
            self.backup_link.link_tx_tready.next = self.link_tx.tready.val();
            self.backup_link.link_rx_tvalid.next = self.link_rx.tvalid.val();
            self.backup_link.link_rx_tdata.next = self.link_rx.tdata.val();
            self.backup_link.link_rx_tlast.next = self.link_rx.tlast.val();
            self.link_rx.tready.next = self.backup_link.link_rx_tready.val();
            self.read_arbiter.link_arvalid.next = self.backup_link.arvalid.val();
            self.read_arbiter.link_araddr.next = self.backup_link.araddr.val();
            self.read_arbiter.link_arlen.next = self.backup_link.arlen.val();
            self.read_arbiter.link_arsize.next = self.backup_link.arsize.val();
            self.backup_link.arready.next = self.read_arbiter.link_arready.val();
            self.backup_link.rvalid.next = self.read_arbiter.link_rvalid.val();
            self.backup_link.rdata.next = self.read_arbiter.rdata.val();
            self.backup_link.rresp.next = self.read_arbiter.rresp.val();
            self.backup_link.rlast.next = self.read_arbiter.rlast.val();
            self.write_arbiter.link_awvalid.next = self.backup_link.awvalid.val();
            self.write_arbiter.link_awaddr.next = self.backup_link.awaddr.val();
            self.write_arbiter.link_awlen.next = self.backup_link.awlen.val();
            self.write_arbiter.link_wvalid.next = self.backup_link.wvalid.val();
            self.write_arbiter.link_wdata.next = self.backup_link.wdata.val();
            self.write_arbiter.link_wstrb.next = self.backup_link.wstrb.val();
            self.write_arbiter.link_wlast.next = self.backup_link.wlast.val();
            self.backup_link.awready.next = self.write_arbiter.link_awready.val();
            self.backup_link.wready.next = self.write_arbiter.link_wready.val();
            self.backup_link.response_valid.next = self.write_arbiter.link_response_valid.val();
            self.backup_link.response.next = self.write_arbiter.response.val();
        }

        // The memory port.
        self.read_arbiter.engine_arvalid.next = self.copy_engine.arvalid.val();
        self.read_arbiter.engine_araddr.next = self.copy_engine.araddr.val();
        self.read_arbiter.engine_arlen.next = self.copy_engine.arlen.val();
        self.read_arbiter.engine_urgent.next =
            self.copy_engine.ar_urgent.val() | self.tracker.hurry.val();
        self.read_arbiter.engine_lazy.next = self.copy_engine.ar_lazy.val();
        self.copy_engine.arready.next = self.read_arbiter.engine_arready.val();
        self.copy_engine.rvalid.next = self.read_arbiter.engine_rvalid.val();
        self.copy_engine.rdata.next = self.read_arbiter.rdata.val();
        self.copy_engine.rresp.next = self.read_arbiter.rresp.val();
        self.copy_engine.rlast.next = self.read_arbiter.rlast.val();
        self.write_arbiter.engine_awvalid.next = self.copy_engine.awvalid.val();
        self.write_arbiter.engine_awaddr.next = self.copy_engine.awaddr.val();
        self.write_arbiter.engine_awlen.next = self.copy_engine.awlen.val();
        self.write_arbiter.engine_wvalid.next = self.copy_engine.wvalid.val();
        self.write_arbiter.engine_wdata.next = self.copy_engine.wdata.val();
        self.write_arbiter.engine_wstrb.next = self.copy_engine.wstrb.val();
        self.write_arbiter.engine_wlast.next = self.copy_engine.wlast.val();
        self.write_arbiter.engine_urgent.next =
            self.copy_engine.aw_urgent.val() | self.tracker.hurry.val();
        self.copy_engine.awready.next = self.write_arbiter.engine_awready.val();
        self.copy_engine.wready.next = self.write_arbiter.engine_wready.val();
        self.copy_engine.response_valid.next = self.write_arbiter.engine_response_valid.val();
        self.copy_engine.response.next = self.write_arbiter.response.val();
        self.m_axi.arvalid.next = self.read_arbiter.m_arvalid.val();
        self.m_axi.awvalid.next = self.write_arbiter.m_awvalid.val();
        self.m_axi.arid.next = self.read_arbiter.m_arid.val();
        self.m_axi.awid.next = self.write_arbiter.m_awid.val();
        self.m_axi.araddr.next = self.read_arbiter.m_araddr.val();
        self.m_axi.awaddr.next = self.write_arbiter.m_awaddr.val();
        self.m_axi.arlen.next = self.read_arbiter.m_arlen.val();
        self.m_axi.awlen.next = self.write_arbiter.m_awlen.val();
        self.m_axi.arsize.next = self.read_arbiter.m_arsize.val();
        self.m_axi.awsize.next = self.write_arbiter.m_awsize.val();
        self.m_axi.arburst.next = self.read_arbiter.m_arburst.val();
        self.m_axi.awburst.next = self.write_arbiter.m_awburst.val();
        self.m_axi.arlock.next = self.read_arbiter.m_arlock.val();
        self.m_axi.awlock.next = self.write_arbiter.m_awlock.val();
        self.m_axi.arcache.next = self.read_arbiter.m_arcache.val();
        self.m_axi.awcache.next = self.write_arbiter.m_awcache.val();
        self.m_axi.arprot.next = self.read_arbiter.m_arprot.val();
        self.m_axi.awprot.next = self.write_arbiter.m_awprot.val();
        self.m_axi.arqos.next = self.read_arbiter.m_arqos.val();
        self.m_axi.awqos.next = self.write_arbiter.m_awqos.val();
        if self.has_user.val() {
            self.m_user.aruser.next = self.read_arbiter.m_aruser.val();
            self.m_user.awuser.next = self.write_arbiter.m_awuser.val();
        }
        self.read_arbiter.m_arready.next = self.m_axi.arready.val();
        self.write_arbiter.m_awready.next = self.m_axi.awready.val();
        self.m_axi.wvalid.next = self.write_arbiter.m_wvalid.val();
        self.m_axi.wdata.next = self.write_arbiter.m_wdata.val();
        self.m_axi.wstrb.next = self.write_arbiter.m_wstrb.val();
        self.m_axi.wlast.next = self.write_arbiter.m_wlast.val();
        self.write_arbiter.m_wready.next = self.m_axi.wready.val();
        self.write_arbiter.m_bvalid.next = self.m_axi.bvalid.val();
        self.write_arbiter.m_bid.next = self.m_axi.bid.val();
        self.write_arbiter.m_bresp.next = self.m_axi.bresp.val();
        self.read_arbiter.m_rvalid.next = self.m_axi.rvalid.val();
        self.read_arbiter.m_rid.next = self.m_axi.rid.val();
        self.read_arbiter.m_rdata.next = self.m_axi.rdata.val();
        self.read_arbiter.m_rresp.next = self.m_axi.rresp.val();
        self.read_arbiter.m_rlast.next = self.m_axi.rlast.val();
        self.m_axi.rready.next = self.read_arbiter.m_rready.val();
        self.m_axi.bready.next = self.write_arbiter.m_bready.val();
    }
}
