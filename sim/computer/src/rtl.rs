//! The Verilog around the unit: a core per port, the shared register port, and what the harness drives.

use anyhow::{bail, Result};
use mch_spec::generate::{ports, Direction, Port};
use mch_spec::Config;
use std::fmt::Write;

pub(crate) const CORE: &str = include_str!("../rtl/computer_core.v");
const ARBITER: &str = include_str!("../rtl/register_arbiter.v");

/// The name of the top module.
pub const TOP: &str = "mch_computer";

/// The modules of the wrapper, except the unit and the processor, as file names and texts. `bases` are
/// the byte addresses of the computers' memories; computer n sits on port n and is guest n.
pub fn wrapper(config: &Config, bases: &[u32]) -> Result<Vec<(String, String)>> {
    let computers = bases.len() as u32;
    if config.ports != computers || config.guests < computers {
        bail!(
            "{computers} computers on a unit with {} ports and {} guests; each needs one of both, and no \
             port may be left over",
            config.ports,
            config.guests
        );
    }
    Ok(vec![
        ("computer_core.v".to_owned(), CORE.to_owned()),
        ("register_arbiter.v".to_owned(), ARBITER.to_owned()),
        (format!("{TOP}.v"), top(config, bases)?),
    ])
}

fn declaration(port: &Port, name: &str, kind: &str) -> String {
    match port.width {
        1 => format!("{kind} {name}"),
        width => format!("{kind} [{}:0] {name}", width - 1),
    }
}

fn kind(direction: Direction) -> &'static str {
    match direction {
        Direction::Input => "input  wire",
        Direction::Output => "output wire",
    }
}

/// The computer on whose port the signal is, and the signal's name there.
fn on_port(config: &Config, name: &str) -> Option<(usize, String)> {
    let (prefix, signal) = name.split_once("_axi_")?;
    let number = match (prefix, config.ports) {
        ("s", 1) => 0,
        _ => prefix.strip_prefix('s')?.parse().ok()?,
    };
    Some((number, signal.to_owned()))
}

/// What a core drives on a signal of its port.
fn core_signal(number: usize, signal: &Port, name: &str) -> Result<String> {
    let width = signal.width;
    Ok(match name {
        "awvalid" | "wvalid" | "bready" | "arvalid" | "rready" | "wdata" | "wstrb" | "arprot" => {
            format!("core{number}_axi_{name}")
        }
        "awaddr" | "araddr" => match width {
            0..=31 => format!("core{number}_axi_{name}[{}:0]", width - 1),
            32 => format!("core{number}_axi_{name}"),
            _ => format!("{{{}'d0, core{number}_axi_{name}}}", width - 32),
        },
        "awsize" | "arsize" => format!("{width}'d2"),
        "awburst" | "arburst" => format!("{width}'d1"),
        "wlast" => "1'b1".to_owned(),
        "awid" | "awlen" | "awlock" | "awcache" | "awprot" | "awqos" | "awuser" | "arid"
        | "arlen" | "arlock" | "arcache" | "arqos" | "aruser" | "wuser" | "awregion"
        | "arregion" => {
            format!("{width}'d0")
        }
        _ => bail!("a core does not know the AXI signal `{name}`"),
    })
}

fn top(config: &Config, bases: &[u32]) -> Result<String> {
    let mut declared = vec!["input  wire clk".to_owned(), "input  wire rst".to_owned()];
    let mut connections = vec![".clk(clk)".to_owned(), ".rst(rst)".to_owned()];
    let computers = bases.len();
    let mut body = format!(
        "    wire [{0}:0] core_resetn, register_valid, register_write, register_ready;\n\
         \x20   wire [{1}:0] register_address;\n    wire [{2}:0] register_wdata;\n\
         \x20   wire [{3}:0] register_wstrb;\n    wire [31:0] register_rdata;\n",
        computers - 1,
        17 * computers - 1,
        32 * computers - 1,
        4 * computers - 1
    );

    for port in ports(config) {
        let name = &port.name;
        if name == "clk" || name == "rst" {
            continue;
        } else if let Some((number, signal)) = on_port(config, name) {
            connections.push(format!(".{name}(port{number}_{signal})"));
            let manager = format!("manager{number}_axi_{signal}");
            let select = format!("manager{number}_select");
            let wire = format!("port{number}_{signal}");
            writeln!(body, "    {};", declaration(&port, &wire, "wire"))?;
            declared.push(declaration(&port, &manager, kind(port.direction)));
            if port.direction == Direction::Input {
                let core = core_signal(number, &port, &signal)?;
                writeln!(body, "    assign {wire} = {select} ? {manager} : {core};")?;
            } else if signal.ends_with("valid") || signal.ends_with("ready") {
                writeln!(body, "    assign {manager} = {select} && {wire};")?;
            } else {
                writeln!(body, "    assign {manager} = {wire};")?;
            }
        } else if name.starts_with("s_axil_") {
            writeln!(
                body,
                "    {};",
                declaration(&port, &format!("unit_{name}"), "wire")
            )?;
            connections.push(format!(".{name}(unit_{name})"));
            // The arbiter serves all alike.
            if name.ends_with("prot") {
                writeln!(body, "    assign unit_{name} = 3'd0;")?;
            }
        } else {
            declared.push(declaration(&port, name, kind(port.direction)));
            connections.push(format!(".{name}({name})"));
        }
    }

    for (number, base) in bases.iter().enumerate() {
        declared.extend([
            format!("input  wire core{number}_run"),
            format!("output wire core{number}_trap"),
            format!("input  wire manager{number}_select"),
            format!("output wire mail{number}_valid"),
            format!("output wire [7:0] mail{number}_address"),
            format!("output wire [31:0] mail{number}_data"),
        ]);
        body += &core(number, *base, config.data_bytes());
    }
    let mut axil = String::new();
    for (name, input, width) in AXIL {
        let direction = if input {
            Direction::Input
        } else {
            Direction::Output
        };
        let port = Port {
            name: format!("s_axil_{name}"),
            direction,
            width,
        };
        declared.push(declaration(&port, &port.name, kind(direction)));
        write!(
            axil,
            ",\n        .s_axil_{name}(s_axil_{name}), .m_axil_{name}(unit_s_axil_{name})"
        )?;
    }
    Ok(format!(
        "// Computers around a checkpoint unit.\n`default_nettype none\n\nmodule {TOP} (\n    {}\n);\n{body}\n\
         \x20   register_arbiter #(.CORES({computers})) register_arbiter (\n        .clk(clk), .rst(rst),\n\
         \x20       .core_resetn(core_resetn), .core_valid(register_valid), .core_write(register_write),\n\
         \x20       .core_address(register_address), .core_wdata(register_wdata), .core_wstrb(register_wstrb),\n\
         \x20       .core_ready(register_ready), .core_rdata(register_rdata){axil}\n    );\n\n\
         \x20   mch_checkpoint unit (\n        {}\n    );\nendmodule\n`default_nettype wire\n",
        declared.join(",\n    "),
        connections.join(",\n        "),
    ))
}

/// Name, input of the unit, width.
const AXIL: [(&str, bool, u32); 17] = [
    ("awvalid", true, 1),
    ("awready", false, 1),
    ("awaddr", true, 17),
    ("wvalid", true, 1),
    ("wready", false, 1),
    ("wdata", true, 32),
    ("wstrb", true, 4),
    ("bvalid", false, 1),
    ("bready", true, 1),
    ("bresp", false, 2),
    ("arvalid", true, 1),
    ("arready", false, 1),
    ("araddr", true, 17),
    ("rvalid", false, 1),
    ("rready", true, 1),
    ("rdata", false, 32),
    ("rresp", false, 2),
];

/// One core; the interrupt is the unit's line of its guest.
fn core(number: usize, base: u32, data_bytes: u32) -> String {
    let mut wires = String::new();
    for (name, width) in [
        ("awvalid", 1),
        ("awaddr", 32),
        ("wvalid", 1),
        ("wdata", 8 * data_bytes),
        ("wstrb", data_bytes),
        ("bready", 1),
        ("arvalid", 1),
        ("araddr", 32),
        ("arprot", 3),
        ("rready", 1),
    ] {
        wires += &format!("    wire [{}:0] core{number}_axi_{name};\n", width - 1);
    }
    let mut connections = String::new();
    for name in [
        "awvalid", "awaddr", "wvalid", "wdata", "wstrb", "bready", "arvalid", "araddr", "arprot",
        "rready",
    ] {
        connections += &format!("        .axi_{name}(core{number}_axi_{name}),\n");
    }
    for name in ["awready", "wready", "bvalid", "arready", "rvalid"] {
        connections +=
            &format!("        .axi_{name}(!manager{number}_select && port{number}_{name}),\n");
    }
    for (name, width) in [
        ("valid", 1),
        ("write", 1),
        ("address", 17),
        ("wdata", 32),
        ("wstrb", 4),
    ] {
        connections += &format!(
            "        .register_{name}(register_{name}[{} +: {width}]),\n",
            number * width
        );
    }
    format!(
        "\n{wires}    assign core_resetn[{number}] = core{number}_run && !rst;\n\
         \x20   computer_core #(.BASE(32'h{base:08x}), .PAGE(5'd{page}), .DATA_BYTES({data_bytes})) core{number} (\n\
         \x20       .clk(clk),\n        .resetn(core_resetn[{number}]),\n        .rendezvous(irq[{number}]),\n\
         \x20       .trap(core{number}_trap),\n{connections}\
         \x20       .axi_rdata(port{number}_rdata),\n\
         \x20       .register_ready(register_ready[{number}]),\n        .register_rdata(register_rdata),\n\
         \x20       .mail_valid(mail{number}_valid),\n        .mail_address(mail{number}_address),\n\
         \x20       .mail_data(mail{number}_data)\n    );\n",
        page = number + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computers_ports_and_guests_must_match() {
        let config = Config {
            ports: 2,
            guests: 2,
            ..Config::default()
        };
        assert!(wrapper(&config, &[0]).is_err());
        assert!(wrapper(&config, &[0, 0]).is_ok());
        assert!(wrapper(
            &Config {
                guests: 1,
                ..config
            },
            &[0, 0]
        )
        .is_err());
    }

    #[test]
    fn every_port_of_the_unit_is_connected() -> Result<()> {
        for count in [1, 3] {
            let config = Config {
                ports: count,
                guests: 3,
                user_width: 2,
                ..Config::default()
            };
            let text = top(&config, &vec![0; count as usize])?;
            for port in ports(&config) {
                assert!(
                    text.contains(&format!("        .{}(", port.name)),
                    "{}",
                    port.name
                );
            }
        }
        Ok(())
    }
}
