//! Sparse byte-addressed memory whose copies share pages until one of them is written.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Bytes in a page, the unit of sparseness and of sharing between copies.
pub const PAGE_BYTES: usize = 4096;

pub(super) type Page = [u8; PAGE_BYTES];

/// What a byte reads as before anything is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The same value everywhere.
    Byte(u8),
    /// Random bytes, a function of the seed and the page alone: real memory after power-up.
    Random(u64),
}

/// A sparse memory of 2^64 bytes. `clone` is a snapshot: it copies the page table, not the pages.
#[derive(Clone, Debug)]
pub struct Memory {
    pages: HashMap<u64, Arc<Page>, BuildHasherDefault<PageHasher>>,
    fill: Fill,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(Fill::Byte(0))
    }
}

impl Memory {
    /// An empty memory that reads as `fill`.
    pub fn new(fill: Fill) -> Self {
        Self {
            pages: HashMap::default(),
            fill,
        }
    }

    /// One byte.
    pub fn byte(&self, address: u64) -> u8 {
        let mut byte = [0];
        self.read(address, &mut byte);
        byte[0]
    }

    /// Fills `out` from the bytes at `address` on.
    pub fn read(&self, address: u64, out: &mut [u8]) {
        let mut done = 0;
        while done < out.len() {
            let (number, offset, length) = piece(address + done as u64, out.len() - done);
            let part = &mut out[done..done + length];
            match (self.pages.get(&number), self.fill) {
                (Some(page), _) => part.copy_from_slice(&page[offset..offset + length]),
                (None, Fill::Byte(value)) => part.fill(value),
                (None, Fill::Random(_)) => {
                    part.copy_from_slice(&self.blank(number)[offset..offset + length]);
                }
            }
            done += length;
        }
    }

    /// The `length` bytes at `address`.
    pub fn read_vec(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.read(address, &mut bytes);
        bytes
    }

    /// Stores `bytes` at `address`.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        let mut done = 0;
        while done < bytes.len() {
            let (number, offset, length) = piece(address + done as u64, bytes.len() - done);
            self.page_mut(number)[offset..offset + length]
                .copy_from_slice(&bytes[done..done + length]);
            done += length;
        }
    }

    /// Stores those of up to 64 `bytes` at `address` whose bit in `strobes` is set.
    pub fn write_strobed(&mut self, address: u64, bytes: &[u8], strobes: u64) {
        let all = crate::axi::ones(bytes.len());
        if strobes & all == all {
            return self.write(address, bytes);
        }
        for (lane, byte) in bytes.iter().enumerate() {
            if strobes >> lane & 1 == 1 {
                self.write(address + lane as u64, std::slice::from_ref(byte));
            }
        }
    }

    /// Number of pages that have been written.
    pub fn pages_written(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn page(&self, number: u64) -> Option<&Arc<Page>> {
        self.pages.get(&number)
    }

    pub(super) fn page_numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.pages.keys().copied()
    }

    pub(super) fn fill(&self) -> Fill {
        self.fill
    }

    fn page_mut(&mut self, number: u64) -> &mut Page {
        let fill = self.fill;
        let page = self
            .pages
            .entry(number)
            .or_insert_with(|| Arc::new(blank_page(fill, number)));
        Arc::make_mut(page)
    }

    pub(super) fn blank(&self, number: u64) -> Page {
        blank_page(self.fill, number)
    }
}

fn blank_page(fill: Fill, number: u64) -> Page {
    let mut page = [0; PAGE_BYTES];
    match fill {
        Fill::Byte(value) => page.fill(value),
        Fill::Random(seed) => {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(number);
            random.fill_bytes(&mut page);
        }
    }
    page
}

/// Page number, offset in it, and how many of `length` bytes lie in it.
fn piece(address: u64, length: usize) -> (u64, usize, usize) {
    let offset = (address % PAGE_BYTES as u64) as usize;
    (
        address / PAGE_BYTES as u64,
        offset,
        length.min(PAGE_BYTES - offset),
    )
}

/// Page numbers are well spread by one multiplication; the standard hasher costs more than the access.
#[derive(Clone, Default)]
struct PageHasher(u64);

impl Hasher for PageHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_land_where_they_were_written_across_pages() {
        let mut memory = Memory::new(Fill::Byte(0xee));
        let bytes: Vec<u8> = (0..=255).collect();
        memory.write(PAGE_BYTES as u64 - 100, &bytes);
        assert_eq!(memory.read_vec(PAGE_BYTES as u64 - 100, 256), bytes);
        assert_eq!(memory.byte(PAGE_BYTES as u64 - 101), 0xee);
        assert_eq!(memory.byte(PAGE_BYTES as u64 + 156), 0xee);
        assert_eq!(memory.pages_written(), 2);
        memory.write_strobed(0, &[1, 2, 3, 4], 0b1010);
        assert_eq!(memory.read_vec(0, 4), [0xee, 2, 0xee, 4]);
    }

    #[test]
    fn random_fill_is_stable_and_survives_a_partial_write() {
        let mut memory = Memory::new(Fill::Random(3));
        let before = memory.read_vec(0x10_0000, 64);
        assert!(before.iter().any(|byte| *byte != before[0]));
        memory.write(0x10_0000, &[before[0] ^ 0xff]);
        let after = memory.read_vec(0x10_0000, 64);
        assert_eq!(after[1..], before[1..]);
        assert_ne!(after[0], before[0]);
    }

    #[test]
    fn a_clone_is_a_snapshot() {
        let mut memory = Memory::default();
        memory.write(0, &[1]);
        let snapshot = memory.clone();
        memory.write(0, &[2]);
        assert_eq!((snapshot.byte(0), memory.byte(0)), (1, 2));
    }
}
