//! Two computers under S2, a primary and its backup: what is to be run, and when the primary is lost.

use crate::config::RunConfig;
use crate::fault::{FaultPlan, Moment};
use crate::machine::Unit;
use crate::program::Compiler;
use crate::report::RunReport;
use crate::takeover_run;
use anyhow::{ensure, Context, Result};
use mch_sim::stream::ChannelFaults;
use mch_spec::{Config, Strategy};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// When the primary is lost: its unit, its processors, its memory and its end of the link at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossMoment {
    /// Only after every guest has so many checkpoints in the present backup.
    pub checkpoints: u64,
    /// The guest whose rendezvous or release is meant.
    pub guest: usize,
    /// When, counted from the cycle in which the checkpoints were complete, or the backup stood by.
    pub moment: Moment,
}

/// The losses of a run. After each a new computer becomes the survivor's backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossPlan {
    /// None.
    None,
    /// So many, drawn with the run's seed: at any moment after the first to third checkpoint.
    Random(u32),
    /// These, one after the other.
    These(Vec<LossMoment>),
}

impl LossPlan {
    /// The losses, last first. `period` is the time between checkpoints in cycles.
    pub(crate) fn draw(&self, seed: u64, period: u64, guests: usize) -> Vec<LossMoment> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut losses: Vec<_> = match self {
            LossPlan::None => Vec::new(),
            LossPlan::These(losses) => losses.clone(),
            LossPlan::Random(count) => (0..*count)
                .map(|_| LossMoment {
                    checkpoints: random.random_range(1..=3),
                    guest: random.random_range(0..guests),
                    // As often around a rendezvous, where there is most to go wrong, as at any moment.
                    moment: match random.random_range(0..4) {
                        0 | 1 => Moment::Cycle(random.random_range(0..period.max(1_000))),
                        2 => Moment::Rendezvous(random.random_range(0..1_500)),
                        _ => Moment::Release(random.random_range(0..1_500)),
                    },
                })
                .collect(),
        };
        losses.reverse();
        losses
    }
}

/// Two computers joined by their units' links, ready to be run: the guests of the first run under S2, those of the second stand by.
#[derive(Clone, Debug)]
pub struct PairRun {
    pub(crate) config: RunConfig,
    pub(crate) losses: LossPlan,
    pub(crate) channel: ChannelFaults,
    pub(crate) unit: Unit,
    pub(crate) cache: verilated::Cache,
    pub(crate) compiler: Compiler,
}

impl PairRun {
    /// Computers around units generated for them: S2 alone, with the link. The strategy that `config` names counts for nothing, its
    /// faults must be none. A waveform, if asked for, shows the first backup from its TAKEOVER on.
    pub fn new(config: RunConfig, losses: LossPlan) -> Result<Self> {
        let unit = Config {
            strategies: vec![Strategy::S2],
            settable: false,
            link: true,
            ..config.unit()
        };
        let cache = verilated::Cache::default();
        Ok(Self {
            config: RunConfig {
                strategy: Some(Strategy::S2),
                ..config
            },
            losses,
            channel: ChannelFaults::default(),
            unit: Unit::generate(&unit)?,
            compiler: Compiler::new(cache.folder().join("programs")),
            cache,
        })
    }

    /// Lets the link lose, damage, repeat and exchange frames.
    pub fn with_channel(self, channel: ChannelFaults) -> Self {
        Self { channel, ..self }
    }

    /// Runs without the losses, on a link without faults.
    pub fn undisturbed(&self) -> Result<RunReport> {
        let config = RunConfig {
            waveform: None,
            ..self.config.clone()
        };
        Self {
            config,
            losses: LossPlan::None,
            channel: ChannelFaults::default(),
            ..self.clone()
        }
        .run()
    }

    /// Runs until every program has given its answer, in whichever computer.
    pub fn run(&self) -> Result<RunReport> {
        self.run_watched(&mut |_| true)
    }

    /// The same; `watch` is called now and then with the cycle, and the run is given up when it returns false.
    pub fn run_watched(&self, watch: &mut dyn FnMut(u64) -> bool) -> Result<RunReport> {
        let config = &self.config;
        ensure!(!config.jobs.is_empty(), "jobs: there must be one at least");
        ensure!(
            config.faults.iter().all(|plan| *plan == FaultPlan::None),
            "faults: S2 rolls nothing back; only whole computers are lost"
        );
        if let LossPlan::These(losses) = &self.losses {
            for loss in losses {
                ensure!(
                    loss.guest < config.jobs.len(),
                    "losses: guest = {}, there are {}",
                    loss.guest,
                    config.jobs.len()
                );
            }
        }
        takeover_run::run(self, watch).with_context(|| {
            format!(
                "the run that failed: {config:?}, {:?}, {:?}",
                self.losses, self.channel
            )
        })
    }
}
