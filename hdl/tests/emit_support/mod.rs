//! What the emitter's tests share: random programs, their evaluation by rust-hdl's own arithmetic, and the
//! emitted Verilog in Verilator.
#![allow(dead_code)] // each test file uses a part

pub mod arithmetic;
pub mod block;
pub mod generator;
pub mod model;
pub mod program;
pub mod twin;
