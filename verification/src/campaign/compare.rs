//! Comparing the whole state of unit and model: memory to the last byte, every register but the clocks, both planes, `irq`.

use super::twin::Twin;
use anyhow::{bail, ensure, Result};
use mch_sim::memory::{Fill, Memory};
use mch_spec::registers::{offset, Access, Flag, Page, TABLE};
use mch_spec::Strategy;

/// Cycles after which a difference must be gone, tried this many times: routines that wait may not yet have reached their wait.
const GRACE: [u64; 4] = [40, 120, 400, 1200];

/// The registers of a brief comparison.
const BRIEF: &[&str] = &[
    "COPIES",
    "COPY_ERRORS",
    "G_STATUS",
    "G_DIRTY",
    "G_PENDING",
    "G_RING_USED",
    "G_COMPLETION",
    "G_COPIES",
    "G_ENTRIES",
    "LINK_FRAMES",
];

impl Twin {
    /// Compares everything.
    pub fn check(&mut self, fill: u64) -> Result<()> {
        self.check_with(fill, &[])
    }

    /// As [`Twin::check`], of the registers only those that say what was marked, copied and completed: a quarter of the time.
    pub fn check_briefly(&mut self, fill: u64) -> Result<()> {
        self.check_with(fill, BRIEF)
    }

    fn check_with(&mut self, fill: u64, only: &[&str]) -> Result<()> {
        self.settle()?;
        let mut grace = GRACE.into_iter();
        loop {
            let Err(difference) = self.check_registers(only) else {
                break;
            };
            match grace.next() {
                Some(cycles) => self.system.simulation.run(cycles)?,
                None => return Err(difference),
            }
        }
        self.check_planes()?;
        self.check_memory(fill)?;
        self.check_reference()
    }

    fn check_registers(&mut self, only: &[&str]) -> Result<()> {
        let config = self.machine.config.clone();
        for register in TABLE
            .iter()
            .filter(|register| register.access != Access::Wo)
            .filter(|register| only.is_empty() || only.contains(&register.name))
        {
            let is_global = register.page == Page::Global;
            let passed = is_global
                && [
                    offset::FIRMWARE_DATA,
                    offset::DIRTY_BITS,
                    offset::VERSION,
                    offset::LINK_REPEATS,
                    offset::LINK_DROPPED,
                ]
                .contains(&register.offset);
            for index in 0..register.copies(&config) {
                let address = register.address(index);
                if passed || self.golden.is_timing(address) {
                    continue;
                }
                let Ok(wanted) = self.golden.register_read(address) else {
                    continue;
                };
                let mut found = self.system.read(address)?;
                if is_global && register.offset == offset::STATUS {
                    found &= !4; // SCANNING comes and goes
                }
                if is_global && register.offset == offset::LINK_FRAMES {
                    // How often a frame is sent again is the channel's doing; how many there are is not.
                    found = found.wrapping_sub(self.system.read(offset::LINK_REPEATS)?);
                }
                ensure!(
                    found == wanted,
                    "{}[{index}] is {found:#x}, should be {wanted:#x}",
                    register.name
                );
            }
        }
        let irq = self.system.simulation.pin("irq")?;
        let found = self.system.simulation.get(irq);
        let wanted = u64::from(self.golden.irq());
        ensure!(found == wanted, "irq is {found:#b}, should be {wanted:#b}");
        Ok(())
    }

    fn check_planes(&mut self) -> Result<()> {
        let planes = 1 + u32::from(self.machine.config.plane_y());
        for guest in 0..self.machine.config.guests {
            let memory = self.layout().memory;
            for range in self.golden_ranges(guest) {
                let shift = self.machine.config.block_shift() + 5;
                let inside = |at: u64| at.wrapping_sub(memory) < self.machine.config.memory_size.0;
                if !inside(range.start)
                    || !inside(range.end - 1)
                    || !self.golden.guest(guest).is(Flag::Attached)
                {
                    continue;
                }
                for word in
                    (range.start - memory) >> shift..(range.end - memory).div_ceil(1 << shift)
                {
                    for plane in 0..planes {
                        self.check_word(word as u32, plane)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn check_word(&mut self, word: u32, plane: u32) -> Result<()> {
        if !self.write_register(offset::DIRTY_SELECT, plane << 31 | word)? {
            bail!("DIRTY_SELECT refuses word {word}");
        }
        let found = self.system.read(offset::DIRTY_BITS)?;
        let wanted = match plane {
            0 => self.golden.plane_x(word),
            _ => self.golden.plane_y(word),
        };
        ensure!(
            found == wanted,
            "bits of word {word}, plane {}: {found:#010x}, should be {wanted:#010x}",
            ["X", "Y"][plane as usize]
        );
        Ok(())
    }

    fn check_memory(&mut self, fill: u64) -> Result<()> {
        let mut wanted = Memory::new(Fill::Random(fill));
        for (page, bytes) in self.golden.memory().pages() {
            wanted.write(page * bytes.len() as u64, bytes);
        }
        let all = 0..1 << self.machine.config.address_width;
        let differences = self.system.contents().differences(&wanted, all, 64);
        ensure!(
            differences.is_empty(),
            "memory (found / wanted): {differences}"
        );
        Ok(())
    }

    /// System memory is what any strategy must make of it, except where a rollback got stuck half way.
    fn check_reference(&mut self) -> Result<()> {
        for guest in 0..self.machine.config.guests {
            let state = self.golden.guest(guest);
            if !state.is(Flag::Attached) || (state.is(Flag::Stuck) && state.is(Flag::Valid)) {
                continue;
            }
            let strategy = state.strategy;
            if state.is(Flag::Standby) {
                self.check_standby(guest)?;
                continue;
            }
            for range in self.golden_ranges(guest) {
                let length = (range.end - range.start) as usize;
                // All of memory is what the model says: its places of S5's blocks are the unit's.
                let found = match strategy {
                    Strategy::S5 => self.golden.software_bytes(range.start, length),
                    _ => self.system.contents().read_vec(range.start, length),
                };
                let wanted = self.reference.memory().read(range.start, length);
                let first = found
                    .iter()
                    .zip(&wanted)
                    .position(|(found, wanted)| found != wanted);
                if let Some(at) = first {
                    bail!(
                        "memory of guest {guest} is not what the reference says, first at {:#x}",
                        range.start + at as u64
                    );
                }
            }
        }
        Ok(())
    }
}
