//! Which blocks of a place store's word a read touches.
//!
//! **Does**: the word of the read's first block, the first and the last block of the read in their words, and whether the read goes on in the next
//! word. A WRAP touches all of its container. **Latency**: combinational. **Errors**: an illegal burst gives any value.

use super::burst_check::BurstCheck;
use super::constants::constant;
use super::read_types::ReadRequest;
use crate::prelude::*;
use mch_spec::config::Config;

/// The blocks of a read.
#[derive(Clone, Debug, LogicBlock)]
pub struct ReadSpan {
    /// The read.
    pub read: Signal<In, ReadRequest>,
    /// Its first block in its word.
    pub first: Signal<Out, Bits<5>>,
    /// Its last block in its word.
    pub last: Signal<Out, Bits<5>>,
    /// The last block lies in the word after the first block's.
    pub beyond: Signal<Out, Bit>,
    check: BurstCheck,
    address: Signal<Local, Bits<40>>,
    container: Signal<Local, Bits<12>>,
    low: Signal<Local, Bits<12>>,
    high: Signal<Local, Bits<12>>,
    first_block: Signal<Local, Bits<40>>,
    last_block: Signal<Local, Bits<40>>,
    block_shift: Constant<Bits<4>>,
}

impl ReadSpan {
    /// For the blocks of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            read: Signal::default(),
            first: Signal::default(),
            last: Signal::default(),
            beyond: Signal::default(),
            check: BurstCheck::new(config),
            address: Signal::default(),
            container: Signal::default(),
            low: Signal::default(),
            high: Signal::default(),
            first_block: Signal::default(),
            last_block: Signal::default(),
            block_shift: constant(config.block_shift().into()),
        }
    }
}

impl Logic for ReadSpan {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: read_span");
        comment!("The first and last block of a read in their words of the place store, and whether the last lies in the next");
        comment!("word. A WRAP touches all of its container. Combinational.");
        self.address.next = self.read.val().address;
        self.check.offset.next = self.address.val().get_bits::<12>(0);
        self.check.len.next = self.read.val().len;
        self.check.size.next = self.read.val().size;
        self.check.burst.next = self.read.val().burst;
        self.container.next = (bit_cast::<12, 8>(self.read.val().len) << self.read.val().size)
            | !(bits::<12>(0xfff) << self.read.val().size);
        self.low.next = self.address.val().get_bits::<12>(0);
        self.high.next = self.check.last_offset.val();
        if self.read.val().burst == bits::<2>(2) {
            self.low.next = self.address.val().get_bits::<12>(0) & !self.container.val();
            self.high.next = self.address.val().get_bits::<12>(0) | self.container.val();
        }
        self.first_block.next = ((self.address.val() & bits::<40>(0xff_ffff_f000_u64))
            | bit_cast::<40, 12>(self.low.val()))
            >> self.block_shift.val();
        self.last_block.next = ((self.address.val() & bits::<40>(0xff_ffff_f000_u64))
            | bit_cast::<40, 12>(self.high.val()))
            >> self.block_shift.val();
        self.first.next = self.first_block.val().get_bits::<5>(0);
        self.last.next = self.last_block.val().get_bits::<5>(0);
        self.beyond.next = self.first_block.val().get_bit(5) != self.last_block.val().get_bit(5);
    }
}
