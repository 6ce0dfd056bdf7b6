//! A worked example of two levels: a meter that counts events in several lanes and, if asked, logs them.
//!
//! Run it with `cargo run -p mch-hdl --example event_meter`: it steps the design in Rust, then prints its
//! Verilog.

use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::*;

/// The port on which finished events leave: an interface, so that the Verilog shows `log_valid`, ...
#[derive(Clone, Debug, Default, LogicInterface)]
struct EventSource {
    valid: Signal<Out, Bit>,
    lane: Signal<Out, Bits<8>>,
    ready: Signal<In, Bit>,
}

/// Counts events of one lane, up to a limit.
#[derive(Clone, Debug, LogicBlock)]
struct LaneCounter {
    clock: Signal<In, ClkRst>,
    hit: Signal<In, Bit>,
    clear: Signal<In, Bit>,
    count: Signal<Out, Bits<32>>,
    counter: Register<Bits<32>>,
    limit: Constant<Bits<32>>,
}

impl LaneCounter {
    fn new(limit: u32) -> Self {
        let width = clog2(limit as usize + 1);
        Self {
            clock: Signal::default(),
            hit: Signal::default(),
            clear: Signal::default(),
            count: Signal::default(),
            counter: Register::narrow(0.into(), width),
            limit: Constant::new(limit.to_bits()),
        }
    }
}

impl Logic for LaneCounter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: lane_counter");
        comment!("Counts the cycles with hit set and stops at its limit; clear wins.");
        dff_setup!(self, clock, counter);
        if self.clear.val() {
            self.counter.d.next = 0.into();
        } else if self.hit.val() & (self.counter.q.val() != self.limit.val()) {
            self.counter.d.next = self.counter.q.val() + 1;
        }
        self.count.next = self.counter.q.val();
    }
}

/// A counter for each lane, a sum over them, and an optional log of lane numbers.
#[derive(Clone, Debug, LogicBlock)]
struct EventMeter {
    clock: Signal<In, ClkRst>,
    events: Signal<In, Bits<16>>,
    clear: Signal<In, Bit>,
    selected: Signal<In, Bits<4>>,
    count: Signal<Out, Bits<32>>,
    log: Maybe<EventSource>,
    lane: Vec<LaneCounter>,
    queue: Maybe<Fifo<Bits<8>>>,
    ids: Vec<Constant<Bits<4>>>,
    has_log: Constant<Bit>,
    /// Names that begin with an underscore are invisible to the hardware: run-time sizes live there.
    _lanes: usize,
}

impl EventMeter {
    fn new(lanes: usize, limit: u32, log_depth: Option<usize>) -> Self {
        Self {
            clock: Signal::default(),
            events: Signal::default(),
            clear: Signal::default(),
            selected: Signal::default(),
            count: Signal::default(),
            log: Maybe::new(EventSource::default(), log_depth.is_some()),
            lane: (0..lanes).map(|_| LaneCounter::new(limit)).collect(),
            queue: Maybe::new(Fifo::new(log_depth.unwrap_or(1)), log_depth.is_some()),
            ids: (0..lanes).map(|k| Constant::new(k.to_bits())).collect(),
            has_log: Constant::new(log_depth.is_some()),
            _lanes: lanes,
        }
    }
}

impl Logic for EventMeter {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: event_meter");
        comment!("Counts events in several lanes; selected picks the count shown.");
        self.count.next = 0.into();
        for k in 0..self._lanes {
            self.lane[k].clock.next = self.clock.val();
            self.lane[k].hit.next = self.events.val().get_bit(k);
            self.lane[k].clear.next = self.clear.val();
            if self.selected.val() == self.ids[k].val() {
                self.count.next = self.lane[k].count.val();
            }
        }
        if self.has_log.val() {
            clock!(self, clock, queue);
            self.queue.push.next = self.events.val().any();
            self.queue.data_in.next = bit_cast::<8, 16>(self.events.val());
            self.queue.pop.next = self.log.ready.val();
            self.log.valid.next = self.queue.valid.val();
            self.log.lane.next = self.queue.data_out.val();
        }
    }
}

/// Steps a design by one clock cycle in rust-hdl's own simulator.
fn cycle(meter: &mut EventMeter) {
    for _ in 0..2 {
        meter.clock.next = meter.clock.val().toggled();
        assert!(simulate(meter, 20), "the design must settle");
    }
}

fn main() {
    let mut meter = EventMeter::new(3, 1000, Some(4));
    meter.connect_all();
    meter.clock.next.rst = true;
    assert!(simulate(&mut meter, 20), "the design must settle");
    cycle(&mut meter);
    meter.clock.next.rst = false;
    meter.events.next = 0b101.into();
    meter.selected.next = 2.into();
    assert!(simulate(&mut meter, 20), "the design must settle");
    for _ in 0..5 {
        cycle(&mut meter);
    }
    println!(
        "lane 2 counted {:?} events; the log holds {:?}",
        meter.count.val(),
        meter.log.lane.val()
    );
    for lanes in [3, 0] {
        let design = EventMeter::new(lanes, 1000, (lanes > 0).then_some(4));
        match emit(&design, &EmitOptions::default()) {
            Ok(files) => {
                for file in files {
                    println!("// ---- {}\n{}", file.name, file.text);
                }
            }
            Err(error) => println!("{error}"),
        }
    }
}
