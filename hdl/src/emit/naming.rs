//! Names of a module's ports, signals and instances.

use super::error::{Problem, Result};
use super::ir::*;
use super::keywords::is_keyword;
use super::names::flat;
use super::printer::Printer;

impl Printer<'_> {
    pub(super) fn name_everything(&mut self) -> Result<()> {
        self.names = vec![String::new(); self.definition.signals.len()];
        for (id, signal) in self.definition.signals.iter().enumerate() {
            if matches!(signal.role, Role::Input | Role::Output) {
                let name = flat(&signal.name);
                if is_keyword(&name) {
                    return self.refuse(&signal.name, Problem::Keyword);
                }
                if !self.taken.insert(name.clone()) {
                    return self.refuse(&signal.name, Problem::NameClash);
                }
                self.names[id] = name;
            }
        }
        for child in &self.definition.children {
            // An instance named as something inside its module would hide it.
            let inner = &self.context.definitions[child.definition];
            let wish = flat(&child.name);
            let hides = inner.names().any(|name| flat(name) == wish);
            let wish = match hides || is_keyword(&wish) {
                true => format!("{wish}_unit"),
                false => wish,
            };
            let name = self.unique(&wish);
            self.instance_names.push(name);
        }
        for (id, signal) in self.definition.signals.iter().enumerate() {
            let path = match signal.role {
                Role::Input | Role::Output => continue,
                Role::State(register) => self.definition.registers[register].name.clone(),
                Role::Next(register) => {
                    format!("{}_next", self.definition.registers[register].name)
                }
                _ => signal.name.clone(),
            };
            self.names[id] = match self.plan.alias.get(&id) {
                Some(output) => self.names[*output].clone(),
                None => self.unique(&flat(&path)),
            };
        }
        Ok(())
    }

    /// The name, or one like it when it is taken or a keyword: for names that are no port's.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let base = match is_keyword(name) {
            true => format!("{name}_value"),
            false => name.to_string(),
        };
        let mut candidate = base.clone();
        let mut number = 2;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{base}_{number}");
            number += 1;
        }
        candidate
    }
}
