//! Handles of ports: small, copied freely, checked once when made.

/// The direction of a port, seen from the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The design reads it.
    Input,
    /// The design drives it.
    Output,
    /// Both.
    Both,
}

/// What all handles hold. Only a library makes one, for a port it has: `index` is below its number of
/// ports and `bytes` is the port's storage. Instances check `library` before every use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) library: u32,
    pub(crate) index: u16,
    /// 1, 2, 4 or 8, or 0 for an array of 32-bit words.
    pub(crate) bytes: u8,
    pub(crate) width: u32,
}

macro_rules! handle {
    ($name:ident, $text:literal) => {
        #[doc = $text]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub(crate) Handle);

        impl $name {
            /// The width in bits.
            #[inline]
            #[must_use]
            pub fn width(self) -> u32 {
                self.0.width
            }

            /// The number of 32-bit words that hold the value.
            #[inline]
            #[must_use]
            pub fn words(self) -> usize {
                self.0.width.div_ceil(32) as usize
            }
        }
    };
}

handle!(
    Input,
    "An input of at most 64 bits: it can be written and read."
);
handle!(Output, "A port of at most 64 bits that can be read.");
handle!(
    WideInput,
    "An input of any width, as 32-bit words, least significant first."
);
handle!(
    WideOutput,
    "A port of any width that can be read, as 32-bit words, least significant first."
);

impl From<Input> for Output {
    #[inline]
    fn from(input: Input) -> Output {
        Output(input.0)
    }
}

impl From<WideInput> for WideOutput {
    #[inline]
    fn from(input: WideInput) -> WideOutput {
        WideOutput(input.0)
    }
}

impl From<Input> for WideInput {
    #[inline]
    fn from(input: Input) -> WideInput {
        WideInput(input.0)
    }
}

impl From<Input> for WideOutput {
    #[inline]
    fn from(input: Input) -> WideOutput {
        WideOutput(input.0)
    }
}

impl From<Output> for WideOutput {
    #[inline]
    fn from(output: Output) -> WideOutput {
        WideOutput(output.0)
    }
}
