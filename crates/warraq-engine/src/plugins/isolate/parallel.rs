//! A parallel stage in worker processes.

use super::desk::{Desk, Recipe};
use std::sync::{Arc, Mutex};
use warraq_core::{BatchStage, BatchWorker, Changes, DocView, Layers, Result};
use warraq_plugin::wire::MAX_BATCH;

pub(super) fn stage(recipe: Arc<Recipe>, reads: Option<Layers>, serial: bool) -> Box<dyn BatchStage> {
    let shared = serial.then(|| Arc::new(Mutex::new(Desk::new(&recipe))));
    Box::new(IsolatedStage { recipe, reads, shared })
}

struct IsolatedStage {
    recipe: Arc<Recipe>,
    reads: Option<Layers>,
    /// The one worker of a serial stage.
    shared: Option<Arc<Mutex<Desk>>>,
}

impl BatchStage for IsolatedStage {
    fn reads(&self) -> Option<Layers> {
        self.reads
    }

    fn batch(&self) -> usize {
        MAX_BATCH
    }

    fn worker(&self) -> Result<Box<dyn BatchWorker>> {
        Ok(match &self.shared {
            Some(desk) => Box::new(SharedWorker(Arc::clone(desk))),
            None => Box::new(IsolatedWorker(Desk::new(&self.recipe))),
        })
    }
}

struct IsolatedWorker(Desk);

impl BatchWorker for IsolatedWorker {
    fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]) {
        self.0.process(docs, out, results);
    }
}

/// A worker that all threads share, one at a time.
struct SharedWorker(Arc<Mutex<Desk>>);

impl BatchWorker for SharedWorker {
    fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).process(docs, out, results);
    }
}
