//! One document at a time through a plan's stages, on the calling thread, with somebody looking on: what `trace` shows and
//! `test` compares.
//!
//! The stages, their conditions and what becomes of a failure are those of a run. Nothing is read from the plan's inputs
//! and nothing is written to its outputs. An in-order stage knows the documents that this probe has shown it before.

mod layers;
mod steps;

pub use steps::{Decision, End, Failure, Outcome, Reached, Step, Taken, Takes, Trace, trace};

use crate::config::OnError;
use crate::plan::{Plan, PlannedStage};
use crate::run::panicked;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use warraq_core::{
    BatchWorker, Built, Changes, Document, Error, Preparer, Record, Result, StageIndex, StageState, Verdict, Worker,
};

/// What a stage did with a document.
#[derive(Debug)]
pub enum Did {
    /// Nothing: its `when` does not hold.
    NotApplied,
    /// What it proposed was carried out, be it nothing.
    Applied,
    /// It failed, and the document goes on as if the stage were not there (`on_error = "skip"`).
    Skipped(Error),
    /// It failed, and with it the document.
    Failed(Error),
}

/// Looks on while a document goes through stages. `stage` is the index of the stage in the plan.
pub trait Watch {
    /// The document as it comes to a stage.
    fn before(&mut self, stage: usize, doc: &Document) {
        let _ = (stage, doc);
    }

    /// What a stage proposes, in the coordinates of `doc`; not called where it fails before or does not apply.
    fn proposed(&mut self, stage: usize, doc: &Document, changes: &Changes) {
        let _ = (stage, doc, changes);
    }

    /// The document as the stage leaves it.
    fn after(&mut self, stage: usize, doc: &Document, did: &Did) {
        let _ = (stage, doc, did);
    }
}

/// Looks away.
impl Watch for () {}

/// A stage at work.
enum Hand {
    Parallel(Box<dyn Worker>),
    InOrder(Box<dyn Preparer>, Box<dyn StageState>),
    /// None until there is a document for it, and after it panicked or could not be made.
    Batch(Option<Box<dyn BatchWorker>>),
}

impl Hand {
    fn new(built: &Built) -> Self {
        match built {
            Built::Parallel(stage) => Hand::Parallel(stage.worker()),
            Built::InOrder(stage) => Hand::InOrder(stage.preparer(), stage.state()),
            Built::Batch(_) => Hand::Batch(None),
        }
    }

    fn process(&mut self, built: &Built, doc: &Document, changes: &mut Changes) -> Result<()> {
        match (self, built) {
            (Hand::Parallel(worker), _) => worker.process(&doc.view(), changes),
            (Hand::InOrder(preparer, state), _) => {
                let (mut key, mut journal) = (Vec::new(), Vec::new());
                preparer.prepare(&doc.view(), &mut key)?;
                state.decide(&doc.view(), &key, changes, &mut journal)
            }
            (Hand::Batch(worker), Built::Batch(stage)) => {
                let worker = match worker {
                    Some(worker) => worker,
                    None => worker.insert(stage.worker()?),
                };
                let mut result = Ok(());
                worker.process(&[doc.view()], slice::from_mut(changes), slice::from_mut(&mut result));
                result
            }
            (Hand::Batch(_), _) => Err(Error::stage("defect", "a stage is not what it was built as")),
        }
    }
}

/// A plan's stages, ready to take one document after the other.
pub struct Probe<'p> {
    plan: &'p Plan,
    hands: Vec<Hand>,
    changes: Changes,
}

impl std::fmt::Debug for Probe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").field("plan", self.plan).finish_non_exhaustive()
    }
}

impl<'p> Probe<'p> {
    /// A worker of every stage.
    pub fn new(plan: &'p Plan) -> Self {
        Probe { plan, hands: plan.stages.iter().map(|s| Hand::new(&s.built)).collect(), changes: Changes::new() }
    }

    /// The document that the plan's source at index `source` makes of a record.
    ///
    /// # Errors
    /// When the record is no document of that format.
    ///
    /// # Panics
    /// If the plan has no such source.
    pub fn decode(&self, source: usize, record: &Record<'_>) -> Result<Document> {
        let format = &self.plan.sources[source].format;
        let mut doc = Document::new();
        doc.set_limits(self.plan.limits.document);
        catch_unwind(AssertUnwindSafe(|| format.decoder().decode(record, &mut doc)))
            .unwrap_or_else(|panic| Err(panicked("the decoder", &*panic)))?;
        Ok(doc)
    }

    /// Takes a document through the stages of `range`, until one of them fails, drops it or finds it again. Returns the
    /// stage that it failed in and why, if it did.
    ///
    /// # Panics
    /// If the plan has no such stages.
    pub fn run(&mut self, doc: &mut Document, range: Range<usize>, watch: &mut dyn Watch) -> Option<(usize, Error)> {
        doc.set_limits(self.plan.limits.document);
        for index in range {
            if *doc.verdict() != Verdict::Keep {
                break;
            }
            watch.before(index, doc);
            let did = self.stage(doc, index, watch);
            watch.after(index, doc, &did);
            if let Did::Failed(error) = did {
                return Some((index, error));
            }
        }
        None
    }

    fn stage(&mut self, doc: &mut Document, index: usize, watch: &mut dyn Watch) -> Did {
        let stage: &PlannedStage = &self.plan.stages[index];
        if stage.when.as_ref().is_some_and(|test| !test.holds(doc)) {
            return Did::NotApplied;
        }
        let (hand, changes) = (&mut self.hands[index], &mut self.changes);
        changes.clear();
        let result = catch_unwind(AssertUnwindSafe(|| {
            hand.process(&stage.built, doc, changes)?;
            watch.proposed(index, doc, changes);
            doc.apply(changes, index as StageIndex, stage.writes)
        }));
        let result = result.unwrap_or_else(|panic| {
            // Whatever the worker was in the middle of, a new one knows nothing of it.
            *hand = Hand::new(&stage.built);
            Err(panicked("the stage", &*panic))
        });
        match result {
            Ok(()) => Did::Applied,
            Err(error) if stage.on_error == OnError::Skip => Did::Skipped(error),
            Err(error) => Did::Failed(error.in_stage(stage.name.as_str())),
        }
    }
}
