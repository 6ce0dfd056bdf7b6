//! Simulated cycles per second of the register slice, with agents idle and busy.
//!
//! `cargo run --release -p mch-sim --example bus_speed`

use anyhow::Result;
use mch_sim::axi::{Burst, ManagerOptions, MonitorOptions, SubordinateOptions, WriteRequest};
use mch_sim::Simulation;
use std::path::Path;
use std::time::Instant;
use verilated::{Cache, Design, Optimization};

const CYCLES: u64 = 1_000_000;

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verilog");
    for width in [64, 512] {
        let library = Design::new("axi_slice")
            .include_folder(&folder)
            .file(folder.join("axi_slice.v"))
            .file(folder.join("skid_buffer.v"))
            .parameter("DATA_WIDTH", width)
            .optimization(Optimization::Most)
            .build(&Cache::default())?;
        for (monitors, busy) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut simulation = Simulation::new(&library, 1)?;
            let manager = simulation.add_manager("s_axi", ManagerOptions::default())?;
            simulation.add_subordinate("m_axi", SubordinateOptions::with_latency(20))?;
            if monitors {
                simulation.add_monitor("s_axi", MonitorOptions::default())?;
                simulation.add_monitor("m_axi", MonitorOptions::default())?;
            }
            simulation.reset(2)?;
            let start = Instant::now();
            let beats = 16;
            let bytes = usize::from(beats) * width as usize / 8;
            let size = (width / 8_u32).trailing_zeros() as u8;
            let mut next = 0;
            while simulation.cycle() < CYCLES {
                if busy {
                    for _ in 0..64 {
                        let burst = Burst::incr(next % (1 << 20), beats, size);
                        next += bytes as u64;
                        simulation[manager].write(WriteRequest::new(burst, vec![1; bytes]))?;
                        simulation[manager].read(burst)?;
                    }
                    simulation.run_until_idle(manager, 100_000)?;
                    simulation[manager].take_completed();
                } else {
                    simulation.run(1000)?;
                }
            }
            let rate = simulation.cycle() as f64 / start.elapsed().as_secs_f64() / 1e6;
            println!("{width} bits, monitors {monitors}, busy {busy}: {rate:.2} M cycles/s");
        }
    }
    Ok(())
}
