//! The captures of S1's and S2's writes on their way to the copy engine: an entry of its guest's ring for each piece that memory has answered.
//!
//! **Does**: takes the requests of the ports, and with the link those of the scanner, round robin, gives each the next slot of its guest's ring (`captured`) and passes it on among the
//! tracker's copies, in turn with those. An entry is what its piece wrote as memory holds it when it is copied, and slots follow the order of the
//! copies: the last entry with some byte holds the last value written to it, whichever port wrote it, so no write has to wait for another's entry.
//! A completed capture is reported to its port. **Latency**: a request is passed on in the cycle after it was taken. **Order**: that of the slots.
//! `ring_tail` must show a `captured` in the next cycle. **Errors**: none. **Reset**: empty.

use super::constants::{copies, identities};
use super::or_tree::OrTree;
use super::round_robin::RoundRobin;
use super::write_types::CaptureRequest;
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct CaptureIntake {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per port: a piece is to be captured.
    pub capture_valid: Vec<Signal<In, Bit>>,
    /// The request is taken.
    pub capture_ready: Vec<Signal<Out, Bit>>,
    /// Its guest.
    pub capture_guest: Vec<Signal<In, Bits<4>>>,
    /// Its block.
    pub capture_block: Vec<Signal<In, Bits<26>>>,
    /// First unit of the block that it wrote.
    pub capture_first: Vec<Signal<In, Bits<7>>>,
    /// Last unit.
    pub capture_last: Vec<Signal<In, Bits<7>>>,
    /// Per guest: its ring's next slot.
    pub ring_tail: Vec<Signal<In, Bits<26>>>,
    /// Per guest: that slot is taken.
    pub captured: Vec<Signal<Out, Bit>>,
    /// The tracker has a copy.
    pub save_valid: Signal<In, Bit>,
    /// It is taken.
    pub save_ready: Signal<Out, Bit>,
    /// Its block.
    pub save_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub save_guest: Signal<In, Bits<4>>,
    /// Its slot.
    pub save_slot: Signal<In, Bits<26>>,
    /// Its ticket.
    pub save_ticket: Signal<In, Bits<5>>,
    /// Its way.
    pub save_way: Signal<In, Bits<2>>,
    /// A copy for the builder.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// Its block.
    pub out_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub out_guest: Signal<Out, Bits<4>>,
    /// Its slot.
    pub out_slot: Signal<Out, Bits<26>>,
    /// Its ticket; of a capture, its port.
    pub out_ticket: Signal<Out, Bits<5>>,
    /// Its way.
    pub out_way: Signal<Out, Bits<2>>,
    /// It is a capture.
    pub out_captures: Signal<Out, Bit>,
    /// First unit of the block.
    pub out_first: Signal<Out, Bits<7>>,
    /// Last unit.
    pub out_last: Signal<Out, Bits<7>>,
    /// The copy engine completes a capture.
    pub done_valid: Signal<In, Bit>,
    /// Its port.
    pub done_port: Signal<In, Bits<5>>,
    /// Per port: its oldest capture is complete.
    pub complete: Vec<Signal<Out, Bit>>,
    arbiter: RoundRobin,
    requests: OrTree<16>,
    guests: OrTree<4>,
    blocks: OrTree<26>,
    firsts: OrTree<7>,
    lasts: OrTree<7>,
    chosen_ports: OrTree<5>,
    slots: OrTree<26>,
    held: SkidBuffer<CaptureRequest>,
    request: Signal<Local, CaptureRequest>,
    no_request: Constant<CaptureRequest>,
    captures_turn: Register<Bit>,
    picks: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    granted: Signal<Local, Bits<16>>,
    port_bits: Vec<Constant<Bits<16>>>,
    port_ids: Vec<Constant<Bits<5>>>,
    guest_ids: Vec<Constant<Bits<4>>>,
    _requesters: usize,
    _guests: usize,
}

impl CaptureIntake {
    /// The intake of a configuration's ports.
    pub fn new(config: &Config) -> Self {
        // The scanner asks behind the ports. With the link.
        let ports = (config.ports + u32::from(config.link)) as usize;
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            capture_valid: copies(ports),
            capture_ready: copies(ports),
            capture_guest: copies(ports),
            capture_block: copies(ports),
            capture_first: copies(ports),
            capture_last: copies(ports),
            ring_tail: copies(guests),
            captured: copies(guests),
            save_valid: Signal::default(),
            save_ready: Signal::default(),
            save_block: Signal::default(),
            save_guest: Signal::default(),
            save_slot: Signal::default(),
            save_ticket: Signal::default(),
            save_way: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_block: Signal::default(),
            out_guest: Signal::default(),
            out_slot: Signal::default(),
            out_ticket: Signal::default(),
            out_way: Signal::default(),
            out_captures: Signal::default(),
            out_first: Signal::default(),
            out_last: Signal::default(),
            done_valid: Signal::default(),
            done_port: Signal::default(),
            complete: copies(ports),
            arbiter: RoundRobin::default(),
            requests: OrTree::new(ports),
            guests: OrTree::new(ports),
            blocks: OrTree::new(ports),
            firsts: OrTree::new(ports),
            lasts: OrTree::new(ports),
            chosen_ports: OrTree::new(ports),
            slots: OrTree::new(guests),
            held: SkidBuffer::default(),
            request: Signal::default(),
            no_request: Constant::new(CaptureRequest::default()),
            captures_turn: Register::default(),
            picks: Signal::default(),
            goes: Signal::default(),
            room: Signal::default(),
            granted: Signal::default(),
            port_bits: (0..ports)
                .map(|p| Constant::new((1_usize << p).to_bits()))
                .collect(),
            port_ids: identities(ports),
            guest_ids: identities(guests),
            _requesters: ports,
            _guests: guests,
        }
    }
}

impl Logic for CaptureIntake {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: capture_intake");
        comment!("Takes the ports' requests to capture what they wrote, round robin, gives each the next slot of its guest's ring");
        comment!("and passes it on in turn with the tracker's copies. Slots follow the order of the copies. Reset: empty.");
        dff_setup!(self, clock, captures_turn);
        clock!(self, clock, arbiter, held);

        // Which goes to the builder: the held capture, or a copy of the tracker's.
        self.request.next = self.held.out_data.val();
        self.picks.next =
            self.held.out_valid.val() & (!self.save_valid.val() | self.captures_turn.q.val());
        self.goes.next = self.picks.val() & self.out_ready.val();
        self.save_ready.next = self.out_ready.val() & !self.picks.val();
        self.held.out_ready.next = self.goes.val();
        self.out_valid.next = self.held.out_valid.val() | self.save_valid.val();
        if self.out_ready.val() {
            self.captures_turn.d.next = !self.picks.val();
        }
        for g in 0..self._guests {
            self.slots.inputs[g].next = 0.into();
            self.captured[g].next = false;
            if self.request.val().guest == self.guest_ids[g].val() {
                self.slots.inputs[g].next = self.ring_tail[g].val();
                self.captured[g].next = self.goes.val();
            }
        }
        self.out_captures.next = self.picks.val();
        self.out_block.next = self.save_block.val();
        self.out_guest.next = self.save_guest.val();
        self.out_slot.next = self.save_slot.val();
        self.out_ticket.next = self.save_ticket.val();
        self.out_way.next = self.save_way.val();
        self.out_first.next = 0.into();
        self.out_last.next = 127.into();
        if self.picks.val() {
            self.out_block.next = self.request.val().block;
            self.out_guest.next = self.request.val().guest;
            self.out_slot.next = self.slots.merged.val();
            self.out_ticket.next = self.request.val().port;
            self.out_way.next = 0.into();
            self.out_first.next = self.request.val().first;
            self.out_last.next = self.request.val().last;
        }

        // The next capture.
        // A buffer: whether a capture goes hangs on the engine, and must not reach back into the ports.
        self.room.next = self.held.in_ready.val();
        for p in 0..self._requesters {
            self.requests.inputs[p].next = 0.into();
            if self.capture_valid[p].val() {
                self.requests.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.arbiter.requests.next = self.requests.merged.val();
        self.arbiter.advance.next = self.room.val();
        self.granted.next = self.arbiter.grant.val();
        for p in 0..self._requesters {
            self.capture_ready[p].next = self.room.val() & self.granted.val().get_bit(p);
            self.guests.inputs[p].next = 0.into();
            self.blocks.inputs[p].next = 0.into();
            self.firsts.inputs[p].next = 0.into();
            self.lasts.inputs[p].next = 0.into();
            self.chosen_ports.inputs[p].next = 0.into();
            if self.granted.val().get_bit(p) {
                self.guests.inputs[p].next = self.capture_guest[p].val();
                self.blocks.inputs[p].next = self.capture_block[p].val();
                self.firsts.inputs[p].next = self.capture_first[p].val();
                self.lasts.inputs[p].next = self.capture_last[p].val();
                self.chosen_ports.inputs[p].next = self.port_ids[p].val();
            }
            self.complete[p].next =
                self.done_valid.val() & (self.done_port.val() == self.port_ids[p].val());
        }
        self.held.in_valid.next = self.granted.val().any();
        self.held.in_data.next = self.no_request.val();
        self.held.in_data.next.port = self.chosen_ports.merged.val();
        self.held.in_data.next.guest = self.guests.merged.val();
        self.held.in_data.next.block = self.blocks.merged.val();
        self.held.in_data.next.first = self.firsts.merged.val();
        self.held.in_data.next.last = self.lasts.merged.val();
    }
}
