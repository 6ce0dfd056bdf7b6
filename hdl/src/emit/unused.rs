//! What a module declares but does not read.

use super::ir::*;
use super::printer::Printer;
use num_bigint::BigUint;

impl Printer<'_> {
    /// Reads the bits that nothing else reads, so that no tool has to be told to ignore them.
    pub(super) fn unused(&mut self) -> String {
        let mut parts = Vec::new();
        for (id, signal) in self.definition.signals.iter().enumerate() {
            let declared = match signal.role {
                Role::Input => self.context.is_top || (self.live[id] && !self.is_known(id)),
                Role::ChildOutput(child, port) => {
                    let definition = self.definition.children[child].definition;
                    !self.plan.alias.contains_key(&id)
                        && self.is_instantiated(child)
                        && self.has_port(definition, port)
                }
                Role::State(register) => self.is_register_kept(register),
                Role::MemoryOutput(_) => self.live[id] && !self.is_known(id),
                Role::Output | Role::LeafClock => false,
                Role::Next(register) => {
                    self.plan.separate_next[register] && self.is_register_kept(register)
                }
                Role::Local | Role::ChildInput(..) | Role::MemoryInput(_) => {
                    self.live[id] && !self.is_known(id) && !self.plan.inline.contains_key(&id)
                }
            };
            if declared {
                let width = self.printed_width(id);
                gaps(&self.names[id], width, &self.used[id], &mut parts);
            }
        }
        let mut introduced: Vec<_> = self.introduced.values().cloned().collect();
        introduced.sort();
        for (name, width, used) in introduced {
            gaps(&name, width, &used, &mut parts);
        }
        if parts.is_empty() {
            return String::new();
        }
        let name = self.unique("unused_ok");
        let mut text = format!(
            "    // Bits that this configuration has no use for.\n    wire {name} = &{{1'b0"
        );
        let mut line = 0;
        for part in parts {
            line += part.len() + 2;
            if line > 80 {
                text += ",\n        ";
                line = part.len();
            } else {
                text += ", ";
            }
            text += &part;
        }
        text + "};\n"
    }
}

/// The parts of a signal that are not used.
fn gaps(name: &str, width: usize, used: &BigUint, parts: &mut Vec<String>) {
    let mut start = None;
    for bit in 0..=width {
        let free = bit < width && !used.bit(bit as u64);
        match (free, start) {
            (true, None) => start = Some(bit),
            (false, Some(first)) => {
                parts.push(super::verilog::select(name, first, bit - first, width));
                start = None;
            }
            _ => {}
        }
    }
}
