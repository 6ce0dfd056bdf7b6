//! What a file with a hardware block imports: rust-hdl's own prelude and the leaves of this crate.

pub use crate::comment;
pub use crate::leaf::{
    BlockFifo, BlockRam, ClkRst, DistributedRam, Fifo, FrontFifo, LaneRam, Maybe, Register,
    SkidBuffer,
};
pub use rust_hdl::prelude::*;
