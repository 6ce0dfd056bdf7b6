//! Checks a guest's regions and ring before it is attached.
//!
//! **Does**: for a guest that asks, compares each of its regions and its ring with every region and ring of that guest and of the
//! attached ones, and with the bounds of system memory and shadow; answers with one error code (0: good).
//! **Latency**: about two cycles for each pair, at most 5,000 cycles. One guest at a time, the highest number first.
//! **Errors**: NO_REGION, ALIGNMENT, OUTSIDE, OVERLAP, NO_RING. **Reset**: idle.

use super::constants::{constant, copies, flag, identities};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::registers::ErrorCode;

/// What the checker does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum CheckerState {
    /// Waits for a request.
    Idle,
    /// The object under test is being selected.
    Select,
    /// It is checked by itself.
    Itself,
    /// Another object is being selected.
    Fetch,
    /// The two are compared.
    Compare,
    /// The verdict is given.
    Done,
}

/// The checker.
#[derive(Clone, Debug, LogicBlock)]
pub struct ConfigurationChecker {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: check it.
    pub request: Vec<Signal<In, Bit>>,
    /// Per guest: it is done, in this cycle.
    pub done: Vec<Signal<Out, Bit>>,
    /// The verdict, with `done`.
    pub error: Signal<Out, Bits<8>>,
    /// MEM_BASE.
    pub mem_base: Signal<In, Bits<28>>,
    /// SHADOW_BASE.
    pub shadow_base: Signal<In, Bits<28>>,
    /// Per region: used.
    pub region_used: Vec<Signal<In, Bit>>,
    /// Per region: first page.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Per region: last page.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Per region: length in blocks.
    pub region_blocks: Vec<Signal<In, Bits<27>>>,
    /// Per region: guest.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// Per guest: attached.
    pub guest_attached: Vec<Signal<In, Bit>>,
    /// Per guest: its ring has a size.
    pub ring_present: Vec<Signal<In, Bit>>,
    /// Per guest: first page of the ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Per guest: pages of the ring, less one.
    pub ring_mask: Vec<Signal<In, Bits<28>>>,
    /// Per guest: its policy needs a ring.
    pub ring_needed: Vec<Signal<In, Bit>>,
    state: Register<CheckerState>,
    guest: Register<Bits<4>>,
    left: Register<Bits<6>>,
    right: Register<Bits<6>>,
    seen_region: Register<Bit>,
    verdict: Register<Bits<8>>,
    first: Register<Bits<28>>,
    last: Register<Bits<28>>,
    other_first: Register<Bits<28>>,
    other_last: Register<Bits<28>>,
    other_counts: Register<Bit>,
    is_ring: Register<Bit>,
    mine: Register<Bit>,
    blocks: Register<Bits<27>>,
    aligned: Register<Bit>,
    select: Signal<Local, Bits<6>>,
    object_first: Signal<Local, Bits<28>>,
    object_last: Signal<Local, Bits<28>>,
    object_blocks: Signal<Local, Bits<27>>,
    object_owner: Signal<Local, Bits<4>>,
    object_present: Signal<Local, Bit>,
    object_ring: Signal<Local, Bit>,
    ring_aligned: Signal<Local, Bit>,
    owner_attached: Signal<Local, Bit>,
    needs_ring: Signal<Local, Bit>,
    has_ring: Signal<Local, Bit>,
    error_now: Signal<Local, Bits<8>>,
    region_ids: Vec<Constant<Bits<6>>>,
    ring_ids: Vec<Constant<Bits<6>>>,
    guest_ids: Vec<Constant<Bits<4>>>,
    objects: Constant<Bits<6>>,
    page_mask: Constant<Bits<28>>,
    granule_page_mask: Constant<Bits<28>>,
    granule_block_mask: Constant<Bits<27>>,
    uses_shadow: Constant<Bit>,
    error_overlap: Constant<Bits<8>>,
    error_alignment: Constant<Bits<8>>,
    error_no_region: Constant<Bits<8>>,
    error_no_ring: Constant<Bits<8>>,
    error_outside: Constant<Bits<8>>,
    _regions: usize,
    _guests: usize,
}

impl ConfigurationChecker {
    /// A checker for a configuration.
    pub fn new(config: &Config) -> Self {
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        let granule = u64::from(config.granule_bytes());
        Self {
            request: copies(guests),
            done: copies(guests),
            region_used: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_blocks: copies(regions),
            region_guest: copies(regions),
            guest_attached: copies(guests),
            ring_present: copies(guests),
            ring_base: copies(guests),
            ring_mask: copies(guests),
            ring_needed: copies(guests),
            state: Register::new(CheckerState::Idle),
            region_ids: identities(regions),
            ring_ids: (regions..regions + guests)
                .map(|k| constant(k as u64))
                .collect(),
            guest_ids: identities(guests),
            objects: constant((regions + guests) as u64),
            page_mask: constant((config.memory_size.0 >> 12) - 1),
            granule_page_mask: constant((granule >> 12) - 1),
            granule_block_mask: constant((granule >> config.block_shift()) - 1),
            uses_shadow: flag(config.uses_shadow()),
            error_overlap: constant(ErrorCode::Overlap as u64),
            error_alignment: constant(ErrorCode::Alignment as u64),
            error_no_region: constant(ErrorCode::NoRegion as u64),
            error_no_ring: constant(ErrorCode::NoRing as u64),
            error_outside: constant(ErrorCode::Outside as u64),
            _regions: regions,
            _guests: guests,
            clock: Default::default(),
            error: Default::default(),
            mem_base: Default::default(),
            shadow_base: Default::default(),
            guest: Default::default(),
            left: Default::default(),
            right: Default::default(),
            seen_region: Default::default(),
            verdict: Default::default(),
            first: Default::default(),
            last: Default::default(),
            other_first: Default::default(),
            other_last: Default::default(),
            other_counts: Default::default(),
            is_ring: Default::default(),
            mine: Default::default(),
            blocks: Default::default(),
            aligned: Default::default(),
            select: Default::default(),
            object_first: Default::default(),
            object_last: Default::default(),
            object_blocks: Default::default(),
            object_owner: Default::default(),
            object_present: Default::default(),
            object_ring: Default::default(),
            ring_aligned: Default::default(),
            owner_attached: Default::default(),
            needs_ring: Default::default(),
            has_ring: Default::default(),
            error_now: Default::default(),
        }
    }
}

impl Logic for ConfigurationChecker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: configuration_checker");
        comment!("Checks a guest's regions and ring before it is attached: alignment, place, overlap with those of");
        comment!("the guest itself and of attached guests. One guest at a time; error is valid with done. Reset: idle.");
        dff_setup!(
            self,
            clock,
            state,
            guest,
            left,
            right,
            seen_region,
            verdict,
            first,
            last,
            other_first,
            other_last,
            other_counts,
            is_ring,
            mine,
            blocks,
            aligned
        );
        self.select.next = self.right.q.val();
        if self.state.q.val() == CheckerState::Select {
            self.select.next = self.left.q.val();
        }
        // The selected object: a region, or a ring.
        self.object_first.next = 0.into();
        self.object_last.next = 0.into();
        self.object_blocks.next = 0.into();
        self.object_owner.next = 0.into();
        self.object_present.next = false;
        self.object_ring.next = false;
        self.ring_aligned.next = false;
        for k in 0..self._regions {
            if self.select.val() == self.region_ids[k].val() {
                self.object_first.next = self.region_first[k].val();
                self.object_last.next = self.region_last[k].val();
                self.object_blocks.next = self.region_blocks[k].val();
                self.object_owner.next = self.region_guest[k].val();
                self.object_present.next = self.region_used[k].val();
            }
        }
        for k in 0..self._guests {
            if self.select.val() == self.ring_ids[k].val() {
                self.object_first.next = self.ring_base[k].val();
                self.object_last.next = self.ring_base[k].val() | self.ring_mask[k].val();
                self.object_owner.next = self.guest_ids[k].val();
                self.object_present.next = self.ring_present[k].val();
                self.object_ring.next = true;
                self.ring_aligned.next = !(self.ring_base[k].val() & self.ring_mask[k].val()).any();
            }
        }
        self.owner_attached.next = false;
        self.needs_ring.next = false;
        self.has_ring.next = false;
        for k in 0..self._guests {
            self.done[k].next = false;
            if self.object_owner.val() == self.guest_ids[k].val() {
                self.owner_attached.next = self.guest_attached[k].val();
            }
            if self.guest.q.val() == self.guest_ids[k].val() {
                self.needs_ring.next = self.ring_needed[k].val();
                self.has_ring.next = self.ring_present[k].val();
                self.done[k].next = self.state.q.val() == CheckerState::Done;
            }
        }
        self.error.next = self.verdict.q.val();
        self.error_now.next = 0.into();
        match self.state.q.val() {
            CheckerState::Idle => {
                self.left.d.next = 0.into();
                self.seen_region.d.next = false;
                self.verdict.d.next = 0.into();
                for k in 0..self._guests {
                    if self.request[k].val() {
                        self.guest.d.next = self.guest_ids[k].val();
                        self.state.d.next = CheckerState::Select;
                    }
                }
            }
            CheckerState::Select => {
                self.first.d.next = self.object_first.val();
                self.last.d.next = self.object_last.val();
                self.blocks.d.next = self.object_blocks.val();
                self.is_ring.d.next = self.object_ring.val();
                self.aligned.d.next = self.ring_aligned.val();
                self.mine.d.next =
                    self.object_present.val() & (self.object_owner.val() == self.guest.q.val());
                self.right.d.next = 0.into();
                self.state.d.next = CheckerState::Itself;
                if self.left.q.val() == self.objects.val() {
                    self.state.d.next = CheckerState::Done;
                    if !self.seen_region.q.val() {
                        self.verdict.d.next = self.error_no_region.val();
                    } else if self.needs_ring.val() & !self.has_ring.val() {
                        self.verdict.d.next = self.error_no_ring.val();
                    }
                }
            }
            CheckerState::Itself => {
                if !self.mine.q.val() {
                    self.left.d.next = self.left.q.val() + 1;
                    self.state.d.next = CheckerState::Select;
                } else {
                    self.state.d.next = CheckerState::Fetch;
                    if self.is_ring.q.val() {
                        // Aligned to its size, clear of the shadow; inside the address space it is, as its registers take nothing else.
                        if !self.aligned.q.val() {
                            self.error_now.next = self.error_alignment.val();
                        } else if self.uses_shadow.val()
                            & (self.first.q.val()
                                <= (self.shadow_base.val() | self.page_mask.val()))
                            & (self.shadow_base.val() <= self.last.q.val())
                        {
                            self.error_now.next = self.error_outside.val();
                        }
                    } else {
                        self.seen_region.d.next = true;
                        if (self.first.q.val() & self.granule_page_mask.val()).any()
                            | (self.blocks.q.val() & self.granule_block_mask.val()).any()
                        {
                            self.error_now.next = self.error_alignment.val();
                        } else if ((self.first.q.val() & !self.page_mask.val())
                            != self.mem_base.val())
                            | ((self.last.q.val() & !self.page_mask.val()) != self.mem_base.val())
                            | (self.last.q.val() < self.first.q.val())
                        {
                            self.error_now.next = self.error_outside.val();
                        }
                    }
                    if self.error_now.val().any() {
                        self.verdict.d.next = self.error_now.val();
                        self.state.d.next = CheckerState::Done;
                    }
                }
            }
            CheckerState::Fetch => {
                self.other_first.d.next = self.object_first.val();
                self.other_last.d.next = self.object_last.val();
                self.other_counts.d.next = self.object_present.val()
                    & (self.right.q.val() != self.left.q.val())
                    & (self.owner_attached.val() | (self.object_owner.val() == self.guest.q.val()));
                self.state.d.next = CheckerState::Compare;
                if self.right.q.val() == self.objects.val() {
                    self.left.d.next = self.left.q.val() + 1;
                    self.state.d.next = CheckerState::Select;
                }
            }
            CheckerState::Compare => {
                self.right.d.next = self.right.q.val() + 1;
                self.state.d.next = CheckerState::Fetch;
                if self.other_counts.q.val()
                    & (self.first.q.val() <= self.other_last.q.val())
                    & (self.other_first.q.val() <= self.last.q.val())
                {
                    self.verdict.d.next = self.error_overlap.val();
                    self.state.d.next = CheckerState::Done;
                }
            }
            CheckerState::Done => {
                self.state.d.next = CheckerState::Idle;
            }
            _ => {
                self.state.d.next = CheckerState::Idle;
            }
        }
    }
}
