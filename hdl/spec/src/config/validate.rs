//! Refuses every combination that cannot be built, naming the field, its value and what is allowed.

use super::Config;
use crate::Strategy;
use thiserror::Error;

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: String,
    },
    /// Not TOML, an unknown field, or a value of the wrong type.
    #[error("configuration: {0}")]
    Syntax(String),
    /// A field has a value that cannot be built.
    #[error("{field} = {value}: must be {allowed}")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// A field asks for what this version does not build.
    #[error("{field} = {value}: not built yet; this version builds {available}")]
    NotBuilt {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What may stand there today.
        available: String,
    },
}

impl ConfigError {
    /// The field at fault, when a field is.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            ConfigError::Value { field, .. } | ConfigError::NotBuilt { field, .. } => Some(field),
            _ => None,
        }
    }
}

fn require(
    holds: bool,
    field: &'static str,
    value: impl ToString,
    allowed: impl Into<String>,
) -> Result<(), ConfigError> {
    if holds {
        return Ok(());
    }
    Err(ConfigError::Value {
        field,
        value: value.to_string(),
        allowed: allowed.into(),
    })
}

fn in_range(field: &'static str, value: u32, low: u32, high: u32) -> Result<(), ConfigError> {
    require(
        (low..=high).contains(&value),
        field,
        value,
        format!("{low} to {high}"),
    )
}

fn power_in_range(field: &'static str, value: u32, low: u32, high: u32) -> Result<(), ConfigError> {
    let holds = value.is_power_of_two() && (low..=high).contains(&value);
    require(
        holds,
        field,
        value,
        format!("a power of two, {low} to {high}"),
    )
}

impl Config {
    /// Refuses a combination that cannot be built.
    pub fn validate(&self) -> Result<(), ConfigError> {
        power_in_range("data_width", self.data_width, 32, 512)?;
        in_range("address_width", self.address_width, 17, 40)?;
        in_range("id_width", self.id_width, 1, 16)?;
        in_range("user_width", self.user_width, 0, 16)?;
        in_range("ports", self.ports, 1, 8)?;
        power_in_range("outstanding", self.outstanding, 4, 64)?;
        in_range("guests", self.guests, 1, 16)?;
        in_range("regions", self.regions, 1, 32)?;
        in_range("processors", self.processors, 1, 32)?;
        power_in_range("saves", self.saves, 4, 32)?;
        in_range("epoch_bits", self.epoch_bits, 2, 6)?;
        self.validate_sizes()?;
        self.validate_strategies()
    }

    fn validate_sizes(&self) -> Result<(), ConfigError> {
        let block = self.block_size.0;
        let holds = block.is_power_of_two() && (64..=4096).contains(&block);
        require(
            holds,
            "block_size",
            self.block_size,
            "a power of two, 64 to 4096 bytes",
        )?;
        require(
            self.beats_per_block() <= 256,
            "block_size",
            self.block_size,
            format!(
                "at most 256 beats, {} bytes at data_width = {}",
                256 * self.data_bytes(),
                self.data_width
            ),
        )?;
        let memory = self.memory_size.0;
        // 32 words fill one word of the summary; 2^26 blocks fill the block number.
        let (low, high) = (1024 * block, block << 26);
        require(
            memory.is_power_of_two() && (low..=high).contains(&memory),
            "memory_size",
            self.memory_size,
            format!(
                "a power of two, {} to {} with blocks of {block} bytes (1024 to 2^26 blocks)",
                super::Size(low),
                super::Size(high)
            ),
        )?;
        // The shadow is as large as system memory; a ring may lie outside it as well.
        require(
            2 * u128::from(memory) <= 1u128 << self.address_width,
            "memory_size",
            self.memory_size,
            format!(
                "at most half of the address space of address_width = {}",
                self.address_width
            ),
        )
    }

    fn validate_strategies(&self) -> Result<(), ConfigError> {
        let list = |strategies: &[Strategy]| {
            strategies
                .iter()
                .map(|s| s.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let value = format!("[{}]", list(&self.strategies));
        for (index, strategy) in self.strategies.iter().enumerate() {
            if !strategy.is_built() {
                return Err(ConfigError::NotBuilt {
                    field: "strategies",
                    value: strategy.to_string(),
                    available: list(Strategy::BUILT),
                });
            }
            require(
                !self.strategies[..index].contains(strategy),
                "strategies",
                &value,
                format!("without repetition; {strategy} stands there twice"),
            )?;
        }
        require(
            !self.strategies.is_empty(),
            "strategies",
            &value,
            "at least one strategy",
        )?;
        require(
            self.settable || self.strategies.len() == 1,
            "strategies",
            &value,
            "exactly one strategy when settable = false",
        )?;
        require(
            self.link || !self.has(Strategy::S2),
            "link",
            self.link,
            "true with S2, whose checkpoints lie in a backup computer",
        )?;
        require(
            !self.link || self.has(Strategy::S2),
            "link",
            self.link,
            format!("false without S2 (strategies = {value})"),
        )
    }
}
