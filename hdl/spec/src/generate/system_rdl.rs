//! `mch.rdl`: the registers of one build in SystemRDL 2.0.

use super::NOTICE;
use crate::registers::{self, field_codes, Access, CodeList, Field, Page, Register, LISTS, TABLE};
use crate::Config;
use std::fmt::Write;

/// The SystemRDL file of a build.
pub fn system_rdl(config: &Config) -> String {
    let mut text = String::new();
    let _ = write_rdl(&mut text, config);
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn enum_name(list: &CodeList) -> String {
    format!("mch_{}_e", list.name.to_lowercase())
}

/// Bits of the fields that a list's codes stand in; the same for all of them, or SystemRDL would need two enums.
fn enum_width(list: &CodeList) -> Option<u32> {
    let fields = TABLE
        .iter()
        .flat_map(|r| r.fields.iter().map(move |f| (r, f)));
    let mut widths = fields.filter_map(|(r, f)| {
        field_codes(r.name, f.name)
            .filter(|codes| codes.name == list.name)
            .map(|_| f.bits.width)
    });
    widths.next()
}

fn write_rdl(out: &mut String, config: &Config) -> std::fmt::Result {
    writeln!(out, "// {NOTICE}\n")?;
    for list in LISTS {
        let Some(width) = enum_width(list) else {
            continue;
        };
        writeln!(out, "enum {} {{", enum_name(list))?;
        for code in list.codes {
            writeln!(
                out,
                "    {} = {width}'d{} {{ desc = {}; }};",
                code.label,
                code.value,
                quoted(code.description)
            )?;
        }
        writeln!(out, "}};\n")?;
    }
    writeln!(
        out,
        "addrmap mch {{\n    name = \"Checkpointing memory controller hub\";"
    )?;
    writeln!(
        out,
        "    default regwidth = 32;\n    default accesswidth = 32;\n    addressing = regalign;\n"
    )?;
    let of = |page: Page| {
        TABLE
            .iter()
            .filter(move |register| register.page == page && register.presence.holds(config))
    };
    for register in of(Page::Global) {
        write_register(out, register, config, 4, 0)?;
    }
    for (page, name, count, stride, offset) in [
        (
            Page::Region,
            "region",
            config.regions,
            registers::REGION_STRIDE,
            registers::offset::R_BASE,
        ),
        (
            Page::Guest,
            "guest",
            config.guests,
            registers::PAGE_BYTES,
            registers::PAGE_BYTES,
        ),
    ] {
        writeln!(out, "    regfile {{")?;
        let base = if page == Page::Region { offset } else { 0 };
        for register in of(page) {
            write_register(out, register, config, 8, base)?;
        }
        writeln!(
            out,
            "    }} {name}[{count}] @ 0x{offset:x} += 0x{stride:x};\n"
        )?;
    }
    writeln!(out, "}};")
}

fn write_register(
    out: &mut String,
    register: &Register,
    config: &Config,
    indent: usize,
    base: u32,
) -> std::fmt::Result {
    let pad = " ".repeat(indent);
    writeln!(
        out,
        "{pad}reg {{\n{pad}    desc = {};",
        quoted(register.description)
    )?;
    for field in register
        .fields
        .iter()
        .filter(|field| field.presence.holds(config))
    {
        write_field(out, register, field, config, indent + 4)?;
    }
    writeln!(
        out,
        "{pad}}} {} @ 0x{:x};\n",
        register.name,
        register.offset - base
    )
}

fn write_field(
    out: &mut String,
    register: &Register,
    field: &Field,
    config: &Config,
    indent: usize,
) -> std::fmt::Result {
    let pad = " ".repeat(indent);
    let access = match field.access {
        Access::Ro => "sw = r; hw = w;",
        Access::Rw => "sw = rw; hw = rw;",
        Access::Wo => "sw = w; hw = r;",
        Access::W1c => "sw = rw; hw = rw; onwrite = woclr;",
        Access::Wclear => "sw = rw; hw = rw; onwrite = wclr;",
    };
    let encode = field_codes(register.name, field.name)
        .map(|list| format!(" encode = {};", enum_name(&list)))
        .unwrap_or_default();
    let (low, width) = (field.bits.low, field.bits.width);
    let high = low + width - 1;
    let reset = field.reset_value(config);
    writeln!(
        out,
        "{pad}field {{ desc = {}; {access}{encode} }} {}[{high}:{low}] = {width}'h{reset:x};",
        quoted(field.description),
        field.name
    )
}
