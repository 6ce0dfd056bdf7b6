//! The configuration that a command works on: a file, flags over it, defaults below both.

use anyhow::{ensure, Context, Result};
use mch_spec::config::Size;
use mch_spec::{Config, ConfigError, Strategy};
use std::path::{Path, PathBuf};

/// A configuration file and the flags that override its fields. The ranges are checked together, later: the
/// message then is the same for a file and a flag.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArguments {
    /// Configuration file (TOML); an empty one means all defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Width of the AXI data buses, in bits: 32, 64, 128, 256 or 512
    #[arg(long, value_name = "BITS")]
    pub data_width: Option<u32>,
    /// Width of addresses, in bits: 17 to 40
    #[arg(long, value_name = "BITS")]
    pub address_width: Option<u32>,
    /// Width of the IDs of the s_axi ports, in bits: 1 to 16
    #[arg(long, value_name = "BITS")]
    pub id_width: Option<u32>,
    /// Width of AxUSER, in bits: 0 (none) to 16
    #[arg(long, value_name = "BITS")]
    pub user_width: Option<u32>,
    /// s_axi ports: 1 to 8
    #[arg(long, value_name = "COUNT")]
    pub ports: Option<u32>,
    /// Bursts in flight per port and direction: a power of two, 4 to 64
    #[arg(long, value_name = "COUNT")]
    pub outstanding: Option<u32>,
    /// System memory: a power of two bytes, such as 16MiB
    #[arg(long, value_name = "SIZE")]
    pub memory_size: Option<Size>,
    /// Block: a power of two, 64 to 4096 bytes
    #[arg(long, value_name = "SIZE")]
    pub block_size: Option<Size>,
    /// Guests: 1 to 16
    #[arg(long, value_name = "COUNT")]
    pub guests: Option<u32>,
    /// Regions, shared by all guests: 1 to 32
    #[arg(long, value_name = "COUNT")]
    pub regions: Option<u32>,
    /// Processors per guest: 1 to 32
    #[arg(long, value_name = "COUNT")]
    pub processors: Option<u32>,
    /// Blocks in flight in the hazard table: a power of two, 4 to 32
    #[arg(long, value_name = "COUNT")]
    pub saves: Option<u32>,
    /// Bits of an epoch: 2 to 6
    #[arg(long, value_name = "BITS")]
    pub epoch_bits: Option<u32>,
    /// Strategies to build, such as S3,S6
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = strategy)]
    pub strategies: Option<Vec<Strategy>>,
    /// The link to a backup computer, which S2 needs
    #[arg(long)]
    pub link: bool,
    /// The block store corrects one flipped bit in a word and tells two
    #[arg(long)]
    pub error_correction: bool,
    /// Reads take a cycle less, at the cost of the clock: no register between a read port and the arbiter
    #[arg(long)]
    pub no_read_register: bool,
    /// Leave out the counters of copies, entries, writes, stalls and pauses
    #[arg(long)]
    pub no_counters: bool,
    /// Small rather than fast: a burst every other cycle, shorter queues, later write data
    #[arg(long)]
    pub compact: bool,
    /// The only strategy is built in, not selected by software
    #[arg(long)]
    pub hardwired: bool,
}

/// Parses a strategy's name.
pub fn strategy(text: &str) -> Result<Strategy, String> {
    let found = Strategy::ALL
        .into_iter()
        .find(|strategy| strategy.to_string().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names: Vec<String> = Strategy::ALL.iter().map(Strategy::to_string).collect();
        format!("must be one of {}", names.join(", "))
    })
}

impl ConfigArguments {
    /// Whether nothing is said of it.
    pub fn is_empty(&self) -> bool {
        *self == ConfigArguments::default()
    }

    /// The configuration, checked.
    pub fn resolve(&self) -> Result<Config> {
        self.resolve_over(Config::default())
    }

    /// The same with other defaults; they hold only if there is no file.
    pub fn resolve_over(&self, defaults: Config) -> Result<Config> {
        let config = self.merge(defaults)?;
        config.validate()?;
        Ok(config)
    }

    /// The same for a command that reports what the counters say.
    pub fn resolve_with_counters(&self, defaults: Config) -> Result<Config> {
        let config = self.resolve_over(defaults)?;
        ensure!(
            config.counters,
            "counters = false: must be true here, since what is reported comes from them"
        );
        Ok(config)
    }

    fn merge(&self, defaults: Config) -> Result<Config> {
        let mut config = match &self.config {
            Some(path) => read(path)?,
            None => defaults,
        };
        fn set<T: Clone>(field: &mut T, flag: &Option<T>) {
            if let Some(value) = flag {
                *field = value.clone();
            }
        }
        set(&mut config.data_width, &self.data_width);
        set(&mut config.address_width, &self.address_width);
        set(&mut config.id_width, &self.id_width);
        set(&mut config.user_width, &self.user_width);
        set(&mut config.ports, &self.ports);
        set(&mut config.outstanding, &self.outstanding);
        set(&mut config.memory_size, &self.memory_size);
        set(&mut config.block_size, &self.block_size);
        set(&mut config.guests, &self.guests);
        set(&mut config.regions, &self.regions);
        set(&mut config.processors, &self.processors);
        set(&mut config.saves, &self.saves);
        set(&mut config.epoch_bits, &self.epoch_bits);
        set(&mut config.strategies, &self.strategies);
        config.settable &= !self.hardwired;
        config.link |= self.link;
        config.error_correction |= self.error_correction;
        config.read_register &= !self.no_read_register;
        config.counters &= !self.no_counters;
        config.compact |= self.compact;
        Ok(config)
    }
}

/// Reads a file without checking the ranges: flags may still change what stands there.
fn read(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
        path: path.display().to_string(),
        error: error.to_string(),
    })?;
    toml::from_str(&text)
        .map_err(|error| ConfigError::Syntax(error.to_string().trim_end().to_owned()))
        .with_context(|| path.display().to_string())
}
