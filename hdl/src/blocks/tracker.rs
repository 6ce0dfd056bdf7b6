//! The tracker: decides what happens to the blocks that are written, in one pipeline over the block store and the hazard table.
//!
//! **Does**: every operation on the block store enters here, one per cycle: completions first, then port look-ups (round robin), software's
//! reads, background pushes, scanner reads, fills, and the scrubber's sweep (at least every 64th cycle). A look-up is decided by its guest's
//! policy row at (pending, touched): MARK sets the block's X bit in the same step; SAVE and PUSH wait for the ticket of the block's copy, which
//! is allocated (SAVE: with the next slot of the guest's ring) unless one is in flight. A completion frees its ticket; without error a save
//! sets X, a push clears Y, and sets X if a write waits for it. A background push of a block that is pending and not in flight allocates, too.
//! **Latency**: a verdict exactly four cycles after its look-up was taken, a scanner or software read six; both in order. One operation per cycle.
//! **Ordering**: operations take effect one at a time in the order of entry. `ring_used` must show an allocation in the cycle after its pulse.
//! **Errors**: a failed completion changes no bit; its ticket is freed as failed.
//! **Reset**: nothing in flight; a sweep clears the store, then `ready`. Look-ups with `lookup_tracked` low are answered at once even before.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::block_store::BlockStore;
use super::completion_merge::CompletionMerge;
use super::constants::{constant, copies, flag, identities};
use super::copy_requests::CopyRequests;
use super::hazard_table::HazardTable;
use super::or_tree::OrTree;
use super::redirect_decision::RedirectDecision;
use super::scrubber::Scrubber;
use super::tracker_arbiter::TrackerArbiter;
use super::tracker_decision::{wait_bits, TrackerDecision};
use super::tracker_stages::TrackerStages;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::{Strategy, REDIRECT};

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
    /// It covers the whole block with all strobes. With S5.
    pub lookup_whole: Vec<Signal<In, Bit>>,
    /// The verdict for port p, exactly four cycles after the look-up was taken.
    pub verdict_valid: Vec<Signal<Out, Bit>>,
    /// The write waits for a ticket; 0: it may go.
    pub verdict_wait: Signal<Out, Bit>,
    /// The ticket it waits for.
    pub verdict_ticket: Signal<Out, Bits<5>>,
    /// The write goes to the shadow. With S5.
    pub verdict_in_shadow: Signal<Out, Bit>,
    /// The write's response completes `verdict_ticket`. With S5.
    pub verdict_own: Signal<Out, Bit>,
    /// Port p completes a ticket by its own response. With S5.
    pub own_valid: Vec<Signal<In, Bit>>,
    /// The completion is taken.
    pub own_ready: Vec<Signal<Out, Bit>>,
    /// The ticket.
    pub own_ticket: Vec<Signal<In, Bits<5>>>,
    /// Its guest.
    pub own_guest: Vec<Signal<In, Bits<4>>>,
    /// Its block.
    pub own_block: Vec<Signal<In, Bits<26>>>,
    /// The write failed.
    pub own_failed: Vec<Signal<In, Bit>>,
    /// A completion of port p has been carried out. A pulse, from a register.
    pub own_complete: Vec<Signal<Out, Bit>>,
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
    /// A block's X bit (with S5 its Y bit) went from 0 to 1 by a look-up or a completion. A pulse, from a register.
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
    /// A block's Y bit went from 1 to 0 by a completion. A pulse, from a register.
    pub cleared_valid: Signal<Out, Bit>,
    /// A push that a write waits for has begun. A pulse, from a register.
    pub push_started: Signal<Out, Bit>,
    /// A push has ended, or a request for a background push was dropped. A pulse, from a register.
    pub push_ended: Signal<Out, Bit>,
    /// The guest of `cleared_valid`, `push_started`, `push_ended`.
    pub push_event_guest: Signal<Out, Bits<4>>,
    /// A block is to be copied for a write that waits.
    pub save_valid: Signal<Out, Bit>,
    /// It is taken.
    pub save_ready: Signal<In, Bit>,
    /// The block.
    pub save_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub save_guest: Signal<Out, Bits<4>>,
    /// The slot of the guest's ring.
    pub save_slot: Signal<Out, Bits<26>>,
    /// The ticket to complete.
    pub save_ticket: Signal<Out, Bits<5>>,
    /// 0: to the ring; 1: to the shadow; 2: from the shadow.
    pub save_way: Signal<Out, Bits<2>>,
    /// A block is to be copied to the shadow in the background.
    pub background_valid: Signal<Out, Bit>,
    /// It is taken.
    pub background_ready: Signal<In, Bit>,
    /// The block.
    pub background_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub background_guest: Signal<Out, Bits<4>>,
    /// The ticket to complete.
    pub background_ticket: Signal<Out, Bits<5>>,
    /// A write waits for a background copy: copies are urgent. A register.
    pub hurry: Signal<Out, Bit>,
    /// A copy with a ticket has ended. Taken in every cycle.
    pub done_valid: Signal<In, Bit>,
    /// Its ticket.
    pub done_ticket: Signal<In, Bits<5>>,
    /// Its guest.
    pub done_guest: Signal<In, Bits<4>>,
    /// Its block.
    pub done_block: Signal<In, Bits<26>>,
    /// It failed.
    pub done_failed: Signal<In, Bit>,
    /// It was not a save.
    pub done_push: Signal<In, Bit>,
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
    /// The scanner asks for a block to be pushed in the background.
    pub push_valid: Signal<In, Bit>,
    /// The request is taken; `push_ended` tells its end.
    pub push_ready: Signal<Out, Bit>,
    /// The block.
    pub push_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub push_guest: Signal<In, Bits<4>>,
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
    /// A bit of a word was wrong, of its L1 word [1], of its L2 word [2]. With error correction.
    pub was_wrong: Signal<Out, Bits<3>>,
    /// The same, of what could not be put right.
    pub failed: Signal<Out, Bits<3>>,
    /// With `failed` [0]: the word's guest.
    pub failed_guest: Signal<Out, Bits<4>>,
    /// A sweep of the scrubber is complete. A pulse, from a register.
    pub sweep_done: Signal<Out, Bit>,
    /// The block store is clear and in use. A register.
    pub ready: Signal<Out, Bit>,
    arbiter: TrackerArbiter,
    store: BlockStore,
    scrubber: Scrubber,
    stages: TrackerStages,
    decision: TrackerDecision,
    hazards: Maybe<HazardTable>,
    requests: Maybe<CopyRequests>,
    marked_5: Register<Bit>,
    cleared_5: Register<Bit>,
    ended_5: Register<Bit>,
    epochs: OrTree<6>,
    histories: OrTree<64>,
    strategies: OrTree<3>,
    policies: OrTree<20>,
    ended_4: Signal<Local, Bit>,
    allocates_4: Signal<Local, Bit>,
    waits_4: Signal<Local, Bit>,
    wanted_4: Signal<Local, Bit>,
    redirect: Maybe<RedirectDecision>,
    completions: Maybe<CompletionMerge>,
    concerns_s5: Signal<Local, Bit>,
    row: Signal<Local, Bits<20>>,
    can_wait: Vec<Register<Bit>>,
    credit_bits: Constant<Bits<20>>,
    s5: Constant<Bits<3>>,
    has_s5: Constant<Bit>,
    identity: Vec<Constant<Bits<4>>>,
    port_identity: Vec<Constant<Bits<3>>>,
    has_tickets: Constant<Bit>,
    has_push: Constant<Bit>,
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
        let has_s5 = config.has(Strategy::S5);
        let redirects = if has_s5 { REDIRECT } else { 0 };
        let redirect_bits =
            u64::from(redirects | redirects << 5 | redirects << 10 | redirects << 15);
        let has_tickets = config.has_tickets();
        Self {
            clock: Signal::default(),
            lookup_valid: copies(ports),
            lookup_ready: copies(ports),
            lookup_block: copies(ports),
            lookup_guest: copies(ports),
            lookup_tracked: copies(ports),
            lookup_whole: copies(ports),
            verdict_valid: copies(ports),
            verdict_wait: Signal::default(),
            verdict_ticket: Signal::default(),
            verdict_in_shadow: Signal::default(),
            verdict_own: Signal::default(),
            own_valid: copies(ports),
            own_ready: copies(ports),
            own_ticket: copies(ports),
            own_guest: copies(ports),
            own_block: copies(ports),
            own_failed: copies(ports),
            own_complete: copies(ports),
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
            cleared_valid: Signal::default(),
            push_started: Signal::default(),
            push_ended: Signal::default(),
            push_event_guest: Signal::default(),
            save_valid: Signal::default(),
            save_ready: Signal::default(),
            save_block: Signal::default(),
            save_guest: Signal::default(),
            save_slot: Signal::default(),
            save_ticket: Signal::default(),
            save_way: Signal::default(),
            background_valid: Signal::default(),
            background_ready: Signal::default(),
            background_block: Signal::default(),
            background_guest: Signal::default(),
            background_ticket: Signal::default(),
            hurry: Signal::default(),
            done_valid: Signal::default(),
            done_ticket: Signal::default(),
            done_guest: Signal::default(),
            done_block: Signal::default(),
            done_failed: Signal::default(),
            done_push: Signal::default(),
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
            push_valid: Signal::default(),
            push_ready: Signal::default(),
            push_block: Signal::default(),
            push_guest: Signal::default(),
            peek_valid: Signal::default(),
            peek_ready: Signal::default(),
            peek_word: Signal::default(),
            peek_response_valid: Signal::default(),
            mirror_enable: Signal::default(),
            mirror_word: Signal::default(),
            mirror_data: Signal::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            failed_guest: Signal::default(),
            sweep_done: Signal::default(),
            ready: Signal::default(),
            arbiter: TrackerArbiter::new(config),
            store: BlockStore::new(config),
            scrubber: Scrubber::new(config),
            stages: TrackerStages::new(config),
            decision: TrackerDecision::new(config),
            hazards: Maybe::new(HazardTable::new(config), has_tickets),
            requests: Maybe::new(CopyRequests::new(config), has_tickets),
            marked_5: Register::default(),
            cleared_5: Register::default(),
            ended_5: Register::default(),
            epochs: OrTree::new(guests),
            histories: OrTree::new(guests),
            strategies: OrTree::new(guests),
            policies: OrTree::new(guests),
            ended_4: Signal::default(),
            allocates_4: Signal::default(),
            waits_4: Signal::default(),
            wanted_4: Signal::default(),
            redirect: Maybe::new(RedirectDecision::new(config), has_s5),
            completions: Maybe::new(CompletionMerge::new(config), has_s5),
            concerns_s5: Signal::default(),
            row: Signal::default(),
            can_wait: copies(guests),
            credit_bits: constant(wait_bits(config) | redirect_bits),
            s5: constant(Strategy::S5.number().into()),
            has_s5: flag(has_s5),
            identity: identities(guests),
            port_identity: identities(ports),
            has_tickets: flag(has_tickets),
            has_push: flag(config.has(Strategy::S4)),
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
        comment!("a scanner or software read after 6. MARK sets the block's X bit at once; SAVE and PUSH wait for the ticket");
        comment!("of the block's copy, allocated unless one is in flight. Its completion frees the ticket; unless it failed, a");
        comment!("save sets X, a push clears Y and sets X if a write waits. ring_used must show an allocation in the cycle");
        comment!("after its pulse. Untracked look-ups: go. Reset: nothing in flight; a sweep clears the store, then ready.");
        comment!("A number that ends a name is the stage of the pipeline it belongs to.");
        dff_setup!(self, clock, marked_5, cleared_5, ended_5);
        clock!(self, clock, arbiter, store, scrubber, stages, decision);

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
            self.arbiter.lookup_whole[p].next = self.lookup_whole[p].val();
        }
        for g in 0..self._guests {
            // A cycle late: a look-up that enters meanwhile without a credit does as if the row were not in force.
            self.can_wait[g].clock.next = self.clock.val();
            self.can_wait[g].d.next = false;
            if self.has_tickets.val() {
                self.can_wait[g].d.next = (self.policy[g].val() & self.credit_bits.val()).any();
            }
            self.arbiter.can_wait[g].next = self.can_wait[g].q.val();
        }
        self.arbiter.credit.next = true;
        self.arbiter.half_free.next = false;
        self.arbiter.done_valid.next = false;
        self.arbiter.done_ticket.next = 0.into();
        self.arbiter.done_guest.next = 0.into();
        self.arbiter.done_block.next = 0.into();
        self.arbiter.done_failed.next = false;
        self.arbiter.done_push.next = false;
        if self.has_tickets.val() {
            self.arbiter.credit.next = self.hazards.credit.val();
            self.arbiter.done_valid.next = self.done_valid.val();
            self.arbiter.done_ticket.next = self.done_ticket.val();
            self.arbiter.done_guest.next = self.done_guest.val();
            self.arbiter.done_block.next = self.done_block.val();
            self.arbiter.done_failed.next = self.done_failed.val();
        }
        for p in 0..self._ports {
            self.own_ready[p].next = false;
            self.own_complete[p].next = false;
        }
        if self.has_s5.val() {
            clock!(self, clock, completions);
            self.completions.engine_valid.next = self.done_valid.val();
            self.completions.engine_ticket.next = self.done_ticket.val();
            self.completions.engine_guest.next = self.done_guest.val();
            self.completions.engine_block.next = self.done_block.val();
            self.completions.engine_failed.next = self.done_failed.val();
            for p in 0..self._ports {
                self.completions.own_valid[p].next = self.own_valid[p].val();
                self.completions.own_ticket[p].next = self.own_ticket[p].val();
                self.completions.own_guest[p].next = self.own_guest[p].val();
                self.completions.own_block[p].next = self.own_block[p].val();
                self.completions.own_failed[p].next = self.own_failed[p].val();
                self.own_ready[p].next = self.completions.own_ready[p].val();
                self.own_complete[p].next = self.completions.own_complete[p].val();
            }
            self.arbiter.done_valid.next = self.completions.done_valid.val();
            self.arbiter.done_ticket.next = self.completions.done_ticket.val();
            self.arbiter.done_guest.next = self.completions.done_guest.val();
            self.arbiter.done_block.next = self.completions.done_block.val();
            self.arbiter.done_failed.next = self.completions.done_failed.val();
        }
        self.arbiter.push_valid.next = false;
        self.arbiter.push_block.next = 0.into();
        self.arbiter.push_guest.next = 0.into();
        self.push_ready.next = false;
        if self.has_push.val() {
            self.arbiter.half_free.next = self.hazards.half_free.val();
            self.arbiter.done_push.next = self.done_push.val();
            self.arbiter.push_valid.next = self.push_valid.val();
            self.arbiter.push_block.next = self.push_block.val();
            self.arbiter.push_guest.next = self.push_guest.val();
            self.push_ready.next = self.arbiter.push_ready.val();
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
        self.row.next = 0.into();
        if self.arbiter.access.val() & self.arbiter.lookup.val() {
            self.row.next = self.policies.merged.val();
        }
        self.decision.policy.next = self.row.val();
        self.concerns_s5.next = false;
        if self.has_s5.val() & (self.strategies.merged.val() == self.s5.val()) {
            self.concerns_s5.next =
                self.arbiter.access.val() & (self.arbiter.lookup.val() | self.arbiter.done.val());
            self.decision.policy.next = 0.into();
        }
        self.stages.guest.next = self.arbiter.guest.val();
        self.stages.block.next = self.arbiter.block.val();
        self.stages.lookup.next = self.arbiter.lookup.val();
        self.stages.port.next = self.arbiter.port.val();
        self.stages.credited.next = self.arbiter.credited.val();
        self.stages.done.next = self.arbiter.done.val();
        self.stages.ticket.next = self.arbiter.ticket.val();
        self.stages.failed.next = self.arbiter.failed.val();
        self.stages.done_push.next = self.arbiter.pushed.val();
        self.stages.push.next = self.arbiter.push.val();
        self.stages.scan.next = self.arbiter.scan.val();
        self.stages.peek.next = self.arbiter.peek.val();

        // Stages 2 and 3: what would be done; the hazard table compares.
        self.decision.credited_2.next = self.stages.credited_2.val();
        self.decision.lookup_3.next = self.stages.lookup_3.val();
        self.decision.done_3.next = self.stages.done_3.val();
        if self.has_s5.val() {
            clock!(self, clock, redirect);
            self.redirect.concerns.next = self.concerns_s5.val();
            self.redirect.policy.next = self.row.val();
            self.redirect.whole.next = self.arbiter.whole.val();
            self.redirect.credited_2.next = self.stages.credited_2.val();
            self.redirect.lookup_3.next = self.stages.lookup_3.val();
            self.redirect.done_3.next = self.stages.done_3.val();
            self.redirect.failed_3.next = self.stages.failed_3.val();
            self.decision.done_3.next = self.stages.done_3.val() & !self.redirect.concerns_3.val();
        }
        self.decision.done_push_3.next = self.stages.done_push_3.val();
        self.decision.failed_3.next = self.stages.failed_3.val();
        self.decision.push_3.next = self.stages.push_3.val();

        // Stage 4: the decision.
        self.decision.pending.next = self.store.pending.val();
        self.decision.touched.next = self.store.touched.val();
        self.decision.hit.next = false;
        self.decision.done_wanted.next = false;
        self.verdict_ticket.next = 0.into();
        self.ticket_busy.next = 0.into();
        self.ticket_failed.next = 0.into();
        self.hurry.next = false;
        self.store.set_y.next = false;
        if self.has_s5.val() {
            self.redirect.pending.next = self.store.pending.val();
            self.redirect.touched.next = self.store.touched.val();
            self.redirect.hit.next = self.hazards.hit.val();
            self.store.set_y.next = self.redirect.set_y.val();
        }
        if self.has_tickets.val() {
            clock!(self, clock, hazards);
            self.hazards.enter.next = self.arbiter.enter.val();
            self.hazards.block.next = self.stages.block_3.val();
            self.hazards.free.next = self.stages.done_4.val();
            self.hazards.free_ticket.next = self.stages.ticket_4.val();
            self.hazards.free_failed.next = self.stages.failed_4.val();
            self.decision.hit.next = self.hazards.hit.val();
            self.decision.done_wanted.next = self.hazards.free_wanted.val();
            self.allocates_4.next = self.decision.allocates.val();
            self.waits_4.next = self.decision.waits.val();
            self.wanted_4.next = self.decision.waits.val();
            if self.has_s5.val() {
                self.allocates_4.next = self.decision.allocates.val()
                    | self.redirect.owns.val()
                    | self.redirect.merges.val();
                self.waits_4.next = self.decision.waits.val() | self.redirect.waits.val();
                self.wanted_4.next = self.decision.waits.val()
                    | self.redirect.waits.val()
                    | self.redirect.owns.val();
            }
            self.hazards.allocate.next = self.allocates_4.val();
            self.hazards.leave.next = self.stages.credited_4.val() & !self.allocates_4.val();
            self.hazards.wanted.next = self.wanted_4.val();
            self.verdict_ticket.next = self.hazards.next_ticket.val();
            if self.hazards.hit.val() {
                self.verdict_ticket.next = self.hazards.hit_ticket.val();
            }
            self.ticket_busy.next = self.hazards.ticket_busy.val();
            self.ticket_failed.next = self.hazards.ticket_failed.val();
            self.hurry.next = self.hazards.hurry.val();
        } else {
            self.allocates_4.next = false;
            self.waits_4.next = false;
            self.wanted_4.next = false;
        }
        self.verdict_wait.next = self.waits_4.val();
        self.verdict_in_shadow.next = false;
        self.verdict_own.next = false;
        if self.has_s5.val() {
            self.verdict_in_shadow.next = self.redirect.in_shadow.val();
            self.verdict_own.next = self.redirect.owns.val();
        }
        for p in 0..self._ports {
            self.verdict_valid[p].next = self.stages.lookup_4.val()
                & (self.stages.port_4.val() == self.port_identity[p].val());
        }
        self.store.set_x.next = self.decision.set_x.val();
        self.store.clear_y.next = self.decision.clear_y.val();
        self.marked_5.d.next = self.decision.set_x.val() & !self.store.touched.val();
        if self.has_s5.val() {
            self.marked_5.d.next = (self.decision.set_x.val() & !self.store.touched.val())
                | (self.redirect.set_y.val() & !self.store.pending.val());
        }
        self.cleared_5.d.next = self.decision.clear_y.val() & self.store.pending.val();
        self.ended_4.next = self.decision.dropped.val()
            | (self.stages.done_4.val() & self.stages.done_push_4.val());
        if self.has_s5.val() & self.redirect.concerns_4.val() {
            self.ended_4.next = self.decision.dropped.val();
        }
        self.ended_5.d.next = self.ended_4.val();

        self.was_wrong.next = self.store.was_wrong.val();
        self.failed.next = self.store.failed.val();
        self.failed_guest.next = self.stages.guest_5.val();
        self.mirror_enable.next = self.store.mirror_enable.val();
        self.mirror_word.next = self.store.mirror_word.val();
        self.mirror_data.next = self.store.mirror_data.val();

        // Stage 5: what the guest counts, and the copy to be made.
        self.marked_valid.next = self.marked_5.q.val();
        self.marked_guest.next = self.stages.guest_5.val();
        self.cleared_valid.next = false;
        self.push_started.next = false;
        self.push_ended.next = false;
        self.push_event_guest.next = 0.into();
        if self.has_push.val() {
            self.cleared_valid.next = self.cleared_5.q.val();
            self.push_started.next = self.requests.push_started.val();
            self.push_ended.next = self.ended_5.q.val();
            self.push_event_guest.next = self.stages.guest_5.val();
        }
        self.allocate_valid.next = false;
        self.allocate_guest.next = 0.into();
        self.save_valid.next = false;
        self.save_block.next = 0.into();
        self.save_guest.next = 0.into();
        self.save_slot.next = 0.into();
        self.save_ticket.next = 0.into();
        self.save_way.next = 0.into();
        self.background_valid.next = false;
        self.background_block.next = 0.into();
        self.background_guest.next = 0.into();
        self.background_ticket.next = 0.into();
        if self.has_tickets.val() {
            clock!(self, clock, requests);
            for g in 0..self._guests {
                self.requests.ring_used[g].next = self.ring_used[g].val();
            }
            self.requests.allocates.next = self.decision.allocates.val();
            self.requests.merges.next = false;
            self.requests.from_shadow.next = false;
            if self.has_s5.val() {
                self.requests.merges.next = self.redirect.merges.val();
                self.requests.from_shadow.next = self.redirect.from_shadow.val();
            }
            self.requests.ticket.next = self.hazards.next_ticket.val();
            self.requests.wanted.next = self.decision.waits.val();
            self.requests.saves.next = self.decision.saves.val();
            self.requests.guest.next = self.stages.guest_5.val();
            self.requests.block.next = self.stages.block_5.val();
            self.allocate_valid.next = self.requests.slot_taken.val();
            self.allocate_guest.next = self.stages.guest_5.val();
            self.requests.urgent_ready.next = self.save_ready.val();
            self.save_valid.next = self.requests.urgent_valid.val();
            self.save_block.next = self.requests.urgent_block.val();
            self.save_guest.next = self.requests.urgent_guest.val();
            self.save_slot.next = self.requests.urgent_slot.val();
            self.save_ticket.next = self.requests.urgent_ticket.val();
            self.save_way.next = self.requests.urgent_way.val();
            self.requests.background_ready.next = self.background_ready.val();
            self.background_valid.next = self.requests.background_valid.val();
            self.background_block.next = self.requests.background_block.val();
            self.background_guest.next = self.requests.background_guest.val();
            self.background_ticket.next = self.requests.background_ticket.val();
        }

        // Stage 6: answers.
        self.scan_response_valid.next = self.stages.scan_6.val();
        self.peek_response_valid.next = self.stages.peek_6.val();
        self.scan_x.next = self.store.x.val();
        self.scan_y.next = self.store.y.val();
        self.scan_l1.next = self.store.l1.val();
        self.scan_l2.next = self.store.l2.val();
    }
}
