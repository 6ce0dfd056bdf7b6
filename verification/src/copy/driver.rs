//! The agent that offers descriptors to the copy engine and collects its reports.

use super::descriptor::{Completion, Descriptor};
use anyhow::Result;
use mch_sim::bench::{derive_seed, Agent, Drive, Pacer, Pacing, Pin, Sample};
use mch_sim::Simulation;
use std::collections::VecDeque;

/// One of the engine's two inputs.
#[derive(Clone)]
struct Input {
    valid: Pin,
    ready: Pin,
    source: Pin,
    destination: Pin,
    first: Pin,
    last: Pin,
    has_header: Pin,
    header_address: Pin,
    header: Pin,
    ticket: Pin,
    guest: Pin,
    block: Pin,
    kind: Pin,
    clear: Pin,
    queue: VecDeque<Descriptor>,
    offered: bool,
    pacer: Pacer,
}

impl Input {
    fn bind(simulation: &Simulation, prefix: &str) -> Result<Self> {
        let pin = |name: &str| Pin::optional(simulation.model(), &format!("{prefix}_{name}"));
        Ok(Self {
            valid: pin("valid")?,
            ready: pin("ready")?,
            source: pin("source")?,
            destination: pin("destination")?,
            first: pin("first")?,
            last: pin("last")?,
            has_header: pin("has_header")?,
            header_address: pin("header_address")?,
            header: pin("header")?,
            ticket: pin("ticket")?,
            guest: pin("guest")?,
            block: pin("block")?,
            kind: pin("kind")?,
            clear: pin("clear")?,
            queue: VecDeque::new(),
            offered: false,
            pacer: Pacer::new(Pacing::Always, derive_seed(simulation.seed(), prefix)),
        })
    }

    fn taken(&mut self, sample: &Sample) -> Option<Descriptor> {
        if !(self.valid.is_high(sample.model) && self.ready.is_high(sample.model)) {
            return None;
        }
        self.offered = false;
        self.queue.pop_front()
    }

    fn drive(&mut self, drive: &mut Drive) {
        self.offered = !self.queue.is_empty() && (self.offered || self.pacer.offer());
        let model = &mut *drive.model;
        self.valid.set(model, u64::from(self.offered));
        if let Some(next) = self.queue.front() {
            self.source.set(model, next.source);
            self.destination.set(model, next.destination);
            self.first.set(model, next.first);
            self.last.set(model, next.last);
            self.has_header.set(model, u64::from(next.header.is_some()));
            let header = next.header.map_or((0, 0), |h| (h.address, h.value));
            self.header_address.set(model, header.0);
            self.header.set(model, header.1);
            self.ticket.set(model, next.ticket);
            self.guest.set(model, next.guest);
            self.block.set(model, next.block);
            self.kind.set(model, next.kind);
            self.clear.set(model, u64::from(next.clear));
        }
    }
}

/// Offers descriptors, in order on each input, and records what was taken and what was reported.
#[derive(Clone)]
pub struct CopyDriver {
    urgent: Input,
    bulk: Input,
    done_valid: Pin,
    done: [Pin; 7],
    idle: Pin,
    /// Descriptors taken, with the cycle of each.
    pub taken: Vec<(u64, Descriptor)>,
    /// Reports, with the cycle of each.
    pub reports: Vec<(u64, Completion)>,
    /// The engine's `idle` in the last cycle.
    pub was_idle: bool,
}

impl CopyDriver {
    /// Binds the driver to the engine's ports.
    pub fn bind(simulation: &Simulation) -> Result<Self> {
        let pin = |name: &str| Pin::optional(simulation.model(), name);
        Ok(Self {
            urgent: Input::bind(simulation, "urgent")?,
            bulk: Input::bind(simulation, "bulk")?,
            done_valid: simulation.pin("done_valid")?,
            done: [
                pin("done_kind")?,
                pin("done_ticket")?,
                pin("done_guest")?,
                pin("done_block")?,
                pin("done_clear")?,
                pin("done_read_error")?,
                pin("done_write_error")?,
            ],
            idle: simulation.pin("idle")?,
            taken: Vec::new(),
            reports: Vec::new(),
            was_idle: false,
        })
    }

    /// Queues an urgent descriptor.
    pub fn push_urgent(&mut self, descriptor: Descriptor) {
        self.urgent.queue.push_back(descriptor);
    }

    /// Queues a bulk descriptor.
    pub fn push_bulk(&mut self, descriptor: Descriptor) {
        self.bulk.queue.push_back(descriptor);
    }

    /// When descriptors are offered.
    pub fn set_pacing(&mut self, urgent: Pacing, bulk: Pacing) {
        self.urgent.pacer.set(urgent);
        self.bulk.pacer.set(bulk);
    }
}

impl Agent for CopyDriver {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            return;
        }
        for input in [&mut self.urgent, &mut self.bulk] {
            if let Some(descriptor) = input.taken(sample) {
                self.taken.push((sample.cycle, descriptor));
            }
        }
        self.was_idle = self.idle.is_high(sample.model);
        if self.done_valid.is_high(sample.model) {
            let [kind, ticket, guest, block, clear, read_error, write_error] =
                self.done.map(|pin| pin.get(sample.model));
            let completion = Completion {
                kind,
                ticket,
                guest,
                block,
                clear: clear != 0,
                read_error: read_error != 0,
                write_error: write_error != 0,
            };
            self.reports.push((sample.cycle, completion));
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        if drive.reset {
            return;
        }
        self.urgent.drive(drive);
        self.bulk.drive(drive);
    }

    fn status(&self) -> Option<String> {
        Some(format!(
            "copy engine: {} taken, {} reported, {} + {} waiting",
            self.taken.len(),
            self.reports.len(),
            self.urgent.queue.len(),
            self.bulk.queue.len()
        ))
    }
}
