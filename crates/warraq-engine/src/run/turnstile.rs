//! Input order: whatever finishes first waits here until everything before it has passed.

use super::work::{Item, Job, Run, fail, panicked};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{Changes, InOrderStage, StageIndex, StageState};

/// Lets jobs through by the numbers of their chunks, without a gap.
#[derive(Debug, Default)]
pub(super) struct Turnstile {
    waiting: BTreeMap<u64, Job>,
    next: u64,
}

impl Turnstile {
    /// A job that is ready to pass.
    pub(super) fn arrive(&mut self, job: Job) {
        self.waiting.insert(job.chunk.number, job);
    }

    /// The next job in order, if it is here.
    pub(super) fn pass(&mut self) -> Option<Job> {
        let job = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(job)
    }

    /// Takes out whatever waits, in order or not.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Job> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

/// The ordered halves of a plan's in-order stages.
pub(super) struct Deciders {
    /// By stage index; none for stages that see documents in any order.
    states: Vec<Option<Box<dyn StageState>>>,
    changes: Changes,
    /// What the states must remember. Nothing reads it back yet but the stage itself: a checkpoint will store it.
    journal: Vec<u8>,
}

impl Deciders {
    pub(super) fn new(run: &Run<'_>) -> Self {
        // A survey needs none of its own stage, and none of those after it.
        let stages = 0..run.survey.unwrap_or(run.plan.stages.len());
        Deciders {
            states: stages.map(|index| run.in_order(index).map(InOrderStage::state)).collect(),
            changes: Changes::new(),
            journal: Vec::new(),
        }
    }

    /// The state of the stage at `index`.
    pub(super) fn state(&mut self, index: usize) -> Option<&mut (dyn StageState + 'static)> {
        self.states.get_mut(index)?.as_deref_mut()
    }

    /// Decides about all documents of a job that the stage at `index` has prepared.
    pub(super) fn decide(&mut self, run: &Run<'_>, job: &mut Job, index: usize) {
        let mut items = std::mem::take(&mut job.items);
        let before = Instant::now();
        for item in &mut items {
            let Item { doc, key, .. } = item;
            let (Some(state), Some(key)) = (&mut self.states[index], key.take()) else { continue };
            self.changes.clear();
            self.journal.clear();
            let result = catch_unwind(AssertUnwindSafe(|| {
                state.decide(&doc.view(), &key, &mut self.changes, &mut self.journal)?;
                doc.apply(&mut self.changes, index as StageIndex, run.plan.stages[index].writes)
            }));
            let result = result.unwrap_or_else(|panic| {
                // The state may be half changed and there is only one: it is not asked again, and the run ends.
                self.states[index] = None;
                let error = panicked("deciding", &*panic);
                let stage = &run.plan.stage_names[index];
                job.abort.get_or_insert_with(|| format!("document {:?}: stage {stage}: {}", doc.id(), error.message));
                Err(error)
            });
            if let Err(error) = result {
                fail(run, job, item, index, error);
            }
        }
        job.ledger.stages[index].time += before.elapsed();
        job.items = items;
    }
}
