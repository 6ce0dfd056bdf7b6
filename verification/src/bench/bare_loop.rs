//! A C++ program with nothing between its loop and a Verilated model, which replays what was recorded.

use anyhow::{bail, Context, Result};
use mch_hdl::emit::VerilogFile;
use mch_sim::bench::{recorded_inputs, watched_outputs};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use verilated::Library;

/// The program's text; its arguments are the recording and the number of cycles.
fn program(library: &Library) -> String {
    let mut set = String::new();
    for (name, bytes) in recorded_inputs(library) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            set,
            "        std::memcpy(&model.{name}, at, {bytes}); at += {bytes};"
        );
    }
    let mut read = String::new();
    for name in watched_outputs(library) {
        let _ = writeln!(read, "        sum = (sum << 1 | sum >> 63) ^ model.{name};");
    }
    format!(
        r#"#include "Vmodel.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

static double processor_time() {{
    double nanoseconds = 0;
    std::ifstream{{"/proc/thread-self/schedstat"}} >> nanoseconds;
    return nanoseconds;
}}

int main(int, char** arguments) {{
    std::ifstream file{{arguments[1], std::ios::binary}};
    const std::vector<char> values{{std::istreambuf_iterator<char>{{file}}, {{}}}};
    const unsigned long cycles = std::strtoul(arguments[2], nullptr, 10);
    VerilatedContext context;
    Vmodel model{{&context}};
    model.eval();
    uint64_t sum = 0;
    const char* at = values.data();
    const double start = processor_time();
    for (unsigned long cycle = 0; cycle < cycles; ++cycle) {{
{set}        model.clk = 0;
        model.eval();
{read}        model.clk = 1;
        model.eval();
    }}
    std::printf("%llu %.9f\n", static_cast<unsigned long long>(sum), (processor_time() - start) / 1e9);
}}
"#
    )
}

/// Builds the program for a model in `folder` with the options that the model's library was built with, and the C++ compiler at
/// its hardest.
pub fn build(
    folder: &Path,
    top: &str,
    files: &[VerilogFile],
    library: &Library,
) -> Result<PathBuf> {
    let mut command = Command::new("verilator");
    command.current_dir(folder).args([
        "--cc",
        "--exe",
        "--build",
        "-j",
        "2",
        "-O3",
        "--no-timing",
        "--prefix",
        "Vmodel",
        "--Mdir",
        "obj",
        "--x-assign",
        "fast",
        "--x-initial",
        "fast",
        "--assert",
        "--output-split",
        "5000",
        "--output-split-cfuncs",
        "4000",
        "--top-module",
        top,
        "-o",
        "bare",
        "-CFLAGS",
        "-O3 -DVL_TIME_CONTEXT",
        "-MAKEFLAGS",
        "OPT_FAST=-O3 OPT_SLOW=-O1 OPT_GLOBAL=-O3",
    ]);
    for file in files {
        std::fs::write(folder.join(&file.name), &file.text)?;
        command.arg(&file.name);
    }
    std::fs::write(folder.join("loop.cpp"), program(library))?;
    command.arg("loop.cpp");
    let output = command.output().context("running verilator")?;
    if !output.status.success() {
        bail!(
            "the bare loop could not be built:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(folder.join("obj").join("bare"))
}

/// Runs the program; returns its check sum and the seconds of processor time.
pub fn run(program: &Path, recording: &Path, cycles: u64) -> Result<(u64, f64)> {
    let output = Command::new(program)
        .arg(recording)
        .arg(cycles.to_string())
        .output()
        .context("running the bare loop")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (sum, seconds) = text
        .trim()
        .split_once(' ')
        .with_context(|| format!("the bare loop ended with {}", output.status))?;
    Ok((sum.parse()?, seconds.parse()?))
}
