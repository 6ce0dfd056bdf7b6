//! A guest's rendezvous: the request to its processors, their arrivals, the release, the time-out.
//!
//! **Does**: `begins` numbers a new rendezvous and raises `requested`; a processor arrives by writing that number; `releases` ends it with a
//! status. An arrival with another number, or while none is requested, is ignored.
//! **Latency**: a cycle from cause to output. `arrived` is combinational from registers.
//! **Reset**: number 0, nothing requested.

use super::constants::{constant, identities};
use crate::prelude::*;
use mch_spec::config::Config;

/// Rendezvous of a guest's processors.
#[derive(Clone, Debug, LogicBlock)]
pub struct Rendezvous {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// A new rendezvous.
    pub begins: Signal<In, Bit>,
    /// Ends it with `release_status`.
    pub releases: Signal<In, Bit>,
    /// The status that the processors read.
    pub release_status: Signal<In, Bits<8>>,
    /// A processor writes `arrive_data`.
    pub arrive: Signal<In, Bit>,
    /// Rendezvous number [23:0], processor [31:24].
    pub arrive_data: Signal<In, Bits<32>>,
    /// Processors that must arrive.
    pub processors: Signal<In, Bits<6>>,
    /// Cycles a rendezvous may last; 0: no limit.
    pub timeout: Signal<In, Bits<32>>,
    /// Number of the last rendezvous.
    pub number: Signal<Out, Bits<24>>,
    /// The interrupt to the guest's processors.
    pub requested: Signal<Out, Bit>,
    /// A bit per processor that has arrived.
    pub arrivals: Signal<Out, Bits<32>>,
    /// All have arrived.
    pub arrived: Signal<Out, Bit>,
    /// The rendezvous has lasted too long.
    pub timed_out: Signal<Out, Bit>,
    /// Number [23:0] and status [31:24] of the last release.
    pub released: Signal<Out, Bits<32>>,
    number_now: Register<Bits<24>>,
    requested_now: Register<Bit>,
    arrivals_now: Register<Bits<32>>,
    released_now: Register<Bits<32>>,
    elapsed: Register<Bits<32>>,
    late: Register<Bit>,
    present: Vec<Signal<Local, Bit>>,
    identity: Vec<Constant<Bits<6>>>,
    processor: Vec<Constant<Bits<8>>>,
    status_position: Constant<Bits<6>>,
    _processors: usize,
}

impl Rendezvous {
    /// The rendezvous of a guest with up to `config.processors` processors.
    pub fn new(config: &Config) -> Self {
        let processors = config.processors as usize;
        Self {
            arrivals_now: Register::narrow(0.into(), processors),
            present: super::constants::copies(processors),
            identity: identities(processors),
            processor: identities(processors),
            status_position: constant(24),
            _processors: processors,
            clock: Default::default(),
            begins: Default::default(),
            releases: Default::default(),
            release_status: Default::default(),
            arrive: Default::default(),
            arrive_data: Default::default(),
            processors: Default::default(),
            timeout: Default::default(),
            number: Default::default(),
            requested: Default::default(),
            arrivals: Default::default(),
            arrived: Default::default(),
            timed_out: Default::default(),
            released: Default::default(),
            number_now: Default::default(),
            requested_now: Default::default(),
            released_now: Default::default(),
            elapsed: Default::default(),
            late: Default::default(),
        }
    }
}

impl Logic for Rendezvous {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: rendezvous");
        comment!("A guest's rendezvous: request (interrupt), arrivals by number, release with a status, time-out.");
        comment!("Stale arrivals are ignored. Outputs follow their cause by one cycle. Reset: nothing requested.");
        dff_setup!(
            self,
            clock,
            number_now,
            requested_now,
            arrivals_now,
            released_now,
            elapsed,
            late
        );
        for k in 0..self._processors {
            self.present[k].next = self.arrivals_now.q.val().get_bit(k)
                | (self.identity[k].val() >= self.processors.val());
            if self.arrive.val()
                & self.requested_now.q.val()
                & (bit_cast::<24, 32>(self.arrive_data.val()) == self.number_now.q.val())
                & (self.arrive_data.val().get_bits::<8>(24) == self.processor[k].val())
            {
                self.arrivals_now.d.next = self.arrivals_now.q.val().replace_bit(k, true);
            }
        }
        self.arrived.next = true;
        for k in 0..self._processors {
            if !self.present[k].val() {
                self.arrived.next = false;
            }
        }
        if self.requested_now.q.val() {
            self.elapsed.d.next = self.elapsed.q.val() + 1;
        }
        self.late.d.next = self.requested_now.q.val()
            & self.timeout.val().any()
            & (self.elapsed.q.val() >= self.timeout.val());
        if self.begins.val() {
            self.number_now.d.next = self.number_now.q.val() + 1;
            self.requested_now.d.next = true;
            self.arrivals_now.d.next = 0.into();
            self.elapsed.d.next = 0.into();
            self.late.d.next = false;
        }
        if self.releases.val() {
            self.requested_now.d.next = false;
            self.late.d.next = false;
            self.released_now.d.next = (bit_cast::<32, 8>(self.release_status.val())
                << self.status_position.val())
                | bit_cast::<32, 24>(self.number_now.q.val());
        }
        self.number.next = self.number_now.q.val();
        self.requested.next = self.requested_now.q.val();
        self.arrivals.next = self.arrivals_now.q.val();
        self.timed_out.next = self.late.q.val();
        self.released.next = self.released_now.q.val();
    }
}
