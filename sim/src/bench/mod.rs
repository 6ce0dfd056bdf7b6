//! The simulation itself: clock, reset, agents, time-outs, snapshots and waveforms.

mod agent;
mod failure;
mod pacing;
mod pins;
mod recording;
mod simulation;
mod violation;

pub use agent::{Agent, CloneAgent, Drive, Handle, Sample};
pub use failure::{Failure, FailureKind};
pub use pacing::{derive_seed, Pacer, Pacing};
pub use pins::{DataPin, Lanes, Pin, MAX_BUS_BYTES};
pub use recording::{recorded_inputs, watched_outputs, Recorder, Replay};
pub use simulation::{Simulation, Snapshot};
pub use violation::Violation;
