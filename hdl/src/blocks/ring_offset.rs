//! Where the headers of a ring begin: 7/8 of its size, from log2 of that size. Combinational.

use crate::prelude::*;
use mch_spec::Config;

/// log2 of the smallest ring in bytes.
const SMALLEST: u32 = 15;
/// log2 of the largest ring in bytes.
const LARGEST: u32 = 36;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct RingOffset {
    /// log2 of the ring's bytes.
    pub size: Signal<In, Bits<6>>,
    /// Bytes from the base to the headers; 0 for a size that no ring has.
    pub offset: Signal<Out, Bits<40>>,
    sizes: Vec<Constant<Bits<6>>>,
    offsets: Vec<Constant<Bits<40>>>,
    _sizes: usize,
}

impl RingOffset {
    /// For the sizes that the configuration's addresses allow.
    pub fn new(config: &Config) -> Self {
        let sizes = SMALLEST..=LARGEST.min(config.address_width);
        Self {
            size: Signal::default(),
            offset: Signal::default(),
            sizes: sizes
                .clone()
                .map(|z| Constant::new((z as usize).to_bits()))
                .collect(),
            offsets: sizes
                .clone()
                .map(|z| Constant::new((7_u64 << (z - 3)).into()))
                .collect(),
            _sizes: sizes.count(),
        }
    }
}

impl Logic for RingOffset {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: ring_offset");
        comment!(
            "Bytes from a ring's base to its headers, 7/8 of its size, from log2 of the size."
        );
        self.offset.next = 0.into();
        for k in 0..self._sizes {
            if self.size.val() == self.sizes[k].val() {
                self.offset.next = self.offsets[k].val();
            }
        }
    }
}
