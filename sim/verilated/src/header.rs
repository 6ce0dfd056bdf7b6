//! The ports of a verilated model, read from the header Verilator wrote.

use crate::port::Direction;
use std::fmt::Write;

/// One `VL_IN*`, `VL_OUT*` or `VL_INOUT*` line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeaderPort {
    /// The member's name in C++.
    pub(crate) member: String,
    /// The port's name in Verilog.
    pub(crate) name: String,
    pub(crate) width: u32,
    /// 1, 2, 4 or 8, or 0 for an array of 32-bit words.
    pub(crate) bytes: u8,
    pub(crate) direction: Direction,
}

/// All scalar and packed ports; ports that are unpacked arrays are left out.
pub(crate) fn ports(header: &str) -> Vec<HeaderPort> {
    header
        .lines()
        .filter_map(|line| port(line.trim()))
        .collect()
}

fn port(line: &str) -> Option<HeaderPort> {
    let (macro_name, rest) = line.split_once('(')?;
    let arguments = rest.strip_suffix(");")?;
    let (direction, size) = [
        ("VL_INOUT", Direction::Both),
        ("VL_IN", Direction::Input),
        ("VL_OUT", Direction::Output),
    ]
    .iter()
    .find_map(|(prefix, direction)| Some((*direction, macro_name.strip_prefix(prefix)?)))?;
    let bytes = match size {
        "8" => 1,
        "16" => 2,
        "" => 4,
        "64" => 8,
        "W" => 0,
        _ => return None,
    };
    let mut arguments = arguments.split(',').map(str::trim);
    let member = arguments.next()?.strip_prefix('&')?;
    let (msb, lsb): (i64, i64) = (
        arguments.next()?.parse().ok()?,
        arguments.next()?.parse().ok()?,
    );
    Some(HeaderPort {
        member: member.to_string(),
        name: decoded(member),
        width: u32::try_from((msb - lsb).abs() + 1).ok()?,
        bytes,
        direction,
    })
}

/// Verilator's C++ name as the Verilog name it came from.
fn decoded(member: &str) -> String {
    let member = member.strip_prefix("__SYM__").unwrap_or(member);
    let mut name = String::new();
    let mut rest = member;
    while let Some(at) = rest.find("__0") {
        name.push_str(&rest[..at]);
        let code = rest
            .get(at + 3..at + 5)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                name.push(char::from(code));
                rest = &rest[at + 5..];
            }
            None => {
                name.push_str("__0");
                rest = &rest[at + 3..];
            }
        }
    }
    name.push_str(rest);
    name
}

/// What the generated `eval_step` does, if it does only what the shim's own short form replaces.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct ShortEval {
    /// It tells waveforms that something may have changed.
    pub(crate) activity: bool,
}

/// Looks through `Vmodel.cpp` of a model that makes no SystemVerilog objects; none if `eval_step` has a statement that is not known to be dispensable
/// once the model is initialised and has no threads.
pub(crate) fn short_eval(model: &str) -> Option<ShortEval> {
    const DISPENSABLE: [&str; 8] = [
        "VL_DEBUG_IF(",
        "Verilated::mtaskId(0);",
        "Verilated::endOfThreadMTask(",
        "Verilated::endOfEval(",
        "vlSymsp->__Vm_deleter.deleteAll();",
        "vlSymsp->__Vm_didInit = true;",
        "//",
        "}",
    ];
    let (_, body) = model.split_once("void Vmodel::eval_step() {\n")?;
    let (body, _) = body.split_once("\n}")?;
    let mut found = ShortEval { activity: false };
    let (mut initialises, mut evaluates, mut debugs) = (false, false, false);
    for line in body.lines().map(str::trim) {
        match line {
            "" => {}
            "#ifdef VL_DEBUG" => debugs = true,
            _ if line.starts_with("#endif") => debugs = false,
            _ if debugs => {}
            "vlSymsp->__Vm_activity = true;" => found.activity = true,
            "if (VL_UNLIKELY(!vlSymsp->__Vm_didInit)) {" => initialises = true,
            "Vmodel___024root___eval(&(vlSymsp->TOP));" => evaluates = true,
            "Vmodel___024root___eval_static(&(vlSymsp->TOP));"
            | "Vmodel___024root___eval_initial(&(vlSymsp->TOP));"
            | "Vmodel___024root___eval_settle(&(vlSymsp->TOP));"
                if initialises => {}
            _ if DISPENSABLE.iter().any(|known| line.starts_with(known)) => {}
            _ => return None,
        }
    }
    (initialises && evaluates).then_some(found)
}

/// The part of the shim that depends on the model.
pub(crate) fn interface(ports: &[HeaderPort], switches: &[(&str, bool)]) -> String {
    let mut text = String::from("#pragma once\n");
    for (name, on) in switches {
        let _ = writeln!(text, "#define SHIM_{name} {}", u8::from(*on));
    }
    text.push_str("#define SHIM_PORT_LIST \\\n");
    for port in ports {
        let direction = match port.direction {
            Direction::Input => 0,
            Direction::Output => 1,
            Direction::Both => 2,
        };
        let name = port.name.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(
            text,
            "    {{\"{name}\", {}, {}, {direction}}}, \\",
            port.width, port.bytes
        );
    }
    text.push_str("\n#define SHIM_PORT_ADDRESSES \\\n");
    for (index, port) in ports.iter().enumerate() {
        let _ = writeln!(text, "    to[{index}] = (void*)&model.{}; \\", port.member);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> (String, u32, u8, Direction) {
        let port = port(line).expect(line);
        (port.name, port.width, port.bytes, port.direction)
    }

    #[test]
    fn reads_every_kind_of_port() {
        assert_eq!(
            found("VL_IN8(&clk,0,0);"),
            ("clk".into(), 1, 1, Direction::Input)
        );
        assert_eq!(
            found("VL_OUT16(&b,15,0);"),
            ("b".into(), 16, 2, Direction::Output)
        );
        assert_eq!(
            found("VL_IN(&c,31,0);"),
            ("c".into(), 32, 4, Direction::Input)
        );
        assert_eq!(
            found("VL_OUT64(&d,63,0);"),
            ("d".into(), 64, 8, Direction::Output)
        );
        assert_eq!(
            found("VL_INW(&e,129,0,5);"),
            ("e".into(), 130, 0, Direction::Input)
        );
        assert_eq!(
            found("VL_INOUT8(&z,3,0);"),
            ("z".into(), 4, 1, Direction::Both)
        );
    }

    #[test]
    fn skips_what_is_no_port() {
        for line in [
            "VL_IN8((&a)[4],7,0);",
            "VL_UNCOPYABLE(Vmodel);",
            "void eval();",
            "#define VL_IN8(x)",
        ] {
            assert_eq!(port(line), None, "{line}");
        }
    }

    #[test]
    fn knows_an_eval_step_it_can_shorten() {
        let known = "void Vmodel::eval_step() {
    VL_DEBUG_IF(VL_DBG_MSGF(\"+++++TOP Evaluate Vmodel::eval_step\\n\"); );
#ifdef VL_DEBUG
    // Debug assertions
    Vmodel___024root___eval_debug_assertions(&(vlSymsp->TOP));
#endif  // VL_DEBUG
    vlSymsp->__Vm_activity = true;
    if (VL_UNLIKELY(!vlSymsp->__Vm_didInit)) {
        vlSymsp->__Vm_didInit = true;
        Vmodel___024root___eval_static(&(vlSymsp->TOP));
        Vmodel___024root___eval_initial(&(vlSymsp->TOP));
        Vmodel___024root___eval_settle(&(vlSymsp->TOP));
    }
    Verilated::mtaskId(0);
    Vmodel___024root___eval(&(vlSymsp->TOP));
    // Evaluate cleanup
    Verilated::endOfThreadMTask(vlSymsp->__Vm_evalMsgQp);
    Verilated::endOfEval(vlSymsp->__Vm_evalMsgQp);
}

void Vmodel::other() {
";
        assert_eq!(short_eval(known), Some(ShortEval { activity: true }));
        let quiet = known.replace("    vlSymsp->__Vm_activity = true;\n", "");
        assert_eq!(short_eval(&quiet), Some(ShortEval { activity: false }));
        let more = known.replace("    // Evaluate cleanup", "    vlSymsp->something_new();");
        assert_eq!(short_eval(&more), None);
        assert_eq!(short_eval("void Vmodel::eval_step() {\n}\n"), None);
        assert_eq!(short_eval(""), None);
    }

    #[test]
    fn decodes_names() {
        assert_eq!(decoded("foo___05Fbar"), "foo__bar");
        assert_eq!(decoded("x__024y"), "x$y");
        assert_eq!(decoded("__SYM__private"), "private");
        assert_eq!(decoded("s_axi_awaddr"), "s_axi_awaddr");
        assert_eq!(decoded("a__0"), "a__0");
    }
}
