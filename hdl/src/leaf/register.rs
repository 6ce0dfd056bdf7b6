//! The register: state that follows its input at the rising clock edge.

use super::clock::RisingEdge;
use super::truncation::Truncation;
use super::ClkRst;
use rust_hdl::prelude::*;

/// A register of type `T`. `q` takes `d` at each rising clock edge, or the reset value while `rst` is high.
///
/// `dff_setup!(self, clock, a, b)` wires the clock and makes `d` hold `q`; a conditional assignment of
/// `d` after it is the enable.
#[derive(Clone, Debug, LogicBlock)]
pub struct Register<T: Synth> {
    /// The next value.
    pub d: Signal<In, T>,
    /// The value now.
    pub q: Signal<Out, T>,
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    _reset_value: Option<T>,
    _truncation: Truncation<T>,
    _edge: RisingEdge,
}

impl<T: Synth> Register<T> {
    /// A register that a reset sets to `reset_value`.
    pub fn new(reset_value: T) -> Self {
        Self::build(Some(reset_value), Truncation::none())
    }

    /// A register that a reset leaves alone: for data whose valid bit is reset elsewhere.
    pub fn without_reset() -> Self {
        Self::build(None, Truncation::none())
    }

    fn build(reset_value: Option<T>, truncation: Truncation<T>) -> Self {
        Self {
            d: Signal::default(),
            q: Signal::default(),
            clock: Signal::default(),
            _reset_value: reset_value,
            _truncation: truncation,
            _edge: RisingEdge::default(),
        }
    }
}

impl<const N: usize> Register<Bits<N>> {
    /// A register of `width` bits, known when the generator runs; the upper bits of `d` are dropped and
    /// those of `q` are zero.
    pub fn narrow(reset_value: Bits<N>, width: usize) -> Self {
        let truncation = Truncation::to(width);
        Self::build(Some(truncation.apply(reset_value)), truncation)
    }

    /// As [`Register::narrow`], untouched by a reset.
    pub fn narrow_without_reset(width: usize) -> Self {
        Self::build(None, Truncation::to(width))
    }
}

impl<T: Synth> Default for Register<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Synth> Logic for Register<T> {
    fn update(&mut self) {
        let clock = self.clock.val();
        if self._edge.rose(clock) {
            self.q.next = match self._reset_value {
                Some(value) if clock.rst => value,
                _ => self._truncation.apply(self.d.val()),
            };
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let mut text = format!("leaf: register\nwidth: {}\n", self._truncation.width());
        if let Some(value) = self._reset_value {
            text += &format!("reset: {:x}\n", value.verilog());
        }
        Verilog::Custom(text)
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "register".into(),
            clock: "clock".into(),
            inputs: vec!["d".into()],
            outputs: vec!["q".into()],
        }]
    }
}
