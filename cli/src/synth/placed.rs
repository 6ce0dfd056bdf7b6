//! What nextpnr reports of a placed and routed design.

use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One placed and routed result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Placed {
    /// nextpnr's seed.
    pub seed: u32,
    /// The fastest clock, in MHz.
    pub fmax: f64,
    /// The longest path: its start, its end, and the look-up tables and the like on it.
    pub critical: Option<Critical>,
}

/// The longest path between two registers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Critical {
    /// The cell that it starts from.
    pub from: String,
    /// The cell that it ends at.
    pub to: String,
    /// Cells that it passes through.
    pub levels: usize,
}

/// The clock in the middle of the results.
pub fn median(results: &[Placed]) -> Option<f64> {
    let mut clocks: Vec<f64> = results.iter().map(|placed| placed.fmax).collect();
    clocks.sort_by(f64::total_cmp);
    let half = clocks.len() / 2;
    match clocks.len() {
        0 => None,
        count if count % 2 == 1 => Some(clocks[half]),
        _ => Some((clocks[half - 1] + clocks[half]) / 2.0),
    }
}

/// nextpnr's report.
pub fn placed(seed: u32, text: &str) -> Result<Placed> {
    let report: Value = serde_json::from_str(text)?;
    let clocks = report["fmax"].as_object().context("there is no fmax")?;
    let fmax = clocks
        .values()
        .filter_map(|clock| clock["achieved"].as_f64())
        .fold(f64::INFINITY, f64::min);
    ensure!(fmax.is_finite(), "there is no clock");
    // Paths from or to a pin belong to the wrapper.
    let is_internal = |path: &&Value| {
        let ends = [&path["from"], &path["to"]];
        ends.iter()
            .all(|end| end.as_str().is_some_and(|end| end.starts_with("posedge")))
    };
    let paths = report["critical_paths"].as_array();
    let critical = paths.and_then(|paths| paths.iter().find(is_internal));
    Ok(Placed {
        seed,
        fmax,
        critical: critical.and_then(critical_path),
    })
}

fn critical_path(path: &Value) -> Option<Critical> {
    let steps = path["path"].as_array()?;
    let cell = |step: Option<&Value>, end: &str| -> Option<String> {
        Some(step?[end]["cell"].as_str()?.to_owned())
    };
    Some(Critical {
        from: cell(steps.first(), "from").or(cell(steps.first(), "to"))?,
        to: cell(steps.last(), "to")?,
        levels: steps.iter().filter(|step| step["type"] == "logic").count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_clock_and_path() -> Result<()> {
        let text = r#"{"fmax":{"$glbnet$clk":{"achieved":101.5,"constraint":100}},"critical_paths":[
            {"from":"<async>","to":"posedge clk","path":[]},
            {"from":"posedge clk","to":"posedge clk","path":[
              {"type":"clk-to-q","from":{"cell":"a","port":"CLK"},"to":{"cell":"a","port":"Q"}},
              {"type":"routing","from":{"cell":"a","port":"Q"},"to":{"cell":"l","port":"A"}},
              {"type":"logic","from":{"cell":"l","port":"A"},"to":{"cell":"l","port":"F"}},
              {"type":"setup","from":{"cell":"b","port":"D"},"to":{"cell":"b","port":"CLK"}}]}]}"#;
        let placed = placed(3, text)?;
        let critical = placed.critical.context("a path")?;
        assert_eq!((placed.seed, placed.fmax), (3, 101.5));
        assert_eq!(
            (
                critical.from.as_str(),
                critical.to.as_str(),
                critical.levels
            ),
            ("a", "b", 1)
        );
        Ok(())
    }
}
