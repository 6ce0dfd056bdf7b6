//! Block memory: one write port, one registered read port, one clock.

use super::clock::RisingEdge;
use super::truncation::Truncation;
use super::ClkRst;
use rust_hdl::prelude::*;

/// A block memory of run-time depth and width, with no reset.
///
/// `read_data` holds the word at `read_address` one cycle after a `read_enable` (two for
/// [`BlockRam::registered`]) and keeps it until the next one.
///
/// **Collision rule:** reading an address in the cycle in which it is written gives undefined data. The
/// simulators return the old word; a design must forward or avoid the case. Contents are undefined until
/// written, unless [`BlockRam::with_contents`] gives them.
#[derive(Clone, Debug, LogicBlock)]
pub struct BlockRam<D: Synth, const A: usize> {
    /// Clock of both ports; its reset is not used.
    pub clock: Signal<In, ClkRst>,
    /// Writes `write_data` at the next rising edge.
    pub write_enable: Signal<In, Bit>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// Data to write.
    pub write_data: Signal<In, D>,
    /// Reads the word at `read_address` at the next rising edge.
    pub read_enable: Signal<In, Bit>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// The word read.
    pub read_data: Signal<Out, D>,
    _memory: Vec<D>,
    _contents: Vec<u64>,
    _output_register: bool,
    _read_stage: D,
    _truncation: Truncation<D>,
    _edge: RisingEdge,
}

impl<D: Synth, const A: usize> BlockRam<D, A> {
    /// A memory of `depth` words whose data comes one cycle after the address.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, Truncation::none())
    }

    /// The same memory with an output register: data comes two cycles after the address, and the block
    /// memory's slow clock-to-output is a whole cycle's only work.
    pub fn registered(self) -> Self {
        Self {
            _output_register: true,
            ..self
        }
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
            read_enable: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            _memory: vec![D::default(); depth],
            _contents: Vec::new(),
            _output_register: false,
            _read_stage: D::default(),
            _truncation: truncation,
            _edge: RisingEdge::default(),
        }
    }
}

impl<const N: usize, const A: usize> BlockRam<Bits<N>, A> {
    /// A memory of `depth` words of `width` bits.
    pub fn narrow(depth: usize, width: usize) -> Self {
        Self::build(depth, Truncation::to(width))
    }

    /// The same memory with its first words given at power-up; the rest are zero.
    ///
    /// # Panics
    /// When there are more words than the memory holds or a word is wider than it: the generator checks
    /// its firmware before it comes here.
    pub fn with_contents(mut self, contents: Vec<u64>) -> Self {
        assert!(
            contents.len() <= self._memory.len(),
            "{} words do not fit a memory of {}",
            contents.len(),
            self._memory.len()
        );
        for (word, &value) in self._memory.iter_mut().zip(&contents) {
            *word = value.into();
            assert!(
                self._truncation.apply(*word) == *word,
                "the word {value:#x} does not fit {} bits",
                self._truncation.width()
            );
        }
        self._contents = contents;
        self
    }
}

impl<D: Synth, const A: usize> Logic for BlockRam<D, A> {
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
            if self.write_enable.val() {
                let address = self.write_address.val().index();
                let data = self._truncation.apply(self.write_data.val());
                if let Some(word) = self._memory.get_mut(address) {
                    *word = data;
                }
            }
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let mut text = format!(
            "leaf: block_ram\nwidth: {}\ndepth: {}\nstages: {}\n",
            self._truncation.width(),
            self._memory.len(),
            1 + usize::from(self._output_register)
        );
        if !self._contents.is_empty() {
            let words: Vec<String> = self._contents.iter().map(|w| format!("{w:x}")).collect();
            text += &format!("contents: {}\n", words.join(" "));
        }
        Verilog::Custom(text)
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "memory".into(),
            clock: "clock".into(),
            inputs: vec![
                "write_enable".into(),
                "write_address".into(),
                "write_data".into(),
                "read_enable".into(),
                "read_address".into(),
            ],
            outputs: vec!["read_data".into()],
        }]
    }
}
