//! A small memory with a combinational read port, built from look-up tables.

use super::clock::RisingEdge;
use super::truncation::Truncation;
use super::ClkRst;
use rust_hdl::prelude::*;

/// A memory of run-time depth with one clocked write port and one combinational read port. `A` is the
/// most address bits; a narrower address is printed when the depth needs fewer.
///
/// Contents are undefined until written. An address at or beyond the depth is the user's mistake: the
/// write is dropped, the read undefined.
#[derive(Clone, Debug, LogicBlock)]
pub struct DistributedRam<D: Synth, const A: usize> {
    /// Clock of the write port.
    pub clock: Signal<In, ClkRst>,
    /// Writes `write_data` at the next rising edge.
    pub write_enable: Signal<In, Bit>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// Data to write.
    pub write_data: Signal<In, D>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// The word at `read_address`, in the same cycle.
    pub read_data: Signal<Out, D>,
    _memory: Vec<D>,
    _truncation: Truncation<D>,
    _edge: RisingEdge,
}

impl<D: Synth, const A: usize> DistributedRam<D, A> {
    /// A memory of `depth` words.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, Truncation::none())
    }

    fn build(depth: usize, truncation: Truncation<D>) -> Self {
        assert!(
            depth >= 1 && depth as u64 <= 1 << A,
            "a depth of {depth} words does not fit {A} address bits"
        );
        Self {
            clock: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _memory: vec![D::default(); depth],
            _truncation: truncation,
            _edge: RisingEdge::default(),
        }
    }
}

impl<const N: usize, const A: usize> DistributedRam<Bits<N>, A> {
    /// A memory of `depth` words of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self::build(depth, Truncation::to(width))
    }
}

impl<D: Synth, const A: usize> Logic for DistributedRam<D, A> {
    fn update(&mut self) {
        if self._edge.rose(self.clock.val()) && self.write_enable.val() {
            let address = self.write_address.val().index();
            let data = self._truncation.apply(self.write_data.val());
            if let Some(word) = self._memory.get_mut(address) {
                *word = data;
            }
        }
        let address = self.read_address.val().index();
        self.read_data.next = self._memory.get(address).copied().unwrap_or_default();
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "leaf: distributed_ram\nwidth: {}\ndepth: {}\n",
            self._truncation.width(),
            self._memory.len()
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "write".into(),
            clock: "clock".into(),
            inputs: vec![
                "write_enable".into(),
                "write_address".into(),
                "write_data".into(),
            ],
            outputs: vec![],
        }]
    }
}
