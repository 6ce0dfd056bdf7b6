//! The figures in the documents of the repository.

use super::report::Report;
use anyhow::{bail, Context, Result};
use std::fs;

const BLOCK_TABLE: &str = "README.md";
const WHOLE: &str = "docs/performance.md";
/// Columns of the block table: block, what, LUT4, FF, block RAM, tests.
const COLUMNS: usize = 6;

/// The documents as they were.
pub struct Documents {
    blocks: String,
    whole: String,
}

impl Documents {
    /// Reads them; the current folder must be the repository's.
    pub fn read() -> Result<Documents> {
        let documents = Documents {
            blocks: text(BLOCK_TABLE)?,
            whole: text(WHOLE)?,
        };
        section(&documents.blocks, "blocks").context(BLOCK_TABLE)?;
        section(&documents.whole, "area").context(WHOLE)?;
        section(&documents.whole, "builds").context(WHOLE)?;
        Ok(documents)
    }

    /// Writes the table of the builds in its place.
    pub fn write_builds(&self, table: &str) -> Result<()> {
        save(WHOLE, &self.whole, section(&self.whole, "builds")?, table)
    }

    /// Writes the figures in their places.
    pub fn write(&self, report: &Report) -> Result<()> {
        let rows = section(&self.blocks, "blocks")?;
        let table = with_figures(&self.blocks[rows.clone()], report)?;
        save(BLOCK_TABLE, &self.blocks, rows, &table)?;
        let place = section(&self.whole, "area")?;
        save(WHOLE, &self.whole, place, &report.markdown())
    }
}

fn text(path: &str) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {path}: run this in the repository's folder"))
}

fn save(path: &str, text: &str, place: std::ops::Range<usize>, new: &str) -> Result<()> {
    let mut text = text.to_owned();
    text.replace_range(place, new);
    fs::write(path, text).with_context(|| format!("cannot write {path}"))
}

/// The lines between `<!-- begin NAME -->` and `<!-- end NAME -->`.
fn section(text: &str, name: &str) -> Result<std::ops::Range<usize>> {
    let begin = format!("<!-- begin {name} -->\n");
    let from = text.find(&begin).map(|from| from + begin.len());
    let to = text.find(&format!("<!-- end {name} -->"));
    match (from, to) {
        (Some(from), Some(to)) if from <= to => Ok(from..to),
        _ => bail!("there are no lines <!-- begin {name} --> and <!-- end {name} -->"),
    }
}

/// The table with the area of each block that it names renewed; what a block is and who tests it is left as written.
fn with_figures(table: &str, report: &Report) -> Result<String> {
    let mut lines = Vec::new();
    for line in table.lines() {
        let mut cells: Vec<String> = line
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        let Some(name) = cells[0].strip_prefix('`').and_then(|c| c.strip_suffix('`')) else {
            lines.push(line.to_owned());
            continue;
        };
        if cells.len() != COLUMNS {
            bail!("{BLOCK_TABLE}: the row of {name} must have {COLUMNS} columns");
        }
        let area = report
            .block(name)
            .with_context(|| format!("{BLOCK_TABLE}: the unit has no block {name}"))?;
        cells[2] = area.tables().to_string();
        cells[3] = area.flip_flops.to_string();
        cells[4] = area.block_rams.to_string();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    Ok(lines.join("\n") + "\n")
}
