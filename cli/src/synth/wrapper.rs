//! A top with few pins around a module with many.

use anyhow::{ensure, Context, Result};
use std::fmt::Write;

/// The wrapper's module.
pub const TOP: &str = "synth_top";
/// Bits that one register of the output tree takes in.
const GATHER: usize = 16;

/// A port of a module as the emitter prints it.
struct Port {
    name: String,
    width: usize,
    is_input: bool,
}

/// The wrapper of a module: a shift register drives its inputs, a registered tree takes its outputs.
pub fn wrapper(text: &str, module: &str) -> Result<String> {
    let ports = ports(text).with_context(|| format!("the ports of {module}"))?;
    ensure!(
        ports.iter().any(|port| port.name == "clk"),
        "block = {module}: has no clock, so nothing of it can be timed"
    );
    let (mut inputs, mut outputs) = (0, 0);
    let mut connections = vec![".clk(clk)".to_owned()];
    for port in ports.iter().filter(|port| port.name != "clk") {
        let (vector, next) = match port.is_input {
            true => ("inputs", &mut inputs),
            false => ("outputs", &mut outputs),
        };
        connections.push(format!(
            ".{}({vector}[{next} +: {}])",
            port.name, port.width
        ));
        *next += port.width;
    }
    ensure!(
        inputs > 1 && outputs > 0,
        "block = {module}: has no inputs or no outputs"
    );
    let mut text = format!(
        "module {TOP} (\n    input  wire clk,\n    input  wire scan_in,\n    output wire scan_out\n);\n    \
         reg  [{0}:0] inputs;\n    wire [{1}:0] outputs;\n    reg  [{1}:0] gathered_0;\n    \
         always @(posedge clk) begin\n        inputs <= {{inputs[{2}:0], scan_in}};\n        \
         gathered_0 <= outputs;\n    end\n",
        inputs - 1,
        outputs - 1,
        inputs - 2
    );
    let (mut level, mut width) = (0, outputs);
    while width > 1 {
        let groups = width.div_ceil(GATHER);
        let _ = writeln!(text, "    reg  [{}:0] gathered_{};", groups - 1, level + 1);
        let _ = writeln!(text, "    always @(posedge clk) begin");
        for group in 0..groups {
            let low = group * GATHER;
            let size = GATHER.min(width - low);
            let _ = writeln!(
                text,
                "        gathered_{}[{group}] <= ^gathered_{level}[{low} +: {size}];",
                level + 1
            );
        }
        let _ = writeln!(text, "    end");
        (level, width) = (level + 1, groups);
    }
    let _ = write!(
        text,
        "    assign scan_out = gathered_{level}[0];\n    {module} unit (\n        {}\n    );\nendmodule\n",
        connections.join(",\n        ")
    );
    Ok(text)
}

/// The ports in a module's ANSI header, one a line.
fn ports(text: &str) -> Result<Vec<Port>> {
    let header = text
        .split_once("(\n")
        .and_then(|(_, rest)| rest.split_once(");"))
        .context("there is no port list")?
        .0;
    header
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(port)
        .collect()
}

fn port(line: &str) -> Result<Port> {
    let mut words = line.trim_end_matches(',').split_whitespace();
    let direction = words.next().unwrap_or_default();
    let is_input = direction == "input";
    ensure!(is_input || direction == "output", "`{line}` is not a port");
    let rest: Vec<&str> = words
        .filter(|word| !matches!(*word, "wire" | "reg"))
        .collect();
    let (range, name) = match rest[..] {
        [name] => ("[0:0]", name),
        [range, name] => (range, name),
        _ => anyhow::bail!("`{line}` is not a port"),
    };
    let high = range.trim_start_matches('[').split_once(':');
    let high: usize = high
        .with_context(|| format!("`{line}`: {range} is not a range"))?
        .0
        .parse()
        .with_context(|| format!("`{line}`: {range} is not a range"))?;
    Ok(Port {
        name: name.to_owned(),
        width: high + 1,
        is_input,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str =
        "// m: a module (\nmodule m (\n    input  wire clk,\n    input  wire [3:0] a,\n    \
                          input  wire b,\n    output reg  [16:0] c\n);\nendmodule\n";

    #[test]
    fn every_bit_is_driven_and_taken() -> Result<()> {
        let text = wrapper(&MODULE.replace("a module (", "a module"), "m")?;
        for part in [
            "reg  [4:0] inputs;",
            "inputs <= {inputs[3:0], scan_in};",
            ".a(inputs[0 +: 4])",
            ".b(inputs[4 +: 1])",
            ".c(outputs[0 +: 17])",
            "gathered_1[0] <= ^gathered_0[0 +: 16];",
            "gathered_1[1] <= ^gathered_0[16 +: 1];",
            "gathered_2[0] <= ^gathered_1[0 +: 2];",
            "assign scan_out = gathered_2[0];",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        Ok(())
    }

    #[test]
    fn a_module_without_a_clock_is_refused() {
        let text = "module m (\n    input  wire [3:0] a,\n    output wire c\n);\nendmodule\n";
        let message = wrapper(text, "m").expect_err("refused").to_string();
        assert!(message.contains("has no clock"), "{message}");
    }
}
