//! Whole computers around the checkpoint unit: RISC-V processors that someone else wrote run compiled C
//! behind it, are broken at any moment, rolled back, and must still end with the right answers.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use mch_computer::{ComputerRun, FaultPlan, Job, Program, RunConfig};
//! let job = |program| Job { program, scale: 4, seed: 7 };
//! let run = ComputerRun::new(RunConfig {
//!     jobs: vec![job(Program::Sort), job(Program::Hash)],
//!     faults: vec![FaultPlan::Random(5)],
//!     ..RunConfig::default()
//! })?;
//! let report = run.run()?;
//! assert!(report.computers.iter().all(|computer| computer.is_right()));
//! assert!(report.against(&run.undisturbed()?).iter().all(|other| other.differing_bytes == 0));
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod config;
mod fault;
mod hypervisor;
mod machine;
mod native;
mod processor;
mod program;
mod record;
mod registers;
mod report;
mod rtl;
mod run;
mod setup;
mod takeover;
mod takeover_run;
mod watch;
mod waveform;
mod wild;

pub use config::RunConfig;
pub use fault::{Fault, FaultPlan, Moment};
pub use machine::Unit;
pub use processor::processor_verilog;
pub use program::{Compiler, Image, Job, Place, Program};
pub use record::{record, Access, AccessKind, Recording};
pub use report::{Comparison, ComputerReport, Durations, Inheritance, Loss, RunReport};
pub use run::ComputerRun;
pub use takeover::{LossMoment, LossPlan, PairRun};
