//! Verilator models built, loaded and driven at run time.
//!
//! A [`Design`] names Verilog and options; [`Design::build`] verilates, compiles and links it once per
//! content, in a [`Cache`] that processes share, and loads it as a [`Library`]. A library makes any
//! number of [`Instance`]s. Ports are reached by address, so that evaluating is the only foreign
//! call in a simulation loop.
#![deny(missing_docs)]

#[cfg(target_endian = "big")]
compile_error!("ports are read as bytes in the machine's order, which must be little-endian");

mod build;
mod cache;
mod compile;
mod design;
mod error;
mod header;
mod instance;
mod internal;
mod library;
mod made;
mod port;
mod runtime;
mod snapshot;
mod sources;
mod tools;
mod waveform;

pub use cache::Cache;
pub use design::{Design, Optimization, Trace};
pub use error::{Error, Result, StopKind, Stopped};
pub use instance::Instance;
pub use internal::Internal;
pub use library::{Library, PortInfo};
pub use port::{Direction, Input, Output, WideInput, WideOutput};
pub use tools::Tools;
