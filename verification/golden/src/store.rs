//! The block store: two bit planes with tags, and the summary bits that let the scanner skip clean memory.

use crate::epoch::{Epochs, Word};
use mch_spec::{Config, Strategy};
use std::ops::Range;

/// All words, and a summary bit for each word and for each 32 words.
#[derive(Clone, Debug)]
pub struct BlockStore {
    words: Vec<Word>,
    summary: Vec<bool>,
    top: Vec<bool>,
}

/// A guest's key to its words.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Its epochs.
    pub epochs: &'a Epochs,
    /// Its strategy.
    pub strategy: Strategy,
}

impl BlockStore {
    /// All words zero, as after the sweep that follows a reset.
    pub fn new(config: &Config) -> BlockStore {
        let words = config.words() as usize;
        BlockStore {
            words: vec![Word::default(); words],
            summary: vec![false; words],
            top: vec![false; words.div_ceil(32)],
        }
    }

    /// Planes X and Y of a word, by the epoch rule.
    pub fn view(&self, owner: Owner, word: u32) -> (u32, u32) {
        owner
            .epochs
            .view(owner.strategy, &self.words[word as usize])
    }

    /// Bits X and Y of a block.
    pub fn block(&self, owner: Owner, block: u32) -> (bool, bool) {
        let (x, y) = self.view(owner, block / 32);
        (x >> (block % 32) & 1 == 1, y >> (block % 32) & 1 == 1)
    }

    /// Read, normalise, modify, write, as one step; the summary goes with it.
    pub fn update(&mut self, owner: Owner, word: u32, change: impl FnOnce(&mut u32, &mut u32)) {
        let (mut x, mut y) = self.view(owner, word);
        change(&mut x, &mut y);
        let index = word as usize;
        self.words[index] = Word {
            x,
            y,
            tag: owner.epochs.epoch(),
        };
        self.summary[index] = x | y != 0;
        let first = index / 32 * 32;
        let last = (first + 32).min(self.words.len());
        self.top[index / 32] = self.summary[first..last].contains(&true);
    }

    /// Sets bit X of a block; true if it was clear.
    pub fn mark(&mut self, owner: Owner, block: u32) -> bool {
        let was_set = self.block(owner, block).0;
        self.update(owner, block / 32, |x, _| *x |= 1 << (block % 32));
        !was_set
    }

    /// The blocks of `range` whose bit is set in a plane, found by way of the summaries. Blocks come in words of 32.
    pub fn scan(&self, owner: Owner, range: Range<u32>, plane_y: bool) -> Vec<u32> {
        let mut found = Vec::new();
        let mut word = range.start / 32;
        while word < range.end / 32 {
            if word.is_multiple_of(32) && !self.top[word as usize / 32] {
                word += 32;
                continue;
            }
            if self.summary[word as usize] {
                let (x, y) = self.view(owner, word);
                let bits = if plane_y { y } else { x };
                found.extend(
                    (0..32)
                        .filter(|bit| bits >> bit & 1 == 1)
                        .map(|bit| word * 32 + bit),
                );
            }
            word += 1;
        }
        found
    }

    /// Words.
    pub fn len(&self) -> u32 {
        self.words.len() as u32
    }

    /// Never: a store has at least 32 words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether no summary is clear above a word that is not: what the scanner relies on.
    pub fn summaries_are_conservative(&self, word: u32, view: (u32, u32)) -> bool {
        view == (0, 0) || (self.summary[word as usize] && self.top[word as usize / 32])
    }
}
