//! AXI4-Lite: register access.

mod manager;
mod monitor;
mod run;

pub use manager::{AxiLiteManager, LiteCompleted, LiteOptions};
pub use monitor::AxiLiteMonitor;
