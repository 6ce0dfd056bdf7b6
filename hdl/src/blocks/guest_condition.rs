//! Evaluates the condition that a BRANCH or WAIT names.
//!
//! **Does**: selects one of the guest's conditions by number; a number that names none is false.
//! **Latency**: combinational, no state.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::registers::Condition;
use mch_spec::Config;

/// The conditions of a guest.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestCondition {
    /// The condition's number.
    pub selector: Signal<In, Bits<8>>,
    /// All processors have arrived.
    pub arrived: Signal<In, Bit>,
    /// No accepted write is unacknowledged.
    pub quiet: Signal<In, Bit>,
    /// No job runs and no copy is outstanding.
    pub job_done: Signal<In, Bit>,
    /// This guest has reached its barrier.
    pub at_barrier: Signal<In, Bit>,
    /// A guest of its group has not, or will not.
    pub group_waits: Signal<In, Bit>,
    /// The last job met an error.
    pub job_error: Signal<In, Bit>,
    /// Flag VALID.
    pub valid: Signal<In, Bit>,
    /// Flag LOST.
    pub lost: Signal<In, Bit>,
    /// Flag ATTACHED.
    pub attached: Signal<In, Bit>,
    /// Flag STUCK.
    pub stuck: Signal<In, Bit>,
    /// A rollback waits behind the checkpoint.
    pub rollback_waits: Signal<In, Bit>,
    /// The rendezvous has lasted too long.
    pub timed_out: Signal<In, Bit>,
    /// No copy of a block of the last checkpoint is wanting.
    pub pending_empty: Signal<In, Bit>,
    /// The backup has acknowledged the session. With the link.
    pub link_synced: Signal<In, Bit>,
    /// It has acknowledged the mark. With the link.
    pub link_marked: Signal<In, Bit>,
    /// Flag STANDBY. With the link.
    pub standby: Signal<In, Bit>,
    /// The strategy, 1..6.
    pub strategy: Signal<In, Bits<3>>,
    /// The condition holds.
    pub holds: Signal<Out, Bit>,
    has_link: Constant<Bit>,
    condition_link_synced: Constant<Bits<8>>,
    condition_link_marked: Constant<Bits<8>>,
    condition_standby: Constant<Bits<8>>,
    condition_always: Constant<Bits<8>>,
    condition_arrived: Constant<Bits<8>>,
    condition_quiet: Constant<Bits<8>>,
    condition_job_done: Constant<Bits<8>>,
    condition_barrier: Constant<Bits<8>>,
    condition_job_error: Constant<Bits<8>>,
    condition_valid: Constant<Bits<8>>,
    condition_lost: Constant<Bits<8>>,
    condition_attached: Constant<Bits<8>>,
    condition_stuck: Constant<Bits<8>>,
    condition_cancelled: Constant<Bits<8>>,
    condition_timed_out: Constant<Bits<8>>,
    condition_pending_empty: Constant<Bits<8>>,
    condition_cannot_roll_back: Constant<Bits<8>>,
    condition_strategy: Constant<Bits<8>>,
}

impl GuestCondition {
    /// The conditions of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            link_synced: Signal::default(),
            link_marked: Signal::default(),
            standby: Signal::default(),
            has_link: flag(config.link),
            condition_link_synced: constant(Condition::LinkSynced as u64),
            condition_link_marked: constant(Condition::LinkMarked as u64),
            condition_standby: constant(Condition::Standby as u64),
            selector: Signal::default(),
            arrived: Signal::default(),
            quiet: Signal::default(),
            job_done: Signal::default(),
            at_barrier: Signal::default(),
            group_waits: Signal::default(),
            job_error: Signal::default(),
            valid: Signal::default(),
            lost: Signal::default(),
            attached: Signal::default(),
            stuck: Signal::default(),
            rollback_waits: Signal::default(),
            timed_out: Signal::default(),
            pending_empty: Signal::default(),
            strategy: Signal::default(),
            holds: Signal::default(),
            condition_always: constant(Condition::Always as u64),
            condition_arrived: constant(Condition::Arrived as u64),
            condition_quiet: constant(Condition::Quiet as u64),
            condition_job_done: constant(Condition::JobDone as u64),
            condition_barrier: constant(Condition::Barrier as u64),
            condition_job_error: constant(Condition::JobError as u64),
            condition_valid: constant(Condition::Valid as u64),
            condition_lost: constant(Condition::Lost as u64),
            condition_attached: constant(Condition::Attached as u64),
            condition_stuck: constant(Condition::Stuck as u64),
            condition_cancelled: constant(Condition::Cancelled as u64),
            condition_timed_out: constant(Condition::TimedOut as u64),
            condition_pending_empty: constant(Condition::PendingEmpty as u64),
            condition_cannot_roll_back: constant(Condition::CannotRollBack as u64),
            // Condition 16 + s: the strategy is S(s).
            condition_strategy: constant(Condition::S1 as u64 - 1),
        }
    }
}

impl Logic for GuestCondition {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_condition");
        comment!("Selects one of a guest's conditions by number. Combinational.");
        self.holds.next = false;
        if self.selector.val() == self.condition_always.val() {
            self.holds.next = true;
        } else if self.selector.val() == self.condition_arrived.val() {
            self.holds.next = self.arrived.val();
        } else if self.selector.val() == self.condition_quiet.val() {
            self.holds.next = self.quiet.val();
        } else if self.selector.val() == self.condition_job_done.val() {
            self.holds.next = self.job_done.val();
        } else if self.selector.val() == self.condition_barrier.val() {
            self.holds.next = self.at_barrier.val() & !self.group_waits.val();
        } else if self.selector.val() == self.condition_job_error.val() {
            self.holds.next = self.job_error.val();
        } else if self.selector.val() == self.condition_valid.val() {
            self.holds.next = self.valid.val();
        } else if self.selector.val() == self.condition_lost.val() {
            self.holds.next = self.lost.val();
        } else if self.selector.val() == self.condition_attached.val() {
            self.holds.next = self.attached.val();
        } else if self.selector.val() == self.condition_stuck.val() {
            self.holds.next = self.stuck.val();
        } else if self.selector.val() == self.condition_cancelled.val() {
            self.holds.next = self.rollback_waits.val();
        } else if self.selector.val() == self.condition_timed_out.val() {
            self.holds.next = self.timed_out.val();
        } else if self.selector.val() == self.condition_pending_empty.val() {
            self.holds.next = self.pending_empty.val();
        } else if self.selector.val() == self.condition_cannot_roll_back.val() {
            self.holds.next = !self.valid.val() | self.lost.val();
        } else if self.has_link.val() & (self.selector.val() == self.condition_link_synced.val()) {
            self.holds.next = self.link_synced.val();
        } else if self.has_link.val() & (self.selector.val() == self.condition_link_marked.val()) {
            self.holds.next = self.link_marked.val();
        } else if self.has_link.val() & (self.selector.val() == self.condition_standby.val()) {
            self.holds.next = self.standby.val();
        } else if self.selector.val()
            == (self.condition_strategy.val() + bit_cast::<8, 3>(self.strategy.val()))
        {
            self.holds.next = true;
        }
    }
}
