//! A guest's memory by the back door, wherever its strategy keeps it.

use crate::system::System;
use anyhow::Result;
use std::ops::Range;

/// The bytes of a region of an S5 guest from the places where its blocks lie, which the unit tells; takes some cycles.
pub fn placed(system: &mut System, region: &Range<u64>) -> Result<Vec<u8>> {
    let (layout, shift) = (system.layout, system.config.block_shift());
    let block = 1usize << shift;
    let mut bytes = Vec::with_capacity((region.end - region.start) as usize);
    let words = |address: u64| (address - layout.memory) >> (shift + 5);
    for word in words(region.start)..words(region.end) {
        let [x, y] = system.planes(word as u32)?;
        for bit in 0..32 {
            let offset = (word * 32 + bit) << shift;
            let base = match (x ^ y) >> bit & 1 {
                0 => layout.memory,
                _ => layout.shadow,
            };
            bytes.extend(system.contents().read_vec(base + offset, block));
        }
    }
    Ok(bytes)
}

/// The bytes of a region of an S5 guest whose places are not asked for, so that no time passes: a block that is as expected in either
/// of its places counts as found.
pub fn in_either_place(system: &System, region: &Range<u64>, expected: &[u8]) -> Vec<u8> {
    let block = system.config.block_bytes() as usize;
    let away = system.layout.shadow - system.layout.memory;
    let contents = system.contents();
    let mut bytes = Vec::with_capacity(expected.len());
    for (address, expected) in (region.start..).step_by(block).zip(expected.chunks(block)) {
        let other = contents.read_vec(address + away, block);
        bytes.extend(match other == expected {
            true => other,
            false => contents.read_vec(address, block),
        });
    }
    bytes
}
