//! The check bits of a word: a Hamming code with a parity bit over all.
//!
//! **Does**: data bit i has a *position*, the i-th number from 3 up that is no power of two. Check bit j, from 1, is the parity of the data bits
//! whose positions have bit j - 1 set; check bit 0 is the parity of data and all other check bits. One flipped bit of the whole, data or check, can
//! be told from none and from two. **Latency**: combinational. **Order, errors, reset**: none.

use super::constants::copies;
use crate::prelude::*;

/// Check bits, with the parity, of a word of so many bits.
pub fn check_bits(width: usize) -> usize {
    let fits = |checks: &usize| (1usize << checks) > width + checks;
    (2..8).find(fits).unwrap_or(7) + 1
}

/// The positions of the bits of a word.
pub fn positions(width: usize) -> Vec<usize> {
    let numbers = (3usize..).filter(|position| !position.is_power_of_two());
    numbers.take(width).collect()
}

/// A mask of the bits that `chosen` tells.
fn mask<const N: usize>(width: usize, chosen: impl Fn(usize) -> bool) -> Bits<N> {
    let bits = (0..width).filter(|bit| chosen(*bit));
    bits.fold(0.into(), |mask: Bits<N>, bit| {
        mask | (Bits::<N>::from(1_u64) << bit as u64)
    })
}

/// A bit of a word, as a mask.
pub fn single<const N: usize>(bit: usize) -> Bits<N> {
    mask(bit + 1, |other| other == bit)
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ErrorEncoder<const N: usize> {
    /// The word.
    pub data: Signal<In, Bits<N>>,
    /// Its check bits: the parity over all [0], the Hamming code from bit 1 up.
    pub check: Signal<Out, Bits<8>>,
    chosen: Vec<Signal<Local, Bits<N>>>,
    code: Signal<Local, Bits<8>>,
    masks: Vec<Constant<Bits<N>>>,
    bits: Vec<Constant<Bits<8>>>,
    parity: Constant<Bits<8>>,
    _checks: usize,
}

impl<const N: usize> ErrorEncoder<N> {
    /// The encoder of words of `width` bits, at most 96.
    pub fn new(width: usize) -> Self {
        let positions = positions(width);
        let checks = check_bits(width) - 1;
        let mask_of = |j: usize| mask(width, |bit| positions[bit] >> j & 1 == 1);
        Self {
            data: Signal::default(),
            check: Signal::default(),
            chosen: copies(checks),
            code: Signal::default(),
            masks: (0..checks).map(|j| Constant::new(mask_of(j))).collect(),
            bits: (0..checks)
                .map(|j| Constant::new(single::<8>(j + 1)))
                .collect(),
            parity: Constant::new(single::<8>(0)),
            _checks: checks,
        }
    }
}

impl<const N: usize> Logic for ErrorEncoder<N> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: error_encoder");
        comment!("The check bits of a word: a Hamming code from bit 1 up, and in bit 0 the parity of all. Combinational.");
        self.code.next = 0.into();
        for j in 0..self._checks {
            self.chosen[j].next = self.data.val() & self.masks[j].val();
            if self.chosen[j].val().xor() {
                self.code.next = self.code.val() | self.bits[j].val();
            }
        }
        self.check.next = self.code.val();
        if self.data.val().xor() ^ self.code.val().xor() {
            self.check.next = self.code.val() | self.parity.val();
        }
    }
}
