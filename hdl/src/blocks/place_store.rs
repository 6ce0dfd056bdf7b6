//! Where the blocks of S5 guests are: a second copy of the block store's planes, read by the read ports.
//!
//! **Does**: takes every write of the block store and answers look-ups of the read ports: the place of each of the 32 blocks of a word, by the epoch rule
//! of S5 (X xor Y if the tag is the epoch or its outcome is committed, X if it was rolled back; 0 system memory, 1 shadow), and whether the blocks
//! `first` to `last` of the word all lie in one place. One look-up per cycle, round robin among the ports. **Latency**: the answer stands in the second
//! cycle after the grant, for that cycle; with `Config::early_places` in the first. **Order**: a look-up sees every write of the block store up to the one of its own cycle. The epoch is sampled a cycle after
//! the word, so that no tag is newer than it. **Errors**: with error correction a flipped bit is put right; of a
//! word with two `failed` tells, and the answer is what it is: the read that asked becomes an error. The block store's next write of the word, the scrubber's at the latest, makes it right.
//! **Reset**: the memory is undefined until the block store's clearing sweep has written it.

use super::constants::{constant, copies, flag, identities};
use super::or_tree::OrTree;
use super::protected_ram::ProtectedRam;
use super::round_robin::RoundRobin;
use crate::prelude::*;
use mch_spec::config::Config;

/// Places of all blocks, with a look-up port shared by the read ports.
#[derive(Clone, Debug, LogicBlock)]
pub struct PlaceStore {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The block store writes a word.
    pub write_enable: Signal<In, Bit>,
    /// The word.
    pub write_word: Signal<In, Bits<21>>,
    /// Plane X [31:0], plane Y [63:32], tag [69:64].
    pub write_data: Signal<In, Bits<70>>,
    /// Per guest: its epoch, k bits.
    pub epoch: Vec<Signal<In, Bits<6>>>,
    /// Per guest: the outcome (1 committed) of each of its epoch values, 2^k bits.
    pub outcomes: Vec<Signal<In, Bits<64>>>,
    /// Per port: a look-up is asked for.
    pub request: Vec<Signal<In, Bit>>,
    /// The word.
    pub word: Vec<Signal<In, Bits<21>>>,
    /// Its guest.
    pub guest: Vec<Signal<In, Bits<4>>>,
    /// The first block of interest in the word.
    pub first: Vec<Signal<In, Bits<5>>>,
    /// The last one.
    pub last: Vec<Signal<In, Bits<5>>>,
    /// More blocks of the next word are of interest, too.
    pub beyond: Vec<Signal<In, Bit>>,
    /// The look-up is taken.
    pub grant: Vec<Signal<Out, Bit>>,
    /// Two cycles after a grant, one with `Config::early_places`: a bit per block of the word, 1 in the shadow.
    pub places: Signal<Out, Bits<32>>,
    /// All blocks of interest lie in one place and none lies in the next word.
    pub whole: Signal<Out, Bit>,
    /// With `whole`: that place is the shadow.
    pub in_shadow: Signal<Out, Bit>,
    /// With the answer: a bit of the word was wrong. With error correction.
    pub was_wrong: Signal<Out, Bit>,
    /// With the answer: more bits of the word are wrong than can be put right.
    pub failed: Signal<Out, Bit>,
    /// With the answer: the guest that asked.
    pub failed_guest: Signal<Out, Bits<4>>,
    turn: RoundRobin,
    memory: Maybe<BlockRam<Bits<70>, 21>>,
    found: Signal<Local, Bits<70>>,
    found_2: Register<Bits<70>>,
    word_now: Signal<Local, Bits<70>>,
    x: Signal<Local, Bits<32>>,
    moved: Signal<Local, Bits<32>>,
    x_away: Signal<Local, Bit>,
    moved_away: Signal<Local, Bit>,
    safe_memory: Maybe<ProtectedRam<70, 21>>,
    asked_1: Register<Bit>,
    asked_2: Register<Bit>,
    guest_2: Register<Bits<4>>,
    has_correction: Constant<Bit>,
    is_early: Constant<Bit>,
    words: OrTree<21>,
    guests: OrTree<4>,
    firsts: OrTree<5>,
    lasts: OrTree<5>,
    beyonds: OrTree<1>,
    epochs: OrTree<6>,
    histories: OrTree<64>,
    requests: OrTree<16>,
    guest_1: Register<Bits<4>>,
    first_1: Register<Bits<5>>,
    last_1: Register<Bits<5>>,
    beyond_1: Register<Bit>,
    writes_1: Register<Bit>,
    write_word_1: Register<Bits<21>>,
    word_1: Register<Bits<21>>,
    collided_1: Signal<Local, Bit>,
    written_1: Register<Bits<70>>,
    outcomes_2: Register<Bits<64>>,
    mask_2: Register<Bits<32>>,
    beyond_2: Register<Bit>,
    collided_2: Register<Bit>,
    written_2: Register<Bits<70>>,
    outcomes_now: Signal<Local, Bits<64>>,
    mask_now: Signal<Local, Bits<32>>,
    beyond_now: Signal<Local, Bit>,
    tag: Signal<Local, Bits<6>>,
    counts: Signal<Local, Bit>,
    agree: Signal<Local, Bit>,
    port_bits: Vec<Constant<Bits<16>>>,
    identity: Vec<Constant<Bits<4>>>,
    _ports: usize,
    _guests: usize,
}

impl PlaceStore {
    /// The place store of a configuration.
    pub fn new(config: &Config) -> Self {
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        let width = 64 + config.epoch_bits as usize;
        let epoch = config.epoch_bits as usize;
        let word = clog2(config.words() as usize).max(1);
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_word: Signal::default(),
            write_data: Signal::default(),
            epoch: copies(guests),
            outcomes: copies(guests),
            request: copies(ports),
            word: copies(ports),
            guest: copies(ports),
            first: copies(ports),
            last: copies(ports),
            beyond: copies(ports),
            grant: copies(ports),
            places: Signal::default(),
            whole: Signal::default(),
            in_shadow: Signal::default(),
            turn: RoundRobin::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            failed_guest: Signal::default(),
            memory: Maybe::new(
                BlockRam::narrow(config.words() as usize, width),
                !config.error_correction,
            ),
            found: Signal::default(),
            found_2: Register::narrow_without_reset(width),
            word_now: Signal::default(),
            x: Signal::default(),
            moved: Signal::default(),
            x_away: Signal::default(),
            moved_away: Signal::default(),
            safe_memory: Maybe::new(
                ProtectedRam::narrow(config.words() as usize, width),
                config.error_correction,
            ),
            asked_1: Register::default(),
            asked_2: Register::default(),
            guest_2: Register::narrow_without_reset(clog2(guests).max(1)),
            has_correction: flag(config.error_correction),
            is_early: flag(config.early_places()),
            words: OrTree::new(ports),
            guests: OrTree::new(ports),
            firsts: OrTree::new(ports),
            lasts: OrTree::new(ports),
            beyonds: OrTree::new(ports),
            epochs: OrTree::new(guests),
            histories: OrTree::new(guests),
            requests: OrTree::new(ports),
            guest_1: Register::narrow_without_reset(clog2(guests).max(1)),
            first_1: Register::without_reset(),
            last_1: Register::without_reset(),
            beyond_1: Register::without_reset(),
            writes_1: Register::without_reset(),
            write_word_1: Register::narrow_without_reset(word),
            word_1: Register::narrow_without_reset(word),
            collided_1: Signal::default(),
            written_1: Register::narrow_without_reset(width),
            outcomes_2: Register::narrow_without_reset(1 << epoch),
            mask_2: Register::without_reset(),
            beyond_2: Register::without_reset(),
            collided_2: Register::without_reset(),
            written_2: Register::narrow_without_reset(width),
            outcomes_now: Signal::default(),
            mask_now: Signal::default(),
            beyond_now: Signal::default(),
            tag: Signal::default(),
            counts: Signal::default(),
            agree: Signal::default(),
            port_bits: (0..ports).map(|p| constant(1 << p)).collect(),
            identity: identities(guests),
            _ports: ports,
            _guests: guests,
        }
    }
}

impl Logic for PlaceStore {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: place_store");
        comment!("A second copy of the block store, for the read ports: which of a word's 32 blocks lie in the shadow, by the");
        comment!("epoch rule of S5, and whether those of interest lie in one place. One look-up per cycle, round robin; the answer");
        comment!("stands two cycles after the grant and knows every write up to the one in the cycle of the grant.");
        comment!("A number that ends a name is the cycle after the grant it belongs to.");
        dff_setup!(
            self,
            clock,
            guest_1,
            first_1,
            last_1,
            beyond_1,
            writes_1,
            write_word_1,
            word_1,
            written_1,
            outcomes_2,
            mask_2,
            beyond_2,
            collided_2,
            written_2,
            found_2
        );
        dff_setup!(self, clock, asked_1, asked_2, guest_2);
        clock!(self, clock, turn, memory, safe_memory);

        // Whose turn it is.
        for p in 0..self._ports {
            self.requests.inputs[p].next = 0.into();
            if self.request[p].val() {
                self.requests.inputs[p].next = self.port_bits[p].val();
            }
        }
        self.turn.requests.next = self.requests.merged.val();
        self.turn.advance.next = true;
        for p in 0..self._ports {
            self.grant[p].next = self.turn.grant.val().get_bit(p);
            self.words.inputs[p].next = 0.into();
            self.guests.inputs[p].next = 0.into();
            self.firsts.inputs[p].next = 0.into();
            self.lasts.inputs[p].next = 0.into();
            self.beyonds.inputs[p].next = 0.into();
            if self.turn.grant.val().get_bit(p) {
                self.words.inputs[p].next = self.word[p].val();
                self.guests.inputs[p].next = self.guest[p].val();
                self.firsts.inputs[p].next = self.first[p].val();
                self.lasts.inputs[p].next = self.last[p].val();
                if self.beyond[p].val() {
                    self.beyonds.inputs[p].next = 1.into();
                }
            }
        }
        self.memory.write_enable.next = self.write_enable.val();
        self.memory.write_address.next = self.write_word.val();
        self.memory.write_data.next = self.write_data.val();
        self.memory.read_enable.next = self.requests.merged.val().any();
        self.memory.read_address.next = self.words.merged.val();
        self.safe_memory.write_enable.next = self.write_enable.val();
        self.safe_memory.write_address.next = self.write_word.val();
        self.safe_memory.write_data.next = self.write_data.val();
        self.safe_memory.read_enable.next = self.requests.merged.val().any();
        self.safe_memory.read_address.next = self.words.merged.val();
        self.writes_1.d.next = self.write_enable.val();
        self.write_word_1.d.next = self.write_word.val();
        self.word_1.d.next = self.words.merged.val();
        self.written_1.d.next = self.write_data.val();
        self.guest_1.d.next = self.guests.merged.val();
        self.first_1.d.next = self.firsts.merged.val();
        self.last_1.d.next = self.lasts.merged.val();
        self.beyond_1.d.next = self.beyonds.merged.val().any();

        // The guest's epoch and the blocks of interest.
        for g in 0..self._guests {
            self.epochs.inputs[g].next = 0.into();
            self.histories.inputs[g].next = 0.into();
            if self.guest_1.q.val() == self.identity[g].val() {
                self.epochs.inputs[g].next = self.epoch[g].val();
                self.histories.inputs[g].next = self.outcomes[g].val();
            }
        }
        // What carries the epoch itself counts as what was committed.
        self.outcomes_2.d.next =
            self.histories.merged.val() | (bits::<64>(1) << self.epochs.merged.val());
        self.mask_2.d.next = (bits::<32>(0xffff_ffff_u64) << self.first_1.q.val())
            & !((bits::<32>(0xffff_fffe_u64)) << self.last_1.q.val());
        self.beyond_2.d.next = self.beyond_1.q.val();
        self.collided_1.next =
            self.writes_1.q.val() & (self.write_word_1.q.val() == self.word_1.q.val());
        self.collided_2.d.next = self.collided_1.val();

        self.written_2.d.next = self.written_1.q.val();

        // The word, or what was written in the cycle of the grant; with it what stands beside it in its cycle.
        self.was_wrong.next = false;
        self.failed.next = false;
        self.failed_guest.next = 0.into();
        if self.has_correction.val() {
            self.asked_1.d.next = self.requests.merged.val().any();
            self.asked_2.d.next = self.asked_1.q.val();
            self.guest_2.d.next = self.guest_1.q.val();
            self.found.next = self.safe_memory.read_data.val();
            if self.collided_2.q.val() {
                self.found.next = self.written_2.q.val();
            } else if self.asked_2.q.val() {
                self.was_wrong.next = self.safe_memory.was_wrong.val();
                self.failed.next = self.safe_memory.failed.val();
            }
            self.failed_guest.next = self.guest_2.q.val();
        } else {
            self.found.next = self.memory.read_data.val();
            if self.collided_1.val() {
                self.found.next = self.written_1.q.val();
            }
        }
        self.found_2.d.next = self.found.val();
        if self.has_correction.val() {
            self.word_now.next = self.found.val();
        } else {
            self.word_now.next = self.found_2.q.val();
        }
        self.outcomes_now.next = self.outcomes_2.q.val();
        self.mask_now.next = self.mask_2.q.val();
        self.beyond_now.next = self.beyond_2.q.val();
        if self.is_early.val() {
            self.word_now.next = self.found.val();
            self.outcomes_now.next = self.outcomes_2.d.val();
            self.mask_now.next = self.mask_2.d.val();
            self.beyond_now.next = self.beyond_1.q.val();
        }

        // Y counts unless its interval was rolled back. The word is looked at both ways, side by side: what its tag says comes late.
        self.tag.next = self.word_now.val().get_bits::<6>(64);
        self.counts.next = self.outcomes_now.val().get_bit(self.tag.val().index());
        self.x.next = self.word_now.val().get_bits::<32>(0);
        self.moved.next = self.x.val() ^ self.word_now.val().get_bits::<32>(32);
        self.x_away.next = !(!self.x.val() & self.mask_now.val()).any();
        self.moved_away.next = !(!self.moved.val() & self.mask_now.val()).any();
        if self.counts.val() {
            self.places.next = self.moved.val();
            self.in_shadow.next = self.moved_away.val();
            self.agree.next =
                self.moved_away.val() | !(self.moved.val() & self.mask_now.val()).any();
        } else {
            self.places.next = self.x.val();
            self.in_shadow.next = self.x_away.val();
            self.agree.next = self.x_away.val() | !(self.x.val() & self.mask_now.val()).any();
        }
        self.whole.next = self.agree.val() & !self.beyond_now.val();
    }
}
