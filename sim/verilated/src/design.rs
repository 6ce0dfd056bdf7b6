//! The description of a model to build: sources, parameters and options.

use crate::{Cache, Error, Library, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// The waveform format a model can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trace {
    /// No waveforms: the fastest model.
    #[default]
    None,
    /// Value change dump: text, large, quick to write.
    Vcd,
    /// GTKWave's compressed format: small, slower to write.
    Fst,
}

/// How hard the C++ compiler works on a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Optimization {
    /// Builds fast, runs slowly (`-O0`).
    None,
    /// The usual choice (`-O2`).
    #[default]
    Usual,
    /// For long simulations (`-O3`).
    Most,
}

impl Optimization {
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Optimization::None => "-O0",
            Optimization::Usual => "-O2",
            Optimization::Most => "-O3",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(PathBuf),
    Text { name: String, text: String },
}

/// A Verilog design and how to build it.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use verilated::{Cache, Design};
/// let library = Design::new("counter")
///     .text("counter.v", "module counter(input clk, output reg [7:0] q); always @(posedge clk) q <= q + 1; endmodule")
///     .build(&Cache::default())?;
/// let (clk, q) = (library.input("clk")?, library.output("q")?);
/// let mut instance = library.instance(1)?;
/// instance.cycle(clk)?;
/// assert_eq!(instance.get(q), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Design {
    pub(crate) top: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) include_folders: Vec<PathBuf>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) defines: Vec<(String, Option<String>)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) waived: Vec<String>,
    pub(crate) trace: Trace,
    pub(crate) optimization: Optimization,
    pub(crate) coverage: bool,
    pub(crate) savable: bool,
    pub(crate) public: bool,
    pub(crate) random_init: bool,
    pub(crate) assertions: bool,
}

impl Design {
    /// A design whose top module is `top`.
    pub fn new(top: impl Into<String>) -> Self {
        Design {
            top: top.into(),
            sources: Vec::new(),
            include_folders: Vec::new(),
            parameters: Vec::new(),
            defines: Vec::new(),
            arguments: Vec::new(),
            waived: Vec::new(),
            trace: Trace::None,
            optimization: Optimization::Usual,
            coverage: false,
            savable: false,
            public: false,
            random_init: false,
            assertions: true,
        }
    }

    /// Adds a Verilog file, read when the design is built. File names must differ between folders too.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::File(path.into()));
        self
    }

    /// Adds Verilog text under a file name; without an extension, `.v` is added.
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.sources.push(Source::Text {
            name: name.into(),
            text: text.into(),
        });
        self
    }

    /// Adds a folder that `` `include `` searches. Its Verilog files count as part of the design.
    pub fn include_folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.include_folders.push(path.into());
        self
    }

    /// Sets a parameter of the top module; the value is Verilog (`4`, `32'hff`, `"\"text\""`).
    pub fn parameter(mut self, name: impl Into<String>, value: impl std::fmt::Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    /// Defines a preprocessor macro, with a value or without (`None::<&str>`).
    pub fn define(
        mut self,
        name: impl Into<String>,
        value: Option<impl std::fmt::Display>,
    ) -> Self {
        self.defines
            .push((name.into(), value.map(|value| value.to_string())));
        self
    }

    /// Silences one of Verilator's warnings, by name (`WIDTH`). Every other warning fails the build.
    pub fn waive(mut self, warning: impl Into<String>) -> Self {
        self.waived.push(warning.into());
        self
    }

    /// Passes one more argument to Verilator.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Chooses the waveform format; default none.
    pub fn trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// Chooses how hard the compiler works; default [`Optimization::Usual`].
    pub fn optimization(mut self, optimization: Optimization) -> Self {
        self.optimization = optimization;
        self
    }

    /// Counts line, toggle and user coverage; default off. Costs most of the speed.
    pub fn coverage(mut self, on: bool) -> Self {
        self.coverage = on;
        self
    }

    /// Makes instances savable; default off. Cannot be combined with coverage.
    pub fn savable(mut self, on: bool) -> Self {
        self.savable = on;
        self
    }

    /// Makes every internal signal reachable by [`Instance::internal`](crate::Instance::internal);
    /// default off. Costs speed: a `/* verilator public_flat_rw */` beside a declaration makes one
    /// signal reachable without it.
    pub fn public(mut self, on: bool) -> Self {
        self.public = on;
        self
    }

    /// Starts every register and memory, and every assigned `x`, at random values drawn from the
    /// instance's seed; default off: all start at 0, the fastest.
    pub fn random_init(mut self, on: bool) -> Self {
        self.random_init = on;
        self
    }

    /// Checks the assertions in the Verilog; default on.
    pub fn assertions(mut self, on: bool) -> Self {
        self.assertions = on;
        self
    }

    /// Builds the model, or finds it already built in the cache, and loads it.
    pub fn build(&self, cache: &Cache) -> Result<Arc<Library>> {
        crate::build::build(self, cache)
    }

    /// Runs Verilator's checks with every warning enabled and none waived; what it printed is in the
    /// error if it had anything to complain about, and returned (normally empty) if not.
    pub fn lint(&self, cache: &Cache) -> Result<String> {
        crate::build::lint(self, cache)
    }

    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Error {
        Error::Design {
            top: self.top.clone(),
            reason: reason.into(),
        }
    }
}
