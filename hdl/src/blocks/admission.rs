//! Admits complete bursts to their guests' memory.
//!
//! **Does**: grants one port's request per cycle, round robin among those that can go, so a burst that waits never delays another port. A
//! guest that rejects writes turns the burst into an error; one that holds them keeps it waiting; one whose policy fills a ring must have a slot for each
//! block of the burst, reserved with the grant. Without room the burst waits (HOLD), or the guest is told to `lose` its checkpoint, drops
//! `needs_ring`, and the burst goes. Reports accepted and finished bursts and returned reservations to the guests.
//! **Latency**: the grant is combinational, except that a ring with fewer than 256 free slots costs a cycle per burst; everything told to the guests comes one cycle later (`ring_held` and `lose` two). **Contract with the guest**: `ring_free` excludes the slots of an
//! `accept` from the cycle after it on. **Errors**: none. **Reset**: nothing pending.

use super::constants::{constant, copies, identities};
use super::or_tree::OrTree;
use super::port_events::PortEvents;
use super::round_robin::RoundRobin;
use crate::prelude::*;
use mch_spec::Config;

/// Admission of bursts, for all ports and guests.
#[derive(Clone, Debug, LogicBlock)]
pub struct Admission {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per port: a burst asks to be accepted.
    pub request_valid: Vec<Signal<In, Bit>>,
    /// Its guest.
    pub request_guest: Vec<Signal<In, Bits<4>>>,
    /// Different blocks it touches, 1 to 64.
    pub request_blocks: Vec<Signal<In, Bits<8>>>,
    /// It goes.
    pub request_grant: Vec<Signal<Out, Bit>>,
    /// With the grant: as an error, not accepted.
    pub request_reject: Vec<Signal<Out, Bit>>,
    /// With the grant: a ring slot is reserved for each of its blocks.
    pub request_reserved: Vec<Signal<Out, Bit>>,
    /// Per port: an accepted burst has its last response.
    pub finished_valid: Vec<Signal<In, Bit>>,
    /// Its guest.
    pub finished_guest: Vec<Signal<In, Bits<4>>>,
    /// Per port: a block with a reserved slot has its verdict.
    pub resolved_valid: Vec<Signal<In, Bit>>,
    /// Its guest.
    pub resolved_guest: Vec<Signal<In, Bits<4>>>,
    /// Per guest: new writes wait.
    pub hold_writes: Vec<Signal<In, Bit>>,
    /// New writes are answered SLVERR; stronger than `hold_writes`.
    pub reject_writes: Vec<Signal<In, Bit>>,
    /// A write needs ring slots.
    pub needs_ring: Vec<Signal<In, Bit>>,
    /// When the ring is full the checkpoint is given up.
    pub on_full_lose: Vec<Signal<In, Bit>>,
    /// Slots neither used nor reserved.
    pub ring_free: Vec<Signal<In, Bits<26>>>,
    /// Per guest: a burst was accepted.
    pub accept: Vec<Signal<Out, Bit>>,
    /// Slots it reserves; 0 if none are needed.
    pub accept_slots: Signal<Out, Bits<8>>,
    /// Per guest, a bit per port: an accepted burst has its last response.
    pub finished: Vec<Signal<Out, Bits<8>>>,
    /// Per guest, a bit per port: a reservation is returned.
    pub resolved: Vec<Signal<Out, Bits<8>>>,
    /// Per guest: a port waits for room in the ring.
    pub ring_held: Vec<Signal<Out, Bit>>,
    /// Per guest, one cycle: the checkpoint must be given up.
    pub lose: Vec<Signal<Out, Bit>>,
    /// Per guest: a burst waits, for whatever reason.
    pub stalled: Vec<Signal<Out, Bit>>,
    opens: Vec<OrTree<1>>,
    decides: Vec<OrTree<1>>,
    rejects: Vec<OrTree<1>>,
    needs: Vec<OrTree<1>>,
    loses: Vec<OrTree<1>>,
    rooms: Vec<OrTree<8>>,
    plenty: Vec<Register<Bit>>,
    open: Vec<Signal<Local, Bit>>,
    ring_decides: Vec<Signal<Local, Bit>>,
    reject: Vec<Signal<Local, Bit>>,
    fills: Vec<Signal<Local, Bit>>,
    gives_up: Vec<Signal<Local, Bit>>,
    room: Vec<Signal<Local, Bits<8>>>,
    needed: Vec<Signal<Local, Bits<8>>>,
    room_is_old: Vec<Signal<Local, Bit>>,
    fits_now: Vec<Signal<Local, Bit>>,
    fits: Vec<Register<Bit>>,
    went: Vec<Register<Bit>>,
    full: Vec<Register<Bit>>,
    eligible: OrTree<16>,
    arbiter: RoundRobin,
    granted: Signal<Local, Bits<16>>,
    granted_guest: OrTree<4>,
    granted_slots: OrTree<8>,
    granted_accept: OrTree<1>,
    accepted: Register<Bit>,
    accepted_guest: Register<Bits<4>>,
    accepted_slots: Register<Bits<8>>,
    finished_events: Vec<PortEvents>,
    resolved_events: Vec<PortEvents>,
    held_events: Vec<PortEvents>,
    lose_events: Vec<PortEvents>,
    stall_events: Vec<PortEvents>,
    lose_before: Vec<Register<Bit>>,
    port_bits: Vec<Constant<Bits<16>>>,
    guest_ids: Vec<Constant<Bits<4>>>,
    _ports: usize,
    _guests: usize,
}

impl Admission {
    /// Admission for a configuration's ports and guests.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        let events = || -> Vec<PortEvents> {
            (0..guests as u64)
                .map(|g| PortEvents::new(ports, g))
                .collect()
        };
        let by_guest = || -> Vec<OrTree<1>> { (0..ports).map(|_| OrTree::new(guests)).collect() };
        Self {
            clock: Signal::default(),
            request_valid: copies(ports),
            request_guest: copies(ports),
            request_blocks: copies(ports),
            request_grant: copies(ports),
            request_reject: copies(ports),
            request_reserved: copies(ports),
            finished_valid: copies(ports),
            finished_guest: copies(ports),
            resolved_valid: copies(ports),
            resolved_guest: copies(ports),
            hold_writes: copies(guests),
            reject_writes: copies(guests),
            needs_ring: copies(guests),
            on_full_lose: copies(guests),
            ring_free: copies(guests),
            accept: copies(guests),
            accept_slots: Signal::default(),
            finished: copies(guests),
            resolved: copies(guests),
            ring_held: copies(guests),
            lose: copies(guests),
            stalled: copies(guests),
            opens: by_guest(),
            decides: by_guest(),
            rejects: by_guest(),
            needs: by_guest(),
            loses: by_guest(),
            rooms: (0..ports).map(|_| OrTree::new(guests)).collect(),
            plenty: copies(guests),
            open: copies(guests),
            ring_decides: copies(guests),
            reject: copies(ports),
            fills: copies(ports),
            gives_up: copies(ports),
            room: copies(guests),
            needed: copies(ports),
            room_is_old: copies(ports),
            fits_now: copies(ports),
            fits: copies(ports),
            went: copies(ports),
            full: copies(ports),
            eligible: OrTree::new(ports),
            arbiter: RoundRobin::default(),
            granted: Signal::default(),
            granted_guest: OrTree::new(ports),
            granted_slots: OrTree::new(ports),
            granted_accept: OrTree::new(ports),
            accepted: Register::default(),
            accepted_guest: Register::narrow(0.into(), clog2(guests).max(1)),
            accepted_slots: Register::default(),
            finished_events: events(),
            resolved_events: events(),
            held_events: events(),
            lose_events: events(),
            stall_events: events(),
            lose_before: copies(guests),
            port_bits: (0..ports).map(|p| constant(1 << p)).collect(),
            guest_ids: identities(guests),
            _ports: ports,
            _guests: guests,
        }
    }
}

impl Logic for Admission {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: admission");
        comment!("Grants complete bursts, one per cycle, round robin among those that can go; reserves ring slots; tells the");
        comment!("guests what was accepted, finished and returned, one cycle later. A burst that waits delays no other port.");
        dff_setup!(self, clock, accepted, accepted_guest, accepted_slots);
        clock!(self, clock, arbiter);

        comment!("Guests whose writes may go without a look at the room in their ring");
        for g in 0..self._guests {
            self.plenty[g].clock.next = self.clock.val();
            // What is reserved before the room shows it, and by this burst, is at most 3 * 64 slots.
            self.plenty[g].d.next = self.ring_free[g].val().get_bits::<18>(8).any();
            self.room[g].next = self.ring_free[g].val().get_bits::<8>(0);
            if self.ring_free[g].val().get_bits::<18>(8).any() {
                self.room[g].next = 0xff.into();
            }
            self.open[g].next = self.reject_writes[g].val()
                | (!self.hold_writes[g].val()
                    & (!self.needs_ring[g].val() | self.plenty[g].q.val()));
            self.ring_decides[g].next = !self.reject_writes[g].val()
                & !self.hold_writes[g].val()
                & self.needs_ring[g].val();
        }

        comment!("Who can go");
        for p in 0..self._ports {
            for g in 0..self._guests {
                self.opens[p].inputs[g].next = 0.into();
                self.decides[p].inputs[g].next = 0.into();
                self.rejects[p].inputs[g].next = 0.into();
                self.needs[p].inputs[g].next = 0.into();
                self.loses[p].inputs[g].next = 0.into();
                self.rooms[p].inputs[g].next = 0.into();
                if self.request_guest[p].val() == self.guest_ids[g].val() {
                    self.rooms[p].inputs[g].next = self.room[g].val();
                    if self.open[g].val() {
                        self.opens[p].inputs[g].next = 1.into();
                    }
                    if self.ring_decides[g].val() {
                        self.decides[p].inputs[g].next = 1.into();
                    }
                    if self.reject_writes[g].val() {
                        self.rejects[p].inputs[g].next = 1.into();
                    }
                    if self.needs_ring[g].val() {
                        self.needs[p].inputs[g].next = 1.into();
                    }
                    if self.on_full_lose[g].val() {
                        self.loses[p].inputs[g].next = 1.into();
                    }
                }
            }
            self.reject[p].next = self.rejects[p].merged.val().any();
            self.fills[p].next = self.needs[p].merged.val().any();
            self.gives_up[p].next = self.loses[p].merged.val().any();
            // The room does not show the slots of a grant until two cycles later.
            self.needed[p].next = self.request_blocks[p].val();
            self.room_is_old[p].next = self.accepted_slots.q.val().any()
                & (self.accepted_guest.q.val() == self.request_guest[p].val());
            if self.room_is_old[p].val() {
                self.needed[p].next = self.request_blocks[p].val() + self.accepted_slots.q.val();
            }
            self.fits_now[p].next = self.rooms[p].merged.val() >= self.needed[p].val();
            self.full[p].clock.next = self.clock.val();
            self.full[p].d.next = self.request_valid[p].val()
                & self.decides[p].merged.val().any()
                & !self.fits_now[p].val();
            // When room is scarce the comparison takes a cycle of its own, and holds for the burst it was made for
            // unless the guest has granted slots since.
            self.fits[p].clock.next = self.clock.val();
            self.fits[p].d.next = self.request_valid[p].val() & self.fits_now[p].val();
            self.went[p].clock.next = self.clock.val();
            self.eligible.inputs[p].next = 0.into();
            if self.request_valid[p].val()
                & (self.opens[p].merged.val().any()
                    | (self.decides[p].merged.val().any()
                        & self.fits[p].q.val()
                        & !self.went[p].q.val()
                        & !self.room_is_old[p].val()))
            {
                self.eligible.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.arbiter.requests.next = self.eligible.merged.val();
        self.arbiter.advance.next = true;
        self.granted.next = self.arbiter.grant.val();

        comment!("The grant");
        for p in 0..self._ports {
            self.request_grant[p].next = self.granted.val().get_bit(p);
            self.went[p].d.next = self.granted.val().get_bit(p);
            self.request_reject[p].next = self.reject[p].val();
            self.request_reserved[p].next = self.fills[p].val();
            self.granted_guest.inputs[p].next = 0.into();
            self.granted_slots.inputs[p].next = 0.into();
            self.granted_accept.inputs[p].next = 0.into();
            if self.granted.val().get_bit(p) & !self.reject[p].val() {
                self.granted_accept.inputs[p].next = 1.into();
                self.granted_guest.inputs[p].next = self.request_guest[p].val();
                if self.fills[p].val() {
                    self.granted_slots.inputs[p].next = self.request_blocks[p].val();
                }
            }
        }
        self.accepted.d.next = self.granted_accept.merged.val().any();
        self.accepted_guest.d.next = self.granted_guest.merged.val();
        self.accepted_slots.d.next = self.granted_slots.merged.val();
        self.accept_slots.next = self.accepted_slots.q.val();

        comment!("Reports to the guests");
        for g in 0..self._guests {
            self.accept[g].next =
                self.accepted.q.val() & (self.accepted_guest.q.val() == self.guest_ids[g].val());
            self.finished_events[g].clock.next = self.clock.val();
            self.resolved_events[g].clock.next = self.clock.val();
            self.held_events[g].clock.next = self.clock.val();
            self.lose_events[g].clock.next = self.clock.val();
            self.stall_events[g].clock.next = self.clock.val();
            for p in 0..self._ports {
                self.finished_events[g].valid[p].next = self.finished_valid[p].val();
                self.finished_events[g].guest[p].next = self.finished_guest[p].val();
                self.resolved_events[g].valid[p].next = self.resolved_valid[p].val();
                self.resolved_events[g].guest[p].next = self.resolved_guest[p].val();
                self.held_events[g].valid[p].next =
                    self.full[p].q.val() & !self.went[p].q.val() & !self.gives_up[p].val();
                self.held_events[g].guest[p].next = self.request_guest[p].val();
                self.lose_events[g].valid[p].next =
                    self.full[p].q.val() & !self.went[p].q.val() & self.gives_up[p].val();
                self.lose_events[g].guest[p].next = self.request_guest[p].val();
                self.stall_events[g].valid[p].next =
                    self.request_valid[p].val() & !self.granted.val().get_bit(p);
                self.stall_events[g].guest[p].next = self.request_guest[p].val();
            }
            self.finished[g].next = self.finished_events[g].events.val();
            self.resolved[g].next = self.resolved_events[g].events.val();
            self.ring_held[g].next = self.held_events[g].events.val().any();
            self.stalled[g].next = self.stall_events[g].events.val().any();
            self.lose_before[g].clock.next = self.clock.val();
            self.lose_before[g].d.next = self.lose_events[g].events.val().any();
            self.lose[g].next =
                self.lose_events[g].events.val().any() & !self.lose_before[g].q.val();
        }
    }
}
