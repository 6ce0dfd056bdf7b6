//! Bursts on the AXI ports: what they are, how they fall into pieces, and what becomes of them.

use mch_spec::Config;

/// AxBURST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BurstKind {
    /// 0b00: every beat at the same address.
    Fixed,
    /// 0b01: ascending.
    Incr,
    /// 0b10: ascending, wrapping at a multiple of the burst's size.
    Wrap,
    /// 0b11: not a burst.
    Reserved,
}

/// The address side of a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// AxADDR.
    pub address: u64,
    /// Beats, 1..256.
    pub beats: u32,
    /// AxSIZE: log2 of the bytes of a beat.
    pub size: u32,
    /// AxBURST.
    pub kind: BurstKind,
}

/// One beat of write data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// All byte lanes of the bus.
    pub data: Vec<u8>,
    /// WSTRB.
    pub strobes: u64,
}

/// What becomes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteOutcome {
    /// BRESP = OKAY.
    Okay,
    /// BRESP = SLVERR.
    SlvErr,
    /// BRESP = DECERR.
    DecErr,
    /// It waits, nothing has happened: offer it again after what holds it is over.
    Held,
}

/// What becomes of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// The lanes of every beat, and whether memory answered it with an error.
    Data(Vec<(Vec<u8>, bool)>),
    /// Every beat is zero with RRESP = SLVERR.
    SlvErr,
    /// Every beat is zero with RRESP = DECERR.
    DecErr,
    /// It waits: offer it again after what holds it is over.
    Held,
}

impl Burst {
    /// An INCR burst of full-width beats that covers `length` bytes from `address` on.
    pub fn incr(config: &Config, address: u64, length: u64) -> Burst {
        let bytes = u64::from(config.data_bytes());
        let beats = ((address + length).div_ceil(bytes) - address / bytes) as u32;
        Burst {
            address,
            beats,
            size: config.full_size(),
            kind: BurstKind::Incr,
        }
    }

    fn bytes(&self) -> u64 {
        1 << self.size
    }

    fn aligned(&self) -> u64 {
        self.address & !(self.bytes() - 1)
    }

    /// Whether it breaks a rule of AXI4.
    pub fn is_illegal(&self, config: &Config) -> bool {
        let last = self.aligned() % 4096 + u64::from(self.beats - 1) * self.bytes();
        let bad_wrap = self.address != self.aligned() || ![2, 4, 8, 16].contains(&self.beats);
        self.size > config.full_size()
            || self.kind == BurstKind::Reserved
            || (self.kind == BurstKind::Incr && last >= 4096)
            || (self.kind == BurstKind::Wrap && bad_wrap)
    }

    /// The address of each beat.
    pub fn beat_addresses(&self) -> Vec<u64> {
        let step = |beat: u64| match self.kind {
            BurstKind::Fixed => self.address,
            _ if beat == 0 => self.address,
            _ => self.aligned() + beat * self.bytes(),
        };
        let length = u64::from(self.beats) * self.bytes();
        let container = self.address / length * length;
        (0..u64::from(self.beats))
            .map(|beat| match self.kind {
                BurstKind::Wrap => container + (step(beat) - container) % length,
                _ => step(beat),
            })
            .collect()
    }

    /// Its pieces: ranges of beats, ascending, each inside one block.
    pub fn pieces(&self, config: &Config) -> Vec<std::ops::Range<usize>> {
        let addresses = self.beat_addresses();
        let block = |beat: usize| addresses[beat] >> config.block_shift();
        let mut pieces = Vec::new();
        let mut start = 0;
        for beat in 1..=addresses.len() {
            let ends = beat == addresses.len()
                || block(beat) != block(start)
                || addresses[beat] < addresses[beat - 1]
                || self.kind == BurstKind::Fixed;
            if ends {
                pieces.push(start..beat);
                start = beat;
            }
        }
        pieces
    }

    /// How many different blocks it touches.
    pub fn blocks_touched(&self, config: &Config) -> u32 {
        let blocks = self
            .beat_addresses()
            .into_iter()
            .map(|address| address >> config.block_shift());
        blocks.collect::<std::collections::BTreeSet<_>>().len() as u32
    }
}
