//! From a configuration to the unit's Verilog.

use crate::blocks::MchCheckpoint;
use crate::emit::{emit, EmitError, EmitOptions, VerilogFile};
use mch_spec::config::{Config, ConfigError};
use rust_hdl::prelude::Block;
use std::collections::BTreeMap;
use thiserror::Error;

/// The module that a system instantiates.
pub const TOP: &str = "mch_checkpoint";

/// Why no Verilog was generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The configuration is impossible.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The design could not be printed; a defect of this crate.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// The Verilog of the unit, one file for each module, the top first. The configuration is checked first.
pub fn generate(config: &Config) -> Result<Vec<VerilogFile>, GenerateError> {
    config.validate()?;
    Ok(match config.data_width {
        32 => print::<32, 4>(config),
        64 => print::<64, 8>(config),
        128 => print::<128, 16>(config),
        256 => print::<256, 32>(config),
        _ => print::<512, 64>(config),
    }?)
}

fn print<const D: usize, const S: usize>(config: &Config) -> Result<Vec<VerilogFile>, EmitError> {
    let mut top = MchCheckpoint::<D, S>::new(config);
    top.connect_all();
    let options = EmitOptions {
        port_widths: port_widths(config),
        ..EmitOptions::default()
    };
    let mut files = emit(&top, &options)?;
    if let Some(file) = files.first_mut() {
        file.text = with_port_names(&file.text, config.ports);
    }
    Ok(files)
}

/// Widths of the ports that a configuration makes narrower than their types, in bits.
fn port_widths(config: &Config) -> BTreeMap<String, usize> {
    let mut widths = BTreeMap::new();
    let address = config.address_width as usize;
    let id = config.id_width as usize;
    let m_id = config.m_axi_id_width() as usize;
    for channel in ["aw", "ar"] {
        for port in 0..config.ports {
            widths.insert(format!("s_axi_{port}_{channel}addr"), address);
            widths.insert(format!("s_axi_{port}_{channel}id"), id);
            widths.insert(
                format!("s_user_{port}_{channel}user"),
                config.user_width as usize,
            );
        }
        widths.insert(format!("m_axi_{channel}addr"), address);
        widths.insert(format!("m_axi_{channel}id"), m_id);
        widths.insert(format!("m_user_{channel}user"), config.user_width as usize);
    }
    for channel in ["b", "r"] {
        for port in 0..config.ports {
            widths.insert(format!("s_axi_{port}_{channel}id"), id);
        }
        widths.insert(format!("m_axi_{channel}id"), m_id);
    }
    widths.insert("irq".to_string(), config.irq_width() as usize);
    widths
}

/// The top's text with the ecosystem's port names: `s_axi_*` for one port, `s0_axi_*`, ... for several.
fn with_port_names(text: &str, ports: u32) -> String {
    let mut text = text.replace("m_user_", "m_axi_");
    for port in 0..ports {
        let prefix = if ports == 1 {
            "s_axi_".to_string()
        } else {
            format!("s{port}_axi_")
        };
        text = text
            .replace(&format!("s_axi_{port}_"), &prefix)
            .replace(&format!("s_user_{port}_"), &prefix);
    }
    text
}
