//! The cells' models at gate level: memories of every shape are what their Verilog says, and what block RAM leaves undefined is random.

use mch_hdl::emit::VerilogFile;
use mch_verification::gate::{Family, Netlist};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use verilated::{Cache, Design, Input, Instance, Library, Output};

/// Words and bits of memories; together they need every mode of both families' block RAMs.
const SHAPES: [(u32, u32); 7] = [
    (256, 16),
    (512, 36),
    (1024, 18),
    (2048, 9),
    (4096, 4),
    (8192, 2),
    (16384, 1),
];
const TOP: &str = "memories";

/// Memories side by side on the same pins: one of each shape, one written in parts, one with contents, and one that gives old data.
fn source() -> String {
    let mut ports = String::new();
    let mut body = String::new();
    let mut memory = |name: &str, depth: u32, width: u32, attribute: &str, write: &str| {
        let (bits, top) = (depth.trailing_zeros(), width - 1);
        ports += &format!(",\n    output reg [{top}:0] q_{name}");
        let write = write.replace("WORD", &format!("{name}[wa[{}:0]]", bits - 1));
        body += &format!(
            "    {attribute} reg [{top}:0] {name} [0:{}];\n    always @(posedge clk) begin\n        {write}\n        \
             if (re) q_{name} <= {name}[ra[{}:0]];\n    end\n",
            depth - 1,
            bits - 1
        );
    };
    let undefined = "(* no_rw_check *)";
    for (depth, width) in SHAPES {
        let write = format!("if (we) WORD <= wd[{}:0];", width - 1);
        memory(&format!("m_{width}"), depth, width, undefined, &write);
    }
    let parts: Vec<String> = (0..4)
        .map(|lane| {
            let (high, low) = (9 * lane + 8, 9 * lane);
            format!("if (lanes[{lane}]) WORD[{high}:{low}] <= wd[{high}:{low}];")
        })
        .collect();
    memory("parts", 512, 36, undefined, &parts.join("\n        "));
    memory("filled", 512, 16, undefined, "if (we) WORD <= wd[15:0];");
    memory("emulated", 512, 36, "", "if (we) WORD <= wd;");
    let filled: String = (0..512u32)
        .map(|word| format!("        filled[{word}] = 16'h{:04x};\n", contents(word)))
        .collect();
    format!(
        "module {TOP} (\n    input clk, input we, input re, input [3:0] lanes,\n    input [13:0] wa, input [13:0] ra, \
         input [35:0] wd{ports}\n);\n{body}    initial begin\n{filled}    end\nendmodule\n"
    )
}

fn contents(word: u32) -> u64 {
    u64::from((word * 40_503) & 0xffff)
}

/// A model and its pins.
struct Memories {
    instance: Instance,
    clk: Input,
    pins: [Input; 6],
    reads: Vec<(String, Output)>,
}

impl Memories {
    fn new(library: &Arc<Library>) -> Memories {
        let input = |name| library.input(name).unwrap();
        let names = library.ports().iter().map(|port| port.name.clone());
        let reads = names.filter(|name| name.starts_with("q_"));
        Memories {
            clk: input("clk"),
            pins: ["we", "re", "lanes", "wa", "ra", "wd"].map(input),
            reads: reads
                .map(|name| (name.clone(), library.output(&name).unwrap()))
                .collect(),
            instance: library.instance(1).unwrap(),
        }
    }

    fn cycle(&mut self, values: [u64; 6]) {
        for (pin, value) in self.pins.into_iter().zip(values) {
            self.instance.set(pin, value);
        }
        self.instance.cycle(self.clk).unwrap();
    }

    fn read(&self, name: &str) -> u64 {
        let (_, pin) = self.reads.iter().find(|(known, _)| known == name).unwrap();
        self.instance.get(*pin)
    }
}

fn files() -> Vec<VerilogFile> {
    vec![VerilogFile {
        name: format!("{TOP}.v"),
        text: source(),
    }]
}

fn verilog() -> Memories {
    let design = Design::new(TOP).text("memories.v", source());
    Memories::new(&design.build(&Cache::default()).unwrap())
}

fn netlist(family: Family) -> Memories {
    let netlist = Netlist::of(&files(), TOP, family).unwrap();
    Memories::new(&netlist.design().build(&Cache::default()).unwrap())
}

/// Contents first, then every word is written, then random accesses, none of which reads what is being written.
fn memories_are_what_the_verilog_says(family: Family) {
    let (mut wanted, mut found) = (verilog(), netlist(family));
    for word in 0..512 {
        for memories in [&mut wanted, &mut found] {
            memories.cycle([0, 1, 0, 0, word.into(), 0]);
            assert_eq!(memories.read("q_filled"), contents(word), "word {word}");
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for address in 0..16_384 {
        let values = [1, 0, 15, address, 0, random.random::<u64>() >> 28];
        wanted.cycle(values);
        found.cycle(values);
    }
    for cycle in 0..20_000 {
        let write = random.random::<u64>() & 0x3fff;
        // No two words of the smallest are the same.
        let read = (write + random.random_range(1..256)) & 0xff | random.random::<u64>() & 0x3f00;
        let [enable_write, enable_read] =
            [0.5, 0.8].map(|often| u64::from(random.random_bool(often)));
        let lanes = random.random_range(0..16);
        let data = random.random::<u64>() >> 28;
        let values = [enable_write, enable_read, lanes, write, read, data];
        wanted.cycle(values);
        found.cycle(values);
        if cycle == 0 {
            // Nothing has been read yet.
            continue;
        }
        for (name, _) in &wanted.reads {
            assert_eq!(
                found.read(name),
                wanted.read(name),
                "{name} in cycle {cycle}"
            );
        }
    }
}

/// What is read while it is written is neither always old nor always new, unless the Verilog says what it is.
fn collisions_are_random(family: Family) {
    let mut found = netlist(family);
    let names: Vec<String> = found.reads.iter().map(|(name, _)| name.clone()).collect();
    let mut seen = vec![[false; 2]; names.len()];
    let all = (1 << 36) - 1;
    for turn in 0..64u64 {
        let (old, new) = ([0, all][turn as usize % 2], [all, 0][turn as usize % 2]);
        found.cycle([1, 0, 15, turn, 0, old]);
        found.cycle([1, 1, 15, turn, turn, new]);
        for (name, seen) in names.iter().zip(&mut seen) {
            let read = found.read(name);
            let ones = match name.strip_prefix("q_m_") {
                Some(width) => (1 << width.parse::<u32>().unwrap()) - 1,
                None if name == "q_filled" => 0xffff,
                None => all,
            };
            seen[0] |= read != old & ones;
            seen[1] |= read != new & ones;
        }
    }
    for (name, seen) in names.iter().zip(seen) {
        let wanted = [name != "q_emulated", true];
        assert_eq!(
            seen, wanted,
            "{name}: other than old data, other than new data"
        );
    }
}

#[test]
fn memories_of_ecp5_are_what_the_verilog_says() {
    memories_are_what_the_verilog_says(Family::Ecp5);
}

#[test]
fn memories_of_ice40_are_what_the_verilog_says() {
    memories_are_what_the_verilog_says(Family::Ice40);
}

#[test]
fn block_ram_of_ecp5_gives_random_data_for_what_is_being_written() {
    collisions_are_random(Family::Ecp5);
}

#[test]
fn block_ram_of_ice40_gives_random_data_for_what_is_being_written() {
    collisions_are_random(Family::Ice40);
}
