//! The block store: planes X and Y and a tag for every 32 blocks, read by the epoch rule, with its summary.
//!
//! **Does**: every access is one atomic step: read the word, normalise it for the epoch of its guest, modify it, write it back with
//! tag := epoch, and set or clear its summary bits. A word whose tag t is not the epoch is read by the outcome of t alone: S4: (0, X) if
//! committed, (0, Y) if rolled back; S5: (X xor Y, 0) if committed, (X, 0) if rolled back; otherwise (0, 0).
//! **Latency**: a request at stage 1; `touched` and `pending` (the block's bits before the step) and the modification at stage 4; the word
//! after the step and its summary words at stage 6. A request per cycle.
//! **Ordering**: an access sees the effect of every earlier one, in consecutive cycles too. The epoch of an access is the one given with it.
//! **Errors**: with error correction a flipped bit of a word or of its summary is put right; where two have flipped the word is taken as it is (`failed`),
//! a summary word as all ones, which a sweep makes exact again.
//! **Reset**: the memories are undefined; a sweep of `wipe` over all words clears them. Without an access x and y read 0.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::{constant, flag};
use super::protected_ram::ProtectedRam;
use super::summary_store::SummaryStore;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Planes, tags and summary of all blocks.
#[derive(Clone, Debug, LogicBlock)]
pub struct BlockStore {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 1: a word is accessed.
    pub access: Signal<In, Bit>,
    /// Stage 1: the block; its word is block / 32.
    pub block: Signal<In, Bits<26>>,
    /// Stage 1: the epoch of the word's guest, k bits.
    pub epoch: Signal<In, Bits<6>>,
    /// Stage 1: the outcome (1 committed) of each epoch value, 2^k bits.
    pub outcomes: Signal<In, Bits<64>>,
    /// Stage 1: the guest's strategy, 1..6.
    pub strategy: Signal<In, Bits<3>>,
    /// Stage 1: the whole word becomes `fill_x`, `fill_y` in every bit.
    pub fill: Signal<In, Bit>,
    /// Stage 1: the value of plane X in a fill.
    pub fill_x: Signal<In, Bit>,
    /// Stage 1: the value of plane Y in a fill.
    pub fill_y: Signal<In, Bit>,
    /// Stage 1: with a fill of zeros, the summary words become zero as a whole.
    pub wipe: Signal<In, Bit>,
    /// Stage 4: sets the block's bit in plane X.
    pub set_x: Signal<In, Bit>,
    /// Stage 4: sets the block's bit in plane Y. With S5.
    pub set_y: Signal<In, Bit>,
    /// Stage 4: clears the block's bit in plane Y.
    pub clear_y: Signal<In, Bit>,
    /// Stage 4: the block's bit in plane X before the step.
    pub touched: Signal<Out, Bit>,
    /// Stage 4: the block's bit in plane Y before the step.
    pub pending: Signal<Out, Bit>,
    /// Stage 6: plane X of the word after the step.
    pub x: Signal<Out, Bits<32>>,
    /// Stage 6: plane Y of the word after the step.
    pub y: Signal<Out, Bits<32>>,
    /// Stage 6: the L1 word that covers the word.
    pub l1: Signal<Out, Bits<32>>,
    /// Stage 6: the L2 word that covers the word.
    pub l2: Signal<Out, Bits<32>>,
    /// Stage 5: a word is written. With S5.
    pub mirror_enable: Signal<Out, Bit>,
    /// Stage 5: that word.
    pub mirror_word: Signal<Out, Bits<21>>,
    /// Stage 5: plane X [31:0], plane Y [63:32], tag [69:64].
    pub mirror_data: Signal<Out, Bits<70>>,
    /// Stage 5: a bit of the word was wrong, of its L1 word [1], of its L2 word [2]. With error correction.
    pub was_wrong: Signal<Out, Bits<3>>,
    /// Stage 5: the same, of what could not be put right.
    pub failed: Signal<Out, Bits<3>>,
    memory: Maybe<BlockRam<Bits<70>, 21>>,
    safe_memory: Maybe<ProtectedRam<70, 21>>,
    read_3: Signal<Local, Bits<70>>,
    written_5: Signal<Local, Bits<70>>,
    fresh_3: Signal<Local, Bit>,
    was_wrong_4: Register<Bit>,
    failed_4: Register<Bit>,
    was_wrong_5: Register<Bit>,
    failed_5: Register<Bit>,
    has_correction: Constant<Bit>,
    summary: Maybe<SummaryStore>,
    has_summary: Constant<Bit>,
    access_2: Register<Bit>,
    block_2: Register<Bits<26>>,
    epoch_2: Register<Bits<6>>,
    outcomes_2: Register<Bits<64>>,
    rule_s4_2: Register<Bit>,
    rule_s5_2: Register<Bit>,
    fill_2: Register<Bit>,
    fill_x_2: Register<Bit>,
    fill_y_2: Register<Bit>,
    wipe_2: Register<Bit>,
    access_3: Register<Bit>,
    block_3: Register<Bits<26>>,
    epoch_3: Register<Bits<6>>,
    outcomes_3: Register<Bits<64>>,
    rule_s4_3: Register<Bit>,
    rule_s5_3: Register<Bit>,
    fill_3: Register<Bit>,
    fill_x_3: Register<Bit>,
    fill_y_3: Register<Bit>,
    wipe_3: Register<Bit>,
    first_behind_3: Register<Bit>,
    second_behind_3: Register<Bit>,
    third_behind_3: Register<Bit>,
    fourth_behind_3: Register<Bit>,
    stored_x_3: Signal<Local, Bits<32>>,
    stored_y_3: Signal<Local, Bits<32>>,
    stored_tag_3: Signal<Local, Bits<6>>,
    committed_3: Signal<Local, Bit>,
    access_4: Register<Bit>,
    word_4: Register<Bits<21>>,
    mask_4: Register<Bits<32>>,
    epoch_4: Register<Bits<6>>,
    rule_s4_4: Register<Bit>,
    rule_s5_4: Register<Bit>,
    fill_4: Register<Bit>,
    fill_x_4: Register<Bit>,
    fill_y_4: Register<Bit>,
    wipe_4: Register<Bit>,
    x_4: Register<Bits<32>>,
    y_4: Register<Bits<32>>,
    first_behind_4: Register<Bit>,
    first_is_stale_4: Register<Bit>,
    first_committed_4: Register<Bit>,
    touched_source_4: Register<Bits<3>>,
    pending_source_4: Register<Bits<3>>,
    mask_3: Signal<Local, Bits<32>>,
    stored_x_bit_3: Signal<Local, Bit>,
    stored_y_bit_3: Signal<Local, Bit>,
    was_x_4: Register<Bit>,
    was_y_4: Register<Bit>,
    is_same_block_4: Signal<Local, Bit>,
    ahead_x_4: Register<Bit>,
    ahead_y_4: Register<Bit>,
    now_x_4: Signal<Local, Bits<32>>,
    now_y_4: Signal<Local, Bits<32>>,
    kept_y_4: Signal<Local, Bits<32>>,
    next_x_4: Signal<Local, Bits<32>>,
    next_y_4: Signal<Local, Bits<32>>,
    access_5: Register<Bit>,
    word_5: Register<Bits<21>>,
    epoch_5: Register<Bits<6>>,
    x_5: Register<Bits<32>>,
    y_5: Register<Bits<32>>,
    dirty_5: Signal<Local, Bit>,
    wipe_5: Register<Bit>,
    access_6: Register<Bit>,
    word_6: Register<Bits<21>>,
    epoch_6: Register<Bits<6>>,
    epoch_7: Register<Bits<6>>,
    x_6: Register<Bits<32>>,
    x_7: Register<Bits<32>>,
    y_6: Register<Bits<32>>,
    y_7: Register<Bits<32>>,
    s4: Constant<Bits<3>>,
    s5: Constant<Bits<3>>,
    has_s4: Constant<Bit>,
    has_s5: Constant<Bit>,
    has_y: Constant<Bit>,
}

impl BlockStore {
    /// The block store of a configuration.
    pub fn new(config: &Config) -> Self {
        let has_y = config.plane_y();
        let epoch_bits = config.epoch_bits as usize;
        let width = if has_y { 64 } else { 32 } + epoch_bits;
        let block = || Register::narrow_without_reset(config.block_bits() as usize);
        let word = || Register::narrow_without_reset(config.word_bits().max(1) as usize);
        let epoch = || Register::narrow_without_reset(epoch_bits);
        let outcomes = || Register::narrow_without_reset(1 << epoch_bits);
        Self {
            clock: Signal::default(),
            access: Signal::default(),
            block: Signal::default(),
            epoch: Signal::default(),
            outcomes: Signal::default(),
            strategy: Signal::default(),
            fill: Signal::default(),
            fill_x: Signal::default(),
            fill_y: Signal::default(),
            wipe: Signal::default(),
            set_x: Signal::default(),
            set_y: Signal::default(),
            clear_y: Signal::default(),
            touched: Signal::default(),
            pending: Signal::default(),
            x: Signal::default(),
            y: Signal::default(),
            l1: Signal::default(),
            l2: Signal::default(),
            mirror_enable: Signal::default(),
            mirror_word: Signal::default(),
            mirror_data: Signal::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            memory: Maybe::new(
                BlockRam::narrow(config.words() as usize, width).registered(),
                !config.error_correction,
            ),
            safe_memory: Maybe::new(
                ProtectedRam::narrow(config.words() as usize, width),
                config.error_correction,
            ),
            read_3: Signal::default(),
            written_5: Signal::default(),
            fresh_3: Signal::default(),
            was_wrong_4: Register::default(),
            failed_4: Register::default(),
            was_wrong_5: Register::default(),
            failed_5: Register::default(),
            has_correction: flag(config.error_correction),
            summary: Maybe::new(SummaryStore::new(config), config.scans()),
            has_summary: flag(config.scans()),
            access_2: Register::default(),
            block_2: block(),
            epoch_2: epoch(),
            outcomes_2: outcomes(),
            rule_s4_2: Register::without_reset(),
            rule_s5_2: Register::without_reset(),
            fill_2: Register::without_reset(),
            fill_x_2: Register::without_reset(),
            fill_y_2: Register::without_reset(),
            wipe_2: Register::without_reset(),
            access_3: Register::default(),
            block_3: block(),
            epoch_3: epoch(),
            outcomes_3: outcomes(),
            rule_s4_3: Register::without_reset(),
            rule_s5_3: Register::without_reset(),
            fill_3: Register::without_reset(),
            fill_x_3: Register::without_reset(),
            fill_y_3: Register::without_reset(),
            wipe_3: Register::without_reset(),
            first_behind_3: Register::without_reset(),
            second_behind_3: Register::without_reset(),
            third_behind_3: Register::without_reset(),
            fourth_behind_3: Register::without_reset(),
            stored_x_3: Signal::default(),
            stored_y_3: Signal::default(),
            stored_tag_3: Signal::default(),
            committed_3: Signal::default(),
            access_4: Register::default(),
            word_4: word(),
            mask_4: Register::without_reset(),
            epoch_4: epoch(),
            rule_s4_4: Register::without_reset(),
            rule_s5_4: Register::without_reset(),
            fill_4: Register::without_reset(),
            fill_x_4: Register::without_reset(),
            fill_y_4: Register::without_reset(),
            wipe_4: Register::without_reset(),
            x_4: Register::without_reset(),
            y_4: Register::without_reset(),
            first_behind_4: Register::without_reset(),
            first_is_stale_4: Register::without_reset(),
            first_committed_4: Register::without_reset(),
            touched_source_4: Register::without_reset(),
            pending_source_4: Register::without_reset(),
            mask_3: Signal::default(),
            stored_x_bit_3: Signal::default(),
            stored_y_bit_3: Signal::default(),
            was_x_4: Register::without_reset(),
            was_y_4: Register::without_reset(),
            is_same_block_4: Signal::default(),
            ahead_x_4: Register::without_reset(),
            ahead_y_4: Register::without_reset(),
            now_x_4: Signal::default(),
            now_y_4: Signal::default(),
            kept_y_4: Signal::default(),
            next_x_4: Signal::default(),
            next_y_4: Signal::default(),
            access_5: Register::default(),
            word_5: word(),
            epoch_5: epoch(),
            x_5: Register::without_reset(),
            y_5: Register::without_reset(),
            dirty_5: Signal::default(),
            wipe_5: Register::without_reset(),
            access_6: Register::default(),
            word_6: word(),
            epoch_6: epoch(),
            epoch_7: epoch(),
            x_6: Register::without_reset(),
            x_7: Register::without_reset(),
            y_6: Register::without_reset(),
            y_7: Register::without_reset(),
            s4: constant(Strategy::S4.number().into()),
            s5: constant(Strategy::S5.number().into()),
            has_s4: flag(config.has(Strategy::S4)),
            has_s5: flag(config.has(Strategy::S5)),
            has_y: flag(has_y),
        }
    }
}

impl Logic for BlockStore {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: block_store");
        comment!("Planes X and Y and a tag for every word of 32 blocks, and their summary. Each access reads its word,");
        comment!("normalises it by the epoch rule, modifies it and writes it back with the epoch as its tag, as one step.");
        comment!("Request at stage 1; touched, pending and the modification at stage 4; the word after the step and its");
        comment!("summary words at stage 6 (0 without an access). One access per cycle, each sees all earlier ones.");
        comment!("The memories are undefined after reset: a sweep of wiping fills over all words clears them.");
        comment!("A number that ends a name is the stage of the pipeline it belongs to.");
        dff_setup!(
            self,
            clock,
            access_2,
            block_2,
            epoch_2,
            outcomes_2,
            rule_s4_2,
            rule_s5_2,
            fill_2,
            fill_x_2,
            fill_y_2,
            wipe_2,
            access_3,
            block_3,
            epoch_3,
            outcomes_3,
            rule_s4_3,
            rule_s5_3,
            fill_3,
            fill_x_3,
            fill_y_3,
            wipe_3,
            first_behind_3,
            second_behind_3,
            third_behind_3,
            fourth_behind_3,
            access_4,
            word_4,
            mask_4,
            was_x_4,
            was_y_4,
            ahead_x_4,
            ahead_y_4,
            epoch_4,
            rule_s4_4,
            rule_s5_4,
            fill_4,
            fill_x_4,
            fill_y_4,
            wipe_4,
            x_4,
            y_4,
            first_behind_4,
            first_is_stale_4,
            first_committed_4,
            touched_source_4,
            pending_source_4,
            access_5,
            word_5,
            epoch_5,
            x_5,
            y_5,
            wipe_5,
            access_6,
            word_6,
            epoch_6,
            epoch_7,
            x_6,
            x_7,
            y_6,
            y_7
        );
        dff_setup!(self, clock, was_wrong_4, failed_4, was_wrong_5, failed_5);
        clock!(self, clock, memory, safe_memory, summary);

        // Stage 1: the address goes to the memory.
        self.memory.read_enable.next = self.access.val();
        self.memory.read_address.next = self.block.val().get_bits::<21>(5);
        self.safe_memory.read_enable.next = self.access.val();
        self.safe_memory.read_address.next = self.block.val().get_bits::<21>(5);
        self.access_2.d.next = self.access.val();
        self.block_2.d.next = self.block.val();
        self.epoch_2.d.next = self.epoch.val();
        self.outcomes_2.d.next = self.outcomes.val();
        self.rule_s4_2.d.next = self.strategy.val() == self.s4.val();
        self.rule_s5_2.d.next = self.strategy.val() == self.s5.val();
        self.fill_2.d.next = self.fill.val();
        self.fill_x_2.d.next = self.fill_x.val();
        self.fill_y_2.d.next = self.fill_y.val();
        self.wipe_2.d.next = self.wipe.val();

        // Stage 2: which of the four accesses ahead, not yet readable from memory, has the same word.
        self.summary.access.next = self.access_2.q.val();
        self.summary.word.next = self.block_2.q.val().get_bits::<21>(5);
        self.access_3.d.next = self.access_2.q.val();
        self.block_3.d.next = self.block_2.q.val();
        self.epoch_3.d.next = self.epoch_2.q.val();
        self.outcomes_3.d.next = self.outcomes_2.q.val();
        self.rule_s4_3.d.next = self.rule_s4_2.q.val();
        self.rule_s5_3.d.next = self.rule_s5_2.q.val();
        self.fill_3.d.next = self.fill_2.q.val();
        self.fill_x_3.d.next = self.fill_x_2.q.val();
        self.fill_y_3.d.next = self.fill_y_2.q.val();
        self.wipe_3.d.next = self.wipe_2.q.val();
        self.first_behind_3.d.next = self.access_2.q.val()
            & self.access_3.q.val()
            & (self.block_3.q.val().get_bits::<21>(5) == self.block_2.q.val().get_bits::<21>(5));
        self.second_behind_3.d.next =
            self.access_4.q.val() & (self.word_4.q.val() == self.block_2.q.val().get_bits::<21>(5));
        self.third_behind_3.d.next =
            self.access_5.q.val() & (self.word_5.q.val() == self.block_2.q.val().get_bits::<21>(5));
        self.fourth_behind_3.d.next =
            self.access_6.q.val() & (self.word_6.q.val() == self.block_2.q.val().get_bits::<21>(5));

        // Stage 3: the word as stored, or as an access two to four ahead leaves it; then the epoch rule.
        self.was_wrong.next = 0.into();
        self.failed.next = 0.into();
        if self.has_correction.val() {
            self.read_3.next = self.safe_memory.read_data.val();
            // What is overwritten, or was read while it was written, counts for nothing.
            self.fresh_3.next = self.access_3.q.val()
                & !self.fill_3.q.val()
                & !self.first_behind_3.q.val()
                & !self.second_behind_3.q.val()
                & !self.third_behind_3.q.val()
                & !self.fourth_behind_3.q.val();
            self.was_wrong_4.d.next = self.fresh_3.val() & self.safe_memory.was_wrong.val();
            self.failed_4.d.next = self.fresh_3.val() & self.safe_memory.failed.val();
            self.was_wrong_5.d.next = self.was_wrong_4.q.val();
            self.failed_5.d.next = self.failed_4.q.val();
            if self.has_summary.val() {
                self.was_wrong.next = (bit_cast::<3, 2>(self.summary.was_wrong.val()) << 1)
                    | bit_cast::<3, 1>(self.was_wrong_5.q.val().into());
                self.failed.next = (bit_cast::<3, 2>(self.summary.failed.val()) << 1)
                    | bit_cast::<3, 1>(self.failed_5.q.val().into());
            } else {
                self.was_wrong.next = bit_cast::<3, 1>(self.was_wrong_5.q.val().into());
                self.failed.next = bit_cast::<3, 1>(self.failed_5.q.val().into());
            }
        } else {
            self.read_3.next = self.memory.read_data.val();
        }
        self.stored_x_3.next = self.read_3.val().get_bits::<32>(0);
        self.stored_y_3.next = 0.into();
        if self.has_y.val() {
            self.stored_y_3.next = self.read_3.val().get_bits::<32>(32);
            self.stored_tag_3.next = self.read_3.val().get_bits::<6>(64);
        } else {
            self.stored_tag_3.next = self.read_3.val().get_bits::<6>(32);
        }
        if self.second_behind_3.q.val() {
            self.stored_x_3.next = self.x_5.q.val();
            if self.has_y.val() {
                self.stored_y_3.next = self.y_5.q.val();
            }
            self.stored_tag_3.next = self.epoch_5.q.val();
        } else if self.third_behind_3.q.val() {
            self.stored_x_3.next = self.x_6.q.val();
            if self.has_y.val() {
                self.stored_y_3.next = self.y_6.q.val();
            }
            self.stored_tag_3.next = self.epoch_6.q.val();
        } else if self.fourth_behind_3.q.val() {
            self.stored_x_3.next = self.x_7.q.val();
            if self.has_y.val() {
                self.stored_y_3.next = self.y_7.q.val();
            }
            self.stored_tag_3.next = self.epoch_7.q.val();
        }
        self.committed_3.next = self
            .outcomes_3
            .q
            .val()
            .get_bit(self.stored_tag_3.val().index());
        self.x_4.d.next = 0.into();
        self.y_4.d.next = 0.into();
        if self.access_3.q.val() {
            if self.stored_tag_3.val() == self.epoch_3.q.val() {
                self.x_4.d.next = self.stored_x_3.val();
                self.y_4.d.next = self.stored_y_3.val();
            } else if self.has_s4.val() & self.rule_s4_3.q.val() {
                self.y_4.d.next = self.stored_y_3.val();
                if self.committed_3.val() {
                    self.y_4.d.next = self.stored_x_3.val();
                }
            } else if self.has_s5.val() & self.rule_s5_3.q.val() {
                self.x_4.d.next = self.stored_x_3.val();
                if self.committed_3.val() {
                    self.x_4.d.next = self.stored_x_3.val() ^ self.stored_y_3.val();
                }
            }
        }
        self.access_4.d.next = self.access_3.q.val();
        self.word_4.d.next = self.block_3.q.val().get_bits::<21>(5);
        self.mask_3.next = bits::<32>(1) << self.block_3.q.val().get_bits::<5>(0);
        self.mask_4.d.next = self.mask_3.val();
        // The decision hangs on the block's own bits: they are found a stage ahead, beside the words.
        self.stored_x_bit_3.next = (self.stored_x_3.val() & self.mask_3.val()).any();
        self.stored_y_bit_3.next = false;
        if self.has_y.val() {
            self.stored_y_bit_3.next = (self.stored_y_3.val() & self.mask_3.val()).any();
        }
        self.was_x_4.d.next = false;
        self.was_y_4.d.next = false;
        if self.access_3.q.val() {
            if self.stored_tag_3.val() == self.epoch_3.q.val() {
                self.was_x_4.d.next = self.stored_x_bit_3.val();
                self.was_y_4.d.next = self.stored_y_bit_3.val();
            } else if self.has_s4.val() & self.rule_s4_3.q.val() {
                self.was_y_4.d.next = self.stored_y_bit_3.val();
                if self.committed_3.val() {
                    self.was_y_4.d.next = self.stored_x_bit_3.val();
                }
            } else if self.has_s5.val() & self.rule_s5_3.q.val() {
                self.was_x_4.d.next = self.stored_x_bit_3.val();
                if self.committed_3.val() {
                    self.was_x_4.d.next = self.stored_x_bit_3.val() ^ self.stored_y_bit_3.val();
                }
            }
        }
        self.epoch_4.d.next = self.epoch_3.q.val();
        self.rule_s4_4.d.next = self.rule_s4_3.q.val();
        self.rule_s5_4.d.next = self.rule_s5_3.q.val();
        self.fill_4.d.next = self.fill_3.q.val();
        self.fill_x_4.d.next = self.fill_x_3.q.val();
        self.fill_y_4.d.next = self.fill_y_3.q.val();
        self.wipe_4.d.next = self.wipe_3.q.val();
        self.first_behind_4.d.next = self.first_behind_3.q.val();
        self.first_is_stale_4.d.next = self.epoch_4.q.val() != self.epoch_3.q.val();
        self.first_committed_4.d.next = self
            .outcomes_3
            .q
            .val()
            .get_bit(self.epoch_4.q.val().index());
        // Where the block's own bits come from, as below for the word: bit 0 as read, 1 from X, 2 from Y of the access just ahead.
        self.touched_source_4.d.next = 1.into();
        self.pending_source_4.d.next = 1.into();
        if self.first_behind_3.q.val() {
            self.touched_source_4.d.next = 0.into();
            self.pending_source_4.d.next = 0.into();
            if self.epoch_4.q.val() == self.epoch_3.q.val() {
                self.touched_source_4.d.next = 2.into();
                self.pending_source_4.d.next = 4.into();
            } else if self.has_s4.val() & self.rule_s4_3.q.val() {
                self.pending_source_4.d.next = 4.into();
                if self.first_committed_4.d.val() {
                    self.pending_source_4.d.next = 2.into();
                }
            } else if self.has_s5.val() & self.rule_s5_3.q.val() {
                self.touched_source_4.d.next = 2.into();
                if self.first_committed_4.d.val() {
                    self.touched_source_4.d.next = 6.into();
                }
            }
        }

        // Stage 4: the access just ahead may have left the word; its epoch may have ended since.
        self.now_x_4.next = self.x_4.q.val();
        self.now_y_4.next = self.y_4.q.val();
        if self.first_behind_4.q.val() {
            self.now_x_4.next = 0.into();
            self.now_y_4.next = 0.into();
            if !self.first_is_stale_4.q.val() {
                self.now_x_4.next = self.x_5.q.val();
                if self.has_y.val() {
                    self.now_y_4.next = self.y_5.q.val();
                }
            } else if self.has_s4.val() & self.rule_s4_4.q.val() {
                self.now_y_4.next = self.y_5.q.val();
                if self.first_committed_4.q.val() {
                    self.now_y_4.next = self.x_5.q.val();
                }
            } else if self.has_s5.val() & self.rule_s5_4.q.val() {
                self.now_x_4.next = self.x_5.q.val();
                if self.first_committed_4.q.val() {
                    self.now_x_4.next = self.x_5.q.val() ^ self.y_5.q.val();
                }
            }
        }
        self.touched.next = (self.touched_source_4.q.val().get_bit(0) & self.was_x_4.q.val())
            | (self.touched_source_4.q.val().get_bit(1) & self.ahead_x_4.q.val());
        self.pending.next = false;
        if self.has_y.val() {
            self.touched.next = (self.touched_source_4.q.val().get_bit(0) & self.was_x_4.q.val())
                | ((self.touched_source_4.q.val().get_bit(1) & self.ahead_x_4.q.val())
                    ^ (self.touched_source_4.q.val().get_bit(2) & self.ahead_y_4.q.val()));
            self.pending.next = (self.pending_source_4.q.val().get_bit(0) & self.was_y_4.q.val())
                | (self.pending_source_4.q.val().get_bit(1) & self.ahead_x_4.q.val())
                | (self.pending_source_4.q.val().get_bit(2) & self.ahead_y_4.q.val());
        }
        self.kept_y_4.next = self.now_y_4.val();
        if self.clear_y.val() {
            self.kept_y_4.next = self.now_y_4.val() & !self.mask_4.q.val();
        }
        self.next_x_4.next = self.now_x_4.val();
        self.next_y_4.next = self.kept_y_4.val();
        if self.set_x.val() {
            self.next_x_4.next = self.now_x_4.val() | self.mask_4.q.val();
        }
        if self.has_s5.val() & self.set_y.val() {
            self.next_y_4.next = self.kept_y_4.val() | self.mask_4.q.val();
        }
        if self.fill_4.q.val() {
            self.next_x_4.next = 0.into();
            if self.fill_x_4.q.val() {
                self.next_x_4.next = 0xffff_ffff_u64.into();
            }
            self.next_y_4.next = 0.into();
            if self.has_y.val() & self.fill_y_4.q.val() {
                self.next_y_4.next = 0xffff_ffff_u64.into();
            }
        }

        // What this access leaves of the block behind it, a stage ahead as above: the modification comes late.
        self.is_same_block_4.next = (self.mask_3.val() & self.mask_4.q.val()).any();
        self.ahead_x_4.d.next = (self.now_x_4.val() & self.mask_3.val()).any()
            | (self.set_x.val() & self.is_same_block_4.val());
        self.ahead_y_4.d.next = false;
        if self.has_y.val() {
            self.ahead_y_4.d.next = (self.now_y_4.val() & self.mask_3.val()).any()
                & !(self.clear_y.val() & self.is_same_block_4.val());
        }
        if self.has_s5.val() & self.set_y.val() & self.is_same_block_4.val() {
            self.ahead_y_4.d.next = true;
        }
        if self.fill_4.q.val() {
            self.ahead_x_4.d.next = self.fill_x_4.q.val();
            self.ahead_y_4.d.next = self.has_y.val() & self.fill_y_4.q.val();
        }

        // Stages 5 to 7: the write, what was written for the accesses behind, and the answer.
        if self.has_y.val() {
            self.written_5.next = (bit_cast::<70, 6>(self.epoch_5.q.val()) << 64)
                | (bit_cast::<70, 32>(self.y_5.q.val()) << 32)
                | bit_cast::<70, 32>(self.x_5.q.val());
        } else {
            self.written_5.next = (bit_cast::<70, 6>(self.epoch_5.q.val()) << 32)
                | bit_cast::<70, 32>(self.x_5.q.val());
        }
        self.memory.write_enable.next = self.access_5.q.val();
        self.memory.write_address.next = self.word_5.q.val();
        self.memory.write_data.next = self.written_5.val();
        self.safe_memory.write_enable.next = self.access_5.q.val();
        self.safe_memory.write_address.next = self.word_5.q.val();
        self.safe_memory.write_data.next = self.written_5.val();
        self.mirror_enable.next = false;
        self.mirror_word.next = 0.into();
        self.mirror_data.next = 0.into();
        if self.has_s5.val() {
            self.mirror_enable.next = self.access_5.q.val();
            self.mirror_word.next = self.word_5.q.val();
            self.mirror_data.next = self.written_5.val();
        }
        self.access_5.d.next = self.access_4.q.val();
        self.word_5.d.next = self.word_4.q.val();
        self.epoch_5.d.next = self.epoch_4.q.val();
        self.x_5.d.next = self.next_x_4.val();
        self.y_5.d.next = self.next_y_4.val();
        self.wipe_5.d.next = self.wipe_4.q.val();
        self.dirty_5.next = self.x_5.q.val().any() | self.y_5.q.val().any();
        self.summary.dirty.next = self.dirty_5.val();
        self.summary.wipe.next = self.wipe_5.q.val();
        self.access_6.d.next = self.access_5.q.val();
        self.word_6.d.next = self.word_5.q.val();
        self.epoch_6.d.next = self.epoch_5.q.val();
        self.epoch_7.d.next = self.epoch_6.q.val();
        self.x_7.d.next = self.x_6.q.val();
        self.y_7.d.next = self.y_6.q.val();
        self.x_6.d.next = self.x_5.q.val();
        self.y_6.d.next = self.y_5.q.val();
        self.x.next = self.x_6.q.val();
        self.y.next = 0.into();
        if self.has_y.val() {
            self.y.next = self.y_6.q.val();
        }
        if self.has_summary.val() {
            self.l1.next = self.summary.l1.val();
            self.l2.next = self.summary.l2.val();
        } else {
            self.l1.next = 0.into();
            self.l2.next = 0.into();
        }
    }
}
