//! The ring reader: walks a guest's pre-image log newest first and has every block restored.
//!
//! `start` asks for a job of the guest; jobs are done one after another, none is lost, and `busy` stays high until
//! the guest's last descriptor has been taken. A job reads the headers of slots used-1 down to 0, 8 bytes each (two
//! beats on a bus of 32 bits), up to 32 in flight, and sends a descriptor, slot to block, for each valid one. Its
//! place is reserved before AR, so R is always taken. A void header is skipped. One that cannot be read is skipped
//! with an `error` pulse; one of another guest or interval, or of a block beyond the memory, with a `corrupt` pulse;
//! the walk goes on. Ring and interval are sampled when the job begins and must not change while `busy`.
//! One descriptor per cycle up to a memory latency of 29, 32 per latency + 3 cycles above. Reset: idle, no job.

use super::constants::flag;
use super::ring_offset::RingOffset;
use super::ring_step::RingStep;
use crate::prelude::*;
use mch_spec::{Config, Strategy};

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Load,
    Walk,
}

/// See the module.
#[derive(Clone, Debug, LogicBlock)]
pub struct RingReader<const D: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Per guest: asks for a job; one cycle.
    pub start: Vec<Signal<In, Bit>>,
    /// Per guest: a job is waiting or going on.
    pub busy: Vec<Signal<Out, Bit>>,
    /// Per guest: a header is not of this guest and interval; one cycle each.
    pub corrupt: Vec<Signal<Out, Bit>>,
    /// Per guest: a header could not be read; one cycle each.
    pub error: Vec<Signal<Out, Bit>>,
    /// Per guest: first page of its ring.
    pub ring_base: Vec<Signal<In, Bits<28>>>,
    /// Per guest: log2 of its ring's bytes.
    pub ring_size: Vec<Signal<In, Bits<6>>>,
    /// Per guest: what its job is. 0 RESTORE, 1 DRAIN, 2 REWIND, 3 DRAIN of a standby into memory, whatever the interval.
    pub way: Vec<Signal<In, Bits<2>>>,
    /// Per guest: slots to walk.
    pub ring_used: Vec<Signal<In, Bits<26>>>,
    /// Per guest: slot at which a DRAIN or REWIND begins. With S1.
    pub ring_first: Vec<Signal<In, Bits<26>>>,
    /// Per guest: number of its interval, low 16 bits.
    pub interval: Vec<Signal<In, Bits<16>>>,
    /// First page of system memory.
    pub mem_base: Signal<In, Bits<28>>,
    /// First page of the shadow. With S1.
    pub shadow_base: Signal<In, Bits<28>>,
    /// Read address channel.
    pub arvalid: Signal<Out, Bit>,
    /// The request is taken.
    pub arready: Signal<In, Bit>,
    /// Byte address of a header.
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
    /// A descriptor.
    pub out_valid: Signal<Out, Bit>,
    /// It is taken.
    pub out_ready: Signal<In, Bit>,
    /// Block address to read.
    pub out_source: Signal<Out, Bits<34>>,
    /// Block address to write.
    pub out_destination: Signal<Out, Bits<34>>,
    /// First unit of the part of the block to copy.
    pub out_first: Signal<Out, Bits<7>>,
    /// Last unit of that part.
    pub out_last: Signal<Out, Bits<7>>,
    /// Block of system memory.
    pub out_block: Signal<Out, Bits<26>>,
    /// Its guest.
    pub out_guest: Signal<Out, Bits<4>>,
    /// Nobody waits for it: it is of a drain. With S1 or S2.
    pub out_lazy: Signal<Out, Bit>,
    offset: RingOffset,
    pending: Vec<Register<Bit>>,
    state: Register<State>,
    guest: Register<Bits<4>>,
    base: Register<Bits<28>>,
    size: Register<Bits<6>>,
    job_interval: Register<Bits<16>>,
    header_base: Register<Bits<40>>,
    slot: Register<Bits<26>>,
    more: Register<Bit>,
    in_flight: Register<Bits<6>>,
    left: Register<Bits<26>>,
    last_slot: Register<Bits<26>>,
    job_way: Register<Bits<2>>,
    arrival: Register<Bits<26>>,
    request_step: RingStep,
    arrival_step: RingStep,
    entry_step: RingStep,
    low_half: Register<Bits<32>>,
    low_failed: Register<Bit>,
    raw: Register<Bits<64>>,
    raw_valid: Register<Bit>,
    raw_failed: Register<Bit>,
    entries: Fifo<Bits<27>>,
    parts: Maybe<Fifo<Bits<14>>>,
    part: Register<Bits<14>>,
    rewinds: Register<Bit>,
    applies: Register<Bit>,
    entry_slot: Register<Bits<26>>,
    valid: Register<Bit>,
    source: Register<Bits<34>>,
    block: Register<Bits<26>>,
    corrupt_now: Register<Bit>,
    error_now: Register<Bit>,
    chosen: Signal<Local, Bit>,
    used: Signal<Local, Bits<26>>,
    first: Signal<Local, Bits<26>>,
    start_slot: Signal<Local, Bits<26>>,
    chosen_way: Signal<Local, Bits<2>>,
    forward: Signal<Local, Bit>,
    more_after: Signal<Local, Bit>,
    in_ring: Signal<Local, Bits<34>>,
    in_shadow: Signal<Local, Bits<34>>,
    in_memory: Signal<Local, Bits<34>>,
    request: Signal<Local, Bit>,
    sent: Signal<Local, Bit>,
    header: Signal<Local, Bits<64>>,
    foreign: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    pop: Signal<Local, Bit>,
    guests: Vec<Constant<Bits<4>>>,
    lanes: Vec<Constant<Bits<3>>>,
    lane_mask: Constant<Bits<3>>,
    guest_last: Constant<Bits<4>>,
    beyond: Constant<Bits<26>>,
    length: Constant<Bits<8>>,
    beat_size: Constant<Bits<3>>,
    bus_is_32: Constant<Bit>,
    has_restore: Constant<Bit>,
    has_walks: Constant<Bit>,
    has_link: Constant<Bit>,
    has_shadow: Constant<Bit>,
    block_shift: Constant<Bits<4>>,
    page_shift: Constant<Bits<4>>,
    _guests: usize,
    _lanes: usize,
}

impl<const D: usize> RingReader<D> {
    /// The reader for a configuration.
    ///
    /// # Panics
    /// When D is not the configuration's data width: a mistake in the generator.
    pub fn new(config: &Config) -> Self {
        assert!(
            D == config.data_width as usize,
            "a ring reader of {D} bits for a bus of {} bits",
            config.data_width
        );
        let guests = config.guests as usize;
        let lanes = D / 64;
        let address = config.address_width as usize;
        let has_walks = config.captures();
        let block_address = address - config.block_shift() as usize;
        let block = (config.block_bits() as usize).max(1);
        let slot = || Register::narrow_without_reset(block_address.min(26));
        Self {
            clock: Signal::default(),
            start: vec![Signal::default(); guests],
            busy: vec![Signal::default(); guests],
            corrupt: vec![Signal::default(); guests],
            error: vec![Signal::default(); guests],
            ring_base: vec![Signal::default(); guests],
            ring_size: vec![Signal::default(); guests],
            way: vec![Signal::default(); guests],
            ring_used: vec![Signal::default(); guests],
            ring_first: vec![Signal::default(); guests],
            interval: vec![Signal::default(); guests],
            mem_base: Signal::default(),
            shadow_base: Signal::default(),
            arvalid: Signal::default(),
            arready: Signal::default(),
            araddr: Signal::default(),
            arlen: Signal::default(),
            arsize: Signal::default(),
            rvalid: Signal::default(),
            rdata: Signal::default(),
            rresp: Signal::default(),
            rlast: Signal::default(),
            out_valid: Signal::default(),
            out_ready: Signal::default(),
            out_source: Signal::default(),
            out_destination: Signal::default(),
            out_first: Signal::default(),
            out_last: Signal::default(),
            out_block: Signal::default(),
            out_guest: Signal::default(),
            out_lazy: Signal::default(),
            offset: RingOffset::new(config),
            pending: vec![Register::default(); guests],
            state: Register::default(),
            guest: Register::narrow(0.into(), clog2(guests).max(1)),
            base: Register::narrow_without_reset(address - 12),
            size: Register::without_reset(),
            job_interval: Register::without_reset(),
            header_base: Register::narrow_without_reset(address),
            slot: slot(),
            more: Register::default(),
            in_flight: Register::default(),
            left: slot(),
            last_slot: slot(),
            job_way: Register::without_reset(),
            arrival: Register::narrow_without_reset(if has_walks {
                block_address.min(26)
            } else {
                clog2(lanes).max(1)
            }),
            request_step: RingStep::new(config),
            arrival_step: RingStep::new(config),
            entry_step: RingStep::new(config),
            low_half: Register::without_reset(),
            low_failed: Register::default(),
            raw: Register::without_reset(),
            raw_valid: Register::default(),
            raw_failed: Register::without_reset(),
            entries: Fifo::narrow(32, block + 1),
            parts: Maybe::new(Fifo::new(32), has_walks),
            part: Register::without_reset(),
            rewinds: Register::without_reset(),
            applies: Register::without_reset(),
            entry_slot: slot(),
            valid: Register::default(),
            source: Register::narrow_without_reset(block_address),
            block: Register::narrow_without_reset(block),
            corrupt_now: Register::default(),
            error_now: Register::default(),
            chosen: Signal::default(),
            used: Signal::default(),
            first: Signal::default(),
            start_slot: Signal::default(),
            chosen_way: Signal::default(),
            forward: Signal::default(),
            more_after: Signal::default(),
            in_ring: Signal::default(),
            in_shadow: Signal::default(),
            in_memory: Signal::default(),
            request: Signal::default(),
            sent: Signal::default(),
            header: Signal::default(),
            foreign: Signal::default(),
            good: Signal::default(),
            room: Signal::default(),
            pop: Signal::default(),
            guests: (0..guests).map(|g| Constant::new(g.to_bits())).collect(),
            lanes: (0..lanes).map(|k| Constant::new(k.to_bits())).collect(),
            lane_mask: Constant::new(lanes.saturating_sub(1).to_bits()),
            guest_last: Constant::new((guests - 1).to_bits()),
            beyond: Constant::new(!(Bits::mask() >> (26 - block) as u64)),
            length: Constant::new(usize::from(D == 32).to_bits()),
            beat_size: Constant::new(if D == 32 { 2 } else { 3 }.into()),
            bus_is_32: Constant::new(D == 32),
            has_restore: flag(config.has(Strategy::S6)),
            has_walks: flag(has_walks),
            has_link: flag(config.link),
            has_shadow: flag(config.has(Strategy::S1)),
            block_shift: Constant::new((config.block_shift() as usize).to_bits()),
            page_shift: Constant::new((12 - config.block_shift() as usize).to_bits()),
            _guests: guests,
            _lanes: lanes,
        }
    }
}

impl<const D: usize> Logic for RingReader<D> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: ring_reader");
        comment!("Walks a guest's pre-image log newest first: reads the headers of slots used-1 down to 0, up");
        comment!("to 32 in flight, and sends a descriptor, slot to block, for each valid one. A void header is");
        comment!(
            "skipped; so is one that cannot be read (error pulse), or that is of another guest or"
        );
        comment!("interval or of a block beyond the memory (corrupt pulse). Jobs of several guests are done");
        comment!("one after another; busy until the last descriptor is taken. Reset: idle.");
        dff_setup!(
            self,
            clock,
            state,
            guest,
            base,
            size,
            job_interval,
            header_base,
            slot,
            more,
            in_flight,
            left,
            last_slot,
            job_way,
            arrival,
            part,
            rewinds,
            applies,
            low_half,
            low_failed,
            raw,
            raw_valid,
            raw_failed,
            entry_slot,
            valid,
            source,
            block,
            corrupt_now,
            error_now
        );
        clock!(self, clock, entries);

        comment!("Jobs: the turn goes round until it meets a guest with one.");
        self.chosen.next = false;
        self.used.next = 0.into();
        self.first.next = 0.into();
        self.chosen_way.next = 0.into();
        for g in 0..self._guests {
            self.pending[g].clock.next = self.clock.val();
            self.pending[g].d.next = self.pending[g].q.val() | self.start[g].val();
            self.busy[g].next = self.pending[g].q.val();
            self.corrupt[g].next = false;
            self.error[g].next = false;
            if self.guest.q.val() == self.guests[g].val() {
                self.chosen.next = self.pending[g].q.val();
                self.used.next = self.ring_used[g].val();
                self.first.next = self.ring_first[g].val();
                self.chosen_way.next = self.way[g].val();
                self.busy[g].next = self.pending[g].q.val() | (self.state.q.val() != State::Idle);
                self.corrupt[g].next = self.corrupt_now.q.val();
                self.error[g].next = self.error_now.q.val();
                if self.state.q.val() == State::Idle {
                    self.pending[g].d.next = self.start[g].val();
                    self.base.d.next = self.ring_base[g].val();
                    self.size.d.next = self.ring_size[g].val();
                    self.job_way.d.next = self.way[g].val();
                    self.job_interval.d.next = self.interval[g].val();
                }
            }
        }
        self.offset.size.next = self.size.q.val();
        self.request.next = self.more.q.val() & !self.in_flight.q.val().get_bit(5);
        self.sent.next = self.request.val() & self.arready.val();
        if self.has_walks.val() {
            self.forward.next = true;
            if self.has_restore.val() {
                self.forward.next = self.job_way.q.val().any();
            }
        } else {
            self.forward.next = false;
        }
        self.request_step.slot.next = self.slot.q.val();
        self.request_step.forward.next = self.forward.val();
        self.request_step.last.next = self.last_slot.q.val();
        self.arrival_step.slot.next = self.arrival.q.val();
        self.arrival_step.forward.next = self.forward.val();
        self.arrival_step.last.next = self.last_slot.q.val();
        self.entry_step.slot.next = self.entry_slot.q.val();
        self.entry_step.forward.next = self.forward.val();
        self.entry_step.last.next = self.last_slot.q.val();
        // The job's first slot is the newest, or with S1 the oldest.
        self.start_slot.next = self.slot.q.val() - 1;
        self.more_after.next = self.slot.q.val().any();
        if self.has_walks.val() & self.forward.val() {
            self.start_slot.next = self.slot.q.val();
            self.more_after.next = self.left.q.val().any();
        }
        match self.state.q.val() {
            State::Idle => {
                self.slot.d.next = self.used.val();
                if self.has_walks.val() {
                    self.left.d.next = self.used.val();
                    self.slot.d.next = self.first.val();
                    if self.has_restore.val() & !self.chosen_way.val().any() {
                        self.slot.d.next = self.used.val();
                    }
                }
                self.more.d.next = false;
                if self.chosen.val() {
                    self.state.d.next = State::Load;
                } else if self.guest.q.val() == self.guest_last.val() {
                    self.guest.d.next = 0.into();
                } else {
                    self.guest.d.next = self.guest.q.val() + 1;
                }
            }
            State::Load => {
                self.header_base.d.next =
                    (bit_cast::<40, 28>(self.base.q.val()) << 12) | self.offset.offset.val();
                self.more.d.next = self.more_after.val();
                self.slot.d.next = self.start_slot.val();
                if self.has_walks.val() {
                    self.last_slot.d.next =
                        bit_cast::<26, 40>(self.offset.offset.val() >> self.block_shift.val()) - 1;
                    self.left.d.next = self.left.q.val() - 1;
                    // A committed entry is of the interval before.
                    if self.job_way.q.val().get_bit(0) {
                        self.job_interval.d.next = self.job_interval.q.val() - 1;
                    }
                }
                self.state.d.next = State::Walk;
            }
            _ => {
                if self.sent.val() {
                    self.more.d.next = self.more_after.val();
                    self.slot.d.next = self.request_step.after.val();
                    self.left.d.next = self.left.q.val() - 1;
                }
                if !self.more.q.val() & !self.in_flight.q.val().any() & !self.valid.q.val() {
                    self.state.d.next = State::Idle;
                }
            }
        }
        self.arvalid.next = self.request.val();
        self.araddr.next = self.header_base.q.val() | (bit_cast::<40, 26>(self.slot.q.val()) << 3);
        self.arlen.next = self.length.val();
        self.arsize.next = self.beat_size.val();

        comment!("What arrives: the header's lane of the beat, or its two halves.");
        self.header.next = 0.into();
        if self.bus_is_32.val() {
            self.header.next = (bit_cast::<64, D>(self.rdata.val()) << 32)
                | bit_cast::<64, 32>(self.low_half.q.val());
            if self.rvalid.val() {
                self.low_half.d.next = bit_cast::<32, D>(self.rdata.val());
                self.low_failed.d.next = self.rresp.val().get_bit(1) & !self.rlast.val();
            }
        }
        for k in 0..self._lanes {
            if (bit_cast::<3, 26>(self.arrival.q.val()) & self.lane_mask.val())
                == self.lanes[k].val()
            {
                self.header.next = self.rdata.val().get_bits::<64>(k * 64);
            }
        }
        self.raw_valid.d.next = self.rvalid.val() & self.rlast.val();
        self.raw.d.next = self.header.val();
        self.raw_failed.d.next = self.rresp.val().get_bit(1);
        if self.bus_is_32.val() {
            self.raw_failed.d.next = self.rresp.val().get_bit(1) | self.low_failed.q.val();
        }
        if self.state.q.val() == State::Load {
            self.arrival.d.next = self.start_slot.val();
        } else if self.rvalid.val() & self.rlast.val() {
            self.arrival.d.next = self.arrival_step.after.val();
        }

        comment!("Is it what the log should hold?");
        self.foreign.next = (self.raw.q.val().get_bits::<4>(40) != self.guest.q.val())
            | (self.raw.q.val().get_bits::<16>(48) != self.job_interval.q.val())
            | (self.raw.q.val().get_bits::<26>(0) & self.beyond.val()).any();
        if self.has_link.val() & self.job_way.q.val().all() {
            self.foreign.next = (self.raw.q.val().get_bits::<4>(40) != self.guest.q.val())
                | (self.raw.q.val().get_bits::<26>(0) & self.beyond.val()).any();
        }
        self.good.next =
            !self.raw_failed.q.val() & !self.foreign.val() & !self.raw.q.val().get_bit(36);
        self.error_now.d.next = self.raw_valid.q.val() & self.raw_failed.q.val();
        self.corrupt_now.d.next =
            self.raw_valid.q.val() & !self.raw_failed.q.val() & self.foreign.val();
        self.entries.push.next = self.raw_valid.q.val();
        self.entries.data_in.next = bit_cast::<27, 1>(self.good.val().into())
            | (bit_cast::<27, 26>(self.raw.q.val().get_bits::<26>(0)) << 1);

        comment!("Descriptors. An entry's slot is known by its order.");
        self.in_ring.next = (bit_cast::<34, 28>(self.base.q.val()) << self.page_shift.val())
            | bit_cast::<34, 26>(self.entry_slot.q.val());
        self.room.next = !self.valid.q.val() | self.out_ready.val();
        self.pop.next = self.entries.valid.val() & self.room.val();
        self.entries.pop.next = self.pop.val();
        if self.has_walks.val() {
            clock!(self, clock, parts);
            self.parts.push.next = self.raw_valid.q.val();
            self.parts.data_in.next = bit_cast::<14, 10>(self.raw.q.val().get_bits::<10>(26))
                | (bit_cast::<14, 4>(self.raw.q.val().get_bits::<4>(44)) << 10);
            self.parts.pop.next = self.pop.val();
        }
        if self.room.val() {
            self.valid.d.next = self.pop.val() & self.entries.data_out.val().get_bit(0);
            self.source.d.next = self.in_ring.val();
            if self.has_walks.val() {
                self.part.d.next = self.parts.data_out.val();
                self.rewinds.d.next = self.job_way.q.val().get_bit(1);
                if self.has_link.val() {
                    self.rewinds.d.next =
                        self.job_way.q.val().get_bit(1) & !self.job_way.q.val().get_bit(0);
                    self.applies.d.next = self.job_way.q.val().all();
                }
            }
            self.block.d.next = self.entries.data_out.val().get_bits::<26>(1);
        }
        if self.state.q.val() == State::Load {
            self.entry_slot.d.next = self.start_slot.val();
        } else if self.pop.val() {
            self.entry_slot.d.next = self.entry_step.after.val();
        }
        if self.sent.val() & !self.pop.val() {
            self.in_flight.d.next = self.in_flight.q.val() + 1;
        } else if self.pop.val() & !self.sent.val() {
            self.in_flight.d.next = self.in_flight.q.val() - 1;
        }
        self.out_valid.next = self.valid.q.val();
        self.in_memory.next = (bit_cast::<34, 28>(self.mem_base.val()) << self.page_shift.val())
            | bit_cast::<34, 26>(self.block.q.val());
        self.in_shadow.next = 0.into();
        self.out_source.next = self.source.q.val();
        self.out_destination.next = self.in_memory.val();
        self.out_first.next = 0.into();
        self.out_last.next = bits::<7>(127);
        if self.has_walks.val() & self.forward.val() {
            self.out_first.next = self.part.q.val().get_bits::<7>(0);
            self.out_last.next = self.part.q.val().get_bits::<7>(7);
        }
        if self.has_walks.val() & self.has_shadow.val() {
            self.in_shadow.next = (bit_cast::<34, 28>(self.shadow_base.val())
                << self.page_shift.val())
                | bit_cast::<34, 26>(self.block.q.val());
            if self.forward.val() {
                if self.rewinds.q.val() {
                    self.out_source.next = self.in_shadow.val();
                } else if !self.has_link.val() | !self.applies.q.val() {
                    self.out_destination.next = self.in_shadow.val();
                }
            }
        }
        self.out_block.next = self.block.q.val();
        self.out_guest.next = self.guest.q.val();
        self.out_lazy.next = false;
        if self.has_walks.val() & self.forward.val() {
            self.out_lazy.next = !self.rewinds.q.val();
        }
    }
}
