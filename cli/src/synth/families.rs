//! The smallest unit on all families: the area of each strategy hardwired and of all of them settable, the devices that hold it, and its
//! clock there.
//!
//! What has been measured is kept in the folder at once, with a hash of what it is of: Verilog, wrapper, commands, versions of the tools.

use super::area::{Area, Cells};
use super::device::{Device, Family, Lack};
use super::document::{Documents, FAMILIES};
use super::flow::{Failed, Job, NO_FIT};
use super::kept::Kept;
use super::placed::{median, Placed};
use super::tools::Tools;
use super::{builds, families_table, largest, parallel, wrapper, Arguments};
use crate::configuration::strategy;
use crate::progress::Meter;
use crate::{interrupt, output, progress};
use anyhow::{ensure, Result};
use mch_hdl::emit::VerilogFile;
use mch_hdl::generate::{generate, TOP};
use mch_spec::{Config, Strategy};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::ExitCode;

/// Which builds are to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    /// All of them.
    All,
    /// That of all strategies.
    Settable,
    /// That of one.
    Hardwired(Strategy),
}

/// Parses the name of a build.
pub fn placing(text: &str) -> Result<Placing, String> {
    match text {
        "all" => Ok(Placing::All),
        "settable" => Ok(Placing::Settable),
        _ => strategy(text)
            .map(Placing::Hardwired)
            .map_err(|error| format!("{error}, settable, all")),
    }
}

impl Placing {
    fn names(self, config: &Config) -> bool {
        match self {
            Placing::All => true,
            Placing::Settable => config.settable,
            Placing::Hardwired(strategy) => !config.settable && config.strategies == [strategy],
        }
    }
}

/// A build in a family.
#[derive(Serialize)]
pub struct Entry {
    pub family: Family,
    pub strategies: Vec<Strategy>,
    pub settable: bool,
    /// None: it was not measured.
    pub area: Option<Area>,
    /// Why not.
    pub error: Option<String>,
    pub devices: Vec<OnDevice>,
}

/// A build on a device.
#[derive(Serialize)]
pub struct OnDevice {
    pub device: Device,
    /// Whether it holds the build, by its cells; None: it was not measured.
    pub fits: Option<bool>,
    pub lacks: Vec<Lack>,
    /// Clock in MHz, over the seeds that were placed.
    pub fmax_median: Option<f64>,
    pub seeds: Vec<Placed>,
    /// Seeds that came to nothing.
    pub failed: Vec<Failed>,
}

#[derive(Serialize)]
pub struct Report {
    /// The smallest unit, with all strategies.
    pub config: Config,
    /// The clock aimed at, in MHz.
    pub frequency: u32,
    /// Whether Ctrl-C left something out.
    pub interrupted: bool,
    pub entries: Vec<Entry>,
}

/// What placement of a seed came to, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
enum Outcome {
    Placed(Placed),
    NoRoom(String),
}

/// A build, and its Verilog.
struct Build {
    config: Config,
    files: Vec<VerilogFile>,
    wrapper: String,
}

/// A build in a family, to be measured.
struct Task<'a> {
    tools: &'a Tools,
    devices: Vec<Device>,
    build: &'a Build,
    is_placed: bool,
}

/// Measures what has not been measured, and tells all.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let asked = &arguments.config;
    let is_table = arguments.device.is_none() && asked.is_empty();
    ensure!(
        !arguments.write_docs || is_table,
        "--write-docs: the table of docs/performance.md is of all devices and strategies in the smallest unit; leave --device and the \
         configuration out, what they have measured is taken up"
    );
    let documents = match arguments.write_docs {
        true => Some(Documents::find()?),
        false => None,
    };
    let config = largest::smallest(asked, &Strategy::ALL)?;
    let configs = match &config.strategies[..] {
        [_] => vec![config.clone()],
        _ => builds::hardwired_and_settable(&config),
    };
    let builds: Result<Vec<Build>> = parallel::each(&configs, Build::new).into_iter().collect();
    let builds = builds?;
    let mut tools: Vec<(Tools, Vec<Device>)> = Vec::new();
    for device in arguments
        .device
        .map_or(largest::DEVICES.to_vec(), |d| vec![d])
    {
        let family =
            |(_, devices): &&mut (Tools, Vec<Device>)| devices[0].family() == device.family();
        match tools.iter_mut().find(family) {
            Some((_, devices)) => devices.push(device),
            None => tools.push((Tools::find(device.nextpnr())?, vec![device])),
        }
    }
    let tasks: Vec<Task> = (tools.iter())
        .flat_map(|(tools, devices)| {
            builds.iter().map(|build| Task {
                tools,
                devices: devices.clone(),
                build,
                is_placed: arguments
                    .place
                    .iter()
                    .any(|place| place.names(&build.config)),
            })
        })
        .collect();
    let entries = measure(arguments, &tasks);
    let report = Report {
        config,
        frequency: arguments.frequency,
        interrupted: interrupt::is_asked(),
        entries,
    };
    let is_whole = report.entries.iter().all(|entry| entry.area.is_some());
    // Line by line: what is not measured stays as it is.
    for entry in report.entries.iter().filter(|entry| entry.area.is_some()) {
        if let Some(documents) = &documents {
            documents.write_row(&FAMILIES, &families_table::row(entry))?;
        }
    }
    match arguments.json {
        true => output::json(&report)?,
        false => output::line(families_table::text(&report))?,
    }
    Ok(match (is_whole, report.interrupted) {
        (_, true) => ExitCode::from(interrupt::EXIT_CODE),
        (true, false) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

/// First all areas, then what is to be placed and fits, with every seed.
fn measure(arguments: &Arguments, tasks: &[Task]) -> Vec<Entry> {
    let bar = progress::count("yosys", tasks.len() as u64);
    let areas = parallel::each(tasks, |task| {
        let area = task.area(arguments, &bar);
        bar.inc();
        area
    });
    bar.finish_and_clear();
    let mut entries = Vec::new();
    let mut runs = Vec::new();
    for (index, (task, area)) in tasks.iter().zip(areas).enumerate() {
        let key = area.as_ref().map_or(String::new(), |(_, key)| key.clone());
        let entry = task.entry(area);
        for (place, on) in entry.devices.iter().enumerate() {
            if on.fits == Some(true) {
                let device = on.device;
                let run = |seed| Run {
                    task,
                    key: key.clone(),
                    index,
                    place,
                    device,
                    seed,
                };
                runs.extend((1..=arguments.seeds).map(run));
            }
        }
        entries.push(entry);
    }
    let bar = progress::count("nextpnr", runs.len() as u64);
    let outcomes = parallel::each(&runs, |run| {
        let outcome = run.outcome(arguments, &bar);
        bar.inc();
        outcome
    });
    bar.finish_and_clear();
    for (run, outcome) in runs.into_iter().zip(outcomes) {
        let on = &mut entries[run.index].devices[run.place];
        let seed = run.seed;
        match outcome {
            Ok(Some(Outcome::Placed(placed))) => on.seeds.push(placed),
            Ok(Some(Outcome::NoRoom(error))) => on.failed.push(Failed { seed, error }),
            Ok(None) => {}
            Err(error) => on.failed.push(Failed {
                seed,
                error: format!("{error:#}"),
            }),
        }
        on.fmax_median = median(&on.seeds);
    }
    entries
}

impl Build {
    fn new(config: &Config) -> Result<Build> {
        let files = generate(config)?;
        let wrapper = wrapper::wrapper(&super::module(&files, TOP)?.text, TOP)?;
        Ok(Build {
            config: config.clone(),
            files,
            wrapper,
        })
    }

    fn name(&self) -> String {
        builds::name(&self.config.strategies, self.config.settable)
    }
}

impl Task<'_> {
    fn family(&self) -> Family {
        self.devices[0].family()
    }

    /// The device whose command serves the family, whichever of its devices are asked for.
    fn first(&self) -> Device {
        let of_family = |device: &&Device| device.family() == self.family();
        let first = largest::DEVICES.iter().find(of_family);
        *first.unwrap_or(&self.devices[0])
    }

    fn folder(&self, arguments: &Arguments) -> PathBuf {
        let name = format!("{}-{}", self.family(), builds::folder(&self.build.config));
        arguments.folder.join("families").join(name.to_lowercase())
    }

    fn job<'a>(&'a self, arguments: &Arguments, folder: &'a PathBuf, device: Device) -> Job<'a> {
        Job {
            tools: self.tools,
            folder,
            device,
            grade: arguments.grade,
            frequency: arguments.frequency,
            area: arguments.area,
            unit: TOP,
        }
    }

    /// The area as it was kept, with its key; or by Yosys, whose netlist must be there if it is to be placed.
    fn area(&self, arguments: &Arguments, bar: &Meter) -> Result<(Area, String)> {
        let Build { files, wrapper, .. } = self.build;
        let folder = self.folder(arguments);
        let job = self.job(arguments, &folder, self.first());
        let script = job.synthesis();
        let mut parts = vec![&self.tools.yosys_version, &script, wrapper];
        parts.extend(files.iter().flat_map(|file| [&file.name, &file.text]));
        let kept = Kept::new(
            folder.join("cells.json"),
            parts.into_iter().map(String::as_str),
        );
        let is_enough = !self.is_placed || folder.join("netlist.json").exists();
        // Cells, not the area: how they are counted belongs to this program.
        if let Some(cells) = kept.result::<Cells>().filter(|_| is_enough) {
            return Ok((Area::of(&cells), kept.key().to_owned()));
        }
        interrupt::check()?;
        let build = self.build.name();
        bar.set_message(format!("yosys: {}, {build}", self.family()));
        job.prepare(files, wrapper)?;
        let cells = job.synthesize_cells()?;
        kept.keep(&cells)?;
        Ok((Area::of(&cells), kept.key().to_owned()))
    }

    fn entry(&self, area: Result<(Area, String)>) -> Entry {
        let (area, error) = match area {
            Ok((area, _)) => (Some(area), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        let on = |device: &Device| {
            let lacks = area.as_ref().map(|area| device.lacking(area));
            OnDevice {
                device: *device,
                fits: lacks.as_ref().map(Vec::is_empty),
                lacks: lacks.unwrap_or_default(),
                fmax_median: None,
                seeds: Vec::new(),
                failed: Vec::new(),
            }
        };
        Entry {
            family: self.family(),
            strategies: self.build.config.strategies.clone(),
            settable: self.build.config.settable,
            devices: self.devices.iter().map(on).collect(),
            area,
            error,
        }
    }
}

/// A placement of a build on a device.
struct Run<'a> {
    task: &'a Task<'a>,
    /// What its netlist is of.
    key: String,
    /// Its entry, and its device there.
    index: usize,
    place: usize,
    device: Device,
    seed: u32,
}

impl Run<'_> {
    /// What it came to, as it was kept; or by nextpnr, if the build is to be placed.
    fn outcome(&self, arguments: &Arguments, bar: &Meter) -> Result<Option<Outcome>> {
        let (task, seed, part) = (self.task, self.seed, self.device.part());
        let folder = task.folder(arguments);
        let mut parts = vec![self.key.clone(), task.tools.nextpnr_version.clone()];
        parts.extend(self.device.arguments(arguments.grade));
        parts.extend([seed, arguments.frequency].map(|number| number.to_string()));
        let path = folder.join(format!("placed-{part}-{seed}.json"));
        let kept = Kept::new(path, parts.iter().map(String::as_str));
        let known: Option<Outcome> = kept.result();
        if known.is_some() || !task.is_placed {
            return Ok(known);
        }
        interrupt::check()?;
        let build = task.build.name();
        bar.set_message(format!("nextpnr: {part}, {build}, seed {seed}"));
        let outcome = match task.job(arguments, &folder, self.device).place(seed) {
            Ok(placed) => Outcome::Placed(placed),
            Err(error) if error.to_string().starts_with(NO_FIT) => {
                Outcome::NoRoom(error.to_string())
            }
            Err(error) => return Err(error),
        };
        kept.keep(&outcome)?;
        Ok(Some(outcome))
    }
}
