//! What other tools take of what `mch generate` writes: FuseSoC lints the core, simulates its testbench and synthesises it; tops for vendors.

use crate::common;

use common::{said, succeed, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A small unit: what is tested is the description, not the unit.
const UNIT: &str = "data_width = 32\nmemory_size = \"64KiB\"\nguests = 1\nregions = 1\nprocessors = 1\nsaves = 4\noutstanding = 4\n\
                    strategies = [\"S6\"]\nsettable = false\n";

/// A program of the Python environment that `scripts/setup` installs.
fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.tools/python/bin")
        .join(name)
}

/// Writes the core of a configuration into a folder.
fn generate(folder: &Path, configuration: &str) {
    let config = folder.join("unit.toml");
    std::fs::write(&config, configuration).expect("the configuration");
    let core = folder.join("core");
    succeed(&["generate", "--config", text(&config), "-o", text(&core)]);
}

/// Runs a target of the core in a folder; its home is the folder, so that nobody's settings matter.
fn fusesoc(folder: &Path, target: &str) -> Output {
    Command::new(tool("fusesoc"))
        .args(["--cores-root", "core", "run", "--build-root", "build"])
        .args(["--target", target, "mch:memory:mch_checkpoint"])
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .output()
        .expect("fusesoc runs; scripts/setup installs it")
}

fn passes(folder: &Path, target: &str) -> String {
    let output = fusesoc(folder, target);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", said(&output));
    printed
}

#[test]
fn the_core_is_linted_and_synthesised() {
    let folder = tempfile::tempdir().expect("a folder");
    generate(folder.path(), UNIT);
    passes(folder.path(), "lint");
    passes(folder.path(), "synth");
    let netlist = folder
        .path()
        .join("build/mch_memory_mch_checkpoint_0.1.0/synth/mch_memory_mch_checkpoint_0.1.0.json");
    let netlist = std::fs::read_to_string(netlist).expect("the netlist");
    assert!(netlist.contains("TRELLIS_FF"), "no cell of ECP5");
}

#[test]
fn the_core_is_simulated_and_a_wrong_one_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    generate(folder.path(), UNIT);
    let printed = passes(folder.path(), "sim");
    assert!(
        printed.contains("S6: two checkpoints and two rollbacks, right"),
        "{printed}"
    );
    assert!(printed.contains("PASS after"), "{printed}");
    // Nothing is put back when every entry of the log seems void.
    let reader = folder.path().join("core/rtl/ring_reader.v");
    let verilog = std::fs::read_to_string(&reader).expect("the reader of the log");
    let line = verilog
        .lines()
        .find(|line| line.contains("assign good = "))
        .expect("the line that tells good entries from void ones")
        .to_owned();
    std::fs::write(&reader, verilog.replace(&line, "    assign good = 1'b0;")).expect("the mutant");
    let output = fusesoc(folder.path(), "sim");
    assert!(!output.status.success(), "the mutant passes");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &said(&output);
    assert!(printed.contains("block 0 holds"), "{printed}");
}

/// The testbench of every shape of ports passes Verilator's lint.
#[test]
fn testbenches_of_all_shapes_are_good_verilog() {
    for arguments in [
        &["--data-width", "512", "--ports", "3"][..],
        &["--data-width", "128", "--strategies", "S3", "--hardwired"],
        &["--strategies", "S2", "--link", "--hardwired"],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("unit");
        succeed(&[&["generate", "-o", text(&output)][..], arguments].concat());
        let lint = Command::new("verilator")
            .args([
                "--lint-only",
                "--timing",
                "--top-module",
                "mch_checkpoint_tb",
            ])
            .args(["-F", "mch_checkpoint.f", "tb/mch_checkpoint_tb.sv"])
            .current_dir(&output)
            .output()
            .expect("verilator runs");
        assert!(lint.status.success(), "{arguments:?}: {}", said(&lint));
    }
}

/// Vivado's top is good Verilog around the unit; Platform Designer's component names every port once. Neither tool is here.
#[test]
fn tops_for_vendors_hold_every_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("unit");
    let unit = [
        "generate",
        "-o",
        text(&output),
        "--ports",
        "2",
        "--link",
        "--strategies",
        "S2,S6",
    ];
    succeed(&[&unit[..], &["--top", "quartus"]].concat());
    let component = std::fs::read_to_string(output.join("quartus/mch_checkpoint_hw.tcl"))
        .expect("the component");
    let interfaces = std::fs::read_to_string(output.join("interfaces.md")).expect("the page");
    for line in interfaces
        .lines()
        .filter(|line| line.ends_with("put | 1 |") || line.contains("put | "))
    {
        let name = line.split('`').nth(1).expect("a name");
        let ports = component.lines().filter(|line| {
            line.starts_with("add_interface_port") && line.split(' ').nth(2) == Some(name)
        });
        assert_eq!(ports.count(), 1, "{name}");
    }
    // The folder is this command's, whatever an earlier run wrote.
    succeed(&[&unit[..], &["--top", "vivado"]].concat());
    assert!(!output.join("quartus").exists());
    let lint = Command::new("verilator")
        .args([
            "--lint-only",
            "-Wall",
            "--top-module",
            "mch_checkpoint_vivado",
        ])
        .args(["-F", "mch_checkpoint.f", "vivado/mch_checkpoint_vivado.v"])
        .current_dir(&output)
        .output()
        .expect("verilator runs");
    assert!(lint.status.success(), "{}", said(&lint));
}
