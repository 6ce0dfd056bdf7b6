//! The copy engine and what feeds it, in every width and several configurations, pass the gate.

use mch_hdl::blocks::{BulkArbiter, CopyEngine, RingReader, SaveBuilder};
use mch_hdl::emit::{emit, gate, EmitOptions};
use mch_hdl::prelude::Block;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use std::path::Path;

fn check(config: &Config, mut block: impl Block) {
    block.connect_all();
    let files = emit(&block, &EmitOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR")))
        .unwrap_or_else(|error| panic!("{error:#} in {config:?}"));
}

/// Blocks of 64 B, 512 B and 4 KiB, short and long addresses, with and without saves.
fn configurations(data_width: u32) -> Vec<Config> {
    let base = Config {
        data_width,
        ..Config::default()
    };
    vec![
        base.clone(),
        Config {
            block_size: Size(512),
            address_width: 40,
            memory_size: Size(1 << 32),
            guests: 16,
            strategies: vec![Strategy::S6],
            settable: false,
            ..base.clone()
        },
        Config {
            block_size: Size(4096),
            guests: 1,
            strategies: vec![Strategy::S3],
            settable: false,
            ..base
        },
    ]
}

fn check_width<const D: usize, const S: usize>() {
    for config in configurations(D as u32) {
        check(&config, CopyEngine::<D, S>::new(&config));
        if config.has(Strategy::S6) {
            check(&config, RingReader::<D>::new(&config));
        }
    }
}

#[test]
fn copy_engine_and_ring_reader_pass_in_every_width() {
    check_width::<32, 4>();
    check_width::<64, 8>();
    check_width::<128, 16>();
    check_width::<256, 32>();
    check_width::<512, 64>();
}

#[test]
fn save_builder_and_bulk_arbiter_pass() {
    for config in configurations(64) {
        check(&config, BulkArbiter::new(&config));
        if config.has(Strategy::S6) {
            check(&config, SaveBuilder::new(&config));
        }
    }
}
