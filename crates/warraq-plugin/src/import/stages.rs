//! A plugin's parallel stage as a [`Stage`].

use super::{Instance, RawWorker};
use std::sync::{Arc, Mutex};
use warraq_core::{Changes, DocView, Layers, Result, Stage, Worker};

pub(super) fn parallel(instance: Arc<Instance>) -> Box<dyn Stage> {
    let serial = instance.stage.is_serial().then(|| Arc::new(Mutex::new(RawWorker::new(Arc::clone(&instance)))));
    Box::new(PluginStage { instance, serial })
}

struct PluginStage {
    instance: Arc<Instance>,
    /// The one worker of a serial stage.
    serial: Option<Arc<Mutex<RawWorker>>>,
}

impl Stage for PluginStage {
    fn reads(&self) -> Option<Layers> {
        let reads = self.instance.reads();
        (reads != self.instance.stage.info.reads).then_some(reads)
    }

    fn worker(&self) -> Box<dyn Worker> {
        match &self.serial {
            Some(worker) => Box::new(SerialWorker(Arc::clone(worker))),
            None => Box::new(RawWorker::new(Arc::clone(&self.instance))),
        }
    }
}

impl Worker for RawWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.call(std::slice::from_ref(doc))?;
        self.collect(0, out)
    }
}

/// A worker that all threads share, one at a time.
struct SerialWorker(Arc<Mutex<RawWorker>>);

impl Worker for SerialWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).process(doc, out)
    }
}
