//! A block in rust-hdl's simulator beside its emitted Verilog in Verilator.

use super::model::{build, get, set};
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::*;
use num_bigint::BigUint;
use verilated::Instance;

/// What a port carries.
pub trait Value: Copy {
    fn from_number(number: BigUint) -> Self;
    fn number(self) -> BigUint;
}

impl Value for bool {
    fn from_number(number: BigUint) -> Self {
        number.bit(0)
    }
    fn number(self) -> BigUint {
        BigUint::from(u32::from(self))
    }
}

impl<const N: usize> Value for Bits<N> {
    fn from_number(number: BigUint) -> Self {
        (number & ((BigUint::from(1u32) << N) - 1u32)).into()
    }
    fn number(self) -> BigUint {
        self.into()
    }
}

/// A block that has a clock input.
pub trait Clocked: Block {
    fn clock(&mut self) -> &mut ClkRst;
}

pub struct Twin<B> {
    pub rust: B,
    pub model: Instance,
    pub text: String,
}

impl<B: Clocked> Twin<B> {
    pub fn new(mut rust: B) -> Self {
        let files = emit(&rust, &EmitOptions::default()).expect("Verilog");
        let text: String = files.iter().map(|f| f.text.as_str()).collect();
        let library = build(&files, false).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let model = library.instance(1).expect("an instance");
        rust.connect_all();
        Self { rust, model, text }
    }

    pub fn drive(&mut self, name: &str, value: &BigUint) {
        set(&mut self.model, name, value);
    }

    pub fn found(&self, name: &str) -> BigUint {
        get(&self.model, name)
    }

    fn settle(&mut self, clk: bool, rst: bool) {
        *self.rust.clock() = ClkRst { clk, rst };
        assert!(simulate(&mut self.rust, 100), "the block must settle");
        set(&mut self.model, "clk", &BigUint::from(u32::from(clk)));
        if self.model.library().has_port("rst") {
            set(&mut self.model, "rst", &BigUint::from(u32::from(rst)));
        }
        self.model.eval().expect("no stop");
    }

    /// The clock low: outputs follow the inputs.
    pub fn low(&mut self, rst: bool) {
        self.settle(false, rst);
    }

    /// The rising edge.
    pub fn rise(&mut self, rst: bool) {
        self.settle(true, rst);
    }
}

/// Drives an input of both.
macro_rules! drive {
    ($twin:ident, $field:ident, $value:expr) => {{
        let value = num_bigint::BigUint::from($value);
        $twin.rust.$field.next = Value::from_number(value.clone());
        $twin.drive(stringify!($field), &value);
    }};
}

/// Compares an output of both.
macro_rules! compare {
    ($twin:ident, $cycle:expr, $($field:ident),+) => {
        $(assert_eq!(
            $twin.found(stringify!($field)),
            Value::number($twin.rust.$field.val()),
            "{} in cycle {} of\n{}",
            stringify!($field),
            $cycle,
            $twin.text
        );)+
    };
}
