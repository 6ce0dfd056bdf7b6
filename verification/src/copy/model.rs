//! What a copy must do to memory: the reference of the copy engine.

use super::descriptor::{Completion, Descriptor, VOID};
use mch_sim::memory::Memory;
use mch_spec::Config;
use std::ops::Range;

/// Ranges of bytes on which every access of one direction fails.
#[derive(Clone, Debug, Default)]
pub struct BadMemory {
    /// Ranges that cannot be read.
    pub reads: Vec<Range<u64>>,
    /// Ranges that cannot be written.
    pub writes: Vec<Range<u64>>,
}

fn hits(ranges: &[Range<u64>], address: u64, length: u64) -> bool {
    ranges
        .iter()
        .any(|range| address < range.end && address + length > range.start)
}

/// Performs a copy on `memory`, whose blocks and chunks are those of `config`, and returns its report.
pub fn copy(
    memory: &mut Memory,
    config: &Config,
    bad: &BadMemory,
    descriptor: &Descriptor,
) -> Completion {
    let block_bytes = u64::from(config.block_bytes());
    let chunk_bytes = u64::from(config.chunk_beats() * config.data_bytes());
    let from = descriptor.source * block_bytes;
    let to = descriptor.destination * block_bytes;
    let (mut read_error, mut write_error) = (false, false);
    let unit = 1 << config.range_shift();
    let part = descriptor.first * unit..((descriptor.last + 1) * unit).min(block_bytes);
    for chunk in (0..block_bytes).step_by(chunk_bytes as usize) {
        let offset = chunk.max(part.start);
        let end = (chunk + chunk_bytes).min(part.end);
        if offset >= end {
            continue;
        }
        let length = end - offset;
        read_error |= hits(&bad.reads, from + offset, length);
        if read_error {
            break;
        }
        if hits(&bad.writes, to + offset, length) {
            write_error = true;
        } else {
            let data = memory.read_vec(from + offset, length as usize);
            memory.write(to + offset, &data);
        }
    }
    if let Some(header) = descriptor.header {
        // The burst reaches to the end of its beat, whatever the strobes.
        let beat = u64::from(config.data_bytes()).max(8);
        if hits(&bad.writes, header.address, beat - header.address % beat) {
            write_error = true;
        } else {
            let value = header.value | if read_error { VOID } else { 0 };
            memory.write(header.address, &value.to_le_bytes());
        }
    }
    Completion::of(descriptor, read_error, write_error)
}
