//! When an agent raises VALID or READY: always, at random, in a pattern, in bursts, late, or never.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::RangeInclusive;

/// A policy for one VALID or READY signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Pacing {
    /// Every cycle: full speed.
    #[default]
    Always,
    /// Never: the channel stands still.
    Never,
    /// In each cycle with this probability, 0.0 to 1.0.
    Random(f64),
    /// The lowest `length` bits of `bits`, repeated, lowest first; `length` is 1 to 64.
    Pattern {
        /// One bit a cycle.
        bits: u64,
        /// Bits in the pattern.
        length: u32,
    },
    /// Alternately on and off, each for a random number of cycles in its range.
    Bursts {
        /// Cycles in which the signal may be high.
        on: RangeInclusive<u32>,
        /// Cycles in which it may not.
        off: RangeInclusive<u32>,
    },
    /// For READY: low until VALID has been high for this many cycles, then high for one handshake.
    /// A design that waits for READY before it raises VALID, which AXI forbids, hangs on this.
    AfterValid(u32),
}

impl Pacing {
    /// A mixture for stress tests, chosen by `seed`: full speed, random or bursts.
    pub fn any(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        match random.random_range(0..5) {
            0 => Self::Always,
            1 => Self::Random(random.random_range(0.1..0.95)),
            2 => Self::Bursts {
                on: 1..=random.random_range(1..20),
                off: 0..=random.random_range(1..20),
            },
            3 => Self::Pattern {
                bits: random.random::<u64>() | 1,
                length: random.random_range(1..=64),
            },
            _ => Self::AfterValid(random.random_range(0..4)),
        }
    }
}

/// A [`Pacing`] at work, with its own stream of random numbers.
#[derive(Clone, Debug)]
pub struct Pacer {
    pacing: Pacing,
    random: ChaCha8Rng,
    position: u32,
    on: bool,
}

impl Pacer {
    /// Starts a policy; equal seeds give equal decisions.
    pub fn new(pacing: Pacing, seed: u64) -> Self {
        Self {
            pacing,
            random: ChaCha8Rng::seed_from_u64(seed),
            position: 0,
            on: false,
        }
    }

    /// Changes the policy, keeping the random stream.
    pub fn set(&mut self, pacing: Pacing) {
        self.pacing = pacing;
        self.position = 0;
        self.on = false;
    }

    /// May a new VALID be raised in the coming cycle?
    pub fn offer(&mut self) -> bool {
        match self.pacing {
            Pacing::AfterValid(_) => true,
            _ => self.step(),
        }
    }

    /// READY for the coming cycle, given VALID and READY of the cycle that just ended.
    pub fn accept(&mut self, valid: bool, was_ready: bool) -> bool {
        let Pacing::AfterValid(delay) = self.pacing else {
            return self.step();
        };
        if !valid || was_ready {
            self.position = 0;
            return false;
        }
        self.position += 1;
        self.position > delay
    }

    fn step(&mut self) -> bool {
        match &self.pacing {
            Pacing::Always | Pacing::AfterValid(_) => true,
            Pacing::Never => false,
            Pacing::Random(probability) => self.random.random_bool(probability.clamp(0.0, 1.0)),
            Pacing::Pattern { bits, length } => {
                let bit = bits >> self.position & 1 == 1;
                self.position = (self.position + 1) % (*length).clamp(1, 64);
                bit
            }
            Pacing::Bursts { on, off } => {
                // Two turns suffice unless both ranges allow 0; then the signal stays as it is.
                for _ in 0..2 {
                    if self.position > 0 {
                        break;
                    }
                    self.on = !self.on;
                    let range = if self.on { on } else { off };
                    self.position = self.random.random_range(range.clone());
                }
                self.position = self.position.saturating_sub(1);
                self.on
            }
        }
    }
}

/// A seed for one of an agent's streams, from the simulation's seed and a name.
pub fn derive_seed(seed: u64, name: &str) -> u64 {
    // FNV-1a over the name, started from the seed: stable across releases, unlike the standard hasher.
    name.bytes()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(pacing: Pacing, cycles: usize) -> Vec<bool> {
        let mut pacer = Pacer::new(pacing, 7);
        (0..cycles).map(|_| pacer.offer()).collect()
    }

    #[test]
    fn policies_do_what_they_say() {
        assert!(offers(Pacing::Always, 9).iter().all(|on| *on));
        assert!(!offers(Pacing::Never, 9).iter().any(|on| *on));
        assert_eq!(
            offers(
                Pacing::Pattern {
                    bits: 0b011,
                    length: 3
                },
                6
            ),
            [true, true, false, true, true, false]
        );
        let quarter = offers(Pacing::Random(0.25), 10_000)
            .iter()
            .filter(|on| **on)
            .count();
        assert!((2_300..2_700).contains(&quarter), "{quarter}");
        let bursts = offers(
            Pacing::Bursts {
                on: 2..=2,
                off: 3..=3,
            },
            10,
        );
        assert_eq!(
            bursts,
            [true, true, false, false, false, true, true, false, false, false]
        );
        assert_eq!(
            offers(Pacing::Random(0.5), 50),
            offers(Pacing::Random(0.5), 50)
        );
    }

    #[test]
    fn ready_after_valid_waits_and_lasts_one_handshake() {
        let mut pacer = Pacer::new(Pacing::AfterValid(1), 0);
        let mut ready = false;
        let mut seen = Vec::new();
        for valid in [false, true, true, true, true, true] {
            ready = pacer.accept(valid, ready);
            seen.push(ready);
        }
        assert_eq!(seen, [false, false, true, false, false, true]);
    }
}
