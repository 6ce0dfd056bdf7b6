//! The self-contained design of a board: the unit with a memory and a traffic generator of its own.

mod memory;
mod player;
mod player_state;
mod script;
mod self_test;
mod uart;

pub use memory::BoardMemory;
pub use player::BoardPlayer;
pub use script::{Places, Script, Step};
pub use self_test::BoardSelfTest;
pub use uart::BoardUart;

use crate::emit::{emit, EmitOptions, VerilogFile};
use crate::generate::GenerateError;
use mch_spec::config::Size;
use mch_spec::{Config, Strategy};
use rust_hdl::prelude::Block;

/// The module that a board's wrapper instantiates.
pub const TOP: &str = "board_self_test";

/// The smallest unit with a log: S6 hardwired, compact, one guest, one port of 32 bits, as few blocks as there can be, no counters.
pub fn smallest() -> Config {
    Config {
        data_width: 32,
        address_width: 20,
        id_width: 1,
        outstanding: 4,
        memory_size: Size(64 << 10),
        guests: 1,
        regions: 1,
        processors: 1,
        saves: 4,
        epoch_bits: 2,
        strategies: vec![Strategy::S6],
        settable: false,
        counters: false,
        compact: true,
        ..Config::default()
    }
}

/// The Verilog of the self test, the top first; a bit of the serial line lasts `bit_cycles`.
pub fn generate(config: &Config, bit_cycles: u32) -> Result<Vec<VerilogFile>, GenerateError> {
    config.validate()?;
    let mut top = BoardSelfTest::new(config, bit_cycles);
    top.connect_all();
    Ok(emit(&top, &EmitOptions::default())?)
}
