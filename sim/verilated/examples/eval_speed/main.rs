//! Simulated cycles per second from Rust, against a bare C++ loop over the same model, compiled alike.
//!
//! `cargo run --release -p verilated --example eval_speed [cycles [lanes]]`
//!
//! The more lanes, the more logic.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use verilated::{Cache, Design, Optimization};

/// Seconds on a processor, so that other work on the machine counts little.
fn processor_time() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().ok_or("no processor time")?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}

/// Ports written and read every cycle, as a harness does. Returns a check sum and the seconds it took.
fn from_rust(
    source: &Path,
    cycles: u64,
    lanes: u64,
    both_edges_at_once: bool,
) -> Result<(u64, f64), Box<dyn Error>> {
    let design = Design::new("mixer")
        .file(source)
        .parameter("LANES", lanes)
        .optimization(Optimization::Most);
    let library = design.build(&Cache::default())?;
    let input = |name| library.input(name);
    let (clk, rst, enable, data) = (
        input("clk")?,
        input("rst")?,
        input("enable")?,
        input("data")?,
    );
    let (valid, q) = (library.output("valid")?, library.output("q")?);
    let mut instance = library.instance(1)?;
    instance.set(rst, 1);
    instance.cycle(clk)?;
    instance.set(rst, 0);
    let mut sum = 0u64;
    let start = processor_time()?;
    for cycle in 0..cycles {
        instance.set(enable, u64::from(cycle & 7 != 0));
        instance.set(data, cycle.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if both_edges_at_once {
            instance.cycle(clk)?;
        } else {
            instance.set(clk, 0);
            instance.eval()?;
            instance.set(clk, 1);
            instance.eval()?;
        }
        if instance.get(valid) != 0 {
            sum = sum.wrapping_add(instance.get(q));
        }
    }
    Ok((sum, processor_time()? - start))
}

/// Builds the C++ loop with Verilator's own makefile at -O3.
fn build_bare_loop(here: &Path, folder: &Path, lanes: u64) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("verilator");
    command.args([
        "--cc",
        "--exe",
        "--build",
        "-O3",
        "--x-assign",
        "fast",
        "--x-initial",
        "fast",
        "--no-timing",
    ]);
    command.args([
        "-CFLAGS",
        "-O3 -DVL_TIME_CONTEXT",
        "-MAKEFLAGS",
        "OPT_FAST=-O3 OPT_SLOW=-O3 OPT_GLOBAL=-O3",
    ]);
    command.arg(format!("-GLANES={lanes}"));
    command.arg("--Mdir").arg(folder).args(["-o", "bare"]);
    command.arg(here.join("mixer.v")).arg(here.join("loop.cpp"));
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let cycles: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(20_000_000), |text| text.parse())?;
    let lanes: u64 = std::env::args().nth(2).map_or(Ok(1), |text| text.parse())?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/speed");
    let folder = tempfile::tempdir()?;
    build_bare_loop(&here, folder.path(), lanes)?;
    let mut best = [f64::INFINITY; 3];
    // The best of several turns, taken in alternation, so that other work on the machine counts little.
    for _ in 0..5 {
        let output = Command::new(folder.path().join("bare"))
            .arg(cycles.to_string())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let (sum, seconds) = text
            .trim()
            .split_once(' ')
            .ok_or("no result from the C++ loop")?;
        best[0] = best[0].min(seconds.parse()?);
        for (at, at_once) in [(1, false), (2, true)] {
            let (found, seconds) = from_rust(&here.join("mixer.v"), cycles, lanes, at_once)?;
            assert_eq!(
                found,
                sum.parse::<u64>()?,
                "both loops must simulate the same"
            );
            best[at] = best[at].min(seconds);
        }
    }
    for (name, seconds) in ["bare C++ loop", "Rust, two evals", "Rust, cycle"]
        .iter()
        .zip(best)
    {
        let rate = cycles as f64 / seconds / 1e6;
        println!(
            "{name:16} {rate:7.2} M cycles/s, {:.2} of the C++ loop",
            best[0] / seconds
        );
    }
    Ok(())
}
