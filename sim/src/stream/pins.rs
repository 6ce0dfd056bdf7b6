//! The signals of an AXI-Stream port.

use crate::bench::Pin;
use anyhow::{ensure, Result};
use verilated::Instance;

/// `<prefix>_tvalid`, `_tready`, `_tdata` and `_tlast`.
#[derive(Clone, Copy, Debug)]
pub struct StreamPins {
    /// A beat is offered.
    pub valid: Pin,
    /// It is taken.
    pub ready: Pin,
    /// The beat.
    pub data: Pin,
    /// Last beat of its frame.
    pub last: Pin,
}

impl StreamPins {
    /// The port whose signals start with `prefix`, as `link_tx`.
    pub fn bind(model: &Instance, prefix: &str) -> Result<Self> {
        let pin = |name: &str| Pin::required(model, &format!("{prefix}_{name}"));
        Ok(Self {
            valid: pin("tvalid")?,
            ready: pin("tready")?,
            data: pin("tdata")?,
            last: pin("tlast")?,
        })
    }

    /// Fails unless the design sends through this port.
    pub fn expect_output(&self, prefix: &str) -> Result<()> {
        ensure!(
            self.ready.is_input() && !self.valid.is_input(),
            "{prefix}: the design does not send through this port"
        );
        Ok(())
    }

    /// Fails unless the design receives through this port.
    pub fn expect_input(&self, prefix: &str) -> Result<()> {
        ensure!(
            self.valid.is_input() && !self.ready.is_input(),
            "{prefix}: the design does not receive through this port"
        );
        Ok(())
    }

    /// The beat that the coming rising edge moves, if any, and whether it is its frame's last.
    pub fn taken(&self, model: &Instance) -> Option<(u64, bool)> {
        (self.valid.is_high(model) && self.ready.is_high(model))
            .then(|| (self.data.get(model), self.last.is_high(model)))
    }
}
