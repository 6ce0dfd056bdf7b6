//! A LiteX system on chip with the unit between its bus and its memory: its PicoRV32 takes checkpoints and rolls back.

use crate::common;

use common::{said, succeed, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs integrations/litex/simulate.py on a unit.
fn simulate(unit: &Path, output: &Path) -> Output {
    Command::new(repository().join(".tools/python/bin/python"))
        .arg(repository().join("integrations/litex/simulate.py"))
        .args(["--unit", text(unit), "--output", text(output)])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python runs; scripts/setup installs it")
}

#[test]
fn a_system_on_chip_takes_checkpoints_of_its_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("unit");
    succeed(
        &[
            &["generate", "-o", text(&unit), "--data-width", "32"][..],
            &["--strategies", "S3,S6", "--guests", "1"],
            &["--memory-size", "64KiB"],
        ]
        .concat(),
    );
    let output = simulate(&unit, &folder.path().join("system"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", said(&output));
    for strategy in ["S3", "S6"] {
        let line = format!("{strategy}: two checkpoints and two rollbacks, right");
        assert!(printed.contains(&line), "{printed}");
    }
}

#[test]
fn a_unit_that_does_not_suit_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("unit");
    let system = folder.path().join("system");
    let output = simulate(&unit, &system);
    assert!(!output.status.success());
    let message = said(&output);
    assert!(
        message.contains("mch_checkpoint.v: No such file"),
        "{message}"
    );
    assert!(!message.contains("Traceback"), "{message}");
    succeed(&["generate", "-o", text(&unit), "--guests", "1"]);
    let output = simulate(&unit, &system);
    assert!(!output.status.success());
    let message = said(&output);
    assert!(
        message.contains("64 bits, 1 ports; this system is made for 32 bits"),
        "{message}"
    );
}
