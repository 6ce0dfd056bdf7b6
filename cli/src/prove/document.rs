//! The table in the document.

use super::report::Report;
use anyhow::{ensure, Context, Result};

const PATH: &str = "docs/formal.md";
const BEGIN: &str = "<!-- begin properties -->\n";
const END: &str = "<!-- end properties -->";

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

    /// Puts the table in its place, if it is whole.
    pub fn write(mut self, report: &Report) -> Result<()> {
        ensure!(
            report.complete,
            "the table is incomplete; {PATH} stays as it was"
        );
        self.text
            .replace_range(self.from..self.to, &report.markdown());
        std::fs::write(PATH, self.text).with_context(|| format!("cannot write {PATH}"))
    }
}
