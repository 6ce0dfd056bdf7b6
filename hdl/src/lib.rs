//! Generator of the checkpointing memory controller hub: hardware blocks and Verilog emitter.

pub mod blocks;
pub mod board;
pub mod emit;
pub mod generate;
pub mod leaf;
pub mod prelude;
