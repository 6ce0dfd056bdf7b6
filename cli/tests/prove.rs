//! `mch prove`: the quick proofs, mutants that they must find, and what happens without tools or time.

use crate::common;

use common::{fail, mch, said, succeed, text};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn results(folder: &Path) -> Value {
    let results = fs::read_to_string(folder.join("results.json")).expect("results");
    serde_json::from_str(&results).expect("JSON")
}

#[test]
fn the_quick_proofs_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = succeed(&[
        "prove",
        "--quick",
        "--json",
        "--output",
        text(folder.path()),
    ]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["complete"], true);
    assert!(report["rows"]
        .as_array()
        .is_some_and(|rows| !rows.is_empty()));
    assert_eq!(report, results(folder.path()));
}

#[test]
fn a_wrong_line_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["verdict-that-does-not-wait", "wrong-place"];
    let mut arguments = vec!["prove", "--mutants", "--output", text(folder.path())];
    arguments.extend(names);
    let table = succeed(&arguments);
    assert_eq!(table.matches("found").count(), names.len(), "{table}");
    for name in names {
        let waveform = folder.path().join(name).join("run/engine_0/trace.vcd");
        assert!(waveform.exists(), "{}", waveform.display());
    }
}

#[test]
fn what_takes_too_long_is_given_up_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = mch()
        .args(["prove", "log-order", "--time-limit", "1", "--output"])
        .arg(folder.path())
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        table.contains("TIME LIMIT") && table.contains("(incomplete)"),
        "{table}"
    );
    let results = results(folder.path());
    assert_eq!(results["complete"], false);
    assert_eq!(results["rows"][0]["outcome"], "time_limit");
}

#[test]
fn missing_and_half_installed_tools_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let prove = || {
        let output = mch()
            .arg("prove")
            .env("MCH_FORMAL_TOOLS", folder.path())
            .output()
            .expect("mch runs");
        assert_eq!(output.status.code(), Some(1));
        said(&output)
    };
    let missing = prove();
    assert!(
        missing.contains("yowasp-sby is missing: run scripts/setup"),
        "{missing}"
    );
    let program = folder.path().join("yowasp-sby");
    fs::write(&program, "#!/bin/sh\nexit 3\n").expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("permitted");
    let broken = prove();
    assert!(broken.contains("yowasp-sby --help fails"), "{broken}");
}

#[test]
fn an_unknown_task_is_refused() {
    let message = fail(1, &["prove", "no-such-task"]);
    assert!(
        message.contains("no task is called no-such-task"),
        "{message}"
    );
    let message = fail(1, &["prove", "--time-limit", "0"]);
    assert!(
        message.contains("time-limit = 0; allowed: 1 and more"),
        "{message}"
    );
}
