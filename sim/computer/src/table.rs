//! A run as a table for people.

use crate::report::{Durations, RunReport};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::Table;

impl RunReport {
    /// A column for each computer; with an undisturbed run of the same jobs, the comparison too.
    pub fn table(&self, undisturbed: Option<&RunReport>) -> String {
        let strategy = match self.strategy {
            Some(strategy) => format!("{strategy}, seed {}", self.seed),
            None => "no checkpoints".to_owned(),
        };
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_header(
            std::iter::once(strategy)
                .chain((0..self.computers.len()).map(|number| format!("computer {number}"))),
        );
        let mut row = |name: &str, value: &dyn Fn(usize) -> String| {
            let values = (0..self.computers.len()).map(value);
            table.add_row(std::iter::once(name.to_owned()).chain(values));
        };
        let computer = |number: usize| &self.computers[number];
        row("program", &|n| {
            format!(
                "{} {}",
                computer(n).job.program.name(),
                computer(n).job.scale
            )
        });
        row("answer", &|n| {
            let verdict = if computer(n).is_right() {
                "right"
            } else {
                "WRONG"
            };
            format!("{:08x} {verdict}", computer(n).answer)
        });
        row("cycles", &|n| computer(n).cycles.to_string());
        row("checkpoints", &|n| computer(n).checkpoints.to_string());
        row("faults", &|n| computer(n).faults.to_string());
        row("wild writes (refused)", &|n| {
            format!(
                "{} ({})",
                computer(n).wild_writes,
                computer(n).wild_writes_refused
            )
        });
        row("rollbacks", &|n| computer(n).rollbacks.to_string());
        row("starts from the image", &|n| {
            (1 + computer(n).restarts).to_string()
        });
        row("blocks copied", &|n| computer(n).blocks_copied.to_string());
        row("log entries", &|n| computer(n).log_entries.to_string());
        row("commit, mean (max) cycles", &|n| {
            durations(&computer(n).commits)
        });
        row("rendezvous, mean (max) cycles", &|n| {
            durations(&computer(n).rendezvous)
        });
        row("outage, mean (max) cycles", &|n| {
            durations(&computer(n).outages)
        });
        if let Some(undisturbed) = undisturbed {
            let comparison = self.against(undisturbed);
            row("later than undisturbed, cycles", &|n| {
                comparison[n].delay.to_string()
            });
            row("bytes that differ", &|n| {
                comparison[n].differing_bytes.to_string()
            });
        }
        table.to_string()
    }
}

fn durations(durations: &Durations) -> String {
    format!("{:.0} ({})", durations.mean(), durations.max)
}
