//! What synthesis found, as a table and as JSON.

use super::area::Area;
use super::blocks::BlockFigures;
use super::device::Family;
use super::flow::Job;
use super::placed::{median, Placed};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;
use mch_spec::Config;
use serde::Serialize;

/// All figures of a unit on a device.
#[derive(Serialize)]
pub struct Report {
    unit: String,
    device: super::Device,
    grade: u32,
    /// The clock aimed at, in MHz.
    frequency: u32,
    /// Few look-up tables were asked for.
    few_tables: bool,
    config: Config,
    area: Area,
    /// Clocks in MHz over the seeds.
    fmax_median: Option<f64>,
    fmax_least: Option<f64>,
    fmax_most: Option<f64>,
    seeds: Vec<Placed>,
    /// What the device lacks, or why a seed came to nothing; none: the figures are whole.
    problems: Vec<String>,
    /// Of a synthesis that keeps the blocks apart; the whole is a little smaller than their sum.
    blocks: Vec<BlockFigures>,
}

impl Report {
    /// One instance of a block, with all that is inside.
    pub fn block(&self, name: &str) -> Option<&Area> {
        let found = self.blocks.iter().find(|figures| figures.module == name);
        found.map(|figures| &figures.each)
    }

    /// Whether the blocks were measured.
    pub fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// The whole, as a row of the table of `document::AREA`.
    pub fn row(&self) -> String {
        let config = &self.config;
        let mut build: Vec<String> = config.strategies.iter().map(|s| s.to_string()).collect();
        let features = [
            (config.settable, "settable"),
            (config.compact, "compact"),
            (!config.counters, "no counters"),
            (!config.read_register, "no read register"),
            (config.error_correction, "error correction"),
            (self.few_tables, "`--area`"),
        ];
        build.extend(features.iter().filter(|f| f.0).map(|f| f.1.to_owned()));
        let area = &self.area;
        format!(
            "| {}{} | {} | {} bit | {} | {} | {} of {} B | {} | {} | {} | {} | {} | {:.1} | {:.1} to {:.1} | {} |",
            self.device.part(),
            self.device.grade(self.grade),
            build.join(", "),
            config.data_width,
            config.ports,
            config.guests,
            config.blocks(),
            config.block_bytes(),
            area.lut4,
            area.carries,
            area.flip_flops,
            area.distributed_rams,
            area.block_rams,
            self.fmax_median.unwrap_or_default(),
            self.fmax_least.unwrap_or_default(),
            self.fmax_most.unwrap_or_default(),
            self.seeds.len()
        )
    }

    /// Puts the figures together.
    pub fn new(
        job: &Job,
        config: &Config,
        area: Area,
        blocks: Vec<BlockFigures>,
        seeds: Vec<Placed>,
        problems: Vec<String>,
    ) -> Report {
        let clocks = seeds.iter().map(|placed| placed.fmax);
        Report {
            unit: job.unit.to_owned(),
            device: job.device,
            grade: job.grade,
            frequency: job.frequency,
            few_tables: job.area,
            config: config.clone(),
            area,
            fmax_median: median(&seeds),
            fmax_least: clocks.clone().min_by(f64::total_cmp),
            fmax_most: clocks.max_by(f64::total_cmp),
            seeds,
            problems,
            blocks,
        }
    }

    /// Whether the design fits and every seed was placed and routed.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty() && !self.seeds.is_empty()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_header(self.device.header());
        let mut row = |name: &str, instances: u64, area: &Area| {
            table.add_row([
                name.to_owned(),
                instances.to_string(),
                area.lut4.to_string(),
                area.carries.to_string(),
                area.flip_flops.to_string(),
                area.distributed_rams.to_string(),
                area.block_rams.to_string(),
            ]);
        };
        row(&format!("{} (whole)", self.unit), 1, &self.area);
        for block in &self.blocks {
            row(&block.module, block.instances, &block.each);
        }
        let mut text = format!("{table}\n");
        let count = self.seeds.len();
        text += &format!("{}{}", self.device.part(), self.device.grade(self.grade));
        if let (Some(median), Some(least), Some(most)) =
            (self.fmax_median, self.fmax_least, self.fmax_most)
        {
            text += &format!(
                ", {} MHz asked: {median:.1} MHz, median of {count} seeds, {least:.1} to {most:.1}",
                self.frequency
            );
        }
        let taken = self.area.tables();
        match self.device.family() {
            Family::Ice40 => text += &format!(", {taken} logic cells as nextpnr packs them"),
            Family::Gowin => {
                text += &format!(
                ", {taken} look-up tables in all, those among them that only lead to a flip-flop"
            )
            }
            _ => {}
        }
        for problem in &self.problems {
            text += &format!("\nincomplete: {problem}");
        }
        let slowest = self.seeds.iter().min_by(|a, b| a.fmax.total_cmp(&b.fmax));
        if let Some(critical) = slowest.and_then(|placed| placed.critical.as_ref()) {
            text += &format!(
                "\nlongest path of the slowest: {} to {}, through {} cells",
                critical.from, critical.to, critical.levels
            );
        }
        text
    }
}
