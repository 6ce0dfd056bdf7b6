//! `docs/registers.md`.

use super::{with_condition, NOTICE};
use crate::firmware::Opcode;
use crate::registers::{Page, Register, LISTS, TABLE};
use std::fmt::Write;

/// The page of registers, the same for every build.
pub fn registers_page() -> String {
    let mut text = String::new();
    let _ = write_page(&mut text);
    text
}

fn write_page(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "<!-- {NOTICE} Regenerate: cargo run -p mch-spec --example docs -->\n"
    )?;
    writeln!(out, "# Registers\n")?;
    writeln!(out, "AXI4-Lite, 32-bit data, 17-bit byte address; every access is a whole word (`WSTRB` all ones).")?;
    writeln!(out, "A refused write changes nothing, is answered SLVERR, and leaves its code in ERROR. An address without")?;
    writeln!(
        out,
        "a register, or with one that the build lacks, is answered SLVERR and reads 0.\n"
    )?;
    for (page, title, about) in [
        (Page::Global, "Global", "Page 0."),
        (Page::Region, "Region", "Page 0; region r's registers stand 16 r bytes after those of region 0."),
        (Page::Guest, "Guest", "Page g + 1, at (g + 1) * 0x1000, is guest g's: a hypervisor can map it into the guest."),
    ] {
        writeln!(out, "## {title} registers\n\n{about}\n")?;
        writeln!(out, "| offset | name | access | contents |\n|---|---|---|---|")?;
        for register in TABLE.iter().filter(|register| register.page == page) {
            writeln!(
                out,
                "| 0x{:03x} | [{}](#{}) | {} | {} |",
                register.offset,
                register.name,
                register.name.to_lowercase(),
                register.access.label(),
                with_condition(register.description, register.presence)
            )?;
        }
        writeln!(out)?;
        for register in TABLE.iter().filter(|register| register.page == page) {
            write_fields(out, register)?;
        }
    }
    writeln!(out, "## Codes\n")?;
    for list in LISTS {
        writeln!(out, "### {}\n\n{}\n", list.name, list.description.trim())?;
        writeln!(out, "| value | name | meaning |\n|---|---|---|")?;
        for code in list.codes {
            writeln!(
                out,
                "| {} | {} | {} |",
                code.value, code.label, code.description
            )?;
        }
        writeln!(out)?;
    }
    writeln!(out, "## Instructions of the sequencer\n")?;
    writeln!(out, "Opcode [31:24], a [23:16], b [15:0].\n\n| opcode | name | a | b | effect |\n|---|---|---|---|---|")?;
    for opcode in Opcode::ALL {
        let operand = match opcode.operand() {
            crate::firmware::Operand::None => String::new(),
            operand => format!("{operand:?}").to_lowercase(),
        };
        let address = if opcode.has_address() { "address" } else { "" };
        writeln!(
            out,
            "| 0x{:02x} | {} | {operand} | {address} | {} |",
            opcode.code(),
            opcode.label(),
            opcode.description()
        )?;
    }
    Ok(())
}

fn write_fields(out: &mut String, register: &Register) -> std::fmt::Result {
    writeln!(
        out,
        "### {}\n\n{}\n",
        register.name,
        with_condition(register.description, register.presence)
    )?;
    writeln!(
        out,
        "| bits | field | access | reset | contents |\n|---|---|---|---|---|"
    )?;
    for field in register.fields {
        let (low, width) = (field.bits.low, field.bits.width);
        let bits = if width == 1 {
            low.to_string()
        } else {
            format!("{}:{low}", low + width - 1)
        };
        writeln!(
            out,
            "| {bits} | {} | {} | {} | {} |",
            field.name,
            field.access.label(),
            field.reset_text(),
            with_condition(
                field.description,
                if field.presence == register.presence {
                    crate::registers::Presence::Always
                } else {
                    field.presence
                }
            )
        )?;
    }
    writeln!(out)
}
