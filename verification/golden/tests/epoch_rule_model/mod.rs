//! A block store under the rule, its data, and the oracle beside it.

mod operations;

use mch_golden::epoch::{aged, Epochs, Word};
use mch_spec::Strategy::{self, S3, S4, S5, S6};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Blocks of a word that are used: few, so that words are shared.
const USED: usize = 4;

/// What the rule relies on; each can be taken away.
#[derive(Clone, Debug)]
pub struct Guards {
    pub bits: u32,
    pub words: usize,
    pub guests: usize,
    pub scrubs_per_operation: f64,
    pub outcome_of_own_tag: bool,
    pub s4_keeps_pending: bool,
    pub step_waits: bool,
    pub floor_at_start: bool,
    pub aligned: bool,
    pub reassign_rewrites: bool,
    pub descriptors_checked: bool,
    pub summary_atomic: bool,
    pub hold_after_error: bool,
    pub starts_touched: bool,
}

impl Default for Guards {
    fn default() -> Guards {
        Guards {
            bits: 3,
            words: 8,
            guests: 3,
            scrubs_per_operation: 2.0,
            outcome_of_own_tag: true,
            s4_keeps_pending: true,
            step_waits: true,
            floor_at_start: true,
            aligned: true,
            reassign_rewrites: true,
            descriptors_checked: true,
            summary_atomic: true,
            hold_after_error: true,
            starts_touched: true,
        }
    }
}

/// The halves of a block: a write may change one or both.
type Data = (u32, u32);

struct Guest {
    strategy: Strategy,
    epochs: Epochs,
    last_outcome: bool,
    valid: bool,
    held: bool,
    log: Vec<(usize, Data)>,
}

pub struct Model {
    guards: Guards,
    random: ChaCha8Rng,
    words: Vec<Word>,
    summary: Vec<bool>,
    guests: Vec<Guest>,
    owner: Vec<usize>,
    sweep_at: usize,
    scrub_debt: f64,
    memory: Vec<Data>,
    shadow: Vec<Data>,
    descriptor: Option<(usize, usize)>,
    clear_later: Option<usize>,
    version: u32,
    // The oracle.
    bits: Vec<(bool, bool)>,
    current: Vec<Data>,
    checkpoint: Vec<Data>,
}

impl Model {
    pub fn new(guards: Guards, seed: u64) -> Model {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let blocks = guards.words * USED;
        let unit = if guards.aligned { USED } else { 1 };
        let mut cuts = vec![0, blocks];
        while cuts.len() < guards.guests + 1 {
            let cut = random.random_range(1..blocks / unit) * unit;
            if !cuts.contains(&cut) {
                cuts.push(cut);
            }
        }
        cuts.sort_unstable();
        let owner = |block: usize| cuts.iter().rposition(|cut| *cut <= block).unwrap_or(0);
        let guests = (0..guards.guests).map(|_| Guest {
            strategy: [S3, S4, S5, S6][random.random_range(0..4)],
            epochs: Epochs::new(guards.bits),
            last_outcome: false,
            valid: false,
            held: false,
            log: Vec::new(),
        });
        let guests: Vec<Guest> = guests.collect();
        let owner: Vec<usize> = (0..blocks).map(owner).collect();
        let mut model = Model {
            random,
            words: vec![Word::default(); guards.words],
            summary: vec![false; guards.words],
            sweep_at: 0,
            scrub_debt: 0.0,
            memory: vec![(0, 0); blocks],
            shadow: vec![(u32::MAX, u32::MAX); blocks],
            descriptor: None,
            clear_later: None,
            version: 1,
            bits: vec![(false, false); blocks],
            current: vec![(0, 0); blocks],
            checkpoint: vec![(0, 0); blocks],
            guests,
            owner,
            guards,
        };
        for block in (0..blocks).filter(|_| model.guards.starts_touched) {
            if matches!(model.guests[model.owner[block]].strategy, S3 | S4) {
                model.words[block / USED].x |= 1 << (block % USED);
                model.summary[block / USED] = true;
                model.bits[block].0 = true;
            }
        }
        model
    }

    fn view(&self, word: usize, guest: usize) -> (u32, u32) {
        let (state, stored) = (&self.guests[guest], &self.words[word]);
        if stored.tag == state.epochs.epoch() {
            return (stored.x, stored.y);
        }
        if !self.guards.outcome_of_own_tag {
            return aged(state.strategy, stored.x, stored.y, state.last_outcome);
        }
        if !self.guards.s4_keeps_pending && state.strategy == S4 {
            return (0, 0);
        }
        state.epochs.view(state.strategy, stored)
    }

    fn get(&self, block: usize, guest: usize) -> (bool, bool) {
        let (x, y) = self.view(block / USED, guest);
        (x >> (block % USED) & 1 == 1, y >> (block % USED) & 1 == 1)
    }

    /// The rule's atomic step, and the oracle's.
    fn put(&mut self, block: usize, guest: usize, x: Option<bool>, y: Option<bool>) {
        let (word, bit) = (block / USED, 1 << (block % USED));
        let (mut plane_x, mut plane_y) = self.view(word, guest);
        let change = |plane: &mut u32, value: Option<bool>| match value {
            Some(true) => *plane |= bit,
            Some(false) => *plane &= !bit,
            None => {}
        };
        change(&mut plane_x, x);
        change(&mut plane_y, y);
        self.summary[word] |= plane_x | plane_y != 0;
        self.words[word] = Word {
            x: plane_x,
            y: plane_y,
            tag: self.guests[guest].epochs.epoch(),
        };
        let oracle = &mut self.bits[block];
        *oracle = (x.unwrap_or(oracle.0), y.unwrap_or(oracle.1));
    }

    fn blocks(&self, guest: usize) -> Vec<usize> {
        (0..self.owner.len())
            .filter(|block| self.owner[*block] == guest)
            .collect()
    }

    /// Blocks with a bit set, by way of the summaries.
    fn scan(&self, guest: usize, plane_y: bool) -> Vec<usize> {
        let is_set = |block: &usize| {
            let (x, y) = self.get(*block, guest);
            self.summary[block / USED] && if plane_y { y } else { x }
        };
        self.blocks(guest).into_iter().filter(is_set).collect()
    }

    fn scrub(&mut self) {
        if self.sweep_at == 0 && self.guards.floor_at_start {
            // The sweep that ends here began with the epochs of the last wrap.
            self.guests
                .iter_mut()
                .for_each(|guest| guest.epochs.sweep_done());
        }
        let (word, guest) = (self.sweep_at, self.owner[self.sweep_at * USED]);
        let (x, y) = self.view(word, guest);
        self.words[word] = Word {
            x,
            y,
            tag: self.guests[guest].epochs.epoch(),
        };
        if x | y == 0 && self.guards.summary_atomic {
            self.summary[word] = false;
        }
        self.sweep_at = (self.sweep_at + 1) % self.guards.words;
        if self.sweep_at == 0 && !self.guards.floor_at_start {
            for guest in &mut self.guests {
                guest.epochs.sweep_done();
                guest.epochs.sweep_done();
            }
        }
    }

    fn step(&mut self, guest: usize, committed: bool) {
        while self.guards.step_waits && !self.guests[guest].epochs.can_step() {
            self.scrub();
        }
        let state = &mut self.guests[guest];
        state.epochs.step(committed);
        state.last_outcome = committed;
        state.valid |= committed;
        for block in self.blocks(guest) {
            let (x, y) = self.bits[block];
            let (x, y) = aged(
                self.guests[guest].strategy,
                u32::from(x),
                u32::from(y),
                committed,
            );
            self.bits[block] = (x == 1, y == 1);
            if committed {
                self.checkpoint[block] = self.current[block];
            } else {
                self.current[block] = self.checkpoint[block];
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        for (block, guest) in self.owner.iter().enumerate() {
            let (state, (x, y)) = (&self.guests[*guest], self.get(block, *guest));
            let strategy = state.strategy;
            if (x, y) != self.bits[block] {
                return Err(format!(
                    "block {block} ({strategy}) reads {:?}, must be {:?}",
                    (x, y),
                    self.bits[block]
                ));
            }
            if (x || y) && strategy != S5 && !self.summary[block / USED] {
                return Err(format!("the summary hides block {block}"));
            }
            let (memory, shadow) = (self.memory[block], self.shadow[block]);
            let now = if strategy == S5 && x != y {
                shadow
            } else {
                memory
            };
            if now != self.current[block] {
                return Err(format!(
                    "block {block} ({strategy}) holds {now:?}, must be {:?}",
                    self.current[block]
                ));
            }
            if state.held || !state.valid {
                continue;
            }
            let first_saved = state
                .log
                .iter()
                .find(|(saved, _)| *saved == block)
                .map(|(_, old)| *old);
            let image = match strategy {
                S5 if x => shadow,
                S3 => shadow,
                S4 if !y => shadow,
                S6 => first_saved.unwrap_or(memory),
                _ => memory,
            };
            if image != self.checkpoint[block] {
                return Err(format!(
                    "checkpoint of block {block} ({strategy}) is {image:?}, must be {:?}",
                    self.checkpoint[block]
                ));
            }
        }
        Ok(())
    }
}
