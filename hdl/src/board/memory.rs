//! Block RAM as an AXI4 subordinate: the memory of a board's self test.
//!
//! **Does**: serves one write burst and one read burst at a time, side by side; 32 bits, INCR of full width with strobes. Addresses wrap at the
//! memory's size. **Latency**: a read's first beat 2 cycles after its address, then a beat per cycle. **Errors**: none. **Reset**: idle; contents stay.
//! `disturb` turns over the lowest bit of whatever is written to one word, so that a person, or a test, can see the self test fail.

use crate::blocks::constants::constant;
use crate::blocks::AxiSubordinate;
use crate::prelude::*;

/// Bits of a word's address: room for 256 KiB.
const WORD_BITS: usize = 16;

/// What a channel does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum ChannelState {
    /// Waits for an address.
    Address,
    /// Moves the burst's beats.
    Beats,
    /// Answers a write, or fetches the first word of a read.
    Response,
}

/// The memory.
#[derive(Clone, Debug, LogicBlock)]
pub struct BoardMemory {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The port.
    pub axi: AxiSubordinate<32, 4>,
    /// Spoils what is written to one word.
    pub disturb: Signal<In, Bit>,
    ram: LaneRam<32, WORD_BITS, 4>,
    writes: Register<ChannelState>,
    write_word: Register<Bits<WORD_BITS>>,
    write_id: Register<Bits<16>>,
    reads: Register<ChannelState>,
    read_word: Register<Bits<WORD_BITS>>,
    read_id: Register<Bits<16>>,
    left: Register<Bits<8>>,
    last: Signal<Local, Bit>,
    spoiled: Constant<Bits<WORD_BITS>>,
    _bits: usize,
}

impl BoardMemory {
    /// A memory of `bytes`, a power of two up to 256 KiB, of which `disturb` spoils the word at `spoiled`.
    pub fn new(bytes: usize, spoiled: u32) -> Self {
        let words = bytes / 4;
        assert!(
            words.is_power_of_two() && words <= 1 << WORD_BITS,
            "{bytes} bytes: must be a power of two, at most 256 KiB"
        );
        let bits = words.ilog2() as usize;
        Self {
            clock: Signal::default(),
            axi: AxiSubordinate::default(),
            disturb: Signal::default(),
            ram: LaneRam::new(words, 4, 8),
            writes: Register::new(ChannelState::Address),
            write_word: Register::narrow(0.into(), bits),
            write_id: Register::default(),
            reads: Register::new(ChannelState::Address),
            read_word: Register::narrow(0.into(), bits),
            read_id: Register::default(),
            left: Register::default(),
            last: Signal::default(),
            spoiled: constant(u64::from(spoiled / 4)),
            _bits: bits,
        }
    }
}

impl Logic for BoardMemory {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: board_memory");
        comment!("Block RAM as an AXI4 subordinate: one write burst and one read burst at a time, INCR of full width; addresses wrap.");
        comment!("A read's first beat comes 2 cycles after its address, then one per cycle. disturb spoils one word. Reset: idle.");
        clock!(self, clock, ram);
        dff_setup!(self, clock, writes, write_word, write_id, reads, read_word, read_id, left);
        self.ram.write_lanes.next = 0.into();
        self.ram.write_address.next = self.write_word.q.val();
        self.ram.write_data.next = self.axi.wdata.val();
        if self.disturb.val() & (self.write_word.q.val() == self.spoiled.val()) {
            self.ram.write_data.next = self.axi.wdata.val() ^ 1;
        }
        self.axi.awready.next = false;
        self.axi.wready.next = false;
        self.axi.bvalid.next = false;
        self.axi.bresp.next = 0.into();
        self.axi.bid.next = self.write_id.q.val();
        match self.writes.q.val() {
            ChannelState::Address => {
                self.axi.awready.next = true;
                if self.axi.awvalid.val() {
                    self.write_word.d.next = self.axi.awaddr.val().get_bits::<16>(2);
                    self.write_id.d.next = self.axi.awid.val();
                    self.writes.d.next = ChannelState::Beats;
                }
            }
            ChannelState::Beats => {
                self.axi.wready.next = true;
                if self.axi.wvalid.val() {
                    self.ram.write_lanes.next = self.axi.wstrb.val();
                    self.write_word.d.next = self.write_word.q.val() + 1;
                    if self.axi.wlast.val() {
                        self.writes.d.next = ChannelState::Response;
                    }
                }
            }
            ChannelState::Response => {
                self.axi.bvalid.next = true;
                if self.axi.bready.val() {
                    self.writes.d.next = ChannelState::Address;
                }
            }
        }
        // The word is read in the cycle in which its address is known to be the next one.
        self.last.next = self.left.q.val() == 0;
        self.ram.read_enable.next = false;
        self.ram.read_address.next = self.read_word.q.val();
        self.axi.arready.next = false;
        self.axi.rvalid.next = false;
        self.axi.rlast.next = self.last.val();
        self.axi.rresp.next = 0.into();
        self.axi.rid.next = self.read_id.q.val();
        self.axi.rdata.next = self.ram.read_data.val();
        match self.reads.q.val() {
            ChannelState::Address => {
                self.axi.arready.next = true;
                if self.axi.arvalid.val() {
                    self.read_word.d.next = self.axi.araddr.val().get_bits::<16>(2);
                    self.read_id.d.next = self.axi.arid.val();
                    self.left.d.next = self.axi.arlen.val();
                    self.reads.d.next = ChannelState::Response;
                }
            }
            // The first word is on its way.
            ChannelState::Response => {
                self.ram.read_enable.next = true;
                self.read_word.d.next = self.read_word.q.val() + 1;
                self.reads.d.next = ChannelState::Beats;
            }
            ChannelState::Beats => {
                self.axi.rvalid.next = true;
                if self.axi.rready.val() {
                    self.ram.read_enable.next = true;
                    self.read_word.d.next = self.read_word.q.val() + 1;
                    self.left.d.next = self.left.q.val() - 1;
                    if self.last.val() {
                        self.reads.d.next = ChannelState::Address;
                    }
                }
            }
        }
    }
}
