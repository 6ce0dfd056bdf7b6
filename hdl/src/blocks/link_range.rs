//! Which beats of its slot an entry fills, from its header. Combinational.
//!
//! Beats are of memory. On a bus of 32 bits they are widened to whole words of 64 bits, since the link carries those: the beat more is what the slot
//! holds there, which nobody reads.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkRange {
    /// The entry's header.
    pub header: Signal<In, Bits<64>>,
    /// First beat of its slot.
    pub first: Signal<Out, Bits<10>>,
    /// Last beat.
    pub last: Signal<Out, Bits<10>>,
    /// Words of 64 bits from one to the other; 0 of a void entry.
    pub words: Signal<Out, Bits<10>>,
    /// The entry has data.
    pub filled: Signal<Out, Bit>,
    /// The header makes sense.
    pub sound: Signal<Out, Bit>,
    first_unit: Signal<Local, Bits<10>>,
    last_unit: Signal<Local, Bits<10>>,
    first_word: Signal<Local, Bits<10>>,
    last_word: Signal<Local, Bits<10>>,
    unit_mask: Constant<Bits<10>>,
    unit_shift: Constant<Bits<4>>,
    even: Constant<Bits<10>>,
    odd: Constant<Bits<10>>,
    word_shift: Constant<Bits<4>>,
    bus_is_32: Constant<Bit>,
}

impl LinkRange {
    /// The ranges of a configuration.
    pub fn new(config: &Config) -> Self {
        let shift = config.range_shift() - config.full_size();
        let narrow = config.data_width == 32;
        Self {
            header: Signal::default(),
            first: Signal::default(),
            last: Signal::default(),
            words: Signal::default(),
            filled: Signal::default(),
            sound: Signal::default(),
            first_unit: Signal::default(),
            last_unit: Signal::default(),
            first_word: Signal::default(),
            last_word: Signal::default(),
            unit_mask: constant(u64::from(config.last_range_unit())),
            unit_shift: constant(u64::from(shift)),
            even: constant(if narrow { 0x3fe } else { 0x3ff }),
            odd: constant(((1 << shift) - 1) | u64::from(narrow)),
            word_shift: constant(u64::from(config.full_size().saturating_sub(3))),
            bus_is_32: flag(narrow),
        }
    }
}

impl Logic for LinkRange {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_range");
        comment!(
            "The beats of its slot that an entry fills, whole words of 64 bits. Combinational."
        );
        self.first_unit.next =
            bit_cast::<10, 7>(self.header.val().get_bits::<7>(26)) & self.unit_mask.val();
        self.last_unit.next = (bit_cast::<10, 3>(self.header.val().get_bits::<3>(33))
            | (bit_cast::<10, 4>(self.header.val().get_bits::<4>(44)) << 3))
            & self.unit_mask.val();
        self.first.next = (self.first_unit.val() << self.unit_shift.val()) & self.even.val();
        self.last.next = (self.last_unit.val() << self.unit_shift.val()) | self.odd.val();
        self.filled.next = !self.header.val().get_bit(36);
        self.sound.next = !self.filled.val() | (self.first_unit.val() <= self.last_unit.val());
        self.first_word.next = self.first.val();
        self.last_word.next = self.last.val();
        if self.bus_is_32.val() {
            self.first_word.next = self.first.val() >> 1;
            self.last_word.next = self.last.val() >> 1;
        }
        self.words.next = 0.into();
        if self.filled.val() {
            self.words.next =
                (self.last_word.val() - self.first_word.val() + 1) << self.word_shift.val();
        }
    }
}
