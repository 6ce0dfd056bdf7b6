//! The tables of docs/faults.md.

use super::results::{Report, UnitResult};
use super::{machine, Kind, Scenario};
use anyhow::{bail, ensure, Context, Result};
use mch_spec::Strategy;
use std::fmt::Write;
use std::path::Path;

/// Sums of a report, by strategy: sequences, then kinds of fault; none of what was not run.
pub fn rows(report: &Report) -> Vec<(String, UnitResult)> {
    let mut rows = Vec::new();
    for strategy in Strategy::ALL {
        let trees = report.sum(|unit| unit.starts_with(&format!("{strategy}:tree:")));
        rows.push((
            format!("{strategy} sequences of up to {} operations", report.depth),
            trees,
        ));
        for kind in Kind::ALL {
            let of = |unit: &str| {
                unit.starts_with(&format!("{strategy}:"))
                    && unit.ends_with(&format!(":{}", kind.name()))
            };
            rows.push((format!("{strategy} {}", kind.name()), report.sum(of)));
        }
    }
    rows.retain(|(_, sum)| sum.points > 0);
    rows
}

/// What may be lost and what may not, by kind of fault and strategy: strategies with the same contract share a row.
fn contracts() -> String {
    let mut text = String::from(
        "| fault | strategies | what may be lost | what may not |\n|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        let mut done: Vec<([&str; 2], Vec<String>)> = Vec::new();
        let strategies = machine::strategies().into_iter();
        for strategy in strategies.filter(|strategy| kind.is_for(*strategy)) {
            let contract = kind.contract(strategy);
            match done.iter_mut().find(|(other, _)| *other == contract) {
                Some((_, names)) => names.push(strategy.to_string()),
                None => done.push((contract, vec![strategy.to_string()])),
            }
        }
        for ([lost, kept], names) in done {
            let names = names.join(", ");
            let _ = writeln!(
                text,
                "| `{}`: {} | {names} | {lost} | {kept} |",
                kind.name(),
                kind.description()
            );
        }
    }
    text
}

/// The figures of a report.
fn figures(report: &Report) -> String {
    let mut text = format!(
        "Seed {}, a fault point every {}, sequences of up to {} operations: {} of {} units done, {:.0} s.\n\n\
         | what | points | rolled back | no checkpoint yet | lost, as allowed | simulated cycles | found |\n|---|---|---|---|---|---|---|\n",
        report.seed,
        match report.stride {
            1 => "cycle".to_owned(),
            stride => format!("{stride} cycles"),
        },
        report.depth,
        report.finished,
        report.units,
        report.seconds
    );
    let mut line = |name: &str, sum: &UnitResult| {
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            sum.points,
            sum.rolled_back,
            sum.no_checkpoint,
            sum.lost,
            sum.cycles,
            sum.failures.len()
        );
    };
    for (name, sum) in rows(report) {
        line(&name, &sum);
    }
    line("all", &report.sum(|_| true));
    text
}

/// The scenarios.
fn scenarios() -> String {
    let mut text = String::from("| scenario | what goes on | strategies |\n|---|---|---|\n");
    for scenario in Scenario::ALL {
        let all = machine::strategies().into_iter();
        let names: Vec<String> = all
            .filter(|strategy| scenario.is_for(*strategy))
            .map(|strategy| strategy.to_string())
            .collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            scenario.name(),
            scenario.description(),
            names.join(", ")
        );
    }
    text
}

/// The document, from the current folder: where `mch faults --write-docs` writes.
pub const DOCUMENT: &str = "docs/faults.md";

/// The document with its tables renewed, between their markers.
pub fn with_tables(document: &str, report: &Report) -> Result<String> {
    let mut text = document.to_owned();
    let parts = [
        ("contracts", contracts()),
        ("scenarios", scenarios()),
        ("figures", figures(report)),
    ];
    for (name, part) in parts {
        let [begin, end] = places(&text, name)?;
        text.replace_range(begin..end, &format!("\n{part}"));
    }
    Ok(text)
}

/// Where a table stands in a document.
fn places(text: &str, name: &str) -> Result<[usize; 2]> {
    let markers = [
        format!("<!-- begin {name} -->"),
        format!("<!-- end {name} -->"),
    ];
    let [Some(begin), Some(end)] = [text.find(&markers[0]), text.find(&markers[1])] else {
        bail!("the document lacks a marker of {markers:?}");
    };
    ensure!(begin < end, "{} stands before {}", markers[1], markers[0]);
    Ok([begin + markers[0].len(), end])
}

/// The document, if it can take the tables: asked before a campaign, whose results must not be lost to a wrong path.
pub fn read(path: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    for name in ["contracts", "scenarios", "figures"] {
        places(&text, name).with_context(|| path.display().to_string())?;
    }
    Ok(text)
}

/// Whether docs/faults.md has the contract and the scenarios of this version.
pub fn is_current() -> Result<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let text = std::fs::read_to_string(path)?;
    Ok(text.contains(&contracts()) && text.contains(&scenarios()))
}
