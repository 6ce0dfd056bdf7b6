//! The bulk arbiter: joins the scanner's descriptors, the ring reader's and the tracker's background pushes into the copy engine's bulk input.
//!
//! While several wait, a push goes every second time, and the other two take turns. Descriptors leave from a register, one per cycle, one cycle after they were
//! taken. `sent_valid` and `sent_guest` report a descriptor in the very cycle in which it is taken from its
//! source, so that a count of outstanding copies never misses one that a source no longer shows.
//! Of the sources only those that the configuration has are built. Reset: empty.

use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct BulkArbiter {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The scanner offers a descriptor.
    pub scan_valid: Signal<In, Bit>,
    /// It is taken.
    pub scan_ready: Signal<Out, Bit>,
    /// Block address to read.
    pub scan_source: Signal<In, Bits<34>>,
    /// Block address to write.
    pub scan_destination: Signal<In, Bits<34>>,
    /// Block of system memory.
    pub scan_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub scan_guest: Signal<In, Bits<4>>,
    /// The ring reader offers a descriptor.
    pub restore_valid: Signal<In, Bit>,
    /// It is taken.
    pub restore_ready: Signal<Out, Bit>,
    /// Block address to read.
    pub restore_source: Signal<In, Bits<34>>,
    /// First unit of the block to copy. With S1.
    pub restore_first: Signal<In, Bits<7>>,
    /// Last unit.
    pub restore_last: Signal<In, Bits<7>>,
    /// Nobody waits for it. With S1 or S2.
    pub restore_lazy: Signal<In, Bit>,
    /// Block address to write.
    pub restore_destination: Signal<In, Bits<34>>,
    /// Block of system memory.
    pub restore_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub restore_guest: Signal<In, Bits<4>>,
    /// The tracker offers a background push.
    pub push_valid: Signal<In, Bit>,
    /// It is taken.
    pub push_ready: Signal<Out, Bit>,
    /// Block of system memory.
    pub push_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub push_guest: Signal<In, Bits<4>>,
    /// Its ticket.
    pub push_ticket: Signal<In, Bits<5>>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// A descriptor for the engine.
    pub bulk_valid: Signal<Out, Bit>,
    /// It is taken.
    pub bulk_ready: Signal<In, Bit>,
    /// Block address to read.
    pub bulk_source: Signal<Out, Bits<34>>,
    /// Block address to write.
    pub bulk_destination: Signal<Out, Bits<34>>,
    /// First unit of the block to copy. With S1.
    pub bulk_first: Signal<Out, Bits<7>>,
    /// Last unit.
    pub bulk_last: Signal<Out, Bits<7>>,
    /// Block of system memory.
    pub bulk_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub bulk_guest: Signal<Out, Bits<4>>,
    /// Its ticket; 0 without one.
    pub bulk_ticket: Signal<Out, Bits<5>>,
    /// 1 SCAN, 2 RESTORE.
    pub bulk_kind: Signal<Out, Bits<2>>,
    /// It has a ticket: its completion goes to the tracker.
    pub bulk_clear: Signal<Out, Bit>,
    /// Nobody waits for it: a push, or one of a ring's drain.
    pub bulk_lazy: Signal<Out, Bit>,
    /// A descriptor is being taken from the scanner or the ring reader.
    pub sent_valid: Signal<Out, Bit>,
    /// Its guest.
    pub sent_guest: Signal<Out, Bits<4>>,
    valid: Register<Bit>,
    source: Register<Bits<34>>,
    destination: Register<Bits<34>>,
    block: Register<Bits<26>>,
    guest: Register<Bits<4>>,
    restoring: Register<Bit>,
    first: Register<Bits<7>>,
    last: Register<Bits<7>>,
    pushing: Register<Bit>,
    ticket: Register<Bits<5>>,
    lazy: Register<Bit>,
    pick_push: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    pick_restore: Signal<Local, Bit>,
    offered: Signal<Local, Bit>,
    has_scan: Constant<Bit>,
    has_restore: Constant<Bit>,
    has_ranges: Constant<Bit>,
    has_push: Constant<Bit>,
    page_shift: Constant<Bits<4>>,
}

impl BulkArbiter {
    /// The arbiter for a configuration.
    pub fn new(config: &Config) -> Self {
        let address = (config.address_width - config.block_shift()) as usize;
        Self {
            clock: Signal::default(),
            scan_valid: Signal::default(),
            scan_ready: Signal::default(),
            scan_source: Signal::default(),
            scan_destination: Signal::default(),
            scan_block: Signal::default(),
            scan_guest: Signal::default(),
            restore_valid: Signal::default(),
            restore_ready: Signal::default(),
            restore_source: Signal::default(),
            restore_first: Signal::default(),
            restore_last: Signal::default(),
            restore_lazy: Signal::default(),
            restore_destination: Signal::default(),
            restore_block: Signal::default(),
            restore_guest: Signal::default(),
            push_valid: Signal::default(),
            push_ready: Signal::default(),
            push_block: Signal::default(),
            push_guest: Signal::default(),
            push_ticket: Signal::default(),
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            bulk_valid: Signal::default(),
            bulk_ready: Signal::default(),
            bulk_source: Signal::default(),
            bulk_destination: Signal::default(),
            bulk_first: Signal::default(),
            bulk_last: Signal::default(),
            bulk_block: Signal::default(),
            bulk_guest: Signal::default(),
            bulk_ticket: Signal::default(),
            bulk_kind: Signal::default(),
            bulk_clear: Signal::default(),
            bulk_lazy: Signal::default(),
            sent_valid: Signal::default(),
            sent_guest: Signal::default(),
            valid: Register::default(),
            source: Register::narrow_without_reset(address),
            destination: Register::narrow_without_reset(address),
            block: Register::narrow_without_reset((config.block_bits() as usize).max(1)),
            guest: Register::narrow_without_reset(clog2(config.guests as usize).max(1)),
            restoring: Register::default(),
            first: Register::without_reset(),
            last: Register::without_reset(),
            pushing: Register::default(),
            lazy: Register::without_reset(),
            ticket: Register::narrow_without_reset(clog2(config.saves as usize)),
            pick_push: Signal::default(),
            room: Signal::default(),
            pick_restore: Signal::default(),
            offered: Signal::default(),
            has_scan: Constant::new(config.uses_shadow()),
            has_restore: Constant::new(config.uses_ring()),
            has_ranges: Constant::new(config.captures()),
            has_push: Constant::new(config.has(Strategy::S4)),
            page_shift: Constant::new((12 - config.block_shift() as usize).to_bits()),
        }
    }
}

impl Logic for BulkArbiter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: bulk_arbiter");
        comment!("Joins the descriptors of the scanner, the ring reader and the tracker's background pushes into a");
        comment!("register: a push every second time, the others in turn. sent_valid and sent_guest report one of");
        comment!("the scanner or the ring reader in the cycle in which it is taken from its source. Reset: empty.");
        dff_setup!(
            self,
            clock,
            valid,
            source,
            destination,
            block,
            guest,
            restoring,
            first,
            last,
            pushing,
            ticket,
            lazy
        );
        self.room.next = !self.valid.q.val() | self.bulk_ready.val();
        self.pick_restore.next = false;
        self.offered.next = false;
        if self.has_scan.val() {
            self.offered.next = self.scan_valid.val();
        }
        if self.has_restore.val() {
            self.pick_restore.next = true;
            self.offered.next = self.restore_valid.val();
            if self.has_scan.val() {
                self.pick_restore.next =
                    self.restore_valid.val() & (!self.scan_valid.val() | !self.restoring.q.val());
                self.offered.next = self.restore_valid.val() | self.scan_valid.val();
            }
        }
        self.pick_push.next = false;
        if self.has_push.val() {
            self.pick_push.next =
                self.push_valid.val() & (!self.offered.val() | !self.pushing.q.val());
        }
        self.scan_ready.next = self.room.val() & !self.pick_restore.val() & !self.pick_push.val();
        self.restore_ready.next = self.room.val() & self.pick_restore.val() & !self.pick_push.val();
        self.push_ready.next = self.room.val() & self.pick_push.val();
        self.sent_valid.next = self.room.val() & self.offered.val() & !self.pick_push.val();
        self.sent_guest.next = self.scan_guest.val();
        if self.pick_restore.val() {
            self.sent_guest.next = self.restore_guest.val();
        }

        if self.room.val() {
            self.valid.d.next = self.offered.val() | self.pick_push.val();
            self.source.d.next = self.scan_source.val();
            self.destination.d.next = self.scan_destination.val();
            self.block.d.next = self.scan_block.val();
            self.guest.d.next = self.scan_guest.val();
            self.ticket.d.next = 0.into();
            self.first.d.next = 0.into();
            self.last.d.next = 127.into();
            self.lazy.d.next = false;
            if self.pick_restore.val() {
                self.source.d.next = self.restore_source.val();
                self.destination.d.next = self.restore_destination.val();
                self.block.d.next = self.restore_block.val();
                self.guest.d.next = self.restore_guest.val();
                self.first.d.next = self.restore_first.val();
                self.last.d.next = self.restore_last.val();
                self.lazy.d.next = self.restore_lazy.val();
            }
            if self.has_push.val() & self.pick_push.val() {
                self.source.d.next = (bit_cast::<34, 28>(self.mem_base.val())
                    << self.page_shift.val())
                    | bit_cast::<34, 26>(self.push_block.val());
                self.destination.d.next = (bit_cast::<34, 28>(self.shadow_base.val())
                    << self.page_shift.val())
                    | bit_cast::<34, 26>(self.push_block.val());
                self.block.d.next = self.push_block.val();
                self.first.d.next = 0.into();
                self.last.d.next = 127.into();
                self.guest.d.next = self.push_guest.val();
                self.ticket.d.next = self.push_ticket.val();
            }
            if self.offered.val() & !self.pick_push.val() {
                self.restoring.d.next = self.pick_restore.val();
            }
            if self.offered.val() | self.pick_push.val() {
                self.pushing.d.next = self.pick_push.val();
            }
        }
        self.bulk_valid.next = self.valid.q.val();
        self.bulk_source.next = self.source.q.val();
        self.bulk_destination.next = self.destination.q.val();
        self.bulk_first.next = 0.into();
        self.bulk_last.next = 127.into();
        if self.has_ranges.val() {
            self.bulk_first.next = self.first.q.val();
            self.bulk_last.next = self.last.q.val();
        }
        self.bulk_block.next = self.block.q.val();
        self.bulk_guest.next = self.guest.q.val();
        self.bulk_ticket.next = 0.into();
        self.bulk_clear.next = false;
        if self.has_push.val() {
            self.bulk_ticket.next = self.ticket.q.val();
            self.bulk_clear.next = self.pushing.q.val();
        }
        self.bulk_lazy.next = self.bulk_clear.val();
        if self.has_ranges.val() {
            self.bulk_lazy.next = self.bulk_clear.val() | self.lazy.q.val();
        }
        if self.restoring.q.val() & !self.bulk_clear.val() {
            self.bulk_kind.next = 2.into();
        } else {
            self.bulk_kind.next = 1.into();
        }
    }
}
