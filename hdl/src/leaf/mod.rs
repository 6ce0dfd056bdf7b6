//! The leaves every hardware block is built from: registers, memories, queues and optional parts.
//!
//! [`Register`], [`BlockRam`], [`LaneRam`] and [`DistributedRam`] have no kernel: the emitter knows them
//! by the first line of their [`Verilog::Custom`](rust_hdl::prelude::Verilog) text and prints them inside
//! the module that owns them. The other leaves are ordinary blocks made of these.

mod block_fifo;
mod block_ram;
mod clock;
mod distributed_ram;
mod fifo;
mod front_fifo;
mod lane_ram;
mod maybe;
mod register;
mod skid_buffer;
mod truncation;

pub use block_fifo::BlockFifo;
pub use block_ram::BlockRam;
pub use clock::{ClkRst, RisingEdge};
pub use distributed_ram::DistributedRam;
pub use fifo::Fifo;
pub use front_fifo::FrontFifo;
pub use lane_ram::LaneRam;
pub use maybe::Maybe;
pub use register::Register;
pub use skid_buffer::SkidBuffer;

/// Name of the type descriptor by which the emitter knows a [`ClkRst`] port.
pub(crate) const CLK_RST: &str = "ClkRst";

/// Name of the type descriptor by which the emitter knows that a [`Maybe`] is absent.
pub(crate) const ABSENT: &str = "Absent";

/// A comment in a kernel. It costs nothing in Rust and is carried into the Verilog.
///
/// The first comment of a kernel reads `comment!("module: name")` and names the Verilog module; the
/// comments straight after it are the module's contract and open its file; later ones stay in place.
#[macro_export]
macro_rules! comment {
    ($text:literal) => {};
}

/// Bits needed to address `depth` words: at least 1.
pub(crate) fn address_width(depth: usize) -> usize {
    rust_hdl::prelude::clog2(depth).max(1)
}
