//! Every block of the hub, and every leaf, passes the gate: Verilator's lint and Yosys's check, no waiver.

use mch_hdl::blocks::*;
use mch_hdl::emit::{emit, gate, EmitOptions};
use mch_hdl::prelude::*;
use mch_spec::Config;
use std::path::Path;

fn passes(name: &str, block: &dyn Block) -> Option<String> {
    let files = match emit(block, &EmitOptions::default()) {
        Ok(files) => files,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    if let Ok(keep) = std::env::var("KEEP_VERILOG") {
        let keep = std::path::Path::new(&keep).join(name);
        std::fs::create_dir_all(&keep).expect("a folder for the Verilog");
        mch_hdl::emit::write_files(&files, &keep).expect("written Verilog");
    }
    gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR")))
        .err()
        .map(|error| format!("{name}: {error}"))
}

#[test]
fn leaves_pass_the_gate() {
    let failures: Vec<String> = [
        passes("fifo", &Fifo::<Bits<40>>::narrow(5, 28)),
        passes("fifo_1", &Fifo::<Bits<8>>::new(1)),
        passes("front_fifo", &FrontFifo::<Bits<40>>::narrow(5, 28)),
        passes("block_fifo", &BlockFifo::<Bits<128>>::new(512)),
        passes("block_fifo_1", &BlockFifo::<Bits<8>>::new(1)),
        passes("skid_buffer", &SkidBuffer::<Bits<512>>::default()),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn blocks_pass_the_gate() {
    let config = Config::default();
    let failures: Vec<String> = [
        passes("configuration_checker", &ConfigurationChecker::new(&config)),
        passes("guest", &Guest::new(&config)),
        passes("guest_ring", &GuestRing::new(&config)),
        passes("region_table", &RegionTable::new(&config)),
        passes("register_bus", &RegisterBus::default()),
        passes("ring_reader", &RingReader::<64>::new(&config)),
        passes("save_builder", &SaveBuilder::new(&config)),
        passes("copy_engine", &CopyEngine::<64, 8>::new(&config)),
        passes("sequencer", &Sequencer::new(&config)),
        passes("control_unit", &ControlUnit::new(&config)),
        passes("address_class", &AddressClass::new(&config)),
        passes("admission", &Admission::new(&config)),
        passes("block_store", &BlockStore::new(&config)),
        passes("hazard_table", &HazardTable::new(&config)),
        passes("read_arbiter", &ReadArbiter::<64>::new(&config)),
        passes("write_arbiter", &WriteArbiter::<64, 8>::new(&config)),
        passes("read_port", &ReadPort::<64>::new(&config)),
        passes("write_port", &WritePort::<64, 8>::new(&config)),
        passes("scanner", &Scanner::new(&config)),
        passes("scrubber", &Scrubber::new(&config)),
        passes("tracker", &Tracker::new(&config)),
        passes("tracker_arbiter", &TrackerArbiter::new(&config)),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_unit_passes_the_gate() {
    let start = std::time::Instant::now();
    let files = mch_hdl::generate::generate(&Config::default()).expect("a unit");
    println!("emitted {} files in {:?}", files.len(), start.elapsed());
    if let Ok(keep) = std::env::var("KEEP_VERILOG") {
        let keep = std::path::Path::new(&keep).join("unit");
        std::fs::create_dir_all(&keep).expect("a folder for the Verilog");
        mch_hdl::emit::write_files(&files, &keep).expect("written Verilog");
    }
    gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("a clean design");
}
