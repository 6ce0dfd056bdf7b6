//! Merges the answers of a burst's pieces into its one response.
//!
//! **Does**: remembers open bursts and the pieces that wait for an answer; takes memory's responses (always: room is reserved) and errors decided here, in
//! the order of the pieces (with S5: that of a piece which completes a ticket once it is complete, so that a read after B sees the new data); keeps the worst (DECERR > SLVERR > OKAY) and answers the burst with its ID when its last piece is answered.
//! **Latency**: BVALID two cycles after the last response; one piece per cycle. **Order**: that of the bursts. **Flush**: `discard` throws finished
//! responses away in place of BVALID. **Errors**: none of its own. **Reset**: empty.

use super::constants::{constant, flag};
use super::write_types::{OpenBurst, PieceAnswer, WriteResponse};
use crate::prelude::*;
use mch_spec::{Config, Strategy};

/// Collects responses.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteCollect {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A burst opens.
    pub opened: Signal<In, Bit>,
    /// That burst.
    pub open_burst: Signal<In, OpenBurst>,
    /// One more burst may be open.
    pub room: Signal<Out, Bit>,
    /// A piece went.
    pub answer_due: Signal<In, Bit>,
    /// How it is answered.
    pub answer: Signal<In, PieceAnswer>,
    /// It completes a ticket, or is captured. With S5, S1.
    pub answer_own: Signal<In, Bit>,
    /// The oldest ticket of such a piece is complete.
    pub settled: Signal<In, Bit>,
    /// Uses that up.
    pub settled_take: Signal<Out, Bit>,
    /// One more piece may be unanswered.
    pub answer_room: Signal<Out, Bit>,
    /// A response of memory.
    pub response_valid: Signal<In, Bit>,
    /// That response.
    pub response: Signal<In, Bits<2>>,
    /// An accepted burst of `finished_guest` has its last response.
    pub finished_valid: Signal<Out, Bit>,
    /// Its guest.
    pub finished_guest: Signal<Out, Bits<4>>,
    /// BVALID.
    pub bvalid: Signal<Out, Bit>,
    /// BREADY.
    pub bready: Signal<In, Bit>,
    /// BID and BRESP.
    pub b: Signal<Out, WriteResponse>,
    /// Throws responses away.
    pub discard: Signal<In, Bit>,
    /// No burst is open.
    pub empty: Signal<Out, Bit>,
    bursts: Fifo<OpenBurst>,
    answers: Fifo<PieceAnswer>,
    owns: Maybe<Fifo<Bit>>,
    responses: Fifo<Bits<2>>,
    done: Fifo<WriteResponse>,
    open: Register<Bits<8>>,
    full: Register<Bit>,
    answered: Signal<Local, Bit>,
    worst: Register<Bits<2>>,
    finished: Register<Bit>,
    guest: Register<Bits<4>>,
    due: Signal<Local, PieceAnswer>,
    due_error: Signal<Local, Bits<2>>,
    now: Signal<Local, Bits<2>>,
    worse: Signal<Local, Bits<2>>,
    step: Signal<Local, Bit>,
    closes: Signal<Local, Bit>,
    oldest: Signal<Local, OpenBurst>,
    no_response: Constant<WriteResponse>,
    last_open: Constant<Bits<8>>,
    has_own: Constant<Bit>,
}

impl WriteCollect {
    /// The collector for a configuration.
    pub fn new(config: &Config) -> Self {
        let outstanding = config.outstanding as usize;
        let has_own = config.has(Strategy::S5) || config.captures();
        let unanswered = Self::unanswered_pieces(config);
        Self {
            clock: Signal::default(),
            opened: Signal::default(),
            open_burst: Signal::default(),
            room: Signal::default(),
            answer_due: Signal::default(),
            answer: Signal::default(),
            answer_own: Signal::default(),
            settled: Signal::default(),
            settled_take: Signal::default(),
            answer_room: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            finished_valid: Signal::default(),
            finished_guest: Signal::default(),
            bvalid: Signal::default(),
            bready: Signal::default(),
            b: Signal::default(),
            discard: Signal::default(),
            empty: Signal::default(),
            bursts: Fifo::new(outstanding),
            answers: Fifo::new(unanswered),
            owns: Maybe::new(Fifo::new(unanswered), has_own),
            responses: Fifo::new(unanswered),
            done: Fifo::new(outstanding),
            open: Register::narrow(0.into(), clog2(outstanding + 1)),
            full: Register::default(),
            answered: Signal::default(),
            worst: Register::default(),
            finished: Register::default(),
            guest: Register::default(),
            due: Signal::default(),
            due_error: Signal::default(),
            now: Signal::default(),
            worse: Signal::default(),
            step: Signal::default(),
            closes: Signal::default(),
            oldest: Signal::default(),
            no_response: Constant::new(WriteResponse::default()),
            last_open: constant(outstanding as u64 - 1),
            has_own: flag(has_own),
        }
    }

    /// Pieces that may be issued and unanswered: enough to cover a memory latency of 100 cycles with whole blocks, and at
    /// least a piece for each burst in flight.
    pub fn unanswered_pieces(config: &Config) -> usize {
        (112 / config.beats_per_block() as usize)
            .max(config.outstanding as usize)
            .next_power_of_two()
            .clamp(32, 128)
    }
}

impl Logic for WriteCollect {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_collect");
        comment!("Merges the responses of a burst's pieces, in order, into one: the worst. Always takes memory's responses.");
        comment!("BVALID comes two cycles after the last of them. discard throws responses away. Reset: empty.");
        dff_setup!(self, clock, open, full, worst, finished, guest);
        clock!(self, clock, bursts, answers, responses, done);
        self.room.next = !self.full.q.val();
        self.bursts.push.next = self.opened.val();
        self.bursts.data_in.next = self.open_burst.val();
        self.answer_room.next = !self.answers.full.val();
        self.answers.push.next = self.answer_due.val();
        self.answers.data_in.next = self.answer.val();
        self.responses.push.next = self.response_valid.val();
        self.responses.data_in.next = self.response.val();

        self.due.next = self.answers.data_out.val();
        self.due_error.next = self.due.val().error;
        self.now.next = self.due_error.val();
        if !self.due_error.val().any() {
            // EXOKAY counts as OKAY: no exclusive access goes out.
            self.now.next = 0.into();
            if self.responses.data_out.val().get_bit(1) {
                self.now.next = self.responses.data_out.val();
            }
        }
        self.worse.next = self.worst.q.val();
        if self.now.val() > self.worst.q.val() {
            self.worse.next = self.now.val();
        }
        self.step.next =
            self.answers.valid.val() & (self.due_error.val().any() | self.responses.valid.val());
        self.settled_take.next = false;
        if self.has_own.val() {
            clock!(self, clock, owns);
            self.owns.push.next = self.answer_due.val();
            self.owns.data_in.next = self.answer_own.val();
            if self.owns.data_out.val() & !self.settled.val() {
                self.step.next = false;
            }
            self.owns.pop.next = self.step.val();
            self.settled_take.next = self.step.val() & self.owns.data_out.val();
        }
        self.closes.next = self.step.val() & self.due.val().last;
        self.answers.pop.next = self.step.val();
        self.responses.pop.next = self.step.val() & !self.due_error.val().any();
        if self.closes.val() {
            self.worst.d.next = 0.into();
        } else if self.step.val() {
            self.worst.d.next = self.worse.val();
        }

        self.oldest.next = self.bursts.data_out.val();
        self.bursts.pop.next = self.closes.val();
        self.done.push.next = self.closes.val();
        self.done.data_in.next = self.no_response.val();
        self.done.data_in.next.id = self.oldest.val().id;
        self.done.data_in.next.response = self.worse.val();
        self.finished.d.next = self.closes.val() & self.oldest.val().tracked;
        self.guest.d.next = self.oldest.val().guest;
        self.finished_valid.next = self.finished.q.val();
        self.finished_guest.next = self.guest.q.val();

        self.bvalid.next = self.done.valid.val() & !self.discard.val();
        self.b.next = self.done.data_out.val();
        self.done.pop.next = self.bready.val() | self.discard.val();
        self.empty.next = !self.open.q.val().any();
        // Full is a register: admission hangs on it.
        self.answered.next = self.done.valid.val() & (self.bready.val() | self.discard.val());
        if self.opened.val() & !self.answered.val() {
            self.open.d.next = self.open.q.val() + 1;
            self.full.d.next = self.open.q.val() == self.last_open.val();
        } else if !self.opened.val() & self.answered.val() {
            self.open.d.next = self.open.q.val() - 1;
            self.full.d.next = false;
        }
    }
}
