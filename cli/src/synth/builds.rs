//! The area of each strategy hardwired, and of the settable build of them all, side by side.

use super::area::Area;
use super::document::Documents;
use super::flow::Job;
use super::tools::Tools;
use super::{parallel, wrapper, Arguments};
use crate::{interrupt, output, progress};
use anyhow::Result;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::Table;
use mch_spec::{Config, Strategy};
use serde::Serialize;
use std::process::ExitCode;

/// A build and what came of it.
#[derive(Serialize)]
struct Build {
    strategies: Vec<Strategy>,
    settable: bool,
    area: Option<Area>,
    /// Why there is no area.
    error: Option<String>,
}

#[derive(Serialize)]
struct Report {
    config: Config,
    builds: Vec<Build>,
}

/// Synthesizes all builds, as many at a time as there are processors.
pub fn run(arguments: &Arguments, config: &Config, tools: &Tools) -> Result<ExitCode> {
    let documents = match arguments.write_docs {
        true => Some(Documents::find()?),
        false => None,
    };
    let configs = hardwired_and_settable(config);
    for config in &configs {
        config.validate()?;
    }
    let bar = progress::count("yosys", configs.len() as u64);
    let areas = parallel::each(&configs, |config| {
        let area = synthesize(arguments, config, tools);
        bar.inc();
        area
    });
    bar.finish_and_clear();
    let builds = configs.into_iter().zip(areas).map(|(config, area)| {
        let (area, error) = match area {
            Ok(area) => (Some(area), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Build {
            strategies: config.strategies,
            settable: config.settable,
            area,
            error,
        }
    });
    let report = Report {
        config: config.clone(),
        builds: builds.collect(),
    };
    let is_whole = report.builds.iter().all(|build| build.area.is_some());
    if let Some(documents) = documents.filter(|_| is_whole) {
        documents.write_builds(&(report.table(ASCII_MARKDOWN) + "\n"))?;
    }
    match arguments.json {
        true => output::json(&report)?,
        false => output::line(report.text())?,
    }
    Ok(match (is_whole, interrupt::is_asked()) {
        (true, _) => ExitCode::SUCCESS,
        (false, true) => ExitCode::from(interrupt::EXIT_CODE),
        (false, false) => ExitCode::FAILURE,
    })
}

/// Each strategy of a configuration hardwired, then all of them settable.
pub fn hardwired_and_settable(config: &Config) -> Vec<Config> {
    let build = |strategies: &[Strategy], settable| Config {
        strategies: strategies.to_vec(),
        settable,
        link: strategies.contains(&Strategy::S2),
        ..config.clone()
    };
    let hardwired = config.strategies.iter().map(|s| build(&[*s], false));
    hardwired.chain([build(&config.strategies, true)]).collect()
}

/// What a table calls a build.
pub fn name(strategies: &[Strategy], settable: bool) -> String {
    let names: Vec<String> = strategies.iter().map(Strategy::to_string).collect();
    let kind = if settable { "settable" } else { "hardwired" };
    format!("{}, {kind}", names.join(", "))
}

/// The name of a build's folder.
pub fn folder(config: &Config) -> String {
    let kind = if config.settable {
        "settable"
    } else {
        "hardwired"
    };
    let names: Vec<String> = config.strategies.iter().map(Strategy::to_string).collect();
    format!("{kind}-{}", names.join("-"))
}

fn synthesize(arguments: &Arguments, config: &Config, tools: &Tools) -> Result<Area> {
    interrupt::check()?;
    let files = mch_hdl::generate::generate(config)?;
    let unit = super::module(&files, mch_hdl::generate::TOP)?;
    let folder = arguments.folder.join(folder(config));
    let job = Job {
        tools,
        folder: &folder,
        device: arguments.device(),
        grade: arguments.grade,
        frequency: arguments.frequency,
        area: arguments.area,
        unit: mch_hdl::generate::TOP,
    };
    job.prepare(&files, &wrapper::wrapper(&unit.text, job.unit)?)?;
    job.synthesize()
}

impl Report {
    fn table(&self, preset: &str) -> String {
        let mut table = Table::new();
        table.load_preset(preset);
        table.set_header([
            "build",
            "LUT4",
            "CCU2C",
            "DPR16X4",
            "look-up tables in all",
            "FF",
            "block RAM",
        ]);
        for build in &self.builds {
            let mut row = vec![name(&build.strategies, build.settable)];
            row.extend(match &build.area {
                Some(area) => [
                    area.lut4,
                    area.carries,
                    area.distributed_rams,
                    area.tables(),
                    area.flip_flops,
                    area.block_rams,
                ]
                .map(|count| count.to_string()),
                None => ["not measured"; 6].map(str::to_owned),
            });
            table.add_row(row);
        }
        table.to_string()
    }

    fn text(&self) -> String {
        let mut text = self.table(UTF8_FULL_CONDENSED);
        for build in &self.builds {
            if let Some(error) = &build.error {
                text += &format!("\n{:?}: {error}", build.strategies);
            }
        }
        text
    }
}
