//! Measures of single blocks and of the whole unit, in exact cycles.

pub mod copy_engine;
