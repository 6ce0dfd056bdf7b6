//! A serial transmitter: 8 data bits, no parity, one stop bit.
//!
//! **Does**: sends `data` when `valid` and `ready`. **Latency**: the start bit begins in the next cycle. **Reset**: the line is high.

use crate::blocks::constants::constant;
use crate::prelude::*;

/// The transmitter.
#[derive(Clone, Debug, LogicBlock)]
pub struct BoardUart {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A character to send.
    pub data: Signal<In, Bits<8>>,
    /// There is one.
    pub valid: Signal<In, Bit>,
    /// It is taken.
    pub ready: Signal<Out, Bit>,
    /// The line.
    pub tx: Signal<Out, Bit>,
    shift: Register<Bits<9>>,
    left: Register<Bits<4>>,
    timer: Register<Bits<16>>,
    bit_cycles: Constant<Bits<16>>,
    frame_bits: Constant<Bits<4>>,
    stop: Constant<Bits<9>>,
}

impl BoardUart {
    /// A transmitter whose bits last so many cycles, 2 to 65536.
    pub fn new(bit_cycles: u32) -> Self {
        Self {
            clock: Signal::default(),
            data: Signal::default(),
            valid: Signal::default(),
            ready: Signal::default(),
            tx: Signal::default(),
            shift: Register::new(0x1ff.into()),
            left: Register::default(),
            timer: Register::default(),
            bit_cycles: constant(u64::from(bit_cycles) - 1),
            frame_bits: constant(10),
            stop: constant(0x100),
        }
    }
}

impl Logic for BoardUart {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: board_uart");
        comment!(
            "A serial transmitter: 8 data bits, no parity, one stop bit. Reset: the line is high."
        );
        dff_setup!(self, clock, shift, left, timer);
        self.ready.next = !self.left.q.val().any();
        self.tx.next = self.shift.q.val().get_bit(0);
        if !self.left.q.val().any() {
            if self.valid.val() {
                self.shift.d.next = bit_cast::<9, 8>(self.data.val()) << 1;
                self.left.d.next = self.frame_bits.val();
                self.timer.d.next = self.bit_cycles.val();
            }
        } else if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - 1;
        } else {
            self.timer.d.next = self.bit_cycles.val();
            self.left.d.next = self.left.q.val() - 1;
            self.shift.d.next = (self.shift.q.val() >> 1) | self.stop.val();
        }
    }
}
