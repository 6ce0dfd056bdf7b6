//! Property tests, campaigns and benchmarks of the memory controller hub.
