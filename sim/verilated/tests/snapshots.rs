//! Saving and restoring, and random initial state.

use crate::designs;

use designs::{cache, counter};
use verilated::{Design, Instance};

fn memory() -> Design {
    Design::new("memory").savable(true).text(
        "memory.v",
        "module memory(
            input wire clk, input wire write, input wire [9:0] address, input wire [99:0] data,
            output reg [99:0] q
        );
            reg [99:0] words [0:1023] /* verilator public_flat_rw */;
            reg [31:0] sum /* verilator public_flat_rw */;
            always @(posedge clk) begin
                if (write) words[address] <= data;
                q <= words[address];
                sum <= sum + data[31:0];
            end
        endmodule\n",
    )
}

/// Writes a recognisable pattern and returns what each address then reads.
fn exercise(instance: &mut Instance, salt: u64, writes: u64) {
    let handles = (
        instance.input("clk").unwrap(),
        instance.input("write").unwrap(),
    );
    let (address, data) = (
        instance.input("address").unwrap(),
        instance.wide_input("data").unwrap(),
    );
    instance.set(handles.1, 1);
    for n in 0..writes {
        let value = n.wrapping_mul(salt);
        instance.set(address, value % 1021);
        instance.set_wide(data, &[value as u32, n as u32, salt as u32, 5]);
        instance.cycle(handles.0).unwrap();
    }
    instance.set(handles.1, 0);
}

fn contents(instance: &mut Instance) -> Vec<[u32; 4]> {
    let (clk, address, q) = (
        instance.input("clk").unwrap(),
        instance.input("address").unwrap(),
        instance.wide_output("q").unwrap(),
    );
    let read = |at| {
        let mut word = [0; 4];
        instance.set(address, at);
        instance.cycle(clk).unwrap();
        instance.get_wide(q, &mut word);
        word
    };
    (0..1024).map(read).collect()
}

#[test]
fn a_snapshot_restores_here_and_elsewhere() {
    let library = memory().build(&cache()).unwrap();
    let mut original = library.instance(1).unwrap();
    exercise(&mut original, 12345, 700);
    let snapshot = original.save().unwrap();
    let time = original.time();
    let expected = contents(&mut original);
    exercise(&mut original, 999, 500);
    assert_ne!(contents(&mut original), expected);

    original.restore(&snapshot).unwrap();
    assert_eq!(original.time(), time);
    assert_eq!(original.save().unwrap(), snapshot);
    assert_eq!(contents(&mut original), expected);

    let mut other = library.instance(77).unwrap();
    exercise(&mut other, 3, 10);
    other.restore(&snapshot).unwrap();
    assert_eq!(contents(&mut other), expected);
    // From equal states, equal futures.
    other.restore(&snapshot).unwrap();
    original.restore(&snapshot).unwrap();
    exercise(&mut other, 31, 100);
    exercise(&mut original, 31, 100);
    assert_eq!(other.save().unwrap(), original.save().unwrap());
}

#[test]
fn a_large_state_survives_too() {
    let design = Design::new("big").savable(true).text(
        "big.v",
        "module big(input wire clk, input wire [16:0] address, input wire [63:0] data, output reg [63:0] q);
            reg [63:0] words [0:131071];
            always @(posedge clk) begin q <= words[address]; words[address] <= data; end
        endmodule\n",
    );
    let library = design.build(&cache()).unwrap();
    let (clk, address, data, q) = (
        library.input("clk").unwrap(),
        library.input("address").unwrap(),
        library.input("data").unwrap(),
        library.output("q").unwrap(),
    );
    let (mut first, mut second) = (library.instance(1).unwrap(), library.instance(2).unwrap());
    let value = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for at in 0..131_072 {
        first.set(address, at);
        first.set(data, value(at));
        first.cycle(clk).unwrap();
    }
    let mut snapshot = Vec::new();
    first.save_to(&mut snapshot).unwrap();
    assert!(snapshot.len() > 1 << 20);
    second.restore(&snapshot).unwrap();
    for at in 0..131_072 {
        second.set(address, at);
        second.cycle(clk).unwrap();
        assert_eq!(second.get(q), value(at));
    }
}

#[test]
fn refuses_snapshots_that_do_not_fit() {
    let library = memory().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    exercise(&mut instance, 7, 20);
    let snapshot = instance.save().unwrap();
    exercise(&mut instance, 8, 20);
    let before = instance.save().unwrap();
    let foreign = counter(8)
        .savable(true)
        .build(&cache())
        .unwrap()
        .instance(1)
        .unwrap()
        .save()
        .unwrap();
    let mut damaged = snapshot.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut longer = snapshot.clone();
    longer.push(0);
    for (bytes, reason) in [
        (&foreign[..], "another design"),
        (&snapshot[..snapshot.len() - 1], "truncated"),
        (&longer[..], "appended"),
        (&damaged[..], "checksum"),
        (&snapshot[..20], "shorter"),
        (&[0; 100][..], "no snapshot"),
    ] {
        let text = instance.restore(bytes).unwrap_err().to_string();
        assert!(text.contains("`memory`") && text.contains(reason), "{text}");
        assert_eq!(
            instance.save().unwrap(),
            before,
            "a refused snapshot changes nothing"
        );
    }
}

#[test]
fn the_seed_decides_the_initial_state() {
    let library = memory().random_init(true).build(&cache()).unwrap();
    let state = |seed| contents(&mut library.instance(seed).unwrap());
    let first = state(1);
    let distinct: std::collections::HashSet<_> = first.iter().collect();
    assert!(
        distinct.len() > 1000,
        "only {} distinct words",
        distinct.len()
    );
    assert!(
        first.iter().all(|word| word[3] < 16),
        "bits above the width are clear"
    );
    assert_eq!(state(1), first);
    assert_ne!(state(2), first);
    assert_ne!(state(1 << 40), state(1 << 41));
    // Also when other instances are made at the same time.
    let seeds = [1, 5, 1, 6, 1, 7, 1, 8];
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = seeds
            .iter()
            .map(|seed| scope.spawn(|| state(*seed)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    for (seed, found) in seeds.iter().zip(all) {
        assert_eq!(found == first, *seed == 1, "seed {seed}");
    }
}

#[test]
fn without_random_init_everything_starts_at_zero() {
    let library = memory().build(&cache()).unwrap();
    assert!(contents(&mut library.instance(9).unwrap())
        .iter()
        .all(|word| *word == [0; 4]));
}

#[test]
fn saving_and_coverage_exclude_each_other() {
    let text = memory()
        .coverage(true)
        .build(&cache())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("`memory`") && text.contains("choose one"),
        "{text}"
    );
}

#[test]
fn memories_inside_are_reached() {
    let library = memory().build(&cache()).unwrap();
    let mut instance = library.instance(1).unwrap();
    let words = instance.internal("memory.words").unwrap();
    assert_eq!(
        (
            words.width(),
            words.elements(),
            words.words(),
            words.lowest_index()
        ),
        (100, 1024, 4, 0)
    );
    instance.poke_wide(words, 1023, &[1, 2, 3, 0xffff_ffff]);
    assert_eq!(contents(&mut instance)[1023], [1, 2, 3, 0xf]);
    exercise(&mut instance, 1, 5);
    let mut word = [0; 4];
    instance.peek_wide(words, 4, &mut word);
    assert_eq!(word, [4, 4, 1, 5]);

    let sum = instance.internal("memory.sum").unwrap();
    assert_eq!((sum.width(), sum.elements()), (32, 1));
    let before = instance.peek(sum, 0);
    exercise(&mut instance, 10, 3);
    assert_eq!(instance.peek(sum, 0), before + 30);
    instance.poke(sum, 0, 0x1_0000_0007);
    assert_eq!(instance.peek(sum, 0), 7);

    for (path, reason) in [
        ("memory.nothing", "signal of that name"),
        ("memory.unit.x", "module instance"),
        ("x", "has the form"),
    ] {
        let text = instance.internal(path).unwrap_err().to_string();
        assert!(text.contains(path) && text.contains(reason), "{text}");
    }
}

#[test]
fn public_reaches_unmarked_signals_in_sub_modules() {
    let design = Design::new("outer").public(true).text(
        "outer.v",
        "module inner(input wire clk, output wire [39:0] q);
            reg [39:0] state;
            always @(posedge clk) state <= state + 1;
            assign q = state;
        endmodule
        module outer(input wire clk, output wire [39:0] q);
            inner unit (.clk(clk), .q(q));
        endmodule\n",
    );
    let library = design.build(&cache()).unwrap();
    let (clk, q) = (library.input("clk").unwrap(), library.output("q").unwrap());
    let mut instance = library.instance(1).unwrap();
    let state = instance.internal("outer.unit.state").unwrap();
    instance.poke(state, 0, 0x12_3456_789a);
    instance.cycle(clk).unwrap();
    assert_eq!(instance.get(q), 0x12_3456_789b);
    assert_eq!(instance.peek(state, 0), 0x12_3456_789b);
}
