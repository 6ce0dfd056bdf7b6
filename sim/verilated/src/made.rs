//! What else is made once and kept beside the models: netlists, say.

use crate::build::remove_abandoned;
use crate::sources::{short, Hash};
use crate::{Cache, Error};
use std::path::{Path, PathBuf};

impl Cache {
    /// The folder of what `make` made once from what the fields say, each with its name; if it is not there, `make` is called with an
    /// empty folder, which takes its place when all is done. Kinds keep different things apart.
    ///
    /// # Errors
    /// Of `make`, or of the file system. Of a `make` that failed nothing is kept.
    pub fn made<E: From<Error>>(
        &self,
        kind: &str,
        fields: &[(&str, &[u8])],
        make: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let mut hash = Hash::new(kind);
        for (label, value) in fields {
            hash.field(label, value);
        }
        let entry = short(&hash.finish());
        let all = self.sub_folder(kind)?;
        let folder = all.join(&entry);
        if folder.is_dir() {
            return Ok(folder);
        }
        let _lock = Cache::lock(&all, &entry)?;
        if folder.is_dir() {
            return Ok(folder);
        }
        let prefix = format!(".making-{entry}-");
        remove_abandoned(&all, &prefix);
        let making = tempfile::Builder::new().prefix(&prefix).tempdir_in(&all);
        let making = making.map_err(Error::file("create a folder in", &all))?;
        make(making.path())?;
        std::fs::rename(making.path(), &folder).map_err(Error::file("create", &folder))?;
        // Renamed away: there is nothing left to remove.
        let _ = making.keep();
        Ok(folder)
    }
}
