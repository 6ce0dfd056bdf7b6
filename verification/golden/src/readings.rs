//! What the registers read.

use crate::golden::Golden;
use mch_spec::registers::{self, offset, ErrorCode, Flag, Page};

impl Golden {
    pub(crate) fn read_register(&mut self, address: u32) -> Result<u32, ErrorCode> {
        let (register, index) =
            registers::decode(&self.config, address).ok_or(ErrorCode::Address)?;
        let index = index as usize;
        Ok(match register.page {
            Page::Global => match register.offset {
                offset::CTRL => u32::from(self.enabled),
                offset::STATUS => {
                    let guests = self.guests.iter().enumerate();
                    let running = guests.fold(0, |bits, (g, guest)| {
                        bits | u32::from(guest.context.is_some()) << g
                    });
                    1 | u32::from(self.firmware_good) << 1 | running << 16
                }
                offset::ERROR => self.error,
                offset::IRQ_STATUS => self.irq_status,
                offset::IRQ_ENABLE => self.irq_enable,
                offset::COMPLETION => self.completions,
                offset::MEM_BASE => self.mem_page,
                offset::SHADOW_BASE => self.shadow_page,
                offset::DIRTY_SELECT => self.dirty_select,
                offset::DIRTY_BITS if self.dirty_select >> 31 == 1 => {
                    self.plane_y(self.dirty_select & 0x1f_ffff)
                }
                offset::DIRTY_BITS => self.plane_x(self.dirty_select),
                offset::FIRMWARE_ADDRESS => self.firmware_address,
                offset::FIRMWARE_DATA => {
                    Self::require(!self.any_running(), ErrorCode::Busy)?;
                    let word = self.firmware[self.firmware_address as usize];
                    self.firmware_address = (self.firmware_address + 1) & 0x1ff;
                    word
                }
                offset::EPOCH_WAITS => self.epoch_waits,
                offset::COPIES => self.copies,
                offset::COPY_ERRORS => self.copy_errors,
                offset::LINK_RETRY => self.link_retry,
                offset::LINK_FRAMES => self.link_frames,
                offset::ECC_CORRECTED | offset::ECC_FAILED => 0, // nothing flips in the model
                _ => register.reset_value(&self.config),
            },
            Page::Region => match register.offset {
                offset::R_BASE => self.regions[index].page,
                offset::R_BLOCKS => self.regions[index].blocks,
                _ => self.regions[index].guest,
            },
            Page::Guest => self.read_guest(register.offset, index),
        })
    }

    fn read_guest(&self, at: u32, index: usize) -> u32 {
        let guest = &self.guests[index];
        match at {
            offset::G_STRATEGY => guest.strategy.number(),
            offset::G_STATUS => {
                let bits = [
                    guest.is(Flag::Attached),
                    guest.is(Flag::Valid),
                    guest.is(Flag::Lost),
                    guest.is(Flag::Stuck),
                    guest.context.is_some(),
                    guest.requested,
                    guest.is(Flag::HoldWrites),
                    guest.is(Flag::RejectWrites),
                    guest.is(Flag::HoldReads),
                    guest.ring_held,
                    guest.is(Flag::Standby),
                    guest.backup.taken_over,
                ];
                let operation = guest
                    .context
                    .as_ref()
                    .map_or(0, |context| context.operation);
                (0..)
                    .zip(bits)
                    .fold(operation << 12, |value, (bit, is_set)| {
                        value | u32::from(is_set) << bit
                    })
            }
            offset::G_EPOCH => {
                u32::from(guest.epochs.interval()) << 16 | u32::from(guest.epochs.epoch())
            }
            offset::G_CPUS => guest.processors,
            offset::G_ARRIVE => guest.arrivals,
            offset::G_RELEASE => guest.release,
            offset::G_RENDEZVOUS => u32::from(guest.requested) << 31 | guest.rendezvous,
            offset::G_DIRTY => guest.dirty,
            offset::G_PENDING => guest.pending,
            offset::G_RING_BASE => guest.ring_page,
            offset::G_RING_SIZE => guest.ring_size,
            offset::G_RING_USED => guest.ring_used,
            offset::G_RING_HIGH => guest.ring_high,
            offset::G_ON_FULL => u32::from(guest.lose),
            offset::G_PERIOD => guest.period,
            offset::G_TIMEOUT => guest.timeout,
            offset::G_COMPLETION => guest.completion,
            offset::G_ERROR_BLOCK => guest.error_block,
            offset::G_POLICY => guest.policy,
            offset::G_COPIES => guest.copies,
            offset::G_ENTRIES => guest.entries,
            offset::G_WRITES => guest.writes,
            offset::G_CHECKPOINTS => guest.checkpoints,
            offset::G_ROLLBACKS => guest.rollbacks,
            offset::G_SESSION => {
                u32::from(guest.backup.generation) << 16 | u32::from(guest.backup.session)
            }
            offset::G_MARK => {
                let levels = u32::from(guest.backup.synced) | u32::from(guest.backup.marked) << 1;
                levels << 16 | u32::from(guest.backup.mark)
            }
            offset::G_TRANSFERRED => guest.backup.transferred,
            _ => 0,
        }
    }
}
