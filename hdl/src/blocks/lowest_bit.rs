//! Finds the lowest set bit of a word. Combinational, no state.

use super::constants::constant;
use crate::prelude::*;

/// The lowest set bit of 32.
#[derive(Clone, Debug, LogicBlock)]
pub struct LowestBit {
    /// The word.
    pub value: Signal<In, Bits<32>>,
    /// Number of its lowest set bit; 0 if there is none.
    pub index: Signal<Out, Bits<5>>,
    /// The word without that bit.
    pub rest: Signal<Out, Bits<32>>,
    isolated: Signal<Local, Bits<32>>,
    bit_0: Signal<Local, Bits<5>>,
    bit_1: Signal<Local, Bits<5>>,
    bit_2: Signal<Local, Bits<5>>,
    bit_3: Signal<Local, Bits<5>>,
    bit_4: Signal<Local, Bits<5>>,
    mask_0: Constant<Bits<32>>,
    mask_1: Constant<Bits<32>>,
    mask_2: Constant<Bits<32>>,
    mask_3: Constant<Bits<32>>,
    mask_4: Constant<Bits<32>>,
}

impl Default for LowestBit {
    fn default() -> Self {
        Self {
            value: Signal::default(),
            index: Signal::default(),
            rest: Signal::default(),
            isolated: Signal::default(),
            bit_0: Signal::default(),
            bit_1: Signal::default(),
            bit_2: Signal::default(),
            bit_3: Signal::default(),
            bit_4: Signal::default(),
            mask_0: constant(0xaaaa_aaaa),
            mask_1: constant(0xcccc_cccc),
            mask_2: constant(0xf0f0_f0f0),
            mask_3: constant(0xff00_ff00),
            mask_4: constant(0xffff_0000),
        }
    }
}

impl Logic for LowestBit {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: lowest_bit");
        comment!(
            "Number of the lowest set bit (0 if none), and the word without it. Combinational."
        );
        self.isolated.next = self.value.val() & !(self.value.val() - 1);
        self.rest.next = self.value.val() ^ self.isolated.val();
        self.bit_0.next = 0.into();
        if (self.isolated.val() & self.mask_0.val()).any() {
            self.bit_0.next = 1.into();
        }
        self.bit_1.next = 0.into();
        if (self.isolated.val() & self.mask_1.val()).any() {
            self.bit_1.next = 2.into();
        }
        self.bit_2.next = 0.into();
        if (self.isolated.val() & self.mask_2.val()).any() {
            self.bit_2.next = 4.into();
        }
        self.bit_3.next = 0.into();
        if (self.isolated.val() & self.mask_3.val()).any() {
            self.bit_3.next = 8.into();
        }
        self.bit_4.next = 0.into();
        if (self.isolated.val() & self.mask_4.val()).any() {
            self.bit_4.next = 16.into();
        }
        self.index.next = self.bit_0.val()
            | self.bit_1.val()
            | self.bit_2.val()
            | self.bit_3.val()
            | self.bit_4.val();
    }
}
