//! AXI4-Lite: register access.

mod manager;

pub use manager::{AxiLiteManager, LiteCompleted, LiteOptions};
