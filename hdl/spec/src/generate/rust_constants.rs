//! The register constants of the Rust driver: no_std, no dependency, the same for every build.

use super::{with_condition, NOTICE};
use crate::registers::{self, CodeList, Page, LISTS, TABLE};
use std::fmt::Write;

/// The text of a Rust module: `offset`, a module of fields per register, and a module per list of codes.
pub fn rust_constants() -> String {
    let mut text = String::new();
    let _ = write_constants(&mut text);
    text
}

fn write_constants(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "//! Registers of the memory controller hub.\n//!\n//! {NOTICE}\n"
    )?;
    writeln!(out, "/// A field of a register.")?;
    writeln!(
        out,
        "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub struct Field {{"
    )?;
    writeln!(
        out,
        "    /// Lowest bit.\n    pub low: u32,\n    /// Bits.\n    pub width: u32,\n}}\n"
    )?;
    writeln!(out, "impl Field {{")?;
    writeln!(
        out,
        "    /// All ones, in place.\n    pub const fn mask(self) -> u32 {{"
    )?;
    writeln!(
        out,
        "        (((1u64 << self.width) - 1) << self.low) as u32\n    }}\n"
    )?;
    writeln!(out, "    /// Its value in a register's value.\n    pub const fn get(self, value: u32) -> u32 {{")?;
    writeln!(out, "        (value & self.mask()) >> self.low\n    }}\n")?;
    writeln!(
        out,
        "    /// A value in place.\n    pub const fn put(self, value: u32) -> u32 {{"
    )?;
    writeln!(
        out,
        "        (value << self.low) & self.mask()\n    }}\n}}\n"
    )?;
    for (name, description, value) in [
        (
            "IDENTIFICATION",
            "What `ID` reads: \"MCH1\".",
            registers::IDENTIFICATION,
        ),
        (
            "PAGE_BYTES",
            "Bytes of a page of registers.",
            registers::PAGE_BYTES,
        ),
        (
            "REGION_STRIDE",
            "Bytes from one region's registers to the next.",
            registers::REGION_STRIDE,
        ),
        (
            "RING_SIZE_MIN",
            "The smallest ring: log2 of its bytes.",
            registers::RING_SIZE_MIN,
        ),
        (
            "RING_SIZE_MAX",
            "The largest ring: log2 of its bytes.",
            registers::RING_SIZE_MAX,
        ),
    ] {
        writeln!(
            out,
            "/// {description}\npub const {name}: u32 = 0x{value:x};"
        )?;
    }
    writeln!(
        out,
        "\n/// Byte address of a guest's register, from its offset in the guest page."
    )?;
    writeln!(
        out,
        "pub const fn guest_address(guest: u32, offset: u32) -> u32 {{"
    )?;
    writeln!(out, "    (guest + 1) * PAGE_BYTES + offset\n}}\n")?;
    writeln!(
        out,
        "/// Byte address of a region's register, from that of region 0."
    )?;
    writeln!(
        out,
        "pub const fn region_address(region: u32, offset: u32) -> u32 {{"
    )?;
    writeln!(out, "    offset + region * REGION_STRIDE\n}}\n")?;
    writeln!(
        out,
        "/// Byte offsets of the registers in their pages.\npub mod offset {{"
    )?;
    for register in TABLE {
        let page = match register.page {
            Page::Global => "",
            Page::Region => " Per region.",
            Page::Guest => " Per guest.",
        };
        let description = with_condition(register.description, register.presence);
        writeln!(
            out,
            "    /// {description}{page}\n    pub const {}: u32 = 0x{:03x};",
            register.name, register.offset
        )?;
    }
    writeln!(out, "}}")?;
    for register in TABLE {
        writeln!(
            out,
            "\n/// Fields of {}.\npub mod {} {{\n    use super::Field;",
            register.name,
            register.name.to_lowercase()
        )?;
        for field in register.fields {
            writeln!(
                out,
                "\n    /// {}",
                with_condition(field.description, field.presence)
            )?;
            let (low, width) = (field.bits.low, field.bits.width);
            writeln!(
                out,
                "    pub const {}: Field = Field {{ low: {low}, width: {width} }};",
                field.name
            )?;
        }
        writeln!(out, "}}")?;
    }
    LISTS.iter().try_for_each(|list| write_codes(out, list))
}

fn write_codes(out: &mut String, list: &CodeList) -> std::fmt::Result {
    let module = match list.name {
        "OP" => "operation_code".to_string(),
        "COND" => "condition_code".to_string(),
        name => format!("{}_code", name.to_lowercase()),
    };
    writeln!(out, "\n///{}\npub mod {module} {{", list.description)?;
    for code in list.codes {
        writeln!(
            out,
            "    /// {}\n    pub const {}: u32 = {};",
            code.description, code.label, code.value
        )?;
    }
    writeln!(out, "}}")
}
