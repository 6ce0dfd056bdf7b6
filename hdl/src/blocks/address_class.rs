//! What an address is: tracked memory of a guest, memory to pass through, or a place software may not touch.
//!
//! **Does**: while `enable` is 0 everything passes. Else an address in the shadow or in an attached guest's ring is SLVERR, one
//! outside system memory DECERR, one in an active region tracked for the region's guest, and the rest of system memory passes.
//! **Ports**: regions are first and last granule (inclusive), counted from MEM_BASE; a ring matches when `(page & !mask) == base`.
//! Regions do not overlap (refused at configuration). **Latency**: combinational.

use super::constants::{constant, copies, flag};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;

/// Classifies one address.
#[derive(Clone, Debug, LogicBlock)]
pub struct AddressClass {
    /// The byte address.
    pub address: Signal<In, Bits<40>>,
    /// The unit is enabled.
    pub enable: Signal<In, Bit>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// The region is in use and its guest attached.
    pub region_active: Vec<Signal<In, Bit>>,
    /// First granule of the region, from MEM_BASE.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Last granule of the region, inclusive.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Guest of the region.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// The guest is attached and has a ring.
    pub ring_active: Vec<Signal<In, Bit>>,
    /// First page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Pages of its ring, less one.
    pub ring_mask: Vec<Signal<In, Bits<28>>>,
    /// The address belongs to `class_guest`.
    pub class_tracked: Signal<Out, Bit>,
    /// The guest; of meaning only if tracked.
    pub class_guest: Signal<Out, Bits<4>>,
    /// The response an access must get: 0 none, 2 SLVERR, 3 DECERR.
    pub class_error: Signal<Out, Bits<2>>,
    region_match: OrTree<1>,
    guest_match: OrTree<4>,
    ring_match: OrTree<1>,
    page: Signal<Local, Bits<28>>,
    granule: Signal<Local, Bits<28>>,
    in_memory: Signal<Local, Bit>,
    refused: Signal<Local, Bit>,
    offset_mask: Constant<Bits<28>>,
    granule_shift: Constant<Bits<5>>,
    has_shadow: Constant<Bit>,
    has_ring: Constant<Bit>,
    _regions: usize,
    _guests: usize,
}

impl AddressClass {
    /// The classifier for a configuration.
    pub fn new(config: &Config) -> Self {
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        Self {
            address: Signal::default(),
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
            class_tracked: Signal::default(),
            class_guest: Signal::default(),
            class_error: Signal::default(),
            region_match: OrTree::new(regions),
            guest_match: OrTree::new(regions),
            ring_match: OrTree::new(guests),
            page: Signal::default(),
            granule: Signal::default(),
            in_memory: Signal::default(),
            refused: Signal::default(),
            offset_mask: constant((1 << (config.memory_shift() - 12)) - 1),
            granule_shift: constant(u64::from(config.granule_bytes().ilog2()) - 12),
            has_shadow: flag(config.uses_shadow()),
            has_ring: flag(config.uses_ring()),
            _regions: regions,
            _guests: guests,
        }
    }
}

impl Logic for AddressClass {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: address_class");
        comment!("Class of an address: tracked for a guest, passed through, or an error response (2 SLVERR in the");
        comment!("shadow or a ring, 3 DECERR outside system memory). Nothing is refused while not enabled. Combinational.");
        self.page.next = self.address.val().get_bits::<28>(12);
        // Memory and shadow are aligned to their size, so upper bits decide and lower bits are the offset.
        self.in_memory.next =
            !((self.page.val() ^ self.mem_base.val()) & !self.offset_mask.val()).any();
        self.granule.next = (self.page.val() & self.offset_mask.val()) >> self.granule_shift.val();

        for k in 0..self._regions {
            self.region_match.inputs[k].next = 0.into();
            self.guest_match.inputs[k].next = 0.into();
            if self.region_active[k].val()
                & (self.granule.val() >= self.region_first[k].val())
                & (self.granule.val() <= self.region_last[k].val())
            {
                self.region_match.inputs[k].next = 1.into();
                self.guest_match.inputs[k].next = self.region_guest[k].val();
            }
        }

        self.refused.next = false;
        for g in 0..self._guests {
            self.ring_match.inputs[g].next = 0.into();
        }
        if self.has_ring.val() {
            for g in 0..self._guests {
                if self.ring_active[g].val()
                    & ((self.page.val() & !self.ring_mask[g].val()) == self.ring_base[g].val())
                {
                    self.ring_match.inputs[g].next = 1.into();
                }
            }
            self.refused.next = self.ring_match.merged.val().any();
        }
        if self.has_shadow.val()
            & !((self.page.val() ^ self.shadow_base.val()) & !self.offset_mask.val()).any()
        {
            self.refused.next = true;
        }

        // Flat, so that the region match, the longest path, comes last.
        self.class_guest.next = self.guest_match.merged.val();
        self.class_tracked.next = self.enable.val()
            & self.in_memory.val()
            & !self.refused.val()
            & self.region_match.merged.val().any();
        self.class_error.next = 0.into();
        if self.enable.val() & self.refused.val() {
            self.class_error.next = 2.into();
        } else if self.enable.val() & !self.in_memory.val() {
            self.class_error.next = 3.into();
        }
    }
}
