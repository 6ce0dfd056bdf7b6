//! AXI4 and AXI4-Lite: managers, subordinates and monitors.

mod burst;
mod lite;
mod manager;
mod monitor;
mod pins;
mod subordinate;

pub(crate) use burst::ones;
pub use burst::{split, Attributes, Burst, BurstKind, Illegality, Response, BOUNDARY};
pub use lite::{AxiLiteManager, AxiLiteMonitor, LiteCompleted, LiteOptions};
pub use manager::{
    AxiManager, Completed, Death, ManagerOptions, Summary, Ticket, Timing, WriteOrder, WriteRequest,
};
pub use monitor::{
    AxiMonitor, Event, MonitorOptions, Monitors, Recording, Rule, Transaction, TransactionLog,
};
pub use pins::{
    AddressPins, AxiPins, Channel, Handshake, ReadBeat, ReadPins, ResponsePins, WriteBeat,
    WritePins,
};
pub use subordinate::{AxiSubordinate, ReadSample, Reorder, SubordinateOptions, WriteApply};
