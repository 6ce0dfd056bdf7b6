//! Strategies of users' own: descriptions that are right, and every way in which one can be wrong.

use mch_spec::firmware::{image, CustomStrategy, Instruction, Opcode};
use mch_spec::{Config, Strategy};
use std::fs;
use std::path::Path;

const POLICY: &str = "[policy]\nclean = [\"MARK\"]\ntouched = []\npending = [\"PUSH\", \"MARK\"]\npending_touched = [\"REDIRECT\"]\n";

fn build(strategies: &[Strategy], settable: bool) -> Config {
    Config {
        strategies: strategies.to_vec(),
        settable,
        ..Config::default()
    }
}

/// What a description and a routine `own.s` say.
fn read(description: &str, routine: &str) -> Result<CustomStrategy, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("strategy.toml");
    fs::write(&file, description).unwrap();
    fs::write(folder.path().join("own.s"), routine).unwrap();
    CustomStrategy::from_file(&file).map_err(|error| error.to_string())
}

fn description(head: &str) -> String {
    format!("name = \"own\"\non = \"S4\"\n{head}\n{POLICY}")
}

#[test]
fn its_routines_stand_behind_the_built_in_ones_and_take_operations_over() {
    let text = description("routines = [\"own.s\"]\noperations = [9]");
    let routine =
        ".vector CHECKPOINT, own\n.vector 9, own\nown: BRANCH S4, own\n JUMP checkpoint_begin\n";
    let custom = read(&text, routine).unwrap();
    assert_eq!(custom.policy_row, 0x80000 | 0b00101 << 10 | 1);
    let config = build(&[Strategy::S3, Strategy::S4], true);
    let (built_in, words) = (image(&config), custom.assemble(&config).unwrap().words);
    assert_eq!(words[16..built_in.len()], built_in[16..]);
    for location in [3, 9] {
        let vector = Instruction::decode(words[location]).unwrap();
        assert_eq!(
            (vector.opcode, usize::from(vector.b)),
            (Opcode::Jump, built_in.len())
        );
    }
    for location in (0..16).filter(|location| ![3, 9].contains(location)) {
        assert_eq!(words[location], built_in[location], "vector {location}");
    }
}

#[test]
fn it_needs_a_settable_build_of_what_it_stands_on() {
    let custom = read(&description("routines = []"), "").unwrap();
    for config in [
        build(&[Strategy::S4], false),
        build(&[Strategy::S3, Strategy::S6], true),
    ] {
        let error = custom.assemble(&config).unwrap_err().to_string();
        assert_eq!(
            error,
            "strategy `own` stands on S4: the build must be settable and have S4"
        );
    }
}

#[test]
fn what_is_wrong_is_told() {
    let good = "routines = [\"own.s\"]";
    let cases = [
        ("name = 3".to_owned(), "name"),
        (description("routines = [\"other.s\"]"), "other.s"),
        (
            description("routines = [\"../own.s\"]"),
            "beside the description",
        ),
        (
            description("routines = [\"strategy.toml\"]"),
            "beside the description",
        ),
        (
            description(&format!("{good}\noperations = [3]")),
            "operations: 3: must be",
        ),
        (
            description(&format!("{good}\noperations = [16]")),
            "operations: 16: must be",
        ),
        (description(&format!("{good}\ncolour = 1")), "colour"),
        (description(good).replace("\"S4\"", "\"S7\""), "S7"),
        (description(good).replace("\"PUSH\"", "\"PULL\""), "PULL"),
        (description(good).replace("touched = []\n", ""), "touched"),
    ];
    for (text, what) in cases {
        let error = read(&text, "").unwrap_err();
        assert!(error.contains(what), "`{what}` in: {error}");
    }
    let missing = CustomStrategy::from_file("nowhere/strategy.toml").unwrap_err();
    assert!(missing.to_string().starts_with("nowhere/strategy.toml: "));

    let config = build(&[Strategy::S4], true);
    let routines = [
        ("own: JUMP nowhere", "own.s:1: no label `nowhere`"),
        (
            ".vector 9, a\n.vector 9, a\na: END OK",
            "own.s:2: location 9 is assembled twice",
        ),
        (
            "checkpoint: END OK",
            "own.s:1: label `checkpoint` stands twice",
        ),
        ("FLY", "own.s:1: `FLY` is not an instruction"),
    ];
    for (routine, what) in routines {
        let custom = read(&description(good), routine).unwrap();
        let error = custom.assemble(&config).unwrap_err().to_string();
        assert_eq!(error, what);
    }
}

#[test]
fn the_example_assembles_in_every_settable_build_with_s4() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/deferred-copying/strategy.toml");
    let custom = CustomStrategy::from_file(file).unwrap();
    assert_eq!(custom.policy_row, Strategy::S4.policy_row());
    for others in [
        &[][..],
        &[Strategy::S3],
        &[Strategy::S3, Strategy::S5, Strategy::S6],
    ] {
        let mut strategies = [others, &[Strategy::S4]].concat();
        strategies.sort();
        custom.assemble(&build(&strategies, true)).unwrap();
    }
}
