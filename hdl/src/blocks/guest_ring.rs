//! The bounds and the fill of a guest's ring (the pre-image log).
//!
//! **Does**: keeps slots used, and slots still free when those reserved for accepted bursts are set aside. A reservation ends when
//! its lookup is resolved; an allocation turns a slot to used. `empty` frees all. With S1 the ring is a circle: a captured write turns its
//! reservation into an entry at `tail`; `mark` commits all entries; `drained` frees the committed ones. With S2 entries leave at the head when the
//! backup has acknowledged them; in a standby they arrive at the tail, and a drain frees those that were committed when it began.
//! **Latency**: outputs are registers; geometry (`mask`, `capacity`) follows `ring_size` by one cycle.
//! **Reset**: empty, capacity of a ring of size 0: none.

use super::constants::{constant, flag};
use super::ring_step::RingStep;
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// Slots of a guest's ring: used, reserved, free.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestRing {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// log2 of the ring's bytes; 0: no ring.
    pub ring_size: Signal<In, Bits<6>>,
    /// Frees all slots; no accepted write may be unresolved.
    pub empty: Signal<In, Bit>,
    /// A burst of the guest is accepted and reserves `accept_slots`.
    pub accept: Signal<In, Bit>,
    /// Slots that the accepted burst reserves.
    pub accept_slots: Signal<In, Bits<8>>,
    /// A bit per port: one reservation of the guest is resolved.
    pub resolved: Signal<In, Bits<8>>,
    /// The tracker takes the slot `used`.
    pub allocate: Signal<In, Bit>,
    /// A reservation becomes the entry in slot `tail`. With S1.
    pub captured: Signal<In, Bit>,
    /// All entries are committed; there were no committed ones. With S1.
    pub mark: Signal<In, Bit>,
    /// The committed entries are no longer needed. With S1.
    pub drained: Signal<In, Bit>,
    /// What the ring is walked for: 0 RESTORE, 1 DRAIN, 2 REWIND, 3 DRAIN of a standby.
    pub way: Signal<In, Bits<2>>,
    /// A drain begins. With the link.
    pub drain: Signal<In, Bit>,
    /// The scanner reserves a slot. With the link.
    pub scan_taken: Signal<In, Bit>,
    /// The backup has acknowledged entries. With the link.
    pub acknowledged: Signal<In, Bit>,
    /// How many. With the link.
    pub acknowledged_slots: Signal<In, Bits<26>>,
    /// An entry has arrived in slot `tail`. With the link.
    pub arrived: Signal<In, Bit>,
    /// The scanner may reserve a slot: a burst on every port still finds room. With the link.
    pub scan_room: Signal<Out, Bit>,
    /// Slots that the ring has. With the link.
    pub slots: Signal<Out, Bits<26>>,
    /// The slot of the next entry. With S1.
    pub tail: Signal<Out, Bits<26>>,
    /// No entry is committed and not drained. With S1; else 1.
    pub settled: Signal<Out, Bit>,
    /// First slot of a walk. With S1.
    pub walk_first: Signal<Out, Bits<26>>,
    /// Slots of a walk.
    pub walk_count: Signal<Out, Bits<26>>,
    /// Slots used.
    pub used: Signal<Out, Bits<26>>,
    /// Slots neither used nor reserved.
    pub free: Signal<Out, Bits<26>>,
    /// Pages of the ring, less one.
    pub mask: Signal<Out, Bits<28>>,
    head_slot: Register<Bits<26>>,
    mark_slot: Register<Bits<26>>,
    tail_slot: Register<Bits<26>>,
    committed: Register<Bits<26>>,
    drain_mark: Register<Bits<26>>,
    draining: Register<Bits<26>>,
    drains: Register<Bit>,
    room: Register<Bit>,
    drained_slots: Signal<Local, Bits<26>>,
    grows: Signal<Local, Bit>,
    tail_step: Maybe<RingStep>,
    freed: Signal<Local, Bits<26>>,
    used_now: Register<Bits<26>>,
    free_now: Register<Bits<27>>,
    /// The bit of `free_now` that says that it is less than nothing.
    sign: Constant<Bits<5>>,
    page_mask: Register<Bits<28>>,
    capacity: Register<Bits<26>>,
    eighth: Signal<Local, Bits<40>>,
    returned: Signal<Local, Bits<27>>,
    taken: Signal<Local, Bits<27>>,
    has_s1: Constant<Bit>,
    has_link: Constant<Bit>,
    scan_reserve: Constant<Bits<27>>,
    has_s6: Constant<Bit>,
    block_shift: Constant<Bits<6>>,
}

impl GuestRing {
    /// The ring state for a configuration.
    pub fn new(config: &Config) -> Self {
        let bits = config.slot_bits() as usize;
        let slots = || Register::narrow(0.into(), bits);
        Self {
            drain: Default::default(),
            scan_taken: Default::default(),
            acknowledged: Default::default(),
            acknowledged_slots: Default::default(),
            arrived: Default::default(),
            scan_room: Default::default(),
            slots: Default::default(),
            drain_mark: slots(),
            draining: slots(),
            drains: Default::default(),
            room: Default::default(),
            drained_slots: Default::default(),
            grows: Default::default(),
            has_link: flag(config.link),
            // The room does not show the grants of three cycles, of a slot for each block of a page or two for a WRAP.
            scan_reserve: constant(3 * u64::from((4096 / config.block_bytes()).max(2))),
            captured: Default::default(),
            mark: Default::default(),
            drained: Default::default(),
            way: Default::default(),
            tail: Default::default(),
            settled: Default::default(),
            walk_first: Default::default(),
            walk_count: Default::default(),
            head_slot: slots(),
            mark_slot: slots(),
            tail_slot: slots(),
            committed: slots(),
            tail_step: Maybe::new(RingStep::new(config), config.captures()),
            freed: Default::default(),
            has_s1: flag(config.captures()),
            has_s6: flag(config.has(Strategy::S6)),
            block_shift: constant(config.block_shift().into()),
            clock: Default::default(),
            ring_size: Default::default(),
            empty: Default::default(),
            accept: Default::default(),
            accept_slots: Default::default(),
            resolved: Default::default(),
            allocate: Default::default(),
            used: Default::default(),
            free: Default::default(),
            mask: Default::default(),
            used_now: slots(),
            free_now: Register::narrow(0.into(), bits + 1),
            sign: constant(bits as u64),
            page_mask: Register::narrow(0.into(), config.page_bits() as usize),
            capacity: slots(),
            eighth: Default::default(),
            returned: Default::default(),
            taken: Default::default(),
        }
    }
}

impl Logic for GuestRing {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_ring");
        comment!(
            "Slots of a guest's ring: used, and free beside those reserved for accepted bursts."
        );
        comment!("Outputs are registers. Reset: empty, no capacity.");
        dff_setup!(self, clock, used_now, free_now, page_mask, capacity);
        dff_setup!(self, clock, head_slot, mark_slot, tail_slot, committed);
        dff_setup!(self, clock, drain_mark, draining, drains, room);
        // A ring of 2^z bytes has 7/8 * 2^z / block bytes slots; the last eighth holds the headers.
        self.eighth.next = 0.into();
        self.page_mask.d.next = 0.into();
        if self.ring_size.val().any() {
            self.eighth.next =
                (bits::<40>(1) << (self.ring_size.val() - 3)) >> self.block_shift.val();
            self.page_mask.d.next = (bits::<28>(1) << (self.ring_size.val() - 12)) - 1;
        }
        self.capacity.d.next =
            bit_cast::<26, 40>((self.eighth.val() << bits::<6>(3)) - self.eighth.val());
        self.returned.next = bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(0))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(1))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(2))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(3))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(4))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(5))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(6))
            + bit_cast::<27, 1>(self.resolved.val().get_bits::<1>(7));
        self.taken.next = 0.into();
        if self.accept.val() {
            self.taken.next = bit_cast::<27, 8>(self.accept_slots.val());
        }
        if self.has_link.val() {
            if self.accept.val() {
                self.taken.next = bit_cast::<27, 8>(self.accept_slots.val())
                    + bit_cast::<27, 1>(self.scan_taken.val().into());
            } else {
                self.taken.next = bit_cast::<27, 1>(self.scan_taken.val().into());
            }
        }
        self.free_now.d.next = self.free_now.q.val() + self.returned.val() - self.taken.val();
        if self.allocate.val() {
            self.used_now.d.next = self.used_now.q.val() + 1;
            self.free_now.d.next =
                self.free_now.q.val() + self.returned.val() - self.taken.val() - 1;
        }
        self.walk_count.next = self.used_now.q.val();
        self.walk_first.next = 0.into();
        self.tail.next = 0.into();
        self.settled.next = true;
        self.freed.next = 0.into();
        self.drained_slots.next = 0.into();
        self.grows.next = self.captured.val();
        self.scan_room.next = false;
        self.slots.next = 0.into();
        if self.has_s1.val() {
            self.tail.next = self.tail_slot.q.val();
            self.settled.next = !self.committed.q.val().any();
            self.tail_step.slot.next = self.tail_slot.q.val();
            self.tail_step.forward.next = true;
            self.tail_step.last.next = self.capacity.q.val() - 1;
            // A walk for the committed entries, or for those after them.
            if self.way.val().get_bit(0) {
                self.walk_first.next = self.head_slot.q.val();
                self.walk_count.next = self.committed.q.val();
            } else if !self.has_s6.val() | self.way.val().get_bit(1) {
                self.walk_first.next = self.mark_slot.q.val();
                self.walk_count.next = self.used_now.q.val() - self.committed.q.val();
            }
            if self.has_link.val() {
                // What is committed while a drain goes on is not part of it.
                if self.way.val().get_bit(0) {
                    self.walk_count.next = self.draining.q.val();
                }
                if self.drain.val() {
                    self.drains.d.next = true;
                    self.draining.d.next = self.committed.q.val();
                    self.drain_mark.d.next = self.mark_slot.q.val();
                }
                if self.drained.val() & self.drains.q.val() {
                    self.drains.d.next = false;
                    self.drained_slots.next = self.draining.q.val();
                    self.head_slot.d.next = self.drain_mark.q.val();
                    self.committed.d.next = self.committed.q.val() - self.draining.q.val();
                }
                self.freed.next = self.drained_slots.val();
                if self.acknowledged.val() {
                    self.freed.next = self.acknowledged_slots.val();
                }
                self.grows.next = self.captured.val() | self.arrived.val();
                self.slots.next = self.capacity.q.val();
                self.room.d.next = !self.free_now.q.val().get_bit(self.sign.val().index())
                    & (self.free_now.q.val() > self.scan_reserve.val())
                    & !self.scan_taken.val();
                self.scan_room.next = self.room.q.val();
            } else if self.drained.val() {
                self.drained_slots.next = self.committed.q.val();
                self.freed.next = self.committed.q.val();
                self.head_slot.d.next = self.mark_slot.q.val();
                self.committed.d.next = 0.into();
            }
            if self.mark.val() {
                self.committed.d.next = self.used_now.q.val() - self.drained_slots.val();
                self.mark_slot.d.next = self.tail_slot.q.val();
            }
            if !self.allocate.val() {
                self.used_now.d.next = self.used_now.q.val() - self.freed.val()
                    + bit_cast::<26, 1>(self.grows.val().into());
                self.free_now.d.next = self.free_now.q.val() + self.returned.val()
                    - self.taken.val()
                    + bit_cast::<27, 26>(self.freed.val());
            }
            if self.has_link.val() & self.arrived.val() {
                // It has no reservation.
                self.free_now.d.next = self.free_now.q.val() + self.returned.val()
                    - self.taken.val()
                    + bit_cast::<27, 26>(self.freed.val())
                    - 1;
            }
            if self.grows.val() {
                self.tail_slot.d.next = self.tail_step.after.val();
            }
            if self.empty.val() {
                self.head_slot.d.next = 0.into();
                self.mark_slot.d.next = 0.into();
                self.tail_slot.d.next = 0.into();
                self.committed.d.next = 0.into();
                if self.has_link.val() {
                    self.drains.d.next = false;
                }
            }
        }
        if self.empty.val() {
            self.used_now.d.next = 0.into();
            self.free_now.d.next = bit_cast::<27, 26>(self.capacity.q.val());
        }
        self.used.next = self.used_now.q.val();
        // An allocation comes before the return of its reservation: for some cycles both count, and what is
        // free may be less than nothing.
        self.free.next = self.free_now.q.val().get_bits::<26>(0);
        if self.free_now.q.val().get_bit(self.sign.val().index()) {
            self.free.next = 0.into();
        }
        self.mask.next = self.page_mask.q.val();
    }
}
