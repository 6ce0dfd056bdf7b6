//! The configurations that campaigns draw from: few, small and unlike each other, so that their models are built once. One with a link
//! stands for two units, joined.

use mch_hdl::board::smallest;
use mch_spec::config::{Config, Size};
use mch_spec::Strategy::{self, S1, S2, S3, S4, S5, S6};

/// A configuration with a name, and how much of its memory a guest gets.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name in scripts.
    pub name: &'static str,
    /// What is built.
    pub config: Config,
    /// Granules of a guest's first region.
    pub granules: u64,
    /// Whether a guest has a second region, of one granule.
    pub second: bool,
}

fn machine(name: &'static str, strategies: &[Strategy], settable: bool, base: Config) -> Machine {
    let granules = if base.block_size.0 > 256 { 1 } else { 2 };
    Machine {
        name,
        config: Config {
            regions: 2 * base.guests,
            processors: 2,
            strategies: strategies.to_vec(),
            settable,
            ..base
        },
        granules,
        second: granules == 2,
    }
}

fn base(data_width: u32, ports: u32, guests: u32, block: u64, epoch_bits: u32) -> Config {
    Config {
        data_width,
        ports,
        guests,
        block_size: Size(block),
        memory_size: Size(block * 1024),
        epoch_bits,
        ..Config::default()
    }
}

fn linked(base: Config) -> Config {
    Config { link: true, ..base }
}

/// Those that are drawn where nothing else is said.
pub fn pool() -> Vec<Machine> {
    let wide = Config {
        saves: 32,
        ..base(512, 2, 2, 64, 4)
    };
    let few = Config {
        saves: 4,
        outstanding: 4,
        ..base(32, 2, 3, 64, 4)
    };
    let few_tickets = Config {
        saves: 4,
        ..base(32, 2, 3, 64, 4)
    };
    let early = Config {
        read_register: false,
        ..base(64, 2, 3, 64, 3)
    };
    let compact = Config {
        compact: true,
        counters: false,
        ..base(64, 2, 3, 64, 3)
    };
    vec![
        machine("both-64", &[S3, S6], true, base(64, 2, 3, 64, 2)),
        machine("both-32", &[S3, S6], true, few.clone()),
        machine("both-128", &[S3, S6], true, base(128, 2, 2, 256, 4)),
        machine("s3-only", &[S3], false, base(64, 1, 2, 64, 2)),
        machine("s6-only", &[S6], false, base(64, 2, 2, 64, 4)),
        machine("s5-only", &[S5], false, base(64, 2, 2, 64, 2)),
        machine("places-32", &[S3, S5], true, few.clone()),
        machine("places-512", &[S5, S6], true, wide),
        machine("four-64", &[S3, S4, S5, S6], true, base(64, 2, 3, 64, 3)),
        machine("early-64", &[S3, S4, S5, S6], true, early),
        machine("compact-64", &[S3, S4, S5, S6], true, compact),
        machine("large-places", &[S3, S5], true, base(64, 1, 2, 1024, 2)),
        machine("large-blocks", &[S3, S6], true, base(64, 1, 2, 1024, 2)),
        machine("three-64", &[S3, S4, S6], true, base(64, 2, 3, 64, 2)),
        machine("s4-only", &[S4], false, base(64, 2, 2, 128, 2)),
        machine("s4-few", &[S4, S6], true, few_tickets),
        machine("s1-only", &[S1], false, base(64, 2, 2, 64, 2)),
        machine("capture-128", &[S1, S3, S6], true, base(128, 2, 3, 256, 3)),
        machine("pair-64", &[S2], false, linked(base(64, 2, 2, 64, 3))),
        machine(
            "pair-32",
            &[S2, S3, S6],
            true,
            linked(base(32, 2, 3, 128, 2)),
        ),
        machine(
            "pair-large",
            &[S1, S2],
            true,
            linked(base(128, 1, 2, 1024, 2)),
        ),
        machine(
            "pair-all",
            &[S1, S2, S3, S4, S5, S6],
            true,
            linked(base(64, 1, 3, 64, 4)),
        ),
    ]
}

/// The smallest ones, drawn by name only and where nothing else is said at gate level: `board::smallest` and its like of each strategy.
pub fn small() -> Vec<Machine> {
    let small = |name, strategy| machine(name, &[strategy], false, smallest());
    vec![
        small("small-s1", S1),
        small("small-s3", S3),
        small("small-s4", S4),
        small("small-s5", S5),
        small("small-s6", S6),
    ]
}

/// Pairs on wide buses, drawn by name only: they take long to build.
fn wide_pairs() -> Vec<Machine> {
    vec![
        machine("pair-256", &[S2], false, linked(base(256, 2, 2, 256, 3))),
        machine(
            "pair-512",
            &[S2, S6],
            true,
            linked(base(512, 1, 2, 1024, 2)),
        ),
    ]
}

/// Every machine there is.
pub fn machines() -> impl Iterator<Item = Machine> {
    pool().into_iter().chain(small()).chain(wide_pairs())
}

impl Machine {
    /// Whether a second unit, joined by the link, is part of it.
    pub fn is_pair(&self) -> bool {
        self.config.link
    }

    /// The machine of this name.
    pub fn named(name: &str) -> Option<Machine> {
        machines().find(|machine| machine.name == name)
    }

    /// A guest's regions: offset in system memory and length, in bytes.
    pub fn regions(&self, guest: u32) -> Vec<(u64, u64)> {
        let granule = u64::from(self.config.granule_bytes());
        let first = (
            u64::from(guest) * self.granules * granule,
            self.granules * granule,
        );
        let second = (
            self.config.memory_size.0 / 2 + u64::from(guest) * granule,
            granule,
        );
        match self.second {
            true => vec![first, second],
            false => vec![first],
        }
    }

    /// An offset in system memory that is in no guest's region.
    pub fn untracked(&self) -> u64 {
        self.config.memory_size.0 / 4 * 3
    }

    /// log2 of the bytes of every guest's ring.
    pub fn ring_size(&self) -> u32 {
        15
    }

    /// First byte of a guest's ring: above memory and shadow.
    pub fn ring_base(&self, guest: u32) -> u64 {
        let above = crate::system::Layout::of(&self.config).rings;
        let size = 1u64 << self.ring_size();
        above.next_multiple_of(size) + u64::from(guest) * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_can_be_built_and_its_regions_are_apart() {
        for machine in machines() {
            machine.config.validate().unwrap();
            let mut ends = 0;
            let mut regions: Vec<_> = (0..machine.config.guests)
                .flat_map(|guest| machine.regions(guest))
                .collect();
            regions.push((machine.untracked(), 4096));
            regions.sort();
            for (offset, length) in regions {
                assert!(offset >= ends, "{}: regions overlap", machine.name);
                ends = offset + length;
            }
            assert!(ends <= machine.config.memory_size.0);
        }
    }
}
