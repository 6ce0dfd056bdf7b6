//! What the emitter refuses, each with the place it was found.

use std::fmt;

/// A design that cannot be printed: the block, the signal and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmitError {
    /// Path of the block from the top, such as `top.port.queue`.
    pub block: String,
    /// Signal or name in that block; empty when the block as a whole is meant.
    pub signal: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// The reasons for which a design is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The kernel has no `comment!("module: name")`.
    #[error("the kernel does not name its module: begin it with comment!(\"module: name\")")]
    NoModuleName,
    /// The block has no kernel and is no leaf.
    #[error("the block has no kernel (use #[hdl_gen]) and is not one of this crate's leaves")]
    NoKernel,
    /// Bidirectional signals are not supported.
    #[error("bidirectional signals are not supported")]
    Bidirectional,
    /// A name that is no signal, constant, enum variant or loop variable.
    #[error("not a signal of this block; a Rust const, const generic or variable reaches the hardware only through a Constant")]
    Undeclared,
    /// A child of a child was named.
    #[error("reaches inside another block: only the ports of direct children can be used")]
    InsideAnotherBlock,
    /// A part that the configuration leaves out is read.
    #[error("reads a part that is absent: guard it with an `if` on a Constant")]
    Absent,
    /// The kernel assigns something it may not.
    #[error("is driven from elsewhere and cannot be assigned here (second driver)")]
    SecondDriver,
    /// Nothing drives the signal.
    #[error("is never driven")]
    Undriven,
    /// The signal keeps its value on some path.
    #[error("is not assigned on every path, which would be a latch: assign a default first")]
    Latch,
    /// The signal is read before the kernel assigned it.
    #[error("is read before it is assigned")]
    ReadBeforeWrite,
    /// The combinational logic feeds itself.
    #[error("lies on a combinational loop: {0}")]
    CombinationalLoop(String),
    /// The name is a word of SystemVerilog.
    #[error("is a keyword of SystemVerilog")]
    Keyword,
    /// Two things would print under one name.
    #[error("prints under the same name as another port")]
    NameClash,
    /// Signed arithmetic.
    #[error("signed values and casts are not supported")]
    Signed,
    /// `use Enum::*` or a variant written without its enum.
    #[error("an enum variant must be written as Enum::Variant, without `use Enum::*`")]
    EnumGlob,
    /// A pattern that cannot be translated.
    #[error("the pattern cannot be translated: use literals, Enum::Variant and _")]
    Pattern,
    /// Two enums share a variant's name with different codes.
    #[error("two enums of this name give the variant different codes")]
    AmbiguousVariant,
    /// Arithmetic on a dynamic index.
    #[error("arithmetic in an index has no width: compute the index in a signal first")]
    IndexArithmetic,
    /// An array index that is not known when the generator runs.
    #[error("an array of blocks is indexed by loop variables and numbers only")]
    DynamicArrayIndex,
    /// A constant index beyond the width.
    #[error("index {index} lies outside its {width} bits")]
    IndexOutOfRange {
        /// The index.
        index: String,
        /// The width it must stay below, in bits.
        width: usize,
    },
    /// A loop bound that is not a number.
    #[error("a loop bound is too large")]
    LoopBound,
    /// A literal that its place cannot hold.
    #[error("the literal {value} does not fit {width} bits")]
    LiteralTooWide {
        /// The literal.
        value: String,
        /// Bits it has.
        width: usize,
    },
    /// An expression of literals alone, in a place that gives no width.
    #[error("an expression of literals alone has no width here")]
    NoWidth,
    /// Operands of different widths.
    #[error("operands of {0} and {1} bits")]
    WidthMismatch(usize, usize),
    /// A clock that is not the block's own clock input.
    #[error(
        "the clock of a register or memory must be a clock input of its block, handed on unchanged"
    )]
    Clock,
    /// Something of the syntax tree that the emitter does not know.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// rust-hdl's own check failed.
    #[error("rust-hdl's check failed: {0}")]
    Check(String),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.signal.is_empty() {
            write!(f, "{}: {}", self.block, self.problem)
        } else {
            write!(f, "{}: `{}` {}", self.block, self.signal, self.problem)
        }
    }
}

impl std::error::Error for EmitError {}

/// The emitter's result type.
pub type Result<T> = std::result::Result<T, EmitError>;
