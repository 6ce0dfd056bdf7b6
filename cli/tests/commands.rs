//! The commands that run something: what they report, and what they refuse before they start.

use crate::common;

use common::{fail, mch, said, succeed, text};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

const TRACE: &str =
    "0 0 W 40 000102030405060708090a0b0c0d0e0f\n5 1 W 80000 ff\n9 0 R 40 16\n20 0 C\n90 1 C\n\
                     200 0 W 44 ffff\n200 1 W 80041 77\n210 0 R 40 8\n400 0 B\n500 1 R 80040 2\n";

fn trace(folder: &Path, lines: &str) -> String {
    let path = folder.join("my.trace");
    fs::write(&path, lines).expect("written");
    text(&path).to_owned()
}

#[test]
fn a_trace_is_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trace(folder.path(), TRACE);
    let waveform = folder.path().join("run.vcd");
    let arguments = [
        "simulate",
        &path,
        "--strategy",
        "S6",
        "--fault-at",
        "1:300",
        "--json",
    ];
    let report = succeed(&[&arguments[..], &["--vcd", text(&waveform)]].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    for guest in [0, 1] {
        let guest = &report["guests"][guest];
        assert_eq!(guest["faults"], 1, "{report}");
        assert_eq!(guest["checkpoints"], 1, "{report}");
        assert!(guest["rollbacks"].as_u64() >= Some(1), "{report}");
        assert!(guest["log_entries"].as_u64() >= Some(1), "{report}");
    }
    let header = fs::read_to_string(&waveform).expect("a waveform");
    assert!(header.contains("$var") && header.contains("s0_axi_awvalid"));
}

#[test]
fn a_waveform_becomes_a_timeline() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trace(folder.path(), TRACE);
    let waveform = folder.path().join("run.vcd");
    succeed(&[
        "simulate",
        &path,
        "--strategy",
        "S6",
        "--vcd",
        text(&waveform),
    ]);
    let picture = folder.path().join("run.svg");
    let arguments = ["waves", text(&waveform), "--svg", text(&picture)];
    let shown = succeed(&arguments);
    assert!(
        shown.contains("rolled back") && shown.contains("guest  1 "),
        "{shown}"
    );
    assert!(fs::read_to_string(&picture)
        .expect("a picture")
        .starts_with("<svg"));
    let report = succeed(&["waves", text(&waveform), "--json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["guests"].as_array().map(Vec::len), Some(2));

    let said = fail(1, &["waves", "/nowhere/run.vcd"]);
    assert!(said.contains("cannot read /nowhere/run.vcd"), "{said}");
    let said = fail(1, &["waves", &path]);
    assert!(said.contains("this is not a VCD"), "{said}");
    let said = fail(1, &["waves", text(&waveform), "--svg", "/nowhere/run.svg"]);
    assert!(said.contains("cannot write /nowhere/run.svg"), "{said}");
}

#[test]
fn wrong_traces_and_options_are_refused_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let refuse = |lines: &str, more: &[&str], part: &str| {
        let path = trace(folder.path(), lines);
        let said = fail(1, &[&["simulate", &path], more].concat());
        assert!(said.contains(part), "{lines:?} {more:?}: {said}");
    };
    refuse("0 0 C\n0 0 W 40 0\n", &[], "trace line 2: data \"0\"");
    refuse("0 0 C\n\n# now\n1 0 X\n", &[], "trace line 4: kind \"X\"");
    refuse("9 0 C\n8 0 C\n", &[], "trace line 2: time 8 is before 9");
    refuse(
        "0 0 W 80000 00\n",
        &[],
        "trace line 1: 1 bytes at 0x80000 are not all in the region of guest 0",
    );
    refuse("0 5 C\n", &["--guests", "2"], "trace line 1: guest 5");
    refuse(
        "0 0 C\n",
        &["--strategies", "S3", "--strategy", "S6"],
        "strategy = S6",
    );
    refuse("0 0 C\n", &["--latency", "0"], "latency = 0");
    refuse("0 0 C\n", &["--no-counters"], "counters = false");
    refuse(
        "0 0 C\n",
        &["--fault-at", "7"],
        "fault at cycle 7: must lie in the trace",
    );
    refuse(
        "0 0 C\n",
        &["--guests", "3", "--regions", "2"],
        "regions = 2",
    );
    let said = fail(1, &["simulate", "none.trace"]);
    assert!(said.contains("cannot read trace none.trace"), "{said}");
    for more in [
        &["--latency", "3", "--dram"][..],
        &["--fault-at", "3", "--faults", "1"],
        &["--vcd", "a", "--fst", "b"],
        &["--fault-at", "soon"],
    ] {
        fail(2, &[&["simulate", "none.trace"], more].concat());
    }
}

#[test]
fn strategies_are_compared_and_a_folder_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = String::new();
    for step in 0..60 {
        lines += &format!(
            "{} 0 W {:x} {}\n",
            step * 50,
            step % 20 * 64,
            "5a".repeat(64)
        );
        lines += &format!("{} 1 R {:x} 64\n", step * 50, step * 64);
    }
    let path = trace(folder.path(), &lines);
    let output = folder.path().join("compared");
    let document = folder.path().join("document.md");
    fs::write(&document, "# Mine\n<!-- begin my -->\n<!-- end my -->\n").expect("written");
    let small = [
        "--memory-size",
        "128KiB",
        "--period",
        "1000",
        "--latency",
        "12",
    ];
    let arguments = [
        "compare",
        &path,
        "--output",
        text(&output),
        "--json",
        "--write-docs",
    ];
    let place = ["--document", text(&document)];
    let report = succeed(&[&arguments[..], &place, &small].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let rows = report[0]["rows"].as_array().expect("rows");
    assert!(rows.len() >= 4, "{report}");
    for row in rows {
        assert!(row["checkpoints"].as_u64() >= Some(2), "{row}");
        assert!(row["overhead"].as_f64() > Some(0.0), "{row}");
        assert!(row["rolled_back_blocks"].as_u64() >= Some(5), "{row}");
    }
    for file in [
        "my.svg",
        "my-responses.svg",
        "comparison.md",
        "comparison.json",
        "files.txt",
    ] {
        assert!(output.join(file).is_file(), "{file}");
    }
    let written = fs::read_to_string(&document).expect("a document");
    assert!(
        written.starts_with("# Mine") && written.contains("| S3 |"),
        "{written}"
    );

    // One strategy on its own; what the run before wrote is replaced, what a person put there is not.
    let again = [
        "compare",
        &path,
        "--strategies",
        "S3",
        "--output",
        text(&output),
    ];
    let shown = succeed(&[&again[..], &small].concat());
    assert!(
        shown.contains("pause") && shown.contains("S3") && !shown.contains("S6"),
        "{shown}"
    );
    fs::write(output.join("mine.txt"), "mine").expect("written");
    let said = fail(1, &[&again[..], &small].concat());
    assert!(said.contains("mine.txt is not from mch compare"), "{said}");
    assert!(output.join("my.svg").is_file());
}

#[test]
fn what_cannot_be_compared_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trace(folder.path(), "0 0 W 40 00\n3 0 R zz 4\n");
    let said = fail(1, &["compare", &path]);
    assert!(said.contains("trace line 2: address \"zz\""), "{said}");
    let said = fail(1, &["compare", "chess"]);
    assert!(
        said.contains("workload chess: is neither one of stream"),
        "{said}"
    );
    let said = fail(1, &["compare", text(folder.path())]);
    assert!(said.contains("cannot read trace"), "{said}");
    let path = trace(folder.path(), "0 0 W 40 00\n3 0 R ffffffff 4\n");
    let said = fail(1, &["compare", &path]);
    assert!(
        said.contains("my.trace") && said.contains("trace line 2: 4 bytes"),
        "{said}"
    );
    let said = fail(
        1,
        &["compare", &path, "--cycles", "2", "--memory-size", "100"],
    );
    assert!(said.contains("memory_size"), "{said}");
    let said = fail(1, &["compare", &path, &path, "--cycles", "2"]);
    assert!(said.contains("there is one named my already"), "{said}");
    let file = folder.path().join("a_file");
    fs::write(&file, "").expect("written");
    for output in [&file, &file.join("within")] {
        let said = fail(1, &["compare", "stream", "--output", text(output)]);
        assert!(
            said.contains("a_file") && said.contains("is a file"),
            "{said}"
        );
    }
    let said = fail(1, &["compare", "stream", "--output", text(folder.path())]);
    assert!(said.contains("mch compare did not write it"), "{said}");
    for (option, value, part) in [
        ("--period", "0", "period = 0: must be 1000"),
        ("--cycles", "0", "cycles = 0"),
        ("--latency", "0", "latency = 0"),
        ("--cache-size", "100", "cache size = 100"),
        ("--cache-ways", "3", "cache ways = 3"),
        ("--ports", "2", "ports = 2: must be 1"),
        ("--strategies", "S2,S2", "S2 stands there twice"),
    ] {
        let said = fail(1, &["compare", "stream", option, value]);
        assert!(said.contains(part), "{option} {value}: {said}");
    }
    let said = fail(
        1,
        &[
            "compare",
            "stream",
            "--write-docs",
            "--document",
            "/none/a.md",
        ],
    );
    assert!(said.contains("cannot read /none/a.md"), "{said}");
    let document = folder.path().join("document.md");
    fs::write(&document, "no place\n").expect("written");
    let arguments = [
        "compare",
        "stream",
        "--write-docs",
        "--document",
        text(&document),
    ];
    let said = fail(1, &arguments);
    assert!(
        said.contains("has no lines <!-- begin stream -->"),
        "{said}"
    );
}

#[test]
fn missing_tools_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trace(folder.path(), "0 0 C\n");
    let output = mch()
        .args(["simulate", &path])
        .env("PATH", "")
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("cannot be run"), "{}", said(&output));
    assert!(said(&output).contains("scripts/setup"), "{}", said(&output));
    let output = mch()
        .arg("synth")
        .env("MCH_YOSYS", "/none/yosys")
        .env("MCH_NEXTPNR_ECP5", "/none/nextpnr")
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("/none/yosys"), "{}", said(&output));
    assert!(said(&output).contains("scripts/setup"), "{}", said(&output));
    let output = mch()
        .args(["verify", "--gate", "ice40", "--cases", "1"])
        .env("MCH_YOSYS", "/none/yosys")
        .output()
        .expect("mch runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("/none/yosys"), "{}", said(&output));
    assert!(said(&output).contains("scripts/setup"), "{}", said(&output));
}

#[test]
fn wrong_requests_of_the_other_commands_are_refused() {
    let said = fail(1, &["verify", "--replay", "one:two"]);
    assert!(said.contains("seed") && said.contains("number"), "{said}");
    let said = fail(1, &["verify", "--replay", "none.script"]);
    assert!(said.contains("no such file"), "{said}");
    let said = fail(1, &["verify", "--replay", "1:2:none"]);
    assert!(said.contains("both-64"), "{said}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    for folder in [file.path(), &file.path().join("within")] {
        let said = fail(1, &["verify", "--cases", "1", "--failures", text(folder)]);
        assert!(said.contains("cannot write failures to"), "{said}");
    }
    let said = fail(
        1,
        &["bench", "--write-docs", "--document", "/none/document.md"],
    );
    assert!(said.contains("cannot read /none/document.md"), "{said}");
    for arguments in [
        &["demo", "--programs", "chess"][..],
        &["demo", "--scale", "0"],
        &["synth", "--device", "ice40"],
        &["synth", "--seeds", "0"],
        &["verify", "--cases", "few"],
        &["verify", "--gate", "ecp4"],
        &["verify", "--replay", "1:2", "--cases", "3"],
        &["bench", "--groups", "none"],
    ] {
        fail(2, arguments);
    }
}

#[test]
fn faults_are_counted_and_kept_and_wrong_ones_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "faults",
        "--strategy",
        "S3",
        "--scenario",
        "rollback",
        "--kind",
        "reset",
        "--depth",
        "1",
        "--stride",
        "90",
        "--json",
        "--resume",
        text(folder.path()),
    ];
    let first: Value = serde_json::from_str(&succeed(&arguments)).expect("JSON");
    assert_eq!(first["units"], 5, "{first}");
    assert_eq!(first["finished"], 5, "{first}");
    // What is done is not done again.
    let again: Value = serde_json::from_str(&succeed(&arguments)).expect("JSON");
    assert_eq!(first["results"], again["results"]);
    for (arguments, part) in [
        (&["--strategy", "S7"][..], "allowed: S1, S2, S3"),
        (&["--scenario", "war"], "allowed: first"),
        (
            &["--strategy", "S3", "--kind", "link-cut"],
            "kind = `link-cut`; allowed with S3: processor, frozen",
        ),
        (&["--depth", "9"], "depth = 9; allowed: 0 to 8"),
        (&["--stride", "0"], "stride = 0"),
        (
            &["--replay", "S3"],
            "neither STRATEGY:SCENARIO:KIND:CYCLE nor",
        ),
        (
            &["--replay", "S3:tree:Wa.Xx"],
            "no operation is called `Xx`",
        ),
        (&["--replay", "S3:rollback:reset:soon"], "the cycle `soon`"),
    ] {
        let said = fail(1, &[&["faults"], arguments].concat());
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn a_campaign_of_no_time_reports_no_cases() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().join("build/failures");
    let arguments = ["verify", "--seconds", "0", "--json", "--failures"];
    let report = succeed(&[&arguments[..], &[text(&failures)]].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["cases"], 0, "{report}");
    // Without failures no folder for them stays.
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0);
}

#[test]
fn a_strategy_of_ones_own_is_verified_and_replayed() {
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/deferred-copying/strategy.toml"
    );
    let said = succeed(&["verify", "--strategy", example, "--replay", "1:3:three-64"]);
    assert!(said.starts_with("passed: "), "{said}");
    let said = fail(1, &["verify", "--strategy", "nowhere.toml", "--cases", "1"]);
    assert!(said.contains("nowhere.toml"), "{said}");
}

#[test]
fn ctrl_c_ends_a_replay_tidily() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.trace");
    let mut file = fs::File::create(&path).expect("made");
    for time in 0..20_000 {
        writeln!(file, "{} 0 R {:x} 64", time * 1_000, time % 64 * 64).expect("written");
    }
    let child = mch()
        .args(["simulate", text(&path)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mch runs");
    let process = child.id().to_string();
    // Bit 1 of the caught signals is the interrupt: before, it would just end the process.
    let catches = || {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap_or(0) & 2 != 0)
    };
    while !catches() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &process])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("mch ends");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("interrupted"), "{}", said(&output));
}
