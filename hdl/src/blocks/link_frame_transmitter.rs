//! Sends frames over the link: answers before entries, a beat in every cycle.
//!
//! **Does**: a frame is a first beat, a second beat, the words that belong to it, and the check. One whose words came with an error gets a wrong
//! check, so that the peer drops it. **Latency**: a frame's first beat is at the link in the cycle after its offer. **Order**: between frames answers go
//! first. **Errors**: none of its own. **Reset**: idle.

use super::constants::constant;
use super::link_crc::LinkCrc;
use crate::prelude::*;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    First,
    Second,
    Words,
    Check,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkFrameTransmitter {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// An answer is offered.
    pub answer_valid: Signal<In, Bit>,
    /// It has been sent.
    pub answer_take: Signal<Out, Bit>,
    /// Its first beat.
    pub answer_first: Signal<In, Bits<64>>,
    /// Its second beat.
    pub answer_second: Signal<In, Bits<64>>,
    /// A frame is offered.
    pub frame_valid: Signal<In, Bit>,
    /// It has been sent.
    pub frame_take: Signal<Out, Bit>,
    /// Its first beat.
    pub frame_first: Signal<In, Bits<64>>,
    /// Its second beat.
    pub frame_second: Signal<In, Bits<64>>,
    /// Words of data that belong to it.
    pub frame_words: Signal<In, Bits<10>>,
    /// It must not be believed.
    pub frame_bad: Signal<In, Bit>,
    /// The next word is there.
    pub word_valid: Signal<In, Bit>,
    /// The word.
    pub word: Signal<In, Bits<64>>,
    /// It could not be read.
    pub word_error: Signal<In, Bit>,
    /// It is taken.
    pub word_take: Signal<Out, Bit>,
    /// A beat is offered.
    pub tx_tvalid: Signal<Out, Bit>,
    /// It is taken.
    pub tx_tready: Signal<In, Bit>,
    /// The beat.
    pub tx_tdata: Signal<Out, Bits<64>>,
    /// Last beat of its frame.
    pub tx_tlast: Signal<Out, Bit>,
    state: Register<State>,
    answers: Register<Bit>,
    left: Register<Bits<10>>,
    bad: Register<Bit>,
    sum: Register<Bits<32>>,
    valid: Register<Bit>,
    data: Register<Bits<64>>,
    last: Register<Bit>,
    crc: LinkCrc,
    room: Signal<Local, Bit>,
    ready: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    beat: Signal<Local, Bits<64>>,
    answering: Signal<Local, Bit>,
    check: Signal<Local, Bits<32>>,
    ones: Constant<Bits<32>>,
}

impl Default for LinkFrameTransmitter {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            answer_valid: Signal::default(),
            answer_take: Signal::default(),
            answer_first: Signal::default(),
            answer_second: Signal::default(),
            frame_valid: Signal::default(),
            frame_take: Signal::default(),
            frame_first: Signal::default(),
            frame_second: Signal::default(),
            frame_words: Signal::default(),
            frame_bad: Signal::default(),
            word_valid: Signal::default(),
            word: Signal::default(),
            word_error: Signal::default(),
            word_take: Signal::default(),
            tx_tvalid: Signal::default(),
            tx_tready: Signal::default(),
            tx_tdata: Signal::default(),
            tx_tlast: Signal::default(),
            state: Register::default(),
            answers: Register::default(),
            left: Register::without_reset(),
            bad: Register::without_reset(),
            sum: Register::without_reset(),
            valid: Register::default(),
            data: Register::without_reset(),
            last: Register::without_reset(),
            crc: LinkCrc::default(),
            room: Signal::default(),
            ready: Signal::default(),
            goes: Signal::default(),
            beat: Signal::default(),
            answering: Signal::default(),
            check: Signal::default(),
            ones: constant(0xffff_ffff),
        }
    }
}

impl Logic for LinkFrameTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_frame_transmitter");
        comment!("Sends frames over the link, answers before entries: first beat, second beat, words, check. A");
        comment!("frame with a word that could not be read gets a wrong check. A beat per cycle. Reset: idle.");
        dff_setup!(self, clock, state, answers, left, bad, sum, valid, data, last);
        self.room.next = !self.valid.q.val() | self.tx_tready.val();
        self.answering.next = self.answers.q.val();
        if self.state.q.val() == State::First {
            self.answering.next = self.answer_valid.val();
        }
        self.ready.next = true;
        self.beat.next = self.word.val();
        match self.state.q.val() {
            State::First => {
                self.ready.next = self.answer_valid.val() | self.frame_valid.val();
                self.beat.next = self.frame_first.val();
                if self.answering.val() {
                    self.beat.next = self.answer_first.val();
                }
            }
            State::Second => {
                self.beat.next = self.frame_second.val();
                if self.answering.val() {
                    self.beat.next = self.answer_second.val();
                }
            }
            State::Words => {
                self.ready.next = self.word_valid.val();
            }
            _ => {}
        }
        self.goes.next = self.ready.val() & self.room.val();
        self.crc.state.next = self.sum.q.val();
        if self.state.q.val() == State::First {
            self.crc.state.next = self.ones.val();
        }
        self.crc.data.next = self.beat.val();
        self.check.next = !self.sum.q.val();
        if self.bad.q.val() {
            self.check.next = self.sum.q.val();
        }
        if self.room.val() {
            self.valid.d.next = self.ready.val();
            self.last.d.next = self.state.q.val() == State::Check;
            self.data.d.next = self.beat.val();
            if self.state.q.val() == State::Check {
                self.data.d.next = bit_cast::<64, 32>(self.check.val());
            }
        }
        self.word_take.next = false;
        self.answer_take.next = false;
        self.frame_take.next = false;
        if self.goes.val() {
            self.sum.d.next = self.crc.after.val();
            match self.state.q.val() {
                State::First => {
                    self.state.d.next = State::Second;
                    self.answers.d.next = self.answering.val();
                    self.bad.d.next = self.frame_bad.val() & !self.answering.val();
                    self.left.d.next = self.frame_words.val();
                }
                State::Second => {
                    self.state.d.next = State::Words;
                    if self.answering.val() | !self.left.q.val().any() {
                        self.state.d.next = State::Check;
                    }
                }
                State::Words => {
                    self.word_take.next = true;
                    self.bad.d.next = self.bad.q.val() | self.word_error.val();
                    self.left.d.next = self.left.q.val() - 1;
                    if self.left.q.val() == 1 {
                        self.state.d.next = State::Check;
                    }
                }
                _ => {
                    self.answer_take.next = self.answers.q.val();
                    self.frame_take.next = !self.answers.q.val();
                    self.state.d.next = State::First;
                }
            }
        }
        self.tx_tvalid.next = self.valid.q.val();
        self.tx_tdata.next = self.data.q.val();
        self.tx_tlast.next = self.last.q.val();
    }
}
