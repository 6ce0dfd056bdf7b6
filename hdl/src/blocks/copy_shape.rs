//! How the copy engine's queues follow from the configuration.

use mch_spec::{Config, Strategy};

/// Sizes that the parts of the copy engine share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyShape {
    /// log2 of a block's bytes.
    pub block_shift: u32,
    /// log2 of a chunk's bytes.
    pub chunk_shift: u32,
    /// Beats of a chunk: a block, 16 at most.
    pub chunk_beats: u32,
    /// Chunks of a block.
    pub chunks: u32,
    /// Beats of a header: 1, or 2 on a bus of 32 bits.
    pub header_beats: usize,
    /// Lanes of 64 bits, at least 1.
    pub lanes: usize,
    /// Chunks that the data buffer holds, and so the chunk reads in flight at most.
    pub slots: usize,
    /// Writes that may wait for their response.
    pub responses: usize,
    /// Bits of a byte address.
    pub address_width: usize,
    /// Bits of a block number.
    pub block_bits: usize,
    /// Whether a strategy sends urgent descriptors.
    pub urgent: bool,
    /// Whether a strategy writes headers.
    pub headers: bool,
    /// Whether a strategy copies parts of blocks.
    pub ranges: bool,
    /// Whether there are copies that nobody waits for.
    pub lazy: bool,
    /// log2 of the beats of a unit of a range.
    pub unit_shift: u32,
    /// log2 of the bytes of a beat.
    pub beat_shift: u32,
}

impl CopyShape {
    /// The sizes for a configuration.
    ///
    /// A slot is taken from the AR to the last W beat of its chunk, so full speed at a memory latency of
    /// 100 needs (100 + about 12 + 2 chunks) / beats slots. A compact build has enough for one of 40 on a bus of 64 bits.
    pub fn new(config: &Config) -> Self {
        let chunk_beats = config.chunk_beats();
        let slots = match chunk_beats {
            _ if config.compact => 8,
            1 => 128,
            2 => 64,
            _ => 32,
        };
        let headers = config.has(Strategy::S6) || config.captures();
        Self {
            block_shift: config.block_shift(),
            chunk_shift: config.full_size() + chunk_beats.ilog2(),
            chunk_beats,
            chunks: config.chunks_per_block(),
            header_beats: 64_usize.div_ceil(config.data_width as usize),
            lanes: (config.data_width as usize).div_ceil(64),
            slots,
            responses: 2 * slots,
            address_width: config.address_width as usize,
            block_bits: (config.block_bits() as usize).max(1),
            urgent: headers || config.has_tickets(),
            headers,
            lazy: config.copies_lazily(),
            ranges: config.captures() && config.beats_per_block() > 1,
            unit_shift: config.range_shift() - config.full_size(),
            beat_shift: config.full_size(),
        }
    }

    /// Bits of a block address.
    pub fn block_address_bits(&self) -> usize {
        self.address_width - self.block_shift as usize
    }

    /// log2 of the units of a range in a chunk.
    pub fn chunk_unit_shift(&self) -> u32 {
        self.chunk_beats.ilog2() - self.unit_shift
    }

    /// Bits of a unit's number.
    pub fn unit_bits(&self) -> usize {
        (self.block_shift - self.beat_shift - self.unit_shift) as usize
    }

    /// Depth of a queue with an item for each block whose reads are not over: the slots, and the two
    /// blocks of the intake.
    pub fn read_queue(&self) -> usize {
        2 * self.slots
    }

    /// Depth of a queue with an item for each block in the engine: those of `read_queue` and those that
    /// wait for responses.
    pub fn block_queue(&self) -> usize {
        4 * self.slots
    }
}
