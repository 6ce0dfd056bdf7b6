//! What a guest and the link tell each other.

use crate::prelude::*;

/// What the link reports to a guest.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct LinkReport {
    /// The backup has acknowledged entries.
    pub acknowledged: Bit,
    /// How many.
    pub acknowledged_slots: Bits<26>,
    /// It has acknowledged the session.
    pub synced: Bit,
    /// It has acknowledged the mark.
    pub marked: Bit,
    /// It refuses this generation.
    pub refused: Bit,
    /// An entry has arrived.
    pub arrived: Bit,
    /// A mark has arrived.
    pub arrived_mark: Bit,
    /// Its number.
    pub mark_number: Bits<16>,
    /// The peer begins a session.
    pub opened: Bit,
    /// That session.
    pub session: Bits<16>,
    /// Its generation.
    pub generation: Bits<8>,
    /// The ring is in use by the link.
    pub busy: Bit,
}

/// What a guest tells the link.
#[allow(missing_docs)] // the derived methods have none
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct LinkOrder {
    /// The guest's entries are to be sent.
    pub sending: Bit,
    /// It takes those of its peer.
    pub standby: Bit,
    /// Its generation.
    pub generation: Bits<8>,
    /// Its session.
    pub session: Bits<16>,
    /// The session begins.
    pub open: Bit,
    /// Send a mark.
    pub mark: Bit,
    /// Its number.
    pub mark_number: Bits<16>,
    /// Forget it.
    pub unmark: Bit,
}
