//! A model that stops itself never takes the process with it.

use crate::designs;

use designs::cache;
use std::sync::Arc;
use verilated::{Design, Library, StopKind};

fn stopper() -> Arc<Library> {
    let design = Design::new("stopper").savable(true).text(
        "stopper.v",
        "module stopper(input wire clk, input wire [3:0] action, output reg [7:0] count);
            initial count = 0;
            always @(posedge clk) begin
                count <= count + 1;
                case (action)
                    1: $finish;
                    2: $stop;
                    3: $fatal(1, \"fatal at %0d\", count);
                    4: $error(\"error at %0d\", count);
                    5: $display(\"count is %0d\", count);
                    6: assert (count < 2) else $error(\"too many: %0d\", count);
                    default: ;
                endcase
            end
        endmodule\n",
    );
    design.build(&cache()).unwrap()
}

#[test]
fn every_way_to_stop_is_an_error_with_its_place() {
    let library = stopper();
    let (clk, action) = (
        library.input("clk").unwrap(),
        library.input("action").unwrap(),
    );
    for (code, kind, printed) in [
        (1, StopKind::Finish, ""),
        (2, StopKind::Stop, ""),
        (3, StopKind::Stop, "fatal at 3"),
        (4, StopKind::Stop, "error at 3"),
        (6, StopKind::Stop, "too many: 3"),
    ] {
        let mut instance = library.instance(1).unwrap();
        instance.cycles(clk, 3).unwrap();
        instance.set(action, code);
        let stopped = instance.cycle(clk).unwrap_err();
        assert_eq!(stopped.kind, kind, "{stopped}");
        assert!(stopped.reason.contains("stopper.v:"), "{stopped}");
        assert!(stopped.printed.contains(printed), "{stopped}");
        let text = stopped.to_string();
        assert!(
            text.contains("`stopper`") && text.contains(printed),
            "{text}"
        );
    }
}

#[test]
fn a_stopped_model_stays_stopped_until_resumed() {
    let library = stopper();
    let (clk, action, count) = (
        library.input("clk").unwrap(),
        library.input("action").unwrap(),
        library.output("count").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.set(action, 2);
    instance.cycle(clk).unwrap_err();
    instance.set(action, 0);
    let before = instance.get(count);
    assert_eq!(instance.cycles(clk, 10).unwrap_err().kind, StopKind::Stop);
    assert_eq!(instance.eval().unwrap_err().kind, StopKind::Stop);
    assert_eq!(instance.get(count), before);
    instance.resume();
    instance.cycles(clk, 10).unwrap();
    assert_eq!(instance.get(count), before + 10);
}

#[test]
fn one_instance_stopping_leaves_the_others_running() {
    let library = stopper();
    let (clk, action) = (
        library.input("clk").unwrap(),
        library.input("action").unwrap(),
    );
    let (mut first, mut second) = (library.instance(1).unwrap(), library.instance(2).unwrap());
    first.set(action, 1);
    second.cycle(clk).unwrap();
    first.cycle(clk).unwrap_err();
    second.cycles(clk, 5).unwrap();
}

#[test]
fn printed_text_goes_to_its_instance() {
    let library = stopper();
    let (clk, action) = (
        library.input("clk").unwrap(),
        library.input("action").unwrap(),
    );
    let (mut first, mut second) = (library.instance(1).unwrap(), library.instance(2).unwrap());
    second.cycle(clk).unwrap();
    first.set(action, 5);
    second.set(action, 5);
    first.cycle(clk).unwrap();
    second.cycle(clk).unwrap();
    assert_eq!(first.take_printed(), "count is 0\n");
    assert_eq!(second.take_printed(), "count is 1\n");
    assert_eq!(first.take_printed(), "");
}

#[test]
fn a_snapshot_revives_a_stopped_model() {
    let library = stopper();
    let (clk, action) = (
        library.input("clk").unwrap(),
        library.input("action").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.cycle(clk).unwrap();
    let snapshot = instance.save().unwrap();
    instance.set(action, 1);
    instance.cycle(clk).unwrap_err();
    assert!(instance.save().unwrap_err().to_string().contains("resume"));
    instance.restore(&snapshot).unwrap();
    instance.cycles(clk, 5).unwrap();
}

#[test]
fn a_loop_that_does_not_settle_is_fatal_to_the_instance_alone() {
    let design = Design::new("unstable").waive("UNOPTFLAT").text(
        "unstable.v",
        "module unstable(input wire on, output wire y); assign y = on & ~y; endmodule\n",
    );
    let library = design.build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    instance.eval().unwrap();
    instance.set(library.input("on").unwrap(), 1);
    let stopped = instance.eval().unwrap_err();
    assert_eq!(stopped.kind, StopKind::Fatal);
    assert!(stopped.reason.contains("converge"), "{stopped}");
    instance.resume();
    assert_eq!(instance.eval().unwrap_err().kind, StopKind::Fatal);
    library.instance(1).unwrap().eval().unwrap();
}
