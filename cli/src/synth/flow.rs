//! Running Yosys and nextpnr, and reading what they write.

use super::area::{cells, Area, Cells};
use super::device::{Device, Family};
use super::packing::{logic_cells, lone_flip_flops, LOGIC_CELLS, LONE_FLIP_FLOPS};
use super::placed::{placed, Placed};
use super::tools::{self, Tools};
use super::{parallel, read, wrapper};
use crate::interrupt;
use crate::progress::Meter;
use anyhow::{bail, ensure, Context, Error, Result};
use mch_hdl::emit::{write_files, VerilogFile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// The unit without its wrapper, where it is to be packed.
const UNIT_NETLIST: &str = "unit.json";

/// What is to be measured, and with what.
pub struct Job<'a> {
    /// Yosys and nextpnr.
    pub tools: &'a Tools,
    /// The folder to work in.
    pub folder: &'a Path,
    /// The device.
    pub device: Device,
    /// Its speed grade.
    pub grade: u32,
    /// The clock aimed at, in MHz.
    pub frequency: u32,
    /// Whether few look-up tables are asked for.
    pub area: bool,
    /// The module measured.
    pub unit: &'a str,
}

impl Job<'_> {
    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes the sources.
    pub fn prepare(&self, files: &[VerilogFile], wrapper: &str) -> Result<()> {
        ensure!(
            self.folder.is_relative(),
            "folder = {}: must be relative",
            self.folder.display()
        );
        let sources = self.path("rtl");
        // Of modules that an earlier configuration had.
        let _ = fs::remove_dir_all(&sources);
        fs::create_dir_all(&sources)
            .with_context(|| format!("cannot create {}", sources.display()))?;
        write_files(files, &sources)?;
        let path = self.path("wrapper.v");
        fs::write(&path, wrapper).with_context(|| format!("cannot write {}", path.display()))
    }

    fn yosys(&self, name: &str, script: &str) -> Result<()> {
        let path = self.path(format!("{name}.ys"));
        fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
        let mut command = self.tools.yosys();
        command.args(["-q", "-s"]).arg(&path);
        run(command, &self.path(format!("{name}.log")))
    }

    /// Yosys' command for the device, with its options.
    fn command(&self) -> String {
        let options = if self.area {
            self.device.area_options()
        } else {
            ""
        };
        format!("{}{options}", self.device.synthesis())
    }

    /// Cells of every module, none dissolved in another.
    pub fn synthesize_blocks(&self) -> Result<BTreeMap<String, Cells>> {
        let folder = self.folder.display();
        let script = format!(
            "read_verilog {folder}/rtl/*.v\n{} -noflatten -top {}\ntee -q -o {folder}/blocks.json stat -json\n",
            self.command(),
            self.unit
        );
        self.yosys("blocks", &script)?;
        cells(&self.path("blocks.json"))
    }

    /// A block with its memories mapped and nothing else: block RAMs are right, in a fraction of the time; the rest is not counted.
    pub fn synthesize_memories(&self, block: &str) -> Result<Area> {
        let folder = self.folder.display();
        let script = format!(
            "read_verilog {folder}/rtl/*.v\n{} -top {block} -run begin:map_gates\n\
             tee -q -o {folder}/memories.json stat -json\n",
            self.device.synthesis()
        );
        self.yosys("memories", &script)?;
        Ok(Area::of(&self.cells("memories.json", block)?))
    }

    fn cells(&self, statistics: &str, module: &str) -> Result<Cells> {
        let mut modules = cells(&self.path(statistics))?;
        modules
            .remove(module)
            .with_context(|| format!("Yosys counted no cells of {module}"))
    }

    /// What Yosys is told for [`Job::synthesize`].
    pub fn synthesis(&self) -> String {
        let folder = self.folder.display();
        format!(
            "read_verilog {folder}/rtl/*.v\nread_verilog {folder}/wrapper.v\n\
             hierarchy -check -top {top}\n\
             # Kept apart from the wrapper until it is counted.\n\
             setattr -mod -set keep_hierarchy 1 {unit}\n\
             {synthesis} -top {top}\ntee -q -o {folder}/whole.json stat -json\n\
             {apart}setattr -mod -unset keep_hierarchy {unit}\nflatten\nclean\n\
             write_json {folder}/netlist.json\n",
            top = wrapper::TOP,
            synthesis = self.command(),
            apart =
                (self.device).before_flatten(self.unit, &self.path(UNIT_NETLIST).to_string_lossy()),
            unit = self.unit
        )
    }

    /// The netlist for nextpnr, and the unit's part of it.
    pub fn synthesize(&self) -> Result<Area> {
        Ok(Area::of(&self.synthesize_cells()?))
    }

    /// The same, the part as cells.
    pub fn synthesize_cells(&self) -> Result<Cells> {
        self.yosys("whole", &self.synthesis())?;
        let mut cells = self.cells("whole.json", self.unit)?;
        let counted = match self.device.family() {
            Family::Ice40 => Some((LOGIC_CELLS, self.logic_cells()?)),
            Family::Gowin => {
                let netlist = read(&self.path(UNIT_NETLIST))?;
                Some((LONE_FLIP_FLOPS, lone_flip_flops(&netlist, self.unit)?))
            }
            _ => None,
        };
        cells.extend(counted.map(|(name, count)| (name.to_owned(), count)));
        Ok(cells)
    }

    /// Logic cells of an iCE40 that the unit takes, as nextpnr packs it.
    fn logic_cells(&self) -> Result<u64> {
        let log = self.path("packed.log");
        let mut command = tools::command(&tools::NEXTPNR_ICE40)?;
        command
            .args(self.device.arguments(self.grade))
            .args(["--pack-only", "--json"])
            .arg(self.path(UNIT_NETLIST));
        run(command, &log)?;
        logic_cells(&read(&log)?).with_context(|| log.display().to_string())
    }

    /// Places and routes with seeds 1, 2, ..., as many at a time as there are processors.
    ///
    /// What one seed does not bring off the others may: a seed's error stands beside the results.
    pub fn place_and_route(&self, seeds: u32, bar: &Meter) -> Result<(Vec<Placed>, Vec<Failed>)> {
        let seeds: Vec<u32> = (1..=seeds).collect();
        let hopeless = AtomicBool::new(false);
        let results = parallel::each(&seeds, |seed| {
            if hopeless.load(Ordering::Relaxed) {
                return None;
            }
            bar.set_message(format!("nextpnr: seed {seed} of {}", seeds.len()));
            let result = self.place(*seed);
            // What one seed finds no room for no other will.
            let is_no_fit = |error: &Error| error.to_string().starts_with(NO_FIT);
            if result.as_ref().is_err_and(is_no_fit) {
                hopeless.store(true, Ordering::Relaxed);
            }
            Some(result)
        });
        let (mut placed, mut failed) = (Vec::new(), Vec::new());
        for (seed, result) in seeds.into_iter().zip(results) {
            match result {
                Some(Ok(result)) => placed.push(result),
                Some(Err(error)) => failed.push(Failed {
                    seed,
                    error: format!("{error:#}"),
                }),
                None => {}
            }
        }
        interrupt::check()?;
        Ok((placed, failed))
    }

    /// Places and routes with one seed; the error of what finds no room begins with [`NO_FIT`].
    pub fn place(&self, seed: u32) -> Result<Placed> {
        let part = self.device.part();
        let report = self.path(format!("nextpnr-{part}-{seed}.json"));
        let log = self.path(format!("nextpnr-{part}-{seed}.log"));
        let mut command = self.tools.nextpnr();
        command
            .arg("--quiet")
            .args(self.device.arguments(self.grade))
            .args(["--freq", &self.frequency.to_string()])
            .args(["--seed", &seed.to_string()])
            .args(["--timing-allow-fail", "--json"])
            .arg(self.path("netlist.json"))
            .arg("--report")
            .arg(&report);
        let pins = self.path(format!("{part}.pins"));
        if let Some((text, options)) = self.device.pins(&pins.to_string_lossy()) {
            fs::write(&pins, text).with_context(|| format!("cannot write {}", pins.display()))?;
            command.args(options);
        }
        if let Err(error) = run(command, &log) {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if let Some(line) = no_room(&said) {
                bail!("{NO_FIT} {part}: {line}");
            }
            return Err(error);
        }
        placed(seed, &read(&report)?).with_context(|| report.display().to_string())
    }
}

/// How the error of a design begins that finds no room.
pub const NO_FIT: &str = "does not fit";

/// A seed that came to nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failed {
    /// nextpnr's seed.
    pub seed: u32,
    /// Why.
    pub error: String,
}

impl Failed {
    /// Whether it found no room, as no other seed will.
    pub fn is_no_room(&self) -> bool {
        self.error.starts_with(NO_FIT)
    }
}

/// The line in which nextpnr says that it finds no room.
pub fn no_room(said: &str) -> Option<&str> {
    let signs = [
        "no BELs remaining",
        "Unable to find legal placement",
        "Unable to find a placement location",
        "Failed to expand region",
    ];
    said.lines()
        .find(|line| signs.iter().any(|sign| line.contains(sign)))
}

/// Hold-time violations that nextpnr counts in what it says; 0 if it does not speak of them.
pub fn hold_violations(said: &str) -> u64 {
    said.lines()
        .filter_map(|line| {
            line.split_once(" Hold/min time violations")?
                .0
                .rsplit(' ')
                .next()
        })
        .filter_map(|count| count.parse().ok())
        .next_back()
        .unwrap_or(0)
}

/// Runs a program to its end; what it says goes to a log as it says it, and its last words into the error.
pub fn run(mut command: Command, log: &Path) -> Result<()> {
    interrupt::check()?;
    let program = command.get_program().to_string_lossy().into_owned();
    let unwritten = || format!("cannot write {}", log.display());
    let file = fs::File::create(log).with_context(unwritten)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().with_context(unwritten)?)
        .stderr(file)
        .status()
        .with_context(|| format!("cannot run {program}: run scripts/setup"))?;
    interrupt::check()?;
    if !status.success() {
        let said = fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
        let said = String::from_utf8_lossy(&said);
        let errors: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("ERROR"))
            .collect();
        let words = match errors.is_empty() {
            true => said.lines().last().unwrap_or_default().to_owned(),
            false => errors.join("\n"),
        };
        bail!("{program}: {status}; see {}\n{words}", log.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_count_of_hold_violations_is_the_one_that_holds() {
        let said = "Info: 1 Hold/min time violations (showing 10 worst paths):\n\
                    Warning: Hold/min time violation for clock 'posedge clk':\n\
                    Info: 28 Hold/min time violations (showing 10 worst paths):\n";
        assert_eq!(hold_violations(said), 28);
        assert_eq!(hold_violations("Info: Program finished normally.\n"), 0);
    }
}
