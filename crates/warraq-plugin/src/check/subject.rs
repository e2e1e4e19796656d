//! A stage under test: built as often as needed, and its workers, whatever they do.

use super::MakeResources;
use super::documents::{Buffers, copy};
use super::outcome::Outcome;
use crate::import::{Instance, RawStage, RawWorker};
use serde_json::Value;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Changes, Document, Labels, LogLevel, MemoryResources, OptionError, Order, Resources, Services,
};

/// Where the stage's files come from, each time it is built.
pub(super) enum Files {
    Memory(MemoryResources),
    Made(MakeResources),
}

impl Files {
    pub(super) fn make(&self) -> Box<dyn Resources> {
        match self {
            Files::Memory(files) => Box::new(files.clone()),
            Files::Made(make) => make(),
        }
    }
}

/// A stage with options that it takes.
pub(super) struct Subject {
    pub(super) stage: Arc<RawStage>,
    pub(super) options: Value,
    files: Files,
    /// One table for all that is built, so that ids can be compared.
    pub(super) labels: Labels,
}

impl Subject {
    pub(super) fn new(stage: Arc<RawStage>, options: Value, files: Files, labels: Labels) -> Self {
        Subject { stage, options, files, labels }
    }

    /// Does something with what a stage is built with.
    pub(super) fn building<T>(&self, services: Arc<dyn Services>, build: impl FnOnce(&mut BuildContext<'_>) -> T) -> T {
        let mut files = self.files.make();
        let mut cx = BuildContext::new("check.stage", &self.labels, &mut *files);
        cx.services = services;
        build(&mut cx)
    }

    pub(super) fn build(&self) -> Result<Arc<Instance>, OptionError> {
        self.building(Arc::new(Silent), |cx| self.stage.create(&self.options, cx).map(Arc::new))
    }
}

/// Takes messages, and shows them to nobody.
pub(super) struct Silent;

impl Services for Silent {
    fn log(&self, _: LogLevel, _: &str, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// A worker, and what is needed to judge what it hands over.
pub(super) struct Hand {
    worker: RawWorker,
    instance: Arc<Instance>,
    does: Does,
    changes: Changes,
    stages: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Changes,
    Keys,
    Records,
}

impl Hand {
    pub(super) fn new(subject: &Subject, instance: &Arc<Instance>) -> Self {
        let does = match (subject.stage.is_export(), subject.stage.info.order) {
            (true, _) => Does::Records,
            (false, Order::InOrder) => Does::Keys,
            (false, Order::Parallel) => Does::Changes,
        };
        Hand {
            worker: RawWorker::for_stage(Arc::clone(instance)),
            instance: Arc::clone(instance),
            does,
            changes: Changes::new(),
            stages: vec!["check.first".into(), "check.second".into()],
        }
    }

    /// Has the worker take these documents in one call. Each is in memory of its own, which is overwritten before the results
    /// are looked at if `spoil` says so.
    pub(super) fn run(&mut self, docs: &[&Document], spoil: bool) -> Vec<Outcome> {
        let mut buffers: Vec<Buffers> = docs.iter().map(|doc| Buffers::of(doc)).collect();
        let called = match self.does {
            Does::Records => {
                let views: Vec<_> = buffers.iter().map(|b| (b.view(), b.origin())).collect();
                self.worker.call_whole(&views, &self.stages)
            }
            Does::Changes | Does::Keys => {
                let views: Vec<_> = buffers.iter().map(Buffers::view).collect();
                self.worker.call(&views)
            }
        };
        if spoil {
            buffers.iter_mut().for_each(Buffers::spoil);
            self.worker.spoil_views();
        }
        if let Err(error) = called {
            return docs.iter().map(|_| Outcome::of_error(&error)).collect();
        }
        docs.iter().enumerate().map(|(n, doc)| self.collect(n, doc)).collect()
    }

    /// What came of one document of the last call.
    fn collect(&mut self, n: usize, doc: &Document) -> Outcome {
        if self.does != Does::Changes {
            return match self.worker.collect_bytes(n) {
                Ok(bytes) => Outcome::of_bytes(bytes),
                Err(error) => Outcome::of_error(&error),
            };
        }
        self.changes.clear();
        match self.worker.collect(n, &mut self.changes) {
            Ok(()) => judge(&mut self.changes, doc, &self.instance),
            Err(error) => Outcome::of_error(&error),
        }
    }
}

/// What changes are worth: they are carried out on a copy of the document, as a run would.
pub(super) fn judge(changes: &mut Changes, doc: &Document, instance: &Instance) -> Outcome {
    let outcome = Outcome::of_changes(changes, instance.labels());
    match copy(doc).apply(changes, 1, instance.info().writes) {
        Ok(()) => outcome,
        Err(error) => Outcome::of_error(&error),
    }
}
