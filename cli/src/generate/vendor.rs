//! What the vendors' block design tools read: for Vivado a top module with interface attributes and a reset that is active low, for
//! Quartus a component description. Neither tool runs here; the Verilog is linted.

use super::artefacts::{OPTIONAL_QUARTUS, OPTIONAL_VIVADO};
use mch_hdl::generate::TOP;
use mch_spec::generate::{ports, Direction, Port};
use mch_spec::Config;
use std::fmt::Write;

/// A tool of a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Vendor {
    /// A top module for Vivado's block designs
    Vivado,
    /// A component for Quartus's Platform Designer
    Quartus,
}

impl Vendor {
    /// The file's path and its text.
    pub fn artefact(self, config: &Config, sources: &[String]) -> (String, String) {
        match self {
            Vendor::Vivado => (OPTIONAL_VIVADO.into(), vivado(config)),
            Vendor::Quartus => (OPTIONAL_QUARTUS.into(), quartus(config, sources)),
        }
    }
}

/// A bus and the ports that belong to it.
struct Bus {
    name: String,
    ports: Vec<Port>,
}

impl Bus {
    /// Whether the unit is the side that asks.
    fn is_manager(&self) -> bool {
        self.name == "m_axi" || self.name == "link_tx"
    }

    /// The signal's name within the bus: `awaddr` of `s_axi_awaddr`.
    fn signal<'a>(&self, port: &'a Port) -> &'a str {
        &port.name[self.name.len() + 1..]
    }
}

/// All ports but clock, reset and interrupts, by bus.
fn buses(config: &Config) -> Vec<Bus> {
    let mut buses: Vec<Bus> = Vec::new();
    for port in ports(config) {
        let Some((name, _)) = port.name.rsplit_once('_') else {
            continue;
        };
        match buses.iter_mut().find(|bus| bus.name == name) {
            Some(bus) => bus.ports.push(port),
            None => buses.push(Bus {
                name: name.to_owned(),
                ports: vec![port],
            }),
        }
    }
    buses
}

fn vivado(config: &Config) -> String {
    let buses = buses(config);
    let names: Vec<&str> = buses.iter().map(|bus| bus.name.as_str()).collect();
    let mut lines = vec![
        "    (* X_INTERFACE_INFO = \"xilinx.com:signal:clock:1.0 aclk CLK\" *)".to_owned(),
        format!(
            "    (* X_INTERFACE_PARAMETER = \"ASSOCIATED_BUSIF {}, ASSOCIATED_RESET aresetn\" *)",
            names.join(":")
        ),
        "    input  wire aclk,".to_owned(),
        "    (* X_INTERFACE_INFO = \"xilinx.com:signal:reset:1.0 aresetn RST\" *)".to_owned(),
        "    (* X_INTERFACE_PARAMETER = \"POLARITY ACTIVE_LOW\" *)".to_owned(),
        "    input  wire aresetn,".to_owned(),
    ];
    for bus in &buses {
        let kind = if bus.name.starts_with("link") {
            "axis"
        } else {
            "aximm"
        };
        for port in &bus.ports {
            let signal = bus.signal(port).to_uppercase();
            let name = &bus.name;
            lines.push(format!(
                "    (* X_INTERFACE_INFO = \"xilinx.com:interface:{kind}:1.0 {name} {signal}\" *)"
            ));
            lines.push(format!(
                "    {} wire {}{},",
                keyword(port),
                range(port.width),
                port.name
            ));
        }
    }
    let irq = config.irq_width();
    lines.push(format!("    output wire {}irq", range(irq)));
    let mut text = format!(
        "// {TOP} for a block design of Vivado: buses by attributes, and a reset that is active low and synchronous to aclk.\n\
         // Written by mch generate --top vivado.\n`default_nettype none\n\nmodule {TOP}_vivado (\n{}\n);\n    {TOP} unit (\n        .clk(aclk),\n        .rst(!aresetn),\n",
        lines.join("\n")
    );
    for port in buses.iter().flat_map(|bus| &bus.ports) {
        let _ = writeln!(text, "        .{0}({0}),", port.name);
    }
    text += "        .irq(irq)\n    );\nendmodule\n\n`default_nettype wire\n";
    text
}

fn quartus(config: &Config, sources: &[String]) -> String {
    let mut text = format!(
        "# {TOP} as a component of Platform Designer. Written by mch generate --top quartus.\n\
         package require -exact qsys 16.1\n\n\
         set_module_property NAME {TOP}\n\
         set_module_property VERSION {version}\n\
         set_module_property DISPLAY_NAME \"Checkpointing unit of a memory controller hub\"\n\
         set_module_property GROUP \"Memory Interfaces and Controllers\"\n\
         set_module_property EDITABLE false\n\n\
         add_fileset quartus_synth QUARTUS_SYNTH \"\" \"\"\n\
         set_fileset_property quartus_synth TOP_LEVEL {TOP}\n",
        version = env!("CARGO_PKG_VERSION")
    );
    for source in sources {
        let name = source.trim_start_matches("rtl/");
        let _ = writeln!(text, "add_fileset_file {name} VERILOG PATH ../{source}");
    }
    text += "\nadd_interface clock clock end\nadd_interface_port clock clk clk Input 1\n\
             add_interface reset reset end\nset_interface_property reset associatedClock clock\n\
             set_interface_property reset synchronousEdges BOTH\nadd_interface_port reset rst reset Input 1\n";
    for bus in buses(config) {
        let kind = match bus.name.as_str() {
            "s_axil" => "axi4lite",
            name if name.starts_with("link") => "axi4stream",
            _ => "axi4",
        };
        let side = if bus.is_manager() { "start" } else { "end" };
        let name = &bus.name;
        let _ = writeln!(
            text,
            "\nadd_interface {name} {kind} {side}\nset_interface_property {name} associatedClock clock\n\
             set_interface_property {name} associatedReset reset"
        );
        if kind == "axi4" {
            let (property, bursts) = if bus.is_manager() {
                ("Issuing", config.sources() * config.outstanding)
            } else {
                ("Acceptance", config.outstanding)
            };
            for direction in ["read", "write"] {
                let _ = writeln!(
                    text,
                    "set_interface_property {name} {direction}{property}Capability {bursts}"
                );
            }
        }
        for port in &bus.ports {
            let direction = match port.direction {
                Direction::Input => "Input",
                Direction::Output => "Output",
            };
            let _ = writeln!(
                text,
                "add_interface_port {name} {} {} {direction} {}",
                port.name,
                bus.signal(port),
                port.width
            );
        }
    }
    let _ = writeln!(
        text,
        "\nadd_interface irq conduit end\nset_interface_property irq associatedClock clock\n\
         add_interface_port irq irq irq Output {}",
        config.irq_width()
    );
    text
}

fn keyword(port: &Port) -> &'static str {
    match port.direction {
        Direction::Input => "input ",
        Direction::Output => "output",
    }
}

fn range(width: u32) -> String {
    match width {
        1 => String::new(),
        width => format!("[{}:0] ", width - 1),
    }
}
