//! What the emitter's tests share: random programs, their evaluation by rust-hdl's own arithmetic, and the
//! emitted Verilog in Verilator.

pub mod arithmetic;
pub mod block;
pub mod generator;
pub mod model;
pub mod program;
#[macro_use]
pub mod twin;
