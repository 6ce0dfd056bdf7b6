//! The summary of the block store: L1, a bit per word, and L2, a bit per L1 word.
//!
//! **Does**: follows the pipeline of the block store one stage behind. Each access reads the L1 and L2 words of its block-store word,
//! sets or clears the word's bit by `dirty`, then the L1 word's bit by what is left in it, and writes both back.
//! **Latency**: a request at stage 2 (`access`, `word`), `dirty` and `wipe` at stage 5, the new summary words at stage 6; a request per
//! cycle. **Ordering**: an access sees the effect of every earlier one, in consecutive cycles too.
//! **Errors**: with error correction a flipped bit is put right; a word with two is read as all ones.
//! **Reset**: the memories are undefined; a sweep with `wipe` over all words clears them.
//!
//! A number that ends a name is the stage of the pipeline it belongs to.

use super::constants::flag;
use super::protected_ram::ProtectedRam;
use crate::prelude::*;
use mch_spec::config::Config;

/// L1 and L2 of the block store.
#[derive(Clone, Debug, LogicBlock)]
pub struct SummaryStore {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Stage 2: a word is accessed.
    pub access: Signal<In, Bit>,
    /// Stage 2: its number.
    pub word: Signal<In, Bits<21>>,
    /// Stage 5: the word is not zero when written back.
    pub dirty: Signal<In, Bit>,
    /// Stage 5: both summary words become zero, whatever they held.
    pub wipe: Signal<In, Bit>,
    /// Stage 6: the new L1 word: bit i is word 32 * (word / 32) + i.
    pub l1: Signal<Out, Bits<32>>,
    /// Stage 6: the new L2 word: bit i is L1 word 32 * (word / 1024) + i.
    pub l2: Signal<Out, Bits<32>>,
    /// Stage 5: a bit of the L1 word [0] or of the L2 word [1] was wrong. With error correction.
    pub was_wrong: Signal<Out, Bits<2>>,
    /// Stage 5: the same, of what could not be put right.
    pub failed: Signal<Out, Bits<2>>,
    l1_memory: Maybe<BlockRam<Bits<32>, 16>>,
    l2_memory: Maybe<BlockRam<Bits<32>, 11>>,
    l1_protected: Maybe<ProtectedRam<32, 16>>,
    l2_protected: Maybe<ProtectedRam<32, 11>>,
    l1_read_4: Signal<Local, Bits<32>>,
    l2_read_4: Signal<Local, Bits<32>>,
    l1_fresh_4: Signal<Local, Bit>,
    l2_fresh_4: Signal<Local, Bit>,
    l1_wrong_5: Register<Bit>,
    l2_wrong_5: Register<Bit>,
    l1_failed_5: Register<Bit>,
    l2_failed_5: Register<Bit>,
    has_correction: Constant<Bit>,
    access_3: Register<Bit>,
    access_4: Register<Bit>,
    access_5: Register<Bit>,
    access_6: Register<Bit>,
    word_3: Register<Bits<21>>,
    word_4: Register<Bits<21>>,
    word_5: Register<Bits<21>>,
    word_6: Register<Bits<21>>,
    l1_first_behind_4: Register<Bit>,
    l1_second_behind_4: Register<Bit>,
    l1_third_behind_4: Register<Bit>,
    l2_first_behind_4: Register<Bit>,
    l2_second_behind_4: Register<Bit>,
    l2_third_behind_4: Register<Bit>,
    l1_first_behind_5: Register<Bit>,
    l2_first_behind_5: Register<Bit>,
    l1_5: Register<Bits<32>>,
    l2_5: Register<Bits<32>>,
    l1_6: Register<Bits<32>>,
    l2_6: Register<Bits<32>>,
    l1_7: Register<Bits<32>>,
    l2_7: Register<Bits<32>>,
    l1_base_5: Signal<Local, Bits<32>>,
    l2_base_5: Signal<Local, Bits<32>>,
    l1_next_5: Signal<Local, Bits<32>>,
    others_5: Signal<Local, Bit>,
    l2_next_5: Signal<Local, Bits<32>>,
}

impl SummaryStore {
    /// The summary of a configuration's block store.
    pub fn new(config: &Config) -> Self {
        let l1_words = config.summary_words() as usize;
        let l2_words = config.top_words() as usize;
        let l1_width = config.words().min(32) as usize;
        let l2_width = config.summary_words().min(32) as usize;
        let word = || Register::narrow_without_reset(config.word_bits().max(1) as usize);
        let l1 = || Register::narrow_without_reset(l1_width);
        let l2 = || Register::narrow_without_reset(l2_width);
        Self {
            clock: Signal::default(),
            access: Signal::default(),
            word: Signal::default(),
            dirty: Signal::default(),
            wipe: Signal::default(),
            l1: Signal::default(),
            l2: Signal::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            l1_memory: Maybe::new(
                BlockRam::narrow(l1_words, l1_width).registered(),
                !config.error_correction,
            ),
            l2_memory: Maybe::new(
                BlockRam::narrow(l2_words, l2_width).registered(),
                !config.error_correction,
            ),
            l1_protected: Maybe::new(
                ProtectedRam::narrow(l1_words, l1_width),
                config.error_correction,
            ),
            l2_protected: Maybe::new(
                ProtectedRam::narrow(l2_words, l2_width),
                config.error_correction,
            ),
            l1_read_4: Signal::default(),
            l2_read_4: Signal::default(),
            l1_fresh_4: Signal::default(),
            l2_fresh_4: Signal::default(),
            l1_wrong_5: Register::default(),
            l2_wrong_5: Register::default(),
            l1_failed_5: Register::default(),
            l2_failed_5: Register::default(),
            has_correction: flag(config.error_correction),
            access_3: Register::default(),
            access_4: Register::default(),
            access_5: Register::default(),
            access_6: Register::default(),
            word_3: word(),
            word_4: word(),
            word_5: word(),
            word_6: word(),
            l1_first_behind_4: Register::without_reset(),
            l1_second_behind_4: Register::without_reset(),
            l1_third_behind_4: Register::without_reset(),
            l2_first_behind_4: Register::without_reset(),
            l2_second_behind_4: Register::without_reset(),
            l2_third_behind_4: Register::without_reset(),
            l1_first_behind_5: Register::without_reset(),
            l2_first_behind_5: Register::without_reset(),
            l1_5: l1(),
            l2_5: l2(),
            l1_6: l1(),
            l2_6: l2(),
            l1_7: l1(),
            l2_7: l2(),
            l1_base_5: Signal::default(),
            l2_base_5: Signal::default(),
            l1_next_5: Signal::default(),
            others_5: Signal::default(),
            l2_next_5: Signal::default(),
        }
    }
}

impl Logic for SummaryStore {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: summary_store");
        comment!("Summary bits of the block store: L1 has a bit per word, L2 a bit per L1 word. Each access sets or");
        comment!("clears the bits of its word. Request at stage 2, dirty and wipe at stage 5, the new words at stage 6;");
        comment!("one access per cycle, each sees all earlier ones. A sweep with wipe clears the memories after reset.");
        comment!("A number that ends a name is the stage of the pipeline it belongs to.");
        dff_setup!(
            self,
            clock,
            access_3,
            access_4,
            access_5,
            access_6,
            word_3,
            word_4,
            word_5,
            word_6,
            l1_first_behind_4,
            l1_second_behind_4,
            l1_third_behind_4,
            l2_first_behind_4,
            l2_second_behind_4,
            l2_third_behind_4,
            l1_first_behind_5,
            l2_first_behind_5,
            l1_5,
            l2_5,
            l1_6,
            l2_6,
            l1_7,
            l2_7
        );
        dff_setup!(
            self,
            clock,
            l1_wrong_5,
            l2_wrong_5,
            l1_failed_5,
            l2_failed_5
        );
        clock!(
            self,
            clock,
            l1_memory,
            l2_memory,
            l1_protected,
            l2_protected
        );

        self.l1_memory.read_enable.next = self.access.val();
        self.l1_memory.read_address.next = self.word.val().get_bits::<16>(5);
        self.l2_memory.read_enable.next = self.access.val();
        self.l2_memory.read_address.next = self.word.val().get_bits::<11>(10);
        self.l1_protected.read_enable.next = self.access.val();
        self.l1_protected.read_address.next = self.word.val().get_bits::<16>(5);
        self.l2_protected.read_enable.next = self.access.val();
        self.l2_protected.read_address.next = self.word.val().get_bits::<11>(10);
        self.access_3.d.next = self.access.val();
        self.word_3.d.next = self.word.val();

        // Which of the three accesses ahead, not yet readable from memory, has the same summary word.
        self.access_4.d.next = self.access_3.q.val();
        self.word_4.d.next = self.word_3.q.val();
        self.l1_first_behind_4.d.next = self.access_4.q.val()
            & (self.word_4.q.val().get_bits::<16>(5) == self.word_3.q.val().get_bits::<16>(5));
        self.l1_second_behind_4.d.next = self.access_5.q.val()
            & (self.word_5.q.val().get_bits::<16>(5) == self.word_3.q.val().get_bits::<16>(5));
        self.l1_third_behind_4.d.next = self.access_6.q.val()
            & (self.word_6.q.val().get_bits::<16>(5) == self.word_3.q.val().get_bits::<16>(5));
        self.l2_first_behind_4.d.next = self.access_4.q.val()
            & (self.word_4.q.val().get_bits::<11>(10) == self.word_3.q.val().get_bits::<11>(10));
        self.l2_second_behind_4.d.next = self.access_5.q.val()
            & (self.word_5.q.val().get_bits::<11>(10) == self.word_3.q.val().get_bits::<11>(10));
        self.l2_third_behind_4.d.next = self.access_6.q.val()
            & (self.word_6.q.val().get_bits::<11>(10) == self.word_3.q.val().get_bits::<11>(10));

        self.access_5.d.next = self.access_4.q.val();
        self.word_5.d.next = self.word_4.q.val();
        self.l1_first_behind_5.d.next = self.l1_first_behind_4.q.val();
        self.l2_first_behind_5.d.next = self.l2_first_behind_4.q.val();
        self.was_wrong.next = 0.into();
        self.failed.next = 0.into();
        if self.has_correction.val() {
            self.l1_read_4.next = self.l1_protected.read_data.val();
            if self.l1_protected.failed.val() {
                self.l1_read_4.next = 0xffff_ffff_u64.into();
            }
            self.l2_read_4.next = self.l2_protected.read_data.val();
            if self.l2_protected.failed.val() {
                self.l2_read_4.next = 0xffff_ffff_u64.into();
            }
            // What was read while it was written counts for nothing.
            self.l1_fresh_4.next = self.access_4.q.val()
                & !self.l1_first_behind_4.q.val()
                & !self.l1_second_behind_4.q.val()
                & !self.l1_third_behind_4.q.val();
            self.l2_fresh_4.next = self.access_4.q.val()
                & !self.l2_first_behind_4.q.val()
                & !self.l2_second_behind_4.q.val()
                & !self.l2_third_behind_4.q.val();
            self.l1_wrong_5.d.next = self.l1_fresh_4.val() & self.l1_protected.was_wrong.val();
            self.l2_wrong_5.d.next = self.l2_fresh_4.val() & self.l2_protected.was_wrong.val();
            self.l1_failed_5.d.next = self.l1_fresh_4.val() & self.l1_protected.failed.val();
            self.l2_failed_5.d.next = self.l2_fresh_4.val() & self.l2_protected.failed.val();
            if !self.wipe.val() {
                self.was_wrong.next = (bit_cast::<2, 1>(self.l2_wrong_5.q.val().into()) << 1)
                    | bit_cast::<2, 1>(self.l1_wrong_5.q.val().into());
                self.failed.next = (bit_cast::<2, 1>(self.l2_failed_5.q.val().into()) << 1)
                    | bit_cast::<2, 1>(self.l1_failed_5.q.val().into());
            }
        } else {
            self.l1_read_4.next = self.l1_memory.read_data.val();
            self.l2_read_4.next = self.l2_memory.read_data.val();
        }
        self.l1_5.d.next = self.l1_read_4.val();
        if self.l1_second_behind_4.q.val() {
            self.l1_5.d.next = self.l1_6.q.val();
        } else if self.l1_third_behind_4.q.val() {
            self.l1_5.d.next = self.l1_7.q.val();
        }
        self.l2_5.d.next = self.l2_read_4.val();
        if self.l2_second_behind_4.q.val() {
            self.l2_5.d.next = self.l2_6.q.val();
        } else if self.l2_third_behind_4.q.val() {
            self.l2_5.d.next = self.l2_7.q.val();
        }

        self.access_6.d.next = self.access_5.q.val();
        self.word_6.d.next = self.word_5.q.val();
        self.l1_base_5.next = self.l1_5.q.val();
        if self.l1_first_behind_5.q.val() {
            self.l1_base_5.next = self.l1_6.q.val();
        }
        self.l2_base_5.next = self.l2_5.q.val();
        if self.l2_first_behind_5.q.val() {
            self.l2_base_5.next = self.l2_6.q.val();
        }
        self.l1_next_5.next = 0.into();
        if !self.wipe.val() {
            self.l1_next_5.next = self.l1_base_5.val().replace_bit(
                self.word_5.q.val().get_bits::<5>(0).index(),
                self.dirty.val(),
            );
        }
        // Whether the word is dirty comes late: what the others say is found beside it.
        self.others_5.next = self
            .l1_base_5
            .val()
            .replace_bit(self.word_5.q.val().get_bits::<5>(0).index(), false)
            .any();
        self.l2_next_5.next = 0.into();
        if !self.wipe.val() {
            self.l2_next_5.next = self.l2_base_5.val().replace_bit(
                self.word_5.q.val().get_bits::<5>(5).index(),
                self.dirty.val() | self.others_5.val(),
            );
        }
        self.l1_memory.write_enable.next = self.access_5.q.val();
        self.l1_memory.write_address.next = self.word_5.q.val().get_bits::<16>(5);
        self.l1_memory.write_data.next = self.l1_next_5.val();
        self.l2_memory.write_enable.next = self.access_5.q.val();
        self.l2_memory.write_address.next = self.word_5.q.val().get_bits::<11>(10);
        self.l2_memory.write_data.next = self.l2_next_5.val();
        self.l1_protected.write_enable.next = self.access_5.q.val();
        self.l1_protected.write_address.next = self.word_5.q.val().get_bits::<16>(5);
        self.l1_protected.write_data.next = self.l1_next_5.val();
        self.l2_protected.write_enable.next = self.access_5.q.val();
        self.l2_protected.write_address.next = self.word_5.q.val().get_bits::<11>(10);
        self.l2_protected.write_data.next = self.l2_next_5.val();
        self.l1_6.d.next = self.l1_next_5.val();
        self.l2_6.d.next = self.l2_next_5.val();
        self.l1_7.d.next = self.l1_6.q.val();
        self.l2_7.d.next = self.l2_6.q.val();
        self.l1.next = self.l1_6.q.val();
        self.l2.next = self.l2_6.q.val();
    }
}
