//! What travels between the stages of a read port.

use crate::prelude::*;

/// A read on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct ReadRequest {
    /// ARID.
    pub id: Bits<16>,
    /// ARADDR.
    pub address: Bits<40>,
    /// ARLEN.
    pub len: Bits<8>,
    /// ARSIZE.
    pub size: Bits<3>,
    /// ARBURST.
    pub burst: Bits<2>,
    /// ARCACHE.
    pub cache: Bits<4>,
    /// ARPROT.
    pub prot: Bits<3>,
    /// ARQOS.
    pub qos: Bits<4>,
    /// ARUSER.
    pub user: Bits<16>,
    /// It reads tracked memory of `guest`.
    pub tracked: Bit,
    /// Its guest.
    pub guest: Bits<4>,
    /// Not 0: it is answered with this, without memory.
    pub error: Bits<2>,
}

/// A read, or a piece of one, on its way to the read arbiter.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct MemoryRead {
    /// ARADDR.
    pub address: Bits<40>,
    /// ARLEN.
    pub len: Bits<8>,
    /// ARSIZE.
    pub size: Bits<3>,
    /// ARBURST.
    pub burst: Bits<2>,
    /// ARCACHE.
    pub cache: Bits<4>,
    /// ARPROT.
    pub prot: Bits<3>,
    /// ARQOS.
    pub qos: Bits<4>,
    /// ARUSER.
    pub user: Bits<16>,
}

/// What the port remembers of a read until its last beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct OpenRead {
    /// ARID.
    pub id: Bits<16>,
    /// ARLEN.
    pub len: Bits<8>,
    /// Not 0: the response, without memory.
    pub error: Bits<2>,
}

/// Where the blocks of a read lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct ReadPlace {
    /// It has been looked up; 0: it must be.
    pub known: Bit,
    /// All in one place: the read goes out whole.
    pub whole: Bit,
    /// With `whole`: that place is the shadow.
    pub in_shadow: Bit,
    /// A bit per block of the read's first word: in the shadow.
    pub places: Bits<32>,
}
