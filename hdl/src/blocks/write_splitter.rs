//! Cuts accepted bursts into pieces: ascending bursts inside one block.
//!
//! **Does**: an INCR is cut at block boundaries; a WRAP becomes its two ascending runs, each cut likewise; a FIXED burst (only while the unit is not
//! enabled) becomes single beats at its address; an error burst stays whole. A piece is flagged `reserved` when a ring slot is set
//! aside for its block; the second piece in the first block of a WRAP is not. With S5 it is
//! flagged `whole` when it writes every byte of its block in beats of full width. **Latency**: one cycle from a burst to its first piece; one piece per
//! cycle, across bursts too. **Order**: that of the beats. **Reset**: empty.

use super::constants::{constant, flag};
use super::write_types::{ClassedBurst, Piece, PlannedBurst, WriteAddress};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Splits bursts at block boundaries.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteSplitter {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A burst waits.
    pub burst_valid: Signal<In, Bit>,
    /// That burst.
    pub burst: Signal<In, ClassedBurst>,
    /// All its strobes are set. With S5.
    pub burst_full: Signal<In, Bit>,
    /// It is taken.
    pub burst_ready: Signal<Out, Bit>,
    /// A piece is there.
    pub piece_valid: Signal<Out, Bit>,
    /// That piece.
    pub piece: Signal<Out, Piece>,
    /// Its block, counted from MEM_BASE; of meaning only if tracked.
    pub piece_block: Signal<Out, Bits<26>>,
    /// It writes tracked memory.
    pub piece_tracked: Signal<Out, Bit>,
    /// Its guest.
    pub piece_guest: Signal<Out, Bits<4>>,
    /// A ring slot is reserved for it.
    pub piece_reserved: Signal<Out, Bit>,
    /// It writes every byte of its block. With S5.
    pub piece_whole: Signal<Out, Bit>,
    /// The piece is taken.
    pub piece_ready: Signal<In, Bit>,
    busy: Register<Bit>,
    current: Register<ClassedBurst>,
    address: Register<Bits<40>>,
    left: Register<Bits<8>>,
    block_left: Register<Bits<8>>,
    second: Register<Bit>,
    full: Register<Bit>,
    planned: Signal<Local, PlannedBurst>,
    request: Signal<Local, WriteAddress>,
    burst_type: Signal<Local, Bits<2>>,
    next_planned: Signal<Local, PlannedBurst>,
    next_request: Signal<Local, WriteAddress>,
    next_error: Signal<Local, Bits<2>>,
    error: Signal<Local, Bits<2>>,
    ends_run: Register<Bit>,
    remaining: Signal<Local, Bits<8>>,
    ends_burst: Signal<Local, Bit>,
    piece_len: Signal<Local, Bits<8>>,
    block_number: Signal<Local, Bits<40>>,
    no_piece: Constant<Piece>,
    block_mask: Constant<Bits<40>>,
    block_shift: Constant<Bits<4>>,
    number_mask: Constant<Bits<26>>,
    full_size: Constant<Bits<3>>,
    block_len: Constant<Bits<8>>,
    has_s1: Constant<Bit>,
    has_s5: Constant<Bit>,
}

impl WriteSplitter {
    /// The splitter for a configuration's block size.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            burst_valid: Signal::default(),
            burst: Signal::default(),
            burst_full: Signal::default(),
            burst_ready: Signal::default(),
            piece_valid: Signal::default(),
            piece: Signal::default(),
            piece_block: Signal::default(),
            piece_tracked: Signal::default(),
            piece_guest: Signal::default(),
            piece_reserved: Signal::default(),
            piece_whole: Signal::default(),
            piece_ready: Signal::default(),
            busy: Register::default(),
            current: Register::without_reset(),
            address: Register::without_reset(),
            left: Register::without_reset(),
            block_left: Register::without_reset(),
            second: Register::without_reset(),
            full: Register::without_reset(),
            planned: Signal::default(),
            request: Signal::default(),
            burst_type: Signal::default(),
            next_planned: Signal::default(),
            next_request: Signal::default(),
            next_error: Signal::default(),
            error: Signal::default(),
            ends_run: Register::without_reset(),
            remaining: Signal::default(),
            ends_burst: Signal::default(),
            piece_len: Signal::default(),
            block_number: Signal::default(),
            no_piece: Constant::new(Piece::default()),
            block_mask: constant(u64::from(config.block_bytes()) - 1),
            block_shift: constant(config.block_shift().into()),
            number_mask: constant(u64::from(config.blocks()) - 1),
            full_size: constant(config.full_size().into()),
            block_len: constant(u64::from(config.beats_per_block()) - 1),
            has_s1: flag(config.captures()),
            has_s5: flag(config.has(Strategy::S5)),
        }
    }
}

impl Logic for WriteSplitter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_splitter");
        comment!("Cuts bursts into ascending pieces inside one block, one per cycle, in the order of their beats. A WRAP");
        comment!(
            "becomes two runs, a FIXED burst single beats, an error burst one piece. Reset: empty."
        );
        dff_setup!(self, clock, busy, current, address, left, block_left, ends_run, second, full);
        self.planned.next = self.current.q.val().planned;
        self.request.next = self.planned.val().request;
        self.burst_type.next = self.request.val().burst;
        self.error.next = self.current.q.val().error;
        // Whether a piece is the last of its run is known before it is shown.
        self.remaining.next = self.left.q.val() - self.block_left.q.val() - 1;
        self.ends_burst.next = self.ends_run.q.val()
            & (self.second.q.val() | !self.planned.val().wraps | self.error.val().any());
        if self.ends_run.q.val() {
            self.piece_len.next = self.left.q.val();
        } else {
            self.piece_len.next = self.block_left.q.val();
        }

        self.piece_valid.next = self.busy.q.val();
        self.piece.next = self.no_piece.val();
        self.piece.next.address = self.address.q.val();
        self.piece.next.len = self.piece_len.val();
        self.piece.next.size = self.request.val().size;
        self.piece.next.cache = self.request.val().cache;
        self.piece.next.prot = self.request.val().prot;
        self.piece.next.qos = self.request.val().qos;
        self.piece.next.user = self.request.val().user;
        self.piece.next.last = self.ends_burst.val();
        self.piece.next.error = self.error.val();
        self.block_number.next = self.address.q.val() >> self.block_shift.val();
        self.piece_block.next = self.block_number.val().get_bits::<26>(0) & self.number_mask.val();
        self.piece_tracked.next = self.current.q.val().tracked;
        self.piece_guest.next = self.current.q.val().guest;
        // The second run ends where the first began: in a block already counted, unless that is a boundary. S1 makes an
        // entry for each piece.
        self.piece_reserved.next = self.current.q.val().reserved
            & (self.has_s1.val()
                | !(self.second.q.val() & self.ends_run.q.val() & self.planned.val().off_boundary));
        // Full beats with all strobes from the first byte of the block to its last.
        self.piece_whole.next = false;
        if self.has_s5.val() {
            self.piece_whole.next = self.full.q.val()
                & (self.request.val().size == self.full_size.val())
                & (self.piece_len.val() == self.block_len.val())
                & !(self.address.q.val() & self.block_mask.val()).any();
        }

        self.next_planned.next = self.burst.val().planned;
        self.next_request.next = self.next_planned.val().request;
        self.next_error.next = self.burst.val().error;
        self.burst_ready.next =
            !self.busy.q.val() | (self.piece_ready.val() & self.ends_burst.val());
        if !self.busy.q.val() | (self.piece_ready.val() & self.ends_burst.val()) {
            self.busy.d.next = self.burst_valid.val();
            self.current.d.next = self.burst.val();
            self.address.d.next = self.next_request.val().address;
            self.left.d.next = self.next_planned.val().run;
            self.block_left.d.next = self.next_planned.val().first_room;
            self.ends_run.d.next = self.next_error.val().any()
                | (self.next_planned.val().run <= self.next_planned.val().first_room);
            self.second.d.next = false;
            self.full.d.next = self.burst_full.val();
            if self.next_error.val().any() {
                self.left.d.next = self.next_request.val().len;
                self.block_left.d.next = 0xff.into();
            }
        } else if self.piece_ready.val() & self.ends_run.q.val() {
            self.address.d.next = (self.address.q.val() & bits::<40>(0xff_ffff_f000_u64))
                | bit_cast::<40, 12>(self.planned.val().base);
            self.left.d.next = self.planned.val().second_run;
            self.block_left.d.next = self.planned.val().block_room;
            self.ends_run.d.next = self.planned.val().second_run <= self.planned.val().block_room;
            self.second.d.next = true;
        } else if self.piece_ready.val() {
            if self.burst_type.val().any() {
                self.address.d.next = (self.address.q.val() | self.block_mask.val()) + 1;
            }
            self.left.d.next = self.remaining.val();
            self.ends_run.d.next = self.remaining.val() <= self.planned.val().block_room;
            self.block_left.d.next = self.planned.val().block_room;
        }
    }
}
