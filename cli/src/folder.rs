//! The output folder: appears whole or not at all, and never takes anyone else's files with it.

use crate::interrupt;
use anyhow::{bail, ensure, Context, Result};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Texts by path inside the output folder, with `/`.
pub type Files = BTreeMap<String, String>;

/// The command that writes a folder, and how its folders are known.
pub struct Owner {
    /// Its name.
    pub command: &'static str,
    /// The file that marks a folder as its own.
    pub marker: &'static str,
    /// The first line of that file.
    pub marker_line: &'static str,
    /// The file that lists others which earlier runs may have written, a path a line.
    pub list: &'static str,
    /// Files that earlier runs may have written and no list names.
    pub optional: &'static [&'static str],
}

/// A file that is not as it would be written.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "file", rename_all = "snake_case")]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// Its text is another.
    Different(String),
    /// It would not be written.
    Unexpected(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::Missing(file) => write!(f, "{file} is missing"),
            Difference::Different(file) => write!(f, "{file} differs"),
            Difference::Unexpected(file) => write!(f, "{file} would not be written"),
        }
    }
}

/// Compares a folder with what would be written.
pub fn compare(output: &Path, files: &Files) -> Result<Vec<Difference>> {
    ensure!(output.is_dir(), "{}: is not a folder", output.display());
    let present = contents(output)?;
    let mut differences = Vec::new();
    for (file, text) in files {
        if !present.contains(file) {
            differences.push(Difference::Missing(file.clone()));
            continue;
        }
        let path = output.join(file);
        let found = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if found != text.as_bytes() {
            differences.push(Difference::Different(file.clone()));
        }
    }
    let unexpected = present.into_iter().filter(|file| !files.contains_key(file));
    differences.extend(unexpected.map(Difference::Unexpected));
    Ok(differences)
}

/// What would be written: a link stays a link, and what it points to is replaced.
fn target_of(output: &Path) -> Result<PathBuf> {
    match fs::canonicalize(output) {
        Ok(path) => Ok(path),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            Ok(std::path::absolute(output)?)
        }
        Err(error) => Err(error).with_context(|| output.display().to_string()),
    }
}

/// Refuses a folder that [`write`] would refuse, before there is anything to write.
pub fn examine(output: &Path, files: &BTreeSet<String>, owner: &Owner) -> Result<()> {
    let target = target_of(output)?;
    may_be_replaced(&target, |file| files.contains(file), owner)?;
    Ok(())
}

/// Writes a folder beside the output, then puts it in the output's place.
pub fn write(output: &Path, files: &Files, owner: &Owner) -> Result<()> {
    let target = target_of(output)?;
    let is_there = may_be_replaced(&target, |file| files.contains_key(file), owner)?;
    let parent = target
        .parent()
        .with_context(|| format!("{}: has no folder around it", target.display()))?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let fresh = folder_beside(parent)?;
    for (file, text) in files {
        write_file(&fresh.path().join(file), text)?;
    }
    interrupt::check()?;
    if !is_there {
        return rename(&fresh.keep(), &target);
    }
    // The old folder moves aside first: a rename replaces an empty folder only.
    let aside = folder_beside(parent)?.keep();
    let old = aside.join("old");
    let fresh = fresh.keep();
    let moved = rename(&target, &old).and_then(|()| {
        rename(&fresh, &target).inspect_err(|_| {
            let _ = fs::rename(&old, &target);
        })
    });
    // Where the old folder could neither be replaced nor put back, it stays where it is.
    if moved.is_err() {
        let _ = fs::remove_dir_all(&fresh);
        let _ = fs::remove_dir(&aside);
    } else {
        let _ = fs::remove_dir_all(&aside);
    }
    moved
}

fn folder_beside(parent: &Path) -> Result<TempDir> {
    tempfile::Builder::new()
        .prefix(".mch-")
        // The user's mask applies, as to any other folder.
        .permissions(fs::Permissions::from_mode(0o777))
        .tempdir_in(parent)
        .with_context(|| format!("cannot create a folder in {}", parent.display()))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create_new(path)?;
        file.write_all(text.as_bytes())?;
        // A full disk may show only here.
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Whether there is a folder; an error if it is not one that may be replaced.
fn may_be_replaced(
    target: &Path,
    is_written: impl Fn(&str) -> bool,
    owner: &Owner,
) -> Result<bool> {
    let (shown, command) = (target.display(), owner.command);
    if !target.exists() {
        // The nearest that is there must be a folder.
        let around = target.ancestors().skip(1).find(|path| path.exists());
        ensure!(
            around.is_none_or(Path::is_dir),
            "{}: {} is a file; a folder must be there",
            shown,
            around.unwrap_or(target).display()
        );
        return Ok(false);
    }
    ensure!(
        target.is_dir(),
        "{shown}: is a file; the output is a folder"
    );
    let present = contents(target)?;
    if present.is_empty() {
        return Ok(true);
    }
    let marker = fs::read_to_string(target.join(owner.marker)).unwrap_or_default();
    if marker.lines().next() != Some(owner.marker_line) {
        bail!("{shown}: is not empty, and {command} did not write it; choose another folder");
    }
    // An earlier run may have written files that this one does not; its own list names them.
    let list = fs::read_to_string(target.join(owner.list)).unwrap_or_default();
    let listed: BTreeSet<&str> = list.lines().collect();
    let is_ours = |file: &str| listed.contains(file) || owner.optional.contains(&file);
    let foreign = present
        .iter()
        .find(|file| !is_written(file) && !is_ours(file));
    if let Some(file) = foreign {
        bail!("{shown}: {file} is not from {command}, which would remove it; move it away");
    }
    Ok(true)
}

/// Everything in a folder that is not a folder, and empty folders; paths with `/`.
fn contents(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    collect(folder, PathBuf::new(), &mut found)
        .with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(found)
}

fn collect(root: &Path, inside: PathBuf, found: &mut BTreeSet<String>) -> std::io::Result<()> {
    let mut is_empty = true;
    for entry in fs::read_dir(root.join(&inside))? {
        let entry = entry?;
        is_empty = false;
        let path = inside.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, path, found)?;
        } else {
            found.insert(path.to_string_lossy().into_owned());
        }
    }
    if is_empty && inside != Path::new("") {
        found.insert(inside.to_string_lossy().into_owned());
    }
    Ok(())
}
