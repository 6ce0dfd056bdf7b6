//! Flips bits of the block store inside the simulated unit, as radiation does.

use crate::system::System;
use anyhow::{ensure, Result};

/// A memory of a block store with error correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreMemory {
    /// Planes and tags: a word for 32 blocks.
    Words,
    /// A bit per word: a word for 1024 blocks.
    Summary,
    /// A bit per summary word.
    Top,
    /// S5's second copy of planes and tags, for the read ports.
    Places,
}

impl StoreMemory {
    /// All of them; the last is there with S5 only.
    pub const ALL: [StoreMemory; 4] = [
        StoreMemory::Words,
        StoreMemory::Summary,
        StoreMemory::Top,
        StoreMemory::Places,
    ];

    fn path(self) -> &'static str {
        match self {
            StoreMemory::Words => "tracker.store.safe_memory",
            StoreMemory::Summary => "tracker.store.summary.l1_protected",
            StoreMemory::Top => "tracker.store.summary.l2_protected",
            StoreMemory::Places => "place_store.safe_memory",
        }
    }
}

impl System {
    /// Bits of a word of such a memory, its check bits above the others. The configuration must have error correction.
    pub fn store_bits(&mut self, memory: StoreMemory) -> Result<u32> {
        let model = self.simulation.model_mut();
        let width = |part: &str| format!("mch_checkpoint.{}.{part}", memory.path());
        let words = model.internal(&width("words"))?.width();
        Ok(words + model.internal(&width("checks"))?.width())
    }

    /// Flips one bit of a word.
    pub fn flip(&mut self, memory: StoreMemory, word: u64, bit: u32) -> Result<()> {
        let model = self.simulation.model_mut();
        let path = |part: &str| format!("mch_checkpoint.{}.{part}", memory.path());
        let words = model.internal(&path("words"))?;
        let checks = model.internal(&path("checks"))?;
        ensure!(
            word < words.elements() && bit < words.width() + checks.width(),
            "no bit {bit} in word {word}"
        );
        let (of, bit) = match bit.checked_sub(words.width()) {
            Some(check) => (checks, check),
            None => (words, bit),
        };
        let mut value = vec![0; of.words()];
        model.peek_wide(of, word, &mut value);
        value[bit as usize / 32] ^= 1 << (bit % 32);
        model.poke_wide(of, word, &value);
        Ok(())
    }
}
