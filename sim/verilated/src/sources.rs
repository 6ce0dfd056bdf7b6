//! Reading a design's Verilog, staging it for Verilator, and hashing all that decides the result.

use crate::design::{Design, Source};
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File extensions of text that is included, not compiled by itself.
const HEADER_EXTENSIONS: [&str; 3] = ["vh", "svh", "inc"];
const EXTENSIONS: [&str; 5] = ["v", "sv", "vh", "svh", "inc"];

/// The Verilog of a design, as it was when read, by file name in the order given.
pub(crate) struct Sources {
    files: Vec<(String, Vec<u8>)>,
    included: Vec<(PathBuf, BTreeMap<String, Vec<u8>>)>,
}

impl Sources {
    pub(crate) fn read(design: &Design) -> Result<Self> {
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for source in &design.sources {
            let (name, text) = match source {
                Source::File(path) => {
                    let name = path.file_name().and_then(|name| name.to_str());
                    let name =
                        name.ok_or_else(|| design.refuse(format!("{path:?} is not a file name")))?;
                    (
                        name.to_string(),
                        std::fs::read(path).map_err(Error::file("read", path))?,
                    )
                }
                Source::Text { name, text } => {
                    let mut name = name.clone();
                    if Path::new(&name).extension().is_none() {
                        name.push_str(".v");
                    }
                    (name, text.clone().into_bytes())
                }
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            if name.starts_with(['-', '.']) || !name.chars().all(plain) {
                return Err(design.refuse(format!(
                    "file name `{name}`: letters, digits, `_`, `-` and `.` are allowed"
                )));
            }
            if files.iter().any(|(known, _)| *known == name) {
                return Err(design.refuse(format!("two files are named `{name}`")));
            }
            files.push((name, text));
        }
        if files.is_empty() {
            return Err(design.refuse("it has no source: call `file` or `text`"));
        }
        let included = design
            .include_folders
            .iter()
            .map(|folder| read_folder(folder))
            .collect::<Result<_>>()?;
        Ok(Sources { files, included })
    }

    /// Adds all text to the hash. The place of an include folder does not count, its text does.
    pub(crate) fn hash(&self, hash: &mut Hash) {
        for (name, text) in &self.files {
            hash.field("file", name);
            hash.field("text", text);
        }
        for (_, files) in &self.included {
            hash.field("folder", files.len().to_string());
            for (name, text) in files {
                hash.field("included", name);
                hash.field("text", text);
            }
        }
    }

    /// Writes the files below `folder`/src.
    pub(crate) fn stage(&self, folder: &Path) -> Result<()> {
        let folder = folder.join("src");
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(Error::file("write", &path))?;
        }
        Ok(())
    }

    /// Verilator's arguments that name the staged files.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["+incdir+src".to_string()];
        for (folder, _) in &self.included {
            arguments.push(format!("+incdir+{}", folder.display()));
        }
        let is_header = |name: &str| {
            let extension = Path::new(name)
                .extension()
                .and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| HEADER_EXTENSIONS.contains(&extension))
        };
        let compiled = self.files.iter().filter(|(name, _)| !is_header(name));
        arguments.extend(compiled.map(|(name, _)| format!("src/{name}")));
        arguments
    }
}

fn read_folder(folder: &Path) -> Result<(PathBuf, BTreeMap<String, Vec<u8>>)> {
    let folder = folder.canonicalize().map_err(Error::file("find", folder))?;
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::file("list", &folder))? {
        let path = entry.map_err(Error::file("list", &folder))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_file() && extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) {
            let text = std::fs::read(&path).map_err(Error::file("read", &path))?;
            files.insert(
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                text,
            );
        }
    }
    Ok((folder, files))
}

/// A hash over labelled fields, each with its length, so that no two lists of fields collide.
pub(crate) struct Hash(Sha256);

/// What identifies a build: equal keys mean equal models.
pub(crate) type Key = [u8; 32];

impl Hash {
    pub(crate) fn new(purpose: &str) -> Self {
        let mut hash = Hash(Sha256::new());
        hash.field("purpose", purpose);
        hash
    }

    pub(crate) fn field(&mut self, label: &str, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        self.0.update(format!("{label} {}\n", value.len()));
        self.0.update(value);
    }

    pub(crate) fn finish(self) -> Key {
        self.0.finalize().into()
    }
}

/// A key's first half in hexadecimal, for folder names.
pub(crate) fn short(key: &Key) -> String {
    key[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
