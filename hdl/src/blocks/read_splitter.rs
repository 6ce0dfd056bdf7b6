//! Cuts a read whose blocks lie in different places into pieces, each in one place.
//!
//! **Does**: takes a read and the places of the blocks of its first word; gives ascending INCR pieces in the order of the beats, cut only where
//! two neighbouring blocks lie in different places and where a word of 32 blocks ends; asks for the places of the next word when it gets there. A
//! WRAP becomes its ascending runs first. **Latency**: the first piece three cycles after `start`, then one every two cycles.
//! **Errors**: none: the read is legal, so it lies in one page. **Abort**: at once. **Reset**: empty. `request` stays from `start` to the last piece.

use super::burst_check::BurstCheck;
use super::constants::constant;
use super::lowest_bit::LowestBit;
use super::read_types::ReadRequest;
use crate::prelude::*;
use mch_spec::config::Config;

/// Splits reads at changes of place.
#[derive(Clone, Debug, LogicBlock)]
pub struct ReadSplitter {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Begins with `request` and the places of its first word.
    pub start: Signal<In, Bit>,
    /// Gives up.
    pub abort: Signal<In, Bit>,
    /// The read.
    pub request: Signal<In, ReadRequest>,
    /// A bit per block of a word: in the shadow.
    pub places: Signal<In, Bits<32>>,
    /// The places of the word asked for are there.
    pub refill: Signal<In, Bit>,
    /// The places of the word of `next_address` are needed.
    pub wants: Signal<Out, Bit>,
    /// A byte address in that word.
    pub next_address: Signal<Out, Bits<40>>,
    /// A piece is there.
    pub piece_valid: Signal<Out, Bit>,
    /// It is taken.
    pub piece_ready: Signal<In, Bit>,
    /// Its byte address in system memory.
    pub piece_address: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub piece_len: Signal<Out, Bits<8>>,
    /// It lies in the shadow.
    pub piece_in_shadow: Signal<Out, Bit>,
    /// The last one of the read.
    pub piece_last: Signal<Out, Bit>,
    check: BurstCheck,
    changes: LowestBit,
    active: Register<Bit>,
    sizing: Register<Bit>,
    known: Register<Bit>,
    places_now: Register<Bits<32>>,
    at: Register<Bits<17>>,
    end: Register<Bits<17>>,
    second: Register<Bit>,
    second_at: Register<Bits<17>>,
    second_end: Register<Bits<17>>,
    beat_mask: Register<Bits<17>>,
    last_alike: Register<Bits<5>>,
    in_shadow: Register<Bit>,
    shown: Register<Bit>,
    shown_address: Register<Bits<40>>,
    shown_len: Register<Bits<8>>,
    shown_in_shadow: Register<Bit>,
    shown_last: Register<Bit>,
    address: Signal<Local, Bits<40>>,
    low: Signal<Local, Bits<17>>,
    size_mask: Signal<Local, Bits<17>>,
    container: Signal<Local, Bits<17>>,
    index: Signal<Local, Bits<17>>,
    end_index: Signal<Local, Bits<17>>,
    same_word: Signal<Local, Bit>,
    ends_run: Signal<Local, Bit>,
    piece_end: Signal<Local, Bits<17>>,
    span: Signal<Local, Bits<17>>,
    makes: Signal<Local, Bit>,
    block_shift: Constant<Bits<4>>,
    block_mask: Constant<Bits<17>>,
    word_mask: Constant<Bits<17>>,
    low_mask: Constant<Bits<40>>,
}

impl ReadSplitter {
    /// The splitter for a configuration's block size.
    pub fn new(config: &Config) -> Self {
        let block = u64::from(config.block_bytes());
        Self {
            clock: Signal::default(),
            start: Signal::default(),
            abort: Signal::default(),
            request: Signal::default(),
            places: Signal::default(),
            refill: Signal::default(),
            wants: Signal::default(),
            next_address: Signal::default(),
            piece_valid: Signal::default(),
            piece_ready: Signal::default(),
            piece_address: Signal::default(),
            piece_len: Signal::default(),
            piece_in_shadow: Signal::default(),
            piece_last: Signal::default(),
            check: BurstCheck::new(config),
            changes: LowestBit::default(),
            active: Register::default(),
            sizing: Register::default(),
            known: Register::default(),
            places_now: Register::without_reset(),
            at: Register::without_reset(),
            end: Register::without_reset(),
            second: Register::without_reset(),
            second_at: Register::without_reset(),
            second_end: Register::without_reset(),
            beat_mask: Register::without_reset(),
            last_alike: Register::without_reset(),
            in_shadow: Register::without_reset(),
            shown: Register::default(),
            shown_address: Register::narrow_without_reset(config.address_width as usize),
            shown_len: Register::without_reset(),
            shown_in_shadow: Register::without_reset(),
            shown_last: Register::without_reset(),
            address: Signal::default(),
            low: Signal::default(),
            size_mask: Signal::default(),
            container: Signal::default(),
            index: Signal::default(),
            end_index: Signal::default(),
            same_word: Signal::default(),
            ends_run: Signal::default(),
            piece_end: Signal::default(),
            span: Signal::default(),
            makes: Signal::default(),
            block_shift: constant(config.block_shift().into()),
            block_mask: constant(block - 1),
            word_mask: constant(32 * block - 1),
            low_mask: constant(0x1_ffff),
        }
    }
}

impl Logic for ReadSplitter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: read_splitter");
        comment!("Cuts a read into ascending pieces, each in one place: where neighbouring blocks lie in different places and");
        comment!("where a word of 32 blocks ends. A WRAP becomes its runs first. First piece three cycles after start, then one every");
        comment!("two cycles. Positions are the low 17 bits of addresses: a read lies in one page, a page and a word in 128 KiB.");
        dff_setup!(
            self,
            clock,
            active,
            sizing,
            known,
            places_now,
            at,
            end,
            second,
            second_at,
            second_end,
            beat_mask,
            last_alike,
            in_shadow,
            shown,
            shown_address,
            shown_len,
            shown_in_shadow,
            shown_last
        );

        comment!("The runs of the read");
        self.address.next = self.request.val().address;
        self.low.next = self.address.val().get_bits::<17>(0);
        self.check.offset.next = self.address.val().get_bits::<12>(0);
        self.check.len.next = self.request.val().len;
        self.check.size.next = self.request.val().size;
        self.check.burst.next = self.request.val().burst;
        self.size_mask.next = !(bits::<17>(0x1_ffff) << self.request.val().size);
        self.container.next = (bit_cast::<17, 8>(self.request.val().len)
            << self.request.val().size)
            | self.size_mask.val();

        comment!("First the end of the blocks in the same place, then the piece");
        self.index.next = self.at.q.val() >> self.block_shift.val();
        self.end_index.next = self.end.q.val() >> self.block_shift.val();
        self.changes.value.next = (self.places_now.q.val()
            ^ (self.places_now.q.val() << bits::<5>(1)))
            & (bits::<32>(0xffff_fffe_u64) << self.index.val().get_bits::<5>(0));
        self.same_word.next = !((self.at.q.val() ^ self.end.q.val()) & !self.word_mask.val()).any();
        self.ends_run.next = self.same_word.val()
            & (self.end_index.val().get_bits::<5>(0) <= self.last_alike.q.val());
        if self.ends_run.val() {
            self.piece_end.next = self.end.q.val();
        } else {
            self.piece_end.next = (self.at.q.val() & !self.word_mask.val())
                | (bit_cast::<17, 5>(self.last_alike.q.val()) << self.block_shift.val())
                | self.block_mask.val();
        }
        self.span.next = (self.piece_end.val() - (self.at.q.val() & !self.beat_mask.q.val()))
            >> self.request.val().size;
        self.makes.next = self.sizing.q.val() & (!self.shown.q.val() | self.piece_ready.val());
        if self.shown.q.val() & self.piece_ready.val() {
            self.shown.d.next = false;
        }
        if self.active.q.val() & self.known.q.val() & !self.sizing.q.val() {
            self.sizing.d.next = true;
            self.in_shadow.d.next = self
                .places_now
                .q
                .val()
                .get_bit(self.index.val().get_bits::<5>(0).index());
            self.last_alike.d.next = self.changes.index.val() - 1;
        }
        if self.makes.val() {
            self.sizing.d.next = false;
            self.shown.d.next = true;
            self.shown_address.d.next =
                (self.address.val() & !self.low_mask.val()) | bit_cast::<40, 17>(self.at.q.val());
            self.shown_len.d.next = self.span.val().get_bits::<8>(0);
            self.shown_in_shadow.d.next = self.in_shadow.q.val();
            self.shown_last.d.next = self.ends_run.val() & !self.second.q.val();
            if self.ends_run.val() {
                self.active.d.next = self.second.q.val();
                self.second.d.next = false;
                self.at.d.next = self.second_at.q.val();
                self.end.d.next = self.second_end.q.val();
            } else {
                self.at.d.next = self.piece_end.val() + 1;
                self.known.d.next = !self.last_alike.q.val().all();
            }
        }
        if self.refill.val() {
            self.known.d.next = true;
            self.places_now.d.next = self.places.val();
        }
        // What begins is made ready whatever comes: that it starts may be known late in the cycle.
        if !self.active.q.val() {
            self.sizing.d.next = false;
            self.known.d.next = true;
            self.places_now.d.next = self.places.val();
            self.beat_mask.d.next = self.size_mask.val();
            self.at.d.next = self.low.val();
            self.end.d.next = (self.low.val() & bits::<17>(0x1_f000))
                | bit_cast::<17, 12>(self.check.last_offset.val())
                | self.size_mask.val();
            self.second.d.next = false;
            self.second_at.d.next = self.low.val() & !self.container.val();
            self.second_end.d.next = self.low.val() - 1;
            if self.request.val().burst == bits::<2>(2) {
                self.end.d.next = self.low.val() | self.container.val();
                self.second.d.next = (self.low.val() & self.container.val()).any();
            }
        }
        if self.start.val() {
            self.active.d.next = true;
        }
        if self.abort.val() {
            self.active.d.next = false;
            self.sizing.d.next = false;
            self.shown.d.next = false;
        }

        self.wants.next = self.active.q.val() & !self.known.q.val();
        self.next_address.next =
            (self.address.val() & !self.low_mask.val()) | bit_cast::<40, 17>(self.at.q.val());
        self.piece_valid.next = self.shown.q.val();
        self.piece_address.next = self.shown_address.q.val();
        self.piece_len.next = self.shown_len.q.val();
        self.piece_in_shadow.next = self.shown_in_shadow.q.val();
        self.piece_last.next = self.shown_last.q.val();
    }
}
