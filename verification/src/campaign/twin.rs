//! The unit in Verilator and its golden model, side by side: the same register accesses, the same bursts.

use super::peer::Peer;
use super::pool::Machine;
use super::script::{GuestPlan, Script};
use crate::system::{BuildOptions, Layout, System};
use anyhow::{bail, ensure, Context, Result};
use mch_golden::{Golden, Reference};
use mch_sim::axi::{ManagerOptions, Response, SubordinateOptions, Ticket, WriteOrder};
use mch_sim::memory::{Fill, Memory};
use mch_spec::firmware::{self, CustomStrategy};
use mch_spec::registers::{guest_address, offset, region_address, Flag, Operation};
use mch_spec::Strategy;
use std::path::Path;

/// Cycles that anything may take to come to rest. The most that is ever waited for is a copy of all guests of `large-blocks`, 8192 beats;
/// the slowest memory takes a beat in 64 cycles.
pub const PATIENCE: u64 = 600_000;

/// A transaction that the model holds, and that must be unanswered on its port.
#[derive(Clone, Debug)]
pub struct Held {
    /// Of the simulation.
    pub ticket: Ticket,
    /// Its address side.
    pub burst: mch_golden::Burst,
    /// Data of a write; empty for a read.
    pub beats: Vec<mch_golden::Beat>,
    /// The guest whose state holds it.
    pub guest: u32,
}

/// What the reference follows of a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    checkpoints: u32,
    rollbacks: u32,
    attached: bool,
    standby: bool,
    /// A rollback is stuck: some of memory is back, some is not.
    half_way: bool,
}

/// What the guests run, where it is not for the script to say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chosen<'a> {
    /// A user's strategy, loaded through the registers.
    pub custom: Option<&'a CustomStrategy>,
    /// One strategy for all guests.
    pub strategy: Option<Strategy>,
}

/// Both.
pub struct Twin {
    /// The machine.
    pub machine: Machine,
    /// The unit.
    pub system: System,
    /// What the unit should be.
    pub golden: Golden,
    /// What any strategy must do.
    pub reference: Reference,
    /// Per port, the write that waits.
    pub held_writes: Vec<Option<Held>>,
    /// Per port, the read that waits.
    pub held_reads: Vec<Option<Held>>,
    /// What the reference follows, per guest.
    pub followed: Vec<Followed>,
    /// Whether memory errs somewhere.
    pub faults: bool,
    /// The unit at the other end of its link.
    pub(super) peer: Option<Peer>,
    /// Of every guest that stands by: its primary's last checkpoint, region by region.
    pub(super) images: Vec<Option<Vec<Vec<u8>>>>,
    pub(super) next_value: u8,
}

/// Builds the options of agents from a script.
fn subordinate(script: &Script) -> SubordinateOptions {
    if script.stress {
        return SubordinateOptions::stress(script.seed);
    }
    SubordinateOptions {
        fill: Fill::Random(script.seed),
        ..SubordinateOptions::with_latency(10)
    }
}

fn manager(script: &Script, port: u32) -> ManagerOptions {
    match script.stress {
        true => ManagerOptions::stress(script.seed ^ u64::from(port + 1) << 32),
        false => ManagerOptions {
            write_order: WriteOrder::Independent,
            ..ManagerOptions::default()
        },
    }
}

impl Twin {
    /// Both after reset, configured, and the guests attached that the script wants attached. A user's strategy is loaded through the
    /// registers; guests of the one that it stands on have its policy row. With a path the waveform goes there.
    pub fn new(
        script: &Script,
        custom: Option<&CustomStrategy>,
        waveform: Option<&Path>,
    ) -> Result<Twin> {
        let machine = Machine::named(&script.machine)
            .with_context(|| format!("no machine is called `{}`", script.machine))?;
        let chosen = Chosen {
            custom,
            strategy: None,
        };
        Twin::on(machine, chosen, script, waveform, false)
    }

    /// As [`Twin::new`] on a machine of one's own, perhaps savable.
    pub fn on(
        machine: Machine,
        chosen: Chosen,
        script: &Script,
        waveform: Option<&Path>,
        savable: bool,
    ) -> Result<Twin> {
        let mut twin = Twin::detached(machine, chosen, script, waveform, savable)?;
        twin.attach(script)?;
        Ok(twin)
    }

    /// As [`Twin::on`], no guest attached.
    pub(super) fn detached(
        machine: Machine,
        chosen: Chosen,
        script: &Script,
        waveform: Option<&Path>,
        savable: bool,
    ) -> Result<Twin> {
        let options = BuildOptions {
            trace: match waveform {
                Some(_) => verilated::Trace::Vcd,
                None => verilated::Trace::default(),
            },
            savable,
            gate: script.gate,
        };
        let system = System::traced(
            &machine.config,
            options,
            script.seed,
            |port| manager(script, port),
            subordinate(script),
            waveform,
        )?;
        let blank = Memory::new(Fill::Random(script.seed));
        let contents = mch_golden::Memory::with_background(move |page, bytes| {
            blank.read(page * bytes.len() as u64, bytes);
        });
        let guests = machine.config.guests;
        let mut twin = Twin {
            golden: Golden::new(&machine.config, contents.clone()),
            reference: Reference::new(contents, guests),
            held_writes: vec![None; machine.config.ports as usize],
            held_reads: vec![None; machine.config.ports as usize],
            followed: vec![Followed::default(); guests as usize],
            faults: false,
            peer: None,
            images: vec![None; guests as usize],
            next_value: 0,
            machine,
            system,
        };
        twin.configure(script, chosen)?;
        Ok(twin)
    }

    /// Where things are.
    pub fn layout(&self) -> Layout {
        self.system.layout
    }

    fn configure(&mut self, script: &Script, chosen: Chosen) -> Result<()> {
        let layout = self.layout();
        self.must(offset::MEM_BASE, (layout.memory >> 12) as u32)?;
        if self.machine.config.uses_shadow() {
            self.must(offset::SHADOW_BASE, (layout.shadow >> 12) as u32)?;
        }
        self.must(offset::CTRL, 1)?;
        if let Some(custom) = chosen.custom {
            self.load(&custom.assemble(&self.machine.config)?.words)?;
        }
        let guests = self.machine.config.guests;
        for guest in 0..guests {
            let plan = script.guests.get(guest as usize).copied();
            let plan = plan.unwrap_or(GuestPlan {
                log: false,
                processors: 0,
                attached: true,
                committed: false,
            });
            self.configure_guest(guest, plan, chosen)?;
        }
        Ok(())
    }

    fn attach(&mut self, script: &Script) -> Result<()> {
        let guests = self.machine.config.guests;
        for guest in 0..guests {
            let plan = script.guests.get(guest as usize);
            if plan.is_none_or(|plan| plan.attached) {
                self.must(
                    guest_address(guest, offset::G_COMMAND),
                    Operation::Attach.code(),
                )?;
            }
        }
        self.settle()?;
        for guest in 0..guests {
            let plan = script.guests.get(guest as usize);
            if plan.is_some_and(|plan| plan.attached && plan.committed) {
                self.must(
                    guest_address(guest, offset::G_COMMAND),
                    Operation::Checkpoint.code(),
                )?;
                self.arrive_all(guest)?;
            }
        }
        self.settle()
    }

    /// Every processor of a guest arrives.
    pub fn arrive_all(&mut self, guest: u32) -> Result<()> {
        for processor in 0..self.golden.guest(guest).processors {
            let number = self.golden.guest(guest).rendezvous;
            let address = guest_address(guest, offset::G_ARRIVE);
            // The unit may not have come to its rendezvous yet; software hears of it by `irq`.
            self.await_rendezvous(guest, number)?;
            self.write_register(address, processor << 24 | number)?;
        }
        Ok(())
    }

    /// Waits until the unit has come to a rendezvous that the model has begun.
    pub fn await_rendezvous(&mut self, guest: u32, number: u32) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        while self.system.guest(guest, offset::G_RENDEZVOUS)? & 0xff_ffff != number {
            ensure!(
                self.system.simulation.cycle() < end,
                "guest {guest} does not come to rendezvous {number}"
            );
        }
        Ok(())
    }

    fn load(&mut self, words: &[u32]) -> Result<()> {
        self.must(offset::FIRMWARE_ADDRESS, 0)?;
        for word in words {
            self.must(offset::FIRMWARE_DATA, *word)?;
        }
        self.must(offset::FIRMWARE_CHECK, firmware::checksum(words))
    }

    fn configure_guest(&mut self, guest: u32, plan: GuestPlan, chosen: Chosen) -> Result<()> {
        let config = self.machine.config.clone();
        let memory = self.layout().memory;
        for (index, (at, bytes)) in (0..).zip(self.machine.regions(guest)) {
            let region = index * config.guests + guest;
            let page = ((memory + at) >> 12) as u32;
            let blocks = (bytes >> config.block_shift()) as u32;
            self.must(region_address(region, offset::R_GUEST), guest)?;
            self.must(region_address(region, offset::R_BASE), page)?;
            self.must(region_address(region, offset::R_BLOCKS), blocks)?;
        }
        // The last strategy keeps a log where one does; the others take turns.
        let (log, others) = match config.strategies.split_last() {
            Some((last, others)) if !others.is_empty() => (*last, others),
            _ => (config.strategies[0], &config.strategies[..]),
        };
        let wanted = chosen.strategy.unwrap_or(match plan.log {
            true => log,
            false => others[guest as usize % others.len()],
        });
        if config.settable {
            self.must(guest_address(guest, offset::G_STRATEGY), wanted.number())?;
        }
        if let Some(custom) = chosen.custom.filter(|custom| custom.on == wanted) {
            self.must(guest_address(guest, offset::G_POLICY), custom.policy_row)?;
        }
        self.must(guest_address(guest, offset::G_CPUS), plan.processors.into())?;
        if config.uses_ring() {
            let page = (self.machine.ring_base(guest) >> 12) as u32;
            let size = self.machine.ring_size();
            self.must(guest_address(guest, offset::G_RING_BASE), page)?;
            self.must(guest_address(guest, offset::G_RING_SIZE), size)?;
        }
        Ok(())
    }

    pub(super) fn must(&mut self, address: u32, value: u32) -> Result<()> {
        ensure!(
            self.write_register(address, value)?,
            "the model refuses {value:#x} at register {address:#x}"
        );
        Ok(())
    }

    /// A register write to both; both take it or both refuse it with the same code. True if taken.
    pub fn write_register(&mut self, address: u32, value: u32) -> Result<bool> {
        let expected = self.golden.register_write(address, value);
        self.follow();
        let response = self.system.try_write(address, value)?;
        match (expected, response) {
            (Ok(()), Response::Okay) => Ok(true),
            (Err(code), Response::SlvErr) => {
                let found = self.system.read(offset::ERROR)?;
                let wanted = self.golden.register_read(offset::ERROR).unwrap_or(0);
                ensure!(
                    found == wanted,
                    "writing {value:#x} to register {address:#x}: ERROR is {found:#x}, should be {wanted:#x} ({code:?})"
                );
                Ok(false)
            }
            (expected, response) => bail!(
                "writing {value:#x} to register {address:#x}: {response:?}, the model says {expected:?}"
            ),
        }
    }

    /// The models of both units tell each other what they have to, and what they have completed is done in the reference, too.
    pub fn follow(&mut self) {
        if let Some(peer) = self.peer.clone() {
            peer.exchange(self);
        }
        self.follow_reference();
    }

    /// What the model has completed is done in the reference, too.
    pub(super) fn follow_reference(&mut self) {
        for guest in 0..self.machine.config.guests {
            let state = self.golden.guest(guest);
            let now = Followed {
                checkpoints: state.checkpoints,
                rollbacks: state.rollbacks,
                attached: state.is(Flag::Attached),
                standby: state.is(Flag::Standby),
                half_way: state.is(Flag::Stuck) && state.is(Flag::Valid),
            };
            let before = std::mem::replace(&mut self.followed[guest as usize], now);
            if now.attached && !before.attached {
                let ranges = self.golden_ranges(guest);
                self.reference.attach(guest, ranges);
            }
            if now.checkpoints != before.checkpoints {
                self.reference.checkpoint(guest);
            }
            if now.rollbacks != before.rollbacks {
                self.reference.rollback(guest);
            } else if before.half_way && !now.half_way {
                self.reference.give_up(guest, self.golden.memory());
            }
            if before.standby && !now.standby {
                // What came over the link is there, whatever becomes of it; a takeover goes on from the primary's checkpoint.
                self.reference.give_up(guest, self.golden.memory());
                if let Some(image) = self.images[guest as usize].take().filter(|_| now.attached) {
                    self.reference.take_over(guest, &image);
                }
            }
            if !now.attached && before.attached {
                self.reference.detach(guest);
            }
        }
    }

    /// A guest's regions as the registers hold them now, in bytes.
    pub fn golden_ranges(&mut self, guest: u32) -> Vec<std::ops::Range<u64>> {
        let golden = &mut self.golden;
        let mut read = |address| golden.register_read(address).unwrap_or(0);
        let regions = 0..self.machine.config.regions;
        let ranges = regions.filter_map(|region| {
            let base = u64::from(read(region_address(region, offset::R_BASE))) << 12;
            let blocks = u64::from(read(region_address(region, offset::R_BLOCKS)));
            let owner = read(region_address(region, offset::R_GUEST));
            let bytes = blocks << self.machine.config.block_shift();
            (owner == guest && blocks != 0).then(|| base..base + bytes)
        });
        ranges.collect()
    }

    /// The guest in whose regions an address lies: an attached one if there is one.
    pub fn owner(&mut self, address: u64) -> Option<u32> {
        let mut found = None;
        for guest in 0..self.machine.config.guests {
            let inside = self
                .golden_ranges(guest)
                .iter()
                .any(|range| range.contains(&address));
            if inside && self.golden.guest(guest).is(Flag::Attached) {
                return Some(guest);
            }
            found = found.or(inside.then_some(guest));
        }
        found
    }

    /// Transactions that must be pending on each port: those that are held.
    fn pending(&self, port: usize) -> usize {
        usize::from(self.held_writes[port].is_some()) + usize::from(self.held_reads[port].is_some())
    }

    /// Runs until ports and memory are at rest, except for what is held.
    pub fn rest(&mut self) -> Result<()> {
        let ports = self.system.ports.clone();
        let memory = self.system.memory;
        let pending: Vec<usize> = (0..ports.len()).map(|port| self.pending(port)).collect();
        self.system.simulation.run_until(
            "ports and memory are at rest",
            PATIENCE,
            |simulation| {
                let ports = ports
                    .iter()
                    .zip(&pending)
                    .all(|(port, pending)| simulation[*port].pending() <= *pending);
                ports && simulation[memory].is_idle()
            },
        )?;
        for (port, pending) in ports.iter().zip(&pending) {
            let found = self.system.simulation[*port].pending();
            ensure!(
                found == *pending,
                "{found} transactions wait on a port, {pending} should: one went on that had to be held"
            );
        }
        Ok(())
    }

    /// Runs until the same routines run as in the model, and all is at rest.
    pub fn settle(&mut self) -> Result<()> {
        let wanted = self.golden.register_read(offset::STATUS).unwrap_or(0) & 0xffff_0000;
        let end = self.system.simulation.cycle() + PATIENCE;
        loop {
            let found = self.system.read(offset::STATUS)?;
            if found & 0xffff_0000 == wanted {
                break;
            }
            ensure!(
                self.system.simulation.cycle() < end,
                "STATUS is {found:#x}: the guests running should be {:#x}",
                wanted >> 16
            );
        }
        self.drain()?;
        self.rest()
    }

    /// Waits for what goes on behind the guests' backs: copies of pending blocks, and rendezvous that wait for them.
    pub fn drain(&mut self) -> Result<()> {
        let end = self.system.simulation.cycle() + PATIENCE;
        for guest in 0..self.machine.config.guests {
            let (pending, number, strategy) = {
                let state = self.golden.guest(guest);
                (state.pending, state.rendezvous, state.strategy)
            };
            if strategy == Strategy::S2 {
                self.drain_link(guest)?;
            }
            if strategy != Strategy::S4 {
                continue;
            }
            loop {
                let found = self.system.guest(guest, offset::G_PENDING)?;
                let reached = self.system.guest(guest, offset::G_RENDEZVOUS)? & 0xff_ffff;
                let scanning = self.system.read(offset::STATUS)? & 4 != 0;
                if (found, reached, scanning) == (pending, number, false) {
                    break;
                }
                ensure!(
                    self.system.simulation.cycle() < end,
                    "guest {guest}: {found} blocks pending in rendezvous {reached}, should be {pending} in {number}"
                );
            }
        }
        Ok(())
    }
}
