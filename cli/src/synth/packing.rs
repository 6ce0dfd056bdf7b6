//! What a netlist takes once it is packed: more than its look-up tables where flip-flops cannot be reached past them.
//!
//! On ECP5 and Nexus a flip-flop has an input of its own beside the look-up table's output. On iCE40 and Gowin it has none: what does not
//! come from a look-up table that serves nothing else goes through one that serves nothing else, or lies idle.

use anyhow::{Context, Result};
use serde::de::IgnoredAny;
use serde::Deserialize;
use std::collections::HashMap;

/// What nextpnr calls the logic cells of an iCE40, in its log; their count stands beside those of other cells.
pub const LOGIC_CELLS: &str = "ICESTORM_LC";
/// The name under which flip-flops of Gowin that take a look-up table for themselves stand beside other cells.
pub const LONE_FLIP_FLOPS: &str = "flip-flops without a look-up table";

/// Logic cells of an iCE40 that a packed design takes, as nextpnr says in its log: `ICESTORM_LC:  8340/  7680   108%`.
pub fn logic_cells(said: &str) -> Result<u64> {
    let mut counts = said.lines().filter_map(|line| {
        let (_, counts) = line.split_once(LOGIC_CELLS)?;
        counts.trim_start_matches(':').split_once('/')
    });
    let (used, _) = counts
        .next_back()
        .context("nextpnr counts no logic cells")?;
    let used = used.trim();
    used.parse()
        .with_context(|| format!("{LOGIC_CELLS} = {used}: no number"))
}

/// A netlist as Yosys' write_json has it.
#[derive(Deserialize)]
struct Netlist {
    modules: HashMap<String, Module>,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    ports: HashMap<String, Port>,
    #[serde(default)]
    cells: HashMap<String, Cell>,
}

#[derive(Deserialize)]
struct Port {
    direction: Direction,
    bits: Vec<Bit>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    port_directions: HashMap<String, Direction>,
    connections: HashMap<String, Vec<Bit>>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Input,
    Output,
    Inout,
}

/// A net, or a constant.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(u64),
    Constant(IgnoredAny),
}

/// Flip-flops of a module in a netlist for Gowin that take a look-up table for themselves: nextpnr puts them behind the look-up table that
/// they come from if nothing else does, behind none if they come from a constant, else behind one that passes through.
pub fn lone_flip_flops(netlist: &str, module: &str) -> Result<u64> {
    let mut netlist: Netlist = serde_json::from_str(netlist)?;
    let found = netlist.modules.remove(module);
    let module = found.with_context(|| format!("there is no module {module}"))?;
    let mut from_table: HashMap<u64, bool> = HashMap::new();
    let mut users: HashMap<u64, u64> = HashMap::new();
    let nets = |bits: &[Bit]| -> Vec<u64> {
        let net = |bit: &Bit| match bit {
            Bit::Net(net) => Some(*net),
            Bit::Constant(_) => None,
        };
        bits.iter().filter_map(net).collect()
    };
    for cell in module.cells.values() {
        for (port, bits) in &cell.connections {
            let is_output = cell.port_directions.get(port) == Some(&Direction::Output);
            let is_constant = ["VCC", "GND"].contains(&cell.kind.as_str());
            for net in nets(bits) {
                match is_output {
                    true if is_constant => {}
                    true => {
                        from_table.insert(net, cell.kind.starts_with("LUT"));
                    }
                    false => *users.entry(net).or_default() += 1,
                }
            }
        }
    }
    for port in module.ports.values() {
        for net in nets(&port.bits) {
            match port.direction {
                Direction::Input => {
                    from_table.insert(net, false);
                }
                _ => *users.entry(net).or_default() += 1,
            }
        }
    }
    let is_lone = |cell: &&Cell| {
        let inputs = cell.connections.get("D").map(|bits| nets(bits));
        let net = inputs.and_then(|nets| nets.first().copied());
        // What nothing drives is constant.
        let driven = net.and_then(|net| Some((net, *from_table.get(&net)?)));
        driven.is_some_and(|(net, is_table)| !is_table || users.get(&net) != Some(&1))
    };
    let flip_flops = module.cells.values();
    let flip_flops = flip_flops.filter(|cell| cell.kind.starts_with("DFF"));
    Ok(flip_flops.filter(is_lone).count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_logic_cells() -> Result<()> {
        let said = "Info: Packing LUT-FFs..\n\
                    Info: \t         ICESTORM_LC:    8340/   5280   157%\n\
                    Info: \t        ICESTORM_RAM:      32/     30   106%\n";
        assert_eq!(logic_cells(said)?, 8340);
        assert!(logic_cells("Info: Packing LUT-FFs..\n").is_err());
        Ok(())
    }

    #[test]
    fn a_flip_flop_shares_a_look_up_table_that_serves_nothing_else() -> Result<()> {
        let cell = |kind: &str, ports: &[(&str, &str, &str)]| {
            let list = |k: fn(&(&str, &str, &str)) -> String| -> String {
                ports.iter().map(k).collect::<Vec<_>>().join(",")
            };
            format!(
                r#"{{"type":"{kind}","port_directions":{{{}}},"connections":{{{}}}}}"#,
                list(|(name, way, _)| format!(r#""{name}":"{way}""#)),
                list(|(name, _, bits)| format!(r#""{name}":[{bits}]"#))
            )
        };
        let table = |output: &str| cell("LUT2", &[("I0", "input", "2"), ("F", "output", output)]);
        let flip_flop = |input: &str, output: &str| {
            cell("DFFRE", &[("D", "input", input), ("Q", "output", output)])
        };
        // Behind a table of its own; behind one that a port sees, too; behind a port; behind a flip-flop; behind constants.
        let cells = [
            table("3"),
            flip_flop("3", "10"),
            table("4"),
            flip_flop("4", "11"),
            flip_flop("2", "12"),
            flip_flop("12", "13"),
            flip_flop("\"1\"", "14"),
            cell("VCC", &[("V", "output", "5")]),
            flip_flop("5", "15"),
        ];
        let cells: Vec<String> = (cells.iter().enumerate())
            .map(|(index, cell)| format!(r#""c{index}":{cell}"#))
            .collect();
        let netlist = format!(
            r#"{{"modules":{{"unit":{{"ports":{{"i":{{"direction":"input","bits":[2]}},"o":{{"direction":"output","bits":[4]}}}},
                "cells":{{{}}}}}}}}}"#,
            cells.join(",")
        );
        assert_eq!(lone_flip_flops(&netlist, "unit")?, 3);
        assert!(lone_flip_flops(&netlist, "other").is_err());
        Ok(())
    }
}
