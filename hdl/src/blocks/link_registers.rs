//! The global registers of the link: its patience, and what it has sent, repeated and dropped.
//!
//! **Does**: holds LINK_RETRY and counts the link's frames; decodes its own offsets in the global page. **Latency**: combinational from
//! the bus registers; a committed write shows one cycle later. **Errors**: a patience of 0 is refused, as are writes of counters.
//! **Reset**: a patience of 4096 cycles, counts 0.

use super::constants::constant;
use crate::prelude::*;
use mch_spec::registers::{find, offset, ErrorCode};
use mch_spec::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkRegisters {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The address is in the global page.
    pub bus_selected: Signal<In, Bit>,
    /// Offset in the page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// What is written.
    pub bus_data: Signal<In, Bits<32>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The access takes effect in this cycle.
    pub bus_commit: Signal<In, Bit>,
    /// The offset is that of a register of this block.
    pub bus_here: Signal<Out, Bit>,
    /// Why the access is refused; 0: it is not.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns.
    pub bus_read: Signal<Out, Bits<32>>,
    /// A frame with an entry, a mark or a session was sent.
    pub frame_sent: Signal<In, Bit>,
    /// It had been sent before.
    pub frame_repeated: Signal<In, Bit>,
    /// A frame that came was dropped.
    pub frame_dropped: Signal<In, Bit>,
    /// LINK_RETRY.
    pub retry: Signal<Out, Bits<32>>,
    patience: Register<Bits<32>>,
    frames: Register<Bits<32>>,
    repeats: Register<Bits<32>>,
    dropped: Register<Bits<32>>,
    at_retry: Constant<Bits<12>>,
    at_frames: Constant<Bits<12>>,
    at_repeats: Constant<Bits<12>>,
    at_dropped: Constant<Bits<12>>,
    error_read_only: Constant<Bits<8>>,
    error_value: Constant<Bits<8>>,
}

impl LinkRegisters {
    /// The link's registers in a configuration.
    pub fn new(config: &Config) -> Self {
        let patience = find("LINK_RETRY").map_or(0, |register| register.reset_value(config));
        Self {
            patience: Register::new(u64::from(patience).to_bits()),
            at_retry: constant(offset::LINK_RETRY.into()),
            at_frames: constant(offset::LINK_FRAMES.into()),
            at_repeats: constant(offset::LINK_REPEATS.into()),
            at_dropped: constant(offset::LINK_DROPPED.into()),
            error_read_only: constant(ErrorCode::ReadOnly as u64),
            error_value: constant(ErrorCode::Value as u64),
            clock: Default::default(),
            bus_selected: Default::default(),
            bus_offset: Default::default(),
            bus_data: Default::default(),
            bus_write: Default::default(),
            bus_commit: Default::default(),
            bus_here: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            frame_sent: Default::default(),
            frame_repeated: Default::default(),
            frame_dropped: Default::default(),
            retry: Default::default(),
            frames: Default::default(),
            repeats: Default::default(),
            dropped: Default::default(),
        }
    }
}

impl Logic for LinkRegisters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_registers");
        comment!("The global registers of the link: LINK_RETRY, and counts of frames sent, repeated and dropped.");
        comment!("Combinational from the bus; a write takes effect with bus_commit. Reset: patience 4096, counts 0.");
        dff_setup!(self, clock, patience, frames, repeats, dropped);
        self.bus_here.next = true;
        self.bus_error.next = 0.into();
        self.bus_read.next = 0.into();
        if self.bus_offset.val() == self.at_retry.val() {
            self.bus_read.next = self.patience.q.val();
            if self.bus_write.val() & !self.bus_data.val().any() {
                self.bus_error.next = self.error_value.val();
            }
            if self.bus_selected.val() & self.bus_write.val() & self.bus_commit.val() {
                self.patience.d.next = self.bus_data.val();
            }
        } else if self.bus_offset.val() == self.at_frames.val() {
            self.bus_read.next = self.frames.q.val();
            if self.bus_write.val() {
                self.bus_error.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_repeats.val() {
            self.bus_read.next = self.repeats.q.val();
            if self.bus_write.val() {
                self.bus_error.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_dropped.val() {
            self.bus_read.next = self.dropped.q.val();
            if self.bus_write.val() {
                self.bus_error.next = self.error_read_only.val();
            }
        } else {
            self.bus_here.next = false;
        }
        if self.frame_sent.val() {
            self.frames.d.next = self.frames.q.val() + 1;
        }
        if self.frame_repeated.val() {
            self.repeats.d.next = self.repeats.q.val() + 1;
        }
        if self.frame_dropped.val() {
            self.dropped.d.next = self.dropped.q.val() + 1;
        }
        self.retry.next = self.patience.q.val();
    }
}
