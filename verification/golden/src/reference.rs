//! The reference layer: what every strategy must do, in a page.

use crate::Memory;
use std::ops::Range;

/// A guest: its memory, and the image of it at its last checkpoint.
#[derive(Clone, Debug, Default)]
struct Guest {
    ranges: Vec<Range<u64>>,
    checkpoint: Option<Vec<Vec<u8>>>,
}

/// Memory with checkpoints: writes happen, a checkpoint keeps the image, a rollback brings it back. Nothing else changes.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    memory: Memory,
    guests: Vec<Guest>,
}

impl Reference {
    /// A reference for so many guests over this memory.
    pub fn new(memory: Memory, guests: u32) -> Reference {
        Reference {
            memory,
            guests: vec![Guest::default(); guests as usize],
        }
    }

    /// The memory as software sees it.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Stores those of `bytes` whose bit in `strobes` is set.
    pub fn write(&mut self, address: u64, bytes: &[u8], strobes: u64) {
        for (lane, byte) in bytes
            .iter()
            .enumerate()
            .filter(|(lane, _)| strobes >> lane & 1 == 1)
        {
            self.memory.write(address + lane as u64, &[*byte]);
        }
    }

    /// The guest owns these addresses from now on, and has no checkpoint.
    pub fn attach(&mut self, guest: u32, ranges: Vec<Range<u64>>) {
        self.guests[guest as usize] = Guest {
            ranges,
            checkpoint: None,
        };
    }

    /// The guest owns nothing any more.
    pub fn detach(&mut self, guest: u32) {
        self.guests[guest as usize] = Guest::default();
    }

    /// Keeps the guest's image.
    pub fn checkpoint(&mut self, guest: u32) {
        let ranges = &self.guests[guest as usize].ranges;
        let image = ranges.iter().map(|range| {
            self.memory
                .read(range.start, (range.end - range.start) as usize)
        });
        self.guests[guest as usize].checkpoint = Some(image.collect());
    }

    /// The guest's image at its last checkpoint, region by region.
    pub fn image(&self, guest: u32) -> Option<&[Vec<u8>]> {
        self.guests[guest as usize].checkpoint.as_deref()
    }

    /// The guest goes on from a checkpoint that its peer in another computer has made.
    pub fn take_over(&mut self, guest: u32, image: &[Vec<u8>]) {
        for (range, bytes) in self.guests[guest as usize].ranges.iter().zip(image) {
            self.memory.write(range.start, bytes);
        }
    }

    /// Gives the checkpoint up.
    pub fn lose(&mut self, guest: u32) {
        self.guests[guest as usize].checkpoint = None;
    }

    /// Gives up a rollback that got stuck: there is no checkpoint any more, and memory is what the copies that were made left of it.
    pub fn give_up(&mut self, guest: u32, memory: &Memory) {
        self.lose(guest);
        for range in &self.guests[guest as usize].ranges {
            let length = (range.end - range.start) as usize;
            self.memory
                .write(range.start, &memory.read(range.start, length));
        }
    }

    /// Brings the guest's image back; false, and nothing done, without a checkpoint.
    pub fn rollback(&mut self, guest: u32) -> bool {
        let Guest { ranges, checkpoint } = &self.guests[guest as usize];
        let Some(image) = checkpoint else {
            return false;
        };
        for (range, bytes) in ranges.iter().zip(image) {
            self.memory.write(range.start, bytes);
        }
        true
    }
}
