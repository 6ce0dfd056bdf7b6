//! Setting a unit up for its guests, whoever's run it is.

use crate::machine::{whole, Map};
use crate::program::Image;
use crate::registers::Registers;
use anyhow::{ensure, Result};
use mch_sim::axi::Response;
use mch_spec::registers::{
    field, offset, region_address, ErrorCode, Operation, Status, IDENTIFICATION,
};
use mch_spec::{Config, Strategy};

const PAGE_SHIFT: u32 = 12;

/// Waits until the unit is ready, tells it where memory is and enables it.
pub(crate) fn enable(run: &mut impl Registers, unit: &Config, map: &Map) -> Result<()> {
    ensure!(
        run.read(offset::ID)? == IDENTIFICATION,
        "ID does not read MCH1"
    );
    run.poll("the unit is ready", |run| {
        Ok(field::STATUS::READY.get(run.read(offset::STATUS)?) == 1)
    })?;
    run.write(offset::MEM_BASE, map.memory >> PAGE_SHIFT)?;
    if unit.uses_shadow() {
        run.write(offset::SHADOW_BASE, map.shadow >> PAGE_SHIFT)?;
    }
    run.write(offset::CTRL, field::CTRL::ENABLE.put(1))
}

/// Writes a guest's region, strategy and ring: all that comes before ATTACH or STANDBY.
pub(crate) fn configure(
    run: &mut impl Registers,
    unit: &Config,
    map: &Map,
    number: usize,
    strategy: Strategy,
) -> Result<()> {
    let (place, guest) = (map.place(number), number as u32);
    run.write(
        region_address(guest, offset::R_BASE),
        place.base >> PAGE_SHIFT,
    )?;
    run.write(region_address(guest, offset::R_GUEST), guest)?;
    run.write(
        region_address(guest, offset::R_BLOCKS),
        place.size >> unit.block_shift(),
    )?;
    run.write_guest(number, offset::G_STRATEGY, strategy.number())?;
    run.write_guest(number, offset::G_CPUS, 1)?;
    if strategy.uses_ring() {
        let slots = unit.ring_slots(map.ring_shift) as u32;
        run.write_guest(number, offset::G_RING_BASE, map.ring(number) >> PAGE_SHIFT)?;
        run.write_guest(number, offset::G_RING_SIZE, map.ring_shift)?;
        run.write_guest(number, offset::G_RING_HIGH, slots / 2)?;
    }
    Ok(())
}

/// Runs a command to its end, which must be good.
pub(crate) fn command(run: &mut impl Registers, number: usize, operation: Operation) -> Result<()> {
    run.write_guest(number, offset::G_COMMAND, operation.code())?;
    run.poll("the command completes", |run| {
        let completion = run.read_guest(number, offset::G_COMPLETION)?;
        let ended = field::G_COMPLETION::OPERATION.get(completion) == operation.code();
        let status = field::G_COMPLETION::STATUS.get(completion);
        ensure!(
            !ended || status == Status::Ok.code(),
            "{operation} of guest {number} ended with {:?}, {:?}",
            Status::from_code(status),
            ErrorCode::from_code(field::G_COMPLETION::ERROR.get(completion))
        );
        Ok(ended)
    })
}

/// Loads an image anew, through the guest's own port.
pub(crate) fn reload(run: &mut impl Registers, number: usize, image: &Image) -> Result<()> {
    let computer = &run.machine().computers[number];
    let (place, manager) = (computer.place, computer.manager);
    let bytes = whole(image, &place);
    let machine = run.machine();
    machine.set_selected(number, true);
    machine.simulation[manager].write_bytes(place.base.into(), &bytes)?;
    run.poll("the image is loaded", |run| {
        Ok(run.machine().simulation[manager].is_idle())
    })?;
    let machine = run.machine();
    let completed = machine.simulation[manager].take_completed();
    machine.set_selected(number, false);
    let worst = completed.iter().map(|done| done.response()).max();
    ensure!(
        worst == Some(Response::Okay),
        "the image was not taken: {worst:?}"
    );
    Ok(())
}
