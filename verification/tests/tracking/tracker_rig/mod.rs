//! The tracker under any traffic, against planes without tags and a table of tickets, cycle by cycle.

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

mod check;
mod drive;
mod expectation;
mod guests;
mod handles;

use super::pins::Pins;
use super::planes::Planes;
use super::Region;
use guests::{row, waits, Guest};
use handles::Handles;
use mch_spec::Config;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, VecDeque};
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
        let handles = Handles::new(&pins, config);
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
                    takes_credits: waits(row(strategy)),
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
