//! Gate level: the netlist that Yosys makes of the unit, with the vendor's cell models that Yosys ships, in the place of the unit's Verilog.
//!
//! *Strategy*: a netlist has the unit's ports, so that all that runs on the unit runs on it, too, with all checks. What block RAM leaves
//! undefined is random in the models: a netlist that uses it does not pass by luck.
//! *Invariants*: the netlist is what `mch synth` measures, but for its wrapper; it is made once per content, as Verilator's models are.

mod broken;
mod cells;
mod yosys;

pub use yosys::{find, Program, YOSYS};

use anyhow::{Context, Result};
use mch_hdl::emit::VerilogFile;
use mch_spec::Config;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use verilated::{Cache, Design};

/// A family of devices whose netlists can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice ECP5.
    Ecp5,
    /// Lattice iCE40.
    Ice40,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 2] = [Family::Ecp5, Family::Ice40];

    /// Its name in commands and scripts.
    pub fn name(self) -> &'static str {
        match self {
            Family::Ecp5 => "ecp5",
            Family::Ice40 => "ice40",
        }
    }

    /// Yosys' command, to which options may be added.
    pub fn synthesis(self) -> &'static str {
        match self {
            Family::Ecp5 => "synth_ecp5",
            Family::Ice40 => "synth_ice40",
        }
    }

    /// Verilator's warnings about the vendor's models; on ECP5 flip-flops leave pins open that their parameters do not ask for.
    fn waived(self) -> &'static [&'static str] {
        match self {
            Family::Ecp5 => &["WIDTH", "PINMISSING", "INITIALDLY"],
            Family::Ice40 => &["WIDTH", "INITIALDLY"],
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Family> {
        let named = Family::ALL.into_iter().find(|family| family.name() == text);
        named.with_context(|| format!("`{text}` is not a family: ecp5 and ice40 are"))
    }
}

/// What Yosys made of a design.
#[derive(Clone, Debug)]
pub struct Netlist {
    /// The module's name.
    pub top: String,
    /// Of which cells it consists.
    pub family: Family,
    /// The netlist, in Verilog: cells, and wires of one bit.
    pub text: String,
    /// The models of the cells used.
    models: Vec<VerilogFile>,
}

impl Netlist {
    /// The unit's. Made anew it takes minutes.
    ///
    /// # Errors
    /// Where Yosys or its models are missing, or Yosys refuses the design.
    pub fn of_unit(config: &Config, family: Family) -> Result<Netlist> {
        let files = mch_hdl::generate::generate(config)?;
        Netlist::of(&files, mch_hdl::generate::TOP, family)
    }

    /// Of any design.
    ///
    /// # Errors
    /// As [`Netlist::of_unit`].
    pub fn of(files: &[VerilogFile], top: &str, family: Family) -> Result<Netlist> {
        let tool = yosys::Yosys::find()?;
        let script = format!(
            "read_verilog rtl/*.v\nhierarchy -check -top {top}\n{} -top {top}\n\
             # A wire for each bit: a vector that cells of a chain drive bit by bit looks like a loop.\n\
             splitnets\nclean -purge\nwrite_verilog -noattr {NETLIST}\n",
            family.synthesis()
        );
        let version = tool.version()?;
        let mut fields = vec![
            ("version", version.as_bytes()),
            ("script", script.as_bytes()),
        ];
        for file in files {
            fields.push(("name", file.name.as_bytes()));
            fields.push(("text", file.text.as_bytes()));
        }
        let make = |folder: &Path| tool.run(files, &script, folder);
        let folder = Cache::default().made("netlists", &fields, make)?;
        let path = folder.join(NETLIST);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let models = cells::models(family, &tool.shipped()?, &text)?;
        Ok(Netlist {
            top: top.to_owned(),
            family,
            text,
            models,
        })
    }

    /// What Verilator builds: netlist and cells, whose registers start as the device's do.
    pub fn design(&self) -> Design {
        let mut design = Design::new(&self.top)
            .random_init(true)
            .text(NETLIST, &self.text);
        for model in &self.models {
            design = design.text(&model.name, &model.text);
        }
        for warning in self.family.waived() {
            design = design.waive(*warning);
        }
        match self.family {
            Family::Ecp5 => design,
            // Verilator knows no values of pins that are not connected; here all are.
            Family::Ice40 => design.define("NO_ICE40_DEFAULT_ASSIGNMENTS", None::<&str>),
        }
    }
}

/// The netlist's file.
const NETLIST: &str = "netlist.v";
