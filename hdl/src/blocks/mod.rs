//! The hardware blocks, one file each.

mod copy_address;
mod copy_completion;
mod copy_data;
mod copy_engine;
mod copy_read;
mod copy_shape;

pub use copy_engine::CopyEngine;
