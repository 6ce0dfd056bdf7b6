//! Emitted Verilog in Verilator.

use mch_hdl::emit::VerilogFile;
use num_bigint::BigUint;
use std::sync::Arc;
use verilated::{Cache, Design, Instance, Library};

/// Builds a design, every warning an error (all but two for random programs).
pub fn build(files: &[VerilogFile], random: bool) -> verilated::Result<Arc<Library>> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("verilated");
    let top = files[0].name.trim_end_matches(".v");
    let mut design = Design::new(top).argument("-Wall");
    if random {
        // Random programs compare things that cannot be equal, in ways no one would write.
        design = design.waive("UNSIGNED").waive("CMPCONST");
    }
    for file in files {
        design = design.text(file.name.clone(), file.text.clone());
    }
    design.build(&Cache::new(folder))
}

pub fn set(model: &mut Instance, name: &str, value: &BigUint) {
    let port = model.library().wide_input(name).expect("an input");
    let mut words = vec![0; port.words()];
    for (word, digit) in words.iter_mut().zip(value.to_u32_digits()) {
        *word = digit;
    }
    model.set_wide(port, &words);
}

pub fn get(model: &Instance, name: &str) -> BigUint {
    let port = model.library().wide_output(name).expect("an output");
    let mut words = vec![0; port.words()];
    model.get_wide(port, &mut words);
    BigUint::new(words)
}
