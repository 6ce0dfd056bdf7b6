//! A block in Verilator, its pins by name; pins that a configuration leaves out swallow what is set and read 0.

use mch_hdl::emit::{emit, gate, EmitOptions};
use rust_hdl::prelude::Block;
use std::path::Path;
use std::sync::Arc;
use verilated::{Cache, Design, Input, Instance, Library, Output};

/// A pin, if there.
#[derive(Clone, Copy, Debug)]
pub struct Pin {
    input: Option<Input>,
    output: Option<Output>,
}

/// An instance and its clock.
pub struct Pins {
    pub instance: Instance,
    clk: Input,
    rst: Input,
}

/// Emits, lints and builds a block.
pub fn build(block: &dyn Block) -> Arc<Library> {
    let files = emit(block, &EmitOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    gate(&files, Path::new(env!("CARGO_TARGET_TMPDIR")))
        .unwrap_or_else(|error| panic!("{error:#}"));
    let top = files[0].name.trim_end_matches(".v").to_owned();
    let design = files.iter().fold(Design::new(top), |design, file| {
        design.text(file.name.clone(), file.text.clone())
    });
    design
        .random_init(true)
        .build(&Cache::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

impl Pins {
    pub fn new(library: &Arc<Library>, seed: u64) -> Pins {
        Pins {
            instance: library.instance(seed).unwrap(),
            clk: library.input("clk").unwrap(),
            rst: library.input("rst").unwrap(),
        }
    }

    pub fn pin(&self, name: &str) -> Pin {
        let library = self.instance.library();
        Pin {
            input: library.input(name).ok(),
            output: library.output(name).ok(),
        }
    }

    /// The pins `name_0`, `name_1`, ...
    pub fn each(&self, name: &str, count: usize) -> Vec<Pin> {
        (0..count)
            .map(|k| self.pin(&format!("{name}_{k}")))
            .collect()
    }

    pub fn set(&mut self, pin: Pin, value: u64) {
        if let Some(input) = pin.input {
            self.instance.set(input, value);
        }
    }

    pub fn get(&self, pin: Pin) -> u64 {
        pin.output.map_or(0, |output| self.instance.get(output))
    }

    pub fn is(&self, pin: Pin) -> bool {
        self.get(pin) != 0
    }

    pub fn eval(&mut self) {
        self.instance.eval().unwrap_or_else(|stop| panic!("{stop}"));
    }

    pub fn clock(&mut self) {
        let clk = self.clk;
        self.instance
            .cycle(clk)
            .unwrap_or_else(|stop| panic!("{stop}"));
    }

    pub fn reset(&mut self) {
        let rst = self.rst;
        self.instance.set(rst, 1);
        self.clock();
        self.clock();
        self.instance.set(rst, 0);
    }
}
