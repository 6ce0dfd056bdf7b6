//! Memory traces: a text format for traffic, so that anyone's can be replayed.
//!
//! One event a line: `time guest kind [address [data]]`, separated by blanks; `#` starts a comment. Times are cycles from the start,
//! decimal, and never decrease; an event happens at its time or as soon after as the port allows. Addresses and data are hexadecimal, with
//! or without `0x`; addresses are bytes from the start of system memory.
//!
//! | kind | rest | meaning |
//! |---|---|---|
//! | `W` | address, data | write; data are bytes in ascending order, two digits each |
//! | `R` | address, length | read so many bytes (decimal) |
//! | `C` | | checkpoint the guest |
//! | `B` | | break the guest and roll it back; it goes on from its checkpoint, and this line does not happen again |

use std::path::Path;
use thiserror::Error;

/// The longest write or read of one event, in bytes.
pub const LONGEST: usize = 4096;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A write of these bytes.
    Write {
        /// Byte offset in system memory.
        address: u64,
        /// The bytes.
        data: Vec<u8>,
    },
    /// A read.
    Read {
        /// Byte offset in system memory.
        address: u64,
        /// Bytes.
        length: usize,
    },
    /// A checkpoint.
    Checkpoint,
    /// A fault and the rollback after it.
    Rollback,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The cycle, from the start of the replay.
    pub time: u64,
    /// The guest.
    pub guest: u32,
    /// What happens.
    pub kind: Kind,
    /// The line of the trace, from 1.
    pub line: usize,
}

/// A line that cannot be replayed, or a file that cannot be read.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("cannot read trace {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line is wrong.
    #[error("trace line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Field, value, and what is allowed.
        what: String,
    },
}

/// Reads a trace file.
pub fn read(path: &Path) -> Result<Vec<Event>, TraceError> {
    let text = std::fs::read_to_string(path).map_err(|source| TraceError::Read {
        path: path.display().to_string(),
        source,
    })?;
    parse(&text)
}

/// Parses a trace.
pub fn parse(text: &str) -> Result<Vec<Event>, TraceError> {
    let mut events: Vec<Event> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let fail = |what: String| TraceError::Line {
            line: index + 1,
            what,
        };
        let content = line.split('#').next().unwrap_or_default();
        let fields: Vec<&str> = content.split_whitespace().collect();
        if fields.is_empty() {
            continue;
        }
        let event = parse_event(index + 1, &fields).map_err(fail)?;
        if let Some(last) = events.last().filter(|last| last.time > event.time) {
            return Err(fail(format!(
                "time {} is before {}, the time of the event above; times never decrease",
                event.time, last.time
            )));
        }
        events.push(event);
    }
    Ok(events)
}

fn parse_event(line: usize, fields: &[&str]) -> Result<Event, String> {
    let (time, guest, kind, rest) = match fields {
        [time, guest, kind, rest @ ..] => (time, guest, kind, rest),
        _ => return Err("an event has at least time, guest and kind".to_string()),
    };
    let time = decimal("time", time)?;
    let guest = decimal("guest", guest)?;
    if guest > 15 {
        return Err(format!("guest {guest} does not exist; 0 to 15 are allowed"));
    }
    let kind = match (*kind, rest) {
        ("W", [address, data]) => Kind::Write {
            address: hexadecimal("address", address)?,
            data: bytes(data)?,
        },
        ("R", [address, length]) => Kind::Read {
            address: hexadecimal("address", address)?,
            length: match decimal("length", length)? as usize {
                length @ 1..=LONGEST => length,
                length => return Err(format!("length {length} is not 1 to {LONGEST}")),
            },
        },
        ("C", []) => Kind::Checkpoint,
        ("B", []) => Kind::Rollback,
        ("W" | "R", _) => {
            return Err(format!(
                "{kind} takes an address and {}",
                if *kind == "W" { "data" } else { "a length" }
            ))
        }
        ("C" | "B", _) => return Err(format!("{kind} takes nothing more")),
        _ => return Err(format!("kind {kind:?} is not one of W, R, C, B")),
    };
    Ok(Event {
        time,
        guest: guest as u32,
        kind,
        line,
    })
}

fn decimal(field: &str, text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("{field} {text:?} is not a decimal number"))
}

fn hexadecimal(field: &str, text: &str) -> Result<u64, String> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16)
        .map_err(|_| format!("{field} {text:?} is not a hexadecimal number"))
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.trim_start_matches("0x");
    let wrong =
        || format!("data {text:?} is not 1 to {LONGEST} bytes of two hexadecimal digits each");
    if !digits.is_ascii()
        || digits.is_empty()
        || !digits.len().is_multiple_of(2)
        || digits.len() > 2 * LONGEST
    {
        return Err(wrong());
    }
    (0..digits.len() / 2)
        .map(|k| u8::from_str_radix(&digits[2 * k..2 * k + 2], 16).map_err(|_| wrong()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_error(text: &str) -> String {
        parse(text).expect_err("must be refused").to_string()
    }

    #[test]
    fn a_trace_with_every_kind_is_read() {
        let events =
            parse("# traffic\n0 0 W 0x40 0102ff\n5 1 R 80 16 # look\n\n9 0 C\n9 0 B\n").unwrap();
        assert_eq!(events.len(), 4);
        assert_eq!(
            events[0].kind,
            Kind::Write {
                address: 0x40,
                data: vec![1, 2, 255]
            }
        );
        assert_eq!(
            events[1].kind,
            Kind::Read {
                address: 0x80,
                length: 16
            }
        );
        assert_eq!((events[3].time, &events[3].kind), (9, &Kind::Rollback));
    }

    #[test]
    fn errors_name_line_and_field() {
        assert!(line_error("0 0 C\nx 0 C").starts_with("trace line 2: time \"x\""));
        assert!(line_error("0 16 C").contains("guest 16"));
        assert!(line_error("0 0 W 10").contains("W takes an address and data"));
        assert!(line_error("0 0 W 10 012").contains("data"));
        assert!(line_error("0 0 W 10 0g").contains("data"));
        assert!(line_error("0 0 R zz 4").contains("address"));
        assert!(line_error("0 0 R 10 0").contains("length 0"));
        assert!(line_error("0 0 Q").contains("kind \"Q\""));
        assert!(line_error("7 0 C\n6 0 C").contains("never decrease"));
        assert!(line_error("7 0").contains("at least"));
    }
}
