//! The ports, admission and the arbiters pass the gate in every shape of configuration, and what a configuration lacks is absent.

use mch_hdl::blocks::*;
use mch_hdl::emit::{emit, gate, EmitOptions, VerilogFile};
use mch_hdl::prelude::*;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use std::path::Path;

fn passes(block: &dyn Block, config: &Config) -> Vec<VerilogFile> {
    let files = emit(block, &EmitOptions::default())
        .unwrap_or_else(|error| panic!("{error} in {config:?}"));
    if let Ok(keep) = std::env::var("KEEP_VERILOG") {
        let top = files[0].name.trim_end_matches(".v");
        let keep = std::path::Path::new(&keep)
            .join(format!("{top}_{}_{}", config.data_width, config.ports));
        std::fs::create_dir_all(&keep).expect("a folder for the Verilog");
        mch_hdl::emit::write_files(&files, &keep).expect("written Verilog");
    }
    gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR")))
        .unwrap_or_else(|error| panic!("{error:#} in {config:?}"));
    files
}

fn all<const D: usize, const S: usize>(config: &Config) -> String {
    config
        .validate()
        .expect("a configuration that can be built");
    let blocks: [&dyn Block; 5] = [
        &Admission::new(config),
        &ReadArbiter::<D>::new(config),
        &WriteArbiter::<D, S>::new(config),
        &ReadPort::<D>::new(config),
        &WritePort::<D, S>::new(config),
    ];
    // Ports of a top stay; what is behind them goes.
    let files = blocks
        .into_iter()
        .flat_map(|block| passes(block, config).into_iter().skip(1));
    files.map(|file| file.text).collect()
}

#[test]
fn every_shape_passes_the_gate() {
    let base = Config::default();
    all::<32, 4>(&Config {
        data_width: 32,
        ports: 1,
        guests: 1,
        regions: 1,
        outstanding: 4,
        saves: 4,
        ..base.clone()
    });
    all::<128, 16>(&Config {
        data_width: 128,
        address_width: 40,
        id_width: 16,
        user_width: 16,
        ports: 8,
        guests: 16,
        regions: 32,
        outstanding: 64,
        saves: 32,
        memory_size: Size(1 << 32),
        ..base.clone()
    });
    all::<256, 32>(&Config {
        data_width: 256,
        ports: 2,
        block_size: Size(4096),
        ..base.clone()
    });
    all::<512, 64>(&Config {
        data_width: 512,
        ports: 3,
        guests: 5,
        regions: 3,
        ..base
    });
}

#[test]
fn what_is_not_built_is_absent() {
    let only = |strategy| Config {
        strategies: vec![strategy],
        settable: false,
        ports: 2,
        ..Config::default()
    };
    let s3 = all::<64, 8>(&only(Strategy::S3));
    let s6 = all::<64, 8>(&only(Strategy::S6));
    // S3 has no ring and no write waits; S6 has no shadow.
    for gone in ["ring_base", "ticket_busy", "verdict_ticket"] {
        assert!(s6.contains(gone) && !s3.contains(gone), "{gone}");
    }
    assert!(s3.contains("shadow_base") && !s6.contains("shadow_base"));
}
