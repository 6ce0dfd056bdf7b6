//! Property campaigns: random scripts on random small machines, the unit in Verilator against the golden model.
//!
//! *Strategy*: every operation is given to both; then everything both know is compared: all of memory, shadow and rings, every register
//! but the clocks, both planes, `irq`, exact counts of copies and entries; and guests' memory against the reference layer. What depends on
//! who comes first is judged by the contract alone ([`Storm`]).
//! *Invariants*: a seed and a case number give one script, on one machine, with one outcome; a failure is shortened and replayed with a
//! waveform.

mod compare;
mod joined;
mod loss;
mod pair_script;
mod peer;
mod perform;
mod pool;
mod script;
mod shrink;
mod snapshot;
mod storm;
mod traffic;
mod twin;

pub use joined::Joined;
pub use perform::{perform, Facts};
pub use pool::{pool, small, Machine};
pub use script::{
    Area, BurstPlan, Command, GuestPlan, Loss, Op, Place, Script, Shape, Storm, Strobes, Trouble,
};
pub use shrink::shorten;
pub use snapshot::{JoinedSnapshot, TwinSnapshot};
pub use traffic::Fitted;
pub use twin::{Chosen, Twin};

use crate::gate::Family;
use crate::system::{self, BuildOptions};
use anyhow::{bail, ensure, Context, Result};
use mch_sim::bench::derive_seed;
use mch_spec::firmware::CustomStrategy;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::{Deserialize, Serialize};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Clone, Debug)]
pub struct CampaignOptions<'a> {
    /// Cases, at most.
    pub cases: u64,
    /// Of everything.
    pub seed: u64,
    /// Seconds after which no further case starts; none for no limit.
    pub seconds: Option<u64>,
    /// Machines to draw from, by name; empty for all.
    pub machines: Vec<String>,
    /// A user's strategy; it is drawn from machines that can have it.
    pub custom: Option<Custom>,
    /// The family whose netlists are run in the place of the Verilog; none runs the Verilog.
    pub gate: Option<Family>,
    /// Where failures' waveforms go; none writes none.
    pub failures: Option<PathBuf>,
    /// Ends the campaign after the case that runs.
    pub stop: &'a AtomicBool,
}

/// A user's strategy, and where its description stands.
#[derive(Clone, Debug)]
pub struct Custom {
    /// The description's file.
    pub file: PathBuf,
    /// What it says.
    pub strategy: CustomStrategy,
}

impl Custom {
    /// Reads a description and assembles its firmware for every machine that can have it: there must be one.
    pub fn from_file(file: &Path) -> Result<Custom> {
        let strategy = CustomStrategy::from_file(file)?;
        let custom = Custom {
            file: file.to_owned(),
            strategy,
        };
        let machines = custom.machines();
        ensure!(
            !machines.is_empty(),
            "{}: on = {}: no machine of the pool is settable and has it",
            file.display(),
            custom.strategy.on
        );
        for machine in machines {
            custom.strategy.assemble(&machine.config)?;
        }
        Ok(custom)
    }

    fn machines(&self) -> Vec<Machine> {
        let mut pool = pool();
        pool.retain(|machine| {
            machine.config.settable && machine.config.has(self.strategy.on) && !machine.is_pair()
        });
        pool
    }
}

/// What a campaign tells as it goes.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A case passed: its number and what it did.
    Passed(u64, Facts),
    /// A case failed; it is being shortened.
    Failed(u64, String),
    /// A failure is ready.
    Reported(Box<FailureReport>),
}

/// A failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailureReport {
    /// The case.
    pub case: u64,
    /// Its machine.
    pub machine: String,
    /// What differed, in the shortened script.
    pub message: String,
    /// The line that replays it.
    pub replay: String,
    /// The shortened script.
    pub script: String,
    /// Its waveform, where one was written.
    pub waveform: Option<PathBuf>,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// The family whose netlists were run; none for the Verilog.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<Family>,
    /// Cases run.
    pub cases: u64,
    /// Of all cases that passed.
    pub facts: Facts,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// Failures, shortened.
    pub failures: Vec<FailureReport>,
}

/// Failures after which a campaign ends.
const ENOUGH: usize = 5;
/// Runs that shortening a script may cost.
const SHRINK_RUNS: u32 = 150;

/// The script of a case.
pub fn script_of(
    seed: u64,
    case: u64,
    machines: &[String],
    custom: Option<&Custom>,
) -> Result<Script> {
    let pool = custom.map_or_else(pool, Custom::machines);
    let names: Vec<&str> = match machines {
        [] => pool.iter().map(|machine| machine.name).collect(),
        chosen => chosen.iter().map(String::as_str).collect(),
    };
    let drawn = |what: &str| {
        derive_seed(
            seed.wrapping_add(case.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            what,
        )
    };
    let mut bytes = [0; 32];
    for (index, part) in bytes.chunks_mut(8).enumerate() {
        part.copy_from_slice(&drawn(&format!("script {index}")).to_le_bytes());
    }
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let machine = names[(drawn("machine") >> 8) as usize % names.len()].to_owned();
    let failed = |reason| anyhow::anyhow!("{reason}");
    let (guests, operations, storm, loss) =
        if Machine::named(&machine).is_some_and(|machine| machine.is_pair()) {
            let tree = pair_script::drawn_pair()
                .new_tree(&mut runner)
                .map_err(failed)?;
            let (guests, operations, loss) = tree.current();
            (guests, operations, None, loss)
        } else {
            let added = custom.map_or(&[][..], |custom| &custom.strategy.operations);
            let tree = script::drawn(added).new_tree(&mut runner).map_err(failed)?;
            let (guests, operations, storm) = tree.current();
            (guests, operations, storm, None)
        };
    Ok(Script {
        machine,
        seed: drawn("agents"),
        stress: drawn("stress") >> 8 & 1 == 1,
        guests,
        operations,
        storm,
        loss,
        gate: None,
    })
}

/// Runs a script; a panic of model or harness is a failure, too.
fn attempt(
    script: &Script,
    custom: Option<&Custom>,
    waveform: Option<&Path>,
) -> std::result::Result<Facts, String> {
    let custom = custom.map(|custom| &custom.strategy);
    let outcome = catch_unwind(AssertUnwindSafe(|| perform(script, custom, waveform)));
    match outcome {
        Ok(Ok(facts)) => Ok(facts),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => Err(match panic.downcast_ref::<String>() {
            Some(text) => format!("panic: {text}"),
            None => format!("panic: {}", panic.downcast_ref::<&str>().unwrap_or(&"")),
        }),
    }
}

/// Runs cases until there are enough of them, of failures, or of seconds.
pub fn run(options: &CampaignOptions, tell: &mut dyn FnMut(Progress)) -> Result<Report> {
    let begin = Instant::now();
    let made = match &options.failures {
        Some(folder) => make_writable(folder)
            .with_context(|| format!("cannot write failures to {}", folder.display()))?,
        None => Vec::new(),
    };
    let mut report = Report {
        seed: options.seed,
        gate: options.gate,
        ..Report::default()
    };
    let custom = options.custom.as_ref();
    let small = small_names();
    // The netlists of the others take many minutes each to be made.
    let machines = match options.gate {
        Some(_) if options.machines.is_empty() && custom.is_none() => &small,
        _ => &options.machines,
    };
    for case in 0..options.cases {
        let over = options
            .seconds
            .is_some_and(|seconds| begin.elapsed().as_secs() >= seconds);
        if over || options.stop.load(Ordering::Relaxed) || report.failures.len() >= ENOUGH {
            break;
        }
        let script = Script {
            gate: options.gate,
            ..script_of(options.seed, case, machines, custom)?
        };
        if let (Some(_), Some(machine)) = (options.gate, Machine::named(&script.machine)) {
            // A tool that is missing is no failure of the case.
            let build = BuildOptions {
                gate: options.gate,
                ..BuildOptions::default()
            };
            system::build(&machine.config, build)?;
        }
        report.cases += 1;
        match attempt(&script, custom, None) {
            Ok(facts) => {
                let sum = &mut report.facts;
                sum.cycles += facts.cycles;
                sum.operations += facts.operations;
                sum.checkpoints += facts.checkpoints;
                sum.rollbacks += facts.rollbacks;
                sum.copies += facts.copies;
                sum.entries += facts.entries;
                sum.frames += facts.frames;
                sum.repeats += facts.repeats;
                tell(Progress::Passed(case, facts));
            }
            Err(message) => {
                tell(Progress::Failed(case, message));
                let failure = investigate(options, case, &script);
                tell(Progress::Reported(Box::new(failure.clone())));
                report.failures.push(failure);
            }
        }
    }
    for folder in made {
        // It goes again if nothing came into it: one that is not empty stays.
        let _ = std::fs::remove_dir(folder);
    }
    report.seconds = begin.elapsed().as_secs_f64();
    Ok(report)
}

/// Makes a folder and tries to write to it, so that no failure is lost for want of a place; the folders that are new, innermost first.
fn make_writable(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let parents = folder
        .ancestors()
        .filter(|parent| !parent.as_os_str().is_empty());
    let new = parents.take_while(|parent| !parent.exists());
    let new = new.map(Path::to_owned).collect();
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(".writable");
    std::fs::write(&probe, [])?;
    std::fs::remove_file(&probe)?;
    Ok(new)
}

/// Shortens a failing script and runs it once more with a waveform.
fn investigate(options: &CampaignOptions, case: u64, script: &Script) -> FailureReport {
    let custom = options.custom.as_ref();
    let mut fails = |script: &Script| {
        !options.stop.load(Ordering::Relaxed) && attempt(script, custom, None).is_err()
    };
    let short = shorten(script, &mut SHRINK_RUNS.clone(), &mut fails);
    let mut message = attempt(&short, custom, None)
        .err()
        .unwrap_or_else(|| "it passed when run again".into());
    let name = format!("{}-{case}", options.seed);
    let waveform = options.failures.as_ref().and_then(|folder| {
        let path = folder.join(format!("{name}.vcd"));
        match std::fs::write(folder.join(format!("{name}.script")), short.to_text()) {
            // It fails again; the waveform is what is wanted.
            Ok(()) => drop(attempt(&short, custom, Some(&path))),
            Err(error) => message += &format!("; its script cannot be written: {error}"),
        }
        path.exists().then_some(path)
    });
    FailureReport {
        case,
        machine: short.machine.clone(),
        message,
        // With its machine: the campaign may have drawn from some machines only.
        replay: format!(
            "mch verify --replay {}:{case}:{}{}{}",
            options.seed,
            short.machine,
            options
                .gate
                .map_or(String::new(), |family| format!(" --gate {family}")),
            custom.map_or(String::new(), |custom| format!(
                " --strategy {}",
                custom.file.display()
            ))
        ),
        script: short.to_text(),
        waveform,
    }
}

/// Replays a case by `<seed>:<case>` or `<seed>:<case>:<machine>`, or a script by its text; a family's netlist is run, if one is given or
/// the script names one.
pub fn replay(
    line: &str,
    custom: Option<&Custom>,
    gate: Option<Family>,
    waveform: Option<&Path>,
) -> Result<Facts> {
    let line = line.trim();
    let mut script = match line.starts_with(['{', '#']) {
        true => Script::from_text(line)?,
        false => script_of_line(line, custom)?,
    };
    script.gate = gate.or(script.gate);
    perform(&script, custom.map(|custom| &custom.strategy), waveform)
}

/// Whether there are machines of these names.
pub fn check_names(machines: &[String]) -> Result<()> {
    for name in machines {
        ensure!(
            Machine::named(name).is_some(),
            "no machine is called `{name}`; there are {}",
            pool::machines()
                .map(|machine| machine.name)
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    Ok(())
}

fn small_names() -> Vec<String> {
    let small = small();
    small
        .iter()
        .map(|machine| machine.name.to_owned())
        .collect()
}

fn script_of_line(line: &str, custom: Option<&Custom>) -> Result<Script> {
    let mut parts = line.splitn(3, ':');
    let (Some(seed), Some(case), machine) = (parts.next(), parts.next(), parts.next()) else {
        bail!("neither a script nor SEED:CASE[:MACHINE]");
    };
    let number = |what: &str, text: &str| {
        let parsed = text.parse::<u64>();
        parsed.with_context(|| format!("the {what} `{text}` is not a number"))
    };
    let (seed, case) = (number("seed", seed)?, number("case", case)?);
    let machines: Vec<String> = machine.into_iter().map(str::to_owned).collect();
    check_names(&machines)?;
    script_of(seed, case, &machines, custom)
}
