//! A comparison as a table: a row for each figure, a column for each strategy.

use super::report::{Added, Comparison, Remote, Row, Spread};
use anyhow::{bail, Result};
use std::fmt::Write;

/// Cycles in a microsecond: the clock is 100 MHz.
const CYCLES_PER_MICROSECOND: f64 = 100.0;

impl Comparison {
    /// The table for people: names of the columns, then rows of as many fields.
    pub fn table(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let names = self.rows.iter().map(|row| row.strategy.to_string());
        let header = std::iter::once(String::new()).chain(names).collect();
        let mut rows = Vec::new();
        let mut push = |name: &str, value: &dyn Fn(&Row) -> String| {
            let values = self.rows.iter().map(value);
            rows.push(std::iter::once(name.to_owned()).chain(values).collect());
        };
        push("run time, beyond no checkpoints", &|row| {
            percent(row.overhead)
        });
        if self.has_cache {
            push("- of it flushes of the cache", &|_| {
                percent(self.flush_overhead)
            });
            push("- of it the unit", &|row| percent(row.overhead_of_unit));
            push("- - the least possible of that", &|row| {
                percent(row.least_overhead)
            });
        }
        push("checkpoints", &|row| row.checkpoints.to_string());
        push("read response, added: mean; median, 95 %, 99 %", &|row| {
            added(&row.reads, &row.added_read)
        });
        push("write response, added: mean; median, 95 %, 99 %", &|row| {
            added(&row.writes, &row.added_write)
        });
        push("pause, stop to release: mean (most)", &|row| {
            spread(&row.pauses)
        });
        push("- of it until all writes are answered", &|row| {
            spread(&row.flushes)
        });
        push("rollback after a period, cycles (blocks)", &|row| {
            format!("{} ({})", row.rollback, row.rolled_back_blocks)
        });
        let has_backup = self.rows.iter().any(|row| row.remote.is_some());
        if has_backup {
            push("- at a release, nothing applied yet", &|row| {
                of_backup(row, |remote| {
                    format!(
                        "{} ({})",
                        remote.takeover_at_release, remote.takeover_blocks
                    )
                })
            });
        }
        push("shadow in memory", &|row| kibibytes(row.shadow_bytes));
        push("log of a period in memory", &|row| {
            kibibytes(row.ring_bytes)
        });
        if has_backup {
            push("in the backup's memory", &|row| {
                of_backup(row, |remote| kibibytes(remote.image_bytes + row.ring_bytes))
            });
        }
        push("bits inside the unit", &|row| {
            format!("{:.0} Ki", row.on_chip.total() as f64 / 1024.0)
        });
        push("traffic beyond the workload's, per checkpoint", &|row| {
            kibibytes(row.traffic.extra / row.checkpoints.max(1))
        });
        push("- of the workload's", &|row| {
            percent(row.traffic.extra as f64 / row.traffic.own.max(1) as f64)
        });
        if has_backup {
            let each = |row: &Row, bytes: u64| kibibytes(bytes / row.checkpoints.max(1));
            push("on the link to the backup (back), per checkpoint", &|row| {
                of_backup(row, |remote| {
                    format!(
                        "{} ({})",
                        each(row, remote.sent),
                        each(row, remote.answered)
                    )
                })
            });
            push("on the backup's memory, per checkpoint", &|row| {
                of_backup(row, |remote| each(row, remote.memory))
            });
        }
        (header, rows)
    }

    /// What the table is of, in sentences.
    pub fn preamble(&self) -> String {
        format!(
            "{} {} bit, blocks of {} B, memory {}; a checkpoint every {} cycles ({} µs at 100 MHz). With a wire and without checkpoints: {} \
             cycles, reads {}, writes {} cycles.",
            self.description,
            self.data_width,
            self.block_size,
            self.memory,
            self.period,
            f64::from(self.period) / CYCLES_PER_MICROSECOND,
            self.wire_cycles,
            mean(&self.wire_reads),
            mean(&self.wire_writes),
        )
    }
}

fn mean(spread: &Spread) -> String {
    match spread.count {
        0 => "none".to_owned(),
        _ => format!("{:.1}", spread.mean),
    }
}

/// What there is under S2 only.
fn of_backup(row: &Row, show: impl Fn(&Remote) -> String) -> String {
    row.remote.as_ref().map_or("-".to_owned(), show)
}

fn percent(part: f64) -> String {
    format!("{:.2} %", part * 100.0)
}

fn kibibytes(bytes: u64) -> String {
    match bytes {
        0 => "-".to_owned(),
        bytes => format!("{:.1} KiB", bytes as f64 / 1024.0),
    }
}

fn added(of: &Spread, added: &Added) -> String {
    match of.count {
        0 => "-".to_owned(),
        _ => format!(
            "{:.2}; {}, {}, {}",
            added.mean, added.median, added.most_of_95, added.most_of_99
        ),
    }
}

fn spread(spread: &Spread) -> String {
    match spread.count {
        0 => "-".to_owned(),
        _ => format!("{:.0} ({})", spread.mean, spread.max),
    }
}

/// A comparison as Markdown.
pub fn to_markdown(comparison: &Comparison) -> String {
    let (header, rows) = comparison.table();
    let mut text = format!("{}\n\n", comparison.preamble());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {} |", header.join(" | "));
    let _ = writeln!(text, "|{}|", vec!["---"; header.len()].join("|"));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// Where the comparison of a workload stands in a document: between `<!-- begin NAME -->` and `<!-- end NAME -->`.
///
/// # Errors
/// When the document has no such place.
pub fn place(document: &str, workload: &str) -> Result<std::ops::Range<usize>> {
    let begin = format!("<!-- begin {workload} -->");
    let end = format!("<!-- end {workload} -->");
    let (Some(from), Some(to)) = (document.find(&begin), document.find(&end)) else {
        bail!("the document has no lines {begin} and {end}");
    };
    let from = from + begin.len();
    if to < from {
        bail!("{end} stands before {begin}");
    }
    Ok(from..to)
}

/// `document` with the comparisons in their places.
pub fn write_document(document: &str, comparisons: &[Comparison]) -> Result<String> {
    let mut text = document.to_string();
    for comparison in comparisons {
        let place = place(&text, &comparison.workload)?;
        text.replace_range(place, &format!("\n{}", to_markdown(comparison)));
    }
    Ok(text)
}
