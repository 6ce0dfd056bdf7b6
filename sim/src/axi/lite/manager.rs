//! An AXI4-Lite manager: plays the firmware that reads and writes registers.

use crate::axi::pins::{AxiPins, WriteBeat};
use crate::axi::{Attributes, Burst, Response, Ticket};
use crate::bench::{
    derive_seed, Agent, Drive, Lanes, Pacer, Pacing, Sample, Simulation, Violation, MAX_BUS_BYTES,
};
use crate::memory::Direction;
use anyhow::{ensure, Result};
use std::collections::VecDeque;

/// Options of an AXI4-Lite manager.
#[derive(Clone, Debug, Default)]
pub struct LiteOptions {
    /// AWVALID.
    pub aw: Pacing,
    /// WVALID.
    pub w: Pacing,
    /// BREADY.
    pub b: Pacing,
    /// ARVALID.
    pub ar: Pacing,
    /// RREADY.
    pub r: Pacing,
    /// AxPROT of every access, 3 bits.
    pub prot: u8,
}

/// A finished register access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiteCompleted {
    /// Which one.
    pub ticket: Ticket,
    /// Read or write.
    pub direction: Direction,
    /// Byte address.
    pub address: u64,
    /// The value read or written.
    pub value: u64,
    /// The response.
    pub response: Response,
    /// The cycle of the address handshake.
    pub address_cycle: u64,
    /// The cycle of the response's handshake.
    pub response_cycle: u64,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    ticket: Ticket,
    direction: Direction,
    address: u64,
    value: u64,
    strobes: u64,
}

/// How far the access at the head of the queue has come.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    address_valid: bool,
    address_done: Option<u64>,
    data_valid: bool,
    data_done: bool,
    ready: bool,
    saw_valid: bool,
}

/// An AXI4-Lite manager: performs its queue of accesses one after the other. A reset of the design
/// clears the queue.
#[derive(Clone)]
pub struct AxiLiteManager {
    prefix: String,
    pins: AxiPins,
    aw: Pacer,
    w: Pacer,
    b: Pacer,
    ar: Pacer,
    r: Pacer,
    prot: u8,
    queue: VecDeque<Access>,
    progress: Progress,
    completed: VecDeque<LiteCompleted>,
    next_ticket: u64,
    in_reset: bool,
}

impl AxiLiteManager {
    /// Binds a manager to the port whose signals start with `prefix`, as `s_axil`.
    pub fn bind(simulation: &Simulation, prefix: &str, options: LiteOptions) -> Result<Self> {
        let pins = AxiPins::bind(simulation.model(), prefix)?;
        pins.expect_manager(prefix)?;
        ensure!(
            pins.bus_bytes <= 8,
            "`{prefix}_wdata` is {} bits wide; AXI4-Lite allows 32 and 64",
            pins.bus_bytes * 8
        );
        let pacer = |pacing: Pacing, channel: &str| {
            Pacer::new(
                pacing,
                derive_seed(simulation.seed(), &format!("{prefix} {channel}")),
            )
        };
        Ok(Self {
            prefix: prefix.to_owned(),
            pins,
            aw: pacer(options.aw, "aw"),
            w: pacer(options.w, "w"),
            b: pacer(options.b, "b"),
            ar: pacer(options.ar, "ar"),
            r: pacer(options.r, "r"),
            prot: options.prot,
            queue: VecDeque::new(),
            progress: Progress::default(),
            completed: VecDeque::new(),
            next_ticket: 0,
            in_reset: false,
        })
    }

    /// Queues a write of a whole register.
    pub fn write(&mut self, address: u64, value: u64) -> Ticket {
        let strobes = crate::axi::ones(self.pins.bus_bytes);
        self.write_strobed(address, value, strobes)
    }

    /// Queues a write of the bytes whose bit in `strobes` is set.
    pub fn write_strobed(&mut self, address: u64, value: u64, strobes: u64) -> Ticket {
        self.submit(Direction::Write, address, value, strobes)
    }

    /// Queues a read.
    pub fn read(&mut self, address: u64) -> Ticket {
        self.submit(Direction::Read, address, 0, 0)
    }

    /// Accesses queued or under way.
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// True if nothing is pending.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Removes and returns the result of `ticket`, if it has completed.
    pub fn take(&mut self, ticket: Ticket) -> Option<LiteCompleted> {
        let index = self
            .completed
            .iter()
            .position(|completed| completed.ticket == ticket)?;
        self.completed.remove(index)
    }

    /// Results not yet taken, in order.
    pub fn completed(&self) -> &VecDeque<LiteCompleted> {
        &self.completed
    }

    /// Removes and returns all results, in order.
    pub fn take_completed(&mut self) -> Vec<LiteCompleted> {
        self.completed.drain(..).collect()
    }

    fn submit(&mut self, direction: Direction, address: u64, value: u64, strobes: u64) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.queue.push_back(Access {
            ticket,
            direction,
            address,
            value,
            strobes,
        });
        ticket
    }

    /// The response to `access`, if it comes in this cycle: its value and response.
    fn response(&mut self, sample: &mut Sample, access: &Access) -> Option<(u64, Response)> {
        let (pins, progress) = (&self.pins, &mut self.progress);
        let (channel, asked) = match access.direction {
            Direction::Read => (pins.r.handshake, progress.address_done.is_some()),
            Direction::Write => (
                pins.b.handshake,
                progress.address_done.is_some() && progress.data_done,
            ),
        };
        progress.saw_valid = channel.valid.is_high(sample.model);
        if !(progress.saw_valid && progress.ready) {
            return None;
        }
        if !asked {
            sample.violations.push(Violation {
                rule: "manager: unexpected response",
                cycle: sample.cycle,
                port: self.prefix.clone(),
                detail: format!("response before its {:?} was accepted", access.direction),
            });
        }
        Some(match access.direction {
            Direction::Read => {
                let beat = pins.r.get(sample.model);
                (from_lanes(&beat.data), beat.response)
            }
            Direction::Write => (access.value, pins.b.get(sample.model).1),
        })
    }

    fn drive_valids(&mut self, drive: &mut Drive, access: &Access) {
        let (pins, progress) = (&self.pins, &mut self.progress);
        let writes = access.direction == Direction::Write;
        let channel = if writes { &pins.aw } else { &pins.ar };
        let pacer = if writes { &mut self.aw } else { &mut self.ar };
        if !progress.address_valid && progress.address_done.is_none() && pacer.offer() {
            let size = pins.bus_bytes.trailing_zeros() as u8;
            let attributes = Attributes {
                prot: self.prot,
                ..Attributes::default()
            };
            let burst = Burst::incr(access.address, 1, size).with_attributes(attributes);
            channel.set(drive.model, &burst);
            channel.handshake.valid.set(drive.model, 1);
            progress.address_valid = true;
        }
        if writes && !progress.data_valid && !progress.data_done && self.w.offer() {
            let data = to_lanes(access.value);
            pins.w.set(
                drive.model,
                &WriteBeat {
                    data,
                    strobes: access.strobes,
                    last: true,
                },
            );
            pins.w.handshake.valid.set(drive.model, 1);
            progress.data_valid = true;
        }
    }
}

fn to_lanes(value: u64) -> Lanes {
    let mut lanes = [0; MAX_BUS_BYTES];
    lanes[..8].copy_from_slice(&value.to_le_bytes());
    lanes
}

fn from_lanes(lanes: &Lanes) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&lanes[..8]);
    u64::from_le_bytes(bytes)
}

impl Agent for AxiLiteManager {
    fn observe(&mut self, sample: &mut Sample) {
        if sample.reset {
            self.queue.clear();
            self.progress = Progress::default();
            self.in_reset = true;
            return;
        }
        let Some(access) = self.queue.front().copied() else {
            return;
        };
        let model = sample.model;
        let channel = match access.direction {
            Direction::Write => &self.pins.aw,
            Direction::Read => &self.pins.ar,
        };
        // The handshakes are noted after the response is judged: it may not come with them.
        let address = self.progress.address_valid && channel.handshake.ready.is_high(model);
        let data = self.progress.data_valid && self.pins.w.handshake.ready.is_high(model);
        let response = self.response(sample, &access);
        if address {
            self.progress.address_done = Some(sample.cycle);
        }
        self.progress.data_done |= data;
        if let Some((value, response)) = response {
            self.completed.push_back(LiteCompleted {
                ticket: access.ticket,
                direction: access.direction,
                address: access.address,
                value,
                response,
                address_cycle: self.progress.address_done.unwrap_or(sample.cycle),
                response_cycle: sample.cycle,
            });
            self.queue.pop_front();
            // READY is still up; `drive` lowers it or keeps it for the next access.
            let ready = self.progress.ready;
            self.progress = Progress {
                ready,
                ..Progress::default()
            };
        }
    }

    fn drive(&mut self, drive: &mut Drive) {
        let pins = self.pins;
        let (aw, w, ar) = (
            pins.aw.handshake.valid,
            pins.w.handshake.valid,
            pins.ar.handshake.valid,
        );
        let reset = drive.reset || std::mem::take(&mut self.in_reset);
        let access = self.queue.front().copied().filter(|_| !reset);
        let Some(access) = access else {
            if reset || self.progress.ready {
                for pin in [aw, w, ar, pins.b.handshake.ready, pins.r.handshake.ready] {
                    pin.set(drive.model, 0);
                }
                self.progress = Progress::default();
            }
            return;
        };
        // A VALID whose handshake is over falls, and that of an access that is over with it.
        if self.progress.address_done.is_some() || !self.progress.address_valid {
            aw.set(drive.model, 0);
            ar.set(drive.model, 0);
            self.progress.address_valid = false;
        }
        if self.progress.data_done || !self.progress.data_valid {
            w.set(drive.model, 0);
            self.progress.data_valid = false;
        }
        self.drive_valids(drive, &access);
        let (saw_valid, was_ready) = (self.progress.saw_valid, self.progress.ready);
        let reads = access.direction == Direction::Read;
        let pacer = if reads { &mut self.r } else { &mut self.b };
        let ready = pacer.accept(saw_valid, was_ready);
        pins.r
            .handshake
            .ready
            .set(drive.model, u64::from(ready && reads));
        pins.b
            .handshake
            .ready
            .set(drive.model, u64::from(ready && !reads));
        self.progress.ready = ready;
    }

    fn status(&self) -> Option<String> {
        let access = self.queue.front()?;
        Some(format!(
            "manager {}: {} accesses pending, the first a {:?} at {:#x}, address {}",
            self.prefix,
            self.queue.len(),
            access.direction,
            access.address,
            if self.progress.address_done.is_some() {
                "accepted"
            } else {
                "not accepted"
            },
        ))
    }
}
