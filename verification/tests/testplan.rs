//! The testplan and the tests name each other.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    section: String,
    stimulus: String,
    checking: String,
    tests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    row: Vec<Row>,
}

/// The test functions of every file of verification/tests.
fn living_tests() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["main", "testplan"].contains(&file.as_str()) {
            continue;
        }
        assert!(
            include_str!("main.rs").contains(&format!("mod {file};")),
            "main.rs leaves the tests of {file}.rs out"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        let functions: BTreeSet<String> = text
            .split("#[test]")
            .skip(1)
            .filter_map(|after| {
                let (_, rest) = after.split_once("fn ")?;
                Some(rest.split('(').next()?.trim().to_owned())
            })
            .collect();
        tests.insert(file, functions);
    }
    tests
}

fn plan() -> Plan {
    toml::from_str(include_str!("../testplan.toml")).unwrap()
}

#[test]
fn every_row_names_living_tests_and_says_what_they_do() {
    let living = living_tests();
    let mut names = BTreeSet::new();
    for row in plan().row {
        assert!(
            names.insert(row.name.clone()),
            "two rows are called `{}`",
            row.name
        );
        assert!(!row.tests.is_empty(), "row `{}` names no test", row.name);
        for text in [&row.section, &row.stimulus, &row.checking] {
            assert!(
                !text.trim().is_empty(),
                "row `{}` leaves something out",
                row.name
            );
        }
        for test in &row.tests {
            let (file, function) = test.split_once("::").unwrap();
            let functions = living.get(file);
            let lives = functions.is_some_and(|functions| match function {
                "*" => !functions.is_empty(),
                function => functions.contains(function),
            });
            assert!(
                lives,
                "row `{}` names `{test}`, which is not there",
                row.name
            );
        }
    }
}

#[test]
fn every_section_is_one_of_the_architecture() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture.md");
    let text = std::fs::read_to_string(document).unwrap();
    let sections: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    for row in plan().row {
        let known = sections
            .iter()
            .any(|section| section.starts_with(&row.section));
        assert!(
            row.section == "all" || known,
            "row `{}`: no section `{}`",
            row.name,
            row.section
        );
    }
}

#[test]
fn every_test_is_named_by_a_row() {
    let plan = plan();
    let named: BTreeSet<&str> = plan
        .row
        .iter()
        .flat_map(|row| row.tests.iter().map(String::as_str))
        .collect();
    for (file, functions) in living_tests() {
        if named.contains(format!("{file}::*").as_str()) {
            continue;
        }
        for function in functions {
            let test = format!("{file}::{function}");
            assert!(named.contains(test.as_str()), "no row names `{test}`");
        }
    }
}
