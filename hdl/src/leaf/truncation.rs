//! Run-time widths in rust-hdl's simulator: a value loses the bits its narrow memory does not have.

use rust_hdl::prelude::*;

/// The bitwise conjunction of a type that has one.
type And<T> = fn(T, T) -> T;

/// Keeps the low bits of a value; a type's full width when it does nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truncation<T: Synth> {
    width: usize,
    narrow: Option<(T, And<T>)>,
}

impl<T: Synth> Truncation<T> {
    /// Every bit of the type.
    pub(crate) fn none() -> Self {
        Self {
            width: T::BITS,
            narrow: None,
        }
    }

    /// Bits kept.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The value without its upper bits.
    pub(crate) fn apply(&self, value: T) -> T {
        match self.narrow {
            Some((mask, and)) => and(value, mask),
            None => value,
        }
    }
}

impl<const N: usize> Truncation<Bits<N>> {
    /// The low `width` bits.
    ///
    /// # Panics
    /// When `width` is 0 or more than the type holds: a mistake in the generator, not in its input.
    pub(crate) fn to(width: usize) -> Self {
        assert!(
            (1..=N).contains(&width),
            "a width of {width} bits does not fit Bits<{N}>: allowed are 1 to {N}"
        );
        if width == N {
            return Self::none();
        }
        let mask = Bits::<N>::mask() >> (N - width) as u64;
        Self {
            width,
            narrow: Some((mask, |value, mask| value & mask)),
        }
    }
}
