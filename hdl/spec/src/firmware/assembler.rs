//! The assembler of the sequencer's routines.
//!
//! ```text
//! ; a comment
//! .vector CHECKPOINT, begin   ; location 3 jumps to begin
//! .org 0x40                   ; where the next instruction goes
//! .if S3                      ; only in builds with S3 (also: SETTABLE, RING, SHADOW)
//! begin:  WAIT ARRIVED, abort ; operand by name or number, address by label or number
//! .else
//! .endif
//! ```

use super::isa::{Instruction, Opcode, Operand, MEMORY_WORDS, VECTOR_WORDS};
use crate::registers::{Operation, Status};
use crate::{Config, Strategy};
use std::collections::BTreeMap;
use thiserror::Error;

/// A fault in a routine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {message}")]
pub struct AssemblyError {
    /// The routine's file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A routine: its file's name and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file, for messages.
    pub file: &'a str,
    /// The text.
    pub text: &'a str,
}

/// What a firmware image holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The words, from location 0.
    pub words: Vec<u32>,
    /// Where every label stands.
    pub labels: BTreeMap<String, u16>,
}

enum Address {
    Number(u16),
    Label(String),
}

struct Item<'a> {
    file: &'a str,
    line: usize,
    location: usize,
    opcode: Opcode,
    a: u8,
    address: Address,
    /// A vector that may stand in the place of an earlier one.
    overrides: bool,
}

#[derive(Default)]
struct Pass<'a> {
    items: Vec<Item<'a>>,
    labels: BTreeMap<String, u16>,
    location: usize,
    overriding: bool,
}

/// Assembles routines, one after the other from location 16, into one image. Operations without a routine end with REFUSED.
pub fn assemble(sources: &[Source], config: &Config) -> Result<Image, AssemblyError> {
    assemble_over(sources, &[], config)
}

/// Assembles routines and others behind them, which may jump to the labels of the first and, by `.vector`, take operations over.
pub fn assemble_over(
    sources: &[Source],
    others: &[Source],
    config: &Config,
) -> Result<Image, AssemblyError> {
    let mut pass = Pass {
        location: VECTOR_WORDS,
        ..Pass::default()
    };
    for source in sources {
        pass.read(source, config)?;
    }
    pass.overriding = true;
    for source in others {
        pass.read(source, config)?;
    }
    pass.link()
}

fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn symbol(name: &str, config: &Config) -> Option<bool> {
    match name {
        "SETTABLE" => Some(config.settable),
        "RING" => Some(config.uses_ring()),
        "SHADOW" => Some(config.uses_shadow()),
        "SEVERAL" => Some(config.strategies.len() > 1),
        "CORRECTION" => Some(config.error_correction),
        "LOSES" => Some(config.uses_ring() || config.error_correction),
        "MIRROR" => Some(config.has(Strategy::S3) || config.has(Strategy::S4)),
        _ => Strategy::ALL
            .into_iter()
            .find(|s| s.to_string() == name)
            .map(|s| config.has(s)),
    }
}

impl<'a> Pass<'a> {
    fn read(&mut self, source: &Source<'a>, config: &Config) -> Result<(), AssemblyError> {
        // Each level: whether its branch is taken, and whether .else has been seen.
        let mut levels: Vec<(bool, bool)> = Vec::new();
        let mut last = 0;
        for (index, text) in source.text.lines().enumerate() {
            let line = index + 1;
            last = line;
            let fail = |message: String| AssemblyError {
                file: source.file.into(),
                line,
                message,
            };
            let text = text.split(';').next().unwrap_or("").trim();
            let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let rest = rest.trim();
            match word {
                ".if" => {
                    let taken = symbol(rest, config).ok_or_else(|| {
                        fail(format!(
                            "`{rest}` after .if: must be S1 to S6, SETTABLE, RING, SHADOW, SEVERAL, MIRROR, CORRECTION or LOSES"
                        ))
                    })?;
                    levels.push((taken, false));
                }
                ".else" => match levels.last_mut() {
                    Some((taken, seen)) if !*seen => (*taken, *seen) = (!*taken, true),
                    _ => return Err(fail(".else without .if".into())),
                },
                ".endif" => {
                    levels
                        .pop()
                        .ok_or_else(|| fail(".endif without .if".into()))?;
                }
                _ if levels.iter().all(|(taken, _)| *taken) => {
                    self.line(source.file, line, text).map_err(fail)?;
                }
                _ => {}
            }
        }
        if levels.is_empty() {
            return Ok(());
        }
        Err(AssemblyError {
            file: source.file.into(),
            line: last,
            message: ".if without .endif".into(),
        })
    }

    fn line(&mut self, file: &'a str, line: usize, text: &str) -> Result<(), String> {
        let mut text = text;
        while let Some((label, rest)) = text.split_once(':') {
            let label = label.trim();
            if !is_name(label) {
                return Err(format!("`{label}` is not a label"));
            }
            if self
                .labels
                .insert(label.into(), self.location as u16)
                .is_some()
            {
                return Err(format!("label `{label}` stands twice"));
            }
            text = rest.trim();
        }
        if text.is_empty() {
            return Ok(());
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let operands: Vec<&str> = match rest.trim() {
            "" => Vec::new(),
            rest => rest.split(',').map(str::trim).collect(),
        };
        match word {
            ".org" => {
                let [target] = operands[..] else {
                    return Err(".org takes one number".into());
                };
                let target =
                    parse_number(target).filter(|target| (*target as usize) < MEMORY_WORDS);
                self.location = target.ok_or("`.org`: must be 0 to 511")? as usize;
                Ok(())
            }
            ".vector" => {
                let [operation, label] = operands[..] else {
                    return Err(".vector takes an operation and a label".into());
                };
                let number = Operation::from_label(operation).map(Operation::code);
                let number = number
                    .or(parse_number(operation))
                    .filter(|n| (*n as usize) < VECTOR_WORDS);
                let location =
                    number.ok_or_else(|| format!("`{operation}` is not an operation"))? as usize;
                let overrides = self.overriding;
                let is_earlier = |item: &Item| item.location == location && !item.overrides;
                if overrides {
                    self.items.retain(|item| !is_earlier(item));
                }
                self.items.push(Item {
                    file,
                    line,
                    location,
                    opcode: Opcode::Jump,
                    a: 0,
                    address: Address::Label(label.into()),
                    overrides,
                });
                Ok(())
            }
            _ => self.instruction(file, line, word, &operands),
        }
    }

    fn instruction(
        &mut self,
        file: &'a str,
        line: usize,
        word: &str,
        operands: &[&str],
    ) -> Result<(), String> {
        let opcode = Opcode::ALL
            .iter()
            .copied()
            .find(|opcode| opcode.label() == word);
        let opcode = opcode.ok_or_else(|| format!("`{word}` is not an instruction"))?;
        let takes_operand = opcode.operand() != Operand::None;
        let takes = takes_operand as usize + opcode.has_address() as usize;
        if operands.len() != takes {
            return Err(format!(
                "{word} takes {takes} operands, not {}",
                operands.len()
            ));
        }
        let mut operands = operands.iter().copied();
        let mut a = 0;
        if takes_operand {
            let text = operands.next().unwrap_or("");
            let number = || parse_number(text).and_then(|number| u8::try_from(number).ok());
            a = opcode
                .operand()
                .parse(text)
                .or_else(number)
                .ok_or_else(|| {
                    format!(
                        "`{text}` is not an operand of {word} ({:?})",
                        opcode.operand()
                    )
                })?;
        }
        let address = match operands.next() {
            None => Address::Number(0),
            Some(text) => match parse_number(text) {
                Some(number) if (number as usize) < MEMORY_WORDS => Address::Number(number as u16),
                Some(number) => return Err(format!("address {number}: must be 0 to 511")),
                None if is_name(text) => Address::Label(text.into()),
                None => return Err(format!("`{text}` is not an address")),
            },
        };
        if self.location >= MEMORY_WORDS {
            return Err(format!(
                "the image is longer than {MEMORY_WORDS} instructions"
            ));
        }
        self.items.push(Item {
            file,
            line,
            location: self.location,
            opcode,
            a,
            address,
            overrides: false,
        });
        self.location += 1;
        Ok(())
    }

    fn link(self) -> Result<Image, AssemblyError> {
        let refused = Instruction {
            opcode: Opcode::End,
            a: Status::Refused.code() as u8,
            b: 0,
        }
        .encode();
        let mut words: Vec<Option<u32>> = vec![None; MEMORY_WORDS];
        for item in &self.items {
            let fail = |message: String| AssemblyError {
                file: item.file.into(),
                line: item.line,
                message,
            };
            let b = match &item.address {
                Address::Number(number) => *number,
                Address::Label(label) => *self
                    .labels
                    .get(label)
                    .ok_or_else(|| fail(format!("no label `{label}`")))?,
            };
            let word = Instruction {
                opcode: item.opcode,
                a: item.a,
                b,
            }
            .encode();
            if words[item.location].replace(word).is_some() {
                return Err(fail(format!(
                    "location {} is assembled twice",
                    item.location
                )));
            }
        }
        let length = words
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1)
            .max(VECTOR_WORDS);
        // What no routine fills ends the command.
        let words = words
            .into_iter()
            .take(length)
            .map(|word| word.unwrap_or(refused))
            .collect();
        Ok(Image {
            words,
            labels: self.labels,
        })
    }
}
