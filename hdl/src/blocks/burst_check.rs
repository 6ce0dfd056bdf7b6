//! What AXI4 forbids in an address: found before it can do harm.
//!
//! **Does**: `illegal` is set for a reserved burst type, a beat wider than the bus, an INCR burst that crosses 4 KiB, and a WRAP
//! burst that is not aligned to its beats or not of 2, 4, 8 or 16 of them. A burst that passes lies in one page, so one address class
//! holds for all of it. Also gives the offsets of its first (aligned) and last beat. **Latency**: combinational.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::config::Config;

/// Checks the shape of a burst.
#[derive(Clone, Debug, LogicBlock)]
pub struct BurstCheck {
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
    /// Byte offset in the page of the first beat, aligned to the beat.
    pub aligned: Signal<Out, Bits<12>>,
    /// Byte offset in the page of the last beat of an INCR burst.
    pub last_offset: Signal<Out, Bits<12>>,
    beat_mask: Signal<Local, Bits<12>>,
    start: Signal<Local, Bits<12>>,
    last: Signal<Local, Bits<16>>,
    crosses: Signal<Local, Bit>,
    bad_wrap: Signal<Local, Bit>,
    full_size: Constant<Bits<3>>,
}

impl BurstCheck {
    /// The check for a configuration's bus width.
    pub fn new(config: &Config) -> Self {
        Self {
            offset: Signal::default(),
            len: Signal::default(),
            size: Signal::default(),
            burst: Signal::default(),
            illegal: Signal::default(),
            aligned: Signal::default(),
            last_offset: Signal::default(),
            beat_mask: Signal::default(),
            start: Signal::default(),
            last: Signal::default(),
            crosses: Signal::default(),
            bad_wrap: Signal::default(),
            full_size: constant(config.full_size().into()),
        }
    }
}

impl Logic for BurstCheck {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: burst_check");
        comment!("illegal: a reserved burst type, a beat wider than the bus, an INCR burst across 4 KiB, or a WRAP");
        comment!("burst that is unaligned or not of 2, 4, 8 or 16 beats. Combinational.");
        self.beat_mask.next = !(bits::<12>(0xfff) << self.size.val());
        self.start.next = self.offset.val() & !self.beat_mask.val();
        self.last.next = bit_cast::<16, 12>(self.start.val())
            + (bit_cast::<16, 8>(self.len.val()) << self.size.val());
        self.crosses.next =
            (self.burst.val() == bits::<2>(1)) & self.last.val().get_bits::<4>(12).any();
        self.bad_wrap.next = (self.burst.val() == bits::<2>(2))
            & ((self.offset.val() & self.beat_mask.val()).any()
                | ((self.len.val() != bits::<8>(1))
                    & (self.len.val() != bits::<8>(3))
                    & (self.len.val() != bits::<8>(7))
                    & (self.len.val() != bits::<8>(15))));
        self.illegal.next = self.crosses.val()
            | self.bad_wrap.val()
            | (self.burst.val() == bits::<2>(3))
            | (self.size.val() > self.full_size.val());
        self.aligned.next = self.start.val();
        self.last_offset.next = self.last.val().get_bits::<12>(0);
    }
}
