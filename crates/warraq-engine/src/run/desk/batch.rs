//! Batch stages: the documents of a job in groups.
//!
//! Groups are made of one job's documents alone, so they are the same for any number of threads.

use super::{Desk, StageDesk};
use crate::run::watch::Work;
use crate::run::work::{Item, Job, Run, fail, panicked, with_sources};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{BatchStage, BatchWorker, Built, Changes, DocView, Error, Result, StageIndex};

/// How many bytes of text a group may have, unless one document alone has more: a worker may hold all of a group, several
/// times over, while its answers are on their way.
const GROUP: usize = 4 << 20;

/// A batch stage's worker on one thread, with its buffers.
pub(super) struct BatchDesk {
    /// None until there is a group for it, and after it panicked or could not be made.
    worker: Option<Box<dyn BatchWorker>>,
    /// The most documents in a group.
    size: usize,
    changes: Vec<Changes>,
    results: Vec<Result<()>>,
}

impl BatchDesk {
    pub(super) fn new(stage: &dyn BatchStage) -> Self {
        BatchDesk { worker: None, size: stage.batch().max(1), changes: Vec::new(), results: Vec::new() }
    }

    /// Has the worker look at a group. What comes of it is in the first places of `changes` and `results`.
    fn process(&mut self, stage: &dyn BatchStage, docs: &[DocView<'_>]) {
        let Self { worker, changes, results, .. } = self;
        changes.resize_with(changes.len().max(docs.len()), Changes::new);
        let changes = &mut changes[..docs.len()];
        changes.iter_mut().for_each(Changes::clear);
        results.clear();
        results.resize_with(docs.len(), || Ok(()));
        let called = catch_unwind(AssertUnwindSafe(|| {
            let worker = match worker {
                Some(worker) => worker,
                None => worker.insert(stage.worker()?),
            };
            worker.process(docs, changes, results);
            Ok(())
        }));
        let error = match called {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(panic) => {
                // Whatever the worker was in the middle of, a new one knows nothing of it.
                *worker = None;
                panicked("the stage", &*panic)
            }
        };
        // A result that says `Ok` may only not have been set yet.
        results.iter_mut().filter(|result| result.is_ok()).for_each(|result| *result = Err(same(&error)));
    }
}

/// Another error that says the same: one that many documents share.
fn same(error: &Error) -> Error {
    Error { at: error.at, ..Error::new(error.kind, error.reason.clone(), with_sources(error)) }
}

impl Desk {
    /// Takes documents through stages of which the first is a batch stage, and more may be.
    pub(super) fn groups(&mut self, run: &Run<'_>, job: &mut Job, items: &mut [Item], stages: Range<usize>) {
        let mut at = stages.start;
        while at < stages.end {
            self.batch(run, job, items, at);
            let is_batch = |&index: &usize| matches!(self.stages[index], StageDesk::Batch(_));
            let next = (at + 1..stages.end).find(is_batch).unwrap_or(stages.end);
            for item in items.iter_mut() {
                if run.cancelled() {
                    return;
                }
                item.on_board(run, job, self.slot, Work::Stage(at), Instant::now());
                self.stages(run, job, item, at + 1..next);
            }
            at = next;
        }
    }

    /// Takes documents through the batch stage at `index`.
    fn batch(&mut self, run: &Run<'_>, job: &mut Job, items: &mut [Item], index: usize) {
        let planned = &run.plan.stages[index];
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.clear();
        for (n, item) in items.iter_mut().enumerate() {
            if item.is_live() {
                self.branches(run, job, item, index);
            }
            if !item.is_live() {
                continue;
            }
            if planned.when.as_ref().is_some_and(|test| !test.holds(&item.doc)) {
                job.ledger.stages[index].not_applied += 1;
            } else {
                waiting.push(n);
            }
        }
        if let (StageDesk::Batch(desk), Built::Batch(stage)) = (&mut self.stages[index], &planned.built) {
            let mut rest = waiting.as_slice();
            while !rest.is_empty() && !run.cancelled() {
                let (group, after) = rest.split_at(group(rest, items, desk.size));
                rest = after;
                let before = Instant::now();
                items[group[0]].on_board(run, job, self.slot, Work::Stage(index), before);
                let views: Vec<DocView<'_>> = group.iter().map(|&n| items[n].doc.view()).collect();
                desk.process(&**stage, &views);
                for (&n, (result, changes)) in group.iter().zip(desk.results.drain(..).zip(&mut desk.changes)) {
                    let item = &mut items[n];
                    let applied = catch_unwind(AssertUnwindSafe(|| {
                        result.and_then(|()| item.doc.apply(changes, index as StageIndex, planned.writes))
                    }));
                    if let Err(error) = applied.unwrap_or_else(|panic| Err(panicked("the stage", &*panic))) {
                        fail(run, job, item, index, error);
                    }
                }
                let took = before.elapsed();
                run.watch.took(run, job, &items[group[0]], index, group.len(), took);
                let count = &mut job.ledger.stages[index];
                count.time += took;
                count.documents += group.len() as u64;
            }
        }
        self.waiting = waiting;
    }
}

/// How many of the waiting documents make the next group; at least one.
fn group(waiting: &[usize], items: &[Item], size: usize) -> usize {
    let mut bytes = 0usize;
    let fits = |&&n: &&usize| {
        bytes = bytes.saturating_add(items[n].doc.text().len());
        bytes <= GROUP
    };
    waiting.iter().take(size).take_while(fits).count().max(1)
}
