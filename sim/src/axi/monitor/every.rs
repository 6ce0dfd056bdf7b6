//! Monitors on every AXI port of a design.

use super::{AxiMonitor, MonitorOptions};
use crate::axi::AxiLiteMonitor;
use crate::bench::{Handle, Simulation};
use anyhow::Result;
use std::collections::BTreeMap;

/// The monitors of a design by the prefixes of their ports.
#[derive(Clone, Default)]
pub struct Monitors {
    /// On AXI4 ports.
    pub axi: BTreeMap<String, Handle<AxiMonitor>>,
    /// On AXI4-Lite ports.
    pub lite: BTreeMap<String, Handle<AxiLiteMonitor>>,
}

impl Simulation {
    /// Adds a monitor to every port of the design, found by its signals: `<prefix>_awvalid` makes a port,
    /// `<prefix>_awlen` makes it AXI4 rather than AXI4-Lite.
    pub fn add_monitors(&mut self, options: MonitorOptions) -> Result<Monitors> {
        let ports = self.model().ports().iter();
        let prefixes: Vec<String> = ports
            .filter_map(|port| Some(port.name.strip_suffix("_awvalid")?.to_owned()))
            .collect();
        let mut monitors = Monitors::default();
        for prefix in prefixes {
            if self.model().has_port(&format!("{prefix}_awlen")) {
                let monitor = self.add_monitor(&prefix, options)?;
                monitors.axi.insert(prefix, monitor);
            } else {
                let monitor = self.add_lite_monitor(&prefix, options)?;
                monitors.lite.insert(prefix, monitor);
            }
        }
        Ok(monitors)
    }
}
