//! A model of a processor's cache: set-associative, write-back, least recently used. It knows which lines are where, not what they hold.

use anyhow::{ensure, Result};

/// Bytes of a line.
pub const LINE: u32 = 64;

/// How large a cache is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheShape {
    /// Bytes: a power of two, one line per way or more.
    pub bytes: u32,
    /// Lines in which an address may be: a power of two.
    pub ways: u32,
}

impl CacheShape {
    /// Refuses what is no cache.
    pub fn validate(self) -> Result<()> {
        ensure!(
            (1..=64).contains(&self.ways) && self.ways.is_power_of_two(),
            "cache ways = {}: must be a power of two, 1 to 64",
            self.ways
        );
        ensure!(
            self.bytes.is_power_of_two() && (self.ways * LINE..=64 << 20).contains(&self.bytes),
            "cache size = {}: must be a power of two, {} to 64MiB",
            self.bytes,
            self.ways * LINE
        );
        Ok(())
    }

    fn sets(self) -> u32 {
        self.bytes / LINE / self.ways
    }
}

impl std::fmt::Display for CacheShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ways = self.ways;
        write!(
            f,
            "{} KiB, {ways} ways, lines of {LINE} B",
            self.bytes >> 10
        )
    }
}

#[derive(Clone, Copy, Debug)]
struct Line {
    /// Address over the size of a line.
    number: u32,
    is_dirty: bool,
}

/// What an access does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: the line was there.
    Hit,
    /// The line is filled; this other line, if any, is written back.
    Miss {
        /// First byte of the line written back.
        victim: Option<u32>,
    },
}

/// The cache.
#[derive(Clone, Debug)]
pub struct Cache {
    shape: CacheShape,
    /// The lines of each set, the most recently used first.
    sets: Vec<Vec<Line>>,
}

impl Cache {
    /// An empty cache.
    pub fn new(shape: CacheShape) -> Cache {
        Cache {
            shape,
            sets: vec![Vec::new(); shape.sets() as usize],
        }
    }

    /// The processor reads or writes at this byte address.
    pub fn access(&mut self, address: u32, is_write: bool) -> Outcome {
        let number = address / LINE;
        let set = &mut self.sets[(number % self.shape.sets()) as usize];
        let found = set.iter().position(|line| line.number == number);
        let (mut line, outcome) = match found {
            Some(at) => (set.remove(at), Outcome::Hit),
            None => {
                let is_full = set.len() == self.shape.ways as usize;
                let oldest = if is_full { set.pop() } else { None };
                let dirty = oldest.filter(|line| line.is_dirty);
                let victim = dirty.map(|line| line.number * LINE);
                let line = Line {
                    number,
                    is_dirty: false,
                };
                (line, Outcome::Miss { victim })
            }
        };
        line.is_dirty |= is_write;
        set.insert(0, line);
        outcome
    }

    /// The first bytes of all dirty lines, in ascending order; they are clean then, and stay.
    pub fn clean(&mut self) -> Vec<u32> {
        let mut found = Vec::new();
        for line in self.sets.iter_mut().flatten() {
            if std::mem::take(&mut line.is_dirty) {
                found.push(line.number * LINE);
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sets of two ways.
    fn small() -> Cache {
        Cache::new(CacheShape {
            bytes: 256,
            ways: 2,
        })
    }

    const MISS: Outcome = Outcome::Miss { victim: None };

    #[test]
    fn the_line_longest_unused_goes_and_is_written_back_if_dirty() {
        let mut cache = small();
        assert_eq!(cache.access(0x000, true), MISS);
        assert_eq!(cache.access(0x080, false), MISS);
        assert_eq!(cache.access(0x03c, false), Outcome::Hit);
        assert_eq!(cache.access(0x040, false), MISS, "the other set");
        assert_eq!(cache.access(0x100, false), MISS, "0x80 was clean");
        let victim = Some(0x000);
        assert_eq!(cache.access(0x180, false), Outcome::Miss { victim });
    }

    #[test]
    fn cleaned_lines_stay_and_become_dirty_anew() {
        let mut cache = small();
        for address in [0x040, 0x084, 0x000] {
            cache.access(address, address != 0);
        }
        assert_eq!(cache.clean(), [0x040, 0x080]);
        assert_eq!(cache.clean(), [0u32; 0]);
        assert_eq!(cache.access(0x084, true), Outcome::Hit);
        assert_eq!(cache.clean(), [0x080]);
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let refuse = |bytes, ways| {
            CacheShape { bytes, ways }
                .validate()
                .unwrap_err()
                .to_string()
        };
        assert!(refuse(3000, 2).contains("cache size = 3000"));
        assert!(refuse(64, 2).contains("cache size = 64"));
        assert!(refuse(1024, 3).contains("cache ways = 3"));
    }
}
