//! The first part of the scanner: keeps the jobs, and walks each guest's regions in turns.
//!
//! **Does**: a job starts with a pulse on its guest's `job_start`. Active jobs take turns: a scan job asks for one L2 word of its current
//! region (`probe`: a word to read, and which bits of the L2 word lie in the region); a fill job rewrites the words up to the end of an L1 word.
//! A cursor per guest keeps the place. Regions are walked from the highest number down.
//! **Latency**: a turn takes three cycles and one per request; `probe` and `fill` payloads are registers, or shallow.
//! **Ordering**: none among jobs. **Reset**: no job.

use super::constants::{constant, copies, flag, identities};
use super::or_tree::OrTree;
use crate::prelude::*;
use mch_spec::config::Config;

/// Steps of a turn.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
enum Turn {
    /// Choose the next guest.
    Pick,
    /// Read its cursor and find its region.
    Find,
    /// Read the region's bounds.
    Bounds,
    /// Ask for an L2 word.
    Probe,
    /// Fill words.
    Fill,
}

/// Jobs, turns and cursors of the scanner.
#[derive(Clone, Debug, LogicBlock)]
pub struct ScanWalker {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A job of guest g starts; it must have none.
    pub job_start: Vec<Signal<In, Bit>>,
    /// It is a fill job; else a scan job.
    pub job_fill: Signal<In, Bit>,
    /// Scan: bit 0 plane Y, 1 shadow to memory, 2 clear after copy. Fill: bit 0 X ones, 1 Y ones.
    pub job_flags: Signal<In, Bits<8>>,
    /// Region r is in use.
    pub region_used: Vec<Signal<In, Bit>>,
    /// Its first granule, counted from MEM_BASE.
    pub region_first: Vec<Signal<In, Bits<28>>>,
    /// Its last granule.
    pub region_last: Vec<Signal<In, Bits<28>>>,
    /// Its guest.
    pub region_guest: Vec<Signal<In, Bits<4>>>,
    /// Another probe of guest g may be asked for.
    pub room: Vec<Signal<In, Bit>>,
    /// Guest g's walk is not over.
    pub active: Vec<Signal<Out, Bit>>,
    /// Guest g's job scans plane Y.
    pub plane_y: Vec<Signal<Out, Bit>>,
    /// Guest g's job copies from the shadow to memory.
    pub to_memory: Vec<Signal<Out, Bit>>,
    /// Guest g's job clears bits after their copies.
    pub clear_after: Vec<Signal<Out, Bit>>,
    /// An L2 word is asked for.
    pub probe_valid: Signal<Out, Bit>,
    /// The request is taken.
    pub probe_ready: Signal<In, Bit>,
    /// Its guest.
    pub probe_guest: Signal<Out, Bits<4>>,
    /// Its region.
    pub probe_region: Signal<Out, Bits<5>>,
    /// The word to read: in the region, under the L2 word.
    pub probe_word: Signal<Out, Bits<21>>,
    /// The first bit of the L2 word that concerns the region.
    pub probe_low: Signal<Out, Bits<5>>,
    /// The last one.
    pub probe_high: Signal<Out, Bits<5>>,
    /// A word is to be filled.
    pub fill_valid: Signal<Out, Bit>,
    /// The fill is taken.
    pub fill_ready: Signal<In, Bit>,
    /// The word.
    pub fill_word: Signal<Out, Bits<21>>,
    /// Its guest.
    pub fill_guest: Signal<Out, Bits<4>>,
    /// The new value of its X bits.
    pub fill_x: Signal<Out, Bit>,
    /// The new value of its Y bits.
    pub fill_y: Signal<Out, Bit>,
    running: Vec<Register<Bit>>,
    fresh: Vec<Register<Bit>>,
    filling: Vec<Register<Bit>>,
    flag_0: Vec<Register<Bit>>,
    flag_1: Vec<Register<Bit>>,
    flag_2: Vec<Register<Bit>>,
    cursors: DistributedRam<Bits<27>, 4>,
    state: Register<Turn>,
    guest: Register<Bits<4>>,
    region: Register<Bits<5>>,
    found: Register<Bit>,
    is_within: Register<Bit>,
    word: Register<Bits<21>>,
    last_word: Register<Bits<21>>,
    picked: Signal<Local, Bits<4>>,
    pickable: Vec<Signal<Local, Bit>>,
    any_pickable: Signal<Local, Bit>,
    is_fresh: Signal<Local, Bit>,
    is_fill: Signal<Local, Bit>,
    start_region: Signal<Local, Bits<5>>,
    firsts: OrTree<28>,
    lasts: OrTree<28>,
    turn_ends: Signal<Local, Bit>,
    more: Signal<Local, Bit>,
    next_word: Signal<Local, Bits<21>>,
    next_region: Signal<Local, Bits<5>>,
    stops: Signal<Local, Bit>,
    identity: Vec<Constant<Bits<4>>>,
    region_identity: Vec<Constant<Bits<5>>>,
    top_region: Constant<Bits<5>>,
    wide_granule: Constant<Bit>,
    has_y: Constant<Bit>,
    has_scans: Constant<Bit>,
    _guests: usize,
    _regions: usize,
}

impl ScanWalker {
    /// The walker of a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let regions = config.regions as usize;
        Self {
            clock: Signal::default(),
            job_start: copies(guests),
            job_fill: Signal::default(),
            job_flags: Signal::default(),
            region_used: copies(regions),
            region_first: copies(regions),
            region_last: copies(regions),
            region_guest: copies(regions),
            room: copies(guests),
            active: copies(guests),
            plane_y: copies(guests),
            to_memory: copies(guests),
            clear_after: copies(guests),
            probe_valid: Signal::default(),
            probe_ready: Signal::default(),
            probe_guest: Signal::default(),
            probe_region: Signal::default(),
            probe_word: Signal::default(),
            probe_low: Signal::default(),
            probe_high: Signal::default(),
            fill_valid: Signal::default(),
            fill_ready: Signal::default(),
            fill_word: Signal::default(),
            fill_guest: Signal::default(),
            fill_x: Signal::default(),
            fill_y: Signal::default(),
            running: copies(guests),
            fresh: copies(guests),
            filling: copies(guests),
            flag_0: copies(guests),
            flag_1: copies(guests),
            flag_2: copies(guests),
            cursors: DistributedRam::new(guests),
            state: Register::new(Turn::Pick),
            guest: Register::narrow(0.into(), clog2(guests).max(1)),
            region: Register::narrow(0.into(), clog2(regions).max(1)),
            found: Register::default(),
            is_within: Register::default(),
            word: Register::narrow(0.into(), config.word_bits().max(1) as usize),
            last_word: Register::narrow(0.into(), config.word_bits().max(1) as usize),
            picked: Signal::default(),
            pickable: copies(guests),
            any_pickable: Signal::default(),
            is_fresh: Signal::default(),
            is_fill: Signal::default(),
            start_region: Signal::default(),
            firsts: OrTree::new(regions),
            lasts: OrTree::new(regions),
            turn_ends: Signal::default(),
            more: Signal::default(),
            next_word: Signal::default(),
            next_region: Signal::default(),
            stops: Signal::default(),
            identity: identities(guests),
            region_identity: identities(regions),
            top_region: constant(regions as u64 - 1),
            wide_granule: flag(config.granule_blocks() == 64),
            has_y: flag(config.plane_y()),
            has_scans: flag(config.scans()),
            _guests: guests,
            _regions: regions,
        }
    }
}

impl Logic for ScanWalker {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: scan_walker");
        comment!("Keeps the scanner's jobs and walks each guest's regions, in turns, from the highest region down. A turn");
        comment!("of a scan job asks for one L2 word (probe); of a fill job rewrites words to the end of an L1 word.");
        comment!("Three cycles per turn and one per request. Reset: no job.");
        dff_setup!(self, clock, state, guest, region, found, is_within, word, last_word);
        clock!(self, clock, cursors);

        // Whose turn: the guest below the last one, from the top again.
        self.any_pickable.next = false;
        self.picked.next = 0.into();
        for g in 0..self._guests {
            self.pickable[g].next =
                self.running[g].q.val() & (self.filling[g].q.val() | self.room[g].val());
            if self.pickable[g].val() {
                self.any_pickable.next = true;
                self.picked.next = self.identity[g].val();
            }
        }
        for g in 0..self._guests {
            if self.pickable[g].val() & (self.identity[g].val() < self.guest.q.val()) {
                self.picked.next = self.identity[g].val();
            }
        }

        // The guest of this turn: cursor [20:0] word, [25:21] region, [26] within the region.
        self.is_fresh.next = false;
        self.is_fill.next = false;
        self.fill_x.next = false;
        self.fill_y.next = false;
        for g in 0..self._guests {
            if self.guest.q.val() == self.identity[g].val() {
                self.is_fresh.next = self.fresh[g].q.val();
                self.is_fill.next = self.filling[g].q.val() | !self.has_scans.val();
                self.fill_x.next = self.flag_0[g].q.val();
                self.fill_y.next = self.has_y.val() & self.flag_1[g].q.val();
            }
        }
        self.cursors.read_address.next = self.guest.q.val();
        self.start_region.next = self.cursors.read_data.val().get_bits::<5>(21);
        if self.is_fresh.val() {
            self.start_region.next = self.top_region.val();
        }
        for r in 0..self._regions {
            self.firsts.inputs[r].next = 0.into();
            self.lasts.inputs[r].next = 0.into();
            if self.region.q.val() == self.region_identity[r].val() {
                self.firsts.inputs[r].next = self.region_first[r].val();
                self.lasts.inputs[r].next = self.region_last[r].val();
            }
        }

        // The request of this turn and what follows it.
        self.probe_valid.next = false;
        self.probe_guest.next = self.guest.q.val();
        self.probe_region.next = self.region.q.val();
        self.probe_word.next = self.word.q.val();
        self.probe_low.next = self.word.q.val().get_bits::<5>(5);
        self.probe_high.next = 31.into();
        self.fill_valid.next = false;
        self.fill_word.next = self.word.q.val();
        self.fill_guest.next = self.guest.q.val();
        self.turn_ends.next = false;
        self.more.next = false;
        self.next_word.next = self.word.q.val() + 1;
        match self.state.q.val() {
            Turn::Pick => {
                self.guest.d.next = self.picked.val();
                if self.any_pickable.val() {
                    self.state.d.next = Turn::Find;
                } else {
                    self.guest.d.next = self.guest.q.val();
                }
            }
            Turn::Find => {
                self.state.d.next = Turn::Bounds;
                self.word.d.next = self.cursors.read_data.val().get_bits::<21>(0);
                self.is_within.d.next =
                    self.cursors.read_data.val().get_bit(26) & !self.is_fresh.val();
                self.found.d.next = false;
                self.region.d.next = 0.into();
                for r in 0..self._regions {
                    if self.region_used[r].val()
                        & (self.region_guest[r].val() == self.guest.q.val())
                        & (self.region_identity[r].val() <= self.start_region.val())
                    {
                        self.found.d.next = true;
                        self.region.d.next = self.region_identity[r].val();
                    }
                }
            }
            Turn::Bounds => {
                if !self.is_within.q.val() {
                    self.word.d.next = bit_cast::<21, 28>(self.firsts.merged.val());
                    if self.wide_granule.val() {
                        self.word.d.next = bit_cast::<21, 28>(self.firsts.merged.val()) << 1;
                    }
                }
                self.last_word.d.next = bit_cast::<21, 28>(self.lasts.merged.val());
                if self.wide_granule.val() {
                    self.last_word.d.next =
                        (bit_cast::<21, 28>(self.lasts.merged.val()) << 1) | bits::<21>(1);
                }
                self.state.d.next = Turn::Probe;
                if self.is_fill.val() {
                    self.state.d.next = Turn::Fill;
                }
                if !self.found.q.val() {
                    self.state.d.next = Turn::Pick;
                }
            }
            Turn::Probe => {
                self.probe_valid.next = true;
                if self.word.q.val().get_bits::<11>(10) == self.last_word.q.val().get_bits::<11>(10)
                {
                    self.probe_high.next = self.last_word.q.val().get_bits::<5>(5);
                } else {
                    self.more.next = true;
                }
                self.next_word.next =
                    bit_cast::<21, 11>(self.word.q.val().get_bits::<11>(10) + 1) << 10;
                self.turn_ends.next = self.probe_ready.val();
            }
            Turn::Fill => {
                self.fill_valid.next = true;
                if self.word.q.val() != self.last_word.q.val() {
                    self.more.next = true;
                }
                if self.fill_ready.val() {
                    self.word.d.next = self.word.q.val() + 1;
                }
                self.turn_ends.next = self.fill_ready.val()
                    & (self.word.q.val().get_bits::<5>(0).all()
                        | (self.word.q.val() == self.last_word.q.val()));
            }
            _ => {
                self.state.d.next = Turn::Pick;
            }
        }
        self.next_region.next = self.region.q.val();
        if !self.more.val() {
            self.next_region.next = self.region.q.val() - 1;
        }
        self.cursors.write_enable.next = self.turn_ends.val();
        self.cursors.write_address.next = self.guest.q.val();
        self.cursors.write_data.next = (bit_cast::<27, 5>(self.next_region.val()) << 21)
            | bit_cast::<27, 21>(self.next_word.val());
        if self.more.val() {
            self.cursors.write_data.next = (bit_cast::<27, 5>(self.next_region.val()) << 21)
                | bit_cast::<27, 21>(self.next_word.val())
                | bits::<27>(0x400_0000);
        }
        if self.turn_ends.val() {
            self.state.d.next = Turn::Pick;
        }
        self.stops.next = (self.turn_ends.val() & !self.more.val() & !self.region.q.val().any())
            | ((self.state.q.val() == Turn::Bounds) & !self.found.q.val());

        // The jobs.
        for g in 0..self._guests {
            self.running[g].clock.next = self.clock.val();
            self.running[g].d.next = self.running[g].q.val();
            self.fresh[g].clock.next = self.clock.val();
            self.fresh[g].d.next = self.fresh[g].q.val();
            self.filling[g].clock.next = self.clock.val();
            self.filling[g].d.next = self.filling[g].q.val();
            self.flag_0[g].clock.next = self.clock.val();
            self.flag_0[g].d.next = self.flag_0[g].q.val();
            self.flag_1[g].clock.next = self.clock.val();
            self.flag_1[g].d.next = self.flag_1[g].q.val();
            self.flag_2[g].clock.next = self.clock.val();
            self.flag_2[g].d.next = self.flag_2[g].q.val();
            if self.guest.q.val() == self.identity[g].val() {
                if self.turn_ends.val() {
                    self.fresh[g].d.next = false;
                }
                if self.stops.val() {
                    self.running[g].d.next = false;
                }
            }
            if self.job_start[g].val() {
                self.running[g].d.next = self.job_fill.val() | self.has_scans.val();
                self.fresh[g].d.next = true;
                self.filling[g].d.next = self.job_fill.val();
                self.flag_0[g].d.next = self.job_flags.val().get_bit(0);
                self.flag_1[g].d.next = self.job_flags.val().get_bit(1);
                self.flag_2[g].d.next = self.job_flags.val().get_bit(2);
            }
            self.active[g].next = self.running[g].q.val();
            self.plane_y[g].next = self.has_y.val() & self.flag_0[g].q.val();
            self.to_memory[g].next = self.flag_1[g].q.val();
            self.clear_after[g].next = self.flag_2[g].q.val();
        }
    }
}
