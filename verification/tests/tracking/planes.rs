//! The planes as they must be: two bits per block, changed by every step of a guest at once. No tags, no sweeps.

use mch_spec::Strategy;

/// Planes X and Y by word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planes {
    pub x: Vec<u32>,
    pub y: Vec<u32>,
}

impl Planes {
    pub fn new(words: usize) -> Planes {
        Planes {
            x: vec![0; words],
            y: vec![0; words],
        }
    }

    pub fn touched(&self, block: u64) -> bool {
        self.x[block as usize / 32] >> (block % 32) & 1 != 0
    }

    pub fn pending(&self, block: u64) -> bool {
        self.y[block as usize / 32] >> (block % 32) & 1 != 0
    }

    pub fn is_dirty(&self, word: usize) -> bool {
        self.x[word] | self.y[word] != 0
    }

    /// The end of an epoch, for the words of one guest.
    pub fn step(&mut self, words: impl Iterator<Item = usize>, strategy: u64, committed: bool) {
        for word in words {
            let (x, y) = (self.x[word], self.y[word]);
            (self.x[word], self.y[word]) = match Strategy::from_number(strategy as u32) {
                Some(Strategy::S4) => (0, if committed { x } else { y }),
                Some(Strategy::S5) => (if committed { x ^ y } else { x }, 0),
                _ => (0, 0),
            };
        }
    }
}
