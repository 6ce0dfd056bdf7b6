//! Time on a processor, so that other work on the machine counts little.

use anyhow::{Context, Result};

/// Seconds that this thread has spent on a processor.
pub fn processor_time() -> Result<f64> {
    let path = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    let nanoseconds = text
        .split_whitespace()
        .next()
        .with_context(|| format!("{path} is empty"))?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}

/// The median; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
