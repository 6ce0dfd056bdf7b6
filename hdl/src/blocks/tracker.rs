//! The tracker: decides what happens to the blocks that are written, in one pipeline over the block store and the hazard table.
//!
//! **Does**: every operation on the block store enters here, one per cycle: completion marks first, then clears, port look-ups (round robin),
//! software's reads, scanner reads, fills, and the scrubber's sweep (at least every 64th cycle). A look-up is decided by its guest's policy
//! row at (pending, touched): MARK sets the block's X bit in the same step; SAVE waits for the ticket of the block's copy, which is
//! allocated, with the next slot of the guest's ring, unless one is in flight. A completion without error sets X and frees its ticket.
//! **Latency**: a verdict exactly four cycles after its look-up was taken, a scanner or software read six; both in order. One operation per cycle.
//! **Ordering**: operations take effect one at a time in the order of entry. `ring_used` must show an allocation in the cycle after its pulse.
//! **Errors**: a failed completion marks nothing; its ticket is freed as failed.
//! **Reset**: nothing in flight; a sweep clears the store, then `ready`. Look-ups with `lookup_tracked` low are answered at once even before.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::block_store::BlockStore;
use super::constants::{constant, copies, flag, identities};
use super::hazard_table::HazardTable;
use super::or_tree::OrTree;
use super::scrubber::Scrubber;
use super::tracker_arbiter::TrackerArbiter;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::{Strategy, SAVE};

/// A pre-image to be saved, on its way to the copy engine.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct SaveRequest {
    /// Block to save.
    pub block: Bits<26>,
    /// Its guest.
    pub guest: Bits<4>,
    /// Slot of the guest's ring.
    pub slot: Bits<26>,
    /// Ticket under which the block is in flight.
    pub ticket: Bits<5>,
}

/// Block store, hazard table and scrubber behind one arbiter.
#[derive(Clone, Debug, LogicBlock)]
pub struct Tracker {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Port p looks a block up before it writes there.
    pub lookup_valid: Vec<Signal<In, Bit>>,
    /// The look-up is taken.
    pub lookup_ready: Vec<Signal<Out, Bit>>,
    /// The block.
    pub lookup_block: Vec<Signal<In, Bits<26>>>,
    /// Its guest.
    pub lookup_guest: Vec<Signal<In, Bits<4>>>,
    /// 0: the write is not tracked; the verdict is go and the store is left alone.
    pub lookup_tracked: Vec<Signal<In, Bit>>,
    /// The verdict for port p, exactly four cycles after the look-up was taken.
    pub verdict_valid: Vec<Signal<Out, Bit>>,
    /// The write waits for a ticket; 0: it may go.
    pub verdict_wait: Signal<Out, Bit>,
    /// The ticket it waits for.
    pub verdict_ticket: Signal<Out, Bits<5>>,
    /// A bit per ticket: its block is in flight. A register.
    pub ticket_busy: Signal<Out, Bits<32>>,
    /// A bit per ticket: its copy failed; from its freeing to its next allocation. A register.
    pub ticket_failed: Signal<Out, Bits<32>>,
    /// Policy row of guest g; 0 while it is lost or not attached.
    pub policy: Vec<Signal<In, Bits<20>>>,
    /// Its strategy, 1..6.
    pub strategy: Vec<Signal<In, Bits<3>>>,
    /// Its epoch, k bits.
    pub epoch: Vec<Signal<In, Bits<6>>>,
    /// The outcome (1 committed) of each of its epoch values, 2^k bits.
    pub outcomes: Vec<Signal<In, Bits<64>>>,
    /// Slots used of its ring.
    pub ring_used: Vec<Signal<In, Bits<26>>>,
    /// A slot of the ring of `allocate_guest` is taken. A pulse, from a register.
    pub allocate_valid: Signal<Out, Bit>,
    /// The guest whose ring loses the slot.
    pub allocate_guest: Signal<Out, Bits<4>>,
    /// A block's X bit went from 0 to 1 by a look-up or a completion. A pulse, from a register.
    pub marked_valid: Signal<Out, Bit>,
    /// The block's guest.
    pub marked_guest: Signal<Out, Bits<4>>,
    /// Region r is in use.
    pub region_used: Vec<Signal<In, Bit>>,
    /// Its first granule, counted from MEM_BASE.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Its last granule.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Its guest.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// A pre-image is to be saved.
    pub save_valid: Signal<Out, Bit>,
    /// The copy engine takes it.
    pub save_ready: Signal<In, Bit>,
    /// The block.
    pub save_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub save_guest: Signal<Out, Bits<4>>,
    /// The slot of the guest's ring.
    pub save_slot: Signal<Out, Bits<26>>,
    /// The ticket to complete.
    pub save_ticket: Signal<Out, Bits<5>>,
    /// A save has ended. Taken in every cycle.
    pub done_valid: Signal<In, Bit>,
    /// Its ticket.
    pub done_ticket: Signal<In, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<In, Bits<4>>,
    /// Its block.
    pub done_block: Signal<In, Bits<26>>,
    /// It failed.
    pub done_failed: Signal<In, Bit>,
    /// The scanner reads a word.
    pub scan_valid: Signal<In, Bit>,
    /// The read is taken.
    pub scan_ready: Signal<Out, Bit>,
    /// The word.
    pub scan_word: Signal<In, Bits<21>>,
    /// Its guest.
    pub scan_guest: Signal<In, Bits<4>>,
    /// The scanner's word, six cycles after its read was taken.
    pub scan_response_valid: Signal<Out, Bit>,
    /// Plane X of the word read.
    pub scan_x: Signal<Out, Bits<32>>,
    /// Plane Y of the word read.
    pub scan_y: Signal<Out, Bits<32>>,
    /// Its L1 word.
    pub scan_l1: Signal<Out, Bits<32>>,
    /// Its L2 word.
    pub scan_l2: Signal<Out, Bits<32>>,
    /// A whole word is filled.
    pub fill_valid: Signal<In, Bit>,
    /// The fill is taken.
    pub fill_ready: Signal<Out, Bit>,
    /// The word.
    pub fill_word: Signal<In, Bits<21>>,
    /// Its guest.
    pub fill_guest: Signal<In, Bits<4>>,
    /// The new value of all its X bits.
    pub fill_x: Signal<In, Bit>,
    /// The new value of all its Y bits.
    pub fill_y: Signal<In, Bit>,
    /// A block's bit is cleared after its copy.
    pub clear_valid: Signal<In, Bit>,
    /// The clear is taken.
    pub clear_ready: Signal<Out, Bit>,
    /// The block.
    pub clear_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub clear_guest: Signal<In, Bits<4>>,
    /// In plane Y, not X.
    pub clear_plane_y: Signal<In, Bit>,
    /// Software reads a word.
    pub peek_valid: Signal<In, Bit>,
    /// The read is taken.
    pub peek_ready: Signal<Out, Bit>,
    /// The word; its guest is found in the region table, zeros are read in no region.
    pub peek_word: Signal<In, Bits<21>>,
    /// The word is on `scan_x`, `scan_y`.
    pub peek_response_valid: Signal<Out, Bit>,
    /// The block store writes a word. With S5, for the place store.
    pub mirror_enable: Signal<Out, Bit>,
    /// That word.
    pub mirror_word: Signal<Out, Bits<21>>,
    /// Plane X [31:0], plane Y [63:32], tag [69:64].
    pub mirror_data: Signal<Out, Bits<70>>,
    /// A sweep of the scrubber is complete. A pulse, from a register.
    pub sweep_done: Signal<Out, Bit>,
    /// The block store is clear and in use. A register.
    pub ready: Signal<Out, Bit>,
    arbiter: TrackerArbiter,
    store: BlockStore,
    scrubber: Scrubber,
    hazards: Maybe<HazardTable>,
    saves: Maybe<Fifo<SaveRequest>>,
    policy_2: Register<Bits<20>>,
    guest_2: Register<Bits<4>>,
    guest_3: Register<Bits<4>>,
    guest_4: Register<Bits<4>>,
    guest_5: Register<Bits<4>>,
    block_2: Register<Bits<26>>,
    block_3: Register<Bits<26>>,
    block_4: Register<Bits<26>>,
    block_5: Register<Bits<26>>,
    lookup_2: Register<Bit>,
    lookup_3: Register<Bit>,
    lookup_4: Register<Bit>,
    credited_2: Register<Bit>,
    credited_3: Register<Bit>,
    credited_4: Register<Bit>,
    port_2: Register<Bits<3>>,
    port_3: Register<Bits<3>>,
    port_4: Register<Bits<3>>,
    policy_3: Register<Bits<20>>,
    marks_4: Vec<Register<Bit>>,
    saves_4: Vec<Register<Bit>>,
    actions_3: Vec<Signal<Local, Bits<2>>>,
    done_2: Register<Bit>,
    done_3: Register<Bit>,
    done_4: Register<Bit>,
    ticket_2: Register<Bits<5>>,
    ticket_3: Register<Bits<5>>,
    ticket_4: Register<Bits<5>>,
    failed_2: Register<Bit>,
    failed_3: Register<Bit>,
    failed_4: Register<Bit>,
    clear_2: Register<Bit>,
    clear_3: Register<Bit>,
    clear_4: Register<Bit>,
    plane_y_2: Register<Bit>,
    plane_y_3: Register<Bit>,
    plane_y_4: Register<Bit>,
    scan_2: Register<Bit>,
    scan_3: Register<Bit>,
    scan_4: Register<Bit>,
    scan_5: Register<Bit>,
    scan_6: Register<Bit>,
    peek_2: Register<Bit>,
    peek_3: Register<Bit>,
    peek_4: Register<Bit>,
    peek_5: Register<Bit>,
    peek_6: Register<Bit>,
    allocate_5: Register<Bit>,
    ticket_5: Register<Bits<5>>,
    marked_5: Register<Bit>,
    epochs: OrTree<6>,
    histories: OrTree<64>,
    strategies: OrTree<3>,
    policies: OrTree<20>,
    saving_2: Signal<Local, Bit>,
    mark_4: Signal<Local, Bit>,
    save_4: Signal<Local, Bit>,
    allocates_4: Signal<Local, Bit>,
    slots: Maybe<OrTree<26>>,
    can_save: Vec<Signal<Local, Bit>>,
    save_bits: Constant<Bits<20>>,
    identity: Vec<Constant<Bits<4>>>,
    port_identity: Vec<Constant<Bits<3>>>,
    nothing: Constant<SaveRequest>,
    has_save: Constant<Bit>,
    has_clear: Constant<Bit>,
    _ports: usize,
    _guests: usize,
    _regions: usize,
}

impl Tracker {
    /// The tracker of a configuration.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        let regions = config.regions as usize;
        let has_save = config.has(Strategy::S6);
        let block = || Register::narrow_without_reset(config.block_bits() as usize);
        let guest = || Register::narrow_without_reset(clog2(guests).max(1));
        let ticket = || Register::narrow_without_reset(clog2(config.saves as usize));
        let save_bits = SAVE | SAVE << 5 | SAVE << 10 | SAVE << 15;
        Self {
            clock: Signal::default(),
            lookup_valid: copies(ports),
            lookup_ready: copies(ports),
            lookup_block: copies(ports),
            lookup_guest: copies(ports),
            lookup_tracked: copies(ports),
            verdict_valid: copies(ports),
            verdict_wait: Signal::default(),
            verdict_ticket: Signal::default(),
            ticket_busy: Signal::default(),
            ticket_failed: Signal::default(),
            policy: copies(guests),
            strategy: copies(guests),
            epoch: copies(guests),
            outcomes: copies(guests),
            ring_used: copies(guests),
            allocate_valid: Signal::default(),
            allocate_guest: Signal::default(),
            marked_valid: Signal::default(),
            marked_guest: Signal::default(),
            region_used: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            save_valid: Signal::default(),
            save_ready: Signal::default(),
            save_block: Signal::default(),
            save_guest: Signal::default(),
            save_slot: Signal::default(),
            save_ticket: Signal::default(),
            done_valid: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_failed: Signal::default(),
            scan_valid: Signal::default(),
            scan_ready: Signal::default(),
            scan_word: Signal::default(),
            scan_guest: Signal::default(),
            scan_response_valid: Signal::default(),
            scan_x: Signal::default(),
            scan_y: Signal::default(),
            scan_l1: Signal::default(),
            scan_l2: Signal::default(),
            fill_valid: Signal::default(),
            fill_ready: Signal::default(),
            fill_word: Signal::default(),
            fill_guest: Signal::default(),
            fill_x: Signal::default(),
            fill_y: Signal::default(),
            clear_valid: Signal::default(),
            clear_ready: Signal::default(),
            clear_block: Signal::default(),
            clear_guest: Signal::default(),
            clear_plane_y: Signal::default(),
            peek_valid: Signal::default(),
            peek_ready: Signal::default(),
            peek_word: Signal::default(),
            peek_response_valid: Signal::default(),
            mirror_enable: Signal::default(),
            mirror_word: Signal::default(),
            mirror_data: Signal::default(),
            sweep_done: Signal::default(),
            ready: Signal::default(),
            arbiter: TrackerArbiter::new(config),
            store: BlockStore::new(config),
            scrubber: Scrubber::new(config),
            hazards: Maybe::new(HazardTable::new(config), has_save),
            saves: Maybe::new(Fifo::new(config.saves as usize), has_save),
            policy_2: Register::without_reset(),
            guest_2: guest(),
            guest_3: guest(),
            guest_4: guest(),
            guest_5: guest(),
            block_2: block(),
            block_3: block(),
            block_4: block(),
            block_5: block(),
            lookup_2: Register::default(),
            lookup_3: Register::default(),
            lookup_4: Register::default(),
            credited_2: Register::without_reset(),
            credited_3: Register::without_reset(),
            credited_4: Register::without_reset(),
            port_2: Register::narrow_without_reset(clog2(ports).max(1)),
            port_3: Register::narrow_without_reset(clog2(ports).max(1)),
            port_4: Register::narrow_without_reset(clog2(ports).max(1)),
            policy_3: Register::without_reset(),
            marks_4: copies(4),
            saves_4: copies(4),
            actions_3: copies(4),
            done_2: Register::default(),
            done_3: Register::default(),
            done_4: Register::default(),
            ticket_2: ticket(),
            ticket_3: ticket(),
            ticket_4: ticket(),
            failed_2: Register::without_reset(),
            failed_3: Register::without_reset(),
            failed_4: Register::without_reset(),
            clear_2: Register::default(),
            clear_3: Register::default(),
            clear_4: Register::default(),
            plane_y_2: Register::without_reset(),
            plane_y_3: Register::without_reset(),
            plane_y_4: Register::without_reset(),
            scan_2: Register::default(),
            scan_3: Register::default(),
            scan_4: Register::default(),
            scan_5: Register::default(),
            scan_6: Register::default(),
            peek_2: Register::default(),
            peek_3: Register::default(),
            peek_4: Register::default(),
            peek_5: Register::default(),
            peek_6: Register::default(),
            allocate_5: Register::default(),
            ticket_5: ticket(),
            marked_5: Register::default(),
            epochs: OrTree::new(guests),
            histories: OrTree::new(guests),
            strategies: OrTree::new(guests),
            policies: OrTree::new(guests),
            saving_2: Signal::default(),
            mark_4: Signal::default(),
            save_4: Signal::default(),
            allocates_4: Signal::default(),
            slots: Maybe::new(OrTree::new(guests), has_save),
            can_save: copies(guests),
            save_bits: constant(save_bits.into()),
            identity: identities(guests),
            port_identity: identities(ports),
            nothing: Constant::new(SaveRequest::default()),
            has_save: flag(has_save),
            has_clear: flag(config.has(Strategy::S4)),
            _ports: ports,
            _guests: guests,
            _regions: regions,
        }
    }
}

impl Logic for Tracker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: tracker");
        comment!("Decides what happens to the blocks that are written: one pipeline over block store and hazard table,");
        comment!("one operation per cycle, in order of entry. A verdict comes exactly 4 cycles after its look-up was taken,");
        comment!("a scanner or software read after 6. MARK sets the block's X bit at once; SAVE waits for the ticket of the");
        comment!("block's copy, allocated unless one is in flight, and its completion sets X (unless it failed) and frees");
        comment!("the ticket. ring_used must show an allocation in the cycle after its pulse. Untracked look-ups: go.");
        comment!("Reset: nothing in flight; a sweep clears the store, then ready.");
        comment!("A number that ends a name is the stage of the pipeline it belongs to.");
        dff_setup!(
            self, clock, policy_2, guest_2, guest_3, guest_4, guest_5, block_2, block_3, block_4,
            block_5, lookup_2, lookup_3, lookup_4, credited_2, credited_3, credited_4, port_2,
            port_3, port_4, policy_3, done_2, done_3, done_4, ticket_2, ticket_3, ticket_4,
            failed_2, failed_3, failed_4, clear_2, clear_3, clear_4, plane_y_2, plane_y_3,
            plane_y_4, scan_2, scan_3, scan_4, scan_5, scan_6, peek_2, peek_3, peek_4, peek_5,
            peek_6, allocate_5, ticket_5, marked_5
        );
        clock!(self, clock, arbiter, store, scrubber);

        // Stage 0: one operation enters.
        for r in 0..self._regions {
            self.scrubber.region_used[r].next = self.region_used[r].val();
            self.scrubber.region_first[r].next = self.region_first[r].val();
            self.scrubber.region_last[r].next = self.region_last[r].val();
            self.scrubber.region_guest[r].next = self.region_guest[r].val();
        }
        self.scrubber.peek_valid.next = self.peek_valid.val();
        self.scrubber.peek_word.next = self.peek_word.val();
        self.peek_ready.next = self.scrubber.peek_ready.val();
        self.sweep_done.next = self.scrubber.sweep_done.val();
        self.ready.next = self.scrubber.ready.val();
        for p in 0..self._ports {
            self.arbiter.lookup_valid[p].next = self.lookup_valid[p].val();
            self.arbiter.lookup_block[p].next = self.lookup_block[p].val();
            self.arbiter.lookup_guest[p].next = self.lookup_guest[p].val();
            self.arbiter.lookup_tracked[p].next = self.lookup_tracked[p].val();
        }
        for g in 0..self._guests {
            self.can_save[g].next = false;
            if self.has_save.val() {
                self.can_save[g].next = (self.policy[g].val() & self.save_bits.val()).any();
            }
            self.arbiter.can_save[g].next = self.can_save[g].val();
        }
        self.arbiter.credit.next = true;
        self.arbiter.done_valid.next = false;
        self.arbiter.done_ticket.next = 0.into();
        self.arbiter.done_guest.next = 0.into();
        self.arbiter.done_block.next = 0.into();
        self.arbiter.done_failed.next = false;
        if self.has_save.val() {
            self.arbiter.credit.next = self.hazards.credit.val();
            self.arbiter.done_valid.next = self.done_valid.val();
            self.arbiter.done_ticket.next = self.done_ticket.val();
            self.arbiter.done_guest.next = self.done_guest.val();
            self.arbiter.done_block.next = self.done_block.val();
            self.arbiter.done_failed.next = self.done_failed.val();
        }
        self.arbiter.clear_valid.next = false;
        self.arbiter.clear_block.next = 0.into();
        self.arbiter.clear_guest.next = 0.into();
        self.arbiter.clear_plane_y.next = false;
        self.clear_ready.next = false;
        if self.has_clear.val() {
            self.arbiter.clear_valid.next = self.clear_valid.val();
            self.arbiter.clear_block.next = self.clear_block.val();
            self.arbiter.clear_guest.next = self.clear_guest.val();
            self.arbiter.clear_plane_y.next = self.clear_plane_y.val();
            self.clear_ready.next = self.arbiter.clear_ready.val();
        }
        self.arbiter.scan_valid.next = self.scan_valid.val();
        self.arbiter.scan_word.next = self.scan_word.val();
        self.arbiter.scan_guest.next = self.scan_guest.val();
        self.scan_ready.next = self.arbiter.scan_ready.val();
        self.arbiter.fill_valid.next = self.fill_valid.val();
        self.arbiter.fill_word.next = self.fill_word.val();
        self.arbiter.fill_guest.next = self.fill_guest.val();
        self.arbiter.fill_x.next = self.fill_x.val();
        self.arbiter.fill_y.next = self.fill_y.val();
        self.fill_ready.next = self.arbiter.fill_ready.val();
        self.arbiter.offer_scrub.next = self.scrubber.scrub.val();
        self.arbiter.offer_peek.next = self.scrubber.peek.val();
        self.arbiter.offer_urgent.next = self.scrubber.urgent.val();
        self.arbiter.offer_word.next = self.scrubber.word.val();
        self.arbiter.offer_guest.next = self.scrubber.guest.val();
        self.arbiter.offer_known.next = self.scrubber.known.val();
        self.arbiter.offer_wipe.next = self.scrubber.wipe.val();
        self.scrubber.taken.next = self.arbiter.offer_taken.val();
        for p in 0..self._ports {
            self.lookup_ready[p].next = self.arbiter.lookup_ready[p].val();
        }

        // Stage 1: the guest's epoch and policy; the store reads its memory.
        for g in 0..self._guests {
            self.epochs.inputs[g].next = 0.into();
            self.histories.inputs[g].next = 0.into();
            self.strategies.inputs[g].next = 0.into();
            self.policies.inputs[g].next = 0.into();
            if self.arbiter.guest.val() == self.identity[g].val() {
                self.epochs.inputs[g].next = self.epoch[g].val();
                self.histories.inputs[g].next = self.outcomes[g].val();
                self.strategies.inputs[g].next = self.strategy[g].val();
                self.policies.inputs[g].next = self.policy[g].val();
            }
        }
        self.store.epoch.next = self.epochs.merged.val();
        self.store.outcomes.next = self.histories.merged.val();
        self.store.strategy.next = self.strategies.merged.val();
        self.store.access.next = self.arbiter.access.val();
        self.store.block.next = self.arbiter.block.val();
        self.store.fill.next = self.arbiter.fill.val();
        self.store.fill_x.next = self.arbiter.ones_x.val();
        self.store.fill_y.next = self.arbiter.ones_y.val();
        self.store.wipe.next = self.arbiter.wipe.val();
        self.policy_2.d.next = 0.into();
        if self.arbiter.access.val() & self.arbiter.lookup.val() {
            self.policy_2.d.next = self.policies.merged.val();
        }
        self.guest_2.d.next = self.arbiter.guest.val();
        self.block_2.d.next = self.arbiter.block.val();
        self.lookup_2.d.next = self.arbiter.lookup.val();
        self.credited_2.d.next = self.arbiter.credited.val();
        self.port_2.d.next = self.arbiter.port.val();
        self.done_2.d.next = self.arbiter.done.val();
        self.ticket_2.d.next = self.arbiter.ticket.val();
        self.failed_2.d.next = self.arbiter.failed.val();
        self.clear_2.d.next = self.arbiter.clear.val();
        self.plane_y_2.d.next = self.arbiter.plane_y.val();
        self.scan_2.d.next = self.arbiter.scan.val();
        self.peek_2.d.next = self.arbiter.peek.val();

        // Stage 2: a row that came into force after the look-up entered without a credit does not apply to it.
        self.saving_2.next = false;
        if self.has_save.val() {
            self.saving_2.next = (self.policy_2.q.val() & self.save_bits.val()).any();
        }
        self.policy_3.d.next = self.policy_2.q.val();
        if self.saving_2.val() & !self.credited_2.q.val() {
            self.policy_3.d.next = 0.into();
        }
        self.guest_3.d.next = self.guest_2.q.val();
        self.block_3.d.next = self.block_2.q.val();
        self.lookup_3.d.next = self.lookup_2.q.val();
        self.credited_3.d.next = self.credited_2.q.val();
        self.port_3.d.next = self.port_2.q.val();
        self.done_3.d.next = self.done_2.q.val();
        self.ticket_3.d.next = self.ticket_2.q.val();
        self.failed_3.d.next = self.failed_2.q.val();
        self.clear_3.d.next = self.clear_2.q.val();
        self.plane_y_3.d.next = self.plane_y_2.q.val();
        self.scan_3.d.next = self.scan_2.q.val();
        self.peek_3.d.next = self.peek_2.q.val();

        // Stage 3: the hazard table compares.
        self.guest_4.d.next = self.guest_3.q.val();
        self.block_4.d.next = self.block_3.q.val();
        self.lookup_4.d.next = self.lookup_3.q.val();
        self.credited_4.d.next = self.credited_3.q.val();
        self.port_4.d.next = self.port_3.q.val();
        self.done_4.d.next = self.done_3.q.val();
        self.ticket_4.d.next = self.ticket_3.q.val();
        self.failed_4.d.next = self.failed_3.q.val();
        self.clear_4.d.next = self.clear_3.q.val();
        self.plane_y_4.d.next = self.plane_y_3.q.val();
        self.scan_4.d.next = self.scan_3.q.val();
        self.peek_4.d.next = self.peek_3.q.val();

        for i in 0..4 {
            self.actions_3[i].next = self.policy_3.q.val().get_bits::<2>(i * 5);
            self.marks_4[i].clock.next = self.clock.val();
            self.marks_4[i].d.next = self.lookup_3.q.val() & self.actions_3[i].val().get_bit(0);
            self.saves_4[i].clock.next = self.clock.val();
            self.saves_4[i].d.next = false;
            if self.has_save.val() {
                self.saves_4[i].d.next = self.lookup_3.q.val() & self.actions_3[i].val().get_bit(1);
                self.marks_4[i].d.next = (self.done_3.q.val() & !self.failed_3.q.val())
                    | (self.lookup_3.q.val()
                        & self.actions_3[i].val().get_bit(0)
                        & !self.actions_3[i].val().get_bit(1));
            }
        }

        // Stage 4: the decision, by the action at (pending, touched).
        self.mark_4.next = self.marks_4[0].q.val();
        self.save_4.next = self.saves_4[0].q.val();
        if self.store.pending.val() & self.store.touched.val() {
            self.mark_4.next = self.marks_4[3].q.val();
            self.save_4.next = self.saves_4[3].q.val();
        } else if self.store.pending.val() {
            self.mark_4.next = self.marks_4[2].q.val();
            self.save_4.next = self.saves_4[2].q.val();
        } else if self.store.touched.val() {
            self.mark_4.next = self.marks_4[1].q.val();
            self.save_4.next = self.saves_4[1].q.val();
        }
        self.allocates_4.next = false;
        self.verdict_ticket.next = 0.into();
        self.ticket_busy.next = 0.into();
        self.ticket_failed.next = 0.into();
        if self.has_save.val() {
            clock!(self, clock, hazards);
            self.hazards.enter.next = self.arbiter.enter.val();
            self.hazards.block.next = self.block_3.q.val();
            self.allocates_4.next = self.save_4.val() & !self.hazards.hit.val();
            self.hazards.allocate.next = self.allocates_4.val();
            self.hazards.leave.next =
                self.lookup_4.q.val() & self.credited_4.q.val() & !self.allocates_4.val();
            self.hazards.free.next = self.done_4.q.val();
            self.hazards.free_ticket.next = self.ticket_4.q.val();
            self.hazards.free_failed.next = self.failed_4.q.val();
            self.verdict_ticket.next = self.hazards.next_ticket.val();
            if self.hazards.hit.val() {
                self.verdict_ticket.next = self.hazards.hit_ticket.val();
            }
            self.ticket_busy.next = self.hazards.ticket_busy.val();
            self.ticket_failed.next = self.hazards.ticket_failed.val();
        }
        self.verdict_wait.next = self.save_4.val();
        for p in 0..self._ports {
            self.verdict_valid[p].next =
                self.lookup_4.q.val() & (self.port_4.q.val() == self.port_identity[p].val());
        }
        self.store.set_x.next = self.mark_4.val();
        self.store.clear_x.next = false;
        self.store.clear_y.next = false;
        if self.has_clear.val() {
            self.store.clear_x.next = self.clear_4.q.val() & !self.plane_y_4.q.val();
            self.store.clear_y.next = self.clear_4.q.val() & self.plane_y_4.q.val();
        }
        self.marked_5.d.next = self.mark_4.val() & !self.store.touched.val();
        self.allocate_5.d.next = self.allocates_4.val();
        self.ticket_5.d.next = self.verdict_ticket.val();
        self.guest_5.d.next = self.guest_4.q.val();
        self.block_5.d.next = self.block_4.q.val();
        self.scan_5.d.next = self.scan_4.q.val();
        self.peek_5.d.next = self.peek_4.q.val();

        self.mirror_enable.next = self.store.mirror_enable.val();
        self.mirror_word.next = self.store.mirror_word.val();
        self.mirror_data.next = self.store.mirror_data.val();

        // Stage 5: slot and descriptor of a save. The guest's count includes all earlier allocations.
        self.marked_valid.next = self.marked_5.q.val();
        self.marked_guest.next = self.guest_5.q.val();
        self.allocate_valid.next = false;
        self.allocate_guest.next = 0.into();
        self.save_valid.next = false;
        self.save_block.next = 0.into();
        self.save_guest.next = 0.into();
        self.save_slot.next = 0.into();
        self.save_ticket.next = 0.into();
        if self.has_save.val() {
            clock!(self, clock, saves);
            self.allocate_valid.next = self.allocate_5.q.val();
            self.allocate_guest.next = self.guest_5.q.val();
            for g in 0..self._guests {
                self.slots.inputs[g].next = 0.into();
                if self.guest_5.q.val() == self.identity[g].val() {
                    self.slots.inputs[g].next = self.ring_used[g].val();
                }
            }
            self.saves.push.next = self.allocate_5.q.val();
            self.saves.data_in.next = self.nothing.val();
            self.saves.data_in.next.block = self.block_5.q.val();
            self.saves.data_in.next.guest = self.guest_5.q.val();
            self.saves.data_in.next.slot = self.slots.merged.val();
            self.saves.data_in.next.ticket = self.ticket_5.q.val();
            self.saves.pop.next = self.save_ready.val();
            self.save_valid.next = self.saves.valid.val();
            self.save_block.next = self.saves.data_out.val().block;
            self.save_guest.next = self.saves.data_out.val().guest;
            self.save_slot.next = self.saves.data_out.val().slot;
            self.save_ticket.next = self.saves.data_out.val().ticket;
        }

        // Stage 6: answers.
        self.scan_6.d.next = self.scan_5.q.val();
        self.peek_6.d.next = self.peek_5.q.val();
        self.scan_response_valid.next = self.scan_6.q.val();
        self.peek_response_valid.next = self.peek_6.q.val();
        self.scan_x.next = self.store.x.val();
        self.scan_y.next = self.store.y.val();
        self.scan_l1.next = self.store.l1.val();
        self.scan_l2.next = self.store.l2.val();
    }
}
