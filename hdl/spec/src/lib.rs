//! Configuration, register table and firmware of the memory controller hub, free of any hardware library.
//!
//! Everything that more than one side must agree on is said once, here: the generator, the simulation, the
//! golden model and the drivers take it from this crate.

pub mod config;
pub mod firmware;
pub mod generate;
pub mod registers;
pub mod strategy;

pub use config::{Config, ConfigError};
pub use strategy::Strategy;
