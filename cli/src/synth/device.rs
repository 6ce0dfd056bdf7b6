//! The devices, what they hold, and what the tools want to be told about them.

use super::area::Area;
use super::tools::{self, Program};
use mch_verification::gate;
use serde::Serialize;

/// A device that the open tools know.
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
    /// iCE40 HX8K
    #[value(name = "ice40-hx8k")]
    #[serde(rename = "ice40-hx8k")]
    Ice40Hx8k,
    /// iCE40 UP5K
    #[value(name = "ice40-up5k")]
    #[serde(rename = "ice40-up5k")]
    Ice40Up5k,
    /// Gowin GW1NR-9, of the Tang Nano 9K
    #[value(name = "gowin-9k")]
    #[serde(rename = "gowin-9k")]
    Gowin9k,
    /// Gowin GW2AR-18, of the Tang Nano 20K
    #[value(name = "gowin-20k")]
    #[serde(rename = "gowin-20k")]
    Gowin20k,
    /// Lattice Nexus LIFCL-17
    #[value(name = "nexus-17k")]
    #[serde(rename = "nexus-17k")]
    Nexus17k,
    /// Lattice Nexus LIFCL-40
    #[value(name = "nexus-40k")]
    #[serde(rename = "nexus-40k")]
    Nexus40k,
}

/// What a device has too little of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// The kind.
    pub what: &'static str,
    /// So many are wanted.
    pub used: u64,
    /// So many are there.
    pub available: u64,
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} of {}", self.used, self.what, self.available)
    }
}

/// Devices that the tools treat alike. Yosys' gw1n and gw2a differ only in cells that a design has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice ECP5.
    Ecp5,
    /// Lattice iCE40.
    Ice40,
    /// Gowin GW1N and GW2A.
    Gowin,
    /// Lattice Nexus.
    Nexus,
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Family::Ecp5 => "ECP5",
            Family::Ice40 => "iCE40",
            Family::Gowin => "Gowin",
            Family::Nexus => "Nexus",
        })
    }
}

impl Device {
    /// Its family.
    pub fn family(self) -> Family {
        match self {
            Device::Ecp5_12k | Device::Ecp5_25k | Device::Ecp5_45k | Device::Ecp5_85k => {
                Family::Ecp5
            }
            Device::Ice40Hx8k | Device::Ice40Up5k => Family::Ice40,
            Device::Gowin9k | Device::Gowin20k => Family::Gowin,
            Device::Nexus17k | Device::Nexus40k => Family::Nexus,
        }
    }

    /// Yosys' command, to which options may be added. For Nexus without carry chains: nextpnr refuses those that Yosys makes.
    pub fn synthesis(self) -> &'static str {
        match self {
            // Which of them it is makes no difference without abc9.
            Device::Ice40Up5k | Device::Ice40Hx8k => gate::Family::Ice40.synthesis(),
            Device::Gowin9k => "synth_gowin -family gw1n",
            Device::Gowin20k => "synth_gowin -family gw2a",
            Device::Nexus17k | Device::Nexus40k => "synth_nexus -family lifcl -noccu2",
            _ => gate::Family::Ecp5.synthesis(),
        }
    }

    /// Options of that command for few look-up tables.
    pub fn area_options(self) -> &'static str {
        match self.family() {
            Family::Ecp5 => " -nowidelut -dff",
            Family::Ice40 => " -dff",
            Family::Gowin => " -nowidelut",
            Family::Nexus => " -nowidelut -dff",
        }
    }

    /// Yosys' commands between counting a unit and dissolving it in its wrapper: it goes to a file where it is to be packed.
    pub fn before_flatten(self, unit: &str, netlist: &str) -> String {
        let write = format!(
            "design -push-copy\nhierarchy -top {unit}\nwrite_json {netlist}\ndesign -pop\n"
        );
        match self.family() {
            Family::Ice40 => write,
            // synth_gowin gives every module's ports buffers of pins, the unit's too; only the wrapper's are pins.
            Family::Gowin => format!(
                "{write}design -push\nread_verilog <<END\n\
                 module IBUF (input I, output O); assign O = I; endmodule\n\
                 module OBUF (input I, output O); assign O = I; endmodule\n\
                 END\ndesign -stash wires\ndesign -pop\ntechmap -map %wires {unit}\n"
            ),
            Family::Ecp5 | Family::Nexus => String::new(),
        }
    }

    /// The nextpnr for it.
    pub fn nextpnr(self) -> Program {
        match self.family() {
            Family::Ecp5 => tools::NEXTPNR_ECP5,
            Family::Ice40 => tools::NEXTPNR_ICE40,
            Family::Gowin => tools::NEXTPNR_GOWIN,
            Family::Nexus => tools::NEXTPNR_NEXUS,
        }
    }

    /// What nextpnr is told about it. The wrapper's pins may lie anywhere.
    pub fn arguments(self, grade: u32) -> Vec<String> {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        let ecp5 = |flag: &str| {
            // More weight on timing than nextpnr's own 10: the copy engine's clock, median of eight seeds, rises from 129 to 131 MHz.
            words(&format!(
                "{flag} --package CABGA381 --speed {grade} --lpf-allow-unconstrained --placer-heap-timingweight 30"
            ))
        };
        // The default, router2, built without threads as YoWASP has it, gives a net that lies in one part of the chip no wire outside that part
        // and does not try again; Nexus' wires from clock pins to global buffers are at X0/Y0. With 200 nets or more it finds no route then.
        let nexus = |part: &str| words(&format!("--device {part} --router router1"));
        match self {
            Device::Ecp5_12k => ecp5("--12k"),
            Device::Ecp5_25k => ecp5("--25k"),
            Device::Ecp5_45k => ecp5("--45k"),
            Device::Ecp5_85k => ecp5("--85k"),
            Device::Ice40Hx8k => words("--hx8k --package ct256 --pcf-allow-unconstrained"),
            Device::Ice40Up5k => words("--up5k --package sg48 --pcf-allow-unconstrained"),
            Device::Gowin9k => words("--device GW1NR-LV9QN88PC6/I5 --vopt family=GW1N-9C"),
            Device::Gowin20k => words("--device GW2AR-LV18QN88C8/I7 --vopt family=GW2A-18C"),
            Device::Nexus17k => nexus("LIFCL-17-9BG256C"),
            Device::Nexus40k => nexus("LIFCL-40-9BG400C"),
        }
    }

    /// A file of pins for the wrapper, and the options that name it, for a nextpnr that wants every pin placed.
    pub fn pins(self, path: &str) -> Option<(String, [String; 2])> {
        let (clock, input, output) = match self {
            Device::Gowin9k => ("52", "3", "10"),
            Device::Gowin20k => ("4", "88", "69"),
            Device::Nexus17k => ("F16", "F15", "F14"),
            Device::Nexus40k => ("L13", "N14", "E17"),
            _ => return None,
        };
        let pins = [("clk", clock), ("scan_in", input), ("scan_out", output)];
        Some(match self.family() {
            Family::Nexus => {
                let line = |(port, pin)| {
                    format!(
                        "ldc_set_location -site {{{pin}}} [get_ports {port}]\n\
                         ldc_set_port -iobuf {{IO_TYPE=LVCMOS33}} [get_ports {port}]\n"
                    )
                };
                let text = pins.into_iter().map(line).collect();
                (text, ["--pdc".to_owned(), path.to_owned()])
            }
            _ => {
                let line = |(port, pin)| format!("IO_LOC \"{port}\" {pin};\n");
                let text = pins.into_iter().map(line).collect();
                (text, ["--vopt".to_owned(), format!("cst={path}")])
            }
        })
    }

    /// Its part's name.
    pub fn part(self) -> &'static str {
        match self {
            Device::Ecp5_12k => "LFE5U-12F",
            Device::Ecp5_25k => "LFE5U-25F",
            Device::Ecp5_45k => "LFE5U-45F",
            Device::Ecp5_85k => "LFE5U-85F",
            Device::Ice40Hx8k => "iCE40HX8K",
            Device::Ice40Up5k => "iCE40UP5K",
            Device::Gowin9k => "GW1NR-9",
            Device::Gowin20k => "GW2AR-18",
            Device::Nexus17k => "LIFCL-17",
            Device::Nexus40k => "LIFCL-40",
        }
    }

    /// The speed grade, where it can be chosen.
    pub fn grade(self, grade: u32) -> String {
        match self.family() {
            Family::Ecp5 => format!(" grade {grade}"),
            _ => String::new(),
        }
    }

    /// The header of a table of blocks, in the vendor's names.
    pub fn header(self) -> [&'static str; 7] {
        match self.family() {
            Family::Ecp5 => [
                "module", "times", "LUT4", "CCU2C", "FF", "DPR16X4", "DP16KD",
            ],
            Family::Ice40 => [
                "module", "times", "SB_LUT4", "SB_CARRY", "SB_DFF", "-", "SB_RAM40",
            ],
            Family::Gowin => ["module", "times", "LUT", "ALU", "DFF", "RAM16", "BSRAM"],
            Family::Nexus => ["module", "times", "LUT4", "CCU2", "FF", "DPR16X4", "EBR"],
        }
    }

    /// Whether it is an ECP5, of which the table of the blocks is.
    pub fn is_ecp5(self) -> bool {
        matches!(self.family(), Family::Ecp5)
    }

    /// Look-up tables, or logic cells, flip-flops and block RAMs.
    pub fn capacity(self) -> (u64, u64, u64) {
        match self {
            // The tools let the 12F use all of the 25F that it is.
            Device::Ecp5_12k | Device::Ecp5_25k => (24_288, 24_288, 56),
            Device::Ecp5_45k => (43_848, 43_848, 108),
            Device::Ecp5_85k => (83_640, 83_640, 208),
            Device::Ice40Hx8k => (7_680, 7_680, 32),
            Device::Ice40Up5k => (5_280, 5_280, 30),
            Device::Gowin9k => (8_640, 6_480, 26),
            Device::Gowin20k => (20_736, 15_552, 46),
            Device::Nexus17k => (13_824, 13_824, 24),
            Device::Nexus40k => (32_256, 32_256, 84),
        }
    }

    /// What it has its look-up tables in.
    pub fn table_name(self) -> &'static str {
        match self.family() {
            Family::Ice40 => "logic cells",
            _ => "look-up tables",
        }
    }

    /// What it has too little of.
    pub fn lacking(self, area: &Area) -> Vec<Lack> {
        let (tables, flip_flops, rams) = self.capacity();
        let used = [
            (self.table_name(), area.tables(), tables),
            ("flip-flops", area.flip_flops, flip_flops),
            ("block RAMs", area.block_rams, rams),
        ];
        used.into_iter()
            .filter(|(_, used, available)| used > available)
            .map(|(what, used, available)| Lack {
                what,
                used,
                available,
            })
            .collect()
    }

    /// The same for people, a line each; what may not fit all the same is found out by placing it.
    pub fn lacks(self, area: &Area) -> Vec<String> {
        let lacking = self.lacking(area).into_iter();
        lacking
            .map(|lack| {
                format!(
                    "does not fit {}: {lack}; take a larger device, or less of: strategies, ports, \
                     guests, data_width, outstanding, memory_size / block_size",
                    self.part()
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;
    use std::collections::BTreeMap;

    #[test]
    fn only_nexus_is_routed_by_router1() {
        for device in Device::value_variants() {
            let arguments = device.arguments(6);
            let is_router1 = arguments
                .windows(2)
                .any(|pair| pair == ["--router", "router1"]);
            assert_eq!(is_router1, device.family() == Family::Nexus, "{device:?}");
        }
    }

    #[test]
    fn only_gowin_takes_buffers_of_pins_out_of_the_unit() {
        for device in Device::value_variants() {
            let commands = device.before_flatten("unit", "unit.json");
            let takes = commands.ends_with("techmap -map %wires unit\n");
            assert_eq!(takes, device.family() == Family::Gowin, "{device:?}");
        }
    }

    #[test]
    fn what_a_device_lacks_is_told_with_figures() {
        let cells = |list: &[(&str, u64)]| -> BTreeMap<String, u64> {
            (list.iter())
                .map(|(name, count)| (name.to_string(), *count))
                .collect()
        };
        let area = Area::of(&cells(&[
            ("SB_LUT4", 6_372),
            ("SB_CARRY", 1_386),
            ("SB_DFFE", 4_462),
            ("SB_RAM40_4K", 40),
            ("ICESTORM_LC", 9_100),
        ]));
        let lacks = Device::Ice40Hx8k.lacks(&area);
        assert_eq!(lacks.len(), 2);
        assert!(lacks[0].starts_with("does not fit iCE40HX8K: 9100 logic cells of 7680;"));
        assert!(lacks[1].starts_with("does not fit iCE40HX8K: 40 block RAMs of 32;"));
        assert_eq!((area.lut4, area.tables()), (6_372, 9_100));
        assert_eq!(Device::Ice40Up5k.lacks(&area).len(), 2);
        assert!(Device::Ecp5_25k.lacks(&area).is_empty());
        let gowin = Area::of(&cells(&[
            ("LUT1", 1),
            ("LUT4", 2),
            ("ALU", 3),
            ("RAM16SDP4", 1),
        ]));
        assert_eq!((gowin.tables(), gowin.carries), (10, 3));
        let nexus = Area::of(&cells(&[("LUT4", 5), ("WIDEFN9", 2), ("DPR16X4", 1)]));
        assert_eq!((nexus.lut4, nexus.tables()), (9, 15));
    }
}
