//! Simulation of verilated designs with AXI ports: clock and reset, managers, subordinates with
//! memories behind them, monitors, snapshots and waveforms.
//!
//! A test builds a design, adds an agent to each port by the prefix of its signals, and runs:
//!
//! ```no_run
//! use mch_sim::axi::{LiteOptions, ManagerOptions, MonitorOptions, SubordinateOptions};
//! use mch_sim::Simulation;
//! use verilated::{Cache, Design};
//!
//! # fn main() -> anyhow::Result<()> {
//! let library = Design::new("mch_checkpoint").file("mch_checkpoint.v").build(&Cache::default())?;
//! let mut simulation = Simulation::new(&library, 42)?; // the seed decides everything random
//! let cpu = simulation.add_manager("s_axi", ManagerOptions::default())?;
//! let dram = simulation.add_subordinate("m_axi", SubordinateOptions::with_latency(40))?;
//! let firmware = simulation.add_lite_manager("s_axil", LiteOptions::default())?;
//! simulation.add_monitors(MonitorOptions::default())?; // a broken rule on any port fails the run
//! simulation.reset(4)?;
//!
//! assert_eq!(simulation.read_register(firmware, 0, 100)?, 0x4d43_4831);
//! simulation.write_bytes(cpu, 0x1000, b"any length, any alignment", 1_000)?;
//! assert_eq!(simulation[dram].memory().read_vec(0x1000, 3), b"any");
//! # Ok(())
//! # }
//! ```
//!
//! **Cycles.** In each cycle every agent first observes all signals, settled, just before the rising
//! edge; after it every agent drives. Agents behave like registers: what they drive depends on earlier
//! cycles only, so results do not depend on the order in which they were added. Equal seeds give equal
//! runs; every failure prints its seed.
//!
//! **Handles.** `add_...` returns a [`Handle`]; `simulation[handle]` is the agent.
//!
//! **Faults.** [`Simulation::save`] keeps the model and every agent with its memory (pages are shared, so
//! a snapshot is small); a campaign saves, breaks something, looks at the outcome, restores, and does
//! the same a cycle later. A manager can die in the middle of a burst ([`axi::Death`]), a memory can
//! answer with errors ([`memory::Fault`]), and a time-out says what every agent still waited for.
//!
//! **What happened.** Monitors log transactions ([`axi::Event`]) for golden models to consume;
//! [`axi::Summary`] turns a manager's results into latency and throughput.
#![deny(missing_docs)]

pub mod axi;
pub mod bench;
pub mod memory;
pub mod stream;

pub use bench::{Failure, Handle, Pacing, Simulation, Snapshot};
