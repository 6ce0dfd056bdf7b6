//! Register writes, and why accesses are refused.

use crate::golden::Golden;
use mch_spec::registers::{
    self, checksum_step, offset, Access, ErrorCode, Flag, Interrupt, Operation, Page,
};
use mch_spec::Strategy;

impl Golden {
    /// Whether a register counts time or turns, which this model does not predict.
    pub fn is_timing(&self, address: u32) -> bool {
        registers::decode(&self.config, address).is_some_and(|(register, _)| {
            let global = register.page == Page::Global
                && [offset::CYCLES, offset::EPOCH_WAITS].contains(&register.offset);
            let guest = register.page == Page::Guest
                && [offset::G_STALLS, offset::G_PAUSE].contains(&register.offset);
            global || guest
        })
    }

    /// A write of a whole word; refused, it changes nothing but ERROR and the error interrupt.
    pub fn register_write(&mut self, address: u32, value: u32) -> Result<(), ErrorCode> {
        let result = self.write_register(address, value);
        if let Err(error) = result {
            self.refuse(address, error);
        }
        self.settle();
        result
    }

    /// A write with some byte strobes low: always refused.
    pub fn register_write_partial(&mut self, address: u32) -> Result<(), ErrorCode> {
        self.refuse(address, ErrorCode::Value);
        Err(ErrorCode::Value)
    }

    /// A read; FIRMWARE_DATA counts on.
    pub fn register_read(&mut self, address: u32) -> Result<u32, ErrorCode> {
        let result = self.read_register(address);
        if let Err(error) = result {
            self.refuse(address, error);
        }
        result
    }

    fn refuse(&mut self, address: u32, error: ErrorCode) {
        let guest = (address / registers::PAGE_BYTES).saturating_sub(1) & 0xf;
        self.error = guest << 8 | error.code();
        self.irq_status |= 1 << Interrupt::Error.code();
    }

    fn write_register(&mut self, address: u32, value: u32) -> Result<(), ErrorCode> {
        let (register, index) =
            registers::decode(&self.config, address).ok_or(ErrorCode::Address)?;
        if register.access == Access::Ro {
            return Err(ErrorCode::ReadOnly);
        }
        match register.page {
            Page::Global => self.write_global(register.offset, value),
            Page::Region => self.write_region(register.offset, index as usize, value),
            Page::Guest => self.write_guest(register.offset, index as usize, value),
        }
    }

    pub(crate) fn require(holds: bool, error: ErrorCode) -> Result<(), ErrorCode> {
        if holds {
            Ok(())
        } else {
            Err(error)
        }
    }

    fn mask_of(&self, name: &str) -> u32 {
        registers::find(name).map_or(0, |register| register.mask(&self.config))
    }

    fn page_fits(&self, page: u32) -> bool {
        u64::from(page) < 1 << (self.config.address_width - 12)
    }

    pub(crate) fn any_running(&self) -> bool {
        self.guests.iter().any(|guest| guest.context.is_some())
    }

    fn write_global(&mut self, at: u32, value: u32) -> Result<(), ErrorCode> {
        match at {
            offset::CTRL => {
                let attached = self.guests.iter().any(|guest| guest.is(Flag::Attached));
                Self::require(value <= 1, ErrorCode::Value)?;
                Self::require(value == 1 || !self.any_running(), ErrorCode::Busy)?;
                Self::require(value == 1 || !attached, ErrorCode::Attached)?;
                let collides = self.config.uses_shadow() && self.mem_page == self.shadow_page;
                Self::require(value == 0 || !collides, ErrorCode::Overlap)?;
                self.enabled = value == 1;
            }
            offset::ERROR => self.error = 0,
            offset::IRQ_STATUS | offset::IRQ_ENABLE => {
                Self::require(value & !self.mask_of("IRQ_ENABLE") == 0, ErrorCode::Value)?;
                if at == offset::IRQ_STATUS {
                    self.irq_status &= !value;
                } else {
                    self.irq_enable = value;
                }
            }
            offset::COMMAND => {
                let mask = value >> 16;
                let valid =
                    value & 0xfff0 == 0 && mask != 0 && u64::from(mask) < 1 << self.config.guests;
                Self::require(valid, ErrorCode::Value)?;
                self.first_refusal(value).map_or(Ok(()), Err)?;
                self.start(mask, value & 0xf);
            }
            offset::COMPLETION => {
                Self::require(u64::from(value) < 1 << self.config.guests, ErrorCode::Value)?;
                self.completions &= !value;
            }
            offset::MEM_BASE | offset::SHADOW_BASE => {
                let pages = (self.config.memory_size.0 >> 12) as u32;
                Self::require(!self.enabled, ErrorCode::Busy)?;
                Self::require(self.page_fits(value), ErrorCode::Value)?;
                Self::require(value.is_multiple_of(pages), ErrorCode::Alignment)?;
                *(if at == offset::MEM_BASE {
                    &mut self.mem_page
                } else {
                    &mut self.shadow_page
                }) = value;
            }
            offset::PORT_FLUSH => {
                Self::require(u64::from(value) < 1 << self.config.ports, ErrorCode::Value)?
            }
            offset::DIRTY_SELECT => {
                let valid = value & !self.mask_of("DIRTY_SELECT") == 0
                    && value & 0x7fff_ffff < self.config.words();
                Self::require(valid, ErrorCode::Value)?;
                self.dirty_select = value;
            }
            offset::FIRMWARE_ADDRESS => {
                Self::require(!self.any_running(), ErrorCode::Busy)?;
                Self::require(value < 512, ErrorCode::Value)?;
                (self.firmware_address, self.firmware_good, self.checksum) = (value, false, 0);
            }
            offset::FIRMWARE_DATA => {
                Self::require(!self.any_running() && !self.firmware_good, ErrorCode::Busy)?;
                self.firmware[self.firmware_address as usize] = value;
                self.firmware_address = (self.firmware_address + 1) & 0x1ff;
                self.checksum = checksum_step(self.checksum, value);
            }
            offset::FIRMWARE_CHECK => {
                Self::require(!self.any_running(), ErrorCode::Busy)?;
                Self::require(value == self.checksum, ErrorCode::Firmware)?;
                self.firmware_good = true;
            }
            offset::LINK_RETRY => {
                Self::require(value != 0, ErrorCode::Value)?;
                self.link_retry = value;
            }
            _ => return Err(ErrorCode::Address),
        }
        Ok(())
    }

    fn is_fixed(&self, guest: u32) -> bool {
        self.guests
            .get(guest as usize)
            .is_some_and(|guest| guest.is(Flag::Attached) || guest.context.is_some())
    }

    fn write_region(&mut self, at: u32, index: usize, value: u32) -> Result<(), ErrorCode> {
        let region = self.regions[index];
        let used = region.blocks != 0;
        let fixed = self.is_fixed(region.guest);
        match at {
            offset::R_BASE => {
                Self::require(!(fixed && used), ErrorCode::Attached)?;
                Self::require(self.page_fits(value), ErrorCode::Value)?;
                self.regions[index].page = value;
            }
            offset::R_BLOCKS => {
                Self::require(!fixed, ErrorCode::Attached)?;
                Self::require(value <= self.config.blocks(), ErrorCode::Value)?;
                self.regions[index].blocks = value;
            }
            _ => {
                Self::require(value < self.config.guests, ErrorCode::Value)?;
                Self::require(
                    !used || !(fixed || self.is_fixed(value)),
                    ErrorCode::Attached,
                )?;
                self.regions[index].guest = value;
            }
        }
        Ok(())
    }

    fn write_guest(&mut self, at: u32, index: usize, value: u32) -> Result<(), ErrorCode> {
        let free = !self.is_fixed(index as u32);
        let while_detached = || Self::require(free, ErrorCode::Attached);
        let page_fits = self.page_fits(value);
        let built = self.config.strategies.clone();
        let address_width = self.config.address_width;
        match at {
            offset::G_COMMAND => {
                Self::require(value < 16, ErrorCode::Value)?;
                self.command_refusal(index, value).map_or(Ok(()), Err)?;
                self.start(1 << index, value);
                return Ok(());
            }
            offset::G_CPUS => {
                while_detached()?;
                Self::require(value <= self.config.processors, ErrorCode::Value)?;
            }
            _ => {}
        }
        let processors = self.config.processors;
        let guest = &mut self.guests[index];
        match at {
            offset::G_STRATEGY => {
                while_detached()?;
                let strategy =
                    Strategy::from_number(value).filter(|strategy| built.contains(strategy));
                guest.strategy = strategy.ok_or(ErrorCode::Strategy)?;
                guest.policy = guest.strategy.policy_row();
            }
            offset::G_POLICY => {
                while_detached()?;
                let actions = built.iter().map(|strategy| strategy.policy_row());
                let possible = actions
                    .fold(0, |bits, row| bits | row | row >> 5 | row >> 10 | row >> 15)
                    & 0x1f;
                Self::require(value & !(possible * 0x8421) == 0, ErrorCode::Value)?;
                guest.policy = value;
            }
            offset::G_CPUS => guest.processors = value,
            offset::G_ARRIVE => {
                let (number, processor) = (value & 0xff_ffff, value >> 24);
                if guest.requested && number == guest.rendezvous && processor < processors {
                    guest.arrivals |= 1 << processor;
                }
            }
            offset::G_RING_BASE => {
                while_detached()?;
                Self::require(page_fits, ErrorCode::Value)?;
                guest.ring_page = value;
            }
            offset::G_RING_SIZE => {
                while_detached()?;
                let largest = registers::RING_SIZE_MAX.min(address_width);
                let allowed = value == 0 || (registers::RING_SIZE_MIN..=largest).contains(&value);
                Self::require(allowed, ErrorCode::Value)?;
                guest.ring_size = value;
            }
            offset::G_RING_HIGH => {
                Self::require(value < 1 << 26, ErrorCode::Value)?;
                guest.ring_high = value;
            }
            offset::G_ON_FULL => {
                Self::require(value <= 1, ErrorCode::Value)?;
                guest.lose = value == 1;
            }
            offset::G_PERIOD => guest.period = value,
            offset::G_TIMEOUT => guest.timeout = value,
            _ => return Err(ErrorCode::Address),
        }
        Ok(())
    }

    /// Why a COMMAND is refused; of several guests that would, the highest says.
    fn first_refusal(&self, value: u32) -> Option<ErrorCode> {
        let members = (0..self.guests.len())
            .rev()
            .filter(|guest| value >> 16 >> guest & 1 == 1);
        members
            .filter_map(|guest| self.command_refusal(guest, value & 0xf))
            .next()
    }

    /// Why a guest would refuse an operation.
    fn command_refusal(&self, guest: usize, operation: u32) -> Option<ErrorCode> {
        let state = &self.guests[guest];
        let operation = match operation {
            0 => return Some(ErrorCode::Value),
            number => Operation::from_code(number),
        };
        if !self.enabled {
            return Some(ErrorCode::NotEnabled);
        }
        if !self.firmware_good {
            return Some(ErrorCode::Firmware);
        }
        if state.context.is_some() {
            let waits = operation == Some(Operation::Rollback)
                && state.runs_checkpoint()
                && state.rollback_waits.is_none();
            return (!waits).then_some(ErrorCode::Busy);
        }
        let unsticks = matches!(operation, Some(Operation::Retry | Operation::Drop));
        match (state.is(Flag::Stuck), unsticks) {
            (true, false) => return Some(ErrorCode::Stuck),
            (false, true) => return Some(ErrorCode::NotStuck),
            _ => {}
        }
        match operation {
            Some(Operation::Attach) => state.is(Flag::Attached).then_some(ErrorCode::Attached),
            Some(Operation::Standby) if self.config.link && state.is(Flag::Attached) => {
                Some(ErrorCode::Attached)
            }
            Some(Operation::Standby) if self.config.link => {
                (state.strategy != Strategy::S2).then_some(ErrorCode::Strategy)
            }
            _ if !state.is(Flag::Attached) => Some(ErrorCode::NotAttached),
            Some(Operation::Takeover | Operation::Apply)
                if self.config.link && !state.is(Flag::Standby) =>
            {
                Some(ErrorCode::NotStandby)
            }
            Some(Operation::Checkpoint | Operation::Rollback) if state.is(Flag::Standby) => {
                Some(ErrorCode::Standby)
            }
            Some(Operation::Takeover) if self.config.link && !state.is(Flag::Valid) => {
                Some(ErrorCode::NoCheckpoint)
            }
            Some(Operation::Rollback) if state.is(Flag::Lost) => Some(ErrorCode::Lost),
            Some(Operation::Rollback) if !state.is(Flag::Valid) => Some(ErrorCode::NoCheckpoint),
            _ => None,
        }
    }
}
