//! The stage contract: what a built-in stage and a plugin both implement.

use crate::{BuildContext, Changes, DocView, Layers, OptionError, Result, StageInfo};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{fmt, io};

/// A stage, built once per run: its options, lexicons and compiled patterns.
pub trait Stage: Send + Sync {
    /// The layers it reads with the options it was built with, where they are fewer than its [`StageInfo`] declares.
    fn reads(&self) -> Option<Layers> {
        None
    }

    /// A worker of its own for one thread.
    fn worker(&self) -> Box<dyn Worker>;
}

/// A stage at work on one thread: scratch buffers and caches.
pub trait Worker: Send {
    /// Reads a document and proposes changes to it. `out` is empty at the start.
    ///
    /// The result must depend on the document alone, not on those seen before: the same input gives the same bytes for
    /// any number of threads.
    ///
    /// # Errors
    /// When the stage cannot do its work on this document. Nothing of `out` is then carried out.
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()>;
}

/// A stage that sees documents in input order, such as deduplication: the costly part runs in parallel, the decision in
/// order.
pub trait InOrderStage: Send + Sync {
    /// As [`Stage::reads`].
    fn reads(&self) -> Option<Layers> {
        None
    }

    /// The parallel half, one per thread.
    fn preparer(&self) -> Box<dyn Preparer>;
    /// The ordered half, one per run, with nothing seen yet.
    fn state(&self) -> Box<dyn StageState>;

    /// A look at the whole corpus before the run; most stages need none.
    ///
    /// The run then reads its inputs once more, beforehand: every document that reaches this stage is shown to the survey,
    /// in input order, and what [`Survey::finish`] gives is in this stage's place from then on. Where there is only one
    /// document to look at, as in `trace`, nothing is surveyed and this stage decides by itself.
    fn survey(&self) -> Option<Box<dyn Survey>> {
        None
    }

    /// The parallel half of the survey, one per thread.
    fn surveyor(&self) -> Box<dyn Preparer> {
        self.preparer()
    }

    /// How much its state may hold of what it has learned, all in all: for a run with a memory ceiling.
    fn holds(&self) -> Holds {
        Holds::Bytes(0)
    }

    /// The path of the file that gets what its state has learned ([`StageState::save`]), as the pipeline file gives it.
    fn saves(&self) -> Option<&str> {
        None
    }
}

/// How much memory the state of an in-order stage takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// At most so many bytes.
    Bytes(u64),
    /// As many as [`crate::Services::index_memory`] gives it when its state is made; the rest goes to disk.
    Share,
}

/// A look at the whole corpus before the run, in input order.
pub trait Survey: Send {
    /// Takes in the next document: its id, and the key that [`InOrderStage::surveyor`] made of it. There is no more to a
    /// document here, so that a run which is continued can show them again without reading its inputs again.
    ///
    /// # Errors
    /// When that fails, which ends the run: what a survey leaves out, the run would decide wrongly about.
    fn collect(&mut self, id: &str, key: &[u8]) -> Result<()>;

    /// Ends the survey: the stage that knows the corpus. It is not asked for a survey again.
    ///
    /// # Errors
    /// When that fails, which ends the run.
    fn finish(self: Box<Self>) -> Result<Box<dyn InOrderStage>>;
}

/// The parallel half of an in-order stage.
pub trait Preparer: Send {
    /// Appends to `key` whatever the decision needs from the document.
    ///
    /// # Errors
    /// When the stage cannot do its work on this document.
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()>;
}

/// The ordered half of an in-order stage: what has been learned from the documents so far.
pub trait StageState: Send {
    /// Decides about the next document in input order. `out` is empty at the start.
    ///
    /// What must be remembered is also appended to `journal`, so that [`StageState::replay`] of those bytes leads a new
    /// state to where this one is. On an error nothing may have been remembered.
    ///
    /// # Errors
    /// When the stage cannot do its work on this document.
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()>;

    /// Remembers what one call of [`StageState::decide`] wrote to its journal.
    ///
    /// # Errors
    /// When the bytes are not such a journal entry.
    fn replay(&mut self, journal: &[u8]) -> Result<()>;

    /// Writes what has been learned to the file that [`InOrderStage::saves`] names, once the run is complete. The file gets
    /// its name with the run's other outputs. The bytes must depend on the documents alone.
    ///
    /// # Errors
    /// When it cannot be written, which ends the run.
    fn save(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        let _ = out;
        Err(io::Error::new(io::ErrorKind::Unsupported, "the stage saves nothing"))
    }
}

/// A stage that takes many documents at a time, because a call of it is costly: a worker process, a model on a device.
///
/// Documents still come in any order on many threads, and each stands for itself.
pub trait BatchStage: Send + Sync {
    /// As [`Stage::reads`].
    fn reads(&self) -> Option<Layers> {
        None
    }

    /// The most documents it wants at a time; at least 1.
    fn batch(&self) -> usize;

    /// A worker of its own for one thread.
    ///
    /// # Errors
    /// When it cannot be made; every document that would need it then fails with this.
    fn worker(&self) -> Result<Box<dyn BatchWorker>>;
}

/// A batch stage at work on one thread.
pub trait BatchWorker: Send {
    /// Proposes changes to each of `docs`: what comes of `docs[i]` goes to `out[i]`, which is empty at the start, and
    /// `results[i]`, which is `Ok` at the start. The three are of one length.
    ///
    /// What comes of a document must not depend on the others of the batch.
    fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]);
}

/// A stage ready to run.
pub enum Built {
    /// Documents in any order, many at a time, on many threads.
    Batch(Box<dyn BatchStage>),
    /// Documents in any order, on many threads.
    Parallel(Box<dyn Stage>),
    /// Decisions in input order.
    InOrder(Box<dyn InOrderStage>),
}

impl Built {
    /// A parallel stage.
    pub fn parallel(stage: impl Stage + 'static) -> Self {
        Built::Parallel(Box::new(stage))
    }

    /// The layers it reads, where they are fewer than declared.
    pub fn reads(&self) -> Option<Layers> {
        match self {
            Built::Batch(stage) => stage.reads(),
            Built::Parallel(stage) => stage.reads(),
            Built::InOrder(stage) => stage.reads(),
        }
    }

    /// An in-order stage.
    pub fn in_order(stage: impl InOrderStage + 'static) -> Self {
        Built::InOrder(Box::new(stage))
    }
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Built::Batch(_) => "Built::Batch",
            Built::Parallel(_) => "Built::Parallel",
            Built::InOrder(_) => "Built::InOrder",
        })
    }
}

/// A stage as the registry knows it: what it is, and how to build it.
pub struct StageDef {
    /// What it is.
    pub info: StageInfo,
    /// Builds it from its options: a JSON object that has passed the schema in `info`.
    pub build: BuildStage,
}

/// Builds a stage from its options.
pub type BuildStage =
    Box<dyn Fn(Value, &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> + Send + Sync>;

impl fmt::Debug for StageDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StageDef").field("name", &self.info.name).finish_non_exhaustive()
    }
}

/// Reads options into their struct; an error names the option by its path.
///
/// # Errors
/// When a value does not fit.
pub fn parse_options<T: DeserializeOwned>(options: Value) -> std::result::Result<T, OptionError> {
    serde_path_to_error::deserialize(options).map_err(|e| {
        let path = e.path().to_string();
        OptionError::new(if path == "." { String::new() } else { path }, e.inner().to_string())
    })
}
