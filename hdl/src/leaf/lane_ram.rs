//! Block memory whose words are written in parts.

use super::clock::RisingEdge;
use super::truncation::Truncation;
use super::ClkRst;
use rust_hdl::prelude::*;

/// A block memory whose words are several equal lanes (bytes, say), each with its own write enable. `L`
/// is the most lanes; how many there are and how wide is known when the generator runs.
///
/// Timing and the collision rule are those of [`BlockRam`](super::BlockRam).
#[derive(Clone, Debug, LogicBlock)]
pub struct LaneRam<const N: usize, const A: usize, const L: usize> {
    /// Clock of both ports; its reset is not used.
    pub clock: Signal<In, ClkRst>,
    /// One write enable for each lane; bit 0 writes the least significant lane.
    pub write_lanes: Signal<In, Bits<L>>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// Data to write.
    pub write_data: Signal<In, Bits<N>>,
    /// Reads the word at `read_address` at the next rising edge.
    pub read_enable: Signal<In, Bit>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// The word read.
    pub read_data: Signal<Out, Bits<N>>,
    _memory: Vec<Bits<N>>,
    _lanes: usize,
    _lane_width: usize,
    _output_register: bool,
    _read_stage: Bits<N>,
    _edge: RisingEdge,
}

impl<const N: usize, const A: usize, const L: usize> LaneRam<N, A, L> {
    /// A memory of `depth` words of `lanes` lanes of `lane_width` bits.
    pub fn new(depth: usize, lanes: usize, lane_width: usize) -> Self {
        assert!(
            depth >= 1 && depth as u64 <= 1 << A,
            "a depth of {depth} words does not fit {A} address bits"
        );
        assert!(
            (1..=L).contains(&lanes) && lane_width >= 1 && lanes * lane_width <= N,
            "{lanes} lanes of {lane_width} bits do not fit {L} enables and {N} bits"
        );
        Self {
            clock: Signal::default(),
            write_lanes: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            read_enable: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _memory: vec![Bits::default(); depth],
            _lanes: lanes,
            _lane_width: lane_width,
            _output_register: false,
            _read_stage: Bits::default(),
            _edge: RisingEdge::default(),
        }
    }

    /// The same memory with an output register: data comes two cycles after the address.
    pub fn registered(self) -> Self {
        Self {
            _output_register: true,
            ..self
        }
    }

    fn write(&mut self) {
        let address = self.write_address.val().index();
        let data = self.write_data.val();
        let lane_mask = Truncation::to(self._lane_width).apply(Bits::<N>::mask());
        let Some(word) = self._memory.get_mut(address) else {
            return;
        };
        for lane in 0..self._lanes {
            if self.write_lanes.val().get_bit(lane) {
                let mask = lane_mask << (lane * self._lane_width) as u64;
                *word = (*word & !mask) | (data & mask);
            }
        }
    }
}

impl<const N: usize, const A: usize, const L: usize> Logic for LaneRam<N, A, L> {
    fn update(&mut self) {
        if self._edge.rose(self.clock.val()) {
            if self._output_register {
                self.read_data.next = self._read_stage;
            }
            if self.read_enable.val() {
                let address = self.read_address.val().index();
                self._read_stage = self._memory.get(address).copied().unwrap_or_default();
            }
            if !self._output_register {
                self.read_data.next = self._read_stage;
            }
            self.write();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "leaf: lane_ram\nlanes: {}\nlane_width: {}\nwidth: {}\ndepth: {}\nstages: {}\n",
            self._lanes,
            self._lane_width,
            self._lanes * self._lane_width,
            self._memory.len(),
            1 + usize::from(self._output_register)
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "memory".into(),
            clock: "clock".into(),
            inputs: vec![
                "write_lanes".into(),
                "write_address".into(),
                "write_data".into(),
                "read_enable".into(),
                "read_address".into(),
            ],
            outputs: vec!["read_data".into()],
        }]
    }
}
