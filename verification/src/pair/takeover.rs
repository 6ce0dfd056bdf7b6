//! TAKEOVER at a backup whose primary is lost, and how long it takes.

use crate::system::System;
use anyhow::{ensure, Context, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{field, guest_address, offset, ErrorCode, Operation, Status};

/// Cycles after which a command that does not end has gone wrong.
const PATIENCE: u64 = 5_000_000;

/// Clears what the unit has told of, and lets its common interrupt tell of the end of commands: what a standby does of its own accord is told of only when it fails.
pub fn listen(unit: &mut System) -> Result<()> {
    for register in [offset::COMPLETION, offset::IRQ_STATUS] {
        let waiting = unit.read(register)?;
        unit.write(register, waiting)?;
    }
    unit.write(offset::IRQ_ENABLE, 1)
}

/// Commands a standby to take over, which must end OK: the cycles from the command's first acknowledgement, though it be refused while an APPLY runs, to the interrupt
/// of its end. [`listen`] comes first.
pub fn take_over(unit: &mut System, guest: u32) -> Result<u64> {
    let address = guest_address(guest, offset::G_COMMAND);
    let mut first = None;
    loop {
        let code = Operation::Takeover.code();
        let ticket = unit.simulation[unit.registers].write(address.into(), code.into());
        let done = (unit.simulation).complete_access(unit.registers, ticket, PATIENCE)?;
        let began = *first.get_or_insert(done.response_cycle);
        if done.response == Response::Okay {
            break;
        }
        let error = field::ERROR::CODE.get(unit.read(offset::ERROR)?);
        ensure!(
            error == ErrorCode::Busy.code() && done.response_cycle - began < PATIENCE,
            "TAKEOVER of guest {guest} is refused: {:?}",
            ErrorCode::from_code(error)
        );
    }
    let (irq, common) = (unit.simulation.pin("irq")?, unit.config.guests);
    let mut is_over = false;
    for _ in 0..PATIENCE {
        is_over = unit.simulation.get(irq) >> common & 1 == 1;
        if is_over {
            break;
        }
        unit.simulation.step()?;
    }
    ensure!(is_over, "TAKEOVER of guest {guest} does not end");
    let ended = unit.simulation.cycle();
    let completion = unit.guest(guest, offset::G_COMPLETION)?;
    let (status, operation) = (
        field::G_COMPLETION::STATUS.get(completion),
        field::G_COMPLETION::OPERATION.get(completion),
    );
    ensure!(
        (status, operation) == (Status::Ok.code(), Operation::Takeover.code()),
        "TAKEOVER of guest {guest} ended with G_COMPLETION {completion:#x}"
    );
    let began = first.context("a command without an answer")?;
    listen(unit)?;
    Ok(ended - began)
}
