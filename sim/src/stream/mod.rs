//! AXI-Stream ports of 64 bits that carry frames: a source, a sink, a protocol monitor, and links between two ports, and between two simulations, that go wrong.

mod channel;
mod monitor;
mod pins;
mod sink;
mod source;
mod wire;

pub use channel::{ChannelCounts, ChannelFaults, FrameChannel};
pub use monitor::{StreamMonitor, StreamRule};
pub use pins::StreamPins;
pub use sink::StreamSink;
pub use source::StreamSource;
pub use wire::{LinkBeat, LinkPins, Wire, WireState};

/// The beats of a frame.
pub type Frame = Vec<u64>;
