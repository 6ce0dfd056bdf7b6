//! Single blocks on a bench: their plain AXI ports put under a prefix, as the agents expect.

use anyhow::{ensure, Context, Result};
use mch_hdl::emit::VerilogFile;
use std::fmt::Write;
use verilated::Design;

const AXI: [&str; 22] = [
    "awvalid", "awready", "awaddr", "awlen", "awsize", "wvalid", "wready", "wdata", "wstrb",
    "wlast", "bvalid", "bresp", "arvalid", "arready", "araddr", "arlen", "arsize", "rvalid",
    "rdata", "rresp", "rlast", "bready",
];

struct Port {
    output: bool,
    range: String,
    name: String,
}

fn ports(file: &VerilogFile) -> Vec<Port> {
    let lines = file.text.lines().map(str::trim);
    lines
        .filter_map(|line| {
            let line = line.split("//").next().unwrap_or_default().trim();
            let (output, rest) = match (line.strip_prefix("input "), line.strip_prefix("output ")) {
                (Some(rest), _) => (false, rest),
                (_, Some(rest)) => (true, rest),
                _ => return None,
            };
            let rest = rest.trim().trim_end_matches([',', ';']);
            let words: Vec<&str> = rest.split_whitespace().collect();
            let name = (*words.last()?).to_owned();
            let range = words.iter().find(|word| word.starts_with('[')).copied();
            Some(Port {
                output,
                range: range.unwrap_or_default().to_owned(),
                name,
            })
        })
        .collect()
}

/// Instances of a block, its top first in `files`, under a module `<top>_instances`: the ports of each stand under its prefix, and its AXI ports
/// under that and `m_axi`. Clock and reset are common.
pub fn instances(files: &[VerilogFile], prefixes: &[&str]) -> Result<Design> {
    let top_file = files.first().context("no Verilog")?;
    let top = top_file.name.trim_end_matches(".v");
    let ports = ports(top_file);
    ensure!(!ports.is_empty(), "no ports found in {}", top_file.name);
    let mut header = vec![
        "    input wire clk".to_owned(),
        "    input wire rst".to_owned(),
    ];
    let mut body = String::new();
    for prefix in prefixes {
        let mut connections = Vec::new();
        for port in &ports {
            let direction = if port.output { "output" } else { "input" };
            let outer = match port.name.as_str() {
                "clk" | "rst" => port.name.clone(),
                "response_valid" => format!("{prefix}_m_axi_bvalid"),
                "response" => format!("{prefix}_m_axi_bresp"),
                name if AXI.contains(&name) => format!("{prefix}_m_axi_{name}"),
                name => format!("{prefix}_{name}"),
            };
            if !["clk", "rst"].contains(&port.name.as_str()) {
                header.push(format!("    {direction} wire {} {outer}", port.range));
            }
            connections.push(format!("        .{}({outer})", port.name));
        }
        for ready in ["rready", "bready"] {
            header.push(format!("    output wire {prefix}_m_axi_{ready}"));
            writeln!(body, "    assign {prefix}_m_axi_{ready} = 1'b1;")?;
        }
        writeln!(
            body,
            "    {top} {prefix} (\n{}\n    );",
            connections.join(",\n")
        )?;
    }
    let text = format!(
        "module {top}_instances (\n{}\n);\n{body}endmodule\n",
        header.join(",\n")
    );
    let design = Design::new(format!("{top}_instances")).text(format!("{top}_instances.v"), text);
    Ok(files.iter().fold(design, |design, file| {
        design.text(file.name.clone(), file.text.clone())
    }))
}

/// The design of a block, its top first in `files`, under a module `<top>_bench` whose ports are the block's,
/// with the AXI ones under `prefix`; `response_valid` and `response` become the B channel. RREADY and BREADY,
/// which the blocks do not have since they are always ready, are 1; missing channels stand still.
pub fn with_axi_port(files: &[VerilogFile], prefix: &str) -> Result<Design> {
    let top_file = files.first().context("no Verilog")?;
    let top = top_file.name.trim_end_matches(".v");
    let ports = ports(top_file);
    ensure!(!ports.is_empty(), "no ports found in {}", top_file.name);
    let renamed = |name: &str| match name {
        "response_valid" => format!("{prefix}_bvalid"),
        "response" => format!("{prefix}_bresp"),
        _ if AXI.contains(&name) => format!("{prefix}_{name}"),
        _ => name.to_owned(),
    };
    let mut header = Vec::new();
    let mut connections = Vec::new();
    for port in &ports {
        let direction = if port.output { "output" } else { "input" };
        let outer = renamed(&port.name);
        header.push(format!("    {direction} wire {} {outer}", port.range));
        connections.push(format!("        .{}({outer})", port.name));
    }
    let has = |name: &str| ports.iter().any(|port| port.name == name);
    let mut body = String::new();
    header.push(format!("    output wire {prefix}_rready"));
    header.push(format!("    output wire {prefix}_bready"));
    write!(
        body,
        "    assign {prefix}_rready = 1'b1;\n    assign {prefix}_bready = 1'b1;\n"
    )?;
    if !has("awvalid") {
        let data = ports.iter().find(|port| port.name == "rdata");
        let range = data.context("no rdata port")?.range.clone();
        let bits: usize = range
            .trim_start_matches('[')
            .split(':')
            .next()
            .and_then(|high| high.parse().ok())
            .map_or(1, |high: usize| high + 1);
        let strobes = format!("[{}:0]", bits / 8 - 1);
        for (range, name) in [
            ("", "awvalid"),
            ("[39:0]", "awaddr"),
            ("[7:0]", "awlen"),
            ("", "wvalid"),
            (range.as_str(), "wdata"),
            (strobes.as_str(), "wstrb"),
            ("", "wlast"),
        ] {
            header.push(format!("    output wire {range} {prefix}_{name}"));
            writeln!(body, "    assign {prefix}_{name} = 0;")?;
        }
        for (range, name) in [
            ("", "awready"),
            ("", "wready"),
            ("", "bvalid"),
            ("[1:0]", "bresp"),
        ] {
            header.push(format!("    input wire {range} {prefix}_{name}"));
        }
        writeln!(
            body,
            "    wire unused_ok = &{{1'b0, {prefix}_awready, {prefix}_wready, {prefix}_bvalid, {prefix}_bresp}};"
        )?;
    }
    let text = format!(
        "module {top}_bench (\n{}\n);\n    {top} block (\n{}\n    );\n{body}endmodule\n",
        header.join(",\n"),
        connections.join(",\n")
    );
    let design = Design::new(format!("{top}_bench")).text(format!("{top}_bench.v"), text);
    Ok(files.iter().fold(design, |design, file| {
        design.text(file.name.clone(), file.text.clone())
    }))
}
