//! The disassembler: text that assembles to the same words.

use super::isa::{Instruction, Operand, MEMORY_WORDS};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The text of an image. Assembling it gives the same words, if every word is an instruction whose unused fields are 0.
/// Words that are not instructions stand as comments.
pub fn disassemble(words: &[u32]) -> String {
    let decoded: Vec<Option<Instruction>> = words
        .iter()
        .map(|word| Instruction::decode(*word))
        .collect();
    let jumps = decoded
        .iter()
        .flatten()
        .filter(|instruction| instruction.opcode.has_address());
    let targets: BTreeSet<u16> = jumps
        .map(|instruction| instruction.b)
        .filter(|target| *target != 0 && usize::from(*target) < words.len())
        .collect();
    let mut text = String::from(".org 0\n");
    for (location, (word, instruction)) in words.iter().zip(&decoded).enumerate() {
        if targets.contains(&(location as u16)) {
            let _ = writeln!(text, "at_{location}:");
        }
        let Some(instruction) = instruction.filter(|instruction| canonical(*instruction)) else {
            let _ = writeln!(
                text,
                "        ; {location}: 0x{word:08x} is not an instruction\n.org {}",
                location + 1
            );
            continue;
        };
        let line = instruction.to_string();
        let line = match instruction.opcode.has_address() && targets.contains(&instruction.b) {
            true => {
                line.trim_end_matches(|c: char| c.is_ascii_digit())
                    .to_string()
                    + &format!("at_{}", instruction.b)
            }
            false => line,
        };
        let _ = writeln!(text, "        {line}");
    }
    text
}

/// Whether text can say the instruction whole.
fn canonical(instruction: Instruction) -> bool {
    let operand_fits = instruction.opcode.operand() != Operand::None || instruction.a == 0;
    let address_fits = if instruction.opcode.has_address() {
        usize::from(instruction.b) < MEMORY_WORDS
    } else {
        instruction.b == 0
    };
    operand_fits && address_fits
}
