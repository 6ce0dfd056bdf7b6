//! The last part of the scanner: a copy descriptor for each bit of a word.
//!
//! **Does**: takes bits of the word shown by the lowest level and offers a descriptor for each, memory to shadow or back as the guest's job says. The
//! last word of an L1 word passes even without bits: `ended` tells that all its descriptors have been taken. **Latency**: a descriptor is offered a
//! cycle after its bit was taken; one per cycle. **Ordering**: that of the bits. **Errors**: none. **Reset**: none offered.

use super::constants::{constant, copies, identities};
use super::scan_types::ScanItem;
use crate::prelude::*;
use mch_spec::config::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ScanDescriptor {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// Guest g's job copies from the shadow to memory.
    pub to_memory: Vec<Signal<In, Bit>>,
    /// Guest g's job clears bits after their copies.
    pub clear_after: Vec<Signal<In, Bit>>,
    /// A word is shown.
    pub valid: Signal<In, Bit>,
    /// That word.
    pub now: Signal<In, ScanItem>,
    /// Its lowest bit.
    pub index: Signal<In, Bits<5>>,
    /// It has no other.
    pub is_last: Signal<In, Bit>,
    /// Takes the bit.
    pub take: Signal<Out, Bit>,
    /// The last descriptor of an L1 word has been taken. A register.
    pub ended: Signal<Out, Bit>,
    /// Its guest.
    pub ended_guest: Signal<Out, Bits<4>>,
    /// A block is to be copied.
    pub out_valid: Signal<Out, Bit>,
    /// The descriptor is taken.
    pub out_ready: Signal<In, Bit>,
    /// Block address to copy from.
    pub out_source: Signal<Out, Bits<34>>,
    /// Block address to copy to.
    pub out_destination: Signal<Out, Bits<34>>,
    /// The block of system memory.
    pub out_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub out_guest: Signal<Out, Bits<4>>,
    /// Its bit is to be cleared after the copy.
    pub out_clear: Signal<Out, Bit>,
    offered: Register<Bit>,
    last: Register<Bit>,
    block: Register<Bits<26>>,
    guest: Register<Bits<4>>,
    backwards: Register<Bit>,
    clears: Register<Bit>,
    done: Register<Bit>,
    done_guest: Register<Bits<4>>,
    free: Signal<Local, Bit>,
    job_backwards: Signal<Local, Bit>,
    job_clears: Signal<Local, Bit>,
    memory_block: Signal<Local, Bits<34>>,
    shadow_block: Signal<Local, Bits<34>>,
    page_shift: Constant<Bits<4>>,
    identity: Vec<Constant<Bits<4>>>,
    _guests: usize,
}

impl ScanDescriptor {
    /// The part for a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let guest = || Register::narrow_without_reset(clog2(guests).max(1));
        Self {
            clock: Signal::default(),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            to_memory: copies(guests),
            clear_after: copies(guests),
            valid: Signal::default(),
            now: Signal::default(),
            index: Signal::default(),
            is_last: Signal::default(),
            take: Signal::default(),
            ended: Signal::default(),
            ended_guest: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_source: Signal::default(),
            out_destination: Signal::default(),
            out_block: Signal::default(),
            out_guest: Signal::default(),
            out_clear: Signal::default(),
            offered: Register::default(),
            last: Register::default(),
            block: Register::narrow_without_reset(config.block_bits() as usize),
            guest: guest(),
            backwards: Register::default(),
            clears: Register::default(),
            done: Register::default(),
            done_guest: guest(),
            free: Signal::default(),
            job_backwards: Signal::default(),
            job_clears: Signal::default(),
            memory_block: Signal::default(),
            shadow_block: Signal::default(),
            page_shift: constant(12 - u64::from(config.block_shift())),
            identity: identities(guests),
            _guests: guests,
        }
    }
}

impl Logic for ScanDescriptor {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scan_descriptor");
        comment!("Offers a copy descriptor for each bit of the word shown, a cycle after it took the bit, one per cycle. ended:");
        comment!("all descriptors of an L1 word have been taken. Reset: none offered.");
        dff_setup!(self, clock, offered, last, block, guest, backwards, clears, done, done_guest);
        self.done.d.next = self.last.q.val() & (!self.offered.q.val() | self.out_ready.val());
        self.done_guest.d.next = self.guest.q.val();
        self.ended.next = self.done.q.val();
        self.ended_guest.next = self.done_guest.q.val();
        self.free.next = !self.offered.q.val() | self.out_ready.val();
        self.take.next = self.valid.val() & self.free.val();
        self.job_backwards.next = false;
        self.job_clears.next = false;
        for g in 0..self._guests {
            if self.now.val().guest == self.identity[g].val() {
                self.job_backwards.next = self.to_memory[g].val();
                self.job_clears.next = self.clear_after[g].val();
            }
        }
        if self.free.val() {
            self.offered.d.next = self.valid.val() & self.now.val().bits.any();
            self.last.d.next = self.valid.val() & self.now.val().last & self.is_last.val();
            self.block.d.next = (bit_cast::<26, 21>(self.now.val().word) << 5)
                | bit_cast::<26, 5>(self.index.val());
            self.guest.d.next = self.now.val().guest;
            self.backwards.d.next = self.job_backwards.val();
            self.clears.d.next = self.job_clears.val();
        }
        self.out_valid.next = self.offered.q.val();
        self.out_block.next = self.block.q.val();
        self.out_guest.next = self.guest.q.val();
        self.out_clear.next = self.clears.q.val();
        self.memory_block.next = (bit_cast::<34, 28>(self.mem_base.val()) << self.page_shift.val())
            | bit_cast::<34, 26>(self.block.q.val());
        self.shadow_block.next = (bit_cast::<34, 28>(self.shadow_base.val())
            << self.page_shift.val())
            | bit_cast::<34, 26>(self.block.q.val());
        self.out_source.next = self.memory_block.val();
        self.out_destination.next = self.shadow_block.val();
        if self.backwards.q.val() {
            self.out_source.next = self.shadow_block.val();
            self.out_destination.next = self.memory_block.val();
        }
    }
}
