//! What travels between the stages of a write port.

use crate::prelude::*;

/// A write address as the master gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct WriteAddress {
    /// AWID.
    pub id: Bits<16>,
    /// AWADDR.
    pub address: Bits<40>,
    /// AWLEN.
    pub len: Bits<8>,
    /// AWSIZE.
    pub size: Bits<3>,
    /// AWBURST.
    pub burst: Bits<2>,
    /// AWCACHE.
    pub cache: Bits<4>,
    /// AWPROT.
    pub prot: Bits<3>,
    /// AWQOS.
    pub qos: Bits<4>,
    /// AWUSER.
    pub user: Bits<16>,
}

/// A burst with its shape worked out (see [`BurstPlan`](super::burst_plan::BurstPlan)).
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct PlannedBurst {
    /// The burst.
    pub request: WriteAddress,
    /// It breaks a rule of AXI4.
    pub illegal: Bit,
    /// Beats - 1 of the first run.
    pub run: Bits<8>,
    /// There is a second run.
    pub wraps: Bit,
    /// Beats - 1 of the second run.
    pub second_run: Bits<8>,
    /// Byte offset in the page at which the second run starts.
    pub base: Bits<12>,
    /// Beats - 1 from the start to the end of its block.
    pub first_room: Bits<8>,
    /// Beats - 1 of a whole block.
    pub block_room: Bits<8>,
    /// It starts inside a block.
    pub off_boundary: Bit,
    /// Number in its page of the first block touched.
    pub first_block: Bits<6>,
    /// Number in its page of the last block touched.
    pub last_block: Bits<6>,
}

/// A burst with its address class and, once accepted, the decision about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct ClassedBurst {
    /// The burst and its shape.
    pub planned: PlannedBurst,
    /// It writes tracked memory of `guest` and is accepted.
    pub tracked: Bit,
    /// Its guest.
    pub guest: Bits<4>,
    /// Not 0: it has no effect and gets this response.
    pub error: Bits<2>,
    /// A ring slot is reserved for each of its blocks.
    pub reserved: Bit,
}

/// One ascending burst inside one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Piece {
    /// Byte address.
    pub address: Bits<40>,
    /// Beats - 1.
    pub len: Bits<8>,
    /// AWSIZE.
    pub size: Bits<3>,
    /// AWCACHE.
    pub cache: Bits<4>,
    /// AWPROT.
    pub prot: Bits<3>,
    /// AWQOS.
    pub qos: Bits<4>,
    /// AWUSER.
    pub user: Bits<16>,
    /// The last piece of its burst.
    pub last: Bit,
    /// Not 0: drop the beats and answer this.
    pub error: Bits<2>,
}

/// What a port remembers of a burst until its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct OpenBurst {
    /// AWID.
    pub id: Bits<16>,
    /// It was accepted for `guest`.
    pub tracked: Bit,
    /// Its guest.
    pub guest: Bits<4>,
}

/// A write response.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct WriteResponse {
    /// BID.
    pub id: Bits<16>,
    /// BRESP.
    pub response: Bits<2>,
}

/// What becomes of the beats of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct BeatWork {
    /// Beats - 1.
    pub len: Bits<8>,
    /// Throw them away.
    pub discard: Bit,
}

/// How a piece is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct PieceAnswer {
    /// Not 0: this, at once. 0: by the next response from memory.
    pub error: Bits<2>,
    /// The last piece of its burst.
    pub last: Bit,
}

/// A ticket that a piece's own response completes.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct OwnTicket {
    /// The ticket.
    pub ticket: Bits<5>,
    /// Guest of the block.
    pub guest: Bits<4>,
    /// Its block, from MEM_BASE.
    pub block: Bits<26>,
    /// The write failed.
    pub failed: Bit,
}

/// A piece's question to the tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct LookUp {
    /// Its block of system memory.
    pub block: Bits<26>,
    /// Its guest.
    pub guest: Bits<4>,
    /// It writes tracked memory of that guest.
    pub tracked: Bit,
    /// It covers the block with full beats and all strobes.
    pub whole: Bit,
}

/// A request to copy what a piece wrote to its guest's ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct CaptureRequest {
    /// The port that asks.
    pub port: Bits<5>,
    /// The guest.
    pub guest: Bits<4>,
    /// The block written.
    pub block: Bits<26>,
    /// First unit of the block that was written.
    pub first: Bits<7>,
    /// Last unit.
    pub last: Bits<7>,
}
