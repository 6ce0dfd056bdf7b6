//! What the examples of mutants share: which are run, the Verilog with a mutant's line in it, and the table.

use anyhow::{bail, ensure, Context, Result};
use mch_spec::Config;
use mch_verification::campaign::Machine;
use mch_verification::faults::machine;
use mch_verification::system::{self, BuildOptions};
use std::path::Path;
use verilated::{Cache, Design};

/// A change to one module.
pub struct Mutant {
    pub name: &'static str,
    /// The machine it is built for.
    pub machine: &'static str,
    /// The file.
    pub module: &'static str,
    /// A text that occurs once in it.
    pub search: &'static str,
    /// What stands there instead.
    pub replace: &'static str,
}

/// Where a mutant was noticed, as a cell of the table, and what was seen.
pub type Noticed = (String, String);

/// The configuration of a mutant's machine: of the campaign's pool, or the fault campaign's.
fn config(mutant: &Mutant) -> Result<Config> {
    let faults = machine::machine();
    if mutant.machine == faults.name {
        return Ok(faults.config);
    }
    if mutant.machine == machine::PAIR {
        return Ok(machine::pair_config());
    }
    let machine = Machine::named(mutant.machine);
    Ok(machine
        .with_context(|| format!("no machine {}", mutant.machine))?
        .config)
}

/// How mutants are hunted.
pub struct Hunt {
    /// All of them.
    pub mutants: &'static [Mutant],
    /// How its model is built.
    pub options: BuildOptions,
    /// Runs on the model until something fails.
    pub notice: fn(&Mutant) -> Result<Option<Noticed>>,
    /// The heading of the column that says where.
    pub place: &'static str,
    /// The document with a place for the table, from the repository's folder.
    pub document: &'static str,
}

impl Hunt {
    /// Hunts the mutants that the arguments name, or all, and prints the table; `--write-docs` writes it into the document, too.
    pub fn run(&self, arguments: &[String]) -> Result<()> {
        let write_docs = arguments == ["--write-docs"];
        let named = if write_docs { &[] } else { arguments };
        for name in named {
            ensure!(
                self.mutants.iter().any(|mutant| mutant.name == name),
                "no mutant is called `{name}`"
            );
        }
        let chosen: Vec<&Mutant> = self
            .mutants
            .iter()
            .filter(|mutant| named.is_empty() || named.iter().any(|name| name == mutant.name))
            .collect();
        // A line that the emitter prints otherwise now is told before an hour is spent on the others.
        for mutant in &chosen {
            let _ = self
                .mutated(mutant)
                .with_context(|| format!("mutant `{}`", mutant.name))?;
        }
        let mut table = String::new();
        let mut print = |line: String| {
            println!("{line}");
            table += &line;
            table.push('\n');
        };
        print(format!(
            "| mutant | module | the line becomes | {} | what it saw |",
            self.place
        ));
        print("|---|---|---|---|---|".into());
        let mut survivors = Vec::new();
        for mutant in chosen {
            let found = self
                .hunt(mutant)
                .with_context(|| format!("mutant `{}`", mutant.name))?;
            let (place, message) = found.unwrap_or_else(|| {
                survivors.push(mutant.name);
                ("nobody".to_owned(), "-".to_owned())
            });
            // A bar would end the cell, even in code.
            let cell = |text: &str| text.lines().next().unwrap_or_default().replace('|', "\\|");
            print(format!(
                "| {} | `{}` | `{}` instead of `{}` | {place} | {} |",
                mutant.name,
                mutant.module,
                cell(mutant.replace),
                cell(mutant.search),
                cell(&message)
            ));
        }
        if write_docs {
            self.write(&table)?;
        }
        ensure!(
            survivors.is_empty(),
            "not noticed: {}",
            survivors.join(", ")
        );
        Ok(())
    }

    fn hunt(&self, mutant: &Mutant) -> Result<Option<Noticed>> {
        let library = self
            .mutated(mutant)?
            .build(&Cache::default().temporary()?)?;
        system::use_model(&config(mutant)?, self.options, library);
        (self.notice)(mutant)
    }

    /// The unit's Verilog with the mutant's line in it.
    fn mutated(&self, mutant: &Mutant) -> Result<Design> {
        let mut design = Design::new(mch_hdl::generate::TOP)
            .random_init(true)
            .savable(self.options.savable);
        let mut found = false;
        for file in mch_hdl::generate::generate(&config(mutant)?)? {
            let mut text = file.text;
            if file.name == format!("{}.v", mutant.module) {
                let count = text.matches(mutant.search).count();
                if count != 1 {
                    bail!("`{}` occurs {count} times in {}", mutant.search, file.name);
                }
                text = text.replace(mutant.search, mutant.replace);
                found = true;
            }
            let text = system::open_memories(&file.name, text);
            design = design.text(file.name, text);
        }
        ensure!(found, "no file {}.v", mutant.module);
        Ok(design)
    }

    fn write(&self, table: &str) -> Result<()> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(self.document);
        let mut text = std::fs::read_to_string(&path)?;
        let markers = ["<!-- begin mutants -->", "<!-- end mutants -->"];
        let [Some(begin), Some(end)] = markers.map(|marker| text.find(marker)) else {
            bail!("{} lacks a marker of {markers:?}", path.display());
        };
        ensure!(begin < end, "{} stands before {}", markers[1], markers[0]);
        text.replace_range(begin + markers[0].len()..end, &format!("\n{table}"));
        std::fs::write(&path, text)?;
        Ok(())
    }
}
