//! The figures as Markdown, in a document between markers.

use super::figure::{BenchReport, Table};
use super::grid::{grids, Cell};
use anyhow::{bail, Result};
use std::fmt::Write;

/// A table with its definition as Markdown; where a target was missed, in bold.
pub fn to_markdown(table: &Table) -> String {
    let show = |cell: &Cell| match cell.missed {
        true => format!("**{}**", cell.text),
        false => cell.text.clone(),
    };
    let mut text = format!("{}\n", table.definition);
    for grid in grids(table) {
        let rule = vec!["---"; grid.header.len()].join("|");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n| {} |\n|{rule}|", grid.header.join(" | "));
        for row in &grid.rows {
            let row: Vec<String> = row.iter().map(show).collect();
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
    }
    text
}

/// `document` with the text between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced by the table of that name, for each
/// complete table of the report.
pub fn write_tables(document: &str, report: &BenchReport) -> Result<String> {
    let mut text = document.to_string();
    for table in report.tables.iter().filter(|table| table.complete) {
        let begin = format!("<!-- begin {} -->", table.name);
        let end = format!("<!-- end {} -->", table.name);
        let (Some(from), Some(to)) = (text.find(&begin), text.find(&end)) else {
            bail!("the document has no lines {begin} and {end}");
        };
        let from = from + begin.len();
        if to < from {
            bail!("{end} stands before {begin}");
        }
        text.replace_range(from..to, &format!("\n{}", to_markdown(table)));
    }
    Ok(text)
}
