//! Sends pieces to memory once their verdict allows it, and their beats after them.
//!
//! **Does**: takes the oldest piece when its verdict is known, raises AW for it with all its beats already held, and lets the beats follow in
//! the order of the granted AWs. A piece that is an error, or whose verdict failed, has its beats thrown away one per cycle and is answered SLVERR (or
//! its own error). With S5 a piece may go to the shadow in place of memory. **Latency**: AW is raised one cycle after the verdict is at the head of its queue; a piece per cycle. **Order**: that of the pieces.
//! **Errors**: none of its own. **Reset**: empty. A raised AW keeps its payload until taken.

use super::constants::{constant, flag};
use super::write_types::{BeatWork, DecidedPiece, Piece, PieceAnswer};
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
    /// The piece's response completes `verdict_ticket`. With S5.
    pub verdict_own: Signal<In, Bit>,
    /// That ticket.
    pub verdict_ticket: Signal<In, Bits<5>>,
    /// The piece's guest. With S1 or S5.
    pub piece_guest: Signal<In, Bits<4>>,
    /// The piece is captured. With S1.
    pub piece_captured: Signal<In, Bit>,
    /// First page of the shadow.
    pub shadow_base: Signal<In, Bits<28>>,
    /// The piece that goes completes `own_ticket` with its response.
    pub own: Signal<Out, Bit>,
    /// That ticket.
    pub own_ticket: Signal<Out, Bits<5>>,
    /// The guest of the piece that goes. With S1 or S5.
    pub guest: Signal<Out, Bits<4>>,
    /// The piece that goes is captured. With S1.
    pub captured: Signal<Out, Bit>,
    /// Takes the piece and its verdict.
    pub take: Signal<Out, Bit>,
    /// One more piece may be unanswered.
    pub answer_room: Signal<In, Bit>,
    /// A piece goes: its answer is due.
    pub answer_due: Signal<Out, Bit>,
    /// How it is answered.
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
    decided: SkidBuffer<DecidedPiece>,
    incoming: Signal<Local, Piece>,
    current: Signal<Local, DecidedPiece>,
    current_piece: Signal<Local, Piece>,
    piece_address: Signal<Local, Bits<40>>,
    error: Signal<Local, Bits<2>>,
    may_go: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    work: Fifo<BeatWork>,
    job: Signal<Local, BeatWork>,
    beat_index: Register<Bits<8>>,
    last_beat: Signal<Local, Bit>,
    sends: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    no_work: Constant<BeatWork>,
    no_answer: Constant<PieceAnswer>,
    undecided: Constant<DecidedPiece>,
    offset_mask: Constant<Bits<40>>,
    has_s1: Constant<Bit>,
    has_own: Constant<Bit>,
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
            verdict_own: Signal::default(),
            verdict_ticket: Signal::default(),
            piece_guest: Signal::default(),
            piece_captured: Signal::default(),
            shadow_base: Signal::default(),
            own: Signal::default(),
            own_ticket: Signal::default(),
            guest: Signal::default(),
            captured: Signal::default(),
            take: Signal::default(),
            answer_room: Signal::default(),
            answer_due: Signal::default(),
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
            decided: SkidBuffer::default(),
            incoming: Signal::default(),
            current: Signal::default(),
            current_piece: Signal::default(),
            piece_address: Signal::default(),
            error: Signal::default(),
            may_go: Signal::default(),
            goes: Signal::default(),
            work: Fifo::new(16),
            job: Signal::default(),
            beat_index: Register::default(),
            last_beat: Signal::default(),
            sends: Signal::default(),
            moves: Signal::default(),
            no_work: Constant::new(BeatWork::default()),
            no_answer: Constant::new(PieceAnswer::default()),
            undecided: Constant::new(DecidedPiece::default()),
            offset_mask: constant(config.memory_size.0 - 1),
            has_s1: flag(config.captures()),
            has_own: flag(config.captures() || config.has(Strategy::S5)),
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
        clock!(self, clock, work, decided);

        comment!(
            "Verdicts: a buffer, so that the grant of an AW does not reach back into their queue"
        );
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
        self.decided.in_valid.next = self.piece_valid.val() & self.verdict_ready.val();
        self.decided.in_data.next = self.undecided.val();
        self.decided.in_data.next.piece = self.incoming.val();
        if self.has_s5.val() {
            self.decided.in_data.next.own = self.verdict_own.val();
            self.decided.in_data.next.ticket = self.verdict_ticket.val();
        }
        if self.has_own.val() {
            self.decided.in_data.next.guest = self.piece_guest.val();
        }
        if self.has_s1.val() {
            self.decided.in_data.next.captured = self.piece_captured.val();
        }
        self.take.next =
            self.piece_valid.val() & self.verdict_ready.val() & self.decided.in_ready.val();

        comment!("Addresses");
        self.current.next = self.decided.out_data.val();
        self.current_piece.next = self.current.val().piece;
        self.error.next = self.current_piece.val().error;
        self.may_go.next =
            self.decided.out_valid.val() & self.answer_room.val() & !self.work.full.val();
        self.out_awvalid.next = self.may_go.val() & !self.error.val().any();
        self.out_aw.next = self.current_piece.val();
        self.goes.next = self.may_go.val() & (self.error.val().any() | self.out_awready.val());
        self.decided.out_ready.next = self.goes.val();
        self.answer_due.next = self.goes.val();
        self.answer.next = self.no_answer.val();
        self.answer.next.error = self.error.val();
        self.answer.next.last = self.current_piece.val().last;
        self.work.push.next = self.goes.val();
        self.work.data_in.next = self.no_work.val();
        self.work.data_in.next.len = self.current_piece.val().len;
        self.work.data_in.next.discard = self.error.val().any();
        self.own.next = self.current.val().own;
        self.own_ticket.next = self.current.val().ticket;
        self.guest.next = self.current.val().guest;
        self.captured.next = self.current.val().captured;

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
        self.empty.next = !self.decided.out_valid.val() & !self.work.valid.val();
    }
}
