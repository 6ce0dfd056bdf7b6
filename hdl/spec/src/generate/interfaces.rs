//! The ports of `mch_checkpoint`, as data and as `docs/interfaces.md`.

use crate::registers::{ADDRESS_WIDTH, LINK_WIDTH};
use crate::Config;
use std::fmt::Write;

/// Which way a port goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the unit.
    Input,
    /// Out of it.
    Output,
}

/// A port of the top module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its Verilog name.
    pub name: String,
    /// Which way it goes.
    pub direction: Direction,
    /// Bits.
    pub width: u32,
}

/// Widths of an AXI4 interface.
struct Widths {
    id: u32,
    address: u32,
    data: u32,
    user: u32,
}

/// Every port of the top module, in order. Ports of width 0 are left out.
pub fn ports(config: &Config) -> Vec<Port> {
    let mut ports = vec![
        port("clk", Direction::Input, 1),
        port("rst", Direction::Input, 1),
    ];
    let widths = |id| Widths {
        id,
        address: config.address_width,
        data: config.data_width,
        user: config.user_width,
    };
    for index in 0..config.ports {
        axi(
            &mut ports,
            &port_prefix(config, index),
            Direction::Input,
            &widths(config.id_width),
        );
    }
    axi(
        &mut ports,
        "m_axi",
        Direction::Output,
        &widths(config.m_axi_id_width()),
    );
    axi_lite(&mut ports, "s_axil");
    if config.link {
        stream(&mut ports, "link_tx", Direction::Output);
        stream(&mut ports, "link_rx", Direction::Input);
    }
    ports.push(port("irq", Direction::Output, config.irq_width()));
    ports
}

/// The name that the signals of a port start with: `s_axi` for a single port, else `s0_axi`, `s1_axi`, ...
pub(super) fn port_prefix(config: &Config, index: u32) -> String {
    match config.ports {
        1 => "s_axi".into(),
        _ => format!("s{index}_axi"),
    }
}

fn port(name: impl Into<String>, direction: Direction, width: u32) -> Port {
    Port {
        name: name.into(),
        direction,
        width,
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Input => Direction::Output,
        Direction::Output => Direction::Input,
    }
}

fn channel(
    ports: &mut Vec<Port>,
    prefix: &str,
    name: &str,
    payload: Direction,
    signals: &[(&str, u32)],
) {
    let signals = signals.iter().filter(|(_, width)| *width != 0);
    ports.extend(
        signals.map(|(signal, width)| port(format!("{prefix}_{name}{signal}"), payload, *width)),
    );
    ports.push(port(format!("{prefix}_{name}valid"), payload, 1));
    ports.push(port(format!("{prefix}_{name}ready"), opposite(payload), 1));
}

/// An AXI4 interface; `forward` is the way of its addresses.
fn axi(ports: &mut Vec<Port>, prefix: &str, forward: Direction, widths: &Widths) {
    let address = [
        ("id", widths.id),
        ("addr", widths.address),
        ("len", 8),
        ("size", 3),
        ("burst", 2),
        ("lock", 1),
        ("cache", 4),
        ("prot", 3),
        ("qos", 4),
        ("user", widths.user),
    ];
    channel(ports, prefix, "aw", forward, &address);
    channel(
        ports,
        prefix,
        "w",
        forward,
        &[
            ("data", widths.data),
            ("strb", widths.data / 8),
            ("last", 1),
        ],
    );
    channel(
        ports,
        prefix,
        "b",
        opposite(forward),
        &[("id", widths.id), ("resp", 2)],
    );
    channel(ports, prefix, "ar", forward, &address);
    let read = [
        ("id", widths.id),
        ("data", widths.data),
        ("resp", 2),
        ("last", 1),
    ];
    channel(ports, prefix, "r", opposite(forward), &read);
}

fn axi_lite(ports: &mut Vec<Port>, prefix: &str) {
    let address = [("addr", ADDRESS_WIDTH), ("prot", 3)];
    channel(ports, prefix, "aw", Direction::Input, &address);
    channel(
        ports,
        prefix,
        "w",
        Direction::Input,
        &[("data", 32), ("strb", 4)],
    );
    channel(ports, prefix, "b", Direction::Output, &[("resp", 2)]);
    channel(ports, prefix, "ar", Direction::Input, &address);
    channel(
        ports,
        prefix,
        "r",
        Direction::Output,
        &[("data", 32), ("resp", 2)],
    );
}

/// An AXI4-Stream interface of full beats; `payload` is the way of its data.
fn stream(ports: &mut Vec<Port>, prefix: &str, payload: Direction) {
    channel(
        ports,
        prefix,
        "t",
        payload,
        &[("data", LINK_WIDTH), ("last", 1)],
    );
}

/// The page of interfaces of a build.
pub fn interfaces(config: &Config) -> String {
    let mut text = String::new();
    let _ = write_page(&mut text, config);
    text
}

fn write_page(out: &mut String, config: &Config) -> std::fmt::Result {
    writeln!(out, "<!-- Generated from the configuration; do not edit. Regenerate: cargo run -p mch-spec --example docs -->\n")?;
    writeln!(out, "# Interfaces\n")?;
    writeln!(
        out,
        "The ports of `mch_checkpoint` in this build: {} port(s) of {} bits, {} guest(s).",
        config.ports, config.data_width, config.guests
    )?;
    writeln!(out, "With more than one port, `s_axi_*` become `s0_axi_*`, `s1_axi_*`, ...; `user` signals are absent at width 0.\n")?;
    writeln!(out, "| interface | protocol | role |\n|---|---|---|")?;
    writeln!(
        out,
        "| `clk`, `rst` | | clock; reset, synchronous and active high |"
    )?;
    for index in 0..config.ports {
        writeln!(
            out,
            "| `{}_*` | AXI4 subordinate | processors, DMA |",
            port_prefix(config, index)
        )?;
    }
    writeln!(
        out,
        "| `m_axi_*` | AXI4 manager | DRAM controller; the ID is the source's number, {} sources |",
        config.sources()
    )?;
    writeln!(
        out,
        "| `s_axil_*` | AXI4-Lite subordinate | registers: firmware, hypervisor |"
    )?;
    if config.link {
        writeln!(out, "| `link_tx_*`, `link_rx_*` | AXI4-Stream transmitter, receiver | the computer at the other end; all beats are full |")?;
    }
    writeln!(out, "| `irq` | | level; bit g asks guest g's processors to a rendezvous, bit {} is the common interrupt |", config.guests)?;
    writeln!(out, "\n| port | direction | bits |\n|---|---|---|")?;
    for port in ports(config) {
        let direction = match port.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        writeln!(out, "| `{}` | {direction} | {} |", port.name, port.width)?;
    }
    Ok(())
}
