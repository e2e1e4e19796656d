//! Runs stages in this process and in others, and shows what came of it.

use crate::{GENEROUS, MODE, plugin};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use warraq_core::testing::describe;
use warraq_core::{
    BuildContext, Built, Changes, Document, Labels, LogLevel, MemoryResources, OptionError, Services, StageDef, Verdict,
};
use warraq_engine::plugins::isolate::{Isolation, WorkerCommand, definition, describe as ask};
use warraq_plugin::wire::Description;

/// This program as a worker of this kind.
pub(crate) fn isolation(mode: &str) -> Isolation {
    let command = WorkerCommand {
        program: std::env::current_exe().unwrap(),
        args: Vec::new(),
        // Their panics are meant.
        env: vec![(MODE.into(), mode.into()), ("RUST_BACKTRACE".into(), "0".into())],
    };
    let mut isolation = Isolation::new(command);
    isolation.timeout = Some(GENEROUS);
    isolation.start_timeout = Some(GENEROUS);
    isolation
}

/// The plugin's stages under the names of the built-in ones: isolated, and in this process.
pub(crate) struct Stages {
    pub(crate) isolation: Arc<Isolation>,
    description: Description,
}

impl Stages {
    pub(crate) fn new() -> Self {
        Self::with(isolation("plugin"))
    }

    pub(crate) fn with(isolation: Isolation) -> Self {
        let description = Description::of(&plugin());
        Stages { isolation: Arc::new(isolation), description }
    }

    pub(crate) fn isolated(&self, name: &str) -> StageDef {
        let (family, rest) = name.split_once('.').unwrap_or(("test", name));
        definition(&self.isolation, self.description.stage(rest).unwrap(), family)
    }

    pub(crate) fn in_process(name: &str) -> StageDef {
        let (family, rest) = name.split_once('.').unwrap_or(("test", name));
        plugin().stage(rest).unwrap().definition(family)
    }

    /// All names, with their families.
    pub(crate) fn built_in() -> BTreeMap<String, ()> {
        warraq_stages::testing::exported().iter().map(|stage| (stage.info.name.to_string(), ())).collect()
    }
}

pub(crate) fn describe_by(isolation: &Isolation) -> Result<Description, String> {
    ask(isolation).map_err(|e| format!("{e} | {}", e.help()))
}

pub(crate) fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

/// Collects messages, and says that the run is cancelled once it is.
#[derive(Default)]
pub(crate) struct Listener {
    pub(crate) messages: Mutex<Vec<(LogLevel, String, String)>>,
    pub(crate) cancelled: AtomicBool,
}

impl Services for Listener {
    fn log(&self, level: LogLevel, stage: &str, message: &str) {
        self.messages.lock().unwrap().push((level, stage.to_owned(), message.to_owned()));
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// What stages are built and run with.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) labels: Labels,
    pub(crate) files: MemoryResources,
    pub(crate) listener: Arc<Listener>,
}

impl World {
    pub(crate) fn build(&mut self, stage: &StageDef, options: Value) -> Result<Built, OptionError> {
        let services = Arc::clone(&self.listener) as Arc<dyn Services>;
        let mut cx = BuildContext { name: "stage", labels: &self.labels, resources: &mut self.files, services };
        (stage.build)(options, &mut cx)
    }

    /// What came of a document, in full.
    pub(crate) fn show(&self, doc: &Document) -> String {
        let name = |id| self.labels.try_name(id);
        let columns: Vec<_> = doc
            .view()
            .columns
            .iter()
            .map(|c| (name(c.name), c.layer, (0..c.cells.len()).map(|n| doc.cell(c, n)).collect::<Vec<_>>()))
            .collect();
        let verdict = match doc.verdict() {
            Verdict::Dropped { reason, message, .. } => format!("dropped {:?} {message}", name(*reason)),
            other => format!("{other:?}"),
        };
        let sources: Vec<_> = doc.spans().iter().map(|s| (name(s.source), s.score)).collect();
        let meta: Vec<_> = doc.view().meta.iter().collect();
        let words = doc.view().words;
        let seen = describe(doc, &self.labels);
        format!("{seen:?} {columns:?} {verdict} {sources:?} {meta:?} {words:?} {:?} {}", doc.lang(), doc.source())
    }

    /// Takes documents through a stage, so many at a time, and shows what came of each: the document, or reason and message of
    /// its failure.
    pub(crate) fn run(
        &self,
        built: &Built,
        stage: &StageDef,
        docs: &mut [Document],
        batch: usize,
    ) -> Vec<Result<String, (String, String)>> {
        let mut shown = Vec::new();
        let mut step = |doc: &mut Document, result: warraq_core::Result<()>, changes: &mut Changes| {
            let result = result.and_then(|()| doc.apply(changes, 0, stage.info.writes));
            shown.push(result.map(|()| self.show(doc)).map_err(|e| (e.reason.to_string(), e.message)));
        };
        match built {
            Built::Batch(stage) => {
                let mut worker = stage.worker().unwrap();
                for docs in docs.chunks_mut(batch) {
                    let mut out: Vec<Changes> = docs.iter().map(|_| Changes::new()).collect();
                    let mut results: Vec<_> = docs.iter().map(|_| Ok(())).collect();
                    let views: Vec<_> = docs.iter().map(Document::view).collect();
                    worker.process(&views, &mut out, &mut results);
                    for ((doc, result), changes) in docs.iter_mut().zip(results).zip(&mut out) {
                        step(doc, result, changes);
                    }
                }
            }
            Built::Parallel(stage) => {
                let mut worker = stage.worker();
                for doc in docs {
                    let mut changes = Changes::new();
                    let result = worker.process(&doc.view(), &mut changes);
                    step(doc, result, &mut changes);
                }
            }
            Built::InOrder(stage) => {
                let (mut preparer, mut state) = (stage.preparer(), stage.state());
                for doc in docs {
                    let (mut key, mut changes) = (Vec::new(), Changes::new());
                    let prepared = preparer.prepare(&doc.view(), &mut key);
                    let result = prepared.and_then(|()| state.decide(&doc.view(), &key, &mut changes, &mut Vec::new()));
                    step(doc, result, &mut changes);
                }
            }
        }
        shown
    }
}

/// Documents of these texts.
pub(crate) fn documents<T: AsRef<str>>(texts: &[T]) -> Vec<Document> {
    texts.iter().enumerate().map(|(n, text)| Document::with_text(&format!("doc-{n}"), text.as_ref())).collect()
}

pub(crate) fn no_options() -> Value {
    json!({})
}

/// The processes that this one has started and that are still there, dead or alive.
pub(crate) fn children() -> Vec<String> {
    let me = format!(" {} ", std::process::id());
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let stats = processes.flatten().filter_map(|p| std::fs::read_to_string(p.path().join("stat")).ok());
    // After the name in parentheses come the state and the parent.
    stats
        .filter(|s| s.rsplit(')').next().is_some_and(|rest| rest.get(2..).is_some_and(|r| r.starts_with(&me))))
        .collect()
}
