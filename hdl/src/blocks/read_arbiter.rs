//! Joins all reads to the one AR and R channel of `m_axi`.
//!
//! **Does**: chooses among the ports, the copy engine, the ring reader and the link ([`MemoryTurn`]) and labels each read with its source's number, so that every
//! source's data return in order; hands each beat to its source. **Sources**: ports 0..P-1, engine P, ring reader P + 1, link P + 2.
//! **Latency**: none, both ways. `m_rready` is 1 always: a source asks only with room for its beats. **Order**: within a source.
//! **Pace**: see [`BackgroundPace`].
//! **Errors**: passed on. **Reset**: no request.

use super::background_pace::BackgroundPace;
use super::constants::{constant, copies, flag, identities};
use super::memory_turn::MemoryTurn;
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::Config;

/// Arbiter of reads, for `D` data bits.
#[derive(Clone, Debug, LogicBlock)]
pub struct ReadArbiter<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per port: ARVALID.
    pub in_arvalid: Vec<Signal<In, Bit>>,
    /// ARREADY.
    pub in_arready: Vec<Signal<Out, Bit>>,
    /// ARADDR.
    pub in_araddr: Vec<Signal<In, Bits<40>>>,
    /// ARLEN.
    pub in_arlen: Vec<Signal<In, Bits<8>>>,
    /// ARSIZE.
    pub in_arsize: Vec<Signal<In, Bits<3>>>,
    /// ARBURST.
    pub in_arburst: Vec<Signal<In, Bits<2>>>,
    /// ARCACHE.
    pub in_arcache: Vec<Signal<In, Bits<4>>>,
    /// ARPROT.
    pub in_arprot: Vec<Signal<In, Bits<3>>>,
    /// ARQOS.
    pub in_arqos: Vec<Signal<In, Bits<4>>>,
    /// ARUSER.
    pub in_aruser: Vec<Signal<In, Bits<16>>>,
    /// Per port: a beat for it.
    pub in_rvalid: Vec<Signal<Out, Bit>>,
    /// The engine's ARVALID.
    pub engine_arvalid: Signal<In, Bit>,
    /// Its ARREADY.
    pub engine_arready: Signal<Out, Bit>,
    /// Its ARADDR; beats are of full width.
    pub engine_araddr: Signal<In, Bits<40>>,
    /// Its ARLEN.
    pub engine_arlen: Signal<In, Bits<8>>,
    /// Its request is in the foreground.
    pub engine_urgent: Signal<In, Bit>,
    /// Nobody waits for its request: it is begun only where [`BackgroundPace`] lets it. May fall while it waits. With S1, S2 or S4.
    pub engine_lazy: Signal<In, Bit>,
    /// A beat for the engine.
    pub engine_rvalid: Signal<Out, Bit>,
    /// The ring reader's ARVALID.
    pub ring_arvalid: Signal<In, Bit>,
    /// Its ARREADY.
    pub ring_arready: Signal<Out, Bit>,
    /// Its ARADDR.
    pub ring_araddr: Signal<In, Bits<40>>,
    /// Its ARLEN.
    pub ring_arlen: Signal<In, Bits<8>>,
    /// Its ARSIZE.
    pub ring_arsize: Signal<In, Bits<3>>,
    /// A beat for the ring reader.
    pub ring_rvalid: Signal<Out, Bit>,
    /// The link's ARVALID.
    pub link_arvalid: Signal<In, Bit>,
    /// Its ARREADY.
    pub link_arready: Signal<Out, Bit>,
    /// Its ARADDR.
    pub link_araddr: Signal<In, Bits<40>>,
    /// Its ARLEN.
    pub link_arlen: Signal<In, Bits<8>>,
    /// Its ARSIZE.
    pub link_arsize: Signal<In, Bits<3>>,
    /// A beat for the link.
    pub link_rvalid: Signal<Out, Bit>,
    /// Data of the beat.
    pub rdata: Signal<Out, Bits<D>>,
    /// Response of the beat.
    pub rresp: Signal<Out, Bits<2>>,
    /// The beat is the last of its burst.
    pub rlast: Signal<Out, Bit>,
    /// ARVALID to memory.
    pub m_arvalid: Signal<Out, Bit>,
    /// ARREADY.
    pub m_arready: Signal<In, Bit>,
    /// ARID: the source's number.
    pub m_arid: Signal<Out, Bits<4>>,
    /// ARADDR.
    pub m_araddr: Signal<Out, Bits<40>>,
    /// ARLEN.
    pub m_arlen: Signal<Out, Bits<8>>,
    /// ARSIZE.
    pub m_arsize: Signal<Out, Bits<3>>,
    /// ARBURST.
    pub m_arburst: Signal<Out, Bits<2>>,
    /// ARLOCK, 0.
    pub m_arlock: Signal<Out, Bit>,
    /// ARCACHE.
    pub m_arcache: Signal<Out, Bits<4>>,
    /// ARPROT.
    pub m_arprot: Signal<Out, Bits<3>>,
    /// ARQOS.
    pub m_arqos: Signal<Out, Bits<4>>,
    /// ARUSER.
    pub m_aruser: Signal<Out, Bits<16>>,
    /// RVALID from memory.
    pub m_rvalid: Signal<In, Bit>,
    /// RREADY, 1.
    pub m_rready: Signal<Out, Bit>,
    /// RID.
    pub m_rid: Signal<In, Bits<4>>,
    /// RDATA.
    pub m_rdata: Signal<In, Bits<D>>,
    /// RRESP.
    pub m_rresp: Signal<In, Bits<2>>,
    /// RLAST.
    pub m_rlast: Signal<In, Bit>,
    turn: MemoryTurn,
    pace: Maybe<BackgroundPace>,
    requests: OrTree<16>,
    numbers: OrTree<4>,
    addresses: OrTree<40>,
    lens: OrTree<8>,
    sizes: OrTree<3>,
    bursts: OrTree<2>,
    caches: OrTree<4>,
    prots: OrTree<3>,
    qoses: OrTree<4>,
    users: OrTree<16>,
    foreground: Signal<Local, Bits<16>>,
    granted: Signal<Local, Bits<16>>,
    engine_granted: Signal<Local, Bit>,
    ring_granted: Signal<Local, Bit>,
    link_granted: Signal<Local, Bit>,
    number: Signal<Local, Bits<4>>,
    address: Signal<Local, Bits<40>>,
    len: Signal<Local, Bits<8>>,
    valid: Signal<Local, Bit>,
    port_numbers: Vec<Constant<Bits<4>>>,
    port_bits: Vec<Constant<Bits<16>>>,
    engine_number: Constant<Bits<4>>,
    engine_bit: Constant<Bits<16>>,
    ring_number: Constant<Bits<4>>,
    ring_bit: Constant<Bits<16>>,
    full_size: Constant<Bits<3>>,
    engine_cache: Constant<Bits<4>>,
    has_ring: Constant<Bit>,
    link_number: Constant<Bits<4>>,
    link_bit: Constant<Bits<16>>,
    has_link: Constant<Bit>,
    has_pace: Constant<Bit>,
    _ports: usize,
}

/// AxCACHE of the engine's and ring reader's accesses: normal, non-cacheable, bufferable.
pub const ENGINE_CACHE: u64 = 0b0011;

impl<const D: usize> ReadArbiter<D> {
    /// The arbiter for a configuration's ports.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        Self {
            clock: Signal::default(),
            in_arvalid: copies(ports),
            in_arready: copies(ports),
            in_araddr: copies(ports),
            in_arlen: copies(ports),
            in_arsize: copies(ports),
            in_arburst: copies(ports),
            in_arcache: copies(ports),
            in_arprot: copies(ports),
            in_arqos: copies(ports),
            in_aruser: copies(ports),
            in_rvalid: copies(ports),
            engine_arvalid: Signal::default(),
            engine_arready: Signal::default(),
            engine_araddr: Signal::default(),
            engine_arlen: Signal::default(),
            engine_urgent: Signal::default(),
            engine_lazy: Signal::default(),
            engine_rvalid: Signal::default(),
            ring_arvalid: Signal::default(),
            ring_arready: Signal::default(),
            ring_araddr: Signal::default(),
            ring_arlen: Signal::default(),
            ring_arsize: Signal::default(),
            ring_rvalid: Signal::default(),
            link_arvalid: Signal::default(),
            link_arready: Signal::default(),
            link_araddr: Signal::default(),
            link_arlen: Signal::default(),
            link_arsize: Signal::default(),
            link_rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            m_arvalid: Signal::default(),
            m_arready: Signal::default(),
            m_arid: Signal::default(),
            m_araddr: Signal::default(),
            m_arlen: Signal::default(),
            m_arsize: Signal::default(),
            m_arburst: Signal::default(),
            m_arlock: Signal::default(),
            m_arcache: Signal::default(),
            m_arprot: Signal::default(),
            m_arqos: Signal::default(),
            m_aruser: Signal::default(),
            m_rvalid: Signal::default(),
            m_rready: Signal::default(),
            m_rid: Signal::default(),
            m_rdata: Signal::default(),
            m_rresp: Signal::default(),
            m_rlast: Signal::default(),
            turn: MemoryTurn::new(ports),
            pace: Maybe::new(BackgroundPace::new(config), config.copies_lazily()),
            requests: OrTree::new(ports),
            numbers: OrTree::new(ports),
            addresses: OrTree::new(ports),
            lens: OrTree::new(ports),
            sizes: OrTree::new(ports),
            bursts: OrTree::new(ports),
            caches: OrTree::new(ports),
            prots: OrTree::new(ports),
            qoses: OrTree::new(ports),
            users: OrTree::new(ports),
            foreground: Signal::default(),
            granted: Signal::default(),
            engine_granted: Signal::default(),
            ring_granted: Signal::default(),
            link_granted: Signal::default(),
            number: Signal::default(),
            address: Signal::default(),
            len: Signal::default(),
            valid: Signal::default(),
            port_numbers: identities(ports),
            port_bits: (0..ports).map(|p| constant(1 << p)).collect(),
            engine_number: constant(ports as u64),
            engine_bit: constant(1 << ports),
            ring_number: constant(ports as u64 + 1),
            ring_bit: constant(2 << ports),
            full_size: constant(config.full_size().into()),
            engine_cache: constant(ENGINE_CACHE),
            has_ring: flag(config.uses_ring()),
            link_number: constant(ports as u64 + 2),
            link_bit: constant(4 << ports),
            has_link: flag(config.link),
            has_pace: flag(config.copies_lazily()),
            _ports: ports,
        }
    }
}

impl<const D: usize> Logic for ReadArbiter<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: read_arbiter");
        comment!("Joins the reads of the ports, the copy engine and the ring reader to one AR channel, labelled with the source's");
        comment!("number, and hands the beats out by it. No latency. RREADY is 1 always; a choice shown stays until taken.");
        clock!(self, clock, turn);

        comment!("Requests");
        for p in 0..self._ports {
            self.requests.inputs[p].next = 0.into();
            if self.in_arvalid[p].val() {
                self.requests.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.foreground.next = self.requests.merged.val();
        if self.engine_arvalid.val() & self.engine_urgent.val() {
            self.foreground.next = self.requests.merged.val() | self.engine_bit.val();
        }
        self.turn.foreground.next = self.foreground.val();
        if self.has_ring.val() & self.ring_arvalid.val() {
            self.turn.foreground.next = self.foreground.val() | self.ring_bit.val();
        }
        if self.has_link.val() & self.link_arvalid.val() {
            self.turn.foreground.next = self.foreground.val() | self.link_bit.val();
            if self.ring_arvalid.val() {
                self.turn.foreground.next =
                    self.foreground.val() | self.link_bit.val() | self.ring_bit.val();
            }
        }
        self.turn.background.next = self.engine_arvalid.val() & !self.engine_urgent.val();
        self.turn.background_paced.next = false;
        self.turn.background_len.next = self.engine_arlen.val();
        self.granted.next = self.turn.grant.val();
        self.valid.next = self.granted.val().any();
        self.engine_granted.next = (self.granted.val() & self.engine_bit.val()).any();
        self.ring_granted.next = (self.granted.val() & self.ring_bit.val()).any();
        self.link_granted.next = (self.granted.val() & self.link_bit.val()).any();

        comment!("The request chosen");
        for p in 0..self._ports {
            self.numbers.inputs[p].next = 0.into();
            self.addresses.inputs[p].next = 0.into();
            self.lens.inputs[p].next = 0.into();
            self.sizes.inputs[p].next = 0.into();
            self.bursts.inputs[p].next = 0.into();
            self.caches.inputs[p].next = 0.into();
            self.prots.inputs[p].next = 0.into();
            self.qoses.inputs[p].next = 0.into();
            self.users.inputs[p].next = 0.into();
            if self.granted.val().get_bit(p) {
                self.numbers.inputs[p].next = self.port_numbers[p].val();
                self.addresses.inputs[p].next = self.in_araddr[p].val();
                self.lens.inputs[p].next = self.in_arlen[p].val();
                self.sizes.inputs[p].next = self.in_arsize[p].val();
                self.bursts.inputs[p].next = self.in_arburst[p].val();
                self.caches.inputs[p].next = self.in_arcache[p].val();
                self.prots.inputs[p].next = self.in_arprot[p].val();
                self.qoses.inputs[p].next = self.in_arqos[p].val();
                self.users.inputs[p].next = self.in_aruser[p].val();
            }
        }
        self.number.next = self.numbers.merged.val();
        self.address.next = self.addresses.merged.val();
        self.len.next = self.lens.merged.val();
        self.m_arsize.next = self.sizes.merged.val();
        self.m_arburst.next = self.bursts.merged.val();
        self.m_arcache.next = self.caches.merged.val();
        self.m_arprot.next = self.prots.merged.val();
        self.m_arqos.next = self.qoses.merged.val();
        self.m_aruser.next = self.users.merged.val();
        if self.engine_granted.val() {
            self.number.next = self.engine_number.val();
            self.address.next = self.engine_araddr.val();
            self.len.next = self.engine_arlen.val();
            self.m_arsize.next = self.full_size.val();
            self.m_arburst.next = 1.into();
            self.m_arcache.next = self.engine_cache.val();
        }
        if self.has_ring.val() & self.ring_granted.val() {
            self.number.next = self.ring_number.val();
            self.address.next = self.ring_araddr.val();
            self.len.next = self.ring_arlen.val();
            self.m_arsize.next = self.ring_arsize.val();
            self.m_arburst.next = 1.into();
            self.m_arcache.next = self.engine_cache.val();
        }
        if self.has_link.val() & self.link_granted.val() {
            self.number.next = self.link_number.val();
            self.address.next = self.link_araddr.val();
            self.len.next = self.link_arlen.val();
            self.m_arsize.next = self.link_arsize.val();
            self.m_arburst.next = 1.into();
            self.m_arcache.next = self.engine_cache.val();
        }
        self.m_arvalid.next = self.valid.val();
        self.m_arid.next = self.number.val();
        self.m_araddr.next = self.address.val();
        self.m_arlen.next = self.len.val();
        self.m_arlock.next = false;
        self.turn.granted_len.next = self.len.val();
        self.turn.taken.next = self.valid.val() & self.m_arready.val();
        for p in 0..self._ports {
            self.in_arready[p].next = self.granted.val().get_bit(p) & self.m_arready.val();
        }
        self.engine_arready.next = self.engine_granted.val() & self.m_arready.val();
        self.ring_arready.next = self.ring_granted.val() & self.m_arready.val();
        self.link_arready.next = self.link_granted.val() & self.m_arready.val();

        if self.has_pace.val() {
            clock!(self, clock, pace);
            self.turn.background_paced.next = self.engine_lazy.val() & self.pace.full.val();
            self.pace.lazy_waits.next = self.engine_arvalid.val() & self.engine_lazy.val();
            self.pace.engine_taken.next = self.engine_granted.val() & self.m_arready.val();
            self.pace.engine_ended.next = self.m_rvalid.val()
                & self.m_rlast.val()
                & (self.m_rid.val() == self.engine_number.val());
            self.pace.port_taken.next =
                (self.granted.val() & self.requests.merged.val()).any() & self.m_arready.val();
        }

        comment!("Data");
        self.m_rready.next = true;
        self.rdata.next = self.m_rdata.val();
        self.rresp.next = self.m_rresp.val();
        self.rlast.next = self.m_rlast.val();
        for p in 0..self._ports {
            self.in_rvalid[p].next =
                self.m_rvalid.val() & (self.m_rid.val() == self.port_numbers[p].val());
        }
        self.engine_rvalid.next =
            self.m_rvalid.val() & (self.m_rid.val() == self.engine_number.val());
        self.ring_rvalid.next = self.m_rvalid.val() & (self.m_rid.val() == self.ring_number.val());
        self.link_rvalid.next = self.m_rvalid.val() & (self.m_rid.val() == self.link_number.val());
    }
}
