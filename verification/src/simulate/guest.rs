//! The software of a guest: its trace, its part in checkpoints, and what a hypervisor does when it is broken.

use super::coroutine::{next_cycle, unless, wait_until};
use super::world::World;
use crate::trace::Kind;
use anyhow::{bail, ensure, Result};
use mch_sim::memory::Direction;
use mch_spec::registers::{field, offset, Operation, Status};

/// Cycles from an accepted CHECKPOINT to its rendezvous at least: under S4 it waits for the copies of the checkpoint before, under S2 for every block of the first to be sent.
const REQUEST_CYCLES: u64 = 2_000_000;
/// Cycles between two tries of a refused command, or two looks at a status.
const POLL_CYCLES: u64 = 20;
/// Refusals of a rollback after which something is wrong.
const TRIES: u32 = 100_000;

/// Why the life of a guest ends.
enum End {
    /// It was broken by the trace.
    Broken,
    /// Everything is over.
    Over,
}

/// Gives a guest the checkpoint that it can always go back to.
pub async fn first_checkpoint(world: &World<'_>, number: usize) -> Result<()> {
    while world.guest(number).checkpoint.is_none() {
        checkpoint(world, number).await?;
    }
    Ok(())
}

/// Lives through the trace, however often it is broken.
pub async fn run(world: &World<'_>, number: usize) -> Result<()> {
    loop {
        let is_struck = || {
            let due = world.guest(number).faults.last().copied();
            due.is_some_and(|cycle| cycle <= world.elapsed())
        };
        match unless(is_struck, live(world, number)).await {
            None => {
                world.guest_mut(number).faults.pop();
            }
            Some(end) => match end? {
                End::Broken => {}
                End::Over => return Ok(()),
            },
        }
        recover(world, number).await?;
    }
}

async fn live(world: &World<'_>, number: usize) -> Result<End> {
    loop {
        if world.irq(number) {
            rendezvous(world, number).await?;
            continue;
        }
        let next = world.guest(number).next();
        let Some((index, event)) = next else {
            if let Some(end) = rest(world, number).await? {
                return Ok(end);
            }
            continue;
        };
        let due = world.guest(number).origin + event.time as i64;
        if due > world.cycle() as i64 {
            // Time passes: that is no standstill.
            world.guest_mut(number);
            next_cycle().await;
        } else if perform(world, number, index, &event.kind).await? {
            return Ok(End::Broken);
        }
    }
}

/// Performs an event, or waits a cycle if it cannot be begun yet. True if the guest is broken by it.
async fn perform(world: &World<'_>, number: usize, index: usize, kind: &Kind) -> Result<bool> {
    let may_begin = match kind {
        Kind::Write { address, data } => {
            world.may_begin(number, Direction::Write, *address, data.len())
        }
        Kind::Read { address, length } => {
            world.may_begin(number, Direction::Read, *address, *length)
        }
        Kind::Checkpoint | Kind::Rollback => true,
    };
    if !may_begin {
        next_cycle().await;
        return Ok(false);
    }
    // An event is past before its checkpoint is taken, so that a rollback does not repeat it.
    world.guest_mut(number).index = index + 1;
    match kind {
        Kind::Write { address, data } => world.begin_write(number, *address, data)?,
        Kind::Read { address, length } => world.begin_read(number, *address, *length)?,
        Kind::Checkpoint => checkpoint(world, number).await?,
        Kind::Rollback => world.guest_mut(number).broken_to = index + 1,
    }
    Ok(*kind == Kind::Rollback)
}

/// Commands a checkpoint and takes part in it, or in the one that came first.
async fn checkpoint(world: &World<'_>, number: usize) -> Result<()> {
    let accepted = world
        .write(number, offset::G_COMMAND, Operation::Checkpoint.code())
        .await;
    let commanded = world.cycle();
    let request_cycles = world.patience().max(REQUEST_CYCLES);
    wait_until(|| world.irq(number) || world.cycle() > commanded + request_cycles).await;
    if world.irq(number) {
        return rendezvous(world, number).await;
    }
    ensure!(
        !accepted,
        "CHECKPOINT of guest {number} was accepted; no rendezvous is requested within {request_cycles} cycles"
    );
    Ok(())
}

/// Finishes what is under way, arrives, waits for the release.
async fn rendezvous(world: &World<'_>, number: usize) -> Result<()> {
    let requested = world.cycle();
    wait_until(|| world.guest(number).traffic.is_idle()).await;
    let request = world.read(number, offset::G_RENDEZVOUS).await?;
    if field::G_RENDEZVOUS::REQUESTED.get(request) == 0 {
        return Ok(());
    }
    let image = world.image(number);
    world.guest_mut(number).candidate = Some(image);
    let rendezvous = field::G_RENDEZVOUS::NUMBER.get(request);
    let arrival = field::G_ARRIVE::NUMBER.put(rendezvous);
    ensure!(
        world.write(number, offset::G_ARRIVE, arrival).await,
        "G_ARRIVE of guest {number} is refused: {}",
        world.refusal().await?
    );
    wait_until(|| !world.irq(number)).await;
    let released = world.cycle();
    let release = world.read(number, offset::G_RELEASE).await?;
    ensure!(
        field::G_RELEASE::NUMBER.get(release) == rendezvous,
        "guest {number} arrived at rendezvous {rendezvous} and reads G_RELEASE {release:#x}"
    );
    let is_committed = field::G_RELEASE::STATUS.get(release) == Status::Ok.code();
    {
        let mut guest = world.guest_mut(number);
        guest.report.rendezvous.add(released - requested);
        match is_committed {
            true => guest.commit(),
            false => guest.candidate = None,
        }
    }
    if is_committed {
        let pause = world.read(number, offset::G_PAUSE).await?;
        world.guest_mut(number).report.pauses.add(pause.into());
    }
    Ok(())
}

impl super::world::Guest<'_> {
    /// The candidate has become the checkpoint.
    fn commit(&mut self) {
        self.checkpoint = self.candidate.take();
        self.commits += 1;
        self.report.checkpoints += 1;
    }
}

/// The trace is over for this guest: it takes part in checkpoints until it is over for all.
async fn rest(world: &World<'_>, number: usize) -> Result<Option<End>> {
    let is_done = {
        let guest = world.guest(number);
        guest.traffic.is_idle() && guest.faults.is_empty()
    };
    if is_done && !world.guest(number).is_done {
        world.guest_mut(number).is_done = true;
    }
    if !world.all_done() {
        next_cycle().await;
        return Ok(None);
    }
    ensure!(
        world.write(number, offset::G_PERIOD, 0).await,
        "G_PERIOD of guest {number} is refused: {}",
        world.refusal().await?
    );
    let status = world.read(number, offset::G_STATUS).await?;
    let is_over = field::G_STATUS::RUNNING.get(status) == 0 && !world.irq(number);
    Ok(is_over.then_some(End::Over))
}

/// What a hypervisor does for a broken guest.
async fn recover(world: &World<'_>, number: usize) -> Result<()> {
    let (since, asking) = (world.cycle(), world.asking());
    world.break_down(number);
    loop {
        // A write still under way when the rollback is commanded may be performed when it is over: then it was
        // only the first of two.
        let is_clean = !world.guest(number).traffic.is_writing();
        roll_back(world, number).await?;
        wait_until(|| world.guest(number).traffic.is_idle()).await;
        if is_clean {
            break;
        }
    }
    // A commit that the fault came too late for.
    let commits = world.read(number, offset::G_CHECKPOINTS).await?;
    {
        let mut guest = world.guest_mut(number);
        match commits.wrapping_sub(guest.commits) {
            0 => guest.candidate = None,
            1 if guest.candidate.is_some() => guest.commit(),
            _ => bail!(
                "guest {number} has seen {} commits; G_CHECKPOINTS reads {commits}",
                guest.commits
            ),
        }
    }
    // Before the images are compared, and without the comparisons of other guests: some ask the unit for the places of blocks.
    let outage = world.cycle() - since - (world.asking() - asking);
    world.guest_mut(number).report.outages.add(outage);
    world.go_back(number)
}

/// Commands a rollback and waits until it is over.
async fn roll_back(world: &World<'_>, number: usize) -> Result<()> {
    let before = world.read(number, offset::G_ROLLBACKS).await?;
    let mut tries = 0;
    while !world
        .write(number, offset::G_COMMAND, Operation::Rollback.code())
        .await
    {
        tries += 1;
        ensure!(
            tries < TRIES,
            "ROLLBACK of guest {number} is refused: {}",
            world.refusal().await?
        );
        pause(world).await;
    }
    loop {
        // The timer may have begun a checkpoint since, which waits for the guest.
        let status = world.read(number, offset::G_STATUS).await?;
        let after = world.read(number, offset::G_ROLLBACKS).await?;
        let is_running = field::G_STATUS::OPERATION.get(status) == Operation::Rollback.code();
        if after != before && !is_running {
            world.guest_mut(number);
            return Ok(());
        }
        let completion = world.read(number, offset::G_COMPLETION).await?;
        let ended = field::G_COMPLETION::OPERATION.get(completion) == Operation::Rollback.code();
        let outcome = field::G_COMPLETION::STATUS.get(completion);
        ensure!(
            is_running || !ended || outcome == Status::Ok.code(),
            "ROLLBACK of guest {number} ended with {:?}, error {}",
            Status::from_code(outcome),
            field::G_COMPLETION::ERROR.get(completion)
        );
        pause(world).await;
    }
}

async fn pause(world: &World<'_>) {
    let from = world.cycle();
    wait_until(|| world.cycle() >= from + POLL_CYCLES).await;
}
