//! `mch generate`: what it writes, and what it refuses without touching anything.

use crate::common;

use common::{fail, mch, run, said, succeed, text};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A configuration that is generated quickly.
const SMALL: [&str; 6] = ["--guests", "1", "--regions", "1", "--strategies", "S3"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn generate(output: &Path, more: &[&str]) -> String {
    succeed(&[&["generate", "-o", text(output)], &SMALL[..], more].concat())
}

fn refuse(code: i32, output: &Path, more: &[&str]) -> String {
    fail(code, &[&["generate", "-o", text(output)], more].concat())
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = text(path.strip_prefix(folder).expect("below")).to_owned();
                found.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn everything_is_written_and_always_the_same() {
    let folder = folder();
    let (a, b) = (folder.path().join("a"), folder.path().join("b/c"));
    generate(&a, &[]);
    generate(&b, &[]);
    let files = contents(&a);
    assert_eq!(files, contents(&b));
    for name in [
        "rtl/mch_checkpoint.v",
        "mch_checkpoint.f",
        "mch_checkpoint.core",
        "mch_regs.h",
        "mch_regs.rs",
        "mch.svd",
        "mch.rdl",
        "registers.md",
        "interfaces.md",
        "firmware.s",
        "firmware.hex",
        "mch.toml",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let list = String::from_utf8(files["mch_checkpoint.f"].clone()).expect("UTF-8");
    let listed: Vec<&str> = list
        .lines()
        .filter(|line| !line.starts_with("//"))
        .collect();
    assert_eq!(listed[0], "rtl/mch_checkpoint.v");
    let modules = files.keys().filter(|name| name.starts_with("rtl/"));
    assert_eq!(listed.len(), modules.count());
    for line in String::from_utf8_lossy(&files["firmware.hex"]).lines() {
        assert!(
            line.len() == 8 && u32::from_str_radix(line, 16).is_ok(),
            "{line}"
        );
    }
}

#[test]
fn the_written_configuration_gives_the_same_again() {
    let folder = folder();
    let output = folder.path().join("unit");
    generate(&output, &["--data-width", "128"]);
    let config = output.join("mch.toml");
    let (config, output) = (text(&config), text(&output));
    succeed(&["generate", "--config", config, "-o", output, "--check"]);
    let said = fail(
        1,
        &[
            "generate", "--config", config, "-o", output, "--check", "--ports", "2",
        ],
    );
    assert!(said.contains("rtl/mch_checkpoint.v differs"), "{said}");
}

#[test]
fn check_names_what_differs_and_changes_nothing() {
    let folder = folder();
    let output = folder.path().join("unit");
    generate(&output, &[]);
    generate(&output, &["--check"]);
    fs::write(output.join("mch.svd"), "edited").expect("written");
    fs::remove_file(output.join("mch.rdl")).expect("removed");
    fs::write(output.join("notes"), "mine").expect("written");
    let before = contents(&output);
    let arguments = [&["--check"], &SMALL[..]].concat();
    let said = refuse(1, &output, &arguments);
    for part in [
        "mch.svd differs",
        "mch.rdl is missing",
        "notes would not be written",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(contents(&output), before);
    let said = refuse(1, &folder.path().join("none"), &arguments);
    assert!(said.contains("is not a folder"), "{said}");
    let json = run(&[&["generate", "--json", "-o", text(&output)], &arguments[..]].concat());
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        report["differences"].as_array().map(Vec::len),
        Some(3),
        "{report}"
    );
}

#[test]
fn an_empty_file_means_all_defaults() {
    let folder = folder();
    let config = folder.path().join("empty.toml");
    fs::write(&config, "").expect("written");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    succeed(&["generate", "--config", text(&config), "-o", text(&a)]);
    succeed(&["generate", "-o", text(&b)]);
    assert_eq!(contents(&a), contents(&b));
}

#[test]
fn impossible_configurations_name_field_value_and_what_is_allowed() {
    let folder = folder();
    let output = folder.path().join("unit");
    for (arguments, parts) in [
        (&["--ports", "9"][..], &["ports = 9", "1 to 8"][..]),
        (&["--data-width", "48"], &["data_width = 48", "32 to 512"]),
        (
            &["--block-size", "100"],
            &["block_size = 100", "64 to 4096"],
        ),
        (
            &["--data-width", "32", "--block-size", "2KiB"],
            &["block_size = 2KiB", "256 beats"],
        ),
        (
            &["--memory-size", "4GiB"],
            &["memory_size = 4GiB", "address_width = 32"],
        ),
        (
            &["--strategies", "S2"],
            &["link = false", "must be true with S2"],
        ),
        (
            &["--link"],
            &[
                "link = true",
                "must be false without S2",
                "[S1, S3, S4, S5, S6]",
            ],
        ),
        (
            &["--hardwired"],
            &["strategies = [S1, S3, S4, S5, S6]", "exactly one strategy"],
        ),
    ] {
        let said = refuse(1, &output, arguments);
        for part in parts {
            assert!(said.contains(part), "{arguments:?}: {part}: {said}");
        }
        assert!(!output.exists());
    }
}

#[test]
fn configuration_files_that_cannot_be_read_are_refused_with_their_place() {
    let folder = folder();
    let output = folder.path().join("unit");
    let config = folder.path().join("my.toml");
    for (toml, parts) in [
        (
            "ports = 2\ncolour = 3\n",
            &["line 2", "unknown field `colour`", "data_width"][..],
        ),
        ("ports = \"two\"\n", &["line 1", "ports", "invalid type"]),
        ("strategies = [\"S7\"]\n", &["unknown variant `S7`", "S3"]),
        (
            "memory_size = \"1MB\"\n",
            &["memory_size", "`1MB` is not a size"],
        ),
        ("ports = \n", &["line 1"]),
    ] {
        fs::write(&config, toml).expect("written");
        let said = refuse(1, &output, &["--config", text(&config)]);
        for part in parts.iter().chain(&["my.toml"]) {
            assert!(said.contains(part), "{toml:?}: {part}: {said}");
        }
        assert!(!output.exists());
    }
    let said = refuse(1, &output, &["--config", "none.toml"]);
    assert!(said.contains("cannot read none.toml"), "{said}");
    // A flag may mend what stands in the file.
    fs::write(&config, "ports = 9\n").expect("written");
    generate(&output, &["--config", text(&config), "--ports", "1"]);
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["generate"][..],
        &["generate", "-o", "x", "--port", "2"],
        &["generate", "-o", "x", "--ports", "two"],
        &["generate", "-o", "x", "--strategies", "S9"],
        &["generate", "-o", "x", "--memory-size", "1MB"],
        &["invent"],
        &[],
    ] {
        fail(2, arguments);
    }
    assert!(!Path::new("x").exists());
}

#[test]
fn what_mch_did_not_write_stays() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "mine").expect("written");
    let said = refuse(1, &file, &SMALL);
    assert!(said.contains("is a file"), "{said}");
    let said = refuse(1, &file.join("below"), &SMALL);
    assert!(said.contains("below"), "{said}");
    let said = refuse(1, folder.path(), &SMALL);
    assert!(said.contains("is not empty"), "{said}");
    // A configuration of that name does not make the folder ours.
    fs::write(folder.path().join("mch.toml"), "ports = 1\n").expect("written");
    refuse(1, folder.path(), &SMALL);
    assert_eq!(contents(folder.path()).len(), 2);

    let output = folder.path().join("unit");
    generate(&output, &[]);
    fs::write(output.join("rtl/mine.v"), "module mine; endmodule").expect("written");
    let before = contents(&output);
    let said = refuse(1, &output, &SMALL);
    assert!(
        said.contains("rtl/mine.v is not from mch generate"),
        "{said}"
    );
    assert_eq!(contents(&output), before);
}

#[test]
fn a_new_configuration_leaves_nothing_of_the_old_one() {
    let folder = folder();
    let (output, fresh) = (folder.path().join("unit"), folder.path().join("fresh"));
    let log = ["--strategies", "S6", "--hardwired"];
    succeed(&[&["generate", "-o", text(&output)], &log[..]].concat());
    let old = contents(&output);
    generate(&output, &["--hardwired"]);
    generate(&fresh, &["--hardwired"]);
    assert_eq!(contents(&output), contents(&fresh));
    assert!(
        old.keys().any(|name| !output.join(name).exists()),
        "S6 has modules of its own"
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        2,
        "nothing stays beside"
    );
    // Into an empty folder, and through a link.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("made");
    generate(&empty, &["--hardwired"]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&empty, &link).expect("linked");
    generate(&link, &["--hardwired"]);
    assert!(link.is_symlink() && contents(&empty) == contents(&fresh));
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let folder = folder();
    let output = folder.path().join("unit");
    generate(&output, &[]);
    let before = contents(folder.path());
    // No file may grow beyond 16 KiB: the next write fails, as on a full disk.
    let limited = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "bash"])
        .arg(mch().get_program())
        .args(["generate", "--data-width", "512", "-o", text(&output)])
        .output()
        .expect("bash runs");
    assert_eq!(limited.status.code(), Some(1), "{}", said(&limited));
    assert!(
        said(&limited).contains("cannot write"),
        "{}",
        said(&limited)
    );
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let folder = folder();
    let closed = std::process::Command::new("bash")
        .args(["-c", "\"$@\" | true", "bash"])
        .arg(mch().get_program())
        .args([
            "generate",
            "--json",
            "-o",
            text(&folder.path().join("unit")),
        ])
        .args(SMALL)
        .output()
        .expect("bash runs");
    assert!(!said(&closed).contains("panicked"), "{}", said(&closed));
}

/// The example of a user's strategy.
const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/deferred-copying/strategy.toml"
);

#[test]
fn a_strategy_of_ones_own_is_written_beside_a_unit_that_stays_as_it_is() {
    let parent = folder();
    let output = parent.path().join("out");
    let generate = |more: &[&str]| {
        let build = ["--guests", "1", "--regions", "1", "--strategies", "S3,S4"];
        succeed(&[&["generate", "-o", text(&output)], &build[..], more].concat())
    };
    generate(&[]);
    let plain = contents(&output);
    generate(&["--strategy", EXAMPLE]);
    let mut with = contents(&output);
    let header = String::from_utf8(with.remove("strategy.h").unwrap()).unwrap();
    assert!(
        header.contains("#define MCH_STRATEGY_NUMBER 4\n"),
        "{header}"
    );
    assert!(with.remove("strategy.hex").is_some() && with.remove("strategy.s").is_some());
    assert_eq!(with, plain);
    // And it goes again with the rest.
    generate(&[]);
    assert_eq!(contents(&output), plain);
    let said = refuse(
        1,
        &output,
        &["--strategies", "S3,S6", "--strategy", EXAMPLE],
    );
    assert!(said.contains("stands on S4"), "{said}");
    let said = refuse(1, &output, &["--strategy", "nowhere.toml"]);
    assert!(said.contains("nowhere.toml"), "{said}");
    assert_eq!(contents(&output), plain);
}
