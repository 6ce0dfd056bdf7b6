//! The clock and its reset as one signal, so that one assignment wires both.

use super::CLK_RST;
use rust_hdl::prelude::*;

/// The clock with its synchronous, active-high reset. At a module boundary it is the two ports `clk` and
/// `rst`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClkRst {
    /// The clock; state changes at its rising edge.
    pub clk: bool,
    /// The reset, sampled at the rising edge of `clk`.
    pub rst: bool,
}

impl ClkRst {
    /// The same reset with the clock inverted: a test bench's next half period.
    pub fn toggled(self) -> Self {
        Self {
            clk: !self.clk,
            rst: self.rst,
        }
    }

    /// Width of the `clk` field, for the kernel language.
    pub fn get_my_width_clk(&self) -> usize {
        1
    }

    /// Offset of the `clk` field, for the kernel language.
    pub fn get_my_offset_clk(&self) -> usize {
        0
    }

    /// Width of the `rst` field, for the kernel language.
    pub fn get_my_width_rst(&self) -> usize {
        1
    }

    /// Offset of the `rst` field, for the kernel language.
    pub fn get_my_offset_rst(&self) -> usize {
        1
    }
}

impl Synth for ClkRst {
    const BITS: usize = 2;

    fn descriptor() -> TypeDescriptor {
        let bit = |name: &str| {
            Box::new(TypeField {
                fieldname: name.to_string(),
                kind: bool::descriptor(),
            })
        };
        TypeDescriptor {
            name: CLK_RST.to_string(),
            kind: TypeKind::Composite(vec![bit("clk"), bit("rst")]),
        }
    }

    fn vcd(self) -> VCDValue {
        VCDValue::Composite(vec![Box::new(self.clk.vcd()), Box::new(self.rst.vcd())])
    }

    fn verilog(self) -> VerilogLiteral {
        Bits::<2>::from(u64::from(self.clk) | u64::from(self.rst) << 1).into()
    }
}

/// Finds the rising edges of a clock in rust-hdl's simulator.
#[derive(Clone, Copy, Debug, Default)]
pub struct RisingEdge {
    last: bool,
}

impl RisingEdge {
    /// True when the clock rose since the last call.
    pub fn rose(&mut self, clock: ClkRst) -> bool {
        let rose = clock.clk && !self.last;
        self.last = clock.clk;
        rose
    }
}
