//! The table of the smallest unit on all families.

use super::builds;
use super::document::FAMILIES;
use super::families::{Entry, OnDevice, Report};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;

/// A row of the table of `document::FAMILIES`.
pub fn row(entry: &Entry) -> String {
    format!("| {} |", entry.cells().join(" | "))
}

/// For people.
pub fn text(report: &Report) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let header = FAMILIES.header.trim_matches('|').split('|').map(str::trim);
    table.set_header(header);
    for entry in &report.entries {
        table.add_row(entry.cells());
    }
    let mut text = table.to_string();
    for entry in &report.entries {
        let build = builds::name(&entry.strategies, entry.settable);
        if let Some(error) = &entry.error {
            text += &format!("\n{}, {build}: {error}", entry.family);
        }
        for on in &entry.devices {
            for failed in &on.failed {
                let (part, seed) = (on.device.part(), failed.seed);
                text += &format!("\n{part}, {build}, seed {seed}: {}", failed.error);
            }
        }
    }
    if report.interrupted {
        text += "\ninterrupted: what is not measured, and clocks that are missing, the same command goes on with";
    }
    text
}

impl Entry {
    fn cells(&self) -> [String; 9] {
        let counts = match &self.area {
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
        };
        let [tables, carries, rams, all, flip_flops, blocks] = counts;
        let devices: Vec<String> = self.devices.iter().map(OnDevice::text).collect();
        [
            self.family.to_string(),
            builds::name(&self.strategies, self.settable),
            tables,
            carries,
            rams,
            all,
            flip_flops,
            blocks,
            devices.join("; "),
        ]
    }
}

impl OnDevice {
    /// Whether it fits, and its clock or what is lacking.
    fn text(&self) -> String {
        let part = self.device.part();
        let lacks: Vec<String> = self.lacks.iter().map(|lack| lack.to_string()).collect();
        let no_room = self.failed.iter().any(|failed| failed.is_no_room());
        match (self.fits, self.fmax_median, self.seeds.len()) {
            (None, ..) => format!("{part}: not measured"),
            (Some(false), ..) => format!("{part} lacks: {}", lacks.join(", ")),
            (_, Some(clock), 1) => format!("{part}: {clock:.1} MHz"),
            (_, Some(clock), seeds) => format!("{part}: {clock:.1} MHz, median of {seeds} seeds"),
            (_, None, _) if no_room => format!("{part}: holds the cells, nextpnr finds no room"),
            _ => format!("{part}: fits"),
        }
    }
}
