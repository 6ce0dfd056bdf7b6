//! `memory_turn` against the policy, cycle by cycle: round robin, the lock, the background's share and the alternation.

use crate::front;

use front::{build, seeds, Dut, Seeded};
use mch_hdl::blocks::MemoryTurn;
use rand::Rng;

const ENGINE: usize = 3;
const SOURCES: usize = 5;

#[derive(Default)]
struct Policy {
    last: Option<usize>,
    locked: Option<(usize, bool)>,
    after_background: bool,
    share: u64,
    due: bool,
}

impl Policy {
    fn choose(
        &self,
        requests: &[Option<u64>; SOURCES],
        urgent: bool,
        paced: bool,
    ) -> Option<(usize, bool)> {
        if self.locked.is_some() {
            return self.locked;
        }
        let foreground = |s: usize| requests[s].is_some() && (s != ENGINE || urgent);
        let background = requests[ENGINE].filter(|_| !urgent);
        let start = self.last.map_or(0, |l| l + 1);
        let next = (start..SOURCES).chain(0..start).find(|s| foreground(*s));
        match (next, background) {
            (None, Some(_)) if !paced => Some((ENGINE, true)),
            (_, Some(_)) if self.due && !self.after_background => Some((ENGINE, true)),
            (next, _) => next.map(|s| (s, false)),
        }
    }

    fn clock(
        &mut self,
        chosen: Option<(usize, bool)>,
        taken: bool,
        requests: &[Option<u64>; SOURCES],
        urgent: bool,
    ) {
        let waiting = requests[ENGINE].is_some() && !urgent;
        if let (Some((source, false)), None) = (chosen, self.locked) {
            self.last = Some(source);
        }
        self.locked = chosen.filter(|_| !taken);
        // Known in the next cycle.
        let share = requests[ENGINE].map_or(u64::MAX, |len| 14 * (len + 1));
        self.due = waiting && self.share >= share;
        if !waiting {
            self.share = 0;
        }
        if let (Some((source, background)), true) = (chosen, taken) {
            self.after_background = background;
            if background {
                self.share = 0;
                self.due = false;
            } else if waiting {
                self.share += requests[source].expect("a request") + 1;
            }
        }
    }
}

#[test]
fn the_policy_cycle_by_cycle() {
    let library = build(&MemoryTurn::new(ENGINE));
    let (mut by_share, mut alone) = (0, 0);
    for seed in seeds(40) {
        let mut random = Seeded::new(seed);
        let rng = &mut random.rng;
        let mut dut = Dut::new(&library, seed);
        let mut policy = Policy::default();
        let mut requests = [None; SOURCES];
        let mut urgent = false;
        let (load, ready) = (rng.random_range(1..=16), rng.random_range(4..=16));
        for cycle in 0..4_000 {
            for (s, request) in requests.iter_mut().enumerate() {
                if request.is_none() && rng.random_ratio(load, 16) {
                    *request = Some(if s == ENGINE {
                        rng.random_range(0..16)
                    } else {
                        rng.random_range(0..20)
                    });
                    urgent = if s == ENGINE {
                        rng.random_ratio(1, 4)
                    } else {
                        urgent
                    };
                }
            }
            urgent |= rng.random_ratio(1, 64);
            let bits = |keep: &dyn Fn(usize) -> bool| {
                (0..SOURCES)
                    .filter(|s| requests[*s].is_some() && keep(*s))
                    .fold(0, |m, s| m | 1 << s)
            };
            dut.set("foreground", bits(&|s| s != ENGINE || urgent));
            dut.set(
                "background",
                u64::from(requests[ENGINE].is_some() && !urgent),
            );
            let paced = cycle % 256 < 128 && rng.random();
            dut.set("background_paced", u64::from(paced));
            dut.set("background_len", requests[ENGINE].unwrap_or(77));
            dut.settle();
            let chosen = policy.choose(&requests, urgent, paced);
            assert_eq!(
                dut.get("grant"),
                chosen.map_or(0, |(s, _)| 1 << s),
                "cycle {cycle}, seed {seed}"
            );
            let taken = chosen.is_some() && rng.random_ratio(ready, 16);
            dut.set(
                "granted_len",
                chosen.and_then(|(s, _)| requests[s]).unwrap_or(9),
            );
            dut.set("taken", u64::from(taken));
            dut.settle();
            policy.clock(chosen, taken, &requests, urgent);
            if let (Some((s, background)), true) = (chosen, taken) {
                let others = (0..SOURCES).any(|o| o != ENGINE && requests[o].is_some());
                by_share += u64::from(background && others);
                alone += u64::from(background && !others);
                requests[s] = None;
            }
            dut.tick();
        }
    }
    assert!(
        by_share > 100 && alone > 100,
        "{by_share} by share, {alone} alone"
    );
}

#[test]
fn the_background_gets_a_sixteenth_of_a_full_port() {
    let library = build(&MemoryTurn::new(ENGINE));
    let mut dut = Dut::new(&library, 1);
    let (mut background, mut foreground) = (0u64, 0u64);
    for _ in 0..16_000 {
        dut.set("foreground", 0b00111);
        dut.set("background", 1);
        dut.set("background_len", 15);
        dut.set("granted_len", 15);
        dut.set("taken", 1);
        dut.settle();
        if dut.get("grant") == 1 << ENGINE {
            background += 1
        } else {
            foreground += 1
        }
        dut.tick();
    }
    assert_eq!((background, foreground), (1_000, 15_000));
}
