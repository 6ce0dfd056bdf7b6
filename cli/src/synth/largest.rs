//! The largest number of blocks with which a unit fits a device, by its cells; nothing is placed.
//!
//! The whole is synthesized at the smallest size, the blocks whose memories grow with the number of blocks alone at every size, which takes
//! seconds. What these figures allow is then synthesized whole, and halved until it fits.

use super::area::Area;
use super::device::{Device, Lack};
use super::document::{Documents, LARGEST};
use super::flow::Job;
use super::tools::Tools;
use super::{builds, wrapper, Arguments};
use crate::configuration::ConfigArguments;
use crate::progress::Meter;
use crate::{interrupt, output, progress};
use anyhow::Result;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_hdl::board;
use mch_hdl::emit::VerilogFile;
use mch_hdl::generate::{generate, TOP};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// The devices of the table.
pub const DEVICES: [Device; 8] = [
    Device::Ecp5_25k,
    Device::Ecp5_85k,
    Device::Ice40Hx8k,
    Device::Ice40Up5k,
    Device::Gowin9k,
    Device::Gowin20k,
    Device::Nexus17k,
    Device::Nexus40k,
];
/// The blocks with memories that grow with the number of blocks; a unit has one of each, or none.
const STORES: [&str; 2] = ["block_store", "place_store"];
/// log2 of the fewest and the most blocks of a unit.
const BLOCK_BITS: std::ops::RangeInclusive<u32> = 10..=26;

/// The largest unit on a device.
#[derive(Clone, Debug, Serialize)]
struct Largest {
    device: Device,
    /// The largest, or the smallest where that does not fit.
    config: Config,
    /// Its area.
    area: Area,
    /// Whether it fits.
    fits: bool,
    /// What it lacks, or what one of twice as many blocks would; none: there is no larger unit.
    lacks: Vec<Lack>,
}

/// Measures all devices and builds, one synthesis at a time.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let builds = builds(arguments)?;
    let documents = match arguments.write_docs {
        true => Some(Documents::find()?),
        false => None,
    };
    let devices = match arguments.device {
        Some(device) => vec![device],
        None => DEVICES.to_vec(),
    };
    // Nothing is placed, so that any nextpnr will do; the one that packs for iCE40 is found when it is needed.
    let tools = Tools::find(devices[0].nextpnr())?;
    let mut found = Vec::new();
    let bar = progress::spinner("yosys");
    for build in builds {
        let mut search = Search {
            arguments,
            tools: &tools,
            build,
            bar: &bar,
            wholes: BTreeMap::new(),
            stores: BTreeMap::new(),
        };
        for device in &devices {
            interrupt::check()?;
            let largest = search.largest(*device)?;
            // At once: what took long must not be lost to what fails later.
            if let Some(documents) = &documents {
                documents.write_row(&LARGEST, &format!("| {} |", largest.cells().join(" | ")))?;
            }
            found.push(largest);
        }
    }
    bar.finish_and_clear();
    match arguments.json {
        true => output::json(&found)?,
        false => output::line(text(&found))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be built: the strategies asked for, or those of the table.
fn builds(arguments: &Arguments) -> Result<Vec<Config>> {
    let asked = &arguments.config;
    let build = |strategies: &[Strategy]| smallest(asked, strategies);
    match (&asked.strategies, &asked.config) {
        (Some(strategies), _) => Ok(vec![build(strategies)?]),
        (None, Some(_)) => Ok(vec![build(&[])?]),
        (None, None) => {
            let all = [Strategy::S3, Strategy::S4, Strategy::S5, Strategy::S6];
            let builds = [&[Strategy::S6][..], &[Strategy::S3], &all];
            builds.into_iter().map(build).collect()
        }
    }
}

/// The smallest unit with these strategies, if none are asked for, and all else that is asked for.
pub fn smallest(asked: &ConfigArguments, strategies: &[Strategy]) -> Result<Config> {
    let strategies = asked.strategies.as_deref().unwrap_or(strategies);
    let defaults = Config {
        // Room for 2^25 blocks of 64 bytes and their shadow.
        address_width: 32,
        strategies: strategies.to_vec(),
        settable: strategies.len() > 1,
        link: strategies.contains(&Strategy::S2),
        ..board::smallest()
    };
    let mut config = asked.resolve_over(defaults)?;
    config.memory_size = Size(config.block_size.0 << BLOCK_BITS.start());
    config.validate()?;
    Ok(config)
}

/// The search for one build. Devices that are synthesized alike share what is known.
struct Search<'a> {
    arguments: &'a Arguments,
    tools: &'a Tools,
    build: Config,
    bar: &'a Meter,
    /// The area of whole units, by Yosys' command and log2 of their blocks.
    wholes: BTreeMap<(&'static str, u32), Area>,
    /// The same for the block RAMs of the stores.
    stores: BTreeMap<(&'static str, u32), u64>,
}

impl Search<'_> {
    fn largest(&mut self, device: Device) -> Result<Largest> {
        let least = *BLOCK_BITS.start();
        let smallest = self.whole(device, least)?;
        let lacks = device.lacking(&smallest);
        if !lacks.is_empty() {
            return Ok(self.found(device, least, smallest, false, lacks));
        }
        let (mut bits, mut lacks) = (least, Vec::new());
        while self.config(bits + 1).validate().is_ok() {
            let mut larger = smallest;
            larger.block_rams = smallest.block_rams + self.stores(device, bits + 1)?
                - self.stores(device, least)?;
            lacks = device.lacking(&larger);
            if !lacks.is_empty() {
                break;
            }
            bits += 1;
        }
        loop {
            let area = self.whole(device, bits)?;
            let lacking = device.lacking(&area);
            if lacking.is_empty() {
                return Ok(self.found(device, bits, area, true, lacks));
            }
            (bits, lacks) = (bits - 1, lacking);
        }
    }

    fn found(
        &self,
        device: Device,
        bits: u32,
        area: Area,
        fits: bool,
        lacks: Vec<Lack>,
    ) -> Largest {
        let config = self.config(bits);
        Largest {
            device,
            config,
            area,
            fits,
            lacks,
        }
    }

    fn config(&self, bits: u32) -> Config {
        Config {
            memory_size: Size(self.build.block_size.0 << bits),
            ..self.build.clone()
        }
    }

    fn say(&self, device: Device, bits: u32, what: &str) {
        let (part, blocks) = (device.part(), 1u64 << bits);
        let build = builds::name(&self.build.strategies, self.build.settable);
        self.bar
            .set_message(format!("yosys: {part}, {build}, {blocks} blocks: {what}"));
    }

    fn whole(&mut self, device: Device, bits: u32) -> Result<Area> {
        let key = (device.synthesis(), bits);
        if let Some(area) = self.wholes.get(&key) {
            return Ok(*area);
        }
        self.say(device, bits, "the whole");
        let area = self.job(device, bits, |job, _| job.synthesize())?;
        self.wholes.insert(key, area);
        Ok(area)
    }

    fn stores(&mut self, device: Device, bits: u32) -> Result<u64> {
        let key = (device.synthesis(), bits);
        if let Some(rams) = self.stores.get(&key) {
            return Ok(*rams);
        }
        self.say(device, bits, "the stores");
        let rams = self.job(device, bits, |job, files| {
            let mut rams = 0;
            for store in STORES {
                if super::module(files, store).is_ok() {
                    rams += job.synthesize_memories(store)?.block_rams;
                }
            }
            Ok(rams)
        })?;
        self.stores.insert(key, rams);
        Ok(rams)
    }

    /// Writes the sources and has something done with them.
    fn job<T>(
        &self,
        device: Device,
        bits: u32,
        synthesize: impl FnOnce(&Job, &[VerilogFile]) -> Result<T>,
    ) -> Result<T> {
        let files = generate(&self.config(bits))?;
        let unit = super::module(&files, TOP)?;
        let job = Job {
            tools: self.tools,
            folder: &self.arguments.folder,
            device,
            grade: self.arguments.grade,
            frequency: self.arguments.frequency,
            area: self.arguments.area,
            unit: TOP,
        };
        job.prepare(&files, &wrapper::wrapper(&unit.text, TOP)?)?;
        synthesize(&job, &files)
    }
}

impl Largest {
    /// A row of the table of `document::LARGEST`.
    fn cells(&self) -> [String; 9] {
        let (tables, flip_flops, rams) = self.device.capacity();
        let lacks: Vec<String> = self.lacks.iter().map(|lack| lack.to_string()).collect();
        let (blocks, memory, lacks) = match (self.fits, lacks.is_empty()) {
            (false, _) => {
                let blocks = self.config.blocks();
                let none = format!("none: {blocks} lack {}", lacks.join(", "));
                (none, "-".to_owned(), "-".to_owned())
            }
            (true, is_most) => (
                self.config.blocks().to_string(),
                self.config.memory_size.to_string(),
                match is_most {
                    true => "no larger unit".to_owned(),
                    false => lacks.join(", "),
                },
            ),
        };
        [
            self.device.part().to_owned(),
            builds::name(&self.config.strategies, self.config.settable),
            format!("{} bit", self.config.data_width),
            blocks,
            memory,
            format!("{} of {tables}", self.area.tables()),
            format!("{} of {flip_flops}", self.area.flip_flops),
            format!("{} of {rams}", self.area.block_rams),
            lacks,
        ]
    }
}

fn text(found: &[Largest]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let header = LARGEST.header.trim_matches('|').split('|').map(str::trim);
    table.set_header(header);
    for largest in found {
        table.add_row(largest.cells());
    }
    table.to_string()
}
