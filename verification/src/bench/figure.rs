//! What a benchmark found, beside what it should have found.

use serde::{Deserialize, Serialize};

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
    /// Nothing: the figure is reported.
    None,
}

impl Target {
    /// Whether a value is what it should be; `None` without a target.
    pub fn met_by(self, value: f64) -> Option<bool> {
        match self {
            Target::AtLeast(least) => Some(value >= least),
            Target::AtMost(most) => Some(value <= most),
            Target::None => None,
        }
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A ratio, 1 at best.
    Ratio,
    /// A part of a whole, told in hundredths.
    Percent,
    /// Clock cycles.
    Cycles,
    /// Clock cycles or events, a mean over many.
    MeanCycles,
    /// Things.
    Count,
    /// Simulated clock cycles per second of processor time.
    CyclesPerSecond,
}

impl Unit {
    /// A value as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Unit::Ratio => format!("{value:.3}"),
            Unit::Percent => format!("{:.2} %", value * 100.0),
            Unit::Cycles | Unit::Count => format!("{value:.0}"),
            Unit::MeanCycles => format!("{value:.2}"),
            Unit::CyclesPerSecond => format!("{:.0} k/s", value / 1e3),
        }
    }
}

/// One measured value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was built and what was asked of it.
    pub setting: String,
    /// The memory's latency in cycles, if the figure was taken at several.
    pub latency: Option<u32>,
    /// What was measured.
    pub quantity: String,
    /// The value.
    pub measured: f64,
    /// Its unit.
    pub unit: Unit,
    /// The best value that is possible at all, with latencies and the design's own beats (headers) counted in, where that is not 1.
    pub bound: Option<f64>,
    /// What it should be.
    pub target: Target,
    /// Whether it is; `None` without a target.
    pub met: Option<bool>,
}

impl Figure {
    /// A value beside its target.
    pub fn new(
        setting: impl Into<String>,
        quantity: impl Into<String>,
        measured: f64,
        unit: Unit,
        target: Target,
    ) -> Figure {
        Figure {
            setting: setting.into(),
            latency: None,
            quantity: quantity.into(),
            measured,
            unit,
            bound: None,
            target,
            met: target.met_by(measured),
        }
    }

    /// The same, taken at a latency of the memory in cycles.
    pub fn at_latency(self, latency: u32) -> Figure {
        Figure {
            latency: Some(latency),
            ..self
        }
    }

    /// Whether the best possible misses the target, so that no design could meet it in this setting.
    pub fn is_out_of_reach(&self) -> bool {
        self.bound.and_then(|bound| self.target.met_by(bound)) == Some(false)
    }

    /// Whether the target is missed and could be met.
    pub fn is_missed(&self) -> bool {
        self.met == Some(false) && !self.is_out_of_reach()
    }

    /// The same with the best possible value.
    pub fn bounded(self, bound: f64) -> Figure {
        Figure {
            bound: Some(bound),
            ..self
        }
    }
}

/// Figures that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Names the table in documents, in lower case with hyphens.
    pub name: String,
    /// A title for people.
    pub title: String,
    /// The physical limit that figures are held against, and how they were taken.
    pub definition: String,
    /// The figures.
    pub figures: Vec<Figure>,
    /// Whether all of them have been taken.
    pub complete: bool,
}

impl Table {
    /// An empty table.
    pub fn new(name: &str, title: &str, definition: &str) -> Table {
        Table {
            name: name.to_string(),
            title: title.to_string(),
            definition: definition.to_string(),
            figures: Vec::new(),
            complete: false,
        }
    }

    /// The figures whose target was missed, though it could be met.
    pub fn missed(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(|one| one.is_missed())
    }
}

/// Everything that `mch bench` found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// The tables, in the order of their measurement.
    pub tables: Vec<Table>,
}

impl BenchReport {
    /// The figures whose target was missed, though it could be met, each with its table.
    pub fn missed(&self) -> impl Iterator<Item = (&Table, &Figure)> {
        let of = |table| Table::missed(table).map(move |figure| (table, figure));
        self.tables.iter().flat_map(of)
    }
}

/// The cycles that work with this payload takes at best: reads and writes travel side by side.
pub fn port_limit(read_beats: u64, write_beats: u64) -> u64 {
    read_beats.max(write_beats)
}

/// The port's limit over the cycles that the work took.
pub fn efficiency(read_beats: u64, write_beats: u64, cycles: u64) -> f64 {
    port_limit(read_beats, write_beats) as f64 / cycles as f64
}
