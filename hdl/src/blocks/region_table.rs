//! The regions: which blocks of system memory belong to which guest.
//!
//! **Does**: holds base, length and guest of each region, refuses what may not change, and gives each region's bounds in granules
//! (for the look-ups) and in pages (for the checker).
//! **Errors**: a used region of an attached guest is fixed (ATTACHED); no such guest, more blocks than there are, a page beyond the address
//! space (VALUE). Overlap, alignment and place are checked by ATTACH, not here.
//! **Latency**: bounds follow a write by two cycles. **Reset**: all regions unused.

use super::constants::{constant, copies, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::registers::{offset, ErrorCode};

/// One region.
#[derive(Clone, Debug, LogicBlock)]
pub struct Region {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// R_BASE is written.
    pub write_base: Signal<In, Bit>,
    /// R_BLOCKS is written.
    pub write_blocks: Signal<In, Bit>,
    /// R_GUEST is written.
    pub write_guest: Signal<In, Bit>,
    /// What is written.
    pub data: Signal<In, Bits<32>>,
    /// First page.
    pub base: Signal<Out, Bits<28>>,
    /// Last page.
    pub last_page: Signal<Out, Bits<28>>,
    /// Length in blocks.
    pub blocks: Signal<Out, Bits<27>>,
    /// The guest.
    pub guest: Signal<Out, Bits<4>>,
    /// The length is not 0.
    pub used: Signal<Out, Bit>,
    /// What R_BASE reads.
    pub read_base: Signal<Out, Bits<32>>,
    /// What R_BLOCKS reads.
    pub read_blocks: Signal<Out, Bits<32>>,
    /// What R_GUEST reads.
    pub read_guest: Signal<Out, Bits<32>>,
    /// First granule, counted from MEM_BASE.
    pub first: Signal<Out, Bits<28>>,
    /// Last granule.
    pub last: Signal<Out, Bits<28>>,
    base_now: Register<Bits<28>>,
    blocks_now: Register<Bits<27>>,
    guest_now: Register<Bits<4>>,
    used_now: Register<Bit>,
    first_now: Register<Bits<28>>,
    last_now: Register<Bits<28>>,
    last_page_now: Register<Bits<28>>,
    start: Signal<Local, Bits<28>>,
    page_mask: Constant<Bits<28>>,
    granule_pages: Constant<Bits<5>>,
    granule_blocks: Constant<Bits<5>>,
    page_blocks: Constant<Bits<5>>,
}

impl Region {
    fn new(config: &Config) -> Self {
        let granule = u64::from(config.granule_bytes().ilog2());
        let block = u64::from(config.block_shift());
        let pages = (config.memory_shift() - 12) as usize;
        let blocks = config.block_bits() as usize;
        Self {
            base_now: Register::narrow(0.into(), config.page_bits() as usize),
            last_page_now: Register::narrow(0.into(), config.page_bits() as usize),
            blocks_now: Register::narrow(0.into(), blocks + 1),
            first_now: Register::narrow(0.into(), pages),
            last_now: Register::narrow(0.into(), pages),
            page_mask: constant((config.memory_size.0 >> 12) - 1),
            granule_pages: constant(granule - 12),
            granule_blocks: constant(granule - block),
            page_blocks: constant(12 - block),
            clock: Default::default(),
            write_base: Default::default(),
            write_blocks: Default::default(),
            write_guest: Default::default(),
            data: Default::default(),
            base: Default::default(),
            last_page: Default::default(),
            blocks: Default::default(),
            guest: Default::default(),
            used: Default::default(),
            first: Default::default(),
            last: Default::default(),
            guest_now: Register::narrow(0.into(), clog2(config.guests as usize).max(1)),
            read_base: Default::default(),
            read_blocks: Default::default(),
            read_guest: Default::default(),
            used_now: Default::default(),
            start: Default::default(),
        }
    }
}

impl Logic for Region {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: region");
        comment!("Base, length and guest of a region, and its bounds in granules and pages. Reset: unused.");
        dff_setup!(
            self,
            clock,
            base_now,
            blocks_now,
            guest_now,
            used_now,
            first_now,
            last_now,
            last_page_now
        );
        if self.write_base.val() {
            self.base_now.d.next = bit_cast::<28, 32>(self.data.val());
        }
        if self.write_blocks.val() {
            self.blocks_now.d.next = bit_cast::<27, 32>(self.data.val());
        }
        if self.write_guest.val() {
            self.guest_now.d.next = bit_cast::<4, 32>(self.data.val());
        }
        self.used_now.d.next = self.blocks_now.q.val().any();
        self.start.next =
            (self.base_now.q.val() & self.page_mask.val()) >> self.granule_pages.val();
        self.first_now.d.next = self.start.val();
        self.last_now.d.next = self.start.val()
            + bit_cast::<28, 27>(self.blocks_now.q.val() >> self.granule_blocks.val())
            - 1;
        self.last_page_now.d.next = self.base_now.q.val()
            + bit_cast::<28, 27>(self.blocks_now.q.val() >> self.page_blocks.val())
            - 1;
        self.read_base.next = bit_cast::<32, 28>(self.base_now.q.val());
        self.read_blocks.next = bit_cast::<32, 27>(self.blocks_now.q.val());
        self.read_guest.next = bit_cast::<32, 4>(self.guest_now.q.val());
        self.base.next = self.base_now.q.val();
        self.last_page.next = self.last_page_now.q.val();
        self.blocks.next = self.blocks_now.q.val();
        self.guest.next = self.guest_now.q.val();
        self.used.next = self.used_now.q.val();
        self.first.next = self.first_now.q.val();
        self.last.next = self.last_now.q.val();
    }
}

/// All regions.
#[derive(Clone, Debug, LogicBlock)]
pub struct RegionTable {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The bus addresses the regions.
    pub bus_selected: Signal<In, Bit>,
    /// Offset in the global page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// What is written.
    pub bus_data: Signal<In, Bits<32>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The access takes effect.
    pub bus_commit: Signal<In, Bit>,
    /// Why the access is refused; 0: it is not.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns.
    pub bus_read: Signal<Out, Bits<32>>,
    /// Per guest: attached, or a routine runs for it.
    pub guest_fixed: Vec<Signal<In, Bit>>,
    /// Per guest: attached.
    pub guest_attached: Vec<Signal<In, Bit>>,
    /// Per region: used.
    pub used: Vec<Signal<Out, Bit>>,
    /// Per region: used, by an attached guest.
    pub active: Vec<Signal<Out, Bit>>,
    /// Per region: first granule.
    pub first: Vec<Signal<Out, Bits<28>>>,
    /// Per region: last granule.
    pub last: Vec<Signal<Out, Bits<28>>>,
    /// Per region: guest.
    pub guest: Vec<Signal<Out, Bits<4>>>,
    /// Per region: first page.
    pub first_page: Vec<Signal<Out, Bits<28>>>,
    /// Per region: last page.
    pub last_page: Vec<Signal<Out, Bits<28>>>,
    /// Per region: length in blocks.
    pub blocks: Vec<Signal<Out, Bits<27>>>,
    region: Vec<Region>,
    active_now: Vec<Register<Bit>>,
    attached: Vec<Signal<Local, Bit>>,
    fixed: Vec<Signal<Local, Bit>>,
    index: Signal<Local, Bits<5>>,
    field: Signal<Local, Bits<12>>,
    store: Signal<Local, Bit>,
    known: Signal<Local, Bit>,
    exists: Signal<Local, Bit>,
    is_used: Signal<Local, Bit>,
    is_fixed: Signal<Local, Bit>,
    refusal: Signal<Local, Bits<8>>,
    values: OrTree<32>,
    useds: OrTree<1>,
    fixeds: OrTree<1>,
    new_fixed: Register<Bit>,
    beyond_pages: Register<Bit>,
    too_long: Register<Bit>,
    no_guest: Register<Bit>,
    region_ids: Vec<Constant<Bits<5>>>,
    guest_ids: Vec<Constant<Bits<32>>>,
    short_ids: Vec<Constant<Bits<4>>>,
    field_mask: Constant<Bits<12>>,
    at_base: Constant<Bits<12>>,
    at_blocks: Constant<Bits<12>>,
    at_guest: Constant<Bits<12>>,
    page_limit: Constant<Bits<32>>,
    most_blocks: Constant<Bits<32>>,
    guests: Constant<Bits<32>>,
    error_address: Constant<Bits<8>>,
    error_value: Constant<Bits<8>>,
    error_attached: Constant<Bits<8>>,
    _regions: usize,
    _guests: usize,
}

impl RegionTable {
    /// The regions of a configuration, all unused.
    pub fn new(config: &Config) -> Self {
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        Self {
            guest_fixed: copies(guests),
            guest_attached: copies(guests),
            used: copies(regions),
            active: copies(regions),
            first: copies(regions),
            last: copies(regions),
            guest: copies(regions),
            first_page: copies(regions),
            last_page: copies(regions),
            blocks: copies(regions),
            region: (0..regions).map(|_| Region::new(config)).collect(),
            active_now: copies(regions),
            attached: copies(regions),
            fixed: copies(regions),
            region_ids: identities(regions),
            guest_ids: identities(guests),
            short_ids: identities(guests),
            // An offset without its region number.
            field_mask: constant(0xe0f),
            at_base: constant(offset::R_BASE.into()),
            at_blocks: constant(offset::R_BLOCKS.into()),
            at_guest: constant(offset::R_GUEST.into()),
            page_limit: constant(config.beyond_pages().into()),
            most_blocks: constant(config.blocks().into()),
            guests: constant(config.guests.into()),
            error_address: constant(ErrorCode::Address as u64),
            error_value: constant(ErrorCode::Value as u64),
            error_attached: constant(ErrorCode::Attached as u64),
            _regions: regions,
            _guests: guests,
            clock: Default::default(),
            bus_selected: Default::default(),
            bus_offset: Default::default(),
            bus_data: Default::default(),
            bus_write: Default::default(),
            bus_commit: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            index: Default::default(),
            field: Default::default(),
            store: Default::default(),
            known: Default::default(),
            exists: Default::default(),
            is_used: Default::default(),
            is_fixed: Default::default(),
            refusal: Default::default(),
            values: OrTree::new(regions),
            useds: OrTree::new(regions),
            fixeds: OrTree::new(regions),
            new_fixed: Default::default(),
            beyond_pages: Default::default(),
            too_long: Default::default(),
            no_guest: Default::default(),
        }
    }
}

impl Logic for RegionTable {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: region_table");
        comment!("The regions: which blocks belong to which guest. A used region of an attached guest is fixed.");
        comment!("Bounds follow a write by two cycles. Reset: all unused.");
        self.index.next = self.bus_offset.val().get_bits::<5>(4);
        self.field.next = self.bus_offset.val() & self.field_mask.val();
        self.store.next = self.bus_selected.val() & self.bus_write.val() & self.bus_commit.val();
        self.bus_error.next = 0.into();
        self.bus_read.next = 0.into();
        self.refusal.next = 0.into();
        self.known.next = false;
        self.exists.next = false;
        // What is written stands on the bus a cycle before it is checked.
        dff_setup!(self, clock, new_fixed, beyond_pages, too_long, no_guest);
        self.beyond_pages.d.next = (self.bus_data.val() & self.page_limit.val()).any();
        self.too_long.d.next = self.bus_data.val() > self.most_blocks.val();
        self.no_guest.d.next = self.bus_data.val() >= self.guests.val();
        self.new_fixed.d.next = false;
        for k in 0..self._guests {
            if self.bus_data.val() == self.guest_ids[k].val() {
                self.new_fixed.d.next = self.guest_fixed[k].val();
            }
        }
        for r in 0..self._regions {
            self.region[r].clock.next = self.clock.val();
            self.active_now[r].clock.next = self.clock.val();
            self.region[r].data.next = self.bus_data.val();
            self.region[r].write_base.next = false;
            self.region[r].write_blocks.next = false;
            self.region[r].write_guest.next = false;
            self.attached[r].next = false;
            self.fixed[r].next = false;
            for k in 0..self._guests {
                if self.region[r].guest.val() == self.short_ids[k].val() {
                    self.attached[r].next = self.guest_attached[k].val();
                    self.fixed[r].next = self.guest_fixed[k].val();
                }
            }
            self.active_now[r].d.next = self.attached[r].val() & self.region[r].used.val();
            self.used[r].next = self.region[r].used.val();
            self.active[r].next = self.active_now[r].q.val();
            self.first[r].next = self.region[r].first.val();
            self.last[r].next = self.region[r].last.val();
            self.guest[r].next = self.region[r].guest.val();
            self.first_page[r].next = self.region[r].base.val();
            self.last_page[r].next = self.region[r].last_page.val();
            self.blocks[r].next = self.region[r].blocks.val();
            self.values.inputs[r].next = 0.into();
            self.useds.inputs[r].next = 0.into();
            self.fixeds.inputs[r].next = 0.into();
            if self.index.val() == self.region_ids[r].val() {
                self.exists.next = true;
                if self.field.val() == self.at_base.val() {
                    self.values.inputs[r].next = self.region[r].read_base.val();
                    self.region[r].write_base.next = self.store.val();
                } else if self.field.val() == self.at_blocks.val() {
                    self.values.inputs[r].next = self.region[r].read_blocks.val();
                    self.region[r].write_blocks.next = self.store.val();
                } else if self.field.val() == self.at_guest.val() {
                    self.values.inputs[r].next = self.region[r].read_guest.val();
                    self.region[r].write_guest.next = self.store.val();
                }
                if self.region[r].used.val() {
                    self.useds.inputs[r].next = 1.into();
                }
                if self.fixed[r].val() {
                    self.fixeds.inputs[r].next = 1.into();
                }
            }
        }
        if self.bus_selected.val() {
            self.bus_read.next = self.values.merged.val();
        }

        // Of the region on the bus: in use, and of a guest that is attached or for which a routine runs.
        self.is_used.next = self.useds.merged.val().any();
        self.is_fixed.next = self.fixeds.merged.val().any();
        if self.field.val() == self.at_base.val() {
            self.known.next = self.exists.val();
            if self.is_fixed.val() & self.is_used.val() {
                self.refusal.next = self.error_attached.val();
            } else if self.beyond_pages.q.val() {
                self.refusal.next = self.error_value.val();
            }
        } else if self.field.val() == self.at_blocks.val() {
            self.known.next = self.exists.val();
            if self.is_fixed.val() {
                self.refusal.next = self.error_attached.val();
            } else if self.too_long.q.val() {
                self.refusal.next = self.error_value.val();
            }
        } else if self.field.val() == self.at_guest.val() {
            self.known.next = self.exists.val();
            if self.no_guest.q.val() {
                self.refusal.next = self.error_value.val();
            } else if self.is_used.val() & (self.is_fixed.val() | self.new_fixed.q.val()) {
                self.refusal.next = self.error_attached.val();
            }
        }
        if self.bus_selected.val() & self.bus_write.val() {
            self.bus_error.next = self.refusal.val();
        }
        if self.bus_selected.val() & !self.known.val() {
            self.bus_error.next = self.error_address.val();
        }
    }
}
