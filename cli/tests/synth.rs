//! `mch synth --largest`, `--families`, and what `--write-docs` writes. Yosys and nextpnr are stand-ins.

use crate::common::{fail, mch, said};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Counts, in the place of cells, what the text of the block store says: one block RAM for every 4 words, and 4 in the rest of the unit.
/// LARGE look-up tables come with more than 64 words, where only a synthesis of the whole sees them.
const YOSYS: &str = r#"for last; do :; done
[ "$last" = --version ] && exit 0
folder=$(dirname "$last")
words=$(sed -n 's/.*memory.*\[0:\([0-9]*\)\];.*/\1/p' "$folder/rtl/block_store.v" | head -n 1)
words=$((words + 1))
rams=$(((words + 3) / 4))
tables=1000
[ $words -gt 64 ] && tables=LARGE
case "$last" in
    */memories.ys) module=block_store cells="\"DP16KD\":$rams"; file=memories.json ;;
    *) module=mch_checkpoint rams=$((rams + 4)) cells="\"DP16KD\":$rams,\"LUT4\":$tables,\"TRELLIS_FF\":900"; file=whole.json; touch "$folder/netlist.json" ;;
esac
echo "$file $words" >> "$folder/runs"
echo '{"modules":{"mch_checkpoint":{"cells":{}}}}' > "$folder/unit.json"
echo "{\"modules\":{\"$module\":{\"num_cells_by_type\":{$cells}}}}" > "$folder/$file"
"#;
/// Reports a clock, or how many logic cells there are.
const NEXTPNR: &str = r#"[ "$1" = --version ] && exit 0
case "$*" in *--pack-only*) echo "Info: ICESTORM_LC: CELLS/ 7680 1%"; exit 0 ;; esac
while [ "$1" != --report ]; do shift; done
echo '{"fmax":{"clk":{"achieved":51.5,"constraint":100}}}' > "$2"
"#;
const README: &str =
    "<!-- begin blocks -->\n| `mch_checkpoint` | it | 1 | 2 | 3 | t |\n<!-- end blocks -->\n";
const PERFORMANCE: &str =
    "<!-- begin area -->\n<!-- end area -->\n<!-- begin builds -->\n<!-- end builds -->\n\
                           <!-- begin largest -->\n<!-- end largest -->\nbehind\n\
                           <!-- begin families -->\n<!-- end families -->\n";

fn command(folder: &Path, large: &str) -> Command {
    let tool = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
        path
    };
    let mut command = mch();
    command
        .arg("synth")
        .current_dir(folder)
        .env("MCH_YOSYS", tool("yosys", &YOSYS.replace("LARGE", large)))
        .env(
            "MCH_NEXTPNR_ECP5",
            tool("nextpnr", &NEXTPNR.replace("CELLS", "1500")),
        );
    for other in ["ICE40", "HIMBAECHEL_GOWIN", "NEXUS"] {
        command.env(format!("MCH_NEXTPNR_{other}"), folder.join("nextpnr"));
    }
    command
}

fn largest(folder: &Path, large: &str, arguments: &[&str]) -> (Output, Value) {
    let output = command(folder, large)
        .args(["--largest", "--device", "ecp5-25k", "--strategies", "S6"])
        .args(["--folder", "work", "--json"])
        .args(arguments)
        .output()
        .expect("mch runs");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, report)
}

/// A folder with documents that have no figures yet.
fn documents() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("docs")).expect("a folder");
    fs::write(folder.path().join("README.md"), README).expect("written");
    fs::write(folder.path().join("docs/performance.md"), PERFORMANCE).expect("written");
    folder
}

fn performance(folder: &Path) -> String {
    fs::read_to_string(folder.join("docs/performance.md")).expect("read")
}

#[test]
fn the_largest_is_what_block_rams_allow_or_what_fits_as_a_whole() {
    let folder = documents();
    // 56 block RAMs: 52 of 4 words are 208 words, so that 128 fit; 32 blocks in a word.
    let (output, report) = largest(folder.path(), "1000", &["--write-docs"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(report[0]["fits"], true, "{report}");
    assert_eq!(report[0]["config"]["memory_size"], "256KiB");
    assert_eq!(report[0]["lacks"][0]["what"], "block RAMs");
    assert_eq!(report[0]["lacks"][0]["used"], 4 + 64);
    let row = "| LFE5U-25F | S6, hardwired | 32 bit | 4096 | 256KiB | 1000 of 24288 | 900 of 24288 | 36 of 56 | 68 block RAMs of 56 |";
    let text = performance(folder.path());
    assert!(text.contains(row), "{text}");
    // The whole is synthesized twice: at the smallest size, and where it is said to fit.
    let runs = fs::read_to_string(folder.path().join("work/runs")).expect("read");
    let wholes: Vec<&str> = runs.lines().filter(|l| l.starts_with("whole")).collect();
    assert_eq!(wholes, ["whole.json 32", "whole.json 128"]);

    // Look-up tables that only the whole shows; the row is renewed.
    let (_, report) = largest(folder.path(), "30000", &["--write-docs"]);
    assert_eq!(report[0]["config"]["memory_size"], "128KiB", "{report}");
    assert_eq!(report[0]["lacks"][0]["what"], "look-up tables");
    let text = performance(folder.path());
    assert!(!text.contains(row), "{text}");
    let row = "| 2048 | 128KiB | 1000 of 24288 | 900 of 24288 | 20 of 56 | 30000 look-up tables of 24288 |\n<!-- end largest -->\nbehind\n";
    assert!(text.contains(row), "{text}");
}

#[test]
fn a_device_that_holds_not_even_the_smallest_is_told() {
    let folder = documents();
    let yosys = YOSYS.replace("tables=1000", "tables=25000");
    let mut command = command(folder.path(), "1000");
    fs::write(folder.path().join("yosys"), format!("#!/bin/sh\n{yosys}")).expect("written");
    let output = command
        .args([
            "--largest",
            "--device",
            "ecp5-25k",
            "--strategies",
            "S3",
            "--write-docs",
        ])
        .output()
        .expect("mch runs");
    assert!(output.status.success(), "{}", said(&output));
    let row = "| S3, hardwired | 32 bit | none: 1024 lack 25000 look-up tables of 24288 | - |";
    let text = performance(folder.path());
    assert!(text.contains(row), "{text}");
}

#[test]
fn the_whole_is_written_without_the_blocks() {
    let folder = documents();
    let output = command(folder.path(), "1000")
        .args([
            "--no-blocks",
            "--write-docs",
            "--seeds",
            "1",
            "--hardwired",
            "--strategies",
            "S6",
            "--memory-size",
            "256KiB",
        ])
        .output()
        .expect("mch runs");
    assert!(output.status.success(), "{}", said(&output));
    let text = performance(folder.path());
    assert!(
        text.contains("| S6 | 64 bit | 1 | 4 | 4096 of 64 B | 1000 |"),
        "{text}"
    );
    let readme = fs::read_to_string(folder.path().join("README.md")).expect("read");
    assert_eq!(readme, README);
    // The blocks of the README are those of the default configuration.
    for table in [&["--families"][..], &["--largest"], &["--builds"], &[]] {
        let refused = fail(1, &[&["synth", "--write-docs", "--area"], table].concat());
        assert!(
            refused.contains("--area: of the documents' tables"),
            "{refused}"
        );
    }
    let refused = fail(1, &["synth", "--write-docs", "--guests", "2"]);
    assert!(refused.contains("--no-blocks"), "{refused}");
    fail(2, &["synth", "--largest", "--memory-size", "1MiB"]);
}

/// Runs `--families` in a folder with these arguments.
fn families(folder: &Path, arguments: &[&str]) -> (Output, Value) {
    let output = command(folder, "1000")
        .args(["--families", "--folder", "work", "--json"])
        .args(arguments)
        .output()
        .expect("mch runs");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, report)
}

/// How often the stand-in for Yosys has run in all folders.
fn syntheses(folder: &Path) -> usize {
    let builds = fs::read_dir(folder.join("work/families")).expect("a folder");
    let runs = builds.map(|build| fs::read_to_string(build.expect("an entry").path().join("runs")));
    runs.map(|runs| runs.unwrap_or_default().lines().count())
        .sum()
}

#[test]
fn all_families_stand_in_the_document_and_are_measured_once() {
    let folder = documents();
    let (output, report) = families(folder.path(), &["--write-docs"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(report["entries"].as_array().map(Vec::len), Some(28));
    assert_eq!(syntheses(folder.path()), 28);
    let row_of = |family: &str, build: &str, taken: u32, devices: &str| {
        format!("| {family} | {build} | 1000 | 0 | 0 | {taken} | 900 | 12 | {devices} |\n")
    };
    let row = |family: &str, build: &str, devices: &str| row_of(family, build, 1000, devices);
    let text = performance(folder.path());
    for wanted in [
        row_of(
            "iCE40",
            "S3, hardwired",
            1500,
            "iCE40HX8K: fits; iCE40UP5K: fits",
        ),
        row("ECP5", "S2, hardwired", "LFE5U-25F: fits; LFE5U-85F: fits"),
        row(
            "Nexus",
            "S1, S2, S3, S4, S5, S6, settable",
            "LIFCL-17: fits; LIFCL-40: fits",
        ),
    ] {
        assert!(text.contains(&wanted), "{wanted} is not in\n{text}");
    }

    // Placed with two seeds; nothing is synthesized again, and what is placed stays in the table.
    let place = ["--place", "S6", "--seeds", "2", "--device", "gowin-20k"];
    let (output, report) = families(
        folder.path(),
        &[&place[..], &["--strategies", "S3,S6"]].concat(),
    );
    assert!(output.status.success(), "{}", said(&output));
    let clock = |entry: usize| &report["entries"][entry]["devices"][0]["fmax_median"];
    assert!(*clock(1) == 51.5 && clock(0).is_null(), "{report}");
    let (output, _) = families(folder.path(), &["--write-docs"]);
    assert!(output.status.success(), "{}", said(&output));
    // That of S3 and S6 together is another build.
    assert_eq!(syntheses(folder.path()), 28 + 1);
    let wanted = row(
        "Gowin",
        "S6, hardwired",
        "GW1NR-9: fits; GW2AR-18: 51.5 MHz, median of 2 seeds",
    );
    let text = performance(folder.path());
    assert!(text.contains(&wanted), "{text}");
}

#[test]
fn what_another_version_of_yosys_makes_is_measured_anew() {
    let folder = documents();
    let s6 = [
        "--strategies",
        "S6",
        "--device",
        "ice40-hx8k",
        "--place",
        "S6",
    ];
    let (_, report) = families(folder.path(), &s6);
    assert_eq!(report["entries"][0]["devices"][0]["fmax_median"], 51.5);
    let newer = YOSYS.replace("&& exit 0", "&& echo newer && exit 0");
    let mut command = command(folder.path(), "1000");
    fs::write(folder.path().join("yosys"), format!("#!/bin/sh\n{newer}")).expect("written");
    let more = NEXTPNR.replace("CELLS", "9000");
    fs::write(folder.path().join("nextpnr"), format!("#!/bin/sh\n{more}")).expect("written");
    let output = command
        .args(["--families", "--folder", "work"])
        .args(s6)
        .output()
        .expect("mch runs");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(syntheses(folder.path()), 2);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lacks = "iCE40HX8K lacks: 9000 logic cells of 7680";
    assert!(said.contains(lacks) && !said.contains("51.5"), "{said}");
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_the_next_goes_on() {
    let folder = documents();
    let wanted = ["--device", "ice40-up5k", "--strategies", "S3,S4,S6"];
    // Ctrl-C while S6 runs, when S3 has been measured.
    let wait = "for _ in $(seq 100); do [ -e work/families/ice40-hardwired-s3/cells.json ] && break; sleep 0.1; done";
    let ends = format!(
        "case \"$(dirname \"$last\")\" in *hardwired-s6) {wait}; kill -INT $PPID; sleep 1 ;; esac\n{YOSYS}"
    );
    let ends = ends.replacen("case", "for last; do :; done\ncase", 1);
    let mut ended = command(folder.path(), "1000");
    fs::write(folder.path().join("yosys"), format!("#!/bin/sh\n{ends}")).expect("written");
    let output = ended
        .args(["--families", "--folder", "work", "--json"])
        .args(wanted)
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["interrupted"], true);
    let measured = |report: &Value| -> Vec<bool> {
        let entries = report["entries"].as_array().expect("entries").iter();
        entries.map(|entry| entry["area"].is_object()).collect()
    };
    let kept = measured(&report);
    assert!(kept[0] && !kept[2], "{report}");

    let before = syntheses(folder.path());
    let (output, report) = families(folder.path(), &wanted);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(measured(&report), [true; 4]);
    let missing = kept.iter().filter(|is_there| !**is_there).count();
    assert_eq!(syntheses(folder.path()), before + missing);
}

#[test]
fn wrong_requests_of_families_are_refused() {
    for arguments in [
        &["--families", "--memory-size", "1MiB"][..],
        &["--families", "--largest"],
        &["--families", "--place", "S7"],
        &["--place", "S6"],
    ] {
        fail(2, &[&["synth"], arguments].concat());
    }
    for more in [&["--device", "nexus-17k"][..], &["--strategies", "S6"]] {
        let refused = fail(
            1,
            &[&["synth", "--families", "--write-docs"], more].concat(),
        );
        assert!(refused.contains("all devices and strategies"), "{refused}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (output, _) = families(folder.path(), &["--write-docs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("README.md"), "{}", said(&output));
}
