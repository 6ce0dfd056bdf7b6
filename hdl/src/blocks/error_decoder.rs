//! Corrects a word by its check bits.
//!
//! **Does**: `corrected` is the word with the one bit of it put right that has flipped, if one has (`was_wrong`; also when a check bit has). With
//! two bits flipped `failed` is high and `corrected` is the word as it is. **Latency**: combinational. **Errors**: three flipped bits or more may be
//! taken for one. **Order, reset**: none.

use super::error_encoder::{check_bits, positions, single, ErrorEncoder};
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ErrorDecoder<const N: usize> {
    /// The word as it was read.
    pub data: Signal<In, Bits<N>>,
    /// Its check bits as they were read.
    pub check: Signal<In, Bits<8>>,
    /// The word as it was written.
    pub corrected: Signal<Out, Bits<N>>,
    /// One bit was wrong.
    pub was_wrong: Signal<Out, Bit>,
    /// More than one bit is wrong.
    pub failed: Signal<Out, Bit>,
    encoder: ErrorEncoder<N>,
    syndrome: Signal<Local, Bits<8>>,
    position: Signal<Local, Bits<7>>,
    is_odd: Signal<Local, Bit>,
    is_known: Signal<Local, Bit>,
    wrong: Signal<Local, Bits<N>>,
    bits: Vec<Constant<Bits<N>>>,
    positions: Vec<Constant<Bits<7>>>,
    checks: Vec<Constant<Bits<7>>>,
    _width: usize,
    _checks: usize,
}

impl<const N: usize> ErrorDecoder<N> {
    /// The decoder of words of `width` bits, at most 96.
    pub fn new(width: usize) -> Self {
        let number = |value: usize| Constant::new(Bits::<7>::from(value as u64));
        let checks = check_bits(width) - 1;
        Self {
            data: Signal::default(),
            check: Signal::default(),
            corrected: Signal::default(),
            was_wrong: Signal::default(),
            failed: Signal::default(),
            encoder: ErrorEncoder::new(width),
            syndrome: Signal::default(),
            position: Signal::default(),
            is_odd: Signal::default(),
            is_known: Signal::default(),
            wrong: Signal::default(),
            bits: (0..width).map(|bit| Constant::new(single(bit))).collect(),
            positions: positions(width).into_iter().map(number).collect(),
            // Of the check bits themselves, and of the parity.
            checks: (0..checks)
                .map(|j| number(1 << j))
                .chain([number(0)])
                .collect(),
            _width: width,
            _checks: checks + 1,
        }
    }
}

impl<const N: usize> Logic for ErrorDecoder<N> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: error_decoder");
        comment!(
            "Corrects one flipped bit of a word and its check bits, and tells two. Combinational."
        );
        self.encoder.data.next = self.data.val();
        self.syndrome.next = self.check.val() ^ self.encoder.check.val();
        self.position.next = self.syndrome.val().get_bits::<7>(1);
        self.is_odd.next = self.data.val().xor() ^ self.check.val().xor();
        self.wrong.next = 0.into();
        self.is_known.next = false;
        for bit in 0..self._width {
            if self.position.val() == self.positions[bit].val() {
                self.wrong.next = self.wrong.val() | self.bits[bit].val();
                self.is_known.next = true;
            }
        }
        for j in 0..self._checks {
            if self.position.val() == self.checks[j].val() {
                self.is_known.next = true;
            }
        }
        self.corrected.next = self.data.val();
        self.was_wrong.next = self.is_odd.val() & self.is_known.val();
        if self.was_wrong.val() {
            self.corrected.next = self.data.val() ^ self.wrong.val();
        }
        self.failed.next = (self.is_odd.val() & !self.is_known.val())
            | (!self.is_odd.val() & self.position.val().any());
    }
}
