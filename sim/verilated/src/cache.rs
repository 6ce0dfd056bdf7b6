//! Where built models live, and how parallel processes share them.

use crate::{Error, Result, Tools};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder of built models and runtime objects, shared by any number of threads and processes.
///
/// Every entry is named by a hash of what it was built from and appears by one atomic rename when it
/// is complete; a lock file per entry lets one process build while the others wait.
/// The folder may be deleted whenever no build runs.
#[derive(Debug, Clone)]
#[must_use]
pub struct Cache {
    folder: PathBuf,
    tools: Tools,
    jobs: usize,
    /// Of a temporary cache, the folder of the one it came from, where what lasts is.
    lasting: Option<PathBuf>,
    /// Deletes a temporary folder with the last clone; the locked file tells that it is in use.
    _temporary: Option<Arc<(TempDir, File)>>,
}

impl Default for Cache {
    /// The folder named by `MCH_CACHE`; otherwise `verilated` in cargo's target folder
    /// (`CARGO_TARGET_DIR`, or `target` beside the nearest `Cargo.lock` upwards from the current folder);
    /// otherwise in the user's cache folder.
    fn default() -> Self {
        Cache::new(default_folder())
    }
}

impl Cache {
    /// A cache in the given folder, which is created when needed.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let jobs =
            std::thread::available_parallelism().map_or(2, |threads| threads.get().clamp(2, 8));
        Cache {
            folder: std::path::absolute(&folder).unwrap_or(folder),
            tools: Tools::default(),
            jobs,
            lasting: None,
            _temporary: None,
        }
    }

    /// A cache whose models go when it and its clones do, for designs that are never built again
    /// (random ones, say). Runtime objects come from, and go to, this cache.
    pub fn temporary(&self) -> Result<Cache> {
        let lasting = self.lasting.as_ref().unwrap_or(&self.folder).clone();
        let all = lasting.join("temporary");
        let _lock = Cache::lock(&all, "making")?;
        remove_orphans(&all);
        let folder = tempfile::tempdir_in(&all).map_err(Error::file("create a folder in", &all))?;
        let alive = Cache::lock(folder.path(), ALIVE)?;
        Ok(Cache {
            folder: folder.path().to_path_buf(),
            lasting: Some(lasting),
            _temporary: Some(Arc::new((folder, alive))),
            ..self.clone()
        })
    }

    /// The same cache with other tools.
    pub fn tools(mut self, tools: Tools) -> Self {
        self.tools = tools;
        self
    }

    /// The same cache with at most this many compilers at a time for one build.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn used_tools(&self) -> &Tools {
        &self.tools
    }

    pub(crate) fn used_jobs(&self) -> usize {
        self.jobs
    }

    /// A sub-folder, created when needed.
    pub(crate) fn sub_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        Ok(folder)
    }

    /// A sub-folder of what lasts even if this cache is temporary, created when needed.
    pub(crate) fn lasting_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.lasting.as_ref().unwrap_or(&self.folder).join(name);
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        Ok(folder)
    }

    /// Waits for and takes the lock of one entry of `folder`; dropping the file, or the end of the
    /// process, gives it back.
    pub(crate) fn lock(folder: &Path, entry: &str) -> Result<File> {
        let folder = folder.join(".locks");
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        let path = folder.join(entry);
        let file = File::create(&path).map_err(Error::file("create", &path))?;
        file.lock().map_err(Error::file("lock", &path))?;
        Ok(file)
    }
}

/// The lock that a temporary cache holds as long as it is used.
const ALIVE: &str = "alive";

/// Removes temporary caches whose processes ended without doing so.
fn remove_orphans(all: &Path) {
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let alive = File::open(entry.path().join(".locks").join(ALIVE));
        if alive.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn default_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("MCH_CACHE").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    if let Some(target) = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(target).join("verilated");
    }
    let here = std::env::current_dir().unwrap_or_default();
    if let Some(workspace) = here
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file())
    {
        return workspace.join("target").join("verilated");
    }
    let user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let user =
        user.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    user.unwrap_or_else(std::env::temp_dir)
        .join("mch")
        .join("verilated")
}
