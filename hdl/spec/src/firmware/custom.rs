//! A strategy of a user's own: a policy row and routines, in a description file, for a settable build that stays as it is.
//!
//! ```toml
//! name = "deferred copying"
//! on = "S4"                       # whose planes, epoch rule and resources it uses
//! routines = ["deferred.s"]       # beside this file; their .vector lines take operations over from the built-in routines
//! operations = [12]               # commands that its routines add
//!
//! [policy]                        # what a write does, by the state of its block
//! clean = ["MARK"]
//! touched = []
//! pending = ["PUSH", "MARK"]
//! pending_touched = ["PUSH", "MARK"]
//! ```

use super::{assemble_over, AssemblyError, Image, Source, ROUTINES, VECTOR_WORDS};
use crate::registers::Operation;
use crate::strategy::{ACTION_WIDTH, CAPTURE, MARK, PUSH, REDIRECT, SAVE};
use crate::{Config, Strategy};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a description cannot be used.
#[derive(Debug, Error)]
pub enum CustomError {
    /// A file of it cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is not what a description looks like.
    #[error("{}: {message}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which field, its value, and what is allowed.
        message: String,
    },
    /// A routine does not assemble.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The build lacks what it stands on.
    #[error("strategy `{name}` stands on {on}: the build must be settable and have {on}")]
    NotInBuild {
        /// Its name.
        name: String,
        /// The strategy it stands on.
        on: Strategy,
    },
}

/// An action of a policy row.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Action {
    Mark,
    Save,
    Push,
    Capture,
    Redirect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    clean: Vec<Action>,
    touched: Vec<Action>,
    pending: Vec<Action>,
    pending_touched: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    on: Strategy,
    routines: Vec<String>,
    #[serde(default)]
    operations: Vec<u8>,
    policy: Policy,
}

/// A user's strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomStrategy {
    /// What it is called.
    pub name: String,
    /// The strategy whose `G_STRATEGY` value its guests have.
    pub on: Strategy,
    /// The value of `G_POLICY` (20 bits).
    pub policy_row: u32,
    /// Numbers of the commands that it adds.
    pub operations: Vec<u8>,
    routines: Vec<(String, String)>,
}

fn policy_row(policy: &Policy) -> u32 {
    let states = [
        &policy.clean,
        &policy.touched,
        &policy.pending,
        &policy.pending_touched,
    ];
    let bits = |action: &Action| match action {
        Action::Mark => MARK,
        Action::Save => SAVE,
        Action::Push => PUSH,
        Action::Capture => CAPTURE,
        Action::Redirect => REDIRECT,
    };
    (0..).zip(states).fold(0, |row, (state, actions)| {
        let action = actions.iter().fold(0, |sum, action| sum | bits(action));
        row | action << (ACTION_WIDTH * state)
    })
}

impl CustomStrategy {
    /// Reads a description and the routines beside it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<CustomStrategy, CustomError> {
        let path = path.as_ref();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|error| CustomError::Unreadable {
                path: path.to_owned(),
                error,
            })
        };
        let malformed = |message: String| CustomError::Malformed {
            path: path.to_owned(),
            message,
        };
        let text = read(path)?;
        let description: Description =
            toml::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let own = Operation::Drop.code() + 1..VECTOR_WORDS as u32;
        for operation in &description.operations {
            if !own.contains(&u32::from(*operation)) {
                return Err(malformed(format!(
                    "operations: {operation}: must be {} to {}",
                    own.start,
                    own.end - 1
                )));
            }
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let routines = description.routines.iter().map(|name| {
            let is_plain = Path::new(name)
                .file_name()
                .is_some_and(|file| file == name.as_str());
            match is_plain && name.ends_with(".s") {
                true => Ok((name.clone(), read(&folder.join(name))?)),
                false => Err(malformed(format!(
                    "routines: `{name}`: must be the name of a .s file beside the description"
                ))),
            }
        });
        Ok(CustomStrategy {
            routines: routines.collect::<Result<_, _>>()?,
            name: description.name,
            on: description.on,
            policy_row: policy_row(&description.policy),
            operations: description.operations,
        })
    }

    /// The firmware: the built-in routines, and its own behind them.
    pub fn assemble(&self, config: &Config) -> Result<Image, CustomError> {
        if !config.settable || !config.has(self.on) {
            return Err(CustomError::NotInBuild {
                name: self.name.clone(),
                on: self.on,
            });
        }
        let own = self
            .routines
            .iter()
            .map(|(file, text)| Source { file, text });
        let own: Vec<Source> = own.collect();
        Ok(assemble_over(ROUTINES, &own, config)?)
    }
}
