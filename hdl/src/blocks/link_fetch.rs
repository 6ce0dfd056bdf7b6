//! Reads entries from the rings in memory for the frames that are to be sent.
//!
//! **Does**: reads the headers of up to 32 tokens ahead; with the header of the oldest it makes its frame's *job*, and reads the beats that the header names, in
//! bursts of 16 beats at most. A burst is asked for only when the send buffer has room for it, so R is always taken. **Latency**: a token every
//! third cycle, of short entries. **Order**: jobs and data in that of the tokens. **Errors**: an entry whose header cannot be read or makes no sense has no data, and its job
//! is bad; an error of its data comes with them. **Reset**: empty.

use super::constants::{constant, flag, identities};
use super::link_range::LinkRange;
use super::link_send_buffer::LinkSendBuffer;
use crate::prelude::*;
use mch_spec::Config;

/// Lines of the send buffer, as many as its block RAMs have: memory may answer 512 beats of the copy engine before the link's.
const LINES: usize = 512;
/// Tokens whose headers are read ahead, and bursts in flight.
const AHEAD: usize = 32;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Take,
    Begin,
    Read,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkFetch<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// There is room for two tokens.
    pub token_room: Signal<Out, Bit>,
    /// A token comes.
    pub token_valid: Signal<In, Bit>,
    /// First beat of its frame.
    pub token_first: Signal<In, Bits<64>>,
    /// Block address of its entry; of a mark its number.
    pub token_place: Signal<In, Bits<34>>,
    /// Byte address of the entry's header.
    pub token_header: Signal<In, Bits<40>>,
    /// The frame was sent before.
    pub token_repeats: Signal<In, Bit>,
    /// A frame's job is there.
    pub frame_valid: Signal<Out, Bit>,
    /// It is done.
    pub frame_take: Signal<In, Bit>,
    /// Its first beat.
    pub frame_first: Signal<Out, Bits<64>>,
    /// Its second beat.
    pub frame_second: Signal<Out, Bits<64>>,
    /// Words of data that belong to it.
    pub frame_words: Signal<Out, Bits<10>>,
    /// It must not be believed.
    pub frame_bad: Signal<Out, Bit>,
    /// It was sent before.
    pub frame_repeats: Signal<Out, Bit>,
    /// The next word of data is there.
    pub word_valid: Signal<Out, Bit>,
    /// The word.
    pub word: Signal<Out, Bits<64>>,
    /// It could not be read.
    pub word_error: Signal<Out, Bit>,
    /// It is taken.
    pub word_take: Signal<In, Bit>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub arready: Signal<In, Bit>,
    /// Byte address.
    pub araddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub arlen: Signal<Out, Bits<8>>,
    /// log2 of a beat's bytes.
    pub arsize: Signal<Out, Bits<3>>,
    /// A beat of read data; always taken.
    pub rvalid: Signal<In, Bit>,
    /// The beat.
    pub rdata: Signal<In, Bits<D>>,
    /// Its response; bit 1 is an error.
    pub rresp: Signal<In, Bits<2>>,
    /// Last beat of the burst.
    pub rlast: Signal<In, Bit>,
    tokens: Fifo<Bits<99>>,
    wanted: Fifo<Bits<40>>,
    bursts: Fifo<Bits<4>>,
    headers: Fifo<Bits<65>>,
    jobs: Fifo<Bits<140>>,
    buffer: LinkSendBuffer<D>,
    state: Register<State>,
    token: Register<Bits<99>>,
    header: Register<Bits<64>>,
    failed: Register<Bit>,
    range: LinkRange,
    beat: Register<Bits<10>>,
    end: Register<Bits<10>>,
    reserved: Register<Bits<10>>,
    ar_valid: Register<Bit>,
    ar_address: Register<Bits<40>>,
    ar_len: Register<Bits<8>>,
    ar_size: Register<Bits<3>>,
    low: Register<Bits<32>>,
    low_failed: Register<Bit>,
    is_entry: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    begins: Signal<Local, Bit>,
    filled: Signal<Local, Bit>,
    ar_room: Signal<Local, Bit>,
    reads_header: Signal<Local, Bit>,
    reads_data: Signal<Local, Bit>,
    final_burst: Signal<Local, Bit>,
    stop: Signal<Local, Bits<10>>,
    lines: Signal<Local, Bits<10>>,
    of_header: Signal<Local, Bit>,
    header_word: Signal<Local, Bits<64>>,
    token_low: Constant<Bits<16>>,
    lane_mask: Constant<Bits<3>>,
    lane_ids: Vec<Constant<Bits<3>>>,
    beat_shift: Constant<Bits<4>>,
    block_shift: Constant<Bits<4>>,
    full_size: Constant<Bits<3>>,
    header_size: Constant<Bits<3>>,
    header_len: Constant<Bits<8>>,
    line_limit: Constant<Bits<10>>,
    bus_is_32: Constant<Bit>,
    _lanes: usize,
}

impl<const D: usize> LinkFetch<D> {
    /// The fetcher of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            token_room: Signal::default(),
            token_valid: Signal::default(),
            token_first: Signal::default(),
            token_place: Signal::default(),
            token_header: Signal::default(),
            token_repeats: Signal::default(),
            frame_valid: Signal::default(),
            frame_take: Signal::default(),
            frame_first: Signal::default(),
            frame_second: Signal::default(),
            frame_words: Signal::default(),
            frame_bad: Signal::default(),
            frame_repeats: Signal::default(),
            word_valid: Signal::default(),
            word: Signal::default(),
            word_error: Signal::default(),
            word_take: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            arsize: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            tokens: Fifo::new(AHEAD),
            wanted: Fifo::new(4),
            bursts: Fifo::new(2 * AHEAD),
            headers: Fifo::new(AHEAD),
            jobs: Fifo::new(AHEAD),
            buffer: LinkSendBuffer::new(LINES),
            state: Register::default(),
            token: Register::without_reset(),
            header: Register::without_reset(),
            failed: Register::without_reset(),
            range: LinkRange::new(config),
            beat: Register::without_reset(),
            end: Register::without_reset(),
            reserved: Register::default(),
            ar_valid: Register::default(),
            ar_address: Register::without_reset(),
            ar_len: Register::without_reset(),
            ar_size: Register::without_reset(),
            low: Register::without_reset(),
            low_failed: Register::default(),
            is_entry: Signal::default(),
            takes: Signal::default(),
            begins: Signal::default(),
            filled: Signal::default(),
            ar_room: Signal::default(),
            reads_header: Signal::default(),
            reads_data: Signal::default(),
            final_burst: Signal::default(),
            stop: Signal::default(),
            lines: Signal::default(),
            of_header: Signal::default(),
            header_word: Signal::default(),
            token_low: constant(AHEAD as u64 - 2),
            lane_mask: constant((D as u64 / 64).max(1) - 1),
            lane_ids: identities(D / 64),
            beat_shift: constant(u64::from(config.full_size())),
            block_shift: constant(u64::from(config.block_shift())),
            full_size: constant(u64::from(config.full_size())),
            header_size: constant(if D == 32 { 2 } else { 3 }),
            header_len: constant(u64::from(D == 32)),
            line_limit: constant(LINES as u64 - 16),
            bus_is_32: flag(D == 32),
            _lanes: D / 64,
        }
    }
}

impl<const D: usize> Logic for LinkFetch<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_fetch");
        comment!("Reads entries from the rings for the frames to be sent: headers of up to 32 tokens ahead, then the");
        comment!("beats that a header names, in bursts of 16 at most, room reserved before AR. An entry that cannot");
        comment!("be read makes a bad frame. Reset: empty.");
        dff_setup!(
            self, clock, state, token, header, failed, beat, end, reserved, ar_valid, ar_address,
            ar_len, ar_size, low, low_failed
        );
        clock!(self, clock, tokens, wanted, bursts, headers, jobs, buffer);

        comment!("Tokens; those of entries have their headers read.");
        self.token_room.next =
            (self.tokens.count.val() <= self.token_low.val()) & (self.wanted.count.val() <= 2);
        self.tokens.push.next = self.token_valid.val();
        self.tokens.data_in.next = bit_cast::<99, 64>(self.token_first.val())
            | (bit_cast::<99, 34>(self.token_place.val()) << 64)
            | (bit_cast::<99, 1>(self.token_repeats.val().into()) << 98);
        self.wanted.push.next =
            self.token_valid.val() & (self.token_first.val().get_bits::<4>(0) == 1);
        self.wanted.data_in.next = self.token_header.val();

        comment!("The oldest token, with its header if it is an entry's.");
        self.is_entry.next = self.tokens.data_out.val().get_bits::<4>(0) == 1;
        self.takes.next = (self.state.q.val() == State::Take)
            & self.tokens.valid.val()
            & (!self.is_entry.val() | self.headers.valid.val());
        self.tokens.pop.next = self.takes.val();
        self.headers.pop.next = self.takes.val() & self.is_entry.val();
        self.range.header.next = self.header.q.val();
        self.filled.next = (self.token.q.val().get_bits::<4>(0) == 1)
            & self.range.filled.val()
            & self.range.sound.val()
            & !self.failed.q.val();
        self.begins.next = (self.state.q.val() == State::Begin) & !self.jobs.full.val();
        self.jobs.push.next = self.begins.val();
        self.jobs.data_in.next = bit_cast::<140, 64>(self.token.q.val().get_bits::<64>(0))
            | (bit_cast::<140, 64>(self.header.q.val()) << 64)
            | (bit_cast::<140, 1>((self.failed.q.val() | !self.range.sound.val()).into()) << 138)
            | (bit_cast::<140, 1>(self.token.q.val().get_bit(98).into()) << 139);
        if self.filled.val() {
            self.jobs.data_in.next = bit_cast::<140, 64>(self.token.q.val().get_bits::<64>(0))
                | (bit_cast::<140, 64>(self.header.q.val()) << 64)
                | (bit_cast::<140, 10>(self.range.words.val()) << 128)
                | (bit_cast::<140, 1>(self.token.q.val().get_bit(98).into()) << 139);
        }

        comment!("Bursts: to the end of the range or of 16 beats.");
        self.final_burst.next = (self.beat.q.val() >> 4) == (self.end.q.val() >> 4);
        self.stop.next = self.beat.q.val() | 15;
        if self.final_burst.val() {
            self.stop.next = self.end.q.val();
        }
        self.ar_room.next = (!self.ar_valid.q.val() | self.arready.val()) & !self.bursts.full.val();
        self.reads_header.next = self.ar_room.val() & self.wanted.valid.val();
        self.reads_data.next = self.ar_room.val()
            & !self.wanted.valid.val()
            & (self.state.q.val() == State::Read)
            & (self.reserved.q.val() <= self.line_limit.val());
        self.lines.next = self.stop.val() - self.beat.q.val() + 1;
        if self.bus_is_32.val() {
            self.lines.next = (self.stop.val() - self.beat.q.val() + 1) >> 1;
        }
        match self.state.q.val() {
            State::Take => {
                self.token.d.next = self.tokens.data_out.val();
                self.header.d.next = 0.into();
                self.failed.d.next = false;
                if self.is_entry.val() {
                    self.header.d.next = self.headers.data_out.val().get_bits::<64>(0);
                    self.failed.d.next = self.headers.data_out.val().get_bit(64);
                } else if self.tokens.data_out.val().get_bits::<4>(0) == 2 {
                    self.header.d.next =
                        bit_cast::<64, 34>(self.tokens.data_out.val().get_bits::<34>(64));
                }
                if self.takes.val() {
                    self.state.d.next = State::Begin;
                }
            }
            State::Begin => {
                self.beat.d.next = self.range.first.val();
                self.end.d.next = self.range.last.val();
                if self.begins.val() {
                    self.state.d.next = State::Take;
                    if self.filled.val() {
                        self.state.d.next = State::Read;
                    }
                }
            }
            _ => {
                if self.reads_data.val() {
                    self.beat.d.next = self.stop.val() + 1;
                    if self.final_burst.val() {
                        self.state.d.next = State::Take;
                    }
                }
            }
        }
        if self.reads_data.val() & !self.buffer.line_freed.val() {
            self.reserved.d.next = self.reserved.q.val() + self.lines.val();
        } else if self.reads_data.val() {
            self.reserved.d.next = self.reserved.q.val() + self.lines.val() - 1;
        } else if self.buffer.line_freed.val() {
            self.reserved.d.next = self.reserved.q.val() - 1;
        }

        comment!("Requests, headers first.");
        self.wanted.pop.next = self.reads_header.val();
        if self.ar_room.val() {
            self.ar_valid.d.next = self.reads_header.val() | self.reads_data.val();
        } else if self.arready.val() {
            self.ar_valid.d.next = false;
        }
        self.bursts.push.next = self.reads_header.val() | self.reads_data.val();
        self.bursts.data_in.next = 0.into();
        if self.ar_room.val() {
            self.ar_address.d.next = (bit_cast::<40, 34>(self.token.q.val().get_bits::<34>(64))
                << self.block_shift.val())
                | (bit_cast::<40, 10>(self.beat.q.val()) << self.beat_shift.val());
            self.ar_len.d.next = bit_cast::<8, 10>(self.stop.val() - self.beat.q.val());
            self.ar_size.d.next = self.full_size.val();
        }
        if self.reads_header.val() {
            self.ar_address.d.next = self.wanted.data_out.val();
            self.ar_len.d.next = self.header_len.val();
            self.ar_size.d.next = self.header_size.val();
            self.bursts.data_in.next = bit_cast::<4, 3>(
                self.wanted.data_out.val().get_bits::<3>(3) & self.lane_mask.val(),
            ) | 8;
        }
        self.arvalid.next = self.ar_valid.q.val();
        self.araddr.next = self.ar_address.q.val();
        self.arlen.next = self.ar_len.q.val();
        self.arsize.next = self.ar_size.q.val();

        comment!("What arrives, in the order of the requests.");
        self.of_header.next = self.bursts.data_out.val().get_bit(3);
        self.bursts.pop.next = self.rvalid.val() & self.rlast.val();
        self.header_word.next = 0.into();
        for k in 0..self._lanes {
            if self.bursts.data_out.val().get_bits::<3>(0) == self.lane_ids[k].val() {
                self.header_word.next = self.rdata.val().get_bits::<64>(k * 64);
            }
        }
        self.headers.push.next = self.rvalid.val() & self.rlast.val() & self.of_header.val();
        self.headers.data_in.next = bit_cast::<65, 64>(self.header_word.val())
            | (bit_cast::<65, 1>(self.rresp.val().get_bit(1).into()) << 64);
        if self.bus_is_32.val() {
            self.headers.data_in.next = bit_cast::<65, 32>(self.low.q.val())
                | (bit_cast::<65, D>(self.rdata.val()) << 32)
                | (bit_cast::<65, 1>(
                    (self.rresp.val().get_bit(1) | self.low_failed.q.val()).into(),
                ) << 64);
            if self.rvalid.val() {
                self.low.d.next = bit_cast::<32, D>(self.rdata.val());
                self.low_failed.d.next = self.rresp.val().get_bit(1) & !self.rlast.val();
            }
        }
        self.buffer.in_valid.next = self.rvalid.val() & !self.of_header.val();
        self.buffer.in_data.next = self.rdata.val();
        self.buffer.in_error.next = self.rresp.val().get_bit(1);
        self.buffer.take.next = self.word_take.val();

        self.jobs.pop.next = self.frame_take.val();
        self.frame_valid.next = self.jobs.valid.val();
        self.frame_first.next = self.jobs.data_out.val().get_bits::<64>(0);
        self.frame_second.next = self.jobs.data_out.val().get_bits::<64>(64);
        self.frame_words.next = self.jobs.data_out.val().get_bits::<10>(128);
        self.frame_bad.next = self.jobs.data_out.val().get_bit(138);
        self.frame_repeats.next = self.jobs.data_out.val().get_bit(139);
        self.word_valid.next = self.buffer.out_valid.val();
        self.word.next = self.buffer.out_word.val();
        self.word_error.next = self.buffer.out_error.val();
    }
}
