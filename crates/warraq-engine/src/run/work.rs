//! What goes from thread to thread in a run: jobs with their documents, the legs they go, and what all of them share.

use super::cancel::Cancel;
use super::chunk::Chunk;
use super::ledger::{Fate, Ledger};
use super::pass::Threads;
use super::pool::Pool;
use super::watch::Watch;
use crate::config::OnError;
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::ops::Range;
use warraq_core::{Broken, Built, BuiltExport, Document, Error, ErrorKind, InOrderStage, StageIndex, Verdict};

/// A document on its way through a chunk.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) doc: Document,
    /// Which piece of the chunk it comes from, its bytes in the chunk and its number in the input.
    pub(super) piece: usize,
    pub(super) range: Range<usize>,
    pub(super) number: u64,
    /// Its length, if it is past the limit and `range` is only its head.
    pub(super) truncated: Option<u64>,
    /// The error it failed with, and the stage's index.
    pub(super) failed: Option<(Error, Option<StageIndex>)>,
    /// What the in-order stage that is next to decide has prepared, if it applies to the document.
    pub(super) key: Option<Vec<u8>>,
}

impl Item {
    /// Whether stages still run on it.
    pub(super) fn is_live(&self) -> bool {
        self.failed.is_none() && *self.doc.verdict() == Verdict::Keep
    }
}

/// A chunk and what has become of it so far.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) chunk: Chunk,
    /// Bytes it takes of the window.
    pub(super) weight: u64,
    /// Its documents, where they wait: for a batch stage, or at a turnstile.
    pub(super) items: Vec<Item>,
    /// Per export: encoded documents and, once the job is complete, compressed ones.
    pub(super) outputs: Vec<Vec<u8>>,
    pub(super) rejects: Vec<u8>,
    pub(super) ledger: Ledger,
    /// The first failure under `on_error = "abort"`, or a panic that leaves nothing to go on with.
    pub(super) abort: Option<String>,
    /// Why an output failed that is written in order, or a journal.
    pub(super) broken: Option<String>,
    /// How long journals were once this job had been decided about, by stage.
    pub(super) journals: Vec<(usize, u64)>,
    /// What writers need that go on after this job, where they were flushed, by export.
    pub(super) marks: Vec<(usize, Vec<u8>)>,
}

/// The stages between two turnstiles, and what happens at the second.
///
/// There is a turnstile after every in-order stage, which decides there, and where an in-order export takes documents:
/// after the decision, and before the next stage and the branches that are encoded in parallel. The last leg ends where
/// jobs are appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) stages: Range<usize>,
    /// The first of the stages that is a batch stage.
    pub(super) batch: Option<usize>,
    /// The in-order stage that decides at the end.
    pub(super) decides: Option<usize>,
    /// The exports that then take documents in order.
    pub(super) exports: Vec<usize>,
    /// Where jobs are appended.
    pub(super) last: bool,
    /// Where a survey takes in the documents, and nothing comes after.
    pub(super) survey: bool,
}

impl Leg {
    /// Cuts a plan's stages into legs.
    pub(super) fn all(plan: &Plan) -> Vec<Leg> {
        let mut legs = Vec::new();
        let mut start = 0;
        for end in 0..=plan.stages.len() {
            let decides = end.checked_sub(1).filter(|&index| is_in_order(plan, index));
            let in_order = |e: &usize| {
                let export = &plan.exports[*e];
                export.after == end && matches!(export.format, BuiltExport::InOrder(_))
            };
            let exports: Vec<usize> = (0..plan.exports.len()).filter(in_order).collect();
            if decides.is_some() || !exports.is_empty() {
                legs.push(Leg { decides, exports, ..Self::of(plan, start..end) });
                start = end;
            }
        }
        legs.push(Leg { last: true, ..Self::of(plan, start..plan.stages.len()) });
        legs
    }

    /// The legs of a survey for the stage at `index`: no export takes anything.
    pub(super) fn survey(plan: &Plan, index: usize) -> Vec<Leg> {
        let mut legs = Vec::new();
        let mut start = 0;
        for before in (0..index).filter(|&before| is_in_order(plan, before)) {
            legs.push(Leg { decides: Some(before), ..Self::of(plan, start..before + 1) });
            start = before + 1;
        }
        legs.push(Leg { survey: true, ..Self::of(plan, start..index + 1) });
        legs
    }

    fn of(plan: &Plan, stages: Range<usize>) -> Leg {
        let batch = stages.clone().find(|&index| matches!(plan.stages[index].built, Built::Batch(_)));
        Leg { stages, batch, decides: None, exports: Vec::new(), last: false, survey: false }
    }

    /// The stages that a document goes through by itself, before it has to wait for a group.
    pub(super) fn alone(&self) -> Range<usize> {
        self.stages.start..self.batch.unwrap_or(self.stages.end)
    }

    /// Whether a document can be done with before the next one is looked at.
    pub(super) fn streams(&self) -> bool {
        self.last && self.batch.is_none()
    }
}

fn is_in_order(plan: &Plan, index: usize) -> bool {
    matches!(plan.stages[index].built, Built::InOrder(_))
}

/// Deals with a stage's failure on a document as the stage's `on_error` says.
pub(super) fn fail(run: &Run<'_>, job: &mut Job, item: &mut Item, index: usize, error: Error) {
    let stage = &run.plan.stages[index];
    if stage.on_error == OnError::Skip {
        job.ledger.stages[index].skipped += 1;
        let (id, stage, reason, message) = (item.doc.id(), &*stage.name, &*error.reason, with_sources(&error));
        tracing::debug!(name: "stage.skipped", parent: &run.span, id, stage, reason, "document {id:?}: stage {stage}: {message}");
        return;
    }
    item.failed = Some((error.in_stage(stage.name.as_str()), Some(index as StageIndex)));
    if stage.on_error == OnError::Abort {
        job.abort.get_or_insert_with(|| describe(item, run));
    }
}

pub(super) fn describe(item: &Item, run: &Run<'_>) -> String {
    let Some((error, stage)) = &item.failed else { return String::new() };
    let stage = stage.map_or(String::new(), |index| format!("stage {}: ", run.plan.stage_names[usize::from(index)]));
    format!("document {:?}: {stage}{}, and `on_error` is `abort`", item.doc.id(), with_sources(error))
}

/// An error's message with those underneath.
pub(crate) fn with_sources(error: &Error) -> String {
    let mut text = error.message.clone();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}

pub(crate) fn panicked(who: &str, panic: &(dyn std::any::Any + Send)) -> Error {
    if let Some(Broken(message)) = panic.downcast_ref::<Broken>() {
        return Error::new(ErrorKind::Stage, "broken", message.clone());
    }
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("{who} panicked: {}", said.unwrap_or("it gave no message"));
    Error::new(ErrorKind::Stage, "panic", message)
}

/// What all jobs of a run share.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) cancel: &'a Cancel,
    /// Names of the inputs, over all sources.
    pub(super) input_names: Vec<&'a str>,
    /// The source of each input.
    pub(super) source_of_input: Vec<usize>,
    /// Whether the input's records are lines.
    pub(super) line_inputs: Vec<bool>,
    /// Buffers for chunks, which the reader takes.
    pub(super) inputs: &'a Pool,
    /// Buffers for outputs.
    pub(super) outputs: Pool,
    /// By stage index: what a survey has put in the place of the plan's stage.
    surveyed: &'a [Option<Box<dyn InOrderStage>>],
    /// The stage that this pass is a survey for; none in the run itself.
    pub(super) survey: Option<usize>,
    /// The account of nothing.
    empty: Ledger,
    /// Where threads say what they are at.
    pub(super) watch: &'a Watch,
    /// The span of this pass, for events of other threads.
    pub(super) span: tracing::Span,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        threads: &'a Threads<'_>,
        cancel: &'a Cancel,
        surveyed: &'a [Option<Box<dyn InOrderStage>>],
        survey: Option<usize>,
    ) -> Self {
        let plan = &**threads.plan;
        let inputs = || plan.sources.iter().enumerate().flat_map(|(n, s)| s.inputs.iter().map(move |i| (n, s, i)));
        Run {
            plan,
            cancel,
            input_names: inputs().map(|(_, _, input)| input.name.as_str()).collect(),
            source_of_input: inputs().map(|(n, ..)| n).collect(),
            line_inputs: inputs().map(|(_, s, _)| s.format.framing() != warraq_core::Framing::File).collect(),
            inputs: &threads.buffers,
            outputs: Pool::default(),
            surveyed,
            survey,
            empty: Ledger::of(plan),
            watch: &threads.watch,
            span: tracing::Span::current(),
        }
    }

    /// The in-order stage at `index`, if it is one: the plan's, or the one that knows the corpus by now.
    pub(super) fn in_order(&self, index: usize) -> Option<&'a dyn InOrderStage> {
        match (self.surveyed.get(index).and_then(Option::as_deref), &self.plan.stages[index].built) {
            (Some(stage), _) => Some(stage),
            (None, Built::InOrder(stage)) => Some(&**stage),
            (None, Built::Parallel(_) | Built::Batch(_)) => None,
        }
    }

    pub(super) fn cancelled(&self) -> bool {
        self.cancel.signal().is_some()
    }

    /// An empty job for a chunk.
    pub(super) fn job(&self, chunk: Chunk, weight: u64) -> Job {
        Job {
            chunk,
            weight,
            items: Vec::new(),
            outputs: self.plan.exports.iter().map(|_| self.outputs.take()).collect(),
            rejects: self.outputs.take(),
            ledger: self.empty.clone(),
            abort: None,
            broken: None,
            journals: Vec::new(),
            marks: Vec::new(),
        }
    }
}

/// Counts by stage and reason, for the report: names in the place of indices.
pub(super) fn reasons(plan: &Plan, ledger: &Ledger) -> BTreeMap<(Fate, String, String), u64> {
    let stage = |index: &Option<StageIndex>| index.map_or(String::new(), |i| plan.stage_names[usize::from(i)].clone());
    ledger.rejected.iter().map(|((fate, s, reason), count)| ((*fate, stage(s), reason.clone()), *count)).collect()
}
