//! Two links joined by channels, a memory each, and what each must hold.

use super::end::{Happening, LinkEnd, Role};
use super::entry::Entry;
use super::frame::{Header, Kind};
use crate::block_bench::instances;
use anyhow::{ensure, Context, Result};
use mch_hdl::blocks::Link;
use mch_hdl::emit::{emit, EmitOptions};
use mch_sim::axi::{AxiSubordinate, MonitorOptions, SubordinateOptions};
use mch_sim::bench::Pacing;
use mch_sim::stream::{FrameChannel, StreamMonitor};
use mch_sim::{Handle, Simulation};
use mch_spec::Config;
use std::collections::BTreeMap;
use std::sync::Arc;
use verilated::{Cache, Design, Library};

/// First byte of the rings at both ends.
const RINGS: u64 = 0x0100_0000;

/// One end: the guests, the memory, and the link that leaves it.
#[derive(Clone, Copy)]
pub struct End {
    /// The guests.
    pub guests: Handle<LinkEnd>,
    /// The memory.
    pub memory: Handle<AxiSubordinate>,
    /// The link to the other end.
    pub channel: Handle<FrameChannel>,
    /// What leaves this end.
    pub transmit: Handle<StreamMonitor>,
}

/// How the rig is built.
#[derive(Clone, Debug)]
pub struct RigOptions {
    /// The memories.
    pub memory: SubordinateOptions,
    /// Cycles from end to end.
    pub latency: u64,
    /// TREADY of the links.
    pub ready: Pacing,
    /// log2 of a ring's bytes.
    pub ring_size: u32,
}

impl Default for RigOptions {
    fn default() -> Self {
        RigOptions {
            memory: SubordinateOptions::default(),
            latency: 1,
            ready: Pacing::Always,
            ring_size: 15,
        }
    }
}

/// What was sent in a session of a guest, and how far it has come.
#[derive(Clone, Debug, Default)]
struct Session {
    entries: Vec<Entry>,
    arrived: usize,
    released: usize,
    applied: u64,
    open: bool,
    /// Marks by number, each with the entries before it.
    marks: Vec<(u16, usize)>,
    marked: Vec<u16>,
}

/// Counts over both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Entries that arrived.
    pub arrived: u64,
    /// Marks that arrived.
    pub marks: u64,
    /// Sessions that were opened at the backup.
    pub sessions: u64,
    /// Frames sent, acknowledgements apart.
    pub sent: u64,
    /// Of these, sent again.
    pub repeated: u64,
    /// Frames dropped.
    pub dropped: u64,
    /// Acknowledgements and refusals sent.
    pub answers: u64,
    /// Entries that could not be written.
    pub write_failures: u64,
    /// Refusals that came.
    pub refusals: u64,
}

/// The rig. Every step checks what happened in it.
pub struct LinkRig {
    /// The simulation.
    pub simulation: Simulation,
    /// The ends, a and b.
    pub ends: [End; 2],
    /// Counts so far.
    pub counts: LinkCounts,
    config: Config,
    capacity: u64,
    ring_size: u32,
    /// By sending end, guest and number.
    sessions: [Vec<BTreeMap<u16, Session>>; 2],
    /// What every ring must hold, by end and guest.
    rings: [Vec<Vec<u8>>; 2],
    /// Bytes that may hold what was written for an entry that never arrived, its session given up.
    given_up: [Vec<Vec<bool>>; 2],
}

fn design<const D: usize, const S: usize>(config: &Config, prefixes: &[&str]) -> Result<Design> {
    let files = emit(&Link::<D, S>::new(config), &EmitOptions::default())?;
    instances(&files, prefixes)
}

/// Links of a configuration, one for each prefix.
pub fn links(config: &Config, prefixes: &[&str]) -> Result<Arc<Library>> {
    let design = match config.data_width {
        32 => design::<32, 4>(config, prefixes),
        64 => design::<64, 8>(config, prefixes),
        128 => design::<128, 16>(config, prefixes),
        256 => design::<256, 32>(config, prefixes),
        _ => design::<512, 64>(config, prefixes),
    }?;
    Ok(design.random_init(true).build(&Cache::default())?)
}

impl LinkRig {
    /// Two links of a configuration.
    pub fn build(config: &Config) -> Result<Arc<Library>> {
        links(config, &["a", "b"])
    }

    /// The rig, out of reset, with no guest doing anything.
    pub fn new(
        library: &Arc<Library>,
        config: &Config,
        options: &RigOptions,
        seed: u64,
    ) -> Result<LinkRig> {
        let mut simulation = Simulation::new(library, seed)?;
        let guests = config.guests as usize;
        let capacity = config.ring_slots(options.ring_size);
        let mut end = |prefix: &str, other: &str| -> Result<End> {
            let ring = (RINGS, options.ring_size, capacity);
            let guests = LinkEnd::bind(&simulation, prefix, guests, ring)?;
            let (from, to) = (format!("{prefix}_link_tx"), format!("{other}_link_rx"));
            let channel = FrameChannel::bind(
                &simulation,
                &from,
                &to,
                options.latency,
                options.ready.clone(),
            )?;
            let transmit = StreamMonitor::bind(&simulation, &from, None)?;
            // The receiver is ready again after 256 cycles at the latest, whatever memory does.
            let receive = StreamMonitor::bind(&simulation, &to, Some(300))?;
            let port = format!("{prefix}_m_axi");
            simulation.add_monitor(&port, MonitorOptions::default())?;
            simulation.add(receive);
            Ok(End {
                guests: simulation.add(guests),
                memory: simulation.add_subordinate(&port, options.memory.clone())?,
                channel: simulation.add(channel),
                transmit: simulation.add(transmit),
            })
        };
        let ends = [end("a", "b")?, end("b", "a")?];
        simulation.reset(4)?;
        let rings = ends.map(|end| {
            let guests = 0..guests;
            let read = |g| {
                let base = simulation[end.guests].ring_base(g);
                let memory = simulation[end.memory].memory();
                memory.read_vec(base, 1 << options.ring_size)
            };
            guests.map(read).collect()
        });
        Ok(LinkRig {
            simulation,
            ends,
            counts: LinkCounts::default(),
            config: config.clone(),
            capacity,
            ring_size: options.ring_size,
            sessions: [(); 2].map(|()| vec![BTreeMap::new(); guests]),
            given_up: [(); 2].map(|()| vec![vec![false; 1 << options.ring_size]; guests]),
            rings,
        })
    }

    /// Slots of a ring.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// An end's guests.
    pub fn guests(&mut self, end: usize) -> &mut LinkEnd {
        &mut self.simulation[self.ends[end].guests]
    }

    /// Lets a guest send at one end and stand by at the other.
    pub fn assign(&mut self, sender: usize, guest: usize) {
        self.guests(sender).guests[guest].role = Role::Sending;
        self.guests(1 - sender).guests[guest].role = Role::Standby;
    }

    /// Begins a session of a sending guest.
    pub fn open(&mut self, end: usize, guest: usize) {
        if let Some(session) = self.sent_session(end, guest).cloned() {
            let place = &self.simulation[self.ends[end].guests];
            let base = place.ring_base(guest);
            let marks = &mut self.given_up[1 - end][guest];
            let block = u64::from(self.config.block_bytes());
            for (index, entry) in session.entries.iter().enumerate().skip(session.arrived) {
                let slot = index as u64 % self.capacity;
                let header = (place.header_address(guest, slot) - base) as usize;
                let data = (place.slot_address(guest, slot, block) - base) as usize;
                let first = data + entry.bytes.start / 8 * 8;
                marks[header..header + 8].fill(true);
                marks[first..first + 8 * entry.words()].fill(true);
            }
        }
        self.guests(end).open(guest);
        let number = self.guests(end).guests[guest].session;
        self.sessions[end][guest].insert(number, Session::default());
    }

    /// The session that a guest is in at the end `at`, sent by the end `end`.
    fn session(&mut self, end: usize, guest: usize, at: usize) -> Result<&mut Session> {
        let number = self.guests(at).guests[guest].session;
        let session = self.sessions[end][guest].get_mut(&number);
        session.with_context(|| format!("guest {guest} has no session {number}"))
    }

    fn sent_session(&self, end: usize, guest: usize) -> Option<&Session> {
        let number = self.simulation[self.ends[end].guests].guests[guest].session;
        self.sessions[end][guest].get(&number)
    }

    /// Free slots of a sending guest's ring.
    pub fn room(&mut self, end: usize, guest: usize) -> u64 {
        let capacity = self.capacity;
        let guest = &self.guests(end).guests[guest];
        capacity - (guest.tail - guest.head)
    }

    /// Writes an entry to a sending guest's ring and reports it; there must be room.
    pub fn push(&mut self, end: usize, guest: usize, entry: Entry) -> Result<()> {
        let block = u64::from(self.config.block_bytes());
        let place = &self.simulation[self.ends[end].guests];
        let slot = place.guests[guest].tail % self.capacity;
        let data = place.slot_address(guest, slot, block) + entry.bytes.start as u64;
        let header = place.header_address(guest, slot);
        let memory = self.simulation[self.ends[end].memory].memory_mut();
        memory.write(data, &entry.data);
        memory.write(header, &entry.header.to_le_bytes());
        self.guests(end).complete(guest);
        self.session(end, guest, end)?.entries.push(entry);
        Ok(())
    }

    /// Asks for a mark behind a sending guest's entries.
    pub fn mark(&mut self, end: usize, guest: usize) -> Result<()> {
        self.guests(end).mark(guest);
        let number = self.guests(end).guests[guest].mark_number;
        let session = self.session(end, guest, end)?;
        session.marks.push((number, session.entries.len()));
        Ok(())
    }

    /// Forgets a mark, unless it has arrived.
    pub fn unmark(&mut self, end: usize, guest: usize) {
        self.guests(end).unmark(guest);
    }

    /// Applies up to `most` entries of a standby guest: their slots are free.
    pub fn apply(&mut self, end: usize, guest: usize, most: u64) {
        let ring = &mut self.guests(end).guests[guest];
        let count = most.min(ring.tail - ring.head);
        ring.head += count;
        if let Ok(session) = self.session(1 - end, guest, end) {
            session.applied += count;
        }
    }

    /// Entries of a sending guest that were pushed, have arrived, and were released.
    pub fn progress(&self, end: usize, guest: usize) -> (usize, usize, usize) {
        self.sent_session(end, guest).map_or((0, 0, 0), |session| {
            (session.entries.len(), session.arrived, session.released)
        })
    }

    /// The marks of a sending guest's session that arrived, in order.
    pub fn marks(&self, end: usize, guest: usize) -> &[u16] {
        self.sent_session(end, guest)
            .map_or(&[], |session| &session.marked)
    }

    /// Runs one cycle and checks what happened in it.
    pub fn step(&mut self) -> Result<()> {
        self.simulation.step()?;
        for end in [0, 1] {
            let handle = self.ends[end].guests;
            let happenings = std::mem::take(&mut self.simulation[handle].happenings);
            for (cycle, what) in happenings {
                self.check(end, what)
                    .with_context(|| format!("end {end}, cycle {cycle}: {what:?}"))?;
            }
            let channel = &mut self.simulation[self.ends[end].channel];
            if let Some(log) = &mut channel.log {
                let frames = std::mem::take(log);
                for frame in frames {
                    self.check_credit(end, &frame)?;
                }
            }
        }
        Ok(())
    }

    /// Runs until `condition` holds.
    pub fn run_until(
        &mut self,
        what: &str,
        limit: u64,
        mut condition: impl FnMut(&LinkRig) -> bool,
    ) -> Result<u64> {
        let start = self.simulation.cycle();
        while !condition(self) {
            let cycles = self.simulation.cycle() - start;
            if cycles >= limit {
                let progress: Vec<_> = (0..2)
                    .flat_map(|end| (0..self.config.guests as usize).map(move |guest| (end, guest)))
                    .map(|(end, guest)| self.progress(end, guest))
                    .collect();
                ensure!(
                    false,
                    "waited {cycles} cycles for {what}; {progress:?}, {:?}",
                    self.counts
                );
            }
            self.step()?;
        }
        Ok(self.simulation.cycle() - start)
    }

    /// Runs some cycles.
    pub fn run(&mut self, cycles: u64) -> Result<()> {
        (0..cycles).try_for_each(|_| self.step())
    }

    /// An entry frame may leave only when the backup has a slot for it.
    fn check_credit(&mut self, end: usize, frame: &[u64]) -> Result<()> {
        let Some(header) = Header::of(frame[0]) else {
            return Ok(());
        };
        let guest = header.guest as usize;
        let now = self.guests(end).guests[guest].session;
        if header.kind == Kind::Entry && header.session == now {
            let capacity = self.capacity;
            let session = self.session(end, guest, end)?;
            ensure!(
                u64::from(header.sequence) < session.applied + capacity,
                "end {end}: {header:?} without a slot for it: {} were applied, a ring has {capacity}",
                session.applied
            );
        }
        Ok(())
    }

    fn check(&mut self, end: usize, what: Happening) -> Result<()> {
        match what {
            Happening::Released(guest, slots) => {
                let session = self.session(end, guest, end)?;
                session.released += slots as usize;
                ensure!(
                    session.released <= session.arrived,
                    "{} released, but {} have arrived",
                    session.released,
                    session.arrived
                );
            }
            Happening::Arrived(guest, slot) => self.check_arrival(end, guest, slot)?,
            Happening::Marked(guest, number) => {
                let session = self.session(1 - end, guest, end)?;
                let mark = session.marks.iter().find(|mark| mark.0 == number);
                let (_, entries) = mark.context("no such mark")?;
                ensure!(
                    *entries == session.arrived,
                    "the mark stands behind {entries}, {} have arrived",
                    session.arrived
                );
                ensure!(
                    session.marked.last() != Some(&number),
                    "the mark came twice"
                );
                session.marked.push(number);
                self.counts.marks += 1;
            }
            Happening::Opened(guest, number, generation) => {
                let sender = &self.guests(1 - end).guests[guest];
                ensure!(
                    (sender.role, sender.generation) == (Role::Sending, generation),
                    "the sender's generation is {}",
                    sender.generation
                );
                // The session's frame may be late: then the sender has a newer one by now.
                let late = sender.session.wrapping_sub(number);
                ensure!(late < 0x8000, "the sender's session is {}", sender.session);
                let session = self.session(1 - end, guest, end)?;
                ensure!(!session.open, "opened twice");
                session.open = true;
                self.counts.sessions += 1;
            }
            Happening::Refused(_) => self.counts.refusals += 1,
            Happening::WriteFailed(_) => self.counts.write_failures += 1,
            Happening::Sent(repeated) => {
                self.counts.sent += 1;
                self.counts.repeated += u64::from(repeated);
            }
            Happening::Dropped => self.counts.dropped += 1,
            Happening::Answered => self.counts.answers += 1,
        }
        Ok(())
    }

    fn check_arrival(&mut self, end: usize, guest: usize, slot: u64) -> Result<()> {
        let block = u64::from(self.config.block_bytes());
        let capacity = self.capacity;
        let session = self.session(1 - end, guest, end)?;
        ensure!(session.open, "no session");
        let entry = session.entries.get(session.arrived);
        let entry = entry.context("never sent")?.clone();
        ensure!(
            slot == session.arrived as u64 % capacity,
            "the {}th entry stands in a wrong slot",
            session.arrived
        );
        session.arrived += 1;
        self.counts.arrived += 1;
        let place = &self.simulation[self.ends[end].guests];
        let base = place.ring_base(guest);
        let data = place.slot_address(guest, slot, block) + entry.bytes.start as u64;
        let header = place.header_address(guest, slot);
        let memory = self.simulation[self.ends[end].memory].memory();
        let found = memory.read_vec(data, entry.data.len());
        ensure!(found == entry.data, "wrong data");
        let found = memory.read_vec(header, 8);
        ensure!(found == entry.header.to_le_bytes(), "a wrong header");
        let image = &mut self.rings[end][guest];
        let given_up = &mut self.given_up[end][guest];
        let mut put = |at: u64, bytes: &[u8]| {
            let at = (at - base) as usize;
            image[at..at + bytes.len()].copy_from_slice(bytes);
            given_up[at..at + bytes.len()].fill(false);
        };
        put(data, &entry.data);
        put(header, &found);
        if self.config.data_width == 32 && !entry.data.is_empty() {
            // The link carries words of 64 bits: half of one may be what the sender's slot happens to hold.
            for at in [data & !7, (data + entry.data.len() as u64 - 1) & !7] {
                put(at, &memory.read_vec(at, 8));
            }
        }
        Ok(())
    }

    /// Fails unless the rings of all standby guests hold what they should, every byte.
    pub fn check_rings(&self) -> Result<()> {
        for (number, end) in self.ends.iter().enumerate() {
            let place = &self.simulation[end.guests];
            for (guest, image) in self.rings[number].iter().enumerate() {
                if place.guests[guest].role != Role::Standby {
                    continue;
                }
                let memory = self.simulation[end.memory].memory();
                let found = memory.read_vec(place.ring_base(guest), 1 << self.ring_size);
                let given_up = &self.given_up[number][guest];
                let wrong = (found.iter().zip(image).zip(given_up))
                    .position(|((found, expected), given_up)| found != expected && !given_up);
                if let Some(at) = wrong {
                    ensure!(
                        false,
                        "end {number}, guest {guest}: byte {at:#x} is {:#x}, not {:#x}",
                        found[at],
                        image[at]
                    );
                }
            }
        }
        Ok(())
    }
}
