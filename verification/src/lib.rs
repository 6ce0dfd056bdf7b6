//! Property tests, campaigns and benchmarks of the memory controller hub.

pub mod system;
pub mod trace;
