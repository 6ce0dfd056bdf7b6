//! The states of the player of a script.

use crate::prelude::*;

/// What the player does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum PlayerState {
    /// The step's word is on its way.
    Fetch,
    /// The step's word is taken.
    Decode,
    /// The step begins.
    Begin,
    /// A character waits for the transmitter.
    Say,
    /// A register's address waits to be taken.
    SetAddress,
    /// A register's value waits to be taken.
    SetData,
    /// The register's write is answered.
    SetResponse,
    /// The address of a register to read waits.
    GetAddress,
    /// The register's value comes.
    GetData,
    /// A write burst's address waits.
    WriteAddress,
    /// A write burst's beats.
    WriteBeats,
    /// A write burst is answered.
    WriteResponse,
    /// A read burst's address waits.
    ReadAddress,
    /// A read burst's beats come.
    ReadBeats,
    /// The register's value is judged.
    Judge,
    /// The end.
    Stop,
}
