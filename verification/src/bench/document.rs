//! The figures as Markdown, in a document between markers.

use super::figure::{BenchReport, Figure, Table, Target};
use anyhow::{bail, Result};
use std::fmt::Write;

fn target(figure: &Figure) -> String {
    match figure.target {
        Target::AtLeast(least) => format!(">= {}", figure.unit.show(least)),
        Target::AtMost(most) => format!("<= {}", figure.unit.show(most)),
        Target::None => String::new(),
    }
}

fn verdict(figure: &Figure) -> &'static str {
    match figure.met {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "",
    }
}

/// A table with its definition as Markdown.
pub fn to_markdown(table: &Table) -> String {
    let mut text = format!(
        "{}\n\n| setting | figure | measured | best possible | target | met |\n|---|---|---|---|---|---|\n",
        table.definition
    );
    for figure in &table.figures {
        let bound = figure.bound.map(|bound| figure.unit.show(bound));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            figure.setting,
            figure.quantity,
            figure.unit.show(figure.measured),
            bound.unwrap_or_default(),
            target(figure),
            verdict(figure)
        );
    }
    text
}

/// `document` with the text between `<!-- begin NAME -->` and `<!-- end NAME -->` replaced by the table of that name, for each
/// table of the report.
pub fn write_tables(document: &str, report: &BenchReport) -> Result<String> {
    let mut text = document.to_string();
    for table in &report.tables {
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
