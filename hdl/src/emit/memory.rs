//! A module's memories: declarations, contents and clocked processes.

use super::error::Result;
use super::ir::*;
use super::names::flat;
use super::printer::Printer;
use super::verilog::{range, select, Verilog};
use rust_hdl::prelude::clog2;

impl Printer<'_> {
    pub(super) fn memories(&mut self) -> Result<String> {
        let mut text = String::new();
        let definition = self.definition;
        for memory in &definition.memories {
            if self.live[memory.read_data] && !self.is_known(memory.read_data) {
                text += &self.memory(memory)?;
                text.push('\n');
            }
        }
        Ok(text)
    }

    fn memory(&mut self, memory: &Memory) -> Result<String> {
        let width = self.printed_width(memory.read_data);
        let name = self.unique(&flat(&memory.name));
        let data = self.names[memory.read_data].clone();
        let parts = columns(memory, width);
        if let [_] = parts[..] {
            return self.part(memory, &name, &data, 0, width);
        }
        self.memory_declarations += "    // In parts, each named by its lowest bit: columns of 9 bits, as block memories have them, and narrower ones.\n";
        let mut text = String::new();
        let mut words = Vec::new();
        for (low, width) in parts {
            let part = self.unique(&format!("{name}_{low}"));
            let data = self.unique(&format!("{part}_read_data"));
            text += &self.part(memory, &part, &data, low, width)?;
            text.push('\n');
            words.insert(0, data);
        }
        let range = range(width);
        self.memory_declarations += &format!("    wire {range}{data};\n");
        let text = text.trim_end_matches('\n');
        Ok(format!(
            "    assign {data} = {{{}}};\n\n{text}\n",
            words.join(", ")
        ))
    }

    /// A memory of its own for some of the bits of all words, from `low` on.
    fn part(
        &mut self,
        memory: &Memory,
        name: &str,
        data: &str,
        low: usize,
        width: usize,
    ) -> Result<String> {
        let clk = self.clock(memory.clk, &memory.name)?;
        let address_width = clog2(memory.depth).max(1);
        let word = |address: Verilog| match memory.depth {
            1 => name.to_owned(),
            _ => format!("{name}[{address}]"),
        };
        let pin = Expression::Signal;
        self.base_name = name.to_owned();
        let read_address = self.fit(&pin(memory.read_address), address_width);
        let write_address = self.fit(&pin(memory.write_address), address_width);
        let range = range(width);
        let mut text = String::new();
        let declared = &mut self.memory_declarations;
        if memory.stages > 0 && memory.depth > 1 {
            *declared += "    // Reading the word that is being written gives undefined data.\n";
            *declared += "    (* no_rw_check *)\n";
        }
        *declared += &match memory.depth {
            // One word is a register, and tools say so when it is written as a memory.
            1 => format!("    reg  {range}{name};\n"),
            depth => format!("    reg  {range}{name} [0:{}];\n", depth - 1),
        };
        let kind = if memory.stages == 0 { "wire" } else { "reg " };
        *declared += &format!("    {kind} {range}{data};\n");
        let stage = match memory.stages {
            0 => {
                text += &format!("    assign {data} = {};\n\n", word(read_address.clone()));
                None
            }
            1 => Some(data.to_owned()),
            _ => {
                let stage = self.unique(&format!("{name}_read_stage"));
                self.memory_declarations += &format!("    reg  {range}{stage};\n");
                Some(stage)
            }
        };
        if !memory.contents.is_empty() {
            text += "    initial begin\n";
            for (address, value) in memory.contents.iter().enumerate() {
                let value = Verilog::Literal(value.clone(), width);
                let address = Verilog::Literal(address.into(), address_width);
                text += &format!("        {} = {value};\n", word(address));
            }
            text += "    end\n\n";
        }
        text += &format!("    always @(posedge {clk}) begin\n");
        text += &self.memory_write(memory, &word(write_address), low, width);
        if let (Some(stage), Some(enable)) = (&stage, memory.read_enable) {
            text += &self.guarded(&pin(enable), &format!("{stage} <= {};", word(read_address)));
            if memory.stages > 1 {
                text += &format!("        {data} <= {stage};\n");
            }
        }
        text += "    end\n";
        Ok(text)
    }

    fn memory_write(&mut self, memory: &Memory, place: &str, low: usize, width: usize) -> String {
        let data = Expression::Signal(memory.write_data);
        let enable = Expression::Signal(memory.write_enable);
        let Some((lanes, lane_width)) = memory.lanes else {
            let part = Expression::Slice {
                base: Box::new(data.clone()),
                offset: low,
                width,
            };
            let whole = low == 0 && width == self.printed_width(memory.write_data);
            let value = self.fit(if whole { &data } else { &part }, width);
            return self.guarded(&enable, &format!("{place} <= {value};"));
        };
        let mut text = String::new();
        for lane in 0..lanes {
            let low = lane * lane_width;
            if low >= width {
                break;
            }
            let lane_bits = lane_width.min(width - low);
            let part = Expression::Slice {
                base: Box::new(data.clone()),
                offset: low,
                width: lane_bits,
            };
            let value = self.fit(&part, lane_bits);
            let place = select(place, low, lane_bits, width);
            let bit = Expression::Slice {
                base: Box::new(enable.clone()),
                offset: lane,
                width: 1,
            };
            text += &self.guarded(&bit, &format!("{place} <= {value};"));
        }
        text
    }

    /// A statement under a condition, which may be known.
    fn guarded(&mut self, condition: &Expression, statement: &str) -> String {
        match self.fact(condition).constant().map(|v| v.bit(0)) {
            Some(true) => format!("        {statement}\n"),
            Some(false) => String::new(),
            None => {
                let test = self.condition(condition);
                format!("        if ({test}) begin\n            {statement}\n        end\n")
            }
        }
    }
}

/// The memories that a block memory is made of: lowest bit and width of each.
///
/// Block memories of 18 kbit (ECP5, Gowin, Nexus, AMD) are 9 bits wide at 2,048 words and 4, 2 or 1 at twice, four
/// and eight times as many. Where a deep memory's width is some columns of 9 bits and a few bits more, these few take less room in
/// narrower memories of their own. Intel's have columns of 10 bits: 68 bits take a tenth more of them in parts. A memory of less than a column
/// is synthesis' to shape.
fn columns(memory: &Memory, width: usize) -> Vec<(usize, usize)> {
    let whole = vec![(0, width)];
    let rest = width % COLUMN;
    if memory.stages == 0 || memory.lanes.is_some() || !memory.contents.is_empty() || width < COLUMN
    {
        return whole;
    }
    let narrow: Vec<usize> = [4, 2, 1]
        .into_iter()
        .filter(|bits| rest & bits != 0)
        .collect();
    let blocks: usize = narrow
        .iter()
        .map(|bits| (memory.depth * bits).div_ceil(8 * COLUMN_WORDS))
        .sum();
    if narrow.is_empty() || blocks >= memory.depth.div_ceil(COLUMN_WORDS) {
        return whole;
    }
    let mut parts = vec![(0, width - rest)];
    let mut low = width - rest;
    for bits in narrow {
        parts.push((low, bits));
        low += bits;
    }
    parts
}

/// Bits of a block memory of [`COLUMN_WORDS`] words.
const COLUMN: usize = 9;
const COLUMN_WORDS: usize = 2048;
