//! Writes the generated pages: `cargo run -p mch-spec --example docs`.

use mch_spec::{generate, Config};

fn main() -> std::io::Result<()> {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    std::fs::write(format!("{docs}/registers.md"), generate::registers_page())?;
    std::fs::write(
        format!("{docs}/interfaces.md"),
        generate::interfaces(&Config::default()),
    )
}
