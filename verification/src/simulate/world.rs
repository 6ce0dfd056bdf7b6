//! What all guests share: the simulated system, the model of memory, and the register port.

use super::backup::Backup;
use super::coroutine::next_cycle;
use super::image;
use super::options::{MemoryTiming, Options};
use super::report::{GuestReport, Report};
use super::traffic::Traffic;
use super::Progress;
use crate::system::{BuildOptions, System};
use crate::trace::{Event, Kind};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::axi::{LiteCompleted, ManagerOptions, Response, Ticket};
use mch_sim::bench::Pin;
use mch_sim::memory::{Direction, Memory};
use mch_spec::registers::{field, guest_address, offset, ErrorCode};
use mch_spec::Strategy;
use std::cell::{Ref, RefCell, RefMut};
use std::ops::Range;
use verilated::Trace;

/// Memory compared at a time, in bytes.
const CHUNK: usize = 4096;

/// A guest's image, and where in its trace it was taken.
#[derive(Clone)]
pub struct Image {
    memory: Memory,
    /// The next event.
    pub index: usize,
    /// The guest's own time, in cycles.
    pub time: i64,
}

/// All that is known of a guest.
pub struct Guest<'a> {
    /// Its part of the trace.
    pub events: Vec<&'a Event>,
    /// The next of them.
    pub index: usize,
    /// The cycle that its time counts from; it moves when the guest is rolled back.
    pub origin: i64,
    /// Cycles at which it will be broken, the next last.
    pub faults: Vec<u64>,
    /// Faults of the trace before this event have struck.
    pub broken_to: usize,
    /// Its last checkpoint.
    pub checkpoint: Option<Image>,
    /// The one that is being made.
    pub candidate: Option<Image>,
    /// Commits counted by the unit.
    pub commits: u32,
    /// It is being rolled back: its memory is what it may be.
    pub is_down: bool,
    /// It has done all it has to.
    pub is_done: bool,
    /// What it has under way.
    pub traffic: Traffic,
    /// What it has done.
    pub report: GuestReport,
    /// Addresses of its region.
    region: Range<u64>,
    port: usize,
    /// Blocks copied and entries written for its first checkpoint.
    copies_before: u32,
    entries_before: u32,
}

struct Inner<'a> {
    system: System,
    /// What memory must hold once all that is under way is over.
    model: Memory,
    guests: Vec<Guest<'a>>,
    irq_pin: Pin,
    irq: u64,
    start: u64,
    /// When something last happened.
    alive: u64,
    patience: u64,
    burst_limit: usize,
    bytes_checked: u64,
    images_checked: u64,
    /// Cycles spent on asking the unit for the places of blocks.
    asking: u64,
    /// The guests' strategy is S5.
    redirects: bool,
    /// Where the checkpoints lie, with S2.
    backup: Option<Backup>,
}

/// The simulated world; software holds it no longer than a call.
pub struct World<'a>(RefCell<Inner<'a>>);

impl<'a> World<'a> {
    /// Builds the system, attaches the guests.
    pub fn new(options: &Options, events: &'a [Event]) -> Result<Self> {
        let config = &options.config;
        let build = BuildOptions {
            trace: options.waveform.as_ref().map_or(Trace::None, |w| w.format),
            ..BuildOptions::default()
        };
        let manager = |_| ManagerOptions {
            outstanding_writes: config.outstanding as usize,
            outstanding_reads: config.outstanding as usize,
            ..ManagerOptions::default()
        };
        let mut system = System::new(config, build, options.seed, manager, options.subordinate())?;
        if let Some(waveform) = &options.waveform {
            let from = system.simulation.cycle();
            system.simulation.trace(&waveform.path, from)?;
        }
        system.enable()?;
        let mut guests = Vec::new();
        for number in 0..config.guests {
            let setup = options.setup(number)?;
            system.attach(number, setup)?;
            let has_limit = options.log_size.is_some() || options.strategy == Strategy::S2;
            if has_limit && setup.ring_size != 0 {
                let half = config.ring_slots(setup.ring_size) / 2;
                system.set_guest(number, offset::G_RING_HIGH, half as u32)?;
            }
            let mut faults: Vec<u64> = (options.faults.iter())
                .filter(|fault| fault.guest == number)
                .map(|fault| fault.cycle)
                .collect();
            faults.sort_unstable_by(|a, b| b.cmp(a));
            let first = system.layout.memory + setup.offset;
            guests.push(Guest {
                events: events.iter().filter(|one| one.guest == number).collect(),
                index: 0,
                origin: 0,
                faults,
                broken_to: 0,
                checkpoint: None,
                candidate: None,
                commits: 0,
                is_down: false,
                is_done: false,
                traffic: Traffic::default(),
                report: GuestReport::default(),
                region: first..first + setup.bytes,
                port: (number % config.ports) as usize,
                copies_before: 0,
                entries_before: 0,
            });
        }
        let backup = match options.strategy {
            Strategy::S2 => Some(Backup::join(options, &mut system)?),
            _ => None,
        };
        let latency = match options.timing {
            MemoryTiming::Fixed(cycles) => u64::from(cycles),
            MemoryTiming::Dram => 100,
        };
        let blocks = u64::from(config.blocks());
        Ok(Self(RefCell::new(Inner {
            model: system.contents().clone(),
            irq_pin: system.simulation.pin("irq")?,
            irq: 0,
            start: system.simulation.cycle(),
            alive: system.simulation.cycle(),
            // A commit of all of memory, one block after the other, and then some.
            patience: 200_000 + (blocks + 1_000) * (latency + 200),
            burst_limit: config.outstanding as usize,
            bytes_checked: 0,
            images_checked: 0,
            asking: 0,
            redirects: options.strategy == Strategy::S5,
            backup,
            guests,
            system,
        })))
    }

    fn inner(&self) -> RefMut<'_, Inner<'a>> {
        self.0.borrow_mut()
    }

    /// Guests.
    pub fn guests(&self) -> usize {
        self.0.borrow().guests.len()
    }

    /// A guest.
    pub fn guest(&self, number: usize) -> Ref<'_, Guest<'a>> {
        Ref::map(self.0.borrow(), |inner| &inner.guests[number])
    }

    /// A guest, to be changed; something has happened to it.
    pub fn guest_mut(&self, number: usize) -> RefMut<'_, Guest<'a>> {
        let mut inner = self.inner();
        inner.alive = inner.system.simulation.cycle();
        RefMut::map(inner, |inner| &mut inner.guests[number])
    }

    /// Whether every guest has done all it has to.
    pub fn all_done(&self) -> bool {
        self.0.borrow().guests.iter().all(|guest| guest.is_done)
    }

    /// Cycles without anything happening after which something is wrong.
    pub fn patience(&self) -> u64 {
        self.0.borrow().patience
    }

    /// Cycles spent so far on asking the unit for the places of blocks.
    pub fn asking(&self) -> u64 {
        self.inner().asking
    }

    /// The number of the cycle.
    pub fn cycle(&self) -> u64 {
        self.0.borrow().system.simulation.cycle()
    }

    /// Cycles since the trace has started.
    pub fn elapsed(&self) -> u64 {
        let inner = self.0.borrow();
        inner.system.simulation.cycle() - inner.start
    }

    /// Whether the unit asks the guest for a rendezvous.
    pub fn irq(&self, guest: usize) -> bool {
        self.0.borrow().irq >> guest & 1 == 1
    }

    /// How far things are.
    pub fn progress(&self) -> Progress {
        let inner = self.0.borrow();
        Progress {
            cycle: inner.system.simulation.cycle() - inner.start,
            events: inner.guests.iter().map(|guest| guest.index).sum(),
        }
    }

    /// The trace starts now; what was before does not count.
    pub fn start(&self) -> Result<()> {
        let inner = &mut *self.inner();
        for number in 0..inner.guests.len() {
            let copies = inner.system.guest(number as u32, offset::G_COPIES)?;
            inner.guests[number].copies_before = copies;
            if inner.system.config.uses_ring() {
                let entries = inner.system.guest(number as u32, offset::G_ENTRIES)?;
                inner.guests[number].entries_before = entries;
            }
        }
        inner.start = inner.system.simulation.cycle();
        for guest in &mut inner.guests {
            guest.origin = inner.start as i64;
            guest.report = GuestReport::default();
            if let Some(image) = &mut guest.checkpoint {
                image.time = 0;
            }
        }
        Ok(())
    }

    /// Sets the time between a guest's checkpoints.
    pub fn set_period(&self, guest: u32, cycles: u32) -> Result<()> {
        let mut inner = self.inner();
        inner.system.set_guest(guest, offset::G_PERIOD, cycles)
    }

    /// A cycle of the hardware, and what it brings.
    pub fn step(&self) -> Result<()> {
        let inner = &mut *self.inner();
        inner.system.simulation.step()?;
        inner.irq = inner.system.simulation.get(inner.irq_pin);
        let cycle = inner.system.simulation.cycle();
        for port in 0..inner.system.ports.len() {
            let manager = inner.system.ports[port];
            if inner.system.simulation[manager].completed().is_empty() {
                continue;
            }
            inner.alive = cycle;
            for done in inner.system.simulation[manager].take_completed() {
                inner.take(port, &done)?;
            }
        }
        if cycle - inner.alive > inner.patience {
            bail!(
                "nothing has happened for {} cycles:\n{}",
                inner.patience,
                inner.situation()
            );
        }
        Ok(())
    }

    /// Whether a guest may begin an access now.
    pub fn may_begin(
        &self,
        number: usize,
        direction: Direction,
        address: u64,
        length: usize,
    ) -> bool {
        let inner = self.0.borrow();
        let traffic = &inner.guests[number].traffic;
        let address = inner.system.layout.memory + address;
        traffic.bursts() < inner.burst_limit && !traffic.must_wait(direction, address, length)
    }

    /// Begins a write; `address` counts from the start of system memory.
    pub fn begin_write(&self, number: usize, address: u64, bytes: &[u8]) -> Result<()> {
        let inner = &mut *self.inner();
        let address = inner.system.layout.memory + address;
        let guest = &mut inner.guests[number];
        let manager = inner.system.ports[guest.port];
        let tickets = inner.system.simulation[manager].write_bytes(address, bytes)?;
        inner.model.write(address, bytes);
        guest.traffic.begin_write(address, bytes.len(), tickets);
        Ok(())
    }

    /// Begins a read; `address` counts from the start of system memory.
    pub fn begin_read(&self, number: usize, address: u64, length: usize) -> Result<()> {
        let inner = &mut *self.inner();
        let address = inner.system.layout.memory + address;
        let guest = &mut inner.guests[number];
        let manager = inner.system.ports[guest.port];
        let tickets = inner.system.simulation[manager].read_bytes(address, length)?;
        let expected = inner.model.read_vec(address, length);
        guest.traffic.begin_read(address, expected, tickets);
        Ok(())
    }

    /// The guest's memory as it is now; nothing may be under way.
    pub fn image(&self, number: usize) -> Image {
        let inner = self.0.borrow();
        let guest = &inner.guests[number];
        Image {
            memory: inner.model.clone(),
            index: guest.index,
            time: inner.system.simulation.cycle() as i64 - guest.origin,
        }
    }

    /// A guest is broken: it forgets what it has under way.
    pub fn break_down(&self, number: usize) {
        let inner = &mut *self.inner();
        let guest = &mut inner.guests[number];
        guest.is_down = true;
        guest.report.faults += 1;
        // A commit under way may yet succeed, but nothing can be under way then.
        if let Some(image) = &guest.checkpoint {
            let image = &image.memory;
            guest
                .traffic
                .lose(|address, length| image.read_vec(address, length));
        }
    }

    /// A guest's rollback is over: its memory must be that of its checkpoint, and it goes on from there.
    pub fn go_back(&self, number: usize) -> Result<()> {
        let inner = &mut *self.inner();
        let cycle = inner.system.simulation.cycle();
        let guest = &mut inner.guests[number];
        let image = guest
            .checkpoint
            .as_ref()
            .context("a guest has a checkpoint")?;
        let mut address = guest.region.start;
        while address < guest.region.end {
            let bytes = image.memory.read_vec(address, CHUNK);
            // Pages that are the same stay shared.
            if bytes != inner.model.read_vec(address, CHUNK) {
                inner.model.write(address, &bytes);
            }
            address += CHUNK as u64;
        }
        guest.index = image.index;
        guest.origin = cycle as i64 - image.time;
        guest.is_down = false;
        inner
            .compare_all(|guest| guest == number)
            .with_context(|| format!("after the rollback of guest {number} at cycle {cycle}"))
    }

    /// Reads a register of a guest.
    pub async fn read(&self, number: usize, register: u32) -> Result<u32> {
        let address = guest_address(number as u32, register);
        let ticket = {
            let inner = &mut *self.inner();
            inner.system.simulation[inner.system.registers].read(address.into())
        };
        let done = self.access(ticket).await;
        ensure!(
            done.response == Response::Okay,
            "register {register:#x} of guest {number} cannot be read: {:?}",
            done.response
        );
        Ok(done.value as u32)
    }

    /// Writes a register of a guest; false if the unit refuses.
    pub async fn write(&self, number: usize, register: u32, value: u32) -> bool {
        let address = guest_address(number as u32, register);
        let ticket = {
            let inner = &mut *self.inner();
            inner.system.simulation[inner.system.registers].write(address.into(), value.into())
        };
        self.access(ticket).await.response == Response::Okay
    }

    async fn access(&self, ticket: Ticket) -> LiteCompleted {
        loop {
            let done = {
                let inner = &mut *self.inner();
                inner.system.simulation[inner.system.registers].take(ticket)
            };
            match done {
                Some(done) => return done,
                None => next_cycle().await,
            }
        }
    }

    /// All is over: the last checks, and the unit's own counts.
    pub fn report(&self, options: &Options) -> Result<Report> {
        let inner = &mut *self.inner();
        let cycles = inner.system.simulation.cycle() - inner.start - inner.asking;
        inner.compare_all(|_| true).context("at the end")?;
        for number in 0..inner.guests.len() {
            let guest = number as u32;
            let copies = inner.system.guest(guest, offset::G_COPIES)?;
            let rollbacks = inner.system.guest(guest, offset::G_ROLLBACKS)?;
            let entries = match options.config.uses_ring() {
                true => inner.system.guest(guest, offset::G_ENTRIES)?,
                false => 0,
            };
            let guest = &mut inner.guests[number];
            let report = &mut guest.report;
            report.blocks_copied = copies.wrapping_sub(guest.copies_before).into();
            report.rollbacks = rollbacks.into();
            report.log_entries = entries.wrapping_sub(guest.entries_before).into();
        }
        inner.system.simulation.end_trace()?;
        inner.take_over()?;
        Ok(Report {
            strategy: options.strategy,
            seed: options.seed,
            cycles,
            bytes_checked: inner.bytes_checked,
            images_checked: inner.images_checked,
            guests: inner.guests.iter().map(|g| g.report.clone()).collect(),
        })
    }

    /// What the unit says of a refused command, for messages.
    pub async fn refusal(&self) -> Result<String> {
        let ticket = {
            let inner = &mut *self.inner();
            inner.system.simulation[inner.system.registers].read(offset::ERROR.into())
        };
        let code = field::ERROR::CODE.get(self.access(ticket).await.value as u32);
        Ok(format!("{:?}", ErrorCode::from_code(code)))
    }
}

impl Inner<'_> {
    /// Gives a result to the guest whose it is.
    fn take(&mut self, port: usize, done: &mch_sim::axi::Completed) -> Result<()> {
        for (number, guest) in self.guests.iter_mut().enumerate() {
            if guest.port != port {
                continue;
            }
            let cycle = self.system.simulation.cycle();
            let compared = guest
                .traffic
                .complete(done, &mut guest.report)
                .with_context(|| format!("guest {number}, cycle {cycle}"))?;
            if let Some(bytes) = compared {
                self.bytes_checked += bytes as u64;
                return Ok(());
            }
        }
        bail!("port {port} answers what nobody asked: {done:?}")
    }

    /// Compares the memory of all guests with the model, except what is under way.
    /// Of guests with S5 the places of blocks are asked of the unit where `exact` says so.
    fn compare_all(&mut self, exact: impl Fn(usize) -> bool) -> Result<()> {
        for (number, guest) in self.guests.iter().enumerate() {
            if guest.is_down {
                continue;
            }
            let region = &guest.region;
            let length = (region.end - region.start) as usize;
            let memory = match self.redirects {
                false => self.system.contents().read_vec(region.start, length),
                true if exact(number) => {
                    let before = self.system.simulation.cycle();
                    let bytes = image::placed(&mut self.system, region)?;
                    self.asking += self.system.simulation.cycle() - before;
                    bytes
                }
                true => {
                    let expected = self.model.read_vec(region.start, length);
                    image::in_either_place(&self.system, region, &expected)
                }
            };
            let mut address = guest.region.start;
            while address < guest.region.end {
                let from = (address - region.start) as usize;
                let found = &memory[from..from + CHUNK];
                let expected = self.model.read_vec(address, CHUNK);
                if found != expected {
                    let different = (address..)
                        .zip(found.iter().zip(&expected))
                        .find(|(at, (a, b))| a != b && !guest.traffic.may_write(*at));
                    if let Some((at, (found, expected))) = different {
                        bail!("memory of guest {number} at {at:#x}: {found:#04x} instead of {expected:#04x}");
                    }
                }
                address += CHUNK as u64;
            }
            self.images_checked += 1;
        }
        Ok(())
    }

    /// With a backup: the first computer is lost, and every guest's memory in the second must be that of its checkpoint.
    fn take_over(&mut self) -> Result<()> {
        let Some(backup) = &self.backup else {
            return Ok(());
        };
        backup.lose_primary();
        for (number, guest) in self.guests.iter_mut().enumerate() {
            let image = guest.checkpoint.as_ref();
            let image = image.context("a guest has a checkpoint")?;
            let cycles = backup.take_over(number, &guest.region, &image.memory)?;
            guest.report.takeover = Some(cycles);
            self.images_checked += 1;
        }
        Ok(())
    }

    fn situation(&self) -> String {
        let lines =
            self.guests.iter().enumerate().map(|(number, guest)| {
                format!(
                "guest {number}: {} of {} events, {} bursts under way, {} commits, {} faults{}{}",
                guest.index,
                guest.events.len(),
                guest.traffic.bursts(),
                guest.commits,
                guest.report.faults,
                if guest.is_down { ", being rolled back" } else { "" },
                if self.irq >> number & 1 == 1 { ", asked for a rendezvous" } else { "" },
            )
            });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl<'a> Guest<'a> {
    /// The next event and its place, faults that have struck already left out.
    pub fn next(&self) -> Option<(usize, &'a Event)> {
        let mut events = self.events.iter().enumerate().skip(self.index);
        events
            .find(|(index, event)| event.kind != Kind::Rollback || *index >= self.broken_to)
            .map(|(index, event)| (index, *event))
    }
}
