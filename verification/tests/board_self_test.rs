//! The self test of the boards, as it goes onto the chip, in Verilator: what its serial line says, with memory good and with memory spoiled.

use mch_hdl::board;
use std::sync::{Arc, OnceLock};
use verilated::{Cache, Design, Input, Instance, Library, Output};

/// Cycles of a bit of the serial line: few, or the text would take longer than the test.
const BIT_CYCLES: u32 = 4;
const GOOD: &str = "checkpoint, fault, rollback: PASS\r\n";
/// Cycles for a turn, and for what comes before the first.
const TURN: u64 = 200_000;

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    let build = || {
        let files = board::generate(&board::smallest(), BIT_CYCLES).expect("Verilog");
        let design = files.iter().fold(Design::new(board::TOP), |design, file| {
            design.text(&file.name, &file.text)
        });
        design
            .random_init(true)
            .build(&Cache::default())
            .expect("a model")
    };
    LIBRARY.get_or_init(build).clone()
}

/// A board, and who listens to its serial line.
struct Board {
    instance: Instance,
    clk: Input,
    disturb: Input,
    tx: Output,
    passed: Output,
    failed: Output,
    text: String,
    /// Cycles since the start bit of the character under way, and its bits.
    character: Option<(u32, u32)>,
}

impl Board {
    fn new(seed: u64) -> Board {
        let library = library();
        let mut board = Board {
            instance: library.instance(seed).expect("an instance"),
            clk: library.input("clk").expect("clk"),
            disturb: library.input("disturb").expect("disturb"),
            tx: library.output("uart_tx").expect("uart_tx"),
            passed: library.output("passed").expect("passed"),
            failed: library.output("failed").expect("failed"),
            text: String::new(),
            character: None,
        };
        let rst = library.input("rst").expect("rst");
        board.disturb(false);
        board.instance.set(rst, 1);
        board.instance.cycles(board.clk, 4).expect("evaluates");
        board.instance.set(rst, 0);
        board
    }

    fn disturb(&mut self, on: bool) {
        self.instance.set(self.disturb, u64::from(on));
    }

    /// A cycle; the line is looked at in the middle of its bits.
    fn cycle(&mut self) {
        self.instance.cycle(self.clk).expect("evaluates");
        let level = self.instance.get(self.tx) as u32;
        match &mut self.character {
            None if level == 0 => self.character = Some((0, 0)),
            None => {}
            Some((cycles, bits)) => {
                *cycles += 1;
                if *cycles % BIT_CYCLES == BIT_CYCLES / 2 {
                    let number = *cycles / BIT_CYCLES;
                    match number {
                        0 => assert_eq!(level, 0, "the start bit"),
                        1..=8 => *bits |= level << (number - 1),
                        _ => {
                            assert_eq!(level, 1, "the stop bit after {:?}", self.text);
                            self.text.push(*bits as u8 as char);
                            self.character = None;
                        }
                    }
                }
            }
        }
    }

    /// Runs until the text ends in this; returns what was said.
    fn until(&mut self, end: &str) -> String {
        for _ in 0..TURN {
            self.cycle();
            if self.text.ends_with(end) {
                return std::mem::take(&mut self.text);
            }
        }
        panic!("no {end:?} within {TURN} cycles, but {:?}", self.text)
    }

    fn is(&self, output: Output) -> bool {
        self.instance.get(output) != 0
    }
}

#[test]
fn the_board_says_that_it_passes_turn_after_turn() {
    let mut board = Board::new(1);
    assert!(!board.is(board.passed) && !board.is(board.failed));
    assert_eq!(board.until(GOOD), format!("\r\nmch_checkpoint\r\n{GOOD}"));
    for _ in 0..9 {
        assert_eq!(board.until(GOOD), GOOD);
        assert!(board.is(board.passed) && !board.is(board.failed));
    }
}

#[test]
fn a_disturbed_bit_of_memory_is_a_failure_for_good() {
    // Spoiled from the beginning, before a turn, and within one: in every case some later comparison finds the word.
    for (good, within) in [(0, 0), (1, 0), (2, 1_500), (3, 9_000)] {
        let mut board = Board::new(2 + good);
        for _ in 0..good {
            board.until(GOOD);
        }
        for _ in 0..within {
            board.cycle();
        }
        board.disturb(true);
        let text = board.until("FAIL at step ");
        assert!(
            !text.contains("PASS"),
            "after {good} turns and {within} cycles: {text:?}"
        );
        board.until("\r\n");
        board.disturb(false);
        for _ in 0..TURN / 4 {
            board.cycle();
        }
        assert!(board.text.is_empty(), "{:?}", board.text);
        assert!(board.is(board.failed) && !board.is(board.passed));
    }
}
