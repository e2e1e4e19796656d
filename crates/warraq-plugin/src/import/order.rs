//! A plugin's in-order stage as an [`InOrderStage`].

use super::broken;
use super::call::{Strided, Task};
use super::outgoing::Scratch;
use super::{Instance, RawWorker, incoming};
use crate::abi::{BROKEN, OK, Sized32, WqBytes, WqChanges, WqOutput};
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex};
use warraq_core::{Changes, DocView, Error, InOrderStage, LabelNames, Layers, LogLevel, Preparer, Result, StageState};

pub(super) fn in_order(instance: Arc<Instance>) -> Box<dyn InOrderStage> {
    let new = || RawWorker::with_task(Arc::clone(&instance), Task::Prepare);
    let serial = instance.stage.is_serial().then(|| Arc::new(Mutex::new(new())));
    Box::new(PluginStage { instance, serial })
}

struct PluginStage {
    instance: Arc<Instance>,
    /// The one worker of a serial stage.
    serial: Option<Arc<Mutex<RawWorker>>>,
}

impl InOrderStage for PluginStage {
    fn reads(&self) -> Option<Layers> {
        let reads = self.instance.reads();
        (reads != self.instance.stage.info.reads).then_some(reads)
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        match &self.serial {
            Some(worker) => Box::new(SerialPreparer(Arc::clone(worker))),
            None => Box::new(RawWorker::with_task(Arc::clone(&self.instance), Task::Prepare)),
        }
    }

    fn state(&self) -> Box<dyn StageState> {
        let state = RawState::new(&self.instance);
        if !state.is_usable() {
            self.instance.host.log(LogLevel::Error, "the plugin could not make its state");
        }
        Box::new(state)
    }
}

impl Preparer for RawWorker {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        self.call(std::slice::from_ref(doc))?;
        key.extend_from_slice(self.collect_bytes(0)?);
        Ok(())
    }
}

/// A worker that all threads share, one at a time.
struct SerialPreparer(Arc<Mutex<RawWorker>>);

impl Preparer for SerialPreparer {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).prepare(doc, key)
    }
}

/// A plugin's state: the ordered half of an in-order stage.
///
/// Where it can no longer be trusted, [`StageState::decide`] unwinds with a message, as a panic would, but without a word
/// from the panic handler.
pub struct RawState {
    instance: Arc<Instance>,
    /// Null if the plugin could not make it.
    raw: *mut c_void,
    scratch: Scratch,
    views: Strided,
    changes: Strided,
    journal: Strided,
    names: LabelNames,
}

// SAFETY: the header says that a state is used by one thread at a time, and may move.
unsafe impl Send for RawState {}

impl std::fmt::Debug for RawState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawState").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl RawState {
    /// A state with nothing seen yet.
    pub fn new(instance: &Arc<Instance>) -> Self {
        let mut raw = ptr::null_mut();
        let make = instance.stage.table.state;
        // SAFETY: the stage has been built and not destroyed, and there is a place for the state.
        let status = make.map(|make| unsafe { make(instance.raw, &mut raw) });
        let raw = if status == Some(OK) { raw } else { ptr::null_mut() };
        let (views, changes, journal) = Default::default();
        let names = instance.labels().names();
        let instance = Arc::clone(instance);
        RawState { instance, raw, scratch: Scratch::default(), views, changes, journal, names }
    }

    /// Whether the plugin could make it.
    pub fn is_usable(&self) -> bool {
        !self.raw.is_null()
    }
}

impl StageState for RawState {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        let (table, sizes) = (&self.instance.stage.table, self.instance.stage.sizes);
        let Some(decide) = table.decide.filter(|_| !self.raw.is_null()) else {
            broken("the plugin could not make its state".to_owned());
        };
        let view = self.scratch.view(doc, self.instance.stage.info.reads);
        for (array, size) in
            [(&mut self.views, sizes.view), (&mut self.changes, sizes.changes), (&mut self.journal, sizes.output)]
        {
            array.clear(1, size);
        }
        self.views.put(0, sizes.view, &view);
        self.changes.put(0, sizes.changes, &WqChanges::empty());
        self.journal.put(0, sizes.output, &WqOutput::empty());
        // SAFETY: the state is used by this thread alone; the structs have the plugin's own sizes; view and key are borrowed
        // until the call returns.
        let status = unsafe {
            decide(self.raw, self.views.first(), WqBytes::of(key), self.changes.first(), self.journal.first())
        };
        let found: WqChanges = self.changes.get(0, sizes.changes);
        // SAFETY: the call filled it in, and its memory stays until the next.
        let result = unsafe { incoming::result(found.result) };
        if status != OK && result.is_ok() {
            broken(format!("the plugin failed to decide (status {status})"));
        }
        match result {
            Ok(()) => {}
            Err(failure) if failure.is_broken || status == BROKEN => broken(failure.error.message),
            Err(failure) => return Err(*failure.error),
        }
        let remembered: WqOutput = self.journal.get(0, sizes.output);
        // SAFETY: as above.
        unsafe {
            journal.extend_from_slice(incoming::output(&remembered).map_err(|failure| *failure.error)?);
            incoming::changes(&found, &mut self.names, out)
        }
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let replay = self.instance.stage.table.replay.filter(|_| !self.raw.is_null());
        // SAFETY: the state is used by this thread alone; the bytes are borrowed until the call returns.
        match replay.map(|replay| unsafe { replay(self.raw, WqBytes::of(journal)) }) {
            Some(OK) => Ok(()),
            _ => Err(Error::stage("plugin.replay", "the plugin does not know these bytes of a journal")),
        }
    }
}

impl Drop for RawState {
    fn drop(&mut self) {
        if let (false, Some(destroy)) = (self.raw.is_null(), self.instance.stage.table.state_destroy) {
            // SAFETY: made by `state`, destroyed once.
            unsafe { destroy(self.raw) };
        }
    }
}
