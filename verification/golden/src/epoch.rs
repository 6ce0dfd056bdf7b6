//! The epoch rule: a commit or a rollback of all of a guest's bits in one step.

use mch_spec::Strategy;

/// A word of the block store: two bits for each of 32 blocks, and the epoch in which it was last written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Plane X: touched (S3, S4, S6), place (S5).
    pub x: u32,
    /// Plane Y: copy pending (S4), differs (S5).
    pub y: u32,
    /// The epoch, k bits.
    pub tag: u8,
}

/// What a word of an older epoch means, by the outcome of the epoch in its own tag.
pub fn aged(strategy: Strategy, x: u32, y: u32, committed: bool) -> (u32, u32) {
    match (strategy, committed) {
        (Strategy::S4, true) => (0, x),
        (Strategy::S4, false) => (0, y),
        (Strategy::S5, true) => (x ^ y, 0),
        (Strategy::S5, false) => (x, 0),
        _ => (0, 0),
    }
}

/// A guest's epoch and the outcomes of its earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epochs {
    bits: u32,
    epoch: u8,
    outcomes: u64,
    floor: u8,
    mark: u8,
    interval: u16,
}

impl Epochs {
    /// Epoch 0 of k bits.
    pub fn new(bits: u32) -> Epochs {
        Epochs {
            bits,
            epoch: 0,
            outcomes: 0,
            floor: 0,
            mark: 0,
            interval: 0,
        }
    }

    fn mask(&self) -> u8 {
        ((1u32 << self.bits) - 1) as u8
    }

    /// The epoch, k bits.
    pub fn epoch(&self) -> u8 {
        self.epoch
    }

    /// Low 16 bits of the number of steps so far.
    pub fn interval(&self) -> u16 {
        self.interval
    }

    /// Whether a step may be taken: the next epoch is not one that a word may still be tagged with.
    pub fn can_step(&self) -> bool {
        self.epoch.wrapping_add(1).wrapping_sub(self.floor) & self.mask() != 0
    }

    /// The epoch ends with this outcome.
    pub fn step(&mut self, committed: bool) {
        self.outcomes = self.outcomes & !(1 << self.epoch) | u64::from(committed) << self.epoch;
        self.epoch = (self.epoch + 1) & self.mask();
        self.interval = self.interval.wrapping_add(1);
    }

    /// The scrubber has wrapped: no word is older than the epoch at the start of the sweep that ends.
    pub fn sweep_done(&mut self) {
        self.floor = self.mark;
        self.mark = self.epoch;
    }

    /// What a word means now.
    pub fn view(&self, strategy: Strategy, word: &Word) -> (u32, u32) {
        if word.tag == self.epoch {
            return (word.x, word.y);
        }
        aged(strategy, word.x, word.y, self.outcomes >> word.tag & 1 == 1)
    }
}
