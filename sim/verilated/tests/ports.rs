//! Ports of every width and direction, and handles that do not fit.

use crate::designs;

use designs::{cache, counter, wide};
use verilated::{Design, Direction, Error};

#[test]
fn counts() {
    let library = counter(8).build(&cache()).unwrap();
    let input = |name| library.input(name).unwrap();
    let (clk, rst, step, q) = (
        input("clk"),
        input("rst"),
        input("step"),
        library.output("q").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.set(rst, 1);
    instance.cycle(clk).unwrap();
    instance.set(rst, 0);
    instance.set(step, 3);
    for expected in (0..300).map(|n| n * 3 % 256) {
        assert_eq!(instance.get(q), expected);
        instance.cycle(clk).unwrap();
    }
    let before = instance.get(q);
    instance.cycles(clk, 1000).unwrap();
    assert_eq!(instance.get(q), (before + 3000) % 256);
    assert_eq!(instance.time(), 2 * 1301);
}

#[test]
fn evaluates_without_a_clock_edge_and_sees_edges_made_by_hand() {
    let library = counter(8).build(&cache()).unwrap();
    let (clk, step, q) = (
        library.input("clk").unwrap(),
        library.input("step").unwrap(),
        library.output("q").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.set(step, 1);
    for (level, expected) in [(0, 0), (1, 1), (1, 1), (0, 1), (1, 2)] {
        instance.set(clk, level);
        instance.eval().unwrap();
        assert_eq!(instance.get(q), expected);
    }
}

#[test]
fn narrow_ports_keep_their_width() {
    let library = wide().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    for (width, mask) in [(5, 0x1f), (13, 0x1fff), (17, 0x1_ffff), (64, u64::MAX)] {
        let (a, y) = (
            library.input(&format!("a{width}")).unwrap(),
            library.output(&format!("y{width}")).unwrap(),
        );
        assert_eq!((a.width(), y.width()), (width, width));
        for value in [0, 1, 0x1234_5678_9abc_def0, u64::MAX, 0xffff_0000_ffff_0000] {
            instance.set(a, value);
            assert_eq!(instance.get(a), value & mask);
            instance.eval().unwrap();
            assert_eq!(
                instance.get(y),
                !value & mask,
                "width {width}, value {value:#x}"
            );
        }
    }
}

#[test]
fn wide_ports_carry_every_word() {
    let library = wide().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    let (a, y) = (
        library.wide_input("a130").unwrap(),
        library.wide_output("y130").unwrap(),
    );
    assert_eq!((a.width(), a.words(), y.words()), (130, 5, 5));
    instance.set_wide(a, &[0x11, 0x22, 0x33, 0x44, 0xffff_fffd]);
    let mut value = [0; 5];
    instance.get_wide(a, &mut value);
    assert_eq!(
        value,
        [0x11, 0x22, 0x33, 0x44, 1],
        "bits above the width are dropped"
    );
    instance.eval().unwrap();
    instance.get_wide(y, &mut value);
    assert_eq!(value, [!0x11, !0x22, !0x33, !0x44, 2]);

    let (a, y) = (
        library.wide_input("a512").unwrap(),
        library.wide_output("y512").unwrap(),
    );
    let words: Vec<u32> = (0..16).map(|n| 0x0101_0101 * n).collect();
    instance.set_wide(a, &words);
    instance.eval().unwrap();
    let mut value = [0; 16];
    instance.get_wide(y, &mut value);
    let rotated: Vec<u32> = (0..16).map(|n| words[(n + 1) % 16]).collect();
    assert_eq!(value, rotated[..]);
}

#[test]
fn wide_handles_fit_narrow_ports_too() {
    let library = wide().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    for (width, words) in [(5, 1), (13, 1), (17, 1), (64, 2)] {
        let a = library.wide_input(&format!("a{width}")).unwrap();
        let y = library.wide_output(&format!("y{width}")).unwrap();
        let given = [0x89ab_cdef, 0x0123_4567];
        instance.set_wide(a, &given[..words]);
        instance.eval().unwrap();
        let mut value = [0; 2];
        instance.get_wide(y, &mut value[..words]);
        let mask = u64::MAX >> (64 - width);
        let expected = !0x0123_4567_89ab_cdef_u64 & mask;
        assert_eq!(
            u64::from(value[0]) | u64::from(value[1]) << 32,
            expected,
            "width {width}"
        );
    }
}

#[test]
fn bytes_are_little_endian_and_masked() {
    let library = wide().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    for width in [5_u32, 13, 17, 64, 130] {
        let a = library.wide_input(&format!("a{width}")).unwrap();
        let y = library.wide_output(&format!("y{width}")).unwrap();
        let length = width.div_ceil(8) as usize;
        let bytes: Vec<u8> = (0..length).map(|n| 0xf0_u8.wrapping_add(n as u8)).collect();
        instance.set_bytes(a, &bytes);
        instance.eval().unwrap();
        let mut value = vec![0; length];
        instance.get_bytes(y, &mut value);
        let mut expected: Vec<u8> = bytes.iter().map(|byte| !byte).collect();
        expected[length - 1] &= 0xff >> (8 * length as u32 - width);
        assert_eq!(value, expected, "width {width}");
    }
}

#[test]
#[should_panic(expected = "4 words or bytes, the port needs 5")]
fn wide_values_have_the_right_length() {
    let library = wide().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    instance.set_wide(library.wide_input("a130").unwrap(), &[0; 4]);
}

#[test]
#[should_panic(expected = "handle of another design")]
fn a_handle_of_another_design_panics() {
    let (counter, wide) = (
        counter(8).build(&cache()).unwrap(),
        wide().build(&cache()).unwrap(),
    );
    let instance = counter.instance(1).unwrap();
    let _ = instance.get(wide.output("y64").unwrap());
}

#[test]
fn refuses_handles_that_do_not_fit() {
    let library = wide().build(&cache()).unwrap();
    let text = |error: Error| error.to_string();
    let unknown = text(library.input("nothing").unwrap_err());
    assert!(
        unknown.contains("no port `nothing`") && unknown.contains("a130"),
        "{unknown}"
    );
    let output = text(library.input("y64").unwrap_err());
    assert!(
        output.contains("`y64`") && output.contains("is an output"),
        "{output}"
    );
    let too_wide = text(library.output("y512").unwrap_err());
    assert!(
        too_wide.contains("512 bits") && too_wide.contains("wide_output"),
        "{too_wide}"
    );
}

#[test]
fn lists_ports_with_their_verilog_names() {
    let design = Design::new("names").waive("SYMRSVDWORD").text(
        "names.v",
        "module names(input wire clk, input wire a__b, output wire [7:4] \\x$y , output wire [6:0] private);
            assign \\x$y = {4{a__b & clk}};
            assign private = {7{a__b}};
        endmodule\n",
    );
    let library = design.build(&cache()).unwrap();
    let mut ports: Vec<_> = library
        .ports()
        .iter()
        .map(|port| (port.name.as_str(), port.width, port.direction))
        .collect();
    ports.sort_by_key(|port| port.0);
    assert_eq!(
        ports,
        [
            ("a__b", 1, Direction::Input),
            ("clk", 1, Direction::Input),
            ("private", 7, Direction::Output),
            ("x$y", 4, Direction::Output),
        ]
    );
    let mut instance = library.instance(1).unwrap();
    instance.set(library.input("a__b").unwrap(), 1);
    instance.eval().unwrap();
    assert_eq!(instance.get(library.output("private").unwrap()), 0x7f);
    assert!(library.has_port("x$y") && !library.has_port("q"));
}

#[test]
fn instances_of_several_designs_do_not_mix() {
    let (narrow, broad) = (
        counter(4).build(&cache()).unwrap(),
        counter(40).build(&cache()).unwrap(),
    );
    let mut instances = Vec::new();
    for (library, step) in [(&narrow, 1), (&broad, 1 << 30), (&narrow, 3), (&broad, 7)] {
        let mut instance = library.instance(1).unwrap();
        instance.set(library.input("step").unwrap(), step);
        instances.push((instance, step));
    }
    for _ in 0..100 {
        for (instance, _) in &mut instances {
            let clk = instance.input("clk").unwrap();
            instance.cycle(clk).unwrap();
        }
    }
    for (instance, step) in &instances {
        let q = instance.output("q").unwrap();
        assert_eq!(instance.get(q), (step * 100) & ((1 << q.width()) - 1));
    }
}

#[test]
fn an_instance_moves_between_threads() {
    let library = counter(16).build(&cache()).unwrap();
    let (clk, step, q) = (
        library.input("clk").unwrap(),
        library.input("step").unwrap(),
        library.output("q").unwrap(),
    );
    let mut instances: Vec<_> = (1..=4)
        .map(|n| {
            let mut instance = library.instance(n).unwrap();
            instance.set(step, n);
            instance
        })
        .collect();
    for _ in 0..3 {
        let threads = instances.drain(..).map(|mut instance| {
            std::thread::spawn(move || {
                instance.cycles(clk, 1000).unwrap();
                instance
            })
        });
        let threads: Vec<_> = threads.collect();
        instances = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
    }
    let found: Vec<_> = instances.iter().map(|instance| instance.get(q)).collect();
    assert_eq!(found, [3000, 6000, 9000, 12000]);
}
