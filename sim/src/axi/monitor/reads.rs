//! The reads under way on a port, and the rules of R.

use super::log::{Transaction, TransactionLog};
use super::rule::{Reporter, Rule};
use super::MonitorOptions;
use crate::axi::pins::ReadBeat;
use crate::axi::{Burst, Response};
use crate::memory::Direction;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Read {
    burst: Burst,
    order: u64,
    address_cycle: u64,
    beat: u16,
    payload: Vec<u8>,
    responses: Vec<Response>,
}

/// Reads in the order of their addresses.
#[derive(Clone, Debug)]
pub(super) struct Reads {
    reads: VecDeque<Read>,
    order: u64,
    bus_bytes: usize,
}

impl Reads {
    pub fn new(bus_bytes: usize) -> Self {
        Self {
            reads: VecDeque::new(),
            order: 0,
            bus_bytes,
        }
    }

    pub fn len(&self) -> usize {
        self.reads.len()
    }

    pub fn restart(&mut self) {
        self.reads.clear();
    }

    pub fn take_address(&mut self, burst: Burst, cycle: u64, log: &mut TransactionLog) {
        let read = Read {
            burst,
            order: self.order,
            address_cycle: cycle,
            beat: 0,
            payload: Vec::new(),
            responses: Vec::new(),
        };
        self.order += 1;
        log.accepted(|| read.clone().transaction(self.bus_bytes, cycle));
        self.reads.push_back(read);
    }

    /// Judges a beat as it appears.
    pub fn check_beat(&self, beat: &ReadBeat, options: &MonitorOptions, reporter: &mut Reporter) {
        let id = beat.id;
        let Some(read) = self.reads.iter().find(|read| read.burst.id == id) else {
            reporter.report(Rule::ReadId, format_args!("R with id {id} answers no read"));
            return;
        };
        let number = read.beat;
        let (address, beats) = (read.burst.address, read.burst.beats);
        if beat.last != (number + 1 == beats) {
            let seen = beat.last;
            reporter.report(
                Rule::RlastPosition,
                format_args!(
                    "RLAST is {seen} in beat {number} of {beats}, read of {address:#x}, id {id}"
                ),
            );
        }
        if beat.response == Response::ExOkay && !read.burst.attributes.lock {
            let why = "EXOKAY answers a read that is not exclusive";
            reporter.report(Rule::ExclusiveResponse, format_args!("{why}, id {id}"));
        }
        let first = self.reads.front().map(|read| read.burst.id);
        if options.in_order && first != Some(id) {
            reporter.report(
                Rule::InOrder,
                format_args!("R with id {id} before that of {first:?}"),
            );
        }
    }

    pub fn take_beat(&mut self, beat: &ReadBeat, cycle: u64, log: &mut TransactionLog) {
        let Some(index) = self.reads.iter().position(|read| read.burst.id == beat.id) else {
            return;
        };
        let read = &mut self.reads[index];
        if log.wants_data() {
            read.payload
                .extend_from_slice(&beat.data[read.burst.lanes(read.beat, self.bus_bytes)]);
            read.responses.push(beat.response);
        }
        read.beat += 1;
        // Where RLAST and the length disagree, either ends the burst: one report, not a flood.
        if beat.last || read.beat == read.burst.beats {
            if let Some(read) = self.reads.remove(index) {
                log.completed(|| read.transaction(self.bus_bytes, cycle));
            }
        }
    }

    /// Reports a read when it has just exceeded the limit.
    pub fn check_age(&self, limit: u64, reporter: &mut Reporter) {
        for read in &self.reads {
            if reporter.cycle == read.address_cycle + limit {
                let (id, address, since) = (read.burst.id, read.burst.address, read.address_cycle);
                reporter.report(
                    Rule::Unanswered,
                    format_args!("read of {address:#x}, id {id}, accepted in cycle {since}"),
                );
            }
        }
    }
}

impl Read {
    fn transaction(self, bus_bytes: usize, cycle: u64) -> Transaction {
        Transaction {
            direction: Direction::Read,
            order: self.order,
            burst: self.burst,
            payload: self.payload,
            strobes: Vec::new(),
            responses: self.responses,
            address_cycle: self.address_cycle,
            data_cycle: cycle,
            response_cycle: cycle,
            bus_bytes,
        }
    }
}
