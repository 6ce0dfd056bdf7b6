//! How a subordinate behaves.

use crate::bench::Pacing;
use crate::memory::{Fill, Latency};

/// When the data of a write reaches the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteApply {
    /// With the last W handshake (or the AW handshake, if later). A read accepted from then on sees it,
    /// B or no B.
    #[default]
    LastBeat,
    /// With the B handshake, the last moment AXI allows. A design that reads, or copies, what it has
    /// written before it has the response gets the old data.
    Response,
}

/// When a read looks at the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadSample {
    /// Beat by beat as RDATA is driven: as late as can be.
    #[default]
    Beat,
    /// All of it at the AR handshake: as early as can be.
    Address,
}

/// In what order reads, and write responses, of different identifiers are answered. Those of one
/// identifier are always in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// All in order of acceptance.
    #[default]
    InOrder,
    /// Any transaction whose latency is over may go first, chosen at random.
    AcrossIds,
    /// As `AcrossIds`, and chosen anew for every read beat, so that bursts interleave.
    Interleaved,
}

/// Options of a subordinate. Pacings named after channels the subordinate drives say when it raises
/// VALID, the others when it raises READY.
#[derive(Clone, Debug)]
pub struct SubordinateOptions {
    /// Latency of reads: from the AR handshake to the first RVALID.
    pub read_latency: Latency,
    /// Latency of writes: from the last W or AW handshake to BVALID.
    pub write_latency: Latency,
    /// Reads accepted and not completed, at most.
    pub outstanding_reads: usize,
    /// Writes accepted (AW) and not answered, at most.
    pub outstanding_writes: usize,
    /// Order of answers across identifiers.
    pub reorder: Reorder,
    /// When write data becomes visible.
    pub write_apply: WriteApply,
    /// When reads look.
    pub read_sample: ReadSample,
    /// Bursts of write data taken before their address, at most; 0 to wait for AW first.
    pub data_ahead: usize,
    /// AWREADY.
    pub aw: Pacing,
    /// WREADY.
    pub w: Pacing,
    /// BVALID, after its latency.
    pub b: Pacing,
    /// ARREADY.
    pub ar: Pacing,
    /// RVALID, beat by beat, after the latency.
    pub r: Pacing,
    /// What memory reads as before it is written.
    pub fill: Fill,
}

impl Default for SubordinateOptions {
    /// Full speed, latency 1, 64 reads and 64 writes outstanding, in order, memory of zeros.
    fn default() -> Self {
        Self {
            read_latency: Latency::Fixed(1),
            write_latency: Latency::Fixed(1),
            outstanding_reads: 64,
            outstanding_writes: 64,
            reorder: Reorder::InOrder,
            write_apply: WriteApply::LastBeat,
            read_sample: ReadSample::Beat,
            data_ahead: 4,
            aw: Pacing::Always,
            w: Pacing::Always,
            b: Pacing::Always,
            ar: Pacing::Always,
            r: Pacing::Always,
            fill: Fill::Byte(0),
        }
    }
}

impl SubordinateOptions {
    /// The default with the same fixed latency, in cycles, for reads and writes.
    pub fn with_latency(cycles: u32) -> Self {
        Self {
            read_latency: Latency::Fixed(cycles),
            write_latency: Latency::Fixed(cycles),
            ..Self::default()
        }
    }

    /// Random latencies and back-pressure, random memory contents, every freedom of order that `seed`
    /// picks.
    pub fn stress(seed: u64) -> Self {
        let draw = |name| crate::bench::derive_seed(seed, name);
        let pacing = |name| Pacing::any(draw(name));
        let most = [4, 20, 60][(draw("latency") >> 8) as usize % 3];
        Self {
            read_latency: Latency::Random { min: 1, max: most },
            write_latency: Latency::Random { min: 1, max: most },
            outstanding_reads: 1 + (draw("reads") >> 8) as usize % 32,
            outstanding_writes: 1 + (draw("writes") >> 8) as usize % 32,
            reorder: [Reorder::InOrder, Reorder::AcrossIds, Reorder::Interleaved]
                [(draw("reorder") >> 8) as usize % 3],
            write_apply: [WriteApply::LastBeat, WriteApply::Response]
                [(draw("apply") >> 8) as usize % 2],
            read_sample: [ReadSample::Beat, ReadSample::Address]
                [(draw("sample") >> 8) as usize % 2],
            data_ahead: (draw("ahead") >> 8) as usize % 5,
            aw: pacing("aw"),
            w: pacing("w"),
            b: pacing("b"),
            ar: pacing("ar"),
            r: pacing("r"),
            fill: Fill::Random(seed),
        }
    }
}
