//! A small world for the engine: formats of one line per document, and stages that misbehave when the text says so.
//!
//! A document's text is its line. Words in it are orders: `!process` makes `test.mark` panic, `?decide` makes `test.dedup`
//! fail while deciding, and so on; see each stage.

mod formats;
mod stages;

pub(crate) use stages::Dedup;

use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once};
use tempfile::TempDir;
use warraq_core::{Error, LogLevel, Registry, Result};
use warraq_engine::config::{self, Surroundings};
use warraq_engine::diagnostic::{Diagnostics, Files, render};
use warraq_engine::plan::{self, LogSink, Overrides, Plan};
use warraq_engine::run::{self, Cancel, Observer, Outcome, Resume, RunOptions};

/// A pipeline of test stages in a folder of its own.
pub(crate) struct World {
    folder: TempDir,
    overrides: Overrides,
    limit: Option<u64>,
    pub(crate) resume: Resume,
    source: &'static str,
    exports: String,
    /// What stages and formats have to tell the tests, in the order they did.
    told: Told,
}

/// What a stage or format did, for tests to look at.
pub(crate) type Told = Arc<Mutex<Vec<String>>>;

/// The export that every pipeline has unless it is given others.
pub(crate) const ALL: &str = "[[export]]\nuse = \"lines\"\npath = \"out/all.txt\"\n";

/// What a run left.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    /// The export, if it was published.
    pub(crate) export: Option<String>,
    pub(crate) rejects: Vec<Value>,
    /// Files in the output folder, by name.
    pub(crate) files: Vec<String>,
}

impl Ran {
    /// The texts of the exported documents, between header and footer.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let export = self.export.as_deref().expect("the run published its export");
        let lines = export.strip_prefix("head\n").and_then(|rest| rest.strip_suffix("foot\n")).expect("head and foot");
        lines.lines().map(|line| line.split('\t').nth(1).unwrap()).collect()
    }

    /// Of each reject: id, verdict, stage, reason.
    pub(crate) fn fates(&self) -> Vec<[&str; 4]> {
        self.rejects
            .iter()
            .map(|r| ["id", "verdict", "stage", "reason"].map(|k| r[k].as_str().unwrap_or("-")))
            .collect()
    }
}

impl World {
    /// A folder with these inputs, read in the order of their names.
    pub(crate) fn new(inputs: &[(&str, &str)]) -> Self {
        quiet_panics();
        let folder = tempfile::tempdir().unwrap();
        let told = Told::default();
        for (name, text) in inputs {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        World {
            folder,
            overrides: Overrides { threads: Some(2), log: log(&told), ..Overrides::default() },
            limit: None,
            resume: Resume::No,
            source: "lines",
            exports: ALL.into(),
            told,
        }
    }

    /// Writes these exports instead of `out/all.txt`.
    pub(crate) fn exports(mut self, exports: &[&str]) -> Self {
        self.exports = exports.concat();
        self
    }

    /// Moves outputs to a folder of this name.
    pub(crate) fn out(mut self, folder: &str) -> Self {
        self.overrides.out = Some(self.path(folder));
        self
    }

    /// Takes what was told since the last time.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// What stands in a file of the output folder.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path("out").join(name)).ok()
    }

    pub(crate) fn threads(mut self, threads: usize, window: u64) -> Self {
        self.overrides.threads = Some(threads);
        self.overrides.window = Some(window);
        self
    }

    pub(crate) fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Reads the inputs with another format than `lines`.
    pub(crate) fn source(mut self, format: &'static str) -> Self {
        self.source = format;
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Compiles a pipeline of these stages over all `*.in` files.
    pub(crate) fn plan(&self, stages: &str) -> Arc<Plan> {
        let (plan, problems) = self.compile(stages);
        Arc::new(plan.unwrap_or_else(|| panic!("{problems}")))
    }

    /// As [`World::plan`], with all problems as they are shown.
    pub(crate) fn compile(&self, stages: &str) -> (Option<Plan>, String) {
        let (source, exports) = (self.source, &self.exports);
        let orders = self.path("orders");
        let options = if source == "faulty" { format!("orders = {orders:?}\n") } else { String::new() };
        let text =
            format!("warraq = 1\n{stages}\n[[source]]\nuse = \"{source}\"\npaths = [\"*.in\"]\n{options}{exports}");
        let (mut files, path) = (Files::new(), self.path("pipeline.toml"));
        let (spec, mut found): (_, Diagnostics) =
            config::load(&mut files, "pipeline.toml", &text, &Surroundings::default());
        let plan =
            spec.and_then(|spec| plan::compile(&spec, &path, &registry(&self.told), &self.overrides, &mut found));
        (plan, render(&found, &files, false))
    }

    pub(crate) fn run(&self, stages: &str) -> Ran {
        self.run_observed(stages, &Cancel::new(), &mut ())
    }

    pub(crate) fn run_observed(&self, stages: &str, cancel: &Cancel, observer: &mut dyn Observer) -> Ran {
        let options = RunOptions { limit: self.limit, resume: self.resume, ..RunOptions::default() };
        let mut outcome = run::run(&self.plan(stages), &options, cancel, observer);
        outcome.settle().unwrap();
        let rejects = self.read("rejects.jsonl").unwrap_or_default();
        let mut files: Vec<String> = match std::fs::read_dir(self.path("out")) {
            Ok(entries) => entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        Ran {
            outcome,
            export: self.read("all.txt"),
            rejects: rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            files,
        }
    }
}

/// Panics on worker threads are what these tests are about; their messages would only hide others.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str().is_none_or(|text| !text.starts_with("on purpose")) {
                usual(panic);
            }
        }));
    });
}

/// Messages of stages and formats are told like everything else.
fn log(told: &Told) -> LogSink {
    let told = Arc::clone(told);
    LogSink::new(move |level: LogLevel, stage, message| {
        told.lock().unwrap().push(format!("{level:?} {stage}: {message}"));
    })
}

fn registry(told: &Told) -> Registry {
    let mut registry = Registry::new();
    stages::register(&mut registry, told);
    formats::register(&mut registry, told);
    registry
}

/// Carries out the orders `!who` (panic), `?who` (fail) and `+who` (take more than a second) that a text gives.
pub(crate) fn obey(who: &str, text: &str) -> Result<()> {
    for word in text.split(' ') {
        match (word.strip_prefix('!'), word.strip_prefix('?')) {
            (Some(name), _) if name == who => panic!("on purpose, in {who}"),
            (_, Some(name)) if name == who => {
                return Err(Error::stage("test.asked", format!("{who} was asked to fail")));
            }
            _ if word.strip_prefix('+') == Some(who) => std::thread::sleep(std::time::Duration::from_millis(1200)),
            _ => {}
        }
    }
    Ok(())
}
