//! Tells why a command would be refused.
//!
//! **Does**: from the guest's state and the operation on the bus, the error code of the refusal; 0: it would be accepted.
//! **Latency**: combinational, no state. **Order of the checks**: what concerns the unit first, then what runs, then the guest's state.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::registers::{ErrorCode, Operation};
use mch_spec::{Config, Strategy};

/// Why an operation would be refused.
#[derive(Clone, Debug, LogicBlock)]
pub struct CommandRefusal {
    /// The operation on the bus.
    pub operation: Signal<In, Bits<4>>,
    /// CTRL.ENABLE.
    pub enabled: Signal<In, Bit>,
    /// The block store has been cleared.
    pub unit_ready: Signal<In, Bit>,
    /// The firmware memory holds a checked image.
    pub firmware_ok: Signal<In, Bit>,
    /// A routine runs, or a rollback waits to.
    pub busy: Signal<In, Bit>,
    /// A rollback waits behind the checkpoint.
    pub rollback_waits: Signal<In, Bit>,
    /// The operation that runs.
    pub current: Signal<In, Bits<4>>,
    /// Flag ATTACHED.
    pub attached: Signal<In, Bit>,
    /// Flag STUCK.
    pub stuck: Signal<In, Bit>,
    /// Flag VALID.
    pub valid: Signal<In, Bit>,
    /// Flag LOST.
    pub lost: Signal<In, Bit>,
    /// Flag STANDBY. With the link.
    pub standby: Signal<In, Bit>,
    /// The strategy, 1..6. With the link.
    pub strategy: Signal<In, Bits<3>>,
    /// The error code; 0: accepted.
    pub error: Signal<Out, Bits<8>>,
    retry_or_drop: Signal<Local, Bit>,
    begins_standby: Signal<Local, Bit>,
    of_standby: Signal<Local, Bit>,
    has_link: Constant<Bit>,
    s2: Constant<Bits<3>>,
    operation_standby: Constant<Bits<4>>,
    operation_takeover: Constant<Bits<4>>,
    operation_apply: Constant<Bits<4>>,
    error_strategy: Constant<Bits<8>>,
    error_standby: Constant<Bits<8>>,
    error_not_standby: Constant<Bits<8>>,
    operation_attach: Constant<Bits<4>>,
    operation_checkpoint: Constant<Bits<4>>,
    operation_rollback: Constant<Bits<4>>,
    operation_retry: Constant<Bits<4>>,
    operation_drop: Constant<Bits<4>>,
    error_value: Constant<Bits<8>>,
    error_busy: Constant<Bits<8>>,
    error_attached: Constant<Bits<8>>,
    error_not_attached: Constant<Bits<8>>,
    error_no_checkpoint: Constant<Bits<8>>,
    error_firmware: Constant<Bits<8>>,
    error_not_enabled: Constant<Bits<8>>,
    error_stuck: Constant<Bits<8>>,
    error_not_stuck: Constant<Bits<8>>,
    error_lost: Constant<Bits<8>>,
    error_not_ready: Constant<Bits<8>>,
}

impl CommandRefusal {
    /// The refusals of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            standby: Signal::default(),
            strategy: Signal::default(),
            begins_standby: Signal::default(),
            of_standby: Signal::default(),
            has_link: flag(config.link),
            s2: constant(Strategy::S2.number().into()),
            operation_standby: constant(Operation::Standby as u64),
            operation_takeover: constant(Operation::Takeover as u64),
            operation_apply: constant(Operation::Apply as u64),
            error_strategy: constant(ErrorCode::Strategy as u64),
            error_standby: constant(ErrorCode::Standby as u64),
            error_not_standby: constant(ErrorCode::NotStandby as u64),
            operation: Signal::default(),
            enabled: Signal::default(),
            unit_ready: Signal::default(),
            firmware_ok: Signal::default(),
            busy: Signal::default(),
            rollback_waits: Signal::default(),
            current: Signal::default(),
            attached: Signal::default(),
            stuck: Signal::default(),
            valid: Signal::default(),
            lost: Signal::default(),
            error: Signal::default(),
            retry_or_drop: Signal::default(),
            operation_attach: constant(Operation::Attach as u64),
            operation_checkpoint: constant(Operation::Checkpoint as u64),
            operation_rollback: constant(Operation::Rollback as u64),
            operation_retry: constant(Operation::Retry as u64),
            operation_drop: constant(Operation::Drop as u64),
            error_value: constant(ErrorCode::Value as u64),
            error_busy: constant(ErrorCode::Busy as u64),
            error_attached: constant(ErrorCode::Attached as u64),
            error_not_attached: constant(ErrorCode::NotAttached as u64),
            error_no_checkpoint: constant(ErrorCode::NoCheckpoint as u64),
            error_firmware: constant(ErrorCode::Firmware as u64),
            error_not_enabled: constant(ErrorCode::NotEnabled as u64),
            error_stuck: constant(ErrorCode::Stuck as u64),
            error_not_stuck: constant(ErrorCode::NotStuck as u64),
            error_lost: constant(ErrorCode::Lost as u64),
            error_not_ready: constant(ErrorCode::NotReady as u64),
        }
    }
}

impl Logic for CommandRefusal {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: command_refusal");
        comment!("Tells why the operation on the bus would be refused; 0: it would be accepted. Combinational.");
        self.retry_or_drop.next = (self.operation.val() == self.operation_retry.val())
            | (self.operation.val() == self.operation_drop.val());
        self.begins_standby.next = false;
        self.of_standby.next = false;
        if self.has_link.val() {
            self.begins_standby.next = self.operation.val() == self.operation_standby.val();
            self.of_standby.next = (self.operation.val() == self.operation_takeover.val())
                | (self.operation.val() == self.operation_apply.val());
        }
        self.error.next = 0.into();
        if !self.operation.val().any() {
            self.error.next = self.error_value.val();
        } else if !self.enabled.val() {
            self.error.next = self.error_not_enabled.val();
        } else if !self.unit_ready.val() {
            self.error.next = self.error_not_ready.val();
        } else if !self.firmware_ok.val() {
            self.error.next = self.error_firmware.val();
        } else if self.busy.val() {
            if self.rollback_waits.val()
                | (self.current.val() != self.operation_checkpoint.val())
                | (self.operation.val() != self.operation_rollback.val())
            {
                self.error.next = self.error_busy.val();
            }
        } else if self.stuck.val() & !self.retry_or_drop.val() {
            self.error.next = self.error_stuck.val();
        } else if !self.stuck.val() & self.retry_or_drop.val() {
            self.error.next = self.error_not_stuck.val();
        } else if (self.operation.val() == self.operation_attach.val()) | self.begins_standby.val()
        {
            if self.attached.val() {
                self.error.next = self.error_attached.val();
            } else if self.begins_standby.val() & (self.strategy.val() != self.s2.val()) {
                self.error.next = self.error_strategy.val();
            }
        } else if !self.attached.val() {
            self.error.next = self.error_not_attached.val();
        } else if self.of_standby.val() & !self.standby.val() {
            self.error.next = self.error_not_standby.val();
        } else if self.has_link.val()
            & self.standby.val()
            & ((self.operation.val() == self.operation_checkpoint.val())
                | (self.operation.val() == self.operation_rollback.val()))
        {
            self.error.next = self.error_standby.val();
        } else if self.has_link.val()
            & (self.operation.val() == self.operation_takeover.val())
            & !self.valid.val()
        {
            self.error.next = self.error_no_checkpoint.val();
        } else if self.operation.val() == self.operation_rollback.val() {
            if self.lost.val() {
                self.error.next = self.error_lost.val();
            } else if !self.valid.val() {
                self.error.next = self.error_no_checkpoint.val();
            }
        }
    }
}
