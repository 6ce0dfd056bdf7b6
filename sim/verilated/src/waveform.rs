//! The files a running model writes: waveforms and coverage.

use crate::{Instance, Result, StopKind, Stopped};
use std::ffi::CString;
use std::path::Path;

impl Instance {
    /// Opens a waveform file, in the format the model was built for; one already open is closed.
    pub fn open_trace(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let (path, text) = self.file(path.as_ref())?;
        // SAFETY: `raw` is live, the path is terminated.
        match unsafe { (self.library.functions.open_trace)(self.entered(), text.as_ptr()) } {
            0 => Ok(()),
            2 => Err(self.not_built("waveforms", "trace")),
            _ => Err(self.failed(format!("the waveform {} cannot be written", path.display()))),
        }
    }

    /// Writes the values of all signals to the waveform at the current time, which must have grown
    /// since the last dump. [`cycle`](Self::cycle) does so by itself. Nothing happens when none is open.
    pub fn dump(&mut self) {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.dump_trace)(self.entered()) }
    }

    /// Writes what is buffered to the waveform file.
    pub fn flush_trace(&mut self) {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.flush_trace)(self.entered()) }
    }

    /// Closes the waveform file. Dropping the instance does so too, but cannot tell of an error.
    ///
    /// # Errors
    /// When a part of it could not be written: the disk is full, say.
    pub fn close_trace(&mut self) -> Result<(), Box<Stopped>> {
        // SAFETY: `raw` is live.
        unsafe { (self.library.functions.close_trace)(self.entered()) }
        match self.eval() {
            Err(stopped) if stopped.kind == StopKind::Fatal => Err(stopped),
            _ => Ok(()),
        }
    }

    /// Writes the coverage counted so far, for `verilator_coverage`.
    pub fn write_coverage(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let (path, text) = self.file(path.as_ref())?;
        let _ = std::fs::remove_file(path);
        // SAFETY: `raw` is live, the path is terminated.
        match unsafe { (self.library.functions.write_coverage)(self.entered(), text.as_ptr()) } {
            2 => Err(self.not_built("coverage", "coverage(true)")),
            // Verilator does not say whether it could write.
            _ if path.is_file() => Ok(()),
            _ => Err(self.failed(format!(
                "the coverage file {} cannot be written",
                path.display()
            ))),
        }
    }

    fn file<'a>(&self, path: &'a Path) -> Result<(&'a Path, CString)> {
        let text = CString::new(path.as_os_str().as_encoded_bytes())
            .map_err(|_| self.failed(format!("the path {path:?} has a zero byte")))?;
        Ok((path, text))
    }
}
