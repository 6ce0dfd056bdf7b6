//! The gate of a write port: a complete burst becomes an accepted one, or an error.
//!
//! **Does**: works out the burst's shape, classifies its address, and asks `admission` for a burst that a guest's memory is to take.
//! Untracked bursts and errors go without asking. A rejected burst becomes SLVERR and untracked. **Latency**: four cycles from
//! `burst_valid` to `accepted_valid`, one burst per cycle. **Order**: kept; a burst that waits holds back those behind it.
//! **Errors**: FIXED or illegal: SLVERR; else that of the address class; none while not enabled. **Reset**: empty.

use super::address_class::AddressClass;
use super::burst_plan::BurstPlan;
use super::constants::{copies, flag};
use super::write_types::{ClassedBurst, OpenBurst, PlannedBurst, WriteAddress};
use crate::prelude::*;
use mch_spec::Config;

/// Classifies and admits bursts.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteAccept {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A complete burst waits.
    pub burst_valid: Signal<In, Bit>,
    /// That burst.
    pub burst: Signal<In, WriteAddress>,
    /// It is taken.
    pub burst_take: Signal<Out, Bit>,
    /// The unit is enabled.
    pub enable: Signal<In, Bit>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// The region is in use and its guest attached.
    pub region_active: Vec<Signal<In, Bit>>,
    /// First granule of the region.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Last granule of the region.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Guest of the region.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// The guest has a ring.
    pub ring_active: Vec<Signal<In, Bit>>,
    /// First page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Pages of its ring, less one.
    pub ring_mask: Vec<Signal<In, Bits<28>>>,
    /// A burst asks to be accepted for a guest.
    pub request_valid: Signal<Out, Bit>,
    /// The guest.
    pub request_guest: Signal<Out, Bits<4>>,
    /// Ring slots that it may need: a block touched each, with S1 a piece each.
    pub request_blocks: Signal<Out, Bits<8>>,
    /// The burst goes on.
    pub request_grant: Signal<In, Bit>,
    /// With the grant: as an error.
    pub request_reject: Signal<In, Bit>,
    /// With the grant: a ring slot is reserved for each block.
    pub request_reserved: Signal<In, Bit>,
    /// One more burst may be open.
    pub room: Signal<In, Bit>,
    /// A burst leaves the gate: it is open until its response is taken.
    pub opened: Signal<Out, Bit>,
    /// What to remember of it.
    pub open_burst: Signal<Out, OpenBurst>,
    /// A burst is ready to be split.
    pub accepted_valid: Signal<Out, Bit>,
    /// That burst.
    pub accepted: Signal<Out, ClassedBurst>,
    /// The splitter takes it.
    pub accepted_ready: Signal<In, Bit>,
    /// No burst waits at the gate.
    pub empty: Signal<Out, Bit>,
    fetched_valid: Register<Bit>,
    fetched: Register<WriteAddress>,
    plan: BurstPlan,
    prepared: SkidBuffer<PlannedBurst>,
    addresses: Maybe<SkidBuffer<Bits<40>>>,
    classifier: AddressClass,
    head_valid: Register<Bit>,
    oldest_is_second: Register<Bit>,
    head_tracked: Register<Bit>,
    head_guest: Register<Bits<4>>,
    head_blocks: Register<Bits<8>>,
    head_error: Register<Bits<2>>,
    first_place: Register<PlannedBurst>,
    second_place: Register<PlannedBurst>,
    queue: SkidBuffer<ClassedBurst>,
    request: Signal<Local, WriteAddress>,
    address: Signal<Local, Bits<40>>,
    planned: Signal<Local, PlannedBurst>,
    next_request: Signal<Local, WriteAddress>,
    next_planned: Signal<Local, PlannedBurst>,
    next_burst: Signal<Local, Bits<2>>,
    head_planned: Signal<Local, PlannedBurst>,
    head_request: Signal<Local, WriteAddress>,
    asks: Signal<Local, Bit>,
    may_leave: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    head_moves: Signal<Local, Bit>,
    has_s1: Constant<Bit>,
    has_two_places: Constant<Bit>,
    no_plan: Constant<PlannedBurst>,
    no_class: Constant<ClassedBurst>,
    no_burst: Constant<OpenBurst>,
    _regions: usize,
    _guests: usize,
}

impl WriteAccept {
    /// The gate for a configuration.
    pub fn new(config: &Config) -> Self {
        let regions = config.regions as usize;
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            burst_valid: Signal::default(),
            burst: Signal::default(),
            burst_take: Signal::default(),
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
            request_valid: Signal::default(),
            request_guest: Signal::default(),
            request_blocks: Signal::default(),
            request_grant: Signal::default(),
            request_reject: Signal::default(),
            request_reserved: Signal::default(),
            room: Signal::default(),
            opened: Signal::default(),
            open_burst: Signal::default(),
            accepted_valid: Signal::default(),
            accepted: Signal::default(),
            accepted_ready: Signal::default(),
            empty: Signal::default(),
            fetched_valid: Register::default(),
            fetched: Register::without_reset(),
            plan: BurstPlan::new(config),
            prepared: SkidBuffer::in_turn(config.compact),
            addresses: Maybe::new(
                SkidBuffer::narrow(config.address_width as usize),
                !config.compact,
            ),
            classifier: AddressClass::new(config),
            head_valid: Register::default(),
            oldest_is_second: Register::default(),
            head_tracked: Register::without_reset(),
            head_guest: Register::narrow_without_reset(clog2(guests).max(1)),
            head_blocks: Register::without_reset(),
            head_error: Register::without_reset(),
            first_place: Register::without_reset(),
            second_place: Register::without_reset(),
            queue: SkidBuffer::sized(config.compact),
            request: Signal::default(),
            address: Signal::default(),
            planned: Signal::default(),
            next_request: Signal::default(),
            next_planned: Signal::default(),
            next_burst: Signal::default(),
            head_planned: Signal::default(),
            head_request: Signal::default(),
            asks: Signal::default(),
            may_leave: Signal::default(),
            leaves: Signal::default(),
            head_moves: Signal::default(),
            has_s1: flag(config.captures()),
            has_two_places: flag(!config.compact),
            no_plan: Constant::new(PlannedBurst::default()),
            no_class: Constant::new(ClassedBurst::default()),
            no_burst: Constant::new(OpenBurst::default()),
            _regions: regions,
            _guests: guests,
        }
    }
}

impl Logic for WriteAccept {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_accept");
        comment!("Classifies complete bursts and has those of a guest admitted. Four cycles, one burst per cycle, in order.");
        comment!("FIXED and illegal bursts, wrong addresses and rejected bursts become error bursts. Reset: empty.");
        dff_setup!(
            self,
            clock,
            fetched_valid,
            fetched,
            head_valid,
            oldest_is_second,
            head_tracked,
            head_guest,
            head_blocks,
            head_error,
            first_place,
            second_place
        );
        clock!(self, clock, prepared, queue);

        comment!("Stage 1: the shape of the burst");
        self.burst_take.next = !self.fetched_valid.q.val() | self.prepared.in_ready.val();
        if !self.fetched_valid.q.val() | self.prepared.in_ready.val() {
            self.fetched_valid.d.next = self.burst_valid.val();
            self.fetched.d.next = self.burst.val();
        }
        self.request.next = self.fetched.q.val();
        self.address.next = self.request.val().address;
        self.plan.offset.next = self.address.val().get_bits::<12>(0);
        self.plan.len.next = self.request.val().len;
        self.plan.size.next = self.request.val().size;
        self.plan.burst.next = self.request.val().burst;
        self.planned.next = self.prepared.out_data.val();
        self.prepared.in_valid.next = self.fetched_valid.q.val();
        self.prepared.in_data.next = self.no_plan.val();
        self.prepared.in_data.next.request = self.request.val();
        self.prepared.in_data.next.illegal = self.plan.illegal.val();
        self.prepared.in_data.next.run = self.plan.run.val();
        self.prepared.in_data.next.wraps = self.plan.wraps.val();
        self.prepared.in_data.next.second_run = self.plan.second_run.val();
        self.prepared.in_data.next.base = self.plan.base.val();
        self.prepared.in_data.next.first_room = self.plan.first_room.val();
        self.prepared.in_data.next.block_room = self.plan.block_room.val();
        self.prepared.in_data.next.off_boundary = self.plan.off_boundary.val();
        self.prepared.in_data.next.first_block = self.plan.first_block.val();
        self.prepared.in_data.next.last_block = self.plan.last_block.val();

        comment!("Stage 2: the class of its address, as late as possible so that a change of regions is seen");
        self.next_request.next = self.planned.val().request;
        // The classifier is slow: its address comes from a register, in step with the rest, which stands behind a choice.
        if self.has_two_places.val() {
            clock!(self, clock, addresses);
            self.addresses.in_valid.next = self.fetched_valid.q.val();
            self.addresses.in_data.next = self.address.val();
            self.next_request.next.address = self.addresses.out_data.val();
        }
        self.next_planned.next = self.planned.val();
        self.next_planned.next.request = self.next_request.val();
        self.next_burst.next = self.next_request.val().burst;
        self.classifier.address.next = self.next_request.val().address;
        self.classifier.enable.next = self.enable.val();
        self.classifier.mem_base.next = self.mem_base.val();
        self.classifier.shadow_base.next = self.shadow_base.val();
        for k in 0..self._regions {
            self.classifier.region_active[k].next = self.region_active[k].val();
            self.classifier.region_first[k].next = self.region_first[k].val();
            self.classifier.region_last[k].next = self.region_last[k].val();
            self.classifier.region_guest[k].next = self.region_guest[k].val();
        }
        for g in 0..self._guests {
            self.classifier.ring_active[g].next = self.ring_active[g].val();
            self.classifier.ring_base[g].next = self.ring_base[g].val();
            self.classifier.ring_mask[g].next = self.ring_mask[g].val();
        }

        comment!("Stage 3: admission");
        self.head_planned.next = self.first_place.q.val();
        if self.has_two_places.val() & self.oldest_is_second.q.val() {
            self.head_planned.next = self.second_place.q.val();
        }
        self.head_request.next = self.head_planned.val().request;
        self.asks.next = self.head_tracked.q.val() & !self.head_error.q.val().any();
        self.may_leave.next = self.head_valid.q.val() & self.queue.in_ready.val() & self.room.val();
        self.request_valid.next = self.may_leave.val() & self.asks.val();
        self.request_guest.next = self.head_guest.q.val();
        self.request_blocks.next = self.head_blocks.q.val();
        self.leaves.next = self.may_leave.val() & (!self.asks.val() | self.request_grant.val());
        self.head_moves.next = !self.head_valid.q.val() | self.leaves.val();
        self.prepared.out_ready.next = self.head_moves.val();
        // The grant comes late: what it moves is little, the class and the next address. The next burst stands in the place that the oldest has not, written
        // in every cycle.
        if self.has_two_places.val() {
            self.addresses.out_ready.next = self.head_moves.val();
            self.oldest_is_second.d.next = self.oldest_is_second.q.val() ^ self.head_moves.val();
            if self.oldest_is_second.q.val() {
                self.first_place.d.next = self.next_planned.val();
            } else {
                self.second_place.d.next = self.next_planned.val();
            }
        } else if self.head_moves.val() {
            self.first_place.d.next = self.next_planned.val();
        }
        if self.head_moves.val() {
            self.head_valid.d.next = self.prepared.out_valid.val();
            self.head_tracked.d.next = self.classifier.class_tracked.val();
            self.head_guest.d.next = self.classifier.class_guest.val();
            self.head_blocks.d.next = bit_cast::<8, 6>(self.planned.val().last_block)
                - bit_cast::<8, 6>(self.planned.val().first_block)
                + 1;
            if self.has_s1.val() & self.planned.val().wraps & self.planned.val().off_boundary {
                self.head_blocks.d.next = bit_cast::<8, 6>(self.planned.val().last_block)
                    - bit_cast::<8, 6>(self.planned.val().first_block)
                    + 2;
            }
            self.head_error.d.next = self.classifier.class_error.val();
            if self.enable.val() & (self.planned.val().illegal | !self.next_burst.val().any()) {
                self.head_error.d.next = 2.into();
            }
        }

        self.queue.in_valid.next = self.leaves.val();
        self.queue.in_data.next = self.no_class.val();
        self.queue.in_data.next.planned = self.head_planned.val();
        self.queue.in_data.next.guest = self.head_guest.q.val();
        self.queue.in_data.next.error = self.head_error.q.val();
        self.queue.in_data.next.tracked = self.asks.val() & !self.request_reject.val();
        self.queue.in_data.next.reserved = self.asks.val() & self.request_reserved.val();
        if self.asks.val() & self.request_reject.val() {
            self.queue.in_data.next.error = 2.into();
            self.queue.in_data.next.reserved = false;
        }
        self.accepted_valid.next = self.queue.out_valid.val();
        self.accepted.next = self.queue.out_data.val();
        self.queue.out_ready.next = self.accepted_ready.val();

        self.opened.next = self.leaves.val();
        self.open_burst.next = self.no_burst.val();
        self.open_burst.next.id = self.head_request.val().id;
        self.open_burst.next.tracked = self.asks.val() & !self.request_reject.val();
        self.open_burst.next.guest = self.head_guest.q.val();
        self.empty.next =
            !self.head_valid.q.val() & !self.prepared.out_valid.val() & !self.fetched_valid.q.val();
    }
}
