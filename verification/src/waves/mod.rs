//! Waveforms as timelines: what a VCD of the unit shows of checkpoints, pauses, copies and rollbacks, per guest.
//!
//! The unit is found by its signals, wherever it stands in the hierarchy, so that a waveform of somebody's whole system will do.

mod draw;
mod layout;
mod read;
mod timeline;

pub use draw::{lanes, svg};
pub use layout::{gtkwave, surfer};
pub use read::{read, UnitSignals};
pub use timeline::{Copies, Guest, Kind, Outcome, Span, Timeline};
