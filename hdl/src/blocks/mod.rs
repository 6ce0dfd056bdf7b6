//! The hardware blocks, one file each.

mod configuration_checker;
mod constants;
mod copy_address;
mod copy_completion;
mod copy_data;
mod copy_engine;
mod copy_read;
mod copy_shape;
mod global_registers;
mod guest;
mod guest_command;
mod guest_counters;
mod guest_epoch;
mod guest_registers;
mod guest_ring;
mod region_table;
mod register_bus;
mod rendezvous;
mod sequencer;

pub use configuration_checker::ConfigurationChecker;
pub use copy_engine::CopyEngine;
pub use global_registers::GlobalRegisters;
pub use guest::Guest;
pub use guest_command::GuestCommand;
pub use guest_counters::GuestCounters;
pub use guest_epoch::GuestEpoch;
pub use guest_registers::GuestRegisters;
pub use guest_ring::GuestRing;
pub use region_table::RegionTable;
pub use register_bus::RegisterBus;
pub use rendezvous::Rendezvous;
pub use sequencer::Sequencer;
