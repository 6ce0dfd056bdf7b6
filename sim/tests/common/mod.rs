//! The Verilog designs that the tests run against.

pub mod ends;
pub mod traffic;

use mch_sim::Simulation;
use std::path::{Path, PathBuf};
use verilated::{Cache, Design};

pub fn verilog() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verilog")
}

pub fn design(top: &str) -> Design {
    Design::new(top)
        .include_folder(verilog())
        .file(verilog().join(format!("{top}.v")))
        .savable(true)
}

/// The wire between `s_axi` and `m_axi`.
pub fn wire(data_width: u32, seed: u64) -> Simulation {
    simulate(design("axi_wire").parameter("DATA_WIDTH", data_width), seed)
}

/// The register slice between `s_axi` and `m_axi`.
pub fn slice(data_width: u32, seed: u64) -> Simulation {
    let skid = verilog().join("skid_buffer.v");
    simulate(
        design("axi_slice")
            .file(skid)
            .parameter("DATA_WIDTH", data_width),
        seed,
    )
}

/// Builds a design, makes an instance and resets it only in its registers: agents are yet to come.
pub fn simulate(design: Design, seed: u64) -> Simulation {
    let library = design.build(&Cache::default()).expect("the design builds");
    Simulation::new(&library, seed).expect("the design has a clock")
}
