//! The known traps of printing Rust arithmetic as Verilog, each with a name, and the kernel language's
//! structures: enums, structs, links, vectors, optional parts.

use crate::emit_support;

use emit_support::twin::{Clocked, Twin, Value};
use mch_hdl::emit::{emit, EmitOptions};
use mch_hdl::prelude::*;
use rand::{Rng, SeedableRng};

/// One output for each expression that a careless printer gets wrong.
#[derive(LogicBlock, Default)]
struct Traps {
    clock: Signal<In, ClkRst>,
    a: Signal<In, Bits<4>>,
    b: Signal<In, Bits<4>>,
    sum_compared: Signal<Out, Bit>,
    sum_widened: Signal<Out, Bits<5>>,
    not_compared: Signal<Out, Bit>,
    difference_compared: Signal<Out, Bit>,
    sum_shifted: Signal<Out, Bits<4>>,
    sum_sliced: Signal<Out, Bits<2>>,
    sum_bit: Signal<Out, Bit>,
    all_of_sum: Signal<Out, Bit>,
    shift_past_width: Signal<Out, Bits<4>>,
    shift_by_signal: Signal<Out, Bits<4>>,
    shift_right_by_signal: Signal<Out, Bits<2>>,
    dynamic_bit: Signal<Out, Bit>,
    dynamic_slice: Signal<Out, Bits<2>>,
    replaced: Signal<Out, Bits<4>>,
    wide_literal: Signal<Out, Bits<64>>,
    wider_than_64: Signal<Out, Bits<130>>,
    concatenated: Signal<Out, Bits<8>>,
    mixed: Signal<Out, Bits<8>>,
    nested_compare: Signal<Out, Bit>,
    product: Signal<Out, Bits<32>>,
    half_used: Signal<Out, Bits<16>>,
    half_used_bit: Signal<Out, Bit>,
}

impl Logic for Traps {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: traps");
        self.sum_compared.next = (self.a.val() + 1) == self.b.val();
        self.sum_widened.next = bit_cast::<5, 4>(self.a.val() + 1);
        self.not_compared.next = (!self.a.val()) == 3;
        self.difference_compared.next = (self.a.val() - self.b.val()) < 8;
        self.sum_shifted.next = (self.a.val() + self.b.val()) >> 1;
        self.sum_sliced.next = (self.a.val() + self.b.val()).get_bits::<2>(2);
        self.sum_bit.next = (self.a.val() + self.b.val()).get_bit(3);
        self.all_of_sum.next = (self.a.val() + self.b.val()).all();
        self.shift_past_width.next = self.a.val() << 4;
        self.shift_by_signal.next = self.a.val() << self.b.val();
        self.shift_right_by_signal.next = bit_cast::<2, 4>(self.a.val() >> self.b.val());
        self.dynamic_bit.next = self.a.val().get_bit(self.b.val().get_bits::<2>(0).index());
        self.dynamic_slice.next = self
            .a
            .val()
            .get_bits::<2>(self.b.val().get_bits::<2>(1).index());
        self.replaced.next = self.a.val().replace_bit(
            self.b.val().get_bits::<2>(0).index(),
            self.b.val().get_bit(3),
        );
        self.wide_literal.next = bit_cast::<64, 4>(self.a.val()) + 0xfedc_ba98_7654_3210_u64;
        self.wider_than_64.next = (bit_cast::<130, 4>(self.a.val()) << 126)
            | bit_cast::<130, 4>(self.b.val())
            | (bit_cast::<130, 4>(!self.a.val()) << 60);
        self.concatenated.next =
            (bit_cast::<8, 4>(self.a.val()) << 4) | bit_cast::<8, 4>(self.b.val());
        self.mixed.next = (bit_cast::<8, 4>(self.a.val()) << 3) + bit_cast::<8, 4>(self.b.val());
        self.nested_compare.next =
            ((self.a.val() + self.b.val()) > self.a.val()) == ((self.b.val() - 1) < self.a.val());
        self.product.next = bit_cast::<16, 4>(self.a.val()) * bit_cast::<16, 4>(self.b.val());
        self.half_used.next = bit_cast::<16, 4>(self.a.val()) << 4;
        self.half_used_bit.next = self
            .half_used
            .val()
            .get_bit(self.b.val().get_bits::<3>(0).index());
    }
}

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Phase {
    Idle,
    Count,
    Hold,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
struct Item {
    tag: Bits<3>,
    phase: Phase,
    value: Bits<6>,
}

#[derive(LogicInterface, Default, Clone, Debug)]
#[join = "Taker"]
struct Giver {
    valid: Signal<Out, Bit>,
    item: Signal<Out, Item>,
    ready: Signal<In, Bit>,
}

#[derive(LogicInterface, Default, Clone, Debug)]
#[join = "Giver"]
struct Taker {
    valid: Signal<In, Bit>,
    item: Signal<In, Item>,
    ready: Signal<Out, Bit>,
}

/// Makes items.
#[derive(LogicBlock, Clone, Debug)]
struct Source {
    clock: Signal<In, ClkRst>,
    start: Signal<In, Bit>,
    out: Giver,
    phase: Register<Phase>,
    number: Register<Bits<6>>,
    empty: Constant<Item>,
}

impl Default for Source {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            start: Signal::default(),
            out: Giver::default(),
            phase: Register::default(),
            number: Register::default(),
            empty: Constant::new(Item::default()),
        }
    }
}

impl Logic for Source {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: source");
        dff_setup!(self, clock, phase, number);
        self.out.valid.next = false;
        self.out.item.next = self.empty.val();
        self.out.item.next.phase = self.phase.q.val();
        self.out.item.next.value = self.number.q.val();
        match self.phase.q.val() {
            Phase::Idle => {
                if self.start.val() {
                    self.phase.d.next = Phase::Count;
                }
            }
            Phase::Count => {
                self.out.valid.next = true;
                if self.out.ready.val() {
                    self.number.d.next = self.number.q.val() + 5;
                    self.phase.d.next = Phase::Hold;
                }
            }
            Phase::Hold => {
                self.phase.d.next = Phase::Idle;
            }
        }
    }
}

/// Keeps the last item.
#[derive(LogicBlock, Default, Clone, Debug)]
struct Keeper {
    clock: Signal<In, ClkRst>,
    input_side: Taker,
    busy: Signal<In, Bit>,
    tag: Signal<Out, Bits<3>>,
    value: Signal<Out, Bits<16>>,
    counts: Signal<Out, Bit>,
    kept: Register<Item>,
}

impl Logic for Keeper {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: keeper");
        dff_setup!(self, clock, kept);
        self.input_side.ready.next = !self.busy.val();
        if self.input_side.valid.val() & !self.busy.val() {
            self.kept.d.next = self.input_side.item.val();
            self.kept.d.next.tag = self.kept.q.val().tag + 1;
        }
        self.tag.next = self.kept.q.val().tag;
        self.value.next = bit_cast::<16, 6>(self.kept.q.val().value);
        self.counts.next = self.kept.q.val().phase == Phase::Count;
    }
}

/// Hands a source's port on.
#[derive(LogicBlock, Default, Clone, Debug)]
struct Outer {
    clock: Signal<In, ClkRst>,
    start: Signal<In, Bit>,
    out: Giver,
    source: Source,
}

impl Logic for Outer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: outer");
        clock!(self, clock, source);
        self.source.start.next = self.start.val();
        Giver::link(&mut self.out, &mut self.source.out);
    }
}

/// Lanes of sources and keepers, an adder chain with computed indexes, and an optional queue.
#[derive(LogicBlock)]
struct Structures {
    clock: Signal<In, ClkRst>,
    start: Signal<In, Bits<4>>,
    busy: Signal<In, Bit>,
    chosen: Signal<In, Bits<2>>,
    tag: Signal<Out, Bits<3>>,
    value: Signal<Out, Bits<6>>,
    holds: Signal<Out, Bit>,
    total: Signal<Out, Bits<16>>,
    queued: Signal<Out, Bits<8>>,
    outer: Vec<Outer>,
    keeper: Vec<Keeper>,
    partial: Vec<Signal<Local, Bits<16>>>,
    ids: Vec<Constant<Bits<2>>>,
    queue: Maybe<Fifo<Bits<8>>>,
    has_queue: Constant<Bit>,
    _lanes: usize,
    _end: usize,
}

impl Structures {
    fn new(lanes: usize, has_queue: bool) -> Self {
        Self {
            clock: Signal::default(),
            start: Signal::default(),
            busy: Signal::default(),
            chosen: Signal::default(),
            tag: Signal::default(),
            value: Signal::default(),
            holds: Signal::default(),
            total: Signal::default(),
            queued: Signal::default(),
            outer: vec![Outer::default(); lanes],
            keeper: vec![Keeper::default(); lanes],
            partial: (0..=lanes).map(|_| Signal::default()).collect(),
            ids: (0..lanes).map(|k| Constant::new(k.to_bits())).collect(),
            queue: Maybe::new(Fifo::new(3), has_queue),
            has_queue: Constant::new(has_queue),
            _lanes: lanes,
            _end: lanes + 1,
        }
    }
}

impl Logic for Structures {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: structures");
        comment!("Everything the kernel language has, in one place.");
        self.tag.next = 0.into();
        self.value.next = 0.into();
        self.holds.next = false;
        self.partial[0].next = 7.into();
        for k in 0..self._lanes {
            clock!(self, clock, queue);
            self.outer[k].clock.next = self.clock.val();
            self.keeper[k].clock.next = self.clock.val();
            self.outer[k].start.next = self.start.val().get_bit(k);
            self.keeper[k].busy.next = self.busy.val();
            Giver::join(&mut self.outer[k].out, &mut self.keeper[k].input_side);
            self.partial[k + 1].next = self.partial[k].val() + self.keeper[k].value.val();
            if self.chosen.val() == self.ids[k].val() {
                self.tag.next = self.keeper[k].tag.val();
                self.value.next = self.keeper[k].value.val().get_bits::<6>(0);
                self.holds.next = self.keeper[k].counts.val();
            }
        }
        for last in self._lanes..self._end {
            self.total.next = self.partial[last].val();
        }
        // The queue's count, or a constant.
        self.queued.next = 0x5a.into();
        clock!(self, clock, queue);
        self.queue.push.next = self.start.val().any();
        self.queue.data_in.next = bit_cast::<8, 4>(self.start.val());
        self.queue.pop.next = self.busy.val();
        if self.has_queue.val() {
            self.queued.next = 0.into();
            if self.queue.valid.val() {
                self.queued.next = self.queue.data_out.val();
            }
        }
    }
}

macro_rules! clocked {
    ($($block:ty),+) => {
        $(impl Clocked for $block {
            fn clock(&mut self) -> &mut ClkRst {
                &mut self.clock.next
            }
        })+
    };
}

clocked!(Traps, Structures, Chains);

#[test]
fn every_trap_agrees_on_every_input() {
    let mut twin = Twin::new(Traps::default());
    for input in 0..256u32 {
        drive!(twin, a, input & 15);
        drive!(twin, b, input >> 4);
        twin.low(false);
        compare!(
            twin,
            input,
            sum_compared,
            sum_widened,
            not_compared,
            difference_compared
        );
        compare!(
            twin,
            input,
            sum_shifted,
            sum_sliced,
            sum_bit,
            all_of_sum,
            shift_past_width
        );
        compare!(
            twin,
            input,
            shift_by_signal,
            shift_right_by_signal,
            dynamic_bit,
            dynamic_slice
        );
        compare!(
            twin,
            input,
            half_used,
            half_used_bit,
            replaced,
            wide_literal,
            wider_than_64,
            concatenated,
            mixed
        );
        compare!(twin, input, nested_compare, product);
    }
    assert!(
        twin.text.contains("assign concatenated = {a, b};"),
        "{}",
        twin.text
    );
}

#[test]
fn structures_agree() {
    for (lanes, has_queue) in [(3, true), (1, false)] {
        let mut twin = Twin::new(Structures::new(lanes, has_queue));
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
        for cycle in 0..2_000 {
            let rst = cycle == 0 || random.random_range(0..200) == 0;
            drive!(twin, start, random.random_range(0..16u32));
            drive!(twin, busy, random.random_range(0..2u32));
            drive!(twin, chosen, random.random_range(0..4u32));
            twin.low(rst);
            if cycle > 0 {
                compare!(twin, cycle, tag, value, holds, total, queued);
            }
            twin.rise(rst);
        }
    }
}

#[test]
fn what_is_absent_leaves_no_trace() {
    let files = emit(&Structures::new(0, false), &EmitOptions::default()).expect("Verilog");
    assert_eq!(files.len(), 1, "no children: {files:#?}");
    let text = &files[0].text;
    assert!(!text.contains("queue_") && !text.contains("fifo"), "{text}");
    assert!(text.contains("assign total = 16'd7;"), "{text}");
    let files = emit(&Structures::new(2, true), &EmitOptions::default()).expect("Verilog");
    let names: Vec<&str> = files.iter().map(|f| f.name.as_str()).collect();
    // Equal lanes are one module, printed once.
    assert_eq!(names.len(), 5, "{names:?}");
}

#[test]
fn the_output_is_deterministic() {
    let print = || emit(&Structures::new(3, true), &EmitOptions::default()).expect("Verilog");
    assert_eq!(print(), print());
}

/// A chain that compares one value with constants, one of them twice, and one that is too short.
#[derive(LogicBlock, Default)]
struct Chains {
    clock: Signal<In, ClkRst>,
    offset: Signal<In, Bits<8>>,
    data: Signal<In, Bits<8>>,
    chosen: Signal<Out, Bits<8>>,
    few: Signal<Out, Bits<8>>,
}

impl Logic for Chains {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: chains");
        self.chosen.next = 0.into();
        if self.offset.val() == 4 {
            self.chosen.next = self.data.val();
        } else if self.offset.val() == 8 {
            self.chosen.next = !self.data.val();
        } else if self.offset.val() == 4 {
            self.chosen.next = 1.into();
        } else if self.offset.val() == 12 {
            self.chosen.next = self.data.val() + 1;
        } else if self.data.val() == 3 {
            self.chosen.next = 2.into();
        }
        self.few.next = 0.into();
        if self.offset.val() == 1 {
            self.few.next = self.data.val();
        } else if self.offset.val() == 2 {
            self.few.next = 5.into();
        }
    }
}

#[test]
fn chains_of_comparisons_become_case() {
    let files = emit(&Chains::default(), &EmitOptions::default()).expect("Verilog");
    let text = &files[0].text;
    assert_eq!(text.matches("case (offset)").count(), 1, "{text}");
    assert_eq!(text.matches("8'd4: begin").count(), 1, "{text}");
    assert!(text.contains("if (offset == 8'd1) begin"), "{text}");
    let mut twin = Twin::new(Chains::default());
    for input in 0..1u32 << 16 {
        drive!(twin, offset, input & 255);
        drive!(twin, data, input >> 8);
        twin.low(false);
        compare!(twin, input, chosen, few);
    }
}
