//! Sends pieces to memory once their verdict allows it, and their beats after them.
//!
//! **Does**: takes the oldest piece when its verdict is known, raises AW for it with all its beats already held, and offers the beats in
//! order, which the arbiter takes once their AW is granted. A piece that is an error, or whose verdict failed, has its beats thrown away one per cycle and is answered SLVERR (or
//! its own error). With S5 a piece may go to the shadow in place of memory. **Latency**: AW is raised one cycle after the verdict is at the head of its queue; a piece per cycle. **Order**: that of the pieces.
//! **Errors**: none of its own. **Reset**: empty. A raised AW keeps its payload until taken.

use super::constants::{constant, flag};
use super::write_types::{BeatWork, Piece, PieceAnswer};
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// Issues pieces and moves their beats.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteIssue<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A piece waits.
    pub piece_valid: Signal<In, Bit>,
    /// That piece.
    pub piece: Signal<In, Piece>,
    /// Its verdict is known.
    pub verdict_ready: Signal<In, Bit>,
    /// The verdict failed.
    pub verdict_failed: Signal<In, Bit>,
    /// The piece goes to the shadow. With S5.
    pub verdict_in_shadow: Signal<In, Bit>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// Takes the piece and its verdict: it goes, or ends in error.
    pub take: Signal<Out, Bit>,
    /// One more piece may be unanswered.
    pub answer_room: Signal<In, Bit>,
    /// The piece taken goes to memory.
    pub goes: Signal<Out, Bit>,
    /// That piece, at its place.
    pub going: Signal<Out, Piece>,
    /// How the piece taken is answered.
    pub answer: Signal<Out, PieceAnswer>,
    /// AWVALID to the write arbiter.
    pub out_awvalid: Signal<Out, Bit>,
    /// AWREADY from it.
    pub out_awready: Signal<In, Bit>,
    /// The piece's address and attributes.
    pub out_aw: Signal<Out, Piece>,
    /// A beat is held.
    pub beat_valid: Signal<In, Bit>,
    /// Its data.
    pub beat_data: Signal<In, Bits<D>>,
    /// Its strobes.
    pub beat_strobes: Signal<In, Bits<S>>,
    /// Takes the beat.
    pub beat_take: Signal<Out, Bit>,
    /// WVALID to the write arbiter.
    pub out_wvalid: Signal<Out, Bit>,
    /// WREADY from it.
    pub out_wready: Signal<In, Bit>,
    /// WDATA.
    pub out_wdata: Signal<Out, Bits<D>>,
    /// WSTRB.
    pub out_wstrb: Signal<Out, Bits<S>>,
    /// WLAST.
    pub out_wlast: Signal<Out, Bit>,
    /// No piece and no beat is being moved.
    pub empty: Signal<Out, Bit>,
    addresses: SkidBuffer<Piece>,
    incoming: Signal<Local, Piece>,
    takes: Signal<Local, Bit>,
    piece_address: Signal<Local, Bits<40>>,
    error: Signal<Local, Bits<2>>,
    work: Fifo<BeatWork>,
    job: Signal<Local, BeatWork>,
    beat_index: Register<Bits<8>>,
    last_beat: Signal<Local, Bit>,
    sends: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    no_work: Constant<BeatWork>,
    no_answer: Constant<PieceAnswer>,
    offset_mask: Constant<Bits<40>>,
    has_s5: Constant<Bit>,
}

impl<const D: usize, const S: usize> WriteIssue<D, S> {
    /// The issuer for a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            piece_valid: Signal::default(),
            piece: Signal::default(),
            verdict_ready: Signal::default(),
            verdict_failed: Signal::default(),
            verdict_in_shadow: Signal::default(),
            shadow_base: Signal::default(),
            take: Signal::default(),
            answer_room: Signal::default(),
            goes: Signal::default(),
            going: Signal::default(),
            answer: Signal::default(),
            out_awvalid: Signal::default(),
            out_awready: Signal::default(),
            out_aw: Signal::default(),
            beat_valid: Signal::default(),
            beat_data: Signal::default(),
            beat_strobes: Signal::default(),
            beat_take: Signal::default(),
            out_wvalid: Signal::default(),
            out_wready: Signal::default(),
            out_wdata: Signal::default(),
            out_wstrb: Signal::default(),
            out_wlast: Signal::default(),
            empty: Signal::default(),
            incoming: Signal::default(),
            takes: Signal::default(),
            addresses: SkidBuffer::sized(config.compact),
            piece_address: Signal::default(),
            error: Signal::default(),
            work: Fifo::new(16),
            job: Signal::default(),
            beat_index: Register::default(),
            last_beat: Signal::default(),
            sends: Signal::default(),
            moves: Signal::default(),
            no_work: Constant::new(BeatWork::default()),
            no_answer: Constant::new(PieceAnswer::default()),
            offset_mask: constant(config.memory_size.0 - 1),
            has_s5: flag(config.has(Strategy::S5)),
        }
    }
}

impl<const D: usize, const S: usize> Logic for WriteIssue<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_issue");
        comment!("Raises AW for each piece whose verdict allows it and sends its beats after the grant; pieces in error are");
        comment!("answered at once and their beats thrown away. In order, a piece and a beat per cycle. Reset: empty.");
        dff_setup!(self, clock, beat_index);
        clock!(self, clock, work, addresses);

        comment!("The oldest piece, once its verdict is known");
        self.incoming.next = self.piece.val();
        if self.verdict_failed.val() & !self.piece.val().error.any() {
            self.incoming.next.error = 2.into();
        }
        if self.has_s5.val() {
            self.piece_address.next = self.piece.val().address;
            if self.verdict_in_shadow.val() {
                self.incoming.next.address = (bit_cast::<40, 28>(self.shadow_base.val()) << 12)
                    | (self.piece_address.val() & self.offset_mask.val());
            }
        }
        self.error.next = self.incoming.val().error;
        self.takes.next = self.piece_valid.val()
            & self.verdict_ready.val()
            & self.answer_room.val()
            & !self.work.full.val()
            & self.addresses.in_ready.val();
        self.take.next = self.takes.val();
        self.goes.next = self.takes.val() & !self.error.val().any();
        self.going.next = self.incoming.val();
        self.answer.next = self.no_answer.val();
        self.answer.next.error = self.error.val();
        self.answer.next.last = self.piece.val().last;
        self.work.push.next = self.takes.val();
        self.work.data_in.next = self.no_work.val();
        self.work.data_in.next.len = self.piece.val().len;
        self.work.data_in.next.discard = self.error.val().any();

        comment!("Its address: the arbiter's grant reaches no further back than this buffer");
        self.addresses.in_valid.next = self.takes.val() & !self.error.val().any();
        self.addresses.in_data.next = self.incoming.val();
        self.addresses.out_ready.next = self.out_awready.val();
        self.out_awvalid.next = self.addresses.out_valid.val();
        self.out_aw.next = self.addresses.out_data.val();

        comment!("Beats");
        self.job.next = self.work.data_out.val();
        self.last_beat.next = self.beat_index.q.val() == self.job.val().len;
        self.sends.next = self.work.valid.val() & self.beat_valid.val() & !self.job.val().discard;
        self.moves.next = self.work.valid.val()
            & self.beat_valid.val()
            & (self.job.val().discard | self.out_wready.val());
        self.out_wvalid.next = self.sends.val();
        self.out_wdata.next = self.beat_data.val();
        self.out_wstrb.next = self.beat_strobes.val();
        self.out_wlast.next = self.last_beat.val();
        self.beat_take.next = self.moves.val();
        self.work.pop.next = self.moves.val() & self.last_beat.val();
        if self.moves.val() {
            if self.last_beat.val() {
                self.beat_index.d.next = 0.into();
            } else {
                self.beat_index.d.next = self.beat_index.q.val() + 1;
            }
        }
        self.empty.next = !self.addresses.out_valid.val() & !self.work.valid.val();
    }
}
