//! Running Yosys and nextpnr, and reading what they write.

use super::device::Device;
use super::tools::Tools;
use super::{read, wrapper};
use crate::interrupt;
use crate::progress::Meter;
use anyhow::{bail, ensure, Context, Result};
use mch_hdl::emit::{write_files, VerilogFile};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    /// The module measured.
    pub unit: &'a str,
}

/// Cells of a module by type, its instances of other modules among them.
pub type Cells = BTreeMap<String, u64>;

/// Primitives used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Area {
    /// LUT4.
    pub lut4: u64,
    /// CCU2C, two bits of carry chain, in the place of two LUT4.
    pub carries: u64,
    /// TRELLIS_FF.
    pub flip_flops: u64,
    /// TRELLIS_DPR16X4, distributed RAM, in the place of six LUT4.
    pub distributed_rams: u64,
    /// DP16KD.
    pub block_rams: u64,
}

impl Area {
    /// The primitives among cells.
    pub fn of(cells: &Cells) -> Area {
        let count = |name: &str| cells.get(name).copied().unwrap_or_default();
        Area {
            lut4: count("LUT4"),
            carries: count("CCU2C"),
            flip_flops: count("TRELLIS_FF"),
            distributed_rams: count("TRELLIS_DPR16X4"),
            block_rams: count("DP16KD"),
        }
    }

    /// Look-up tables taken in all.
    pub fn tables(&self) -> u64 {
        self.lut4 + 2 * self.carries + 6 * self.distributed_rams
    }

    /// Adds another, a number of times.
    pub fn add(&mut self, other: &Area, times: u64) {
        self.lut4 += times * other.lut4;
        self.carries += times * other.carries;
        self.flip_flops += times * other.flip_flops;
        self.distributed_rams += times * other.distributed_rams;
        self.block_rams += times * other.block_rams;
    }
}

/// One placed and routed result.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// nextpnr's seed.
    pub seed: u32,
    /// The fastest clock, in MHz.
    pub fmax: f64,
    /// The longest path: its start, its end, and the look-up tables and the like on it.
    pub critical: Option<Critical>,
}

/// The longest path between two registers.
#[derive(Clone, Debug, Serialize)]
pub struct Critical {
    /// The cell that it starts from.
    pub from: String,
    /// The cell that it ends at.
    pub to: String,
    /// Cells that it passes through.
    pub levels: usize,
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

    /// Cells of every module, none dissolved in another.
    pub fn synthesize_blocks(&self) -> Result<BTreeMap<String, Cells>> {
        let folder = self.folder.display();
        let script = format!(
            "read_verilog {folder}/rtl/*.v\nsynth_ecp5 -noflatten -top {}\ntee -q -o {folder}/blocks.json stat -json\n",
            self.unit
        );
        self.yosys("blocks", &script)?;
        cells(&self.path("blocks.json"))
    }

    /// The netlist for nextpnr, and the unit's part of it.
    pub fn synthesize(&self) -> Result<Area> {
        let folder = self.folder.display();
        let script = format!(
            "read_verilog {folder}/rtl/*.v\nread_verilog {folder}/wrapper.v\n\
             hierarchy -check -top {top}\n\
             # Kept apart from the wrapper until it is counted.\n\
             setattr -mod -set keep_hierarchy 1 {unit}\n\
             synth_ecp5 -top {top}\ntee -q -o {folder}/whole.json stat -json\n\
             setattr -mod -unset keep_hierarchy {unit}\nflatten\nclean\n\
             write_json {folder}/netlist.json\n",
            top = wrapper::TOP,
            unit = self.unit
        );
        self.yosys("whole", &script)?;
        let modules = cells(&self.path("whole.json"))?;
        let cells = modules
            .get(self.unit)
            .with_context(|| format!("Yosys counted no cells of {}", self.unit))?;
        Ok(Area::of(cells))
    }

    /// Places and routes with seeds 1, 2, ..., as many at a time as there are processors.
    pub fn place_and_route(&self, seeds: u32, bar: &Meter) -> Result<Vec<Placed>> {
        let at_a_time = std::thread::available_parallelism().map_or(1, |count| count.get());
        let seeds: Vec<u32> = (1..=seeds).collect();
        let mut placed = Vec::new();
        for group in seeds.chunks(at_a_time) {
            interrupt::check()?;
            bar.set_message(format!("nextpnr: seed {} of {}", group[0], seeds.len()));
            let results: Vec<Result<Placed>> = std::thread::scope(|scope| {
                let threads: Vec<_> = group
                    .iter()
                    .map(|seed| scope.spawn(|| self.place(*seed)))
                    .collect();
                let results = threads.into_iter().map(|thread| thread.join());
                results
                    .map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            for result in results {
                placed.push(result?);
            }
        }
        Ok(placed)
    }

    fn place(&self, seed: u32) -> Result<Placed> {
        let report = self.path(format!("nextpnr-{seed}.json"));
        let log = self.path(format!("nextpnr-{seed}.log"));
        let mut command = self.tools.nextpnr();
        command
            .args(["--quiet", self.device.flag(), "--package", "CABGA381"])
            .args(["--speed", &self.grade.to_string()])
            .args(["--freq", &self.frequency.to_string()])
            .args(["--seed", &seed.to_string()])
            .args(["--lpf-allow-unconstrained", "--timing-allow-fail", "--json"])
            .arg(self.path("netlist.json"))
            .arg("--report")
            .arg(&report);
        if let Err(error) = run(command, &log) {
            let said = fs::read_to_string(&log).unwrap_or_default();
            if let Some(line) = said.lines().find(|line| line.contains("no BELs remaining")) {
                bail!("does not fit {}: {line}", self.device.part());
            }
            return Err(error);
        }
        placed(seed, &read(&report)?).with_context(|| report.display().to_string())
    }
}

/// Runs a program to its end; what it says goes to a log, and its last words into the error.
fn run(mut command: Command, log: &Path) -> Result<()> {
    interrupt::check()?;
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {program}: run scripts/setup"))?;
    let said = [output.stdout, output.stderr].concat();
    fs::write(log, &said).with_context(|| format!("cannot write {}", log.display()))?;
    interrupt::check()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&said);
        let errors: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("ERROR"))
            .collect();
        let words = match errors.is_empty() {
            true => said.lines().last().unwrap_or_default().to_owned(),
            false => errors.join("\n"),
        };
        bail!(
            "{program}: {}; see {}\n{words}",
            output.status,
            log.display()
        );
    }
    Ok(())
}

/// The modules and their cells in what `stat -json` writes.
fn cells(path: &Path) -> Result<BTreeMap<String, Cells>> {
    #[derive(Deserialize)]
    struct Statistics {
        modules: BTreeMap<String, Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        num_cells_by_type: BTreeMap<String, Value>,
    }
    let text = read(path)?;
    let statistics: Statistics =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let modules = statistics.modules.into_iter().map(|(name, module)| {
        let cells = module.num_cells_by_type.into_iter();
        let cells = cells.map(|(name, count)| (name, count_of(&count)));
        (name.trim_start_matches('\\').to_owned(), cells.collect())
    });
    Ok(modules.collect())
}

/// A count; newer versions of Yosys write more than the number.
fn count_of(value: &Value) -> u64 {
    let number = value.get("count").unwrap_or(value);
    number.as_u64().unwrap_or_default()
}

/// nextpnr's report.
fn placed(seed: u32, text: &str) -> Result<Placed> {
    let report: Value = serde_json::from_str(text)?;
    let clocks = report["fmax"].as_object().context("there is no fmax")?;
    let fmax = clocks
        .values()
        .filter_map(|clock| clock["achieved"].as_f64())
        .fold(f64::INFINITY, f64::min);
    ensure!(fmax.is_finite(), "there is no clock");
    // Paths from or to a pin belong to the wrapper.
    let is_internal = |path: &&Value| {
        let ends = [&path["from"], &path["to"]];
        ends.iter()
            .all(|end| end.as_str().is_some_and(|end| end.starts_with("posedge")))
    };
    let paths = report["critical_paths"].as_array();
    let critical = paths.and_then(|paths| paths.iter().find(is_internal));
    Ok(Placed {
        seed,
        fmax,
        critical: critical.and_then(critical_path),
    })
}

fn critical_path(path: &Value) -> Option<Critical> {
    let steps = path["path"].as_array()?;
    let cell = |step: Option<&Value>, end: &str| -> Option<String> {
        Some(step?[end]["cell"].as_str()?.to_owned())
    };
    Some(Critical {
        from: cell(steps.first(), "from").or(cell(steps.first(), "to"))?,
        to: cell(steps.last(), "to")?,
        levels: steps.iter().filter(|step| step["type"] == "logic").count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_clock_and_path() -> Result<()> {
        let text = r#"{"fmax":{"$glbnet$clk":{"achieved":101.5,"constraint":100}},"critical_paths":[
            {"from":"<async>","to":"posedge clk","path":[]},
            {"from":"posedge clk","to":"posedge clk","path":[
              {"type":"clk-to-q","from":{"cell":"a","port":"CLK"},"to":{"cell":"a","port":"Q"}},
              {"type":"routing","from":{"cell":"a","port":"Q"},"to":{"cell":"l","port":"A"}},
              {"type":"logic","from":{"cell":"l","port":"A"},"to":{"cell":"l","port":"F"}},
              {"type":"setup","from":{"cell":"b","port":"D"},"to":{"cell":"b","port":"CLK"}}]}]}"#;
        let placed = placed(3, text)?;
        let critical = placed.critical.context("a path")?;
        assert_eq!((placed.seed, placed.fmax), (3, 101.5));
        assert_eq!(
            (
                critical.from.as_str(),
                critical.to.as_str(),
                critical.levels
            ),
            ("a", "b", 1)
        );
        Ok(())
    }

    #[test]
    fn counts_of_old_and_new_yosys_are_read() {
        assert_eq!(count_of(&serde_json::json!(7)), 7);
        assert_eq!(count_of(&serde_json::json!({"count": 8, "area": 1.0})), 8);
    }
}
