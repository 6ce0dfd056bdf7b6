//! The sequencer's instructions: opcode [31:24], a [23:16], b [15:0].

use crate::registers::{Condition, ErrorCode, Flag, Status};

/// Instructions of the sequencer's memory.
pub const MEMORY_WORDS: usize = 512;
/// Locations that are the first instructions of the operations.
pub const VECTOR_WORDS: usize = 16;
/// A routine that executes this many instructions is ended; waits that stay are not counted.
pub const WATCHDOG_INSTRUCTIONS: u32 = 65_536;
/// Cycles of an instruction: select, fetch, decode, execute.
pub const INSTRUCTION_CYCLES: u32 = 4;

/// What field a of an instruction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Nothing; 0.
    None,
    /// A [`Status`].
    Status,
    /// A [`Condition`].
    Condition,
    /// A [`Flag`].
    Flag,
    /// An [`ErrorCode`], or 0 for the code of the failed copy.
    Error,
    /// 0 ROLLED_BACK, 1 COMMITTED.
    Outcome,
    /// Bits of a scan.
    Scan,
    /// Bits of a fill.
    Fill,
    /// What happens to the ring.
    Ring,
    /// What happens to the link.
    Link,
}

macro_rules! opcodes {
    ($($variant:ident = $value:literal $label:ident $operand:ident $address:literal $doc:literal;)+) => {
        /// What an instruction does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = $doc] $variant = $value,)+
        }

        impl Opcode {
            /// All of them, in order of value.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$variant),+];

            /// Bits 31:24 of the instruction.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// Its name in a routine.
            pub const fn label(self) -> &'static str {
                match self { $(Opcode::$variant => stringify!($label)),+ }
            }

            /// What field a names.
            pub const fn operand(self) -> Operand {
                match self { $(Opcode::$variant => Operand::$operand),+ }
            }

            /// What it does, in a sentence.
            pub const fn description(self) -> &'static str {
                match self { $(Opcode::$variant => $doc),+ }
            }

            /// Whether field b is an address.
            pub const fn has_address(self) -> bool {
                match self { $(Opcode::$variant => $address),+ }
            }
        }
    };
}

opcodes! {
    End = 0x00 END Status false "Complete the command with this status; the context stops.";
    Jump = 0x01 JUMP None true "Jump.";
    Branch = 0x02 BRANCH Condition true "Jump if true.";
    Wait = 0x03 WAIT Condition true "Next if true; else, if cancelled, timed out or the group is broken, jump unless the address is 0; else stay.";
    Set = 0x04 SET Flag false "Set the guest's flag.";
    Clear = 0x05 CLEAR Flag false "Clear it.";
    Step = 0x06 STEP Outcome false "When the epoch floor allows: next epoch, with this outcome for the one that ends; else stay.";
    Scan = 0x07 SCAN Scan false "Start the guest's scan job.";
    Fill = 0x08 FILL Fill false "Start the guest's fill job.";
    Ring = 0x09 RING Ring false "Empty the ring, start a walk of it (RESTORE, DRAIN, REWIND), or move its pointers (MARK, DRAINED).";
    Rendezvous = 0x0a RENDEZVOUS None false "Next rendezvous number, no arrivals, timer started, irq raised.";
    Release = 0x0b RELEASE Status false "Set G_RELEASE, lower irq, stop the timer.";
    Check = 0x0c CHECK None true "Validate the guest's configuration; on a fault keep its error code and jump.";
    Fail = 0x0d FAIL Error false "Keep the error code for the completion.";
    Link = 0x0e LINK Link false "Open or close a session with the backup, send a mark or forget it, stop or go on to follow.";
}

/// SCAN: plane Y instead of X.
pub const SCAN_PLANE_Y: u8 = 1 << 0;
/// SCAN: from the shadow to system memory, instead of the other way.
pub const SCAN_TO_MEMORY: u8 = 1 << 1;
/// SCAN: clear each bit after its copy.
pub const SCAN_CLEAR: u8 = 1 << 2;
/// SCAN: an entry in the ring for each block, instead of a copy (S2).
pub const SCAN_TO_RING: u8 = 1 << 3;
/// RING: no slot is used any more.
pub const RING_EMPTY: u8 = 0;
/// RING: copy the slots back to their blocks, newest first (S6).
pub const RING_RESTORE: u8 = 1;
/// RING: copy the committed entries to the shadow, oldest first (S1).
pub const RING_DRAIN: u8 = 2;
/// RING: copy what the entries that are not committed wrote back from the shadow (S1).
pub const RING_REWIND: u8 = 3;
/// RING: commit all entries (S1).
pub const RING_MARK: u8 = 4;
/// RING: the committed entries are in the shadow; free their slots (S1).
pub const RING_DRAINED: u8 = 5;
/// LINK: a new session; the ring is emptied.
pub const LINK_OPEN: u8 = 0;
/// LINK: a mark behind all entries.
pub const LINK_MARK: u8 = 1;
/// LINK: the mark is not awaited any more.
pub const LINK_UNMARK: u8 = 2;
/// LINK: nothing is taken from the other computer any more.
pub const LINK_TAKE_OVER: u8 = 3;
/// LINK: it is again.
pub const LINK_STAND_BY: u8 = 4;
/// LINK: the session is given up.
pub const LINK_CLOSE: u8 = 5;
/// FILL: plane X with ones.
pub const FILL_X_ONES: u8 = 1 << 0;
/// FILL: plane Y with ones.
pub const FILL_Y_ONES: u8 = 1 << 1;

const SCAN_NAMES: &[(&str, u8)] = &[
    ("PLANE_X", 0),
    ("PLANE_Y", SCAN_PLANE_Y),
    ("TO_SHADOW", 0),
    ("TO_MEMORY", SCAN_TO_MEMORY),
    ("CLEAR_AFTER", SCAN_CLEAR),
    ("TO_RING", SCAN_TO_RING),
];
const FILL_NAMES: &[(&str, u8)] = &[
    ("ZEROS", 0),
    ("X_ONES", FILL_X_ONES),
    ("Y_ONES", FILL_Y_ONES),
];
const OUTCOME_NAMES: &[(&str, u8)] = &[("ROLLED_BACK", 0), ("COMMITTED", 1)];
const RING_NAMES: &[(&str, u8)] = &[
    ("EMPTY", RING_EMPTY),
    ("RESTORE", RING_RESTORE),
    ("DRAIN", RING_DRAIN),
    ("REWIND", RING_REWIND),
    ("MARK", RING_MARK),
    ("DRAINED", RING_DRAINED),
];

const LINK_NAMES: &[(&str, u8)] = &[
    ("OPEN", LINK_OPEN),
    ("MARK", LINK_MARK),
    ("UNMARK", LINK_UNMARK),
    ("TAKE_OVER", LINK_TAKE_OVER),
    ("STAND_BY", LINK_STAND_BY),
    ("CLOSE", LINK_CLOSE),
];

impl Operand {
    /// The value of an operand's text: names joined by `+` where the operand is a set of bits.
    pub fn parse(self, text: &str) -> Option<u8> {
        let code = |code: Option<u32>| code.map(|code| code as u8);
        let one = |names: &[(&str, u8)]| {
            names
                .iter()
                .find(|(name, _)| *name == text)
                .map(|(_, bits)| *bits)
        };
        let set = |names: &[(&str, u8)]| {
            text.split('+').try_fold(0, |bits, part| {
                let (_, bit) = names.iter().find(|(name, _)| *name == part.trim())?;
                Some(bits | bit)
            })
        };
        match self {
            Operand::None => None,
            Operand::Status => code(Status::from_label(text).map(Status::code)),
            Operand::Condition => code(Condition::from_label(text).map(Condition::code)),
            Operand::Flag => code(Flag::from_label(text).map(Flag::code)),
            Operand::Error if text == "JOB" => Some(0),
            Operand::Error => code(ErrorCode::from_label(text).map(ErrorCode::code)),
            Operand::Outcome => one(OUTCOME_NAMES),
            Operand::Ring => one(RING_NAMES),
            Operand::Link => one(LINK_NAMES),
            Operand::Scan => set(SCAN_NAMES),
            Operand::Fill => set(FILL_NAMES),
        }
    }

    /// The text of an operand's value, when the value means something.
    pub fn print(self, value: u8) -> Option<String> {
        let number = u32::from(value);
        let one = |names: &[(&str, u8)]| {
            names
                .iter()
                .find(|(_, bits)| *bits == value)
                .map(|(name, _)| name.to_string())
        };
        match self {
            Operand::None => (value == 0).then(String::new),
            Operand::Status => Status::from_code(number).map(|s| s.to_string()),
            Operand::Condition => Condition::from_code(number).map(|c| c.to_string()),
            Operand::Flag => Flag::from_code(number).map(|f| f.to_string()),
            Operand::Error if value == 0 => Some("JOB".into()),
            Operand::Error => ErrorCode::from_code(number).map(|e| e.to_string()),
            Operand::Outcome => one(OUTCOME_NAMES),
            Operand::Ring => one(RING_NAMES),
            Operand::Link => one(LINK_NAMES),
            Operand::Scan if value == SCAN_TO_RING => Some("PLANE_X+TO_RING".into()),
            Operand::Scan if value < 8 => {
                let plane = if value & SCAN_PLANE_Y == 0 {
                    "PLANE_X"
                } else {
                    "PLANE_Y"
                };
                let way = if value & SCAN_TO_MEMORY == 0 {
                    "TO_SHADOW"
                } else {
                    "TO_MEMORY"
                };
                let clear = if value & SCAN_CLEAR == 0 {
                    ""
                } else {
                    "+CLEAR_AFTER"
                };
                Some(format!("{plane}+{way}{clear}"))
            }
            Operand::Fill if value == FILL_X_ONES | FILL_Y_ONES => Some("X_ONES+Y_ONES".into()),
            Operand::Fill => one(FILL_NAMES),
            Operand::Scan => None,
        }
    }
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub opcode: Opcode,
    /// Its operand, bits 23:16.
    pub a: u8,
    /// Its address, bits 15:0.
    pub b: u16,
}

impl Instruction {
    /// The word of the sequencer's memory.
    pub const fn encode(self) -> u32 {
        self.opcode.code() << 24 | (self.a as u32) << 16 | self.b as u32
    }

    /// The instruction of a word; none when its opcode is not one.
    pub fn decode(word: u32) -> Option<Instruction> {
        let opcode = Opcode::ALL
            .iter()
            .copied()
            .find(|opcode| opcode.code() == word >> 24)?;
        Some(Instruction {
            opcode,
            a: (word >> 16) as u8,
            b: word as u16,
        })
    }
}

impl std::fmt::Display for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.opcode.label())?;
        let operand = self.opcode.operand();
        if operand != Operand::None {
            match operand.print(self.a) {
                Some(text) => write!(f, " {text}")?,
                None => write!(f, " {}", self.a)?,
            }
        }
        if self.opcode.has_address() {
            let comma = if operand == Operand::None { "" } else { "," };
            write!(f, "{comma} {}", self.b)?;
        }
        Ok(())
    }
}
