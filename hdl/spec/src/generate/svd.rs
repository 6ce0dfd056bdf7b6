//! `mch.svd`: the registers of one build for debuggers (CMSIS-SVD 1.3).

use super::{xml, NOTICE};
use crate::registers::{self, field_codes, Access, Field, Page, Register, TABLE};
use crate::Config;
use std::fmt::Write;

/// The CMSIS-SVD file of a build. The peripheral stands at address 0: a system adds its own base.
pub fn svd(config: &Config) -> String {
    let mut text = String::new();
    let _ = write_svd(&mut text, config);
    text
}

fn write_svd(out: &mut String, config: &Config) -> std::fmt::Result {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
    writeln!(out, "<!-- {NOTICE} -->")?;
    writeln!(out, "<device schemaVersion=\"1.3\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\" xs:noNamespaceSchemaLocation=\"CMSIS-SVD.xsd\">")?;
    writeln!(
        out,
        "  <name>MCH</name>\n  <version>{}</version>",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(
        out,
        "  <description>Checkpointing memory controller hub</description>"
    )?;
    writeln!(
        out,
        "  <addressUnitBits>8</addressUnitBits>\n  <width>32</width>\n  <size>32</size>"
    )?;
    writeln!(
        out,
        "  <peripherals>\n    <peripheral>\n      <name>MCH</name>"
    )?;
    writeln!(
        out,
        "      <description>Checkpointing memory controller hub</description>"
    )?;
    writeln!(
        out,
        "      <baseAddress>0x0</baseAddress>\n      <addressBlock>\n        <offset>0x0</offset>"
    )?;
    let size = (config.guests + 1) * registers::PAGE_BYTES;
    writeln!(
        out,
        "        <size>0x{size:x}</size>\n        <usage>registers</usage>\n      </addressBlock>"
    )?;
    writeln!(out, "      <registers>")?;
    let of = |page: Page| {
        TABLE
            .iter()
            .filter(move |register| register.page == page && register.presence.holds(config))
    };
    for register in of(Page::Global) {
        write_register(out, register, config, 8, 0)?;
    }
    for (page, name, count, stride, offset) in [
        (
            Page::Region,
            "REGION",
            config.regions,
            registers::REGION_STRIDE,
            registers::offset::R_BASE,
        ),
        (
            Page::Guest,
            "GUEST",
            config.guests,
            registers::PAGE_BYTES,
            registers::PAGE_BYTES,
        ),
    ] {
        writeln!(out, "        <cluster>\n          <dim>{count}</dim>\n          <dimIncrement>0x{stride:x}</dimIncrement>")?;
        writeln!(out, "          <name>{name}[%s]</name>\n          <description>{name} registers</description>")?;
        writeln!(out, "          <addressOffset>0x{offset:x}</addressOffset>")?;
        let base = if page == Page::Region { offset } else { 0 };
        for register in of(page) {
            write_register(out, register, config, 10, base)?;
        }
        writeln!(out, "        </cluster>")?;
    }
    writeln!(
        out,
        "      </registers>\n    </peripheral>\n  </peripherals>\n</device>"
    )
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Ro => "<access>read-only</access>",
        Access::Rw => "<access>read-write</access>",
        Access::Wo => "<access>write-only</access>",
        Access::W1c => {
            "<access>read-write</access><modifiedWriteValues>oneToClear</modifiedWriteValues>"
        }
        Access::Wclear => {
            "<access>read-write</access><modifiedWriteValues>clear</modifiedWriteValues>"
        }
    }
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
        "{pad}<register>\n{pad}  <name>{}</name>",
        register.name
    )?;
    writeln!(
        out,
        "{pad}  <description>{}</description>",
        xml(register.description)
    )?;
    writeln!(
        out,
        "{pad}  <addressOffset>0x{:x}</addressOffset>",
        register.offset - base
    )?;
    writeln!(out, "{pad}  {}", access(register.access))?;
    writeln!(
        out,
        "{pad}  <resetValue>0x{:08x}</resetValue>\n{pad}  <fields>",
        register.reset_value(config)
    )?;
    for field in register
        .fields
        .iter()
        .filter(|field| field.presence.holds(config))
    {
        write_field(out, register, field, indent + 4)?;
    }
    writeln!(out, "{pad}  </fields>\n{pad}</register>")
}

fn write_field(
    out: &mut String,
    register: &Register,
    field: &Field,
    indent: usize,
) -> std::fmt::Result {
    let pad = " ".repeat(indent);
    writeln!(out, "{pad}<field>\n{pad}  <name>{}</name>", field.name)?;
    writeln!(
        out,
        "{pad}  <description>{}</description>",
        xml(field.description)
    )?;
    writeln!(
        out,
        "{pad}  <bitOffset>{}</bitOffset>\n{pad}  <bitWidth>{}</bitWidth>",
        field.bits.low, field.bits.width
    )?;
    writeln!(out, "{pad}  {}", access(field.access))?;
    if let Some(list) = field_codes(register.name, field.name) {
        writeln!(out, "{pad}  <enumeratedValues>")?;
        for code in list.codes {
            write!(out, "{pad}    <enumeratedValue><name>{}</name>", code.label)?;
            writeln!(
                out,
                "<description>{}</description><value>{}</value></enumeratedValue>",
                xml(code.description),
                code.value
            )?;
        }
        writeln!(out, "{pad}  </enumeratedValues>")?;
    }
    writeln!(out, "{pad}</field>")
}
