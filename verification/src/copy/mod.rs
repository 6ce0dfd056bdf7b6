//! The copy engine by itself: its driver, its reference and the simulation around both.

mod descriptor;
mod driver;
mod model;
mod rig;

pub use descriptor::{Completion, Descriptor, Header, VOID};
pub use driver::CopyDriver;
pub use model::{copy, BadMemory};
pub use rig::{engine_verilog, CopyRig};
