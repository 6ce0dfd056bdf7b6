//! The blocks of the backup link: every data width and several shapes pass the gate.

use mch_hdl::blocks::Link;
use mch_hdl::emit::{emit, gate, EmitOptions};
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use std::path::Path;

fn check<const D: usize, const S: usize>(config: &Config) {
    let files = emit(&Link::<D, S>::new(config), &EmitOptions::default()).expect("a link");
    if let Ok(keep) = std::env::var("KEEP_VERILOG") {
        let keep = std::path::Path::new(&keep).join(format!("link_{D}_{}", config.guests));
        std::fs::create_dir_all(&keep).expect("a folder for the Verilog");
        mch_hdl::emit::write_files(&files, &keep).expect("written Verilog");
    }
    if let Err(error) = gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        panic!("{D} bits, {config:?}: {error}");
    }
}

#[test]
fn links_of_every_width_pass_the_gate() {
    for (data_width, block_size, guests, address_width) in [
        (32, 64, 4, 32),
        (32, 1024, 1, 32),
        (64, 64, 4, 32),
        (64, 2048, 16, 40),
        (128, 4096, 3, 32),
        (256, 64, 1, 34),
        (512, 64, 2, 32),
        (512, 4096, 4, 40),
    ] {
        let config = Config {
            data_width,
            block_size: Size(block_size),
            guests,
            address_width,
            strategies: vec![Strategy::S1],
            ..Config::default()
        };
        match data_width {
            32 => check::<32, 4>(&config),
            64 => check::<64, 8>(&config),
            128 => check::<128, 16>(&config),
            256 => check::<256, 32>(&config),
            _ => check::<512, 64>(&config),
        }
    }
}
