//! A pipeline file as the runner wants it: typed, complete with defaults, every value still knowing where it was written.
//!
//! Only data lives here. Options that belong to a stage or a format stay a [`Node`]: the plan checks them against the
//! schema of whoever owns them.

use super::expect::ExpectSpec;
use super::limits::LimitsSpec;
use super::node::Node;
use super::provenance::Provenance;
use super::test_spec::TestSpec;
use crate::diagnostic::{FileId, Span};
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

/// The most threads a run may have: far more than any machine is served by, and few enough to be started.
pub const MAX_THREADS: usize = 1024;

/// A value and where it is written. A default spans the header of the table it would stand in, or the file's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A whole pipeline file.
///
/// When the file has errors, this holds what could be made of it, so that options can be checked further: a source may
/// lack paths, an export's path may be empty, a stage without `use` is missing. Such a spec must not be run.
#[derive(Clone, Debug)]
pub struct PipelineSpec {
    /// The pipeline file; relative paths resolve against its folder.
    pub file: FileId,
    /// `name`, by default the file's name without folder and extension.
    pub name: Spanned<String>,
    /// `[run]`
    pub run: RunSpec,
    /// `[plugins]`, in file order.
    pub plugins: Vec<PluginSpec>,
    /// The aliases of those that have errors and are not among them: nothing can be said about their stages.
    pub refused_plugins: Vec<String>,
    /// `[[source]]`, in file order.
    pub sources: Vec<SourceSpec>,
    /// `[[stage]]`, in file order.
    pub stages: Vec<StageSpec>,
    /// `[[export]]`, in file order.
    pub exports: Vec<ExportSpec>,
    /// `[rejects]`, if the file has it.
    pub rejects: Option<RejectsSpec>,
    /// `[[test]]`, in file order, and those of the file beside.
    pub tests: Vec<TestSpec>,
    /// `[expect]`, in file order.
    pub expect: Vec<ExpectSpec>,
    /// The files that were included, as seen from the pipeline file's folder.
    pub included: Vec<PathBuf>,
    /// The whole file with everything laid over it and filled in.
    pub root: Node,
    /// Where values are from that were filled in; it [settles](Provenance::settle) problems that are found in the spec.
    pub provenance: Provenance,
}

impl PipelineSpec {
    /// The position of the stage of this name.
    #[must_use]
    pub fn stage_index(&self, name: &str) -> Option<usize> {
        let mut stages = self.stages.iter();
        stages.position(|stage| stage.name.value == name)
    }
}

/// `[run]`: how, never what.
#[derive(Clone, Debug)]
pub struct RunSpec {
    /// Worker threads; 0 is one per core.
    pub threads: Spanned<usize>,
    /// How many documents may fail before the exit code says so.
    pub errors: Spanned<Budget>,
    /// What happens to a document that a stage fails on.
    pub on_error: Spanned<OnError>,
    /// Folders in which plugins are looked for by name, relative to the pipeline file; before those of the command line.
    pub plugin_dirs: Vec<Spanned<String>>,
    /// Bytes of input in flight, if the file says.
    pub window: Option<Spanned<u64>>,
    /// Bytes of the longest record that is read.
    pub record_limit: Spanned<u64>,
    /// How often the run takes a checkpoint; `None` is never.
    pub checkpoint: Spanned<Option<Duration>>,
    /// The other limits.
    pub limits: LimitsSpec,
}

/// The default of `run.checkpoint`: so much work is lost when a run is killed.
pub const DEFAULT_CHECKPOINT: Duration = Duration::from_secs(30);

/// The default of `run.record_limit`: 64 MiB.
pub const DEFAULT_RECORD_LIMIT: u64 = 64 << 20;

/// How many failed documents are still a success.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many documents.
    Count(u64),
    /// So large a part of the documents read, from 0 to 1.
    Share(f64),
}

/// As it is written in a pipeline file.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{}%", share * 100.0),
        }
    }
}

impl Budget {
    /// Whether `failed` of `read` documents are within the budget.
    #[must_use]
    pub fn allows(self, failed: u64, read: u64) -> bool {
        match self {
            Self::Count(count) => failed <= count,
            // Past 2^53 documents the comparison is off by less than one document in 10^15.
            #[allow(clippy::cast_precision_loss)]
            Self::Share(share) => failed as f64 <= share * read as f64,
        }
    }
}

/// What happens to a document that a stage fails on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It goes to the rejects.
    #[default]
    Quarantine,
    /// It goes on as if the stage were not there.
    Skip,
    /// The run ends.
    Abort,
}

impl OnError {
    /// Every value with its word in the file.
    pub const ALL: [(&'static str, Self); 3] =
        [("quarantine", Self::Quarantine), ("skip", Self::Skip), ("abort", Self::Abort)];
}

/// `[[source]]`
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// The header.
    pub span: Span,
    /// The format; `None` is by extension and content.
    pub use_name: Option<Spanned<String>>,
    /// Globs, or `-`.
    pub paths: Vec<Spanned<String>>,
    /// The format's own options: a table at the header's place.
    pub options: Node,
}

/// `[[stage]]`
#[derive(Clone, Debug)]
pub struct StageSpec {
    /// The header.
    pub span: Span,
    /// `family.name` of the stage to run.
    pub use_name: Spanned<String>,
    /// Its name in this pipeline, by default the `use`.
    pub name: Spanned<String>,
    /// Which documents it sees; `None` is all.
    pub when: Option<Condition>,
    /// `run.on_error` of this stage, if it differs from the pipeline's.
    pub on_error: Option<Spanned<OnError>>,
    /// `run.timeout` of this stage, or else of the pipeline.
    pub timeout: Option<Spanned<std::time::Duration>>,
    /// `run.isolate` of this stage, if it asks for a worker process.
    pub isolation: Option<Isolation>,
    /// The stage's own options: a table at the header's place.
    pub options: Node,
}

/// `[[export]]`
#[derive(Clone, Debug)]
pub struct ExportSpec {
    /// The header.
    pub span: Span,
    /// The format; `None` is by extension.
    pub use_name: Option<Spanned<String>>,
    /// The file to write, or `-`. `None` only where `use` is given: its format may have a sink of its own.
    pub path: Option<Spanned<String>>,
    /// `where`: which documents it takes; `None` is all.
    pub filter: Option<Condition>,
    /// The name of the stage after which documents are taken; `None` is the last.
    pub after: Option<Spanned<String>>,
    /// The format's own options: a table at the header's place.
    pub options: Node,
}

/// `[rejects]`
#[derive(Clone, Debug)]
pub struct RejectsSpec {
    /// The header.
    pub span: Span,
    /// The file to write, if the file says.
    pub path: Option<Spanned<String>>,
}

/// `when` and `where`: tests that must all hold. An empty list is a test that was not asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The whole condition.
    pub span: Span,
    /// The document's language is one of these.
    pub lang: Vec<Spanned<String>>,
    /// Each of these fields of the record has one of the values beside it.
    pub meta: Vec<(Spanned<String>, Vec<Spanned<Scalar>>)>,
    /// The document has a span with one of these labels.
    pub label: Vec<Spanned<String>>,
    /// Each of these scores is there and in its range.
    pub score: Vec<(Spanned<String>, ScoreRange)>,
}

/// A value that a field of a record is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// Text
    Str(String),
    /// A whole number
    Int(i64),
    /// A number
    Float(f64),
    /// A boolean
    Bool(bool),
}

/// A range of scores, both ends included; at least one is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The least score.
    pub min: Option<f64>,
    /// The greatest score.
    pub max: Option<f64>,
}

impl ScoreRange {
    /// Whether the score is in the range; `nan` never is.
    #[must_use]
    pub fn contains(&self, score: f64) -> bool {
        !score.is_nan() && self.min.is_none_or(|min| score >= min) && self.max.is_none_or(|max| score <= max)
    }
}

/// `[plugins.ALIAS]`
#[derive(Clone, Debug)]
pub struct PluginSpec {
    /// The header.
    pub span: Span,
    /// The family under which its stages are used.
    pub alias: Spanned<String>,
    /// Where it is.
    pub place: PluginPlace,
}

/// Where a plugin is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginPlace {
    /// In one of the plugin directories, as `lib` + name + the system's extension.
    Name(Spanned<String>),
    /// At a path, relative to the pipeline file; the system's prefix and extension may be left out.
    Path(Spanned<String>),
}

impl PluginPlace {
    /// What the file says.
    #[must_use]
    pub fn text(&self) -> &Spanned<String> {
        match self {
            Self::Name(text) | Self::Path(text) => text,
        }
    }
}

/// `run.isolate = "process"` of a stage, and what its worker process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// The word that asks for it.
    pub span: Span,
    /// The most memory the worker process may have, in bytes, if the file says.
    pub memory: Option<Spanned<u64>>,
}
