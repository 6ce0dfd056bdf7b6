//! Back to a checkpoint: how long it takes, and whether memory is what it was.

use super::player::{Checkpoints, Player};
use super::stage::{region_bytes, Stage};
use super::{Options, Workload};
use anyhow::{ensure, Context, Result};
use mch_sim::memory::Memory;
use mch_spec::registers::{field, offset};
use mch_spec::Strategy;

/// Cycles that going back took, and the blocks that were dirty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// From the command's acknowledgement to the interrupt of its end.
    pub cycles: u64,
    /// Blocks.
    pub blocks: u64,
}

/// A checkpoint, the workload once more for a period with other bytes, and back again: by ROLLBACK, or where the checkpoint lies in a backup, by the loss of the
/// primary and TAKEOVER. What was written must be gone.
pub fn go_back(options: &Options, workload: &Workload, player: &mut Player) -> Result<Recovery> {
    let mut source = workload.source();
    player.checkpoint(&mut source)?;
    player.rest(&mut source)?;
    let image = player.model().clone();
    player.twist();
    player.play(&mut source, Checkpoints::None, Some(options.period.into()))?;
    let blocks = player.guest(offset::G_DIRTY)?.into();
    let ranges = changed(options, workload, player, &image);
    if let Some(backup) = &mut player.stage.backup {
        let cycles = backup.take_over()?;
        let bytes = region_bytes(&options.config, workload.bytes);
        (backup.verify(&image, bytes, &ranges)).context("after the takeover")?;
        return Ok(Recovery { cycles, blocks });
    }
    let cycles = player.roll_back()?;
    ensure!(
        field::G_STATUS::VALID.get(player.guest(offset::G_STATUS)?) == 1,
        "the checkpoint is gone after the rollback"
    );
    player
        .verify(&image, &ranges)
        .context("after the rollback")?;
    Ok(Recovery { cycles, blocks })
}

/// The primary is lost in the moment of a release, with all that a period has written still to be brought into the backup's memory.
pub fn take_over_at_once(
    options: &Options,
    workload: &Workload,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Recovery> {
    let memory = (workload.bytes, workload.memory());
    let stage = Stage::unit(
        &options.config,
        Strategy::S2,
        options.timing,
        memory,
        options.seed,
    )?;
    let mut player = Player::new(stage, watch);
    let mut source = workload.source();
    player.checkpoint(&mut source)?;
    player.rest(&mut source)?;
    let before = player.model().clone();
    player.twist();
    player.play(&mut source, Checkpoints::None, Some(options.period.into()))?;
    player.checkpoint(&mut source)?;
    let image = player.model().clone();
    let ranges = changed(options, workload, &player, &before);
    let bytes = region_bytes(&options.config, workload.bytes);
    let backup = (player.stage.backup.as_mut()).context("S2 without a backup")?;
    let cycles = backup.take_over()?;
    (backup.verify(&image, bytes, &ranges)).context("after the takeover at a release")?;
    Ok(Recovery {
        cycles,
        blocks: ranges.len() as u64,
    })
}

/// The blocks that the model holds otherwise than `before`: offsets and lengths.
fn changed(
    options: &Options,
    workload: &Workload,
    player: &Player,
    before: &Memory,
) -> Vec<(u64, usize)> {
    let base = player.stage.base;
    let block = options.config.block_bytes() as usize;
    let differs = |address: &u64| {
        before.read_vec(base + address, block) != player.model().read_vec(base + address, block)
    };
    let blocks = (0..workload.bytes).step_by(block).filter(differs);
    blocks.map(|address| (address, block)).collect()
}
