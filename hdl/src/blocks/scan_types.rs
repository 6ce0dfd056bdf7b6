//! What travels between the parts of the scanner.

use crate::prelude::*;

/// A read of the block store on its way.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct ScanRead {
    /// The read is for an L2 word (1), an L1 word (2) or a word (3).
    pub level: Bits<2>,
    /// Guest of the word.
    pub guest: Bits<4>,
    /// Region of the word.
    pub region: Bits<5>,
    /// Word to read.
    pub word: Bits<21>,
    /// First bit of the summary word that counts; for a word unused.
    pub low: Bits<5>,
    /// Last bit of the summary word that counts; for a word bit 0: the last of its L1 word.
    pub high: Bits<5>,
}

/// An L2, L1 or block-store word with set bits still to visit.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct ScanItem {
    /// Guest of the bits.
    pub guest: Bits<4>,
    /// Region of the bits.
    pub region: Bits<5>,
    /// The word that was read.
    pub word: Bits<21>,
    /// The last word of its L1 word.
    pub last: Bit,
    /// The bits still to visit.
    pub bits: Bits<32>,
}

/// A request for a background push on its way to the tracker.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct PushRequest {
    /// The block, of system memory.
    pub block: Bits<26>,
    /// Its guest.
    pub guest: Bits<4>,
}
