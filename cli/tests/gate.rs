//! What `mch generate` writes passes Verilator's lint and Yosys's check with no waiver and no latch, in every data width.

use crate::common;

use common::{succeed, text};
use mch_hdl::emit::{gate, VerilogFile};
use std::fs;
use std::path::Path;

fn every_build_passes(data_width: &str) {
    for strategy in ["S1", "S2", "S3", "S4", "S5", "S6"] {
        passes(data_width, strategy, &["--hardwired"]);
        passes(data_width, strategy, &[]);
    }
    for several in ["S1,S3,S4,S5,S6", "S1,S2,S3,S4,S5,S6"] {
        passes(data_width, several, &[]);
    }
}

fn passes(data_width: &str, strategy: &str, more: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("unit");
    let arguments = [
        &["generate", "-o", text(&output), "--data-width", data_width][..],
        &["--strategies", strategy, "--guests", "2"],
        more,
        if strategy.contains("S2") {
            &["--link"]
        } else {
            &[]
        },
    ];
    succeed(&arguments.concat());
    let list = fs::read_to_string(output.join("mch_checkpoint.f")).expect("the list");
    let sources = list.lines().filter(|line| !line.starts_with("//"));
    let files: Vec<VerilogFile> = sources
        .map(|path| VerilogFile {
            name: path.trim_start_matches("rtl/").to_owned(),
            text: fs::read_to_string(output.join(path)).expect("a source"),
        })
        .collect();
    if let Err(error) = gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        panic!("{data_width} bits, {strategy} {more:?}: {error:#}");
    }
}

#[test]
fn builds_of_32_bits_pass() {
    every_build_passes("32");
}

#[test]
fn builds_of_64_bits_pass() {
    every_build_passes("64");
}

#[test]
fn builds_of_128_bits_pass() {
    every_build_passes("128");
}

#[test]
fn builds_of_256_bits_pass() {
    every_build_passes("256");
}

#[test]
fn builds_of_512_bits_pass() {
    every_build_passes("512");
}

#[test]
fn builds_with_error_correction_pass() {
    for strategy in ["S1", "S2", "S3", "S4", "S5", "S6"] {
        passes("64", strategy, &["--hardwired", "--error-correction"]);
    }
    passes("32", "S1,S2,S3,S4,S5,S6", &["--error-correction"]);
}
