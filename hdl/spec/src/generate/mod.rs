//! Files made from the register table and the configuration: pure functions from data to text.

mod c_header;
mod interfaces;
mod markdown;
mod rust_constants;
mod svd;
mod system_rdl;
mod testbench;

pub use c_header::c_header;
pub use interfaces::{interfaces, ports, Direction, Port};
pub use markdown::registers_page;
pub use rust_constants::rust_constants;
pub use svd::svd;
pub use system_rdl::system_rdl;
pub use testbench::testbench;

/// The first line of every generated file, without comment marks.
const NOTICE: &str = "Generated from the register table in hdl/spec/src/registers; do not edit.";

/// Text for XML: the five characters that may not stand as they are.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A sentence with the builds it holds for, if not all.
fn with_condition(description: &str, presence: crate::registers::Presence) -> String {
    match presence.condition() {
        "" => description.into(),
        condition => format!("{description} Only in {condition}."),
    }
}
