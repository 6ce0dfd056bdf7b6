//! The boards, and what belongs to each.

use serde::Serialize;

/// A board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Board {
    /// Radiona ULX3S with LFE5U-85F
    #[value(name = "ulx3s")]
    #[serde(rename = "ulx3s")]
    Ulx3s,
    /// OrangeCrab r0.2 with LFE5U-25F
    #[value(name = "orangecrab")]
    #[serde(rename = "orangecrab")]
    OrangeCrab,
    /// Sipeed Tang Nano 20K with GW2AR-18
    #[value(name = "tang-nano-20k")]
    #[serde(rename = "tang-nano-20k")]
    TangNano20k,
}

/// What places and packs a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// nextpnr-ecp5, ecppack: the device's flag, the package and the speed grade.
    Ecp5(&'static str, &'static str, &'static str),
    /// nextpnr-himbaechel, gowin_pack: the device and the family.
    Gowin(&'static str, &'static str),
}

/// A board's particulars.
pub struct Description {
    /// Its name, and that of its folder in constraints/.
    pub name: &'static str,
    /// The module with its pins.
    pub top: &'static str,
    /// The module's text: clock, PLL, reset.
    pub verilog: &'static str,
    /// The file of its pins.
    pub pins_name: &'static str,
    /// The pins.
    pub pins: &'static str,
    /// How a bitstream is made.
    pub flow: Flow,
    /// The clock behind the PLL, in kHz.
    pub kilohertz: u32,
}

/// The reset that all of them use.
pub const RESET: &str = include_str!("../../../constraints/board_reset.v");

impl Board {
    /// Its particulars.
    pub fn description(self) -> Description {
        match self {
            Board::Ulx3s => Description {
                name: "ulx3s",
                top: "ulx3s",
                verilog: include_str!("../../../constraints/ulx3s/ulx3s.v"),
                pins_name: "ulx3s.lpf",
                pins: include_str!("../../../constraints/ulx3s/ulx3s.lpf"),
                flow: Flow::Ecp5("--85k", "CABGA381", "6"),
                kilohertz: 40_000,
            },
            Board::OrangeCrab => Description {
                name: "orangecrab",
                top: "orangecrab",
                verilog: include_str!("../../../constraints/orangecrab/orangecrab.v"),
                pins_name: "orangecrab.lpf",
                pins: include_str!("../../../constraints/orangecrab/orangecrab.lpf"),
                flow: Flow::Ecp5("--25k", "CSFBGA285", "8"),
                kilohertz: 40_000,
            },
            Board::TangNano20k => Description {
                name: "tang-nano-20k",
                top: "tang_nano_20k",
                verilog: include_str!("../../../constraints/tang-nano-20k/tang_nano_20k.v"),
                pins_name: "tang_nano_20k.cst",
                pins: include_str!("../../../constraints/tang-nano-20k/tang_nano_20k.cst"),
                flow: Flow::Gowin("GW2AR-LV18QN88C8/I7", "GW2A-18C"),
                kilohertz: 18_000,
            },
        }
    }
}
