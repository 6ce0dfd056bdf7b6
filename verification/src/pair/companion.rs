//! A unit whose clock runs along with another's: whatever is asked of that one, both go on.

use crate::system::System;
use mch_sim::bench::{Agent, Sample, Violation};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A computer that takes a step in every cycle of the simulation that it is added to.
#[derive(Clone)]
pub struct Companion(Arc<Mutex<System>>);

impl Companion {
    /// This one runs along.
    pub fn new(system: System) -> Companion {
        Companion(Arc::new(Mutex::new(system)))
    }

    /// The computer. What is asked of it here runs it alone: the other's clock stands still.
    pub fn alone(&self) -> MutexGuard<'_, System> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent for Companion {
    fn observe(&mut self, sample: &mut Sample) {
        if let Err(failure) = self.alone().simulation.step() {
            sample.violations.push(Violation {
                rule: "companion",
                cycle: sample.cycle,
                port: "the other unit".to_owned(),
                detail: failure.to_string(),
            });
        }
    }
}
