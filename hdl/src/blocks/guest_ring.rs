//! The bounds and the fill of a guest's ring (the pre-image log).
//!
//! **Does**: keeps slots used, and slots still free when those reserved for accepted bursts are set aside. A reservation ends when
//! its lookup is resolved; an allocation turns a slot to used. `empty` frees all.
//! **Latency**: outputs are registers; geometry (`mask`, `capacity`) follows `ring_size` by one cycle.
//! **Reset**: empty, capacity of a ring of size 0: none.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::config::Config;

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
    /// Slots used.
    pub used: Signal<Out, Bits<26>>,
    /// Slots neither used nor reserved.
    pub free: Signal<Out, Bits<26>>,
    /// Pages of the ring, less one.
    pub mask: Signal<Out, Bits<28>>,
    used_now: Register<Bits<26>>,
    free_now: Register<Bits<27>>,
    page_mask: Register<Bits<28>>,
    capacity: Register<Bits<26>>,
    eighth: Signal<Local, Bits<40>>,
    returned: Signal<Local, Bits<27>>,
    taken: Signal<Local, Bits<27>>,
    block_shift: Constant<Bits<6>>,
}

impl GuestRing {
    /// The ring state for a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
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
            used_now: Default::default(),
            free_now: Default::default(),
            page_mask: Default::default(),
            capacity: Default::default(),
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
        self.free_now.d.next = self.free_now.q.val() + self.returned.val() - self.taken.val();
        if self.allocate.val() {
            self.used_now.d.next = self.used_now.q.val() + 1;
            self.free_now.d.next =
                self.free_now.q.val() + self.returned.val() - self.taken.val() - 1;
        }
        if self.empty.val() {
            self.used_now.d.next = 0.into();
            self.free_now.d.next = bit_cast::<27, 26>(self.capacity.q.val());
        }
        self.used.next = self.used_now.q.val();
        // An allocation comes before the return of its reservation: for some cycles both count, and what is
        // free may be less than nothing.
        self.free.next = self.free_now.q.val().get_bits::<26>(0);
        if self.free_now.q.val().get_bit(26) {
            self.free.next = 0.into();
        }
        self.mask.next = self.page_mask.q.val();
    }
}
