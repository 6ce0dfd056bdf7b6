//! Property tests, campaigns and benchmarks of the memory controller hub.

pub mod bench;
pub mod block_bench;
pub mod campaign;
pub mod compare;
pub mod copy;
pub mod faults;
pub mod flips;
pub mod gate;
pub mod link;
pub mod pair;
pub mod simulate;
pub mod system;
pub mod trace;
pub mod waves;
