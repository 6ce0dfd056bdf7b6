//! `mch_regs.h`: offsets, fields and codes for C. It is the same for every build; CAPS0 and CAPS1 tell a driver what it has.

use super::{with_condition, NOTICE};
use crate::registers::{self, Page, LISTS, TABLE};
use std::fmt::Write;

/// The C header. Names start with `MCH_`; a field has `_SHIFT`, `_WIDTH` and `_MASK` (in place).
pub fn c_header() -> String {
    let mut text = String::new();
    let _ = write_header(&mut text);
    text
}

fn write_header(out: &mut String) -> std::fmt::Result {
    writeln!(out, "/* {NOTICE} */")?;
    writeln!(out, "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n")?;
    writeln!(out, "#ifndef MCH_REGS_H\n#define MCH_REGS_H\n")?;
    writeln!(out, "/* Assemblers know no suffix of unsigned numbers. */")?;
    writeln!(out, "#ifdef __ASSEMBLER__\n#define MCH_U(number) number")?;
    writeln!(out, "#else\n#define MCH_U(number) number##u\n#endif\n")?;
    define(out, "MCH_IDENTIFICATION", registers::IDENTIFICATION)?;
    define(out, "MCH_PAGE_BYTES", registers::PAGE_BYTES)?;
    define(out, "MCH_REGION_STRIDE", registers::REGION_STRIDE)?;
    define(out, "MCH_RING_SIZE_MIN", registers::RING_SIZE_MIN)?;
    define(out, "MCH_RING_SIZE_MAX", registers::RING_SIZE_MAX)?;
    writeln!(
        out,
        "\n/* Byte address of a guest's register, from its offset in the guest page. */"
    )?;
    writeln!(
        out,
        "#define MCH_GUEST(guest, offset) (((guest) + 1u) * MCH_PAGE_BYTES + (offset))"
    )?;
    writeln!(
        out,
        "/* Byte address of a region's register, from that of region 0. */"
    )?;
    writeln!(
        out,
        "#define MCH_REGION(region, offset) ((offset) + (region) * MCH_REGION_STRIDE)"
    )?;
    writeln!(
        out,
        "/* A field's value in a register's value, and in place. */"
    )?;
    writeln!(
        out,
        "#define MCH_GET(field, value) (((value) & field##_MASK) >> field##_SHIFT)"
    )?;
    writeln!(
        out,
        "#define MCH_PUT(field, value) (((value) << field##_SHIFT) & field##_MASK)"
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
            "\n/* {}: {description}{page} ({}) */",
            register.name,
            register.access.label()
        )?;
        define(out, &format!("MCH_{}", register.name), register.offset)?;
        for field in register.fields {
            let name = format!("MCH_{}_{}", register.name, field.name);
            writeln!(
                out,
                "/* {} ({}) */",
                with_condition(field.description, field.presence),
                field.access.label()
            )?;
            writeln!(out, "#define {name}_SHIFT MCH_U({})", field.bits.low)?;
            writeln!(out, "#define {name}_WIDTH MCH_U({})", field.bits.width)?;
            define(out, &format!("{name}_MASK"), field.bits.mask())?;
        }
    }
    for list in LISTS {
        writeln!(out, "\n/*{} */", list.description)?;
        for code in list.codes {
            writeln!(
                out,
                "#define MCH_{}_{} MCH_U({}) /* {} */",
                list.name, code.label, code.value, code.description
            )?;
        }
    }
    writeln!(out, "\n#endif /* MCH_REGS_H */")
}

fn define(out: &mut String, name: &str, value: u32) -> std::fmt::Result {
    writeln!(out, "#define {name} MCH_U(0x{value:x})")
}
