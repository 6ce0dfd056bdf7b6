//! How a manager behaves on its channels.

use crate::bench::Pacing;

/// How a write's address and its data are placed in time against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteOrder {
    /// Each as soon as its channel is free.
    #[default]
    Independent,
    /// The first WVALID comes this many cycles after AWVALID, or later.
    AddressLeads(u32),
    /// AWVALID comes this many cycles after the first WVALID, or later.
    DataLeads(u32),
    /// Either of the above, chosen for each write, by up to this many cycles.
    Random(u32),
}

/// Options of a manager. Pacings named after channels the manager drives say when it raises VALID, the
/// others when it raises READY.
#[derive(Clone, Debug)]
pub struct ManagerOptions {
    /// Writes begun and not yet answered, at most.
    pub outstanding_writes: usize,
    /// Reads begun and not yet completed, at most.
    pub outstanding_reads: usize,
    /// AW against W.
    pub write_order: WriteOrder,
    /// AWVALID.
    pub aw: Pacing,
    /// WVALID, beat by beat.
    pub w: Pacing,
    /// BREADY.
    pub b: Pacing,
    /// ARVALID.
    pub ar: Pacing,
    /// RREADY.
    pub r: Pacing,
    /// Refuse bursts that AXI4 does not allow; off, to see what a design does with them.
    pub only_legal: bool,
}

impl Default for ManagerOptions {
    /// Full speed, 64 reads and 64 writes outstanding.
    fn default() -> Self {
        Self {
            outstanding_writes: 64,
            outstanding_reads: 64,
            write_order: WriteOrder::Independent,
            aw: Pacing::Always,
            w: Pacing::Always,
            b: Pacing::Always,
            ar: Pacing::Always,
            r: Pacing::Always,
            only_legal: true,
        }
    }
}

impl ManagerOptions {
    /// Random back-pressure on every channel and random order of address and data, chosen by `seed`.
    pub fn stress(seed: u64) -> Self {
        let pacing = |index| Pacing::any(crate::bench::derive_seed(seed, index));
        Self {
            outstanding_writes: 1 + (seed % 16) as usize,
            outstanding_reads: 1 + (seed / 16 % 16) as usize,
            write_order: WriteOrder::Random(12),
            aw: pacing("aw"),
            w: pacing("w"),
            b: pacing("b"),
            ar: pacing("ar"),
            r: pacing("r"),
            only_legal: true,
        }
    }
}

/// How a manager dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// VALID and READY fall at once and stay low, as in a reset that holds READY low.
    Silent,
    /// VALID falls at once and stays low; READY stays high.
    Draining,
    /// A VALID that is high stays high until its handshake, nothing follows it; READY is low.
    Frozen,
}
