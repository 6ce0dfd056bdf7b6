//! The control and dispatch unit: registers, regions, guests and the sequencer that runs their firmware.
//!
//! **Does**: joins the register bus, the global registers, the region table, the checker, a block per guest and the sequencer; hands
//! each event of the rest of the unit to the guest that it concerns.
//! **Ports**: AXI4-Lite; per-guest and per-region state for the data path; events from it; starts of jobs.
//! **Latency**: as of its parts. **Reset**: as of its parts; nothing is attached.

use super::constants::{copies, flag, identities};
use super::guest_link_types::{LinkOrder, LinkReport};
use super::or_tree::OrTree;
use super::{
    ConfigurationChecker, GlobalRegisters, Guest, LinkRegisters, RegionTable, RegisterBus,
    Sequencer,
};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::firmware::Opcode;
use mch_spec::strategy::Strategy;

/// The control and dispatch unit.
#[derive(Clone, Debug, LogicBlock)]
pub struct ControlUnit {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// AXI4-Lite.
    pub awvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub awaddr: Signal<In, Bits<17>>,
    /// AXI4-Lite.
    pub wvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub wdata: Signal<In, Bits<32>>,
    /// AXI4-Lite.
    pub wstrb: Signal<In, Bits<4>>,
    /// AXI4-Lite.
    pub bready: Signal<In, Bit>,
    /// AXI4-Lite.
    pub arvalid: Signal<In, Bit>,
    /// AXI4-Lite.
    pub araddr: Signal<In, Bits<17>>,
    /// AXI4-Lite.
    pub rready: Signal<In, Bit>,
    /// Per guest: a burst of the guest is accepted.
    pub accept: Vec<Signal<In, Bit>>,
    /// Ring slots that it reserves.
    pub accept_slots: Signal<In, Bits<8>>,
    /// Per guest: a bit per port: an accepted burst is acknowledged.
    pub finished: Vec<Signal<In, Bits<8>>>,
    /// Per guest: a bit per port: a reservation is resolved.
    pub resolved: Vec<Signal<In, Bits<8>>>,
    /// Per guest: a burst waits for room in the ring.
    pub ring_held: Vec<Signal<In, Bit>>,
    /// Per guest: the ring is full and the checkpoint is given up.
    pub lose: Vec<Signal<In, Bit>>,
    /// Per guest: a word of its bits is lost. With error correction.
    pub word_lost: Vec<Signal<In, Bit>>,
    /// Words in which a bit was wrong, a bit each. With error correction.
    pub was_wrong: Signal<In, Bits<4>>,
    /// Words that could not be put right, a bit each. With error correction.
    pub word_failed: Signal<In, Bits<4>>,
    /// Per guest: a burst waits to be accepted.
    pub stalled: Vec<Signal<In, Bit>>,
    /// The tracker takes a ring slot.
    pub allocate_valid: Signal<In, Bit>,
    /// Of this guest.
    pub allocate_guest: Signal<In, Bits<4>>,
    /// Per guest: a captured write takes slot `ring_tail`. With S1.
    pub captured: Vec<Signal<In, Bit>>,
    /// Per guest: what the link reports. With the link.
    pub link_report: Vec<Signal<In, LinkReport>>,
    /// Per guest: the scanner reserves a slot of the ring. With the link.
    pub scan_taken: Vec<Signal<In, Bit>>,
    /// A frame with an entry, a mark or a session was sent. With the link.
    pub frame_sent: Signal<In, Bit>,
    /// It had been sent before. With the link.
    pub frame_repeated: Signal<In, Bit>,
    /// A frame that came was dropped. With the link.
    pub frame_dropped: Signal<In, Bit>,
    /// Per guest: what the link is told. With the link.
    pub link_order: Vec<Signal<Out, LinkOrder>>,
    /// Per guest: its scan makes entries of the ring. With the link.
    pub scan_to_ring: Vec<Signal<Out, Bit>>,
    /// Per guest: it may reserve a slot. With the link.
    pub scan_room: Vec<Signal<Out, Bit>>,
    /// Per guest: slots of its ring. With the link.
    pub ring_slots: Vec<Signal<Out, Bits<26>>>,
    /// LINK_RETRY. With the link.
    pub link_retry: Signal<Out, Bits<32>>,
    /// A block was marked.
    pub marked_valid: Signal<In, Bit>,
    /// Of this guest.
    pub marked_guest: Signal<In, Bits<4>>,
    /// A word was filled with ones.
    pub filled_valid: Signal<In, Bit>,
    /// Of this guest.
    pub filled_guest: Signal<In, Bits<4>>,
    /// The scrubber has completed a sweep.
    pub sweep_done: Signal<In, Bit>,
    /// The block store has been cleared.
    pub store_ready: Signal<In, Bit>,
    /// The scanner sent a descriptor.
    pub scan_sent_valid: Signal<In, Bit>,
    /// Of this guest.
    pub scan_sent_guest: Signal<In, Bits<4>>,
    /// The ring reader sent a descriptor.
    pub restore_sent_valid: Signal<In, Bit>,
    /// Of this guest.
    pub restore_sent_guest: Signal<In, Bits<4>>,
    /// The engine has completed a block.
    pub done_valid: Signal<In, Bit>,
    /// For the ring, not for a job.
    pub done_save: Signal<In, Bit>,
    /// It has a ticket: `push_ended` tells its end, unless it is a save.
    pub done_ticketed: Signal<In, Bit>,
    /// A block of `push_event_guest` is pending no more.
    pub cleared_valid: Signal<In, Bit>,
    /// A push that a write waits for has begun.
    pub push_started: Signal<In, Bit>,
    /// A push has ended, or a request for one was dropped.
    pub push_ended: Signal<In, Bit>,
    /// The guest of these three.
    pub push_event_guest: Signal<In, Bits<4>>,
    /// It was one from place to place or to the shadow for a write that waits.
    pub done_push: Signal<In, Bit>,
    /// It is the capture of a write. With S1.
    pub done_captured: Signal<In, Bit>,
    /// Of this guest.
    pub done_guest: Signal<In, Bits<4>>,
    /// The block.
    pub done_block: Signal<In, Bits<26>>,
    /// It could not be read.
    pub done_read_error: Signal<In, Bit>,
    /// It could not be written.
    pub done_write_error: Signal<In, Bit>,
    /// Per guest: the scanner works for the guest.
    pub job_busy: Vec<Signal<In, Bit>>,
    /// Per guest: the ring reader works for the guest.
    pub restore_busy: Vec<Signal<In, Bit>>,
    /// Per guest: the ring reader met a foreign header.
    pub restore_corrupt: Vec<Signal<In, Bit>>,
    /// Per guest: the ring reader could not read a header.
    pub restore_error: Vec<Signal<In, Bit>>,
    /// Per port: a flush is under way.
    pub flush_busy: Vec<Signal<In, Bit>>,
    /// The tracker takes the question.
    pub peek_ready: Signal<In, Bit>,
    /// It answers.
    pub peek_response_valid: Signal<In, Bit>,
    /// Plane X of the word.
    pub peek_x: Signal<In, Bits<32>>,
    /// Plane Y of the word.
    pub peek_y: Signal<In, Bits<32>>,
    /// AXI4-Lite.
    pub awready: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub wready: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub bvalid: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub bresp: Signal<Out, Bits<2>>,
    /// AXI4-Lite.
    pub arready: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub rvalid: Signal<Out, Bit>,
    /// AXI4-Lite.
    pub rdata: Signal<Out, Bits<32>>,
    /// AXI4-Lite.
    pub rresp: Signal<Out, Bits<2>>,
    /// A bit per guest, and above them the common one.
    pub irq: Signal<Out, Bits<17>>,
    /// CTRL.ENABLE.
    pub enable: Signal<Out, Bit>,
    /// MEM_BASE.
    pub mem_base: Signal<Out, Bits<28>>,
    /// SHADOW_BASE.
    pub shadow_base: Signal<Out, Bits<28>>,
    /// Per port: flush the port.
    pub flush: Vec<Signal<Out, Bit>>,
    /// Per region: used.
    pub region_used: Vec<Signal<Out, Bit>>,
    /// Per region: used, by an attached guest.
    pub region_active: Vec<Signal<Out, Bit>>,
    /// Per region: first granule.
    pub region_first: Vec<Signal<Out, Bits<28>>>,
    /// Per region: last granule.
    pub region_last: Vec<Signal<Out, Bits<28>>>,
    /// Per region: guest.
    pub region_guest: Vec<Signal<Out, Bits<4>>>,
    /// Per guest: the policy row in force.
    pub policy: Vec<Signal<Out, Bits<20>>>,
    /// Per guest: the strategy.
    pub strategy: Vec<Signal<Out, Bits<3>>>,
    /// Per guest: its strategy is S5.
    pub redirects: Vec<Signal<Out, Bit>>,
    /// Per guest: its writes are captured.
    pub captures: Vec<Signal<Out, Bit>>,
    /// Per guest: the epoch.
    pub epoch: Vec<Signal<Out, Bits<6>>>,
    /// Per guest: outcomes of past epochs.
    pub outcomes: Vec<Signal<Out, Bits<64>>>,
    /// Per guest: slots used.
    pub ring_used: Vec<Signal<Out, Bits<26>>>,
    /// Per guest: the ring slot of its next captured write. With S1.
    pub ring_tail: Vec<Signal<Out, Bits<26>>>,
    /// Per guest: the way of its walk through the ring. With S1.
    pub walk_way: Vec<Signal<Out, Bits<2>>>,
    /// Per guest: first slot of that walk. With S1.
    pub walk_first: Vec<Signal<Out, Bits<26>>>,
    /// Per guest: slots of that walk.
    pub walk_count: Vec<Signal<Out, Bits<26>>>,
    /// Per guest: first page of the ring.
    pub ring_base: Vec<Signal<Out, Bits<28>>>,
    /// Per guest: log2 of its bytes.
    pub ring_size: Vec<Signal<Out, Bits<6>>>,
    /// Per guest: its pages, less one.
    pub ring_mask: Vec<Signal<Out, Bits<28>>>,
    /// Per guest: it is guarded.
    pub ring_active: Vec<Signal<Out, Bit>>,
    /// Per guest: epochs ended.
    pub interval: Vec<Signal<Out, Bits<16>>>,
    /// Per guest: new writes wait.
    pub hold_writes: Vec<Signal<Out, Bit>>,
    /// Per guest: new writes are refused.
    pub reject_writes: Vec<Signal<Out, Bit>>,
    /// Per guest: new reads wait.
    pub hold_reads: Vec<Signal<Out, Bit>>,
    /// Per guest: bursts reserve slots.
    pub needs_ring: Vec<Signal<Out, Bit>>,
    /// Per guest: a full ring gives the checkpoint up.
    pub on_full_lose: Vec<Signal<Out, Bit>>,
    /// Per guest: slots free.
    pub ring_free: Vec<Signal<Out, Bits<26>>>,
    /// Per guest: start a job for the guest.
    pub job_start: Vec<Signal<Out, Bit>>,
    /// A fill job, not a scan.
    pub job_fill: Signal<Out, Bit>,
    /// Its flags.
    pub job_flags: Signal<Out, Bits<8>>,
    /// Per guest: start the restore job.
    pub restore_start: Vec<Signal<Out, Bit>>,
    /// The tracker is asked.
    pub peek_valid: Signal<Out, Bit>,
    /// For this word.
    pub peek_word: Signal<Out, Bits<21>>,
    bus: RegisterBus,
    globals: GlobalRegisters,
    link_registers: Maybe<LinkRegisters>,
    has_link: Constant<Bit>,
    regions: RegionTable,
    configuration_checker: ConfigurationChecker,
    sequencer: Sequencer,
    guest: Vec<Guest>,
    peeked: Register<Bits<32>>,
    guest_selected: Vec<Signal<Local, Bit>>,
    guest_done: Vec<Signal<Local, Bit>>,
    push_event: Vec<Signal<Local, Bit>>,
    guest_irq: Vec<Signal<Local, Bit>>,
    guest_barrier: Vec<Signal<Local, Bit>>,
    guest_broken: Vec<Signal<Local, Bit>>,
    barriers: Signal<Local, Bits<16>>,
    broken: Signal<Local, Bits<16>>,
    next_page: Signal<Local, Bits<5>>,
    page: Register<Bits<5>>,
    is_regions: Register<Bit>,
    is_globals: Register<Bit>,
    is_near: Register<Bit>,
    number: Signal<Local, Bits<12>>,
    offset: Signal<Local, Bits<12>>,
    is_guest: Vec<Register<Bit>>,
    in_regions: Signal<Local, Bit>,
    in_globals: Signal<Local, Bit>,
    known_page: Signal<Local, Bit>,
    guest_error: Register<Bits<8>>,
    guest_read: Vec<Register<Bits<32>>>,
    guests_read: OrTree<32>,
    region_error: Register<Bits<8>>,
    region_read: Register<Bits<32>>,
    global_error: Register<Bits<8>>,
    global_read: Register<Bits<32>>,
    done_error: Signal<Local, Bit>,
    irq_bits: Signal<Local, Bits<17>>,
    ids: Vec<Constant<Bits<4>>>,
    pages: Vec<Constant<Bits<5>>>,
    opcode_fill: Constant<Bits<16>>,
    error_address: Constant<Bits<8>>,
    plane_y: Constant<Bit>,
    has_s5: Constant<Bit>,
    common: Constant<Bits<5>>,
    _guests: usize,
    _ports: usize,
    _regions: usize,
}

impl ControlUnit {
    /// The control and dispatch unit of a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let ports = config.ports as usize;
        let regions = config.regions as usize;
        Self {
            clock: Signal::default(),
            awvalid: Signal::default(),
            awaddr: Signal::default(),
            wvalid: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            bready: Signal::default(),
            arvalid: Signal::default(),
            araddr: Signal::default(),
            rready: Signal::default(),
            accept: copies(guests),
            accept_slots: Signal::default(),
            finished: copies(guests),
            resolved: copies(guests),
            ring_held: copies(guests),
            lose: copies(guests),
            word_lost: copies(guests),
            was_wrong: Default::default(),
            word_failed: Default::default(),
            stalled: copies(guests),
            allocate_valid: Signal::default(),
            allocate_guest: Signal::default(),
            link_report: copies(guests),
            scan_taken: copies(guests),
            frame_sent: Signal::default(),
            frame_repeated: Signal::default(),
            frame_dropped: Signal::default(),
            link_order: copies(guests),
            scan_to_ring: copies(guests),
            scan_room: copies(guests),
            ring_slots: copies(guests),
            link_retry: Signal::default(),
            link_registers: Maybe::new(LinkRegisters::new(config), config.link),
            has_link: flag(config.link),
            marked_valid: Signal::default(),
            marked_guest: Signal::default(),
            filled_valid: Signal::default(),
            filled_guest: Signal::default(),
            sweep_done: Signal::default(),
            store_ready: Signal::default(),
            scan_sent_valid: Signal::default(),
            scan_sent_guest: Signal::default(),
            restore_sent_valid: Signal::default(),
            restore_sent_guest: Signal::default(),
            done_valid: Signal::default(),
            done_save: Signal::default(),
            done_ticketed: Signal::default(),
            cleared_valid: Signal::default(),
            push_started: Signal::default(),
            push_ended: Signal::default(),
            push_event_guest: Signal::default(),
            push_event: copies(guests),
            done_push: Signal::default(),
            done_captured: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_read_error: Signal::default(),
            done_write_error: Signal::default(),
            job_busy: copies(guests),
            restore_busy: copies(guests),
            restore_corrupt: copies(guests),
            restore_error: copies(guests),
            flush_busy: copies(ports),
            peek_ready: Signal::default(),
            peek_response_valid: Signal::default(),
            peek_x: Signal::default(),
            peek_y: Signal::default(),
            awready: Signal::default(),
            wready: Signal::default(),
            bvalid: Signal::default(),
            bresp: Signal::default(),
            arready: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            irq: Signal::default(),
            enable: Signal::default(),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            flush: copies(ports),
            region_used: copies(regions),
            region_active: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            policy: copies(guests),
            strategy: copies(guests),
            redirects: copies(guests),
            captures: copies(guests),
            epoch: copies(guests),
            outcomes: copies(guests),
            ring_used: copies(guests),
            captured: copies(guests),
            ring_tail: copies(guests),
            walk_way: copies(guests),
            walk_first: copies(guests),
            walk_count: copies(guests),
            ring_base: copies(guests),
            ring_size: copies(guests),
            ring_mask: copies(guests),
            ring_active: copies(guests),
            interval: copies(guests),
            hold_writes: copies(guests),
            reject_writes: copies(guests),
            hold_reads: copies(guests),
            needs_ring: copies(guests),
            on_full_lose: copies(guests),
            ring_free: copies(guests),
            job_start: copies(guests),
            job_fill: Signal::default(),
            job_flags: Signal::default(),
            restore_start: copies(guests),
            peek_valid: Signal::default(),
            peek_word: Signal::default(),
            bus: RegisterBus::default(),
            globals: GlobalRegisters::new(config),
            regions: RegionTable::new(config),
            configuration_checker: ConfigurationChecker::new(config),
            sequencer: Sequencer::new(config),
            guest: (0..guests).map(|_| Guest::new(config)).collect(),
            peeked: Register::without_reset(),
            guest_selected: copies(guests),
            guest_done: copies(guests),
            guest_irq: copies(16),
            guest_barrier: copies(16),
            guest_broken: copies(16),
            barriers: Signal::default(),
            broken: Signal::default(),
            next_page: Default::default(),
            page: Register::without_reset(),
            is_regions: Register::without_reset(),
            is_globals: Register::without_reset(),
            is_near: Register::without_reset(),
            number: Default::default(),
            offset: Default::default(),
            is_guest: vec![Register::without_reset(); guests],
            in_regions: Signal::default(),
            in_globals: Signal::default(),
            known_page: Signal::default(),
            guest_error: Register::without_reset(),
            guest_read: vec![Register::without_reset(); guests],
            guests_read: OrTree::new(guests),
            region_error: Register::without_reset(),
            region_read: Register::without_reset(),
            global_error: Register::without_reset(),
            global_read: Register::without_reset(),
            done_error: Signal::default(),
            irq_bits: Signal::default(),
            ids: identities(guests),
            pages: (1..=guests as u64)
                .map(super::constants::constant)
                .collect(),
            opcode_fill: super::constants::constant(1 << Opcode::Fill.code()),
            error_address: super::constants::constant(
                mch_spec::registers::ErrorCode::Address as u64,
            ),
            plane_y: flag(config.plane_y()),
            has_s5: flag(config.has(Strategy::S5)),
            common: super::constants::constant(guests as u64),
            _guests: guests,
            _ports: ports,
            _regions: regions,
        }
    }
}

impl Logic for ControlUnit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: control_unit");
        comment!("The control and dispatch unit: registers, regions, guests and the sequencer that runs their firmware.");
        comment!("Hands each event of the data path to the guest that it concerns. Reset: nothing is attached.");
        dff_setup!(
            self,
            clock,
            page,
            is_regions,
            is_globals,
            is_near,
            peeked,
            guest_error,
            region_error,
            region_read,
            global_error,
            global_read
        );
        clock!(
            self,
            clock,
            bus,
            globals,
            regions,
            configuration_checker,
            sequencer
        );
        self.bus.awvalid.next = self.awvalid.val();
        self.bus.awaddr.next = self.awaddr.val();
        self.bus.wvalid.next = self.wvalid.val();
        self.bus.wdata.next = self.wdata.val();
        self.bus.wstrb.next = self.wstrb.val();
        self.bus.bready.next = self.bready.val();
        self.bus.arvalid.next = self.arvalid.val();
        self.bus.araddr.next = self.araddr.val();
        self.bus.rready.next = self.rready.val();
        self.awready.next = self.bus.awready.val();
        self.wready.next = self.bus.wready.val();
        self.bvalid.next = self.bus.bvalid.val();
        self.bresp.next = self.bus.bresp.val();
        self.arready.next = self.bus.arready.val();
        self.rvalid.next = self.bus.rvalid.val();
        self.rdata.next = self.bus.rdata.val();
        self.rresp.next = self.bus.rresp.val();

        // The bus: page 0 is global below the regions; page g + 1 is guest g's.
        // Decoded a cycle ahead: what stands behind it is deep.
        self.next_page.next = self.bus.next_address.val().get_bits::<5>(12);
        self.page.d.next = self.next_page.val();
        self.is_regions.d.next =
            !self.next_page.val().any() & (self.bus.next_address.val().get_bits::<3>(9) == 2);
        self.is_globals.d.next =
            !self.next_page.val().any() & (self.bus.next_address.val().get_bits::<3>(9) != 2);
        // A register's number in its page; one beyond the 32 that a page can have is none of them.
        self.is_near.d.next = !self.bus.next_address.val().get_bits::<5>(7).any()
            & !self.bus.next_address.val().get_bits::<2>(0).any();
        self.number.next = bit_cast::<12, 5>(self.bus.address.val().get_bits::<5>(2)) << 2;
        self.offset.next = self.number.val().replace_bit(11, !self.is_near.q.val());
        self.in_regions.next = self.bus.active.val() & self.is_regions.q.val();
        self.in_globals.next = self.bus.active.val() & self.is_globals.q.val();
        self.known_page.next = !self.page.q.val().any();
        self.guest_error.d.next = 0.into();
        self.globals.bus_selected.next = self.in_globals.val();
        self.globals.bus_offset.next = self.offset.val();
        self.globals.bus_data.next = self.bus.data.val();
        self.globals.bus_write.next = self.bus.write.val();
        self.globals.bus_commit.next = self.bus.commit.val();
        self.link_retry.next = 0.into();
        if self.has_link.val() {
            clock!(self, clock, link_registers);
            self.link_registers.bus_offset.next = self.offset.val();
            self.link_registers.bus_selected.next = self.in_globals.val();
            self.link_registers.bus_data.next = self.bus.data.val();
            self.link_registers.bus_write.next = self.bus.write.val();
            self.link_registers.bus_commit.next = self.bus.commit.val();
            self.link_registers.frame_sent.next = self.frame_sent.val();
            self.link_registers.frame_repeated.next = self.frame_repeated.val();
            self.link_registers.frame_dropped.next = self.frame_dropped.val();
            self.link_retry.next = self.link_registers.retry.val();
        }
        self.regions.bus_selected.next = self.in_regions.val();
        self.regions.bus_offset.next = self.bus.address.val().get_bits::<12>(0);
        self.regions.bus_data.next = self.bus.data.val();
        self.regions.bus_write.next = self.bus.write.val();
        self.regions.bus_commit.next = self.bus.commit.val();
        self.globals.refused.next = self.bus.refused.val();
        self.globals.refused_code.next = self.bus.refused_code.val();
        self.globals.refused_guest.next = 0.into();
        if self.page.q.val().any() {
            self.globals.refused_guest.next = bit_cast::<4, 5>(self.page.q.val() - 1);
        }
        self.globals.peek_bits.next = self.peeked.q.val();
        if self.peek_response_valid.val() {
            self.peeked.d.next = self.peek_x.val();
            if self.plane_y.val() & self.globals.peek_plane_y.val() {
                self.peeked.d.next = self.peek_y.val();
            }
        }
        self.bus.wants_peek.next = self.globals.wants_peek.val();
        self.bus.peek_ready.next = self.peek_ready.val();
        self.bus.peek_response_valid.next = self.peek_response_valid.val();
        self.peek_valid.next = self.bus.peek_valid.val();
        self.peek_word.next = self.globals.peek_word.val();
        self.globals.copy_done.next = self.done_valid.val();
        self.globals.was_wrong.next = self.was_wrong.val();
        self.globals.word_failed.next = self.word_failed.val();
        self.globals.copy_failed.next = self.done_read_error.val() | self.done_write_error.val();
        self.globals.unit_ready.next = self.store_ready.val();
        self.globals.scanning.next = false;
        self.globals.step_waits.next = false;
        self.globals.firmware_read.next = self.sequencer.load_read.val();
        self.sequencer.load.next = self.globals.firmware_load.val();
        self.sequencer.load_address.next = self.globals.firmware_address.val();
        self.sequencer.load_data.next = self.bus.data.val();
        self.done_error.next = self.done_read_error.val() | self.done_write_error.val();
        self.configuration_checker.mem_base.next = self.globals.mem_base.val();
        self.configuration_checker.shadow_base.next = self.globals.shadow_base.val();

        for k in 0..16 {
            self.guest_irq[k].next = false;
            self.guest_barrier[k].next = false;
            self.guest_broken[k].next = false;
        }
        for k in 0..self._guests {
            self.guest_irq[k].next = self.guest[k].irq.val();
            self.guest_barrier[k].next = self.guest[k].at_barrier.val();
            self.guest_broken[k].next = self.guest[k].broken.val();
        }
        self.barriers.next = bits::<16>(0)
            .replace_bit(0, self.guest_barrier[0].val())
            .replace_bit(1, self.guest_barrier[1].val())
            .replace_bit(2, self.guest_barrier[2].val())
            .replace_bit(3, self.guest_barrier[3].val())
            .replace_bit(4, self.guest_barrier[4].val())
            .replace_bit(5, self.guest_barrier[5].val())
            .replace_bit(6, self.guest_barrier[6].val())
            .replace_bit(7, self.guest_barrier[7].val())
            .replace_bit(8, self.guest_barrier[8].val())
            .replace_bit(9, self.guest_barrier[9].val())
            .replace_bit(10, self.guest_barrier[10].val())
            .replace_bit(11, self.guest_barrier[11].val())
            .replace_bit(12, self.guest_barrier[12].val())
            .replace_bit(13, self.guest_barrier[13].val())
            .replace_bit(14, self.guest_barrier[14].val())
            .replace_bit(15, self.guest_barrier[15].val());
        self.broken.next = bits::<16>(0)
            .replace_bit(0, self.guest_broken[0].val())
            .replace_bit(1, self.guest_broken[1].val())
            .replace_bit(2, self.guest_broken[2].val())
            .replace_bit(3, self.guest_broken[3].val())
            .replace_bit(4, self.guest_broken[4].val())
            .replace_bit(5, self.guest_broken[5].val())
            .replace_bit(6, self.guest_broken[6].val())
            .replace_bit(7, self.guest_broken[7].val())
            .replace_bit(8, self.guest_broken[8].val())
            .replace_bit(9, self.guest_broken[9].val())
            .replace_bit(10, self.guest_broken[10].val())
            .replace_bit(11, self.guest_broken[11].val())
            .replace_bit(12, self.guest_broken[12].val())
            .replace_bit(13, self.guest_broken[13].val())
            .replace_bit(14, self.guest_broken[14].val())
            .replace_bit(15, self.guest_broken[15].val());
        self.irq_bits.next = bits::<17>(0)
            .replace_bit(0, self.guest_irq[0].val())
            .replace_bit(1, self.guest_irq[1].val())
            .replace_bit(2, self.guest_irq[2].val())
            .replace_bit(3, self.guest_irq[3].val())
            .replace_bit(4, self.guest_irq[4].val())
            .replace_bit(5, self.guest_irq[5].val())
            .replace_bit(6, self.guest_irq[6].val())
            .replace_bit(7, self.guest_irq[7].val())
            .replace_bit(8, self.guest_irq[8].val())
            .replace_bit(9, self.guest_irq[9].val())
            .replace_bit(10, self.guest_irq[10].val())
            .replace_bit(11, self.guest_irq[11].val())
            .replace_bit(12, self.guest_irq[12].val())
            .replace_bit(13, self.guest_irq[13].val())
            .replace_bit(14, self.guest_irq[14].val())
            .replace_bit(15, self.guest_irq[15].val());
        self.irq.next = self.irq_bits.val();
        if self.globals.irq.val() {
            self.irq.next = self.irq_bits.val() | (bits::<17>(1) << self.common.val());
        }
        for k in 0..self._guests {
            self.guest[k].clock.next = self.clock.val();
            self.is_guest[k].clock.next = self.clock.val();
            self.is_guest[k].d.next = self.next_page.val() == self.pages[k].val();
            self.guest_selected[k].next = self.bus.active.val() & self.is_guest[k].q.val();
            if self.is_guest[k].q.val() {
                self.known_page.next = true;
            }
            if self.guest_selected[k].val() {
                self.guest_error.d.next = self.guest[k].bus_error.val();
            }
            // What a guest that is not selected answers is 0.
            self.guest_read[k].clock.next = self.clock.val();
            self.guest_read[k].d.next = self.guest[k].bus_read.val();
            self.guests_read.inputs[k].next = self.guest_read[k].q.val();
            if self.guest[k].step_waits.val() {
                self.globals.step_waits.next = true;
            }
            if self.job_busy[k].val() | self.restore_busy[k].val() {
                self.globals.scanning.next = true;
            }
            self.guest[k].bus_selected.next = self.guest_selected[k].val();
            self.guest[k].bus_offset.next = self.offset.val();
            self.guest[k].bus_data.next = self.bus.data.val();
            self.guest[k].bus_write.next = self.bus.write.val();
            self.guest[k].bus_commit.next = self.bus.commit.val();
            self.guest[k].global_command.next = self.globals.command[k].val();
            self.guest[k].global_pending.next = self.globals.command_on_bus[k].val();
            self.guest[k].bus_excludes.next = self.globals.bus_excludes.val();
            self.guest[k].global_group.next = self.globals.command_group.val();
            self.guest[k].firmware_ok.next = self.globals.firmware_ok.val();
            self.guest[k].unit_ready.next = self.store_ready.val();
            self.guest[k].enabled.next = self.globals.enable.val();
            self.guest[k].execute.next = self.sequencer.execute[k].val();
            self.guest[k].opcode.next = self.sequencer.decoded.val();
            self.guest[k].operand_a.next = self.sequencer.operand_a.val();
            self.guest[k].operand_b.next = self.sequencer.operand_b.val();
            self.guest[k].barriers.next = self.barriers.val();
            self.guest[k].broken_guests.next = self.broken.val();
            self.guest[k].check_done.next = self.configuration_checker.done[k].val();
            self.guest[k].check_error.next = self.configuration_checker.error.val();
            self.guest[k].accept_slots.next = self.accept_slots.val();
            self.guest[k].sweep_done.next = self.sweep_done.val();
            self.guest[k].copy_block.next = self.done_block.val();
            self.guest[k].allocate.next =
                self.allocate_valid.val() & (self.allocate_guest.val() == self.ids[k].val());
            self.guest[k].marked.next =
                self.marked_valid.val() & (self.marked_guest.val() == self.ids[k].val());
            self.guest[k].filled.next =
                self.filled_valid.val() & (self.filled_guest.val() == self.ids[k].val());
            self.guest[k].copy_sent.next = (self.scan_sent_valid.val()
                & (self.scan_sent_guest.val() == self.ids[k].val()))
                | (self.restore_sent_valid.val()
                    & (self.restore_sent_guest.val() == self.ids[k].val()));
            self.guest_done[k].next =
                self.done_valid.val() & (self.done_guest.val() == self.ids[k].val());
            self.guest[k].copy_done.next = self.guest_done[k].val() & !self.done_save.val();
            self.guest[k].copy_left.next = self.guest_done[k].val() & !self.done_ticketed.val();
            self.push_event[k].next = self.push_event_guest.val() == self.ids[k].val();
            self.guest[k].cleared.next = self.push_event[k].val() & self.cleared_valid.val();
            self.guest[k].push_started.next = self.push_event[k].val() & self.push_started.val();
            self.guest[k].push_ended.next = self.push_event[k].val() & self.push_ended.val();
            self.guest[k].merge_done.next = false;
            if self.has_s5.val() {
                self.guest[k].copy_done.next = self.guest_done[k].val()
                    & !self.done_save.val()
                    & !(self.done_push.val() & self.guest[k].redirects.val());
                self.guest[k].merge_done.next =
                    self.guest_done[k].val() & self.done_push.val() & self.guest[k].redirects.val();
            }
            self.guest[k].copy_failed.next = self.done_error.val();
            self.guest[k].save_done.next = self.guest_done[k].val() & self.done_save.val();
            self.guest[k].save_failed.next = self.done_error.val();
            self.guest[k].save_lost.next = self.guest_done[k].val()
                & self.done_save.val()
                & (self.done_write_error.val()
                    | (self.done_captured.val() & self.done_error.val()));
            self.guest[k].captured.next = self.captured[k].val();
            self.guest[k].link_report.next = self.link_report[k].val();
            self.guest[k].scan_taken.next = self.scan_taken[k].val();
            self.link_order[k].next = self.guest[k].link_order.val();
            self.scan_to_ring[k].next = self.guest[k].scan_to_ring.val();
            self.scan_room[k].next = self.guest[k].scan_room.val();
            self.ring_slots[k].next = self.guest[k].ring_slots.val();
            self.guest[k].accept.next = self.accept[k].val();
            self.guest[k].finished.next = self.finished[k].val();
            self.guest[k].resolved.next = self.resolved[k].val();
            self.guest[k].ring_held.next = self.ring_held[k].val();
            self.guest[k].lose.next = self.lose[k].val();
            self.guest[k].word_lost.next = self.word_lost[k].val();
            self.guest[k].stalled.next = self.stalled[k].val();
            self.guest[k].job_busy.next = self.job_busy[k].val();
            self.guest[k].restore_busy.next = self.restore_busy[k].val();
            self.guest[k].restore_corrupt.next = self.restore_corrupt[k].val();
            self.guest[k].restore_error.next = self.restore_error[k].val();
            self.globals.command_error[k].next = self.guest[k].command_error.val();
            self.globals.running[k].next = self.guest[k].busy.val();
            self.globals.attached[k].next = self.guest[k].attached.val();
            self.globals.completed[k].next = self.guest[k].completed.val();
            self.globals.high_water[k].next = self.guest[k].high_water.val();
            self.globals.ring_held[k].next = self.ring_held[k].val();
            self.globals.lost[k].next = self.guest[k].lost.val();
            self.regions.guest_fixed[k].next =
                self.guest[k].attached.val() | self.guest[k].busy.val();
            self.regions.guest_attached[k].next = self.guest[k].attached.val();
            self.configuration_checker.request[k].next = self.guest[k].check_request.val();
            self.configuration_checker.guest_attached[k].next = self.guest[k].attached.val();
            self.configuration_checker.ring_present[k].next = self.guest[k].ring_size.val().any();
            self.configuration_checker.ring_base[k].next = self.guest[k].ring_base.val();
            self.configuration_checker.ring_mask[k].next = self.guest[k].ring_mask.val();
            self.configuration_checker.ring_needed[k].next = self.guest[k].ring_needed.val();
            self.sequencer.running[k].next = self.guest[k].running.val();
            self.sequencer.program_counter[k].next = self.guest[k].program_counter.val();
            self.job_start[k].next =
                self.guest[k].scan_start.val() | self.guest[k].fill_start.val();
            self.restore_start[k].next = self.guest[k].restore_start.val();
            self.policy[k].next = self.guest[k].policy.val();
            self.strategy[k].next = self.guest[k].strategy.val();
            self.redirects[k].next = self.guest[k].redirects.val();
            self.captures[k].next = self.guest[k].captures.val();
            self.epoch[k].next = self.guest[k].epoch.val();
            self.outcomes[k].next = self.guest[k].outcomes.val();
            self.ring_used[k].next = self.guest[k].ring_used.val();
            self.ring_tail[k].next = self.guest[k].ring_tail.val();
            self.walk_way[k].next = self.guest[k].walk_way.val();
            self.walk_first[k].next = self.guest[k].walk_first.val();
            self.walk_count[k].next = self.guest[k].walk_count.val();
            self.ring_base[k].next = self.guest[k].ring_base.val();
            self.ring_size[k].next = self.guest[k].ring_size.val();
            self.ring_mask[k].next = self.guest[k].ring_mask.val();
            self.ring_active[k].next = self.guest[k].ring_active.val();
            self.interval[k].next = self.guest[k].interval.val();
            self.hold_writes[k].next = self.guest[k].hold_writes.val();
            self.reject_writes[k].next = self.guest[k].reject_writes.val();
            self.hold_reads[k].next = self.guest[k].hold_reads.val();
            self.needs_ring[k].next = self.guest[k].needs_ring.val();
            self.on_full_lose[k].next = self.guest[k].on_full_lose.val();
            self.ring_free[k].next = self.guest[k].ring_free.val();
        }
        // The pages answer from registers: the choice among registers and that among pages are a cycle apart.
        self.region_error.d.next = self.regions.bus_error.val();
        self.region_read.d.next = self.regions.bus_read.val();
        self.global_error.d.next = self.globals.bus_error.val();
        self.global_read.d.next = self.globals.bus_read.val();
        if self.has_link.val() & self.in_globals.val() & self.link_registers.bus_here.val() {
            self.global_error.d.next = self.link_registers.bus_error.val();
            self.global_read.d.next = self.link_registers.bus_read.val();
        }
        self.bus.error.next =
            self.global_error.q.val() | self.region_error.q.val() | self.guest_error.q.val();
        if !self.known_page.val() {
            self.bus.error.next = self.error_address.val();
        }
        self.bus.read.next =
            self.global_read.q.val() | self.region_read.q.val() | self.guests_read.merged.val();
        self.job_fill.next = (self.sequencer.decoded.val() & self.opcode_fill.val()).any();
        self.job_flags.next = self.sequencer.operand_a.val();
        for k in 0..self._ports {
            self.flush[k].next = self.globals.flush[k].val();
            self.globals.flush_busy[k].next = self.flush_busy[k].val();
        }
        for k in 0..self._regions {
            self.region_used[k].next = self.regions.used[k].val();
            self.region_active[k].next = self.regions.active[k].val();
            self.region_first[k].next = self.regions.first[k].val();
            self.region_last[k].next = self.regions.last[k].val();
            self.region_guest[k].next = self.regions.guest[k].val();
            self.configuration_checker.region_used[k].next = self.regions.used[k].val();
            self.configuration_checker.region_first[k].next = self.regions.first_page[k].val();
            self.configuration_checker.region_last[k].next = self.regions.last_page[k].val();
            self.configuration_checker.region_blocks[k].next = self.regions.blocks[k].val();
            self.configuration_checker.region_guest[k].next = self.regions.guest[k].val();
        }
        self.enable.next = self.globals.enable.val();
        self.mem_base.next = self.globals.mem_base.val();
        self.shadow_base.next = self.globals.shadow_base.val();
    }
}
