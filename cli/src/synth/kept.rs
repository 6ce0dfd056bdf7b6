//! Results that a later run takes up, as long as they are of the same sources and tools.

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// The file of a result, and what it must be of.
pub struct Kept {
    path: PathBuf,
    key: String,
}

#[derive(Serialize, Deserialize)]
struct File<T> {
    /// A hash of all that the result depends on.
    key: String,
    result: T,
}

impl Kept {
    /// The result of what these parts say, in this file.
    pub fn new<'a>(path: PathBuf, parts: impl IntoIterator<Item = &'a str>) -> Kept {
        let mut hash = Sha256::new();
        for part in parts {
            // The length first: where a part ends makes a difference.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let key = hash.finalize();
        Kept {
            path,
            key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// What it depends on, for the key of what depends on it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The result; none if there is none, or one of something else.
    pub fn result<T: DeserializeOwned>(&self) -> Option<T> {
        let text = fs::read_to_string(&self.path).ok()?;
        let file: File<T> = serde_json::from_str(&text).ok()?;
        (file.key == self.key).then_some(file.result)
    }

    /// Keeps a result in the place of an older one.
    pub fn keep<T: Serialize>(&self, result: &T) -> Result<()> {
        let file = File {
            key: self.key.clone(),
            result,
        };
        fs::write(&self.path, serde_json::to_string_pretty(&file)?)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_counts_for_what_it_is_of() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let kept = |parts: &[&str]| Kept::new(folder.path().join("it"), parts.iter().copied());
        let first = kept(&["unit", "tool 1"]);
        assert_eq!(first.result::<u32>(), None);
        first.keep(&7)?;
        assert_eq!(first.result(), Some(7));
        assert_eq!(kept(&["unit", "tool 2"]).result::<u32>(), None);
        assert_eq!(kept(&["unitt", "ool 1"]).result::<u32>(), None);
        kept(&["unit", "tool 2"]).keep(&8)?;
        assert_eq!(first.result::<u32>(), None);
        // Of a run that was ended while it wrote.
        fs::write(folder.path().join("it"), "{\"key\":")?;
        assert_eq!(first.result::<u32>(), None);
        Ok(())
    }
}
