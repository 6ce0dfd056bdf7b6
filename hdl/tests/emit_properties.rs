//! What Rust computes and what the emitted Verilog computes agree, bit for bit: random programs, evaluated
//! by rust-hdl's own arithmetic and run in Verilator.

use crate::emit_support;

use emit_support::block::ProgramBlock;
use emit_support::generator::{program, Tape};
use emit_support::model::{build, get, set};
use emit_support::program::Program;
use mch_hdl::emit::{emit, EmitOptions};
use num_bigint::BigUint;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError};
use rand::{Rng, SeedableRng};

const CYCLES: usize = 300;

fn random_value(random: &mut impl Rng, width: usize) -> BigUint {
    let ones = (BigUint::from(1u32) << width) - 1u32;
    match random.random_range(0..6) {
        0 => BigUint::default(),
        1 => ones,
        2 => BigUint::from(1u32) << random.random_range(0..width),
        _ => {
            let words = (0..width.div_ceil(32)).map(|_| random.random()).collect();
            BigUint::new(words) & ones
        }
    }
}

fn agrees(program: &Program, seed: u64) -> Result<(), TestCaseError> {
    let block = ProgramBlock(program);
    let files = emit(&block, &EmitOptions::default())
        .map_err(|error| TestCaseError::fail(format!("{error}\n{program:#?}")))?;
    let text: String = files.iter().map(|f| f.text.as_str()).collect();
    let library =
        build(&files, true).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let mut model = library
        .instance(1)
        .map_err(|e| TestCaseError::fail(e.to_string()))?;
    let clk = library
        .input("clk")
        .map_err(|e| TestCaseError::fail(e.to_string()))?;
    let rst = library
        .input("rst")
        .map_err(|e| TestCaseError::fail(e.to_string()))?;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut state = program.initial();
    for cycle in 0..CYCLES {
        let inputs: Vec<BigUint> = program
            .inputs
            .iter()
            .map(|width| random_value(&mut random, *width))
            .collect();
        let reset = cycle == 0 || random.random_range(0..20) == 0;
        for (number, value) in inputs.iter().enumerate() {
            set(&mut model, &format!("i{number}"), value);
        }
        model.set(rst, reset.into());
        model.set(clk, 0);
        model
            .eval()
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        let (outputs, next) = program.step(&inputs, &state, reset);
        // Before the first reset everything is undefined.
        for (number, value) in outputs.iter().enumerate().filter(|_| cycle > 0) {
            let found = get(&model, &format!("o{number}"));
            prop_assert_eq!(
                &found,
                value,
                "o{} in cycle {}: Verilog {:x}, Rust {:x}\ninputs {:x?}\nstate {:x?}\n{:#?}\n{}",
                number,
                cycle,
                found,
                value,
                inputs,
                state,
                program,
                text
            );
        }
        model.set(clk, 1);
        model
            .eval()
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        state = next;
    }
    Ok(())
}

fn config() -> Config {
    Config {
        cases: std::env::var("EMIT_CASES")
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(6),
        max_shrink_iters: 60,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn flat_programs_agree(choices in prop::collection::vec(any::<u32>(), 400..1500), seed: u64) {
        agrees(&program(&mut Tape::new(choices), "flat", 24, false), seed)?;
    }

    #[test]
    fn nested_programs_agree(choices in prop::collection::vec(any::<u32>(), 600..2000), seed: u64) {
        agrees(&program(&mut Tape::new(choices), "parent", 16, true), seed)?;
    }
}
