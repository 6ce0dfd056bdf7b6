//! What each guest has on its way in the scanner: L2 words, and L1 words begun and not ended.
//!
//! **Does**: counts per guest. `room`: fewer than three L2 words are asked for or kept. `busy`: anything is on its way. **Latency**: the counts follow
//! an event in the next cycle. **Ordering**, **errors**: none. **Reset**: nothing on its way.

use super::constants::{copies, identities};
use crate::prelude::*;
use mch_spec::config::Config;

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct ScanCensus {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// An L2 word is asked for.
    pub top_asked: Signal<In, Bit>,
    /// Its guest.
    pub top_guest: Signal<In, Bits<4>>,
    /// An L2 word that was asked for is clean.
    pub top_is_clean: Signal<In, Bit>,
    /// An L1 word that was begun is clean.
    pub group_is_clean: Signal<In, Bit>,
    /// The guest of the clean one.
    pub clean_guest: Signal<In, Bits<4>>,
    /// An L1 word is begun.
    pub group_begun: Signal<In, Bit>,
    /// It is the last of its L2 word.
    pub begun_last: Signal<In, Bit>,
    /// Its guest.
    pub begun_guest: Signal<In, Bits<4>>,
    /// An L1 word has ended.
    pub group_ended: Signal<In, Bit>,
    /// Its guest.
    pub ended_guest: Signal<In, Bits<4>>,
    /// Another L2 word of guest g may be asked for.
    pub room: Vec<Signal<Out, Bit>>,
    /// Something of guest g is on its way.
    pub busy: Vec<Signal<Out, Bit>>,
    tops_held: Vec<Register<Bits<2>>>,
    groups_held: Vec<Register<Bits<6>>>,
    asked: Vec<Signal<Local, Bit>>,
    begun: Vec<Register<Bit>>,
    last_begun: Vec<Register<Bit>>,
    ended: Vec<Signal<Local, Bit>>,
    groups_out: Vec<Signal<Local, Bits<6>>>,
    identity: Vec<Constant<Bits<4>>>,
    _guests: usize,
}

impl ScanCensus {
    /// The census of a configuration's guests.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        Self {
            clock: Signal::default(),
            top_asked: Signal::default(),
            top_guest: Signal::default(),
            top_is_clean: Signal::default(),
            group_is_clean: Signal::default(),
            clean_guest: Signal::default(),
            group_begun: Signal::default(),
            begun_last: Signal::default(),
            begun_guest: Signal::default(),
            group_ended: Signal::default(),
            ended_guest: Signal::default(),
            room: copies(guests),
            busy: copies(guests),
            tops_held: copies(guests),
            groups_held: copies(guests),
            asked: copies(guests),
            begun: copies(guests),
            last_begun: copies(guests),
            ended: copies(guests),
            groups_out: copies(guests),
            identity: identities(guests),
            _guests: guests,
        }
    }
}

impl Logic for ScanCensus {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scan_census");
        comment!("Counts what each guest has on its way in the scanner: L2 words asked for or kept, L1 words begun and not ended.");
        comment!(
            "room: fewer than three L2 words. busy: anything at all. Reset: nothing on its way."
        );
        for g in 0..self._guests {
            self.tops_held[g].clock.next = self.clock.val();
            self.groups_held[g].clock.next = self.clock.val();
            self.last_begun[g].clock.next = self.clock.val();
            self.asked[g].next =
                self.top_asked.val() & (self.top_guest.val() == self.identity[g].val());
            // Counted a cycle late, as it leaves its L2 word: that it begins is known late in its cycle.
            self.begun[g].clock.next = self.clock.val();
            self.begun[g].d.next =
                self.group_begun.val() & (self.begun_guest.val() == self.identity[g].val());
            self.last_begun[g].d.next = self.begun[g].d.val() & self.begun_last.val();
            self.ended[g].next =
                self.group_ended.val() & (self.ended_guest.val() == self.identity[g].val());
            self.groups_out[g].next = 0.into();
            if self.ended[g].val() {
                self.groups_out[g].next = 1.into();
            }
            if self.group_is_clean.val() & (self.clean_guest.val() == self.identity[g].val()) {
                self.groups_out[g].next = 1.into();
                if self.ended[g].val() {
                    self.groups_out[g].next = 2.into();
                }
            }
            self.tops_held[g].d.next = self.tops_held[g].q.val();
            if self.top_is_clean.val() & (self.clean_guest.val() == self.identity[g].val()) {
                if !self.asked[g].val() {
                    self.tops_held[g].d.next = self.tops_held[g].q.val() - 1;
                    if self.last_begun[g].q.val() {
                        self.tops_held[g].d.next = self.tops_held[g].q.val() - 2;
                    }
                } else if self.last_begun[g].q.val() {
                    self.tops_held[g].d.next = self.tops_held[g].q.val() - 1;
                }
            } else if self.asked[g].val() & !self.last_begun[g].q.val() {
                self.tops_held[g].d.next = self.tops_held[g].q.val() + 1;
            } else if !self.asked[g].val() & self.last_begun[g].q.val() {
                self.tops_held[g].d.next = self.tops_held[g].q.val() - 1;
            }
            self.groups_held[g].d.next = self.groups_held[g].q.val() - self.groups_out[g].val();
            if self.begun[g].q.val() {
                self.groups_held[g].d.next =
                    self.groups_held[g].q.val() + 1 - self.groups_out[g].val();
            }
            self.room[g].next = !self.tops_held[g].q.val().all();
            self.busy[g].next = self.tops_held[g].q.val().any() | self.groups_held[g].q.val().any();
        }
    }
}
