//! A run of two computers: the work of both computers' software, and the losses that make it work.

use crate::fault::Moment;
use crate::hypervisor::SETTLING;
use crate::machine::{Machine, Map};
use crate::program::{Image, Place};
use crate::registers::Registers;
use crate::report::{ComputerReport, Ending, Extent, Inheritance, Loss, RunReport};
use crate::setup;
use crate::takeover::{LossMoment, PairRun};
use crate::waveform::Recording;
use anyhow::{bail, ensure, Context, Result};
use mch_sim::axi::Response;
use mch_sim::memory::Memory;
use mch_sim::stream::{ChannelFaults, Wire};
use mch_spec::registers::{field, guest_address, offset, Operation};
use mch_spec::Strategy;

/// Cycles between two calls of a run's watcher.
const WATCH_CYCLES: u64 = 4_096;
/// Cycles between two looks of the backup's software at what has arrived.
const LOOK: u64 = 1_000;
/// Periods without a checkpoint or an entry after which it takes the primary for lost.
const SILENT_PERIODS: u64 = 2;

/// The computer that was spoken to has been lost.
#[derive(Debug)]
struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the computer is lost")
    }
}

impl std::error::Error for Gone {}

/// What a guest was at a commit, or when its computer was lost.
struct Instant {
    memory: Memory,
    console: Vec<u8>,
}

struct Guest {
    image: Image,
    /// Those of the primary's checkpoints that the present backup has, in order.
    commits: Vec<Instant>,
    /// How many of them have been counted by the primary's software.
    counted: usize,
    /// Requests and releases when the next loss began to be waited for.
    requests: u64,
    releases: u64,
    pleas: u32,
    report: ComputerReport,
}

/// A loss not dealt with yet.
struct Lost {
    cycle: u64,
    /// What each guest was then.
    guests: Vec<Instant>,
}

/// Two places for computers, and what is between them.
struct Pair<'a> {
    pair: &'a PairRun,
    watch: &'a mut dyn FnMut(u64) -> bool,
    map: Map,
    places: Vec<Place>,
    wire: Wire,
    machines: [Option<Machine>; 2],
    /// Computers built so far.
    built: u64,
    /// Whose registers are meant.
    focus: usize,
    /// Where the guests run.
    primary: usize,
    guests: Vec<Guest>,
    cycle: u64,
    /// To come, last first.
    moments: Vec<LossMoment>,
    /// The backup stands by, so that the primary may be lost, and since when the next loss is waited for.
    armed: bool,
    since: Option<u64>,
    event: Option<u64>,
    lost: Option<Lost>,
    /// What the backup has last seen of the link, and when that changed.
    heard: (Vec<u32>, u64),
    recorded_until: Option<u64>,
    losses: Vec<Loss>,
}

pub(crate) fn run(pair: &PairRun, watch: &mut dyn FnMut(u64) -> bool) -> Result<RunReport> {
    let config = &pair.config;
    let count = config.jobs.len();
    let map = Map::new(
        &pair.unit.config,
        config.guest_bytes,
        config.ring_shift,
        count,
    )?;
    let places: Vec<_> = (0..count).map(|n| map.place(n)).collect();
    let guests = (config.jobs.iter().zip(&places))
        .map(|(job, place)| {
            Ok(Guest {
                image: pair.compiler.image(job, place)?,
                commits: Vec::new(),
                counted: 0,
                requests: 0,
                releases: 0,
                pleas: 0,
                report: ComputerReport::new(*job),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let wire = Wire::default();
    if pair.channel != ChannelFaults::default() {
        wire.set_faults(&pair.channel, config.seed);
    }
    Pair {
        pair,
        watch,
        map,
        places,
        wire,
        machines: [None, None],
        built: 0,
        focus: 0,
        primary: 0,
        guests,
        cycle: 0,
        moments: pair.losses.draw(config.seed, config.period.into(), count),
        armed: false,
        since: None,
        event: None,
        lost: None,
        heard: (Vec::new(), 0),
        recorded_until: None,
        losses: Vec::new(),
    }
    .run()
}

impl Pair<'_> {
    fn run(mut self) -> Result<RunReport> {
        self.build(0)?;
        for n in 0..self.guests.len() {
            let image = self.guests[n].image.clone();
            self.machine().load(n, &image);
            self.set_up_guest(n)?;
            setup::command(&mut self, n, Operation::Attach)?;
        }
        for n in 0..self.guests.len() {
            self.machine().set_running(n, true);
        }
        let begin = self.cycle;
        self.join()?;
        while !self.is_finished() {
            let served = self.serve();
            match served {
                Err(error) if error.is::<Gone>() => {}
                served => served?,
            }
            if self.lost.is_some() && self.is_silent() {
                self.take_over()?;
                self.join()?;
            }
        }
        self.armed = false;
        self.conclude(begin)
    }

    /// A new computer at an end of the link: nothing of an earlier one is left.
    fn build(&mut self, end: usize) -> Result<()> {
        let config = &self.pair.config;
        self.built += 1;
        self.wire.join();
        self.machines[end] = Some(Machine::new(
            &self.pair.unit,
            &self.places,
            config.memory_latency,
            config.seed ^ self.built << 32,
            config.waveform.as_ref().map(|_| Recording::Later),
            Some((&self.wire, end)),
            &self.pair.cache,
        )?);
        self.focus = end;
        let map = self.map;
        setup::enable(self, &self.pair.unit.config, &map)
    }

    fn set_up_guest(&mut self, number: usize) -> Result<()> {
        let map = self.map;
        setup::configure(self, &self.pair.unit.config, &map, number, Strategy::S2)
    }

    /// A new computer becomes the backup, and the primary sends it all that it has, while its guests run on.
    fn join(&mut self) -> Result<()> {
        self.build(1 - self.primary)?;
        for n in 0..self.guests.len() {
            self.set_up_guest(n)?;
            setup::command(self, n, Operation::Standby)?;
        }
        self.focus = self.primary;
        for n in 0..self.guests.len() {
            self.write_guest(n, offset::G_COMMAND, Operation::Checkpoint.code())?;
            self.write_guest(n, offset::G_PERIOD, self.pair.config.period)?;
        }
        self.heard = (Vec::new(), self.cycle);
        self.armed = true;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        let Some(machine) = &self.machines[self.primary] else {
            return false;
        };
        let watch = &machine.simulation[machine.watch];
        (0..self.guests.len()).all(|n| watch.computer(n).answer.is_some())
    }

    /// A cycle, and what the software of both computers does in it.
    fn serve(&mut self) -> Result<()> {
        self.tick()?;
        if self.lost.is_none() {
            self.focus = self.primary;
            for n in 0..self.guests.len() {
                self.count(n)?;
                self.grant_plea(n)?;
            }
        }
        if self.cycle.is_multiple_of(LOOK) {
            self.listen()?;
        }
        Ok(())
    }

    /// Counts the checkpoints that the primary's guests have made.
    fn count(&mut self, number: usize) -> Result<()> {
        let machine = self.machine();
        let cycle = machine.cycle();
        let seen = machine.simulation[machine.watch].computer_mut(number);
        let settled = (seen.over.front()).is_some_and(|over| over.at + SETTLING <= cycle);
        let Some(over) = settled.then(|| seen.over.pop_front()).flatten() else {
            return Ok(());
        };
        let checkpoints = self.read_guest(number, offset::G_CHECKPOINTS)?;
        let pause = self.read_guest(number, offset::G_PAUSE)?;
        let guest = &mut self.guests[number];
        guest.counted += 1;
        ensure!(
            checkpoints as usize >= guest.counted,
            "guest {number}: {checkpoints} checkpoints, but {} rendezvous are over",
            guest.counted
        );
        guest.report.commits.add(pause.into());
        guest.report.rendezvous.add(over.cycles);
        Ok(())
    }

    /// Commands the checkpoint that a program has asked for, if the guest is free.
    fn grant_plea(&mut self, number: usize) -> Result<()> {
        let machine = self.machine();
        let pleas = machine.simulation[machine.watch].computer(number).pleas;
        let new = pleas != std::mem::replace(&mut self.guests[number].pleas, pleas);
        if !new || !self.pair.config.on_request {
            return Ok(());
        }
        let address = guest_address(number as u32, offset::G_COMMAND);
        let (_, response) = self.access(address, Some(Operation::Checkpoint.code()))?;
        if response != Response::Okay {
            // Another is under way; the program does not depend on it.
            self.write(offset::ERROR, 0)?;
        }
        Ok(())
    }

    /// The backup looks whether entries or marks have come since the last time.
    fn listen(&mut self) -> Result<()> {
        self.focus = 1 - self.primary;
        let mut heard = Vec::new();
        for n in 0..self.guests.len() {
            heard.push(self.read_guest(n, offset::G_TRANSFERRED)?);
            heard.push(self.read_guest(n, offset::G_MARK)?);
        }
        if heard != self.heard.0 {
            self.heard = (heard, self.cycle);
        }
        ensure!(
            self.lost.is_some() || !self.is_silent(),
            "the backup hears nothing, but the primary runs:\n{}",
            self.situation()
        );
        Ok(())
    }

    fn is_silent(&self) -> bool {
        self.cycle > self.heard.1 + SILENT_PERIODS * u64::from(self.pair.config.period)
    }

    /// The cycle in which the next loss strikes, once it is known.
    fn strikes(&mut self) -> Option<u64> {
        let loss = *self.moments.last()?;
        let enough = |guest: &Guest| guest.commits.len() as u64 >= loss.checkpoints;
        if !self.armed || self.since.is_none() && !self.guests.iter().all(enough) {
            return None;
        }
        let machine = self.machines[self.primary].as_ref()?;
        let seen = machine.simulation[machine.watch].computer(loss.guest);
        let guest = &mut self.guests[loss.guest];
        let since = *self.since.get_or_insert_with(|| {
            (guest.requests, guest.releases) = (seen.requests, seen.releases);
            self.cycle
        });
        let (from, delay) = match loss.moment {
            Moment::Cycle(delay) => (since, delay),
            Moment::Rendezvous(delay) if seen.requests > guest.requests => {
                (*self.event.get_or_insert(self.cycle), delay)
            }
            Moment::Release(delay) if seen.releases > guest.releases => {
                (*self.event.get_or_insert(self.cycle), delay)
            }
            _ => return None,
        };
        Some(from + delay)
    }

    /// The primary is lost, with all that it holds. The harness alone remembers what its guests were.
    fn lose(&mut self) {
        let Some(machine) = self.machines[self.primary].take() else {
            return;
        };
        let watch = &machine.simulation[machine.watch];
        let instant = |n| Instant {
            memory: machine.contents().clone(),
            console: watch.computer(n).console.clone(),
        };
        self.lost = Some(Lost {
            cycle: self.cycle,
            guests: (0..self.guests.len()).map(instant).collect(),
        });
        self.moments.pop();
        self.armed = false;
        (self.since, self.event) = (None, None);
        self.wire.lose(self.primary);
    }

    /// The backup's software makes its guests those that run.
    fn take_over(&mut self) -> Result<()> {
        let lost = self.lost.take().context("a computer was lost")?;
        let noticed = self.cycle;
        self.primary = 1 - self.primary;
        self.focus = self.primary;
        self.record()?;
        let mut inheritances = Vec::new();
        for (n, last) in lost.guests.into_iter().enumerate() {
            let found = self.command_takeover(n)?;
            let inheritance = match found {
                true => self.inherit(n, last)?,
                false => self.begin_anew(n)?,
            };
            let guest = &mut self.guests[n];
            guest.report.checkpoints += guest.commits.len() as u64;
            guest.report.faults += 1;
            guest.commits.clear();
            (guest.counted, guest.pleas) = (0, 0);
            self.machine().set_running(n, true);
            let outage = self.cycle - lost.cycle;
            self.guests[n].report.outages.add(outage);
            inheritances.push(inheritance);
        }
        self.losses.push(Loss {
            cycle: lost.cycle,
            noticed_after: noticed - lost.cycle,
            takeover_cycles: self.cycle - noticed,
            guests: inheritances,
        });
        Ok(())
    }

    /// TAKEOVER of a guest; false: there is no checkpoint.
    fn command_takeover(&mut self, number: usize) -> Result<bool> {
        let before = self.read_guest(number, offset::G_COMPLETION)?;
        Ok(self.order(number, Operation::Takeover)?
            && self.await_end(number, Operation::Takeover, before)?)
    }

    /// The guest's memory must be that of the last mark that the backup has taken: the primary's last checkpoint, or one whose
    /// acknowledgement the primary did not live to see. `last` is what the guest was when its computer was lost.
    fn inherit(&mut self, number: usize, last: Instant) -> Result<Inheritance> {
        let mark = field::G_MARK::NUMBER.get(self.read_guest(number, offset::G_MARK)?) as usize;
        let guest = &mut self.guests[number];
        let commits = guest.commits.len();
        let in_doubt = mark == commits + 1;
        ensure!(
            mark > 0 && (mark == commits || in_doubt),
            "guest {number}: the backup has {mark} marks, the primary had {commits} checkpoints"
        );
        if in_doubt {
            guest.commits.push(last);
            guest.report.in_doubt += 1;
        }
        guest.report.takeovers += 1;
        let place = self.places[number];
        let range = u64::from(place.base)..u64::from(place.base + place.size);
        let block_bytes = self.pair.unit.config.block_bytes() as usize;
        let machine = self.machines[self.primary]
            .as_mut()
            .context("the backup runs")?;
        let checkpoint = &self.guests[number].commits[mark - 1];
        let differences = (machine.contents()).differences(&checkpoint.memory, range, block_bytes);
        ensure!(
            differences.is_empty(),
            "after the takeover the memory of guest {number} is not that of checkpoint {mark}:\n{differences}"
        );
        // The text that had left the lost computer before the checkpoint; what came after it comes again.
        let seen = machine.simulation[machine.watch].computer_mut(number);
        seen.console.clone_from(&checkpoint.console);
        Ok(Inheritance::Checkpoint {
            mark: mark as u64,
            in_doubt,
        })
    }

    /// There is no checkpoint: the guest begins again, from its image.
    fn begin_anew(&mut self, number: usize) -> Result<Inheritance> {
        let commits = self.guests[number].commits.len();
        ensure!(
            commits == 0,
            "guest {number}: the backup has no checkpoint, but the primary had {commits}"
        );
        setup::command(self, number, Operation::Detach)?;
        let image = self.guests[number].image.clone();
        setup::reload(self, number, &image)?;
        setup::command(self, number, Operation::Attach)?;
        self.guests[number].report.restarts += 1;
        Ok(Inheritance::NoCheckpoint)
    }

    /// Begins the waveform of the first takeover.
    fn record(&mut self) -> Result<()> {
        let config = &self.pair.config;
        let length = config.waveform_cycles.unwrap_or(u64::MAX);
        if let (Some(path), true, 1..) = (&config.waveform, self.losses.is_empty(), length) {
            let machine = self.machine();
            let cycle = machine.cycle();
            machine.simulation.trace(path, cycle)?;
            self.recorded_until = Some(self.cycle.saturating_add(length));
        }
        Ok(())
    }

    fn conclude(mut self, begin: u64) -> Result<RunReport> {
        self.focus = self.primary;
        for n in 0..self.guests.len() {
            self.write_guest(n, offset::G_PERIOD, 0)?;
            self.poll("no command runs", |run| {
                Ok(field::G_STATUS::RUNNING.get(run.read_guest(n, offset::G_STATUS)?) == 0)
            })?;
            self.pass(SETTLING)?;
            while self.guests[n].counted < self.guests[n].commits.len() {
                self.count(n)?;
            }
            let entries = self.read_guest(n, offset::G_ENTRIES)?;
            let now = self.cycle;
            let machine = self.machine();
            let at_machine = machine.cycle();
            let seen = machine.simulation[machine.watch].computer(n);
            let (answer, at) = seen.answer.context("a finished computer has an answer")?;
            let console = String::from_utf8_lossy(&seen.console).into_owned();
            let guest = &mut self.guests[n];
            guest.report.checkpoints += guest.commits.len() as u64;
            guest.report.answer = answer;
            guest.report.cycles = now - (at_machine - at) - begin;
            guest.report.console = console;
            guest.report.log_entries = entries.into();
        }
        let extents = (self.guests.iter().zip(&self.places))
            .map(|(guest, place)| Extent::new(place, &guest.image))
            .collect();
        let memory = self.machine().contents().clone();
        Ok(RunReport {
            strategy: Some(Strategy::S2),
            seed: self.pair.config.seed,
            cycles: self.cycle,
            ending: Ending { memory, extents },
            computers: self.guests.into_iter().map(|guest| guest.report).collect(),
            losses: self.losses,
        })
    }
}

impl Registers for Pair<'_> {
    /// One cycle of both computers, and the loss that strikes in it.
    fn tick(&mut self) -> Result<()> {
        for machine in self.machines.iter_mut().flatten() {
            machine.step()?;
        }
        self.cycle += 1;
        if let Some(machine) = &self.machines[self.primary] {
            for (n, guest) in self.guests.iter_mut().enumerate() {
                let seen = machine.simulation[machine.watch].computer(n);
                if seen.released_now {
                    guest.commits.push(Instant {
                        memory: machine.contents().clone(),
                        console: seen.console.clone(),
                    });
                }
            }
        }
        if self.recorded_until.is_some_and(|end| self.cycle >= end) {
            self.recorded_until = None;
            if let Some(machine) = &mut self.machines[self.primary] {
                machine.simulation.end_trace()?;
            }
        }
        if self.strikes().is_some_and(|strikes| self.cycle >= strikes) {
            self.lose();
            if self.focus == self.primary {
                bail!(Gone);
            }
        }
        if self.cycle.is_multiple_of(WATCH_CYCLES) && !(self.watch)(self.cycle) {
            bail!("interrupted after {} cycles", self.cycle);
        }
        if self.cycle > self.pair.config.limit {
            bail!(
                "not over after {} cycles:\n{}",
                self.cycle,
                self.situation()
            );
        }
        Ok(())
    }

    fn machine(&mut self) -> &mut Machine {
        match &mut self.machines[self.focus] {
            Some(machine) => machine,
            None => panic!("no computer is at end {} of the link", self.focus),
        }
    }

    fn situation(&self) -> String {
        let ends = self.machines.iter().map(|machine| match machine {
            Some(machine) => format!("runs at its cycle {}", machine.cycle()),
            None => "is lost".to_owned(),
        });
        let guests = self.guests.iter().enumerate().map(|(n, guest)| {
            format!(
                "guest {n} ({}): {} checkpoints in this backup, {} takeovers, {} restarts",
                guest.report.job.program.name(),
                guest.commits.len(),
                guest.report.takeovers,
                guest.report.restarts
            )
        });
        let ends: Vec<_> = ends.collect();
        format!(
            "the primary is at end {}; the computers: {}\n{}",
            self.primary,
            ends.join(", "),
            guests.collect::<Vec<_>>().join("\n")
        )
    }
}
