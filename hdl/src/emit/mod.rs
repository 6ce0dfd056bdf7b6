//! Prints a rust-hdl design as the Verilog a person would have written.
//!
//! The steps, one idea to a file:
//!
//! 1. The design's blocks are collected with rust-hdl's probe ([`collect`]) and lowered to a form with
//!    every name and width resolved: one definition for each distinct structure ([`define`], [`lower`],
//!    [`lower_match`], [`lower_expression`], [`names`]).
//! 2. All of it is evaluated until it is known what is constant, narrow or unreachable ([`fact`],
//!    [`fold`]). Drivers are checked ([`check`]); what reaches no output is dropped ([`liveness`]).
//! 3. Each module is laid out ([`plan`], [`groups`]) and written ([`printer`], [`naming`], [`process`],
//!    [`statement`], [`memory`], [`unused`]), every expression at its exact width ([`fit`], [`slice`],
//!    [`verilog`]).

mod chain;
mod check;
mod collect;
mod define;
mod error;
mod fact;
mod fit;
mod fold;
mod gate;
mod groups;
mod ir;
mod keywords;
mod liveness;
mod lower;
mod lower_expression;
mod lower_match;
mod memory;
mod names;
mod naming;
mod plan;
mod printer;
mod process;
mod share;
mod slice;
mod statement;
mod unused;
mod verilog;

pub use error::{EmitError, Problem, Result};
pub use gate::{gate, write_files};

use ir::{Definition, Role, Signal};
use printer::{printed_width, Context, Printer};
use rust_hdl::prelude::Block;
use std::collections::BTreeMap;

/// A Verilog source file that holds one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerilogFile {
    /// File name: the module's name with `.v`.
    pub name: String,
    /// The source text.
    pub text: String,
}

/// What the caller may choose.
#[derive(Debug, Clone)]
pub struct EmitOptions {
    /// The generated-by line's tool and version.
    pub generator: String,
    /// Widths, in bits, of top-level ports that are narrower than their types, by printed name: an input's
    /// upper bits are taken to be zero, an output's are dropped.
    pub port_widths: BTreeMap<String, usize>,
}

impl Default for EmitOptions {
    fn default() -> Self {
        Self {
            generator: concat!("mch ", env!("CARGO_PKG_VERSION")).to_string(),
            port_widths: BTreeMap::new(),
        }
    }
}

/// Emits a design: one file for each distinct module, the top first.
pub fn emit(top: &dyn Block, options: &EmitOptions) -> Result<Vec<VerilogFile>> {
    check::rust_hdl_checks(top)?;
    let scope = collect::collect(top).ok_or_else(|| EmitError {
        block: "top".to_string(),
        signal: String::new(),
        problem: Problem::NoKernel,
    })?;
    let mut definitions = define::define_all(&scope)?;
    let port_width = |signal: &Signal| {
        options
            .port_widths
            .get(&names::flat(&signal.name))
            .map_or(signal.width, |w| (*w).clamp(1, signal.width))
    };
    let facts = fold::find_facts(&definitions, &port_width);
    fold::prune(&mut definitions, &facts)?;
    for definition in &definitions {
        check::check_drivers(definition)?;
    }
    let live = liveness::find_live(&definitions, &facts);
    liveness::remove_dead(&mut definitions, &live, &facts);
    for definition in &mut definitions {
        chain::to_cases(&mut definition.body);
    }
    write_modules(&definitions, &facts, &live, &port_width, options)
}

fn write_modules(
    definitions: &[Definition],
    facts: &fold::Facts,
    live: &liveness::Live,
    port_width: &dyn Fn(&Signal) -> usize,
    options: &EmitOptions,
) -> Result<Vec<VerilogFile>> {
    let mut modules: Vec<Option<String>> = vec![None; definitions.len()];
    let mut paths = vec![Default::default(); definitions.len()];
    let mut files: Vec<VerilogFile> = Vec::new();
    // Modules by their text without the name, so that equal ones are written once.
    let mut written: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut taken = std::collections::BTreeSet::new();
    for (id, definition) in definitions.iter().enumerate() {
        let is_top = id + 1 == definitions.len();
        let outputs = definition.signals.iter().enumerate();
        let is_used = outputs
            .filter(|(_, s)| s.role == Role::Output)
            .any(|(s, _)| live[id][s]);
        if !is_top && !is_used {
            continue;
        }
        let context = Context {
            definitions,
            facts,
            live,
            modules: &modules,
            port_width,
            is_top,
        };
        let plan = plan::plan(definition, &facts[id], &live[id], &paths, &|signal| {
            printed_width(&context, id, signal)
        })?;
        let body = Printer::new(&context, id, &plan)?.print("MODULE")?;
        let key = (definition.module.clone(), body.clone());
        let name = match written.get(&key) {
            Some(name) => name.clone(),
            None => {
                let mut name = definition.module.clone();
                let mut number = 1;
                while !taken.insert(name.clone()) {
                    number += 1;
                    name = format!("{}_{number}", definition.module);
                }
                written.insert(key, name.clone());
                files.push(VerilogFile {
                    name: format!("{name}.v"),
                    text: file_text(definition, &name, &body, options),
                });
                name
            }
        };
        modules[id] = Some(name);
        paths[id] = plan.paths;
    }
    files.reverse();
    Ok(files)
}

fn file_text(definition: &Definition, name: &str, body: &str, options: &EmitOptions) -> String {
    let mut text = String::new();
    for (number, line) in definition.contract.iter().enumerate() {
        if number == 0 {
            text += &format!("// {name}: {line}\n");
        } else {
            text += &format!("// {line}\n");
        }
    }
    text += &format!(
        "// Generated by {}.\n\n`default_nettype none\n\n",
        options.generator
    );
    text += &body.replacen("module MODULE (", &format!("module {name} ("), 1);
    text + "\n`default_nettype wire\n"
}
