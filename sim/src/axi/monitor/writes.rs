//! The writes under way on a port, and the rules of W and B.

use super::log::{Transaction, TransactionLog};
use super::rule::{Reporter, Rule};
use super::MonitorOptions;
use crate::axi::pins::WriteBeat;
use crate::axi::{Burst, Response};
use crate::memory::Direction;
use std::collections::VecDeque;

#[derive(Clone, Debug, Default)]
struct Write {
    address: Option<(Burst, u64, u64)>,
    beats: Vec<WriteBeat>,
    data_cycle: Option<u64>,
}

impl Write {
    fn id(&self) -> Option<u32> {
        self.address.map(|(burst, ..)| burst.id)
    }

    fn is_complete(&self) -> bool {
        self.address.is_some() && self.data_cycle.is_some()
    }

    fn transaction(&self, bus_bytes: usize) -> Option<Transaction> {
        let (burst, order, address_cycle) = self.address?;
        let mut payload = Vec::with_capacity(burst.transfer_bytes(bus_bytes));
        for (number, beat) in (0..burst.beats).zip(&self.beats) {
            payload.extend_from_slice(&beat.data[burst.lanes(number, bus_bytes)]);
        }
        Some(Transaction {
            direction: Direction::Write,
            order,
            burst,
            payload,
            strobes: self.beats.iter().map(|beat| beat.strobes).collect(),
            responses: Vec::new(),
            address_cycle,
            data_cycle: self.data_cycle?,
            response_cycle: 0,
            bus_bytes,
        })
    }
}

/// Writes in the order of their addresses and of their data, which are one.
#[derive(Clone, Debug)]
pub(super) struct Writes {
    writes: VecDeque<Write>,
    /// Buffers of finished writes, kept so that a running simulation allocates nothing.
    spare: Vec<Vec<WriteBeat>>,
    addressed: usize,
    complete: usize,
    order: u64,
    bus_bytes: usize,
}

impl Writes {
    pub fn new(bus_bytes: usize) -> Self {
        Self {
            writes: VecDeque::new(),
            spare: Vec::new(),
            addressed: 0,
            complete: 0,
            order: 0,
            bus_bytes,
        }
    }

    pub fn len(&self) -> usize {
        self.writes.len()
    }

    pub fn restart(&mut self) {
        self.writes.clear();
        (self.addressed, self.complete) = (0, 0);
    }

    pub fn take_address(
        &mut self,
        burst: Burst,
        reporter: &mut Reporter,
        log: &mut TransactionLog,
    ) {
        let (order, bus_bytes) = (self.order, self.bus_bytes);
        self.order += 1;
        let index = self.addressed;
        let write = self.at(index);
        write.address = Some((burst, order, reporter.cycle));
        // Data may have come first; only now can it be judged.
        for number in 0..write.beats.len() {
            check_beat(&burst, number, &write.beats[number], bus_bytes, reporter);
        }
        self.addressed += 1;
        self.log_accepted(index, log);
    }

    pub fn take_beat(
        &mut self,
        beat: WriteBeat,
        reporter: &mut Reporter,
        log: &mut TransactionLog,
    ) {
        let (index, bus_bytes) = (self.complete, self.bus_bytes);
        let write = self.at(index);
        write.beats.push(beat);
        let number = write.beats.len() - 1;
        let mut complete = beat.last;
        if let Some((burst, ..)) = write.address {
            check_beat(&burst, number, &beat, bus_bytes, reporter);
            // Where WLAST and the length disagree, either ends the burst: one report, not a flood.
            complete |= number + 1 >= usize::from(burst.beats);
        }
        if complete {
            write.data_cycle = Some(reporter.cycle);
            self.complete += 1;
            self.log_accepted(index, log);
        }
    }

    /// Judges a response as it appears.
    pub fn check_response(
        &self,
        (id, response): (u32, Response),
        options: &MonitorOptions,
        reporter: &mut Reporter,
    ) {
        let Some(write) = self.writes.iter().find(|write| write.id() == Some(id)) else {
            if self.complete > self.addressed {
                let why = "B before the address of its write was accepted";
                reporter.report(Rule::ResponseTooEarly, format_args!("{why}, id {id}"));
            } else {
                reporter.report(
                    Rule::ResponseId,
                    format_args!("B with id {id} answers no write"),
                );
            }
            return;
        };
        if !write.is_complete() {
            let address = write.address.map_or(0, |(burst, ..)| burst.address);
            let beats = write.beats.len();
            reporter.report(
                Rule::ResponseTooEarly,
                format_args!("B with id {id} after {beats} beats of the write to {address:#x}"),
            );
        }
        let exclusive = write
            .address
            .is_some_and(|(burst, ..)| burst.attributes.lock);
        if response == Response::ExOkay && !exclusive {
            let why = "EXOKAY answers a write that is not exclusive";
            reporter.report(Rule::ExclusiveResponse, format_args!("{why}, id {id}"));
        }
        let first = self.writes.front().and_then(Write::id);
        if options.in_order && first != Some(id) {
            reporter.report(
                Rule::InOrder,
                format_args!("B with id {id} before that of {first:?}"),
            );
        }
    }

    pub fn take_response(
        &mut self,
        (id, response): (u32, Response),
        cycle: u64,
        log: &mut TransactionLog,
    ) {
        let found = self.writes.iter().position(|write| write.id() == Some(id));
        let Some(index) = found.filter(|index| self.writes[*index].is_complete()) else {
            return;
        };
        let Some(mut write) = self.writes.remove(index) else {
            return;
        };
        self.addressed -= 1;
        self.complete -= 1;
        if log.wants_data() {
            if let Some(transaction) = write.transaction(self.bus_bytes) {
                log.completed(|| Transaction {
                    responses: vec![response],
                    response_cycle: cycle,
                    ..transaction
                });
            }
        }
        write.beats.clear();
        self.spare.push(write.beats);
    }

    /// Reports the oldest write when it has just exceeded the limit.
    pub fn check_age(&self, limit: u64, reporter: &mut Reporter) {
        for write in &self.writes {
            let Some((burst, _, since)) = write.address else {
                continue;
            };
            if reporter.cycle == since + limit {
                let (id, address) = (burst.id, burst.address);
                reporter.report(
                    Rule::Unanswered,
                    format_args!("write to {address:#x}, id {id}, accepted in cycle {since}"),
                );
            }
        }
    }

    fn log_accepted(&self, index: usize, log: &mut TransactionLog) {
        let write = &self.writes[index];
        if log.wants_data() && write.is_complete() {
            if let Some(transaction) = write.transaction(self.bus_bytes) {
                log.accepted(|| transaction);
            }
        }
    }

    fn at(&mut self, index: usize) -> &mut Write {
        if index == self.writes.len() {
            let beats = self.spare.pop().unwrap_or_default();
            self.writes.push_back(Write {
                beats,
                ..Write::default()
            });
        }
        &mut self.writes[index]
    }
}

fn check_beat(
    burst: &Burst,
    number: usize,
    beat: &WriteBeat,
    bus_bytes: usize,
    reporter: &mut Reporter,
) {
    let last = number + 1 == usize::from(burst.beats);
    let (id, address, beats) = (burst.id, burst.address, burst.beats);
    if beat.last != last {
        let seen = beat.last;
        reporter.report(
            Rule::WlastPosition,
            format_args!(
                "WLAST is {seen} in beat {number} of {beats}, write to {address:#x}, id {id}"
            ),
        );
    }
    if number < usize::from(beats) {
        let legal = burst.lane_mask(number as u16, bus_bytes);
        if beat.strobes & !legal != 0 {
            let strobes = beat.strobes;
            reporter.report(
                Rule::StrobeLanes,
                format_args!(
                    "WSTRB is {strobes:#x} in beat {number}, lanes {legal:#x}, write to {address:#x}"
                ),
            );
        }
    }
}
