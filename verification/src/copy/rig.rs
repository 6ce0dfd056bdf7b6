//! The copy engine in a simulation of its own, with a memory behind its AXI port.

use super::descriptor::Descriptor;
use super::driver::CopyDriver;
use super::model::BadMemory;
use crate::block_bench::with_axi_port;
use anyhow::{bail, Result};
use mch_hdl::blocks::CopyEngine;
use mch_hdl::emit::{emit, EmitOptions, VerilogFile};
use mch_hdl::prelude::Block;
use mch_sim::axi::{AxiMonitor, AxiSubordinate, MonitorOptions, SubordinateOptions};
use mch_sim::memory::Fault;
use mch_sim::{Handle, Simulation};
use mch_spec::Config;
use std::sync::Arc;
use verilated::{Cache, Library};

/// A copy engine, its descriptors' driver and its memory.
pub struct CopyRig {
    /// The simulation.
    pub simulation: Simulation,
    /// Descriptors and reports.
    pub driver: Handle<CopyDriver>,
    /// The memory.
    pub memory: Handle<AxiSubordinate>,
    /// The checker of AXI's rules.
    pub monitor: Handle<AxiMonitor>,
}

fn emit_engine<const D: usize, const S: usize>(config: &Config) -> Result<Vec<VerilogFile>> {
    let mut engine = CopyEngine::<D, S>::new(config);
    engine.connect_all();
    Ok(emit(&engine, &EmitOptions::default())?)
}

/// The Verilog of the copy engine for a configuration.
pub fn engine_verilog(config: &Config) -> Result<Vec<VerilogFile>> {
    match config.data_width {
        32 => emit_engine::<32, 4>(config),
        64 => emit_engine::<64, 8>(config),
        128 => emit_engine::<128, 16>(config),
        256 => emit_engine::<256, 32>(config),
        512 => emit_engine::<512, 64>(config),
        width => bail!("data_width = {width}: must be 32, 64, 128, 256 or 512"),
    }
}

impl CopyRig {
    /// Builds the engine of a configuration.
    pub fn build(config: &Config) -> Result<Arc<Library>> {
        let design = with_axi_port(&engine_verilog(config)?, "m_axi")?;
        Ok(design.random_init(true).build(&Cache::default())?)
    }

    /// A rig around a built engine, out of reset.
    pub fn new(library: &Arc<Library>, options: SubordinateOptions, seed: u64) -> Result<Self> {
        let mut simulation = Simulation::new(library, seed)?;
        let driver = CopyDriver::bind(&simulation)?;
        let driver = simulation.add(driver);
        let memory = simulation.add_subordinate("m_axi", options)?;
        let monitor = simulation.add_monitor(
            "m_axi",
            MonitorOptions {
                in_order: true,
                ..MonitorOptions::default()
            },
        )?;
        simulation.reset(3)?;
        Ok(Self {
            simulation,
            driver,
            memory,
            monitor,
        })
    }

    /// Makes ranges of the memory fail.
    pub fn set_bad(&mut self, bad: &BadMemory) {
        let faults = self.simulation[self.memory].faults();
        faults.clear();
        for range in &bad.reads {
            faults.add(Fault::on(range.clone()).reads());
        }
        for range in &bad.writes {
            faults.add(Fault::on(range.clone()).writes());
        }
    }

    /// Queues an urgent descriptor.
    pub fn push_urgent(&mut self, descriptor: Descriptor) {
        self.simulation[self.driver].push_urgent(descriptor);
    }

    /// Queues a bulk descriptor.
    pub fn push_bulk(&mut self, descriptor: Descriptor) {
        self.simulation[self.driver].push_bulk(descriptor);
    }

    /// Runs until this many blocks in all have been reported, then 20 cycles more, which must be idle.
    /// Returns the cycles from the first descriptor's acceptance to the last report.
    pub fn finish(&mut self, blocks: usize, limit: u64) -> Result<u64> {
        let driver = self.driver;
        self.simulation
            .run_until("all blocks to be copied", limit, |simulation| {
                simulation[driver].reports.len() >= blocks
            })?;
        self.simulation.run(20)?;
        let driver = &self.simulation[driver];
        if driver.reports.len() != blocks || !driver.was_idle {
            bail!(
                "{} reports for {blocks} blocks, idle {}",
                driver.reports.len(),
                driver.was_idle
            );
        }
        let (reads, writes) = self.simulation[self.monitor].outstanding();
        if (reads, writes) != (0, 0) {
            bail!("{reads} reads and {writes} writes outstanding after the last report");
        }
        let driver = &self.simulation[self.driver];
        match (driver.taken.first(), driver.reports.last()) {
            (Some((first, _)), Some((last, _))) => Ok(last - first),
            _ => Ok(0),
        }
    }
}
