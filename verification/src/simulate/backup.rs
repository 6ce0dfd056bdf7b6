//! S2's second computer: all guests stand by there, and take over when the replay is over.

use super::options::{MemoryTiming, Options};
use crate::pair::{self, Companion};
use crate::system::{BuildOptions, System};
use anyhow::{bail, Result};
use mch_sim::axi::ManagerOptions;
use mch_sim::memory::Memory;
use mch_sim::stream::Wire;
use mch_spec::registers::{offset, Operation};
use std::ops::Range;

/// LINK_RETRY at least, in cycles, and how often it is what a slow memory takes.
const RETRY: (u32, u32) = (4_096, 64);

/// The second computer, and the link to it.
pub struct Backup {
    computer: Companion,
    wire: Wire,
}

impl Backup {
    /// Joins a second computer to the first, whose guests are attached; from then on it runs along.
    pub fn join(options: &Options, primary: &mut System) -> Result<Backup> {
        let config = &options.config;
        let manager = |_| ManagerOptions::default();
        // Its memory holds something else at first.
        let other = Options {
            seed: !options.seed,
            ..options.clone()
        };
        let build = BuildOptions::default();
        let mut system = System::new(config, build, other.seed, manager, other.subordinate())?;
        system.enable()?;
        let wire = Wire::default();
        wire.attach(0, &mut primary.simulation)?;
        wire.attach(1, &mut system.simulation)?;
        let (least, times) = RETRY;
        let retry = match options.timing {
            MemoryTiming::Fixed(cycles) => least.max(times * cycles),
            MemoryTiming::Dram => least,
        };
        for unit in [&mut *primary, &mut system] {
            unit.write(offset::LINK_RETRY, retry)?;
        }
        for guest in 0..config.guests {
            let setup = options.setup(guest)?;
            system.configure(guest, setup)?;
            let blocks = setup.bytes >> config.block_shift();
            system.command(guest, Operation::Standby, 20_000 + blocks * 4)?;
        }
        pair::listen(&mut system)?;
        let computer = Companion::new(system);
        primary.simulation.add(computer.clone());
        Ok(Backup { computer, wire })
    }

    /// The first computer is lost: nothing comes from it any more.
    pub fn lose_primary(&self) {
        self.wire.lose(0);
    }

    /// A guest takes over: the cycles that it takes. Its memory is then that of its checkpoint.
    pub fn take_over(&self, guest: usize, region: &Range<u64>, image: &Memory) -> Result<u64> {
        let unit = &mut *self.computer.alone();
        let cycles = pair::take_over(unit, guest as u32)?;
        let length = (region.end - region.start) as usize;
        let found = unit.contents().read_vec(region.start, length);
        let expected = image.read_vec(region.start, length);
        let differs = found.iter().zip(&expected).position(|(a, b)| a != b);
        if let Some(at) = differs {
            bail!(
                "memory of guest {guest} in the second computer at {:#x}: {:#04x} instead of {:#04x}",
                region.start + at as u64,
                found[at],
                expected[at]
            );
        }
        Ok(cycles)
    }
}
