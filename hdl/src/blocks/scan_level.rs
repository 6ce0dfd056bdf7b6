//! One level of the scanner: words of bits, taken apart one bit per cycle, lowest first.
//!
//! **Does**: keeps the words that arrive and shows the oldest with the index of its lowest bit; `take` removes that bit, and with the last one the
//! word. A word without bits counts as one with a last bit. `room` is what may still be asked for: a place is taken by `asked` and comes back when the
//! word leaves the queue, or turns out clean and never comes. **Latency**: a word is shown two cycles after it arrived; a bit per cycle, also
//! between words. **Ordering**: that of arrival. **Errors**: none; the user asks only with room. **Reset**: empty.

use super::lowest_bit::LowestBit;
use super::scan_types::ScanItem;
use crate::prelude::*;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ScanLevel {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A word is asked for.
    pub asked: Signal<In, Bit>,
    /// Another may be asked for.
    pub room: Signal<Out, Bit>,
    /// A word that was asked for arrives.
    pub arrives: Signal<In, Bit>,
    /// That word.
    pub item: Signal<In, ScanItem>,
    /// One that was asked for has no bits and does not come.
    pub is_clean: Signal<In, Bit>,
    /// A word is shown.
    pub valid: Signal<Out, Bit>,
    /// The word with the bits still to visit.
    pub now: Signal<Out, ScanItem>,
    /// Its lowest bit.
    pub index: Signal<Out, Bits<5>>,
    /// It has no other.
    pub is_last: Signal<Out, Bit>,
    /// Removes the bit; only while `valid`.
    pub take: Signal<In, Bit>,
    items: Fifo<ScanItem>,
    now_valid: Register<Bit>,
    current: Register<ScanItem>,
    lowest: LowestBit,
    left: Register<Bits<5>>,
    loaded: Register<Bit>,
    dropped: Register<Bit>,
    loads: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
}

impl ScanLevel {
    /// A level that keeps `depth` words, 1 to 31, besides the one shown.
    pub fn new(depth: usize) -> Self {
        Self {
            clock: Signal::default(),
            asked: Signal::default(),
            room: Signal::default(),
            arrives: Signal::default(),
            item: Signal::default(),
            is_clean: Signal::default(),
            valid: Signal::default(),
            now: Signal::default(),
            index: Signal::default(),
            is_last: Signal::default(),
            take: Signal::default(),
            items: Fifo::new(depth),
            now_valid: Register::default(),
            current: Register::without_reset(),
            lowest: LowestBit::default(),
            left: Register::narrow((depth as u64).to_bits(), clog2(depth + 1)),
            loaded: Register::default(),
            dropped: Register::default(),
            loads: Signal::default(),
            last: Signal::default(),
        }
    }
}

impl Logic for ScanLevel {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scan_level");
        comment!("Keeps words of bits and takes them apart, one bit per cycle, lowest first. A place is taken by asked and");
        comment!("comes back when its word leaves the queue or turns out clean. Reset: empty.");
        dff_setup!(self, clock, now_valid, current, left, loaded, dropped);
        clock!(self, clock, items);
        self.lowest.value.next = self.current.q.val().bits;
        self.last.next = !self.lowest.rest.val().any();
        self.items.push.next = self.arrives.val();
        self.items.data_in.next = self.item.val();
        self.loads.next = self.items.valid.val()
            & (!self.now_valid.q.val() | (self.take.val() & self.last.val()));
        self.items.pop.next = self.loads.val();
        if self.loads.val() {
            self.now_valid.d.next = true;
            self.current.d.next = self.items.data_out.val();
        } else if self.take.val() {
            self.now_valid.d.next = !self.last.val();
            self.current.d.next = self.current.q.val();
            self.current.d.next.bits = self.lowest.rest.val();
        }
        // Room returns a cycle late, which keeps the path short.
        self.loaded.d.next = self.loads.val();
        self.dropped.d.next = self.is_clean.val();
        if self.loaded.q.val() & self.dropped.q.val() {
            self.left.d.next = self.left.q.val() + 2;
            if self.asked.val() {
                self.left.d.next = self.left.q.val() + 1;
            }
        } else if self.loaded.q.val() | self.dropped.q.val() {
            if !self.asked.val() {
                self.left.d.next = self.left.q.val() + 1;
            }
        } else if self.asked.val() {
            self.left.d.next = self.left.q.val() - 1;
        }
        self.room.next = self.left.q.val().any();
        self.valid.next = self.now_valid.q.val();
        self.now.next = self.current.q.val();
        self.index.next = self.lowest.index.val();
        self.is_last.next = self.last.val();
    }
}
