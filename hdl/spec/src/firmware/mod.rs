//! Firmware of the sequencer: instructions, assembler, disassembler, and the routines themselves.

mod assembler;
mod custom;
mod disassembler;
mod isa;

pub use assembler::{assemble, assemble_over, AssemblyError, Image, Source};
pub use custom::{CustomError, CustomStrategy};
pub use disassembler::disassemble;
pub use isa::*;

use crate::registers::checksum_step;
use crate::Config;

macro_rules! routines {
    ($($name:literal),+ $(,)?) => {
        &[$(Source {
            file: concat!("hdl/firmware/", $name, ".s"),
            text: include_str!(concat!("../../../firmware/", $name, ".s")),
        }),+]
    };
}

/// The routines of the built-in image, a file each.
pub const ROUTINES: &[Source<'static>] = routines![
    "attach",
    "detach",
    "checkpoint",
    "rollback",
    "capture",
    "backup",
    "retry",
    "drop"
];

/// The built-in image of a configuration with its labels.
pub fn assemble_routines(config: &Config) -> Result<Image, AssemblyError> {
    assemble(ROUTINES, config)
}

/// The built-in image of a valid configuration: 512 words at most.
pub fn image(config: &Config) -> Vec<u32> {
    match assemble_routines(config) {
        Ok(image) => image.words,
        // The routines are part of this crate and its tests assemble them for every combination.
        Err(error) => panic!("built-in firmware: {error}"),
    }
}

/// The checksum that a load of these words ends with.
pub fn checksum(words: &[u32]) -> u32 {
    words.iter().fold(0, |sum, word| checksum_step(sum, *word))
}
