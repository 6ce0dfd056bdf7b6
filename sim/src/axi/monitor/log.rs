//! The transactions a monitor saw, as events for golden models and score-boards.

use crate::axi::{Burst, Response};
use crate::memory::Direction;
use std::collections::VecDeque;

/// A transaction as seen on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Read or write.
    pub direction: Direction,
    /// Its number among the transactions of its direction on the port, in order of address handshakes.
    pub order: u64,
    /// The burst.
    pub burst: Burst,
    /// The bytes of the burst's lanes, beat after beat.
    pub payload: Vec<u8>,
    /// WSTRB of each beat, bit n for lane n of the bus; empty for a read.
    pub strobes: Vec<u64>,
    /// The response of each read beat, or the one of a write.
    pub responses: Vec<Response>,
    /// The cycle of the address handshake.
    pub address_cycle: u64,
    /// The cycle of the last data handshake.
    pub data_cycle: u64,
    /// The cycle of the last response: B, or the last R.
    pub response_cycle: u64,
    /// Bytes of the data bus.
    pub bus_bytes: usize,
}

impl Transaction {
    /// The worst of the responses; OKAY while there are none.
    pub fn response(&self) -> Response {
        self.responses
            .iter()
            .copied()
            .max()
            .unwrap_or(Response::Okay)
    }

    /// The bytes transferred, each with its address, in order of transfer; of a write, those strobed.
    pub fn bytes(&self) -> impl Iterator<Item = (u64, u8)> + '_ {
        let mut payload = self.payload.iter();
        (0..self.burst.beats).flat_map(move |beat| {
            let lanes = self.burst.lanes(beat, self.bus_bytes);
            let address = self.burst.beat_address(beat);
            let strobes = self
                .strobes
                .get(usize::from(beat))
                .copied()
                .unwrap_or(u64::MAX);
            let first = lanes.start;
            let bytes: Vec<(u64, u8)> = lanes
                .zip(payload.by_ref())
                .filter(|(lane, _)| strobes >> lane & 1 == 1)
                .map(|(lane, byte)| (address + (lane - first) as u64, *byte))
                .collect();
            bytes
        })
    }
}

/// Something that happened on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A read's address was accepted, or a write's address and all its data. No responses yet.
    Accepted(Transaction),
    /// A transaction was answered completely.
    Completed(Transaction),
}

/// Which events a monitor keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// None.
    #[default]
    Off,
    /// Completed transactions.
    Completed,
    /// Accepted and completed transactions, in one order.
    All,
}

/// The events of one port, in order; within a cycle, completions come before acceptances.
#[derive(Clone, Debug, Default)]
pub struct TransactionLog {
    recording: Recording,
    events: VecDeque<Event>,
}

impl TransactionLog {
    pub(super) fn new(recording: Recording) -> Self {
        Self {
            recording,
            events: VecDeque::new(),
        }
    }

    /// Changes what is kept from now on.
    pub fn set_recording(&mut self, recording: Recording) {
        self.recording = recording;
    }

    /// The events not yet taken.
    pub fn events(&self) -> &VecDeque<Event> {
        &self.events
    }

    /// Removes and returns the oldest event.
    pub fn take(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Removes and returns all events.
    pub fn take_all(&mut self) -> Vec<Event> {
        self.events.drain(..).collect()
    }

    pub(super) fn wants_data(&self) -> bool {
        self.recording != Recording::Off
    }

    pub(super) fn accepted(&mut self, transaction: impl FnOnce() -> Transaction) {
        if self.recording == Recording::All {
            self.events.push_back(Event::Accepted(transaction()));
        }
    }

    pub(super) fn completed(&mut self, transaction: impl FnOnce() -> Transaction) {
        if self.recording != Recording::Off {
            self.events.push_back(Event::Completed(transaction()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_carry_their_addresses_and_heed_strobes() {
        let burst = Burst::incr(0x1003, 2, 2);
        let mut transaction = Transaction {
            direction: Direction::Write,
            order: 0,
            burst,
            payload: vec![1, 2, 3, 4, 5],
            strobes: vec![1 << 3, 0b1011_0000],
            responses: Vec::new(),
            address_cycle: 0,
            data_cycle: 0,
            response_cycle: 0,
            bus_bytes: 8,
        };
        let bytes: Vec<_> = transaction.bytes().collect();
        assert_eq!(bytes, [(0x1003, 1), (0x1004, 2), (0x1005, 3), (0x1007, 5)]);
        transaction.strobes.clear();
        assert_eq!(transaction.bytes().count(), 5);
    }
}
