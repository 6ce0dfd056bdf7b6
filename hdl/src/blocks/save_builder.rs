//! The save builder: makes the copy engine's urgent descriptor of a copy that a write waits for.
//!
//! A save: the old contents of a block of system memory go to a slot of its guest's ring, the header behind it. A push: they go to the block's
//! place in the shadow, or from there to system memory. Memory, shadow and rings are aligned to their sizes, so every address is an OR. Two cycles from `save_valid` to
//! `urgent_valid`, one descriptor per cycle, in order; the outputs are registers. Base, size and interval of a
//! guest are sampled when its save is taken. Reset: empty.

use super::ring_offset::RingOffset;
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct SaveBuilder {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A save is offered.
    pub save_valid: Signal<In, Bit>,
    /// It is taken.
    pub save_ready: Signal<Out, Bit>,
    /// Block of system memory.
    pub save_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub save_guest: Signal<In, Bits<4>>,
    /// Slot of the guest's ring.
    pub save_slot: Signal<In, Bits<26>>,
    /// Ticket of the hazard table.
    pub save_ticket: Signal<In, Bits<5>>,
    /// 0: to the ring; 1: to the shadow; 2: from the shadow.
    pub save_way: Signal<In, Bits<2>>,
    /// It is the capture of a write; first unit of what that wrote. With S1.
    pub save_captures: Signal<In, Bit>,
    /// First unit of the block to copy.
    pub save_first: Signal<In, Bits<7>>,
    /// Last unit.
    pub save_last: Signal<In, Bits<7>>,
    /// Per guest: first page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Per guest: log2 of its ring's bytes.
    pub ring_size: Vec<Signal<In, Bits<6>>>,
    /// Per guest: number of its interval, low 16 bits.
    pub interval: Vec<Signal<In, Bits<16>>>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// A descriptor for the engine.
    pub urgent_valid: Signal<Out, Bit>,
    /// It is taken.
    pub urgent_ready: Signal<In, Bit>,
    /// Block address to read.
    pub urgent_source: Signal<Out, Bits<34>>,
    /// Block address to write.
    pub urgent_destination: Signal<Out, Bits<34>>,
    /// First unit of the block to copy.
    pub urgent_first: Signal<Out, Bits<7>>,
    /// Last unit.
    pub urgent_last: Signal<Out, Bits<7>>,
    /// A header follows the block: of a save.
    pub urgent_has_header: Signal<Out, Bit>,
    /// Byte address of the header.
    pub urgent_header_address: Signal<Out, Bits<40>>,
    /// Block [25:0], guest [43:40], interval [63:48].
    pub urgent_header: Signal<Out, Bits<64>>,
    /// Ticket.
    pub urgent_ticket: Signal<Out, Bits<5>>,
    /// Guest.
    pub urgent_guest: Signal<Out, Bits<4>>,
    /// Block of system memory.
    pub urgent_block: Signal<Out, Bits<26>>,
    /// 0 SAVE, 3 PUSH.
    pub urgent_kind: Signal<Out, Bits<2>>,
    /// It is the capture of a write.
    pub urgent_captures: Signal<Out, Bit>,
    offset: Maybe<RingOffset>,
    taken: Register<Bit>,
    taken_block: Register<Bits<26>>,
    taken_guest: Register<Bits<4>>,
    taken_slot: Register<Bits<26>>,
    taken_ticket: Register<Bits<5>>,
    taken_way: Register<Bits<2>>,
    taken_captures: Register<Bit>,
    taken_first: Register<Bits<7>>,
    taken_last: Register<Bits<7>>,
    captures: Register<Bit>,
    first: Register<Bits<7>>,
    last: Register<Bits<7>>,
    base: Register<Bits<28>>,
    size: Register<Bits<6>>,
    taken_interval: Register<Bits<16>>,
    valid: Register<Bit>,
    pushes: Register<Bit>,
    block: Register<Bits<26>>,
    guest: Register<Bits<4>>,
    ticket: Register<Bits<5>>,
    header_interval: Register<Bits<16>>,
    source: Register<Bits<34>>,
    destination: Register<Bits<34>>,
    header_address: Register<Bits<40>>,
    in_memory: Signal<Local, Bits<34>>,
    in_shadow: Signal<Local, Bits<34>>,
    in_ring: Signal<Local, Bits<34>>,
    second_free: Signal<Local, Bit>,
    first_free: Signal<Local, Bit>,
    guests: Vec<Constant<Bits<4>>>,
    page_shift: Constant<Bits<4>>,
    has_capture: Constant<Bit>,
    has_save: Constant<Bit>,
    has_push: Constant<Bit>,
    has_merge: Constant<Bit>,
    _guests: usize,
}

impl SaveBuilder {
    /// The builder for a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let address = config.address_width as usize;
        let block_address = address - config.block_shift() as usize;
        let block = (config.block_bits() as usize).max(1);
        let guest = clog2(guests).max(1);
        // The capture of a write has its port's number in place of a ticket.
        let ports = clog2((config.ports + u32::from(config.link)) as usize)
            * usize::from(config.captures());
        let ticket = clog2(config.saves as usize).max(ports).max(1);
        Self {
            clock: Signal::default(),
            save_valid: Signal::default(),
            save_ready: Signal::default(),
            save_block: Signal::default(),
            save_guest: Signal::default(),
            save_slot: Signal::default(),
            save_ticket: Signal::default(),
            save_way: Signal::default(),
            save_captures: Signal::default(),
            save_first: Signal::default(),
            save_last: Signal::default(),
            ring_base: vec![Signal::default(); guests],
            ring_size: vec![Signal::default(); guests],
            interval: vec![Signal::default(); guests],
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            urgent_valid: Signal::default(),
            urgent_ready: Signal::default(),
            urgent_source: Signal::default(),
            urgent_destination: Signal::default(),
            urgent_first: Signal::default(),
            urgent_last: Signal::default(),
            urgent_has_header: Signal::default(),
            urgent_header_address: Signal::default(),
            urgent_header: Signal::default(),
            urgent_ticket: Signal::default(),
            urgent_guest: Signal::default(),
            urgent_block: Signal::default(),
            urgent_kind: Signal::default(),
            urgent_captures: Signal::default(),
            offset: Maybe::new(
                RingOffset::new(config),
                config.has(Strategy::S6) || config.captures(),
            ),
            taken: Register::default(),
            taken_block: Register::narrow_without_reset(block),
            taken_guest: Register::narrow_without_reset(guest),
            taken_slot: Register::narrow_without_reset(block_address.min(26)),
            taken_ticket: Register::narrow_without_reset(ticket),
            taken_way: Register::without_reset(),
            taken_captures: Register::without_reset(),
            taken_first: Register::without_reset(),
            taken_last: Register::without_reset(),
            captures: Register::without_reset(),
            first: Register::without_reset(),
            last: Register::without_reset(),
            base: Register::narrow_without_reset(address - 12),
            size: Register::without_reset(),
            taken_interval: Register::without_reset(),
            valid: Register::default(),
            pushes: Register::without_reset(),
            block: Register::narrow_without_reset(block),
            guest: Register::narrow_without_reset(guest),
            ticket: Register::narrow_without_reset(ticket),
            header_interval: Register::without_reset(),
            source: Register::narrow_without_reset(block_address),
            destination: Register::narrow_without_reset(block_address),
            header_address: Register::narrow_without_reset(address),
            in_memory: Signal::default(),
            in_shadow: Signal::default(),
            in_ring: Signal::default(),
            second_free: Signal::default(),
            first_free: Signal::default(),
            guests: (0..guests).map(|g| Constant::new(g.to_bits())).collect(),
            page_shift: Constant::new((12 - config.block_shift() as usize).to_bits()),
            has_capture: Constant::new(config.captures()),
            has_save: Constant::new(config.has(Strategy::S6) || config.captures()),
            has_push: Constant::new(config.has(Strategy::S4) || config.has(Strategy::S5)),
            has_merge: Constant::new(config.has(Strategy::S5)),
            _guests: guests,
        }
    }
}

impl Logic for SaveBuilder {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: save_builder");
        comment!("Makes the copy engine's urgent descriptor of a copy that a write waits for: the block to a");
        comment!("slot of its guest's ring, with a header; or to its place in the shadow, or from there. Addresses");
        comment!("are ORs: all is aligned to its size. Two cycles, one per cycle, in order. Reset: empty.");
        dff_setup!(
            self,
            clock,
            taken,
            taken_block,
            taken_guest,
            taken_slot,
            taken_ticket,
            taken_way,
            taken_captures,
            taken_first,
            taken_last,
            captures,
            first,
            last,
            base,
            size,
            taken_interval,
            valid,
            pushes,
            block,
            guest,
            ticket,
            header_interval,
            source,
            destination,
            header_address
        );
        self.second_free.next = !self.valid.q.val() | self.urgent_ready.val();
        self.first_free.next = !self.taken.q.val() | self.second_free.val();
        self.save_ready.next = self.first_free.val();

        comment!("First step: the guest's ring.");
        if self.first_free.val() {
            self.taken.d.next = self.save_valid.val();
            self.taken_block.d.next = self.save_block.val();
            self.taken_guest.d.next = self.save_guest.val();
            self.taken_slot.d.next = self.save_slot.val();
            self.taken_ticket.d.next = self.save_ticket.val();
            self.taken_way.d.next = self.save_way.val();
            self.taken_captures.d.next = self.save_captures.val();
            self.taken_first.d.next = self.save_first.val();
            self.taken_last.d.next = self.save_last.val();
            self.base.d.next = self.ring_base[0].val();
            self.size.d.next = self.ring_size[0].val();
            self.taken_interval.d.next = self.interval[0].val();
            for g in 1..self._guests {
                if self.save_guest.val() == self.guests[g].val() {
                    self.base.d.next = self.ring_base[g].val();
                    self.size.d.next = self.ring_size[g].val();
                    self.taken_interval.d.next = self.interval[g].val();
                }
            }
        }

        comment!("Second step: the addresses.");
        self.in_memory.next = (bit_cast::<34, 28>(self.mem_base.val()) << self.page_shift.val())
            | bit_cast::<34, 26>(self.taken_block.q.val());
        if self.has_save.val() {
            self.offset.size.next = self.size.q.val();
        }
        self.in_shadow.next = 0.into();
        self.in_ring.next = 0.into();
        if self.has_push.val() {
            self.in_shadow.next = (bit_cast::<34, 28>(self.shadow_base.val())
                << self.page_shift.val())
                | bit_cast::<34, 26>(self.taken_block.q.val());
        }
        if self.has_save.val() {
            self.in_ring.next = (bit_cast::<34, 28>(self.base.q.val()) << self.page_shift.val())
                | bit_cast::<34, 26>(self.taken_slot.q.val());
        }
        if self.second_free.val() {
            self.valid.d.next = self.taken.q.val();
            self.block.d.next = self.taken_block.q.val();
            self.guest.d.next = self.taken_guest.q.val();
            self.ticket.d.next = self.taken_ticket.q.val();
            self.header_interval.d.next = self.taken_interval.q.val();
            self.captures.d.next = self.taken_captures.q.val();
            self.first.d.next = self.taken_first.q.val();
            self.last.d.next = self.taken_last.q.val();
            self.source.d.next = self.in_memory.val();
            self.destination.d.next = self.in_ring.val();
            self.pushes.d.next = !self.has_save.val();
            if self.has_push.val() {
                if !self.has_save.val() | self.taken_way.q.val().any() {
                    self.destination.d.next = self.in_shadow.val();
                    self.pushes.d.next = true;
                }
                if self.has_merge.val() & self.taken_way.q.val().get_bit(1) {
                    self.source.d.next = self.in_shadow.val();
                    self.destination.d.next = self.in_memory.val();
                }
            }
            if self.has_save.val() {
                self.header_address.d.next = (bit_cast::<40, 28>(self.base.q.val()) << 12)
                    | self.offset.offset.val()
                    | (bit_cast::<40, 26>(self.taken_slot.q.val()) << 3);
            }
        }
        self.urgent_valid.next = self.valid.q.val();
        self.urgent_source.next = self.source.q.val();
        self.urgent_destination.next = self.destination.q.val();
        self.urgent_has_header.next = false;
        self.urgent_header_address.next = 0.into();
        self.urgent_header.next = 0.into();
        self.urgent_kind.next = 3.into();
        if self.has_save.val() {
            self.urgent_header_address.next = self.header_address.q.val();
            self.urgent_header.next = bit_cast::<64, 26>(self.block.q.val())
                | (bit_cast::<64, 4>(self.guest.q.val()) << 40)
                | (bit_cast::<64, 16>(self.header_interval.q.val()) << 48);
            if self.has_capture.val() & self.captures.q.val() {
                self.urgent_header.next = bit_cast::<64, 26>(self.block.q.val())
                    | (bit_cast::<64, 7>(self.first.q.val()) << 26)
                    | (bit_cast::<64, 3>(self.last.q.val().get_bits::<3>(0)) << 33)
                    | (bit_cast::<64, 4>(self.guest.q.val()) << 40)
                    | (bit_cast::<64, 4>(self.last.q.val().get_bits::<4>(3)) << 44)
                    | (bit_cast::<64, 16>(self.header_interval.q.val()) << 48);
            }
            self.urgent_has_header.next = true;
            self.urgent_kind.next = 0.into();
            if self.has_push.val() & self.pushes.q.val() {
                self.urgent_has_header.next = false;
                self.urgent_kind.next = 3.into();
            }
        }
        self.urgent_first.next = 0.into();
        self.urgent_last.next = 127.into();
        self.urgent_captures.next = false;
        if self.has_capture.val() {
            self.urgent_captures.next = self.captures.q.val();
            self.urgent_first.next = self.first.q.val();
            self.urgent_last.next = self.last.q.val();
        }
        self.urgent_ticket.next = self.ticket.q.val();
        self.urgent_guest.next = self.guest.q.val();
        self.urgent_block.next = self.block.q.val();
    }
}
