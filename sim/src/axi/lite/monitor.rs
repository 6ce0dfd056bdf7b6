//! A protocol monitor for AXI4-Lite.

use crate::axi::monitor::{AxiMonitor, MonitorOptions, TransactionLog};
use crate::bench::{Agent, Handle, Sample, Simulation};
use anyhow::{ensure, Result};

/// Watches an AXI4-Lite port. AXI4-Lite is AXI4 with bursts of one full-width beat and no identifiers, so
/// the rules are those of [`AxiMonitor`], with [`crate::axi::Rule::InOrder`] always on.
#[derive(Clone)]
pub struct AxiLiteMonitor(AxiMonitor);

impl AxiLiteMonitor {
    /// Binds a monitor to the port whose signals start with `prefix`, as `s_axil`.
    pub fn bind(simulation: &Simulation, prefix: &str, options: MonitorOptions) -> Result<Self> {
        let absent = |name: &str| !simulation.model().has_port(&format!("{prefix}_{name}"));
        ensure!(
            absent("awlen") && absent("arlen"),
            "`{prefix}` has bursts: it is AXI4, not AXI4-Lite"
        );
        let options = MonitorOptions {
            in_order: true,
            ..options
        };
        Ok(Self(AxiMonitor::bind(simulation, prefix, options)?))
    }

    /// The log.
    pub fn log(&self) -> &TransactionLog {
        self.0.log()
    }

    /// The log, to take events from.
    pub fn log_mut(&mut self) -> &mut TransactionLog {
        self.0.log_mut()
    }

    /// Reads and writes begun and not completed.
    pub fn outstanding(&self) -> (usize, usize) {
        self.0.outstanding()
    }
}

impl Agent for AxiLiteMonitor {
    fn observe(&mut self, sample: &mut Sample) {
        self.0.observe(sample);
    }

    fn status(&self) -> Option<String> {
        self.0.status()
    }
}

impl Simulation {
    /// Adds a monitor to the AXI4-Lite port whose signals start with `prefix`.
    pub fn add_lite_monitor(
        &mut self,
        prefix: &str,
        options: MonitorOptions,
    ) -> Result<Handle<AxiLiteMonitor>> {
        let monitor = AxiLiteMonitor::bind(self, prefix, options)?;
        Ok(self.add(monitor))
    }
}
