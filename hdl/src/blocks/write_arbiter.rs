//! Joins all writes to the one AW, W and B channel of `m_axi`.
//!
//! **Does**: chooses among the ports, the copy engine and the link ([`MemoryTurn`]), labels each burst with its source's number, sends the beats in the order of the
//! grants, and hands each response to its source. **Sources**: ports 0..P-1, engine P, link P + 1. All bursts are INCR.
//! **Latency**: none on AW and B; a burst's first beat goes in the cycle after its AW is taken or later. `m_bready` is 1 always.
//! **Order**: W in the order of AW. **Errors**: passed on. **Reset**: no request.

use super::constants::{constant, copies, flag, identities};
use super::memory_turn::MemoryTurn;
use super::or_tree::OrTree;
use super::read_arbiter::ENGINE_CACHE;
use crate::prelude::*;
use mch_spec::Config;

/// Bursts whose AW is taken and whose beats are not.
const BURSTS_IN_ORDER: usize = 16;

/// Arbiter of writes, for `D` data bits and `S` strobes.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteArbiter<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per port: AWVALID.
    pub in_awvalid: Vec<Signal<In, Bit>>,
    /// AWREADY.
    pub in_awready: Vec<Signal<Out, Bit>>,
    /// AWADDR.
    pub in_awaddr: Vec<Signal<In, Bits<40>>>,
    /// AWLEN.
    pub in_awlen: Vec<Signal<In, Bits<8>>>,
    /// AWSIZE.
    pub in_awsize: Vec<Signal<In, Bits<3>>>,
    /// AWCACHE.
    pub in_awcache: Vec<Signal<In, Bits<4>>>,
    /// AWPROT.
    pub in_awprot: Vec<Signal<In, Bits<3>>>,
    /// AWQOS.
    pub in_awqos: Vec<Signal<In, Bits<4>>>,
    /// AWUSER.
    pub in_awuser: Vec<Signal<In, Bits<16>>>,
    /// WVALID.
    pub in_wvalid: Vec<Signal<In, Bit>>,
    /// WREADY.
    pub in_wready: Vec<Signal<Out, Bit>>,
    /// WDATA.
    pub in_wdata: Vec<Signal<In, Bits<D>>>,
    /// WSTRB.
    pub in_wstrb: Vec<Signal<In, Bits<S>>>,
    /// WLAST.
    pub in_wlast: Vec<Signal<In, Bit>>,
    /// A response for the port.
    pub in_response_valid: Vec<Signal<Out, Bit>>,
    /// The engine's AWVALID.
    pub engine_awvalid: Signal<In, Bit>,
    /// Its AWREADY.
    pub engine_awready: Signal<Out, Bit>,
    /// Its AWADDR; beats are of full width.
    pub engine_awaddr: Signal<In, Bits<40>>,
    /// Its AWLEN.
    pub engine_awlen: Signal<In, Bits<8>>,
    /// Its request is in the foreground.
    pub engine_urgent: Signal<In, Bit>,
    /// Its WVALID.
    pub engine_wvalid: Signal<In, Bit>,
    /// Its WREADY.
    pub engine_wready: Signal<Out, Bit>,
    /// Its WDATA.
    pub engine_wdata: Signal<In, Bits<D>>,
    /// Its WSTRB.
    pub engine_wstrb: Signal<In, Bits<S>>,
    /// Its WLAST.
    pub engine_wlast: Signal<In, Bit>,
    /// A response for the engine.
    pub engine_response_valid: Signal<Out, Bit>,
    /// The link's AWVALID.
    pub link_awvalid: Signal<In, Bit>,
    /// Its AWREADY.
    pub link_awready: Signal<Out, Bit>,
    /// Its AWADDR; beats are of full width.
    pub link_awaddr: Signal<In, Bits<40>>,
    /// Its AWLEN.
    pub link_awlen: Signal<In, Bits<8>>,
    /// Its WVALID.
    pub link_wvalid: Signal<In, Bit>,
    /// Its WREADY.
    pub link_wready: Signal<Out, Bit>,
    /// Its WDATA.
    pub link_wdata: Signal<In, Bits<D>>,
    /// Its WSTRB.
    pub link_wstrb: Signal<In, Bits<S>>,
    /// Its WLAST.
    pub link_wlast: Signal<In, Bit>,
    /// A response for the link.
    pub link_response_valid: Signal<Out, Bit>,
    /// The response.
    pub response: Signal<Out, Bits<2>>,
    /// AWVALID to memory.
    pub m_awvalid: Signal<Out, Bit>,
    /// AWREADY.
    pub m_awready: Signal<In, Bit>,
    /// AWID: the source's number.
    pub m_awid: Signal<Out, Bits<4>>,
    /// AWADDR.
    pub m_awaddr: Signal<Out, Bits<40>>,
    /// AWLEN.
    pub m_awlen: Signal<Out, Bits<8>>,
    /// AWSIZE.
    pub m_awsize: Signal<Out, Bits<3>>,
    /// AWBURST, INCR.
    pub m_awburst: Signal<Out, Bits<2>>,
    /// AWLOCK, 0.
    pub m_awlock: Signal<Out, Bit>,
    /// AWCACHE.
    pub m_awcache: Signal<Out, Bits<4>>,
    /// AWPROT.
    pub m_awprot: Signal<Out, Bits<3>>,
    /// AWQOS.
    pub m_awqos: Signal<Out, Bits<4>>,
    /// AWUSER.
    pub m_awuser: Signal<Out, Bits<16>>,
    /// WVALID.
    pub m_wvalid: Signal<Out, Bit>,
    /// WREADY.
    pub m_wready: Signal<In, Bit>,
    /// WDATA.
    pub m_wdata: Signal<Out, Bits<D>>,
    /// WSTRB.
    pub m_wstrb: Signal<Out, Bits<S>>,
    /// WLAST.
    pub m_wlast: Signal<Out, Bit>,
    /// BVALID from memory.
    pub m_bvalid: Signal<In, Bit>,
    /// BREADY, 1.
    pub m_bready: Signal<Out, Bit>,
    /// BID.
    pub m_bid: Signal<In, Bits<4>>,
    /// BRESP.
    pub m_bresp: Signal<In, Bits<2>>,
    turn: MemoryTurn,
    order: FrontFifo<Bits<16>>,
    sender: Signal<Local, Bits<16>>,
    requests: OrTree<16>,
    numbers: OrTree<4>,
    addresses: OrTree<40>,
    lens: OrTree<8>,
    sizes: OrTree<3>,
    caches: OrTree<4>,
    prots: OrTree<3>,
    qoses: OrTree<4>,
    users: OrTree<16>,
    data: OrTree<D>,
    strobes: OrTree<S>,
    senders: OrTree<1>,
    lasts: OrTree<1>,
    granted: Signal<Local, Bits<16>>,
    engine_granted: Signal<Local, Bit>,
    engine_sends: Signal<Local, Bit>,
    foreground: Signal<Local, Bits<16>>,
    link_granted: Signal<Local, Bit>,
    link_sends: Signal<Local, Bit>,
    number: Signal<Local, Bits<4>>,
    address: Signal<Local, Bits<40>>,
    len: Signal<Local, Bits<8>>,
    valid: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    sends: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    port_numbers: Vec<Constant<Bits<4>>>,
    port_bits: Vec<Constant<Bits<16>>>,
    engine_number: Constant<Bits<4>>,
    engine_bit: Constant<Bits<16>>,
    link_number: Constant<Bits<4>>,
    link_bit: Constant<Bits<16>>,
    has_link: Constant<Bit>,
    full_size: Constant<Bits<3>>,
    engine_cache: Constant<Bits<4>>,
    _ports: usize,
}

impl<const D: usize, const S: usize> WriteArbiter<D, S> {
    /// The arbiter for a configuration's ports.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let sources = ports + 1 + usize::from(config.link);
        Self {
            clock: Signal::default(),
            in_awvalid: copies(ports),
            in_awready: copies(ports),
            in_awaddr: copies(ports),
            in_awlen: copies(ports),
            in_awsize: copies(ports),
            in_awcache: copies(ports),
            in_awprot: copies(ports),
            in_awqos: copies(ports),
            in_awuser: copies(ports),
            in_wvalid: copies(ports),
            in_wready: copies(ports),
            in_wdata: copies(ports),
            in_wstrb: copies(ports),
            in_wlast: copies(ports),
            in_response_valid: copies(ports),
            engine_awvalid: Signal::default(),
            engine_awready: Signal::default(),
            engine_awaddr: Signal::default(),
            engine_awlen: Signal::default(),
            engine_urgent: Signal::default(),
            engine_wvalid: Signal::default(),
            engine_wready: Signal::default(),
            engine_wdata: Signal::default(),
            engine_wstrb: Signal::default(),
            engine_wlast: Signal::default(),
            engine_response_valid: Signal::default(),
            link_awvalid: Signal::default(),
            link_awready: Signal::default(),
            link_awaddr: Signal::default(),
            link_awlen: Signal::default(),
            link_wvalid: Signal::default(),
            link_wready: Signal::default(),
            link_wdata: Signal::default(),
            link_wstrb: Signal::default(),
            link_wlast: Signal::default(),
            link_response_valid: Signal::default(),
            foreground: Signal::default(),
            link_granted: Signal::default(),
            link_sends: Signal::default(),
            link_number: constant(ports as u64 + 1),
            link_bit: constant(2 << ports),
            has_link: flag(config.link),
            response: Signal::default(),
            m_awvalid: Signal::default(),
            m_awready: Signal::default(),
            m_awid: Signal::default(),
            m_awaddr: Signal::default(),
            m_awlen: Signal::default(),
            m_awsize: Signal::default(),
            m_awburst: Signal::default(),
            m_awlock: Signal::default(),
            m_awcache: Signal::default(),
            m_awprot: Signal::default(),
            m_awqos: Signal::default(),
            m_awuser: Signal::default(),
            m_wvalid: Signal::default(),
            m_wready: Signal::default(),
            m_wdata: Signal::default(),
            m_wstrb: Signal::default(),
            m_wlast: Signal::default(),
            m_bvalid: Signal::default(),
            m_bready: Signal::default(),
            m_bid: Signal::default(),
            m_bresp: Signal::default(),
            turn: MemoryTurn::new(ports),
            order: FrontFifo::narrow(BURSTS_IN_ORDER, sources),
            sender: Signal::default(),
            requests: OrTree::new(ports),
            numbers: OrTree::new(ports),
            addresses: OrTree::new(ports),
            lens: OrTree::new(ports),
            sizes: OrTree::new(ports),
            caches: OrTree::new(ports),
            prots: OrTree::new(ports),
            qoses: OrTree::new(ports),
            users: OrTree::new(ports),
            data: OrTree::new(ports),
            strobes: OrTree::new(ports),
            senders: OrTree::new(ports),
            lasts: OrTree::new(ports),
            granted: Signal::default(),
            engine_granted: Signal::default(),
            engine_sends: Signal::default(),
            number: Signal::default(),
            address: Signal::default(),
            len: Signal::default(),
            valid: Signal::default(),
            taken: Signal::default(),
            sends: Signal::default(),
            last: Signal::default(),
            port_numbers: identities(ports),
            port_bits: (0..ports).map(|p| constant(1 << p)).collect(),
            engine_number: constant(ports as u64),
            engine_bit: constant(1 << ports),
            full_size: constant(config.full_size().into()),
            engine_cache: constant(ENGINE_CACHE),
            _ports: ports,
        }
    }
}

impl<const D: usize, const S: usize> Logic for WriteArbiter<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_arbiter");
        comment!("Joins the writes of the ports and the copy engine to one AW and W channel, labelled with the source's number.");
        comment!("Beats follow in the order of the grants. No latency on AW and B. BREADY is 1 always; a choice shown stays.");
        clock!(self, clock, turn, order);

        comment!("Requests");
        for p in 0..self._ports {
            self.requests.inputs[p].next = 0.into();
            if self.in_awvalid[p].val() {
                self.requests.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.foreground.next = self.requests.merged.val();
        if self.engine_awvalid.val() & self.engine_urgent.val() {
            self.foreground.next = self.requests.merged.val() | self.engine_bit.val();
        }
        self.turn.foreground.next = self.foreground.val();
        if self.has_link.val() & self.link_awvalid.val() {
            self.turn.foreground.next = self.foreground.val() | self.link_bit.val();
        }
        self.turn.background.next = self.engine_awvalid.val() & !self.engine_urgent.val();
        self.turn.background_paced.next = false;
        self.turn.background_len.next = self.engine_awlen.val();
        self.granted.next = self.turn.grant.val();
        self.valid.next = self.granted.val().any() & !self.order.full.val();
        self.taken.next = self.valid.val() & self.m_awready.val();
        self.engine_granted.next = (self.granted.val() & self.engine_bit.val()).any();
        self.link_granted.next = (self.granted.val() & self.link_bit.val()).any();

        comment!("The request chosen");
        for p in 0..self._ports {
            self.numbers.inputs[p].next = 0.into();
            self.addresses.inputs[p].next = 0.into();
            self.lens.inputs[p].next = 0.into();
            self.sizes.inputs[p].next = 0.into();
            self.caches.inputs[p].next = 0.into();
            self.prots.inputs[p].next = 0.into();
            self.qoses.inputs[p].next = 0.into();
            self.users.inputs[p].next = 0.into();
            if self.granted.val().get_bit(p) {
                self.numbers.inputs[p].next = self.port_numbers[p].val();
                self.addresses.inputs[p].next = self.in_awaddr[p].val();
                self.lens.inputs[p].next = self.in_awlen[p].val();
                self.sizes.inputs[p].next = self.in_awsize[p].val();
                self.caches.inputs[p].next = self.in_awcache[p].val();
                self.prots.inputs[p].next = self.in_awprot[p].val();
                self.qoses.inputs[p].next = self.in_awqos[p].val();
                self.users.inputs[p].next = self.in_awuser[p].val();
            }
        }
        self.number.next = self.numbers.merged.val();
        self.address.next = self.addresses.merged.val();
        self.len.next = self.lens.merged.val();
        self.m_awsize.next = self.sizes.merged.val();
        self.m_awcache.next = self.caches.merged.val();
        self.m_awprot.next = self.prots.merged.val();
        self.m_awqos.next = self.qoses.merged.val();
        self.m_awuser.next = self.users.merged.val();
        self.m_awburst.next = 1.into();
        if self.engine_granted.val() {
            self.number.next = self.engine_number.val();
            self.address.next = self.engine_awaddr.val();
            self.len.next = self.engine_awlen.val();
            self.m_awsize.next = self.full_size.val();
            self.m_awcache.next = self.engine_cache.val();
        }
        if self.has_link.val() & self.link_granted.val() {
            self.number.next = self.link_number.val();
            self.address.next = self.link_awaddr.val();
            self.len.next = self.link_awlen.val();
            self.m_awsize.next = self.full_size.val();
            self.m_awcache.next = self.engine_cache.val();
        }
        self.m_awvalid.next = self.valid.val();
        self.m_awid.next = self.number.val();
        self.m_awaddr.next = self.address.val();
        self.m_awlen.next = self.len.val();
        self.m_awlock.next = false;
        self.turn.granted_len.next = self.len.val();
        self.turn.taken.next = self.taken.val();
        for p in 0..self._ports {
            self.in_awready[p].next = self.granted.val().get_bit(p) & self.taken.val();
        }
        self.engine_awready.next = self.engine_granted.val() & self.taken.val();
        self.link_awready.next = self.link_granted.val() & self.taken.val();
        self.order.push.next = self.taken.val();
        self.order.data_in.next = self.granted.val();

        comment!("Beats of the oldest burst granted: a bit per source, from a register, for it reaches far into the source");
        self.sender.next = self.order.data_out.val();
        for p in 0..self._ports {
            self.data.inputs[p].next = 0.into();
            self.strobes.inputs[p].next = 0.into();
            self.senders.inputs[p].next = 0.into();
            self.lasts.inputs[p].next = 0.into();
            self.in_wready[p].next = false;
            if self.sender.val().get_bit(p) {
                self.data.inputs[p].next = self.in_wdata[p].val();
                self.strobes.inputs[p].next = self.in_wstrb[p].val();
                if self.in_wvalid[p].val() {
                    self.senders.inputs[p].next = 1.into();
                }
                if self.in_wlast[p].val() {
                    self.lasts.inputs[p].next = 1.into();
                }
                self.in_wready[p].next = self.order.valid.val() & self.m_wready.val();
            }
        }
        self.engine_sends.next = (self.sender.val() & self.engine_bit.val()).any();
        if self.engine_sends.val() {
            self.sends.next = self.engine_wvalid.val();
            self.last.next = self.engine_wlast.val();
            self.m_wdata.next = self.engine_wdata.val();
            self.m_wstrb.next = self.engine_wstrb.val();
        } else {
            self.sends.next = self.senders.merged.val().any();
            self.last.next = self.lasts.merged.val().any();
            self.m_wdata.next = self.data.merged.val();
            self.m_wstrb.next = self.strobes.merged.val();
        }
        self.link_sends.next = (self.sender.val() & self.link_bit.val()).any();
        if self.has_link.val() & self.link_sends.val() {
            self.sends.next = self.link_wvalid.val();
            self.last.next = self.link_wlast.val();
            self.m_wdata.next = self.link_wdata.val();
            self.m_wstrb.next = self.link_wstrb.val();
        }
        self.link_wready.next =
            self.link_sends.val() & self.order.valid.val() & self.m_wready.val();
        self.engine_wready.next =
            self.engine_sends.val() & self.order.valid.val() & self.m_wready.val();
        self.m_wvalid.next = self.order.valid.val() & self.sends.val();
        self.m_wlast.next = self.last.val();
        self.order.pop.next = self.sends.val() & self.last.val() & self.m_wready.val();

        comment!("Responses");
        self.m_bready.next = true;
        self.response.next = self.m_bresp.val();
        for p in 0..self._ports {
            self.in_response_valid[p].next =
                self.m_bvalid.val() & (self.m_bid.val() == self.port_numbers[p].val());
        }
        self.engine_response_valid.next =
            self.m_bvalid.val() & (self.m_bid.val() == self.engine_number.val());
        self.link_response_valid.next =
            self.m_bvalid.val() & (self.m_bid.val() == self.link_number.val());
    }
}
