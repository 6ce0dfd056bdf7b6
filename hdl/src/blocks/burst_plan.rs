//! How a write burst falls into pieces, worked out before it is split.
//!
//! **Does**: gives the one or two ascending runs of a burst (a WRAP that does not start at its base has two), how many of its beats fit the
//! first block and the blocks after it, and which blocks it touches. All lengths are beats - 1.
//! A FIXED burst (allowed while the unit is not enabled) is pieces of one beat. **Latency**: combinational.

use super::burst_check::BurstCheck;
use super::constants::constant;
use crate::prelude::*;
use mch_spec::config::Config;

/// The runs and blocks of a burst.
#[derive(Clone, Debug, LogicBlock)]
pub struct BurstPlan {
    /// Byte offset of the first beat in its page.
    pub offset: Signal<In, Bits<12>>,
    /// Beats - 1.
    pub len: Signal<In, Bits<8>>,
    /// log2 of the bytes of a beat.
    pub size: Signal<In, Bits<3>>,
    /// AXI burst type.
    pub burst: Signal<In, Bits<2>>,
    /// The burst breaks a rule of AXI4.
    pub illegal: Signal<Out, Bit>,
    /// Beats - 1 of the first run.
    pub run: Signal<Out, Bits<8>>,
    /// There is a second run.
    pub wraps: Signal<Out, Bit>,
    /// Beats - 1 of the second run.
    pub second_run: Signal<Out, Bits<8>>,
    /// Byte offset in the page at which the second run starts.
    pub base: Signal<Out, Bits<12>>,
    /// Beats - 1 from the start to the end of its block, 255 at most.
    pub first_room: Signal<Out, Bits<8>>,
    /// Beats - 1 of a whole block, 255 at most.
    pub block_room: Signal<Out, Bits<8>>,
    /// The burst starts inside a block, not at its start.
    pub off_boundary: Signal<Out, Bit>,
    /// Number in its page of the first block touched.
    pub first_block: Signal<Out, Bits<6>>,
    /// Number in its page of the last block touched; the difference, plus 1, is how many.
    pub last_block: Signal<Out, Bits<6>>,
    check: BurstCheck,
    container: Signal<Local, Bits<12>>,
    into_container: Signal<Local, Bits<12>>,
    run_beats: Signal<Local, Bits<12>>,
    second_beats: Signal<Local, Bits<12>>,
    first_beats: Signal<Local, Bits<12>>,
    block_beats: Signal<Local, Bits<12>>,
    first_number: Signal<Local, Bits<12>>,
    last_number: Signal<Local, Bits<12>>,
    block_mask: Constant<Bits<12>>,
    block_shift: Constant<Bits<4>>,
}

impl BurstPlan {
    /// The plan for a configuration's block size and bus width.
    pub fn new(config: &Config) -> Self {
        Self {
            offset: Signal::default(),
            len: Signal::default(),
            size: Signal::default(),
            burst: Signal::default(),
            illegal: Signal::default(),
            run: Signal::default(),
            wraps: Signal::default(),
            second_run: Signal::default(),
            base: Signal::default(),
            first_room: Signal::default(),
            block_room: Signal::default(),
            off_boundary: Signal::default(),
            first_block: Signal::default(),
            last_block: Signal::default(),
            check: BurstCheck::new(config),
            container: Signal::default(),
            into_container: Signal::default(),
            run_beats: Signal::default(),
            second_beats: Signal::default(),
            first_beats: Signal::default(),
            block_beats: Signal::default(),
            first_number: Signal::default(),
            last_number: Signal::default(),
            block_mask: constant(u64::from(config.block_bytes()) - 1),
            block_shift: constant(config.block_shift().into()),
        }
    }
}

impl Logic for BurstPlan {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: burst_plan");
        comment!("The ascending runs of a write burst, the beats that fit its first block and the next ones, and");
        comment!("which blocks it touches. Lengths are beats - 1. Combinational.");
        self.check.offset.next = self.offset.val();
        self.check.len.next = self.len.val();
        self.check.size.next = self.size.val();
        self.check.burst.next = self.burst.val();
        self.illegal.next = self.check.illegal.val();

        // A WRAP moves inside its container: len + 1 beats, aligned to its own size.
        self.container.next = (bit_cast::<12, 8>(self.len.val()) << self.size.val())
            | !(bits::<12>(0xfff) << self.size.val());
        self.into_container.next = self.check.aligned.val() & self.container.val();
        self.run_beats.next = (!self.check.aligned.val() & self.container.val()) >> self.size.val();
        self.second_beats.next = self.into_container.val() >> self.size.val();
        self.base.next = self.offset.val() & !self.container.val();
        self.first_beats.next =
            (!self.check.aligned.val() & self.block_mask.val()) >> self.size.val();
        self.block_beats.next = self.block_mask.val() >> self.size.val();
        self.off_boundary.next = (self.offset.val() & self.block_mask.val()).any();

        self.run.next = self.len.val();
        self.wraps.next = false;
        self.second_run.next = self.second_beats.val().get_bits::<8>(0) - 1;
        self.first_room.next = self.first_beats.val().get_bits::<8>(0);
        if self.first_beats.val().get_bits::<4>(8).any() {
            self.first_room.next = 0xff.into();
        }
        self.block_room.next = self.block_beats.val().get_bits::<8>(0);
        if self.block_beats.val().get_bits::<4>(8).any() {
            self.block_room.next = 0xff.into();
        }
        self.first_number.next = self.check.aligned.val() >> self.block_shift.val();
        self.last_number.next = self.check.last_offset.val() >> self.block_shift.val();
        if self.burst.val() == bits::<2>(2) {
            self.run.next = self.run_beats.val().get_bits::<8>(0);
            self.wraps.next = self.into_container.val().any();
            self.first_number.next = 0.into();
            self.last_number.next = self.container.val() >> self.block_shift.val();
        } else if self.burst.val() == bits::<2>(0) {
            self.first_room.next = 0.into();
            self.block_room.next = 0.into();
        }
        self.first_block.next = self.first_number.val().get_bits::<6>(0);
        self.last_block.next = self.last_number.val().get_bits::<6>(0);
    }
}
