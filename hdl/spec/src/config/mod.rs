//! What to build: the configuration file and the values that follow from it.

mod size;
mod validate;

pub use size::Size;
pub use validate::ConfigError;

use crate::Strategy;
use serde::{Deserialize, Serialize};

/// Everything `mch generate` may be told. Every field has a default; unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Width of the AXI data buses, in bits: 32, 64, 128, 256 or 512.
    pub data_width: u32,
    /// Width of addresses, in bits: up to 40.
    pub address_width: u32,
    /// Width of the IDs of the `s_axi` ports, in bits: 1..16.
    pub id_width: u32,
    /// Width of AxUSER, in bits: 0..16; 0 leaves the signals out.
    pub user_width: u32,
    /// `s_axi` ports: 1..8.
    pub ports: u32,
    /// Bursts in flight per port and direction: a power of two, 4..64.
    pub outstanding: u32,
    /// System memory, in bytes: a power of two.
    pub memory_size: Size,
    /// Block, in bytes: a power of two, 64..4096, and 256 beats at most.
    pub block_size: Size,
    /// Guests: 1..16.
    pub guests: u32,
    /// Regions, shared by all guests: 1..32.
    pub regions: u32,
    /// Processors per guest: 1..32.
    pub processors: u32,
    /// Tickets, the blocks in flight in the hazard table: a power of two, 4..32.
    pub saves: u32,
    /// Bits of an epoch: 2..6.
    pub epoch_bits: u32,
    /// The strategies to build.
    pub strategies: Vec<Strategy>,
    /// Whether software selects among the strategies (true), or the only one is hardwired (false).
    pub settable: bool,
    /// The link to a backup computer, which S2 needs.
    pub link: bool,
    /// Error correction of the block store.
    pub error_correction: bool,
    /// A register between each read port and the arbiter. Without it a read takes a cycle less, S5's two without error correction, and what
    /// decides about it reaches `m_axi_ar*` in one cycle.
    pub read_register: bool,
    /// Counters of each guest's copies, entries, writes, stalls and pauses, and of the sequencer's waits; without them their registers do not exist.
    pub counters: bool,
    /// Small rather than fast: an address every other cycle and direction, reads two cycles later, 8 pieces between look-up and issue, a longest burst of
    /// data per port and direction, 8 chunks in the copy engine.
    pub compact: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data_width: 64,
            address_width: 32,
            id_width: 4,
            user_width: 0,
            ports: 1,
            outstanding: 16,
            memory_size: Size(16 << 20),
            block_size: Size(64),
            guests: 4,
            regions: 8,
            processors: 4,
            saves: 16,
            epoch_bits: 4,
            strategies: Strategy::LOCAL.to_vec(),
            settable: true,
            link: false,
            error_correction: false,
            read_register: true,
            counters: true,
            compact: false,
        }
    }
}

impl Config {
    /// Reads and validates a configuration from TOML text.
    pub fn from_toml_str(text: &str) -> Result<Config, ConfigError> {
        let config: Config =
            toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
        config.validate()?;
        Ok(config)
    }

    /// Reads and validates a configuration file.
    pub fn from_file(path: impl AsRef<std::path::Path>) -> Result<Config, ConfigError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
            path: path.display().to_string(),
            error: error.to_string(),
        })?;
        Config::from_toml_str(&text)
    }

    /// Bytes of a data beat, which is also the number of strobes.
    pub fn data_bytes(&self) -> u32 {
        self.data_width / 8
    }

    /// Strobes of a data beat, in bits.
    pub fn strobe_bits(&self) -> u32 {
        self.data_bytes()
    }

    /// AxSIZE of a full-width beat: log2 of its bytes.
    pub fn full_size(&self) -> u32 {
        self.data_bytes().ilog2()
    }

    /// Bits of the number of a 4 KiB page of the address space.
    pub fn page_bits(&self) -> u32 {
        self.address_width - 12
    }

    /// The bits of a register that no page number has.
    pub fn beyond_pages(&self) -> u32 {
        !(((1_u64 << self.page_bits()) - 1) as u32)
    }

    /// Bits of a number of slots: of the largest ring, all of the address space.
    pub fn slot_bits(&self) -> u32 {
        self.ring_slots(self.address_width.min(36)).ilog2() + 1
    }

    /// log2 of the memory size in bytes.
    pub fn memory_shift(&self) -> u32 {
        self.memory_size.0.ilog2()
    }

    /// Bytes of a block.
    pub fn block_bytes(&self) -> u32 {
        self.block_size.0 as u32
    }

    /// log2 of the block size in bytes.
    pub fn block_shift(&self) -> u32 {
        self.block_size.0.ilog2()
    }

    /// Beats of a block.
    pub fn beats_per_block(&self) -> u32 {
        self.block_bytes() / self.data_bytes()
    }

    /// Beats of the copy engine's bursts: a block, 16 at most.
    pub fn chunk_beats(&self) -> u32 {
        self.beats_per_block().min(16)
    }

    /// Chunks of a block.
    pub fn chunks_per_block(&self) -> u32 {
        self.beats_per_block() / self.chunk_beats()
    }

    /// log2 of the bytes of a unit of a partial copy: a beat, or 1/128 of a block if that is more.
    pub fn range_shift(&self) -> u32 {
        self.full_size().max(self.block_shift().saturating_sub(7))
    }

    /// Units of a partial copy in a block, less one: at most 127.
    pub fn last_range_unit(&self) -> u32 {
        (self.block_bytes() >> self.range_shift()) - 1
    }

    /// Blocks of system memory, N.
    pub fn blocks(&self) -> u32 {
        (self.memory_size.0 >> self.block_shift()) as u32
    }

    /// Bits of a block number: log2 N.
    pub fn block_bits(&self) -> u32 {
        self.blocks().ilog2()
    }

    /// Words of the block store, W = N / 32.
    pub fn words(&self) -> u32 {
        self.blocks() / 32
    }

    /// Bits of a word number: log2 W.
    pub fn word_bits(&self) -> u32 {
        self.words().ilog2()
    }

    /// Words of the first summary: a bit per word of the block store.
    pub fn summary_words(&self) -> u32 {
        self.words().div_ceil(32)
    }

    /// Words of the second summary: a bit per word of the first.
    pub fn top_words(&self) -> u32 {
        self.summary_words().div_ceil(32)
    }

    /// Bytes that region bases and lengths are multiples of: the larger of 32 blocks and 4 KiB.
    pub fn granule_bytes(&self) -> u32 {
        (32 * self.block_bytes()).max(4096)
    }

    /// Blocks of a granule.
    pub fn granule_blocks(&self) -> u32 {
        self.granule_bytes() / self.block_bytes()
    }

    /// Pieces of writes of a port between their look-up and their way to memory.
    pub fn pieces(&self) -> u32 {
        if self.compact {
            8
        } else {
            32
        }
    }

    /// Write data buffered per port, in beats: the longest burst twice, or once.
    pub fn w_buffer_beats(&self) -> u32 {
        if self.compact {
            256
        } else {
            512
        }
    }

    /// Read data buffered per port, in beats: the longest burst of narrow beats once, up to 128 bits twice.
    pub fn r_buffer_beats(&self) -> u32 {
        if self.data_width > 128 {
            256
        } else {
            self.w_buffer_beats()
        }
    }

    /// Sources that share `m_axi`: the ports, the copy engine, the ring reader, the link.
    pub fn sources(&self) -> u32 {
        self.ports + 2 + u32::from(self.link)
    }

    /// Width of the IDs of `m_axi`, in bits: enough for every source.
    pub fn m_axi_id_width(&self) -> u32 {
        self.sources().next_power_of_two().ilog2()
    }

    /// Bits of `irq`: one per guest and the common one.
    pub fn irq_width(&self) -> u32 {
        self.guests + 1
    }

    /// Whether the strategy is built.
    pub fn has(&self, strategy: Strategy) -> bool {
        self.strategies.contains(&strategy)
    }

    /// Whether a built strategy keeps a shadow.
    pub fn uses_shadow(&self) -> bool {
        self.strategies.iter().any(|s| s.uses_shadow())
    }

    /// Whether a built strategy keeps a ring.
    pub fn uses_ring(&self) -> bool {
        self.strategies.iter().any(|s| s.uses_ring())
    }

    /// Whether a built strategy keeps what is written in a circle of entries: S1, S2.
    pub fn captures(&self) -> bool {
        self.has(Strategy::S1) || self.has(Strategy::S2)
    }

    /// Whether a built strategy copies behind its guest's back: S1, S2, S4.
    pub fn copies_lazily(&self) -> bool {
        self.captures() || self.has(Strategy::S4)
    }

    /// Whether a write may have to wait for a copy of its block, which has a ticket then.
    pub fn has_tickets(&self) -> bool {
        [Strategy::S4, Strategy::S5, Strategy::S6]
            .into_iter()
            .any(|s| self.has(s))
    }

    /// Whether set bits of the block store are looked for: not by S6 alone, which knows its blocks from the log.
    pub fn scans(&self) -> bool {
        self.settable || self.strategies != [Strategy::S6]
    }

    /// Whether the places of S5's blocks are told a cycle after they are asked for, not two. A word that has to be put right takes the second.
    pub fn early_places(&self) -> bool {
        !self.read_register && !self.error_correction
    }

    /// Whether the block store has plane Y.
    pub fn plane_y(&self) -> bool {
        self.strategies.iter().any(|s| s.uses_plane_y())
    }

    /// The value of `G_STRATEGY` after reset: the built strategy of the lowest number.
    pub fn first_strategy(&self) -> Option<Strategy> {
        self.strategies.iter().copied().min()
    }

    /// The bits of CAPS1 that say which strategies are built; bit 0 is S1.
    pub fn strategy_bits(&self) -> u32 {
        self.strategies
            .iter()
            .fold(0, |bits, s| bits | 1 << (s.number() - 1))
    }

    /// Entries of a ring of `2^log2_bytes` bytes: seven eighths of it, in blocks.
    pub fn ring_slots(&self, log2_bytes: u32) -> u64 {
        (7u64 << log2_bytes >> 3) >> self.block_shift()
    }
}
