//! The files of a configuration, as texts by path.

use super::vendor::Vendor;
use crate::folder::{Files, Owner};
use anyhow::Result;
use mch_hdl::generate::TOP;
use mch_spec::{firmware, generate, Config};
use std::fmt::Write;

/// The effective configuration, which marks a folder as written by this command.
const MARKER: &str = "mch.toml";
/// The marker's first line: a configuration that a person calls `mch.toml` does not have it.
const MARKER_LINE: &str =
    "# Written by mch generate, which replaces this folder; edit a copy elsewhere.";
/// The list of Verilog files.
const FILE_LIST: &str = "mch_checkpoint.f";
/// The top module for Vivado.
pub const OPTIONAL_VIVADO: &str = "vivado/mch_checkpoint_vivado.v";
/// The component for Platform Designer.
pub const OPTIONAL_QUARTUS: &str = "quartus/mch_checkpoint_hw.tcl";
/// What only some runs write.
const OPTIONAL: [&str; 5] = {
    let [assembly, words, header] = super::strategy::OPTIONAL;
    [assembly, words, header, OPTIONAL_VIVADO, OPTIONAL_QUARTUS]
};
/// How folders of this command are known.
pub const OWNER: Owner = Owner {
    command: "mch generate",
    marker: MARKER,
    marker_line: MARKER_LINE,
    list: FILE_LIST,
    optional: &OPTIONAL,
};

/// Everything `mch generate` writes of a configuration, for a vendor's tool, too, if one is named.
pub fn artefacts(config: &Config, vendor: Option<Vendor>) -> Result<Files> {
    let mut files = Files::new();
    let mut sources = Vec::new();
    for file in mch_hdl::generate::generate(config)? {
        let path = format!("rtl/{}", file.name);
        sources.push(path.clone());
        files.insert(path, file.text);
    }
    files.extend(vendor.map(|vendor| vendor.artefact(config, &sources)));
    let words = firmware::image(config);
    let mut add = |name: &str, text: String| files.insert(name.to_owned(), text);
    add(FILE_LIST, file_list(&sources));
    add(&format!("{TOP}.core"), core_description(&sources));
    add("mch_regs.h", generate::c_header());
    add("mch_regs.rs", generate::rust_constants());
    add("mch.svd", generate::svd(config));
    add("mch.rdl", generate::system_rdl(config));
    add("registers.md", generate::registers_page());
    add("interfaces.md", generate::interfaces(config));
    add(&testbench_path(), generate::testbench(config));
    add("firmware.s", listing("as it stands after reset", &words));
    add("firmware.hex", hexadecimal(&words));
    add(
        MARKER,
        format!("{MARKER_LINE}\n{}", toml::to_string(config)?),
    );
    Ok(files)
}

/// For `verilator -F`, `iverilog -f`, and other tools that read file lists.
fn file_list(sources: &[String]) -> String {
    let mut text = format!("// Verilog of {TOP}, the top first; paths from this file's folder.\n");
    for source in sources {
        let _ = writeln!(text, "{source}");
    }
    text
}

/// The testbench, from the folder of the core.
fn testbench_path() -> String {
    format!("tb/{TOP}_tb.sv")
}

/// FuseSoC's description of the core, CAPI2: lint and simulation by Verilator, synthesis by Yosys.
fn core_description(sources: &[String]) -> String {
    let mut text = format!(
        "CAPI=2:\nname: mch:memory:{TOP}:{version}\n\
         description: Memory controller hub part that checkpoints guests and rolls them back\n\
         filesets:\n  rtl:\n    file_type: verilogSource-2005\n    files:\n",
        version = env!("CARGO_PKG_VERSION")
    );
    for source in sources {
        let _ = writeln!(text, "      - {source}");
    }
    let _ = write!(
        text,
        "  tb:\n    file_type: systemVerilogSource\n    files:\n      - {bench}\n\
         targets:\n  default: &default\n    filesets: [rtl]\n    toplevel: {TOP}\n\
         \x20 lint:\n    <<: *default\n    description: All warnings of Verilator\n    flow: lint\n    \
         flow_options:\n      tool: verilator\n      verilator_options: [-Wall]\n\
         \x20 sim:\n    description: Checkpoints and rollbacks of guest 0\n    filesets: [rtl, tb]\n    \
         toplevel: {TOP}_tb\n    flow: sim\n    flow_options:\n      tool: verilator\n      mode: binary\n      \
         verilator_options: [--timing, --trace]\n\
         \x20 synth:\n    <<: *default\n    description: A netlist for ECP5\n    flow: generic\n    \
         flow_options:\n      tool: yosys\n      arch: ecp5\n      output_format: json\n",
        bench = testbench_path(),
    );
    text
}

/// The words as text that assembles to them again.
pub fn listing(what: &str, words: &[u32]) -> String {
    format!(
        "; The sequencer's firmware {what}: {} words, checksum 0x{:08x}.\n{}",
        words.len(),
        firmware::checksum(words),
        firmware::disassemble(words)
    )
}

/// A word a line, as `$readmemh` reads it.
pub fn hexadecimal(words: &[u32]) -> String {
    words.iter().map(|word| format!("{word:08x}\n")).collect()
}
