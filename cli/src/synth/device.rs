//! The devices, and what they hold.

use super::flow::Area;
use anyhow::{bail, Result};
use serde::Serialize;

/// A Lattice ECP5 device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
pub enum Device {
    /// LFE5U-12F
    #[value(name = "ecp5-12k")]
    #[serde(rename = "ecp5-12k")]
    Ecp5_12k,
    /// LFE5U-25F
    #[value(name = "ecp5-25k")]
    #[serde(rename = "ecp5-25k")]
    Ecp5_25k,
    /// LFE5U-45F
    #[value(name = "ecp5-45k")]
    #[serde(rename = "ecp5-45k")]
    Ecp5_45k,
    /// LFE5U-85F
    #[value(name = "ecp5-85k")]
    #[serde(rename = "ecp5-85k")]
    Ecp5_85k,
}

impl Device {
    /// nextpnr's flag.
    pub fn flag(self) -> &'static str {
        match self {
            Device::Ecp5_12k => "--12k",
            Device::Ecp5_25k => "--25k",
            Device::Ecp5_45k => "--45k",
            Device::Ecp5_85k => "--85k",
        }
    }

    /// Its part's name.
    pub fn part(self) -> &'static str {
        match self {
            Device::Ecp5_12k => "LFE5U-12F",
            Device::Ecp5_25k => "LFE5U-25F",
            Device::Ecp5_45k => "LFE5U-45F",
            Device::Ecp5_85k => "LFE5U-85F",
        }
    }

    /// Look-up tables, which is also the number of flip-flops, and block RAMs.
    fn capacity(self) -> (u64, u64) {
        match self {
            // The tools let the 12F use all of the 25F that it is.
            Device::Ecp5_12k | Device::Ecp5_25k => (24_288, 56),
            Device::Ecp5_45k => (43_848, 108),
            Device::Ecp5_85k => (83_640, 208),
        }
    }

    /// Refuses what cannot fit; what may not is found out by placing it.
    pub fn check_fit(self, area: &Area) -> Result<()> {
        let (tables, rams) = self.capacity();
        for (what, used, available) in [
            ("LUT4", area.tables(), tables),
            ("TRELLIS_FF", area.flip_flops, tables),
            ("DP16KD", area.block_rams, rams),
        ] {
            if used > available {
                bail!(
                    "does not fit {}: {used} {what} of {available}; take a larger device, or less of: ports, \
                     guests, data_width, memory_size / block_size",
                    self.part()
                );
            }
        }
        Ok(())
    }
}
