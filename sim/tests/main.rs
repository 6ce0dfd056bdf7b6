//! The tests of the agents, monitors and memories, in one program: it is linked once, and what no test uses is seen.

mod common;
mod faults;
mod monitor_rules;
mod ports;
mod snapshots;
mod streams;
mod stress;
mod thin_path;
mod timing;
