//! Writes entries that came over the link to their slots, data and then header.
//!
//! **Does**: takes a job, reads its lines from the receive buffer and sends them in bursts of 16 beats at most, then the header. All data are held when a
//! job comes, so W never waits for the link. A job may also throw its lines away. **Latency**: a beat per cycle, one cycle between jobs; W two cycles
//! after its AW at the latest, memory ready. **Order**: that of the jobs; an entry is done when memory has answered all its bursts. **Errors**: an entry of which a burst failed is done with an
//! error. **Reset**: idle.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::Config;

/// Bursts that memory has not answered.
const BURSTS: usize = 64;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Data,
    Header,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct LinkWriter<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A job is offered.
    pub job_valid: Signal<In, Bit>,
    /// It is taken.
    pub job_ready: Signal<Out, Bit>,
    /// Its lines are thrown away, and that is all.
    pub job_drops: Signal<In, Bit>,
    /// Lines of data.
    pub job_lines: Signal<In, Bits<10>>,
    /// Its guest.
    pub job_guest: Signal<In, Bits<4>>,
    /// Block address of its slot.
    pub job_place: Signal<In, Bits<34>>,
    /// Byte address of its header.
    pub job_header_address: Signal<In, Bits<40>>,
    /// Its header.
    pub job_header: Signal<In, Bits<64>>,
    /// First beat of its slot.
    pub job_first: Signal<In, Bits<10>>,
    /// Last beat.
    pub job_last: Signal<In, Bits<10>>,
    /// It has data.
    pub job_filled: Signal<In, Bit>,
    /// Reads a line of the receive buffer.
    pub read: Signal<Out, Bit>,
    /// Of 32 bits: the upper half of the line.
    pub half: Signal<Out, Bit>,
    /// Removes lines of it.
    pub skip: Signal<Out, Bit>,
    /// How many.
    pub skip_lines: Signal<Out, Bits<10>>,
    /// The line read.
    pub line: Signal<In, Bits<D>>,
    /// Write address channel.
    pub awvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub awready: Signal<In, Bit>,
    /// Byte address.
    pub awaddr: Signal<Out, Bits<40>>,
    /// Beats - 1.
    pub awlen: Signal<Out, Bits<8>>,
    /// Write data channel.
    pub wvalid: Signal<Out, Bit>,
    /// The beat is taken.
    pub wready: Signal<In, Bit>,
    /// The beat.
    pub wdata: Signal<Out, Bits<D>>,
    /// Its bytes.
    pub wstrb: Signal<Out, Bits<S>>,
    /// Last beat of the burst.
    pub wlast: Signal<Out, Bit>,
    /// A write response; always taken, in order.
    pub response_valid: Signal<In, Bit>,
    /// The response; bit 1 is an error.
    pub response: Signal<In, Bits<2>>,
    /// The oldest entry is done; one cycle.
    pub done_valid: Signal<Out, Bit>,
    /// Its guest.
    pub done_guest: Signal<Out, Bits<4>>,
    /// It could not be written.
    pub done_error: Signal<Out, Bit>,
    state: Register<State>,
    guest: Register<Bits<4>>,
    place: Register<Bits<34>>,
    header_address: Register<Bits<40>>,
    header: Register<Bits<64>>,
    beat: Register<Bits<10>>,
    end: Register<Bits<10>>,
    begins: Register<Bit>,
    requests: Fifo<Bits<48>>,
    bursts: Fifo<Bits<5>>,
    fetched: Register<Bit>,
    fetched_header: Register<Bit>,
    fetched_upper: Register<Bit>,
    fetched_last: Register<Bit>,
    fetched_lane: Register<Bits<3>>,
    fetched_word: Register<Bits<64>>,
    w_valid: Register<Bit>,
    w_data: Register<Bits<D>>,
    w_strobes: Register<Bits<S>>,
    w_last: Register<Bit>,
    errors: Register<Bit>,
    finished: Register<Bit>,
    finished_guest: Register<Bits<4>>,
    finished_error: Register<Bit>,
    front_moves: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    goes: Signal<Local, Bit>,
    ends_burst: Signal<Local, Bit>,
    final_burst: Signal<Local, Bit>,
    stop: Signal<Local, Bits<10>>,
    idles: Signal<Local, Bit>,
    lanes_1: Signal<Local, Bits<D>>,
    lanes_2: Signal<Local, Bits<D>>,
    lanes_4: Signal<Local, Bits<D>>,
    lanes_8: Signal<Local, Bits<D>>,
    all_strobes: Constant<Bits<S>>,
    header_strobes: Constant<Bits<S>>,
    lane_mask: Constant<Bits<3>>,
    block_shift: Constant<Bits<4>>,
    beat_shift: Constant<Bits<4>>,
    header_end: Constant<Bits<10>>,
    bus_is_32: Constant<Bit>,
    bus_has_2_lanes: Constant<Bit>,
    bus_has_4_lanes: Constant<Bit>,
    bus_has_8_lanes: Constant<Bit>,
}

impl<const D: usize, const S: usize> LinkWriter<D, S> {
    /// The writer of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            clock: Signal::default(),
            job_valid: Signal::default(),
            job_ready: Signal::default(),
            job_drops: Signal::default(),
            job_lines: Signal::default(),
            job_guest: Signal::default(),
            job_place: Signal::default(),
            job_header_address: Signal::default(),
            job_header: Signal::default(),
            job_first: Signal::default(),
            job_last: Signal::default(),
            job_filled: Signal::default(),
            read: Signal::default(),
            half: Signal::default(),
            skip: Signal::default(),
            skip_lines: Signal::default(),
            line: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            awaddr: Signal::default(),
            awlen: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            response_valid: Signal::default(),
            response: Signal::default(),
            done_valid: Signal::default(),
            done_guest: Signal::default(),
            done_error: Signal::default(),
            state: Register::default(),
            guest: Register::without_reset(),
            place: Register::without_reset(),
            header_address: Register::without_reset(),
            header: Register::without_reset(),
            beat: Register::without_reset(),
            end: Register::without_reset(),
            begins: Register::without_reset(),
            requests: Fifo::new(4),
            bursts: Fifo::new(BURSTS),
            fetched: Register::default(),
            fetched_header: Register::without_reset(),
            fetched_upper: Register::without_reset(),
            fetched_last: Register::without_reset(),
            fetched_lane: Register::without_reset(),
            fetched_word: Register::without_reset(),
            w_valid: Register::default(),
            w_data: Register::without_reset(),
            w_strobes: Register::without_reset(),
            w_last: Register::without_reset(),
            errors: Register::default(),
            finished: Register::default(),
            finished_guest: Register::without_reset(),
            finished_error: Register::without_reset(),
            front_moves: Signal::default(),
            room: Signal::default(),
            goes: Signal::default(),
            ends_burst: Signal::default(),
            final_burst: Signal::default(),
            stop: Signal::default(),
            idles: Signal::default(),
            lanes_1: Signal::default(),
            lanes_2: Signal::default(),
            lanes_4: Signal::default(),
            lanes_8: Signal::default(),
            all_strobes: Constant::new(Bits::mask()),
            header_strobes: Constant::new(Bits::<S>::mask() >> (S - S.min(8)) as u64),
            lane_mask: constant((D as u64 / 64).max(1) - 1),
            block_shift: constant(u64::from(config.block_shift())),
            beat_shift: constant(u64::from(config.full_size())),
            header_end: constant(u64::from(D == 32)),
            bus_is_32: flag(D == 32),
            bus_has_2_lanes: flag(D >= 128),
            bus_has_4_lanes: flag(D >= 256),
            bus_has_8_lanes: flag(D >= 512),
        }
    }
}

impl<const D: usize, const S: usize> Logic for LinkWriter<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: link_writer");
        comment!("Writes entries that came over the link to their slots, data in bursts of 16 beats at most and then");
        comment!("the header; all data are held when a job comes. An entry is done when memory has answered all its");
        comment!("bursts. Reset: idle.");
        dff_setup!(
            self,
            clock,
            state,
            guest,
            place,
            header_address,
            header,
            beat,
            end,
            begins,
            fetched,
            fetched_header,
            fetched_upper,
            fetched_last,
            fetched_lane,
            fetched_word,
            w_valid,
            w_data,
            w_strobes,
            w_last,
            errors,
            finished,
            finished_guest,
            finished_error
        );
        clock!(self, clock, requests, bursts);

        comment!("A beat in every cycle in which there is room behind it; a burst begins with its request.");
        self.front_moves.next = !self.w_valid.q.val() | self.wready.val();
        self.room.next = !self.fetched.q.val() | self.front_moves.val();
        self.idles.next = self.state.q.val() == State::Idle;
        self.final_burst.next = (self.beat.q.val() >> 4) == (self.end.q.val() >> 4);
        self.stop.next = self.beat.q.val() | 15;
        if self.final_burst.val() {
            self.stop.next = self.end.q.val();
        }
        self.goes.next = !self.idles.val()
            & self.room.val()
            & (!self.begins.q.val() | (!self.requests.full.val() & !self.bursts.full.val()));
        self.ends_burst.next =
            (self.beat.q.val() == self.end.q.val()) | bit_cast::<4, 10>(self.beat.q.val()).all();
        self.requests.push.next = self.goes.val() & self.begins.q.val();
        self.bursts.push.next = self.requests.push.val();
        self.requests.data_in.next = ((bit_cast::<48, 34>(self.place.q.val())
            << self.block_shift.val())
            | (bit_cast::<48, 10>(self.beat.q.val()) << self.beat_shift.val()))
            | (bit_cast::<48, 10>(self.stop.val() - self.beat.q.val()) << 40);
        self.bursts.data_in.next = bit_cast::<5, 4>(self.guest.q.val());
        if self.state.q.val() == State::Header {
            self.requests.data_in.next = bit_cast::<48, 40>(self.header_address.q.val())
                | (bit_cast::<48, 10>(self.header_end.val()) << 40);
            self.bursts.data_in.next = bit_cast::<5, 4>(self.guest.q.val()) | 16;
        }
        if self.goes.val() {
            self.begins.d.next = self.ends_burst.val();
            self.beat.d.next = self.beat.q.val() + 1;
            if self.beat.q.val() == self.end.q.val() {
                if self.state.q.val() == State::Header {
                    self.state.d.next = State::Idle;
                } else {
                    self.state.d.next = State::Header;
                    self.beat.d.next = 0.into();
                    self.end.d.next = self.header_end.val();
                }
            }
        }
        self.job_ready.next = self.idles.val();
        self.skip.next = self.idles.val() & self.job_valid.val() & self.job_drops.val();
        self.skip_lines.next = self.job_lines.val();
        if self.idles.val() {
            self.guest.d.next = self.job_guest.val();
            self.place.d.next = self.job_place.val();
            self.header_address.d.next = self.job_header_address.val();
            self.header.d.next = self.job_header.val();
            self.beat.d.next = self.job_first.val();
            self.end.d.next = self.job_last.val();
            self.begins.d.next = true;
            if self.job_valid.val() & !self.job_drops.val() {
                self.state.d.next = State::Data;
                if !self.job_filled.val() {
                    self.state.d.next = State::Header;
                    self.beat.d.next = 0.into();
                    self.end.d.next = self.header_end.val();
                }
            }
        }

        comment!("The line is read; on a bus of 32 bits with its upper half.");
        self.read.next = self.goes.val() & (self.state.q.val() == State::Data);
        if self.bus_is_32.val() {
            self.read.next = self.goes.val()
                & (self.state.q.val() == State::Data)
                & !self.beat.q.val().get_bit(0);
        }
        if self.room.val() {
            self.fetched.d.next = self.goes.val();
            self.fetched_header.d.next = self.state.q.val() == State::Header;
            self.fetched_upper.d.next = self.beat.q.val().get_bit(0);
            self.fetched_last.d.next = self.ends_burst.val();
            self.fetched_lane.d.next =
                self.header_address.q.val().get_bits::<3>(3) & self.lane_mask.val();
            self.fetched_word.d.next = self.header.q.val();
        }
        self.half.next = self.fetched_upper.q.val();

        comment!("The beat: a line, or the header on every lane of 64 bits.");
        self.lanes_1.next = bit_cast::<D, 64>(self.fetched_word.q.val());
        if self.bus_is_32.val() & self.fetched_upper.q.val() {
            self.lanes_1.next = bit_cast::<D, 32>(self.fetched_word.q.val().get_bits::<32>(32));
        }
        self.lanes_2.next = self.lanes_1.val();
        if self.bus_has_2_lanes.val() {
            self.lanes_2.next = self.lanes_1.val() | (self.lanes_1.val() << 64);
        }
        self.lanes_4.next = self.lanes_2.val();
        if self.bus_has_4_lanes.val() {
            self.lanes_4.next = self.lanes_2.val() | (self.lanes_2.val() << 128);
        }
        self.lanes_8.next = self.lanes_4.val();
        if self.bus_has_8_lanes.val() {
            self.lanes_8.next = self.lanes_4.val() | (self.lanes_4.val() << 256);
        }
        if self.front_moves.val() {
            self.w_valid.d.next = self.fetched.q.val();
            self.w_last.d.next = self.fetched_last.q.val();
            self.w_data.d.next = self.line.val();
            self.w_strobes.d.next = self.all_strobes.val();
            if self.fetched_header.q.val() {
                self.w_data.d.next = self.lanes_8.val();
                if self.bus_has_2_lanes.val() {
                    self.w_strobes.d.next = self.header_strobes.val()
                        << (bit_cast::<6, 3>(self.fetched_lane.q.val()) << 3);
                }
            }
        }
        self.wvalid.next = self.w_valid.q.val();
        self.wdata.next = self.w_data.q.val();
        self.wstrb.next = self.w_strobes.q.val();
        self.wlast.next = self.w_last.q.val();
        self.awvalid.next = self.requests.valid.val();
        self.awaddr.next = bit_cast::<40, 48>(self.requests.data_out.val());
        self.awlen.next = self.requests.data_out.val().get_bits::<8>(40);
        self.requests.pop.next = self.awready.val();

        comment!("Responses: an entry is done with its header's.");
        self.bursts.pop.next = self.response_valid.val();
        self.finished.d.next = self.response_valid.val() & self.bursts.data_out.val().get_bit(4);
        self.finished_guest.d.next = self.bursts.data_out.val().get_bits::<4>(0);
        self.finished_error.d.next = self.errors.q.val() | self.response.val().get_bit(1);
        if self.response_valid.val() {
            self.errors.d.next = (self.errors.q.val() | self.response.val().get_bit(1))
                & !self.bursts.data_out.val().get_bit(4);
        }
        self.done_valid.next = self.finished.q.val();
        self.done_guest.next = self.finished_guest.q.val();
        self.done_error.next = self.finished_error.q.val();
    }
}
