//! The life of a guest of S2 after a fault: its backup follows it again, and takes over in its turn.

use super::rig::Rig;
use anyhow::{ensure, Result};
use mch_spec::registers::{field, guest_address, offset, Operation};

impl Rig {
    /// The guest runs at an end of the link; the other becomes its standby, follows a checkpoint, and takes over.
    pub(super) fn live_on_pair(&mut self, front: usize, is_reset: bool) -> Result<()> {
        self.actors.clear();
        let back = 1 - front;
        match (front, is_reset) {
            (1, false) => {
                self.cancel(0, 0)?;
                self.command_at(0, 0, Operation::Detach)?;
                self.command_at(0, 0, Operation::Standby)?;
            }
            (1, true) => {
                self.set_up(0, 0)?;
                self.command_at(0, 0, Operation::Standby)?;
            }
            (_, true) => {
                // Its sessions begin anew: the backup must forget those of before.
                self.command_at(1, 0, Operation::Detach)?;
                self.command_at(1, 0, Operation::Standby)?;
                self.set_up(0, 0)?;
                self.command_at(0, 0, Operation::Attach)?;
            }
            _ => self.cancel(0, 0)?,
        }
        self.put(front, &[(64, 64, 0x11), (200, 40, 0x12), (1088, 24, 0x13)])?;
        let wanted = self.memory_of(front, 0)?;
        self.checkpoint_at(front, 0)?;
        ensure!(
            self.memory_of(front, 0)? == wanted,
            "memory is not what was written before the checkpoint"
        );
        self.settle_copies()?;
        self.check_same(0)?;
        self.put(
            front,
            &[
                (0, 128, 0x21),
                (72, 8, 0x22),
                (1024, 104, 0x23),
                (3072, 64, 0x24),
            ],
        )?;
        for _ in 0..200 {
            self.tick()?;
        }
        ensure!(
            self.take_over(back, 0)?,
            "the next TAKEOVER finds no checkpoint"
        );
        ensure!(
            self.memory_of(back, 0)? == wanted,
            "the next TAKEOVER does not bring the next checkpoint back"
        );
        let status = self.read_at(back, guest_address(0, offset::G_STATUS))?;
        ensure!(
            field::G_STATUS::STANDBY.get(status) == 0,
            "after the next TAKEOVER G_STATUS is {status:#x}"
        );
        self.check_elsewhere()
    }

    /// Writes at an end, alternately through its ports.
    fn put(&mut self, end: usize, writes: &[(u64, u8, u8)]) -> Result<()> {
        let base = self.region_base(0);
        for (index, (at, length, value)) in writes.iter().enumerate() {
            let bytes: Vec<u8> = (0..*length)
                .map(|byte| value ^ byte.wrapping_mul(5))
                .collect();
            self.unit(end)?.store(index % 2, base + at, &bytes)?;
        }
        Ok(())
    }
}
