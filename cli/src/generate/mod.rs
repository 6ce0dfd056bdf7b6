//! `mch generate`: the unit's Verilog and everything that describes it.

mod artefacts;
mod strategy;
mod vendor;

use crate::configuration::ConfigArguments;
use crate::{folder, output};
use anyhow::Result;
use mch_spec::firmware::CustomStrategy;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the Verilog of a configuration, with register files, firmware and documentation
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Folder to write; a folder that an earlier run wrote is replaced
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// A strategy of your own, by its description (TOML): write the firmware with it, too, ready to be loaded
    #[arg(long, value_name = "FILE")]
    strategy: Option<PathBuf>,
    /// Write what a vendor's block design tool reads, too (docs/integration.md)
    #[arg(long, value_name = "TOOL")]
    top: Option<vendor::Vendor>,
    /// Write nothing; fail if the folder is not what would be written
    #[arg(long)]
    check: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    output: PathBuf,
    files: Vec<String>,
    differences: Vec<folder::Difference>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = arguments.config.resolve()?;
    let output = arguments.output;
    let strategy = arguments.strategy.map(CustomStrategy::from_file);
    let strategy = strategy.transpose()?;
    let mut files = artefacts::artefacts(&config, arguments.top)?;
    if let Some(strategy) = &strategy {
        files.extend(strategy::artefacts(strategy, &config)?);
    }
    let differences = if arguments.check {
        folder::compare(&output, &files)?
    } else {
        folder::write(&output, &files, &artefacts::OWNER)?;
        Vec::new()
    };
    let code = match differences.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    if arguments.json {
        output::json(&Report {
            output,
            files: files.into_keys().collect(),
            differences,
        })?;
    } else if !differences.is_empty() {
        for difference in &differences {
            eprintln!("mch: {difference}");
        }
        eprintln!(
            "mch: {} is not what this configuration gives",
            output.display()
        );
    } else {
        let done = if arguments.check {
            "is up to date"
        } else {
            "written"
        };
        output::line(format!(
            "{}: {} files, {done}",
            output.display(),
            files.len()
        ))?;
    }
    Ok(code)
}
