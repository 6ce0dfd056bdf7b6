//! Takes frames from the link, checks them whole, and passes on the good ones.
//!
//! **Does**: an entry's words go to the receive buffer as they come and are kept when the frame's check, kind and length are right. An entry,
//! mark or session frame is then offered with its number of words; an acknowledgement or refusal is shown for one cycle.
//! A beat waits for room 256 cycles at most; then its frame is dropped. **Order**: that of the link. **Errors**: a bad frame is dropped with a pulse,
//! and so is what follows on one that never ended. **Reset**: waits for the first beat of a frame.

use super::constants::constant;
use super::link_crc::LinkCrc;
use super::link_range::LinkRange;
use crate::prelude::*;
use mch_spec::Config;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    First,
    Second,
    Rest,
    Skip,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkFrameReceiver {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A beat is offered.
    pub rx_tvalid: Signal<In, Bit>,
    /// It is taken.
    pub rx_tready: Signal<Out, Bit>,
    /// The beat.
    pub rx_tdata: Signal<In, Bits<64>>,
    /// Last beat of its frame.
    pub rx_tlast: Signal<In, Bit>,
    /// The receive buffer has room for a word.
    pub room: Signal<In, Bit>,
    /// A word for the receive buffer.
    pub push: Signal<Out, Bit>,
    /// The word.
    pub word: Signal<Out, Bits<64>>,
    /// The frame's words are kept.
    pub keep: Signal<Out, Bit>,
    /// They are forgotten.
    pub forget: Signal<Out, Bit>,
    /// An entry, mark or session frame is offered.
    pub frame_valid: Signal<Out, Bit>,
    /// It is taken.
    pub frame_take: Signal<In, Bit>,
    /// Its first beat.
    pub frame_first: Signal<Out, Bits<64>>,
    /// Its second beat.
    pub frame_second: Signal<Out, Bits<64>>,
    /// Its words in the receive buffer.
    pub frame_words: Signal<Out, Bits<10>>,
    /// An acknowledgement or refusal; one cycle.
    pub answer_valid: Signal<Out, Bit>,
    /// Its first beat; stays until the next.
    pub answer_first: Signal<Out, Bits<64>>,
    /// Its second beat.
    pub answer_second: Signal<Out, Bits<64>>,
    /// A frame was dropped; one cycle.
    pub dropped: Signal<Out, Bit>,
    intake: SkidBuffer<Bits<65>>,
    state: Register<State>,
    first: Register<Bits<64>>,
    second: Register<Bits<64>>,
    words: Register<Bits<10>>,
    crc: LinkCrc,
    sum: Register<Bits<32>>,
    ended: Register<Bit>,
    matches: Register<Bit>,
    waited: Register<Bits<8>>,
    range: LinkRange,
    frames: Fifo<Bits<138>>,
    answered: Register<Bit>,
    first_answer: Register<Bits<64>>,
    second_answer: Register<Bits<64>>,
    drop_pulse: Register<Bit>,
    beat: Signal<Local, Bits<64>>,
    last: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    kind: Signal<Local, Bits<4>>,
    entry: Signal<Local, Bit>,
    answer: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    few: Constant<Bits<16>>,
    longest: Constant<Bits<10>>,
}

impl LinkFrameReceiver {
    /// The receiver of a configuration's frames.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            rx_tvalid: Signal::default(),
            rx_tready: Signal::default(),
            rx_tdata: Signal::default(),
            rx_tlast: Signal::default(),
            room: Signal::default(),
            push: Signal::default(),
            word: Signal::default(),
            keep: Signal::default(),
            forget: Signal::default(),
            frame_valid: Signal::default(),
            frame_take: Signal::default(),
            frame_first: Signal::default(),
            frame_second: Signal::default(),
            frame_words: Signal::default(),
            answer_valid: Signal::default(),
            answer_first: Signal::default(),
            answer_second: Signal::default(),
            dropped: Signal::default(),
            intake: SkidBuffer::<Bits<65>>::default(),
            state: Register::default(),
            first: Register::without_reset(),
            second: Register::without_reset(),
            words: Register::without_reset(),
            crc: LinkCrc::default(),
            sum: Register::without_reset(),
            ended: Register::default(),
            matches: Register::default(),
            waited: Register::default(),
            range: LinkRange::new(config),
            frames: Fifo::new(16),
            answered: Register::default(),
            first_answer: Register::without_reset(),
            second_answer: Register::without_reset(),
            drop_pulse: Register::default(),
            beat: Signal::default(),
            last: Signal::default(),
            waits: Signal::default(),
            taken: Signal::default(),
            kind: Signal::default(),
            entry: Signal::default(),
            answer: Signal::default(),
            good: Signal::default(),
            few: constant(14),
            longest: constant(u64::from(config.block_bytes() / 8)),
        }
    }
}

impl Logic for LinkFrameReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_frame_receiver");
        comment!("Takes frames from the link and passes on those whose check, kind and length are right: an");
        comment!("entry's words through the receive buffer, answers for one cycle. A beat waits for room 256");
        comment!("cycles at most; then its frame is dropped. Reset: waits for a frame.");
        dff_setup!(
            self,
            clock,
            state,
            first,
            second,
            words,
            sum,
            ended,
            matches,
            waited,
            answered,
            first_answer,
            second_answer,
            drop_pulse
        );
        clock!(self, clock, intake, frames);
        self.intake.in_valid.next = self.rx_tvalid.val();
        self.intake.in_data.next = bit_cast::<65, 64>(self.rx_tdata.val())
            | (bit_cast::<65, 1>(self.rx_tlast.val().into()) << 64);
        self.rx_tready.next = self.intake.in_ready.val();
        self.beat.next = self.intake.out_data.val().get_bits::<64>(0);
        self.last.next = self.intake.out_data.val().get_bit(64);

        comment!("A beat of data waits for room in the buffer, the last beat for room in the queue of frames.");
        self.waits.next = false;
        if self.state.q.val() == State::Rest {
            self.waits.next = !self.room.val();
            if self.last.val() {
                self.waits.next = self.frames.count.val() >= self.few.val();
            }
        }
        self.taken.next = self.intake.out_valid.val() & !self.waits.val();
        self.intake.out_ready.next = !self.waits.val();
        self.waited.d.next = 0.into();
        self.drop_pulse.d.next = false;
        self.ended.d.next = false;
        self.push.next = false;
        self.word.next = self.beat.val();
        self.crc.state.next = self.sum.q.val();
        if self.state.q.val() == State::First {
            self.crc.state.next = 0xffff_ffff_u64.into();
        }
        self.crc.data.next = self.beat.val();
        if self.taken.val() {
            self.sum.d.next = self.crc.after.val();
        }
        match self.state.q.val() {
            State::First => {
                if self.taken.val() {
                    self.first.d.next = self.beat.val();
                    self.drop_pulse.d.next = self.last.val();
                    if !self.last.val() {
                        self.state.d.next = State::Second;
                    }
                }
            }
            State::Second => {
                if self.taken.val() {
                    self.second.d.next = self.beat.val();
                    self.words.d.next = 0.into();
                    self.drop_pulse.d.next = self.last.val();
                    self.state.d.next = State::Rest;
                    if self.last.val() {
                        self.state.d.next = State::First;
                    }
                }
            }
            State::Rest => {
                if self.taken.val() {
                    if self.last.val() {
                        self.ended.d.next = true;
                        self.state.d.next = State::First;
                    } else if self.words.q.val() == self.longest.val() {
                        self.state.d.next = State::Skip;
                    } else {
                        self.push.next = true;
                        self.words.d.next = self.words.q.val() + 1;
                    }
                } else if self.intake.out_valid.val() {
                    self.waited.d.next = self.waited.q.val() + 1;
                    if self.waited.q.val().all() {
                        self.state.d.next = State::Skip;
                    }
                }
            }
            _ => {
                if self.taken.val() & self.last.val() {
                    self.drop_pulse.d.next = true;
                    self.state.d.next = State::First;
                }
            }
        }

        comment!("The check: the complement of the sum, in the lower half of the last beat.");
        self.matches.d.next = (self.beat.val().get_bits::<32>(0) == !self.sum.q.val())
            & !self.beat.val().get_bits::<32>(32).any();

        comment!("A cycle after its last beat: is it a frame?");
        self.range.header.next = self.second.q.val();
        self.kind.next = self.first.q.val().get_bits::<4>(0);
        self.entry.next = self.kind.val() == 1;
        self.answer.next = (self.kind.val() == 4) | (self.kind.val() == 5);
        self.good.next = self.matches.q.val();
        if self.entry.val() {
            if !self.range.sound.val() | (self.words.q.val() != self.range.words.val()) {
                self.good.next = false;
            }
        } else if self.words.q.val().any() | !self.kind.val().any() | (self.kind.val() > 5) {
            self.good.next = false;
        }
        self.keep.next = self.ended.q.val() & self.good.val() & self.entry.val();
        self.forget.next =
            (self.ended.q.val() & !self.keep.val()) | (self.state.q.val() == State::Skip);
        self.frames.push.next = self.ended.q.val() & self.good.val() & !self.answer.val();
        self.frames.data_in.next = bit_cast::<138, 64>(self.first.q.val())
            | (bit_cast::<138, 64>(self.second.q.val()) << 64)
            | (bit_cast::<138, 10>(self.words.q.val()) << 128);
        self.frames.pop.next = self.frame_take.val();
        self.frame_valid.next = self.frames.valid.val();
        self.frame_first.next = self.frames.data_out.val().get_bits::<64>(0);
        self.frame_second.next = self.frames.data_out.val().get_bits::<64>(64);
        self.frame_words.next = self.frames.data_out.val().get_bits::<10>(128);
        self.answered.d.next = self.ended.q.val() & self.good.val() & self.answer.val();
        if self.answered.d.val() {
            self.first_answer.d.next = self.first.q.val();
            self.second_answer.d.next = self.second.q.val();
        }
        self.answer_valid.next = self.answered.q.val();
        self.answer_first.next = self.first_answer.q.val();
        self.answer_second.next = self.second_answer.q.val();
        if self.ended.q.val() & !self.good.val() {
            self.drop_pulse.d.next = true;
        }
        self.dropped.next = self.drop_pulse.q.val();
    }
}
