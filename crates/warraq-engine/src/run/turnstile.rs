//! Input order: whatever finishes first waits here until everything before it has passed.

use super::End;
use super::checkpoint::{Checkpoint, JournalError, Keeper};
use super::watch::Work;
use super::work::{Item, Job, Run, fail, panicked, with_sources};
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
    /// Lets the job of this number through first.
    pub(super) fn from(next: u64) -> Self {
        Turnstile { next, ..Self::default() }
    }

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

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
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
    /// What a state must remember of one document.
    entry: Vec<u8>,
}

impl Deciders {
    /// New states, led to where they were at a checkpoint if the run goes on from one.
    pub(super) fn new(run: &Run<'_>, keeper: &mut Keeper<'_>, saved: Option<&Checkpoint>) -> Result<Self, End> {
        // A survey needs none of its own stage, and none of those after it.
        let stages = 0..run.survey.unwrap_or(run.plan.stages.len());
        let mut states = Vec::new();
        for index in stages {
            let mut state = run.in_order(index).map(InOrderStage::state);
            if let Some(state) = &mut state {
                let replay = |entry: &[u8]| {
                    let replayed = catch_unwind(AssertUnwindSafe(|| state.replay(entry)));
                    let replayed = replayed.unwrap_or_else(|panic| Err(panicked("replaying", &*panic)));
                    replayed.map_err(|error| JournalError(with_sources(&error)))
                };
                let opened = keeper.journal(index, saved, replay);
                opened.map_err(|error| error.refuse(&run.plan.stage_names[index]))?;
            }
            states.push(state);
        }
        Ok(Deciders { states, changes: Changes::new(), entry: Vec::new() })
    }

    /// The state of the stage at `index`.
    pub(super) fn state(&mut self, index: usize) -> Option<&mut (dyn StageState + 'static)> {
        self.states.get_mut(index)?.as_deref_mut()
    }

    /// Decides about all documents of a job that the stage at `index` has prepared.
    pub(super) fn decide(&mut self, run: &Run<'_>, job: &mut Job, index: usize, keeper: &mut Keeper<'_>) {
        let mut items = std::mem::take(&mut job.items);
        let (before, slot) = (Instant::now(), run.watch.board.coordinator());
        let mut last = before;
        for item in &mut items {
            item.on_board(run, job, slot, Work::Decide(index), last);
            let Item { doc, key, .. } = item;
            let (Some(state), Some(key)) = (&mut self.states[index], key.take()) else { continue };
            self.changes.clear();
            self.entry.clear();
            let mut kept = Ok(());
            let result = catch_unwind(AssertUnwindSafe(|| {
                state.decide(&doc.view(), &key, &mut self.changes, &mut self.entry)?;
                // Remembered it has, whatever comes of its changes.
                kept = keeper.remember(index, &self.entry);
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
            let now = Instant::now();
            run.watch.took(run, job, item, index, 1, now - last);
            last = now;
            if let Err(error) = kept {
                let stage = &run.plan.stage_names[index];
                job.broken.get_or_insert_with(|| format!("the journal of stage {stage}: {error}"));
            }
            if let Err(error) = result {
                fail(run, job, item, index, error);
            }
        }
        job.journals.push((index, keeper.length(index)));
        run.watch.board.idle(slot);
        job.ledger.stages[index].time += before.elapsed();
        job.items = items;
    }
}
