//! A trace: what each stage of a plan did to one document and where the document ended, as data that is shown or written.

use super::layers::Snapshot;
use super::{Did, Probe, Watch};
use crate::compare::{FieldChange, LayerChange, Place, TextEdit, text_edits};
use crate::config::OnError;
use crate::plan::Plan;
use crate::run::{Fate, panicked, with_sources};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use warraq_core::{Built, BuiltExport, Changes, Document, EncodeContext, Error, OffsetCursor, OffsetUnit, Verdict};

/// What became of a document at a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The stage did its work, be it nothing.
    Applied,
    /// Its `when` does not hold.
    NotApplied,
    /// It failed, and the document went on as if the stage were not there.
    Skipped,
    /// It failed, and with it the document.
    Failed,
    /// The document had ended before.
    NotReached,
}

/// In which order a stage takes documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Each by itself.
    Parallel,
    /// In input order, with what it knows of those before.
    InOrder,
    /// In groups.
    Batch,
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The stable name of the cause.
    pub reason: String,
    /// What was wrong, for a person.
    pub message: String,
    /// The byte in the record, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// Whether a run would stop here (`on_error = "abort"`).
    pub ends_run: bool,
}

impl Failure {
    fn new(error: &Error, on_error: OnError) -> Self {
        Failure {
            reason: error.reason.to_string(),
            message: with_sources(error),
            at: error.at,
            ends_run: on_error == OnError::Abort,
        }
    }
}

/// What a stage decided about a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// `dropped` or `duplicate`.
    pub verdict: &'static str,
    /// The stable word that reports count by.
    pub reason: String,
    /// Why, for a person; may be empty.
    pub message: String,
    /// The id of the document that is kept, of a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_id: Option<String>,
}

/// What a stage did.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The stage's name in the pipeline.
    pub stage: String,
    /// The stage it is.
    #[serde(rename = "use")]
    pub use_name: String,
    /// In which order it takes documents.
    pub takes: Takes,
    /// What became of the document.
    pub did: Outcome,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Whether it replaced the source text by its own output; the edits are then found by comparing the two.
    pub rebased: bool,
    /// What it did to the text, in the coordinates of the text that it was given.
    pub edits: Vec<TextEdit>,
    /// What it did to layers and side columns.
    pub layers: Vec<LayerChange>,
    /// What it did to language, fields and scores.
    pub fields: Vec<FieldChange>,
    /// What it decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The text that it was given, where it changed it.
    #[serde(skip)]
    pub text: String,
}

impl Step {
    /// Whether it left the document as it was.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.edits.is_empty()
            && self.layers.is_empty()
            && self.fields.is_empty()
            && self.decision.is_none()
            && !self.rebased
    }
}

/// Whether an export takes a document.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    /// The export's file, or what stands for it.
    pub path: String,
    /// Its format.
    pub format: String,
    /// The stage after which it takes documents, if it is not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What became of the document there.
    pub outcome: Reached,
    /// Why it could not be written, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What became of a document at an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// The export gets it.
    Takes,
    /// Its `where` does not hold.
    NotSelected,
    /// The document cannot be written in its format, and fails.
    Failed,
    /// The document had ended before.
    NotReached,
}

/// How a document ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct End {
    /// `kept`, `dropped`, `duplicate` or `failed`.
    pub verdict: &'static str,
    /// The stage that ended it; none where the record could not be read, or an export failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The stable name of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a plan does to one document.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// The text before the first stage.
    pub source: String,
    /// Why the record could not be read, if so: then no stage saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecoded: Option<Failure>,
    /// Every stage of the plan, in order.
    pub steps: Vec<Step>,
    /// The text at the end.
    pub text: String,
    /// How it ended.
    pub end: End,
    /// Every export of the plan, in order.
    pub exports: Vec<Taken>,
}

/// Takes a document through all stages of a plan and past its exports. Nothing is written; what an export would write in
/// parallel is encoded, so that a document which cannot be written fails here as well. `failed` is why its record could not
/// be read, if so.
///
/// Call it on a thread whose name begins with `warraq-worker`, where the program keeps panics of stages quiet.
pub fn trace(probe: &mut Probe<'_>, doc: &mut Document, failed: Option<&Error>) -> Trace {
    let plan = probe.plan;
    let source = doc.text().to_owned();
    let mut exports = Exports::new(plan);
    let mut steps = Vec::with_capacity(plan.stages.len());
    let mut end = failed.map(|error| End::failed(None, error));
    for index in 0..=plan.stages.len() {
        if end.is_none()
            && *doc.verdict() == Verdict::Keep
            && let Some(error) = exports.take(doc, index)
        {
            end = Some(End::failed(None, &error));
        }
        if index == plan.stages.len() {
            break;
        }
        let mut recorder = Recorder { plan, before: None, step: step(plan, index) };
        if end.is_none()
            && let Some((stage, error)) = probe.run(doc, index..index + 1, &mut recorder)
        {
            end = Some(End::failed(Some(plan.stages[stage].name.clone()), &error));
        }
        steps.push(recorder.step);
    }
    let end = end.unwrap_or_else(|| End::of(doc, plan));
    let undecoded = failed.map(|error| Failure::new(error, plan.on_error));
    Trace { source, undecoded, steps, text: doc.text().to_owned(), end, exports: exports.taken }
}

impl End {
    fn failed(stage: Option<String>, error: &Error) -> Self {
        End { verdict: Fate::Failed.name(), stage, reason: Some(error.reason.to_string()) }
    }

    fn of(doc: &Document, plan: &Plan) -> Self {
        let name = |stage: u16| plan.stage_names.get(usize::from(stage)).cloned();
        let (stage, decision) = match doc.verdict() {
            Verdict::Keep => return End { verdict: "kept", stage: None, reason: None },
            Verdict::Dropped { stage, .. } | Verdict::Duplicate { stage, .. } => (*stage, decision(doc, plan)),
        };
        End { verdict: decision.verdict, stage: name(stage), reason: Some(decision.reason) }
    }
}

fn decision(doc: &Document, plan: &Plan) -> Decision {
    match doc.verdict() {
        Verdict::Keep => Decision { verdict: "kept", reason: String::new(), message: String::new(), kept_id: None },
        Verdict::Dropped { reason, message, .. } => Decision {
            verdict: Fate::Dropped.name(),
            reason: plan.labels.name(*reason).to_string(),
            message: message.clone(),
            kept_id: None,
        },
        Verdict::Duplicate { kept_id, .. } => Decision {
            verdict: Fate::Duplicate.name(),
            reason: Fate::Duplicate.name().to_owned(),
            message: String::new(),
            kept_id: Some(kept_id.clone()),
        },
    }
}

fn step(plan: &Plan, index: usize) -> Step {
    let stage = &plan.stages[index];
    let takes = match stage.built {
        Built::Parallel(_) => Takes::Parallel,
        Built::InOrder(_) => Takes::InOrder,
        Built::Batch(_) => Takes::Batch,
    };
    Step {
        stage: stage.name.clone(),
        use_name: stage.use_name.clone(),
        takes,
        did: Outcome::NotReached,
        failure: None,
        rebased: false,
        edits: Vec::new(),
        layers: Vec::new(),
        fields: Vec::new(),
        decision: None,
        text: String::new(),
    }
}

/// Writes down what one stage does.
struct Recorder<'p> {
    plan: &'p Plan,
    before: Option<Snapshot>,
    step: Step,
}

impl Watch for Recorder<'_> {
    fn before(&mut self, _: usize, doc: &Document) {
        self.before = Some(Snapshot::of(doc, &self.plan.labels));
    }

    fn proposed(&mut self, _: usize, doc: &Document, changes: &Changes) {
        let parts = changes.parts();
        self.step.rebased = parts.rebased.is_some();
        self.step.edits.clear();
        if parts.edits.check(doc.text()).is_err() {
            // The document will refuse them and say why.
            return;
        }
        let name = |id| self.plan.labels.name(id).to_string();
        let mut chars = OffsetCursor::new(doc.text(), OffsetUnit::Char);
        self.step.edits.extend(parts.edits.edits().iter().map(|edit| {
            let range = edit.start as usize..edit.end as usize;
            TextEdit {
                removed: doc.text()[range.clone()].to_owned(),
                place: Place::new(range, &mut chars),
                inserted: parts.edits.replacement(edit).to_owned(),
                label: edit.label.map(name),
                reason: edit.reason.map(name),
            }
        }));
    }

    fn after(&mut self, index: usize, doc: &Document, did: &Did) {
        let on_error = self.plan.stages[index].on_error;
        (self.step.did, self.step.failure) = match did {
            Did::NotApplied => (Outcome::NotApplied, None),
            Did::Applied => (Outcome::Applied, None),
            Did::Skipped(error) => (Outcome::Skipped, Some(Failure::new(error, on_error))),
            Did::Failed(error) => (Outcome::Failed, Some(Failure::new(error, on_error))),
        };
        let Some(before) = self.before.take().filter(|_| self.step.did == Outcome::Applied) else {
            // What was proposed was not carried out.
            self.step.edits.clear();
            self.step.rebased = false;
            return;
        };
        let after = Snapshot::of(doc, &self.plan.labels);
        if self.step.rebased {
            self.step.edits = text_edits(&before.text, &after.text);
        }
        self.step.layers = before.layers(&after, &self.plan.labels);
        self.step.fields = before.fields(&after);
        if *doc.verdict() != Verdict::Keep {
            self.step.decision = Some(decision(doc, self.plan));
        }
        if !self.step.edits.is_empty() {
            self.step.text = before.text;
        }
    }
}

/// The exports, and what they do with a document.
struct Exports<'p> {
    plan: &'p Plan,
    taken: Vec<Taken>,
}

impl<'p> Exports<'p> {
    fn new(plan: &'p Plan) -> Self {
        let taken = plan.exports.iter().map(|export| Taken {
            path: export.target.name(),
            format: export.format_name.to_string(),
            after: (export.after < plan.stages.len())
                .then(|| export.after.checked_sub(1).map_or(String::new(), |stage| plan.stages[stage].name.clone())),
            outcome: Reached::NotReached,
            failure: None,
        });
        Exports { plan, taken: taken.collect() }
    }

    /// Hands the document to the exports that take it after so many stages. Returns why one of them failed, if so.
    fn take(&mut self, doc: &Document, after: usize) -> Option<Error> {
        let exports = self.plan.exports.iter().zip(&mut self.taken);
        for (export, taken) in exports.filter(|(export, _)| export.after == after) {
            if export.filter.as_ref().is_some_and(|test| !test.holds(doc)) {
                taken.outcome = Reached::NotSelected;
                continue;
            }
            if let BuiltExport::Encoded(format) = &export.format {
                let mut names = self.plan.labels.names();
                let mut cx = EncodeContext { labels: &mut names, stages: &self.plan.stage_names };
                let result = catch_unwind(AssertUnwindSafe(|| format.encoder().encode(doc, &mut cx, &mut Vec::new())));
                if let Err(error) = result.unwrap_or_else(|panic| Err(panicked("the export", &*panic))) {
                    taken.outcome = Reached::Failed;
                    taken.failure = Some(Failure::new(&error, OnError::Quarantine));
                    return Some(error);
                }
            }
            taken.outcome = Reached::Takes;
        }
        None
    }
}
