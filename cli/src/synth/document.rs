//! The figures in the documents of the repository.

use super::report::Report;
use anyhow::{bail, Context, Result};
use std::fs;

const BLOCK_TABLE: &str = "README.md";
const WHOLE: &str = "docs/performance.md";
/// Columns of the block table: block, what, LUT4, FF, block RAM, tests.
const COLUMNS: usize = 6;

/// A table of which a run renews the rows that it has measured.
pub struct Rows {
    /// The name between its markers.
    pub section: &'static str,
    /// The line of its columns.
    pub header: &'static str,
    /// So many cells, the first, tell a row from the others.
    pub keys: usize,
}

/// The lines of the whole.
pub const AREA: Rows = Rows {
    section: "area",
    header: "| device | build | data | ports | guests | blocks | LUT4 | CCU2C | FF | DPR16X4 | block RAM | MHz, median | least to most | seeds |",
    keys: 6,
};

/// The lines of the largest units.
pub const LARGEST: Rows = Rows {
    section: "largest",
    header: "| device | build | port | blocks of 64 B | memory | look-up tables | FF | block RAM | too little for twice as many |",
    keys: 3,
};

/// The lines of the smallest unit on all families.
pub const FAMILIES: Rows = Rows {
    section: "families",
    header: "| family | build | look-up tables | carry cells | distributed RAM | look-up tables in all | FF | block RAM | devices |",
    keys: 2,
};

/// The documents, which are there.
pub struct Documents;

impl Documents {
    /// Looks for them and their markers; the current folder must be the repository's.
    pub fn find() -> Result<Documents> {
        section(&text(BLOCK_TABLE)?, "blocks").context(BLOCK_TABLE)?;
        let whole = text(WHOLE)?;
        for name in [AREA.section, LARGEST.section, FAMILIES.section, "builds"] {
            section(&whole, name).context(WHOLE)?;
        }
        Ok(Documents)
    }

    /// Writes the table of the builds in its place.
    pub fn write_builds(&self, table: &str) -> Result<()> {
        save(WHOLE, "builds", |_| Ok(table.to_owned()))
    }

    /// Renews a row of a table, or adds it.
    pub fn write_row(&self, rows: &Rows, row: &str) -> Result<()> {
        save(WHOLE, rows.section, |table| Ok(rows.renewed(table, row)))
    }

    /// Writes the figures in their places; those of the blocks only if they were measured.
    pub fn write(&self, report: &Report) -> Result<()> {
        if report.has_blocks() {
            save(BLOCK_TABLE, "blocks", |table| with_figures(table, report))?;
        }
        self.write_row(&AREA, &report.row())
    }
}

impl Rows {
    /// The table with a row in the place of the one with the same keys, or behind the others. Rows of other columns go.
    fn renewed(&self, table: &str, row: &str) -> String {
        let keys = |line: &str| -> Vec<String> {
            let cells = line.trim_matches('|').split('|').take(self.keys);
            cells.map(|cell| cell.trim().to_owned()).collect()
        };
        let mut lines: Vec<&str> = match table.lines().next() {
            Some(header) if header == self.header => table.lines().skip(2).collect(),
            _ => Vec::new(),
        };
        match lines.iter_mut().find(|line| keys(line) == keys(row)) {
            Some(line) => *line = row,
            None => lines.push(row),
        }
        let columns = self.header.matches('|').count() - 1;
        let rule = format!("|{}", "---|".repeat(columns));
        format!("{}\n{rule}\n{}\n", self.header, lines.join("\n"))
    }
}

fn text(path: &str) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {path}: run this in the repository's folder"))
}

/// Writes lines between markers anew; what else the document says is as it is on the disk now.
fn save(path: &str, name: &str, new: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let mut text = text(path)?;
    let place = section(&text, name).context(path.to_owned())?;
    let lines = new(&text[place.clone()])?;
    text.replace_range(place, &lines);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_renewed_by_its_keys_and_others_stay() {
        let rows = Rows {
            section: "largest",
            header: "| device | port | blocks |",
            keys: 2,
        };
        let first = rows.renewed(
            "| other | columns |\n|---|---|\n| a | b |\n",
            "| x | 32 | 1 |",
        );
        assert_eq!(
            first,
            "| device | port | blocks |\n|---|---|---|\n| x | 32 | 1 |\n"
        );
        let second = rows.renewed(&first, "| x | 64 | 2 |");
        let third = rows.renewed(&second, "| x | 32 | 3 |");
        assert!(
            third.ends_with("|---|---|---|\n| x | 32 | 3 |\n| x | 64 | 2 |\n"),
            "{third}"
        );
    }
}
