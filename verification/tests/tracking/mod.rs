//! What the tests of the tracker and the scanner share.

pub mod pins;
pub mod planes;
pub mod scanner_rig;
pub mod tracker_rig;
pub mod tracker_store;

use mch_spec::config::{Config, Size};
use mch_spec::Strategy;

/// A region, in granules.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    pub first: u64,
    pub last: u64,
    pub guest: usize,
}

/// A configuration with a block store of `words` words; blocks of 64 bytes have granules of two words.
pub fn config(words: u64, block: u64, guests: u32, strategies: &[Strategy]) -> Config {
    Config {
        memory_size: Size(words * 32 * block),
        block_size: Size(block),
        guests,
        regions: 6,
        ports: 2,
        saves: 4,
        epoch_bits: 2,
        strategies: strategies.to_vec(),
        ..Config::default()
    }
}

/// The words of a region.
pub fn words_of(config: &Config, region: &Region) -> std::ops::RangeInclusive<usize> {
    let per_granule = u64::from(config.granule_blocks() / 32);
    let first = region.first * per_granule;
    let last = (region.last + 1) * per_granule - 1;
    first as usize..=last as usize
}

/// The region in which a word lies.
pub fn region_of(config: &Config, regions: &[Region], word: usize) -> Option<usize> {
    regions
        .iter()
        .position(|region| words_of(config, region).contains(&word))
}
