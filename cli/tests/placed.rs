//! `mch synth` with Yosys and nextpnr themselves outside ECP5: a block with more nets than nextpnr routes in one piece gets a clock.

use crate::common::{mch, said};
use serde_json::Value;

fn clock(device: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = mch()
        .current_dir(folder.path())
        .args(["synth", "--block", "guest_ring", "--no-blocks"])
        .args(["--strategies", "S6", "--hardwired", "--guests", "1"])
        .args(["--memory-size", "64KiB", "--seeds", "1", "--json"])
        .args(["--device", device])
        .output()
        .expect("mch runs");
    assert!(output.status.success(), "{device}: {}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let clock = report["fmax_median"].as_f64().unwrap_or_default();
    assert!(clock > 1.0, "{device}: {report}");
}

#[test]
fn the_clock_of_nexus_finds_its_buffer() {
    clock("nexus-40k");
}

#[test]
fn only_the_pins_of_the_wrapper_are_pins_on_gowin() {
    clock("gowin-20k");
}
