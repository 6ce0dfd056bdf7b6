//! The scrubber: an endless sweep over the block store, and the finder of a word's guest.
//!
//! **Does**: after reset a clearing sweep (`wipe`) over all words, then `ready`; from then on sweep after sweep over the words that lie in
//! a region, as no-operation requests that rewrite them with their guest's epoch. Reads of a word by software (`peek`) take
//! their guest from the region table here, too; a word in no region is read as zeros, without an access.
//! **Latency**: a word is offered a cycle after its region was looked up; one word per cycle when always taken. An offer not taken in
//! time is looked up again, so that its guest is never older than eight cycles.
//! **Ordering**: `sweep_done` follows the taking of a sweep's last word by one cycle, and precedes the step of the next sweep's first word.
//! **Reset**: at word 0, not ready.

use super::constants::{constant, copies, flag};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;

/// Sweeps the block store.
#[derive(Clone, Debug, LogicBlock)]
pub struct Scrubber {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Region r is in use.
    pub region_used: Vec<Signal<In, Bit>>,
    /// Its first granule, counted from MEM_BASE.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Its last granule.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Its guest.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// Software reads a word.
    pub peek_valid: Signal<In, Bit>,
    /// The word to read.
    pub peek_word: Signal<In, Bits<21>>,
    /// The read is taken.
    pub peek_ready: Signal<Out, Bit>,
    /// A word of the sweep is offered.
    pub scrub: Signal<Out, Bit>,
    /// The sweep has waited long: only completions go before the offer.
    pub urgent: Signal<Out, Bit>,
    /// A word to read is offered.
    pub peek: Signal<Out, Bit>,
    /// The word offered.
    pub word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub guest: Signal<Out, Bits<4>>,
    /// It lies in a region.
    pub known: Signal<Out, Bit>,
    /// The sweep is the clearing one.
    pub wipe: Signal<Out, Bit>,
    /// The pipeline takes the offer.
    pub taken: Signal<In, Bit>,
    /// A sweep is complete. A pulse, from a register.
    pub sweep_done: Signal<Out, Bit>,
    /// The block store is clear and in use. A register.
    pub ready: Signal<Out, Bit>,
    pointer: Register<Bits<21>>,
    peek_waiting: Register<Bit>,
    peek_address: Register<Bits<21>>,
    offered: Register<Bit>,
    offer_peeks: Register<Bit>,
    offer_word: Register<Bits<21>>,
    offer_guest: Register<Bits<4>>,
    offer_known: Register<Bit>,
    offer_last: Register<Bit>,
    offer_age: Register<Bits<2>>,
    again: Register<Bit>,
    patience: Register<Bits<4>>,
    done_pulse: Register<Bit>,
    cleared: Register<Bit>,
    granule: Signal<Local, Bits<28>>,
    found: Signal<Local, Bit>,
    guests: OrTree<4>,
    look_word: Signal<Local, Bits<21>>,
    look_peeks: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    takes_last: Signal<Local, Bit>,
    skips_last: Signal<Local, Bit>,
    last_word: Constant<Bits<21>>,
    wide_granule: Constant<Bit>,
    _regions: usize,
}

impl Scrubber {
    /// The scrubber of a configuration.
    pub fn new(config: &Config) -> Self {
        let regions = config.regions as usize;
        let word = || Register::narrow(0.into(), config.word_bits().max(1) as usize);
        Self {
            clock: Signal::default(),
            region_used: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            peek_valid: Signal::default(),
            peek_word: Signal::default(),
            peek_ready: Signal::default(),
            scrub: Signal::default(),
            urgent: Signal::default(),
            peek: Signal::default(),
            word: Signal::default(),
            guest: Signal::default(),
            known: Signal::default(),
            wipe: Signal::default(),
            taken: Signal::default(),
            sweep_done: Signal::default(),
            ready: Signal::default(),
            pointer: word(),
            peek_waiting: Register::default(),
            peek_address: word(),
            offered: Register::default(),
            offer_peeks: Register::default(),
            offer_word: word(),
            offer_guest: Register::narrow(0.into(), clog2(config.guests as usize).max(1)),
            offer_known: Register::default(),
            offer_last: Register::default(),
            offer_age: Register::default(),
            again: Register::default(),
            patience: Register::default(),
            done_pulse: Register::default(),
            cleared: Register::default(),
            granule: Signal::default(),
            found: Signal::default(),
            guests: OrTree::new(regions),
            look_word: Signal::default(),
            look_peeks: Signal::default(),
            load: Signal::default(),
            takes_last: Signal::default(),
            skips_last: Signal::default(),
            last_word: constant(u64::from(config.words()) - 1),
            wide_granule: flag(config.granule_blocks() == 64),
            _regions: regions,
        }
    }
}

impl Logic for Scrubber {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scrubber");
        comment!("Sweeps the words of the block store as no-operation requests, so that no tag grows old; after reset a");
        comment!("clearing sweep (wipe), then ready. Finds the guest of a word, for reads by software (peek) too.");
        comment!("Offers a word a cycle after its look-up; an offer that waits is looked up again within eight cycles.");
        comment!("sweep_done comes the cycle after a sweep's last word is taken. Reset: word 0, not ready.");
        dff_setup!(
            self,
            clock,
            pointer,
            peek_waiting,
            peek_address,
            offered,
            offer_peeks,
            offer_word,
            offer_guest,
            offer_known,
            offer_last,
            offer_age,
            again,
            patience,
            done_pulse,
            cleared
        );
        // The word to look up (regions do not overlap, so at most one guest is found): a stale offer again, a waiting read, or the next of the sweep.
        self.look_peeks.next = self.peek_waiting.q.val() & self.cleared.q.val();
        self.look_word.next = self.pointer.q.val();
        if self.again.q.val() {
            self.look_peeks.next = self.offer_peeks.q.val();
            self.look_word.next = self.offer_word.q.val();
        } else if self.peek_waiting.q.val() & self.cleared.q.val() {
            self.look_word.next = self.peek_address.q.val();
        }
        self.granule.next = bit_cast::<28, 21>(self.look_word.val());
        if self.wide_granule.val() {
            self.granule.next = bit_cast::<28, 21>(self.look_word.val() >> 1);
        }
        self.found.next = false;
        for r in 0..self._regions {
            self.guests.inputs[r].next = 0.into();
            if self.region_used[r].val()
                & (self.granule.val() >= self.region_first[r].val())
                & (self.granule.val() <= self.region_last[r].val())
            {
                self.found.next = true;
                self.guests.inputs[r].next = self.region_guest[r].val();
            }
        }

        // The offer.
        self.scrub.next = self.offered.q.val() & !self.offer_peeks.q.val();
        self.peek.next = self.offered.q.val() & self.offer_peeks.q.val();
        self.word.next = self.offer_word.q.val();
        self.guest.next = self.offer_guest.q.val();
        self.known.next = self.offer_known.q.val();
        self.wipe.next = !self.cleared.q.val();
        self.load.next = self.taken.val() | !self.offered.q.val();
        self.again.d.next = false;
        self.offer_age.d.next = self.offer_age.q.val() + 1;
        self.skips_last.next = false;
        if self.load.val() {
            self.offered.d.next = self.found.val() | self.look_peeks.val() | !self.cleared.q.val();
            self.offer_peeks.d.next = self.look_peeks.val();
            self.offer_word.d.next = self.look_word.val();
            self.offer_guest.d.next = self.guests.merged.val();
            self.offer_known.d.next = self.found.val();
            self.offer_last.d.next =
                !self.look_peeks.val() & (self.look_word.val() == self.last_word.val());
            self.offer_age.d.next = 0.into();
            self.skips_last.next = self.cleared.q.val()
                & !self.look_peeks.val()
                & !self.found.val()
                & (self.look_word.val() == self.last_word.val());
            if !self.again.q.val() {
                if self.look_peeks.val() {
                    self.peek_waiting.d.next = false;
                } else if self.pointer.q.val() == self.last_word.val() {
                    self.pointer.d.next = 0.into();
                } else {
                    self.pointer.d.next = self.pointer.q.val() + 1;
                }
            }
        } else if self.offer_age.q.val() == 3 {
            self.offered.d.next = false;
            self.again.d.next = true;
        }
        self.peek_ready.next = !self.peek_waiting.q.val();
        if self.peek_valid.val() & !self.peek_waiting.q.val() {
            self.peek_waiting.d.next = true;
            self.peek_address.d.next = self.peek_word.val();
        }

        // Ten cycles without a step of the sweep leave it time for one within sixteen, behind a read and a new look-up.
        self.urgent.next = self.patience.q.val().get_bit(3)
            & (self.patience.q.val().get_bit(2) | self.patience.q.val().get_bit(1))
            & self.offered.q.val();
        if self.taken.val() & !self.offer_peeks.q.val() {
            self.patience.d.next = 0.into();
        } else if !self.patience.q.val().all() {
            self.patience.d.next = self.patience.q.val() + 1;
        }

        // The end of a sweep.
        self.takes_last.next =
            self.taken.val() & self.offer_last.q.val() & !self.offer_peeks.q.val();
        self.done_pulse.d.next =
            self.cleared.q.val() & (self.takes_last.val() | self.skips_last.val());
        if self.takes_last.val() {
            self.cleared.d.next = true;
        }
        self.sweep_done.next = self.done_pulse.q.val();
        self.ready.next = self.cleared.q.val();
    }
}
