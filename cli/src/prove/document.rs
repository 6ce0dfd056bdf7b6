//! The table in the document.

use super::report::Report;
use anyhow::{ensure, Context, Result};
use std::collections::BTreeMap;

const PATH: &str = "docs/formal.md";
const BEGIN: &str = "<!-- begin properties -->\n";
const END: &str = "<!-- end properties -->";
const HEADER: &str =
    "| task | block | property | method | result | seconds |\n|---|---|---|---|---|---|\n";

/// The document as it was.
pub struct Document {
    text: String,
    from: usize,
    to: usize,
}

impl Document {
    /// Reads it; the current folder must be the repository's.
    pub fn read() -> Result<Document> {
        let text = std::fs::read_to_string(PATH)
            .with_context(|| format!("cannot read {PATH}: run this in the repository's folder"))?;
        let from = text.find(BEGIN).map(|from| from + BEGIN.len());
        let from = from.with_context(|| format!("{PATH}: no line {}", BEGIN.trim()))?;
        let length = text[from..].find(END);
        let to = from + length.with_context(|| format!("{PATH}: no line {END}"))?;
        Ok(Document { text, from, to })
    }

    /// Puts the rows of the tasks that ran in their places, if all ended; the others of `order` stay as they are.
    pub fn write(mut self, report: &Report, order: &[String]) -> Result<()> {
        ensure!(
            report.complete,
            "the table is incomplete; {PATH} stays as it was"
        );
        let table = table(&self.text[self.from..self.to], &report.markdown(), order);
        self.text.replace_range(self.from..self.to, &table);
        std::fs::write(PATH, self.text).with_context(|| format!("cannot write {PATH}"))
    }
}

fn table(old: &str, new: &BTreeMap<&str, String>, order: &[String]) -> String {
    let mut text = HEADER.to_owned();
    for name in order {
        let start = format!("| `{name}` |");
        let line = old.lines().find(|line| line.starts_with(&start));
        match (new.get(name.as_str()), line) {
            (Some(row), _) => text += row,
            (None, Some(line)) => text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_keeps_its_row_and_what_is_gone_loses_it() {
        let old = format!("{HEADER}| `gone` | old |\n| `kept` | old |\n| `again` | old |\n");
        let new = BTreeMap::from([("again", "| `again` | new |\n".to_owned())]);
        let order = ["again", "kept", "never"].map(str::to_owned);
        assert_eq!(
            table(&old, &new, &order),
            format!("{HEADER}| `again` | new |\n| `kept` | old |\n")
        );
    }
}
