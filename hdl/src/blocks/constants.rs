//! Short ways to put numbers of the specification into kernels, which take values only from `Constant`s.

use rust_hdl::prelude::*;

/// A constant of `N` bits.
pub fn constant<const N: usize>(value: u64) -> Constant<Bits<N>> {
    Constant::new(value.to_bits())
}

/// A one-bit constant.
pub fn flag(value: bool) -> Constant<Bit> {
    Constant::new(value)
}

/// `count` copies of a default signal or block: a port for each port, guest or region.
pub fn copies<T: Default>(count: usize) -> Vec<T> {
    (0..count).map(|_| T::default()).collect()
}

/// The constants 0, 1, .. `count` - 1, for comparing a loop variable with a signal.
pub fn identities<const N: usize>(count: usize) -> Vec<Constant<Bits<N>>> {
    (0..count as u64).map(constant).collect()
}
