//! Figures laid out for people: a row for each thing measured, a column for each latency.

use super::figure::{Figure, Table, Target};

/// One field of a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// Whether a target was missed here.
    pub missed: bool,
}

/// Rows of fields under a header of as many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            missed: false,
        }
    }

    fn of(figure: &Figure) -> Cell {
        let measured = figure.unit.show(figure.measured);
        let bound = figure.bound.map(|bound| figure.unit.show(bound));
        Cell {
            text: bound.map_or(measured.clone(), |bound| format!("{measured} ({bound})")),
            missed: figure.met == Some(false),
        }
    }
}

/// The table's figures: those that were taken once, then those that were taken at several latencies.
pub fn grids(table: &Table) -> Vec<Grid> {
    let (many, once): (Vec<_>, Vec<_>) = table
        .figures
        .iter()
        .partition(|figure| figure.latency.is_some());
    let mut grids = Vec::new();
    if !once.is_empty() {
        grids.push(list(&once));
    }
    if !many.is_empty() {
        grids.push(by_latency(&many));
    }
    grids
}

fn list(figures: &[&Figure]) -> Grid {
    let rows = figures.iter().map(|figure| {
        vec![
            Cell::plain(&figure.quantity),
            Cell::plain(&figure.setting),
            Cell::of(figure),
            Cell::plain(targets(&[figure])),
            Cell::plain(verdict(&[figure])),
        ]
    });
    Grid {
        header: ["figure", "setting", "measured", "target", "met"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

fn by_latency(figures: &[&Figure]) -> Grid {
    let mut latencies: Vec<u32> = figures.iter().filter_map(|figure| figure.latency).collect();
    latencies.sort_unstable();
    latencies.dedup();
    let mut header = vec!["figure".to_owned(), "setting".to_owned()];
    header.extend(latencies.iter().map(|latency| format!("latency {latency}")));
    header.extend(["target".to_owned(), "met".to_owned()]);
    let mut rows = Vec::new();
    for quantity in distinct(figures, |figure| &figure.quantity) {
        let here: Vec<&Figure> = chosen(figures, |figure| figure.quantity == quantity);
        // Settings in which all is the same share a row.
        let mut shared: Vec<(Vec<&str>, Vec<Cell>)> = Vec::new();
        for setting in distinct(&here, |figure| &figure.setting) {
            let row = chosen(&here, |figure| figure.setting == setting);
            let cell = |latency: &u32| {
                let found = row.iter().find(|figure| figure.latency == Some(*latency));
                found.map_or_else(Cell::default, |figure| Cell::of(figure))
            };
            let mut cells: Vec<Cell> = latencies.iter().map(cell).collect();
            cells.push(Cell::plain(targets(&row)));
            cells.push(Cell::plain(verdict(&row)));
            match shared.iter_mut().find(|(_, others)| *others == cells) {
                Some((settings, _)) => settings.push(setting),
                None => shared.push((vec![setting], cells)),
            }
        }
        let alone = shared.len() == 1;
        for (number, (settings, cells)) in shared.into_iter().enumerate() {
            let setting = match alone && settings.len() > 1 {
                true => "all".to_owned(),
                false => settings.join("; "),
            };
            let mut row = vec![
                Cell::plain(if number == 0 { quantity } else { "" }),
                Cell::plain(setting),
            ];
            row.extend(cells);
            rows.push(row);
        }
    }
    Grid { header, rows }
}

fn chosen<'a>(figures: &[&'a Figure], wanted: impl Fn(&Figure) -> bool) -> Vec<&'a Figure> {
    figures
        .iter()
        .copied()
        .filter(|figure| wanted(figure))
        .collect()
}

/// The values in the order of their first appearance.
fn distinct<'a>(figures: &[&'a Figure], value: impl Fn(&'a Figure) -> &'a String) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for figure in figures {
        let value = value(figure);
        if !found.contains(&value.as_str()) {
            found.push(value);
        }
    }
    found
}

/// The targets of a row; where they differ, with their latencies.
fn targets(row: &[&Figure]) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for figure in row {
        let show = |value| figure.unit.show(value);
        let target = match figure.target {
            Target::AtLeast(least) => format!(">= {}", show(least)),
            Target::AtMost(most) => format!("<= {}", show(most)),
            Target::None => continue,
        };
        let latency = figure
            .latency
            .map(|latency| latency.to_string())
            .unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == target) {
            Some((_, latencies)) => latencies.push(latency),
            None => groups.push((target, vec![latency])),
        }
    }
    let everywhere = groups.len() == 1 && groups[0].1.len() == row.len();
    let tell = groups
        .into_iter()
        .map(|(target, latencies)| match everywhere {
            true => target,
            false => format!("{target} at {}", latencies.join(", ")),
        });
    tell.collect::<Vec<_>>().join("; ")
}

fn verdict(row: &[&Figure]) -> &'static str {
    if row.iter().any(|figure| figure.is_missed()) {
        "no"
    } else if row.iter().any(|figure| figure.met == Some(false)) {
        "out of reach"
    } else if row.iter().any(|figure| figure.met.is_some()) {
        "yes"
    } else {
        ""
    }
}
