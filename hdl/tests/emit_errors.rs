//! What the emitter refuses, and that it names the block, the signal and the reason.

use mch_hdl::emit::{emit, EmitOptions, Problem};
use mch_hdl::prelude::*;

/// A block with the ports that the refusals need, and a kernel.
macro_rules! refused {
    ($name:ident, { $($field:ident: $kind:ty = $value:expr),* $(,)? }) => {
        #[derive(LogicBlock)]
        struct $name {
            clock: Signal<In, ClkRst>,
            a: Signal<In, Bits<8>>,
            c: Signal<In, Bit>,
            o: Signal<Out, Bits<8>>,
            $($field: $kind,)*
        }

        impl $name {
            fn new() -> Self {
                Self {
                    clock: Signal::default(),
                    a: Signal::default(),
                    c: Signal::default(),
                    o: Signal::default(),
                    $($field: $value,)*
                }
            }
        }
    };
}

fn problem(block: &dyn Block) -> (String, String, Problem) {
    let error = emit(block, &EmitOptions::default()).expect_err("this must be refused");
    (error.block, error.signal, error.problem)
}

macro_rules! expect {
    ($block:expr, $place:expr, $signal:expr, $problem:pat) => {
        let (block, signal, problem) = problem(&$block);
        assert_eq!(
            (block.as_str(), signal.as_str()),
            ($place, $signal),
            "{problem}"
        );
        assert!(matches!(problem, $problem), "{problem:?}");
    };
}

const LIMIT: u64 = 9;

refused!(RustConst, {});
impl Logic for RustConst {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: rust_const");
        self.o.next = 0.into();
        if self.a.val() == LIMIT {
            self.o.next = self.a.val();
        }
    }
}

#[test]
fn a_rust_constant_is_undeclared() {
    expect!(RustConst::new(), "top", "LIMIT", Problem::Undeclared);
}

refused!(Latch, {});
impl Logic for Latch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: latch");
        if self.c.val() {
            self.o.next = self.a.val();
        }
    }
}

#[test]
fn a_latch_is_refused() {
    expect!(Latch::new(), "top", "o", Problem::Latch);
}

refused!(RegisterLatch, { r: Register<Bits<8>> = Register::default() });
impl Logic for RegisterLatch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: register_latch");
        clock!(self, clock, r);
        self.o.next = self.r.q.val();
        if self.c.val() {
            self.r.d.next = self.a.val();
        }
    }
}

#[test]
fn a_register_without_its_hold_is_refused() {
    expect!(RegisterLatch::new(), "top", "r.d", Problem::Latch);
}

refused!(Early, { l: Signal<Local, Bits<8>> = Signal::default() });
impl Logic for Early {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: early");
        self.o.next = self.l.val();
        self.l.next = self.a.val();
    }
}

#[test]
fn a_read_before_the_write_is_refused() {
    expect!(Early::new(), "top", "l", Problem::ReadBeforeWrite);
}

refused!(EarlyCondition, { l: Signal<Local, Bit> = Signal::default() });
impl Logic for EarlyCondition {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: early_condition");
        self.o.next = 0.into();
        if self.l.val() {
            self.o.next = self.a.val();
        }
        self.l.next = self.c.val();
    }
}

#[test]
fn a_read_before_the_write_in_a_condition_is_refused() {
    expect!(EarlyCondition::new(), "top", "l", Problem::ReadBeforeWrite);
}

refused!(DrivesInput, {});
impl Logic for DrivesInput {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: drives_input");
        self.a.next = 3.into();
        self.o.next = self.a.val();
    }
}

#[test]
fn a_second_driver_is_refused() {
    expect!(DrivesInput::new(), "top", "a", Problem::SecondDriver);
}

refused!(DrivesState, { r: Register<Bits<8>> = Register::default() });
impl Logic for DrivesState {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: drives_state");
        dff_setup!(self, clock, r);
        self.r.q.next = self.a.val();
        self.o.next = self.r.q.val();
    }
}

#[test]
fn a_second_driver_of_a_child_is_refused() {
    expect!(DrivesState::new(), "top", "r.q", Problem::SecondDriver);
}

refused!(OpenInput, { queue: Fifo<Bits<8>> = Fifo::new(4) });
impl Logic for OpenInput {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: open_input");
        clock!(self, clock, queue);
        self.queue.push.next = self.c.val();
        self.queue.data_in.next = self.a.val();
        self.o.next = self.queue.data_out.val();
    }
}

#[test]
fn an_open_input_is_refused() {
    expect!(OpenInput::new(), "top", "queue.pop", Problem::Undriven);
}

refused!(NoOutput, { spare: Signal<Out, Bit> = Signal::default() });
impl Logic for NoOutput {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: no_output");
        self.o.next = self.a.val();
    }
}

#[test]
fn an_undriven_output_is_refused() {
    expect!(NoOutput::new(), "top", "spare", Problem::Undriven);
}

refused!(Keyword, { priority: Signal<Out, Bit> = Signal::default() });
impl Logic for Keyword {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: keyword");
        self.o.next = self.a.val();
        self.priority.next = self.c.val();
    }
}

#[test]
fn a_keyword_is_refused_as_a_port() {
    expect!(Keyword::new(), "top", "priority", Problem::Keyword);
}

refused!(InnerKeyword, { logic: Signal<Local, Bits<8>> = Signal::default() });
impl Logic for InnerKeyword {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: inner_keyword");
        self.logic.next = self.a.val() + 1;
        self.o.next = self.logic.val();
    }
}

#[test]
fn a_keyword_inside_is_renamed() {
    let files = emit(&InnerKeyword::new(), &EmitOptions::default()).expect("Verilog");
    assert!(files[0].text.contains("assign logic_value = a + 8'd1;"));
}

refused!(SignedCast, { s: Signal<Out, Signed<8>> = Signal::default() });
impl Logic for SignedCast {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: signed_cast");
        self.o.next = self.a.val();
        self.s.next = signed_cast(self.a.val());
    }
}

#[test]
fn a_signed_cast_is_refused() {
    expect!(SignedCast::new(), "top", "s", Problem::Signed);
}

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Phase {
    Rest,
    Work,
}

mod globbed {
    use super::*;
    use Phase::*;

    refused!(Globbed, { r: Register<Phase> = Register::default() });
    impl Logic for Globbed {
        #[hdl_gen]
        fn update(&mut self) {
            comment!("module: globbed");
            dff_setup!(self, clock, r);
            self.o.next = self.a.val();
            if self.r.q.val() == Rest {
                self.r.d.next = Work;
            }
        }
    }

    #[test]
    fn an_enum_glob_is_refused() {
        expect!(Globbed::new(), "top", "Rest", Problem::EnumGlob);
    }

    refused!(GlobbedMatch, { r: Register<Phase> = Register::default() });
    impl Logic for GlobbedMatch {
        #[hdl_gen]
        fn update(&mut self) {
            comment!("module: globbed_match");
            dff_setup!(self, clock, r);
            self.o.next = self.a.val();
            match self.r.q.val() {
                Rest => self.r.d.next = Phase::Work,
                Work => self.r.d.next = Phase::Rest,
            }
        }
    }

    #[test]
    fn an_enum_glob_in_a_match_is_refused() {
        expect!(GlobbedMatch::new(), "top", "Rest", Problem::EnumGlob);
    }
}

refused!(IndexArithmetic, { b: Signal<Out, Bit> = Signal::default() });
impl Logic for IndexArithmetic {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: index_arithmetic");
        self.o.next = self.a.val();
        self.b.next = self.a.val().get_bit(self.a.val().index() + 1);
    }
}

#[test]
fn arithmetic_in_an_index_is_refused() {
    let (_, _, problem) = problem(&IndexArithmetic::new());
    assert_eq!(problem, Problem::IndexArithmetic);
}

refused!(DynamicArray, { parts: Vec<Signal<Local, Bits<8>>> = vec![Signal::default(); 4] });
impl Logic for DynamicArray {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: dynamic_array");
        for k in 0..4 {
            self.parts[k].next = self.a.val();
        }
        self.o.next = self.parts[self.a.val().index()].val();
    }
}

#[test]
fn a_dynamic_array_index_is_refused() {
    let (_, _, problem) = problem(&DynamicArray::new());
    assert_eq!(problem, Problem::DynamicArrayIndex);
}

/// Passes its input on within the cycle.
#[derive(LogicBlock, Default, Clone)]
struct Pass {
    i: Signal<In, Bits<8>>,
    o: Signal<Out, Bits<8>>,
}

impl Logic for Pass {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: pass");
        self.o.next = self.i.val() + 1;
    }
}

refused!(Looped, { pass: Pass = Pass::default() });
impl Logic for Looped {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: looped");
        self.pass.i.next = self.a.val();
        if self.c.val() {
            self.pass.i.next = self.pass.o.val();
        }
        self.o.next = self.pass.o.val();
    }
}

#[test]
fn a_loop_through_a_child_is_refused() {
    expect!(
        Looped::new(),
        "top",
        "pass.i",
        Problem::CombinationalLoop(_)
    );
}

refused!(Inside, { pass: Vec<Wrapper> = vec![Wrapper::default()] });
#[derive(LogicBlock, Default, Clone)]
struct Wrapper {
    inner: Pass,
    o: Signal<Out, Bits<8>>,
}
impl Logic for Wrapper {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: wrapper");
        self.inner.i.next = 0.into();
        self.o.next = self.inner.o.val();
    }
}
impl Logic for Inside {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: inside");
        self.o.next = self.pass[0].inner.o.val();
    }
}

#[test]
fn reaching_inside_a_child_is_refused() {
    expect!(
        Inside::new(),
        "top",
        "pass.0.inner.o",
        Problem::InsideAnotherBlock
    );
}

refused!(Nameless, { pass: Unnamed = Unnamed::default() });
#[derive(LogicBlock, Default)]
struct Unnamed {
    o: Signal<Out, Bit>,
}
impl Logic for Unnamed {
    #[hdl_gen]
    fn update(&mut self) {
        self.o.next = true;
    }
}
impl Logic for Nameless {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: nameless");
        self.o.next = self.a.val();
    }
}

#[test]
fn a_module_without_a_name_is_refused() {
    expect!(Nameless::new(), "top.pass", "", Problem::NoModuleName);
}

refused!(AbsentRead, { queue: Maybe<Fifo<Bits<8>>> = Maybe::absent(Fifo::new(2)) });
impl Logic for AbsentRead {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: absent_read");
        self.o.next = self.queue.data_out.val();
    }
}

#[test]
fn an_unguarded_read_of_an_absent_part_is_refused() {
    expect!(AbsentRead::new(), "top", "queue.data_out", Problem::Absent);
}

refused!(WideLiteral, {});
impl Logic for WideLiteral {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: wide_literal");
        self.o.next = self.a.val() + 0x100;
    }
}

#[test]
fn a_literal_that_does_not_fit_is_refused() {
    let (_, _, problem) = problem(&WideLiteral::new());
    let value = "0x100".to_string();
    assert_eq!(problem, Problem::LiteralTooWide { value, width: 8 });
}

refused!(Clash, { a_b: Signal<Out, Bit> = Signal::default(), x: Side = Side::default(), x_b: Signal<Out, Bit> = Signal::default() });
#[derive(LogicInterface, Default)]
struct Side {
    b: Signal<Out, Bit>,
}
impl Logic for Clash {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: clash");
        self.o.next = self.a.val();
        self.a_b.next = true;
        self.x.b.next = true;
        self.x_b.next = false;
    }
}

#[test]
fn ports_of_one_name_are_refused() {
    expect!(Clash::new(), "top", "x_b", Problem::NameClash);
}

#[test]
fn an_error_reads_well() {
    let error = emit(&Latch::new(), &EmitOptions::default()).expect_err("a latch");
    assert_eq!(
        error.to_string(),
        "top: `o` is not assigned on every path, which would be a latch: assign a default first"
    );
}
