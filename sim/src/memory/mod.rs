//! The memory behind a port: contents, timing, injected errors and counters.

mod compare;
mod contents;
mod dram;
mod faults;
mod latency;
mod statistics;

pub use compare::{Difference, Differences};
pub use contents::{Fill, Memory, PAGE_BYTES};
pub use dram::{DramState, DramTiming};
pub(crate) use faults::Verdict;
pub use faults::{Direction, Fault, Faults};
pub use latency::{Latency, LatencyModel};
pub use statistics::{Counts, Statistics};
