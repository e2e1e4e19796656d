//! What the program does for the stages and formats it builds: it hears their messages, and tells them when the run ends.

use super::deadline;
use crate::run::Cancel;
use crate::secret::Secrets;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::{fmt, fs, io};
use warraq_core::{LogLevel, Scratch, Services};

type Listener = dyn Fn(LogLevel, &str, &str) + Send + Sync;

/// Who hears the messages of stages and formats; nobody by default.
#[derive(Clone, Default)]
pub struct LogSink(Option<Arc<Listener>>);

impl LogSink {
    /// Calls `listener` with the level, the name that the stage has in the pipeline and the message. It is called from any
    /// thread.
    pub fn new(listener: impl Fn(LogLevel, &str, &str) + Send + Sync + 'static) -> Self {
        LogSink(Some(Arc::new(listener)))
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "LogSink(..)" } else { "LogSink" })
    }
}

/// The services of one plan.
#[derive(Debug, Default)]
pub(crate) struct RunServices {
    log: LogSink,
    /// The pipeline file's folder, and the one that outputs go to.
    folders: OnceLock<(PathBuf, PathBuf)>,
    /// What the state of a stage may hold that asks for a share of the run's memory.
    index_memory: OnceLock<usize>,
    /// Of the runs under way. One plan can be run many times, also at the same time.
    cancels: RwLock<Vec<Cancel>>,
    /// What a message must not say.
    secrets: Secrets,
}

impl RunServices {
    pub(super) fn new(log: LogSink, secrets: Secrets) -> Self {
        RunServices { log, secrets, ..Self::default() }
    }

    /// Says where temporary files go: to `outputs`, unless a stage names a folder, which starts at `base`.
    pub(super) fn set_scratch(&self, base: &Path, outputs: &Path) {
        // A plan is compiled once.
        let _ = self.folders.set((base.into(), outputs.into()));
    }

    /// Says how many bytes each index may take, if there is a ceiling.
    pub(super) fn set_index_memory(&self, bytes: Option<usize>) {
        if let Some(bytes) = bytes {
            let _ = self.index_memory.set(bytes);
        }
    }

    /// Listens to what stops a run, until the guard is dropped.
    pub(crate) fn attach(&self, cancel: &Cancel) -> Attached<'_> {
        self.cancels.write().unwrap_or_else(PoisonError::into_inner).push(cancel.clone());
        Attached { services: self, cancel: cancel.clone() }
    }
}

impl Services for RunServices {
    fn log(&self, level: LogLevel, stage: &str, message: &str) {
        if let Some(listener) = &self.log.0 {
            listener(level, stage, &self.secrets.hide(message));
        }
    }

    /// A stage does not know which run it works for: it may give up only when no run wants its result. Its time is up on the
    /// thread on which it was called.
    fn cancelled(&self) -> bool {
        if deadline::is_past() {
            return true;
        }
        let cancels = self.cancels.read().unwrap_or_else(PoisonError::into_inner);
        !cancels.is_empty() && cancels.iter().all(|cancel| cancel.signal().is_some())
    }

    fn index_memory(&self) -> Option<usize> {
        self.index_memory.get().copied()
    }

    fn scratch(&self, folder: Option<&str>) -> io::Result<Box<dyn Scratch>> {
        let (base, outputs) = self.folders.get().ok_or_else(|| io::Error::other("the plan is not complete yet"))?;
        let folder = folder.map_or_else(|| outputs.clone(), |folder| base.join(folder));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let made = fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
        let named = |e: io::Error| io::Error::new(e.kind(), format!("a temporary file in {}: {e}", folder.display()));
        Ok(Box::new(made.map_err(named)?))
    }
}

/// A run that is under way.
pub(crate) struct Attached<'a> {
    services: &'a RunServices,
    cancel: Cancel,
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        let mut cancels = self.services.cancels.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = cancels.iter().position(|cancel| Arc::ptr_eq(&cancel.flag(), &self.cancel.flag())) {
            cancels.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_may_give_up_when_no_run_goes_on() {
        let services = RunServices::default();
        let (one, two) = (Cancel::new(), Cancel::new());
        one.cancel(2);
        assert!(!services.cancelled(), "a run that has not started stops nobody");
        let first = services.attach(&one);
        assert!(services.cancelled());
        let second = services.attach(&two);
        assert!(!services.cancelled(), "the second run goes on");
        two.cancel(15);
        assert!(services.cancelled());
        drop(second);
        drop(first);
        assert!(!services.cancelled(), "a plan can be run again");
    }
}
