//! Runs in this process, which takes a fraction of the time of a process of their own.

use crate::case::balances;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use warraq_core::Registry;
use warraq_engine::config::{self, Surroundings};
use warraq_engine::diagnostic::{Files, render};
use warraq_engine::plan::{self, Overrides};
use warraq_engine::run::{self, Cancel, RunOptions};

/// A folder and all that there is to run pipelines in it.
pub(super) struct Bench {
    folder: TempDir,
    registry: Registry,
}

/// What came of a run.
pub(super) struct Ran {
    pub(super) code: u64,
    pub(super) docs: Vec<Doc>,
    pub(super) rejects: Vec<Reject>,
    pub(super) report: Value,
}

/// What is looked at of a document that was exported. Its metadata may hold numbers that no machine can.
#[derive(Debug, Deserialize)]
pub(super) struct Doc {
    pub(super) text: String,
}

/// What is looked at of one that was not.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "the message is shown when a case fails")]
pub(super) struct Reject {
    reason: String,
    message: String,
}

/// The lines of an output, if there is one.
#[track_caller]
fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let Ok(bytes) = fs::read(path) else { return Vec::new() };
    let text = std::str::from_utf8(&bytes).expect("what the program writes is UTF-8");
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line:.300}"));
    // Not `lines`, which would also end one at a carriage return and a line feed.
    text.split_terminator('\n').map(read).collect()
}

impl Bench {
    pub(super) fn new() -> Self {
        let mut registry = Registry::new();
        warraq_stages::register(&mut registry).and_then(|()| warraq_formats::register(&mut registry)).unwrap();
        Bench { folder: tempfile::tempdir().unwrap(), registry }
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a pipeline from `source` through `stages`, and holds what comes of it against what is true of every run.
    #[track_caller]
    pub(super) fn run(&self, what: &str, source: &str, stages: &str) -> Ran {
        let text = format!(
            "warraq = 1\n[run]\nthreads = 2\nerrors = \"100%\"\n[[source]]\n{source}\n{stages}\n[[export]]\npath = \"out/docs.jsonl\"\n"
        );
        let _ = fs::remove_dir_all(self.path("out"));
        let report = catch_unwind(AssertUnwindSafe(|| self.report(what, &text)));
        let report = report.unwrap_or_else(|panic| panic!("{what}: {}", said(&*panic)));
        let (docs, rejects) = (lines(&self.path("out/docs.jsonl")), lines(&self.path("out/rejects.jsonl")));
        let code = report["exit_code"].as_u64().unwrap();
        let ran = Ran { code, docs, rejects, report };
        ran.check(what, &self.path("out"));
        ran
    }

    fn report(&self, what: &str, text: &str) -> Value {
        let mut files = Files::new();
        let file = self.path("p.toml");
        let (spec, mut found) = config::load(&mut files, &file.to_string_lossy(), text, &Surroundings::default());
        let spec = spec.unwrap_or_else(|| panic!("{what}: {}", render(&found, &files, false)));
        let plan = plan::compile(&spec, &file, &self.registry, &Overrides::default(), &mut found);
        let plan = Arc::new(plan.unwrap_or_else(|| panic!("{what}: {}", render(&found, &files, false))));
        let outcome = run::run(&plan, &RunOptions::default(), &Cancel::new(), &mut ());
        run::report(&plan, &outcome)
    }
}

impl Ran {
    #[track_caller]
    fn check(&self, what: &str, out: &Path) {
        assert!([0, 5, 74].contains(&self.code), "{what}: {}", self.report);
        balances(&self.report);
        let count = |key: &str| self.report["ledger"][key].as_u64().unwrap() as usize;
        if self.code == 74 {
            assert!(!out.join("docs.jsonl").exists(), "{what}: nothing is published of an input that cannot be read");
            return;
        }
        assert_eq!(self.docs.len(), count("kept"), "{what}: every document that was kept is exported");
        assert_eq!(self.rejects.len(), count("read") - count("kept"), "{what}: all others are in the rejects");
        for reject in &self.rejects {
            assert!(reject.reason != "panic" && reject.reason != "broken", "{what}: {reject:?}");
        }
    }

    /// The number of documents that were read.
    pub(super) fn read(&self) -> usize {
        self.docs.len() + self.rejects.len()
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
