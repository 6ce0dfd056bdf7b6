//! Comparing two memories block by block.

use super::contents::{Memory, PAGE_BYTES};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One block whose bytes differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Byte address of the block.
    pub address: u64,
    /// The first memory's bytes.
    pub left: Vec<u8>,
    /// The second memory's bytes.
    pub right: Vec<u8>,
}

impl Difference {
    /// Offset in the block of its first differing byte.
    pub fn first_byte(&self) -> usize {
        self.left
            .iter()
            .zip(&self.right)
            .position(|(left, right)| left != right)
            .unwrap_or(0)
    }
}

/// The result of a comparison; displays as a short report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differences {
    /// The first differing blocks, in address order, up to the limit asked for.
    pub first: Vec<Difference>,
    /// How many blocks differ in all.
    pub blocks: u64,
    /// Bytes in a block.
    pub block_bytes: usize,
}

impl Differences {
    /// True if the memories agree.
    pub fn is_empty(&self) -> bool {
        self.blocks == 0
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(out, "no difference");
        }
        write!(
            out,
            "{} blocks of {} bytes differ",
            self.blocks, self.block_bytes
        )?;
        for difference in &self.first {
            let at = difference.first_byte();
            // One aligned group of 16 bytes shows the fault; whole blocks of 4 KiB bury it.
            let start = at & !15;
            let end = (start + 16).min(difference.left.len());
            write!(
                out,
                "\n  block {:#x}, first at {:#x}: {} / {}",
                difference.address,
                difference.address + at as u64,
                Hex(&difference.left[start..end]),
                Hex(&difference.right[start..end]),
            )?;
        }
        Ok(())
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// How many differing blocks a comparison keeps.
const KEPT: usize = 8;

impl Memory {
    /// Compares the bytes in `range` with those of `other` at the same addresses.
    ///
    /// `block_bytes` must be a power of two from 1 to 4096; blocks are counted from `range.start`.
    pub fn differences(
        &self,
        other: &Memory,
        range: Range<u64>,
        block_bytes: usize,
    ) -> Differences {
        self.differences_between(range.clone(), other, range.start, block_bytes)
    }

    /// Compares the bytes in `range` with those of `other` from `other_start` on, as a memory with its
    /// shadow. This reads the whole range; [`Memory::differences`] over a multiple of `block_bytes`
    /// reads only pages that were written and that the two do not share.
    pub fn differences_between(
        &self,
        range: Range<u64>,
        other: &Memory,
        other_start: u64,
        block_bytes: usize,
    ) -> Differences {
        let page = PAGE_BYTES as u64;
        let mut report = Differences {
            first: Vec::new(),
            blocks: 0,
            block_bytes,
        };
        let whole_blocks = page.is_multiple_of(block_bytes as u64)
            && range.start.is_multiple_of(block_bytes as u64);
        if range.start == other_start && self.fill() == other.fill() && whole_blocks {
            // Only pages that either memory holds can differ.
            let numbers: BTreeSet<u64> = self
                .page_numbers()
                .chain(other.page_numbers())
                .filter(|number| number * page < range.end && (number + 1) * page > range.start)
                .collect();
            for number in numbers {
                if let (Some(left), Some(right)) = (self.page(number), other.page(number)) {
                    if Arc::ptr_eq(left, right) {
                        continue;
                    }
                }
                let start = (number * page).max(range.start);
                let end = ((number + 1) * page).min(range.end);
                self.compare(start..end, other, start, &mut report);
            }
            return report;
        }
        self.compare(range, other, other_start, &mut report);
        report
    }

    fn compare(
        &self,
        range: Range<u64>,
        other: &Memory,
        other_start: u64,
        report: &mut Differences,
    ) {
        let mut left = [0; PAGE_BYTES];
        let mut right = [0; PAGE_BYTES];
        let step = PAGE_BYTES / report.block_bytes.clamp(1, PAGE_BYTES) * report.block_bytes;
        let mut at = range.start;
        while at < range.end {
            let length = step.min((range.end - at) as usize);
            let (left, right) = (&mut left[..length], &mut right[..length]);
            self.read(at, left);
            other.read(other_start + (at - range.start), right);
            if left != right {
                let blocks = left
                    .chunks(report.block_bytes)
                    .zip(right.chunks(report.block_bytes));
                for (index, (left, right)) in blocks.enumerate().filter(|(_, (l, r))| l != r) {
                    report.blocks += 1;
                    if report.first.len() < KEPT {
                        report.first.push(Difference {
                            address: at + (index * report.block_bytes) as u64,
                            left: left.to_vec(),
                            right: right.to_vec(),
                        });
                    }
                }
            }
            at += length as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fill;
    use super::*;

    #[test]
    fn differing_blocks_are_found_and_counted() {
        let mut left = Memory::new(Fill::Random(1));
        left.write(0x100, &[0; 256]);
        let mut right = left.clone();
        assert!(left.differences(&right, 0..1 << 40, 64).is_empty());
        right.write(0x145, &[9]);
        right.write(0x10_0000, &[left.byte(0x10_0000) ^ 1]);
        let report = left.differences(&right, 0..1 << 40, 64);
        assert_eq!(report.blocks, 2);
        assert_eq!(report.first[0].address, 0x140);
        assert_eq!(report.first[0].first_byte(), 5);
        assert_eq!(report.first[1].address, 0x10_0000);
        assert!(
            report.to_string().contains("block 0x140, first at 0x145"),
            "{report}"
        );
        assert!(left.differences(&right, 0x146..0x10_0000, 1).is_empty());
        assert_eq!(left.differences(&right, 0x145..0x146, 1).blocks, 1);
    }

    #[test]
    fn a_range_off_the_page_grid_is_compared_in_full() {
        let mut left = Memory::default();
        left.write(0x0f00, &[1; 0x3000]);
        let right = Memory::default();
        let report = left.differences(&right, 0x0f80..0x2f80, 1024);
        assert_eq!(report.blocks, 8);
        assert_eq!(left.differences(&right, 0x0f80..0x2f81, 1024).blocks, 9);
    }

    #[test]
    fn a_memory_is_compared_with_its_shadow_elsewhere() {
        let mut memory = Memory::default();
        memory.write(0x2000, &[7; 4096]);
        memory.write(0x8000, &[7; 4096]);
        let image = memory.clone();
        assert!(memory
            .differences_between(0x2000..0x3000, &image, 0x8000, 64)
            .is_empty());
        memory.write(0x8fff, &[8]);
        let report = image.differences_between(0x2000..0x3000, &memory, 0x8000, 64);
        assert_eq!(report.blocks, 1);
        assert_eq!(report.first[0].address, 0x2fc0);
    }
}
