//! The entrance of a write port: addresses and beats wait here until a whole burst is held.
//!
//! **Does**: queues AW and W independently of each other (either may come first) and offers the oldest burst once all its beats
//! are held, so that nothing of a burst reaches memory before its last beat has come. **Latency**: an address or a beat can be taken in the cycle after
//! it came. **Order**: as they came. **Flush**: `refuse` takes nothing more from the master; `purge` throws away what is held.
//! **S5**: tells whether all strobes of the oldest burst are set; then at most 64 complete bursts are taken without an address. **Errors**: none. **Reset**: empty.

use super::beat_buffer::BeatBuffer;
use super::constants::flag;
use super::write_types::WriteAddress;
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Complete bursts whose strobes are remembered.
const BURSTS_REMEMBERED: usize = 64;

/// Queues of write addresses and beats.
#[derive(Clone, Debug, LogicBlock)]
pub struct WriteIntake<const D: usize, const S: usize> {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// AWVALID.
    pub awvalid: Signal<In, Bit>,
    /// AWREADY.
    pub awready: Signal<Out, Bit>,
    /// The address and its attributes.
    pub aw: Signal<In, WriteAddress>,
    /// WVALID.
    pub wvalid: Signal<In, Bit>,
    /// WREADY.
    pub wready: Signal<Out, Bit>,
    /// WDATA.
    pub wdata: Signal<In, Bits<D>>,
    /// WSTRB.
    pub wstrb: Signal<In, Bits<S>>,
    /// WLAST.
    pub wlast: Signal<In, Bit>,
    /// Takes nothing from the master.
    pub refuse: Signal<In, Bit>,
    /// Throws away everything held; only while nothing of it is in use.
    pub purge: Signal<In, Bit>,
    /// The oldest burst is held whole.
    pub burst_valid: Signal<Out, Bit>,
    /// That burst.
    pub burst: Signal<Out, WriteAddress>,
    /// All strobes of all its beats are set. With S5.
    pub burst_full: Signal<Out, Bit>,
    /// Takes that burst; its beats stay until taken.
    pub burst_take: Signal<In, Bit>,
    /// The oldest beat is at the output.
    pub beat_valid: Signal<Out, Bit>,
    /// Its data.
    pub beat_data: Signal<Out, Bits<D>>,
    /// Its strobes.
    pub beat_strobes: Signal<Out, Bits<S>>,
    /// Takes that beat.
    pub beat_take: Signal<In, Bit>,
    /// Neither an address nor a beat is held.
    pub empty: Signal<Out, Bit>,
    addresses: Fifo<WriteAddress>,
    beats: BeatBuffer<D, S>,
    complete: Register<Bits<16>>,
    some_complete: Register<Bit>,
    fulls: Maybe<Fifo<Bit>>,
    full_so_far: Register<Bit>,
    takes_beat: Signal<Local, Bit>,
    no_room: Signal<Local, Bit>,
    completes: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    has_s5: Constant<Bit>,
}

impl<const D: usize, const S: usize> WriteIntake<D, S> {
    /// The queues for a configuration.
    pub fn new(config: &Config) -> Self {
        let beats = config.w_buffer_beats() as usize;
        Self {
            clock: Signal::default(),
            awvalid: Signal::default(),
            awready: Signal::default(),
            aw: Signal::default(),
            wvalid: Signal::default(),
            wready: Signal::default(),
            wdata: Signal::default(),
            wstrb: Signal::default(),
            wlast: Signal::default(),
            refuse: Signal::default(),
            purge: Signal::default(),
            burst_valid: Signal::default(),
            burst: Signal::default(),
            burst_full: Signal::default(),
            burst_take: Signal::default(),
            beat_valid: Signal::default(),
            beat_data: Signal::default(),
            beat_strobes: Signal::default(),
            beat_take: Signal::default(),
            empty: Signal::default(),
            addresses: Fifo::new(config.outstanding as usize),
            beats: BeatBuffer::new(beats, config.compact),
            some_complete: Register::default(),
            complete: Register::narrow(0.into(), clog2(beats + 1)),
            fulls: Maybe::new(Fifo::new(BURSTS_REMEMBERED), config.has(Strategy::S5)),
            full_so_far: Register::new(true),
            takes_beat: Signal::default(),
            no_room: Signal::default(),
            completes: Signal::default(),
            taken: Signal::default(),
            has_s5: flag(config.has(Strategy::S5)),
        }
    }
}

impl<const D: usize, const S: usize> Logic for WriteIntake<D, S> {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: write_intake");
        comment!("Queues write addresses and beats, in any order of arrival, and offers the oldest burst once its last");
        comment!("beat is held. refuse: take nothing more; purge: throw away what is held. Reset: empty.");
        dff_setup!(self, clock, complete, some_complete, full_so_far);
        clock!(self, clock, addresses, beats);
        self.awready.next = !self.addresses.full.val() & !self.refuse.val();
        self.addresses.push.next = self.awvalid.val() & !self.refuse.val();
        self.addresses.data_in.next = self.aw.val();
        self.no_room.next = self.beats.full.val() | self.refuse.val();
        if self.has_s5.val() {
            self.no_room.next = self.beats.full.val() | self.refuse.val() | self.fulls.full.val();
        }
        self.wready.next = !self.no_room.val();
        self.takes_beat.next = self.wvalid.val() & !self.no_room.val();
        self.beats.in_valid.next = self.takes_beat.val();
        self.beats.in_data.next = self.wdata.val();
        self.beats.in_side.next = self.wstrb.val();

        self.burst_valid.next = self.addresses.valid.val() & self.some_complete.q.val();
        self.burst.next = self.addresses.data_out.val();
        self.taken.next =
            self.burst_take.val() & self.addresses.valid.val() & self.some_complete.q.val();
        self.addresses.pop.next = self.taken.val() | self.purge.val();
        self.beat_valid.next = self.beats.out_valid.val();
        self.beat_data.next = self.beats.out_data.val();
        self.beat_strobes.next = self.beats.out_side.val();
        self.beats.take.next = self.beat_take.val() | self.purge.val();
        self.empty.next = !self.addresses.valid.val() & !self.beats.count.val().any();

        // Bursts whose last beat is held and whose address is not taken yet.
        self.completes.next = self.takes_beat.val() & self.wlast.val();
        if self.purge.val() {
            self.complete.d.next = 0.into();
            self.some_complete.d.next = false;
        } else if self.completes.val() & !self.taken.val() {
            self.complete.d.next = self.complete.q.val() + 1;
            self.some_complete.d.next = true;
        } else if self.taken.val() & !self.completes.val() {
            self.complete.d.next = self.complete.q.val() - 1;
            self.some_complete.d.next = self.complete.q.val() != bits::<16>(1);
        }

        // Whether all strobes were set, a bit per complete burst.
        self.burst_full.next = false;
        if self.has_s5.val() {
            clock!(self, clock, fulls);
            if self.purge.val() | self.completes.val() {
                self.full_so_far.d.next = true;
            } else if self.takes_beat.val() {
                self.full_so_far.d.next = self.full_so_far.q.val() & self.wstrb.val().all();
            }
            self.fulls.push.next = self.completes.val();
            self.fulls.data_in.next = self.full_so_far.q.val() & self.wstrb.val().all();
            self.fulls.pop.next = self.taken.val() | self.purge.val();
            self.burst_full.next = self.fulls.data_out.val();
        }
    }
}
