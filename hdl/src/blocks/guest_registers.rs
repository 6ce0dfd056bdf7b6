//! A guest's page of registers: what the bus writes, refuses and reads.
//!
//! **Does**: decodes the offset within the page, holds the guest's configuration, refuses what is not allowed (`bus_error` is valid
//! before `bus_commit`; nothing changes unless the bus commits), and selects what a read returns.
//! **Latency**: combinational from the bus registers; a committed write shows one cycle later.
//! **Reset**: the first strategy that was built with its policy row; everything else 0.

use super::constants::{constant, flag};
use crate::prelude::*;
use mch_spec::config::Config;
use mch_spec::registers::{offset, ErrorCode};
use mch_spec::strategy::Strategy;

/// The registers of a guest.
#[derive(Clone, Debug, LogicBlock)]
pub struct GuestRegisters {
    /// Clock and reset.
    pub clock: Signal<In, ClkRst>,
    /// The address is in this guest's page.
    pub bus_selected: Signal<In, Bit>,
    /// Offset in the page.
    pub bus_offset: Signal<In, Bits<12>>,
    /// What is written.
    pub bus_data: Signal<In, Bits<32>>,
    /// The access is a write.
    pub bus_write: Signal<In, Bit>,
    /// The access takes effect in this cycle.
    pub bus_commit: Signal<In, Bit>,
    /// Why the access is refused; 0: it is not. 0 while not selected.
    pub bus_error: Signal<Out, Bits<8>>,
    /// What a read returns; 0 while not selected.
    pub bus_read: Signal<Out, Bits<32>>,
    /// Why the operation in `bus_data` would be refused.
    pub command_error: Signal<In, Bits<8>>,
    /// The guest is attached: its configuration is fixed.
    pub attached: Signal<In, Bit>,
    /// A routine runs.
    pub running: Signal<In, Bit>,
    /// What G_STATUS reads.
    pub read_status: Signal<In, Bits<32>>,
    /// What G_EPOCH reads.
    pub read_epoch: Signal<In, Bits<32>>,
    /// What G_ARRIVE reads.
    pub read_arrivals: Signal<In, Bits<32>>,
    /// What G_RELEASE reads.
    pub read_released: Signal<In, Bits<32>>,
    /// What G_RENDEZVOUS reads.
    pub read_rendezvous: Signal<In, Bits<32>>,
    /// What G_DIRTY reads.
    pub read_dirty: Signal<In, Bits<32>>,
    /// What G_PENDING reads.
    pub read_pending: Signal<In, Bits<32>>,
    /// What G_RING_USED reads.
    pub read_ring_used: Signal<In, Bits<32>>,
    /// What G_COMPLETION reads.
    pub read_completion: Signal<In, Bits<32>>,
    /// What G_ERROR_BLOCK reads.
    pub read_error_block: Signal<In, Bits<32>>,
    /// What G_STALLS reads.
    pub read_stalls: Signal<In, Bits<32>>,
    /// What G_COPIES reads.
    pub read_copies: Signal<In, Bits<32>>,
    /// What G_ENTRIES reads.
    pub read_entries: Signal<In, Bits<32>>,
    /// What G_WRITES reads.
    pub read_writes: Signal<In, Bits<32>>,
    /// What G_PAUSE reads.
    pub read_pause: Signal<In, Bits<32>>,
    /// What G_CHECKPOINTS reads.
    pub read_checkpoints: Signal<In, Bits<32>>,
    /// What G_ROLLBACKS reads.
    pub read_rollbacks: Signal<In, Bits<32>>,
    /// G_STRATEGY.
    pub strategy: Signal<Out, Bits<3>>,
    /// G_POLICY.
    pub policy: Signal<Out, Bits<20>>,
    /// G_CPUS.
    pub processors: Signal<Out, Bits<6>>,
    /// G_RING_BASE.
    pub ring_base: Signal<Out, Bits<28>>,
    /// G_RING_SIZE.
    pub ring_size: Signal<Out, Bits<6>>,
    /// G_RING_HIGH.
    pub ring_high: Signal<Out, Bits<26>>,
    /// G_ON_FULL.
    pub on_full: Signal<Out, Bit>,
    /// G_PERIOD.
    pub period: Signal<Out, Bits<32>>,
    /// G_TIMEOUT.
    pub timeout: Signal<Out, Bits<32>>,
    /// A processor writes G_ARRIVE.
    pub arrive: Signal<Out, Bit>,
    /// G_COMMAND is written.
    pub command_write: Signal<Out, Bit>,
    /// G_COMMAND is on the bus, not yet decided.
    pub command_pending: Signal<Out, Bit>,
    strategy_now: Register<Bits<3>>,
    policy_now: Register<Bits<20>>,
    processors_now: Register<Bits<6>>,
    ring_base_now: Register<Bits<28>>,
    ring_size_now: Register<Bits<6>>,
    ring_high_now: Register<Bits<26>>,
    on_full_now: Register<Bit>,
    period_now: Register<Bits<32>>,
    timeout_now: Register<Bits<32>>,
    refusal: Signal<Local, Bits<8>>,
    value: Signal<Local, Bits<32>>,
    store: Signal<Local, Bit>,
    built: Signal<Local, Bit>,
    row: Signal<Local, Bits<20>>,
    settable: Constant<Bit>,
    has_ring: Constant<Bit>,
    has_counters: Constant<Bit>,
    rows: Vec<Constant<Bits<20>>>,
    numbers: Vec<Constant<Bits<32>>>,
    row_mask: Constant<Bits<32>>,
    most_processors: Constant<Bits<32>>,
    smallest_ring: Constant<Bits<32>>,
    largest_ring: Constant<Bits<32>>,
    page_limit: Constant<Bits<32>>,
    _strategies: usize,
    at_strategy: Constant<Bits<12>>,
    at_status: Constant<Bits<12>>,
    at_epoch: Constant<Bits<12>>,
    at_cpus: Constant<Bits<12>>,
    at_arrive: Constant<Bits<12>>,
    at_release: Constant<Bits<12>>,
    at_rendezvous: Constant<Bits<12>>,
    at_dirty: Constant<Bits<12>>,
    at_pending: Constant<Bits<12>>,
    has_push: Constant<Bit>,
    at_ring_base: Constant<Bits<12>>,
    at_ring_size: Constant<Bits<12>>,
    at_ring_used: Constant<Bits<12>>,
    at_ring_high: Constant<Bits<12>>,
    at_on_full: Constant<Bits<12>>,
    at_period: Constant<Bits<12>>,
    at_timeout: Constant<Bits<12>>,
    at_command: Constant<Bits<12>>,
    at_completion: Constant<Bits<12>>,
    at_error_block: Constant<Bits<12>>,
    at_policy: Constant<Bits<12>>,
    at_stalls: Constant<Bits<12>>,
    at_copies: Constant<Bits<12>>,
    at_entries: Constant<Bits<12>>,
    at_writes: Constant<Bits<12>>,
    at_pause: Constant<Bits<12>>,
    at_checkpoints: Constant<Bits<12>>,
    at_rollbacks: Constant<Bits<12>>,
    error_address: Constant<Bits<8>>,
    error_read_only: Constant<Bits<8>>,
    error_value: Constant<Bits<8>>,
    error_attached: Constant<Bits<8>>,
    error_strategy: Constant<Bits<8>>,
}

impl GuestRegisters {
    /// The registers of a guest of this configuration.
    pub fn new(config: &Config) -> Self {
        let first = config.first_strategy().unwrap_or(Strategy::S3);
        let actions = config
            .strategies
            .iter()
            .map(|strategy| strategy.policy_row())
            .fold(0, |mask, row| mask | row | row >> 5 | row >> 10 | row >> 15)
            & 0x1f;
        let row_mask = u64::from(actions) * 0x8421;
        Self {
            strategy_now: Register::new(u64::from(first.number()).to_bits()),
            policy_now: Register::new(u64::from(first.policy_row()).to_bits()),
            settable: flag(config.settable),
            has_ring: flag(config.uses_ring()),
            has_counters: flag(config.counters),
            rows: strategies(config, |s| constant(s.policy_row().into())),
            numbers: strategies(config, |s| constant(s.number().into())),
            row_mask: constant(!row_mask & 0xffff_ffff),
            most_processors: constant(config.processors.into()),
            smallest_ring: constant(15),
            largest_ring: constant(u64::from(config.address_width.min(36))),
            page_limit: constant(config.beyond_pages().into()),
            _strategies: config.strategies.len(),
            at_strategy: constant(offset::G_STRATEGY.into()),
            at_status: constant(offset::G_STATUS.into()),
            at_epoch: constant(offset::G_EPOCH.into()),
            at_cpus: constant(offset::G_CPUS.into()),
            at_arrive: constant(offset::G_ARRIVE.into()),
            at_release: constant(offset::G_RELEASE.into()),
            at_rendezvous: constant(offset::G_RENDEZVOUS.into()),
            at_dirty: constant(offset::G_DIRTY.into()),
            at_pending: constant(offset::G_PENDING.into()),
            has_push: flag(config.has(Strategy::S4)),
            at_ring_base: constant(offset::G_RING_BASE.into()),
            at_ring_size: constant(offset::G_RING_SIZE.into()),
            at_ring_used: constant(offset::G_RING_USED.into()),
            at_ring_high: constant(offset::G_RING_HIGH.into()),
            at_on_full: constant(offset::G_ON_FULL.into()),
            at_period: constant(offset::G_PERIOD.into()),
            at_timeout: constant(offset::G_TIMEOUT.into()),
            at_command: constant(offset::G_COMMAND.into()),
            at_completion: constant(offset::G_COMPLETION.into()),
            at_error_block: constant(offset::G_ERROR_BLOCK.into()),
            at_policy: constant(offset::G_POLICY.into()),
            at_stalls: constant(offset::G_STALLS.into()),
            at_copies: constant(offset::G_COPIES.into()),
            at_entries: constant(offset::G_ENTRIES.into()),
            at_writes: constant(offset::G_WRITES.into()),
            at_pause: constant(offset::G_PAUSE.into()),
            at_checkpoints: constant(offset::G_CHECKPOINTS.into()),
            at_rollbacks: constant(offset::G_ROLLBACKS.into()),
            error_address: constant(ErrorCode::Address as u64),
            error_read_only: constant(ErrorCode::ReadOnly as u64),
            error_value: constant(ErrorCode::Value as u64),
            error_attached: constant(ErrorCode::Attached as u64),
            error_strategy: constant(ErrorCode::Strategy as u64),
            clock: Default::default(),
            bus_selected: Default::default(),
            bus_offset: Default::default(),
            bus_data: Default::default(),
            bus_write: Default::default(),
            bus_commit: Default::default(),
            bus_error: Default::default(),
            bus_read: Default::default(),
            command_error: Default::default(),
            attached: Default::default(),
            running: Default::default(),
            read_status: Default::default(),
            read_epoch: Default::default(),
            read_arrivals: Default::default(),
            read_released: Default::default(),
            read_rendezvous: Default::default(),
            read_dirty: Default::default(),
            read_pending: Default::default(),
            read_ring_used: Default::default(),
            read_completion: Default::default(),
            read_error_block: Default::default(),
            read_stalls: Default::default(),
            read_copies: Default::default(),
            read_entries: Default::default(),
            read_writes: Default::default(),
            read_pause: Default::default(),
            read_checkpoints: Default::default(),
            read_rollbacks: Default::default(),
            strategy: Default::default(),
            policy: Default::default(),
            processors: Default::default(),
            ring_base: Default::default(),
            ring_size: Default::default(),
            ring_high: Default::default(),
            on_full: Default::default(),
            period: Default::default(),
            timeout: Default::default(),
            arrive: Default::default(),
            command_write: Default::default(),
            command_pending: Default::default(),
            processors_now: Default::default(),
            ring_base_now: Register::narrow(0.into(), config.page_bits() as usize),
            ring_size_now: Default::default(),
            ring_high_now: Default::default(),
            on_full_now: Default::default(),
            period_now: Default::default(),
            timeout_now: Default::default(),
            refusal: Default::default(),
            value: Default::default(),
            store: Default::default(),
            built: Default::default(),
            row: Default::default(),
        }
    }
}

/// A constant for each strategy that is built.
fn strategies<T>(config: &Config, make: impl Fn(Strategy) -> T) -> Vec<T> {
    config.strategies.iter().copied().map(make).collect()
}

impl Logic for GuestRegisters {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("module: guest_registers");
        comment!("A guest's page of registers: decode, refusals, configuration, read selection.");
        comment!("bus_error and bus_read are combinational; a write takes effect with bus_commit. Reset: first strategy, all else 0.");
        dff_setup!(
            self,
            clock,
            strategy_now,
            policy_now,
            processors_now,
            ring_base_now,
            ring_size_now,
            ring_high_now,
            on_full_now,
            period_now,
            timeout_now
        );
        self.store.next = self.bus_selected.val() & self.bus_write.val() & self.bus_commit.val();
        self.arrive.next = false;
        self.command_write.next = false;
        self.command_pending.next = false;
        self.refusal.next = 0.into();
        self.value.next = 0.into();
        self.built.next = false;
        self.row.next = 0.into();
        for k in 0..self._strategies {
            if self.bus_data.val() == self.numbers[k].val() {
                self.built.next = true;
                self.row.next = self.rows[k].val();
            }
        }
        if self.bus_offset.val() == self.at_strategy.val() {
            self.value.next = bit_cast::<32, 3>(self.strategy_now.q.val());
            if self.bus_write.val() & (self.attached.val() | self.running.val()) {
                self.refusal.next = self.error_attached.val();
            } else if self.bus_write.val() & !self.built.val() {
                self.refusal.next = self.error_strategy.val();
            }
            if self.store.val() & self.settable.val() {
                self.strategy_now.d.next = bit_cast::<3, 32>(self.bus_data.val());
                self.policy_now.d.next = self.row.val();
            }
        } else if self.settable.val() & (self.bus_offset.val() == self.at_policy.val()) {
            self.value.next = bit_cast::<32, 20>(self.policy_now.q.val());
            if self.bus_write.val() & (self.attached.val() | self.running.val()) {
                self.refusal.next = self.error_attached.val();
            } else if self.bus_write.val() & (self.bus_data.val() & self.row_mask.val()).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() & self.settable.val() {
                self.policy_now.d.next = bit_cast::<20, 32>(self.bus_data.val());
            }
        } else if self.bus_offset.val() == self.at_cpus.val() {
            self.value.next = bit_cast::<32, 6>(self.processors_now.q.val());
            if self.bus_write.val() & (self.attached.val() | self.running.val()) {
                self.refusal.next = self.error_attached.val();
            } else if self.bus_write.val() & (self.bus_data.val() > self.most_processors.val()) {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.processors_now.d.next = bit_cast::<6, 32>(self.bus_data.val());
            }
        } else if self.has_ring.val() & (self.bus_offset.val() == self.at_ring_base.val()) {
            self.value.next = bit_cast::<32, 28>(self.ring_base_now.q.val());
            if self.bus_write.val() & (self.attached.val() | self.running.val()) {
                self.refusal.next = self.error_attached.val();
            } else if self.bus_write.val() & (self.bus_data.val() & self.page_limit.val()).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.ring_base_now.d.next = bit_cast::<28, 32>(self.bus_data.val());
            }
        } else if self.has_ring.val() & (self.bus_offset.val() == self.at_ring_size.val()) {
            self.value.next = bit_cast::<32, 6>(self.ring_size_now.q.val());
            if self.bus_write.val() & (self.attached.val() | self.running.val()) {
                self.refusal.next = self.error_attached.val();
            } else if self.bus_write.val()
                & self.bus_data.val().any()
                & ((self.bus_data.val() < self.smallest_ring.val())
                    | (self.bus_data.val() > self.largest_ring.val()))
            {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.ring_size_now.d.next = bit_cast::<6, 32>(self.bus_data.val());
            }
        } else if self.has_ring.val() & (self.bus_offset.val() == self.at_ring_high.val()) {
            self.value.next = bit_cast::<32, 26>(self.ring_high_now.q.val());
            if self.bus_write.val() & self.bus_data.val().get_bits::<6>(26).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.ring_high_now.d.next = bit_cast::<26, 32>(self.bus_data.val());
            }
        } else if self.has_ring.val() & (self.bus_offset.val() == self.at_on_full.val()) {
            self.value.next = 0.into();
            if self.on_full_now.q.val() {
                self.value.next = 1.into();
            }
            if self.bus_write.val() & self.bus_data.val().get_bits::<31>(1).any() {
                self.refusal.next = self.error_value.val();
            }
            if self.store.val() {
                self.on_full_now.d.next = self.bus_data.val().get_bit(0);
            }
        } else if self.bus_offset.val() == self.at_period.val() {
            self.value.next = self.period_now.q.val();
            if self.store.val() {
                self.period_now.d.next = self.bus_data.val();
            }
        } else if self.bus_offset.val() == self.at_timeout.val() {
            self.value.next = self.timeout_now.q.val();
            if self.store.val() {
                self.timeout_now.d.next = self.bus_data.val();
            }
        } else if self.bus_offset.val() == self.at_arrive.val() {
            self.value.next = self.read_arrivals.val();
            self.arrive.next = self.store.val();
        } else if self.bus_offset.val() == self.at_command.val() {
            if self.bus_write.val() {
                self.refusal.next = self.command_error.val();
                if self.bus_data.val().get_bits::<28>(4).any() {
                    self.refusal.next = self.error_value.val();
                }
            }
            self.command_write.next = self.store.val();
            self.command_pending.next = self.bus_selected.val() & self.bus_write.val();
        } else if self.bus_offset.val() == self.at_status.val() {
            self.value.next = self.read_status.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_epoch.val() {
            self.value.next = self.read_epoch.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_release.val() {
            self.value.next = self.read_released.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_rendezvous.val() {
            self.value.next = self.read_rendezvous.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_dirty.val() {
            self.value.next = self.read_dirty.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_push.val() & (self.bus_offset.val() == self.at_pending.val()) {
            self.value.next = self.read_pending.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_ring.val() & (self.bus_offset.val() == self.at_ring_used.val()) {
            self.value.next = self.read_ring_used.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_completion.val() {
            self.value.next = self.read_completion.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_error_block.val() {
            self.value.next = self.read_error_block.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val() & (self.bus_offset.val() == self.at_stalls.val()) {
            self.value.next = self.read_stalls.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val() & (self.bus_offset.val() == self.at_copies.val()) {
            self.value.next = self.read_copies.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val()
            & self.has_ring.val()
            & (self.bus_offset.val() == self.at_entries.val())
        {
            self.value.next = self.read_entries.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val() & (self.bus_offset.val() == self.at_writes.val()) {
            self.value.next = self.read_writes.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.has_counters.val() & (self.bus_offset.val() == self.at_pause.val()) {
            self.value.next = self.read_pause.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_checkpoints.val() {
            self.value.next = self.read_checkpoints.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else if self.bus_offset.val() == self.at_rollbacks.val() {
            self.value.next = self.read_rollbacks.val();
            if self.bus_write.val() {
                self.refusal.next = self.error_read_only.val();
            }
        } else {
            self.refusal.next = self.error_address.val();
        }
        self.bus_error.next = 0.into();
        self.bus_read.next = 0.into();
        if self.bus_selected.val() {
            self.bus_error.next = self.refusal.val();
            self.bus_read.next = self.value.val();
        }
        self.strategy.next = self.strategy_now.q.val();
        self.policy.next = self.policy_now.q.val();
        self.processors.next = self.processors_now.q.val();
        self.ring_base.next = self.ring_base_now.q.val();
        self.ring_size.next = self.ring_size_now.q.val();
        self.ring_high.next = self.ring_high_now.q.val();
        self.on_full.next = self.on_full_now.q.val();
        self.period.next = self.period_now.q.val();
        self.timeout.next = self.timeout_now.q.val();
    }
}
