//! The numbers of a run at one moment, copied from the coordinator a few times a second.

use crate::exit::Exit;
use crate::plan::Plan;
use crate::run::{ExportCount, Fate, Ledger, Outcome, Progress, StageCount, State, Waiting};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What a pass over the inputs has read.
#[derive(Clone, Debug, Default)]
pub(super) struct Pass {
    pub(super) bytes: u64,
    pub(super) documents: u64,
}

/// A copy of what the coordinator knows.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub(super) started: SystemTime,
    /// When the run ended and how, once it has.
    pub(super) ended: Option<(SystemTime, Exit)>,
    /// How far the pass that is under way is.
    pub(super) progress: Progress,
    /// By pass: the stage that a survey is for, or nothing for the run itself.
    pub(super) passes: BTreeMap<String, Pass>,
    pub(super) ledger: Ledger,
    pub(super) chunks: u64,
    pub(super) waiting: Vec<Waiting>,
    pub(super) window: u64,
    /// Names and bytes.
    pub(super) outputs: Vec<(String, u64)>,
}

impl Numbers {
    /// Those of a run that has just begun.
    pub fn new(plan: &Plan) -> Self {
        Numbers {
            started: SystemTime::now(),
            ended: None,
            progress: Progress::default(),
            passes: BTreeMap::new(),
            ledger: Ledger::of(plan),
            chunks: 0,
            waiting: Vec::new(),
            window: 0,
            outputs: Vec::new(),
        }
    }

    /// When the run began.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// How far the pass that is under way is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Copies what metrics show, and nothing that grows with the corpus.
    pub fn update(&mut self, state: &State<'_>) {
        self.progress = *state.progress;
        let pass = state.survey.map_or(String::new(), |index| state.plan.stage_names[index].clone());
        let Progress { bytes, documents, .. } = self.progress;
        self.passes.insert(pass, Pass { bytes, documents });
        self.chunks = state.chunks;
        self.waiting.clear();
        self.waiting.extend(state.waiting());
        self.window = state.window_bytes();
        if state.survey.is_none() {
            self.copy_ledger(state.ledger);
            self.outputs.clear();
            self.outputs.extend(state.outputs());
        }
    }

    /// Takes in how the run ended.
    pub fn settle(&mut self, outcome: &Outcome, exit: Exit) {
        self.ended = Some((SystemTime::now(), exit));
        self.copy_ledger(&outcome.ledger);
        (self.chunks, self.window) = (0, 0);
        self.waiting.iter_mut().for_each(|waiting| waiting.chunks = 0);
        for record in &outcome.outputs {
            match self.outputs.iter_mut().find(|(name, _)| *name == record.name) {
                Some((_, bytes)) => *bytes = record.bytes,
                None => self.outputs.push((record.name.clone(), record.bytes)),
            }
        }
    }

    fn copy_ledger(&mut self, ledger: &Ledger) {
        let Ledger { framed, blank, read, kept, rejected, corpus: _, stages, exports, takes: _ } = ledger;
        let own = &mut self.ledger;
        (own.framed, own.blank, own.read, own.kept) = (*framed, *blank, *read, *kept);
        own.stages.clone_from(stages);
        own.exports.clone_from(exports);
        // There may be many reasons, of which no metric tells: each would be a series of its own.
        own.rejected.clear();
        for ((fate, stage, _), count) in rejected {
            *own.rejected.entry((*fate, *stage, String::new())).or_default() += count;
        }
    }

    pub(super) fn stages<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (&'a str, &'a StageCount)> {
        plan.stage_names.iter().map(String::as_str).zip(&self.ledger.stages)
    }

    pub(super) fn exports<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (String, &'a ExportCount)> {
        plan.exports.iter().map(|export| export.target.name()).zip(&self.ledger.exports)
    }

    /// Documents that ended at a stage, or at the source (no name), by fate.
    pub(super) fn rejected<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (Fate, &'a str, u64)> {
        self.ledger.rejected.iter().map(|((fate, stage, _), count)| {
            (*fate, stage.map_or("", |index| plan.stage_names[usize::from(index)].as_str()), *count)
        })
    }
}
