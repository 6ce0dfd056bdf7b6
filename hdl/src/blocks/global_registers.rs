//! The global page of registers.
//!
//! **Does**: decodes page 0 below the regions, holds the unit's configuration, collects interrupts and completions, and checks commands
//! for several guests as a whole.
//! **Ports**: the register bus (`bus_error` before `bus_commit`; nothing changes unless it commits), the guests' events, the firmware
//! memory's load port, the block store's peek.
//! **Latency**: combinational from the bus registers; a committed write shows one cycle later.
//! **Errors**: bits that do not exist (VALUE), a running guest (BUSY), an attached one (ATTACHED), bases that are not aligned
//! (ALIGNMENT) or equal (OVERLAP), a wrong checksum (FIRMWARE). **Reset**: disabled, all zero, the built-in firmware good.

use super::constants::{constant, copies, flag};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::registers::{find, offset, ErrorCode};

/// The global registers.
#[derive(Clone, Debug, LogicBlock)]
pub struct GlobalRegisters {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The address is in the global page, below the regions.
    pub bus_selected: Signal<In, Bit>,
    /// Offset in the page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// What is written.
    pub bus_data: Signal<In, Bits<32>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The access takes effect.
    pub bus_commit: Signal<In, Bit>,
    /// Why the access is refused; 0: it is not.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns.
    pub bus_read: Signal<Out, Bits<32>>,
    /// An access was refused, in whatever page (pulse).
    pub refused: Signal<In, Bit>,
    /// Its code.
    pub refused_code: Signal<In, Bits<8>>,
    /// The guest of its page; 0 for page 0.
    pub refused_guest: Signal<In, Bits<4>>,
    /// DIRTY_BITS is addressed: the block store must be asked first.
    pub wants_peek: Signal<Out, Bit>,
    /// What the block store answered.
    pub peek_bits: Signal<In, Bits<32>>,
    /// The word to ask for.
    pub peek_word: Signal<Out, Bits<21>>,
    /// Plane Y is wanted.
    pub peek_plane_y: Signal<Out, Bit>,
    /// Per guest: why the operation in `bus_data` would be refused.
    pub command_error: Vec<Signal<In, Bits<8>>>,
    /// Per guest: COMMAND takes effect for it.
    pub command: Vec<Signal<Out, Bit>>,
    /// Per guest: COMMAND addresses it, not yet decided.
    pub command_on_bus: Vec<Signal<Out, Bit>>,
    /// COMMAND or a firmware register is being written: no guest may start by itself.
    pub bus_excludes: Signal<Out, Bit>,
    /// The guests of COMMAND.
    pub command_group: Signal<Out, Bits<16>>,
    /// Per guest: a routine runs.
    pub running: Vec<Signal<In, Bit>>,
    /// Per guest: attached.
    pub attached: Vec<Signal<In, Bit>>,
    /// Per guest: a command has completed (pulse).
    pub completed: Vec<Signal<In, Bit>>,
    /// Per guest: the ring is at or above its mark.
    pub high_water: Vec<Signal<In, Bit>>,
    /// Per guest: a burst waits for room in the ring.
    pub ring_held: Vec<Signal<In, Bit>>,
    /// Per guest: the checkpoint is given up.
    pub lost: Vec<Signal<In, Bit>>,
    /// A guest's step waits for the scrubber (pulse).
    pub step_waits: Signal<In, Bit>,
    /// The engine has completed a copy (pulse).
    pub copy_done: Signal<In, Bit>,
    /// Words in which a bit was wrong, a bit each. With error correction.
    pub was_wrong: Signal<In, Bits<4>>,
    /// Words that could not be put right, a bit each. With error correction.
    pub word_failed: Signal<In, Bits<4>>,
    /// It failed.
    pub copy_failed: Signal<In, Bit>,
    /// A job runs.
    pub scanning: Signal<In, Bit>,
    /// The block store has been cleared.
    pub unit_ready: Signal<In, Bit>,
    /// Per port: a flush is under way.
    pub flush_busy: Vec<Signal<In, Bit>>,
    /// Per port: flush.
    pub flush: Vec<Signal<Out, Bit>>,
    /// CTRL.ENABLE.
    pub enable: Signal<Out, Bit>,
    /// MEM_BASE.
    pub mem_base: Signal<Out, Bits<28>>,
    /// SHADOW_BASE.
    pub shadow_base: Signal<Out, Bits<28>>,
    /// STATUS.FIRMWARE_OK.
    pub firmware_ok: Signal<Out, Bit>,
    /// FIRMWARE_DATA is written.
    pub firmware_load: Signal<Out, Bit>,
    /// FIRMWARE_ADDRESS.
    pub firmware_address: Signal<Out, Bits<9>>,
    /// What the firmware memory holds there.
    pub firmware_read: Signal<In, Bits<32>>,
    /// |(IRQ_STATUS & IRQ_ENABLE).
    pub irq: Signal<Out, Bit>,
    enable_now: Register<Bit>,
    mem_base_now: Register<Bits<28>>,
    shadow_base_now: Register<Bits<28>>,
    error_now: Register<Bits<8>>,
    error_guest: Register<Bits<4>>,
    irq_status: Register<Bits<5>>,
    irq_enable: Register<Bits<5>>,
    dirty_word: Register<Bits<21>>,
    dirty_plane: Register<Bit>,
    address: Register<Bits<9>>,
    checksum: Register<Bits<32>>,
    firmware_good: Register<Bit>,
    cycles: Register<Bits<32>>,
    epoch_waits: Register<Bits<32>>,
    copied: Register<Bits<32>>,
    corrected: Register<Bits<32>>,
    uncorrected: Register<Bits<32>>,
    has_correction: Constant<Bit>,
    at_corrected: Constant<Bits<12>>,
    at_failed: Constant<Bits<12>>,
    copies_failed: Register<Bits<32>>,
    was_high: Register<Bit>,
    was_held: Register<Bit>,
    was_lost: Register<Bit>,
    completion: Vec<Register<Bit>>,
    flush_asked: Vec<Register<Bit>>,
    refusal: Signal<Local, Bits<8>>,
    value: Signal<Local, Bits<32>>,
    store: Signal<Local, Bit>,
    command_refusal: Signal<Local, Bits<8>>,
    any_running: Signal<Local, Bit>,
    any_attached: Signal<Local, Bit>,
    any_completed: Signal<Local, Bit>,
    any_high: Signal<Local, Bit>,
    any_held: Signal<Local, Bit>,
    any_lost: Signal<Local, Bit>,
    events: Signal<Local, Bits<5>>,
    cleared: Signal<Local, Bits<5>>,
    completion_bit: Vec<Signal<Local, Bit>>,
    running_bit: Vec<Signal<Local, Bit>>,
    flush_bit: Vec<Signal<Local, Bit>>,
    has_shadow: Constant<Bit>,
    id: Constant<Bits<32>>,
    version: Constant<Bits<32>>,
    caps0: Constant<Bits<32>>,
    caps1: Constant<Bits<32>>,
    has_counters: Constant<Bit>,
    page_mask: Constant<Bits<32>>,
    page_limit: Constant<Bits<32>>,
    last_word: Constant<Bits<32>>,
    dirty_absent: Constant<Bits<32>>,
    irq_absent: Constant<Bits<32>>,
    ports_absent: Constant<Bits<32>>,
    guests_absent: Constant<Bits<16>>,
    _guests: usize,
    _ports: usize,
    at_id: Constant<Bits<12>>,
    at_version: Constant<Bits<12>>,
    at_caps0: Constant<Bits<12>>,
    at_caps1: Constant<Bits<12>>,
    at_ctrl: Constant<Bits<12>>,
    at_status: Constant<Bits<12>>,
    at_error: Constant<Bits<12>>,
    at_irq_status: Constant<Bits<12>>,
    at_irq_enable: Constant<Bits<12>>,
    at_command: Constant<Bits<12>>,
    at_completion: Constant<Bits<12>>,
    at_mem_base: Constant<Bits<12>>,
    at_shadow_base: Constant<Bits<12>>,
    at_port_flush: Constant<Bits<12>>,
    at_dirty_select: Constant<Bits<12>>,
    at_dirty_bits: Constant<Bits<12>>,
    at_firmware_address: Constant<Bits<12>>,
    at_firmware_data: Constant<Bits<12>>,
    at_firmware_check: Constant<Bits<12>>,
    at_cycles: Constant<Bits<12>>,
    at_epoch_waits: Constant<Bits<12>>,
    at_copies: Constant<Bits<12>>,
    at_copy_errors: Constant<Bits<12>>,
    error_address: Constant<Bits<8>>,
    error_read_only: Constant<Bits<8>>,
    error_value: Constant<Bits<8>>,
    error_busy: Constant<Bits<8>>,
    error_attached: Constant<Bits<8>>,
    error_alignment: Constant<Bits<8>>,
    error_overlap: Constant<Bits<8>>,
    error_firmware: Constant<Bits<8>>,
}

impl GlobalRegisters {
    /// The global registers of a configuration.
    pub fn new(config: &Config) -> Self {
        let guests = config.guests as usize;
        let ports = config.ports as usize;
        let reset =
            |name: &str| find(name).map_or(0, |register| register.reset_value(config).into());
        let absent =
            |name: &str| find(name).map_or(0, |register| u64::from(!register.mask(config)));
        Self {
            command_error: copies(guests),
            command: copies(guests),
            command_on_bus: copies(guests),
            running: copies(guests),
            attached: copies(guests),
            completed: copies(guests),
            high_water: copies(guests),
            ring_held: copies(guests),
            lost: copies(guests),
            flush_busy: copies(ports),
            flush: copies(ports),
            completion: copies(guests),
            flush_asked: copies(ports),
            completion_bit: copies(16),
            running_bit: copies(16),
            flush_bit: copies(8),
            firmware_good: Register::new(true),
            dirty_word: Register::narrow(0.into(), config.word_bits() as usize),
            id: constant(reset("ID")),
            version: constant(reset("VERSION")),
            caps0: constant(reset("CAPS0")),
            caps1: constant(reset("CAPS1")),
            has_counters: flag(config.counters),
            has_shadow: flag(config.uses_shadow()),
            page_mask: constant((config.memory_size.0 >> 12) - 1),
            page_limit: constant(config.beyond_pages().into()),
            last_word: constant(u64::from(config.words()) - 1),
            dirty_absent: constant(absent("DIRTY_SELECT")),
            irq_absent: constant(absent("IRQ_ENABLE")),
            ports_absent: constant(!((1_u64 << ports) - 1) & 0xffff_ffff),
            guests_absent: constant(!((1_u64 << guests) - 1) & 0xffff),
            _guests: guests,
            _ports: ports,
            at_id: constant(offset::ID.into()),
            at_version: constant(offset::VERSION.into()),
            at_caps0: constant(offset::CAPS0.into()),
            at_caps1: constant(offset::CAPS1.into()),
            at_ctrl: constant(offset::CTRL.into()),
            at_status: constant(offset::STATUS.into()),
            at_error: constant(offset::ERROR.into()),
            at_irq_status: constant(offset::IRQ_STATUS.into()),
            at_irq_enable: constant(offset::IRQ_ENABLE.into()),
            at_command: constant(offset::COMMAND.into()),
            at_completion: constant(offset::COMPLETION.into()),
            at_mem_base: constant(offset::MEM_BASE.into()),
            at_shadow_base: constant(offset::SHADOW_BASE.into()),
            at_port_flush: constant(offset::PORT_FLUSH.into()),
            at_dirty_select: constant(offset::DIRTY_SELECT.into()),
            at_dirty_bits: constant(offset::DIRTY_BITS.into()),
            at_firmware_address: constant(offset::FIRMWARE_ADDRESS.into()),
            at_firmware_data: constant(offset::FIRMWARE_DATA.into()),
            at_firmware_check: constant(offset::FIRMWARE_CHECK.into()),
            at_cycles: constant(offset::CYCLES.into()),
            at_epoch_waits: constant(offset::EPOCH_WAITS.into()),
            at_copies: constant(offset::COPIES.into()),
            at_copy_errors: constant(offset::COPY_ERRORS.into()),
            error_address: constant(ErrorCode::Address as u64),
            error_read_only: constant(ErrorCode::ReadOnly as u64),
            error_value: constant(ErrorCode::Value as u64),
            error_busy: constant(ErrorCode::Busy as u64),
            error_attached: constant(ErrorCode::Attached as u64),
            error_alignment: constant(ErrorCode::Alignment as u64),
            error_overlap: constant(ErrorCode::Overlap as u64),
            error_firmware: constant(ErrorCode::Firmware as u64),
            clock: Default::default(),
            bus_selected: Default::default(),
            bus_offset: Default::default(),
            bus_data: Default::default(),
            bus_write: Default::default(),
            bus_commit: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            refused: Default::default(),
            refused_code: Default::default(),
            refused_guest: Default::default(),
            wants_peek: Default::default(),
            peek_bits: Default::default(),
            peek_word: Default::default(),
            peek_plane_y: Default::default(),
            bus_excludes: Default::default(),
            command_group: Default::default(),
            step_waits: Default::default(),
            copy_done: Default::default(),
            was_wrong: Default::default(),
            word_failed: Default::default(),
            copy_failed: Default::default(),
            scanning: Default::default(),
            unit_ready: Default::default(),
            enable: Default::default(),
            mem_base: Default::default(),
            shadow_base: Default::default(),
            firmware_ok: Default::default(),
            firmware_load: Default::default(),
            firmware_address: Default::default(),
            firmware_read: Default::default(),
            irq: Default::default(),
            enable_now: Default::default(),
            mem_base_now: Register::narrow(0.into(), config.page_bits() as usize),
            shadow_base_now: Register::narrow(0.into(), config.page_bits() as usize),
            error_now: Default::default(),
            error_guest: Default::default(),
            irq_status: Default::default(),
            irq_enable: Default::default(),
            dirty_plane: Default::default(),
            address: Default::default(),
            checksum: Default::default(),
            cycles: Default::default(),
            epoch_waits: Default::default(),
            copied: Default::default(),
            corrected: Default::default(),
            uncorrected: Default::default(),
            has_correction: flag(config.error_correction),
            at_corrected: constant(offset::ECC_CORRECTED.into()),
            at_failed: constant(offset::ECC_FAILED.into()),
            copies_failed: Default::default(),
            was_high: Default::default(),
            was_held: Default::default(),
            was_lost: Default::default(),
            refusal: Default::default(),
            value: Default::default(),
            store: Default::default(),
            command_refusal: Default::default(),
            any_running: Default::default(),
            any_attached: Default::default(),
            any_completed: Default::default(),
            any_high: Default::default(),
            any_held: Default::default(),
            any_lost: Default::default(),
            events: Default::default(),
            cleared: Default::default(),
        }
    }
}

impl Logic for GlobalRegisters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: global_registers");
        comment!("The global page of registers, interrupts, completions, commands for several guests, firmware loads.");
        comment!("bus_error and bus_read are combinational; a write takes effect with bus_commit.");
        comment!("Reset: disabled, all zero, the built-in firmware good.");
        dff_setup!(
            self,
            clock,
            enable_now,
            mem_base_now,
            shadow_base_now,
            error_now,
            error_guest,
            irq_status,
            irq_enable,
            dirty_word,
            dirty_plane,
            address,
            checksum,
            firmware_good,
            cycles,
            epoch_waits,
            copied,
            corrected,
            uncorrected,
            copies_failed,
            was_high,
            was_held,
            was_lost
        );
        self.store.next = self.bus_selected.val() & self.bus_write.val() & self.bus_commit.val();

        // What concerns all guests and ports.
        self.any_running.next = false;
        self.any_attached.next = false;
        self.any_completed.next = false;
        self.any_high.next = false;
        self.any_held.next = false;
        self.any_lost.next = false;
        self.command_refusal.next = 0.into();
        self.command_group.next = self.bus_data.val().get_bits::<16>(16);
        for k in 0..16 {
            self.completion_bit[k].next = false;
            self.running_bit[k].next = false;
        }
        for k in 0..8 {
            self.flush_bit[k].next = false;
        }
        for k in 0..self._guests {
            self.completion[k].clock.next = self.clock.val();
            self.completion[k].d.next = self.completion[k].q.val() | self.completed[k].val();
            self.completion_bit[k].next = self.completion[k].q.val();
            self.running_bit[k].next = self.running[k].val();
            if self.running[k].val() {
                self.any_running.next = true;
            }
            if self.attached[k].val() {
                self.any_attached.next = true;
            }
            if self.completed[k].val() {
                self.any_completed.next = true;
            }
            if self.high_water[k].val() {
                self.any_high.next = true;
            }
            if self.ring_held[k].val() {
                self.any_held.next = true;
            }
            if self.lost[k].val() {
                self.any_lost.next = true;
            }
            if self.bus_data.val().get_bits::<16>(16).get_bit(k) & self.command_error[k].val().any()
            {
                self.command_refusal.next = self.command_error[k].val();
            }
            self.command_on_bus[k].next = self.bus_selected.val()
                & self.bus_write.val()
                & (self.bus_offset.val() == self.at_command.val())
                & self.bus_data.val().get_bits::<16>(16).get_bit(k);
            self.command[k].next = self.command_on_bus[k].val() & self.bus_commit.val();
        }
        self.bus_excludes.next = self.bus_selected.val()
            & self.bus_write.val()
            & ((self.bus_offset.val() == self.at_command.val())
                | (self.bus_offset.val() == self.at_firmware_address.val())
                | (self.bus_offset.val() == self.at_firmware_data.val())
                | (self.bus_offset.val() == self.at_firmware_check.val()));
        for k in 0..self._ports {
            self.flush_asked[k].clock.next = self.clock.val();
            self.flush_asked[k].d.next = false;
            self.flush[k].next = self.flush_asked[k].q.val();
            self.flush_bit[k].next = self.flush_busy[k].val() | self.flush_asked[k].q.val();
        }
        self.cycles.d.next = self.cycles.q.val() + 1;
        if self.has_correction.val() {
            self.corrected.d.next = self.corrected.q.val()
                + bit_cast::<32, 1>(self.was_wrong.val().get_bits::<1>(0))
                + bit_cast::<32, 1>(self.was_wrong.val().get_bits::<1>(1))
                + bit_cast::<32, 1>(self.was_wrong.val().get_bits::<1>(2))
                + bit_cast::<32, 1>(self.was_wrong.val().get_bits::<1>(3));
            self.uncorrected.d.next = self.uncorrected.q.val()
                + bit_cast::<32, 1>(self.word_failed.val().get_bits::<1>(0))
                + bit_cast::<32, 1>(self.word_failed.val().get_bits::<1>(1))
                + bit_cast::<32, 1>(self.word_failed.val().get_bits::<1>(2))
                + bit_cast::<32, 1>(self.word_failed.val().get_bits::<1>(3));
        }
        if self.step_waits.val() {
            self.epoch_waits.d.next = self.epoch_waits.q.val() + 1;
        }
        if self.copy_done.val() {
            if self.copy_failed.val() {
                self.copies_failed.d.next = self.copies_failed.q.val() + 1;
            } else {
                self.copied.d.next = self.copied.q.val() + 1;
            }
        }
        // Interrupts are edges: a level that stays does not come again after it was cleared.
        self.was_high.d.next = self.any_high.val();
        self.was_held.d.next = self.any_held.val();
        self.was_lost.d.next = self.any_lost.val();
        self.events.next = bits::<5>(0)
            .replace_bit(0, self.any_completed.val())
            .replace_bit(1, self.refused.val())
            .replace_bit(2, self.any_high.val() & !self.was_high.q.val())
            .replace_bit(3, self.any_held.val() & !self.was_held.q.val())
            .replace_bit(4, self.any_lost.val() & !self.was_lost.q.val());
        self.cleared.next = 0.into();
        if self.refused.val() {
            self.error_now.d.next = self.refused_code.val();
            self.error_guest.d.next = self.refused_guest.val();
        }

        self.refusal.next = 0.into();
        self.value.next = 0.into();
        self.wants_peek.next = false;
        self.firmware_load.next = false;
        if self.bus_offset.val() == self.at_id.val() {
            self.value.next = self.id.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_version.val() {
            self.value.next = self.version.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_caps0.val() {
            self.value.next = self.caps0.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_caps1.val() {
            self.value.next = self.caps1.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_ctrl.val() {
            self.value.next = bits::<32>(0).replace_bit(0, self.enable_now.q.val());
            if self.bus_write.val() {
                if self.bus_data.val().get_bits::<31>(1).any() {
                    self.refusal.next = self.error_value.val();
                } else if !self.bus_data.val().get_bit(0) & self.any_running.val() {
                    self.refusal.next = self.error_busy.val();
                } else if !self.bus_data.val().get_bit(0) & self.any_attached.val() {
                    self.refusal.next = self.error_attached.val();
                } else if self.has_shadow.val()
                    & self.bus_data.val().get_bit(0)
                    & (self.mem_base_now.q.val() == self.shadow_base_now.q.val())
                {
                    self.refusal.next = self.error_overlap.val();
                }
            }
            if self.store.val() {
                self.enable_now.d.next = self.bus_data.val().get_bit(0);
            }
        } else if self.bus_offset.val() == self.at_status.val() {
            self.value.next = bits::<32>(0)
                .replace_bit(0, self.unit_ready.val())
                .replace_bit(1, self.firmware_good.q.val())
                .replace_bit(2, self.scanning.val())
                .replace_bit(16, self.running_bit[0].val())
                .replace_bit(17, self.running_bit[1].val())
                .replace_bit(18, self.running_bit[2].val())
                .replace_bit(19, self.running_bit[3].val())
                .replace_bit(20, self.running_bit[4].val())
                .replace_bit(21, self.running_bit[5].val())
                .replace_bit(22, self.running_bit[6].val())
                .replace_bit(23, self.running_bit[7].val())
                .replace_bit(24, self.running_bit[8].val())
                .replace_bit(25, self.running_bit[9].val())
                .replace_bit(26, self.running_bit[10].val())
                .replace_bit(27, self.running_bit[11].val())
                .replace_bit(28, self.running_bit[12].val())
                .replace_bit(29, self.running_bit[13].val())
                .replace_bit(30, self.running_bit[14].val())
                .replace_bit(31, self.running_bit[15].val());
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_error.val() {
            self.value.next = (bit_cast::<32, 4>(self.error_guest.q.val()) << bits::<5>(8))
                | bit_cast::<32, 8>(self.error_now.q.val());
            if self.store.val() {
                self.error_now.d.next = 0.into();
                self.error_guest.d.next = 0.into();
            }
        } else if self.bus_offset.val() == self.at_irq_status.val() {
            self.value.next = bit_cast::<32, 5>(self.irq_status.q.val());
            if self.bus_write.val() & (self.bus_data.val() & self.irq_absent.val()).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.cleared.next = bit_cast::<5, 32>(self.bus_data.val());
            }
        } else if self.bus_offset.val() == self.at_irq_enable.val() {
            self.value.next = bit_cast::<32, 5>(self.irq_enable.q.val());
            if self.bus_write.val() & (self.bus_data.val() & self.irq_absent.val()).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.irq_enable.d.next = bit_cast::<5, 32>(self.bus_data.val());
            }
        } else if self.bus_offset.val() == self.at_command.val() {
            if self.bus_write.val() {
                if self.bus_data.val().get_bits::<12>(4).any()
                    | !self.command_group.val().any()
                    | (self.command_group.val() & self.guests_absent.val()).any()
                {
                    self.refusal.next = self.error_value.val();
                } else {
                    self.refusal.next = self.command_refusal.val();
                }
            }
        } else if self.bus_offset.val() == self.at_completion.val() {
            self.value.next = bits::<32>(0)
                .replace_bit(0, self.completion_bit[0].val())
                .replace_bit(1, self.completion_bit[1].val())
                .replace_bit(2, self.completion_bit[2].val())
                .replace_bit(3, self.completion_bit[3].val())
                .replace_bit(4, self.completion_bit[4].val())
                .replace_bit(5, self.completion_bit[5].val())
                .replace_bit(6, self.completion_bit[6].val())
                .replace_bit(7, self.completion_bit[7].val())
                .replace_bit(8, self.completion_bit[8].val())
                .replace_bit(9, self.completion_bit[9].val())
                .replace_bit(10, self.completion_bit[10].val())
                .replace_bit(11, self.completion_bit[11].val())
                .replace_bit(12, self.completion_bit[12].val())
                .replace_bit(13, self.completion_bit[13].val())
                .replace_bit(14, self.completion_bit[14].val())
                .replace_bit(15, self.completion_bit[15].val());
            if self.bus_write.val()
                & (self.bus_data.val().get_bits::<16>(16).any()
                    | (self.bus_data.val().get_bits::<16>(0) & self.guests_absent.val()).any())
            {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                for k in 0..self._guests {
                    if self.bus_data.val().get_bit(k) {
                        self.completion[k].d.next = self.completed[k].val();
                    }
                }
            }
        } else if self.bus_offset.val() == self.at_mem_base.val() {
            self.value.next = bit_cast::<32, 28>(self.mem_base_now.q.val());
            if self.bus_write.val() {
                if self.enable_now.q.val() {
                    self.refusal.next = self.error_busy.val();
                } else if (self.bus_data.val() & self.page_limit.val()).any() {
                    self.refusal.next = self.error_value.val();
                } else if (self.bus_data.val() & self.page_mask.val()).any() {
                    self.refusal.next = self.error_alignment.val();
                }
            }
            if self.store.val() {
                self.mem_base_now.d.next = bit_cast::<28, 32>(self.bus_data.val());
            }
        } else if self.has_shadow.val() & (self.bus_offset.val() == self.at_shadow_base.val()) {
            self.value.next = bit_cast::<32, 28>(self.shadow_base_now.q.val());
            if self.bus_write.val() {
                if self.enable_now.q.val() {
                    self.refusal.next = self.error_busy.val();
                } else if (self.bus_data.val() & self.page_limit.val()).any() {
                    self.refusal.next = self.error_value.val();
                } else if (self.bus_data.val() & self.page_mask.val()).any() {
                    self.refusal.next = self.error_alignment.val();
                }
            }
            if self.store.val() {
                self.shadow_base_now.d.next = bit_cast::<28, 32>(self.bus_data.val());
            }
        } else if self.bus_offset.val() == self.at_port_flush.val() {
            self.value.next = bits::<32>(0)
                .replace_bit(0, self.flush_bit[0].val())
                .replace_bit(1, self.flush_bit[1].val())
                .replace_bit(2, self.flush_bit[2].val())
                .replace_bit(3, self.flush_bit[3].val())
                .replace_bit(4, self.flush_bit[4].val())
                .replace_bit(5, self.flush_bit[5].val())
                .replace_bit(6, self.flush_bit[6].val())
                .replace_bit(7, self.flush_bit[7].val());
            if self.bus_write.val() & (self.bus_data.val() & self.ports_absent.val()).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                for k in 0..self._ports {
                    self.flush_asked[k].d.next = self.bus_data.val().get_bit(k);
                }
            }
        } else if self.bus_offset.val() == self.at_dirty_select.val() {
            self.value.next = bit_cast::<32, 21>(self.dirty_word.q.val())
                .replace_bit(31, self.dirty_plane.q.val());
            if self.bus_write.val()
                & ((self.bus_data.val() & self.dirty_absent.val()).any()
                    | (bit_cast::<32, 31>(self.bus_data.val().get_bits::<31>(0))
                        > self.last_word.val()))
            {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.dirty_word.d.next = bit_cast::<21, 32>(self.bus_data.val());
                self.dirty_plane.d.next = self.bus_data.val().get_bit(31);
            }
        } else if self.bus_offset.val() == self.at_dirty_bits.val() {
            self.value.next = self.peek_bits.val();
            self.wants_peek.next = self.bus_selected.val() & !self.bus_write.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_firmware_address.val() {
            self.value.next = bit_cast::<32, 9>(self.address.q.val());
            if self.bus_write.val() {
                if self.any_running.val() {
                    self.refusal.next = self.error_busy.val();
                } else if self.bus_data.val().get_bits::<23>(9).any() {
                    self.refusal.next = self.error_value.val();
                }
            }
            if self.store.val() {
                self.address.d.next = bit_cast::<9, 32>(self.bus_data.val());
                self.firmware_good.d.next = false;
                self.checksum.d.next = 0.into();
            }
        } else if self.bus_offset.val() == self.at_firmware_data.val() {
            self.value.next = self.firmware_read.val();
            if self.any_running.val() | (self.bus_write.val() & self.firmware_good.q.val()) {
                self.refusal.next = self.error_busy.val();
            }
            if self.bus_selected.val() & self.bus_commit.val() {
                self.address.d.next = self.address.q.val() + 1;
            }
            if self.store.val() {
                self.firmware_load.next = true;
                self.checksum.d.next = ((self.checksum.q.val() << bits::<5>(5))
                    | (self.checksum.q.val() >> bits::<5>(27)))
                    ^ self.bus_data.val();
            }
        } else if self.bus_offset.val() == self.at_firmware_check.val() {
            if self.bus_write.val() {
                if self.any_running.val() {
                    self.refusal.next = self.error_busy.val();
                } else if self.bus_data.val() != self.checksum.q.val() {
                    self.refusal.next = self.error_firmware.val();
                }
            }
            if self.store.val() {
                self.firmware_good.d.next = true;
            }
        } else if self.bus_offset.val() == self.at_cycles.val() {
            self.value.next = self.cycles.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val() & (self.bus_offset.val() == self.at_epoch_waits.val()) {
            self.value.next = self.epoch_waits.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_copies.val() {
            self.value.next = self.copied.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_copy_errors.val() {
            self.value.next = self.copies_failed.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_correction.val() & (self.bus_offset.val() == self.at_corrected.val()) {
            self.value.next = self.corrected.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_correction.val() & (self.bus_offset.val() == self.at_failed.val()) {
            self.value.next = self.uncorrected.q.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else {
            self.refusal.next = self.error_address.val();
        }
        self.irq_status.d.next =
            (self.irq_status.q.val() & !self.cleared.val()) | self.events.val();
        self.bus_error.next = 0.into();
        self.bus_read.next = 0.into();
        if self.bus_selected.val() {
            self.bus_error.next = self.refusal.val();
            self.bus_read.next = self.value.val();
        }
        self.enable.next = self.enable_now.q.val();
        self.mem_base.next = self.mem_base_now.q.val();
        self.shadow_base.next = self.shadow_base_now.q.val();
        self.firmware_ok.next = self.firmware_good.q.val();
        self.firmware_address.next = self.address.q.val();
        self.peek_word.next = self.dirty_word.q.val();
        self.peek_plane_y.next = self.dirty_plane.q.val();
        self.irq.next = (self.irq_status.q.val() & self.irq_enable.q.val()).any();
    }
}
