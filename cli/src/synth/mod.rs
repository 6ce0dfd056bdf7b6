//! `mch synth`: area and clock on ECP5, iCE40, Gowin and Nexus devices, by Yosys and nextpnr.

pub mod area;
mod blocks;
mod builds;
mod device;
mod document;
mod families;
mod families_table;
pub mod flow;
mod kept;
mod largest;
mod packing;
mod parallel;
pub mod placed;
mod report;
pub mod tools;
mod wrapper;

use crate::configuration::ConfigArguments;
use crate::{output, progress};
use anyhow::{bail, ensure, Context, Result};
use device::Device;
use mch_hdl::emit::VerilogFile;
use mch_spec::Config;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure area and clock on ECP5, iCE40, Gowin or Nexus by Yosys and nextpnr
///
/// All ports but the clock hang on a shift register and a tree of exclusive-ors, so that the unit, or a block of it, can
/// be placed alone; every path from and to a port is one from and to a register. Area is the unit's own.
#[derive(clap::Args)]
pub struct Arguments {
    /// Device; default: ecp5-85k, and all of its table with --largest and --families
    #[arg(long, value_enum)]
    device: Option<Device>,
    /// Speed grade; the other families have one each
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(6..=8))]
    grade: u32,
    /// Place and route with so many seeds
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: u32,
    /// Clock that the tools aim at, in MHz
    #[arg(long, value_name = "MHZ", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    frequency: u32,
    /// Have Yosys make as few look-up tables as it can, which takes it long for a large unit: it sees through flip-flops, and combines none by multiplexers
    #[arg(long)]
    area: bool,
    /// Measure this module of the unit alone
    #[arg(long, value_name = "NAME")]
    block: Option<String>,
    /// Leave the figures of the blocks out
    #[arg(long)]
    no_blocks: bool,
    /// Measure the area of each strategy hardwired and of all of them settable, side by side; places and routes nothing
    #[arg(long, conflicts_with_all = ["block", "no_blocks", "seeds"])]
    builds: bool,
    /// Find the largest number of blocks, a power of two, with which a unit fits, without placing any. Defaults are those of the smallest unit:
    /// S6 hardwired, then S3, then S3 to S6 settable, one guest, one port of 32 bits
    #[arg(long, conflicts_with_all = ["block", "no_blocks", "seeds", "builds", "memory_size"])]
    largest: bool,
    /// Measure the smallest unit, as --largest has it, on all families: each strategy hardwired and all of them settable (or those of
    /// --strategies), and whether the devices hold it. What a run has measured the next one takes up, unless Verilog or tool have changed
    #[arg(long, conflicts_with_all = ["block", "no_blocks", "builds", "largest", "memory_size"])]
    families: bool,
    /// Place and route these builds, too, where they fit: strategies, `settable`, or `all`, such as S6,settable
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = families::placing, requires = "families")]
    place: Vec<families::Placing>,
    /// Folder to work in; relative, as the tools see only what is below the current one
    #[arg(long, value_name = "DIR", default_value = "build/synth")]
    folder: PathBuf,
    /// Write the figures into these documents: the block table of README.md (not with --no-blocks), the whole, the builds, the largest or
    /// the families in docs/performance.md
    #[arg(long, conflicts_with = "block")]
    write_docs: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

impl Arguments {
    fn device(&self) -> Device {
        self.device.unwrap_or(Device::Ecp5_85k)
    }
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    ensure!(
        !arguments.write_docs || !arguments.area || (arguments.no_blocks && !arguments.builds && !arguments.largest && !arguments.families),
        "--area: of the documents' tables only that of the whole says so; --write-docs must be with --no-blocks, and without --builds, --largest and --families"
    );
    if arguments.largest {
        return largest::run(&arguments);
    }
    if arguments.families {
        return families::run(&arguments);
    }
    let config = arguments.config.resolve()?;
    let device = arguments.device();
    ensure!(
        !arguments.write_docs
            || arguments.builds
            || arguments.no_blocks
            || (device.is_ecp5() && config == Config::default()),
        "--write-docs: the block table of README.md is of the default configuration on ECP5; of another, write the whole alone by --no-blocks"
    );
    let tools = tools::Tools::find(device.nextpnr())?;
    if arguments.builds {
        return builds::run(&arguments, &config, &tools);
    }
    let files = mch_hdl::generate::generate(&config)?;
    let name = arguments.block.as_deref().unwrap_or(mch_hdl::generate::TOP);
    let unit = module(&files, name)?;
    // Read first: measurements must not be lost to a wrong folder.
    let documents = match arguments.write_docs {
        true => Some(document::Documents::find()?),
        false => None,
    };
    let job = flow::Job {
        tools: &tools,
        folder: &arguments.folder,
        device,
        grade: arguments.grade,
        frequency: arguments.frequency,
        area: arguments.area,
        unit: name,
    };
    let bar = progress::spinner("yosys");
    job.prepare(&files, &wrapper::wrapper(&unit.text, name)?)?;
    let blocks = match arguments.no_blocks {
        true => Vec::new(),
        false => {
            bar.set_message("yosys: the blocks");
            blocks::figures(&job.synthesize_blocks()?, name)?
        }
    };
    bar.set_message("yosys: the whole");
    let area = job.synthesize()?;
    let mut problems = device.lacks(&area);
    let mut runs = Vec::new();
    if problems.is_empty() {
        let (placed, failed) = job.place_and_route(arguments.seeds, &bar)?;
        runs = placed;
        problems = (failed.iter())
            .map(|failed| format!("seed {}: {}", failed.seed, failed.error))
            .collect();
    }
    bar.finish_and_clear();
    let report = report::Report::new(&job, &config, area, blocks, runs, problems);
    // What is not whole stays out of the documents.
    if let Some(documents) = documents.filter(|_| report.is_whole()) {
        documents.write(&report)?;
    }
    match arguments.json {
        true => output::json(&report)?,
        false => output::line(report.text())?,
    }
    Ok(match report.is_whole() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn module<'a>(files: &'a [VerilogFile], name: &str) -> Result<&'a VerilogFile> {
    let named = |file: &&VerilogFile| file.name.strip_suffix(".v") == Some(name);
    if let Some(file) = files.iter().find(named) {
        return Ok(file);
    }
    let mut names: Vec<&str> = files
        .iter()
        .filter_map(|file| file.name.strip_suffix(".v"))
        .collect();
    names.sort_unstable();
    bail!("block = {name}: must be one of {}", names.join(", "))
}

/// The text of a file that a tool has written.
pub fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
