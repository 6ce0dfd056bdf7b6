//! Golden software model of the memory controller hub, in two layers.
//!
//! [`Reference`] says what any strategy must do: memory, a checkpoint image per guest, rollback. [`Golden`] predicts by which means the unit
//! does it: bit planes, ring, shadow, registers, how many blocks are copied and where every byte lies. It executes the same firmware as the
//! hardware, in abstract time: after every call all routines have run until they wait for something from outside.

pub mod access;
pub mod epoch;
pub mod guest;
pub mod memory;
pub mod reference;
pub mod store;

mod backup;
mod capture;
mod check;
mod copy;
mod exchange;
mod golden;
mod readings;
mod redirect;
mod registers;
mod sequencer;

pub use access::{Beat, Burst, BurstKind, ReadOutcome, WriteOutcome};
pub use copy::{Direction, Fault};
pub use golden::{Golden, RingSlot};
pub use memory::Memory;
pub use reference::Reference;
