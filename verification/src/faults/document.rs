//! The tables of docs/faults.md.

use super::results::{Report, UnitResult};
use super::{machine, Kind, Scenario};
use anyhow::{bail, ensure, Result};
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
        for strategy in machine::strategies() {
            let contract = kind.contract(strategy);
            match done.iter_mut().find(|(other, _)| *other == contract) {
                Some((_, names)) => names.push(strategy.to_string()),
                None => done.push((contract, vec![strategy.to_string()])),
            }
        }
        let missing = match kind.missing(&machine::config()) {
            Some(missing) => format!(" ({missing}, which the campaign cannot do yet)"),
            None => String::new(),
        };
        for ([lost, kept], names) in done {
            let names = names.join(", ");
            let _ = writeln!(
                text,
                "| `{}`: {}{missing} | {names} | {lost} | {kept} |",
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

/// Writes the tables into docs/faults.md, between their markers.
pub fn write(report: &Report) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let mut text = std::fs::read_to_string(&path)?;
    let parts = [
        ("contracts", contracts()),
        ("scenarios", scenarios()),
        ("figures", figures(report)),
    ];
    for (name, part) in parts {
        let markers = [
            format!("<!-- begin {name} -->"),
            format!("<!-- end {name} -->"),
        ];
        let places = [text.find(&markers[0]), text.find(&markers[1])];
        let [Some(begin), Some(end)] = places else {
            bail!("{} lacks a marker of {markers:?}", path.display());
        };
        ensure!(begin < end, "{} stands before {}", markers[1], markers[0]);
        text.replace_range(begin + markers[0].len()..end, &format!("\n{part}"));
    }
    std::fs::write(&path, text)?;
    Ok(())
}

/// Whether docs/faults.md has the contract and the scenarios of this version.
pub fn is_current() -> Result<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let text = std::fs::read_to_string(path)?;
    Ok(text.contains(&contracts()) && text.contains(&scenarios()))
}
