//! The sequencer: fetches the guests' instructions in turn and presents them for execution.
//!
//! **Does**: of the guests whose routine runs, takes the next in turn, fetches the instruction at its program counter and raises `execute` for that
//! guest with the instruction's fields. The guest's own context decides what happens.
//! **Latency**: four cycles an instruction: select, decode, settle (the guests make up their conditions), execute. **Ordering**: one instruction at a time, turn about.
//! **Memory**: 512 instructions, holding the firmware from the start; written and read by software while nothing runs.
//! **Reset**: idle; the memory is kept.

use super::constants::{constant, copies, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::firmware::{self, Opcode};

/// What the sequencer does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum SequencerState {
    /// Chooses the guest whose turn it is.
    Select,
    /// Its instruction has been read, and is registered.
    Decode,
    /// The guest registers the condition that the instruction names.
    Settle,
    /// The guest executes it.
    Execute,
}

/// The sequencer.
#[derive(Clone, Debug, LogicBlock)]
pub struct Sequencer {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: a routine runs.
    pub running: Vec<Signal<In, Bit>>,
    /// Per guest: its program counter.
    pub program_counter: Vec<Signal<In, Bits<9>>>,
    /// Per guest: it executes the instruction now.
    pub execute: Vec<Signal<Out, Bit>>,
    /// The instruction, a bit per opcode while it is executed; bit 15: there is no such instruction.
    pub decoded: Signal<Out, Bits<16>>,
    /// Its operand a.
    pub operand_a: Signal<Out, Bits<8>>,
    /// Its operand b.
    pub operand_b: Signal<Out, Bits<16>>,
    /// Software writes an instruction.
    pub load: Signal<In, Bit>,
    /// Where software writes or reads.
    pub load_address: Signal<In, Bits<9>>,
    /// What it writes.
    pub load_data: Signal<In, Bits<32>>,
    /// What stands there: one cycle after the address, while nothing runs.
    pub load_read: Signal<Out, Bits<32>>,
    state: Register<SequencerState>,
    last: Register<Bits<4>>,
    guest: Register<Bits<4>>,
    address: OrTree<9>,
    instruction: Register<Bits<32>>,
    opcode_bits: Register<Bits<16>>,
    selected: Signal<Local, Bits<16>>,
    known: Constant<Bits<16>>,
    unknown: Constant<Bits<16>>,
    memory: BlockRam<Bits<32>, 9>,
    below: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<4>>,
    any: Signal<Local, Bit>,
    ids: Vec<Constant<Bits<4>>>,
    _guests: usize,
}

/// The bit of `decoded` for what is no instruction.
pub const UNKNOWN: u32 = 15;

impl Sequencer {
    /// The opcodes of a configuration, a bit each.
    fn known(config: &Config) -> u64 {
        let codes = Opcode::ALL
            .iter()
            .filter(|one| config.link || **one != Opcode::Link);
        codes.map(|one| 1 << one.code()).sum()
    }

    /// A sequencer with the firmware of this configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let mut contents: Vec<u64> = firmware::image(config).into_iter().map(u64::from).collect();
        contents.resize(firmware::MEMORY_WORDS, 0);
        Self {
            running: copies(guests),
            program_counter: copies(guests),
            execute: copies(guests),
            state: Register::new(SequencerState::Select),
            memory: BlockRam::new(firmware::MEMORY_WORDS).with_contents(contents),
            ids: identities(guests),
            _guests: guests,
            clock: Default::default(),
            decoded: Default::default(),
            opcode_bits: Register::without_reset(),
            selected: Default::default(),
            known: constant(Self::known(config)),
            unknown: constant(1 << UNKNOWN),
            operand_a: Default::default(),
            operand_b: Default::default(),
            load: Default::default(),
            load_address: Default::default(),
            load_data: Default::default(),
            load_read: Default::default(),
            last: Default::default(),
            guest: Default::default(),
            address: OrTree::new(guests),
            instruction: Default::default(),
            below: Default::default(),
            chosen: Default::default(),
            any: Default::default(),
        }
    }
}

impl Logic for Sequencer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: sequencer");
        comment!("Fetches the guests' instructions in turn, four cycles each: select, decode, settle, execute.");
        comment!("The memory of 512 instructions holds the firmware from the start and survives a reset.");
        dff_setup!(self, clock, state, last, guest, instruction, opcode_bits);
        clock!(self, clock, memory);
        self.memory.write_enable.next = self.load.val();
        self.memory.write_address.next = self.load_address.val();
        self.memory.write_data.next = self.load_data.val();
        self.memory.read_enable.next = true;
        self.memory.read_address.next = self.load_address.val();
        self.load_read.next = self.memory.read_data.val();

        // Turns go downwards: the highest running guest below the last one served, else the highest of all.
        self.below.next = false;
        self.any.next = false;
        for k in 0..self._guests {
            if self.running[k].val() {
                self.any.next = true;
                if self.ids[k].val() < self.last.q.val() {
                    self.below.next = true;
                }
            }
        }
        self.chosen.next = 0.into();
        for k in 0..self._guests {
            if self.running[k].val() & (!self.below.val() | (self.ids[k].val() < self.last.q.val()))
            {
                self.chosen.next = self.ids[k].val();
            }
        }
        for k in 0..self._guests {
            self.address.inputs[k].next = 0.into();
            if self.chosen.val() == self.ids[k].val() {
                self.address.inputs[k].next = self.program_counter[k].val();
            }
        }
        match self.state.q.val() {
            SequencerState::Select => {
                if self.any.val() {
                    self.memory.read_address.next = self.address.merged.val();
                    self.guest.d.next = self.chosen.val();
                    self.state.d.next = SequencerState::Decode;
                }
            }
            SequencerState::Decode => {
                self.last.d.next = self.guest.q.val();
                self.instruction.d.next = self.memory.read_data.val();
                self.state.d.next = SequencerState::Settle;
            }
            SequencerState::Settle => {
                self.state.d.next = SequencerState::Execute;
            }
            SequencerState::Execute => {
                self.state.d.next = SequencerState::Select;
            }
        }
        for k in 0..self._guests {
            self.execute[k].next = (self.state.q.val() == SequencerState::Execute)
                & (self.guest.q.val() == self.ids[k].val());
        }
        // Taken apart once for all guests, in the cycle of Settle.
        self.selected.next = bits::<16>(1) << self.instruction.q.val().get_bits::<4>(24);
        self.opcode_bits.d.next = self.selected.val() & self.known.val();
        if self.instruction.q.val().get_bits::<4>(28).any()
            | !(self.selected.val() & self.known.val()).any()
        {
            self.opcode_bits.d.next = self.unknown.val();
        }
        self.decoded.next = self.opcode_bits.q.val();
        self.operand_a.next = self.instruction.q.val().get_bits::<8>(16);
        self.operand_b.next = self.instruction.q.val().get_bits::<16>(0);
    }
}
