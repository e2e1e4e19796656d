//! `[[test]]`: documents through a plan's stages, and what came of them held against what was expected.
//!
//! Every test has a probe of its own, so that no test knows of another. Tests run in parallel and are told of in file order.

mod compare;
mod golden;
mod input;
mod report;
mod seen;
mod track;

pub use report::{github, human, json, junit};

use crate::config::{ExpectedVerdict, PipelineSpec, TestSpec};
use crate::diagnostic::Files;
use crate::plan::Plan;
use crate::probe::Probe;
use rayon::prelude::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use track::Track;
use warraq_core::{Registry, Verdict};

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct TestOptions {
    /// Only tests with this in their names.
    pub filter: Option<String>,
    /// Write golden files instead of comparing with them.
    pub bless: bool,
    /// Number of threads; 0 is one per core.
    pub threads: usize,
}

/// The tests of one pipeline.
#[derive(Debug)]
pub struct Suite {
    /// The pipeline file, as named by the caller.
    pub file: String,
    /// Why its tests could not be run, if they could not.
    pub invalid: Option<String>,
    /// What became of the tests, in file order.
    pub tests: Vec<Tested>,
}

/// What became of one test.
#[derive(Debug)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// The file in which it is written.
    pub file: String,
    /// The line of its header, from 1.
    pub line: usize,
    /// How it ended.
    pub status: Status,
    /// The golden file that was written.
    pub blessed: Option<PathBuf>,
    /// How long it took.
    pub time: Duration,
}

/// How a test ended.
#[derive(Debug)]
pub enum Status {
    /// All is as expected.
    Passed,
    /// Something is not.
    Failed(Vec<Failure>),
    /// It could not be run, because a file could not be read or written.
    Error(String),
}

/// One thing that is not as expected.
#[derive(Debug)]
pub struct Failure {
    /// What it is: a layer, `verdict` or `golden`.
    pub layer: String,
    /// The stage that first departed from what was expected, if a stage did.
    pub stage: Option<String>,
    /// How, in a few words.
    pub why: String,
    /// Expected and found.
    pub diff: Vec<Line>,
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `-` expected and not found, `+` found and not expected, a space for what is both, `=` for a remark.
    pub sign: char,
    /// The line; what cannot be seen is written out.
    pub text: String,
}

impl Line {
    fn new(sign: char, text: impl Into<String>) -> Self {
        Line { sign, text: text.into() }
    }
}

/// Runs the tests of a pipeline.
///
/// # Errors
/// When the threads cannot be started.
pub fn run(
    plan: &Plan,
    spec: &PipelineSpec,
    files: &Files,
    registry: &Registry,
    options: &TestOptions,
) -> Result<Vec<Tested>, String> {
    let wanted = |test: &&TestSpec| options.filter.as_ref().is_none_or(|part| test.name.contains(part.as_str()));
    let tests: Vec<&TestSpec> = spec.tests.iter().filter(wanted).collect();
    // The name of the threads keeps a panic of a stage, which fails a test, from being told twice.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .thread_name(|index| format!("warraq-worker-{index}"))
        .build()
        .map_err(|e| format!("threads cannot be started: {e}"))?;
    let case = Case { plan, files, registry, bless: options.bless };
    Ok(pool.install(|| tests.par_iter().map(|test| case.tested(test)).collect()))
}

struct Case<'a> {
    plan: &'a Plan,
    files: &'a Files,
    registry: &'a Registry,
    bless: bool,
}

impl Case<'_> {
    fn tested(&self, test: &TestSpec) -> Tested {
        let start = Instant::now();
        let (status, blessed) = match self.test(test) {
            Ok((failures, blessed)) if failures.is_empty() => (Status::Passed, blessed),
            Ok((failures, blessed)) => (Status::Failed(failures), blessed),
            Err(why) => (Status::Error(why), None),
        };
        Tested {
            name: test.name.value.clone(),
            file: self.files.name(test.span.file).to_owned(),
            line: self.files.line_col(test.span.file, test.span.start).0,
            status,
            blessed,
            time: start.elapsed(),
        }
    }

    /// What is not as expected, and the golden file that was written.
    fn test(&self, test: &TestSpec) -> Result<(Vec<Failure>, Option<PathBuf>), String> {
        let mut probe = Probe::new(self.plan);
        let expect = &test.expect;
        let mut doc = match input::document(self, &probe, &test.input)? {
            Ok(doc) => doc,
            Err(error) => {
                let is_expected = matches!(&expect.verdict, ExpectedVerdict::Failed(why) if *why == error.reason);
                let mut failures = Vec::new();
                if !is_expected {
                    failures.push(compare::verdict(
                        &expect.verdict,
                        &format!("failed = {:?}", error.reason),
                        None,
                        &error.to_string(),
                    ));
                } else if !expect.layers.is_empty() {
                    let why = "there is no document: its record could not be decoded".to_owned();
                    failures.push(Failure { layer: "document".to_owned(), stage: None, why, diff: Vec::new() });
                }
                return Ok((failures, None));
            }
        };
        let index = |name: &str| self.plan.stage_names.iter().position(|stage| stage == name);
        let from = test.from.as_ref().and_then(|name| index(name)).unwrap_or(0);
        let to = test.to.as_ref().and_then(|name| index(name)).map_or(self.plan.stages.len(), |at| at + 1);
        let mut track = Track::new(&expect.layers, self.plan, &doc);
        let failed = probe.run(&mut doc, from..to, &mut track);

        let name = |stage: usize| self.plan.stage_names[stage].clone();
        let label = |id| self.plan.labels.name(id);
        let (found, stage, said) = match (&failed, doc.verdict()) {
            (Some((stage, error)), _) => {
                (ExpectedVerdict::Failed(error.reason.to_string()), Some(name(*stage)), error.message.clone())
            }
            (None, Verdict::Keep) => (ExpectedVerdict::Kept, None, String::new()),
            (None, Verdict::Dropped { stage, reason, message }) => {
                let found = ExpectedVerdict::Dropped(label(*reason).to_string());
                (found, Some(name(usize::from(*stage))), message.clone())
            }
            (None, Verdict::Duplicate { stage, kept_id }) => {
                (ExpectedVerdict::Duplicate(kept_id.clone()), Some(name(usize::from(*stage))), String::new())
            }
        };
        let mut failures = Vec::new();
        if found != expect.verdict {
            failures.push(compare::verdict(&expect.verdict, &compare::verdict_text(&found), stage, &said));
        }
        failures.extend(track.failures());
        // What is not as expected is never made the expectation.
        let golden = expect.golden.as_ref().filter(|_| failures.is_empty());
        let blessed = match golden {
            Some(path) => golden::compare(self, path, &doc, &mut failures)?,
            None => None,
        };
        Ok((failures, blessed))
    }

    /// A path that is written in a pipeline file or a file of tests starts at that file's folder.
    fn path(&self, path: &crate::config::Spanned<String>) -> PathBuf {
        let file = std::path::Path::new(self.files.name(path.span.file));
        file.parent().unwrap_or(std::path::Path::new("")).join(&path.value)
    }
}
