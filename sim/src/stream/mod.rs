//! AXI-Stream ports of 64 bits that carry frames: a source, a sink, a protocol monitor, and a link between two ports that goes wrong.

mod channel;
mod monitor;
mod pins;
mod sink;
mod source;

pub use channel::{ChannelCounts, ChannelFaults, FrameChannel};
pub use monitor::{StreamMonitor, StreamRule};
pub use pins::StreamPins;
pub use sink::StreamSink;
pub use source::StreamSource;

/// The beats of a frame.
pub type Frame = Vec<u64>;
