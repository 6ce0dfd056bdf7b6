//! What a manager is asked to do, and what came of it.

use crate::axi::{Burst, Response};
use crate::memory::Direction;

/// A write to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRequest {
    /// The burst.
    pub burst: Burst,
    /// The bytes of the burst's lanes, beat after beat: [`Burst::transfer_bytes`] of them.
    pub payload: Vec<u8>,
    /// WSTRB of each beat, or `None` for every legal lane.
    pub strobes: Option<Vec<u64>>,
}

impl WriteRequest {
    /// A write of every byte that the burst covers.
    pub fn new(burst: Burst, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            burst,
            payload: payload.into(),
            strobes: None,
        }
    }

    /// The same write with these strobes, one word a beat, bit n for lane n of the bus.
    pub fn with_strobes(self, strobes: impl Into<Vec<u64>>) -> Self {
        Self {
            strobes: Some(strobes.into()),
            ..self
        }
    }
}

/// Names a transaction that was submitted to a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(crate) u64);

/// The cycles in which a transaction made its steps; a handshake's cycle is the one it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Given to the manager.
    pub submitted: u64,
    /// VALID raised on AW or AR.
    pub presented: u64,
    /// AW or AR handshake.
    pub address: u64,
    /// First W or R handshake.
    pub first_data: u64,
    /// Last W or R handshake.
    pub last_data: u64,
    /// B handshake; for a read, as `last_data`.
    pub response: u64,
}

/// A finished transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// Which one.
    pub ticket: Ticket,
    /// Read or write.
    pub direction: Direction,
    /// The burst.
    pub burst: Burst,
    /// The bytes read, laid out as in [`WriteRequest::payload`]; empty for a write.
    pub payload: Vec<u8>,
    /// The response of each read beat, or the one of a write.
    pub responses: Vec<Response>,
    /// When.
    pub timing: Timing,
}

impl Completed {
    /// The worst of the responses.
    pub fn response(&self) -> Response {
        self.responses
            .iter()
            .copied()
            .max()
            .unwrap_or(Response::Okay)
    }

    /// Cycles from the AR handshake to the first R handshake, or from the later of the AW and the last W
    /// handshake to the B handshake.
    pub fn latency(&self) -> u64 {
        match self.direction {
            Direction::Read => self.timing.first_data - self.timing.address,
            Direction::Write => {
                self.timing.response - self.timing.address.max(self.timing.last_data)
            }
        }
    }
}
