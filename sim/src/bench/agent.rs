//! What takes part in a simulation besides the design.

use super::violation::Violation;
use std::any::Any;
use std::marker::PhantomData;
use verilated::Instance;

/// A cycle just before its rising edge, with every signal settled.
pub struct Sample<'a> {
    /// The number of the cycle.
    pub cycle: u64,
    /// Whether the design is held in reset.
    pub reset: bool,
    /// The design; its ports show what the rising edge will take.
    pub model: &'a Instance,
    /// Where broken rules are reported.
    pub violations: &'a mut Vec<Violation>,
}

/// The moment after a rising edge, when inputs for the next cycle are set.
pub struct Drive<'a> {
    /// The number of the cycle that is beginning.
    pub cycle: u64,
    /// Whether the design was held in reset in the cycle that ended: inputs are then 0.
    pub reset: bool,
    /// The design.
    pub model: &'a mut Instance,
}

/// A participant clocked with the design: a manager, a subordinate, a monitor or a test's own.
///
/// In each cycle every agent first observes the settled signals; then comes the rising edge; then every
/// agent drives. So what an agent drives depends only on earlier cycles, as from registers, and the
/// order of the agents does not matter. `Clone` makes the agent part of a snapshot.
pub trait Agent: CloneAgent + Any + Send + Sync {
    /// Looks at the cycle before its rising edge.
    fn observe(&mut self, sample: &mut Sample);

    /// Sets inputs for the next cycle.
    fn drive(&mut self, _drive: &mut Drive) {}

    /// What it still has to do, for the message of a time-out.
    fn status(&self) -> Option<String> {
        None
    }
}

/// Clones a boxed agent; implemented for every agent that is `Clone`.
pub trait CloneAgent {
    /// A copy in a box of its own.
    fn clone_box(&self) -> Box<dyn Agent>;
}

impl<T: Agent + Clone> CloneAgent for T {
    fn clone_box(&self) -> Box<dyn Agent> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Agent> {
    fn clone(&self) -> Self {
        // Through the inner type: the box itself would recurse.
        (**self).clone_box()
    }
}

/// The place of an agent of type `T` in its simulation; `simulation[handle]` is the agent.
pub struct Handle<T> {
    pub(super) index: usize,
    pub(super) agent: PhantomData<fn() -> T>,
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}
