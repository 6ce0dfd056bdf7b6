//! What can go wrong, said so that the reader knows what to do next.

use std::path::PathBuf;

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure to build, load or drive a model.
///
/// `Debug` prints as `Display`: the text of a failed build has many lines, and a test that unwraps it
/// should show them as they are.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program that is needed is not installed.
    #[error("`{tool}` cannot be run ({source}): run scripts/setup, or install it with `apt-get install {package}`, or set {variable} to its path")]
    MissingTool {
        /// The program as it was called.
        tool: String,
        /// The Debian package that has it.
        package: &'static str,
        /// The environment variable that overrides its path.
        variable: &'static str,
        /// Why the system refused.
        source: std::io::Error,
    },
    /// Verilator or the compiler refused its input.
    #[error("{action} failed ({status}; {version})\n$ {command}\n{output}")]
    Tool {
        /// What was being done, such as "verilating counter".
        action: String,
        /// The tool's version.
        version: String,
        /// The command line.
        command: String,
        /// The exit status.
        status: std::process::ExitStatus,
        /// All it printed.
        output: String,
    },
    /// A file operation failed.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// The operation.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A finished build could not be loaded.
    #[error("cannot load {path}: {source}")]
    Load {
        /// The shared library.
        path: PathBuf,
        /// Why.
        source: libloading::Error,
    },
    /// The design's options contradict each other or miss something.
    #[error("design `{top}`: {reason}")]
    Design {
        /// The top module.
        top: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// No such port.
    #[error("design `{top}` has no port `{name}`; it has {available}")]
    NoSuchPort {
        /// The top module.
        top: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
    /// The port exists, but not as asked for.
    #[error("port `{name}` of design `{top}`: {reason}")]
    WrongPort {
        /// The top module.
        top: String,
        /// The port.
        name: String,
        /// What it is and what was asked for.
        reason: String,
    },
    /// No such public signal.
    #[error("design `{top}` has no public signal `{path}`: {reason}")]
    NoSuchSignal {
        /// The top module.
        top: String,
        /// The path asked for.
        path: String,
        /// What is missing.
        reason: String,
    },
    /// The library was built without what was asked for.
    #[error("design `{top}` was built without {feature}: call `Design::{call}` before building")]
    NotBuilt {
        /// The top module.
        top: String,
        /// The feature.
        feature: &'static str,
        /// The builder call that enables it.
        call: &'static str,
    },
    /// A snapshot does not fit this design.
    #[error("snapshot refused by design `{top}`: {reason}")]
    Snapshot {
        /// The top module.
        top: String,
        /// Why.
        reason: String,
    },
    /// The model could not be constructed, or a file it should write could not be written.
    #[error("design `{top}`: {reason}")]
    Model {
        /// The top module.
        top: String,
        /// What happened.
        reason: String,
    },
}

impl std::fmt::Debug for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

impl Error {
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::File {
            action,
            path,
            source,
        }
    }
}

/// How a model came to a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopKind {
    /// `$finish`.
    Finish,
    /// `$stop`, `$error`, `$fatal` or a failed assertion.
    Stop,
    /// Verilator's runtime gave up, for instance because combinational logic did not converge.
    /// Only a restored snapshot revives such an instance.
    Fatal,
}

/// The model stopped itself. Evaluation stays refused until
/// [`Instance::resume`](crate::Instance::resume) or a restored snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("design `{top}` stopped at time {time}: {reason}{}", if printed.is_empty() { String::new() } else { format!("\n{printed}") })]
pub struct Stopped {
    /// How.
    pub kind: StopKind,
    /// The top module.
    pub top: String,
    /// File, line and cause.
    pub reason: String,
    /// Simulation time, in units of the design's time precision.
    pub time: u64,
    /// What the model had printed and nobody had taken.
    pub printed: String,
}
