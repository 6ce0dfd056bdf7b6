//! The tests of the binding to Verilator, in one program: it is linked once, and what no test uses is seen.

mod builds;
mod designs;
mod ports;
mod snapshots;
mod stops;
mod waveforms;
