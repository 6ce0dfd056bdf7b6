//! The tracker under any traffic, against planes without tags and a table of tickets, cycle by cycle.

use super::pins::{Pin, Pins};
use super::planes::Planes;
use super::{region_of, words_of, Region};
use mch_spec::strategy::{action, MARK, PUSH, REDIRECT, SAVE};
use mch_spec::{Config, Strategy};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use verilated::Library;

/// What the traffic is like: chances per cycle, in percent.
#[derive(Clone, Debug)]
pub struct Traffic {
    pub cycles: u64,
    pub lookup: u32,
    pub done: u32,
    pub scan: u32,
    pub fill: u32,
    pub push: u32,
    pub peek: u32,
    pub step: u32,
    pub policy_change: u32,
    /// Whether steps obey the floor.
    pub guarded: bool,
    /// Words that are used; the others stay clean.
    pub words: Vec<usize>,
}

impl Traffic {
    pub fn mixed(words: impl IntoIterator<Item = usize>) -> Traffic {
        Traffic {
            cycles: 4000,
            lookup: 50,
            done: 40,
            scan: 40,
            fill: 2,
            push: 20,
            peek: 10,
            step: 5,
            policy_change: 1,
            guarded: true,
            words: words.into_iter().collect(),
        }
    }
}

/// What a run saw, to tell whether it tested anything.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub go: u64,
    pub allocations: u64,
    pub hits: u64,
    pub failures: u64,
    pub pushes: u64,
    pub merges: u64,
    pub background: u64,
    pub dropped: u64,
    pub hurries: u64,
    pub cleared: u64,
    pub steps: u64,
    pub held_steps: u64,
    pub sweeps: u64,
    pub scans: u64,
    pub peeks: u64,
    pub same_word_back_to_back: u64,
    pub longest_sweep: u64,
}

#[derive(Clone, Debug)]
struct Guest {
    epoch: u64,
    floor: u64,
    mark: u64,
    outcomes: u64,
    strategy: u64,
    row: u64,
    attached: bool,
    used: u64,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Lookup {
        port: usize,
        block: u64,
        tracked: bool,
        guest: usize,
        credited: bool,
    },
    Done {
        ticket: usize,
        block: u64,
        guest: usize,
        failed: bool,
        push: bool,
    },
    Scan(usize),
    Fill(usize, bool, bool),
    Push(u64),
}

#[derive(Clone, Copy, Debug)]
struct Request {
    block: u64,
    guest: usize,
    tracked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Save {
    block: u64,
    guest: u64,
    slot: u64,
    ticket: u64,
    way: u64,
}

/// A block in flight.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    block: u64,
    wanted: bool,
    background: bool,
}

struct Handles {
    by_name: HashMap<&'static str, Pin>,
    by_port: HashMap<&'static str, Vec<Pin>>,
}

/// The tracker, its surroundings and the expectation.
pub struct TrackerRig {
    config: Config,
    regions: Vec<Region>,
    pins: Pins,
    handles: Handles,
    random: ChaCha8Rng,
    cycle: u64,
    guests: Vec<Guest>,
    planes: Planes,
    history: BTreeMap<u64, Planes>,
    tickets: Vec<Option<Ticket>>,
    next_ticket: usize,
    failed: Vec<bool>,
    slots: Vec<u64>,
    entered: Option<Operation>,
    entries: VecDeque<u64>,
    verdicts: VecDeque<(u64, usize, (Option<u64>, bool))>,
    marks: VecDeque<(u64, u64)>,
    busy: VecDeque<(u64, u64, u64)>,
    busy_now: (u64, u64),
    hurries: VecDeque<(u64, bool)>,
    hurry_now: bool,
    events: VecDeque<(u64, [bool; 3], u64)>,
    background: VecDeque<Save>,
    background_ready: bool,
    scans: VecDeque<(u64, usize, Planes)>,
    peeks: VecDeque<usize>,
    saves: VecDeque<Save>,
    in_flight: Vec<Save>,
    save_ready: bool,
    last_word: Option<(u64, usize)>,
    last_sweep: Option<u64>,
    lookups: Vec<Option<Request>>,
    scan: Option<usize>,
    fill: Option<(usize, bool, bool)>,
    push: Option<u64>,
    peek: Option<usize>,
    pub seen: Seen,
}

type Outcome = Result<(), String>;

macro_rules! expect {
    ($self:ident, $left:expr, $right:expr, $($what:tt)+) => {
        let (left, right) = ($left, $right);
        if left != right {
            return Err(format!(
                "cycle {}: {}: {left:?}, must be {right:?}",
                $self.cycle,
                format!($($what)+)
            ));
        }
    };
}

impl TrackerRig {
    pub fn new(
        library: &Arc<Library>,
        config: &Config,
        regions: &[Region],
        seed: u64,
    ) -> TrackerRig {
        let pins = Pins::new(library, seed);
        let ports = config.ports as usize;
        let guests = config.guests as usize;
        let single = [
            "verdict_wait",
            "verdict_ticket",
            "verdict_in_shadow",
            "ticket_busy",
            "ticket_failed",
            "allocate_valid",
            "allocate_guest",
            "marked_valid",
            "marked_guest",
            "save_valid",
            "save_ready",
            "save_block",
            "save_guest",
            "save_slot",
            "save_ticket",
            "done_valid",
            "done_ticket",
            "done_guest",
            "done_block",
            "done_failed",
            "scan_valid",
            "scan_ready",
            "scan_word",
            "scan_guest",
            "scan_response_valid",
            "scan_x",
            "scan_y",
            "scan_l1",
            "scan_l2",
            "fill_valid",
            "fill_ready",
            "fill_word",
            "fill_guest",
            "fill_x",
            "fill_y",
            "push_valid",
            "push_ready",
            "push_block",
            "push_guest",
            "cleared_valid",
            "push_started",
            "push_ended",
            "push_event_guest",
            "save_way",
            "background_valid",
            "background_ready",
            "background_block",
            "background_guest",
            "background_ticket",
            "hurry",
            "done_push",
            "peek_valid",
            "peek_ready",
            "peek_word",
            "peek_response_valid",
            "sweep_done",
            "ready",
        ];
        let vectors = [
            ("lookup_valid", ports),
            ("lookup_ready", ports),
            ("lookup_block", ports),
            ("lookup_guest", ports),
            ("lookup_tracked", ports),
            ("lookup_whole", ports),
            ("own_valid", ports),
            ("verdict_valid", ports),
            ("policy", guests),
            ("strategy", guests),
            ("epoch", guests),
            ("outcomes", guests),
            ("ring_used", guests),
            ("region_used", config.regions as usize),
            ("region_first", config.regions as usize),
            ("region_last", config.regions as usize),
            ("region_guest", config.regions as usize),
        ];
        let handles = Handles {
            by_name: single.iter().map(|name| (*name, pins.pin(name))).collect(),
            by_port: vectors
                .iter()
                .map(|(name, n)| (*name, pins.each(name, *n)))
                .collect(),
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let guests: Vec<Guest> = (0..guests)
            .map(|_| {
                let strategy = *config.strategies.choose(&mut random).unwrap();
                Guest {
                    epoch: 0,
                    floor: 0,
                    mark: 0,
                    outcomes: 0,
                    strategy: strategy.number().into(),
                    row: row(strategy),
                    attached: true,
                    used: 0,
                }
            })
            .collect();
        let words = config.words() as usize;
        TrackerRig {
            config: config.clone(),
            regions: regions.to_vec(),
            pins,
            handles,
            random,
            cycle: 0,
            slots: vec![0; guests.len()],
            guests,
            planes: Planes::new(words),
            history: BTreeMap::new(),
            tickets: vec![None; config.saves as usize],
            next_ticket: 0,
            failed: vec![false; config.saves as usize],
            entered: None,
            entries: VecDeque::new(),
            verdicts: VecDeque::new(),
            marks: VecDeque::new(),
            busy: VecDeque::new(),
            busy_now: (0, 0),
            hurries: VecDeque::new(),
            hurry_now: false,
            events: VecDeque::new(),
            background: VecDeque::new(),
            background_ready: false,
            scans: VecDeque::new(),
            peeks: VecDeque::new(),
            saves: VecDeque::new(),
            in_flight: Vec::new(),
            save_ready: false,
            last_word: None,
            last_sweep: None,
            lookups: vec![None; ports],
            scan: None,
            fill: None,
            push: None,
            peek: None,
            seen: Seen::default(),
        }
    }

    fn set(&mut self, name: &str, value: u64) {
        let pin = self.handles.by_name[name];
        self.pins.set(pin, value);
    }

    fn set_of(&mut self, name: &str, k: usize, value: u64) {
        let pin = self.handles.by_port[name][k];
        self.pins.set(pin, value);
    }

    fn get(&self, name: &str) -> u64 {
        self.pins.get(self.handles.by_name[name])
    }

    fn is(&self, name: &str) -> bool {
        self.get(name) != 0
    }

    fn is_of(&self, name: &str, k: usize) -> bool {
        self.pins.is(self.handles.by_port[name][k])
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_ratio(percent, 100)
    }

    /// Resets and waits for the clearing sweep, which takes a cycle per word.
    pub fn start(&mut self) -> Outcome {
        for r in 0..self.config.regions as usize {
            self.set_of("region_used", r, 0);
        }
        for (r, region) in self.regions.clone().iter().enumerate() {
            self.set_of("region_used", r, 1);
            self.set_of("region_first", r, region.first);
            self.set_of("region_last", r, region.last);
            self.set_of("region_guest", r, region.guest as u64);
        }
        self.drive_guests();
        for p in 0..self.lookups.len() {
            self.set_of("lookup_valid", p, 0);
        }
        for name in [
            "done_valid",
            "push_valid",
            "scan_valid",
            "fill_valid",
            "peek_valid",
        ] {
            self.set(name, 0);
        }
        for p in 0..self.lookups.len() {
            self.set_of("lookup_whole", p, 0);
            self.set_of("own_valid", p, 0);
        }
        self.pins.reset();
        self.pins.eval();
        let mut cycles = 0;
        while !self.is("ready") {
            self.pins.clock();
            self.pins.eval();
            cycles += 1;
            if cycles > 2 * u64::from(self.config.words()) + 20 {
                return Err("not ready after reset".into());
            }
        }
        Ok(())
    }

    fn drive_guests(&mut self) {
        for g in 0..self.guests.len() {
            let guest = self.guests[g].clone();
            self.set_of("policy", g, if guest.attached { guest.row } else { 0 });
            self.set_of("strategy", g, guest.strategy);
            self.set_of("epoch", g, guest.epoch);
            self.set_of("outcomes", g, guest.outcomes);
            self.set_of("ring_used", g, guest.used);
        }
    }

    fn guest_of(&self, word: usize) -> Option<usize> {
        region_of(&self.config, &self.regions, word).map(|r| self.regions[r].guest)
    }

    fn random_word(&mut self, traffic: &Traffic) -> usize {
        *traffic.words.choose(&mut self.random).unwrap()
    }

    fn random_block(&mut self, traffic: &Traffic) -> u64 {
        let word = self.random_word(traffic) as u64;
        let bit = if self.chance(70) {
            self.random.random_range(0..2)
        } else {
            self.random.random_range(0..32)
        };
        word * 32 + bit
    }

    /// Chooses and drives the inputs of this cycle. Returns the completion driven, if any.
    fn drive(&mut self, traffic: &Traffic) -> Option<(Save, bool)> {
        self.drive_guests();
        for p in 0..self.lookups.len() {
            if self.lookups[p].is_none() && self.chance(traffic.lookup) {
                let block = self.random_block(traffic);
                let guest = self.guest_of(block as usize / 32);
                let tracked = guest.is_some() && self.chance(90);
                self.lookups[p] = Some(Request {
                    block,
                    guest: guest.unwrap_or(0),
                    tracked,
                });
            }
            // Writes of whole blocks belong to the tests of the whole unit.
            self.set_of("lookup_whole", p, 0);
            self.set_of("own_valid", p, 0);
            let request = self.lookups[p];
            self.set_of("lookup_valid", p, request.is_some().into());
            if let Some(request) = request {
                self.set_of("lookup_block", p, request.block);
                self.set_of("lookup_guest", p, request.guest as u64);
                self.set_of("lookup_tracked", p, request.tracked.into());
            }
        }
        if self.scan.is_none() && self.chance(traffic.scan) {
            let word = self.random_word(traffic);
            self.scan = self.guest_of(word).map(|_| word);
        }
        self.set("scan_valid", self.scan.is_some().into());
        if let Some(word) = self.scan {
            self.set("scan_word", word as u64);
            self.set("scan_guest", self.guest_of(word).unwrap() as u64);
        }
        if self.fill.is_none() && self.chance(traffic.fill) {
            let word = self.random_word(traffic);
            let has_y = self.config.plane_y();
            let ones = (
                self.random.random(),
                has_y && self.random.random_ratio(1, 10),
            );
            self.fill = self.guest_of(word).map(|_| (word, ones.0, ones.1));
        }
        self.set("fill_valid", self.fill.is_some().into());
        if let Some((word, x, y)) = self.fill {
            self.set("fill_word", word as u64);
            self.set("fill_guest", self.guest_of(word).unwrap() as u64);
            self.set("fill_x", x.into());
            self.set("fill_y", y.into());
        }
        if self.config.has(Strategy::S4) && self.push.is_none() && self.chance(traffic.push) {
            let mut block = self.random_block(traffic);
            if self.chance(50) {
                let word = block as usize / 32;
                let bit = self.planes.y[word].trailing_zeros();
                block = if bit < 32 {
                    word as u64 * 32 + u64::from(bit)
                } else {
                    block
                };
            }
            self.push = self.guest_of(block as usize / 32).map(|_| block);
        }
        self.set("push_valid", self.push.is_some().into());
        if let Some(block) = self.push {
            self.set("push_block", block);
            let guest = self.guest_of(block as usize / 32).unwrap();
            self.set("push_guest", guest as u64);
        }
        if self.peek.is_none() && self.chance(traffic.peek) {
            self.peek = Some(self.random_word(traffic));
        }
        self.set("peek_valid", self.peek.is_some().into());
        self.set("peek_word", self.peek.unwrap_or(0) as u64);

        self.save_ready = self.chance(60);
        self.set("save_ready", self.save_ready.into());
        self.background_ready = self.chance(40);
        self.set("background_ready", self.background_ready.into());
        let mut done = None;
        if !self.in_flight.is_empty() && self.chance(traffic.done) {
            let k = self.random.random_range(0..self.in_flight.len());
            let save = self.in_flight.swap_remove(k);
            done = Some((save, self.chance(15)));
        }
        self.set("done_valid", done.is_some().into());
        if let Some((save, failed)) = done {
            self.set("done_ticket", save.ticket);
            self.set("done_guest", save.guest);
            self.set("done_block", save.block);
            self.set("done_failed", failed.into());
            self.set("done_push", (save.way != 0).into());
        }
        self.pins.eval();
        done
    }

    /// One cycle.
    fn step(&mut self, traffic: &Traffic) -> Outcome {
        let done = self.drive(traffic);
        self.apply_entered();
        self.history.insert(self.cycle, self.planes.clone());
        self.history.remove(&(self.cycle.wrapping_sub(16)));
        self.check()?;
        self.observe(done)?;
        self.advance_guests(traffic);
        self.pins.clock();
        self.cycle += 1;
        Ok(())
    }

    /// Performs the operation that entered in the cycle before, with the guests' state of this one.
    fn apply_entered(&mut self) {
        let Some(operation) = self.entered.take() else {
            return;
        };
        let word = match operation {
            Operation::Lookup {
                port,
                block,
                tracked,
                guest,
                credited,
            } => {
                self.apply_lookup(port, block, tracked, guest, credited);
                tracked.then_some(block as usize / 32)
            }
            Operation::Done {
                ticket,
                block,
                guest,
                failed,
                push,
            } => {
                let wanted = self.tickets[ticket].take().is_some_and(|t| t.wanted);
                self.failed[ticket] = failed;
                let mut cleared = false;
                let redirected = self.guests[guest].strategy == 5;
                let mut cleared_or_ended = push;
                if redirected {
                    cleared_or_ended = false;
                }
                if failed {
                    self.seen.failures += 1;
                } else if redirected {
                    if !self.planes.pending(block) {
                        self.planes.y[block as usize / 32] |= 1 << (block % 32);
                        self.marks.push_back((self.cycle + 4, guest as u64));
                    }
                } else if push {
                    cleared = self.planes.pending(block);
                    self.planes.y[block as usize / 32] &= !(1 << (block % 32));
                    if wanted {
                        self.mark(block, guest);
                    }
                } else {
                    self.mark(block, guest);
                }
                self.seen.cleared += u64::from(cleared);
                if cleared_or_ended {
                    self.note_event([cleared, false, true], guest);
                }
                self.note_busy();
                Some(block as usize / 32)
            }
            Operation::Scan(word) => {
                self.scans
                    .push_back((self.cycle + 5, word, self.planes.clone()));
                Some(word)
            }
            Operation::Fill(word, x, y) => {
                self.planes.x[word] = if x { u32::MAX } else { 0 };
                self.planes.y[word] = if y { u32::MAX } else { 0 };
                Some(word)
            }
            Operation::Push(block) => {
                let guest = self.guest_of(block as usize / 32).unwrap();
                if self.planes.pending(block) && self.held(block).is_none() {
                    let ticket = self.allocate(block, false);
                    self.background.push_back(Save {
                        block,
                        guest: guest as u64,
                        slot: 0,
                        ticket: ticket as u64,
                        way: 1,
                    });
                    self.seen.background += 1;
                } else {
                    self.note_event([false, false, true], guest);
                    self.seen.dropped += 1;
                }
                Some(block as usize / 32)
            }
        };
        if let (Some(word), Some((cycle, last))) = (word, self.last_word) {
            self.seen.same_word_back_to_back += u64::from(cycle + 1 == self.cycle && last == word);
        }
        self.last_word = word.map(|word| (self.cycle, word));
    }

    fn apply_lookup(
        &mut self,
        port: usize,
        block: u64,
        tracked: bool,
        guest: usize,
        credited: bool,
    ) {
        let state = &self.guests[guest];
        let mut row = if tracked && state.attached {
            state.row
        } else {
            0
        };
        if !credited && waits(row) {
            row = 0;
        }
        let (pending, touched) = if tracked {
            (self.planes.pending(block), self.planes.touched(block))
        } else {
            (false, false)
        };
        let action = action(row as u32, pending, touched);
        let mut verdict = None;
        let redirects = state.strategy == 5 && action & REDIRECT != 0;
        let in_shadow = tracked && state.strategy == 5 && touched != (pending || redirects);
        let waits = match state.strategy {
            5 => redirects && !pending,
            _ => action & (SAVE | PUSH) != 0,
        };
        if waits {
            let held = self.held(block);
            let ticket = held.unwrap_or_else(|| {
                let ticket = self.allocate(block, true);
                let saves = action & SAVE != 0;
                let mut slot = 0;
                if redirects {
                    self.seen.merges += 1;
                } else if saves {
                    slot = self.slots[guest];
                    self.slots[guest] += 1;
                } else {
                    self.note_event([false, true, false], guest);
                    self.seen.pushes += 1;
                }
                self.saves.push_back(Save {
                    block,
                    guest: guest as u64,
                    slot,
                    ticket: ticket as u64,
                    way: match redirects {
                        true => 1 + u64::from(touched),
                        false => u64::from(!saves),
                    },
                });
                self.seen.allocations += 1;
                ticket
            });
            let entry = self.tickets[ticket].as_mut().expect("in flight");
            self.seen.hurries += u64::from(entry.background && !entry.wanted);
            entry.wanted = true;
            self.seen.hits += u64::from(held.is_some());
            self.note_busy();
            verdict = Some(ticket as u64);
        } else {
            self.seen.go += 1;
            if action & MARK != 0 && !redirects {
                self.mark(block, guest);
            }
        }
        self.verdicts
            .push_back((self.cycle + 3, port, (verdict, in_shadow)));
    }

    fn held(&self, block: u64) -> Option<usize> {
        self.tickets
            .iter()
            .position(|t| t.is_some_and(|t| t.block == block))
    }

    fn allocate(&mut self, block: u64, wanted: bool) -> usize {
        let ticket = self.next_ticket;
        self.next_ticket = (ticket + 1) % self.tickets.len();
        assert!(self.tickets[ticket].is_none(), "the rig's ticket is free");
        self.tickets[ticket] = Some(Ticket {
            block,
            wanted,
            background: !wanted,
        });
        self.failed[ticket] = false;
        self.note_busy();
        ticket
    }

    /// Pulses at stage 5: Y cleared, a push started, one ended.
    fn note_event(&mut self, event: [bool; 3], guest: usize) {
        self.events.push_back((self.cycle + 4, event, guest as u64));
    }

    fn mark(&mut self, block: u64, guest: usize) {
        if !self.planes.touched(block) {
            self.planes.x[block as usize / 32] |= 1 << (block % 32);
            self.marks.push_back((self.cycle + 4, guest as u64));
        }
    }

    fn note_busy(&mut self) {
        let bits = |flags: &mut dyn Iterator<Item = bool>| {
            flags
                .enumerate()
                .fold(0, |bits, (k, flag)| bits | u64::from(flag) << k)
        };
        let busy = bits(&mut self.tickets.iter().map(|t| t.is_some()));
        let failed = bits(&mut self.failed.iter().copied());
        self.busy.push_back((self.cycle + 4, busy, failed));
        let hurry = self
            .tickets
            .iter()
            .flatten()
            .any(|t| t.background && t.wanted);
        self.hurries.push_back((self.cycle + 5, hurry));
    }

    /// Every output of this cycle.
    fn check(&mut self) -> Outcome {
        let verdict = self.verdicts.pop_front_if(|v| v.0 == self.cycle);
        for p in 0..self.lookups.len() {
            let expected = verdict.is_some_and(|v| v.1 == p);
            expect!(
                self,
                self.is_of("verdict_valid", p),
                expected,
                "verdict_valid of port {p}"
            );
        }
        if let Some((_, port, expected)) = verdict {
            let wait = self.is("verdict_wait").then(|| self.get("verdict_ticket"));
            let verdict = (wait, self.is("verdict_in_shadow"));
            expect!(self, verdict, expected, "verdict of port {port}");
        }
        let mark = self.marks.pop_front_if(|m| m.0 == self.cycle).map(|m| m.1);
        let marked = self.is("marked_valid").then(|| self.get("marked_guest"));
        expect!(self, marked, mark, "marked");
        while let Some((_, busy, failed)) = self.busy.pop_front_if(|b| b.0 <= self.cycle) {
            self.busy_now = (busy, failed);
        }
        expect!(
            self,
            self.get("ticket_busy"),
            self.busy_now.0,
            "ticket_busy"
        );
        expect!(
            self,
            self.get("ticket_failed"),
            self.busy_now.1,
            "ticket_failed"
        );
        while let Some((_, hurry)) = self.hurries.pop_front_if(|h| h.0 <= self.cycle) {
            self.hurry_now = hurry;
        }
        expect!(self, self.is("hurry"), self.hurry_now, "hurry");
        let event = self.events.pop_front_if(|e| e.0 == self.cycle);
        let pulses = ["cleared_valid", "push_started", "push_ended"].map(|name| self.is(name));
        let expected = event.map_or([false; 3], |e| e.1);
        expect!(self, pulses, expected, "cleared, started, ended");
        if let Some((_, _, guest)) = event {
            expect!(
                self,
                self.get("push_event_guest"),
                guest,
                "push_event_guest"
            );
        }
        let scan = self.scans.pop_front_if(|s| s.0 == self.cycle);
        expect!(
            self,
            self.is("scan_response_valid"),
            scan.is_some(),
            "scan_response_valid"
        );
        if let Some((_, word, planes)) = scan {
            self.seen.scans += 1;
            expect!(
                self,
                self.get("scan_x"),
                u64::from(planes.x[word]),
                "X of word {word}"
            );
            expect!(
                self,
                self.get("scan_y"),
                u64::from(planes.y[word]),
                "Y of word {word}"
            );
            self.check_summary(word, &planes)?;
        }
        if self.is("peek_response_valid") {
            self.seen.peeks += 1;
            let word = self.peeks.pop_front().ok_or("an answer to no read")?;
            let planes = &self.history[&(self.cycle - 5)];
            let known = self.guest_of(word).is_some();
            let expected = |plane: &[u32]| u64::from(if known { plane[word] } else { 0 });
            expect!(
                self,
                self.get("scan_x"),
                expected(&planes.x),
                "peeked X of word {word}"
            );
            expect!(
                self,
                self.get("scan_y"),
                expected(&planes.y),
                "peeked Y of word {word}"
            );
            let entry = self.cycle - 6;
            expect!(
                self,
                self.entries.contains(&entry),
                false,
                "two operations entered at {entry}"
            );
        }
        Ok(())
    }

    /// A summary bit is set while anything below it is; that of the word just accessed is exact.
    fn check_summary(&self, word: usize, planes: &Planes) -> Outcome {
        let words = planes.x.len();
        let (l1, l2) = (self.get("scan_l1"), self.get("scan_l2"));
        let group = word / 32 * 32;
        for other in group..(group + 32).min(words) {
            if planes.is_dirty(other) {
                expect!(
                    self,
                    l1 >> (other - group) & 1,
                    1,
                    "L1 bit of dirty word {other}"
                );
            }
        }
        let own = l1 >> (word - group) & 1;
        expect!(
            self,
            own,
            u64::from(planes.is_dirty(word)),
            "L1 bit of word {word} itself"
        );
        let top = word / 1024 * 1024;
        for other in top..(top + 1024).min(words) {
            if planes.is_dirty(other) {
                expect!(
                    self,
                    l2 >> ((other - top) / 32) & 1,
                    1,
                    "L2 bit of dirty word {other}"
                );
            }
        }
        let own = l2 >> ((word - top) / 32) & 1;
        expect!(
            self,
            own,
            u64::from(l1 != 0),
            "L2 bit of word {word} itself"
        );
        Ok(())
    }

    /// Handshakes of this cycle: the one operation that enters, and what else is taken.
    fn observe(&mut self, done: Option<(Save, bool)>) -> Outcome {
        let mut entered = Vec::new();
        if let Some((save, failed)) = done {
            entered.push(Operation::Done {
                ticket: save.ticket as usize,
                block: save.block,
                guest: save.guest as usize,
                failed,
                push: save.way != 0,
            });
        }
        for p in 0..self.lookups.len() {
            if let Some(request) = self.lookups[p].filter(|_| self.is_of("lookup_ready", p)) {
                self.lookups[p] = None;
                let guest = &self.guests[request.guest];
                entered.push(Operation::Lookup {
                    port: p,
                    block: request.block,
                    tracked: request.tracked,
                    guest: request.guest,
                    credited: request.tracked && guest.attached && waits(guest.row),
                });
            }
        }
        if let Some(word) = self
            .scan
            .take_if(|_| self.pins.is(self.handles.by_name["scan_ready"]))
        {
            entered.push(Operation::Scan(word));
        }
        if let Some((word, x, y)) = self
            .fill
            .take_if(|_| self.pins.is(self.handles.by_name["fill_ready"]))
        {
            entered.push(Operation::Fill(word, x, y));
        }
        if let Some(block) = self
            .push
            .take_if(|_| self.pins.is(self.handles.by_name["push_ready"]))
        {
            let held = self.tickets.iter().flatten().count();
            let half = self.tickets.len() / 2;
            expect!(
                self,
                held <= half,
                true,
                "{held} tickets held as a push enters"
            );
            entered.push(Operation::Push(block));
        }
        expect!(
            self,
            entered.len() <= 1,
            true,
            "one operation per cycle, not {entered:?}"
        );
        self.entered = entered.pop();
        if self.entered.is_some() {
            self.entries.push_back(self.cycle);
            if self.entries.len() > 16 {
                self.entries.pop_front();
            }
        }
        if let Some(word) = self
            .peek
            .take_if(|_| self.pins.is(self.handles.by_name["peek_ready"]))
        {
            self.peeks.push_back(word);
        }
        if self.is("save_valid") {
            let save = Save {
                block: self.get("save_block"),
                guest: self.get("save_guest"),
                slot: self.get("save_slot"),
                ticket: self.get("save_ticket"),
                way: self.get("save_way"),
            };
            expect!(self, Some(&save), self.saves.front(), "save");
            if self.save_ready {
                self.saves.pop_front();
                self.in_flight.push(save);
            }
        }
        if self.is("background_valid") {
            let save = Save {
                block: self.get("background_block"),
                guest: self.get("background_guest"),
                slot: 0,
                ticket: self.get("background_ticket"),
                way: 1,
            };
            expect!(self, Some(&save), self.background.front(), "background");
            if self.background_ready {
                self.background.pop_front();
                self.in_flight.push(save);
            }
        }
        Ok(())
    }

    /// Registers of the guests: slots, sweeps, steps, changes of policy.
    fn advance_guests(&mut self, traffic: &Traffic) {
        if self.is("allocate_valid") {
            let guest = self.get("allocate_guest") as usize;
            self.guests[guest].used += 1;
        }
        let mask = (1 << self.config.epoch_bits) - 1;
        let sweep = self.is("sweep_done");
        if sweep {
            self.seen.sweeps += 1;
            if let Some(last) = self.last_sweep.replace(self.cycle) {
                self.seen.longest_sweep = self.seen.longest_sweep.max(self.cycle - last);
            }
        }
        for g in 0..self.guests.len() {
            let wants = self.chance(traffic.step);
            let committed = self.random.random();
            let other_policy = self.chance(traffic.policy_change);
            let guest = &mut self.guests[g];
            let (epoch, floor) = (guest.epoch, guest.floor);
            if sweep {
                guest.floor = guest.mark;
                guest.mark = epoch;
            }
            if other_policy {
                guest.attached = !guest.attached;
            }
            let words: Vec<usize> = self
                .regions
                .iter()
                .filter(|region| region.guest == g)
                .flat_map(|region| words_of(&self.config, region))
                .collect();
            let s4 = guest.strategy == u64::from(Strategy::S4.number());
            let drained = words.iter().all(|w| self.planes.y[*w] == 0);
            if !wants || (s4 && committed && !drained) {
                continue;
            }
            if traffic.guarded && (epoch + 1).wrapping_sub(floor) & mask == 0 {
                self.seen.held_steps += 1;
                continue;
            }
            self.seen.steps += 1;
            guest.outcomes = guest.outcomes & !(1 << epoch) | u64::from(committed) << epoch;
            guest.epoch = (epoch + 1) & mask;
            let strategy = guest.strategy;
            self.planes.step(words.into_iter(), strategy, committed);
        }
    }

    /// Random traffic, then silence until everything has ended and two sweeps have passed; then the summary is exact.
    pub fn run(&mut self, traffic: &Traffic) -> Outcome {
        for _ in 0..traffic.cycles {
            self.step(traffic)?;
        }
        let quiet = Traffic {
            lookup: 0,
            done: 50,
            scan: 0,
            fill: 0,
            push: 0,
            peek: 0,
            step: 0,
            policy_change: 0,
            ..traffic.clone()
        };
        let mut sweeps = None;
        for waited in 0.. {
            let idle = self.lookups.iter().all(Option::is_none)
                && self.in_flight.is_empty()
                && self.saves.is_empty()
                && self.background.is_empty()
                && self.verdicts.is_empty();
            if !idle {
                sweeps = None;
            } else if *sweeps.get_or_insert(self.seen.sweeps) + 3 <= self.seen.sweeps {
                break;
            }
            if waited > 1000 + 8 * u64::from(self.config.words()) {
                return Err(format!("does not come to rest: {:?}", self.lookups));
            }
            self.step(&quiet)?;
        }
        self.check_exact_summary(&quiet)
    }

    fn check_exact_summary(&mut self, quiet: &Traffic) -> Outcome {
        for word in (0..self.planes.x.len()).step_by(32) {
            let Some(word) = (word..word + 32).find(|w| self.guest_of(*w).is_some()) else {
                continue;
            };
            self.scan = Some(word);
            for _ in 0..40 {
                self.step(quiet)?;
                if self.is("scan_response_valid") {
                    break;
                }
            }
            let (l1, group) = (self.get("scan_l1"), word / 32 * 32);
            for other in group..(group + 32).min(self.planes.x.len()) {
                let dirty = u64::from(self.planes.is_dirty(other));
                expect!(
                    self,
                    l1 >> (other - group) & 1,
                    dirty,
                    "L1 bit of word {other} at rest"
                );
            }
        }
        Ok(())
    }

    /// Look-ups of one block after another in every cycle on every port; returns how many were taken.
    pub fn saturate(&mut self, traffic: &Traffic) -> Result<u64, String> {
        let before = self.seen.go + self.seen.allocations + self.seen.hits;
        for _ in 0..traffic.cycles {
            self.step(traffic)?;
        }
        Ok(self.seen.go + self.seen.allocations + self.seen.hits - before)
    }
}

/// The rows under test: those of the strategies, without what the tracker does not do.
fn row(strategy: Strategy) -> u64 {
    match strategy {
        Strategy::S3 | Strategy::S4 | Strategy::S5 | Strategy::S6 => strategy.policy_row().into(),
        _ => (0..4).fold(0, |row, k| row | u64::from(MARK) << (5 * k)),
    }
}

fn waits(row: u64) -> bool {
    (0..4).any(|k| row >> (5 * k) & u64::from(SAVE | PUSH | REDIRECT) != 0)
}
