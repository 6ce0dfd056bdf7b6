//! The models of a netlist's cells: those that Yosys ships, and what they lack.

use super::Family;
use anyhow::{ensure, Context, Result};
use mch_hdl::emit::VerilogFile;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// ECP5's block RAM, of which Yosys ships the pins only.
const DP16KD: &str = include_str!("dp16kd.v");

/// What SB_RAM40_4K reads in the model that Yosys ships.
const OLD_DATA: &str = "RDATA_I <= memory[RADDR[7:0]] & ~RMASK_I;";
/// What it reads here: bits that are being written are random, as Yosys takes them for undefined.
const RANDOM_DATA: &str =
    "RDATA_I <= (memory[RADDR[7:0]] ^ (WE && WCLKE && WADDR[7:0] == RADDR[7:0] \
                           ? $random & ~WMASK_I : 16'd0)) & ~RMASK_I;";

impl Family {
    /// The files of models, below Yosys' folder.
    fn shipped(self) -> &'static [&'static str] {
        match self {
            Family::Ecp5 => &["ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh"],
            Family::Ice40 => &["ice40/cells_sim.v"],
        }
    }
}

/// The models that a netlist needs, each in a file of its own.
pub(super) fn models(family: Family, shipped: &Path, netlist: &str) -> Result<Vec<VerilogFile>> {
    let mut known = BTreeMap::new();
    for file in family.shipped() {
        let path = shipped.join(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}: run scripts/setup", path.display()))?;
        known.extend(modules(&text));
    }
    match family {
        Family::Ecp5 => known.extend([("DP16KD".to_owned(), DP16KD.to_owned())]),
        Family::Ice40 => {
            let ram = known.get_mut("SB_RAM40_4K");
            let ram = ram.context("Yosys ships no model of SB_RAM40_4K")?;
            ensure!(
                ram.matches(OLD_DATA).count() == 1,
                "Yosys' model of SB_RAM40_4K is not the one that is known: `{OLD_DATA}` is not in it once"
            );
            *ram = ram.replace(OLD_DATA, RANDOM_DATA);
        }
    }
    let mut used = BTreeSet::new();
    let mut open = vec![netlist];
    while let Some(text) = open.pop() {
        for line in text.lines() {
            let first = line.split_whitespace().next().unwrap_or_default();
            if let Some((name, model)) = known.get_key_value(first) {
                if used.insert(name) {
                    open.push(model);
                }
            }
        }
    }
    let file = |name: &String| VerilogFile {
        name: format!("{name}.v"),
        text: known[name].clone(),
    };
    Ok(used.into_iter().map(file).collect())
}

/// The modules of a file by name, each with the file's macros before it.
fn modules(text: &str) -> BTreeMap<String, String> {
    let begins = |line: &&str| line.starts_with("module ") || line.starts_with("(*");
    let macros: Vec<&str> = text
        .lines()
        .take_while(|line| !begins(line))
        // What has no timescale beside what has one is a warning.
        .filter(|line| line.starts_with('`') && !line.starts_with("`timescale"))
        .collect();
    let mut modules = BTreeMap::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("module ") {
            let mut words = rest.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let name = words.next().unwrap_or_default();
            // Escaped names are of Yosys' own use.
            open = (!name.is_empty()).then(|| (name.to_owned(), macros.clone()));
        }
        if let Some((_, lines)) = &mut open {
            lines.push(line);
        }
        if line.starts_with("endmodule") {
            if let Some((name, lines)) = open.take() {
                modules.insert(name, lines.join("\n") + "\n");
            }
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_apart() {
        let text = "`timescale 1ps / 1ps\n`define ZERO 1'b0\n// cells\n(* box *)\nmodule A (input x);\nendmodule\n\n\
                    (* box *)\nmodule \\$b (input x);\nendmodule\nmodule C(output y);\n  A a(y);\nendmodule\n";
        let found = modules(text);
        assert_eq!(
            found["A"],
            "`define ZERO 1'b0\nmodule A (input x);\nendmodule\n"
        );
        assert!(!found.contains_key(""));
        assert!(found["C"].contains("  A a(y);"));
    }
}
