//! The generated files: each is checked by something other than its generator.

use mch_spec::generate::{self, Direction};
use mch_spec::registers::{self, LISTS, TABLE};
use mch_spec::{Config, Strategy};
use std::fmt::Write;
use std::process::Command;

fn small() -> Config {
    Config {
        strategies: vec![Strategy::S3],
        settable: false,
        guests: 2,
        regions: 3,
        ..Config::default()
    }
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_c_header_compiles_and_agrees() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mch_regs.h"), generate::c_header()).unwrap();
    let mut program =
        String::from("#include \"mch_regs.h\"\n#include \"mch_regs.h\"\nint main(void) {\n");
    let mut number = 0;
    let mut check = |expression: String, value: u32| {
        number += 1;
        let _ = writeln!(
            program,
            "    if (({expression}) != {value}u) return {};",
            number % 255 + 1
        );
    };
    for register in TABLE {
        check(format!("MCH_{}", register.name), register.offset);
        for field in register.fields {
            let name = format!("MCH_{}_{}", register.name, field.name);
            check(format!("{name}_MASK"), field.bits.mask());
            check(
                format!("MCH_GET({name}, 0xa5c31e78u)"),
                field.bits.get(0xa5c3_1e78),
            );
            check(
                format!("MCH_PUT({name}, 0xa5c31e78u)"),
                field.bits.put(0xa5c3_1e78),
            );
        }
    }
    for list in LISTS {
        for code in list.codes {
            check(format!("MCH_{}_{}", list.name, code.label), code.value);
        }
    }
    check(
        "MCH_GUEST(3u, MCH_G_STATUS)".into(),
        registers::guest_address(3, registers::offset::G_STATUS),
    );
    check(
        "MCH_REGION(5u, MCH_R_GUEST)".into(),
        registers::region_address(5, registers::offset::R_GUEST),
    );
    program.push_str("    return 0;\n}\n");
    std::fs::write(directory.path().join("check.c"), program).unwrap();
    run(Command::new("gcc")
        .args([
            "-std=c99",
            "-pedantic",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
            "check",
            "check.c",
        ])
        .current_dir(directory.path()));
    run(&mut Command::new(directory.path().join("check")));
}

#[test]
fn the_rust_constants_compile_without_std_and_agree() {
    let directory = tempfile::tempdir().unwrap();
    let mut text = String::from("#![no_std]\n#![deny(warnings, missing_docs)]\n")
        + &generate::rust_constants();
    for register in TABLE {
        let _ = writeln!(
            text,
            "const _: () = assert!(offset::{} == {});",
            register.name, register.offset
        );
        for field in register.fields {
            let path = format!("{}::{}", register.name.to_lowercase(), field.name);
            let _ = writeln!(
                text,
                "const _: () = assert!({path}.mask() == {});",
                field.bits.mask()
            );
        }
    }
    std::fs::write(directory.path().join("constants.rs"), text).unwrap();
    run(Command::new("rustc")
        .args([
            "--edition=2021",
            "--crate-type=lib",
            "--emit=metadata",
            "constants.rs",
        ])
        .current_dir(directory.path()));
}

#[test]
fn the_svd_is_xml_and_holds_every_register_of_the_build() {
    for config in [Config::default(), small()] {
        let text = generate::svd(&config);
        let document = roxmltree::Document::parse(&text).unwrap();
        let named = |name: &str| {
            document
                .descendants()
                .filter(|node| node.has_tag_name(name))
                .count()
        };
        let present = TABLE
            .iter()
            .filter(|register| register.presence.holds(&config))
            .count();
        assert_eq!(named("register"), present);
        let text_of = |node: roxmltree::Node, name: &str| {
            node.children()
                .find(|child| child.has_tag_name(name))
                .and_then(|child| child.text())
                .map(str::to_string)
        };
        for cluster in document
            .descendants()
            .filter(|node| node.has_tag_name("cluster"))
        {
            let expected = if text_of(cluster, "name").as_deref() == Some("GUEST[%s]") {
                config.guests
            } else {
                config.regions
            };
            assert_eq!(text_of(cluster, "dim").unwrap(), expected.to_string());
        }
        for node in document
            .descendants()
            .filter(|node| node.has_tag_name("register"))
        {
            let register = registers::find(&text_of(node, "name").unwrap()).unwrap();
            let reset = format!("0x{:08x}", register.reset_value(&config));
            assert_eq!(
                text_of(node, "resetValue").unwrap(),
                reset,
                "{}",
                register.name
            );
        }
    }
}

#[test]
fn the_rdl_is_balanced_and_holds_every_register_of_the_build() {
    for config in [Config::default(), small()] {
        let text = generate::system_rdl(&config);
        let count = |character: char| text.chars().filter(|c| *c == character).count();
        assert_eq!((count('{'), count('"') % 2), (count('}'), 0));
        let present = TABLE
            .iter()
            .filter(|register| register.presence.holds(&config));
        assert_eq!(text.matches("reg {").count(), present.clone().count());
        for register in present {
            assert_eq!(
                text.matches(&format!("}} {} @ 0x", register.name)).count(),
                1,
                "{}",
                register.name
            );
        }
        assert_eq!(text.contains("G_RING_BASE"), config.uses_ring());
    }
}

fn committed(name: &str) -> String {
    let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_committed_pages_are_the_generated_ones() {
    let hint = "regenerate: cargo run -p mch-spec --example docs";
    assert!(
        committed("registers.md") == generate::registers_page(),
        "docs/registers.md is stale; {hint}"
    );
    assert!(
        committed("interfaces.md") == generate::interfaces(&Config::default()),
        "docs/interfaces.md is stale; {hint}"
    );
}

#[test]
fn ports_follow_the_configuration() {
    let names = |config: &Config| {
        generate::ports(config)
            .into_iter()
            .map(|port| port.name)
            .collect::<Vec<_>>()
    };
    let one = names(&Config::default());
    assert!(one.contains(&"s_axi_awaddr".into()) && !one.iter().any(|name| name.ends_with("user")));
    let config = Config {
        ports: 3,
        user_width: 5,
        ..Config::default()
    };
    let three = generate::ports(&config);
    let find = |name: &str| {
        three
            .iter()
            .find(|port| port.name == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(
        (
            find("s2_axi_aruser").width,
            find("m_axi_rid").width,
            find("irq").width
        ),
        (5, 3, 5)
    );
    assert_eq!(find("s0_axi_rready").direction, Direction::Input);
    assert_eq!(find("m_axi_rready").direction, Direction::Output);
    assert_eq!(find("m_axi_bresp").direction, Direction::Input);
    assert_eq!(find("s_axil_awaddr").width, 17);
}
