//! From a board's sources to its bitstream.

use super::boards::{Description, Flow};
use crate::synth::area::{cells, Cells};
use crate::synth::flow::run;
use crate::synth::placed::{placed, Placed};
use crate::synth::tools;
use anyhow::{bail, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A board's sources, in a folder below the current one.
pub struct Job<'a> {
    /// The board.
    pub board: &'a Description,
    /// The folder.
    pub folder: &'a Path,
    /// nextpnr's seed.
    pub seed: u32,
}

impl Job<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The netlist; returns its cells by type.
    pub fn synthesize(&self) -> Result<Cells> {
        let folder = self.folder.display();
        let command = match self.board.flow {
            Flow::Ecp5(..) => "synth_ecp5",
            Flow::Gowin(..) => "synth_gowin -family gw2a",
        };
        let top = self.board.top;
        let script = format!(
            "read_verilog {folder}/rtl/*.v {folder}/board_reset.v {folder}/{top}.v\n\
             {command} -top {top} -json {folder}/netlist.json\ntee -q -o {folder}/cells.json stat -json\n"
        );
        let path = self.path("synthesis.ys");
        fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
        let mut yosys = tools::command(&tools::YOSYS)?;
        yosys.args(["-q", "-s"]).arg(&path);
        run(yosys, &self.path("yosys.log"))?;
        cells(&self.path("cells.json"))?
            .remove(top)
            .with_context(|| format!("Yosys counted no cells of {top}"))
    }

    /// Places and routes.
    pub fn place(&self) -> Result<Placed> {
        let report = self.path("nextpnr.json");
        let megahertz = f64::from(self.board.kilohertz) / 1000.0;
        let mut command = match self.board.flow {
            Flow::Ecp5(device, package, grade) => {
                let mut command = tools::command(&tools::NEXTPNR_ECP5)?;
                command
                    .args([device, "--package", package, "--speed", grade, "--lpf"])
                    .arg(self.path(self.board.pins_name))
                    .arg("--textcfg")
                    .arg(self.path("placed.config"));
                command
            }
            Flow::Gowin(device, family) => {
                let mut command = tools::command(&tools::NEXTPNR_GOWIN)?;
                let pins = self.path(self.board.pins_name);
                command
                    .args(["--device", device, "--vopt", &format!("family={family}")])
                    .args(["--vopt", &format!("cst={}", pins.display()), "--write"])
                    .arg(self.path("placed.json"));
                command
            }
        };
        command
            .arg("--timing-allow-fail")
            .args(["--freq", &megahertz.to_string()])
            .args(["--seed", &self.seed.to_string(), "--json"])
            .arg(self.path("netlist.json"))
            .arg("--report")
            .arg(&report);
        let log = self.path("nextpnr.log");
        if let Err(error) = run(command, &log) {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if let Some(line) = crate::synth::flow::no_room(&said) {
                bail!("does not fit {}: {line}", self.board.name);
            }
            return Err(error);
        }
        placed(self.seed, &crate::synth::read(&report)?)
    }

    /// What nextpnr says of hold times, once it has placed: how many are violated.
    pub fn hold_violations(&self) -> Result<u64> {
        let log = self.path("nextpnr.log");
        let said = fs::read_to_string(&log).with_context(|| log.display().to_string())?;
        Ok(crate::synth::flow::hold_violations(&said))
    }

    /// The bitstream.
    pub fn pack(&self) -> Result<PathBuf> {
        let (mut command, bitstream) = match self.board.flow {
            Flow::Ecp5(..) => {
                let bitstream = self.path(&format!("{}.bit", self.board.top));
                let mut command = tools::command(&tools::ECPPACK)?;
                command.arg("--compress").arg("--input");
                command.arg(self.path("placed.config")).arg("--bit");
                (command, bitstream)
            }
            Flow::Gowin(_, family) => {
                let bitstream = self.path(&format!("{}.fs", self.board.top));
                let mut command = tools::command(&tools::GOWIN_PACK)?;
                command.args(["-d", family, "-o"]);
                (command, bitstream)
            }
        };
        command.arg(&bitstream);
        if let Flow::Gowin(..) = self.board.flow {
            command.arg(self.path("placed.json"));
        }
        run(command, &self.path("pack.log"))?;
        Ok(bitstream)
    }
}
