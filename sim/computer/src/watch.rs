//! Watches what computers show outside: mailboxes, interrupt lines, traps.

use anyhow::Result;
use mch_sim::bench::{Agent, Pin, Sample};
use mch_sim::Simulation;
use std::collections::VecDeque;

const CONSOLE: u64 = 0;
const ANSWER: u64 = 4;
const PLEASE: u64 = 8;

/// A rendezvous request that has been withdrawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rendezvous {
    /// The cycle of the release.
    pub at: u64,
    /// Cycles from request to release.
    pub cycles: u64,
    /// Characters on the console at the release.
    pub console: usize,
}

/// What one computer has shown.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    mail_valid: Pin,
    mail_address: Pin,
    mail_data: Pin,
    trap: Pin,
    /// Characters put on the console.
    pub console: Vec<u8>,
    /// The last answer posted, and when.
    pub answer: Option<(u32, u64)>,
    /// Times that the program asked for a checkpoint.
    pub pleas: u32,
    /// Since when the unit asks for a rendezvous.
    pub requested: Option<u64>,
    /// Requests begun.
    pub requests: u64,
    /// Requests over.
    pub releases: u64,
    /// A request has ended in the last cycle.
    pub released_now: bool,
    /// Requests over, not yet looked at.
    pub over: VecDeque<Rendezvous>,
    /// The processor has stopped on something it cannot execute.
    pub trapped: bool,
}

/// The agent that watches all computers.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    irq: Pin,
    last_irq: u64,
    computers: Vec<Seen>,
}

impl Watch {
    pub fn bind(simulation: &Simulation, computers: usize) -> Result<Self> {
        let seen = |n: usize| -> Result<Seen> {
            Ok(Seen {
                mail_valid: simulation.pin(&format!("mail{n}_valid"))?,
                mail_address: simulation.pin(&format!("mail{n}_address"))?,
                mail_data: simulation.pin(&format!("mail{n}_data"))?,
                trap: simulation.pin(&format!("core{n}_trap"))?,
                console: Vec::new(),
                answer: None,
                pleas: 0,
                requested: None,
                requests: 0,
                releases: 0,
                released_now: false,
                over: VecDeque::new(),
                trapped: false,
            })
        };
        Ok(Self {
            irq: simulation.pin("irq")?,
            last_irq: 0,
            computers: (0..computers).map(seen).collect::<Result<_>>()?,
        })
    }

    pub fn computer(&self, number: usize) -> &Seen {
        &self.computers[number]
    }

    pub fn computer_mut(&mut self, number: usize) -> &mut Seen {
        &mut self.computers[number]
    }
}

impl Agent for Watch {
    fn observe(&mut self, sample: &mut Sample) {
        let irq = self.irq.get(sample.model);
        let changed = irq ^ self.last_irq;
        self.last_irq = irq;
        for (number, seen) in self.computers.iter_mut().enumerate() {
            if seen.mail_valid.is_high(sample.model) {
                let data = seen.mail_data.get(sample.model) as u32;
                match seen.mail_address.get(sample.model) {
                    CONSOLE => seen.console.push(data as u8),
                    ANSWER => seen.answer = Some((data, sample.cycle)),
                    PLEASE => seen.pleas += 1,
                    // The mailbox has nothing else; a processor gone wild may still write there.
                    _ => {}
                }
            }
            seen.trapped |= seen.trap.is_high(sample.model);
            seen.released_now = false;
            if changed >> number & 1 == 1 {
                match seen.requested.take() {
                    None => {
                        seen.requested = Some(sample.cycle);
                        seen.requests += 1;
                    }
                    Some(since) => {
                        seen.releases += 1;
                        seen.released_now = true;
                        seen.over.push_back(Rendezvous {
                            at: sample.cycle,
                            cycles: sample.cycle - since,
                            console: seen.console.len(),
                        });
                    }
                }
            }
        }
    }
}
