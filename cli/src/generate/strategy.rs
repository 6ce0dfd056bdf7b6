//! The firmware with a user's strategy in it, for loading through the registers of a unit that stays as it is.

use super::artefacts::{hexadecimal, listing};
use crate::folder::Files;
use anyhow::Result;
use mch_spec::firmware::{checksum, CustomStrategy};
use mch_spec::Config;
use std::fmt::Write;

/// Files that an earlier run may have written and this one does not.
pub const OPTIONAL: [&str; 3] = ["strategy.s", "strategy.hex", "strategy.h"];

/// What `mch generate --strategy` writes besides.
pub fn artefacts(strategy: &CustomStrategy, config: &Config) -> Result<Files> {
    let words = strategy.assemble(config)?.words;
    Ok(Files::from([
        (
            "strategy.s".to_owned(),
            listing(&format!("with {}", one_line(&strategy.name)), &words),
        ),
        ("strategy.hex".to_owned(), hexadecimal(&words)),
        ("strategy.h".to_owned(), header(strategy, &words)),
    ]))
}

fn one_line(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    name.replace("*/", "* /")
}

/// The words as C, with what else a driver writes.
fn header(strategy: &CustomStrategy, words: &[u32]) -> String {
    let mut text = format!(
        "/* Written by mch generate: the firmware with {}.\n * To load it, while no routine runs: write 0 to FIRMWARE_ADDRESS, \
         each word to FIRMWARE_DATA, the checksum to\n * FIRMWARE_CHECK. Before its guests are attached: G_STRATEGY, then \
         G_POLICY. */\n#ifndef MCH_STRATEGY_H\n#define MCH_STRATEGY_H\n#include <stdint.h>\n\n",
        one_line(&strategy.name)
    );
    let defines = [
        ("CHECKSUM", format!("0x{:08x}u", checksum(words))),
        ("NUMBER", strategy.on.number().to_string()),
        ("POLICY", format!("0x{:05x}u", strategy.policy_row)),
        ("WORDS", words.len().to_string()),
    ];
    for (name, value) in defines {
        let _ = writeln!(text, "#define MCH_STRATEGY_{name} {value}");
    }
    text += "\nstatic const uint32_t mch_strategy[MCH_STRATEGY_WORDS] = {\n";
    for line in words.chunks(8) {
        let line: Vec<String> = line.iter().map(|word| format!("0x{word:08x}")).collect();
        let _ = writeln!(text, "    {},", line.join(", "));
    }
    text + "};\n\n#endif\n"
}
