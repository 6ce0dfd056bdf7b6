//! A sparse memory of 2^64 bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a page, the unit of sparseness.
pub const PAGE_BYTES: usize = 4096;

/// What a page holds before anything is written to it: the page's number and the bytes to fill.
pub type Background = dyn Fn(u64, &mut [u8]) + Send + Sync;

/// A sparse memory; copies are cheap to compare and to keep.
#[derive(Clone)]
pub struct Memory {
    pages: BTreeMap<u64, Vec<u8>>,
    background: Arc<Background>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::with_background(|_, page| page.fill(0))
    }
}

impl Memory {
    /// A memory that reads as `background` until it is written.
    pub fn with_background(background: impl Fn(u64, &mut [u8]) + Send + Sync + 'static) -> Memory {
        Memory {
            pages: BTreeMap::new(),
            background: Arc::new(background),
        }
    }

    fn blank(&self, number: u64) -> Vec<u8> {
        let mut page = vec![0; PAGE_BYTES];
        (self.background)(number, &mut page);
        page
    }

    /// The bytes from `address` on.
    pub fn read(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let at = address + bytes.len() as u64;
            let (number, offset) = (at / PAGE_BYTES as u64, (at % PAGE_BYTES as u64) as usize);
            let end = PAGE_BYTES.min(offset + length - bytes.len());
            match self.pages.get(&number) {
                Some(page) => bytes.extend_from_slice(&page[offset..end]),
                None => bytes.extend_from_slice(&self.blank(number)[offset..end]),
            }
        }
        bytes
    }

    /// Stores `bytes` at `address`.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        let mut done = 0;
        while done < bytes.len() {
            let at = address + done as u64;
            let (number, offset) = (at / PAGE_BYTES as u64, (at % PAGE_BYTES as u64) as usize);
            let length = (PAGE_BYTES - offset).min(bytes.len() - done);
            if !self.pages.contains_key(&number) {
                let blank = self.blank(number);
                self.pages.insert(number, blank);
            }
            if let Some(page) = self.pages.get_mut(&number) {
                page[offset..offset + length].copy_from_slice(&bytes[done..done + length]);
            }
            done += length;
        }
    }

    /// The pages that have been written: number and bytes, in order.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.pages
            .iter()
            .map(|(number, page)| (*number, page.as_slice()))
    }

    /// The first address in `range` at which the two differ.
    pub fn first_difference(&self, other: &Memory, range: std::ops::Range<u64>) -> Option<u64> {
        let bytes = PAGE_BYTES as u64;
        let pages: std::collections::BTreeSet<u64> = self
            .pages
            .keys()
            .chain(other.pages.keys())
            .copied()
            .collect();
        pages
            .range(range.start / bytes..range.end.div_ceil(bytes))
            .find_map(|number| {
                let (mine, theirs) = (
                    self.read(number * bytes, PAGE_BYTES),
                    other.read(number * bytes, PAGE_BYTES),
                );
                let differ = (0..bytes).filter(|i| mine[*i as usize] != theirs[*i as usize]);
                differ
                    .map(|i| number * bytes + i)
                    .find(|address| range.contains(address))
            })
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} pages)", self.pages.len())
    }
}
