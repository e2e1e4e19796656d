//! What the coordinator does with jobs that have been through a leg: input order, decisions, in-order exports, appending.

use super::ledger::{Fate, Ledger};
use super::output::Output;
use super::turnstile::{Deciders, Turnstile};
use super::window::Window;
use super::work::{Job, Leg, Run};
use super::writers::Writers;
use super::{End, Observer, Progress, failed_output};
use std::sync::atomic::{AtomicU64, Ordering};

/// The state of the coordinator.
pub(super) struct Line<'a> {
    legs: &'a [Leg],
    run: &'a Run<'a>,
    turnstiles: Vec<Turnstile>,
    deciders: Deciders,
    writers: Writers,
    outputs: &'a mut [Output],
    pub(super) progress: Progress,
    /// Why the run is to end early.
    pub(super) stop: Option<End>,
}

impl<'a> Line<'a> {
    pub(super) fn new(run: &'a Run<'a>, legs: &'a [Leg], outputs: &'a mut [Output], writers: Writers) -> Self {
        Line {
            legs,
            run,
            turnstiles: legs.iter().map(|_| Turnstile::default()).collect(),
            deciders: Deciders::new(run.plan),
            writers,
            outputs,
            progress: Progress::default(),
            stop: None,
        }
    }

    /// Why the run ended early, if it did; otherwise the writers, to be ended.
    pub(super) fn end(self) -> Result<Writers, End> {
        self.stop.map_or(Ok(self.writers), Err)
    }

    /// A job has been through a leg: passes on whatever is now in order. Returns how many jobs were appended, and those that
    /// go on to the next leg.
    pub(super) fn arrive(&mut self, leg: usize, job: Job, window: &Window, ledger: &mut Ledger) -> (u64, Vec<Job>) {
        let (mut closed, mut again) = (0, Vec::new());
        let Leg { decides, exports, last, .. } = &self.legs[leg];
        self.turnstiles[leg].arrive(job);
        while let Some(mut job) = self.turnstiles[leg].pass() {
            if *last {
                closed += 1;
                window.release(job.weight);
                self.append(job, ledger);
            } else {
                // A document goes to the exports as the decision leaves it, and only if it still goes on.
                if let Some(index) = *decides {
                    self.deciders.decide(self.run, &mut job, index);
                }
                self.writers.take(self.run, &mut job, exports);
                again.push(job);
            }
        }
        (closed, again)
    }

    fn append(&mut self, job: Job, ledger: &mut Ledger) {
        if let Some(why) = job.abort {
            self.stop.get_or_insert(End::Aborted(why));
        }
        if let Some(why) = job.broken {
            self.stop.get_or_insert(End::Io(why));
        }
        if self.stop.is_some() {
            return;
        }
        let bytes = job.outputs.iter().chain([&job.rejects]);
        for (output, bytes) in self.outputs.iter_mut().zip(bytes) {
            if let Err(error) = output.append(bytes) {
                self.stop.get_or_insert(failed_output(error));
                return;
            }
        }
        job.outputs.into_iter().chain([job.rejects]).for_each(|buffer| self.run.outputs.give(buffer));
        ledger.add(job.ledger);
        self.progress.documents = ledger.read;
        self.progress.kept = ledger.kept;
        self.progress.failed = ledger.count(Fate::Failed);
    }

    /// Drops the jobs that wait at turnstiles, once the run is to end; returns how many.
    pub(super) fn give_up(&mut self, window: &Window) -> u64 {
        let jobs = self.turnstiles.iter_mut().flat_map(Turnstile::drain);
        jobs.map(|job| window.release(job.weight)).count() as u64
    }

    pub(super) fn report(&mut self, bytes: &AtomicU64, observer: &mut dyn Observer) {
        self.progress.bytes = bytes.load(Ordering::Relaxed);
        observer.progress(&self.progress);
    }
}
