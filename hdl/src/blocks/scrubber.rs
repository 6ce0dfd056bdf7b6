//! The scrubber: an endless sweep over the block store, and the finder of a word's guest.
//!
//! **Does**: after reset a clearing sweep (`wipe`) over all words, then `ready`; from then on sweep after sweep over the words that lie in
//! a region, as no-operation requests that rewrite them with their guest's epoch. Reads of a word by software (`peek`) take
//! their guest from the region table here, too; a word in no region is read as zeros, without an access.
//! **Latency**: a word is offered two cycles after its address is compared with the regions; one word per cycle when always taken.
//! A word not taken in time is looked up again, so that its guest is never older than eight cycles.
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
    next_word: Register<Bits<21>>,
    look_word: Register<Bits<21>>,
    peek_waiting: Register<Bit>,
    peek_looked: Register<Bit>,
    peek_address: Register<Bits<21>>,
    looked: Register<Bit>,
    looked_peeks: Register<Bit>,
    looked_word: Register<Bits<21>>,
    looked_regions: Vec<Register<Bit>>,
    held: Register<Bit>,
    held_peeks: Register<Bit>,
    held_word: Register<Bits<21>>,
    held_guest: Register<Bits<4>>,
    held_known: Register<Bit>,
    held_last: Register<Bit>,
    held_age: Register<Bits<2>>,
    patience: Register<Bits<6>>,
    done_pulse: Register<Bit>,
    cleared: Register<Bit>,
    look_peeks: Signal<Local, Bit>,
    address: Signal<Local, Bits<21>>,
    granule: Signal<Local, Bits<28>>,
    found: Signal<Local, Bit>,
    guests: OrTree<4>,
    offered: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    stale: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
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
            next_word: word(),
            look_word: word(),
            peek_waiting: Register::default(),
            peek_looked: Register::default(),
            peek_address: word(),
            looked: Register::default(),
            looked_peeks: Register::default(),
            looked_word: word(),
            looked_regions: copies(regions),
            held: Register::default(),
            held_peeks: Register::default(),
            held_word: word(),
            held_guest: Register::narrow(0.into(), clog2(config.guests as usize).max(1)),
            held_known: Register::default(),
            held_last: Register::default(),
            held_age: Register::default(),
            patience: Register::default(),
            done_pulse: Register::default(),
            cleared: Register::default(),
            look_peeks: Signal::default(),
            address: Signal::default(),
            granule: Signal::default(),
            found: Signal::default(),
            guests: OrTree::new(regions),
            offered: Signal::default(),
            leaves: Signal::default(),
            moves: Signal::default(),
            stale: Signal::default(),
            ends: Signal::default(),
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
        comment!("One word per cycle; a word that waits is looked up again, so that its guest is never older than eight cycles.");
        comment!("sweep_done comes the cycle after a sweep's last word is taken. Reset: word 0, not ready.");
        dff_setup!(
            self,
            clock,
            next_word,
            look_word,
            peek_waiting,
            peek_looked,
            peek_address,
            looked,
            looked_peeks,
            looked_word,
            held,
            held_peeks,
            held_word,
            held_guest,
            held_known,
            held_last,
            held_age,
            patience,
            done_pulse,
            cleared
        );
        // What happens to the word held: it is taken, or it is of no interest, or its guest grows old.
        self.offered.next = self.held.q.val()
            & (self.held_known.q.val() | self.held_peeks.q.val() | !self.cleared.q.val());
        self.leaves.next = self.taken.val() | (self.held.q.val() & !self.offered.val());
        self.moves.next = self.leaves.val() | !self.held.q.val();
        self.stale.next = self.held.q.val() & !self.moves.val() & self.held_age.q.val().all();

        // The look-up: a waiting read, or the next word of the sweep.
        self.look_peeks.next =
            self.peek_waiting.q.val() & !self.peek_looked.q.val() & self.cleared.q.val();
        self.address.next = self.look_word.q.val();
        if self.look_peeks.val() {
            self.address.next = self.peek_address.q.val();
        }
        self.granule.next = bit_cast::<28, 21>(self.address.val());
        if self.wide_granule.val() {
            self.granule.next = bit_cast::<28, 21>(self.address.val() >> 1);
        }
        if self.moves.val() | !self.looked.q.val() {
            self.looked.d.next = true;
            self.looked_peeks.d.next = self.look_peeks.val();
            self.looked_word.d.next = self.address.val();
            if self.look_peeks.val() {
                self.peek_looked.d.next = true;
            } else {
                self.look_word.d.next = self.look_word.q.val() + 1;
                if self.look_word.q.val() == self.last_word.val() {
                    self.look_word.d.next = 0.into();
                }
            }
        }
        // Regions do not overlap, so at most one has the word.
        self.found.next = false;
        for r in 0..self._regions {
            self.looked_regions[r].clock.next = self.clock.val();
            self.looked_regions[r].d.next = self.looked_regions[r].q.val();
            if self.moves.val() | !self.looked.q.val() {
                self.looked_regions[r].d.next = self.region_used[r].val()
                    & (self.granule.val() >= self.region_first[r].val())
                    & (self.granule.val() <= self.region_last[r].val());
            }
            self.guests.inputs[r].next = 0.into();
            if self.looked_regions[r].q.val() {
                self.found.next = true;
                self.guests.inputs[r].next = self.region_guest[r].val();
            }
        }

        // The word held and offered.
        self.held_age.d.next = self.held_age.q.val() + 1;
        if self.moves.val() {
            self.held.d.next = self.looked.q.val();
            self.held_peeks.d.next = self.looked_peeks.q.val();
            self.held_word.d.next = self.looked_word.q.val();
            self.held_guest.d.next = self.guests.merged.val();
            self.held_known.d.next = self.found.val();
            self.held_last.d.next = self.looked_word.q.val() == self.last_word.val();
            self.held_age.d.next = 0.into();
        }
        self.ends.next = self.leaves.val() & !self.held_peeks.q.val() & self.held_last.q.val();
        if self.leaves.val() & !self.held_peeks.q.val() {
            self.next_word.d.next = self.held_word.q.val() + 1;
            if self.held_last.q.val() {
                self.next_word.d.next = 0.into();
            }
        }
        if self.stale.val() {
            self.held.d.next = false;
            self.looked.d.next = false;
            self.peek_looked.d.next = false;
            self.look_word.d.next = self.next_word.q.val();
        }
        self.scrub.next = self.offered.val() & !self.held_peeks.q.val();
        self.peek.next = self.offered.val() & self.held_peeks.q.val();
        self.word.next = self.held_word.q.val();
        self.guest.next = self.held_guest.q.val();
        self.known.next = self.held_known.q.val();
        self.wipe.next = !self.cleared.q.val();

        // A read waits until it is taken.
        self.peek_ready.next = !self.peek_waiting.q.val();
        if self.taken.val() & self.held_peeks.q.val() {
            self.peek_waiting.d.next = false;
            self.peek_looked.d.next = false;
        }
        if self.peek_valid.val() & !self.peek_waiting.q.val() {
            self.peek_waiting.d.next = true;
            self.peek_address.d.next = self.peek_word.val();
        }

        // 56 cycles without a step of the sweep leave it time for one within 64, behind a read and a new look-up.
        self.urgent.next = self.offered.val()
            & self.patience.q.val().get_bit(5)
            & self.patience.q.val().get_bit(4)
            & self.patience.q.val().get_bit(3);
        if self.leaves.val() & !self.held_peeks.q.val() {
            self.patience.d.next = 0.into();
        } else if !self.patience.q.val().all() {
            self.patience.d.next = self.patience.q.val() + 1;
        }

        // The end of a sweep.
        self.done_pulse.d.next = self.cleared.q.val() & self.ends.val();
        if self.ends.val() {
            self.cleared.d.next = true;
        }
        self.sweep_done.next = self.done_pulse.q.val();
        self.ready.next = self.cleared.q.val();
    }
}
