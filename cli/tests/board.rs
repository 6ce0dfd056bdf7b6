//! `mch board`: what it writes, and what it says when a tool is missing, a design does not fit or misses its clock. The tools are stand-ins.

use crate::common::{fail, mch, said};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

/// Counts one cell, whatever it reads.
const YOSYS: &str = r#"for last; do :; done
echo '{"modules":{"orangecrab":{"num_cells_by_type":{"LUT4":7}}}}' > "$(dirname "$last")/cells.json"
"#;
/// Reports a clock.
const NEXTPNR: &str = r#"while [ "$1" != --report ]; do shift; done
echo '{"fmax":{"clk":{"achieved":CLOCK,"constraint":40}}}' > "$2"
"#;
const PACK: &str = "for last; do :; done\necho bits > \"$last\"\n";

fn board(folder: &Path, clock: &str) -> Output {
    let tool = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
        path
    };
    let nextpnr = match clock {
        "none" => "echo 'ERROR: cell x, no BELs remaining of type LUT4' >&2; exit 1\n".to_owned(),
        clock => NEXTPNR.replace("CLOCK", clock),
    };
    mch()
        .args(["board", "orangecrab", "--output", "out", "--json"])
        .current_dir(folder)
        .env("MCH_YOSYS", tool("yosys", YOSYS))
        .env("MCH_NEXTPNR_ECP5", tool("nextpnr", &nextpnr))
        .env("MCH_ECPPACK", tool("ecppack", PACK))
        .output()
        .expect("mch runs")
}

#[test]
fn a_bitstream_is_made_of_what_fits_and_keeps_its_clock() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = board(folder.path(), "40.5");
    assert!(output.status.success(), "{}", said(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["bitstream"], "out/orangecrab.bit");
    assert_eq!(report["cells"]["LUT4"], 7);
    for file in [
        "orangecrab.bit",
        "orangecrab.lpf",
        "orangecrab.v",
        "board_reset.v",
    ] {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
    // What the folder lists is there; a second run replaces it, with the tools' files in it.
    let list = fs::read_to_string(folder.path().join("out/board.f")).expect("the list");
    for file in list.lines() {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
    for (clock, problem) in [
        ("39.9", "misses its clock: 39.9 MHz of 40.0"),
        ("none", "does not fit orangecrab: ERROR: cell x"),
    ] {
        let output = board(folder.path(), clock);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(problem), "{}", said(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["cells"]["LUT4"], 7);
        assert!(report["bitstream"].is_null() && report["problem"].is_string());
        assert!(!folder.path().join("out/orangecrab.bit").exists());
    }
}

#[test]
fn a_missing_tool_and_wrong_requests_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = mch()
        .args(["board", "ulx3s"])
        .current_dir(folder.path())
        .env("MCH_YOSYS", "/none/yosys")
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("/none/yosys"), "{}", said(&output));
    assert!(said(&output).contains("no bitstream"), "{}", said(&output));
    assert!(folder.path().join("build/ulx3s/ulx3s.v").exists());
    let refused = fail(2, &["board", "icebreaker"]);
    assert!(refused.contains("tang-nano-20k"), "{refused}");
    let refused = fail(1, &["board", "ulx3s", "--output", "/none/out"]);
    assert!(refused.contains("must be relative"), "{refused}");
}
