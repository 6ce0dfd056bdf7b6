//! The bulk arbiter: joins the scanner's descriptors and the ring reader's into the copy engine's bulk input.
//!
//! Round robin while both wait. Descriptors leave from a register, one per cycle, one cycle after they were
//! taken. `sent_valid` and `sent_guest` report a descriptor in the very cycle in which it is taken from its
//! source, so that a count of outstanding copies never misses one that a source no longer shows.
//! Of two sources only those that the configuration has are built. Reset: empty.

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
    /// Clear its bit after the copy.
    pub scan_clear: Signal<In, Bit>,
    /// The ring reader offers a descriptor.
    pub restore_valid: Signal<In, Bit>,
    /// It is taken.
    pub restore_ready: Signal<Out, Bit>,
    /// Block address to read.
    pub restore_source: Signal<In, Bits<34>>,
    /// Block address to write.
    pub restore_destination: Signal<In, Bits<34>>,
    /// Block of system memory.
    pub restore_block: Signal<In, Bits<26>>,
    /// Its guest.
    pub restore_guest: Signal<In, Bits<4>>,
    /// A descriptor for the engine.
    pub bulk_valid: Signal<Out, Bit>,
    /// It is taken.
    pub bulk_ready: Signal<In, Bit>,
    /// Block address to read.
    pub bulk_source: Signal<Out, Bits<34>>,
    /// Block address to write.
    pub bulk_destination: Signal<Out, Bits<34>>,
    /// Block of system memory.
    pub bulk_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub bulk_guest: Signal<Out, Bits<4>>,
    /// 1 SCAN, 2 RESTORE.
    pub bulk_kind: Signal<Out, Bits<2>>,
    /// Clear its bit after the copy.
    pub bulk_clear: Signal<Out, Bit>,
    /// A descriptor is being taken from its source.
    pub sent_valid: Signal<Out, Bit>,
    /// Its guest.
    pub sent_guest: Signal<Out, Bits<4>>,
    valid: Register<Bit>,
    source: Register<Bits<34>>,
    destination: Register<Bits<34>>,
    block: Register<Bits<26>>,
    guest: Register<Bits<4>>,
    restoring: Register<Bit>,
    clear: Register<Bit>,
    room: Signal<Local, Bit>,
    pick_restore: Signal<Local, Bit>,
    offered: Signal<Local, Bit>,
    has_scan: Constant<Bit>,
    has_restore: Constant<Bit>,
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
            scan_clear: Signal::default(),
            restore_valid: Signal::default(),
            restore_ready: Signal::default(),
            restore_source: Signal::default(),
            restore_destination: Signal::default(),
            restore_block: Signal::default(),
            restore_guest: Signal::default(),
            bulk_valid: Signal::default(),
            bulk_ready: Signal::default(),
            bulk_source: Signal::default(),
            bulk_destination: Signal::default(),
            bulk_block: Signal::default(),
            bulk_guest: Signal::default(),
            bulk_kind: Signal::default(),
            bulk_clear: Signal::default(),
            sent_valid: Signal::default(),
            sent_guest: Signal::default(),
            valid: Register::default(),
            source: Register::narrow_without_reset(address),
            destination: Register::narrow_without_reset(address),
            block: Register::narrow_without_reset((config.block_bits() as usize).max(1)),
            guest: Register::narrow_without_reset(clog2(config.guests as usize).max(1)),
            restoring: Register::default(),
            clear: Register::without_reset(),
            room: Signal::default(),
            pick_restore: Signal::default(),
            offered: Signal::default(),
            has_scan: Constant::new(config.uses_shadow()),
            has_restore: Constant::new(config.has(Strategy::S6)),
        }
    }
}

impl Logic for BulkArbiter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: bulk_arbiter");
        comment!("Joins the descriptors of the scanner and of the ring reader, round robin, into a register.");
        comment!("sent_valid and sent_guest report each in the cycle in which it is taken from its source.");
        comment!("Reset: empty.");
        dff_setup!(
            self,
            clock,
            valid,
            source,
            destination,
            block,
            guest,
            restoring,
            clear
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
        self.scan_ready.next = self.room.val() & !self.pick_restore.val();
        self.restore_ready.next = self.room.val() & self.pick_restore.val();
        self.sent_valid.next = self.room.val() & self.offered.val();
        self.sent_guest.next = self.scan_guest.val();
        if self.pick_restore.val() {
            self.sent_guest.next = self.restore_guest.val();
        }

        if self.room.val() {
            self.valid.d.next = self.offered.val();
            self.source.d.next = self.scan_source.val();
            self.destination.d.next = self.scan_destination.val();
            self.block.d.next = self.scan_block.val();
            self.guest.d.next = self.scan_guest.val();
            self.clear.d.next = self.scan_clear.val() & !self.pick_restore.val();
            if self.pick_restore.val() {
                self.source.d.next = self.restore_source.val();
                self.destination.d.next = self.restore_destination.val();
                self.block.d.next = self.restore_block.val();
                self.guest.d.next = self.restore_guest.val();
            }
            if self.offered.val() {
                self.restoring.d.next = self.pick_restore.val();
            }
        }
        self.bulk_valid.next = self.valid.q.val();
        self.bulk_source.next = self.source.q.val();
        self.bulk_destination.next = self.destination.q.val();
        self.bulk_block.next = self.block.q.val();
        self.bulk_guest.next = self.guest.q.val();
        self.bulk_clear.next = self.clear.q.val();
        if self.restoring.q.val() {
            self.bulk_kind.next = 2.into();
        } else {
            self.bulk_kind.next = 1.into();
        }
    }
}
