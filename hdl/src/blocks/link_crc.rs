//! CRC-32 of IEEE 802.3 over 64 bits in a cycle. Combinational.
//!
//! The state begins with all ones; a frame's check is the complement of the state after its last beat. Byte 0 of a beat comes first.

use super::constants::constant;
use super::or_tree::OrTree;
use crate::prelude::*;

/// The polynomial, lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkCrc {
    /// The state before a beat.
    pub state: Signal<In, Bits<32>>,
    /// The beat.
    pub data: Signal<In, Bits<64>>,
    /// The state after it.
    pub after: Signal<Out, Bits<32>>,
    mixed: Signal<Local, Bits<64>>,
    bits: OrTree<32>,
    masks: Vec<Constant<Bits<64>>>,
    places: Vec<Constant<Bits<32>>>,
}

/// The data bits of which bit `k` of the next state is the sum.
fn mask(k: u32) -> u64 {
    let column = |bit: u32| {
        let mut rest = 1_u64 << bit;
        for _ in 0..64 {
            let odd = rest & 1 == 1;
            rest >>= 1;
            if odd {
                rest ^= u64::from(POLYNOMIAL);
            }
        }
        rest as u32
    };
    (0..64)
        .filter(|&bit| column(bit) >> k & 1 == 1)
        .fold(0, |mask, bit| mask | 1 << bit)
}

impl Default for LinkCrc {
    fn default() -> Self {
        Self {
            state: Signal::default(),
            data: Signal::default(),
            after: Signal::default(),
            mixed: Signal::default(),
            bits: OrTree::new(32),
            masks: (0..32).map(|k| constant(mask(k))).collect(),
            places: (0..32).map(|k| constant(1 << k)).collect(),
        }
    }
}

impl Logic for LinkCrc {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_crc");
        comment!("CRC-32 of IEEE 802.3 over 64 bits, byte 0 first. Combinational.");
        self.mixed.next = self.data.val() ^ bit_cast::<64, 32>(self.state.val());
        for k in 0..32 {
            self.bits.inputs[k].next = 0.into();
            if (self.mixed.val() & self.masks[k].val()).xor() {
                self.bits.inputs[k].next = self.places[k].val();
            }
        }
        self.after.next = self.bits.merged.val();
    }
}
