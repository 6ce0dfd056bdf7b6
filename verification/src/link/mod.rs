//! The backup link by itself: two of it joined by a channel that goes wrong, with models of the guests' rings at both ends.

mod end;
mod entry;
mod frame;
mod rig;

pub use end::{Happening, LinkEnd, LinkGuest, Role};
pub use entry::Entry;
pub use frame::{crc, frame, Header, Kind};
pub use rig::{links, End, LinkCounts, LinkRig, RigOptions};
