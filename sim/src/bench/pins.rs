//! A model's ports by name, some of which a build may lack.

use anyhow::{bail, Result};
use verilated::{Input, Instance, Output, WideInput, WideOutput};

/// A port of up to 64 bits, or its absence: an absent one reads as 0 and ignores writes.
#[derive(Clone, Copy, Debug)]
pub struct Pin {
    output: Option<Output>,
    input: Option<Input>,
}

impl Pin {
    /// The port `name`; an error if the model has none or it is wider than 64 bits.
    pub fn required(model: &Instance, name: &str) -> Result<Self> {
        let output = Some(model.output(name)?);
        Ok(Self {
            output,
            input: model.input(name).ok(),
        })
    }

    /// The port `name`, absent if the model has none; an error if it is wider than 64 bits.
    pub fn optional(model: &Instance, name: &str) -> Result<Self> {
        if model.has_port(name) {
            Self::required(model, name)
        } else {
            Ok(Self {
                output: None,
                input: None,
            })
        }
    }

    /// True if the model has the port.
    pub fn is_present(&self) -> bool {
        self.output.is_some()
    }

    /// True if the design reads the port, and so it can be set.
    pub fn is_input(&self) -> bool {
        self.input.is_some()
    }

    /// Width in bits, 0 if absent.
    pub fn width(&self) -> u32 {
        self.output.map_or(0, |output| output.width())
    }

    /// The value of the port.
    #[inline]
    pub fn get(&self, model: &Instance) -> u64 {
        self.output.map_or(0, |output| model.get(output))
    }

    /// True if the port is not 0.
    #[inline]
    pub fn is_high(&self, model: &Instance) -> bool {
        self.get(model) != 0
    }

    /// Sets the port, cutting `value` to its width; an absent port and an output stay as they are.
    #[inline]
    pub fn set(&self, model: &mut Instance, value: u64) {
        if let Some(input) = self.input {
            model.set(input, value);
        }
    }
}

/// The most bytes that a data bus can have: 512 bits.
pub const MAX_BUS_BYTES: usize = 64;

/// The bytes of one beat, lane 0 first; lanes above the bus width are 0.
pub type Lanes = [u8; MAX_BUS_BYTES];

/// A data bus of 32 to 512 bits.
#[derive(Clone, Copy, Debug)]
pub struct DataPin {
    output: WideOutput,
    input: Option<WideInput>,
    bytes: usize,
}

impl DataPin {
    /// The port `name`, whose width must be 32, 64, 128, 256 or 512 bits.
    pub fn required(model: &Instance, name: &str) -> Result<Self> {
        let output = model.wide_output(name)?;
        let width = output.width();
        if !matches!(width, 32 | 64 | 128 | 256 | 512) {
            bail!("data port `{name}` is {width} bits wide; allowed are 32, 64, 128, 256 and 512");
        }
        Ok(Self {
            output,
            input: model.wide_input(name).ok(),
            bytes: width as usize / 8,
        })
    }

    /// Bytes in a beat.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The value of the bus.
    #[inline]
    pub fn get(&self, model: &Instance) -> Lanes {
        let mut lanes = [0; MAX_BUS_BYTES];
        model.get_bytes(self.output, &mut lanes[..self.bytes]);
        lanes
    }

    /// Sets the bus, if it is an input.
    #[inline]
    pub fn set(&self, model: &mut Instance, lanes: &Lanes) {
        if let Some(input) = self.input {
            model.set_bytes(input, &lanes[..self.bytes]);
        }
    }
}
