//! A guest's epoch, the outcomes of its past epochs, its interval number and its counts of dirty and pending blocks.
//!
//! **Does**: one `step` ends the epoch: `outcomes[epoch] := step_commit; epoch := epoch + 1`. The floor is the epoch at the
//! start of the last completed sweep of the scrubber; a step that would reach it is not `step_ready`.
//! **Latency**: outputs are registers, one cycle after their cause; `step_ready` comes a cycle later than the epoch and is 0 after a step.
//! **Reset**: epoch 0, nothing dirty.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::strategy::Strategy;

/// Epoch, outcomes, interval and dirty count of a guest.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestEpoch {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// Ends the epoch; only while `step_ready`.
    pub step: Signal<In, Bit>,
    /// The outcome of the epoch that ends: 1 committed, 0 rolled back.
    pub step_commit: Signal<In, Bit>,
    /// The scrubber has completed a sweep.
    pub sweep_done: Signal<In, Bit>,
    /// A block of the guest was marked.
    pub marked: Signal<In, Bit>,
    /// A whole word of the guest was filled with ones.
    pub filled: Signal<In, Bit>,
    /// The guest's strategy copies what is dirty after a commit: then it is pending.
    pub pushes: Signal<In, Bit>,
    /// A block of the guest is pending no more.
    pub cleared: Signal<In, Bit>,
    /// A fill begins: the counts start over.
    pub fill_started: Signal<In, Bit>,
    /// The epoch, k bits.
    pub epoch: Signal<Out, Bits<6>>,
    /// The outcome of each epoch value, 2^k bits.
    pub outcomes: Signal<Out, Bits<64>>,
    /// Epochs ended so far, modulo 2^16.
    pub interval: Signal<Out, Bits<16>>,
    /// Blocks marked in this interval.
    pub dirty: Signal<Out, Bits<27>>,
    /// Blocks of the last checkpoint that are not in the shadow yet.
    pub pending: Signal<Out, Bits<27>>,
    /// A step may happen.
    pub step_ready: Signal<Out, Bit>,
    epoch_now: Register<Bits<6>>,
    outcome_of: Register<Bits<64>>,
    floor: Register<Bits<6>>,
    sweep_epoch: Register<Bits<6>>,
    interval_now: Register<Bits<16>>,
    dirty_now: Register<Bits<27>>,
    pending_now: Register<Bits<27>>,
    selected: Signal<Local, Bits<64>>,
    distance: Signal<Local, Bits<6>>,
    ready: Register<Bit>,
    epoch_mask: Constant<Bits<6>>,
    has_push: Constant<Bit>,
}

impl GuestEpoch {
    /// The epoch state for a configuration.
    pub fn new(config: &Config) -> Self {
        let bits = config.epoch_bits as usize;
        Self {
            epoch_now: Register::narrow(0.into(), bits),
            outcome_of: Register::narrow(0.into(), 1 << bits),
            floor: Register::narrow(0.into(), bits),
            sweep_epoch: Register::narrow(0.into(), bits),
            dirty_now: Register::narrow(0.into(), config.block_bits() as usize + 1),
            pending_now: Register::narrow(0.into(), config.block_bits() as usize + 1),
            epoch_mask: constant((1 << bits) - 1),
            has_push: flag(config.has(Strategy::S4)),
            pushes: Default::default(),
            cleared: Default::default(),
            pending: Default::default(),
            clock: Default::default(),
            step: Default::default(),
            step_commit: Default::default(),
            sweep_done: Default::default(),
            marked: Default::default(),
            filled: Default::default(),
            fill_started: Default::default(),
            epoch: Default::default(),
            outcomes: Default::default(),
            interval: Default::default(),
            dirty: Default::default(),
            step_ready: Default::default(),
            interval_now: Default::default(),
            selected: Default::default(),
            distance: Default::default(),
            ready: Default::default(),
        }
    }
}

impl Logic for GuestEpoch {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_epoch");
        comment!("A guest's epoch, the outcomes of its past epochs, its interval number, dirty and pending counts.");
        comment!("A step is one cycle; it waits (step_ready low) while the next epoch is the floor, the epoch at");
        comment!("the start of the last completed sweep. Outputs are registers. Reset: epoch 0, nothing dirty.");
        dff_setup!(
            self,
            clock,
            epoch_now,
            outcome_of,
            floor,
            sweep_epoch,
            interval_now,
            dirty_now,
            pending_now,
            ready
        );
        self.distance.next =
            (self.epoch_now.q.val() + 1 - self.floor.q.val()) & self.epoch_mask.val();
        // What a sweep does to the floor makes room only; after a step it is looked at anew.
        self.ready.d.next = self.distance.val().any() & !self.step.val();
        self.step_ready.next = self.ready.q.val();
        self.selected.next = bits::<64>(1) << self.epoch_now.q.val();
        if self.sweep_done.val() {
            self.floor.d.next = self.sweep_epoch.q.val();
            self.sweep_epoch.d.next = self.epoch_now.q.val();
        }
        if self.filled.val() {
            self.dirty_now.d.next = self.dirty_now.q.val() + 32;
        } else if self.marked.val() {
            self.dirty_now.d.next = self.dirty_now.q.val() + 1;
        }
        if self.step.val() {
            self.epoch_now.d.next = self.epoch_now.q.val() + 1;
            self.interval_now.d.next = self.interval_now.q.val() + 1;
            self.dirty_now.d.next = 0.into();
            self.outcome_of.d.next = self.outcome_of.q.val() & !self.selected.val();
            if self.step_commit.val() {
                self.outcome_of.d.next = self.outcome_of.q.val() | self.selected.val();
            }
        }
        if self.cleared.val() {
            self.pending_now.d.next = self.pending_now.q.val() - 1;
        }
        if self.step.val() & self.step_commit.val() & self.pushes.val() {
            self.pending_now.d.next = self.dirty_now.q.val();
        }
        if self.fill_started.val() {
            self.dirty_now.d.next = 0.into();
            self.pending_now.d.next = 0.into();
        }
        self.pending.next = 0.into();
        if self.has_push.val() {
            self.pending.next = self.pending_now.q.val();
        }
        self.epoch.next = self.epoch_now.q.val();
        self.outcomes.next = self.outcome_of.q.val();
        self.interval.next = self.interval_now.q.val();
        self.dirty.next = self.dirty_now.q.val();
    }
}
